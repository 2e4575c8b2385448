"""A map of a plane: one picture, the point that is dragged over it, and what is drawn by hand."""

from __future__ import annotations

import tkinter as tk
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
    cross_image,
    pin_image,
    ring_image,
)
from explorer.widgets.map_tools import APART, CURSORS, HINTS, MOVE, PATH, TOOLS, Draft, Point

LEAST_SIDE = 40  # pixels at 96 dpi: nothing is drawn in a smaller box
STEP, LONG_STEP = 0.05, 0.5  # prior standard deviations that an arrow key moves the point
CROSS_STEP, LONG_CROSS_STEP = 6, 40  # pixels at 96 dpi that it moves the cross
PAN_STEP = 0.15  # of the shorter side
ZOOM_STEP = 1.25  # of a key, or of one notch of the wheel
MOST_NOTCHES = 6.0  # taken at once: a wheel that spins freely asks for hundreds
CLICK_SLACK = 3  # pixels at 96 dpi that a hand may move in a click
CURVE_PIECES = 24  # of a straight line, drawn where the scale is not even
SHIFT, CONTROL = 0x1, 0x4  # bits of an event's state
ARROWS = (("Left", -1, 0), ("Right", 1, 0), ("Up", 0, 1), ("Down", 0, -1))  # v grows upwards


