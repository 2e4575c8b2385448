"""Plots of one latent dimension at a time: histograms and boxes, of all images or class by class.

Every function is `draw(figure, look, ...)` of plain arrays; `explorer.plotting` calls it. Latent
numbers are in prior standard deviations.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.plot_panels import (
    CURVE_POINTS,
    HIGHEST,
    PRIOR_STYLE,
    SMALLEST_PANEL,
    TICK_DISTANCE,
    arrangement,
    few_ticks,
    most_used,
    name,
    panels,
    prior_density,
    reach,
    room,
    sparse,
    two,
)
from explorer.plotting import Look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from vae.aggregate import LatentSummary

BINS = 60
CURVE_SAMPLES = 80_000  # images times dimensions that the aggregate posterior is added up of
TICKED_PANEL = 110  # a width; below that, numbers from -4 to 4 would meet
NOTE_HEIGHT = 14
BOX_QUARTILE = 0.6745  # of N(0, 1)
BOX_WHISKER = 2.698  # quartile + 1.5 box heights: where the prior's whiskers end
CROWDED = 24  # boxes; more are too narrow for the mark of a mean


def histograms(
    figure: Figure, look: Look, mu: np.ndarray, std: np.ndarray, summary: LatentSummary
) -> None:
    """Posterior means of every dimension, or of the most used ones that there is room for.

    mu, std: (n, d). With the curves of the aggregate posterior and of the prior.
    """
    width, height = room(figure, look)
    margins = {"left": 12, "right": 12, "top": 22, "bottom": 52, "across": 16, "down": 40}
    smallest = SMALLEST_PANEL[0] + margins["across"], SMALLEST_PANEL[1] + margins["down"]

    def shape() -> tuple[int, int]:
        high = height - margins["top"] - margins["bottom"] + margins["down"]
        return arrangement(mu.shape[1], width - 24 + margins["across"], high, smallest)

    rows, columns = shape()
    if rows * columns < mu.shape[1]:
        margins["bottom"] += NOTE_HEIGHT
        rows, columns = shape()
    shown = most_used(summary, rows * columns)
    axes = panels(figure, look, rows, columns, **margins).ravel()
    limit = reach(mu[:, shown])
    every = max(1, math.ceil(len(mu) * len(shown) / CURVE_SAMPLES))
    x = np.linspace(-limit, limit, CURVE_POINTS)
    top = 0.0
    for axis, dimension in zip(axes, shown, strict=False):
        values = mu[:, dimension]
        counts, _, bars = axis.hist(
            values,
            BINS,
            range=(-limit, limit),
            density=True,
            color=look.accent,
            alpha=0.55,
            linewidth=0,
        )
        (whole,) = axis.plot(
            x, aggregate_density(x, values[::every], std[::every, dimension]), color=look.foreground
        )
        (prior,) = axis.plot(
            x, prior_density(x), color=look.foreground, linestyle=PRIOR_STYLE, linewidth=1
        )
        top = max(top, min(HIGHEST, float(counts.max())))
        _panel_title(axis, look, dimension, summary)
        _bare(axis, look)
    for axis in axes[len(shown) :]:
        axis.set_visible(False)
    for axis in axes[: len(shown)]:
        axis.set(xlim=(-limit, limit), ylim=(0, max(0.45, top) * 1.08), yticks=[])
        wide = axis.get_position().width * width
        axis.set_xticks(few_ticks(limit) if wide >= TICKED_PANEL else (-3, 0, 3))
    partly = len(shown) < mu.shape[1]
    _legend_below(
        figure,
        [bars, whole, prior],
        ["means of the posteriors", "aggregate posterior", "prior N(0, 1)"],
        NOTE_HEIGHT / height if partly else 0.0,
    )
    if partly:
        text = f"the {len(shown)} most used of {mu.shape[1]} dimensions"
        figure.text(0.5, 0.01, text, ha="center", fontsize=look.small, color=look.muted)


def histogram(
    figure: Figure,
    look: Look,
    mu: np.ndarray,
    std: np.ndarray,
    labels: np.ndarray,
    class_names: Sequence[str],
    dimension: int,
) -> None:
    """Posterior means of one dimension, stacked by class, with both curves.

    mu, std: (n,) of this dimension.
    """
    ((axis,),) = panels(figure, look, 1, 1, left=54, bottom=42, right=104, top=24)
    limit = reach(mu)
    x = np.linspace(-limit, limit, 2 * CURVE_POINTS)
    groups = [mu[labels == index] for index in range(len(class_names))]
    # Each class's share of the whole density.
    weights = [np.full(len(g), BINS / (2 * limit * len(mu))) for g in groups]
    counts, _, _ = axis.hist(
        groups,
        BINS,
        range=(-limit, limit),
        weights=weights,
        stacked=True,
        color=look.class_colours(len(class_names)),
        label=list(class_names),
        linewidth=0,
    )
    axis.plot(x, aggregate_density(x, mu, std), color=look.foreground, label="aggregate")
    axis.plot(
        x, prior_density(x), color=look.foreground, linestyle=PRIOR_STYLE, linewidth=1.2,
        label="prior",
    )  # fmt: skip
    top = float(np.max(counts))
    axis.set(
        xlim=(-limit, limit),
        ylim=(0, max(0.45, min(top, 3 * HIGHEST)) * 1.08),
        xlabel=f"{name(dimension)}, in standard deviations of the prior",
        ylabel="density",
        title=f"{name(dimension)}: posterior means by class",
    )
    _legend_beside(axis)


def box_plots(figure: Figure, look: Look, summary: LatentSummary) -> None:
    """Box plots of the posterior means of every dimension, beside the prior's."""
    count = len(summary.mean)
    ((axis,),) = panels(figure, look, 1, 1, left=54, bottom=26, top=12, right=12)
    _prior_band(axis, look)
    boxes = [
        _box(summary.quartiles[:, i], summary.whiskers[:, i], summary.mean[i], name(i),
             (summary.minimum[i], summary.maximum[i]))
        for i in range(count)
    ]  # fmt: skip
    prior = _box((-BOX_QUARTILE, 0, BOX_QUARTILE), (-BOX_WHISKER, BOX_WHISKER), 0, "prior", ())
    _boxes(axis, look, boxes, range(1, count + 1), [look.accent] * count)
    _boxes(axis, look, [prior], [0], ["none"])
    wide = (room(figure, look)[0] - 66) / (count + 1)
    places = [i for i in sparse(count, wide, TICK_DISTANCE) if (i + 1) * wide >= 30]
    axis.set_xticks([0, *(i + 1 for i in places)], ["prior", *(name(i) for i in places)])
    axis.set(xlim=(-0.7, count + 0.7), ylabel="posterior mean")
    axis.tick_params(axis="x", length=0)


