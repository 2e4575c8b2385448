"""The menu of weights that were opened before."""

from __future__ import annotations

import os
import tkinter as tk

from explorer.theme import Menu, Theme
from explorer.weights_files import WeightsFiles, labels


class RecentMenu(Menu):
    """Filled anew whenever it is opened; what is gone is grey."""

    def __init__(self, parent: tk.Misc, theme: Theme, weights: WeightsFiles) -> None:
        super().__init__(parent, tearoff=False)
        self._theme = theme
        self._weights = weights
        self.configure(postcommand=self.fill)

    def fill(self) -> None:
        """Show the list as it is now."""
        weights = self._weights
        self.delete(0, "end")
        for path, label in zip(weights.recent, labels(weights.recent), strict=True):
            self.add_command(
                label=label,
                command=lambda path=path: weights.open_recent(path),
                state="normal" if os.path.exists(path) else "disabled",
            )
        if weights.recent:
            self.add_separator()
            self.add_command(label="Clear this list", command=weights.clear)
        else:
            self.add_command(label="Nothing yet", state="disabled")
        self._theme.paint_entries(self)
