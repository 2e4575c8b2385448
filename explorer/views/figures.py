"""The view figures: not built yet."""

from __future__ import annotations

import tkinter as tk

from explorer.context import Context
from explorer.model import LoadedModel
from explorer.second_model import SecondModel
from explorer.theme import Frame


class FiguresView(Frame):
    """An empty place."""

    def __init__(self, parent: tk.Misc, context: Context, second: SecondModel) -> None:
        super().__init__(parent)

    def set_model(self, model: LoadedModel) -> None:
        """Nothing to show yet."""
