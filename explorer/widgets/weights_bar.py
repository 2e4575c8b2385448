"""Which weights are open, and how to come to others."""

from __future__ import annotations

import tkinter as tk
import tkinter.font as tkfont

from explorer.model import LoadedModel
from explorer.shipped import is_shipped, known_as
from explorer.theme import (
    Button,
    Checkbutton,
    Frame,
    Label,
    Menubutton,
    Theme,
    add_tooltip,
    font,
)
from explorer.weights_files import WeightsFiles, absolute
from explorer.widgets.choices import fitted
from explorer.widgets.recent_menu import RecentMenu
from explorer.widgets.shipped_menu import ShippedMenu


class WeightsBar(Frame):
    """The file's name, buttons that open others, and the switch that follows its changes.

    open_button, recent_button, shipped_button, reload_box: its controls; recent, shipped: the menus
    of two of them.
    """

    def __init__(self, parent: tk.Misc, theme: Theme, weights: WeightsFiles) -> None:
        super().__init__(parent)
        px = theme.px
        self._weights = weights
        self._name = "No model yet"
        self._font = tkfont.Font(self, font=font(11, bold=True))
        # One character: it takes the room that is left, and none of the buttons'.
        self.label = Label(self, font=self._font, width=1, anchor="w")
        self._tip = add_tooltip(self.label, "No weights are open.")
        self.open_button = Button(self, text="Open…", command=weights.ask)
        self.recent_button = Menubutton(self, text="Recent")
        self.recent = RecentMenu(self.recent_button, theme, weights)
        self.recent_button.configure(menu=self.recent)
        self.shipped_button = Menubutton(self, text="Shipped")
        self.shipped = ShippedMenu(
            self.shipped_button, theme, weights.open_shipped, marked=lambda: weights.current
        )
        self.shipped_button.configure(menu=self.shipped)
        self._reload = tk.BooleanVar(self, weights.reload)
        self.reload_box = Checkbutton(
            self,
            text="Reload",
            variable=self._reload,
            command=lambda: weights.set_reload(self._reload.get()),
        )
        self.label.grid(row=0, column=0, sticky="ew", padx=(0, px(8)))
        for column, (control, tooltip) in enumerate(
            (
                (self.reload_box, RELOAD_TIP),
                (self.open_button, "Open other decoder weights (.pt), of any size of this family."),
                (self.recent_button, "Weights that were opened before, the last one first."),
                (self.shipped_button, "The models that come with the program."),
            ),
            start=1,
        ):
            control.grid(row=0, column=column, padx=(px(6), 0))
            add_tooltip(control, tooltip)
        self.columnconfigure(0, weight=1)
        self.label.bind("<Configure>", lambda event: self._fit())
        unsubscribe = weights.subscribe(lambda: self._reload.set(weights.reload))
        self.bind("<Destroy>", lambda event: unsubscribe() if event.widget is self else None, "+")

    def set_model(self, model: LoadedModel) -> None:
        """Show which file is open."""
        path = absolute(model.bundle.path)
        self._name = f"Shipped: {known_as(path)}" if is_shipped(path) else known_as(path)
        self._tip.configure(text=str(path))
        self._fit()

    def _fit(self) -> None:
        room = self.label.winfo_width()
        self.label.configure(text=fitted(self._name, room, self._font.measure))


RELOAD_TIP = (
    "Open the weights anew when their file changes, so that a training in a terminal can be "
    "watched here: python train.py keeps runs/latest/decoder_weights.pt up to date. The point, its "
    "locks and its history stay. What is being dragged or played is not interrupted."
)
