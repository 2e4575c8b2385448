"""The keys of a journey as a person sets them: a strip of cards, and a row for the chosen one."""

from __future__ import annotations

import tkinter as tk
import tkinter.font as tkfont
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from explorer.journey import MAX_KEYS, MAX_SECONDS, MIN_SECONDS, SMOOTH_KEYS, Journey, Key
from explorer.theme import (
    PATIENT_TOOLTIP_DELAY_MS,
    Button,
    Checkbutton,
    Frame,
    Label,
    Menu,
    Menubutton,
    Theme,
    add_tooltip,
    font,
)
from explorer.widgets.card_strip import Card, CardStrip
from explorer.widgets.choices import fitted
from explorer.widgets.number_field import NumberField
from explorer.widgets.point_menu import PointMenu, PointSources, short_vector

LEAST_KEYS = 2  # a path has two ends
SAMPLES = 5  # of the entry that adds several at once
CARD_WIDTH = 112  # pixels at 96 dpi, like all lengths here
SEGMENT_WIDTH = 46  # between two cards: room for "0.75 s"
ARROW_LENGTH, ARROW_HEIGHT = 26, 5  # of the line below the time, half as high as it bends
BADGE = 15  # height of a card's number, upon a corner of its picture
CHOSEN_HEIGHT = 3  # of the line below the chosen card
NAME_CHARACTERS, NAME_WIDTH = 13, 84  # of the button with the chosen key's name, and of the name
NEXT_CHARACTERS = 6  # of what stands behind the seconds
EXPLANATION = (
    "The keys of the journey. Click one to choose it and go there, drag it to another place; click "
    "a time to change it. The arrow keys walk, Return goes there, Shift with an arrow moves the "
    "key, Delete removes it, Insert adds one. A bent arrow eases."
)
POINT_TOOLTIP = "Takes another point for this key. It stays there when you move on."
SECONDS_TOOLTIP = "How many seconds the way from this key to the next one takes."
EASE_TOOLTIP = (
    "Sets off slowly from this key and arrives slowly at the next one (smoothstep). Without it the "
    "way is travelled evenly."
)
ADD_TOOLTIP = (
    "Adds a key at the end, or several (Insert). The menu of a key, by a right click, adds one "
    "after it."
)
REMOVE_TOOLTIP = "Removes the chosen key (Delete)."
CLOSED_TOOLTIP = "After the last key the way leads back to the first one."
SMOOTH_TOOLTIP = (
    f"Rounds the corners of the linear way: one curve through all keys, a Catmull-Rom spline. It "
    f"needs {SMOOTH_KEYS} keys; through two it would be the straight line. Great circles and "
    "geodesics keep their corners."
)
REVERSE_TOOLTIP = "Turns the journey round: the last key comes first."
HINT = "The keys appear when a model is open."

Point = tuple[float, ...]


