"""The program's own JSON files, read with suspicion: every value is checked before it is used."""

from __future__ import annotations

import json
import math
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer.state import Bookmark

# A session of a hundred bookmarks in 64 dimensions takes 0.2 MB. What is larger by far is another
# kind of file, and reading it would only fill the memory.
MAX_FILE_BYTES = 32 * 2**20


class DocumentError(Exception):
    """A file that can't be used; the text names it and says what is wrong with it."""


class NewerDocumentError(DocumentError):
    """A sound file, but of a version of the program that is newer than this one."""


@dataclass(frozen=True)
class Kind:
    """A kind of file. word: what the person calls it; hint: where to find one."""

    format: str
    version: int
    word: str
    hint: str = ""


def read_document(path: str | os.PathLike[str], kind: Kind) -> dict[str, Any]:
    """The JSON object in a file; format and version are checked, the rest is up to the caller.

    Raises:
        NewerDocumentError: it was made by a newer version of the program.
        DocumentError: there is no such file, it is of another kind, or it is damaged.
    """
    content = _read(Path(path), kind)
    try:
        document = json.loads(content, parse_float=_finite, parse_constant=_finite)
    except (ValueError, RecursionError) as error:
        raise DocumentError(
            f"{path} is not a {kind.word}: it is not JSON, or was cut off ({error})."
        ) from error
    if not isinstance(document, dict) or document.get("format") != kind.format:
        raise DocumentError(
            f"{path} is not a {kind.word} of the Latent Space Explorer. {kind.hint}".rstrip()
        )
    version = document.get("version")
    if not is_int(version) or version < 1:
        raise DocumentError(f"{path} is damaged: its version is {shown(version)}, not a number.")
    if version > kind.version:
        raise NewerDocumentError(
            f"{path} was made by a newer version of this program ({kind.word} format {version}, "
            f"this one reads up to {kind.version}). Update the program to open it."
        )
    return document


def _read(path: Path, kind: Kind) -> bytes:
    try:
        if path.is_dir():
            raise DocumentError(f"{path} is a folder, not a {kind.word} file.")
        if not path.exists():
            raise DocumentError(f"{path} does not exist. Was it moved or renamed?")
        if not path.is_file():
            raise DocumentError(f"{path} is not a regular file.")
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise DocumentError(f"{path} cannot be read: {error.strerror or error}.") from error
    if not content:
        raise DocumentError(f"{path} is empty: it was probably not written to the end.")
    if len(content) > MAX_FILE_BYTES:
        raise DocumentError(
            f"{path} is larger than {MAX_FILE_BYTES // 2**20} MB, far too large for a {kind.word}."
        )
    return content


# ---- values: each raises ValueError naming the place and the fault -------------------------------


def bookmarks_of(value: object, latent_dim: int) -> tuple[Bookmark, ...]:
    """A list of bookmarks, every one a name and a point of `latent_dim` finite numbers."""
    bookmarks = []
    for number, entry in enumerate(list_of(value, "bookmarks"), start=1):
        place = f"bookmark {number}"
        name = text_of(dict_of(entry, place).get("name"), f"the name of {place}")
        point = vector_of(entry.get("z"), f"z of {place}")
        if len(point) != latent_dim:
            raise ValueError(f"{place} has {len(point)} numbers, but z has {latent_dim}")
        bookmarks.append(Bookmark(name, point))
    return tuple(bookmarks)


def bookmarks_document(bookmarks: tuple[Bookmark, ...]) -> list[dict[str, Any]]:
    """What `bookmarks_of` reads."""
    return [{"name": mark.name, "z": list(mark.z)} for mark in bookmarks]


def sha256_of_weights(value: object) -> str:
    """64 hexadecimal digits."""
    sha256 = text_of(value, "the SHA-256 of the weights")
    if not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise ValueError(f"the SHA-256 of the weights is {shown(sha256)}, not 64 hex digits")
    return sha256


def vector_of(value: object, place: str) -> tuple[float, ...]:
    """A list of finite numbers."""
    return tuple(_number(item, place) for item in list_of(value, place))


def _number(value: object, place: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{place} holds {shown(value)} where a number was expected")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError(f"{place} holds a number that is not finite")
    return number


def list_of(value: object, place: str) -> list[Any]:
    """A list."""
    return _of_type(list, "a list", value, place)


def dict_of(value: object, place: str) -> dict[str, Any]:
    """An object in JSON's sense."""
    return _of_type(dict, "an object", value, place)


def text_of(value: object, place: str) -> str:
    """A text; JSON can write half a character, which Tk can't show."""
    text = _of_type(str, "a text", value, place)
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError(f"{place} holds half a character")
    return text


def _of_type(type_: type, words: str, value: object, place: str) -> Any:
    if value is None:
        raise ValueError(f"{place} is missing")
    if not isinstance(value, type_):
        raise ValueError(f"{place} is {shown(value)} where {words} was expected")
    return value


def is_int(value: object) -> bool:
    """Whether a JSON value is a whole number; Python counts true and false among them."""
    return isinstance(value, int) and not isinstance(value, bool)


def _finite(text: str) -> float:
    """Read a JSON number; Python's reader would let NaN and 1e400, infinity, pass."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"it holds {shown(text)}, which is not a finite number")
    return number


def shown(value: object) -> str:
    """A value as an error message quotes it: in JSON's words, and never a page of it."""
    if isinstance(value, (list, dict)):
        return "a list" if isinstance(value, list) else "an object"
    text = json.dumps(value, default=repr)
    return text if len(text) <= 32 else f"{text[:28]}..."
