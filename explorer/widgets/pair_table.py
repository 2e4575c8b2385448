"""A small table of figures of two models, A and B, the better one marked."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Sequence
from dataclasses import dataclass

from explorer.theme import Frame, Label, Palette, Theme, Tooltip, add_tooltip, font

TICK = "✓ "
MISSING = "–"
LARGEST_NAME = 28  # characters of a model's name; its end tells more than its beginning


@dataclass(frozen=True)
class Row:
    """One figure of both.

    name: what it is. a, b: None where it is not known. digits: after the point. lower_is_better:
    None where neither is better. tip: what it means.
    """

    name: str
    a: float | None
    b: float | None
    digits: int = 1
    lower_is_better: bool | None = True
    tip: str = ""

    @property
    def better(self) -> str:
        """`a`, `b`, or nothing where they are equal as they are written."""
        if self.lower_is_better is None or self.a is None or self.b is None:
            return ""
        a, b = round(self.a, self.digits), round(self.b, self.digits)
        if a == b:
            return ""
        return "a" if (a < b) == self.lower_is_better else "b"


class PairTable(Frame):
    """Shows rows of figures; the better of two is bold, in the accent colour, and has a tick."""

    def __init__(self, parent: tk.Misc, theme: Theme) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows: tuple[Row, ...] = ()
        self._cells: list[tuple[Label, Label, Label]] = []
        self._tips: list[Tooltip] = []  # of the rows
        self._names = [self._label(0, column, "e") for column in (1, 2)]
        self.columnconfigure(0, minsize=theme.px(96))
        self.columnconfigure(3, weight=1)
        theme.subscribe(self, self._on_theme)

    @property
    def rows(self) -> tuple[Row, ...]:
        """What is shown."""
        return self._rows

    @property
    def texts(self) -> list[tuple[str, str, str]]:
        """What is written: name, A and B of each row."""
        return [tuple(str(label.cget("text")) for label in cells) for cells in self._cells]

    def show(self, names: tuple[str, str], rows: Sequence[Row]) -> None:
        """Show other figures. names: of the two models."""
        for letter, label, name in zip("AB", self._names, names, strict=True):
            short = name if len(name) <= LARGEST_NAME else f"…{name[1 - LARGEST_NAME :]}"
            label.configure(text=f"{letter}  {short}")
        while len(self._cells) > len(rows):
            self._tips.pop()
            for label in self._cells.pop():
                label.destroy()
        while len(self._cells) < len(rows):
            row = len(self._cells) + 1
            self._cells.append(tuple(self._label(row, c, "e" if c else "w") for c in range(3)))
            self._tips.append(add_tooltip(self._cells[-1][0], ""))
        self._rows = tuple(rows)
        for row, cells, tip in zip(rows, self._cells, self._tips, strict=True):
            cells[0].configure(text=row.name)
            tip.configure(text=row.tip)
            self._write(row, cells)

    def _write(self, row: Row, cells: tuple[Label, Label, Label]) -> None:
        palette = self._theme.palette
        for key, figure, label in zip("ab", (row.a, row.b), cells[1:], strict=True):
            text = MISSING if figure is None else f"{figure:,.{row.digits}f}"
            best = row.better == key
            label.configure(
                text=f"{TICK}{text}" if best else text,
                foreground=palette.accent if best else palette.foreground,
                font=font(9, bold=best),
            )

    def _label(self, row: int, column: int, side: str) -> Label:
        px = self._theme.px
        label = Label(self, font=font(9), anchor=side)
        label.grid(row=row, column=column, sticky="ew", padx=(0, px(18)), pady=0)
        return label

    def _on_theme(self, palette: Palette) -> None:
        for label in self._names:
            label.configure(foreground=palette.muted)
        for row, cells in zip(self._rows, self._cells, strict=True):
            cells[0].configure(foreground=palette.foreground)
            self._write(row, cells)
