"""Files of named directions, which belong to the weights that they were found in."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vae.directions import Direction
from vae.files import write_json

FORMAT, VERSION = "latent-space-explorer/directions", 1
MAX_FILE_BYTES = 32 * 2**20


class DirectionsError(ValueError):
    """A file of directions that can't be used; the text names it and says why."""


class NewerDirectionsError(DirectionsError):
    """A sound file of a newer version of the program; it should be left as it is."""


def save_directions(
    path: str | os.PathLike[str], directions: Sequence[Direction], sha256: str
) -> None:
    """Write named directions with the fingerprint of their weights, atomically.

    sha256: of the decoder's file, 64 hexadecimal digits.

    Raises:
        ValueError: two have the same name, or the fingerprint is not one.
        OSError: the file can't be written; an earlier one is left as it was.
    """
    _fingerprint(sha256)
    _distinct([direction.name for direction in directions])
    write_json(
        path,
        {
            "format": FORMAT,
            "version": VERSION,
            "weights": sha256,
            "directions": [_entry(direction) for direction in directions],
        },
    )


def load_directions(
    path: str | os.PathLike[str], sha256: str, latent_dim: int
) -> tuple[Direction, ...]:
    """Read what `save_directions` wrote, for the weights with this fingerprint.

    Raises:
        NewerDirectionsError: a newer version of the program wrote the file.
        DirectionsError: it can't be read, is damaged, or belongs to other weights.
    """
    path = Path(path)
    try:
        if path.exists() and not path.is_file():
            raise DirectionsError(f"{path} is not a regular file.")
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise DirectionsError(f"{path} cannot be read: {error.strerror or error}.") from error
    if len(content) > MAX_FILE_BYTES:
        raise DirectionsError(f"{path} is far too large for a file of directions.")
    try:
        document = json.loads(content, parse_float=_finite, parse_constant=_finite)
    except (ValueError, RecursionError) as error:
        raise DirectionsError(
            f"{path} is no file of directions: it is not JSON, or was cut off ({error})."
        ) from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise DirectionsError(f"{path} is no file of directions of the Latent Space Explorer.")
    version = document.get("version")
    if type(version) is not int or version < 1:
        raise DirectionsError(f"{path} is damaged: its version is {version!r:.40}, not a number.")
    if version > VERSION:
        raise NewerDirectionsError(
            f"{path} was made by a newer version of this program (format {version}, this one reads "
            f"up to {VERSION}). Update the program to open it."
        )
    try:
        weights = _fingerprint(document.get("weights"))
        if weights != sha256:
            raise DirectionsError(
                f"{path} belongs to other weights (SHA-256 {weights[:12]}…, these have "
                f"{sha256[:12]}…). Directions mean nothing to a model they were not found in."
            )
        entries = document.get("directions")
        if not isinstance(entries, list):
            raise ValueError("its directions are no list")
        directions = tuple(
            _direction_of(entry, f"direction {number}", latent_dim)
            for number, entry in enumerate(entries, start=1)
        )
        _distinct([direction.name for direction in directions])
    except DirectionsError:
        raise
    except ValueError as error:
        raise DirectionsError(f"{path} is damaged: {error}.") from error
    return directions


def _entry(direction: Direction) -> dict[str, Any]:
    gradient = direction.gradient
    return {
        "name": direction.name,
        "kind": direction.kind,
        "vector": direction.vector.tolist(),
        "attribute": direction.attribute,
        "r2": direction.r2,
        "r2_partial": direction.r2_partial,
        "gradient": None if gradient is None else gradient.tolist(),
        "share": direction.share,
        "length": direction.length,
    }


def _direction_of(entry: object, place: str, latent_dim: int) -> Direction:
    if not isinstance(entry, dict):
        raise ValueError(f"{place} is no object")
    for key in ("name", "kind", "attribute"):
        value = entry.get(key)
        if not isinstance(value, str) and (key != "attribute" or value is not None):
            raise ValueError(f"{key} of {place} is no text")
        if value is not None and any("\ud800" <= letter <= "\udfff" for letter in value):
            raise ValueError(f"{key} of {place} holds half a character")
    numbers = {}
    for key in ("r2", "r2_partial", "share", "length"):
        value = entry.get(key)
        numbers[key] = None if value is None else _number(value, f"{key} of {place}")
    vectors = {}
    for key in ("vector", "gradient"):
        value = entry.get(key)
        if value is None and key == "gradient":
            vectors[key] = None
            continue
        if not isinstance(value, list) or len(value) != latent_dim:
            raise ValueError(f"{key} of {place} is no list of {latent_dim} numbers")
        vectors[key] = np.array([_number(item, f"{key} of {place}") for item in value])
    attribute = entry.get("attribute")
    return Direction(entry["name"], entry["kind"], attribute=attribute, **vectors, **numbers)


def _number(value: object, place: str) -> float:
    # bool is an int to Python; an int may be too large for a float.
    if type(value) not in (int, float) or abs(value) > 1e100:
        raise ValueError(f"{place} holds {value!r:.40} where a number was expected")
    return float(value)


def _finite(text: str) -> float:
    """Read a JSON number; Python's reader would let NaN and 1e400 pass."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"it holds {text:.40}, which is not a finite number")
    return number


def _fingerprint(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9a-f]{64}", value):
        raise ValueError(f"the SHA-256 of its weights is {value!r:.40}, not 64 hexadecimal digits")
    return value


def _distinct(names: Sequence[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"two directions have the name {name!r:.40}")
        seen.add(name)
