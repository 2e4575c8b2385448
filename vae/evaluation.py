"""What a trained model is judged by: squared error and KL divergence per image."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from vae.losses import kl_per_dimension, squared_error
from vae.model import VAE, reparameterise
from vae.statistics import ACTIVE_NATS

BATCH = 1000
NOISE_SEED = 20_131_220  # the same draws of z for every model and epoch, so that figures compare


@dataclass(frozen=True)
class Losses:
    """Means per image, in nats.

    sse: sum of squared pixel errors; kl: KL(q(z | x) || N(0, I)).
    """

    sse: float
    kl: float

    @property
    def total(self) -> float:
        """The negative ELBO, up to a constant."""
        return self.sse + self.kl

    def as_dict(self) -> dict[str, float]:
        """For a record: sse, kl, total."""
        return {"sse": self.sse, "kl": self.kl, "total": self.total}


@dataclass(frozen=True)
class Evaluation:
    """Losses of a model on a set of images.

    losses: means over images and draws of z. draws: the total of each draw.
    kl_per_dimension: mean KL divergence of each latent dimension, in nats.
    """

    losses: Losses
    draws: tuple[float, ...]
    kl_per_dimension: tuple[float, ...]

    @property
    def active_dimensions(self) -> int:
        """Number of dimensions that carry at least 0.1 nats."""
        return sum(kl >= ACTIVE_NATS for kl in self.kl_per_dimension)


@torch.inference_mode()
def evaluate(
    vae: VAE,
    images: torch.Tensor,
    draws: int,
    progress: Callable[[float], None] = lambda fraction: None,
) -> Evaluation:
    """Measure a model on images (N, C, H, W) in [-1, 1] on its device, with `draws` draws of z.

    The noise is the same at every call; nothing of torch's global generators is used.
    progress: told the share that is done before every batch; it may raise to end this.
    """
    generator = torch.Generator().manual_seed(NOISE_SEED)
    noise = torch.randn(draws, len(images), vae.config.latent_dim, generator=generator)
    noise = noise.to(images.device)
    sse = torch.zeros(draws, device=images.device)
    kl = torch.zeros(vae.config.latent_dim, device=images.device)
    for start in range(0, len(images), BATCH):
        progress(start / len(images))
        x = images[start : start + BATCH]
        mu, logvar = vae.encoder(x)
        kl += kl_per_dimension(mu, logvar).sum(0)
        for draw in range(draws):
            z = reparameterise(mu, logvar, noise[draw, start : start + BATCH])
            sse[draw] += squared_error(vae.decoder(z), x).sum()
    sse_of_draw = (sse / len(images)).tolist()
    kl_of_dimension = (kl / len(images)).tolist()
    total_kl = sum(kl_of_dimension)
    return Evaluation(
        losses=Losses(sse=sum(sse_of_draw) / draws, kl=total_kl),
        draws=tuple(value + total_kl for value in sse_of_draw),
        kl_per_dimension=tuple(kl_of_dimension),
    )


@torch.inference_mode()
def encode(vae: VAE, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Posterior means and log-variances of images (N, C, H, W) in [-1, 1], each (N, latent_dim)."""
    parts = [vae.encoder(part) for part in images.split(BATCH)]
    mu, logvar = zip(*parts, strict=True)
    return torch.cat(mu).cpu(), torch.cat(logvar).cpu()
