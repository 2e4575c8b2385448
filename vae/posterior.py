"""What the encoder says of one image: its posterior q(z | x), and how well that explains it.

The figures are those of the training loss (`vae.losses`): squared error of the float reconstruction
in image units ([-1, 1]), and KL divergence in nats. Torch is imported by `encode_image` alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vae.data import to_model_range
from vae.decoding import FoldedDecoder

if TYPE_CHECKING:
    from vae.model import Encoder
    from vae.statistics import EncodedImages

QUANTILES = (5, 50, 95)  # in percent, of TypicalFigures
DECODE_BATCH = 250  # 5 ms on one core, between two reports of progress


@dataclass(frozen=True, eq=False)
class Posterior:
    """The posterior of one image, a diagonal Gaussian in d dimensions.

    mu, std: (d,), prior standard deviations. kl: (d,), KL(q(z_i | x) || N(0, 1)) in nats.
    reconstruction: uint8 (C, H, W), the image at mu. sse: summed squared error of that
    reconstruction before it is rounded to 256 levels, in squared image units.

    The sum of sse and `total_kl` is not quite the training loss of the image, which decodes a
    sample of the posterior, not its mean: with the shipped weights it is 3 nats lower on average.
    """

    mu: np.ndarray
    std: np.ndarray
    kl: np.ndarray
    reconstruction: np.ndarray
    sse: float

    @property
    def total_kl(self) -> float:
        """KL(q(z | x) || N(0, I)), in nats."""
        return float(self.kl.sum())

    def sample(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """Draw points of the posterior: (count, d)."""
        return self.mu + self.std * rng.standard_normal((count, len(self.mu)))


@dataclass(frozen=True, eq=False)
class TypicalFigures:
    """Squared errors and KL divergences of real images, to compare one image with.

    sse, kl: (N,), ascending, as `Posterior.sse` and `Posterior.total_kl` are for each image.
    """

    sse: np.ndarray
    kl: np.ndarray

    @property
    def sse_quantiles(self) -> tuple[float, ...]:
        """The squared errors at `QUANTILES`."""
        return tuple(float(q) for q in np.percentile(self.sse, QUANTILES))

    @property
    def kl_quantiles(self) -> tuple[float, ...]:
        """The KL divergences at `QUANTILES`, in nats."""
        return tuple(float(q) for q in np.percentile(self.kl, QUANTILES))

    def sse_percentile(self, sse: float) -> float:
        """The share of the real images, 0 to 100, that are reconstructed better than this."""
        return 100.0 * float(self.sse.searchsorted(sse)) / len(self.sse)

    def kl_percentile(self, kl: float) -> float:
        """The share of the real images, 0 to 100, whose code takes fewer nats than this."""
        return 100.0 * float(self.kl.searchsorted(kl)) / len(self.kl)


def encode_image(encoder: Encoder, decoder: FoldedDecoder, image: np.ndarray) -> Posterior:
    """Encode one image (C, H, W) uint8, and decode the mean of its posterior; 0.4 ms.

    Raises ValueError if the image does not fit the networks, or they give no finite answer.
    """
    import torch

    from vae.losses import kl_per_dimension, squared_error

    image = checked_image(image, decoder.image_shape)
    if encoder.config.image_shape != decoder.image_shape:
        raise ValueError(
            f"the encoder reads images of shape {encoder.config.image_shape}, but the decoder "
            f"makes {decoder.image_shape}; they were not trained together"
        )
    with torch.inference_mode():
        x = torch.from_numpy(to_model_range(image[None]))
        mu, logvar = (answer.double() for answer in encoder(x))
        kl = kl_per_dimension(mu, logvar)[0].numpy()
        if not np.isfinite(kl).all():
            raise ValueError("the encoder gives no finite answer here; its weights are damaged")
        std = (0.5 * logvar[0]).exp().numpy()
        mu = mu[0].numpy()
        sse = float(squared_error(torch.from_numpy(decoder.decode(mu[None])), x)[0])
    return Posterior(mu, std, kl, decoder.decode_uint8(mu), sse)


def typical_figures(
    encoded: EncodedImages,
    decoder: FoldedDecoder,
    progress: Callable[[float], None] = lambda fraction: None,
) -> TypicalFigures:
    """The figures of every encoded image; 0.15 s for 10,000 digits.

    progress: told the share that is done, many times a second; it may raise to end this.
    """
    sse = np.empty(len(encoded.images))
    for start in range(0, len(sse), DECODE_BATCH):
        progress(start / len(sse))
        batch = slice(start, start + DECODE_BATCH)
        error = decoder.decode(encoded.mu[batch])
        error -= to_model_range(encoded.images[batch])
        sse[batch] = np.square(error, out=error).sum(axis=(1, 2, 3))
    variance = encoded.std**2
    # Kingma & Welling 2014, appendix B, as in vae.losses, which knows tensors only.
    kl = 0.5 * (encoded.mu**2 + variance - np.log(variance) - 1.0).sum(axis=1)
    progress(1.0)
    return TypicalFigures(np.sort(sse), np.sort(kl))


def checked_image(image: np.ndarray, image_shape: tuple[int, int, int]) -> np.ndarray:
    """The image as an array. Raises ValueError unless it is uint8 of this (C, H, W)."""
    image = np.asarray(image)
    if image.dtype != np.uint8 or image.shape != image_shape:
        raise ValueError(
            f"expected an image of shape {image_shape}, uint8, got {image.dtype} of shape "
            f"{image.shape}"
        )
    return image
