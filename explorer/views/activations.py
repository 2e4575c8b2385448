"""What every layer of the decoder makes of the current point, live, and what one map adds."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from explorer.context import Context
from explorer.images import signed_change
from explorer.model import LoadedModel
from explorer.theme import (
    PATIENT_TOOLTIP_DELAY_MS,
    Frame,
    Label,
    add_tooltip,
)
from explorer.widgets.activation_sheet import ActivationSheet, Band, Key
from explorer.widgets.digit_view import DigitView
from explorer.widgets.later import Later
from explorer.widgets.sentence import Sentence
from vae.activations import LAYERS, Activations, LayeredDecoder, figures

PAUSE_MS = 1  # a burst of changes costs one picture
SHEET_HEIGHT = 232  # pixels at 96 dpi, like all lengths here; then 32 maps stand in two full rows
SIDE = 110  # of the pictures of one map, at least
GAP = 8  # after each of them
CAPTION_HEIGHT = 22  # below them
TEXT_WIDTH, TEXT_LINES = 170, 9
NOTHING = 1e-4  # a change of the image, in its units, that nobody can see
TITLES = {
    "linear": "Linear, as {} maps of {}",
    "before": "ConvTranspose2d, before ReLU: {} maps of {}",
    "hidden": "After ReLU, the last hidden layer: {} maps of {}",
}
NAMES = {"linear": "of the Linear layer", "before": "before ReLU", "hidden": "after ReLU"}
TIP = (
    "Every map of every layer at the current point, from z at the top to the last hidden layer; "
    "move a slider and they follow. Red is above zero, blue below; a layer's colours are full "
    "where all but 0.5 % of its values end. Choose a map by a click or the arrow keys: below is "
    "what it adds to the image."
)


class ActivationsView(Frame):
    """sheet: the maps; large, adds, without: the chosen map, what it adds to the image, and the
    image with the map switched off; text: its figures.
    """

    def __init__(self, parent: tk.Misc, context: Context) -> None:
        super().__init__(parent)
        self._context = context
        self._model: LoadedModel | None = None
        self._layers: LayeredDecoder | None = None
        self._shown: Activations | None = None
        self._wanted: Key | None = None  # of a session, until the layers are there
        self._later = Later(self, PAUSE_MS, self._draw)
        px = context.theme.px

        self.sheet = ActivationSheet(self, context.theme, self._chosen)
        foot = Frame(self)
        self.large, self.adds, self.without = views = [
            DigitView(foot, context.theme) for _ in range(3)
        ]
        self.large.set_smooth(False)
        self.captions = [
            Label(foot, text=text, bootstyle="secondary", anchor="center")
            for text in ("", "what it adds", "image without it")
        ]
        for column, (view, caption) in enumerate(zip(views, self.captions, strict=True)):
            view.grid(row=0, column=column, padx=(0, px(GAP)))
            caption.grid(row=1, column=column, padx=(0, px(GAP)))
        self.text = Sentence(foot, TEXT_LINES)
        self.text.grid(row=0, column=3, rowspan=3, sticky="nsew")
        foot.columnconfigure(3, weight=1)
        foot.rowconfigure(2, weight=1)
        # The pictures follow the room that there is; it must not follow them.
        foot.configure(width=px(3 * SIDE), height=px(SIDE + CAPTION_HEIGHT))
        foot.grid_propagate(False)
        foot.bind("<Configure>", self._fit)
        self.sheet.grid(row=0, column=0, sticky="nsew")
        foot.grid(row=1, column=0, sticky="nsew", pady=(px(8), 0))
        self.rowconfigure(0, weight=2, minsize=px(SHEET_HEIGHT))
        self.rowconfigure(1, weight=3)
        self.columnconfigure(0, weight=1)
        add_tooltip(self.sheet, TIP, PATIENT_TOOLTIP_DELAY_MS, position="top")
        for view, tip in (
            (self.large, "The chosen map, large."),
            (
                self.adds,
                "The image, and over it what the chosen map adds: red where the image would be "
                "darker without it, blue where it would be lighter.",
            ),
            (self.without, "The image that the rest of the network makes: this map is set to 0."),
        ):
            add_tooltip(view, tip, PATIENT_TOOLTIP_DELAY_MS, position="top")

        self.bind("<Map>", lambda event: self._refresh())
        # Painted again in the new colours.
        context.theme.subscribe(self, lambda palette: self._refresh())
        unsubscribe = context.state.subscribe(lambda state: self._refresh())
        self.bind("<Destroy>", lambda event: unsubscribe() if event.widget is self else None, "+")

    @property
    def settled(self) -> bool:
        """Whether the current point is shown, or nobody can see it."""
        return not self.winfo_ismapped() or (self._layers is not None and not self._later.pending)

    @property
    def shown(self) -> Activations | None:
        """What is on the sheet."""
        return self._shown

    def _fit(self, event: tk.Event) -> None:
        """Make the pictures as large as leaves the caption at their feet and the text its room."""
        px = self._context.theme.px
        wide = (event.width - px(TEXT_WIDTH)) // 3 - px(GAP)
        side = max(px(SIDE), min(wide, event.height - px(CAPTION_HEIGHT)))
        for view in (self.large, self.adds, self.without):
            view.configure(width=side, height=side)

    def set_model(self, model: LoadedModel) -> None:
        """Look into another model."""
        self._model = model
        self._layers = self._shown = None
        self._later.drop()
        self._refresh()

    def settings(self) -> dict[str, Any]:
        """What a session keeps: which map is chosen."""
        chosen = self._wanted or self.sheet.chosen
        return {} if chosen is None else {"layer": chosen[0], "map": chosen[1]}

    def apply_settings(self, settings: Mapping[str, Any]) -> None:
        """Take over settings of a session; what does not fit is left as it is."""
        layer, index = settings.get("layer"), settings.get("map")
        if layer in LAYERS and type(index) is int and index >= 0:
            self._wanted = layer, index
            self._take_wanted()

    # ---- drawing -------------------------------------------------------------------------------

    def _refresh(self) -> None:
        model = self._model
        if model is None or not self.winfo_ismapped():
            return
        if self._layers is not None:
            self._later.request()
            return

        def opened(layers: LayeredDecoder) -> None:
            if self._model is not None and self._model.bundle is model.bundle:
                self._open(layers)

        # The scales of the colours take a tenth of a second.
        state, folded = model.bundle.decoder, model.decoder
        self._context.run_job(
            "activations",
            "Looking into the decoder",
            lambda job: LayeredDecoder(state, folded),
            opened,
            quiet=True,
        )

    def _open(self, layers: LayeredDecoder) -> None:
        self._layers = layers
        z = np.zeros(layers.latent_dim)
        shapes = {layer: layers.activations(z).maps(layer).shape for layer in LAYERS}
        self.sheet.set_bands(
            tuple(
                Band(
                    layer,
                    TITLES[layer].format(shapes[layer][0], "{1} × {2}".format(*shapes[layer])),
                    shapes[layer],
                    layers.scales[layer],
                    layer != "hidden",
                )
                for layer in LAYERS
            )
        )
        self._take_wanted()
        self._refresh()

    def _take_wanted(self) -> None:
        """Choose the map of a session, if the model has it."""
        if self._layers is None or self._wanted is None:
            return
        (layer, index), self._wanted = self._wanted, None
        if index < self._layers.counts()[layer]:
            self.sheet.choose((layer, index))

    def _draw(self) -> Iterator[None]:
        """Show the newest point, in two parts."""
        layers, state = self._layers, self._context.state
        if layers is None or state.latent_dim != layers.latent_dim or not self.winfo_ismapped():
            return
        shown = self._shown = layers.activations(np.asarray(state.z))
        self.sheet.paint({layer: shown.maps(layer) for layer in LAYERS})
        yield
        if self.sheet.chosen is None:
            self.sheet.choose(("hidden", self._strongest(layers, shown)))
        self._show_chosen()

    def _strongest(self, layers: LayeredDecoder, shown: Activations) -> int:
        """The map that changes the image most: one worth looking at first."""
        changes = [
            np.abs(shown.image - layers.without(shown, "hidden", index)).sum()
            for index in range(len(shown.hidden))
        ]
        return int(np.argmax(changes))

    def _chosen(self) -> None:
        if self._shown is not None:
            self._show_chosen()

    def _show_chosen(self) -> None:
        layers, shown, chosen = self._layers, self._shown, self.sheet.chosen
        if layers is None or shown is None or chosen is None:
            return
        layer, index = chosen
        values = shown.maps(layer)[index]
        without = layers.without(shown, layer, index)
        change = shown.image - without
        self.large.show(self.sheet.picture_of(values, layers.scales[layer]))
        self.adds.show(_levels(shown.image), signed_change(change))
        self.without.show(_levels(without))
        count = layers.counts()[layer]
        self.captions[0].configure(text=f"map {index + 1} of {count}")
        self.text.show(_words(layer, index, count, values, change))


def _levels(image: np.ndarray) -> np.ndarray:
    """[-1, 1] -> uint8, as the decoder itself gives them."""
    return np.rint((image + 1.0) * 127.5).astype(np.uint8)


def _words(layer: str, index: int, count: int, values: np.ndarray, change: np.ndarray) -> str:
    """How strongly a map is on, and what it does to the image."""
    found = figures(values)
    text = f"Map {index + 1} {NAMES[layer]}: "
    if found.largest == 0.0:
        return text + "off at this point, so it adds nothing."
    text += (
        f"above zero in {100 * found.on:.0f}\N{NO-BREAK SPACE}% of its pixels, mean size "
        f"{found.mean:.2g}, largest {found.largest:.3g}. "
    )
    largest = float(np.abs(change).max())
    if largest < NOTHING:
        return text + "Without it the image is the same."
    return text + (
        f"Without it a pixel of the image changes by {np.abs(change).mean():.2g} on average, by "
        f"{largest:.2g} at most, of a range of 2. It makes red pixels lighter, blue ones darker."
    )
