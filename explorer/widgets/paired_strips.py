"""Filmstrips of two models in pairs, one beside the other: looked at, walked through and chosen."""

from __future__ import annotations

import tkinter as tk
import tkinter.font as tkfont
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import ImageTk

from explorer import images
from explorer.sheet import tiled
from explorer.theme import Palette, Scrollbar, Theme, font
from explorer.widgets.choices import Choices, fitted

LABEL_WIDTH = 84  # pixels at 96 dpi, like all lengths here
HEADER_HEIGHT = 34  # the models' names, and the values below A's
MIDDLE = 18  # between the strips of A and of B
GAP = 3  # between images; the ring of the focus is as wide
ROW_GAP, WIDEST_ROW_GAP = 8, 26  # where the width limits the images, rows stand apart
LEAST_CELL, LARGEST_CELL = 28, 84  # side of an image; where rows do not fit at the least, scroll
SCROLLBAR_WIDTH = 14
EDGE = 2  # around an image, for its ring
STRIPS_IN_ONE_GO = 4  # about a millisecond
X11_WHEEL = {4: -1, 5: 1}  # button numbers, rows


@dataclass(frozen=True, eq=False)
class Strips:
    """One row. a, b: (S, C, H, W) uint8, or None. here: the column that is marked, or None."""

    name: str
    note: str
    a: np.ndarray | None
    b: np.ndarray | None
    here: int | None


@dataclass
class _Place:
    """What one row in view is made of on the Canvas; pairs are of A and of B."""

    name: int
    note: int
    pictures: tuple[int, int]
    empty: tuple[int, int]
    marks: tuple[int, int]
    photos: list[ImageTk.PhotoImage | None]


