"""The classifier that a training is judged by while it runs, or learns from.

A GAN's mode coverage and the feature loss of a VAE need one from the first step on. For handwritten
digits that is the one which comes with the program, so that the figures of trainings compare; for
other images one is trained first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from vae.classifier import TRAINING_EPOCHS, Classifier, train_classifier
from vae.data import Dataset, to_model_range
from vae.files import sha256_of
from vae.weights import BUNDLED_ASSETS, DIGIT_DATASETS, load_classifier

BUNDLED = BUNDLED_ASSETS / "classifier_weights.pt"
BUNDLED_SHAPE = (1, 28, 28)


@dataclass
class Judge:
    """classifier: on the CPU, in inference mode. is_bundled: whether it comes with the program.
    is_trained: whether it can judge yet; else `train` it first. settings: what a record says of it.
    """

    classifier: Classifier
    is_bundled: bool
    is_trained: bool
    settings: dict[str, Any]

    def train(
        self, dataset: Dataset, epochs: int, seed: int, progress: Callable[[float], None]
    ) -> None:
        """Train it on all training images of a data set; see `train_on`."""
        self.classifier = train_on(dataset, epochs, seed, torch.device("cpu"), progress)
        self.is_trained = True
        self.settings = {"classifier_epochs": classifier_epochs(epochs)}

    def state(self) -> dict[str, Any]:
        """What a checkpoint keeps of it: plain containers of tensors and numbers."""
        return {"weights": dict(self.classifier.state_dict()), "settings": self.settings}


def judge_of(dataset: Dataset, saved: dict[str, Any] | None) -> Judge:
    """The judge of a data set; saved: its `Judge.state` in a checkpoint, where there is one.

    Raises WeightsError if the bundled one is damaged; KeyError, RuntimeError or ValueError if what
    was saved is no classifier.
    """
    if dataset.name in DIGIT_DATASETS and dataset.image_shape == BUNDLED_SHAPE:
        settings = {"classifier": "bundled", "classifier_sha256": sha256_of(BUNDLED)}
        return Judge(load_classifier(BUNDLED), True, True, settings)
    if saved is not None:
        classifier = Classifier.from_state_dict(saved["weights"])
        return Judge(classifier, False, True, dict(saved["settings"]))
    classifier = Classifier(dataset.image_shape, len(dataset.classes)).eval()
    return Judge(classifier, False, False, {})


def train_on(
    dataset: Dataset,
    epochs: int,
    seed: int,
    device: torch.device,
    progress: Callable[[float], None] = lambda share: None,
) -> Classifier:
    """Train a classifier on all training images of a data set; in inference mode, on the CPU.

    epochs: of the training that it belongs to: a short trial is to be short as a whole. progress:
    told the share that is done after every epoch; it may raise to end this.
    """
    epochs = classifier_epochs(epochs)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        classifier = Classifier(dataset.image_shape, len(dataset.classes))
    classifier.to(device)
    images = torch.from_numpy(to_model_range(dataset.train_images)).to(device)
    labels = torch.from_numpy(dataset.train_labels).to(device)
    generator = torch.Generator().manual_seed(seed)
    for epoch in train_classifier(classifier, images, labels, generator, epochs):
        progress(epoch / epochs)
    return classifier.to("cpu").eval().requires_grad_(False)


def classifier_epochs(epochs: int) -> int:
    """The length of a classifier's training beside one of `epochs`."""
    return min(TRAINING_EPOCHS, epochs)
