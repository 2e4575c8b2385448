"""What a training comes to over its epochs, two curves on one Canvas, and where in it one is."""

from __future__ import annotations

import math
import tkinter as tk
import tkinter.font as tkfont
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from explorer.map_colours import as_hex, mixed
from explorer.theme import Palette, Theme, font

HEADING = 18  # pixels at 96 dpi, like all lengths here
LEFT, RIGHT, BOTTOM = 34, 10, 18
DOT_RADIUS = 4
TICK = 3
APART_ACROSS, APART_DOWN = 30, 20  # two numbers on an axis, at least
# Round numbers of a loss; between two powers of ten these are far enough apart on a log scale.
ROUND = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0)
LEAST_RATIO = 1.15  # of the ends of the vertical axis; what differs less is not drawn as much
MAX_POINTS = 400  # of a curve; there are no more pixels


COVERAGE_HEADING = "Classes drawn"
GAME_HEADING = "Game, nats"
LACKING = 0.3  # of the warning colour, where classes are lacking
HEADROOM = 0.06  # of a linear axis, beyond its ends


class EpochCurves(tk.Canvas):
    """Shows two curves: losses, the classes that a GAN covers, or the losses of its game.

    heading: of losses. on_pick(epoch): the person clicked or dragged there; None leaves the
    pointer alone. Epochs lie between `knots`, which are equally far apart: a history whose
    snapshots are denser early on gives these, and its first epochs get the room they need.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        *,
        heading: str,
        on_pick: Callable[[float], None] | None = None,
    ) -> None:
        super().__init__(parent, highlightthickness=0, borderwidth=0, width=1, height=1)
        self._theme = theme
        self._heading_of_losses = self._heading = heading
        self._note = ""
        self._curves: dict[str, tuple[np.ndarray, np.ndarray]] = {}  # the one that matters last
        self._levels: dict[str, float] = {}
        self._ends_of_axis: tuple[float, float] | None = None  # of a linear one; else logarithmic
        self._fills = False
        self._knots = np.array([0.0, 1.0])
        self._mark: float | None = None
        self._pending: str | None = None
        self._small = tkfont.Font(self, font=font(8))
        self._normal = tkfont.Font(self, font=font(9))
        self.bind("<Configure>", lambda event: self._schedule())
        if on_pick is not None:
            for event in ("<Button-1>", "<B1-Motion>"):
                self.bind(event, lambda event: on_pick(self.epoch_at(event.x)))
        theme.subscribe(self, self._on_theme)

    @property
    def curves(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """What is shown: (epochs, values) by name, "training" and "test" where it is losses."""
        return dict(self._curves)

    @property
    def heading(self) -> str:
        """What stands above the curves."""
        return self._heading

    @property
    def marked(self) -> float | None:
        """The epoch that is marked."""
        return self._mark

    def show(
        self, epochs: ArrayLike, train: ArrayLike, test: ArrayLike, knots: Sequence[float]
    ) -> None:
        """Show losses (N,) at epochs (N,), on a logarithmic scale; knots: ascending, at least two.

        What is missing is NaN, here as below.
        """
        self._heading = self._heading_of_losses
        self._take(epochs, {"training": train, "test": test}, knots)

    def show_coverage(
        self,
        epochs: ArrayLike,
        classes: ArrayLike,
        effective: ArrayLike,
        n_classes: int | None,
        knots: Sequence[float],
    ) -> None:
        """Show how many classes samples are of, and as how many even ones, (N,) each.

        n_classes: how many there are; what is lacking is filled. None: that is not known.
        """
        self._heading = COVERAGE_HEADING
        most = n_classes or max(1.0, float(np.nanmax(classes, initial=1.0)))
        self._take(
            epochs,
            {"as even ones": effective, "covered": classes},
            knots,
            ends=(0.0, float(most)),
            levels={} if n_classes is None else {f"all {n_classes}": float(n_classes)},
            fills=n_classes is not None,
        )

    def show_game(
        self,
        epochs: ArrayLike,
        generator: ArrayLike,
        discriminator: ArrayLike,
        levels: Mapping[str, float],
        knots: Sequence[float],
    ) -> None:
        """Show what the two players lose, (N,) each; levels: values to draw a line at, by name."""
        self._heading = GAME_HEADING
        values = np.concatenate([np.asarray(generator, float), np.asarray(discriminator, float)])
        values = np.array([*values[np.isfinite(values)], *levels.values(), 0.0])
        low, high = float(values.min()), float(values.max())
        room = HEADROOM * max(high - low, 1e-3)
        self._take(
            epochs,
            {"discriminator": discriminator, "generator": generator},
            knots,
            ends=(low - room if low < 0 else 0.0, high + room),
            levels=levels,
        )

    def _take(
        self,
        epochs: ArrayLike,
        curves: Mapping[str, ArrayLike],
        knots: Sequence[float],
        *,
        ends: tuple[float, float] | None = None,
        levels: Mapping[str, float] | None = None,
        fills: bool = False,
    ) -> None:
        epochs = np.asarray(epochs, np.float64)
        self._curves = {
            name: (epochs, np.asarray(values, np.float64)) for name, values in curves.items()
        }
        self._ends_of_axis, self._levels, self._fills = ends, dict(levels or {}), fills
        self._knots = np.asarray(knots, np.float64)
        self._schedule()

    def clear(self, note: str = "", heading: str | None = None) -> None:
        """Show nothing but a sentence, and what will be above the curves; None: losses."""
        self._heading = self._heading_of_losses if heading is None else heading
        self._curves, self._note, self._mark = {}, note, None
        self._schedule()

    def mark(self, epoch: float | None) -> None:
        """Show where in the training one is."""
        if epoch != self._mark:
            self._mark = epoch
            if self._pending is None:
                self._place_mark()

    def x_of(self, epoch: float) -> float:
        """The pixel of an epoch."""
        left, right = self._ends()
        share = np.interp(epoch, self._knots, np.linspace(0, 1, len(self._knots)))
        return left + float(share) * (right - left)

    def epoch_at(self, x: float) -> float:
        """The epoch at a pixel."""
        left, right = self._ends()
        share = (x - left) / (right - left)
        return float(np.interp(share, np.linspace(0, 1, len(self._knots)), self._knots))

    def y_of(self, value: float) -> float:
        """The pixel of a value."""
        (low, high), (top, bottom) = self._bounds(), self._sides()
        if self._ends_of_axis is not None:
            share = (value - low) / (high - low)
        else:
            share = math.log(max(value, low) / low) / math.log(high / low)
        return bottom - share * (bottom - top)

    def destroy(self) -> None:
        """Leave nothing to be drawn."""
        if self._pending is not None:
            self.after_cancel(self._pending)
            self._pending = None
        super().destroy()

    def _ends(self) -> tuple[float, float]:
        px = self._theme.px
        return px(LEFT), max(px(LEFT) + 1, self.winfo_width() - px(RIGHT))

    def _sides(self) -> tuple[float, float]:
        px = self._theme.px
        top = px(HEADING + DOT_RADIUS)
        return top, max(top + 1, self.winfo_height() - px(BOTTOM))

    def _bounds(self) -> tuple[float, float]:
        """The ends of the vertical axis; both are positive on a logarithmic one."""
        if self._ends_of_axis is not None:
            return self._ends_of_axis
        losses = np.concatenate([losses for _, losses in self._curves.values()] or [np.ones(1)])
        losses = losses[np.isfinite(losses) & (losses > 0)]
        if not len(losses):
            return 1.0, LEAST_RATIO
        low, high = 0.98 * float(losses.min()), 1.02 * float(losses.max())
        return low, max(high, LEAST_RATIO * low)

    def _schedule(self) -> None:
        if self._pending is None:
            self._pending = self.after_idle(self._draw)

    def _draw(self) -> None:
        self._pending = None
        self.delete("all")
        palette, px = self._theme.palette, self._theme.px
        width, height = self.winfo_width(), self.winfo_height()
        left, right = self._ends()
        top, bottom = self._sides()
        if bottom - top < px(APART_DOWN) or right - left < px(APART_ACROSS):
            return
        self.create_text(
            0, 0, anchor="nw", text=self._heading, font=self._normal, fill=palette.foreground
        )
        if not any(len(epochs) for epochs, _ in self._curves.values()):
            self.create_rectangle(left, top, right, bottom, outline=palette.border)
            self.create_text(
                *((left + right) / 2, (top + bottom) / 2),
                text=self._note,
                width=right - left - px(16),
                justify="center",
                font=self._normal,
                fill=palette.muted,
                tags="note",
            )
            return
        self._draw_axes(left, top, right, bottom)
        x = width
        second, first = self._curves
        colours = {second: palette.muted, first: palette.accent}
        for name in (first, second):
            x -= self._legend(x, name, colours[name]) + px(12)
        if self._fills:
            self._fill_lacking(first)
        self._draw_levels(left, right)
        for name in (second, first):
            points = self._points(*self._curves[name])
            if len(points) == 1:
                (x, y), radius = points[0], px(2)
                self.create_oval(
                    *(x - radius, y - radius, x + radius, y + radius), width=0, fill=colours[name]
                )
            elif points:
                self.create_line(*points, width=px(2), fill=colours[name], tags=f"{name} curve")
        self.create_line(0, 0, 0, height, fill=palette.foreground, dash=(2, 3), tags="mark line")
        self.create_oval(
            0,
            0,
            0,
            0,
            fill=palette.accent,
            outline=palette.background,
            width=px(2),
            tags="mark dot",
        )
        self._place_mark()

    def _draw_levels(self, left: float, right: float) -> None:
        palette = self._theme.palette
        for words, level in self._levels.items():
            y = self.y_of(level)
            self.create_line(left, y, right, y, dash=(2, 3), fill=palette.foreground, tags="level")
            if not self._fills:  # the axis counts classes, and needs no words
                self.create_text(
                    *(right, y),
                    anchor="se",
                    text=words,
                    font=self._small,
                    fill=palette.foreground,
                    tags="level",
                )

    def _fill_lacking(self, name: str) -> None:
        """Fill what is between a curve and the level above it."""
        palette = self._theme.palette
        rgb = [tuple(bytes.fromhex(colour[1:])) for colour in (palette.background, palette.warning)]
        (level,) = self._levels.values()
        points = self._points(*self._curves[name])
        if len(points) == 1:  # of one epoch only a bar
            x, y = points[0]
            points = [(x - self._theme.px(3), y), (x + self._theme.px(3), y)]
        if points and max(y for _, y in points) > self.y_of(level):
            top = self.y_of(level)
            self.create_polygon(
                *((points[0][0], top), *points, (points[-1][0], top)),
                fill=as_hex(mixed(*rgb, LACKING)),
                width=0,
                tags="lacking",
            )

    def _legend(self, right: float, name: str, colour: str) -> int:
        """Name a curve, its text ending at a pixel; returns the width that it takes."""
        px = self._theme.px
        item = self.create_text(
            *(right, px(1)),
            anchor="ne",
            text=name,
            font=self._small,
            fill=self._theme.palette.foreground,
        )
        begin = self.bbox(item)[0] - px(4)
        self.create_line(begin - px(14), px(8), begin, px(8), width=px(2), fill=colour)
        return int(right - begin) + px(14)

    def _points(self, epochs: np.ndarray, values: np.ndarray) -> list[tuple[float, float]]:
        is_drawn = np.isfinite(values)
        if self._ends_of_axis is None:
            is_drawn &= values > 0
        kept = np.flatnonzero(is_drawn)
        if len(kept) > MAX_POINTS:
            kept = kept[np.linspace(0, len(kept) - 1, MAX_POINTS).round().astype(int)]
        return [(self.x_of(epochs[i]), self.y_of(values[i])) for i in kept]

    def _draw_axes(self, left: float, top: float, right: float, bottom: float) -> None:
        palette, px = self._theme.palette, self._theme.px
        text = {"font": self._small, "fill": palette.muted}
        low, high = self._bounds()
        last = math.inf
        for tick in self._ticks(low, high):
            y = self.y_of(tick)
            if last - y < px(APART_DOWN):
                continue
            last = y
            self.create_line(left, y, right, y, fill=palette.border)
            self.create_text(left - px(TICK + 2), y, anchor="e", text=f"{tick:g}", **text)
        self.create_line(left, bottom, right, bottom, fill=palette.muted)
        last = -math.inf
        end = self.x_of(self._knots[-1])
        for epoch in self._epoch_ticks():
            x = self.x_of(epoch)
            is_end = epoch == self._knots[-1]
            if x - last < px(APART_ACROSS) or (not is_end and end - x < px(APART_ACROSS)):
                continue
            last = x
            self.create_line(x, bottom, x, bottom + px(TICK), fill=palette.muted)
            self.create_text(
                x, bottom + px(TICK), anchor="ne" if is_end else "n", text=f"{epoch:g}", **text
            )

    def _ticks(self, low: float, high: float) -> list[float]:
        """The numbers of the vertical axis, ascending."""
        if self._fills:  # all classes, and half of them
            return [low, high // 2, high]
        return (round_numbers if self._ends_of_axis is None else even_numbers)(low, high)

    def _epoch_ticks(self) -> list[float]:
        if len(self._knots) > 2:
            return self._knots.tolist()
        first, last = self._knots
        step = 10.0 ** math.floor(math.log10(max(1.0, last - first)))
        step = max(
            1.0, next(step * f for f in (0.1, 0.2, 0.5, 1) if (last - first) / (step * f) <= 8)
        )
        ticks = np.arange(first, last, step).tolist()
        return [*ticks, float(last)]

    def _place_mark(self) -> None:
        epochs, values = (
            list(self._curves.values())[-1] if self._curves else (np.zeros(0), np.zeros(0))
        )
        if self._mark is None or not len(epochs):
            for tag in ("mark", "line", "dot"):
                self.itemconfigure(tag, state="hidden")
            return
        x, px = self.x_of(self._mark), self._theme.px
        top, bottom = self._sides()
        self.itemconfigure("mark", state="normal")
        self.coords("line", x, top, x, bottom)
        at = np.flatnonzero(epochs == self._mark)
        if len(at) and np.isfinite(values[at[0]]):
            y, radius = self.y_of(values[at[0]]), px(DOT_RADIUS)
            self.coords("dot", x - radius, y - radius, x + radius, y + radius)
        else:
            self.itemconfigure("dot", state="hidden")

    def _on_theme(self, palette: Palette) -> None:
        self.configure(background=palette.background)
        self._schedule()


def round_numbers(low: float, high: float) -> list[float]:
    """The round numbers between two positive ones, ascending."""
    powers = range(math.floor(math.log10(low)), math.floor(math.log10(high)) + 1)
    every = [factor * 10.0**power for power in powers for factor in ROUND]
    return [number for number in every if low <= number <= high]


def even_numbers(low: float, high: float) -> list[float]:
    """Three to six round numbers from one number to a higher one, equally far apart, ascending."""
    step = 10.0 ** math.floor(math.log10(high - low))
    step = next(step * f for f in (0.2, 0.5, 1, 2, 5) if (high - low) / (step * f) <= 5)
    return [n * step for n in range(math.ceil(low / step), math.floor(high / step) + 1)]
