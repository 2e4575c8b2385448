"""Work that waits for a moment, however often it is asked for, and then goes in small parts."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Iterator

# Between two parts: the next event comes first.
PART_PAUSE_MS = 1


class Later:
    """Does a piece of work once, `pause_ms` after the first request; later requests join that one.

    work: a generator function; what lies between two yields is done in one go. A request that comes
    while it runs has it run once more afterwards, and never puts it off, so that a stream of
    requests can't starve it. When the widget is destroyed, what is left is dropped.
    """

    def __init__(self, widget: tk.Misc, pause_ms: int, work: Callable[[], Iterator[None]]) -> None:
        self._widget = widget
        self._pause_ms = pause_ms
        self._work = work
        self._running: Iterator[None] | None = None
        self._again = False
        self._timer: str | None = None
        widget.bind("<Destroy>", self._destroyed, add="+")

    @property
    def pending(self) -> bool:
        """Whether work is waiting or under way."""
        return self._timer is not None

    def request(self) -> None:
        """Ask for the work."""
        if self._running is not None:
            self._again = True
        elif self._timer is None:
            self._timer = self._widget.after(self._pause_ms, self._go_on)

    def drop(self) -> None:
        """Leave undone what is waiting or under way: what it is about is gone."""
        if self._timer is not None:
            self._widget.after_cancel(self._timer)
        self._timer = self._running = None
        self._again = False

    def _go_on(self) -> None:
        self._timer = None
        if self._running is None:
            self._running = self._work()
        try:
            next(self._running)
        except StopIteration:
            self._running = None
            if self._again:
                self._again = False
                self.request()
            return
        except BaseException:
            self._running = None
            self._again = False
            raise
        self._timer = self._widget.after(PART_PAUSE_MS, self._go_on)

    def _destroyed(self, event: tk.Event) -> None:
        if event.widget is self._widget:
            self.drop()
