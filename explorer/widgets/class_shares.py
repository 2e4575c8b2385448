"""How a whole is shared among the classes: a bar for each, the largest with its figure."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Sequence
from tkinter.font import Font

import numpy as np

from explorer.theme import Palette, Theme, font
from explorer.widgets.choices import fitted

LINE_HEIGHT = 14  # pixels at 96 dpi, like all lengths here
MARGIN = 2  # at both ends
GAP = 2  # between the bars
WIDEST_BAR = 26
TALLEST = 2  # times the width; where there is more height, the bars stand in the middle
LEAST_HEIGHT = 1  # of a bar that is not nothing
NOTHING = 0.005  # shares below this are 0 %


class ClassShares(tk.Canvas):
    """Shows shares (classes,) that sum to 1. heading: above them."""

    def __init__(
        self, parent: tk.Misc, theme: Theme, *, heading: str, width: int, height: int
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
        self._names: tuple[str, ...] = ()
        self._widest = 0  # pixels, of the names; to measure them takes as long as all the rest
        self._shares = np.zeros(0)
        self._small = Font(self, font=font(8))
        self._normal = Font(self, font=font(9))
        self._bold = Font(self, font=font(9, bold=True))
        self.bind("<Configure>", lambda event: self._draw())
        theme.subscribe(self, self._on_theme)

    @property
    def shares(self) -> np.ndarray:
        """What is shown; empty if nothing is."""
        return self._shares

    def show(self, shares: Sequence[float], names: Sequence[str]) -> None:
        """Show other shares, one for each name; none at all leave the widget empty."""
        if len(shares) != len(names):
            raise ValueError(f"{len(shares)} shares do not fit {len(names)} names")
        self._shares = np.asarray(shares, np.float64)
        if tuple(names) != self._names:
            self._names = tuple(names)
            self._widest = max(map(self._small.measure, self._names), default=0)
        self._draw()

    def _draw(self) -> None:
        self.delete("all")
        count, palette, px = len(self._shares), self._theme.palette, self._theme.px
        width, line = self.winfo_width(), px(LINE_HEIGHT)
        height = min(self.winfo_height(), TALLEST * width)
        if not count or width < 2:
            return
        pitch = min((width - 2 * px(MARGIN)) / count, px(WIDEST_BAR + GAP))
        left = (width - pitch * count) / 2
        self.create_text(
            *(width / 2, 0), anchor="n", text=self._heading, font=self._normal, fill=palette.muted
        )
        ground = height - line - px(2)
        room = ground - 2 * line - px(4)
        best = int(self._shares.argmax())
        readable = self._widest <= pitch
        for index, (share, name) in enumerate(zip(self._shares, self._names, strict=True)):
            middle, wins = left + (index + 0.5) * pitch, index == best
            half = max(1.0, (pitch - px(GAP)) / 2)
            bar = share * room
            if share >= NOTHING:
                bar = max(px(LEAST_HEIGHT), bar)
            self.create_rectangle(
                *(middle - half, ground - bar, middle + half, ground),
                width=0,
                fill=palette.accent if wins else palette.muted,
                tags="bar",
            )
            if readable and not wins:
                self.create_text(
                    *(middle, height - line / 2),
                    text=name,
                    font=self._small,
                    fill=palette.muted,
                    tags="name",
                )
            if wins:
                # Names that have no room leave it to the one that matters.
                shown = name if readable else fitted(name, width, self._bold.measure)
                self._write(middle, height - line / 2, "center", shown, self._bold, "name")
                self._write(middle, ground - bar, "s", f"{share:.0%}", self._small, "figure")
        self.create_line(left, ground, left + pitch * count, ground, fill=palette.border)
        self.move("all", 0, (self.winfo_height() - height) // 2)

    def _write(self, x: float, y: float, anchor: str, text: str, used: Font, tag: str) -> None:
        """Write about a place, within the widget."""
        edge = used.measure(text) / 2 + self._theme.px(1)
        x = min(max(x, edge), self.winfo_width() - edge)
        colour = self._theme.palette.foreground
        self.create_text(x, y, anchor=anchor, text=text, font=used, fill=colour, tags=tag)

    def _on_theme(self, palette: Palette) -> None:
        self.configure(background=palette.background)
        self._draw()
