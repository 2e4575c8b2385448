"""Everything that one training leaves behind: weights, companions, history and the record."""

from __future__ import annotations

import math
import os
import platform
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from vae.classifier import Classifier, accuracy
from vae.data import PIXEL_RANGE, PREPROCESSING, Dataset
from vae.density import LatentDensity, fit_mixture
from vae.evaluation import Evaluation, encode, evaluate
from vae.files import atomic_write, sha256_of, write_json
from vae.losses import SMALLEST_VARIANCE
from vae.model import reparameterise
from vae.run import Run
from vae.run_files import (
    ASSETS,
    CHECKPOINT,
    CLASSIFIER,
    DECODER,
    DENSITY,
    ENCODER,
    FILES,
    HISTORY,
    RECORD,
    STAGING,
    WRITE_TEST,
)
from vae.weights import RECORD_FORMAT, RECORD_VERSION, save_state_dict

SPACE_NEEDED = 16 * 2**20  # bytes; all files together are 2 MB by default, 10 MB at 64 dimensions
# More, for each weight of the decoder: the history's 24 or 25 float16 twice, in the checkpoint and
# among the results; and the network, whose encoder has at most twice as many, as the live model,
# among the results, and in the checkpoint with two moments. 220 MB at width 8 and 64 dimensions.
BYTES_PER_WEIGHT = 2 * 25 * 2 + (1 + 1 + 3) * 3 * 4

MIXTURE_COMPONENTS = 30  # 30 are within 2 % of what 100 reach in recognisable samples
CLASS_COMPONENTS = 5
CLASS_POINTS = 2 * CLASS_COMPONENTS  # the least that a class's mixture is fitted to
TEST_DRAWS = 8
TRAIN_DRAWS = 2  # six times as many images as in the test set need fewer draws


class OutputError(OSError):
    """A folder that results cannot be written to; the message says why."""


def check_output_folder(folder: Path) -> None:
    """Make sure, before hours of training, that its results can be written. Raises OutputError."""
    try:
        for relative in (DECODER, ENCODER, CHECKPOINT):
            parent = (folder / relative).parent
            parent.mkdir(parents=True, exist_ok=True)
            # Random bytes, so that a file system that compresses or leaves holes is not fooled.
            with atomic_write(parent / WRITE_TEST) as file:
                file.write(os.urandom(2**20))
            (parent / WRITE_TEST).unlink()
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise OutputError(f"{folder} cannot be written to: {error.strerror or error}") from error
    _require(free, SPACE_NEEDED, folder)


def check_space(folder: Path, trainer: Run) -> None:
    """Make sure that the files of a network of this size fit. Raises OutputError."""
    weights = sum(parameter.numel() for parameter in trainer.decoder.parameters())
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise OutputError(f"{folder} cannot be written to: {error.strerror or error}") from error
    _require(free, SPACE_NEEDED + BYTES_PER_WEIGHT * weights, folder)


def _require(free: int, needed: int, folder: Path) -> None:
    if free < needed:
        raise OutputError(
            f"{folder} has {free / 2**20:.1f} MB left; training needs {needed >> 20} MB"
        )


def fit_density(trainer: Run) -> LatentDensity:
    """Fit the distribution of encoded training images, as a whole and class by class.

    The mixtures are fitted to one draw from every posterior (the aggregate posterior), to more
    where a small share of the images leaves a class with fewer than 10; the class means to the
    posterior means.
    """
    seed, labels = trainer.config.seed, trainer.train_labels
    mu, logvar = encode(trainer.vae, trainer.train_images)
    draws = math.ceil(CLASS_POINTS / np.unique(labels, return_counts=True)[1].min())
    mu, logvar, labels = mu.repeat(draws, 1), logvar.repeat(draws, 1), np.tile(labels, draws)
    noise = torch.randn(mu.shape, generator=torch.Generator().manual_seed(seed))
    z = reparameterise(mu, logvar, noise).numpy()
    classes = range(int(labels.max()) + 1)
    return LatentDensity(
        mixture=fit_mixture(z, MIXTURE_COMPONENTS, seed),
        class_mixtures=tuple(
            fit_mixture(z[labels == label], CLASS_COMPONENTS, seed) for label in classes
        ),
        class_means=np.stack([mu.numpy()[labels == label].mean(0) for label in classes]),
    )


@dataclass(frozen=True)
class Results:
    """A finished training with its companions, None for one that was not trained.

    test_draws, train_draws: draws of z that the final losses are means over.
    """

    trainer: Run
    dataset: Dataset
    classifier: Classifier | None
    density: LatentDensity | None
    test_draws: int = TEST_DRAWS
    train_draws: int = TRAIN_DRAWS


