"""Work that waits and goes in parts: once for many requests, once more for those that came late."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Iterator

import pytest

from explorer.widgets.later import Later


class Work:
    """Three parts, each remembered; `during` is called in the middle one."""

    def __init__(self) -> None:
        self.parts: list[int] = []
        self.during = lambda: None

    def __call__(self) -> Iterator[None]:
        self.parts.append(1)
        yield
        self.parts.append(2)
        self.during()
        yield
        self.parts.append(3)


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
def widget(root) -> tk.Frame:
    frame = tk.Frame(root)
    frame.pack()
    return frame


def test_many_requests_are_one_piece_of_work(widget, work, pump):
    later = Later(widget, 5, work)
    for _ in range(100):
        later.request()
    assert later.pending
    assert not work.parts
    pump(lambda: not later.pending)
    assert work.parts == [1, 2, 3]


def test_a_request_in_the_middle_has_it_done_once_more(widget, work, pump):
    later = Later(widget, 1, work)

    def ask_again() -> None:
        if work.parts.count(2) == 1:
            later.request()
            later.request()

    work.during = ask_again
    later.request()
    pump(lambda: not later.pending)
    assert work.parts == [1, 2, 3] * 2


def test_events_are_seen_between_two_parts(widget, work, pump):
    later = Later(widget, 1, work)
    seen = []
    work.during = lambda: widget.after(0, lambda: seen.append(tuple(work.parts)))
    later.request()
    pump(lambda: not later.pending)
    assert seen == [(1, 2)]


def test_what_is_dropped_is_left_undone_and_a_later_request_begins_anew(widget, work, pump):
    later = Later(widget, 1, work)

    def drop_and_ask() -> None:
        if work.parts == [1, 2]:
            widget.after_idle(lambda: (later.drop(), later.request()))

    work.during = drop_and_ask
    later.request()
    pump(lambda: not later.pending)
    assert work.parts == [1, 2, 1, 2, 3]
    later.request()
    later.drop()
    assert not later.pending


def test_it_works_again_after_an_error(widget, work, pump, callback_errors):
    later = Later(widget, 1, work)

    def fail() -> None:
        raise ValueError("broken")

    work.during = fail
    later.request()
    with pytest.raises(pytest.fail.Exception):
        pump(lambda: not later.pending and False)
    assert "broken" in callback_errors.pop()
    work.during = lambda: None
    later.request()
    pump(lambda: not later.pending)
    assert work.parts == [1, 2, 1, 2, 3]


def test_nothing_is_done_for_a_widget_that_is_gone(widget, work, root):
    later = Later(widget, 1, work)
    later.request()
    widget.destroy()
    for _ in range(5):
        root.after(2, root.quit)
        root.mainloop()
    assert not work.parts
