"""What plots of latent dimensions have in common: their panels, names, ticks and the prior's curve.

Room is measured in pixels at 96 dpi, latent numbers in prior standard deviations.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.plotting import Look

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from vae.aggregate import LatentSummary

WIDEST = 4.0  # the axes reach at least so far to both sides: all but 6 of 100,000 prior samples
HIGHEST = 1.2  # a density; the spike of a dead dimension would flatten all others
PANEL_SHAPE = 1.35  # width by height of a small panel, about
SMALLEST_PANEL = (62, 44)  # pixels; below that a histogram is a smudge
TICK_DISTANCE = 24  # pixels between two names on an axis
CURVE_POINTS = 160
PRIOR_STYLE = (0, (4, 2))  # dashes


def name(dimension: int) -> str:
    """What a dimension is called, counted from 0."""
    return f"z{dimension + 1}"


def two(value: float, sign: str = "") -> str:
    """Two decimals, and no minus before what rounds to 0. sign: "+" to have one before all."""
    return f"{round(float(value), 2) + 0.0:{sign}.2f}"


def room(figure: Figure, look: Look) -> tuple[float, float]:
    """Width and height of a figure in pixels at 96 dpi."""
    width, height = figure.get_size_inches() * figure.dpi / look.scale
    return float(width), float(height)


def panels(
    figure: Figure,
    look: Look,
    rows: int,
    columns: int,
    *,
    left: float = 40,
    right: float = 10,
    top: float = 24,
    bottom: float = 24,
    across: float = 14,
    down: float = 30,
    **options: Any,
) -> np.ndarray:
    """(rows, columns) axes with margins and gaps in pixels: exact, and quicker than any layout."""
    width, height = room(figure, look)
    figure.set_layout_engine(None)
    wide = max(1.0, (width - left - right - (columns - 1) * across) / columns)
    high = max(1.0, (height - top - bottom - (rows - 1) * down) / rows)
    return figure.subplots(
        rows,
        columns,
        squeeze=False,
        gridspec_kw={
            "left": left / width,
            "right": max(left / width + 1e-3, 1 - right / width),
            "bottom": bottom / height,
            "top": max(bottom / height + 1e-3, 1 - top / height),
            "wspace": across / wide,
            "hspace": down / high,
        },
        **options,
    )


def arrangement(
    count: int, width: float, height: float, smallest: tuple[float, float] = SMALLEST_PANEL
) -> tuple[int, int]:
    """(rows, columns) for at most `count` panels; fewer if they would be smaller than that."""
    width, height = max(1.0, width), max(1.0, height)
    most_columns = max(1, int(width // smallest[0]))
    most_rows = max(1, int(height // smallest[1]))
    count = max(1, min(count, most_columns * most_rows))
    columns = round(math.sqrt(count * width / height / PANEL_SHAPE))
    columns = max(1, min(columns, count, most_columns), math.ceil(count / most_rows))
    rows = math.ceil(count / columns)
    return rows, math.ceil(count / rows)


def prior_density(x: np.ndarray) -> np.ndarray:
    """The density of N(0, 1)."""
    return np.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)


def reach(mu: np.ndarray) -> float:
    """How far the axis of these numbers goes to both sides; some few may lie beyond."""
    far = np.abs(mu)
    return max(WIDEST, min(float(far.max()), 1.2 * float(np.quantile(far, 0.999))))


def most_used(summary: LatentSummary, count: int) -> list[int]:
    """The dimensions that carry most, at most so many, by their number."""
    return sorted(np.argsort(-summary.kl, kind="stable")[:count].tolist())


def few_ticks(limit: float) -> list[float]:
    """Whole numbers on an axis from -limit to limit, few of them."""
    step = 2 if limit < 7 else 5 if limit < 16 else 10 ** math.floor(math.log10(limit))
    most = math.floor(limit / step)
    return [float(step * i) for i in range(-most, most + 1)]


def sparse(count: int, size: float, least: float) -> list[int]:
    """Which of so many names there is room for, when one has `size` pixels and needs `least`."""
    return list(range(0, count, max(1, math.ceil(least / max(size, 1e-6)))))
