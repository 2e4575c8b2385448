"""The smallest change to a class: what is asked, the pictures, what moved, and the words."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from explorer.guiding import NearestChange
from explorer.images import signed_change
from explorer.theme import (
    PATIENT_TOOLTIP_DELAY_MS,
    Checkbutton,
    Frame,
    Label,
    Radiobutton,
    Theme,
    add_tooltip,
)
from explorer.widgets.change_view import ChangeView, Picture
from explorer.widgets.number_field import NumberField
from explorer.widgets.sentence import Sentence
from explorer.widgets.shift_bars import ShiftBars
from vae.documents import is_number

SPACES = {
    "latent": ("latent", "Nearest in z: the least movement of the sliders."),
    "pixels": ("pixels", "Nearest as an image: its pixels change least."),
}
RADIUS = 0.1, 12.0  # prior standard deviations
PROBABILITY = 0.05, 0.999
BARS_HEIGHT = 92  # pixels at 96 dpi
COLOURS = "red: lighter,\nblue: darker"


class ChangePanel(Frame):
    """Shows a `NearestChange`, or what one would be made of.

    on_go(z): the person wants to be at one of its points. on_error(message): see `NumberField`.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        *,
        on_go: Callable[[np.ndarray], None],
        on_error: Callable[[str], None],
    ) -> None:
        super().__init__(parent)
        px = theme.px
        self._on_go = on_go
        self._on_error = on_error
        self._found: NearestChange | None = None
        self._points: list[np.ndarray] = []  # of the pictures that stand for one
        self._text = ""
        self._build_options(theme)
        self.pictures = ChangeView(self, theme, on_choose=self._choose)
        self.bars = ShiftBars(self, theme, height=BARS_HEIGHT)
        self.sentence = Sentence(self)
        self.pictures.pack(fill="both", expand=True, pady=(px(6), 0))
        self.bars.pack(fill="x", pady=(px(4), 0))
        self.sentence.pack(fill="x", pady=(px(4), 0))
        add_tooltip(
            self.pictures,
            "Click a picture, or walk with the arrow keys and press Return, to go to its point.",
            PATIENT_TOOLTIP_DELAY_MS,
            position="top",
        )
        add_tooltip(
            self.bars,
            "How far every dimension moved, from before to after, in standard deviations of the "
            "prior.",
        )

    @property
    def found(self) -> NearestChange | None:
        """What is shown."""
        return self._found

    @property
    def space(self) -> str:
        """In which space the change is to be smallest."""
        return self._space.get()

    @property
    def radius(self) -> float:
        """How far to search, prior standard deviations."""
        return self.radius_field.number

    @property
    def probability(self) -> float | None:
        """How sure the classifier has to be; None where it is enough that no class is likelier."""
        return self.sure_field.number if self._sure.get() else None

    def settings(self) -> dict[str, Any]:
        """What a session file keeps."""
        return {
            "space": self.space,
            "radius": self.radius,
            "sure": bool(self._sure.get()),
            "probability": self.sure_field.number,
        }

    def apply_settings(self, settings: Mapping[str, Any]) -> None:
        """Take over settings of a session file; what does not fit is left as it is."""
        if settings.get("space") in tuple(SPACES):
            self._space.set(settings["space"])
        if isinstance(settings.get("sure"), bool):
            self._sure.set(settings["sure"])
        for key, field, (low, high) in (
            ("radius", self.radius_field, RADIUS),
            ("probability", self.sure_field, PROBABILITY),
        ):
            value = settings.get(key)
            if is_number(value) and low <= value <= high:
                field.set_number(value)

    def show_missing(self, text: str) -> None:
        """Say why nothing can be shown."""
        self._found = None
        self.pictures.show([], text)
        self.bars.show(np.zeros(0))
        self._say("")

    def show_idle(
        self, z: np.ndarray, pixels: np.ndarray, answer: np.ndarray, names: tuple[str, ...], to: int
    ) -> None:
        """Show what the smallest change of a point (latent_dim,) would be made of.

        pixels: its image, (C, H, W) uint8. answer: the classifier's, (classes,). to: the target.
        """
        self._found = None
        self._points = [z]
        self.pictures.show(
            [
                Picture("Before", _seen(answer, names, to), pixels),
                Picture("Boundary", "the answer\ntips over", None, arrow="→"),
                Picture("After", f"taken for {names[to]}", None, arrow="→"),
                Picture("After − before", COLOURS, None),
            ]
        )
        self.bars.show(np.zeros(len(z)), "which dimensions move, and how far")
        self._say(
            f"Go looks for the nearest point that the classifier takes for {names[to]}: how little "
            "has to change."
        )

    def show(self, found: NearestChange) -> None:
        """Show a smallest change, or that there was none."""
        self._found = found
        change, answers, names, to = found.change, found.answers, found.names, found.target
        before = Picture("Before", _seen(answers[0], names, to), change.frames[0])
        self._points = [change.before]
        if not change.found:
            self.pictures.show([before, Picture("After", "none found", None, arrow="→")])
            self.bars.show(np.zeros(len(change.before)), "nothing found")
            self._say(change.note)
            return
        pictures = [before]
        if np.array_equal(change.boundary, change.after):
            after = _tipping(answers[2])
        else:
            tipping = _named(_tipping(answers[1]), answers[1], names)
            pictures.append(Picture("Boundary", tipping, change.frames[1], arrow="→"))
            self._points.append(change.boundary)
            after = [to]
        self._points.append(change.after)
        difference = signed_change(change.frames[2].astype(np.float64) - change.frames[0]) / 127.5
        caption = _named(after, answers[2], names)
        pictures += [
            Picture("After", caption, change.frames[2], arrow="→"),
            Picture("After − before", COLOURS, change.frames[0], difference),
        ]
        self.pictures.show(pictures)
        self.bars.show(change.after - change.before)
        self._say(_sentence(found))

    def show_searching(self, text: str) -> None:
        """Say what is being done; the pictures stay."""
        self.sentence.show(text, secondary=True)

    def show_as_before(self) -> None:
        """Say again what was said of the pictures: there is nothing new."""
        self._say(self._text)

    def _say(self, text: str) -> None:
        self._text = text
        self.sentence.show(text, secondary=self._found is None)

    def _choose(self, index: int) -> None:
        if index < len(self._points):
            self._on_go(self._points[index])

    def _build_options(self, theme: Theme) -> None:
        px = theme.px
        row = Frame(self)
        row.pack(fill="x")
        Label(row, text="Nearest in").pack(side="left", padx=(0, px(8)))
        self._space = tk.StringVar(self, "latent")
        self.space_buttons: dict[str, Radiobutton] = {}
        for space, (text, tooltip) in SPACES.items():
            button = Radiobutton(row, text=text, value=space, variable=self._space)
            button.pack(side="left", padx=(0, px(10)))
            add_tooltip(button, tooltip)
            self.space_buttons[space] = button
        Label(row, text="within").pack(side="left", padx=(px(4), px(4)))
        self.radius_field = self._number(row, "The radius", 4.0, *RADIUS, 0.5)
        self._sure = tk.BooleanVar(self, True)
        self.sure_button = Checkbutton(row, text="with p ≥", variable=self._sure)
        self.sure_button.pack(side="left", padx=(px(14), px(4)))
        self.sure_field = self._number(row, "The probability", 0.95, *PROBABILITY, 0.05)
        add_tooltip(
            self.radius_field,
            "How far from the current point is searched, in standard deviations of the prior, "
            "whichever space counts.",
        )
        add_tooltip(
            self.sure_button,
            "The classifier must be this sure of the target. Else it is enough that no other "
            "class is likelier, and the change ends right at the boundary between two classes.",
        )
        add_tooltip(self.sure_field, "How sure the classifier must be.")

    def _number(
        self, row: Frame, what: str, number: float, low: float, high: float, step: float
    ) -> NumberField:
        field = NumberField(
            row,
            what=what,
            number=number,
            low=low,
            high=high,
            step=step,
            width=5,
            on_change=lambda number: None,
            on_error=self._on_error,
        )
        field.pack(side="left")
        return field


