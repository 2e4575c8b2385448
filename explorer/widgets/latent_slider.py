"""One latent number: its name and use, a track with a thumb, its value and its lock, on one Canvas.

A themed `ttk.Scale` takes 1 to 2.4 ms for a step and moves by 1.0 with the arrow keys; here a step
moves three Canvas items.
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

from explorer.state import DECIMALS
from explorer.theme import Entry, Palette, Theme, font
from vae.latent import parse_number

LOW, HIGH = -4.0, 4.0  # prior standard deviations; 99.99 % of the prior lies inside
STEP = 0.05
BIG_STEP = 0.5
X11_WHEEL_UP, X11_WHEEL_DOWN = 4, 5  # button numbers
SHIFT_MASK = 0x0001
WHEEL_NOTCH = 120  # units of event.delta on Windows; macOS reports small numbers

NAME_WIDTH = 58  # pixels at 96 dpi, like all lengths here; "2.82 nats" below the name
VALUE_WIDTH = 58
EDIT_WIDTH = 92  # six decimals, which the field shows rounded
LOCK_WIDTH = 20
HEIGHT = 38
TRACK_HEIGHT = 24
THUMB_WIDTH = 6
BAND_GAP, BAND_HEIGHT = 2, 3  # below the track
ARROW_LENGTH = 30  # of the strongest influence
LEAST_ARROW = 0.06  # of the strongest influence; a shorter arrow is all head and no length
CAP_REACH = 4  # of an error bar's caps above and below it, on the track's upper edge
BAR_WIDTH = 2


class LatentSlider(tk.Canvas):
    """A slider for one number; it shows a value and asks for another, and owns no state.

    on_press(), on_change(value) once or more, on_release(): a drag, or a typed value.
    on_step(step): an arrow key or a notch of the wheel. on_zero(): a double click, whose first half
    was a press and a release. on_error(message): a typed value can't be used; an empty message
    when that is mended.

    on_lock(): the lock was clicked. on_attend(): the pointer or the focus came or left.

    A value outside [LOW, HIGH] is shown at the end of the track with an arrow mark. In more height
    than it asks for, the track is taller. name_width: room for the name, pixels at 96 dpi.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        name: str,
        *,
        on_change: Callable[[float], None],
        on_step: Callable[[float], None],
        on_zero: Callable[[], None],
        on_press: Callable[[], None],
        on_release: Callable[[], None],
        on_error: Callable[[str], None],
        on_lock: Callable[[], None],
        on_attend: Callable[[], None],
        name_width: int = NAME_WIDTH,
    ) -> None:
        super().__init__(
            parent,
            height=theme.px(HEIGHT),
            width=theme.px(200),
            highlightthickness=0,
            borderwidth=0,
            takefocus=True,
        )
        self._theme = theme
        self._name_width = name_width
        self._on_change = on_change
        self._on_step = on_step
        self._on_zero = on_zero
        self._on_press = on_press
        self._on_release = on_release
        self._on_error = on_error
        self._on_lock = on_lock
        self._on_attend = on_attend
        self._value = 0.0
        self._enabled = True
        self._locked = False
        self._lockable = True
        self._dead = False
        self._warned = False
        self._band: tuple[float, float] | None = None
        self._posterior: tuple[float, float] | None = None
        self._arrow_share = 0.0
        self._hovered = self._focused = False
        self._clicked = False  # whether the focus came by the mouse, and no key has followed
        self._dragging = False
        self._beyond_end = 0
        self._entry: Entry | None = None
        self._opened_with = ""
        self._was_wrong = False

        self._ring = self.create_rectangle(0, 0, 0, 0, width=theme.px(2), state="hidden")
        self._name = self.create_text(0, 0, anchor="w", text=name, font=font(10))
        self._use = self.create_text(0, 0, anchor="w", font=font(8))
        self._use_text = ""
        self._track = self.create_rectangle(0, 0, 0, 0, width=1)
        self._strip = self.create_image(0, 0, anchor="nw", state="hidden")
        self._fill = self.create_rectangle(0, 0, 0, 0, width=0)
        self._zero = self.create_line(0, 0, 0, 0, width=1)
        self._thumb = self.create_rectangle(0, 0, 0, 0, width=1)
        self._beyond = self.create_polygon(0, 0, 0, 0, 0, 0, state="hidden")
        self._wide_band = self.create_line(0, 0, 0, 0, width=1, state="hidden")
        self._narrow_band = self.create_rectangle(0, 0, 0, 0, width=0, state="hidden")
        self._bar = self.create_polygon(0, 0, 0, 0, 0, 0, width=1, state="hidden")
        # Twice, so that it stands out from bright and dark images alike.
        self._arrow_edge = self.create_line(0, 0, 0, 0, state="hidden")
        self._arrow = self.create_line(0, 0, 0, 0, state="hidden")
        self._field = self.create_rectangle(0, 0, 0, 0, width=1, tags="field")
        self._text = self.create_text(0, 0, anchor="e", text="0.00", font=font(10), tags="field")
        self._lock_area = self.create_rectangle(0, 0, 0, 0, width=0, tags="lock")
        self._shackle = self.create_line(0, 0, 0, 0, tags="lock", width=theme.px(1.5))
        self._lock_body = self.create_rectangle(0, 0, 0, 0, tags="lock", width=theme.px(1.5))

        self.bind("<Configure>", lambda event: self._layout())
        self.bind("<ButtonPress-1>", self._press)
        self.bind("<B1-Motion>", self._drag)
        self.bind("<ButtonRelease-1>", self._release)
        self.bind("<Double-Button-1>", self._double)
        for key, step in (("Left", -STEP), ("Down", -STEP), ("Right", STEP), ("Up", STEP)):
            big = BIG_STEP if step > 0 else -BIG_STEP
            self.bind(f"<{key}>", lambda event, step=step: self._key(step))
            self.bind(f"<Shift-{key}>", lambda event, step=big: self._key(step))
        self.bind("<Return>", lambda event: self.edit())
        self.bind("<KP_Enter>", lambda event: self.edit())
        self.bind("<MouseWheel>", self._wheel)
        self.bind(f"<Button-{X11_WHEEL_UP}>", self._wheel)
        self.bind(f"<Button-{X11_WHEEL_DOWN}>", self._wheel)
        self.bind("<Enter>", lambda event: self._attend(hovered=True))
        self.bind("<Leave>", lambda event: self._leave())
        self.bind("<FocusIn>", lambda event: self._attend(focused=True))
        self.bind("<FocusOut>", lambda event: self._attend(focused=False))
        self.tag_bind("field", "<Enter>", lambda event: self.configure(cursor="xterm"))
        self.tag_bind("field", "<Leave>", lambda event: self.configure(cursor=""))
        self.tag_bind("lock", "<Enter>", lambda event: self.configure(cursor="hand2"))
        self.tag_bind("lock", "<Leave>", lambda event: self.configure(cursor=""))
        theme.subscribe(self, self._on_theme)

    @property
    def value(self) -> float:
        """The shown value, prior standard deviations."""
        return self._value

    def set(self, value: float) -> None:
        """Show another value, without telling anybody."""
        if value == self._value:
            return
        self._value = value
        if self._entry is not None and not self._dragging:
            # What was being typed belonged to the value before.
            self._close_entry(self._entry, refocus=False)
        self._place_thumb()

    def set_enabled(self, enabled: bool) -> None:
        """Take part, or be greyed out and ignore the mouse and the keyboard."""
        self._enabled = enabled
        self.configure(takefocus=enabled)
        self._on_theme(self._theme.palette)

    @property
    def hovered(self) -> bool:
        """Whether the pointer is over it."""
        return self._hovered

    @property
    def locked(self) -> bool:
        """Whether the lock is shown closed."""
        return self._locked

    def set_name(self, name: str, use: str, dead: bool = False, warned: bool = False) -> None:
        """Name what is moved, and say below it how much the model uses it.

        dead: it is not used; the name is greyed. warned: what stands below is a warning.
        """
        self.itemconfigure(self._name, text=name)
        self._use_text = use
        if (dead, warned) != (self._dead, self._warned):
            self._dead, self._warned = dead, warned
            self._on_theme(self._theme.palette)
        self._show_below()
        self._place_name()

    def set_band(self, band: tuple[float, float] | None) -> None:
        """Draw where the data lie: (mean, standard deviation) along this slider, or None."""
        self._band = band
        self._place_band()

    def set_posterior(self, posterior: tuple[float, float] | None) -> None:
        """Draw an error bar: (mean, standard deviation) of an encoder's answer, or None.

        The deviation is written below the name, too, in place of the use.
        """
        if posterior != self._posterior:
            self._posterior = posterior
            self._show_below()
            self._place_bar()
            self._place_name()

    def set_lock(self, locked: bool, lockable: bool = True) -> None:
        """Show the lock closed or open, or no lock at all."""
        if (locked, lockable) == (self._locked, self._lockable):
            return
        self._locked, self._lockable = locked, lockable
        self.itemconfigure("lock", state="normal" if lockable else "hidden")
        self._on_theme(self._theme.palette)
        self._place_lock()

    def set_arrow(self, share: float) -> None:
        """Point to where something grows; 0 shows nothing.

        share: -1 to 1, the influence of this value in relation to the strongest of all.
        """
        share = share if abs(share) >= LEAST_ARROW else 0.0
        if share != self._arrow_share:
            self._arrow_share = share
            self._place_arrow()

    def let_go(self) -> None:
        """End a drag, without telling anybody: the value stands for something else from now on."""
        self._dragging = False

    def set_strip(self, image: tk.PhotoImage | None) -> None:
        """Paint a picture of `track_box`'s size into the track, or take it away."""
        painted = image is not None
        self.itemconfigure(self._strip, image=image or "", state="normal" if painted else "hidden")
        # Pictures say more than a bar, which would cover their feet.
        self.itemconfigure(self._fill, state="hidden" if painted else "normal")

    @property
    def track_box(self) -> tuple[int, int, int, int]:
        """(left, top, width, height) of the track, in pixels of this widget."""
        px = self._theme.px
        left = px(self._name_width + 8)
        taken = left + px(VALUE_WIDTH + LOCK_WIDTH + 14)
        width = max(px(THUMB_WIDTH) + 2, self.winfo_width() - taken)
        # Room for the thumb's overhang above and the band below.
        height = px(TRACK_HEIGHT) + max(0, self.winfo_height() - px(HEIGHT))
        top = (self.winfo_height() - height - px(BAND_GAP)) // 2
        return left, top, width, height

    def value_at(self, x: float) -> float:
        """The value that a thumb centred at pixel x would mean, within [LOW, HIGH]."""
        left, _, width, _ = self.track_box
        half = self._theme.px(THUMB_WIDTH) / 2
        share = (x - left - half) / max(1.0, width - 2 * half)
        return LOW + (HIGH - LOW) * min(1.0, max(0.0, share))

    def x_of(self, value: float) -> float:
        """The pixel at which the thumb of a value is centred; the ends for values outside."""
        left, _, width, _ = self.track_box
        half = self._theme.px(THUMB_WIDTH) / 2
        share = (min(HIGH, max(LOW, value)) - LOW) / (HIGH - LOW)
        return left + half + share * (width - 2 * half)

    def edit(self) -> None:
        """Open the value as a text field; Return takes it over, Escape leaves it as it was."""
        if not self._enabled or self._entry is not None:
            return
        _, y0, x1, y1 = self.coords(self._field)
        entry = Entry(self, justify="right", font=font(10))
        self._opened_with = _exact(self._value)
        entry.insert(0, self._opened_with)
        room = self._theme.px(EDIT_WIDTH)
        entry.place(x=x1 - room, y=y0 - 2, width=room, height=y1 - y0 + 4)
        entry.selection_range(0, "end")
        entry.bind("<Return>", lambda event: self._commit(entry))
        entry.bind("<KP_Enter>", lambda event: self._commit(entry))
        entry.bind("<Escape>", lambda event: self._close_entry(entry, refocus=True))
        entry.bind("<FocusOut>", lambda event: self._commit(entry, refocus=False))
        self._entry = entry
        entry.focus_set()

    def _commit(self, entry: Entry, refocus: bool = True) -> str:
        if self._entry is entry:
            text = entry.get()
            self._close_entry(entry, refocus)
            if text == self._opened_with:
                return "break"
            try:
                value = parse_number(text)
            except ValueError as error:
                self._was_wrong = True
                self._on_error(str(error))
            else:
                if self._was_wrong:
                    self._was_wrong = False
                    self._on_error("")
                self._on_press()
                self._on_change(value)
                self._on_release()
        return "break"

    def _close_entry(self, entry: Entry, refocus: bool) -> str:
        self._entry = None
        if refocus:
            self.focus_set()
        entry.destroy()
        return "break"

    def _press(self, event: tk.Event) -> None:
        if not self._enabled:
            return
        tags = self.gettags(self._item_at(event))
        if "field" in tags:
            self.edit()
            return
        self._attend(clicked=True)
        self.focus_set()
        if "lock" in tags:
            self._toggle_lock()
        elif self._on_track(event.x):
            self._dragging = True
            self._on_press()
            self._on_change(self.value_at(event.x))

    def _on_track(self, x: int) -> bool:
        """Whether a pixel is on the track; a thumb's width beyond it, the end is still meant."""
        left, _, width, _ = self.track_box
        slack = self._theme.px(THUMB_WIDTH)
        return left - slack <= x <= left + width + slack

    def _item_at(self, event: tk.Event) -> int:
        items = self.find_overlapping(event.x, event.y, event.x, event.y)
        return items[-1] if items else self._name

    def _toggle_lock(self) -> None:
        if self._enabled and self._lockable:
            self._on_lock()

    def _drag(self, event: tk.Event) -> None:
        if self._dragging:
            self._on_change(self.value_at(event.x))

    def _release(self, event: tk.Event) -> None:
        if self._dragging:
            self._dragging = False
            self._on_release()
        if not self._hovered:
            self._give_focus_back()

    def _leave(self) -> None:
        self._attend(hovered=False)
        if not self._dragging:
            self._give_focus_back()

    def _give_focus_back(self) -> None:
        """After use by the mouse alone: keys, and what the slider shows, go with the hand."""
        if self._clicked:
            self.winfo_toplevel().focus_set()

    def _double(self, event: tk.Event) -> None:
        tags = self.gettags(self._item_at(event))
        if self._enabled and "lock" in tags:
            self._toggle_lock()  # the second click of two is a click, too
        elif self._enabled and "field" not in tags and self._on_track(event.x):
            self._dragging = False
            self._on_zero()

    def _key(self, step: float) -> str:
        self._attend(clicked=False)
        return self._nudge(step)

    def _nudge(self, step: float) -> str:
        if self._enabled:
            self._on_step(step)
        return "break"

    def _wheel(self, event: tk.Event) -> str:
        if event.num in (X11_WHEEL_UP, X11_WHEEL_DOWN):
            notches = 1 if event.num == X11_WHEEL_UP else -1
        else:
            notches = event.delta / WHEEL_NOTCH if abs(event.delta) >= WHEEL_NOTCH else event.delta
        return self._nudge(notches * (BIG_STEP if event.state & SHIFT_MASK else STEP))

    def _attend(
        self,
        *,
        hovered: bool | None = None,
        focused: bool | None = None,
        clicked: bool | None = None,
    ) -> None:
        before = self._hovered, self._focused, self._clicked
        self._hovered = self._hovered if hovered is None else hovered
        self._focused = self._focused if focused is None else focused
        self._clicked = (self._clicked if clicked is None else clicked) and focused is not False
        self.itemconfigure(self._ring, state="normal" if self._focused else "hidden")
        if (self._hovered, self._focused, self._clicked) != before:
            self._on_attend()

    def _on_theme(self, palette: Palette) -> None:
        text = palette.foreground if self._enabled else palette.border
        # Grey, but to be read: it still can be moved.
        name = palette.muted if self._dead and self._enabled else text
        self.configure(background=palette.background)
        self.itemconfigure(self._ring, outline=palette.accent)
        self.itemconfigure(self._name, fill=name)
        self._show_below()
        self.itemconfigure(self._track, fill=palette.surface, outline=palette.border)
        self.itemconfigure(self._zero, fill=palette.muted)
        accent = palette.accent if self._enabled else palette.border
        self.itemconfigure(self._fill, fill=accent)
        self.itemconfigure(self._thumb, fill=accent, outline=palette.background)
        self.itemconfigure(self._beyond, fill=palette.warning)
        self.itemconfigure(self._field, fill=palette.background, outline=palette.border)
        self.itemconfigure(self._text, fill=text)
        self.itemconfigure(self._wide_band, fill=palette.muted)
        self.itemconfigure(self._narrow_band, fill=palette.muted)
        # The pictures in the track are dark in every theme, with bright ink.
        dark, bright = palette.foreground, palette.background
        if palette.dark:
            dark, bright = bright, dark
        self.itemconfigure(self._bar, fill=bright, outline=dark)
        self.itemconfigure(self._arrow_edge, fill=palette.background)
        self.itemconfigure(self._arrow, fill=palette.increase)
        self.itemconfigure(self._lock_area, fill=palette.background)
        lock = palette.accent if self._locked else palette.border
        self.itemconfigure(self._shackle, fill=lock)
        body = lock if self._locked else palette.background
        self.itemconfigure(self._lock_body, outline=lock, fill=body)

    def _layout(self) -> None:
        px = self._theme.px
        width, height = self.winfo_width(), self.winfo_height()
        left, top, track_width, track_height = self.track_box
        self.coords(self._ring, 1, 1, width - 2, height - 2)
        self._place_name()
        self.coords(self._track, left, top, left + track_width, top + track_height)
        self.coords(self._strip, left, top)
        zero = self.x_of(0.0)
        self.coords(self._zero, zero, top + px(3), zero, top + track_height - px(2))
        x1 = width - px(LOCK_WIDTH + 6)
        self.coords(self._field, x1 - px(VALUE_WIDTH), top, x1, top + track_height)
        self.coords(self._text, x1 - px(6), top + track_height / 2)
        self._place_lock()
        self._place_band()
        self._place_bar()
        self._place_thumb()

    def _place_thumb(self) -> None:
        _, top, _, height = self.track_box
        px = self._theme.px
        x, half = self.x_of(self._value), px(THUMB_WIDTH) / 2
        overhang = px(3)
        self.coords(self._thumb, x - half, top - overhang, x + half, top + height + overhang)
        bar = px(3)
        self.coords(self._fill, self.x_of(0.0), top + height - bar, x, top + height)
        self.itemconfigure(self._text, text=_shown(self._value))
        if self._arrow_share:
            self._place_arrow()
        self._mark_beyond((self._value > HIGH) - (self._value < LOW))

    def _show_below(self) -> None:
        """Write below the name how much it is used; or, of an error bar, how far that reaches."""
        palette = self._theme.palette
        text, colour = self._use_text, palette.warning if self._warned else palette.muted
        if self._posterior is not None:
            text, colour = f"± {_shown(self._posterior[1])}", palette.accent
        self.itemconfigure(self._use, text=text, fill=colour if self._enabled else palette.border)

    def _place_name(self) -> None:
        px, middle = self._theme.px, self.winfo_height() / 2
        has_use = bool(self.itemcget(self._use, "text"))
        self.coords(self._name, px(8), middle - (px(7) if has_use else 0))
        self.coords(self._use, px(8), middle + px(8))

    def _place_lock(self) -> None:
        px = self._theme.px
        _, top, _, height = self.track_box
        right = self.winfo_width() - px(4)
        left = right - px(LOCK_WIDTH)
        self.coords(self._lock_area, left, top, right, top + height)
        x, y = (left + right) / 2, top + height / 2
        half, drop = px(4.5), px(1)
        self.coords(self._lock_body, x - half, y - drop, x + half, y + px(6))
        arm, rise = px(3), px(6)
        # An open shackle stands to the side, with one arm in the air.
        shift = 0 if self._locked else px(5)
        feet = y - drop, y - drop - (0 if self._locked else px(2))
        self.coords(
            self._shackle,
            *(x - arm + shift, feet[0]),
            *(x - arm + shift, y - rise),
            *(x + arm + shift, y - rise),
            *(x + arm + shift, feet[1]),
        )

    def _place_band(self) -> None:
        """One standard deviation as a bar, two as a line."""
        state = "hidden" if self._band is None else "normal"
        self.itemconfigure(self._wide_band, state=state)
        self.itemconfigure(self._narrow_band, state=state)
        if self._band is None:
            return
        px = self._theme.px
        mean, spread = self._band
        _, top, _, height = self.track_box
        y0 = top + height + px(BAND_GAP) + 1
        y1 = y0 + px(BAND_HEIGHT)
        middle = (y0 + y1) / 2
        low, high = self.x_of(mean - 2 * spread), self.x_of(mean + 2 * spread)
        self.coords(self._wide_band, low, middle, high, middle)
        low, high = self.x_of(mean - spread), self.x_of(mean + spread)
        self.coords(self._narrow_band, low, y0, high, y1)

    def _place_bar(self) -> None:
        """One standard deviation to either side, with caps."""
        shown = self._posterior is not None
        self.itemconfigure(self._bar, state="normal" if shown else "hidden")
        if not shown:
            return
        mean, std = self._posterior
        px = self._theme.px
        # Whole pixels, as the bar is often no more than four of them long.
        low, high = round(self.x_of(mean - std)), round(self.x_of(mean + std))
        half, middle = px(BAR_WIDTH) / 2, self.track_box[1]
        top, bottom = middle - px(CAP_REACH), middle + px(CAP_REACH)
        self.coords(
            self._bar,
            *(low - half, top, low + half, top, low + half, middle - half),
            *(high - half, middle - half, high - half, top, high + half, top),
            *(high + half, bottom, high - half, bottom, high - half, middle + half),
            *(low + half, middle + half, low + half, bottom, low - half, bottom),
        )

    def _place_arrow(self) -> None:
        share = self._arrow_share
        state = "normal" if share else "hidden"
        for item in (self._arrow_edge, self._arrow):
            self.itemconfigure(item, state=state)
        if not share:
            return
        px = self._theme.px
        _, top, _, height = self.track_box
        y = top + height / 2
        x = self.x_of(self._value)
        end = x + share * px(ARROW_LENGTH) + (px(4) if share > 0 else -px(4))
        head = px(6), px(7), px(4)
        for item, extra in ((self._arrow_edge, px(2)), (self._arrow, 0)):
            self.coords(item, x, y, end + (extra if share > 0 else -extra), y)
            self.itemconfigure(
                item,
                width=px(2) + extra,
                arrow="last",
                arrowshape=tuple(side + extra for side in head),
            )

    def _mark_beyond(self, direction: int) -> None:
        """Show an arrow at the upper (1) or lower (-1) end of the track, or none (0)."""
        if direction == 0:
            if self._beyond_end != 0:
                self.itemconfigure(self._beyond, state="hidden")
            self._beyond_end = 0
            return
        self._beyond_end = direction
        left, top, width, height = self.track_box
        px = self._theme.px
        middle, size = top + height / 2, px(7)
        edge = left + width if direction > 0 else left
        inner = edge - direction * (px(THUMB_WIDTH) + px(3) + size)
        self.coords(
            self._beyond,
            *(inner, middle - size),
            *(inner, middle + size),
            *(inner + direction * size, middle),
        )
        self.itemconfigure(self._beyond, state="normal")


def _exact(value: float) -> str:
    """All decimals that the state keeps, so that opening the field and leaving it moves nothing."""
    return f"{value:.{DECIMALS}f}".rstrip("0").rstrip(".")


def _shown(value: float) -> str:
    """Two decimals, or as many figures as fit the field."""
    if abs(value) < 99.995:
        return f"{value:.2f}"
    return f"{value:.0f}" if abs(value) < 999.5 else f"{value:.2g}"
