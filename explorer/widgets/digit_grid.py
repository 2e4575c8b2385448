"""Many small digits on one Canvas: a grid or a row that is clicked, hovered and walked by keys."""

from __future__ import annotations

import math
import tkinter as tk
import tkinter.font as tkfont
from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image, ImageTk

from explorer import images
from explorer.theme import Palette, Theme, font

GAP = 4  # pixels at 96 dpi, like all lengths here
CAPTION_HEIGHT = 16
MARK_WIDTH = 3  # within the gap, where it stands out from the images' black
FULL_ROWS_WORTH = 0.85  # how much smaller cells may be for the sake of a last row that is full


class DigitGrid(tk.Canvas):
    """Shows N images as cells, as large as the area allows.

    on_activate(index): a click, or Return or space on the cell under the cursor.
    on_hover(index or None): the pointer or the keyboard cursor moved to another cell.
    max_cell, min_cell: bounds of a cell's width. fixed_height: ask for one row's height.
    centred: else the cells start at the left.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        *,
        on_activate: Callable[[int], None],
        on_hover: Callable[[int | None], None] | None = None,
        on_menu: Callable[[int, tk.Event], None] | None = None,
        max_cell: int = 160,
        min_cell: int = 10,
        fixed_height: int | None = None,
        centred: bool = True,
    ) -> None:
        super().__init__(
            parent,
            highlightthickness=0,
            borderwidth=0,
            takefocus=True,
            width=1,
            height=1 if fixed_height is None else theme.px(fixed_height),
        )
        self._theme = theme
        self._on_activate = on_activate
        self._on_hover = on_hover
        self._on_menu = on_menu
        self._centred = centred
        self._max_cell = theme.px(max_cell)
        self._min_cell = theme.px(min_cell)
        self._images = np.zeros((0, 1, 1, 1), np.uint8)
        self._captions: Sequence[str] = ()
        self._marked: int | None = None
        self._cursor: int | None = None
        self._cell = (1, 1)
        self._columns = 1
        self._origin = (0, 0)
        self._photo: ImageTk.PhotoImage | None = None
        self._pending: str | None = None

        self._caption_font = tkfont.Font(self, font=font(9))
        self._sheet = self.create_image(0, 0, anchor="nw")
        self._mark = self.create_rectangle(0, 0, 0, 0, width=theme.px(MARK_WIDTH), state="hidden")
        self._hover = self.create_rectangle(0, 0, 0, 0, width=theme.px(MARK_WIDTH), state="hidden")
        self._note = self.create_text(0, 0, anchor="center", justify="center", font=font(11))

        self.bind("<Configure>", lambda event: self._schedule())
        self.bind("<Button-1>", self._click)
        self.bind("<Button-3>", self._menu)
        self.bind("<Menu>", self._menu_key)
        self.bind("<Shift-F10>", self._menu_key)
        # After a menu, a window manager may let the pointer leave and enter at every motion.
        for event in ("<Enter>", "<Motion>"):
            self.bind(event, lambda event: self._point_at(self.index_at(event.x, event.y)))
        self.bind("<Leave>", lambda event: self._leave())
        self.bind("<FocusIn>", lambda event: self._point_at(self._cursor or 0))
        self.bind("<FocusOut>", lambda event: self._point_at(None))
        for key, columns_, rows in (
            ("Left", -1, 0),
            ("Right", 1, 0),
            ("Up", 0, -1),
            ("Down", 0, 1),
        ):
            self.bind(f"<{key}>", lambda event, dx=columns_, dy=rows: self._walk(dx, dy))
        for key in ("Return", "KP_Enter", "space"):
            self.bind(f"<{key}>", self._activate_cursor)
        theme.subscribe(self, self._on_theme)

    @property
    def count(self) -> int:
        """Number of cells."""
        return len(self._images)

    @property
    def marked(self) -> int | None:
        """The marked cell."""
        return self._marked

    @property
    def cursor(self) -> int | None:
        """The cell under the pointer or the keyboard cursor."""
        return self._cursor

    @property
    def captions(self) -> tuple[str, ...]:
        """The texts below the cells."""
        return tuple(self._captions)

    @property
    def pixels(self) -> np.ndarray:
        """The shown images, (N, C, H, W) uint8."""
        return self._images

    def set_images(self, pixels: np.ndarray, captions: Sequence[str] = ()) -> None:
        """Show other images. pixels: (N, C, H, W) uint8; captions: N short texts, or none."""
        self._images = pixels
        self._captions = captions
        self._marked = None
        if self._cursor is not None and self._cursor >= len(pixels):
            self._cursor = None
        self.itemconfigure(self._note, text="")
        self._schedule()

    def show_message(self, text: str) -> None:
        """Show a text instead of images."""
        self.set_images(np.zeros((0, 1, 1, 1), np.uint8))
        self.itemconfigure(self._note, text=text)

    def set_marked(self, index: int | None) -> None:
        """Mark one cell, for example the one that is shown large."""
        if index != self._marked:
            self._marked = index
            self._place_marks()

    def index_at(self, x: int, y: int) -> int | None:
        """The cell at a pixel, or None between and outside the cells."""
        step_x, step_y = self._steps()
        column, rest_x = divmod(x - self._origin[0], step_x)
        row, rest_y = divmod(y - self._origin[1], step_y)
        inside = 0 <= column < self._columns and row >= 0
        index = int(row * self._columns + column)
        if inside and rest_x < self._cell[0] and index < len(self._images) and rest_y < step_y:
            return index
        return None

    def box_of(self, index: int) -> tuple[int, int, int, int]:
        """(left, top, right, bottom) of a cell's image in pixels of this widget."""
        step_x, step_y = self._steps()
        row, column = divmod(index, self._columns)
        left, top = self._origin[0] + column * step_x, self._origin[1] + row * step_y
        return left, top, left + self._cell[0], top + self._cell[1]

    def destroy(self) -> None:
        """Leave no painting to be done."""
        if self._pending is not None:
            self.after_cancel(self._pending)
            self._pending = None
        super().destroy()

    def _steps(self) -> tuple[int, int]:
        gap = self._theme.px(GAP)
        caption = self._theme.px(CAPTION_HEIGHT) if self._captions else 0
        return self._cell[0] + gap, self._cell[1] + gap + caption

    def _schedule(self) -> None:
        if self._pending is None:
            self._pending = self.after_idle(self._paint)

    def _paint(self) -> None:
        self._pending = None
        self.delete("caption")
        width, height = self.winfo_width(), self.winfo_height()
        self.coords(self._note, width // 2, height // 2)
        self.itemconfigure(self._note, width=max(1, width - self._theme.px(24)))
        if not len(self._images) or width < 2 or height < 2:
            self._photo = None
            self.itemconfigure(self._sheet, image="")
            self._place_marks()
            return
        self._fit(width, height)
        step_x, step_y = self._steps()
        rows = math.ceil(len(self._images) / self._columns)
        used = self._columns * step_x - self._theme.px(GAP), rows * step_y - self._theme.px(GAP)
        free = width - used[0], height - used[1]
        self._origin = max(0, free[0] // 2 if self._centred else 1), max(0, free[1] // 2)
        background = self.winfo_rgb(self._theme.palette.background)
        sheet = Image.new("RGB", used, tuple(channel // 256 for channel in background))
        for index, pixels in enumerate(self._images):
            row, column = divmod(index, self._columns)
            cell = images.scaled(pixels, *self._cell, smooth=True)
            sheet.paste(cell, (column * step_x, row * step_y))
        self._photo = ImageTk.PhotoImage(sheet, master=self)
        self.itemconfigure(self._sheet, image=self._photo)
        self.coords(self._sheet, *self._origin)
        for index, caption in enumerate(self._captions):
            left, _, right, bottom = self.box_of(index)
            self.create_text(
                (left + right) // 2,
                bottom + self._theme.px(CAPTION_HEIGHT) // 2,
                text=self._fitted(caption, step_x),
                fill=self._theme.palette.muted,
                font=self._caption_font,
                tags="caption",
            )
        self._place_marks()

    def _fitted(self, caption: str, width: int) -> str:
        """A caption, cut to the width of its cell."""
        line = " ".join(caption.split())
        while len(line) > 1 and self._caption_font.measure(line) > width:
            line = line[:-2] + "…"
        return line

    def _fit(self, width: int, height: int) -> None:
        """Choose the number of columns that makes the cells largest, or nearly so and even."""
        count = len(self._images)
        _, rows_of_pixels, columns_of_pixels = self._images.shape[1:]
        aspect = rows_of_pixels / columns_of_pixels
        gap = self._theme.px(GAP)
        caption = self._theme.px(CAPTION_HEIGHT) if self._captions else 0

        def cell_width(columns: int) -> int:
            rows = math.ceil(count / columns)
            by_width = (width - gap * (columns - 1)) / columns
            by_height = (height - (gap + caption) * rows + gap) / rows / aspect
            return int(min(by_width, by_height))

        def bounded(columns: int) -> int:
            return max(self._min_cell, min(self._max_cell, cell_width(columns)))

        largest = max(bounded(columns) for columns in range(1, count + 1))
        good = [
            columns
            for columns in range(1, count + 1)
            if bounded(columns) >= FULL_ROWS_WORTH * largest
        ]
        full = [columns for columns in good if count % columns == 0 and columns > 1]
        # Cells held at their largest size leave room for longer rows, which need fewer of them.
        self._columns = max(full or [c for c in good if bounded(c) == largest])
        side = bounded(self._columns)
        self._cell = side, max(1, round(side * aspect))

    def _place_marks(self) -> None:
        for item, index in ((self._mark, self._marked), (self._hover, self._cursor)):
            if index is None or index >= len(self._images):
                self.itemconfigure(item, state="hidden")
            else:
                left, top, right, bottom = self.box_of(index)
                edge = self._theme.px(GAP) / 2
                self.coords(item, left - edge, top - edge, right + edge - 1, bottom + edge - 1)
                self.itemconfigure(item, state="normal")

    def _on_theme(self, palette: Palette) -> None:
        self.configure(background=palette.background)
        self.itemconfigure(self._mark, outline=palette.accent)
        # Between black cells and a background that is light or dark.
        self.itemconfigure(self._hover, outline=palette.muted)
        self.itemconfigure(self._note, fill=palette.muted)
        self._schedule()

    def _point_at(self, index: int | None) -> None:
        if index is not None and index >= len(self._images):
            index = None
        if index == self._cursor:
            return
        self._cursor = index
        self._place_marks()
        if self._on_hover is not None:
            self._on_hover(index)

    def _leave(self) -> None:
        """The pointer has gone; the keyboard's cursor stays where it is."""
        # Not focus_get(): it raises while the copy of a menu that Tk shows has the focus.
        if str(self.tk.call("focus")) != str(self):
            self._point_at(None)

    def _walk(self, columns: int, rows: int) -> str:
        if len(self._images):
            index = (self._cursor or 0) + columns + rows * self._columns
            if self._cursor is None:
                index = 0
            if 0 <= index < len(self._images):
                self._point_at(index)
        return "break"

    def _click(self, event: tk.Event) -> None:
        self.focus_set()
        index = self.index_at(event.x, event.y)
        if index is not None:
            self._point_at(index)
            self._on_activate(index)

    def _activate_cursor(self, event: tk.Event) -> str:
        if self._cursor is not None:
            self._on_activate(self._cursor)
        return "break"

    def _menu(self, event: tk.Event) -> None:
        index = self.index_at(event.x, event.y)
        if index is not None and self._on_menu is not None:
            self._on_menu(index, event)

    def _menu_key(self, event: tk.Event) -> str:
        if self._cursor is not None and self._on_menu is not None:
            left, _, _, bottom = self.box_of(self._cursor)
            event.x_root, event.y_root = self.winfo_rootx() + left, self.winfo_rooty() + bottom
            self._on_menu(self._cursor, event)
        return "break"  # else Tk opens the first menu of the bar, too
