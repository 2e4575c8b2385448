"""Background jobs as the person sees them: a progress bar, a cancel button, and the outcome."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from typing import Any

from explorer.widgets.status_bar import StatusBar
from explorer.worker import Job, Worker

QUIET_MS = 300  # a job that nobody asked for shows itself only when the wait is noticed


class Jobs:
    """Runs jobs in the worker; one at a time has the status bar.

    report(title, message): tells of a job that has failed.
    """

    def __init__(
        self,
        root: tk.Tk,
        worker: Worker,
        status: StatusBar,
        report: Callable[[str, str], None],
    ) -> None:
        self._root = root
        self._worker = worker
        self._status = status
        self._report = report
        self._shown: object | None = None
        # What the status bar would show, by the token of each job: how to begin with it.
        self._visible: dict[object, Callable[[], None]] = {}
        self._loud: set[str] = set()

    def run(
        self,
        kind: str,
        label: str,
        function: Callable[[Job], Any],
        done: Callable[[Any], None],
        *,
        failed: Callable[[Exception], None] | None = None,
        otherwise: Callable[[], None] = lambda: None,
        quiet: bool = False,
        apart: bool = False,
    ) -> None:
        """Run a job; `explorer.context.RunJob` tells what the arguments mean.

        otherwise: called, too, when there is no result, as the job failed or was cancelled.
        """
        if kind in self._loud:
            self._status.notify("One is running already: wait for it, or cancel it.", True)
            return
        token = object()
        timer: str | None = None
        stopped = False  # by the person; else a newer job has taken its place

        def stop() -> None:
            nonlocal stopped
            stopped = True
            self._worker.stop(kind)

        def begin() -> None:
            self._shown = token
            self._status.start_job(label, stop, quiet)

        def show() -> None:
            self._visible[token] = begin
            if not quiet or self._shown is None:
                begin()

        def progress(fraction: float) -> None:
            if self._shown is token:
                self._status.set_progress(fraction)

        def end() -> None:
            self._loud.discard(kind)
            if timer is not None:
                self._root.after_cancel(timer)
            self._visible.pop(token, None)
            if self._shown is token:
                self._shown = None
                self._status.end_job()
                if self._visible:  # one that went on behind it, in its process
                    list(self._visible.values())[-1]()

        def finished(result: Any) -> None:
            end()
            done(result)

        def has_failed(error: Exception) -> None:
            end()
            if failed is not None:
                failed(error)
            elif quiet:
                self._status.notify(f"{label} failed: {error}", True)
            else:
                self._report(f"{label} failed", str(error))
            otherwise()

        def cancelled() -> None:
            end()
            if stopped:
                self._status.notify(f"{label}: cancelled")
            otherwise()

        if quiet:
            timer = self._root.after(QUIET_MS, show)
        else:
            self._loud.add(kind)
        self._worker.submit(kind, function, finished, has_failed, progress, cancelled, apart)
        if not quiet:
            show()
