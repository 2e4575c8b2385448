"""The course of the open weights' training, epoch by epoch, and the figures of any of them."""

from __future__ import annotations

import math
import tkinter as tk
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.context import Context
from explorer.loss_curves import (
    GameCurves,
    LossCurves,
    Panel,
    training_curves,
)
from explorer.model import LoadedModel
from explorer.plotting import plain_log_ticks
from explorer.theme import Checkbutton, Frame, Label, Palette, add_tooltip, font
from explorer.widgets.plot import Place, Plot
from explorer.widgets.scrub_bar import ScrubBar
from explorer.widgets.sentence import Sentence
from vae.recorded import MAX_EPOCHS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
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
GAME_TIP = (
    "What became of a GAN after every epoch. Top: how many classes the generator draws, and how "
    "even they are; where classes are lacking the generator has collapsed to those that please the "
    "discriminator. Precision: the share of samples that could be real; recall: the share of real "
    "images that could be its own. Below: the losses of a game do not fall as a loss does, for "
    "each is against an opponent that learns, too. Where the discriminator can no longer tell, "
    "and gives real and generated the same odds, they lie on the dotted lines: log 2 is what a "
    "guess at one to one costs. Point at an epoch to read its figures; a click chooses it."
)
EPOCH_TIP = "The chosen epoch. Left and Right step to the next one, Home and End to the ends."
LOSS_TIP = (
    "A logarithmic scale of the losses: the first epochs are many times as high as the last ones, "
    "and what is won at the end would not be seen."
)
GAME_SCALE_TIP = (
    "A logarithmic scale of the distance and of the gradients. What counts classes, and the losses "
    "of the game, which may be negative, keep theirs."
)
EPOCHS_TIP = "A logarithmic scale of the epochs: most is learned in the first few."
FEW_EPOCHS = 30  # below, every epoch has a dot: one alone would be no line
SECOND_COLOUR = 1  # of the colours of classes: orange, which most colour-blind tell from blue
LACKING_ALPHA = 0.3


