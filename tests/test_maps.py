"""Maps of a plane: each point is what it is alone, and the quick class map is the slow one."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from tests.foreign import foreign_state
from tests.test_statistics import encoded_at, normal
from vae import maps
from vae.decoding import FoldedDecoder
from vae.geometry import pullback_metric
from vae.maps import (
    BASE_STEP,
    COARSE_POINTS,
    HIGHEST_RARITY,
    OFF_LEVEL,
    RARE_LEVEL,
    class_maps,
    decoded_tiles,
    grid_points,
    magnification,
    rarity_map,
)
from vae.planes import (
    Plane,
    axis_plane,
    discriminant_plane,
    plane_through,
    principal_plane,
)
from vae.statistics import OFF_THE_MAP, RARE, TYPICAL, typicality


class Stop(Exception):
    """Raised by a progress that wants no more."""


def plane_named(name: str, model) -> Plane:
    if name == "axes":
        return axis_plane(model.class_means[4], 2, 5)
    if name == "three points":
        return plane_through(*model.class_means[[4, 9, 7]])
    if name == "principal":
        return principal_plane(model.encoded.mu)[0]
    return discriminant_plane(model.encoded.mu, model.encoded.labels)


PLANES = ("axes", "three points", "principal", "discriminant")


def turned_plane(dim: int, seed: int = 0) -> Plane:
    rng = np.random.default_rng(seed)
    axes = np.linalg.qr(rng.standard_normal((dim, 2)))[0].T
    return Plane(axes, rng.standard_normal(dim))


def evenly(low: float, high: float):
    """Middles of n equal parts of a range, as a viewport has them."""
    return lambda n: low + (high - low) * (np.arange(n) + 0.5) / n


def by_quantiles(n: int) -> np.ndarray:
    return norm.ppf((np.arange(n) + 0.5) / n)


def foreign_decoder(latent: int = 6, channels: int = 1) -> FoldedDecoder:
    return FoldedDecoder.from_state_dict(foreign_state(latent=latent, image_channels=channels))


def says_rising(call, minimum: int = 3) -> None:
    """Progress rises within [0, 1], and an error of it ends the work."""
    shares: list[float] = []
    call(shares.append)
    assert len(shares) >= minimum
    assert (np.diff(shares) >= 0).all()
    assert 0 <= shares[0] <= shares[-1] < 1

    asked = 0

    def stop(fraction: float) -> None:
        nonlocal asked
        asked += 1
        if asked == 2:
            raise Stop

    with pytest.raises(Stop):
        call(stop)
    assert asked == 2


# Points and tiles


@given(st.integers(2, 20), st.integers(0, 5), st.integers(0, 5), st.integers(0, 2**32 - 1))
def test_a_map_has_a_column_for_each_u_and_a_row_for_each_v(dim, width, height, seed):
    rng = np.random.default_rng(seed)
    plane = turned_plane(dim, seed)
    u, v = rng.standard_normal(width), -np.sort(rng.standard_normal(height))
    points = grid_points(plane, u, v)
    assert points.shape == (height, width, dim)
    for row in range(height):
        for column in range(width):
            expected = plane.points((u[column], v[row]))
            np.testing.assert_allclose(points[row, column], expected, atol=1e-14)


@pytest.mark.parametrize("name", PLANES)
def test_a_tile_is_what_its_point_gives_when_it_is_decoded_alone(model, name):
    plane = plane_named(name, model)
    u, v = by_quantiles(20), by_quantiles(15)[::-1]
    tiles = decoded_tiles(model.decoder, plane, u, v)
    assert tiles.dtype == np.uint8
    assert tiles.shape == (15, 20, 1, 28, 28)
    points = grid_points(plane, u, v)
    alone = np.array([[model.decoder.decode_uint8(z) for z in row] for row in points])
    # With other BLAS than OpenBLAS a value between two levels may be rounded the other way.
    differences = np.abs(tiles.astype(int) - alone)
    assert differences.max() <= 1
    assert np.count_nonzero(differences) <= 1e-4 * tiles.size


@pytest.mark.parametrize(("latent", "channels"), [(2, 1), (16, 3)])
def test_tiles_of_other_decoders(latent, channels):
    decoder = foreign_decoder(latent, channels)
    plane = turned_plane(latent)
    tiles = decoded_tiles(decoder, plane, np.linspace(-1, 1, 3), np.linspace(2, -2, 4))
    assert tiles.shape == (4, 3, channels, 28, 28)
    corner = decoder.decode_uint8(plane.points((1.0, 2.0)))
    np.testing.assert_allclose(tiles[0, 2].astype(int), corner, atol=1)


# Classes


class Noted(FoldedDecoder):
    """The shipped decoder, which keeps the points that it is asked for."""

    def __init__(self, decoder: FoldedDecoder) -> None:
        self.__dict__.update(decoder.__dict__)
        self.asked: list[np.ndarray] = []

    def decode_uint8(self, z) -> np.ndarray:
        self.asked.append(np.asarray(z))
        return super().decode_uint8(z)


def dense(model, plane: Plane, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Every point of a map classified: (H, W, K)."""
    points = grid_points(plane, u, v)
    images = model.decoder.decode_uint8(points.reshape(-1, plane.latent_dim))
    return model.probabilities(images).reshape(*points.shape[:2], -1)


