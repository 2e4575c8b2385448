"""How the point is moved over the slice that a map shows: drags, steps, and what locks hold."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

import numpy as np

from explorer.glide import Glide
from explorer.state import ExplorerState
from explorer.sweep import name_of
from explorer.widgets.slider_gestures import SliderGestures
from vae.planes import Plane

HELD = 1e-9  # of a unit vector: what a locked dimension has to do with an axis below is rounding


class SliceMotion:
    """The callbacks of a `MapView` that move the point; a drag, or a run of steps, undoes at once.

    widget: while it exists, a run of steps is ended by a timer. shown(): the slice on the map.
    tell(message): once for every set of locks, that they hold the point back.
    """

    def __init__(
        self,
        widget: tk.Misc,
        state: ExplorerState,
        glide: Glide,
        *,
        shown: Callable[[], Plane],
        tell: Callable[[str], None],
    ) -> None:
        self._state = state
        self._glide = glide
        self._shown = shown
        self._tell = tell
        self._drag = 0  # the number of the latest drag's gesture
        self._told: tuple | None = None  # the axes and the locks that were told of
        self._steps = SliderGestures(
            widget,
            state,
            glide,
            value=lambda side: float(self.place[side]),
            move=self._step_to,
        )

    @property
    def place(self) -> np.ndarray:
        """Where the point is on the slice, (2,)."""
        return self._shown().coordinates(self._state.z)

    def press(self) -> None:
        """A drag begins."""
        self._glide.stop()
        self._drag = self._state.begin()

    def move(self, u: float, v: float) -> None:
        """The point is dragged to a place."""
        if self._state.open_gesture != self._drag:
            # A key has undone, or started a glide, in the middle of the drag, which goes on.
            self.press()
        self._go(np.array([u, v]))

    def release(self) -> None:
        """A drag ends."""
        # A glide that a key has begun in the middle of the drag has a gesture of its own.
        self._state.end(self._drag)

    def step(self, du: float, dv: float) -> None:
        """The point is moved along one axis; the other number is 0."""
        self._steps.step(0 if du else 1, du or dv)

    def _step_to(self, side: int, value: float) -> None:
        place = self.place
        place[side] = value
        self._go(place)

    def _go(self, target: np.ndarray) -> None:
        self._state.set_z(self._shown().points(self._allowed(target)))

    def _allowed(self, target: np.ndarray) -> np.ndarray:
        """The place nearest to the target at which no locked dimension has changed, (2,)."""
        locked = sorted(self._state.locks)
        axes = self._shown().axes
        ties = axes[:, locked]
        if not locked or np.abs(ties).max() < HELD:
            return target
        directions, sizes, _ = np.linalg.svd(ties)
        held = int((sizes > HELD).sum())
        free = directions[:, held:]
        told = axes.tobytes(), tuple(locked)
        if told != self._told:
            self._told = told
            names = " and ".join(map(name_of, locked))
            left = "moves along one line of the map" if held == 1 else "stays where it is"
            self._tell(f"Locked: {names}. So the point {left}.")
        place = self.place
        return place + free @ (free.T @ (target - place))
