"""The maps of all layers as pictures on one sheet, in colours that tell their sign."""

from __future__ import annotations

import math
import tkinter as tk
import tkinter.font as tkfont
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageTk

from explorer.theme import Palette, Theme, font
from explorer.widgets.choices import Choices
from explorer.widgets.digit_view import rgb

GAP = 3  # pixels at 96 dpi between two maps, like all lengths here
TITLE_HEIGHT = 20
BAND_GAP, MOST_SPARE = 4, 30  # between two layers, and what of a large window is added to it
LEGEND = (90, 9)  # width and height of the scale of colours
CELL = (5, 96)  # bounds of a map's side
LEVELS = 256
ZERO = 128  # the level of zero
Key = tuple[str, int]  # a layer, and which of its maps


@dataclass(frozen=True)
class Band:
    """A layer on the sheet. title: above its maps; shape: (maps, height, width); scale: the value
    in full colour; signed: whether there are values below zero.
    """

    layer: str
    title: str
    shape: tuple[int, int, int]
    scale: float
    signed: bool


class ActivationSheet(Choices):
    """Paints all maps with one paste into one picture, which is what makes it quick.

    on_choose(): another map is chosen; `chosen` tells which.
    """

    def __init__(self, parent: tk.Misc, theme: Theme, on_choose: Callable[[], None]) -> None:
        super().__init__(parent, theme, width=1, height=1, steps={}, on_choose=self._choose)
        self._bands: tuple[Band, ...] = ()
        self._told = on_choose
        self._chosen: Key | None = None
        self._keys: list[Key] = []
        self._boxes: list[tuple[int, int, int, int]] = []  # by index of the key
        self._values: Mapping[str, np.ndarray] = {}
        self._source = np.zeros((0, 0), np.int32)  # of every pixel: which value it shows
        self._palette = np.zeros(LEVELS, np.uint32)
        self._photo: ImageTk.PhotoImage | None = None
        self._small = tkfont.Font(self, font=font(9))
        self._sheet = self.create_image(0, 0, anchor="nw")
        self._mark_chosen = self.create_rectangle(0, 0, 0, 0, width=theme.px(2), state="hidden")
        self.configure(takefocus=True)
        for key, step in (("Left", (-1, 0)), ("Right", (1, 0)), ("Up", (0, -1)), ("Down", (0, 1))):
            self.bind(f"<{key}>", lambda event, step=step: self._go(*step))
        self.bind("<Home>", lambda event: self._choose_key(0))
        self.bind("<End>", lambda event: self._choose_key(len(self._keys) - 1))
        theme.subscribe(self, self._on_theme)

    @property
    def chosen(self) -> Key | None:
        """The map that is looked at."""
        return self._chosen

    @property
    def keys(self) -> tuple[Key, ...]:
        """The maps that find room, in order."""
        return tuple(self._keys)

    @property
    def photo(self) -> ImageTk.PhotoImage | None:
        """The picture on the screen."""
        return self._photo

    def set_bands(self, bands: tuple[Band, ...]) -> None:
        """Lay out the layers of another model. The old picture stays if they are as many and as
        large, until the next one is painted.
        """
        if [band.shape for band in bands] != [band.shape for band in self._bands]:
            self._photo = None  # laid out for others
            self.itemconfigure(self._sheet, image="")
            self._boxes, self._keys = [], []
        self._bands, self._values = bands, {}
        known = {(band.layer, index) for band in bands for index in range(band.shape[0])}
        if self._chosen not in known:
            self._chosen = None
        self._schedule()

    def paint(self, values: Mapping[str, np.ndarray]) -> None:
        """Show other values, by layer (maps, height, width)."""
        self._values = values
        if self._photo is None or not self._bands:
            return
        parts = [
            self._palette[levels(values[band.layer], band.scale)].ravel() for band in self._bands
        ]
        # Behind the values: every level, for the scales of colours, and the background.
        colours = np.concatenate([*parts, self._palette, self._background])
        pixels = colours.take(self._source)
        size = self._photo.width(), self._photo.height()
        self._photo.paste(Image.frombuffer("RGB", size, pixels, "raw", "RGBX", 0, 1))

    def picture_of(self, values: np.ndarray, scale: float) -> np.ndarray:
        """A map (height, width) in the sheet's colours, (3, height, width) uint8."""
        colours = self._palette[levels(values, scale)]
        return np.stack([(colours >> shift).astype(np.uint8) for shift in (0, 8, 16)])

    def choose(self, key: Key) -> None:
        """Look at another map."""
        if key != self._chosen:
            self._chosen = key
            self._place_chosen()
            self._told()

    # ---- where things are ----------------------------------------------------------------------

    def index_at(self, x: float, y: float) -> int | None:
        """The map at a pixel."""
        for index, (left, top, right, bottom) in enumerate(self._boxes):
            if left <= x < right and top <= y < bottom:
                return index
        return None

    def box_of(self, index: int) -> tuple[int, int, int, int]:
        """(left, top, right, bottom) around a map, in the gaps."""
        edge = self._theme.px(2)
        left, top, right, bottom = self._boxes[index]
        return left - edge, top - edge, right + edge, bottom + edge

    @property
    def _choosable(self) -> int:
        return len(self._boxes)

    def _layout(self) -> None:
        self.delete("titles")
        self._keys, self._boxes = [], []
        width, height = self.winfo_width(), self.winfo_height()
        if not self._bands or width < 20 or height < 20:
            self._photo = None
            self.itemconfigure(self._sheet, image="")
            return
        px = self._theme.px
        gap, title = px(GAP), px(TITLE_HEIGHT)
        margin = px(2)
        room = width - 2 * margin
        side = self._side(room, height)
        columns = max(1, (room + gap) // (side + gap))
        # What is left over comes between the layers.
        spare = max(0, height - self._height_of(side, columns)) // len(self._bands)
        between = px(BAND_GAP) + min(spare, px(MOST_SPARE))
        source = np.full((height, width), -1, np.int32)  # the background is the last colour
        offset, y = 0, 0
        total = sum(math.prod(band.shape) for band in self._bands)
        for band in self._bands:
            count, rows_of, columns_of = band.shape
            self._draw_title(band, margin, y, width - margin, source, total)
            y += title
            # Which value of a map each of its pixels shows.
            down = np.arange(side) * rows_of // side
            across = np.arange(side) * columns_of // side
            within = down[:, None] * columns_of + across
            for index in range(count):
                row, column = divmod(index, columns)
                left, top = margin + column * (side + gap), y + row * (side + gap)
                if top + side > height:
                    break
                start = offset + index * rows_of * columns_of
                source[top : top + side, left : left + side] = within + start
                self._keys.append((band.layer, index))
                self._boxes.append((left, top, left + side, top + side))
            offset += math.prod(band.shape)
            y += math.ceil(count / columns) * (side + gap) + between
        self._source = source
        self._photo = ImageTk.PhotoImage("RGB", (width, height), master=self)
        self.itemconfigure(self._sheet, image=self._photo)
        if self._values:
            self.paint(self._values)
        self._place_chosen()

    def _side(self, room: int, height: int) -> int:
        """The largest side with which all maps find room; the smallest if none does."""
        px = self._theme.px
        gap = px(GAP)
        least, most = map(px, CELL)
        for side in range(most, least, -1):
            columns = (room + gap) // (side + gap)
            if columns and self._height_of(side, columns) <= height + gap:
                return side
        return least

    def _height_of(self, side: int, columns: int) -> int:
        """What all layers need with maps of this side."""
        px = self._theme.px
        rows = sum(math.ceil(band.shape[0] / columns) for band in self._bands)
        return len(self._bands) * px(TITLE_HEIGHT + BAND_GAP) + rows * (side + px(GAP))

    def _draw_title(
        self, band: Band, left: int, top: int, right: int, source: np.ndarray, total: int
    ) -> None:
        """Name a layer, and show the scale of its colours at the right."""
        px = self._theme.px
        middle = top + px(TITLE_HEIGHT) // 2
        muted = self._theme.palette.muted
        self.create_text(
            left,
            middle,
            anchor="w",
            text=band.title,
            font=self._small,
            fill=self._theme.palette.foreground,
            tags="titles",
        )
        high = self.create_text(
            right,
            middle,
            anchor="e",
            text=f"{band.scale:.3g}",
            font=self._small,
            fill=muted,
            tags="titles",
        )
        width, height = map(px, LEGEND)
        end = self.bbox(high)[0] - px(5)
        start = end - width
        first = 0 if band.signed else ZERO
        shown = np.linspace(first, LEVELS - 1, width).round().astype(np.int32)
        upper = middle - height // 2
        if start > 0:
            source[upper : upper + height, start:end] = total + shown
        low = f"−{band.scale:.3g}" if band.signed else "0"
        self.create_text(
            start - px(5), middle, anchor="e", text=low, font=self._small, fill=muted, tags="titles"
        )

    # ---- what is marked ------------------------------------------------------------------------

    def _mark(self) -> None:
        super()._mark()
        self.tag_raise(self._hover)
        self.tag_raise(self._mark_chosen)
        self.tag_raise(self._ring)

    def _place_chosen(self) -> None:
        if self._chosen not in self._keys:
            self.itemconfigure(self._mark_chosen, state="hidden")
            return
        index = self._keys.index(self._chosen)
        self._cursor = index
        self.coords(self._mark_chosen, *self.box_of(index))
        self.itemconfigure(self._mark_chosen, state="normal")
        self._mark()

    def _on_theme(self, palette: Palette) -> None:
        super()._on_theme(palette)
        self._palette = colour_scale(palette)
        self._background = packed(np.array([rgb(palette.background)]))
        self.itemconfigure(self._hover, fill="", outline=palette.muted, width=self._theme.px(2))
        self.itemconfigure(self._mark_chosen, outline=palette.accent)
        # The focus is seen around the chosen one, where the frame turns bold.
        self.itemconfigure(self._ring, width=self._theme.px(4))
        self._schedule()

    # ---- what the person does ------------------------------------------------------------------

    def _choose(self, index: int) -> None:
        self.choose(self._keys[index])

    def _choose_key(self, index: int) -> str:
        if 0 <= index < len(self._keys):
            self.choose(self._keys[index])
        return "break"

    def _go(self, across: int, down: int) -> str:
        """Walk to the next map; from row to row, and from layer to layer, to the nearest one."""
        if not self._keys:
            return "break"
        if self._chosen not in self._keys:
            return self._choose_key(0)
        here = self._keys.index(self._chosen)
        if across:
            return self._choose_key(here + across)
        left, top, *_ = self._boxes[here]
        rows = sorted({box[1] for box in self._boxes})
        row = rows.index(top) + down
        if 0 <= row < len(rows):
            there = [i for i, box in enumerate(self._boxes) if box[1] == rows[row]]
            self._choose_key(min(there, key=lambda i: abs(self._boxes[i][0] - left)))
        return "break"


def levels(values: np.ndarray, scale: float) -> np.ndarray:
    """Values as levels of the colours, uint8: 128 is zero, 1 and 255 are minus and plus `scale`."""
    level = values * np.float32((LEVELS - 1 - ZERO) / scale)
    level += ZERO + 0.5
    return np.clip(level, 1.0, LEVELS - 1.0, out=level).astype(np.uint8)


def colour_scale(palette: Palette) -> np.ndarray:
    """Blue below zero, red above it, and the colour of a card at zero; (256,) packed colours."""
    ends = (rgb(palette.decrease), rgb(palette.surface), rgb(palette.increase))
    places = (1, ZERO, LEVELS - 1)
    channels = [
        np.interp(np.arange(LEVELS), places, [end[channel] for end in ends]) for channel in range(3)
    ]
    return packed(np.stack(channels, axis=1))


def packed(colours: np.ndarray) -> np.ndarray:
    """(N, 3) red, green, blue -> (N,) four bytes each, in the order of Pillow's RGBX."""
    four = np.zeros((len(colours), 4), np.uint8)
    four[:, :3] = np.rint(colours)
    return four.view("<u4").ravel()
