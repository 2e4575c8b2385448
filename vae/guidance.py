"""Walks to where a classifier sees a wanted class: by its gradients, and the smallest change to it.

"Plug and play" guidance (Nguyen et al. 2017, "Plug & Play Generative Networks: Conditional
Iterative Generation of Images in Latent Space", eq. 5, without its noise): the decoder D and the
classifier are chained, and z climbs log p(target | D(z)) against a pull towards the prior's middle.
Points are float64 arrays in prior standard deviations; the networks compute in float32.

One gradient takes 1.0 ms for a point and 2.8 ms for eight on one core, most of it in the
classifier. The unfolded decoder is used, as the folded one would save only a tenth to a sixth.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import ArrayLike

from vae.classifier import Classifier
from vae.decoding import FoldedDecoder
from vae.model import Decoder
from vae.statistics import SHELL

if TYPE_CHECKING:
    from vae.weights import ModelBundle

SPACES = ("latent", "pixels")

# Starts that `guide_to` draws around a point whose own climb has failed, by how far off they are,
# and how many of them are climbed from: the likeliest. Measured on 200 pairs each of learned and of
# prior samples: 128 and 8 reach all of them, 64 and 8 up to 1.5 standard deviations 199 and 195, 16
# that were not chosen 99 of 100, in more time.
JITTERED, CLIMBED = 128, 8
JITTER = (0.3, 2.0)

# `smallest_change` searches in rounds, each from new points, until this many bring nothing.
CLOUD, REFINED, REFINEMENTS = 512, 8, 10
ROUNDS, IDLE_ROUNDS = 6, 2
GAIN = 0.002  # share by which a round must shorten the distance to have brought something
ON_SEGMENT, BISECTIONS = 32, 16
AIM = 0.01  # logits; refinement aims this far inside, else it would end on either side
# The longest step of a refinement, from its first to its last, prior standard deviations: small
# enough to stay where the point was drawn, and smaller in the end, where the boundary has corners.
LONGEST_REFINEMENT = (0.4, 0.03)
FLATTEST = 1e-3  # added to the pixels' metric (30 to 350), as dead dimensions have none


class Objective(Protocol):
    """What is climbed: a log-probability of points (N, d), and its gradient.

    The classifier's is `Judge.target`. Anything else that tells how well a point does what was
    asked, as the logarithm of a number up to 1, can be climbed as well.
    """

    def value(self, z: np.ndarray) -> np.ndarray:
        """(N, d) -> (N,), in nats."""

    def gradient(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(N, d) -> the values (N,) and their gradients (N, d), nats per standard deviation."""


