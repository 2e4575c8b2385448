"""Writing files so that a reader never meets a half-written one."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO


@contextlib.contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Yield a binary file that becomes ``path`` only if the block ends without an exception.

    Raises:
        OSError: the folder is missing or read-only, or the disk is full.
    """
    with atomic_path(path) as name, open(name, "w+b") as file:
        yield file


@contextlib.contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield the name of an empty file that becomes ``path`` only if the block ends well.

    The data go to a temporary file in the same folder (so that the rename cannot cross file
    systems), are flushed to the disk and renamed over ``path``. On any error, a full disk or
    Ctrl-C included, the temporary file is removed and an earlier ``path`` stays as it was.

    Raises:
        OSError: the folder is missing or read-only, or the disk is full.
    """
    target = Path(path)
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
    os.close(descriptor)
    try:
        yield Path(name)
        _flush(name)
        os.chmod(name, _mode_for(target))
        os.replace(name, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


@contextlib.contextmanager
def atomic_folder(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a new folder that becomes ``path`` only if the block ends without an exception.

    On any error the folder is removed with all that is in it.

    Raises:
        FileExistsError: there is a file or a folder of that name; neither is replaced.
        OSError: the folder around it is missing or read-only, or the disk is full.
    """
    target = Path(path)
    if os.path.lexists(target):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
    name = tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
    try:
        yield Path(name)
        with os.scandir(name) as files:
            for file in files:
                _flush(file.path)
        os.chmod(name, 0o777 & ~_umask())
        os.rename(name, target)
    except BaseException:
        shutil.rmtree(name, ignore_errors=True)
        raise


def _flush(path: str) -> None:
    with open(path, "r+b") as file:
        os.fsync(file.fileno())


def _mode_for(target: Path) -> int:
    """The permission bits a plain ``open`` would give; ``mkstemp`` makes files private."""
    with contextlib.suppress(OSError):
        return target.stat().st_mode & 0o777
    return 0o666 & ~_umask()


def _umask() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return umask


def write_json(path: str | os.PathLike[str], value: Any) -> None:
    """Write ``value`` as indented standard JSON, atomically.

    Raises:
        ValueError: ``value`` holds NaN or infinity, which standard JSON does not have.
    """
    text = json.dumps(value, indent=2, allow_nan=False) + "\n"
    with atomic_write(path) as file:
        file.write(text.encode())


def sha256_of(path: str | os.PathLike[str]) -> str:
    """Return the SHA-256 of a file's bytes as 64 hexadecimal digits.

    Raises OSError, too, for what is no regular file: a pipe or a device may have no end.
    """
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise OSError(errno.EINVAL, "not a regular file", os.fspath(path))
    with open(path, "rb") as file:
        digest = hashlib.sha256()
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
