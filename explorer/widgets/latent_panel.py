"""The sliders, wired to the state: one per latent dimension, or per local axis of the decoder."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Iterator

import numpy as np

from explorer.glide import Glide
from explorer.state import ExplorerState
from explorer.theme import (
    PATIENT_TOOLTIP_DELAY_MS,
    Frame,
    ScrolledFrame,
    Theme,
    add_tooltip,
)
from explorer.widgets.filmstrip import Filmstrips
from explorer.widgets.latent_slider import HEIGHT, LatentSlider
from explorer.widgets.later import Later
from explorer.widgets.slider_gestures import SliderGestures
from vae.geometry import LocalAxes, continued_axes, local_axes
from vae.statistics import ACTIVE_NATS, EncodedImages

MOST_WITHOUT_SCROLLING = 7  # more rows than this leave too little room for the digit
ROWS_IN_VIEW = 6  # of those that scroll
# A strip may lag by two frames, which nobody sees while looking at the digit, and then never takes
# more than a twentieth of the time from it.
STRIP_INTERVAL_MS = 33
AXIS_DECIMALS = 4  # far finer than a pixel of any track
ORDERS = ("index", "use")
DIMENSION_TOOLTIP = (
    "A latent dimension, in standard deviations of the prior. The pictures show where it leads "
    "while the others stay. In the image: red where it gets lighter as it grows, blue where darker."
)
KEYS_TOOLTIP = (
    "Double-click: 0. Return: type a value. L, or the lock: hold it against everything but this "
    "slider."
)
AXIS_TOOLTIP = (
    "A local axis: the direction from here in which the image changes most, then second most, and "
    "so on (singular vectors of the decoder's Jacobian). Δ: how far the image moves, as a distance "
    "over all pixels, per standard deviation. While the point moves the axes turn with it and keep "
    "their order; A twice sorts them anew."
)
USE_TOOLTIP = "It carries {use:.2f} nats, the KL divergence averaged over real images."
DEAD_TOOLTIP = (
    "It is dead: it carries {use:.2f} nats (KL divergence averaged over real images), and moving "
    "it changes next to nothing."
)
BAND_TOOLTIP = "The band below is where those lie: mean ± 1 and 2 deviations."
POSTERIOR_TOOLTIP = (
    "For what is drawn, the encoder answers {mean:.2f} ± {std:.2f}: the error bar on the track's "
    "upper edge, and the figure below the name. The prior is 0 ± 1; the narrower the bar, the "
    "more the drawing tells."
)


class LatentPanel(Frame):
    """Sliders for the coordinates of the point, along the dimensions or along local axes.

    decode(z): (N, latent_dim) -> (N, C, H, W) uint8. jacobian(): of the decoder at the current
    point, (latent_dim, C, H, W). on_error(message): a typed value can't be used.
    on_attend(): another slider has the pointer or the focus; `attended` tells which.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        state: ExplorerState,
        glide: Glide,
        *,
        decode: Callable[[np.ndarray], np.ndarray],
        jacobian: Callable[[], np.ndarray],
        on_error: Callable[[str], None],
        on_attend: Callable[[], None],
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._state = state
        self._gestures = SliderGestures(self, state, glide, value=self._value, move=self._set)
        self._jacobian = jacobian
        self._on_error = on_error
        self._on_attend = on_attend
        self._enabled = False
        self._order = "index"
        self._axes: LocalAxes | None = None
        # The point and the locks that they were worked out for.
        self._axes_at: tuple[tuple[float, ...], frozenset[int]] = (), frozenset()
        self._use: np.ndarray | None = None
        self._mean: np.ndarray | None = None  # of the encoded images, (latent_dim,)
        self._covariance: np.ndarray | None = None  # (latent_dim, latent_dim)
        self._posterior: np.ndarray | None = None  # (latent_dim, 2), mean and deviation
        self._filmstrips = Filmstrips(decode)
        self._with_filmstrips = True
        self._strips = Later(self, STRIP_INTERVAL_MS, self.paint_strips)
        self.sliders: list[LatentSlider] = []
        self.rebuild()

    # ---- what is shown -----------------------------------------------------------------------

    @property
    def hovered(self) -> int | None:
        """The slider under the pointer."""
        return next((i for i, slider in enumerate(self.sliders) if slider.hovered), None)

    @property
    def attended(self) -> int | None:
        """The slider under the pointer, else the one with the focus."""
        if self.hovered is not None:
            return self.hovered
        # Asked of Tk: a menu gives the focus back, and does what was chosen, before the event that
        # tells of it has come. Not focus_get(): it raises for the copy of a menu.
        focus = str(self.tk.call("focus"))
        return next((i for i, slider in enumerate(self.sliders) if str(slider) == focus), None)

    @property
    def local(self) -> bool:
        """Whether the sliders move along local axes."""
        return self._axes is not None

    @property
    def directions(self) -> np.ndarray:
        """What the sliders move along: (latent_dim, latent_dim), a unit vector for each."""
        return np.eye(self._state.latent_dim) if self._axes is None else self._axes.directions

    @property
    def settled(self) -> bool:
        """Whether the filmstrips show the current point."""
        return not self._strips.pending

    @property
    def shown_order(self) -> tuple[int, ...]:
        """The sliders from top to bottom."""
        indices = range(len(self.sliders))
        if self._order == "use" and self._use is not None and self._axes is None:
            return tuple(sorted(indices, key=lambda index: -self._use[index]))
        return tuple(indices)

    def rebuild(self) -> None:
        """Make the sliders anew, for a model that may have another number of dimensions."""
        self._strips.drop()
        self._filmstrips.clear()
        for child in self.winfo_children():
            child.destroy()
        self._axes = self._use = self._mean = self._covariance = self._posterior = None
        count = self._state.latent_dim
        self._scrolled = None
        body = self
        if count > MOST_WITHOUT_SCROLLING:
            height = self._theme.px(HEIGHT) * ROWS_IN_VIEW
            body = self._scrolled = ScrolledFrame(self, padding=0, height=height)
            self._scrolled.container.pack(fill="both", expand=True)
        self.sliders = [self._slider(body, index) for index in range(count)]
        self._tooltips = [
            add_tooltip(slider, DIMENSION_TOOLTIP, PATIENT_TOOLTIP_DELAY_MS, position="right")
            for slider in self.sliders
        ]
        self._name_sliders()
        self._arrange()

    def renew(self) -> None:
        """Show the same point of another decoder of these dimensions; no slider loses the focus."""
        self._strips.drop()
        self._filmstrips.forget()
        self._axes_at = (), self._axes_at[1]  # worked out anew at the next refresh
        self.set_posterior(None, None)

    def set_enabled(self, enabled: bool) -> None:
        """Take part, or be greyed out while there is no model."""
        self._enabled = enabled
        for slider in self.sliders:
            slider.set_enabled(enabled)
        if not enabled:
            self._strips.drop()
            self._filmstrips.clear()

    def set_statistics(self, use: np.ndarray | None, encoded: EncodedImages | None) -> None:
        """Show what the dimensions are worth.

        use: (latent_dim,) KL in nats, or None where it is not known. encoded: the real images.
        """
        self._use = use
        self._mean = self._covariance = None
        if encoded is not None:
            self._mean = encoded.mean
            self._covariance = np.atleast_2d(np.cov(encoded.mu.T, bias=True))
        self._name_sliders()
        self._arrange()

    def set_order(self, order: str) -> None:
        """Arrange the dimensions by `index` or by `use`."""
        self._order = order
        self._arrange()

    def set_filmstrips(self, shown: bool) -> None:
        """Paint the tracks, or leave them plain."""
        self._with_filmstrips = shown
        if shown:
            self._request_strips()
        else:
            self._strips.drop()
            self._filmstrips.clear()

    def set_local(self, local: bool) -> None:
        """Move along the local axes at the current point, or along the dimensions again."""
        # What is being moved ends here: from now on its slider stands for something else.
        for slider in self.sliders:
            slider.let_go()
        if self._gestures.moving:
            self._state.end()
        self._axes_at = self._state.z, self._state.locks
        self._axes = local_axes(self._jacobian(), self._state.locks) if local else None
        self._name_sliders()
        self._arrange()
        self.refresh()

    def set_arrows(self, gradient: np.ndarray | None) -> None:
        """Point every slider to where something grows, or take the arrows away.

        gradient: (latent_dim,) of what is asked about, for example one pixel.
        """
        along = np.zeros(len(self.sliders)) if gradient is None else self.directions @ gradient
        strongest = np.abs(along).max()
        for slider, value in zip(self.sliders, along, strict=True):
            slider.set_arrow(float(value / strongest) if strongest > 0 else 0.0)

    def set_posterior(self, mean: np.ndarray | None, std: np.ndarray | None) -> None:
        """Mark an encoder's answer: mean and standard deviation, (latent_dim,) each; or None.

        Local axes show none: what is independent along the dimensions is not along them. Another
        model takes it away.
        """
        if mean is None or std is None or len(mean) != len(self.sliders):
            self._posterior = None
        else:
            self._posterior = np.stack([mean, std], axis=1)
        self._show_posterior()

    def toggle_lock(self) -> bool:
        """Lock or free the dimension of the attended slider; False if it stands for none."""
        index = self.attended
        return self._enabled and index is not None and self._toggle_lock(index)

    def refresh(self) -> None:
        """Show the values and locks of the state."""
        values = self._state.z
        if self._axes is not None:
            self._turn_axes()
            # The state rounds: without this all sliders would move by a millionth with each.
            # And -0.0 becomes 0.0.
            values = np.round(self._axes.directions @ np.asarray(values), AXIS_DECIMALS) + 0.0
        for slider, value in zip(self.sliders, values, strict=True):
            slider.set(float(value))
        self._show_locks()
        self._request_strips()

    def _turn_axes(self) -> None:
        """Turn the axes into those of the current point, in the same order and with their signs."""
        here = self._state.z, self._state.locks
        relocked = self._state.locks != self._axes_at[1]
        # Straight lines while one of our own sliders moves, so that back leads back.
        if here == self._axes_at or (self._gestures.moving and not relocked):
            return
        self._axes_at = here
        self._axes = continued_axes(local_axes(self._jacobian(), self._state.locks), self._axes)
        if relocked:
            self._name_sliders()
        else:
            self._name_axes()

    # ---- building ----------------------------------------------------------------------------

    def _slider(self, body: tk.Misc, index: int) -> LatentSlider:
        slider = LatentSlider(
            body,
            self._theme,
            f"z{index + 1}",
            on_change=lambda value: self._gestures.change(index, value),
            on_step=lambda step: self._gestures.step(index, step),
            on_zero=lambda: self._gestures.zero(index),
            on_press=self._gestures.press,
            on_release=self._gestures.release,
            on_error=self._on_error,
            on_lock=lambda: self._toggle_lock(index),
            on_attend=self._on_attend,
        )
        slider.set(self._state.z[index])
        slider.set_enabled(self._enabled)
        slider.bind("<FocusIn>", lambda event: self._see(slider), add="+")
        # Scrolled into view, or given another size.
        slider.bind("<Expose>", lambda event: self._request_strips(), add="+")
        slider.bind("<Configure>", lambda event: self._request_strips(), add="+")
        return slider

    def _arrange(self) -> None:
        for slider in self.sliders:
            slider.pack_forget()
        for index in self.shown_order:
            self.sliders[index].pack(fill="x")
            # Tab follows the order in which windows are stacked.
            tk.Misc.tkraise(self.sliders[index])

    def _name_sliders(self) -> None:
        """Say what each slider moves, and what it is worth."""
        for index, slider in enumerate(self.sliders):
            fixed = self._fixed_dimension(index)
            if self._axes is not None and fixed is None:
                slider.set_name(f"axis {index + 1}", f"Δ {self._axes.strengths[index]:.1f}")
                continue
            dimension = index if fixed is None else fixed
            use, dead = "", False
            if self._use is not None:
                worth = float(self._use[dimension])
                dead = worth < ACTIVE_NATS
                use = "dead" if dead else f"{worth:.2f} nats"
            slider.set_name(f"z{dimension + 1}", use, dead)
        self._show_bands()
        self._show_posterior()

    def _explain(self, index: int) -> str:
        """What the tooltip of a slider says."""
        fixed = self._fixed_dimension(index)
        if self._axes is not None and fixed is None:
            return AXIS_TOOLTIP
        dimension = index if fixed is None else fixed
        texts = [DIMENSION_TOOLTIP]
        if self._use is not None:
            worth = float(self._use[dimension])
            texts.append((DEAD_TOOLTIP if worth < ACTIVE_NATS else USE_TOOLTIP).format(use=worth))
        if self._mean is not None:
            texts.append(BAND_TOOLTIP)
        if self._posterior is not None and self._axes is None:
            mean, std = self._posterior[dimension]
            texts.append(POSTERIOR_TOOLTIP.format(mean=mean, std=std))
        return " ".join(texts) + f"\n\n{KEYS_TOOLTIP}"

    def _name_axes(self) -> None:
        """What of `_name_sliders` changes from point to point."""
        for index in range(self._axes.n_free):
            strength = self._axes.strengths[index]
            self.sliders[index].set_name(f"axis {index + 1}", f"Δ {strength:.1f}")
        self._show_bands()

    def _show_bands(self) -> None:
        if self._mean is None:
            bands: list[tuple[float, float] | None] = [None] * len(self.sliders)
        else:
            directions = self.directions
            means = directions @ self._mean
            variances = np.einsum("ai,ij,aj->a", directions, self._covariance, directions)
            bands = list(zip(means, np.sqrt(np.maximum(variances, 0.0)), strict=True))
        for slider, band in zip(self.sliders, bands, strict=True):
            slider.set_band(band)

    def _show_posterior(self) -> None:
        shown = self._posterior is not None and self._axes is None
        for index, (slider, tooltip) in enumerate(zip(self.sliders, self._tooltips, strict=True)):
            slider.set_posterior(tuple(self._posterior[index].tolist()) if shown else None)
            tooltip.configure(text=self._explain(index))

    # ---- filmstrips --------------------------------------------------------------------------

    def _request_strips(self) -> None:
        """Ask for one repainting; the newest point wins, and the digit never waits for it."""
        if self._with_filmstrips and self._enabled:
            self._strips.request()

    def paint_strips(self) -> Iterator[None]:
        """Paint the strips in view that have changed, with one decode and then in parts."""
        if not (self._with_filmstrips and self._enabled):
            return
        z, directions = np.asarray(self._state.z), self.directions
        seen = [index for index, slider in enumerate(self.sliders) if self._in_view(slider)]
        along = directions[seen]
        # The point without its part along the slider: what the slider at 0 stands for.
        origins = z - (along @ z)[:, None] * along
        if self._axes is None:
            origins[np.arange(len(seen)), seen] = 0.0  # exactly, whatever was subtracted
        sliders = [self.sliders[index] for index in seen]
        yield from self._filmstrips.paint(sliders, origins, along)

    def _in_view(self, slider: LatentSlider) -> bool:
        if not slider.winfo_viewable():
            return False
        if self._scrolled is None:
            return True
        top = slider.winfo_rooty() - self.winfo_rooty()
        return -slider.winfo_height() < top < self.winfo_height()

    # ---- what the person does ----------------------------------------------------------------

    def _fixed_dimension(self, index: int) -> int | None:
        """The dimension that a slider of the local axes stands for because it is locked."""
        if self._axes is None or index < self._axes.n_free:
            return None
        return int(np.abs(self._axes.directions[index]).argmax())

    def _toggle_lock(self, index: int) -> bool:
        dimension = index if self._axes is None else self._fixed_dimension(index)
        if dimension is None:
            return False
        self._state.set_lock(dimension, dimension not in self._state.locks)
        return True

    def _show_locks(self) -> None:
        for index, slider in enumerate(self.sliders):
            if self._axes is None:
                slider.set_lock(index in self._state.locks)
            else:
                fixed = self._fixed_dimension(index) is not None
                slider.set_lock(fixed, lockable=fixed)

    def _set(self, index: int, value: float) -> None:
        if self._axes is None:
            self._state.set_value(index, value)
            return
        fixed = self._fixed_dimension(index)
        if fixed is not None:
            self._state.set_value(fixed, value)
            return
        z, direction = np.asarray(self._state.z), self._axes.directions[index]
        self._state.set_z(z + (value - direction @ z) * direction)

    def _value(self, index: int) -> float:
        return float(self.directions[index] @ np.asarray(self._state.z))

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
