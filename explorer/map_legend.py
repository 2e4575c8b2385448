"""How a map's legend is laid out and drawn, on a widget and in a file alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from explorer.legend_entries import CLASS, DASHES, DOT, HEAT, LINE, LegendEntry

Measure = Callable[[str], float]  # a text's width, pixels

SHORT_NAME = 2  # letters; such a name stands in its colour, a longer one beside it

# Lengths in heights of the letters.
BOX = 1.7  # side of a class's box
SAMPLE = 2.6  # of a line, or a row of dots
BAR = 9.0  # of a heat map's scale
SPACE = 0.5  # between a sample and its text
GAP = 1.3  # between two entries
CLASS_GAP = 0.35  # between two classes whose names stand in their colours
ROW = 2.3


class Pen(Protocol):
    """What a legend is drawn with. Places in pixels, y downwards; colours as #rrggbb."""

    def box(self, left: float, top: float, right: float, bottom: float, colour: str) -> None:
        """A filled rectangle."""

    def line(self, left: float, right: float, y: float, colour: str, dashed: bool) -> None:
        """A line across."""

    def dot(self, x: float, y: float, radius: float, colour: str) -> None:
        """A filled circle."""

    def text(self, x: float, y: float, text: str, colour: str | None, centred: bool) -> None:
        """A text, y its middle, x its left edge or middle; None is the colour of all text."""


@dataclass(frozen=True)
class Item:
    """An entry and where it stands: row, left edge and width of the whole, pixels.

    lead: the width of what stands before the text: a box, a sample, the low end of a scale.
    """

    entry: LegendEntry
    row: int
    x: float
    width: float
    lead: float


def laid_out(
    entries: Sequence[LegendEntry], room: float, letter: float, measure: Measure
) -> list[Item]:
    """Entries in rows, as words in lines; what is wider than the room has a row of its own.

    room: width of a row, pixels. letter: a font's size, pixels. measure(text) -> pixels.
    """
    items: list[Item] = []
    row, x, last = 0, 0.0, None
    for entry in entries:
        lead, width = _widths(entry, letter, measure)
        if last is not None:
            x += (CLASS_GAP if is_boxed(last) and is_boxed(entry) else GAP) * letter
        if x > 0 and x + width > room:
            row, x = row + 1, 0.0
        items.append(Item(entry, row, x, width, lead))
        x, last = x + width, entry
    return items


def is_boxed(entry: LegendEntry) -> bool:
    """Whether an entry's text stands in its colour."""
    return entry.kind == CLASS and len(entry.text) <= SHORT_NAME


def _widths(entry: LegendEntry, letter: float, measure: Measure) -> tuple[float, float]:
    """What stands before the text, and all of an entry."""
    text = measure(entry.text)
    if is_boxed(entry):
        return 0.0, max(BOX * letter, text + SPACE * letter)
    if entry.kind == HEAT:
        ends = sum(measure(end) for end in entry.ends)
        scale = ends + (BAR + 2 * SPACE) * letter
        return scale + SPACE * letter, scale + SPACE * letter + text
    lead = {CLASS: BOX, LINE: SAMPLE, DASHES: SAMPLE, DOT: SAMPLE}.get(entry.kind)
    lead = 0.0 if lead is None else (lead + SPACE) * letter
    return lead, lead + text


def height_of(items: Sequence[Item], letter: float) -> int:
    """Of all rows, pixels."""
    return round((max(item.row for item in items) + 1) * ROW * letter) if items else 0


def draw_legend(items: Sequence[Item], letter: float, measure: Measure, pen: Pen) -> None:
    """Draw entries that have been laid out, from (0, 0) on."""
    for item in items:
        _draw(item, letter, measure, pen)


def _draw(item: Item, letter: float, measure: Measure, pen: Pen) -> None:
    entry, left = item.entry, item.x
    y = (item.row + 0.5) * ROW * letter
    half = BOX * letter / 2
    if is_boxed(entry):
        pen.box(left, y - half, left + item.width, y + half, entry.colours[0])
        pen.text(left + item.width / 2, y, entry.text, readable_on(entry.colours[0]), True)
        return
    sample = left + SAMPLE * letter
    if entry.kind == CLASS:
        pen.box(left, y - half, left + 2 * half, y + half, entry.colours[0])
    elif entry.kind in (LINE, DASHES):
        pen.line(left, sample, y, entry.colours[0], entry.kind == DASHES)
    elif entry.kind == DOT:
        for index, colour in enumerate(entry.colours):
            x = left + (index + 0.5) * SAMPLE * letter / len(entry.colours)
            pen.dot(x, y, 0.3 * letter, colour)
    elif entry.kind == HEAT:
        low, high = entry.ends
        pen.text(left, y, low, None, False)
        start = left + measure(low) + SPACE * letter
        step = BAR * letter / len(entry.colours)
        for index, colour in enumerate(entry.colours):
            x = start + index * step
            pen.box(x, y - half / 2, x + step, y + half / 2, colour)
        pen.text(start + (BAR + SPACE) * letter, y, high, None, False)
    pen.text(left + item.lead, y, entry.text, None, False)


def readable_on(colour: str) -> str:
    """Black or white, whichever stands out more on a colour (WCAG 2.2, relative luminance)."""
    levels = (channel / 255 for channel in bytes.fromhex(colour[1:]))
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in levels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    # Where (1 + 0.05) / (L + 0.05) and (L + 0.05) / 0.05 are the same.
    return "#000000" if luminance > 0.179 else "#ffffff"
