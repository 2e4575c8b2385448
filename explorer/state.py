"""The point that is being explored: its value, locks, history and bookmarks."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

HISTORY_LENGTH = 200  # entries; a bound, so that an hour of dragging does not grow the memory
MAX_NAME_LENGTH = 120  # characters of a bookmark's name
DECIMALS = 6  # finer than any visible change, coarse enough that a pasted vector compares equal


@dataclass(frozen=True)
class Bookmark:
    """A point worth coming back to.

    name: shown to the person, cut where nobody reads on; z: prior standard deviations.
    """

    name: str
    z: tuple[float, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.name[:MAX_NAME_LENGTH])


@dataclass(frozen=True)
class Snapshot:
    """Everything that undo restores."""

    z: tuple[float, ...]
    locks: frozenset[int]
    bookmarks: tuple[Bookmark, ...]


class ExplorerState:
    """The current point of the latent space, observed by every view.

    Views change it through its methods and are told through `subscribe`; a change that changes
    nothing tells nobody. Everything between `begin` and `end` (a drag, an animation) is one undo
    entry.
    """

    def __init__(self, latent_dim: int) -> None:
        self._now = Snapshot((0.0,) * latent_dim, frozenset(), ())
        self._undo: list[Snapshot] = []
        self._redo: list[Snapshot] = []
        self._gesture_start: Snapshot | None = None
        self._gesture = 0
        self._subscribers: list[Callable[[ExplorerState], None]] = []

    @property
    def latent_dim(self) -> int:
        """Number of latent dimensions."""
        return len(self._now.z)

    @property
    def z(self) -> tuple[float, ...]:
        """The current point, prior standard deviations."""
        return self._now.z

    @property
    def locks(self) -> frozenset[int]:
        """Indices of the dimensions that only their own slider may change."""
        return self._now.locks

    @property
    def bookmarks(self) -> tuple[Bookmark, ...]:
        """The bookmarked points, in the order of the shelf."""
        return self._now.bookmarks

    @property
    def can_undo(self) -> bool:
        """Whether there is something to take back."""
        return bool(self._undo) or self._gesture_changed()

    @property
    def can_redo(self) -> bool:
        """Whether something taken back can be done again."""
        return bool(self._redo)

    def subscribe(self, callback: Callable[[ExplorerState], None]) -> Callable[[], None]:
        """Call `callback(state)` after every change; the returned function ends that."""
        self._subscribers.append(callback)

        def unsubscribe() -> None:
            with contextlib.suppress(ValueError):
                self._subscribers.remove(callback)

        return unsubscribe

    def set_z(self, z: Iterable[float]) -> None:
        """Move to another point; locked dimensions stay where they are.

        Raises:
            ValueError: the wrong number of values, or one that is not finite.
        """
        values = self._checked(z)
        locked = self._now.locks
        if locked:
            values = tuple(
                old if index in locked else new
                for index, (old, new) in enumerate(zip(self._now.z, values, strict=True))
            )
        self._change(replace(self._now, z=values))

    def set_value(self, index: int, value: float) -> None:
        """Move along one dimension, by its own slider: a lock does not hold it back."""
        values = list(self._now.z)
        values[index] = value
        self._change(replace(self._now, z=self._checked(values)))

    def set_lock(self, index: int, locked: bool) -> None:
        """Lock or free one dimension."""
        if not 0 <= index < self.latent_dim:
            raise ValueError(f"there is no dimension {index + 1}; the model has {self.latent_dim}")
        locks = self._now.locks | {index} if locked else self._now.locks - {index}
        self._change_apart(replace(self._now, locks=locks))

    def set_bookmarks(self, bookmarks: Sequence[Bookmark]) -> None:
        """Replace the list of bookmarks (added, renamed, reordered or removed ones)."""
        for bookmark in bookmarks:
            self._checked(bookmark.z)
        self._change_apart(replace(self._now, bookmarks=tuple(bookmarks)))

    def add_bookmark(self, name: str) -> Bookmark:
        """Put the current point at the end of the list and return it."""
        bookmark = Bookmark(name, self._now.z)
        self.set_bookmarks((*self._now.bookmarks, bookmark))
        return bookmark

    def restore(
        self, z: Iterable[float], locks: Iterable[int], bookmarks: Sequence[Bookmark]
    ) -> None:
        """Take over a saved session as one undo entry.

        Raises:
            ValueError: something does not fit the number of latent dimensions; nothing changed.
        """
        checked = Snapshot(self._checked(z), frozenset(locks), tuple(bookmarks))
        if not all(0 <= index < self.latent_dim for index in checked.locks):
            raise ValueError(f"a locked dimension is outside 1 to {self.latent_dim}")
        for bookmark in checked.bookmarks:
            self._checked(bookmark.z)
        self._change(checked)

    @property
    def open_gesture(self) -> int | None:
        """The number of the open gesture, or None."""
        return None if self._gesture_start is None else self._gesture

    def begin(self) -> int:
        """Start a gesture and return its number. One that is still open ends here."""
        self.end()
        self._gesture_start = self._now
        self._gesture += 1
        return self._gesture

    def reopen(self) -> None:
        """Take the last undo entry back into a new gesture, which goes on from there."""
        self.begin()
        if self._undo:
            self._gesture_start = self._undo.pop()

    def end(self, gesture: int | None = None) -> None:
        """End a gesture: all that changed since `begin` becomes one undo entry.

        gesture: end only the one of this number, and leave a later one alone.
        """
        if gesture not in (None, self._gesture):
            return
        start, self._gesture_start = self._gesture_start, None
        if start is not None and start != self._now:
            self._remember(start)
            self._tell()

    def undo(self) -> bool:
        """Take back the last entry; False if there is none."""
        self.end()
        if not self._undo:
            return False
        self._redo.append(self._now)
        self._now = self._undo.pop()
        self._tell()
        return True

    def redo(self) -> bool:
        """Do again what was taken back; False if there is nothing."""
        self.end()
        if not self._redo:
            return False
        self._undo.append(self._now)
        self._now = self._redo.pop()
        self._tell()
        return True

    def reset_model(
        self, latent_dim: int, keep_point: bool = False, bookmarks: Sequence[Bookmark] = ()
    ) -> None:
        """Start anew for another model: its points mean something else, so the history goes.

        keep_point: stay at the same numbers, if the number of dimensions allows it.
        bookmarks: those that were kept for this model.
        """
        keep = keep_point and latent_dim == self.latent_dim
        fresh = Snapshot((0.0,) * latent_dim, frozenset(), ())
        self._now = replace(self._now if keep else fresh, bookmarks=tuple(bookmarks))
        self._undo.clear()
        self._redo.clear()
        self._gesture_start = None
        self._tell()

    def _checked(self, z: Iterable[float]) -> tuple[float, ...]:
        values = tuple(round(float(value), DECIMALS) + 0.0 for value in z)  # -0.0 becomes 0.0
        if len(values) != self.latent_dim:
            raise ValueError(
                f"got {len(values)} numbers, but this model has {self.latent_dim} dimensions"
            )
        if not all(math.isfinite(value) for value in values):
            raise ValueError("a latent value must be a finite number")
        return values

    def _change(self, new: Snapshot) -> None:
        if new == self._now:
            return
        if self._gesture_start is None:
            self._remember(self._now)
        self._now = new
        self._tell()

    def _change_apart(self, new: Snapshot) -> None:
        """A change that is an undo entry of its own, also in the middle of a gesture."""
        moving = self._gesture_start is not None
        self.end()
        self._change(new)
        if moving:
            self._gesture_start = self._now  # the same gesture goes on

    def _remember(self, snapshot: Snapshot) -> None:
        self._undo.append(snapshot)
        del self._undo[:-HISTORY_LENGTH]
        self._redo.clear()

    def _gesture_changed(self) -> bool:
        return self._gesture_start is not None and self._gesture_start != self._now

    def _tell(self) -> None:
        for callback in tuple(self._subscribers):
            callback(self)
