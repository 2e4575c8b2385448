"""The two terms of the loss, against what they are by definition."""

from __future__ import annotations

import torch
from torch.distributions import Normal
from torch.distributions import kl_divergence as exact_kl

from vae.losses import kl_divergence, kl_per_dimension, squared_error


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
