"""The Statistics page in the real window: its choice of digits, its session, its end."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.interaction import press

VIEWS = ("dimensions", "scatter", "prior")


@pytest.fixture
def page(window, settle):
    window.show_page("statistics")
    window.root.update()
    settle()
    return window.pages["statistics"]


def type_number(field, text: str) -> None:
    field.focus_force()
    field.update()
    field.delete(0, "end")
    field.insert(0, text)
    press(field, "Return")


def test_the_first_view_shows_the_figures_of_all_digits(page, window):
    view = page.book.views["dimensions"]
    assert view.summary.n == 10_000
    assert view.summary.kl == pytest.approx(window.model.encoded.kl)
    assert view.plot.rendering is not None


def test_another_number_of_digits_and_another_seed_are_measured(page, settle):
    view = page.book.views["dimensions"]
    type_number(page.digits, "2000")
    settle()
    first = view.summary
    assert first.n == 2000
    page.again.invoke()
    settle()
    assert (page.sample.seed, page.seed.number) == (1, 1)
    assert view.summary.n == 2000
    assert view.summary.mean != pytest.approx(first.mean, abs=1e-9)
    type_number(page.seed, "0")
    settle()
    assert view.summary.mean == pytest.approx(first.mean, abs=1e-12)


@pytest.mark.parametrize("wrong", ["999", "10001", "many", "1500.5", "", "nan"])
def test_a_number_that_cannot_be_is_told_and_changes_nothing(page, window, settle, wrong):
    before = page.book.views["dimensions"].summary
    type_number(page.digits, wrong)
    settle()
    assert page.book.views["dimensions"].summary is before
    assert page.digits.get() == "10000"
    assert "The number of digits" in window.status.message.cget("text")


def test_every_view_is_shown_and_the_session_keeps_what_was_chosen(page, window, settle):
    for name in VIEWS:
        page.book.buttons[name].invoke()
        settle()
        assert page.book.views[name].plot.text == ""
        assert page.book.views[name].plot.rendering is not None
    page.book.views["prior"].apply_settings({"mode": "axis", "axis": 2})
    page.sample.choose(n=3000, seed=4)
    settle()
    kept = json.loads(json.dumps(page.settings()))
    page.apply_settings(window.start_settings["statistics"])
    settle()
    assert page.book.front == "dimensions"
    assert (page.sample.n, page.digits.number) == (10_000, 10_000)
    page.apply_settings(kept)
    settle()
    assert page.settings() == kept
    assert page.book.front == "prior"
    assert page.book.views["prior"].match.n == 3000


def test_ctrl_c_in_the_table_copies_the_table_and_elsewhere_the_point(page, window):
    table = page.book.views["dimensions"].table
    press(table.tree, "Control-c")
    assert window.root.clipboard_get().startswith("dimension\t")
    press(window.root, "Control-c")
    assert json.loads(window.root.clipboard_get()) == pytest.approx(list(window.state.z))


def test_a_dot_is_taken_as_one_step_that_can_be_undone(page, window, settle):
    page.book.buttons["scatter"].invoke()
    settle()
    view, before = page.book.views["scatter"], window.state.z
    view._pick(*view.plot.rendering.data_of(6, *middle(view, 6)), 6)
    settle()
    assert window.state.z != before
    window.state.undo()
    assert window.state.z == before


def middle(view, axes: int) -> tuple[float, float]:
    panel = view.plot.rendering.panels[axes]
    return (panel.left + panel.right) / 2, (panel.top + panel.bottom) / 2


def test_everything_is_drawn_anew_in_the_other_theme(page, window, settle):
    view = page.book.views["dimensions"]
    before = view.plot.rendering
    window.toggle_theme()
    settle()
    assert view.plot.rendering is not before
    ground = window.root.winfo_rgb(window.theme.palette.background)
    corner = np.asarray(view.plot.canvas.buffer_rgba())[0, 0, :3]
    assert tuple(corner) == tuple(channel // 257 for channel in ground)
