"""The tools of the sheet and the sources of a drawing: what they ask for, and what they refuse."""

from __future__ import annotations

import pytest

from explorer.drawing import KINDS, MAX_RADIUS, MIN_RADIUS
from explorer.widgets import draw_sources
from explorer.widgets.draw_sources import DrawSources
from explorer.widgets.draw_tools import COLOURS, MASK_RADIUS, RADIUS, SOFTNESS, DrawTools
from tests.interaction import press


@pytest.fixture
def asked() -> list:
    return []


@pytest.fixture
def tools(stage, asked) -> DrawTools:
    tools = DrawTools(
        stage.frame,
        stage.theme,
        on_tool=asked.append,
        on_brush=lambda radius, softness: asked.append((radius, softness)),
        on_undo=lambda: asked.append("undo"),
        on_redo=lambda: asked.append("redo"),
        on_clear=lambda: asked.append("clear"),
    )
    stage.show(tools, 360, 100)
    return tools


@pytest.fixture
def sources(stage, asked) -> DrawSources:
    sources = DrawSources(
        stage.frame,
        stage.theme,
        on_open=lambda: asked.append("open"),
        on_random=lambda label: asked.append(("random", label)),
        on_number=lambda number: asked.append(("number", number)),
        on_point=lambda: asked.append("point"),
        on_save=lambda: asked.append("save"),
        on_error=lambda message: asked.append(("error", message)),
    )
    stage.show(sources)
    return sources


def entries(menu) -> list[str]:
    last = menu.index("end")
    return [menu.entrycget(i, "label") for i in range(last + 1) if menu.type(i) != "separator"]


def test_every_kind_of_stroke_has_a_button(tools, asked):
    tools.set_enabled(True)
    assert tuple(tools.tool_buttons) == KINDS
    for kind, button in tools.tool_buttons.items():
        button.invoke()
        assert tools.tool == kind
    assert [kind for kind in asked if kind in KINDS] == list(KINDS)


def test_what_marks_pixels_has_a_size_of_its_own(tools, asked):
    tools.set_enabled(True)
    press(tools.size_slider, "Home")
    tools.tool_buttons["unknown"].invoke()
    assert asked[-2:] == [(MASK_RADIUS, SOFTNESS), "unknown"]
    tools.tool_buttons["known"].invoke()
    assert tools.radius == MASK_RADIUS
    press(tools.size_slider, "End")
    tools.tool_buttons["erase"].invoke()
    assert asked[-2:] == [(MIN_RADIUS, SOFTNESS), "erase"]
    assert tools.settings()["mask_radius"] == MAX_RADIUS


def test_tools_are_walked_with_the_arrow_keys(tools, asked):
    tools.set_enabled(True)
    press(tools.tool_buttons["ink"], "Right")
    assert asked[-1] == tools.tool == "erase"


def test_the_brush_is_changed_by_sliders(tools, asked):
    assert (tools.radius, tools.softness) == (RADIUS, SOFTNESS)
    press(tools.size_slider, "End")
    press(tools.soft_slider, "End")
    press(tools.size_slider, "Home")
    assert asked == [(MAX_RADIUS, SOFTNESS), (MAX_RADIUS, 1.0), (MIN_RADIUS, 1.0)]
    assert (tools.radius, tools.softness) == (MIN_RADIUS, 1.0)


def test_a_brush_that_is_set_from_elsewhere_is_shown_untold(tools, asked):
    tools.set_brush(2.5, 0.75)
    assert (tools.radius, tools.softness) == (2.5, 0.75)
    assert asked == []


def test_only_what_can_be_taken_back_can_be_asked_for(tools, asked):
    tools.set_enabled(True, undo=True, redo=False)
    tools.undo_button.invoke()
    tools.redo_button.invoke()
    tools.clear_button.invoke()
    assert asked == ["undo", "clear"]
    tools.set_enabled(False, undo=True, redo=True)
    for button in (tools.undo_button, tools.redo_button, tools.clear_button):
        button.invoke()
    assert asked == ["undo", "clear"]


def test_settings_come_back_and_bad_ones_are_left(tools, asked):
    brush = {"tool": "unknown", "radius": 3, "mask_radius": 2, "softness": 0.0, "colour": "cyan"}
    tools.apply_settings(brush)
    kept = tools.settings()
    assert kept == brush
    assert tools.colour == COLOURS["cyan"]
    assert tools.radius == 2.0
    for bad in (
        {"tool": "chisel", "radius": MAX_RADIUS + 1, "mask_radius": 0.0, "softness": -0.1},
        {"tool": None, "radius": "3", "mask_radius": None, "softness": True, "colour": ["red"]},
        {"colour": "infrared"},
        {},
    ):
        tools.apply_settings(bad)
        assert tools.settings() == kept
    assert asked == []


@pytest.mark.parametrize("in_colour", [False, True])
def test_the_buttons_fit_the_smallest_page(tools, stage, in_colour):
    tools.set_in_colour(in_colour)
    stage.show(tools, 360, 100)
    assert tools.colour_box.winfo_ismapped() == in_colour
    parts = [*tools.tool_buttons.values(), tools.clear_button]
    for part in [*parts, tools.colour_box] if in_colour else parts:
        right = part.winfo_rootx() - tools.winfo_rootx() + part.winfo_width()
        assert right <= 360


def test_sources_that_are_asked_for(sources, asked):
    sources.set_enabled(True, savable=False)
    for button in (sources.open_button, sources.point_button, sources.save_button):
        button.invoke()
    sources.set_enabled(False, savable=True)
    for button in (sources.open_button, sources.point_button, sources.save_button):
        button.invoke()
    assert asked == ["open", "point", "save"]


def test_the_menu_offers_digits_or_says_why_there_are_none(sources, asked):
    sources._fill()
    assert sources.real_menu.entrycget(0, "state") == "disabled"
    sources.set_digits((), 0, "Real digits do not fit.")
    sources._fill()
    assert entries(sources.real_menu) == ["Real digits do not fit."]
    sources.set_digits((3, 8), 500)
    sources._fill()
    assert entries(sources.real_menu) == ["Any", "A random 3", "A random 8", "Number…"]
    sources.real_menu.invoke(0)
    sources.real_menu.invoke(2)
    assert asked == [("random", None), ("random", 8)]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [("0", ("number", 0)), (" 499 ", ("number", 499)), (None, None)],
)
def test_a_number_is_asked_for(sources, asked, monkeypatch, answer, outcome):
    sources.set_digits((3, 8), 500)
    monkeypatch.setattr(draw_sources, "ask_text", lambda *question: answer)
    sources.ask_number()
    assert asked == ([] if outcome is None else [outcome])


@pytest.mark.parametrize("answer", ["500", "-1", "1.5", "many", "", "1e400"])
def test_what_is_no_number_of_a_digit_is_told(sources, asked, monkeypatch, answer):
    sources.set_digits((3, 8), 500)
    monkeypatch.setattr(draw_sources, "ask_text", lambda *question: answer)
    sources.ask_number()
    ((kind, message),) = asked
    assert kind == "error"
    assert "number of a real digit" in message
