"""How well the classes of real images are told apart in latent space, and which are confused.

The encoder has never seen a label: what separates classes here is that the images of one are alike.
Distances are Euclidean between posterior means, in prior standard deviations.

scikit-learn takes one to two seconds to import and holds Python's lock meanwhile: a window calls
these functions in another process.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

VERSION = 1  # of what the functions of this module compute; what was kept of another is not shown

NEIGHBOURS = 10
QUERY_BATCH = 500  # points whose neighbours are looked for at a time; with pixels, 0.2 s


@dataclass(frozen=True, eq=False)
class Clusters:
    """What the k nearest neighbours of each of n images say of its class; C classes.

    An image is not its own neighbour (leave one out). Each neighbour has one vote, and of classes
    with as many votes the one with the lowest number wins, as in scikit-learn.

    labels: (n,). predicted: (n,), the class with most votes. votes: (n,), how many of the k.
    neighbours: (n,), the nearest image of the predicted class, as an index among the n.
    distances: (n,), to it.
    silhouettes: (n,), (b - a) / max(a, b) with a the mean distance to the others of the same class
        and b that to the nearest other class (Rousseeuw 1987): 1 far inside its class, 0 between
        two, below 0 nearer to another. NaN with one class only.
    confusion: (C, C), how many images of the row's class were taken for the column's.
    """

    n: int
    k: int
    labels: np.ndarray
    predicted: np.ndarray
    votes: np.ndarray
    neighbours: np.ndarray
    distances: np.ndarray
    silhouettes: np.ndarray
    confusion: np.ndarray

    @property
    def accuracy(self) -> float:
        """Share of the images that are taken for their own class."""
        return float((self.predicted == self.labels).mean())

    @property
    def silhouette(self) -> float:
        """The mean silhouette."""
        return float(self.silhouettes.mean())

    @property
    def class_accuracies(self) -> np.ndarray:
        """(C,), `accuracy` within each class; NaN for a class without images."""
        return self._of_each_class(self.predicted == self.labels)

    @property
    def class_silhouettes(self) -> np.ndarray:
        """(C,), the mean silhouette of each class; NaN for a class without images."""
        return self._of_each_class(self.silhouettes)

    def confused(self, true: int, taken_for: int) -> np.ndarray:
        """The images of one class that were taken for another, or for itself: indices.

        Those with most votes for it come first, and of them the one nearest to such an image.
        """
        found = np.flatnonzero((self.labels == true) & (self.predicted == taken_for))
        return found[np.lexsort((self.distances[found], -self.votes[found]))]

    def pairs(self) -> list[tuple[int, int, int]]:
        """What was taken for what, and how often: (true, taken for, images), most often first."""
        wrong = self.confusion * ~np.eye(len(self.confusion), dtype=bool)
        order = np.argsort(-wrong, axis=None, kind="stable")
        found = [divmod(int(i), len(wrong)) for i in order]
        return [(i, j, int(wrong[i, j])) for i, j in found if wrong[i, j]]

    def _of_each_class(self, values: np.ndarray) -> np.ndarray:
        counts = np.bincount(self.labels, minlength=len(self.confusion))
        sums = np.bincount(self.labels, weights=values, minlength=len(counts))
        return np.divide(sums, counts, out=np.full(len(counts), np.nan), where=counts > 0)


@dataclass(frozen=True, eq=False)
class PixelAccuracy:
    """The same share with neighbours in pixels: what the classes are worth without an encoder."""

    n: int
    k: int
    accuracy: float


def clusters(
    mu: ArrayLike,
    labels: ArrayLike,
    n_classes: int | None = None,
    k: int = NEIGHBOURS,
    progress: Callable[[float], None] = lambda fraction: None,
) -> Clusters:
    """Look at the neighbours and the silhouettes of n images with means mu (n, d), labels (n,).

    n_classes: C; by default one more than the largest label. k: neighbours; with fewer other images
    all of them. progress: told the share that is done; it may raise to end this, though not while
    silhouettes are computed, 4 s of the 5 s that 10,000 digits take.

    Raises:
        ValueError: fewer than 2 images, shapes that do not fit, or numbers that are not finite.
    """
    from sklearn.metrics import silhouette_samples
    from sklearn.neighbors import NearestNeighbors

    mu, labels = np.asarray(mu, np.float64), np.asarray(labels)
    if mu.ndim != 2 or labels.shape != mu.shape[:1] or len(mu) < 2:
        raise ValueError(
            "clusters need the means of at least two images, and a label for each, not arrays of "
            f"shapes {mu.shape} and {labels.shape}"
        )
    if not np.isfinite(mu).all():
        raise ValueError("the encoded images' means must be finite, got NaN or infinity")
    progress(0.0)
    n_classes = int(labels.max()) + 1 if n_classes is None else n_classes
    k = min(k, len(mu) - 1)
    nearest = NearestNeighbors(n_neighbors=k).fit(mu)
    distances, neighbours = nearest.kneighbors()  # without a query, no image is its own neighbour
    progress(0.1)
    given = labels[neighbours]
    counts = (given[:, :, None] == np.arange(n_classes)).sum(axis=1)
    predicted = counts.argmax(axis=1)
    first = (given == predicted[:, None]).argmax(axis=1)  # neighbours come nearest first
    rows = np.arange(len(mu))
    confusion = np.zeros((n_classes, n_classes), np.int64)
    np.add.at(confusion, (labels, predicted), 1)
    present = len(np.unique(labels))
    # Silhouettes compare classes, and an image with the others of its class.
    silhouettes = (
        silhouette_samples(mu, labels) if 1 < present < len(mu) else np.full(len(mu), np.nan)
    )
    progress(1.0)
    return Clusters(
        n=len(mu),
        k=k,
        labels=labels,
        predicted=predicted,
        votes=counts[rows, predicted],
        neighbours=neighbours[rows, first],
        distances=distances[rows, first],
        silhouettes=silhouettes,
        confusion=confusion,
    )


def pixel_accuracy(
    images: np.ndarray,
    labels: ArrayLike,
    k: int = NEIGHBOURS,
    progress: Callable[[float], None] = lambda fraction: None,
) -> PixelAccuracy:
    """`Clusters.accuracy` with neighbours by Euclidean distance in pixels.

    images: (n, C, H, W) uint8. 10,000 digits take about 6 s on one core.

    Raises:
        ValueError: fewer than 2 images, or as many labels as there are not.
    """
    from sklearn.neighbors import NearestNeighbors

    labels = np.asarray(labels)
    if len(images) < 2 or labels.shape != (len(images),):
        raise ValueError(f"{len(images)} images do not fit labels of shape {labels.shape}")
    pixels = images.reshape(len(images), -1).astype(np.float32)
    k = min(k, len(pixels) - 1)
    nearest = NearestNeighbors(n_neighbors=k + 1, algorithm="brute").fit(pixels)
    right = 0
    for start in range(0, len(pixels), QUERY_BATCH):
        progress(start / len(pixels))
        found = nearest.kneighbors(pixels[start : start + QUERY_BATCH], return_distance=False)
        own = found == np.arange(start, start + len(found))[:, None]
        # Among copies of an image it need not be the first; beside enough of them it is missing.
        own[~own.any(axis=1), -1] = True
        given = labels[found[~own].reshape(len(found), k)]
        counts = (given[:, :, None] == np.arange(labels.max() + 1)).sum(axis=1)
        right += int((counts.argmax(axis=1) == labels[start : start + len(found)]).sum())
    return PixelAccuracy(n=len(pixels), k=k, accuracy=right / len(pixels))


def in_words(found: Clusters, names: list[str] | tuple[str, ...] = ()) -> str:
    """One sentence for a person. names: of the classes; their numbers where there are none."""

    def name(label: int) -> str:
        return names[label] if label < len(names) else str(label)

    present = int((found.confusion.sum(axis=1) > 0).sum())
    if present < 2:
        return "All of these images are of one class: there is nothing to tell apart."
    text = (
        f"The {found.k} nearest neighbours of an image tell its class for "
        f"{100.0 * found.accuracy:.1f} of 100 images (by chance {100.0 / present:.0f}), though the "
        "encoder never saw a label."
    )
    pairs = found.pairs()
    if pairs:
        true, taken_for, count = pairs[0]
        share = 100.0 * count / found.confusion[true].sum()
        text += (
            f" Most often confused: {name(true)} taken for {name(taken_for)}, {count:,} of "
            f"{found.confusion[true].sum():,} ({share:.1f} %)."
        )
    return text
