"""The Compare page: real beside generated digits, and one model beside a second one."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Mapping
from typing import Any

from explorer.context import Context
from explorer.model import LoadedModel
from explorer.second_model import SecondModel
from explorer.theme import Frame
from explorer.widgets.second_row import SecondRow
from explorer.widgets.view_book import ViewBook

TITLES = {
    "pictures": "Pictures",
    "figures": "Figures",
    "two_models": "Two models",
    "traversals": "Traversals",
    "losses": "Losses",
}
TIPS = {
    "pictures": "Real digits, samples and reconstructions in grids of the same size.",
    "figures": "What a generator is judged by, and what real digits would get.",
    "two_models": "The same point, or the same real digit, through both models.",
    "traversals": "What the dimensions of one model do, beside those of the other that match.",
    "losses": "The training of both models, curve over curve.",
}


class ComparePage(Frame):
    """The second model, and the views that show both; see `explorer.views`."""

    name = "compare"
    title = "Compare"

    def __init__(self, parent: tk.Misc, context: Context) -> None:
        super().__init__(parent, padding=context.theme.px(10))
        self.second = SecondModel(context)
        self.second_row = SecondRow(self, context.theme, self.second)
        self.book = ViewBook(self, context.theme, TITLES, TIPS, context, self.second)
        self.second_row.grid(row=0, column=0, sticky="ew", pady=(0, context.theme.px(6)))
        self.book.grid(row=1, column=0, sticky="nsew")
        self.rowconfigure(1, weight=1)
        self.columnconfigure(0, weight=1)

    def set_model(self, model: LoadedModel) -> None:
        """Show another model; the second stays."""
        self.second.set_first(model)
        self.book.set_model(model)

    def set_encoded(self, model: LoadedModel) -> None:
        """The real digits are encoded."""
        self.second.set_first(model)
        self.book.set_encoded(model)

    def settings(self) -> dict[str, Any]:
        """For a session file."""
        return {**self.book.settings(), "second": self.second.settings()}

    def apply_settings(self, settings: Mapping[str, Any]) -> None:
        """Take over settings of a session file; what does not fit is left as it is."""
        if isinstance(settings.get("second"), Mapping):
            self.second.apply_settings(settings["second"])
        self.book.apply_settings(settings)

    @property
    def settled(self) -> bool:
        """Whether everything that was asked for is shown."""
        return not self.second.busy and self.book.settled

    def back(self) -> None:
        """Escape: one step back within the view."""
        self.book.back()
