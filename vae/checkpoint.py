"""The file that an interrupted training continues from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from vae.files import atomic_write

FORMAT = "latent-space-explorer/checkpoint"
VERSION = 1


class CheckpointError(ValueError):
    """A checkpoint that training cannot continue from; the message says why."""


def save_checkpoint(state: dict[str, Any], path: Path) -> None:
    """Write plain containers of tensors, numbers and strings, atomically. Raises OSError."""
    with atomic_write(path) as file:
        torch.save({"format": FORMAT, "version": VERSION, "state": state}, file)


def load_checkpoint(path: Path) -> dict[str, Any]:
    """Read what `save_checkpoint` wrote; code in the file is never run. Raises CheckpointError."""
    if not path.is_file():
        raise CheckpointError(f"there is no checkpoint at {path}; start without --resume")
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # what a damaged archive raises depends on the damaged byte
        raise CheckpointError(
            f"{path} is damaged and cannot be continued from; start without --resume"
        ) from error
    if (
        not isinstance(content, dict)
        or content.get("format") != FORMAT
        or content.get("version") != VERSION
    ):
        raise CheckpointError(f"{path} is not a checkpoint of this version of the program")
    return content["state"]