class KeyStrip(CardStrip):
    """The cards of the keys with the time between each two.

    The owner shows keys with `set_keys`. on_segment(index): the time behind this card was clicked.
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
        on_cursor: Callable[[int], None],
        on_segment: Callable[[int], None],
    ) -> None:
        self._journey: Journey | None = None
        self._on_segment = on_segment
        super().__init__(
            parent,
            theme,
            cards=cards,
            on_activate=on_activate,
            on_move=on_move,
            on_menu=on_menu,
            on_hover=on_hover,
            on_cursor=on_cursor,
            card_width=CARD_WIDTH,
            gap=SEGMENT_WIDTH,
        )
        self._small_font = tkfont.Font(self, font=font(9))

    def set_keys(self, journey: Journey | None) -> None:
        """Show the keys of another journey."""
        self._journey = journey
        self.set_names([key.name for key in journey.keys] if journey else (), HINT)

    def see(self, index: int) -> None:
        """Scroll as little as it takes to show a card and the time behind it."""
        left = index * self._step()
        there = self._journey is not None and index < len(self._journey.segments)
        self._see(left, left + self._card_width + (self._gap if there else 0))

    def two_lines(self, name: str) -> tuple[str, str]:
        """A name cut in two between words if a card has no room for it in one line."""
        words = " ".join(name.split())
        if self._name_font.measure(words) <= self._text_width:
            return words, ""
        first, _, rest = words.partition(" ")
        while rest:
            longer = f"{first} {rest.partition(' ')[0]}"
            if self._name_font.measure(longer) > self._text_width:
                break
            first, rest = longer, rest.partition(" ")[2]
        return first, rest

    def segment_at(self, x: int) -> int | None:
        """The segment whose time is at a pixel."""
        if self._journey is None or self._end_at(x):
            return None
        index, rest = divmod(x + self._offset, self._step())
        return index if rest >= self._card_width and index < len(self._journey.segments) else None

    def _pressed(self, event: tk.Event) -> None:
        segment = self.segment_at(event.x)
        if segment is None:
            super()._pressed(event)
        else:
            self.set_cursor(segment)
            self._on_segment(segment)

    @property
    def _length(self) -> int:
        # In a loop there is a way behind the last card, too.
        return super()._length + (self._gap if self._journey and self._journey.is_loop else 0)

    def _paint_card(self, index: int, box: tuple[int, int, int, int]) -> None:
        super()._paint_card(index, box)
        px, palette = self._theme.px, self._theme.palette
        left, top, right, bottom = box
        # The picture may have any colour, so the number lies on a piece of the card.
        number = str(index + 1)
        width = self._small_font.measure(number) + px(6)
        self.create_rectangle(
            left + 1, top + 1, left + width, top + px(BADGE), width=0, fill=palette.surface
        )
        self.create_text(
            left + width // 2,
            top + px(BADGE) // 2,
            text=number,
            fill=palette.muted,
            font=self._small_font,
        )
        if index == self.cursor:
            edge = bottom - px(CHOSEN_HEIGHT)
            self.create_rectangle(left, edge, right, bottom, width=0, fill=palette.accent)

    def _paint_after(self, index: int, box: tuple[int, int, int, int]) -> None:
        if index >= len(self._journey.segments):
            return
        px, palette = self._theme.px, self._theme.palette
        segment = self._journey.segments[index]
        _, top, right, bottom = box
        x, y = right + self._gap // 2, (top + bottom) // 2
        self.create_text(
            x,
            y - px(9),
            text=seconds_text(segment.seconds),
            fill=palette.muted,
            font=self._small_font,
        )
        near, far, y = x - px(ARROW_LENGTH) // 2, x + px(ARROW_LENGTH) // 2, y + px(8)
        bend = px(ARROW_HEIGHT)
        if index == self.count - 1:  # back to the first one
            points = (near, y - bend, far, y - bend, far, y + bend, near, y + bend)
        elif segment.easing == "none":
            points = (near, y, far, y)
        else:
            points = (near, y + bend, x, y + bend, x, y - bend, far, y - bend)
        self.create_line(
            *points,
            smooth=True,
            width=px(1.5),
            fill=palette.muted,
            arrow="last",
            arrowshape=(px(6), px(7), px(3)),
        )


class KeyEditor(Frame):
    """Shows a journey and has it edited.

    sources: where points come from. decode(z): (N, latent_dim) -> (N, C, H, W) uint8.
    on_change(journey): the person has changed it. on_error(message): what the person wanted can't
    be done. on_go(index): a key was clicked, or Return was pressed on it. on_notice(message): what
    the person has done can be undone.

    It can be used as soon as it shows a journey. One key is always chosen: the one under the
    strip's cursor.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        *,
        sources: PointSources,
        decode: Callable[[np.ndarray], np.ndarray],
        on_change: Callable[[Journey], None],
        on_error: Callable[[str], None],
        on_go: Callable[[int], None] = lambda index: None,
        on_notice: Callable[[str], None] = lambda message: None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._sources = sources
        self._decode = decode
        self._on_change = on_change
        self._on_error = on_error
        self._on_go = on_go
        self._on_notice = on_notice
        self._journey: Journey | None = None
        self._edited = 0  # the key that the row is about
        self._removed: list[tuple[int, Key]] = []  # the latest last
        self._pictures: dict[Point, np.ndarray] = {}
        self._build_strip()
        self._build_row()
        self.columnconfigure(0, weight=1)
        self._show()

    # ---- the journey -------------------------------------------------------------------------

    @property
    def journey(self) -> Journey | None:
        """What is shown; None before the first journey."""
        return self._journey

    @property
    def chosen(self) -> int:
        """The key that the row below the strip edits."""
        return self.strip.cursor

    def set_journey(self, journey: Journey) -> None:
        """Show a journey, perhaps of another model, without telling anybody."""
        if self._journey is None or journey.points.tolist() != self._journey.points.tolist():
            self._removed.clear()  # they belong to something else
        self._pictures.clear()
        self._journey = journey
        self._show()

    def choose_point(self, index: int, z: Sequence[float], name: str) -> None:
        """Take another point for a key, as the person would."""
        self._commit()
        if self._fits(z):
            self._edit(self._journey.replaced(index, z=tuple(z), name=name), index)

    def add_points(
        self, points: Iterable[tuple[str, Sequence[float]]], at: int | None = None
    ) -> None:
        """Add (name, point) pairs, as many as fit, as the person would. at: where the first one
        stands afterwards; None is the end.
        """
        self._commit()
        points = list(points)
        journey = self._journey
        if not all(self._fits(z) for _, z in points):
            return
        first = at = len(journey.keys) if at is None else at
        room = MAX_KEYS - len(journey.keys)
        before = journey.keys[max(0, at - 1)]
        for name, z in points[:room]:
            journey = journey.added(Key(tuple(z), name, before.seconds, before.easing), at)
            at += 1
        if at > first:
            self._edit(journey, at - 1)
        if len(points) > room:
            added = f"{room} of {len(points)} were added" if room > 0 else "none was added"
            self._on_error(
                f"A journey has at most {MAX_KEYS} keys: {added}. Remove one to make room."
            )

    def remove(self, index: int) -> None:
        """Remove a key; `put_back` undoes that."""
        if self._journey is None:
            return
        self._commit()
        if len(self._journey.keys) <= LEAST_KEYS:
            self._on_error(
                f"A path needs {LEAST_KEYS} keys. Add another one first, or take another point "
                "for this one."
            )
            return
        key = self._journey.keys[index]
        self._removed.append((index, key))
        shorter = self._journey.removed(index)
        self._edit(shorter, min(index, len(shorter.keys) - 1))
        name = f", {key.name}" if key.name else ""
        self._on_notice(f"Removed key {index + 1}{name}. The button ↶ puts it back.")

    def put_back(self) -> None:
        """Add the key that was removed last where it was."""
        if not self._removed:
            return
        self._commit()
        if len(self._journey.keys) >= MAX_KEYS:
            self._on_error(f"A journey has at most {MAX_KEYS} keys. Remove one to make room.")
            return
        index, key = self._removed.pop()
        index = min(index, len(self._journey.keys))
        self._edit(self._journey.added(key, index), index)

    def move(self, index: int, to: int) -> None:
        """Take a key out of the row and put it back so that it stands at `to`."""
        self._commit()
        self._edit(self._journey.moved(index, to), to)

    def reverse(self) -> None:
        """Turn the journey round; the chosen key stays chosen."""
        self._commit()
        self._edit(self._journey.reversed(), len(self._journey.keys) - 1 - self.chosen)

    # ---- what it is made of ------------------------------------------------------------------

    def _build_strip(self) -> None:
        px = self._theme.px
        row = Frame(self)
        self.strip = KeyStrip(
            row,
            self._theme,
            cards=self._cards,
            on_activate=lambda index: self._on_go(index),
            on_move=self.move,
            on_menu=self._open_menu,
            on_hover=self._explain,
            on_cursor=lambda index: self._choose(),
            on_segment=lambda index: self._type_seconds(),
        )
        # Below the strip: at the pointer it would cover the next cards, and above there is no room.
        self._tooltip = add_tooltip(
            self.strip, EXPLANATION, PATIENT_TOOLTIP_DELAY_MS, position="bottom"
        )
        self.strip.bind("<Delete>", lambda event: self.remove(self.chosen))
        self.strip.bind("<Insert>", lambda event: self._open_add_menu())

        look = {"bootstyle": "secondary outline"}
        self.add_button = Menubutton(row, text="+  ", **look)
        self.add_menu = self._point_menu(
            self.add_button, lambda z, name: self.add_points([(name, z)])
        )
        self.add_menu.configure(postcommand=self._fill_add_menu)
        self.add_button.configure(menu=self.add_menu)
        add_tooltip(self.add_button, ADD_TOOLTIP)
        self.remove_button = Button(
            row, text="−", width=2, **look, command=lambda: self.remove(self.chosen)
        )
        add_tooltip(self.remove_button, REMOVE_TOOLTIP)
        self.put_back_button = Button(row, **look, command=self.put_back)
        self._put_back_tooltip = add_tooltip(self.put_back_button, "")
        self.key_menu = Menu(self, tearoff=False)
        self.insert_menu = self._point_menu(
            self.key_menu, lambda z, name: self.add_points([(name, z)], self.chosen + 1)
        )
        self.strip.grid(row=0, column=0, sticky="ew")
        self.add_button.grid(row=0, column=1, padx=(px(8), 0))
        self.remove_button.grid(row=0, column=2, padx=(px(4), 0))
        self.put_back_button.grid(row=0, column=3, padx=(px(4), 0))
        row.columnconfigure(0, weight=1)
        row.grid(row=0, column=0, sticky="ew")

    def _point_menu(
        self, parent: tk.Misc, on_choose: Callable[[Sequence[float], str], None]
    ) -> PointMenu:
        return PointMenu(parent, self._theme, self._sources, on_choose, self._on_error)

    def _build_row(self) -> None:
        px = self._theme.px
        row = Frame(self)
        self._name_font = tkfont.nametofont("TkDefaultFont", root=self)
        self.point_button = Menubutton(row, width=NAME_CHARACTERS)
        self.point_menu = self._point_menu(
            self.point_button, lambda z, name: self.choose_point(self.chosen, z, name)
        )
        self.point_button.configure(menu=self.point_menu)
        add_tooltip(self.point_button, POINT_TOOLTIP)
        self.seconds_field = NumberField(
            row,
            what="Seconds",
            number=MIN_SECONDS,
            low=MIN_SECONDS,
            high=MAX_SECONDS,
            step=0.5,
            width=4,
            on_change=self._set_seconds,
            on_error=self._on_error,
        )
        add_tooltip(self.seconds_field, SECONDS_TOOLTIP)
        self._next_label = Label(row, bootstyle="secondary", width=NEXT_CHARACTERS)
        self._eases = tk.BooleanVar(self)
        self.ease_box = Checkbutton(
            row, text="Ease", variable=self._eases, command=self._toggle_easing
        )
        add_tooltip(self.ease_box, EASE_TOOLTIP)

        self._closed = tk.BooleanVar(self)
        self.closed_box = Checkbutton(
            row, text="Closed loop", variable=self._closed, command=self._toggle_closed
        )
        add_tooltip(self.closed_box, CLOSED_TOOLTIP)
        self._smooth = tk.BooleanVar(self)
        self.smooth_box = Checkbutton(
            row, text="Smooth", variable=self._smooth, command=self._toggle_smooth
        )
        add_tooltip(self.smooth_box, SMOOTH_TOOLTIP)
        self.reverse_button = Button(row, text="⇄", width=3, command=self.reverse)
        add_tooltip(self.reverse_button, REVERSE_TOOLTIP)
        # What is about the chosen key at the left, what is about all of them at the right.
        self.point_button.grid(row=0, column=0)
        self.seconds_field.grid(row=0, column=1, padx=(px(10), px(4)))
        self._next_label.grid(row=0, column=2)
        self.ease_box.grid(row=0, column=3, padx=(px(8), 0))
        for column, widget in enumerate((self.closed_box, self.smooth_box, self.reverse_button), 5):
            widget.grid(row=0, column=column, padx=(px(10), 0))
        row.columnconfigure(4, weight=1)
        row.grid(row=1, column=0, sticky="ew", pady=(px(4), 0))

    # ---- what is shown -----------------------------------------------------------------------

    def _show(self, chosen: int | None = None) -> None:
        """Show the journey. chosen: the key to choose and to bring into view."""
        journey = self._journey
        self.strip.set_keys(journey)
        if chosen is not None:
            self.strip.set_cursor(chosen)
        self._show_row()

    def _show_row(self) -> None:
        """Show the chosen key, and what holds for the whole journey."""
        journey, index = self._journey, self.chosen
        self._edited = index
        there = journey is not None
        count = len(journey.keys) if there else 0
        leaves = there and index < len(journey.segments)
        for widget, enabled in (
            (self.point_button, there),
            (self.seconds_field, leaves),
            (self.ease_box, leaves),
            (self.remove_button, there),
            (self.closed_box, count > 1),
            (self.smooth_box, count >= SMOOTH_KEYS),
            (self.reverse_button, count > 1),
            (self.add_button, there),
        ):
            widget.configure(state="normal" if enabled else "disabled")
        self._offer_what_was_removed()
        if not there:
            self.point_button.configure(text="Key")
            return
        key = journey.keys[index]
        name = fitted(key.name, self._theme.px(NAME_WIDTH), self._name_font.measure)
        self.point_button.configure(text=f"{index + 1}: {name}" if name else f"{index + 1}")
        self.seconds_field.set_number(round(key.seconds, 2))
        to = (index + 1) % count + 1
        self._next_label.configure(text=f"s to {to}" if leaves else "s (last)")
        self._eases.set(key.easing != "none")
        self._closed.set(journey.closed)
        self._smooth.set(journey.corners == "smooth")

    def _offer_what_was_removed(self) -> None:
        button = self.put_back_button
        if not self._removed:
            button.grid_remove()
            return
        index, key = self._removed[-1]
        button.configure(text=f"↶ {index + 1}")
        self._put_back_tooltip.configure(
            text=f"Puts back the key that was removed last: {index + 1}, {key.name}."
        )
        button.grid()

    def _cards(self, indices: Sequence[int]) -> list[Card]:
        keys = [self._journey.keys[index] for index in indices]
        missing = list({key.z for key in keys} - self._pictures.keys())
        if missing:
            self._pictures.update(zip(missing, self._decode(np.array(missing)), strict=True))
        return [Card(*self.strip.two_lines(key.name), self._pictures[key.z]) for key in keys]

    def _explain(self, index: int | None) -> None:
        text = EXPLANATION
        if index is not None:
            key = self._journey.keys[index]
            text = f"{key.name}\n{short_vector(key.z)}\n\n{EXPLANATION}"
        self._tooltip.configure(text=text)

    # ---- what the person does ----------------------------------------------------------------

    def _edit(self, journey: Journey, chosen: int | None = None) -> None:
        """Show and tell another journey."""
        if journey == self._journey:
            self._show_row()
            return
        kept = {key.z for key in journey.keys}
        self._pictures = {z: pixels for z, pixels in self._pictures.items() if z in kept}
        self._journey = journey
        self._edited = self.chosen if chosen is None else chosen
        self._show(chosen)
        self._on_change(journey)

    def _choose(self) -> None:
        """Edit another key."""
        self._commit()  # what is typed belongs to the one that was chosen before
        self._show_row()

    def _type_seconds(self) -> None:
        self.seconds_field.focus_set()
        self.seconds_field.selection_range(0, "end")

    def _fits(self, z: Sequence[float]) -> bool:
        """Whether a point is one of this model; other weights may have been opened since it was
        asked for.
        """
        length = self._journey.latent_dim
        if len(z) != length:
            self._on_error(f"This point has {len(z)} numbers, the keys have {length}.")
        return len(z) == length

    def _commit(self) -> None:
        """Take over what is typed and not yet entered."""
        if self._journey is not None:
            self.seconds_field.commit()

    def _set_seconds(self, seconds: float) -> None:
        self._edit(self._journey.replaced(self._edited, seconds=seconds))

    def _toggle_easing(self) -> None:
        eases = self._eases.get()
        self._commit()
        easing = "smoothstep" if eases else "none"
        self._edit(self._journey.replaced(self.chosen, easing=easing))

    def _toggle_closed(self) -> None:
        closed = self._closed.get()
        self._commit()
        self._edit(self._journey.with_closed(closed), self.chosen)

    def _toggle_smooth(self) -> None:
        smooth = self._smooth.get()
        self._commit()
        self._edit(self._journey.with_corners("smooth" if smooth else "piecewise"))

    def _fill_add_menu(self) -> None:
        menu = self.add_menu
        menu.fill()
        bookmarks = self._sources.bookmarks()
        menu.add_separator()
        menu.add_command(
            label="Every bookmark on the shelf",
            state="normal" if bookmarks else "disabled",
            command=lambda: self.add_points(self._sources.bookmarks()),
        )
        menu.add_command(label=f"{SAMPLES} random samples", command=self._add_samples)
        self._colour(menu)

    def _add_samples(self) -> None:
        self.add_points([("random", self._sources.random()) for _ in range(SAMPLES)])

    def _open_add_menu(self) -> None:
        if self._journey is not None:
            button = self.add_button
            self.add_menu.tk_popup(
                button.winfo_rootx(), button.winfo_rooty() + button.winfo_height()
            )

    def _open_menu(self, index: int, x: int, y: int) -> None:
        menu, last = self.key_menu, len(self._journey.keys) - 1
        menu.delete(0, "end")
        # The strip's cursor has come here, and what the entries do is about the key under it.
        menu.add_command(
            label="Go there", accelerator="Return", command=lambda: self._on_go(self.chosen)
        )
        menu.add_cascade(label="Add a key after it", menu=self.insert_menu)
        for label, step, possible in (
            ("Move left", -1, index > 0),
            ("Move right", 1, index < last),
        ):
            menu.add_command(
                label=label,
                accelerator=f"Shift+{label.removeprefix('Move ').title()}",
                state="normal" if possible else "disabled",
                command=lambda step=step: self.move(self.chosen, self.chosen + step),
            )
        menu.add_command(
            label="Remove", accelerator="Del", command=lambda: self.remove(self.chosen)
        )
        self._colour(menu)
        menu.tk_popup(x, y)

    def _colour(self, menu: Menu) -> None:
        # The theme draws a menu's border by its background, which new entries would inherit.
        for entry in range(menu.index("end") + 1):
            menu.entryconfigure(entry, background=self._theme.palette.background)


def seconds_text(seconds: float) -> str:
    """A time as it stands between two keys: "0.67 s", "33.3 s"."""
    return f"{round(seconds, 2 if seconds < 10 else 1):g} s"
