"""The course of a walk as a curve: where things are drawn, how it is scrubbed, what it says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer.widgets.course_plot import Course, CoursePlot, _round_step
from tests.interaction import click, drag, press

SIZE = 600, 300


class Person:
    """Takes note of what was asked for."""

    def __init__(self) -> None:
        self.steps: list[int] = []
        self.drags: list[str] = []


@pytest.fixture
def person() -> Person:
    return Person()


@pytest.fixture
def plot(stage, person) -> CoursePlot:
    widget = CoursePlot(
        stage.frame,
        stage.theme,
        on_change=person.steps.append,
        on_press=lambda: person.drags.append("press"),
        on_release=lambda: person.drags.append("release"),
    )
    stage.show(widget, *SIZE)
    return widget


def course(values, goal=0.95, shape=(1, 28, 28), **more) -> Course:
    values = np.asarray(values, float)
    frames = np.arange(len(values), dtype=np.uint8)[:, None, None, None] * np.ones(shape, np.uint8)
    return Course("3 → 7", "p(7)", values, frames, goal, **more)


def curve(plot) -> np.ndarray:
    return np.array(plot.coords(plot._curve)).reshape(-1, 2)


def texts(plot, tag: str) -> list[str]:
    return [plot.itemcget(i, "text") for i in plot.find_withtag(tag) if plot.type(i) == "text"]


def test_the_curve_is_drawn_as_far_as_it_was_walked(plot, stage):
    values = np.linspace(0, 1, 11)
    plot.show(course(values))
    stage.root.update()
    assert plot.walked == plot.position == 0.0
    plot.set_position(4.5)
    x, y = curve(plot).T
    assert x == pytest.approx([plot.x_of(s) for s in (0, 1, 2, 3, 4, 4.5)])
    assert y == pytest.approx([plot.y_of(v) for v in (0, 0.1, 0.2, 0.3, 0.4, 0.45)])
    plot.set_position(2.0)  # going back leaves what was walked
    assert plot.walked == 4.5
    assert curve(plot)[-1] == pytest.approx([plot.x_of(4.5), plot.y_of(0.45)])
    left, top, right, bottom = plot.coords(plot._dot)
    assert ((left + right) / 2, (top + bottom) / 2) == (plot.x_of(2), plot.y_of(0.2))


def test_another_course_begins_with_a_full_mark(plot, stage):
    plot.show(course([0, 1]))
    stage.root.update()
    full = plot.itemcget(plot._dot, "fill")
    plot.set_there(False)
    hollow = plot.itemcget(plot._dot, "fill")
    plot.show(course([0, 0.5, 1]))
    stage.root.update()
    assert plot.itemcget(plot._dot, "fill") == full != hollow


def test_up_is_more_and_right_is_later(plot, stage):
    plot.show(course([0, 1]))
    stage.root.update()
    assert plot.y_of(1) < plot.y_of(0.5) < plot.y_of(0)
    assert 0 < plot.x_of(0) < plot.x_of(1) < SIZE[0]
    assert plot.y_of(7.0) == plot.y_of(1)  # beyond the axis a value is drawn at its end


def test_it_says_which_walk_which_step_and_which_value(plot, stage):
    plot.show(course(np.linspace(0, 1, 5)))
    stage.root.update()
    plot.set_position(3)
    assert plot.itemcget(plot._heading, "text") == "3 → 7"
    assert plot.itemcget(plot._reading, "text") == "step 3 of 4:  p(7) = 0.75"
    assert plot.itemcget(plot._goal_name, "text") == "asked for: 0.95"
    _, y, _, also = plot.coords(plot._goal)
    assert y == also == plot.y_of(0.95)


def test_a_measure_has_an_axis_of_its_own_unit(plot, stage):
    plot.show(course([2.7, 3.1], goal=3.24, low=2.5, high=3.4, unit="pixels"))
    stage.root.update()
    assert plot.itemcget(plot._goal_name, "text") == "asked for: 3.24 pixels"
    assert plot.itemcget(plot._reading, "text").endswith("2.70 pixels")
    numbers = [text for text in texts(plot, "axis") if "." in text]
    assert len(numbers) >= 2
    assert all(2.5 <= float(text) <= 3.4 for text in numbers)


def test_the_detour_is_marked_and_named(plot, stage):
    plot.show(course(np.linspace(0, 1, 21), detour=10))
    stage.root.update()
    assert plot.itemcget(plot._band_name, "text") == ""
    plot.set_position(20)
    left, _, right, _ = plot.coords(plot._band)
    assert (left, right) == (plot.x_of(0), plot.x_of(10))
    assert "straight" in plot.itemcget(plot._band_name, "text")
    plot.show(course([0, 1]))
    stage.root.update()
    assert plot.itemcget(plot._band, "state") == "hidden"


def test_click_drag_and_keys_ask_for_steps(plot, stage, person):
    plot.show(course(np.linspace(0, 1, 11)))
    stage.root.update()
    plot.set_position(5)
    click(plot, round(plot.x_of(7)), 100)
    assert person.steps == [7]
    drag(plot, *((round(plot.x_of(s)), 100) for s in (2, 4, 30)))
    assert person.steps[1:] == [2, 4, 10]
    assert person.drags == ["press", "release"] * 2
    person.steps.clear()
    for key, step in (
        *(("Left", 4), ("Right", 6), ("Down", 4), ("Up", 6)),
        *(("Home", 0), ("End", 10), ("Prior", 0), ("Next", 10)),
    ):
        press(plot, key)
        assert person.steps.pop() == step


def test_what_is_yet_to_come_is_not_scrubbed(plot, stage, person):
    plot.show_idle(course([0.2]), "Go walks there.")
    stage.root.update()
    click(plot, 300, 100)
    press(plot, "Right")
    assert person.steps == []
    assert plot.idle_text == plot.itemcget(plot._note, "text") == "Go walks there."
    assert plot.itemcget(plot._sketch, "state") == "normal"
    assert plot.coords(plot._sketch)[:2] == [plot.x_of(0), plot.y_of(0.2)]
    assert plot.itemcget(plot._reading, "text") == "p(7) = 0.20"
    plot.show_idle(course([0.97]), "It is one.", sketch=False)
    stage.root.update()
    assert plot.itemcget(plot._sketch, "state") == "hidden"
    plot.show_idle(course([]), "Nothing is known.")
    stage.root.update()
    assert plot.itemcget(plot._reading, "text") == ""


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 32, 32), (1, 8, 20)])
@pytest.mark.parametrize("length", [1, 2, 5, 61, 301])
def test_the_film_goes_from_the_first_to_the_last_step(plot, stage, shape, length):
    plot.show(course(np.linspace(0, 1, length), shape=shape))
    stage.root.update()
    assert plot._cells[0] == 0
    assert plot._cells[-1] == length - 1
    assert plot._cells == sorted(set(plot._cells))
    assert plot._places[-1] <= SIZE[0]
    plot.set_position(length - 1)
    left, top, right, bottom = plot.coords(plot._cell)
    assert 0 <= left < right <= SIZE[0]
    assert 0 <= top < bottom <= SIZE[1]


def test_pictures_of_steps_to_come_are_covered(plot, stage):
    plot.show(course(np.linspace(0, 1, 31)))
    stage.root.update()
    covered = plot.coords(plot._cover)
    assert covered[0] == plot._places[1]
    plot.set_position(30)
    assert plot.coords(plot._cover) == [0, 0, 0, 0]


@pytest.mark.parametrize("size", [(400, 120), (610, 250), (1200, 700)])
def test_nothing_is_written_outside(plot, stage, size):
    plot.show(course(np.linspace(0, 1, 61), detour=20))
    stage.show(plot, *size)
    plot.set_position(60)
    for item in plot.find_all():
        if plot.type(item) == "text" and plot.itemcget(item, "text"):
            left, top, right, bottom = plot.bbox(item)
            assert left >= -1
            assert top >= -1
            assert right <= size[0] + 1
            assert bottom <= size[1] + 1


def test_colours_follow_the_theme(plot, stage):
    plot.show(course([0, 1]))
    stage.theme.set_mode("dark")
    stage.root.update()
    palette = stage.theme.palette
    assert plot.cget("background") == palette.background
    assert plot.itemcget(plot._curve, "fill") == palette.accent
    plot.set_there(False)
    assert plot.itemcget(plot._dot, "fill") == palette.background


@given(st.floats(1e-6, 1e6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_round_step_is_round_and_the_smallest(least):
    step = _round_step(least)
    assert least * (1 - 1e-6) <= step <= 2.5 * least * (1 + 1e-6)
    assert round(step / 10 ** np.floor(np.log10(step) + 1e-9), 6) in (1, 2, 5)
