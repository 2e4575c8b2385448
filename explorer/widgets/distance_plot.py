"""How far pictures are from the nearest training digit: a curve for each set, and one's place."""

from __future__ import annotations

import tkinter as tk
import tkinter.font as tkfont
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explorer.theme import Palette, Theme, font

HEIGHT = 60  # pixels at 96 dpi, like all lengths here
TICKS_HEIGHT = 13
LEGEND_HEIGHT = 14
SWATCH = 14
GAP = 4
BINS = 48
KERNEL = np.array([1.0, 4.0, 6.0, 4.0, 1.0]) / 16.0  # calms the steps of a histogram of 1,000
FILLED, DASHED, SOLID = STYLES = ("filled", "dashed", "solid")
MARK = 5  # half the width of the mark's head
ROOM = 1.06  # the axis ends this many times beyond the last distance that is drawn
LAST = 99.9  # the percentile at which it is


@dataclass(frozen=True, eq=False)
class Curve:
    """A set. name: in the legend. distances: (N,). style: one of STYLES; SOLID is the accent's."""

    name: str
    distances: np.ndarray
    style: str


class DistancePlot(tk.Canvas):
    """Shows curves on one axis from 0, all of the same area, and a mark at one distance."""

    def __init__(self, parent: tk.Misc, theme: Theme) -> None:
        super().__init__(
            parent, highlightthickness=0, borderwidth=0, width=1, height=theme.px(HEIGHT)
        )
        self._theme = theme
        self._curves: tuple[Curve, ...] = ()
        self._mark_at: float | None = None
        self._extent = 1.0
        self._pending: str | None = None
        self._small = tkfont.Font(self, font=font(8))
        self._line = self.create_line(0, 0, 0, 0, width=theme.px(2), state="hidden")
        self._head = self.create_polygon(0, 0, 0, 0, 0, 0, state="hidden")
        self.bind("<Configure>", lambda event: self._schedule())
        theme.subscribe(self, self._on_theme)

    @property
    def curves(self) -> tuple[Curve, ...]:
        """What is shown."""
        return self._curves

    @property
    def mark(self) -> float | None:
        """Where the mark is."""
        return self._mark_at

    def show(self, curves: Sequence[Curve]) -> None:
        """Show other curves; none leave it empty."""
        self._curves = tuple(curves)
        if curves:
            last = max(np.percentile(curve.distances, LAST) for curve in curves)
            self._extent = max(float(last), 1e-6) * ROOM
        self._schedule()

    def set_mark(self, distance: float | None) -> None:
        """Move the mark, or take it away."""
        if distance != self._mark_at:
            self._mark_at = distance
            self._place_mark()

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
        self.delete("drawn")
        px, palette = self._theme.px, self._theme.palette
        width, ground = self.winfo_width(), self.winfo_height() - px(TICKS_HEIGHT)
        if not self._curves or width < 2:
            self._place_mark()
            return
        edges = np.linspace(0.0, self._extent, BINS + 1)
        heights = [self._density(curve.distances, edges) for curve in self._curves]
        tallest = max(float(each.max()) for each in heights) or 1.0
        top = px(LEGEND_HEIGHT)
        xs = (edges[:-1] + edges[1:]) / 2 / self._extent * width
        for curve, each in zip(self._curves, heights, strict=True):
            ys = ground - each / tallest * (ground - top)
            points = np.stack([xs, ys], axis=1).ravel().tolist()
            if curve.style == FILLED:
                self.create_polygon(
                    *(xs[0], ground, *points, xs[-1], ground), fill=palette.border, tags="drawn"
                )
            else:
                self.create_line(*points, **self._stroke(curve.style), tags="drawn")
        self.create_line(0, ground, width, ground, fill=palette.border, tags="drawn")
        self._draw_ticks(width, ground)
        self._draw_legend()
        self._place_mark()

    def _density(self, distances: np.ndarray, edges: np.ndarray) -> np.ndarray:
        counts = np.histogram(distances, edges)[0] / max(1, len(distances))
        return np.convolve(counts, KERNEL, mode="same")

    def _stroke(self, style: str) -> dict[str, object]:
        palette, px = self._theme.palette, self._theme.px
        if style == DASHED:
            return {"fill": palette.foreground, "dash": (4, 3), "width": px(1)}
        return {"fill": palette.accent, "width": px(2)}

    def _draw_ticks(self, width: int, ground: int) -> None:
        step = next(
            (step for step in (1, 2, 5, 10, 20, 50) if step / self._extent * width >= 40), 100
        )
        for value in range(0, int(self._extent) + 1, step):
            x = value / self._extent * width
            label = self._small.measure(str(value)) / 2
            self.create_text(
                *(min(max(x, label), width - label), ground + 1),
                anchor="n",
                text=str(value),
                font=self._small,
                fill=self._theme.palette.muted,
                tags="drawn",
            )

    def _draw_legend(self) -> None:
        px, palette = self._theme.px, self._theme.palette
        x, y = px(2), px(LEGEND_HEIGHT) // 2
        for curve in self._curves:
            right = x + px(SWATCH)
            if curve.style == FILLED:
                self.create_rectangle(
                    *(x, y - px(4), right, y + px(4)), width=0, fill=palette.border, tags="drawn"
                )
            else:
                self.create_line(x, y, right, y, **self._stroke(curve.style), tags="drawn")
            self.create_text(
                *(right + px(GAP), y),
                anchor="w",
                text=curve.name,
                font=self._small,
                fill=palette.muted,
                tags="drawn",
            )
            x = right + px(GAP) + self._small.measure(curve.name) + px(3 * GAP)

    def _place_mark(self) -> None:
        shown = self._mark_at is not None and self._curves
        for item in (self._line, self._head):
            self.itemconfigure(item, state="normal" if shown else "hidden")
        if not shown:
            return
        px = self._theme.px
        top, ground = px(LEGEND_HEIGHT), self.winfo_height() - px(TICKS_HEIGHT)
        x = min(self._mark_at / self._extent, 1.0) * self.winfo_width()
        x = min(max(x, px(MARK)), self.winfo_width() - px(MARK))
        self.coords(self._line, x, top + px(2), x, ground)
        self.coords(
            self._head, x - px(MARK), top + px(1), x + px(MARK), top + px(1), x, top + px(1 + MARK)
        )
        for item in (self._line, self._head):
            self.tag_raise(item)

    def _on_theme(self, palette: Palette) -> None:
        self.configure(background=palette.background)
        self.itemconfigure(self._line, fill=palette.accent)
        self.itemconfigure(self._head, fill=palette.accent)
        self._schedule()
