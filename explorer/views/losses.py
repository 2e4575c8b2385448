"""The training of two models, curve over curve, and what each arrived at."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.context import Context
from explorer.loss_curves import NAMES, PARTS, TITLES, WHICH, LossCurves, loss_curves
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

B_COLOUR = 1  # of the colours of classes: orange, which most colour-blind people tell from blue
FEW_EPOCHS = 30  # below, every epoch has a dot: one alone would be no line
STYLES = {"train": "--", "test": "-"}
NO_RECORD = "{} came without a training record, or it tells of no epochs."
TIP = (
    "The loss after every epoch, per image: A in blue, B in orange; on test images solid, on "
    "training images dashed. Training may deform its images, which makes them smoother: its loss "
    "is of those, and rises where the deforming ends. The right mouse button saves the plot."
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
        curves = [loss_curves(record) for record in records]
        if curves == [None, None]:
            self.plot.message(f"{NO_RECORD.format('A')}\n{NO_RECORD.format('B')}")
        else:
            scales = self._log_losses.get(), self._log_epochs.get()
            self.plot.show(drawing(tuple(curves), self._names, *scales))
        self.table.grid()
        sizes = [{"model": {"latent_dim": model.latent_dim}} for model in self._pair]
        known = [{**(record or {}), **size} for record, size in zip(records, sizes, strict=True)]
        self.table.show(
            self._names,
            [
                Row(name, *(_figure(record, *keys) for record in known), digits, lower, tip)
                for name, keys, digits, lower, tip in FIGURES
            ],
        )
        self.sentence.show(_warning(records, curves), secondary=True)


def _figure(record: Mapping[str, Any], *keys: str) -> float | None:
    """A number out of a record that anybody may have edited; None if it is not there."""
    value: Any = record
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return float(value) if is_number(value) else None


def _warning(records: list[Mapping[str, Any] | None], curves: list[LossCurves | None]) -> str:
    """What keeps the curves from being compared."""
    missing = [
        NO_RECORD.format(name) for name, curve in zip("AB", curves, strict=True) if curve is None
    ]
    if missing:
        return " ".join(missing) if len(missing) == 1 else ""  # of both, the plot's place says it
    sets = [(record or {}).get("dataset", {}).get("name") for record in records]
    if all(map(is_text, sets)) and sets[0] != sets[1]:
        return (
            f"A was trained on {sets[0]}, B on {sets[1]}: their losses are of different test "
            "images. The real digit of Two models, and Figures, measure both on the same ones."
        )
    return ""


def drawing(
    curves: tuple[LossCurves | None, LossCurves | None],
    names: tuple[str, str],
    log_losses: bool,
    log_epochs: bool,
) -> Callable[[Figure, Look], None]:
    """Draws SSE, KL and their sum side by side, both models in each."""

    def draw(figure: Figure, look: Look) -> None:
        colours = look.accent, look.class_colours(10)[B_COLOUR]
        panels = figure.subplots(1, len(PARTS), sharex=True)
        for axes, part in zip(panels, PARTS, strict=True):
            for letter, name, colour, known in zip("AB", names, colours, curves, strict=True):
                if known is not None:
                    _curves(axes, known, part, letter, name, colour)
            axes.set_title(TITLES[part])
            axes.set_xlabel("epoch")
            axes.grid(True)
            _scale(axes, log_losses, log_epochs)
        panels[-1].legend(loc="best")
        _explain_styles(panels[1], look)

    return draw


def _curves(axes: Axes, known: LossCurves, part: str, letter: str, name: str, colour: str) -> None:
    for which in WHICH:
        values = known.losses[which][part]
        axes.plot(
            known.epochs,
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
                (known.epochs[last[-1]], values[last[-1]]),
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
