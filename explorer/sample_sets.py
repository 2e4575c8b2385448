"""Real digits, samples and reconstructions in sets of the same size, and what is told of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from explorer.model import LoadedModel, SampleRequest
from explorer.real_digits import COUNT, RealDigits
from vae.copying import Untrained
from vae.data import SAMPLE_TRAIN_IMAGES
from vae.image_neighbours import PixelNeighbours

REAL, PRIOR, LEARNED, RECONSTRUCTIONS = SETS = ("real", "prior", "learned", "reconstructions")
OF_REAL = (REAL, RECONSTRUCTIONS)  # sets whose pictures belong to real digits
SIZE = 1000  # pictures in a set: a class's share has a standard error of one percentage point

TITLES = {
    REAL: "Real test digits",
    PRIOR: "Prior samples",
    LEARNED: "Learned samples",
    RECONSTRUCTIONS: "Reconstructions",
}
ONES = {  # one of them
    REAL: "real test digit",
    PRIOR: "prior sample",
    LEARNED: "learned sample",
    RECONSTRUCTIONS: "reconstruction",
}
NO_REAL = "Only digits are at hand, and this model does not draw digits."
NO_DENSITY = (
    "No learned distribution came with these weights: train.py stores it in assets beside them."
)
NO_ENCODER = "These weights came without an encoder, which reconstructions need."
ENCODING = "The real digits are being encoded."
NOT_ENCODED = "The real digits could not be encoded."


@dataclass(frozen=True)
class Split:
    """Which digits a model has seen in training, as far as they are at hand, and which it has not.

    from_test: the training digits are among the bundled test digits (`--dataset sample`); else they
    are those of `bundled_train_digits`. test: of the bundled test digits, those never trained on.
    reference: of them, those that samples are measured against. training: in the person's words.
    complete: whether all training digits are at hand.
    """

    from_test: bool
    test: range
    reference: range
    training: str
    complete: bool


# Every fourth test digit is the reference, 250 of a class: the first half of all is the easier one
# to read.
MNIST = Split(False, range(COUNT), range(0, COUNT, 4), "10,000 (of 60,000) training digits", False)
SPLITS = {
    "mnist": MNIST,
    "sample": Split(
        True,
        range(SAMPLE_TRAIN_IMAGES, COUNT),
        range(SAMPLE_TRAIN_IMAGES, COUNT),
        f"{SAMPLE_TRAIN_IMAGES:,} training digits",
        True,
    ),
}


def split_of(model: LoadedModel) -> Split | None:
    """What the model was trained on; None if that is not at hand. Without a record, MNIST."""
    if not model.bundle.shows_digits:
        return None
    if model.record is None:
        return MNIST
    return SPLITS.get(model.record["dataset"].get("name"))


@dataclass(frozen=True, eq=False)
class SampleSet:
    """Pictures of one kind; N of them.

    name: one of SETS. images: (N, C, H, W) uint8. z: (N, latent_dim), the points that were decoded,
    or the posterior means of real digits; None for real digits without an encoder.
    numbers, labels: (N,), of the real digits that are shown or were reconstructed; else None.
    answers: (N, classes), the classifier's probabilities; None without one.
    nearest, distances: (N,), the training digit nearest in pixels, and how far away it is in image
    units; None until `with_neighbours`, and where no digits are drawn.
    """

    name: str
    images: np.ndarray
    z: np.ndarray | None
    numbers: np.ndarray | None = None
    labels: np.ndarray | None = None
    answers: np.ndarray | None = None
    nearest: np.ndarray | None = None
    distances: np.ndarray | None = None

    @property
    def classes(self) -> np.ndarray | None:
        """What each picture shows, (N,): its label, or what the classifier says; or None."""
        if self.labels is not None:
            return self.labels
        return None if self.answers is None else self.answers.argmax(axis=1)

    @property
    def confidence(self) -> float | None:
        """The mean probability of the classifier's answers."""
        return None if self.answers is None else float(self.answers.max(axis=1).mean())

    def shares(self, n_classes: int) -> np.ndarray | None:
        """The share of each class by the classifier, (n_classes,), or None."""
        return None if self.answers is None else _shares(self.answers.argmax(axis=1), n_classes)

    def label_shares(self, n_classes: int) -> np.ndarray | None:
        """The share of each class by the labels, (n_classes,); None without labels."""
        return None if self.labels is None else _shares(self.labels, n_classes)

    def of_class(self, index: int | None) -> np.ndarray:
        """The places in the set of the pictures of a class, or of all."""
        if index is None or self.classes is None:
            return np.arange(len(self.images))
        return np.flatnonzero(self.classes == index)


