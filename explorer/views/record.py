"""What is known about the open weights: their file, and what the training record says of them."""

from __future__ import annotations

import tkinter as tk

from explorer.context import Context
from explorer.model import LoadedModel
from explorer.record_rows import Group, Row, as_text, record_groups
from explorer.theme import (
    PATIENT_TOOLTIP_DELAY_MS,
    Button,
    Frame,
    Menu,
    Palette,
    Scrollbar,
    Treeview,
    add_tooltip,
    font,
)
from explorer.weights_files import absolute
from explorer.widgets.sentence import Sentence

LINES = 3  # of the longest value
NAME_WIDTH, VALUE_WIDTH = 222, 348  # pixels at 96 dpi
COMPANIONS = {
    "encoder": "assets/encoder_weights.pt",
    "classifier": "assets/classifier_weights.pt",
    "density": "assets/latent_density.npz",
}
TIP = (
    "What train.py wrote down beside the weights. Ctrl+C copies the chosen row, or a whole group "
    "where its title is chosen; the right button has a menu. What a row is too short for is "
    "written below."
)
NO_RECORD = (
    "There is no training record beside these weights, or it belongs to others. train.py writes "
    "one: decoder_weights.json, in the same folder."
)


class RecordView(Frame):
    """tree: the rows in groups; text: the chosen one in full; copy_button: copies everything."""

    def __init__(self, parent: tk.Misc, context: Context) -> None:
        super().__init__(parent)
        self._context = context
        px = context.theme.px
        self._groups: tuple[Group, ...] = ()
        self._items: dict[str, Group | Row] = {}
        self._without_record = False
        self.tree = Treeview(self, columns=("value",), show="tree", selectmode="browse", height=4)
        self.tree.column("#0", width=px(NAME_WIDTH), minwidth=px(120), stretch=False)
        self.tree.column("value", width=px(VALUE_WIDTH), minwidth=px(120), stretch=True)
        bar = Scrollbar(self, orient="vertical", command=self.tree.yview)
        self.tree.configure(yscrollcommand=bar.set)
        foot = Frame(self)
        self.text = Sentence(foot, LINES)
        self.copy_button = Button(foot, text="Copy all", command=self.copy_all)
        self.menu = Menu(self, tearoff=False)
        self.menu.add_command(label="Copy the value", command=self.copy_value)
        self.menu.add_command(label="Copy the row", command=self.copy)
        self.menu.add_command(label="Copy all", command=self.copy_all)

        self.tree.grid(row=0, column=0, sticky="nsew")
        bar.grid(row=0, column=1, sticky="ns")
        foot.grid(row=1, column=0, columnspan=2, sticky="ew", pady=(px(8), 0))
        self.text.grid(row=0, column=0, sticky="ew", padx=(0, px(10)))
        self.copy_button.grid(row=0, column=1, sticky="n")
        foot.columnconfigure(0, weight=1)
        self.rowconfigure(0, weight=1)
        self.columnconfigure(0, weight=1)
        add_tooltip(self.tree, TIP, PATIENT_TOOLTIP_DELAY_MS, position="top")
        add_tooltip(self.copy_button, "Copy all rows as text, names and values with a tab between.")

        self.tree.bind("<<TreeviewSelect>>", lambda event: self._show_chosen())
        self.tree.bind("<Control-c>", lambda event: self._key(self.copy))
        self.tree.bind("<FocusIn>", lambda event: self._have_chosen(), add="+")
        self.tree.bind("<Button-3>", self._pop_up)
        for key in ("Menu", "Shift-F10"):
            self.tree.bind(f"<{key}>", lambda event: self._key(self._menu_at_chosen))
        context.theme.subscribe(self, self._on_theme)

    @property
    def chosen(self) -> Group | Row | None:
        """The row, or the group, that is chosen."""
        selection = self.tree.selection()
        return self._items.get(selection[0]) if selection else None

    def set_model(self, model: LoadedModel) -> None:
        """Show what is known about other weights; what was chosen stays, if it is there again."""
        bundle = model.bundle
        groups = record_groups(
            bundle.record,
            path=str(absolute(bundle.path)),
            sha256=bundle.sha256,
            notes=bundle.notes,
            companions={
                bundle.path.name: True,
                **{
                    name: not any(
                        note.startswith(f"The {what} is left out") for note in bundle.notes
                    )
                    for what, name in COMPANIONS.items()
                },
            },
        )
        self._without_record = bundle.record is None
        if groups != self._groups:
            self._fill(groups)
        self._show_chosen()

    def _fill(self, groups: tuple[Group, ...]) -> None:
        selection, top = self.tree.selection(), self.tree.yview()[0]
        closed = {item for item in self._items if not self.tree.item(item, "open")}
        self.tree.delete(*self.tree.get_children())
        self._groups, self._items = groups, {}
        for group in groups:
            parent = group.title
            self.tree.insert(
                "", "end", iid=parent, text=group.title, open=parent not in closed, tags=("group",)
            )
            self._items[parent] = group
            for number, row in enumerate(group.rows):
                item = f"{group.title}\n{number}"
                self.tree.insert(parent, "end", iid=item, text=row.name, values=(row.value,))
                self._items[item] = row
        self.tree.yview_moveto(top)
        for item in selection:
            if item in self._items:
                self._choose(item)

    # ---- what the person does ------------------------------------------------------------------

    def copy(self) -> None:
        """Copy the chosen row, or all of a chosen group."""
        chosen = self.chosen
        if isinstance(chosen, Group):
            self._put(as_text(chosen), f"the group {chosen.title}")
        elif chosen is not None:
            self._put(f"{chosen.name}\t{chosen.value}", chosen.name)
        else:
            self._context.notify("Choose a row to copy it.", True)

    def copy_value(self) -> None:
        """Copy the value of the chosen row alone."""
        chosen = self.chosen
        if isinstance(chosen, Row):
            self._put(chosen.value, chosen.name)
        else:
            self.copy()

    def copy_all(self) -> None:
        """Copy every row, group by group."""
        if self._groups:
            texts = [f"{group.title}\n{as_text(group)}" for group in self._groups]
            self._put("\n\n".join(texts), "all of it")

    def _put(self, text: str, what: str) -> None:
        self.clipboard_clear()
        self.clipboard_append(text)
        self._context.notify(f"Copied: {what}.", False)

    def _key(self, command) -> str:
        command()
        return "break"  # else the window copies the vector, or opens its own menu

    def _choose(self, item: str) -> None:
        self.tree.selection_set(item)
        self.tree.focus(item)

    def _have_chosen(self) -> None:
        """Choose a row: the arrow keys need one to go from."""
        if not self.tree.selection() and self._items:
            self._choose(next(iter(self._items)))

    def _pop_up(self, event: tk.Event) -> None:
        item = self.tree.identify_row(event.y)
        if item:
            self._choose(item)
            self.tree.focus_set()
            self.menu.tk_popup(event.x_root, event.y_root)

    def _menu_at_chosen(self) -> None:
        selection = self.tree.selection()
        box = self.tree.bbox(selection[0]) if selection else ""
        if box:
            left, top, _, height = box
            self.menu.tk_popup(
                self.tree.winfo_rootx() + left + self._context.theme.px(20),
                self.tree.winfo_rooty() + top + height,
            )

    def _show_chosen(self) -> None:
        chosen = self.chosen
        if isinstance(chosen, Row):
            self.text.show(f"{chosen.name}: {chosen.value}")
        else:
            self.text.show(NO_RECORD if self._without_record else TIP, secondary=True)

    def _on_theme(self, palette: Palette) -> None:
        self.tree.tag_configure("group", font=font(9, bold=True), foreground=palette.foreground)
        self._context.theme.paint_entries(self.menu)
