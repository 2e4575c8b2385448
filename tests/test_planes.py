"""Planes: exact on any points, and principal and discriminant planes as scikit-learn finds them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from vae.planes import (
    Plane,
    axis_plane,
    discriminant_plane,
    plane_through,
    principal_plane,
)

EXACT = 1e-12  # of the size of the numbers


def vectors(dim: int, size: float = 1e3) -> st.SearchStrategy[np.ndarray]:
    return hnp.arrays(np.float64, (dim,), elements=st.floats(-size, size, allow_subnormal=False))


@st.composite
def planes(draw: st.DrawFn) -> Plane:
    """Turned any way, as far from the origin as anybody goes."""
    dim = draw(st.integers(2, 24))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    axes = np.linalg.qr(rng.standard_normal((dim, 2)))[0].T
    return Plane(axes, draw(vectors(dim)))


@st.composite
def planes_with_points(draw: st.DrawFn) -> tuple[Plane, np.ndarray]:
    plane = draw(planes())
    return plane, draw(vectors(plane.latent_dim))


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


def classes(n_classes: int, dim: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Means of a few classes with different spreads in all dimensions, and labels."""
    rng = np.random.default_rng(seed)
    labels = np.arange(60 * n_classes) % n_classes
    places = 2.0 * rng.standard_normal((n_classes, dim))
    spread = rng.standard_normal((dim, dim))
    return places[labels] + rng.standard_normal((len(labels), dim)) @ spread, labels


