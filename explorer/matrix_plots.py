"""Plots of all latent dimensions at once: heat maps with their numbers, and a class's profile.

Every function is `draw(figure, look, ...)` of plain arrays; `explorer.plotting` calls it. Latent
numbers are in prior standard deviations.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.plot_panels import (
    TICK_DISTANCE,
    name,
    panels,
    room,
    sparse,
    two,
)
from explorer.plotting import Look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from vae.aggregate import LatentSummary

NUMBER_WIDTH, NUMBER_HEIGHT = 33, 13  # pixels of "-0.32", with a little room
SPREAD_WIDTH = 76  # of "-0.32 ± 0.71"


def correlation(figure: Figure, look: Look, values: np.ndarray) -> None:
    """A correlation matrix (d, d) as a heat map, with its numbers where they can be read."""
    count = len(values)
    width, height = room(figure, look)
    # Cells need not be square: numbers are wide.
    side = min(width - 120, max(2.2 * (height - 40), 200))
    ((axis,),) = panels(
        figure, look, 1, 1, left=36, top=8, bottom=26, right=max(84, width - side - 36)
    )
    cell = (side / count, (height - 34) / count)
    _heat_map(axis, look, values, 1.0, "correlation of the means")
    if cell[0] >= NUMBER_WIDTH and cell[1] >= NUMBER_HEIGHT:
        for row, column in np.ndindex(values.shape):
            _number(axis, look, column, row, two(values[row, column]), values[row, column])
    names = [name(i) for i in range(count)]
    _name_axes(axis, names, names, cell)


def class_means(
    figure: Figure, look: Look, summary: LatentSummary, class_names: Sequence[str]
) -> None:
    """Mean and standard deviation of each class along each dimension, as a heat map."""
    means, stds = summary.class_means, summary.class_stds
    width, height = room(figure, look)
    ((axis,),) = panels(figure, look, 1, 1, left=40, top=8, bottom=26, right=84)
    cell = (width - 124) / means.shape[1], (height - 34) / len(means)
    limit = max(1.0, float(np.nanmax(np.abs(means), initial=0.0)))
    _heat_map(axis, look, means, limit, "mean of the class")
    if cell[0] >= NUMBER_WIDTH and cell[1] >= NUMBER_HEIGHT:
        for row, column in np.ndindex(means.shape):
            value = means[row, column]
            if np.isnan(value):
                continue
            spread = f" ± {stds[row, column]:.2f}" if cell[0] >= SPREAD_WIDTH else ""
            _number(axis, look, column, row, f"{two(value)}{spread}", value / limit)
    _name_axes(axis, [name(i) for i in range(means.shape[1])], list(class_names), cell)


def class_profile(
    figure: Figure, look: Look, summary: LatentSummary, class_names: Sequence[str], index: int
) -> None:
    """One class's mean and spread along each dimension; the other classes' means as dots."""
    means, stds = summary.class_means, summary.class_stds
    count = means.shape[1]
    ((axis,),) = panels(figure, look, 1, 1, left=54, bottom=26, top=24, right=12)
    axis.axhline(0, color=look.border, linewidth=0.8)
    places = np.arange(count)
    for other in range(len(means)):
        if other != index:
            axis.plot(places + 0.16, means[other], "_", color=look.muted, markersize=9, zorder=2)
    # The outline tells the class's own mark also where its colour does not.
    axis.errorbar(
        places, means[index], stds[index], fmt="o", color=look.class_colours(len(means))[index],
        ecolor=look.foreground, elinewidth=1.5, capsize=4, markersize=8,
        markeredgecolor=look.foreground, zorder=3,
    )  # fmt: skip
    shown = sparse(count, (room(figure, look)[0] - 58) / count, TICK_DISTANCE)
    axis.set_xticks(shown, [name(i) for i in shown])
    axis.set(
        xlim=(-0.6, count - 0.4),
        ylabel="posterior mean",
        title=f"class {class_names[index]}: mean ± standard deviation; dashes: the other classes",
    )
    axis.tick_params(axis="x", length=0)


def _heat_map(axis: Axes, look: Look, values: np.ndarray, limit: float, label: str) -> None:
    image = axis.imshow(
        values, cmap=_diverging(look), vmin=-limit, vmax=limit, aspect="auto",
        interpolation="nearest",
    )  # fmt: skip
    axis.set_facecolor(look.surface)  # where there is no value
    axis.spines[:].set_visible(False)
    axis.tick_params(length=0)
    figure = axis.figure
    box, width = axis.get_position(), room(figure, look)[0]
    place = figure.add_axes((box.x1 + 12 / width, box.y0, 11 / width, box.height))
    bar = figure.colorbar(image, cax=place, label=label)
    bar.outline.set_visible(False)
    bar.ax.tick_params(length=0)
    bar.ax.yaxis.label.set_size(look.small)
    bar.set_ticks([-limit, 0, limit], labels=[f"{-limit:.1f}", "0", f"{limit:.1f}"])


def _diverging(look: Look) -> Any:
    """Blue below 0, the ground at 0, orange above: apart also for the colour-blind."""
    return _diverging_from(look.background)


@lru_cache(maxsize=2)
def _diverging_from(ground: str) -> Any:
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("diverging", ["#2f8bff", ground, "#f28e1c"])


def _number(axis: Axes, look: Look, x: float, y: float, text: str, share: float) -> None:
    """A number in a cell. share: of the strongest colour, -1 to 1."""
    ground = np.array(_diverging(look)(0.5 + 0.5 * share)[:3])
    # Relative luminance and contrast, WCAG 2.2: black is read better above 0.179.
    linear = np.where(ground <= 0.04045, ground / 12.92, ((ground + 0.055) / 1.055) ** 2.4)
    black = linear @ (0.2126, 0.7152, 0.0722) > 0.179
    colour = "#000000" if black else "#ffffff"
    axis.text(x, y, text, ha="center", va="center", fontsize=look.small, color=colour)


def _name_axes(
    axis: Axes, columns: Sequence[str], rows: Sequence[str], cell: tuple[float, float]
) -> None:
    for set_ticks, names, size, least in (
        (axis.set_xticks, columns, cell[0], TICK_DISTANCE),
        (axis.set_yticks, rows, cell[1], 12),
    ):
        shown = sparse(len(names), size, least)
        set_ticks(shown, [names[i] for i in shown])
