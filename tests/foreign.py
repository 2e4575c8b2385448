"""A decoder as somebody else would write it: torch only, nothing of this project.

It has the state_dict keys of this family and no other thing in common with `vae.model`.
"""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import nn


class ForeignDecoder(nn.Module):
    """latent -> linear -> two transposed convolutions -> tanh."""

    def __init__(
        self, latent: int = 6, side: int = 28, image_channels: int = 1, wide: int = 32, narrow=16
    ) -> None:
        super().__init__()
        self.wide, self.rows = wide, side // 4
        self.linear = nn.Linear(latent, wide * self.rows**2)
        self.deconv_stack = nn.Sequential(
            nn.ConvTranspose2d(wide, narrow, 4, 2, 1),
            nn.ReLU(),
            nn.ConvTranspose2d(narrow, image_channels, 4, 2, 1),
            nn.Tanh(),
        )

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        hidden = self.linear(z)
        return self.deconv_stack(hidden.reshape(len(z), self.wide, self.rows, self.rows))


def foreign_state(seed: int = 0, gain: float = 2.0, **sizes: int) -> OrderedDict:
    """The weights of an untrained one, scaled so that its images have light and dark pixels."""
    torch.manual_seed(seed)
    state = ForeignDecoder(**sizes).state_dict()
    return OrderedDict((key, gain * tensor) for key, tensor in state.items())
