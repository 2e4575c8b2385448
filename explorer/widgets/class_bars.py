"""How often each class is in a set: a bar for each, and a line where another count puts it."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from tkinter.font import Font

import numpy as np

from explorer.theme import Palette, Theme, font
from explorer.widgets.choices import Choices, fitted

WIDTH, HEIGHT = 112, 60  # pixels at 96 dpi, like all lengths here
LINE_HEIGHT = 13
GAP = 2  # between bars
WIDEST = 24  # of a bar and its gap
TALLEST = 1.1  # times the width: in a tall place the bars stand in the middle
LEAST_HEIGHT = 1  # of a bar that is not nothing
SCALE = 0.15  # the share at the top, unless a class has more


class ClassBars(Choices):
    """Shows shares (classes,) as bars, and others as lines across them.

    on_choose(index): a class was chosen; see `Choices`. The bar under the pointer, or under the
    keyboard's cursor, tells its figures in the place of the heading above the bars.
    """

    def __init__(self, parent: tk.Misc, theme: Theme, *, on_choose: Callable[[int], None]) -> None:
        super().__init__(
            parent,
            theme,
            width=theme.px(WIDTH),
            height=theme.px(HEIGHT),
            steps={"Left": -1, "Right": 1, "Up": 1, "Down": -1},
            on_choose=on_choose,
        )
        self._names: tuple[str, ...] = ()
        self._shares = np.zeros(0)
        self._lines: np.ndarray | None = None
        self._top = SCALE
        self._heading = ""
        self._chosen: int | None = None
        self._small = Font(self, font=font(8))
        self._bold = Font(self, font=font(8, bold=True))
        self._text = self.create_text(0, 0, anchor="n", font=self._small)
        self._place = (0.0, 1.0, 0.0, 1.0)  # left, pitch, top and bottom of the bars
        theme.subscribe(self, self._on_theme)

    @property
    def shares(self) -> np.ndarray:
        """What is shown; empty if nothing is."""
        return self._shares

    @property
    def lines(self) -> np.ndarray | None:
        """The shares that lines show."""
        return self._lines

    @property
    def text(self) -> str:
        """What is written above the bars."""
        return self.itemcget(self._text, "text")

    def show(
        self,
        shares: Sequence[float],
        names: Sequence[str],
        *,
        lines: Sequence[float] | None = None,
        heading: str = "",
        chosen: int | None = None,
        top: float = SCALE,
    ) -> None:
        """Show other shares, one for each name; none at all leave the heading alone.

        chosen: the class that is in the accent colour. top: the share that fills the height.
        """
        if len(shares) != len(names) or (lines is not None and len(lines) != len(names)):
            raise ValueError(f"{len(shares)} shares do not fit {len(names)} names")
        self._shares = np.asarray(shares, np.float64)
        self._names, self._heading, self._chosen = tuple(names), heading, chosen
        self._lines = None if lines is None else np.asarray(lines, np.float64)
        self._top = top
        self.configure(takefocus=len(names) > 0)
        self._schedule()

    def index_at(self, x: float, y: float) -> int | None:
        """See `Choices`."""
        left, pitch, _, _ = self._place
        index = int((x - left) // pitch)
        return index if 0 <= index < len(self._names) else None

    def box_of(self, index: int) -> tuple[int, int, int, int]:
        """See `Choices`: the column of a class, with its name."""
        left, pitch, top, bottom = self._place
        line = self._theme.px(LINE_HEIGHT)
        return (
            round(left + index * pitch),
            round(top),
            round(left + (index + 1) * pitch),
            round(bottom + line),
        )

    @property
    def _choosable(self) -> int:
        return len(self._names)

    def _layout(self) -> None:
        self.delete("bars")
        palette, px, count = self._theme.palette, self._theme.px, len(self._names)
        width, line = self.winfo_width(), px(LINE_HEIGHT)
        height = min(self.winfo_height(), int(TALLEST * width))
        above = (self.winfo_height() - height) // 2
        self.coords(self._text, width / 2, above)
        self.itemconfigure(self._text, fill=palette.muted)
        if not count or width < 2:
            self._write()
            return
        pitch = min(width / count, px(WIDEST))
        left = (width - pitch * count) / 2
        top, bottom = above + line + px(3), above + height - line - px(1)
        self._place = left, pitch, top, bottom
        readable = max(map(self._small.measure, self._names)) <= pitch
        half = max(1.0, (pitch - px(GAP)) / 2)

        def level(share: float) -> float:
            return bottom - min(share / self._top, 1.0) * (bottom - top)

        for index, (share, name) in enumerate(zip(self._shares, self._names, strict=True)):
            middle, wins = left + (index + 0.5) * pitch, index == self._chosen
            tip = level(share) if share == 0 else min(level(share), bottom - px(LEAST_HEIGHT))
            self.create_rectangle(
                *(middle - half, tip, middle + half, bottom),
                width=0,
                fill=palette.accent if wins else palette.muted,
                tags=("bars", "bar"),
            )
            if self._lines is not None:
                at = level(self._lines[index])
                self.create_line(
                    *(middle - pitch / 2, at, middle + pitch / 2, at),
                    width=px(2),
                    fill=palette.foreground,
                    tags=("bars", "line"),
                )
            if readable:
                self.create_text(
                    *(middle, bottom + px(1)),
                    anchor="n",
                    text=name,
                    font=self._bold if wins else self._small,
                    fill=palette.accent if wins else palette.muted,
                    tags="bars",
                )
        self.create_line(
            left, bottom, left + pitch * count, bottom, fill=palette.border, tags="bars"
        )
        self._write()

    def _walk(self, step: int) -> str:
        self._hovered = None  # the keys have the word, wherever the pointer rests
        return super()._walk(step)

    def _mark(self) -> None:
        super()._mark()
        self.tag_lower(self._hover)
        self._write()

    def _write(self) -> None:
        """Write the figures of the bar that is pointed at, or the heading."""
        index = self._hovered
        if index is None and self._focused:
            index = self._cursor
        text = self._heading
        if index is not None and index < len(self._names):
            text = f"{self._names[index]}: {self._shares[index]:.1%}"
            if self._lines is not None:
                text += f" | {self._lines[index]:.1%}"
        width = self.winfo_width()
        self.itemconfigure(self._text, text=fitted(text, width, self._small.measure))

    def _on_theme(self, palette: Palette) -> None:
        super()._on_theme(palette)
        self._schedule()
