"""How well the classes of real images are told apart in latent space, and which are confused.

The encoder has never seen a label: what separates classes here is that the images of one are alike.
Distances are Euclidean between posterior means, in prior standard deviations.

Both measures are in scikit-learn, too, and the tests hold these against it. But there they take 3.4
times as long, can't be ended on the way, and importing it takes another second. A window calls
these functions in another process all the same, as single calls of SciPy hold Python's lock for
long.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from vae.statistics import LEAF_SIZE

VERSION = 1  # of what the functions of this module compute; what was kept of another is not shown

NEIGHBOURS = 10
QUERY_BATCH = 500  # points whose neighbours are looked for at a time; with pixels, 0.3 s
SILHOUETTE_BATCH = 256  # rows of the matrix of distances at a time: 20 MB with 10,000 images
SEARCHED = 0.3  # of the time, when the neighbours are found


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
    all of them. progress: told the share that is done; it may raise to end this. 10,000 digits take
    half a second.

    Raises:
        ValueError: fewer than 2 images, shapes that do not fit, or numbers that are not finite.
    """
    from scipy.spatial import KDTree

    mu, labels = np.asarray(mu, np.float64), np.asarray(labels)
    if mu.ndim != 2 or labels.shape != mu.shape[:1] or len(mu) < 2:
        raise ValueError(
            "clusters need the means of at least two images, and a label for each, not arrays of "
            f"shapes {mu.shape} and {labels.shape}"
        )
    if not np.isfinite(mu).all():
        raise ValueError("the encoded images' means must be finite, got NaN or infinity")
    n_classes = int(labels.max()) + 1 if n_classes is None else n_classes
    k = min(k, len(mu) - 1)
    tree = KDTree(mu, leafsize=LEAF_SIZE)
    neighbours, distances = np.empty((len(mu), k), np.int64), np.empty((len(mu), k))
    for start in range(0, len(mu), QUERY_BATCH):
        progress(SEARCHED * start / len(mu))
        batch = slice(start, start + QUERY_BATCH)
        apart, found = tree.query(mu[batch], k=k + 1)
        others = _others(found, start)
        neighbours[batch] = found[others].reshape(-1, k)
        distances[batch] = apart[others].reshape(-1, k)
    given = labels[neighbours]
    counts = _votes(given, n_classes)
    predicted = counts.argmax(axis=1)
    first = (given == predicted[:, None]).argmax(axis=1)  # neighbours come nearest first
    rows = np.arange(len(mu))
    confusion = np.zeros((n_classes, n_classes), np.int64)
    np.add.at(confusion, (labels, predicted), 1)
    silhouettes = silhouettes_of(
        mu, labels, lambda part: progress(SEARCHED + (1.0 - SEARCHED) * part)
    )
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


def silhouettes_of(
    mu: np.ndarray,
    labels: np.ndarray,
    progress: Callable[[float], None] = lambda fraction: None,
) -> np.ndarray:
    """The silhouette of every point (n, d) among its class and the others, (n,); see `Clusters`.

    0 for the only point of a class, as Rousseeuw has it.
    """
    from scipy.spatial.distance import cdist

    present, class_of = np.unique(labels, return_inverse=True)
    if len(present) < 2:
        return np.full(len(mu), np.nan)
    belongs = (class_of[:, None] == np.arange(len(present))).astype(np.float64)
    counts = belongs.sum(axis=0)
    silhouettes = np.empty(len(mu))
    for start in range(0, len(mu), SILHOUETTE_BATCH):
        progress(start / len(mu))
        batch = slice(start, start + SILHOUETTE_BATCH)
        sums = cdist(mu[batch], mu) @ belongs  # to all points of each class
        rows, own = np.arange(len(sums)), class_of[batch]
        inside = sums[rows, own] / np.maximum(counts[own] - 1, 1)  # itself is at distance 0
        means = sums / counts
        means[rows, own] = np.inf
        outside = means.min(axis=1)
        larger = np.maximum(inside, outside)
        alone = (counts[own] == 1) | (larger == 0.0)
        silhouettes[batch] = np.where(alone, 0.0, (outside - inside) / np.where(alone, 1.0, larger))
    progress(1.0)
    return silhouettes


def pixel_accuracy(
    images: np.ndarray,
    labels: ArrayLike,
    k: int = NEIGHBOURS,
    progress: Callable[[float], None] = lambda fraction: None,
) -> PixelAccuracy:
    """`Clusters.accuracy` with neighbours by Euclidean distance in pixels.

    images: (n, C, H, W) uint8. 10,000 digits take 4 s on one core.

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
        given = labels[found[_others(found, start)].reshape(-1, k)]
        predicted = _votes(given, int(labels.max()) + 1).argmax(axis=1)
        right += int((predicted == labels[start : start + len(found)]).sum())
    progress(1.0)
    return PixelAccuracy(n=len(pixels), k=k, accuracy=right / len(pixels))


def _others(found: np.ndarray, start: int) -> np.ndarray:
    """Which of the neighbours (B, k + 1) of the points from `start` on to keep: all but itself.

    (B, k + 1) bool, k in each row. Among copies of a point it need not be the first; beside enough
    of them it is missing, and the last is left out instead.
    """
    own = found == np.arange(start, start + len(found))[:, None]
    own[~own.any(axis=1), -1] = True
    return ~own


def _votes(given: np.ndarray, n_classes: int) -> np.ndarray:
    """How many of the neighbours' labels (B, k) are of each class, (B, C)."""
    return (given[:, :, None] == np.arange(n_classes)).sum(axis=1)


def in_words(
    found: Clusters, names: list[str] | tuple[str, ...] = (), *, unlabelled: bool = True
) -> str:
    """One sentence for a person. names: of the classes; their numbers where there are none.

    unlabelled: no label took part in the training, not even through a classifier's features.
    """

    def name(label: int) -> str:
        return names[label] if label < len(names) else str(label)

    present = int((found.confusion.sum(axis=1) > 0).sum())
    if present < 2:
        return "All of these images are of one class: there is nothing to tell apart."
    text = (
        f"The {found.k} nearest neighbours of an image tell its class for "
        f"{100.0 * found.accuracy:.1f} of 100 images (by chance {100.0 / present:.0f})"
    )
    text += ", though the encoder never saw a label." if unlabelled else "."
    pairs = found.pairs()
    if pairs:
        true, taken_for, count = pairs[0]
        text += (
            f" Most often confused: {name(true)} taken for {name(taken_for)}, {count:,} of "
            f"{found.confusion[true].sum():,}."
        )
    return text
