"""The classes in a row: how probable each is for the shown image, and the preset that shows it."""

from __future__ import annotations

import tkinter as tk
import tkinter.font as tkfont
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike
from PIL import ImageTk

from explorer import images
from explorer.theme import PATIENT_TOOLTIP_DELAY_MS, Palette, Theme, add_tooltip, font
from explorer.widgets.choices import Choices, fitted

HEIGHT = 84  # pixels at 96 dpi, like all lengths here
MARGIN = 3  # around the columns, for the focus ring
GAP = 4  # between the columns
THUMBNAIL = 34
MIN_THUMBNAIL = 8  # smaller ones show nothing, and the bars take their room
NAME_HEIGHT = 17
MAX_COLUMN = 56  # few classes stay close together
READABLE = 4  # letters of a cut name, its dots among them
CRAMPED = 12  # columns below this width have a gap of one pixel
TOOLTIP = (
    "The bars: how probable each class is for the shown image, as a classifier sees it that was "
    "trained apart from this model. Below them the presets: for each class, the point that the "
    "classifier is surest of among typical ones. Click one, or press its key, to glide there."
)
NO_CLASSIFIER = "No classifier judges these images, so there are no probabilities and no presets."


class ClassRow(Choices):
    """Shows a bar, a preset and a name for each class, in columns of the same width.

    on_choose(index): see `Choices`. The cursor begins at the most probable class.

    Its height never changes, so that nothing below it moves when a model is opened.
    """

    def __init__(self, parent: tk.Misc, theme: Theme, *, on_choose: Callable[[int], None]) -> None:
        super().__init__(
            parent,
            theme,
            width=1,
            height=theme.px(HEIGHT),
            steps={"Left": -1, "Right": 1},
            on_choose=on_choose,
        )
        self._names: tuple[str, ...] = ()
        self._pixels: np.ndarray | None = None
        self._probabilities: list[float] | None = None
        self._winner: int | None = None
        # Of the last layout:
        self._pitch = 0.0
        self._left = 0.0
        self._bar_width = 0
        self._bar_room = 0
        self._baseline = 0
        self._heights: list[int] = []
        self._name_widths: list[int] = []
        self._covered: list[int] = []  # names that another one is written over

        self._name_font = tkfont.Font(self, font=font(9))
        self._bold_font = tkfont.Font(self, font=font(9, bold=True))
        self._figure_font = tkfont.Font(self, font=font(8))
        self._ground = self.create_line(0, 0, 0, 0, width=1)
        self._bars: list[int] = []
        self._thumbnails: list[int] = []
        self._photos: list[ImageTk.PhotoImage] = []
        self._name_items: list[int] = []
        self._figure = self.create_text(0, 0, font=self._figure_font)
        self._full_name = self.create_text(0, 0, font=self._bold_font, state="hidden")
        self._note = self.create_text(0, 0, justify="center", font=font(11))

        add_tooltip(self, TOOLTIP, PATIENT_TOOLTIP_DELAY_MS, position="bottom")
        theme.subscribe(self, self._on_theme)

    @property
    def count(self) -> int:
        """Number of classes."""
        return len(self._names)

    @property
    def names(self) -> tuple[str, ...]:
        """The classes' names."""
        return self._names

    @property
    def pixels(self) -> np.ndarray | None:
        """The presets' images, (classes, C, H, W) uint8, if there are any."""
        return self._pixels

    @property
    def probabilities(self) -> tuple[float, ...] | None:
        """What the bars show."""
        return None if self._probabilities is None else tuple(self._probabilities)

    @property
    def winner(self) -> int | None:
        """The most probable class."""
        return self._winner

    def set_presets(self, pixels: np.ndarray | None, names: Sequence[str]) -> None:
        """Show other presets; the probabilities of other classes are unknown at first.

        pixels: (classes, C, H, W) uint8, or None while there are no presets. No names at all mean
        that no classifier judges the images.
        """
        if pixels is not None and len(pixels) != len(names):
            raise ValueError(f"{len(pixels)} presets do not fit {len(names)} names")
        if tuple(names) != self._names:
            self._names = tuple(names)
            self._probabilities = None
            self._winner = None
            self._hovered = None
            self._cursor = 0 if self._focused and names else None
        self._pixels = pixels
        self._covered = []
        for item in (*self._bars, *self._thumbnails, *self._name_items):
            self.delete(item)
        self._bars = [self.create_rectangle(0, 0, 0, 0, width=0) for _ in names]
        self._thumbnails = [self.create_image(0, 0, anchor="n") for _ in names]
        self._name_items = [self.create_text(0, 0, font=self._name_font) for _ in names]
        self.tag_raise(self._figure)
        self._pitch = 0.0
        self.configure(takefocus=bool(names))
        self.itemconfigure(self._note, text="" if names else NO_CLASSIFIER)
        if not names:
            self.itemconfigure(self._figure, text="")
        self._on_theme(self._theme.palette)
        self._schedule()

    def show(self, probabilities: ArrayLike | None) -> None:
        """Show the probabilities of the classes, (classes,), or that they are not known."""
        if probabilities is None:
            values = None
        else:
            values = np.asarray(probabilities, np.float64).tolist()
            if len(values) != self.count:
                raise ValueError(f"{len(values)} probabilities do not fit {self.count} classes")
        self._probabilities = values
        if self._pitch:
            self._draw()

    def index_at(self, x: float, y: float = 0.0) -> int | None:
        """The class whose column, which is as high as the widget, is at a pixel."""
        if self._pitch:
            index = int((x - self._left) // self._pitch)
            if 0 <= index < self.count:
                return index
        return None

    def box_of(self, index: int) -> tuple[int, int, int, int]:
        """(left, top, right, bottom) of a class's column in pixels of this widget."""
        left = self._left + index * self._pitch
        return round(left), 0, round(left + self._pitch), self.winfo_height()

    @property
    def _choosable(self) -> int:
        return self.count if self._pitch else 0

    @property
    def _first(self) -> int:
        return self._winner or 0

    def _layout(self) -> None:
        px = self._theme.px
        width, height = self.winfo_width(), self.winfo_height()
        self.coords(self._note, width // 2, height // 2)
        self.itemconfigure(self._note, width=max(1, width - px(24)))
        if not self._names or width < 2:
            self.itemconfigure(self._ground, state="hidden")
            return
        widest = max(self._bold_font.measure(name) for name in self._names)
        self._pitch = min(
            (width - 2 * px(MARGIN)) / self.count, max(px(MAX_COLUMN), widest + px(GAP))
        )
        self._left = (width - self._pitch * self.count) / 2
        gap = px(GAP) if self._pitch >= px(CRAMPED) else 1
        column = max(1, int(self._pitch - gap))
        shape = (1, 1, 1) if self._pixels is None else self._pixels.shape[1:]
        thumbnail = images.fit(shape, column, px(THUMBNAIL))
        self._bar_width = thumbnail[0]
        top = height - px(NAME_HEIGHT) - px(1)
        self._photos = []
        if self._pixels is not None and thumbnail[0] >= px(MIN_THUMBNAIL):
            top -= thumbnail[1]
            self._photos = [
                ImageTk.PhotoImage(images.scaled(pixels, *thumbnail, smooth=True), master=self)
                for pixels in self._pixels
            ]
        for index, item in enumerate(self._thumbnails):
            self.coords(item, self._centre(index), top)
            self.itemconfigure(item, image=self._photos[index] if self._photos else "")
        self._baseline = top - px(3)
        self._bar_room = self._baseline - px(MARGIN)
        self.coords(
            self._ground,
            *(self._left + gap / 2, self._baseline),
            *(self._left + self._pitch * self.count - gap / 2, self._baseline),
        )
        self.itemconfigure(self._ground, state="normal")
        self._place_names()
        self._heights = [-1] * self.count  # all bars are yet to be placed
        self._draw()

    def _place_names(self) -> None:
        """Write the names, cut to their columns; none where a cut one could not be told."""
        room = self._pitch - self._theme.px(2)
        texts = [fitted(name, room, self._name_font.measure) for name in self._names]
        readable = all(
            len(text) >= min(len(name), READABLE) and self._name_font.measure(text) <= room
            for text, name in zip(texts, self._names, strict=True)
        )
        y = self.winfo_height() - self._theme.px(NAME_HEIGHT) / 2
        for index, (item, text) in enumerate(zip(self._name_items, texts, strict=True)):
            self.coords(item, self._centre(index), y)
            self.itemconfigure(item, text=text if readable else "")
        self._name_widths = [self._name_font.measure(text) if readable else 0 for text in texts]

    def _centre(self, index: int) -> int:
        return round(self._left + (index + 0.5) * self._pitch)

    def _draw(self) -> None:
        """Move what has changed since the last time, and nothing else: this is done every frame."""
        values = self._probabilities or [0.0] * self.count
        for index, value in enumerate(values):
            height = round(value * self._bar_room)
            if height != self._heights[index]:
                self._heights[index] = height
                left = self._centre(index) - self._bar_width // 2
                self.coords(
                    self._bars[index],
                    *(left, self._baseline - height),
                    *(left + self._bar_width, self._baseline),
                )
        winner = None if self._probabilities is None else values.index(max(values))
        if winner != self._winner:
            previous, self._winner = self._winner, winner
            for index in (previous, winner):
                if index is not None:
                    self._colour_column(index)
            self._show_full_name()
        self._place_figure()

    def _place_figure(self) -> None:
        """Write the winner's probability into its bar; above or beside it where it is too small."""
        if self._winner is None:
            self.itemconfigure(self._figure, text="")
            return
        px, palette = self._theme.px, self._theme.palette
        text = f"{self._probabilities[self._winner]:.0%}"
        width = self._figure_font.measure(text)
        line = self._figure_font.metrics("linespace")
        height = self._heights[self._winner]
        x, top = self._centre(self._winner), self._baseline - height
        if height >= line and width <= self._bar_width:
            anchor, y, fill = "n", top, palette.background
        elif top >= line:
            anchor, y, fill = "s", top, palette.foreground
            x = min(max(x, width // 2), self.winfo_width() - width // 2)
        else:
            beside = self._bar_width // 2 + px(3)
            right = x + beside + width <= self.winfo_width()
            anchor, y, fill = "nw" if right else "ne", px(MARGIN), palette.foreground
            x += beside if right else -beside
        self.coords(self._figure, x, y)
        self.itemconfigure(self._figure, text=text, anchor=anchor, fill=fill)

    def _colour_column(self, index: int) -> None:
        palette, wins = self._theme.palette, index == self._winner
        self.itemconfigure(self._bars[index], fill=palette.accent if wins else palette.muted)
        self.itemconfigure(
            self._name_items[index],
            fill=palette.foreground if wins else palette.muted,
            font=self._bold_font if wins else self._name_font,
        )

    def _on_theme(self, palette: Palette) -> None:
        super()._on_theme(palette)
        self.itemconfigure(self._ground, fill=palette.border)
        self.itemconfigure(self._full_name, fill=palette.foreground)
        self.itemconfigure(self._note, fill=palette.muted)
        for index in range(self.count):
            self._colour_column(index)
        if self._pitch:
            self._place_figure()

    def _mark(self) -> None:
        super()._mark()
        self._show_full_name()

    def _show_full_name(self) -> None:
        """Write out the name that matters most where its column cuts it, in place of those beside.

        That is the one under the pointer, else under the cursor, else the winner's.
        """
        index = self._hovered
        if index is None:
            index = self._cursor if self._focused else self._winner
        covered: list[int] = []
        if index is None or not self._pitch or self._fits(index):
            self.itemconfigure(self._full_name, state="hidden")
        else:
            gap = self._theme.px(GAP)
            half = self._bold_font.measure(self._names[index]) / 2
            x = min(max(self._centre(index), half + gap), self.winfo_width() - half - gap)
            self.coords(self._full_name, x, self.winfo_height() - self._theme.px(NAME_HEIGHT) / 2)
            self.itemconfigure(self._full_name, text=self._names[index], state="normal")
            covered = [
                other
                for other, width in enumerate(self._name_widths)
                if other == index or abs(self._centre(other) - x) < half + gap + width / 2
            ]
        if covered != self._covered:
            for other in {*covered, *self._covered}:
                state = "hidden" if other in covered else "normal"
                self.itemconfigure(self._name_items[other], state=state)
            self._covered = covered

    def _fits(self, index: int) -> bool:
        """Whether a name is written whole in its column, in bold if it is the winner's."""
        name = self._names[index]
        used = self._bold_font if index == self._winner else self._name_font
        return (
            self.itemcget(self._name_items[index], "text") == name
            and used.measure(name) <= self._pitch
        )
