"""Several walks at once: their starts in one row, and below each where it is by now."""

from __future__ import annotations

import math
import tkinter as tk
import tkinter.font as tkfont
from collections.abc import Callable, Sequence

import numpy as np
from PIL import ImageTk

from explorer import images
from explorer.sheet import tiled
from explorer.theme import Palette, Theme, font
from explorer.widgets.choices import Choices, fitted

GAP = 6  # pixels at 96 dpi, like all lengths here
BLOCK_GAP = 8  # between two pairs of rows
CAPTION_HEIGHT = 18
ROWS = "before", "after"
MARGIN = 3  # for the ring around a picture
LARGEST, SMALLEST = 190, 12  # side of a picture
MORE_ROWS_WORTH = 1.15  # by how much larger images have to be for that; one row is read at a glance


class WalkGrid(Choices):
    """Shows N pairs of images, as large as the area allows: before above, after below.

    on_choose(index): 2 i is the start of the i-th walk, 2 i + 1 where it is by now.
    """

    def __init__(self, parent: tk.Misc, theme: Theme, *, on_choose: Callable[[int], None]) -> None:
        super().__init__(
            parent,
            theme,
            width=theme.px(100),
            height=theme.px(100),
            steps={"Left": -2, "Right": 2, "Up": -1, "Down": 1},
            on_choose=on_choose,
        )
        self._upper = np.zeros((0, 1, 1, 1), np.uint8)
        self._lower = self._upper
        self._captions: tuple[str, ...] = ()
        self._columns = 1
        self._cell = (1, 1)
        self._origin = (0, 0)
        self._photos: dict[tuple[int, int], ImageTk.PhotoImage] = {}  # by block, and row in it
        self._texts: list[int] = []
        self._font = tkfont.Font(self, font=font(9))
        self._label_width = max(map(self._font.measure, ROWS)) + theme.px(GAP)
        theme.subscribe(self, self._on_theme)

    @property
    def count(self) -> int:
        """Number of pairs."""
        return len(self._upper)

    @property
    def upper(self) -> np.ndarray:
        """The upper images, (N, C, H, W) uint8."""
        return self._upper

    @property
    def lower(self) -> np.ndarray:
        """The lower images, (N, C, H, W) uint8."""
        return self._lower

    @property
    def captions(self) -> tuple[str, ...]:
        """The texts below the pairs."""
        return self._captions

    def show(self, upper: np.ndarray, lower: np.ndarray, captions: Sequence[str]) -> None:
        """Show other pairs: (N, C, H, W) uint8 twice, and N texts."""
        if not len(upper) == len(lower) == len(captions):
            raise ValueError(
                f"{len(upper)} images above, {len(lower)} below and {len(captions)} captions "
                "do not make pairs"
            )
        self._upper, self._lower, self._captions = upper, lower, tuple(captions)
        if self._cursor is not None and self._cursor >= self._choosable:
            self._cursor = 0 if self._focused and len(upper) else None
        self.configure(takefocus=len(upper) > 0)
        self._schedule()

    def set_lower(self, lower: np.ndarray, captions: Sequence[str]) -> None:
        """Show where the walks are by now; for every frame, so nothing is laid out anew."""
        self._lower, self._captions = lower, tuple(captions)
        if self._pending is None and self._photos:
            self._paint(1)

    def index_at(self, x: float, y: float) -> int | None:
        """See `Choices`."""
        for index in range(self._choosable):
            left, top, right, bottom = self.box_of(index)
            if left <= x < right and top <= y < bottom:
                return index
        return None

    def box_of(self, index: int) -> tuple[int, int, int, int]:
        """See `Choices`: an image and the gap around it."""
        pair, row = divmod(index, 2)
        block, column = divmod(pair, self._columns)
        left, top = self._corner(block, row)
        left += column * (self._cell[0] + self._theme.px(GAP))
        edge = self._theme.px(MARGIN)
        return left - edge, top - edge, left + self._cell[0] + edge, top + self._cell[1] + edge

    @property
    def _choosable(self) -> int:
        return 2 * len(self._upper)

    def _walk(self, step: int) -> str:
        """Along a row by 2; up and down also into the pairs above and below."""
        if self._cursor is None or not self._choosable:
            return "break"
        index = self._cursor + step
        if abs(step) == 1 and index // 2 != self._cursor // 2:
            index = self._cursor + step * (2 * self._columns - 1)
        if 0 <= index < self._choosable:
            self._cursor = index
            self._mark()
        return "break"

    def _corner(self, block: int, row: int) -> tuple[int, int]:
        px = self._theme.px
        height = 2 * self._cell[1] + px(GAP) + px(CAPTION_HEIGHT)
        top = self._origin[1] + block * (height + px(BLOCK_GAP))
        return self._origin[0], top + row * (self._cell[1] + px(GAP))

    def _layout(self) -> None:
        self.delete("pair")
        self._photos, self._texts = {}, []
        if not self.count or self.winfo_width() < 2:
            return
        self._fit()
        px, columns = self._theme.px, self._columns
        step = self._cell[0] + px(GAP)
        for block in range(math.ceil(self.count / columns)):
            size = min(columns, self.count - block * columns) * step, self._cell[1]
            for row in (0, 1):
                photo = ImageTk.PhotoImage("RGB", size, master=self)
                self._photos[block, row] = photo
                left, top = self._corner(block, row)
                self.create_image(left, top, anchor="nw", image=photo, tags="pair")
                self.create_text(
                    *(left - px(GAP), top + size[1] // 2),
                    anchor="e",
                    text=ROWS[row],
                    font=self._font,
                    fill=self._theme.palette.muted,
                    tags="pair",
                )
        for pair in range(self.count):
            left, _, right, bottom = self.box_of(2 * pair + 1)
            text = self.create_text(
                *((left + right) // 2, bottom - px(MARGIN) + px(CAPTION_HEIGHT) // 2),
                font=self._font,
                fill=self._theme.palette.muted,
                tags="pair",
            )
            self._texts.append(text)
        for row in (0, 1):
            self._paint(row)

    def _fit(self) -> None:
        """Choose the number of pairs in a row that makes the images largest, or nearly so."""
        px, count = self._theme.px, self.count
        width = self.winfo_width() - 2 * px(MARGIN) - self._label_width
        height = self.winfo_height() - 2 * px(MARGIN)
        best = (0, 0)
        for blocks in range(1, count + 1):
            columns = math.ceil(count / blocks)
            texts = blocks * (px(CAPTION_HEIGHT) + px(GAP)) + (blocks - 1) * px(BLOCK_GAP)
            room = (width - (columns - 1) * px(GAP)) // columns, (height - texts) // (2 * blocks)
            room = tuple(max(px(SMALLEST), min(px(LARGEST), side)) for side in room)
            cell = images.fit(self._upper.shape[1:], *room)
            if cell[0] > MORE_ROWS_WORTH * best[0]:
                best, self._columns = cell, columns
        self._cell = best
        blocks = math.ceil(count / self._columns)
        used = self._columns * (best[0] + px(GAP)) - px(GAP)
        tall = blocks * (2 * best[1] + px(GAP) + px(CAPTION_HEIGHT)) + (blocks - 1) * px(BLOCK_GAP)
        self._origin = (
            px(MARGIN) + self._label_width + max(0, (width - used) // 2),
            px(MARGIN) + max(0, (height - tall) // 2),
        )

    def _paint(self, row: int) -> None:
        step = self._cell[0] + self._theme.px(GAP), self._cell[1]
        ground = self.winfo_rgb(self._theme.palette.background)
        ground = tuple(channel // 256 for channel in ground)
        shown = self._lower if row else self._upper
        for (block, of_row), photo in self._photos.items():
            if of_row == row:
                pixels = shown[block * self._columns : (block + 1) * self._columns]
                photo.paste(tiled(pixels, len(pixels), self._cell, step, ground))
        if row:
            for text, caption in zip(self._texts, self._captions, strict=True):
                self.itemconfigure(text, text=fitted(caption, step[0], self._font.measure))

    def _on_theme(self, palette: Palette) -> None:
        super()._on_theme(palette)
        self._schedule()
