"""Keyframes: a journey meets every key in time, never jumps, and if smooth has no corner."""

import itertools

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.test_paths import vectors
from vae.keyframes import EASINGS, METHODS, KeyframePath
from vae.latent import lerp, slerp


@st.composite
def journeys(draw, methods=METHODS):
    keys, closed = draw(st.integers(1, 6)), draw(st.booleans())
    segments = keys if closed else keys - 1
    return KeyframePath(
        draw(vectors(keys, 3)),
        draw(st.lists(st.floats(0.1, 10), min_size=segments, max_size=segments)),
        draw(st.lists(st.sampled_from(EASINGS), min_size=segments, max_size=segments)),
        closed,
        draw(st.sampled_from(methods)),
    )


@given(journeys())
def test_every_key_is_met_at_its_time(journey):
    keys = np.concatenate([journey.points, journey.points[:1]])[: len(journey.key_times)]
    np.testing.assert_array_equal(journey.at(journey.key_times[:-1]), keys[:-1])
    np.testing.assert_allclose(journey.at(journey.key_times), keys, atol=1e-12)
    np.testing.assert_array_equal(journey.at(0.0), journey.points[0])
    assert journey.key_times[-1] == pytest.approx(journey.duration)


@given(journeys(), st.lists(st.floats(-50, 100), min_size=1, max_size=20))
def test_many_times_are_answered_as_one_after_the_other(journey, seconds):
    points = journey.at(seconds)
    assert points.shape == (len(seconds), 3)
    np.testing.assert_array_equal(points, [journey.at(second) for second in seconds])
    assert np.isfinite(points).all()
    if not journey.closed:
        np.testing.assert_array_equal(journey.at(-1.0), journey.points[0])
        np.testing.assert_array_equal(journey.at(1e3), journey.points[-1])


@given(journeys())
def test_a_journey_never_jumps(journey):
    for start, end in itertools.pairwise(journey.key_times):
        points = journey.at(np.linspace(start, end, 501)[:-1])
        points = np.concatenate([points, journey.at([np.nextafter(end, 0.0), end])])
        steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
        assert steps.max() < 0.25  # a key lies at most 11 from the next


@given(journeys(["smooth"]))
def test_a_smooth_journey_has_no_corner_in_space_or_speed(journey):
    """The velocities shortly before and shortly after a key agree ever better, from both sides."""
    keys = journey.key_times if journey.closed else journey.key_times[1:-1]
    assume(len(keys) > 0 and journey.duration > 0.0)
    gaps = []
    for h in (1e-4, 1e-6):
        before = (journey.at(keys) - journey.at(keys - h)) / h
        after = (journey.at(keys + h) - journey.at(keys)) / h
        gaps.append(np.abs(after - before).max())
    assert gaps[1] < max(0.1 * gaps[0], 1e-2)


