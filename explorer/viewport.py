"""Which part of a plane a map shows, at which scale, and on how many pixels.

Coordinates (u, v) of the plane are in prior standard deviations. The *scale* that a map is drawn in
is either the same, so that distances are what they are in the space, or the prior's cumulative
probability Phi(u) from 0 to 1, so that equal areas are equally probable (Kingma & Welling 2014,
figure 4). For that, only arrays of more than MANY numbers need a library, SciPy, which is imported
when there is the first: the window asks at every motion of the pointer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from vae.documents import is_number

EVEN, QUANTILE = "even", "quantile"
SPACINGS = (EVEN, QUANTILE)

RADIUS = 3.0  # prior standard deviations to each side of the origin, where nothing else is asked
# The shorter side of a map, in units of the scale: closer, float32 runs out of digits to show;
# wider, everything is a dot.
SHORTEST = {EVEN: 0.01, QUANTILE: 0.002}
LONGEST = {EVEN: 40.0, QUANTILE: 1.2}
FARTHEST = 40.0  # prior standard deviations: where the centre may be at most
END = 5.0  # where the quantile scale's ends are taken to be; one draw in three million is beyond
KNOWN_ENDS = 0.001  # of the probability: what an even scale shows of a quantile one to each side
MANY = 2000  # 0.5 ms without SciPy
FIT_MARGIN = 0.06  # of the shorter side, around points that are fitted

_NORMAL = NormalDist()
_CDF = np.frompyfunc(lambda u: 0.5 * math.erfc(-u / math.sqrt(2.0)), 1, 1)
_INVERSE = np.frompyfunc(_NORMAL.inv_cdf, 1, 1)


@dataclass(frozen=True)
class Viewport:
    """A part of a plane on a picture; the scale is the same across and down.

    centre: (u, v) of the picture's middle and width: of the picture, both in units of the scale:
    prior standard deviations, or for `quantile` probability. size: (width, height), pixels.

    Raises ValueError for what cannot be drawn.
    """

    centre: tuple[float, float]
    width: float
    size: tuple[int, int]
    spacing: str = EVEN

    def __post_init__(self) -> None:
        if self.spacing not in SPACINGS:
            raise ValueError(f"spacing must be one of {', '.join(SPACINGS)}, not {self.spacing!r}")
        if not all(map(math.isfinite, (*self.centre, self.width))) or self.width <= 0:
            raise ValueError(f"a viewport at {self.centre} cannot be {self.width} wide")
        if min(self.size) < 1:
            raise ValueError(f"a viewport needs a pixel at least, not {self.size}")

    @classmethod
    def fitted(
        cls,
        size: tuple[int, int],
        spacing: str = EVEN,
        radius: float = RADIUS,
        points: ArrayLike | None = None,
    ) -> Viewport:
        """The whole of what there is to see.

        Args:
            size: (width, height), pixels.
            spacing: one of SPACINGS.
            radius: shown to each side of the origin, prior standard deviations; a quantile scale
                always shows the whole prior.
            points: (N, 2), coordinates that are shown as well.
        """
        centre, side = ((0.5, 0.5), 1.0) if spacing == QUANTILE else ((0.0, 0.0), 2.0 * radius)
        view = cls(centre, side * size[0] / min(size), size, spacing)
        points = np.zeros((0, 2)) if points is None else np.asarray(points, np.float64)
        points = points[np.isfinite(points).all(axis=1)]
        if spacing == QUANTILE or not len(points):
            return view._bounded()
        half = np.array(size) / min(size) * side / 2
        low = np.minimum(points.min(axis=0), -half)
        high = np.maximum(points.max(axis=0), half)
        spans = (high - low) / np.array(size)
        if (low < -half).any() or (high > half).any():
            spans *= 1 + FIT_MARGIN
        middle = (low + high) / 2
        width = float(spans.max()) * size[0]
        return cls((float(middle[0]), float(middle[1])), width, size, spacing)._bounded()

    # ---- sessions ------------------------------------------------------------------------------

    def settings(self) -> dict[str, Any]:
        """For the session file."""
        return {"spacing": self.spacing, "centre": list(self.centre), "side": self.shorter}

    def with_settings(self, settings: object) -> Viewport:
        """The part of a plane in the settings of a session file; this one where it is none.

        It is the shorter side that is kept, as the same part is to be seen in a window of another
        shape.
        """
        match settings:
            case {"spacing": str(spacing), "centre": [u, v], "side": side} if (
                spacing in SPACINGS and all(map(is_number, (u, v, side))) and side > 0
            ):
                width = float(side) * self.size[0] / min(self.size)
                return Viewport((float(u), float(v)), width, self.size, spacing)._bounded()
        return self

    # ---- between pixels and the plane ----------------------------------------------------------

    @property
    def unit(self) -> float:
        """Units of the scale in one pixel."""
        return self.width / self.size[0]

    @property
    def height(self) -> float:
        """Of the picture, in units of the scale."""
        return self.unit * self.size[1]

    @property
    def shorter(self) -> float:
        """The shorter side of the picture, in units of the scale."""
        return self.unit * min(self.size)

    def plane_at(self, x: ArrayLike, y: ArrayLike) -> tuple:
        """(u, v) of pixels, numbers or arrays; x from the left edge, y downwards from the top.

        On a quantile scale, no farther out than END.
        """
        width, height = self.size
        u = self.centre[0] + (_number(x) - width / 2) * self.unit
        v = self.centre[1] - (_number(y) - height / 2) * self.unit
        return from_scale(u, self.spacing), from_scale(v, self.spacing)

    def pixel_of(self, u: ArrayLike, v: ArrayLike) -> tuple:
        """(x, y) of coordinates, numbers or arrays; pixels, also between them and outside."""
        width, height = self.size
        x = (to_scale(u, self.spacing) - self.centre[0]) / self.unit + width / 2
        y = (self.centre[1] - to_scale(v, self.spacing)) / self.unit + height / 2
        return x, y

    def columns(self, n: int) -> np.ndarray:
        """(n,) u of the middles of n equal columns, from left to right."""
        x = (np.arange(n) + 0.5) * (self.size[0] / n)
        return self.plane_at(x, np.zeros(1))[0]

    def rows(self, n: int) -> np.ndarray:
        """(n,) v of the middles of n equal rows, from top to bottom: descending."""
        y = (np.arange(n) + 0.5) * (self.size[1] / n)
        return self.plane_at(np.zeros(1), y)[1]

    def box_of(self, other: Viewport) -> tuple[float, float, float, float]:
        """(left, top, right, bottom) of this picture's edges in another's pixels.

        Exact, as both are linear in one scale. Raises ValueError where they are in two.
        """
        if self.spacing != other.spacing:
            raise ValueError(f"{self.spacing} and {other.spacing} spacing do not lie in one scale")
        left = (self.centre[0] - self.width / 2 - other.centre[0]) / other.unit + other.size[0] / 2
        top = (other.centre[1] - self.centre[1] - self.height / 2) / other.unit + other.size[1] / 2
        return left, top, left + self.width / other.unit, top + self.height / other.unit

    def tile_grid(self, n: int) -> Viewport:
        """Where tiles stand: a viewport of one pixel for each, that covers this one.

        There are n tiles, or n and a part, along the shorter side. They are fixed to the plane, so
        that under a moving viewport they move with it and keep their digits: with an even n the
        corner of four lies on the origin of the scale, with an odd one the middle of a tile.
        `grid.columns(grid.size[0])` and `grid.rows(grid.size[1])` are their coordinates. On a
        quantile scale no tile lies outside the prior, and all of it in n x n tiles is the figure of
        Kingma & Welling.
        """
        step = self.shorter / n
        shift = 0.0 if n % 2 == 0 or self.spacing == QUANTILE else 0.5
        ends = []
        for middle, length in zip(self.centre, (self.width, self.height), strict=True):
            low = math.floor((middle - length / 2) / step - shift + 1e-6)
            high = math.ceil((middle + length / 2) / step - shift - 1e-6)
            if self.spacing == QUANTILE:
                # A step need not divide the prior; the last tile then reaches a little beyond it.
                last = math.ceil(1 / step - 1e-6)
                low = min(max(low, 0), last - 1)
                high = max(min(high, last), low + 1)
            ends.append((low, max(high, low + 1)))
        (left, right), (bottom, top) = ends
        centre = ((left + right) / 2 + shift) * step, ((bottom + top) / 2 + shift) * step
        return Viewport(centre, (right - left) * step, (right - left, top - bottom), self.spacing)

    # ---- other viewports -----------------------------------------------------------------------

    def zoomed(self, factor: float, x: float, y: float) -> Viewport:
        """Closer by a factor, or farther below 1, with the plane held fast at pixel (x, y)."""
        low, high = self._widths()
        width = min(high, max(low, self.width / factor))
        across, down = x - self.size[0] / 2, y - self.size[1] / 2
        change = self.unit - width / self.size[0]
        centre = self.centre[0] + across * change, self.centre[1] - down * change
        return replace(self, centre=centre, width=width)._bounded()

    def panned(self, dx: float, dy: float) -> Viewport:
        """With everything moved by so many pixels, to the right and downwards."""
        u, v = self.centre
        return replace(self, centre=(u - dx * self.unit, v + dy * self.unit))._bounded()

    def centred(self, u: float, v: float) -> Viewport:
        """With a point of the plane in the middle, as far as the bounds let it."""
        centre = to_scale(u, self.spacing), to_scale(v, self.spacing)
        return replace(self, centre=centre)._bounded()

    def resized(self, size: tuple[int, int]) -> Viewport:
        """On another number of pixels, with as much of the plane along the shorter side."""
        size = max(1, size[0]), max(1, size[1])
        return replace(self, size=size, width=self.shorter * size[0] / min(size))

    def with_spacing(self, spacing: str) -> Viewport:
        """In another scale, with about the same part of the plane.

        Both axes change by factors of their own, which one scale cannot follow: it takes the
        geometric mean of the two.
        """
        if spacing == self.spacing:
            return self
        half = self.shorter / 2
        edges = np.array([[c - half, c + half] for c in self.centre])
        if self.spacing == QUANTILE:
            edges = np.clip(edges, KNOWN_ENDS, 1 - KNOWN_ENDS)
            # A centre at the very edge leaves nothing in between.
            edges[:, 1] = np.maximum(edges[:, 1], edges[:, 0] + KNOWN_ENDS)
        edges = to_scale(from_scale(edges, self.spacing), spacing)
        sides = np.maximum(edges[:, 1] - edges[:, 0], SHORTEST[spacing])
        centre = float(edges[0].mean()), float(edges[1].mean())
        width = float(math.sqrt(sides[0] * sides[1])) * self.size[0] / min(self.size)
        return Viewport(centre, width, self.size, spacing)._bounded()

    def _widths(self) -> tuple[float, float]:
        ratio = self.size[0] / min(self.size)
        return SHORTEST[self.spacing] * ratio, LONGEST[self.spacing] * ratio

    def _bounded(self) -> Viewport:
        low, high = self._widths()
        ends = (0.0, 1.0) if self.spacing == QUANTILE else (-FARTHEST, FARTHEST)
        u, v = (min(ends[1], max(ends[0], c)) for c in self.centre)
        return replace(self, centre=(u, v), width=min(high, max(low, self.width)))

    # ---- axes ----------------------------------------------------------------------------------

    def ticks(self, distance: float) -> tuple[list[float], list[float]]:
        """Round coordinates (us, vs) for an axis's numbers, ascending, `distance` pixels apart."""
        us = self._ticks(self.centre[0], self.width, distance)
        return us, self._ticks(self.centre[1], self.height, distance)

    def _ticks(self, middle: float, length: float, distance: float) -> list[float]:
        apart = distance * self.unit
        low, high = middle - length / 2, middle + length / 2
        if self.spacing == EVEN:
            return _multiples(_round_up(apart), low, high)
        # Coarse numbers come first, finer ones where there is room for them.
        low, high = (from_scale(end, QUANTILE) for end in (low, high))
        taken: list[float] = []
        for step in (1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01):
            for tick in sorted(_multiples(step, low, high), key=abs):
                place = to_scale(tick, QUANTILE)
                if all(abs(place - to_scale(other, QUANTILE)) >= apart for other in taken):
                    taken.append(tick)
        return sorted(taken)


