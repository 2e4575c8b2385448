"""A journey through latent space as a person edits it: keys, in an order, with times between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from explorer.state import MAX_NAME_LENGTH
from vae import latent
from vae.documents import dict_of, list_of, text_of, vector_of
from vae.keyframes import EASINGS, KeyframePath
from vae.paths import Curve

MAX_KEYS = 200  # as many as the film has steps; `routes.MOST_KEPT` remembers all their geodesics
MIN_SECONDS, MAX_SECONDS = 0.1, 60.0  # of a segment: from a blink to a lecture's patience
SECONDS = 2.0  # of a segment that nobody has timed yet
CORNERS = ("piecewise", "smooth")
SMOOTH_KEYS = 3  # through fewer the spline is the straight line


@dataclass(frozen=True)
class Key:
    """A point on the way, and the segment that leads from it to the next key.

    z: prior standard deviations. name: where it is from, as the person reads it. seconds: until the
    next key, kept also where there is none. easing: of that segment, one of `EASINGS`.

    Raises ValueError if one of them can't be used.
    """

    z: tuple[float, ...]
    name: str = ""
    seconds: float = SECONDS
    easing: str = "none"

    def __post_init__(self) -> None:
        z = tuple(float(value) for value in self.z)
        if not z or not all(abs(value) <= latent.MAX_MAGNITUDE for value in z):
            raise ValueError(
                "the point of a key must hold numbers between "
                f"-{latent.MAX_MAGNITUDE:,.0f} and {latent.MAX_MAGNITUDE:,.0f}"
            )
        if not MIN_SECONDS <= self.seconds <= MAX_SECONDS:
            raise ValueError(
                f"a segment takes from {MIN_SECONDS:g} to {MAX_SECONDS:g} seconds, "
                f"not {self.seconds:g}"
            )
        if self.easing not in EASINGS:
            raise ValueError(f"unknown easing {self.easing!r}: expected {' or '.join(EASINGS)}")
        object.__setattr__(self, "z", z)
        object.__setattr__(self, "name", self.name[:MAX_NAME_LENGTH])
        object.__setattr__(self, "seconds", float(self.seconds))


@dataclass(frozen=True)
class Segment:
    """The way from one key to the next. start, end: prior standard deviations."""

    start: tuple[float, ...]
    end: tuple[float, ...]
    seconds: float
    easing: str


@dataclass(frozen=True)
class Journey:
    """Keys in their order. Every edit returns another journey.

    closed: a last segment leads back to the first key. corners: one of `CORNERS`; "smooth" passes
    through every key without a corner.

    Raises ValueError if there is no key or more than `MAX_KEYS`, or their lengths differ.
    """

    keys: tuple[Key, ...]
    closed: bool = False
    corners: str = "piecewise"

    def __post_init__(self) -> None:
        keys = tuple(self.keys)
        if not 1 <= len(keys) <= MAX_KEYS:
            raise ValueError(f"a journey has from 1 to {MAX_KEYS} keys, not {len(keys)}")
        lengths = sorted({len(key.z) for key in keys})
        if len(lengths) > 1:
            raise ValueError(f"keys of {lengths[0]} and of {lengths[-1]} numbers in one journey")
        if self.corners not in CORNERS:
            raise ValueError(f"corners are {' or '.join(CORNERS)}, not {self.corners!r}")
        object.__setattr__(self, "keys", keys)

    # ---- what it is --------------------------------------------------------------------------

    @property
    def latent_dim(self) -> int:
        """Length of every point."""
        return len(self.keys[0].z)

    @property
    def points(self) -> np.ndarray:
        """The keys, (keys, latent_dim)."""
        return np.array([key.z for key in self.keys])

    @property
    def is_loop(self) -> bool:
        """Whether it comes back to its first key: it is closed, and there is a way to go."""
        return self.closed and len(self.keys) > 1

    @property
    def is_smooth(self) -> bool:
        """Whether it is a spline: it is to be smooth, and there are keys enough for a curve."""
        return self.corners == "smooth" and len(self.keys) >= SMOOTH_KEYS

    @property
    def segments(self) -> tuple[Segment, ...]:
        """The ways between the keys in the order they are travelled; none with a single key."""
        following = (*self.keys[1:], self.keys[0]) if self.is_loop else self.keys[1:]
        return tuple(
            Segment(key.z, after.z, key.seconds, key.easing)
            for key, after in zip(self.keys, following, strict=False)
        )

    @property
    def key_times(self) -> np.ndarray:
        """When each key is reached, seconds from the start, (segments + 1,); in a loop the last one
        is the return to the first key.
        """
        return np.cumsum([0.0, *(segment.seconds for segment in self.segments)])

    @property
    def total_seconds(self) -> float:
        """How long it takes in all; 0 with a single key."""
        return float(self.key_times[-1])

    @property
    def total_bounds(self) -> tuple[float, float]:
        """The shortest and the longest time that `with_total_seconds` can give it."""
        count = len(self.segments)
        return count * MIN_SECONDS, count * MAX_SECONDS

    # ---- where it goes -----------------------------------------------------------------------

    def path(self, method: str | Sequence[Curve]) -> KeyframePath:
        """The way by a formula from key to key, or the spline if `is_smooth`; or by curves.

        Args:
            method: one of `latent.METHODS`, or a curve for each of `segments`, such as a geodesic.

        Raises:
            ValueError: there is no such formula, or not a curve for each segment.
        """
        formula = isinstance(method, str)
        if formula and method not in latent.METHODS:
            known = " or ".join(latent.METHODS)
            raise ValueError(f"no formula for {method!r}: expected {known}")
        segments = self.segments
        return KeyframePath(
            self.points,
            [segment.seconds for segment in segments],
            [segment.easing for segment in segments],
            closed=self.is_loop,
            method="smooth" if formula and self.is_smooth else method,
        )

    # ---- edits -------------------------------------------------------------------------------

    def added(self, key: Key, at: int | None = None) -> Journey:
        """With another key that stands at `at` afterwards; None is the end.

        Raises:
            ValueError: it is full, or the key does not fit.
            IndexError: there is no such place.
        """
        at = self._place(len(self.keys) if at is None else at, len(self.keys))
        return replace(self, keys=(*self.keys[:at], key, *self.keys[at:]))

    def removed(self, index: int) -> Journey:
        """Without a key, and without the segment that leaves it.

        Raises:
            ValueError: it is the only one.
            IndexError: there is no such key.
        """
        index = self._place(index)
        return replace(self, keys=self.keys[:index] + self.keys[index + 1 :])

    def moved(self, index: int, to: int) -> Journey:
        """With a key taken out of the row and put back so that it stands at `to`; its time and
        easing go with it.

        Raises:
            IndexError: there is no such key, or no such place.
        """
        keys = list(self.keys)
        key = keys.pop(self._place(index))
        keys.insert(self._place(to), key)
        return replace(self, keys=tuple(keys))

    def replaced(self, index: int, **changes: Any) -> Journey:
        """With other values of a key: `z`, `name`, `seconds` or `easing`.

        Raises:
            ValueError: they can't be used.
            IndexError: there is no such key.
        """
        index = self._place(index)
        key = replace(self.keys[index], **changes)
        return replace(self, keys=(*self.keys[:index], key, *self.keys[index + 1 :]))

    def reversed(self) -> Journey:
        """The same way backwards; a loop then starts at what was its last key."""
        before = self.keys
        # The segment that led to a key leads away from it now; where none did, the spare one does.
        timed = [before[len(before) - 2 - place] for place in range(len(before))]
        keys = tuple(
            replace(key, seconds=time.seconds, easing=time.easing)
            for key, time in zip(before[::-1], timed, strict=True)
        )
        return replace(self, keys=keys)

    def with_closed(self, closed: bool) -> Journey:
        """With a way back to the first key, or without."""
        return replace(self, closed=closed)

    def with_corners(self, corners: str) -> Journey:
        """With other `corners`.

        Raises:
            ValueError: not one of `CORNERS`.
        """
        return replace(self, corners=corners)

    def with_total_seconds(self, seconds: float) -> Journey:
        """As long as this in all: every segment by the same factor, as far as its bounds allow;
        what those take away from some, the others make up for.

        Raises:
            ValueError: no segments can be as short or as long as that, or there are none.
        """
        low, high = self.total_bounds
        count = len(self.segments)
        if not count:
            raise ValueError("a single key takes no time: add another one")
        # A total that was shown rounded may lie a hair outside.
        if not low - 1e-6 <= seconds <= high + 1e-6:
            raise ValueError(
                f"{count} segment{'s' if count > 1 else ''} can take from {low:g} to {high:g} "
                f"seconds in all, not {seconds:g}"
            )
        times = np.array([segment.seconds for segment in self.segments])
        # The sum of the clipped times grows evenly between the factors at which one meets a bound.
        factors = np.sort(np.concatenate([MIN_SECONDS / times, MAX_SECONDS / times]))
        sums = np.clip(np.outer(factors, times), MIN_SECONDS, MAX_SECONDS).sum(axis=1)
        factor = np.interp(seconds, sums, factors)
        times = np.clip(factor * times, MIN_SECONDS, MAX_SECONDS).tolist()
        keys = [replace(key, seconds=time) for key, time in zip(self.keys, times, strict=False)]
        return replace(self, keys=(*keys, *self.keys[count:]))

    def _place(self, index: int, last: int | None = None) -> int:
        """An index that must not count from the end."""
        if not 0 <= index <= (len(self.keys) - 1 if last is None else last):
            raise IndexError(f"there is no place {index} in a journey of {len(self.keys)} keys")
        return index

    # ---- session files -----------------------------------------------------------------------

    def to_settings(self) -> dict[str, Any]:
        """What a session file keeps, made of what JSON can hold."""
        keys = [{**asdict(key), "z": list(key.z)} for key in self.keys]
        return {"keys": keys, "closed": self.closed, "corners": self.corners}

    @classmethod
    def from_settings(cls, value: object, latent_dim: int) -> Journey:
        """Read what `to_settings` has written, or what became of it.

        A key without a usable point is left out, and so are those beyond `MAX_KEYS`; times are
        clipped to their bounds, and of everything else that can't be used the default is taken.

        Raises:
            ValueError: not one key can be used; it names the fault of the first one.
        """
        settings = dict_of(value, "the journey")
        keys, faults = [], []
        for number, entry in enumerate(
            list_of(settings.get("keys"), "the list of its keys"), start=1
        ):
            try:
                keys.append(_key_of(entry, f"key {number}", latent_dim))
            except ValueError as error:
                faults.append(str(error))
        if not keys:
            raise ValueError(faults[0] if faults else "the journey has no keys")
        corners = settings.get("corners")
        return cls(
            tuple(keys[:MAX_KEYS]),
            settings.get("closed") is True,
            corners if corners in CORNERS else CORNERS[0],
        )


def _key_of(entry: object, place: str, latent_dim: int) -> Key:
    """Read a key. Raises ValueError if it has no usable point."""
    entry = dict_of(entry, place)
    z = vector_of(entry.get("z"), f"z of {place}")
    if len(z) != latent_dim:
        raise ValueError(f"{place} has {len(z)} numbers, this model {latent_dim}")
    try:
        name = text_of(entry.get("name"), f"the name of {place}")
    except ValueError:
        name = ""
    try:
        (seconds,) = vector_of([entry.get("seconds")], f"the seconds of {place}")
    except ValueError:
        seconds = SECONDS
    easing = entry.get("easing")
    return Key(
        z,
        name,
        min(MAX_SECONDS, max(MIN_SECONDS, seconds)),
        easing if easing in EASINGS else EASINGS[0],
    )
