"""What each latent dimension holds: a table of figures, and four plots of what they come from."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from explorer import dimension_plots, matrix_plots, plot_panels
from explorer.context import Context
from explorer.export import check_suffix, writing
from explorer.measuring import Measuring
from explorer.model import LoadedModel
from explorer.plotting import Draw
from explorer.statistics_sample import Posteriors, Sample
from explorer.theme import Checkbutton, Frame, Menu, Menubutton, Radiobutton, add_tooltip
from explorer.widgets.figure_table import Column, FigureTable, Row
from explorer.widgets.plot import Plot
from explorer.worker import Job
from vae.aggregate import VERSION, LatentSummary, summarise
from vae.statistics import ACTIVE_NATS

MOST_ROWS = 6  # of the table in the smallest window; more are scrolled
PLOTS = {
    "histograms": "Histograms",
    "boxes": "Box plots",
    "correlation": "Correlation",
    "classes": "By class",
}
PLOT_TIPS = {
    "histograms": (
        "How the posterior means of the digits are spread along each dimension. The solid line is "
        "the aggregate posterior: the same with each image's own uncertainty. That line, not the "
        "bars, is what training pulls towards the dashed prior."
    ),
    "boxes": (
        "The middle half of the posterior means as a box with the median; whiskers to the last "
        "image within 1.5 box heights; dots for the smallest and the largest; a diamond for the "
        "mean. The grey band is the middle half of the prior."
    ),
    "correlation": (
        "Pearson's correlation of the posterior means, for each pair of dimensions. In the prior "
        "all are 0: two dimensions that go together tell partly the same."
    ),
    "classes": (
        "Mean and standard deviation of each class along each dimension: which dimensions tell "
        "which digits apart. The table then has a row for each class."
    ),
}
ALONE_TIP = {
    "histograms": (
        "Only the dimension that is selected in the table, stacked by class: which digits lie at "
        "which end. A double click or Return in the table does the same."
    ),
    "boxes": "Only the dimension that is selected in the table, with a box for each class.",
    "correlation": "The correlations are always of all dimensions.",
    "classes": "Only the class that is selected in the table, along every dimension.",
}
SAVE_TIP = "Copy the table, save it as CSV, or save the plot as PNG, SVG or PDF."
PLOT_TIP = "Right click to save the plot as PNG, SVG or PDF."


def two(value: float) -> str:
    """Two decimals; a dash where there is no value."""
    return "–" if np.isnan(value) else plot_panels.two(value)


def percent(value: float) -> str:
    """A share in whole percent."""
    return f"{100 * value:.0f} %"


def state(active: bool) -> str:
    """Whether a dimension is used, in a word."""
    return "active" if active else "dead"


DIMENSION_COLUMNS = (
    Column("z", "dimension", 40, "The latent dimension.", figure=False),
    Column("mean", "mean", 62, "Mean of the posterior means. The prior's is 0.", two),
    Column(
        "std", "std", 58,
        "Standard deviation of the posterior means. Below 1 even where the match with the prior is "
        "perfect: the rest of the variance is each image's own.",
        two,
    ),
    Column("min", "min", 62, "The smallest posterior mean.", two),
    Column("max", "max", 62, "The largest posterior mean.", two),
    Column(
        "σ(x)", "mean_posterior_std", 62,
        "Mean standard deviation of the posteriors: how unsure the encoder is of one image's place."
        " Near 0 it is exact; 1 is the prior's, and says nothing of the image.",
        two,
    ),
    Column(
        "KL", "kl_nats", 58,
        "Kullback-Leibler divergence of the posteriors from the prior, in nats: how much an image "
        "tells along this dimension. The sum over all dimensions is the KL of a VAE's loss.",
        two,
    ),
    Column(
        "explained", "explained", 80,
        "Share of the aggregate posterior's variance that lies between the images, "
        "Var(μ) / (Var(μ) + E[σ²]), and not within each one's uncertainty.",
        percent,
    ),
    Column(
        "use", "active", 62,
        f"Active from {ACTIVE_NATS:g} nats of KL on. A dead dimension answers the prior to every "
        "image, and the decoder ignores it (posterior collapse).",
        state,
    ),
)  # fmt: skip


def dimension_rows(summary: LatentSummary) -> list[Row]:
    """A row for each dimension, with the values of DIMENSION_COLUMNS."""
    return [
        Row(
            (
                plot_panels.name(i),
                *(
                    float(values[i])
                    for values in (
                        summary.mean,
                        summary.std,
                        summary.minimum,
                        summary.maximum,
                        summary.mean_std,
                        summary.kl,
                        summary.explained,
                    )
                ),
                bool(summary.active[i]),
            ),
            quiet=not summary.active[i],
        )
        for i in range(len(summary.mean))
    ]


def class_columns(count: int) -> list[Column]:
    """The columns of the table of classes in `count` dimensions."""
    columns = [
        Column("class", "class", 48, "The class of the digits.", figure=False),
        Column("n", "count", 50, "How many of the chosen digits are of this class.", str),
    ]
    for i in range(count):
        title = plot_panels.name(i)
        mean = f"Mean of the class's posterior means along {title}."
        spread = f"Their standard deviation along {title}."
        columns.append(Column(title, f"{title}_mean", 48, mean, two))
        columns.append(Column("±", f"{title}_std", 44, spread, two))
    return columns


def class_rows(summary: LatentSummary, class_names: Sequence[str]) -> list[Row]:
    """A row for each class, with the values of `class_columns`."""
    rows = []
    for index, title in enumerate(class_names):
        pairs = np.stack([summary.class_means[index], summary.class_stds[index]], axis=1)
        count = int(summary.class_counts[index])
        rows.append(Row((title, count, *map(float, pairs.ravel())), quiet=count == 0))
    return rows


def _summary(job: Job, posteriors: Posteriors) -> LatentSummary:
    job.progress(0.0)
    return summarise(posteriors.mu, posteriors.std, posteriors.labels, len(posteriors.class_names))


class DimensionsView(Frame):
    """The table, and the plot that is chosen; of one row alone, if the person wants."""

    def __init__(self, parent: tk.Misc, context: Context, sample: Sample) -> None:
        super().__init__(parent)
        self._context = context
        self._sample = sample
        self._summary: LatentSummary | None = None
        self._posteriors: Posteriors | None = None
        self._rows = {"dimensions": 0, "classes": 0}  # selected, by the table
        self._drawn: tuple[Any, ...] | None = None
        self._kind = tk.StringVar(self, "histograms")
        self._alone = tk.BooleanVar(self, False)
        px = context.theme.px
        self.table = FigureTable(
            self,
            context.theme,
            on_select=self._select,
            on_activate=lambda index: self._turn_alone(),
            on_copy=self._copy,
        )
        self.plot = Plot(self, context, name="dimensions", tip=PLOT_TIP)
        self._choice = self._add_choice()
        self.table.grid(row=0, column=0, sticky="ew")
        self._choice.grid(row=1, column=0, sticky="ew", pady=px(6))
        self.plot.grid(row=2, column=0, sticky="nsew")
        self.rowconfigure(2, weight=1)
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

    def _add_choice(self) -> Frame:
        px, row = self._context.theme.px, Frame(self)
        self.buttons: dict[str, Radiobutton] = {}
        for kind, title in PLOTS.items():
            button = Radiobutton(
                row, text=title, value=kind, variable=self._kind, command=self._choose_plot
            )
            button.pack(side="left", padx=(0, px(10)))
            add_tooltip(button, PLOT_TIPS[kind])
            self.buttons[kind] = button
        self.save_button = Menubutton(row, text="Save ", bootstyle="secondary-outline")
        self.save_menu = Menu(self.save_button, tearoff=False)
        for label, command in (
            ("Copy the table", lambda: self._copy(self.table.text())),
            ("Save the table as CSV…", self.save_table),
            ("Save the plot…", self.plot_save),
        ):
            self.save_menu.add_command(label=label, command=command)
        self.save_menu.configure(
            postcommand=lambda: self._context.theme.paint_entries(self.save_menu)
        )
        self.save_button.configure(menu=self.save_menu)
        self.save_button.pack(side="right")
        add_tooltip(self.save_button, SAVE_TIP)
        self.alone_box = Checkbutton(row, variable=self._alone, command=self._draw)
        self.alone_box.pack(side="right", padx=(0, px(12)))
        self._alone_tip = add_tooltip(self.alone_box, "")
        self._name_alone()
        return row

    # ---- what every view offers ----------------------------------------------------------------

    def set_model(self, model: LoadedModel) -> None:
        """The sample tells of it."""

    def settings(self) -> dict[str, Any]:
        """For a session file."""
        return {
            "plot": self._kind.get(),
            "alone": self._alone.get(),
            "dimension": self._rows["dimensions"],
            "class": self._rows["classes"],
        }

    def apply_settings(self, settings: Mapping[str, Any]) -> None:
        """Take over settings of a session file; what does not fit is left as it is."""
        kind = settings.get("plot")
        if isinstance(kind, str) and kind in PLOTS:
            self._kind.set(kind)
        if isinstance(settings.get("alone"), bool):
            self._alone.set(settings["alone"])
        for table, key in (("dimensions", "dimension"), ("classes", "class")):
            row = settings.get(key)
            if type(row) is int and row >= 0:
                self._rows[table] = row
        self._fill()

    @property
    def settled(self) -> bool:
        """Whether everything that was asked for is shown."""
        return self._measuring.settled and self.plot.settled

    def back(self) -> None:
        """Escape: from one row alone to all."""
        if self._alone.get():
            self._turn_alone()

    # ---- what is shown -------------------------------------------------------------------------

    @property
    def summary(self) -> LatentSummary | None:
        """The figures that are shown."""
        return self._summary

    @property
    def _table_shown(self) -> str:
        return "classes" if self._kind.get() == "classes" else "dimensions"

    def _show(self, summary: LatentSummary, posteriors: Posteriors) -> None:
        self._summary, self._posteriors = summary, posteriors
        self._fill()

    def _show_missing(self, text: str) -> None:
        self._summary = self._posteriors = self._drawn = None
        self.table.show((), (), MOST_ROWS)
        self.table.grid_remove()
        self._choice.grid_remove()
        self.plot.message(text)

    def _fill(self) -> None:
        """The table, and the plot."""
        summary, posteriors = self._summary, self._posteriors
        if summary is not None:
            if self._table_shown == "classes":
                columns = class_columns(len(summary.mean))
                rows = class_rows(summary, posteriors.class_names)
            else:
                columns, rows = DIMENSION_COLUMNS, dimension_rows(summary)
            self.table.grid()
            self._choice.grid()
            self.table.show(columns, rows, min(MOST_ROWS, len(rows)))
            chosen = min(self._rows[self._table_shown], len(rows) - 1)
            self._rows[self._table_shown] = chosen
            self.table.select(chosen)
        self._draw()

    def _draw(self) -> None:
        self._name_alone()
        if self._summary is None:
            return
        # What is on the screen already is not drawn again.
        kind = self._kind.get()
        alone = self._alone.get() and kind != "correlation"
        wanted = (self._summary, kind, self._rows[self._table_shown] if alone else None)
        if wanted != self._drawn:
            self._drawn = wanted
            self.plot.show(_drawing(self._summary, self._posteriors, kind, wanted[2]))

    def _name_alone(self) -> None:
        kind = self._kind.get()
        index = self._rows[self._table_shown]
        if kind == "classes":
            names = () if self._posteriors is None else self._posteriors.class_names
            text = f"only {names[index]}" if index < len(names) else "only one"
        else:
            text = f"only {plot_panels.name(index)}"
        self.alone_box.configure(text=text, state="disabled" if kind == "correlation" else "normal")
        self._alone_tip.configure(text=ALONE_TIP[kind])

    # ---- what the person does ------------------------------------------------------------------

    def _choose_plot(self) -> None:
        self._fill()

    def _select(self, index: int) -> None:
        self._rows[self._table_shown] = index
        self._draw()

    def _turn_alone(self) -> None:
        self._alone.set(not self._alone.get())
        self._draw()

    def _copy(self, text: str) -> None:
        if self._summary is None:
            self._context.notify("There is no table to copy yet.", True)
            return
        self._context.root.clipboard_clear()
        self._context.root.clipboard_append(text)
        self._context.notify(f"Copied the table: {len(self.table.order)} rows.", False)

    def plot_save(self) -> None:
        """Ask for a file and save the plot."""
        self.plot.save()

    def save_table(self) -> None:
        """Ask for a file and save the table that is shown as CSV."""
        if self._summary is None:
            self._context.notify("There is no table to save yet.", True)
            return
        title = f"{self._table_shown}.csv"
        path = self._context.save_path("Save the table", [("CSV table", "*.csv")], title)
        if path is None:
            return
        self._context.run_job(
            "export",
            f"Saving {path.name}",
            _csv_writer(path, self.table.csv()),
            done=lambda _: self._context.notify(f"Saved {path}", False),
        )


def _csv_writer(path: Path, text: str) -> Callable[[Job], None]:
    def write(job: Job) -> None:
        check_suffix(path, (".csv",))
        with writing(path, lambda: job.progress(0.5)) as file:
            file.write(text.encode())

    return write


def _drawing(summary: LatentSummary, posteriors: Posteriors, kind: str, row: int | None) -> Draw:
    """What draws a plot; of one row of the table alone, or of all where that is None."""
    mu, std, labels, names = (
        posteriors.mu,
        posteriors.std,
        posteriors.labels,
        posteriors.class_names,
    )
    if kind == "correlation":
        return partial(matrix_plots.correlation, values=summary.correlation)
    if kind == "classes":
        if row is None:
            return partial(matrix_plots.class_means, summary=summary, class_names=names)
        return partial(matrix_plots.class_profile, summary=summary, class_names=names, index=row)
    if kind == "boxes":
        if row is None:
            return partial(dimension_plots.box_plots, summary=summary)
        return partial(
            dimension_plots.class_boxes,
            mu=mu[:, row],
            labels=labels,
            class_names=names,
            dimension=row,
        )
    if row is None:
        return partial(dimension_plots.histograms, mu=mu, std=std, summary=summary)
    return partial(
        dimension_plots.histogram,
        mu=mu[:, row],
        std=std[:, row],
        labels=labels,
        class_names=names,
        dimension=row,
    )
