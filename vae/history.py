"""The decoder as it was while it was being trained: the snapshots of `assets/history.npz`, checked.

The dimensions of these decoders mean the same thing only because they are one and the same training
at different times. Two trainings, even with other seeds only, order and turn their dimensions as
chance has it.
"""

from __future__ import annotations

import threading
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vae.decoding import KEYS, FoldedDecoder
from vae.documents import is_number
from vae.files import sha256_of
from vae.recorded import (
    MAX_EPOCHS,
    RecordedCoverage,
    class_count,
    is_gan,
    recorded_coverages,
)

if TYPE_CHECKING:
    from vae.weights import ModelBundle

FILE = "assets/history.npz"
# The shipped file has 24 snapshots in 2 MB. Far more is a slip, or an archive made to fill memory.
MAX_SNAPSHOTS = 1000
MAX_BYTES = 512 * 2**20
MAX_LOSS = 1e12  # of a record, which anybody may have edited; more is damage
# Snapshots are kept as float16, whose rounding is 2^-11 of a number; of the smallest, 2^-25.
RELATIVE_ROUNDING, ABSOLUTE_ROUNDING = 2.0**-10, 2.0**-24


class HistoryError(ValueError):
    """Snapshots that are missing or can't be used; the text says why, for the person."""


@dataclass(frozen=True)
class EpochLosses:
    """Losses per image after an epoch, as the record has them: squared error, KL (nats), total.

    train: on the training images while the weights were changing; test: with the epoch's weights.
    """

    train: Mapping[str, float]
    test: Mapping[str, float]


class History:
    """The snapshots of one training.

    epochs: (S,) ascending; 0 is the network before its first step. losses: by epoch, of all epochs
    that the record knows, also of those without a snapshot; there are none for epoch 0. coverages:
    of a GAN, which has no losses of that kind, likewise. is_gan: which of the two there may be.
    n_classes: of the data; None if it is not known.
    """

    def __init__(
        self,
        epochs: np.ndarray,
        arrays: Mapping[str, np.ndarray],
        losses: Mapping[int, EpochLosses],
        coverages: Mapping[int, RecordedCoverage] | None = None,
        is_gan: bool = False,
        n_classes: int | None = None,
    ) -> None:
        self.epochs = epochs
        self.losses = losses
        self.coverages = coverages or {}
        self.is_gan = is_gan
        self.n_classes = n_classes
        self._arrays = arrays  # by state_dict key, (S, ...) float16
        self._decoders: dict[int, FoldedDecoder] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """The number of snapshots."""
        return len(self.epochs)

    @property
    def last_epoch(self) -> int:
        """The epoch of the last snapshot: the end of the training."""
        return int(self.epochs[-1])

    def decoder(self, index: int) -> FoldedDecoder:
        """The decoder of a snapshot; 2 ms for the first time, and kept. Any thread may ask.

        Raises HistoryError: its numbers are not a decoder's.
        """
        with self._lock:
            if index not in self._decoders:
                state = {key: self._arrays[key][index].astype(np.float32) for key in KEYS}
                try:
                    self._decoders[index] = FoldedDecoder.from_state_dict(state)
                except ValueError as error:
                    raise HistoryError(
                        f"{FILE}: the snapshot of epoch {self.epochs[index]} can't be used: {error}"
                    ) from error
            return self._decoders[index]

    def prepare(self, progress: Callable[[float], None] = lambda fraction: None) -> None:
        """Make all decoders, so that `decoder` takes no time any more; for the worker.

        progress: told the share that is done; it may raise to end this. Raises HistoryError.
        """
        for index in range(len(self)):
            progress(index / len(self))
            self.decoder(index)

    def nearest(self, epoch: float) -> int:
        """The index of the snapshot that is nearest to an epoch."""
        return int(np.abs(self.epochs - epoch).argmin())

    def test_loss(self, index: int) -> float | None:
        """The test loss of a snapshot, squared error + KL per image; None if it is not recorded."""
        losses = self.losses.get(int(self.epochs[index]))
        return None if losses is None else losses.test["total"]

    def coverage(self, index: int) -> RecordedCoverage | None:
        """The coverage of a GAN's snapshot; None if it is not recorded."""
        return self.coverages.get(int(self.epochs[index]))


