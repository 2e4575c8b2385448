"""Four questions about the training, answered by runs that differ in one thing, three seeds each.

    python -m benchmarks.studies train [--data-dir DIR] [--workers 2]

How much does less data cost? What do other reconstruction losses give? How many latent dimensions
are worth having? What does beta buy? `train` runs what is not there yet, into runs/studies, in an
order in which whatever exists is balanced over the configurations.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from vae.data import DATASET_NAMES, Dataset, load_dataset
from vae.outputs import RECORD, Results, fit_density, write_results
from vae.training import TrainConfig, Trainer

ROOT = Path(__file__).resolve().parent.parent
RUNS = ROOT / "runs" / "studies"

SEEDS = (0, 1, 2)
EPOCHS = 6  # of 60,000 images: what 42 runs could afford on two shared CPU cores
TEST_DRAWS, TRAIN_DRAWS = 4, 1  # of z, for the final losses: 10,000 images each are many already


@dataclass(frozen=True)
class Configuration:
    """One way to train: the shipped one, but for `settings`, fields of TrainConfig."""

    name: str
    settings: dict[str, Any] = field(default_factory=dict)

    def train_config(self, seed: int, epochs: int) -> TrainConfig:
        """The whole configuration of one run."""
        return TrainConfig(**({"epochs": epochs, "seed": seed} | self.settings))


BASE = Configuration("base")
FRACTIONS = tuple(Configuration(f"fraction-{x:g}", {"fraction": x}) for x in (0.5, 0.25, 0.1))
RECONSTRUCTIONS = tuple(
    Configuration(name, {"recon_loss": name}) for name in ("bce", "l1", "sse-learned-variance")
)
LATENT_SIZES = tuple(Configuration(f"latent-{d}", {"latent_dim": d}) for d in (2, 4, 8, 16))
BETAS = tuple(Configuration(f"beta-{x:g}", {"beta": x}) for x in (0.5, 2.0, 4.0))
CONFIGURATIONS = (BASE, *FRACTIONS, *RECONSTRUCTIONS, *LATENT_SIZES, *BETAS)


def folder_of(configuration: Configuration, seed: int, runs: Path = RUNS) -> Path:
    """Where a run is saved, in the layout that the window opens."""
    return runs / f"{configuration.name}-{seed}"


def is_finished(folder: Path) -> bool:
    """Whether a run is complete: its record is the last of its files to be written."""
    return (folder / RECORD).exists()


def open_runs(runs: Path) -> Iterator[tuple[Configuration, int]]:
    """The runs that are not there, seed by seed, so that any beginning of them is balanced."""
    for seed in SEEDS:
        for configuration in CONFIGURATIONS:
            if not is_finished(folder_of(configuration, seed, runs)):
                yield configuration, seed


class _Worker:
    """One process's share of the training: the data set is read once, and torch has one thread."""

    dataset: Dataset

    @classmethod
    def start(cls, name: str, data_dir: Path) -> None:
        torch.set_num_threads(1)
        cls.dataset = load_dataset(name, data_dir)

    @classmethod
    def train(cls, configuration: Configuration, seed: int, epochs: int, folder: Path) -> str:
        return train_run(configuration, seed, epochs, cls.dataset, folder)


def train_run(
    configuration: Configuration, seed: int, epochs: int, dataset: Dataset, folder: Path
) -> str:
    """Train one run on the CPU and save it; returns a line that says what has come of it.

    No classifier is trained: the shipped one judges all runs alike.
    """
    start = time.perf_counter()
    config = configuration.train_config(seed, epochs)
    trainer = Trainer(config, dataset, torch.device("cpu"), captured=False)
    for _ in trainer.run():
        pass
    results = Results(
        trainer, dataset, None, fit_density(trainer), test_draws=TEST_DRAWS, train_draws=TRAIN_DRAWS
    )
    record = write_results(results, {"study": configuration.name}, folder)
    test = record["final"]["test"]
    return (
        f"{folder.name}: test {test['total']:.2f} (squared error {test['sse']:.2f}, "
        f"KL {test['kl']:.2f}), {time.perf_counter() - start:.0f} s"
    )


def train(runs: Path, dataset: str, data_dir: Path, epochs: int, workers: int) -> None:
    """Train every run that is not there yet; ended at any time, it goes on with the next one."""
    todo = list(open_runs(runs))
    print(f"{len(todo)} runs of {epochs} epochs to train, {workers} at a time", flush=True)
    context = multiprocessing.get_context("spawn")  # a fork of a process with threads may hang
    with ProcessPoolExecutor(workers, context, _Worker.start, (dataset, data_dir)) as pool:
        jobs = []
        for configuration, seed in todo:
            folder = folder_of(configuration, seed, runs)
            folder.mkdir(parents=True, exist_ok=True)
            jobs.append(pool.submit(_Worker.train, configuration, seed, epochs, folder))
        for done, job in enumerate(as_completed(jobs), start=1):
            print(f"{time.strftime('%H:%M:%S')} {done}/{len(todo)} {job.result()}", flush=True)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("what", choices=("train",))
    add("--dataset", choices=DATASET_NAMES, default="mnist", help="default: %(default)s")
    add("--data-dir", type=Path, default=ROOT / "data", metavar="DIR", help="as train.py's")
    add("--runs", type=Path, default=RUNS, metavar="DIR", help="default: runs/studies")
    add("--epochs", type=int, default=EPOCHS, metavar="N", help="default: %(default)s")
    add("--workers", type=int, default=1, metavar="N", help="processes of one thread each")
    options = parser.parse_args(arguments)
    train(options.runs, options.dataset, options.data_dir, options.epochs, options.workers)
    return 0


if __name__ == "__main__":
    sys.exit(main())
