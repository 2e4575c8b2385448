"""The edges of a map: round numbers along two of them, and what the axes are called."""

from __future__ import annotations

import tkinter as tk
import tkinter.font as tkfont

from explorer.theme import Palette, Theme, font
from explorer.viewport import Viewport

EDGE = 3  # pixels at 96 dpi, like all lengths here: around everything, for the focus ring
TICK = 4
NUMBER_WIDTH, NUMBER_HEIGHT = 35, 15
NAME_HEIGHT = 16
RIGHT, TOP = 12, 9  # half a number may stand out at the ends
APART_ACROSS, APART_DOWN = 46, 34  # two numbers, at least

Box = tuple[int, int, int, int]


class MapAxes:
    """Draws the axes of a map on its canvas, around the box that holds the picture."""

    def __init__(self, canvas: tk.Canvas, theme: Theme) -> None:
        self._canvas = canvas
        self._theme = theme
        self._names = ("", "")
        self._font = tkfont.Font(canvas, font=font(9))  # made once: that takes a while
        self._frame = canvas.create_rectangle(0, 0, 0, 0, width=1)
        self._name_items = (
            canvas.create_text(0, 0, anchor="s", font=self._font),
            canvas.create_text(0, 0, anchor="n", angle=90, font=self._font),
        )

    @property
    def names(self) -> tuple[str, str]:
        """What the axes are called, the one across and the one upwards."""
        return self._names

    def set_names(self, across: str, upwards: str) -> None:
        """Name the axes."""
        self._names = across, upwards
        for item, name in zip(self._name_items, self._names, strict=True):
            self._canvas.itemconfigure(item, text=name)

    def box(self) -> Box:
        """(left, top, right, bottom) of what is left for the picture, at least a pixel."""
        px = self._theme.px
        below, beside = (px(NAME_HEIGHT) if name else 0 for name in self._names)
        left = px(EDGE) + beside + px(NUMBER_WIDTH) + px(TICK)
        top = px(TOP)
        right = self._canvas.winfo_width() - px(RIGHT)
        bottom = self._canvas.winfo_height() - px(EDGE) - below - px(NUMBER_HEIGHT) - px(TICK)
        return left, top, max(left + 1, right), max(top + 1, bottom)

    def hide(self) -> None:
        """Draw nothing."""
        self._canvas.delete("tick")
        for item in (self._frame, *self._name_items):
            self._canvas.itemconfigure(item, state="hidden")

    def draw(self, viewport: Viewport, box: Box) -> None:
        """Draw what belongs to a viewport."""
        canvas, px, palette = self._canvas, self._theme.px, self._theme.palette
        left, top, right, bottom = box
        canvas.delete("tick")
        canvas.coords(self._frame, left - 1, top - 1, right, bottom)
        across, upwards = self._name_items
        canvas.coords(across, (left + right) / 2, canvas.winfo_height() - px(EDGE))
        canvas.coords(upwards, px(EDGE), (top + bottom) / 2)
        for item in (self._frame, *self._name_items):
            canvas.itemconfigure(item, state="normal")
        line = {"fill": palette.muted, "tags": "tick"}
        text = {"fill": palette.muted, "font": self._font, "tags": "tick"}
        u, v = viewport.plane_at(0.0, 0.0)
        for tick in viewport.ticks(px(APART_ACROSS))[0]:
            x = left + viewport.pixel_of(tick, v)[0]
            canvas.create_line(x, bottom, x, bottom + px(TICK), **line)
            item = canvas.create_text(x, bottom + px(TICK), anchor="n", text=written(tick), **text)
            if canvas.bbox(item)[2] > canvas.winfo_width():  # half a number misleads
                canvas.delete(item)
        for tick in viewport.ticks(px(APART_DOWN))[1]:
            y = top + viewport.pixel_of(u, tick)[1]
            canvas.create_line(left - 1 - px(TICK), y, left - 1, y, **line)
            canvas.create_text(left - 3 - px(TICK), y, anchor="e", text=written(tick), **text)

    def colour(self, palette: Palette) -> None:
        """Take over the colours of a theme, for what `draw` does not make anew."""
        self._canvas.itemconfigure(self._frame, outline=palette.border)
        for item in self._name_items:
            self._canvas.itemconfigure(item, fill=palette.foreground)


def written(tick: float) -> str:
    """A number of an axis as it is read."""
    return f"{tick:g}".replace("-", "−")
