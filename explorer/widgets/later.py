"""One call that waits for a moment, however often it is asked for."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable


class Later:
    """Calls `function` once, `pause_ms` after the first request; later requests join that one.

    Not put off by further requests, so that a stream of them can't starve it. A call that is
    pending when the widget is destroyed is dropped.
    """

    def __init__(self, widget: tk.Misc, pause_ms: int, function: Callable[[], None]) -> None:
        self._widget = widget
        self._pause_ms = pause_ms
        self._function = function
        self._timer: str | None = None
        widget.bind("<Destroy>", self._destroyed, add="+")

    @property
    def pending(self) -> bool:
        """Whether a call is waiting."""
        return self._timer is not None

    def request(self) -> None:
        """Ask for the call."""
        if self._timer is None:
            self._timer = self._widget.after(self._pause_ms, self._call)

    def _call(self) -> None:
        self._timer = None
        self._function()

    def _destroyed(self, event: tk.Event) -> None:
        if event.widget is self._widget and self._timer is not None:
            self._widget.after_cancel(self._timer)
            self._timer = None
