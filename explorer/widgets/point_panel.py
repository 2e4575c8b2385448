"""The left side: the current point as a digit, the presets, the sliders and what moves them."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence

import numpy as np

from explorer.glide import Glide
from explorer.state import ExplorerState
from explorer.theme import Button, Frame, Theme, add_tooltip
from explorer.widgets.digit_grid import DigitGrid
from explorer.widgets.digit_view import DigitView
from explorer.widgets.latent_panel import LatentPanel

PRESETS_HEIGHT = 56  # pixels at 96 dpi, like all lengths here: a thumbnail and its name
PRESET_CELL = 36
BUTTONS = (
    (
        "Random",
        "A random point, distributed as the encoded training images are (R). Shift+R draws from "
        "the prior N(0, I) instead.",
    ),
    ("Reset", "All dimensions to 0, the centre of the prior (Home)."),
    ("Undo", "Back to where the point was before (Ctrl+Z)."),
    ("Redo", "Do again what was undone (Ctrl+Y)."),
    ("Copy", "Copies the vector as a JSON list (Ctrl+C)."),
)


class PointPanel(Frame):
    """Shows the point, and asks for changes.

    commands: what each of the BUTTONS does. on_preset(index): a preset was chosen.
    on_error(message): a typed value can't be used.

    digit, presets, sliders, buttons: its parts.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        state: ExplorerState,
        glide: Glide,
        *,
        commands: dict[str, Callable[[], None]],
        on_preset: Callable[[int], None],
        on_error: Callable[[str], None],
    ) -> None:
        px = theme.px
        super().__init__(parent, padding=(px(12), px(12), px(6), px(8)))
        self._state = state
        self.digit = DigitView(self, theme)
        self.presets = DigitGrid(
            self,
            theme,
            on_activate=on_preset,
            max_cell=PRESET_CELL,
            fixed_height=PRESETS_HEIGHT,
        )
        self.sliders = LatentPanel(self, theme, state, glide, on_error)
        self.sliders.set_enabled(False)
        row = Frame(self)
        self.buttons: dict[str, Button] = {}
        for column, (name, tooltip) in enumerate(BUTTONS):
            button = Button(row, text=name, command=commands[name])
            button.grid(row=0, column=column, sticky="ew", padx=(0 if column == 0 else px(6), 0))
            row.columnconfigure(column, weight=1)
            add_tooltip(button, tooltip)
            self.buttons[name] = button

        self.digit.grid(row=0, column=0, sticky="nsew")
        self.presets.grid(row=1, column=0, sticky="ew", pady=(px(8), px(4)))
        self.sliders.grid(row=2, column=0, sticky="ew")
        row.grid(row=3, column=0, sticky="ew", pady=(px(8), 0))
        self.rowconfigure(0, weight=1)
        self.columnconfigure(0, weight=1)
        add_tooltip(
            self.presets,
            "For each class, the point that the classifier is surest of among typical ones. Click "
            "one, or press its key, to glide there.",
        )
        self.digit.show_message("Loading the model …")

    def show_presets(self, pixels: np.ndarray | None, names: Sequence[str]) -> None:
        """Show the presets, (classes, C, H, W) uint8, or say that there are none."""
        if pixels is None:
            self.presets.show_message("No classifier judges these images, so there are no presets.")
        else:
            self.presets.set_images(pixels, names)

    def refresh(self, pixels: np.ndarray) -> None:
        """Show the state and its image, (C, H, W) uint8."""
        self.digit.show(pixels)
        self.sliders.refresh()
        for name, possible in (("Undo", self._state.can_undo), ("Redo", self._state.can_redo)):
            button = self.buttons[name]
            if button.instate(["disabled"]) == possible:
                button.state(["!disabled"] if possible else ["disabled"])
