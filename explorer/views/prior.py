"""Whether the encoded digits fill the space as the prior says: a sentence, figures, and plots."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from explorer import plot_panels, prior_plots
from explorer.apart import run_apart
from explorer.context import Context
from explorer.measuring import Measuring
from explorer.model import LoadedModel
from explorer.statistics_sample import Posteriors, Sample
from explorer.theme import Button, Combobox, Frame, Label, Radiobutton, add_tooltip, font
from explorer.widgets.plot import Plot
from explorer.worker import Job
from vae.aggregate import VERSION, PriorMatch, prior_match

QUANTILES, HISTOGRAM, AXIS = "quantiles", "histogram", "axis"
MODES = {QUANTILES: "Quantiles", HISTOGRAM: "Histogram", AXIS: "One axis:"}
MODE_TIPS = {
    QUANTILES: (
        "|z|² of the images against chi-squared, quantile by quantile: on the dashed line both "
        "agree; above it the images lie farther out than prior samples."
    ),
    HISTOGRAM: (
        "How |z|² of the images is spread, and the curve of chi-squared, which it has for prior "
        "samples."
    ),
    AXIS: (
        "The share of the images below each value along one dimension, and of prior samples. The "
        "Kolmogorov-Smirnov statistic is the largest difference of the two, which is marked."
    ),
}
AXIS_TIP = "The dimension whose shares are shown. A click on a bar of the plot chooses it, too."
SENTENCE_TIP = (
    "New images are decoded from the prior N(0, I); the decoder has been trained on draws from the "
    "posteriors of images, the aggregate posterior. Where the two differ, it is asked for what it "
    "has never learned. Judged by one draw for each image, not by the means of the posteriors."
)
GAN_SENTENCE_TIP = (
    "A GAN's generator has learned from prior samples alone, so none of them is strange to it. "
    "The encoder was fitted afterwards. Where the digits that it encodes leave room in the prior, "
    "the generator draws something all the same: what no digit looks like, or digits that the "
    "encoder takes elsewhere. Judged by one draw for each image, not by the means of the "
    "posteriors."
)
PLOT_TIP = (
    "Left: for each dimension the Kolmogorov-Smirnov statistic against N(0, 1), the largest "
    "difference between the shares of images and of prior samples below any one value. Full bars "
    "pass what chance does on one of the axes once in 100 times (dashed); hollow ones do not.\n\n"
    "Right: |z|², the squared distance from the origin, which for prior samples has a chi-squared "
    "distribution. Right click saves the plot."
)
WAITING = "The encoded digits are being compared with the prior."


def largest_gap(match: PriorMatch) -> tuple[str, str]:
    """The largest Kolmogorov-Smirnov statistic, and what chance does."""
    worst = int(np.argmax(match.ks))
    return (
        f"{match.ks[worst]:.3f} ({plot_panels.name(worst)})",
        f"chance: {match.gap_chance:.3f}",
    )


def discrepancy(match: PriorMatch) -> tuple[str, str]:
    """A thousand times MMD squared, and what prior samples get."""
    return f"{1000 * match.mmd2:.2f}", f"chance: {1000 * match.mmd2_chance:.2f}"


def shift(match: PriorMatch) -> tuple[str, str]:
    """What that is as a shift of the prior, and what chance does."""
    value = "∞" if np.isinf(match.shift) else f"{match.shift:.2f} σ"
    return value, f"chance: {match.shift_chance:.2f} σ"


def radius(match: PriorMatch) -> tuple[str, str]:
    """The median distance from the origin, and the prior's."""
    return f"{match.radius:.2f}", f"prior: {match.prior_radius:.2f}"


def tails(match: PriorMatch) -> tuple[str, str]:
    """The shares nearer and farther than the middle 95 % of the prior, and the prior's."""
    return f"{match.inside:.1%} / {match.outside:.1%}".replace("%", " %"), "prior: 2.5 % / 2.5 %"


