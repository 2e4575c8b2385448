"""Geodesics and constant speed: what they promise, on small decoders and the shipped."""

import itertools
from pathlib import Path

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.foreign import foreign_state
from vae import paths
from vae.decoding import FoldedDecoder
from vae.density import LatentDensity
from vae.keyframes import KeyframePath
from vae.latent import interpolate, lerp, slerp
from vae.paths import (
    PART,
    Crossing,
    crossings,
    geodesic,
    measure_path,
    paced,
    polygon,
    retimed,
)
from vae.weights import load_decoder

ROOT = Path(__file__).resolve().parent.parent
PAIRS = [(0, 1), (3, 8), (4, 9), (7, 1), (2, 6), (5, 0)]
ROUNDING = 1.0 + 1e-6


@pytest.fixture(scope="module")
def decoder(weights_path):
    return FoldedDecoder.from_state_dict(load_decoder(weights_path).state_dict())


@pytest.fixture(scope="module")
def means():
    return LatentDensity.load(ROOT / "assets" / "latent_density.npz").class_means


@pytest.fixture(scope="module")
def found(decoder, means):
    """The geodesic of each of PAIRS."""
    return {pair: geodesic(decoder, *means[list(pair)], 32) for pair in PAIRS}


def small_decoder(seed=0, latent_dim=3, **sizes):
    sizes = {"side": 12, "wide": 6, "narrow": 5, **sizes}
    state = foreign_state(seed, latent=latent_dim, **sizes)
    return FoldedDecoder.from_state_dict(state)


def vectors(count, size):
    return hnp.arrays(np.float64, (count, size), elements=st.floats(-3, 3, width=32))


# --- measures -----------------------------------------------------------------------------------


def test_a_path_is_measured_as_the_images_of_its_points_differ():
    decoder = small_decoder()
    path = np.random.default_rng(0).standard_normal((7, 3))
    measures = measure_path(decoder, path)
    images = decoder.decode(path).astype(float)
    pixels = np.array([np.sqrt(((b - a) ** 2).sum()) for a, b in itertools.pairwise(images)])
    np.testing.assert_allclose(measures.pixel_steps, pixels, rtol=1e-6)
    assert measures.latent_length == pytest.approx(
        sum(np.linalg.norm(b - a) for a, b in itertools.pairwise(path))
    )
    assert measures.pixel_length == pytest.approx(pixels.sum())
    assert measures.energy == pytest.approx((pixels**2).sum())
    assert measures.energy >= measures.pixel_length**2 / 6
    assert measures.unevenness == pytest.approx(np.abs(pixels / pixels.mean() - 1).max())


@pytest.mark.parametrize("points", [PART, PART + 1, PART + 2, 2 * PART + 1])
def test_a_long_path_is_measured_in_parts_that_miss_no_step(points):
    decoder = small_decoder()
    path = np.cumsum(np.random.default_rng(0).standard_normal((points, 3)), axis=0) / 9
    images = decoder.decode(path).reshape(points, -1).astype(float)
    expected = np.linalg.norm(np.diff(images, axis=0), axis=1)
    np.testing.assert_allclose(measure_path(decoder, path).pixel_steps, expected, rtol=1e-5)


def test_a_path_that_stands_still_has_no_length_and_no_unevenness():
    measures = measure_path(small_decoder(), np.ones((4, 3)))
    assert measures.latent_length == measures.pixel_length == measures.energy == 0.0
    assert measures.unevenness == 0.0


@pytest.mark.parametrize(
    "path", [np.zeros(3), np.zeros((1, 3)), np.zeros((4, 2)), [[0, 0, np.nan]] * 2]
)
def test_what_is_not_a_path_of_the_decoder_is_refused(path):
    with pytest.raises(ValueError, match=r"expected at least two points|finite"):
        measure_path(small_decoder(), path)
    with pytest.raises(ValueError, match=r"expected at least two points|finite"):
        retimed(small_decoder(), path, 5)


# --- class crossings ----------------------------------------------------------------------------


