"""A change as pictures side by side, some of which can be gone to: before, boundary, after."""

from __future__ import annotations

import tkinter as tk
import tkinter.font as tkfont
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import ImageTk

from explorer import images
from explorer.theme import Palette, Theme, font
from explorer.widgets.choices import Choices, fitted
from explorer.widgets.digit_view import rgb, with_influence

GAP = 26  # pixels at 96 dpi, like all lengths here; room for an arrow
MARGIN = 6
LINE_HEIGHT = 18
SMALLEST, LARGEST = 24, 260  # side of a picture
DIMMED = 0.3  # of the brightness of what is drawn under a difference


@dataclass(frozen=True)
class Picture:
    """One of the pictures.

    pixels: (C, H, W) uint8; None leaves an empty frame. title: above it. caption: below it, two
    lines parted by \\n at most. change: (H, W), image units, drawn over the dimmed picture, see
    `DigitView.show`; such a picture stands for no point. arrow: what leads to it, drawn before it.
    """

    title: str
    caption: str
    pixels: np.ndarray | None
    change: np.ndarray | None = None
    arrow: str = ""


class ChangeView(Choices):
    """Shows pictures in a row. on_choose(index): one that stands for a point was chosen."""

    def __init__(self, parent: tk.Misc, theme: Theme, *, on_choose: Callable[[int], None]) -> None:
        super().__init__(
            parent,
            theme,
            width=theme.px(100),
            height=theme.px(120),
            steps={"Left": -1, "Right": 1},
            on_choose=lambda index: self.choosable(index) and on_choose(index),
        )
        self._pictures: tuple[Picture, ...] = ()
        self._photos: list[ImageTk.PhotoImage] = []
        self._box = (1, 1)
        self._origin = (0, 0)
        self._small = tkfont.Font(self, font=font(9))
        self._bold = tkfont.Font(self, font=font(10, bold=True))
        self._arrow_font = tkfont.Font(self, font=font(13))
        self._note = self.create_text(0, 0, justify="center", font=font(11))
        theme.subscribe(self, self._on_theme)

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """What is shown."""
        return self._pictures

    @property
    def note(self) -> str:
        """What is said in place of pictures."""
        return self.itemcget(self._note, "text")

    def choosable(self, index: int) -> bool:
        """Whether a picture stands for a point."""
        picture = self._pictures[index]
        return picture.pixels is not None and picture.change is None

    def show(self, pictures: Sequence[Picture], note: str = "") -> None:
        """Show other pictures, all of one shape; or, in place of them, a note."""
        self.itemconfigure(self._note, text=note)
        self._pictures = tuple(pictures)
        self._cursor = 0 if self._focused and pictures else None
        self.configure(takefocus=any(self.choosable(i) for i in range(len(pictures))))
        self._schedule()

    def index_at(self, x: float, y: float) -> int | None:
        """See `Choices`; only pictures that can be chosen."""
        for index in range(len(self._pictures)):
            left, top, right, bottom = self.box_of(index)
            if left <= x < right and top <= y < bottom:
                return index if self.choosable(index) else None
        return None

    def box_of(self, index: int) -> tuple[int, int, int, int]:
        """See `Choices`: a picture and a margin around it."""
        px, (width, height) = self._theme.px, self._box
        left = self._origin[0] + index * (width + px(GAP))
        edge = px(4)
        top = self._origin[1]
        return left - edge, top - edge, left + width + edge, top + height + edge

    @property
    def _choosable(self) -> int:
        return len(self._pictures)

    @property
    def _caption_lines(self) -> int:
        return max((picture.caption.count("\n") + 1 for picture in self._pictures), default=1)

    def _layout(self) -> None:
        self.delete("picture")
        self._photos = []
        width, height, px = self.winfo_width(), self.winfo_height(), self._theme.px
        count = len(self._pictures)
        self.coords(self._note, width // 2, height // 2)
        self.itemconfigure(self._note, width=max(1, width - px(GAP)))
        if not count or width < 2:
            return
        shapes = [p.pixels.shape for p in self._pictures if p.pixels is not None]
        texts = px(LINE_HEIGHT) * (1 + self._caption_lines)
        room = (
            (width - 2 * px(MARGIN) - (count - 1) * px(GAP)) // count,
            height - texts - 2 * px(MARGIN),
        )
        low, high = px(SMALLEST), px(LARGEST)
        room = tuple(max(low, min(high, side)) for side in room)
        self._box = images.fit(shapes[0] if shapes else (1, 1, 1), *room)
        used = count * self._box[0] + (count - 1) * px(GAP)
        self._origin = (
            max(px(MARGIN), (width - used) // 2),
            max(0, (height - texts - self._box[1]) // 2) + px(LINE_HEIGHT),
        )
        for index, picture in enumerate(self._pictures):
            self._draw(index, picture)

    def _draw(self, index: int, picture: Picture) -> None:
        palette, px, line = self._theme.palette, self._theme.px, self._theme.px(LINE_HEIGHT)
        width, height = self._box
        left, top = self._origin[0] + index * (width + px(GAP)), self._origin[1]
        middle = left + width // 2
        if picture.pixels is None:
            self.create_rectangle(
                left,
                top,
                left + width - 1,
                top + height - 1,
                outline=palette.border,
                dash=(3, 4),
                tags="picture",
            )
        else:
            pixels = picture.pixels
            if picture.change is not None:
                dimmed = (pixels * DIMMED).astype(np.uint8)
                pixels = with_influence(
                    dimmed, picture.change, rgb(palette.increase), rgb(palette.decrease)
                )
            scaled = images.scaled(pixels, width, height, smooth=True)
            photo = ImageTk.PhotoImage(scaled, master=self)
            self._photos.append(photo)
            self.create_image(left, top, anchor="nw", image=photo, tags="picture")
        self.create_text(
            middle,
            top - line // 2 - px(2),
            text=picture.title,
            font=self._bold,
            fill=palette.foreground,
            tags="picture",
        )
        self.create_text(
            middle,
            top + height + px(4),
            anchor="n",
            justify="center",
            font=self._small,
            text="\n".join(
                fitted(text, width + px(GAP) - px(4), self._small.measure)
                for text in picture.caption.split("\n")
            ),
            fill=palette.muted,
            tags="picture",
        )
        if picture.arrow:
            self.create_text(
                left - px(GAP) // 2,
                top + height // 2,
                text=picture.arrow,
                font=self._arrow_font,
                fill=palette.muted,
                tags="picture",
            )

    def _on_theme(self, palette: Palette) -> None:
        super()._on_theme(palette)
        self.itemconfigure(self._note, fill=palette.muted)
        self._schedule()
