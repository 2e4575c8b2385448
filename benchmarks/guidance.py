"""How often guidance reaches its target, where it ends, how long it takes; and smallest changes.

    python -m benchmarks.guidance [--weights FILE] [--pairs N] [--seed N]

Starts are drawn from the learned distribution and from the prior, targets uniformly among the
classes that the start is not taken for. One thread.
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
from vae.guidance import Judge, Rule, climb, guide_to, map_radius
from vae.smallest_change import SPACES, smallest_change
from vae.statistics import OFF_THE_MAP, RARE, TYPICAL, typicality

SHIPPED_WEIGHTS = Path(__file__).resolve().parent.parent / "decoder_weights.pt"
WORDS = (TYPICAL, RARE, OFF_THE_MAP)
PLAIN = {  # steps of the bare rule, from the start alone
    "plain, rate 0.05, weight 0.1": Rule(0.05, 0.1, longest=math.inf, radius=math.inf),
    "plain, rate 0.1, weight 0.1": Rule(0.1, 0.1, longest=math.inf, radius=math.inf),
    "clipped steps, one start": Rule(),
}
CHANGES = 20  # pairs of which the smallest change is looked for


def main() -> None:
    """Read the arguments and print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--weights", type=Path, default=SHIPPED_WEIGHTS)
    parser.add_argument("--pairs", type=int, default=200, help="of each kind of starts")
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
                report(model, judge, source, options.pairs, options.seed)


def report(model: LoadedModel, judge: Judge, source: str, count: int, seed: int) -> None:
    """Print what was reached from one kind of starts."""
    starts = model.draw(SampleRequest(source, seed=seed, count=count))
    own = model.probabilities(model.decoder.decode_uint8(starts)).argmax(axis=1)
    classes = len(model.class_names)
    targets = (own + np.random.default_rng(seed).integers(1, classes, count)) % classes

    print(f"\nstarts: {source}. {places(model, starts)}")
    print(
        f"{'':30s}{'p >= 0.95':>10s}{'detours':>9s}{'|z| to':>8s}{'moved':>7s}"
        f"{'ms':>5s}{'95 %':>6s}"
    )
    for name, rule in PLAIN.items():
        ends, reached, times = [], [], []
        for start, target in zip(starts, targets, strict=True):
            began = time.perf_counter()
            for z, p in climb(judge.target(int(target)), start, rule):
                end, probability = z, p
            times.append(time.perf_counter() - began)
            ends.append(end)
            reached.append(probability >= rule.probability)
        line(model, name, starts, np.array(ends), np.array(reached), 0, times)

    ends, reached, times, detours = [], [], [], 0
    for start, target in zip(starts, targets, strict=True):
        began = time.perf_counter()
        guided = guide_to(judge.target(int(target)), start, Rule())
        times.append(time.perf_counter() - began)
        ends.append(guided.path[-1])
        reached.append(guided.reached)
        detours += guided.reached and guided.detour > 0
    line(model, "guide_to", starts, np.array(ends), np.array(reached), detours, times)

    print(f"{'smallest change':30s}{'found':>10s}{'median distance':>24s}{'ms':>5s}{'95 %':>6s}")
    for space in SPACES:
        found, times = [], []
        for start, target in zip(starts[:CHANGES], targets[:CHANGES], strict=True):
            began = time.perf_counter()
            found.append(smallest_change(judge, start, int(target), space=space))
            times.append(time.perf_counter() - began)
        distances = [change.distance for change in found if change.found]
        print(
            f"  {space:28s}{len(distances):6d}/{len(found)}{np.median(distances):24.2f}"
            f"{1e3 * np.median(times):5.0f}{1e3 * np.percentile(times, 95):6.0f}"
        )


def line(
    model: LoadedModel,
    name: str,
    starts: np.ndarray,
    ends: np.ndarray,
    reached: np.ndarray,
    detours: int,
    times: list[float],
) -> None:
    """Print one way of guiding: |z| and places are those of the ends that were reached."""
    moved = np.linalg.norm(ends - starts, axis=1)[reached]
    print(
        f"{name:30s}{reached.mean():10.1%}{detours:9d}"
        f"{np.linalg.norm(ends[reached], axis=1).max():8.2f}{np.median(moved):7.2f}"
        f"{1e3 * np.median(times):5.0f}{1e3 * np.percentile(times, 95):6.0f}  "
        f"{places(model, ends[reached])}"
    )


def places(model: LoadedModel, points: np.ndarray) -> str:
    """The share of points by how usual they are."""
    words = np.array([typicality(z, model.encoded).word for z in points])
    return ", ".join(f"{(words == word).mean():.0%} {word}" for word in WORDS)


if __name__ == "__main__":
    main()