Words = Callable[[PriorMatch], tuple[str, str]]
FIGURES: dict[str, tuple[Words, str]] = {
    "largest KS": (
        largest_gap,
        "Kolmogorov-Smirnov: the largest difference between the shares of images and of prior "
        "samples below any value, along the dimension where it is largest. 0.05 means that 5 of "
        "100 images lie on another side of some value.",
    ),
    "1000 MMD²": (
        discrepancy,
        "Squared maximum mean discrepancy (Gretton et al. 2012) of the images from the prior, over "
        "all dimensions at once, with Gaussian kernels of five widths, times 1,000; 0 for a match. "
        "Below: what 95 of 100 samples of the prior itself stay below, at this number of points.",
    ),
    "as a shift": (
        shift,
        "What that discrepancy means: how far the prior would have to be moved to be as far from "
        "itself, in its standard deviations. Below: what 99 of 100 samples of the prior stay "
        "below.",
    ),
    "half within |z|": (
        radius,
        "The median distance of the images from the origin, and that of prior samples.",
    ),
    "inside / outside": (
        tails,
        "The shares of the images nearer to the origin, and farther from it, than the middle 95 % "
        "of prior samples are.",
    ),
}


def _match(job: Job, posteriors: Posteriors) -> PriorMatch:
    return run_apart(job, prior_match, posteriors.mu, posteriors.std, posteriors.seed)


