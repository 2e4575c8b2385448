"""The second model of the Compare page, in one line: which one it is; choose, swap, close it."""

from __future__ import annotations

import tkinter as tk
from pathlib import Path

from explorer.model import LoadedModel
from explorer.second_model import SecondModel
from explorer.shipped import known_as
from explorer.theme import Button, Frame, Label, Menubutton, Theme, add_tooltip, font
from explorer.weights_files import absolute
from explorer.widgets.shipped_menu import ShippedMenu

NONE_OPEN = "none yet"
OPEN_TIP = (
    "Opens other decoder weights beside those of the window. All views of this page then show both "
    "models; their latent sizes may differ."
)
SHIPPED_TIP = (
    "Takes one of the models that come with the program as the second; the window's own is grey."
)
SWAP_TIP = (
    "Makes the second model the window's own, with its sliders and pages, and the window's own the "
    "second. The shelf shows that model's bookmarks."
)


class SecondRow(Frame):
    """Shows the second model, and follows it."""

    def __init__(self, parent: tk.Misc, theme: Theme, second: SecondModel) -> None:
        super().__init__(parent)
        self._theme = theme
        self._second = second
        px = theme.px
        Label(self, text="B, the second model:").pack(side="left")
        self.name_label = Label(self, font=font(10, bold=True))
        self.name_label.pack(side="left", padx=(px(6), px(10)))
        self.name_tip = add_tooltip(self.name_label, "")
        small = {"bootstyle": "secondary outline", "padding": (px(8), px(1))}
        self.shipped_button = Menubutton(
            self, text="Shipped ", bootstyle="secondary outline", padding=(px(8), px(1))
        )
        self.shipped = ShippedMenu(
            self.shipped_button,
            theme,
            second.open,
            marked=lambda: _file(second.model),
            barred=lambda: _file(second.first),
        )
        self.shipped_button.configure(menu=self.shipped)
        add_tooltip(self.shipped_button, SHIPPED_TIP)
        self.open_button = Button(self, text="Open …", command=second.ask, **small)
        self.swap_button = Button(self, text="Swap", command=second.swap, **small)
        self.close_button = Button(self, text="Close", command=second.close, **small)
        add_tooltip(self.open_button, OPEN_TIP)
        add_tooltip(self.swap_button, SWAP_TIP)
        add_tooltip(self.close_button, "Lets go of the second model; its file stays.")
        for button in (
            self.close_button,
            self.swap_button,
            self.open_button,
            self.shipped_button,
        ):
            button.pack(side="right", padx=(px(6), 0))
        unsubscribe = second.subscribe(self._show)
        self.bind("<Destroy>", lambda event: event.widget is self and unsubscribe(), add="+")
        self._show()

    def _show(self) -> None:
        model = self._second.model
        self.name_label.configure(
            text=NONE_OPEN if model is None else known_as(model.bundle.path),
            bootstyle="secondary" if model is None else "default",
        )
        self.name_tip.configure(
            text="A second model can be opened beside the window's own."
            if model is None
            else f"{model.bundle.path}: {model.latent_dim} dimensions."
        )
        for button in (self.swap_button, self.close_button):
            button.configure(state="disabled" if model is None else "normal")


def _file(model: LoadedModel | None) -> Path | None:
    return None if model is None else absolute(model.bundle.path)
