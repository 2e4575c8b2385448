"""Which weights are open, or can be: the shipped ones, those opened before; and their reloading.

The list of those opened before is the person's and is kept from one start to the next.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from explorer.preferences import (
    MAX_RECENT,
    Preferences,
    change_preferences,
    load_preferences,
    preferences_path,
)
from explorer.shipped import is_shipped, known_as
from explorer.worker import Worker

JOB = "preferences"


class WeightsFiles:
    """The list and the switch; saved in the background after every change.

    open_(path): opens weights. ask(): asks which, and opens them. notify(message, is_error).
    """

    def __init__(
        self,
        worker: Worker,
        *,
        open_: Callable[[Path], None],
        ask: Callable[[], None],
        notify: Callable[[str, bool], None],
    ) -> None:
        self._worker = worker
        self._open = open_
        self._notify = notify
        self._subscribers: list[Callable[[], None]] = []
        self._saved = True
        self._current: Path | None = None
        kept = load_preferences()
        self._recent = tuple(map(Path, kept.recent))
        self._reload = kept.reload
        self.ask = ask

    @property
    def current(self) -> Path | None:
        """The file of the weights that are open, from the root; None before any are."""
        return self._current

    @property
    def recent(self) -> tuple[Path, ...]:
        """What was opened before, the last one first; no shipped weights are among them."""
        return self._recent

    @property
    def reload(self) -> bool:
        """Whether weights are opened anew when their file changes."""
        return self._reload

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback()` after every change; the returned function ends that."""
        self._subscribers.append(callback)

        def unsubscribe() -> None:
            with contextlib.suppress(ValueError):
                self._subscribers.remove(callback)

        return unsubscribe

    def opened(self, path: Path) -> None:
        """Note that weights have been opened."""
        path = self._current = absolute(path)
        if not is_shipped(path):
            others = [other for other in self._recent if other != path]
            self._change(recent=(path, *others)[:MAX_RECENT])

    def open_recent(self, path: Path) -> None:
        """Open weights of the list; if they are gone it is told, and the list is shorter."""
        if os.path.exists(path):  # Path.exists raises for a name that is too long
            self._open(path)
            return
        self._change(recent=tuple(other for other in self._recent if other != path))
        self._notify(f"{path} is not there any more, and is off the list.", True)

    def open_shipped(self, path: Path) -> None:
        """Open a model that comes with the program, unless it is open."""
        if path == self._current:
            self._notify(f"{known_as(path)} is open already.", False)
        else:
            self._open(path)

    def clear(self) -> None:
        """Forget what was opened."""
        self._change(recent=())

    def set_reload(self, reload: bool) -> None:
        """Open weights anew when their file changes, or leave them."""
        self._change(reload=reload)

    def flush(self) -> None:
        """Save at once what is not yet saved; nothing in it is worth keeping a window open for."""
        if not self._saved:
            with contextlib.suppress(OSError):
                self._save()

    def _change(self, *, recent: tuple[Path, ...] | None = None, reload: bool | None = None):
        before = self._recent, self._reload
        self._recent = self._recent if recent is None else recent
        self._reload = self._reload if reload is None else reload
        if (self._recent, self._reload) == before:
            return
        for callback in tuple(self._subscribers):
            callback()
        self._saved = False
        save = _saving(self._recent, self._reload)  # the worker must hold no widget

        def saved(_: None) -> None:
            self._saved = True

        def failed(error: Exception) -> None:
            reason = getattr(error, "strerror", None) or error  # else with a temporary file's name
            path = preferences_path()
            self._notify(
                f"Not remembered at the next start: {path} can't be written: {reason}.", True
            )

        self._worker.submit(JOB, lambda job: save(), saved, failed)

    def _save(self) -> None:
        _saving(self._recent, self._reload)()


def _saving(recent: tuple[Path, ...], reload: bool) -> Callable[[], None]:
    def changed(preferences: Preferences) -> Preferences:
        return replace(preferences, recent=tuple(map(str, recent)), reload=reload)

    return lambda: change_preferences(changed)


def absolute(path: Path) -> Path:
    """The path from the root; links in it stay, they may be the names that a person knows."""
    return Path(os.path.abspath(path))


def labels(paths: Sequence[Path]) -> list[str]:
    """What files are called in a menu: their names, and as much of the way there as tells them
    apart.
    """
    texts = []
    for path in paths:
        parts = path.parts
        others = [other.parts for other in paths if other != path and other.name == path.name]
        count = 1
        while any(other[-count:] == parts[-count:] for other in others) and count < len(parts):
            count += 1
        folders = Path(*parts[-count:]).parent if count > 1 else path.parent.name
        texts.append(f"{path.name}  ({folders})" if str(folders) else path.name)
    return texts
