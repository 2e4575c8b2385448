"""The Sweep page: what every dimension does around a point, and one of them large."""

from __future__ import annotations

import math
import tkinter as tk
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from typing import Any

import numpy as np
from PIL import Image

from explorer.context import Context
from explorer.export import export_sheet
from explorer.model import LoadedModel
from explorer.sheet import tiled
from explorer.sweep import (
    MAX_QUANTILE,
    MAX_SPAN,
    MAX_STEPS,
    MIN_QUANTILE,
    MIN_SPAN,
    MIN_STEPS,
    Sweep,
    Sweeper,
    SweepRequest,
    name_of,
)
from explorer.theme import PATIENT_TOOLTIP_DELAY_MS, Frame, Label, add_tooltip
from explorer.widgets.later import Later
from explorer.widgets.sweep_options import CHOICES, SweepOptions
from explorer.widgets.sweep_sheet import Layout, SweepSheet
from explorer.widgets.vector_bars import VectorBars
from explorer.widgets.vector_field import VectorField
from explorer.worker import Job

# A refresh takes 4 ms: one in 60 ms leaves 93 % of them to the digit, and still looks like motion.
REFRESH_MS = 60
# Decoded pixels in one go: two rows of 11 digits, half a millisecond. The digit goes between.
PART_PIXELS = 18_000
PART_VERDICTS = 8  # images that are classified in one go, a millisecond

BARS_HEIGHT = 76  # pixels at 96 dpi
LEAST_DIFFERENCE = 1e-6  # of a latent number; the state keeps six decimals
HINT = "Click an image to go there, or a name to see that dimension large."
HINT_LARGE = "Click an image to go there; choose All, or press Escape, for the whole sheet."


