"""A small convolutional classifier: what class is this image, and how surely?

It judges what the decoder draws, at every movement of a slider, so it is small: 0.3 ms an image.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from vae.augment import N_DRAWS, Deformation, deform
from vae.data import to_model_range

CHANNELS = (24, 32, 64)
BATCH = 500  # bounds the memory that `probabilities` takes

TRAINING_EPOCHS = 12
TRAINING_BATCH = 128
PEAK_LEARNING_RATE = 3e-3
WARM_UP = 0.2  # of the steps
# Stronger than what any digit stands for: the decoder's digits lean further than the real ones.
DEFORMATION = Deformation(rotation=12.0, scale=0.12, shear=0.15, shift=2.0)


class Classifier(nn.Module):
    """Three convolutions and one linear layer; 57,000 parameters for 28x28 grey images.

    image_shape: (channels, height, width), height and width multiples of 4; n_classes: at least 2.
    """

    def __init__(self, image_shape: tuple[int, int, int] = (1, 28, 28), n_classes: int = 10):
        super().__init__()
        channels, height, width = image_shape
        if min(image_shape) < 1 or height % 4 or width % 4 or n_classes < 2:
            raise ValueError(
                "height and width must be multiples of 4 and there must be at least 2 classes, "
                f"not {tuple(image_shape)} and {n_classes}"
            )
        self.image_shape = tuple(image_shape)
        self.n_classes = n_classes
        first, second, third = CHANNELS
        self.conv_stack = nn.Sequential(
            nn.Conv2d(channels, first, kernel_size=4, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(first, second, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(second, third, kernel_size=3, padding=1),
            nn.ReLU(),
        )
        self.linear = nn.Linear(third * (height // 4) * (width // 4), n_classes)

    @classmethod
    def from_state_dict(cls, state_dict: Mapping[str, torch.Tensor]) -> Classifier:
        """The classifier of square images that a state_dict belongs to, in inference mode.

        Raises KeyError, ValueError, IndexError or RuntimeError if it is not one of these.
        """
        n_classes, features = state_dict["linear.weight"].shape
        side = 4 * math.isqrt(features // CHANNELS[-1])
        channels = state_dict["conv_stack.0.weight"].shape[1]
        classifier = cls((channels, side, side), n_classes)
        classifier.load_state_dict(state_dict)
        return classifier.eval()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """x: (N, C, H, W) in [-1, 1] -> logits (N, n_classes)."""
        h = self.conv_stack(x)  # (N, 64, 7, 7)
        return self.linear(h.flatten(1))


def probabilities(classifier: Classifier, images: np.ndarray) -> np.ndarray:
    """Class probabilities of uint8 images (N, C, H, W) -> float32 (N, n_classes).

    Raises ValueError if the images' shape does not fit.
    """
    if images.ndim != 4 or images.shape[1:] != classifier.image_shape:
        raise ValueError(
            f"the classifier expects images of shape (N, C, H, W) with (C, H, W) = "
            f"{classifier.image_shape}, not {images.shape}"
        )
    device = classifier.linear.weight.device
    chunks = [np.empty((0, classifier.n_classes), dtype=np.float32)]
    with torch.inference_mode():
        for start in range(0, len(images), BATCH):
            x = torch.from_numpy(to_model_range(images[start : start + BATCH])).to(device)
            x = x.contiguous(memory_format=torch.channels_last)  # twice as fast in batches
            chunks.append(torch.softmax(classifier(x), dim=1).cpu().numpy())
    return np.concatenate(chunks)


def accuracy(classifier: Classifier, images: np.ndarray, labels: np.ndarray) -> float:
    """Share of images (N, C, H, W) uint8 whose most probable class is their label (N,)."""
    return float((probabilities(classifier, images).argmax(1) == labels).mean())


def train_classifier(
    classifier: Classifier,
    images: torch.Tensor,
    labels: torch.Tensor,
    generator: torch.Generator,
    epochs: int = TRAINING_EPOCHS,
) -> Iterator[int]:
    """Train in place, on deformed images; yields the number of epochs done, after each.

    images: (N, C, H, W) in [-1, 1]; labels: (N,) int64, both on the classifier's device;
    generator: a CPU generator, from which everything random is drawn.
    """
    optimizer = torch.optim.Adam(classifier.parameters(), lr=PEAK_LEARNING_RATE)
    steps_per_epoch = math.ceil(len(images) / TRAINING_BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        PEAK_LEARNING_RATE,
        total_steps=epochs * steps_per_epoch,
        pct_start=WARM_UP,
    )
    device = images.device
    for epoch in range(epochs):
        order = torch.randperm(len(images), generator=generator).to(device)
        for indices in order.split(TRAINING_BATCH):
            draws = torch.rand(N_DRAWS, len(indices), generator=generator) * 2 - 1
            x = deform(images[indices], DEFORMATION, draws.to(device))
            x = x.contiguous(memory_format=torch.channels_last)
            loss = F.cross_entropy(classifier(x), labels[indices])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            schedule.step()
        yield epoch + 1
