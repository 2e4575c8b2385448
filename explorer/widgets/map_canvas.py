"""What a map shows: a picture of a part of a plane between its axes, and what is marked upon it."""

from __future__ import annotations

import tkinter as tk
import tkinter.font as tkfont
from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image, ImageTk

from explorer.map_paths import traced
from explorer.theme import Palette, Theme, font
from explorer.viewport import EVEN, Viewport
from explorer.widgets.digit_view import rgb
from explorer.widgets.map_axes import Box, MapAxes
from explorer.widgets.map_marks import (
    DARK,
    LIGHT,
    PIN_HEIGHT,
    PIN_RADIUS,
    CasedLine,
    DigitCard,
    arrow_outline,
    pin_image,
    ring_image,
)
from explorer.widgets.map_tools import Point

LEAST_SIDE = 40  # pixels at 96 dpi: nothing is drawn in a smaller box
FADED = 0.5  # opacity of pins for places that are not on the map itself
CURVE_PIECES = 24  # of a straight line, drawn where the scale is not even


class MapCanvas(tk.Canvas):
    """Shows a map, as large as the space it is given; `MapView` adds the hand.

    Coordinates (u, v) are the plane's, in prior standard deviations.

    on_viewport(viewport): another part of the plane is shown, or on another number of pixels; may
    call `show_picture` at once, until then the picture before is moved and stretched.
    """

    def __init__(
        self, parent: tk.Misc, theme: Theme, *, on_viewport: Callable[[Viewport], None]
    ) -> None:
        super().__init__(parent, highlightthickness=0, borderwidth=0, width=1, height=1)
        self._theme = theme
        self._scale = theme.px(100) / 100
        self._on_viewport = on_viewport
        self._viewport: Viewport | None = None
        self._message = ""
        self._picture: Image.Image | None = None
        self._pictured: Viewport | None = None  # what the picture shows
        self._photo: ImageTk.PhotoImage | None = None
        self._drawn: Viewport | None = None  # what the photo shows: the picture, or it stretched
        self._point: Point | None = None
        self._point_state = ""  # "ring", "arrow", or empty where it is not marked
        self._marks: tuple[tuple[str, float, float], ...] = ()
        self._faded = False  # the pins
        self._path: np.ndarray | None = None
        self._selection: np.ndarray | None = None
        self._thumbnail: tuple[np.ndarray, str, Point] | None = None
        self._pointer: tuple[int, int] | None = None
        self._pending: str | None = None
        self._box: Box = (0, 0, 1, 1)
        self._build()
        self.bind("<Configure>", lambda event: self._schedule())
        theme.subscribe(self, self._on_theme)

    def _build(self) -> None:
        """Make the items, from the lowest to the highest."""
        px = self._theme.px
        self._letter_font = tkfont.Font(self, font=font(9, bold=True))
        self._ring_photo, self._pin_photo, self._faded_photo = (
            ImageTk.PhotoImage(image, master=self)
            for image in (
                ring_image(self._scale),
                pin_image(self._scale),
                pin_image(self._scale, FADED),
            )
        )
        self._ground = self.create_rectangle(0, 0, 0, 0, width=0)
        self._item = self.create_image(0, 0, anchor="nw")
        self._selection_line = CasedLine(self, self._theme, dashed=True)
        self._path_line = CasedLine(self, self._theme, arrow=True)
        # A picture on its way reaches beyond the box.
        self._covers = [self.create_rectangle(0, 0, 0, 0, width=0) for _ in range(4)]
        self._axes = MapAxes(self, self._theme)
        self._arrow = self.create_polygon(
            *(0, 0, 0, 0, 0, 0), fill=LIGHT, outline=DARK, width=px(3), state="hidden"
        )
        self._ring = self.create_image(0, 0, image=self._ring_photo, state="hidden")
        self._card = DigitCard(self, self._theme)
        self._note = self.create_text(0, 0, justify="center", font=font(11))

    @property
    def viewport(self) -> Viewport | None:
        """The part of the plane that is shown."""
        return self._viewport

    @property
    def picture_size(self) -> tuple[int, int]:
        """(width, height) of the picture in pixels, as it was last laid out."""
        left, top, right, bottom = self._box
        return right - left, bottom - top

    @property
    def picture_box(self) -> Box:
        """(left, top, right, bottom) of the picture in pixels of this widget."""
        return self._box

    @property
    def message(self) -> str:
        """What is said instead of a map."""
        return self._message

    @property
    def point(self) -> Point | None:
        """Where the point is marked."""
        return self._point

    @property
    def path(self) -> np.ndarray | None:
        """The path that is shown, (K, 2)."""
        return self._path

    @property
    def selection(self) -> np.ndarray | None:
        """The outline that is shown, (K, 2)."""
        return self._selection

    @property
    def settled(self) -> bool:
        """Whether all that was asked for is drawn, in so far as it was handed in."""
        return self._pending is None

    def set_viewport(self, viewport: Viewport | None) -> None:
        """Show another part of the plane, on as many pixels as there are, without telling anybody.

        None: there is nothing to show.
        """
        if viewport is not None and self._laid_out and viewport.size != self.picture_size:
            viewport = viewport.resized(self.picture_size)
        if viewport is None:
            self._picture = self._pictured = self._drawn = None
        self._viewport = viewport
        self._place()

    def show_picture(self, picture: Image.Image, viewport: Viewport) -> None:
        """Show a picture of a part of the plane, as coarse as need be, instead of a message."""
        if picture.size != viewport.size:
            picture = picture.resize(viewport.size, Image.Resampling.BILINEAR)
        self._picture, self._pictured, self._drawn = picture, viewport, None
        if self._message:
            self._message = ""
            self._place()
        elif self._active:
            self._place_picture()

    def show_message(self, text: str) -> None:
        """Say something instead of showing a map; an empty text shows the map again."""
        if text != self._message:
            self._message = text
            self._place()

    def set_point(self, u: float | None, v: float | None) -> None:
        """Mark where the point is; None takes the mark away."""
        self._point = None if u is None or v is None else (u, v)
        self._place_point()

    def set_marks(self, marks: Sequence[tuple[str, float, float]], *, faded: bool = False) -> None:
        """Put pins with letters at places: (letter, u, v).

        faded: the points lie before or behind the map, which only shows where.
        """
        if (tuple(marks), faded) != (self._marks, self._faded):
            self._marks, self._faded = tuple(marks), faded
            self._place_marks()

    def set_axis_names(self, across: str, upwards: str) -> None:
        """Name the axes."""
        if (across, upwards) != self._axes.names:
            self._axes.set_names(across, upwards)
            self._schedule()

    def set_path(self, keys: np.ndarray | None) -> None:
        """Show a path through (K, 2) coordinates, with an arrow at its end, or none."""
        self._path = None if keys is None else np.array(keys, np.float64)
        self._place_path()

    def set_selection(self, outline: np.ndarray | None) -> None:
        """Show an outline with (K, 2) corners, dashed, or none."""
        self._selection = None if outline is None else np.array(outline, np.float64)
        self._place_selection()

    def show_thumbnail(
        self,
        pixels: np.ndarray | None,
        caption: str = "",
        u: float | None = None,
        v: float | None = None,
    ) -> None:
        """Show a real digit, (C, H, W) uint8, beside its dot at (u, v); None takes it away."""
        self._thumbnail = None if pixels is None else (pixels, caption, (u, v))
        self._place_thumbnail()

    def pixel_of(self, u: float, v: float) -> tuple[float, float]:
        """The pixel of this widget at which a place of the plane is drawn."""
        x, y = self._viewport.pixel_of(u, v)
        return self._box[0] + x, self._box[1] + y

    def plane_at(self, x: float, y: float) -> Point:
        """The place of the plane at a pixel of this widget, or at the box's nearest to it."""
        left, top, right, bottom = self._box
        x, y = min(right - 1, max(left, x)), min(bottom - 1, max(top, y))
        return self._viewport.plane_at(x - left, y - top)

    def destroy(self) -> None:
        """Leave no drawing to be done."""
        if self._pending is not None:
            self.after_cancel(self._pending)
            self._pending = None
        super().destroy()

    # ---- drawing -------------------------------------------------------------------------------

    @property
    def _laid_out(self) -> bool:
        return min(self.picture_size) >= self._theme.px(LEAST_SIDE)

    @property
    def _active(self) -> bool:
        """Whether there is a map to be seen and touched."""
        return self._viewport is not None and not self._message and self._laid_out

    def _schedule(self) -> None:
        if self._pending is None:
            self._pending = self.after_idle(self._refresh)

    def _refresh(self) -> None:
        """Follow the widget's size."""
        self._pending = None
        self._box = self._axes.box()
        size = self.picture_size
        if self._viewport is not None and self._laid_out and self._viewport.size != size:
            self._look_at(self._viewport.resized(size))
        else:
            self._place()

    def _look_at(self, viewport: Viewport) -> None:
        """Show another part of the plane, and tell of it."""
        if viewport == self._viewport:
            return
        self._viewport = viewport
        self._on_viewport(viewport)
        self._place()

    def _place(self) -> None:
        left, top, right, bottom = self._box
        width, height = self.winfo_width(), self.winfo_height()
        self.coords(self._note, width / 2, height / 2)
        room = max(1, width - self._theme.px(40))
        self.itemconfigure(self._note, text=self._message, width=room)
        self.coords(self._ground, self._box)
        for item, box in zip(
            self._covers,
            (
                (0, 0, left, height),
                (right, 0, width, height),
                (0, 0, width, top),
                (0, bottom, width, height),
            ),
            strict=True,
        ):
            self.coords(item, box)
        self.itemconfigure(self._ground, state="normal" if self._active else "hidden")
        if self._active:
            self._axes.draw(self._viewport, self._box)
        else:
            self._axes.hide()
        self._place_picture()
        self._place_path()
        self._place_selection()
        self._place_marks()
        self._place_point()
        self._place_thumbnail()

    def _place_picture(self) -> None:
        shown = self._active and self._picture is not None
        self.itemconfigure(self._item, state="normal" if shown else "hidden")
        if not shown:
            return
        view, left, top = self._viewport, *self._box[:2]
        if alike(self._pictured, view):
            if self._drawn is not self._pictured:
                self._paste(self._picture, self._pictured)
            x, y = self._pictured.box_of(view)[:2]
            self.coords(self._item, left + round(x), top + round(y))
        elif self._drawn != view:
            ground = rgb(self._theme.palette.surface)
            self._paste(stretched(self._picture, self._pictured, view, ground), view)
            self.coords(self._item, left, top)

    def _paste(self, picture: Image.Image, viewport: Viewport) -> None:
        if self._photo is None or (self._photo.width(), self._photo.height()) != picture.size:
            self._photo = ImageTk.PhotoImage("RGB", picture.size, master=self)
            self.itemconfigure(self._item, image=self._photo)
        self._photo.paste(picture)
        self._drawn = viewport

    def _pixels_of(self, places: np.ndarray) -> np.ndarray:
        """(N, 2) coordinates -> (N, 2) pixels of this widget."""
        x, y = self._viewport.pixel_of(places[:, 0], places[:, 1])
        return np.stack([x, y], axis=1) + self._box[:2]

    def _line_of(self, corners: np.ndarray) -> np.ndarray:
        """The pixels of a line that is straight in the plane from corner to corner."""
        if self._viewport.spacing != EVEN and len(corners) > 1:
            corners = traced(corners, CURVE_PIECES)
        return self._pixels_of(corners)

    def _within(self, x: float, y: float) -> bool:
        left, top, right, bottom = self._box
        return left <= x <= right and top <= y <= bottom

    def _place_point(self) -> None:
        state = ""
        if self._active and self._point is not None:
            place = self.pixel_of(*self._point)
            if self._within(*place):
                self.coords(self._ring, *place)
                state = "ring"
            else:
                outline = arrow_outline(place, self._box, self._scale)
                self.coords(self._arrow, *sum(outline, ()))
                state = "arrow"
        if state != self._point_state:
            self._point_state = state
            for item, name in ((self._ring, "ring"), (self._arrow, "arrow")):
                self.itemconfigure(item, state="normal" if state == name else "hidden")

    def _place_marks(self) -> None:
        self.delete("mark")
        if not self._active:
            return
        up = self._theme.px(PIN_HEIGHT - PIN_RADIUS)
        for letter, u, v in self._marks:
            x, y = self.pixel_of(u, v)
            if self._within(x, y):
                image = self._faded_photo if self._faded else self._pin_photo
                self.create_image(x, y, image=image, anchor="s", tags="mark")
                self.create_text(
                    x, y - up, text=letter, fill=LIGHT, font=self._letter_font, tags="mark"
                )
        self.tag_lower("mark", self._ring)

    def _place_path(self) -> None:
        if not self._active or self._path is None:
            self._path_line.hide()
        else:
            self._path_line.show(self._line_of(self._path))

    def _place_selection(self) -> None:
        if not self._active or self._selection is None:
            self._selection_line.hide()
        else:
            closed = np.concatenate([self._selection, self._selection[:1]])
            self._selection_line.show(self._line_of(closed))

    def _place_thumbnail(self) -> None:
        if self._thumbnail is None or not self._active:
            self._card.hide()
            return
        pixels, caption, at = self._thumbnail
        place = self.pixel_of(*at)
        if self._within(*place):
            self._card.show(pixels, caption, place, self._pointer, self._box)
        else:
            self._card.hide()

    def _on_theme(self, palette: Palette) -> None:
        self.configure(background=palette.background)
        self.itemconfigure(self._ground, fill=palette.surface)
        for item in self._covers:
            self.itemconfigure(item, fill=palette.background)
        for part in (self._axes, self._card, self._path_line, self._selection_line):
            part.colour(palette)
        self.itemconfigure(self._note, fill=palette.muted)
        self._schedule()


