"""How often guidance reaches its target, smallest changes are found, and attributes changed.

    python -m benchmarks.guidance [--weights FILE] [--pairs N] [--changes N] [--seed N]

Starts are drawn from the learned distribution and from the prior, targets uniformly among the
classes that the start is not taken for. Shares do not depend on the machine. Times are of one
thread, in processor time, so that other work on the machine tells less.
"""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from explorer.model import LoadedModel, SampleRequest, learn_statistics, open_model, survey
from vae.attribute_walk import change_attribute
from vae.attributes import ATTRIBUTES, measure
from vae.guidance import Judge, Rule, climb, guide_to, map_radius, walk_many
from vae.smallest_change import SPACES, smallest_change
from vae.statistics import OFF_THE_MAP, RARE, TYPICAL, typicality

SHIPPED_WEIGHTS = Path(__file__).resolve().parent.parent / "decoder_weights.pt"
WORDS = (TYPICAL, RARE, OFF_THE_MAP)
PLAIN = {  # steps of the bare rule, from the start alone
    "plain, rate 0.05, weight 0.1": Rule(0.05, 0.1, longest=math.inf, radius=math.inf),
    "plain, rate 0.1, weight 0.1": Rule(0.1, 0.1, longest=math.inf, radius=math.inf),
    "clipped steps, one start": Rule(),
}
RADIUS = 4.0  # within which the smallest change is looked for
SEARCHES = 3  # with other seeds, of which the best shows what the first has missed
MANY = 8  # points that are walked at once
SHARE, DEGREES = 0.2, 10.0  # by how much attributes are changed


def main() -> None:
    """Read the arguments and print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--weights", type=Path, default=SHIPPED_WEIGHTS)
    parser.add_argument("--pairs", type=int, default=200, help="of each kind of starts")
    parser.add_argument("--changes", type=int, default=40, help="pairs for the smallest change")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    model = learn_statistics(survey(open_model(options.weights)))
    try:
        judge = Judge(model.bundle)
    except ValueError as error:
        raise SystemExit(str(error)) from None
    print(f"{options.weights.name}, {options.pairs} pairs, seed {options.seed}; one thread")
    print(
        f"torch {torch.__version__}; guided points stay within |z| of "
        f"{map_radius(judge.latent_dim):.2f}"
    )
    with threadpool_limits(limits=1):
        torch.set_num_threads(1)
        for source in ("learned", "prior"):
            if source in model.sources():
                starts, targets = pairs(model, source, options.pairs, options.seed)
                report(model, judge, source, starts, targets)
                report_changes(judge, starts[: options.changes], targets[: options.changes])
        starts, _ = pairs(model, model.default_source, options.pairs, options.seed)
        if model.bundle.shows_digits:
            report_attributes(model, judge, starts)


def pairs(model: LoadedModel, source: str, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Random starts (N, d) and targets (N,) that they are not taken for."""
    starts = model.draw(SampleRequest(source, seed=seed, count=count))
    own = model.probabilities(model.decoder.decode_uint8(starts)).argmax(axis=1)
    classes = len(model.class_names)
    return starts, (own + np.random.default_rng(seed).integers(1, classes, count)) % classes


def report(
    model: LoadedModel, judge: Judge, source: str, starts: np.ndarray, targets: np.ndarray
) -> None:
    """Print what was reached from one kind of starts."""
    print(f"\nstarts: {source}. {places(model, starts)}")
    print(
        f"{'':30s}{'p >= 0.95':>10s}{'detours':>9s}{'steps':>7s}{'|z| to':>8s}{'moved':>7s}"
        f"{'ms':>5s}{'95 %':>6s}"
    )
    for name, rule in PLAIN.items():
        ends, reached, steps, times = [], [], [], []
        for start, target in zip(starts, targets, strict=True):
            began = time.thread_time()
            course = list(climb(judge.target(int(target)), start, rule))
            times.append(time.thread_time() - began)
            ends.append(course[-1][0])
            steps.append(len(course) - 1)
            reached.append(course[-1][1] >= rule.probability)
        line(model, name, starts, np.array(ends), np.array(reached), 0, steps, times)

    ways, times = [], []
    for start, target in zip(starts, targets, strict=True):
        began = time.thread_time()
        ways.append(guide_to(judge.target(int(target)), start, Rule()))
        times.append(time.thread_time() - began)
    ends, reached = np.array([w.path[-1] for w in ways]), np.array([w.reached for w in ways])
    steps, detour = [len(w.path) - 1 for w in ways], np.array([w.detour > 0 for w in ways])
    line(model, "guide_to", starts, ends, reached, int((reached & detour).sum()), steps, times)

    print("  by target:  " + "".join(f"{name:>7s}" for name in model.class_names))
    for label, share in (("reached", reached), ("detours", detour)):
        cells = [share[targets == k] for k in range(len(model.class_names))]
        print(
            f"  {label:12s}" + "".join(f"{c.mean():7.0%}" if c.size else "      -" for c in cells)
        )

    times = []
    for first in range(0, len(starts) - MANY + 1, MANY):
        began = time.thread_time()
        walk_many(judge.target(int(targets[first])), starts[first : first + MANY], Rule())
        times.append(time.thread_time() - began)
    print(f"{f'walk_many, {MANY} points':30s}{'':41s}{spread(times)}")


