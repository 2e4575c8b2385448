"""What a generator is judged by, in a table: a row for each figure, a column for each model."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping, Sequence

from explorer.theme import (
    PATIENT_TOOLTIP_DELAY_MS,
    Frame,
    Palette,
    Scrollbar,
    Theme,
    Treeview,
    add_tooltip,
    font,
)
from vae.figures import GROUPS, HIGHER, LOWER, Figure

NAME, THIS, SECOND, REAL = COLUMNS = ("name", "this", "second", "real")
NAME_WIDTH, VALUE_WIDTH = 200, 96  # pixels at 96 dpi, the least
ARROWS = {LOWER: "↓", HIGHER: "↑"}
BETTER = "✓ "
WAITING = "…"
UNMEASURED = ""
TIP = (
    "What a generator is judged by. Point at a row, or walk to it with the arrow keys, for what "
    "its figure means."
)
DIRECTIONS = {LOWER: "Lower is better. ", HIGHER: "Higher is better. "}
GROUP_WORDS = dict(
    zip(
        GROUPS,
        (
            "Samples of N(0, I), decoded, against real test digits.",
            "Samples of the mixture that was fitted to encoded training digits, decoded, against "
            "real test digits.",
            "Real test digits, encoded and decoded again: what the model keeps of them, and what "
            "their codes cost.",
        ),
        strict=True,
    )
)

Scores = Mapping[str, Figure]  # figures by their keys; those that are missing are not measured


class ScoreTable(Frame):
    """Shows the figures of up to two models and of real digits.

    on_select(text): another row is selected, or what is known of it has changed: words about it;
    empty if none is.
    """

    def __init__(self, parent: tk.Misc, theme: Theme, *, on_select: Callable[[str], None]) -> None:
        super().__init__(parent)
        self._theme = theme
        self._on_select = on_select
        self._figures: tuple[Figure, ...] = ()
        self._scores: dict[str, Scores] = {}
        self._headings: dict[str, str] = {}
        self._waiting: str | None = None
        self._tipped: str | None = None
        self.tree = Treeview(self, columns=COLUMNS, show="headings", selectmode="browse", height=6)
        for column in COLUMNS:
            is_name = column == NAME
            width = theme.px(NAME_WIDTH if is_name else VALUE_WIDTH)
            anchor = "w" if is_name else "e"
            self.tree.column(column, width=width, minwidth=width, anchor=anchor, stretch=True)
            self.tree.heading(column, anchor=anchor)
        bar = Scrollbar(self, orient="vertical", command=self.tree.yview)
        self.tree.configure(yscrollcommand=bar.set)
        self.tree.grid(row=0, column=0, sticky="nsew")
        bar.grid(row=0, column=1, sticky="ns")
        self.rowconfigure(0, weight=1)
        self.columnconfigure(0, weight=1)
        self.tip = add_tooltip(self.tree, TIP, PATIENT_TOOLTIP_DELAY_MS)
        self.tree.bind("<Configure>", lambda event: self._share_width(), add="+")
        self.tree.bind("<<TreeviewSelect>>", lambda event: self._tell())
        self.tree.bind("<Motion>", self._explain, add="+")
        self.tree.bind("<Home>", lambda event: self._go_to(0))
        self.tree.bind("<End>", lambda event: self._go_to(-1))
        self.tree.bind("<FocusIn>", lambda event: self._have_selection(), add="+")
        theme.subscribe(self, self._on_theme)

    @property
    def selected(self) -> str | None:
        """The figure or the group that is selected, by its key or its name."""
        selection = self.tree.selection()
        return selection[0] if selection else None

    @property
    def shown_columns(self) -> tuple[str, ...]:
        """The columns beside the names."""
        return tuple(column for column in COLUMNS if column in self._scores)

    def cell(self, key: str, column: str) -> str:
        """What is written in a row and a column."""
        return str(self.tree.set(key, column))

    def show(
        self,
        figures: Sequence[Figure],
        scores: Mapping[str, Scores],
        headings: Mapping[str, str],
        waiting: str | None = None,
    ) -> None:
        """Show other figures; the selection and what is in view stay.

        figures: definitions, in their order. scores: by THIS, SECOND and REAL; a column that is
        not among them is not shown. headings: what the columns are called. waiting: the column that
        is being measured.
        """
        self._figures, self._scores = tuple(figures), dict(scores)
        self._headings, self._waiting = dict(headings), waiting
        displayed = (NAME, *self.shown_columns)
        if tuple(map(str, self.tree.cget("displaycolumns"))) != displayed:
            self.tree.configure(displaycolumns=displayed)
            self._share_width()
        self.tree.heading(NAME, text="Figure")
        for column, text in headings.items():
            self.tree.heading(column, text=text)
        wanted = self._rows()
        if tuple(wanted) != self.tree.get_children():
            self.tree.delete(*self.tree.get_children())
            for item in wanted:
                self.tree.insert("", "end", iid=item, tags=("group",) if item in GROUPS else ())
        for item, texts in wanted.items():
            if tuple(map(str, self.tree.item(item, "values"))) != texts:
                self.tree.item(item, values=texts)
        self._tell()

    def words_about(self, item: str) -> str:
        """What a row means, and what there is to say of its values."""
        if item in GROUP_WORDS:
            return GROUP_WORDS[item]
        figure = next(each for each in self._figures if each.key == item)
        text = DIRECTIONS.get(figure.better, "") + figure.definition
        for column in self.shown_columns:
            found = self._scores[column].get(item)
            if found is None:
                continue
            told = [found.note or found.why_not]
            if found.error is not None:
                told.append(f"standard error {found.error:.{found.digits}f}")
            if any(told):
                text += f" {self._headings[column]}: {', '.join(filter(None, told))}."
        return text

    def select(self, item: str) -> None:
        """Select a row and bring it into view."""
        self.tree.selection_set(item)
        self.tree.focus(item)
        self.tree.see(item)

    def _share_width(self) -> None:
        """Give what is left beside the names to the other columns: Tk never makes them narrower."""
        px, width = self._theme.px, self.tree.winfo_width()
        shown = self.shown_columns
        if width < 2 or not shown:
            return
        each = max(px(VALUE_WIDTH), (width - px(NAME_WIDTH)) // (len(shown) + 1))
        for column in shown:
            self.tree.column(column, width=each)
        self.tree.column(NAME, width=max(px(NAME_WIDTH), width - each * len(shown)))

    def _rows(self) -> dict[str, tuple[str, ...]]:
        """The texts of every row, by the item of the tree."""
        rows: dict[str, tuple[str, ...]] = {}
        for figure in self._figures:
            if figure.group not in rows:
                rows[figure.group] = (figure.group, "", "", "")
            unit = f", {figure.unit}" if figure.unit else ""
            arrow = f" {ARROWS[figure.better]}" if figure.better in ARROWS else ""
            name = f"   {figure.name}{unit}{arrow}"
            rows[figure.key] = (name, *(self._text(figure.key, c) for c in COLUMNS[1:]))
        return rows

    def _text(self, key: str, column: str) -> str:
        found = self._scores.get(column, {}).get(key)
        if found is None:
            return WAITING if column == self._waiting else UNMEASURED
        other = {THIS: SECOND, SECOND: THIS}.get(column)
        rival = self._scores.get(other, {}).get(key)
        better = rival is not None and found.beats(rival)
        return f"{BETTER if better else ''}{found.text}"

    def _tell(self) -> None:
        self._on_select("" if self.selected is None else self.words_about(self.selected))

    def _explain(self, event: tk.Event) -> None:
        """Let the tooltip tell of the row under the pointer."""
        item = self.tree.identify_row(event.y)
        if item != self._tipped:
            self._tipped = item
            self.tip.configure(text=self.words_about(item) if item else TIP)

    def _go_to(self, place: int) -> str:
        rows = self.tree.get_children()
        if rows:
            self.select(rows[place])
        return "break"

    def _have_selection(self) -> None:
        """Select a row: the arrow keys need one to go from."""
        if not self.tree.selection():
            self._go_to(0)

    def _on_theme(self, palette: Palette) -> None:
        self.tree.tag_configure("group", font=font(9, bold=True), background=palette.surface)
