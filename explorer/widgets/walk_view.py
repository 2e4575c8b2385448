"""A walk that the current point takes: played, stopped, scrubbed, and its course as a curve."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

import numpy as np

from explorer.glide import Glide
from explorer.guiding import Walk
from explorer.state import DECIMALS, ExplorerState
from explorer.theme import (
    PATIENT_TOOLTIP_DELAY_MS,
    Button,
    Frame,
    Theme,
    add_tooltip,
)
from explorer.widgets.course_plot import Course, CoursePlot
from explorer.widgets.sentence import Sentence

STEP_MS = 60  # a step of a walk, which has 10 to 40: slow enough to see which stroke changes
SHORTEST_MS, LONGEST_MS = 700, 5000
THERE = 10.0**-DECIMALS  # the state rounds


class WalkView(Frame):
    """Shows a walk and moves the current point along it.

    on_playing(): it began or ended.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        state: ExplorerState,
        glide: Glide,
        *,
        on_playing: Callable[[], None],
    ) -> None:
        super().__init__(parent)
        px = theme.px
        self._state = state
        self._glide = glide
        self._on_playing = on_playing
        self._walk: Walk | None = None
        self._playing = False
        self._drag = 0  # the number of the latest drag's gesture
        self.plot = CoursePlot(
            self,
            theme,
            on_change=self._scrub,
            on_press=self._begin_scrub,
            on_release=state.end,
        )
        self.sentence = Sentence(self, lines=4)
        self.back_button = Button(self, text="Back to start", command=self.back)
        self.again_button = Button(self, text="Play again", command=self.play)
        self.plot.grid(row=0, column=0, columnspan=2, sticky="nsew")
        self.sentence.grid(row=1, column=0, rowspan=2, sticky="new", pady=(px(8), 0))
        for row, button in ((1, self.again_button), (2, self.back_button)):
            button.grid(row=row, column=1, sticky="ew", padx=(px(10), 0), pady=(px(6), 0))
        self.rowconfigure(0, weight=1)
        self.columnconfigure(0, weight=1)
        add_tooltip(
            self.plot,
            "What was reached at every step. Click, drag, or use the arrow keys, Page Up and Down, "
            "Home and End, to go back to any of them.",
            PATIENT_TOOLTIP_DELAY_MS,
            position="top",
        )
        add_tooltip(self.back_button, "Glides back to the point that the walk began at.")
        add_tooltip(self.again_button, "Plays the same walk from its start.")
        self._unsubscribe = state.subscribe(lambda state: self._compare())
        self._set_buttons()

    @property
    def walk(self) -> Walk | None:
        """The shown walk."""
        return self._walk

    @property
    def playing(self) -> bool:
        """Whether the point is on its way."""
        return self._playing

    def show_idle(self, course: Course, text: str, sketch: bool = True) -> None:
        """Show what would be walked; see `CoursePlot.show_idle`."""
        self._walk = None
        self.plot.show_idle(course, text, sketch)
        self.sentence.show("")
        self._set_buttons()

    def show(self, walk: Walk, course: Course) -> None:
        """Show another walk and play it."""
        self.stop()
        self._walk = walk
        self.plot.show(course)
        self.sentence.show(walk.sentence)
        self._set_buttons()
        self.play()

    def show_searching(self, text: str) -> None:
        """Say what is being done; a shown walk stays."""
        self.sentence.show(text, secondary=True)

    def show_as_before(self) -> None:
        """Say again what was said of the walk: there is no new one."""
        self.sentence.show("" if self._walk is None else self._walk.sentence)

    def play(self) -> None:
        """Walk from the first point to the last."""
        if self._walk is None:
            return
        last = len(self._walk.path) - 1
        if last == 0:
            self._go(0.0)
            return
        seconds = min(LONGEST_MS, max(SHORTEST_MS, last * STEP_MS)) / 1000

        def step(elapsed: float) -> bool:
            self._go(min(1.0, elapsed / seconds) * last)
            return elapsed < seconds

        self.stop()
        self._playing = True
        self._set_buttons()
        self._on_playing()
        self._glide.play(step, stopped=self._stopped)

    def stop(self) -> None:
        """Stay where the point is."""
        if self._playing:
            self._glide.stop()

    def back(self) -> None:
        """Glide to the first point."""
        if self._walk is None:
            return
        self._glide.stop()
        self.plot.set_position(0.0)
        self._glide.to(self._walk.path[0])

    def destroy(self) -> None:
        """Hear no more of the state."""
        self._unsubscribe()
        super().destroy()

    def _point_at(self, position: float) -> np.ndarray:
        path = self._walk.path
        before = min(int(position), len(path) - 1)
        after = min(before + 1, len(path) - 1)
        return path[before] + (position - before) * (path[after] - path[before])

    def _go(self, position: float) -> None:
        self.plot.set_position(position)
        self._state.set_z(self._point_at(position))

    def _begin_scrub(self) -> None:
        self._glide.stop()
        self._drag = self._state.begin()

    def _scrub(self, step: int) -> None:
        if self._walk is None:
            return
        if self._state.open_gesture != self._drag:
            self._glide.stop()
        self._go(float(step))

    def _stopped(self) -> None:
        self._playing = False
        self._set_buttons()
        self._on_playing()

    def _compare(self) -> None:
        """Say whether the current point still is where the mark is."""
        if self._walk is not None and self._state.latent_dim == self._walk.path.shape[1]:
            here = self._point_at(self.plot.position)
            self.plot.set_there(bool(np.abs(here - self._state.z).max() <= THERE))

    def _set_buttons(self) -> None:
        for button in (self.back_button, self.again_button):
            button.state(["disabled" if self._walk is None else "!disabled"])
