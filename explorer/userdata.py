"""Where the program keeps what belongs to the person and not to a file of theirs."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

FOLDER_VARIABLE = "LATENT_SPACE_EXPLORER_DATA"  # names another folder, for example of a test


def user_folder() -> Path:
    """The per-user data folder, which need not exist yet; `FOLDER_VARIABLE` overrides it."""
    named = os.environ.get(FOLDER_VARIABLE)
    if named:
        return Path(named)
    return platformdirs.user_data_path("latent-space-explorer", appauthor=False)
