"""The pictures of the report's parts on GANs: figures by loss and by epoch, and samples."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import LogLocator

from benchmarks.study_pictures import (
    COLOUR,
    DOTTED,
    SIZE_INCHES,
    draw_curve,
    plot_name,
    save_plot,
)
from benchmarks.study_plan import BESIDE, GAMES, SEEDS
from benchmarks.study_results import Results, Run
from explorer.export import export_sheet
from explorer.map_colours import PETROFF
from explorer.sheet import Sheet
from vae.data import bundled_digits
from vae.decoding import FoldedDecoder
from vae.history import load_history
from vae.metrics import evenly_spaced
from vae.run_files import DECODER
from vae.weights import load_bundle

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

EPOCHS_NAME = "games-epochs.png"
SAMPLES_NAME = "games-samples.png"
COURSE_NAME = "games-course.png"

# Title, and (key, what it is called) of its curves; the first may span powers of ten.
PANELS = (
    ("Fréchet distance to real digits", (("frechet", ""),)),
    (
        "Prior samples against real digits",
        (("precision", "precision"), ("recall", "recall"), ("coverage", "coverage")),
    ),
    ("Effective number of classes", (("effective", ""),)),
    ("Confidence of the classifier", (("confidence", ""),)),
)
# Of an epoch's coverage: title, and how its figures give what is shown.
COURSES: tuple[tuple[str, Callable[[Mapping[str, float]], float]], ...] = (
    ("Fréchet distance to real digits", lambda figures: figures["frechet"]),
    ("Effective number of classes", lambda figures: math.exp(figures["entropy"])),
    ("Precision", lambda figures: figures["precision"]),
    ("Recall", lambda figures: figures["recall"]),
)

TICK_POINTS = 7.5  # six names side by side
N_SHOWN = 18
SCALE = 2  # pixels of the picture for one of an image
POINTS_SEED = 0


def draw_games(results: Results, worst: Run | None, runs: Path, folder: Path) -> None:
    """Draw the plots, and the samples of the runs that are there. Raises WeightsError, OSError.

    worst: the run that is shown epoch by epoch; None where there is none.
    """
    save_plot(lambda figure: plot_games(figure, results), SIZE_INCHES, folder / plot_name(GAMES))
    if worst is None:
        return
    save_plot(lambda figure: plot_courses(figure, results), SIZE_INCHES, folder / EPOCHS_NAME)
    draw_samples(runs, folder / SAMPLES_NAME)
    configuration = next(c for c, _ in GAMES.members if c.name == worst.name)
    weights = configuration.folder(worst.seed, runs) / DECODER
    if weights.exists():
        draw_course(weights, folder / COURSE_NAME)


def plot_games(figure: Figure, results: Results) -> None:
    """Four panels: a dot for every run of the GANs and of the VAEs beside them, bars for means."""
    members = (*BESIDE, *GAMES.members)
    for axes, (title, curves) in zip(figure.subplots(2, 2).flat, PANELS, strict=True):
        axes.set_title(title)
        names = [label.replace(", ", "\n").replace("non-", "non-\n") for _, label in members]
        axes.set_xticks(range(len(members)), names, fontsize=TICK_POINTS)
        axes.set_xlim(-0.5, len(members) - 0.5)
        axes.grid(visible=False, axis="x")
        for number, (key, name) in enumerate(curves):
            draw_curve(axes, members, results, key, name, number, ordered=False)
            real = math.exp(results.real["class_entropy"]) if key == "effective" else None
            real = results.real.get(key, real)
            axes.axhline(real, color=PETROFF[number], linewidth=0.9, linestyle=DOTTED)
        axes.plot([], [], color=COLOUR["muted"], linewidth=0.9, linestyle=DOTTED, label="real")
        axes.legend(ncols=4, loc="best", handlelength=2.0, columnspacing=1.0)
    _logarithmic(figure.axes[0])
    figure.axes[1].set_ylim(0, 1)  # shares


def plot_courses(figure: Figure, results: Results) -> None:
    """Four panels: a figure of every run after each epoch, a colour for each configuration."""
    for axes, (title, value) in zip(figure.subplots(2, 2).flat, COURSES, strict=True):
        axes.set_title(title)
        axes.set_xlabel("epoch")
        for number, (configuration, label) in enumerate(GAMES.members):
            for place, run in enumerate(results.of(configuration.name)):
                course = [value(epoch["coverage"]) for epoch in run.epochs]
                axes.plot(
                    range(1, len(course) + 1),
                    course,
                    color=PETROFF[number],
                    linewidth=1.3,
                    alpha=0.8,
                    marker="o",
                    markersize=2.5,
                    label=None if place else label,
                )
        axes.xaxis.get_major_locator().set_params(integer=True)
    _logarithmic(figure.axes[0])
    figure.axes[0].legend()


def _logarithmic(axes: Axes) -> None:
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter("")


def _points(latent_dim: int) -> np.ndarray:
    return np.random.default_rng(POINTS_SEED).standard_normal((N_SHOWN, latent_dim))


def draw_samples(runs: Path, path: Path) -> None:
    """Real digits, then samples of each run that is there, of the same points, as a PNG.

    Of the VAEs the first seed only. Raises WeightsError, OSError.
    """
    digits, _ = bundled_digits()
    rows = [digits[evenly_spaced(len(digits), N_SHOWN), None]]
    names, notes = ["real digits"], [""]
    for configuration, label in (*BESIDE, *GAMES.members):
        seeds = SEEDS[:1] if (configuration, label) in BESIDE else configuration.seeds
        for seed in seeds:
            weights = configuration.folder(seed, runs) / DECODER
            if not weights.exists():
                continue
            decoder = FoldedDecoder.from_state_dict(load_bundle(weights).decoder)
            rows.append(decoder.decode_uint8(_points(decoder.latent_dim)))
            names.append(label)
            notes.append(f"seed {seed}")
    _export(rows, names, notes, path)


def draw_course(weights: Path, path: Path) -> None:
    """Samples of one run after each epoch that its history holds, as a PNG.

    Raises WeightsError, HistoryError, OSError.
    """
    history = load_history(load_bundle(weights))
    rows = []
    for place in range(len(history)):
        decoder = history.decoder(place)
        rows.append(decoder.decode_uint8(_points(decoder.latent_dim)))
    names = [f"epoch {epoch}" for epoch in history.epochs]
    _export(rows, names, [""] * len(rows), path)


def _export(rows: list[np.ndarray], names: list[str], notes: list[str], path: Path) -> None:
    pixels = np.concatenate(rows)
    sheet = Sheet(len(pixels), columns=N_SHOWN, row_names=tuple(names), row_notes=tuple(notes))
    export_sheet(pixels, sheet, path, SCALE)