def alike(one: Viewport, other: Viewport) -> bool:
    """Whether a picture of one needs only be moved to be one of the other."""
    return (
        one.size == other.size
        and one.spacing == other.spacing
        and abs(one.width - other.width) <= 1e-9 * other.width
    )


def stretched(
    picture: Image.Image, shown: Viewport, wanted: Viewport, ground: tuple[int, int, int]
) -> Image.Image:
    """A picture of one part of a plane as one of another, blank where it shows nothing.

    picture: RGB, of `shown.size`, returned with `wanted.size`; ground: red, green, blue.
    """
    if shown.spacing == wanted.spacing:
        return picture.transform(
            wanted.size, Image.Transform.EXTENT, wanted.box_of(shown), fillcolor=ground
        )
    # The scales differ, but each column still goes to one column.
    x = shown.pixel_of(wanted.columns(wanted.size[0]), 0.0)[0]
    y = shown.pixel_of(0.0, wanted.rows(wanted.size[1]))[1]
    columns, rows = np.floor(x).astype(int), np.floor(y).astype(int)
    pixels = np.asarray(picture)
    result = pixels[np.clip(rows, 0, shown.size[1] - 1)][:, np.clip(columns, 0, shown.size[0] - 1)]
    result[(rows < 0) | (rows >= shown.size[1])] = ground
    result[:, (columns < 0) | (columns >= shown.size[0])] = ground
    return Image.fromarray(result)
