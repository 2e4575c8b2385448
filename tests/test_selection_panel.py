"""The panel of what was taken together on a map: what it shows, and what its buttons ask for."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.map_selection import DigitSelection, select
from explorer.widgets.selection_panel import SelectionPanel
from tests.interaction import click, press

NARROW = 590  # what a page has in the smallest window


@pytest.fixture
def asked() -> list[object]:
    return []


@pytest.fixture
def panel(stage, asked) -> SelectionPanel:
    panel = SelectionPanel(
        stage.frame,
        stage.theme,
        on_mean=lambda selection: asked.append(("mean", selection)),
        on_shelf=lambda selection: asked.append(("shelf", selection)),
        on_draw=lambda index: asked.append(("draw", index)),
        on_clear=lambda: asked.append("clear"),
        on_example=lambda index: asked.append(("example", index)),
    )
    panel.place(x=0, y=0, width=NARROW)
    stage.root.update()
    return panel


@pytest.fixture
def sevens(model) -> DigitSelection:
    return select(np.flatnonzero(model.encoded.labels == 7), model.encoded, model.decoder)


def test_it_shows_how_many_which_and_the_mean(panel, stage, sevens):
    panel.show(sevens)
    stage.root.update()
    assert panel.label.cget("text") == sevens.words
    assert panel.bars.counts == sevens.counts
    assert panel.mean_view.showing
    assert (panel.examples.pixels == sevens.example_images).all()
    assert panel.selection is sevens


def test_in_the_smallest_window_nothing_is_cut(panel, stage, sevens):
    panel.show(sevens)
    stage.root.update()
    assert panel.winfo_height() <= 76
    for widget in (panel.label, panel.bars, panel.clear_button, panel.shelf_button):
        assert widget.winfo_width() >= widget.winfo_reqwidth()
        assert widget.winfo_rootx() + widget.winfo_width() <= panel.winfo_rootx() + NARROW
    text_end = panel.label.winfo_rootx() + panel.label.winfo_reqwidth()
    assert text_end <= panel.examples.winfo_rootx() + panel.examples.box_of(0)[0]
    last = panel.examples.box_of(panel.examples.count - 1)
    assert last[2] <= panel.examples.winfo_width()
    assert last[3] <= panel.examples.winfo_height()


def test_its_buttons(panel, stage, sevens, asked):
    panel.show(sevens)
    stage.root.update()
    for button in (panel.mean_button, panel.shelf_button, panel.draw_button, panel.clear_button):
        button.invoke()
    assert asked == [
        ("mean", sevens),
        ("shelf", sevens),
        ("draw", sevens.examples[0]),
        "clear",
    ]


def test_an_example_is_chosen_by_mouse_and_by_key_and_drawn(panel, stage, sevens, asked):
    panel.show(sevens)
    stage.root.update()
    left, top, right, bottom = panel.examples.box_of(4)
    click(panel.examples, (left + right) // 2, (top + bottom) // 2)
    panel.draw_button.invoke()
    press(panel.examples, "Right")
    press(panel.examples, "Return")
    panel.draw_button.invoke()
    fourth, fifth = sevens.examples[[4, 5]].tolist()
    assert asked == [("example", fourth), ("draw", fourth), ("example", fifth), ("draw", fifth)]
    assert panel.examples.marked == 5
    panel.show(sevens)  # another selection starts at its own first
    panel.draw_button.invoke()
    assert asked[-1] == ("draw", sevens.examples[0])


def test_without_a_selection_it_can_only_be_cleared(panel, stage, sevens, asked):
    panel.show(sevens)
    panel.clear()
    assert panel.selection is None
    for button in (panel.mean_button, panel.shelf_button, panel.draw_button):
        button.invoke()
    assert asked == []
    panel.clear_button.invoke()
    assert asked == ["clear"]
    panel.show(sevens)
    panel.mean_button.invoke()
    assert asked == ["clear", ("mean", sevens)]


def test_one_digit_and_both_themes(panel, stage, model, asked):
    panel.show(select(np.array([1234]), model.encoded, model.decoder))
    stage.theme.set_mode("dark")
    stage.root.update()
    assert panel.label.cget("text").startswith("1 digit, a ")
    panel.draw_button.invoke()
    assert asked == [("draw", 1234)]
