"""The plot of the Smoothness view: how rough random segments are, and how lopsided the metric is.

`draw(figure, look, measured)` as in `explorer.dimension_plots`, without a window.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.plot_panels import panels, room
from explorer.plotting import Look, plain_log_ticks
from vae.smoothness import LARGEST_CONDITION, PRIOR, Smoothness

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BINS = 36
OUTERMOST = 0.998  # of all values is shown; the few beyond are counted into the last bar
NAMES = {PRIOR: "prior samples", "real": "real digits"}
FINE = 300  # up to here a logarithmic axis has room for 2 and 5 beside 1 and 10
NARROW = 420  # pixels; below that the panels stand one above the other


def draw(figure: Figure, look: Look, measured: Smoothness) -> None:
    """Histograms of E[v'Gv] over the segments, and of G's condition number over the points."""
    width, _ = room(figure, look)
    rows, columns = (1, 2) if width >= NARROW else (2, 1)
    axes = panels(
        figure, look, rows, columns,
        left=42, right=12, top=22, bottom=44, across=48, down=66,
    ).ravel()  # fmt: skip
    energies = [row[np.isfinite(row)] for row in measured.energies]
    highest = max(float(np.quantile(np.concatenate(energies), OUTERMOST)), 1e-9)
    _histograms(
        axes[0], look, measured, energies, np.linspace(0.0, 1.02 * highest, BINS + 1),
        [f"{row.mean():.1f}" for row in energies], "mean",
    )  # fmt: skip
    axes[0].set(
        xlabel="E[vᵀGv] of a segment, image units² / std²",
        ylabel="segments",
        title="Change along random segments",
    )
    conditions = [row[np.isfinite(row)] for row in measured.conditions]
    shown = np.concatenate(conditions)
    axes[1].set_xscale("log")
    largest = 10.0
    if len(shown):
        largest = min(max(largest, float(np.quantile(shown, OUTERMOST))), LARGEST_CONDITION)
    _histograms(
        axes[1], look, measured, conditions, np.geomspace(1.0, 1.05 * largest, BINS + 1),
        [f"{np.median(row):,.1f}" if len(row) else "none" for row in conditions], "median",
    )  # fmt: skip
    plain_log_ticks(axes[1].xaxis, fine=largest <= FINE)
    axes[1].set(
        xlabel="condition number of G = JᵀJ",
        ylabel="points",
        title="Most over least visible direction",
    )


def _histograms(
    axis: Axes,
    look: Look,
    measured: Smoothness,
    values: list[np.ndarray],
    edges: np.ndarray,
    middles: list[str],
    what: str,
) -> None:
    """One histogram for each source: bars, and a line over them."""
    styles: tuple[dict[str, Any], ...] = (
        {"color": look.accent, "alpha": 0.55, "linewidth": 0},
        {"histtype": "step", "color": look.foreground, "linewidth": look.line},
    )
    for source, row, middle, style in zip(measured.sources, values, middles, styles, strict=False):
        inside = np.clip(row, edges[0], np.nextafter(edges[-1], 0.0))
        axis.hist(inside, edges, label=f"{NAMES[source]}, {what} {middle}", **style)
    axis.set_xlim(edges[0], edges[-1])
    top = axis.get_ylim()[1]
    axis.set_ylim(0, 1.35 * top)  # room for the legend
    axis.legend(loc="upper right", frameon=False, borderaxespad=0.1, handlelength=1.2)