def report_changes(judge: Judge, starts: np.ndarray, targets: np.ndarray) -> None:
    """Print how near the nearest points were that are taken for the targets."""
    print(
        f"{'smallest change':20s}{f'found within {RADIUS:g}':>16s}{'median distance':>17s}"
        f"{'quartiles':>12s}{'nearer with more seeds':>28s}{'ms':>6s}{'95 %':>6s}"
    )
    for space in SPACES:
        distances, times = [], []
        for start, target in zip(starts, targets, strict=True):
            row = []
            for seed in range(SEARCHES):
                began = time.thread_time()
                change = smallest_change(
                    judge, start, int(target), space=space, radius=RADIUS, seed=seed
                )
                times.append(time.thread_time() - began)
                row.append(change.distance)
            distances.append(row)
        distances = np.array(distances)
        found = np.isfinite(distances[:, 0])
        if not found.any():
            print(f"  {space:18s}{f'0/{len(found)}':>16s}")
            continue
        low, middle, high = np.percentile(distances[found, 0], [25, 50, 75])
        missed = 1.0 - distances.min(axis=1)[found] / np.maximum(distances[found, 0], 1e-12)
        print(
            f"  {space:18s}{f'{found.sum()}/{len(found)}':>16s}{middle:17.2f}"
            f"{f'{low:.2f}-{high:.2f}':>12s}"
            f"{f'median {np.median(missed):.1%}, worst {missed.max():.1%}':>28s}{spread(times)}"
        )


def report_attributes(model: LoadedModel, judge: Judge, starts: np.ndarray) -> None:
    """Print how often an attribute could be changed, and the class with it."""
    measured = measure(model.decoder.decode_uint8(starts))
    print(
        f"\n{'attributes':24s}{'points':>7s}{'reached':>9s}{'kept class':>12s}"
        f"{'kept if not held':>18s}{'moved':>7s}{'steps':>7s}{'ms':>6s}{'95 %':>6s}"
    )
    for index, attribute in enumerate(ATTRIBUTES):
        relative = attribute.unit != "degrees"
        size = SHARE if relative else DEGREES
        # A share of nothing is nothing, and of less than this it is less than can be measured.
        some = starts[np.abs(measured[:, index]) >= 1.0] if relative else starts
        if not len(some):
            continue
        for change in (-size, size):
            walks, times, kept, free = [], [], [], []
            for start in some:
                began = time.thread_time()
                walk = change_attribute(
                    model.decoder, start, attribute.name, change, relative=relative, judge=judge
                )
                times.append(time.thread_time() - began)
                walks.append(walk)
                kept.append(judge.likeliest(walk.path[-1]) == walk.class_index)
                alone = change_attribute(
                    model.decoder, start, attribute.name, change, relative=relative
                )
                free.append(judge.likeliest(alone.path[-1]) == walk.class_index)
            moved = np.median([np.linalg.norm(w.path[-1] - w.path[0]) for w in walks])
            asked = f"{change:+.0%}" if relative else f"{change:+.0f} {attribute.unit}"
            print(
                f"  {attribute.name + ' ' + asked:22s}{len(some):7d}"
                f"{np.mean([w.reached for w in walks]):9.1%}{np.mean(kept):12.1%}"
                f"{np.mean(free):18.1%}{moved:7.2f}"
                f"{np.median([len(w.path) - 1 for w in walks]):7.0f}{spread(times)}"
            )


def spread(times: list[float]) -> str:
    """Median and 95th percentile of seconds, in milliseconds."""
    return f"{1e3 * np.median(times):6.0f}{1e3 * np.percentile(times, 95):6.0f}"


def line(
    model: LoadedModel,
    name: str,
    starts: np.ndarray,
    ends: np.ndarray,
    reached: np.ndarray,
    detours: int,
    steps: list[int],
    times: list[float],
) -> None:
    """Print one way of guiding: |z| and places are those of the ends that were reached."""
    if not reached.any():
        print(f"{name:30s}{0:10.1%}")
        return
    moved = np.linalg.norm(ends - starts, axis=1)[reached]
    print(
        f"{name:30s}{reached.mean():10.1%}{detours:9d}{np.median(np.array(steps)[reached]):7.0f}"
        f"{np.linalg.norm(ends[reached], axis=1).max():8.2f}{np.median(moved):7.2f}"
        f"{spread(times)}  "
        f"{places(model, ends[reached])}"
    )


def places(model: LoadedModel, points: np.ndarray) -> str:
    """The share of points by how usual they are."""
    words = np.array([typicality(z, model.encoded).word for z in points])
    return ", ".join(f"{(words == word).mean():.0%} {word}" for word in WORDS)


if __name__ == "__main__":
    main()
