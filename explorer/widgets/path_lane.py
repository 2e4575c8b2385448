"""A path as a film, and below it, over the same time, what the path does to the image."""

from __future__ import annotations

import tkinter as tk
import tkinter.font as tkfont
from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image, ImageTk

from explorer import images
from explorer.path_study import PathStudy
from explorer.theme import Palette, Theme, font
from vae.statistics import OFF_THE_MAP, RARE, TYPICAL

GUTTER = 46  # for the names of the rows; pixels at 96 dpi, like all lengths here
MARGIN = 3  # around everything, for the focus ring
GAP = 2  # between two pictures, and between two rows
LEAST_PICTURE = 24  # a narrower digit can't be told
ENOUGH = 40  # pictures get smaller to show all frames, but not smaller than this
MOST_PICTURE = 120
SPEED_SHARE = 0.3  # of the height that film and speed share
LEAST_SPEED, MOST_SPEED = 12, 56
BAND_ROW, RIBBON_ROW = 9, 14
# How thick the line is: with hue alone, some would not tell them apart.
BAND_HEIGHTS = {TYPICAL: 5, RARE: 5, OFF_THE_MAP: 2}
RARE_DASH = 3  # pixels on, as many off
SUREST = 0.6  # share of the accent colour where p = 1: names and marks upon it stay readable
MARK_WIDTH = 2
NO_CLASSES = "no classifier judges these images"


