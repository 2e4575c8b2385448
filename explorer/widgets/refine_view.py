"""Refinement: the point whose image fits the drawing best, and how far the encoder was from it."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from explorer.context import Context
from explorer.model import LoadedModel
from explorer.refining import Fit, Refinement, fit_of, refine, typical_gap
from explorer.theme import PATIENT_TOOLTIP_DELAY_MS, Button, Frame, Label, add_tooltip
from explorer.widgets.descent_plot import DescentPlot
from explorer.widgets.drawn_view import DrawnView
from explorer.widgets.number_field import NumberField
from explorer.widgets.picture_board import PictureBoard, Tile
from explorer.widgets.sentence import Sentence
from vae.documents import is_int

JOB, TYPICAL = "refinement", "typical gap"  # kinds of jobs
STARTS = 1, 64  # bounds of a field, and what it begins with
STEPS = 20, 1000
DEFAULT_STARTS, DEFAULT_STEPS = 8, 200
PLOT_SIZE = 116, 84  # pixels at 96 dpi: width beside the pictures, height below them
NOTHING_DRAWN = (
    "Draw a digit, open one or take a real one: Refine looks for the point whose image fits it "
    "best."
)
NOTHING_TO_REFINE = (  # where what is drawn is no digit
    "Draw something or open a picture: Refine looks for the point whose image fits it best."
)
IDLE = "The encoder answers at once, but not best: Refine goes on from there, down the gradient."
IDLE_ALONE = "These weights came without an encoder: Refine finds the point all the same."
COLOURS = "red lacks,\nblue is extra"
BUSY = "Following the gradient …"
TOOLTIP = (
    "Below a picture: its squared error, plus |z|²/2, what the prior asks for being that far from "
    "its middle. Their sum is −log p(x, z), in nats, up to a constant. In the errors, red is "
    "what the model makes too dark and blue what it makes too light. What the encoder's answer "
    "costs more than the best point shows the amortisation gap: Cremer et al. 2018 define it by "
    "ELBOs, of whole posteriors and not of points; with the shipped VAE both differ by a tenth. "
    "Click a picture of a point to go there."
)


class RefineView(DrawnView):
    """Projects the drawing onto the decoder's images by optimisation.

    on_refined(z): the point that was found for the drawing that is shown, (latent_dim,); for
    `EditView.set_anchor`.
    """

    title = "Refine"

    def __init__(
        self,
        parent: tk.Misc,
        context: Context,
        *,
        on_refined: Callable[[np.ndarray], None] = lambda z: None,
    ) -> None:
        super().__init__(parent, context)
        px = context.theme.px
        self._on_refined = on_refined
        self._refinement: Refinement | None = None
        self._typical: float | None = None  # what the encoder costs real digits, nats
        self._version: int | None = None  # of the drawing that is refined, or being refined
        self._points: tuple[np.ndarray | None, ...] = ()  # what each tile stands for
        self._build_controls()
        self.board = PictureBoard(self, context.theme, on_choose=self._choose, max_rows=2)
        self.plot = DescentPlot(
            self,
            context.theme,
            heading="SSE + |z|²/2",
            level_name="encoder",
            width=PLOT_SIZE[0],
            height=PLOT_SIZE[1],
        )
        self.sentence = Sentence(self)
        add_tooltip(self.board, TOOLTIP, PATIENT_TOOLTIP_DELAY_MS, position="top")
        add_tooltip(
            self.plot,
            "What is made small, step by step, on the way that ended lowest; dashed, what the "
            "encoder's answer has.",
        )
        self._controls.grid(row=0, column=0, columnspan=2, sticky="ew", pady=(0, px(4)))
        self.board.grid(row=1, column=0, sticky="nsew")
        self.rowconfigure(1, weight=1)
        self.columnconfigure(0, weight=1)
        self._arrange(True)
        self._show_missing()

    @property
    def refinement(self) -> Refinement | None:
        """What is shown; None before Refine."""
        return self._refinement

    @property
    def busy(self) -> bool:
        """Whether there is something to stop."""
        return JOB in self._jobs

    def set_model(self, model: LoadedModel) -> None:
        """Refine in another model."""
        self._typical = None
        super().set_model(model)

    def settings(self) -> dict[str, Any]:
        """What a session file keeps."""
        return {"starts": self.starts_field.number, "steps": self.steps_field.number}

    def apply_settings(self, settings: Mapping[str, Any]) -> None:
        """Take over settings of a session file; what does not fit is left as it is."""
        for name, field, (low, high) in (
            ("starts", self.starts_field, STARTS),
            ("steps", self.steps_field, STEPS),
        ):
            number = settings.get(name)
            if is_int(number) and low <= number <= high:
                field.set_number(number)

    # ---- commands ------------------------------------------------------------------------------

    def toggle(self) -> None:
        """Refine, or stop that."""
        if self.busy:
            self.stop()
        else:
            self.refine()

    def refine(self) -> None:
        """Look for the point that fits the drawing best."""
        if self._drawn is None or self._model is None:
            return
        model, drawn = self._model, self._drawn
        starts, steps = self.starts_field.number, self.steps_field.number
        self._version = drawn.version
        self.sentence.show(BUSY, secondary=True)
        self._jobs.ask(
            JOB,
            "Refining",
            lambda job: refine(model, drawn, starts, steps, job.progress),
            # Another drawing may have come while nobody looked.
            lambda found: self._drawn is drawn and self._show_refinement(found),
            otherwise=self._show_state,
        )
        self._show_busy()

    def stop(self) -> None:
        """Stop what is being computed."""
        if self.busy:
            self._jobs.drop(JOB)
            self._show_state()

    def adopt(self) -> None:
        """Glide to the point that was found."""
        if self._refinement is not None:
            self._context.adopt(self._refinement.after.z, True)

    # ---- building ------------------------------------------------------------------------------

    def _build_controls(self) -> None:
        context, px = self._context, self._context.theme.px
        self._controls = row = Frame(self)
        self.refine_button = Button(
            row, text="Refine", width=7, bootstyle="primary", command=self.toggle
        )
        self.adopt_button = Button(row, text="Adopt", command=self.adopt)
        self._fields = Frame(row)
        row.columnconfigure(1, weight=1)
        fields = []
        for text, what, number, (low, high), step, tooltip in (
            (
                "starts",
                "The number of starts",
                DEFAULT_STARTS,
                STARTS,
                1,
                "How many points it starts from at once: the encoder's answer and points drawn "
                "around it; without an encoder the best of many prior samples. Several, as a "
                "descent ends in the nearest valley.",
            ),
            (
                "steps",
                "The number of steps",
                DEFAULT_STEPS,
                STEPS,
                20,
                "How many steps of Adam each start takes down the gradient.",
            ),
        ):
            field = NumberField(
                self._fields,
                what=what,
                number=number,
                low=low,
                high=high,
                step=step,
                width=5,
                on_change=lambda number: None,
                on_error=lambda message: context.notify(message, True),
            )
            field.pack(side="left")
            Label(self._fields, text=text).pack(side="left", padx=(px(4), px(10)))
            add_tooltip(field, tooltip)
            fields.append(field)
        self.starts_field, self.steps_field = fields
        add_tooltip(
            self.refine_button,
            "Looks for the point whose image fits the drawing best: Adam on squared error plus "
            "|z|²/2, from several starts. While it runs, stops it (Escape).",
        )
        add_tooltip(self.adopt_button, "Makes the point that was found the current one.")

    def _arrange(self, wide: bool) -> None:
        """The curve beside the pictures, or below them; likewise the fields and the buttons."""
        gap = self._context.theme.px(6)
        self.refine_button.grid(row=0, column=0, sticky="w", padx=(0, 2 * gap))
        self.adopt_button.grid(row=0, column=2, sticky="e")
        self._fields.grid(
            row=0 if wide else 1,
            column=1 if wide else 0,
            columnspan=1 if wide else 3,
            sticky="w",
            pady=0 if wide else (gap, 0),
        )
        self.plot.grid(
            row=1 if wide else 2,
            column=int(wide),
            sticky="nsew",
            padx=(gap, 0) if wide else 0,
            pady=0 if wide else (gap, 0),
        )
        self.sentence.set_lines(1 if wide else 2)
        self.sentence.grid(row=3, column=0, columnspan=2, sticky="ew", pady=(gap // 2, 0))

    # ---- showing -------------------------------------------------------------------------------

    def _update(self, final: bool) -> None:
        drawn = self._drawn
        if drawn is None or self._model is None:
            self._show_missing()
            return
        if self._version != drawn.version:
            self._jobs.drop(JOB)  # it refines what is no longer drawn
            self._refinement = None
        self._show_state()

    def _show_missing(self) -> None:
        self._jobs.drop(JOB)
        self._refinement = None
        self.board.show_note(NOTHING_DRAWN if self._of_digits else NOTHING_TO_REFINE)
        self.plot.show(np.zeros(0), None)
        self.sentence.show("")
        self._show_busy()

    def _show_refinement(self, refinement: Refinement) -> None:
        self._refinement = refinement
        self._show_state()
        self._on_refined(refinement.after.z)
        self._ask_typical()

    def _ask_typical(self) -> None:
        """Ask for what is typical, once for a model, when it is first to be compared with."""
        model = self._model
        known = self._typical is not None or TYPICAL in self._jobs
        if known or self._refinement.before is None or model.encoded is None:
            return
        self._jobs.ask(
            TYPICAL,
            "Refining some real digits to compare with",
            lambda job: typical_gap(model, job.progress),
            self._show_typical,
        )

    def _show_typical(self, gap: float) -> None:
        self._typical = gap
        if not self.busy:
            self._show_state()

    def _show_state(self) -> None:
        """Show the drawing, the encoder's answer, and what was found, as far as they are there."""
        drawn, found = self._drawn, self._refinement
        if drawn is None:
            return
        before = None
        if found is not None:
            before = found.before
        elif drawn.posterior is not None:
            before = fit_of(drawn, self._model.decoder, drawn.posterior.mu)
        original = np.where(drawn.unknown, 0, drawn.image).astype(np.uint8)
        tiles = [Tile(original, "Original", f"{drawn.source}\n ", choosable=False)]
        points: list[np.ndarray | None] = [None]
        if before is not None:
            tiles += _pair("Encoder", before, COLOURS)
            points += [before.z, None]
        if found is not None:
            tiles += _pair("Refined", found.after, found.agreement)
            points += [found.after.z, None]
        else:
            tiles.append(Tile(None, "Refined", "press Refine\n ", link="→", choosable=False))
            points.append(None)
        self._points = tuple(points)
        self.board.show(tiles)
        level = None if before is None else before.objective
        self.plot.show(np.zeros(0) if found is None else found.curve, level)
        if found is not None:
            self.sentence.show(found.sentence(self._typical))
        else:
            self.sentence.show(IDLE if before is not None else IDLE_ALONE, secondary=True)
        self._show_busy()

    def _show_busy(self) -> None:
        self.refine_button.configure(text="Stop" if self.busy else "Refine")
        self.refine_button.state(["disabled" if self._drawn is None else "!disabled"])
        self.adopt_button.state(["disabled" if self._refinement is None else "!disabled"])

    def _choose(self, index: int) -> None:
        point = self._points[index]
        if point is not None:
            self._context.adopt(point, True)


def _pair(title: str, fit: Fit, told: str) -> tuple[Tile, Tile]:
    """An image with its figures, and its error with what is told below that."""
    figures = f"{fit.sse:.1f} + {fit.prior:.1f}\n= {fit.objective:.1f}"
    return (
        Tile(fit.image, title, figures, link="→"),
        Tile(fit.image, "Error", told, change=fit.error, choosable=False),
    )