def _shares(classes: np.ndarray, n_classes: int) -> np.ndarray:
    return np.bincount(classes, minlength=n_classes)[:n_classes] / max(1, len(classes))


def missing(model: LoadedModel, name: str, encoding: bool) -> str:
    """Why the model has no set of this name, in a sentence for the person; empty if it has one.

    encoding: the real digits are still on their way.
    """
    bundle = model.bundle
    if name == LEARNED and bundle.density is None:
        return NO_DENSITY
    if name in OF_REAL and not bundle.shows_digits:
        return NO_REAL
    if name == RECONSTRUCTIONS and bundle.encoder is None:
        return NO_ENCODER
    waits = name in OF_REAL and bundle.encoder is not None and model.encoded is None
    if waits and (encoding or name == RECONSTRUCTIONS):
        return ENCODING if encoding else NOT_ENCODED
    return ""


def draw_set(
    model: LoadedModel, name: str, seed: int, check: Callable[[], None] = lambda: None
) -> SampleSet:
    """A set of SIZE pictures; 0.1 s. Those of real digits are of the same digits for one seed.

    check: called now and then; it may raise to end this.

    Raises:
        vae.data.DataError: the bundled digits can't be read.
    """
    numbers = labels = None
    if name in OF_REAL:
        split = split_of(model) or MNIST
        numbers = np.random.default_rng(seed).permutation(split.test)[:SIZE]
        images, labels = RealDigits(model).read()
        images, labels = images[numbers], labels[numbers]
        z = None if model.encoded is None else model.encoded.mu[numbers]
    else:
        z = model.draw(SampleRequest(name, seed=seed, count=SIZE), check)
    if name != REAL:
        images = model.decoder.decode_uint8(z)
    check()
    return SampleSet(name, images, z, numbers, labels, model.probabilities(images))


@dataclass(frozen=True, eq=False)
class Training:
    """Training digits that are at hand, and how near others come to them.

    images: (N, 1, H, W) uint8. labels: (N,). unseen: of the reference, see `Split`.
    """

    split: Split
    images: np.ndarray
    labels: np.ndarray
    unseen: Untrained

    @property
    def neighbours(self) -> PixelNeighbours:
        """To look among them."""
        return PixelNeighbours(self.images)


def read_training(split: Split, progress: Callable[[float], None]) -> Training:
    """Read the training digits and measure the reference; half a second.

    Raises:
        vae.data.DataError: the bundled digits can't be read.
    """
    from vae.data import bundled_digits, bundled_train_digits

    progress(0.0)
    tests, test_labels = bundled_digits()
    if split.from_test:
        images, labels = tests[:SAMPLE_TRAIN_IMAGES], test_labels[:SAMPLE_TRAIN_IMAGES]
    else:
        images, labels = bundled_train_digits()
    images, unseen = images[:, None], tests[split.reference][:, None]
    _, distances = PixelNeighbours(images).nearest_of_each(unseen, progress)
    return Training(split, images, labels, Untrained(distances, test_labels[split.reference]))


def smooth_reference(
    model: LoadedModel, training: Training, progress: Callable[[float], None]
) -> Untrained | None:
    """How near the reconstructions of the reference's digits come; None without an encoder.

    They leave the same decoder as samples, and are as smooth. Half a second.
    """
    if model.encoded is None:
        return None
    reference = training.split.reference
    decoded = model.decoder.decode_uint8(model.encoded.mu[reference])
    _, distances = training.neighbours.nearest_of_each(decoded, progress)
    return Untrained(distances, model.encoded.labels[reference])


def with_neighbours(
    drawn: SampleSet, training: Training, progress: Callable[[float], None]
) -> SampleSet:
    """The set with the training digit nearest to each of its pictures; 0.2 s."""
    nearest, distances = training.neighbours.nearest_of_each(drawn.images, progress)
    return replace(drawn, nearest=nearest, distances=distances)
