"""Watches the file of the open weights, and opens it anew when it has become another one.

A training that runs in a terminal writes the weights and their record again and again. They are
taken over when both belong together; what is half written is looked at again a second later.
"""

from __future__ import annotations

import contextlib
import os
import tkinter as tk
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from explorer.context import RunJob
from explorer.model import LoadedModel, open_model, survey

POLL_MS = 1000
# Looks at a file and a record that do not belong together, after which the record is of other
# weights, and not still to be written.
PATIENCE = 5
JOB = "reload"

# Time of the last change, size and number of the weights and of their record; None is no file.
Stamp = tuple[tuple[int, int, int] | None, tuple[int, int, int] | None]


@dataclass(frozen=True)
class Finding:
    """What a look at the file has shown.

    model: other weights, sound; None where there are none. done: the file as it is now need not be
    looked at again. problem: why it can't be used, for the person.
    """

    model: LoadedModel | None = None
    done: bool = True
    problem: str = ""


class WeightsWatch:
    """Looks every POLL_MS, and reads in the worker what has changed.

    on_change(model): the file holds other weights now; asked again only after `watch`.
    notify(message, is_error): once for each trouble.
    """

    def __init__(
        self,
        widget: tk.Misc,
        run_job: RunJob,
        *,
        on_change: Callable[[LoadedModel], None],
        notify: Callable[[str, bool], None],
        cancel: Callable[[str], None],
    ) -> None:
        self._widget = widget
        self._run_job = run_job
        self._on_change = on_change
        self._notify = notify
        self._cancel = cancel
        self._enabled = True
        self._path: Path | None = None
        self._sha256 = ""
        self._seen: Stamp | None = None  # at the last look
        self._done: Stamp | None = None  # need not be looked at again
        self._looks = 0  # at what was seen last
        self._reading = False
        self._told = False
        self._timer: str | None = None

    @property
    def enabled(self) -> bool:
        """Whether the file is watched."""
        return self._enabled

    def watch(self, path: Path, sha256: str) -> None:
        """Watch the file of these weights from now on."""
        if path != self._path:
            self._told = False
        self._cancel(JOB)
        self._path, self._sha256 = path, sha256
        self._seen = self._done = None
        self._looks = 0
        self._schedule()

    def set_enabled(self, enabled: bool) -> None:
        """Watch, or leave the open weights as they are."""
        self._enabled = enabled
        self._seen = self._done = None
        if enabled:
            self._schedule()
        else:
            self.stop()

    def stop(self) -> None:
        """Look no more, for now or for ever."""
        self._cancel(JOB)
        if self._timer is not None:
            self._widget.after_cancel(self._timer)
            self._timer = None

    def check(self) -> None:
        """Look at the file now."""
        path = self._path
        if path is None or self._reading or not self._enabled:
            return
        stamp = stamp_of(path)
        if stamp == self._done:
            return
        if stamp[0] is None:
            self._done = stamp
            self._tell(f"{path.name} is gone. The model stays open as it was read.")
            return
        self._looks = self._looks + 1 if stamp == self._seen else 0
        self._seen = stamp
        self._reading = True
        known, looks = self._sha256, self._looks

        def found(finding: Finding) -> None:
            self._reading = False
            if (path, known) != (self._path, self._sha256):
                return
            if finding.done:
                self._done = stamp
            if finding.problem:
                self._tell(f"{path.name} has changed and can't be used: {finding.problem}")
            elif finding.done:
                self._told = False
            if finding.model is not None:
                self._on_change(finding.model)

        def nothing() -> None:
            self._reading = False

        self._run_job(
            JOB,
            f"Reading {path.name} again",
            lambda job: look(path, known, looks, job.progress),
            found,
            failed=lambda error: self._tell(f"{path.name} can't be read: {error}"),
            otherwise=nothing,
            quiet=True,
        )

    def _schedule(self) -> None:
        if self._timer is None and self._enabled:
            self._timer = self._widget.after(POLL_MS, self._poll)

    def _poll(self) -> None:
        self._timer = None
        self._schedule()
        self.check()

    def _tell(self, message: str) -> None:
        if not self._told:
            self._told = True
            self._notify(message, True)


def stamp_of(path: Path) -> Stamp:
    """What changes when the weights or their record are written."""
    return _stamp(path), _stamp(path.with_suffix(".json"))


def _stamp(path: Path) -> tuple[int, int, int] | None:
    with contextlib.suppress(OSError):
        found = os.stat(path)
        return found.st_mtime_ns, found.st_size, found.st_ino
    return None


def look(
    path: Path, known: str, looks: int, progress: Callable[[float], None] = lambda share: None
) -> Finding:
    """Read the file if it holds other weights than the known ones, and all of them.

    known: SHA-256 of the weights that are open. looks: how often the file was seen as it is now. A
    record that names the weights proves them complete; without one, or with one of other weights,
    they must stay as they are for some looks.
    """
    from vae.files import sha256_of
    from vae.weights import WeightsError, read_record

    try:
        sha256 = sha256_of(path)
    except OSError:
        return Finding(done=False)  # it has gone in between, and the next look tells
    if sha256 == known:
        return Finding()
    beside = path.with_suffix(".json")
    patient = looks < PATIENCE
    if beside.exists():
        try:
            agrees = sha256 in read_record(beside)["files"].values()
        except WeightsError:
            agrees = False
    else:
        agrees = looks > 0
    if not agrees and patient:
        return Finding(done=False)
    try:
        model = survey(open_model(path), progress)
    except WeightsError as error:
        return Finding(done=not patient, problem="" if patient else str(error))
    except OSError:
        return Finding(done=False)
    if patient and (model.bundle.sha256 != sha256 or _in_between(model)):
        return Finding(done=False)
    return Finding(model)


def _in_between(model: LoadedModel) -> bool:
    """Whether a companion is there that the record doesn't know: written before it, or after."""
    bundle = model.bundle
    if bundle.record is None:
        return False
    companions = {
        "assets/encoder_weights.pt": bundle.encoder,
        "assets/latent_density.npz": bundle.density,
    }
    return any(
        name in bundle.record["files"] and (bundle.path.parent / name).exists() and opened is None
        for name, opened in companions.items()
    )