def _named(classes: list[int], answer: np.ndarray, names: tuple[str, ...]) -> str:
    return "\n".join(f"{names[index]}: {answer[index]:.0%}" for index in classes)


def _seen(answer: np.ndarray, names: tuple[str, ...], to: int) -> str:
    """The likeliest class, and the target."""
    return _named(list(dict.fromkeys([int(answer.argmax()), to])), answer, names)


def _tipping(answer: np.ndarray) -> list[int]:
    """The two likeliest classes, between which the classifier hesitates."""
    return [int(index) for index in np.argsort(-answer, kind="stable")[:2]]


def _sentence(found: NearestChange) -> str:
    change = found.change
    if change.distance == 0:
        return change.note
    shift = np.abs(change.after - change.before)
    if found.space == "latent":
        distance = f"{change.distance:.2f} away in z"
    else:
        distance = (
            f"{change.distance:.1f} away as an image (norm over its pixels, −1 to 1) and "
            f"{np.linalg.norm(shift):.2f} in z"
        )
    moved = ""
    if len(change.moved) > 2:
        most = list(change.moved[:2])
        share = (shift[most] ** 2).sum() / (shift**2).sum()
        names = " and ".join(f"z{index + 1}" for index in most)
        moved = f", {share:.0%} of its square along {names}" if found.space == "latent" else ""
    return (
        f"The nearest point found that is taken for {found.names[found.target]} is "
        f"{distance}{moved}. That there is no nearer one is not proven."
    )
