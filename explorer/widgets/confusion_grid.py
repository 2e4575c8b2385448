"""Which class is taken for which: a grid of counts, darker where more, whose cells are chosen."""

from __future__ import annotations

import tkinter as tk
import tkinter.font as tkfont
from collections.abc import Callable, Sequence

import numpy as np

from explorer.theme import Palette, Theme, font
from explorer.widgets.choices import Choices, fitted

EDGE = 2  # pixels at 96 dpi, like all lengths here; for the focus ring of the outermost cells
HEADING, NAMES = 15, 16  # heights of the two lines above the cells
TITLE_WIDTH = 15  # of the turned word at the left
NAME_LEAST, NAME_MOST = 14, 74  # widths of the names at the left
FIGURE_GAP = 8  # before each column of figures at the right
CELL_LEAST, CELL_MOST = 8, 46
FLATTER = 1.6  # a cell is at most so many times as wide as it is high
FAINTEST = 0.16  # share of the colour in a cell with one image; the emptiest has none
POINTS = 9
LEAST_POINTS = 7  # of counts with many digits in narrow cells
LEGIBLE = 0.55  # from this share of the colour on, numbers are written in the colour upon it


class ConfusionGrid(Choices):
    """Shows counts (C, C), rows what images are, columns what they are taken for.

    At the right of each row stand its figures. The diagonal, which is no mistake, has its own calm
    colour; the mistakes are shaded by their share of the row, the worst of all the darkest.

    on_choose(row, column): see `Choices`. The chosen cell keeps a frame.
    """

    def __init__(
        self, parent: tk.Misc, theme: Theme, *, on_choose: Callable[[int, int], None]
    ) -> None:
        super().__init__(
            parent,
            theme,
            width=theme.px(260),
            height=theme.px(240),
            steps={},
            on_choose=lambda index: self._choose(*divmod(index, self._count), on_choose),
        )
        self._counts = np.zeros((0, 0), int)
        self._names: tuple[str, ...] = ()
        self._titles: tuple[str, ...] = ()
        self._figures: tuple[tuple[str, ...], ...] = ()
        self._chosen: tuple[int, int] | None = None
        self._cell = (1, 1)
        self._origin = (0, 0)
        self._small = tkfont.Font(self, font=font(POINTS))
        self._tight = tkfont.Font(self, font=font(LEAST_POINTS))
        self._bold = tkfont.Font(self, font=font(POINTS, bold=True))
        self._frame = self.create_rectangle(0, 0, 0, 0, width=theme.px(2), state="hidden")
        for key, rows, columns in (
            *(("Left", 0, -1), ("Right", 0, 1)),
            *(("Up", -1, 0), ("Down", 1, 0)),
        ):
            self.bind(f"<{key}>", lambda event, way=(rows, columns): self._step(*way))
        theme.subscribe(self, self._on_theme)

    @property
    def counts(self) -> np.ndarray:
        """(C, C), what is shown."""
        return self._counts

    @property
    def figures(self) -> tuple[tuple[str, ...], ...]:
        """The texts at the right of each row."""
        return self._figures

    @property
    def chosen(self) -> tuple[int, int] | None:
        """The cell with the frame."""
        return self._chosen

    def show(
        self,
        counts: np.ndarray,
        names: Sequence[str],
        titles: Sequence[str] = (),
        figures: Sequence[Sequence[str]] = (),
    ) -> None:
        """Show other counts.

        counts: (C, C). names: of the classes. titles: of the columns of figures at the right.
        figures: C rows of them.
        """
        self._counts, self._names = np.asarray(counts), tuple(names)
        self._titles, self._figures = tuple(titles), tuple(tuple(row) for row in figures)
        self._cursor = None if self._cursor is None else min(self._cursor, self._choosable - 1)
        self._chosen = None
        self.configure(takefocus=self._count > 0)
        self._schedule()

    def set_chosen(self, cell: tuple[int, int] | None) -> None:
        """Frame a cell, (row, column)."""
        self._chosen = cell
        if cell is not None:
            self._cursor = cell[0] * self._count + cell[1]
        self._mark()

    def index_at(self, x: float, y: float) -> int | None:
        """See `Choices`: row times C plus column."""
        column = (x - self._origin[0]) // self._cell[0]
        row = (y - self._origin[1]) // self._cell[1]
        if 0 <= row < self._count and 0 <= column < self._count:
            return int(row * self._count + column)
        return None

    def box_of(self, index: int) -> tuple[int, int, int, int]:
        """See `Choices`."""
        row, column = divmod(index, self._count)
        left, top = self._origin[0] + column * self._cell[0], self._origin[1] + row * self._cell[1]
        return left, top, left + self._cell[0], top + self._cell[1]

    # ---- layout --------------------------------------------------------------------------------

    @property
    def _count(self) -> int:
        return len(self._counts)

    @property
    def _choosable(self) -> int:
        return self._count**2

    @property
    def _first(self) -> int:
        if self._chosen is None:
            return 0
        return self._chosen[0] * self._count + self._chosen[1]

    def _layout(self) -> None:
        self.delete("drawn")
        width, height, px = self.winfo_width(), self.winfo_height(), self._theme.px
        if not self._count or width < 2:
            return
        palette, measure = self._theme.palette, self._small.measure
        names = max(px(NAME_LEAST), min(px(NAME_MOST), max(map(measure, self._names))))
        columns = [
            px(FIGURE_GAP) + max(measure(text) for text in (title, *(r[i] for r in self._figures)))
            for i, title in enumerate(self._titles)
        ]
        left = px(TITLE_WIDTH) + names + px(6)
        top = px(HEADING) + px(NAMES)
        room = width - left - sum(columns) - px(EDGE), height - top - px(EDGE)
        low, high = px(CELL_LEAST), px(CELL_MOST)
        tall = min(high, max(low, room[1] // self._count))
        wide = min(high, int(FLATTER * tall), max(low, room[0] // self._count))
        self._cell, self._origin = (wide, tall), (left, top)
        right = left + wide * self._count
        self._write_frame(left, top, names, palette)
        self._draw_cells(palette)
        for i, title in enumerate(self._titles):
            right += columns[i]
            self.create_text(
                *(right, top - px(2)), anchor="se", text=title, font=self._small,
                fill=palette.muted, tags="drawn",
            )  # fmt: skip
            for row, texts in enumerate(self._figures):
                self.create_text(
                    *(right, top + (row + 0.5) * tall), anchor="e", text=texts[i],
                    font=self._small, fill=palette.foreground, tags="drawn",
                )  # fmt: skip

    def _write_frame(self, left: int, top: int, names: int, palette: Palette) -> None:
        """The names of rows and columns, and what both are."""
        px, (wide, tall), count = self._theme.px, self._cell, self._count
        for text, place, turned in (
            ("taken for", (left + wide * count / 2, px(HEADING) / 2), 0),
            ("the image's class", (px(TITLE_WIDTH) / 2, top + tall * count / 2), 90),
        ):
            self.create_text(
                *place, text=text, angle=turned, font=self._small, fill=palette.muted, tags="drawn"
            )
        for index, name in enumerate(self._names):
            short = fitted(name, wide - px(2), self._small.measure)
            self.create_text(
                *(left + (index + 0.5) * wide, top - px(2)), anchor="s", text=short,
                font=self._small, fill=palette.foreground, tags="drawn",
            )  # fmt: skip
            self.create_text(
                *(left - px(6), top + (index + 0.5) * tall), anchor="e",
                text=fitted(name, names, self._small.measure),
                font=self._small, fill=palette.foreground, tags="drawn",
            )  # fmt: skip

    def _draw_cells(self, palette: Palette) -> None:
        totals = np.maximum(self._counts.sum(axis=1, keepdims=True), 1)
        shares = self._counts / totals
        mistakes = np.where(np.eye(self._count, dtype=bool), 0.0, shares)
        worst = max(mistakes.max(), 1e-12)
        room, high = self._cell[0] - self._theme.px(2), self._small.metrics("linespace") - 2
        for index in range(self._choosable):
            row, column = divmod(index, self._count)
            count = int(self._counts[row, column])
            strength = 0.0
            fill, ink = palette.background, palette.muted
            if row == column:
                fill, ink = palette.surface, palette.foreground
            elif count:
                strength = FAINTEST + (1.0 - FAINTEST) * mistakes[row, column] / worst
                fill = _mixed(palette.background, palette.warning, strength)
                ink = _ink_on(fill) if strength > LEGIBLE else palette.foreground
            left, top, right, bottom = self.box_of(index)
            self.create_rectangle(
                *(left, top, right, bottom), fill=fill, outline=palette.border, tags="drawn"
            )
            text, letters = f"{count}", self._bold if row == column else self._small
            if letters.measure(text) > room:
                letters = self._tight
            if count and letters.measure(text) <= room and bottom - top >= high:
                self.create_text(
                    *((left + right) / 2, (top + bottom) / 2),
                    text=text,
                    font=letters,
                    fill=ink,
                    tags="drawn",
                )

    # ---- marks ---------------------------------------------------------------------------------

    def _mark(self) -> None:
        super()._mark()
        self.itemconfigure(self._hover, fill="", outline=self._theme.palette.muted, width=1)
        for item in (self._hover, self._frame, self._ring):
            self.tag_raise(item)
        if self._chosen is None or not self._count:
            self.itemconfigure(self._frame, state="hidden")
            return
        self.coords(self._frame, *self.box_of(self._chosen[0] * self._count + self._chosen[1]))
        self.itemconfigure(self._frame, state="normal")

    def _on_theme(self, palette: Palette) -> None:
        super()._on_theme(palette)
        self.itemconfigure(self._frame, outline=palette.foreground)
        self._schedule()

    def _choose(self, row: int, column: int, on_choose: Callable[[int, int], None]) -> None:
        self.set_chosen((row, column))
        on_choose(row, column)

    def _step(self, rows: int, columns: int) -> str:
        """To the cell beside, and no farther than the edge."""
        if self._cursor is not None and self._count:
            row, column = divmod(self._cursor, self._count)
            row = min(max(row + rows, 0), self._count - 1)
            column = min(max(column + columns, 0), self._count - 1)
            self._cursor = row * self._count + column
            self._mark()
        return "break"


def _levels(colour: str) -> list[int]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


def _mixed(first: str, second: str, share: float) -> str:
    """A colour between two, #rrggbb."""
    pairs = zip(_levels(first), _levels(second), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _ink_on(fill: str) -> str:
    """Black or white, whichever is read better on a colour (WCAG 2.2, relative luminance)."""
    linear = [((level / 255 + 0.055) / 1.055) ** 2.4 for level in _levels(fill)]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#000000" if luminance > 0.18 else "#ffffff"
