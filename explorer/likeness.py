"""Which real digits are like a drawn one: by what the encoder reads, and by their pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.drawn import DrawnDigit
from explorer.model import LoadedModel
from explorer.real_digits import RealDigits


@dataclass(frozen=True, eq=False)
class Alike:
    """Real digits, nearest first.

    indices: (n,), as their data set counts. labels: (n,). images: (n, C, H, W) uint8. distances:
    (n,), of means in prior standard deviations, or of pixels in image units. mu: (n, latent_dim),
    their posterior means; None without an encoder.
    """

    indices: np.ndarray
    labels: np.ndarray
    images: np.ndarray
    distances: np.ndarray
    mu: np.ndarray | None


class Likeness:
    """The real digits of one model. `rows` is for the background thread."""

    def __init__(self, model: LoadedModel) -> None:
        self._model = model
        self._digits = RealDigits(model)

    def rows(self, drawn: DrawnDigit, count: int) -> tuple[Alike | None, Alike]:
        """The `count` real digits nearest in latent space and in pixels; 10 ms.

        A real digit is no neighbour of its own. Unknown pixels don't count. The first is None
        without an encoder.

        Raises:
            vae.data.DataError: the bundled digits can't be read.
        """
        from vae.image_neighbours import PixelNeighbours

        images, _ = self._digits.read()
        image = drawn.image
        if drawn.unknown.any():
            images = np.where(drawn.unknown, np.uint8(0), images)
            image = np.where(drawn.unknown, np.uint8(0), image)
        by_pixels = PixelNeighbours(images).nearest(image, count + 1)
        encoded, by_code = self._model.encoded, None
        if encoded is not None and drawn.posterior is not None:
            by_code = self._alike(*encoded.nearest(drawn.posterior.mu, count + 1), drawn.index)
        return by_code, self._alike(*by_pixels, drawn.index)

    def _alike(self, indices: np.ndarray, distances: np.ndarray, itself: int | None) -> Alike:
        others = np.flatnonzero(indices != itself)[: len(indices) - 1]
        indices, encoded = indices[others], self._model.encoded
        images, labels = self._digits.read()
        return Alike(
            indices,
            labels[indices],
            images[indices],
            distances[others],
            None if encoded is None else encoded.mu[indices],
        )
