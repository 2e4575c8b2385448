"""Walks to where an attribute of handwriting has changed by so much: "thicker by 20 %".

The attribute is measured on the images that are shown, along the whole way, and its slope by
central differences of what is measured, so that no regression has to be right for it. Steps go to
where the linearised attribute has the wanted value (Newton's, of least length), which takes half a
dozen of them; a climb would need a rate of its own for every attribute and unit. Points are float64
arrays in prior standard deviations.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from vae.attributes import ATTRIBUTES, FINENESS, NAMES, measure
from vae.decoding import FoldedDecoder
from vae.guidance import (
    INSIDE,
    Judge,
    Objective,
    finite_point,
    free_dimensions,
    within_radius,
)

TOLERANCE = 0.05  # of the change that was asked for; so near it counts as reached
# Nearer than its smallest change an attribute cannot be brought: one point of the finer grid.
GRAIN = {"loop": 1.0 / FINENESS**2}
STEPS = 30
# Prior standard deviations. A step along slopes is at most LONGEST; slopes are measured OFFSET to
# both sides, as shapes change pixel by pixel: over 0.1 or 0.35 slightly fewer walks arrive.
LONGEST, OFFSET = 0.15, 0.2
# Where such a step brings nothing, one of so many random ones may, of up to this length: without
# them 88 % of walks arrive where 95 to 98 % do.
CHANCES, FARTHEST = 48, 0.5
GAIN = 0.005  # of the change that was asked for, by which a step has to bring it nearer
SHARES = np.array([1.0, 0.5, 0.25])  # of a step, of which the one that ends nearest is taken
DAMPING = 1e-3  # added to the products of unit slopes: attribute's and class's may be parallel
SAFE = 1.0  # nats; below this margin a step has to raise the class that is held as well
# Why there is no further step.
MAP_ENDS = "the map ends there"
FLAT = "no small step from there changes it further"
STEPS_OVER = f"it takes more than {STEPS} steps"
CLASS_LOST = "any further it would not be taken for"
WORDS = {  # what more and what less of an attribute is called, after "20 %" or "10 degrees"
    "ink": ("more ink", "less ink"),
    "thickness": ("thicker", "thinner"),
    "slant": ("further to the right", "further to the left"),
    "width": ("wider", "narrower"),
    "height": ("taller", "shorter"),
    "loop": ("more loop", "less loop"),
}


@dataclass(frozen=True, eq=False)
class AttributeWalk:
    """A way along which an attribute changes, to be played from its first point.

    name: of the attribute. path: (T, d), each point nearer to the target than the one before.
    measured: (T, A), every attribute along it, in the order and units of `ATTRIBUTES`.
    target: what the attribute should become, in its unit; NaN where that makes no sense.
    reached: whether it has, to within TOLERANCE of the change.
    class_index: which class was held all the way; None if none was.
    note: what became of it, for the person.
    """

    name: str
    path: np.ndarray
    measured: np.ndarray
    target: float
    reached: bool
    class_index: int | None
    note: str

    @property
    def values(self) -> np.ndarray:
        """The attribute along the path, (T,)."""
        return self.measured[:, NAMES.index(self.name)]


def change_attribute(
    decoder: FoldedDecoder,
    start: ArrayLike,
    name: str,
    change: float,
    *,
    relative: bool = True,
    judge: Judge | None = None,
    radius: float | None = None,
    locked: Set[int] = frozenset(),
    seed: int = 0,
    progress: Callable[[float], None] = lambda fraction: None,
) -> AttributeWalk:
    """Walk from a point (d,) to where an attribute has changed by so much, or as far as it goes.

    Takes 5 ms a step on one core, and half a dozen steps where the target is reached.

    change: 0.2 is 20 % more if `relative`, else 0.2 of the attribute's unit more.
    judge: if given, no step is taken to where it sees another class than at the start.
    radius: |z| beyond which no step goes, except from a start that is farther out; None is
        `map_radius`.
    locked: dimensions that stay as they are. seed: of the steps that are left to chance.
    progress: told the share of the work that is done every few milliseconds; it may raise to end
        it.

    Raises ValueError if an argument does not fit.
    """
    start = finite_point(start)
    free = free_dimensions(len(start), locked)
    if name not in NAMES:
        raise ValueError(f"there is no attribute {name!r}; there are {', '.join(NAMES)}")
    if not math.isfinite(change):
        raise ValueError(f"the change must be finite, not {change}")
    if relative and name == "slant":
        raise ValueError("a slant of 0 is upright, so a share of it means nothing: give degrees")
    if relative and change <= -1:
        raise ValueError("nothing can lose all of itself or more; change must be above -1")
    index = NAMES.index(name)
    first = measure(decoder.decode_uint8(start[None]))
    value = first[0, index]
    target = value * (1.0 + change) if relative else value + change
    if not math.isfinite(target):
        return _standing(name, start, first, f"The image is too dark to have a {name}.")
    if relative and value == 0:
        return _standing(name, start, first, f"There is no {name} here to take a share of.")

    margin, class_index = None, None
    if judge is not None:
        class_index = judge.likeliest(start)
        margin = judge.margin(class_index)
    search = _Search(decoder, start, value, index, target, margin, free, radius)
    tolerance = max(TOLERANCE * abs(target - value), GRAIN.get(name, 0.0))
    rng = np.random.default_rng(seed)
    path, measured, why = [start], [first[0]], FLAT
    for number in range(STEPS):
        if abs(target - measured[-1][index]) <= tolerance or not free.any():
            break
        progress(number / STEPS)
        z, attributes, why = search.step(path[-1], measured[-1])
        if z is None:
            z, attributes, why = search.chance(path[-1], measured[-1], rng)
        if z is None:
            break
        path.append(z)
        measured.append(attributes)
    else:
        why = STEPS_OVER
    end = measured[-1][index]
    reached = bool(abs(target - end) <= tolerance)
    note = _said(name, value, end, relative)
    if not reached:
        if not free.any():
            why = "every dimension is locked"
        elif why == CLASS_LOST:
            why += f" {judge.class_names[class_index]}"
        note = f"only {note}: {why}" if len(path) > 1 else f"nothing changed: {why}"
    note = f"{note[0].upper()}{note[1:]}."
    return AttributeWalk(
        name, np.array(path), np.array(measured), target, reached, class_index, note
    )


@dataclass(frozen=True)
class _Search:
    """What one walk holds on to. first: the attribute at the start; index: its place."""

    decoder: FoldedDecoder
    start: np.ndarray
    first: float
    index: int
    target: float
    margin: Objective | None
    free: np.ndarray
    radius: float | None

    def step(
        self, z: np.ndarray, measured: np.ndarray
    ) -> tuple[np.ndarray | None, np.ndarray, str]:
        """The next point along the slopes and its attributes; or none, and why."""
        slopes, rise = self.slopes(z), self.target - measured[self.index]
        move = _least_step([slopes], [rise])
        if self.margin is not None:
            margins, gradients = self.margin.gradient(z[None])
            uphill, missing = gradients[0] * self.free, SAFE - margins[0]
            if uphill @ move < missing:
                move = _least_step([slopes, uphill], [rise, missing])
        return self.best(z, measured, z + SHARES[:, None] * move)

    def chance(
        self, z: np.ndarray, measured: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray | None, np.ndarray, str]:
        """The same, of steps in all directions."""
        shifts = rng.standard_normal((CHANCES, len(z))) * self.free
        shifts /= np.linalg.norm(shifts, axis=1, keepdims=True)
        lengths = np.linspace(0.0, FARTHEST, CHANCES + 1)[1:, None]
        return self.best(z, measured, z + lengths * shifts)

    def best(
        self, z: np.ndarray, measured: np.ndarray, ends: np.ndarray
    ) -> tuple[np.ndarray | None, np.ndarray, str]:
        """Of the ends (N, d) of steps from z the one that is nearest to the target, if any is."""
        gap = abs(self.target - measured[self.index])
        within = within_radius(ends, self.start, self.radius, self.free)
        found = measure(self.decoder.decode_uint8(within))
        gaps = np.nan_to_num(np.abs(self.target - found[:, self.index]), nan=np.inf)
        nearer = gaps <= gap - GAIN * abs(self.target - self.first)
        lost = np.zeros(len(within), bool)
        if self.margin is not None and nearer.any():
            lost[nearer] = self.margin.value(within[nearer]) < INSIDE
        allowed = nearer & ~lost
        if allowed.any():
            best = int(np.where(allowed, gaps, np.inf).argmin())
            return within[best], found[best], ""
        if lost.any():
            return None, measured, CLASS_LOST
        return None, measured, MAP_ENDS if (within != ends).any() else FLAT

    def slopes(self, z: np.ndarray) -> np.ndarray:
        """How the attribute changes with every dimension, (d,); 0 where it cannot be told."""
        axes = np.diag(OFFSET * self.free)[self.free]
        both = measure(self.decoder.decode_uint8(np.concatenate([z + axes, z - axes])))
        ahead, behind = both[:, self.index].reshape(2, len(axes))
        slopes = np.zeros(len(z))
        slopes[self.free] = (ahead - behind) / (2.0 * OFFSET)
        return np.nan_to_num(slopes)


def _least_step(rows: Sequence[np.ndarray], rises: Sequence[float]) -> np.ndarray:
    """The shortest step (d,) along which slopes (d,) give these rises, cut to LONGEST."""
    slopes = np.array(rows)
    lengths = np.linalg.norm(slopes, axis=1)
    used = lengths > 1e-9
    slopes = slopes[used] / lengths[used, None]
    rises = np.clip(np.array(rises)[used] / lengths[used], -LONGEST, LONGEST)
    products = slopes @ slopes.T + DAMPING * np.eye(len(slopes))
    move = slopes.T @ np.linalg.solve(products, rises)
    return move * min(1.0, LONGEST / max(float(np.linalg.norm(move)), 1e-12))


def _standing(name: str, start: np.ndarray, first: np.ndarray, note: str) -> AttributeWalk:
    """A walk that cannot begin."""
    return AttributeWalk(name, start[None], first, math.nan, False, None, note)


def _said(name: str, before: float, after: float, relative: bool) -> str:
    """What became of an attribute: "13 % thicker", or "7.2 degrees further to the right"."""
    more, less = WORDS[name]
    word = more if after >= before else less
    unit = ATTRIBUTES[NAMES.index(name)].unit
    if relative:
        share = abs(after / before - 1.0)
        return f"{share:.0%} {word}".replace("%", " %") if share >= 0.01 else f"under 1 % {word}"
    return f"{abs(after - before):.1f} {unit} {word}"
