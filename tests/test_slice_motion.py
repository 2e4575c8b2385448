"""How the point is moved over a slice: drags, steps, undo, and what locks leave of a movement."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer.glide import Glide
from explorer.slice_motion import SliceMotion
from explorer.state import ExplorerState
from vae.planes import Plane, axis_plane

START = (0.5, -1.0, 2.0, 0.25, 1.0, -2.0)


def tilted(seed: int) -> Plane:
    """A plane that has to do with every dimension, through START."""
    axes = np.linalg.qr(np.random.default_rng(seed).normal(size=(6, 2)))[0].T
    return Plane(axes, START)


class Hand:
    """A point on a slice, and what the person is told."""

    def __init__(self, root, plane: Plane) -> None:
        self.state = ExplorerState(6)
        self.state.set_z(START)
        self.state.reset_model(6, keep_point=True)
        self.told: list[str] = []
        self.plane = plane
        self.motion = SliceMotion(
            root,
            self.state,
            Glide(root, self.state),
            shown=lambda: self.plane,
            tell=self.told.append,
        )

    def drag(self, *places: tuple[float, float]) -> None:
        self.motion.press()
        for place in places:
            self.motion.move(*place)
        self.motion.release()


@pytest.fixture
def hand(root) -> Hand:
    return Hand(root, tilted(1))


def test_a_drag_puts_the_point_where_the_pointer_is_and_is_one_undo_entry(hand):
    hand.drag((0.0, 0.0), (1.0, 2.0), (-1.5, 0.25))
    assert hand.motion.place == pytest.approx([-1.5, 0.25], abs=1e-5)
    assert hand.plane.distance(np.array(hand.state.z)) < 1e-5
    assert hand.state.undo()
    assert hand.state.z == START
    assert not hand.state.can_undo


def test_a_drag_goes_on_after_undo_in_the_middle_of_it(hand):
    hand.motion.press()
    hand.motion.move(1.0, 1.0)
    hand.state.undo()
    hand.motion.move(2.0, 0.5)
    hand.motion.move(2.0, 1.0)
    hand.motion.release()
    assert hand.motion.place == pytest.approx([2.0, 1.0], abs=1e-5)
    assert hand.state.undo()
    assert hand.state.z == START


def test_steps_in_quick_succession_are_one_undo_entry(hand):
    before = hand.motion.place
    for _ in range(5):
        hand.motion.step(0.05, 0.0)
    assert hand.motion.place == pytest.approx(np.add(before, [0.25, 0.0]), abs=1e-5)
    hand.motion.step(0.0, -0.5)
    assert hand.motion.place == pytest.approx(np.add(before, [0.25, -0.5]), abs=1e-5)
    assert hand.state.undo()
    assert hand.motion.place == pytest.approx(np.add(before, [0.25, 0.0]), abs=1e-5)
    assert hand.state.undo()
    assert hand.state.z == START


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 50), locked=st.integers(0, 5), u=st.floats(-4, 4), v=st.floats(-4, 4))
def test_with_one_lock_the_point_stays_on_the_slice_as_near_as_it_may_get(root, seed, locked, u, v):
    hand = Hand(root, tilted(seed))
    hand.state.set_lock(locked, True)
    start = hand.motion.place
    hand.drag((u, v))
    z = np.array(hand.state.z)
    assert z[locked] == START[locked]
    assert hand.plane.distance(z) < 1e-5
    # What is left to the target is at right angles to the way that the lock leaves free.
    left, way = np.array([u, v]) - hand.motion.place, hand.motion.place - start
    assert abs(left @ way) < 1e-3


def test_two_locks_hold_the_point_and_that_is_told_once(hand):
    hand.state.set_lock(1, True)
    hand.state.set_lock(4, True)
    hand.drag((3.0, 3.0), (2.0, -1.0))
    hand.drag((1.0, 1.0))
    assert hand.state.z == pytest.approx(START, abs=1e-5)
    assert hand.told == ["Locked: z2 and z5. So the point stays where it is."]


def test_on_two_dimensions_a_lock_holds_its_own_alone(root):
    hand = Hand(root, axis_plane(START, 4, 1))
    hand.state.set_lock(4, True)
    hand.state.set_lock(0, True)  # which the plane leaves alone anyway
    hand.drag((3.0, 3.0))
    assert hand.state.z == (0.5, 3.0, 2.0, 0.25, 1.0, -2.0)
    assert hand.told == ["Locked: z1 and z5. So the point moves along one line of the map."]
    hand.state.set_lock(4, False)
    hand.drag((3.0, -3.0))
    assert hand.state.z == (0.5, -3.0, 2.0, 0.25, 3.0, -2.0)
    assert len(hand.told) == 1
