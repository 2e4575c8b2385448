"""The person's own directions: changed here, kept across starts, shared in files.

A name is of one direction. Whoever gives a direction a name is asked when it is taken
(`NameTakenError`); those that come many at a time, from a file or from another window, are numbered
instead, "thicker (2)", as nobody wants to be asked twenty times, and nothing may be lost.
"""

from __future__ import annotations

import itertools
import json
import re
import threading
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from explorer.kept_files import Keeping, KeptError, KeptFile
from vae.direction_files import (
    DIRECTIONS,
    directions_document,
    directions_of,
    load_directions,
    save_directions,
)
from vae.directions import MAX_NAME, Direction
from vae.documents import DocumentError


class NameTakenError(ValueError):
    """A direction of this name is there already; to `put` it replaces that one."""


def joined(first: Sequence[Direction], second: Sequence[Direction]) -> tuple[Direction, ...]:
    """The first list, then what of the second it has not, under names that are free.

    A direction that is there already under its name, with whatever number, is not taken again: to
    import a file twice changes nothing.
    """
    directions = list(first)
    taken = {direction.name for direction in first}
    known = {(_unnumbered(direction.name), _content(direction)) for direction in first}
    for direction in second:
        fact = (_unnumbered(direction.name), _content(direction))
        if fact not in known:
            known.add(fact)
            name = free_name(direction.name, taken)
            taken.add(name)
            directions.append(replace(direction, name=name))
    return tuple(directions)


def free_name(name: str, taken: Collection[str]) -> str:
    """The name, with another number behind it where it is taken."""
    if name not in taken:
        return name
    stem = _unnumbered(name)
    endings = (f" ({number})" for number in itertools.count(2))
    names = (stem[: MAX_NAME - len(ending)] + ending for ending in endings)
    return next(free for free in names if free not in taken)


def _unnumbered(name: str) -> str:
    return re.sub(r"(?<=.) \(\d+\)$", "", name)


def _content(direction: Direction) -> str:
    """All of it but its name."""
    (entry,) = directions_document([direction])
    del entry["name"]
    return json.dumps(entry)


def _identity(direction: Direction) -> Hashable:
    return direction.name, _content(direction)


OWN_DIRECTIONS = Keeping(
    kind=replace(DIRECTIONS, word="list of your directions"),
    folder="directions",
    things="directions",
    read=directions_of,
    written=directions_document,
    identity=_identity,
    joined=joined,
)


@dataclass(frozen=True)
class _Open:
    """What is open. number: of changes so far.

    file: None where something stands in its way that must not be written over.
    """

    sha256: str
    latent_dim: int
    file: KeptFile[Direction] | None
    directions: tuple[Direction, ...] = ()
    number: int = 0


