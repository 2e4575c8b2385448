"""A set of pictures: its name, a grid of them, and how often each class is among them."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

import numpy as np

from explorer.theme import PATIENT_TOOLTIP_DELAY_MS, Frame, Label, Theme, add_tooltip, font
from explorer.widgets.class_bars import ClassBars
from explorer.widgets.digit_grid import DigitGrid

BARS_SHARE = 0.34  # of the width, where the bars stand beside the grid
BARS_WIDTH = (92, 190)  # pixels at 96 dpi, within which it is
BARS_TIP = (
    "How often each class is in the set, by the classifier; the lines show how often real digits "
    "have that label. Point at a bar, or walk with the arrow keys, for its figures; a click or "
    "Return shows pictures of that class alone, in all four grids, and again all of them."
)


class SamplePanel(Frame):
    """Shows pictures and bars beside them.

    on_activate(index), on_hover(index or None), on_menu(index, event): of the grid.
    on_class(index): a bar was chosen.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        *,
        title: str,
        tooltip: str,
        on_activate: Callable[[int], None],
        on_hover: Callable[[int | None], None],
        on_menu: Callable[[int, tk.Event], None],
        on_class: Callable[[int], None],
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._message = ""
        px = theme.px
        head = Frame(self)
        self.title = Label(head, text=title, font=font(10, bold=True))
        self.note = Label(head, font=font(9), bootstyle="secondary")
        self.grid_view = DigitGrid(
            self,
            theme,
            on_activate=on_activate,
            on_hover=on_hover,
            on_menu=on_menu,
            centred=False,
        )
        self.bars = ClassBars(self, theme, on_choose=on_class)
        self.title.pack(side="left")
        self.note.pack(side="right")
        head.grid(row=0, column=0, columnspan=2, sticky="ew")
        self.grid_view.grid(row=1, column=0, sticky="nsew", pady=(px(2), 0))
        self.bars.grid(row=1, column=1, sticky="nsew", padx=(px(6), 0), pady=(px(2), 0))
        self.rowconfigure(1, weight=1)
        self.columnconfigure(0, weight=1)
        self.tips = (
            add_tooltip(self.title, tooltip),
            add_tooltip(self.grid_view, tooltip, PATIENT_TOOLTIP_DELAY_MS, position="top"),
        )
        add_tooltip(self.bars, BARS_TIP, PATIENT_TOOLTIP_DELAY_MS, position="top")
        self.bind("<Configure>", self._share_width)

    def show(self, pixels: np.ndarray, note: str) -> None:
        """Show other pictures, (N, C, H, W) uint8. note: a figure of the whole set."""
        self._message = ""
        self.note.configure(text=note)
        self.grid_view.set_images(pixels)
        self.bars.grid()

    def explain(self, tooltip: str) -> None:
        """Say something else of what the pictures are."""
        for tip in self.tips:
            tip.configure(text=tooltip)

    def show_message(self, text: str) -> None:
        """Say why there are no pictures; the grid takes all the room."""
        self._message = text
        self.note.configure(text="")
        self.grid_view.show_message(text)
        self.bars.grid_remove()

    @property
    def message(self) -> str:
        """What is said in place of pictures."""
        return self._message

    def _share_width(self, event: tk.Event) -> None:
        if event.widget is self:
            low, high = map(self._theme.px, BARS_WIDTH)
            self.bars.configure(width=max(low, min(high, int(BARS_SHARE * event.width))))
