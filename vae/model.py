"""The network: a convolutional variational autoencoder and the sizes that define one.

Kingma & Welling 2014, "Auto-Encoding Variational Bayes", with a diagonal Gaussian posterior.
Module names are part of the file format: `linear` and `deconv_stack` in the decoder, `conv_stack`,
`fc_mu` and `fc_logvar` in the encoder are the first parts of the keys of their state_dicts.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

MAX_LATENT_DIM = 64  # more sliders than this are no longer an instrument
DOWNSAMPLING = 4  # two layers of stride 2


@dataclass(frozen=True)
class ModelConfig:
    """Sizes of a VAE of this family.

    latent_dim: number of latent dimensions, 1 to 64.
    image_shape: (channels, height, width) of an image; height and width are multiples of 4.
    channels: feature maps after the encoder's first and second convolution; the decoder mirrors
        them.

    Raises ValueError if a size does not fit.
    """

    latent_dim: int = 6
    image_shape: tuple[int, int, int] = (1, 28, 28)
    channels: tuple[int, int] = (16, 32)

    def __post_init__(self) -> None:
        # A record read from JSON brings lists; stored as tuples, equal configs compare equal.
        object.__setattr__(self, "image_shape", tuple(self.image_shape))
        object.__setattr__(self, "channels", tuple(self.channels))
        if not _is_int(self.latent_dim) or not 1 <= self.latent_dim <= MAX_LATENT_DIM:
            raise ValueError(
                f"latent_dim must be a whole number from 1 to {MAX_LATENT_DIM}, "
                f"not {self.latent_dim!r}"
            )
        if len(self.image_shape) != 3 or not all(_is_int(n) and n > 0 for n in self.image_shape):
            raise ValueError(
                f"image_shape must be (channels, height, width), not {self.image_shape!r}"
            )
        if self.image_shape[1] % DOWNSAMPLING or self.image_shape[2] % DOWNSAMPLING:
            raise ValueError(
                f"height and width must be multiples of {DOWNSAMPLING}, "
                f"not {self.image_shape[1]}x{self.image_shape[2]}"
            )
        if len(self.channels) != 2 or not all(_is_int(n) and n > 0 for n in self.channels):
            raise ValueError(f"channels must be two positive numbers, not {self.channels!r}")

    @property
    def grid(self) -> tuple[int, int, int]:
        """(feature maps, height, width) between the linear and the convolutional layers."""
        _, height, width = self.image_shape
        return self.channels[1], height // DOWNSAMPLING, width // DOWNSAMPLING

    @property
    def n_features(self) -> int:
        """Number of values in that grid: 32 * 7 * 7 = 1568 by default."""
        maps, height, width = self.grid
        return maps * height * width


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


class Encoder(nn.Module):
    """Image -> mean and log-variance of the diagonal Gaussian posterior q(z | x)."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        first, second = config.channels
        self.conv_stack = nn.Sequential(
            nn.Conv2d(config.image_shape[0], first, kernel_size=4, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(first, second, kernel_size=4, stride=2, padding=1),
            nn.ReLU(),
        )
        self.fc_mu = nn.Linear(config.n_features, config.latent_dim)
        self.fc_logvar = nn.Linear(config.n_features, config.latent_dim)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """x: (N, C, H, W) in [-1, 1] -> (mu, logvar), each (N, latent_dim)."""
        h = self.conv_stack(x)  # (N, 32, 7, 7)
        h = h.flatten(1)  # (N, 1568)
        return self.fc_mu(h), self.fc_logvar(h)


class Decoder(nn.Module):
    """Latent vector -> image."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        first, second = config.channels
        self.linear = nn.Linear(config.latent_dim, config.n_features)
        self.deconv_stack = nn.Sequential(
            nn.ConvTranspose2d(second, first, kernel_size=4, stride=2, padding=1),
            nn.ReLU(),
            nn.ConvTranspose2d(first, config.image_shape[0], kernel_size=4, stride=2, padding=1),
            nn.Tanh(),
        )

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        """z: (N, latent_dim), prior standard deviations -> x_hat: (N, C, H, W) in [-1, 1]."""
        h = self.linear(z)  # (N, 1568)
        h = h.view(-1, *self.config.grid)  # (N, 32, 7, 7)
        return self.deconv_stack(h)


class VAE(nn.Module):
    """An encoder and a decoder of the same sizes, trained together."""

    def __init__(self, encoder: Encoder, decoder: Decoder) -> None:
        super().__init__()
        if encoder.config != decoder.config:
            raise ValueError(
                f"encoder and decoder differ in size: {encoder.config} and {decoder.config}"
            )
        self.config = decoder.config
        self.encoder = encoder
        self.decoder = decoder

    @classmethod
    def from_config(cls, config: ModelConfig) -> VAE:
        """A VAE with freshly initialised weights, drawn from torch's global generator."""
        return cls(Encoder(config), Decoder(config))

    def forward(
        self, x: torch.Tensor, noise: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Encode, draw z with the given noise, decode.

        x: (N, C, H, W) in [-1, 1]; noise: (N, latent_dim), drawn from N(0, I).
        Returns x_hat (N, C, H, W), mu and logvar (N, latent_dim).
        """
        mu, logvar = self.encoder(x)
        return self.decoder(reparameterise(mu, logvar, noise)), mu, logvar


def reparameterise(mu: torch.Tensor, logvar: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
    """z = mu + sigma * noise, through which gradients flow (Kingma & Welling 2014, eq. 4)."""
    return mu + torch.exp(0.5 * logvar) * noise
