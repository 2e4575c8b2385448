"""The training of two models, curve over curve, and what each arrived at.

Two VAEs are compared by their losses, two GANs by what their samples cover, for the losses of a
game are against an opponent of its own. Beside a VAE's losses a GAN has only where it ended up.
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.context import Context
from explorer.loss_curves import (
    NAMES,
    PARTS,
    TITLES,
    WHICH,
    GameCurves,
    LossCurves,
    training_curves,
)
from explorer.plotting import plain_log_ticks
from explorer.second_model import SecondModel
from explorer.theme import Checkbutton, Frame, add_tooltip
from explorer.widgets.pair_table import PairTable, Row
from explorer.widgets.pair_view import NO_SECOND, PairView
from explorer.widgets.plot import Plot
from explorer.widgets.sentence import Sentence
from vae.documents import is_number, is_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from explorer.plotting import Look

Curve = LossCurves | GameCurves
B_COLOUR = 1  # of the colours of classes: orange, which most colour-blind people tell from blue
FEW_EPOCHS = 30  # below, every epoch has a dot: one alone would be no line
STYLES = {"train": "--", "test": "-"}
# Of two GANs: what of the coverage is drawn, and what it is called.
GAME_PARTS = {
    "effective_classes": "Classes, as even ones",
    "recall": "Recall",
    "frechet": "Fréchet distance",
}
GAME_LIMITS = {"effective_classes": (0.0, None), "recall": (0.0, 1.0)}  # of linear axes
NO_RECORD = "{} came without a training record, or it tells of no epochs."
TIP = (
    "The loss after every epoch, per image: A in blue, B in orange; on test images solid, on "
    "training images dashed. Training may deform its images, which makes them smoother: its loss "
    "is of those, and rises where the deforming ends. The right mouse button saves the plot."
)
GAME_TIP = (
    "What the samples of both cover after every epoch: A in blue, B in orange. As how many even "
    "classes their classes are; the share of real images that could be samples; and how far apart "
    "both lie in the features of the classifier. The right mouse button saves the plot."
)
TWO_GAMES = (
    "The losses of two games are no measure: each is against an opponent of its own. What the "
    "samples cover can be compared, on 2,000 of each."
)
ONE_GAME = (
    "{gan} is a GAN: the losses of its game are on no scale of {vae}'s. Its dotted level is where "
    "the encoder ended up that was fitted to it. Figures compares what both draw."
)
COVERAGE_FIGURES = (
    (
        "Classes of samples",
        ("final", "coverage", "classes"),
        0,
        False,
        "Classes that at least a tenth of an even share of 2,000 samples of the prior is of; a "
        "GAN's record has it.",
    ),
    (
        "Recall of samples",
        ("final", "coverage", "recall"),
        2,
        False,
        "Share of 2,000 test images that could be samples. Figures measures more of them.",
    ),
    (
        "Fréchet distance",
        ("final", "coverage", "frechet"),
        2,
        True,
        "Between 2,000 samples and as many test images. Figures measures more of them.",
    ),
)
FIGURES = (
    (
        "Test SSE",
        ("final", "test", "sse"),
        1,
        True,
        "Squared error of the test images' reconstructions, per image.",
    ),
    (
        "Test KL, nats",
        ("final", "test", "kl"),
        1,
        None,
        "What the encoder tells of a test image. Less is not better by itself.",
    ),
    (
        "Test SSE + KL",
        ("final", "test", "total"),
        1,
        True,
        "The loss on images that training has not seen: the figure to compare.",
    ),
    (
        "Training SSE + KL",
        ("final", "train", "total"),
        1,
        True,
        "The loss on the training images. Far below the test loss, they were learned by heart.",
    ),
    ("Epochs", ("training", "epochs"), 0, None, "Passes over the training images."),
    ("Latent dimensions", ("model", "latent_dim"), 0, None, "How many numbers make an image."),
)


class LossesView(PairView):
    """plot: SSE, KL and their sum; table: the final figures of both records."""

    def __init__(self, parent: tk.Misc, context: Context, second: SecondModel) -> None:
        super().__init__(parent, context, second)
        theme, px = context.theme, context.theme.px
        self._log_losses = tk.BooleanVar(self, True)
        self._log_epochs = tk.BooleanVar(self, True)
        row = Frame(self)
        self.boxes: dict[str, Checkbutton] = {}
        for key, text, variable, tip in (
            (
                "log_losses",
                "Log losses",
                self._log_losses,
                "A logarithmic scale of the losses, so that what is won at the end is seen.",
            ),
            (
                "log_epochs",
                "Log epochs",
                self._log_epochs,
                "A logarithmic scale of the epochs: trainings of different lengths both show.",
            ),
        ):
            box = Checkbutton(row, text=text, variable=variable, command=self._changed)
            box.pack(side="left", padx=(0, px(14)))
            add_tooltip(box, tip)
            self.boxes[key] = box
        self.plot = Plot(self, context, name="two-losses", tip=TIP)
        self.table = PairTable(self, theme)
        self.sentence = Sentence(self, lines=2)
        row.grid(row=0, column=0, sticky="ew", pady=(0, px(2)))
        self.plot.grid(row=1, column=0, sticky="nsew")
        self.table.grid(row=2, column=0, pady=(px(4), 0))
        self.sentence.grid(row=3, column=0, sticky="ew", pady=(px(4), 0))
        self.rowconfigure(1, weight=1)
        self.columnconfigure(0, weight=1)

    @property
    def settled(self) -> bool:
        """See `PairView`."""
        return super().settled and self.plot.settled

    def settings(self) -> dict[str, Any]:
        """For a session file."""
        return {"log_losses": self._log_losses.get(), "log_epochs": self._log_epochs.get()}

    def apply_settings(self, settings: Mapping[str, Any]) -> None:
        """Take over settings of a session file; what does not fit is left as it is."""
        for key, variable in (("log_losses", self._log_losses), ("log_epochs", self._log_epochs)):
            if isinstance(settings.get(key), bool):
                variable.set(settings[key])
        self._changed()

    def _refresh(self) -> None:
        if self._model is None:
            return
        if self._pair is None:
            self.plot.message(NO_SECOND)
            self.table.grid_remove()
            self.sentence.show("")
            return
        records = [model.record for model in self._pair]
        curves = [training_curves(record) for record in records]
        if curves == [None, None]:
            self.plot.message(f"{NO_RECORD.format('A')}\n{NO_RECORD.format('B')}")
        else:
            scales = self._log_losses.get(), self._log_epochs.get()
            finals = tuple(_finals(record) for record in records)
            self.plot.show(drawing(tuple(curves), self._names, *scales, finals))
        self.plot.set_tip(GAME_TIP if _only_games(curves) else TIP)
        self.table.grid()
        sizes = [{"model": {"latent_dim": model.latent_dim}} for model in self._pair]
        known = [{**(record or {}), **size} for record, size in zip(records, sizes, strict=True)]
        self.table.show(
            self._names,
            [
                Row(name, *(_figure(record, *keys) for record in known), digits, lower, tip)
                for name, keys, digits, lower, tip in _figures(curves)
            ],
        )
        self.sentence.show(_warning(records, curves), secondary=True)


def _figure(record: Mapping[str, Any], *keys: str) -> float | None:
    """A number out of a record that anybody may have edited; None if it is not there."""
    value: Any = record
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return float(value) if is_number(value) else None


def _finals(record: Mapping[str, Any] | None) -> dict[str, float | None]:
    """The final losses on test images."""
    return {part: _figure(record or {}, "final", "test", part) for part in PARTS}


def _only_games(curves: Sequence[Curve | None]) -> bool:
    """Whether there is nothing but GANs to draw."""
    known = [curve for curve in curves if curve is not None]
    return bool(known) and all(isinstance(curve, GameCurves) for curve in known)


def _figures(curves: Sequence[Curve | None]) -> tuple[tuple[Any, ...], ...]:
    """The rows of the table: those of a GAN stand first, if there is one."""
    if not any(isinstance(curve, GameCurves) for curve in curves):
        return FIGURES
    return COVERAGE_FIGURES + tuple(row for row in FIGURES if row[1][:2] != ("final", "train"))


def _warning(records: list[Mapping[str, Any] | None], curves: list[Curve | None]) -> str:
    """What keeps the curves from being compared."""
    missing = [
        NO_RECORD.format(name) for name, curve in zip("AB", curves, strict=True) if curve is None
    ]
    if missing:
        return " ".join(missing) if len(missing) == 1 else ""  # of both, the plot's place says it
    gans = [name for name, c in zip("AB", curves, strict=True) if isinstance(c, GameCurves)]
    if gans:
        other = "BA"["AB".index(gans[0])]
        return TWO_GAMES if len(gans) == 2 else ONE_GAME.format(gan=gans[0], vae=other)
    sets = [(record or {}).get("dataset", {}).get("name") for record in records]
    if all(map(is_text, sets)) and sets[0] != sets[1]:
        return (
            f"A was trained on {sets[0]}, B on {sets[1]}: their losses are of different test "
            "images. The real digit of Two models, and Figures, measure both on the same ones."
        )
    return ""


def drawing(
    curves: tuple[Curve | None, Curve | None],
    names: tuple[str, str],
    log_losses: bool,
    log_epochs: bool,
    finals: tuple[Mapping[str, float | None], Mapping[str, float | None]] = ({}, {}),
) -> Callable[[Figure, Look], None]:
    """Draws SSE, KL and their sum side by side, both models in each; of two GANs their coverage.

    finals: the last figure of each part, drawn of a GAN that stands beside a VAE.
    """
    only_games = _only_games(curves)
    titles = GAME_PARTS if only_games else TITLES

    def draw(figure: Figure, look: Look) -> None:
        colours = look.accent, look.class_colours(10)[B_COLOUR]
        panels = figure.subplots(1, len(titles), sharex=True)
        for axes, (part, title) in zip(panels, titles.items(), strict=True):
            models = zip("AB", names, colours, curves, finals, strict=True)
            for letter, name, colour, known, final in models:
                if only_games and known is not None:
                    values = {"test": known.of_coverage(part)}
                    _curves(axes, known.epochs, values, letter, name, colour)
                elif isinstance(known, LossCurves):
                    values = {which: known.losses[which][part] for which in WHICH}
                    _curves(axes, known.epochs, values, letter, name, colour)
                elif known is not None and final.get(part) is not None:
                    _level(axes, final[part], letter, name, colour)
            axes.set_title(title)
            axes.set_xlabel("epoch")
            axes.grid(True)
            _scale(axes, log_losses and part not in GAME_LIMITS, log_epochs)
            if part in GAME_LIMITS:
                axes.set_ylim(*GAME_LIMITS[part])
        panels[-1].legend(loc="best")
        if not only_games:
            _explain_styles(panels[1], look)

    return draw


def _level(axes: Axes, value: float, letter: str, name: str, colour: str) -> None:
    """Where a GAN ended up: at no epoch, for its encoder was fitted afterwards."""
    axes.axhline(value, color=colour, linestyle=":", label=f"{letter} {name}")
    axes.annotate(
        letter,
        (1, value),
        xycoords=("axes fraction", "data"),
        xytext=(-8, 3),
        textcoords="offset points",
        color=colour,
        fontweight="bold",
    )


def _curves(
    axes: Axes,
    epochs: np.ndarray,
    values_of: Mapping[str, np.ndarray],
    letter: str,
    name: str,
    colour: str,
) -> None:
    for which, values in values_of.items():
        axes.plot(
            epochs,
            values,
            STYLES[which],
            color=colour,
            linewidth=1.5 if which == "test" else 1.0,
            marker="o" if len(values) < FEW_EPOCHS else "",
            markersize=3,
            label=f"{letter} {name}" if which == "test" else None,
        )
        last = np.flatnonzero(~np.isnan(values))
        if which == "test" and last.size:
            axes.annotate(  # a letter where the curve ends: colour is not all there is to tell by
                letter,
                (epochs[last[-1]], values[last[-1]]),
                xytext=(3, 0),
                textcoords="offset points",
                color=colour,
                fontweight="bold",
                va="center",
            )


def _explain_styles(axes: Axes, look: Look) -> None:
    """A second legend: what is solid, and what is dashed."""
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], linestyle=STYLES[which], color=look.muted, label=NAMES[which])
        for which in WHICH
    ]
    axes.legend(handles=handles, loc="best")


def _scale(axes: Axes, log_losses: bool, log_epochs: bool) -> None:
    lines = [np.asarray(line.get_ydata(), float) for line in axes.get_lines()]
    values = np.concatenate(lines) if lines else np.zeros(0)
    if log_losses and (values[~np.isnan(values)] > 0).all():
        axes.set_yscale("log")
        plain_log_ticks(axes.yaxis)
    if log_epochs:
        axes.set_xscale("log")
        longest = max((len(line.get_xdata()) for line in axes.get_lines()), default=0)
        plain_log_ticks(axes.xaxis, fine=longest <= FEW_EPOCHS)
    axes.margins(x=0.08)
