"""What a person has made with one model, kept across starts: a file for each weights."""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from explorer.userdata import user_folder
from vae.documents import (
    DocumentError,
    Kind,
    NewerDocumentError,
    read_document,
    write_document,
)

NAME_DIGITS = 16  # of the SHA-256: enough to tell weights apart, and the file holds all of them

Item = TypeVar("Item")


class KeptError(Exception):
    """A list that can't be read or saved; the text tells the person what became of the file.

    in_the_way: the file is still there, and must not be written over.
    """

    def __init__(self, message: str, in_the_way: bool = False) -> None:
        super().__init__(message)
        self.in_the_way = in_the_way


@dataclass(frozen=True)
class Keeping(Generic[Item]):
    """What is kept: one list for each weights.

    kind: of the files. folder: of the files, inside the person's own.
    things: the items in the person's words, and the list's key in the file.
    read: value of that key, latent_dim -> items; raises ValueError naming the fault.
    written: items -> what `read` reads.
    identity: item -> what it has in common with its copy that was read from the file.
    joined: the first list, then what of the second it has not.
    """

    kind: Kind
    folder: str
    things: str
    read: Callable[[object, int], tuple[Item, ...]]
    written: Callable[[Sequence[Item]], list[Any]]
    identity: Callable[[Item], Hashable]
    joined: Callable[[Sequence[Item], Sequence[Item]], tuple[Item, ...]]

    def path(self, sha256: str) -> Path:
        """Where the list of these weights is kept. sha256: of the decoder's file, 64 hex digits."""
        return user_folder() / self.folder / f"{sha256[:NAME_DIGITS]}.json"

    def load(self, sha256: str, latent_dim: int) -> tuple[Item, ...]:
        """The items kept for these weights; none where nothing was kept.

        Raises:
            KeptError: the file is of a newer version and is left alone, or it can't be used and was
                put aside under another name, so that nothing in it is lost.
        """
        path = self.path(sha256)
        if not os.path.lexists(path):
            return ()
        try:
            return read_document(
                path,
                self.kind,
                lambda document: self.read(document.get(self.things), latent_dim),
                sha256,
            )
        except NewerDocumentError as error:
            raise KeptError(
                f"{error} It is left as it is: {self.things} that you make now are not kept.",
                in_the_way=True,
            ) from error
        except DocumentError as error:
            raise self._put_aside(path, str(error)) from error

    def save(self, sha256: str, items: Sequence[Item]) -> None:
        """Keep the items of these weights, atomically.

        Raises:
            KeptError: they can't be written; an earlier file is left as it was.
        """
        path = self.path(sha256)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_document(path, self.kind, {self.things: self.written(items)}, sha256)
        except OSError as error:
            raise KeptError(f"{path} cannot be written: {error.strerror or error}.") from error

    def _put_aside(self, path: Path, reason: str) -> KeptError:
        """Rename what can't be used, never over an earlier one, and tell where it is."""
        endings = itertools.chain([""], (f"-{number}" for number in itertools.count(2)))
        aside = next(
            other
            for other in (path.with_name(f"{path.name}.damaged{ending}") for ending in endings)
            if not os.path.lexists(other)
        )
        try:
            path.rename(aside)
        except OSError as error:
            return KeptError(
                f"{reason} It can't be renamed ({error.strerror or error}), so the "
                f"{self.kind.word} starts empty and {self.things} that you make now are not kept.",
                in_the_way=True,
            )
        return KeptError(
            f"{reason} The {self.kind.word} starts empty; the old file is kept as {aside}."
        )


class KeptFile(Generic[Item]):
    """The file of one weights, written in order: an older list never replaces a newer one.

    A change is written on the worker's thread, the last one perhaps on Tk's: whoever holds the
    lock second finds the other's number, and writes only what is newer.

    Another program that runs with the same weights writes it, too. What it has added since stays;
    each shows its own items, and the next start those of both. What one has deleted and the other
    has still comes back: better one too many than one lost.
    """

    def __init__(self, keeping: Keeping[Item], sha256: str, latent_dim: int) -> None:
        self._keeping = keeping
        self._sha256 = sha256
        self._latent_dim = latent_dim
        self._lock = threading.Lock()
        self._written = 0
        self._own: tuple[Item, ...] = ()  # what of the file this program knows

    def read(self) -> tuple[Item, ...]:
        """The items to start with. Raises KeptError."""
        self._own = self._keeping.load(self._sha256, self._latent_dim)
        return self._own

    def write(self, number: int, items: tuple[Item, ...]) -> None:
        """Write the change of this number. Raises KeptError."""
        with self._lock:
            if number > self._written:
                self._keeping.save(self._sha256, self._keeping.joined(items, self._others()))
                self._written, self._own = number, items

    def _others(self) -> list[Item]:
        """What another program has added to the file."""
        try:
            there = self._keeping.load(self._sha256, self._latent_dim)
        except KeptError as error:
            if error.in_the_way:
                raise
            return []  # damaged meanwhile, and put aside
        own = set(map(self._keeping.identity, self._own))
        return [item for item in there if self._keeping.identity(item) not in own]
