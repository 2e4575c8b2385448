"""MNIST's own normalisation of a digit's size and place, for drawings and photographs.

Y. LeCun, L. Bottou, Y. Bengio, P. Haffner 1998, "Gradient-based learning applied to document
recognition", section III: the digit's bounding box is scaled to fit 20x20 pixels keeping its aspect
ratio, with grey levels from the antialiasing, and is then moved in a field of 28x28 until the
centre of mass of its ink is in the middle.

What that leaves open is read from the 10,000 bundled digits. The longer side of 9,997 bounding
boxes is 20 pixels, of three 19, counting every pixel that is not black; and the centre of mass of
every digit lies in the half-open pixel right and below of the middle, rows and columns 13.5 to
14.5: digits were moved by whole pixels, and so they are here. Therefore the 9,997 are left exactly
as they are, and a digit is no more blurred than MNIST's are.
"""

from __future__ import annotations

import math

import numpy as np

BOX_SHARE = 20 / 28  # of the field's side, for the longer side of the digit
# Of the box: what is broader is a blot, and is not enlarged until it fills the box, else a dot
# would become a disc as large as a zero. The broadest stroke of the 10,000 digits has 0.468; a disc
# has 0.79 and a square 1. The excess counts twice: they become 7 and 5 pixels wide.
WIDTH_SHARE = 0.48
# Where a pixel of the given image is smaller than this on the field, half as bright as the
# brightest is the edge of the ink, and not the last shade of a soft one. A coarser image, such as
# one of MNIST's, has the edge somewhere in the pixel, and all of the pixel counts.
FINE_PIXEL = 0.75
FAINT = 0.5


def centre_as_mnist(image: np.ndarray, side: int = 28) -> np.ndarray:
    """Scale a digit and move it as MNIST's are.

    Args:
        image: (H, W) uint8, light on dark, of any size; may be finer than the result.
        side: pixels of the result's rows and columns.

    Returns:
        (side, side) uint8. No ink is cut off: where the centre of mass would push some over the
        border, the digit is moved less far. A dot stays a dot.

    Raises:
        ValueError: the image is not such an array, or is empty: there is nothing on it.
    """
    return centre_with_places(image, side)[0]


def centre_with_places(image: np.ndarray, side: int = 28) -> tuple[np.ndarray, np.ndarray]:
    """Centre a digit as `centre_as_mnist` does, and say from where each pixel comes.

    Returns:
        The centred image; and places (2, side): the row, and the column, of `image` in which the
        middle of each row, and column, of the result was. They may be outside of it.
    """
    image = np.asarray(image)
    if image.dtype != np.uint8 or image.ndim != 2 or 0 in image.shape or side < 1:
        raise ValueError(
            "the image must be uint8 of shape (H, W) and the side positive, not "
            f"{image.dtype} of shape {image.shape} and {side}"
        )
    if not image.any():
        raise ValueError("the image is empty: there is no ink on it")
    box = max(1, round(BOX_SHARE * side))
    top, bottom, left, right = _bounds(image, 0)
    scale = box / max(bottom - top, right - left)
    if scale < FINE_PIXEL:
        top, bottom, left, right = _bounds(image, FAINT * int(image.max()))
        scale = box / max(bottom - top, right - left)
    width_share = _stroke_width(image) / max(bottom - top, right - left)
    scale *= min(1.0, WIDTH_SHARE / width_share) ** 2

    cells, corner = _resampled(image, (top, left), (bottom, right), scale)
    field = np.zeros((side, side), np.uint8)
    rows, field_rows = _placed(cells.sum(axis=1, dtype=np.float64), side)
    columns, field_columns = _placed(cells.sum(axis=0, dtype=np.float64), side)
    field[field_rows, field_columns] = np.rint(np.clip(cells[rows, columns], 0.0, 255.0))
    shifts = [field_rows.start - rows.start, field_columns.start - columns.start]
    middles = np.arange(side) + 0.5 - np.array(shifts)[:, None]
    return field, np.floor(np.array(corner)[:, None] + middles / scale).astype(np.intp)


