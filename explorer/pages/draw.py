"""The Draw page: a digit of one's own, drawn, opened or real, put into the latent space."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Mapping
from typing import Any

from explorer.context import Context
from explorer.model import LoadedModel
from explorer.theme import Frame


class DrawPage(Frame):
    """A drawing, and what the model makes of it."""

    name = "draw"
    title = "Draw"

    def __init__(self, parent: tk.Misc, context: Context) -> None:
        super().__init__(parent, padding=context.theme.px(10))
        self._context = context
        self._model: LoadedModel | None = None

    def set_model(self, model: LoadedModel) -> None:
        """Encode with another model."""
        self._model = model

    def take_real(self, index: int) -> None:
        """Take one of the bundled real digits, by its number, 0-based."""

    def settings(self) -> dict[str, Any]:
        """What a session file keeps."""
        return {}

    def apply_settings(self, settings: Mapping[str, Any]) -> None:
        """Take over settings of a session file; what does not fit is left as it is."""

    @property
    def settled(self) -> bool:
        """Whether everything that was asked for is drawn."""
        return True
