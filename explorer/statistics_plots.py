"""The plots of the Statistics page: what each one draws into a figure, without a window.

Every function is `draw(figure, look, ...)` of plain arrays; `explorer.plotting` calls it. Latent
numbers are in prior standard deviations. Room is measured in pixels at 96 dpi.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.plotting import Look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from vae.aggregate import LatentSummary, PriorMatch

BINS = 60
WIDEST = 4.0  # the axes reach at least so far to both sides: all but 6 of 100,000 prior samples
HIGHEST = 1.2  # a density; the spike of a dead dimension would flatten all others
CURVE_POINTS = 160
CURVE_SAMPLES = 80_000  # images times dimensions that the aggregate posterior is added up of
PANEL_SHAPE = 1.35  # width by height of a small panel, about
SMALLEST_PANEL = (62, 44)  # pixels; below that a histogram is a smudge
TICKED_PANEL = 110  # a width; below that, numbers from -4 to 4 would meet
NOTE_HEIGHT = 14
BOX_QUARTILE = 0.6745  # of N(0, 1)
BOX_WHISKER = 2.698  # quartile + 1.5 box heights: where the prior's whiskers end
NUMBER_WIDTH, NUMBER_HEIGHT = 33, 13  # pixels of "-0.32", with a little room
SPREAD_WIDTH = 76  # of "-0.32 ± 0.71"
CROWDED = 24  # boxes; more are too narrow for the mark of a mean
TICK_DISTANCE = 24  # pixels between two names on an axis
# Rounds in which the classes are painted, each beginning with another class, so that none covers
# the others. One call for all dots would hold Python's lock for 55 ms.
ROUNDS_OF_MATRIX, ROUNDS = 5, 20
MATRIX_MOST = 8  # dimensions of a scatter matrix
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


def aggregate_density(x: np.ndarray, mu: np.ndarray, std: np.ndarray) -> np.ndarray:
    """The density of the aggregate posterior along one dimension: the mean of the posteriors'.

    x: (K,). mu, std: (n,) -> (K,).
    """
    total = np.zeros(len(x))
    for start in range(0, len(mu), 1000):  # 1.3 MB at a time
        m, s = mu[start : start + 1000, None], std[start : start + 1000, None]
        total += (prior_density((x - m) / s) / s).sum(axis=0)
    return total / len(mu)


def reach(mu: np.ndarray) -> float:
    """How far the axis of these numbers goes to both sides; some few may lie beyond."""
    far = np.abs(mu)
    return max(WIDEST, min(float(far.max()), 1.2 * float(np.quantile(far, 0.999))))


def most_used(summary: LatentSummary, count: int) -> list[int]:
    """The dimensions that carry most, at most so many, by their number."""
    return sorted(np.argsort(-summary.kl, kind="stable")[:count].tolist())


# --- one dimension at a time ----------------------------------------------------------------------


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
        axis.set_xticks(_few_ticks(limit) if wide >= TICKED_PANEL else (-3, 0, 3))
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
    places = [i for i in _sparse(count, wide, TICK_DISTANCE) if (i + 1) * wide >= 30]
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
    shown = _sparse(count, (room(figure, look)[0] - 58) / count, 14)
    axis.set_xticks(shown, [class_names[i] for i in shown])
    axis.set(
        xlim=(-0.7, count - 0.3),
        xlabel="class",
        ylabel=name(dimension),
        title=f"{name(dimension)}: posterior means of each class",
    )
    axis.tick_params(axis="x", length=0)


# --- all dimensions at once -----------------------------------------------------------------------


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
    shown = _sparse(count, (room(figure, look)[0] - 58) / count, TICK_DISTANCE)
    axis.set_xticks(shown, [name(i) for i in shown])
    axis.set(
        xlim=(-0.6, count - 0.4),
        ylabel="posterior mean",
        title=f"class {class_names[index]}: mean ± standard deviation; dashes: the other classes",
    )
    axis.tick_params(axis="x", length=0)


# --- scatter --------------------------------------------------------------------------------------


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
        ticks = [t for t in _few_ticks(limit) if abs(t) < 0.75 * limit and (cell >= 56 or t == 0)]
        axis.set_xticks(ticks if outer_x else [])
        axis.set_yticks(ticks if outer_y else [])
    _class_legend(figure, look, class_names)


# --- the prior ------------------------------------------------------------------------------------


def draws(mu: np.ndarray, std: np.ndarray, seed: int) -> np.ndarray:
    """The draws from the posteriors (n, d) that `vae.aggregate.prior_match` judges, (n, d)."""
    return mu + std * np.random.default_rng(seed).standard_normal(mu.shape)


def prior_quantiles(figure: Figure, look: Look, match: PriorMatch) -> None:
    """Each axis's largest difference of shares from the prior, and the quantiles of |z|^2."""
    left, right = _two(figure, look)
    _gap_bars(left, look, match)
    _radius_quantiles(right, look, match)


def prior_histogram(
    figure: Figure, look: Look, match: PriorMatch, mu: np.ndarray, std: np.ndarray, seed: int
) -> None:
    """The same, with the histogram of |z|^2 and chi-squared's curve. mu, std: (n, d)."""
    left, right = _two(figure, look)
    _gap_bars(left, look, match)
    _radius_histogram(right, look, mu.shape[1], (draws(mu, std, seed) ** 2).sum(axis=1))


