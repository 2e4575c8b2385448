"""The current vector as bars, one for each dimension, beside its image, on one Canvas."""

from __future__ import annotations

import math
import tkinter as tk
import tkinter.font as tkfont
from collections.abc import Sequence

import numpy as np
from PIL import ImageTk

from explorer import images
from explorer.theme import Palette, Theme, font

LIMIT = 4.0  # prior standard deviations, the length of a bar; the sliders have the same range
IMAGE_MARGIN = 10  # pixels at 96 dpi, like all lengths here; between image and bars
LINE_HEIGHT = 14  # of a number above and of a name below the bars
NAME_OVERHANG = 6  # of the last name, where its share of the width is small
MAX_BAR_WIDTH = 28
WIDEST_NUMBER = " -0.00 "  # one space on each side keeps neighbours apart
MAX_SLOT_WIDTH = 64  # beyond that the bars of few dimensions would be far apart


class VectorBars(tk.Canvas):
    """Shows a point: its image, and a bar from the zero line for each of its numbers.

    A bar beyond LIMIT ends there, and an arrow head in it says that it goes on.
    """

    def __init__(self, parent: tk.Misc, theme: Theme, height: int) -> None:
        super().__init__(
            parent, highlightthickness=0, borderwidth=0, width=1, height=theme.px(height)
        )
        self._theme = theme
        self._z: tuple[float, ...] = ()
        self._pixels: np.ndarray | None = None
        self._photo: ImageTk.PhotoImage | None = None
        self._bars: list[tuple[int, int, int | None]] = []  # items: a bar, its head, its number
        self._outside: set[int] = set()  # bars with a head
        self._font = tkfont.Font(self, font=font(8))
        self._picture = self.create_image(0, 0, anchor="nw")
        self._zero = self.create_line(0, 0, 0, 0)
        self.bind("<Configure>", lambda event: self._resized())
        theme.subscribe(self, self._on_theme)

    @property
    def z(self) -> tuple[float, ...]:
        """The shown point, prior standard deviations."""
        return self._z

    @property
    def pixels(self) -> np.ndarray | None:
        """The shown image, (C, H, W) uint8."""
        return self._pixels

    def show(self, z: Sequence[float], pixels: np.ndarray) -> None:
        """Show a point (latent_dim,) and its image (C, H, W) uint8."""
        as_before = len(z) == len(self._z) and self._pixels is not None
        as_before = as_before and self._pixels.shape == pixels.shape
        self._z, self._pixels = tuple(z), pixels
        if not as_before:
            self._layout()
        self._place()
        self._draw_image()

    def slot(self, index: int) -> tuple[float, float]:
        """(left, right) of a dimension's share of the width, in pixels of this widget."""
        left, width = self._area()
        slot = min(self._theme.px(MAX_SLOT_WIDTH), width / len(self._z))
        return left + index * slot, left + (index + 1) * slot

    def y_of(self, value: float) -> float:
        """The pixel at which the bar of a value ends."""
        top = bottom = self._theme.px(LINE_HEIGHT)
        half = (self.winfo_height() - top - bottom) / 2
        return top + half * (1 - max(-LIMIT, min(LIMIT, value)) / LIMIT)

    def _area(self) -> tuple[float, float]:
        left = self._image_size()[0] + self._theme.px(IMAGE_MARGIN)
        return left, max(1.0, self.winfo_width() - left - self._theme.px(NAME_OVERHANG))

    def _image_size(self) -> tuple[int, int]:
        height = self.winfo_height()
        if self._pixels is None:
            return height, height
        return images.fit(self._pixels.shape, 2 * height, height)

    def _layout(self) -> None:
        """Make the items of all dimensions anew: for another number of them, or another size."""
        self.delete("vector")
        self._bars.clear()
        if not self._z or self.winfo_height() < 2:
            return
        left, right = self.slot(0)[0], self.slot(len(self._z) - 1)[1]
        self.coords(self._zero, left, self.y_of(0), right, self.y_of(0))
        line, slot = self._theme.px(LINE_HEIGHT) / 2, (right - left) / len(self._z)
        # Numbers are shown only if all fit; of the names every second or fewer, if they do not.
        has_numbers = self._font.measure(WIDEST_NUMBER) <= slot
        every = math.ceil(self._font.measure(f" z{len(self._z)} ") / slot)
        for index in range(len(self._z)):
            x = left + (index + 0.5) * slot
            bar = self.create_rectangle(0, 0, 0, 0, width=0, tags="vector")
            head = self.create_line(0, 0, 0, 0, 0, 0, width=self._theme.px(2), tags="vector")
            self._bars.append((bar, head, self._text(x, line, "number") if has_numbers else None))
            if index % every == 0:
                name = self._text(x, self.winfo_height() - line, "name")
                self.itemconfigure(name, text=f"z{index + 1}")
        self.tag_raise(self._zero)
        self._on_theme(self._theme.palette)

    def _place(self) -> None:
        """Show the values; items that are there are moved, for making new ones takes longer."""
        if not self._bars:
            return
        palette, px, zero = self._theme.palette, self._theme.px, self.y_of(0)
        left, right = self.slot(0)
        half = min(px(MAX_BAR_WIDTH), max(1.0, 0.6 * (right - left))) / 2
        for index, (value, (bar, head, number)) in enumerate(zip(self._z, self._bars, strict=True)):
            x = left + (index + 0.5) * (right - left)
            end = self.y_of(value)
            self.coords(bar, x - half, min(end, zero), x + half, max(end, zero))
            outside = abs(value) > LIMIT
            if outside != (index in self._outside):
                self._outside ^= {index}
                self.itemconfigure(bar, fill=palette.warning if outside else palette.accent)
                self.itemconfigure(head, state="normal" if outside else "hidden")
            if outside:
                notch = end + math.copysign(px(6), value)
                self.coords(head, x - half, notch, x, end, x + half, notch)
            if number is not None:
                text = f"{value:.2f}" if abs(value) < 100 else f"{value:.3g}"
                self.itemconfigure(number, text=text)

    def _text(self, x: float, y: float, tag: str) -> int:
        return self.create_text(x, y, font=self._font, tags=("vector", tag))

    def _resized(self) -> None:
        self._layout()
        self._draw_image()

    def _draw_image(self) -> None:
        if self._pixels is None or self.winfo_height() < 2:
            return
        picture = images.scaled(self._pixels, *self._image_size(), smooth=True)
        if self._photo is None or (self._photo.width(), self._photo.height()) != picture.size:
            self._photo = ImageTk.PhotoImage(picture.mode, picture.size, master=self)
            self.itemconfigure(self._picture, image=self._photo)
        self._photo.paste(picture)

    def _on_theme(self, palette: Palette) -> None:
        self.configure(background=palette.background)
        self.itemconfigure(self._zero, fill=palette.muted)
        self.itemconfigure("number", fill=palette.foreground)
        self.itemconfigure("name", fill=palette.muted)
        for bar, head, _ in self._bars:
            self.itemconfigure(bar, fill=palette.accent)
            self.itemconfigure(head, fill=palette.background, state="hidden")
        self._outside.clear()
        self._place()
