"""Mixtures of Gaussians: sampling, density, fit and file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from vae.density import GaussianMixture, LatentDensity, fit_mixture

ROOT = Path(__file__).resolve().parent.parent


def two_islands() -> GaussianMixture:
    return GaussianMixture(
        weights=[0.25, 0.75],
        means=[[-3.0, 0.0], [3.0, 1.0]],
        covariances=[[[0.5, 0.3], [0.3, 0.4]], [[0.2, 0.0], [0.0, 1.0]]],
    )


def density(classes: int = 2) -> LatentDensity:
    return LatentDensity(two_islands(), (two_islands(),) * classes, np.ones((classes, 2)))


def test_samples_have_the_mixtures_moments():
    mixture = two_islands()
    z = mixture.sample(100_000, np.random.default_rng(0))
    left = z[:, 0] < 0
    assert left.mean() == pytest.approx(0.25, abs=0.01)
    for side, k in ((left, 0), (~left, 1)):
        np.testing.assert_allclose(z[side].mean(0), mixture.means[k], atol=0.03)
        np.testing.assert_allclose(np.cov(z[side].T), mixture.covariances[k], atol=0.03)


def test_temperature_scales_the_spread_and_keeps_the_means():
    mixture = two_islands()
    z = mixture.sample(100_000, np.random.default_rng(0), temperature=0.5)
    right = z[z[:, 0] > 0]
    np.testing.assert_allclose(right.mean(0), mixture.means[1], atol=0.02)
    np.testing.assert_allclose(np.cov(right.T), 0.25 * mixture.covariances[1], atol=0.01)
    cold = mixture.sample(50, np.random.default_rng(0), temperature=0.0)
    assert {tuple(row) for row in cold} == {tuple(row) for row in mixture.means}


def test_the_same_generator_gives_the_same_samples():
    first, again = (two_islands().sample(5, np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert two_islands().sample(0, np.random.default_rng(0)).shape == (0, 2)


@pytest.mark.parametrize("temperature", [-1.0, float("nan"), float("inf")])
def test_temperatures_that_mean_nothing_are_refused(temperature):
    with pytest.raises(ValueError, match="temperature"):
        two_islands().sample(1, np.random.default_rng(0), temperature)


def test_log_prob_is_that_of_an_independent_implementation():
    mixture = two_islands()
    z = np.random.default_rng(0).normal(size=(100, 2)) * 3
    components = torch.distributions.MultivariateNormal(
        torch.from_numpy(mixture.means), torch.from_numpy(mixture.covariances)
    )
    weights = torch.distributions.Categorical(torch.from_numpy(mixture.weights))
    independent = torch.distributions.MixtureSameFamily(weights, components)
    expected = independent.log_prob(torch.from_numpy(z)).numpy()
    np.testing.assert_allclose(mixture.log_prob(z), expected)
    # Far from every component the density underflows; its logarithm must not.
    assert np.isfinite(mixture.log_prob(np.full((1, 2), 1e3))).all()
    with pytest.raises(ValueError, match=r"\(N, 2\)"):
        mixture.log_prob(np.zeros((3, 5)))


def test_a_fit_finds_the_islands_again_and_is_repeatable():
    z = two_islands().sample(4_000, np.random.default_rng(1))
    fitted = fit_mixture(z, components=2, seed=3)
    order = np.argsort(fitted.means[:, 0])
    np.testing.assert_allclose(fitted.means[order], two_islands().means, atol=0.1)
    np.testing.assert_allclose(fitted.weights[order], two_islands().weights, atol=0.02)
    np.testing.assert_array_equal(fitted.means, fit_mixture(z, components=2, seed=3).means)


def test_an_unused_dimension_still_gives_invertible_covariances():
    z = np.zeros((100, 3))
    z[:, 0] = np.random.default_rng(0).normal(size=100)
    assert np.isfinite(fit_mixture(z, components=2, seed=0).log_prob(z)).all()


def test_points_that_cannot_be_fitted_are_refused():
    with pytest.raises(ValueError, match="30 components"):
        fit_mixture(np.zeros((10, 2)), components=30, seed=0)
    with pytest.raises(ValueError, match="finite"):
        fit_mixture(np.full((50, 2), np.nan), components=2, seed=0)


def test_a_file_holds_what_was_saved(tmp_path):
    mixtures = (two_islands(), GaussianMixture([1.0], [[0.5, 0.5]], [np.eye(2)]))
    saved = LatentDensity(two_islands(), mixtures, np.array([[1.0, 2.0], [3.0, 4.0]]))
    saved.save(tmp_path / "density.npz")
    loaded = LatentDensity.load(tmp_path / "density.npz")
    assert loaded.latent_dim == 2
    np.testing.assert_array_equal(loaded.class_means, saved.class_means)
    for ours, theirs in zip(
        (saved.mixture, *saved.class_mixtures),
        (loaded.mixture, *loaded.class_mixtures),
        strict=True,
    ):
        np.testing.assert_allclose(theirs.weights, ours.weights)
        np.testing.assert_array_equal(theirs.means, ours.means)
        np.testing.assert_array_equal(theirs.covariances, ours.covariances)


@pytest.mark.parametrize(
    ("key", "value", "word"),
    [
        ("mixture_means", np.full((2, 2), np.nan), "finite"),
        ("mixture_means", np.zeros((2, 3)), "fit"),
        ("mixture_weights", np.array([0.9, 0.9]), "sum to 1"),
        ("mixture_covariances", -np.ones((2, 1, 1)) * np.eye(2), "positive definite"),
        ("mixture_covariances", np.array([[[1.0, 0.5], [0.0, 1.0]]] * 2), "symmetric"),
        ("class_mixtures_components", np.array([3, 3]), "components"),
        ("class_means", np.zeros((3, 2)), "class means"),
        ("class_means", np.full((2, 2), np.inf), "finite"),
        ("class_means", None, "missing"),
        ("mixture_means", np.array([[None, 1], [2, 3]]), "latent density"),
    ],
)
def test_a_file_with_wrong_contents_is_refused(tmp_path, key, value, word):
    path = tmp_path / "density.npz"
    density().save(path)
    with np.load(path) as archive:
        arrays = {name: archive[name] for name in archive.files}
    arrays[key] = value
    np.savez(path, **{name: array for name, array in arrays.items() if array is not None})
    with pytest.raises(ValueError, match=word):
        LatentDensity.load(path)


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 truncated"])
def test_a_damaged_file_is_refused_by_name(tmp_path, content):
    path = tmp_path / "density.npz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"density\.npz"):
        LatentDensity.load(path)


def test_a_missing_file_is_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        LatentDensity.load(tmp_path / "none.npz")


def test_sampling_needs_neither_torch_nor_scikit_learn():
    code = "import sys, vae.density; print({'torch', 'sklearn'} & set(sys.modules))"
    shown = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert shown.stdout.strip() == "set()"