def write_results(results: Results, settings: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Measure a finished training, write all of its files into a folder, and return the record.

    settings: what the record says about the run beside the trainer's own configuration. All files
    are complete before the first of them takes its place. Raises OSError.
    """
    trainer = results.trainer
    test = evaluate(trainer.vae, trainer.test_images, results.test_draws)
    train = evaluate(trainer.vae, trainer.train_images, results.train_draws)

    staging = folder / STAGING
    (staging / ASSETS).mkdir(parents=True, exist_ok=True)
    save_state_dict(trainer.vae.encoder.state_dict(), staging / ENCODER)
    if results.classifier is not None:
        save_state_dict(results.classifier.state_dict(), staging / CLASSIFIER)
    if results.density is not None:
        results.density.save(staging / DENSITY)
    write_history(trainer, staging / HISTORY)
    save_state_dict(trainer.vae.decoder.state_dict(), staging / DECODER)

    record = {
        **describe_run(trainer, results.dataset, settings),
        "final": {
            "test": _describe_evaluation(test),
            "train": _describe_evaluation(train),
            "kl_per_dimension": list(test.kl_per_dimension),
            "active_dimensions": test.active_dimensions,
            **trainer.final_figures(),
            **_describe_classifier(results),
            **_describe_variance(trainer, train),
        },
        "seeds": [_seed_row(trainer, test, train)],
        "files": {
            relative: sha256_of(staging / relative)
            for relative in FILES
            if (staging / relative).exists()
        },
    }
    write_json(staging / RECORD, record)
    move_results(staging, folder, tuple(record["files"]))
    shutil.rmtree(staging)
    return record


def describe_run(trainer: Run, dataset: Dataset, settings: Mapping[str, Any]) -> dict[str, Any]:
    """What a record says of a training as far as it is, without figures and files."""
    return {
        "format": RECORD_FORMAT,
        "format_version": RECORD_VERSION,
        "family": trainer.family,
        "model": asdict(trainer.model_config),
        "dataset": _describe_dataset(dataset),
        "training": _describe_training(trainer, settings),
        "epochs": [epoch.as_dict() for epoch in trainer.records],
    }


def move_results(source: Path, folder: Path, files: tuple[str, ...] = FILES) -> None:
    """Let complete results take the place of older ones, the record last. Raises OSError."""
    (folder / ASSETS).mkdir(parents=True, exist_ok=True)
    for relative in (*files, RECORD):
        (source / relative).replace(folder / relative)


def write_history(trainer: Run, path: Path) -> None:
    """Write the snapshots of the decoder: `epochs` (S,), and every parameter stacked, as float16.

    Raises OSError.
    """
    arrays = {"epochs": np.array([epoch for epoch, _ in trainer.history], dtype=np.int64)}
    for key in trainer.history[0][1]:
        arrays[key] = np.stack([weights[key] for _, weights in trainer.history])
    with atomic_write(path) as file:
        np.savez_compressed(file, **arrays)


def _describe_dataset(dataset: Dataset) -> dict[str, Any]:
    return {
        "name": dataset.name,
        "classes": list(dataset.classes),
        "train_images": len(dataset.train_images),
        "test_images": len(dataset.test_images),
        "pixel_range": list(PIXEL_RANGE),
        "preprocessing": PREPROCESSING,
    }


def _describe_training(trainer: Run, settings: Mapping[str, Any]) -> dict[str, Any]:
    config = asdict(trainer.config)
    del config["latent_dim"]  # the model's entry says it
    seconds = sum(epoch.seconds for epoch in trainer.records)
    images = len(trainer.records) * trainer.n_images
    return {
        **config,
        "schedule": trainer.schedule,
        "images": len(trainer.train_images),
        **settings,
        "device": str(trainer.device),
        "device_name": _device_name(trainer.device),
        "threads": torch.get_num_threads(),
        "seconds": round(seconds, 1),
        "images_per_second": round(images / seconds, 1) if images else None,
        "torch_version": torch.__version__,
    }


def _describe_evaluation(evaluation: Evaluation) -> dict[str, Any]:
    draws = evaluation.draws
    figures = {**evaluation.losses.as_dict(), "draws": len(draws)}
    if len(draws) > 1:
        figures["standard_deviation_over_draws"] = float(np.std(draws, ddof=1))
    return figures


def _describe_classifier(results: Results) -> dict[str, float]:
    if results.classifier is None:
        return {}
    dataset = results.dataset
    right = accuracy(results.classifier, dataset.test_images, dataset.test_labels)
    return {"classifier_accuracy": right}


def _describe_variance(trainer: Run, train: Evaluation) -> dict[str, float]:
    """The variance of a pixel that fits the training images best, where one was learned."""
    if getattr(trainer.config, "recon_loss", None) != "sse-learned-variance":
        return {}
    variance = train.losses.sse / math.prod(trainer.model_config.image_shape)
    return {"pixel_variance": max(variance, SMALLEST_VARIANCE)}


def _seed_row(trainer: Run, test: Evaluation, train: Evaluation) -> dict[str, Any]:
    return {
        "seed": trainer.config.seed,
        "chosen": True,
        "train": train.losses.as_dict(),
        "test": test.losses.as_dict(),
        "active_dimensions": test.active_dimensions,
        "seconds": round(sum(epoch.seconds for epoch in trainer.records), 1),
    }


def _device_name(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return platform.processor() or platform.machine()
