"""Keyframes: a journey through latent space from key to key, in its own time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from vae import latent
from vae.paths import Curve

METHODS = (*latent.METHODS, "smooth")
EASINGS = ("none", "smoothstep")


@dataclass(frozen=True, eq=False)
class KeyframePath:
    """A journey from key to key in its own time.

    "linear" and "spherical" connect two keys as `latent.lerp` and `latent.slerp` do. "smooth" is
    the centripetal Catmull-Rom spline: it passes through every key without a corner, and makes no
    loop or cusp between two of them (Yuksel, Schaefer & Keyser 2011, "Parameterization and
    Applications of Catmull-Rom Curves"). There speed is continuous, too: how far it is along the
    curve follows the time by a monotone cubic (Fritsch & Butland 1984, "A Method for Constructing
    Local Monotone Piecewise Cubic Interpolants").

    points: (keys, latent_dim), prior standard deviations. durations: seconds of each segment, one
    for all or as many as there are segments: keys - 1, or if closed keys, the last one leading
    back to the first key. easing: one of `EASINGS`, for all or one for each segment; "smoothstep"
    rests at both ends of its segment. method: one of `METHODS`, or a curve for each segment that
    leads from one of its keys to the other, such as a geodesic.

    Raises ValueError if any of this does not fit, a duration is not positive, or a number is not
    finite.
    """

    points: np.ndarray
    durations: np.ndarray | Sequence[float] | float = 1.0
    easing: str | Sequence[str] = "none"
    closed: bool = False
    method: str | Sequence[Curve] = "linear"

    def __post_init__(self) -> None:
        points = np.array(self.points, np.float64)
        if points.ndim != 2 or 0 in points.shape or not np.isfinite(points).all():
            raise ValueError(
                f"expected at least one key of finite numbers, got an array of shape {points.shape}"
            )
        segments = len(points) if self.closed else len(points) - 1
        method = self.method if isinstance(self.method, str) else tuple(self.method)
        if isinstance(method, str) and method not in METHODS:
            names = " or ".join(METHODS)
            raise ValueError(f"unknown way between keys {method!r}: expected {names}")
        if isinstance(method, tuple) and len(method) != segments:
            raise ValueError(f"expected a curve for each of {segments} segments, got {len(method)}")
        durations = np.array(self.durations, np.float64)
        if durations.ndim == 0:
            durations = np.full(segments, float(durations))
        if durations.shape != (segments,):
            raise ValueError(
                f"expected a duration for each of {segments} segments, got {durations.shape}"
            )
        if not (np.isfinite(durations).all() and (durations > 0.0).all()):
            raise ValueError(f"durations must be finite and positive, got {durations}")
        easing = self.easing
        easing = (easing,) * segments if isinstance(easing, str) else tuple(easing)
        if len(easing) != segments:
            raise ValueError(
                f"expected an easing for each of {segments} segments, got {len(easing)}"
            )
        unknown = [name for name in easing if name not in EASINGS]
        if unknown:
            raise ValueError(f"unknown easing {unknown[0]!r}: expected {' or '.join(EASINGS)}")
        points.setflags(write=False)
        durations.setflags(write=False)
        object.__setattr__(self, "points", points)
        object.__setattr__(self, "durations", durations)
        object.__setattr__(self, "easing", easing)
        object.__setattr__(self, "method", method)

    @property
    def duration(self) -> float:
        """Seconds in all."""
        return float(self.key_times[-1])

    @property
    def key_times(self) -> np.ndarray:
        """When each key is reached, seconds from the start, (segments + 1,); if closed the last
        one is the return to the first key.
        """
        return np.cumsum([0.0, *self.durations])

    def at(self, seconds: ArrayLike) -> np.ndarray:
        """Return where the journey is; before its start and after its end it rests there, unless it
        is closed: then it goes round and round.

        Args:
            seconds: a number, or (T,).

        Returns:
            (latent_dim,) for a number, (T, latent_dim) for an array.

        Raises:
            ValueError: a time is not finite.
        """
        seconds = np.asarray(seconds, np.float64)
        if seconds.ndim > 1 or not np.isfinite(seconds).all():
            raise ValueError(f"a time must be a finite number of seconds, got {seconds}")
        keys = self.key_times
        times = np.atleast_1d(seconds)
        times = np.mod(times, keys[-1]) if self.closed else np.clip(times, 0.0, keys[-1])
        if len(keys) == 1:
            result = np.repeat(self.points, len(times), axis=0)
        else:
            segments = np.clip(np.searchsorted(keys, times, side="right") - 1, 0, len(keys) - 2)
            shares = (times - keys[segments]) / np.diff(keys)[segments]  # exactly 1 at the end
            result = np.empty((len(times), self.points.shape[1]))
            for segment in np.unique(segments).tolist():
                chosen = segments == segment
                result[chosen] = self._between(segment, shares[chosen])
        return result if seconds.ndim else result[0]

    def _between(self, segment: int, share: np.ndarray) -> np.ndarray:
        """Return the points at shares of a segment's duration, (T,) -> (T, latent_dim)."""
        a, b = self.points[segment], self.points[(segment + 1) % len(self.points)]
        if self.method == "smooth":
            tangents, paces = self._smoothed
            share = np.clip(_hermite(0.0, 1.0, *paces[segment], share), 0.0, 1.0)
            return _hermite(a, b, *tangents[segment], share[:, None])
        share = _eased(share, self.easing[segment])
        if isinstance(self.method, tuple):
            return self.method[segment](share)
        return (latent.lerp if self.method == "linear" else latent.slerp)(a, b, share)

    @cached_property
    def _smoothed(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the derivatives of the curve and of the way along it at both ends of each segment.

        (segments, 2, latent_dim) by the share of the way between two knots; (segments, 2), this
        share by the share of the segment's duration.
        """
        points, closed = self.points, self.closed
        ways = np.diff(np.concatenate([points, points[:1]]) if closed else points, axis=0)
        segments = len(ways)
        # Knots, the centripetal way: the square root of the distance is between them.
        knots = np.sqrt(np.linalg.norm(ways, axis=1))
        moving = np.flatnonzero(knots)  # a segment between equal keys is a rest, not a part of it
        tangents = np.zeros((segments, 2, points.shape[1]))
        for place, i in enumerate(moving):
            for end, neighbour in ((0, place - 1), (1, place + 1)):
                if closed:
                    other = moving[neighbour % len(moving)]
                elif 0 <= neighbour < len(moving):
                    other = moving[neighbour]
                else:
                    other = i  # as if it went on the same way
                velocity = ways[i] / knots[i]
                velocity_there = ways[other] / knots[other]
                # The derivative of the parabola through three points, by Barry & Goldman 1988.
                weight = knots[i] / (knots[i] + knots[other])
                tangents[i, end] = knots[i] * ((1.0 - weight) * velocity + weight * velocity_there)

        speeds = knots / self.durations
        paces = np.zeros((segments, 2))
        for i in moving:
            for end, neighbour in ((0, i - 1), (1, i + 1)):
                other = neighbour % segments if closed else min(max(neighbour, 0), segments - 1)
                if "smoothstep" in (self.easing[i], self.easing[other]) or speeds[other] == 0.0:
                    continue  # it comes to rest there
                mine, theirs = self.durations[i], self.durations[other]
                speed = (
                    3.0
                    * (mine + theirs)
                    / ((mine + 2.0 * theirs) / speeds[i] + (2.0 * mine + theirs) / speeds[other])
                )
                paces[i, end] = speed * self.durations[i] / knots[i]
        return tangents, paces


def _hermite(
    a: ArrayLike, b: ArrayLike, slope_a: ArrayLike, slope_b: ArrayLike, t: np.ndarray
) -> np.ndarray:
    """Return the cubic with these values and derivatives at 0 and 1; both ends are exact."""
    blend = t * t * (3.0 - 2.0 * t)
    rest = 1.0 - t
    return (1.0 - blend) * a + blend * b + t * rest * (rest * slope_a - t * slope_b)


def _eased(share: np.ndarray, easing: str) -> np.ndarray:
    """Return the share of a segment's way that is done after a share of its time; 0 and 1 stay."""
    return share * share * (3.0 - 2.0 * share) if easing == "smoothstep" else share
