"""Mode coverage: which classes a generator's samples are of, and how much of the data they reach.

A generator that has learned to please its discriminator with a few kinds of images only has
collapsed (Goodfellow 2016, arXiv:1701.00160, section 5.1.1); the losses of the game do not tell.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from vae.classifier import Classifier
from vae.metrics import Judged, evenly_spaced, frechet_distance, judge, manifold

N_SAMPLES = 2_000  # and at most as many test images: 1 s an epoch on one core
NEIGHBOUR = 5  # the k of precision and recall, as in vae.figures
COVERED = 0.1  # of an even share: a class with fewer samples counts as missing


@dataclass(frozen=True)
class Coverage:
    """What was found in one set of samples.

    classes: those that at least a tenth of an even share of the samples is taken for. entropy: of
    the shares of the classes, in nats; its exponential is the effective number of classes.
    precision, recall: Kynkäänniemi et al. 2019. frechet: Fréchet distance. The last three are held
    against test images, in the classifier's features; see `vae.metrics`.
    """

    classes: int
    entropy: float
    precision: float
    recall: float
    frechet: float

    @property
    def effective_classes(self) -> float:
        """The number of even classes of the same entropy."""
        return math.exp(self.entropy)

    def as_dict(self) -> dict[str, float | int]:
        """For a record."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Coverage:
        """That of `as_dict`. Raises KeyError."""
        return cls(**{name: values[name] for name in cls.__dataclass_fields__})


class CoverageMeter:
    """Measures samples against always the same test images.

    classifier: in inference mode, on any device. images: (N, C, H, W) uint8.
    """

    def __init__(self, classifier: Classifier, images: np.ndarray) -> None:
        self._classifier = classifier
        chosen = evenly_spaced(len(images), min(N_SAMPLES, len(images)))
        self._real = judge(classifier, images[chosen])

    def measure(self, samples: np.ndarray) -> Coverage:
        """Of samples (M, C, H, W) uint8. Raises MissingLibraryError."""
        judged = judge(self._classifier, samples)
        found = manifold(self._real.features, judged.features, NEIGHBOUR)
        return Coverage(
            classes=covered_classes(judged),
            entropy=judged.class_entropy,
            precision=found.precision,
            recall=found.recall,
            frechet=frechet_distance(self._real.features, judged.features),
        )


def covered_classes(judged: Judged) -> int:
    """How many classes have at least a tenth of an even share of the samples."""
    n_classes = judged.probabilities.shape[1]
    counts = np.bincount(judged.classes, minlength=n_classes)
    return int((counts >= COVERED * len(judged.classes) / n_classes).sum())
