"""Attributes of handwriting, measured on images of light strokes on a dark ground.

The idea, and most of the attributes, are those of Castro et al. 2019, "Morpho-MNIST: Quantitative
Assessment and Diagnostics for Representation Learning", section 2.1; the measures are our own.

Lengths are in pixels of the given image. A shape is what is at least half as bright as the image's
brightest pixel, on a grid FINENESS times finer, between whose points brightness is interpolated
linearly: of a straight upright edge whose pixel is partly covered, this finds the place to within
0.14 pixels.

Errors below are the largest among drawn bars, rings and arcs with such edges, 14,000 or more of
each, in the attribute's unit and in standard deviations (sd) among the bundled digits, in which
effects are compared; `python -m benchmarks.attributes` draws others. They are largest for straight
edges along the grid, all of which are rounded alike; a pen's strokes have hardly any.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

# Grid points per pixel and axis. On the 10,000 bundled digits, 2 and 4 differ by 0.14 sd in loop,
# 0.09 in thickness and less in the others (root mean square); 4 takes three times as long.
FINENESS = 2
# An image whose brightest pixel is darker than this has no shape, as a quarter of white is hardly
# seen; everything about it is NaN but its ink.
MIN_BRIGHTNESS = 64
# Images at a time: 10 ms, should one of the calls hold Python's lock all the while, and their grids
# stay in the cache; with 200 it takes half as long again.
BATCH = 50


@dataclass(frozen=True)
class Attribute:
    """What is measured.

    name: one word. unit. meaning: what a larger value means.
    composite: made up of the others, so that to hold it fixed while one of them changes would
        force the rest to change the other way.
    """

    name: str
    unit: str
    meaning: str
    composite: bool = False


ATTRIBUTES = (
    # Mean brightness, the one attribute that knows of grey: exact.
    Attribute("ink", "% of white", "more light on the image", composite=True),
    # Four times the mean distance of a point of the shape to the ground; in a stroke of width w
    # and length L that is w - w^2 / (3 L), as its ends are near, too. From this, within 0.35 pixels
    # (0.5 sd; 0.1 on average) for arcs, 0.45 for rings, 0.65 (0.9 sd; 0.2 on average) for straight
    # bars. The grid alone makes 0.09 sd of it on real digits, see FINENESS. A skeleton would need
    # another library, and one pixel more makes it grow a twig.
    Attribute("thickness", "pixels", "broader strokes"),
    # atan(-mu_xy / mu_yy) from the second central moments of brightness, rows counted downwards:
    # the angle of the shear that the regression of x on y undoes. Within 0.8 degrees (0.05 sd) for
    # bars 2.5 pixels wide or more, sheared by up to 45; within 1.2 for those of 1.5 pixels that are
    # nearly upright, as a pixel does not tell where in it the ink is. What has no height has no
    # slant: NaN.
    Attribute("slant", "degrees", "leaning further to the right"),
    # Sides of the parallelogram around the shape: level above and below, at the slant's angle to
    # the left and right; width is measured along the rows. Both within 0.35 pixels (0.1 sd of
    # width, 0.3 of height) for bars 2.5 pixels wide or more; where 1.5 pixels lean by 45 degrees
    # the tips are dim, and both are within 0.8 (0.2 and 0.7 sd).
    Attribute("width", "pixels", "wider, once its slant is undone"),
    Attribute("height", "pixels", "taller"),
    # Area of the ground that cannot reach the image's edge by steps up, down, left and right.
    # Within 4.5 of 20 to 113 square pixels (0.2 sd), and too small by 2 % on average. Six digits in
    # ten have none, and where a loop closes the value jumps: it cannot be linear in z.
    Attribute("loop", "square pixels", "larger closed loops"),
)
NAMES = tuple(attribute.name for attribute in ATTRIBUTES)


def measure(
    images: np.ndarray, progress: Callable[[float], None] = lambda fraction: None
) -> np.ndarray:
    """Measure every attribute of every image; 2 to 3 seconds for 10,000 digits.

    Args:
        images: (N, C, H, W) uint8, light on dark; channels are averaged.
        progress: told the share that is done, many times a second; it may raise to end this.

    Returns:
        float64, (N, len(ATTRIBUTES)), in the order and units of `ATTRIBUTES`; NaN where an image
        is too dark to have a shape.

    Raises:
        ValueError: the images are not such an array.
    """
    images = np.asarray(images)
    if images.dtype != np.uint8 or images.ndim != 4 or 0 in images.shape[1:]:
        raise ValueError(
            f"images must be uint8 of shape (N, C, H, W), not {images.dtype} of shape "
            f"{images.shape}"
        )
    rows, columns = (_refinement(size) for size in images.shape[2:])
    measured = np.empty((len(images), len(ATTRIBUTES)))
    for start in range(0, len(images), BATCH):
        progress(start / len(images))
        grey = images[start : start + BATCH].mean(axis=1, dtype=np.float32)
        measured[start : start + BATCH] = _measure_batch(grey, rows, columns)
    progress(1.0)
    return measured


def _measure_batch(grey: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """grey: (n, H, W), 0 to 255. rows, columns: see `_refinement`."""
    brightest = grey.max(axis=(1, 2))
    # One point of ground around each image: distances end there, and the grounds are connected.
    # Brightness is in units of what still belongs to the shape.
    levels = rows @ grey @ columns.T / (0.5 * np.maximum(brightest, 1.0))[:, None, None]
    levels = np.pad(levels, ((0, 0), (1, 1), (1, 1)))
    shapes = levels >= 1.0
    slant, middle = _slant(grey)
    width, height = _extent(levels, shapes, slant, middle)
    columns_of_table = {
        "ink": grey.mean(axis=(1, 2), dtype=np.float64) / 2.55,
        "thickness": _thickness(shapes),
        "slant": np.degrees(np.arctan(slant)),
        "width": width,
        "height": height,
        "loop": _loop(shapes),
    }
    table = np.stack([columns_of_table[name] for name in NAMES], axis=1)
    table[brightest < MIN_BRIGHTNESS, 1:] = np.nan
    return table


def _refinement(size: int) -> np.ndarray:
    """The matrix (FINENESS * size, size) that interpolates linearly, level beyond the edges."""
    places = (np.arange(FINENESS * size) + 0.5) / FINENESS - 0.5  # in pixels, centres at integers
    places = np.clip(places, 0.0, size - 1.0)
    return np.maximum(1.0 - np.abs(places[:, None] - np.arange(size)), 0.0).astype(np.float32)


def _slant(grey: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How many pixels to the right a shape goes per pixel upwards, and the middle row, (n,)."""
    height, width = grey.shape[1:]
    x, y = np.arange(width) - (width - 1) / 2, np.arange(height) - (height - 1) / 2
    by_row = np.stack([grey.sum(axis=2, dtype=np.float64), grey @ x])  # (2, n, H)
    total = np.maximum(by_row[0].sum(axis=1), 1e-9)
    middle_x, middle_y = by_row[1].sum(axis=1) / total, by_row[0] @ y / total
    xy = by_row[1] @ y / total - middle_x * middle_y
    yy = by_row[0] @ (y * y) / total - middle_y**2
    flat = yy < 1e-9
    return np.where(flat, np.nan, -xy / np.where(flat, 1.0, yy)), middle_y


