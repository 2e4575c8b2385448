"""How evenly the image changes over the latent space: along random lines, and from way to way."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from explorer import smoothness_plot
from explorer.context import Context
from explorer.kept_statistics import Key
from explorer.model import LoadedModel
from explorer.statistics_sample import Sample
from explorer.theme import (
    PATIENT_TOOLTIP_DELAY_MS,
    Button,
    Frame,
    Label,
    Radiobutton,
    add_tooltip,
    font,
)
from explorer.widgets.digit_grid import DigitGrid
from explorer.widgets.plot import Plot
from explorer.widgets.sentence import Sentence
from explorer.worker import Job
from vae.latent import interpolate
from vae.smoothness import (
    PRIOR,
    REAL,
    SOURCES,
    VERSION,
    Smoothness,
    condition_in_words,
    in_words,
    smoothness,
)

JOB = "statistics: Smoothness"
SEGMENTS = 500  # from each source
FRAMES = 11  # of a strip
STRIP_HEIGHT = 44  # pixels at 96 dpi
SMOOTHEST, PICKED, ROUGHEST = range(3)
STRIPS = {
    ROUGHEST: ("roughest", "The segment along which the image changes most."),
    PICKED: ("middle", "The segment in the middle of all. Click the left plot to pick another."),
    SMOOTHEST: ("smoothest", "The segment along which the image changes least."),
}
SOURCE_WORDS = {PRIOR: "prior samples", REAL: "real digits"}
SOURCE_TIPS = {
    PRIOR: "Segments between two random draws from the prior N(0, I): all that the space offers.",
    REAL: (
        "Segments between the posterior means of two of the chosen digits: the ways between what "
        "the model has seen."
    ),
}
PLOT_TIP = (
    "Left: along 500 random straight segments, the mean of vᵀGv, v the unit step along the segment "
    "and G = JᵀJ the decoder's pull-back metric: how much the image changes, squared, per prior "
    "standard deviation, squared. It is the perceptual path length of StyleGAN (Karras et al. "
    "2019) with the decoder's own metric in place of a network's. Click to see a segment of that "
    "roughness. Right: the largest eigenvalue of G over the smallest, at 500 points: 1 where every "
    "direction changes the image as much; many where some directions hardly show."
)
MORPH_TIP = "Travel this segment on the Morph page: play it, scrub it, export it."
STRIP_TIP = (
    " From left to right: {frames} evenly spaced places on it. Click one, or walk with the arrow "
    "keys and press Return, to go there."
)
CANCELLED = "The measurement was cancelled. “Measure again” below starts another one."


class SmoothnessView(Frame):
    """The two distributions, sentences on them, and three segments as strips of images."""

    def __init__(self, parent: tk.Misc, context: Context, sample: Sample) -> None:
        super().__init__(parent)
        self._context = context
        self._sample = sample
        self._model: LoadedModel | None = None
        self._measured: Smoothness | None = None
        self._wanted: tuple[LoadedModel, Key] | None = None  # asked for, or shown
        self._pending = False
        self._source = tk.StringVar(self, PRIOR)
        self._segments = dict.fromkeys(STRIPS, 0)
        self._picked = False  # the person has chosen the segment in the middle
        self._add_widgets()
        leave = sample.subscribe(self._refresh)
        self.bind("<Map>", lambda event: self._refresh(), add="+")
        self.bind("<Destroy>", lambda event: leave() if event.widget is self else None, add="+")

    def _add_widgets(self) -> None:
        theme, px = self._context.theme, self._context.theme.px
        row = self._row = Frame(self)
        Label(row, text="Segments between").pack(side="left", padx=(0, px(8)))
        self.sources: dict[str, Radiobutton] = {}
        for source in SOURCES:
            button = self.sources[source] = Radiobutton(
                row, text=SOURCE_WORDS[source], value=source, variable=self._source,
                command=self._choose_source,
            )  # fmt: skip
            button.pack(side="left", padx=(0, px(12)))
            add_tooltip(button, SOURCE_TIPS[source])
        self.sentence = Sentence(self, lines=4)
        self.plot = Plot(
            self, self._context, name="smoothness", tip=PLOT_TIP, height=150, on_pick=self._pick
        )
        strips = self._strips = Frame(self)
        self.names: dict[int, Label] = {}
        self.strips: dict[int, DigitGrid] = {}
        self.morphs: dict[int, Button] = {}
        for line, (kind, (_, tip)) in enumerate(STRIPS.items()):
            name = self.names[kind] = Label(strips, font=font(9), justify="left")
            strip = self.strips[kind] = DigitGrid(
                strips, theme, on_activate=lambda index, kind=kind: self._go(kind, index),
                max_cell=STRIP_HEIGHT, fixed_height=STRIP_HEIGHT, centred=False,
            )  # fmt: skip
            morph = self.morphs[kind] = Button(
                strips, text="Morph", bootstyle="secondary-outline",
                command=lambda kind=kind: self._travel(kind),
            )  # fmt: skip
            name.grid(row=line, column=0, sticky="w", padx=(0, px(8)))
            strip.grid(row=line, column=1, sticky="ew", pady=px(2))
            morph.grid(row=line, column=2, padx=(px(6), 0))
            tip += STRIP_TIP.format(frames=FRAMES)
            add_tooltip(strip, tip, PATIENT_TOOLTIP_DELAY_MS, position="top")
            add_tooltip(name, tip)
            add_tooltip(morph, MORPH_TIP)
        strips.columnconfigure(1, weight=1)
        row.grid(row=0, column=0, sticky="ew")
        self.sentence.grid(row=1, column=0, sticky="ew", pady=(px(4), 0))
        self.plot.grid(row=2, column=0, sticky="nsew")
        strips.grid(row=3, column=0, sticky="ew", pady=(px(4), 0))
        self.rowconfigure(2, weight=1)
        self.columnconfigure(0, weight=1)
        for widget in (row, self.sentence, strips):
            widget.grid_remove()

    # ---- what every view offers ----------------------------------------------------------------

    def set_model(self, model: LoadedModel) -> None:
        """The sample tells of it."""

    def settings(self) -> dict[str, Any]:
        """For a session file."""
        return {"source": self._source.get()}

    def apply_settings(self, settings: Mapping[str, Any]) -> None:
        """Take over settings of a session file; what does not fit is left as it is."""
        source = settings.get("source")
        if isinstance(source, str) and source in SOURCES:
            self._source.set(source)
            self._choose_source()

    @property
    def settled(self) -> bool:
        """Whether everything that was asked for is shown."""
        if not self.winfo_ismapped():
            return True
        return not self._pending and self._is_newest(self._wanted) and self.plot.settled

    # ---- measuring -----------------------------------------------------------------------------

    @property
    def measured(self) -> Smoothness | None:
        """The figures that are shown."""
        return self._measured

    def _newest(self) -> tuple[LoadedModel, Key] | None:
        """What should be shown: of which model, and what it is kept under; None if not yet.

        Without an encoder there are still the prior's segments, which no digits are a part of.
        """
        sample = self._sample
        if sample.posteriors is not None:
            return sample.model, sample.posteriors.key(VERSION)
        if sample.model is None or not sample.complete:
            return None
        return sample.model, Key(sample.model.bundle.sha256, 0, sample.seed, VERSION)

    def _is_newest(self, wanted: tuple[LoadedModel, Key] | None) -> bool:
        newest = self._newest()
        if wanted is None or newest is None:
            return wanted is newest
        return wanted[0] is newest[0] and wanted[1] == newest[1]

    def _refresh(self) -> None:
        if not self.winfo_ismapped():
            return
        wanted = self._newest()
        if wanted is None:
            self._wanted, self._pending = None, False
            self._context.worker.cancel(JOB)
            self._show_missing(self._sample.missing)
        elif not self._is_newest(self._wanted):
            self._ask(wanted)

    def _ask(self, wanted: tuple[LoadedModel, Key]) -> None:
        self._wanted, self._pending = wanted, True
        model, key = wanted
        kept, decoder, posteriors = self._sample.kept, model.decoder, self._sample.posteriors
        mu = None if posteriors is None else posteriors.mu

        def work(job: Job) -> Smoothness:
            # Not in a process of its own: half a second, in calls of less than a millisecond.
            return kept.get(
                Smoothness, key, lambda: smoothness(decoder, mu, SEGMENTS, key.seed, job.progress)
            )

        def done(measured: Smoothness) -> None:
            if self._wanted is wanted:
                self._pending = False
                # Else something has changed while nobody could see it: the next look asks again.
                if self._is_newest(wanted):
                    self._show(model, measured)

        def failed(error: Exception) -> None:
            if self._wanted is wanted:
                self._pending = False
                self._show_missing(f"The smoothness can't be measured: {error}")

        def otherwise() -> None:
            if self._wanted is wanted and self._pending:
                self._pending = False
                self._show_missing(CANCELLED)

        self._context.run_job(
            JOB, "Measuring the smoothness", work, done,
            failed=failed, otherwise=otherwise, quiet=True,
        )  # fmt: skip

    # ---- what is shown -------------------------------------------------------------------------

    def _show_missing(self, text: str) -> None:
        self._measured = self._model = None
        for widget in (self._row, self.sentence, self._strips):
            widget.grid_remove()
        self.plot.message(text)

    def _show(self, model: LoadedModel, measured: Smoothness) -> None:
        self._model, self._measured = model, measured
        for widget in (self._row, self.sentence, self._strips):
            widget.grid()
        real = REAL in measured.sources
        self.sources[REAL].configure(state="normal" if real else "disabled")
        if not real:
            self._source.set(PRIOR)
        self.plot.show(partial(smoothness_plot.draw, measured=measured))
        self._choose_source()

    @property
    def _row_of_source(self) -> int:
        return SOURCES.index(self._source.get())

    def _choose_source(self) -> None:
        """Show the words and the extremes of the chosen source."""
        measured, source = self._measured, self._row_of_source
        if measured is None:
            return
        if source >= len(measured.sources):
            self._source.set(PRIOR)
            source = 0
        self.sentence.show(f"{in_words(measured, source)} {condition_in_words(measured, source)}")
        order = measured.ranked(source)
        if len(order):
            self._picked = False
            self._segments = {
                SMOOTHEST: int(order[0]),
                PICKED: int(order[len(order) // 2]),
                ROUGHEST: int(order[-1]),
            }
        for kind in STRIPS:
            self._show_strip(kind)
        self._place_marks()

    def _show_strip(self, kind: int) -> None:
        measured, source, segment = self._measured, self._row_of_source, self._segments[kind]
        self.strips[kind].set_images(self._model.decoder.decode_uint8(self._points(kind)))
        length = self._measured.lengths[source, segment]
        self.names[kind].configure(
            text=f"{self._word(kind)}: {measured.energies[source, segment]:.1f}\n"
            f"{self._ends(segment)}{length:.1f} std long"
        )

    def _word(self, kind: int) -> str:
        return "picked" if kind == PICKED and self._picked else STRIPS[kind][0]

    def _ends(self, segment: int) -> str:
        """Which digits a segment joins, if they are real ones."""
        if self._source.get() != REAL:
            return ""
        labels, names = self._model.encoded.labels, self._sample.posteriors.class_names
        numbers = self._sample.posteriors.indices[self._measured.images[:, segment]]
        first, last = (names[labels[number]] for number in numbers)
        return f"{first} to {last}, "

    def _points(self, kind: int) -> np.ndarray:
        """The places on a segment that its strip shows, (FRAMES, d)."""
        source, segment = self._row_of_source, self._segments[kind]
        start, end = self._measured.starts[source, segment], self._measured.ends[source, segment]
        return interpolate(start, end, FRAMES)

    def _place_marks(self) -> None:
        """Ring the shown segments on the axis of the left plot."""
        energies = self._measured.energies[self._row_of_source]
        self.plot.set_marks([(0, float(energies[i]), 0.0) for i in self._segments.values()])

    # ---- what the person does ------------------------------------------------------------------

    def _pick(self, x: float, y: float, axes: int) -> None:
        """Show the segment whose roughness is nearest to where the person points."""
        if self._measured is None or axes != 0:
            return
        order = self._measured.ranked(self._row_of_source)
        if len(order):
            energies = self._measured.energies[self._row_of_source, order]
            self._segments[PICKED] = int(order[np.abs(energies - x).argmin()])
            self._picked = True
            self._show_strip(PICKED)
            self._place_marks()

    # What is no longer shown may still have the keyboard.

    def _go(self, kind: int, index: int) -> None:
        if self._measured is None:
            return
        self._context.adopt(self._points(kind)[index], True)

    def _travel(self, kind: int) -> None:
        if self._measured is None:
            return
        ends = self._points(kind)[[0, -1]]
        self._context.travel(ends, f"{self._word(kind)} segment")