def class_boxes(
    figure: Figure,
    look: Look,
    mu: np.ndarray,
    labels: np.ndarray,
    class_names: Sequence[str],
    dimension: int,
) -> None:
    """Box plots of one dimension, one for each class. mu: (n,) of this dimension."""
    count = len(class_names)
    ((axis,),) = panels(figure, look, 1, 1, left=54, bottom=42, top=24, right=12)
    _prior_band(axis, look)
    boxes, places = [], []
    for index, title in enumerate(class_names):
        values = mu[labels == index]
        if not len(values):
            continue
        quartiles = np.quantile(values, (0.25, 0.5, 0.75))
        reach_ = 1.5 * (quartiles[2] - quartiles[0])
        near = values[(values >= quartiles[0] - reach_) & (values <= quartiles[2] + reach_)]
        ends = (float(values.min()), float(values.max()))
        boxes.append(_box(quartiles, (near.min(), near.max()), values.mean(), title, ends))
        places.append(index)
    colours = look.class_colours(count)
    _boxes(axis, look, boxes, places, [colours[i] for i in places])
    shown = sparse(count, (room(figure, look)[0] - 58) / count, 14)
    axis.set_xticks(shown, [class_names[i] for i in shown])
    axis.set(
        xlim=(-0.7, count - 0.3),
        xlabel="class",
        ylabel=name(dimension),
        title=f"{name(dimension)}: posterior means of each class",
    )
    axis.tick_params(axis="x", length=0)