def same_span(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two pairs of orthonormal rows span the same plane."""
    return bool(np.abs(np.linalg.svd(a @ b.T)[1] - 1.0).max() < 1e-9)


# Any plane


@given(planes())
def test_the_offset_is_at_right_angles_to_the_axes(plane):
    np.testing.assert_allclose(plane.axes @ plane.axes.T, np.eye(2), atol=EXACT)
    np.testing.assert_allclose(
        plane.axes @ plane.offset, 0.0, atol=EXACT * max(1.0, np.abs(plane.offset).max())
    )


def test_a_far_point_of_a_plane_leaves_nothing_of_itself_along_the_axes():
    axes = np.linalg.qr(normal(6, 2, seed=5))[0].T
    plane = Plane(axes, 1e9 * axes[0] - 1e9 * axes[1] + 0.1)
    np.testing.assert_allclose(axes @ plane.offset, 0.0, atol=EXACT)


@given(planes(), hnp.arrays(np.float64, (3, 4, 2), elements=st.floats(-100, 100)))
def test_points_and_coordinates_are_each_others_inverse(plane, uv):
    points = plane.points(uv)
    assert points.shape == (3, 4, plane.latent_dim)
    np.testing.assert_allclose(plane.coordinates(points), uv, atol=1e4 * EXACT)
    assert plane.distance(points).shape == (3, 4)
    np.testing.assert_allclose(plane.distance(points), 0.0, atol=1e4 * EXACT)


@given(planes_with_points())
def test_the_parallel_plane_through_a_point_holds_it_at_the_same_coordinates(case):
    plane, z = case
    moved = plane.through(z)
    np.testing.assert_array_equal(moved.axes, plane.axes)
    np.testing.assert_array_equal(moved.coordinates(z), plane.coordinates(z))
    np.testing.assert_allclose(moved.points(moved.coordinates(z)), z, atol=1e4 * EXACT)
    assert moved.distance(z) <= 1e4 * EXACT


@given(planes_with_points())
def test_the_nearest_point_of_a_plane_has_the_points_coordinates(case):
    plane, z = case
    nearest = plane.points(plane.coordinates(z))
    distance = plane.distance(z)
    np.testing.assert_allclose(distance, np.linalg.norm(z - nearest), atol=1e4 * EXACT)
    np.testing.assert_allclose(plane.axes @ (z - nearest), 0.0, atol=1e4 * EXACT)
    for beside in ([0.1, 0.0], [0.0, -0.1]):
        other = plane.points(plane.coordinates(z) + beside)
        assert np.linalg.norm(z - other) >= distance - 1e4 * EXACT


def test_the_prior_is_standard_normal_in_the_coordinates_of_any_plane():
    axes = np.linalg.qr(normal(6, 2, seed=3))[0].T
    uv = Plane(axes, normal(6)).coordinates(normal(200_000, 6, seed=4))
    np.testing.assert_allclose(uv.mean(axis=0), 0.0, atol=0.01)
    np.testing.assert_allclose(np.cov(uv.T), np.eye(2), atol=0.01)


def test_a_plane_cannot_be_written_to_and_keeps_its_own_arrays():
    axes, offset = np.eye(3)[:2], np.ones(3)
    plane = Plane(axes, offset)
    offset[2] = axes[0, 0] = 5.0
    np.testing.assert_array_equal(plane.offset, [0.0, 0.0, 1.0])
    np.testing.assert_array_equal(plane.axes, np.eye(3)[:2])
    for array in (plane.axes, plane.offset):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1.0


@pytest.mark.parametrize(
    ("axes", "offset", "message"),
    [
        (np.eye(3), np.zeros(3), "two axes"),
        (np.eye(3)[:2], np.zeros(2), "two axes"),
        (np.ones(2), np.zeros(2), "two axes"),
        (2 * np.eye(3)[:2], np.zeros(3), "length 1"),
        (np.array([[1.0, 0.0], [0.6, 0.8]]), np.zeros(2), "right angles"),
        (np.eye(2), np.array([0.0, np.inf]), "finite"),
        (np.full((2, 2), np.nan), np.zeros(2), "finite"),
    ],
)
def test_what_is_no_plane_is_refused(axes, offset, message):
    with pytest.raises(ValueError, match=message):
        Plane(axes, offset)


# Along two dimensions


@given(st.data())
def test_a_plane_of_two_dimensions_leaves_the_others_alone_to_the_bit(data):
    dim = data.draw(st.integers(2, 24))
    z = data.draw(vectors(dim, size=1e6))
    i, j = data.draw(st.lists(st.integers(0, dim - 1), min_size=2, max_size=2, unique=True))
    u, v = data.draw(st.tuples(st.floats(-10, 10), st.floats(-10, 10)))
    plane = axis_plane(z, i, j)
    np.testing.assert_array_equal(plane.points(plane.coordinates(z)), z)
    assert plane.distance(z) == 0.0
    expected = z.copy()
    expected[[i, j]] = u, v
    np.testing.assert_array_equal(plane.points((u, v)), expected)


def test_in_two_dimensions_the_plane_is_the_space():
    plane = axis_plane([3.0, -2.0], 0, 1)
    np.testing.assert_array_equal(plane.offset, 0.0)
    points = normal(20, 2)
    np.testing.assert_array_equal(plane.coordinates(points), points)
    np.testing.assert_array_equal(plane.distance(points), 0.0)


@pytest.mark.parametrize(("i", "j"), [(0, 0), (0, 3), (-1, 1), (2, 7)])
def test_axes_are_two_different_dimensions(i, j):
    with pytest.raises(ValueError, match="two different dimensions"):
        axis_plane(np.zeros(3), i, j)


def test_one_dimension_has_no_plane():
    with pytest.raises(ValueError, match="at least 2"):
        axis_plane([0.5], 0, 0)
    with pytest.raises(ValueError, match="2 or more"):
        plane_through([0.0], [1.0], [2.0])
    for find in (principal_plane, lambda mu: discriminant_plane(mu, np.arange(9) % 3)):
        with pytest.raises(ValueError, match="at least 2"):
            find(normal(9, 1))


# Through three points


@given(st.data())
def test_three_points_lie_in_their_plane(data):
    dim = data.draw(st.integers(2, 24))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    size, far = data.draw(st.sampled_from([1e-3, 1.0, 100.0])), data.draw(st.floats(0, 100))
    corners = far * rng.standard_normal(dim) + size * rng.standard_normal((3, dim))
    a, b, c = corners
    first = (b - a) / np.linalg.norm(b - a)
    height = np.linalg.norm((c - a) - ((c - a) @ first) * first)
    assume(height > 0.01 * size)
    plane = plane_through(a, b, c)
    scale = max(1.0, np.abs(corners).max())
    np.testing.assert_allclose(plane.axes @ plane.axes.T, np.eye(2), atol=EXACT)
    np.testing.assert_allclose(plane.distance(corners), 0.0, atol=100 * EXACT * scale)
    # u grows from a to b, and c is above the line of both.
    uv = plane.coordinates(corners) - plane.coordinates(a)
    expected = [[0.0, 0.0], [np.linalg.norm(b - a), 0.0], [(c - a) @ first, height]]
    np.testing.assert_allclose(uv, expected, atol=100 * EXACT * scale)


@given(st.integers(0, 2**32 - 1), st.floats(1e-5, 1.0), st.integers(2, 24))
def test_axes_of_a_nearly_flat_triangle_are_still_orthonormal(seed, height, dim):
    rng = np.random.default_rng(seed)
    turn = np.linalg.qr(rng.standard_normal((dim, 2)))[0].T
    a = rng.standard_normal(dim)
    b, c = a + turn[0], a + rng.uniform(0.1, 2.0) * turn[0] + height * turn[1]
    plane = plane_through(a, b, c)
    np.testing.assert_allclose(plane.axes @ plane.axes.T, np.eye(2), atol=EXACT)
    np.testing.assert_allclose(plane.distance([a, b, c]), 0.0, atol=100 * EXACT)
    # The exact height's direction is known only as well as rounding leaves it.
    np.testing.assert_allclose(plane.axes[1], turn[1], atol=1e-14 / height)


@given(st.integers(0, 2**32 - 1), st.floats(-20, 20), st.integers(2, 24))
def test_points_on_one_line_span_no_plane(seed, share, dim):
    a, b = np.random.default_rng(seed).standard_normal((2, dim))
    assume(abs(share) > 1e-3 and abs(share - 1) > 1e-3)
    with pytest.raises(ValueError, match="on one line"):
        plane_through(a, b, a + share * (b - a))


@pytest.mark.parametrize("same", [(0, 0, 1), (0, 1, 0), (1, 0, 0)])
def test_the_same_point_twice_spans_no_plane(same):
    points = normal(2, 6)
    with pytest.raises(ValueError, match="two of the three points are the same"):
        plane_through(*points[list(same)])
    with pytest.raises(ValueError, match="two of the three points are the same"):
        plane_through(*np.zeros((3, 6)))


def test_other_points_that_span_no_plane():
    with pytest.raises(ValueError, match="finite"):
        plane_through([0.0, np.nan], [1.0, 0.0], [0.0, 1.0])
    with pytest.raises(ValueError, match="same 2 or more"):
        plane_through([0.0, 0.0, 1.0], [1.0, 0.0], [0.0, 1.0])
    with pytest.raises(ValueError, match="too far apart"), np.errstate(over="ignore"):
        plane_through([-1e308, 0.0], [1e308, 0.0], [0.0, 1.0])


# Principal plane


@given(st.integers(0, 2**32 - 1), st.integers(2, 16), st.integers(20, 80))
def test_the_principal_plane_is_scikit_learns(seed, dim, count):
    rng = np.random.default_rng(seed)
    mu = rng.standard_normal((count, dim)) @ rng.standard_normal((dim, dim)) + 3.0
    plane, shares = principal_plane(mu)
    expected = PCA(2).fit(mu)
    np.testing.assert_allclose(shares, expected.explained_variance_ratio_, atol=1e-9)
    np.testing.assert_allclose(
        np.abs((plane.axes * expected.components_).sum(axis=1)), 1.0, atol=1e-6
    )
    np.testing.assert_allclose(plane.distance(mu.mean(axis=0)), 0.0, atol=1e-9)
    for axis in plane.axes:
        assert axis[np.abs(axis).argmax()] > 0.0


def test_the_order_of_the_images_does_not_turn_the_principal_plane():
    mu = normal(500, 6, seed=1) * [3.0, 1.0, 0.5, 2.0, 1.0, 1.0]
    plane, shares = principal_plane(mu)
    mirrored, same_shares = principal_plane(2 * mu.mean(axis=0) - mu[::-1])
    np.testing.assert_allclose(mirrored.axes, plane.axes, atol=1e-12)
    np.testing.assert_allclose(same_shares, shares)
    assert np.abs(plane.axes).argmax(axis=1).tolist() == [0, 3]


def test_means_on_a_line_have_a_principal_plane_that_holds_them():
    mu = np.outer(np.linspace(-1, 1, 9), [1.0, 2.0, -2.0])
    plane, shares = principal_plane(mu)
    np.testing.assert_allclose(plane.distance(mu), 0.0, atol=1e-12)
    np.testing.assert_allclose(shares, [1.0, 0.0], atol=1e-12)


@pytest.mark.parametrize(
    ("mu", "message"),
    [
        (np.ones((9, 4)), "all lie at one point"),
        (np.ones((2, 4)), "at least 3"),
        (np.full((9, 4), np.nan), "finite"),
        (np.ones(4), "at least 2 dimensions"),
    ],
)
def test_means_without_a_principal_plane(mu, message):
    with pytest.raises(ValueError, match=message):
        principal_plane(mu)


# Discriminant plane


@given(st.integers(0, 2**32 - 1), st.integers(3, 10), st.integers(2, 12))
# Here the spread is ten thousand times as wide in one direction as in the narrowest, in which the
# classes differ most.
@example(seed=60417538, n_classes=3, dim=9)
def test_the_discriminant_plane_is_scikit_learns(seed, n_classes, dim):
    mu, labels = classes(n_classes, dim, seed)
    plane = discriminant_plane(mu, labels)
    # The other solver takes directions narrower than a bound for rounding.
    found = LinearDiscriminantAnalysis(solver="eigen").fit(mu, labels)
    scalings = found.scalings_[:, :2]
    assert same_span(plane.axes, np.linalg.qr(scalings)[0].T)
    first = scalings[:, 0] / np.linalg.norm(scalings[:, 0])
    np.testing.assert_allclose(np.abs(plane.axes[0] @ first), 1.0, atol=1e-9)
    np.testing.assert_allclose(plane.distance(mu.mean(axis=0)), 0.0, atol=1e-9)
    for axis in plane.axes:
        assert axis[np.abs(axis).argmax()] > 0.0


def test_a_dead_dimension_is_left_out_of_the_discriminant_plane():
    mu, labels = classes(4, 4)
    expected = discriminant_plane(mu, labels)
    # What little is there tells the classes apart completely, and no decoder looks at it.
    whisper = 1e-3 * labels + 1e-6 * normal(len(mu), seed=2)
    plane = discriminant_plane(np.insert(mu, 2, whisper, axis=1), labels)
    np.testing.assert_array_equal(plane.axes[:, 2], 0.0)
    np.testing.assert_allclose(np.delete(plane.axes, 2, axis=1), expected.axes)


@pytest.mark.parametrize(
    ("n_classes", "message"), [(1, "at least 3 of them; here there is 1"), (2, "there are 2")]
)
def test_two_classes_have_no_discriminant_plane(n_classes, message):
    with pytest.raises(ValueError, match=message):
        discriminant_plane(normal(60, 6), np.arange(60) % n_classes)


@pytest.mark.parametrize(("n_active", "words"), [(0, "uses none of them"), (1, "only one of them")])
def test_one_active_dimension_has_no_discriminant_plane(n_active, words):
    mu, labels = classes(5, 6)
    mu[:, n_active:] *= 1e-3
    with pytest.raises(ValueError, match=words):
        discriminant_plane(mu, labels)


def test_class_means_on_a_line_have_no_discriminant_plane():
    labels = np.arange(300) % 3
    mu = np.tile(np.repeat(normal(50, 4, seed=3), 3, axis=0), (2, 1))  # each class the same cloud
    mu += np.outer(np.tile(labels[:150], 2), [1.0, 2.0, 0.0, -1.0])
    with pytest.raises(ValueError, match="along one line at most"):
        discriminant_plane(mu, labels)


@pytest.mark.parametrize(
    ("mu", "labels", "message"),
    [
        (normal(9, 4), np.arange(8), "as many labels"),
        (normal(9, 4), np.arange(9), "along one line at most"),
        (np.full((9, 4), np.inf), np.arange(9) % 3, "finite"),
    ],
)
def test_other_means_without_a_discriminant_plane(mu, labels, message):
    with pytest.raises(ValueError, match=message):
        discriminant_plane(mu, labels)


def test_the_discriminant_plane_separates_digits_better_than_the_principal_one(model):
    mu, labels = model.encoded.mu, model.encoded.labels
    separated = {}
    for name, plane in (
        ("lda", discriminant_plane(mu, labels)),
        ("pca", principal_plane(mu)[0]),
    ):
        uv = plane.coordinates(mu)
        within = np.mean([np.cov(uv[labels == label].T) for label in range(10)], axis=0)
        separated[name] = np.trace(np.linalg.solve(within, np.cov(uv.T)))
    assert separated["lda"] > 1.1 * separated["pca"]
