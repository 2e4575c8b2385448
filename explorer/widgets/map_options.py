"""The choice of what a map shows: its layers, its tiles and the spacing of its axes."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping
from dataclasses import replace

from explorer.map_study import MAX_TILES, MIN_TILES, MapRequest
from explorer.theme import Checkbutton, Combobox, Frame, Theme, add_tooltip
from explorer.viewport import EVEN, QUANTILE
from explorer.widgets.number_field import NumberField

LAYER_TEXTS = {
    "tiles": (
        "Tiles",
        "The digits that the decoder makes of the points of the plane. Every tile is what you get "
        "in its middle.",
    ),
    "classes": (
        "Classes",
        "What the classifier takes the digits for: a colour for each class, the paler the less "
        "sure it is. Lines are drawn where its answer changes.",
    ),
    "typicality": (
        "Typicality",
        "Where points are typical, rare or off the map, as the gauge beside the digit says: by "
        "the distance to the origin, and to the nearest real digit.",
    ),
    "magnification": (
        "Magnification",
        "How much the image changes for a step on the map: the square root of the determinant of "
        "the metric that the decoder pulls back to the plane (Bishop et al. 1997). Ridges are "
        "where one digit turns into another.",
    ),
    "digits": (
        "Digits",
        "The real digits as the encoder sees them, projected onto the plane, in the colours of "
        "their classes; as a density where they would cover one another. They lie before and "
        "behind the plane, too: point at one to see it.",
    ),
}
SPACING_TEXTS = {EVEN: "Even scale", QUANTILE: "Quantiles"}
SPACING_TIP = (
    "Even: distances on the map are distances in the space. Quantiles: equal areas are equally "
    "probable under the prior, so that all of it fits in (Kingma & Welling 2014, figure 4)."
)


class MapOptions(Frame):
    """Shows a `MapRequest` and a spacing, and asks for others.

    on_change(request), on_spacing(spacing): something was chosen. on_error(message): what was typed
    is no number that fits.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        *,
        on_change: Callable[[MapRequest], None],
        on_spacing: Callable[[str], None],
        on_error: Callable[[str], None],
    ) -> None:
        super().__init__(parent)
        px = theme.px
        self._on_change = on_change
        self._on_spacing = on_spacing
        self._request = MapRequest()
        self._reasons: Mapping[str, str] = {}
        self._variables: dict[str, tk.BooleanVar] = {}
        self._tips = {}
        self.boxes: dict[str, Checkbutton] = {}
        for layer, (text, tip) in LAYER_TEXTS.items():
            variable = tk.BooleanVar(self)
            box = Checkbutton(
                self, text=text, variable=variable, command=lambda layer=layer: self._toggle(layer)
            )
            box.pack(side="left", padx=(0, px(4 if layer == "tiles" else 6)))
            self._variables[layer], self.boxes[layer] = variable, box
            self._tips[layer] = add_tooltip(box, tip)
        self.tiles_field = NumberField(
            self,
            what="The number of tiles",
            number=self._request.tiles,
            low=MIN_TILES,
            high=MAX_TILES,
            step=1,
            width=3,
            on_change=lambda tiles: self._change(tiles=tiles),
            on_error=on_error,
        )
        self.tiles_field.pack(side="left", padx=(0, px(6)), after=self.boxes["tiles"])
        add_tooltip(self.tiles_field, "Tiles along the shorter side of the map.")
        self.spacing_box = Combobox(
            self, values=list(SPACING_TEXTS.values()), state="readonly", width=9
        )
        self.spacing_box.pack(side="right")
        self.spacing_box.bind("<<ComboboxSelected>>", lambda event: self._choose_spacing())
        add_tooltip(self.spacing_box, SPACING_TIP)
        self.show(self._request, EVEN)

    def show(self, request: MapRequest, spacing: str) -> None:
        """Show what is chosen."""
        self._request = request
        for layer, variable in self._variables.items():
            variable.set(layer in request.layers and not self._reasons.get(layer))
        self.tiles_field.set_number(request.tiles)
        self.spacing_box.current(list(SPACING_TEXTS).index(spacing))

    def offer(self, reasons: Mapping[str, str]) -> None:
        """Enable the layers that a model has. reasons: why not, by layer; empty where it has."""
        self._reasons = reasons
        for layer, (_, tip) in LAYER_TEXTS.items():
            reason = reasons.get(layer, "")
            self._variables[layer].set(layer in self._request.layers and not reason)
            self.boxes[layer].configure(state="disabled" if reason else "normal")
            self._tips[layer].configure(text=f"{tip}\n\n{reason}" if reason else tip)

    def _toggle(self, layer: str) -> None:
        self._change(layers=self._request.layers ^ {layer})

    def _change(self, **changes: object) -> None:
        self._request = replace(self._request, **changes)
        self._on_change(self._request)

    def _choose_spacing(self) -> None:
        self.spacing_box.selection_clear()
        self._on_spacing(list(SPACING_TEXTS)[self.spacing_box.current()])
