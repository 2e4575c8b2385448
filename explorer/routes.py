"""The ways to travel a journey: straight, on great circles, along geodesics; and constant speed."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from explorer.journey import Journey
from vae.decoding import FoldedDecoder
from vae.paths import Curve, geodesic, measure_path, paced, polygon

METHODS = ("linear", "spherical", "geodesic")
GEODESIC_POINTS = 32  # of each segment; found in 0.1 s
# Points of the same polygon that are kept of it, so that its speed is constant between those 32,
# too, where it would else differ by up to 20 % from the mean.
KEPT_POINTS = 4 * (GEODESIC_POINTS - 1) + 1
PACED_POINTS = 128  # of each segment; 4 ms
# Geodesics that are remembered, 3 MB in six dimensions: an hour of moving keys fills no memory.
MOST_KEPT = 512

# The search looks up from its work thousands of times a second; that often nobody has to be told.
PROGRESS_INTERVAL_S = 0.01

# From shares (T,) of a journey's whole time, 0 to 1, to points (T, latent_dim).
Route = Curve
Ends = tuple[tuple[float, ...], tuple[float, ...]]


@dataclass
class Geodesics:
    """The geodesics that have been found with one decoder, by the ends of their segments."""

    _found: dict[Ends, np.ndarray] = field(default_factory=dict)

    def missing(self, journey: Journey) -> tuple[Ends, ...]:
        """The ends of the journey's segments that have no geodesic yet, each once."""
        ends = dict.fromkeys(_ends(journey))
        return tuple(pair for pair in ends if pair not in self._found)

    def add(self, ends: Ends, points: np.ndarray) -> None:
        """Keep a geodesic, (points, latent_dim), also backwards; the oldest ones are forgotten."""
        self._found[ends] = points
        self._found[ends[::-1]] = points[::-1]
        while len(self._found) > MOST_KEPT:
            del self._found[next(iter(self._found))]

    def curves(self, journey: Journey) -> list[Curve] | None:
        """A curve for each of the journey's segments; None while one is missing."""
        if self.missing(journey):
            return None
        return [polygon(self._found[pair]) for pair in _ends(journey)]


def find_geodesics(
    decoder: FoldedDecoder,
    ends: tuple[Ends, ...],
    progress: Callable[[float], None] = lambda fraction: None,
) -> dict[Ends, np.ndarray]:
    """Find the geodesics between pairs of points, (KEPT_POINTS, latent_dim) each.

    For the worker: about 0.1 s each in six dimensions. progress: told the share that is done, every
    `PROGRESS_INTERVAL_S`; it may raise to end the search.
    """
    found = {}
    told = -math.inf
    for index, (start, end) in enumerate(ends):

        def part(fraction: float, index: int = index) -> None:
            nonlocal told
            now = time.monotonic()
            if now - told >= PROGRESS_INTERVAL_S:
                told = now
                progress((index + fraction) / len(ends))

        path = geodesic(decoder, start, end, GEODESIC_POINTS, progress=part).points
        found[start, end] = paced(decoder, polygon(path), KEPT_POINTS)
    return found


def route_of(journey: Journey, method: str, geodesics: Geodesics) -> Route | None:
    """How a journey is travelled by one of `METHODS`, each segment by it; None for a geodesic that
    has yet to be found.

    Smooth corners make a spline of the linear one alone: the others stay great circles and
    geodesics from key to key.
    """
    seconds = journey.total_seconds
    if method == "spherical":
        journey = journey.with_corners("piecewise")
    way = geodesics.curves(journey) if method == "geodesic" else method
    if way is None:
        return None
    path = journey.path(way)
    return lambda t: path.at(t * seconds)


def at_constant_speed(decoder: FoldedDecoder, route: Route, journey: Journey) -> Route:
    """The same way, timed anew so that the image changes at the same rate all along.

    Perceptual path length asks for steps alike (Karras et al. 2019). The times and easings of the
    segments no longer count, only the whole time. Each segment is timed by itself, so that every
    key stays a point of the way: a straight step past a corner would be up to an eighth too short
    as seen. For the worker.
    """
    if not journey.segments:
        return route
    shares = journey.key_times / journey.total_seconds
    parts = [
        paced(decoder, _part(route, start, end), PACED_POINTS + 1)
        for start, end in itertools.pairwise(shares)
    ]
    lengths = np.array([measure_path(decoder, part).pixel_length for part in parts])
    if not lengths.any():
        return route
    ends = np.concatenate([[0.0], np.cumsum(lengths)]) / lengths.sum()
    times = [np.linspace(a, b, PACED_POINTS + 1) for a, b in itertools.pairwise(ends)]
    at, points = np.concatenate(times), np.concatenate(parts)
    return lambda t: np.stack([np.interp(t, at, column) for column in points.T], axis=-1)


def _part(route: Route, start: float, end: float) -> Route:
    return lambda t: route(start + (end - start) * t)


def _ends(journey: Journey) -> list[Ends]:
    return [(segment.start, segment.end) for segment in journey.segments]
