"""Walks to where a classifier sees a wanted class, by its gradients.

"Plug and play" guidance (Nguyen et al. 2017, "Plug & Play Generative Networks: Conditional
Iterative Generation of Images in Latent Space", eq. 5, without its noise): the decoder D and the
classifier are chained, and z climbs log p(target | D(z)) against a pull towards the prior's middle.
Points are float64 arrays in prior standard deviations; the networks compute in float32.

The classifier judges every image as it is shown, in 256 levels, so that what is said of a point
here is what the window says of it: at a boundary rounding may decide, by up to 0.1 nats. It has no
slope, so gradients are those of the image before it.

A value and its gradient take 1.5 ms for a point and 3.7 ms for eight on one core, most of it in
the classifier.
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

from vae.classifier import Classifier, probabilities
from vae.data import to_model_range
from vae.decoding import MAX_COORDINATE, FoldedDecoder
from vae.model import Decoder
from vae.statistics import SHELL

if TYPE_CHECKING:
    from vae.weights import ModelBundle

# Starts that `guide_to` draws around a point whose own climb has failed, by how far off they are,
# and how many of them are climbed from: the likeliest. Of 400 pairs from learned and 400 from prior
# samples 400 and 398 arrive so. On half as many pairs 64 and 8 up to 1.5 standard deviations failed
# in 6, and 16 that were not chosen took more time.
JITTERED, CLIMBED = 128, 8
JITTER = (0.3, 2.0)
# The straight way to such a start is played in steps of at most this, prior standard deviations,
# also where the climb's own steps are not clipped.
STRAIGHT_STEP = 0.2
SHORTEST_LONGEST = 0.01  # else that way would have thousands of points
# The margin, in nats, from which on a point counts as taken for a class. The same image judged in
# a batch of another size differs by some 1e-6.
INSIDE = 1e-4


class Objective(Protocol):
    """How well points (N, d) do what was asked, and in which direction they would do better.

    `Judge.target` is a log-probability, which is climbed; `Judge.margin` is 0 at a boundary, which
    is looked for.
    """

    def value(self, z: np.ndarray) -> np.ndarray:
        """(N, d) -> (N,), in nats."""

    def gradient(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(N, d) -> the values (N,) and their gradients (N, d), nats per standard deviation."""


