"""The large picture of the current point, as large as the space it is given."""

from __future__ import annotations

import tkinter as tk

import numpy as np
from PIL import ImageTk

from explorer import images
from explorer.theme import Palette, Theme, font


class DigitView(tk.Canvas):
    """Shows one decoded image, or a message while there is none.

    The picture is kept in one PhotoImage that is pasted into: a new one per frame takes four times
    as long.
    """

    def __init__(self, parent: tk.Misc, theme: Theme) -> None:
        super().__init__(parent, highlightthickness=0, borderwidth=0, width=1, height=1)
        self._theme = theme
        self._pixels: np.ndarray | None = None
        self._photo: ImageTk.PhotoImage | None = None
        self._smooth = True
        self._item = self.create_image(0, 0, anchor="center")
        self._frame = self.create_rectangle(0, 0, 0, 0, width=1)
        self._text = self.create_text(0, 0, anchor="center", justify="center", font=font(12))

        self.bind("<Configure>", lambda event: self._layout())
        theme.subscribe(self, self._on_theme)

    @property
    def smooth(self) -> bool:
        """Whether pixels are interpolated; else each is a square."""
        return self._smooth

    @property
    def showing(self) -> bool:
        """Whether an image is shown, and not a message."""
        return self._pixels is not None

    def set_smooth(self, smooth: bool) -> None:
        """Choose between interpolated and exact pixels."""
        self._smooth = smooth
        self._paint()

    def show_message(self, text: str) -> None:
        """Show a text instead of a picture, for example while the model loads."""
        self._pixels = None
        self.itemconfigure(self._text, text=text)
        self._layout()

    def show(self, pixels: np.ndarray) -> None:
        """Show an image. pixels: (C, H, W) uint8."""
        first = self._pixels is None or self._pixels.shape != pixels.shape
        self._pixels = pixels
        if first:
            self._layout()
        else:
            self._paint()

    def _on_theme(self, palette: Palette) -> None:
        self.configure(background=palette.background)
        self.itemconfigure(self._frame, outline=palette.border)
        self.itemconfigure(self._text, fill=palette.muted)

    def _layout(self) -> None:
        width, height = self.winfo_width(), self.winfo_height()
        showing = self._pixels is not None
        self.itemconfigure(self._item, state="normal" if showing else "hidden")
        self.itemconfigure(self._text, state="hidden" if showing else "normal")
        side = max(1, min(width, height) - 2)
        box = images.fit(self._pixels.shape if showing else (1, 1, 1), side, side)
        if showing and (self._photo is None or box != (self._photo.width(), self._photo.height())):
            mode = "RGB" if self._pixels.shape[0] == 3 else "L"
            self._photo = ImageTk.PhotoImage(mode, box, master=self)
            self.itemconfigure(self._item, image=self._photo)
        centre = width // 2, height // 2
        self.coords(self._item, *centre)
        self.coords(self._text, *centre)
        self.itemconfigure(self._text, width=side - self._theme.px(16))
        left, top = centre[0] - box[0] // 2 - 1, centre[1] - box[1] // 2 - 1
        self.coords(self._frame, left, top, left + box[0] + 1, top + box[1] + 1)
        self._paint()

    def _paint(self) -> None:
        if self._pixels is None or self._photo is None:
            return
        size = self._photo.width(), self._photo.height()
        self._photo.paste(images.scaled(self._pixels, *size, self._smooth))
