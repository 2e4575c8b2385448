"""One term of a sum: the point, its strength, and what the sum is after it."""

from __future__ import annotations

import re
import tkinter as tk
import tkinter.font as tkfont
from collections.abc import Callable, Sequence

import numpy as np
from PIL import ImageTk

from explorer import images
from explorer.theme import (
    Button,
    Frame,
    Label,
    Menubutton,
    Palette,
    Theme,
    add_tooltip,
    font,
)
from explorer.widgets.choices import fitted
from explorer.widgets.number_field import NumberField
from explorer.widgets.point_menu import PointMenu, PointSources, short_vector
from explorer.widgets.strength_slider import StrengthSlider

LOW, HIGH = -2.0, 2.0  # of the slider
MAX_STRENGTH = 4.0  # that can be typed
SIGN_WIDTH = 22  # pixels at 96 dpi, like all lengths here
MIDDLE_WIDTH = 150  # what button, slider and number need at least, and in a line
COMPACT_WIDTH = 180
MIDDLE_SHARE = 0.37  # of a wide row
STEP_TEXT_WIDTH = 80
REMOVE_WIDTH = 26
GAP = 8
KINDS = ("mean of ", "preset ", "real ")  # of origins; what stands behind them says most
SHORT = {"current point": "current"}  # of origins of one kind
ARROW_ROOM = 20  # of a menu button's width: its arrow and its edges
PAD, COMPACT_PAD = 8, 4  # beside its text


