"""What the encoded real images say of a latent space: its use, its neighbours, what is typical."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

ACTIVE_NATS = 0.1  # a dimension that carries less is called dead, or unused

ENCODE_BATCH = 250  # about 30 ms, so that a cancel is prompt


@dataclass(frozen=True)
class EncodedImages:
    """Real images as an encoder sees them."""

    images: np.ndarray
    labels: np.ndarray
    mu: np.ndarray
    std: np.ndarray
    kl: np.ndarray

    @cached_property
    def mean(self) -> np.ndarray:
        """The mean of mu over the images, (d,)."""
        return self.mu.mean(axis=0)

    @cached_property
    def spread(self) -> np.ndarray:
        """The standard deviation of mu over the images, (d,)."""
        return self.mu.std(axis=0)

    @cached_property
    def _gaps(self) -> np.ndarray:
        """Distance of each image's mean to the nearest other one, ascending: (N,)."""
        from sklearn.neighbors import KDTree

        return np.sort(KDTree(self.mu).query(self.mu, k=2)[0][:, 1])

    def quantiles(self, q: ArrayLike) -> np.ndarray:
        """Quantiles of mu in every dimension: (Q,) in 0 to 1 -> (Q, d)."""
        return np.quantile(self.mu, np.asarray(q), axis=0)

    def nearest(self, z: ArrayLike, count: int = 5) -> tuple[np.ndarray, np.ndarray]:
        """The images whose means are closest to z: indices and distances, nearest first."""
        distances = np.linalg.norm(self.mu - np.asarray(z), axis=1)
        order = np.argsort(distances, kind="stable")[:count]
        return order, distances[order]

    def distance_percentile(self, distance: float) -> float:
        """Share of the images, 0 to 100, whose own nearest other image is nearer than this."""
        return 100.0 * float(np.searchsorted(self._gaps, distance)) / len(self._gaps)


@dataclass(frozen=True)
class Typicality:
    """How usual a point is; without encoded images only its radius is judged."""

    radius_percentile: float
    distance: float | None
    distance_percentile: float | None
    word: str


def prepare() -> None:
    """Import what `radius_percentile` needs, which takes a while: call this off Tk's thread."""
    import scipy.special  # noqa: F401


def encode_images(
    encoder: object,
    images: np.ndarray,
    labels: np.ndarray,
    progress: Callable[[float], None] = lambda fraction: None,
) -> EncodedImages:
    """Encode real images (N, C, H, W) uint8; progress is told the share done and may raise."""
    import torch

    from vae.data import to_model_range
    from vae.losses import kl_per_dimension

    means, logvars = [], []
    with torch.inference_mode():
        for start in range(0, len(images), ENCODE_BATCH):
            progress(start / len(images))
            x = torch.from_numpy(to_model_range(images[start : start + ENCODE_BATCH]))
            mu, logvar = encoder(x)
            means.append(mu.double())
            logvars.append(logvar.double())
    mu, logvar = torch.cat(means), torch.cat(logvars)
    kl = kl_per_dimension(mu, logvar).mean(0)
    std = (0.5 * logvar).exp()
    return EncodedImages(images, labels, mu.numpy(), std.numpy(), kl.numpy())


def radius_percentile(z: ArrayLike) -> float:
    """Share of prior samples, 0 to 100, that lie nearer to the origin than z (d,)."""
    from scipy.special import chdtr

    z = np.asarray(z, np.float64)
    return 100.0 * float(chdtr(z.size, z @ z))


def typicality(z: ArrayLike, encoded: EncodedImages | None) -> Typicality:
    """How typical a point z (d,) is of the prior and of the encoded images."""
    radius = radius_percentile(z)
    if encoded is None:
        distance = percentile = None
    else:
        distance = float(encoded.nearest(z, 1)[1][0])
        percentile = encoded.distance_percentile(distance)
    return Typicality(radius, distance, percentile, "typical")
