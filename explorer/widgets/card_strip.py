"""A row of cards on one Canvas, as long as it has to be: clicked, walked, dragged and scrolled."""

from __future__ import annotations

import tkinter as tk
import tkinter.font as tkfont
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import ImageTk

from explorer import images
from explorer.theme import Palette, Theme, font

HEIGHT = 56  # pixels at 96 dpi, like all lengths here
CARD_WIDTH, CARD_HEIGHT = 138, 48
PICTURE = 40
INSET = 4  # from a card's edge to its picture
TEXT_GAP = 7  # from the picture to the texts
GAP = 6  # between cards: room for the insertion line
LINE_WIDTH = 3
RING_WIDTH = 2
END_WIDTH = 20  # of the arrows at the ends; a drag within them scrolls, too
DRAG_THRESHOLD = 6  # a hand that clicks trembles less
DRAG_SCROLL = 10  # a step of a drag at the end of the strip,
DRAG_SCROLL_MS = 30  # and the time between two: three cards a second
LONGEST_TEXT = 60  # characters that are looked at; far more than fit

X11_WHEEL_UP, X11_WHEEL_DOWN = 4, 5  # button numbers
WHEEL_NOTCH = 120  # units of event.delta on Windows; macOS reports small numbers


@dataclass(frozen=True)
class Card:
    """What a card shows. pixels: (C, H, W) uint8; note: a short text below the name, or none."""

    name: str
    note: str
    pixels: np.ndarray


@dataclass(frozen=True)
class _Drawn:
    """A card made ready for the screen."""

    photo: ImageTk.PhotoImage
    name: str
    note: str


@dataclass
class _Press:
    """A button held down on a card.

    start, now: the pointer; grip: how far it is from the card's left edge; lifted: it has become a
    drag.
    """

    index: int
    start: tuple[int, int]
    now: tuple[int, int]
    grip: int
    lifted: bool = False


