"""Completions: weights against other ways to the same posterior; digits of which half is hidden."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.foreign import ForeignDecoder, foreign_state
from vae.completion import (
    ALIKE,
    ENOUGH,
    JUDGED,
    _squared_distances,
    _systematic,
    _thinned,
    build_bank,
    effective_size,
)
from vae.decoding import FoldedDecoder
from vae.latent import sample_prior

UPPER = np.zeros((28, 28), bool)
UPPER[:14] = True


@pytest.fixture(scope="module")
def bank(model):
    return build_bank(model.decoder, model.probabilities, 0)


def by_brightness(images: np.ndarray) -> np.ndarray:
    """A judge of three classes: the left, the middle, or the right third is the brightest."""
    thirds = np.array_split(images.astype(float).mean(axis=(1, 2)), 3, axis=1)
    return np.stack([third.mean(axis=1) for third in thirds], axis=1) / 255.0


# --- the bank -----------------------------------------------------------------------------------


def test_a_bank_holds_prior_samples_and_their_images(bank, model):
    assert bank.z.shape == (20_000, model.latent_dim)
    np.testing.assert_allclose(bank.z.mean(axis=0), 0.0, atol=0.03)
    np.testing.assert_allclose(np.cov(bank.z.T), np.eye(model.latent_dim), atol=0.03)
    indices = np.array([0, 249, 250, 19_999])
    np.testing.assert_array_equal(bank.images(indices), model.decoder.decode_uint8(bank.z[indices]))
    again = build_bank(model.decoder, None, np.random.default_rng(0), size=300)
    np.testing.assert_array_equal(again.z, sample_prior(300, 6, np.random.default_rng(0)))


def test_squared_errors_are_those_of_the_known_pixels():
    state = foreign_state(latent=3, image_channels=3)
    bank = build_bank(FoldedDecoder.from_state_dict(state), None, 1, size=400)
    image = np.random.default_rng(2).integers(0, 256, (3, 28, 28), np.uint8)
    known = np.random.default_rng(3).random((28, 28)) < 0.3
    with torch.no_grad():
        network = ForeignDecoder(latent=3, image_channels=3)
        network.load_state_dict(state)
        x_hat = network(torch.tensor(bank.z, dtype=torch.float32)).double().numpy()
    error = (x_hat - (image / 127.5 - 1.0))[:, :, known]
    # The bank keeps images in 256 levels: half a level off, at most.
    np.testing.assert_allclose(
        bank.squared_errors(image, known), np.square(error).sum(axis=(1, 2)), rtol=2e-3
    )


# --- weights ------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [1, 2, 4, 10, 28], ids=lambda rows: f"{rows} rows known")
@pytest.mark.parametrize("seed", [0, 1])
def test_in_two_dimensions_the_posterior_is_that_of_a_dense_grid(rows, seed):
    """Where the bank alone is enough, and where all of its weight falls on a few samples."""
    state = foreign_state(seed=seed, latent=2, gain=2.0)
    decoder = FoldedDecoder.from_state_dict(state)
    bank = build_bank(decoder, by_brightness, 0)
    rng = np.random.default_rng(seed)
    image = decoder.decode_uint8(rng.standard_normal(2)).astype(float)
    image = np.clip(image + rng.normal(0, 50, image.shape), 0, 255).astype(np.uint8)
    known = np.zeros((28, 28), bool)
    known[9 : 9 + min(rows, 19)] = True
    known[:] |= rows == 28

    def on_grid(low, high):
        axes = np.linspace(low, high, 141).T
        grid = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2)
        x_hat = decoder.decode(grid)
        error = (x_hat - (image / 127.5 - 1.0))[:, :, known]
        return grid, x_hat, -np.square(error).sum(axis=(1, 2)) - 0.5 * (grid**2).sum(axis=1)

    # All of the prior, and then only where there is something.
    grid, _, log_posterior = on_grid([-5, -5], [5, 5])
    there = grid[log_posterior > log_posterior.max() - 15.0]
    grid, x_hat, log_posterior = on_grid(there.min(axis=0) - 0.2, there.max(axis=0) + 0.2)
    exact = np.exp(log_posterior - log_posterior.max())
    exact /= exact.sum()

    samples = bank.posterior(image, known)
    assert samples.weights.sum() == pytest.approx(1.0)
    assert samples.ess >= 100
    mean = exact @ grid
    spread = np.sqrt(exact @ (grid - mean) ** 2)
    tolerance = 5.0 / np.sqrt(samples.ess)  # five standard errors
    np.testing.assert_allclose((samples.weights @ samples.z - mean) / spread, 0.0, atol=tolerance)
    found = np.sqrt(samples.weights @ (samples.z - mean) ** 2)
    np.testing.assert_allclose(found / spread, 1.0, atol=tolerance)
    # The posterior's mean image, pixel by pixel, is within what its own spread leaves open.
    images = np.tensordot(samples.weights, samples.images.astype(float), 1)
    expected = np.tensordot(exact, x_hat.astype(float), 1)
    deviation = np.sqrt(np.tensordot(exact, (x_hat - expected) ** 2, 1)).mean()
    assert np.abs(images / 127.5 - 1.0 - expected).mean() < tolerance * deviation + 0.004

    levels = np.rint(127.5 * (x_hat + 1.0))
    shares = np.bincount(by_brightness(levels).argmax(axis=1), exact, 3)
    completions = bank.complete(image, known)
    np.testing.assert_allclose(
        completions.class_shares,
        shares,
        atol=0.01 + 5.0 * np.sqrt(shares.max() * (1 - shares.max()) / completions.ess),
    )


def test_prior_samples_and_those_around_modes_have_the_weights_of_one_mixture():
    """Of banks so small that much of the posterior falls on each part: averages over many banks.

    A share or a density of either part that is off by a factor shows as 0.1 to 0.5. The 400 draws
    around modes have the same noise in every bank; it leaves 0.05.
    """
    decoder = FoldedDecoder.from_state_dict(foreign_state(seed=3, latent=2, gain=2.0))
    image = decoder.decode_uint8(np.array([0.4, -0.9]))
    known = np.zeros((28, 28), bool)
    known[14] = True
    axis = np.linspace(-5, 5, 201)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    error = (decoder.decode(grid) - (image / 127.5 - 1.0))[:, :, known]
    exact = np.exp(-np.square(error).sum(axis=(1, 2)) - 0.5 * (grid**2).sum(axis=1))
    exact /= exact.sum()
    moments = []
    for seed in range(20):
        samples = build_bank(decoder, None, seed, size=1000).posterior(image, known)
        assert 100 < samples.bank_ess < ENOUGH
        moments.append(samples.weights @ np.hstack([samples.z, samples.z**2]))
    expected = exact @ np.hstack([grid, grid**2])
    variance = expected[2:] - expected[:2] ** 2
    scale = np.concatenate([np.sqrt(variance), variance])
    np.testing.assert_allclose((np.mean(moments, axis=0) - expected) / scale, 0.0, atol=0.08)


def test_in_six_dimensions_the_shares_are_those_of_very_many_prior_samples(bank, model):
    """Little is known, so that plain importance sampling succeeds, if it takes 100,000 samples."""
    many = build_bank(model.decoder, None, 77, size=100_000)
    known = np.zeros((28, 28), bool)
    known[5:9] = True
    compared = 0
    for index in range(24):
        image = model.encoded.images[index]
        squares = many.squared_errors(image, known).astype(float)
        weights = np.exp(squares.min() - squares)
        reliable = effective_size(weights)
        completions = bank.complete(image, known)
        if reliable < 80 or completions.bank_ess >= ENOUGH:
            continue
        compared += 1
        kept = np.argsort(-weights)[:1500]
        classes = model.probabilities(many.images(kept)).argmax(axis=1)
        shares = np.bincount(classes, weights[kept], 10) / weights[kept].sum()
        noise = np.sqrt(shares * (1 - shares) * (1 / completions.ess + 1 / reliable))
        assert (np.abs(completions.class_shares - shares) <= 0.02 + 4.0 * noise).all()
    assert compared >= 4


def test_half_a_digit_known_leaves_a_hundred_samples_of_400(bank, model):
    """The bank alone leaves one or two. Gaussians half or twice as wide would leave 14 to 50."""
    sizes = [bank.posterior(model.encoded.images[index], UPPER).ess for index in range(40)]
    assert np.median(sizes) > 100
    assert np.percentile(sizes, 10) > 40


def test_with_nothing_known_the_posterior_is_the_prior(bank, model):
    completions = bank.complete(model.encoded.images[0], np.zeros((28, 28), bool))
    assert completions.bank_ess == pytest.approx(20_000)
    z = sample_prior(3000, model.latent_dim, np.random.default_rng(9))
    labels = model.probabilities(model.decoder.decode_uint8(z)).argmax(axis=1)
    shares = np.bincount(labels, minlength=10) / len(labels)
    np.testing.assert_allclose(completions.class_shares, shares, atol=4 * 0.5 / np.sqrt(JUDGED))
    assert len(set(completions.classes)) == 5


def test_with_everything_known_the_completions_are_reconstructions(bank, model):
    for index in range(5):
        image = model.encoded.images[index]
        completions = bank.complete(image, np.ones((28, 28), bool))
        assert completions.bank_ess < ENOUGH
        assert completions.ess > 20
        reach = np.linalg.norm((completions.z - model.encoded.mu[index]), axis=1)
        assert reach[0] < 1.5
        # Samples of a posterior in six dimensions: three nats above the best point, give or take.
        sse = np.square((completions.images[0].astype(float) - image) / 127.5).sum()
        mean = model.decoder.decode_uint8(model.encoded.mu[index]).astype(float)
        assert sse < np.square((mean - image) / 127.5).sum() + 12.0


# --- completions --------------------------------------------------------------------------------


def test_of_100_digits_whose_lower_half_is_hidden_the_right_class_is_among_five(bank, model):
    """At least 90; the first 100 of the bundled digits, all of them test digits of MNIST."""
    right = [
        model.encoded.labels[index] in bank.complete(model.encoded.images[index], UPPER).classes
        for index in range(100)
    ]
    assert sum(right) >= 90


def test_shares_add_up_and_completions_differ(bank, model):
    for index in range(25):
        image = model.encoded.images[index]
        known = UPPER if index % 2 else UPPER[::-1]
        completions = bank.complete(image, known)
        assert completions.z.shape == (5, model.latent_dim)
        np.testing.assert_array_equal(completions.images, model.decoder.decode_uint8(completions.z))
        np.testing.assert_array_equal(
            completions.classes, model.probabilities(completions.images).argmax(axis=1)
        )
        weights, shares = completions.weights, completions.class_shares
        assert list(weights) == sorted(weights, reverse=True)
        assert (weights > 0).all()
        assert shares.sum() == pytest.approx(1.0)
        # What a class has is divided among its completions.
        for label in set(completions.classes):
            assert weights[completions.classes == label].sum() == pytest.approx(shares[label])
        assert shares.argmax() in completions.classes
        found = np.flatnonzero(shares)
        assert len(set(completions.classes)) == min(5, len(found))
        assert len(np.unique(completions.images, axis=0)) == 5
        assert 1 <= completions.ess <= JUDGED


def test_completions_agree_with_what_is_known(bank, model):
    """About as well as the best point does: within the spread of a posterior of six dimensions."""
    excess = []
    for index in range(25):
        image = model.encoded.images[index]
        completions = bank.complete(image, UPPER)
        error = (completions.images.astype(float) - image)[:, :, UPPER] / 127.5
        best = np.square(bank.posterior(image, UPPER).images.astype(float) - image)
        best = best[:, :, UPPER].sum(axis=(1, 2)).min() / 127.5**2
        excess.append(np.square(error[0]).sum() - best)
    assert np.median(excess) < 6.0
    assert max(excess) < 15.0


def test_what_is_not_known_does_not_matter_and_the_same_question_has_the_same_answer(bank, model):
    image = model.encoded.images[42].copy()
    first = bank.complete(image, UPPER)
    image[:, 14:] = np.random.default_rng(0).integers(0, 256, (1, 14, 28), np.uint8)
    second = bank.complete(image, UPPER)
    np.testing.assert_array_equal(first.z, second.z)
    np.testing.assert_array_equal(first.weights, second.weights)


def test_without_a_judge_completions_differ_by_their_looks(model):
    bank = build_bank(model.decoder, None, 0, size=3000)
    completions = bank.complete(model.encoded.images[8], UPPER, 4)
    assert completions.classes is None
    assert completions.class_shares is None
    assert completions.weights.sum() == pytest.approx(1.0)
    assert len(np.unique(completions.images, axis=0)) == 4


@pytest.mark.parametrize(("latent", "channels"), [(1, 1), (2, 3), (16, 1)])
def test_other_sizes(latent, channels):
    decoder = FoldedDecoder.from_state_dict(foreign_state(latent=latent, image_channels=channels))
    bank = build_bank(decoder, by_brightness, 0, size=1000)
    image = decoder.decode_uint8(np.full(latent, 0.5))
    completions = bank.complete(image, UPPER, 3)
    assert completions.images.shape[1:] == decoder.image_shape
    assert len(completions.z) <= 3
    assert np.isfinite(completions.z).all()
    # A point has lower weight the less it fits: the first is near the image that was asked for.
    error = (completions.images.astype(float) - image)[:, :, UPPER] / 127.5
    typical = bank.squared_errors(image, UPPER)
    assert np.square(error[0]).sum() < np.median(typical)


def test_a_bank_of_one_sample_still_answers(model):
    completions = build_bank(model.decoder, model.probabilities, 0, size=1).complete(
        model.encoded.images[0], UPPER
    )
    assert np.isfinite(completions.weights).all()
    assert completions.bank_ess == 1.0


def test_distances_are_those_of_the_pixels():
    """Also where images of many bright pixels differ by little, and exactly 0 between copies."""
    rng = np.random.default_rng(0)
    for shape in ((9, 1, 28, 28), (110, 3, 32, 32)):
        images = rng.integers(200, 256, shape, np.uint8)
        images[1] = images[0]
        images[2] = images[0] // 2
        flat = images.reshape(len(images), -1) / 127.5
        expected = np.square(flat[:, None] - flat).sum(axis=2)
        found = _squared_distances(images)
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=ALIKE)
        assert found[0, 1] == 0.0


def test_where_all_images_are_the_same_there_is_one_completion():
    state = {key: torch.zeros_like(value) for key, value in foreign_state(latent=3).items()}
    decoder = FoldedDecoder.from_state_dict(state)
    image = np.random.default_rng(0).integers(0, 256, decoder.image_shape, np.uint8)
    completions = build_bank(decoder, by_brightness, 0, size=500).complete(image, UPPER)
    assert completions.bank_ess == pytest.approx(500)
    np.testing.assert_allclose(completions.weights, [1.0])


def test_some_of_the_samples_have_the_images_that_all_of_them_have(bank, model):
    samples = bank.posterior(model.encoded.images[0], UPPER)
    assert len(samples.images) == len(samples.z) == len(samples.weights)
    np.testing.assert_array_equal(samples.images, model.decoder.decode_uint8(samples.z))
    some = np.array([len(samples.z) - 1, 0, 0, 3])
    np.testing.assert_array_equal(samples.images_of(some), samples.images[some])


# --- drawing by weight --------------------------------------------------------------------------


@given(
    weights=st.lists(st.floats(0, 100, allow_subnormal=False), min_size=1, max_size=40),
    count=st.integers(1, 60),
    seed=st.integers(0, 999),
)
@settings(max_examples=200)
def test_each_is_drawn_as_often_as_its_weight_says(weights, count, seed):
    weights = np.array(weights) + (np.sum(weights) == 0)
    drawn = _systematic(weights, count, np.random.default_rng(seed))
    assert len(drawn) == count
    times = np.bincount(drawn, minlength=len(weights))
    assert (np.abs(times - count * weights / weights.sum()) <= 1 + 1e-6).all()


def test_thinning_keeps_every_share_on_average():
    rng = np.random.default_rng(0)
    weights = rng.exponential(size=600) ** 4
    weights /= weights.sum()
    groups = rng.integers(0, 4, 600)
    exact = np.bincount(groups, weights)
    shares = []
    for _ in range(400):
        indices, mass = _thinned(weights, 100, rng)
        assert mass.sum() == pytest.approx(1.0)
        assert len(indices) == len(set(indices)) <= 100
        shares.append(np.bincount(groups[indices], mass, 4))
    error = np.std(shares, axis=0).max() / np.sqrt(len(shares))
    np.testing.assert_allclose(np.mean(shares, axis=0), exact, atol=5 * error + 0.005)


# --- refusals -----------------------------------------------------------------------------------


def test_building_can_be_called_off(model):
    told = []

    def progress(fraction):
        told.append(fraction)
        if fraction > 0.2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_bank(model.decoder, None, 0, progress=progress)
    assert told == sorted(told)
    assert len(told) > 10


def test_what_does_not_fit_is_named(bank, model):
    image = model.encoded.images[0]
    with pytest.raises(ValueError, match="uint8"):
        bank.complete(image.astype(float), UPPER)
    with pytest.raises(ValueError, match="uint8"):
        bank.complete(image[0], UPPER)
    with pytest.raises(ValueError, match="mask of shape"):
        bank.complete(image, UPPER[:14])
    with pytest.raises(ValueError, match="mask of shape"):
        bank.complete(image, UPPER.astype(np.uint8))
    with pytest.raises(ValueError, match="at least one completion"):
        bank.complete(image, UPPER, 0)
    with pytest.raises(ValueError, match="at least one sample"):
        build_bank(model.decoder, None, 0, size=0)