@dataclass(frozen=True)
class Rule:
    """How to climb: z <- z + rate * (grad log p(target | D(z)) - prior_weight * z).

    rate and prior_weight are eta and lambda. A step is clipped to `longest`, prior standard
    deviations: where the classifier is sure of something else gradients reach 30, and a plain step
    (an infinite `longest`) leaves the map at once. Points are kept within `radius`, or within their
    start's own |z| if that is larger; None is `map_radius`, infinity anywhere.

    probability: the climb ends here; steps: and after so many.

    Raises ValueError if one of these makes no sense.
    """

    rate: float = 0.2
    prior_weight: float = 0.5
    steps: int = 60
    probability: float = 0.95
    longest: float = 0.2
    radius: float | None = None

    def __post_init__(self) -> None:
        if not 0 < self.rate < math.inf:
            raise ValueError(f"rate must be above 0 and finite, not {self.rate}")
        if not 0 <= self.prior_weight < math.inf:
            raise ValueError(f"prior_weight must be at least 0 and finite, not {self.prior_weight}")
        if not (isinstance(self.steps, int | np.integer) and self.steps > 0):
            raise ValueError(f"steps must be a whole number above 0, not {self.steps}")
        if not self.longest >= SHORTEST_LONGEST:
            raise ValueError(f"longest must be at least {SHORTEST_LONGEST}, not {self.longest}")
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
    They come on top of the rule's number of steps.
    note: what there is to say of it, for the person; empty if it is simply the climb that arrived.
    """

    path: np.ndarray
    probabilities: np.ndarray
    reached: bool
    detour: int
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

    def likeliest(self, z: ArrayLike) -> int:
        """Which class the image at a point (d,) is taken for."""
        image = self.folded.decode_uint8(finite_point(z)[None])
        return int(probabilities(self.classifier, image)[0].argmax())

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
        x = torch.from_numpy(to_model_range(self._judge.folded.decode_uint8(z)))
        with torch.inference_mode():
            x = x.contiguous(memory_format=torch.channels_last)  # a quarter faster
            return self._numbers(self._read(self._judge.classifier(x)))

    def gradient(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        point = torch.tensor(z, dtype=torch.float32).clamp_(-MAX_COORDINATE, MAX_COORDINATE)
        values = self._read(self._judge.classifier(self._judge.decoder(point.requires_grad_())))
        (gradient,) = torch.autograd.grad(values.sum(), point)
        return self.value(z), self._numbers(gradient)

    def _numbers(self, answer: torch.Tensor) -> np.ndarray:
        """As float64. An error here keeps a NaN from being walked on, and from being compared."""
        if not torch.isfinite(answer).all():
            raise ValueError("the classifier gives no finite answer here; its weights are damaged")
        return answer.double().numpy()


def map_radius(latent_dim: int) -> float:
    """|z| beyond which one prior sample in a thousand lies: where the map ends, 4.74 in 6."""
    from scipy.special import chdtri

    return math.sqrt(chdtri(latent_dim, 1.0 - SHELL[2] / 100.0))


def finite_point(start: ArrayLike) -> np.ndarray:
    """A start as an array (d,) of its own. Raises ValueError if images are not computed there."""
    start = np.array(start, np.float64)
    if start.ndim != 1 or not start.size or not np.isfinite(start).all():
        raise ValueError(f"expected one finite point of shape (latent_dim,), got {start}")
    if np.abs(start).max() > MAX_COORDINATE:
        raise ValueError(f"the point has a number beyond {MAX_COORDINATE:g}; start nearer to 0")
    return start


def free_dimensions(latent_dim: int, locked: Set[int]) -> np.ndarray:
    """Which dimensions may move, (d,) of bool. Raises ValueError if a locked one does not exist."""
    unknown = sorted(locked - set(range(latent_dim)))
    if unknown:
        raise ValueError(f"there is no dimension {unknown[0]} among {latent_dim}")
    free = np.ones(latent_dim, bool)
    free[sorted(locked)] = False
    return free


def within_radius(
    z: np.ndarray, origins: np.ndarray, radius: float | None, free: np.ndarray
) -> np.ndarray:
    """Points (N, d), brought back into the radius along their free dimensions.

    origins: (N, d) or (d,), where they started: what was beyond the radius may stay that far out.
    radius: None is `map_radius`.
    """
    radius = map_radius(z.shape[1]) if radius is None else radius
    bound = np.maximum((origins**2).sum(axis=-1), radius**2)
    squares = z**2
    left = np.maximum(bound - squares[:, ~free].sum(axis=1), 0.0)
    used = squares[:, free].sum(axis=1)
    factor = np.sqrt(np.minimum(1.0, left / np.maximum(used, 1e-12)))
    return np.where(free, z * factor[:, None], z)


def climb(
    objective: Objective, start: ArrayLike, rule: Rule, locked: Set[int] = frozenset()
) -> Iterator[tuple[np.ndarray, float]]:
    """Climb from a point (d,); yields it and then, after every step, z (d,) and its probability.

    Ends when the rule's probability or its number of steps is reached. A caller that has seen
    enough stops asking. locked: dimensions that stay as they are.

    Raises ValueError if the point is not a finite vector, or a locked dimension does not exist.
    """
    start = finite_point(start)
    free = free_dimensions(len(start), locked)
    for z, p in _climb(objective, start[None], rule, free):
        yield z[0], float(p[0])


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
    straight to that one's start first. Where none arrives, the way that ended closest is shown.

    seed: of those points; the same seed gives the same way. progress: told the share of the work
    that is done; it may raise to end it. Arguments and errors otherwise as in `climb`.
    """
    return walk_many(objective, finite_point(start)[None], rule, locked, seed, progress)[0]


def walk_many(
    objective: Objective,
    starts: ArrayLike,
    rule: Rule,
    locked: Set[int] = frozenset(),
    seed: int = 0,
    progress: Callable[[float], None] = lambda fraction: None,
) -> tuple[Guided, ...]:
    """Walk several points (N, d) to one target, each as `guide_to` does, with seeds that count up.

    All climb at once, which takes half the time of one after another: a quarter of a second for 8.
    """
    starts = np.asarray(starts, np.float64)
    if starts.ndim != 2:
        raise ValueError(f"expected points of shape (N, latent_dim), got {starts.shape}")
    if not len(starts):
        return ()
    starts = np.stack([finite_point(start) for start in starts])
    free = free_dimensions(starts.shape[1], locked)
    paths, courses = [], []
    for step, (z, p) in enumerate(_climb(objective, starts, rule, free)):
        progress(0.5 * step / (rule.steps + 1))
        paths.append(z)
        courses.append(p)
    stuck = np.flatnonzero(courses[-1] < rule.probability)
    guided = []
    for i in range(len(starts)):
        path, course = np.stack(paths)[:, i], np.stack(courses)[:, i]
        if course[-1] >= rule.probability:
            arrival = int(np.argmax(course >= rule.probability)) + 1
            note = f"p = {course[0]:.2f} here already: nothing to do." if arrival == 1 else ""
            guided.append(Guided(path[:arrival], course[:arrival], True, 0, note))
        else:
            done, share = 0.5 + 0.5 * np.searchsorted(stuck, i) / len(stuck), 0.5 / len(stuck)
            guided.append(
                _detour(
                    objective,
                    path,
                    course,
                    rule,
                    free,
                    np.random.default_rng(seed + i),
                    lambda fraction, done=done, share=share: progress(done + share * fraction),
                )
            )
    return tuple(guided)


