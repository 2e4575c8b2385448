"""Metric, local axes and pixel steps: exact on matrices, and honest on the shipped decoder."""

import itertools

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from vae import data
from vae.geometry import LocalAxes, continued_axes, local_axes, pixel_step, pullback_metric
from vae.latent import lerp

STEPS = 200  # of a walk from one class mean to another


def jacobians():
    """(latent_dim, channels, height, width) with any numbers, dead dimensions among them."""
    return st.tuples(st.integers(1, 12), st.sampled_from([1, 3])).flatmap(
        lambda sizes: hnp.arrays(
            np.float32, (*sizes, 4, 5), elements=st.floats(-100, 100, width=32)
        )
    )


@st.composite
def jacobians_with_locks(draw):
    jacobian = draw(jacobians())
    return jacobian, draw(st.frozensets(st.integers(0, len(jacobian) - 1)))


def random_jacobian(seed, latent_dim=6):
    return np.random.default_rng(seed).standard_normal((latent_dim, 1, 8, 8)).astype(np.float32)


def turned(axes, rng, angle):
    """The axes, each turned by at most the angle, then shuffled and flipped; and the shuffle."""
    d = len(axes.directions)
    skew = rng.standard_normal((d, d))
    skew -= skew.T
    if d > 1:  # its spectral norm bounds the angle by which its exponential turns anything
        skew *= angle / np.linalg.norm(skew, 2)
    rotation = torch.linalg.matrix_exp(torch.from_numpy(skew)).numpy()
    order = rng.permutation(d)
    signs = rng.choice([-1.0, 1.0], d)
    directions = signs[:, None] * (axes.directions @ rotation)[order]
    return LocalAxes(directions, axes.strengths[order], d), order


# --- the metric ---------------------------------------------------------------------------------


@given(jacobians())
def test_the_metric_measures_the_change_of_the_image(jacobian):
    metric = pullback_metric(jacobian)
    assert metric.dtype == np.float64
    np.testing.assert_array_equal(metric, metric.T)
    step = np.random.default_rng(0).standard_normal(len(jacobian))
    change = np.tensordot(step, jacobian.astype(np.float64), axes=1)
    np.testing.assert_allclose(step @ metric @ step, (change**2).sum(), rtol=1e-9, atol=1e-9)


# --- the axes of one point ----------------------------------------------------------------------


@given(jacobians_with_locks())
def test_axes_are_orthonormal_and_as_strong_as_the_image_changes(case):
    jacobian, locked = case
    axes = local_axes(jacobian, locked)
    d = len(jacobian)
    np.testing.assert_allclose(axes.directions @ axes.directions.T, np.eye(d), atol=1e-10)

    changes = axes.directions[: axes.n_free] @ jacobian.reshape(d, -1).astype(np.float64)
    strengths = axes.strengths[: axes.n_free]
    largest = strengths.max(initial=0.0)
    # A strength is the root of an eigenvalue, so rounding leaves 1e-8 of the largest.
    lengths = np.linalg.norm(changes, axis=1)
    np.testing.assert_allclose(lengths, strengths, rtol=1e-9, atol=1e-6 * largest + 1e-12)
    assert (np.diff(strengths) <= 0).all()
    # As images, too, the changes are at right angles.
    across = changes @ changes.T - np.diag(strengths**2)
    np.testing.assert_allclose(across, 0.0, atol=1e-9 * largest**2 + 1e-12)


@given(jacobians_with_locks())
def test_locked_dimensions_are_left_alone_and_come_last(case):
    jacobian, locked = case
    axes = local_axes(jacobian, locked)
    assert axes.n_free == len(jacobian) - len(locked)
    fixed = sorted(locked)
    np.testing.assert_array_equal(axes.directions[: axes.n_free, fixed], 0.0)
    np.testing.assert_array_equal(axes.directions[axes.n_free :], np.eye(len(jacobian))[fixed])
    np.testing.assert_array_equal(axes.strengths[axes.n_free :], 0.0)

    if axes.n_free:  # as if the locked dimensions were not there
        alone = local_axes(np.delete(jacobian, fixed, axis=0))
        atol = 1e-6 * alone.strengths.max()
        np.testing.assert_allclose(axes.strengths[: axes.n_free], alone.strengths, atol=atol)


@given(jacobians())
def test_the_largest_component_of_an_axis_is_positive(jacobian):
    for direction in local_axes(jacobian).directions:
        assert direction[np.abs(direction).argmax()] > 0


def test_axes_are_the_right_singular_vectors():
    jacobian = random_jacobian(0)
    _, strengths, vectors = np.linalg.svd(jacobian.reshape(6, -1).astype(np.float64).T)
    axes = local_axes(jacobian)
    np.testing.assert_allclose(axes.strengths, strengths, rtol=1e-12)
    np.testing.assert_allclose(np.abs(np.sum(axes.directions * vectors, axis=1)), 1, rtol=1e-12)


