"""Whether the right class is among five completions, what their shares are worth, and the time.

    python -m benchmarks.completions [--weights FILE] [--digits N] [--exact N] [--seed N]

Digits are drawn among the bundled ones, all of them test digits, and a part of each is hidden.
"ink" knows bright pixels only, at least half of white, and not where there is none: a digit that
has been begun. Shares of classes are compared with plain importance sampling from a hundred times
as many prior samples, on digits where those come to a result. Shares do not depend on the machine;
times are of one thread, in processor time.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from explorer.model import LoadedModel, learn_statistics, open_model
from vae.completion import BANK_SIZE, NEGLIGIBLE, CompletionBank, build_bank, effective_size

SHIPPED_WEIGHTS = Path(__file__).resolve().parent.parent / "decoder_weights.pt"
INK = 128  # the level from which on a pixel counts as drawn
BANKS = 100  # as many prior samples as these hold are the reference
RELIABLE = 30.0  # effective samples of the reference, for a digit to be compared


def main() -> None:
    """Read the arguments and print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--weights", type=Path, default=SHIPPED_WEIGHTS)
    parser.add_argument("--digits", type=int, default=500)
    parser.add_argument("--exact", type=int, default=60, help="digits for the comparison; 0: none")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    model = learn_statistics(open_model(options.weights))
    if model.encoded is None or model.bundle.classifier is None:
        raise SystemExit("digits, an encoder and a classifier are needed for this")
    chosen = np.random.default_rng(options.seed).choice(
        len(model.encoded.images), options.digits, replace=False
    )
    print(f"{options.weights.name}, {options.digits} digits, seed {options.seed}; one thread")
    with threadpool_limits(limits=1):
        torch.set_num_threads(1)
        began = time.thread_time()
        bank = build_bank(model.decoder, model.probabilities, 0)
        print(f"bank of {BANK_SIZE:,}: {1e3 * (time.thread_time() - began):.0f} ms")
        report(model, bank, chosen)
        report_times(model, bank, chosen)
        if options.exact:
            report_shares(model, bank, chosen[: options.exact])


def known_parts(size: tuple[int, int]) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    """Names of what is hidden -> image (C, H, W) -> the pixels that are known, (H, W)."""
    height, width = size
    row, column = np.ogrid[:height, :width]
    whole = np.ones(size, bool)
    fixed = {
        "lower half": whole & (row < height // 2),
        "upper half": whole & (row >= height // 2),
        "right half": whole & (column < width // 2),
        "left half": whole & (column >= width // 2),
        "lower three quarters": whole & (row < height // 4 + 2),
        "nothing": whole,
    }
    parts = {name: lambda image, known=known: known for name, known in fixed.items()}
    for name in ("lower half", "right half"):
        parts[f"all but ink, {name}"] = lambda image, known=fixed[name]: (
            known & (image.max(axis=0) >= INK)
        )
    return parts


def report(model: LoadedModel, bank: CompletionBank, chosen: np.ndarray) -> None:
    """Print how often the right class is among five, and how much of the posterior it has."""
    print(
        f"\n{'hidden':28s}{'right in 5':>11s}{'first':>7s}{'its share':>11s}{'classes':>9s}"
        f"{'heaviest':>10s}{'ESS, bank':>11s}{'all':>5s}{'ms':>6s}{'95 %':>6s}"
    )
    for name, part in known_parts(model.encoded.images.shape[2:]).items():
        rows, times = [], []
        for index in chosen:
            image, label = model.encoded.images[index], model.encoded.labels[index]
            known = part(image)
            began = time.thread_time()
            found = bank.complete(image, known)
            times.append(time.thread_time() - began)
            rows.append(
                (
                    label in found.classes,
                    found.class_shares.argmax() == label,
                    found.class_shares[label],
                    len(set(found.classes)),
                    found.weights[0],
                    found.bank_ess,
                    found.ess,
                )
            )
        rows = np.array(rows, float)
        right, first, share, classes, heaviest, _, _ = rows.mean(axis=0)
        print(
            f"{name:28s}{right:11.1%}{first:7.1%}{share:11.1%}{classes:9.1f}{heaviest:10.0%}"
            f"{np.median(rows[:, 5]):11.1f}{np.median(rows[:, 6]):5.0f}{spread(times)}"
        )


def report_times(model: LoadedModel, bank: CompletionBank, chosen: np.ndarray) -> None:
    """Print what the parts of one answer take."""
    known = known_parts(model.encoded.images.shape[2:])["lower half"]
    judged = bank.images(np.arange(100))
    parts = {
        "squared errors, half known": lambda image: bank.squared_errors(image, known(image)),
        "squared errors, all known": lambda image: bank.squared_errors(image, image[0] >= 0),
        "posterior, half known": lambda image: bank.posterior(image, known(image)),
        "the classifier on 100": lambda image: model.probabilities(judged),
        "all of it, half known": lambda image: bank.complete(image, known(image)),
    }
    print()
    for name, work in parts.items():
        times = []
        for index in chosen[:100]:
            began = time.thread_time()
            work(model.encoded.images[index])
            times.append(time.thread_time() - began)
        print(f"{name:28s}{spread(times)} ms")


def report_shares(model: LoadedModel, bank: CompletionBank, chosen: np.ndarray) -> None:
    """Print how far shares of classes are from those of very many prior samples."""
    part = known_parts(model.encoded.images.shape[2:])["lower half"]
    images = model.encoded.images[chosen]
    weights: list[list[np.ndarray]] = [[] for _ in chosen]
    kept: list[list[np.ndarray]] = [[] for _ in chosen]
    lowest = np.full(len(chosen), np.inf)
    for seed in range(BANKS):
        many = build_bank(model.decoder, None, 1000 + seed)
        for i, image in enumerate(images):
            squares = many.squared_errors(image, part(image)).astype(float)
            lowest[i] = min(lowest[i], squares.min())
            near = np.flatnonzero(squares < lowest[i] + NEGLIGIBLE)
            weights[i].append(squares[near])
            kept[i].append(many.images(near))
    errors, predicted, compared = [], [], 0
    for i, image in enumerate(images):
        squares = np.concatenate(weights[i])
        weight = np.exp(lowest[i] - squares)
        size = effective_size(weight)
        if size < RELIABLE:
            continue
        compared += 1
        heavy = np.argsort(-weight)[:2000]
        classes = model.probabilities(np.concatenate(kept[i])[heavy]).argmax(axis=1)
        found = bank.complete(image, part(image))
        shares = np.bincount(classes, weight[heavy], len(found.class_shares)) / weight[heavy].sum()
        errors.append(np.abs(found.class_shares - shares).max())
        top = shares.max()
        predicted.append(np.sqrt(top * (1 - top) * (1 / found.ess + 1 / size)))
    print(
        f"\nlower half hidden, {compared} of {len(images)} digits on which {BANKS * BANK_SIZE:,} "
        f"prior samples have an ESS of at least {RELIABLE:g}:"
    )
    if compared:
        print(
            f"largest error of a class's share: mean {np.mean(errors):.3f}, median "
            f"{np.median(errors):.3f}, worst {np.max(errors):.3f}; standard error of the largest "
            f"share by the two ESS: mean {np.mean(predicted):.3f}"
        )


def spread(times: list[float]) -> str:
    """Median and 95th percentile of seconds, in milliseconds."""
    return f"{1e3 * np.median(times):6.1f}{1e3 * np.percentile(times, 95):6.1f}"


if __name__ == "__main__":
    main()
