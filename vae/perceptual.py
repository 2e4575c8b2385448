"""A loss that compares two images by what a trained classifier makes of them.

Where a stroke's place is not known, squared errors of pixels are least for a blurred one. A
classifier's layers answer to edges and strokes, so that a loss on their activations makes the blur
dearer: of digits blurred and digits moved by a pixel, at the same squared error, the blurred ones
lie nearly twice as far (Johnson, Alahi & Fei-Fei 2016, arXiv:1603.08155, eq. 2; Zhang et al. 2018,
arXiv:1801.03924).
"""

from __future__ import annotations

import copy

import torch
from torch import nn

from vae.classifier import Classifier

N_CALIBRATION = 2000  # images that tell the variances: one more or less changes them by 0.1 %
CALIBRATION_BATCH = 500


class FeatureLoss(nn.Module):
    """The share of a layer's variance that is not met, averaged over the classifier's ReLUs.

    For layer l with activations f_l: |f_l(x_hat) - f_l(x)|^2 / E|f_l(x') - E f_l|^2, the
    expectations over real images x'. Whatever a layer's size and scale, it is 0 where two images
    have the same features and 1 on average where every image is drawn with the mean features, so
    that each layer has an equal say.

    classifier: whose convolutions are compared in; copied to the images' device, and never changed.
    images: real ones, (N, C, H, W) in [-1, 1]; the first 2,000 are used.

    Raises ValueError if the images' shape is not the classifier's.
    """

    def __init__(self, classifier: Classifier, images: torch.Tensor) -> None:
        super().__init__()
        if tuple(images.shape[1:]) != classifier.image_shape:
            raise ValueError(
                f"the feature loss compares in a classifier of {_shape(classifier.image_shape)} "
                f"images, and these are {_shape(images.shape[1:])}"
            )
        self.conv_stack = copy.deepcopy(classifier.conv_stack).eval().requires_grad_(False)
        self.conv_stack.to(images.device)
        if images.device.type == "cpu":
            self.conv_stack.to(memory_format=torch.channels_last)
        self.variances = self._variances(images[:N_CALIBRATION])

    def forward(self, x_hat: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        """Two (N, C, H, W) in [-1, 1] -> (N,); gradients flow to x_hat only."""
        with torch.no_grad():
            wanted = self.features(x)
        shares = [
            (found - real).square().flatten(1).sum(1) / variance
            for found, real, variance in zip(
                self.features(x_hat), wanted, self.variances, strict=True
            )
        ]
        return torch.stack(shares).mean(0)

    def features(self, x: torch.Tensor) -> list[torch.Tensor]:
        """(N, C, H, W) -> the activations after each ReLU, first to last: (N, maps, h, w) each."""
        found = []
        for layer in self.conv_stack:
            x = layer(x)
            if isinstance(layer, nn.ReLU):
                found.append(x)
        return found

    @torch.no_grad()
    def _variances(self, images: torch.Tensor) -> tuple[float, ...]:
        """Of each layer: E|f - E f|^2 over the images, a sum over its units."""
        parts = [self.features(part) for part in images.split(CALIBRATION_BATCH)]
        return tuple(
            torch.cat(layer).flatten(1).double().var(0, correction=0).sum().item()
            for layer in zip(*parts, strict=True)
        )


def _shape(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))
