"""One image encoded: the encoder's own answer, and the figures of the training loss."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.foreign import foreign_state
from vae.data import to_model_range
from vae.decoding import FoldedDecoder
from vae.losses import kl_divergence, squared_error
from vae.model import Decoder, Encoder, ModelConfig
from vae.posterior import QUANTILES, encode_image, typical_figures


@pytest.fixture(scope="module")
def figures(model):
    return typical_figures(model.encoded, model.decoder)


def test_a_real_digit_is_encoded_as_the_encoder_encodes_them_all(model):
    for index in np.random.default_rng(0).integers(0, 10_000, 50):
        posterior = encode_image(model.bundle.encoder, model.decoder, model.encoded.images[index])
        np.testing.assert_allclose(posterior.mu, model.encoded.mu[index], atol=1e-5)
        np.testing.assert_allclose(posterior.std, model.encoded.std[index], rtol=1e-4)


def test_the_figures_are_those_of_the_training_loss(model):
    """With the network that was trained, not the folded one."""
    network = Decoder(model.bundle.config).eval()
    network.load_state_dict({k: torch.tensor(v) for k, v in model.bundle.decoder.items()})
    image = model.encoded.images[7]
    posterior = encode_image(model.bundle.encoder, model.decoder, image)
    with torch.inference_mode():
        x = torch.from_numpy(to_model_range(image[None]))
        mu, logvar = model.bundle.encoder(x)
        x_hat = network(mu)
    assert posterior.sse == pytest.approx(float(squared_error(x_hat, x)), rel=1e-4)
    assert posterior.total_kl == pytest.approx(float(kl_divergence(mu, logvar)), rel=1e-4)
    assert posterior.kl.shape == (model.latent_dim,)
    shown = np.rint((x_hat[0].numpy() + 1) * 127.5)
    assert np.abs(posterior.reconstruction - shown).max() <= 1
    np.testing.assert_array_equal(
        posterior.reconstruction, model.decoder.decode_uint8(posterior.mu)
    )


def test_samples_are_draws_of_the_posterior(model):
    posterior = encode_image(model.bundle.encoder, model.decoder, model.encoded.images[3])
    drawn = posterior.sample(20_000, np.random.default_rng(1))
    assert drawn.shape == (20_000, model.latent_dim)
    np.testing.assert_allclose(drawn.mean(axis=0), posterior.mu, atol=0.03 * posterior.std.max())
    np.testing.assert_allclose(drawn.std(axis=0), posterior.std, rtol=0.03)
    again = posterior.sample(20_000, np.random.default_rng(1))
    np.testing.assert_array_equal(again, drawn)


def test_typical_figures_are_those_of_each_digit(model, figures):
    indices = np.random.default_rng(2).integers(0, 10_000, 40)
    for index in indices:
        posterior = encode_image(model.bundle.encoder, model.decoder, model.encoded.images[index])
        for value, among in ((posterior.sse, figures.sse), (posterior.total_kl, figures.kl)):
            assert np.abs(among - value).min() < 1e-3 * value
    assert len(figures.sse) == len(figures.kl) == 10_000
    assert (np.diff(figures.sse) >= 0).all()
    assert (np.diff(figures.kl) >= 0).all()
    # The mean of the posterior's divergences is what the encoded images say of each dimension.
    assert figures.kl.mean() == pytest.approx(model.encoded.kl.sum())


def test_quantiles_and_percentiles_are_inverse(figures):
    for quantiles, percentile in (
        (figures.sse_quantiles, figures.sse_percentile),
        (figures.kl_quantiles, figures.kl_percentile),
    ):
        assert list(quantiles) == sorted(quantiles)
        assert [percentile(q) for q in quantiles] == pytest.approx(QUANTILES, abs=0.02)
        assert percentile(0.0) == 0.0
        assert percentile(1e9) == 100.0


def test_the_figures_can_be_called_off(model):
    told = []

    def progress(fraction):
        told.append(fraction)
        if fraction > 0.3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        typical_figures(model.encoded, model.decoder, progress)
    assert told == sorted(told)
    assert len(told) > 5


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((28, 28), np.uint8),
        np.zeros((1, 1, 28, 28), np.uint8),
        np.zeros((1, 32, 32), np.uint8),
        np.zeros((3, 28, 28), np.uint8),
        np.zeros((1, 28, 28), np.float32),
    ],
)
def test_what_is_no_image_of_this_model_is_named(model, image):
    with pytest.raises(ValueError, match=r"\(1, 28, 28\), uint8, got .* of shape"):
        encode_image(model.bundle.encoder, model.decoder, image)


def test_a_damaged_encoder_is_named(model):
    encoder = Encoder(model.bundle.config).requires_grad_(False).eval()
    encoder.fc_mu.bias[0] = float("nan")
    with pytest.raises(ValueError, match="no finite answer"):
        encode_image(encoder, model.decoder, model.encoded.images[0])


def test_other_sizes(model):
    """Colour, two dimensions; and an encoder that belongs to another decoder."""
    config = ModelConfig(latent_dim=2, image_shape=(3, 28, 28))
    torch.manual_seed(0)
    encoder = Encoder(config).eval()
    decoder = FoldedDecoder.from_state_dict(foreign_state(latent=2, image_channels=3))
    image = np.random.default_rng(3).integers(0, 256, (3, 28, 28), np.uint8)
    posterior = encode_image(encoder, decoder, image)
    assert posterior.mu.shape == posterior.std.shape == posterior.kl.shape == (2,)
    assert posterior.reconstruction.shape == (3, 28, 28)
    with pytest.raises(ValueError, match="not trained together"):
        encode_image(encoder, model.decoder, model.encoded.images[0])
