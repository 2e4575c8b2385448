"""Sweeps of two models laid side by side: each dimension of A, and the one of B that matches it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from explorer.model import LoadedModel
from explorer.sheet import Sheet
from explorer.sweep import name_of
from vae.alignment import UNMATCHED
from vae.traversal import nearest_columns, traverse

if TYPE_CHECKING:
    from vae.alignment import Alignment

ORDERS = ("use", "match", "index")
STEPS = 7  # values of a dimension: as large as two strips beside one another can be shown
SPAN = 3.0  # from -SPAN to SPAN, prior standard deviations


@dataclass(frozen=True, eq=False)
class AlignedRow:
    """A dimension of A with its partner in B; or one of either that has none.

    a, b: the dimensions, None where there is none. r: their correlation. points_a, points_b:
    (STEPS, d_A) and (STEPS, d_B), None without a dimension. here: the column nearest to the point
    that the sweep is around; None where the row has no dimension of A.
    """

    a: int | None
    b: int | None
    r: float
    points_a: np.ndarray | None
    points_b: np.ndarray | None
    here: int | None

    @property
    def name(self) -> str:
        """Which dimension goes with which: `z3 → −z1` runs against its partner."""
        if self.b is None:
            return name_of(self.a)
        partner = f"{'−' if self.r < 0 else ''}{name_of(self.b)}"
        return partner if self.a is None else f"{name_of(self.a)} → {partner}"

    @property
    def note(self) -> str:
        """How well they go together."""
        if self.a is None:
            return "B alone"
        return "A alone" if self.b is None else f"r {self.r:+.2f}".replace("-", "−")


def values() -> np.ndarray:
    """What a dimension of A is set to, (STEPS,)."""
    return np.linspace(-SPAN, SPAN, STEPS)


def aligned_rows(
    first: LoadedModel,
    second: LoadedModel,
    alignment: Alignment,
    z: ArrayLike | None,
    order: str,
) -> list[AlignedRow]:
    """The rows of both sweeps.

    B's sweep passes through the point that the linear map makes of A's, and goes from there along
    the matched dimension, as far as A's goes and to the side that the sign of r says.

    z: (d_A,), the point of A that the sweeps are around; None for the means of the encoded images.
    order: one of ORDERS. Dimensions of B without a partner come last.
    """
    base_a = alignment.mean_a if z is None else np.asarray(z, np.float64)
    base_b = alignment.carry_linearly(base_a)
    steps, r, slopes = values(), alignment.r, alignment.slopes
    rows = []
    for a in _in_order(first, alignment, order):
        points_b, b = None, None
        if alignment.partner[a] != UNMATCHED:
            b = int(alignment.partner[a])
            carried = base_b[b] + slopes[a] * (steps - base_a[a])
            points_b = traverse(base_b, [b], carried[None])[0]
        points_a = traverse(base_a, [a], steps[None])[0]
        here = int(nearest_columns(base_a, [a], steps[None])[0][0])
        rows.append(AlignedRow(a, b, float(r[a]), points_a, points_b, here))
    for b in np.flatnonzero(alignment.active_b):
        if b not in alignment.partner:
            points_b = traverse(base_b, [b], steps[None])[0]
            rows.append(AlignedRow(None, int(b), 0.0, None, points_b, None))
    return rows


def sheet_of(
    first: LoadedModel, second: LoadedModel, rows: list[AlignedRow], names: tuple[str, str]
) -> tuple[Sheet, np.ndarray, tuple[int, ...]]:
    """For a picture: the texts, the images, a strip of A above that of B, and what is marked.

    Raises:
        ValueError: the models make images of different shapes.
    """
    if first.decoder.image_shape != second.decoder.image_shape:
        raise ValueError("the models make images of different shapes, which fill no one picture")
    images, titles, notes, marked = [], [], [], []
    for row in rows:
        for letter, name, model, dimension, points in (
            ("A", names[0], first, row.a, row.points_a),
            ("B", names[1], second, row.b, row.points_b),
        ):
            if points is None:
                continue
            if row.here is not None:
                marked.append(len(images) * STEPS + row.here)
            images.append(model.decoder.decode_uint8(points))
            minus = "−" if letter == "B" and row.r < 0 else ""
            titles.append(f"{letter} {minus}{name_of(dimension)}")
            notes.append(name if letter == "A" or row.a is None else row.note)
    header = tuple(f"{value:+g}".replace("-", "−").replace("+0", "0") for value in values())
    sheet = Sheet(
        STEPS * len(images),
        columns=STEPS,
        row_names=tuple(titles),
        row_notes=tuple(notes),
        header=header,
    )
    return sheet, np.concatenate(images), tuple(marked)


def _in_order(first: LoadedModel, alignment: Alignment, order: str) -> list[int]:
    """A's dimensions, the first to be shown first."""
    worth = np.zeros(first.latent_dim)
    if order == "match":
        worth = np.abs(alignment.r)
    elif order == "use" and first.use is not None:
        worth = first.use
    return np.argsort(-worth, kind="stable").tolist()
