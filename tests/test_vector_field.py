"""The whole vector as text: what is typed is checked, what is shown follows the point."""

from __future__ import annotations

import json

import pytest

from explorer.widgets.vector_field import VectorField
from tests.interaction import press

Z = (0.123456, -1.5, 0.0)


@pytest.fixture
def asked() -> list[tuple[float, ...]]:
    return []


@pytest.fixture
def field(stage, asked) -> VectorField:
    widget = VectorField(stage.frame, stage.theme, asked.append)
    stage.show(widget, 400, 80)
    widget.show(Z)
    stage.root.update()
    return widget


def type_text(field: VectorField, text: str) -> None:
    field.entry.focus_force()
    field.update()
    field.entry.delete(0, "end")
    field.entry.insert(0, text)


def told(field: VectorField) -> str:
    """The message, as far as it can be seen."""
    field.update()
    return field.message.cget("text") if field.message.winfo_ismapped() else ""


def test_it_shows_few_decimals_and_all_of_them_to_who_edits(field):
    assert field.entry.get() == "0.123, -1.5, 0"
    field.entry.focus_force()
    field.update()
    assert json.loads(field.entry.get()) == list(Z)
    press(field.entry, "Escape")
    assert field.entry.get() == "0.123, -1.5, 0"


@pytest.mark.parametrize(
    "text",
    ["[1, 2.5, -3]", "1 2.5 -3", "1, 2.5, -3", "array([ 1. ,  2.5, -3. ])", "[ 1.   2.5 -3. ]"],
)
@pytest.mark.parametrize("by", ["Return", "KP_Enter", "Apply"])
def test_a_vector_is_asked_for(field, asked, text, by):
    type_text(field, text)
    if by == "Apply":
        field.button.invoke()
    else:
        press(field.entry, by)
    assert asked == [(1.0, 2.5, -3.0)]
    assert told(field) == ""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1, 2", "Got 2 numbers, this model has 3 dimensions"),
        ("1, 2, x", "'x' is not a number"),
        ("1, 2, inf", "not a finite number"),
        ("", "got no number"),
        ("1,2,3,4", "Got 4 numbers"),
        ("1 2 1e99", "too large"),
    ],
)
def test_what_is_no_vector_is_told_below_and_asks_for_nothing(field, asked, text, message):
    type_text(field, text)
    press(field.entry, "Return")
    assert asked == []
    assert message in told(field)
    assert field.message.winfo_y() > field.entry.winfo_y()
    assert field.entry.get() == text  # to be mended
    press(field.entry, "Escape")
    assert told(field) == ""
    assert field.entry.get() == "0.123, -1.5, 0"


def test_a_mended_text_takes_the_message_away(field, asked):
    type_text(field, "1")
    press(field.entry, "Return")
    assert told(field)
    type_text(field, "1 2 3")
    press(field.entry, "Return")
    assert asked == [(1.0, 2.0, 3.0)]
    assert told(field) == ""


def test_the_message_has_the_warning_colour_in_both_themes(field, stage):
    for mode in ("dark", "light"):
        stage.theme.set_mode(mode)
        assert str(field.message.cget("foreground")) == stage.theme.palette.warning


def test_opening_and_leaving_the_field_asks_for_nothing(field, asked):
    field.entry.focus_force()
    field.update()
    press(field.entry, "Return")
    field.button.invoke()
    assert asked == []


def test_it_follows_the_point_unless_somebody_types(field, stage):
    field.show((1.0, 2.0, 3.0))
    assert field.entry.get() == "1, 2, 3"
    type_text(field, "7, 8")
    field.show((4.0, 5.0, 6.0))
    assert field.entry.get() == "7, 8"
    press(field.entry, "Escape")
    assert field.entry.get() == "4, 5, 6"


def test_a_draft_that_was_left_goes_with_the_next_movement(field, stage):
    type_text(field, "7, 8")
    press(field.entry, "Return")
    stage.root.focus_force()
    stage.root.update()
    assert field.entry.get() == "7, 8"
    field.show((4.0, 5.0, 6.0))
    assert field.entry.get() == "4, 5, 6"
    assert told(field) == ""


def test_before_there_is_a_vector_nothing_can_be_typed(stage, asked):
    widget = VectorField(stage.frame, stage.theme, asked.append)
    stage.show(widget, 400, 80)
    assert widget.entry.instate(["disabled"])
    assert widget.button.instate(["disabled"])
    press(widget.entry, "Escape")
    widget.apply()
    assert asked == []
