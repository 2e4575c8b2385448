"""What a generator is judged by, in a table: a row for each figure, a column for each model."""

from __future__ import annotations

import tkinter as tk
import tkinter.font as tkfont
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
from explorer.widgets.choices import fitted
from vae.figure_tables import best_of
from vae.figures import GROUPS, HIGHER, LOWER, Figure

NAME, REAL = "name", "real"  # columns: what the figures are called, and what real digits get
NAME_WIDTH = 286  # pixels at 96 dpi, as the others; less where there are many columns
LEAST_WIDTH = 62  # of a column: "✓ 77.19" can be read
HEADING_PADDING = 10
ARROWS = {LOWER: "↓", HIGHER: "↑"}
BEST = "✓ "
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
Notes = Mapping[str, tuple[str, str]]  # by group: a word beside its name, and a sentence


class ScoreTable(Frame):
    """Shows the figures of models, the best one of each row marked, and those of real digits.

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
        self._notes: Mapping[str, Notes] = {}
        self._font = tkfont.Font(self, font=font(9))
        self._waiting: str | None = None
        self._tipped: str | None = None
        self.tree = Treeview(self, columns=(), show="headings", selectmode="browse", height=6)
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
        return tuple(self._scores)

    def cell(self, key: str, column: str) -> str:
        """What is written in a row and a column."""
        return str(self.tree.set(key, column))

    def show(
        self,
        figures: Sequence[Figure],
        scores: Mapping[str, Scores],
        headings: Mapping[str, str],
        waiting: str | None = None,
        notes: Mapping[str, Notes] | None = None,
    ) -> None:
        """Show other figures; the selection and what is in view stay.

        figures: definitions, in their order. scores: a column each, from left to right; that of
        REAL is no model's. headings: what the columns are called. waiting: the column that is being
        measured. notes: of columns whose figures are not quite what those of the others are.
        """
        self._figures, self._scores = tuple(figures), dict(scores)
        self._headings, self._waiting, self._notes = dict(headings), waiting, notes or {}
        self._set_columns()
        self._share_width()
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
            return " ".join([GROUP_WORDS[item], *self._sentences(item)])
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
        return " ".join([text, *self._sentences(figure.group)])

    def select(self, item: str) -> None:
        """Select a row and bring it into view."""
        self.tree.selection_set(item)
        self.tree.focus(item)
        self.tree.see(item)

    def _set_columns(self) -> None:
        tree, columns = self.tree, (NAME, *self.shown_columns)
        if tuple(map(str, tree.cget("columns"))) == columns:
            return
        selected = self.selected
        tree.delete(*tree.get_children())  # the rows are given anew, in other columns
        tree.configure(columns=columns)
        least = self._theme.px(LEAST_WIDTH)
        for column in columns:
            anchor = "w" if column == NAME else "e"
            tree.column(column, width=least, minwidth=least, anchor=anchor, stretch=True)
            tree.heading(column, anchor=anchor)
        tree.heading(NAME, text="Figure")
        if selected is not None:
            for item in self._rows():
                tree.insert("", "end", iid=item, tags=("group",) if item in GROUPS else ())
            self.select(selected)

    def _share_width(self) -> None:
        """Share the width out, as Tk never makes columns narrower; headings are cut to theirs."""
        px, width = self._theme.px, self.tree.winfo_width()
        shown = self.shown_columns
        if width < 2 or not shown:
            return
        texts = {column: self._headings.get(column, "") for column in shown}
        room, padding, least = width - px(NAME_WIDTH), px(HEADING_PADDING), px(LEAST_WIDTH)
        widths = {
            column: max(least, self._font.measure(text) + padding) for column, text in texts.items()
        }
        spare = room - sum(widths.values())
        if spare < 0:  # the longest headings are cut, all to the same width
            limit = max(widths.values())
            while limit > least and sum(min(limit, each) for each in widths.values()) > room:
                limit -= 1
            widths = {column: min(limit, each) for column, each in widths.items()}
        else:  # the names have their share of it
            widths = {column: each + spare // (len(shown) + 1) for column, each in widths.items()}
        self.tree.column(NAME, width=width - sum(widths.values()))
        for column, each in widths.items():
            self.tree.column(column, width=each)
            cut = fitted(texts[column], each - padding, self._font.measure)
            self.tree.heading(column, text=cut)

    def _rows(self) -> dict[str, tuple[str, ...]]:
        """The texts of every row, by the item of the tree."""
        rows: dict[str, tuple[str, ...]] = {}
        for figure in self._figures:
            if figure.group not in rows:
                notes = (self._note(c, figure.group) for c in self.shown_columns)
                rows[figure.group] = (figure.group, *(word for word, _ in notes))
            unit = f", {figure.unit}" if figure.unit else ""
            arrow = f" {ARROWS[figure.better]}" if figure.better in ARROWS else ""
            name = f"   {figure.name}{unit}{arrow}"
            best = self._best(figure.key)
            texts = (self._text(figure.key, c, c in best) for c in self.shown_columns)
            rows[figure.key] = (name, *texts)
        return rows

    def _note(self, column: str, group: str) -> tuple[str, str]:
        return self._notes.get(column, {}).get(group, ("", ""))

    def _sentences(self, group: str) -> list[str]:
        """What the notes on a group say."""
        notes = ((self._headings[c], self._note(c, group)[1]) for c in self.shown_columns)
        return [f"{heading}: {sentence}" for heading, sentence in notes if sentence]

    def _best(self, key: str) -> set[str]:
        """The models with the best value of a figure; none where all are as good."""
        of_models = {
            column: scores[key]
            for column, scores in self._scores.items()
            if column != REAL and key in scores
        }
        best = best_of(tuple(of_models.values()))
        return {c for c, figure in of_models.items() if any(figure is each for each in best)}

    def _text(self, key: str, column: str, best: bool) -> str:
        found = self._scores[column].get(key)
        if found is None:
            return WAITING if column == self._waiting else UNMEASURED
        return f"{BEST if best else ''}{found.text}"

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
