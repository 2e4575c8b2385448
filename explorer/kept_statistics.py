"""Statistics that took long to compute, kept for the next look: in memory, and on the disk.

They belong to weights, a number of images, a seed and a version of the mathematics, and are read
again where all of these are the same. A file that is damaged, of another program or not to be
written is no reason for anything but computing: what is kept can be lost at any time.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
import typing
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from explorer.userdata import user_folder
from vae.files import atomic_write

FOLDER = "statistics"  # inside the person's own
FORMAT = "latent-space-explorer/statistics"
MAX_FILES = 64  # about half a megabyte at most each; those not looked at for longest go first
MAX_FILE_BYTES = 16 * 2**20  # more is none of these
IN_MEMORY = 16
PLAIN = {int: "iu", float: "f", bool: "b", str: "U"}  # what a field may be, and NumPy's kinds of it

Statistics = TypeVar("Statistics")


@dataclass(frozen=True)
class Key:
    """What statistics belong to.

    sha256: of the weights' file. n: how many images, or pairs, they were computed of. seed: of
    every random choice in them. version: of the mathematics, VERSION of its module.
    """

    sha256: str
    n: int
    seed: int
    version: int


class KeptStatistics:
    """Reads statistics that were computed before, and computes those that were not.

    Of dataclasses whose fields are arrays, numbers, bools and strings. Every method may be called
    on any thread. In a job of the worker:

        key = Key(sha256, n, seed, aggregate.VERSION)
        match = kept.get(PriorMatch, key, lambda: run_apart(job, prior_match, mu, std, seed))

    folder: of the files; by default in the person's own folder.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._memory: OrderedDict[tuple[type, Key], Any] = OrderedDict()
        self._lock = threading.Lock()

    def at_hand(self, kind: type[Statistics], key: Key) -> Statistics | None:
        """What is in memory, at once; None if it is not. For Tk's thread."""
        with self._lock:
            found = self._memory.get((kind, key))
            if found is not None:
                self._memory.move_to_end((kind, key))
            return found

    def get(
        self, kind: type[Statistics], key: Key, compute: Callable[[], Statistics]
    ) -> Statistics:
        """What is kept under this key; else what compute() gives, which is then kept.

        What compute() raises is raised, and nothing is kept.
        """
        found = self.find(kind, key)
        if found is None:
            found = compute()
            with contextlib.suppress(OSError):  # a full disk, a folder that is read-only
                self._write(self._path(kind, key), key, found)
            self._remember(key, found)
        return found

    def find(self, kind: type[Statistics], key: Key) -> Statistics | None:
        """What is in memory or on the disk; None if it has not been computed. For the worker."""
        found = self.at_hand(kind, key)
        if found is None:
            found = _read(self._path(kind, key), kind, key)
            if found is not None:
                self._remember(key, found)
        return found

    def _remember(self, key: Key, found: Any) -> None:
        with self._lock:
            self._memory[type(found), key] = found
            while len(self._memory) > IN_MEMORY:
                self._memory.popitem(last=False)

    def _path(self, kind: type, key: Key) -> Path:
        folder = user_folder() / FOLDER if self._folder is None else self._folder
        name = "/".join([kind.__name__, *map(str, asdict(key).values())])
        return folder / f"{kind.__name__}-{hashlib.sha256(name.encode()).hexdigest()[:16]}.npz"

    def _write(self, path: Path, key: Key, statistics: Any) -> None:
        arrays = _packed(statistics, key)
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(path) as file:
            np.savez_compressed(file, **arrays)
        files = sorted(path.parent.glob("*.npz"), key=_last_used)
        for old in files[:-MAX_FILES]:
            with contextlib.suppress(OSError):
                old.unlink()


def _packed(statistics: Any, key: Key) -> dict[str, np.ndarray]:
    """Everything as plain arrays: the statistics' fields, and what they belong to.

    Raises TypeError if a field is nothing that is read again.
    """
    kind = type(statistics)
    arrays = {name: np.array(value) for name, value in _heading(kind, key).items()}
    for name, declared in _declared(kind).items():
        value = getattr(statistics, name)
        array = np.asarray(value)
        if array.dtype.hasobject or not _fits(array, declared):
            raise TypeError(f"{kind.__name__}.{name} can't be kept: {type(value).__name__}")
        arrays[f"field_{name}"] = array
    return arrays


def _read(path: Path, kind: type[Statistics], key: Key) -> Statistics | None:
    """What a file holds; None where there is none, or none that is whole and of this key."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            return None
        # Opened here, because np.load leaves its file open when it fails.
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except Exception:  # whatever zip or NumPy raise on bytes that are not an archive
        return None
    declared = _declared(kind)
    heading = _heading(kind, key)
    if set(arrays) != set(heading) | {f"field_{name}" for name in declared}:
        return None
    if any(arrays[name].shape or arrays[name] != value for name, value in heading.items()):
        return None
    values = {}
    for name, type_ in declared.items():
        array = arrays[f"field_{name}"]
        if not _fits(array, type_):
            return None
        values[name] = array if type_ is np.ndarray else type_(array.item())
    with contextlib.suppress(OSError):
        os.utime(path)  # looked at now
    return kind(**values)


def _heading(kind: type, key: Key) -> dict[str, str | int]:
    return {"format": FORMAT, "kind": kind.__name__, **asdict(key)}


def _declared(kind: type) -> dict[str, type]:
    """The fields of a dataclass, and their types."""
    types = typing.get_type_hints(kind)
    return {field.name: types[field.name] for field in fields(kind)}


def _fits(array: np.ndarray, declared: type) -> bool:
    """Whether an array is what a field of this type is kept as."""
    if declared is np.ndarray:
        return not array.dtype.hasobject
    return array.shape == () and array.dtype.kind in PLAIN.get(declared, "")


def _last_used(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:  # another window has removed it
        return 0.0