class DirectionStore:
    """A list of named directions, in the order of their making.

    A change is made in memory, at once; `save` writes the list as it is then, and writes nothing
    where nothing has changed. So the window changes the list on Tk's thread and lets the worker
    save, as a disk may take long, and of two saves that are waiting the newer one is enough. Every
    method may be called on any thread.

    Before weights are open the list is empty, and nothing can be added.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: _Open | None = None
        self._saved = 0

    @property
    def directions(self) -> tuple[Direction, ...]:
        """The directions of the open weights."""
        return () if self._open is None else self._open.directions

    @property
    def unsaved(self) -> bool:
        """Whether `save` has something to write."""
        now = self._open
        return now is not None and now.file is not None and now.number > self._saved

    def open(self, sha256: str, latent_dim: int) -> tuple[Direction, ...]:
        """Change to the list of these weights and return it. sha256: of the decoder's file.

        What of the former weights was not saved is saved first.

        Raises:
            KeptError: that failed, or the file of these weights can't be used; the text says what
                became of it. The weights are open all the same, with an empty list in that case.
        """
        problems = []
        try:
            self.save()
        except KeptError as error:
            problems.append(str(error))
        file: KeptFile[Direction] | None = KeptFile(OWN_DIRECTIONS, sha256, latent_dim)
        directions: tuple[Direction, ...] = ()
        try:
            directions = file.read()
        except KeptError as error:
            problems.append(str(error))
            if error.in_the_way:
                file = None
        with self._lock:
            self._open = _Open(sha256, latent_dim, file, directions)
            self._saved = 0
        if problems:
            raise KeptError("\n\n".join(problems), in_the_way=file is None)
        return directions

    def add(self, direction: Direction) -> None:
        """Put a direction at the end. Raises NameTakenError."""
        with self._lock:
            now = self._now()
            if any(other.name == direction.name for other in now.directions):
                raise NameTakenError(
                    f"There is a direction called “{direction.name}” already. Choose another name, "
                    "or replace it."
                )
            self._change(now, (*now.directions, direction))

    def put(self, direction: Direction) -> None:
        """Put a direction in the place of the one with its name, or at the end."""
        with self._lock:
            now = self._now()
            names = [other.name for other in now.directions]
            place = names.index(direction.name) if direction.name in names else len(names)
            self._change(now, (*now.directions[:place], direction, *now.directions[place + 1 :]))

    def rename(self, name: str, new_name: str) -> None:
        """Call a direction something else.

        Raises:
            NameTakenError: another one is called so.
            ValueError: the new name is none; see `Direction`.
            KeyError: there is none of the old name.
        """
        with self._lock:
            now = self._now()
            place = self._place(now, name)
            if new_name != name and any(other.name == new_name for other in now.directions):
                raise NameTakenError(f"There is a direction called “{new_name}” already.")
            changed = list(now.directions)
            changed[place] = replace(changed[place], name=new_name)
            self._change(now, tuple(changed))

    def remove(self, name: str) -> None:
        """Take a direction off the list. Raises KeyError if there is none of that name."""
        with self._lock:
            now = self._now()
            place = self._place(now, name)
            self._change(now, (*now.directions[:place], *now.directions[place + 1 :]))

    def save(self) -> None:
        """Keep the list as it is, in the person's own folder; a few milliseconds.

        Raises:
            KeptError: it can't be written; the list stays in memory, to be saved later.
        """
        now = self._open
        if now is None or now.file is None or now.number <= self._saved:
            return
        now.file.write(now.number, now.directions)
        with self._lock:
            if self._open is not None and self._open.file is now.file:
                self._saved = max(self._saved, now.number)

    def import_from(self, path: Path) -> tuple[Direction, ...]:
        """Add the directions of a file, and return the new ones under the names they have now.

        Raises:
            KeptError: the file can't be used, or belongs to other weights; the text says which.
        """
        now = self._now()
        try:
            loaded = load_directions(path, now.sha256, now.latent_dim)
        except DocumentError as error:
            raise KeptError(str(error)) from error
        with self._lock:
            if self._now().sha256 != now.sha256:
                raise KeptError("Other weights were opened meanwhile, so nothing was imported.")
            before = self._now().directions
            together = joined(before, loaded)
            self._change(self._now(), together)
        return together[len(before) :]

    def export_to(self, path: Path, directions: Sequence[Direction] | None = None) -> None:
        """Write directions of the open weights to a file that `import_from` reads.

        directions: with names of their own; all of the list if None.

        Raises:
            KeptError: the file can't be written; an earlier one is left as it was.
        """
        now = self._now()
        try:
            save_directions(path, now.directions if directions is None else directions, now.sha256)
        except OSError as error:
            raise KeptError(f"{path} cannot be written: {error.strerror or error}.") from error

    def _now(self) -> _Open:
        if self._open is None:
            raise KeptError("Directions are kept for a model: open weights first.")
        return self._open

    def _place(self, now: _Open, name: str) -> int:
        for place, direction in enumerate(now.directions):
            if direction.name == name:
                return place
        raise KeyError(name)

    def _change(self, now: _Open, directions: tuple[Direction, ...]) -> None:
        """Take over a changed list; the lock is held."""
        wrong = [d.name for d in directions if len(d.vector) != now.latent_dim]
        if wrong:
            raise ValueError(
                f"“{wrong[0]}” is not of the open weights, which have {now.latent_dim} dimensions"
            )
        if directions != now.directions:
            self._open = replace(now, directions=directions, number=now.number + 1)
