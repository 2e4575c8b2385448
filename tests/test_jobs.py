"""Jobs in the status bar: which of several is shown, and what is left when one ends."""

from __future__ import annotations

import threading

import pytest

from explorer.jobs import Jobs
from explorer.widgets.status_bar import StatusBar
from explorer.worker import Job, Worker


@pytest.fixture
def status(stage) -> StatusBar:
    bar = StatusBar(stage.frame, stage.theme)
    stage.show(bar, 600, 40)
    return bar


@pytest.fixture
def jobs(stage, status):
    worker = Worker(stage.root.after)
    yield Jobs(stage.root, worker, status, lambda title, text: None)
    worker.close()


def said(status: StatusBar) -> str:
    return status.message.cget("text")


def test_a_job_that_goes_on_apart_is_shown_again_when_another_has_ended(jobs, status, pump):
    opened, ended = threading.Event(), []

    def wait(job: Job) -> str:
        assert opened.wait(20)
        return "measured"

    jobs.run("measure", "Measuring", wait, ended.append, apart=True)
    assert said(status) == "Measuring"
    jobs.run("export", "Exporting", lambda job: "exported", ended.append)
    assert said(status) == "Exporting"
    pump(lambda: ended == ["exported"])
    assert said(status) == "Measuring"
    assert status.cancel_button.winfo_manager()
    opened.set()
    pump(lambda: ended == ["exported", "measured"])
    assert said(status) == ""
    assert not status.cancel_button.winfo_manager()


def test_the_cancel_button_is_that_of_the_job_that_is_shown(jobs, status, pump):
    stopped = []

    def until_cancelled(job: Job) -> None:
        while True:
            job.progress(0.5)
            threading.Event().wait(0.001)

    jobs.run(
        "apart",
        "Measuring",
        until_cancelled,
        pytest.fail,
        otherwise=lambda: stopped.append("apart"),
        apart=True,
    )
    jobs.run(
        "here",
        "Exporting",
        until_cancelled,
        pytest.fail,
        otherwise=lambda: stopped.append("here"),
    )
    status.cancel_button.invoke()
    pump(lambda: stopped)
    assert stopped == ["here"]
    assert status.cancel_button.winfo_manager()
    status.cancel_button.invoke()
    pump(lambda: len(stopped) == 2)
    assert stopped == ["here", "apart"]
    assert not status.cancel_button.winfo_manager()
