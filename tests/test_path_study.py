"""What a path does to the image, and the ways to travel a journey; without a window."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from explorer.journey import Journey, Key
from explorer.path_study import study_path, study_route
from explorer.routes import (
    METHODS,
    MOST_KEPT,
    Geodesics,
    at_constant_speed,
    find_geodesics,
    route_of,
)
from vae import latent
from vae.paths import measure_path
from vae.statistics import OFF_THE_MAP, TYPICAL, typicality


def journey_of(model, *digits, seconds=2.0, **options) -> Journey:
    keys = [Key(tuple(model.presets[digit]), f"preset {digit}", seconds) for digit in digits]
    return Journey(tuple(keys), **options)


@pytest.fixture(scope="module")
def geodesics(model):
    """Those between the presets 3, 8, 0 and back to 3."""
    found = Geodesics()
    for ends, points in find_geodesics(
        model.decoder, found.missing(journey_of(model, 3, 8, 0, closed=True))
    ).items():
        found.add(ends, points)
    return found


# --- the study of a path --------------------------------------------------------------------------


def test_a_study_says_of_every_point_what_is_known_of_it(model):
    points = latent.interpolate(model.presets[0], model.presets[1], 21)
    study = study_path(model, points)
    images = model.decoder.decode_uint8(points)
    np.testing.assert_array_equal(study.points, points)
    np.testing.assert_allclose(study.probabilities, model.probabilities(images), atol=1e-6)
    assert study.words == tuple(typicality(z, model.encoded).word for z in points)
    np.testing.assert_array_equal(
        study.measures.pixel_steps, measure_path(model.decoder, points).pixel_steps
    )
    best = study.probabilities.argmax(axis=1)
    assert [c.after for c in study.crossings] == [b for a, b in itertools.pairwise(best) if a != b]
    assert len(study.crossings) > 0
    assert study.share_typical == study.words.count(TYPICAL) / 21


def test_speeds_are_those_of_a_path_that_takes_one_unit_of_time(model):
    study = study_path(model, latent.interpolate(model.presets[2], model.presets[7], 9))
    assert study.speeds.mean() == pytest.approx(study.measures.pixel_length)
    assert study.speed_at(0.0) == study.speeds[0]
    assert study.speed_at(0.13) == study.speeds[1]
    assert study.speed_at(1.0) == study.speeds[-1]
    assert [study.index_at(p) for p in (-1.0, 0.0, 0.49, 1.0, 2.0)] == [0, 0, 4, 8, 8]


def test_a_path_far_outside_is_off_the_map(model):
    study = study_path(model, latent.interpolate(10 * model.presets[2], 12 * model.presets[2], 4))
    assert study.words == (OFF_THE_MAP,) * 4
    assert study.share_typical == 0.0


def test_without_classifier_and_real_images_the_rest_is_known(model):
    bare = replace(model, bundle=replace(model.bundle, classifier=None), encoded=None)
    study = study_path(bare, latent.interpolate(model.presets[0], model.presets[1], 7))
    assert study.probabilities is None
    assert study.crossings == ()
    assert len(study.words) == 7


def test_progress_rises_and_may_end_a_study(model):
    points = latent.interpolate(model.presets[0], model.presets[1], 100)
    told = []
    study_path(model, points, told.append)
    assert told[0] == 0.0
    assert told[-1] == 1.0
    assert told == sorted(told)
    assert len(told) >= 5

    class StopError(Exception):
        pass

    def stop(share):
        if share > 0.3:
            raise StopError

    with pytest.raises(StopError):
        study_path(model, points, stop)


@pytest.mark.parametrize("points", [np.zeros((1, 6)), np.zeros((3, 5)), np.full((3, 6), np.nan)])
def test_what_is_no_path_is_refused(model, points):
    with pytest.raises(ValueError, match=r"two points|finite"):
        study_path(model, points)


def test_a_route_is_measured_along_its_curve_and_not_from_point_to_point(model):
    corner = journey_of(model, 3, 8, 3)
    route = route_of(corner, "linear", Geodesics())
    # With an odd number of steps, one goes to the 8 and back, and would seem to stand still.
    study = study_route(model, route, 63)
    np.testing.assert_allclose(study.points, route(np.linspace(0.0, 1.0, 64)))
    points = study_path(model, study.points).measures
    assert study.measures.pixel_steps[31] > 10 * points.pixel_steps[31]
    there = study_route(model, route_of(journey_of(model, 3, 8), "linear", Geodesics()), 100)
    assert study.measures.pixel_length == pytest.approx(2 * there.measures.pixel_length, rel=0.01)
    length = np.linalg.norm(model.presets[8] - model.presets[3])
    assert study.measures.latent_length == pytest.approx(2 * length)


# --- the ways to travel a journey -----------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("closed", [False, True])
def test_every_way_leads_through_every_key_in_time(model, geodesics, method, closed):
    journey = journey_of(model, 3, 8, 0, closed=closed)
    journey = journey.replaced(1, seconds=5.0, easing="smoothstep")
    route = route_of(journey, method, geodesics)
    keys = np.concatenate([journey.points, journey.points[:1]])[: len(journey.key_times)]
    shares = journey.key_times / journey.total_seconds
    np.testing.assert_allclose(route(shares), keys, atol=1e-9)


@pytest.mark.parametrize(
    ("method", "curve"), [("linear", latent.lerp), ("spherical", latent.slerp)]
)
def test_two_ways_are_those_of_a_formula(model, method, curve):
    times = np.linspace(0.0, 1.0, 11)
    a, b = model.presets[[4, 9]]
    route = route_of(journey_of(model, 4, 9), method, Geodesics())
    np.testing.assert_allclose(route(times), curve(a, b, times), atol=1e-12)


def test_smooth_corners_change_the_linear_way_alone(model, geodesics):
    times = np.linspace(0.0, 1.0, 40)
    ways = {}
    for corners in ("piecewise", "smooth"):
        journey = journey_of(model, 3, 8, 0, corners=corners)
        ways[corners] = {m: route_of(journey, m, geodesics)(times) for m in METHODS}
    assert np.abs(ways["smooth"]["linear"] - ways["piecewise"]["linear"]).max() > 0.05
    for method in ("spherical", "geodesic"):
        np.testing.assert_array_equal(ways["smooth"][method], ways["piecewise"][method])


def test_a_geodesic_is_missing_until_it_is_found_and_then_known_both_ways(model):
    there, back = journey_of(model, 4, 9), journey_of(model, 9, 4)
    known = Geodesics()
    assert route_of(there, "geodesic", known) is None
    assert len(known.missing(journey_of(model, 4, 9, 4, 9))) == 2
    told = []
    for ends, points in find_geodesics(model.decoder, known.missing(there), told.append).items():
        known.add(ends, points)
    assert known.missing(there) == known.missing(back) == ()
    times = np.linspace(0.0, 1.0, 9)
    np.testing.assert_allclose(
        route_of(there, "geodesic", known)(times), route_of(back, "geodesic", known)(times[::-1])
    )
    assert told == sorted(told)
    assert told[0] == 0.0
    assert len(told) >= 2


def test_an_hour_of_moving_keys_fills_no_memory():
    known = Geodesics()
    for number in range(MOST_KEPT):
        known.add(((float(number),), (-1.0,)), np.zeros((2, 1)))
    assert len(known._found) == MOST_KEPT
    last = Journey((Key((float(MOST_KEPT - 1),)), Key((-1.0,))))
    assert known.missing(last) == known.missing(last.reversed()) == ()
    assert len(known.missing(last.replaced(0, z=(0.0,)))) == 1


def test_a_geodesic_is_shorter_as_seen_and_goes_at_constant_speed(model, geodesics):
    journey = journey_of(model, 3, 8)
    straight, found = (
        study_route(model, route_of(journey, method, geodesics), 64).measures
        for method in ("linear", "geodesic")
    )
    assert found.pixel_length < straight.pixel_length
    assert found.latent_length > straight.latent_length
    assert found.unevenness < 0.05 < straight.unevenness


@pytest.mark.parametrize("method", METHODS)
def test_constant_speed_keeps_the_way_and_evens_its_timing(model, geodesics, method):
    journey = journey_of(model, 3, 8, 0).replaced(0, seconds=6.0, easing="smoothstep")
    route = route_of(journey, method, geodesics)
    even = at_constant_speed(model.decoder, route, journey)
    before, after = (study_route(model, way, 96).measures for way in (route, even))
    assert before.unevenness > 0.5
    assert after.unevenness < 0.05  # also at the corner
    assert after.pixel_length == pytest.approx(before.pixel_length, rel=0.01)
    np.testing.assert_array_equal(even(np.array([0.0, 1.0])), journey.points[[0, -1]])
    fine = route(np.linspace(0.0, 1.0, 4001))
    for point in even(np.linspace(0.0, 1.0, 30)):
        assert np.linalg.norm(fine - point, axis=1).min() < 0.02


@pytest.mark.parametrize("closed", [False, True])
def test_constant_speed_cuts_no_corner(model, closed):
    journey = journey_of(model, 3, 8, 1, closed=closed)
    even = at_constant_speed(model.decoder, route_of(journey, "linear", Geodesics()), journey)
    fine = even(np.linspace(0.0, 1.0, 20001))
    for key in journey.points:
        assert np.linalg.norm(fine - key, axis=1).min() < 1e-3
    assert study_route(model, even, 96).measures.unevenness < 0.05


def test_a_journey_to_where_it_is_stands_still(model):
    journey = journey_of(model, 5, 5)
    known = Geodesics()
    for ends, points in find_geodesics(model.decoder, known.missing(journey)).items():
        known.add(ends, points)
    for method in METHODS:
        route = route_of(journey, method, known)
        study = study_route(model, at_constant_speed(model.decoder, route, journey), 8)
        assert study.measures.pixel_length == pytest.approx(0.0, abs=1e-4)
        assert np.isfinite(study.speeds).all()
