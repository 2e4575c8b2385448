"""The row below a map: the tools it offers, and the buttons for what is drawn."""

from __future__ import annotations

import pytest

from explorer.widgets.map_actions import MapActions
from explorer.widgets.map_tools import BOX, LASSO, MOVE, OUTLINES, PATH, TOOLS

NARROW = 590  # what a page has in the smallest window


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def row(stage, asked) -> MapActions:
    row = MapActions(
        stage.frame,
        stage.theme,
        on_tool=asked.append,
        on_save=lambda: asked.append("save"),
        on_fit=lambda: asked.append("fit"),
        on_onto=lambda: asked.append("onto"),
        on_travel=lambda: asked.append("travel"),
        on_clear=lambda: asked.append("clear"),
    )
    row.place(x=0, y=0, width=NARROW)
    stage.root.update()
    return row


def test_a_tool_is_chosen_and_shown(row, asked):
    assert row.tool == MOVE
    for tool in TOOLS:
        row.tool_buttons[tool].invoke()
        assert row.tool == tool
    assert asked == list(TOOLS)
    row.show_tool(PATH)
    assert row.tool == PATH
    assert row.tool_buttons[PATH].instate(["selected"])
    assert asked == list(TOOLS), "who says what is shown is not asked for it"


def test_what_can_be_done_is_offered(row, stage, asked):
    def offered() -> list[str]:
        stage.root.update()
        buttons = (row.save_button, row.fit_button, row.onto_button, row.travel_button)
        return [b.cget("text") for b in (*buttons, row.clear_button) if b.winfo_ismapped()]

    assert offered() == ["Save…", "Fit"]
    row.offer(path=False, off_plane=True)
    assert offered() == ["Save…", "Fit", "Onto the plane"]
    row.offer(path=True, off_plane=True)
    assert offered() == ["Save…", "Fit", "Send to Morph", "Clear"]
    left = row.travel_button.winfo_x()
    assert left > row.tool_buttons[BOX].winfo_x() + row.tool_buttons[BOX].winfo_width()
    buttons = (row.save_button, row.fit_button, row.onto_button, row.travel_button)
    for button in (*buttons, row.clear_button):
        button.invoke()
    assert asked == ["save", "fit", "onto", "travel", "clear"]
    row.offer(path=False, off_plane=False)
    assert offered() == ["Save…", "Fit"]


def test_without_real_digits_there_is_nothing_to_draw_around(row):
    row.offer_outlines("These weights have no encoder.")
    for tool in TOOLS:
        assert row.tool_buttons[tool].instate(["disabled"]) == (tool in OUTLINES)
    assert "no encoder" in row._tips[LASSO].cget("text")
    row.offer_outlines("")
    assert not row.tool_buttons[LASSO].instate(["disabled"])
    assert "no encoder" not in row._tips[LASSO].cget("text")
