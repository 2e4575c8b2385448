"""What is said about a drawing: what to do first, and what was done to it before it was encoded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from explorer.drawing import Drawing
from explorer.drawn import DrawnDigit, is_centred
from vae.centring import BOX_SHARE

EMPTY = (
    "Draw a digit on the sheet with the mouse or a pen, open a picture of one, or take a real "
    "digit. The point follows every stroke."
)
EMPTY_IN_COLOUR = (
    "Draw on the sheet with the mouse or a pen, open a picture, or take the point. The point "
    "follows every stroke."
)
ALL_UNKNOWN = (
    "All of the ink is marked as unknown, which leaves nothing to encode. Known takes marks away."
)


def words_about(
    drawing: Drawing,
    drawn: DrawnDigit | None,
    *,
    centre: bool,
    notes: Sequence[str],
    locks: Iterable[int],
) -> str:
    """What the person should know, the most urgent first.

    drawn: what became of the drawing; None if nothing of it can be encoded. centre: the person
    wants drawings centred. notes: what was said when it was opened. locks: dimensions, 0-based,
    that do not follow the encoder.
    """
    if drawn is None:
        empty = EMPTY_IN_COLOUR if drawing.in_colour else EMPTY
        return empty if drawing.is_empty else ALL_UNKNOWN
    locked = "" if drawn.posterior is None else _locked(locks)
    parts = (drawn.trouble, locked, *notes, _treatment(drawing, drawn, centre))
    return " ".join(part for part in parts if part)


def _treatment(drawing: Drawing, drawn: DrawnDigit, centre: bool) -> str:
    """What was done to the drawing before it was encoded; the cases of `explorer.drawn`."""
    if drawing.in_colour:
        text = f"{drawn.source[:1].upper()}{drawn.source[1:]}: encoded as it is, in colour."
        if drawn.unknown.any():
            text += " What is unknown is black to the encoder."
        return text
    if drawing.base_is_centred:
        what = "" if drawn.label is None else f", a {drawn.label}"
        text = f"{drawn.source}{what}: encoded as it is."
        text = text[0].upper() + text[1:]
        if drawn.unknown.any():
            text += " What is unknown is background to the encoder."
    elif not centre:
        text = "Encoded as drawn, wherever it is and however large."
    elif not is_centred(drawing, centre):
        text = "Not centred: with unknown pixels, nobody knows where the whole digit will be."
    else:
        box = round(BOX_SHARE * drawing.side)
        text = f"Scaled to {box} × {box} pixels and centred by its mass, as MNIST's digits are"
        text += ": what is hidden is counted, too." if drawn.unknown.any() else "."
    if len(drawn.image) > 1:
        text += f" The same in all {len(drawn.image)} channels."
    return text


def _locked(locks: Iterable[int]) -> str:
    names = ", ".join(f"z{index + 1}" for index in sorted(locks))
    return f"Locked, and not moved: {names}." if names else ""