@pytest.mark.parametrize(("locked", "unknown"), [({6}, 6), ({-1}, -1), ({0, 60}, 60)])
def test_a_lock_on_no_dimension_is_refused(locked, unknown):
    with pytest.raises(ValueError, match=f"no dimension {unknown} among 6"):
        local_axes(random_jacobian(0), locked)
    with pytest.raises(ValueError, match=f"no dimension {unknown} among 6"):
        pixel_step(np.ones(6), 0.1, locked)


# --- axes that follow a moving point ------------------------------------------------------------


@given(st.integers(0, 2**32 - 1), st.integers(1, 24), st.floats(0, np.pi / 4.01))
def test_axes_that_turn_by_less_than_45_degrees_keep_their_places_and_signs(seed, d, angle):
    rng = np.random.default_rng(seed)
    before = local_axes(random_jacobian(seed, d))
    shuffled, order = turned(before, rng, angle)

    after = continued_axes(shuffled, before)

    cosines = after.directions @ before.directions.T
    assert (np.diag(cosines) >= np.cos(angle) - 1e-9).all()
    np.testing.assert_array_equal(after.strengths[order], shuffled.strengths)
    # Hence the greedy matching is the one of the largest total.
    np.testing.assert_array_equal(linear_sum_assignment(-np.abs(cosines))[1], np.arange(d))


@given(jacobians_with_locks(), st.data())
def test_continued_axes_are_the_same_axes_whatever_came_before(case, data):
    jacobian, locked = case
    d = len(jacobian)
    other = data.draw(st.frozensets(st.integers(0, d - 1)))
    axes = local_axes(jacobian, locked)
    previous = local_axes(random_jacobian(1, d), other)

    after = continued_axes(axes, previous)

    assert after.n_free == axes.n_free
    same = np.abs(after.directions @ axes.directions.T) > 0.999
    assert (same.sum(axis=0) == 1).all()
    assert (same.sum(axis=1) == 1).all()
    np.testing.assert_array_equal(same @ axes.strengths, after.strengths)
    np.testing.assert_array_equal(after.directions[axes.n_free :], axes.directions[axes.n_free :])


def test_continued_with_themselves_axes_stay_as_they_are():
    axes = local_axes(random_jacobian(2), {1, 4})
    after = continued_axes(axes, axes)
    np.testing.assert_array_equal(after.directions, axes.directions)
    np.testing.assert_array_equal(after.strengths, axes.strengths)


def test_a_new_lock_takes_one_axis_out_and_the_others_close_the_ranks():
    jacobian = np.diag([6.0, 5.0, 4.0, 3.0])  # every dimension is an axis
    before = local_axes(jacobian)
    # A moment later the last is the strongest; the shown order stays.
    later = np.diag([6.0, 5.0, 4.0, 7.0])
    locked = continued_axes(local_axes(later, {1}), before)
    np.testing.assert_array_equal(locked.directions.argmax(axis=1), [0, 2, 3, 1])
    np.testing.assert_array_equal(locked.strengths, [6.0, 4.0, 7.0, 0.0])

    unlocked = continued_axes(local_axes(later), locked)
    np.testing.assert_array_equal(unlocked.directions.argmax(axis=1), [0, 2, 3, 1])
    np.testing.assert_array_equal(unlocked.strengths, [6.0, 4.0, 7.0, 5.0])


def test_axes_of_another_model_are_refused():
    with pytest.raises(ValueError, match="6 dimensions cannot continue axes of 5"):
        continued_axes(local_axes(random_jacobian(0)), local_axes(random_jacobian(0, 5)))


@pytest.mark.parametrize(("start", "end"), [(0, 1), (3, 8), (4, 9), (7, 2)])
def test_axes_are_continuous_along_a_path(model, start, end):
    """Where the strengths keep apart, no axis turns faster than the metric changes."""
    points = lerp(model.class_means[start], model.class_means[end], np.linspace(0, 1, STEPS + 1))
    jacobians = [model.decoder.jacobian(z) for z in points]
    metrics = [pullback_metric(jacobian) for jacobian in jacobians]
    raw = [local_axes(jacobian) for jacobian in jacobians]
    axes = list(itertools.accumulate(raw, lambda shown, new: continued_axes(new, shown)))

    own, bounds, foremost = [], [], []
    for k in range(STEPS):
        cosines = axes[k + 1].directions @ axes[k].directions.T
        own.append(np.diag(cosines))
        others = np.abs(cosines - np.diag(own[-1]))
        foremost.append(own[-1] > np.maximum(others.max(axis=0), others.max(axis=1)))
        # Davis & Kahan's theorem as Yu, Wang & Samworth 2015 put it ("A useful variant of the
        # Davis-Kahan theorem for statisticians"): sin(angle) <= 2 |G' - G| / gap.
        squares = axes[k].strengths ** 2
        gaps = np.abs(squares[:, None] - squares)
        np.fill_diagonal(gaps, np.inf)
        bounds.append(2 * np.linalg.norm(metrics[k + 1] - metrics[k], 2) / gaps.min(axis=1))
    own, bounds, foremost = np.array(own), np.array(bounds), np.array(foremost)

    # Signs never flip, and an axis bound to turn by less than 45 degrees never changes its place.
    assert (own > 0).all()
    apart = bounds < np.sqrt(0.5)
    assert apart.mean() > 0.25
    assert foremost[apart].all()
    assert (own[apart] >= np.sqrt(1 - bounds[apart] ** 2) - 1e-9).all()
    # Nearly all of the others keep still as well: of all 45 lines between the shipped class means
    # 96 % of the cosines are above 0.9, and an axis is closer to another's predecessor in 0.4 % of
    # the steps, where two strengths nearly meet.
    assert (own > 0.9).mean() > 0.9
    assert foremost.all(axis=1).mean() > 0.97
    # By strength alone they would flip on the way.
    assert any(
        (np.sum(after.directions * before.directions, axis=1) < 0).any()
        for before, after in itertools.pairwise(raw)
    )