class CurvesView(Frame):
    """plot: the curves; scrub: the chosen epoch; text: its figures, or those under the pointer.

    verdict: what became of a GAN's classes; there is none for a VAE, whose losses tell.
    """

    def __init__(self, parent: tk.Misc, context: Context) -> None:
        super().__init__(parent)
        px = context.theme.px
        self._curves: LossCurves | GameCurves | None = None
        self._theme = context.theme
        self._chosen = 0  # place of the chosen epoch
        self._follows = True  # the last epoch is chosen, also when more come
        self._pointed: int | None = None
        self._log_loss = tk.BooleanVar(self, True)
        self._log_epochs = tk.BooleanVar(self, False)

        self.verdict = Label(self, text="", font=font(10, bold=True))
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
        self.verdict.grid(row=0, column=0, sticky="w", pady=(0, px(4)))
        self.plot.grid(row=1, column=0, sticky="nsew")
        row.grid(row=2, column=0, sticky="ew", pady=px(6))
        self.text.grid(row=3, column=0, sticky="ew")
        label.pack(side="left")
        self.log_epochs_box.pack(side="right", padx=(px(12), 0))
        self.log_loss_box.pack(side="right", padx=(px(12), 0))
        self.scrub.pack(side="left", fill="x", expand=True, padx=(px(6), 0))
        self.rowconfigure(1, weight=1)
        self.columnconfigure(0, weight=1)
        add_tooltip(self.scrub, EPOCH_TIP)
        self._scale_tip = add_tooltip(self.log_loss_box, LOSS_TIP)
        add_tooltip(self.log_epochs_box, EPOCHS_TIP)
        context.theme.subscribe(self, self._on_theme)

    @property
    def settled(self) -> bool:
        """Whether the curves that were asked for are drawn."""
        return self.plot.settled

    @property
    def curves(self) -> LossCurves | GameCurves | None:
        """What is shown."""
        return self._curves

    @property
    def epoch(self) -> int | None:
        """The chosen epoch."""
        return None if self._curves is None else int(self._curves.epochs[self._chosen])

    def set_model(self, model: LoadedModel) -> None:
        """Show the training of other weights; the chosen epoch stays, and the last one the last."""
        before = self.epoch
        self._curves = training_curves(model.record)
        self._pointed = None
        self._name_things()
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

    def _name_things(self) -> None:
        """Say what the family of the model asks for."""
        is_game = isinstance(self._curves, GameCurves)
        self.plot.set_tip(GAME_TIP if is_game else TIP)
        self.log_loss_box.configure(text="Log values" if is_game else "Log losses")
        self._scale_tip.configure(text=GAME_SCALE_TIP if is_game else LOSS_TIP)
        text, _ = ("", False) if self._curves is None else self._curves.verdict
        self.verdict.configure(text=text)
        if text:
            self.verdict.grid()
        else:
            self.verdict.grid_remove()
        self._on_theme(self._theme.palette)

    def _on_theme(self, palette: Palette) -> None:
        bad = self._curves is not None and self._curves.verdict[1]
        self.verdict.configure(foreground=palette.warning if bad else palette.foreground)

    def _show(self) -> None:
        if self._curves is not None:
            self.plot.show(drawing(self._curves, self._log_loss.get(), self._log_epochs.get()))

    def _tell(self) -> None:
        """Mark an epoch in all curves, and write its figures."""
        curves = self._curves
        if curves is None:
            return
        place = self._chosen if self._pointed is None else self._pointed
        epoch = float(curves.epochs[place])
        panels = [panel for row in curves.rows for panel in row]
        self.plot.set_marks(
            [
                (axes, epoch, float(line.values[place]))
                for axes, panel in enumerate(panels)
                for line in panel.lines
                if not np.isnan(line.values[place])
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


def drawing(
    curves: LossCurves | GameCurves, log_values: bool, log_epochs: bool
) -> Callable[[Figure, Look], None]:
    """Draws the panels of curves, row by row."""

    def draw(figure: Figure, look: Look) -> None:
        from matplotlib.ticker import MaxNLocator

        columns = math.lcm(*map(len, curves.rows))
        grid = figure.add_gridspec(len(curves.rows), columns)
        first = None
        for down, row in enumerate(curves.rows):
            width = columns // len(row)
            for across, panel in enumerate(row):
                place = grid[down, across * width : (across + 1) * width]
                axes = figure.add_subplot(place, sharex=first)
                first = first or axes
                _draw_panel(axes, panel, curves.epochs, look, log_values)
                if log_epochs:
                    axes.set_xscale("log")
                    plain_log_ticks(axes.xaxis)
                else:  # there is no half an epoch
                    axes.xaxis.set_major_locator(MaxNLocator("auto", integer=True))
                if len(curves.epochs) == 1:
                    axes.set_xlim(curves.epochs[0] - 0.5, curves.epochs[0] + 0.5)
                if down == len(curves.rows) - 1:
                    axes.set_xlabel("epoch")
                else:
                    axes.tick_params(labelbottom=False)
                if panel.legend:
                    axes.legend(loc=panel.legend)

    return draw


def _draw_panel(axes: Axes, panel: Panel, epochs: np.ndarray, look: Look, log_values: bool) -> None:
    tones = {
        "muted": look.muted,
        "accent": look.accent,
        "second": look.class_colours(10)[SECOND_COLOUR],
    }
    for line in panel.lines:
        axes.plot(
            epochs,
            line.values,
            color=tones[line.tone],
            marker="o" if len(epochs) < FEW_EPOCHS else "",
            markersize=3,
            label=line.name,
        )
    axes.set_title(panel.title)
    axes.grid(True)
    values = np.concatenate([line.values for line in panel.lines])
    if log_values and panel.log and (values[~np.isnan(values)] > 0).all():
        axes.set_yscale("log")
        plain_log_ticks(axes.yaxis)
    if panel.limits is not None:
        axes.set_ylim(*panel.limits)
    for words, level in (panel.levels or {}).items():
        axes.axhline(level, color=look.foreground, linewidth=0.8, linestyle=":")
        axes.annotate(
            words,
            (1, level),
            xycoords=("axes fraction", "data"),
            xytext=(3, 0),  # outside, where no curve ends upon it
            textcoords="offset points",
            ha="left",
            va="center",
            fontsize=look.small,
            color=look.foreground,
        )
    if panel.lacks:
        most = max(panel.levels.values())
        axes.set_yticks([0, most // 2, most])
        axes.fill_between(
            epochs,
            panel.lines[0].values,
            most,
            color=look.warning,
            alpha=LACKING_ALPHA,
            linewidth=0,
        )
