"""The data sets, and the only place where the range of a pixel is defined.

Images are kept as uint8; the network sees them as float32 in PIXEL_RANGE (what ToTensor followed by
Normalize(0.5, 0.5) gives). Neither torch nor torchvision is imported with this module: torchvision
only where a downloadable data set is read, so that everything else works without it.
"""

from __future__ import annotations

import hashlib
import math
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

PIXEL_RANGE = (-1.0, 1.0)
LEVELS = 255.0 / (PIXEL_RANGE[1] - PIXEL_RANGE[0])  # of a uint8 for one image unit
PREPROCESSING = "uint8 / 127.5 - 1, which is ToTensor followed by Normalize(0.5, 0.5)"

ASSETS = Path(__file__).resolve().parent.parent / "assets"
DIGITS_FILE = ASSETS / "digits.npz"
TRAIN_DIGITS_FILE = ASSETS / "train_digits.npz"
SAMPLE_TRAIN_IMAGES = 9_000  # of the 10,000 bundled digits; the rest are its test images

DIGITS = tuple("0123456789")
# Name on the command line -> (class in torchvision.datasets, its arguments, class names).
TORCHVISION_DATASETS = {
    "mnist": ("MNIST", {}, DIGITS),
    "fashion-mnist": (
        "FashionMNIST",
        {},
        (
            "T-shirt/top",
            "Trouser",
            "Pullover",
            "Dress",
            "Coat",
            "Sandal",
            "Shirt",
            "Sneaker",
            "Bag",
            "Ankle boot",
        ),
    ),
    "kmnist": ("KMNIST", {}, ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")),
    "emnist-digits": ("EMNIST", {"split": "digits"}, DIGITS),
}
DATASET_NAMES = (*TORCHVISION_DATASETS, "sample")


class DataError(ValueError):
    """A data set that cannot be read; the message says what to do."""


@dataclass(frozen=True)
class Dataset:
    """Images and labels, split as the data set's authors split them.

    name: as on the command line; classes: one name per label.
    train_images, test_images: (N, C, H, W) uint8; train_labels, test_labels: (N,) int64.
    """

    name: str
    classes: tuple[str, ...]
    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(channels, height, width)."""
        return tuple(self.train_images.shape[1:])

    def fingerprint(self) -> str:
        """SHA-256 of all images and labels, 64 hexadecimal digits."""
        digest = hashlib.sha256()
        for array in (self.train_images, self.train_labels, self.test_images, self.test_labels):
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()


def to_model_range(images: np.ndarray) -> np.ndarray:
    """uint8 (N, H, W) or (N, C, H, W) -> float32 (N, C, H, W) in [-1, 1]."""
    images = np.asarray(images)
    if images.dtype != np.uint8 or images.ndim not in (3, 4):
        raise ValueError(
            "images must be uint8 of shape (N, H, W) or (N, C, H, W), "
            f"not {images.dtype} of shape {images.shape}"
        )
    if images.ndim == 3:
        images = images[:, None]
    return images.astype(np.float32) / np.float32(127.5) - np.float32(1.0)


def bundled_digits(path: str | Path = DIGITS_FILE) -> tuple[np.ndarray, np.ndarray]:
    """The 10,000 MNIST test digits: images (10000, 28, 28) uint8, labels (10000,) int64.

    Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits", made available
    under CC BY-SA 3.0. Needs neither network nor torchvision. Raises DataError.
    """
    return _read_digits(Path(path))


def bundled_train_digits(path: str | Path = TRAIN_DIGITS_FILE) -> tuple[np.ndarray, np.ndarray]:
    """10,000 of the 60,000 MNIST training digits: images (10000, 28, 28) uint8, labels (10000,).

    Drawn without regard to their class, as `tools.bundle_digits` says, so that they stand to the
    test digits as the samples of a perfect generator would. Raises DataError.
    """
    return _read_digits(Path(path))


def _read_digits(path: Path) -> tuple[np.ndarray, np.ndarray]:
    way_out = (
        "It is part of this project: restore it with "
        f"'git checkout {path.parent.name}/{path.name}'."
    )
    try:
        # Opened here, because np.load leaves its file open when it fails.
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as archive:
            images, labels = archive["images"], archive["labels"]
    except FileNotFoundError:
        raise DataError(f"{path} is missing. {way_out}") from None
    except Exception as error:  # whatever zip or NumPy raise on bytes that are not an archive
        raise DataError(f"{path} cannot be read ({error}). {way_out}") from error
    if images.dtype != np.uint8 or images.ndim != 3 or labels.shape != images.shape[:1]:
        raise DataError(
            f"{path} holds images of shape {images.shape} and labels of shape {labels.shape}; "
            "expected (N, 28, 28) uint8 and (N,)."
        )
    return images, labels.astype(np.int64)


def load_dataset(name: str, data_dir: str | Path) -> Dataset:
    """Read a data set by its name on the command line, downloading it if it is not there.

    data_dir: a torchvision root, so that MNIST is looked for in data_dir/MNIST/raw; not used by
        'sample', the bundled digits.

    Raises DataError with the two ways out if the data cannot be had.
    """
    if name == "sample":
        return _load_sample()
    if name not in TORCHVISION_DATASETS:
        raise DataError(f"there is no data set {name!r}; choose one of {', '.join(DATASET_NAMES)}.")
    return _load_torchvision(name, Path(data_dir))


def _load_sample() -> Dataset:
    images, labels = bundled_digits()
    if len(images) <= SAMPLE_TRAIN_IMAGES:
        raise DataError(f"{DIGITS_FILE} holds only {len(images)} digits; expected 10,000.")
    images, cut = images[:, None], SAMPLE_TRAIN_IMAGES
    return Dataset("sample", DIGITS, images[:cut], labels[:cut], images[cut:], labels[cut:])


def _load_torchvision(name: str, root: Path) -> Dataset:
    class_name, arguments, classes = TORCHVISION_DATASETS[name]
    raw = root / class_name / "raw"
    try:
        from torchvision import datasets
    except (ImportError, RuntimeError, OSError) as error:
        # A torchvision built for another torch fails with "operator torchvision::nms does not
        # exist" (RuntimeError) or an undefined symbol (OSError), not with an ImportError.
        raise DataError(
            f"'{name}' is read with torchvision, which cannot be imported: {error}. Either install "
            "the torchvision that belongs to your torch (python -m pip install --upgrade torch "
            "torchvision), or train on the bundled digits with --dataset sample."
        ) from error

    splits = []
    for train in (True, False):
        split = "training" if train else "test"
        try:
            dataset = _open_split(getattr(datasets, class_name), root, train, arguments)
        except Exception as error:
            # torchvision, urllib and the idx parser raise RuntimeError, OSError, ValueError and
            # AssertionError here; to the person they are one thing: the data cannot be had.
            reason = _damage(raw) or str(error).rstrip(".") or type(error).__name__
            raise DataError(
                f"the {split} images of '{name}' cannot be read or downloaded to {raw}: {reason}. "
                f"{_ways_out(raw)}"
            ) from error
        images = _as_images(dataset, name)
        labels = np.asarray(dataset.targets, dtype=np.int64)
        if len(labels) != len(images) or not len(images):
            raise DataError(
                f"the {split} set of '{name}' in {raw} is damaged: {len(images)} images and "
                f"{len(labels)} labels. {_ways_out(raw)}"
            )
        if labels.min() < 0 or labels.max() >= len(classes):
            raise DataError(
                f"the {split} labels of '{name}' in {raw} are damaged: they run from "
                f"{labels.min()} to {labels.max()}, expected 0 to {len(classes) - 1}. "
                f"{_ways_out(raw)}"
            )
        splits += [images, labels]
    return Dataset(name, classes, *splits)


def _open_split(dataset_class: type, root: Path, train: bool, arguments: dict) -> object:
    """One split through torchvision: from the files in root, else by its verified download."""
    try:
        return dataset_class(root, train=train, download=False, **arguments)
    except RuntimeError as error:
        if "not found" not in str(error).lower():
            raise
    return dataset_class(root, train=train, download=True, **arguments)


def _as_images(dataset: object, name: str) -> np.ndarray:
    """The pixels of a torchvision data set as (N, 1, H, W) uint8."""
    images = np.asarray(dataset.data)
    if name == "emnist-digits":
        images = images.transpose(0, 2, 1)  # EMNIST stores its images transposed
    return np.ascontiguousarray(images)[:, None]


def _damage(raw: Path) -> str:
    """Names the files whose length is not what their idx header says; empty if there are none."""
    damaged = []
    for path in sorted(raw.glob("*-ubyte")):
        content = path.read_bytes()
        n_dimensions = content[3] if len(content) > 3 else 0
        header = content[4 : 4 + 4 * n_dimensions]
        sizes = struct.unpack(f">{len(header) // 4}I", header[: len(header) // 4 * 4])
        if n_dimensions == 0 or len(content) != 4 + len(header) + math.prod(sizes):
            damaged.append(f"{path.name} ({len(content):,} bytes) is damaged")
    return ", ".join(damaged)


def _ways_out(raw: Path) -> str:
    return (
        f"Either put its files there (into {raw}; delete damaged ones first, they are fetched "
        "again when there is a network), or train on the bundled digits with --dataset sample."
    )
