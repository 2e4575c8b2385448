"""A thin slider for a factor: a strength of a term, or how far a change is taken."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence

from explorer.theme import Palette, Theme, font

STEP, BIG_STEP = 0.05, 0.5
DECIMALS = 2
HEIGHT = 16  # pixels at 96 dpi, like all lengths here
LABEL_HEIGHT = 12
LEAST_WIDTH = 80
MARGIN = 8  # the thumb's radius, and the focus ring
LINE_WIDTH = 4
THUMB_RADIUS = 6
TICK = 5  # above and below the line
CATCH = 4  # a mark holds a thumb that is dragged this near
X11_WHEEL_UP, X11_WHEEL_DOWN = 4, 5  # button numbers


class StrengthSlider(tk.Canvas):
    """Shows a number and asks for another; the line is filled from 0 to the thumb.

    low, high: the ends of the line; a number beyond them is shown at the end. marks: numbers that
    are marked, and easily hit. labelled: they are written above. rest: what a double click asks
    for.
    on_change(number): the person moved it.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        *,
        low: float,
        high: float,
        marks: Sequence[float] = (0.0, 1.0),
        labelled: bool = False,
        rest: float = 1.0,
        on_change: Callable[[float], None],
    ) -> None:
        super().__init__(
            parent,
            height=theme.px(HEIGHT + LABEL_HEIGHT * labelled),
            width=theme.px(LEAST_WIDTH),
            highlightthickness=0,
            borderwidth=0,
            takefocus=True,
        )
        self._theme = theme
        self._low, self._high = low, high
        self._marks = tuple(marks)
        self._labelled = labelled
        self._on_change = on_change
        self._number = rest
        self._given_ends: tuple[int, int] | None = None

        self._ring = self.create_rectangle(0, 0, 0, 0, width=theme.px(2), state="hidden")
        self._line = self.create_line(0, 0, 0, 0, width=theme.px(LINE_WIDTH), capstyle="round")
        self._ticks = [self.create_line(0, 0, 0, 0, width=1) for _ in self._marks]
        self._labels = [
            self.create_text(0, 0, anchor="s", text=f"{mark:g}".replace("-", "−"), font=font(8))
            for mark in self._marks
            if labelled
        ]
        self._fill = self.create_line(0, 0, 0, 0, width=theme.px(LINE_WIDTH))
        self._thumb = self.create_oval(0, 0, 0, 0, width=theme.px(2))

        self.bind("<Configure>", lambda event: self._layout())
        self.bind("<Button-1>", self._press)
        self.bind("<B1-Motion>", lambda event: self._ask(self._number_at(event.x)))
        self.bind("<Double-Button-1>", lambda event: self._ask(rest))
        for key, sign in (("Left", -1), ("Down", -1), ("Right", 1), ("Up", 1)):
            for prefix, step in (("", STEP), ("Shift-", BIG_STEP)):
                self.bind(f"<{prefix}{key}>", lambda event, by=sign * step: self._step(by))
        self.bind("<Home>", lambda event: self._ask(low))
        self.bind("<End>", lambda event: self._ask(high))
        self.bind("<MouseWheel>", lambda event: self._step(STEP if event.delta > 0 else -STEP))
        self.bind(f"<Button-{X11_WHEEL_UP}>", lambda event: self._step(STEP))
        self.bind(f"<Button-{X11_WHEEL_DOWN}>", lambda event: self._step(-STEP))
        self.bind("<FocusIn>", lambda event: self.itemconfigure(self._ring, state="normal"))
        self.bind("<FocusOut>", lambda event: self.itemconfigure(self._ring, state="hidden"))
        theme.subscribe(self, self._on_theme)

    @property
    def number(self) -> float:
        """The shown number, which may lie beyond the ends."""
        return self._number

    def set_number(self, number: float) -> None:
        """Show another number, without telling anybody."""
        if number != self._number:
            self._number = number
            self._place()

    def set_ends(self, left: int, right: int) -> None:
        """Put the ends of the line at these pixels of this widget, to match what stands below."""
        if (left, right) != self._given_ends and left < right:
            self._given_ends = left, right
            self._layout()

    def x_of(self, number: float) -> float:
        """Where the thumb's middle is for a number within the ends, in pixels of this widget."""
        left, right = self._ends()
        return left + (number - self._low) / (self._high - self._low) * (right - left)

    def _ask(self, number: float) -> str:
        asked = round(min(self._high, max(self._low, number)), DECIMALS) + 0.0
        if asked != self._number:
            self._on_change(asked)
        return "break"

    def _step(self, by: float) -> str:
        return self._ask(self._number + by)

    def _press(self, event: tk.Event) -> None:
        self.focus_set()
        self._ask(self._number_at(event.x))

    def _number_at(self, x: float) -> float:
        for mark in self._marks:
            if abs(x - self.x_of(mark)) <= self._theme.px(CATCH):
                return mark
        left, right = self._ends()
        number = self._low + (x - left) / (right - left) * (self._high - self._low)
        return round(number / STEP) * STEP

    def _ends(self) -> tuple[int, int]:
        if self._given_ends is not None:
            return self._given_ends
        margin = self._theme.px(MARGIN)
        return margin, max(margin + 1, self.winfo_width() - margin)

    def _layout(self) -> None:
        left, right = self._ends()
        middle, tick = self._middle(), self._theme.px(TICK)
        self.coords(self._ring, 1, 1, self.winfo_width() - 2, self.winfo_height() - 2)
        self.coords(self._line, left, middle, right, middle)
        for item, mark in zip(self._ticks, self._marks, strict=True):
            x = self.x_of(mark)
            self.coords(item, x, middle - tick, x, middle + tick)
        for item, mark in zip(self._labels, self._marks, strict=False):
            self.coords(item, self.x_of(mark), middle - tick)
        self._place()

    def _middle(self) -> float:
        below = self._theme.px(LABEL_HEIGHT * self._labelled)
        return below + (self.winfo_height() - below) / 2

    def _place(self) -> None:
        middle, radius = self._middle(), self._theme.px(THUMB_RADIUS)
        zero = self.x_of(min(self._high, max(self._low, 0.0)))
        x = self.x_of(min(self._high, max(self._low, self._number)))
        self.coords(self._fill, zero, middle, x, middle)
        self.coords(self._thumb, x - radius, middle - radius, x + radius, middle + radius)

    def _on_theme(self, palette: Palette) -> None:
        self.configure(background=palette.background)
        self.itemconfigure(self._ring, outline=palette.accent)
        self.itemconfigure(self._line, fill=palette.border)
        self.itemconfigure(self._fill, fill=palette.accent)
        self.itemconfigure(self._thumb, fill=palette.accent, outline=palette.background)
        for item in (*self._ticks, *self._labels):
            self.itemconfigure(item, fill=palette.muted)
