"""The pictures of the studies' report: plots of the figures, a sweep of each configuration."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from benchmarks.study_plan import (
    BASE,
    BETA,
    LATENT,
    RECONSTRUCTION,
    SEEDS,
    STUDIES,
    Members,
    Study,
)
from benchmarks.study_results import Results
from explorer.export import export_sheet
from explorer.map_colours import INK, MUTED, PETROFF, as_hex
from explorer.sheet import Sheet
from vae.decoding import FoldedDecoder
from vae.files import atomic_write
from vae.run_files import DECODER, RECORD
from vae.statistics import ACTIVE_NATS
from vae.traversal import traverse
from vae.weights import load_bundle

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# What each panel of a question's plot shows: title, unit, and (key, what it is called) of its
# curves.
Panel = tuple[str, str, tuple[tuple[str, str], ...]]
SAMPLES: tuple[Panel, ...] = (
    (
        "Fréchet distance to real digits",
        "",
        (("frechet", "prior samples"), ("frechet_learned", "learned distribution")),
    ),
    (
        "Prior samples against real digits",
        "share",
        (("precision", "precision"), ("recall", "recall"), ("coverage", "coverage")),
    ),
)
OF_SAMPLES = tuple(key for _, _, curves in SAMPLES for key, _ in curves)  # real digits have them
LOSS: Panel = (
    "Squared error + KL",
    "nats an image",
    (("loss", "test images"), ("train_loss", "images trained on")),
)
SSE: Panel = ("Squared error", "nats an image", (("sse", "test images"),))
KL: Panel = ("KL divergence", "nats an image", (("kl", "test images"),))
PANELS: dict[str, tuple[Panel, ...]] = {
    "data": (LOSS, KL, *SAMPLES),
    "reconstruction": (SSE, KL, *SAMPLES),
    "latent": (SSE, KL, *SAMPLES),
    "beta": (SSE, KL, *SAMPLES),
}
PLANE = (LATENT, BETA, RECONSTRUCTION)
# Where labels stand in the plane, in points from their own: by question, or by configuration.
LABEL_PLACES = {
    "latent": (7, 3, "left"),
    "beta": (0, 7, "center"),
    "reconstruction": (8, -3, "left"),
    "bce": (-4, -13, "right"),
}

SIZE_INCHES = 8.8, 6.0
PLANE_INCHES = 8.8, 4.6
DPI = 110
COLOUR = {"text": as_hex(INK[False]), "muted": as_hex(MUTED[False]), "ground": "#ffffff"}
SETTINGS = {
    "figure.facecolor": COLOUR["ground"],
    "axes.facecolor": COLOUR["ground"],
    "axes.edgecolor": COLOUR["muted"],
    "axes.labelcolor": COLOUR["muted"],
    "axes.titlecolor": COLOUR["text"],
    "axes.titlelocation": "left",
    "axes.titlesize": 10,
    "axes.labelsize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e4e6e9",
    "font.family": ["DejaVu Sans"],
    "font.size": 9,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "xtick.color": COLOUR["muted"],
    "ytick.color": COLOUR["muted"],
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
}

DOTTED = (0, (2, 3))  # what real digits get

SWEEP_VALUES = np.linspace(-3, 3, 9)  # prior standard deviations
SWEEP_SCALE = 2  # pixels of the picture for one of an image


def plot_name(study: Study) -> str:
    """File of a question's plot."""
    return f"{study.key}.png"


def sweep_name(name: str) -> str:
    """File of a configuration's sweep."""
    return f"sweep-{name}.png"


PLANE_NAME = "rate-distortion.png"


