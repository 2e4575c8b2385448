"""The base point of a walk: its picture, how far the point is from it, and what to do with it."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

import numpy as np

from explorer.theme import Button, Frame, Label, Menu, Menubutton, Theme, add_tooltip
from explorer.widgets.digit_view import DigitView

THUMBNAIL = 56  # pixels at 96 dpi
AT_BASE = "The point is at the base. A slider walks from here; a lock keeps what it has."
NEAR = 1e-5  # prior standard deviations: what the rounding of the state leaves of nothing


class BaseRow(Frame):
    """Shows a base.

    on_hold(), on_back(), on_table(): a button. fill_keep(menu): called before that menu opens.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        *,
        on_hold: Callable[[], None],
        on_back: Callable[[], None],
        on_table: Callable[[], None],
        fill_keep: Callable[[Menu], None],
    ) -> None:
        super().__init__(parent)
        px = theme.px
        self.view = DigitView(self, theme)
        self.view.configure(width=px(THUMBNAIL), height=px(THUMBNAIL))
        self.view.grid(row=0, column=0, rowspan=2, padx=(0, px(10)))
        self.label = Label(self, text=AT_BASE, bootstyle="secondary")
        self.label.grid(row=0, column=1, sticky="w")
        buttons = Frame(self)
        buttons.grid(row=1, column=1, sticky="ew")
        self.columnconfigure(1, weight=1)
        gap = px(6)
        self.here_button = Button(buttons, text="Hold here", command=on_hold)
        self.back_button = Button(buttons, text="Back to base", command=on_back)
        self.keep_button = Menubutton(buttons, text="Keep ", direction="above")
        self.keep_menu = Menu(
            self.keep_button, tearoff=False, postcommand=lambda: fill_keep(self.keep_menu)
        )
        self.keep_button.configure(menu=self.keep_menu)
        self.table_button = Button(buttons, text="Table", command=on_table)
        self.here_button.pack(side="left", padx=(0, gap))
        self.back_button.pack(side="left", padx=(0, gap))
        self.keep_button.pack(side="left")
        self.table_button.pack(side="right")
        self._set_moved(False)
        for widget, text in (
            (
                self.view,
                "The base: the point from which the sliders walk. It is wherever the point was "
                "put by anything else.",
            ),
            (
                self.here_button,
                "Makes the point as it is now the base: every slider is at 0 again, and walks "
                "from here.",
            ),
            (self.back_button, "Takes every slider back to 0."),
            (
                self.keep_button,
                "Keeps a direction under a name: one of these sliders, the change from the base "
                "to the point, or the difference of two groups of points. Also: directions from "
                "files.",
            ),
            (
                self.table_button,
                "Every direction with its figures: what it does, and what it does besides.",
            ),
        ):
            add_tooltip(widget, text)

    def show(self, pixels: np.ndarray, distance: float, moved: bool) -> None:
        """Show a base.

        pixels: (C, H, W) uint8. distance: of the point from it, prior standard deviations. moved:
        whether a slider is not at 0.
        """
        self.view.show(pixels)
        text = f"{distance:.2f} prior standard deviations from the base."
        self.label.configure(text=AT_BASE if distance < NEAR else text)
        self._set_moved(moved)

    def _set_moved(self, moved: bool) -> None:
        for button in (self.here_button, self.back_button):
            button.configure(state="normal" if moved else "disabled")
