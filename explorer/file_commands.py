"""The commands on files: weights, sessions, exports, and the dialogs that ask which."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from explorer import dialogs, export, session, theme
from explorer.shelf_store import merged
from explorer.shipped import known_as, shipped_models

if TYPE_CHECKING:
    from explorer.window import MainWindow

WEIGHTS_FILES = [("Decoder weights", "*.pt"), ("All files", "*")]
SESSION_FILES = [("Session", "*.json")]
PNG_FILES = [("PNG picture", "*.png")]


class FileCommands:
    """What the File menu does. export_dialog: the one that was opened last."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._folder: Path | None = None  # where the last file was opened or saved
        self.export_dialog: dialogs.ExportDialog | None = None

    def ask_weights(self) -> None:
        """Ask for a weights file and open it."""
        path = self.ask_open_path("Open weights", WEIGHTS_FILES)
        if path is not None:
            self._window.open_weights(path)

    def ask_save_path(self, title: str, types: list[tuple[str, str]], initial: str) -> Path | None:
        """Ask where to save; None if cancelled."""
        path = theme.ask_save_path(self._window.root, title, types, initial, self._folder)
        self._folder = self._folder if path is None else path.parent
        return path

    def ask_open_path(self, title: str, types: list[tuple[str, str]]) -> Path | None:
        """Ask which file to open; None if cancelled."""
        path = theme.ask_open_path(self._window.root, title, types, self._folder)
        self._folder = self._folder if path is None else path.parent
        return path

    def ask_save_session(self) -> None:
        """Ask for a file and save the session."""
        if self._window.model is None:
            return
        path = self.ask_save_path("Save the session", SESSION_FILES, "session.json")
        if path is not None:
            self.save_session(path)

    def save_session(self, path: Path) -> None:
        """Save the point, locks, bookmarks and the settings of the pages."""
        current = session.Session(
            z=self._window.state.z,
            locks=self._window.state.locks,
            bookmarks=self._window.state.bookmarks,
            pages={name: page.settings() for name, page in self._window.pages.items()},
            weights_sha256=self._window.model.bundle.sha256,
            weights_name=known_as(self._window.model.bundle.path),
        )
        try:
            session.save_session(current, path)
        except (session.SessionError, OSError) as error:
            self._window.report("The session was not saved", f"{path}: {error}")
        else:
            self._window.notify(f"Saved {path}")

    def ask_open_session(self) -> None:
        """Ask for a session file and open it."""
        if self._window.model is None:
            return
        path = self.ask_open_path("Open a session", SESSION_FILES)
        if path is not None:
            self.open_session(path)

    def open_session(self, path: Path) -> None:
        """Open a session file; a damaged one changes nothing."""
        try:
            opened = session.load_session(path)
        except session.SessionError as error:
            self._window.report("The session was not opened", str(error))
        else:
            self.restore_session(opened)

    def restore_session(self, opened: session.Session) -> None:
        """Take over a session; one of other weights only if the person agrees."""
        if len(opened.z) != self._window.state.latent_dim:
            theirs = f"{len(opened.z)} latent dimension{'' if len(opened.z) == 1 else 's'}"
            is_shipped = opened.weights_name in {model.name for model in shipped_models()}
            self._window.report(
                "The session was not opened",
                f"It was made with {opened.weights_name}, which has {theirs}; "
                f"{known_as(self._window.model.bundle.path)} has {self._window.state.latent_dim}. "
                f"Open {opened.weights_name} first "
                f"(File ▸ {'Models' if is_shipped else 'Open weights…'}).",
            )
            return
        if opened.weights_sha256 != self._window.model.bundle.sha256 and not theme.ask_choice(
            self._window.root,
            "Other weights",
            f"This session was made with other weights: {opened.weights_name}. "
            "Its points mean other images here. Open it all the same?",
            "Open it",
        ):
            return
        self._window.glide.stop()
        try:
            # What is on the shelf stays there: it is nobody's but the person's.
            bookmarks = merged(opened.bookmarks, self._window.state.bookmarks)
            self._window.state.restore(opened.z, opened.locks, bookmarks)
        except ValueError as error:
            self._window.report("The session was not opened", str(error))
            return
        for name, page in self._window.pages.items():
            page.apply_settings(opened.pages.get(name, {}))
        self._window.notify("Opened the session.")

    def ask_export(self) -> None:
        """Ask for a size and a file and save the shown digit."""
        if self._window.model is None:
            return
        self.export_dialog = dialogs.ExportDialog(
            self._window.root,
            self._window.theme,
            self._window.model.decoder.image_shape,
            self._window.digit.smooth,
            on_save=self._ask_export_path,
        )

    def _ask_export_path(self, scale: int, smooth: bool) -> None:
        path = self.ask_save_path("Export the image", PNG_FILES, "image.png")
        if path is not None:
            self.export_digit(path, scale, smooth)

    def export_digit(self, path: Path, scale: int, smooth: bool) -> None:
        """Save the shown digit as PNG, `scale` pixels for one."""
        pixels = self._window.model.decoder.decode_uint8(np.asarray(self._window.state.z))
        self._window.jobs.run(
            "export digit",
            f"Exporting {path.name}",
            lambda job: export.export_digit(pixels, path, scale, smooth),
            done=lambda _: self._window.notify(f"Saved {path}"),
        )
