"""Session files: saving what a person has reached, and reading it back with suspicion."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from explorer.documents import bookmarks_document, bookmarks_of
from explorer.state import Bookmark
from vae.documents import (
    DocumentError,
    Kind,
    dict_of,
    is_int,
    list_of,
    read_document,
    sha256_of_weights,
    shown,
    text_of,
    vector_of,
    write_document,
)

FORMAT = "latent-space-explorer/session"
VERSION = 1
SESSION = Kind(
    FORMAT, VERSION, "session", hint="Choose a file that was saved with File > Save session."
)


class SessionError(Exception):
    """A session that cannot be saved or opened; the text names the file and says what to do."""


@dataclass(frozen=True)
class Session:
    """What a person wants to find again.

    z: the current point, prior standard deviations.
    locks: indices of the locked dimensions.
    bookmarks: named points, in the order of the shelf.
    pages: settings by page name, made of what JSON can hold: every page keeps its own names.
    weights_sha256: SHA-256 of the decoder's file, 64 hexadecimal digits.
    weights_name: what that file is called, for the person; never used to open it.
    """

    z: tuple[float, ...]
    locks: frozenset[int]
    bookmarks: tuple[Bookmark, ...]
    pages: dict[str, dict[str, Any]]
    weights_sha256: str
    weights_name: str


def save_session(session: Session, path: str | os.PathLike[str]) -> None:
    """Write ``session`` as JSON, atomically.

    Raises:
        SessionError: the file cannot be written, or the session holds what `load_session` would
            refuse. An earlier file is then left as it was.
    """
    document = {
        "weights": {"name": session.weights_name, "sha256": session.weights_sha256},
        "z": list(session.z),
        "locks": sorted(session.locks),
        "bookmarks": bookmarks_document(session.bookmarks),
        "pages": session.pages,
    }
    try:
        _session_from(document)
        write_document(path, SESSION, document)
    except OSError as error:
        raise SessionError(f"{path} cannot be saved: {error.strerror or error}.") from error
    except (TypeError, ValueError, RecursionError) as error:
        raise SessionError(f"This session cannot be saved: {error}.") from error


def load_session(path: str | os.PathLike[str]) -> Session:
    """Read a session and check every value in it; whether it fits the open weights, ask it.

    Raises:
        SessionError: there is no such file, it is not a session, it was made by a newer version,
            or it is damaged.
    """
    try:
        return read_document(path, SESSION, _session_from)
    except DocumentError as error:
        raise SessionError(str(error)) from error


def _session_from(document: dict[str, Any]) -> Session:
    """Check a document and build the session. Raises ValueError naming the place and the fault."""
    z = vector_of(document.get("z"), "z")
    if not z:
        raise ValueError("z has no numbers")

    locks = list_of(document.get("locks"), "locks")
    for lock in locks:
        if not is_int(lock) or not 0 <= lock < len(z):
            raise ValueError(f"locks names {shown(lock)}, not one of the {len(z)} dimensions")

    bookmarks = bookmarks_of(document.get("bookmarks"), len(z))
    pages = dict_of(document.get("pages"), "pages")
    for name, settings in pages.items():
        dict_of(settings, f"the settings of page {shown(name)}")

    weights = dict_of(document.get("weights"), "weights")
    return Session(
        z=z,
        locks=frozenset(locks),
        bookmarks=bookmarks,
        pages=pages,
        weights_sha256=sha256_of_weights(weights.get("sha256")),
        weights_name=text_of(weights.get("name"), "the name of the weights"),
    )
