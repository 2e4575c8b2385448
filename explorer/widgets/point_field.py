"""A point chosen for a purpose (start, end, term): thumbnail, where it is from, its numbers."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import ImageTk

from explorer import images
from explorer.theme import Frame, Label, Menu, Menubutton, Palette, Theme, add_tooltip, ask_text
from explorer.widgets.number_field import checked_number

MAX_NAME_LENGTH = 18  # characters of a point's origin on its button
MAX_ENTRY_LENGTH = (
    60  # characters of a bookmark's name in the menu, which is as wide as the longest
)
THUMBNAIL = 72  # pixels at 96 dpi


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

    on_choose(z, origin): a point was chosen, and where it is from, as the person reads it.
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


class PointField(Frame):
    """Lets a person choose a point; shows it as picture, origin and numbers. It can be used as
    soon as it shows one.

    on_change(): another point was chosen. on_error(message): the choice can't be used.
    The point is taken when it is chosen: "current point" does not follow later movement.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        *,
        title: str,
        tooltip: str,
        sources: PointSources,
        decode: Callable[[np.ndarray], np.ndarray],
        on_change: Callable[[], None],
        on_error: Callable[[str], None],
        thumbnail: int = THUMBNAIL,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._decode = decode
        self._on_change = on_change
        self._z: tuple[float, ...] | None = None
        self._origin = ""
        self._photo: ImageTk.PhotoImage | None = None

        self._side = size = theme.px(thumbnail)
        self._picture = tk.Canvas(
            self, width=size, height=size, highlightthickness=0, borderwidth=0
        )
        self._item = self._picture.create_image(size // 2, size // 2)
        self._picture.grid(row=0, column=0, rowspan=3, padx=(0, theme.px(10)))
        self.button = Menubutton(self, text=title, direction="below", state="disabled")
        self.menu = PointMenu(self.button, theme, sources, self.choose, on_error)
        self.button.configure(menu=self.menu)
        self.button.grid(row=0, column=1, sticky="w")
        self._title = title
        self._vector = Label(self, bootstyle="secondary", justify="left", font="TkFixedFont")
        self._vector.grid(row=1, column=1, sticky="nw", pady=(theme.px(4), 0))
        self.columnconfigure(1, weight=1)
        add_tooltip(self.button, tooltip)
        theme.subscribe(self, self._on_theme)

    @property
    def z(self) -> tuple[float, ...] | None:
        """The chosen point, prior standard deviations; None before the first choice."""
        return self._z

    @property
    def origin(self) -> str:
        """Where the point is from, as the person reads it."""
        return self._origin

    def set_point(self, z: Sequence[float], origin: str) -> None:
        """Show a point, without telling anybody."""
        self._z = tuple(float(value) for value in z)
        self._origin = origin
        shown = _shortened(origin, MAX_NAME_LENGTH)  # a longer one would push the page apart
        self.button.configure(text=f"{self._title}: {shown}  ", state="normal")
        self._vector.configure(text=vector_rows(self._z))
        self._show(self._decode(np.asarray(self._z)))

    def choose(self, z: Sequence[float], origin: str) -> None:
        """Choose a point as the person would."""
        self.set_point(z, origin)
        self._on_change()

    def _show(self, pixels: np.ndarray) -> None:
        box = images.fit(pixels.shape, self._side, self._side)
        self._photo = ImageTk.PhotoImage(images.scaled(pixels, *box, smooth=True), master=self)
        self._picture.itemconfigure(self._item, image=self._photo)

    def _on_theme(self, palette: Palette) -> None:
        self._picture.configure(background=palette.surface)
