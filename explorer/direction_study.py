"""Finding the directions of a model and measuring what they do, little by little, in the worker."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer.context import RunJob
from explorer.model import LoadedModel, SampleRequest
from explorer.worker import Job, Worker
from vae.attributes import measure
from vae.directions import (
    ACTIVATION_POINTS,
    Direction,
    activation_directions,
    attribute_directions,
    class_directions,
    map_directions,
    metric_directions,
)
from vae.effects import WALKS, Effects, EffectTable, effect_table, measure_effects

JOB = "directions"
LABEL = "Measuring directions"
SET_NAMES = ("attributes", "ganspace", "sefa", "metric", "classes", "mine")
# Real digits measured in one job: an eighth of a second. No other job has to wait longer for it,
# and it is over before the status bar would show it.
CHUNK = 500
VECTOR_DECIMALS = 9  # vectors that agree so far do the same


@dataclass(frozen=True)
class _Step:
    """A part of the work, short enough for others to wait for. done(result): takes it over."""

    function: Callable[[Job], Any]
    done: Callable[[Any], None]
    failed: Callable[[str], None]


class DirectionStudy:
    """The directions of a model by set, and what is known of them; it grows while it is looked at.

    sets: what was found, by the names of SET_NAMES; a set that can't be found is not in it, and
    `missing` says why. on_change(): there is more of it. Nothing is done before `go`.
    """

    def __init__(self, run_job: RunJob, worker: Worker, on_change: Callable[[], None]) -> None:
        self._run_job = run_job
        self._worker = worker
        self._on_change = on_change
        self._real: list[np.ndarray] = []  # attributes of the bundled digits, in chunks
        self._real_total: int | None = None
        self._going = False
        self._running: object | None = None
        self._model: LoadedModel | None = None
        self._clear()

    def _clear(self) -> None:
        self.sets: dict[str, tuple[Direction, ...]] = {}
        self.missing: dict[str, str] = {}
        self._effects: dict[bytes, Effects] = {}
        self._unmeasurable: set[bytes] = set()
        self._points: np.ndarray | None = None
        self._wanted: tuple[Direction, ...] = ()
        self._looked_at = "attributes"
        self._pairs_wanted = False
        self._broken = ""

    # ---- what is known -----------------------------------------------------------------------

    @property
    def model(self) -> LoadedModel | None:
        """Whose directions these are."""
        return self._model

    @property
    def idle(self) -> bool:
        """Whether nothing is under way, or to be done while it is looked at."""
        return self._running is None and (not self._going or self._next() is None)

    @property
    def unmeasurable(self) -> str:
        """Why effects can't be measured, in one sentence; empty where they can."""
        if self._model is not None and not self._model.bundle.shows_digits:
            return "Effects are measured on handwriting, which this model does not draw."
        return self._broken

    @property
    def pairs_wanted(self) -> bool:
        """Whether the directions between classes are measured, too."""
        return self._pairs_wanted

    @property
    def real_share(self) -> float:
        """The share of the real digits that is measured, 0 to 1."""
        if self._real_total is None:
            return 0.0
        return sum(map(len, self._real)) / self._real_total

    def effects_of(self, direction: Direction) -> Effects | None:
        """What walking along it does; None where that is not measured."""
        return self._effects.get(_place(direction))

    def waits(self, set_name: str, direction: Direction) -> bool:
        """Whether its effects are still to come, without being asked for."""
        if self.unmeasurable or _place(direction) in self._unmeasurable:
            return False
        asked = set_name != "classes" or self._pairs_wanted
        return asked and self.effects_of(direction) is None

    def table(self, directions: Sequence[Direction]) -> EffectTable:
        """The figures of directions, with NaN for what is not measured."""
        return effect_table(directions, [self.effects_of(each) for each in directions])

    # ---- what is to be done ------------------------------------------------------------------

    def open(self, model: LoadedModel) -> None:
        """Study another model; what is under way for the one before is dropped."""
        self._running = None  # first, as what is cancelled may tell at once
        self._worker.cancel(JOB)
        self._model = model
        self._clear()
        if model.class_means is None:
            self.missing["classes"] = "There are no class means: these weights have no classifier."
        else:
            try:
                self.sets["classes"] = class_directions(model.class_means, model.class_names)
            except ValueError as error:
                self.missing["classes"] = f"They can't be found: {error}."
        self._continue()

    def set_encoded(self, model: LoadedModel) -> None:
        """Take over the encoded real images of the same model, or that there are none."""
        self._model = model
        if model.encoded is None:
            self.missing["attributes"] = (
                f"{model.without_statistics} Directions of attributes need encoded digits."
            )
            self._on_change()
        self._continue()

    def go(self) -> None:
        """Work on, as somebody looks."""
        self._going = True
        self._continue()

    def pause(self) -> None:
        """Begin nothing more for now; what is under way is short, and comes to its end."""
        self._going = False

    def want(self, set_name: str, directions: Iterable[Direction]) -> None:
        """Find this set, and measure these directions, before the others: they are in view."""
        self._looked_at, self._wanted = set_name, tuple(directions)
        self._continue()

    def want_pairs(self) -> None:
        """Measure the directions between classes, too."""
        self._pairs_wanted = True
        self._on_change()
        self._continue()

    def set_own(self, directions: Sequence[Direction]) -> None:
        """Take over the person's own directions."""
        self.sets["mine"] = tuple(directions)
        self._on_change()
        self._continue()

    def _continue(self) -> None:
        if self._running is not None or not self._going:
            return
        step = self._next()
        if step is None:
            return
        token = self._running = object()

        def ended(take: Callable[[Any], None], result: Any) -> None:
            if self._running is token:
                self._running = None
                take(result)
                self._on_change()
                self._continue()

        def stopped() -> None:
            """The person has cancelled it, which means all of it."""
            if self._running is token:
                self._running = None
                self._going = False
                self._on_change()

        self._run_job(
            JOB,
            LABEL,
            step.function,
            lambda result: ended(step.done, result),
            failed=lambda error: ended(step.failed, str(error)),
            otherwise=stopped,
            quiet=True,
        )

    def _next(self) -> _Step | None:
        """What to do next: what is quick first, then what is in view."""
        if self._model is None:
            return None
        found = [self._attributes(), self._activations()]
        if self._looked_at == "ganspace":
            found.reverse()
        for steps in (self._quick(), *found, self._measurements()):
            step = next(steps, None)
            if step is not None:
                return step
        return None

    def _quick(self) -> Iterator[_Step]:
        """What takes no more than a tenth of a second, so that one can begin with that."""
        model, decoder = self._model, self._model.decoder
        if "sefa" not in self.sets and "sefa" not in self.missing:
            yield self._finding("sefa", lambda job: map_directions(decoder))
        if self._points is None:
            request = SampleRequest(model.default_source, seed=0, count=ACTIVATION_POINTS)

            def keep(points: np.ndarray) -> None:
                self._points = points

            def failed(reason: str) -> None:
                self._points = np.zeros((0, model.latent_dim))
                self._give_up(reason)

            yield _Step(
                lambda job: model.draw(request, check=lambda: job.progress(0.0)), keep, failed
            )
        points = self._points
        if "metric" not in self.sets and "metric" not in self.missing:
            yield self._finding(
                "metric", lambda job: metric_directions(decoder, points, job.progress)
            )

    def _activations(self) -> Iterator[_Step]:
        decoder, points = self._model.decoder, self._points
        if "ganspace" not in self.sets and "ganspace" not in self.missing:
            yield self._finding("ganspace", lambda job: activation_directions(decoder, points))

    def _finding(self, name: str, find: Callable[[Job], tuple[Direction, ...]]) -> _Step:
        def failed(reason: str) -> None:
            self.missing[name] = f"They can't be found: {reason}."

        return _Step(find, lambda directions: self.sets.update({name: directions}), failed)

    def _attributes(self) -> Iterator[_Step]:
        if self.unmeasurable:
            return
        if self._real_total is None or self.real_share < 1.0:
            yield self._measuring_digits()
        encoded = self._model.encoded
        if encoded is None or "attributes" in self.sets or "attributes" in self.missing:
            return
        real = np.concatenate(self._real)
        yield self._finding("attributes", lambda job: attribute_directions(encoded.mu, real))

    def _measuring_digits(self) -> _Step:
        start = sum(map(len, self._real))

        def measured(job: Job) -> tuple[int, np.ndarray]:
            from vae.data import bundled_digits

            digits, _ = bundled_digits()
            return len(digits), measure(digits[start : start + CHUNK, None], job.progress)

        def keep(result: tuple[int, np.ndarray]) -> None:
            self._real_total = result[0]
            self._real.append(result[1])

        return _Step(measured, keep, self._give_up)

    def _give_up(self, reason: str) -> None:
        self._broken = f"Nothing can be measured: {reason}"
        self.missing.setdefault("attributes", self._broken)

    def _measurements(self) -> Iterator[_Step]:
        if self.unmeasurable:
            return
        listed = [
            direction
            for name in SET_NAMES
            if name != "classes" or self._pairs_wanted
            for direction in self.sets.get(name, ())
        ]
        for direction in (*self._wanted, *listed):
            place = _place(direction)
            if place not in self._effects and place not in self._unmeasurable:
                yield self._measuring(direction, place)

    def _measuring(self, direction: Direction, place: bytes) -> _Step:
        decoder, points, real = self._model.decoder, self._points[:WALKS], self._real

        def measured(job: Job) -> Effects:
            return measure_effects(direction, decoder, points, np.concatenate(real), job.progress)

        def keep(effects: Effects) -> None:
            self._effects[place] = effects

        return _Step(measured, keep, lambda reason: self._unmeasurable.add(place))


def _place(direction: Direction) -> bytes:
    return (np.round(direction.vector, VECTOR_DECIMALS) + 0.0).tobytes()