class CardStrip(tk.Canvas):
    """Shows N cards in a row; only those in view are asked for and drawn.

    cards(indices): the cards of these places. on_activate(index): a click, or Return or space.
    on_move(index, to): a card was dragged, or moved by keys, and is to stand at `to` afterwards.
    on_menu(index, x, y): the context menu is wanted, at these pixels of the screen.
    on_hover(index or None): the pointer came to another card. on_cursor(index): the person had the
    keys act upon another card. card_width, gap: pixels at 96 dpi.

    A subclass may draw what lies between two cards, by `_paint_after`.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        *,
        cards: Callable[[Sequence[int]], Sequence[Card]],
        on_activate: Callable[[int], None],
        on_move: Callable[[int, int], None],
        on_menu: Callable[[int, int, int], None],
        on_hover: Callable[[int | None], None],
        on_cursor: Callable[[int], None] = lambda index: None,
        card_width: int = CARD_WIDTH,
        gap: int = GAP,
    ) -> None:
        super().__init__(
            parent,
            highlightthickness=0,
            borderwidth=0,
            takefocus=False,
            width=1,
            height=theme.px(HEIGHT),
        )
        self._theme = theme
        self._cards = cards
        self._on_activate = on_activate
        self._on_move = on_move
        self._on_menu = on_menu
        self._on_hover = on_hover
        self._on_cursor = on_cursor
        self._card_width = theme.px(card_width)
        self._gap = theme.px(gap)
        self._names: tuple[str, ...] = ()
        self._hint = ""
        self._drawn: dict[int, _Drawn] = {}
        self._offset = 0  # pixels of the row that are scrolled out at the left
        self._cursor = 0
        self._focused = False
        self._hovered: int | None = None
        self._hovered_end = 0
        self._pointer: tuple[int, int] | None = None
        self._press: _Press | None = None
        self._scrolling: str | None = None
        self._pending: str | None = None
        self._name_font = tkfont.Font(self, font=font(10))
        self._note_font = tkfont.Font(self, font=font(9))

        self.bind("<Configure>", lambda event: self._scroll_to(self._offset))
        # One binding for all buttons: a more specific one hides the press from the tooltip, which
        # goes away at it.
        self.bind("<ButtonPress>", self._any_button)
        self.bind("<B1-Motion>", self._dragged)
        self.bind("<ButtonRelease-1>", self._released)
        self.bind("<Menu>", self._menu_key)
        self.bind("<Shift-F10>", self._menu_key)
        # After a menu, a window manager may let the pointer leave and enter at every motion.
        for event in ("<Enter>", "<Motion>"):
            self.bind(event, lambda event: self._point_at((event.x, event.y)))
        self.bind("<Leave>", lambda event: self._point_at(None))
        self.bind("<FocusIn>", lambda event: self._focus(True))
        self.bind("<FocusOut>", lambda event: self._focus(False))
        self.bind("<MouseWheel>", self._wheel)
        self.bind("<Escape>", self._escape)
        self.bind("<Destroy>", lambda event: self._stop_timers())
        for key, place in (
            ("Left", lambda: self._cursor - 1),
            ("Right", lambda: self._cursor + 1),
            ("Home", lambda: 0),
            ("End", lambda: self.count - 1),
        ):
            self.bind(f"<{key}>", lambda event, place=place: self._walk(place()))
        for key, step in (("Left", -1), ("Right", 1)):
            self.bind(f"<Shift-{key}>", lambda event, step=step: self._move_cursor(step))
        for key in ("Return", "KP_Enter", "space"):
            self.bind(f"<{key}>", self._activate_cursor)
        theme.subscribe(self, self._on_theme)

    @property
    def count(self) -> int:
        """Number of cards."""
        return len(self._names)

    @property
    def captions(self) -> tuple[str, ...]:
        """The names of the cards, in full."""
        return self._names

    @property
    def cursor(self) -> int:
        """The card that the keys act upon."""
        return self._cursor

    @property
    def dragging(self) -> bool:
        """Whether a card is lifted."""
        return self._press is not None and self._press.lifted

    @property
    def visible(self) -> range:
        """The cards that are in view, also in part."""
        step = self._step()
        first = self._offset // step
        last = (self._offset + self.winfo_width() - 1) // step
        return range(min(first, self.count), min(last + 1, self.count))

    @property
    def more(self) -> tuple[bool, bool]:
        """Whether there are cards out of view at the left, and at the right."""
        return self._offset > 0, self._offset < self._longest_offset()

    def set_names(self, names: Sequence[str], hint: str) -> None:
        """Show other cards. hint: shown instead where there are none."""
        self._end_press()
        self._names = tuple(names)
        self._hint = hint
        self._drawn.clear()
        self.configure(takefocus=bool(names))  # nothing to walk through, nothing to stop at
        self._cursor = max(0, min(self._cursor, self.count - 1))
        self._scroll_to(self._offset)
        self._hovered = None
        self._on_hover(None)  # what was there may be another card now
        self._point_at(self._pointer)

    def set_cursor(self, index: int) -> None:
        """Let the keys act upon another card, and show it."""
        if 0 <= index < self.count:
            self._put_cursor(index)
            self.see(index)

    def _put_cursor(self, index: int) -> None:
        if index != self._cursor:
            self._cursor = index
            self._on_cursor(index)
            self._schedule()

    def see(self, index: int) -> None:
        """Scroll as little as it takes to show a card, clear of the buttons at the ends."""
        self._see(index * self._step(), index * self._step() + self._card_width)

    def _see(self, left: int, right: int) -> None:
        """Show what lies between two pixels of the row."""
        end = self._theme.px(END_WIDTH)
        self._scroll_to(min(max(self._offset, right + end - self.winfo_width()), left - end))

    def box_of(self, index: int) -> tuple[int, int, int, int]:
        """(left, top, right, bottom) of a card in pixels of this widget."""
        px = self._theme.px
        left = index * self._step() - self._offset
        top = (self.winfo_height() - px(CARD_HEIGHT)) // 2
        return left, top, left + self._card_width, top + px(CARD_HEIGHT)

    def index_at(self, x: int, y: int) -> int | None:
        """The card at a pixel, or None between the cards and on the buttons at the ends."""
        if self._end_at(x):
            return None
        index, rest = divmod(x + self._offset, self._step())
        inside = rest < self._card_width and 0 <= y < self.winfo_height()
        return index if inside and 0 <= index < self.count else None

    # ---- scrolling ---------------------------------------------------------------------------

    def _step(self) -> int:
        return self._card_width + self._gap

    @property
    def _text_width(self) -> int:
        """Room for the texts of a card, pixels."""
        px = self._theme.px
        return self._card_width - px(INSET) - px(PICTURE) - px(TEXT_GAP) - px(INSET)

    @property
    def _length(self) -> int:
        """Of the whole row, pixels."""
        return self.count * self._step() - self._gap

    def _longest_offset(self) -> int:
        return max(0, self._length - self.winfo_width())

    def _scroll_to(self, offset: int) -> None:
        self._offset = max(0, min(offset, self._longest_offset()))
        self._schedule()

    def _end_at(self, x: int) -> int:
        """-1 on the button at the left end, 1 at the right, else 0; also without its button."""
        width, end = self.winfo_width(), self._theme.px(END_WIDTH)
        left, right = self.more
        if left and x < end:
            return -1
        return 1 if right and x >= width - end else 0

    def _page(self, direction: int) -> None:
        """Scroll by what is in view, less one card, so that one sees where one was."""
        cards = max(1, self.winfo_width() // self._step() - 1)
        self._scroll_to(self._offset + direction * cards * self._step())
        self._point_at(self._pointer)

    def _wheel(self, event: tk.Event) -> str:
        if event.num in (X11_WHEEL_UP, X11_WHEEL_DOWN):
            notches = 1 if event.num == X11_WHEEL_UP else -1
        else:
            notches = event.delta / WHEEL_NOTCH if abs(event.delta) >= WHEEL_NOTCH else event.delta
        self._scroll_to(self._offset - round(notches * self._step()))
        self._point_at((event.x, event.y))
        return "break"

    # ---- the pointer -------------------------------------------------------------------------

    def _any_button(self, event: tk.Event) -> None:
        if event.num == 1:
            self._pressed(event)
        elif event.num == 3:
            self._menu(event)
        elif event.num in (X11_WHEEL_UP, X11_WHEEL_DOWN):
            self._wheel(event)

    def _pressed(self, event: tk.Event) -> None:
        index = self.index_at(event.x, event.y)
        if index is not None:
            self.focus_set()
            self._put_cursor(index)
            pointer = event.x, event.y
            self._press = _Press(index, pointer, pointer, event.x - self.box_of(index)[0])
            self._schedule()
            return
        if not self._focused:
            # Typing elsewhere ends; the strip itself would scroll back to its cursor.
            self.winfo_toplevel().focus_set()
        direction = self._end_at(event.x)
        if direction:
            self._page(direction)

    def _dragged(self, event: tk.Event) -> None:
        press = self._press
        if press is None:
            return
        press.now = (event.x, event.y)
        distance = max(abs(now - start) for now, start in zip(press.now, press.start, strict=True))
        if distance > self._theme.px(DRAG_THRESHOLD):
            press.lifted = True
        if press.lifted:
            self._schedule()
            if self._scrolling is None and self._end_at(event.x):
                self._scroll_while_dragged()

    def _scroll_while_dragged(self) -> None:
        direction = self._end_at(self._press.now[0])
        self._scrolling = None
        if direction:
            self._scroll_to(self._offset + direction * self._theme.px(DRAG_SCROLL))
            self._scrolling = self.after(DRAG_SCROLL_MS, self._scroll_while_dragged)

    def _released(self, event: tk.Event) -> None:
        press = self._press
        if press is None:
            return
        place = self._landing()
        self._end_press()
        if not press.lifted:
            self._on_activate(press.index)
        elif place is not None:
            self._move(press.index, place if place < press.index else place - 1)
        self._point_at((event.x, event.y))

    def _landing(self) -> int | None:
        """The card before which the lifted one would land, or None if it would stay in place.

        It stays, too, if it is dragged off the strip: who lets go there wants no other order.
        """
        press, height = self._press, self.winfo_height()
        if not press.lifted or not -height <= press.now[1] < 2 * height:
            return None
        x = press.now[0] + self._offset
        place = round((x + self._gap / 2) / self._step())
        place = max(0, min(place, self.count))
        return None if place in (press.index, press.index + 1) else place

    def _end_press(self) -> None:
        self._press = None
        self._stop_timers()
        self._schedule()

    def _stop_timers(self) -> None:
        for timer in (self._scrolling, self._pending):
            if timer is not None:
                self.after_cancel(timer)
        self._scrolling = self._pending = None

    def _point_at(self, pointer: tuple[int, int] | None) -> None:
        self._pointer = pointer
        index = None if pointer is None else self.index_at(*pointer)
        end = 0 if pointer is None else self._end_at(pointer[0])
        if (index, end) != (self._hovered, self._hovered_end):
            self._hovered, self._hovered_end = index, end
            self._on_hover(index)
            self._schedule()

    def _menu(self, event: tk.Event) -> None:
        self._end_press()
        index = self.index_at(event.x, event.y)
        if index is not None:
            self.focus_set()
            self.set_cursor(index)
            self._on_menu(index, event.x_root, event.y_root)

    # ---- the keys ----------------------------------------------------------------------------

    def _menu_key(self, event: tk.Event) -> str:
        if self.count:
            self.see(self._cursor)
            left, _, _, bottom = self.box_of(self._cursor)
            self._on_menu(self._cursor, self.winfo_rootx() + left, self.winfo_rooty() + bottom)
        return "break"  # else Tk opens the first menu of the bar, too

    def _walk(self, index: int) -> str:
        self.set_cursor(index)
        return "break"

    def _move_cursor(self, step: int) -> str:
        to = self._cursor + step
        if self.count and 0 <= to < self.count:
            self._move(self._cursor, to)
        return "break"

    def _move(self, index: int, to: int) -> None:
        self._on_move(index, to)
        self.set_cursor(to)

    def _activate_cursor(self, event: tk.Event) -> str:
        if self.count:
            self._on_activate(self._cursor)
        return "break"

    def _escape(self, event: tk.Event) -> str | None:
        if not self.dragging:
            return None
        self._end_press()
        return "break"

    def _focus(self, focused: bool) -> None:
        self._focused = focused
        if focused and self.count:
            self.see(self._cursor)
        self._schedule()

    # ---- drawing -----------------------------------------------------------------------------

    def _schedule(self) -> None:
        if self._pending is None:
            self._pending = self.after_idle(self._paint)

    def _paint(self) -> None:
        self._pending = None
        self.delete("all")
        if not self.count:
            self.create_text(
                0,
                self.winfo_height() // 2,
                anchor="w",
                text=self._hint,
                fill=self._theme.palette.muted,
                font=self._name_font,
            )
            return
        if self.winfo_width() < 2:
            return
        self._draw_ahead(self.visible)
        lifted = self._press.index if self.dragging else None
        for index in self.visible:
            self._paint_after(index, self.box_of(index))
            if index == lifted:
                self._paint_gap(self.box_of(index))
            else:
                ringed = self._focused and index == self._cursor
                self._paint_card(index, self.box_of(index))
                if ringed:
                    self._paint_ring(self.box_of(index))
        if lifted is not None:
            self._paint_drag(lifted)
        self._paint_ends()

    def _draw_ahead(self, indices: Sequence[int]) -> None:
        """Make ready what is not yet, together: one decode for all."""
        missing = [index for index in indices if index not in self._drawn]
        if not missing:
            return
        px, room = self._theme.px, self._text_width
        for index, card in zip(missing, self._cards(missing), strict=True):
            size = images.fit(card.pixels.shape, px(PICTURE), px(PICTURE))
            picture = images.scaled(card.pixels, *size, smooth=True)
            self._drawn[index] = _Drawn(
                ImageTk.PhotoImage(picture, master=self),
                _fitted(card.name, self._name_font, room),
                _fitted(card.note, self._note_font, room),
            )

    def _paint_after(self, index: int, box: tuple[int, int, int, int]) -> None:
        """Draw between a card, which is in this box, and the next one; here nothing."""

    def _paint_gap(self, box: tuple[int, int, int, int]) -> None:
        """Where the lifted card is from."""
        left, top, right, bottom = box
        self.create_rectangle(
            left, top, right - 1, bottom - 1, outline=self._theme.palette.border, dash=3
        )

    def _paint_card(self, index: int, box: tuple[int, int, int, int]) -> None:
        px, palette = self._theme.px, self._theme.palette
        left, top, right, bottom = box
        dragged = self.dragging and index == self._press.index
        outlined = dragged or (self._press is None and index == self._hovered)
        self.create_rectangle(
            left,
            top,
            right - 1,
            bottom - 1,
            fill=palette.surface,
            outline=palette.muted if outlined else palette.surface,
        )
        drawn = self._drawn[index]
        middle = (top + bottom) // 2
        self.create_image(left + px(INSET) + px(PICTURE) // 2, middle, image=drawn.photo)
        x = left + px(INSET) + px(PICTURE) + px(TEXT_GAP)
        rise = px(9) if drawn.note else 0
        self.create_text(
            x,
            middle - rise,
            anchor="w",
            text=drawn.name,
            fill=palette.foreground,
            font=self._name_font,
        )
        self.create_text(
            x,
            middle + rise,
            anchor="w",
            text=drawn.note,
            fill=palette.muted,
            font=self._note_font,
        )

    def _paint_ring(self, box: tuple[int, int, int, int]) -> None:
        width = self._theme.px(RING_WIDTH)
        left, top, right, bottom = box
        near, far = width // 2, width - width // 2
        self.create_rectangle(
            left + near,
            top + near,
            right - far,
            bottom - far,
            width=width,
            outline=self._theme.palette.accent,
        )

    def _paint_drag(self, index: int) -> None:
        """The lifted card, and across it a line where it would land."""
        px, press = self._theme.px, self._press
        left, (_, top, _, bottom) = press.now[0] - press.grip, self.box_of(index)
        self._paint_card(index, (left, top, left + self._card_width, bottom))
        place = self._landing()
        if place is not None:
            x = self.box_of(place)[0] - self._gap / 2
            # At the ends half of the line would be cut off.
            x = max(px(LINE_WIDTH) / 2, min(x, self.winfo_width() - px(LINE_WIDTH) / 2))
            accent = self._theme.palette.accent
            self.create_line(x, 0, x, self.winfo_height(), width=px(LINE_WIDTH), fill=accent)

    def _paint_ends(self) -> None:
        """An arrow at each end that hides something."""
        px, palette = self._theme.px, self._theme.palette
        end, middle = px(END_WIDTH), self.winfo_height() // 2
        for direction, there in zip((-1, 1), self.more, strict=True):
            if there:
                left = 0 if direction < 0 else self.winfo_width() - end
                self.create_rectangle(
                    left, 0, left + end, self.winfo_height(), fill=palette.background, width=0
                )
                tip, back = (left + end // 2 + direction * px(side) for side in (3, -2))
                rise = px(6)
                self.create_line(
                    *((back, middle - rise), (tip, middle), (back, middle + rise)),
                    width=px(2),
                    fill=palette.accent if self._hovered_end == direction else palette.muted,
                )

    def _on_theme(self, palette: Palette) -> None:
        self.configure(background=palette.background)
        self._schedule()


def _fitted(text: str, font_: tkfont.Font, width: int) -> str:
    """A text on one line, cut to a width in pixels."""
    line = " ".join(text[:LONGEST_TEXT].split())
    cut = line
    while len(line) > 1 and font_.measure(cut) > width:
        line = line[:-1].rstrip()
        cut = line + "…"
    return cut
