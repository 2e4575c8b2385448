"""The picture of one snapshot on a Canvas: digit, sweep and map, with their names and marks."""

from __future__ import annotations

import tkinter as tk
import tkinter.font as tkfont
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageTk

from explorer import images
from explorer.history_film import MAP_TILES, SPAN, STEPS, FilmLayout, Scene, cells_within
from explorer.theme import Palette, Theme, font
from vae.traversal import nearest_columns

GAP = 14  # pixels at 96 dpi, like all lengths here; between the parts
TILE_GAP = 2
NAME_HEIGHT = 18  # above a part
LABEL_WIDTH = 26  # of the sweep's rows
LEFT_SHARE = 0.36  # of the width for digit and map, at most
MAP_SHARE = 0.58  # of their height for the map, whose images are small
LEAST_CURVE = 96  # height that the sweep leaves
LEAST_ROW = 11  # rows closer than this are not named
MARK_WIDTH = 2
RING_RADIUS = 5
SCALE_ENDS = f"−{SPAN:g}", f"{SPAN:g}"


class FilmStage(tk.Canvas):
    """Shows a composed picture; `curve` is a widget that it makes room for.

    on_view(): another size, for which there is no picture yet.
    """

    def __init__(self, parent: tk.Misc, theme: Theme, *, on_view: Callable[[], None]) -> None:
        super().__init__(parent, highlightthickness=0, borderwidth=0, width=1, height=1)
        self._theme = theme
        self._on_view = on_view
        self._shape = (1, 1, 1)
        self._dimensions = 1
        self._map_name = ""
        self._no_map = ""
        self._message = ""
        self._layout: FilmLayout | None = None
        self._labelled: tuple | None = None
        self._photo: ImageTk.PhotoImage | None = None
        self.curve: tk.Misc | None = None
        self._small = tkfont.Font(self, font=font(8))
        self._normal = tkfont.Font(self, font=font(9))
        self._picture = self.create_image(0, 0, anchor="nw")
        self._marks: list[int] = []
        self._rings = (
            self.create_oval(0, 0, 0, 0, width=theme.px(4), outline="#000000", state="hidden"),
            self.create_oval(0, 0, 0, 0, width=theme.px(2), state="hidden"),
        )
        self._text = self.create_text(0, 0, justify="center", font=font(11), state="hidden")
        self.bind("<Configure>", lambda event: self._resized())
        theme.subscribe(self, self._on_theme)

    @property
    def background(self) -> tuple[int, int, int]:
        """The colour between the pictures."""
        red, green, blue = self.winfo_rgb(self._theme.palette.background)
        return red // 256, green // 256, blue // 256

    @property
    def message(self) -> str:
        """What is said in place of pictures; empty while they are shown."""
        return self._message

    @property
    def layout(self) -> FilmLayout | None:
        """Where the parts of the picture that is shown are."""
        return self._layout

    @property
    def photo(self) -> ImageTk.PhotoImage | None:
        """The picture on the screen."""
        return self._photo

    def set_subject(
        self, image_shape: tuple[int, int, int], dimensions: int, map_name: str, no_map: str
    ) -> None:
        """Say what will be shown: images (C, H, W), so many rows in the sweep, and a map of that
        name; with an empty name, `no_map` stands in its place.
        """
        self._shape, self._dimensions = image_shape, dimensions
        self._map_name, self._no_map = map_name, no_map

    def say(self, message: str) -> None:
        """Show a sentence and no pictures."""
        self._message = message
        self._photo = self._layout = self._labelled = None
        self.itemconfigure(self._picture, image="")
        self.delete("label")
        for item in (*self._marks, *self._rings):
            self.itemconfigure(item, state="hidden")
        self.itemconfigure(self._text, text=message, state="normal")
        if self.curve is not None:
            self.curve.place_forget()
        self._resized()

    def fit(self) -> FilmLayout:
        """Where the parts are to be in the room that there is."""
        px = self._theme.px
        width, height = self.winfo_width(), self.winfo_height()
        gap, name, label = px(GAP), px(NAME_HEIGHT), px(LABEL_WIDTH)
        has_map = bool(self._map_name)
        free, widest = height - gap - 2 * name, int(LEFT_SHARE * (width - gap))
        side = min(int(MAP_SHARE * free), widest)
        upper = min(free - side, side)
        digit = images.fit(self._shape, upper, upper)
        tile = cells_within(self._shape, MAP_TILES, MAP_TILES, side, side, 0)
        left = side + gap + label
        room = height - name - px(LEAST_CURVE) - gap
        cell = cells_within(self._shape, STEPS, self._dimensions, width - left, room, px(TILE_GAP))
        step = cell[0] + px(TILE_GAP), cell[1] + px(TILE_GAP)
        map_size = (tile[0] * MAP_TILES, tile[1] * MAP_TILES) if has_map else (0, 0)
        return FilmLayout(
            size=(width, height),
            digit=((side - digit[0]) // 2, name, *digit),
            sweep=(left, name, STEPS * step[0], self._dimensions * step[1]),
            map=((side - map_size[0]) // 2, upper + gap + 2 * name, *map_size),
            cell=cell,
            gap=px(TILE_GAP),
            tile=tile if has_map else (0, 0),
        )

    def show(self, picture: Image.Image, layout: FilmLayout, scene: Scene) -> None:
        """Show a picture that was composed for a layout, in one go."""
        self._message = ""
        self.itemconfigure(self._text, state="hidden")
        if self._photo is None or (self._photo.width(), self._photo.height()) != picture.size:
            self._photo = ImageTk.PhotoImage("RGB", picture.size, master=self)
            self.itemconfigure(self._picture, image=self._photo)
        self._photo.paste(picture)
        self._layout = layout
        self._draw_labels()
        self._place_marks(scene)

    def box_of(self, row: int, column: int) -> tuple[int, int, int, int]:
        """(left, top, right, bottom) of an image of the sweep."""
        layout = self._layout
        left = layout.sweep[0] + column * layout.step[0]
        top = layout.sweep[1] + row * layout.step[1]
        return left, top, left + layout.cell[0], top + layout.cell[1]

    def _resized(self) -> None:
        width, height = self.winfo_width(), self.winfo_height()
        self.coords(self._text, width / 2, height / 2)
        self.itemconfigure(self._text, width=max(1, width - self._theme.px(80)))
        self._on_view()

    def _draw_labels(self) -> None:
        layout, palette, px = self._layout, self._theme.palette, self._theme.px
        key = layout, self._map_name, self._theme.mode
        if key == self._labelled:
            return
        self._labelled = key
        self.delete("label")
        normal = {"font": self._normal, "fill": palette.foreground, "tags": "label"}
        small = {"font": self._small, "fill": palette.muted, "tags": "label"}
        left, top, width, height = layout.sweep
        self.create_text(layout.digit[0], 0, anchor="nw", text="This point", **normal)
        right = left + width - layout.gap
        item = self.create_text(
            left, 0, anchor="nw", text="Every dimension, around this point", **normal
        )
        ends = " to ".join(SCALE_ENDS)
        if self.bbox(item)[2] + self._small.measure(ends) + px(8) < right:
            self.create_text(right, px(2), anchor="ne", text=ends, **small)
        if layout.step[1] >= px(LEAST_ROW):
            for row in range(self._dimensions):
                y = top + row * layout.step[1] + layout.cell[1] / 2
                self.create_text(left - px(5), y, anchor="e", text=f"z{row + 1}", **small)
        map_left, map_top = layout.map[:2]
        if self._map_name:
            self.create_text(
                map_left, map_top - px(NAME_HEIGHT), anchor="nw", text=self._map_name, **normal
            )
        else:
            self.create_text(
                *(layout.digit[0] + layout.digit[2] / 2, map_top + px(20)),
                anchor="n",
                text=self._no_map,
                width=layout.sweep[0] - px(GAP + LABEL_WIDTH),
                justify="center",
                **normal,
            )
        if self.curve is not None:
            begin = top + height + px(GAP)
            self.curve.place(
                x=left - px(LABEL_WIDTH),
                y=begin,
                width=layout.size[0] - left + px(LABEL_WIDTH),
                height=max(1, layout.size[1] - begin),
            )

    def _place_marks(self, scene: Scene) -> None:
        """Frame the image of each row that is nearest to the point, and ring it on the map."""
        layout, palette, px = self._layout, self._theme.palette, self._theme.px
        dimensions = np.arange(self._dimensions)
        values = np.tile(np.linspace(-SPAN, SPAN, STEPS), (self._dimensions, 1))
        columns, beyond = nearest_columns(scene.z, dimensions, values)
        while len(self._marks) < self._dimensions:
            self._marks.append(self.create_rectangle(0, 0, 0, 0, width=px(MARK_WIDTH)))
        for item in self._marks[self._dimensions :]:
            self.itemconfigure(item, state="hidden")
        for row, item in enumerate(self._marks[: self._dimensions]):
            left, top, right, bottom = self.box_of(row, int(columns[row]))
            edge = layout.gap / 2
            self.coords(item, left - edge, top - edge, right + edge - 1, bottom + edge - 1)
            colour = palette.warning if beyond[row] else palette.accent
            self.itemconfigure(item, outline=colour, state="normal")
        place = scene.map_place if layout.map[2] else None
        for item in self._rings:
            self.itemconfigure(item, state="hidden" if place is None else "normal")
        if place is not None:
            x = layout.map[0] + place[0] * layout.map[2]
            y = layout.map[1] + place[1] * layout.map[3]
            radius = px(RING_RADIUS)
            for item in self._rings:
                self.coords(item, x - radius, y - radius, x + radius, y + radius)

    def _on_theme(self, palette: Palette) -> None:
        self.configure(background=palette.background)
        self.itemconfigure(self._text, fill=palette.muted)
        self.itemconfigure(self._rings[1], outline=palette.accent)
        self._on_view()
