"""Where names and lines stand on a map: found in the grid of a field, whatever it is drawn on.

So they move with the map under a pan, and are looked for once for every field. SciPy's image
operations and Matplotlib's contours (contourpy) do the work; both are imported when first needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from vae.maps import ClassMap, RarityMap

# Cells along the longer side of the grid in which places are looked for: fine enough for a name,
# and a distance transform of it takes a millisecond.
NAMING_GRID = 160

# A text along a line: where the line is sampled, how much longer it must be, and how far its middle
# may be off the straight way between its ends, of the text's width.
SAMPLES_OF_TEXT = 12
ROOM_FOR_TEXT = 1.5
MAX_BEND = 0.16


@dataclass(frozen=True)
class NamedRegion:
    """A connected region of one class. x, y: the middle of the largest circle that fits into it,
    and its radius, in cells of the field's grid; the first cell's middle is at 0.5.
    """

    label: int
    x: float
    y: float
    radius: float


@lru_cache(maxsize=4)  # by the identity of the field
def named_regions(classes: ClassMap) -> tuple[NamedRegion, ...]:
    """The regions of a class map with the places for their names, the largest first."""
    return regions_of(classes.best)


def regions_of(best: np.ndarray) -> tuple[NamedRegion, ...]:
    """As `named_regions`. best: (H, W) integers."""
    from scipy import ndimage

    step = max(1, -(-max(best.shape) // NAMING_GRID))
    coarse = best[step // 2 :: step, step // 2 :: step]
    # A cell at a border belongs to it. The picture's edge is one, too: names stay inside.
    inner = np.ones(coarse.shape, bool)
    for axis in (0, 1):
        here = np.diff(coarse.astype(np.int16), axis=axis) != 0
        for part in (slice(None, -1), slice(1, None)):
            index = [slice(None), slice(None)]
            index[axis] = part
            inner[tuple(index)] &= ~here
    distance = ndimage.distance_transform_edt(np.pad(inner, 1))[1:-1, 1:-1]
    components, count = ndimage.label(inner)
    if not count:
        return ()
    numbers = np.arange(1, count + 1)
    places = ndimage.maximum_position(distance, components, numbers)
    found = [
        NamedRegion(
            int(coarse[row, column]),
            min((column + 0.5) * step, best.shape[1] - 0.5),
            min((row + 0.5) * step, best.shape[0] - 0.5),
            float(distance[row, column]) * step,
        )
        for row, column in places
    ]
    return tuple(sorted(found, key=lambda region: -region.radius))


@lru_cache(maxsize=4)
def word_lines(rarity: RarityMap) -> tuple[tuple[np.ndarray, ...], tuple[np.ndarray, ...]]:
    """Where typical ends, and where the map does: lines (N, 2) of x and y in cells, longest first.

    In a picture, whose y grows downwards, what is less usual lies to the right of the way along a
    line from its first point to its last.
    """
    from contourpy import LineType, contour_generator

    from vae.maps import OFF_LEVEL, RARE_LEVEL

    if min(rarity.rarity.shape) < 2:
        return (), ()
    generator = contour_generator(z=rarity.rarity, line_type=LineType.Separate)
    found = []
    for level in (RARE_LEVEL, OFF_LEVEL):
        lines = [points + 0.5 for points in generator.lines(level) if len(points) > 1]
        found.append(tuple(sorted(lines, key=_length, reverse=True)))
    return found[0], found[1]


def _length(points: np.ndarray) -> float:
    return float(np.hypot(*np.diff(points, axis=0).T).sum())


@dataclass(frozen=True)
class Placement:
    """Where a text stands along a line: its middle, pixels; its angle, degrees against the clock
    from the horizontal, upright; and the unit vector to the side of the line that is to its right
    on the way along it.
    """

    x: float
    y: float
    angle: float
    right: tuple[float, float]


def along(
    points: np.ndarray, width: float, size: tuple[int, int], margin: float
) -> Iterator[Placement]:
    """Places for a text of a width along a line, the straightest first.

    Args:
        points: (N, 2), the line, pixels.
        width: of the text, pixels.
        size: (width, height) of the picture, pixels.
        margin: that the text keeps from the picture's edge, pixels.
    """
    steps = np.hypot(*np.diff(points, axis=0).T)
    way = np.concatenate([[0.0], np.cumsum(steps)])
    if way[-1] < ROOM_FOR_TEXT * width:
        return
    places = np.arange(0.0, way[-1], width / SAMPLES_OF_TEXT)
    x, y = (np.interp(places, way, points[:, axis]) for axis in (0, 1))
    n = SAMPLES_OF_TEXT
    start = np.stack([x[:-n], y[:-n]])
    middle = np.stack([x[n // 2 : n // 2 - n], y[n // 2 : n // 2 - n]])
    end = np.stack([x[n:], y[n:]])
    bend = np.hypot(*(middle - (start + end) / 2)) / width
    low, high = margin, np.array(size)[:, None] - margin
    inside = ((start > low) & (start < high) & (end > low) & (end < high)).all(axis=0)
    inside &= bend < MAX_BEND
    for i in np.flatnonzero(inside)[np.argsort(bend[inside], kind="stable")]:
        across, down = end[:, i] - start[:, i]
        length = float(np.hypot(across, down))
        if length > 0:
            angle = float(np.degrees(np.arctan2(-down, across)))
            upright = (angle + 90) % 180 - 90
            right = float(-down / length), float(across / length)
            yield Placement(float(middle[0, i]), float(middle[1, i]), upright, right)
