"""How far every dimension moved: a bar for each, from a zero line."""

from __future__ import annotations

import math
import tkinter as tk
import tkinter.font as tkfont

import numpy as np

from explorer.theme import Palette, Theme, font

LINE_HEIGHT = 15  # pixels at 96 dpi, like all lengths here
OVERHANG = 10  # of the first and the last name, where there are many
MAX_SLOT_WIDTH = 72
MAX_BAR_WIDTH = 30
HEADING = "moved by"
LEAST_SCALE = 0.5  # prior standard deviations: what moved less than this is not drawn as much


class ShiftBars(tk.Canvas):
    """Shows a shift (latent_dim,), prior standard deviations; the largest has the longest bar."""

    def __init__(self, parent: tk.Misc, theme: Theme, height: int) -> None:
        super().__init__(
            parent, highlightthickness=0, borderwidth=0, width=1, height=theme.px(height)
        )
        self._theme = theme
        self._shift = np.zeros(0)
        self._note = ""
        self._font = tkfont.Font(self, font=font(8))
        self._note_font = tkfont.Font(self, font=font(9))
        self.bind("<Configure>", lambda event: self._draw())
        theme.subscribe(self, self._on_theme)

    @property
    def shift(self) -> np.ndarray:
        """What is shown."""
        return self._shift

    def show(self, shift: np.ndarray, note: str = "") -> None:
        """Show another shift; a note is written over bars that are all zero."""
        self._shift, self._note = np.asarray(shift, np.float64), note
        self._draw()

    def slot(self, index: int) -> tuple[float, float]:
        """(left, right) of a dimension's share of the width."""
        room = self.winfo_width() - 2 * self._theme.px(OVERHANG)
        slot = min(room / max(1, len(self._shift)), self._theme.px(MAX_SLOT_WIDTH))
        left = (self.winfo_width() - slot * len(self._shift)) / 2 + index * slot
        return left, left + slot

    def y_of(self, value: float) -> float:
        """The pixel at which the bar of a value ends."""
        line = self._theme.px(LINE_HEIGHT)
        top, bottom = line, self.winfo_height() - 2 * line
        scale = max(LEAST_SCALE, np.abs(self._shift).max(initial=0.0))
        return (top + bottom) / 2 - (bottom - top) / 2 * value / scale

    def _draw(self) -> None:
        self.delete("all")
        count, palette, px = len(self._shift), self._theme.palette, self._theme.px
        if not count or self.winfo_width() < 2:
            return
        left, right = self.slot(0)[0], self.slot(count - 1)[1]
        slot, line = (right - left) / count, px(LINE_HEIGHT)
        zero = self.y_of(0.0)
        numbers = self._font.measure(" −0.00 ") <= slot
        every = math.ceil(self._font.measure(f" z{count} ") / slot)
        farthest = int(np.abs(self._shift).argmax())
        for index, value in enumerate(self._shift):
            low, high = self.slot(index)
            middle, half = (low + high) / 2, min(px(MAX_BAR_WIDTH), 0.6 * slot) / 2
            end = self.y_of(value)
            self.create_rectangle(
                *(middle - half, min(zero, end), middle + half, max(zero, end)),
                width=0,
                fill=palette.accent,
                tags="bar",
            )
            if numbers and not self._note:
                above = value >= 0
                self.create_text(
                    *(middle, end - px(1) if above else end + px(1)),
                    anchor="s" if above else "n",
                    text=f"{value:+.2f}".replace("-", "−"),
                    font=self._font,
                    fill=palette.foreground if index == farthest else palette.muted,
                    tags="number",
                )
            if index % every == 0:
                self.create_text(
                    *(middle, self.winfo_height() - line / 2),
                    text=f"z{index + 1}",
                    font=self._font,
                    fill=palette.muted,
                    tags="name",
                )
        self.create_line(left, zero, right, zero, fill=palette.muted)
        if not self._note and self._note_font.measure(HEADING) < left:
            self.create_text(
                *(0, zero), anchor="w", text=HEADING, font=self._note_font, fill=palette.muted
            )
        if self._note:
            self.create_text(
                *(self.winfo_width() / 2, zero - px(4)),
                anchor="s",
                text=self._note,
                font=self._note_font,
                fill=palette.muted,
            )

    def _on_theme(self, palette: Palette) -> None:
        self.configure(background=palette.background)
        self._draw()
