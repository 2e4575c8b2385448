"""The real digits nearest to the drawing, in latent space and in pixels, side by side."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Iterator

from explorer.context import Context
from explorer.likeness import Alike, Likeness
from explorer.model import LoadedModel
from explorer.theme import PATIENT_TOOLTIP_DELAY_MS, Frame, Label, Menu, add_tooltip, font
from explorer.widgets.drawn_view import DrawnView
from explorer.widgets.later import Later
from explorer.widgets.picture_board import PictureBoard, Tile
from explorer.widgets.sentence import Sentence

JOB = "neighbours of the drawing"  # a kind of job
COUNT = 6  # real digits in a row
PAUSE_MS = 40  # between two answers while a stroke is being drawn
LATENT, PIXELS = range(2)
ROWS = (
    (
        "In latent space",
        "by posterior means",
        "The real digits whose posterior means are nearest to that of this digit, and how far away "
        "they are, in prior standard deviations.",
    ),
    (
        "In pixels",
        "spot by spot",
        "The real digits whose images are nearest to this one, pixel by pixel, and how far away "
        "they are: the root of the summed squared differences, in image units (black to white "
        "is 2). Pixels that are marked as unknown don't count.",
    ),
)
HOW = (
    " Click one, or walk with the arrow keys and press Return, to make its mean the current point; "
    "the right button, or Shift+F10, opens its menu."
)
HEADING_WIDTH = 118  # pixels at 96 dpi, beside a row
NOTHING_DRAWN = "Draw a digit, open one or take a real one: here are the real digits most like it."
ONLY_DIGITS = "Only digits are at hand to compare with, and this model does not draw digits."
NO_ENCODER = "These weights came without an encoder: the digit has no place in latent space yet."
ENCODING = "The real digits are being encoded."
TEACHING = "Pixels compare ink spot by spot, latent space what was read."


class NeighbourPair(DrawnView):
    """Shows two rows of real digits; one of them can be put into the drawing."""

    title = "Neighbours"

    def __init__(self, parent: tk.Misc, context: Context) -> None:
        super().__init__(parent, context)
        self._likeness: Likeness | None = None
        self._rows: tuple[Alike | None, Alike | None] = (None, None)
        self._headings: list[Frame] = []
        self.boards: list[PictureBoard] = []
        for row, (name, how, tooltip) in enumerate(ROWS):
            heading = Frame(self)
            Label(heading, text=name, font=font(10, bold=True)).grid(row=0, column=0, sticky="w")
            Label(heading, text=how, font=font(9), bootstyle="secondary").grid(
                row=1, column=0, sticky="w"
            )
            board = PictureBoard(
                self,
                context.theme,
                on_choose=lambda index, row=row: self._choose(row, index),
                on_menu=lambda index, event, row=row: self._open_menu(row, index, event),
                largest=110,
                max_rows=2,
                centred=False,
            )
            add_tooltip(board, tooltip + HOW, PATIENT_TOOLTIP_DELAY_MS, position="top")
            add_tooltip(heading, tooltip)
            self._headings.append(heading)
            self.boards.append(board)
        self.sentence = Sentence(self)
        self.menu = Menu(self, tearoff=False)
        self._later = Later(self, PAUSE_MS, self._look)
        self._arrange(True)
        self._show_missing(NOTHING_DRAWN)

    @property
    def rows(self) -> tuple[Alike | None, Alike | None]:
        """What is shown: the neighbours in latent space and in pixels."""
        return self._rows

    def set_model(self, model: LoadedModel) -> None:
        """Compare in another model's latent space."""
        self._likeness = Likeness(model)
        super().set_model(model)

    def set_encoded(self, model: LoadedModel) -> None:
        """Take over the real digits."""
        if self._model is not None and model.bundle is self._model.bundle:
            self._likeness = Likeness(model)
        super().set_encoded(model)

    @property
    def settled(self) -> bool:
        """Whether the neighbours of the drawing are shown."""
        return super().settled and not self._later.pending

    # ---- showing -------------------------------------------------------------------------------

    def _arrange(self, wide: bool) -> None:
        """Headings beside the rows, or above them."""
        px = self._context.theme.px
        for column in (0, 1):
            self.columnconfigure(column, weight=int(column == wide), minsize=0)
        if wide:
            self.columnconfigure(0, minsize=px(HEADING_WIDTH))
        for row in range(5):
            self.rowconfigure(row, weight=int(row in (1, 3)))
        for row, (heading, board) in enumerate(zip(self._headings, self.boards, strict=True)):
            line = 2 * row + 1
            heading.grid(row=line if wide else line - 1, column=0, sticky="w")
            board.grid(row=line, column=int(wide), sticky="nsew")
        self.sentence.set_lines(1 if wide else 2)
        self.sentence.grid(row=4, column=0, columnspan=2, sticky="ew", pady=(px(2), 0))

    def _update(self, final: bool) -> None:
        model = self._model
        if model is not None and not model.bundle.shows_digits:
            self._show_missing(ONLY_DIGITS)
        elif model is None or self._drawn is None:
            self._show_missing(NOTHING_DRAWN)
        else:
            self._later.request()

    def _look(self) -> Iterator[None]:
        """Ask for the neighbours, in the worker: the pixels of 10,000 digits are compared."""
        if self._drawn is not None and self._likeness is not None:
            likeness, drawn = self._likeness, self._drawn
            self._jobs.ask(
                JOB,
                "Looking for real digits like this",
                lambda job: likeness.rows(drawn, COUNT),
                lambda rows: self._show(rows),
            )
        return
        yield

    def _show_missing(self, text: str) -> None:
        self._later.drop()
        self._jobs.drop()
        self._rows = (None, None)
        self.boards[LATENT].show_note(text)
        self.boards[PIXELS].show_note("")
        self.sentence.show("")

    def _show(self, rows: tuple[Alike | None, Alike]) -> None:
        self._rows = rows
        common = set()
        if rows[LATENT] is not None:
            common = set(rows[LATENT].indices) & set(rows[PIXELS].indices)
        else:
            without_encoder = self._drawn.posterior is None
            self.boards[LATENT].show_note(NO_ENCODER if without_encoder else ENCODING)
        for alike, board in zip(rows, self.boards, strict=True):
            if alike is not None:
                board.show(_tiles(alike, common))
        told = f"{TEACHING} ● in both."
        if rows[LATENT] is None:
            told = "A click puts the real digit into the drawing."
        elif not common:
            told = f"{TEACHING} No digit is in both."
        self.sentence.show(told, secondary=True)

    # ---- what the person does ------------------------------------------------------------------

    def _choose(self, row: int, index: int) -> None:
        """Make a neighbour's mean the current point; without an encoder, draw it."""
        alike = self._rows[row]
        if alike.mu is None:
            self._context.draw_real(int(alike.indices[index]))
        else:
            self._context.adopt(alike.mu[index], True)

    def _open_menu(self, row: int, index: int, event: tk.Event) -> None:
        alike = self._rows[row]
        number, label = int(alike.indices[index]), alike.labels[index]
        menu = self.menu
        menu.delete(0, "end")
        menu.add_command(label="Draw from it", command=lambda: self._context.draw_real(number))
        if alike.mu is not None:
            mu = alike.mu[index]
            menu.add_command(
                label="Make its mean the current point",
                command=lambda: self._context.adopt(mu, True),
            )
            menu.add_command(
                label="Put its mean on the shelf",
                command=lambda: self._context.shelve([mu], [f"real {label} #{number}"]),
            )
        self._context.theme.paint_entries(menu)
        menu.tk_popup(event.x_root, event.y_root)


def _tiles(alike: Alike, common: set[int]) -> list[Tile]:
    return [
        Tile(image, caption=f"{label} · {_shown(distance)}", marked=index in common)
        for index, label, image, distance in zip(
            alike.indices, alike.labels, alike.images, alike.distances, strict=True
        )
    ]


def _shown(distance: float) -> str:
    """Four characters."""
    return f"{distance:.2f}" if distance < 9.995 else f"{distance:.1f}"
