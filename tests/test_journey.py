"""A journey of keys: what edits keep, where it is at which time, what a session file gives back."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from explorer import journey as module
from explorer.journey import MAX_KEYS, MAX_SECONDS, MIN_SECONDS, Journey, Key
from vae import latent
from vae.keyframes import EASINGS

coordinates = st.floats(-4.0, 4.0).map(lambda value: round(value, 3))
durations = st.floats(MIN_SECONDS, MAX_SECONDS).map(lambda value: round(value, 2))


@st.composite
def journeys(draw, least: int = 1, most: int = 6, corners: str | None = None) -> Journey:
    dimensions = draw(st.integers(1, 4))
    keys = st.builds(
        Key,
        st.tuples(*[coordinates] * dimensions),
        st.text(max_size=8),
        durations,
        st.sampled_from(EASINGS),
    )
    return Journey(
        tuple(draw(st.lists(keys, min_size=least, max_size=most))),
        draw(st.booleans()),
        corners or draw(st.sampled_from(module.CORNERS)),
    )


def key(*z: float, **values) -> Key:
    return Key(z, **values)


SQUARE = Journey((key(1, 0), key(0, 1, seconds=1), key(-1, 0, seconds=4), key(0, -1, seconds=3)))


# --- where it goes --------------------------------------------------------------------------------


@given(journeys(), st.sampled_from(latent.METHODS))
def test_every_key_is_reached_at_its_time(journey, method):
    path = journey.path(method)
    visited = [*journey.keys, journey.keys[0]] if journey.is_loop else journey.keys
    points = np.array([key.z for key in visited])
    np.testing.assert_allclose(path.at(journey.key_times), points, atol=1e-9)
    assert path.duration == pytest.approx(journey.total_seconds)
    assert path.method == ("smooth" if journey.is_smooth else method)


def test_curves_take_the_place_of_the_formula_and_of_the_spline():
    """Each from one key to the next, in the time and with the easing of its segment."""
    way = SQUARE.replaced(1, easing="smoothstep").with_corners("smooth")
    curves = [lambda t, index=index: np.stack([index + t, t], axis=1) for index in range(3)]
    places = way.path(curves).at([1.5, 2.25, 4.0])  # 2 s, then 1 s, then 4 s
    shares = [0.75, 3 / 16 - 2 / 64, 0.25]
    np.testing.assert_allclose(places, np.stack([np.arange(3) + shares, shares], axis=1))


def test_a_single_key_is_a_journey_that_stays():
    for closed in (False, True):
        alone = Journey((key(1, 2),), closed)
        assert alone.segments == ()
        assert alone.total_seconds == 0.0
        for way in ([], "spherical"):
            np.testing.assert_array_equal(alone.path(way).at([0.0, 7.0]), [[1, 2], [1, 2]])


def test_two_keys_go_there_and_back_as_a_loop():
    there = Journey((key(0, seconds=1), key(1, seconds=3)))
    assert there.total_seconds == 1.0
    back = there.with_closed(True)
    assert [segment.end for segment in back.segments] == [(1.0,), (0.0,)]
    assert back.total_seconds == 4.0


def test_smooth_needs_three_keys():
    """Through two the spline is the straight line, and the person may have chosen another way."""
    smooth = SQUARE.with_corners("smooth")
    assert smooth.path("spherical").method == "smooth"
    two = smooth.removed(0).removed(0)
    assert (two.corners, two.is_smooth) == ("smooth", False)
    assert two.path("spherical").method == "spherical"


@given(journeys(least=3, corners="smooth"))
def test_a_smooth_journey_has_no_corner(journey):
    path = journey.path("linear")
    a_moment = 1e-7
    for time in journey.key_times[1:-1]:
        before, at, after = path.at([time - a_moment, time, time + a_moment])
        np.testing.assert_allclose((at - before) / a_moment, (after - at) / a_moment, atol=2e-2)


def test_no_formula_is_a_geodesic():
    with pytest.raises(ValueError, match="'geodesic': expected linear or spherical"):
        SQUARE.path("geodesic")


def test_a_curve_is_needed_for_each_segment():
    with pytest.raises(ValueError, match="each of 3 segments, got 1"):
        SQUARE.path([lambda t: t])


# --- edits ----------------------------------------------------------------------------------------


@given(journeys(most=MAX_KEYS - 1), st.data())
def test_what_is_added_can_be_removed(journey, data):
    at = data.draw(st.integers(0, len(journey.keys)))
    new = replace(journey.keys[0], name="new")
    more = journey.added(new, at)
    assert more.keys[at] == new
    assert more.removed(at) == journey


@given(journeys(), st.data())
def test_a_moved_key_stands_where_it_was_moved_to(journey, data):
    places = st.integers(0, len(journey.keys) - 1)
    index, to = data.draw(places), data.draw(places)
    moved = journey.moved(index, to)
    assert moved.keys[to] == journey.keys[index]
    assert moved.moved(to, index) == journey


@given(journeys())
def test_the_way_back_is_the_same_way(journey):
    back = journey.reversed()
    assert back.reversed() == journey
    assert back.total_seconds == pytest.approx(journey.total_seconds)
    if journey.is_loop:
        return
    times = np.linspace(0.0, journey.total_seconds, 23)
    np.testing.assert_allclose(
        back.path("linear").at(times),
        journey.path("linear").at(journey.total_seconds - times),
        atol=1e-6,
    )


@given(journeys(least=2), st.floats(0.0, 1.0))
def test_a_total_is_met_exactly_and_every_segment_stays_within_its_bounds(journey, share):
    low, high = journey.total_bounds
    total = low + share * (high - low)
    timed = journey.with_total_seconds(total)
    assert timed.total_seconds == pytest.approx(total)
    seconds = [segment.seconds for segment in timed.segments]
    assert min(seconds) >= MIN_SECONDS
    assert max(seconds) <= MAX_SECONDS
    # Those that met no bound keep their ratio.
    ratios = [
        new.seconds / old.seconds
        for new, old in zip(timed.segments, journey.segments, strict=True)
        if MIN_SECONDS < new.seconds < MAX_SECONDS
    ]
    assert ratios == pytest.approx([ratios[0]] * len(ratios) if ratios else [])
    assert [key.z for key in timed.keys] == [key.z for key in journey.keys]


@given(journeys(least=2))
def test_its_own_total_changes_nothing(journey):
    same = journey.with_total_seconds(journey.total_seconds)
    for new, old in zip(same.keys, journey.keys, strict=True):
        assert new.seconds == pytest.approx(old.seconds)


def test_the_time_after_the_last_key_is_kept_for_the_day_the_loop_is_closed():
    assert SQUARE.with_total_seconds(14.0).keys[-1].seconds == 3.0
    assert SQUARE.with_closed(True).with_total_seconds(20.0).keys[-1].seconds == 6.0


@pytest.mark.parametrize("total", [0.2, 181.0, np.nan])
def test_a_total_that_no_segments_can_have_is_refused_in_words(total):
    with pytest.raises(ValueError, match=r"3 segments can take from 0\.3 to 180 seconds"):
        SQUARE.with_total_seconds(total)
    with pytest.raises(ValueError, match="add another one"):
        Journey((key(0),)).with_total_seconds(1.0)


def test_a_key_is_replaced_in_part():
    changed = SQUARE.replaced(2, z=(5, 5), name="new")
    assert changed.keys[2] == Key((5.0, 5.0), "new", 4.0)
    assert changed.keys[:2] == SQUARE.keys[:2]


@pytest.mark.parametrize(
    "edit",
    [
        lambda: SQUARE.removed(4),
        lambda: SQUARE.removed(-1),
        lambda: SQUARE.moved(0, 4),
        lambda: SQUARE.moved(-1, 0),
        lambda: SQUARE.added(key(0, 0), 5),
        lambda: SQUARE.replaced(4, name="x"),
    ],
)
def test_no_edit_counts_from_the_end(edit):
    with pytest.raises(IndexError, match="in a journey of 4 keys"):
        edit()


def test_a_journey_has_at_least_one_key_and_no_more_than_can_be_followed():
    with pytest.raises(ValueError, match="from 1 to 200 keys, not 0"):
        Journey((key(0),)).removed(0)
    full = Journey((key(0),) * MAX_KEYS)
    with pytest.raises(ValueError, match=f"not {MAX_KEYS + 1}"):
        full.added(key(0))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"z": ()}, "must hold numbers"),
        ({"z": (np.nan,)}, "must hold numbers"),
        ({"z": (1e9,)}, "1,000,000"),
        ({"z": (0,), "seconds": 0.0}, r"0\.1 to 60 seconds, not 0"),
        ({"z": (0,), "seconds": np.nan}, "not nan"),
        ({"z": (0,), "easing": "bounce"}, "'bounce'"),
    ],
)
def test_a_key_that_can_not_be_used_is_refused(values, words):
    with pytest.raises(ValueError, match=words):
        Key(**values)


def test_keys_of_two_models_make_no_journey():
    with pytest.raises(ValueError, match="keys of 1 and of 2 numbers"):
        SQUARE.added(key(0))
    with pytest.raises(ValueError, match="piecewise or smooth, not 'round'"):
        SQUARE.with_corners("round")


def test_equal_journeys_are_one_key_of_a_cache():
    assert hash(SQUARE) == hash(SQUARE.reversed().reversed())
    assert SQUARE.points.shape == (4, SQUARE.latent_dim)


# --- session files --------------------------------------------------------------------------------


@given(journeys())
def test_a_session_file_gives_the_journey_back(journey):
    names = [key.name for key in journey.keys]
    assume(not any("\ud800" <= character <= "\udfff" for name in names for character in name))
    written = json.loads(json.dumps(journey.to_settings()))
    assert Journey.from_settings(written, journey.latent_dim) == journey


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
damaged_keys = st.fixed_dictionaries(
    {},
    optional={
        "z": st.lists(st.floats() | anything, min_size=2, max_size=2) | anything,
        "name": anything,
        "seconds": anything,
        "easing": anything,
    },
)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "keys": st.lists(damaged_keys | anything, max_size=30) | anything,
            "closed": anything,
            "corners": anything,
        },
    )
    | anything
)
def test_whatever_stands_there_is_a_journey_or_a_refusal(value):
    try:
        journey = Journey.from_settings(value, 2)
    except ValueError:
        return
    assert journey.latent_dim == 2
    assert Journey.from_settings(journey.to_settings(), 2) == journey


def test_a_damaged_key_takes_no_other_with_it():
    good = {"z": [1, 2], "name": "a", "seconds": 3, "easing": "smoothstep"}
    keys = [
        good,
        {**good, "z": [1, 2, 3]},
        {**good, "z": ["1", 2]},
        {**good, "z": [1e9, 2]},
        "nothing",
        {**good, "name": "half \ud800", "seconds": "long", "easing": ["none"]},
        {**good, "seconds": 1e9},
    ]
    read = Journey.from_settings({"keys": keys, "closed": 1, "corners": "round"}, 2)
    assert read.keys == (
        Key((1.0, 2.0), "a", 3.0, "smoothstep"),
        Key((1.0, 2.0), "", module.SECONDS, "none"),
        Key((1.0, 2.0), "a", MAX_SECONDS, "smoothstep"),
    )
    assert (read.closed, read.corners) == (False, "piecewise")


def test_keys_beyond_the_bound_are_left_out():
    keys = [{"z": [number]} for number in range(MAX_KEYS + 15)]
    read = Journey.from_settings({"keys": keys}, 1)
    assert [key.z for key in read.keys] == [(float(number),) for number in range(MAX_KEYS)]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "the journey is missing"),
        ([], "the journey is a list"),
        ({}, "the list of its keys is missing"),
        ({"keys": []}, "no keys"),
        ({"keys": [{"z": [1, 2, 3]}]}, "key 1 has 3 numbers, this model 2"),
        ({"keys": [{"z": None}]}, "z of key 1 is missing"),
    ],
)
def test_what_is_no_journey_is_refused_in_words(value, words):
    with pytest.raises(ValueError, match=words):
        Journey.from_settings(value, 2)
