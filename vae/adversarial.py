"""The discriminator, the losses of an adversarial game, and the penalties that keep it stable.

A generator draws images, a discriminator tells them from real ones (Goodfellow et al. 2014,
"Generative Adversarial Networks"). D(x) is a logit: the higher, the more real.
"""

from __future__ import annotations

from types import MappingProxyType

import torch
import torch.nn.functional as F
from torch import nn

LEAK = 0.2  # slope of the discriminator's units below zero
# What a generator and a discriminator play for, by its name on the command line.
GAN_LOSSES = MappingProxyType(
    {
        "relativistic": "relativistic pairing, R1 + R2",
        "non-saturating": "non-saturating, R1",
        "minimax": "minimax, no penalty",
    }
)
PENALISED = MappingProxyType(
    {
        "relativistic": ("real", "generated"),
        "non-saturating": ("real",),
        "minimax": (),
    }
)


class Discriminator(nn.Module):
    """Image -> logit: two convolutions and a linear layer, without normalisation.

    The encoder's shape with one number at its end. No batch normalisation, which would let one
    image's logit depend on the others and leave the gradient penalties without a meaning (Gulrajani
    et al. 2017, arXiv:1704.00028, section 4). 10,000 parameters for 28x28 grey images.

    image_shape: (channels, height, width), height and width multiples of 4. channels: feature maps
    after the first and the second convolution.
    """

    def __init__(
        self, image_shape: tuple[int, int, int], channels: tuple[int, int] = (16, 32)
    ) -> None:
        super().__init__()
        image_channels, height, width = image_shape
        first, second = channels
        self.conv_stack = nn.Sequential(
            nn.Conv2d(image_channels, first, kernel_size=4, stride=2, padding=1),
            nn.LeakyReLU(LEAK),
            nn.Conv2d(first, second, kernel_size=4, stride=2, padding=1),
            nn.LeakyReLU(LEAK),
        )
        self.linear = nn.Linear(second * (height // 4) * (width // 4), 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """x: (N, C, H, W) in [-1, 1] -> logits (N,)."""
        h = self.conv_stack(x)  # (N, 32, 7, 7)
        return self.linear(h.flatten(1)).squeeze(1)


def discriminator_loss(name: str, real: torch.Tensor, generated: torch.Tensor) -> torch.Tensor:
    """What the discriminator minimises, a mean in nats: two (N,) logits -> scalar.

    relativistic: E[softplus(D(G(z)) - D(x))] over pairs of one real and one generated image
    (Jolicoeur-Martineau 2019, arXiv:1807.00734; as a whole objective with R1 and R2, Huang et al.
    2024, arXiv:2501.05441, section 2). The others: the cross-entropy of Goodfellow et al. 2014,
    E[softplus(-D(x))] + E[softplus(D(G(z)))].
    """
    if name == "relativistic":
        return F.softplus(generated - real).mean()
    return F.softplus(-real).mean() + F.softplus(generated).mean()


def generator_loss(name: str, real: torch.Tensor, generated: torch.Tensor) -> torch.Tensor:
    """What the generator minimises, a mean in nats: two (N,) logits -> scalar.

    relativistic: E[softplus(D(x) - D(G(z)))], the discriminator's own with the places exchanged.
    non-saturating: E[softplus(-D(G(z)))], -log of the probability that it is real. minimax:
    -E[softplus(D(G(z)))], log of the probability that it is not: the same game on paper, but where
    the discriminator is sure, the gradient is gone (Goodfellow et al. 2014, section 3).
    """
    if name == "relativistic":
        return F.softplus(real - generated).mean()
    if name == "non-saturating":
        return F.softplus(-generated).mean()
    return -F.softplus(generated).mean()


def squared_gradient_norms(logits: torch.Tensor, images: torch.Tensor) -> torch.Tensor:
    """|dD/dx|^2 of each image, through which gradients flow on to the weights: -> (N,).

    logits: (N,), D of `images` (N, C, H, W), which require a gradient. Half of it times gamma is R1
    on real and R2 on generated images (Mescheder et al. 2018, arXiv:1801.04406, eq. 9 and 10).
    """
    (gradient,) = torch.autograd.grad(logits.sum(), images, create_graph=True)
    return gradient.square().flatten(1).sum(1)
