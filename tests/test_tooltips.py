"""Tooltips: when they come, when they go, where they stand, and when there are none."""

from __future__ import annotations

import tkinter as tk

import pytest

from explorer.theme import TOOLTIP_SCRIPT, Frame, Tooltip, add_tooltip


@pytest.fixture
def widget(stage) -> Frame:
    frame = Frame(stage.frame)
    frame.bind("<Button-1>", lambda event: None)  # more specific than any press
    frame.bind("<Key>", lambda event: "break")
    stage.show(frame, 200, 100)
    return frame


@pytest.fixture
def tip(widget) -> Tooltip:
    return add_tooltip(widget, "It explains.", delay_ms=1)


def rest(widget: tk.Misc) -> None:
    widget.event_generate("<Enter>", x=20, y=20)
    widget.event_generate("<Motion>", x=21, y=20)


def test_it_comes_when_the_pointer_rests_and_goes_with_it(widget, tip, pump):
    rest(widget)
    pump(lambda: tip.toplevel is not None and tip.toplevel.winfo_viewable())
    widget.event_generate("<Leave>")
    assert tip.toplevel is None


@pytest.mark.parametrize("act", ["<ButtonPress-1>", "<ButtonPress-3>", "<Key-x>"])
def test_a_press_or_a_key_takes_it_away(widget, tip, pump, act):
    rest(widget)
    pump(lambda: tip.toplevel is not None)
    widget.focus_force()
    widget.event_generate(act, **({} if "Key" in act else {"x": 20, "y": 20}))
    assert tip.toplevel is None


def test_a_press_before_its_time_means_that_it_does_not_come(widget, tip, pump, stage):
    rest(widget)
    widget.event_generate("<ButtonPress-1>", x=20, y=20)
    waited = []
    stage.root.after(30, lambda: waited.append(True))
    pump(lambda: waited)
    assert tip.toplevel is None


def test_a_pointer_that_has_never_moved_asks_for_nothing(widget, tip, pump, stage):
    stage.root.tk.eval(TOOLTIP_SCRIPT)  # as in a new window
    widget.event_generate("<Enter>", x=20, y=20)
    waited = []
    stage.root.after(30, lambda: waited.append(True))
    pump(lambda: waited)
    assert tip.toplevel is None
    widget.event_generate("<Motion>", x=21, y=20)
    widget.event_generate("<Enter>", x=20, y=20)
    pump(lambda: tip.toplevel is not None)
    widget.event_generate("<Leave>")


def test_they_are_silent_as_long_as_there_is_a_reason(widget, tip, pump, stage):
    rest(widget)
    pump(lambda: tip.toplevel is not None)
    stage.theme.silence_tooltips("tour", True)
    stage.theme.silence_tooltips("person", True)
    assert tip.toplevel is None
    stage.theme.silence_tooltips("tour", False)
    widget.event_generate("<Enter>", x=20, y=20)
    waited = []
    stage.root.after(30, lambda: waited.append(True))
    pump(lambda: waited)
    assert tip.toplevel is None
    stage.theme.silence_tooltips("person", False)
    rest(widget)
    pump(lambda: tip.toplevel is not None)
    widget.event_generate("<Leave>")


def test_it_stands_beside_another_widget(stage, pump):
    explained, neighbour = Frame(stage.frame), Frame(stage.frame)
    stage.show(explained, 100, 100)
    neighbour.place(x=100, y=0, width=120, height=100)
    stage.root.update()
    tip = add_tooltip(explained, "It explains.", 1, position="right", beside=neighbour)
    rest(explained)
    pump(lambda: tip.toplevel is not None and tip.toplevel.winfo_viewable())
    assert tip.toplevel.winfo_rootx() >= neighbour.winfo_rootx() + 120
    explained.event_generate("<Leave>")
