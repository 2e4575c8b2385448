"""Completions of an unfinished digit: what the model makes of the pixels that are known."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.completing import (
    MARKED,
    UNDRAWN,
    UNKNOWN,
    Completer,
    given,
    known_pixels,
    made_up,
    worth,
)
from explorer.context import Context
from explorer.model import LoadedModel
from explorer.theme import (
    PATIENT_TOOLTIP_DELAY_MS,
    Frame,
    Label,
    Menu,
    Menubutton,
    Palette,
    Radiobutton,
    add_tooltip,
)
from explorer.widgets.class_shares import ClassShares
from explorer.widgets.digit_view import rgb
from explorer.widgets.drawn_view import DrawnView
from explorer.widgets.picture_board import PictureBoard, Tile
from explorer.widgets.sentence import Sentence

if TYPE_CHECKING:
    from explorer.drawn import DrawnDigit
    from vae.completion import Completions

# What can be hidden with one click: kinds that `on_mask` is called with.
MASKS = ("upper half", "lower half", "left half", "right half", "nothing")
BANK, JOB = "bank of samples", "completions"  # kinds of jobs
SHARES_SIZE = 132, 66  # pixels at 96 dpi: width beside the pictures, height below them
LIGHTENED = 0.4  # of what is made up, from the accent colour to white: it lies on black
CHOICES = {
    UNDRAWN: (
        "what is not drawn",
        "Only your ink is known; everywhere else the drawing may go on. For one that you have "
        "begun.",
    ),
    MARKED: (
        "what is marked",
        "The pixels that were marked as unknown, with the tool Unknown or by Hide. Everything else "
        "is known, also that there is no ink.",
    ),
}
NOTHING_DRAWN = (
    "Draw a part of something, or take a whole and hide a part of it: here is what it may become."
)
NOTHING_MARKED = (
    "Nothing is marked as unknown. Hide a half, mark a part with the tool Unknown, or let "
    "everything be unknown that is not drawn."
)
ALL_KNOWN = (
    "All of a picture is known. Hide a half, or mark a part with the tool Unknown: here is what "
    "may be there instead."
)
BUILDING = "Decoding prior samples to choose from, once for this model …"
STOPPED = "Stopped. Another stroke, or another choice above, begins again."
TOOLTIP = (
    "Of 20,000 points drawn from the prior, each weighs as much as its image is likely to be the "
    "one of which you drew a part: importance sampling. Where few fit, more are drawn around the "
    "best. Shown are samples that differ; the bar is the share of the posterior that each stands "
    "for. Of grey images white is given, tinted is made up. Click one, or press Return on it, to "
    "make it the current point."
)
SHARES_TOOLTIP = (
    "Which digit it becomes: the weight of all samples, shared by what the classifier takes them "
    "for. The less is given, the more the prior's own mixture shows."
)


class CompletionView(DrawnView):
    """Shows plausible completions with their shares of the posterior; a click adopts one.

    What counts as unknown turns to the marks when the first one is made, and to what is not drawn
    when the last one has gone; the person may choose otherwise in between.

    on_mask(kind): the person wants to mark that part of the drawing as unknown, one of MASKS,
    `nothing` takes every mark away.
    """

    title = "Completions"

    def __init__(
        self,
        parent: tk.Misc,
        context: Context,
        *,
        on_mask: Callable[[str], None],
    ) -> None:
        super().__init__(parent, context)
        px = context.theme.px
        self._completer: Completer | None = None
        self._completions: Completions | None = None
        self._known: np.ndarray | None = None  # of the completions that are shown
        self._had_marks = False
        self._restored = False  # the choice is a session's, and holds for its drawing
        self._unknown = tk.StringVar(self, UNDRAWN)
        self._build_choices(on_mask)
        self.board = PictureBoard(self, context.theme, on_choose=self._choose, max_rows=2)
        self.shares = ClassShares(
            self,
            context.theme,
            heading="becomes a",
            width=SHARES_SIZE[0],
            height=SHARES_SIZE[1],
        )
        self.sentence = Sentence(self)
        add_tooltip(self.board, TOOLTIP, PATIENT_TOOLTIP_DELAY_MS, position="top")
        add_tooltip(self.shares, SHARES_TOOLTIP)
        self._choices.grid(row=0, column=0, columnspan=2, sticky="ew", pady=(0, px(4)))
        self.board.grid(row=1, column=0, sticky="nsew")
        self.rowconfigure(1, weight=1)
        self.columnconfigure(0, weight=1)
        self._arrange(True)
        self._show_note(NOTHING_DRAWN)
        context.theme.subscribe(self, self._on_theme)

    @property
    def unknown(self) -> str:
        """What counts as unknown, one of `explorer.completing.UNKNOWN`."""
        return self._unknown.get()

    @property
    def completions(self) -> Completions | None:
        """What is shown."""
        return self._completions

    def set_model(self, model: LoadedModel) -> None:
        """Complete with another model."""
        self._completer = Completer(model)
        super().set_model(model)
        self._arrange(self._wide is not False)

    def set_encoded(self, model: LoadedModel) -> None:
        """Nothing here depends on the real digits."""

    def settings(self) -> dict[str, Any]:
        """What a session file keeps."""
        return {"unknown": self.unknown}

    def apply_settings(self, settings: Mapping[str, Any]) -> None:
        """Take over settings of a session file; what does not fit is left as it is."""
        if settings.get("unknown") in UNKNOWN:
            self._unknown.set(settings["unknown"])
            self._restored = True
            self._changed(final=True)

    # ---- building ------------------------------------------------------------------------------

    def _build_choices(self, on_mask: Callable[[str], None]) -> None:
        px = self._context.theme.px
        self._choices = row = Frame(self)
        row.columnconfigure(3, weight=1)
        Label(row, text="Unknown:").grid(row=0, column=0, padx=(0, px(8)))
        self.choice_buttons: dict[str, Radiobutton] = {}
        for unknown, (text, tooltip) in CHOICES.items():
            button = Radiobutton(
                row,
                text=text,
                value=unknown,
                variable=self._unknown,
                padding=(0, px(3), px(10), px(3)),
                command=lambda: self._changed(final=True),
            )
            add_tooltip(button, tooltip)
            self.choice_buttons[unknown] = button
        self.hide_button = Menubutton(row, text="Hide ")
        self.hide_menu = menu = Menu(self.hide_button, tearoff=False)
        for kind in MASKS:
            menu.add_command(label=kind.capitalize(), command=lambda kind=kind: on_mask(kind))
        self.hide_button.configure(menu=menu)
        self.hide_button.grid(row=0, column=3, sticky="e")
        add_tooltip(
            self.hide_button, "Marks a half of the drawing as unknown, or takes marks away."
        )

    def _arrange(self, wide: bool) -> None:
        """The shares beside the pictures, or below them; the choices in a row, or in two."""
        for row, button in enumerate(self.choice_buttons.values()):
            button.grid(row=0 if wide else row, column=row + 1 if wide else 1, sticky="w")
        gap = self._context.theme.px(6)
        self.shares.grid(
            row=1 if wide else 2,
            column=int(wide),
            sticky="nsew",
            padx=(gap, 0) if wide else 0,
            pady=0 if wide else (gap, 0),
        )
        if self._model is not None and not self._model.class_names:
            self.shares.grid_remove()
        self.sentence.set_lines(1 if wide else 2)
        self.sentence.grid(row=3, column=0, columnspan=2, sticky="ew", pady=(gap // 2, 0))

    # ---- asking --------------------------------------------------------------------------------

    def show(self, drawn: DrawnDigit | None, final: bool) -> None:
        """Show another drawing; its completions come when no stroke is being drawn."""
        marks = drawn is not None and bool(drawn.unknown.any())
        if marks != self._had_marks:
            self._had_marks = marks
            if not self._restored:
                self._unknown.set(MARKED if marks else UNDRAWN)
        self._restored = self._restored and drawn is None
        super().show(drawn, final)

    def _update(self, final: bool) -> None:
        drawn, completer = self._drawn, self._completer
        if completer is None or drawn is None:
            self._show_note(NOTHING_DRAWN)
            return
        if not final:
            return
        known = known_pixels(drawn, self.unknown)
        if not known.any() or not drawn.image[:, ~drawn.unknown].any():
            self._show_note(NOTHING_DRAWN)
        elif known.all():
            self._show_note(ALL_KNOWN if drawn.is_picture else NOTHING_MARKED)
        elif not completer.ready:
            self._build_bank(completer)
        else:
            image = drawn.image

            def show(completions: Completions) -> None:
                # Another drawing may have come while nobody looked.
                if self._drawn is drawn:
                    self._show(completions, known)

            self._jobs.ask(JOB, "Completing", lambda job: completer.complete(image, known), show)

    def _build_bank(self, completer: Completer) -> None:
        if BANK in self._jobs:
            return
        self._show_note(BUILDING)
        self._jobs.ask(
            BANK,
            "Decoding samples for completions",
            lambda job: completer.build(job.progress),
            lambda nothing: self._changed(final=True),
            otherwise=lambda: self._show_note(STOPPED),
        )

    # ---- showing -------------------------------------------------------------------------------

    def _show_note(self, text: str) -> None:
        self._jobs.drop(JOB)
        self._completions = self._known = None
        self.board.show_note(text)
        self.shares.show((), ())
        self.sentence.show("")

    def _show(self, completions: Completions, known: np.ndarray) -> None:
        self._completions, self._known = completions, known
        self._paint()
        names = self._model.class_names
        shares = completions.class_shares
        self.shares.show(*((), ()) if shares is None else (shares, names))
        self.sentence.show(worth(completions, self._completer.size), secondary=True)

    def _paint(self) -> None:
        drawn, completions, known = self._drawn, self._completions, self._known
        colour = _lightened(self._context.theme.palette.accent)
        tiles = [Tile(given(drawn.image, known, colour), caption="given", choosable=False)]
        names = self._model.class_names
        for index, (image, weight) in enumerate(
            zip(completions.images, completions.weights, strict=True)
        ):
            share = f"{weight:.0%}" if weight >= 0.01 else "< 1%"
            named = completions.classes is not None
            caption = f"{names[completions.classes[index]]} · {share}" if named else share
            tiles.append(Tile(made_up(image, known, colour), caption=caption, share=float(weight)))
        self.board.show(tiles)

    def _choose(self, index: int) -> None:
        self._context.adopt(self._completions.z[index - 1], True)

    def _on_theme(self, palette: Palette) -> None:
        # What was missed while nobody looked, a drawing or a model, is made up for when seen.
        if self._completions is not None and not self._missed:
            self._paint()


def _lightened(accent: str) -> tuple[int, int, int]:
    red, green, blue = (round(c + (255 - c) * LIGHTENED) for c in rgb(accent))
    return red, green, blue
