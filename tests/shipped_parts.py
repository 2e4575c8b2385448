"""Models in the place of those that are shipped beside the VAE, with records of their kinds."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from explorer.shipped import SHIPPED_WEIGHTS, WEIGHTS
from vae.files import sha256_of
from vae.weights import load_state_dict, save_state_dict

COMPANIONS = ("assets/encoder_weights.pt", "assets/latent_density.npz", "assets/history.npz")
COVERAGE = {"classes": 10, "entropy": 2.27, "precision": 0.91, "recall": 0.35, "frechet": 0.31}
GAN = {
    "epochs": 3,
    "batch_size": 128,
    "learning_rate": 2e-4,
    "gan_loss": "relativistic",
    "penalty": 1.0,
    "penalty_every": 1,
    "average_images": 10_000,
    "discriminator_channels": [24, 48],
    "width": 1,
    "seed": 0,
    "fraction": 1.0,
    "encoder_epochs": 2,
    "schedule": "constant",
    "device": "cpu",
    "seconds": 120.0,
}
CRISP = {"width": 2, "perceptual": 0.5, "adversarial": 0.25}


def stand_in(
    models: Path,
    name: str,
    *,
    gan: bool = False,
    training: Mapping[str, Any] | None = None,
    noise: float = 0.01,
) -> Path:
    """A model in its folder below `models`, in the layout of a training's output: its decoder.

    noise: how far its weights are from the plain VAE's. training: changes to that of its record.
    """
    folder = models / name
    (folder / "assets").mkdir(parents=True)
    weights = load_state_dict(SHIPPED_WEIGHTS)
    generator = torch.Generator().manual_seed(len(name))
    for tensor in weights.values():
        tensor += noise * torch.randn(tensor.shape, generator=generator)
    save_state_dict(weights, folder / WEIGHTS)
    for companion in COMPANIONS:
        shutil.copy(SHIPPED_WEIGHTS.parent / companion, folder / companion)
    record = json.loads(SHIPPED_WEIGHTS.with_suffix(".json").read_text())
    if gan:
        record["family"] = "gan"
        record["training"] = dict(GAN)
        record["epochs"] = [
            {
                "epoch": epoch,
                "train": {"discriminator": 0.7, "generator": 0.8, "r1": 0.1, "r2": 0.2},
                "coverage": dict(COVERAGE),
                "seconds": 40.0,
            }
            for epoch in (1, 2, 3)
        ]
        record["final"]["coverage"] = dict(COVERAGE)
    record["training"].update(training or {})
    record["files"] = {file: sha256_of(folder / file) for file in (WEIGHTS, *COMPANIONS)}
    write_record(folder, record)
    return folder / WEIGHTS


def write_record(folder: Path, record: Any) -> None:
    """Write the record of a model, or something else in its place."""
    text = record if isinstance(record, str) else json.dumps(record)
    (folder / WEIGHTS).with_suffix(".json").write_text(text)