class TermRow(Frame):
    """Shows a term and the step of the sum that it makes, and lets the person change the term.

    on_change(): another point or strength was chosen. on_remove(): the term is to go.
    on_error(message): what was entered can't be used; empty when that is mended.
    decode(z): (latent_dim,) -> (C, H, W) uint8. The point can be changed as soon as there is one.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        *,
        title: str,
        sources: PointSources,
        decode: Callable[[np.ndarray], np.ndarray],
        on_change: Callable[[], None],
        on_remove: Callable[[], None],
        on_error: Callable[[str], None],
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._title = title
        self._decode = decode
        self._on_change = on_change
        self._z: tuple[float, ...] | None = None
        self._origin = ""
        px = theme.px

        self._sign = Label(self, anchor="center", font=font(14))
        self._picture = _Picture(self, theme)
        middle = Frame(self)
        self.button = Menubutton(
            middle, text=title, direction="below", state="disabled", padding=(px(PAD), px(2))
        )
        self.menu = PointMenu(self.button, theme, sources, self.choose, on_error)
        self.button.configure(menu=self.menu)
        self._button_font = tkfont.nametofont("TkDefaultFont")
        self._tooltip = add_tooltip(self.button, self._explanation())
        self.strength = NumberField(
            middle,
            what="Strength",
            number=1.0,
            low=-MAX_STRENGTH,
            high=MAX_STRENGTH,
            step=0.1,
            width=4,
            on_change=self._strength_entered,
            on_error=on_error,
        )
        add_tooltip(
            self.strength,
            f"How strongly {title} counts: 0 leaves it out, below 0 it is taken away. "
            f"Up to {MAX_STRENGTH:g} can be typed.",
        )
        self.slider = StrengthSlider(
            middle, theme, low=LOW, high=HIGH, on_change=self._strength_dragged
        )
        add_tooltip(
            self.slider,
            f"How strongly {title} counts, from {LOW:g} to {HIGH:g}. Arrow keys change it by "
            "0.05, with Shift by 0.5; a double click sets it to 1.",
        )
        self.step = _Step(self, theme)
        add_tooltip(self.step, f"What the sum is with all terms up to {title}, and its class.")
        self.remove_button = Button(self, text="✕", width=2, padding=(px(2), px(2)))
        self.remove_button.configure(command=on_remove)
        add_tooltip(self.remove_button, f"Removes {title}; the terms after it move up.")

        self._middle = middle
        self._compact = False
        self._arrange()
        middle.columnconfigure(0, weight=1)
        self._sign.grid(row=0, column=0)
        self._picture.grid(row=0, column=1)
        middle.grid(row=0, column=2, sticky="ew", padx=px(GAP))
        self.step.grid(row=0, column=3)
        self.columnconfigure(0, minsize=px(SIGN_WIDTH))
        self.columnconfigure(2, weight=1)
        self.rowconfigure(0, weight=1)
        self.button.bind("<Configure>", lambda event: self._show_origin(), add="+")

    @property
    def z(self) -> tuple[float, ...] | None:
        """The chosen point, prior standard deviations; None before the first choice."""
        return self._z

    @property
    def origin(self) -> str:
        """Where the point is from, as the person reads it."""
        return self._origin

    def set_point(self, z: Sequence[float], origin: str) -> None:
        """Show a point, without telling anybody."""
        self._z = tuple(float(value) for value in z)
        self._origin = origin
        self.button.configure(state="normal")
        self._tooltip.configure(text=self._explanation())
        self._show_origin()
        self._picture.show(self._decode(np.asarray(self._z)))

    def choose(self, z: Sequence[float], origin: str) -> None:
        """Choose a point as the person would."""
        self.set_point(z, origin)
        self._on_change()

    def set_strength(self, number: float) -> None:
        """Show another strength, without telling anybody."""
        self.strength.set_number(number)
        self.slider.set_number(self.strength.number)

    def set_sign(self, sign: str) -> None:
        """Show what is done with the term: nothing written, "+" or "−"."""
        self._sign.configure(text=sign)

    def set_removable(self, removable: bool) -> None:
        """Let the term be removed or not."""
        if removable:
            self.remove_button.grid(row=0, column=4, padx=(self._theme.px(2), 0))
        else:
            self.remove_button.grid_remove()

    def heights(self) -> tuple[int, int]:
        """The height that the row needs beside its pictures, in pixels, and compact."""
        button, number, slider = (
            widget.winfo_reqheight() for widget in (self.button, self.strength, self.slider)
        )
        return button + number, number + slider

    def most_side(self, width: int, compact: bool) -> int:
        """How large both pictures can be in a row so wide, in pixels."""
        px = self._theme.px
        remove = px(REMOVE_WIDTH + 2) if self.remove_button.winfo_manager() else 0
        middle = px(COMPACT_WIDTH if compact else MIDDLE_WIDTH)
        rest = px(SIGN_WIDTH + 2 * GAP + STEP_TEXT_WIDTH) + remove
        return (width - rest - max(middle, round(MIDDLE_SHARE * width))) // 2

    def set_size(self, side: int, compact: bool) -> None:
        """Make both pictures so large, in pixels.

        compact: the strength stands beside the button, which leaves less room for its text.
        """
        self._picture.set_side(side)
        self.step.set_side(side)
        if compact != self._compact:
            self._compact = compact
            self._arrange()

    def _arrange(self) -> None:
        gap = (self._theme.px(4), 0)
        wide, narrow = {"columnspan": 2}, {"columnspan": 1}
        first, second = (narrow, wide) if self._compact else (wide, narrow)
        px = self._theme.px
        self.button.configure(padding=(px(COMPACT_PAD if self._compact else PAD), px(2)))
        self.button.grid(row=0, column=0, sticky="ew", **first)
        self.slider.grid(row=1, column=0, sticky="ew", **second)
        self.strength.grid(row=0 if self._compact else 1, column=1, padx=gap)

    def _strength_entered(self, number: float) -> None:
        self.slider.set_number(number)
        self._on_change()

    def _strength_dragged(self, number: float) -> None:
        self.strength.set_number(number)
        self.slider.set_number(number)
        self._on_change()

    def _explanation(self) -> str:
        now = "" if self._z is None else f"{self._origin}:\n{short_vector(self._z)}\n\n"
        return (
            f"{now}What {self._title} is: the current point as it is now, a random point, a "
            "preset, the mean of a class or of a group, a bookmark, a real digit, the clipboard."
        )

    def _show_origin(self) -> None:
        """Write what the term is, as much of it as the button is wide."""
        if self._z is None:
            return
        pad = COMPACT_PAD if self._compact else PAD
        room = self.button.winfo_width() - self._theme.px(ARROW_ROOM + 2 * pad)
        measure = self._button_font.measure
        text = f"{self._title}: {self._origin}"
        if measure(text) > room:
            kind = next((kind for kind in KINDS if self._origin.startswith(kind)), "")
            short = SHORT.get(self._origin, self._origin.removeprefix(kind))
            text = fitted(f"{self._title}: {short}", room, measure)
        if text != self.button.cget("text"):
            self.button.configure(text=text)


class _Picture(tk.Canvas):
    """A small image, kept in one PhotoImage that is pasted into."""

    def __init__(self, parent: tk.Misc, theme: Theme) -> None:
        super().__init__(parent, highlightthickness=0, borderwidth=0, width=1, height=1)
        self._theme = theme
        self._side = 1
        self._pixels: np.ndarray | None = None
        self._photo: ImageTk.PhotoImage | None = None
        self._item = self.create_image(0, 0)
        theme.subscribe(self, self._on_theme)

    @property
    def pixels(self) -> np.ndarray | None:
        """The image, (C, H, W) uint8."""
        return self._pixels

    def set_side(self, side: int) -> None:
        """Make the image so large, in pixels."""
        if side != self._side:
            self._side = side
            self._resize()
            self._paint()

    def show(self, pixels: np.ndarray) -> None:
        """Show an image, (C, H, W) uint8."""
        if self._pixels is None or not np.array_equal(pixels, self._pixels):
            self._pixels = pixels
            self._paint()

    def _resize(self) -> None:
        self.configure(width=self._side, height=self._side)
        self.coords(self._item, self._side // 2, self._side // 2)

    def _paint(self) -> None:
        if self._pixels is None:
            return
        picture = images.scaled(
            self._pixels, *images.fit(self._pixels.shape, self._side, self._side), smooth=True
        )
        photo = self._photo
        if photo is None or (photo.width(), photo.height()) != picture.size:
            self._photo = photo = ImageTk.PhotoImage(picture.mode, picture.size, master=self)
            self.itemconfigure(self._item, image=photo)
        photo.paste(picture)

    def _on_theme(self, palette: Palette) -> None:
        self.configure(background=palette.background)


class _Step(_Picture):
    """The image of a step, and beside it how it is written and what the classifier sees."""

    def __init__(self, parent: tk.Misc, theme: Theme) -> None:
        self._caption_font = tkfont.Font(parent, font=font(9))
        self._verdict_font = tkfont.Font(parent, font=font(9, bold=True))
        super().__init__(parent, theme)
        self._whole = ""
        self.create_text(0, 0, anchor="sw", font=self._caption_font, tags="caption")
        self.create_text(0, 0, anchor="nw", font=self._verdict_font, tags="verdict")
        self._on_theme(theme.palette)

    @property
    def caption(self) -> str:
        """How the step is written, as it is shown."""
        return self.itemcget("caption", "text")

    @property
    def verdict(self) -> str:
        """What the classifier sees, in words."""
        return self.itemcget("verdict", "text")

    def set_caption(self, text: str) -> None:
        """Write the step; of a long one its end, which is what this term has done."""
        if text == self._whole:
            return
        self._whole = text
        room = self._theme.px(STEP_TEXT_WIDTH - GAP)
        self.itemconfigure("caption", text=_end_fitted(text, room, self._caption_font.measure))

    def set_verdict(self, text: str) -> None:
        """Say what the classifier sees: "square (60%)", in two lines where one is too short."""
        room, measure = self._theme.px(STEP_TEXT_WIDTH - GAP), self._verdict_font.measure
        if measure(text) > room:
            text = "\n".join(fitted(part, room, measure) for part in text.rsplit(" ", 1))
        if text != self.verdict:
            self.itemconfigure("verdict", text=text)

    def _resize(self) -> None:
        super()._resize()
        px = self._theme.px
        self.configure(width=self._side + px(STEP_TEXT_WIDTH))
        for item in ("caption", "verdict"):
            self.coords(item, self._side + px(GAP), self._side // 2)

    def _on_theme(self, palette: Palette) -> None:
        super()._on_theme(palette)
        self.itemconfigure("caption", fill=palette.muted)
        self.itemconfigure("verdict", fill=palette.foreground)


def _end_fitted(text: str, width: float, measure: Callable[[str], int]) -> str:
    """The end of a sum that is as wide as this in pixels: its last term at the least, without any
    spaces if need be.
    """
    ends = [f"… {text[sign.start() :]}" for sign in re.finditer("[+−] ", text)]
    shortest = (ends[-1] if ends else text).removeprefix("… ").replace(" ", "")
    return next((end for end in (text, *ends) if measure(end) <= width), shortest)
