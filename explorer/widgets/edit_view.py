"""Edits that keep the handwriting: what the model missed of the original is put back in."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from explorer.context import Context
from explorer.export import export_digit
from explorer.images import signed_change
from explorer.model import LoadedModel
from explorer.theme import PATIENT_TOOLTIP_DELAY_MS, Button, Frame, Label, add_tooltip
from explorer.widgets.drawn_view import DrawnView
from explorer.widgets.picture_board import PictureBoard, Tile
from explorer.widgets.sentence import Sentence
from explorer.widgets.strength_slider import StrengthSlider
from vae.documents import is_number
from vae.residual import edited

JOB = "edited digit"  # a kind of job
PNG_FILES = [("PNG picture", "*.png")]
SAVED_SCALE = 16  # pixels of the file for one of the image, as the export of a digit proposes
HALF_RANGE = 127.5  # levels of a uint8 for one image unit
NOTHING_DRAWN = (
    "Draw a digit, open one or take a real one. Then move the sliders: what the model misses of "
    "the handwriting is put back into the change."
)
NOTHING_TO_EDIT = (  # where what is drawn is no digit
    "Draw something or open a picture. Then move the sliders: what the model misses of it is put "
    "back into the change."
)
NO_POINT = (
    "These weights came without an encoder, so nobody knows yet which point this drawing is. "
    "Refine looks for it; then what the model misses of it can be kept here."
)
AT_HOME = "Move a slider on the left: the change is made in this hand."
AT_HOME_WITHOUT_HAND = "Move a slider on the left: the change keeps what the model misses."
# What of the original is put back, and where it is: of a digit, and of anything else.
KEPT = {True: ("Handwriting", "in this hand"), False: ("Detail", "with its detail")}
MOVED = "The strokes that the change leaves alone are the original's; the others are the model's."


class EditView(DrawnView):
    """Shows the original, the current point decoded, and that with the residual of the original.

    on_take(image): the person wants the edited image, (C, H, W) uint8, as the drawing.
    """

    title = "Edit"

    def __init__(
        self,
        parent: tk.Misc,
        context: Context,
        *,
        on_take: Callable[[np.ndarray], None],
    ) -> None:
        super().__init__(parent, context)
        px = context.theme.px
        self._on_take = on_take
        self._found: tuple[int, np.ndarray] | None = None  # a drawing's version and its point
        self._original: np.ndarray | None = None  # with the model's own pixels where unknown
        self._residual = 0.0  # all that the model missed of it, levels, summed
        self._first: Tile | None = None  # the original, which stays while sliders move
        self._edited: np.ndarray | None = None
        self._pending: str | None = None
        self.board = PictureBoard(self, context.theme, on_choose=self._choose)
        self.sentence = Sentence(self, lines=2)
        self._build_controls()
        self.board.grid(row=0, column=0, columnspan=4, sticky="nsew")
        self.sentence.grid(row=1, column=0, columnspan=4, sticky="ew", pady=(px(2), px(4)))
        self._arrange(True)
        self.rowconfigure(0, weight=1)
        self.columnconfigure(1, weight=1)
        self._show_missing()
        unsubscribe = context.state.subscribe(lambda state: self._request())
        self.bind("<Destroy>", lambda event: unsubscribe(), add="+")

    @property
    def anchor(self) -> np.ndarray | None:
        """The point that the original is measured from, (latent_dim,)."""
        drawn = self._drawn
        if drawn is None:
            return None
        if self._found is not None and self._found[0] == drawn.version:
            return self._found[1]
        return None if drawn.posterior is None else drawn.posterior.mu

    @property
    def edited(self) -> np.ndarray | None:
        """The edited image that is shown, (C, H, W) uint8."""
        return self._edited

    def set_anchor(self, z: np.ndarray | None) -> None:
        """Measure the residual from another point than the encoder's answer, (latent_dim,).

        It holds until another drawing is shown.
        """
        known = z is not None and self._drawn is not None
        self._found = (self._drawn.version, np.array(z, np.float64)) if known else None
        self._changed(final=True)

    def set_model(self, model: LoadedModel) -> None:
        """Work with another model; what was found in the one before means nothing in it."""
        self._found = None
        self.kept_label.configure(text=KEPT[model.bundle.shows_digits][0])
        super().set_model(model)

    def settings(self) -> dict[str, Any]:
        """What a session file keeps."""
        return {"strength": self.strength_slider.number}

    def apply_settings(self, settings: Mapping[str, Any]) -> None:
        """Take over settings of a session file; what does not fit is left as it is."""
        strength = settings.get("strength")
        if is_number(strength) and 0 <= strength <= 1:
            self.strength_slider.set_number(float(strength))
            self._request()

    @property
    def settled(self) -> bool:
        """Whether the current point is shown."""
        return self._pending is None

    def destroy(self) -> None:
        """Leave no painting to be done."""
        if self._pending is not None:
            self.after_cancel(self._pending)
            self._pending = None
        super().destroy()

    # ---- commands ------------------------------------------------------------------------------

    def back(self) -> None:
        """Glide to the original's own point."""
        if self.anchor is not None:
            self._context.adopt(self.anchor, True)

    def save(self) -> None:
        """Ask for a file and save the edited image."""
        image = self._edited
        if image is None:
            return
        path = self._context.save_path("Save the edited image", PNG_FILES, "edited.png")
        if path is not None:
            self._save(image, path)

    def take(self) -> None:
        """Make the edited image the drawing."""
        if self._edited is not None:
            self._on_take(self._edited)

    # ---- building ------------------------------------------------------------------------------

    def _build_controls(self) -> None:
        theme = self._context.theme
        self.back_button = Button(self, text="To original", command=self.back)
        self.save_button = Button(self, text="Save…", command=self.save)
        self.take_button = Button(self, text="Take as drawing", command=self.take)
        self._strength = Frame(self)
        self.kept_label = Label(self._strength, text=KEPT[True][0])
        self.kept_label.pack(side="left", padx=(0, theme.px(4)))
        self.strength_slider = StrengthSlider(
            self._strength, theme, low=0.0, high=1.0, on_change=self._set_strength
        )
        self.strength_slider.pack(side="left", fill="x", expand=True)
        for widget, text in (
            (self.back_button, "Takes the sliders back to the point that the original is."),
            (self.save_button, "Saves the edited image as PNG, 16 pixels for one."),
            (self.take_button, "The edited image becomes the drawing: edit it further from there."),
            (
                self.strength_slider,
                "How much of what the model missed is put back: 0 shows the plain decode, 1 "
                "all of it. Arrow keys; a double click asks for 1.",
            ),
        ):
            add_tooltip(widget, text)
        add_tooltip(
            self.board,
            "A model keeps few numbers of an image, so its reconstruction lacks what makes a hand: "
            "the residual, original minus reconstruction. An edit moves the point; the residual "
            "is laid over the new image wherever the edit left the picture alone. Click the "
            "original to go back to its point.",
            PATIENT_TOOLTIP_DELAY_MS,
            position="top",
        )

    def _arrange(self, wide: bool) -> None:
        """All controls in a row; or the slider above the buttons."""
        gap = self._context.theme.px(6)
        self.sentence.set_lines(1 if wide else 2)
        row = 2 if wide else 3
        self.back_button.grid(row=row, column=0, sticky="w")
        self._strength.grid(
            row=2,
            column=1 if wide else 0,
            columnspan=1 if wide else 4,
            sticky="ew",
            padx=(2 * gap, gap) if wide else 0,
            pady=0 if wide else (0, gap),
        )
        self.save_button.grid(row=row, column=2, sticky="e")
        self.take_button.grid(row=row, column=3, sticky="e", padx=(gap, 0))

    # ---- showing -------------------------------------------------------------------------------

    def _update(self, final: bool) -> None:
        if self._drawn is None or self._model is None or self.anchor is None:
            self._show_missing()
            return
        drawn, decoder = self._drawn, self._model.decoder
        # Nobody has decided on unknown pixels: there, nothing was missed.
        base = decoder.decode_uint8(self.anchor)
        self._original = np.where(drawn.unknown, base, drawn.image)
        self._residual = float(np.abs(self._original - base.astype(np.float32)).sum())
        self._first = Tile(self._original, "Original", drawn.source)
        self._paint()

    def _show_missing(self) -> None:
        self._original = self._edited = None
        nothing = NOTHING_DRAWN if self._of_digits else NOTHING_TO_EDIT
        self.board.show_note(nothing if self._drawn is None else NO_POINT)
        self.sentence.show("")
        for button in (self.back_button, self.save_button, self.take_button):
            button.state(["disabled"])

    def _request(self) -> None:
        """Ask for one painting when Tk is idle; a burst of changes costs one decode."""
        if self._pending is not None or self._original is None:
            return
        if self.winfo_viewable():
            self._pending = self.after_idle(self._paint)
        else:
            self._missed = True

    def _paint(self) -> None:
        if self._pending is not None:
            self.after_cancel(self._pending)
            self._pending = None
        anchor, z = self.anchor, np.array(self._context.state.z)
        if self._original is None or anchor is None or anchor.shape != z.shape:
            return
        plain = self._model.decoder.decode_uint8(z)
        whole = edited(self._original, self._model.decoder, anchor, z)
        kept = (whole.astype(np.float32) - plain) * self.strength_slider.number
        self._edited = np.rint(plain + kept).astype(np.uint8)
        moved = float(np.linalg.norm(z - anchor))
        share = min(1.0, np.abs(kept).sum() / max(1.0, self._residual))
        change = signed_change(kept) / HALF_RANGE
        self.board.show(
            (
                self._first,
                Tile(plain, "Decoded", f"{moved:.2f} away", choosable=False),
                Tile(plain, "Residual", f"{share:.0%} kept", change, link="+", choosable=False),
                Tile(self._edited, "Edited", KEPT[self._of_digits][1], link="=", choosable=False),
            )
        )
        at_home = AT_HOME if self._of_digits else AT_HOME_WITHOUT_HAND
        text = at_home if moved < 0.01 else MOVED
        if text != self.sentence.text:
            self.sentence.show(text, secondary=True)
            for button in (self.back_button, self.save_button, self.take_button):
                button.state(["!disabled"])

    def _set_strength(self, strength: float) -> None:
        self.strength_slider.set_number(strength)
        self._request()

    def _choose(self, index: int) -> None:
        self.back()

    def _save(self, image: np.ndarray, path: Path) -> None:
        self._context.run_job(
            JOB,
            f"Saving {path.name}",
            lambda job: export_digit(image, path, SAVED_SCALE),
            lambda nothing: self._context.notify(f"Saved {path}", False),
        )
