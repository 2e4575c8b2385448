"""Which real digits are like a drawn one: by what the encoder reads, and by their pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from explorer.drawn import DrawnDigit
from explorer.model import LoadedModel

if TYPE_CHECKING:
    from vae.image_neighbours import PixelNeighbours


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
        self._pixels: PixelNeighbours | None = None
        self._labels: np.ndarray | None = None

    def rows(self, drawn: DrawnDigit, count: int) -> tuple[Alike | None, Alike]:
        """The `count` real digits nearest in latent space and in pixels.

        A real digit is no neighbour of its own. The first is None without an encoder.

        Raises:
            vae.data.DataError: the bundled digits can't be read.
        """
        self._prepare()
        known = None if not drawn.unknown.any() else ~drawn.unknown
        by_pixels = self._pixels.nearest(drawn.image, count + 1, known)
        encoded, by_code = self._model.encoded, None
        if encoded is not None and drawn.posterior is not None:
            by_code = self._alike(*encoded.nearest(drawn.posterior.mu, count + 1), drawn.index)
        return by_code, self._alike(*by_pixels, drawn.index)

    def _alike(self, indices: np.ndarray, distances: np.ndarray, itself: int | None) -> Alike:
        others = np.flatnonzero(indices != itself)[: len(indices) - 1]
        indices, encoded = indices[others], self._model.encoded
        return Alike(
            indices,
            self._labels[indices],
            self._pixels.images[indices],
            distances[others],
            None if encoded is None else encoded.mu[indices],
        )

    def _prepare(self) -> None:
        """Take the encoded digits; without an encoder the same images, from their file."""
        if self._pixels is not None:
            return
        from vae.image_neighbours import PixelNeighbours

        encoded = self._model.encoded
        if encoded is not None:
            images, labels = encoded.images, encoded.labels
        else:
            from vae.data import bundled_digits

            images, labels = bundled_digits()
            images = images[:, None]
        self._pixels, self._labels = PixelNeighbours(images), labels
