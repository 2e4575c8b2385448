"""A walk from a base point: where it leads, what it holds, and what it comes back to."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.semantic import MOST_KEPT, SemanticWalk, courses
from explorer.state import ExplorerState
from vae.directions import Direction
from vae.latent import MAX_MAGNITUDE

DIM = 6
EPSILON = 1e-6  # the state rounds to this


def direction(name: str, vector, gradient=None) -> Direction:
    vector = np.asarray(vector, float)
    return Direction(
        name,
        "attribute",
        vector / np.linalg.norm(vector),
        attribute=name,
        r2=0.5,
        r2_partial=0.4,
        gradient=gradient,
    )


def some_directions(count: int, seed: int) -> dict:
    rng = np.random.default_rng(seed)
    return {
        ("set", f"d{number}"): direction(f"d{number}", rng.normal(size=DIM), rng.normal(size=DIM))
        for number in range(count)
    }


values = st.floats(-4, 4, allow_nan=False).map(lambda value: round(value, 6))
points = st.lists(values, min_size=DIM, max_size=DIM).map(tuple)
seeds = st.integers(0, 1000)


def walk_from(z, made) -> SemanticWalk:
    walk = SemanticWalk(DIM)
    walk.start(z)
    walk.set_courses(made)
    return walk


# ---- courses -------------------------------------------------------------------------------------


def test_with_nothing_held_every_direction_is_walked_as_it_is():
    found = some_directions(3, 0)
    made = courses(found, {}, (), DIM)
    assert [course.key for course in made] == list(found)
    for course in made:
        assert course.walkable
        assert course.left == 1.0
        assert course.vector is course.direction.vector
        assert course.as_walked is course.direction


@given(seeds, st.sets(st.integers(0, 3), max_size=2), st.sets(st.integers(0, DIM - 1), max_size=2))
def test_whatever_is_held_or_locked_stays(seed, held, locks):
    found = some_directions(4, seed)
    keys = list(found)
    holds = {keys[index]: found[keys[index]] for index in held}
    for course in courses(found, holds, locks, DIM):
        if course.key in holds:
            assert course.held
            assert not course.walkable
            continue
        assert np.linalg.norm(course.vector) == pytest.approx(1.0)
        for other in holds.values():  # its regression's prediction is z @ gradient + constant
            assert course.vector @ other.gradient == pytest.approx(0.0, abs=1e-9)
        for index in locks:
            assert course.vector[index] == pytest.approx(0.0, abs=1e-12)
        assert course.left == pytest.approx(course.vector @ course.direction.vector)


def test_what_is_held_may_be_of_another_set():
    found, others = some_directions(2, 0), some_directions(1, 1)
    held = {("elsewhere", "d0"): others["set", "d0"]}
    made = courses(found, held, (), DIM)
    assert not any(course.held for course in made)  # the same name in another set is another one
    for course in made:
        assert course.vector @ others["set", "d0"].gradient == pytest.approx(0.0, abs=1e-9)


def test_a_direction_of_which_nothing_is_left_says_so_and_is_not_walked():
    found = some_directions(1, 0)
    (course,) = courses(found, {}, range(DIM), DIM)
    assert course.problem
    assert not course.walkable
    assert not course.vector.any()
    assert course.as_walked is None


def test_in_one_dimension_a_held_direction_leaves_nothing_of_the_others():
    found = {("set", name): direction(name, [1.0]) for name in ("a", "b")}
    held, other = courses(found, {("set", "a"): found["set", "a"]}, (), 1)
    assert held.held
    assert other.problem


def test_what_is_left_of_a_direction_is_kept_without_the_figures_of_the_whole():
    found = some_directions(2, 0)
    first, second = found
    _, course = courses(found, {first: found[first]}, (), DIM)
    walked = course.as_walked
    assert 0.0 < course.left < 1.0
    np.testing.assert_allclose(walked.vector, course.vector)
    assert walked.attribute == found[second].attribute  # its effect is still judged by this
    assert (walked.r2, walked.r2_partial, walked.gradient, walked.share) == (None,) * 4


# ---- the walk ------------------------------------------------------------------------------------


@given(points, seeds, st.lists(values, min_size=3, max_size=3))
def test_the_point_is_the_base_and_what_the_sliders_add(z, seed, numbers):
    made = courses(some_directions(3, seed), {}, (), DIM)
    walk = walk_from(z, made)
    for index, number in enumerate(numbers):
        walk.put(index, number)
    expected = np.array(z) + sum(
        number * course.vector for number, course in zip(numbers, made, strict=True)
    )
    np.testing.assert_allclose(walk.z, expected, atol=EPSILON)
    np.testing.assert_array_equal(walk.base, z)
    assert walk.distance == pytest.approx(np.linalg.norm(expected - np.array(z)), abs=3 * EPSILON)


@given(points, seeds, st.lists(values, min_size=2, max_size=2), st.sets(st.integers(0, 5)))
def test_the_state_takes_the_point_as_it_is(z, seed, numbers, locks):
    """Also with locked dimensions: nothing of a step is lost to them."""
    state = ExplorerState(DIM)
    state.set_z(z)
    for index in locks:
        state.set_lock(index, True)
    walk = walk_from(state.z, courses(some_directions(2, seed), {}, locks, DIM))
    for index, number in enumerate(numbers):
        state.set_z(walk.put(index, number))
        assert state.z == walk.z
        assert not walk.follow(state.z)


def test_a_point_moved_by_something_else_becomes_the_base():
    walk = walk_from((0.0,) * DIM, courses(some_directions(2, 0), {}, (), DIM))
    walk.put(0, 1.5)
    elsewhere = (1.0,) * DIM
    assert walk.follow(elsewhere)
    assert not walk.values.any()
    assert tuple(walk.base) == elsewhere
    assert walk.z == elsewhere


def test_a_point_where_this_walk_has_rested_brings_its_sliders_back():
    start = (0.5,) * DIM
    walk = walk_from(start, courses(some_directions(2, 0), {}, (), DIM))
    walk.put(0, 1.5)
    walk.keep()
    there = walk.z
    walk.follow((1.0,) * DIM)
    assert walk.follow(there)
    assert walk.values.tolist() == [1.5, 0.0]
    assert tuple(walk.base) == start
    assert walk.follow(start)
    assert not walk.values.any()
    assert tuple(walk.base) == start


def test_where_the_walk_only_passed_nothing_is_remembered():
    walk = walk_from((0.0,) * DIM, courses(some_directions(1, 0), {}, (), DIM))
    passed = walk.put(0, 1.0)
    walk.put(0, 2.0)
    walk.keep()
    walk.follow((1.0,) * DIM)
    walk.follow(passed)
    assert not walk.values.any()


def test_other_courses_make_the_point_the_base_and_know_nothing_of_former_ones():
    walk = walk_from((0.0,) * DIM, courses(some_directions(2, 0), {}, (), DIM))
    walk.put(0, 1.5)
    walk.keep()
    there = walk.z
    walk.set_courses(courses(some_directions(2, 1), {}, (), DIM))
    assert tuple(walk.base) == there
    assert not walk.values.any()
    walk.follow((1.0,) * DIM)
    walk.follow(there)
    assert tuple(walk.base) == there  # not the base of the former courses


def test_to_hold_here_wins_over_what_was_remembered():
    walk = walk_from((0.0,) * DIM, courses(some_directions(1, 0), {}, (), DIM))
    walk.put(0, 1.5)
    walk.keep()
    there = walk.z
    walk.hold_here(there)
    walk.follow((1.0,) * DIM)
    walk.follow(there)
    assert tuple(walk.base) == there


@given(points, points, st.lists(values, min_size=2, max_size=2), seeds)
def test_the_same_change_can_be_made_to_another_base(z, other, numbers, seed):
    walk = walk_from(z, courses(some_directions(2, seed), {}, (), DIM))
    for index, number in enumerate(numbers):
        walk.put(index, number)
    change = np.array(walk.z) - np.array(z)
    np.testing.assert_allclose(walk.carry(other), np.array(other) + change, atol=3 * EPSILON)
    assert walk.values.tolist() == numbers


@given(points, st.lists(values, min_size=2, max_size=2), seeds)
def test_a_saved_walk_is_recalled_at_its_point(z, numbers, seed):
    made = courses(some_directions(2, seed), {}, (), DIM)
    walk = walk_from(z, made)
    for index, number in enumerate(numbers):
        walk.put(index, number)
    base, saved, there = walk.base.tolist(), walk.values.tolist(), walk.z
    again = walk_from(there, made)
    assert again.recall(base, saved, there)
    assert again.values.tolist() == saved
    assert again.base.tolist() == base
    assert again.z == there


@pytest.mark.parametrize(
    ("base", "numbers"), [([0.0] * DIM, [1.0, 0.0]), ([0.0] * 5, [0.0] * 2), ([0.0] * DIM, [0.0])]
)
def test_a_saved_walk_that_does_not_lead_here_changes_nothing(base, numbers):
    walk = walk_from((0.0,) * DIM, courses(some_directions(2, 0), {}, (), DIM))
    assert not walk.recall(base, numbers, (0.0,) * DIM)
    assert not walk.values.any()


def test_far_away_the_point_stays_within_the_range_of_latent_numbers():
    walk = walk_from((0.0,) * DIM, courses(some_directions(3, 0), {}, (), DIM))
    for index in range(3):
        walk.put(index, MAX_MAGNITUDE)
    assert np.abs(walk.z).max() <= MAX_MAGNITUDE


def test_an_hour_of_walking_fills_no_memory():
    walk = walk_from((0.0,) * DIM, courses(some_directions(1, 0), {}, (), DIM))
    for number in range(3 * MOST_KEPT):
        walk.put(0, number / 1000)
        walk.keep()
    assert len(walk._kept) == MOST_KEPT
