"""A map that is touched: the point is dragged, the plane moved, paths and outlines are drawn."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

import numpy as np
from PIL import ImageTk

from explorer.theme import PATIENT_TOOLTIP_DELAY_MS, Palette, Theme, add_tooltip, font
from explorer.viewport import Viewport
from explorer.widgets.map_canvas import MapCanvas
from explorer.widgets.map_marks import LIGHT, CasedLine, cross_image
from explorer.widgets.map_tools import (
    APART,
    BOX,
    CURSORS,
    HINTS,
    LASSO,
    MOVE,
    PATH,
    TOOLS,
    Draft,
    Point,
)

STEP, LONG_STEP = 0.05, 0.5  # prior standard deviations that an arrow key moves the point
CROSS_STEP, LONG_CROSS_STEP = 6, 40  # pixels at 96 dpi that it moves the cross
PAN_STEP = 0.15  # of the shorter side
ZOOM_STEP = 1.25  # of a key, or of one notch of the wheel
MOST_NOTCHES = 6.0  # taken at once: a wheel that spins freely asks for hundreds
CLICK_SLACK = 3  # pixels at 96 dpi that a hand may move in a click
SHIFT = 0x1  # a bit of an event's state
LAST_BUTTON = 3  # beyond are those by which a browser goes back and forth
ARROWS = (("Left", -1, 0), ("Right", 1, 0), ("Up", 0, 1), ("Down", 0, -1))  # v grows upwards
TOOLTIP = (
    "A plane of the latent space. Press anywhere, or use the arrow keys, and the point goes there. "
    "The wheel, or + and −, come closer; drag with the right or the middle button, or with Shift, "
    "to see another part; Ctrl+0 shows all of it. With a path, a lasso or a box the arrow keys "
    "move a cross, Space sets a corner, Backspace takes it back, Return ends and Escape gives up."
)


class MapView(MapCanvas):
    """Shows a map, and asks for the point, another part of the plane, or a drawing.

    on_press(), on_move(u, v), on_release(): the point is dragged; a press moves it there at once.
    on_step(du, dv): an arrow key moves it. on_viewport(viewport): see `MapCanvas`. on_fit(): all of
    the map is to be shown. on_hover(u, v): the pointer is there, or the keyboard's cross, or the
    point while keys move it; (None, None) when it has gone. on_path(keys) and on_select(outline): a
    drawing has been ended, (K, 2) coordinates, K at least 2 and 3; to be kept on the map it is
    handed back to `set_path` or `set_selection`. on_menu(u, v, x, y): the context menu is asked
    for, at a point (x, y) of the screen.
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
        super().__init__(parent, theme, on_viewport=on_viewport)
        self.configure(takefocus=True)
        self._on_press = on_press
        self._on_move = on_move
        self._on_release = on_release
        self._on_step = on_step
        self._on_fit = on_fit
        self._on_hover = on_hover
        self._on_path = on_path
        self._on_select = on_select
        self._on_menu = on_menu
        self._tool = MOVE
        self._used = False  # the tool, since it was chosen
        self._draft: Draft | None = None
        self._gesture = ""  # "point", "pan" or "draw" while a button is held
        self._button = 0  # that is held
        self._start = (0, 0)  # where it was pressed
        self._moved = False  # since then, farther than in a click
        self._panned: Viewport | None = None  # what was shown at `_start`
        self._hovering = False
        self._keyed = False  # keys move the point, and what is there is told
        self._cross: tuple[float, float] | None = None  # a pixel of the picture
        self._notches = 0.0  # of the wheel, not yet followed
        system = self.tk.call("tk", "windowingsystem")
        self._menu_button = 2 if system == "aqua" else 3
        # A touch pad sends parts of a notch; a Mac counts lines.
        self._notch = 4.0 if system == "aqua" else 120.0

        self._closing_line = CasedLine(self, theme, dashed=True, below=self._covers[0])
        self._draft_line = CasedLine(self, theme, below=self._covers[0])
        self._cross_photo = ImageTk.PhotoImage(cross_image(self._scale), master=self)
        self._cross_item = self.create_image(0, 0, image=self._cross_photo, state="hidden")
        self._hint_box = self.create_rectangle(0, 0, 0, 0, state="hidden")
        self._hint = self.create_text(
            0, 0, anchor="n", justify="center", font=font(9), state="hidden"
        )
        for item in (self._hint_box, self._hint):  # the point and a digit come first
            self.tag_lower(item, self._arrow)
        self._focus_ring = self.create_rectangle(0, 0, 0, 0, width=theme.px(2), state="hidden")

        self.bind("<ButtonPress>", self._press)
        self.bind("<Double-ButtonPress-1>", self._double)
        self.bind("<ButtonRelease>", self._release)
        self.bind("<Enter>", self._motion)
        self.bind("<Motion>", self._motion)
        self.bind("<Leave>", lambda event: self._leave())
        self.bind("<MouseWheel>", lambda event: self._turn(event.delta / self._notch, event))
        self.bind("<FocusIn>", lambda event: self._show_focus(True))
        self.bind("<FocusOut>", lambda event: self._show_focus(False))
        self._bind_keys()
        self.tooltip = add_tooltip(self, TOOLTIP, PATIENT_TOOLTIP_DELAY_MS, position="bottom")
        theme.subscribe(self, self._colour_tools)

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
        for factor, keys in (
            (ZOOM_STEP, ("plus", "equal", "KP_Add")),
            (1 / ZOOM_STEP, ("minus", "KP_Subtract")),
        ):
            for key in keys:
                self.bind(f"<{key}>", lambda event, factor=factor: self._zoom_key(factor))
        for command, keys in (
            (self._fit_key, ("Control-Key-0", "Control-KP_0")),
            (self._corner_key, ("space",)),
            (self._end_key, ("Return", "KP_Enter")),
            (self._take_back_key, ("BackSpace",)),
            (self._cancel_key, ("Escape",)),
            (self._menu_key, ("Menu", "Shift-F10")),
        ):
            for key in keys:
                self.bind(f"<{key}>", lambda event, command=command: command())

    @property
    def tool(self) -> str:
        """What a drag does: one of TOOLS."""
        return self._tool

    @property
    def drawing(self) -> bool:
        """Whether a path or an outline has been begun and not yet ended."""
        return self._draft is not None

    def set_tool(self, tool: str) -> None:
        """Choose what a drag does; a drawing that was begun is given up."""
        if tool not in TOOLS:
            raise ValueError(f"a tool is one of {', '.join(TOOLS)}, not {tool!r}")
        if tool != self._tool:
            self._let_go()
            self._tool, self._used = tool, False
            self._place_hint()
            self._set_cursor()

    def give_up_drawing(self) -> bool:
        """Take a drawing away that was begun, as Escape does; whether there was one."""
        begun = self.drawing
        if begun:
            self._let_go()
        return begun

    def set_viewport(self, viewport: Viewport | None) -> None:
        """See `MapCanvas.set_viewport`."""
        if viewport is None:
            self._let_go()
        super().set_viewport(viewport)
        self._hold_fast()

    def set_point(self, u: float | None, v: float | None) -> None:
        """See `MapCanvas.set_point`."""
        super().set_point(u, v)
        if self._keyed:
            self._hover_point()

    def show_message(self, text: str) -> None:
        """See `MapCanvas.show_message`."""
        if text:
            self._let_go()
        super().show_message(text)

    def show_thumbnail(
        self,
        pixels: np.ndarray | None,
        caption: str = "",
        u: float | None = None,
        v: float | None = None,
    ) -> None:
        """See `MapCanvas.show_thumbnail`."""
        super().show_thumbnail(pixels, caption, u, v)
        if pixels is not None:  # who rests there looks at the digit, and asks nothing
            self.event_generate("<<HideTooltip>>")

    # ---- drawing -------------------------------------------------------------------------------

    def _refresh(self) -> None:
        """Follow the widget's size, and what the wheel has asked for since."""
        notches, self._notches = self._notches, 0.0
        if notches and self._active and self._pointer is not None:
            self._zoom(ZOOM_STEP**notches, *self._pointer)
        super()._refresh()

    def _place(self) -> None:
        super()._place()
        self.coords(self._focus_ring, 1, 1, self.winfo_width() - 2, self.winfo_height() - 2)
        self._place_draft()
        self._place_cross()
        self._place_hint()
        self._set_cursor()

    def _place_path(self) -> None:
        """Not while another one is drawn."""
        if self._draft is not None and self._draft.tool == PATH:
            self._path_line.hide()
        else:
            super()._place_path()

    def _place_selection(self) -> None:
        """Not while another one is drawn."""
        if self._draft is not None and self._draft.tool != PATH:
            self._selection_line.hide()
        else:
            super()._place_selection()

    def _place_draft(self) -> None:
        self.delete("corner")
        self._closing_line.hide()
        if not self._active or self._draft is None:
            self._draft_line.hide()
            return
        outline = self._draft.outline(self._loose_end())
        self._draft_line.show(self._line_of(outline))
        if len(outline) > 2:
            self._place_closing(outline[-1])
        if self._draft.stroked:
            return
        r = self._theme.px(3.5)
        for x, y in self._pixels_of(np.array(self._draft.corners)):
            self.create_oval(
                *(x - r, y - r, x + r, y + r),
                fill=self._theme.palette.accent,
                outline=LIGHT,
                width=self._theme.px(1.5),
                tags="corner",
            )
        self.tag_lower("corner", self._covers[0])

    def _place_closing(self, last: Point) -> None:
        """The way back to a lasso's beginning."""
        if self._draft.tool == LASSO:
            self._closing_line.show(self._line_of(np.array([last, self._draft.corners[0]])))

    def _loose_end(self) -> Point | None:
        """Where the next corner would be set."""
        if self._gesture == "draw" and self._moved:
            return None
        if self._cross is not None:
            return self.plane_at(*self._cross_pixel())
        if self._pointer is not None and self._within(*self._pointer):
            return self.plane_at(*self._pointer)
        return None

    def _cross_pixel(self) -> tuple[float, float]:
        return self._box[0] + self._cross[0], self._box[1] + self._cross[1]

    def _place_cross(self) -> None:
        shown = self._active and self._cross is not None
        self.itemconfigure(self._cross_item, state="normal" if shown else "hidden")
        if shown:
            width, height = self.picture_size  # it may have become smaller
            self._cross = min(width - 1, self._cross[0]), min(height - 1, self._cross[1])
            self.coords(self._cross_item, *self._cross_pixel())

    def _place_hint(self) -> None:
        """What the tool is for, until it is used."""
        needed = self._active and not self._used and self._draft is None
        hint = HINTS[self._tool] if needed else ""
        for item in (self._hint, self._hint_box):
            self.itemconfigure(item, state="normal" if hint else "hidden")
        if not hint:
            return
        px, (left, top, right, _) = self._theme.px, self._box
        self.itemconfigure(self._hint, text=hint, width=max(1, right - left - px(40)))
        self.coords(self._hint, (left + right) / 2, top + px(12))
        x0, y0, x1, y1 = self.bbox(self._hint)
        self.coords(self._hint_box, x0 - px(8), y0 - px(4), x1 + px(8), y1 + px(4))

    def _set_cursor(self) -> None:
        cursor = CURSORS[self._tool] if self._active else ""
        if self._gesture == "pan" and self._moved:
            cursor = "fleur"
        if str(self["cursor"]) != cursor:
            self.configure(cursor=cursor)

    def _colour_tools(self, palette: Palette) -> None:
        self._closing_line.colour(palette)
        self._draft_line.colour(palette)
        self.itemconfigure(self._hint_box, fill=palette.background, outline=palette.border)
        self.itemconfigure(self._hint, fill=palette.foreground)
        self.itemconfigure(self._focus_ring, outline=palette.accent)

    # ---- pointer -------------------------------------------------------------------------------

    def _press(self, event: tk.Event) -> None:
        if event.num in (4, 5):  # the wheel, on X
            self._turn(1.0 if event.num == 4 else -1.0, event)
            return
        self.focus_set()
        touched = self._active and self._within(event.x, event.y)
        if not touched or self._gesture or event.num > LAST_BUTTON:
            return
        self._hide_cross()
        self._keyed = False
        self._button, self._moved = event.num, False
        self._pointer = self._start = event.x, event.y
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
        before, self._pointer = self._pointer, (event.x, event.y)
        if not self._active:
            return
        if not self._gesture:
            if self._pointer != before:
                self._hide_cross()
                self._keyed = False
            if self._cross is None and not self._keyed:
                self._hover(event.x, event.y)
            return
        dx, dy = event.x - self._start[0], event.y - self._start[1]
        self._moved = self._moved or max(abs(dx), abs(dy)) > self._theme.px(CLICK_SLACK)
        if self._gesture == "point":
            self._on_move(*self.plane_at(event.x, event.y))
        elif self._gesture == "pan" and self._moved:
            self._look_at(self._panned.panned(dx, dy))
        elif self._gesture == "draw" and self._moved:
            self._stroke_to(event.x, event.y)

    def _hover(self, x: float, y: float) -> None:
        if self._draft is not None:
            self._place_draft()
        if self._within(x, y):
            self._hovering = True
            self._on_hover(*self.plane_at(x, y))
        else:
            self._unhover()

    def _hover_point(self) -> None:
        if self._point_state == "ring":
            self._hover(*self.pixel_of(*self._point))
        else:
            self._unhover()

    def _unhover(self) -> None:
        if self._hovering:
            self._hovering = False
            self._on_hover(None, None)

    def _leave(self) -> None:
        if self._gesture:
            return
        self._pointer = None
        if self._cross is None and not self._keyed:
            self._unhover()
            if self._draft is not None:
                self._place_draft()

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
            self._set_cursor()
        elif self._button == self._menu_button:
            self._on_menu(*self.plane_at(event.x, event.y), event.x_root, event.y_root)

    def _double(self, event: tk.Event) -> None:
        """The second press of two at the same place sets no corner: it ends the drawing."""
        if self._draft is not None:
            self._end_draft()
        else:
            self._press(event)

    def _turn(self, notches: float, event: tk.Event) -> None:
        if not self._active or not self._within(event.x, event.y):
            return
        self._pointer = event.x, event.y
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
        self._hold_fast()

    def _hold_fast(self) -> None:
        """Let a drag that pans go on from where the plane is now."""
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

    def _stroke_to(self, x: float, y: float) -> None:
        draft = self._draft
        last = self.pixel_of(*draft.corners[-1])
        if max(abs(last[0] - x), abs(last[1] - y)) < self._theme.px(APART):
            return
        at = self.plane_at(x, y)
        begun = draft.stroked and draft.tool != BOX
        draft.stroke_to(at)
        if begun:
            self._draft_line.extend(*self.pixel_of(*at))
            self._place_closing(at)
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
        result = draft.result(self._pixels_of, self._scale)
        self._used = self._used or result is not None
        self._show_drawing()
        if result is not None:
            (self._on_path if draft.tool == PATH else self._on_select)(result)

    def _let_go(self) -> None:
        """Give up what is being done by hand: what it is about is gone."""
        gesture, self._gesture = self._gesture, ""
        if gesture == "point":
            self._on_release()
        self._hide_cross()
        self._keyed = False
        self._unhover()
        if self._draft is not None:
            self._draft = None
            self._show_drawing()

    # ---- keyboard ------------------------------------------------------------------------------

    def _attended(self) -> tuple[float, float]:
        """The pixel that a key is about: the cross, else the point, else the middle."""
        if self._cross is not None:
            return self._cross_pixel()
        if self._point_state == "ring":
            return self.pixel_of(*self._point)
        left, top, right, bottom = self._box
        return (left + right) / 2, (top + bottom) / 2

    def _arrow_key(self, across: int, upwards: int, long: bool) -> str:
        if self._active and self._tool == MOVE:
            step = LONG_STEP if long else STEP
            self._keyed = True
            self._on_step(across * step, upwards * step)
        elif self._active:
            step = self._theme.px(LONG_CROSS_STEP if long else CROSS_STEP)
            self._move_cross(across * step, -upwards * step)
        return "break"

    def _move_cross(self, dx: float, dy: float) -> None:
        left, top, right, bottom = self._box
        x, y = self._attended()
        if self._cross is not None:  # else it comes to where one looks already
            x, y = x + dx, y + dy
        self._cross = (
            min(right - left - 1, max(0, x - left)),
            min(bottom - top - 1, max(0, y - top)),
        )
        self._place_cross()
        self._hover(*self._cross_pixel())

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
            self._zoom(factor, *self._attended())
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
        """Give up a drawing, and nothing else: the page stays."""
        return "break" if self.give_up_drawing() else None

    def _menu_key(self) -> str:
        if self._active:
            x, y = map(round, self._attended())
            self._on_menu(*self.plane_at(x, y), self.winfo_rootx() + x, self.winfo_rooty() + y)
        return "break"  # else Tk opens the first menu of the bar, too

    def _show_focus(self, focused: bool) -> None:
        self.itemconfigure(self._focus_ring, state="normal" if focused else "hidden")
        if not focused:
            self._hide_cross()
            if self._keyed:
                self._keyed = False
                self._unhover()
