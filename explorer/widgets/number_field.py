"""A number that is typed or stepped, within bounds; a wrong one is told and not taken."""

from __future__ import annotations

import math
import tkinter as tk
from collections.abc import Callable

from explorer.theme import Spinbox
from vae.latent import parse_number


def checked_number(text: str, what: str, low: float, high: float, whole: bool) -> float:
    """The number in a text.

    Raises:
        ValueError: not a number, not whole where it must be, or outside [low, high].
    """
    try:
        number = parse_number(text)
    except ValueError as error:
        if not _is_finite(text):
            raise ValueError(f"{what}: {error}") from error
        number = float(text)  # a number, but too large for a latent value
    if whole and number != int(number):
        raise ValueError(f"{what} must be a whole number, not {text.strip()!r}.")
    if not low <= number <= high:
        raise ValueError(f"{what} must be from {low:g} to {high:g}, not {number:g}.")
    return number


def _is_finite(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


class NumberField(Spinbox):
    """A spin box whose `number` is always valid.

    on_change(number): another valid number was entered. on_error(message): what was entered can't
    be used, and the last valid number is shown again; an empty message when that is mended. Return
    takes the number over and leaves the field, Escape leaves it as it was.
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
        self._was_wrong = False
        self.bind("<Return>", self._accept)
        self.bind("<KP_Enter>", self._accept)
        self.bind("<Escape>", self._give_up)
        self.bind("<FocusOut>", lambda event: self._leave())

    @property
    def number(self) -> float:
        """The last valid number; an int where only whole numbers are allowed."""
        return int(self._number) if self._whole else self._number

    def set_number(self, number: float) -> None:
        """Show another number, clipped to the bounds, without telling anybody."""
        clipped = min(self._high, max(self._low, number))
        self._number = round(clipped) if self._whole else clipped
        self._show()

    def set_high(self, high: float) -> None:
        """Allow another highest number; a higher one that is shown is clipped, untold."""
        self._high = high
        self.configure(to=high)
        self.set_number(self._number)

    def _leave(self) -> None:
        self.selection_clear()  # else two fields look as if one were typing in both
        self.commit()

    def commit(self) -> bool:
        """Take over what is typed; False if it can't be used."""
        try:
            number = checked_number(self.get(), self._what, self._low, self._high, self._whole)
        except ValueError as error:
            self._show()
            self._was_wrong = True
            self._on_error(str(error))
            return False
        if self._was_wrong:
            self._was_wrong = False
            self._on_error("")
        changed = number != self._number
        self._number = number
        self._show()
        if changed:
            self._on_change(self.number)
        return True

    def _accept(self, event: tk.Event) -> str | None:
        if not self.commit():
            return "break"
        self.winfo_toplevel().focus_set()
        return None

    def _give_up(self, event: tk.Event) -> str:
        self._show()
        self.winfo_toplevel().focus_set()
        return "break"

    def _show(self) -> None:
        self.set(f"{self._number:.0f}" if self._whole else f"{self._number:g}")
