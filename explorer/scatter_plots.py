"""Scatter plots of posterior means, coloured by class: of two dimensions, or of every pair.

Every function is `draw(figure, look, ...)` of plain arrays; `explorer.plotting` calls it. Latent
numbers are in prior standard deviations.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from explorer.plot_panels import (
    CURVE_POINTS,
    HIGHEST,
    PRIOR_STYLE,
    few_ticks,
    name,
    panels,
    prior_density,
    reach,
    room,
    two,
)
from explorer.plotting import Look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Rounds in which the classes are painted, each beginning with another class, so that none covers
# the others. One call for all dots would hold Python's lock for 55 ms.
ROUNDS_OF_MATRIX, ROUNDS = 5, 20
MATRIX_MOST = 8  # dimensions of a scatter matrix


def scatter(
    figure: Figure,
    look: Look,
    mu: np.ndarray,
    labels: np.ndarray,
    class_names: Sequence[str],
    pair: tuple[int, int],
) -> None:
    """Posterior means along two dimensions, coloured by class. mu: (n, d)."""
    ((axis,),) = panels(figure, look, 1, 1, left=46, bottom=40, top=10, right=62)
    points = mu[:, list(pair)]
    _dots(axis, look, points, labels, len(class_names), 2.6, ROUNDS)
    # One unit is as long upwards as sideways, so that the rings are round.
    box, (width, height) = axis.get_position(), room(figure, look)
    shape = box.width * width / (box.height * height)
    across = reach(points) * max(1.0, shape)
    _prior_rings(axis, look)
    _name_classes(axis, look, points, labels, class_names)
    axis.set(
        xlim=(-across, across),
        ylim=(-across / shape, across / shape),
        xlabel=name(pair[0]),
        ylabel=name(pair[1]),
    )
    _class_legend(figure, look, class_names)


def scatter_matrix(
    figure: Figure,
    look: Look,
    mu: np.ndarray,
    labels: np.ndarray,
    class_names: Sequence[str],
    dimensions: Sequence[int],
    correlations: np.ndarray,
) -> None:
    """Every pair of dimensions: dots below the diagonal, histograms on it, correlations above."""
    count = len(dimensions)
    axes = panels(
        figure, look, count, count, left=26, bottom=22, top=4, right=62, across=3, down=3
    )  # fmt: skip
    limit = reach(mu[:, list(dimensions)])
    x = np.linspace(-limit, limit, CURVE_POINTS)
    width, height = room(figure, look)
    cell = min((width - 88) / count, (height - 26) / count)
    size = 1.6 if cell < 90 else 2.0
    for row, column in np.ndindex(count, count):
        axis, i, j = axes[row, column], dimensions[row], dimensions[column]
        for side in ("top", "right", "left", "bottom"):
            axis.spines[side].set_visible(column <= row)
        if row == column:
            axis.hist(
                mu[:, i], 40, range=(-limit, limit), density=True, color=look.accent, alpha=0.55
            )
            axis.plot(
                x, prior_density(x), color=look.foreground, linewidth=0.9, linestyle=PRIOR_STYLE
            )
            axis.set(xlim=(-limit, limit), ylim=(0, HIGHEST * 0.8))
            axis.annotate(
                name(i), (0.06, 0.92), xycoords="axes fraction", va="top", fontweight="bold"
            )
        elif column < row:
            points = mu[:, [j, i]]
            _dots(axis, look, points, labels, len(class_names), size, ROUNDS_OF_MATRIX)
            axis.set(xlim=(-limit, limit), ylim=(-limit, limit))
        else:
            value = correlations[i, j]
            axis.set(xlim=(0, 1), ylim=(0, 1))
            axis.text(
                0.5, 0.5, two(value, "+"), ha="center", va="center",
                fontsize=look.small + min(4.0, 10 * abs(value)) * (cell >= 50),
                color=look.foreground if abs(value) >= 0.2 else look.muted,
            )  # fmt: skip
        outer_x, outer_y = row == count - 1 and column <= row, column == 0 and row > 0
        # One at the very end would meet its neighbour's.
        ticks = [t for t in few_ticks(limit) if abs(t) < 0.75 * limit and (cell >= 56 or t == 0)]
        axis.set_xticks(ticks if outer_x else [])
        axis.set_yticks(ticks if outer_y else [])
    _class_legend(figure, look, class_names)


def _prior_rings(axis: Axes, look: Look) -> None:
    """Where half and 95 of 100 prior samples lie within, in two dimensions."""
    from matplotlib.patches import Circle

    style = {"edgecolor": look.foreground, "linestyle": PRIOR_STYLE, "linewidth": 1, "zorder": 5}
    for share in (0.5, 0.95):
        axis.add_patch(Circle((0, 0), math.sqrt(-2 * math.log(1 - share)), fill=False, **style))


def _name_classes(
    axis: Axes, look: Look, points: np.ndarray, labels: np.ndarray, class_names: Sequence[str]
) -> None:
    """Each class's name at its mean: ten colours are more than everybody tells apart."""
    from matplotlib.patheffects import withStroke

    halo = [withStroke(linewidth=2.5, foreground=look.background)]
    for index, title in enumerate(class_names):
        if (labels == index).any():
            x, y = points[labels == index].mean(axis=0)
            axis.text(
                x, y, title, ha="center", va="center", fontsize=look.title + 1, fontweight="bold",
                path_effects=halo, zorder=10,
            )  # fmt: skip


def _dots(
    axis: Axes,
    look: Look,
    points: np.ndarray,
    labels: np.ndarray,
    n_classes: int,
    size: float,
    rounds: int,
) -> None:
    colours = look.class_colours(n_classes)
    for part in range(rounds):
        for step in range(n_classes):
            index = (step + part) % n_classes
            some = points[part::rounds][labels[part::rounds] == index]
            axis.plot(
                some[:, 0], some[:, 1], "o", color=colours[index], markersize=size,
                markeredgewidth=0, alpha=0.7, rasterized=True,
            )  # fmt: skip


def _class_legend(figure: Figure, look: Look, class_names: Sequence[str]) -> None:
    from matplotlib.lines import Line2D

    colours = look.class_colours(len(class_names))
    height = room(figure, look)[1]
    most = max(1, int((height - 10) // 17))
    handles = [
        Line2D([], [], marker="o", linestyle="", color=c, markersize=6) for c in colours[:most]
    ]
    labels = [label if len(label) <= 6 else label[:5] + "…" for label in class_names[:most]]
    figure.legend(
        handles, labels, loc="upper right", frameon=False, borderaxespad=0.3, handletextpad=0.1,
        labelspacing=0.45,
    )  # fmt: skip
