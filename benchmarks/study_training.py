"""The training of one run of the studies, on the CPU, and what is saved of it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import torch

from benchmarks.study_plan import Configuration
from vae.data import Dataset
from vae.files import sha256_of, write_json
from vae.gan_training import GanTrainer
from vae.judge import judge_of
from vae.outputs import Results, describe_run, fit_density, write_history, write_results
from vae.run_files import ASSETS, DECODER, HISTORY, RECORD
from vae.training import Trainer
from vae.weights import save_state_dict

TEST_DRAWS, TRAIN_DRAWS = 4, 1  # of z, for the final losses: 10,000 images each are many already
_CPU = torch.device("cpu")


def train_run(
    configuration: Configuration, seed: int, epochs: int, dataset: Dataset, folder: Path
) -> str:
    """Train one run and save it; returns a line that says what has come of it.

    The shipped classifier judges all runs alike. Raises TrainingDivergedError, OSError.
    """
    start = time.perf_counter()
    folder.mkdir(parents=True, exist_ok=True)
    settings = {"study": configuration.name}
    config = configuration.train_config(seed, epochs)
    if configuration.series.family == "gan":
        # Of digits that is the shipped one, which needs no training.
        trainer = GanTrainer(config, dataset, _CPU, judge_of(dataset, None).classifier)
        figures = _train_gan(trainer, dataset, settings, folder)
    else:
        trainer = Trainer(config, dataset, _CPU, captured=False)
        figures = _train_vae(trainer, dataset, settings, folder)
    return f"{folder.name}: {figures}, {time.perf_counter() - start:.0f} s"


def _train_vae(trainer: Trainer, dataset: Dataset, settings: dict[str, Any], folder: Path) -> str:
    for _ in trainer.run():
        pass
    results = Results(
        trainer,
        dataset,
        None,
        fit_density(trainer),
        test_draws=TEST_DRAWS,
        train_draws=TRAIN_DRAWS,
    )
    test = write_results(results, settings, folder)["final"]["test"]
    return f"test {test['total']:.2f} (squared error {test['sse']:.2f}, KL {test['kl']:.2f})"


def _train_gan(
    trainer: GanTrainer, dataset: Dataset, settings: dict[str, Any], folder: Path
) -> str:
    """Without an encoder, which tells nothing of the game and would take as long again."""
    start = time.process_time()
    for _ in trainer.run():
        pass
    settings = settings | {"processor_seconds": round(time.process_time() - start, 1)}
    (folder / ASSETS).mkdir(exist_ok=True)
    write_history(trainer, folder / HISTORY)
    save_state_dict(trainer.decoder.state_dict(), folder / DECODER)
    record = describe_run(trainer, dataset, settings)
    record["final"] = trainer.final_figures()
    record["files"] = {name: sha256_of(folder / name) for name in (DECODER, HISTORY)}
    write_json(folder / RECORD, record)
    coverage = trainer.records[-1].coverage
    return f"Fréchet distance {coverage.frechet:.3f}, {coverage.classes} classes"
