"""The Compare page in the real window: its views, the second model's row, sessions."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.sample_sets import PRIOR, SETS
from tests.foreign import foreign_state
from tests.interaction import click, press
from tests.second_models import renamed_copy
from vae.weights import save_state_dict


@pytest.fixture(scope="module")
def renamed(weights_path, tmp_path_factory):
    """The shipped model with other names for its dimensions."""
    return renamed_copy(weights_path, tmp_path_factory.mktemp("compare") / "renamed")


@pytest.fixture
def page(window, settle, monkeypatch):
    monkeypatch.setattr("explorer.sample_sets.SIZE", 200)
    window.show_page("compare")
    page = window.pages["compare"]
    window.root.update()  # it is mapped now, and knows what to do
    page.book.show("pictures")
    settle()
    window.root.update()
    yield page
    page.second.close()
    window.show_page("sample")


def test_the_page_fits_the_smallest_window(page, window, settle):
    window.root.geometry("1024x668")
    settle()
    window.root.update()
    view = page.book.view("pictures")
    for name in SETS:
        grid = view.panels[name].grid_view
        assert grid.winfo_height() >= 80
        assert grid.box_of(grid.count - 1)[3] <= grid.winfo_height()
    bottom = view.sentence.winfo_rooty() + view.sentence.winfo_height()
    assert bottom <= window.notebook.winfo_rooty() + window.notebook.winfo_height()
    for button in (page.second_row.close_button, view.new_button):
        right = button.winfo_rootx() + button.winfo_width()
        assert right <= window.root.winfo_rootx() + window.root.winfo_width()
    window.root.geometry("1280x768")
    window.root.update()


def test_a_click_moves_the_point_as_one_entry(page, window):
    view = page.book.view("pictures")
    start = window.state.z
    grid = view.panels[PRIOR].grid_view
    left, top, right, bottom = grid.box_of(4)
    click(grid, (left + right) // 2, (top + bottom) // 2)
    assert window.state.z == pytest.approx(tuple(view.sets[PRIOR].z[4]), abs=1e-5)
    window.undo()
    assert window.state.z == start
    assert not window.state.can_undo


def test_the_row_opens_swaps_and_closes_a_second_model(
    page, window, settle, dialogs, renamed, model
):
    row = page.second_row
    assert row.name_label.cget("text") == "none yet"
    assert str(row.swap_button.cget("state")) == str(row.close_button.cget("state")) == "disabled"
    dialogs.path = renamed
    row.open_button.invoke()
    settle()
    assert row.name_label.cget("text") == "renamed/renamed.pt"
    assert page.book.view("pictures").model_buttons["second"].winfo_ismapped()
    row.swap_button.invoke()
    settle()
    assert window.model.bundle.path == renamed
    assert page.second.model.bundle.sha256 == model.bundle.sha256
    assert row.name_label.cget("text") == "VAE"
    row.close_button.invoke()
    assert row.name_label.cget("text") == "none yet"
    dialogs.path = None  # cancelled
    row.open_button.invoke()
    assert page.second.model is None


def test_weights_that_cannot_be_opened_change_nothing(page, settle, dialogs, tmp_path):
    dialogs.path = tmp_path / "none.pt"
    dialogs.path.write_bytes(b"no weights")
    page.second_row.open_button.invoke()
    settle()
    assert page.second.model is None
    assert "none.pt" in dialogs.errors.pop()


def test_a_session_keeps_the_view_its_settings_and_the_second_model(page, window, settle, renamed):
    page.second.open(renamed)
    page.book.view("pictures").apply_settings({"seed": 12, "count": 40, "model": "second"})
    settle()
    kept = page.settings()
    assert kept["second"] == {"path": str(renamed)}
    assert kept["views"]["pictures"] == {"seed": 12, "count": 40, "model": "second"}
    page.second.close()
    page.apply_settings(window.start_settings["compare"])
    settle()
    page.apply_settings(kept)
    settle()
    assert page.settings() == kept
    assert page.second.path == renamed


@pytest.mark.parametrize(
    "bad",
    [
        {},
        {"second": 3},
        {"second": {"path": 3}},
        {"view": "nowhere"},
        {"view": 3},
        {"views": [1]},
        {"views": {"pictures": 3, "nowhere": {}}},
    ],
)
def test_settings_that_do_not_fit_are_left_out(page, settle, bad):
    before = page.settings()
    page.apply_settings(bad)
    settle()
    assert page.settings() == before


def test_the_views_are_chosen_by_key(page, settle):
    press(page.book.buttons["pictures"], "Right")
    settle()
    assert page.book.front == "figures"
    assert page.book.view("figures").winfo_ismapped()
    press(page.book.buttons["figures"], "Left")
    settle()
    assert page.book.view("pictures").winfo_ismapped()


def test_other_weights_in_the_window_show_their_own_pictures(page, window, settle, tmp_path):
    save_state_dict(foreign_state(latent=2), tmp_path / "two.pt")
    before = page.book.view("pictures").panels[PRIOR].grid_view.pixels
    window.open_weights(tmp_path / "two.pt")
    settle()
    view = page.book.view("pictures")
    assert view.sets[PRIOR].z.shape[1] == 2
    assert not np.array_equal(view.panels[PRIOR].grid_view.pixels, before)


def test_the_theme_changes_under_all_views(page, window, settle):
    for name in ("pictures", "figures"):
        page.book.show(name)
        settle()
        window.toggle_theme()
        window.root.update()
    assert page.settled