def draw_studies(results: Results, runs: Path, folder: Path) -> None:
    """Draw every plot of the VAEs, and the sweeps of the runs that are there. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    for study in STUDIES:
        save_plot(
            lambda figure, study=study: plot_study(figure, study, results),
            SIZE_INCHES,
            folder / plot_name(study),
        )
    save_plot(lambda figure: plot_plane(figure, results), PLANE_INCHES, folder / PLANE_NAME)
    for configuration in {c.name: c for study in STUDIES for c, _ in study.members}.values():
        run = configuration.folder(SEEDS[0], runs)
        if (run / RECORD).exists():
            draw_sweep(run / DECODER, folder / sweep_name(configuration.name))


def plot_study(figure: Figure, study: Study, results: Results) -> None:
    """Four panels: a dot for every run, a line through the means where there is an order."""
    for axes, (title, unit, curves) in zip(
        figure.subplots(2, 2).flat, PANELS[study.key], strict=True
    ):
        axes.set_title(title)
        axes.set_ylabel(unit)
        labels = [label for _, label in study.members]
        if study.axis:
            axes.set_xlabel(study.axis)
            labels = [re.search(r"[\d.]+", label).group() for label in labels]
        axes.set_xticks(range(len(labels)), labels)
        axes.set_xlim(-0.4, len(labels) - 0.6)
        axes.grid(visible=False, axis="x")
        for number, (key, name) in enumerate(curves):
            draw_curve(axes, study.members, results, key, name, number, study.ordered)
            real = results.real.get(key)
            if real is not None:
                axes.axhline(real, color=PETROFF[number], linewidth=0.9, linestyle=DOTTED)
        if curves[0][0] in OF_SAMPLES:
            axes.plot([], [], color=COLOUR["muted"], linewidth=0.9, linestyle=DOTTED, label="real")
        if len(curves) > 1:
            axes.legend(ncols=4, loc="upper right", handlelength=2.0, columnspacing=1.0)
        low, high = axes.dataLim.intervaly
        if curves[0][0] in OF_SAMPLES:  # distances and shares: from nothing on
            low = 0.0
        room = high - low  # for the legend, above all
        if not 0 < room < math.inf:  # a single run, or none
            continue
        axes.set_ylim(low - 0.06 * room, high + (0.2 if len(curves) > 1 else 0.08) * room)


def draw_curve(
    axes: Axes,
    members: Members,
    results: Results,
    key: str,
    name: str,
    number: int,
    ordered: bool,
) -> None:
    """One figure of all members that it has been measured for: a dot a run, and the means.

    number: of the colour. ordered: whether a line leads through the means.
    """
    colour = PETROFF[number]
    places, means = [], []
    for place, (configuration, _) in enumerate(members):
        spread = results.spread(configuration.name, key)
        if spread is None:
            continue
        places.append(place)
        means.append(spread.mean)
        axes.plot(
            np.full(len(spread.values), place),
            spread.values,
            "o",
            color=colour,
            markersize=4,
            alpha=0.65,
            markeredgewidth=0,
        )
    if not ordered:  # no line through what has no order
        axes.plot(
            places, means, "_", color=colour, markersize=20, markeredgewidth=1.6, label=name or None
        )
    else:
        axes.plot(places, means, "-", color=colour, linewidth=1.5, label=name or None)


def plot_plane(figure: Figure, results: Results) -> None:
    """Squared error over KL divergence, a colour for each question but that of less data.

    The points of less data would hide the base.
    """
    axes = figure.subplots()
    axes.set_title("What a code costs, and what it leaves: means over the seeds, test images")
    axes.set_xlabel("KL divergence, nats an image")
    axes.set_ylabel("squared error, nats an image")
    base = _place(results, BASE.name)
    for number, study in enumerate(PLANE):
        points = []
        for configuration, label in study.members:
            point = _place(results, configuration.name)
            if point is None:
                continue
            points.append(point)
            if configuration.name != BASE.name:
                x, y, align = LABEL_PLACES.get(configuration.name) or LABEL_PLACES[study.key]
                axes.annotate(
                    label,
                    point,
                    xytext=(x, y),
                    textcoords="offset points",
                    ha=align,
                    color=PETROFF[number],
                )
        if points:
            style = "o-" if study.ordered else "o"
            axes.plot(
                *zip(*points, strict=True),
                style,
                color=PETROFF[number],
                markersize=5,
                linewidth=1.1,
                label=study.title,
            )
    if base is not None:
        axes.plot(*base, "o", color=COLOUR["text"], markersize=7, label="base")
    if axes.lines:
        axes.legend()
    axes.margins(x=0.17, y=0.1)


def _place(results: Results, name: str) -> tuple[float, float] | None:
    """KL divergence and squared error of a configuration, or None if it has not been measured."""
    kl, sse = (results.spread(name, key) for key in ("kl", "sse"))
    return None if kl is None or sse is None else (kl.mean, sse.mean)


def draw_sweep(weights: Path, path: Path) -> None:
    """All dimensions, the most used first, each varied with the others held at zero, as a PNG.

    Raises WeightsError, OSError.
    """
    bundle = load_bundle(weights)
    use = np.array(bundle.record["final"]["kl_per_dimension"])
    order = np.argsort(-use, kind="stable")
    decoder = FoldedDecoder.from_state_dict(bundle.decoder)
    values = np.tile(SWEEP_VALUES, (len(order), 1))
    points = traverse(np.zeros(decoder.latent_dim), order, values)
    pixels = decoder.decode_uint8(points.reshape(-1, decoder.latent_dim))
    sheet = Sheet(
        len(pixels),
        columns=len(SWEEP_VALUES),
        row_names=tuple(f"z{dimension + 1}" for dimension in order),
        row_notes=tuple(f"{use[dimension]:.2f} nats" for dimension in order),
        greyed=frozenset(np.flatnonzero(use[order] < ACTIVE_NATS).tolist()),
        header=tuple(f"{value:g}" for value in SWEEP_VALUES),
    )
    export_sheet(pixels, sheet, path, SWEEP_SCALE)


def save_plot(draw: Callable[[Figure], None], inches: Sequence[float], path: Path) -> None:
    """Write what `draw` makes of an empty figure as a PNG. Raises OSError."""
    with matplotlib.rc_context(SETTINGS):
        figure = Figure(figsize=tuple(inches), dpi=DPI, layout="constrained")
        FigureCanvasAgg(figure)
        draw(figure)
        with atomic_write(path) as file:
            figure.savefig(file, format="png", metadata={"Software": None})
