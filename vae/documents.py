"""The program's own JSON files, read with suspicion: every value is checked before it is used."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from vae.files import write_json

T = TypeVar("T")

# A session of a hundred bookmarks in 64 dimensions takes 0.2 MB. What is larger by far is another
# kind of file, and reading it would only fill the memory.
MAX_FILE_BYTES = 32 * 2**20


class DocumentError(Exception):
    """A file that can't be used; the text names it and says what is wrong with it."""


class NewerDocumentError(DocumentError):
    """A sound file, but of a version of the program that is newer than this one."""


class OtherWeightsError(DocumentError):
    """A sound file, but of a model that is not this one."""


@dataclass(frozen=True)
class Kind:
    """A kind of file. word: what the person calls it; hint: where to find one."""

    format: str
    version: int
    word: str
    hint: str = ""


def read_document(
    path: str | os.PathLike[str],
    kind: Kind,
    parse: Callable[[dict[str, Any]], T],
    sha256: str | None = None,
) -> T:
    """What `parse` makes of the JSON object in a file.

    parse: is given the object once its format and version are found right; it checks the rest and
        raises ValueError naming the place and the fault.
    sha256: of the weights that the file must belong to.

    Raises:
        NewerDocumentError: it was made by a newer version of the program.
        OtherWeightsError: it belongs to other weights.
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
    try:
        if sha256 is not None:
            weights = sha256_of_weights(document.get("weights"))
            if weights != sha256:
                raise OtherWeightsError(
                    f"{path} belongs to other weights (SHA-256 {weights[:12]}…; the open ones have "
                    f"{sha256[:12]}…). What was found in one model means nothing to another."
                )
        return parse(document)
    except ValueError as error:
        raise DocumentError(f"{path} is damaged: {error}.") from error


def write_document(
    path: str | os.PathLike[str], kind: Kind, content: Mapping[str, Any], sha256: str | None = None
) -> None:
    """Write what `read_document` reads, atomically.

    Raises:
        ValueError: the content holds a number that is not finite, or the SHA-256 is none.
        OSError: the file can't be written; an earlier one is left as it was.
    """
    weights = {} if sha256 is None else {"weights": sha256_of_weights(sha256)}
    write_json(path, {"format": kind.format, "version": kind.version, **weights, **content})


def _read(path: Path, kind: Kind) -> bytes:
    try:
        if path.is_dir():
            raise DocumentError(f"{path} is a folder, not a {kind.word}.")
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


def sha256_of_weights(value: object) -> str:
    """64 hexadecimal digits."""
    sha256 = text_of(value, "the SHA-256 of the weights")
    if not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise ValueError(f"the SHA-256 of the weights is {shown(sha256)}, not 64 hex digits")
    return sha256


def vector_of(value: object, place: str) -> tuple[float, ...]:
    """A list of finite numbers."""
    return tuple(number_of(item, place) for item in list_of(value, place))


def number_of(value: object, place: str) -> float:
    """A finite number."""
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


def is_number(value: object) -> bool:
    """Whether a JSON value is a number within what a float can hold."""
    return _is(number_of, value)


def is_text(value: object) -> bool:
    """Whether a JSON value is a text that Tk can show."""
    return _is(text_of, value)


def _is(check: Callable[[object, str], object], value: object) -> bool:
    try:
        check(value, "")
    except ValueError:
        return False
    return True


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