def test_a_crossing_lies_where_both_probabilities_are_equal():
    p = [[0.8, 0.1, 0.1], [0.6, 0.4, 0.0], [0.2, 0.8, 0.0], [0.1, 0.2, 0.7]]
    first, second = crossings(p)
    assert (first.before, first.after, second.before, second.after) == (0, 1, 1, 2)
    assert first.position == pytest.approx(1 + 0.2 / 0.8)
    assert second.position == pytest.approx(2 + 0.8 / 1.3)


def test_a_path_within_one_class_crosses_nothing():
    assert crossings([[0.9, 0.1], [0.5, 0.5], [0.6, 0.4]]) == ()
    assert crossings([[0.9, 0.1]]) == ()
    assert crossings([[0.0, 1.0], [0.5, 0.5]]) == (Crossing(1.0, 1, 0),)


@given(hnp.arrays(np.float64, (9, 4), elements=st.floats(0, 1)))
def test_crossings_lead_from_the_first_class_to_the_last(p):
    best = p.argmax(axis=1)
    found = crossings(p)
    assert len(found) == np.count_nonzero(np.diff(best))
    classes = [best[0], *(crossing.after for crossing in found)]
    assert [crossing.before for crossing in found] == classes[:-1]
    assert classes[-1] == best[-1]
    positions = [crossing.position for crossing in found]
    assert positions == sorted(positions)
    assert all(0.0 <= position <= 8.0 for position in positions)


@pytest.mark.parametrize("p", [[0.5, 0.5], np.zeros((0, 3)), np.zeros((3, 0)), [[np.nan, 1.0]]])
def test_crossings_refuse_what_is_no_table_of_probabilities(p):
    with pytest.raises(ValueError, match="finite probabilities"):
        crossings(p)


# --- constant speed -----------------------------------------------------------------------------


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("steps", [5, 32])
def test_a_retimed_line_has_constant_speed_and_is_the_same_line(decoder, means, pair, steps):
    a, b = means[list(pair)]
    path = retimed(decoder, interpolate(a, b, 11), steps)
    assert path.shape == (steps, 6)
    np.testing.assert_array_equal(path[[0, -1]], [a, b])
    assert measure_path(decoder, path).unevenness <= 0.01
    shares = (path - a) @ (b - a) / ((b - a) @ (b - a))
    np.testing.assert_allclose(path, lerp(a, b, shares), atol=1e-12)
    assert (np.diff(shares) > 0.0).all()


def test_a_retimed_polygon_keeps_to_its_sides(decoder, means):
    corners = means[[0, 3, 8]]
    path = retimed(decoder, corners, 40)

    def distance_to_side(point, a, b):
        share = np.clip((point - a) @ (b - a) / ((b - a) @ (b - a)), 0.0, 1.0)
        return np.linalg.norm(point - lerp(a, b, share))

    for point in path:
        distances = [distance_to_side(point, a, b) for a, b in itertools.pairwise(corners)]
        assert min(distances) < 1e-12
    assert measure_path(decoder, path).unevenness <= 0.05


def test_a_curve_may_be_a_function(decoder, means):
    a, b = means[2], means[5]
    path = retimed(decoder, lambda t: slerp(a, b, t), 32)
    np.testing.assert_array_equal(path[[0, -1]], [a, b])
    assert measure_path(decoder, path).unevenness <= 0.01
    # Between a and b on the great circle: no part at right angles to both, and the length between.
    basis = np.linalg.qr(np.stack([a, b], axis=1))[0]
    np.testing.assert_allclose(path @ basis @ basis.T, path, atol=1e-12)
    lengths = np.linalg.norm(path, axis=1)
    assert (np.diff(lengths) * (np.linalg.norm(b) - np.linalg.norm(a)) >= 0.0).all()


def test_a_curve_that_shows_nothing_is_spaced_evenly():
    path = retimed(small_decoder(), np.ones((2, 3)), 4)
    np.testing.assert_array_equal(path, np.ones((4, 3)))


