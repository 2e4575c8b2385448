"""What is drawn over a map's picture so that it is seen on everything: dark beside light."""

from __future__ import annotations

import math
import tkinter as tk
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageColor, ImageDraw, ImageTk

from explorer import images
from explorer.theme import Palette, Theme, font
from explorer.widgets.map_axes import Box

DARK, LIGHT = "#000000", "#ffffff"  # in every theme: the picture below has all colours in both
RING = (11.0, 9.0, 6.0, 4.2)  # radii where dark, light, dark and the picture begin; at 96 dpi
DOT = (2.2, 1.2)  # the ring's middle: dark, light
PIN_RADIUS, PIN_HEIGHT = 9, 25
CROSS = 11  # from the middle to an arm's end
ARROW = ((0, 0), (-20, 11), (-14, 0), (-20, -11))  # pointing right, its tip at the origin
SMOOTHING = 4  # painted so many times larger, and scaled down
LINE_WIDTH = 3
CASING = 1.5  # to each side of a line
CARD_DIGIT = 64
CARD_PADDING = 5
CARD_DISTANCE = 18  # from the dot that it explains: beyond the pointer's picture


def ring_image(scale: float) -> Image.Image:
    """The point: a light ring between two dark ones, hollow, with its very place in the middle."""
    half = math.ceil((RING[0] + 0.5) * scale)
    y, x = np.mgrid[-half : half + 1, -half : half + 1]  # a pixel is the very middle
    away = np.hypot(x, y)
    pixels = np.zeros((*away.shape, 4))  # times their opacity
    for radius, colour in zip((*RING, *DOT), (DARK, LIGHT, DARK, "", DARK, LIGHT), strict=True):
        covered = np.clip(radius * scale - away + 0.5, 0.0, 1.0)[..., None]
        paint = (*ImageColor.getrgb(colour), 255) if colour else (0, 0, 0, 0)
        pixels += (np.array(paint) - pixels) * covered
    pixels[..., :3] *= 255 / np.maximum(pixels[..., 3:], 1e-9)
    return Image.fromarray(np.rint(pixels).astype(np.uint8))


def cross_image(scale: float) -> Image.Image:
    """The keyboard's pointer: a cross that is open in the middle."""

    def paint(draw: ImageDraw.ImageDraw, middle: float, unit: float) -> None:
        for width, colour in ((2 + 2 * 1.5, DARK), (2, LIGHT)):
            more = (width - 2) / 2
            for start, end in ((-CROSS - more, -4 + more), (4 - more, CROSS + more)):
                along, half = (start * unit, end * unit), width / 2 * unit
                a, b = (middle + length for length in along)
                draw.rectangle((a, middle - half, b, middle + half), fill=colour)
                draw.rectangle((middle - half, a, middle + half, b), fill=colour)

    return _painted(2 * CROSS + 7, 2 * CROSS + 7, scale, paint)


def pin_image(scale: float, opacity: float = 1.0) -> Image.Image:
    """A pin for a letter, its tip at the middle of the lower edge."""

    def paint(draw: ImageDraw.ImageDraw, middle: float, unit: float) -> None:
        tip = middle, PIN_HEIGHT * unit
        for more, colour in ((0.0, LIGHT), (-1.5, DARK)):
            r, centre = (PIN_RADIUS + more) * unit, PIN_RADIUS * unit
            draw.ellipse((middle - r, centre - r, middle + r, centre + r), fill=colour)
            foot = tip[1] + 3 * more * unit
            sides = (middle - 0.8 * r, centre + 0.6 * r), (middle + 0.8 * r, centre + 0.6 * r)
            draw.polygon((*sides, (middle, foot)), fill=colour)

    image = _painted(2 * PIN_RADIUS, PIN_HEIGHT, scale, paint)
    image.putalpha(image.getchannel("A").point(lambda alpha: round(alpha * opacity)))
    return image


