"""The encoded digits as dots along two dimensions, or along every pair of them, by class."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from explorer import plot_panels, scatter_plots
from explorer.context import Context
from explorer.measuring import Measuring
from explorer.model import LoadedModel
from explorer.plotting import Rendering
from explorer.statistics_sample import Posteriors, Sample
from explorer.theme import Button, Combobox, Frame, Label, Radiobutton, add_tooltip, font
from explorer.widgets.digit_view import DigitView
from explorer.widgets.plot import Place, Plot
from explorer.worker import Job
from vae.aggregate import VERSION, LatentSummary, summarise

SHOWN_SIDE = 104  # pixels at 96 dpi, of the digit beside the plot
REACH = 10  # a dot is meant by the pointer up to so many pixels at 96 dpi
ALL, PAIR = "all", "pair"
MODE_TIPS = {
    ALL: (
        "Every pair of dimensions: dots below the diagonal, the histogram of each on it, the "
        "correlation above. A click on a correlation shows that pair large. With more than "
        f"{scatter_plots.MATRIX_MOST} dimensions, those that are used most."
    ),
    PAIR: "Two dimensions, large. Escape goes back to every pair.",
}
AXIS_TIP = "The dimension that lies {} in the plot."
PLOT_TIP = (
    "Each dot is a real digit, at the mean of its posterior; the colour is its class, and the ring "
    "is the current point. In one pair the names stand at the means of the classes, half of all "
    "prior samples lie within the inner dashed ring, and 95 of 100 within the outer one.\n\n"
    "A click on a dot takes the point to that digit; beside the dots, to that place in the two "
    "dimensions. With the keyboard: the arrow keys move a cross (with Shift by single pixels), "
    "Return is a click. Right click saves the plot."
)
HINT = "Point at a dot to see its digit. A click takes the current point there."


def _summary(job: Job, posteriors: Posteriors) -> LatentSummary:
    job.progress(0.0)
    return summarise(posteriors.mu, posteriors.std, posteriors.labels, len(posteriors.class_names))


class ScatterView(Frame):
    """The plot with its choice above, and beside it the digit that is pointed at."""

    def __init__(self, parent: tk.Misc, context: Context, sample: Sample) -> None:
        super().__init__(parent)
        self._context = context
        self._sample = sample
        self._summary: LatentSummary | None = None
        self._posteriors: Posteriors | None = None
        self._mode = tk.StringVar(self, ALL)
        self._pair = (0, 1)
        self._pairs: tuple[tuple[int, int], ...] = ()  # of the axes drawn: along x, along y
        self._drawn: tuple[Any, ...] | None = None
        self._places: tuple[Rendering, int, np.ndarray] | None = None  # where the dots of axes are
        self._pending: str | None = None
        px = context.theme.px
        self._choice = self._add_choice()
        self._choice.grid(row=0, column=0, columnspan=2, sticky="ew", pady=(0, px(6)))
        self.plot = Plot(
            self,
            context,
            name="scatter",
            tip=PLOT_TIP,
            on_pick=self._pick,
            on_hover=self._hover,
        )
        self.plot.grid(row=1, column=0, sticky="nsew")
        self._side = self._add_side()
        self._side.grid(row=1, column=1, sticky="n", padx=(px(10), 0))
        self.rowconfigure(1, weight=1)
        self.columnconfigure(0, weight=1)
        self._measuring = Measuring(
            self,
            context,
            sample,
            kind=LatentSummary,
            version=VERSION,
            label="Measuring the dimensions",
            compute=_summary,
            show=self._show,
            missing=self._show_missing,
        )
        leave = context.state.subscribe(lambda state: self._mark_soon())
        self.bind("<Map>", lambda event: self._mark_soon(), add="+")
        self.bind("<Destroy>", lambda event: leave() if event.widget is self else None, add="+")

    def _add_choice(self) -> Frame:
        px, row = self._context.theme.px, Frame(self)
        self.buttons: dict[str, Radiobutton] = {}
        for mode, title in ((ALL, "Every pair"), (PAIR, "One pair:")):
            button = Radiobutton(
                row, text=title, value=mode, variable=self._mode, command=self._draw
            )
            button.pack(side="left", padx=(0, px(10)))
            add_tooltip(button, MODE_TIPS[mode])
            self.buttons[mode] = button
        self.boxes: list[Combobox] = []
        for side, word in enumerate(("across", "upwards")):
            Label(row, text=word).pack(side="left", padx=(0, px(4)))
            box = Combobox(row, state="readonly", width=4)
            box.pack(side="left", padx=(0, px(10)))
            box.bind("<<ComboboxSelected>>", lambda event, side=side: self._choose(side))
            add_tooltip(box, AXIS_TIP.format(word))
            self.boxes.append(box)
        save = Button(row, text="Save…", bootstyle="secondary-outline", command=self.plot_save)
        save.pack(side="right")
        add_tooltip(save, "Save the plot as PNG, SVG or PDF.")
        return row

    def _add_side(self) -> Frame:
        px, theme = self._context.theme.px, self._context.theme
        side = Frame(self)
        self.digit = DigitView(side, theme)
        self.digit.configure(width=px(SHOWN_SIDE), height=px(SHOWN_SIDE))
        self.digit.grid(row=0, column=0)
        self.words = Label(
            side, text=HINT, justify="left", anchor="nw", wraplength=px(SHOWN_SIDE + 8),
            font=font(9), bootstyle="secondary",
        )  # fmt: skip
        self.words.grid(row=1, column=0, sticky="nw", pady=(px(6), 0))
        side.columnconfigure(0, minsize=px(SHOWN_SIDE + 8))
        return side

    # ---- what every view offers ----------------------------------------------------------------

    def set_model(self, model: LoadedModel) -> None:
        """The sample tells of it."""

    def settings(self) -> dict[str, Any]:
        """For a session file."""
        return {"mode": self._mode.get(), "pair": list(self._pair)}

    def apply_settings(self, settings: Mapping[str, Any]) -> None:
        """Take over settings of a session file; what does not fit is left as it is."""
        pair = settings.get("pair")
        if (
            isinstance(pair, list | tuple)
            and len(pair) == 2
            and all(type(i) is int and i >= 0 for i in pair)
        ):
            self._pair = tuple(pair)
        mode = settings.get("mode")
        if isinstance(mode, str) and mode in self.buttons:
            self._mode.set(mode)
        self._draw()

    @property
    def settled(self) -> bool:
        """Whether everything that was asked for is shown."""
        return self._measuring.settled and self.plot.settled and self._pending is None

    def back(self) -> None:
        """Escape: from one pair to every pair."""
        if self._mode.get() == PAIR:
            self._mode.set(ALL)
            self._draw()

    def destroy(self) -> None:
        """Leave no mark to be placed."""
        if self._pending is not None:
            self.after_cancel(self._pending)
            self._pending = None
        super().destroy()

    # ---- what is shown -------------------------------------------------------------------------

    @property
    def pair(self) -> tuple[int, int]:
        """The dimensions of one pair, across and upwards, counted from 0."""
        return self._pair

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """The dimensions of each of the axes in the plot, across and upwards."""
        return self._pairs

    def _show(self, summary: LatentSummary, posteriors: Posteriors) -> None:
        self._summary, self._posteriors = summary, posteriors
        self._choice.grid()
        self._side.grid()
        names = [plot_panels.name(i) for i in range(len(summary.mean))]
        for box in self.boxes:
            box.configure(values=names, state="readonly" if len(names) > 1 else "disabled")
        self.buttons[PAIR].configure(state="normal" if len(names) > 1 else "disabled")
        self._draw()

    def _show_missing(self, text: str) -> None:
        self._summary = self._posteriors = self._drawn = self._places = None
        self._choice.grid_remove()
        self._side.grid_remove()
        self.plot.message(text)
        self._point_at(None)

    def _draw(self) -> None:
        summary, posteriors = self._summary, self._posteriors
        if summary is None:
            return
        count = len(summary.mean)
        # Settings, and another model, may ask for what this one has not.
        if count > 1 and (max(self._pair) >= count or self._pair[0] == self._pair[1]):
            self._pair = (0, 1)
        mode = self._mode.get() if count > 1 else ALL
        for box, dimension in zip(self.boxes, self._pair, strict=True):
            box.set(plot_panels.name(dimension) if count > 1 else "")
        wanted = (summary, mode, self._pair if mode == PAIR else None)
        if wanted == self._drawn:
            return
        self._drawn = wanted
        mu, labels, names = posteriors.mu, posteriors.labels, posteriors.class_names
        if mode == PAIR:
            self._pairs = (self._pair,)
            draw = partial(
                scatter_plots.scatter, mu=mu, labels=labels, class_names=names, pair=self._pair
            )
        else:
            shown = plot_panels.most_used(summary, scatter_plots.MATRIX_MOST)
            self._pairs = tuple((column, row) for row in shown for column in shown)
            draw = partial(
                scatter_plots.scatter_matrix,
                mu=mu,
                labels=labels,
                class_names=names,
                dimensions=shown,
                correlations=summary.correlation,
            )
        self._places = None
        self._point_at(None)
        self.plot.set_marks(())
        self.plot.show(draw)
        self._mark_soon()

    def _dotted(self, axes: int) -> bool:
        """Whether these axes show dots: in the matrix, those below the diagonal."""
        across, upwards = self._pairs[axes]
        return self._drawn[1] == PAIR or across < upwards

    def _mark_soon(self) -> None:
        """Ring the current point, once for all that happens until Tk is idle."""
        if self._pending is None and self.winfo_ismapped():
            self._pending = self.after_idle(self._mark)

    def _mark(self) -> None:
        self._pending = None
        z = self._context.state.z
        if self._drawn is None or len(z) != len(self._summary.mean):
            self.plot.set_marks(())
            return
        self.plot.set_marks(
            [
                (axes, z[across], z[upwards])
                for axes, (across, upwards) in enumerate(self._pairs)
                if self._dotted(axes)
            ]
        )

    # ---- what the person does ------------------------------------------------------------------

    def plot_save(self) -> None:
        """Ask for a file and save the plot."""
        self.plot.save()

    def _choose(self, side: int) -> None:
        """Another dimension; the one that was there takes the other's place if both are one."""
        chosen = self.boxes[side].current()
        pair = list(self._pair)
        if pair[1 - side] == chosen:
            pair[1 - side] = pair[side]
        pair[side] = chosen
        self._pair = tuple(pair)
        self.boxes[side].selection_clear()
        self._mode.set(PAIR)
        self._draw()

    def _nearest(self, place: Place) -> int | None:
        """The dot at a place, by its index among the chosen digits."""
        x, y, axes = place
        rendering = self.plot.rendering
        if rendering is None or axes >= len(self._pairs) or not self._dotted(axes):
            return None
        if self._places is None or self._places[:2] != (rendering, axes):
            points = rendering.pixels_of(axes, self._posteriors.mu[:, self._pairs[axes]])
            self._places = rendering, axes, points
        offsets = self._places[2] - rendering.pixels_of(axes, np.array([x, y]))
        distances = (offsets * offsets).sum(axis=1)
        nearest = int(distances.argmin())
        return nearest if distances[nearest] <= self._context.theme.px(REACH) ** 2 else None

    def _hover(self, place: Place | None) -> None:
        self._point_at(None if place is None or self._drawn is None else self._nearest(place))

    def _point_at(self, number: int | None) -> None:
        """Show a digit beside the plot."""
        posteriors, model = self._posteriors, self._sample.model
        if number is None or model is None or model.encoded is None:
            self.digit.show_message("")
            self.words.configure(text=HINT)
            return
        index = int(posteriors.indices[number])
        self.digit.show(model.encoded.images[index])
        label = posteriors.class_names[posteriors.labels[number]]
        self.words.configure(text=f"real {label}\nnumber {index}")

    def _pick(self, x: float, y: float, axes: int) -> None:
        if self._drawn is None or axes >= len(self._pairs):
            return
        across, upwards = self._pairs[axes]
        if self._drawn[1] == ALL and across > upwards:
            self._pair = (upwards, across)
            self._mode.set(PAIR)
            self._draw()
            return
        number = self._nearest((x, y, axes))
        if number is not None:
            index = int(self._posteriors.indices[number])
            label = self._posteriors.class_names[self._posteriors.labels[number]]
            self._context.adopt(self._posteriors.mu[number], True)
            self._context.notify(f"To real {label}, number {index}.", False)
            return
        z = np.array(self._context.state.z)
        if len(z) != len(self._summary.mean):
            return
        z[across] = x
        if upwards != across:  # on the diagonal upwards is a density
            z[upwards] = y
        self._context.adopt(z, True)