def to_scale(value: ArrayLike, spacing: str) -> float | np.ndarray:
    """Coordinates of the plane, numbers or arrays, as they lie on the scale of a map."""
    value = _number(value)
    if spacing == EVEN:
        return value
    if isinstance(value, float):
        return 0.5 * math.erfc(-value / math.sqrt(2.0))
    if value.size > MANY:
        from scipy.special import ndtr

        return ndtr(value)
    return _CDF(value).astype(np.float64)


def from_scale(value: ArrayLike, spacing: str) -> float | np.ndarray:
    """Places on the scale of a map as coordinates; of a quantile scale no farther out than END."""
    value = _number(value)
    if spacing == EVEN:
        return value
    if isinstance(value, float):
        tail = _NORMAL.cdf(-END)
        return _NORMAL.inv_cdf(min(1 - tail, max(tail, value)))
    tail = _NORMAL.cdf(-END)
    return _INVERSE(np.clip(value, tail, 1 - tail)).astype(np.float64)


def _number(value: ArrayLike) -> float | np.ndarray:
    """A float for whatever has no dimensions, else an array."""
    if isinstance(value, float | int):
        return float(value)
    value = np.asarray(value, np.float64)
    return value if value.ndim else float(value)


def _round_up(least: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is at least so large."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(n * power for n in (1, 2, 5, 10) if n * power >= least * (1 - 1e-9))


def _multiples(step: float, low: float, high: float) -> list[float]:
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    # Rounded, as 3 * 0.1 is not what anybody wants to read.
    digits = max(0, 1 - math.floor(math.log10(step)))
    return [round(n * step, digits) + 0.0 for n in range(first, last + 1)]
