"""The losses of the open weights' training, epoch by epoch, and the figures of any of them."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.context import Context
from explorer.loss_curves import NAMES, PARTS, TITLES, WHICH, LossCurves, loss_curves
from explorer.model import LoadedModel
from explorer.plotting import plain_log_ticks
from explorer.theme import Checkbutton, Frame, Label, add_tooltip
from explorer.widgets.plot import Place, Plot
from explorer.widgets.scrub_bar import ScrubBar
from explorer.widgets.sentence import Sentence
from vae.history import MAX_EPOCHS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from explorer.plotting import Look

NO_CURVES = (
    "There are no curves: these weights came without a training record, or it tells of no epochs. "
    "train.py writes one beside the weights."
)
TIP = (
    "The two parts of the loss, and their sum, after every epoch: the summed squared error of the "
    "pixels, and the divergence of the posteriors from the prior, per image. Where the test curve "
    "leaves the training curve, the network learns its images by heart; only where the training "
    "turns and scales its images they are softer, hence easier, than those of the test. Point at "
    "an epoch to read its figures; a click chooses it."
)
EPOCH_TIP = "The chosen epoch. Left and Right step to the next one, Home and End to the ends."
LOSS_TIP = (
    "A logarithmic scale of the losses: the first epochs are many times as high as the last ones, "
    "and what is won at the end would not be seen."
)
EPOCHS_TIP = "A logarithmic scale of the epochs: most is learned in the first few."


class CurvesView(Frame):
    """plot: the curves; scrub: the chosen epoch; text: its figures, or those under the pointer."""

    def __init__(self, parent: tk.Misc, context: Context) -> None:
        super().__init__(parent)
        px = context.theme.px
        self._curves: LossCurves | None = None
        self._chosen = 0  # place of the chosen epoch
        self._follows = True  # the last epoch is chosen, also when more come
        self._pointed: int | None = None
        self._log_loss = tk.BooleanVar(self, True)
        self._log_epochs = tk.BooleanVar(self, False)

        self.plot = Plot(
            self,
            context,
            name="losses",
            tip=TIP,
            on_pick=lambda x, y, axes: self._pick(x),
            on_hover=self._hover,
        )
        row = Frame(self)
        label = Label(row, text="Epoch", bootstyle="secondary")
        self.scrub = ScrubBar(
            row,
            context.theme,
            steps=1,
            on_change=self._scrub,
            on_press=lambda: None,
            on_release=lambda: None,
        )
        self.log_loss_box = Checkbutton(
            row, text="Log losses", variable=self._log_loss, command=self._show
        )
        self.log_epochs_box = Checkbutton(
            row, text="Log epochs", variable=self._log_epochs, command=self._show
        )
        self.text = Sentence(self, 2)
        self.plot.grid(row=0, column=0, sticky="nsew")
        row.grid(row=1, column=0, sticky="ew", pady=px(6))
        self.text.grid(row=2, column=0, sticky="ew")
        label.pack(side="left")
        self.log_epochs_box.pack(side="right", padx=(px(12), 0))
        self.log_loss_box.pack(side="right", padx=(px(12), 0))
        self.scrub.pack(side="left", fill="x", expand=True, padx=(px(6), 0))
        self.rowconfigure(0, weight=1)
        self.columnconfigure(0, weight=1)
        add_tooltip(self.scrub, EPOCH_TIP)
        add_tooltip(self.log_loss_box, LOSS_TIP)
        add_tooltip(self.log_epochs_box, EPOCHS_TIP)

    @property
    def settled(self) -> bool:
        """Whether the curves that were asked for are drawn."""
        return self.plot.settled

    @property
    def curves(self) -> LossCurves | None:
        """What is shown."""
        return self._curves

    @property
    def epoch(self) -> int | None:
        """The chosen epoch."""
        return None if self._curves is None else int(self._curves.epochs[self._chosen])

    def set_model(self, model: LoadedModel) -> None:
        """Show the training of other weights; the chosen epoch stays, and the last one the last."""
        before = self.epoch
        self._curves = loss_curves(model.record)
        self._pointed = None
        if self._curves is None:
            self.plot.message(NO_CURVES)
            self.text.show("")
            self._chosen, self._follows = 0, True
            return
        last = len(self._curves.epochs) - 1
        self._chosen = last
        if not self._follows and before is not None:
            self._chosen = self._curves.nearest(before)
        self.scrub.set_steps(max(1, last))
        self._show()
        self._tell()

    def settings(self) -> dict[str, Any]:
        """What a session keeps."""
        return {
            "log_losses": self._log_loss.get(),
            "log_epochs": self._log_epochs.get(),
            "epoch": None if self._follows else self.epoch,
        }

    def apply_settings(self, settings: Mapping[str, Any]) -> None:
        """Take over settings of a session; what does not fit is left as it is."""
        for key, variable in (("log_losses", self._log_loss), ("log_epochs", self._log_epochs)):
            if isinstance(settings.get(key), bool):
                variable.set(settings[key])
        epoch = settings.get("epoch")
        if type(epoch) is int and 0 < epoch <= MAX_EPOCHS and self._curves is not None:
            self._choose(self._curves.nearest(epoch))
        self._show()

    # ---- what is shown -------------------------------------------------------------------------

    def _show(self) -> None:
        if self._curves is not None:
            self.plot.show(_drawing(self._curves, self._log_loss.get(), self._log_epochs.get()))

    def _tell(self) -> None:
        """Mark an epoch in all curves, and write its figures."""
        curves = self._curves
        if curves is None:
            return
        place = self._chosen if self._pointed is None else self._pointed
        epoch = float(curves.epochs[place])
        self.plot.set_marks(
            [
                (axes, epoch, float(curves.losses[which][part][place]))
                for axes, part in enumerate(PARTS)
                for which in WHICH
                if not np.isnan(curves.losses[which][part][place])
            ]
        )
        self.text.show(curves.sentence(place))
        last = len(curves.epochs) - 1
        self.scrub.set_position(self._chosen / last if last else 1.0)

    # ---- what the person does ------------------------------------------------------------------

    def _choose(self, place: int) -> None:
        self._chosen, self._pointed = place, None
        self._follows = place == len(self._curves.epochs) - 1
        self._tell()

    def _pick(self, epoch: float) -> None:
        if self._curves is not None:
            self._choose(self._curves.nearest(epoch))

    def _scrub(self, position: float) -> None:
        if self._curves is not None:
            self._choose(round(position * (len(self._curves.epochs) - 1)))

    def _hover(self, place: Place | None) -> None:
        if self._curves is None:
            return
        pointed = None if place is None else self._curves.nearest(place[0])
        if pointed != self._pointed:
            self._pointed = pointed
            self._tell()


def _drawing(
    curves: LossCurves, log_loss: bool, log_epochs: bool
) -> Callable[[Figure, Look], None]:
    """Draws SSE, KL and their sum side by side, training and test in each."""

    def draw(figure: Figure, look: Look) -> None:
        colours = {"train": look.muted, "test": look.accent}
        few = len(curves.epochs) < 30  # an epoch alone would be no line
        panels = figure.subplots(1, len(PARTS), sharex=True)
        for axes, part in zip(panels, PARTS, strict=True):
            for which in WHICH:
                values = curves.losses[which][part]
                axes.plot(
                    curves.epochs,
                    values,
                    color=colours[which],
                    marker="o" if few else "",
                    markersize=3,
                    label=NAMES[which],
                )
            axes.set_title(TITLES[part])
            axes.set_xlabel("epoch")
            axes.grid(True)
            values = np.concatenate([curves.losses[which][part] for which in WHICH])
            if log_loss and (values[~np.isnan(values)] > 0).all():
                axes.set_yscale("log")
                plain_log_ticks(axes.yaxis)
            if log_epochs:
                axes.set_xscale("log")
                plain_log_ticks(axes.xaxis)
            if len(curves.epochs) == 1:
                axes.set_xlim(curves.epochs[0] - 0.5, curves.epochs[0] + 0.5)
        panels[-1].legend(loc="upper right")

    return draw
