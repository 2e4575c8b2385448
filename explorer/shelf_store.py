"""The shelf across starts: one file of bookmarks for each weights, in the person's own folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from explorer.documents import bookmarks_document, bookmarks_of
from explorer.kept_files import Keeping, KeptError, KeptFile
from explorer.state import Bookmark, ExplorerState
from explorer.worker import Worker
from vae.documents import Kind

JOB = "shelf"


def merged(first: Sequence[Bookmark], second: Sequence[Bookmark]) -> tuple[Bookmark, ...]:
    """The first list, then what the second has and the first has not."""
    known = set(first)  # to look through the list for each of 5,000 takes seconds
    return (*first, *(mark for mark in second if mark not in known))


SHELF = Keeping(
    kind=Kind("latent-space-explorer/shelf", 1, "shelf"),
    folder="shelves",
    things="bookmarks",
    read=bookmarks_of,
    written=bookmarks_document,
    identity=lambda mark: mark,
    joined=merged,
)


class ShelfKeeper:
    """Keeps the bookmarks of the state in the file of the open weights.

    report(title, message): tells the person, once, that the shelf can't be read or saved.
    """

    def __init__(
        self, state: ExplorerState, worker: Worker, report: Callable[[str, str], None]
    ) -> None:
        self._worker = worker
        self._report = report
        self._file: KeptFile[Bookmark] | None = None  # None: no weights yet, or a file to keep off
        self._bookmarks: tuple[Bookmark, ...] = ()  # as they are in the file, or on their way
        self._changes = 0
        self._saved_changes = 0
        self._told = False
        self._carried = False  # all that is unsaved has come along from earlier weights
        state.subscribe(lambda state: self._look(state.bookmarks))

    def open(self, sha256: str, latent_dim: int) -> tuple[Bookmark, ...]:
        """Change to the shelf of these weights and return it, for the state to start with."""
        problem = self.flush()
        if problem is not None:
            self._report("The shelf was not saved", problem)
        self._worker.cancel(JOB)
        self._file = KeptFile(SHELF, sha256, latent_dim)
        self._bookmarks = ()
        self._changes = self._saved_changes = 0
        self._told = self._carried = False
        try:
            self._bookmarks = self._file.read()
        except KeptError as error:
            if error.in_the_way:
                self._file = None
            self._report("The shelf was not opened", str(error))
        return self._bookmarks

    def move(self, sha256: str, latent_dim: int) -> None:
        """Change to newer weights of the same training; what is on the shelf comes along.

        It is written to their file when it changes, or at the end: a training that is watched would
        leave a file for every epoch.
        """
        if not self._carried:
            problem = self.flush()
            if problem is not None:
                self._report("The shelf was not saved", problem)
        self._worker.cancel(JOB)
        self._file = KeptFile(SHELF, sha256, latent_dim)
        self._carried = bool(self._bookmarks)
        self._changes, self._saved_changes = int(self._carried), 0
        self._told = False

    def flush(self) -> str | None:
        """Write at once what is not yet saved; what went wrong, if the person was not told yet."""
        if self._file is None or self._changes == self._saved_changes:
            return None
        try:
            self._file.write(self._changes, self._bookmarks)
        except KeptError as error:
            return None if self._told else str(error)
        self._saved_changes = self._changes
        return None

    def _look(self, bookmarks: tuple[Bookmark, ...]) -> None:
        if self._file is None or bookmarks == self._bookmarks:
            return
        self._bookmarks = bookmarks
        self._carried = False
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
