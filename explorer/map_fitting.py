"""Where the grid of a map's field lies on the picture, which may show another viewport."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image

from explorer.viewport import QUANTILE, Viewport

BAND_PIXELS = 1_000_000  # painted at a time; the arrays for so many take some 20 MB
PRIOR = Viewport((0.5, 0.5), 1.0, (1, 1), QUANTILE)  # all that a quantile scale has


@dataclass(frozen=True)
class FieldPlace:
    """Where a field's grid lies on the picture.

    box: (left, top, right, bottom) of the field's edges, pixels, also between them and outside.
    rect: the whole pixels of the picture that it covers.
    """

    box: tuple[float, float, float, float]
    rect: tuple[int, int, int, int]

    @classmethod
    def of(cls, origin: Viewport, target: Viewport) -> FieldPlace | None:
        """None where there is nothing of the field to be seen, or it is of another spacing."""
        if origin.spacing != target.spacing:
            return None
        box = origin.box_of(target)
        ends = (0.0, 0.0, float(target.size[0]), float(target.size[1]))
        if target.spacing == QUANTILE:
            # Beyond the prior there is nothing, and a field only repeats its edge there.
            ends = _common(ends, PRIOR.box_of(target))
        left, top, right, bottom = _common(ends, box)
        fuzz = 1e-6 * max(target.size)
        rect = (
            *(math.ceil(left - fuzz), math.ceil(top - fuzz)),
            *(math.floor(right + fuzz), math.floor(bottom + fuzz)),
        )
        return cls(box, rect) if rect[0] < rect[2] and rect[1] < rect[3] else None

    @property
    def corner(self) -> tuple[int, int]:
        """The left top pixel that is covered."""
        return self.rect[:2]

    def bands(self) -> list[FieldPlace]:
        """Horizontal parts of BAND_PIXELS at most, which is what the arrays for one take."""
        left, top, right, bottom = self.rect
        rows = max(1, BAND_PIXELS // (right - left))
        return [
            FieldPlace(self.box, (left, y, right, min(bottom, y + rows)))
            for y in range(top, bottom, rows)
        ]

    def stretched(self, image: Image.Image) -> Image.Image:
        """The part of a field's image that is seen, at the picture's resolution."""
        left, top, right, bottom = self.rect
        across = image.width / (self.box[2] - self.box[0])
        down = image.height / (self.box[3] - self.box[1])
        source = (
            max(0.0, (left - self.box[0]) * across),
            max(0.0, (top - self.box[1]) * down),
            min(float(image.width), (right - self.box[0]) * across),
            min(float(image.height), (bottom - self.box[1]) * down),
        )
        return image.resize((right - left, bottom - top), Image.Resampling.BILINEAR, box=source)

    def cells(self, count: int, axis: int) -> tuple[np.ndarray, np.ndarray, float]:
        """Which cells of a grid the pixels' middles lie between, along one axis.

        Returns the cell before each, the share of the way to the next, and a cell's length in
        pixels.
        """
        low, high = self.box[axis], self.box[axis + 2]
        length = (high - low) / count
        pixels = np.arange(self.rect[axis], self.rect[axis + 2]) + 0.5
        place = np.clip((pixels - low) / length - 0.5, 0.0, count - 1.0)
        before = np.minimum(place.astype(np.intp), max(0, count - 2))
        return before, (place - before).astype(np.float32), length


def prior_cells(viewport: Viewport, columns: int, rows: int) -> tuple[int, int, int, int] | None:
    """(left, top, right, bottom): the cells of a viewport's grid on the prior; None if all are."""
    if viewport.spacing != QUANTILE:
        return None
    box = PRIOR.box_of(viewport)
    cells = [edge / viewport.size[i % 2] * (columns, rows)[i % 2] for i, edge in enumerate(box)]
    left, top = (max(0, math.floor(cell + 0.5)) for cell in cells[:2])
    right, bottom = (math.floor(cell + 0.5) for cell in cells[2:])
    return left, top, max(left + 1, min(columns, right)), max(top + 1, min(rows, bottom))


def _common(box: tuple, other: tuple) -> tuple[float, float, float, float]:
    left, top = max(box[0], other[0]), max(box[1], other[1])
    return left, top, min(box[2], other[2]), min(box[3], other[3])