def axis_shares(
    figure: Figure,
    look: Look,
    match: PriorMatch,
    mu: np.ndarray,
    std: np.ndarray,
    seed: int,
    dimension: int,
) -> None:
    """The share of points below each value along one axis, and of the prior's. mu, std: (n, d)."""
    values = draws(mu, std, seed)[:, dimension]
    ((axis,),) = panels(figure, look, 1, 1, left=54, bottom=42, top=24, right=14)
    ordered = np.sort(values)
    n = len(ordered)
    limit = reach(values)
    x = np.linspace(-limit, limit, 400)
    prior = np.array([normal_share(value) for value in x])
    axis.plot(ordered, (np.arange(n) + 0.5) / n, color=look.accent, linewidth=2, label="images")
    axis.plot(x, prior, color=look.foreground, linestyle=PRIOR_STYLE, label="prior N(0, 1)")
    # Where the two shares are farthest apart: what the statistic is.
    expected = np.array([normal_share(value) for value in ordered])
    above, below = np.arange(1, n + 1) / n - expected, expected - np.arange(n) / n
    place = int(np.argmax(np.maximum(above, below)))
    ends = expected[place], (place + 1) / n if above[place] >= below[place] else place / n
    axis.plot([ordered[place]] * 2, ends, color=look.warning, linewidth=3, solid_capstyle="butt",
              label=f"largest difference: {match.ks[dimension]:.3f}")  # fmt: skip
    axis.set(
        xlim=(-limit, limit),
        ylim=(0, 1.02),
        xlabel=f"{name(dimension)}, in standard deviations of the prior",
        ylabel="share below",
        title=f"{name(dimension)}: share of the points below each value",
    )
    axis.legend(loc="upper left", frameon=False)


def normal_share(x: float) -> float:
    """The share of N(0, 1) below x."""
    return 0.5 * math.erfc(-x / math.sqrt(2))


def chi2_density(x: np.ndarray, d: int) -> np.ndarray:
    """The density of chi-squared with d degrees of freedom, at x above 0."""
    return np.exp(
        (0.5 * d - 1) * np.log(x) - 0.5 * x - 0.5 * d * math.log(2) - math.lgamma(0.5 * d)
    )


def _two(figure: Figure, look: Look) -> tuple[Axes, Axes]:
    ((left, right),) = panels(
        figure, look, 1, 2, left=52, right=12, top=26, bottom=42, across=62
    )  # fmt: skip
    return left, right


def _width(axis: Axes, look: Look) -> float:
    return axis.get_position().width * room(axis.figure, look)[0]


def _gap_bars(axis: Axes, look: Look, match: PriorMatch) -> None:
    beyond = match.ks > match.gap_chance
    places = np.arange(len(match.ks))
    shown = _sparse(len(places), _width(axis, look) / len(places), TICK_DISTANCE)
    axis.set_xticks(shown, [name(i) for i in shown])
    # Hollow where chance explains it: the colour alone would not tell.
    axis.bar(places[beyond], match.ks[beyond], 0.62, color=look.accent, linewidth=0)
    axis.bar(
        places[~beyond], match.ks[~beyond], 0.62, facecolor="none", edgecolor=look.accent,
        linewidth=1.2,
    )  # fmt: skip
    axis.axhline(match.gap_chance, color=look.foreground, linestyle=PRIOR_STYLE, linewidth=1.2)
    top = max(1.15 * float(match.ks.max()), 1.6 * match.gap_chance)
    axis.set(
        xlim=(-0.6, len(places) - 0.4),
        ylim=(0, top),
        ylabel="largest difference",
        xlabel="dimension",
        title="Each axis (dashed: chance)",
    )
    axis.tick_params(axis="x", length=0)


def _radius_quantiles(axis: Axes, look: Look, match: PriorMatch) -> None:
    prior, images = match.radius_quantiles
    top = float(max(prior.max(), images.max())) * 1.04
    axis.plot([0, top], [0, top], color=look.foreground, linestyle=PRIOR_STYLE, linewidth=1.2)
    axis.plot(prior, images, ".", color=look.accent, markersize=4)
    axis.set(
        xlim=(0, top), ylim=(0, top), xlabel=f"quantiles of chi-squared({len(match.ks)})",
        ylabel="quantiles of the images", title="|z|² against chi-squared",
    )  # fmt: skip


def _radius_histogram(axis: Axes, look: Look, d: int, squares: np.ndarray) -> None:
    top = max(float(np.quantile(squares, 0.998)), d + 5 * math.sqrt(2 * d))
    axis.hist(
        squares, 50, range=(0, top), density=True, color=look.accent, alpha=0.55, label="images"
    )
    x = np.linspace(top / 400, top, 400)
    axis.plot(
        x, chi2_density(x, d), color=look.foreground, linestyle=PRIOR_STYLE,
        label=f"chi-squared({d})",
    )  # fmt: skip
    highest = float(chi2_density(np.array([max(d - 2.0, 0.35)]), d)[0])
    axis.set(xlim=(0, top), xlabel="|z|²", ylabel="density", title="|z|² against chi-squared")
    axis.set_ylim(0, max(1.25 * highest, min(axis.get_ylim()[1], 4 * highest)))
    axis.legend(loc="upper right", frameon=False)


# --- parts ----------------------------------------------------------------------------------------


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


def _few_ticks(limit: float) -> list[float]:
    step = 2 if limit < 7 else 5 if limit < 16 else 10 ** math.floor(math.log10(limit))
    most = math.floor(limit / step)
    return [float(step * i) for i in range(-most, most + 1)]


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
        shown = _sparse(len(names), size, least)
        set_ticks(shown, [names[i] for i in shown])


def _sparse(count: int, size: float, least: float) -> list[int]:
    """Which of so many names there is room for, when one has `size` pixels and needs `least`."""
    return list(range(0, count, max(1, math.ceil(least / max(size, 1e-6)))))
