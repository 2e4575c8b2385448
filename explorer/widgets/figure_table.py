"""A table of figures that is sorted by any column, copied, and written as CSV."""

from __future__ import annotations

import csv
import io
import math
import tkinter as tk
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from explorer.theme import (
    PATIENT_TOOLTIP_DELAY_MS,
    Frame,
    Palette,
    Scrollbar,
    Theme,
    Treeview,
    add_tooltip,
)

KEYS = (
    "Click a heading to sort by it, again for the other way round; by keyboard, Left and Right "
    "choose the column and the space bar turns the order round. Ctrl+C copies the table."
)


@dataclass(frozen=True)
class Column:
    """One column. Text columns are sorted from A, figures from the largest.

    heading: on the screen. name: in a file. width: in pixels at 96 dpi. tip: what the figure means.
    text(value): how a value is read; a file has the value itself.
    """

    heading: str
    name: str
    width: int
    tip: str
    text: Callable[[Any], str] = str
    figure: bool = True


@dataclass(frozen=True)
class Row:
    """A value for each column. quiet: in the muted colour, as there is nothing in it."""

    values: tuple[Any, ...]
    quiet: bool = False


class FigureTable(Frame):
    """Shows rows of figures; keeps its order and its selection while they change.

    on_select(index): another row was selected, by its index in what `show` was given.
    on_activate(index): Return, or a double click, on a row. on_copy(text): the table as text, with
    tabs between the values.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        *,
        on_select: Callable[[int], None],
        on_activate: Callable[[int], None],
        on_copy: Callable[[str], None],
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._on_select = on_select
        self._on_activate = on_activate
        self._on_copy = on_copy
        self._columns: tuple[Column, ...] = ()
        self._rows: tuple[Row, ...] = ()
        self._sorted_by: int | None = None
        self._descending = False
        self._told: int | None = None
        self._pointed: str | None = None
        self.tree = Treeview(self, show="headings", selectmode="browse", height=4)
        self._down = Scrollbar(self, orient="vertical", command=self.tree.yview)
        self._across = Scrollbar(self, orient="horizontal", command=self.tree.xview)
        self.tree.configure(
            yscrollcommand=lambda *ends: self._scrolled(self._down, *ends),
            xscrollcommand=lambda *ends: self._scrolled(self._across, *ends),
        )
        self.tree.grid(row=0, column=0, sticky="nsew")
        self._down.grid(row=0, column=1, sticky="ns")
        self._across.grid(row=1, column=0, sticky="ew")
        self._down.grid_remove()
        self._across.grid_remove()
        self.rowconfigure(0, weight=1)
        self.columnconfigure(0, weight=1)

        self.tree.bind("<<TreeviewSelect>>", lambda event: self._selected())
        self.tree.bind("<Double-Button-1>", self._double)
        for key in ("Return", "KP_Enter"):
            self.tree.bind(f"<{key}>", lambda event: self._activate())
        self.tree.bind("<Left>", lambda event: self._turn(-1))
        self.tree.bind("<Right>", lambda event: self._turn(1))
        self.tree.bind("<space>", lambda event: self._reverse())
        self.tree.bind("<Home>", lambda event: self._go_to(0))
        self.tree.bind("<End>", lambda event: self._go_to(-1))
        for key in ("Control-c", "Control-C"):
            self.tree.bind(f"<{key}>", lambda event: self._copy())
        self.tree.bind("<FocusIn>", lambda event: self._have_selection(), add="+")
        self.tree.bind("<Motion>", self._point, add="+")
        self._tip = add_tooltip(self.tree, KEYS, PATIENT_TOOLTIP_DELAY_MS, position="bottom")
        theme.subscribe(self, self._on_theme)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns from left to right."""
        return self._columns

    @property
    def order(self) -> tuple[int, ...]:
        """The rows from top to bottom, by their index in what `show` was given."""
        return tuple(int(item) for item in self.tree.get_children())

    @property
    def selected(self) -> int | None:
        """The index of the selected row."""
        selection = self.tree.selection()
        return int(selection[0]) if selection else None

    @property
    def sorted_by(self) -> tuple[int, bool] | None:
        """The column that the rows are sorted by, and whether the largest come first."""
        return None if self._sorted_by is None else (self._sorted_by, self._descending)

    def show(self, columns: Sequence[Column], rows: Sequence[Row], height: int) -> None:
        """Show other rows. Of the same columns, order and selection stay.

        height: rows that the table asks room for.
        """
        columns, rows = tuple(columns), tuple(rows)
        px, tree = self._theme.px, self.tree
        if [c.name for c in columns] != [c.name for c in self._columns]:
            self._sorted_by, self._descending = None, False
            selected = None
            names = [str(index) for index in range(len(columns))]
            tree.delete(*tree.get_children())
            tree.configure(columns=names, displaycolumns=names)
            for index, column in enumerate(columns):
                tree.column(
                    str(index),
                    width=px(column.width),
                    minwidth=px(column.width),
                    anchor="e" if column.figure else "w",
                    stretch=True,
                )
                tree.heading(
                    str(index),
                    anchor="e" if column.figure else "w",
                    command=lambda index=index: self.sort_by(index),
                )
        else:
            selected = self.selected
        self._columns, self._rows = columns, rows
        tree.configure(height=height)
        tree.delete(*tree.get_children())
        for index, row in enumerate(rows):
            texts = [c.text(value) for c, value in zip(columns, row.values, strict=True)]
            tags = ("quiet",) if row.quiet else ()
            tree.insert("", "end", iid=str(index), values=texts, tags=tags)
        self._show_headings()
        self._arrange()
        if rows:
            self.select(selected if selected is not None and selected < len(rows) else 0)

    def select(self, index: int) -> None:
        """Select a row, by its index in what `show` was given."""
        self.tree.selection_set(str(index))
        self.tree.focus(str(index))
        self.tree.see(str(index))
        self._told = index

    def sort_by(self, index: int, descending: bool | None = None) -> None:
        """Sort by a column; by default the other way round if it is sorted by it already.

        Figures begin with the largest: that is what one looks for.
        """
        if descending is None:
            again = index == self._sorted_by
            descending = not self._descending if again else self._columns[index].figure
        self._sorted_by, self._descending = index, descending
        self._show_headings()
        self._arrange()
        self.tree.yview_moveto(0.0)

    def text(self) -> str:
        """The table in its order, with tabs between the values, as spreadsheets paste it."""
        return self._written("\t")

    def csv(self) -> str:
        """The table in its order as comma-separated values, RFC 4180."""
        return self._written(",")

    # ---- helpers -------------------------------------------------------------------------------

    def _written(self, between: str) -> str:
        out = io.StringIO()
        writer = csv.writer(out, delimiter=between, lineterminator="\r\n")
        writer.writerow([column.name for column in self._columns])
        for index in self.order:
            writer.writerow([_plain(value) for value in self._rows[index].values])
        return out.getvalue()

    def _arrange(self) -> None:
        order = range(len(self._rows))
        if self._sorted_by is not None:
            values = {i: self._rows[i].values[self._sorted_by] for i in order}
            known = [i for i in order if not _missing(values[i])]
            known.sort(key=lambda i: values[i], reverse=self._descending)
            # What has no value is neither large nor small.
            order = [*known, *(i for i in order if _missing(values[i]))]
        for place, index in enumerate(order):
            self.tree.move(str(index), "", place)

    def _show_headings(self) -> None:
        for index, column in enumerate(self._columns):
            mark = ("▾" if self._descending else "▴") if index == self._sorted_by else ""
            self.tree.heading(str(index), text=f"{column.heading}{mark}")

    def _selected(self) -> None:
        index = self.selected
        if index is not None and index != self._told:
            self._told = index
            self._on_select(index)

    def _turn(self, step: int) -> str:
        if self._columns:
            if self._sorted_by is None:
                index = 0 if step > 0 else len(self._columns) - 1
            else:
                index = (self._sorted_by + step) % len(self._columns)
            self.sort_by(index, descending=self._columns[index].figure)
        return "break"

    def _reverse(self) -> str:
        if self._sorted_by is not None:
            self.sort_by(self._sorted_by)
        return "break"

    def _go_to(self, place: int) -> str:
        if self._rows:
            self.select(self.order[place])
            self._told = None
            self._selected()
        return "break"

    def _have_selection(self) -> None:
        """Select a row: the arrow keys need one to go from."""
        if self._rows and self.selected is None:
            self.select(self.order[0])

    def _double(self, event: tk.Event) -> str | None:
        if self.tree.identify_region(event.x, event.y) != "cell":
            return None  # the second click of two on a heading is a click, too
        return self._activate()

    def _activate(self) -> str:
        if self.selected is not None:
            self._on_activate(self.selected)
        return "break"

    def _copy(self) -> str:
        if self._rows:
            self._on_copy(self.text())
        return "break"

    def _point(self, event: tk.Event) -> None:
        """Explain the column that the pointer is in."""
        column = self.tree.identify_column(event.x) if self._columns else ""
        if column != self._pointed:
            self._pointed = column
            index = int(column[1:] or 0) - 1
            about = self._columns[index] if 0 <= index < len(self._columns) else None
            tip = KEYS if about is None else f"{about.heading}: {about.tip}\n\n{KEYS}"
            self._tip.configure(text=tip)

    def _scrolled(self, bar: Scrollbar, first: str, last: str) -> None:
        """Show a scroll bar where there is more than the room for it."""
        bar.set(first, last)
        if float(first) <= 0.0 and float(last) >= 1.0:
            bar.grid_remove()
        else:
            bar.grid()

    def _on_theme(self, palette: Palette) -> None:
        self.tree.tag_configure("quiet", foreground=palette.muted)


def _missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _plain(value: Any) -> Any:
    """What stands in a file: NumPy's numbers as Python's, with every digit; nothing for NaN."""
    if _missing(value):
        return ""
    return value.item() if hasattr(value, "item") else value
