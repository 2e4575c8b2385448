"""Where a drawing comes from, other than from the pen: a picture, a real digit, the point."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

from explorer.theme import Button, Frame, Menu, Menubutton, Theme, add_tooltip, ask_text
from explorer.widgets.number_field import checked_number


class DrawSources(Frame):
    """A row of buttons. on_open(), on_point(), on_save(): a button.

    on_random(label): a real digit of a class, or of any with None. on_number(number): the real
    digit of that number. on_error(message): what was typed is no such number.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        *,
        on_open: Callable[[], None],
        on_random: Callable[[int | None], None],
        on_number: Callable[[int], None],
        on_point: Callable[[], None],
        on_save: Callable[[], None],
        on_error: Callable[[str], None],
    ) -> None:
        super().__init__(parent)
        px = theme.px
        self._theme = theme
        self._on_random, self._on_number, self._on_error = on_random, on_number, on_error
        self._labels: tuple[int, ...] = ()
        self._count = 0
        self._reason = ""
        self.open_button = Button(self, text="Open…", command=on_open)
        self.real_button = Menubutton(self, text="Real digit ")
        self.real_menu = Menu(self.real_button, tearoff=False, postcommand=self._fill)
        self.real_button.configure(menu=self.real_menu)
        self.point_button = Button(self, text="From the point", command=on_point)
        self.save_button = Button(self, text="Save…", command=on_save)
        for widget, tooltip in (
            (
                self.open_button,
                "Opens a picture or a photograph of a digit: it is made light on dark, freed of "
                "the paper and cut out.",
            ),
            (
                self.real_button,
                "Takes one of the 10,000 test digits of MNIST, which training has never seen.",
            ),
            (
                self.point_button,
                "Draws what the current point is decoded to. The encoder seldom answers with that "
                "very point.",
            ),
            (self.save_button, "Saves the image that is encoded as a PNG of its own size."),
        ):
            widget.configure(padding=(px(6), px(3)))
            widget.pack(side="left", padx=(0, px(6)))
            add_tooltip(widget, tooltip)

    def set_digits(self, labels: tuple[int, ...], count: int, reason: str = "") -> None:
        """Offer real digits of these classes, numbered 0 to count - 1; or say why there are none.

        count: 0 with a reason.
        """
        self._labels, self._count, self._reason = labels, count, reason

    def set_enabled(self, enabled: bool, savable: bool) -> None:
        """Say whether there is a sheet to draw on, and something on it."""
        for widget in (self.open_button, self.real_button, self.point_button):
            widget.state(["!disabled" if enabled else "disabled"])
        self.save_button.state(["!disabled" if savable else "disabled"])

    def ask_number(self) -> None:
        """Ask for the number of a real digit."""
        last = self._count - 1
        answer = ask_text(
            self.winfo_toplevel(), "Real digit", f"Its number, from 0 to {last:,}:", "0"
        )
        if answer is None:
            return
        try:
            number = checked_number(answer, "The number of a real digit", 0, last, whole=True)
        except ValueError as error:
            self._on_error(str(error))
            return
        self._on_number(int(number))

    def _fill(self) -> None:
        menu = self.real_menu
        menu.delete(0, "end")
        if not self._count:
            menu.add_command(label=self._reason or "There are none yet.", state="disabled")
        else:
            menu.add_command(label="Any", command=lambda: self._on_random(None))
            for label in self._labels:
                menu.add_command(
                    label=f"A random {label}", command=lambda label=label: self._on_random(label)
                )
            menu.add_separator()
            menu.add_command(label="Number…", command=self.ask_number)
        self._theme.paint_entries(menu)
