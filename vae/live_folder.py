"""A training while it runs, as a model that can be opened: `runs/latest` in its output folder.

It holds the decoder, the encoder and a record of the epochs so far, and is rewritten every few
seconds, so that a window can watch: `python gui.py --weights OUT/runs/latest/decoder_weights.pt`.
Every file is whole at any time. The decoder is written last: whoever waits for it to change finds
the record and the encoder that belong to it. The folder goes when the training has ended, as its
results are better; after an interruption it stays beside the checkpoint, as the model that the
checkpoint holds.
"""

from __future__ import annotations

import hashlib
import io
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

from vae.data import Dataset
from vae.files import atomic_write, write_json
from vae.outputs import describe_run
from vae.run import Run
from vae.run_files import ASSETS, DECODER, ENCODER, LATEST, RECORD

INTERVAL_S = 3.0  # between two snapshots: a write takes 10 ms, on a slow disk a tenth of a second


class LiveFolder:
    """The latest state of a training, in `folder`/runs/latest.

    settings: what the record says beside the trainer's own configuration. clock: seconds.
    """

    def __init__(
        self,
        trainer: Run,
        dataset: Dataset,
        folder: Path,
        settings: Mapping[str, Any] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._trainer = trainer
        self._dataset = dataset
        self._settings = settings or {}
        self._clock = clock
        self._written_at = clock()  # nobody wants to see the untrained network
        self.path = folder / LATEST

    def write_if_due(self) -> bool:
        """Write, if the last time is long enough ago; whether it has. Raises OSError."""
        if self._clock() - self._written_at < INTERVAL_S:
            return False
        self.write()
        return True

    def write(self, state: Mapping[str, Any] | None = None) -> None:
        """Write the model: its weights now, or those of a `Run.state`. Raises OSError."""
        if state is None:
            weights = {"decoder": self._trainer.decoder.state_dict()}
            if self._trainer.encoder is not None:
                weights["encoder"] = self._trainer.encoder.state_dict()
        else:
            weights = self._trainer.live_weights(state)
        (self.path / ASSETS).mkdir(parents=True, exist_ok=True)
        files = {"encoder": ENCODER, "decoder": DECODER}
        contents = {files[name]: _serialised(weights[name]) for name in files if name in weights}
        record = {
            **describe_run(self._trainer, self._dataset, self._settings),
            "unfinished": True,
            "files": {name: hashlib.sha256(data).hexdigest() for name, data in contents.items()},
        }
        # What is said of weights are the epochs that they have been trained for.
        record["training"] |= {
            "epochs": len(self._trainer.records),
            "planned_epochs": self._trainer.config.epochs,
        }
        record["final"] = self._trainer.live_figures()
        if ENCODER in contents:
            _write(self.path / ENCODER, contents[ENCODER])
        write_json(self.path / RECORD, record)
        _write(self.path / DECODER, contents[DECODER])
        self._written_at = self._clock()

    def remove(self) -> None:
        """Take the folder away; what can't be removed stays."""
        shutil.rmtree(self.path, ignore_errors=True)


def _serialised(state: Mapping[str, torch.Tensor]) -> bytes:
    """A state_dict as the bytes of its file."""
    plain = {key: tensor.detach().cpu().contiguous().clone() for key, tensor in state.items()}
    file = io.BytesIO()
    torch.save(plain, file)
    return file.getvalue()


def _write(path: Path, content: bytes) -> None:
    with atomic_write(path) as file:
        file.write(content)
