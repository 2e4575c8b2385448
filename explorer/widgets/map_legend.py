"""The legend below a map: what its colours and lines mean."""

from __future__ import annotations

import tkinter as tk
import tkinter.font as tkfont
from collections.abc import Sequence

from explorer.legend_entries import LegendEntry
from explorer.map_legend import draw_legend, height_of, laid_out
from explorer.theme import Palette, Theme, add_tooltip, font

POINTS = 9
LINE_WIDTH = 2  # pixels at 96 dpi

EXPLANATION = (
    "colours: what the classifier takes the digit of a place for, and how sure it is; of the "
    "dots, what the person meant who wrote them.\n\n"
    "typical | rare | off the map: the words that stand at the left for a point, and where they "
    "change.\n\n"
    "magnification: how much the decoder enlarges a small area. Where it is high, a short way on "
    "the map changes the picture a lot. Each step of the scale is a factor."
)


class MapLegend(tk.Canvas):
    """Shows entries in as many rows as its width needs, and is as high as they are."""

    def __init__(self, parent: tk.Misc, theme: Theme) -> None:
        super().__init__(parent, highlightthickness=0, borderwidth=0, width=theme.px(100), height=1)
        self._theme = theme
        self._entries: tuple[LegendEntry, ...] = ()
        self._font = tkfont.Font(self, font=font(POINTS))
        # As high as capitals are: Tk knows no size of letters in pixels.
        self._letter = self._font.metrics("ascent")
        add_tooltip(self, EXPLANATION, position="top")

        self.bind("<Configure>", lambda event: self._draw())
        theme.subscribe(self, self._on_theme)

    @property
    def entries(self) -> tuple[LegendEntry, ...]:
        """What is shown."""
        return self._entries

    def set_entries(self, entries: Sequence[LegendEntry]) -> None:
        """Show other entries; without any, take no room."""
        if tuple(entries) != self._entries:
            self._entries = tuple(entries)
            self._draw()

    # ---- the pen of explorer.map_legend --------------------------------------------------------

    def box(self, left: float, top: float, right: float, bottom: float, colour: str) -> None:
        """A filled rectangle."""
        # Edges on whole pixels, or neighbours in a scale have gaps between.
        edges = [round(edge) for edge in (left, top, right, bottom)]
        self.create_rectangle(*edges, fill=colour, width=0)

    def line(self, left: float, right: float, y: float, colour: str, dashed: bool) -> None:
        """A line across."""
        px = self._theme.px
        dash = (px(7), px(5)) if dashed else ""
        self.create_line(left, y, right, y, fill=colour, width=px(LINE_WIDTH), dash=dash)

    def dot(self, x: float, y: float, radius: float, colour: str) -> None:
        """A filled circle."""
        self.create_oval(x - radius, y - radius, x + radius, y + radius, fill=colour, width=0)

    def text(self, x: float, y: float, text: str, colour: str | None, centred: bool) -> None:
        """A text, y its middle."""
        self.create_text(
            x,
            y,
            text=text,
            anchor="center" if centred else "w",
            font=self._font,
            fill=colour or self._theme.palette.muted,
        )

    def _draw(self) -> None:
        self.delete("all")
        room = self.winfo_width()
        if room < 2:
            return
        items = laid_out(self._entries, room, self._letter, self._font.measure)
        height = max(1, height_of(items, self._letter))
        if height != int(self["height"]):
            self.configure(height=height)
        draw_legend(items, self._letter, self._font.measure, self)

    def _on_theme(self, palette: Palette) -> None:
        self.configure(background=palette.background)
        self._draw()
