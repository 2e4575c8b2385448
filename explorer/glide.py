"""Movement of the current point: eased glides to a target, and playing along a path."""

from __future__ import annotations

import time
import tkinter as tk
from collections.abc import Callable, Sequence

import numpy as np

from explorer.state import ExplorerState

FRAME_INTERVAL_MS = 16  # 60 Hz
GLIDE_MS = 400  # long enough to see what changes on the way, short enough not to wait


def ease(t: float) -> float:
    """Smoothstep 3t^2 - 2t^3: starts and ends at rest."""
    return t * t * (3.0 - 2.0 * t)


class Glide:
    """Moves the state over time, one thing at a time; each movement is one undo entry."""

    def __init__(
        self,
        root: tk.Misc,
        state: ExplorerState,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._root = root
        self._state = state
        self._clock = clock
        self._after: str | None = None
        self._step: Callable[[float], bool] | None = None
        self._stopped: Callable[[], None] | None = None
        self._started = 0.0

    @property
    def active(self) -> bool:
        """Whether something is moving."""
        return self._step is not None

    def to(self, target: Sequence[float]) -> None:
        """Glide to `target` from where the point is now, also in the middle of another glide."""
        start = np.asarray(self._state.z)
        end = np.asarray(target, dtype=float)

        def step(seconds: float) -> bool:
            t = min(1.0, seconds * 1000 / GLIDE_MS)
            self._state.set_z(start + (end - start) * ease(t) if t < 1 else end)
            return t < 1

        self.play(step)

    def play(
        self, step: Callable[[float], bool], stopped: Callable[[], None] | None = None
    ) -> None:
        """Call `step(seconds since start)` at every frame until it returns False.

        stopped: called once when the movement ends, by itself or by another action.
        """
        self.stop()
        self._step = step
        self._stopped = stopped
        self._state.begin()
        self._started = self._clock()
        self._frame()

    def stop(self) -> None:
        """End the movement, or any other gesture, where it is; other actions call this first."""
        if self._step is None:
            self._state.end()
            return
        if self._after is not None:
            self._root.after_cancel(self._after)
            self._after = None
        self._step = None
        stopped, self._stopped = self._stopped, None
        self._state.end()
        if stopped is not None:
            stopped()

    def _frame(self) -> None:
        self._after = None
        step = self._step
        moving = step(self._clock() - self._started)
        if self._step is not step:
            return  # an observer of the state stopped or replaced this movement
        if moving:
            self._after = self._root.after(FRAME_INTERVAL_MS, self._frame)
        else:
            self.stop()
