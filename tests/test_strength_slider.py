"""The slider of a factor: what it shows, and what it asks for by mouse and keys."""

from __future__ import annotations

import pytest

from explorer.widgets.strength_slider import StrengthSlider
from tests.interaction import click, double_click, drag, press, turn_wheel

WIDTH, HEIGHT = 316, 16


@pytest.fixture
def asked() -> list[float]:
    return []


@pytest.fixture
def slider(stage, asked) -> StrengthSlider:
    def take(number: float) -> None:
        asked.append(number)
        slider.set_number(number)

    slider = StrengthSlider(stage.frame, stage.theme, low=-2.0, high=2.0, on_change=take)
    stage.show(slider, WIDTH, HEIGHT)
    return slider


def thumb(slider: StrengthSlider) -> float:
    left, _, right, _ = slider.coords(slider._thumb)
    return (left + right) / 2


@pytest.mark.parametrize("number", [-2.0, -0.35, 0.0, 1.0, 2.0])
def test_the_thumb_is_at_the_number(slider, asked, number):
    slider.set_number(number)
    assert slider.number == number
    assert thumb(slider) == pytest.approx(slider.x_of(number), abs=1)
    left, _, right, _ = slider.coords(slider._fill)
    assert left == pytest.approx(slider.x_of(0.0), abs=1)
    assert right == pytest.approx(slider.x_of(number), abs=1)
    assert asked == []


def test_a_number_beyond_the_ends_waits_at_the_end(slider):
    slider.set_number(3.5)
    assert thumb(slider) == pytest.approx(slider.x_of(2.0), abs=1)
    press(slider, "Left")
    assert slider.number == 2.0


@pytest.mark.parametrize("number", [-1.5, -0.75, 0.4, 1.65])
def test_a_click_asks_for_the_number_there(slider, asked, number):
    click(slider, round(slider.x_of(number)), 8)
    assert asked == [pytest.approx(number, abs=0.051)]
    assert round(asked[0] / 0.05, 6).is_integer()


def test_a_drag_asks_all_the_way_and_stays_between_the_ends(slider, asked):
    drag(slider, (200, 8), (250, 8), (WIDTH + 100, 8), (100, 8), (-100, 8))
    assert asked[-1] == -2.0
    assert max(asked) == 2.0
    assert len(asked) >= 4


@pytest.mark.parametrize("mark", [0.0, 1.0])
def test_a_mark_is_easily_hit(slider, asked, mark):
    slider.set_number(-1.0)
    for beside in (-3, 3):
        click(slider, round(slider.x_of(mark)) + beside, 8)
        assert slider.number == mark


@pytest.mark.parametrize(
    ("key", "number"),
    [
        ("Right", 1.05),
        ("Up", 1.05),
        ("Left", 0.95),
        ("Down", 0.95),
        ("Shift-Right", 1.5),
        ("Shift-Left", 0.5),
        ("Home", -2.0),
        ("End", 2.0),
    ],
)
def test_the_keys_step_it(slider, asked, key, number):
    press(slider, key)
    assert asked == [number]


def test_steps_do_not_drift(slider):
    press(slider, "Right", times=13)
    press(slider, "Left", times=33)
    assert slider.number == 0.0


def test_the_wheel_steps_it(slider, asked):
    turn_wheel(slider, 2)
    turn_wheel(slider, -1)
    assert asked == [1.05, 1.1, 1.05]


def test_a_double_click_sets_it_to_rest(slider):
    slider.set_number(-0.5)
    double_click(slider, round(slider.x_of(-1.4)), 8)
    assert slider.number == 1.0


def test_what_is_shown_already_is_not_asked_for(slider, asked):
    slider.set_number(2.0)
    press(slider, "Right")
    click(slider, round(slider.x_of(2.0)), 8)
    assert asked == []


def test_the_focus_is_seen(slider):
    press(slider, "Right")
    assert slider.itemcget(slider._ring, "state") == "normal"
    slider.master.focus_force()
    slider.update()
    assert slider.itemcget(slider._ring, "state") == "hidden"


def test_its_ends_can_match_what_stands_below(slider):
    slider.set_ends(50, 250)
    assert (slider.x_of(-2.0), slider.x_of(2.0)) == (50, 250)
    assert thumb(slider) == pytest.approx(200, abs=1)
    slider.set_ends(20, 10)  # nothing is laid out there yet
    assert slider.x_of(2.0) == 250


def test_marks_can_be_written(stage):
    labelled = StrengthSlider(
        stage.frame,
        stage.theme,
        low=-1.0,
        high=3.0,
        marks=(-1.0, 0.0, 1.0),
        labelled=True,
        on_change=lambda number: None,
    )
    stage.show(labelled, WIDTH, labelled.winfo_reqheight())
    texts = [labelled.itemcget(item, "text") for item in labelled._labels]
    assert texts == ["−1", "0", "1"]
    for item, mark in zip(labelled._labels, (-1.0, 0.0, 1.0), strict=True):
        left, top, right, bottom = labelled.bbox(item)
        assert (left + right) / 2 == pytest.approx(labelled.x_of(mark), abs=2)
        assert top >= -1
        assert bottom <= labelled.coords(labelled._thumb)[1] + 2  # bounding boxes are loose


def test_the_colours_follow_the_theme(slider, stage):
    stage.theme.set_mode("dark")
    assert slider.cget("background") == stage.theme.palette.background
    assert slider.itemcget(slider._fill, "fill") == stage.theme.palette.accent