def load_history(bundle: ModelBundle) -> History:
    """Open the snapshots that were kept while these weights were trained.

    They lie in `assets/history.npz` beside the decoder, as NumPy arrays: `epochs` (S,), and every
    parameter of the decoder stacked over the snapshots. What belongs to another training, or is
    damaged, is not shown: the record's fingerprint, the shapes and the last snapshot must agree
    with the decoder.

    Raises:
        HistoryError: says what is missing or wrong, and what to do.
    """
    path = bundle.path.parent / FILE
    if bundle.record is None:
        raise HistoryError(
            "These weights came without a training record, so that no snapshots are known to be "
            "theirs. Weights that train.py has made have both."
        )
    if FILE not in bundle.record["files"]:
        if bundle.record.get("unfinished"):
            raise HistoryError("The snapshots are there when the training has ended.")
        raise HistoryError("The training record of these weights lists no snapshots.")
    try:
        if bundle.record["files"][FILE] != sha256_of(path):
            raise HistoryError(
                f"{FILE} belongs to another training, or is damaged: its fingerprint is not the "
                "one in the training record."
            )
        arrays = _read(path)
    except FileNotFoundError:
        raise HistoryError(
            f"{FILE} is missing beside {bundle.path.name}. Copy it there from where the weights "
            "were trained."
        ) from None
    except OSError as error:
        raise HistoryError(f"{FILE} can't be read: {error.strerror or error}.") from error
    epochs = arrays.pop("epochs")
    _check(epochs, arrays, bundle.decoder)
    return History(
        epochs,
        arrays,
        recorded_losses(bundle.record),
        recorded_coverages(bundle.record),
        is_gan(bundle.record),
        class_count(bundle.record),
    )


def recorded_losses(record: Mapping[str, Any]) -> dict[int, EpochLosses]:
    """The losses of a training record by epoch; entries that are none are left out."""
    found = {}
    for entry in record.get("epochs", ()):
        match entry:
            case {"epoch": int(epoch), "train": dict(train), "test": dict(test)}:
                if 0 < epoch <= MAX_EPOCHS and _are_losses(train) and _are_losses(test):
                    found[epoch] = EpochLosses(train, test)
    return found


def _are_losses(losses: Mapping[str, Any]) -> bool:
    return all(
        is_number(losses.get(key)) and abs(losses[key]) < MAX_LOSS for key in ("sse", "kl", "total")
    )


def _read(path: Path) -> dict[str, np.ndarray]:
    """The arrays of the file. Raises HistoryError and OSError."""
    damaged = HistoryError(f"{FILE} is damaged, or not a file of snapshots.")
    try:
        with open(path, "rb") as file:
            with zipfile.ZipFile(file) as archive:
                if sum(entry.file_size for entry in archive.infolist()) > MAX_BYTES:
                    raise HistoryError(f"{FILE} is far larger than snapshots of a decoder are.")
            file.seek(0)
            with np.load(file, allow_pickle=False) as archive:
                if set(archive.files) != {"epochs", *KEYS}:
                    raise damaged
                return {key: archive[key] for key in archive.files}
    except (HistoryError, OSError):
        raise
    except Exception as error:  # what a damaged archive raises depends on the damaged byte
        raise damaged from error


def _check(
    epochs: np.ndarray, arrays: Mapping[str, np.ndarray], decoder: Mapping[str, np.ndarray]
) -> None:
    """Raise HistoryError unless these are snapshots on the way to this decoder."""
    n = len(epochs) if epochs.ndim == 1 else 0
    if not (
        1 <= n <= MAX_SNAPSHOTS
        and np.issubdtype(epochs.dtype, np.integer)
        and epochs[0] >= 0
        and (np.diff(epochs) > 0).all()
    ):
        raise HistoryError(f"{FILE} is damaged: its epochs are not ascending numbers.")
    for key, stacked in arrays.items():
        if stacked.shape != (n, *decoder[key].shape):
            raise HistoryError(
                f"{FILE} does not belong to these weights: {key} has shape {stacked.shape}; "
                f"{(n, *decoder[key].shape)} was expected."
            )
        if not (np.issubdtype(stacked.dtype, np.floating) and np.isfinite(stacked).all()):
            raise HistoryError(f"{FILE} is damaged: {key} holds what are no finite numbers.")
        if not np.allclose(
            stacked[-1].astype(np.float32),
            decoder[key],
            rtol=RELATIVE_ROUNDING,
            atol=ABSOLUTE_ROUNDING,
        ):
            raise HistoryError(
                f"{FILE} does not belong to these weights: its last snapshot is another decoder."
            )
