"""What is drawn on a map by hand: strokes as a few points, outlines, and what lies within them."""

from __future__ import annotations

import heapq
import itertools

import numpy as np

MOST_KEYS = 30  # more are no longer read, nor mended by hand


def simplified(stroke: np.ndarray, tolerance: float, most: int = MOST_KEYS) -> np.ndarray:
    """Indices of the few points of a stroke that keep its shape.

    Ramer 1972, Douglas & Peucker 1973, with the worst place mended first: so the bound on the
    number keeps those points that matter most.

    stroke: (N, 2), N at least 2. tolerance: how far the line through the points kept may lie from
    any other, in the stroke's units; it is exceeded only where `most`, at least 2, is reached.

    Returns:
        (K,) ascending, 2 <= K <= most, the first and the last point among them.

    Raises:
        ValueError: all points of the stroke are the same.
    """
    stroke = np.asarray(stroke, np.float64)
    if len(stroke) < 2 or (stroke == stroke[0]).all():
        raise ValueError("a path needs two different points")
    last = len(stroke) - 1
    kept = [0, last]
    # The ends of pieces of the stroke, and their farthest point; the one that is farthest of all
    # comes first.
    pieces: list[tuple[float, int, int, int]] = []

    def consider(start: int, end: int) -> None:
        if end - start > 1:
            distances = from_segment(stroke[start + 1 : end], stroke[start], stroke[end])
            at = int(distances.argmax())
            if distances[at] > tolerance:
                heapq.heappush(pieces, (-distances[at], start, start + 1 + at, end))

    consider(0, last)
    while pieces and len(kept) < most:
        _, start, middle, end = heapq.heappop(pieces)
        kept.append(middle)
        consider(start, middle)
        consider(middle, end)
    return np.array(sorted(kept))


def from_segment(points: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Distances of points (N, 2) from a segment between two points (2,) -> (N,)."""
    along = end - start
    length2 = along @ along
    share = np.zeros(len(points))
    if length2 > 0.0:  # a loop ends where it began
        share = np.clip((points - start) @ along / length2, 0.0, 1.0)
    return np.hypot(*(points - start - share[:, None] * along).T)


def within(points: np.ndarray, outline: np.ndarray) -> np.ndarray:
    """Indices of the points inside an outline, which is closed and may cross itself.

    By the even-odd rule: an inner loop is a hole. points: (N, 2); outline: (K, 2) -> (M,)
    ascending; none for K < 3.
    """
    points, outline = np.asarray(points, np.float64), np.asarray(outline, np.float64)
    if len(outline) < 3 or not len(points):
        return np.zeros(0, np.intp)
    # Most of a map's points are far from a lasso.
    near = np.flatnonzero(
        ((points >= outline.min(axis=0)) & (points <= outline.max(axis=0))).all(axis=1)
    )
    x, y = points[near].T
    inside = np.zeros(len(near), bool)
    for (x0, y0), (x1, y1) in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        if y0 == y1:
            continue
        # Half open, so that a corner counts for one of its two edges.
        spans = (y0 > y) != (y1 > y)
        inside ^= spans & (x < x0 + (y - y0) * ((x1 - x0) / (y1 - y0)))
    return near[inside]


def box_outline(corner: tuple[float, float], other: tuple[float, float]) -> np.ndarray:
    """The outline (4, 2) of a box between two opposite corners."""
    (u0, v0), (u1, v1) = corner, other
    return np.array([(u0, v0), (u1, v0), (u1, v1), (u0, v1)], np.float64)


def traced(corners: np.ndarray, pieces: int) -> np.ndarray:
    """A line (K, 2) with every straight part cut into so many pieces -> ((K - 1) pieces + 1, 2).

    What is straight in a plane is curved where its scale is not even.
    """
    corners = np.asarray(corners, np.float64)
    share = np.arange(pieces)[:, None] / pieces
    parts = [a + share * (b - a) for a, b in itertools.pairwise(corners)]
    return np.concatenate([*parts, corners[-1:]])
