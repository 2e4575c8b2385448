"""What is held while other directions are walked, in one line, and how to let go of it."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from tkinter import font as tkfont

from explorer.theme import Button, Frame, Label, Theme, add_tooltip
from explorer.widgets.choices import fitted

GAP = 12  # pixels at 96 dpi


class HeldRow(Frame):
    """Names what is held, as far as there is room. on_release(): all of it is to be let go."""

    def __init__(self, parent: tk.Misc, theme: Theme, *, on_release: Callable[[], None]) -> None:
        super().__init__(parent)
        self._gap = theme.px(GAP)
        self._font = tkfont.nametofont("TkDefaultFont")
        self._names: tuple[str, ...] = ()
        # A label asks for the width of its text: one that is as narrow as it may be asks for none.
        self.label = Label(self, bootstyle="secondary", width=1)
        self.label.grid(row=0, column=0, sticky="ew")
        self.release_button = Button(
            self, text="Release all", bootstyle="secondary-link", command=on_release
        )
        self.release_button.grid(row=0, column=1, sticky="e")
        add_tooltip(self.release_button, "Lets go of every direction that is held.")
        self.columnconfigure(0, weight=1)
        self.bind("<Configure>", lambda event: self._fit())

    def show(self, directions: Sequence[str], dimensions: Sequence[str]) -> None:
        """Name directions, which can be let go here, and dimensions that are locked elsewhere."""
        self._names = (*directions, *dimensions)
        if directions:
            self.release_button.grid()
        else:
            self.release_button.grid_remove()
        self._fit()

    def _fit(self) -> None:
        button = self.release_button
        taken = button.winfo_reqwidth() + self._gap if button.winfo_manager() else 0
        text = f"Held, whatever else is walked: {', '.join(self._names)}"
        room = max(1, self.winfo_width() - taken - self._gap)
        self.label.configure(text=fitted(text, room, self._font.measure))
