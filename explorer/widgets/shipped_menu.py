"""The menu of the models that come with the program."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from pathlib import Path

from explorer.shipped import shipped_models
from explorer.theme import Menu, Theme

NONE = "None is there"


class ShippedMenu(Menu):
    """Filled anew whenever it is opened; one of the models may be marked, another one grey.

    choose(path): a model was chosen. marked(), barred(): the paths of those, or None.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        choose: Callable[[Path], None],
        *,
        marked: Callable[[], Path | None],
        barred: Callable[[], Path | None] = lambda: None,
    ) -> None:
        super().__init__(parent, tearoff=False)
        self._theme = theme
        self._choose = choose
        self._get_marked = marked
        self._get_barred = barred
        self._marked = tk.StringVar(self)  # a path
        self.configure(postcommand=self.fill)

    @property
    def marked(self) -> str:
        """The path of the model that has the mark; empty if none has."""
        return self._marked.get()

    def fill(self) -> None:
        """Show the models that are there now."""
        self.delete(0, "end")
        barred, models = self._get_barred(), shipped_models()
        for model in models:
            self.add_radiobutton(
                label=model.label,
                value=str(model.path),
                variable=self._marked,
                command=lambda path=model.path: self._choose(path),
                state="disabled" if model.path == barred else "normal",
            )
        if not models:
            self.add_command(label=NONE, state="disabled")
        # Afterwards: Tk marks what was clicked, though it may not have been opened.
        self._marked.set(str(self._get_marked() or ""))
        self._theme.paint_entries(self)
