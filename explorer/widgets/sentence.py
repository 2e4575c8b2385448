"""A few words about what is shown, in the room of so many lines, so that nothing below it moves."""

from __future__ import annotations

import tkinter as tk
import tkinter.font as tkfont

from explorer.theme import Frame, Label

LABEL_EDGES = 4  # pixels above and below the lines that a label keeps for itself


class Sentence(Frame):
    """Shows a text, wrapped at its width."""

    def __init__(self, parent: tk.Misc, lines: int = 2) -> None:
        super().__init__(parent, height=_height(lines), width=1)
        self.pack_propagate(False)
        self._label = Label(self, anchor="nw", justify="left")
        self._label.pack(fill="both", expand=True)
        # A label keeps some room for itself.
        own = self._label.winfo_reqwidth()
        self.bind(
            "<Configure>",
            lambda event: self._label.configure(wraplength=max(1, event.width - own)),
        )

    def set_lines(self, lines: int) -> None:
        """Take the room of another number of lines, for example where the width is another one."""
        self.configure(height=_height(lines))

    @property
    def label(self) -> Label:
        """What shows the text, for a tooltip."""
        return self._label

    @property
    def text(self) -> str:
        """What is shown."""
        return str(self._label.cget("text"))

    def show(self, text: str, secondary: bool = False) -> None:
        """Show another text; a secondary one explains, and is no result."""
        self._label.configure(text=text, bootstyle="secondary" if secondary else "default")


def _height(lines: int) -> int:
    return lines * tkfont.nametofont("TkDefaultFont").metrics("linespace") + LABEL_EDGES
