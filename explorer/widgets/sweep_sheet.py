"""A sheet of digits with labels on one Canvas: clicked, hovered, walked by keys, and scrolled."""

from __future__ import annotations

import math
import tkinter as tk
import tkinter.font as tkfont
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image, ImageTk

from explorer.sheet import Sheet
from explorer.theme import Palette, Scrollbar, Theme, font

GAP = 3  # pixels at 96 dpi, like all lengths here
MARK_WIDTH = 3  # as wide as the gap, where it stands out from the images' black
DASH = 5
LABEL_WIDTH = 58
LABEL_HEIGHT = 28  # of a name and a note below it
HEADER_HEIGHT = 18
LINE_HEIGHT = 15  # of a caption
CAPTION_GAP = 6  # from a caption to the next row's images
SCROLLBAR_WIDTH = 14
MAX_CELL = 140
LEAST_CELL = 32  # where rows do not fit at this size the sheet scrolls, unless the width is short
LEAST_CAPTIONED_CELL = 46  # its caption is "3 100%", as wide as that
HEADER_PADDING = 4
X11_WHEEL = {4: -1, 5: 1}  # button numbers, rows
WHEEL_NOTCH = 120  # units of event.delta on Windows; macOS reports small numbers


@dataclass(frozen=True)
class Layout:
    """Where the images are, in pixels.

    count: images of the sheet. columns: images in a row. first, shown: the first row in view and
    how many of them. cell: (width, height) of an image. step: (x, y) from one to the next. origin:
    (left, top) of the first one in view.
    """

    count: int
    columns: int
    first: int
    shown: int
    cell: tuple[int, int]
    step: tuple[int, int]
    origin: tuple[int, int]

    @property
    def rows(self) -> int:
        """All rows, also those out of view."""
        return math.ceil(self.count / self.columns)

    @property
    def in_view(self) -> slice:
        """The images that can be seen, some or all of them."""
        start = self.first * self.columns
        return slice(start, min(self.count, start + self.shown * self.columns))


NOTHING = Layout(0, 1, 0, 0, (1, 1), (1, 1), (0, 0))


