"""The training loss: summed squared pixel error plus KL divergence, both in nats per image.

The squared error is the negative log-likelihood of a Gaussian with variance 1/2 around x_hat, up to
a constant, so the sum of both terms is a negative ELBO (Kingma & Welling 2014, eq. 3).
"""

from __future__ import annotations

import torch


def squared_error(x_hat: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Sum of squared pixel errors of each image: two (N, C, H, W) in [-1, 1] -> (N,)."""
    return (x_hat - x).square().flatten(1).sum(1)


def kl_per_dimension(mu: torch.Tensor, logvar: torch.Tensor) -> torch.Tensor:
    """KL(q(z | x) || N(0, 1)) of each latent dimension, in nats: two (N, d) -> (N, d).

    Kingma & Welling 2014, appendix B: -1/2 (1 + log sigma^2 - mu^2 - sigma^2).
    """
    return 0.5 * (mu.square() + logvar.exp() - logvar - 1.0)


def kl_divergence(mu: torch.Tensor, logvar: torch.Tensor) -> torch.Tensor:
    """KL(q(z | x) || N(0, I)) of each image, in nats: two (N, d) -> (N,)."""
    return kl_per_dimension(mu, logvar).sum(1)
