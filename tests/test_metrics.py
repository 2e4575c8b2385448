"""The figures' mathematics, each against a computation of another kind."""

from __future__ import annotations

import builtins

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import sqrtm
from scipy.stats import entropy, norm
from sklearn.neighbors import NearestNeighbors

from vae.classifier import probabilities
from vae.data import bundled_digits, bundled_train_digits, to_model_range
from vae.metrics import (
    Judged,
    MissingLibraryError,
    evenly_spaced,
    frechet_distance,
    image_quality,
    importance_weighted,
    judge,
    manifold,
)
from vae.weights import BUNDLED_ASSETS, load_bundle, load_classifier

N = 1_000


@pytest.fixture(scope="module")
def classifier():
    return load_classifier(BUNDLED_ASSETS / "classifier_weights.pt")


@pytest.fixture(scope="module")
def images():
    """Test digits, and training digits, (N, 1, 28, 28) uint8 each."""
    test, train = bundled_digits()[0], bundled_train_digits()[0]
    return test[evenly_spaced(len(test), N), None], train[evenly_spaced(len(train), N), None]


@pytest.fixture(scope="module")
def reconstructions(images):
    """Test digits as the shipped model sees them, and themselves: float, in [-1, 1]."""
    from vae.decoding import FoldedDecoder

    bundle = load_bundle(BUNDLED_ASSETS.parent / "decoder_weights.pt")
    x = to_model_range(images[0][:40])
    with torch.inference_mode():
        mu, _ = bundle.encoder(torch.from_numpy(x))
    return FoldedDecoder.from_state_dict(bundle.decoder).decode(mu.numpy()), x


