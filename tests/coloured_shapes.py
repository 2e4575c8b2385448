"""Coloured shapes on coloured grounds: a data set neither grey nor of 28 x 28 nor of digits."""

from __future__ import annotations

import colorsys
from pathlib import Path

import numpy as np

from vae.data import Dataset, to_model_range

CLASSES = ("disc", "square", "triangle")
FINE = 3  # a pixel's colour is the mean of FINE x FINE points, so that edges are soft


def coloured_shapes(train: int, test: int, side: int = 32, channels: int = 3) -> Dataset:
    """Reddish discs, greenish squares, bluish triangles in turn, on grounds of any dark hue.

    Each has a place and a size of its own. train, test: how many images. The same numbers give the
    same images. With one channel the shapes are white on black.
    """
    rng = np.random.default_rng(0)
    labels = np.arange(train + test, dtype=np.int64) % len(CLASSES)
    images = np.stack([_image(rng, label, side, channels) for label in labels])
    split = slice(None, train), slice(train, None)
    parts = [part[where] for where in split for part in (images, labels)]
    return Dataset("coloured-shapes", CLASSES, *parts)


def _image(rng: np.random.Generator, label: int, side: int, channels: int) -> np.ndarray:
    """One shape, (channels, side, side) uint8."""
    x0, y0 = rng.uniform(-0.25, 0.25, 2)
    radius = rng.uniform(0.35, 0.6)
    hue = label / len(CLASSES) + rng.uniform(-0.08, 0.08)
    shape = np.array(colorsys.hsv_to_rgb(hue % 1.0, 0.85, 1.0))
    ground = np.array(colorsys.hsv_to_rgb(rng.uniform(), 0.8, 0.4))
    if channels == 1:
        shape, ground = np.ones(1), np.zeros(1)

    places = (np.arange(side * FINE) + 0.5) / (side * FINE) * 2 - 1
    y, x = np.meshgrid(places - y0, places - x0, indexing="ij")
    inside = (
        np.hypot(x, y) <= radius,
        np.maximum(np.abs(x), np.abs(y)) <= 0.85 * radius,
        (y <= 0.7 * radius) & (2.0 * np.abs(x) <= y + radius),
    )[label]
    covered = inside.reshape(side, FINE, side, FINE).mean(axis=(1, 3))
    image = ground[:, None, None] + (shape - ground)[:, None, None] * covered
    return np.rint(255 * image).astype(np.uint8)


def train_shapes(folder: Path, family: str = "vae") -> Path:
    """Train a network of either family on 32 x 32 shapes, as train.py does, for some seconds.

    Returns the decoder's file, with its record and all companions.
    """
    import torch

    from vae.classifier import Classifier, train_classifier
    from vae.gan_training import GanConfig, GanTrainer
    from vae.outputs import Results, fit_density, write_results
    from vae.training import TrainConfig, Trainer

    dataset = coloured_shapes(train=300, test=60)
    device = torch.device("cpu")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        classifier = Classifier(dataset.image_shape, len(CLASSES))
    images = torch.from_numpy(to_model_range(dataset.train_images))
    labels = torch.from_numpy(dataset.train_labels)
    for _ in train_classifier(classifier, images, labels, torch.Generator().manual_seed(0), 6):
        pass
    classifier.eval()
    if family == "gan":
        config = GanConfig(epochs=2, batch_size=30, latent_dim=5, encoder_epochs=1)
        trainer = GanTrainer(config, dataset, device, classifier)
    else:
        config = TrainConfig(epochs=16, batch_size=30, latent_dim=6)
        trainer = Trainer(config, dataset, device, captured=False)
    for _ in trainer.run():
        pass
    if family == "gan":
        trainer.fit_encoder()
    write_results(Results(trainer, dataset, classifier, fit_density(trainer)), {}, folder)
    return folder / "decoder_weights.pt"