@pytest.mark.parametrize("name", PLANES)
@pytest.mark.parametrize("radius", [4.0, 0.7])
def test_a_class_map_is_nearly_the_one_with_every_point_classified(model, name, radius):
    plane = plane_named(name, model)
    # Away from the middle, so that the narrow view, too, has a boundary in it.
    middle = plane.coordinates(model.class_means[9])
    columns = evenly(middle[0] - radius, middle[0] + radius)
    rows = evenly(middle[1] + 0.75 * radius, middle[1] - 0.75 * radius)
    *_, last = class_maps(model.decoder, model.probabilities, plane, columns, rows, (120, 90))
    expected = dense(model, plane, columns(120), rows(90))
    assert last.finest
    assert last.best.shape == last.confidence.shape == (90, 120)
    assert (last.best.dtype, last.confidence.dtype) == (np.uint8, np.float32)
    assert last.n_classified < 0.5 * last.best.size
    assert (last.best != expected.argmax(axis=2)).mean() < 0.001
    errors = np.abs(last.confidence - expected.max(axis=2))
    assert errors.mean() < 0.01
    assert errors.max() < 0.15


def test_every_point_that_was_classified_is_exact(model):
    plane = plane_named("three points", model)
    columns, rows = evenly(-4, 4), evenly(3, -3)
    decoder = Noted(model.decoder)
    *_, last = class_maps(decoder, model.probabilities, plane, columns, rows, (90, 70))
    asked = np.concatenate(decoder.asked)
    assert len(asked) == last.n_classified
    uv = plane.coordinates(asked)
    x = np.abs(uv[:, :1] - columns(90)).argmin(axis=1)
    y = np.abs(uv[:, 1:] - rows(70)).argmin(axis=1)
    np.testing.assert_allclose(grid_points(plane, columns(90), rows(70))[y, x], asked, atol=1e-12)
    assert len(set(zip(x, y, strict=True))) == len(asked)  # none of them twice
    answers = model.probabilities(model.decoder.decode_uint8(asked))
    np.testing.assert_array_equal(last.best[y, x], answers.argmax(axis=1))
    np.testing.assert_allclose(last.confidence[y, x], answers.max(axis=1), atol=1e-5)


def test_maps_get_sharper_and_show_the_same_part_of_the_plane(model):
    plane = plane_named("discriminant", model)
    columns, rows = evenly(-4, 4), by_quantiles
    maps = list(class_maps(model.decoder, model.probabilities, plane, columns, rows, (200, 150)))
    counts = [found.n_classified for found in maps]
    assert counts == sorted(set(counts))
    assert counts[0] <= COARSE_POINTS
    assert [found.finest for found in maps] == [False] * (len(maps) - 1) + [True]
    shapes = [found.best.shape for found in maps]
    truth = {(h, w): dense(model, plane, columns(w), rows(h)).argmax(2) for h, w in set(shapes)}
    wrong = [float((truth[found.best.shape] != found.best).mean()) for found in maps]
    assert shapes == sorted(shapes)
    assert len(truth) > 1
    assert wrong[0] < 0.05
    assert wrong[-1] <= min(wrong) + 1e-9