def _detour(
    objective: Objective,
    path: np.ndarray,
    course: np.ndarray,
    rule: Rule,
    free: np.ndarray,
    rng: np.random.Generator,
    progress: Callable[[float], None],
) -> Guided:
    """What to show of a climb that got stuck, path (T, d) and course (T,): a better one, or it."""
    start, stuck_at = path[0], course[-1]
    asked = f"p = {rule.probability:.2f} was not reached"
    own = Guided(
        path,
        course,
        False,
        0,
        f"{asked}, neither from here nor from points around: the climb ended at p = {stuck_at:.2f}."
        if free.any()
        else f"{asked}: every dimension is locked.",
    )
    if not free.any():
        return own
    noise = rng.standard_normal((JITTERED, len(start))) * np.linspace(*JITTER, JITTERED)[:, None]
    around = within_radius(start + noise * free, start, rule.radius, free)
    score = objective.value(around) - 0.5 * rule.prior_weight * (around**2).sum(axis=1)
    chosen = around[np.argsort(-score, kind="stable")[:CLIMBED]]
    history, courses = [], []
    for step, (z, p) in enumerate(_climb(objective, chosen, rule, free, origin=start)):
        progress(step / (rule.steps + 1))
        history.append(z)
        courses.append(p)
        if (p >= rule.probability).any():
            break
    arrived = p >= rule.probability
    if not arrived.any() and p.max() <= stuck_at:
        return own
    # Of those that arrive at the same step the one that changes least.
    gone = np.linalg.norm(z - start, axis=1)
    best = int(np.where(arrived, gone, np.inf).argmin() if arrived.any() else p.argmax())
    climbed = np.stack(history)[:, best]

    length = np.linalg.norm(climbed[0] - start)
    pieces = max(1, math.ceil(length / min(rule.longest, STRAIGHT_STEP)))
    straight = start + np.arange(pieces)[:, None] / pieces * (climbed[0] - start)
    whole = np.concatenate([straight, climbed])
    course = np.concatenate([np.exp(objective.value(straight)), np.stack(courses)[:, best]])
    passed = np.flatnonzero(course >= rule.probability)
    if passed.size:  # the straight line may have met the target before its end
        whole, course = whole[: passed[0] + 1], course[: passed[0] + 1]
    detour = min(len(straight), len(whole))
    if not passed.size:
        note = (
            f"{asked}, neither from here nor from points around: the best of them, {length:.1f} "
            f"away, ended at p = {course[-1]:.2f}."
        )
    elif len(whole) <= len(straight) + 1:  # the climb itself took no step
        note = (
            f"From here the climb got stuck at p = {stuck_at:.2f}. This way goes straight to a "
            f"point {np.linalg.norm(whole[-1] - start):.1f} away that was found by chance."
        )
    else:
        note = (
            f"From here the climb got stuck at p = {stuck_at:.2f}. This way first goes straight to "
            f"a point {length:.1f} away, and climbs from there."
        )
    return Guided(whole, course, bool(passed.size), detour, note)


def _climb(
    objective: Objective,
    z: np.ndarray,
    rule: Rule,
    free: np.ndarray,
    origin: np.ndarray | None = None,
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Climb from points (N, d) until all have arrived: yields them (N, d) and probabilities (N,).

    What has arrived stays. origin: whose |z| widens the bound, for points drawn around another.
    """
    origins = z if origin is None else np.broadcast_to(origin, z.shape)
    p, going = np.empty(len(z)), np.arange(len(z))
    for step in range(rule.steps + 1):
        values, gradients = objective.gradient(z[going])
        p = p.copy()
        p[going] = np.exp(values)
        yield z, p
        short = p[going] < rule.probability
        if step == rule.steps or not short.any():
            return
        going, gradients = going[short], gradients[short]
        move = rule.rate * (gradients - rule.prior_weight * z[going]) * free
        length = np.linalg.norm(move, axis=1, keepdims=True)
        move *= np.minimum(1.0, rule.longest / np.maximum(length, 1e-12))
        moved = within_radius(z[going] + move, origins[going], rule.radius, free)
        z = z.copy()
        z[going] = moved
