"""Which random points are walked: how many, from which distribution, with which seed."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from explorer.model import LoadedModel, SampleRequest
from explorer.theme import Button, Combobox, Frame, Label, Theme, add_tooltip
from explorer.widgets.number_field import NumberField
from vae.documents import is_int

COUNT = 6, 12
MAX_SEED = 999_999
SOURCES = ("learned", "prior")


class NoiseOptions(Frame):
    """Shows a `SampleRequest` and asks for another one.

    on_change(): something was chosen. draw_seed(most): a seed, drawn at random. on_error(message):
    see `NumberField`.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        *,
        on_change: Callable[[], None],
        draw_seed: Callable[[int], int],
        on_error: Callable[[str], None],
    ) -> None:
        super().__init__(parent)
        px = theme.px
        self._request = SampleRequest("learned", seed=0, count=12)
        self._offered: tuple[str, ...] = SOURCES
        self._on_change = on_change
        self._draw_seed = draw_seed

        def field(what: str, key: str, low: int, high: int, width: int, tip: str) -> NumberField:
            Label(self, text=what).pack(side="left", padx=(0, px(4)))
            number = NumberField(
                self,
                what=what,
                number=getattr(self._request, key),
                low=low,
                high=high,
                step=1,
                width=width,
                on_change=lambda value: self._change(**{key: value}),
                on_error=on_error,
            )
            number.pack(side="left", padx=(0, px(12)))
            add_tooltip(number, tip)
            return number

        self.count_field = field("Number", "count", *COUNT, 4, "How many random points walk.")
        Label(self, text="from").pack(side="left", padx=(0, px(4)))
        self.source_box = Combobox(self, state="readonly", width=9)
        self.source_box.pack(side="left", padx=(0, px(12)))
        self.source_box.bind("<<ComboboxSelected>>", lambda event: self._choose_source())
        add_tooltip(
            self.source_box,
            "Learned: distributed as the encoded training images are. Prior: from N(0, I), which "
            "also has points that no image was encoded to.",
        )
        self.seed_field = field(
            "Seed", "seed", 0, MAX_SEED, 7, "The same seed gives the same points."
        )
        self.resample_button = Button(self, text="Resample", command=self.resample)
        self.resample_button.pack(side="right")
        add_tooltip(self.resample_button, "Draws other points, with another seed.")

    @property
    def request(self) -> SampleRequest:
        """Which points are asked for."""
        return self._request

    def set_model(self, model: LoadedModel) -> None:
        """Offer the sources of another model."""
        self._offered = tuple(source for source in SOURCES if source in model.sources())
        self.source_box.configure(values=[source.capitalize() for source in self._offered])
        if self._request.source not in self._offered:
            self._request = replace(self._request, source=self._offered[0])
        self._show()

    def resample(self) -> None:
        """Ask for other points."""
        self._change(seed=self._draw_seed(MAX_SEED + 1))

    def settings(self) -> dict[str, Any]:
        """What a session file keeps."""
        return {key: getattr(self._request, key) for key in ("count", "source", "seed")}

    def apply_settings(self, settings: Mapping[str, Any]) -> None:
        """Take over settings of a session file; what does not fit is left as it is."""
        changes: dict[str, Any] = {}
        for key, (low, high) in (("count", COUNT), ("seed", (0, MAX_SEED))):
            value = settings.get(key)
            if is_int(value) and low <= value <= high:
                changes[key] = value
        if settings.get("source") in self._offered:
            changes["source"] = settings["source"]
        self._request = replace(self._request, **changes)
        self._show()

    def _show(self) -> None:
        self.count_field.set_number(self._request.count)
        self.seed_field.set_number(self._request.seed)
        self.source_box.set(self._request.source.capitalize())

    def _change(self, **changes: Any) -> None:
        self._request = replace(self._request, **changes)
        self._show()
        self._on_change()

    def _choose_source(self) -> None:
        self.source_box.selection_clear()
        self.winfo_toplevel().focus_set()  # else the keys of the window stay with the list
        self._change(source=self._offered[self.source_box.current()])
