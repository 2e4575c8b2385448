"""Pictures with words around them, in as many rows as make them largest; some can be chosen."""

from __future__ import annotations

import math
import tkinter as tk
import tkinter.font as tkfont
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageTk

from explorer import images
from explorer.theme import Palette, Theme, font
from explorer.widgets.choices import Choices, fitted
from explorer.widgets.digit_view import rgb, with_influence

MARGIN = 4  # pixels at 96 dpi, like all lengths here; room for the focus ring
GAP = 12  # between pictures
LINK_GAP = 24  # where a sign stands in between
ROW_GAP = 8
LINE_HEIGHT = 15
TITLE_GAP = 3  # above the focus ring
BAR_HEIGHT, BAR_GAP = 5, 4
SMALLEST, LARGEST = 20, 260  # side of a picture
FULL_ROWS_WORTH = 0.85  # how much smaller pictures may be for the sake of a last row that is full
DOT = "● "
DIMMED = 0.3  # of the brightness of what is drawn under a difference


@dataclass(frozen=True, eq=False)
class Tile:
    """One of the pictures.

    pixels: (C, H, W) uint8; None leaves an empty frame. title: above it. caption: below it, lines
    parted by \\n. change: (H, W), image units, drawn over the dimmed picture, see
    `DigitView.show`. share: 0 to 1, a bar below the picture. link: a sign before it. marked: a dot
    before the caption, which is in the accent colour. choosable: a click or Return means something.
    """

    pixels: np.ndarray | None
    title: str = ""
    caption: str = ""
    change: np.ndarray | None = None
    share: float | None = None
    link: str = ""
    marked: bool = False
    choosable: bool = True

    @property
    def outline(self) -> tuple:
        """What the layout depends on."""
        shape = None if self.pixels is None else self.pixels.shape
        lines = self.caption.count("\n") + 1 if self.caption else 0
        return shape, bool(self.title), lines, self.share is not None, self.link

    @property
    def words(self) -> tuple:
        """What is written around it, and how."""
        return self.title, self.caption, self.marked


@dataclass
class _Items:
    """What one tile is made of on the Canvas."""

    picture: int
    title: int
    caption: int
    link: int
    track: int
    bar: int
    frame: int
    photo: ImageTk.PhotoImage | None = None
    shown: Tile | None = None


