"""A lens on the large picture: the pixel under the pointer, its editing, and the context menu."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

import numpy as np

from explorer.theme import Palette, Theme
from explorer.widgets.digit_view import DigitView

# Bits of a mouse event's state. Many desktops move the window at Alt+drag, so Control does, too.
ALT_MASKS = {"x11": 0x8, "win32": 0x20000, "aqua": 0x10}
CONTROL = 0x4
FULL_RANGE_DRAG = 150  # pixels at 96 dpi that the pointer moves to turn black into white
KEY_PAUSE_MS = 600  # longer than a held key's first delay on common desktops
KEY_CHANGE = 0.1  # image units, which range from -1 to 1, that + and - change a pixel by

Pixel = tuple[int, int]  # row, column


class DigitLens(DigitView):
    """The picture of the current point, whose pixels are asked and edited.

    on_probe(pixel): the pointer, or the keyboard's cursor, is on another pixel, or on none (None).
    on_edit(pixel, target): the pixel is to become so bright, -1 to 1; once or more between
    on_edit_start() and on_edit_end(). on_menu(x, y): the context menu is asked for, at a point of
    the screen.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        *,
        on_probe: Callable[[Pixel | None], None],
        on_edit_start: Callable[[], None],
        on_edit: Callable[[Pixel, float], None],
        on_edit_end: Callable[[], None],
        on_menu: Callable[[int, int], None],
    ) -> None:
        self._probe: Pixel | None = None
        self._edited: Pixel | None = None
        self._key_pause: str | None = None
        self._edit_start = 0, 0.0  # where the drag began: y, and the pixel's brightness
        super().__init__(parent, theme)
        self.configure(takefocus=True)
        self._on_probe = on_probe
        self._on_edit_start = on_edit_start
        self._on_edit = on_edit
        self._on_edit_end = on_edit_end
        self._on_menu = on_menu
        self._edit_keys = ALT_MASKS[self.tk.call("tk", "windowingsystem")] | CONTROL
        self._ring = self.create_rectangle(0, 0, 0, 0, width=theme.px(2), state="hidden")
        # Black around white, to be seen on any pixel.
        self._probe_marks = [
            self.create_rectangle(0, 0, 0, 0, width=theme.px(width), outline=colour, state="hidden")
            for width, colour in ((3, "#000000"), (1.5, "#ffffff"))
        ]

        self.bind("<Motion>", lambda event: self._point_at(self.pixel_at(event.x, event.y)))
        self.bind("<Leave>", lambda event: self._leave())
        self.bind("<ButtonPress-1>", self._press)
        self.bind("<B1-Motion>", self._drag)
        self.bind("<ButtonRelease-1>", lambda event: self._release())
        self.bind("<Button-3>", lambda event: self._on_menu(event.x_root, event.y_root))
        self.bind("<Menu>", lambda event: self._menu_key())
        self.bind("<Shift-F10>", lambda event: self._menu_key())
        self.bind("<FocusIn>", lambda event: self._show_focus(True))
        self.bind("<FocusOut>", lambda event: self._show_focus(False))
        for key, rows, columns in (
            ("Left", 0, -1),
            ("Right", 0, 1),
            ("Up", -1, 0),
            ("Down", 1, 0),
        ):
            self.bind(f"<{key}>", lambda event, dy=rows, dx=columns: self._walk(dy, dx))
        for keys, change in (
            (("plus", "equal", "KP_Add"), KEY_CHANGE),
            (("minus", "KP_Subtract"), -KEY_CHANGE),
        ):
            for key in keys:
                self.bind(f"<{key}>", lambda event, change=change: self._edit_by_key(change))
        theme.subscribe(self, self._colour_ring)

    @property
    def probe(self) -> Pixel | None:
        """The pixel under the pointer or the keyboard's cursor."""
        return self._probe

    def show_message(self, text: str) -> None:
        """Show a text instead of a picture, for example while the model loads."""
        self._forget_pixels()
        super().show_message(text)

    def show(self, pixels: np.ndarray, influence: np.ndarray | None = None) -> None:
        """See `DigitView.show`."""
        if self._pixels is not None and self._pixels.shape != pixels.shape:
            self._forget_pixels()
        super().show(pixels, influence)

    def pixel_at(self, x: int, y: int) -> Pixel | None:
        """The pixel of the image at a pixel of this widget, or None beside it."""
        if self._pixels is None:
            return None
        left, top = self._corner
        _, rows, columns = self._pixels.shape
        column = (x - left) * columns // self._box[0]
        row = (y - top) * rows // self._box[1]
        return (row, column) if 0 <= row < rows and 0 <= column < columns else None

    def box_of(self, pixel: Pixel) -> tuple[float, float, float, float]:
        """(left, top, right, bottom) of a pixel of the image in pixels of this widget."""
        _, rows, columns = self._pixels.shape
        (left, top), (width, height) = self._corner, self._box
        row, column = pixel
        return (
            *(left + column * width / columns, top + row * height / rows),
            *(left + (column + 1) * width / columns, top + (row + 1) * height / rows),
        )

    def _brightness(self, pixel: Pixel) -> float:
        """How bright a pixel is shown, -1 to 1."""
        row, column = pixel
        return float(self._pixels[:, row, column].mean()) / 127.5 - 1.0

    def _point_at(self, pixel: Pixel | None) -> None:
        if pixel == self._probe:
            return
        self._end_key_edit()
        self._probe = pixel
        self._place_probe()
        self._on_probe(pixel)

    def _forget_pixels(self) -> None:
        """Leave the pixels of an image that is gone."""
        self._release()
        self._point_at(None)

    def _leave(self) -> None:
        # The keyboard's cursor stays. Not focus_get(): it raises for the copy of a menu.
        if self._edited is None and str(self.tk.call("focus")) != str(self):
            self._point_at(None)

    def _walk(self, rows: int, columns: int) -> str:
        if self._pixels is not None:
            _, height, width = self._pixels.shape
            row, column = self._probe or (height // 2, width // 2)
            if self._probe is not None:
                row = min(height - 1, max(0, row + rows))
                column = min(width - 1, max(0, column + columns))
            self._point_at((row, column))
        return "break"

    def _press(self, event: tk.Event) -> None:
        self._end_key_edit()
        self.focus_set()
        pixel = self.pixel_at(event.x, event.y)
        self._point_at(pixel)
        if event.state & self._edit_keys and pixel is not None:
            self._edited = pixel
            self._edit_start = event.y, self._brightness(pixel)
            self.configure(cursor="sb_v_double_arrow")
            self._on_edit_start()

    def _drag(self, event: tk.Event) -> None:
        if self._edited is None:
            self._point_at(self.pixel_at(event.x, event.y))
            return
        y, brightness = self._edit_start
        change = 2.0 * (y - event.y) / self._theme.px(FULL_RANGE_DRAG)
        self._on_edit(self._edited, min(1.0, max(-1.0, brightness + change)))

    def _release(self) -> None:
        if self._edited is not None:
            self._edited = None
            self.configure(cursor="")
            self._on_edit_end()

    def _edit_by_key(self, change: float) -> str:
        """Change the pixel under the cursor; keys in quick succession are one edit."""
        if self._probe is not None and self._edited is None:
            target = min(1.0, max(-1.0, self._brightness(self._probe) + change))
            if self._key_pause is None:
                self._on_edit_start()
            else:
                self.after_cancel(self._key_pause)
            self._on_edit(self._probe, target)
            self._key_pause = self.after(KEY_PAUSE_MS, self._end_key_edit)
        return "break"

    def _end_key_edit(self) -> None:
        if self._key_pause is not None:
            self.after_cancel(self._key_pause)
            self._key_pause = None
            self._on_edit_end()

    def destroy(self) -> None:
        """Leave no timer behind."""
        if self._key_pause is not None:
            self.after_cancel(self._key_pause)
            self._key_pause = None
        super().destroy()

    def _menu_key(self) -> str:
        left, top = self._corner
        self._on_menu(self.winfo_rootx() + left, self.winfo_rooty() + top)
        return "break"  # else Tk opens the first menu of the bar, too

    def _show_focus(self, focused: bool) -> None:
        self.itemconfigure(self._ring, state="normal" if focused else "hidden")
        if not focused:
            self._point_at(None)

    def _colour_ring(self, palette: Palette) -> None:
        self.itemconfigure(self._ring, outline=palette.accent)

    def _place_probe(self) -> None:
        for item in self._probe_marks:
            self.itemconfigure(item, state="hidden" if self._probe is None else "normal")
            if self._probe is not None:
                self.coords(item, *self.box_of(self._probe))

    def _layout(self) -> None:
        super()._layout()
        self.coords(self._ring, *self.coords(self._frame))
        self._place_probe()
