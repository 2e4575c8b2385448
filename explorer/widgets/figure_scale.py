"""One figure of one image, on a scale that shows what it is for typical images."""

from __future__ import annotations

import tkinter as tk
import tkinter.font as tkfont
from collections.abc import Sequence

from explorer.theme import Palette, Theme, font
from explorer.widgets.choices import fitted

WIDTH, HEIGHT = 200, 36  # pixels at 96 dpi, like all lengths here
MARGIN = 2
TRACK_HEIGHT = 6
MARKER_WIDTH, MARKER_OVERHANG = 4, 3
HEADROOM = 1.4  # the end of the scale, in units of the highest typical figure


class FigureScale(tk.Canvas):
    """Shows a name and a figure, and below them a track with the typical range and a marker.

    The track begins at 0. A figure beyond its end waits there, in the colour of warnings, as
    everything above the typical range.
    """

    def __init__(self, parent: tk.Misc, theme: Theme, name: str) -> None:
        super().__init__(
            parent,
            highlightthickness=0,
            borderwidth=0,
            width=theme.px(WIDTH),
            height=theme.px(HEIGHT),
        )
        self._theme = theme
        self._typical: tuple[float, float, float] | None = None
        self._figure: float | None = None
        self._font = tkfont.Font(self, font=font(10))
        self._small = tkfont.Font(self, font=font(9))
        self._name = self.create_text(
            0, 0, anchor="nw", text=name, font=tkfont.Font(self, font=font(10, bold=True))
        )
        self._value = self.create_text(0, 0, anchor="nw", font=self._font)
        self._words = self.create_text(0, 0, anchor="ne", font=self._small)
        self._track = self.create_rectangle(0, 0, 0, 0, width=0)
        self._band = self.create_rectangle(0, 0, 0, 0, width=0)
        self._median = self.create_line(0, 0, 0, 0, width=theme.px(2))
        self._marker = self.create_rectangle(0, 0, 0, 0, width=1)
        self.bind("<Configure>", lambda event: self._layout())
        theme.subscribe(self, self._on_theme)

    @property
    def figure(self) -> float | None:
        """What the marker shows."""
        return self._figure

    @property
    def text(self) -> str:
        """What is written: the figure and what is typical."""
        return f"{self.itemcget(self._value, 'text')} {self.itemcget(self._words, 'text')}".strip()

    @property
    def unusual(self) -> bool:
        """Whether the figure is higher than typical ones."""
        return None not in (self._figure, self._typical) and self._figure > self._typical[2]

    def set_typical(self, quantiles: Sequence[float] | None) -> None:
        """Say what is typical: the figures that 5, 50 and 95 % of images stay below, or None."""
        self._typical = None if quantiles is None else tuple(quantiles)
        self._layout()

    def show(self, figure: float | None) -> None:
        """Move the marker, or take it away."""
        self._figure = figure
        self.itemconfigure(self._value, text="" if figure is None else _short(figure))
        self._place_words()
        self._place_marker()

    def x_of(self, figure: float) -> float:
        """Where a figure is on the track, in pixels of this widget; its end for larger ones."""
        left, right = self._ends
        low, _, high = self._typical or (0.0, 0.0, 1.0)
        most = HEADROOM * max(high, low, 1e-12)
        return left + min(1.0, max(0.0, figure / most)) * (right - left)

    @property
    def _ends(self) -> tuple[int, int]:
        margin = self._theme.px(MARGIN + MARKER_WIDTH // 2)
        return margin, max(margin + 1, self.winfo_width() - margin)

    @property
    def _track_edges(self) -> tuple[int, int]:
        """Top and bottom of the track."""
        bottom = self.winfo_height() - self._theme.px(MARKER_OVERHANG + MARGIN)
        return bottom - self._theme.px(TRACK_HEIGHT), bottom

    def _layout(self) -> None:
        (left, right), (top, bottom) = self._ends, self._track_edges
        self.coords(self._name, left, 0)
        self.coords(self._value, self.bbox(self._name)[2] + self._theme.px(6), 0)
        self.coords(self._words, right, self._theme.px(1))
        self.coords(self._track, left, top, right, bottom)
        for item in (self._track, self._band, self._median):
            self.itemconfigure(item, state="hidden" if self._typical is None else "normal")
        if self._typical is not None:
            low, middle, high = map(self.x_of, self._typical)
            self.coords(self._band, low, top, high, bottom)
            self.coords(self._median, middle, top, middle, bottom)
        self._place_words()
        self._place_marker()

    def _place_words(self) -> None:
        """Say what is typical in the room that the figure leaves."""
        words = ""
        if self._typical is not None:
            words = f"typical {_short(self._typical[0])} to {_short(self._typical[2])}"
            taken = self._font.measure(self.itemcget(self._value, "text"))
            taken += self.coords(self._value)[0] + self._theme.px(8)
            room = self._ends[1] - taken
            words = fitted(words, room, self._small.measure) if room > 0 else ""
        self.itemconfigure(self._words, text=words)

    def _place_marker(self) -> None:
        shown = self._typical is not None and self._figure is not None
        self.itemconfigure(self._marker, state="normal" if shown else "hidden")
        if shown:
            (top, bottom), px = self._track_edges, self._theme.px
            x, half, over = self.x_of(self._figure), px(MARKER_WIDTH) / 2, px(MARKER_OVERHANG)
            self.coords(self._marker, x - half, top - over, x + half, bottom + over)
        self._colour()

    def _colour(self) -> None:
        palette = self._theme.palette
        mark = palette.warning if self.unusual else palette.accent
        self.itemconfigure(self._marker, fill=mark, outline=palette.background)
        self.itemconfigure(
            self._value, fill=palette.warning if self.unusual else palette.foreground
        )

    def _on_theme(self, palette: Palette) -> None:
        self.configure(background=palette.background)
        self.itemconfigure(self._name, fill=palette.foreground)
        self.itemconfigure(self._words, fill=palette.muted)
        self.itemconfigure(self._track, fill=palette.surface)
        self.itemconfigure(self._band, fill=palette.border)
        self.itemconfigure(self._median, fill=palette.muted)
        self._colour()


def _short(figure: float) -> str:
    """A figure in at most three digits before the point, and one after it where it is small."""
    return f"{figure:.1f}" if figure < 99.95 else f"{figure:.0f}"
