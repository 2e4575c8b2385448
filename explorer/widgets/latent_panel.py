"""The sliders of all latent dimensions, wired to the state; scrolls when there are many."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

from explorer.glide import Glide
from explorer.state import ExplorerState
from explorer.theme import (
    PATIENT_TOOLTIP_DELAY_MS,
    Frame,
    ScrolledFrame,
    Theme,
    add_tooltip,
)
from explorer.widgets.latent_slider import HEIGHT, HIGH, LOW, LatentSlider

MOST_WITHOUT_SCROLLING = 8  # more rows than this leave too little room for the digit
STEP_PAUSE_MS = 600  # longer than a held key's first delay on common desktops
TOOLTIP = (
    "One latent dimension, in standard deviations of the prior; what it means, the model chose. "
    "Double-click sets 0, Return types a value."
)


class LatentPanel(Frame):
    """One `LatentSlider` per dimension of the state."""

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        state: ExplorerState,
        glide: Glide,
        on_error: Callable[[str], None],
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._state = state
        self._glide = glide
        self._on_error = on_error
        self._drag = 0  # the number of the latest drag's gesture
        self._before_press: tuple[float, ...] = ()
        self._stepping: tuple[int, int] | None = None  # slider and gesture of the latest steps
        self._pause: str | None = None
        self.sliders: list[LatentSlider] = []
        self.rebuild()

    def rebuild(self) -> None:
        """Make the sliders anew, for a state with another number of dimensions."""
        for child in self.winfo_children():
            child.destroy()
        count = self._state.latent_dim
        self._scrolled = None
        body = self
        if count > MOST_WITHOUT_SCROLLING:
            height = self._theme.px(HEIGHT) * MOST_WITHOUT_SCROLLING
            body = self._scrolled = ScrolledFrame(self, padding=0, height=height)
            self._scrolled.container.pack(fill="both", expand=True)
        self.sliders = [self._slider(body, index) for index in range(count)]
        for slider in self.sliders:
            slider.pack(fill="x")

    def refresh(self) -> None:
        """Show the values of the state."""
        for slider, value in zip(self.sliders, self._state.z, strict=True):
            slider.set(value)

    def set_enabled(self, enabled: bool) -> None:
        """Take part, or be greyed out while there is no model."""
        for slider in self.sliders:
            slider.set_enabled(enabled)

    def _slider(self, body: tk.Misc, index: int) -> LatentSlider:
        slider = LatentSlider(
            body,
            self._theme,
            f"z{index + 1}",
            on_change=lambda value: self._change(index, value),
            on_step=lambda step: self._step(index, step),
            on_zero=lambda: self._zero(index),
            on_press=self._press,
            on_release=self._release,
            on_error=self._on_error,
        )
        slider.set(self._state.z[index])
        slider.bind("<FocusIn>", lambda event: self._see(slider), add="+")
        add_tooltip(slider, TOOLTIP, PATIENT_TOOLTIP_DELAY_MS, position="right")
        return slider

    def _press(self) -> None:
        self._glide.stop()
        self._before_press = self._state.z
        self._drag = self._state.begin()

    def _release(self) -> None:
        self._state.end()

    def _change(self, index: int, value: float) -> None:
        if self._state.open_gesture != self._drag:
            # A key has undone, or started a glide, in the middle of the drag, which goes on.
            self._press()
        self._state.set_value(index, value)

    def _zero(self, index: int) -> None:
        """Set to 0 as one undo entry with the jump that the first click of two has made."""
        if self._state.z != self._before_press:
            self._state.reopen()
        else:
            self._glide.stop()
            self._state.begin()
        self._state.set_value(index, 0.0)
        self._state.end()

    def _step(self, index: int, step: float) -> None:
        """Move by a step; steps of one slider in quick succession are one undo entry."""
        if self._stepping is None or self._stepping != (index, self._state.open_gesture):
            self._glide.stop()
            self._stepping = index, self._state.begin()
        value = self._state.z[index]
        # Steps stay on the track; a value that was typed beyond it may come nearer.
        low, high = min(LOW, value), max(HIGH, value)
        self._state.set_value(index, min(high, max(low, value + step)))
        if self._pause is not None:
            self.after_cancel(self._pause)
        self._pause = self.after(STEP_PAUSE_MS, self._end_steps)

    def _end_steps(self) -> None:
        self._pause = None
        if self._stepping is not None:
            self._state.end(self._stepping[1])
            self._stepping = None

    def _see(self, slider: LatentSlider) -> None:
        """Scroll a slider into view that got the focus by the keyboard."""
        if self._scrolled is None:
            return
        total = slider.winfo_height() * len(self.sliders)
        first, last = self._scrolled.yview()
        top, bottom = slider.winfo_y() / total, (slider.winfo_y() + slider.winfo_height()) / total
        if top < first:
            self._scrolled.yview_moveto(top)
        elif bottom > last:
            self._scrolled.yview_moveto(bottom - (last - first))
