"""The sheet and what stands beside it; and the page around it before any model is there."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.pages.draw import LOADING, DrawPage
from explorer.widgets.drawing_desk import AS_COMPARED, AS_ENCODED, DrawingDesk
from tests.interaction import press


@pytest.fixture
def asked() -> list:
    return []


@pytest.fixture
def sheet(stage, asked) -> DrawingDesk:
    sheet = DrawingDesk(
        stage.frame,
        stage.theme,
        side=28,
        on_change=lambda drawing: asked.append("change"),
        on_stroke_end=lambda drawing: asked.append("end"),
        on_centre=lambda: asked.append("centre"),
    )
    stage.show(sheet, 600, 230)
    sheet.set_enabled(True)
    return sheet


def note(sheet: DrawingDesk) -> str:
    sheet.update()
    return sheet.canvas.itemcget(sheet.canvas._note, "text")


def test_tools_and_sheet_use_the_same_brush(sheet):
    assert sheet.canvas.brush == (sheet.tools.radius, sheet.tools.softness)
    sheet.tools.tool_buttons["unknown"].invoke()
    assert sheet.canvas.tool == "unknown"
    assert sheet.canvas.brush == (sheet.tools.radius, sheet.tools.softness)
    press(sheet.canvas, "bracketright")
    assert sheet.tools.radius == sheet.canvas.brush[0]


def test_the_brush_of_a_session_is_the_sheets_too(sheet, asked):
    kept = {"centre": False, "tools": {"tool": "known", "mask_radius": 2.25, "softness": 0.5}}
    sheet.apply_settings(kept)
    assert (sheet.canvas.tool, sheet.canvas.brush) == ("known", (2.25, 0.5))
    assert not sheet.centre
    assert sheet.settings() == {"centre": False, "tools": sheet.tools.settings()}
    sheet.apply_settings({"centre": 1, "tools": ["ink"]})
    assert (sheet.canvas.tool, sheet.centre) == ("known", False)
    assert asked == []


def test_a_sheet_that_cannot_be_used_says_why(sheet, asked):
    sheet.set_enabled(False, "Not now.")
    assert note(sheet) == "Not now."
    assert sheet.centre_switch.instate(["disabled"])
    press(sheet.canvas, "space")
    assert asked == []
    sheet.set_enabled(True)
    assert "Draw" in note(sheet)
    sheet.centre_switch.invoke()
    assert asked == ["centre"]


def test_what_is_encoded_is_a_square_as_high_as_there_is_room(sheet):
    image = np.zeros((1, 28, 28), np.uint8)
    sheet.show(image, "Said.")
    sheet.update()
    view = sheet.encoded_view
    assert abs(view.winfo_width() - view.winfo_height()) <= 2
    assert view.winfo_width() > 80
    assert sheet.sentence.text == "Said."
    sheet.show(None, "")
    assert not view.showing


def test_without_an_encoder_the_image_is_only_compared(sheet):
    for encodes, caption in ((False, AS_COMPARED), (True, AS_ENCODED)):
        sheet.set_encodes(encodes)
        assert sheet._caption.cget("text") == caption


def test_before_a_model_is_there_the_page_waits_and_does_no_harm(stage, desk):
    page = DrawPage(stage.frame, desk.context)
    stage.show(page, 610, 490)
    page.update()
    assert note(page.desk) == LOADING
    assert page.slots() == {}
    page.take_real(3)
    page.take_random(None)
    page.open_picture()
    page.save_picture()
    page.back()
    page.apply_settings(page.settings())
    assert page.drawn is None
    assert page.settled
