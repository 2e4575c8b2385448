"""The course of a training, epoch by epoch, out of a record that anybody may have edited.

Of a VAE the losses; of a GAN, whose losses are of a game and do not fall as the images get better,
before all the coverage of the classes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer.coverage_words import coverage_words, verdict
from vae.history import MAX_LOSS
from vae.recorded import MAX_EPOCHS, RecordedCoverage, class_count, is_gan, recorded_coverages

PARTS = ("sse", "kl", "total")
WHICH = ("train", "test")
TITLES = {"sse": "SSE", "kl": "KL, nats", "total": "SSE + KL"}
NAMES = {"train": "training", "test": "test"}
EXTRAS = ("features", "generator", "discriminator")  # of a VAE with more losses than its own
PLAYERS = ("generator", "discriminator")
PENALTIES = ("r1", "r2")
LOG2 = math.log(2)
# Where a discriminator that can no longer tell leaves the two losses: D(x) = D(G(z)) for all, by
# the formulae of vae.adversarial. What generator and discriminator lose there, in nats.
BALANCE = {
    "relativistic": {"log 2": LOG2},
    "non-saturating": {"log 2": LOG2, "2 log 2": 2 * LOG2},
    "minimax": {"\N{MINUS SIGN}log 2": -LOG2, "2 log 2": 2 * LOG2},
}


@dataclass(frozen=True, eq=False)
class Line:
    """One curve. values: (E,), NaN for a gap. tone: `muted`, `accent` or `second`."""

    name: str
    values: np.ndarray
    tone: str


@dataclass(frozen=True, eq=False)
class Panel:
    """Curves that share axes.

    log: whether a logarithmic scale may be had. limits: of the axis; None for what there is.
    levels: values that a line is drawn at, by what it says. lacks: the first curve counts what
    there is of the first level, and what is lacking is to be seen. legend: where the names of the
    curves stand, in Matplotlib's words; empty where they need none.
    """

    title: str
    lines: tuple[Line, ...]
    log: bool = True
    limits: tuple[float, float] | None = None
    levels: Mapping[str, float] | None = None
    lacks: bool = False
    legend: str = ""


@dataclass(frozen=True, eq=False)
class Curves:
    """epochs: (E,) ascending; seconds: (E,) that each epoch took, NaN where it is not known."""

    epochs: np.ndarray
    seconds: np.ndarray

    def nearest(self, epoch: float) -> int:
        """The place of the epoch that is nearest to a number."""
        return int(np.abs(self.epochs - epoch).argmin())

    def _time(self, place: int) -> str:
        seconds = self.seconds[place]
        return "" if math.isnan(seconds) else f"; {seconds:.1f}\N{NO-BREAK SPACE}s"


@dataclass(frozen=True, eq=False)
class LossCurves(Curves):
    """Of a VAE. losses[which][part]: (E,), NaN where the record has no number; extras: likewise,
    those of EXTRAS that it has, on the training images and before their weights. balance: see
    BALANCE, where the record tells which game is played.
    """

    losses: Mapping[str, Mapping[str, np.ndarray]]
    extras: Mapping[str, np.ndarray]
    balance: Mapping[str, float] | None = None

    @property
    def rows(self) -> tuple[tuple[Panel, ...], ...]:
        """What to draw, from the top."""
        tones = {"train": "muted", "test": "accent"}
        first = tuple(
            Panel(
                TITLES[part],
                tuple(
                    Line(NAMES[which], self.losses[which][part], tones[which]) for which in WHICH
                ),
                legend="upper right" if part == PARTS[-1] else "",
            )
            for part in PARTS
        )
        second = []
        if "features" in self.extras:
            line = Line(NAMES["train"], self.extras["features"], "muted")
            second.append(Panel("Feature loss", (line,)))
        if _players(self.extras):
            second.append(_game_panel(self.extras, self.balance))
        return (first, tuple(second)) if second else (first,)

    @property
    def verdict(self) -> tuple[str, bool]:
        """What is to be seen at a glance, and whether it is bad: nothing, the curves say it."""
        return "", False

    def sentence(self, place: int) -> str:
        """The figures of an epoch."""
        texts = []
        for which in WHICH:
            figures = [self.losses[which][part][place] for part in PARTS]
            if not np.isnan(figures).all():
                sse, kl, total = (_figure(figure) for figure in figures)
                texts.append(f"{NAMES[which]} SSE {sse} + KL {kl} = {total}")
        extras = [f"{name} {_figure(values[place])}" for name, values in self.extras.items()]
        if extras:
            texts.append(", ".join(extras))
        text = f"Epoch {self.epochs[place]:,.0f}: " + "; ".join(texts)
        gap = self.losses["test"]["total"][place] - self.losses["train"]["total"][place]
        if not math.isnan(gap):
            text += f". Test is {abs(gap):.2f} {'above' if gap >= 0 else 'below'} training"
        return text + self._time(place) + "."


@dataclass(frozen=True, eq=False)
class GameCurves(Curves):
    """Of a GAN.

    coverages: by epoch. n_classes: of the data, None if it is not known. game: (E,) each of
    PLAYERS and PENALTIES, NaN where the record has no number. balance: see BALANCE.
    """

    coverages: Mapping[int, RecordedCoverage]
    n_classes: int | None
    game: Mapping[str, np.ndarray]
    balance: Mapping[str, float] | None

    def of_coverage(self, name: str) -> np.ndarray:
        """(E,) one figure of the coverage, NaN where there is none."""
        found = (self.coverages.get(int(epoch)) for epoch in self.epochs)
        return np.array([math.nan if one is None else getattr(one, name) for one in found], float)

    @property
    def rows(self) -> tuple[tuple[Panel, ...], ...]:
        """What to draw, from the top: what tells first, and what the game looks like below."""
        n = self.n_classes
        classes = Panel(
            "Classes among 2,000 samples",
            (
                Line("covered", self.of_coverage("classes"), "accent"),
                Line("as even ones", self.of_coverage("effective_classes"), "second"),
            ),
            log=False,
            limits=None if n is None else (0.0, 1.1 * n),
            levels=None if n is None else {f"all {n}": float(n)},
            lacks=n is not None,
            legend="lower right",
        )
        reach = Panel(
            "Precision and recall",
            (
                Line("precision", self.of_coverage("precision"), "second"),
                Line("recall", self.of_coverage("recall"), "accent"),
            ),
            log=False,
            limits=(0.0, 1.0),
            legend="best",
        )
        distance = Panel(
            "Fréchet distance", (Line("distance", self.of_coverage("frechet"), "accent"),)
        )
        losses = _game_panel(self.game, self.balance)
        names = {"r1": "real (R1)", "r2": "generated (R2)"}
        norms = tuple(
            Line(names[key], self.game[key], tone)
            for key, tone in zip(PENALTIES, ("muted", "accent"), strict=True)
            if not np.isnan(self.game[key]).all()
        )
        gradients = (Panel("|dD/dx|², mean", norms, legend="best"),) if norms else ()
        return (classes, reach), (distance, losses, *gradients)

    @property
    def verdict(self) -> tuple[str, bool]:
        """What became of the classes, and whether they collapsed."""
        return verdict(self.coverages, self.n_classes)

    def sentence(self, place: int) -> str:
        """The figures of an epoch."""
        texts = []
        coverage = self.coverages.get(int(self.epochs[place]))
        if coverage is not None:
            texts.append(
                f"{coverage_words(coverage, self.n_classes)}, precision "
                f"{_figure(coverage.precision)}, Fréchet distance {_figure(coverage.frechet)}"
            )
        if any(not math.isnan(self.game[name][place]) for name in PLAYERS):
            figures = (f"{name} {_figure(self.game[name][place])}" for name in PLAYERS)
            texts.append(", ".join(figures))
        norms = [self.game[name][place] for name in PENALTIES]
        if not np.isnan(norms).all():
            told = [f"{n:.3g}" for n in norms if not math.isnan(n)]
            texts.append(f"|dD/dx|² {' and '.join(told)}")
        return f"Epoch {self.epochs[place]:,.0f}: " + "; ".join(texts) + self._time(place) + "."


def training_curves(record: Mapping[str, Any] | None) -> LossCurves | GameCurves | None:
    """What a record tells of its epochs, whichever family; None if it tells nothing."""
    return game_curves(record) if is_gan(record) else loss_curves(record)


def loss_curves(record: Mapping[str, Any] | None) -> LossCurves | None:
    """What a record tells of a VAE's losses; None if it tells nothing, as a GAN's does. A damaged
    entry is left out, and a damaged number is NaN.
    """
    entries = _entries(record)
    losses = {which: {part: _values(entries, which, part) for part in PARTS} for which in WHICH}
    if all(np.isnan(curve).all() for curves in losses.values() for curve in curves.values()):
        return None
    extras = {name: _values(entries, "train", name) for name in EXTRAS}
    return LossCurves(
        *_times(entries),
        losses,
        {name: values for name, values in extras.items() if not np.isnan(values).all()},
        _balance(record),
    )


def game_curves(record: Mapping[str, Any] | None) -> GameCurves | None:
    """What a record tells of a GAN's epochs; likewise."""
    entries = _entries(record)
    game = {name: _values(entries, "train", name) for name in (*PLAYERS, *PENALTIES)}
    coverages = recorded_coverages({"epochs": list(entries.values())})
    if not coverages and all(np.isnan(values).all() for values in game.values()):
        return None
    return GameCurves(*_times(entries), coverages, class_count(record), game, _balance(record))


