"""Where a point for a purpose (a key, a term) comes from, as a menu; and its numbers as text."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from explorer.theme import Menu, Theme, ask_text
from explorer.widgets.number_field import checked_number

MAX_ENTRY_LENGTH = 60  # characters of a name in the menu, which is as wide as the longest

NamedPoint = tuple[str, Sequence[float]]


@dataclass(frozen=True)
class RealDigits:
    """The bundled real images as points: the means of their posteriors.

    count: their numbers go from 0 to count - 1. labels: their classes. drawn(label): one of a class
    at random. numbered(number): the one of this number.
    """

    count: int
    labels: Sequence[int]
    drawn: Callable[[int], NamedPoint]
    numbered: Callable[[int], NamedPoint]


@dataclass(frozen=True)
class PointSources:
    """Where points come from, asked when they are needed.

    current(), random(), clipboard(): one point; clipboard raises ValueError with the reason.
    presets(), class_means(), bookmarks(): (name, point) pairs, empty where there are none.
    real(): the real digits, or a sentence that says why there are none.
    group(): the mean of several points, for which the person is asked; None if cancelled.
    """

    current: Callable[[], Sequence[float]]
    random: Callable[[], Sequence[float]]
    clipboard: Callable[[], Sequence[float]]
    presets: Callable[[], Sequence[NamedPoint]]
    class_means: Callable[[], Sequence[NamedPoint]]
    bookmarks: Callable[[], Sequence[NamedPoint]]
    real: Callable[[], RealDigits | str]
    group: Callable[[], NamedPoint | None]


def short_vector(z: Sequence[float], most: int = 8) -> str:
    """A vector in few characters: two decimals, and no more than `most` numbers."""
    shown = " ".join(f"{value:5.2f}" for value in list(z)[:most])
    return shown if len(z) <= most else f"{shown}  … ({len(z)})"


def vector_rows(z: Sequence[float]) -> str:
    """A vector on at most two lines; beyond eight numbers the rest is left out."""
    if len(z) <= 3:
        return short_vector(z)
    half = (len(z) + 1) // 2 if len(z) <= 8 else 4
    rows = [short_vector(z[:half]), short_vector(z[half : 2 * half])]
    return "\n".join(rows) + (" …" if len(z) > 8 else "")


def _shortened(name: str, most: int) -> str:
    """A name on one line, cut after so many characters."""
    line = " ".join(name.split())
    return line if len(line) <= most else line[: most - 1] + "…"


class PointMenu(Menu):
    """The sources of a point as a menu, which asks them anew whenever it opens.

    on_choose(z, origin): a point was chosen, and where it is from, as the person reads it. It is
    taken when it is chosen: "current point" does not follow later movement.
    on_error(message): the choice can't be used.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        sources: PointSources,
        on_choose: Callable[[Sequence[float], str], None],
        on_error: Callable[[str], None],
    ) -> None:
        super().__init__(parent, tearoff=False, postcommand=self.fill)
        self._theme = theme
        self._sources = sources
        self._on_choose = on_choose
        self._on_error = on_error

    def fill(self) -> None:
        """Offer what there is now."""
        self.delete(0, "end")
        for submenu in self.winfo_children():
            submenu.destroy()
        sources, choose = self._sources, self._on_choose
        self.add_command(
            label="Current point", command=lambda: choose(sources.current(), "current point")
        )
        self.add_command(label="Random", command=lambda: choose(sources.random(), "random"))
        self.add_command(label="From the clipboard", command=self._take_clipboard)
        for label, prefix, points in (
            ("Preset", "preset", sources.presets()),
            ("Mean of a class", "mean of", sources.class_means()),
            ("Bookmark", "", sources.bookmarks()),
        ):
            self._add_submenu(label, prefix, points)
        self._add_real_digits(sources.real())
        self.add_command(label="Mean of a group…", command=self._take_group)
        # The theme draws a menu's border by its background, which new entries would inherit.
        for index in range(self.index("end") + 1):
            self.entryconfigure(index, background=self._theme.palette.background)

    def _add_submenu(self, label: str, prefix: str, points: Sequence[NamedPoint]) -> None:
        if not points:
            self.add_command(label=label, state="disabled")
            return
        submenu = Menu(self, tearoff=False)
        for name, z in points:
            origin = f"{prefix} {name}".strip()
            submenu.add_command(
                label=_shortened(name, MAX_ENTRY_LENGTH),
                command=lambda z=z, origin=origin: self._on_choose(z, origin),
            )
        self.add_cascade(label=label, menu=submenu)

    def _add_real_digits(self, digits: RealDigits | str) -> None:
        if isinstance(digits, str):
            self.add_command(label=f"Real digit: {digits}", state="disabled")
            return
        submenu = Menu(self, tearoff=False)
        for label in digits.labels:
            submenu.add_command(
                label=f"A random {label}",
                command=lambda label=label: self._take(digits.drawn(label)),
            )
        self.add_cascade(label="Real digit", menu=submenu)
        self.add_command(label="Real digit number…", command=lambda: self._take_numbered(digits))

    def _take(self, point: NamedPoint) -> None:
        name, z = point
        self._on_choose(z, name)

    def _take_numbered(self, digits: RealDigits) -> None:
        last = digits.count - 1
        answer = ask_text(self.master, "Real digit", f"Its number, from 0 to {last:,}:", "0")
        if answer is None:
            return
        try:
            number = checked_number(answer, "The number of a real digit", 0, last, whole=True)
        except ValueError as error:
            self._on_error(str(error))
            return
        self._take(digits.numbered(int(number)))

    def _take_group(self) -> None:
        point = self._sources.group()
        if point is not None:
            self._take(point)

    def _take_clipboard(self) -> None:
        try:
            z = self._sources.clipboard()
        except ValueError as error:
            self._on_error(str(error))
            return
        self._on_choose(z, "clipboard")
