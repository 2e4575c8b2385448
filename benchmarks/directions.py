"""Measures what the directions of the latent space do to handwriting: the table of the README.

    python -m benchmarks.directions [--weights FILE] [--points N] [--seed N] [--source NAME] [--csv]

R^2 is held out: of the attribute, and in brackets of what is left of it once the other attributes
are partialled out. The changes are per prior standard deviation of the walk; those of all
attributes in standard deviations among the bundled digits.
"""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path

from explorer.model import SampleRequest, learn_statistics, open_model, survey
from vae import attributes, directions, effects

ROOT = Path(__file__).resolve().parent.parent


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
    request = SampleRequest(options.source, options.seed, options.points)
    points = model.draw(request)
    seconds = {}

    def timed(what: str, work):
        begun = time.perf_counter()
        result = work()
        seconds[what] = time.perf_counter() - begun
        return result

    real = timed("measuring the digits", lambda: attributes.measure(model.encoded.images))
    found = [
        *timed("attributes", lambda: directions.attribute_directions(model.encoded.mu, real)),
        *timed("GANSpace", lambda: directions.activation_directions(model.decoder, points)),
        *timed("SeFa", lambda: directions.map_directions(model.decoder)),
        *timed("metric", lambda: directions.metric_directions(model.decoder, points)),
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
    table = effects.effect_table(found, measured)
    if options.csv:
        print(table.csv(), end="")
        return

    print(
        f"{options.weights.name}, {options.points} walks from {options.source} points, seed "
        f"{options.seed}"
    )
    print("of the bundled digits, mean and standard deviation:")
    for attribute, mean, deviation in zip(
        attributes.ATTRIBUTES, real.mean(axis=0), real.std(axis=0), strict=True
    ):
        print(f"    {attribute.name:10s}{mean:8.2f}{deviation:8.2f} {attribute.unit}")
    heads = "".join(f"{name:>10s}" for name in attributes.NAMES)
    print(f"{'direction':14s}{'R2':>14s}{'share':>7s}{'effect ± error':>18s}{'rises':>7s}{heads}")
    words = {True: "", False: "  does not do what it says", None: ""}
    for row, (direction, effect) in enumerate(zip(found, measured, strict=True)):
        r2 = share = own = rises = ""
        if direction.r2 is not None:
            r2 = f"{direction.r2:.2f} ({direction.r2_partial:.2f})"
        if direction.share is not None:
            share = f"{direction.share:.1%}"
        if not math.isnan(table.column("effect")[row]):
            own = f"{table.column('effect')[row]:.2f} ± {table.column('effect error')[row]:.2f}"
            rises = f"{table.column('agreement')[row]:.0%}"
        cells = "".join(f"{value:+10.2f}" for value in effect.relative)
        verdict = words[table.verdicts[row]]
        print(f"{direction.name:14s}{r2:>14s}{share:>7s}{own:>18s}{rises:>7s}{cells}{verdict}")
    print("\n".join(f"{what}: {time_taken:.2f} s" for what, time_taken in seconds.items()))


if __name__ == "__main__":
    main()