@dataclass(frozen=True)
class Rule:
    """How to climb: z <- z + rate * (grad log p(target | D(z)) - prior_weight * z).

    A step is clipped to `longest`, prior standard deviations: where the classifier is sure of
    something else gradients reach 30, and a plain step (an infinite `longest`) leaves the
    map at once. Points are kept within `radius`, or within their start's own |z| if that is larger;
    None is where one prior sample in a thousand lies beyond.

    probability: the climb ends here; steps: and after so many.
    """

    rate: float = 0.2
    prior_weight: float = 0.5
    steps: int = 60
    probability: float = 0.95
    longest: float = 0.2
    radius: float | None = None

    def __post_init__(self) -> None:
        for name in ("rate", "longest", "steps"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be above 0, not {getattr(self, name)}")
        if not self.prior_weight >= 0:
            raise ValueError(f"prior_weight must be at least 0, not {self.prior_weight}")
        if not 0 < self.probability <= 1:
            raise ValueError(f"probability must be above 0 and up to 1, not {self.probability}")
        if self.radius is not None and not self.radius > 0:
            raise ValueError(f"radius must be above 0, not {self.radius}")


@dataclass(frozen=True)
class Guided:
    """A way to the target, to be played from its first point, which is where it was asked for.

    path: (T, d); probabilities: (T,), of the target along it; reached: whether its end has the
    probability that was asked for. detour: so many points, from the first on, go straight to
    another start, from which the target was climbed to; 0 where the point's own climb is shown.
    note: what there is to say of it, for the person.
    """

    path: np.ndarray
    probabilities: np.ndarray
    reached: bool
    detour: int
    note: str


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


class Judge:
    """Decoder and classifier, chained and differentiable."""

    def __init__(self, bundle: ModelBundle) -> None:
        """Chain a bundle's networks. Raises ValueError if it has no classifier."""
        if bundle.classifier is None:
            raise ValueError(
                f"{bundle.path.name} came without a classifier, so nothing tells which class an "
                "image shows; open weights that were trained with one."
            )
        self.decoder = Decoder(bundle.config).requires_grad_(False).eval()
        self.decoder.load_state_dict(
            {key: torch.tensor(array) for key, array in bundle.decoder.items()}
        )
        self.classifier: Classifier = bundle.classifier
        self.class_names = bundle.class_names
        self.folded = FoldedDecoder.from_state_dict(bundle.decoder, bundle.config.image_shape)

    @property
    def latent_dim(self) -> int:
        """Number of latent dimensions."""
        return self.folded.latent_dim

    def target(self, index: int) -> Objective:
        """log p(class of this index | D(z)). Raises ValueError if there is no such class."""
        self._check(index)
        return _Chain(self, lambda logits: F.log_softmax(logits, dim=1)[:, index])

    def margin(self, index: int, probability: float | None = None) -> Objective:
        """At least 0 where the class of this index is the likeliest, in nats; a logarithm of odds.

        probability: if given, the class must have at least this one, too.
        """
        self._check(index)
        others = [other for other in range(self.classifier.n_classes) if other != index]

        def read(logits: torch.Tensor) -> torch.Tensor:
            margin = logits[:, index] - logits[:, others].amax(dim=1)
            if probability is None:
                return margin
            odds = logits[:, index] - logits[:, others].logsumexp(dim=1)
            return torch.minimum(margin, odds - math.log(probability / (1 - probability)))

        return _Chain(self, read)

    def _check(self, index: int) -> None:
        if not 0 <= index < self.classifier.n_classes:
            raise ValueError(
                f"there are {self.classifier.n_classes} classes, counted from 0; got {index}"
            )


class _Chain:
    """An `Objective`: a number read from the classifier's answer to the decoded image."""

    def __init__(self, judge: Judge, read: Callable[[torch.Tensor], torch.Tensor]) -> None:
        self._judge = judge
        self._read = read

    def value(self, z: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return self._forward(torch.from_numpy(z).float()).double().numpy()

    def gradient(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        x = torch.from_numpy(z).float().requires_grad_()
        values = self._forward(x)
        (gradient,) = torch.autograd.grad(values.sum(), x)
        return values.detach().double().numpy(), gradient.double().numpy()

    def _forward(self, x: torch.Tensor) -> torch.Tensor:
        return self._read(self._judge.classifier(self._judge.decoder(x)))


def map_radius(latent_dim: int) -> float:
    """|z| beyond which one prior sample in a thousand lies: where the map ends, 4.74 in 6."""
    from scipy.special import chdtri

    return math.sqrt(chdtri(latent_dim, 1.0 - SHELL[2] / 100.0))


def climb(
    objective: Objective, start: ArrayLike, rule: Rule, locked: Set[int] = frozenset()
) -> Iterator[tuple[np.ndarray, float]]:
    """Climb from a point (d,); yields it and then, after every step, z (d,) and its probability.

    Ends when the rule's probability or its number of steps is reached. A caller that has seen
    enough stops asking. locked: dimensions that stay as they are.

    Raises ValueError if the point is not a finite vector, or a locked dimension does not exist.
    """
    start = _point(start)
    for z, probabilities in _climb(objective, start[None], rule, _free(len(start), locked)):
        yield z[0], float(probabilities[0])


def guide_to(
    objective: Objective,
    start: ArrayLike,
    rule: Rule,
    locked: Set[int] = frozenset(),
    seed: int = 0,
    progress: Callable[[float], None] = lambda fraction: None,
) -> Guided:
    """Climb from a point (d,), and where that fails, from the best of many points around it.

    A climb from one point gets stuck in every third or fourth case. Then points are drawn around
    it, the likeliest ones are climbed from at once until one arrives, and the way shown goes
    straight to that one's start first. Where none arrives, the way that came closest is shown.

    seed: of those points; the same seed gives the same way. progress: told the share of the work
    that is done; it may raise to end it. Arguments and errors otherwise as in `climb`.
    """
    start = _point(start)
    free = _free(len(start), locked)
    path, probabilities = [], []
    for step, (z, p) in enumerate(_climb(objective, start[None], rule, free)):
        progress(0.5 * step / (rule.steps + 1))
        path.append(z[0])
        probabilities.append(float(p[0]))
    if probabilities[-1] >= rule.probability:
        return Guided(np.array(path), np.array(probabilities), True, 0, "")
    own = Guided(
        np.array(path),
        np.array(probabilities),
        False,
        0,
        f"p = {rule.probability:.2f} was not reached, neither from here nor from points around: "
        f"the climb ended at p = {probabilities[-1]:.2f}.",
    )
    if not free.any():
        return own

    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((JITTERED, len(start))) * np.linspace(*JITTER, JITTERED)[:, None]
    around = _within(start + noise * free, start, rule, free)
    score = objective.value(around) - 0.5 * rule.prior_weight * (around**2).sum(axis=1)
    chosen = around[np.argsort(-score, kind="stable")[:CLIMBED]]
    history, courses = [], []
    for step, (z, p) in enumerate(_climb(objective, chosen, rule, free, origin=start)):
        progress(0.5 + 0.5 * step / (rule.steps + 1))
        history.append(z)
        courses.append(p)
        if (p >= rule.probability).any():
            break
    arrived = p >= rule.probability
    if not arrived.any() and p.max() <= own.probabilities[-1]:
        return own
    # Of those that arrive at the same step the one that changes least.
    gone = np.linalg.norm(z - start, axis=1)
    best = int(np.where(arrived, gone, np.inf).argmin() if arrived.any() else p.argmax())
    climbed = np.array(history)[:, best]

    length = np.linalg.norm(climbed[0] - start)
    share = np.linspace(0.0, 1.0, math.ceil(length / rule.longest) + 1)[:-1, None]
    straight = start + share * (climbed[0] - start)
    whole = np.concatenate([straight, climbed])
    course = np.concatenate([np.exp(objective.value(straight)), np.array(courses)[:, best]])
    early = np.flatnonzero(course >= rule.probability)
    if early.size:  # the straight line may have passed the target already
        whole, course = whole[: early[0] + 1], course[: early[0] + 1]
    reached = bool(course[-1] >= rule.probability)
    if reached:
        note = (
            f"From here the climb got stuck at p = {own.probabilities[-1]:.2f}. This way first "
            f"goes straight to a point {length:.1f} away, and climbs from there."
        )
    else:
        note = (
            f"p = {rule.probability:.2f} was not reached, neither from here nor from points "
            f"around: the best of them, {length:.1f} away, ended at p = {course[-1]:.2f}."
        )
    return Guided(whole, course, reached, min(len(straight), len(whole)), note)


def walk_many(
    objective: Objective,
    starts: ArrayLike,
    rule: Rule,
    locked: Set[int] = frozenset(),
    seed: int = 0,
    progress: Callable[[float], None] = lambda fraction: None,
) -> tuple[Guided, ...]:
    """Walk several points (N, d) to one target: `guide_to` for each, with seeds that count up."""
    starts = np.asarray(starts, np.float64)
    if starts.ndim != 2:
        raise ValueError(f"expected points of shape (N, latent_dim), got {starts.shape}")
    return tuple(
        guide_to(
            objective,
            start,
            rule,
            locked,
            seed + i,
            lambda fraction, i=i: progress((i + fraction) / len(starts)),
        )
        for i, start in enumerate(starts)
    )


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
    It is the nearest that was found; that there is no nearer one is not proven. On the boundary the
    rounding of an image to grey levels, up to 0.04 nats, may decide for either class. Takes 0.6 to
    1.5 s on one core.

    space: in which it is nearest, one of SPACES: Euclidean in z, or between the images.
    probability: below 1; if given, the target must have at least this one, not only the highest.
    radius: how far from the start to look, prior standard deviations, whichever the space.
    locked, seed, progress: as in `guide_to`.

    Raises ValueError if an argument does not fit.
    """
    start = _point(start)
    if len(start) != judge.latent_dim:
        raise ValueError(f"expected a point of {judge.latent_dim} numbers, got {len(start)}")
    if space not in SPACES:
        raise ValueError(f"unknown space {space!r}: expected {' or '.join(SPACES)}")
    if not 0 < radius < math.inf:
        raise ValueError(f"radius must be above 0 and finite, not {radius}")
    if probability is not None and not 0 < probability < 1:
        raise ValueError(f"probability must be between 0 and 1, not {probability}")
    free = np.flatnonzero(_free(len(start), locked))
    search = _Search(judge, judge.margin(target, probability), start, free, radius, space)
    rng = np.random.default_rng(seed)
    after, distance, idle = None, math.inf, 0
    if search.margin.value(start[None])[0] >= 0:
        after, distance = start, 0.0
    elif free.size:
        for number in range(ROUNDS):
            progress(number / ROUNDS)
            found, length = search.round(rng, after, distance, first=number == 0)
            idle = idle + 1 if length > distance * (1 - GAIN) or found is None else 0
            if length < distance:
                after, distance = found, length
            if idle == IDLE_ROUNDS:
                break

    name = judge.class_names[target]
    if after is None:
        asked = "" if probability is None else f" with p ≥ {probability:.2f}"
        note = f"No point that is taken for {name}{asked} was found within {radius:g} of here."
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
        self, rng: np.random.Generator, best: np.ndarray | None, distance: float, first: bool
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
        margins, lengths = self.margin.value(cloud), self.lengths(cloud)
        # A third the nearest that are the target already, then the most nearly it, each near its
        # own part of the boundary.
        inside = np.flatnonzero((margins >= 0) & (lengths < distance))
        nearest = inside[np.argsort(lengths[inside], kind="stable")][: REFINED // 3]
        likeliest = np.argsort(-margins, kind="stable")[:REFINED]
        chosen = list(dict.fromkeys([*nearest, *likeliest]))[:REFINED]
        z = cloud[chosen]
        if first:
            z = np.concatenate([z[: REFINED - 1], self.start[None]])

        points, values = [cloud[nearest]], [lengths[nearest]]
        for longest in np.geomspace(*LONGEST_REFINEMENT, REFINEMENTS):
            margins, gradients = self.margin.gradient(z)
            lengths = self.lengths(z)
            points.append(z[margins >= 0])
            values.append(lengths[margins >= 0])
            z = self.refined(z, margins, gradients, longest)
        points.append(z[self.margin.value(z) >= 0])
        values.append(self.lengths(points[-1]))
        points, values = np.concatenate(points), np.concatenate(values)
        if not len(points):
            return None, math.inf
        shortest = points[values.argmin()]
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
    """The first point with a margin of at least 0 on the line from one without to one with it."""
    way = inside - outside
    shares = np.linspace(0.0, 1.0, ON_SEGMENT + 1)
    line = outside + shares[:, None] * way
    line[-1] = inside  # exactly: rounding must not take it out again
    passed = np.flatnonzero(margin.value(line) >= 0)
    if not passed.size or passed[0] == 0:
        return inside if not passed.size else outside
    low, high = shares[passed[0] - 1], shares[passed[0]]
    point = line[passed[0]]
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        candidate = outside + middle * way
        if margin.value(candidate[None])[0] >= 0:
            high, point = middle, candidate
        else:
            low = middle
    return point


def _climb(
    objective: Objective,
    z: np.ndarray,
    rule: Rule,
    free: np.ndarray,
    origin: np.ndarray | None = None,
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Climb from points (N, d) until all have arrived: yields them (N, d) and probabilities (N,).

    origin: whose |z| widens the bound, for points that were drawn around another.
    """
    origins = z if origin is None else origin
    for step in range(rule.steps + 1):
        values, gradients = objective.gradient(z)
        probabilities = np.exp(values)
        yield z, probabilities
        if step == rule.steps or (probabilities >= rule.probability).all():
            return
        move = rule.rate * (gradients - rule.prior_weight * z) * free
        length = np.linalg.norm(move, axis=1, keepdims=True)
        move *= np.minimum(1.0, rule.longest / np.maximum(length, 1e-12))
        z = _within(z + move, origins, rule, free)


def _within(z: np.ndarray, origins: np.ndarray, rule: Rule, free: np.ndarray) -> np.ndarray:
    """Points (N, d), brought back into the rule's radius along their free dimensions.

    origins: (N, d) or (d,), where they started: what was beyond the radius may stay that far out.
    """
    radius = map_radius(z.shape[1]) if rule.radius is None else rule.radius
    bound = np.maximum((origins**2).sum(axis=-1), radius**2)
    squares = z**2
    left = np.maximum(bound - squares[:, ~free].sum(axis=1), 0.0)
    used = squares[:, free].sum(axis=1)
    factor = np.sqrt(np.minimum(1.0, left / np.maximum(used, 1e-12)))
    return np.where(free, z * factor[:, None], z)


def _point(start: ArrayLike) -> np.ndarray:
    start = np.array(start, np.float64)
    if start.ndim != 1 or not np.isfinite(start).all():
        raise ValueError(f"expected one finite point of shape (latent_dim,), got {start}")
    return start


def _free(latent_dim: int, locked: Set[int]) -> np.ndarray:
    """Which dimensions may move, (d,) of bool."""
    unknown = sorted(locked - set(range(latent_dim)))
    if unknown:
        raise ValueError(f"there is no dimension {unknown[0]} among {latent_dim}")
    free = np.ones(latent_dim, bool)
    free[sorted(locked)] = False
    return free
