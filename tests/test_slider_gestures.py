"""Gestures on a bank of sliders: what is one undo entry, and what ends it."""

from __future__ import annotations

import pytest

from explorer.glide import Glide
from explorer.state import ExplorerState
from explorer.widgets.slider_gestures import SliderGestures


@pytest.fixture
def state() -> ExplorerState:
    return ExplorerState(2)


@pytest.fixture
def glide(root, state) -> Glide:
    return Glide(root, state)


@pytest.fixture
def gestures(root, state, glide) -> SliderGestures:
    return SliderGestures(
        root, state, glide, value=lambda index: state.z[index], move=state.set_value
    )


def test_a_drag_is_one_entry(gestures, state):
    gestures.press()
    for value in (0.5, 1.0, 1.5):
        gestures.change(0, value)
    gestures.release()
    assert state.z == (1.5, 0.0)
    state.undo()
    assert state.z == (0.0, 0.0)
    assert not state.can_undo


def test_steps_of_one_slider_are_one_entry_and_those_of_another_are_not(gestures, state):
    for _ in range(3):
        gestures.step(0, 0.05)
    gestures.step(1, 0.5)
    assert state.z == (0.15, 0.5)
    state.undo()
    assert state.z == (0.15, 0.0)
    state.undo()
    assert state.z == (0.0, 0.0)


def test_a_run_of_steps_ends_after_a_pause(gestures, state, pump):
    gestures.step(0, 0.05)
    pump(lambda: state.open_gesture is None)
    gestures.step(0, 0.05)
    state.undo()
    assert state.z == (0.05, 0.0)


def test_steps_end_at_the_end_of_the_track_and_come_back_from_beyond(gestures, state):
    state.set_value(0, 3.9)
    gestures.step(0, 0.5)
    assert state.z[0] == 4.0
    state.set_value(0, 6.0)
    gestures.step(0, 0.5)
    assert state.z[0] == 6.0
    gestures.step(0, -0.5)
    assert state.z[0] == 5.5


def test_a_double_click_is_one_entry_with_its_first_click(gestures, state):
    state.set_value(0, 2.0)
    gestures.press()
    gestures.change(0, -1.0)
    gestures.release()
    gestures.zero(0)
    assert state.z[0] == 0.0
    state.undo()
    assert state.z[0] == 2.0


def test_a_drag_goes_on_after_a_key_has_undone_in_its_middle(gestures, state):
    gestures.press()
    gestures.change(0, 1.0)
    state.undo()
    gestures.change(0, 2.0)
    gestures.release()
    assert state.z[0] == 2.0
    state.undo()
    assert state.z[0] == 0.0


def test_a_press_ends_a_glide_and_a_glide_outlives_a_release(gestures, state, glide):
    glide.to((1.0, 1.0))
    gestures.press()
    assert not glide.active
    glide.to((1.0, 1.0))
    gestures.release()
    assert glide.active
    glide.stop()


def test_nothing_is_left_to_do_when_the_window_goes(root, gestures):
    gestures.step(0, 0.05)
    root.destroy()
