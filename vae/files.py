"""Writing files so that a reader never meets a half-written one."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO


@contextlib.contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Yield a binary file that becomes ``path`` only if the block ends without an exception.

    The data go to a temporary file in the same folder (so that the rename cannot cross file
    systems), are flushed to the disk and renamed over ``path``. On any error, a full disk or
    Ctrl-C included, the temporary file is removed and an earlier ``path`` stays as it was.

    Raises:
        OSError: the folder is missing or read-only, or the disk is full.
    """
    target = Path(path)
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, _mode_for(target))
        os.replace(name, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def _mode_for(target: Path) -> int:
    """The permission bits a plain ``open`` would give; ``mkstemp`` makes files private."""
    with contextlib.suppress(OSError):
        return target.stat().st_mode & 0o777
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask


def write_json(path: str | os.PathLike[str], value: Any) -> None:
    """Write ``value`` as indented standard JSON, atomically.

    Raises:
        ValueError: ``value`` holds NaN or infinity, which standard JSON does not have.
    """
    text = json.dumps(value, indent=2, allow_nan=False) + "\n"
    with atomic_write(path) as file:
        file.write(text.encode())


def sha256_of(path: str | os.PathLike[str]) -> str:
    """Return the SHA-256 of a file's bytes as 64 hexadecimal digits."""
    with open(path, "rb") as file:
        digest = hashlib.sha256()
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
