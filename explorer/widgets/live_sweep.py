"""A sweep of all dimensions as one picture, or a sentence while there is none."""

from __future__ import annotations

import tkinter as tk
import tkinter.font as tkfont

import numpy as np
from PIL import ImageTk

from explorer.history_film import cells_within
from explorer.sheet import tiled
from explorer.theme import Palette, Theme, font

HEADING = 18  # pixels at 96 dpi, like all lengths here
LABEL_WIDTH = 26
GAP = 2
LEAST_ROW = 11  # rows closer than this are not named
MAX_CELL = 64


class LiveSweep(tk.Canvas):
    """Shows images (rows * columns, C, H, W), a row for each dimension."""

    def __init__(self, parent: tk.Misc, theme: Theme, *, heading: str) -> None:
        super().__init__(parent, highlightthickness=0, borderwidth=0, width=1, height=1)
        self._theme = theme
        self._heading = heading
        self._message = ""
        self._pixels: np.ndarray | None = None
        self._rows = 1
        self._photo: ImageTk.PhotoImage | None = None
        self._pending: str | None = None
        self._small = tkfont.Font(self, font=font(8))
        self._normal = tkfont.Font(self, font=font(9))
        self.bind("<Configure>", lambda event: self._schedule())
        theme.subscribe(self, self._on_theme)

    @property
    def pixels(self) -> np.ndarray | None:
        """The images that are shown, (N, C, H, W) uint8."""
        return self._pixels

    @property
    def message(self) -> str:
        """The sentence that is shown in place of images."""
        return self._message

    def show(self, pixels: np.ndarray, rows: int) -> None:
        """Show images (N, C, H, W) uint8 in so many rows."""
        self._pixels, self._rows, self._message = pixels, rows, ""
        self._schedule()

    def say(self, message: str) -> None:
        """Show a sentence."""
        self._pixels, self._message = None, message
        self._schedule()

    def destroy(self) -> None:
        """Leave nothing to be drawn."""
        if self._pending is not None:
            self.after_cancel(self._pending)
            self._pending = None
        super().destroy()

    def _schedule(self) -> None:
        if self._pending is None:
            self._pending = self.after_idle(self._draw)

    def _draw(self) -> None:
        self._pending = None
        self.delete("all")
        px, palette = self._theme.px, self._theme.palette
        width, height = self.winfo_width(), self.winfo_height()
        left, top = px(LABEL_WIDTH), px(HEADING)
        if width <= 2 * left or height <= 2 * top:
            return
        if self._pixels is None:
            self.create_text(
                *(width / 2, height / 2),
                text=self._message,
                width=width - px(24),
                justify="center",
                font=self._normal,
                fill=palette.muted,
                tags="message",
            )
            return
        columns = len(self._pixels) // self._rows
        room = width - left, height - top
        cell = cells_within(self._pixels.shape[1:], columns, self._rows, *room, px(GAP))
        scale = min(1.0, px(MAX_CELL) / max(cell))
        cell = tuple(max(1, int(side * scale)) for side in cell)
        step = cell[0] + px(GAP), cell[1] + px(GAP)
        red, green, blue = (value // 256 for value in self.winfo_rgb(palette.background))
        picture = tiled(self._pixels, columns, cell, step, (red, green, blue))
        if self._photo is None or (self._photo.width(), self._photo.height()) != picture.size:
            self._photo = ImageTk.PhotoImage("RGB", picture.size, master=self)
        self._photo.paste(picture)
        self.create_text(
            left, 0, anchor="nw", text=self._heading, font=self._normal, fill=palette.foreground
        )
        self.create_image(left, top, anchor="nw", image=self._photo, tags="picture")
        if step[1] >= px(LEAST_ROW):
            for row in range(self._rows):
                self.create_text(
                    *(left - px(5), top + row * step[1] + cell[1] / 2),
                    anchor="e",
                    text=f"z{row + 1}",
                    font=self._small,
                    fill=palette.muted,
                )

    def _on_theme(self, palette: Palette) -> None:
        self.configure(background=palette.background)
        self._schedule()
