"""The smallest change: the nearest point that a classifier takes for another class.

Points are float64 arrays in prior standard deviations; the networks compute in float32. As in
`vae.guidance` the classifier judges images as they are shown, so that a change that is called
one looks like one to every other reader of the same pixels.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from vae.guidance import INSIDE, Judge, Objective, finite_point, free_dimensions

SPACES = ("latent", "pixels")

# `smallest_change` searches in rounds, each from new points, until this many bring nothing.
CLOUD, REFINED, REFINEMENTS = 512, 8, 10
CLOUD_BATCH = 64  # 10 ms on one core, between two reports of progress
ROUNDS, IDLE_ROUNDS = 6, 2
GAIN = 0.002  # share by which a round must shorten the distance to have brought something
ON_SEGMENT, BISECTIONS = 32, 16
AIM = 0.01  # nats; refinement aims this far inside, else it would end on either side
# The longest step of a refinement, from its first to its last, prior standard deviations: small
# enough to stay where the point was drawn, and smaller in the end, where the boundary has corners.
LONGEST_REFINEMENT = (0.4, 0.03)
FLATTEST = 1e-3  # added to the pixels' metric (30 to 350), as dead dimensions have none


@dataclass(frozen=True)
class SmallestChange:
    """The nearest point found that the classifier takes for the target, or that there was none.

    found: whether there is one. radius: how far from the start was searched, prior standard
    deviations. distance: to the start, in prior standard deviations or, between images, the norm
    over all pixels in image units ([-1, 1]); infinite if none was found.
    before, after: (d,); after is None if none was found. boundary: (d,), where the straight line
    from before to after is first taken for the target; after itself unless a probability was asked
    for. frames: uint8 (3, C, H, W) at before, boundary and after; (1, C, H, W) if none was found.
    moved: dimensions by how far they moved, the farthest first.
    note: what there is to say of it, for the person.
    """

    found: bool
    radius: float
    distance: float
    before: np.ndarray
    after: np.ndarray | None
    boundary: np.ndarray | None
    frames: np.ndarray
    moved: tuple[int, ...]
    note: str


def smallest_change(
    judge: Judge,
    start: ArrayLike,
    target: int,
    *,
    space: str = "latent",
    probability: float | None = None,
    radius: float = 4.0,
    locked: Set[int] = frozenset(),
    seed: int = 0,
    progress: Callable[[float], None] = lambda fraction: None,
) -> SmallestChange:
    """Find the point nearest to a start (d,) that the classifier takes for the target class.

    Rounds of random points, the most promising refined by steps that go to the nearest point of
    the linearised boundary (Moosavi-Dezfooli et al. 2016, "DeepFool", with a start of one's own;
    with pixels, a Gauss-Newton step on the distance), and the best brought onto the boundary by
    bisection on its line to the start. Later rounds look only where something nearer could lie.
    It is the nearest that was found; that there is no nearer one is not proven. Takes 0.6 to
    1.5 s on one core, with a report of progress every few milliseconds.

    space: in which it is nearest, one of SPACES: Euclidean in z, or between the images.
    probability: below 1; if given, the target must have at least this one, not only the highest.
    radius: how far from the start to look, prior standard deviations, whichever the space.
    locked, seed, progress: as in `guide_to`.

    Raises ValueError if an argument does not fit.
    """
    start = finite_point(start)
    if len(start) != judge.latent_dim:
        raise ValueError(f"expected a point of {judge.latent_dim} numbers, got {len(start)}")
    if space not in SPACES:
        raise ValueError(f"unknown space {space!r}: expected {' or '.join(SPACES)}")
    if not 0 < radius < math.inf:
        raise ValueError(f"radius must be above 0 and finite, not {radius}")
    if probability is not None and not 0 < probability < 1:
        raise ValueError(f"probability must be between 0 and 1, not {probability}")
    free = np.flatnonzero(free_dimensions(len(start), locked))
    search = _Search(judge, judge.margin(target, probability), start, free, radius, space)
    rng = np.random.default_rng(seed)
    after, distance, idle = None, math.inf, 0
    if search.margin.value(start[None])[0] >= INSIDE:
        after, distance = start, 0.0
    elif free.size:
        for number in range(ROUNDS):
            found, length = search.round(
                rng,
                after,
                distance,
                number == 0,
                lambda share, number=number: progress((number + share) / ROUNDS),
            )
            idle = idle + 1 if length > distance * (1 - GAIN) or found is None else 0
            if length < distance:
                after, distance = found, length
            if idle == IDLE_ROUNDS:
                break

    name = judge.class_names[target]
    if after is None:
        asked = "" if probability is None else f" with p ≥ {probability:.2f}"
        lower = "" if probability is None else ", or for a lower probability"
        note = (
            f"No point that is taken for {name}{asked} was found within {radius:g} of here. "
            f"Search farther{lower}."
            if free.size
            else f"This is not taken for {name}{asked}, and every dimension is locked: free one."
        )
        frames = judge.folded.decode_uint8(start[None])
        return SmallestChange(False, radius, distance, start, None, None, frames, (), note)
    note = f"This already is taken for {name}." if distance == 0 else ""
    boundary = after
    if probability is not None:
        boundary = _first_inside(judge.margin(target), start, after)
    shift = np.abs(after - start)
    moved = tuple(int(i) for i in np.argsort(-shift, kind="stable") if shift[i] > 0)
    frames = judge.folded.decode_uint8(np.array([start, boundary, after]))
    return SmallestChange(True, radius, distance, start, after, boundary, frames, moved, note)


@dataclass(frozen=True)
class _Search:
    """What one search for the smallest change holds on to."""

    judge: Judge
    margin: Objective
    start: np.ndarray
    free: np.ndarray
    radius: float
    space: str

    def round(
        self,
        rng: np.random.Generator,
        best: np.ndarray | None,
        distance: float,
        first: bool,
        progress: Callable[[float], None],
    ) -> tuple[np.ndarray | None, float]:
        """One round: the best point found in it, on the boundary, and its distance; or none."""
        reach = self.radius
        if best is not None:  # the images may be nearer at a point that is farther off
            factor = 1.0 if self.space == "latent" else 1.5
            reach = min(reach, factor * float(np.linalg.norm(best - self.start)))
        cloud = np.tile(self.start, (CLOUD, 1))
        directions = rng.standard_normal((CLOUD, self.free.size))
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        if best is None:
            cloud[:, self.free] += directions * (reach * np.sqrt(rng.random((CLOUD, 1))))
        else:
            # Half anywhere in what is left, evenly; half around the best, mostly a little nearer.
            cloud[:, self.free] += (
                directions * reach * rng.random((CLOUD, 1)) ** (1.0 / self.free.size)
            )
            shift = (best - self.start)[self.free]
            local = shift * (1.0 - 0.1 * rng.random((CLOUD // 2, 1)))
            local += directions[::2] * (0.5 * np.linalg.norm(shift) * rng.random((CLOUD // 2, 1)))
            lengths = np.linalg.norm(local, axis=1, keepdims=True)
            local *= np.minimum(1.0, reach / np.maximum(lengths, 1e-12))
            cloud[::2, self.free] = self.start[self.free] + local
        margins, lengths = np.empty(CLOUD), np.empty(CLOUD)
        for first_of in range(0, CLOUD, CLOUD_BATCH):
            progress(0.5 * first_of / CLOUD)
            batch = slice(first_of, first_of + CLOUD_BATCH)
            margins[batch] = self.margin.value(cloud[batch])
            lengths[batch] = self.lengths(cloud[batch])
        # A third the nearest that are the target already, then the most nearly it, each near its
        # own part of the boundary.
        inside = np.flatnonzero((margins >= INSIDE) & (lengths < distance))
        nearest = inside[np.argsort(lengths[inside], kind="stable")][: REFINED // 3]
        likeliest = np.argsort(-margins, kind="stable")[:REFINED]
        chosen = list(dict.fromkeys([*nearest, *likeliest]))[:REFINED]
        z = cloud[chosen]
        if first:
            z = np.concatenate([z[: REFINED - 1], self.start[None]])

        points, values = [cloud[nearest]], [lengths[nearest]]
        for step, longest in enumerate(np.geomspace(*LONGEST_REFINEMENT, REFINEMENTS)):
            progress(0.5 + 0.4 * step / REFINEMENTS)
            margins, gradients = self.margin.gradient(z)
            lengths = self.lengths(z)
            points.append(z[margins >= INSIDE])
            values.append(lengths[margins >= INSIDE])
            z = self.refined(z, margins, gradients, longest)
        progress(0.9)
        points.append(z[self.margin.value(z) >= INSIDE])
        values.append(self.lengths(points[-1]))
        points, values = np.concatenate(points), np.concatenate(values)
        if not len(points):
            return None, math.inf
        shortest = points[values.argmin()]
        progress(0.95)
        edge = _first_inside(self.margin, self.start, shortest)
        length = float(self.lengths(edge[None])[0])
        # On a curved way through pixel space the edge may be farther off than what it leads to.
        return (edge, length) if length <= values.min() else (shortest, float(values.min()))

    def lengths(self, z: np.ndarray) -> np.ndarray:
        """Distances of points (N, d) to the start, in the space that was asked for; (N,)."""
        if self.space == "latent":
            return np.linalg.norm(z - self.start, axis=1)
        change = self.judge.folded.decode(z) - self.judge.folded.decode(self.start)
        return np.linalg.norm(np.reshape(change, (len(z), math.prod(change.shape[1:]))), axis=1)

    def refined(
        self, z: np.ndarray, margins: np.ndarray, gradients: np.ndarray, longest: float
    ) -> np.ndarray:
        """Move every point towards the nearest one on its linearised boundary.

        With J the Jacobian of what distances are measured in and r = what was changed, the step
        minimises |r + J dz|^2 under m + g dz = AIM.
        """
        moved = z.copy()
        for i, (point, m, g) in enumerate(zip(z, margins, gradients[:, self.free], strict=True)):
            shift = (point - self.start)[self.free]
            metric, pull = np.eye(len(shift)), shift
            if self.space == "pixels":
                jacobian = self.judge.folded.jacobian(point).reshape(len(z[0]), -1)
                jacobian = jacobian[self.free].astype(np.float64)
                change = self.judge.folded.decode(point) - self.judge.folded.decode(self.start)
                metric = jacobian @ jacobian.T + FLATTEST * np.eye(len(shift))
                pull = jacobian @ change.ravel()
            back, across = np.linalg.solve(metric, np.stack([pull, g], axis=1)).T
            steepness = g @ across
            if steepness <= 0:
                continue  # the classifier does not see a difference: nothing to go by
            onto = across * ((AIM - m) / steepness)
            along = across * ((g @ back) / steepness) - back
            step = sum(
                part * min(1.0, longest / max(np.linalg.norm(part), 1e-12))
                for part in (onto, along)
            )
            shift = shift + step
            shift *= min(1.0, self.radius / max(np.linalg.norm(shift), 1e-12))
            moved[i, self.free] = self.start[self.free] + shift
        return moved


def _first_inside(margin: Objective, outside: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """The first point found inside on the line from one outside to one inside."""
    way = inside - outside
    shares = np.linspace(0.0, 1.0, ON_SEGMENT + 1)
    line = outside + shares[:, None] * way
    line[-1] = inside  # exactly: rounding must not take it out again
    passed = np.flatnonzero(margin.value(line) >= INSIDE)
    if not passed.size or passed[0] == 0:
        return inside if not passed.size else outside
    low, high = shares[passed[0] - 1], shares[passed[0]]
    point = line[passed[0]]
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        candidate = outside + middle * way
        if margin.value(candidate[None])[0] >= INSIDE:
            high, point = middle, candidate
        else:
            low = middle
    return point
