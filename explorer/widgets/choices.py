"""Things on a Canvas, one of which is pointed at, walked to and chosen."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping

from explorer.theme import Palette, Theme


class Choices(tk.Canvas):
    """The pointer, the keyboard's cursor and the marks that show both; a subclass draws the things.

    on_choose(index): a click on one, or Return or space on the one under the cursor. steps: how far
    the arrow keys walk.

    A subclass gives `_layout`, called when Tk is idle after another size and after `_schedule`;
    `index_at` and `box_of`, which say where the things are; and `_choosable`, how many are shown.
    It subscribes `_on_theme` when it is built.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        *,
        width: int,
        height: int,
        steps: Mapping[str, int],
        on_choose: Callable[[int], None],
    ) -> None:
        super().__init__(
            parent,
            highlightthickness=0,
            borderwidth=0,
            takefocus=False,
            width=width,
            height=height,
        )
        self._theme = theme
        self._on_choose = on_choose
        self._hovered: int | None = None
        self._cursor: int | None = None
        self._focused = False
        self._pending: str | None = None
        self._hover = self.create_rectangle(0, 0, 0, 0, width=0, state="hidden")
        self._ring = self.create_rectangle(0, 0, 0, 0, width=theme.px(2), state="hidden")

        self.bind("<Configure>", lambda event: self._schedule())
        self.bind("<Button-1>", self._click)
        self.bind("<Motion>", lambda event: self._point_at(self.index_at(event.x, event.y)))
        self.bind("<Leave>", lambda event: self._point_at(None))
        self.bind("<FocusIn>", lambda event: self._set_focused(True))
        self.bind("<FocusOut>", lambda event: self._set_focused(False))
        for key, step in steps.items():
            self.bind(f"<{key}>", lambda event, step=step: self._walk(step))
        for key in ("Return", "KP_Enter", "space"):
            self.bind(f"<{key}>", lambda event: self._activate_cursor())

    @property
    def cursor(self) -> int | None:
        """The one under the keyboard's cursor; None before it has had the focus."""
        return self._cursor

    def index_at(self, x: float, y: float) -> int | None:
        """The one at a pixel of this widget."""
        raise NotImplementedError

    def box_of(self, index: int) -> tuple[int, int, int, int]:
        """(left, top, right, bottom) of one in pixels of this widget."""
        raise NotImplementedError

    def destroy(self) -> None:
        """Leave no layout to be done."""
        if self._pending is not None:
            self.after_cancel(self._pending)
            self._pending = None
        super().destroy()

    @property
    def _choosable(self) -> int:
        raise NotImplementedError

    @property
    def _first(self) -> int:
        """Where the cursor begins."""
        return 0

    def _layout(self) -> None:
        raise NotImplementedError

    def _schedule(self) -> None:
        if self._pending is None:
            self._pending = self.after_idle(self._lay_out)

    def _lay_out(self) -> None:
        self._pending = None
        self._layout()
        self._mark()

    def _on_theme(self, palette: Palette) -> None:
        self.configure(background=palette.background)
        self.itemconfigure(self._hover, fill=palette.surface)
        self.itemconfigure(self._ring, outline=palette.accent)

    def _mark(self) -> None:
        """Show where the pointer and the keyboard's cursor are."""
        self.tag_raise(self._ring)
        for item, index in (
            (self._hover, self._hovered),
            (self._ring, self._cursor if self._focused else None),
        ):
            if index is None or index >= self._choosable:
                self.itemconfigure(item, state="hidden")
            else:
                left, top, right, bottom = self.box_of(index)
                self.coords(item, left + 1, top + 1, right - 1, bottom - 1)
                self.itemconfigure(item, state="normal")

    def _point_at(self, index: int | None) -> None:
        if index != self._hovered:
            self._hovered = index
            self._mark()

    def _set_focused(self, focused: bool) -> None:
        self._focused = focused
        if focused and self._cursor is None:
            self._cursor = self._first
        self._mark()

    def _walk(self, step: int) -> str:
        if self._cursor is not None:
            self._cursor = min(max(self._cursor + step, 0), max(0, self._choosable - 1))
            self._mark()
        return "break"

    def _click(self, event: tk.Event) -> None:
        index = self.index_at(event.x, event.y)
        if index is not None:
            self._cursor = index
            self.focus_set()
            self._mark()
            self._on_choose(index)

    def _activate_cursor(self) -> str:
        if self._cursor is not None and self._cursor < self._choosable:
            self._on_choose(self._cursor)
        return "break"


def fitted(text: str, width: float, measure: Callable[[str], int]) -> str:
    """A text on one line, cut to a width in pixels; a letter and dots at the least."""
    line = " ".join(text.split())
    while len(line) > 1 and measure(line) > width:
        line = line[:-2] + "…"
    return line
