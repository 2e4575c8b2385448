"""How long a geodesic takes and what it gains: between all pairs of class means, one thread.

Run it from the repository's root with `python -m benchmarks.paths`. Energies and lengths are shares
of those of the straight line with as many points.
"""

from __future__ import annotations

import argparse
import itertools
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.decoding import SHIPPED_WEIGHTS, cpu_model
from vae.decoding import FoldedDecoder
from vae.density import LatentDensity
from vae.keyframes import KeyframePath
from vae.latent import interpolate
from vae.paths import geodesic, measure_path, paced, polygon, retimed
from vae.weights import load_decoder

STEPS = (3, 4, 8, 11, 32, 64)
REPEATS = 5  # of what takes milliseconds
DENSITY = SHIPPED_WEIGHTS.parent / "assets" / "latent_density.npz"


def main() -> None:
    """Read the arguments and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", type=Path, default=SHIPPED_WEIGHTS, help="another decoder")
    parser.add_argument("--density", type=Path, default=DENSITY, help="and its class means")
    parser.add_argument("--tolerance", type=float, help="another one than the shipped")
    arguments = parser.parse_args()
    decoder = FoldedDecoder.from_state_dict(load_decoder(arguments.weights).state_dict())
    means = LatentDensity.load(arguments.density).class_means
    options = {} if arguments.tolerance is None else {"tolerance": arguments.tolerance}
    with threadpool_limits(limits=1):
        report(decoder, means, options)


def report(decoder: FoldedDecoder, means: np.ndarray, options: dict[str, float]) -> None:
    """Print what geodesics, retiming and keyframes take."""
    pairs = list(itertools.combinations(means, 2))
    print(f"{cpu_model()}, {os.cpu_count()} cores, one thread")
    print(f"{len(pairs)} pairs of class means: least .. median .. largest, and the mean energy\n")
    heads = (
        "rounds",
        "ms",
        "energy",
        "mean energy",
        "length",
        "uneven, %",
        "straight, %",
        "unfinished",
    )
    print(f"{'steps':>5}" + "".join(f"{head:>26}" for head in heads))
    for steps in STEPS:
        rows = []
        for a, b in pairs:
            start = time.perf_counter()
            found = geodesic(decoder, a, b, steps, **options)
            milliseconds = 1e3 * (time.perf_counter() - start)
            path = measure_path(decoder, found.points)
            line = measure_path(decoder, interpolate(a, b, steps))
            rows.append(
                (
                    found.rounds,
                    milliseconds,
                    found.energy / found.straight_energy,
                    path.pixel_length / line.pixel_length,
                    100.0 * path.unevenness,
                    100.0 * line.unevenness,
                    not found.converged,
                )
            )
        rounds, took, energy, length, uneven, straight, unfinished = np.array(rows, float).T
        cells = (
            *(spread(rounds, 0), spread(took, 0), spread(energy, 3), f"{energy.mean():.4f}"),
            *(spread(length, 3), spread(uneven, 2), spread(straight, 1), f"{unfinished.sum():.0f}"),
        )
        print(f"{steps:5}" + "".join(f"{cell:>26}" for cell in cells))

    line = interpolate(*pairs[0], 32)
    journey = KeyframePath(means, closed=True, method="smooth")
    times = np.linspace(0.0, journey.duration, 1000)
    print(f"\nretimed, a line of 32 points: {milliseconds_of(lambda: retimed(decoder, line, 32))}")
    print(
        f"paced, the same with 129: {milliseconds_of(lambda: paced(decoder, polygon(line), 129))}"
    )
    print(f"32 Jacobians: {milliseconds_of(lambda: [decoder.jacobian(point) for point in line])}")
    print(f"one frame of a smooth journey: {milliseconds_of(lambda: journey.at(1.5))}")
    print(f"1,000 frames of it: {milliseconds_of(lambda: journey.at(times))}")


def spread(values: np.ndarray, decimals: int) -> str:
    """Write the least, the median and the largest."""
    return " .. ".join(f"{value:.{decimals}f}" for value in np.percentile(values, [0, 50, 100]))


def milliseconds_of(function: Callable[[], object]) -> str:
    """Return the least time of a few calls, in words."""
    seconds = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - start)
    return f"{1e3 * min(seconds):.3f} ms"


if __name__ == "__main__":
    main()
