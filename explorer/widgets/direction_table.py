"""A table of directions and what each one does, sorted by any column."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence

from explorer.direction_rows import TableRow, columns, sorted_rows
from explorer.semantic import Key
from explorer.theme import (
    PATIENT_TOOLTIP_DELAY_MS,
    Frame,
    Label,
    Palette,
    Scrollbar,
    Theme,
    Treeview,
    add_tooltip,
)

TEXT_COLUMNS = 2  # of the first ones; all others hold figures
LINE = "What a walk of 1 does, in standard deviations of digits."
TOOLTIP = (
    "Every direction and what a walk of one unit along it does to the attributes of handwriting, "
    "measured on 500 random points, in standard deviations of real digits; Effect in the unit of "
    "the attribute it is named after; ok: whether it changes that one above all. Click a heading "
    "to sort by it, again for the other way round; attributes are sorted by how strongly they "
    "change, since a direction may be walked either way. With the keyboard: Left and Right choose "
    "the column, the space bar turns the order round. Return or a double click shows the direction "
    "as a slider."
)


class DirectionTable(Frame):
    """Shows rows, and keeps the chosen order and the selection while they are filled in.

    on_activate(key): Return, or a double click, on a row.
    """

    def __init__(
        self, parent: tk.Misc, theme: Theme, *, on_activate: Callable[[Key], None]
    ) -> None:
        super().__init__(parent)
        self._on_activate = on_activate
        self._columns = columns()
        self.line = Label(self, bootstyle="secondary")
        self._sorted_by: int | None = None  # the order of the sets
        self._descending = False
        self._rows: tuple[TableRow, ...] = ()
        self._at_top = True  # no row was chosen yet: the first one is selected, whichever it is
        self._shown: dict[str, TableRow] = {}  # by the item of the tree, which is its key
        self.tree = Treeview(
            self,
            columns=[str(index) for index in range(len(self._columns))],
            show="headings",
            selectmode="browse",
            height=4,
        )
        for index, column in enumerate(self._columns):
            self.tree.column(
                str(index),
                width=theme.px(column.width),
                minwidth=theme.px(min(column.width, 33)),
                anchor="w" if index < TEXT_COLUMNS else "center" if column.heading == "ok" else "e",
                stretch=True,
            )
            self.tree.heading(
                str(index), command=lambda index=index: self.sort_by(index), anchor="center"
            )
        bar = Scrollbar(self, orient="vertical", command=self.tree.yview)
        self.tree.configure(yscrollcommand=bar.set)
        self.line.grid(row=0, column=0, columnspan=2, sticky="w", pady=(0, theme.px(6)))
        self.tree.grid(row=1, column=0, sticky="nsew")
        bar.grid(row=1, column=1, sticky="ns")
        self.rowconfigure(1, weight=1)
        self.columnconfigure(0, weight=1)
        self._show_headings()

        self.tree.bind("<Button-1>", self._press)
        self.tree.bind("<Double-Button-1>", self._double)
        for key in ("Return", "KP_Enter"):
            self.tree.bind(f"<{key}>", lambda event: self._activate())
        for key in ("Up", "Down", "Prior", "Next"):
            self.tree.bind(f"<{key}>", lambda event: self._leave_top())
        self.tree.bind("<Left>", lambda event: self._turn(-1))
        self.tree.bind("<Right>", lambda event: self._turn(1))
        self.tree.bind("<space>", lambda event: self._reverse())
        self.tree.bind("<Home>", lambda event: self._go_to(0))
        self.tree.bind("<End>", lambda event: self._go_to(-1))
        self.tree.bind("<FocusIn>", lambda event: self._have_selection(), add="+")
        add_tooltip(self.tree, TOOLTIP, PATIENT_TOOLTIP_DELAY_MS, position="top")
        theme.subscribe(self, self._on_theme)

    @property
    def rows(self) -> tuple[TableRow, ...]:
        """The rows from top to bottom."""
        return tuple(self._shown[item] for item in self.tree.get_children())

    @property
    def selected(self) -> Key | None:
        """The selected row."""
        selection = self.tree.selection()
        return self._shown[selection[0]].key if selection else None

    def set_rows(self, rows: Sequence[TableRow]) -> None:
        """Show other rows, or other figures of the same ones; a chosen row stays in view."""
        self._rows = tuple(rows)
        had_selection = bool(self.tree.selection())
        wanted = {_item(row): row for row in rows}
        gone = [item for item in self._shown if item not in wanted]
        if gone:
            self.tree.delete(*gone)
        for item, row in wanted.items():
            if self._shown.get(item) == row:
                continue
            texts = [column.text(row) for column in self._columns]
            tags = ("wrong",) if row.verdict is False else ()
            if item in self._shown and item not in gone:
                self.tree.item(item, values=texts, tags=tags)
            else:
                self.tree.insert("", "end", iid=item, values=texts, tags=tags)
        self._shown = wanted
        moved = self._arrange()
        if had_selection and not self.tree.selection():
            self._select_first()
        self._follow_top()
        # What nobody chose is not followed down: rows come in above it while the page works.
        if moved and not self._at_top and self.tree.selection():
            self.tree.see(self.tree.selection()[0])

    def sort_by(self, index: int, descending: bool | None = None) -> None:
        """Sort by a column; by default the other way round if it is sorted by it already.

        Numbers begin with the largest: that is what one looks for, so the top comes into view.
        """
        if descending is None:
            again = index == self._sorted_by
            descending = not self._descending if again else index >= TEXT_COLUMNS
        self._sorted_by, self._descending = index, descending
        self._show_headings()
        self._arrange()
        self._follow_top()
        self.tree.yview_moveto(0.0)

    def select(self, key: Key) -> None:
        """Select a row and bring it into view."""
        item = next((item for item, row in self._shown.items() if row.key == key), None)
        if item is not None:
            self._at_top = False
            self._select(item)
            self.tree.see(item)

    def _select(self, item: str) -> None:
        self.tree.selection_set(item)
        self.tree.focus(item)

    def _select_first(self) -> None:
        self._at_top = True
        for item in self.tree.get_children()[:1]:
            self._select(item)

    def _follow_top(self) -> None:
        if self._at_top and self.tree.selection() not in ((), self.tree.get_children()[:1]):
            self._select_first()

    def _leave_top(self) -> None:
        self._at_top = False

    def _press(self, event: tk.Event) -> None:
        if self.tree.identify_region(event.x, event.y) == "cell":
            self._leave_top()

    def _arrange(self) -> bool:
        """Bring the rows into their order; whether one had to move."""
        rows = self._rows
        if self._sorted_by is not None:
            rows = sorted_rows(rows, self._columns[self._sorted_by], self._descending)
        order = tuple(map(_item, rows))
        if order == self.tree.get_children():
            return False
        for index, item in enumerate(order):
            self.tree.move(item, "", index)
        return True

    def _show_headings(self) -> None:
        for index, column in enumerate(self._columns):
            mark = ("▾" if self._descending else "▴") if index == self._sorted_by else ""
            self.tree.heading(str(index), text=f"{column.heading}{mark}")
        if self._sorted_by is None:
            self.line.configure(text=LINE)
            return
        column = self._columns[self._sorted_by]
        begun = self._descending == (self._sorted_by >= TEXT_COLUMNS)
        self.line.configure(text=f"{LINE} By {column.heading}, {column.order[not begun]}.")

    def _turn(self, step: int) -> str:
        if self._sorted_by is None:
            self.sort_by(0 if step > 0 else len(self._columns) - 1)
        else:
            index = (self._sorted_by + step) % len(self._columns)
            self.sort_by(index, descending=index >= TEXT_COLUMNS)
        return "break"

    def _reverse(self) -> str:
        if self._sorted_by is not None:
            self.sort_by(self._sorted_by)
        return "break"

    def _go_to(self, index: int) -> str:
        rows = self.rows
        if rows:
            self.select(rows[index].key)
        return "break"

    def _have_selection(self) -> None:
        """Select a row: the arrow keys need one to go from."""
        if not self.tree.selection():
            self._select_first()

    def _double(self, event: tk.Event) -> str | None:
        if self.tree.identify_region(event.x, event.y) != "cell":
            return None  # the second click of two on a heading is a click, too
        return self._activate()

    def _activate(self) -> str:
        key = self.selected
        if key is not None:
            self._on_activate(key)
        return "break"

    def _on_theme(self, palette: Palette) -> None:
        self.tree.tag_configure("wrong", foreground=palette.warning)


def _item(row: TableRow) -> str:
    return "\n".join(row.key)