class SweepPage(Frame):
    """All dimensions x n steps, live; a click adopts."""

    name = "sweep"
    title = "Sweep"

    def __init__(self, parent: tk.Misc, context: Context) -> None:
        px = context.theme.px
        super().__init__(parent, padding=px(12))
        self._context = context
        self._sweeper: Sweeper | None = None  # of the model
        self._request = SweepRequest()
        self._sweep: Sweep | None = None
        self._later = Later(self, REFRESH_MS, self._draw)

        self.options = SweepOptions(
            self,
            context.theme,
            on_change=self._choose,
            on_save=self.save,
            on_error=lambda message: context.notify(message, True),
        )
        self.sheet_view = SweepSheet(
            self,
            context.theme,
            on_view=self._refresh,
            on_activate=self._adopt_tile,
            on_hover=lambda index: self._describe(),
            on_row=self._enlarge_row,
        )
        add_tooltip(
            self.sheet_view,
            "Every row varies one dimension and holds the others. The frame marks where the "
            "current point is; in another colour, at an end that the point lies beyond. Click a "
            "digit, or walk with the arrow keys and press Return, to go there.",
            PATIENT_TOOLTIP_DELAY_MS,
            position="top",
        )
        self.info = Label(self, text=HINT, bootstyle="secondary")
        self.bars = VectorBars(self, context.theme, BARS_HEIGHT)
        add_tooltip(
            self.bars,
            "The current point and its numbers, from -4 to 4 standard deviations of the prior. A "
            "notch at the end of a bar says that the number lies beyond.",
            PATIENT_TOOLTIP_DELAY_MS,
            position="top",
        )
        self.vector_field = VectorField(self, context.theme, self._adopt_vector)

        pad = px(8)
        self.options.grid(row=0, column=0, sticky="ew", pady=(0, pad))
        self.sheet_view.grid(row=1, column=0, sticky="nsew")
        self.info.grid(row=2, column=0, sticky="ew", pady=(px(4), pad))
        self.bars.grid(row=3, column=0, sticky="ew", pady=(0, pad))
        self.vector_field.grid(row=4, column=0, sticky="ew")
        self.rowconfigure(1, weight=1)
        self.columnconfigure(0, weight=1)

        self.sheet_view.bind("<Escape>", self._escape)
        self.bind("<Map>", lambda event: self._refresh())
        unsubscribe = context.state.subscribe(lambda state: self._refresh())
        self.bind("<Destroy>", lambda event: unsubscribe() if event.widget is self else None, "+")

    # ---- what is shown -----------------------------------------------------------------------

    @property
    def request(self) -> SweepRequest:
        """What is asked for; what the model does not offer is not shown."""
        return self._request

    @property
    def sweep(self) -> Sweep | None:
        """What the sheet shows."""
        return self._sweep

    @property
    def settled(self) -> bool:
        """Whether the sheet shows the current point and request, or is hidden."""
        return not self._later.pending

    def set_model(self, model: LoadedModel) -> None:
        """Sweep another model."""
        self._sweep = None
        self.sheet_view.clear()
        self.set_encoded(model)

    def set_encoded(self, model: LoadedModel) -> None:
        """Take over what the encoder tells of the same model: the use and the quantiles."""
        self._sweeper = Sweeper(model)
        self.options.offer(model)
        dimension = self._request.dimension
        if dimension is not None and dimension >= model.latent_dim:
            dimension = None
        self._ask(replace(self._request, dimension=dimension))

    def settings(self) -> dict[str, Any]:
        """What a session file keeps."""
        return asdict(self._request)

    def apply_settings(self, settings: Mapping[str, Any]) -> None:
        """Take over settings of a session file; what does not fit is left as it is."""
        last = 0 if self._sweeper is None else self._sweeper.model.latent_dim - 1
        limits = {
            "steps": (MIN_STEPS, MAX_STEPS, int),
            "large_steps": (MIN_STEPS, MAX_STEPS, int),
            "span": (MIN_SPAN, MAX_SPAN, float),
            "quantile": (MIN_QUANTILE, MAX_QUANTILE, float),
            "dimension": (0, last, int),
        }
        changes: dict[str, Any] = {}
        for key, (low, high, kind) in limits.items():
            value = settings.get(key)
            is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if is_number and low <= value <= high:
                changes[key] = kind(value)
        if "dimension" in settings and settings["dimension"] is None:
            changes["dimension"] = None
        for key, (_, choices) in CHOICES.items():
            if settings.get(key) in tuple(choices):
                changes[key] = settings[key]
        self._ask(replace(self._request, **changes))

    def enlarge(self, dimension: int | None) -> None:
        """Show one dimension large, or all of them."""
        self._ask(replace(self._request, dimension=dimension))

    def back(self) -> None:
        """From one dimension to all of them."""
        if self._request.dimension is not None:
            self.enlarge(None)

    def _ask(self, request: SweepRequest) -> None:
        """Change the request, show it in every control, and draw."""
        self._request = request
        sweeper = self._sweeper
        self.options.show(request, request if sweeper is None else sweeper.offered(request))
        self._refresh()

    # ---- drawing -----------------------------------------------------------------------------

    def _refresh(self) -> None:
        """Draw soon; a page that is not seen waits until it is."""
        if self.winfo_ismapped():
            self._later.request()

    def _draw(self) -> Iterator[None]:
        """Draw what is in view, for the newest point, in parts that no frame has to wait for."""
        sweeper, state = self._sweeper, self._context.state
        if sweeper is None or state.latent_dim != sweeper.model.latent_dim:
            return  # the next model is on its way
        if not self.winfo_ismapped():
            return  # gone in the meantime
        decoder = sweeper.model.decoder
        self.bars.show(state.z, decoder.decode_uint8(np.asarray(state.z)))
        self.vector_field.show(state.z)
        yield
        sweep = sweeper.sweep(self._request, state.z, state.locks)
        sheet, layout = sweep.sheet, self.sheet_view.fit(sweep.sheet, decoder.image_shape)
        background = self.sheet_view.background
        step_x, step_y = layout.step
        picture = Image.new("RGB", (layout.columns * step_x, layout.shown * step_y), background)
        at_once = max(1, PART_PIXELS // math.prod(decoder.image_shape))
        for part in _parts(layout, min(at_once, PART_VERDICTS) if sheet.captions else at_once):
            yield
            pixels = decoder.decode_uint8(sweep.points[part])
            sheet = sweeper.with_verdicts(sheet, pixels, part.start)
            row, column = divmod(part.start - layout.in_view.start, layout.columns)
            columns = min(layout.columns, len(pixels))
            tiles = tiled(pixels, columns, layout.cell, layout.step, background)
            picture.paste(tiles, (column * step_x, row * step_y))
        yield
        if sweeper is self._sweeper:
            self._sweep = replace(sweep, sheet=sheet)
            self.sheet_view.show(sheet, layout, picture, sweep.marked)
            self._describe()

    def _describe(self) -> None:
        """Say the value under the cursor, and what the classifier sees there."""
        index, sweep = self.sheet_view.cursor, self._sweep
        if index is not None and sweep is not None:
            self.info.configure(text=self._sweeper.description(sweep, index))
        else:
            self.info.configure(text=HINT if self._request.dimension is None else HINT_LARGE)

    # ---- what the person does ----------------------------------------------------------------

    def _choose(self, request: SweepRequest) -> None:
        if request.dimension != self._request.dimension:
            self.sheet_view.focus_set()  # where Escape goes back
        self._ask(request)

    def _enlarge_row(self, row: int) -> None:
        self.enlarge(int(self._sweep.dimensions[row]))

    def _escape(self, event: tk.Event) -> str | None:
        if self._request.dimension is None:
            return None
        self.enlarge(None)
        return "break"  # else the window takes the focus away

    def _adopt_tile(self, index: int) -> None:
        self._adopt(self._sweep.points[index])

    def _adopt_vector(self, z: tuple[float, ...]) -> None:
        self._adopt(z)
        self.vector_field.show(self._context.state.z)

    def _adopt(self, z: Any) -> None:
        state = self._context.state
        held = [i for i in sorted(state.locks) if abs(z[i] - state.z[i]) > LEAST_DIFFERENCE]
        self._context.adopt(z, False)
        if held:
            stay = "stays where it is" if len(held) == 1 else "stay where they are"
            self._context.notify(f"Locked: {', '.join(map(name_of, held))} {stay}.", False)

    def save(self, scale: int) -> None:
        """Ask for a file and save what is asked for, with `scale` pixels for one of an image."""
        sweeper, state = self._sweeper, self._context.state
        if sweeper is None or state.latent_dim != sweeper.model.latent_dim:
            return
        sweep = sweeper.sweep(self._request, state.z, state.locks)
        large = sweep.request.dimension is not None
        name = f"sweep-{name_of(sweep.dimensions[0])}.png" if large else "sweep.png"
        path = self._context.save_path("Save the sweep", [("PNG picture", "*.png")], name)
        if path is None:
            return

        def save(job: Job) -> None:
            pixels = sweeper.model.decoder.decode_uint8(sweep.points)
            export_sheet(
                pixels,
                sweeper.with_verdicts(sweep.sheet, pixels, 0),
                path,
                scale,
                title=sweeper.title(sweep),
                marked=tuple(sweep.marked),
                progress=job.progress,
                cancelled=lambda: job.cancelled,
            )

        self._context.run_job(
            "export",
            f"Saving {path.name}",
            save,
            done=lambda _: self._context.notify(f"Saved {path}", False),
        )


def _parts(layout: Layout, at_once: int) -> Iterator[slice]:
    """The images in view, at most so many at once: whole rows, or pieces of one."""
    seen, columns = layout.in_view, layout.columns
    rows = max(1, at_once // columns) * columns
    for start in range(seen.start, seen.stop, rows):
        end = min(seen.stop, start + rows)
        for first in range(start, end, at_once):
            yield slice(first, min(end, first + at_once))
