"""Real digits on a map: as single dots, or by how dense they lie."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image

from explorer import map_colours as colours
from explorer.map_fitting import BAND_PIXELS
from explorer.viewport import Viewport

# As dots once there are so many pixels at 96 dpi between neighbours in the middle of the cloud.
# Where they would lie denser they are a cloud, or over other colours, which would hide it or be
# hidden by it, as many of them as lie so far apart.
DOTS_FROM = 3.4
SAMPLE_APART = 5.0
DOT_EDGE = 0.45  # its brightness, of the dot's colour
PHASES = 8
DENSITY_SMOOTHING = 1.2  # standard deviation, cells


def apart_in(uv: np.ndarray, viewport: Viewport, scale: float) -> float:
    """Between neighbours in the middle of a cloud (N, 2) that is about Gaussian; pixels at 96 dpi.

    Infinite for less than two.
    """
    if len(uv) < 2:
        return math.inf
    x, y = viewport.pixel_of(uv[:, 0], uv[:, 1])
    spread = float(np.std(x) * np.std(y))
    return math.sqrt(2 * math.pi * spread / len(uv)) / scale


def one_of(apart: float) -> int:
    """Of how many dots that lie so far apart one is shown, so that they are SAMPLE_APART."""
    return math.ceil((SAMPLE_APART / max(apart, 1e-3)) ** 2)


def with_dots(
    picture: Image.Image,
    x: np.ndarray,
    y: np.ndarray,
    labels: np.ndarray,
    classes: int,
    radius: float,
    rim: float,
) -> Image.Image:
    """A picture with a dot for each digit, in its label's colour; the last one on top.

    x, y: (N,) pixels of the picture, also outside of it. radius, rim: pixels, the rim outside.
    """
    reach = math.ceil(radius + rim) + 1
    width, height = picture.size
    seen = (np.abs(x - width / 2) < width / 2 + reach) & (
        np.abs(y - height / 2) < height / 2 + reach
    )
    x, y, labels = x[seen], y[seen], labels[seen]
    left, top = np.floor(x).astype(np.int32), np.floor(y).astype(np.int32)
    # Where in its pixel a dot's middle lies, to an eighth: so few dots need to be drawn.
    steps = np.minimum(np.stack([x - left, y - top]) * PHASES, PHASES - 1).astype(np.intp)
    phase = steps[0] * PHASES + steps[1]
    # The pixels around the one that holds a dot's middle, in a picture with room for whole dots
    # beyond its edges.
    around = np.arange(-reach, reach + 1, dtype=np.int32)
    across, down = (offsets.ravel() for offsets in np.meshgrid(around, around))
    near = np.hypot(across, down) < radius + rim + 0.5 + math.sqrt(0.5)
    across, down = across[near], down[near]
    middle = (np.arange(PHASES) + 0.5) / PHASES - 0.5
    distance = np.hypot(
        across - middle[:, None, None], down - middle[None, :, None], dtype=np.float32
    )
    core = np.clip(radius + 0.5 - distance, 0, 1)
    whole = np.clip(radius + rim + 0.5 - distance, 0, 1)
    strength, rest = (core + DOT_EDGE * (whole - core)).ravel(), (1 - whole).ravel()
    spare = 2 * reach + 1
    wide, high = width + 2 * spare, height + 2 * spare
    offsets, middles = down * wide + across, (top + spare) * wide + left + spare

    pixels = np.array(picture)
    flat = pixels.reshape(-1, 3)
    palette = np.array(colours.class_colours(classes), np.float32)
    # As many dots at a time as their squares of pixels leave the memory alone.
    count = max(1, BAND_PIXELS // len(offsets))
    for start in range(0, len(x), count):
        touched = (middles[start : start + count, None] + offsets).ravel()
        # The last of several dots on a pixel is the one that is seen there.
        owner = np.full(wide * high, -1, np.int32)
        owner[touched] = np.arange(len(touched), dtype=np.int32)
        owner = owner.reshape(high, wide)[spare : spare + height, spare : spare + width].ravel()
        place = np.flatnonzero(owner >= 0)
        dot, offset = np.divmod(owner[place], np.int32(len(offsets)))
        dot += start
        drawn = phase[dot] * len(offsets) + offset
        shades = palette.take(labels[dot], axis=0) * strength.take(drawn)[:, None]
        flat[place] = flat.take(place, axis=0) * rest.take(drawn)[:, None] + shades + 0.5
    return Image.fromarray(pixels)


def densities(
    x: np.ndarray, y: np.ndarray, labels: np.ndarray, count: int, cell: float, size: tuple[int, int]
) -> np.ndarray:
    """(K, h, w), digits of each of `count` classes in the cells of a coarse grid, smoothed.

    x, y: (N,) pixels of a picture of that size. cell: side of one, pixels.
    """
    from scipy import ndimage

    columns, rows = (math.ceil(side / cell) for side in size)
    # A margin, so that what lies just outside has its share at the edge.
    spare = 3
    xs, ys = np.floor(x / cell) + spare, np.floor(y / cell) + spare
    wide, high = columns + 2 * spare, rows + 2 * spare
    seen = (xs >= 0) & (xs < wide) & (ys >= 0) & (ys < high)
    index = (labels[seen].astype(np.intp) * high + ys[seen].astype(np.intp)) * wide
    index += xs[seen].astype(np.intp)
    counts = np.bincount(index, minlength=count * high * wide)
    counts = counts.reshape(count, high, wide).astype(np.float32)
    smooth = ndimage.gaussian_filter(counts, DENSITY_SMOOTHING, axes=(1, 2), mode="constant")
    return smooth[:, spare : spare + rows, spare : spare + columns]


def leading(density: np.ndarray) -> np.ndarray:
    """(K, h, w), the say of each class in a place: the shares of its density's square."""
    squares = density**2
    return squares / np.maximum(squares.sum(axis=0), 1e-12)