class PictureBoard(Choices):
    """Shows tiles, or a note in place of them.

    Tiles of the same outline take the place of those before without a new layout, so that they can
    follow a slider.

    on_choose(index): see `Choices`. on_menu(index, event): the right button, Menu or Shift+F10 on a
    tile; its event has `x_root`, `y_root`. largest: the side of a picture at most. max_rows: so
    many at most. columns: tiles in a row, whatever the room; None for the largest pictures.
    centred: else the tiles start at the left.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        *,
        on_choose: Callable[[int], None],
        on_menu: Callable[[int, tk.Event], None] | None = None,
        largest: int = LARGEST,
        max_rows: int = 3,
        columns: int | None = None,
        centred: bool = True,
    ) -> None:
        super().__init__(
            parent,
            theme,
            width=theme.px(60),
            height=theme.px(40),
            steps={"Left": -1, "Right": 1},
            on_choose=on_choose,
        )
        self._on_menu = on_menu
        self._largest = largest
        self._max_rows = max_rows
        self._fixed = columns
        self._centred = centred
        self._tiles: tuple[Tile, ...] = ()
        self._items: list[_Items] = []
        self._laid_out: tuple | None = None  # outlines of the tiles that have their places
        self._columns = 1
        self._box = (1, 1)
        self._step = (1, 1)
        self._origin = (0, 0)
        self._small = tkfont.Font(self, font=font(9))
        self._bold = tkfont.Font(self, font=font(9, bold=True))
        self._sign = tkfont.Font(self, font=font(13))
        self._note = self.create_text(0, 0, justify="center", font=font(11))
        for key, rows in (("Up", -1), ("Down", 1)):
            self.bind(f"<{key}>", lambda event, rows=rows: self._walk(rows * self._columns))
        if on_menu is not None:
            self.bind("<Button-3>", self._menu)
            for key in ("Menu", "Shift-F10"):
                self.bind(f"<{key}>", self._menu_key)
        theme.subscribe(self, self._on_theme)

    @property
    def tiles(self) -> tuple[Tile, ...]:
        """What is shown."""
        return self._tiles

    @property
    def columns(self) -> int:
        """Tiles in a row."""
        return self._columns

    @property
    def note(self) -> str:
        """What is said in place of tiles."""
        return self.itemcget(self._note, "text")

    def show(self, tiles: Sequence[Tile]) -> None:
        """Show other tiles, all pictures of one shape."""
        if self.note:
            self.itemconfigure(self._note, text="")
        self._tiles = tuple(tiles)
        self.configure(takefocus=any(tile.choosable for tile in tiles))
        if self._cursor is not None and not self._may(self._cursor):
            self._cursor = self._first if self._focused else None
        if self._pending is None and self._laid_out == self._outlines():
            for tile, items in zip(self._tiles, self._items, strict=True):
                self._paint(tile, items)
        else:
            self._schedule()

    def show_note(self, text: str) -> None:
        """Show a text instead of tiles."""
        self.show(())
        self.itemconfigure(self._note, text=text)

    def index_at(self, x: float, y: float) -> int | None:
        """See `Choices`; only tiles that can be chosen."""
        for index in range(len(self._items)):
            left, top, right, bottom = self.box_of(index)
            if left <= x < right and top <= y < bottom:
                return index if self._may(index) else None
        return None

    def box_of(self, index: int) -> tuple[int, int, int, int]:
        """See `Choices`: a picture and a margin around it."""
        left, top = self._corner(index)
        edge = self._theme.px(MARGIN)
        return left - edge, top - edge, left + self._box[0] + edge, top + self._box[1] + edge

    # ---- layout --------------------------------------------------------------------------------

    @property
    def _choosable(self) -> int:
        return len(self._items)

    @property
    def _first(self) -> int:
        return next((i for i, tile in enumerate(self._tiles) if tile.choosable), 0)

    def _may(self, index: int) -> bool:
        return index < len(self._tiles) and self._tiles[index].choosable

    def _outlines(self) -> tuple:
        return tuple(tile.outline for tile in self._tiles)

    def _corner(self, index: int) -> tuple[int, int]:
        """The upper left corner of a picture."""
        row, column = divmod(index, self._columns)
        return self._origin[0] + column * self._step[0], self._origin[1] + row * self._step[1]

    def _layout(self) -> None:
        for items in self._items:
            for item in (
                *(items.picture, items.title, items.caption, items.link),
                *(items.track, items.bar, items.frame),
            ):
                self.delete(item)
        self._items, self._laid_out = [], None
        width, height, px = self.winfo_width(), self.winfo_height(), self._theme.px
        self.coords(self._note, width // 2, height // 2)
        self.itemconfigure(self._note, width=max(1, width - px(24)))
        if not self._tiles or width < 2:
            return
        self._fit(width, height)
        for index, tile in enumerate(self._tiles):
            self._items.append(self._make(index))
            self._paint(tile, self._items[-1])
        self._laid_out = self._outlines()

    def _fit(self, width: int, height: int) -> None:
        """Choose the number of columns that makes the pictures largest, and centre them."""
        px, count = self._theme.px, len(self._tiles)
        shape = next((t.pixels.shape for t in self._tiles if t.pixels is not None), (1, 1, 1))
        links = any(tile.link for tile in self._tiles)
        gap = px(LINK_GAP if links else GAP)
        above = px(LINE_HEIGHT + TITLE_GAP) * any(tile.title for tile in self._tiles)
        lines = max(tile.outline[2] for tile in self._tiles)
        below = px(LINE_HEIGHT) * lines + px(MARGIN) * (lines > 0)
        if any(tile.share is not None for tile in self._tiles):
            below += px(BAR_GAP + BAR_HEIGHT)
        margin = px(MARGIN)

        def fit(columns: int) -> tuple[tuple[int, int], int]:
            """The box of a picture, and the room before a row, which may begin with a sign."""
            rows = math.ceil(count / columns)
            edge = gap if any(tile.link for tile in self._tiles[::columns]) else margin
            room = (
                (width - edge - margin - (columns - 1) * gap) / columns,
                (height - 2 * margin - (rows - 1) * px(ROW_GAP)) / rows - above - below,
            )
            low, high = px(SMALLEST), px(self._largest)
            return images.fit(shape, *(min(high, max(low, side)) for side in room)), edge

        if self._fixed is None:
            allowed = [n for n in range(1, count + 1) if math.ceil(count / n) <= self._max_rows]
        else:
            allowed = [min(count, self._fixed)]
        boxes = {columns: fit(columns)[0] for columns in allowed}
        worth = FULL_ROWS_WORTH * max(boxes.values())[0]
        full = [n for n in allowed if count % n == 0 and boxes[n][0] >= worth]
        # Among the same sizes the fewest rows, and then rows of about the same length.
        columns = max(full or allowed, key=lambda n: (boxes[n], n))
        self._columns = math.ceil(count / math.ceil(count / columns))
        self._box, edge = fit(self._columns)
        if self._columns > 1:
            # Where the height is short, the width is left: for the texts.
            free = width - edge - margin - self._columns * self._box[0]
            gap = max(gap, min(px(LINK_GAP), free // (self._columns - 1)))
        self._step = self._box[0] + gap, above + self._box[1] + below + px(ROW_GAP)
        rows = math.ceil(count / self._columns)
        used = self._columns * self._step[0] - gap, rows * self._step[1] - px(ROW_GAP)
        left = (width - used[0]) // 2 if self._centred else 0
        self._origin = max(edge, left), max(margin, (height - used[1]) // 2) + above

    def _make(self, index: int) -> _Items:
        """The items of a tile, in their places."""
        palette, px = self._theme.palette, self._theme.px
        (left, top), (width, height) = self._corner(index), self._box
        middle, bottom = left + width // 2, top + height
        bars = any(tile.share is not None for tile in self._tiles)
        bar_top = bottom + px(BAR_GAP)
        bar = left, bar_top, left + width, bar_top + px(BAR_HEIGHT)
        tile = self._tiles[index]
        below = bar[3] if bars else bottom
        gap = self._step[0] - width
        shown = "normal" if tile.share is not None else "hidden"
        return _Items(
            picture=self.create_image(left, top, anchor="nw"),
            title=self.create_text(
                *(middle, top - px(TITLE_GAP)), anchor="s", font=self._bold, fill=palette.foreground
            ),
            caption=self.create_text(
                *(middle, below + px(MARGIN) - 1),
                anchor="n",
                justify="center",
                font=self._small,
            ),
            link=self.create_text(
                *(left - gap // 2, top + height // 2),
                text=tile.link,
                font=self._sign,
                fill=palette.muted,
            ),
            track=self.create_rectangle(*bar, width=0, fill=palette.border, state=shown),
            bar=self.create_rectangle(*bar, width=0, fill=palette.accent, state=shown),
            frame=self.create_rectangle(
                *(left, top, left + width - 1, bottom - 1),
                dash=(3, 4),
                outline=palette.border,
                state="normal" if tile.pixels is None else "hidden",
            ),
        )

    def _paint(self, tile: Tile, items: _Items) -> None:
        """Show a tile in the place that its items have, and touch only what is another one."""
        before, items.shown = items.shown, tile
        if before is tile:
            return
        if tile.pixels is not None:
            picture = self._picture(tile)
            if items.photo is None:
                items.photo = ImageTk.PhotoImage(picture.mode, picture.size, master=self)
                self.itemconfigure(items.picture, image=items.photo)
            items.photo.paste(picture)
        if before is None or before.words != tile.words:
            self._write(tile, items)
        if tile.share is not None:
            left, top, _, bottom = self.coords(items.track)
            self.coords(items.bar, left, top, left + round(tile.share * self._box[0]), bottom)

    def _write(self, tile: Tile, items: _Items) -> None:
        """Write title and caption, no longer than to the next tile's or to the widget's end."""
        palette, middle = self._theme.palette, self.coords(items.title)[0]
        room = min(self._step[0] - self._theme.px(4), 2 * middle, 2 * (self.winfo_width() - middle))
        caption = "\n".join(
            fitted(line, room, self._small.measure)
            for line in f"{DOT if tile.marked else ''}{tile.caption}".split("\n")
        )
        self.itemconfigure(items.title, text=fitted(tile.title, room, self._bold.measure))
        self.itemconfigure(
            items.caption,
            text=caption,
            fill=palette.accent if tile.marked else palette.muted,
        )

    def _picture(self, tile: Tile) -> Image.Image:
        pixels = tile.pixels
        if tile.change is not None:
            palette = self._theme.palette
            pixels = with_influence(
                (pixels * DIMMED).astype(np.uint8),
                tile.change,
                rgb(palette.increase),
                rgb(palette.decrease),
            )
        return images.scaled(pixels, *self._box, smooth=True).convert("RGB")

    # ---- what the person does ------------------------------------------------------------------

    def _walk(self, step: int) -> str:
        """To the next tile in that direction that can be chosen; stay where there is none."""
        if self._cursor is not None and step:
            index = self._cursor + step
            while 0 <= index < len(self._tiles) and not self._may(index):
                index += 1 if step > 0 else -1
            if 0 <= index < len(self._tiles):
                self._cursor = index
                self._mark()
        return "break"

    def _activate_cursor(self) -> str:
        if self._cursor is None or self._may(self._cursor):
            return super()._activate_cursor()
        return "break"

    def _menu(self, event: tk.Event) -> None:
        index = self.index_at(event.x, event.y)
        if index is not None:
            self._cursor = index
            self.focus_set()
            self._mark()
            self._on_menu(index, event)

    def _menu_key(self, event: tk.Event) -> str:
        if self._cursor is not None and self._may(self._cursor):
            left, _, _, bottom = self.box_of(self._cursor)
            event.x_root, event.y_root = self.winfo_rootx() + left, self.winfo_rooty() + bottom
            self._on_menu(self._cursor, event)
        return "break"  # else Tk opens the first menu of the bar, too

    def _on_theme(self, palette: Palette) -> None:
        super()._on_theme(palette)
        self.itemconfigure(self._note, fill=palette.muted)
        self._laid_out = None
        self._schedule()
