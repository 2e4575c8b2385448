"""How usual the current point is: one word, and where it stands among samples and real images."""

from __future__ import annotations

import math
import tkinter as tk
import tkinter.font as tkfont

from explorer.theme import Palette, Theme, add_tooltip, font
from vae.statistics import (
    DISTANCE_OFF_THE_MAP,
    DISTANCE_TYPICAL,
    OFF_THE_MAP,
    SHELL,
    Typicality,
)

WIDTH, HEIGHT = 112, 68  # pixels at 96 dpi, like all lengths here
INDENT = 3  # as far as the list of the nearest images below, whose focus ring takes that
WORD_HEIGHT = 20
METER_HEIGHT = 24
TRACK_HEIGHT = 5
MARKER_WIDTH, MARKER_HEIGHT = 3, 9

SHELL_FROM_DIM = 5  # below, the shell is so thick that not "nearly all" samples are within it
FIGURES = (
    "radius: the share of random points that lie nearer to the centre than this one.\n\n"
    "nearest: the share of real images whose own nearest neighbour is nearer than this point's.\n\n"
    "The band on each track is typical; far beyond it, a point is off the map."
)


class TypicalityGauge(tk.Canvas):
    """Shows the word and two meters: the percentile of the radius, and of the nearest distance."""

    def __init__(self, parent: tk.Misc, theme: Theme) -> None:
        super().__init__(
            parent,
            highlightthickness=0,
            borderwidth=0,
            width=theme.px(WIDTH),
            height=theme.px(HEIGHT),
        )
        self._theme = theme
        self._typicality: Typicality | None = None
        self._word = self.create_text(0, 0, anchor="w", font=font(11, bold=True))
        self._radius = _Meter(self, theme, "radius")
        self._nearest = _Meter(self, theme, "nearest")
        self._nearest.set_limits(0.0, DISTANCE_TYPICAL, DISTANCE_OFF_THE_MAP)
        self._tooltip = add_tooltip(self, FIGURES, position="right")

        self.bind("<Configure>", lambda event: self._layout())
        theme.subscribe(self, self._on_theme)

    @property
    def typicality(self) -> Typicality | None:
        """What is shown."""
        return self._typicality

    def set_space(self, latent_dim: int, shell: tuple[float, float, float] = SHELL) -> None:
        """Explain what is typical in a space, and mark it.

        shell: percentiles of |z|^2, see `vae.statistics.EncodedImages.shell`.
        """
        self._tooltip.configure(text=f"{why_not_the_middle(latent_dim)}\n\n{FIGURES}")
        self._radius.set_limits(*shell)

    def show(self, typicality: Typicality | None) -> None:
        """Show how typical a point is, or nothing while that is not known."""
        previous, self._typicality = self._typicality, typicality
        word = "" if typicality is None else typicality.word
        if word != ("" if previous is None else previous.word):
            self.itemconfigure(self._word, text=word)
            self._colour_word()
        self._radius.show(None if typicality is None else typicality.radius_percentile)
        self._nearest.show(None if typicality is None else typicality.distance_percentile)

    def _layout(self) -> None:
        px = self._theme.px
        left, right = px(INDENT), self.winfo_width() - px(INDENT + 2)
        self.coords(self._word, left, px(WORD_HEIGHT) // 2)
        self._radius.lay_out(left, px(WORD_HEIGHT), right)
        self._nearest.lay_out(left, px(WORD_HEIGHT + METER_HEIGHT), right)

    def _colour_word(self) -> None:
        off = self._typicality is not None and self._typicality.word == OFF_THE_MAP
        palette = self._theme.palette
        self.itemconfigure(self._word, fill=palette.warning if off else palette.foreground)

    def _on_theme(self, palette: Palette) -> None:
        self.configure(background=palette.background)
        self._colour_word()
        self._radius.colour(palette)
        self._nearest.colour(palette)


class _Meter:
    """A label, a percentage, and below them a track with the typical range and a marker."""

    def __init__(self, canvas: tk.Canvas, theme: Theme, label: str) -> None:
        self._canvas = canvas
        self._theme = theme
        self._limits = (0.0, 100.0, 100.0)
        self._percentile: float | None = None
        self._off = False
        self._text = ""
        self._track_box = (0, 0, 0, 0)  # left, top, right, bottom
        self._font = tkfont.Font(canvas, font=font(9))
        self._label = canvas.create_text(0, 0, anchor="nw", text=label, font=self._font)
        self._figure = canvas.create_text(0, 0, anchor="ne", font=self._font)
        self._track = canvas.create_rectangle(0, 0, 0, 0, width=0)
        self._typical = canvas.create_rectangle(0, 0, 0, 0, width=0)
        self._marker = canvas.create_rectangle(0, 0, 0, 0, width=0)
        self._items = (self._label, self._figure, self._track, self._typical, self._marker)
        self._set_visible(False)

    def set_limits(self, low: float, high: float, last: float) -> None:
        """Percentiles: from low to high is typical, beyond last is off the map."""
        self._limits = low, high, last
        self._place_items()

    def show(self, percentile: float | None) -> None:
        """Move the marker, or hide all where there is nothing to show."""
        if (percentile is None) != (self._percentile is None):
            self._set_visible(percentile is not None)
        self._percentile = percentile
        if percentile is None:
            return
        text = _shown(percentile)
        if text != self._text:
            self._text = text
            self._canvas.itemconfigure(self._figure, text=text)
        off = percentile > self._limits[2]
        if off != self._off:
            self._off = off
            self._colour_marker()
        self._place_marker()

    def lay_out(self, left: int, top: int, right: int) -> None:
        """Fill the room between two edges, METER_HEIGHT high."""
        bottom = top + self._theme.px(METER_HEIGHT - 3)
        self._track_box = left, bottom - self._theme.px(TRACK_HEIGHT), right, bottom
        self._canvas.coords(self._label, left, top - self._theme.px(1))
        self._canvas.coords(self._figure, right, top - self._theme.px(1))
        self._canvas.coords(self._track, *self._track_box)
        self._place_items()

    def _place_items(self) -> None:
        left, top, right, bottom = self._track_box
        low, high = (round(left + limit / 100 * (right - left)) for limit in self._limits[:2])
        self._canvas.coords(self._typical, low, top, high, bottom)
        self._place_marker()

    def colour(self, palette: Palette) -> None:
        """Take the theme's colours."""
        canvas = self._canvas
        canvas.itemconfigure(self._label, fill=palette.muted)
        canvas.itemconfigure(self._figure, fill=palette.foreground)
        canvas.itemconfigure(self._track, fill=palette.surface)
        canvas.itemconfigure(self._typical, fill=palette.border)
        self._colour_marker()

    def _colour_marker(self) -> None:
        palette = self._theme.palette
        self._canvas.itemconfigure(
            self._marker, fill=palette.warning if self._off else palette.accent
        )

    def _place_marker(self) -> None:
        if self._percentile is None:
            return
        px = self._theme.px
        left, top, right, bottom = self._track_box
        width, overhang = px(MARKER_WIDTH), (px(MARKER_HEIGHT) - px(TRACK_HEIGHT)) // 2
        x = left + round(self._percentile / 100 * (right - left) - width / 2)
        x = min(max(x, left), right - width)
        self._canvas.coords(self._marker, x, top - overhang, x + width, bottom + overhang)

    def _set_visible(self, visible: bool) -> None:
        for item in self._items:
            self._canvas.itemconfigure(item, state="normal" if visible else "hidden")


def why_not_the_middle(latent_dim: int) -> str:
    """Two sentences on where random points lie, true for this number of dimensions."""
    law = f"|z|² follows a chi-squared distribution with {latent_dim} degrees of freedom"
    root = f"√{latent_dim} ≈ {math.sqrt(latent_dim):.1f}"
    if latent_dim == 1:
        return (
            "With one dimension the middle is typical: most random points lie between -1 and 1. "
            "With many it is not, for they gather in a shell near radius √d, since |z|² follows a "
            "chi-squared distribution with d degrees of freedom."
        )
    if latent_dim < SHELL_FROM_DIM:
        return (
            f"For a random point, {law}, so that most lie around radius {root}. In the middle the "
            "density is highest, yet few points are drawn there, because there is so little room."
        )
    return (
        f"For a random point, {law}, so that nearly all lie in a shell near radius {root}. In the "
        "middle the density is highest, yet almost nothing is ever drawn there, because there is "
        "so little room."
    )


def _shown(percentile: float) -> str:
    """A whole percentage, which never says all and says none only of the origin itself."""
    if 0.0 < percentile < 1.0:
        return "<1%"
    if percentile > 99.0:
        return ">99%"
    return f"{percentile:.0f}%"
