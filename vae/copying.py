"""Whether samples are copies of training images: how near they are, and how near others would be.

A distance alone says little: a 1 is near to some other 1 whoever wrote it, and a smooth image is
nearer to everything. So the distance of a sample to the nearest training image is compared with
those of real test images of its class, and with those of their reconstructions, which left the same
decoder and are as smooth (Meehan, Chaudhuri & Dasgupta 2020, "A non-parametric test to detect
data-copying in generative models"; van den Burg & Williams 2021, "On memorization in probabilistic
deep generative models").
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SUSPICIOUS = 0.01  # of the images that can be no copies, the share that a copy is nearer than
# A sample nearer than an image that can be no copy in a larger share of pairs: there may be copies.
# Chance alone moves the share by 0.01 with 1,000 samples against 2,500 images; the rest
# leaves room for classes that are drawn more often than they are written.
EVEN = 0.55


@dataclass(frozen=True, eq=False)
class Untrained:
    """Distances to the nearest training image, of N images that can be no copies of one.

    distances: (N,), image units. labels: (N,), what the images are.
    """

    distances: np.ndarray
    labels: np.ndarray

    def __post_init__(self) -> None:
        if self.distances.shape != self.labels.shape or self.distances.ndim != 1:
            raise ValueError(
                f"{self.distances.shape} distances do not fit {self.labels.shape} labels"
            )
        by_class = {
            int(label): np.sort(self.distances[self.labels == label])
            for label in np.unique(self.labels)
        }
        object.__setattr__(self, "_all", np.sort(self.distances))
        object.__setattr__(self, "_by_class", by_class)

    def share_nearer(self, distance: float, label: int | None = None) -> float:
        """The share, 0 to 1, of these images that are nearer to a training image than `distance`.

        label: only images of this class count, if there are any; None is all of them. NaN without
        images.
        """
        distances = self._by_class.get(label, self._all)
        if not len(distances):
            return float("nan")
        return float(distances.searchsorted(distance)) / len(distances)

    def pairs_nearer(self, distances: np.ndarray) -> float:
        """The share of all pairs of a sample and one of these images in which the sample is nearer.

        The statistic of Mann and Whitney, in which ties count half: 0.5 is even, 1 is a copy every
        time. distances: (M,), of the samples. NaN without samples or without images.
        """
        if not len(distances) or not len(self._all):
            return float("nan")
        below = self._all.searchsorted(distances, side="left")
        above = self._all.searchsorted(distances, side="right")
        return float(1.0 - (below + above).mean() / (2.0 * len(self._all)))
