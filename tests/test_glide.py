"""Movements of the point: where it is at which time, and what ends them."""

from __future__ import annotations

import pytest

from explorer.glide import GLIDE_MS, Glide, ease
from explorer.state import ExplorerState


class Clock:
    """A clock that the test turns."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def state() -> ExplorerState:
    return ExplorerState(2)


@pytest.fixture
def glide(root, state, clock) -> Glide:
    return Glide(root, state, clock)


def test_easing_starts_and_ends_at_rest():
    assert (ease(0.0), ease(0.5), ease(1.0)) == (0.0, 0.5, 1.0)
    positions = [ease(step / 100) for step in range(101)]
    assert positions == sorted(positions)
    assert positions[1] < 0.001  # slower than linear at both ends
    assert 1 - positions[99] < 0.001


def test_a_glide_passes_the_middle_and_ends_exactly_at_its_target(glide, state, clock, pump):
    glide.to([2.0, -1.0])
    assert state.z == (0.0, 0.0)
    assert glide.active
    clock.now += GLIDE_MS / 2000
    pump(lambda: state.z != (0.0, 0.0))
    assert state.z == pytest.approx((1.0, -0.5))
    clock.now += GLIDE_MS / 2000
    pump(lambda: not glide.active)
    assert state.z == (2.0, -1.0)


def test_a_glide_is_one_undo_entry(glide, state, clock, pump):
    glide.to([2.0, -1.0])
    for _ in range(4):
        before = state.z
        clock.now += GLIDE_MS / 4000
        pump(lambda: state.z != before)  # noqa: B023 - called before the loop goes on
    clock.now += 1
    pump(lambda: not glide.active)
    state.undo()
    assert state.z == (0.0, 0.0)
    assert not state.can_undo


def test_a_new_target_redirects_from_where_the_point_is(glide, state, clock, pump):
    glide.to([2.0, 0.0])
    clock.now += GLIDE_MS / 2000
    pump(lambda: state.z == (1.0, 0.0))
    glide.to([1.0, 3.0])
    assert state.z == (1.0, 0.0)  # no jump
    clock.now += GLIDE_MS / 2000
    pump(lambda: state.z != (1.0, 0.0))
    assert state.z == pytest.approx((1.0, 1.5))
    clock.now += 1
    pump(lambda: not glide.active)
    assert state.z == (1.0, 3.0)


def test_stopping_leaves_the_point_where_it_is(glide, state, clock, pump, root):
    glide.to([2.0, 0.0])
    clock.now += GLIDE_MS / 2000
    pump(lambda: state.z == (1.0, 0.0))
    glide.stop()
    clock.now += 1
    timers = root.tk.call("after", "info")
    assert not glide.active
    assert timers in ("", ())  # no frame is left behind
    assert state.z == (1.0, 0.0)
    state.undo()
    assert state.z == (0.0, 0.0)


def test_a_movement_goes_on_until_its_step_says_so(glide, clock, pump):
    asked, ended = [], []

    def step(seconds: float) -> bool:
        asked.append(seconds)
        clock.now += 1.0
        return seconds < 3

    glide.play(step, stopped=lambda: ended.append(True))
    pump(lambda: not glide.active)
    assert asked == [0.0, 1.0, 2.0, 3.0]
    assert ended == [True]
    glide.stop()
    assert ended == [True]  # told once


def test_a_movement_that_is_replaced_is_told(glide):
    ended = []
    glide.play(lambda seconds: True, stopped=lambda: ended.append("first"))
    glide.play(lambda seconds: True, stopped=lambda: ended.append("second"))
    assert ended == ["first"]
    glide.stop()
    assert ended == ["first", "second"]


def test_an_observer_may_stop_the_movement_that_tells_it(glide, state, clock, pump, root):
    state.subscribe(lambda state: glide.stop())
    clock_at_start = clock.now
    glide.to([1.0, 1.0])
    clock.now = clock_at_start + GLIDE_MS / 2000
    pump(lambda: not glide.active)
    assert state.z == (0.5, 0.5)
    assert root.tk.call("after", "info") in ("", ())


def test_an_observer_may_replace_the_movement_that_tells_it(glide, state, clock, pump):
    state.set_lock(1, False)

    def divert(state: ExplorerState) -> None:
        if state.z[0] > 0 and not diverted:
            diverted.append(True)
            glide.to([-1.0, -1.0])

    diverted: list[bool] = []
    state.subscribe(divert)
    glide.to([1.0, 1.0])
    clock.now += GLIDE_MS / 2000
    pump(lambda: diverted)
    clock.now += 1
    pump(lambda: not glide.active)
    assert state.z == (-1.0, -1.0)


def test_a_locked_dimension_stays_behind(glide, state, clock, pump):
    state.set_lock(0, True)
    glide.to([2.0, 2.0])
    clock.now += 1
    pump(lambda: not glide.active)
    assert state.z == (0.0, 2.0)
