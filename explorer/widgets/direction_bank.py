"""A bank of sliders that walk from a base point along directions with a meaning."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Iterator, Sequence
from tkinter import font as tkfont

import numpy as np

from explorer.direction_words import RowText
from explorer.glide import Glide
from explorer.semantic import SemanticWalk
from explorer.state import ExplorerState
from explorer.theme import (
    PATIENT_TOOLTIP_DELAY_MS,
    Frame,
    Label,
    ScrolledFrame,
    Theme,
    add_tooltip,
    font,
)
from explorer.widgets.choices import fitted
from explorer.widgets.filmstrip import Filmstrips
from explorer.widgets.latent_slider import HEIGHT, LatentSlider
from explorer.widgets.later import Later
from explorer.widgets.slider_gestures import SliderGestures

NAME_WIDTH = 100  # pixels at 96 dpi, like all lengths here; "12.1 → 12.0 px²" below the name
MOST_WITHOUT_SCROLLING = 6
SCROLLED_HEIGHT = 48  # of a row, among those that scroll
MOST_HEIGHT = 80  # of a row: beyond that the pictures of a strip are as wide as they can be
STRIP_INTERVAL_MS = 33  # as the sliders of the dimensions: two frames, which nobody sees


class DirectionBank(Frame):
    """Sliders for the courses of a walk; they move the state, and show where the walk stands.

    decode(z): (N, latent_dim) -> (N, C, H, W) uint8. on_hold(index): the lock of a row was clicked.
    on_menu(index, x, y): its menu is asked for, at a point of the screen. on_notice(message,
    is_error): why nothing moves, or what is wrong with a typed value; empty when it is mended.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        state: ExplorerState,
        glide: Glide,
        walk: SemanticWalk,
        *,
        decode: Callable[[np.ndarray], np.ndarray],
        on_hold: Callable[[int], None],
        on_menu: Callable[[int, int, int], None],
        on_notice: Callable[[str, bool], None],
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._state = state
        self._walk = walk
        self._on_hold = on_hold
        self._on_menu = on_menu
        self._on_notice = on_notice
        self._gestures = SliderGestures(self, state, glide, value=self._value, move=self._move)
        self._filmstrips = Filmstrips(decode)
        self._strips = Later(self, STRIP_INTERVAL_MS, self.paint_strips)
        self._scrolled: ScrolledFrame | None = None
        self._rows: Frame | ScrolledFrame | None = None
        self._name_font = tkfont.Font(self, font(10))
        self._message = Label(
            self, bootstyle="secondary", anchor="center", justify="center", wraplength=theme.px(420)
        )
        self.sliders: list[LatentSlider] = []
        self._tooltips: list = []
        self._texts: list[RowText] = []
        self.pack_propagate(False)

    # ---- what is shown -----------------------------------------------------------------------

    @property
    def attended(self) -> int | None:
        """The slider under the pointer, else the one with the focus."""
        hovered = next((i for i, slider in enumerate(self.sliders) if slider.hovered), None)
        if hovered is not None:
            return hovered
        focus = str(self.tk.call("focus"))
        return next((i for i, slider in enumerate(self.sliders) if str(slider) == focus), None)

    @property
    def settled(self) -> bool:
        """Whether the sliders are there, and their filmstrips show where the walk stands."""
        seen = not self.sliders or not self.winfo_viewable() or self.sliders[0].winfo_viewable()
        return seen and not self._strips.pending

    def show_courses(self) -> None:
        """Show the courses of the walk; their texts follow by `describe`."""
        self._message.place_forget()
        if len(self.sliders) != len(self._walk.courses):
            self._rebuild(len(self._walk.courses))
        for slider, course in zip(self.sliders, self._walk.courses, strict=True):
            slider.let_go()
            slider.set_enabled(not course.problem)
            slider.set_lock(course.held)
        self.refresh()

    def show_message(self, text: str) -> None:
        """Say why there are no rows."""
        self._rebuild(0)
        self._message.configure(text=text)
        self._message.place(relx=0.5, rely=0.45, anchor="center")
        self._message.lift()  # the rows, of which there are none, are younger

    def describe(self, texts: Sequence[RowText]) -> None:
        """Show what is known of the rows."""
        room = self._theme.px(NAME_WIDTH)
        for index, text in enumerate(texts):
            if index < len(self._texts) and self._texts[index] == text:
                continue
            name = fitted(text.name, room, self._name_font.measure)
            self.sliders[index].set_name(name, text.note, warned=text.warned)
            whole = text.tooltip if name == text.name else f"{text.name}\n\n{text.tooltip}"
            self._tooltips[index].configure(text=whole)
        self._texts = list(texts)

    def refresh(self) -> None:
        """Show where the walk stands."""
        for slider, value in zip(self.sliders, self._walk.values.tolist(), strict=True):
            slider.set(value)
        self._request_strips()

    def focus_row(self, index: int) -> None:
        """Give a row the focus, and bring it into view."""
        self.sliders[index].focus_set()

    # ---- building ----------------------------------------------------------------------------

    def _rebuild(self, count: int) -> None:
        self._strips.drop()
        self._filmstrips.clear()
        if self._rows is not None:
            (self._scrolled.container if self._scrolled else self._rows).destroy()
        self._scrolled = None
        self._texts = []
        if count > MOST_WITHOUT_SCROLLING:
            self._rows = self._scrolled = ScrolledFrame(self, padding=0)
            self._scrolled.container.pack(fill="both", expand=True)
        else:
            self._rows = Frame(self)
            self._rows.pack(fill="both", expand=True)
            self._rows.bind("<Configure>", lambda event: self._share_height())
        self.sliders = [self._slider(index) for index in range(count)]
        self._tooltips = [
            add_tooltip(slider, "", PATIENT_TOOLTIP_DELAY_MS, position="bottom")
            for slider in self.sliders
        ]
        self._share_height()

    def _slider(self, index: int) -> LatentSlider:
        gestures = self._gestures
        slider = LatentSlider(
            self._rows,
            self._theme,
            "",
            on_change=lambda value: gestures.change(index, value),
            on_step=lambda step: gestures.step(index, step),
            on_zero=lambda: gestures.zero(index),
            on_press=gestures.press,
            on_release=gestures.release,
            on_error=lambda message: self._on_notice(message, True),
            on_lock=lambda: self._on_hold(index),
            on_attend=lambda: None,
            name_width=NAME_WIDTH,
        )
        slider.pack(fill="x")
        slider.bind("<FocusIn>", lambda event: self._see(slider), add="+")
        slider.bind("<Expose>", lambda event: self._request_strips(), add="+")
        slider.bind("<Configure>", lambda event: self._request_strips(), add="+")
        for key in ("l", "L"):
            slider.bind(f"<Key-{key}>", lambda event: self._hold(index))
        slider.bind("<Button-3>", lambda event: self._on_menu(index, event.x_root, event.y_root))
        for key in ("Menu", "Shift-F10"):
            slider.bind(f"<{key}>", lambda event: self._menu_below(index))
        return slider

    def _share_height(self) -> None:
        """Give the rows what height there is, and let their pictures grow with it."""
        if not self.sliders:
            return
        px = self._theme.px
        if self._scrolled is not None:
            height = px(SCROLLED_HEIGHT)
        else:
            height = min(px(MOST_HEIGHT), self._rows.winfo_height() // len(self.sliders))
        for slider in self.sliders:
            slider.configure(height=max(px(HEIGHT), height))

    def _see(self, slider: LatentSlider) -> None:
        """Scroll a slider into view that got the focus by the keyboard."""
        if self._scrolled is None:
            return
        total = max(1, slider.winfo_height() * len(self.sliders))
        first, last = self._scrolled.yview()
        top, bottom = slider.winfo_y() / total, (slider.winfo_y() + slider.winfo_height()) / total
        if top < first:
            self._scrolled.yview_moveto(top)
        elif bottom > last:
            self._scrolled.yview_moveto(bottom - (last - first))

    # ---- filmstrips --------------------------------------------------------------------------

    def _request_strips(self) -> None:
        if self.sliders and self.winfo_viewable():
            self._strips.request()

    def paint_strips(self) -> Iterator[None]:
        """Paint the strips in view that have changed, with one decode and then in parts."""
        seen = [
            index
            for index, course in enumerate(self._walk.courses[: len(self.sliders)])
            if course.vector.any() and self._in_view(self.sliders[index])
        ]
        if not seen:
            return
        along = self._walk.matrix[seen]
        # The point without its part along the slider: what the slider at 0 stands for.
        origins = np.asarray(self._walk.z) - self._walk.values[seen][:, None] * along
        yield from self._filmstrips.paint([self.sliders[i] for i in seen], origins, along)

    def _in_view(self, slider: LatentSlider) -> bool:
        if not slider.winfo_viewable():
            return False
        top = slider.winfo_rooty() - self.winfo_rooty()
        return -slider.winfo_height() < top < self.winfo_height()

    # ---- what the person does ----------------------------------------------------------------

    def _value(self, index: int) -> float:
        return float(self._walk.values[index])

    def _move(self, index: int, value: float) -> None:
        course = self._walk.courses[index]
        if course.walkable:
            self._state.set_z(self._walk.put(index, value))
            self.refresh()
        elif course.held:
            self._on_notice(f"{course.name} is held. Its lock, or L, lets it move.", False)
        else:
            self._on_notice(f"The direction of {course.name} is still being looked for.", False)

    def _hold(self, index: int) -> str:
        self._on_hold(index)
        return "break"

    def _menu_below(self, index: int) -> str:
        slider = self.sliders[index]
        self._on_menu(index, slider.winfo_rootx(), slider.winfo_rooty() + slider.winfo_height())
        return "break"
