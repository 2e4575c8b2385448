"""The network of the open weights as a diagram, and what each of its blocks is for."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Mapping
from typing import Any

from explorer.context import Context
from explorer.model import LoadedModel
from explorer.network_words import explanation
from explorer.theme import PATIENT_TOOLTIP_DELAY_MS, Frame, add_tooltip
from explorer.widgets.network_diagram import NetworkDiagram
from explorer.widgets.sentence import Sentence
from vae.architecture import Architecture, architecture, opponent
from vae.documents import is_int
from vae.recorded import is_gan

MAX_MAPS = 10_000  # of a convolution; more is damage
LINES = 4  # of the longest explanation at the smallest width
NO_ENCODER = "These weights came without an encoder, so only the decoder is drawn."
NOT_YET = "A GAN gets an encoder when its training has ended."
TIP = (
    "What flows through the network, layer after layer: the shape of every tensor, the layer that "
    "makes it, and how many numbers were learned for it. Point at a block, or walk with the arrow "
    "keys, to read what it does."
)


class NetworkView(Frame):
    """diagram: the drawing; text: the block under the pointer, or the chosen one, in words."""

    def __init__(self, parent: tk.Misc, context: Context) -> None:
        super().__init__(parent)
        self._network: Architecture | None = None
        self.diagram = NetworkDiagram(self, context.theme, self._explain)
        self.text = Sentence(self, LINES)
        self.diagram.grid(row=0, column=0, sticky="nsew")
        self.text.grid(row=1, column=0, sticky="ew", pady=(context.theme.px(6), 0))
        self.rowconfigure(0, weight=1)
        self.columnconfigure(0, weight=1)
        add_tooltip(self.diagram, TIP, PATIENT_TOOLTIP_DELAY_MS, position="top")

    def set_model(self, model: LoadedModel) -> None:
        """Draw another network."""
        bundle = model.bundle
        channels = _channels((bundle.record or {}).get("training"))
        self._network = architecture(
            bundle.config,
            bundle.encoder is not None,
            is_gan(bundle.record),
            None if channels is None else opponent(bundle.config, channels),
        )
        self.diagram.show(self._network)

    def _explain(self) -> None:
        block = self.diagram.shown
        if block is None:
            return
        text = explanation(block, self._network)
        if not self._network.has_encoder and block.name == "z":
            text = f"{NOT_YET if self._network.is_gan else NO_ENCODER} {text}"
        self.text.show(text)


def _channels(training: Any) -> tuple[int, int] | None:
    """The maps of the discriminator, out of a record that anybody may have edited."""
    listed = training.get("discriminator_channels") if isinstance(training, Mapping) else None
    if not (isinstance(listed, list) and len(listed) == 2):
        return None
    return tuple(listed) if all(is_int(n) and 0 < n <= MAX_MAPS for n in listed) else None
