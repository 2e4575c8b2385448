"""Session files: saving what a person has reached, and reading it back with suspicion."""

from __future__ import annotations

import json
import math
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer.state import Bookmark
from vae.files import write_json

FORMAT = "latent-space-explorer/session"
VERSION = 1

# A session of a hundred bookmarks in 64 dimensions takes 0.2 MB. What is larger by far is another
# kind of file, and reading it would only fill the memory.
MAX_FILE_BYTES = 8 * 2**20


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
    weights_name: name of that file, for the person; never used to open it.
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
        "format": FORMAT,
        "version": VERSION,
        "weights": {"name": session.weights_name, "sha256": session.weights_sha256},
        "z": list(session.z),
        "locks": sorted(session.locks),
        "bookmarks": [{"name": mark.name, "z": list(mark.z)} for mark in session.bookmarks],
        "pages": session.pages,
    }
    try:
        _session_from(document)
        write_json(path, document)
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
    content = _read(Path(path))
    try:
        document = json.loads(content, parse_float=_finite, parse_constant=_finite)
    except (ValueError, RecursionError) as error:
        raise SessionError(
            f"{path} is not a session: it is not JSON, or was cut off ({error})."
        ) from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise SessionError(
            f"{path} is not a session of the Latent Space Explorer. Choose a file that was saved "
            "with File > Save session."
        )
    version = document.get("version")
    if not _is_int(version) or version < 1:
        raise SessionError(f"{path} is damaged: its version is {_shown(version)}, not a number.")
    if version > VERSION:
        raise SessionError(
            f"{path} was made by a newer version of this program (session format {version}, this "
            f"one reads up to {VERSION}). Update the program to open it."
        )
    try:
        return _session_from(document)
    except ValueError as error:
        raise SessionError(f"{path} is damaged: {error}.") from error


def _read(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise SessionError(f"{path} is a folder. Choose a session file (.json) in it.")
        if not path.exists():
            raise SessionError(f"{path} does not exist. Was it moved or renamed?")
        if not path.is_file():
            raise SessionError(f"{path} is not a regular file.")
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise SessionError(f"{path} cannot be read: {error.strerror or error}.") from error
    if not content:
        raise SessionError(f"{path} is empty: it was probably not written to the end.")
    if len(content) > MAX_FILE_BYTES:
        raise SessionError(
            f"{path} is larger than {MAX_FILE_BYTES // 2**20} MB, far too large for a session."
        )
    return content


def _session_from(document: dict[str, Any]) -> Session:
    """Check a document and build the session. Raises ValueError naming the place and the fault."""
    z = _vector(document.get("z"), "z")
    if not z:
        raise ValueError("z has no numbers")

    locks = _list(document.get("locks"), "locks")
    for lock in locks:
        if not _is_int(lock) or not 0 <= lock < len(z):
            raise ValueError(f"locks names {_shown(lock)}, not one of the {len(z)} dimensions")

    bookmarks = []
    for number, entry in enumerate(_list(document.get("bookmarks"), "bookmarks"), start=1):
        place = f"bookmark {number}"
        name = _text(_dict(entry, place).get("name"), f"the name of {place}")
        point = _vector(entry.get("z"), f"z of {place}")
        if len(point) != len(z):
            raise ValueError(f"{place} has {len(point)} numbers, but z has {len(z)}")
        bookmarks.append(Bookmark(name, point))

    pages = _dict(document.get("pages"), "pages")
    for name, settings in pages.items():
        _dict(settings, f"the settings of page {_shown(name)}")

    weights = _dict(document.get("weights"), "weights")
    sha256 = _text(weights.get("sha256"), "the SHA-256 of the weights")
    if not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise ValueError(f"the SHA-256 of the weights is {_shown(sha256)}, not 64 hex digits")
    return Session(
        z=z,
        locks=frozenset(locks),
        bookmarks=tuple(bookmarks),
        pages=pages,
        weights_sha256=sha256,
        weights_name=_text(weights.get("name"), "the name of the weights"),
    )


def _vector(value: object, place: str) -> tuple[float, ...]:
    return tuple(_number(item, place) for item in _list(value, place))


def _number(value: object, place: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{place} holds {_shown(value)} where a number was expected")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError(f"{place} holds a number that is not finite")
    return number


def _list(value: object, place: str) -> list[Any]:
    return _of_type(list, "a list", value, place)


def _dict(value: object, place: str) -> dict[str, Any]:
    return _of_type(dict, "an object", value, place)


def _text(value: object, place: str) -> str:
    return _of_type(str, "a text", value, place)


def _of_type(type_: type, words: str, value: object, place: str) -> Any:
    if value is None:
        raise ValueError(f"{place} is missing")
    if not isinstance(value, type_):
        raise ValueError(f"{place} is {_shown(value)} where {words} was expected")
    return value


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _finite(text: str) -> float:
    """Read a JSON number; Python's reader would let NaN and 1e400, infinity, pass."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"it holds {_shown(text)}, which is not a finite number")
    return number


def _shown(value: object) -> str:
    """A value as an error message quotes it: in JSON's words, and never a page of it."""
    if isinstance(value, (list, dict)):
        return "a list" if isinstance(value, list) else "an object"
    text = json.dumps(value, default=repr)
    return text if len(text) <= 32 else f"{text[:28]}..."
