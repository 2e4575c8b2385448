"""A number that is typed or stepped, within bounds; a wrong one is told and not taken."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

from explorer.theme import Spinbox
from vae.latent import parse_number


def checked_number(text: str, what: str, low: float, high: float, whole: bool) -> float:
    """The number in a text.

    Raises:
        ValueError: not a number, not whole where it must be, or outside [low, high].
    """
    number = parse_number(text)
    if whole and number != int(number):
        raise ValueError(f"{what} must be a whole number, not {text.strip()!r}.")
    if not low <= number <= high:
        raise ValueError(f"{what} must be from {low:g} to {high:g}, not {number:g}.")
    return number


class NumberField(Spinbox):
    """A spin box whose `number` is always valid.

    on_change(number): another valid number was entered. on_error(message): what was entered can't
    be used; the last valid number is shown again.
    """

    def __init__(
        self,
        parent: tk.Misc,
        *,
        what: str,
        number: float,
        low: float,
        high: float,
        step: float = 1,
        width: int = 6,
        on_change: Callable[[float], None],
        on_error: Callable[[str], None],
    ) -> None:
        self._what = what
        self._low, self._high = low, high
        self._whole = isinstance(step, int)
        self._number = number
        self._on_change = on_change
        self._on_error = on_error
        super().__init__(
            parent, from_=low, to=high, increment=step, width=width, command=self.commit
        )
        self._show()
        self.bind("<Return>", lambda event: self.commit())
        self.bind("<KP_Enter>", lambda event: self.commit())
        self.bind("<FocusOut>", lambda event: self.commit())

    @property
    def number(self) -> float:
        """The last valid number; an int where only whole numbers are allowed."""
        return int(self._number) if self._whole else self._number

    def set_number(self, number: float) -> None:
        """Show another number, clipped to the bounds, without telling anybody."""
        clipped = min(self._high, max(self._low, number))
        self._number = round(clipped) if self._whole else clipped
        self._show()

    def commit(self) -> None:
        """Take over what is typed."""
        try:
            number = checked_number(self.get(), self._what, self._low, self._high, self._whole)
        except ValueError as error:
            self._show()
            self._on_error(str(error))
            return
        changed = number != self._number
        self._number = number
        self._show()
        if changed:
            self._on_change(self.number)

    def _show(self) -> None:
        self.set(f"{self._number:.0f}" if self._whole else f"{self._number:g}")
