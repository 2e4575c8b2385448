"""How many images have which label: a bar for each, in the label's colour."""

from __future__ import annotations

import tkinter as tk
import tkinter.font as tkfont
from collections.abc import Sequence

from explorer.map_colours import as_hex, class_colours
from explorer.theme import Palette, Theme, font

NAME_HEIGHT, NUMBER_HEIGHT = 14, 12  # pixels at 96 dpi, like all lengths here
MAX_PITCH = 26  # from bar to bar
LEAST_BAR = 2  # of a count that is not zero


class LabelBars(tk.Canvas):
    """Shows counts; the largest has the longest bar. Labels that are not there keep their place."""

    def __init__(self, parent: tk.Misc, theme: Theme, *, width: int, height: int) -> None:
        super().__init__(
            parent,
            highlightthickness=0,
            borderwidth=0,
            width=theme.px(width),
            height=theme.px(height),
        )
        self._theme = theme
        self._names: tuple[str, ...] = ()
        self._counts: tuple[int, ...] = ()
        self._name_font = tkfont.Font(self, font=font(9))
        self._bold_font = tkfont.Font(self, font=font(9, bold=True))
        self._number_font = tkfont.Font(self, font=font(8))
        self.bind("<Configure>", lambda event: self._draw())
        theme.subscribe(self, self._on_theme)

    @property
    def names(self) -> tuple[str, ...]:
        """The labels."""
        return self._names

    @property
    def counts(self) -> tuple[int, ...]:
        """How many images have each."""
        return self._counts

    def show(self, names: Sequence[str], counts: Sequence[int]) -> None:
        """Show other counts, one for each name."""
        if len(names) != len(counts):
            raise ValueError(f"{len(names)} labels and {len(counts)} counts")
        self._names, self._counts = tuple(names), tuple(counts)
        self._draw()

    def slot(self, index: int) -> tuple[float, float]:
        """(left, right) of a label's share of the width."""
        pitch = min(self.winfo_width() / max(1, len(self._names)), float(self._theme.px(MAX_PITCH)))
        return index * pitch, (index + 1) * pitch

    def _draw(self) -> None:
        self.delete("all")
        if not self._names or self.winfo_width() < 2:
            return
        px, palette = self._theme.px, self._theme.palette
        most = max(1, *self._counts)
        bottom = self.winfo_height() - px(NAME_HEIGHT)
        room = max(1, bottom - px(NUMBER_HEIGHT))
        pitch = self.slot(0)[1]
        gap = px(1.5) if pitch >= px(8) else 0
        fits = {
            "name": all(self._name_font.measure(name) <= pitch for name in self._names),
            "number": self._number_font.measure(f"{most:,}") <= pitch,
        }
        self.create_line(0, bottom, self.slot(len(self._names) - 1)[1], bottom, fill=palette.border)
        colours = map(as_hex, class_colours(len(self._names)))
        for index, (name, count, colour) in enumerate(
            zip(self._names, self._counts, colours, strict=True)
        ):
            left, right = self.slot(index)
            top = bottom - (max(px(LEAST_BAR), room * count / most) if count else 0)
            if count:
                self.create_rectangle(
                    *(left + gap, top, right - gap, bottom), width=0, fill=colour, tags="bar"
                )
            if count and (fits["number"] or count == most):
                text = f"{count:,}"
                half = self._number_font.measure(text) / 2 + 1
                middle = min((left + right) / 2, self.winfo_width() - half)  # may be a wide one
                self.create_text(
                    *(max(half, middle), top),
                    anchor="s",
                    text=text,
                    font=self._number_font,
                    fill=palette.muted,
                    tags="number",
                )
            if fits["name"] or count == most:
                self.create_text(
                    *((left + right) / 2, bottom + px(1)),
                    anchor="n",
                    text=name,
                    font=self._bold_font if count == most else self._name_font,
                    fill=palette.foreground if count else palette.muted,
                    tags="name",
                )

    def _on_theme(self, palette: Palette) -> None:
        self.configure(background=palette.background)
        self._draw()