def test_where_too_much_is_in_doubt_the_least_doubtful_is_interpolated(model, monkeypatch):
    plane = plane_named("principal", model)
    columns, rows = evenly(-8, 8), evenly(6, -6)
    arguments = model.decoder, model.probabilities, plane, columns, rows, (120, 90)
    *_, free = class_maps(*arguments)
    truth = dense(model, plane, columns(120), rows(90)).argmax(axis=2)
    most = free.n_classified * 2 // 3
    monkeypatch.setattr(maps, "MOST_CLASSIFIED", most)
    *_, bounded = class_maps(*arguments)
    assert bounded.finest
    assert bounded.n_classified == most
    assert bounded.best.shape == (90, 120)
    assert (bounded.best != truth).mean() < 0.005
    # A map of more points may have more of them classified.
    monkeypatch.setattr(maps, "OF_POINTS", 120 * 90 / 1.2)
    *_, larger = class_maps(*arguments)
    assert larger.n_classified == int(1.2 * most)


def test_a_small_map_is_classified_point_by_point(model):
    plane = plane_named("principal", model)
    columns, rows = evenly(-4, 4), evenly(4, -4)
    (only,) = class_maps(model.decoder, model.probabilities, plane, columns, rows, (20, 17))
    expected = dense(model, plane, columns(20), rows(17))
    assert only.finest
    assert only.n_classified == 20 * 17
    np.testing.assert_array_equal(only.best, expected.argmax(axis=2))
    np.testing.assert_allclose(only.confidence, expected.max(axis=2), atol=1e-5)


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (700, 1), (2, 333)])
def test_maps_of_few_columns_or_rows(model, size):
    plane = plane_named("axes", model)
    *_, last = class_maps(
        model.decoder, model.probabilities, plane, evenly(-3, 3), evenly(3, -3), size
    )
    assert last.best.shape == size[::-1]


# A decoder whose image is the point itself, for judges that know what they should find.
BARE = SimpleNamespace(decode_uint8=lambda z: z)


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)


@settings(max_examples=30)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(2, 12),
    st.tuples(st.integers(1, 120), st.integers(1, 120)),
)
def test_where_logits_are_linear_nothing_is_lost(seed, n_classes, size):
    rng = np.random.default_rng(seed)
    slopes, offsets = 4 * rng.standard_normal((n_classes, 2)), rng.standard_normal(n_classes)
    plane = axis_plane(np.zeros(2), 0, 1)

    def judge(points: np.ndarray) -> np.ndarray:
        return softmax(points @ slopes.T + offsets)

    columns, rows = evenly(-1, 1), evenly(1, -1)
    *_, last = class_maps(BARE, judge, plane, columns, rows, size)
    points = grid_points(plane, columns(size[0]), rows(size[1])).reshape(-1, 2)
    expected = judge(points)
    first, second = np.sort(expected, axis=1)[:, :-3:-1].T
    clear = first - second > 1e-3  # rounding decides between classes that are as probable
    assert (last.best.ravel() == expected.argmax(axis=1))[clear].all()
    np.testing.assert_allclose(last.confidence.ravel(), first, atol=1e-3)


@settings(max_examples=40)
@given(
    st.tuples(st.floats(20, 130), st.floats(20, 100)),
    st.floats(0.75, 2.0),
    st.sampled_from([0.5, 2.0, 50.0]),
)
def test_no_region_as_wide_as_the_lattice_is_missed(centre, radius, steepness):
    """Whatever its edge: only a point within tells of it, and there is one in every such disc.

    Of the smallest, caps between the lattice's points may be missing.
    """
    radius *= BASE_STEP
    width, height = 150, 120
    plane = axis_plane(np.zeros(2), 0, 1)

    def judge(points: np.ndarray) -> np.ndarray:
        inside = steepness * (radius - np.hypot(*(points - centre).T))
        return softmax(np.stack([np.zeros(len(points)), inside], axis=1))

    columns = evenly(0, width)
    rows = evenly(0, height)
    *_, last = class_maps(BARE, judge, plane, columns, rows, (width, height))
    points = grid_points(plane, columns(width), rows(height)).reshape(-1, 2)
    expected = judge(points).argmax(axis=1).reshape(height, width)
    found = last.best == 1
    assert (found & (expected == 1)).sum() > 0.8 * expected.sum()
    assert not (found & (expected == 0)).any()


