"""A position along a path, from 0 to 1: shown, dragged, and stepped by keys."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

from explorer.theme import Palette, Theme

HEIGHT = 28  # pixels at 96 dpi, like all lengths here
THUMB_RADIUS = 7
LINE_WIDTH = 4
MARGIN = 12


class ScrubBar(tk.Canvas):
    """Shows a position and asks for another.

    on_change(position): the person moved it. on_press(), on_release(): a drag begins and ends.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        *,
        steps: int,
        on_change: Callable[[float], None],
        on_press: Callable[[], None],
        on_release: Callable[[], None],
    ) -> None:
        super().__init__(
            parent,
            height=theme.px(HEIGHT),
            width=theme.px(100),
            highlightthickness=0,
            borderwidth=0,
            takefocus=True,
        )
        self._theme = theme
        self._on_change = on_change
        self._on_press = on_press
        self._on_release = on_release
        self._steps = steps
        self._position = 0.0

        self._ring = self.create_rectangle(0, 0, 0, 0, width=theme.px(2), state="hidden")
        self._line = self.create_line(0, 0, 0, 0, width=theme.px(LINE_WIDTH), capstyle="round")
        self._past = self.create_line(0, 0, 0, 0, width=theme.px(LINE_WIDTH), capstyle="round")
        self._thumb = self.create_oval(0, 0, 0, 0, width=theme.px(2))

        self.bind("<Configure>", lambda event: self._layout())
        self.bind("<Button-1>", self._press)
        self.bind("<B1-Motion>", lambda event: self._ask(self._position_at(event.x)))
        self.bind("<ButtonRelease-1>", lambda event: self._on_release())
        for keys, steps_ in ((("Left", "Down"), -1), (("Right", "Up"), 1)):
            for key in keys:
                self.bind(f"<{key}>", lambda event, n=steps_: self._step(n))
        self.bind("<Home>", lambda event: self._ask(0.0))
        self.bind("<End>", lambda event: self._ask(1.0))
        self.bind("<FocusIn>", lambda event: self.itemconfigure(self._ring, state="normal"))
        self.bind("<FocusOut>", lambda event: self.itemconfigure(self._ring, state="hidden"))
        theme.subscribe(self, self._on_theme)

    @property
    def position(self) -> float:
        """0 at the start of the path, 1 at its end."""
        return self._position

    def set_steps(self, steps: int) -> None:
        """The number of frames that the arrow keys walk through."""
        self._steps = steps

    def set_position(self, position: float) -> None:
        """Show another position, without telling anybody."""
        self._position = min(1.0, max(0.0, position))
        self._place()

    def _ask(self, position: float) -> str:
        self._on_change(min(1.0, max(0.0, position)))
        return "break"

    def _step(self, frames: int) -> str:
        intervals = max(1, self._steps - 1)
        return self._ask((round(self._position * intervals) + frames) / intervals)

    def _press(self, event: tk.Event) -> None:
        self.focus_set()
        self._on_press()
        self._ask(self._position_at(event.x))

    def _ends(self) -> tuple[int, int]:
        margin = self._theme.px(MARGIN)
        return margin, max(margin + 1, self.winfo_width() - margin)

    def _position_at(self, x: int) -> float:
        left, right = self._ends()
        return (x - left) / (right - left)

    def _layout(self) -> None:
        left, right = self._ends()
        middle = self.winfo_height() / 2
        self.coords(self._ring, 1, 1, self.winfo_width() - 2, self.winfo_height() - 2)
        self.coords(self._line, left, middle, right, middle)
        self._place()

    def _place(self) -> None:
        left, right = self._ends()
        middle, radius = self.winfo_height() / 2, self._theme.px(THUMB_RADIUS)
        x = left + self._position * (right - left)
        self.coords(self._past, left, middle, x, middle)
        self.coords(self._thumb, x - radius, middle - radius, x + radius, middle + radius)

    def _on_theme(self, palette: Palette) -> None:
        self.configure(background=palette.background)
        self.itemconfigure(self._ring, outline=palette.accent)
        self.itemconfigure(self._line, fill=palette.border)
        self.itemconfigure(self._past, fill=palette.accent)
        self.itemconfigure(self._thumb, fill=palette.accent, outline=palette.background)