def _thickness(shapes: np.ndarray) -> np.ndarray:
    """shapes: (n, rows, columns) bool, ground all around -> (n,)."""
    from scipy.ndimage import distance_transform_edt

    # Below one another the images are one picture, of which every point's nearest ground lies in
    # its own image, as that is surrounded by it.
    n, _, columns = shapes.shape
    distances = distance_transform_edt(shapes.reshape(-1, columns)).reshape(n, -1)
    area = shapes.reshape(n, -1).sum(axis=1)
    # Distances are to the centre of the nearest point of the ground, half a point behind its edge.
    mean = distances.sum(axis=1) / np.maximum(area, 1) - 0.5
    return 4.0 * mean / FINENESS


def _extent(
    levels: np.ndarray, shapes: np.ndarray, slant: np.ndarray, middle: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """levels: brightness of the shapes' points; slant, middle: (n,) -> width, height, (n,) each."""
    rows, columns = shapes.shape[1:]
    used = shapes.any(axis=2)
    first, last = _edges(levels, shapes)
    # Rows above the middle of a shape that leans right are pushed back to the left.
    y = np.arange(rows) - (rows - 1) / 2 - middle[:, None] * FINENESS
    pushed = np.nan_to_num(slant)[:, None] * y
    left = np.where(used, first + pushed, columns).min(axis=1)
    right = np.where(used, last + pushed, -columns).max(axis=1)
    top, bottom = _edges(levels.max(axis=2), used)
    some = used.any(axis=1)
    return (
        np.where(some, right - left, 0.0) / FINENESS,
        np.where(some, bottom - top, 0.0) / FINENESS,
    )


def _edges(levels: np.ndarray, inside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where brightness first and last passes 1 on the last axis, in grid points.

    Between two points it is interpolated. At the border of an image the shape ends with the image,
    half a point beyond its last. Anything where nothing is inside.
    """
    size = levels.shape[-1]
    ends = []
    for reverse in (False, True):
        index = (inside[..., ::-1] if reverse else inside).argmax(axis=-1)[..., None]
        index = np.clip(size - 1 - index if reverse else index, 1, size - 2)
        within = np.take_along_axis(levels, index, -1)
        beyond = np.take_along_axis(levels, index + (1 if reverse else -1), -1)
        rise = np.maximum(within - beyond, 1e-6)
        distance = np.clip((within - 1.0) / rise, 0.0, 1.0)
        distance = np.where((index == 1) | (index == size - 2), 0.5, distance)
        ends.append((index + distance if reverse else index - distance)[..., 0])
    return ends[0], ends[1]


def _loop(shapes: np.ndarray) -> np.ndarray:
    """shapes: as for `_thickness` -> (n,)."""
    from scipy.ndimage import label

    n, _, columns = shapes.shape
    grounds, _ = label(~shapes.reshape(-1, columns))
    enclosed = (grounds > 1).reshape(n, -1).sum(axis=1)  # the first is met at the corner
    return enclosed / FINENESS**2
