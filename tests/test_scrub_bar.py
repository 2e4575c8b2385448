"""The position bar of a path: dragged, clicked and stepped."""

from __future__ import annotations

import pytest

from explorer.widgets.scrub_bar import MARGIN, ScrubBar
from tests.interaction import click, drag, press

WIDTH = 300


@pytest.fixture
def asked() -> list[float]:
    return []


@pytest.fixture
def gestures() -> list[str]:
    return []


@pytest.fixture
def bar(stage, asked, gestures) -> ScrubBar:
    def take(position: float) -> None:
        asked.append(position)
        bar.set_position(position)

    bar = ScrubBar(
        stage.frame,
        stage.theme,
        steps=5,
        on_change=take,
        on_press=lambda: gestures.append("press"),
        on_release=lambda: gestures.append("release"),
    )
    stage.show(bar, WIDTH, 28)
    return bar


def x_of(bar: ScrubBar, position: float) -> int:
    margin = bar._theme.px(MARGIN)
    return round(margin + position * (WIDTH - 2 * margin))


def thumb(bar: ScrubBar) -> float:
    left, _, right, _ = bar.coords(bar._thumb)
    return (left + right) / 2


def test_it_shows_a_position_and_tells_nobody(bar, asked):
    bar.set_position(0.25)
    assert bar.position == 0.25
    assert thumb(bar) == pytest.approx(x_of(bar, 0.25), abs=1)
    assert asked == []


@pytest.mark.parametrize(("wanted", "shown"), [(-0.5, 0.0), (1.5, 1.0)])
def test_positions_stay_on_the_path(bar, wanted, shown):
    bar.set_position(wanted)
    assert bar.position == shown


def test_a_click_and_a_drag_ask_for_the_position_under_the_pointer(bar, asked):
    click(bar, x_of(bar, 0.5), 14)
    assert asked == [pytest.approx(0.5, abs=0.01)]
    drag(bar, (x_of(bar, 0.5), 14), (x_of(bar, 0.8), 14), (WIDTH + 200, 14))
    assert asked[-2:] == [pytest.approx(0.8, abs=0.01), 1.0]
    assert thumb(bar) == pytest.approx(x_of(bar, 1.0), abs=1)


def test_a_drag_is_one_gesture(bar, asked, gestures):
    drag(bar, (x_of(bar, 0.2), 14), (x_of(bar, 0.4), 14), (x_of(bar, 0.8), 14))
    assert len(asked) == 3
    assert gestures == ["press", "release"]


@pytest.mark.parametrize(
    ("key", "start", "end"),
    [
        ("Right", 0.25, 0.5),
        ("Up", 0.25, 0.5),
        ("Left", 0.5, 0.25),
        ("Down", 0.5, 0.25),
        ("Right", 0.3, 0.5),  # between frames: the next whole one
        ("Right", 1.0, 1.0),
        ("Left", 0.0, 0.0),
        ("Home", 0.6, 0.0),
        ("End", 0.6, 1.0),
    ],
)
def test_keys_walk_from_frame_to_frame(bar, key, start, end):
    bar.set_position(start)
    press(bar, key)
    assert bar.position == pytest.approx(end)


def test_the_number_of_frames_sets_the_step(bar):
    bar.set_steps(11)
    press(bar, "Right", times=3)
    assert bar.position == pytest.approx(0.3)
    bar.set_steps(1)  # no division by nothing
    press(bar, "Right")
    assert bar.position == 1.0


def test_focus_is_visible(bar, stage):
    bar.focus_force()
    stage.root.update()
    assert bar.itemcget(bar._ring, "state") == "normal"
    stage.root.focus_force()
    stage.root.update()
    assert bar.itemcget(bar._ring, "state") == "hidden"


def test_the_thumb_follows_the_width(bar, stage):
    bar.set_position(1.0)
    stage.show(bar, 600, 28)
    assert thumb(bar) == pytest.approx(600 - stage.theme.px(MARGIN), abs=1)


def test_the_colours_follow_the_theme(bar, stage):
    stage.theme.set_mode("dark")
    assert bar.cget("background") == stage.theme.palette.background
