"""The second model of the Compare page: opened, closed and swapped beside the window's own."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer import theme
from explorer.asking import Asking
from explorer.context import Context
from explorer.model import LoadedModel, learn_statistics, open_model, survey
from explorer.shipped import is_shipped, known_as
from vae.documents import is_text
from vae.files import sha256_of

if TYPE_CHECKING:
    from vae.statistics import EncodedImages

OPEN, ENCODE, SWAP = "second model", "second model's statistics", "swap models"  # kinds of jobs
WEIGHTS_FILES = [("Decoder weights", "*.pt"), ("All files", "*")]


class SecondModel:
    """A decoder beside the window's own, the first. It stays when the window opens other weights.

    The page that owns it tells it of the first model with `set_first`, whenever there is another
    one and when its real digits are encoded; `swap` needs it. Views read `model` and subscribe.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._jobs = Asking(context)
        self._model: LoadedModel | None = None
        self._first: LoadedModel | None = None
        self._former: LoadedModel | None = None  # the first, while the window opens the second
        self._subscribers: list[Callable[[], None]] = []

    @property
    def model(self) -> LoadedModel | None:
        """The second model, surveyed as the window's own is; None if none is open."""
        return self._model

    @property
    def first(self) -> LoadedModel | None:
        """The window's own model, as the page has told it."""
        return self._first

    @property
    def encoded(self) -> EncodedImages | None:
        """The real digits as its encoder sees them; None before they are, or without one."""
        return None if self._model is None else self._model.encoded

    @property
    def path(self) -> Path | None:
        """The file of the second model."""
        return None if self._model is None else self._model.bundle.path

    @property
    def busy(self) -> bool:
        """Whether it is being opened or encoded."""
        return self._jobs.busy

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback()` when there is another second model, or its digits are encoded.

        The returned function ends that.
        """
        self._subscribers.append(callback)

        def unsubscribe() -> None:
            with contextlib.suppress(ValueError):
                self._subscribers.remove(callback)

        return unsubscribe

    def set_first(self, model: LoadedModel) -> None:
        """Take note of the window's own model; one that `swap` asked for ends the swap."""
        self._first = model
        if self._former is None:
            return
        if model.bundle.sha256 == self._model.bundle.sha256:
            former, self._former = self._former, None
            self._take(former)
        elif model.bundle is self._former.bundle:  # its digits are encoded now
            self._former = model
        else:
            self._former = None

    # ---- commands ------------------------------------------------------------------------------

    def ask(self) -> None:
        """Ask for a weights file and open it."""
        path = self._context.open_path("Open a second model", WEIGHTS_FILES)
        if path is not None:
            self.open(path)

    def open(self, path: Path, *, quiet: bool = False) -> None:
        """Open a second model; the former one stays until, and unless, the new one is sound.

        quiet: tell of a problem in the status bar alone, not in a dialog.
        """

        def failed(error: Exception) -> None:
            self._context.notify(f"Second model not opened: {error}", True)
            if not quiet:
                theme.show_error(
                    self._context.root, "These weights can't be compared with", str(error)
                )

        self._former = None
        self._jobs.drop(SWAP)
        self._jobs.ask(
            OPEN,
            f"Opening {known_as(path)} beside the first",
            lambda job: survey(open_model(path), job.progress),
            self._take,
            failed=failed,
        )

    def close(self) -> None:
        """Have no second model."""
        self._jobs.drop()
        self._former = None
        if self._model is not None:
            self._model = None
            self._tell()

    def swap(self) -> None:
        """Make the second model the window's own, and the window's former one the second."""
        if self._model is None or self._first is None or self.busy:
            return
        path, sha256 = self._model.bundle.path, self._model.bundle.sha256
        if sha256 == self._first.bundle.sha256:
            self._context.notify("Both are the same weights.", False)
            return

        def refuse(error: object = None) -> None:
            self._context.notify(f"{path} has changed. Open it again, then swap.", True)

        def go_on(unchanged: bool) -> None:
            if not unchanged:
                refuse()
                return
            self._former = self._first
            self._context.open_weights(path)

        # Looked at first, so that the window does not fail to open it when half of this is done.
        self._jobs.ask(
            SWAP,
            "Swapping the models",
            lambda job: sha256_of(path) == sha256,
            go_on,
            failed=refuse,
        )

    def settings(self) -> dict[str, Any]:
        """What a session file keeps: the path."""
        return {"path": None if self.path is None else str(self.path.absolute())}

    def apply_settings(self, settings: Mapping[str, Any]) -> None:
        """Open what a session file names; a file that is gone is told of in the status bar."""
        kept = settings.get("path", "")
        if kept is None:
            self.close()
        elif is_text(kept) and kept and (self.path is None or Path(kept) != self.path.absolute()):
            self.open(Path(kept), quiet=True)

    # ---- what arrives --------------------------------------------------------------------------

    def _take(self, model: LoadedModel) -> None:
        self._model = model
        self._tell()
        if self._model is model and model.encoded is None:
            self._encode(model)

    def _encode(self, model: LoadedModel) -> None:
        def learned(known: LoadedModel) -> None:
            if self._model is model and known.encoded is not None:
                self._model = known
                self._tell()

        self._jobs.ask(
            ENCODE,
            f"Encoding real images with {model.bundle.path.name}",
            lambda job: learn_statistics(model, job.progress),
            learned,
        )

    def _tell(self) -> None:
        for callback in tuple(self._subscribers):
            callback()


def short_names(first: Path, second: Path) -> tuple[str, str]:
    """What two files are called, as short as tells them apart: their names, else their folders'.

    A model that comes with the program has its own name.
    """
    files = first.absolute(), second.absolute()
    names = first.name, second.name
    for parts in zip_longest(*(path.parts[::-1] for path in files), fillvalue="/"):
        if parts[0] != parts[1]:
            names = parts
            break
    shipped = (known_as(path) if is_shipped(path) else None for path in files)
    a, b = (own or name for own, name in zip(shipped, names, strict=True))
    return a, b