def test_a_closed_smooth_journey_goes_round_the_same_way_from_any_key():
    keys = np.random.default_rng(0).standard_normal((5, 3))
    durations = np.array([1.0, 2.0, 0.5, 1.0, 3.0])
    journey = KeyframePath(keys, durations, closed=True, method="smooth")
    turned = KeyframePath(
        np.roll(keys, -2, 0), np.roll(durations, -2), closed=True, method="smooth"
    )
    times = np.linspace(0.0, 15.0, 100)
    np.testing.assert_allclose(turned.at(times), journey.at(times + 3.0), atol=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_collinear_keys_at_equal_distances_are_a_straight_line(method):
    a, b = np.array([1.0, -0.5, 2.0]), np.array([2.0, -1.0, 4.0])
    journey = KeyframePath(lerp(a, b, np.linspace(0.0, 1.0, 6)), 2.0, method=method)
    times = np.linspace(0.0, 10.0, 101)
    np.testing.assert_allclose(journey.at(times), lerp(a, b, times / 10.0), atol=1e-9)


def test_smooth_is_the_centripetal_spline_of_barry_and_goldman():
    """Against their pyramid of linear interpolations, with knots a root of the distance apart."""
    p = np.random.default_rng(1).standard_normal((4, 3))
    k = np.concatenate([[0.0], np.cumsum(np.sqrt(np.linalg.norm(np.diff(p, axis=0), axis=1)))])
    # Segments as long as their knots are apart, so that the way follows the time evenly.
    journey = KeyframePath(p, np.diff(k), method="smooth")
    for t in np.linspace(k[1], k[2], 9):
        level = list(p)
        for span in (1, 2):
            level = [
                (k[i + span] - t) / (k[i + span] - k[i]) * level[i]
                + (t - k[i]) / (k[i + span] - k[i]) * level[i + 1]
                for i in range(4 - span)
            ]
        expected = (k[2] - t) / (k[2] - k[1]) * level[0] + (t - k[1]) / (k[2] - k[1]) * level[1]
        np.testing.assert_allclose(journey.at(t), expected, atol=1e-9)


@pytest.mark.parametrize(("method", "curve"), [("linear", lerp), ("spherical", slerp)])
def test_piecewise_journeys_are_those_curves(method, curve):
    keys = np.random.default_rng(2).standard_normal((3, 4))
    journey = KeyframePath(keys, [2.0, 4.0], ["none", "smoothstep"], False, method)
    np.testing.assert_allclose(journey.at(0.5), curve(keys[0], keys[1], 0.25), atol=1e-12)
    np.testing.assert_allclose(journey.at(3.0), curve(keys[1], keys[2], 0.15625), atol=1e-12)


def clocks(segments: int) -> list:
    """Curves in one dimension that tell where they are: the segment and the share of it."""
    return [lambda t, index=index: (index + t)[:, None] for index in range(segments)]


def test_curves_lead_from_key_to_key_in_the_time_and_easing_of_their_segment():
    keys = np.arange(4.0)[:, None]
    journey = KeyframePath(keys, [2.0, 1.0, 4.0], ["none", "smoothstep", "none"], False, clocks(3))
    np.testing.assert_array_equal(
        journey.at([-5.0, 0.0, 2.0, 3.0, 7.0, 99.0])[:, 0], [0, 0, 1, 2, 3, 3]
    )
    np.testing.assert_allclose(
        journey.at([1.5, 2.25, 4.0])[:, 0], [0.75, 1 + 3 / 16 - 2 / 64, 2.25]
    )


def test_curves_of_a_loop_go_round_and_round():
    keys = np.arange(3.0)[:, None]
    loop = KeyframePath(keys, [2.0, 1.0, 4.0], closed=True, method=clocks(3))
    for seconds in (0.5, 2.5, 6.0):
        here = loop.at(seconds)
        np.testing.assert_allclose(loop.at([seconds + 7.0, seconds - 14.0]), [here, here])


@given(journeys(["linear", "spherical"]))
def test_the_formulas_as_curves_are_the_same_journey(journey):
    """What a geodesic is put into goes where the other methods go, at the same times."""
    way = {"linear": lerp, "spherical": slerp}[journey.method]
    keys = np.concatenate([journey.points, journey.points[:1]])
    curves = [
        lambda t, a=keys[index], b=keys[index + 1]: way(a, b, t)
        for index in range(len(journey.durations))
    ]
    again = KeyframePath(journey.points, journey.durations, journey.easing, journey.closed, curves)
    times = np.linspace(-1.0, journey.duration + 1.0, 41)
    np.testing.assert_allclose(again.at(times), journey.at(times), atol=1e-12)


def test_smoothstep_rests_at_its_ends():
    keys = np.random.default_rng(3).standard_normal((4, 3))
    for method in METHODS:
        journey = KeyframePath(keys, 1.0, "smoothstep", method=method)
        around = journey.key_times[1:-1]
        speeds = np.linalg.norm(journey.at(around + 1e-5) - journey.at(around - 1e-5), axis=1)
        assert (speeds / 2e-5 < 1e-3).all()


def test_equal_keys_are_a_rest():
    a, b = np.zeros(3), np.ones(3)
    for method in METHODS:
        journey = KeyframePath([a, a, b, b], 1.0, method=method)
        np.testing.assert_array_equal(journey.at([0.0, 0.5, 1.0]), [a, a, a])
        np.testing.assert_allclose(journey.at([2.0, 2.5, 3.0]), [b, b, b], atol=1e-12)
        assert np.isfinite(journey.at(np.linspace(0.0, 3.0, 50))).all()


def test_one_key_stays_where_it_is():
    key = np.array([[1.0, 2.0]])
    for method in METHODS:
        assert KeyframePath(key, [], method=method).duration == 0.0
        np.testing.assert_array_equal(KeyframePath(key, [], method=method).at([0, 5]), key[[0, 0]])
        closed = KeyframePath(key, 2.0, closed=True, method=method)
        np.testing.assert_allclose(closed.at([0.0, 1.3, 7.0]), key[[0, 0, 0]], atol=1e-12)


def test_a_journey_keeps_its_keys_to_itself():
    keys = np.zeros((2, 3))
    journey = KeyframePath(keys)
    keys[:] = 5.0
    np.testing.assert_array_equal(journey.points, np.zeros((2, 3)))
    with pytest.raises(ValueError, match="read-only"):
        journey.points[0] = 1.0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"points": np.zeros(3)}, "at least one key"),
        ({"points": np.zeros((0, 3))}, "at least one key"),
        ({"points": [[0.0, np.nan]]}, "at least one key"),
        ({"durations": [1.0]}, "each of 2 segments"),
        ({"durations": [1.0, 1.0], "closed": True}, "each of 3 segments"),
        ({"durations": 0.0}, "positive"),
        ({"durations": [1.0, np.nan]}, "positive"),
        ({"durations": [1.0, np.inf]}, "positive"),
        ({"easing": "bounce"}, "'bounce'"),
        ({"easing": ["none"]}, "each of 2 segments"),
        ({"method": "cubic"}, "'cubic'"),
        ({"method": [lambda t: t]}, "a curve for each of 2 segments, got 1"),
    ],
)
def test_a_journey_that_does_not_fit_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        KeyframePath(**{"points": np.eye(3), **arguments})


def test_times_that_are_none_are_refused():
    for seconds in (np.nan, [0.0, np.inf], [[0.0]]):
        with pytest.raises(ValueError, match="number of seconds"):
            KeyframePath(np.eye(3)).at(seconds)
