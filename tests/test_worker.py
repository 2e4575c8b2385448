"""The background thread: results and errors come back as values, and stale ones do not."""

from __future__ import annotations

import gc
import threading
import tkinter as tk
import weakref
from collections.abc import Iterator

import pytest

from explorer.worker import Cancelled, Job, Worker


class Log:
    """Collects what a worker calls back, by the name of the job."""

    def __init__(self) -> None:
        self.events: list[tuple] = []

    def __call__(self, name: str) -> dict:
        """The callbacks of one job, for `submit`."""
        return {
            "done": lambda result: self.events.append((name, "done", result)),
            "failed": lambda error: self.events.append((name, "failed", error)),
            "progress": lambda fraction: self.events.append((name, "progress", fraction)),
            "cancelled": lambda: self.events.append((name, "cancelled")),
        }


class Gate:
    """A job's function that tells when it has begun and waits to be let through."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.opened = threading.Event()
        self.calls = 0

    def __call__(self, job: Job) -> str:
        self.calls += 1
        self.begun.set()
        assert self.opened.wait(20)
        return "through"


@pytest.fixture
def worker(root: tk.Tk) -> Iterator[Worker]:
    worker = Worker(root.after)
    yield worker
    worker.close()


@pytest.fixture
def log() -> Log:
    return Log()


def test_a_function_runs_on_another_thread_and_its_result_comes_back_on_tks(worker, pump):
    threads = []
    worker.submit(
        "a",
        lambda job: threading.get_ident(),
        done=lambda ident: threads.extend([ident, threading.get_ident()]),
        failed=pytest.fail,
    )
    assert worker.busy
    pump(lambda: threads)
    assert threads[0] != threads[1] == threading.get_ident()
    assert not worker.busy


def test_an_error_comes_back_as_a_value_and_the_thread_goes_on(worker, log, pump):
    error = RuntimeError("broken")

    def fail(job: Job) -> None:
        raise error

    worker.submit("a", fail, **log("a"))
    worker.submit("b", lambda job: 2, **log("b"))
    pump(lambda: not worker.busy)
    assert log.events == [("a", "failed", error), ("b", "done", 2)]


def test_the_newest_of_a_kind_wins_over_the_one_that_runs(worker, log, pump):
    gate = Gate()
    worker.submit("map", gate, **log("old"))
    assert gate.begun.wait(20)
    worker.submit("map", lambda job: "new", **log("new"))
    gate.opened.set()
    pump(lambda: not worker.busy)
    assert log.events == [("old", "cancelled"), ("new", "done", "new")]


def test_a_job_that_waits_is_not_even_begun_when_it_is_replaced(worker, log, pump):
    gate, waiting = Gate(), Gate()
    worker.submit("first", gate, **log("first"))
    worker.submit("map", waiting, **log("old"))
    worker.submit("map", lambda job: "new", **log("new"))
    gate.opened.set()
    pump(lambda: not worker.busy)
    assert waiting.calls == 0
    assert log.events == [
        ("first", "done", "through"),
        ("old", "cancelled"),
        ("new", "done", "new"),
    ]


def test_jobs_of_different_kinds_do_not_replace_each_other(worker, log, pump):
    for kind in "abc":
        worker.submit(kind, lambda job, kind=kind: kind, **log(kind))
    pump(lambda: not worker.busy)
    assert log.events == [(kind, "done", kind) for kind in "abc"]


def test_nobody_waits_for_a_job_that_waits_for_another_process(worker, log, pump):
    gate = Gate()
    worker.submit("measure", gate, **log("apart"), apart=True)
    assert gate.begun.wait(20)
    worker.submit("map", lambda job: "at once", **log("here"))
    pump(lambda: log.events)
    assert log.events == [("here", "done", "at once")]
    assert worker.busy
    gate.opened.set()
    pump(lambda: not worker.busy)
    assert log.events[1:] == [("apart", "done", "through")]


def test_jobs_apart_go_one_after_another(worker, log, pump):
    gate = Gate()
    worker.submit("first", gate, **log("first"), apart=True)
    worker.submit("second", lambda job: 2, **log("second"), apart=True)
    worker.submit("third", lambda job: 3, **log("third"))
    pump(lambda: log.events)
    gate.opened.set()
    pump(lambda: not worker.busy)
    assert log.events == [("third", "done", 3), ("first", "done", "through"), ("second", "done", 2)]


def test_progress_arrives_in_order_before_the_result(worker, log, pump):
    def work(job: Job) -> str:
        for step in range(3):
            job.progress(step / 2)
        return "finished"

    worker.submit("a", work, **log("a"))
    pump(lambda: not worker.busy)
    assert log.events == [
        ("a", "progress", 0.0),
        ("a", "progress", 0.5),
        ("a", "progress", 1.0),
        ("a", "done", "finished"),
    ]


def test_a_cancelled_job_stops_at_its_next_report(worker, log, pump):
    begun, stopped = threading.Event(), threading.Event()

    def work(job: Job) -> None:
        begun.set()
        try:
            while True:
                job.progress(0.5)
        except Cancelled:
            stopped.set()
            raise

    worker.submit("a", work, **log("a"))
    assert begun.wait(20)
    worker.cancel("a")
    pump(lambda: not worker.busy)
    assert stopped.is_set()
    assert log.events == [("a", "cancelled")]


def test_a_result_that_comes_too_late_is_dropped(worker, log, pump):
    gate = Gate()
    worker.submit("a", gate, **log("a"))
    assert gate.begun.wait(20)
    worker.cancel("a")
    gate.opened.set()
    pump(lambda: not worker.busy)
    assert log.events == [("a", "cancelled")]


def test_cancelling_what_is_not_there_is_harmless(worker):
    worker.cancel("nothing")
    assert not worker.busy


def test_closing_cancels_waits_and_calls_nobody(root, log):
    worker = Worker(root.after)
    begun, ended = threading.Event(), threading.Event()

    def work(job: Job) -> None:
        begun.set()
        while not job.cancelled:
            ended.wait(0.001)
        ended.set()

    worker.submit("a", work, **log("a"))
    waiting = Gate()
    worker.submit("b", waiting, **log("b"))
    assert begun.wait(20)
    worker.close()
    assert ended.is_set()
    assert waiting.calls == 0
    worker.submit("c", lambda job: 1, **log("c"))
    root.update()
    assert log.events == []
    assert gc.isenabled()


def test_a_callback_may_submit_the_next_job(worker, log, pump):
    def again(result: int) -> None:
        log.events.append(result)
        if result < 3:
            worker.submit("a", lambda job: result + 1, done=again, failed=pytest.fail)

    worker.submit("a", lambda job: 1, done=again, failed=pytest.fail)
    pump(lambda: not worker.busy)
    assert log.events == [1, 2, 3]


def test_a_callback_that_fails_does_not_hold_up_the_other_results(
    worker, log, pump, callback_errors, root
):
    def fail(result: object) -> None:
        raise RuntimeError("a mistake in a page")

    gate = Gate()
    worker.submit("a", gate, done=fail, failed=pytest.fail)
    worker.submit("b", lambda job: 2, **log("b"))
    worker.submit("c", lambda job: 3, **log("c"))
    gate.opened.set()
    while not callback_errors:
        root.update()
    assert "a mistake in a page" in callback_errors.pop()
    pump(lambda: not worker.busy)
    assert log.events == [("b", "done", 2), ("c", "done", 3)]


def test_the_collector_rests_while_the_thread_works(worker, log, pump):
    gate = Gate()
    worker.submit("a", gate, **log("a"))
    assert gate.begun.wait(20)
    assert not gc.isenabled()  # else it could meet a dead widget on the wrong thread
    gate.opened.set()
    pump(lambda: not worker.busy)
    assert gc.isenabled()


def test_nothing_of_a_finished_job_is_kept(worker, log, pump):
    class Payload:
        pass

    payload = Payload()
    alive = weakref.ref(payload)
    worker.submit("a", lambda job, payload=payload: None, **log("a"))
    del payload
    pump(lambda: not worker.busy)
    pump(lambda: alive() is None, what="the job's closure is released")
