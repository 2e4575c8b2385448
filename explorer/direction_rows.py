"""The rows of the table of directions: their figures, how they are written, their order."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from explorer.direction_sets import SETS
from explorer.direction_study import DirectionStudy
from explorer.direction_words import SHORT_NAMES, amount
from explorer.semantic import Key
from vae.attributes import ATTRIBUTES, NAMES
from vae.effects import EffectTable

WAITING = "…"
UNKNOWN = ""
TEXT_ORDER = ("in order", "backwards")


@dataclass(frozen=True)
class TableRow:
    """One direction. NaN stands for a figure that it does not have, or that is not known.

    set_title: of the set it is in. effect: on the attribute it is named after, in the attribute's
    unit, and own: the same in standard deviations, by which it is sorted. sides: effects on every
    attribute, (A,) standard deviations. verdict: whether it does what it says, or None.
    waiting: its effects are being measured.
    """

    key: Key
    set_title: str
    r2: float
    share: float
    attribute: str | None
    effect: float
    own: float
    sides: tuple[float, ...]
    verdict: bool | None
    waiting: bool


@dataclass(frozen=True)
class Column:
    """A column.

    width: pixels at 96 dpi. text(row) is shown, sort(row) is a number or a text. order: the order
    of rows, in words: as it begins, and the other way round.
    """

    heading: str
    width: int
    text: Callable[[TableRow], str]
    sort: Callable[[TableRow], float | str]
    order: tuple[str, str] = ("largest first", "smallest first")


def columns() -> tuple[Column, ...]:
    """The columns from left to right."""
    return (
        Column("Direction", 86, lambda row: row.key[1], lambda row: row.key[1], TEXT_ORDER),
        Column("Set", 71, lambda row: row.set_title, lambda row: row.set_title, TEXT_ORDER),
        Column("R²", 36, lambda row: _figure(row.r2, "{:.2f}"), lambda row: row.r2),
        Column("Share", 45, lambda row: _figure(row.share, "{:.0%}"), lambda row: row.share),
        Column("Effect", 70, _effect, lambda row: row.own),
        *(
            Column(
                SHORT_NAMES[attribute.name],
                43,
                lambda row, index=index: _side(row, index),
                # The sign of what was found without labels is arbitrary.
                lambda row, index=index: abs(row.sides[index]),
                ("strongest first", "weakest first"),
            )
            for index, attribute in enumerate(ATTRIBUTES)
        ),
        Column("ok", 22, _verdict, lambda row: math.nan if row.verdict is None else row.verdict),
    )


def sorted_rows(rows: Sequence[TableRow], column: Column, descending: bool) -> tuple[TableRow, ...]:
    """The rows in the order of a column; those without a figure last, whichever way round.

    Texts are sorted as people count: "SeFa 2" before "SeFa 10". Equal rows keep their order.
    """
    keys = [(row, column.sort(row)) for row in rows]
    known = [(row, key) for row, key in keys if not _is_nan(key)]
    unknown = [row for row, key in keys if _is_nan(key)]
    # Stable both ways: `reverse` keeps the order of equals.
    known.sort(key=lambda pair: _natural(pair[1]), reverse=descending)
    return (*(row for row, _ in known), *unknown)


def rows_of(study: DirectionStudy) -> list[TableRow]:
    """A row for every direction that was found, in the order of the sets."""
    rows = []
    for set_name in _found_sets(study):
        directions = study.sets[set_name]
        table = study.table(directions)
        sides = table.values[:, -len(NAMES) :]
        for index, direction in enumerate(directions):
            own = math.nan
            if direction.attribute in NAMES:
                own = float(sides[index, NAMES.index(direction.attribute)])
            rows.append(
                TableRow(
                    key=(set_name, direction.name),
                    set_title=SETS[set_name].title,
                    r2=float(table.column("R2")[index]),
                    share=float(table.column("share")[index]),
                    attribute=direction.attribute if direction.attribute in NAMES else None,
                    effect=float(table.column("effect")[index]),
                    own=own,
                    sides=tuple(sides[index].tolist()),
                    verdict=table.verdicts[index],
                    waiting=study.waits(set_name, direction),
                )
            )
    return rows


def effects_of(study: DirectionStudy) -> EffectTable:
    """The same directions with all figures that are known of them."""
    return study.table([found for name in _found_sets(study) for found in study.sets[name]])


def tabbed(text: str) -> str:
    """A table as CSV with tabs between its cells, as spreadsheets take it from a clipboard."""
    rows = csv.reader(io.StringIO(text))
    return "\n".join("\t".join(cell.replace("\t", " ") for cell in row) for row in rows)


def _found_sets(study: DirectionStudy) -> Iterator[str]:
    return (name for name in SETS if study.sets.get(name))


def _figure(value: float, pattern: str) -> str:
    return UNKNOWN if math.isnan(value) else pattern.format(value)


def _effect(row: TableRow) -> str:
    if row.attribute is None:
        return UNKNOWN
    if math.isnan(row.effect):
        return WAITING if row.waiting else UNKNOWN
    return amount(row.attribute, row.effect)


def _side(row: TableRow, index: int) -> str:
    if math.isnan(row.sides[index]):
        return WAITING if row.waiting else UNKNOWN
    value = round(row.sides[index], 2) + 0.0  # no minus before a zero
    # Of numbers that are nearly all smaller than 1, the zero tells nothing and takes room.
    text = f"{value:+.2f}".replace("0.", ".", 1) if abs(value) < 0.995 else f"{value:+.1f}"
    return text.replace("-", "−")


def _verdict(row: TableRow) -> str:
    return {True: "✓", False: "✗", None: WAITING if row.waiting and row.attribute else UNKNOWN}[
        row.verdict
    ]


def _is_nan(key: float | str) -> bool:
    return isinstance(key, float) and math.isnan(key)


def _natural(key: float | str) -> object:
    """Numbers within a text compare as numbers."""
    if not isinstance(key, str):
        return key
    pieces = re.split(r"(\d+)", key.casefold())
    return [(int(piece), "") if piece.isdigit() else (-1, piece) for piece in pieces]