def test_a_curve_that_stands_still_for_a_while_is_left_soon():
    decoder = small_decoder()
    a, b = np.array([[-1.0, 0.5, 0.0], [1.0, 0.0, 0.5]])
    path = retimed(decoder, [a, a, a, b], 12)
    np.testing.assert_array_equal(path[[0, -1]], [a, b])
    assert measure_path(decoder, path).unevenness <= 0.01


@pytest.mark.parametrize("pair", PAIRS)
def test_a_paced_curve_is_as_long_between_any_two_of_its_points(decoder, means, pair):
    a, b = means[list(pair)]

    def curve(t):
        return slerp(a, b, t**2)  # slow at first

    path = paced(decoder, curve, 65)
    np.testing.assert_array_equal(path[[0, -1]], [a, b])
    fine = measure_path(decoder, polygon(path)(np.linspace(0.0, 1.0, 64 * 8 + 1))).pixel_steps
    lengths = fine.reshape(64, 8).sum(axis=1)
    assert np.abs(lengths / lengths.mean() - 1.0).max() < 0.03
    uneven = measure_path(decoder, curve(np.linspace(0.0, 1.0, 65))).unevenness
    assert uneven > 0.5


def test_a_paced_curve_goes_through_its_corners_at_the_same_rate(decoder, means):
    corners = means[[0, 1, 0]]  # there and back: as a step, the turn shows no change at all
    path = paced(decoder, polygon(corners), 101)
    np.testing.assert_allclose(path[50], means[1], atol=0.02)
    np.testing.assert_allclose(path, path[::-1], atol=0.02)
    np.testing.assert_array_equal(
        paced(decoder, lambda t: np.repeat(means[:1], len(t), axis=0), 3), means[[0, 0, 0]]
    )
    with pytest.raises(ValueError, match="at least 2"):
        paced(decoder, polygon(corners), 1)


def test_a_journey_can_be_retimed(decoder, means):
    journey = KeyframePath(means[:4], 1.0, closed=True, method="smooth")
    path = retimed(decoder, lambda t: journey.at(t * journey.duration), 60)
    assert measure_path(decoder, path).unevenness <= 0.05
    np.testing.assert_array_equal(path[0], path[-1])


def test_two_steps_are_the_ends(decoder, means):
    np.testing.assert_array_equal(retimed(decoder, means[:3], 2), means[[0, 2]])


@pytest.mark.parametrize("steps", [1, 0, -3])
def test_fewer_than_two_steps_are_refused(steps):
    with pytest.raises(ValueError, match="at least 2 steps"):
        retimed(small_decoder(), np.eye(3), steps)
    with pytest.raises(ValueError, match="at least 2 steps"):
        geodesic(small_decoder(), np.zeros(3), np.ones(3), steps)


# --- the geodesic -------------------------------------------------------------------------------


@pytest.mark.parametrize("pair", PAIRS)
def test_a_geodesic_between_class_means(decoder, means, found, pair):
    a, b = means[list(pair)]
    result = found[pair]
    np.testing.assert_array_equal(result.points[[0, -1]], [a, b])
    assert result.points.shape == (32, 6)
    assert result.converged
    line, path = (measure_path(decoder, p) for p in (interpolate(a, b, 32), result.points))
    assert result.energy == pytest.approx(path.energy, rel=1e-6)
    assert result.straight_energy == pytest.approx(line.energy, rel=1e-6)
    assert path.energy < 0.97 * line.energy  # measured: 0.69 to 0.96
    assert path.pixel_length < line.pixel_length
    assert path.latent_length > line.latent_length
    assert path.unevenness <= 0.05
    assert line.unevenness > 0.05