class MapView(tk.Canvas):
    """Shows a picture of a part of a plane, and asks for the point, another part, or a drawing.

    Coordinates (u, v) are the plane's, in prior standard deviations.

    on_press(), on_move(u, v), on_release(): the point is dragged; a press moves it there at once.
    on_step(du, dv): an arrow key moves it. on_viewport(viewport): another part of the plane is
    shown, or on another number of pixels; may call `show_picture` at once, until then the picture
    before is moved and stretched. on_fit(): all of the map is to be shown. on_hover(u, v): the
    pointer or the keyboard's cross is there; (None, None) when it has gone. on_path(keys) and
    on_select(outline): a drawing has been ended, (K, 2) coordinates, K at least 2 and 3; to be kept
    on the map it is handed back to `set_path` or `set_selection`. on_menu(u, v, x, y): the context
    menu is asked for, at a point (x, y) of the screen.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        *,
        on_press: Callable[[], None],
        on_move: Callable[[float, float], None],
        on_release: Callable[[], None],
        on_step: Callable[[float, float], None],
        on_viewport: Callable[[Viewport], None],
        on_fit: Callable[[], None],
        on_hover: Callable[[float | None, float | None], None],
        on_path: Callable[[np.ndarray], None],
        on_select: Callable[[np.ndarray], None],
        on_menu: Callable[[float, float, int, int], None],
    ) -> None:
        super().__init__(
            parent, highlightthickness=0, borderwidth=0, takefocus=True, width=1, height=1
        )
        self._theme = theme
        self._on_press = on_press
        self._on_move = on_move
        self._on_release = on_release
        self._on_step = on_step
        self._on_viewport = on_viewport
        self._on_fit = on_fit
        self._on_hover = on_hover
        self._on_path = on_path
        self._on_select = on_select
        self._on_menu = on_menu
        self._viewport: Viewport | None = None
        self._message = ""
        self._picture: Image.Image | None = None
        self._pictured: Viewport | None = None  # what the picture shows
        self._photo: ImageTk.PhotoImage | None = None
        self._drawn: Viewport | None = None  # what the photo shows: the picture, or it stretched
        self._point: Point | None = None
        self._point_state = "hidden"
        self._marks: tuple[tuple[str, float, float], ...] = ()
        self._path: np.ndarray | None = None
        self._selection: np.ndarray | None = None
        self._thumbnail: tuple[np.ndarray, str, Point] | None = None
        self._tool = MOVE
        self._draft: Draft | None = None
        self._gesture = ""  # "point", "pan" or "draw" while a button is held
        self._button = 0  # that is held
        self._start = (0, 0)  # where it was pressed
        self._moved = False  # since then, farther than in a click
        self._panned: Viewport | None = None  # what was shown at `_start`
        self._pointer: tuple[int, int] | None = None
        self._hovering = False
        self._cross: tuple[float, float] | None = None  # a pixel of the picture
        self._notches = 0.0  # of the wheel, not yet followed
        self._pending: str | None = None
        self._box: Box = (0, 0, 1, 1)

        self._build()
        self.bind("<Configure>", lambda event: self._schedule())
        self.bind("<ButtonPress>", self._press)
        self.bind("<Double-ButtonPress-1>", self._double)
        self.bind("<ButtonRelease>", self._release)
        self.bind("<Enter>", self._motion)
        self.bind("<Motion>", self._motion)
        self.bind("<Leave>", lambda event: self._leave())
        self.bind("<MouseWheel>", self._wheel)
        self.bind("<FocusIn>", lambda event: self._show_focus(True))
        self.bind("<FocusOut>", lambda event: self._show_focus(False))
        self._bind_keys()
        theme.subscribe(self, self._on_theme)

    def _build(self) -> None:
        px, scale = self._theme.px, self._theme.px(100) / 100
        images_ = ring_image(scale), pin_image(scale), cross_image(scale)
        self._ring_photo, self._pin_photo, self._cross_photo = (
            ImageTk.PhotoImage(image, master=self) for image in images_
        )
        # From the lowest to the highest.
        self._ground = self.create_rectangle(0, 0, 0, 0, width=0)
        self._item = self.create_image(0, 0, anchor="nw")
        self._selection_line = CasedLine(self, self._theme, dashed=True)
        self._path_line = CasedLine(self, self._theme, arrow=True)
        self._closing_line = CasedLine(self, self._theme, dashed=True)
        self._draft_line = CasedLine(self, self._theme)
        # A picture on its way reaches beyond the box.
        self._covers = [self.create_rectangle(0, 0, 0, 0, width=0) for _ in range(4)]
        self._axes = MapAxes(self, self._theme)
        self._arrow = self.create_polygon(
            *(0, 0, 0, 0, 0, 0), fill=LIGHT, outline=DARK, width=px(1.5), state="hidden"
        )
        self._ring = self.create_image(0, 0, image=self._ring_photo, state="hidden")
        self._card = DigitCard(self, self._theme)
        self._cross_item = self.create_image(0, 0, image=self._cross_photo, state="hidden")
        self._hint_box = self.create_rectangle(0, 0, 0, 0)
        self._hint = self.create_text(0, 0, anchor="n", justify="center", font=font(9))
        self._note = self.create_text(0, 0, justify="center", font=font(11))
        self._focus_ring = self.create_rectangle(0, 0, 0, 0, width=px(2), state="hidden")

    def _bind_keys(self) -> None:
        for key, across, upwards in ARROWS:
            for modifier in ("", "Shift-"):
                self.bind(
                    f"<{modifier}{key}>",
                    lambda event, du=across, dv=upwards, long=bool(modifier): self._arrow_key(
                        du, dv, long
                    ),
                )
            self.bind(
                f"<Control-{key}>", lambda event, du=across, dv=upwards: self._pan_key(du, dv)
            )
        for keys, factor in (
            (("plus", "equal", "KP_Add"), ZOOM_STEP),
            (("minus", "KP_Subtract"), 1 / ZOOM_STEP),
        ):
            for key in keys:
                self.bind(f"<{key}>", lambda event, factor=factor: self._zoom_key(factor))
        for key in ("Control-Key-0", "Control-KP_0"):
            self.bind(f"<{key}>", lambda event: self._fit_key())
        self.bind("<space>", lambda event: self._corner_key())
        for key in ("Return", "KP_Enter"):
            self.bind(f"<{key}>", lambda event: self._end_key())
        self.bind("<BackSpace>", lambda event: self._take_back_key())
        self.bind("<Escape>", lambda event: self._cancel_key())
        for key in ("Menu", "Shift-F10"):
            self.bind(f"<{key}>", lambda event: self._menu_key())

    # ---- what is shown -------------------------------------------------------------------------

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
    def tool(self) -> str:
        """What a drag does: one of TOOLS."""
        return self._tool

    @property
    def drawing(self) -> bool:
        """Whether a path or an outline has been begun and not yet ended."""
        return self._draft is not None

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
        if viewport is not None and self._laid_out:
            viewport = viewport.resized(self.picture_size)
        if viewport is None:
            self._let_go()
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
            if text:
                self._let_go()
            self._place()

    def set_point(self, u: float | None, v: float | None) -> None:
        """Mark where the point is; None takes the mark away."""
        self._point = None if u is None or v is None else (u, v)
        self._place_point()

    def set_marks(self, marks: Sequence[tuple[str, float, float]]) -> None:
        """Put pins with letters at places: (letter, u, v)."""
        self._marks = tuple(marks)
        self._place_marks()

    def set_axis_names(self, across: str, upwards: str) -> None:
        """Name the axes."""
        if (across, upwards) != self._axes.names:
            self._axes.set_names(across, upwards)
            self._schedule()

    def set_tool(self, tool: str) -> None:
        """Choose what a drag does; a drawing that was begun is given up."""
        if tool not in TOOLS:
            raise ValueError(f"a tool is one of {', '.join(TOOLS)}, not {tool!r}")
        if tool != self._tool:
            self._let_go()
            self._tool = tool
            self._place_hint()

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
        """Follow the widget's size, and what the wheel has asked for since."""
        self._pending = None
        notches, self._notches = self._notches, 0.0
        if notches and self._active and self._pointer is not None:
            self._zoom(ZOOM_STEP**notches, *self._pointer)
        self._box = self._axes.box()
        if self._viewport is not None and self._laid_out:
            resized = self._viewport.resized(self.picture_size)
            if resized != self._viewport:
                self._look_at(resized)
                return
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
        self.coords(self._focus_ring, 1, 1, width - 2, height - 2)
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
        self._place_draft()
        self._place_marks()
        self._place_point()
        self._place_thumbnail()
        self._place_cross()
        self._place_hint()

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
        state = "hidden"
        if self._active and self._point is not None:
            place = self.pixel_of(*self._point)
            if self._within(*place):
                self.coords(self._ring, *place)
                state = "ring"
            else:
                scale = self._theme.px(100) / 100
                self.coords(self._arrow, *sum(arrow_outline(place, self._box, scale), ()))
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
                self.create_image(x, y, image=self._pin_photo, anchor="s", tags="mark")
                self.create_text(
                    x, y - up, text=letter, fill=LIGHT, font=font(9, bold=True), tags="mark"
                )
        self.tag_lower("mark", self._ring)

    def _place_path(self) -> None:
        drafted = self._draft is not None and self._draft.tool == PATH
        if not self._active or self._path is None or drafted:
            self._path_line.hide()
        else:
            self._path_line.show(self._line_of(self._path))

    def _place_selection(self) -> None:
        drafted = self._draft is not None and self._draft.tool != PATH
        if not self._active or self._selection is None or drafted:
            self._selection_line.hide()
        else:
            closed = np.concatenate([self._selection, self._selection[:1]])
            self._selection_line.show(self._line_of(closed))

    def _place_draft(self) -> None:
        self.delete("corner")
        self._closing_line.hide()
        if not self._active or self._draft is None:
            self._draft_line.hide()
            return
        outline = self._draft.outline(self._loose_end())
        self._draft_line.show(self._line_of(outline))
        self._place_closing(outline)
        if self._draft.stroked:
            return
        r = self._theme.px(3.5)
        for x, y in self._pixels_of(self._draft.outline()[: len(self._draft.corners)]):
            self.create_oval(
                *(x - r, y - r, x + r, y + r), fill=LIGHT, outline=DARK, width=2, tags="corner"
            )
        self.tag_lower("corner", self._covers[0])

    def _place_closing(self, outline: np.ndarray) -> None:
        """The way back to a lasso's beginning."""
        if self._draft.tool == "lasso" and len(outline) > 2:
            self._closing_line.show(self._line_of(outline[[-1, 0]]))

    def _loose_end(self) -> Point | None:
        """Where the next corner would be set."""
        if self._gesture == "draw" and self._moved:
            return None
        if self._cross is not None:
            left, top = self._box[:2]
            return self.plane_at(left + self._cross[0], top + self._cross[1])
        if self._pointer is not None and self._within(*self._pointer):
            return self.plane_at(*self._pointer)
        return None

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

    def _place_cross(self) -> None:
        shown = self._active and self._cross is not None
        self.itemconfigure(self._cross_item, state="normal" if shown else "hidden")
        if shown:
            width, height = self.picture_size
            self._cross = (min(width - 1, self._cross[0]), min(height - 1, self._cross[1]))
            left, top = self._box[:2]
            self.coords(self._cross_item, left + self._cross[0], top + self._cross[1])

    def _place_hint(self) -> None:
        """What the tool is for, until it is used."""
        hint = HINTS[self._tool] if self._active and self._draft is None else ""
        for item in (self._hint, self._hint_box):
            self.itemconfigure(item, state="normal" if hint else "hidden")
        self.configure(cursor=CURSORS[self._tool] if self._active else "")
        if not hint:
            return
        px, (left, top, right, _) = self._theme.px, self._box
        self.itemconfigure(self._hint, text=hint, width=max(1, right - left - px(40)))
        self.coords(self._hint, (left + right) / 2, top + px(12))
        x0, y0, x1, y1 = self.bbox(self._hint)
        self.coords(self._hint_box, x0 - px(8), y0 - px(4), x1 + px(8), y1 + px(4))

    def _on_theme(self, palette: Palette) -> None:
        self.configure(background=palette.background)
        self.itemconfigure(self._ground, fill=palette.surface)
        for item in self._covers:
            self.itemconfigure(item, fill=palette.background)
        self._axes.colour(palette)
        self._card.colour(palette)
        self.itemconfigure(self._hint_box, fill=palette.background, outline=palette.border)
        self.itemconfigure(self._hint, fill=palette.foreground)
        self.itemconfigure(self._note, fill=palette.muted)
        self.itemconfigure(self._focus_ring, outline=palette.accent)
        self._schedule()

    # ---- pointer -------------------------------------------------------------------------------

    def _press(self, event: tk.Event) -> None:
        if event.num in (4, 5):
            self._turn(1.0 if event.num == 4 else -1.0, event)
            return
        self.focus_set()
        if not self._active or self._gesture or not self._within(event.x, event.y):
            return
        self._hide_cross()
        self._button, self._moved = event.num, False
        self._pointer = self._start = (event.x, event.y)
        if event.num != 1 or event.state & SHIFT:
            self._gesture, self._panned = "pan", self._viewport
            return
        self._unhover()
        at = self.plane_at(event.x, event.y)
        if self._tool == MOVE:
            self._gesture = "point"
            self._on_press()
            self._on_move(*at)
        else:
            self._gesture = "draw"
            self._set_corner(at)

    def _motion(self, event: tk.Event) -> None:
        last, self._pointer = self._pointer, (event.x, event.y)
        if not self._active:
            return
        if self._gesture:
            slack = self._theme.px(CLICK_SLACK)
            dx, dy = event.x - self._start[0], event.y - self._start[1]
            self._moved = self._moved or max(abs(dx), abs(dy)) > slack
        if self._gesture == "point":
            self._on_move(*self.plane_at(event.x, event.y))
        elif self._gesture == "pan":
            if self._moved:
                self.configure(cursor="fleur")
                self._look_at(self._panned.panned(dx, dy))
        elif self._gesture == "draw":
            if self._moved:
                self._stroke_to(event.x, event.y)
        else:
            if self._pointer != last:
                self._hide_cross()
            self._hover(event.x, event.y)

    def _hover(self, x: float, y: float) -> None:
        if self._draft is not None:
            self._place_draft()
        if self._within(x, y):
            self._hovering = True
            self._on_hover(*self.plane_at(x, y))
        else:
            self._unhover()

    def _unhover(self) -> None:
        if self._hovering:
            self._hovering = False
            self._on_hover(None, None)

    def _leave(self) -> None:
        if not self._gesture:
            self._pointer = None
            if self._cross is None:
                self._unhover()
            if self._draft is not None:
                self._place_draft()

    def _stroke_to(self, x: float, y: float) -> None:
        draft = self._draft
        before = self.pixel_of(*draft.corners[-1])
        if max(abs(before[0] - x), abs(before[1] - y)) < self._theme.px(APART):
            return
        first = not draft.stroked
        draft.stroke_to(self.plane_at(x, y))
        if first or draft.tool == "box":
            self._place_draft()
        else:
            self._draft_line.extend(*self.pixel_of(*draft.corners[-1]))
            if draft.tool == "lasso":
                self._place_closing(np.array([draft.corners[0], (0, 0), draft.corners[-1]]))

    def _release(self, event: tk.Event) -> None:
        if not self._gesture or event.num != self._button:
            return
        gesture, self._gesture = self._gesture, ""
        if gesture == "point":
            self._on_release()
        elif gesture == "draw":
            if self._draft is not None and (self._draft.stroked or self._draft.full):
                self._end_draft()
        elif self._moved:
            self._place_hint()  # and the tool's cursor
        elif self._button == self._menu_button:
            self._on_menu(*self.plane_at(event.x, event.y), event.x_root, event.y_root)

    @property
    def _menu_button(self) -> int:
        return 2 if self.tk.call("tk", "windowingsystem") == "aqua" else 3

    def _double(self, event: tk.Event) -> None:
        """The second press of two at the same place sets no corner: it ends the drawing."""
        if self._draft is not None:
            self._end_draft()
        else:
            self._press(event)

    def _wheel(self, event: tk.Event) -> None:
        # A touch pad sends parts of a notch; a Mac counts lines.
        notch = 4.0 if self.tk.call("tk", "windowingsystem") == "aqua" else 120.0
        self._turn(event.delta / notch, event)

    def _turn(self, notches: float, event: tk.Event) -> None:
        if not self._active or not self._within(event.x, event.y):
            return
        self._pointer = (event.x, event.y)
        if event.state & SHIFT:
            self._pan(notches * PAN_STEP, 0.0)
            return
        # The window follows a burst once, when nothing else waits.
        self._notches = min(MOST_NOTCHES, max(-MOST_NOTCHES, self._notches + notches))
        self._schedule()

    def _zoom(self, factor: float, x: float, y: float) -> None:
        """Zoom with the place at a pixel of this widget held fast."""
        left, top = self._box[:2]
        self._look_at(self._viewport.zoomed(factor, x - left, y - top))
        if self._gesture == "pan" and self._pointer is not None:
            self._start, self._panned = self._pointer, self._viewport

    def _pan(self, across: float, down: float) -> None:
        """Move the plane by shares of the picture's shorter side."""
        side = min(self.picture_size)
        self._look_at(self._viewport.panned(across * side, down * side))

    # ---- drawing by hand -----------------------------------------------------------------------

    def _set_corner(self, at: Point) -> None:
        first = self._draft is None
        if first:
            self._draft = Draft(self._tool)
        self._draft.add(at)
        if first:
            self._show_drawing()
        else:
            self._place_draft()

    def _show_drawing(self) -> None:
        """One has been begun, or has gone."""
        self._place_draft()
        self._place_path()
        self._place_selection()
        self._place_hint()

    def _end_draft(self) -> None:
        draft, self._draft = self._draft, None
        self._show_drawing()
        result = draft.result(self._pixels_of, self._theme.px(100) / 100)
        if result is not None:
            (self._on_path if draft.tool == PATH else self._on_select)(result)

    def _let_go(self) -> None:
        """Give up what is being done by hand: what it is about is gone."""
        gesture, self._gesture = self._gesture, ""
        if gesture == "point":
            self._on_release()
        self._hide_cross()
        if self._draft is not None:
            self._draft = None
            self._show_drawing()

    # ---- keyboard ------------------------------------------------------------------------------

    def _arrow_key(self, across: int, upwards: int, long: bool) -> str:
        if not self._active:
            return "break"
        if self._tool == MOVE:
            step = LONG_STEP if long else STEP
            self._on_step(across * step, upwards * step)
        else:
            step = self._theme.px(LONG_CROSS_STEP if long else CROSS_STEP)
            self._move_cross(across * step, -upwards * step)
        return "break"

    def _move_cross(self, dx: float, dy: float) -> None:
        width, height = self.picture_size
        if self._cross is None:  # it comes where one looks already
            x, y = width / 2, height / 2
            if self._point_state == "ring":
                x, y = self._viewport.pixel_of(*self._point)
        else:
            x, y = self._cross[0] + dx, self._cross[1] + dy
        self._cross = min(width - 1, max(0, x)), min(height - 1, max(0, y))
        self._place_cross()
        self._hover(self._box[0] + self._cross[0], self._box[1] + self._cross[1])

    def _hide_cross(self) -> None:
        if self._cross is not None:
            self._cross = None
            self._place_cross()
            self._unhover()

    def _pan_key(self, across: int, upwards: int) -> str:
        if self._active:
            self._pan(-across * PAN_STEP, upwards * PAN_STEP)
        return "break"

    def _zoom_key(self, factor: float) -> str:
        if self._active:
            left, top, right, bottom = self._box
            x, y = (left + right) / 2, (top + bottom) / 2
            if self._cross is not None:
                x, y = left + self._cross[0], top + self._cross[1]
            elif self._point_state == "ring":
                x, y = self.pixel_of(*self._point)
            self._zoom(factor, x, y)
        return "break"

    def _fit_key(self) -> str:
        if self._active:
            self._on_fit()
        return "break"

    def _corner_key(self) -> str | None:
        if not self._active or self._tool == MOVE or self._gesture:
            return None
        if self._cross is None:
            self._move_cross(0, 0)
        self._set_corner(self._loose_end())
        if self._draft.full:
            self._end_draft()
        return "break"

    def _end_key(self) -> str | None:
        if self._draft is None or self._gesture:
            return None
        if self._cross is not None:  # the line is drawn to there
            self._draft.add(self._loose_end())
        self._end_draft()
        return "break"

    def _take_back_key(self) -> str | None:
        if self._draft is None or self._gesture:
            return None
        self._draft.corners.pop()
        if self._draft.corners:
            self._place_draft()
        else:
            self._draft = None
            self._show_drawing()
        return "break"

    def _cancel_key(self) -> str | None:
        """Nothing more than the drawing is left: not the page, too."""
        if self._draft is None:
            return None
        self._let_go()
        return "break"

    def _menu_key(self) -> str:
        if self._active:
            left, top, right, bottom = self._box
            x, y = (left + right) // 2, (top + bottom) // 2
            if self._cross is not None:
                x, y = round(left + self._cross[0]), round(top + self._cross[1])
            elif self._point_state == "ring":
                x, y = map(round, self.pixel_of(*self._point))
            at = self.plane_at(x, y)
            self._on_menu(*at, self.winfo_rootx() + x, self.winfo_rooty() + y)
        return "break"  # else Tk opens the first menu of the bar, too

    def _show_focus(self, focused: bool) -> None:
        self.itemconfigure(self._focus_ring, state="normal" if focused else "hidden")
        if not focused:
            self._hide_cross()


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
