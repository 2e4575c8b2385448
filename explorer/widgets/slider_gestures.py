"""From what a person does to one of several sliders to movements that undo takes back whole."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

from explorer.glide import Glide
from explorer.state import ExplorerState
from explorer.widgets.latent_slider import HIGH, LOW

STEP_PAUSE_MS = 600  # longer than a held key's first delay on common desktops


class SliderGestures:
    """The callbacks of a bank of `LatentSlider`: a drag, or a run of steps, is one undo entry.

    widget: while it exists, a run of steps is ended by a timer. value(index): of a slider, now.
    move(index, value): puts a slider at a value by moving the state.
    """

    def __init__(
        self,
        widget: tk.Misc,
        state: ExplorerState,
        glide: Glide,
        *,
        value: Callable[[int], float],
        move: Callable[[int, float], None],
    ) -> None:
        self._widget = widget
        self._state = state
        self._glide = glide
        self._value = value
        self._move = move
        self._drag = 0  # the number of the latest drag's gesture
        self._before_press: tuple[float, ...] = ()
        self._stepping: tuple[int, int] | None = None  # slider and gesture of the latest steps
        self._pause: str | None = None
        widget.bind("<Destroy>", self._destroyed, add="+")

    @property
    def moving(self) -> bool:
        """Whether one of the sliders is being dragged or stepped."""
        gesture = self._state.open_gesture
        stepping = self._stepping is not None and gesture == self._stepping[1]
        return gesture is not None and (gesture == self._drag or stepping)

    def press(self) -> None:
        """A drag, or a typed value, begins."""
        self._glide.stop()
        self._before_press = self._state.z
        self._drag = self._state.begin()

    def release(self) -> None:
        """It ends."""
        # A glide that a key has begun in the middle of the drag has a gesture of its own.
        if not self._glide.active:
            self._state.end()

    def change(self, index: int, value: float) -> None:
        """It asks for another value."""
        if self._state.open_gesture != self._drag:
            # A key has undone, or started a glide, in the middle of the drag, which goes on.
            self.press()
        self._move(index, value)

    def zero(self, index: int) -> None:
        """Set to 0 as one undo entry with the jump that the first click of two has made."""
        if self._state.z != self._before_press:
            self._state.reopen()
        else:
            self._glide.stop()
            self._state.begin()
        self._move(index, 0.0)
        self._state.end()

    def step(self, index: int, step: float) -> None:
        """Move by a step; steps of one slider in quick succession are one undo entry."""
        if self._stepping is None or self._stepping != (index, self._state.open_gesture):
            self._glide.stop()
            self._stepping = index, self._state.begin()
        value = self._value(index)
        # Steps stay on the track; a value that was typed beyond it may come nearer.
        low, high = min(LOW, value), max(HIGH, value)
        self._move(index, min(high, max(low, value + step)))
        self._cancel_pause()
        self._pause = self._widget.after(STEP_PAUSE_MS, self._end_steps)

    def _end_steps(self) -> None:
        self._pause = None
        if self._stepping is not None:
            self._state.end(self._stepping[1])
            self._stepping = None

    def _cancel_pause(self) -> None:
        if self._pause is not None:
            self._widget.after_cancel(self._pause)
            self._pause = None

    def _destroyed(self, event: tk.Event) -> None:
        if event.widget is self._widget:
            self._cancel_pause()
