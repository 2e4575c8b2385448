"""What the Guide page asks of the background thread: walks, smallest changes, and their words."""

from __future__ import annotations

import math
from collections.abc import Callable, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from explorer.model import LoadedModel
from vae.attributes import ATTRIBUTES, NAMES, measure
from vae.statistics import typicality

if TYPE_CHECKING:
    from vae.attribute_walk import AttributeWalk
    from vae.guidance import Guided, Judge, Rule
    from vae.smallest_change import SmallestChange

METHODS = ("restarts", "one", "plain")
# Changed by a percentage of themselves. An upright digit has a slant of 0 and most have no loop.
RELATIVE = frozenset({"ink", "thickness", "width", "height"})


@dataclass(frozen=True)
class ClimbRequest:
    """How to climb; `vae.guidance.Rule` tells what the numbers mean.

    method: one of METHODS: from jittered starts, too, where the point's own climb gets stuck; from
    the point alone; or from it by the bare rule, whose steps are as long as the gradient makes
    them.
    """

    rate: float = 0.2
    prior_weight: float = 0.5
    steps: int = 60
    probability: float = 0.95
    method: str = "restarts"

    def rule(self) -> Rule:
        """The rule that this asks for."""
        from vae.guidance import Rule

        bound = {"longest": math.inf, "radius": math.inf} if self.method == "plain" else {}
        return Rule(self.rate, self.prior_weight, self.steps, self.probability, **bound)


@dataclass(frozen=True)
class Walk:
    """A walk to a target, complete, before it is played.

    heading: from where to where, in a few words. path: (T, latent_dim); values: (T,), of the
    quantity along it; frames: (T, C, H, W) uint8. goal: the value asked for; bounds: of what the
    quantity can be, or is on this walk; unit: of it. reached: whether the end has what was asked
    for. detour: see `vae.guidance.Guided`. word: how typical the end is, see
    `vae.statistics.Typicality`. sentence: what became of it, for the person.
    """

    heading: str
    quantity: str
    path: np.ndarray
    values: np.ndarray
    frames: np.ndarray
    goal: float
    reached: bool
    detour: int
    word: str
    sentence: str
    bounds: tuple[float, float] = (0.0, 1.0)
    unit: str = ""


@dataclass(frozen=True, eq=False)
class NearestChange:
    """A smallest change, and what it was asked of.

    answers: (pictures, classes), the classifier's, one row for each of the change's frames.
    names: of the classes. target: the class that was asked for. space: in which it is nearest.
    probability: how sure of it the classifier had to be; None where to be the likeliest was enough.
    """

    change: SmallestChange
    answers: np.ndarray
    names: tuple[str, ...]
    target: int
    space: str
    probability: float | None


