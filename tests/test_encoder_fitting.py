"""An encoder for a generator: it inverts what it was fitted to, and leaves the generator alone."""

from __future__ import annotations

import math

import pytest
import torch

from vae.data import bundled_digits, to_model_range
from vae.encoder_fitting import fit_encoder, inversion_loss, reconstruction_loss
from vae.evaluation import evaluate
from vae.model import VAE, Decoder, Encoder
from vae.weights import load_decoder


@pytest.fixture(scope="module")
def generator() -> Decoder:
    from explorer.shipped import SHIPPED_WEIGHTS

    return load_decoder(SHIPPED_WEIGHTS).requires_grad_(False)


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    digits, _ = bundled_digits()
    return torch.from_numpy(to_model_range(digits[:2000]))


@pytest.fixture(scope="module")
def encoder(generator, images) -> Encoder:
    return fit_encoder(generator, images, epochs=2, n_images=6400, seed=0)


def test_it_finds_the_points_of_generated_images(generator, encoder):
    z = torch.randn(500, 6, generator=torch.Generator().manual_seed(5))
    with torch.no_grad():
        mu, logvar = encoder(generator(z))
    error = (mu - z).square().mean().sqrt()
    assert error < 0.55  # knowing nothing, it is 1
    # It knows about how far it is off: errors in units of its own standard deviation.
    scaled = ((mu - z) / torch.exp(0.5 * logvar)).square().mean().sqrt()
    assert 0.5 < scaled < 2.0


def test_it_finds_points_for_real_images(generator, encoder, images):
    found = evaluate(VAE(encoder, generator), images[:500], draws=1)
    average = (images - images.mean(0)).square().sum((1, 2, 3)).mean()
    assert found.losses.sse < 0.75 * float(average)
    assert 2 < found.losses.kl < 30


def test_the_generator_is_left_as_it_was(generator, images):
    before = {key: value.clone() for key, value in generator.state_dict().items()}
    fit_encoder(generator, images[:300], epochs=1, n_images=300, seed=0)
    for key, value in generator.state_dict().items():
        assert torch.equal(value, before[key])


def test_it_can_be_ended_between_passes(generator, images):
    class StoppedError(Exception):
        pass

    def stop(share: float) -> None:
        assert share == 0.5
        raise StoppedError

    with pytest.raises(StoppedError):
        fit_encoder(generator, images[:200], epochs=1, n_images=200, seed=0, progress=stop)


def test_the_losses_are_what_they_say(generator, images):
    torch.manual_seed(0)
    encoder = Encoder(generator.config)
    z = torch.randn(40, 6)
    with torch.no_grad():
        mu, logvar = encoder(generator(z))
        density = torch.distributions.Normal(mu, torch.exp(0.5 * logvar)).log_prob(z).sum(1).mean()
        loss = inversion_loss(encoder, generator, z)
    assert float(loss) == pytest.approx(float(-density) - 3 * math.log(2 * math.pi), rel=1e-4)

    noise, x = torch.randn(40, 6), images[:40]
    with torch.no_grad():
        mu, logvar = encoder(x)
        sse = (generator(mu + torch.exp(0.5 * logvar) * noise) - x).square().sum((1, 2, 3)).mean()
        normal = torch.distributions.Normal(mu, torch.exp(0.5 * logvar))
        prior = torch.distributions.Normal(torch.zeros(6), torch.ones(6))
        kl = torch.distributions.kl_divergence(normal, prior).sum(1).mean()
        loss = reconstruction_loss(encoder, generator, x, noise)
    assert float(loss) == pytest.approx(float(sse + kl), rel=1e-4)
