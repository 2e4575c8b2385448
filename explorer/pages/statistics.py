"""The Statistics page: what the encoder makes of the real digits, and how even the space is."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Mapping
from typing import Any

from explorer.context import Context
from explorer.model import LoadedModel
from explorer.statistics_sample import LAST_SEED, LEAST, MOST, Sample
from explorer.theme import Button, Frame, Label, add_tooltip
from explorer.widgets.number_field import NumberField
from explorer.widgets.view_book import ViewBook

STEP = 1000  # digits, of the field's arrows

TITLES = {
    "dimensions": "Dimensions",
    "scatter": "Scatter",
    "prior": "Prior match",
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
DIGITS_TIP = (
    "How many of the 10,000 bundled test digits, which the model was not trained on, are measured: "
    "1,000 to 10,000. The more, the smaller what chance does to a figure; a smaller choice lies "
    "within a larger one of the same seed."
)
SEED_TIP = (
    "Which digits are chosen, and which points are drawn from their posteriors, 0 to 2147483647. "
    "The same seed chooses the same ones."
)
AGAIN_TIP = (
    "Take the next seed and measure again: other digits, and other points drawn from their "
    "posteriors. What differs between two seeds is chance; what stays is the model's. Results are "
    "kept for these weights and shown at once when you come back to a seed."
)


class StatisticsPage(Frame):
    """Its views, each handed the same `Sample`; below them, which digits that is.

    A view is `View(parent, context, sample)`, see `explorer.views`; it subscribes to the sample.
    """

    name = "statistics"
    title = "Statistics"

    def __init__(self, parent: tk.Misc, context: Context) -> None:
        super().__init__(parent, padding=context.theme.px(10))
        self._context = context
        self.sample = Sample()
        self.book = ViewBook(self, context.theme, TITLES, TIPS, context, self.sample)
        self.book.grid(row=0, column=0, sticky="nsew")
        self._add_choice().grid(row=1, column=0, sticky="ew", pady=(context.theme.px(8), 0))
        self.rowconfigure(0, weight=1)
        self.columnconfigure(0, weight=1)
        self.sample.subscribe(self._show_choice)
        self._show_choice()

    def _add_choice(self) -> Frame:
        px, row = self._context.theme.px, Frame(self)

        def tell(message: str) -> None:
            self._context.notify(message, True)

        Label(row, text="Measured on").pack(side="left")
        self.digits = NumberField(
            row,
            what="The number of digits",
            number=MOST,
            low=LEAST,
            high=MOST,
            step=STEP,
            width=6,
            on_change=lambda n: self.sample.choose(n=int(n)),
            on_error=tell,
        )
        self.digits.pack(side="left", padx=px(6))
        add_tooltip(self.digits, DIGITS_TIP)
        Label(row, text="test digits, seed").pack(side="left")
        self.seed = NumberField(
            row,
            what="The seed",
            number=0,
            low=0,
            high=LAST_SEED,
            width=6,
            on_change=lambda seed: self.sample.choose(seed=int(seed)),
            on_error=tell,
        )
        self.seed.pack(side="left", padx=px(6))
        add_tooltip(self.seed, SEED_TIP)
        self.again = Button(
            row, text="Measure again", bootstyle="secondary-outline", command=self._measure_again
        )
        self.again.pack(side="right")
        add_tooltip(self.again, AGAIN_TIP)
        return row

    def _measure_again(self) -> None:
        self.sample.choose(seed=(self.sample.seed + 1) % (LAST_SEED + 1))

    def _show_choice(self) -> None:
        self.digits.set_number(self.sample.n)
        self.seed.set_number(self.sample.seed)
        measured = self.sample.posteriors is not None
        for control in (self.digits, self.seed, self.again):
            control.configure(state="normal" if measured else "disabled")

    # ---- what every page offers ----------------------------------------------------------------

    def set_model(self, model: LoadedModel) -> None:
        """Show another model."""
        self.sample.set_model(model)
        self.book.set_model(model)

    def set_encoded(self, model: LoadedModel) -> None:
        """The real digits are encoded."""
        self.sample.set_encoded(model)
        self.book.set_encoded(model)

    def settings(self) -> dict[str, Any]:
        """For a session file."""
        return self.book.settings() | {"sample": self.sample.settings()}

    def apply_settings(self, settings: Mapping[str, Any]) -> None:
        """Take over settings of a session file; what does not fit is left as it is."""
        sample = settings.get("sample")
        if isinstance(sample, Mapping):
            self.sample.apply_settings(sample)
        self.book.apply_settings(settings)

    @property
    def settled(self) -> bool:
        """Whether everything that was asked for is shown."""
        return self.book.settled

    def back(self) -> None:
        """Escape: one step back within the view."""
        self.book.back()
