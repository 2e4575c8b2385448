"""What a person does to a widget: press a key, click, drag, turn the wheel.

A plain Xvfb has no window manager, so nothing gives a window the keyboard. Without the focus a key
event goes nowhere, silently; each gesture therefore takes the focus immediately before its event.
"""

from __future__ import annotations

import tkinter as tk

SHIFT = 0x0001  # the modifier masks of X events, as `event.state` shows them
CONTROL = 0x0004


def press(widget: tk.Misc, key: str, *, times: int = 1) -> None:
    """Press a key, in Tk's notation without the brackets: "Right", "Shift-Left", "Control-z"."""
    for _ in range(times):
        widget.focus_force()
        widget.update()
        widget.event_generate(f"<{key}>" if len(key) > 1 else f"<Key-{key}>")
    widget.update()


def click(
    widget: tk.Misc, x: int | None = None, y: int | None = None, *, button: int = 1, state: int = 0
) -> None:
    """Click at (x, y) in pixels from the widget's upper left corner; by default in its middle."""
    widget.update()  # a widget that was never laid out has no size to click into
    x = widget.winfo_width() // 2 if x is None else x
    y = widget.winfo_height() // 2 if y is None else y
    widget.event_generate("<Enter>", x=x, y=y)
    widget.event_generate("<Motion>", x=x, y=y)
    widget.event_generate(f"<ButtonPress-{button}>", x=x, y=y, state=state)
    widget.event_generate(f"<ButtonRelease-{button}>", x=x, y=y, state=state)
    widget.update()


def double_click(widget: tk.Misc, x: int | None = None, y: int | None = None) -> None:
    """Click twice within Tk's limit for a double click."""
    click(widget, x, y)
    click(widget, x, y)


def drag(widget: tk.Misc, *points: tuple[int, int]) -> None:
    """Press the left button at the first point, move through the others, release at the last."""
    widget.update()
    (x, y), *rest = points
    widget.event_generate("<Enter>", x=x, y=y)
    widget.event_generate("<ButtonPress-1>", x=x, y=y)
    for x, y in rest:
        widget.event_generate("<B1-Motion>", x=x, y=y)
        widget.update()
    widget.event_generate("<ButtonRelease-1>", x=x, y=y)
    widget.update()


def turn_wheel(widget: tk.Misc, steps: int) -> None:
    """Turn the mouse wheel over the widget's middle: steps > 0 is away from the person."""
    widget.update()
    x, y = widget.winfo_width() // 2, widget.winfo_height() // 2
    widget.event_generate("<Enter>", x=x, y=y)
    for _ in range(abs(steps)):
        if widget.tk.call("tk", "windowingsystem") == "x11":  # Tk 8.6 on X: buttons 4 and 5
            widget.event_generate("<ButtonPress>", button=4 if steps > 0 else 5, x=x, y=y)
            widget.event_generate("<ButtonRelease>", button=4 if steps > 0 else 5, x=x, y=y)
        else:
            widget.event_generate("<MouseWheel>", delta=120 if steps > 0 else -120, x=x, y=y)
    widget.update()


Shares = tuple[tuple[float, float], ...]  # places, as shares of a widget's width and height
BEGINNING: Shares = ((0.3, 0.3), (0.6, 0.4), (0.5, 0.7))
CONTINUATION: Shares = ((0.4, 0.6), (0.7, 0.5))
DRAGGING = 0x0100  # the left button is down


def begin_drag(widget: tk.Misc, places: Shares = BEGINNING) -> None:
    """Press the left button at the first place and move through the others; it stays down."""
    widget.update()
    x, y = _pixels(widget, places[0])
    widget.event_generate("<Enter>", x=x, y=y)
    widget.event_generate("<ButtonPress-1>", x=x, y=y)
    widget.update()
    go_on(widget, places[1:])


def go_on(widget: tk.Misc, places: Shares = CONTINUATION) -> None:
    """Move on with the left button down."""
    for place in places:
        x, y = _pixels(widget, place)
        widget.event_generate("<Motion>", x=x, y=y, state=DRAGGING)
        widget.update()


def end_drag(widget: tk.Misc) -> None:
    """Let go in the middle."""
    x, y = _pixels(widget, (0.5, 0.5))
    widget.event_generate("<ButtonRelease-1>", x=x, y=y, state=DRAGGING)
    widget.update()


def _pixels(widget: tk.Misc, place: tuple[float, float]) -> tuple[int, int]:
    return round(place[0] * widget.winfo_width()), round(place[1] * widget.winfo_height())
