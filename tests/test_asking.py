"""Answers that are waited for: only the one that is wanted is shown."""

from __future__ import annotations

import threading

import pytest

from explorer.asking import Asking


@pytest.fixture
def asking(desk) -> Asking:
    return Asking(desk.context)


@pytest.fixture
def gate(desk):
    """Holds the worker until it is opened."""
    gate = threading.Event()
    desk.context.run_job("gate", "Waiting", lambda job: gate.wait(60), lambda _: None, quiet=True)
    yield gate
    gate.set()


def rest(pump, desk) -> None:
    pump(lambda: not desk.worker.busy, what="the worker rests")


def test_an_answer_is_shown_and_no_longer_waited_for(asking, desk, pump):
    shown = []
    asking.ask(
        "sum", "Adding", lambda job: 1 + 1, lambda answer: shown.append((answer, "sum" in asking))
    )
    assert "sum" in asking
    assert asking.busy
    rest(pump, desk)
    assert shown == [(2, False)]
    assert not asking.busy


def test_of_a_quiet_kind_the_newest_is_shown_and_waited_for(asking, desk, gate, pump):
    shown, ended = [], []
    for number in range(3):
        asking.ask(
            "kind",
            "Working",
            lambda job, number=number: number,
            shown.append,
            otherwise=lambda number=number: ended.append(number),
        )
    desk.stage.root.update()
    assert "kind" in asking
    gate.set()
    rest(pump, desk)
    assert (shown, ended) == ([2], [])
    assert not asking.busy


def test_a_dropped_answer_is_not_shown_and_the_others_are(asking, desk, gate, pump):
    shown = []
    for kind in ("a", "b"):
        asking.ask(kind, "Working", lambda job, kind=kind: kind, shown.append)
    asking.drop("a", "never asked")
    assert "a" not in asking
    assert "b" in asking
    gate.set()
    rest(pump, desk)
    assert shown == ["b"]


def test_what_is_dropped_is_stopped(asking, desk, pump):
    begun, shown, pause = threading.Event(), [], threading.Event()

    def work(job):
        while not pause.wait(0.001):
            begun.set()
            job.progress(0.5)

    asking.ask("endless", "Working", work, shown.append)
    pump(begun.is_set)
    asking.drop("endless")
    rest(pump, desk)
    assert shown == []


def test_everything_can_be_dropped(asking, desk, gate, pump):
    shown, ended = [], []
    for kind in ("a", "b"):
        asking.ask(
            kind, "Working", lambda job: 0, shown.append, otherwise=lambda: ended.append(True)
        )
    asking.drop()
    assert not asking.busy
    gate.set()
    rest(pump, desk)
    assert (shown, ended) == ([], [])


def test_a_failure_is_told_and_something_else_is_done(asking, desk, pump):
    shown, ended = [], []
    asking.ask(
        "quotient",
        "Dividing",
        lambda job: 1 / 0,
        shown.append,
        otherwise=lambda: ended.append(True),
    )
    rest(pump, desk)
    assert (shown, ended) == ([], [True])
    assert not asking.busy


def test_a_loud_job_is_waited_for_though_a_second_one_is_refused(asking, desk, gate, pump):
    shown = []
    for number in range(2):
        asking.ask("save", "Saving", lambda job, number=number: number, shown.append, quiet=False)
    gate.set()
    rest(pump, desk)
    assert shown == [0]
    assert not asking.busy