@pytest.mark.parametrize("pair", PAIRS)
def test_a_bent_geodesic_is_worse(decoder, found, pair):
    """No smooth change of the inner points, whichever way, lowers the energy by one per cent."""
    path = found[pair].points
    rng = np.random.default_rng(0)
    arches = np.sin(np.pi * np.arange(1, 4)[:, None] * np.linspace(0.0, 1.0, len(path)))
    for size in (0.01, 0.03, 0.1):
        for direction in rng.standard_normal((20, 3, 6)):
            bent = path + size * arches.T @ direction / np.linalg.norm(direction)
            assert measure_path(decoder, bent).energy > 0.99 * found[pair].energy


def test_the_way_back_is_the_same_way(decoder, means, found):
    for i, j in PAIRS[:3]:
        back = geodesic(decoder, means[j], means[i], 32)
        np.testing.assert_array_equal(back.points[::-1], found[i, j].points)
        assert back.energy == found[i, j].energy


def test_a_part_of_a_geodesic_costs_no_more_than_its_own(decoder, found):
    """Every part of a shortest path is one; found again with its ends alone, it is as short."""
    path = found[3, 8].points
    part = path[5:25]
    again = geodesic(decoder, part[0], part[-1], len(part))
    assert measure_path(decoder, part).energy < 1.03 * again.energy


@settings(max_examples=25)
@given(
    seed=st.integers(0, 50),
    latent_dim=st.integers(1, 5),
    steps=st.integers(2, 14),
    channels=st.sampled_from([1, 3]),
    data=st.data(),
)
def test_a_geodesic_of_any_decoder_is_no_worse_than_the_straight_line(
    seed, latent_dim, steps, channels, data
):
    decoder = small_decoder(seed, latent_dim, image_channels=channels)
    a, b = data.draw(vectors(2, latent_dim))
    result = geodesic(decoder, a, b, steps)
    assert result.points.shape == (steps, latent_dim)
    assert np.isfinite(result.points).all()
    np.testing.assert_array_equal(result.points[[0, -1]], [a, b])
    energy = measure_path(decoder, result.points).energy
    assert energy <= measure_path(decoder, interpolate(a, b, steps)).energy * ROUNDING + 1e-9
    assert energy == pytest.approx(result.energy, rel=1e-5, abs=1e-9)


@pytest.mark.parametrize("latent_dim", [2, 6, 16])
@pytest.mark.parametrize("steps", [8, 16, 32, 64])
def test_from_eight_points_on_a_geodesic_has_constant_speed_too(latent_dim, steps):
    """With 4 or 5 points of a 2-D decoder that is hardly bent, three in 720 pairs had not."""
    rng = np.random.default_rng(latent_dim)
    for seed in range(4):
        decoder = small_decoder(seed, latent_dim, image_channels=1 + 2 * (seed % 2))
        a, b = rng.choice([0.5, 1.0, 2.0]) * rng.standard_normal((2, latent_dim))
        result = geodesic(decoder, a, b, steps)
        assert result.converged
        assert result.energy <= result.straight_energy * ROUNDING
        assert measure_path(decoder, result.points).unevenness <= 0.05
        np.testing.assert_array_equal(result.points[[0, -1]], [a, b])


@pytest.mark.parametrize("steps", [2, 3, 9])
def test_from_a_point_to_itself_nothing_moves(decoder, means, steps):
    result = geodesic(decoder, means[4], means[4], steps)
    np.testing.assert_allclose(result.points, np.tile(means[4], (steps, 1)), atol=1e-12)
    assert result.energy == pytest.approx(0.0, abs=1e-9)
    assert result.converged


def test_two_steps_leave_nothing_to_choose(decoder, means):
    result = geodesic(decoder, means[0], means[1], 2)
    np.testing.assert_array_equal(result.points, means[:2])
    assert result.energy == result.straight_energy


def test_in_one_dimension_only_the_timing_is_left():
    decoder = small_decoder(latent_dim=1)
    result = geodesic(decoder, [-2.0], [2.0], 20)
    assert (np.diff(result.points[:, 0]) > 0.0).all()
    assert measure_path(decoder, result.points).unevenness <= 0.05
    assert result.energy < result.straight_energy


