"""The data sets: pixel range, the bundled digits, torchvision's files and everything wrong."""

from __future__ import annotations

import gzip
import hashlib
import struct
import subprocess
import sys
import urllib.error
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tools.bundle_digits import bundle
from tools.bundle_digits import main as bundle_digits
from vae import data
from vae.data import (
    TRAIN_DIGITS_FILE,
    DataError,
    bundled_digits,
    bundled_train_digits,
    load_dataset,
    to_model_range,
)

ROOT = Path(__file__).resolve().parent.parent


def idx_bytes(array: np.ndarray) -> bytes:
    """An uint8 array in the format of the MNIST files."""
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


def write_mnist(root: Path, folder: str = "MNIST", n_train: int = 30, n_test: int = 10) -> Path:
    """Small files as torchvision leaves them below its root."""
    raw = root / folder / "raw"
    raw.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for prefix, n in (("train", n_train), ("t10k", n_test)):
        images = rng.integers(0, 256, (n, 28, 28), dtype=np.uint8)
        labels = (np.arange(n) % 10).astype(np.uint8)
        (raw / f"{prefix}-images-idx3-ubyte").write_bytes(idx_bytes(images))
        (raw / f"{prefix}-labels-idx1-ubyte").write_bytes(idx_bytes(labels))
    return raw


@pytest.fixture
def no_network(monkeypatch):
    """Every download fails, as it does without a network."""

    def refuse(*_args, **_kwargs):
        raise urllib.error.URLError("no network in this test")

    monkeypatch.setattr("urllib.request.urlopen", refuse)


@given(arrays(np.uint8, st.tuples(st.integers(1, 3), st.just(1), st.just(4), st.just(4))))
def test_pixels_survive_the_way_to_the_network_and_back(images):
    x = to_model_range(images)
    assert x.dtype == np.float32
    assert x.min() >= -1
    assert x.max() <= 1
    np.testing.assert_array_equal(np.rint((x + 1) * 127.5).astype(np.uint8), images)


def test_the_range_is_that_of_totensor_and_normalize():
    from torchvision import transforms

    image = np.arange(256, dtype=np.uint8).reshape(16, 16)
    transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize(0.5, 0.5)])
    expected = transform(image[:, :, None]).numpy()
    np.testing.assert_allclose(to_model_range(image[None])[0], expected, atol=1e-6)


def test_grey_images_gain_a_channel_and_colour_images_keep_theirs():
    assert to_model_range(np.zeros((2, 4, 8), np.uint8)).shape == (2, 1, 4, 8)
    assert to_model_range(np.zeros((2, 3, 4, 8), np.uint8)).shape == (2, 3, 4, 8)


@pytest.mark.parametrize("images", [np.zeros((2, 4, 4)), np.zeros((4, 4), np.uint8)])
def test_what_is_no_batch_of_uint8_images_is_refused(images):
    with pytest.raises(ValueError, match="uint8"):
        to_model_range(images)


def test_the_bundled_digits_are_the_mnist_test_digits():
    images, labels = bundled_digits()
    assert images.shape == (10_000, 28, 28)
    assert images.dtype == np.uint8
    # MD5 of the original t10k files, as published with MNIST.
    digest = hashlib.md5(idx_bytes(images)).hexdigest()
    assert digest == "2646ac647ad5339dbf082846283269ea"
    digest = hashlib.md5(idx_bytes(labels.astype(np.uint8))).hexdigest()
    assert digest == "27ae3e4e09519cfbb04c329615203637"


def test_the_bundled_training_digits_are_no_test_digits():
    images, labels = bundled_train_digits()
    assert (images.shape, images.dtype) == ((10_000, 28, 28), np.uint8)
    assert (labels.shape, labels.dtype) == ((10_000,), np.int64)
    # Within three standard deviations of a plain draw from the 60,000.
    published = np.array([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949])
    expected = published / 6
    spread = np.sqrt(expected * (1 - published / 60_000) * (50_000 / 59_999))
    assert (np.abs(np.bincount(labels, minlength=10) - expected) < 3 * spread).all()
    test = {image.tobytes() for image in bundled_digits()[0]}
    assert not any(image.tobytes() in test for image in images)


