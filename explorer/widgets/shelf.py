"""The shelf: the bookmarked points as cards, and what can be done with each."""

from __future__ import annotations

import contextlib
import tkinter as tk
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from explorer.state import Bookmark, ExplorerState
from explorer.theme import Button, Frame, Label, Menu, Theme, add_tooltip, ask_text
from explorer.widgets.card_strip import Card, CardStrip

HINT = "B keeps the current point here."
EXPLANATION = (
    "Bookmarked points, kept for the next start. Click one to go there, drag it to another place; "
    "right-click, or press the menu key, to rename, delete, or send it to a page."
)
Point = tuple[float, ...]


class Shelf(Frame):
    """A strip of bookmarks along the bottom.

    decode(z): (N, latent_dim) -> (N, C, H, W) uint8; before a model is open there are no bookmarks.
    classify(images): (N, C, H, W) uint8 -> N pairs of the likeliest class and its probability, or
    None without a classifier. adopt(z): go to a point. on_add(): bookmark the current point.
    notify(message): tell the person.
    slots(): by what the person reads, such as "Morph: start", where a point can be sent: each is
    called with the point and its name.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        state: ExplorerState,
        *,
        decode: Callable[[np.ndarray], np.ndarray],
        classify: Callable[[np.ndarray], Sequence[tuple[str, float]] | None],
        adopt: Callable[[Point], None],
        on_add: Callable[[], None],
        notify: Callable[[str], None],
        slots: Callable[[], Mapping[str, Callable[[Point, str], None]]],
    ) -> None:
        px = theme.px
        super().__init__(parent, padding=(px(12), px(2)))
        self._theme = theme
        self._state = state
        self._decode = decode
        self._classify = classify
        self._adopt = adopt
        self._notify = notify
        self._slots = slots
        self._shown: tuple[Bookmark, ...] = ()
        self._looks: dict[Point, tuple[np.ndarray, str]] = {}  # picture and class of a point
        self._chosen = 0

        Label(self, text="Shelf", bootstyle="secondary").pack(side="left", padx=(0, px(8)))
        self.add_button = Button(
            self, text="+", width=2, bootstyle="secondary outline", command=on_add
        )
        self.add_button.pack(side="left", padx=(0, px(10)))
        add_tooltip(self.add_button, "Keeps the current point on the shelf (B).")
        self.strip = CardStrip(
            self,
            theme,
            cards=self.cards,
            on_activate=self.go_to,
            on_move=self.move,
            on_menu=self._open_menu,
            on_hover=self._explain,
        )
        self.strip.pack(side="left", fill="x", expand=True)
        # Above the strip: at the pointer it would cover the next cards.
        self._tooltip = add_tooltip(self.strip, EXPLANATION, position="top")
        self.menu = Menu(self, tearoff=False)
        self.send_menu = Menu(self.menu, tearoff=False)
        self.strip.bind("<F2>", lambda event: self.ask_name(self.strip.cursor))
        self.strip.bind("<Delete>", lambda event: self.delete(self.strip.cursor))
        self.strip.set_names((), HINT)
        state.subscribe(lambda state: self._refresh())

    def refresh(self) -> None:
        """Look at the points anew, for another model."""
        self._looks.clear()
        self._chosen = -1  # what a menu that is still open was about
        self._show(self._state.bookmarks)

    def cards(self, indices: Sequence[int]) -> list[Card]:
        """What the cards of these bookmarks show."""
        marks = [self._shown[index] for index in indices]
        self._look_at({mark.z for mark in marks} - self._looks.keys())
        return [
            Card(mark.name, note, pixels)
            for mark, (pixels, note) in ((mark, self._looks[mark.z]) for mark in marks)
        ]

    def go_to(self, index: int) -> None:
        """Adopt a bookmark."""
        if self._has(index):
            self._adopt(self._state.bookmarks[index].z)

    def ask_name(self, index: int) -> None:
        """Ask for another name of a bookmark."""
        if not self._has(index):
            return
        mark = self._state.bookmarks[index]
        name = ask_text(self, "Rename", "Name of the bookmark", mark.name)
        with contextlib.suppress(tk.TclError):  # closed, with the question open
            self.strip.focus_set()
        # Other weights may have been opened while the question was open.
        if name and name.strip() and self._has(index) and self._state.bookmarks[index] == mark:
            self.rename(index, _whole(name.strip()))

    def rename(self, index: int, name: str) -> None:
        """Give a bookmark another name."""
        marks = list(self._state.bookmarks)
        marks[index] = replace(marks[index], name=name)
        self._state.set_bookmarks(marks)

    def delete(self, index: int) -> None:
        """Remove a bookmark."""
        if self._has(index):
            marks = list(self._state.bookmarks)
            name = marks.pop(index).name
            self._state.set_bookmarks(marks)
            self._notify(f"Deleted {name}. Ctrl+Z brings it back.")

    def move(self, index: int, to: int) -> None:
        """Take a bookmark out of the row and put it back so that it stands at `to`."""
        if self._has(index) and self._has(to):
            marks = list(self._state.bookmarks)
            marks.insert(to, marks.pop(index))
            self._state.set_bookmarks(marks)

    def _has(self, index: int) -> bool:
        return 0 <= index < len(self._state.bookmarks)

    def _refresh(self) -> None:
        if self._state.bookmarks != self._shown:
            self._show(self._state.bookmarks)

    def _show(self, marks: tuple[Bookmark, ...]) -> None:
        before, self._shown = self._shown, marks
        kept = {mark.z for mark in marks}
        self._looks = {z: look for z, look in self._looks.items() if z in kept}
        self.strip.set_names([mark.name for mark in marks], HINT)
        if len(marks) == len(before) + 1:
            pairs = enumerate(zip(before, marks, strict=False))
            self.strip.see(next((i for i, (old, new) in pairs if old != new), len(before)))

    def _look_at(self, points: Iterable[Point]) -> None:
        """Decode and classify points, in one batch."""
        points = list(points)
        if not points:
            return
        pixels = self._decode(np.array(points))
        classes = self._classify(pixels)
        notes = [""] * len(points) if classes is None else [_note(*answer) for answer in classes]
        self._looks.update(zip(points, zip(pixels, notes, strict=True), strict=True))

    def _explain(self, index: int | None) -> None:
        text = EXPLANATION if index is None else f"{self._shown[index].name}\n\n{EXPLANATION}"
        self._tooltip.configure(text=text)

    def _open_menu(self, index: int, x: int, y: int) -> None:
        self._chosen = index
        last = len(self._shown) - 1
        self._fill_send_menu()
        self.menu.delete(0, "end")
        self.menu.add_command(label="Go there", command=lambda: self.go_to(self._chosen))
        self.menu.add_command(
            label="Rename…", accelerator="F2", command=lambda: self.ask_name(self._chosen)
        )
        self.menu.add_cascade(
            label="Send to", menu=self.send_menu, state=_if(_entries(self.send_menu))
        )
        self.menu.add_command(
            label="Move left",
            accelerator="Shift+Left",
            state=_if(index > 0),
            command=lambda: self._move_chosen(-1),
        )
        self.menu.add_command(
            label="Move right",
            accelerator="Shift+Right",
            state=_if(index < last),
            command=lambda: self._move_chosen(1),
        )
        self.menu.add_command(
            label="Delete", accelerator="Del", command=lambda: self.delete(self._chosen)
        )
        # The theme draws a menu's border by its background, which new entries would inherit.
        for menu in (self.menu, self.send_menu):
            for entry in _entries(menu):
                menu.entryconfigure(entry, background=self._theme.palette.background)
        self.menu.tk_popup(x, y)

    def _fill_send_menu(self) -> None:
        self.send_menu.delete(0, "end")
        for label, send in self._slots().items():
            self.send_menu.add_command(label=label, command=lambda send=send: self._send(send))

    def _send(self, send: Callable[[Point, str], None]) -> None:
        if self._has(self._chosen):
            mark = self._state.bookmarks[self._chosen]
            send(mark.z, mark.name)

    def _move_chosen(self, step: int) -> None:
        self.move(self._chosen, self._chosen + step)
        self.strip.set_cursor(self._chosen + step)


def _note(name: str, probability: float) -> str:
    """What a card says of the class: "3 · 98 %"."""
    return f"{name} · {100 * probability:.0f} %"


def _whole(name: str) -> str:
    """A name without halves of characters: a backspace in Tk's field leaves half a smiley."""
    return name.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _entries(menu: Menu) -> range:
    last = menu.index("end")
    return range(0 if last is None else last + 1)


def _if(condition: object) -> str:
    return "normal" if condition else "disabled"
