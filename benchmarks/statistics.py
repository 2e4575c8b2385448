"""Measures what the Statistics page computes: how long it takes, and what it says of a model.

    python -m benchmarks.statistics [--weights FILE] [--digits N] [--seed N] [--rounds N]
                                    [--no-pixels]

Times are processor seconds of one thread, the least of so many rounds, after everything is
imported: a busy machine changes them little. Those of scikit-learn for the same figures stand
beside, from the same run. Below them, for scale, what the comparison with the prior says of points
whose law is known: the prior itself, shrunken, shifted, in groups.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

# Before NumPy is imported: one thread, as in the window.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch

from explorer.model import learn_statistics, open_model
from vae import aggregate, smoothness
from vae import clusters as classes

ROOT = Path(__file__).resolve().parent.parent
SEGMENTS = 500


def best(rounds: int, function: Callable[..., Any], *arguments: Any) -> tuple[float, Any]:
    """The least processor time of so many calls, in seconds, and the last answer."""
    times = []
    for _ in range(rounds):
        start = time.process_time()
        answer = function(*arguments)
        times.append(time.process_time() - start)
    return min(times), answer


def by_scikit_learn(mu: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Accuracy and mean silhouette, as `vae.clusters` has them, by the library."""
    from sklearn.metrics import silhouette_score
    from sklearn.neighbors import NearestNeighbors

    found = NearestNeighbors(n_neighbors=classes.NEIGHBOURS).fit(mu).kneighbors()[1]
    votes = (labels[found][:, :, None] == np.arange(labels.max() + 1)).sum(axis=1)
    return float((votes.argmax(axis=1) == labels).mean()), float(silhouette_score(mu, labels))


def known_laws(n: int, d: int, seed: int) -> dict[str, np.ndarray]:
    """Points whose law is known, by what it is."""
    rng = np.random.default_rng(seed)
    prior = rng.standard_normal((n, d))
    centres = rng.standard_normal((10, d))
    centres = (centres - centres.mean(axis=0)) / centres.std(axis=0)
    return {
        "the prior itself": prior,
        "0.9 of the prior": 0.9 * prior,
        "shifted by 0.3 along one axis": prior + 0.3 * np.eye(d)[0],
        "ten groups, 0.3 wide": 0.95 * centres[rng.integers(10, size=n)] + 0.3 * prior,
    }


def show_match(what: str, match: aggregate.PriorMatch) -> None:
    """Print a comparison with the prior, in one line."""
    print(
        f"  {what:30} D {match.ks.max():.3f}, |z|^2 D {match.radius_ks:.3f}, "
        f"MMD^2 {match.mmd2:9.6f} (chance {match.mmd2_chance:.6f}), "
        f"as a shift of {match.shift:.2f}: {match.word}"
    )


def main() -> None:
    """Measure and print everything."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", type=Path, default=ROOT / "decoder_weights.pt")
    parser.add_argument("--digits", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-pixels", action="store_true", help="leave the slow comparison out")
    options = parser.parse_args()

    torch.set_num_threads(1)
    model = learn_statistics(open_model(options.weights))
    if model.encoded is None:
        parser.error(model.without_statistics)
    rounds, seed = options.rounds, options.seed
    indices = aggregate.choose(len(model.encoded.labels), options.digits, seed)
    mu, std = model.encoded.mu[indices], model.encoded.std[indices]
    labels, images = model.encoded.labels[indices], model.encoded.images[indices]
    print(
        f"{options.weights.name}, {len(mu):,} of the bundled digits, seed {seed}, "
        f"{rounds} rounds; {platform.processor() or platform.machine()}, one thread"
    )
    # What is imported for the first time is not part of a computation.
    aggregate.prior_match(mu[:50], std[:50])
    classes.clusters(mu[:50], labels[:50])
    by_scikit_learn(mu[:50], labels[:50])

    took, summary = best(rounds, aggregate.summarise, mu, std, labels)
    print(f"\ndimensions   {took:7.3f} s")
    print(
        f"  {summary.active.sum()} of {len(summary.kl)} active, {summary.kl.sum():.2f} nats in all"
    )

    took, match = best(rounds, aggregate.prior_match, mu, std, seed)
    print(f"prior match  {took:7.3f} s")
    show_match("the encoded digits", match)
    for what, points in known_laws(len(mu), mu.shape[1], seed).items():
        show_match(what, aggregate.compare_to_prior(points, np.random.default_rng(seed)))
    print(f"  {match.sentence}")

    took, measured = best(rounds, smoothness.smoothness, model.decoder, mu, SEGMENTS, seed)
    print(f"smoothness   {took:7.3f} s for {SEGMENTS} segments and points from each of 2 sources")
    for row, source in enumerate(measured.sources):
        print(
            f"  {source:6} E[v'Gv] {measured.path_length[row]:.1f}, condition number: median "
            f"{np.nanmedian(measured.conditions[row]):.1f}, "
            f"detour {measured.detours[row].mean():.2f}"
        )
        print(f"  {smoothness.in_words(measured, row)}")

    took, found = best(rounds, classes.clusters, mu, labels)
    library, answer = best(1, by_scikit_learn, mu, labels)
    print(
        f"classes      {took:7.3f} s; scikit-learn {library:.3f} s, {library / took:.1f} times that"
    )
    print(f"  accuracy {found.accuracy:.4f} (scikit-learn {answer[0]:.4f}), ", end="")
    print(f"silhouette {found.silhouette:.4f} ({answer[1]:.4f})")
    if not options.no_pixels:
        took, pixels = best(1, classes.pixel_accuracy, images, labels)
        print(f"  in pixels {pixels.accuracy:.4f}, {took:.1f} s")


if __name__ == "__main__":
    main()
