"""What the legend of a map explains: an entry for each thing that its layers show."""

from __future__ import annotations

import math
from dataclasses import dataclass

from explorer import map_colours as colours
from explorer.map_cloud import DOTS_FROM, apart_in, one_of
from explorer.map_layers import (
    CLASSES,
    DIGITS,
    MAGNIFICATION,
    TILES,
    TYPICALITY,
    MapFields,
    MapLook,
)
from explorer.map_picture import heat_range
from explorer.viewport import Viewport
from vae.statistics import OFF_THE_MAP, RARE, TYPICAL

# Kinds of entries.
CLASS, LINE, DASHES, DOT, HEAT, NOTE = "class", "line", "dashes", "dot", "heat", "note"
LEGEND_SAMPLES = 24  # colours of a scale
LEGEND_DOTS = 3  # of the entry for real digits


@dataclass(frozen=True)
class LegendEntry:
    """One thing that a legend explains.

    layer: the layer of the map that it belongs to. kind: CLASS, LINE, DASHES, DOT, HEAT or NOTE.
    text: what it means. colours: #rrggbb; of HEAT from low to high, of DOT some of the labels', of
    NOTE none, else one. ends: of HEAT, what its ends stand for.
    """

    layer: str
    kind: str
    text: str
    colours: tuple[str, ...] = ()
    ends: tuple[str, str] = ("", "")


def legend_entries(
    fields: MapFields, look: MapLook, viewport: Viewport | None = None
) -> list[LegendEntry]:
    """What the layers that are wanted and known mean, where `paint_map` shows this viewport.

    viewport: that of the fields if there is none. With magnification, Matplotlib's colours are
    imported the first time.
    """
    shown = {layer for layer in look.layers if fields.knows(layer)}
    filled = CLASSES in shown and MAGNIFICATION not in shown
    values = [colours.as_hex(c) for c in colours.class_colours(len(look.class_names))]
    ink = colours.as_hex(colours.STRONG[look.dark])
    entries = []
    # Under magnification the regions have names and borders, but no colours.
    if filled or DIGITS in shown:
        layer = CLASSES if filled else DIGITS
        entries += [
            LegendEntry(layer, CLASS, name, (value,))
            for name, value in zip(look.class_names, values, strict=True)
        ]
    if filled:
        entries.append(LegendEntry(CLASSES, NOTE, "fainter: less sure"))
    if DIGITS in shown:
        text, apart = (
            "real digits",
            apart_in(fields.dots[0], viewport or fields.viewport, look.scale),
        )
        if apart < DOTS_FROM and shown & {TILES, CLASSES, MAGNIFICATION}:
            text = f"{text}, 1 of {one_of(apart)}"
        entries.append(LegendEntry(DIGITS, DOT, text, tuple(values[:LEGEND_DOTS]) or (ink,)))
    if MAGNIFICATION in shown:
        ends = tuple(two_digits(10.0**end) for end in heat_range(fields.magnification))
        samples = tuple(map(colours.as_hex, colours.heat_samples(LEGEND_SAMPLES)))
        entries.append(LegendEntry(MAGNIFICATION, HEAT, "magnification", samples, ends))
    if TYPICALITY in shown:
        entries.append(LegendEntry(TYPICALITY, LINE, f"{TYPICAL} | {RARE}", (ink,)))
        entries.append(LegendEntry(TYPICALITY, DASHES, f"{RARE} | {OFF_THE_MAP}", (ink,)))
    return entries


def two_digits(value: float) -> str:
    """A positive number with two significant digits and no exponent, where that is readable."""
    if not 1e-3 <= value < 1e5:
        return f"{value:.1e}"
    digits = 1 - math.floor(math.log10(value))
    return f"{round(value, digits):,.{max(0, digits)}f}"
