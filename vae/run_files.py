"""Where a training keeps its files, and the removal of what a killed one has left half-written.

Paths are relative to the training's output folder. torch is not imported here, so that a window can
ask without waiting.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

DECODER = "decoder_weights.pt"
RECORD = "decoder_weights.json"
ENCODER = "assets/encoder_weights.pt"
CLASSIFIER = "assets/classifier_weights.pt"
DENSITY = "assets/latent_density.npz"
HISTORY = "assets/history.npz"
FILES = (DECODER, ENCODER, CLASSIFIER, DENSITY, HISTORY)  # what the record has fingerprints of
ASSETS = "assets"
STAGING = "runs/finished"  # where results are completed before they take their place
CHECKPOINT = "runs/checkpoint.pt"
LATEST = "runs/latest"  # the model as far as it is, see vae.live_folder
LOCK = "runs/lock"  # held by the training that runs, see vae.folder_lock
WRITE_TEST = ".write-test"


def results_in(folder: Path) -> bool:
    """Whether a folder holds the results of a training."""
    return any(os.path.exists(folder / relative) for relative in (RECORD, DECODER))


def clear_half_files(folder: Path) -> None:
    """Remove what a training that was killed has left half-written in its output folder.

    Only for a folder that no training runs in. Finished results, a checkpoint and the latest
    snapshot are whole, and stay.
    """
    shutil.rmtree(folder / STAGING, ignore_errors=True)
    parents = {(folder / relative).parent for relative in (*FILES, RECORD, CHECKPOINT)}
    for relative in (*FILES, RECORD, CHECKPOINT, f"{LATEST}/{DECODER}", f"{LATEST}/{RECORD}"):
        _clear(folder / relative)
    _clear(folder / LATEST / ENCODER)
    for parent in parents:
        _clear(parent / WRITE_TEST)
        with contextlib.suppress(OSError):
            (parent / WRITE_TEST).unlink(missing_ok=True)


def _clear(path: Path) -> None:
    """Remove the temporary files of writes of a path; see `vae.files.atomic_path`."""
    with contextlib.suppress(OSError):  # a folder that can't be looked into, or be there at all
        for left in path.parent.glob(f".{path.name}.*.tmp"):
            with contextlib.suppress(OSError):
                left.unlink()
