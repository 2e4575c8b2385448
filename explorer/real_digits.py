"""The bundled real digits, from wherever they are at hand."""

from __future__ import annotations

import numpy as np

from explorer.drawn import Origin
from explorer.model import LoadedModel

COUNT, SIDE = 10_000, 28  # of the bundled digits, known before they are read


class RealDigits:
    """The real digits beside one model: those it has encoded, or the same from their file.

    `read` and `take` are for the background thread until the digits are at hand.
    """

    def __init__(self, model: LoadedModel) -> None:
        encoded = model.encoded
        self._read = None if encoded is None else (encoded.images, encoded.labels)

    @property
    def at_hand(self) -> bool:
        """Whether reading them takes no time."""
        return self._read is not None

    def read(self) -> tuple[np.ndarray, np.ndarray]:
        """Images (N, C, H, W) uint8 and labels (N,).

        Raises:
            vae.data.DataError: their file can't be read.
        """
        if self._read is None:
            from vae.data import bundled_digits

            images, labels = bundled_digits()
            self._read = images[:, None], labels
        return self._read

    def take(self, index: int) -> tuple[np.ndarray, Origin] | None:
        """One digit, (H, W) uint8, and what it is; None if there is none of that number."""
        images, labels = self.read()
        if not 0 <= index < len(images):
            return None
        return images[index, 0], Origin(f"real digit {index}", int(labels[index]), index)

    def of_class(self, label: int | None) -> np.ndarray:
        """The numbers of the digits with that label, or of all."""
        labels = self.read()[1]
        return np.arange(len(labels)) if label is None else np.flatnonzero(labels == label)
