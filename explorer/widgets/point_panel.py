"""The left side: the current point as a digit, its gauges, the sliders and what moves them."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Iterator

import numpy as np

from explorer.glide import Glide
from explorer.images import signed_change
from explorer.model import LoadedModel
from explorer.state import ExplorerState
from explorer.theme import PATIENT_TOOLTIP_DELAY_MS, Button, Frame, Theme, add_tooltip
from explorer.widgets.class_row import ClassRow
from explorer.widgets.digit_lens import DigitLens, Pixel
from explorer.widgets.latent_panel import LatentPanel
from explorer.widgets.later import Later
from explorer.widgets.nearest_images import NearestImages
from explorer.widgets.typicality_gauge import TypicalityGauge
from vae.geometry import pixel_step
from vae.statistics import EncodedImages, prior_shell, typicality

GAUGES_WIDTH = 124, 180  # pixels at 96 dpi, at least and at most: what the square digit leaves
GAP = 10
NEAREST = 5  # real images
# The gauges may lag by two frames: nobody reads figures faster, and the digit never waits for them.
GAUGE_INTERVAL_MS = 33
# Of at most 0.1 standard deviations each, for one movement of the pointer; a tenth of a millisecond
# a step.
EDIT_STEPS = 4
BUTTONS = (
    (
        "Random",
        "A random point, distributed as the encoded training images are (R). Shift+R draws from "
        "the prior N(0, I) instead.",
    ),
    ("Reset", "All dimensions to 0, the centre of the prior (Home)."),
    ("Undo", "Back to where the point was before (Ctrl+Z)."),
    ("Redo", "Do again what was undone (Ctrl+Y)."),
    ("Copy", "Copies the vector as a JSON list (Ctrl+C)."),
)
DIGIT_TOOLTIP = (
    "What the decoder makes of the point. Point at a pixel: arrows on the sliders show where it "
    "gets lighter. Alt+drag or Ctrl+drag it up or down, or press + and −, and the point follows."
)


class PointPanel(Frame):
    """Shows the point, and asks for changes.

    commands: what each of the BUTTONS does. on_preset(index): a preset was chosen. on_adopt(z): a
    real image was chosen. on_error(message): a typed value can't be used. on_menu(x, y): the
    digit's menu is asked for. request_redraw(): have `refresh` called when Tk is idle.

    digit, classes, typicality, nearest, sliders, buttons: its parts.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        state: ExplorerState,
        glide: Glide,
        *,
        commands: dict[str, Callable[[], None]],
        on_preset: Callable[[int], None],
        on_adopt: Callable[[np.ndarray], None],
        on_error: Callable[[str], None],
        on_menu: Callable[[int, int], None],
        request_redraw: Callable[[], None],
    ) -> None:
        px = theme.px
        super().__init__(parent, padding=(px(12), px(12), px(6), px(8)))
        self._theme = theme
        self._state = state
        self._glide = glide
        self._on_adopt = on_adopt
        self._request_redraw = request_redraw
        self._model: LoadedModel | None = None
        self._pixels: np.ndarray | None = None
        self._jacobian_of: tuple[tuple[float, ...], np.ndarray] | None = None
        # The slider that is attended, and where the point was when that began.
        self._attended: tuple[int, tuple[float, ...]] | None = None
        self._with_gauges = self._with_influence = True
        self._edit = 0  # the number of the latest edit's gesture
        self._learned = False  # whether `set_statistics` was called for this model
        self._neighbours: np.ndarray = np.zeros(0, int)
        self._gauges = Later(self, GAUGE_INTERVAL_MS, self._refresh_gauges)

        self.digit = DigitLens(
            self,
            theme,
            on_probe=lambda pixel: self._probe_changed(),
            on_edit_start=self._start_edit,
            on_edit=self._edit_pixel,
            on_edit_end=self._end_edit,
            on_menu=on_menu,
        )
        self.gauges = Frame(self, width=px(GAUGES_WIDTH[0]))
        self.typicality = TypicalityGauge(self.gauges, theme)
        self.nearest = NearestImages(self.gauges, theme, on_choose=self._choose_neighbour)
        self.classes = ClassRow(self, theme, on_choose=on_preset)
        self.sliders = LatentPanel(
            self,
            theme,
            state,
            glide,
            decode=lambda z: self._model.decoder.decode_uint8(z),
            jacobian=self._jacobian,
            on_error=on_error,
            on_attend=request_redraw,
        )
        row = Frame(self)
        self.buttons: dict[str, Button] = {}
        for column, (name, tooltip) in enumerate(BUTTONS):
            button = Button(row, text=name, command=commands[name])
            button.grid(row=0, column=column, sticky="ew", padx=(0 if column == 0 else px(6), 0))
            row.columnconfigure(column, weight=1)
            add_tooltip(button, tooltip)
            self.buttons[name] = button

        self.digit.grid(row=0, column=0, sticky="nsew")
        self.gauges.grid(row=0, column=1, sticky="nsew", padx=(px(GAP), 0))
        self.gauges.grid_propagate(False)
        self.typicality.grid(row=0, column=0, sticky="ew")
        self.nearest.grid(row=1, column=0, sticky="nsew", pady=(px(8), 0))
        self.gauges.rowconfigure(1, weight=1)
        self.gauges.columnconfigure(0, weight=1)
        self.classes.grid(row=1, column=0, columnspan=2, sticky="ew", pady=(px(8), px(4)))
        self.sliders.grid(row=2, column=0, columnspan=2, sticky="ew")
        row.grid(row=3, column=0, columnspan=2, sticky="ew", pady=(px(8), 0))
        self.rowconfigure(0, weight=1)
        self.columnconfigure(0, weight=1)
        self.digit.bind("<Configure>", lambda event: self._share_width(), add="+")
        # Over the page: it covers neither the digit, nor the gauges, nor the arrows on the sliders.
        add_tooltip(
            self.digit,
            DIGIT_TOOLTIP,
            PATIENT_TOOLTIP_DELAY_MS,
            position="right",
            beside=self.sliders,
        )
        self.digit.show_message("Loading the model …")

    @property
    def settled(self) -> bool:
        """Whether the gauges and the filmstrips show the current point."""
        return not self._gauges.pending and self.sliders.settled

    def set_model(self, model: LoadedModel) -> None:
        """Show the points of another model; `set_statistics` completes it."""
        self._gauges.drop()
        self._model = model
        self._pixels = self._jacobian_of = None
        self._learned = False
        self._neighbours = np.zeros(0, int)
        self.sliders.rebuild()
        self.sliders.set_statistics(model.use, None)
        self.sliders.set_enabled(True)
        self.classes.set_presets(None, model.class_names)
        self.typicality.set_space(model.latent_dim, prior_shell(model.latent_dim))
        self.typicality.show(None)
        self.nearest.show_message("…")

    def renew(self, model: LoadedModel) -> None:
        """Show the same point of newer weights of the same sizes; `set_statistics` completes it."""
        self._gauges.drop()
        self._jacobian_of = None
        self._learned = False
        self._neighbours = np.zeros(0, int)  # their pictures stay until the new ones are known
        self.set_presets(model)
        self.sliders.renew()

    def set_presets(self, model: LoadedModel) -> None:
        """Take over a model whose presets have been found."""
        self._model = model
        presets = None if model.presets is None else model.decoder.decode_uint8(model.presets)
        self.classes.set_presets(presets, model.class_names)
        self._gauges.request()

    def set_statistics(self, model: LoadedModel) -> None:
        """Take over a model whose real images have been encoded, if they could be."""
        self._model = model
        self._learned = True
        self.sliders.set_statistics(model.use, model.encoded)
        if model.encoded is None:
            self.nearest.show_message(model.without_statistics)
        else:
            self.typicality.set_space(model.latent_dim, model.encoded.shell)
        self._gauges.request()

    def set_gauges(self, shown: bool) -> None:
        """Judge the point beside the digit, or leave the digit all the room."""
        self._with_gauges = shown
        if shown:
            self.gauges.grid()
            self._gauges.request()
        else:
            self.gauges.grid_remove()
            self.classes.show(None)

    def set_influence(self, shown: bool) -> None:
        """Show what the attended slider does to the image, or never do."""
        self._with_influence = shown
        self._request_redraw()

    def refresh(self, pixels: np.ndarray) -> None:
        """Show the state and its image, (C, H, W) uint8."""
        self._pixels = pixels
        self.sliders.refresh()
        self.digit.show(pixels, self._influence())
        self._show_arrows()
        for name, possible in (("Undo", self._state.can_undo), ("Redo", self._state.can_redo)):
            button = self.buttons[name]
            if button.instate(["disabled"]) == possible:
                button.state(["!disabled"] if possible else ["disabled"])
        self._gauges.request()

    def _share_width(self) -> None:
        """Give the gauges the width that the digit, which is square, can't use."""
        least, most = map(self._theme.px, GAUGES_WIDTH)
        taken = self.digit.winfo_height() + self._theme.px(GAP)
        wanted = min(most, max(least, self.sliders.winfo_width() - taken))
        if self.gauges.winfo_reqwidth() != wanted:
            self.gauges.configure(width=wanted)

    # ---- lenses ------------------------------------------------------------------------------

    def _jacobian(self) -> np.ndarray:
        """The decoder's Jacobian at the current point, (latent_dim, C, H, W)."""
        z = self._state.z
        if self._jacobian_of is None or self._jacobian_of[0] != z:
            self._jacobian_of = z, self._model.decoder.jacobian(np.asarray(z))
        return self._jacobian_of[1]

    def _influence(self) -> np.ndarray | None:
        """Where it gets lighter and darker as the attended slider grows, (H, W).

        The colours of a picture give way to it, so that there it is shown until the point moves.
        """
        # A probed pixel is seen best without colours over it; but where the pointer is on a slider,
        # only the keyboard's cursor has been left there.
        probed = self.digit.probe is not None
        slider = self.sliders.hovered if probed else self.sliders.attended
        if not self._with_influence or slider is None:
            self._attended = None
            return None
        if self._attended is None or self._attended[0] != slider:
            self._attended = slider, self._state.z
        if len(self._pixels) == 3 and self._attended[1] != self._state.z:
            return None
        change = np.tensordot(self.sliders.directions[slider], self._jacobian(), axes=1)
        return signed_change(change)

    def _gradient(self, pixel: Pixel) -> np.ndarray:
        """How a pixel grows with every dimension, (latent_dim,)."""
        row, column = pixel
        return self._jacobian()[:, :, row, column].mean(axis=1)

    def _probe_changed(self) -> None:
        if self._model is not None:
            self._request_redraw()

    def _show_arrows(self) -> None:
        probe = self.digit.probe
        self.sliders.set_arrows(None if probe is None else self._gradient(probe))

    def _start_edit(self) -> None:
        self._glide.stop()
        self._edit = self._state.begin()

    def _end_edit(self) -> None:
        # A glide that a key has begun in the middle of the drag has a gesture of its own.
        if not self._glide.active:
            self._state.end()

    def _edit_pixel(self, pixel: Pixel, target: float) -> None:
        """Move the point towards where a pixel has the brightness `target`, -1 to 1."""
        if self._state.open_gesture != self._edit:
            # A key has undone, or started a glide, in the middle of the drag, which goes on.
            self._start_edit()
        row, column = pixel
        for _ in range(EDIT_STEPS):
            z = np.asarray(self._state.z)
            change = target - self._model.decoder.decode(z)[:, row, column].mean()
            self._state.set_z(z + pixel_step(self._gradient(pixel), change, self._state.locks))

    # ---- gauges ------------------------------------------------------------------------------

    def _refresh_gauges(self) -> Iterator[None]:
        """Judge the newest point, in parts."""
        model = self._model
        if model is None or self._pixels is None or not self._with_gauges:
            return
        answers = model.probabilities(self._pixels[None])
        self.classes.show(None if answers is None else answers[0])
        if not self._learned:
            return
        yield
        self.typicality.show(typicality(np.asarray(self._state.z), model.encoded))
        yield
        if model.encoded is not None:
            self._show_neighbours(model.encoded)

    def _show_neighbours(self, encoded: EncodedImages) -> None:
        indices, distances = encoded.nearest(np.asarray(self._state.z), NEAREST)
        self._neighbours = indices
        self.nearest.show(
            encoded.images[indices], [str(label) for label in encoded.labels[indices]], distances
        )

    def _choose_neighbour(self, row: int) -> None:
        if row < len(self._neighbours):
            self._on_adopt(self._model.encoded.mu[self._neighbours[row]])
