"""Bookmarks as the program's files hold them: those of sessions and of the shelf."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from explorer.state import Bookmark
from vae.documents import dict_of, list_of, text_of, vector_of


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


def bookmarks_document(bookmarks: Sequence[Bookmark]) -> list[dict[str, Any]]:
    """What `bookmarks_of` reads."""
    return [{"name": mark.name, "z": list(mark.z)} for mark in bookmarks]
