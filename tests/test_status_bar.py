"""The status bar: what a message and a running job have to say, and who has the word."""

from __future__ import annotations

import pytest

from explorer.widgets.status_bar import StatusBar


@pytest.fixture
def status(stage) -> StatusBar:
    bar = StatusBar(stage.frame, stage.theme)
    stage.show(bar, 600, 40)
    return bar


def said(status: StatusBar) -> str:
    return status.message.cget("text")


def test_a_job_says_what_it_does_as_long_as_it_runs(status):
    status.start_job("encoding the digits", print)
    assert said(status) == "Encoding the digits"
    assert status.cancel_button.winfo_manager()
    status.end_job()
    assert said(status) == ""
    assert not status.cancel_button.winfo_manager()


def test_each_job_is_cancelled_by_itself_and_leaves_nothing_in_tk(status):
    cancelled = []
    commands = None
    for job in range(20):
        status.start_job("exporting", lambda job=job: cancelled.append(job))
        status.cancel_button.invoke()
        status.end_job()
        before, commands = commands, len(status.tk.splitlist(status.tk.call("info", "commands")))
        assert before in (None, commands)
    assert cancelled == list(range(20))


def test_a_job_does_not_push_the_pages_up(stage):
    status = StatusBar(stage.frame, stage.theme)
    status.pack(fill="x")
    stage.root.update()
    height = status.winfo_height()
    status.start_job("exporting", print)
    stage.root.update()
    assert status.winfo_height() == height
    assert status.cancel_button.winfo_height() >= status.cancel_button.winfo_reqheight()


def test_the_end_of_a_job_takes_no_message_away(status):
    """It may tell of something else: the person has gone on in the meantime."""
    status.start_job("encoding", print)
    status.notify("A path needs 2 keys.", True)
    status.end_job()
    assert said(status) == "A path needs 2 keys."
    assert status.is_error


def test_a_job_that_nobody_asked_for_lets_a_message_be_read_first(status):
    status.notify("A path needs 2 keys.", True)
    status.start_job("studying the change", print, quiet=True)
    assert said(status) == "A path needs 2 keys."
    assert status.cancel_button.winfo_manager()
    status._clear()  # its time is over
    assert said(status) == "Studying the change"
    assert not status.is_error
    status.end_job()
    assert said(status) == ""


def test_a_job_that_was_asked_for_answers_at_once(status):
    status.notify("A path needs 2 keys.", True)
    status.start_job("exporting", print)
    assert said(status) == "Exporting"
    assert not status.is_error


def test_an_empty_message_takes_the_last_one_away(status):
    status.notify("Seconds must be from 0.1 to 60.", True)
    status.notify("", True)
    assert (said(status), status.is_error) == ("", False)
    status.start_job("studying", print, quiet=True)
    assert said(status) == "Studying"
    status.end_job()


def test_a_message_fades_after_a_while(status, pump, monkeypatch):
    monkeypatch.setattr("explorer.widgets.status_bar.MESSAGE_MS", 1)
    status.notify("Saved.")
    pump(lambda: said(status) == "", what="the message is gone")
    assert status._fade is None


def test_an_error_is_seen_by_its_colour_in_both_themes(status, stage):
    status.notify("No.", True)
    for mode in ("light", "dark"):
        stage.theme.set_mode(mode)
        assert str(status.message.cget("foreground")) == stage.theme.palette.warning
    status.notify("Yes.")
    assert str(status.message.cget("foreground")) == stage.theme.palette.foreground
