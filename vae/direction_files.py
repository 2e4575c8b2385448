"""Files of named directions, which belong to the weights that they were found in."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from vae.directions import Direction
from vae.documents import (
    Kind,
    dict_of,
    list_of,
    number_of,
    read_document,
    text_of,
    vector_of,
    write_document,
)

DIRECTIONS = Kind("latent-space-explorer/directions", 1, "file of directions")

TEXTS = ("name", "kind", "attribute")
VECTORS = ("vector", "gradient")
NUMBERS = ("r2", "r2_partial", "share", "length")
OPTIONAL = {field.name for field in fields(Direction) if field.default is None}


def save_directions(
    path: str | os.PathLike[str], directions: Sequence[Direction], sha256: str
) -> None:
    """Write directions with the fingerprint of their weights, atomically.

    sha256: of the decoder's file, 64 hexadecimal digits.

    Raises:
        ValueError: two have the same name, or the fingerprint is not one.
        OSError: the file can't be written; an earlier one is left as it was.
    """
    content = {"directions": directions_document(directions)}
    write_document(path, DIRECTIONS, content, sha256)


def load_directions(
    path: str | os.PathLike[str], sha256: str, latent_dim: int
) -> tuple[Direction, ...]:
    """Read what `save_directions` wrote, for the weights with this fingerprint.

    Raises:
        OtherWeightsError: the file belongs to other weights; the message names both fingerprints.
        NewerDocumentError: a newer version of the program wrote it.
        DocumentError: it can't be read, or is damaged.
    """
    return read_document(
        path,
        DIRECTIONS,
        lambda document: directions_of(document.get("directions"), latent_dim),
        sha256,
    )


def directions_document(directions: Sequence[Direction]) -> list[dict[str, Any]]:
    """What `directions_of` reads. Raises ValueError where two have the same name."""
    _distinct(directions)
    entries = []
    for direction in directions:
        entry = {name: getattr(direction, name) for name in (*TEXTS, *NUMBERS)}
        for name in VECTORS:
            vector = getattr(direction, name)
            entry[name] = None if vector is None else vector.tolist()
        entries.append(entry)
    return entries


def directions_of(value: object, latent_dim: int) -> tuple[Direction, ...]:
    """A list of directions of `latent_dim` numbers each.

    Raises:
        ValueError: it is none; the text names the place and the fault.
    """
    directions = tuple(
        _direction_of(entry, f"direction {number}", latent_dim)
        for number, entry in enumerate(list_of(value, "directions"), start=1)
    )
    _distinct(directions)
    return directions


def _direction_of(value: object, place: str, latent_dim: int) -> Direction:
    entry = dict_of(value, place)
    known: dict[str, Any] = {}
    for names, read in ((TEXTS, text_of), (VECTORS, vector_of), (NUMBERS, number_of)):
        for name in names:
            if name not in OPTIONAL or entry.get(name) is not None:
                known[name] = read(entry.get(name), f"the {name} of {place}")
    for name in VECTORS:
        if name in known:
            known[name] = np.array(known[name])
            if len(known[name]) != latent_dim:
                raise ValueError(
                    f"the {name} of {place} has {len(known[name])} numbers, but z has {latent_dim}"
                )
    return Direction(**known)


def _distinct(directions: Sequence[Direction]) -> None:
    seen: set[str] = set()
    for direction in directions:
        if direction.name in seen:
            raise ValueError(f"two directions have the name {direction.name!r:.40}")
        seen.add(direction.name)
