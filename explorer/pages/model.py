"""The Model page: what the network is made of, how it was trained, and training itself."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Mapping
from typing import Any

from explorer.context import Context
from explorer.model import LoadedModel
from explorer.theme import Frame
from explorer.widgets.view_book import ViewBook
from explorer.widgets.weights_bar import WeightsBar

TITLES = {
    "network": "Network",
    "record": "Record",
    "curves": "Curves",
    "history": "History",
    "activations": "Activations",
    "train": "Train",
}
TIPS = {
    "network": "The layers, with their shapes and their numbers of parameters.",
    "record": "What the training record says: data, settings, device, time, figures.",
    "curves": "The losses of training and test images, epoch by epoch.",
    "history": "The digit, the sweep and the map as they were during the training.",
    "activations": "What every layer of the decoder makes of the current point.",
    "train": "Train a model of your own; the window stays usable.",
}


class ModelPage(Frame):
    """Which weights are open, and the views of them; see `explorer.views`."""

    name = "model"
    title = "Model"

    def __init__(self, parent: tk.Misc, context: Context) -> None:
        super().__init__(parent, padding=context.theme.px(10))
        self.weights_bar = WeightsBar(self, context.theme, context.weights)
        self.book = ViewBook(self, context.theme, TITLES, TIPS, context)
        self.weights_bar.grid(row=0, column=0, sticky="ew", pady=(0, context.theme.px(8)))
        self.book.grid(row=1, column=0, sticky="nsew")
        self.rowconfigure(1, weight=1)
        self.columnconfigure(0, weight=1)

    def set_model(self, model: LoadedModel) -> None:
        """Show another model."""
        self.weights_bar.set_model(model)
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