def _entries(record: Mapping[str, Any] | None) -> dict[int, Mapping[str, Any]]:
    """The entries of a record by their epoch, ascending."""
    listed = (record or {}).get("epochs")
    entries = {}
    for entry in listed[:MAX_EPOCHS] if isinstance(listed, list) else ():
        if isinstance(entry, Mapping):
            number = entry.get("epoch")
            # bool is an int to Python.
            if type(number) is int and 0 < number <= MAX_EPOCHS:
                entries[number] = entry
    return dict(sorted(entries.items()))


def _times(entries: Mapping[int, Mapping[str, Any]]) -> tuple[np.ndarray, np.ndarray]:
    """Epochs, and the seconds that they took."""
    seconds = np.array([_number(entry.get("seconds")) for entry in entries.values()])
    return np.array(list(entries), float), seconds


def _values(entries: Mapping[int, Mapping[str, Any]], which: str, name: str) -> np.ndarray:
    """(E,) one figure of the entries, NaN where there is none."""
    parts = (entry.get(which) for entry in entries.values())
    return np.array(
        [_number(part.get(name)) if isinstance(part, Mapping) else math.nan for part in parts],
        float,
    )


def _players(values: Mapping[str, np.ndarray]) -> tuple[Line, ...]:
    tones = {"generator": "accent", "discriminator": "second"}
    return tuple(Line(name, values[name], tones[name]) for name in PLAYERS if name in values)


def _game_panel(values: Mapping[str, np.ndarray], balance: Mapping[str, float] | None) -> Panel:
    return Panel(
        "Losses of the game, nats", _players(values), log=False, levels=balance, legend="best"
    )


def _balance(record: Mapping[str, Any] | None) -> Mapping[str, float] | None:
    training = (record or {}).get("training")
    name = training.get("gan_loss") if isinstance(training, Mapping) else None
    return BALANCE.get(name) if isinstance(name, str) else None


def _number(value: Any) -> float:
    if type(value) in (int, float) and abs(value) < MAX_LOSS:  # not for NaN either
        return float(value)
    return math.nan


def _figure(value: float) -> str:
    if math.isnan(value):
        return "?"
    return f"{value:.2f}" if abs(value) >= 0.005 else "0.00"  # never -0.00
