"""The path length and the metric's condition, against finite differences and decoders known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.foreign import foreign_state
from vae.decoding import FoldedDecoder
from vae.smoothness import (
    LARGEST_CONDITION,
    POSITIONS,
    PRIOR,
    REAL,
    Smoothness,
    condition_in_words,
    in_words,
    smoothness,
    squared_speeds,
)
from vae.weights import load_state_dict


@pytest.fixture(scope="module")
def decoder(weights_path) -> FoldedDecoder:
    return FoldedDecoder.from_state_dict(load_state_dict(weights_path))


@pytest.fixture(scope="module")
def measured(model) -> Smoothness:
    return smoothness(model.decoder, model.encoded.mu, n=60, seed=1)


def small_decoder(seed: int, latent_dim: int) -> FoldedDecoder:
    """A decoder with random weights; it need not draw anything."""
    return FoldedDecoder.from_state_dict(foreign_state(seed, gain=1.0, latent=latent_dim))


def made_of(squares: np.ndarray, eigenvalues: np.ndarray, **changes: np.ndarray) -> Smoothness:
    """A result with given speeds, (S, K), and eigenvalues, (S, d); segments of length 1."""
    count, d = eigenvalues.shape
    starts = np.zeros((1, count, d))
    found = Smoothness(
        starts=starts,
        ends=starts + np.eye(d)[0],
        images=np.zeros((2, 0), int),
        squares=np.asarray(squares, float)[None],
        chords=np.ones((1, count)),
        eigenvalues=np.asarray(eigenvalues, float)[None],
    )
    return replace(found, **changes)


# --- along segments -----------------------------------------------------------------------------


def test_the_squares_are_the_finite_differences_of_the_decoder(decoder, measured):
    step = 1e-3
    shares = (np.arange(POSITIONS) + 0.5) / POSITIONS
    errors = []
    for source in range(2):
        for i in range(10):
            start, end = measured.starts[source, i], measured.ends[source, i]
            way = (end - start) / np.linalg.norm(end - start)
            places = start + shares[:, None] * (end - start)
            ahead = decoder.decode(places + step / 2 * way).astype(np.float64)
            behind = decoder.decode(places - step / 2 * way).astype(np.float64)
            slopes = ((ahead - behind) / step).reshape(POSITIONS, -1)
            differences = (slopes**2).sum(axis=1)
            errors.append(measured.squares[source, i] / differences - 1.0)
    # A difference across one of ReLU's kinks is of both slopes.
    assert np.quantile(np.abs(errors), 0.95) < 0.002
    assert np.abs(errors).max() < 0.1


def test_the_squares_are_those_of_the_pull_back_metric(decoder, measured):
    start, end = measured.starts[1, 0], measured.ends[1, 0]
    v = (end - start) / np.linalg.norm(end - start)
    for k, share in enumerate((np.arange(POSITIONS) + 0.5) / POSITIONS):
        jacobian = decoder.jacobian(start + share * (end - start)).reshape(6, -1).astype(float)
        np.testing.assert_allclose(
            measured.squares[1, 0, k], v @ jacobian @ jacobian.T @ v, rtol=1e-4
        )


def test_the_path_length_is_the_mean_of_the_squares_along_fine_paths(decoder, measured):
    """Karras et al. 2019, equation 2, with steps of a thousandth of the segment."""
    for source in range(2):
        found = []
        for start, end in zip(measured.starts[source], measured.ends[source], strict=True):
            shares = np.linspace(0.0, 1.0, 1001)[:, None]
            images = decoder.decode(start + shares * (end - start)).reshape(1001, -1)
            steps = (np.diff(images, axis=0).astype(np.float64) ** 2).sum(axis=1)
            found.append(steps.mean() * 1000**2 / ((end - start) ** 2).sum())
        np.testing.assert_allclose(measured.path_length[source], np.mean(found), rtol=0.01)
        np.testing.assert_allclose(measured.energies[source], found, rtol=0.06)


def test_the_curve_of_images_is_as_long_as_its_steps(decoder, measured):
    start, end = measured.starts[0, 3], measured.ends[0, 3]
    images = decoder.decode(start + np.linspace(0, 1, 2001)[:, None] * (end - start))
    length = np.linalg.norm(np.diff(images.reshape(2001, -1).astype(float), axis=0), axis=1).sum()
    np.testing.assert_allclose(measured.speeds[0, 3] * measured.lengths[0, 3], length, rtol=0.01)
    chord = np.linalg.norm(images[-1].astype(float) - images[0])
    np.testing.assert_allclose(measured.chords[0, 3], chord, rtol=1e-5)
    np.testing.assert_allclose(measured.detours[0, 3], length / chord, rtol=0.01)


@given(st.integers(0, 50), st.integers(1, 8), st.integers(0, 2**31))
@settings(max_examples=25)
def test_laws_that_hold_for_every_decoder(seed, latent_dim, choice):
    found = smoothness(small_decoder(seed, latent_dim), None, n=5, seed=choice)
    least, most = found.eigenvalues[..., 0], found.eigenvalues[..., -1]
    assert (found.detours >= 1.0).all()
    # Energy is never below the square of the mean speed, nor is the mean square.
    assert (found.energies >= found.speeds**2 * (1 - 1e-12)).all()
    assert (np.diff(found.eigenvalues, axis=-1) >= 0.0).all()
    assert (least >= 0.0).all()
    assert (found.conditions[most > 0.0] >= 1.0).all()
    order = found.ranked(0)
    assert sorted(order) == list(range(5))
    assert (np.diff(found.energies[0, order]) >= 0.0).all()


def test_a_segment_counts_the_same_both_ways_and_in_parts(decoder):
    rng = np.random.default_rng(4)
    a, b = rng.standard_normal((2, 6))
    there = squared_speeds(decoder, a, b, 8)
    np.testing.assert_allclose(squared_speeds(decoder, b, a, 8), there[::-1], rtol=1e-4)
    middle = (a + b) / 2
    halves = [squared_speeds(decoder, a, middle, 4), squared_speeds(decoder, middle, b, 4)]
    np.testing.assert_allclose(np.concatenate(halves), there, rtol=1e-4)


def test_a_segment_without_a_direction_has_no_speed(decoder):
    assert squared_speeds(decoder, np.ones(6), np.ones(6)).tolist() == [0.0] * POSITIONS
    same = np.tile(np.arange(6.0) / 6, (2, 1))
    found = smoothness(decoder, same, n=3)
    assert found.detours[1].tolist() == [1.0, 1.0, 1.0]
    assert len(found.ranked(1)) == 0
    assert len(found.ranked(0)) == 3


# --- which segments -----------------------------------------------------------------------------


def test_the_segments_are_prior_pairs_and_pairs_of_different_images(model, measured):
    assert measured.sources == (PRIOR, REAL)
    mu = model.encoded.mu
    np.testing.assert_array_equal(measured.starts[1], mu[measured.images[0]])
    np.testing.assert_array_equal(measured.ends[1], mu[measured.images[1]])
    assert (measured.images[0] != measured.images[1]).all()
    prior = np.concatenate([measured.starts[0], measured.ends[0]]).ravel()
    assert abs(prior.mean()) < 4.0 / np.sqrt(len(prior))
    assert abs(prior.std() - 1.0) < 4.0 / np.sqrt(2 * len(prior))


def test_every_pair_of_images_comes_and_none_with_itself(decoder):
    found = smoothness(decoder, np.random.default_rng(0).standard_normal((3, 6)), n=300)
    pairs = set(zip(*found.images.tolist(), strict=True))
    assert pairs == {(i, j) for i in range(3) for j in range(3) if i != j}


def test_without_images_there_are_prior_pairs_alone(decoder, measured):
    found = smoothness(decoder, None, n=60, seed=1)
    assert found.sources == (PRIOR,)
    assert found.images.shape == (2, 0)
    np.testing.assert_array_equal(found.squares[0], measured.squares[0])


def test_the_same_seed_gives_the_same_figures(model, measured):
    again = smoothness(model.decoder, model.encoded.mu, n=60, seed=1)
    for name, values in vars(measured).items():
        np.testing.assert_array_equal(values, vars(again)[name])
    assert (smoothness(model.decoder, None, n=5, seed=2).starts != measured.starts[:1, :5]).any()


@pytest.mark.parametrize("mu", [np.zeros((5, 3)), np.zeros((1, 6)), np.zeros(6)])
def test_means_that_do_not_fit_are_named(decoder, mu):
    with pytest.raises(ValueError, match="6 numbers each"):
        smoothness(decoder, mu, n=2)


def test_no_segment_is_no_measurement(decoder):
    with pytest.raises(ValueError, match="at least one"):
        smoothness(decoder, None, n=0)


def test_it_tells_how_far_it_is_and_can_be_ended(decoder):
    told: list[float] = []
    smoothness(decoder, None, n=20, progress=told.append)
    assert told == sorted(told)
    assert 0.0 <= told[0] <= told[-1] <= 1.0

    def end(fraction: float) -> None:
        if fraction > 0.4:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        smoothness(decoder, None, n=20, progress=end)


# --- the condition ------------------------------------------------------------------------------


def test_the_eigenvalues_are_the_squared_singular_values_of_the_jacobian(decoder, measured):
    for source in range(2):
        for i in range(10):
            jacobian = decoder.jacobian(measured.starts[source, i]).reshape(6, -1)
            singular = np.linalg.svd(jacobian.astype(np.float64), compute_uv=False)
            np.testing.assert_allclose(
                measured.eigenvalues[source, i], singular[::-1] ** 2, rtol=1e-8
            )
            np.testing.assert_allclose(
                measured.conditions[source, i], np.linalg.cond(jacobian.astype(float)) ** 2
            )


def test_a_dead_dimension_has_the_largest_condition():
    state = foreign_state(0, gain=1.0, latent=3)
    state["linear.weight"][:, 1] = 0.0
    found = smoothness(FoldedDecoder.from_state_dict(state), None, n=4)
    assert (found.conditions == LARGEST_CONDITION).all()
    assert "does not use all dimensions" in condition_in_words(found, 0)


def test_where_nothing_changes_there_is_no_condition():
    found = made_of(np.zeros((2, 3)), np.array([[0.0, 0.0], [1.0, 4.0]]))
    assert np.isnan(found.conditions[0, 0])
    assert found.conditions[0, 1] == 4.0


# --- words --------------------------------------------------------------------------------------


def test_the_words_fit_the_figures():
    eigenvalues = np.tile([1.0, 16.0], (10, 1))
    even = made_of(np.full((10, 4), 9.0), eigenvalues)
    assert "the change is even: one prior standard deviation is worth 3.0" in in_words(even, 0)
    assert "more than 4.0 times as much" in condition_in_words(even, 0)
    mixed = made_of(np.tile([1.0, 4.0, 9.0, 16.0], (10, 1)), eigenvalues)
    assert "fairly even" in in_words(mixed, 0)
    jumps = made_of(np.tile([0.01, 0.01, 1.0, 100.0], (10, 1)), eigenvalues)
    assert "uneven, with jumps" in in_words(jumps, 0)


def test_what_does_not_change_or_has_one_dimension_is_said():
    still = made_of(np.zeros((4, 3)), np.zeros((4, 2)))
    assert "does not change at all" in in_words(still, 0)
    assert "At none of these points" in condition_in_words(still, 0)
    line = made_of(np.ones((4, 3)), np.ones((4, 1)))
    assert "only one way to go" in condition_in_words(line, 0)


def test_what_is_said_of_the_shipped_model_is_so(model):
    found = smoothness(model.decoder, model.encoded.mu)
    np.testing.assert_allclose(found.path_length, [92.9, 102.7], atol=0.1)
    for source in range(2):
        assert "the change is even" in in_words(found, source)
        times = np.sqrt(np.median(found.conditions[source]))
        assert f"{times:.1f} times" in condition_in_words(found, source)
