"""Plots of how the encoded images fill the space, beside what the prior N(0, I) says.

Every function is `draw(figure, look, ...)` of plain arrays; `explorer.plotting` calls it. Latent
numbers are in prior standard deviations.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from explorer.plot_panels import (
    PRIOR_STYLE,
    TICK_DISTANCE,
    name,
    panels,
    reach,
    room,
    sparse,
)
from explorer.plotting import Look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from vae.aggregate import PriorMatch


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
    shown = sparse(len(places), _width(axis, look) / len(places), TICK_DISTANCE)
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
