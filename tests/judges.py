"""A judge of untrained networks, for sizes that no shipped weights have."""

from __future__ import annotations

from pathlib import Path

import torch

from tests.foreign import foreign_state
from vae.classifier import Classifier
from vae.guidance import Judge
from vae.model import ModelConfig
from vae.weights import ModelBundle


def other_judge(classes: int = 2, latent: int = 6, image_channels: int = 1) -> Judge:
    """Decoder and classifier with random weights; the classifier is made surer of itself."""
    state = foreign_state(latent=latent, image_channels=image_channels)
    config = ModelConfig(latent_dim=latent, image_shape=(image_channels, 28, 28))
    torch.manual_seed(1)
    classifier = Classifier(config.image_shape, classes).requires_grad_(False).eval()
    classifier.linear.weight *= 20.0
    classifier.linear.bias.zero_()
    return Judge(
        ModelBundle(
            path=Path("other.pt"),
            sha256="0" * 64,
            decoder={key: tensor.numpy() for key, tensor in state.items()},
            config=config,
            classifier=classifier,
            class_names=tuple(str(index) for index in range(classes)),
        )
    )