def test_a_dead_decoder_leaves_the_straight_line():
    state = foreign_state(latent=3, side=12, wide=6, narrow=5)
    state["linear.weight"][:] = 0.0
    decoder = FoldedDecoder.from_state_dict(state)
    result = geodesic(decoder, np.zeros(3), np.ones(3), 8)
    np.testing.assert_allclose(result.points, interpolate(np.zeros(3), np.ones(3), 8), atol=1e-12)
    assert result.converged


def test_a_dimension_that_shows_nothing_is_no_obstacle():
    state = foreign_state(latent=3, side=12, wide=6, narrow=5)
    state["linear.weight"][:, 1] = 0.0
    result = geodesic(FoldedDecoder.from_state_dict(state), -np.ones(3), np.ones(3), 12)
    assert result.energy < result.straight_energy
    assert np.abs(result.points).max() < 10.0


def test_progress_rises_and_may_end_the_search(decoder, means):
    told = []
    result = geodesic(decoder, means[0], means[1], 32, progress=told.append)
    assert told[0] == 0.0
    assert told[-1] == 1.0
    assert told == sorted(told)
    assert len(set(told)) > 3
    assert len(told) > 30 * result.rounds

    class CancelledError(Exception):
        pass

    def stop(_fraction):
        told.append(0.0)
        if len(told) == 100:
            raise CancelledError

    told.clear()
    with pytest.raises(CancelledError):
        geodesic(decoder, means[0], means[1], 32, progress=stop)
    assert len(told) == 100


def test_a_search_that_is_not_done_says_so(decoder, means, monkeypatch):
    monkeypatch.setattr(paths, "MAX_ROUNDS", 1)
    result = geodesic(decoder, means[0], means[1], 16)
    assert result.rounds == 1
    assert not result.converged
    assert result.energy <= result.straight_energy


def test_accepted_rounds_never_raise_the_energy(decoder, means, monkeypatch):
    energies = []
    for most in range(1, 12):
        monkeypatch.setattr(paths, "MAX_ROUNDS", most)
        path, _, _ = paths._least_energy(
            decoder, interpolate(means[3], means[8], 32), 1e-4, lambda _: None
        )
        energies.append(measure_path(decoder, path).energy)
    assert (np.diff(energies) <= 0.0).all()


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (np.zeros(3), np.zeros(4)),
        (np.zeros(4), np.zeros(4)),
        (np.zeros((1, 3)), np.zeros((1, 3))),
        (np.zeros(3), [0.0, np.nan, 0.0]),
        ([np.inf, 0.0, 0.0], np.zeros(3)),
    ],
)
def test_ends_that_do_not_fit_are_refused(a, b):
    with np.errstate(invalid="ignore"), pytest.raises(ValueError, match=r"expected|finite"):
        geodesic(small_decoder(), a, b, 5)


@pytest.mark.parametrize("tolerance", [0.0, -1.0, np.nan, np.inf])
def test_a_tolerance_that_is_none_is_refused(tolerance):
    with pytest.raises(ValueError, match="tolerance"):
        geodesic(small_decoder(), np.zeros(3), np.ones(3), 5, tolerance=tolerance)


@given(seed=st.integers(0, 100), n=st.integers(1, 8), d=st.integers(1, 5))
def test_block_elimination_solves_the_system(seed, n, d):
    rng = np.random.default_rng(seed)
    diagonal = rng.standard_normal((n, d, d))
    diagonal = diagonal @ diagonal.swapaxes(1, 2) + 8.0 * d * np.eye(d)
    beside = rng.standard_normal((n - 1, d, d))
    right = rng.standard_normal((n, d))
    whole = np.zeros((n, d, n, d))
    for i in range(n):
        whole[i, :, i] = diagonal[i]
    for i in range(n - 1):
        whole[i, :, i + 1], whole[i + 1, :, i] = beside[i], beside[i].T
    expected = np.linalg.solve(whole.reshape(n * d, n * d), right.ravel()).reshape(n, d)
    np.testing.assert_allclose(paths._solved(diagonal, beside, right), expected, atol=1e-10)
