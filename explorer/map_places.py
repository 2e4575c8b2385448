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

CENTRING = 0.05  # of a name: how much smaller its circle may be for a way to the region's middle

BLUR = 0.8  # standard deviation in cells, of classes that are smoothed

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
def named_regions(
    classes: ClassMap, window: tuple[int, int, int, int] | None = None
) -> tuple[NamedRegion, ...]:
    """The regions of a class map with the places for their names, the largest first.

    window: (left, top, right, bottom), the cells that count; None is all.
    """
    from scipy import ndimage

    left, top, right, bottom = window or (0, 0, *classes.best.shape[::-1])
    best = classes.best[top:bottom, left:right]
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
    middles = np.array([(0.0, 0.0), *ndimage.center_of_mass(inner, components, numbers)])
    rows, columns = np.indices(coarse.shape)
    off = np.hypot(rows - middles[components, 0], columns - middles[components, 1])
    # In a long region many circles are as large; the name stands in the middle of them.
    places = ndimage.maximum_position(distance - CENTRING * off, components, numbers)
    found = [
        NamedRegion(
            int(coarse[row, column]),
            left + min((column + 0.5) * step, best.shape[1] - 0.5),
            top + min((row + 0.5) * step, best.shape[0] - 0.5),
            float(distance[row, column]) * step,
        )
        for row, column in places
    ]
    return tuple(sorted(found, key=lambda region: -region.radius))


@dataclass(frozen=True, eq=False)
class SmoothClasses:
    """A class map whose borders do not run around cells, for large pictures.

    Each class's part of a place is blurred, and the largest takes it. So borders move by less than
    a cell, and what is narrower than one may go.

    best: (factor * H, factor * W) uint8. borders: lines (N, 2), x and y in cells of the first grid;
    what runs between two classes is there for each.
    """

    best: np.ndarray
    borders: tuple[np.ndarray, ...]


@lru_cache(maxsize=1)  # a second picture of a map is seldom saved
def smooth_classes(classes: ClassMap, factor: int) -> SmoothClasses:
    """Smooth a class map, on a grid finer by a factor."""
    from PIL import Image
    from scipy import ndimage

    height, width = classes.best.shape
    labels = np.unique(classes.best)
    parts = [
        ndimage.gaussian_filter((classes.best == label).astype(np.float32), BLUR)
        for label in labels
    ]
    first, second = np.zeros((2, height, width), np.float32)
    for part in parts:
        second = np.maximum(second, np.minimum(first, part))
        first = np.maximum(first, part)
    borders = []
    best = np.zeros((height * factor, width * factor), np.uint8)
    most = np.zeros(best.shape, np.float32)
    for label, part in zip(labels, parts, strict=True):
        # How far the class is ahead of all others; no two are the first at a place but by chance.
        borders += _contours(part - np.where(part == first, second, first), (0.0,))[0]
        fine = np.asarray(Image.fromarray(part).resize(best.shape[::-1], Image.Resampling.BILINEAR))
        best[fine > most] = label
        most = np.maximum(most, fine)
    return SmoothClasses(best, tuple(borders))


@lru_cache(maxsize=4)
def word_lines(rarity: RarityMap) -> tuple[tuple[np.ndarray, ...], tuple[np.ndarray, ...]]:
    """Where typical ends, and where the map does: lines (N, 2) of x and y in cells, longest first.

    In a picture, whose y grows downwards, what is less usual lies to the right of the way along a
    line from its first point to its last.
    """
    from vae.maps import OFF_LEVEL, RARE_LEVEL

    rare, off = _contours(rarity.rarity, (RARE_LEVEL, OFF_LEVEL))
    return tuple(rare), tuple(off)


def _contours(field: np.ndarray, levels: tuple[float, ...]) -> list[list[np.ndarray]]:
    """The contours of a field (H, W) at each level, longest first."""
    from contourpy import LineType, contour_generator

    if min(field.shape) < 2:
        return [[] for _ in levels]
    generator = contour_generator(z=field, line_type=LineType.Separate)
    found = []
    for level in levels:
        lines = [points + 0.5 for points in generator.lines(level) if len(points) > 1]
        found.append(sorted(lines, key=length, reverse=True))
    return found


def length(points: np.ndarray) -> float:
    """Of a line (N, 2)."""
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
    points: np.ndarray, width: float, area: tuple[int, int, int, int], margin: float
) -> Iterator[Placement]:
    """Places for a text of a width along a line, the straightest first.

    Args:
        points: (N, 2), the line, pixels.
        width: of the text, pixels.
        area: (left, top, right, bottom) of where texts may stand, pixels.
        margin: that the line keeps from the area's edges there, pixels.
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
    low, high = np.array(area, float).reshape(2, 2, 1)
    low, high = low + margin, high - margin
    inside = ((start > low) & (start < high) & (end > low) & (end < high)).all(axis=0)
    inside &= bend < MAX_BEND
    for i in np.flatnonzero(inside)[np.argsort(bend[inside], kind="stable")]:
        across, down = end[:, i] - start[:, i]
        span = float(np.hypot(across, down))
        if span > 0:
            angle = float(np.degrees(np.arctan2(-down, across)))
            upright = (angle + 90) % 180 - 90
            right = float(-down / span), float(across / span)
            yield Placement(float(middle[0, i]), float(middle[1, i]), upright, right)
