"""A whole latent vector as text: shown, typed or pasted, and checked."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence

from explorer.theme import Button, Entry, Frame, Label, Palette, Theme, add_tooltip
from vae.latent import format_vector, parse_vector

SHOWN_DECIMALS = 3  # while nobody edits; the field with the focus shows all


class VectorField(Frame):
    """Shows a vector, and asks for the one that is typed.

    on_vector(z): Return, or Apply, with a text that is a vector of the right length. A text that is
    none is told below the field, and nothing else happens. Escape shows the vector again.
    """

    def __init__(
        self, parent: tk.Misc, theme: Theme, on_vector: Callable[[tuple[float, ...]], None]
    ) -> None:
        super().__init__(parent)
        self._on_vector = on_vector
        self._z: tuple[float, ...] = ()
        self._shown = ""  # the text of the vector; another one in the field is somebody's draft
        self._focused = False

        self.entry = Entry(self, state="disabled")
        self.button = Button(self, text="Apply", command=self.apply, state="disabled")
        self.message = Label(self)
        self.entry.grid(row=0, column=0, sticky="ew")
        self.button.grid(row=0, column=1, padx=(theme.px(6), 0))
        # Its line is there without a message, too: nothing may move from under the pointer.
        self.message.grid(row=1, column=0, columnspan=2, sticky="ew", pady=(theme.px(2), 0))
        self.columnconfigure(0, weight=1)
        add_tooltip(
            self.entry,
            "The current vector. Type or paste another one, whole, and press Return to go there: a "
            "JSON list, a NumPy print-out, or numbers with commas or spaces between them. Escape "
            "leaves it as it was.",
        )
        add_tooltip(self.button, "Goes to the vector in the field.")
        self.message.bind(
            "<Configure>", lambda event: self.message.configure(wraplength=event.width)
        )
        self.entry.bind("<FocusIn>", lambda event: self._focus(True))
        self.entry.bind("<FocusOut>", lambda event: self._focus(False))
        self.entry.bind("<Return>", self._return)
        self.entry.bind("<KP_Enter>", self._return)
        self.entry.bind("<Escape>", self._give_up)
        theme.subscribe(self, self._on_theme)

    def show(self, z: Sequence[float]) -> None:
        """Show another vector, unless one is being typed."""
        if tuple(z) == self._z:
            return
        self._z = tuple(z)
        for part in (self.entry, self.button):
            part.configure(state="normal")
        if not (self._focused and self._drafted):
            self._restore()

    def apply(self) -> bool:
        """Ask for the typed vector; False if the text is none."""
        if not self._drafted:
            return True  # what is shown may be rounded, and is where the point is
        try:
            z = parse_vector(self.entry.get(), len(self._z))
        except ValueError as error:
            text = str(error)
            self.message.configure(text=text[:1].upper() + text[1:])
            return False
        self._on_vector(z)
        self._restore()
        return True

    @property
    def _drafted(self) -> bool:
        return self.entry.get() != self._shown

    def _restore(self) -> None:
        """Show the vector, and forget what was typed."""
        exact = format_vector(self._z)
        rounded = ", ".join(f"{round(value, SHOWN_DECIMALS) + 0.0:g}" for value in self._z)
        self._shown = exact if self._focused else rounded
        self.entry.delete(0, "end")
        self.entry.insert(0, self._shown)
        self.message.configure(text="")

    def _focus(self, focused: bool) -> None:
        drafted = self._drafted
        self._focused = focused
        if self._z and not drafted:
            self._restore()
            if focused:
                self.entry.selection_range(0, "end")

    def _return(self, event: tk.Event) -> str:
        if self.apply():
            self.winfo_toplevel().focus_set()  # else the keys of the window stay with the field
        return "break"

    def _give_up(self, event: tk.Event) -> str:
        if self._z:
            self._restore()
        self.winfo_toplevel().focus_set()
        return "break"

    def _on_theme(self, palette: Palette) -> None:
        self.message.configure(foreground=palette.warning)