class PairedStrips(Choices):
    """Shows rows of two strips of `steps` images each.

    on_choose(index): a click on an image of either strip, or Return or space; index counts the
    images of A row by row. The images of one column belong together: both get the ring.
    """

    def __init__(
        self, parent: tk.Misc, theme: Theme, *, steps: int, on_choose: Callable[[int], None]
    ) -> None:
        super().__init__(
            parent,
            theme,
            width=theme.px(300),
            height=theme.px(120),
            steps={"Left": -1, "Right": 1, "Up": -steps, "Down": steps},
            on_choose=on_choose,
        )
        self._steps = steps
        self._rows: tuple[Strips, ...] = ()
        self._names = ("", "")
        self._headings: tuple[str, ...] = ()
        self._places: list[_Place] = []
        self._top_row = 0
        self._shown = 0
        self._side = 1
        self._pitch = 1  # from one row to the next
        self._lefts = (0, 0)
        self._top = 0
        self._note = self.create_text(0, 0, justify="center", font=font(11))
        self._twin = self.create_rectangle(0, 0, 0, 0, width=theme.px(2), state="hidden")
        self._bold = tkfont.Font(self, font=font(9, bold=True))
        self._bar = Scrollbar(self, orient="vertical", command=self._scroll)
        for event in ("<Button-4>", "<Button-5>", "<MouseWheel>"):
            self.bind(event, self._wheel)
        theme.subscribe(self, self._on_theme)

    @property
    def rows(self) -> tuple[Strips, ...]:
        """What is shown."""
        return self._rows

    @property
    def note(self) -> str:
        """What is said in place of strips."""
        return self.itemcget(self._note, "text")

    @property
    def in_view(self) -> range:
        """The rows that can be seen."""
        return range(self._top_row, min(len(self._rows), self._top_row + self._shown))

    def show_note(self, text: str) -> None:
        """Show a text instead of strips."""
        self._rows = ()
        self.configure(takefocus=False)
        self.itemconfigure(self._note, text=text)
        self._schedule()

    def show(
        self, names: tuple[str, str], headings: Sequence[str], rows: Sequence[Strips]
    ) -> Iterator[None]:
        """Show other strips, in parts. names: of the models. headings: of A's columns."""
        self.itemconfigure(self._note, text="")
        self.configure(takefocus=True)
        outline = self._outline()
        self._names, self._headings, self._rows = names, tuple(headings), tuple(rows)
        if self._cursor is not None and self._cursor >= len(rows) * self._steps:
            self._cursor = 0
        if self._pending is not None or self._outline() != outline or not self._places:
            self._schedule()
            return
        for count, row in enumerate(self.in_view):
            if count % STRIPS_IN_ONE_GO == STRIPS_IN_ONE_GO - 1:
                yield
            if self._pending is not None:
                return  # everything is about to be drawn anew
            self._paint(self._places[count], self._rows[row])

    def index_at(self, x: float, y: float) -> int | None:
        """See `Choices`; an image of B means that of A in its column."""
        step = self._step
        row, below = divmod(y - self._top, self._pitch)
        if not 0 <= row < len(self.in_view) or below >= self._side:
            return None
        for left in self._lefts:
            column, beside = divmod(x - left, step)
            if 0 <= column < self._steps and beside < self._side:
                index = int((self._top_row + row) * self._steps + column)
                return index if self._rows[index // self._steps].a is not None else None
        return None

    def box_of(self, index: int, model: int = 0) -> tuple[int, int, int, int]:
        """See `Choices`. model: 0 for A, 1 for B."""
        row, column = divmod(index, self._steps)
        left = self._lefts[model] + column * self._step
        top = self._top + (row - self._top_row) * self._pitch
        edge = self._theme.px(EDGE)
        return left - edge, top - edge, left + self._side + edge, top + self._side + edge

    # ---- layout --------------------------------------------------------------------------------

    @property
    def _choosable(self) -> int:
        return len(self._rows) * self._steps if self._places else 0

    @property
    def _step(self) -> int:
        return self._side + self._theme.px(GAP)

    def _outline(self) -> tuple:
        """What the layout and the words depend on."""
        shapes = [
            tuple(None if strip is None else strip.shape[1:] for strip in (row.a, row.b))
            for row in self._rows
        ]
        return self._names, self._headings, shapes

    def _layout(self) -> None:
        self.delete("row")
        self._places = []
        width, height, px = self.winfo_width(), self.winfo_height(), self._theme.px
        self.coords(self._note, width // 2, height // 2)
        self.itemconfigure(self._note, width=max(1, width - px(24)))
        if not self._rows or width < 2:
            self._bar.place_forget()
            return
        count = len(self._rows)

        def by_width(width: float) -> float:
            room = width - px(LABEL_WIDTH) - px(MIDDLE) - 2 * px(EDGE)
            return room / 2 / self._steps - px(GAP)

        by_height = (height - px(HEADER_HEIGHT)) / count - px(ROW_GAP)
        scrolls = by_height < min(px(LEAST_CELL), by_width(width))
        if scrolls:
            width -= px(SCROLLBAR_WIDTH)
            by_height = px(LEAST_CELL)
        self._side = max(1, int(min(by_width(width), by_height, px(LARGEST_CELL))))
        room = height - px(HEADER_HEIGHT)
        spread = min(room // count, self._side + px(WIDEST_ROW_GAP))
        self._pitch = max(spread, self._side + px(ROW_GAP))
        self._shown = max(1, min(count, (room + px(ROW_GAP)) // self._pitch))
        self._top_row = max(0, min(self._top_row, count - self._shown))
        strip = self._steps * self._step
        used = px(LABEL_WIDTH) + 2 * strip + px(MIDDLE)
        left = max(0, (width - used) // 2) + px(LABEL_WIDTH)
        self._lefts = left, left + strip + px(MIDDLE)
        self._top = px(HEADER_HEIGHT)
        self._draw_header(strip)
        self._places = [self._make(place) for place in range(self._shown)]
        self._paint_all()
        if scrolls:
            self._bar.place(relx=1.0, rely=0.0, relheight=1.0, anchor="ne")
        else:
            self._bar.place_forget()

    def _draw_header(self, strip: int) -> None:
        px, palette = self._theme.px, self._theme.palette
        for letter, name, left in zip("AB", self._names, self._lefts, strict=True):
            text = fitted(f"{letter} {name}", strip, self._bold.measure)
            self.create_text(
                *(left + strip // 2, px(1)),
                text=text,
                anchor="n",
                font=self._bold,
                fill=palette.foreground,
                tags="row",
            )
        for column, heading in enumerate(self._headings):
            x = self._lefts[0] + column * self._step + self._side // 2
            self.create_text(
                *(x, px(HEADER_HEIGHT) - px(3)),
                text=heading,
                anchor="s",
                font=font(8),
                fill=palette.muted,
                tags="row",
            )

    def _make(self, place: int) -> _Place:
        px, palette = self._theme.px, self._theme.palette
        top = self._top + place * self._pitch
        right, middle = self._lefts[0] - px(10), top + self._side // 2
        strip = self._steps * self._step

        def text(x: float, y: float, anchor: str, colour: str, points: int = 9) -> int:
            return self.create_text(x, y, anchor=anchor, fill=colour, font=font(points), tags="row")

        def mark() -> int:
            return self.create_rectangle(
                0, 0, 0, 0, width=px(2), outline=palette.accent, state="hidden", tags="row"
            )

        return _Place(
            name=text(right, middle, "se", palette.foreground),
            note=text(right, middle, "ne", palette.muted, 8),
            pictures=tuple(
                self.create_image(left, top, anchor="nw", tags="row") for left in self._lefts
            ),
            empty=tuple(
                text(left + strip // 2, middle, "center", palette.muted) for left in self._lefts
            ),
            marks=(mark(), mark()),
            photos=[None, None],
        )

    def _paint_all(self) -> None:
        for place, row in zip(self._places, self.in_view, strict=False):
            self._paint(place, self._rows[row])
        self._bar.set(
            self._top_row / len(self._rows), (self._top_row + self._shown) / len(self._rows)
        )

    def _paint(self, place: _Place, row: Strips) -> None:
        self.itemconfigure(place.name, text=row.name)
        self.itemconfigure(place.note, text=row.note)
        index = self._rows.index(row) * self._steps
        for model, strip in enumerate((row.a, row.b)):
            self.itemconfigure(place.empty[model], text="no partner" if strip is None else "")
            if strip is None:
                self.itemconfigure(place.pictures[model], image="")
                self.itemconfigure(place.marks[model], state="hidden")
                continue
            cell = images.fit(strip.shape[1:], self._side, self._side)
            step = self._step, self._side
            picture = tiled(strip, self._steps, cell, step, self._background)
            photo = place.photos[model]
            if photo is None or (photo.width(), photo.height()) != picture.size:
                photo = place.photos[model] = ImageTk.PhotoImage("RGB", picture.size, master=self)
            photo.paste(picture)
            self.itemconfigure(place.pictures[model], image=photo)
            if row.here is None:
                self.itemconfigure(place.marks[model], state="hidden")
            else:
                self.coords(place.marks[model], *_inset(self.box_of(index + row.here, model)))
                self.itemconfigure(place.marks[model], state="normal")

    @property
    def _background(self) -> tuple[int, int, int]:
        red, green, blue = self.winfo_rgb(self._theme.palette.background)
        return red // 256, green // 256, blue // 256

    def _on_theme(self, palette: Palette) -> None:
        super()._on_theme(palette)
        self.itemconfigure(self._note, fill=palette.muted)
        self._schedule()

    # ---- what the person does ------------------------------------------------------------------

    def _mark(self) -> None:
        """Ring both images of a column; what lies out of view has none."""
        super()._mark()
        self.tag_raise(self._hover)
        self.tag_raise(self._ring)
        self.tag_raise(self._twin)
        palette = self._theme.palette
        self.itemconfigure(self._hover, fill="", width=self._theme.px(2), outline=palette.muted)
        visible = [
            index
            for index in (self._cursor if self._focused else None, self._hovered)
            if index is not None
            and index < self._choosable
            and index // self._steps in self.in_view
        ]
        for item, index in ((self._ring, self._cursor), (self._hover, self._hovered)):
            if index not in visible:
                self.itemconfigure(item, state="hidden")
        if visible and self._rows[visible[0] // self._steps].b is not None:
            by_key = self._focused and visible[0] == self._cursor
            self.coords(self._twin, *_inset(self.box_of(visible[0], 1)))
            self.itemconfigure(
                self._twin, state="normal", outline=palette.accent if by_key else palette.muted
            )
        else:
            self.itemconfigure(self._twin, state="hidden")

    def _walk(self, step: int) -> str:
        """To the next image that can be chosen; the view follows."""
        if self._cursor is not None and self._choosable:
            index = self._cursor + step
            while 0 <= index < self._choosable and self._rows[index // self._steps].a is None:
                index += step
            if 0 <= index < self._choosable:
                self._cursor = index
                row = index // self._steps
                self._show_from(min(max(self._top_row, row - self._shown + 1), row))
                self._mark()
        return "break"

    def _activate_cursor(self) -> str:
        index = self._cursor
        if index is None or index >= self._choosable or self._rows[index // self._steps].a is None:
            return "break"
        return super()._activate_cursor()

    def _show_from(self, first: int) -> None:
        first = max(0, min(first, len(self._rows) - self._shown))
        if first != self._top_row:
            self._top_row = first
            self._paint_all()

    def _scroll(self, what: str, number: str, unit: str = "") -> None:
        if what == "moveto":
            self._show_from(round(float(number) * len(self._rows)))
        else:
            self._show_from(self._top_row + int(number) * (self._shown if unit == "pages" else 1))
        self._mark()

    def _wheel(self, event: tk.Event) -> str:
        rows = X11_WHEEL.get(event.num) or (-1 if event.delta > 0 else 1)
        self._show_from(self._top_row + rows)
        self._mark()
        return "break"


def _inset(box: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    left, top, right, bottom = box
    return left + 1, top + 1, right - 1, bottom - 1
