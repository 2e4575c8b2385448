"""The Map page: a plane of the latent space, with the point upon it."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Mapping
from typing import Any

from explorer.context import Context
from explorer.model import LoadedModel
from explorer.theme import Frame


class MapPage(Frame):
    """A picture of a plane, on which the point is dragged."""

    name = "map"
    title = "Map"

    def __init__(self, parent: tk.Misc, context: Context) -> None:
        super().__init__(parent, padding=context.theme.px(10))
        self._context = context
        self._model: LoadedModel | None = None

    def set_model(self, model: LoadedModel) -> None:
        """Show a plane of another model."""
        self._model = model

    def settings(self) -> dict[str, Any]:
        """What a session file keeps."""
        return {}

    def apply_settings(self, settings: Mapping[str, Any]) -> None:
        """Take over settings of a session file; what does not fit is left as it is."""

    @property
    def settled(self) -> bool:
        """Whether everything that was asked for is drawn."""
        return True
