"""The shelf across starts: one file of bookmarks for each weights, in the person's own folder."""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from explorer.documents import (
    DocumentError,
    Kind,
    NewerDocumentError,
    bookmarks_document,
    bookmarks_of,
    read_document,
    sha256_of_weights,
)
from explorer.state import Bookmark, ExplorerState
from explorer.userdata import user_folder
from explorer.worker import Worker
from vae.files import write_json

SHELF = Kind("latent-space-explorer/shelf", 1, "shelf")
NAME_DIGITS = 16  # of the SHA-256: enough to tell weights apart, and the file holds all of them
JOB = "shelf"


class ShelfError(Exception):
    """A shelf that can't be read or saved; the text tells the person what became of the file.

    in_the_way: the file is still there, and must not be written over.
    """

    def __init__(self, message: str, in_the_way: bool = False) -> None:
        super().__init__(message)
        self.in_the_way = in_the_way


def shelf_path(sha256: str) -> Path:
    """Where the shelf of these weights is kept. sha256: of the decoder's file, 64 hex digits."""
    return user_folder() / "shelves" / f"{sha256[:NAME_DIGITS]}.json"


def load_shelf(sha256: str, latent_dim: int) -> tuple[Bookmark, ...]:
    """The bookmarks kept for these weights; none where nothing was kept.

    Raises:
        ShelfError: the file is of a newer version and is left alone, or it can't be used and was
            put aside under another name, so that nothing in it is lost.
    """
    path = shelf_path(sha256)
    if not os.path.lexists(path):
        return ()
    try:
        document = read_document(path, SHELF)
        if sha256_of_weights(document.get("weights")) != sha256:
            raise ValueError("it belongs to other weights")
        return bookmarks_of(document.get("bookmarks"), latent_dim)
    except NewerDocumentError as error:
        raise ShelfError(
            f"{error} It is left as it is: bookmarks that you make now are not kept.",
            in_the_way=True,
        ) from error
    except DocumentError as error:
        raise _put_aside(path, str(error)) from error
    except ValueError as error:
        raise _put_aside(path, f"{path} is damaged: {error}.") from error


def save_shelf(sha256: str, bookmarks: Sequence[Bookmark]) -> None:
    """Keep the bookmarks of these weights, atomically.

    Raises:
        ShelfError: they can't be written; an earlier file is left as it was.
    """
    path = shelf_path(sha256)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(
            path,
            {
                "format": SHELF.format,
                "version": SHELF.version,
                "weights": sha256,
                "bookmarks": bookmarks_document(bookmarks),
            },
        )
    except OSError as error:
        raise ShelfError(f"{path} cannot be written: {error.strerror or error}.") from error


def merged(first: Sequence[Bookmark], second: Sequence[Bookmark]) -> tuple[Bookmark, ...]:
    """The first list, then what the second has and the first has not."""
    known = set(first)  # to look through the list for each of 5,000 takes seconds
    return (*first, *(mark for mark in second if mark not in known))


def _put_aside(path: Path, reason: str) -> ShelfError:
    """Rename what is no shelf, never over an earlier one, and tell where it is."""
    names = itertools.chain([".damaged"], (f".damaged-{number}" for number in itertools.count(2)))
    aside = next(
        other
        for other in (path.with_name(path.name + name) for name in names)
        if not os.path.lexists(other)
    )
    try:
        path.rename(aside)
    except OSError as error:
        return ShelfError(
            f"{reason} It can't be renamed ({error.strerror or error}), so the shelf starts empty "
            "and bookmarks that you make now are not kept.",
            in_the_way=True,
        )
    return ShelfError(f"{reason} The shelf starts empty; the old file is kept as {aside}.")


class _ShelfFile:
    """The file of one weights, written in order: an older shelf never replaces a newer one.

    A change is written on the worker's thread, the last one perhaps on Tk's: whoever holds the
    lock second finds the other's number, and writes only what is newer.

    Another program that runs with the same weights writes it, too. What it has added since stays;
    each shows its own bookmarks, and the next start those of both. What one has deleted and the
    other has still comes back: better one too many than one lost.
    """

    def __init__(self, sha256: str, latent_dim: int) -> None:
        self._sha256 = sha256
        self._latent_dim = latent_dim
        self._lock = threading.Lock()
        self._written = 0
        self._own: tuple[Bookmark, ...] = ()  # what of the file this program knows

    def read(self) -> tuple[Bookmark, ...]:
        """The bookmarks to start with. Raises ShelfError."""
        self._own = load_shelf(self._sha256, self._latent_dim)
        return self._own

    def write(self, number: int, bookmarks: tuple[Bookmark, ...]) -> None:
        """Write the change of this number. Raises ShelfError."""
        with self._lock:
            if number > self._written:
                save_shelf(self._sha256, merged(bookmarks, self._others()))
                self._written, self._own = number, bookmarks

    def _others(self) -> list[Bookmark]:
        """What another program has added to the file."""
        try:
            there = load_shelf(self._sha256, self._latent_dim)
        except ShelfError as error:
            if error.in_the_way:
                raise
            return []  # damaged meanwhile, and put aside
        own = set(self._own)
        return [mark for mark in there if mark not in own]


class ShelfKeeper:
    """Keeps the bookmarks of the state in the file of the open weights.

    report(title, message): tells the person, once, that the shelf can't be read or saved.
    """

    def __init__(
        self, state: ExplorerState, worker: Worker, report: Callable[[str, str], None]
    ) -> None:
        self._worker = worker
        self._report = report
        self._file: _ShelfFile | None = None  # None: no weights yet, or a file to keep off
        self._bookmarks: tuple[Bookmark, ...] = ()  # as they are in the file, or on their way
        self._changes = 0
        self._saved_changes = 0
        self._told = False
        state.subscribe(lambda state: self._look(state.bookmarks))

    def open(self, sha256: str, latent_dim: int) -> tuple[Bookmark, ...]:
        """Change to the shelf of these weights and return it, for the state to start with."""
        problem = self.flush()
        if problem is not None:
            self._report("The shelf was not saved", problem)
        self._worker.cancel(JOB)
        self._file = _ShelfFile(sha256, latent_dim)
        self._bookmarks = ()
        self._changes = self._saved_changes = 0
        self._told = False
        try:
            self._bookmarks = self._file.read()
        except ShelfError as error:
            if error.in_the_way:
                self._file = None
            self._report("The shelf was not opened", str(error))
        return self._bookmarks

    def flush(self) -> str | None:
        """Write at once what is not yet saved; what went wrong, if the person was not told yet."""
        if self._file is None or self._changes == self._saved_changes:
            return None
        try:
            self._file.write(self._changes, self._bookmarks)
        except ShelfError as error:
            return None if self._told else str(error)
        self._saved_changes = self._changes
        return None

    def _look(self, bookmarks: tuple[Bookmark, ...]) -> None:
        if self._file is None or bookmarks == self._bookmarks:
            return
        self._bookmarks = bookmarks
        self._changes += 1
        file, number = self._file, self._changes

        def saved(_: None) -> None:
            if file is self._file:
                self._saved_changes = number
                self._told = False

        def failed(error: Exception) -> None:
            if file is self._file and not self._told:
                self._told = True
                self._report(
                    "The shelf was not saved",
                    f"{error} The bookmarks stay here meanwhile, and saving is tried again at "
                    "their next change.",
                )

        # The closure holds no widget: the worker lets go of it on its own thread.
        self._worker.submit(JOB, lambda job: file.write(number, bookmarks), saved, failed)
