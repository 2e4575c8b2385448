"""Measures what the directions of the latent space do to handwriting: the table of the README.

    python -m benchmarks.directions [--weights FILE] [--points N] [--seed N] [--source NAME] [--csv]

R^2 is held out: of the attribute, and in brackets of what is left of it once the other attributes
are partialled out. Effects are per prior standard deviation of the walk, ± their standard error;
sd are standard deviations of the attribute among the bundled digits. The largest side effect is
that on any attribute but the one that a direction is named after.

The work runs in a thread, as in the window, while the main thread wakes every millisecond: its
longest pause tells how long the window would have stood still. Other programs add to it: a pause
while nothing is done stands first, and says what the others are worth.
"""

from __future__ import annotations

import argparse
import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from explorer.model import LoadedModel, SampleRequest, learn_statistics, open_model, survey
from vae import attributes, directions, effects
from vae.attributes import NAMES
from vae.directions import Direction
from vae.effects import Effects

ROOT = Path(__file__).resolve().parent.parent
BEAT_S = 0.001
SEEDS, SPLITS = 5, 3  # of the checks

T = TypeVar("T")


def main() -> None:
    """Measure and print everything."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--weights", type=Path, default=ROOT / "decoder_weights.pt")
    parser.add_argument("--points", type=int, default=effects.WALKS, help="walks a direction")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--source", choices=("learned", "prior"), default="learned")
    parser.add_argument("--csv", action="store_true", help="print the table as CSV, nothing else")
    options = parser.parse_args()

    model = learn_statistics(survey(open_model(options.weights)))
    if model.encoded is None:
        raise SystemExit(model.without_statistics)
    if options.source not in model.sources():
        raise SystemExit(f"these weights have no source {options.source}")
    many = SampleRequest(options.source, options.seed, directions.ACTIVATION_POINTS)
    samples = model.draw(many)
    points = model.draw(replace(many, count=options.points))
    timings: list[str] = []

    def timed(what: str, work: Callable[[], T]) -> T:
        result, seconds, pause = watched(work)
        timings.append(f"{what}: {seconds:.2f} s, longest pause {1000 * pause:.0f} ms")
        return result

    timed("nothing, for a second", lambda: time.sleep(1.0))
    real = timed("measuring the digits", lambda: attributes.measure(model.encoded.images))
    found = [
        *timed("attributes", lambda: directions.attribute_directions(model.encoded.mu, real)),
        *timed("GANSpace", lambda: directions.activation_directions(model.decoder, samples)),
        *timed("SeFa", lambda: directions.map_directions(model.decoder)),
        *timed("metric", lambda: directions.metric_directions(model.decoder, samples)),
    ]
    if model.class_means is not None:
        found += timed(
            "classes", lambda: directions.class_directions(model.class_means, model.class_names)
        )
    measured = timed(
        f"effects of {len(found)} directions",
        lambda: [
            effects.measure_effects(direction, model.decoder, points, real) for direction in found
        ],
    )
    if options.csv:
        print(effects.effect_table(found, measured).csv(), end="")
        return

    print(
        f"{options.weights.name}, {options.points} walks from {options.source} points, seed "
        f"{options.seed}"
    )
    print("of the bundled digits, mean and standard deviation:")
    for attribute, mean, deviation in zip(
        attributes.ATTRIBUTES, np.nanmean(real, axis=0), np.nanstd(real, axis=0), strict=True
    ):
        print(f"    {attribute.name:10s}{mean:8.2f}{deviation:8.2f} {attribute.unit}")
    print_table(found, measured)
    print("\n".join(timings))
    print_checks(model, real, options.source, options.points)


def watched(work: Callable[[], T]) -> tuple[T, float, float]:
    """Work in a thread: the result, the seconds, and the longest pause of this thread meanwhile."""
    results: list[T] = []
    thread = threading.Thread(target=lambda: results.append(work()))
    begun = last = time.perf_counter()
    longest = 0.0
    thread.start()
    while thread.is_alive():
        time.sleep(BEAT_S)
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    return results[0], time.perf_counter() - begun, longest


def print_table(found: Sequence[Direction], measured: Sequence[Effects]) -> None:
    """A row a direction."""
    heads = "".join(f"{name:>10s}" for name in NAMES)
    print(
        f"{'direction':14s}{'R2':>14s}{'share':>7s}{'effect ± error':>18s}{'rises':>7s}{heads}"
        "   (sd)  largest side effect"
    )
    for direction, effect in zip(found, measured, strict=True):
        r2 = share = own = rises = ""
        if direction.r2 is not None:
            r2 = f"{direction.r2:.2f} ({direction.r2_partial:.2f})"
        if direction.share is not None:
            share = f"{direction.share:.1%}"
        sides = np.abs(effect.relative)
        if direction.attribute in NAMES:
            column = NAMES.index(direction.attribute)
            sides[column] = math.nan
            own = f"{effect.mean[column]:.2f} ± {effect.error[column]:.2f}"
            rises = f"{effect.agreement[column]:.0%}"
        largest = int(np.nanargmax(sides))
        cells = "".join(f"{value:+10.2f}" for value in effect.relative)
        said = effects.does_what_it_says(direction, effect)
        verdict = "  does not do what it says" if said is False else ""
        print(
            f"{direction.name:14s}{r2:>14s}{share:>7s}{own:>18s}{rises:>7s}{cells}         "
            f"{NAMES[largest]} {effect.relative[largest]:+.2f}{verdict}"
        )


def print_checks(model: LoadedModel, real: np.ndarray, source: str, walks: int) -> None:
    """Whether the attributes' directions do the same elsewhere, and with choices made otherwise."""
    mu = model.encoded.mu
    drawn = [model.draw(SampleRequest(source, seed, walks)) for seed in range(SEEDS)]
    # No name that `vae.attributes` has, so no attribute is made up of others.
    plain = directions.attribute_directions(mu, real, [f"{name} alone" for name in NAMES])
    plain = [replace(d, attribute=d.attribute.removesuffix(" alone")) for d in plain]
    checks = {
        f"seeds 0 to {SEEDS - 1}": [
            (directions.attribute_directions(mu, real), points) for points in drawn
        ],
        "other half": [],
        "ink not exempt": [(plain, points) for points in drawn],
    }
    for seed in range(SPLITS):
        order = np.random.default_rng(seed).permutation(len(mu))
        one, other = order[::2], order[1::2]
        checks["other half"].append(
            (directions.attribute_directions(mu[one], real[one]), mu[other[:walks]])
        )
    print(
        "checks: least and largest effect in sd, and how often it does what it says. Other half: "
        f"found in one half\nof the digits and walked from {walks} of the other, {SPLITS} splits. "
        "Ink not exempt: partialled out of the\nothers, and they out of it, seeds as before."
    )
    print(f"{'':14s}" + "".join(f"{name:>26s}" for name in checks))
    rows: dict[str, list[str]] = {name: [] for name in NAMES}
    for cases in checks.values():
        sizes: dict[str, list[float]] = {name: [] for name in NAMES}
        said: dict[str, list[bool]] = {name: [] for name in NAMES}
        for found, points in cases:
            for direction in found:
                effect = effects.measure_effects(direction, model.decoder, points, real)
                name = direction.attribute
                sizes[name].append(float(effect.relative[NAMES.index(name)]))
                said[name].append(bool(effects.does_what_it_says(direction, effect)))
        for name in NAMES:
            if sizes[name]:
                ends = f"{min(sizes[name]):+.2f} to {max(sizes[name]):+.2f}"
                rows[name].append(f"{ends}, {sum(said[name])} of {len(said[name])}")
    for name, cells in rows.items():
        print(f"{name:14s}" + "".join(f"{cell:>26s}" for cell in cells))


if __name__ == "__main__":
    main()
