"""The training loss: a reconstruction term plus beta times the KL divergence, per image.

The shipped model minimises the summed squared pixel error plus the KL divergence, both in nats: the
squared error is the negative log-likelihood of a Gaussian with variance 1/2 around x_hat, up to a
constant, so the sum of both terms is a negative ELBO (Kingma & Welling 2014, eq. 3). Other weights
of the KL divergence are those of Higgins et al. 2017, "beta-VAE".
"""

from __future__ import annotations

import math
from types import MappingProxyType

import torch
import torch.nn.functional as F

# What can be minimised beside beta times the KL divergence, by its name on the command line.
RECON_LOSSES = MappingProxyType(
    {
        "sse": "squared error",
        "bce": "binary cross-entropy",
        "l1": "absolute error",
        "sse-learned-variance": "squared error with learned variance",
    }
)
# Pixels are whole multiples of 2/255, so none is known better than within +- 1/255: the variance of
# that rounding, below which a Gaussian would model nothing but it, and its likelihood be unbounded.
SMALLEST_VARIANCE = (2 / 255) ** 2 / 12


def squared_error(x_hat: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Sum of squared pixel errors of each image: two (N, C, H, W) in [-1, 1] -> (N,)."""
    return (x_hat - x).square().flatten(1).sum(1)


def reconstruction_loss(name: str, before_tanh: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """What stands for -log p(x | z), summed over a batch: a scalar, in nats up to a constant.

    name: one of RECON_LOSSES. before_tanh: (N, C, H, W), what the decoder's tanh is applied to, so
    that x_hat = tanh(before_tanh). x: (N, C, H, W) in [-1, 1].
    """
    if name == "bce":
        return binary_cross_entropy(before_tanh, x)
    x_hat = torch.tanh(before_tanh)
    if name == "l1":
        # A Laplace distribution of scale 1 around x_hat, without its constant log 2 a pixel.
        return (x_hat - x).abs().sum()
    sse = squared_error(x_hat, x).sum()
    return sse if name == "sse" else gaussian_of_best_variance(sse, x.numel())


def binary_cross_entropy(before_tanh: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of pixels taken for probabilities of ink, summed: two (N, C, H, W) -> scalar.

    Kingma & Welling 2014, appendix C.1, with both images moved to [0, 1]: the decoder's is then
    (1 + tanh a) / 2 = sigmoid(2 a). From 2 a itself rather than from x_hat, because a pixel of
    x_hat that has rounded to exactly -1 or 1 would have no gradient left. Grey pixels are not
    binary, so this is a loss and no likelihood (Loaiza-Ganem & Cunningham 2019, arXiv:1907.06845).
    """
    return F.binary_cross_entropy_with_logits(2 * before_tanh, (x + 1) / 2, reduction="sum")


def gaussian_of_best_variance(sse: torch.Tensor, n_pixels: int) -> torch.Tensor:
    """-log likelihood of a Gaussian whose one variance is the best for this batch, in nats.

    sse: the batch's summed squared error, a scalar; n_pixels: how many pixels it was summed over.

    The sigma-VAE in its closed form (Rybkin, Daniilidis & Levine 2021, arXiv:2006.13202): the
    variance that maximises the likelihood is the mean squared error. It costs no parameter, and so
    no learning rate, start value or state of an optimiser, all of which a learned scalar would
    need; a batch of 128 digits has 100,000 pixels to estimate one number from. At the best variance
    the loss does not change with it, so no gradient is lost by holding it fixed.
    """
    variance = (sse.detach() / n_pixels).clamp_min(SMALLEST_VARIANCE)
    return sse / (2 * variance) + n_pixels / 2 * torch.log(2 * math.pi * variance)


def kl_per_dimension(mu: torch.Tensor, logvar: torch.Tensor) -> torch.Tensor:
    """KL(q(z | x) || N(0, 1)) of each latent dimension, in nats: two (N, d) -> (N, d).

    Kingma & Welling 2014, appendix B: -1/2 (1 + log sigma^2 - mu^2 - sigma^2).
    """
    return 0.5 * (mu.square() + logvar.exp() - logvar - 1.0)


def kl_divergence(mu: torch.Tensor, logvar: torch.Tensor) -> torch.Tensor:
    """KL(q(z | x) || N(0, I)) of each image, in nats: two (N, d) -> (N,)."""
    return kl_per_dimension(mu, logvar).sum(1)