def aggregate_density(x: np.ndarray, mu: np.ndarray, std: np.ndarray) -> np.ndarray:
    """The density of the aggregate posterior along one dimension: the mean of the posteriors'.

    x: (K,). mu, std: (n,) -> (K,).
    """
    total = np.zeros(len(x))
    for start in range(0, len(mu), 1000):  # 1.3 MB at a time
        m, s = mu[start : start + 1000, None], std[start : start + 1000, None]
        total += (prior_density((x - m) / s) / s).sum(axis=0)
    return total / len(mu)


def _panel_title(axis: Axes, look: Look, dimension: int, summary: LatentSummary) -> None:
    axis.annotate(
        name(dimension), (0, 1), (0, 3), xycoords="axes fraction", textcoords="offset points",
        fontweight="bold", va="bottom",
    )  # fmt: skip
    figures = f"{two(summary.mean[dimension])} ± {summary.std[dimension]:.2f}"
    if not summary.active[dimension]:
        figures = "dead"
    box = axis.get_position()
    if box.width * room(axis.figure, look)[0] >= 92:
        axis.annotate(
            figures, (1, 1), (0, 3), xycoords="axes fraction", textcoords="offset points",
            ha="right", va="bottom", fontsize=look.small, color=look.muted,
        )  # fmt: skip


def _bare(axis: Axes, look: Look) -> None:
    axis.spines["left"].set_visible(False)
    axis.tick_params(axis="x", length=2, pad=2)


def _legend_below(
    figure: Figure, handles: Sequence[Any], labels: Sequence[str], bottom: float
) -> None:
    figure.legend(
        handles, labels, loc="lower center", bbox_to_anchor=(0.5, bottom), ncols=len(labels),
        frameon=False,
        borderaxespad=0.2, columnspacing=1.6, handlelength=1.8,
    )  # fmt: skip


def _legend_beside(axis: Axes) -> None:
    axis.legend(
        loc="upper left", bbox_to_anchor=(1.01, 1.02), frameon=False, borderaxespad=0.2,
        handlelength=1.4, labelspacing=0.25,
    )  # fmt: skip


def _box(quartiles: Any, whiskers: Any, mean: float, label: str, ends: Sequence[float]) -> dict:
    first, median, third = quartiles
    return {
        "q1": first, "med": median, "q3": third, "mean": mean, "label": label,
        "whislo": whiskers[0], "whishi": whiskers[1], "fliers": list(ends),
    }  # fmt: skip


def _boxes(
    axis: Axes, look: Look, boxes: Sequence[dict], places: Any, colours: Sequence[str]
) -> None:
    if not boxes:
        return
    line = {"color": look.foreground, "linewidth": 1.0}
    drawn = axis.bxp(
        boxes,
        positions=list(places),
        widths=0.56,
        patch_artist=True,
        showmeans=len(boxes) <= CROWDED,
        manage_ticks=False,
        boxprops={"edgecolor": look.foreground, "linewidth": 1.0},
        medianprops={"color": look.foreground, "linewidth": 2.0},
        whiskerprops=line,
        capprops=line,
        meanprops={
            "marker": "D", "markersize": 4, "markerfacecolor": look.background,
            "markeredgecolor": look.foreground,
        },
        flierprops={
            "marker": ".", "markersize": 4 if len(boxes) <= CROWDED else 2,
            "markeredgecolor": look.muted,
        },
    )  # fmt: skip
    for patch, colour in zip(drawn["boxes"], colours, strict=True):
        patch.set_facecolor(colour)
        patch.set_alpha(0.75)


def _prior_band(axis: Axes, look: Look) -> None:
    """Behind boxes: where the middle half and nearly all of the prior's mass lie."""
    axis.axhspan(-BOX_QUARTILE, BOX_QUARTILE, color=look.surface, zorder=0)
    axis.axhline(0, color=look.border, linewidth=0.8, zorder=0)