class Guide:
    """The walks of one model. All methods are for the background thread."""

    def __init__(self, model: LoadedModel) -> None:
        self._model = model
        self._judge: Judge | None = None

    def walk(
        self,
        target: int,
        start: np.ndarray,
        request: ClimbRequest,
        locks: Set[int],
        progress: Callable[[float], None],
        seed: int = 0,
    ) -> Walk:
        """Walk a point (latent_dim,) to a class."""
        from vae.guidance import Guided, climb, guide_to

        objective, rule = self.judge().target(target), request.rule()
        if request.method == "restarts":
            guided = guide_to(objective, start, rule, locks, seed, progress)
        else:
            course = []
            for z, probability in climb(objective, start, rule, locks):
                progress(len(course) / (rule.steps + 1))
                course.append((z, probability))
            path, values = (np.array(part) for part in zip(*course, strict=True))
            guided = Guided(path, values, bool(values[-1] >= rule.probability), 0, "")
        frames = self._model.decoder.decode_uint8(guided.path)
        names = self._model.class_names
        word = typicality(guided.path[-1], self._model.encoded).word
        own = names[int(self._model.probabilities(frames[:1])[0].argmax())]
        return Walk(
            heading=f"{own} → {names[target]}",
            quantity=f"p({names[target]})",
            path=guided.path,
            values=guided.probabilities,
            frames=frames,
            goal=request.probability,
            reached=guided.reached,
            detour=guided.detour,
            word=word,
            sentence=_sentence(guided, names[target], request, word),
        )

    def smallest_change(
        self,
        target: int,
        start: np.ndarray,
        space: str,
        radius: float,
        probability: float | None,
        locks: Set[int],
        progress: Callable[[float], None],
    ) -> NearestChange:
        """The nearest point that is taken for a class; see `vae.smallest_change`."""
        from vae.smallest_change import smallest_change

        change = smallest_change(
            self.judge(),
            start,
            target,
            space=space,
            radius=radius,
            probability=probability,
            locked=locks,
            progress=progress,
        )
        answers = self._model.probabilities(change.frames)
        return NearestChange(change, answers, self._model.class_names, target, space, probability)

    def walk_attribute(
        self,
        name: str,
        start: np.ndarray,
        amount: float,
        keep_class: bool,
        locks: Set[int],
        progress: Callable[[float], None],
    ) -> Walk:
        """Walk a point (latent_dim,) to where an attribute has changed by an amount, in its unit.

        keep_class: the classifier has to see the same class all the way.
        """
        from vae.attribute_walk import change_attribute

        relative = name in RELATIVE
        found = change_attribute(
            self._model.decoder,
            start,
            name,
            amount / 100.0 if relative else amount,
            relative=relative,
            judge=self.judge() if keep_class and self._model.class_names else None,
            locked=locks,
            progress=progress,
        )
        word = typicality(found.path[-1], self._model.encoded).word
        return Walk(
            heading=f"{name} {written_amount(name, amount)}",
            quantity=name,
            path=found.path,
            values=np.nan_to_num(found.values),
            frames=self._model.decoder.decode_uint8(found.path),
            goal=found.target,
            reached=found.reached,
            detour=0,
            word=word,
            sentence=_attribute_sentence(found, self._model.class_names, word),
            bounds=bounds_of(np.append(found.values, found.target)),
            unit=ATTRIBUTES[NAMES.index(name)].unit,
        )

    def measured(self, name: str, z: np.ndarray) -> float:
        """An attribute of the image at a point (latent_dim,); NaN where it has none."""
        image = self._model.decoder.decode_uint8(z[None])
        return float(measure(image)[0, NAMES.index(name)])

    def judge(self) -> Judge:
        """Decoder and classifier chained, made at the first call."""
        from vae.guidance import Judge

        if self._judge is None:
            self._judge = Judge(self._model.bundle)
        return self._judge


def _sentence(guided: Guided, name: str, request: ClimbRequest, word: str) -> str:
    steps, end = len(guided.path) - 1, guided.probabilities[-1]
    away = float(np.linalg.norm(guided.path[-1] - guided.path[0]))
    if steps == 0:
        return f"The classifier takes it for {name} already: p = {end:.2f}."
    if guided.reached:
        reached = (
            f"Reached p({name}) = {end:.2f} in {plural(steps, 'step')}, {away:.1f} from the "
            f"start; the end is {word}."
        )
        return f"{reached} {guided.note}".rstrip()
    if request.method == "restarts":
        return f"{guided.note} The end is {word}."
    how = "The bare rule" if request.method == "plain" else "One start alone"
    return (
        f"{how} got no further than p({name}) = {end:.2f} in {plural(steps, 'step')}; its end, "
        f"{away:.1f} away, is {word}. “Restarts” tries again from points around."
    )


def _attribute_sentence(found: AttributeWalk, names: tuple[str, ...], word: str) -> str:
    steps = len(found.path) - 1
    if steps == 0:
        return found.note
    away = float(np.linalg.norm(found.path[-1] - found.path[0]))
    still = "" if found.class_index is None else f", still taken for {names[found.class_index]}"
    return (
        f"{found.note} {plural(steps, 'step').capitalize()}, {away:.1f} from the start{still}; the "
        f"end is {word}."
    )


def bounds_of(values: np.ndarray) -> tuple[float, float]:
    """Where an axis begins and ends that shows these values, NaN left out."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        return 0.0, 1.0
    margin = max(0.15 * (finite.max() - finite.min()), 0.1)
    return float(finite.min() - margin), float(finite.max() + margin)


def changed(name: str, value: float, amount: float) -> float:
    """What an attribute of this value becomes when it changes by an amount."""
    return value * (1.0 + amount / 100.0) if name in RELATIVE else value + amount


def written_amount(name: str, amount: float) -> str:
    """By how much an attribute is to change: "+20 %", "−5 degrees"."""
    unit = "%" if name in RELATIVE else ATTRIBUTES[NAMES.index(name)].unit
    return f"{amount:+g} {unit}".replace("-", "−")


def plural(count: int, noun: str) -> str:
    """A number and a noun that fits it."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
