"""The background thread, for everything that takes longer than a frame.

A second thread waits for child processes, which take long and compute elsewhere, so that nothing
else has to wait for them. The threads never touch tkinter: they get a function of plain values and
give a value or an error back over a queue, which the window drains on Tk's thread.
"""

from __future__ import annotations

import gc
import itertools
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

# While there is work. A look costs some microseconds; with 15 ms, what follows a stroke on the Draw
# page came 7 ms later.
POLL_INTERVAL_MS = 5
CLOSE_TIMEOUT_S = 10.0  # importing torch can't be interrupted, and takes seconds on a cold disk


class Cancelled(Exception):
    """Raised inside a job that is no longer wanted."""


class Job:
    """What a running function is given: it reports progress and asks whether to go on."""

    def __init__(self, token: int, kind: str, outbox: queue.SimpleQueue) -> None:
        self.token = token
        self.kind = kind
        self._outbox = outbox
        self._cancelled = threading.Event()
        self.dropped = False

    @property
    def cancelled(self) -> bool:
        """Whether the function is to stop."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Ask the function to stop at its next look."""
        self._cancelled.set()

    def progress(self, fraction: float) -> None:
        """Report how much is done, 0 to 1. Raises Cancelled if the job is no longer wanted."""
        if self.cancelled:
            raise Cancelled
        self._outbox.put((self, "progress", fraction))


@dataclass(frozen=True)
class _Callbacks:
    done: Callable[[Any], None]
    failed: Callable[[Exception], None]
    progress: Callable[[float], None] | None
    cancelled: Callable[[], None] | None


class Worker:
    """Runs functions one after another on one thread; the newest of a kind wins.

    Those that are submitted as `apart` have a thread of their own, one after another as well.

    schedule: `after(milliseconds, function)` of the window; the callbacks run on its thread.
    """

    def __init__(self, schedule: Callable[[int, Callable[[], None]], Any]) -> None:
        self._schedule = schedule
        self._inboxes: dict[bool, queue.SimpleQueue] = {}  # of both threads, by `apart`
        self._threads: list[threading.Thread] = []
        self._outbox: queue.SimpleQueue = queue.SimpleQueue()
        self._tokens = itertools.count(1)
        self._jobs: dict[str, Job] = {}
        # Callbacks are bound to widgets. They stay on this side: a widget that is garbage-collected
        # on another thread aborts the process.
        self._callbacks: dict[int, _Callbacks] = {}
        self._unfinished = 0
        self._closed = False
        self._polling = False
        self._begin(False)

    @property
    def busy(self) -> bool:
        """Whether a job is waiting or running, or its result is not yet delivered."""
        return self._unfinished > 0

    def submit(
        self,
        kind: str,
        function: Callable[[Job], Any],
        done: Callable[[Any], None],
        failed: Callable[[Exception], None],
        progress: Callable[[float], None] | None = None,
        cancelled: Callable[[], None] | None = None,
        apart: bool = False,
    ) -> None:
        """Run `function(job)` in the background; an earlier job of the same kind is dropped.

        apart: it computes nothing here, it waits for a child process (`explorer.apart`).

        Exactly one of done(result), failed(error) and cancelled() follows on Tk's thread, unless
        the worker is closed first.
        """
        if self._closed:
            return
        self.cancel(kind)
        job = Job(next(self._tokens), kind, self._outbox)
        self._jobs[kind] = job
        self._callbacks[job.token] = _Callbacks(done, failed, progress, cancelled)
        if self._unfinished == 0:
            # The collector runs on whichever thread allocates, also on the worker's, where it must
            # not meet a dead widget; reference counting goes on meanwhile.
            gc.disable()
        self._unfinished += 1
        if apart not in self._inboxes:
            self._begin(apart)
        self._inboxes[apart].put((job, function))
        if not self._polling:
            self._polling = True
            self._schedule(POLL_INTERVAL_MS, self._poll)

    def cancel(self, kind: str) -> None:
        """Drop the job of this kind, if there is one: whatever it still gives is not delivered."""
        job = self._jobs.pop(kind, None)
        if job is not None:
            job.dropped = True
            job.cancel()

    def stop(self, kind: str) -> None:
        """Ask the job of this kind to stop; if it is too late for that, its result is delivered."""
        job = self._jobs.get(kind)
        if job is not None:
            job.cancel()

    def close(self) -> None:
        """Cancel everything and wait for the threads; no callback comes afterwards."""
        self._closed = True
        for kind in tuple(self._jobs):
            self.cancel(kind)
        self._callbacks.clear()
        for inbox in self._inboxes.values():
            inbox.put(None)
        for thread in self._threads:
            thread.join(CLOSE_TIMEOUT_S)
        gc.enable()

    def _begin(self, apart: bool) -> None:
        """Start one of the threads."""
        inbox = self._inboxes[apart] = queue.SimpleQueue()
        name = "worker apart" if apart else "worker"
        thread = threading.Thread(target=_run, args=(inbox, self._outbox), name=name, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _poll(self) -> None:
        self._polling = False
        try:
            while not self._closed:
                try:
                    job, what, value = self._outbox.get_nowait()
                except queue.Empty:
                    break
                self._deliver(job, what, value)
        finally:  # a callback that fails must not keep the results after it from being delivered
            if self.busy and not self._closed and not self._polling:
                self._polling = True
                self._schedule(POLL_INTERVAL_MS, self._poll)

    def _deliver(self, job: Job, what: str, value: Any) -> None:
        if what == "progress":
            callbacks = self._callbacks[job.token]
            if callbacks.progress is not None and not job.cancelled:
                callbacks.progress(value)
            return
        callbacks = self._callbacks.pop(job.token)
        self._unfinished -= 1
        if self._unfinished == 0:
            gc.enable()
        if self._jobs.get(job.kind) is job:
            del self._jobs[job.kind]
        if job.dropped or what == "cancelled" or (what == "failed" and job.cancelled):
            if callbacks.cancelled is not None:
                callbacks.cancelled()
        elif what == "failed":
            callbacks.failed(value)
        else:
            callbacks.done(value)


def _run(inbox: queue.SimpleQueue, outbox: queue.SimpleQueue) -> None:
    while (item := inbox.get()) is not None:
        job, function = item
        try:
            if job.cancelled:
                raise Cancelled
            outcome = ("done", function(job))
        except Cancelled:
            outcome = ("cancelled", None)
        # Every error of a job is a value for the window to show; nothing may end the thread.
        except Exception as error:
            outcome = ("failed", error)
        outbox.put((job, *outcome))
        # Else the last function, and what its closure holds, would live until the next job.
        del item, job, function, outcome
