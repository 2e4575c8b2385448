"""Results of studies that were drawn, not measured, and the least that can be trained."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import studies
from benchmarks.study_plan import CHOSEN, CONFIGURATIONS, EPOCHS, SEEDS, Configuration
from benchmarks.study_results import SETTINGS, Results, Run
from vae import data
from vae.figures import Settings, definitions

# The least that the figures can be measured with.
TINY = Settings(n=100, neighbour_n=60, test_images=100, draws=1, bound_images=2, bound_samples=1)
DATASET = {"name": "mnist", "train_images": 60_000, "test_images": 10_000}
TRAINING = {
    "vae": {
        "epochs": EPOCHS,
        "batch_size": 128,
        "learning_rate": 4e-3,
        "optimizer": "soap",
        "schedule": "one-cycle",
        "threads": 1,
        "dataset": DATASET,
    },
    "gan": {
        "epochs": EPOCHS,
        "average_images": 5000,
        "warm_up_steps": 100,
        **CHOSEN,
        "discriminator_channels": list(CHOSEN["discriminator_channels"]),
        "dataset": DATASET,
    },
    "gan-sweep": {"epochs": 3, "gan_loss": "relativistic", "dataset": DATASET},
}


def made_up(seed: int = 0, seeds: tuple[int, ...] = SEEDS) -> Results:
    """Results of every configuration with figures that were drawn, not measured."""
    rng = np.random.default_rng(seed)
    keys = [figure.key for figure in definitions(SETTINGS) if figure.key != "bound"]
    keys += ["train_loss", "effective", "processor_seconds"]
    levels = {name: rng.uniform(3, 90, len(keys)) for name in CONFIGURATIONS}
    runs = tuple(
        _run(configuration, number, dict(zip(keys, levels[name].tolist(), strict=True)), rng)
        for name, configuration in CONFIGURATIONS.items()
        for number in seeds
        if number in configuration.seeds
    )
    machine = {"cores": 2, "processor": "x86_64", "torch": "2.6"}
    real = dict.fromkeys(keys[:-3], 0.5)
    return Results(TRAINING, asdict(SETTINGS), machine, real, runs)


def _run(
    configuration: Configuration, seed: int, levels: dict[str, float], rng: np.random.Generator
) -> Run:
    figures = {key: value + rng.uniform(-2, 2) for key, value in levels.items()}
    figures["classes"] = float(rng.integers(8, 11))
    name, epochs, kl = configuration.name, [], [1.0, 0.5]
    if configuration.name == "sse-learned-variance":
        figures["pixel_variance"] = 0.1
    if configuration.series.family == "gan":
        # Nothing that an encoder is needed for.
        figures |= dict.fromkeys(("loss", "sse", "kl", "active", "frechet_learned"))
        epochs, kl = [_epoch(rng) for _ in range(configuration.series.epochs)], []
    return Run(name, seed, f"{name}-{seed}", figures, kl, epochs)


def _epoch(rng: np.random.Generator) -> dict[str, Any]:
    return {
        "train": {
            "discriminator": rng.uniform(0.1, 1),
            "generator": rng.uniform(0.1, 1),
            "r1": None,
            "r2": None,
        },
        "coverage": {
            "classes": int(rng.integers(6, 11)),
            "entropy": rng.uniform(0.5, 2.3),
            "precision": rng.uniform(0, 1),
            "recall": rng.uniform(0, 1),
            "frechet": rng.uniform(0.1, 5),
        },
    }


def command(runs: Path, *names: str) -> list[str]:
    """The command line that trains configurations of the sample for one epoch, the first seed."""
    given = ["train", "--dataset", "sample", "--runs", str(runs), "--epochs", "1", "--seeds", "0"]
    return [*given, "--only", *names]


@pytest.fixture
def few_digits(monkeypatch):
    """`--dataset sample` with 600 digits in place of 10,000."""
    images, labels = data.bundled_digits()
    monkeypatch.setattr(data, "bundled_digits", lambda: (images[:600], labels[:600]))
    monkeypatch.setattr(data, "SAMPLE_TRAIN_IMAGES", 500)


@pytest.fixture
def in_threads(monkeypatch):
    """The runs' workers as threads, which see what a test has replaced."""

    def pool(workers, context, initializer, initargs):
        return ThreadPoolExecutor(workers, initializer=initializer, initargs=initargs)

    monkeypatch.setattr(studies, "ProcessPoolExecutor", pool)
