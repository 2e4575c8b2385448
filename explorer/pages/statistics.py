"""The Statistics page: what the encoder makes of the real digits, and how even the space is."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Mapping
from typing import Any

from explorer.context import Context
from explorer.model import LoadedModel
from explorer.theme import Frame
from explorer.widgets.view_book import ViewBook

TITLES = {
    "dimensions": "Dimensions",
    "scatter": "Scatter",
    "prior": "Prior",
    "smoothness": "Smoothness",
    "classes": "Classes",
}
TIPS = {
    "dimensions": "What each latent dimension holds: mean, spread, KL divergence, correlations.",
    "scatter": "The encoded digits along two dimensions, or along every pair of them.",
    "prior": "Whether the encoded digits fill the space as the prior says that they do.",
    "smoothness": "How evenly the image changes along straight ways through the space.",
    "classes": "How well the classes lie apart, and which digits are taken for which.",
}


class StatisticsPage(Frame):
    """Its views; see `explorer.views`."""

    name = "statistics"
    title = "Statistics"

    def __init__(self, parent: tk.Misc, context: Context) -> None:
        super().__init__(parent, padding=context.theme.px(10))
        self.book = ViewBook(self, context.theme, TITLES, TIPS, context)
        self.book.grid(row=0, column=0, sticky="nsew")
        self.rowconfigure(0, weight=1)
        self.columnconfigure(0, weight=1)

    def set_model(self, model: LoadedModel) -> None:
        """Show another model."""
        self.book.set_model(model)

    def set_encoded(self, model: LoadedModel) -> None:
        """The real digits are encoded."""
        self.book.set_encoded(model)

    def settings(self) -> dict[str, Any]:
        """For a session file."""
        return self.book.settings()

    def apply_settings(self, settings: Mapping[str, Any]) -> None:
        """Take over settings of a session file; what does not fit is left as it is."""
        self.book.apply_settings(settings)

    @property
    def settled(self) -> bool:
        """Whether everything that was asked for is shown."""
        return self.book.settled

    def back(self) -> None:
        """Escape: one step back within the view."""
        self.book.back()