# --- steps that edit a pixel --------------------------------------------------------------------


vectors = hnp.arrays(np.float64, st.integers(1, 12), elements=st.floats(-100, 100))


@given(vectors, st.floats(-2, 2), st.data())
def test_a_pixel_step_goes_the_asked_way_and_is_bounded(gradient, change, data):
    locked = data.draw(st.frozensets(st.integers(0, len(gradient) - 1)))
    kept = gradient.copy()
    step = pixel_step(gradient, change, locked)
    np.testing.assert_array_equal(gradient, kept)
    assert step.shape == gradient.shape
    np.testing.assert_array_equal(step[sorted(locked)], 0.0)
    assert np.linalg.norm(step) <= 0.1 * (1 + 1e-12)
    reached = gradient @ step
    assert 0 <= reached * np.sign(change) <= abs(change) * (1 + 1e-12)


def test_without_damping_a_pixel_step_is_the_shortest_that_does_it():
    rng = np.random.default_rng(0)
    gradient = rng.standard_normal(6)
    step = pixel_step(gradient, 0.3, damping=0.0, longest=np.inf)
    np.testing.assert_allclose(gradient @ step, 0.3, rtol=1e-12)
    for other in rng.standard_normal((20, 6)):
        other *= 0.3 / (gradient @ other)
        assert np.linalg.norm(other) >= np.linalg.norm(step)


@pytest.mark.parametrize("gradient", [np.zeros(6), np.full(6, 1e-5)])
def test_a_saturated_pixel_does_not_throw_the_point_away(gradient):
    assert np.linalg.norm(pixel_step(gradient, 2.0)) < 1e-3


@pytest.mark.parametrize("sign", [1, -1], ids=["black to white", "white to black"])
def test_small_steps_drive_pixels_of_real_digits_where_they_are_asked_to(model, sign):
    images, labels = data.bundled_digits()
    chosen = [int(np.flatnonzero(labels == label)[0]) for label in range(10)]
    with torch.no_grad():
        x = torch.from_numpy(data.to_model_range(images[chosen]))
        starts = model.bundle.encoder(x)[0].double().numpy()
    rng = np.random.default_rng(0)
    for z in starts:
        values, slopes = model.decoder.decode(z)[0], slopes_of(model.decoder.jacobian(z)[:, 0])
        usable = np.argwhere((sign * values < -0.5) & (slopes > 0.1))
        for row, column in rng.permutation(usable)[:4]:
            path, lengths = driven(model.decoder, z, row, column, sign * 0.1)
            # Measured: 8 to 16 steps, |z| up to 3.9, and up to 0.05 back on the way.
            assert sign * path[-1] > 0
            assert lengths.max() < 6
            assert (sign * np.diff(path)).min() > -0.15


def test_locked_dimensions_stay_while_a_pixel_is_driven(model):
    z = model.class_means[3].astype(np.float64)
    slopes = slopes_of(model.decoder.jacobian(z)[:, 0])
    row, column = np.unravel_index(slopes.argmax(), slopes.shape)
    step = pixel_step(model.decoder.jacobian(z)[:, 0, row, column], 0.1, frozenset({0, 5}))
    moved = model.decoder.decode(z + step)[0, row, column] - model.decoder.decode(z)[0, row, column]
    np.testing.assert_array_equal(step[[0, 5]], 0.0)
    assert 0.05 < moved < 0.15


def slopes_of(jacobian):
    """How steep each pixel is: (latent_dim, height, width) -> (height, width)."""
    return np.linalg.norm(jacobian, axis=0)


def driven(decoder, z, row, column, change, most=40):
    """Values of the pixel, and |z|, before each step until its sign is that of the change."""
    values, lengths = [], []
    for _ in range(most):
        values.append(float(decoder.decode(z)[0, row, column]))
        lengths.append(float(np.linalg.norm(z)))
        if values[-1] * change > 0:
            break
        z = z + pixel_step(decoder.jacobian(z)[:, 0, row, column], change)
    return np.array(values), np.array(lengths)
