"""The tour: four cards that point at what a newcomer should try first."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import zip_longest

from explorer.state import ExplorerState
from explorer.theme import Button, Palette, Theme, add_tooltip, font

WIDTH = 300  # pixels at 96 dpi, like all lengths here
PADDING = 14
BORDER = 2  # of the card and of the outlines
GAP = 12  # between the card and what it points at
MARGIN = 8  # between the card and the edge of the window
OUTLINE_GAP = 4  # between an outline and what it is around
SHARED_EDGE = BORDER / 2  # the same for neighbours without a gap: their outlines fall together

NUMBER_WORDS = dict(enumerate(("One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight"), 1))

Box = tuple[int, int, int, int]  # left, top, right, bottom, in pixels of the window


@dataclass(frozen=True)
class Card:
    """One card. anchors: names of what it outlines, `gap` around; it stands beside the first one.

    In the title, {numbers} stands for the latent dimensions: "Six numbers make".
    """

    anchors: tuple[str, ...]
    title: str
    text: str
    gap: float = OUTLINE_GAP


CARDS = (
    Card(
        ("sliders", "digit"),
        "{numbers} this digit",
        "Drag a slider, and the digit follows. The pictures along its track show where it leads "
        "while the others stay.",
    ),
    Card(
        ("gauges",),
        "Is it a typical digit?",
        "Press R for a random point, or a number key to glide to that digit. The gauge tells "
        "whether such a point is typical; rest the pointer on it to read why all zeros is not.",
    ),
    Card(
        ("digit",),
        "Where the ink moves",
        "Rest the pointer on a slider: red is where ink comes as the number grows, blue where it "
        "goes. Rest it on the digit, and arrows on the sliders show where that pixel gets lighter. "
        "Alt+drag a pixel up or down, and the point follows.",
    ),
    Card(
        ("shelf", "pages"),
        "Keep points, and go on",
        "B puts the point on the shelf. The pages draw samples, blend points, calculate with them, "
        "make digits a 7, show the space as a map, and take the digit that you draw. F1 lists all "
        "keys.",
        gap=SHARED_EDGE,
    ),
)


class Tour:
    """Shows the cards one after the other, over a window that stays usable.

    anchors: the widgets that the cards point at, by name; one that is not on the screen is left
    out. on_end(): the last card was done, or the tour was skipped.

    card: the panel, or None while no tour is shown. skip_button, back_button, next_button: its
    buttons.
    """

    def __init__(
        self,
        root: tk.Tk,
        theme: Theme,
        state: ExplorerState,
        anchors: Mapping[str, tk.Misc],
        on_end: Callable[[], None],
    ) -> None:
        self._root = root
        self._theme = theme
        self._state = state
        self._anchors = anchors
        self._on_end = on_end
        self._index = 0
        self._focus_before = ""
        self._outlines: list[_Outline] = []
        self._placing = False
        self.card: tk.Frame | None = None
        # Of the window and, as it is among their binding tags, of everything in it. Bound once for
        # all: to unbind one of several callbacks, Python before 3.13 unbinds them all.
        root.bind("<Configure>", lambda event: self._place_soon(), add="+")

    @property
    def index(self) -> int | None:
        """Which card is shown, from 0; None while none is."""
        return None if self.card is None else self._index

    def start(self) -> None:
        """Show the first card, and give it the keyboard."""
        if self.card is None:
            self._focus_before = self._focus()
            self._build()
        self._show(0)
        self.next_button.focus_set()

    def next(self) -> None:
        """Show the next card; after the last one, end."""
        if self._index + 1 < len(CARDS):
            self._show(self._index + 1)
        else:
            self.end()

    def back(self) -> None:
        """Show the card before."""
        if self._index > 0:
            self._show(self._index - 1)

    def end(self) -> None:
        """Take the tour away; without one, nothing happens."""
        if self.card is None:
            return
        if self._focus().startswith(str(self.card)):
            call, before = self._root.tk.call, self._focus_before
            call("focus", before if before and call("winfo", "exists", before) else ".")
        for outline in self._outlines:
            outline.destroy()
        self.card.destroy()
        self._on_end()

    # ---- the card ----------------------------------------------------------------------------

    def _build(self) -> None:
        px = self._theme.px
        card = self.card = tk.Frame(self._root, highlightthickness=px(BORDER))
        card.configure(padx=px(PADDING), pady=px(PADDING))
        wrap = px(WIDTH - 2 * PADDING - 2 * BORDER)
        plain = {"borderwidth": 0, "padx": 0, "pady": 0}
        self._title = tk.Label(card, font=font(11, bold=True), wraplength=wrap, **plain)
        self._text = tk.Label(card, wraplength=wrap, **plain)
        self._count = tk.Label(card, **plain)
        for label in (self._title, self._text):
            label.configure(justify="left")
        self.skip_button = Button(card, text="Skip", command=self.end)
        self.back_button = Button(card, text="Back", command=self.back)
        self.next_button = Button(card, bootstyle="primary", command=self.next)
        self._title.grid(row=0, column=0, columnspan=4, sticky="w")
        self._text.grid(row=1, column=0, columnspan=4, sticky="w", pady=(px(6), px(12)))
        self._count.grid(row=2, column=0, sticky="w")
        for column, button in enumerate((self.skip_button, self.back_button, self.next_button), 1):
            button.grid(row=2, column=column, padx=(px(6), 0))
        card.columnconfigure(0, weight=1)
        add_tooltip(self.skip_button, "Ends the tour (Escape). Help ▸ Tour shows it again.")
        add_tooltip(self.back_button, "Goes to the card before (Left).")
        add_tooltip(self.next_button, "Goes to the next card; the last one ends the tour (Right).")

        for widget in (card, *card.winfo_children()):
            widget.bind("<Escape>", lambda event: _handled(self.end))
            widget.bind("<Right>", lambda event: _handled(self.next))
            widget.bind("<Left>", lambda event: _handled(self.back))
            if not isinstance(widget, Button):
                widget.bind("<Button-1>", lambda event: self.next_button.focus_set())
        card.bind("<Destroy>", self._forget)
        self._theme.subscribe(card, self._on_theme)

    def _show(self, index: int) -> None:
        self._index = index
        last = index + 1 == len(CARDS)
        card, count = CARDS[index], self._state.latent_dim
        self._title.configure(text=card.title.format(numbers=numbers_make(count)))
        self._text.configure(text=card.text)
        self._count.configure(text=f"{index + 1} of {len(CARDS)}")
        self.next_button.configure(text="Done" if last else "Next")
        for button, useless in ((self.skip_button, last), (self.back_button, index == 0)):
            if useless and self._focus() == str(button):
                self.next_button.focus_set()
            button.state(["disabled" if useless else "!disabled"])
        self.card.update_idletasks()  # its height depends on the text
        self._place()

    def _forget(self, event: tk.Event) -> None:
        if event.widget is self.card:
            self.card = None
            self._outlines.clear()

    def _on_theme(self, palette: Palette) -> None:
        self.card.configure(
            background=palette.surface,
            highlightbackground=palette.accent,
            highlightcolor=palette.accent,
        )
        for label in (self._title, self._text, self._count):
            muted = label is self._count
            label.configure(
                background=palette.surface,
                foreground=palette.muted if muted else palette.foreground,
            )
        for outline in self._outlines:
            outline.colour(palette)

    def _focus(self) -> str:
        # Not focus_get(): it raises while the copy of a menu that Tk shows has the focus.
        return str(self._root.tk.call("focus"))

    # ---- the place ---------------------------------------------------------------------------

    def _place_soon(self) -> None:
        if self.card is not None and not self._placing:
            self._placing = True
            self._root.after_idle(self._place)

    def _place(self) -> None:
        self._placing = False
        if self.card is None:
            return
        px, root = self._theme.px, self._root
        room = root.winfo_width(), root.winfo_height()
        card = CARDS[self._index]
        anchors = [self._anchors[name] for name in card.anchors]
        around = [self._box(anchor, px(card.gap)) for anchor in anchors if anchor.winfo_viewable()]
        boxes = [box for box in around if box[0] < box[2] and box[1] < box[3]]
        while len(self._outlines) < len(boxes):
            outline = _Outline(root, px(BORDER))
            outline.colour(self._theme.palette)
            self._outlines.append(outline)
        for outline, box in zip_longest(self._outlines, boxes):
            outline.place(box)
        size = px(WIDTH), self.card.winfo_reqheight()
        subject = boxes[0] if boxes else (0, 0, *room)
        x, y = beside(subject, size, room, px(GAP), px(MARGIN))
        self.card.place(x=x, y=y, width=size[0])
        self.card.lift()

    def _box(self, anchor: tk.Misc, gap: int) -> Box:
        """A widget with a gap around it, as far as it is in the window; empty if it is not."""
        root = self._root
        left = anchor.winfo_rootx() - root.winfo_rootx() - gap
        top = anchor.winfo_rooty() - root.winfo_rooty() - gap
        right = left + anchor.winfo_width() + 2 * gap
        bottom = top + anchor.winfo_height() + 2 * gap
        room = root.winfo_width(), root.winfo_height()
        return max(0, left), max(0, top), min(right, room[0]), min(bottom, room[1])


class _Outline:
    """Four thin frames as a rectangle, so that what is inside stays usable."""

    def __init__(self, root: tk.Tk, thickness: int) -> None:
        self._thickness = thickness
        self._edges = [tk.Frame(root) for _ in range(4)]

    def place(self, box: Box | None) -> None:
        """Lie within the edges of a box; None hides the outline."""
        if box is None:
            for edge in self._edges:
                edge.place_forget()
            return
        left, top, right, bottom = box
        width, height, thin = right - left, bottom - top, self._thickness
        sides = (
            (left, top, width, thin),
            (left, bottom - thin, width, thin),
            (left, top, thin, height),
            (right - thin, top, thin, height),
        )
        for edge, (x, y, wide, high) in zip(self._edges, sides, strict=True):
            edge.place(x=x, y=y, width=wide, height=high)

    def colour(self, palette: Palette) -> None:
        """Take the theme's colours."""
        for edge in self._edges:
            edge.configure(background=palette.accent)

    def destroy(self) -> None:
        """Take the outline away."""
        for edge in self._edges:
            edge.destroy()


def beside(
    box: Box, size: tuple[int, int], room: tuple[int, int], gap: int, margin: int
) -> tuple[int, int]:
    """The upper left corner of a card beside a box: right, left, above or below, the first that
    has room for it; where none has, over the box's middle. Never nearer than `margin` to an edge.

    size, room: width and height of the card and of the window; all in pixels.
    """
    left, top, right, bottom = box
    width, height = size
    last_x, last_y = room[0] - width - margin, room[1] - height - margin
    x = max(margin, min((left + right - width) // 2, last_x))
    y = max(margin, min((top + bottom - height) // 2, last_y))
    if right + gap <= last_x:
        return right + gap, y
    if left - gap - width >= margin:
        return left - gap - width, y
    if top - gap - height >= margin:
        return x, top - gap - height
    if bottom + gap <= last_y:
        return x, bottom + gap
    return x, y


def numbers_make(count: int) -> str:
    """The start of a sentence on so many numbers: "Six numbers make", "One number makes"."""
    word = NUMBER_WORDS.get(count, str(count))
    return f"{word} number makes" if count == 1 else f"{word} numbers make"


def _handled(command: Callable[[], None]) -> str:
    """Do what a key asks for, and keep the key from the window."""
    command()
    return "break"
