"""Digits as a hand writes them, stroke by stroke, for tests and benchmarks of the Draw page.

Every digit is a few strokes through points of a field one unit wide and high, y downwards; between
them the hand moves along a curve (Catmull-Rom), except where a stroke is made of straight lines.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from explorer.drawing import Drawing, Stroke

SLANTS = (-8.0, 8.0, 24.0)  # degrees to the right; people's handwriting leans that way
RADII = (0.8, 1.3, 1.9)  # of the brush, in pixels of a sheet of 28
SOFTNESS = 0.3
STEPS = 8  # of a curve, between two of its points

Point = tuple[float, float]


@dataclass(frozen=True)
class Glyph:
    """strokes: each a list of points, and whether its corners are sharp."""

    strokes: tuple[tuple[tuple[Point, ...], bool], ...]


def curve(*points: Point) -> tuple[tuple[Point, ...], bool]:
    return points, False


def lines(*points: Point) -> tuple[tuple[Point, ...], bool]:
    return points, True


GLYPHS = {
    0: Glyph(
        (
            curve(
                (0.56, 0.02), (0.30, 0.10), (0.18, 0.42), (0.22, 0.78), (0.44, 0.98), (0.70, 0.86),
                (0.82, 0.52), (0.76, 0.16), (0.54, 0.02), (0.42, 0.08),
            ),
        )
    ),
    1: Glyph((curve((0.52, 0.00), (0.51, 0.35), (0.49, 0.70), (0.48, 1.00)),)),
    2: Glyph(
        (
            curve(
                (0.20, 0.24), (0.32, 0.05), (0.58, 0.00), (0.78, 0.16), (0.72, 0.42), (0.48, 0.68),
                (0.18, 0.96), (0.24, 0.97), (0.50, 0.92), (0.86, 0.95),
            ),
        )
    ),
    3: Glyph(
        (
            curve(
                (0.22, 0.12), (0.42, 0.00), (0.68, 0.06), (0.72, 0.26), (0.58, 0.42), (0.40, 0.47),
                (0.62, 0.50), (0.78, 0.68), (0.70, 0.90), (0.44, 1.00), (0.18, 0.88),
            ),
        )
    ),
    4: Glyph(
        (
            lines((0.28, 0.02), (0.16, 0.56), (0.82, 0.54)),
            lines((0.70, 0.10), (0.64, 1.00)),
        )
    ),
    5: Glyph(
        (
            curve(
                (0.34, 0.04), (0.28, 0.26), (0.26, 0.46), (0.46, 0.39), (0.70, 0.50), (0.76, 0.74),
                (0.58, 0.96), (0.34, 0.98), (0.16, 0.86),
            ),
            lines((0.34, 0.04), (0.82, 0.02)),
        )
    ),
    6: Glyph(
        (
            curve(
                (0.66, 0.00), (0.42, 0.20), (0.26, 0.50), (0.24, 0.80), (0.42, 0.99), (0.66, 0.92),
                (0.74, 0.70), (0.60, 0.56), (0.40, 0.62), (0.27, 0.80),
            ),
        )
    ),
    7: Glyph(
        (
            lines((0.16, 0.08), (0.80, 0.04)),
            curve((0.80, 0.04), (0.66, 0.34), (0.52, 0.66), (0.44, 1.00)),
        )
    ),
    8: Glyph(
        (
            curve(
                (0.72, 0.14), (0.52, 0.00), (0.30, 0.12), (0.34, 0.34), (0.58, 0.52), (0.74, 0.76),
                (0.58, 0.98), (0.34, 0.94), (0.26, 0.72), (0.46, 0.50), (0.68, 0.32), (0.73, 0.15),
            ),
        )
    ),
    9: Glyph(
        (
            curve(
                (0.74, 0.14), (0.54, 0.00), (0.30, 0.10), (0.24, 0.32), (0.42, 0.46), (0.64, 0.36),
                (0.75, 0.13), (0.73, 0.45), (0.68, 0.75), (0.62, 1.00),
            ),
        )
    ),
}  # fmt: skip


def written(
    digit: int, slant: float, radius: float, side: int = 28, height: float = 0.75
) -> Drawing:
    """A sheet with a digit on it.

    slant: degrees to the right; radius: of the brush, in pixels of a sheet of 28; height: of the
    digit, a share of the sheet's side.
    """
    drawing = Drawing(side)
    lean = math.tan(math.radians(slant))
    for points, sharp in GLYPHS[digit].strokes:
        path = np.array(points if sharp else smooth(points)) - 0.5
        x = path[:, 0] * 0.78 - lean * path[:, 1]
        places = (np.stack([x, path[:, 1]], axis=1) * height + 0.5) * side
        stroke = Stroke(tuple(map(tuple, places.tolist())), radius * side / 28, SOFTNESS)
        drawing = drawing.with_stroke(stroke)
    return drawing


def smooth(points: tuple[Point, ...]) -> list[Point]:
    """A Catmull-Rom curve through the points."""
    p = np.array([points[0], *points, points[-1]])
    t = np.arange(STEPS)[:, None] / STEPS
    path = []
    for a, b, c, d in zip(p, p[1:], p[2:], p[3:], strict=False):
        quadratic, cubic = 2 * a - 5 * b + 4 * c - d, 3 * b - a - 3 * c + d
        path += (0.5 * (2 * b + (c - a) * t + quadratic * t**2 + cubic * t**3)).tolist()
    return [*path, points[-1]]
