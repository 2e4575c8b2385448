"""A number that is typed or stepped, and never wrong."""

from __future__ import annotations

import tkinter as tk

import pytest

from explorer.widgets.number_field import NumberField, checked_number
from tests.interaction import press


@pytest.fixture
def told() -> list:
    return []


def make(stage, told, **options) -> NumberField:
    field = NumberField(
        stage.frame,
        what="Steps",
        on_change=lambda number: told.append(number),
        on_error=lambda message: told.append(("error", message)),
        **{"number": 16, "low": 2, "high": 200, "step": 1, **options},
    )
    stage.show(field)
    return field


@pytest.fixture
def whole(stage, told) -> NumberField:
    return make(stage, told)


@pytest.fixture
def decimal(stage, told) -> NumberField:
    return make(stage, told, number=1.0, low=0, high=2, step=0.1)


def enter(field: NumberField, text: str) -> None:
    field.delete(0, "end")
    field.insert(0, text)
    press(field, "Return")


@pytest.mark.parametrize(("text", "number"), [("2", 2), (" 200 ", 200), ("1e2", 100), ("7.0", 7)])
def test_a_whole_number_is_taken(whole, told, text, number):
    enter(whole, text)
    assert told == [number]
    assert whole.number == number
    assert isinstance(whole.number, int)
    assert whole.get() == str(number)


def test_a_decimal_number_is_taken(decimal, told):
    enter(decimal, "0.25")
    assert told == [0.25]
    assert decimal.get() == "0.25"


@pytest.mark.parametrize(
    "text", ["", "x", "1.5", "1", "0", "-3", "201", "100000", "1e300", "inf", "nan", "3 4", "3,5"]
)
def test_a_wrong_one_is_told_and_the_last_right_one_comes_back(whole, told, text):
    enter(whole, text)
    ((kind, message),) = told
    assert kind == "error"
    assert message
    assert whole.number == 16
    assert whole.get() == "16"


def test_a_message_names_the_field_and_its_bounds(whole, told):
    enter(whole, "100000")
    (_, message) = told[0]
    for word in ("Steps", "2", "200", "100000"):
        assert word in message


def test_the_same_number_again_is_no_change(whole, told):
    enter(whole, "16")
    enter(whole, "16.0")
    assert told == []


def test_arrow_keys_step(whole, told):
    press(whole, "Up")
    assert told == [17]
    press(whole, "Down", times=2)
    assert whole.number == 15


def test_steps_stay_within_the_bounds(whole):
    whole.set_number(200)
    press(whole, "Up")
    assert whole.number == 200


def test_many_small_steps_keep_a_tidy_number(decimal):
    press(decimal, "Up", times=3)
    assert decimal.get() == "1.3"
    assert decimal.number == 1.3


def test_leaving_the_field_takes_what_is_typed(whole, told, stage):
    other = tk.Entry(stage.frame)
    other.place(x=0, y=100)
    whole.focus_force()
    stage.root.update()
    whole.delete(0, "end")
    whole.insert(0, "20")
    other.focus_force()
    stage.root.update()
    assert told == [20]


def test_a_number_that_is_set_tells_nobody_and_is_clipped(whole, told):
    whole.set_number(1000)
    assert (whole.number, whole.get()) == (200, "200")
    whole.set_number(-5)
    assert (whole.number, whole.get()) == (2, "2")
    assert told == []


def test_a_set_number_stays_whole(whole):
    whole.set_number(7.9)
    assert whole.get() == str(whole.number)


@pytest.mark.parametrize(
    ("text", "whole", "number"), [("3", True, 3.0), ("2.5", False, 2.5), ("−1", False, -1.0)]
)
def test_the_check_on_its_own(text, whole, number):
    assert checked_number(text, "X", -5, 5, whole) == number


@pytest.mark.parametrize("text", ["6", "-6", "2.5", "five"])
def test_the_check_refuses(text):
    with pytest.raises(ValueError, match=r"X must|not a number"):
        checked_number(text, "X", -5, 5, True)


def test_a_field_that_is_left_has_no_selection(whole, stage):
    press(whole, "Up")
    whole.selection_range(0, "end")
    stage.root.focus_force()
    stage.root.update()
    assert not whole.selection_present()
