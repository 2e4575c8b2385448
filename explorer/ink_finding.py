"""Finds the digit on a photograph or scan of paper, and cuts it out as light ink on black.

Light on paper is uneven, and reflected in proportion: the ink is what a morphological closing,
which fills in everything narrower than a third of the image, finds to be darker than around.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

import numpy as np
from PIL import Image

# Of the found digit, on its longer side. MNIST's 20 pixels are made of this; more is only slower.
WORKING_SIZE = 480
TREND_SIZE = 96  # of the image to which a trend of the light is fitted
# Of the image's shorter side: what is broader is not ink. The narrower, the closer the light of a
# shadow's edge is followed.
STROKE_SHARES = (1 / 12, 1 / 6, 1 / 3)
FULL_INK, MOST_INK = 0.7, 0.9  # as dark as that is ink for certain; so much of it has to be left
# The smallest digits that are found cover a few thousandths of their image.
INK_PERCENTILE = 99.9
MIN_CONTRAST = 10.0  # levels of 255; a constant image with a camera's noise has less
MIN_SEPARATION = 12.0  # of the ink from the paper, in standard deviations of the paper
# Edge of the ink, as a share of how dark it is: printed lines and the shadow of a fold are lighter.
EDGE, EDGE_SOFTNESS = 0.5, 0.2
CLEAN_SHARE = 0.5  # of all pixels, of one level: drawn on a screen, every grey of it is meant
MIN_PART = 0.03  # of the largest part's area; what is smaller is a speck
ANOTHER = 0.3  # and what is larger is perhaps another digit
MIN_AREA = 1e-4  # of the image's area, for a digit
ACROSS = 4.0  # widths for a height: a line of the paper; no digit is so broad
# (share of the digit's box, count): a digit leaves its box in no more pieces of at least that size;
# squared paper, a pattern or a picture of something else does.
MOST_PIECES = ((1e-3, 15), (2e-4, 30))
PATTERN = "what stands out is a pattern, or something with many details"
MOST_PARTS = 12  # of a digit, were it of dots
FILLED, SQUARE = 0.95, 0.6  # so much of a box that is nearly square: a blot
# How far a part may be from the rest of its digit, in lengths of that: above or below, and aside.
NEAR_BELOW, NEAR_ASIDE = 0.25, 0.08
FIELD_SHARE = 28 / 20  # MNIST's field around its digits
THIN, THIN_GOAL = (
    1.7,
    2.1,
)  # width of strokes in MNIST's pixels; of its digits, 4 % and 20 % are thinner


@dataclass(frozen=True, eq=False)
class FoundInk:
    """ink: (S, S) uint8, the digit light on black and in the middle. notes: what was done to it."""

    ink: np.ndarray
    notes: tuple[str, ...]


class NothingFound(ValueError):
    """The image shows nothing that may be a digit; the message says how it looks."""


class _NoWriting(NothingFound):
    """It shows something else, of which the ground between is no digit either."""


def find_ink(grey: np.ndarray, size: int, light_on_dark: bool | None = None) -> FoundInk:
    """Find the digit.

    Args:
        grey: (H, W) float, 0 to 255.
        size: side of the result, S.
        light_on_dark: what the image is, if it is known.

    Raises:
        NothingFound: there is no contrast, or nothing that stands out from the noise.
    """
    if np.ptp(grey) < MIN_CONTRAST:
        raise NothingFound("all of it is equally bright")
    grey = _reduced(grey)
    trend = _trend(grey)
    if light_on_dark is not None:
        return _found(grey, trend, size, light_on_dark)
    likely = _is_light_on_dark(grey - trend)
    try:
        return _found(grey, trend, size, likely)
    except _NoWriting:
        raise
    except NothingFound as nothing:
        # A sheet of paper on a dark table: there is more of the table than of the paper.
        with contextlib.suppress(NothingFound):
            return _found(grey, trend, size, not likely)
        raise nothing from None


def _found(grey: np.ndarray, trend: np.ndarray, size: int, light_on_dark: bool) -> FoundInk:
    """The digit, if the ground is as it is said to be."""
    notes = []
    if not light_on_dark:
        grey, trend = 255.0 - grey, 255.0 - trend
        notes.append("Dark on light: inverted.")
    density = _density(grey, trend, light_on_dark)
    low, high = _edge(density, _is_clean(grey))
    kept, dirty, ambiguous = _digit_parts(density > (low + high) / 2)
    _check_shape(kept)
    if ambiguous:
        notes.append("Of several marks the largest was taken. Cut the picture to have another.")
    elif dirty:
        notes.append("Specks and lines around the digit were removed.")
    ink = np.clip((density - low) / (high - low), 0.0, 1.0)
    ink[~_grown(kept, 2)] = 0.0
    ink, broadened = _broadened(_framed(ink, kept, size))
    if broadened:
        notes.append("A thin pen: its strokes were broadened to what MNIST's are.")
    return FoundInk(np.rint(255.0 * ink).astype(np.uint8), tuple(notes))


def _reduced(grey: np.ndarray) -> np.ndarray:
    height, width = grey.shape
    factor = WORKING_SIZE / max(height, width)
    if factor >= 1:
        return grey.astype(np.float32)
    return _resized(grey, max(1, round(height * factor)), max(1, round(width * factor)))


def _resized(grey: np.ndarray, height: int, width: int) -> np.ndarray:
    smaller = height * width < grey.size
    filter_ = Image.Resampling.BOX if smaller else Image.Resampling.BILINEAR
    image = Image.fromarray(np.ascontiguousarray(grey, np.float32), "F")
    return np.array(image.resize((width, height), filter_))


def _is_clean(grey: np.ndarray) -> bool:
    """Whether most pixels have the same level, as on what was drawn or written with a program."""
    counts = np.bincount(np.rint(grey).astype(int).clip(0, 255).ravel(), minlength=256)
    return counts.max() > CLEAN_SHARE * grey.size


def _is_light_on_dark(flat: np.ndarray) -> bool:
    """Whether the ground is dark: there is more of it than of ink, or, in doubt, at the border.

    flat: the image without its trend.
    """
    light = flat > _otsu(flat)
    share = light.mean()
    if 0.4 < share < 0.6:
        share = np.concatenate((light[0], light[-1], light[:, 0], light[:, -1])).mean()
    return bool(share < 0.5)


def _trend(grey: np.ndarray) -> np.ndarray:
    """The surface of second degree that most of the image is near to: its uneven light."""
    small = _resized(grey, *(min(size, TREND_SIZE) for size in grey.shape))
    terms = _surface_terms(small.shape)
    weights = np.ones(small.size)
    values = small.ravel().astype(np.float64)
    for _ in range(8):  # reweighted towards the least absolute deviation, which ink hardly moves
        root = np.sqrt(weights)[:, None]
        coefficients, *_ = np.linalg.lstsq(terms * root, values * root[:, 0], rcond=None)
        weights = 1.0 / np.maximum(np.abs(values - terms @ coefficients), 2.0)
    return (_surface_terms(grey.shape) @ coefficients).reshape(grey.shape)


def _surface_terms(shape: tuple[int, int]) -> np.ndarray:
    y, x = np.meshgrid(*(np.linspace(-1, 1, size) for size in shape), indexing="ij")
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1).reshape(-1, 6)


def _density(grey: np.ndarray, trend: np.ndarray, light_on_dark: bool) -> np.ndarray:
    """How much more ink there is than around, up to 1.

    grey: light ink on a dark ground; trend: of its light. light_on_dark: whether it was so from the
    beginning; on paper, what ink takes away is a share of the light that falls there.
    """
    from scipy.ndimage import gaussian_filter, grey_opening

    smooth = gaussian_filter(grey, max(grey.shape) / WORKING_SIZE)
    flat = smooth - trend
    densities = []
    for share in STROKE_SHARES:
        width = max(3, round(share * min(grey.shape)))
        # An opening takes a slope at the border for something narrow, unless the trend goes first;
        # which in turn is no trend of the light where paper lies on a table.
        ground = np.maximum(
            grey_opening(smooth, size=(width, width), mode="nearest"),
            grey_opening(flat, size=(width, width), mode="nearest") + trend,
        )
        room = 255.0 if light_on_dark else np.maximum(255.0 - ground, 16.0)
        densities.append((smooth - ground) / room)
    broadest = densities[-1]
    plain = (flat - np.median(flat)) / 255.0
    if broadest.max() < 0.5 * plain.max():
        return plain  # strokes are broader than that, and were taken for the ground
    # The narrowest that takes none of the ink for ground, as it is the one that follows shadows.
    dark = FULL_INK * np.percentile(broadest, INK_PERCENTILE)
    needed = MOST_INK * np.count_nonzero(broadest > dark)
    return next(each for each in densities if np.count_nonzero(each > dark) >= needed)


def _edge(density: np.ndarray, clean: bool) -> tuple[float, float]:
    """The densities where ink begins, and where it is full."""
    full = float(np.percentile(density, INK_PERCENTILE))
    if full * 255 < MIN_CONTRAST:
        raise NothingFound("there is hardly any contrast on it")
    bare = density[density < full / 2]
    middle = float(np.median(bare))
    noise = 1.4826 * float(np.median(np.abs(bare - middle)))  # the deviation, were it normal
    if full - middle < MIN_SEPARATION * noise:
        raise NothingFound("nothing stands out from its ground")
    if clean:
        return 0.0, full
    return (EDGE - EDGE_SOFTNESS) * full, (EDGE + EDGE_SOFTNESS) * full


def _otsu(values: np.ndarray) -> float:
    """The threshold that leaves the least variance on its two sides (N. Otsu 1979)."""
    low, high = float(values.min()), float(values.max())
    counts, edges = np.histogram(values, bins=256, range=(low, high if high > low else low + 1.0))
    middles = (edges[1:] + edges[:-1]) / 2
    below = counts.cumsum()
    above = below[-1] - below
    total = (counts * middles).cumsum()
    with np.errstate(divide="ignore", invalid="ignore"):
        between = below * above * (total / below - (total[-1] - total) / above) ** 2
    return float(edges[1:][np.nanargmax(np.where(above > 0, between, -1.0))])


def _digit_parts(mask: np.ndarray) -> tuple[np.ndarray, bool, bool]:
    """mask: what is ink -> the parts of it that are the digit.

    Also whether there are others, and whether one of them may be a digit as well.
    """
    from scipy.ndimage import find_objects, label

    labels, count = label(mask, np.ones((3, 3)))
    areas = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    boxes = find_objects(labels)
    if not count or areas.max() < max(1.0, MIN_AREA * mask.size):
        raise NothingFound("there are only specks on it")
    at_border = np.zeros(count + 1, bool)
    at_border[np.concatenate((labels[0], labels[-1], labels[:, 0], labels[:, -1]))] = True
    lines = np.array([_width(box) > ACROSS * _height(box) for box in boxes])
    if areas[~lines].max(initial=0) < max(1.0, MIN_AREA * mask.size):
        raise _NoWriting("there are only lines on it")
    areas_of_digits = np.where(lines, 0, areas)
    inner = np.where(at_border[1:], 0, areas_of_digits)
    # What reaches the border is a shadow, a line of the paper or the table, unless there is little
    # else: then the image was cut close to the digit.
    cut = inner.max() <= MIN_PART * areas_of_digits.max()
    main = int((areas_of_digits if cut else inner).argmax())
    chosen, box = {main}, boxes[main]
    grew = True
    while grew:
        grew = False
        for part in range(count):
            if part in chosen or areas[part] < MIN_PART * areas[main]:
                continue
            if at_border[part + 1] and not at_border[main + 1]:
                continue
            if _belongs(boxes[part], box):
                chosen.add(part)
                box = _union(box, boxes[part])
                grew = True
    if len(chosen) > MOST_PARTS:
        raise _NoWriting(PATTERN)
    kept = np.isin(labels, [part + 1 for part in chosen])
    left = np.isin(np.arange(count), list(chosen), invert=True) & (areas > MIN_PART * areas[main])
    return kept, bool(left.any()), bool((left & (inner > ANOTHER * areas[main])).any())


Box = tuple[slice, slice]


def _height(box: Box) -> int:
    return box[0].stop - box[0].start


def _width(box: Box) -> int:
    return box[1].stop - box[1].start


def _check_shape(kept: np.ndarray) -> None:
    """Raise NothingFound where what was found is no writing."""
    from scipy.ndimage import label

    rows, columns = np.flatnonzero(kept.any(axis=1)), np.flatnonzero(kept.any(axis=0))
    box = kept[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    if box.mean() > FILLED and min(box.shape) > SQUARE * max(box.shape):
        raise NothingFound("what stands out is a blot, without strokes")
    pieces = np.bincount(label(~box)[0].ravel())[1:]
    for share, most in MOST_PIECES:
        if np.count_nonzero(pieces >= max(2.0, share * box.size)) > most:
            raise _NoWriting(PATTERN)


def _belongs(part: Box, digit: Box) -> bool:
    """Whether a part is near enough to be of the digit; the bar of a 5 often stands apart."""
    length = max(side.stop - side.start for side in digit)
    below, aside = (
        max(p.start - d.stop, d.start - p.stop, 0) for p, d in zip(part, digit, strict=True)
    )
    return aside <= NEAR_ASIDE * length and below <= NEAR_BELOW * length


def _union(one: Box, other: Box) -> Box:
    return tuple(
        slice(min(a.start, b.start), max(a.stop, b.stop)) for a, b in zip(one, other, strict=True)
    )


def _grown(mask: np.ndarray, steps: int) -> np.ndarray:
    from scipy.ndimage import binary_dilation

    return binary_dilation(mask, np.ones((3, 3)), iterations=steps)


def _framed(ink: np.ndarray, kept: np.ndarray, size: int) -> np.ndarray:
    """The digit in the middle of a square, with as much room as MNIST's digits have."""
    rows, columns = np.flatnonzero(kept.any(axis=1)), np.flatnonzero(kept.any(axis=0))
    spans = [(int(used[0]), int(used[-1]) + 1) for used in (rows, columns)]
    length = FIELD_SHARE * max(end - start for start, end in spans)
    (top, bottom), (left, right) = spans
    middle_y, middle_x = (top + bottom) / 2, (left + right) / 2
    room = int(np.ceil(length)) + 1
    image = Image.fromarray(np.pad(ink, room).astype(np.float32), "F")
    box = (
        *(middle_x - length / 2 + room, middle_y - length / 2 + room),
        *(middle_x + length / 2 + room, middle_y + length / 2 + room),
    )
    filter_ = Image.Resampling.BOX if length > size else Image.Resampling.BILINEAR
    return np.array(image.resize((size, size), filter_, box=box)).clip(0.0, 1.0)


def _broadened(ink: np.ndarray) -> tuple[np.ndarray, bool]:
    """Strokes that MNIST's scaling would make thinner than nearly all of its own are broadened."""
    from scipy.ndimage import distance_transform_edt, gaussian_filter

    pixel = len(ink) / 28
    # Four times the mean distance to the ground, as `vae.attributes` measures it; smoothed, as a
    # rough edge is near everywhere.
    inner = distance_transform_edt(gaussian_filter(ink, pixel / 4) > 0.5)
    width = 4 * inner[inner > 0].mean() / pixel if inner.any() else 0.0
    if width >= THIN:
        return ink, False
    reach = (THIN_GOAL - width) / 2 * pixel
    distance = distance_transform_edt(ink < 0.5)
    return np.maximum(ink, np.clip(reach + 0.5 - distance, 0.0, 1.0)), True