class SweepSheet(tk.Canvas):
    """Shows those images of a `Sheet` that are in view.

    It does not hold the images: on_view() says that others, or the same at another size, are
    needed; `fit` says which, and `show` takes their picture. Until then everything stays as it is
    seen, and a click means what is seen.

    on_activate(index): a click, or Return or space on the image under the cursor. on_hover(index or
    None): the pointer or the keyboard cursor moved to another image. on_row(row): a click on a
    row's label.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        *,
        on_view: Callable[[], None],
        on_activate: Callable[[int], None],
        on_hover: Callable[[int | None], None],
        on_row: Callable[[int], None],
    ) -> None:
        super().__init__(
            parent, highlightthickness=0, borderwidth=0, takefocus=True, width=1, height=1
        )
        self._theme = theme
        self._on_view = on_view
        self._on_activate = on_activate
        self._on_hover = on_hover
        self._on_row = on_row
        self._sheet = Sheet(0)
        self._layout = NOTHING
        self._first = 0  # the row that is to be on top; the layout has the one that is
        self._labelled: tuple | None = None  # what the labels on the Canvas were drawn for
        self._marked: dict[int, bool] = {}
        self._frames: list[int] = []  # Canvas items
        self._cursor: int | None = None
        self._photo: ImageTk.PhotoImage | None = None

        self._fonts = {size: tkfont.Font(self, font=font(size)) for size in (8, 9, 10)}
        self._picture = self.create_image(0, 0, anchor="nw")
        self._hover = self.create_rectangle(0, 0, 0, 0, width=theme.px(MARK_WIDTH), state="hidden")
        self._bar = Scrollbar(self, orient="vertical", command=self._scroll)

        self.bind("<Configure>", lambda event: self._on_view())
        self.bind("<Button-1>", self._click)
        # After a menu, a window manager may let the pointer leave and enter at every motion.
        for event in ("<Enter>", "<Motion>"):
            self.bind(event, self._motion)
        self.bind("<Leave>", lambda event: self._leave())
        self.bind("<FocusIn>", lambda event: self._enter())
        self.bind("<FocusOut>", lambda event: self._point_at(None))
        for key, columns, rows in (
            ("Left", -1, 0),
            ("Right", 1, 0),
            ("Up", 0, -1),
            ("Down", 0, 1),
        ):
            self.bind(f"<{key}>", lambda event, dx=columns, dy=rows: self._walk(dx, dy))
        self.bind("<Prior>", lambda event: self._walk(0, -self._layout.shown))
        self.bind("<Next>", lambda event: self._walk(0, self._layout.shown))
        for key in ("Return", "KP_Enter", "space"):
            self.bind(f"<{key}>", self._activate_cursor)
        for event in ("<Button-4>", "<Button-5>", "<MouseWheel>"):
            self.bind(event, self._wheel)
        theme.subscribe(self, self._on_theme)

    @property
    def sheet(self) -> Sheet:
        """The texts that are shown."""
        return self._sheet

    @property
    def layout(self) -> Layout:
        """Where the images in view are."""
        return self._layout

    @property
    def marked(self) -> dict[int, bool]:
        """The marked images; True where the mark is a warning."""
        return dict(self._marked)

    @property
    def cursor(self) -> int | None:
        """The image under the pointer or the keyboard cursor."""
        return self._cursor

    @property
    def background(self) -> tuple[int, int, int]:
        """The colour between the images, for their picture."""
        red, green, blue = self.winfo_rgb(self._theme.palette.background)
        return red // 256, green // 256, blue // 256

    def show(
        self, sheet: Sheet, layout: Layout, picture: Image.Image, marked: dict[int, bool]
    ) -> None:
        """Show a sheet as it was fitted.

        picture: of the images in view, as `explorer.sheet.tiled` makes it. marked: images to mark,
        for example where the current point is; True for a warning.
        """
        if self._photo is None or (self._photo.width(), self._photo.height()) != picture.size:
            self._photo = ImageTk.PhotoImage("RGB", picture.size, master=self)
            self.itemconfigure(self._picture, image=self._photo)
        self._photo.paste(picture)
        self._sheet, self._layout = sheet, layout
        if self._cursor is not None and self._cursor >= layout.count:
            self._cursor = None
        self.coords(self._picture, *layout.origin)
        self._draw_labels()
        self._marked = marked
        self._place_marks()
        self._place_hover()
        self._place_bar()

    def clear(self) -> None:
        """Show nothing."""
        self._sheet, self._layout, self._first = Sheet(0), NOTHING, 0
        self._photo = self._cursor = None
        self.itemconfigure(self._picture, image="")
        self._draw_labels()
        self._marked = {}
        self._place_marks()
        self._place_hover()
        self._bar.place_forget()

    def index_at(self, x: int, y: int) -> int | None:
        """The image at a pixel, or None between and outside them."""
        layout = self._layout
        column, rest_x = divmod(x - layout.origin[0], layout.step[0])
        row, rest_y = divmod(y - layout.origin[1], layout.step[1])
        if not (0 <= column < layout.columns and 0 <= row < layout.shown):
            return None
        index = int((layout.first + row) * layout.columns + column)
        # A caption belongs to its image.
        on_image = rest_x < layout.cell[0] and (self._sheet.captions or rest_y < layout.cell[1])
        return index if on_image and index < self._sheet.count else None

    def row_at(self, x: int, y: int) -> int | None:
        """The row whose label is at a pixel, or None."""
        layout = self._layout
        row = (y - layout.origin[1]) // layout.step[1]
        if not self._sheet.row_names or not 0 <= row < layout.shown:
            return None
        left = layout.origin[0] - self._theme.px(LABEL_WIDTH)
        return layout.first + int(row) if left <= x < layout.origin[0] else None

    def box_of(self, index: int) -> tuple[int, int, int, int]:
        """(left, top, right, bottom) of an image in pixels of this widget."""
        layout = self._layout
        row, column = divmod(index, layout.columns)
        left = layout.origin[0] + column * layout.step[0]
        top = layout.origin[1] + (row - layout.first) * layout.step[1]
        return left, top, left + layout.cell[0], top + layout.cell[1]

    # ---- layout ------------------------------------------------------------------------------

    def fit(self, sheet: Sheet, image_shape: tuple[int, int, int]) -> Layout:
        """Where the images of a sheet, (C, H, W) each, are to be in the room that there is."""
        px = self._theme.px
        _, image_rows, image_columns = image_shape
        aspect = image_rows / image_columns
        gap = px(GAP)
        labels = px(LABEL_WIDTH) if sheet.row_names else gap
        header = px(HEADER_HEIGHT) if sheet.header else gap
        caption = px(LINE_HEIGHT * sheet.caption_lines + CAPTION_GAP) if sheet.captions else 0
        width = self.winfo_width() - labels
        height = self.winfo_height() - header

        def cell_for(columns: int, rows: int) -> tuple[float, float]:
            by_width = width / columns - gap
            by_height = (height / rows - gap - caption) / aspect
            return by_width, by_height

        if sheet.columns is not None:
            columns = sheet.columns
        else:

            def worth(columns: int) -> tuple[int, int]:
                rows = math.ceil(sheet.count / columns)
                return int(min(px(MAX_CELL), *cell_for(columns, rows))), -rows

            # The most columns among those that make the images largest, so that rows are few.
            columns = max(range(1, sheet.count + 1), key=worth)
        rows = max(1, math.ceil(sheet.count / columns))
        by_width, by_height = cell_for(columns, rows)
        least = px(LEAST_CAPTIONED_CELL if sheet.captions else LEAST_CELL)
        if by_height < min(least, by_width):
            width -= px(SCROLLBAR_WIDTH)
            if sheet.columns is None:
                columns = max(1, min(sheet.count, int(width // (least + gap))))
                rows = math.ceil(sheet.count / columns)
            by_width, by_height = cell_for(columns, rows)
            by_height = least
        side = max(1, int(min(px(MAX_CELL), by_width, by_height)))
        cell = side, max(1, round(side * aspect))
        step = side + gap, cell[1] + gap + caption
        shown = max(1, min(rows, (height + gap) // step[1]))
        free = width - columns * step[0], height - shown * step[1]
        self._first = max(0, min(self._first, rows - shown))
        return Layout(
            count=sheet.count,
            columns=columns,
            first=self._first,
            shown=shown,
            cell=cell,
            step=step,
            origin=(labels + max(0, free[0] // 2), header + max(0, free[1] // 2)),
        )

    def _draw_labels(self) -> None:
        """Names, notes, header and captions; drawn anew only when something of them changed."""
        key = self._sheet, self._layout, self._theme.mode
        if key == self._labelled:
            return
        self._labelled = key
        self.delete("label")
        if not self._sheet.count:
            return
        px, sheet, layout, palette = self._theme.px, self._sheet, self._layout, self._theme.palette
        (left, top), (step_x, step_y), cell = layout.origin, layout.step, layout.cell
        rows = range(layout.first, min(self._layout.rows, layout.first + layout.shown))
        low = step_y < px(LABEL_HEIGHT)
        for row in rows if sheet.row_names else ():
            x, middle = left - px(8), top + (row - layout.first) * step_y + cell[1] / 2
            name, note = sheet.row_names[row], sheet.row_notes[row] if sheet.row_notes else ""
            if low:  # no room for a second line; that a row means nothing must be said all the same
                name, note = f"{name} {note}" if row in sheet.greyed else name, ""
            offset = px(7) if note else 0
            colour = palette.muted if row in sheet.greyed else palette.foreground
            self._label(x, middle - offset, name, 10, colour, "e")
            if note:
                self._label(x, middle + offset, note, 8, palette.muted, "e")
        if sheet.header:
            widest = max(self._fonts[9].measure(text) for text in sheet.header)
            every = _every(layout.columns, math.ceil((widest + px(HEADER_PADDING)) / step_x))
            for column, text in enumerate(sheet.header):
                if column % every == 0:
                    x = left + column * step_x + cell[0] / 2
                    self._label(x, top - px(HEADER_HEIGHT) / 2 - 1, text, 9, palette.muted)
        seen = self._layout.in_view
        for index in range(seen.start, seen.stop) if sheet.captions else ():
            x0, _, x1, bottom = self.box_of(index)
            for line, text in enumerate(sheet.captions[index].split("\n")):
                y = bottom + px(2) + (line + 0.5) * px(LINE_HEIGHT)
                colour = palette.muted if line else palette.foreground
                self._label((x0 + x1) / 2, y, self._fitted(text, step_x), 9, colour)

    def _label(
        self, x: float, y: float, text: str, size: int, colour: str, anchor: str = "center"
    ) -> None:
        self.create_text(
            x, y, text=text, font=self._fonts[size], fill=colour, anchor=anchor, tags="label"
        )

    def _fitted(self, text: str, width: int) -> str:
        """A line, cut to the width of its cell."""
        while len(text) > 1 and self._fonts[9].measure(text) > width:
            text = text[:-2] + "…"
        return text

    def _place_marks(self) -> None:
        """Frame the marked images in view; frames that are there are moved."""
        seen, palette = self._layout.in_view, self._theme.palette
        framed = [index for index in self._marked if seen.start <= index < seen.stop]
        while len(self._frames) < len(framed):
            width = self._theme.px(MARK_WIDTH)
            self._frames.append(self.create_rectangle(0, 0, 0, 0, width=width))
            self.tag_raise(self._hover)
        for frame in self._frames[len(framed) :]:
            self.itemconfigure(frame, state="hidden")
        for frame, index in zip(self._frames, framed, strict=False):
            self._frame(frame, index)
            colour = palette.warning if self._marked[index] else palette.accent
            self.itemconfigure(frame, outline=colour, state="normal")

    def _frame(self, item: int, index: int) -> None:
        left, top, right, bottom = self.box_of(index)
        edge = self._theme.px(GAP) / 2
        self.coords(item, left - edge, top - edge, right + edge - 1, bottom + edge - 1)

    def _place_hover(self) -> None:
        seen = self._layout.in_view
        if self._cursor is None or not seen.start <= self._cursor < seen.stop:
            self.itemconfigure(self._hover, state="hidden")
            return
        self._frame(self._hover, self._cursor)
        # Dashed upon a mark, which is seen between the dashes.
        dash = 2 * (self._theme.px(DASH),) if self._cursor in self._marked else ()
        self.itemconfigure(self._hover, state="normal", dash=dash)

    def _place_bar(self) -> None:
        layout, rows = self._layout, self._layout.rows
        if layout.shown >= rows:
            self._bar.place_forget()
            return
        self._bar.place(relx=1.0, rely=0.0, relheight=1.0, anchor="ne")
        self._bar.set(layout.first / rows, (layout.first + layout.shown) / rows)

    def _on_theme(self, palette: Palette) -> None:
        self.configure(background=palette.background)
        self.itemconfigure(self._hover, outline=palette.foreground)
        self._on_view()

    # ---- scrolling ---------------------------------------------------------------------------

    def _scroll(self, what: str, amount: str, unit: str = "") -> None:
        """What the scroll bar asks for: `moveto share`, or `scroll n units` or `pages`."""
        if what == "moveto":
            self._scroll_to(round(float(amount) * self._layout.rows))
        else:
            rows = self._layout.shown if unit == "pages" else 1
            self._scroll_to(self._first + int(amount) * rows)

    def _scroll_to(self, first: int) -> None:
        first = max(0, min(first, self._layout.rows - self._layout.shown))
        if first != self._first:
            self._first = first
            self._on_view()

    def _wheel(self, event: tk.Event) -> str:
        rows = X11_WHEEL.get(event.num)
        if rows is None:
            rows = -event.delta // WHEEL_NOTCH if abs(event.delta) >= WHEEL_NOTCH else -event.delta
        self._scroll_to(self._first + rows)
        return "break"

    # ---- pointer and keyboard ----------------------------------------------------------------

    def _point_at(self, index: int | None) -> None:
        if index is not None and index >= self._sheet.count:
            index = None
        if index == self._cursor:
            return
        self._cursor = index
        self._place_hover()
        self._on_hover(index)

    def _motion(self, event: tk.Event) -> None:
        self._point_at(self.index_at(event.x, event.y))
        self.configure(cursor="hand2" if self.row_at(event.x, event.y) is not None else "")

    def _enter(self) -> None:
        """The keyboard has come: its cursor is where the pointer is, or at the first image."""
        self._point_at(self._layout.in_view.start if self._cursor is None else self._cursor)

    def _leave(self) -> None:
        """The pointer has gone; the keyboard's cursor stays where it is."""
        # Not focus_get(): it raises while the copy of a menu that Tk shows has the focus.
        if str(self.tk.call("focus")) != str(self):
            self._point_at(None)

    def _walk(self, columns: int, rows: int) -> str:
        if not self._sheet.count:
            return "break"
        if self._cursor is None:
            self._enter()
            return "break"
        per_row = self._layout.columns
        row, column = divmod(self._cursor, per_row)
        row = max(0, min(self._layout.rows - 1, row + rows))
        if self._sheet.columns is None:  # wrapped: the next image may be on the next row
            column += columns
        else:
            column = max(0, min(per_row - 1, column + columns))
        index = row * per_row + column
        if 0 <= index < self._sheet.count:
            self._point_at(index)
            self._see(index // per_row)
        return "break"

    def _see(self, row: int) -> None:
        self._scroll_to(min(row, max(self._first, row - self._layout.shown + 1)))

    def _click(self, event: tk.Event) -> None:
        self.focus_set()
        row = self.row_at(event.x, event.y)
        index = self.index_at(event.x, event.y)
        if row is not None:
            self._on_row(row)
        elif index is not None:
            self._point_at(index)
            self._on_activate(index)

    def _activate_cursor(self, event: tk.Event) -> str:
        if self._cursor is not None:
            self._on_activate(self._cursor)
        return "break"


def _every(columns: int, least: int) -> int:
    """The distance between two columns with a heading, so many columns or more.

    Both ends have one, and so has the middle, unless too little would fit.
    """
    last = columns - 1
    halves = last // 2 if last % 2 == 0 else last
    fitting = (n for n in range(least, columns) if halves % n == 0 or n == last)
    return next(fitting, least)
