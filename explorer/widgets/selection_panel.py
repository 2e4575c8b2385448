"""What was taken together on a map: how many real digits, which, their mean, and what to do."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

from explorer.map_selection import DigitSelection
from explorer.theme import Button, Frame, Label, Theme, add_tooltip, font
from explorer.widgets.digit_grid import DigitGrid
from explorer.widgets.digit_view import DigitView
from explorer.widgets.label_bars import LabelBars

HEIGHT = 62  # pixels at 96 dpi, like all lengths here; two rows of buttons
BARS_WIDTH, BARS_HEIGHT = 184, 44
EXAMPLE = 29  # two rows of them


class SelectionPanel(Frame):
    """Shows a selection.

    on_mean(selection), on_shelf(selection), on_clear(): a button. on_example(index): a real digit
    was clicked; it is marked, and the one that on_draw(index) is called with, else it is the first.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        *,
        on_mean: Callable[[DigitSelection], None],
        on_shelf: Callable[[DigitSelection], None],
        on_draw: Callable[[int], None],
        on_clear: Callable[[], None],
        on_example: Callable[[int], None],
    ) -> None:
        super().__init__(parent)
        self._selection: DigitSelection | None = None
        self._on_draw = on_draw
        self._on_example = on_example
        px = theme.px
        self.mean_view = DigitView(self, theme)
        self.mean_view.configure(width=px(HEIGHT), height=px(HEIGHT))
        self.label = Label(self, font=font(9))
        self.bars = LabelBars(self, theme, width=BARS_WIDTH, height=BARS_HEIGHT)
        self.examples = DigitGrid(
            self,
            theme,
            on_activate=self._choose,
            max_cell=EXAMPLE,
            fixed_height=HEIGHT,
            centred=False,
        )
        buttons = Frame(self)
        self.mean_button = Button(buttons, text="Mean", command=lambda: on_mean(self._selection))
        self.draw_button = Button(buttons, text="Draw", command=self._draw)
        self.shelf_button = Button(
            buttons, text="To the shelf", command=lambda: on_shelf(self._selection)
        )
        self.clear_button = Button(buttons, text="Clear", command=on_clear)
        for place, button in enumerate(
            (self.mean_button, self.shelf_button, self.draw_button, self.clear_button)
        ):
            button.grid(
                row=place // 2,
                column=place % 2,
                sticky="ew",
                padx=(px(4), 0),
                pady=(0, px(4)) if place < 2 else 0,
            )
        self.mean_view.grid(row=0, column=0, rowspan=2, padx=(0, px(8)))
        self.label.grid(row=0, column=1, columnspan=2, sticky="w")
        self.bars.grid(row=1, column=1, sticky="sw", padx=(0, px(8)))
        self.examples.grid(row=0, column=2, rowspan=2, sticky="nsew")
        buttons.grid(row=0, column=3, rowspan=2, sticky="e")
        self.columnconfigure(2, weight=1)
        self.rowconfigure(1, weight=1)
        for widget, text in (
            (
                self.mean_view,
                "The decoded mean of these digits: the average of their posterior means. Where "
                "they lie in one cluster it is a clear digit; between clusters it is none.",
            ),
            (self.bars, "How many of these digits have each label."),
            (
                self.examples,
                "Some of these digits. Click one, or walk with the arrow keys and press Return, "
                "to make its posterior mean the current point.",
            ),
            (self.mean_button, "Makes the mean of these digits the current point."),
            (self.shelf_button, "Bookmarks the mean of these digits."),
            (
                self.draw_button,
                "Opens the marked digit on the Draw page, or the first one: how it is encoded, "
                "and what of it the model keeps.",
            ),
            (self.clear_button, "Lets go of these digits."),
        ):
            add_tooltip(widget, text)
        self.clear()

    @property
    def selection(self) -> DigitSelection | None:
        """What is shown; None before there is any."""
        return self._selection

    def show(self, selection: DigitSelection) -> None:
        """Show digits that were taken together."""
        self._selection = selection
        self.label.configure(text=selection.words)
        self.mean_view.show(selection.mean_image)
        self.bars.show(selection.names, selection.counts)
        self.examples.set_images(selection.example_images)
        self._enable("normal")

    def clear(self) -> None:
        """Let go of them; who shows this panel hides it then."""
        self._selection = None
        self._enable("disabled")

    def _enable(self, state: str) -> None:
        for button in (self.mean_button, self.shelf_button, self.draw_button):
            button.configure(state=state)

    def _choose(self, place: int) -> None:
        self.examples.set_marked(place)
        self._on_example(int(self._selection.examples[place]))

    def _draw(self) -> None:
        self._on_draw(int(self._selection.examples[self.examples.marked or 0]))
