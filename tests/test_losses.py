"""The terms of the loss, against what they are by definition."""

from __future__ import annotations

import math

import pytest
import torch
from torch.distributions import Bernoulli, Laplace, Normal
from torch.distributions import kl_divergence as exact_kl

from vae.losses import (
    SMALLEST_VARIANCE,
    gaussian_of_best_variance,
    kl_divergence,
    kl_per_dimension,
    reconstruction_loss,
    squared_error,
)


def some_images(n: int = 5) -> tuple[torch.Tensor, torch.Tensor]:
    """A decoder's output before its tanh, and images in [-1, 1]."""
    generator = torch.Generator().manual_seed(0)
    shape = (n, 3, 4, 5)
    before_tanh = torch.randn(shape, generator=generator, dtype=torch.float64)
    return before_tanh, torch.rand(shape, generator=generator, dtype=torch.float64) * 2 - 1


def test_squared_error_sums_over_the_pixels_of_each_image():
    x_hat = torch.zeros(2, 3, 4, 5)
    x = torch.stack((torch.full((3, 4, 5), 2.0), torch.zeros(3, 4, 5)))
    assert squared_error(x_hat, x).tolist() == [4 * 3 * 4 * 5, 0]


def test_kl_is_that_of_the_diagonal_gaussian():
    mu = torch.randn(50, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    logvar = torch.randn(50, 4, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    expected = exact_kl(Normal(mu, (0.5 * logvar).exp()), prior)
    torch.testing.assert_close(kl_per_dimension(mu, logvar), expected)
    torch.testing.assert_close(kl_divergence(mu, logvar), expected.sum(1))


def test_kl_of_the_prior_itself_is_zero():
    assert kl_divergence(torch.zeros(1, 6), torch.zeros(1, 6)).item() == 0


def test_sse_is_the_squared_error():
    before_tanh, x = some_images()
    expected = squared_error(before_tanh.tanh(), x).sum()
    assert torch.equal(reconstruction_loss("sse", before_tanh, x), expected)


def test_l1_is_a_laplace_distribution_of_scale_one():
    before_tanh, x = some_images()
    expected = -Laplace(before_tanh.tanh(), 1.0).log_prob(x).sum() - x.numel() * math.log(2)
    torch.testing.assert_close(reconstruction_loss("l1", before_tanh, x), expected)


def test_bce_is_a_bernoulli_distribution_of_pixels_between_zero_and_one():
    before_tanh, x = some_images()
    probability, target = (before_tanh.tanh() + 1) / 2, (x + 1) / 2
    expected = -(target * probability.log() + (1 - target) * (1 - probability).log()).sum()
    torch.testing.assert_close(reconstruction_loss("bce", before_tanh, x), expected)
    ink = x.sign()
    expected = -Bernoulli(probability).log_prob((ink + 1) / 2).sum()
    torch.testing.assert_close(reconstruction_loss("bce", before_tanh, ink), expected)


def test_bce_still_corrects_a_pixel_that_has_rounded_to_the_wrong_end():
    before_tanh = torch.full((1, 1, 1, 1), 30.0, requires_grad=True)
    assert before_tanh.tanh().item() == 1
    loss = reconstruction_loss("bce", before_tanh, torch.full((1, 1, 1, 1), -1.0))
    loss.backward()
    assert loss.item() == 60
    assert before_tanh.grad.item() == 2


def test_the_learned_variance_is_the_one_that_no_other_beats():
    before_tanh, x = some_images()
    x_hat = before_tanh.tanh()
    found = reconstruction_loss("sse-learned-variance", before_tanh, x)
    best = (x_hat - x).square().mean().sqrt()
    torch.testing.assert_close(found, -Normal(x_hat, best).log_prob(x).sum())
    for factor in (0.5, 0.99, 1.01, 2):
        assert -Normal(x_hat, best * factor).log_prob(x).sum() > found


def test_the_learned_variance_has_the_gradient_of_the_logarithm_of_the_error():
    """N D / 2 log(SSE), which is what is left when the best variance is put in."""
    before_tanh, x = some_images()
    gradients = []
    for loss in (
        lambda a: reconstruction_loss("sse-learned-variance", a, x),
        lambda a: x.numel() / 2 * squared_error(a.tanh(), x).sum().log(),
    ):
        a = before_tanh.clone().requires_grad_()
        gradients.append(torch.autograd.grad(loss(a), a)[0])
    torch.testing.assert_close(*gradients)


def test_a_perfect_reconstruction_is_not_taken_for_infinitely_certain():
    loss = gaussian_of_best_variance(torch.zeros(()), 10)
    assert loss.item() == pytest.approx(5 * math.log(2 * math.pi * SMALLEST_VARIANCE))
    # Rounding to 256 levels is off by a uniform number: the variance of that one.
    steps = torch.linspace(-1, 1, 100_001, dtype=torch.float64)
    rounded = ((steps + 1) * 127.5).round() / 127.5 - 1
    assert pytest.approx((rounded - steps).square().mean().item(), rel=1e-3) == SMALLEST_VARIANCE


@pytest.mark.parametrize("name", ["sse", "bce", "l1"])
def test_the_losses_are_sums_over_the_images(name):
    before_tanh, x = some_images()
    parts = [
        reconstruction_loss(name, a[None], image[None])
        for a, image in zip(before_tanh, x, strict=True)
    ]
    torch.testing.assert_close(reconstruction_loss(name, before_tanh, x), sum(parts))
