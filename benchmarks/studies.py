"""Four questions about the training, answered by runs that differ in one thing, three seeds each.

    python -m benchmarks.studies train [--data-dir DIR] [--workers 2]
    python -m benchmarks.studies report

How much does less data cost? What do other reconstruction losses give? How many latent dimensions
are worth having? What does beta buy? `train` runs what is not there yet, into runs/studies, in an
order in which whatever exists is balanced over the configurations. `report` measures what has been
trained since the last time, and writes docs/studies.md with its pictures; it works on whatever is
there, and says what is not.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import torch

from benchmarks.study_crispness import load_crispness
from benchmarks.study_game_pictures import draw_games
from benchmarks.study_games import worst_run
from benchmarks.study_pictures import draw_studies
from benchmarks.study_plan import CONFIGURATIONS, ROOT, RUNS, SEEDS, Configuration
from benchmarks.study_report import as_markdown
from benchmarks.study_results import SETTINGS, ResultsError, measure
from benchmarks.study_training import train_run
from benchmarks.study_words import CRISPNESS, RESULTS
from vae.data import DataError, Dataset, load_dataset
from vae.figures import Settings
from vae.files import atomic_write
from vae.run import TrainingDivergedError
from vae.run_files import RECORD
from vae.weights import DIGIT_DATASETS

DOCS = ROOT / "docs"


def open_runs(
    runs: Path, names: Sequence[str] = tuple(CONFIGURATIONS), seeds: Sequence[int] = SEEDS
) -> Iterator[tuple[Configuration, int]]:
    """The runs that are not there, seed by seed, so that any beginning of them is balanced.

    A run is complete once its record is there, which is the last of its files to be written.
    """
    for seed in seeds:
        for name in names:
            configuration = CONFIGURATIONS[name]
            if seed not in configuration.seeds:
                continue
            if not (configuration.folder(seed, runs) / RECORD).exists():
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


def train(
    todo: Sequence[tuple[Configuration, int]],
    runs: Path,
    dataset: str,
    data_dir: Path,
    epochs: int | None,
    workers: int,
) -> int:
    """Train runs, each saved when it is finished; returns how many could not be trained.

    epochs: None for those of each one's series. Raises DataError.
    """
    print(f"{len(todo)} runs to train, {workers} at a time", flush=True)
    load_dataset(dataset, data_dir)  # a worker's error would only be a broken pool
    context = multiprocessing.get_context("spawn")  # a fork of a process with threads may hang
    failed = 0
    with ProcessPoolExecutor(workers, context, _Worker.start, (dataset, data_dir)) as pool:
        jobs = {
            pool.submit(
                _Worker.train,
                configuration,
                seed,
                epochs or configuration.series.epochs,
                configuration.folder(seed, runs),
            ): f"{configuration.name}-{seed}"
            for configuration, seed in todo
        }
        for done, job in enumerate(as_completed(jobs), start=1):
            try:
                line = job.result()
            except (TrainingDivergedError, OSError) as error:
                failed += 1
                line = f"{jobs[job]} failed: {error}"
            print(f"{time.strftime('%H:%M:%S')} {done}/{len(todo)} {line}", flush=True)
    return failed


def report(runs: Path, docs: Path, settings: Settings = SETTINGS) -> None:
    """Measure what has not been measured, and write the report with its pictures into `docs`.

    Raises ResultsError, OSError.
    """
    torch.set_num_threads(1)
    results = measure(runs, docs / RESULTS, settings, lambda line: print(line, flush=True))
    if not results.runs:
        raise ResultsError(f"there are no finished runs in {runs}; train some first")
    pictures = (docs / RESULTS).parent
    draw_studies(results, runs, pictures)
    draw_games(results, worst_run(results), runs, pictures)
    with atomic_write(docs / "studies.md") as file:
        file.write(as_markdown(results, load_crispness(docs / CRISPNESS)).encode())
    print(f"{len(results.runs)} runs in {docs / 'studies.md'}")


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("what", choices=("train", "report"))
    add("--dataset", choices=DIGIT_DATASETS, default="mnist", help="default: %(default)s")
    add("--data-dir", type=Path, default=ROOT / "data", metavar="DIR", help="as train.py's")
    add("--runs", type=Path, default=RUNS, metavar="DIR", help="default: runs/studies")
    add("--docs", type=Path, default=DOCS, metavar="DIR", help="default: docs")
    add("--only", nargs="+", choices=CONFIGURATIONS, metavar="NAME", help="train no others")
    add("--seeds", nargs="+", type=int, choices=SEEDS, default=SEEDS, metavar="N")
    add("--epochs", type=int, metavar="N", help="in place of those of the plan")
    add("--workers", type=int, default=1, metavar="N", help="processes of one thread each")
    options = parser.parse_args(arguments)
    try:
        if options.what == "report":
            report(options.runs, options.docs)
            return 0
        failed = train(
            list(open_runs(options.runs, options.only or tuple(CONFIGURATIONS), options.seeds)),
            options.runs,
            options.dataset,
            options.data_dir,
            options.epochs,
            options.workers,
        )
    except (DataError, ResultsError) as error:
        print(f"studies: {error}", file=sys.stderr)
        return 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