def test_progress_of_class_maps(model):
    plane = plane_named("axes", model)

    def run(progress) -> None:
        maps = class_maps(
            *(model.decoder, model.probabilities, plane, evenly(-4, 4), evenly(4, -4)),
            *((60, 50), progress),
        )
        for _ in maps:
            pass

    says_rising(run, minimum=10)


# Typicality


def words(rarity: np.ndarray) -> np.ndarray:
    return np.where(rarity > OFF_LEVEL, OFF_THE_MAP, np.where(rarity > RARE_LEVEL, RARE, TYPICAL))


def agrees(plane: Plane, u: np.ndarray, v: np.ndarray, encoded) -> np.ndarray:
    """The words of a map, after it was found that they are those of its points."""
    found = rarity_map(plane, u, v, encoded)
    points = grid_points(plane, u, v)
    shape = points.shape[:2]
    expected = [typicality(z, encoded) for z in points.reshape(-1, plane.latent_dim)]
    radius = [each.radius_percentile for each in expected]
    np.testing.assert_array_equal(found.radius, np.reshape(radius, shape))
    if encoded is None:
        assert found.distance is None
    else:
        distance = [each.distance_percentile for each in expected]
        np.testing.assert_array_equal(found.distance, np.reshape(distance, shape))
    said = words(found.rarity)
    np.testing.assert_array_equal(said, np.reshape([each.word for each in expected], shape))
    assert found.rarity.min() >= 0
    assert found.rarity.max() <= HIGHEST_RARITY
    return said


@pytest.mark.parametrize("name", PLANES)
@pytest.mark.parametrize("with_images", [True, False])
def test_the_words_of_a_map_are_those_of_its_points(model, name, with_images):
    encoded = model.encoded if with_images else None
    u, v = np.linspace(-6, 6, 31), np.linspace(5, -5, 23)
    said = agrees(plane_named(name, model), u, v, encoded)
    assert set(np.unique(said)) == {TYPICAL, RARE, OFF_THE_MAP}


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(2, 20), st.sampled_from([0.3, 1.0, 3.0]))
def test_words_agree_for_any_encoded_images(seed, dim, spread):
    """Also where they lie nearer than the prior, or so far out that percentiles end at 100."""
    encoded = encoded_at(spread * normal(200, dim, seed=seed % 1000), 0.1)
    coordinates = np.sort(np.random.default_rng(seed).uniform(-9, 9, (2, 9)), axis=1)
    agrees(turned_plane(dim, seed), coordinates[0], coordinates[1, ::-1], encoded)


def test_words_agree_at_real_images_and_beside_copies(model):
    encoded = model.encoded
    plane = plane_through(*encoded.mu[:3])
    agrees(plane, *plane.coordinates(encoded.mu[:3]).T, encoded)
    # None of these is at any distance from its next, and so everything is too far from them.
    copies = encoded_at(np.repeat(2 * normal(50, 3), 2, axis=0))
    plane = plane_through(*copies.mu[[0, 2, 4]])
    u, v = plane.coordinates(copies.mu[[0, 2, 4]]).T + 1e-6
    assert (agrees(plane, u, v, copies) == OFF_THE_MAP).all()
    # One image has no next, and nothing is far from it.
    with np.errstate(all="raise"):
        said = agrees(plane, np.linspace(-3, 3, 7), np.zeros(1), encoded_at(normal(1, 3)))
    assert TYPICAL in said
    # In two dimensions a plane's points are these images to the bit, and so typical of themselves.
    copies = encoded_at(np.repeat(normal(50, 2), 2, axis=0))
    said = agrees(axis_plane(np.zeros(2), 0, 1), *copies.mu[:20:2].T, copies)
    assert (said.diagonal() == TYPICAL).any()
    assert (said == OFF_THE_MAP).sum() >= 90


@pytest.mark.parametrize(("dim", "at_origin"), [(2, TYPICAL), (3, RARE), (6, RARE), (16, RARE)])
def test_the_shell_has_a_hole_where_nothing_is_drawn(dim, at_origin):
    plane = axis_plane(np.zeros(dim), 0, 1)
    assert agrees(plane, np.zeros(1), np.zeros(1), None) == at_origin


