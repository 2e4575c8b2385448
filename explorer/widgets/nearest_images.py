"""The real images closest to the current point, nearest first, and how far away each of them is."""

from __future__ import annotations

import tkinter as tk
import tkinter.font as tkfont
from collections.abc import Callable, Sequence

import numpy as np
from PIL import ImageTk

from explorer import images
from explorer.theme import PATIENT_TOOLTIP_DELAY_MS, Palette, Theme, add_tooltip, font
from explorer.widgets.choices import Choices, fitted

WIDTH = 112  # pixels at 96 dpi, like all lengths here
HEADING_HEIGHT = 18
GAP = 4  # between the rows; half of it is the room for the focus ring
INDENT = 3  # of the thumbnails, for the focus ring
MIN_THUMBNAIL = 20  # a digit is still read; where fewer rows fit, the furthest are left out
MAX_THUMBNAIL = 40
LINE_HEIGHT = 14  # of the texts below thumbnails that stand side by side
TEXT_GAP = 7  # from a thumbnail to its label
TWO_LINES = 28  # of a thumbnail's height: there is room for the distance below the label
SHORT = 2  # letters of a label that has room beside its distance
HEADING = "real neighbours"  # not digits: other data sets have other classes
TOOLTIP = (
    "The encoded real images whose posterior means lie closest to this point, and how far away "
    "they are, in prior standard deviations. Far from all of them, the decoder was never trained. "
    "Click one, or walk with the arrow keys and press Return, to make its mean the current point."
)