class PathLane(tk.Canvas):
    """Shows a path: its film, the speed at which the image changes, how typical it is, its classes.

    Time goes from left to right, the same in every row: a picture stands above its own figures.
    Film and study need not have the same number of points.

    on_activate(index): a click anywhere, or Return or space: the film's frame nearest in time.
    <<TimeMoved>> tells that time begins or ends at other pixels than before: see `ends`.
    show_speed: whether there is a curve of the speed.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        *,
        on_activate: Callable[[int], None],
        show_speed: bool = True,
        height: int = 74,
    ) -> None:
        super().__init__(
            parent,
            highlightthickness=0,
            borderwidth=0,
            takefocus=True,
            width=1,
            height=theme.px(height),
        )
        self._theme = theme
        self._on_activate = on_activate
        self._show_speed = show_speed
        self._pixels = np.zeros((0, 1, 1, 1), np.uint8)
        self._study: PathStudy | None = None
        self._names: tuple[str, ...] = ()
        self._speed_limit: float | None = None
        self._marked: int | None = None
        self._cursor: int | None = None
        self._position: float | None = None
        self._pending: str | None = None
        self._photos: dict[int, ImageTk.PhotoImage] = {}  # by canvas item; Tk does not keep them
        # What film and chart were painted for; a stream of events brings mostly one of them anew.
        self._filmed: tuple | None = None
        self._charted: tuple | None = None
        # Of the last layout: the size of a picture, where time begins and ends, and the rows.
        self._cell = (1, 1)
        self._ends = (0.0, 1.0)
        self._rows = {"film": (0, 1), "speed": (0, 1), "band": (0, 1), "ribbon": (0, 1)}

        self._label_font = tkfont.Font(self, font=font(8))
        self._class_font = tkfont.Font(self, font=font(9, bold=True))
        self._film = self.create_image(0, 0, anchor="nw")
        self._area = self.create_polygon(0, 0, 0, 0, 0, 0, state="hidden")
        self._curve = self.create_line(0, 0, 0, 0, width=theme.px(1.5), state="hidden")
        self._ground = self.create_line(0, 0, 0, 0, state="hidden")
        self._chart = self.create_image(0, 0, anchor="nw")
        self._line = self.create_line(0, 0, 0, 0, width=theme.px(MARK_WIDTH), state="hidden")
        self._mark = self.create_rectangle(0, 0, 0, 0, width=theme.px(MARK_WIDTH), state="hidden")
        self._hair = self.create_line(0, 0, 0, 0, state="hidden")
        self._callout_box = self.create_rectangle(0, 0, 0, 0, state="hidden")
        self._callout = self.create_text(0, 0, font=font(9), anchor="w", state="hidden")
        self._note = self.create_text(0, 0, justify="center", font=font(10))
        self._ring = self.create_rectangle(0, 0, 0, 0, width=theme.px(2), state="hidden")

        self.bind("<Configure>", lambda event: self._schedule())
        self.bind("<Button-1>", self._click)
        for event in ("<Enter>", "<Motion>"):
            self.bind(event, lambda event: self._point_at(self.index_at(event.x, event.y)))
        self.bind("<Leave>", lambda event: self._leave())
        self.bind("<FocusIn>", lambda event: self._focus(True))
        self.bind("<FocusOut>", lambda event: self._focus(False))
        for key, step in (("Left", -1), ("Right", 1)):
            self.bind(f"<{key}>", lambda event, step=step: self._walk(step))
        self.bind("<Home>", lambda event: self._walk(-self.count))
        self.bind("<End>", lambda event: self._walk(self.count))
        for key in ("Return", "KP_Enter", "space"):
            self.bind(f"<{key}>", lambda event: self._activate_cursor())
        theme.subscribe(self, self._on_theme)

    # ---- what is shown -----------------------------------------------------------------------

    @property
    def count(self) -> int:
        """Number of the film's frames, also of those that there is no room for."""
        return len(self._pixels)

    @property
    def pixels(self) -> np.ndarray:
        """The film's frames, (N, C, H, W) uint8."""
        return self._pixels

    @property
    def study(self) -> PathStudy | None:
        """What is shown below the film."""
        return self._study

    @property
    def message(self) -> str:
        """What is said instead of a path."""
        return self.itemcget(self._note, "text")

    @property
    def marked(self) -> int | None:
        """The marked frame."""
        return self._marked

    @property
    def cursor(self) -> int | None:
        """The frame under the pointer or the keyboard's cursor."""
        return self._cursor

    @property
    def position(self) -> float | None:
        """Where the line is, 0 to 1."""
        return self._position

    @property
    def ends(self) -> tuple[float, float]:
        """Where time begins and ends, in pixels of this widget, as it was last drawn."""
        return self._ends

    @property
    def settled(self) -> bool:
        """Whether all that it was given is drawn."""
        return self._pending is None

    def set_images(self, pixels: np.ndarray) -> None:
        """Show another film; (N, C, H, W) uint8, N at least 2, at equal times."""
        self._pixels = pixels
        self._filmed = None
        if self._marked is not None and self._marked >= len(pixels):
            self._marked = None
        if self._cursor is not None and self._cursor >= len(pixels):
            self._cursor = None
        self.itemconfigure(self._note, text="")
        self._schedule()

    def set_study(self, study: PathStudy | None, class_names: Sequence[str] = ()) -> None:
        """Show what a path does, or nothing while that is not known.

        class_names: of the columns of its probabilities.
        """
        self._study = study
        self._names = tuple(class_names)
        self._schedule()

    def set_speed_limit(self, limit: float | None) -> None:
        """Let the curve's top stand for a speed, the same in lanes that are compared.

        limit: see `PathStudy.speeds`; None is the fastest of this path.
        """
        if limit != self._speed_limit:
            self._speed_limit = limit
            self._schedule()

    def show_message(self, text: str) -> None:
        """Say something instead of showing a path."""
        if text and text == self.message:
            return
        self._pixels = np.zeros((0, 1, 1, 1), np.uint8)
        self._study = self._marked = self._cursor = self._position = None
        self.itemconfigure(self._note, text=text)
        self._schedule()

    def set_marked(self, index: int | None) -> None:
        """Frame one picture of the film, or the one shown that is nearest to it."""
        if index != self._marked:
            self._marked = index
            self._place_mark()

    def set_position(self, position: float | None) -> None:
        """Draw a line at a moment, 0 to 1, through all rows; none for None."""
        if position == self._position:
            return
        moved = None not in (position, self._position) and self.count > 0
        self._position = position
        if moved:  # in every frame of a film, in every lane
            self._move_line()
        else:
            self._place_line()

    def index_at(self, x: float, y: float = 0.0) -> int | None:
        """The frame nearest in time to a pixel; None left and right of the film."""
        left, right = self._ends
        reach = self._cell[0] / 2 + 1
        if not self.count or not left - reach <= x <= right + reach:
            return None
        share = (x - left) / max(1.0, right - left)
        return round(min(1.0, max(0.0, share)) * (self.count - 1))

    def box_of(self, index: int) -> tuple[int, int, int, int]:
        """(left, top, right, bottom) that a frame's picture has, or would have with more room."""
        centre = self._x_of(index / max(1, self.count - 1))
        left, top = round(centre - self._cell[0] / 2), self._rows["film"][0]
        return left, top, left + self._cell[0], top + self._cell[1]

    def describe(self, index: int) -> str:
        """The figures at a frame, in one line; empty while they are not known."""
        if self._study is None:
            return ""
        position = index / max(1, self.count - 1)
        at = self._study.index_at(position)
        parts = []
        if self._study.probabilities is not None:
            p = self._study.probabilities[at]
            best = int(p.argmax())
            parts.append(f"{self._names[best]} ({p[best]:.0%})")
        length = self._study.measures.pixel_length
        if self._show_speed and length > 0.0:
            parts.append(f"{self._study.speed_at(position) / length:.1f} × mean speed")
        parts.append(self._study.words[at])
        return "   ".join(parts)

    def destroy(self) -> None:
        """Leave no painting to be done."""
        if self._pending is not None:
            self.after_cancel(self._pending)
            self._pending = None
        super().destroy()

    # ---- painting ----------------------------------------------------------------------------

    def _schedule(self) -> None:
        if self._pending is None:
            self._pending = self.after_idle(self._paint)

    def _paint(self) -> None:
        self._pending = None
        width, height = self.winfo_width(), self.winfo_height()
        px = self._theme.px
        self.coords(self._ring, 1, 1, width - 2, height - 2)
        self.coords(self._note, width // 2, height // 2)
        self.itemconfigure(self._note, width=max(1, width - px(24)))
        drawn = self.count > 0 and width > px(GUTTER + LEAST_PICTURE) and height > px(40)
        if drawn:
            self._lay_out(width, height)
            self._paint_film()
        else:
            self._filmed = None
            self._show_image(self._film, None)
        self._paint_study(drawn)
        self._place_line()
        self._place_mark()
        self._place_cursor()

    def _lay_out(self, width: int, height: int) -> None:
        px = self._theme.px
        gap, top = px(GAP), px(MARGIN)
        room = height - 2 * top - px(BAND_ROW) - px(RIBBON_ROW) - 2 * gap
        speed = 0
        if self._show_speed:
            speed = min(px(MOST_SPEED), max(px(LEAST_SPEED), round(room * SPEED_SHARE)))
            room -= speed + gap
        left, right = px(GUTTER), width - px(MARGIN)
        each = (right - left) // self.count - gap
        self._cell = images.fit(
            self._pixels.shape[1:],
            max(each, px(ENOUGH)),
            min(px(MOST_PICTURE), max(room, px(LEAST_PICTURE))),
        )
        # What the pictures leave over goes to the curve.
        if self._show_speed:
            speed = min(px(MOST_SPEED), speed + max(0, room - self._cell[1]))
        y = top
        for name, size in (
            ("film", self._cell[1]),
            ("speed", speed),
            ("band", px(BAND_ROW)),
            ("ribbon", px(RIBBON_ROW)),
        ):
            self._rows[name] = y, y + size
            y += size + (gap if size else 0)
        spare = max(0, height - px(MARGIN) - y + gap) // 2
        self._rows = {name: (a + spare, b + spare) for name, (a, b) in self._rows.items()}
        ends = left + self._cell[0] / 2, max(left + 1.0, right - self._cell[0] / 2)
        if ends != self._ends:
            self._ends = ends
            self.event_generate("<<TimeMoved>>")

    def _x_of(self, position: float) -> float:
        left, right = self._ends
        return left + position * (right - left)

    def _shown(self) -> list[int]:
        """The frames that there is room for, both ends among them, spread evenly."""
        left, right = self._ends
        pitch = self._cell[0] + self._theme.px(GAP)
        most = max(2, int((right - left) // pitch) + 1)
        count = min(self.count, most)
        return np.linspace(0, self.count - 1, count).round().astype(int).tolist()

    def _paint_film(self) -> None:
        key = self._ends, self._cell, self._rows["film"], self._theme.mode
        if key == self._filmed:
            return
        self._filmed = key
        left = round(self._ends[0] - self._cell[0] / 2)
        size = round(self._ends[1] + self._cell[0] / 2) - left, self._cell[1]
        film = Image.new("RGB", size, self._theme.palette.background)
        shown = self._shown()
        for place, index in enumerate(shown):
            # Where frames are left out the pictures stand evenly, at most half of one beside
            # their time.
            centre = self._x_of(place / max(1, len(shown) - 1))
            picture = images.scaled(self._pixels[index], *self._cell, smooth=True)
            film.paste(picture, (round(centre - self._cell[0] / 2) - left, 0))
        self._show_image(self._film, film, left, self._rows["film"][0])

    def _show_image(self, item: int, image: Image.Image | None, x: float = 0, y: float = 0) -> None:
        if image is None:
            self.itemconfigure(item, image="")
            self._photos.pop(item, None)
            return
        photo = self._photos.get(item)
        if photo is None or (photo.width(), photo.height()) != image.size:
            photo = ImageTk.PhotoImage(image.mode, image.size, master=self)
            self.itemconfigure(item, image=photo)
            self._photos[item] = photo  # the one before goes only now
        photo.paste(image)
        self.coords(item, x, y)

    def _paint_study(self, drawn: bool) -> None:
        known = drawn and self._study is not None
        key = None
        if known:
            rows, mode = tuple(self._rows.values()), self._theme.mode
            key = self._study, self._names, self._speed_limit, self._ends, rows, mode
        if key is not None and key == self._charted:
            return
        self._charted = key
        self.delete("label")
        state = "normal" if known and self._show_speed else "hidden"
        for item in (self._area, self._curve, self._ground):
            self.itemconfigure(item, state=state)
        if not known:
            self._show_image(self._chart, None)
            return
        palette = self._theme.palette
        for row, name in (("speed", "speed"), ("band", "typical"), ("ribbon", "class")):
            if row != "speed" or self._show_speed:
                self._write(self._theme.px(GUTTER - 5), row, name, palette.muted, "e")
        if self._show_speed:
            self._place_curve()
        self._paint_chart()

    def _write(self, x: float, row: str, text: str, colour: str, anchor: str = "center") -> int:
        top, bottom = self._rows[row]
        return self.create_text(
            x,
            (top + bottom) / 2,
            text=text,
            font=self._label_font,
            fill=colour,
            anchor=anchor,
            tags="label",
        )

    def _place_curve(self) -> None:
        speeds = self._study.speeds
        limit = self._speed_limit or float(speeds.max()) or 1.0
        top, bottom = self._rows["speed"]
        # A step's speed stands in its middle; before the first and after the last it goes on.
        positions = np.concatenate([[0.0], (np.arange(len(speeds)) + 0.5) / len(speeds), [1.0]])
        heights = np.concatenate([speeds[:1], speeds, speeds[-1:]]) / limit
        xs = [self._x_of(position) for position in positions]
        ys = bottom - 1 - np.minimum(heights, 1.0) * (bottom - top - 2)
        line = [number for pair in zip(xs, ys.tolist(), strict=True) for number in pair]
        self.coords(self._curve, *line)
        self.coords(self._area, xs[0], bottom - 1, *line, xs[-1], bottom - 1)
        self.coords(self._ground, xs[0], bottom - 1, xs[-1], bottom - 1)

    def _paint_chart(self) -> None:
        """The typicality band and the class ribbon, painted as one picture."""
        study, palette, px = self._study, self._theme.palette, self._theme.px
        left, right = round(self._ends[0]), round(self._ends[1])
        top, bottom = self._rows["band"][0], self._rows["ribbon"][1]
        chart = np.empty((bottom - top, max(1, right - left), 3))
        chart[:] = _rgb(palette.background)
        shares = (np.arange(chart.shape[1]) + 0.5) / chart.shape[1]
        nearest = np.rint(shares * (study.count - 1)).astype(int)

        words = np.array(study.words)[nearest]
        middle = (self._rows["band"][1] - top) // 2
        dashes = np.arange(len(words)) // max(1, px(RARE_DASH)) % 2 == 0
        for word, colour, lit in (
            (TYPICAL, palette.muted, True),
            (RARE, palette.muted, dashes),
            (OFF_THE_MAP, palette.warning, True),
        ):
            thick = max(1, px(BAND_HEIGHTS[word]))
            rows = slice(middle - thick // 2, middle - thick // 2 + thick)
            chart[rows, (words == word) & lit] = _rgb(colour)

        if study.probabilities is None:
            self._write((left + right) / 2, "ribbon", NO_CLASSES, palette.muted)
        else:
            points = np.arange(study.count)
            best = study.probabilities.max(axis=1)
            strength = SUREST * np.interp(shares * (study.count - 1), points, best)[:, None]
            ground, accent = _rgb(palette.surface), _rgb(palette.accent)
            chart[self._rows["ribbon"][0] - top :] = ground + strength * (accent - ground)
            self._write_classes()
        picture = Image.fromarray(np.rint(chart).astype(np.uint8), "RGB")
        self._show_image(self._chart, picture, left, top)

    def _write_classes(self) -> None:
        """The name of each class where it is seen, if there is room, and ticks between them."""
        study, palette, px = self._study, self._theme.palette, self._theme.px
        last = study.count - 1
        places = [0.0, *(crossing.position / last for crossing in study.crossings), 1.0]
        best = study.probabilities.argmax(axis=1)
        classes = [int(best[0]), *(crossing.after for crossing in study.crossings)]
        top, bottom = self._rows["ribbon"]
        # Each name once: to measure a text takes half a millisecond, and classes come and go often.
        rooms = {
            class_: self._class_font.measure(self._names[class_]) + px(4) for class_ in set(classes)
        }
        for start, end, class_ in zip(places, places[1:], classes, strict=False):
            x0, x1 = self._x_of(start), self._x_of(end)
            if rooms[class_] <= x1 - x0:
                item = self._write((x0 + x1) / 2, "ribbon", self._names[class_], palette.foreground)
                self.itemconfigure(item, font=self._class_font)
        for place in places[1:-1]:
            x = self._x_of(place)
            self.create_line(
                *(x, top - px(GAP), x, bottom),
                width=px(MARK_WIDTH),
                fill=palette.foreground,
                tags="label",
            )

    # ---- marks -------------------------------------------------------------------------------

    def _place_line(self) -> None:
        if self._position is None or not self.count:
            self.itemconfigure(self._line, state="hidden")
            return
        self._move_line()
        self.itemconfigure(self._line, state="normal")
        self.tag_raise(self._line)

    def _move_line(self) -> None:
        x = self._x_of(self._position)
        self.coords(self._line, x, self._rows["speed"][0], x, self._rows["ribbon"][1])

    def _place_mark(self) -> None:
        if self._marked is None or not self.count:
            self.itemconfigure(self._mark, state="hidden")
            return
        shown = self._shown()
        place = round(self._marked / max(1, self.count - 1) * (len(shown) - 1))
        left = round(self._x_of(place / max(1, len(shown) - 1)) - self._cell[0] / 2)
        top, bottom = self._rows["film"]
        self.coords(self._mark, left, top, left + self._cell[0] - 1, bottom - 1)
        self.itemconfigure(self._mark, state="normal")

    def _place_cursor(self) -> None:
        text = ""
        if self._cursor is not None and self.count:
            x = self._x_of(self._cursor / max(1, self.count - 1))
            self.coords(self._hair, x, self._rows["film"][0], x, self._rows["ribbon"][1])
            text = self.describe(self._cursor)
            state = "normal"
        else:
            state = "hidden"
        self.itemconfigure(self._hair, state=state)
        state = "normal" if text else "hidden"
        self.itemconfigure(self._callout, state=state, text=text)
        self.itemconfigure(self._callout_box, state=state)
        if not text:
            return
        self._place_callout(x)

    def _place_callout(self, x: float) -> None:
        """Beside the cursor, on the side with more room, over the curve."""
        px = self._theme.px
        row = self._rows["speed" if self._show_speed else "band"]
        self.coords(self._callout, 0, 0)
        left, top, right, bottom = self.bbox(self._callout)
        width, height = right - left, bottom - top
        y = (row[0] + row[1]) / 2
        beside = px(8)
        if x + beside + width + px(4) <= self.winfo_width():
            x += beside
        else:
            x -= beside + width
        self.coords(self._callout, x, y)
        self.coords(
            self._callout_box,
            *(x - px(4), y - height / 2 - 1, x + width + px(4), y + height / 2 + 1),
        )
        for item in (self._hair, self._callout_box, self._callout):
            self.tag_raise(item)

    def _on_theme(self, palette: Palette) -> None:
        self.configure(background=palette.background)
        self.itemconfigure(self._area, fill=palette.surface)
        self.itemconfigure(self._curve, fill=palette.foreground)
        self.itemconfigure(self._ground, fill=palette.border)
        self.itemconfigure(self._line, fill=palette.accent)
        self.itemconfigure(self._mark, outline=palette.accent)
        self.itemconfigure(self._hair, fill=palette.muted)
        self.itemconfigure(self._callout_box, fill=palette.background, outline=palette.border)
        self.itemconfigure(self._callout, fill=palette.foreground)
        self.itemconfigure(self._note, fill=palette.muted)
        self.itemconfigure(self._ring, outline=palette.accent)
        self._schedule()

    # ---- pointer and keyboard ----------------------------------------------------------------

    @property
    def _focused(self) -> bool:
        # Not focus_get(): it raises while the copy of a menu that Tk shows has the focus.
        return str(self.tk.call("focus")) == str(self)

    def _focus(self, focused: bool) -> None:
        self.itemconfigure(self._ring, state="normal" if focused else "hidden")
        self.tag_raise(self._ring)
        if not focused:
            self._point_at(None)
        elif self._cursor is None and self.count:
            self._point_at(self._marked or 0)

    def _point_at(self, index: int | None) -> None:
        if index != self._cursor:
            self._cursor = index
            self._place_cursor()

    def _leave(self) -> None:
        """The pointer has gone; the keyboard's cursor stays where it is."""
        if not self._focused:
            self._point_at(None)

    def _walk(self, step: int) -> str:
        if self.count:
            start = (self._marked or 0) if self._cursor is None else self._cursor
            self._point_at(min(max(start + step, 0), self.count - 1))
        return "break"

    def _click(self, event: tk.Event) -> None:
        self.focus_set()
        index = self.index_at(event.x, event.y)
        if index is not None:
            self._point_at(index)
            self._on_activate(index)

    def _activate_cursor(self) -> str:
        if self._cursor is not None and self.count:
            self._on_activate(self._cursor)
        return "break"


def _rgb(colour: str) -> np.ndarray:
    """#rrggbb -> (3,), 0 to 255."""
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], float)
