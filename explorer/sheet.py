"""A sheet of labelled images: the texts around them, and one picture of them all."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image


@dataclass(frozen=True)
class Sheet:
    """What stands around the images of a sheet, which are in reading order.

    count: number of images. columns: images in a row; None lets the rows wrap as the room allows.
    row_names, row_notes: a text and a smaller one for each row, or empty. greyed: rows that mean
    nothing. header: a text above each column, or empty. captions: a text below each image, lines
    parted by \\n, or empty.
    """

    count: int
    columns: int | None = None
    row_names: tuple[str, ...] = ()
    row_notes: tuple[str, ...] = ()
    greyed: frozenset[int] = frozenset()
    header: tuple[str, ...] = ()
    captions: tuple[str, ...] = ()

    @property
    def caption_lines(self) -> int:
        """The most lines that a caption has."""
        return max((caption.count("\n") + 1 for caption in self.captions), default=0)


def tiled(
    pixels: np.ndarray,
    columns: int,
    cell: tuple[int, int],
    step: tuple[int, int],
    background: tuple[int, int, int],
) -> Image.Image:
    """Scale images smoothly, each on its own, and lay them out in rows.

    One product of small matrices for all images: a resize by Pillow for each takes five times as
    long, and one for all together blends neighbours at their edges.

    Args:
        pixels: (N, C, H, W) uint8, N at least 1. With neither one channel nor three, the first.
        columns: images in a row.
        cell: (width, height) of an image in the picture.
        step: (x, y) from one image to the next, at least as much.
        background: red, green, blue, 0 to 255, between the images.

    Returns:
        A picture in RGB of one step for every image, and for those missing in the last row.
    """
    n, channels, height, width = pixels.shape
    shown = 3 if channels == 3 else 1
    rows = math.ceil(n / columns)
    levels = _weights(height, cell[1]) @ pixels[:, :shown].astype(np.float32)
    levels = levels @ _weights(width, cell[0]).T
    levels += 0.5
    planes = np.zeros((shown, rows * columns, step[1], step[0]), np.uint8)
    planes[:, :n, : cell[1], : cell[0]] = levels.astype(np.uint8).swapaxes(0, 1)
    planes = planes.reshape(shown, rows, columns, step[1], step[0]).swapaxes(2, 3)
    bands = [Image.fromarray(plane.reshape(rows * step[1], -1)) for plane in planes]
    picture = Image.merge("RGB", bands if shown == 3 else bands * 3)
    # Filling the gaps afterwards is faster than laying out three bands over a background.
    for right in range(step[0], picture.width + 1, step[0]):
        picture.paste(background, (right - step[0] + cell[0], 0, right, picture.height))
    for bottom in range(step[1], picture.height + 1, step[1]):
        picture.paste(background, (0, bottom - step[1] + cell[1], picture.width, bottom))
    if n % columns:
        corner = n % columns * step[0], (rows - 1) * step[1]
        picture.paste(background, (*corner, *picture.size))
    return picture


@lru_cache(maxsize=8)  # two for the size of the window, and for those it had just before
def _weights(inputs: int, outputs: int) -> np.ndarray:
    """Linear interpolation as Pillow's BILINEAR does it: (outputs, inputs), rows sum to 1."""
    scale = inputs / outputs
    centres = (np.arange(outputs) + 0.5) * scale
    distances = np.abs(np.arange(inputs) + 0.5 - centres[:, None])
    weights = np.maximum(0.0, 1.0 - distances / max(1.0, scale))
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
