"""The encoded real images: what they measure, their neighbours, and which points are typical."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2

from vae import data
from vae.evaluation import evaluate
from vae.model import VAE, Decoder, Encoder, ModelConfig
from vae.statistics import (
    ACTIVE_NATS,
    OFF_THE_MAP,
    RARE,
    SHELL,
    TYPICAL,
    EncodedImages,
    encode_images,
    radius_percentile,
    radius_percentiles,
    typicality,
)
from vae.weights import load_decoder, load_encoder


def encoded_at(mu: np.ndarray, std: float | np.ndarray = 0.2) -> EncodedImages:
    """Images whose posteriors are given; their pixels and labels mean nothing."""
    mu = np.asarray(mu, np.float64)
    std = np.broadcast_to(np.asarray(std, np.float64), mu.shape)
    kl = (0.5 * (mu**2 + std**2 - 1.0) - np.log(std)).mean(axis=0)
    labels = np.arange(len(mu)) % 10
    return EncodedImages(np.zeros((len(mu), 1, 4, 4), np.uint8), labels, mu, std, kl)


def normal(count: int, dim: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((count, dim))


def words(points: np.ndarray, encoded: EncodedImages | None) -> dict[str, float]:
    """The share of the points that each of the three words is said of."""
    found = [typicality(z, encoded).word for z in points]
    return {word: found.count(word) / len(found) for word in (TYPICAL, RARE, OFF_THE_MAP)}


def in_direction(percentile: float, dim: int) -> np.ndarray:
    """A point with this percentile of |z|^2."""
    direction = normal(1, dim, seed=5)[0]
    return direction / np.linalg.norm(direction) * np.sqrt(chi2.ppf(percentile / 100, dim))


@pytest.fixture(scope="module")
def encoded(weights_path) -> EncodedImages:
    """The bundled digits as the shipped encoder sees them."""
    images, labels = data.bundled_digits()
    encoder = load_encoder(weights_path.parent / "assets" / "encoder_weights.pt")
    return encode_images(encoder, images[:, None], labels)


@pytest.fixture(scope="module")
def record(weights_path) -> dict:
    return json.loads(weights_path.with_suffix(".json").read_text())


# Encoding


def test_the_encoded_digits_are_the_bundled_ones(encoded):
    images, labels = data.bundled_digits()
    np.testing.assert_array_equal(encoded.images[:, 0], images)
    np.testing.assert_array_equal(encoded.labels, labels)
    assert encoded.mu.shape == encoded.std.shape == (10_000, 6)
    assert encoded.mu.dtype == encoded.std.dtype == np.float64


def test_the_use_of_a_dimension_is_that_of_the_evaluation(encoded, record, weights_path):
    vae = VAE(
        load_encoder(weights_path.parent / "assets" / "encoder_weights.pt"),
        load_decoder(weights_path),
    )
    x = torch.from_numpy(data.to_model_range(encoded.images))
    np.testing.assert_allclose(encoded.kl, evaluate(vae, x, draws=1).kl_per_dimension, rtol=1e-5)
    # Measured on another machine's cores; the sums are rounded in another order there.
    np.testing.assert_allclose(encoded.kl, record["final"]["kl_per_dimension"], rtol=1e-4)


@pytest.mark.parametrize("config", [ModelConfig(2), ModelConfig(16, (3, 32, 32), (4, 8))])
def test_an_encoder_of_any_size_does(config):
    torch.manual_seed(0)
    vae = VAE(Encoder(config), Decoder(config))
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (600, *config.image_shape), dtype=np.uint8)
    encoded = encode_images(vae.encoder.eval(), images, np.zeros(600, int))
    with torch.inference_mode():
        mu, logvar = vae.encoder(torch.from_numpy(data.to_model_range(images)))
    np.testing.assert_allclose(encoded.mu, mu, atol=1e-5)
    np.testing.assert_allclose(encoded.std, (logvar / 2).exp(), atol=1e-5)
    np.testing.assert_allclose(encoded.mean, mu.mean(0), atol=1e-5)
    np.testing.assert_allclose(encoded.spread, mu.std(0, correction=0), atol=1e-5)
    x = torch.from_numpy(data.to_model_range(images))
    np.testing.assert_allclose(encoded.kl, evaluate(vae, x, draws=1).kl_per_dimension, rtol=1e-4)
    assert typicality(np.zeros(config.latent_dim), encoded).distance > 0


def test_progress_rises_from_nothing_and_ends_the_work_when_it_raises(encoded, weights_path):
    class Enough(Exception):
        pass

    encoder = load_encoder(weights_path.parent / "assets" / "encoder_weights.pt")
    images, labels = encoded.images[:2000], encoded.labels[:2000]
    told: list[float] = []
    encode_images(encoder, images, labels, told.append)
    assert told[0] == 0
    assert told == sorted(told)
    assert 0.9 < told[-1] < 1
    assert any(share < 0.5 for share in told[1:])

    for last in (0.0, 0.25, 0.75):  # at once, while encoding, while looking for neighbours

        def progress(share: float, last: float = last) -> None:
            told.append(share)
            if share >= last:
                raise Enough

        told.clear()
        with pytest.raises(Enough):
            encode_images(encoder, images, labels, progress)
        assert told[-1] == pytest.approx(last, abs=0.1)


def test_quantiles_are_those_of_the_means(encoded):
    found = encoded.quantiles([0.0, 0.5, 1.0])
    expected = [encoded.mu.min(0), np.median(encoded.mu, axis=0), encoded.mu.max(0)]
    np.testing.assert_allclose(found, expected)


# Neighbours


@pytest.mark.parametrize("dim", [1, 2, 6, 16])
@pytest.mark.parametrize("count", [1, 5])
def test_the_nearest_images_are_those_of_a_plain_search(dim, count):
    encoded = encoded_at(normal(500, dim))
    for z in 2 * normal(20, dim, seed=1):
        distances = np.linalg.norm(encoded.mu - z, axis=1)
        found, found_distances = encoded.nearest(z, count)
        np.testing.assert_array_equal(found, np.argsort(distances)[:count])
        np.testing.assert_allclose(found_distances, np.sort(distances)[:count])


def test_no_more_neighbours_than_images(encoded):
    few = encoded_at(normal(3, 6))
    indices, distances = few.nearest(np.zeros(6), 5)
    assert sorted(indices) == [0, 1, 2]
    assert len(distances) == 3


def test_a_digit_is_its_own_nearest(encoded):
    indices, distances = encoded.nearest(encoded.mu[4321])
    assert indices[0] == 4321
    assert distances[0] == 0
    assert len(indices) == 5
    assert (np.diff(distances) >= 0).all()


@pytest.mark.parametrize("dim", [1, 2, 6, 16])
def test_distances_of_many_points_are_those_of_each(dim):
    encoded = encoded_at(normal(500, dim))
    points = np.concatenate([2 * normal(50, dim, seed=1), encoded.mu[:5], np.full((1, dim), 1e300)])
    distances = encoded.distances(points)
    np.testing.assert_array_equal(distances, [encoded.nearest(z, 1)[1][0] for z in points])
    percentiles = encoded.distance_percentile(distances)
    assert percentiles.tolist() == [encoded.distance_percentile(float(d)) for d in distances]
    assert encoded.distances(np.empty((0, dim))).shape == (0,)
    with pytest.raises(ValueError, match="finite"):
        encoded.distances(np.full((2, dim), np.nan))


@pytest.mark.parametrize("count", [2, 7, 19, 20, 100, 333])
def test_the_distance_limits_are_the_last_distances_before_another_word(count):
    encoded = encoded_at(normal(count, 3))
    for limit, share in zip(encoded.distance_limits, (95.0, 99.0), strict=True):
        assert encoded.distance_percentile(limit) <= share
        assert encoded.distance_percentile(np.nextafter(limit, np.inf)) > share


def test_the_distance_percentile_counts_the_other_images():
    mu = normal(300, 3)
    encoded = encoded_at(mu)
    between = np.linalg.norm(mu[:, None] - mu[None], axis=2)
    np.fill_diagonal(between, np.inf)
    gaps = between.min(axis=1)
    for distance in (0.0, *np.quantile(gaps, [0.1, 0.5, 0.9]), gaps.max() + 1):
        expected = 100 * (gaps < distance).mean()
        assert encoded.distance_percentile(distance) == pytest.approx(expected)


def test_copies_of_an_image_have_no_distance():
    encoded = encoded_at(np.repeat(normal(50, 4), 2, axis=0))
    assert encoded.distance_percentile(0.0) == 0
    assert encoded.distance_percentile(1e-9) == 100


def test_distance_leaves_dead_dimensions_out():
    """There the posterior is the prior: a draw from it is as good as its mean."""
    mu, std = normal(400, 5), np.full(5, 0.2)
    mu[:, 3] *= 0.01
    std[3] = 1.0
    encoded = encoded_at(mu, std)
    assert (encoded.kl < ACTIVE_NATS).tolist() == [False, False, False, True, False]
    moved = mu[7] + np.array([0, 0, 0, 2.0, 0])
    indices, distances = encoded.nearest(moved, 1)
    assert indices[0] == 7
    assert distances[0] == 0
    assert typicality(moved, encoded).distance_percentile == 0


def test_a_model_that_uses_no_dimension_still_has_neighbours():
    encoded = encoded_at(0.01 * normal(100, 3), 1.0)
    assert (encoded.kl < ACTIVE_NATS).all()
    assert encoded.nearest(encoded.mu[9], 1)[0][0] == 9


# Typicality


@pytest.mark.parametrize("dim", [1, 2, 6, 16, 64])
def test_the_radius_percentile_is_scipys(dim):
    for z in [
        np.zeros(dim),
        np.full(dim, 1e-3),
        *normal(20, dim),
        *(3 * normal(5, dim)),
        [9] * dim,
    ]:
        assert radius_percentile(z) == pytest.approx(100 * chi2.cdf(np.sum(np.square(z)), dim))


def test_the_radius_percentiles_of_many_points_are_those_of_each():
    points = 2 * normal(12, 5).reshape(3, 4, 5)
    found = radius_percentiles(points)
    expected = [[radius_percentile(z) for z in row] for row in points]
    np.testing.assert_array_equal(found, expected)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
def test_any_finite_point_has_a_radius_percentile(z):
    assert 0 <= radius_percentile(z) <= 100


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=6, max_size=6))
def test_any_finite_point_has_a_word(encoded, z):
    found = typicality(z, encoded)
    assert found.word in (TYPICAL, RARE, OFF_THE_MAP)
    assert np.isfinite(found.distance)
    assert 0 <= found.distance_percentile <= 100


def test_what_is_not_a_number_has_no_neighbours(encoded):
    with pytest.raises(ValueError, match="finite"):
        encoded.nearest([0, 0, 0, np.nan, 0, 0])


def test_the_origin_is_not_typical(encoded):
    """Its image is good and digits are near, and yet nothing is ever drawn there."""
    found = typicality(np.zeros(6), encoded)
    assert found.radius_percentile == 0
    assert found.word == RARE
    assert found.distance_percentile < 95
    assert typicality(np.zeros(6), None).word == RARE


@pytest.mark.parametrize("dim", [6, 16])
@pytest.mark.parametrize(
    ("percentile", "word"),
    [
        (1, RARE),
        (3, TYPICAL),
        (50, TYPICAL),
        (97, TYPICAL),
        (98, RARE),
        (99.8, RARE),
        (99.95, OFF_THE_MAP),
    ],
)
def test_without_images_the_shell_decides(dim, percentile, word):
    found = typicality(in_direction(percentile, dim), None)
    assert found.radius_percentile == pytest.approx(percentile)
    assert found.word == word
    assert found.distance is None
    assert found.distance_percentile is None


def test_far_outside_is_off_the_map(encoded):
    found = typicality(np.full(6, 8.0), encoded)
    assert found.word == OFF_THE_MAP
    assert found.radius_percentile == found.distance_percentile == 100


def test_a_hole_in_the_data_is_off_the_map():
    """A ball without data around a point whose radius is the most usual one."""
    centre = in_direction(50, 6)
    mu = normal(20_000, 6)
    outside = np.linalg.norm(mu - centre, axis=1) > 1.6
    assert typicality(centre, encoded_at(mu)).word == TYPICAL
    assert typicality(centre, encoded_at(mu[outside])).word == OFF_THE_MAP


def test_most_of_what_the_prior_draws_is_typical_where_the_data_fill_it():
    found = words(normal(2000, 6, seed=2), encoded_at(normal(10_000, 6)))
    assert found[TYPICAL] == pytest.approx(0.95 * 0.95, abs=0.03)
    assert found[OFF_THE_MAP] == pytest.approx(0.01, abs=0.01)


def test_the_words_agree_with_what_one_sees(encoded, model):
    """Shares on the shipped model: 96, 96, 90, 63 and 7 % typical were measured."""
    from explorer.model import SampleRequest

    rng = np.random.default_rng(0)
    chosen = rng.choice(len(encoded.mu), 500, replace=False)
    draws = encoded.mu[chosen] + encoded.std[chosen] * rng.standard_normal((500, 6))

    def sampled(source: str) -> dict[str, float]:
        return words(model.draw(SampleRequest(source, count=500)), encoded)

    assert words(encoded.mu[chosen], encoded)[TYPICAL] > 0.93
    assert words(draws, encoded)[TYPICAL] > 0.93
    assert sampled("learned")[TYPICAL] > 0.85
    assert 0.5 < sampled("prior")[TYPICAL] < 0.75
    assert sampled("uniform")[OFF_THE_MAP] > 0.75
    assert words(model.presets, encoded)[TYPICAL] == 1


def test_images_beyond_the_prior_widen_the_shell(encoded):
    """A real image is not unusual for lying where real images lie."""
    assert encoded.shell == pytest.approx(SHELL, abs=0.1)
    for scale in (0.2, 3.0):
        mu = scale * normal(3000, 6)
        assert words(mu[:300], encoded_at(mu, 0.1))[TYPICAL] > 0.9
        assert words(mu[:300], None)[TYPICAL] < 0.1


@pytest.mark.parametrize(("latent_dim", "word"), [(1, TYPICAL), (2, TYPICAL), (3, RARE), (6, RARE)])
def test_the_origin_is_typical_only_where_samples_gather_there(latent_dim, word):
    assert typicality(np.zeros(latent_dim), None).word == word
