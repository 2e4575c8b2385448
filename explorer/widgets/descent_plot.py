"""The objective on its way down: a curve over the steps of an optimisation."""

from __future__ import annotations

import tkinter as tk
import tkinter.font as tkfont

import numpy as np

from explorer.theme import Palette, Theme, font

MARGIN = 4  # pixels at 96 dpi, like all lengths here
LINE_HEIGHT = 14
DOT_RADIUS = 4
# The first steps from a poor start fall from the sky. What is drawn ends at this many times the
# best value, or just above the value to beat, whichever is more.
HEADROOM = 1.5
TALLEST = 2  # times the width; a curve that is all wall tells nothing
LEVEL_ROOM = 1.1  # times the level to beat
LEAST_RANGE = 1.0  # nats; what differs by less is not drawn as if it were much


class DescentPlot(tk.Canvas):
    """Shows a curve (steps + 1,), and a level to beat, if there is one.

    heading: what the values are. level_name: what the level is.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        *,
        heading: str,
        level_name: str,
        width: int,
        height: int,
    ) -> None:
        super().__init__(
            parent,
            highlightthickness=0,
            borderwidth=0,
            width=theme.px(width),
            height=theme.px(height),
        )
        self._theme = theme
        self._heading = heading
        self._level_name = level_name
        self._curve = np.zeros(0)
        self._level: float | None = None
        self._small = tkfont.Font(self, font=font(8))
        self._normal = tkfont.Font(self, font=font(9))
        self.bind("<Configure>", lambda event: self._draw())
        theme.subscribe(self, self._on_theme)

    @property
    def curve(self) -> np.ndarray:
        """What is shown; empty if nothing is."""
        return self._curve

    def show(self, curve: np.ndarray, level: float | None) -> None:
        """Show another curve; an empty one leaves the level alone, or nothing."""
        self._curve, self._level = np.asarray(curve, np.float64), level
        self._draw()

    def y_of(self, value: float) -> float:
        """The pixel of a value, at the upper end for what is beyond it."""
        low, high = self._bounds()
        top, bottom = self._area()
        share = (min(value, high) - low) / (high - low)
        return bottom - share * (bottom - top)

    def x_of(self, step: float) -> float:
        """The pixel of a step."""
        left, right = self._theme.px(MARGIN), self.winfo_width() - self._theme.px(MARGIN)
        return left + (right - left) * step / max(1, len(self._curve) - 1)

    def _area(self) -> tuple[int, int]:
        """(top, bottom) of the curve, below the heading and above the numbers of the steps."""
        line, radius = self._theme.px(LINE_HEIGHT), self._theme.px(DOT_RADIUS)
        top, bottom = self._ends()
        return top + line + self._theme.px(MARGIN), bottom - 2 * line - radius

    def _ends(self) -> tuple[int, int]:
        """(top, bottom) of everything, in the middle of the height."""
        height = min(self.winfo_height(), TALLEST * self.winfo_width())
        top = (self.winfo_height() - height) // 2
        return top, top + height

    def _bounds(self) -> tuple[float, float]:
        best = float(self._curve.min(initial=np.inf))
        if not np.isfinite(best):
            best = self._level or 1.0
        first = min(HEADROOM * best, float(self._curve.max(initial=0.0)))
        return best, max(first, LEVEL_ROOM * (self._level or 0.0), best + LEAST_RANGE)

    def _draw(self) -> None:
        self.delete("all")
        palette, px = self._theme.palette, self._theme.px
        width, line = self.winfo_width(), px(LINE_HEIGHT)
        start, end = self._ends()
        top, bottom = self._area()
        if not len(self._curve) or bottom <= top:
            return
        left, right = self.x_of(0), self.x_of(len(self._curve) - 1)
        self.create_text(
            width / 2, start, anchor="n", text=self._heading, font=self._normal, fill=palette.muted
        )
        ground = bottom + line + px(DOT_RADIUS)
        self.create_line(left, ground, right, ground, fill=palette.border)
        if self._level is not None:
            y = self.y_of(self._level)
            self.create_line(left, y, right, y, dash=(4, 3), fill=palette.muted, tags="level")
            self.create_text(
                *(right, y - px(1)),
                anchor="se",
                text=f"{self._level_name} {self._level:.1f}",
                font=self._small,
                fill=palette.muted,
                tags="level",
            )
        points = [
            number
            for step, value in enumerate(self._curve)
            for number in (self.x_of(step), self.y_of(value))
        ]
        if len(points) > 2:
            self.create_line(*points, width=px(2), fill=palette.accent, tags="curve")
        last, radius = float(self._curve[-1]), px(DOT_RADIUS)
        x, y = right - radius, self.y_of(last)
        self.create_oval(
            *(x - radius, y - radius, x + radius, y + radius), width=0, fill=palette.accent
        )
        self.create_text(
            *(right, y + radius),
            anchor="ne",
            text=f"{self._curve.min():.1f}",
            font=self._small,
            fill=palette.foreground,
            tags="figure",
        )
        for x, anchor, text in (
            (left, "sw", "0"),
            (right, "se", f"{len(self._curve) - 1} steps"),
        ):
            self.create_text(x, end, anchor=anchor, text=text, font=self._small, fill=palette.muted)

    def _on_theme(self, palette: Palette) -> None:
        self.configure(background=palette.background)
        self._draw()
