"""A drawing: what was put on the sheet, stroke by stroke, and the rasters of it; no window.

Lengths are in pixels of the model's images, x to the right and y downwards from the sheet's upper
left corner. Rasters are light ink on black, uint8, as MNIST's digits are. Those of a sheet in
colour have three channels before their rows and columns.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
from PIL import Image

KINDS = ("ink", "erase", "unknown", "known")
MIN_RADIUS, MAX_RADIUS = 0.5, 4.0  # of the brush; MNIST's strokes are 1.8 to 4 pixels wide
# Raster points per pixel and axis, and their largest number per axis: a raster of 224 x 224 for
# MNIST's 28 pixels, which a long segment of a stroke changes in half a millisecond.
FINENESS = 8
MAX_RASTER = 320
# A mask brush reaches at least this far, so that wherever it touches it marks a pixel: no point of
# the sheet is further from the middle of its pixel.
MASK_REACH = math.sqrt(0.5)
# A long segment is covered in pieces, as the box around a slanting one is mostly empty: each this
# many times as long as the brush reaches.
PIECE = 3.0
MAX_PIECES = 100

WHITE = (255, 255, 255)

Point = tuple[float, float]
RGB = tuple[int, int, int]


@dataclass(frozen=True)
class Stroke:
    """One movement of a round brush.

    points: the corners of its path; a single one is a dot. radius: where it covers half.
    softness: 0 has a sharp edge; with 1 it fades from its middle to twice the radius.
    kind: `ink`; `erase`; `unknown` marks pixels whose ink is not known; `known` takes that back.
    colour: of ink, on a sheet in colour.
    """

    points: tuple[Point, ...]
    radius: float = 1.25
    softness: float = 0.3
    kind: str = "ink"
    colour: RGB = WHITE

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"a stroke is one of {', '.join(KINDS)}, not {self.kind!r}")
        if not (math.isfinite(self.radius) and self.radius > 0 and 0 <= self.softness <= 1):
            raise ValueError(
                "a brush has a positive radius and a softness of 0 to 1, not "
                f"{self.radius} and {self.softness}"
            )
        if not self.points or not all(math.isfinite(c) for point in self.points for c in point):
            raise ValueError("a stroke needs a point, and only finite ones")
        if len(self.colour) != 3 or not all(0 <= level <= 255 for level in self.colour):
            raise ValueError(f"a colour is three levels of 0 to 255, not {self.colour}")

    @property
    def is_mask(self) -> bool:
        """Whether it marks pixels and leaves the ink alone."""
        return self.kind in ("unknown", "known")


@dataclass(frozen=True, eq=False)
class _Layers:
    """What the strokes add up to. ink: the fine raster, uint8; unknown: (side, side) bool."""

    ink: np.ndarray
    unknown: np.ndarray


@dataclass(frozen=True, eq=False)
class Drawing:
    """A sheet with strokes on it; never changed, only followed by another.

    side: pixels of the model's images, per axis. base: (S, S) uint8 of any S, an image below the
    strokes; or (3, S, S) on a sheet in colour. base_is_centred: it needs no centring, as it is one
    of MNIST's. unknown_below: (side, side) bool, pixels unknown before the first mask stroke.
    in_colour: the sheet has red, green and blue.
    """

    side: int
    base: np.ndarray | None = None
    base_is_centred: bool = False
    strokes: tuple[Stroke, ...] = ()
    unknown_below: np.ndarray | None = None
    in_colour: bool = False

    def __post_init__(self) -> None:
        if self.side < 1:
            raise ValueError(f"a sheet has a positive side, not {self.side}")
        base, below = self.base, self.unknown_below
        if base is not None and (
            base.dtype != np.uint8
            or base.shape[:-2] not in (((), (3,)) if self.in_colour else ((),))
            or base.shape[-2:] != base.shape[-1:] * 2
        ):
            raise ValueError(f"the base must be a square of uint8, not {base.dtype} {base.shape}")
        if below is not None and (below.dtype != bool or below.shape != (self.side, self.side)):
            raise ValueError(
                f"unknown pixels must be bool of shape ({self.side}, {self.side}), not "
                f"{below.dtype} of shape {below.shape}"
            )

    def with_stroke(self, stroke: Stroke) -> Drawing:
        """The drawing after one more stroke."""
        pen = Pen(
            *(self, stroke.points[0], stroke.radius, stroke.softness, stroke.kind, stroke.colour)
        )
        pen.extend(stroke.points[1:])
        return pen.drawing()

    def with_unknown(self, unknown: np.ndarray) -> Drawing:
        """The drawing with exactly these pixels unknown, (side, side) bool."""
        ink = tuple(stroke for stroke in self.strokes if not stroke.is_mask)
        after = replace(self, strokes=ink, unknown_below=unknown.copy())
        return _remember(after, _Layers(self._layers.ink, after.unknown_below))

    def cleared(self) -> Drawing:
        """An empty sheet of the same size."""
        return Drawing(self.side, in_colour=self.in_colour)

    @property
    def is_picture(self) -> bool:
        """Whether a picture in colour is below the strokes: all of it counts, its ground too."""
        return self.base is not None and self.base.ndim == 3

    @property
    def is_empty(self) -> bool:
        """Whether there is no ink on the sheet."""
        return not self._layers.ink.any()

    def fine(self) -> np.ndarray:
        """The ink with several points a pixel, square, uint8; read-only. For show and centring.

        (3, size, size) of a sheet in colour.
        """
        return self._layers.ink

    def ink(self) -> np.ndarray:
        """The ink of every pixel, the mean over its area: (side, side) uint8.

        (3, side, side) of a sheet in colour.
        """
        ink = self._layers.ink
        fineness = ink.shape[-1] // self.side
        blocks = ink.reshape(*ink.shape[:-2], self.side, fineness, self.side, fineness)
        total = blocks.sum(axis=(-3, -1), dtype=np.uint32)
        return ((total + fineness**2 // 2) // fineness**2).astype(np.uint8)

    def unknown(self) -> np.ndarray:
        """Which pixels are marked as unknown: (side, side) bool, read-only."""
        return self._layers.unknown

    @cached_property
    def _layers(self) -> _Layers:
        """Made from the beginning; drawings that follow another are given theirs."""
        bare = replace(self, strokes=())
        below = self.unknown_below
        unknown = np.zeros((self.side, self.side), bool) if below is None else below.copy()
        _remember(bare, _Layers(_base_raster(self.base, self.side, self.in_colour), unknown))
        for stroke in self.strokes:
            bare = bare.with_stroke(stroke)
        return bare._layers


class Pen:
    """A stroke that is being drawn: only what its newest segment covers is computed anew.

    drawing: the sheet below; point: where the brush comes down. Others: see `Stroke`.
    """

    def __init__(
        self,
        drawing: Drawing,
        point: Point,
        radius: float,
        softness: float,
        kind: str,
        colour: RGB = WHITE,
    ) -> None:
        self._below = drawing
        self._stroke = Stroke((_plain(point),), radius, softness, kind, colour)
        self._points = list(self._stroke.points)
        if self._stroke.is_mask:
            size, self._scale = drawing.side, 1
            self._inner = self._outer = max(radius, MASK_REACH)
        else:
            size = drawing.fine().shape[-1]
            self._scale = size // drawing.side
            ramp = max(2 * softness * radius, 1 / self._scale)
            # The eraser reaches one ramp further, so that it takes away, to the last shade, what a
            # pen of its size has drawn.
            reach = radius + ramp if kind == "erase" else radius
            self._inner, self._outer = reach - ramp / 2, reach + ramp / 2
        self._coverage = np.zeros((size, size), np.uint8)
        self._cover(self._points[0], self._points[0])

    def extend(self, points: Iterable[Point]) -> None:
        """Move the brush on, in straight lines."""
        for point in map(_plain, points):
            if not all(map(math.isfinite, point)):
                raise ValueError("a stroke has only finite points")
            self._cover(self._points[-1], point)
            self._points.append(point)

    def drawing(self) -> Drawing:
        """The sheet with the stroke so far."""
        stroke = replace(self._stroke, points=tuple(self._points))
        after = replace(self._below, strokes=(*self._below.strokes, stroke))
        ink, unknown = self._below.fine(), self._below.unknown()
        if stroke.kind == "ink" and self._below.in_colour:
            ink = _painted(ink, self._coverage, stroke.colour)
        elif stroke.kind == "ink":
            ink = np.maximum(ink, self._coverage)
        elif stroke.kind == "erase":
            ink = np.minimum(ink, 255 - self._coverage)
        elif stroke.kind == "unknown":
            unknown = unknown | (self._coverage > 0)
        else:
            unknown = unknown & (self._coverage == 0)
        return _remember(after, _Layers(ink, unknown))

    def _cover(self, start: Point, end: Point) -> None:
        """Cover what is near a segment: fully within the inner radius, nothing past the outer."""
        pieces = math.ceil(math.dist(start, end) / (PIECE * self._outer))
        pieces = max(1, min(MAX_PIECES, pieces))
        corners = [
            tuple(a + (b - a) * i / pieces for a, b in zip(start, end, strict=True))
            for i in range(pieces + 1)
        ]
        for a, b in pairwise(corners):
            self._cover_piece(a, b)

    def _cover_piece(self, start: Point, end: Point) -> None:
        size, scale, reach = len(self._coverage), self._scale, self._outer
        spans = []
        for a, b in zip(start, end, strict=True):
            first = max(0, math.floor((min(a, b) - reach) * scale - 0.5))
            last = min(size, math.ceil((max(a, b) + reach) * scale + 0.5))
            if first >= last:
                return
            spans.append((first, last))
        (left, right), (top, bottom) = spans
        x = ((np.arange(left, right) + 0.5) / scale - start[0]).astype(np.float32)
        y = ((np.arange(top, bottom)[:, None] + 0.5) / scale - start[1]).astype(np.float32)
        dx, dy = end[0] - start[0], end[1] - start[1]
        length = dx * dx + dy * dy
        if length:
            along = np.clip((x * dx + y * dy) / length, 0.0, 1.0)
            x, y = x - along * dx, y - along * dy
        distance = np.sqrt(x * x + y * y)
        if self._inner == self._outer:
            levels = np.where(distance <= reach, np.uint8(255), np.uint8(0))
        else:
            share = np.clip((reach - distance) / (reach - self._inner), 0.0, 1.0)
            # Smoothstep: no crease where a soft edge begins and ends.
            levels = np.rint(255.0 * share * share * (3.0 - 2.0 * share)).astype(np.uint8)
        part = self._coverage[top:bottom, left:right]
        np.maximum(part, levels, out=part)


def _plain(point: Point) -> Point:
    x, y = point
    return float(x), float(y)


def _remember(drawing: Drawing, layers: _Layers) -> Drawing:
    """Give a new drawing the rasters that are known already."""
    layers.ink.setflags(write=False)
    layers.unknown.setflags(write=False)
    object.__setattr__(drawing, "_layers", layers)
    return drawing


def _painted(ink: np.ndarray, coverage: np.ndarray, colour: RGB) -> np.ndarray:
    """A raster in colour below paint that covers it as far as `coverage` says, of 255."""
    painted = ink.copy()
    rows, columns = np.flatnonzero(coverage.any(axis=1)), np.flatnonzero(coverage.any(axis=0))
    if len(rows):
        part = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
        share = coverage[part].astype(np.uint16)
        for channel, level in enumerate(colour):
            below = ink[channel][part]
            painted[channel][part] = (below * (255 - share) + level * share + 127) // 255
    return painted


def _base_raster(base: np.ndarray | None, side: int, in_colour: bool = False) -> np.ndarray:
    """base: see `Drawing` -> the fine raster of it."""
    if in_colour:
        channels = (base,) * 3 if base is None or base.ndim == 2 else base
        return np.stack([_base_raster(channel, side) for channel in channels])
    fineness = max(1, min(FINENESS, MAX_RASTER // side))
    size = side * fineness
    if base is None:
        return np.zeros((size, size), np.uint8)
    if size % len(base) == 0:  # its pixels stay squares, so that their means are what they were
        return np.kron(base, np.ones((size // len(base),) * 2, np.uint8))
    filter_ = Image.Resampling.BOX if len(base) > size else Image.Resampling.BILINEAR
    return np.array(Image.fromarray(base, "L").resize((size, size), filter_))