def test_the_bundled_training_digits_can_be_made_again(tmp_path):
    """From the 60,000, here stood in for by noise with the bundled digits at their places."""
    with np.load(TRAIN_DIGITS_FILE) as bundled:
        images, labels, indices = (bundled[key] for key in ("images", "labels", "indices"))
    assert (np.diff(indices.astype(int)) > 0).all()
    all_images = np.random.default_rng(0).integers(0, 256, (60_000, 28, 28), dtype=np.uint8)
    all_labels = np.full(60_000, 11, np.int64)
    all_images[indices], all_labels[indices] = images, labels
    none = np.empty((0, 1, 28, 28), np.uint8)
    mnist = data.Dataset("mnist", data.DIGITS, all_images[:, None], all_labels, none, labels[:0])
    bundle(mnist, tmp_path / "again.npz")
    with np.load(tmp_path / "again.npz") as again:
        np.testing.assert_array_equal(again["images"], images)
        np.testing.assert_array_equal(again["labels"], labels)
        np.testing.assert_array_equal(again["indices"], indices)


def test_too_few_training_digits_to_bundle_are_refused(tmp_path, capsys):
    write_mnist(tmp_path)
    out = tmp_path / "train_digits.npz"
    with pytest.raises(SystemExit):
        bundle_digits(["--data-dir", str(tmp_path), "--out", str(out)])
    assert "30" in capsys.readouterr().err
    assert not out.exists()


