"""From which class to which other one: two lists."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from explorer.theme import Combobox, Frame, Label, Theme, add_tooltip
from vae.documents import is_int

EVERY_OTHER = "every other"
START = 3  # the first point of the window is its mean, too


class ClassPair(Frame):
    """Shows a class, and another one or every other. on_change(): the person has chosen."""

    def __init__(self, parent: tk.Misc, theme: Theme, *, on_change: Callable[[], None]) -> None:
        super().__init__(parent)
        px = theme.px
        self._on_change = on_change
        self._names: tuple[str, ...] = ()
        self._start, self._end = START, None
        Label(self, text="From").grid(row=0, column=0, padx=(0, px(6)))
        self.from_box = Combobox(self, state="readonly", width=8)
        self.from_box.grid(row=0, column=1)
        Label(self, text="to").grid(row=0, column=2, padx=px(6))
        self.to_box = Combobox(self, state="readonly", width=10)
        self.to_box.grid(row=0, column=3)
        add_tooltip(self.from_box, "The class from whose mean the directions lead away.")
        add_tooltip(self.to_box, "The class towards whose mean one leads, or all of them.")
        for box in (self.from_box, self.to_box):
            box.bind("<<ComboboxSelected>>", lambda event: self._pick())

    @property
    def start(self) -> int:
        """The class to go from, by index."""
        return self._start

    @property
    def ends(self) -> tuple[int, ...]:
        """The classes to go to, by index; never the start."""
        chosen = range(len(self._names)) if self._end is None else (self._end,)
        return tuple(index for index in chosen if index != self._start)

    def set_names(self, names: Sequence[str]) -> None:
        """Offer other classes, none of them chosen before."""
        self._names = tuple(names)
        self.choose(min(START, max(0, len(names) - 1)), None)

    def choose(self, start: int, end: int | None) -> None:
        """Show a pair without telling anybody. end: None is every other class."""
        self._start, self._end = start, None if end == start else end
        others = [name for index, name in enumerate(self._names) if index != start]
        self.from_box.configure(values=self._names)
        self.to_box.configure(values=[EVERY_OTHER, *others])
        self.from_box.set(self._names[start] if self._names else "")
        self.to_box.set(EVERY_OTHER if self._end is None else self._names[self._end])

    def settings(self) -> dict[str, Any]:
        """What a session file keeps."""
        return {"from": self._start, "to": self._end}

    def apply_settings(self, settings: Mapping[str, Any]) -> None:
        """Take over settings of a session file; what does not fit is left as it is."""
        start, end = settings.get("from"), settings.get("to", self._end)
        start = start if self._is_class(start) else self._start
        self.choose(start, end if end is None or self._is_class(end) else self._end)

    def _is_class(self, value: object) -> bool:
        return is_int(value) and 0 <= value < len(self._names)

    def _pick(self) -> None:
        for box in (self.from_box, self.to_box):
            box.selection_clear()
        self.winfo_toplevel().focus_set()  # else the keys of the window stay with the list
        chosen = self.to_box.get()
        self.choose(
            self._names.index(self.from_box.get()),
            None if chosen == EVERY_OTHER else self._names.index(chosen),
        )
        self._on_change()