@given(st.integers(1, 500), st.integers(0, 500))
def test_evenly_spaced_indices_are_in_order_and_not_farther_apart_than_needed(n, more):
    indices = evenly_spaced(n + more, n)
    assert indices[0] == 0
    assert indices[-1] < n + more
    assert set(np.diff(indices)) <= {(n + more) // n, (n + more) // n + 1}


def test_features_are_the_last_maps_averaged_and_probabilities_those_of_the_classifier(
    classifier, images
):
    judged = judge(classifier, images[0])
    with torch.inference_mode():
        maps = classifier.conv_stack(torch.from_numpy(images[0]).float() / 127.5 - 1)
    expected = F.avg_pool2d(maps, kernel_size=7).flatten(1).numpy()
    assert expected.shape == (N, 64)
    np.testing.assert_allclose(judged.features, expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(
        judged.probabilities, probabilities(classifier, images[0]), atol=1e-5
    )


def gaussian_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Heusel et al. 2017, eq. 6, as it is written, with SciPy's matrix root."""
    a, b = a.astype(np.float64), b.astype(np.float64)
    used = (a.std(0) > 0) & (b.std(0) > 0)  # SciPy's root is of regular matrices; a dead map is 0
    assert used.sum() > 50
    a, b = a[:, used], b[:, used]
    root = sqrtm(np.cov(a, rowvar=False) @ np.cov(b, rowvar=False)).real
    covariances = np.cov(a, rowvar=False) + np.cov(b, rowvar=False) - 2 * root
    return float(((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(covariances))


def test_the_frechet_distance_is_that_of_scipys_matrix_root(classifier, images):
    real, train = (judge(classifier, part).features for part in images)
    assert frechet_distance(real, train) == pytest.approx(gaussian_distance(real, train), rel=1e-4)
    noise = np.random.default_rng(0).standard_normal((300, 64)) * np.linspace(0.1, 2, 64)
    assert frechet_distance(real, noise) == pytest.approx(gaussian_distance(real, noise), rel=1e-5)


def test_the_frechet_distance_is_that_of_a_network_handed_to_torchmetrics(classifier, images):
    from torchmetrics.image.fid import FrechetInceptionDistance

    class Features(torch.nn.Module):
        num_features = 64

        def forward(self, x):
            return F.avg_pool2d(classifier.conv_stack(x), 7).flatten(1).double()

    metric = FrechetInceptionDistance(Features()).set_dtype(torch.float64)
    with torch.inference_mode():
        for part, real in zip(images, (True, False), strict=True):
            metric.update(torch.from_numpy(to_model_range(part)), real=real)
    real, train = (judge(classifier, part).features for part in images)
    assert frechet_distance(real, train) == pytest.approx(float(metric.compute()), rel=1e-4)


def test_the_frechet_distance_in_one_dimension_is_known():
    """In one dimension: squared differences of the means and of the standard deviations."""
    a = np.random.default_rng(1).standard_normal((400, 1))
    expected = 5.0**2 + (2.0 - 1.0) ** 2 * a.var(ddof=1)
    mean_apart = 2.0 * (a - a.mean()) + a.mean() + 5.0
    assert frechet_distance(a, mean_apart) == pytest.approx(expected, rel=1e-9)


def test_equal_sets_are_at_no_distance_and_in_each_others_manifolds(classifier, images):
    features = judge(classifier, images[0]).features
    assert frechet_distance(features, features) == pytest.approx(0.0, abs=1e-6)
    found = manifold(features, features, k=5)
    # A point lies in the neighbourhoods of others, and always in its own.
    assert (found.precision, found.recall, found.coverage) == (1.0, 1.0, 1.0)


@pytest.mark.parametrize("k", [1, 5])
def test_the_manifold_is_that_of_scikit_learns_neighbours(classifier, images, k):
    real = judge(classifier, images[0][:600]).features.astype(np.float64)
    fake = judge(classifier, images[1][:400]).features.astype(np.float64)
    fake += 0.05 * np.random.default_rng(0).standard_normal(fake.shape)  # leave the manifold a bit
    reach = {}
    for name, points in (("real", real), ("fake", fake)):
        # The first neighbour is the point itself.
        distances, _ = NearestNeighbors(n_neighbors=k + 1).fit(points).kneighbors(points)
        reach[name] = distances[:, k]
    apart = np.linalg.norm(real[:, None] - fake[None], axis=2)
    inside_real, inside_fake = apart < reach["real"][:, None], apart < reach["fake"][None]
    found = manifold(real, fake, k)
    assert 0 < found.precision < 1
    assert found.precision == pytest.approx(inside_real.any(axis=0).mean(), abs=1e-9)
    assert found.recall == pytest.approx(inside_fake.any(axis=1).mean(), abs=1e-9)
    assert found.density == pytest.approx(inside_real.sum(axis=0).mean() / k, abs=1e-9)
    assert found.coverage == pytest.approx(inside_real.any(axis=1).mean(), abs=1e-9)


def test_the_manifold_is_measured_without_a_word(capsys):
    points = np.random.default_rng(0).standard_normal((50, 3))
    manifold(points, points, 3)
    assert capsys.readouterr() == ("", "")


def test_psnr_is_ten_logarithms_of_the_error(reconstructions):
    x_hat, x = reconstructions
    errors = ((x_hat.astype(np.float64) - x) ** 2).mean(axis=(1, 2, 3))
    psnr, _ = image_quality(x_hat, x)
    assert psnr == pytest.approx(np.mean(10 * np.log10(2.0**2 / errors)), abs=1e-3)


def structural_similarity(a: np.ndarray, b: np.ndarray) -> float:
    """Wang et al. 2004, eq. 13, window by window; two (28, 28) in [-1, 1]."""
    offsets = np.arange(-5, 6)
    line = np.exp(-(offsets**2) / (2 * 1.5**2))
    window = np.outer(line, line) / line.sum() ** 2
    c1, c2 = (0.01 * 2) ** 2, (0.03 * 2) ** 2
    values = []
    for row in range(5, 23):
        for column in range(5, 23):
            place = np.s_[row - 5 : row + 6, column - 5 : column + 6]
            u, v = a[place], b[place]
            mean_u, mean_v = (window * u).sum(), (window * v).sum()
            spread_u = (window * (u - mean_u) ** 2).sum()
            spread_v = (window * (v - mean_v) ** 2).sum()
            together = (window * (u - mean_u) * (v - mean_v)).sum()
            values.append(
                (2 * mean_u * mean_v + c1)
                * (2 * together + c2)
                / ((mean_u**2 + mean_v**2 + c1) * (spread_u + spread_v + c2))
            )
    return float(np.mean(values))


def test_ssim_is_that_of_its_authors_window_by_window(reconstructions):
    x_hat, x = (part.astype(np.float64) for part in reconstructions)
    expected = [structural_similarity(a[0], b[0]) for a, b in zip(x_hat, x, strict=True)]
    _, ssim = image_quality(*reconstructions)
    assert ssim == pytest.approx(np.mean(expected), abs=1e-4)


def test_an_image_is_like_itself(reconstructions):
    psnr, ssim = image_quality(reconstructions[1], reconstructions[1])
    assert psnr == np.inf
    assert ssim == pytest.approx(1.0)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=60))
def test_the_class_entropy_is_scipys(classes):
    judged = Judged(np.zeros((len(classes), 1), np.float32), np.eye(10, dtype=np.float32)[classes])
    assert judged.class_entropy == pytest.approx(entropy(np.bincount(classes)), abs=1e-12)
    assert judged.confidence == 1.0


# A curve in the plane, and a surface in space: decoders whose p(x) can be integrated.
def curve(z: np.ndarray) -> np.ndarray:
    return np.column_stack((np.sin(2 * z[:, 0]), 0.5 * z[:, 0] ** 2))


def surface(z: np.ndarray) -> np.ndarray:
    return np.column_stack((z[:, 0], np.tanh(z[:, 1]), z[:, 0] * z[:, 1]))


def integrated(decode, x: np.ndarray, d: int) -> np.ndarray:
    """-log p(x) by summing exp(-|x - decode(z)|^2) N(z; 0, I) over a fine grid, (N,)."""
    line, step = np.linspace(-8, 8, 1601 if d == 1 else 641, retstep=True)
    grid = np.stack(np.meshgrid(*[line] * d, indexing="ij"), axis=-1).reshape(-1, d)
    prior = norm.pdf(grid).prod(axis=1) * step**d
    means = decode(grid)
    return np.array([-np.log((np.exp(-((means - row) ** 2).sum(1)) * prior).sum()) for row in x])


@pytest.mark.parametrize(("decode", "d"), [(curve, 1), (surface, 2)])
def test_the_bound_approaches_what_integration_gives(decode, d):
    rng = np.random.default_rng(3)
    z = rng.standard_normal((20, d))
    x = decode(z) + 0.7 * rng.standard_normal(decode(z).shape)
    # Aside, but wider than the prior, so that no weight is much larger than the others.
    mu, logvar = 0.2 * z, np.full((20, d), 2 * np.log(1.2))
    truth = integrated(decode, x, d)
    bound, loss = importance_weighted(decode, x, mu, logvar, 200_000, np.random.default_rng(0))
    np.testing.assert_allclose(bound, truth, atol=0.1)
    assert np.abs(bound - truth).mean() < 0.02
    assert (loss > truth).all()


def test_one_sample_gives_the_loss_and_more_samples_a_tighter_bound():
    rng = np.random.default_rng(5)
    x = curve(rng.standard_normal((4_000, 1)))
    mu, logvar = np.zeros((4_000, 1)), np.zeros((4_000, 1))
    means = []
    for samples in (1, 2, 5, 50):
        bound, loss = importance_weighted(curve, x, mu, logvar, samples, rng)
        assert (bound <= loss + 1e-9).all()
        means.append(bound.mean())
        if samples == 1:
            np.testing.assert_allclose(bound, loss)
    assert means == sorted(means, reverse=True)
    # One sample is the negative ELBO: here, with the prior as the posterior, the squared error.
    line = np.linspace(-8, 8, 1601)
    weights = norm.pdf(line) / norm.pdf(line).sum()
    errors = ((curve(line[:, None])[None] - x[:, None]) ** 2).sum(2)
    assert means[0] == pytest.approx((errors * weights).sum(1).mean(), rel=0.05)
    assert means[-1] >= integrated(curve, x, 1).mean() - 0.01


@given(st.integers(1, 40), st.integers(0, 2**32))
def test_with_the_true_posterior_one_sample_is_as_good_as_many(samples, seed):
    """x = z + noise of variance 1/2: z given x is Gaussian, around 2/3 x with variance 1/3."""
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1.2, (5, 1))
    bound, loss = importance_weighted(
        lambda z: z, x, 2 / 3 * x, np.full((5, 1), np.log(1 / 3)), samples, rng
    )
    # x is Gaussian with variance 3/2; without the constant factor of p(x | z), sqrt(pi).
    truth = -norm.logpdf(x[:, 0], scale=np.sqrt(1.5)) - 0.5 * np.log(np.pi)
    np.testing.assert_allclose(bound, truth, atol=1e-9)
    np.testing.assert_allclose(loss, truth, atol=1e-9)


@pytest.mark.parametrize("samples", [3, 4_000])
def test_the_bound_does_not_depend_on_how_many_images_are_decoded_at_once(samples, monkeypatch):
    x = curve(np.linspace(-2, 2, 7)[:, None])
    arguments = (curve, x, np.zeros((7, 1)), np.zeros((7, 1)), samples)
    together = importance_weighted(*arguments, np.random.default_rng(0))
    monkeypatch.setattr("vae.metrics.DECODE_BATCH", 1)
    apart = importance_weighted(*arguments, np.random.default_rng(0))
    np.testing.assert_allclose(together, apart, rtol=1e-12)


def test_a_library_that_cannot_be_imported_is_answered_with_what_to_install(monkeypatch):
    import_as_ever = builtins.__import__

    def refuse(name, *arguments, **keywords):
        if name.partition(".")[0] in ("torchmetrics", "prdc"):
            raise RuntimeError("operator torchvision::nms does not exist")
        return import_as_ever(name, *arguments, **keywords)

    monkeypatch.setattr(builtins, "__import__", refuse)
    points = np.random.default_rng(0).standard_normal((20, 2))
    for measure in (frechet_distance, lambda a, b: manifold(a, b, 3)):
        with pytest.raises(MissingLibraryError, match=r"torchvision::nms.*pip install"):
            measure(points, points)
