"""Finding the plane that was chosen: what is quick, what the worker does, and what is dropped."""

from __future__ import annotations

from dataclasses import replace

import pytest

from explorer.plane_choice import AXES, CLASSES, POINTS, PRINCIPAL, first_choice
from explorer.plane_finder import STOPPED, PlaneFinder


class Bench:
    """Runs the jobs of a finder when the test says so, and keeps what comes of them."""

    def __init__(self) -> None:
        self.jobs: list[tuple] = []
        self.found: list = []
        self.reasons: list[str] = []
        self.cancelled = 0
        self.finder = PlaneFinder(
            self.run_job, self.cancel, on_found=self.found.append, on_none=self.reasons.append
        )

    def run_job(self, kind, label, function, done, *, failed, otherwise, quiet):
        assert quiet
        self.jobs.append((function, done, failed, otherwise))

    def cancel(self, kind):
        self.cancelled += 1

    def work(self) -> None:
        function, done, failed, otherwise = self.jobs.pop(0)
        try:
            result = function(None)
        except ValueError as error:
            failed(error)
            otherwise()
        else:
            done(result)


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def choice(model):
    return lambda kind: replace(first_choice(model), kind=kind)


def test_dimensions_and_points_are_there_at_once(bench, model, choice):
    for kind in (AXES, POINTS):
        bench.finder.find(choice(kind), model)
    assert [plane.choice.kind for plane in bench.found] == [AXES, POINTS]
    assert bench.jobs == []


def test_the_others_are_found_by_the_worker_and_remembered(bench, model, choice):
    bench.finder.find(choice(PRINCIPAL), model)
    assert bench.finder.seeking
    bench.work()
    assert not bench.finder.seeking
    bench.finder.find(choice(AXES), model)
    bench.finder.find(choice(PRINCIPAL), model)
    assert bench.jobs == []
    assert bench.found[2] is bench.found[0]
    bench.finder.forget()
    bench.finder.find(choice(PRINCIPAL), model)
    assert len(bench.jobs) == 1


def test_an_older_answer_is_dropped(bench, model, choice):
    bench.finder.find(choice(PRINCIPAL), model)
    bench.finder.find(choice(CLASSES), model)
    assert bench.cancelled == 1
    bench.work()
    assert bench.found == []
    bench.work()
    assert [plane.choice.kind for plane in bench.found] == [CLASSES]
    bench.finder.find(choice(PRINCIPAL).turned(), model)
    bench.finder.stop()
    bench.work()
    assert len(bench.found) == 1


def test_why_there_is_none_is_said_in_a_sentence(bench, model, choice):
    flat = choice(POINTS)
    for index in range(3):
        flat = flat.with_point(index, "same", [1.0] * 6)
    bench.finder.find(flat, model)
    assert bench.reasons.pop().startswith("Two of the three points are the same")
    bench.finder.find(choice(CLASSES), replace(model, encoded=None))
    bench.work()
    assert bench.reasons.pop() == replace(model, encoded=None).without_statistics
    bench.finder.find(choice(CLASSES), model)
    *_, otherwise = bench.jobs.pop()
    otherwise()  # the person has cancelled it
    assert bench.reasons == [STOPPED]
    assert not bench.finder.seeking
