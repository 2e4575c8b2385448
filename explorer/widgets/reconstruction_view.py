"""What the encoder answers for the drawing: its reconstruction, the error, and draws around it."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from explorer.context import Context
from explorer.images import signed_change
from explorer.model import LoadedModel
from explorer.theme import Button, Frame, Label, add_tooltip
from explorer.widgets.drawn_view import DrawnView
from explorer.widgets.figure_scale import FigureScale
from explorer.widgets.later import Later
from explorer.widgets.picture_board import PictureBoard, Tile
from explorer.widgets.sentence import Sentence
from explorer.worker import Job

if TYPE_CHECKING:
    from vae.posterior import Posterior, TypicalFigures

JOB = "typical figures"  # kind of job
DRAWS = 8  # points of the posterior that are shown
DRAWS_PAUSE_MS = 33  # while a stroke is drawn, which comes first
DRAW_HEIGHT = 66  # pixels at 96 dpi, like all lengths here
CAPTION_FROM = 145  # height of the pictures' board; in less, captions would make them too small
HALF_RANGE = 127.5  # levels of a pixel for one image unit
NOTHING = "Draw a digit: what the model makes of it is shown here."
NOTHING_AT_ALL = "Draw something: what the model makes of it is shown here."  # no digit
NO_ENCODER = (
    "These weights came without an encoder, so nothing answers at once for what is drawn. Refine "
    "finds the point whose image comes nearest, step by step: it is the way in."
)
SEES_BACKGROUND = "To the encoder, unknown pixels are background."
SSE_TOOLTIP = (
    "SSE, the sum of squared errors over all pixels, which range from -1 to 1. The band is where "
    "90 of 100 test digits lie, the line in it the median."
)
KL_TOOLTIP = (
    "KL, in nats: how much the encoder's answer for this image differs from the prior, which is "
    "what it tells of the image. A VAE learns to keep SSE + KL low; a GAN knows neither. The band "
    "is where 90 of 100 test digits lie, the line in it the median."
)


class ReconstructionView(DrawnView):
    """Shows original, reconstruction and signed error, SSE and KL, and draws from the posterior.

    on_refine(): the person wants to refine, as there is no encoder.
    """

    title = "Reconstruction"

    def __init__(
        self,
        parent: tk.Misc,
        context: Context,
        *,
        on_refine: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(parent, context)
        theme, px = context.theme, context.theme.px
        self._noise = np.zeros((DRAWS, 0))  # of the draws, so that they follow the drawing
        self._points = np.zeros((DRAWS, 0))
        self._typical: TypicalFigures | None = None
        self._captioned = False  # whether there is room for captions below the pictures
        self._draws_later = Later(self, DRAWS_PAUSE_MS, self._follow)
        self._build(theme, on_refine)
        self._draws_row.grid(row=2, column=0, columnspan=2, sticky="ew", pady=(px(6), 0))
        self.board.grid(row=0, column=0, sticky="nsew")
        self._arrange(wide=True)
        self.rowconfigure(0, weight=1)
        self.columnconfigure(0, weight=1)
        self._update(final=True)

    def set_model(self, model: LoadedModel) -> None:
        """See `DrawnView`."""
        self._typical = None
        self._show_typical()
        self._draw_noise(model)
        super().set_model(model)

    @property
    def points(self) -> np.ndarray:
        """The shown draws from the posterior, (DRAWS, latent_dim); empty before there are any."""
        return self._points

    @property
    def typical(self) -> TypicalFigures | None:
        """What is typical of the encoded test digits, once that is known."""
        return self._typical

    @property
    def settled(self) -> bool:
        """See `DrawnView`."""
        return super().settled and not self._draws_later.pending

    @property
    def _answer(self) -> Posterior | None:
        return None if self._drawn is None else self._drawn.posterior

    def resample(self) -> None:
        """Draw other points from the posterior."""
        if self._model is not None:
            self._draw_noise(self._model)
            self._show_draws()

    # ---- building ------------------------------------------------------------------------------

    def _build(self, theme, on_refine: Callable[[], None]) -> None:
        px = theme.px
        self.board = PictureBoard(self, theme, on_choose=lambda index: self._adopt_mean())
        add_tooltip(
            self.board,
            "What is encoded, the decoded mean of the posterior, and the error: red where the "
            "reconstruction is too dark, blue where it is too light. A click on the reconstruction "
            "goes to the encoder's answer.",
        )
        self.board.bind("<Configure>", self._size_board, add="+")
        self._figures = Frame(self)
        self.sse_scale = FigureScale(self._figures, theme, "SSE")
        self.kl_scale = FigureScale(self._figures, theme, "KL")
        add_tooltip(self.sse_scale, SSE_TOOLTIP)
        add_tooltip(self.kl_scale, KL_TOOLTIP)
        self.sentence = Sentence(self._figures, lines=2)

        self._draws_row = row = Frame(self)
        self.draws = PictureBoard(row, theme, on_choose=self._adopt_draw, max_rows=1, centred=False)
        self.draws.configure(height=px(DRAW_HEIGHT))
        self.resample_button = Button(row, text="Resample", command=self.resample)
        add_tooltip(
            self.draws,
            "Draws from the posterior, decoded: all that the encoder takes this image for. They "
            "look alike, as a digit leaves little open. A click, or Return, goes to one.",
        )
        add_tooltip(self.resample_button, f"Draws {DRAWS} other points from the posterior.")
        self.resample_button.pack(side="right", padx=(px(8), 0))
        self.draws.pack(side="left", fill="both", expand=True)

        self._wayside = Frame(self)
        self.words = Label(self._wayside, anchor="center", justify="center")
        self.refine_button = Button(
            self._wayside, text="Refine", bootstyle="primary", command=on_refine
        )
        add_tooltip(self.refine_button, "Goes to Refine, below the drawing, too.")
        self.words.pack(side="top", pady=(0, px(8)))
        self._wayside.bind(
            "<Configure>",
            lambda event: self.words.configure(wraplength=max(1, event.width)),
        )

    def _arrange(self, wide: bool) -> None:
        """The figures stand beside the pictures, or below them."""
        px = self._context.theme.px
        if wide:
            self._figures.grid(row=0, column=1, columnspan=1, sticky="nsew", padx=(px(10), 0))
        else:
            self._figures.grid(row=1, column=0, columnspan=2, sticky="ew", padx=0)
        self.sse_scale.grid(row=0, column=0, sticky="ew", padx=0, pady=(px(2), 0))
        row, column, gap = (1, 0, 0) if wide else (0, 1, px(14))
        self.kl_scale.grid(row=row, column=column, sticky="ew", padx=(gap, 0), pady=(0, px(2)))
        self.sentence.grid(row=2, column=0, columnspan=2, sticky="nsew", padx=px(2))
        self._figures.columnconfigure(0, weight=1)
        self._figures.columnconfigure(1, weight=0 if wide else 1)
        if self._answer is None:
            self._figures.grid_remove()

    # ---- what is shown -------------------------------------------------------------------------

    def _update(self, final: bool) -> None:
        answer = self._answer
        parts = (self.board, self._figures, self._draws_row)
        for part in parts:
            (part.grid if answer is not None else part.grid_remove)()
        if answer is None:
            self._say_why_not()
            self._wayside.place(relx=0.5, rely=0.45, anchor="center", relwidth=0.9)
            return
        self._wayside.place_forget()
        self._show_pictures()
        self.sse_scale.show(answer.sse)
        self.kl_scale.show(answer.total_kl)
        if final:
            self._show_draws()
        else:
            self._draws_later.request()
        self._learn_typical()
        self._say()

    def _show_pictures(self) -> None:
        image, answer = self._drawn.image, self._answer
        captions = self._drawn.source, "of the mean", "red lacks, blue extra"
        if not self._captioned:
            captions = "", "", ""
        error = signed_change(image.astype(np.float32) - answer.reconstruction) / HALF_RANGE
        self.board.show(
            (
                Tile(image, "Original", captions[0], choosable=False),
                Tile(answer.reconstruction, "Reconstruction", captions[1], link="−"),
                Tile(image, "Error", captions[2], change=error, link="=", choosable=False),
            )
        )

    def _size_board(self, event: tk.Event) -> None:
        captioned = event.height >= self._context.theme.px(CAPTION_FROM)
        if captioned != self._captioned:
            self._captioned = captioned
            if self._answer is not None:
                self._show_pictures()

    def _say_why_not(self) -> None:
        without = self._model is not None and self._model.bundle.encoder is None
        nothing = NOTHING if self._of_digits else NOTHING_AT_ALL
        self.words.configure(text=NO_ENCODER if without else nothing)
        if without:
            self.refine_button.pack(side="top")
        else:
            self.refine_button.pack_forget()

    def _say(self) -> None:
        if self._drawn.unknown.any():
            self.sentence.show(SEES_BACKGROUND)
        elif self._typical is not None:
            worse = 100.0 - self._typical.sse_percentile(self._drawn.posterior.sse)
            self.sentence.show(_verdict(worse), secondary=True)
        elif self._model.encoded is None and self._model.without_statistics:
            self.sentence.show("What is typical of such images is not known.", secondary=True)
        else:
            self.sentence.show("")

    def _show_draws(self) -> None:
        answer = self._answer
        if answer is None:
            return
        self._points = answer.mu + answer.std * self._noise
        self.draws.show([Tile(pixels) for pixels in self._model.decoder.decode_uint8(self._points)])

    def _follow(self) -> Iterator[None]:
        self._show_draws()
        yield

    def _draw_noise(self, model: LoadedModel) -> None:
        self._noise = self._context.rng.standard_normal((DRAWS, model.latent_dim))

    def _adopt_mean(self) -> None:
        self._context.adopt(self._drawn.posterior.mu, True)

    def _adopt_draw(self, index: int) -> None:
        self._context.adopt(self._points[index], True)

    # ---- what is typical -----------------------------------------------------------------------

    def _learn_typical(self) -> None:
        """Ask for the figures of the real digits, once they are encoded and somebody looks."""
        encoded, decoder = self._model.encoded, self._model.decoder
        if encoded is None or self._typical is not None or JOB in self._jobs:
            return

        def learn(job: Job) -> TypicalFigures:
            from vae.posterior import typical_figures

            return typical_figures(encoded, decoder, job.progress)

        def show(figures: TypicalFigures) -> None:
            self._typical = figures
            self._show_typical()
            if self._answer is not None:
                self._say()

        self._jobs.ask(JOB, "Measuring the test digits", learn, show)

    def _show_typical(self) -> None:
        figures = self._typical
        self.sse_scale.set_typical(None if figures is None else figures.sse_quantiles)
        self.kl_scale.set_typical(None if figures is None else figures.kl_quantiles)


def _verdict(worse: float) -> str:
    """Of 100 test digits, so many are reconstructed worse."""
    if worse >= 99.5:
        return "Nearly all test digits are reconstructed worse."
    if worse < 0.5:
        return "Nearly all test digits are reconstructed better."
    return f"{worse:.0f} of 100 test digits are reconstructed worse."
