"""GANs for tests: one that was really trained, a little, and records of trainings that were not."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from vae.data import Dataset, bundled_digits
from vae.files import sha256_of
from vae.gan_training import GanConfig, GanTrainer
from vae.live_folder import LiveFolder
from vae.outputs import Results, check_output_folder, write_results
from vae.weights import load_classifier

COLLAPSE = (9, 10, 9, 1, 1, 3, 10)  # classes after each epoch of a training that collapses


def course(classes: Sequence[int] = COLLAPSE, **train: Any) -> list[dict[str, Any]]:
    """The epochs of a record in which so many classes were covered, each as often."""
    losses = {"discriminator": 0.65, "generator": 0.75, "r1": 0.03, "r2": 0.02} | train
    return [
        {
            "epoch": epoch,
            "train": losses,
            "coverage": coverage(count),
            "seconds": 3.5,
        }
        for epoch, count in enumerate(classes, start=1)
    ]


def coverage(count: int) -> dict[str, Any]:
    """The coverage of so many classes, each as often as the others."""
    return {
        "classes": count,
        "entropy": math.log(count),
        "precision": 0.6,
        "recall": count / 20,
        "frechet": 3.0 / count,
    }


def gan_record(record: dict[str, Any], classes: Sequence[int] = COLLAPSE) -> dict[str, Any]:
    """A VAE's record as if it were that of a GAN."""
    epochs = course(classes)
    return record | {
        "family": "gan",
        "epochs": epochs,
        "training": {
            "epochs": len(epochs),
            "gan_loss": "relativistic",
            "discriminator_channels": [16, 32],
            "penalty": 1.0,
            "seed": 0,
        },
        "final": {**record["final"], "coverage": epochs[-1]["coverage"]},
    }


def gan_copy(weights: Path, folder: Path, classes: Sequence[int] = COLLAPSE) -> Path:
    """The shipped decoder and its companions with the record of a GAN."""
    shutil.copytree(weights.parent / "assets", folder / "assets", ignore=_only_companions)
    path = folder / "gan.pt"
    shutil.copy(weights, path)
    record = gan_record(json.loads(weights.with_suffix(".json").read_text()), classes)
    record["files"] = {
        name: sha256_of(folder / name)
        for name in ("gan.pt", "assets/encoder_weights.pt", "assets/latent_density.npz")
    }
    path.with_suffix(".json").write_text(json.dumps(record))
    return path


def trained_gan(classifier: Path, folder: Path, epochs: int = 2) -> tuple[Path, Path]:
    """Train a GAN on 300 digits: (its decoder, its decoder as it was while it was trained).

    The second has no encoder, as no GAN in training has.
    """
    images, labels = bundled_digits()
    images = images[:, None]  # one channel
    classes = tuple(str(digit) for digit in range(10))
    parts = slice(0, 256), slice(256, 300)
    halves = [array[part] for part in parts for array in (images, labels)]
    dataset = Dataset("sample", classes, *halves)
    config = GanConfig(epochs=epochs, batch_size=32, warm_up_steps=4, encoder_epochs=1)
    trainer = GanTrainer(config, dataset, torch.device("cpu"), load_classifier(classifier))
    live, result = folder / "live", folder / "result"
    for _ in trainer.run():
        if len(trainer.records) == 1:
            LiveFolder(trainer, dataset, live).write()
    trainer.fit_encoder()
    check_output_folder(result)
    write_results(Results(trainer, dataset, None, None, 1, 1), {}, result)
    return result / "decoder_weights.pt", live / "runs/latest/decoder_weights.pt"


def _only_companions(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if name not in ("encoder_weights.pt", "latent_density.npz")]
