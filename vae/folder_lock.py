"""One training at a time in an output folder: the system's lock on OUT/runs/lock.

The system takes the lock back when a process ends, however that happens, so that nothing has to be
removed by hand after a kill or a power cut. The file itself says nothing, and may be left behind.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

from vae.run_files import LOCK

if os.name == "nt":
    import msvcrt
else:
    import fcntl

# What the systems answer when somebody else has the lock; msvcrt answers the last.
TAKEN = (errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES)


class FolderInUseError(OSError):
    """Another training runs in the folder; the message says what to do."""


@contextlib.contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """For the length of a block no other training runs in an output folder.

    In a folder that can't be written to, or on a file system that has no locks, the block runs
    without one: the folder may be good enough, and whoever writes there says what is wrong.

    Raises FolderInUseError at once, and has then changed nothing.
    """
    path = folder / LOCK
    descriptor = _take(path, folder)
    try:
        yield
    finally:
        if descriptor is not None:
            _give_back(path, descriptor)


def _take(path: Path, folder: Path) -> int | None:
    """The descriptor of the locked file; None where none can be locked."""
    while True:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError:
            return None
        try:
            _lock(descriptor)
        except OSError as error:
            os.close(descriptor)
            if error.errno not in TAKEN:
                return None
            raise FolderInUseError(
                f"another training is running in {folder}: wait until it has ended, or stop it, "
                "or choose another folder for the results of this one"
            ) from None
        if _is_at(path, descriptor):
            return descriptor
        os.close(descriptor)  # its holder has removed it since it was opened: there is a new one


def _lock(descriptor: int) -> None:
    if os.name == "nt":
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _is_at(path: Path, descriptor: int) -> bool:
    """Whether the open file is still the one of that name."""
    if os.name == "nt":  # where a file that is open can't be removed
        return True
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _give_back(path: Path, descriptor: int) -> None:
    """Remove the file while it is locked; on Windows after that, unless somebody has opened it."""
    if os.name == "nt":
        os.close(descriptor)
    with contextlib.suppress(OSError):
        os.unlink(path)
    if os.name != "nt":
        os.close(descriptor)
