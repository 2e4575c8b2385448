"""Measures the figures themselves: how long they take, how sure they are, and what damage they see.

    python -m benchmarks.figures [--weights FILE] [--seeds N] [--threads N] [--only PART]

Three tables: processor time and memory of a whole evaluation and of --quick; the figures of the
prior's samples by their number, mean and standard deviation over seeds, with those of real digits;
and decoders that were damaged on purpose, with a mark where a figure is no worse than before.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from vae.evaluate import evaluate_bundle, real_figures
from vae.figures import NEITHER, PRIOR, QUICK, Settings, definitions
from vae.measurement import Reference
from vae.weights import ModelBundle, load_bundle

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("time", "samples", "damage")
SAMPLES = (500, 1_000, 2_000, 5_000, 10_000)
NOISE = (0.02, 0.05, 0.1, 0.2)  # of the standard deviation of each tensor


def show_time(bundle: ModelBundle) -> None:
    """Seconds of processor and clock for one model and for real digits, and the highest memory."""
    started = time.process_time()
    import torchmetrics.image.fid  # noqa: F401

    print(f"importing torchmetrics: {time.process_time() - started:.1f} s of processor")
    for name, settings in (("--quick", QUICK), ("whole", Settings())):
        for what in ("a model", "real digits"):
            clock, processor = time.perf_counter(), time.process_time()
            if what == "a model":
                evaluate_bundle(bundle, settings)
            else:
                real_figures(settings)
            clock, processor = time.perf_counter() - clock, time.process_time() - processor
            print(f"{name:8s} {what:12s} {processor:6.1f} s of processor, {clock:6.1f} s")
    if sys.platform != "win32":
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(f"highest memory: {peak / (1e9 if sys.platform == 'darwin' else 1e6):.2f} GB")


def show_samples(bundle: ModelBundle, seeds: int, reference: Reference) -> None:
    """The figures of the prior's samples by their number, and those of real digits."""
    # What the other groups need is left out, and so they are not measured.
    bare = replace(bundle, encoder=None, density=None)
    keys = [figure.key for figure in definitions() if figure.group == PRIOR]
    print(f"{'':30s}" + "".join(f"{key:>17s}" for key in keys))
    for n in SAMPLES:
        settings = Settings().with_samples(n)
        rows = np.empty((seeds, len(keys)))
        for seed in range(seeds):
            report = evaluate_bundle(bare, replace(settings, seed=seed), reference=reference)
            rows[seed] = [report[key].value for key in keys]
        print(f"{n:6,} samples, {seeds} seeds".ljust(30), end="")
        for mean, spread in zip(rows.mean(axis=0), rows.std(axis=0, ddof=1), strict=True):
            print(f"{mean:9.3f} ± {spread:5.3f}", end="")
        real = real_figures(settings, reference=reference)
        print(f"\n{n:6,} training digits".ljust(31), end="")
        print("".join(f"{real[key].value:9.3f}{'':8s}" for key in keys), flush=True)


def damaged(bundle: ModelBundle) -> Iterator[tuple[str, ModelBundle]]:
    """The decoder as it is, and damaged in several ways."""
    yield "as it is", bundle
    rng = np.random.default_rng(0)
    for share in NOISE:
        noisy = {
            key: (values + share * values.std() * rng.standard_normal(values.shape)).astype("f4")
            for key, values in bundle.decoder.items()
        }
        yield f"noise of {share:.0%} on its weights", replace(bundle, decoder=noisy)
    weight, bias = bundle.decoder["linear.weight"], bundle.decoder["linear.bias"]
    order = rng.permutation(len(bias))
    others = {
        "features in another order": {"linear.weight": weight[order], "linear.bias": bias[order]},
        "half as far from the origin": {"linear.weight": weight * np.float32(0.5)},
        "one dimension left": {"linear.weight": weight * (np.arange(weight.shape[1]) == 0)},
    }
    last = bundle.decoder["deconv_stack.2.weight"]
    blurred = np.broadcast_to(last.mean((2, 3), keepdims=True), last.shape)
    others["strokes blurred"] = {"deconv_stack.2.weight": blurred.copy()}
    for name, tensors in others.items():
        yield name, replace(bundle, decoder={**bundle.decoder, **tensors})


def show_damage(bundle: ModelBundle, reference: Reference) -> None:
    """Every figure of every damaged decoder; * where it is no worse than that of the whole one."""
    columns = [
        (name, evaluate_bundle(variant, QUICK, reference=reference))
        for name, variant in damaged(bundle)
    ]
    whole = columns[0][1]
    for number, (name, _) in enumerate(columns):
        print(f"[{number}] {name}")
    print(f"{'':24s}" + "".join(f"{f'[{number}]':>10s}" for number in range(len(columns))))
    for figure in whole.figures:
        cells = []
        for number, (_, report) in enumerate(columns):
            other = report[figure.key]
            spared = number > 0 and figure.better != NEITHER and not figure.beats(other)
            cells.append(f"{other.text}{'*' if spared else ' '}")
        print(f"{figure.key:24s}" + "".join(f"{cell:>10s}" for cell in cells))


def main() -> None:
    """Measure and print everything."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--weights", type=Path, default=ROOT / "decoder_weights.pt")
    parser.add_argument("--seeds", type=int, default=5, help="of the samples; at least 2")
    parser.add_argument("--threads", type=int, default=1, help="of torch")
    parser.add_argument("--only", choices=PARTS, help="one of the tables")
    options = parser.parse_args()
    if options.seeds < 2:
        parser.error("--seeds must be at least 2: a single value has no spread")
    torch.set_num_threads(options.threads)

    bundle = load_bundle(options.weights)
    print(f"{options.weights.name}; torch {torch.__version__}, {options.threads} threads")
    if options.only in (None, "time"):
        show_time(bundle)
    reference = Reference.load() if options.only != "time" else None
    if options.only in (None, "samples"):
        print()
        show_samples(bundle, options.seeds, reference)
    if options.only in (None, "damage"):
        print()
        show_damage(bundle, reference)


if __name__ == "__main__":
    main()
