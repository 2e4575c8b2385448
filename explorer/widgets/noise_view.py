"""Several random points on their way to a target at once: faces turning, played and scrubbed."""

from __future__ import annotations

import time
import tkinter as tk
from collections.abc import Callable

import numpy as np

from explorer.glide import FRAME_INTERVAL_MS, ease
from explorer.guiding import Walk
from explorer.theme import (
    PATIENT_TOOLTIP_DELAY_MS,
    Button,
    Frame,
    Theme,
    add_tooltip,
)
from explorer.widgets.scrub_bar import ScrubBar
from explorer.widgets.sentence import Sentence
from explorer.widgets.walk_grid import WalkGrid

PLAY_MS = 2000  # one way: long enough to follow one of the digits, and then another
FRAMES = 40  # that the arrow keys walk through


class NoiseView(Frame):
    """Shows walks side by side, all at the same share of their ways.

    decode: (N, latent_dim) -> (N, C, H, W) uint8. on_adopt(z): one was chosen.
    on_playing(): playing began or ended.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        *,
        decode: Callable[[np.ndarray], np.ndarray],
        on_adopt: Callable[[np.ndarray], None],
        on_playing: Callable[[], None],
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        super().__init__(parent)
        px = theme.px
        self._decode = decode
        self._on_adopt = on_adopt
        self._on_playing = on_playing
        self._clock = clock
        self._starts = np.zeros((0, 1))
        self._walks: list[Walk | None] = []
        self._timer: str | None = None
        self._started = 0.0
        self.grid_view = WalkGrid(self, theme, on_choose=self._choose)
        self.sentence = Sentence(self)
        row = Frame(self)
        self.play_button = Button(
            row, text="Play", width=7, state="disabled", command=self.toggle_play
        )
        self.scrub = ScrubBar(
            row,
            theme,
            steps=FRAMES,
            on_change=self._scrub,
            on_press=self.stop,
            on_release=lambda: None,
        )
        self.play_button.pack(side="left")
        self.scrub.pack(side="left", fill="x", expand=True, padx=(px(8), 0))
        self.grid_view.grid(row=0, column=0, sticky="nsew")
        row.grid(row=1, column=0, sticky="ew", pady=(px(6), 0))
        self.sentence.grid(row=2, column=0, sticky="ew", pady=(px(6), 0))
        self.rowconfigure(0, weight=1)
        self.columnconfigure(0, weight=1)
        add_tooltip(
            self.grid_view,
            "Above: random points. Below: where each is by now. Click one, or walk with the arrow "
            "keys and press Return, to make it the current point.",
            PATIENT_TOOLTIP_DELAY_MS,
            position="top",
        )
        add_tooltip(self.play_button, "Turns all of them at once.")
        add_tooltip(
            self.scrub,
            "How far along their ways all of them are. Drag it, or use the arrow keys, Home and "
            "End.",
        )

    @property
    def starts(self) -> np.ndarray:
        """The points that the walks begin at, (N, latent_dim)."""
        return self._starts

    @property
    def walks(self) -> tuple[Walk | None, ...]:
        """The walks that are known."""
        return tuple(self._walks)

    @property
    def playable(self) -> bool:
        """Whether there is a walk."""
        return any(walk is not None for walk in self._walks)

    @property
    def playing(self) -> bool:
        """Whether the lower row is being played."""
        return self._timer is not None

    def set_starts(self, starts: np.ndarray, text: str) -> None:
        """Show other points (N, latent_dim), none of which has a walk yet."""
        self.stop()
        self._starts = starts
        self._walks = [None] * len(starts)
        before = self._decode(starts)
        self.scrub.set_position(0.0)
        self.grid_view.show(before, before, [""] * len(starts))
        self.sentence.show(text, secondary=True)
        self._show_playing()

    def set_walk(self, index: int, walk: Walk) -> None:
        """Take over the walk of one point; it is shown where the others are."""
        self._walks[index] = walk
        self._go(self.scrub.position)
        self._show_playing()

    def point_of(self, index: int) -> np.ndarray:
        """Where a walk is by now, (latent_dim,)."""
        return self._place(self._starts[index], self._walks[index], self.scrub.position)[0]

    def toggle_play(self) -> None:
        """Play from where the bar is, or from the start if it is at the end; or pause."""
        if self.playing:
            self.stop()
        elif self.playable:
            if self.scrub.position >= 1:
                self._go(0.0)
            self._started = self._clock() - self.scrub.position * PLAY_MS / 1000
            self._frame()
            self._show_playing()

    def stop(self) -> None:
        """Stay where the walks are."""
        if self._timer is not None:
            self.after_cancel(self._timer)
            self._timer = None
            self._show_playing()

    def destroy(self) -> None:
        """Leave no timer behind."""
        if self._timer is not None:
            self.after_cancel(self._timer)
            self._timer = None
        super().destroy()

    def _frame(self) -> None:
        share = min(1.0, (self._clock() - self._started) * 1000 / PLAY_MS)
        self._go(share)
        if share < 1:
            self._timer = self.after(FRAME_INTERVAL_MS, self._frame)
        else:
            self._timer = None
            self._show_playing()

    def _scrub(self, share: float) -> None:
        self.stop()
        if self.playable:
            self._go(share)

    def _go(self, share: float) -> None:
        self.scrub.set_position(share)
        places = [
            self._place(start, walk, share)
            for start, walk in zip(self._starts, self._walks, strict=True)
        ]
        captions = [
            _caption(walk, value, share)
            for (_, value), walk in zip(places, self._walks, strict=True)
        ]
        self.grid_view.set_lower(self._decode(np.array([z for z, _ in places])), captions)

    def _place(
        self, start: np.ndarray, walk: Walk | None, share: float
    ) -> tuple[np.ndarray, float | None]:
        """A point and its value at a share of a walk; walks begin and end at rest."""
        if walk is None:
            return start, None
        step = ease(share) * (len(walk.path) - 1)
        before = min(int(step), len(walk.path) - 1)
        after = min(before + 1, len(walk.path) - 1)
        rest = step - before
        point = walk.path[before] + rest * (walk.path[after] - walk.path[before])
        value = walk.values[before] + rest * (walk.values[after] - walk.values[before])
        return point, float(value)

    def _choose(self, index: int) -> None:
        pair, below = divmod(index, 2)
        self._on_adopt(self.point_of(pair) if below else self._starts[pair])

    def _show_playing(self) -> None:
        self.play_button.configure(text="Pause" if self.playing else "Play")
        self.play_button.state(["!disabled" if self.playable else "disabled"])
        self._on_playing()


def _caption(walk: Walk | None, value: float | None, share: float) -> str:
    if walk is None:
        return ""
    mark = "✓ " if share >= 1 and walk.reached else "✗ " if share >= 1 else ""
    return f"{mark}{value:.2f}" if walk.bounds == (0.0, 1.0) else f"{mark}{value:.1f}"