def test_the_bundled_digits_need_neither_torch_nor_torchvision():
    code = (
        "import sys; from vae.data import load_dataset; load_dataset('sample', ''); "
        "print({'torch', 'torchvision'} & set(sys.modules))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert shown.stdout.strip() == "set()"


def test_sample_splits_the_bundled_digits():
    images, labels = bundled_digits()
    dataset = load_dataset("sample", "unused")
    assert dataset.image_shape == (1, 28, 28)
    np.testing.assert_array_equal(
        np.concatenate((dataset.train_images, dataset.test_images))[:, 0], images
    )
    np.testing.assert_array_equal(
        np.concatenate((dataset.train_labels, dataset.test_labels)), labels
    )
    assert len(dataset.train_images) == 9_000


@pytest.mark.parametrize("content", [None, b"", b"not an archive"])
def test_bundled_digits_that_are_damaged_are_named(tmp_path, content):
    path = tmp_path / "digits.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match=r"digits\.npz.*git checkout"):
        bundled_digits(path)


def test_bundled_digits_of_a_wrong_shape_are_refused(tmp_path):
    path = tmp_path / "digits.npz"
    np.savez(path, images=np.zeros((3, 28, 28), np.uint8), labels=np.zeros(4, np.uint8))
    with pytest.raises(DataError, match="expected"):
        bundled_digits(path)


@pytest.mark.parametrize(
    ("name", "folder"),
    [("mnist", "MNIST"), ("fashion-mnist", "FashionMNIST"), ("kmnist", "KMNIST")],
)
def test_files_that_are_there_are_used_without_a_network(tmp_path, no_network, name, folder):
    raw = write_mnist(tmp_path, folder)
    dataset = load_dataset(name, tmp_path)
    assert dataset.name == name
    assert dataset.train_images.shape == (30, 1, 28, 28)
    assert dataset.test_labels.tolist() == list(range(10))
    assert len(dataset.classes) == 10
    written = np.frombuffer((raw / "train-images-idx3-ubyte").read_bytes()[16:], np.uint8)
    np.testing.assert_array_equal(dataset.train_images.ravel(), written)


def test_emnist_digits_stand_upright(tmp_path, no_network):
    raw = tmp_path / "EMNIST" / "raw"
    raw.mkdir(parents=True)
    images = np.random.default_rng(0).integers(0, 256, (5, 28, 28), dtype=np.uint8)
    for split in ("train", "test"):
        prefix = f"emnist-digits-{split}"
        (raw / f"{prefix}-images-idx3-ubyte").write_bytes(idx_bytes(images))
        (raw / f"{prefix}-labels-idx1-ubyte").write_bytes(idx_bytes(np.arange(5, dtype=np.uint8)))
    dataset = load_dataset("emnist-digits", tmp_path)
    np.testing.assert_array_equal(dataset.train_images[:, 0], images.transpose(0, 2, 1))


def test_without_files_and_network_the_message_has_both_ways_out(tmp_path, no_network):
    with pytest.raises(DataError) as caught:
        load_dataset("mnist", tmp_path)
    message = str(caught.value)
    assert str(tmp_path / "MNIST" / "raw") in message
    assert "put its files there" in message
    assert "--dataset sample" in message


def test_a_download_is_verified(tmp_path, monkeypatch):
    """What arrives with another checksum than the published one is not used."""

    def serve(_url, destination, *_args, **_kwargs):
        Path(destination).write_bytes(gzip.compress(b"something else"))

    monkeypatch.setattr("torchvision.datasets.utils._urlretrieve", serve)
    with pytest.raises(DataError, match="cannot be read or downloaded"):
        load_dataset("mnist", tmp_path)


@pytest.mark.parametrize("keep", [0, 3, 10, 1_000])
@pytest.mark.parametrize("file", ["train-images-idx3-ubyte", "t10k-labels-idx1-ubyte"])
def test_truncated_files_are_named(tmp_path, no_network, file, keep):
    raw = write_mnist(tmp_path)
    content = (raw / file).read_bytes()
    (raw / file).write_bytes(content[: min(keep, len(content) - 1)])
    with pytest.raises(DataError) as caught:
        load_dataset("mnist", tmp_path)
    assert str(raw) in str(caught.value)
    assert f"{file} ({min(keep, len(content) - 1):,} bytes) is damaged" in str(caught.value)
    assert "--dataset sample" in str(caught.value)


def test_labels_that_do_not_belong_to_the_images_are_refused(tmp_path, no_network):
    raw = write_mnist(tmp_path)
    (raw / "t10k-labels-idx1-ubyte").write_bytes(idx_bytes(np.zeros(7, np.uint8)))
    with pytest.raises(DataError, match="10 images and 7 labels"):
        load_dataset("mnist", tmp_path)
    (raw / "t10k-labels-idx1-ubyte").write_bytes(idx_bytes(np.full(10, 99, np.uint8)))
    with pytest.raises(DataError, match="labels"):
        load_dataset("mnist", tmp_path)


def test_a_data_folder_that_is_a_file_is_named(tmp_path, no_network):
    (tmp_path / "data").write_text("a file")
    with pytest.raises(DataError, match="data"):
        load_dataset("mnist", tmp_path / "data")


@pytest.mark.parametrize(
    "error",
    [
        ImportError("No module named 'torchvision'"),
        RuntimeError("operator torchvision::nms does not exist"),
        OSError("undefined symbol"),
    ],
)
def test_a_torchvision_that_cannot_be_imported_says_what_to_install(monkeypatch, tmp_path, error):
    class Broken:
        def find_spec(self, name, *_args):
            if name.partition(".")[0] == "torchvision":
                raise error

    for name in [n for n in sys.modules if n.partition(".")[0] == "torchvision"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Broken(), *sys.meta_path])
    with pytest.raises(DataError, match=r"pip install.*--dataset sample") as caught:
        load_dataset("mnist", tmp_path)
    assert str(error) in str(caught.value)


def test_an_unknown_name_is_answered_with_the_known_ones(tmp_path):
    with pytest.raises(DataError, match="fashion-mnist"):
        load_dataset("cifar", tmp_path)


def test_the_fingerprint_depends_on_every_pixel_and_label():
    dataset = load_dataset("sample", "")
    images = dataset.train_images.copy()
    images[17, 0, 3, 3] ^= 1
    labels = dataset.test_labels.copy()
    labels[0] = 9 - labels[0]
    fields = dict(vars(dataset))
    prints = {
        dataset.fingerprint(),
        data.Dataset(**(fields | {"train_images": images})).fingerprint(),
        data.Dataset(**(fields | {"test_labels": labels})).fingerprint(),
    }
    assert len(prints) == 3
