"""What the Guide page asks of the background thread: walks, smallest changes, and their words."""

from __future__ import annotations

import math
from collections.abc import Callable, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from explorer.model import LoadedModel
from vae.statistics import typicality

if TYPE_CHECKING:
    from vae.guidance import Guided, Judge, Rule
    from vae.smallest_change import SmallestChange

METHODS = ("restarts", "one", "plain")


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
    for. detour: see `vae.guidance.Guided`. sentence: what became of it, for the person.
    """

    heading: str
    quantity: str
    path: np.ndarray
    values: np.ndarray
    frames: np.ndarray
    goal: float
    reached: bool
    detour: int
    sentence: str
    bounds: tuple[float, float] = (0.0, 1.0)
    unit: str = ""


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
            sentence=self._sentence(guided, names[target], request),
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
    ) -> SmallestChange:
        """The nearest point that is taken for a class; see `vae.smallest_change`."""
        from vae.smallest_change import smallest_change

        return smallest_change(
            self.judge(),
            start,
            target,
            space=space,
            radius=radius,
            probability=probability,
            locked=locks,
            progress=progress,
        )

    def judge(self) -> Judge:
        """Decoder and classifier chained, made at the first call."""
        from vae.guidance import Judge

        if self._judge is None:
            self._judge = Judge(self._model.bundle)
        return self._judge

    def _sentence(self, guided: Guided, name: str, request: ClimbRequest) -> str:
        steps, end = len(guided.path) - 1, guided.probabilities[-1]
        away = float(np.linalg.norm(guided.path[-1] - guided.path[0]))
        word = typicality(guided.path[-1], self._model.encoded).word
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


def plural(count: int, noun: str) -> str:
    """A number and a noun that fits it."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
