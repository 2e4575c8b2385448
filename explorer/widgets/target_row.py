"""What a digit is to become: one of the classes, or more or less of an attribute."""

from __future__ import annotations

import tkinter as tk
import tkinter.font as tkfont
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from explorer.theme import Combobox, Frame, Label, Palette, Theme, add_tooltip, font
from explorer.widgets.choices import Choices

CHIP = 28, 32  # pixels at 96 dpi, like all lengths here
CHIP_GAP = 3
MOST_CHIPS = 12  # more classes, or longer names, are chosen from a list
LONGEST_CHIP = 2  # letters
CLASS_TOOLTIP = (
    "The class that the classifier is to see. Click one, or walk with the arrow keys and press "
    "Return."
)
CLASS, ATTRIBUTE = "class", "attribute"


@dataclass(frozen=True)
class Target:
    """What is wanted.

    kind: CLASS or ATTRIBUTE. index: of the class, or of the attribute among those offered.
    """

    kind: str
    index: int


class ClassChips(Choices):
    """The classes as a row of buttons, one of which is chosen."""

    def __init__(self, parent: tk.Misc, theme: Theme, *, on_choose: Callable[[int], None]) -> None:
        self._names: tuple[str, ...] = ()
        self._chosen: int | None = None
        self._items: list[tuple[int, int]] = []  # of each: its box, its name
        super().__init__(
            parent,
            theme,
            width=1,
            height=theme.px(CHIP[1] + 2 * CHIP_GAP),
            steps={"Left": -1, "Right": 1},
            on_choose=on_choose,
        )
        self._font = tkfont.Font(self, font=font(13, bold=True))
        theme.subscribe(self, self._on_theme)

    @property
    def chosen(self) -> int | None:
        """The chosen class."""
        return self._chosen

    def set_names(self, names: Sequence[str]) -> None:
        """Show other classes."""
        self._names = tuple(names)
        for box, name in self._items:
            self.delete(box, name)
        self._items = []
        for text in names:
            box = self.create_rectangle(0, 0, 0, 0, width=self._theme.px(1))
            name = self.create_text(0, 0, text=text, font=self._font)
            self._items.append((box, name))
        self._chosen = None
        self._cursor = 0 if self._focused and names else None
        px = self._theme.px
        width = len(names) * px(CHIP[0] + CHIP_GAP) + px(CHIP_GAP)
        self.configure(width=width, takefocus=bool(names))
        self._colour()
        self._schedule()

    def set_chosen(self, index: int | None) -> None:
        """Show which class is chosen, or that none is, without telling anybody."""
        self._chosen = index
        if index is not None and not self._focused:
            self._cursor = index
        self._colour()

    def index_at(self, x: float, y: float) -> int | None:
        """See `Choices`."""
        px = self._theme.px
        column, rest = divmod(x - px(CHIP_GAP), px(CHIP[0] + CHIP_GAP))
        top = px(CHIP_GAP)
        inside = rest < px(CHIP[0]) and top <= y < top + px(CHIP[1])
        return int(column) if inside and 0 <= column < len(self._names) else None

    def box_of(self, index: int) -> tuple[int, int, int, int]:
        """See `Choices`."""
        px = self._theme.px
        left, top = px(CHIP_GAP) + index * px(CHIP[0] + CHIP_GAP), px(CHIP_GAP)
        return left, top, left + px(CHIP[0]), top + px(CHIP[1])

    @property
    def _choosable(self) -> int:
        return len(self._names)

    @property
    def _first(self) -> int:
        return self._chosen or 0

    def _layout(self) -> None:
        for index, (box, name) in enumerate(self._items):
            left, top, right, bottom = self.box_of(index)
            self.coords(box, left, top, right - 1, bottom - 1)
            self.coords(name, (left + right) // 2, (top + bottom) // 2)

    def _mark(self) -> None:
        super()._mark()
        if self._cursor is not None and self._cursor < len(self._names):
            # Around the button, not upon it: on the chosen one it would not be seen.
            left, top, right, bottom = self.box_of(self._cursor)
            edge = self._theme.px(2)
            self.coords(self._ring, left - edge, top - edge, right + edge - 1, bottom + edge - 1)

    def _colour(self) -> None:
        palette = self._theme.palette
        for index, (box, name) in enumerate(self._items):
            chosen = index == self._chosen
            self.itemconfigure(
                box,
                fill=palette.accent if chosen else "",
                outline=palette.accent if chosen else palette.border,
            )
            self.itemconfigure(name, fill=palette.on_accent if chosen else palette.foreground)

    def _on_theme(self, palette: Palette) -> None:
        super()._on_theme(palette)
        self._colour()


class TargetRow(Frame):
    """Shows a target, and asks for another one.

    on_choose(target): a class or an attribute was chosen.
    """

    def __init__(
        self, parent: tk.Misc, theme: Theme, *, on_choose: Callable[[Target], None]
    ) -> None:
        super().__init__(parent)
        px = theme.px
        self._on_choose = on_choose
        self._names: tuple[str, ...] = ()
        self._target: Target | None = None
        self._lead = Label(self, text="Make it a", font=font(12, bold=True))
        self.chips = ClassChips(
            self, theme, on_choose=lambda index: self._on_choose(Target(CLASS, index))
        )
        self.class_box = Combobox(self, state="readonly", width=12)
        self.class_box.bind("<<ComboboxSelected>>", lambda event: self._choose_class())
        self.no_classes = Label(self, text="(no classifier)", bootstyle="secondary")
        self._or = Label(self, text="or change")
        self.attribute_box = Combobox(self, state="readonly", width=8)
        self.attribute_box.bind("<<ComboboxSelected>>", lambda event: self._choose_attribute())
        self._lead.pack(side="left", padx=(0, px(8)))
        self._or.pack(side="left", padx=(px(16), px(6)))
        self.attribute_box.pack(side="left")
        for widget in (self.chips, self.class_box):
            add_tooltip(widget, CLASS_TOOLTIP)
        add_tooltip(
            self.attribute_box,
            "Change how the digit is written instead: its measured thickness, slant and so on, by "
            "the amount below.",
        )
        self.set_names((), ())

    def set_names(self, classes: Sequence[str], attributes: Sequence[str]) -> None:
        """Offer other classes and attributes; either may be missing."""
        self._names = tuple(classes)
        for widget in (self.chips, self.class_box, self.no_classes):
            widget.pack_forget()
        short = len(classes) <= MOST_CHIPS and all(len(name) <= LONGEST_CHIP for name in classes)
        self.chips.set_names(classes if short else ())
        self.class_box.configure(values=list(classes))
        shown = self.no_classes if not classes else self.chips if short else self.class_box
        shown.pack(side="left", after=self._lead)
        self.attribute_box.configure(
            values=list(attributes), state="readonly" if attributes else "disabled"
        )
        self.show(None)

    def show(self, target: Target | None) -> None:
        """Show what is wanted, without telling anybody."""
        self._target = target
        chosen = target.index if target is not None and target.kind == CLASS else None
        self.chips.set_chosen(chosen if self.chips._choosable else None)
        self.class_box.set("" if chosen is None else self._names[chosen])
        if target is not None and target.kind == ATTRIBUTE:
            self.attribute_box.current(target.index)
        else:
            self.attribute_box.set("")

    def _choose_class(self) -> None:
        self._leave(self.class_box)
        self._on_choose(Target(CLASS, self.class_box.current()))

    def _choose_attribute(self) -> None:
        self._leave(self.attribute_box)
        self._on_choose(Target(ATTRIBUTE, self.attribute_box.current()))

    def _leave(self, box: Combobox) -> None:
        box.selection_clear()
        self.winfo_toplevel().focus_set()  # else the keys of the window stay with the list
