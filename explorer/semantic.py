"""A walk from a held base point along directions with a meaning, some of which may be held.

z = base + sum of t_i u_i, with t_i in prior standard deviations and u_i of length 1. A direction
that is held is not walked, and all others are walked orthogonally to it, as to the dimensions that
are locked.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from explorer.state import DECIMALS, HISTORY_LENGTH
from vae.directions import Direction, orthogonal_to
from vae.latent import MAX_MAGNITUDE

Key = tuple[str, str]  # the set that a direction is in, and its name there

# Positions at rest whose sliders are remembered, for undo and redo to come back to.
MOST_KEPT = 2 * HISTORY_LENGTH


@dataclass(frozen=True, eq=False)
class Course:
    """A direction as it is walked.

    direction: None while it is still being looked for. vector: (d,), of length 1; zeros where it
    can't be walked. held: it is held by the person, and stays. left: 0 to 1, the cosine between
    the direction and its vector. problem: why nothing is left to walk along; empty where there is.
    """

    key: Key
    direction: Direction | None
    vector: np.ndarray
    held: bool = False
    left: float = 1.0
    problem: str = ""

    @property
    def name(self) -> str:
        """What the person calls it."""
        return self.key[1]

    @property
    def walkable(self) -> bool:
        """Whether its slider moves anything."""
        return self.direction is not None and not self.held and not self.problem

    @property
    def as_walked(self) -> Direction | None:
        """The direction with the vector that is walked; None where none is."""
        if not self.walkable:
            return None
        if self.left == 1.0:
            return self.direction
        # What was known of the direction is not known of what is left of it.
        return replace(
            self.direction,
            vector=self.vector,
            r2=None,
            r2_partial=None,
            gradient=None,
            share=None,
            length=None,
        )


def courses(
    directions: Mapping[Key, Direction],
    held: Mapping[Key, Direction],
    locks: Collection[int],
    latent_dim: int,
) -> tuple[Course, ...]:
    """How each of the directions is walked while those that are held, and locked dimensions, stay.

    held: may name others than the directions. locks: of dimensions, from 0.
    """
    locked = np.eye(latent_dim)[sorted(locks)]
    made = []
    for key, direction in directions.items():
        if key in held:
            made.append(Course(key, direction, direction.vector, held=True))
            continue
        others = [*held.values(), *locked]
        try:
            # Untouched, where nothing is held: orthogonalising would round it.
            vector = orthogonal_to(direction, others) if others else direction.vector
        except ValueError:
            problem = "Nothing is left of it beside what is held and locked."
            made.append(Course(key, direction, np.zeros(latent_dim), left=0.0, problem=problem))
            continue
        left = float(np.clip(vector @ direction.vector, 0.0, 1.0))
        made.append(Course(key, direction, vector, left=1.0 if left > 1.0 - 1e-9 else left))
    return tuple(made)


class SemanticWalk:
    """Where the walk stands: the base point, the courses, and how far along each.

    It never moves a point: `put` and the like say where the point belongs, and `follow` is told
    where it went.
    """

    def __init__(self, latent_dim: int) -> None:
        self._kept: OrderedDict[tuple[bytes, tuple[float, ...]], tuple] = OrderedDict()
        self.start((0.0,) * latent_dim)

    def start(self, z: Sequence[float]) -> None:
        """Begin anew at z, without courses, for another model."""
        self._courses: tuple[Course, ...] = ()
        self._matrix = np.zeros((0, len(z)))  # (n, d), what the courses walk along
        self._kept.clear()
        self.hold_here(z)

    @property
    def courses(self) -> tuple[Course, ...]:
        """What is walked along, in the order of the sliders."""
        return self._courses

    @property
    def matrix(self) -> np.ndarray:
        """The vectors of the courses, (n, d)."""
        return self._matrix

    @property
    def base(self) -> np.ndarray:
        """The base point, (d,), prior standard deviations."""
        return self._base

    @property
    def values(self) -> np.ndarray:
        """How far along each course, (n,), prior standard deviations."""
        return self._values

    @property
    def z(self) -> tuple[float, ...]:
        """Where the point belongs, rounded as the state rounds."""
        return self._z

    @property
    def distance(self) -> float:
        """From the base to the point, prior standard deviations."""
        return float(np.linalg.norm(np.asarray(self._z) - self._base))

    def set_courses(self, courses: Sequence[Course]) -> None:
        """Walk along others from now on; the point stays, and becomes the base."""
        self._courses = tuple(courses)
        vectors = [course.vector for course in courses]
        self._matrix = np.array(vectors, np.float64).reshape(len(vectors), len(self._base))
        self.hold_here(self._z)

    def hold_here(self, z: Sequence[float]) -> None:
        """Make a point the base, with every slider at 0."""
        self._set(np.array(z, np.float64), np.zeros(len(self._courses)))
        self.keep()

    def put(self, index: int, value: float) -> tuple[float, ...]:
        """Set one slider; the point that belongs to it."""
        values = self._values.copy()
        values[index] = value
        self._set(self._base, values)
        return self._z

    def scale(self, values: np.ndarray, factor: float) -> tuple[float, ...]:
        """Set all sliders to a multiple of values (n,); the point that belongs to them."""
        self._set(self._base, values * factor)
        return self._z

    def carry(self, base: Sequence[float]) -> tuple[float, ...]:
        """Make the same change to another base; the point that belongs to it."""
        self._set(np.array(base, np.float64), self._values)
        return self._z

    def follow(self, z: tuple[float, ...]) -> bool:
        """Be told where the point is; True if that is not where this walk has put it.

        Then the sliders go back to how they were when the point was there at rest, for the same
        courses; a point that is new here becomes the base.
        """
        if z == self._z:
            return False
        known = self._kept.get((self._signature, z))
        if known is None:
            self._set(np.array(z), np.zeros(len(self._courses)))
        else:
            self._set(*known)
        return True

    def keep(self) -> None:
        """Remember the sliders for this point, which rests."""
        place = self._signature, self._z
        self._kept[place] = self._base, self._values
        self._kept.move_to_end(place)
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)

    def recall(self, base: Sequence[float], values: Sequence[float], z: Sequence[float]) -> bool:
        """Take over a base and sliders that were saved, if they lead to z; else change nothing."""
        if len(base) != len(self._base) or len(values) != len(self._values):
            return False
        leads_to = np.array(base, np.float64) + np.array(values, np.float64) @ self._matrix
        # Saved numbers are rounded: each slider by half a millionth, and z, too.
        if not np.allclose(leads_to, z, rtol=0.0, atol=10.0**-DECIMALS * (1 + len(values))):
            return False
        self._base, self._values = np.array(base, np.float64), np.array(values, np.float64)
        self._z = tuple(float(value) for value in z)
        self.keep()
        return True

    @property
    def _signature(self) -> bytes:
        """What tells courses apart."""
        return self._matrix.tobytes()

    def _set(self, base: np.ndarray, values: np.ndarray) -> None:
        self._base, self._values = base, values
        z = np.clip(base + values @ self._matrix, -MAX_MAGNITUDE, MAX_MAGNITUDE)
        # As the state does, so that its point compares equal.
        self._z = tuple(round(value, DECIMALS) + 0.0 for value in z.tolist())
