"""The large picture of a point, as large as the space it is given."""

from __future__ import annotations

import tkinter as tk

import numpy as np
from PIL import ImageTk

from explorer import images
from explorer.theme import Palette, Theme, font

# Of the range of a pixel, per standard deviation: the influence that is drawn in full colour. The
# strongest of typical points in the shipped model is near 1.
FULL_INFLUENCE = 1.0
OVERLAY_OPACITY = 0.85  # in full colour, so that the image still shows through


class DigitView(tk.Canvas):
    """Shows one decoded image, or a message while there is none.

    The picture is kept in one PhotoImage that is pasted into: a new one per frame takes four times
    as long.
    """

    def __init__(self, parent: tk.Misc, theme: Theme) -> None:
        super().__init__(parent, highlightthickness=0, borderwidth=0, width=1, height=1)
        self._theme = theme
        self._pixels: np.ndarray | None = None
        self._influence: np.ndarray | None = None
        self._photos: dict[str, ImageTk.PhotoImage] = {}  # by mode; the influence needs colour
        self._box = (1, 1)
        self._smooth = True
        self._item = self.create_image(0, 0, anchor="center")
        self._shown_mode = ""
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

    @property
    def shown_influence(self) -> np.ndarray | None:
        """The influence that is drawn over the image, (H, W), or None."""
        return self._influence

    @property
    def photo(self) -> ImageTk.PhotoImage:
        """The picture on the screen."""
        return self._photos[self._shown_mode]

    def set_smooth(self, smooth: bool) -> None:
        """Choose between interpolated and exact pixels."""
        self._smooth = smooth
        self._paint()

    def show_message(self, text: str) -> None:
        """Show a text instead of a picture, for example while the model loads."""
        self._pixels = self._influence = None
        self.itemconfigure(self._text, text=text)
        self._layout()

    def show(self, pixels: np.ndarray, influence: np.ndarray | None = None) -> None:
        """Show an image.

        pixels: (C, H, W) uint8. influence: (H, W), image units per standard deviation: where it is
        positive, it gets lighter, drawn in red; where it is negative, darker, drawn in blue.
        """
        first = self._pixels is None or self._pixels.shape != pixels.shape
        self._pixels, self._influence = pixels, influence
        if first:
            self._layout()
        else:
            self._paint()

    @property
    def _corner(self) -> tuple[int, int]:
        """The upper left corner of the picture."""
        width, height = self.winfo_width(), self.winfo_height()
        return width // 2 - self._box[0] // 2, height // 2 - self._box[1] // 2

    def _on_theme(self, palette: Palette) -> None:
        self.configure(background=palette.background)
        self.itemconfigure(self._frame, outline=palette.border)
        self.itemconfigure(self._text, fill=palette.muted)
        self._paint()

    def _layout(self) -> None:
        width, height = self.winfo_width(), self.winfo_height()
        showing = self._pixels is not None
        self.itemconfigure(self._item, state="normal" if showing else "hidden")
        self.itemconfigure(self._text, state="hidden" if showing else "normal")
        side = max(1, min(width, height) - 2 * self._theme.px(2))
        self._box = images.fit(self._pixels.shape if showing else (1, 1, 1), side, side)
        centre = width // 2, height // 2
        self.coords(self._item, *centre)
        self.coords(self._text, *centre)
        self.itemconfigure(self._text, width=side - self._theme.px(16))
        left, top = self._corner
        right, bottom = left + self._box[0], top + self._box[1]
        self.coords(self._frame, left - 1, top - 1, right, bottom)
        self._paint()

    def _paint(self) -> None:
        if self._pixels is None:
            return
        pixels = self._pixels
        if self._influence is not None:
            palette = self._theme.palette
            pixels = with_influence(
                pixels, self._influence, rgb(palette.increase), rgb(palette.decrease)
            )
        picture = images.scaled(pixels, *self._box, self._smooth)
        photo = self._photos.get(picture.mode)
        if photo is None or (photo.width(), photo.height()) != picture.size:
            photo = ImageTk.PhotoImage(picture.mode, picture.size, master=self)
            self._photos[picture.mode] = photo
            self._shown_mode = ""
        photo.paste(picture)
        if picture.mode != self._shown_mode:
            self._shown_mode = picture.mode
            self.itemconfigure(self._item, image=photo)


def with_influence(
    pixels: np.ndarray,
    influence: np.ndarray,
    increase: tuple[int, int, int],
    decrease: tuple[int, int, int],
) -> np.ndarray:
    """Blend a signed influence over an image, in grey: its own colours would be taken for it.

    pixels: (C, H, W) uint8; influence: (H, W), see `DigitView.show`; increase, decrease: red,
    green, blue -> (3, H, W) uint8.
    """
    base = images.luminance(pixels)
    opacity = np.minimum(np.abs(influence) / FULL_INFLUENCE, 1.0) * OVERLAY_OPACITY
    colours = np.array([decrease, increase], np.float32)
    colour = colours[(influence > 0).astype(int)].transpose(2, 0, 1)
    return np.rint(base + (colour - base) * opacity).astype(np.uint8)


def rgb(colour: str) -> tuple[int, int, int]:
    """#rrggbb as three numbers up to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