class PriorView(Frame):
    """The sentence, the figures, and the plot that is chosen."""

    def __init__(self, parent: tk.Misc, context: Context, sample: Sample) -> None:
        super().__init__(parent)
        self._context = context
        self._match: PriorMatch | None = None
        self._posteriors: Posteriors | None = None
        self._mode = tk.StringVar(self, QUANTILES)
        self._axis = 0
        self._drawn: tuple[Any, ...] | None = None
        px = context.theme.px
        self.sentence = Label(self, justify="left", anchor="nw")
        self.sentence_tip = add_tooltip(self.sentence, SENTENCE_TIP)
        self._figures = self._add_figures()
        self._choice = self._add_choice()
        self.plot = Plot(self, context, name="prior match", tip=PLOT_TIP, on_pick=self._pick)
        self.sentence.grid(row=0, column=0, sticky="ew")
        self._figures.grid(row=1, column=0, sticky="ew", pady=(px(4), px(6)))
        self._choice.grid(row=2, column=0, sticky="ew", pady=(0, px(6)))
        self.plot.grid(row=3, column=0, sticky="nsew")
        self.rowconfigure(3, weight=1)
        self.columnconfigure(0, weight=1)
        self.bind(
            "<Configure>", lambda event: self.sentence.configure(wraplength=max(1, event.width))
        )
        self._parts = (self.sentence, self._figures, self._choice)
        for part in self._parts:
            part.grid_remove()
        self._measuring = Measuring(
            self,
            context,
            sample,
            kind=PriorMatch,
            version=VERSION,
            label="Comparing with the prior",
            compute=_match,
            show=self._show,
            missing=self._show_missing,
            waiting=self._wait,
            apart=True,
        )

    def _add_figures(self) -> Frame:
        row = Frame(self)
        self.values: dict[str, tuple[Label, Label]] = {}
        for column, (title, (_, tip)) in enumerate(FIGURES.items()):
            cell = Frame(row)
            heading = Label(cell, text=title, font=font(9), bootstyle="secondary")
            value = Label(cell, font=font(11, bold=True))
            beside = Label(cell, font=font(9), bootstyle="secondary")
            for line in (heading, value, beside):
                line.pack(anchor="w")
                add_tooltip(line, tip)
            cell.grid(row=0, column=column, sticky="w")
            row.columnconfigure(column, weight=1)
            self.values[title] = value, beside
        return row

    def _add_choice(self) -> Frame:
        px, row = self._context.theme.px, Frame(self)
        self.buttons: dict[str, Radiobutton] = {}
        for mode, title in MODES.items():
            button = Radiobutton(
                row, text=title, value=mode, variable=self._mode, command=self._draw
            )
            button.pack(side="left", padx=(0, px(10)))
            add_tooltip(button, MODE_TIPS[mode])
            self.buttons[mode] = button
        self.axis_box = Combobox(row, state="readonly", width=4)
        self.axis_box.pack(side="left")
        self.axis_box.bind("<<ComboboxSelected>>", lambda event: self._choose_axis())
        add_tooltip(self.axis_box, AXIS_TIP)
        save = Button(row, text="Save…", bootstyle="secondary-outline", command=self.plot_save)
        save.pack(side="right")
        add_tooltip(save, "Save the plot as PNG, SVG or PDF.")
        return row

    # ---- what every view offers ----------------------------------------------------------------

    def set_model(self, model: LoadedModel) -> None:
        """The sample tells of it; what differences mean depends on what it learned from."""
        self.sentence_tip.configure(text=GAN_SENTENCE_TIP if model.is_gan else SENTENCE_TIP)

    def settings(self) -> dict[str, Any]:
        """For a session file."""
        return {"mode": self._mode.get(), "axis": self._axis}

    def apply_settings(self, settings: Mapping[str, Any]) -> None:
        """Take over settings of a session file; what does not fit is left as it is."""
        mode, axis = settings.get("mode"), settings.get("axis")
        if isinstance(mode, str) and mode in MODES:
            self._mode.set(mode)
        if type(axis) is int and axis >= 0:
            self._axis = axis
        self._draw()

    @property
    def settled(self) -> bool:
        """Whether everything that was asked for is shown."""
        return self._measuring.settled and self.plot.settled

    def back(self) -> None:
        """Escape: from one axis to all."""
        if self._mode.get() == AXIS:
            self._mode.set(QUANTILES)
            self._draw()

    # ---- what is shown -------------------------------------------------------------------------

    @property
    def match(self) -> PriorMatch | None:
        """The figures that are shown."""
        return self._match

    @property
    def axis(self) -> int:
        """The dimension that one axis is shown of, counted from 0."""
        return self._axis

    def _wait(self) -> None:
        if self._match is None:
            self.plot.message(WAITING)

    def _show(self, match: PriorMatch, posteriors: Posteriors) -> None:
        self._match, self._posteriors = match, posteriors
        for part in self._parts:
            part.grid()
        self.sentence.configure(text=match.sentence)
        for title, (words, _) in FIGURES.items():
            for label, text in zip(self.values[title], words(match), strict=True):
                label.configure(text=text)
        self.axis_box.configure(values=[plot_panels.name(i) for i in range(len(match.ks))])
        self._draw()

    def _show_missing(self, text: str) -> None:
        self._match = self._posteriors = self._drawn = None
        for part in self._parts:
            part.grid_remove()
        self.plot.message(text)

    def _draw(self) -> None:
        match, posteriors = self._match, self._posteriors
        if match is None:
            return
        if self._axis >= len(match.ks):
            self._axis = 0
        self.axis_box.set(plot_panels.name(self._axis))
        mode = self._mode.get()
        wanted = (match, mode, self._axis if mode == AXIS else None)
        if wanted == self._drawn:
            return
        self._drawn = wanted
        draws = {"mu": posteriors.mu, "std": posteriors.std, "seed": posteriors.seed}
        if mode == QUANTILES:
            self.plot.show(partial(prior_plots.prior_quantiles, match=match))
        elif mode == HISTOGRAM:
            self.plot.show(partial(prior_plots.prior_histogram, match=match, **draws))
        else:
            self.plot.show(
                partial(prior_plots.axis_shares, match=match, dimension=self._axis, **draws)
            )

    # ---- what the person does ------------------------------------------------------------------

    def plot_save(self) -> None:
        """Ask for a file and save the plot."""
        self.plot.save()

    def _choose_axis(self) -> None:
        self._axis = self.axis_box.current()
        self.axis_box.selection_clear()
        self._mode.set(AXIS)
        self._draw()

    def _pick(self, x: float, y: float, axes: int) -> None:
        """A click on a bar shows its axis alone."""
        if self._match is None or self._mode.get() == AXIS or axes != 0:
            return
        self._axis = min(len(self._match.ks) - 1, max(0, round(x)))
        self._mode.set(AXIS)
        self._draw()
