"""Work in a child process: its answer, its errors, and that it leaves nothing behind."""

from __future__ import annotations

import os
import queue
import sys
import threading
import time
from collections.abc import Callable

import numpy as np
import pytest

from explorer.apart import ApartError, run_apart
from explorer.worker import Cancelled, Job


class PickyError(Exception):
    """One that can be pickled, but not be read again."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(f"{first} and {second}")


def doubled(array: np.ndarray, *, progress: Callable[[float], None]) -> tuple[np.ndarray, int]:
    progress(0.5)
    print("a library says something")
    return 2 * array, os.getpid()


def refuse(text: str, *, progress: Callable[[float], None]) -> None:
    raise ValueError(text)


def refuse_oddly(*, progress: Callable[[float], None]) -> None:
    raise PickyError("this", "that")


def die(*, progress: Callable[[float], None]) -> None:
    print("no more", file=sys.stderr, flush=True)
    os._exit(7)


def wait_for_ever(path: str, *, progress: Callable[[float], None]) -> None:
    with open(path, "w") as file:
        file.write(str(os.getpid()))
    os.rename(path, path + ".done")
    progress(0.25)
    threading.Event().wait()


@pytest.fixture
def job() -> Job:
    return Job(1, "a kind", queue.SimpleQueue())


def shares_of(job: Job) -> list[float]:
    shares = []
    while not job._outbox.empty():
        shares.append(job._outbox.get()[2])
    return shares


def test_the_answer_comes_from_another_process(job):
    answer, process = run_apart(job, doubled, np.arange(5.0))
    assert np.array_equal(answer, [0, 2, 4, 6, 8])
    assert process != os.getpid()


def test_large_arrays_come_and_go_whole(job):
    array = np.random.default_rng(0).normal(size=2_000_000)
    assert np.array_equal(run_apart(job, doubled, array)[0], 2 * array)


def test_errors_come_as_they_were_raised(job):
    with pytest.raises(ValueError, match="no such digit"):
        run_apart(job, refuse, "no such digit")


def test_an_error_that_cannot_be_sent_is_told_in_words(job):
    with pytest.raises(ApartError, match="PickyError: this and that"):
        run_apart(job, refuse_oddly)


def test_a_child_that_dies_is_told_with_its_last_words(job):
    with pytest.raises(ApartError, match=r"exit status 7.*no more"):
        run_apart(job, die)


def test_cancelling_ends_the_child(job, tmp_path):
    path = tmp_path / "child"

    def cancel_when_it_runs() -> None:
        while not (tmp_path / "child.done").exists():
            time.sleep(0.01)  # another process is waited for
        job.cancel()

    threading.Thread(target=cancel_when_it_runs, daemon=True).start()
    with pytest.raises(Cancelled):
        run_apart(job, wait_for_ever, str(path))
    child = int((tmp_path / "child.done").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_progress_is_handed_on(job, tmp_path):
    def cancel_when_told() -> None:
        while not any(share == 0.25 for share in shares_of(job)):
            time.sleep(0.01)
        job.cancel()

    threading.Thread(target=cancel_when_told, daemon=True).start()
    with pytest.raises(Cancelled):
        run_apart(job, wait_for_ever, str(tmp_path / "child"))
