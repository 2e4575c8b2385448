"""What the program remembers of the person from one start to the next."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from explorer.userdata import user_folder
from vae.documents import DocumentError, Kind, read_document, write_document

PREFERENCES = Kind("latent-space-explorer/preferences", 1, "file of preferences")


@dataclass(frozen=True)
class Preferences:
    """tour_seen: the tour was ended or skipped once; it comes again only when asked for."""

    tour_seen: bool = False


def preferences_path() -> Path:
    """The file, which need not exist yet."""
    return user_folder() / "preferences.json"


def load_preferences() -> Preferences:
    """Read the preferences; a file that is missing or can't be used means those of a first start.

    Nothing in it is worth a message: the next save replaces it.
    """
    try:
        return read_document(
            preferences_path(),
            PREFERENCES,
            lambda document: Preferences(tour_seen=document.get("tour_seen") is True),
        )
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
