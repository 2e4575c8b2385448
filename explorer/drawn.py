"""A drawn, opened or real digit, together with what the encoder makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from vae.posterior import Posterior


@dataclass(frozen=True, eq=False)
class DrawnDigit:
    """What the Draw page hands to the views of it.

    raw: (H, W) uint8, as it was drawn. image: (C, H, W) uint8, what is encoded: raw as it is, or
    centred as MNIST is. unknown: (H, W) bool, the pixels that nobody has decided on, in the frame
    of `image`, which is black there. posterior: the encoder's answer; None without an
    encoder. source: what it is called, say "drawing", "real digit 123", "photo.png".
    label, index: of a real digit as it is bundled, else None. version: grows with every change,
    so that an answer to an older one can be told.
    """

    raw: np.ndarray
    image: np.ndarray
    unknown: np.ndarray
    posterior: Posterior | None
    source: str
    label: int | None
    index: int | None
    version: int

    @property
    def ink(self) -> np.ndarray:
        """`image` as one channel, (H, W) uint8; of colour the brightest."""
        return self.image.max(axis=0)