class NearestImages(Choices):
    """Shows a few images with a label and a distance each, as many as there is room for.

    One below the other, or, where the height is short, side by side. on_choose(index): see
    `Choices`.
    """

    def __init__(self, parent: tk.Misc, theme: Theme, *, on_choose: Callable[[int], None]) -> None:
        steps = {"Up": -1, "Left": -1, "Down": 1, "Right": 1}
        super().__init__(
            parent, theme, width=theme.px(WIDTH), height=1, steps=steps, on_choose=on_choose
        )
        self._images = np.zeros((0, 1, 1, 1), np.uint8)
        self._labels: tuple[str, ...] = ()
        self._distances: tuple[float, ...] = ()
        # Of the last layout:
        self._visible = 0
        self._side_by_side = False
        self._thumbnail = (0, 0)
        self._pitch = 1
        self._photos: list[ImageTk.PhotoImage] = []

        self._label_font = tkfont.Font(self, font=font(9, bold=True))
        self._distance_font = tkfont.Font(self, font=font(9))
        self._heading = self.create_text(0, 0, anchor="nw", text=HEADING, font=font(9))
        self._note = self.create_text(0, 0, anchor="nw", font=font(9))
        self._thumbnail_items: list[int] = []
        self._label_items: list[int] = []
        self._distance_items: list[int] = []

        add_tooltip(self, TOOLTIP, PATIENT_TOOLTIP_DELAY_MS, position="right")
        theme.subscribe(self, self._on_theme)

    @property
    def count(self) -> int:
        """Number of images, of which `visible` have room."""
        return len(self._images)

    @property
    def visible(self) -> int:
        """Number of images that are shown."""
        return self._visible

    @property
    def labels(self) -> tuple[str, ...]:
        """What the images show, in words."""
        return self._labels

    @property
    def distances(self) -> tuple[float, ...]:
        """How far away the images are, prior standard deviations."""
        return self._distances

    @property
    def message(self) -> str:
        """The text in place of the images."""
        return self.itemcget(self._note, "text")

    def show(self, pixels: np.ndarray, labels: Sequence[str], distances: Sequence[float]) -> None:
        """Show other images, or the same at other distances.

        pixels: (k, C, H, W) uint8; labels: k short texts; distances: k, prior standard deviations.
        """
        if not len(pixels) == len(labels) == len(distances):
            raise ValueError(
                f"{len(pixels)} images, {len(labels)} labels and {len(distances)} distances"
            )
        same = self._labels == tuple(labels) and np.array_equal(self._images, pixels)
        self._labels, self._distances = tuple(labels), tuple(float(d) for d in distances)
        if same:
            self._write_distances()
            return
        same_layout = self._images.shape == pixels.shape and self._visible > 0
        self._images = pixels
        if self.message:
            self.itemconfigure(self._note, text="")
        self.configure(takefocus=len(pixels) > 0)
        if same_layout and self._pending is None:
            self._paint()
        else:
            self._schedule()

    def show_message(self, text: str) -> None:
        """Show a text instead of images, for example while they are being encoded."""
        self.show(np.zeros((0, 1, 1, 1), np.uint8), (), ())
        self.itemconfigure(self._note, text=text)

    def index_at(self, x: float, y: float) -> int | None:
        """The image at a pixel."""
        below = y - self._theme.px(HEADING_HEIGHT)
        index = int((x if self._side_by_side else below) // self._pitch)
        return index if below >= 0 and 0 <= index < self._visible else None

    def box_of(self, index: int) -> tuple[int, int, int, int]:
        """(left, top, right, bottom) of an image and its texts in pixels of this widget."""
        top = self._theme.px(HEADING_HEIGHT)
        if self._side_by_side:
            left = index * self._pitch
            return left, top, left + self._pitch, top + self._column_height
        top += index * self._pitch
        return 0, top, self.winfo_width(), top + self._pitch

    @property
    def _choosable(self) -> int:
        return self._visible

    @property
    def _column_height(self) -> int:
        return self._thumbnail[1] + self._theme.px(GAP + 2 * LINE_HEIGHT)

    def _layout(self) -> None:
        """Share the height among the images, or the width, or leave out the furthest."""
        px = self._theme.px
        width, height = self.winfo_width(), self.winfo_height()
        self.coords(self._heading, px(INDENT), px(1))
        self.coords(self._note, px(INDENT), px(HEADING_HEIGHT))
        self.itemconfigure(self._note, width=max(1, width - 2 * px(INDENT)))
        for item in (*self._thumbnail_items, *self._label_items, *self._distance_items):
            self.delete(item)
        room = height - px(HEADING_HEIGHT)
        least = px(MIN_THUMBNAIL) + px(GAP)
        self._visible = max(0, min(self.count, room // least))
        texts = px(GAP + 2 * LINE_HEIGHT)
        self._side_by_side = (
            self._visible < self.count
            and width >= self.count * least
            and room >= px(MIN_THUMBNAIL) + texts
        )
        if self._side_by_side:
            self._visible = self.count
            side = min(px(MAX_THUMBNAIL), width // self.count - px(GAP), room - texts)
            self._pitch = width // self.count
        elif self._visible:
            side = min(px(MAX_THUMBNAIL), room // self._visible - px(GAP))
            self._pitch = side + px(GAP)
        if self._visible:
            self._thumbnail = images.fit(self._images.shape[1:], side, side)
            if self._cursor is not None:
                self._cursor = min(self._cursor, self._visible - 1)
        rows = range(self._visible)
        mode = "RGB" if self._images.shape[1] == 3 else "L"
        self._photos = [ImageTk.PhotoImage(mode, self._thumbnail, master=self) for _ in rows]
        self._thumbnail_items = [
            self.create_image(*self._place_of_image(row), image=photo)
            for row, photo in enumerate(self._photos)
        ]
        self._label_items = [self.create_text(0, 0, font=self._label_font) for _ in rows]
        self._distance_items = [self.create_text(0, 0, font=self._distance_font) for _ in rows]
        self._hovered = None
        self._on_theme(self._theme.palette)
        self._paint()

    def _place_of_image(self, index: int) -> tuple[int, int]:
        """The middle of a thumbnail."""
        left, top, right, bottom = self.box_of(index)
        if self._side_by_side:
            return (left + right) // 2, top + self._theme.px(GAP) // 2 + self._thumbnail[1] // 2
        return self._theme.px(INDENT) + self._thumbnail[0] // 2, (top + bottom) // 2

    def _paint(self) -> None:
        for pixels, photo in zip(self._images, self._photos, strict=False):
            photo.paste(images.scaled(pixels, *self._thumbnail, smooth=True))
        self._write_distances()
        self._write_labels()

    def _write_distances(self) -> None:
        for item, distance in zip(self._distance_items, self._distances, strict=False):
            self.itemconfigure(item, text=_shown(distance))

    def _write_labels(self) -> None:
        """Write the labels beside the distances, or above them where they are long."""
        if self._side_by_side:
            self._write_below()
            return
        px = self._theme.px
        left, right = px(INDENT) + self._thumbnail[0] + px(TEXT_GAP), self._right()
        long = max(map(len, self._labels), default=0) > SHORT
        stacked = long and self._pitch - px(GAP) >= px(TWO_LINES)
        room, measure = right - left, self._label_font.measure
        if not stacked:
            room -= self._distance_font.measure(_shown(0.0)) + px(GAP)
        for row, (label, distance) in enumerate(
            zip(self._label_items, self._distance_items, strict=True)
        ):
            _, y = self._place_of_image(row)
            self.coords(label, left, y)
            self.coords(distance, left if stacked else right, y)
            self.itemconfigure(label, anchor="sw" if stacked else "w")
            self.itemconfigure(distance, anchor="nw" if stacked else "e")
            self.itemconfigure(label, text=fitted(self._labels[row], room, measure))

    def _write_below(self) -> None:
        line, measure = self._theme.px(LINE_HEIGHT), self._label_font.measure
        for index, (label, distance) in enumerate(
            zip(self._label_items, self._distance_items, strict=True)
        ):
            x, y = self._place_of_image(index)
            y += self._thumbnail[1] // 2 + line // 2
            self.coords(label, x, y)
            self.coords(distance, x, y + line)
            self.itemconfigure(label, text=fitted(self._labels[index], self._pitch, measure))

    def _right(self) -> int:
        return self.winfo_width() - self._theme.px(INDENT + 2)

    def _on_theme(self, palette: Palette) -> None:
        super()._on_theme(palette)
        self.itemconfigure(self._heading, fill=palette.muted)
        self.itemconfigure(self._note, fill=palette.muted)
        for item in self._label_items:
            self.itemconfigure(item, fill=palette.foreground)
        for item in self._distance_items:
            self.itemconfigure(item, fill=palette.muted)


def _shown(distance: float) -> str:
    """Four characters, so that the room for the label stays the same."""
    if distance < 9.995:
        return f"{distance:.2f}"
    if distance < 99.95:
        return f"{distance:.1f}"
    return f"{distance:.0f}" if distance < 9999.5 else f"{distance:.0e}".replace("e+", "e")