def _painted(
    width: float,
    height: float,
    scale: float,
    paint: Callable[[ImageDraw.ImageDraw, float, float], None],
) -> Image.Image:
    """An RGBA image with smooth edges; paint(draw, middle, unit) in pixels of the large one."""
    size = 2 * (round(width * scale) // 2) + 1, round(height * scale)  # with a middle pixel
    large = Image.new("RGBA", (size[0] * SMOOTHING, size[1] * SMOOTHING))
    paint(ImageDraw.Draw(large), (large.width - 1) / 2, scale * SMOOTHING)
    return large.resize(size, Image.Resampling.BOX)


class CasedLine:
    """A line in the accent colour with a light casing, or dashes of both.

    Neither is lost among white strokes on black, nor on white, nor on the colours of classes.
    below: an item of the canvas that lies over it.
    """

    def __init__(
        self,
        canvas: tk.Canvas,
        theme: Theme,
        *,
        dashed: bool = False,
        arrow: bool = False,
        below: int | None = None,
    ) -> None:
        self._canvas = canvas
        px = theme.px
        self._items = []
        for colour, more in ((LIGHT, px(CASING)), (DARK, 0)):
            head = px(12) + more, px(14) + 1.5 * more, px(6) + more
            item = canvas.create_line(
                *(0, 0, 0, 0),
                fill=colour,
                width=px(LINE_WIDTH) + 2 * more,
                joinstyle="round",
                capstyle="round",
                dash=(px(6), px(5)) if dashed and not more else (),
                arrow="last" if arrow else "none",
                arrowshape=head,
                state="hidden",
            )
            if below is not None:
                canvas.tag_lower(item, below)
            self._items.append(item)

    @property
    def pixels(self) -> np.ndarray | None:
        """(N, 2): where it is drawn, or None."""
        if self._canvas.itemcget(self._items[0], "state") == "hidden":
            return None
        return np.array(self._canvas.coords(self._items[0])).reshape(-1, 2)

    def colour(self, palette: Palette) -> None:
        """Take over the colours of a theme."""
        self._canvas.itemconfigure(self._items[1], fill=palette.accent)

    def show(self, pixels: np.ndarray) -> None:
        """Draw it through (N, 2) pixels; nothing for less than two."""
        if len(pixels) < 2:
            self.hide()
            return
        flat = np.asarray(pixels, np.float64).ravel().tolist()
        for item in self._items:
            self._canvas.coords(item, flat)
            self._canvas.itemconfigure(item, state="normal")

    def extend(self, x: float, y: float) -> None:
        """Go on to a pixel: at the pace of a hand, however long the line is."""
        for item in self._items:
            self._canvas.insert(item, "end", (x, y))

    def hide(self) -> None:
        """Draw nothing."""
        for item in self._items:
            self._canvas.itemconfigure(item, state="hidden")


class DigitCard:
    """A real digit, large, with a caption, beside the dot that stands for it."""

    def __init__(self, canvas: tk.Canvas, theme: Theme) -> None:
        self._canvas = canvas
        self._theme = theme
        self._photo: ImageTk.PhotoImage | None = None
        px = theme.px
        self._dots = [
            canvas.create_oval(0, 0, 0, 0, outline=colour, width=px(width))
            for colour, width in ((DARK, 3.5), (LIGHT, 1.5))
        ]
        self._back = canvas.create_rectangle(0, 0, 0, 0)
        self._image = canvas.create_image(0, 0, anchor="n")
        self._caption = canvas.create_text(0, 0, anchor="s", justify="center", font=font(9))
        self.hide()

    @property
    def caption(self) -> str:
        """What is written below the digit that is shown; empty if none is."""
        shown = self._canvas.itemcget(self._back, "state") == "normal"
        return self._canvas.itemcget(self._caption, "text") if shown else ""

    @property
    def box(self) -> tuple[float, ...]:
        """(left, top, right, bottom) of the card."""
        return tuple(self._canvas.coords(self._back))

    def hide(self) -> None:
        """Show none."""
        self._set_state("hidden")

    def show(
        self,
        pixels: np.ndarray,
        caption: str,
        at: tuple[float, float],
        pointer: tuple[float, float] | None,
        bounds: Box,
    ) -> None:
        """Show a digit, (C, H, W) uint8, that stands at a pixel.

        pointer: a pixel that the card does not cover. bounds: of the picture; the card is inside.
        """
        canvas, px = self._canvas, self._theme.px
        picture = images.scaled(
            pixels, *images.fit(pixels.shape, px(CARD_DIGIT), px(CARD_DIGIT)), smooth=True
        )
        if self._photo is None or (self._photo.width(), self._photo.height()) != picture.size:
            self._photo = ImageTk.PhotoImage("RGB", picture.size, master=canvas)
            canvas.itemconfigure(self._image, image=self._photo)
        self._photo.paste(picture.convert("RGB"))
        canvas.itemconfigure(self._caption, text=caption, width=2 * px(CARD_DIGIT))
        self._set_state("normal")
        x0, y0, x1, y1 = canvas.bbox(self._caption)
        pad = px(CARD_PADDING)
        width = max(picture.width, x1 - x0) + 2 * pad
        height = picture.height + (y1 - y0) + 3 * pad
        left, top = card_corner((width, height), at, pointer, bounds, px(CARD_DISTANCE))
        canvas.coords(self._back, left, top, left + width, top + height)
        canvas.coords(self._image, left + width / 2, top + pad)
        canvas.coords(self._caption, left + width / 2, top + height - pad)
        r = px(5)
        for item in self._dots:
            canvas.coords(item, at[0] - r, at[1] - r, at[0] + r, at[1] + r)

    def colour(self, palette: Palette) -> None:
        """Take over the colours of a theme."""
        self._canvas.itemconfigure(self._back, fill=palette.background, outline=palette.muted)
        self._canvas.itemconfigure(self._caption, fill=palette.foreground)

    def _set_state(self, state: str) -> None:
        for item in (*self._dots, self._back, self._image, self._caption):
            self._canvas.itemconfigure(item, state=state)


def card_corner(
    size: tuple[float, float],
    at: tuple[float, float],
    pointer: tuple[float, float] | None,
    bounds: Box,
    distance: float,
) -> tuple[float, float]:
    """(left, top) of a card beside a pixel: inside the bounds, not under the pointer.

    Right of it rather than left, above rather than below, as a hand covers what is below. Where the
    bounds are too small for both, the card stays inside them.
    """
    width, height = size
    left, top, right, bottom = bounds

    def held(value: float, low: float, high: float) -> float:
        return max(low, min(high, value))

    # Beside the pixel; where the pointer is in the way of that on all sides, beside the pointer.
    for x, y in (at,) if pointer is None else (at, pointer):
        for corner in (
            (x + distance, held(y - distance - height, top, bottom - height)),
            (x - distance - width, held(y - distance - height, top, bottom - height)),
            (held(x - width / 2, left, right - width), y - distance - height),
            (held(x - width / 2, left, right - width), y + distance),
        ):
            fits = left <= corner[0] <= right - width and top <= corner[1] <= bottom - height
            if fits and not _covers(corner, size, pointer):
                return corner
    x, y = at
    return held(x + distance, left, right - width), held(y + distance, top, bottom - height)


def _covers(
    corner: tuple[float, float], size: tuple[float, float], pixel: tuple[float, float] | None
) -> bool:
    if pixel is None:
        return False
    return all(c <= p <= c + s for c, s, p in zip(corner, size, pixel, strict=True))


def arrow_outline(
    at: tuple[float, float], box: Box, scale: float
) -> tuple[tuple[float, float], ...]:
    """The arrow at the edge of a box towards a pixel outside: where on the map the point is."""
    left, top, right, bottom = box
    inset = 4 * scale
    x = min(right - inset, max(left + inset, at[0]))
    y = min(bottom - inset, max(top + inset, at[1]))
    direction = np.array([at[0] - x, at[1] - y], np.float64)
    direction /= np.hypot(*direction) or 1.0
    turn = np.array([direction, (-direction[1], direction[0])])
    return tuple(map(tuple, (np.array(ARROW, np.float64) * scale @ turn + (x, y)).tolist()))
