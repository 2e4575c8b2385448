"""What the program remembers of the person from one start to the next."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from explorer.userdata import user_folder
from vae.documents import DocumentError, Kind, is_text, read_document, write_document

PREFERENCES = Kind("latent-space-explorer/preferences", 1, "file of preferences")
MAX_RECENT = 10
MAX_PATH_LENGTH = 4096  # characters; longer ones are no files of anybody's

_changing = threading.Lock()  # Tk's thread and the worker's both change the file


@dataclass(frozen=True)
class Preferences:
    """tour_seen: the tour was ended or skipped once; it comes again only when asked for.

    recent: weights that were opened, absolute paths, the last one first, MAX_RECENT at most.
    reload: whether weights are opened anew when their file changes.
    """

    tour_seen: bool = False
    recent: tuple[str, ...] = ()
    reload: bool = True


def preferences_path() -> Path:
    """The file, which need not exist yet."""
    return user_folder() / "preferences.json"


def load_preferences() -> Preferences:
    """Read the preferences; a file that is missing or can't be used means those of a first start.

    Nothing in it is worth a message: the next save replaces it.
    """
    try:
        return read_document(preferences_path(), PREFERENCES, _preferences_from)
    except DocumentError:
        return Preferences()


def save_preferences(preferences: Preferences) -> None:
    """Write the preferences; makes the folder.

    Raises:
        OSError: the folder can't be made or written to; an earlier file stays as it was.
    """
    path = preferences_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    write_document(path, PREFERENCES, asdict(preferences))


def change_preferences(change: Callable[[Preferences], Preferences]) -> None:
    """Save what `change` makes of the preferences in the file. Raises OSError."""
    with _changing:
        save_preferences(change(load_preferences()))


def _preferences_from(document: dict[str, Any]) -> Preferences:
    """Each value on its own: one that is none of ours is as if it were not there."""
    listed = document.get("recent")
    paths = [path for path in listed if _is_path(path)] if isinstance(listed, list) else []
    return Preferences(
        tour_seen=document.get("tour_seen") is True,
        recent=tuple(dict.fromkeys(paths))[:MAX_RECENT],
        reload=document.get("reload") is not False,
    )


def _is_path(value: object) -> bool:
    if not is_text(value) or not 0 < len(value) <= MAX_PATH_LENGTH or "\0" in value:
        return False
    return Path(value).is_absolute()
