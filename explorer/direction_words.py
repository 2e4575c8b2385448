"""What the person reads of a direction: a note, an explanation, and what is wrong with its name."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.semantic import Course
from vae.attributes import ATTRIBUTES
from vae.directions import Direction
from vae.effects import MIN_ERRORS, Effects, does_what_it_says

SHORT_UNITS = {"% of white": "%", "pixels": "px", "degrees": "°", "square pixels": "px²"}
UNITS = {attribute.name: SHORT_UNITS[attribute.unit] for attribute in ATTRIBUTES}
SHORT_NAMES = {name: "thick" if name == "thickness" else name for name in UNITS}
MEANINGS = {attribute.name: attribute.meaning for attribute in ATTRIBUTES}
# Standard deviations among real digits a unit, below which an effect is not worth a word.
LEAST_EFFECT = 0.15
HELD = "Held: every other slider walks orthogonally to it, so that it stays."
HELD_ATTRIBUTE = (
    "Held: every other slider walks orthogonally to the gradient of its regression. So its linear "
    "prediction stays; what it really does is measured, and stands below the name."
)
HOLD = "L, or the lock: hold it, and walk the others so that it stays."


@dataclass(frozen=True)
class RowText:
    """What stands at a slider. note: below the name. warned: it does not do what it is called."""

    name: str
    note: str
    tooltip: str
    warned: bool = False


def row_text(course: Course, effects: Effects | None, waiting: str) -> RowText:
    """The words for a slider.

    effects: of the course as it is walked, or None. waiting: what is to be told until they, or the
    direction itself, are there; empty if nothing will come.
    """
    direction = course.direction
    if direction is None:
        return RowText(course.name, "…", waiting)
    parts = [_origin(direction)]
    if course.problem:
        return RowText(course.name, "nothing left", f"{course.problem} Hold fewer to walk it.")
    if course.held:
        held = HELD if direction.gradient is None else HELD_ATTRIBUTE
        return RowText(course.name, "held", _joined([*parts, held]))
    note = _note(direction, effects)
    if course.left < 1.0:
        note = f"{course.left:.0%} left"
        parts.append(
            f"Walked orthogonally to what is held: {course.left:.0%} of it is left (the cosine)."
        )
    wrong = ""
    if effects is not None:
        wrong = fault(direction, effects)
        parts.append(wrong or effect_sentence(direction, effects))
    elif waiting:
        parts.append(waiting)
    name = f"{course.name} !" if wrong else course.name
    return RowText(name, note, _joined([*parts, HOLD]), warned=bool(wrong))


def fault(direction: Direction, effects: Effects) -> str:
    """Why a direction does not do what it is named after; empty where it does, or has no such name.

    The figures are those by which `vae.effects.does_what_it_says` judges.
    """
    if does_what_it_says(direction, effects) is not False:
        return ""
    own = effects.names.index(direction.attribute)
    mean, error, sizes = effects.mean[own], effects.error[own], np.abs(effects.relative)
    told = f"It does not do what it says: {amount(direction.attribute, mean)} a unit"
    if not mean > 0 or not mean >= MIN_ERRORS * error:
        return f"{told} is no rise (standard error {error:.2g})."
    others = [index for index in np.argsort(-np.nan_to_num(sizes)) if index != own]
    if not others:
        return f"{told}."
    side = others[0]
    more = "more" if sizes[side] > sizes[own] else "as much"
    return (
        f"{told} is {sizes[own]:.2f} standard deviations of real digits, but it changes "
        f"{effects.names[side]} {more}: {effects.relative[side]:+.2f}."
    )


def effect_sentence(direction: Direction, effects: Effects) -> str:
    """What a unit of the walk does, measured: its own attribute first, then the largest others."""
    own = direction.attribute if direction.attribute in effects.names else None
    ranked = [
        f"{effects.names[index]} {effects.relative[index]:+.2f}"
        for index in np.argsort(-np.abs(np.nan_to_num(effects.relative)))
        if effects.names[index] != own and abs(effects.relative[index]) >= LEAST_EFFECT
    ]
    walks = f"Measured on {effects.count} random walks of one unit:"
    told = []
    if own is not None:
        index = effects.names.index(own)
        told.append(
            f"{amount(own, effects.mean[index])} ({effects.relative[index]:+.2f} standard "
            "deviations of real digits)"
        )
    if ranked:
        lead = "besides, " if told else "in standard deviations of real digits, "
        told.append(lead + ", ".join(ranked[:3]))
    return f"{walks} {'; '.join(told) or 'next to nothing of what is measured changes'}."


def amount(attribute: str, change: float) -> str:
    """A change in the attribute's unit."""
    unit = UNITS[attribute]
    return f"{_signed(change)}{'' if unit == '°' else ' '}{unit}"


def from_to(attribute: str, before: float, after: float) -> str:
    """Two measurements, in as few characters as tell them apart."""
    unit = UNITS[attribute]
    known = [f"{value:.1f}" if np.isfinite(value) else "–" for value in (before, after)]
    return f"{known[0]} → {known[1]}{'' if unit == '°' else ' '}{unit}"


def _note(direction: Direction, effects: Effects | None) -> str:
    if direction.r2 is not None:
        return f"R² {direction.r2:.2f}"
    if effects is not None and direction.attribute in effects.names:
        return amount(direction.attribute, effects.mean[effects.names.index(direction.attribute)])
    figures = []
    if direction.share is not None:
        figures.append(f"{direction.share:.0%}")
    elif direction.length is not None:
        figures.append(f"{direction.length:.1f} sd")
    if effects is not None:
        figures.append(_mostly(effects))
    return " · ".join(filter(None, figures))


def _mostly(effects: Effects) -> str:
    """The attribute that changes most, and whether it grows."""
    sizes = np.nan_to_num(effects.relative)
    most = int(np.abs(sizes).argmax())
    if abs(sizes[most]) < LEAST_EFFECT:
        return ""
    return f"{SHORT_NAMES[effects.names[most]]} {'+' if sizes[most] > 0 else '−'}"


def _origin(direction: Direction) -> str:
    """How it was found, and how well."""
    if direction.attribute in MEANINGS and direction.r2 is not None:
        return (
            f"{direction.attribute.capitalize()}, {MEANINGS[direction.attribute]}. R² "
            f"{direction.r2:.2f}: the share of its variance over held-out real digits that a "
            "linear function of z explains."
        )
    if direction.share is not None:
        return f"Found without labels; it explains {direction.share:.0%} of what it was found in."
    if direction.length is not None:
        return (
            "From the mean of one group of points to that of another, "
            f"{direction.length:.1f} prior standard deviations away."
        )
    return "A direction of your own."


def _signed(value: float) -> str:
    digits = 1 if abs(value) >= 10 else 2
    return f"{value:+.{digits}f}".replace("-", "−")


def _joined(sentences: list[str]) -> str:
    return "\n\n".join(filter(None, sentences))
