"""The Directions page: directions with a meaning as sliders, and a table of what each one does."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Mapping
from typing import Any

from explorer.context import Context
from explorer.model import LoadedModel
from explorer.theme import Frame


class DirectionsPage(Frame):
    """Walks along directions with a meaning, and what they do."""

    name = "directions"
    title = "Directions"

    def __init__(self, parent: tk.Misc, context: Context) -> None:
        super().__init__(parent, padding=context.theme.px(12))
        self._context = context
        self._model: LoadedModel | None = None

    def set_model(self, model: LoadedModel) -> None:
        """Walk through another model."""
        self._model = model

    def settings(self) -> dict[str, Any]:
        """What a session file keeps."""
        return {}

    def apply_settings(self, settings: Mapping[str, Any]) -> None:
        """Take over settings of a session file; what does not fit is left as it is."""
