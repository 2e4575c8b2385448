"""The sheet that is drawn on, by mouse, pen or keys."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageChops, ImageTk

from explorer import images
from explorer.drawing import KINDS, MAX_RADIUS, MIN_RADIUS, RGB, WHITE, Drawing, Pen, Point
from explorer.theme import PATIENT_TOOLTIP_DELAY_MS, Palette, Theme, add_tooltip, font
from explorer.widgets.digit_view import rgb

# What the other button of the mouse or of a pen does. Tk isn't told which end of a pen is used, but
# a pen's side button is one of these.
OPPOSITE = {"ink": "erase", "erase": "ink", "unknown": "known", "known": "unknown"}
OTHER_BUTTONS = (2, 3)
BUTTON_MASKS = {1: 0x100, 2: 0x200, 3: 0x400}  # bits of an event's state: which are down
SHIFT = 0x1
KEY_STEP, FAR_KEY_STEP = 0.5, 3.0  # pixels of the model
RADIUS_STEP = 0.25
MAX_HISTORY = 300  # sheets that undo goes back to; a step is 50 kB
HATCH_PERIOD = 9  # pixels at 96 dpi between two stripes of what is unknown
# Of white, between the stripes: ink on it and the black ground both can be told through it.
VEIL_GREY, VEIL_OPACITY, STRIPE_OPACITY = 112, 0.62, 0.9
NOTE_COLOUR = "#9a9a9a"  # on the sheet's black, 7:1
TOOLTIP = (
    "Draw here. The right button does the opposite: with the pen it erases, with the eraser it "
    "draws. The wheel, [ and ] change the brush. By keys: arrows move the pen (Shift: faster; the "
    "number pad goes aslant), Space puts it down and lifts it, Ctrl+Z and Ctrl+Y undo and redo a "
    "stroke, Escape gives up the one being drawn, Delete clears the sheet."
)


class DrawingCanvas(tk.Canvas):
    """Shows a drawing, as large as its area allows, and draws on it.

    side: pixels of the model's images, per axis. on_change(drawing): a stroke has grown; once an
    event. on_stroke_end(drawing): it has ended or was given up, or undo, redo or clear has
    changed the sheet. on_brush(radius, softness): the wheel or a key has changed the brush.

    Undo goes back through whole sheets, so that an image that was opened, or a cleared sheet, costs
    nobody a drawing.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        *,
        side: int,
        on_change: Callable[[Drawing], None],
        on_stroke_end: Callable[[Drawing], None],
        on_brush: Callable[[float, float], None] = lambda radius, softness: None,
    ) -> None:
        size = theme.px(200)
        super().__init__(
            parent,
            highlightthickness=0,
            borderwidth=0,
            width=size,
            height=size,
            takefocus=True,
            cursor="none",  # the brush's outline is the pointer
        )
        self._theme = theme
        self._on_change = on_change
        self._on_stroke_end = on_stroke_end
        self._on_brush = on_brush
        self._drawing = Drawing(side)
        self._past: list[Drawing] = []
        self._future: list[Drawing] = []
        self._tool = "ink"
        self._radius, self._softness = 1.25, 0.3
        self._colour = WHITE
        self._pen: Pen | None = None
        self._button: int | None = None  # that draws; None while the pen is up, or down by a key
        self._place: Point | None = None  # of the brush, in pixels of the model
        self._hovered = self._focused = False
        self._enabled = True
        self._box = (0, 0, 1)  # left, top and side of the sheet
        self._photos: dict[str, ImageTk.PhotoImage] = {}  # by mode; what is unknown needs colour
        self._shown_mode = ""
        self._veil: tuple[Image.Image, Image.Image] | None = None
        self._pending: str | None = None

        px = theme.px
        self._sheet = self.create_image(0, 0, anchor="nw")
        self._frame = self.create_rectangle(0, 0, 0, 0, width=1)
        self._note = self.create_text(0, 0, justify="center", font=font(11), fill=NOTE_COLOUR)
        self._note_text = "Draw a digit here"
        self._ring = self.create_rectangle(0, 0, 0, 0, width=px(2), state="hidden")
        # Black around white, to be seen on any ink; the dot says where a broad brush is exactly.
        self._brush_marks = [
            self.create_oval(0, 0, 0, 0, width=px(width), outline=colour, state="hidden")
            for width, colour in ((3, "#000000"), (1.5, "#ffffff"))
        ]
        self._brush_dot = self.create_oval(0, 0, 0, 0, outline="#000000", state="hidden")

        self.bind("<Configure>", lambda event: self._layout())
        self.bind("<Enter>", lambda event: self._hover(event))
        self.bind("<Leave>", lambda event: self._leave())
        self.bind("<Motion>", self._move)
        for button in (1, *OTHER_BUTTONS):
            self.bind(f"<ButtonPress-{button}>", self._press)
            self.bind(f"<ButtonRelease-{button}>", self._release)
        self.bind("<Unmap>", lambda event: self._end_stroke())
        self.bind("<MouseWheel>", self._wheel)
        for button, change in ((4, RADIUS_STEP), (5, -RADIUS_STEP)):  # the wheel of X11
            self.bind(f"<Button-{button}>", lambda event, c=change: self._change_radius(c))
        self.bind("<FocusIn>", lambda event: self._show_focus(True))
        self.bind("<FocusOut>", lambda event: self._show_focus(False))
        self._bind_keys()
        add_tooltip(self, TOOLTIP, PATIENT_TOOLTIP_DELAY_MS)
        theme.subscribe(self, self._on_theme)

    def _bind_keys(self) -> None:
        for keys, right, down in (
            (("Left", "KP_Left", "KP_4"), -1, 0),
            (("Right", "KP_Right", "KP_6"), 1, 0),
            (("Up", "KP_Up", "KP_8"), 0, -1),
            (("Down", "KP_Down", "KP_2"), 0, 1),
            (("KP_Home", "KP_7"), -1, -1),
            (("KP_Prior", "KP_9"), 1, -1),
            (("KP_End", "KP_1"), -1, 1),
            (("KP_Next", "KP_3"), 1, 1),
        ):
            for key in keys:
                self.bind(f"<{key}>", lambda e, dx=right, dy=down: self._step(e, dx, dy))
        for key, command in (
            ("<space>", self._toggle_pen),
            ("<Control-z>", self.undo_stroke),
            ("<BackSpace>", self.undo_stroke),
            ("<Control-Shift-Z>", self.redo_stroke),
            ("<Control-Shift-z>", self.redo_stroke),
            ("<Control-y>", self.redo_stroke),
            ("<Delete>", self.clear),
            ("<bracketright>", lambda: self._change_radius(RADIUS_STEP)),
            ("<bracketleft>", lambda: self._change_radius(-RADIUS_STEP)),
        ):
            self.bind(key, lambda event, command=command: self._by_key(command))
        self.bind("<Escape>", lambda event: self._give_up())

    @property
    def drawing(self) -> Drawing:
        """What is on the sheet, with the stroke that is being drawn."""
        return self._drawing if self._pen is None else self._pen.drawing()

    @property
    def is_drawing(self) -> bool:
        """Whether a stroke is under way."""
        return self._pen is not None

    @property
    def tool(self) -> str:
        """The kind of the next stroke, one of `explorer.drawing.KINDS`."""
        return self._tool

    @property
    def brush(self) -> tuple[float, float]:
        """Radius and softness, see `explorer.drawing.Stroke`."""
        return self._radius, self._softness

    @property
    def pen_place(self) -> Point | None:
        """Where the brush is, in pixels of the model; None before it was anywhere."""
        return self._place

    @property
    def can_undo(self) -> bool:
        """Whether `undo_stroke` has something to take back."""
        return self._pen is not None or bool(self._past)

    @property
    def can_redo(self) -> bool:
        """Whether `redo_stroke` has something to give back."""
        return bool(self._future)

    def set_drawing(self, drawing: Drawing) -> None:
        """Show another sheet, untold. Undo brings back one of the same side and channels."""
        self._pen = self._button = None
        if drawing is self._drawing:
            pass
        elif (drawing.side, drawing.in_colour) == (self._drawing.side, self._drawing.in_colour):
            self._remember()
        else:
            self._past.clear()
            self._future.clear()
        self._drawing = drawing
        self._schedule()

    def set_tool(self, kind: str) -> None:
        """Choose what the next stroke does."""
        if kind not in KINDS:
            raise ValueError(f"a tool is one of {', '.join(KINDS)}, not {kind!r}")
        self._tool = kind
        self._place_marks()

    def set_brush(self, radius: float, softness: float) -> None:
        """Choose the brush of the next stroke, untold."""
        self._radius, self._softness = float(radius), float(softness)
        self._place_marks()

    def set_colour(self, colour: RGB) -> None:
        """Choose the colour of the next stroke, which a grey sheet does not show."""
        self._colour = colour

    def set_enabled(self, enabled: bool, note: str = "Draw a digit here") -> None:
        """Let the person draw, or not; `note` is written on the sheet while it is empty."""
        if not enabled:
            self._end_stroke()
        self._enabled, self._note_text = enabled, note
        self.configure(cursor="none" if enabled else "")
        self._place_marks()
        self._schedule()

    def undo_stroke(self) -> None:
        """Go back to the sheet before the last stroke, or give up the one being drawn."""
        if self._pen is not None:
            self._give_up()
        elif self._past:
            self._future.append(self._drawing)
            self._replace(self._past.pop())

    def redo_stroke(self) -> None:
        """Take an undo back."""
        if self._pen is None and self._future:
            self._past.append(self._drawing)
            self._replace(self._future.pop())

    def clear(self) -> None:
        """Take an empty sheet."""
        self._end_stroke()
        drawing = self._drawing
        if not drawing.is_empty or drawing.unknown().any() or drawing.base is not None:
            self._remember()
            self._replace(drawing.cleared())

    def place_of(self, x: float, y: float) -> Point:
        """A pixel of this widget in pixels of the model; beyond the sheet, too."""
        left, top, size = self._box
        scale = self._drawing.side / size
        return (x - left) * scale, (y - top) * scale

    def pixel_of(self, place: Point) -> tuple[float, float]:
        """A place in pixels of the model as a pixel of this widget."""
        left, top, size = self._box
        scale = size / self._drawing.side
        return left + place[0] * scale, top + place[1] * scale

    def destroy(self) -> None:
        """Leave no painting to be done."""
        if self._pending is not None:
            self.after_cancel(self._pending)
            self._pending = None
        super().destroy()

    # --- strokes ----------------------------------------------------------------------------------

    def _begin_stroke(self, place: Point, kind: str) -> None:
        brush = self._radius, self._softness, kind, self._colour
        self._pen = Pen(self._drawing, place, *brush)
        self._changed()

    def _extend(self, place: Point) -> None:
        self._pen.extend([place])
        self._changed()

    def _end_stroke(self) -> None:
        if self._pen is None:
            return
        drawing = self._pen.drawing()
        self._remember()
        self._pen = self._button = None
        self._replace(drawing)

    def _give_up(self) -> str | None:
        """Drop the stroke that is being drawn; None lets Escape mean something else."""
        if self._pen is None:
            return None
        self._pen = self._button = None
        self._replace(self._drawing)
        return "break"

    def _remember(self) -> None:
        self._past = [*self._past[1 - MAX_HISTORY :], self._drawing]
        self._future.clear()

    def _replace(self, drawing: Drawing) -> None:
        self._drawing = drawing
        self._schedule()
        self._place_marks()
        self._on_stroke_end(drawing)

    def _changed(self) -> None:
        self._schedule()
        self._place_marks()
        self._on_change(self._pen.drawing())

    # --- mouse and pen ----------------------------------------------------------------------------

    def _press(self, event: tk.Event) -> None:
        self.focus_set()
        if not self._enabled or self._button is not None:
            return
        self._end_stroke()  # one by keys
        self._place = self.place_of(event.x, event.y)
        self._button = event.num
        self._begin_stroke(self._place, self._tool if event.num == 1 else OPPOSITE[self._tool])

    def _move(self, event: tk.Event) -> None:
        if self._button is not None and not event.state & BUTTON_MASKS[self._button]:
            self._end_stroke()  # the release went elsewhere, to a dialog perhaps
        self._hovered = True
        if self._pen is not None and self._button is None:
            return  # drawn by keys; the mouse was only touched
        self._place = self.place_of(event.x, event.y)
        if self._pen is None:
            self._place_marks()
        else:
            self._extend(self._place)

    def _release(self, event: tk.Event) -> None:
        if event.num == self._button:
            self._end_stroke()
        self._place_marks()

    def _hover(self, event: tk.Event) -> None:
        self._hovered = True
        if self._pen is None:
            self._place = self.place_of(event.x, event.y)
        self._place_marks()

    def _leave(self) -> None:
        self._hovered = False
        self._place_marks()

    def _wheel(self, event: tk.Event) -> str:
        return self._change_radius(RADIUS_STEP if event.delta > 0 else -RADIUS_STEP)

    def _change_radius(self, change: float) -> str:
        radius = min(MAX_RADIUS, max(MIN_RADIUS, self._radius + change))
        if self._enabled and radius != self._radius:
            self.set_brush(radius, self._softness)
            self._on_brush(radius, self._softness)
        return "break"

    # --- keys -------------------------------------------------------------------------------------

    def _by_key(self, command: Callable[[], object]) -> str:
        if self._enabled:
            command()
        return "break"  # else the window would undo, too

    def _step(self, event: tk.Event, right: int, down: int) -> str:
        if self._enabled and self._button is None:
            step = FAR_KEY_STEP if event.state & SHIFT else KEY_STEP
            x, y = self._key_place()
            side = float(self._drawing.side)
            self._place = (
                min(side, max(0.0, x + right * step)),
                min(side, max(0.0, y + down * step)),
            )
            if self._pen is None:
                self._place_marks()
            else:
                self._extend(self._place)
        return "break"

    def _toggle_pen(self) -> None:
        if self._button is not None:
            return
        if self._pen is not None:
            self._end_stroke()
        else:
            self._place = self._key_place()
            self._begin_stroke(self._place, self._tool)

    def _key_place(self) -> Point:
        """Where the brush is, for keys; on the sheet, and in its middle at first."""
        side = float(self._drawing.side)
        x, y = self._place or (side / 2, side / 2)
        return min(side, max(0.0, x)), min(side, max(0.0, y))

    def _show_focus(self, focused: bool) -> None:
        self._focused = focused
        if focused:
            self._place = self._key_place()
        elif self._button is None:
            self._end_stroke()  # by keys, which now go elsewhere
        self.itemconfigure(self._ring, state="normal" if focused else "hidden")
        self._place_marks()

    # --- painting ---------------------------------------------------------------------------------

    def _on_theme(self, palette: Palette) -> None:
        self.configure(background=palette.background)
        self.itemconfigure(self._frame, outline=palette.border)
        self.itemconfigure(self._ring, outline=palette.accent)
        self.itemconfigure(self._brush_dot, fill="#ffffff")
        self._veil = None
        self._schedule()

    def _layout(self) -> None:
        width, height = self.winfo_width(), self.winfo_height()
        margin = self._theme.px(3)
        size = max(1, min(width, height) - 2 * margin)
        left, top = (width - size) // 2, (height - size) // 2
        self._box = left, top, size
        self.coords(self._sheet, left, top)
        self.coords(self._frame, left - 1, top - 1, left + size, top + size)
        self.coords(self._ring, left - 1, top - 1, left + size, top + size)
        self.coords(self._note, left + size // 2, top + size // 2)
        self.itemconfigure(self._note, width=max(1, size - self._theme.px(16)))
        self._veil = None
        self._place_marks()
        self._schedule()

    def _schedule(self) -> None:
        if self._pending is None:
            self._pending = self.after_idle(self._paint)

    def _paint(self) -> None:
        self._pending = None
        drawing = self.drawing
        size = self._box[2]
        blank = drawing.is_empty and not drawing.unknown().any() and not self.is_drawing
        self.itemconfigure(self._note, text=self._note_text if blank else "")
        fine = drawing.fine()
        fine = fine if drawing.in_colour else fine[None]
        picture = images.scaled(fine, size, size, smooth=True)
        if drawing.unknown().any():
            picture = self._veiled(picture.convert("RGB"), drawing.unknown())
        photo = self._photos.get(picture.mode)
        if photo is None or photo.width() != size:
            photo = ImageTk.PhotoImage(picture.mode, picture.size, master=self)
            self._photos[picture.mode] = photo
            self._shown_mode = ""
        photo.paste(picture)
        if picture.mode != self._shown_mode:
            self._shown_mode = picture.mode
            self.itemconfigure(self._sheet, image=photo)

    def _veiled(self, picture: Image.Image, unknown: np.ndarray) -> Image.Image:
        """The picture with what is unknown hatched."""
        if self._veil is None:
            self._veil = hatching(
                picture.width, self._theme.px(HATCH_PERIOD), rgb(self._theme.palette.accent)
            )
        colours, opacity = self._veil
        mask = images.scaled(np.uint8(255) * unknown[None], *picture.size, smooth=False)
        picture.paste(colours, mask=ImageChops.multiply(opacity, mask))
        return picture

    def _place_marks(self) -> None:
        """Draw the brush's outline where the brush is."""
        shown = self._enabled and self._place is not None and (self._hovered or self._focused)
        state = "normal" if shown else "hidden"
        for item in (*self._brush_marks, self._brush_dot):
            self.itemconfigure(item, state=state)
        if not shown:
            return
        x, y = self.pixel_of(self._place)
        reach = max(self._theme.px(3), self._radius * self._box[2] / self._drawing.side)
        dot = max(1, self._theme.px(1.5))
        dashed = self._tool in ("erase", "known")
        for item in self._brush_marks:
            self.coords(item, x - reach, y - reach, x + reach, y + reach)
        self.itemconfigure(self._brush_marks[-1], dash=(4, 3) if dashed else "")
        self.coords(self._brush_dot, x - dot, y - dot, x + dot, y + dot)


def hatching(
    size: int, period: int, colour: tuple[int, int, int]
) -> tuple[Image.Image, Image.Image]:
    """Stripes of a colour on grey, size x size: the colours (RGB), and how opaque they are (L)."""
    rows, columns = np.mgrid[:size, :size]
    stripe = (rows + columns) % period < max(1, period // 3)
    colours = np.where(stripe[..., None], np.uint8(colour), np.uint8(VEIL_GREY))
    opacity = np.where(stripe, np.uint8(255 * STRIPE_OPACITY), np.uint8(255 * VEIL_OPACITY))
    return Image.fromarray(colours, "RGB"), Image.fromarray(opacity, "L")