def test_contours_are_where_a_word_ends(model):
    """Linear interpolation between points 0.025 apart hardly errs, as percentiles would."""
    plane = plane_named("three points", model)
    u = np.linspace(-5, 5, 401)
    for encoded in (model.encoded, None):
        for level in (RARE_LEVEL, OFF_LEVEL):
            rarity = rarity_map(plane, u, np.zeros(1), encoded).rarity[0] - level
            i = np.flatnonzero(np.sign(rarity[1:]) != np.sign(rarity[:-1]))
            assert len(i) >= 2
            there = u[i] - rarity[i] * (u[i + 1] - u[i]) / (rarity[i + 1] - rarity[i])
            found = rarity_map(plane, there, np.zeros(1), encoded).rarity[0]
            np.testing.assert_allclose(found, level, atol=0.01)


def test_progress_of_rarity(model):
    plane = plane_named("axes", model)
    says_rising(
        lambda progress: rarity_map(
            plane, np.linspace(-4, 4, 40), np.linspace(-4, 4, 30), model.encoded, progress
        )
    )


# Magnification


@pytest.mark.parametrize("name", PLANES)
def test_the_magnification_is_that_of_the_pullback_metric(model, name):
    plane = plane_named(name, model)
    u, v = np.linspace(-4, 4, 13), np.linspace(3, -3, 9)
    factors = magnification(model.decoder, plane, u, v)
    assert factors.dtype == np.float32
    assert factors.shape == (9, 13)
    expected = np.empty((9, 13))
    for index in np.ndindex(9, 13):
        metric = pullback_metric(model.decoder.jacobian(grid_points(plane, u, v)[index]))
        expected[index] = np.sqrt(np.linalg.det(plane.axes @ metric @ plane.axes.T))
    np.testing.assert_allclose(factors, expected, rtol=1e-4)


@pytest.mark.parametrize(("latent", "channels"), [(2, 1), (16, 3)])
def test_turning_the_axes_in_the_plane_changes_no_area(latent, channels):
    decoder, plane = foreign_decoder(latent, channels), turned_plane(latent)
    turn = np.array([[np.cos(0.7), -np.sin(0.7)], [np.sin(0.7), np.cos(0.7)]])
    other = Plane(turn @ plane.axes, plane.offset)
    for uv in normal(5, 2):
        (u,), (v,) = other.coordinates(plane.points(uv))[:, None]
        here = magnification(decoder, plane, uv[:1], uv[1:])
        there = magnification(decoder, other, np.array([u]), np.array([v]))
        np.testing.assert_allclose(there, here, rtol=1e-4)


def test_a_direction_that_no_pixel_sees_has_no_area():
    state = dict(foreign_state(latent=4))
    state["linear.weight"] = state["linear.weight"].clone()
    state["linear.weight"][:, 2] = 0
    state["linear.weight"][:, 0] = -0.7 * state["linear.weight"][:, 1]
    decoder = FoldedDecoder.from_state_dict(state)
    u = v = np.linspace(-2, 2, 25)
    assert magnification(decoder, axis_plane(np.zeros(4), 2, 3), u, v).max() == 0
    area = magnification(decoder, axis_plane(np.zeros(4), 1, 3), u, v).min()
    assert area > 0
    # Two that do the same to every pixel: what rounding leaves is no number's root, or a small one.
    assert magnification(decoder, axis_plane(np.zeros(4), 0, 1), u, v).max() < 1e-3 * area


def test_the_magnification_is_the_area_that_a_small_square_takes_up(model):
    plane, side = plane_named("principal", model), 1e-3
    square = [grid_points(plane, *(np.array([0.3, 0.3 + side]) for _ in range(2)))]
    origin, right, up = (square[0][index] for index in ((0, 0), (0, 1), (1, 0)))
    images = model.decoder.decode(np.stack([origin, right, up])).reshape(3, -1).astype(float)
    across, along = images[1] - images[0], images[2] - images[0]
    area = np.sqrt((across @ across) * (along @ along) - (across @ along) ** 2) / side**2
    factor = magnification(model.decoder, plane, np.array([0.3 + side / 2]), np.array([0.3]))
    np.testing.assert_allclose(factor, area, rtol=0.02)


def test_progress_of_magnification(model):
    plane = plane_named("axes", model)
    says_rising(
        lambda progress: magnification(
            model.decoder, plane, np.linspace(-4, 4, 20), np.linspace(-4, 4, 15), progress
        )
    )