def centre_of_mass(image: np.ndarray) -> tuple[float, float]:
    """image: (H, W), not all zero -> (row, column) of the mean place of its ink.

    Pixel centres are at integers: the middle of MNIST's 28 rows would be 13.5.
    """
    rows, columns = image.sum(axis=1, dtype=np.float64), image.sum(axis=0, dtype=np.float64)
    return (
        float(rows @ np.arange(len(rows)) / rows.sum()),
        float(columns @ np.arange(len(columns)) / columns.sum()),
    )


def _bounds(image: np.ndarray, faint: float) -> tuple[int, int, int, int]:
    """(top, bottom, left, right) of the pixels brighter than `faint`; the ends are exclusive."""
    rows = np.flatnonzero(image.max(axis=1) > faint)
    columns = np.flatnonzero(image.max(axis=0) > faint)
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def _stroke_width(image: np.ndarray) -> float:
    """The width in pixels of the bar that has as much area and outline as the ink.

    A bent or closed stroke has the same of both as the straight one. The outline's length is the
    total variation of brightness.
    """
    top, bottom, left, right = _bounds(image, 0)
    ink = np.pad(image[top:bottom, left:right], 1).astype(np.float32) / float(image.max())
    down, across = np.diff(ink, axis=0)[:, :-1], np.diff(ink, axis=1)[:-1]
    half_outline = float(np.sqrt(down * down + across * across).sum()) / 2
    area = float(ink.sum())
    # Length and width are the two numbers whose sum is half the outline and whose product the area.
    return (half_outline - math.sqrt(max(0.0, half_outline**2 - 4 * area))) / 2


def _resampled(
    image: np.ndarray, start: tuple[int, int], end: tuple[int, int], scale: float
) -> tuple[np.ndarray, list[float]]:
    """All of the ink on pixels of the field's size, float; and the row and column of their corner.

    The box from start to end is in the middle of the smallest number of whole pixels that holds it,
    so that what has the right size already meets its pixels exactly.
    """
    top, bottom, left, right = _bounds(image, 0)
    matrices, corner = [], []
    for box_start, box_end, first, last in zip(
        start, end, (top, left), (bottom, right), strict=True
    ):
        length = scale * (box_end - box_start)
        origin = box_start - (math.ceil(length - 1e-9) - length) / 2 / scale
        # Interpolation spreads half a pixel of the image to either side.
        spread = 0.5 if scale > 1 else 0.0
        cells = np.arange(
            math.floor((first - spread - origin) * scale + 1e-9),
            math.ceil((last + spread - origin) * scale - 1e-9) + 1,
        )
        weights = _averaging if scale <= 1 else _interpolating
        matrices.append(weights(origin - first + cells / scale, last - first))
        corner.append(origin + cells[0] / scale)
    down, across = matrices
    return down @ image[top:bottom, left:right].astype(np.float32) @ across.T, corner


def _averaging(edges: np.ndarray, size: int) -> np.ndarray:
    """The matrix (len(edges) - 1, size) that averages over the intervals between the edges.

    Pixel i covers i to i + 1; outside the image there is no ink.
    """
    pixels = np.arange(size)
    overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return (np.maximum(overlap, 0.0) / (edges[1] - edges[0])).astype(np.float32)


def _interpolating(edges: np.ndarray, size: int) -> np.ndarray:
    """The matrix (len(edges) - 1, size) that interpolates linearly at the intervals' middles."""
    middles = (edges[1:] + edges[:-1]) / 2 - 0.5
    weights = np.maximum(1.0 - np.abs(middles[:, None] - np.arange(size)), 0.0)
    return weights.astype(np.float32)


def _placed(ink: np.ndarray, side: int) -> tuple[slice, slice]:
    """Which rows (or columns) of the cells go to which of the field; ink: how much is in each."""
    centre = float(ink @ np.arange(len(ink)) / ink.sum())
    # A whole number of pixels, so that the centre comes into [side / 2 - 0.5, side / 2 + 0.5).
    shift = math.ceil(side / 2 - 0.5 - centre - 1e-9)
    inked = np.flatnonzero(ink >= 0.5)  # what does not round to nothing
    if inked.size:
        shift = max(-int(inked[0]), min(side - 1 - int(inked[-1]), shift))
    first, last = max(0, -shift), min(len(ink), side - shift)
    return slice(first, last), slice(first + shift, last + shift)
