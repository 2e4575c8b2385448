"""The figures of generators: this model, the second, all shipped ones; and of real digits."""

from __future__ import annotations

import math
import tkinter as tk
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from explorer.apart import run_apart
from explorer.asking import Asking
from explorer.context import Context
from explorer.export import check_suffix, writing
from explorer.kept_figures import KeptFigures, fingerprint
from explorer.model import LoadedModel, open_model
from explorer.second_model import SecondModel
from explorer.shipped import shipped_models, short_name
from explorer.theme import Button, Frame, Label, Radiobutton, add_tooltip, font
from explorer.widgets.score_table import REAL, Notes, ScoreTable
from explorer.worker import Job
from vae.evaluate import FITTED_ENCODER, evaluate_weights, real_figures
from vae.figure_tables import as_csv, as_json, as_markdown, as_text
from vae.figures import QUICK, RECONSTRUCTION, Report, Settings, definitions
from vae.recorded import is_gan

# Kinds of jobs.
SHIPPED, LOOK_UP, MEASURE, SAVE = "shipped models", "kept figures", "figures", "export"
THIS, SECOND = "this", "second"  # columns; that of another shipped model is called by its path
SIZES: dict[str, Settings] = {"quick": QUICK, "full": Settings()}
SECONDS = {"quick": (10, 4), "full": (30, 6)}  # of a model, of real digits; on one core
SIZE_TEXTS = {
    "quick": (
        "Quick",
        "About 10 s a model. Good for a look; its figures compare among themselves.",
    ),
    "full": ("Full", "About 30 s a model. The figures to quote."),
}
REAL_HEADING = "Real digits"
REAL_TIP = "training digits in the place of samples, against the test digits"
WORDS_HEIGHT = 82  # pixels at 96 dpi: five lines of a definition
FILES = [("CSV table", "*.csv"), ("JSON", "*.json"), ("Markdown", "*.md"), ("Text", "*.txt")]
# Of reports, and of what models are called where a path says little.
WRITERS: dict[str, Callable[[Sequence[Report], Sequence[str]], str]] = {
    ".csv": lambda reports, names: as_csv(reports),
    ".json": lambda reports, names: as_json(reports),
    ".md": as_markdown,
    ".txt": as_text,
}
TO_MEASURE = (
    "Measure computes the {} one after the other, in a process of its own, in about {}, and keeps "
    "what it finds for the next time. Choose a row for what a figure means."
)
MEASURED = (
    "✓ marks the best of the models; ↓ lower is better, ↑ higher is better. Real digits: "
    f"{REAL_TIP}. Choose a row for what a figure means, and why one is missing (–)."
)
FITTED = "fitted"  # in the table, where FITTED_ENCODER has no room
PATIENCE_S = 90  # what takes longer is told in minutes
CHANGED = "{} has changed since it was opened: open it again to measure it."


class FiguresView(Frame):
    """A table of figures that are measured when they are asked for, and kept.

    The models that come with the program have a column each, whichever of them is open.
    """

    def __init__(self, parent: tk.Misc, context: Context, second: SecondModel) -> None:
        super().__init__(parent)
        self._context = context
        self._second = second
        self._jobs = Asking(context)
        self._kept = KeptFigures()
        self._first: LoadedModel | None = None
        self._shipped: dict[Path, tuple[Stamp, LoadedModel]] = {}
        self._left_out: tuple[str, ...] = ()  # why shipped models can't be used
        self._problems: dict[str, str] = {}  # what could not be measured, by column
        self._size = tk.StringVar(self, "quick")
        self._looked: set[tuple[str, str]] = set()  # what was looked for on the disk
        self._measuring: str | None = None  # a column

        px = context.theme.px
        self._build_options()
        self.table = ScoreTable(self, context.theme, on_select=self._show_words)
        for key in ("Control-c", "Control-C"):
            self.table.tree.bind(f"<{key}>", lambda event: self._copy_by_key())
        holder = Frame(self, height=px(WORDS_HEIGHT), width=1)
        holder.pack_propagate(False)
        self.words = Label(holder, font=font(9), anchor="nw", justify="left")
        self.words.pack(fill="both", expand=True)
        holder.bind(
            "<Configure>",
            lambda event: self.words.configure(wraplength=max(1, event.width - px(12))),
        )
        self._options_row.grid(row=0, column=0, sticky="ew", pady=(0, px(6)))
        self.table.grid(row=1, column=0, sticky="nsew")
        holder.grid(row=2, column=0, sticky="ew", pady=(px(6), 0))
        self.rowconfigure(1, weight=1)
        self.columnconfigure(0, weight=1)
        self.bind("<Map>", lambda event: event.widget is self and self._come_up())
        unsubscribe = second.subscribe(self._renew)
        self.bind("<Destroy>", lambda event: event.widget is self and unsubscribe(), add="+")
        self._renew()

    # ---- what every view offers ----------------------------------------------------------------

    def set_model(self, model: LoadedModel) -> None:
        """Show another model's figures, as far as they are known."""
        if self._first is None or model.bundle is not self._first.bundle:
            self._jobs.drop(MEASURE, LOOK_UP)
            self._measuring = None
            self._problems.clear()
        self._first = model
        self._renew()

    def settings(self) -> dict[str, Any]:
        """For a session file."""
        return {"size": self._size.get()}

    def apply_settings(self, settings: Mapping[str, Any]) -> None:
        """Take over settings of a session file; what does not fit is left as it is."""
        if settings.get("size") in tuple(SIZES):
            self._size.set(settings["size"])
            self._renew()

    @property
    def settled(self) -> bool:
        """Whether everything that was asked for is shown."""
        return not self._jobs.busy

    def back(self) -> None:
        """Let go of the chosen row."""
        self.table.tree.selection_set(())

    # ---- commands ------------------------------------------------------------------------------

    @property
    def reports(self) -> dict[str, Report]:
        """What is known, by column."""
        wanted = self._wanted()
        found = {
            column: self._kept.at_hand(model, self._settings) for column, model in wanted.items()
        }
        return {column: report for column, report in found.items() if report is not None}

    def measure(self) -> None:
        """Measure what is not known, one column after the other."""
        if MEASURE not in self._jobs:
            self._problems.clear()
            self._measure_next(1, len(self._missing()))

    def _measure_next(self, place: int, count: int) -> None:
        """Measure the next column, and then those after it; one that fails stops no other."""
        column = next((each for each in self._missing() if each not in self._problems), None)
        if column is None or MEASURE in self._jobs:
            return
        model, settings, kept = self._wanted()[column], self._settings, self._kept
        name = self._headings()[column]

        def compute(job: Job) -> Report:
            return kept.get(model, settings, lambda: _measured(job, model, settings))

        def go_on(_: Report | None = None) -> None:
            self._measuring = None
            self._renew()
            self._measure_next(place + 1, count)

        def failed(error: Exception) -> None:
            self._problems[column] = str(error)
            self._context.notify(f"Not measured: {error}", True)

        def stopped() -> None:
            if column in self._problems:
                go_on()
                return
            self._measuring = None
            self._renew()

        self._measuring = column
        self._jobs.ask(
            MEASURE,
            f"Measuring {name}" + (f", {place} of {count}" if count > 1 else ""),
            compute,
            go_on,
            failed=failed,
            otherwise=stopped,
            quiet=False,
            apart=True,
        )
        self._renew()

    def copy(self) -> None:
        """Put the table on the clipboard as text."""
        root = self._context.root
        root.clipboard_clear()
        root.clipboard_append(as_text(*self._listed()))
        self._context.notify("Copied the figures.", False)

    def _copy_by_key(self) -> str:
        if self.reports:
            self.copy()
        return "break"  # in the table, the key is not for the current point

    def save(self) -> None:
        """Ask for a file and save the table as it is now."""
        reports, names = self._listed()
        if not reports:
            self._context.notify("There are no figures to save yet.", True)
            return
        path = self._context.save_path("Save the figures", FILES, "figures.csv")
        if path is None:
            return

        def save(job: Job) -> None:
            text = WRITERS[check_suffix(path, tuple(WRITERS))](reports, names)
            with writing(path) as file:
                file.write(text.encode())

        self._context.run_job(
            SAVE,
            f"Saving {path.name}",
            save,
            done=lambda _: self._context.notify(f"Saved {path}", False),
        )

    # ---- building ------------------------------------------------------------------------------

    def _build_options(self) -> None:
        px = self._context.theme.px
        self._options_row = row = Frame(self)
        self.size_buttons: dict[str, Radiobutton] = {}
        for name, (text, tooltip) in SIZE_TEXTS.items():
            button = Radiobutton(
                row, text=text, value=name, variable=self._size, command=self._renew
            )
            button.pack(side="left", padx=(0, px(10)))
            add_tooltip(
                button,
                f"{tooltip} {SIZES[name].description[0].upper()}{SIZES[name].description[1:]}.",
            )
            self.size_buttons[name] = button
        self.measure_button = Button(row, text="Measure", bootstyle="primary", command=self.measure)
        quiet = {"bootstyle": "secondary outline"}
        self.copy_button = Button(row, text="Copy", command=self.copy, **quiet)
        self.save_button = Button(row, text="Save …", command=self.save, **quiet)
        for button in (self.measure_button, self.save_button, self.copy_button):
            button.pack(side="right", padx=(px(6), 0))
        add_tooltip(
            self.measure_button,
            "Measures the columns that are empty, one after the other, in about the time that "
            "stands here; the status bar shows how far it is and can stop it. What is measured is "
            "kept for these weights.",
        )
        add_tooltip(self.copy_button, "Copies the table as text; Ctrl+C in the table does so, too.")
        add_tooltip(self.save_button, "Saves the table as CSV, JSON, Markdown or text.")

    # ---- what is wanted, and what there is -----------------------------------------------------

    @property
    def _settings(self) -> Settings:
        return SIZES[self._size.get()]

    def _wanted(self) -> dict[str, LoadedModel | None]:
        """The columns and their models; None stands for real digits."""
        if self._first is None:
            return {}
        models = {THIS: self._first}
        if self._second.model is not None:
            models[SECOND] = self._second.model
        open_ = {model.bundle.sha256 for model in models.values()}
        for path, (_, model) in self._shipped.items():
            if model.bundle.sha256 not in open_:
                models[str(path)] = model
        return {**models, REAL: None}

    def _missing(self) -> list[str]:
        """The columns that are not known."""
        known = self.reports
        return [column for column in self._wanted() if column not in known]

    def _headings(self) -> dict[str, str]:
        """What the columns are called."""
        marks = {THIS: "A, ", SECOND: "B, "}
        return {
            column: REAL_HEADING
            if model is None
            else marks.get(column, "") + short_name(model.bundle.path)
            for column, model in self._wanted().items()
        }

    def _listed(self) -> tuple[list[Report], list[str]]:
        """What is known, and what the columns are called."""
        headings, reports = self._headings(), self.reports
        return list(reports.values()), [headings[column] for column in reports]

    def _notes(self) -> dict[str, Notes]:
        return {
            column: {RECONSTRUCTION: (FITTED, FITTED_ENCODER)}
            for column, model in self._wanted().items()
            if model is not None and is_gan(model.record) and model.bundle.encoder is not None
        }

    def _come_up(self) -> None:
        """The view is seen: look which models come with the program; they may be others now."""
        opened = self._shipped

        def find(job: Job) -> tuple[dict[Path, tuple[Stamp, LoadedModel]], tuple[str, ...]]:
            found, problems = {}, []
            for shipped in shipped_models():
                job.progress(0.0)
                try:
                    stamp = _stamp(shipped.path)
                    known = opened.get(shipped.path)
                    if known is None or known[0] != stamp:
                        known = stamp, open_model(shipped.path)
                    found[shipped.path] = known
                except (OSError, ValueError) as error:  # WeightsError is a ValueError
                    problems.append(f"{shipped.name} is left out: {error}")
            return found, tuple(problems)

        def show(found: tuple[dict[Path, tuple[Stamp, LoadedModel]], tuple[str, ...]]) -> None:
            self._shipped, self._left_out = found
            self._renew()

        self._jobs.ask(SHIPPED, "Opening the shipped models", find, show)
        self._renew()

    def _renew(self) -> None:
        """Show what is known; look for the rest on the disk, if somebody looks at the page."""
        wanted, known, settings = self._wanted(), self.reports, self._settings
        self.table.show(
            definitions(settings),
            {
                column: {each.key: each for each in known[column].figures}
                if column in known
                else {}
                for column in wanted
            },
            self._headings(),
            waiting=self._measuring,
            notes=self._notes(),
        )
        missing = self._missing()
        self.measure_button.configure(
            text=f"Measure ({self._duration(missing)})" if missing else "Measure",
            state="normal" if missing and self._measuring is None else "disabled",
        )
        for button in (self.copy_button, self.save_button):
            button.configure(state="normal" if known else "disabled")
        if self.winfo_ismapped():
            self._look_up({column: wanted[column] for column in missing}, settings)

    def _look_up(self, missing: Mapping[str, LoadedModel | None], settings: Settings) -> None:
        """Read what was measured in another session."""
        sought = [
            model
            for model in missing.values()
            if (self._size.get(), fingerprint(model)) not in self._looked
        ]
        if not sought or LOOK_UP in self._jobs:
            return
        kept, size = self._kept, self._size.get()

        def look(job: Job) -> None:
            for model in sought:
                kept.look_up(model, settings)

        def looked(_: None) -> None:
            self._looked |= {(size, fingerprint(model)) for model in sought}
            self._renew()

        self._jobs.ask(LOOK_UP, "Reading kept figures", look, looked)

    def _show_words(self, text: str) -> None:
        if text:
            self.words.configure(text=text, bootstyle="default")
            return
        if self._first is None:
            self.words.configure(text="")
            return
        known, headings, missing = self.reports, self._headings(), self._missing()
        notes = [f"{headings[column]}: {note}" for column in known for note in known[column].notes]
        problems = [f"{headings[c]}: {text}" for c, text in self._problems.items() if c in headings]
        count = "empty column" if len(missing) == 1 else f"{len(missing)} empty columns"
        intro = TO_MEASURE.format(count, self._duration(missing)) if missing else MEASURED
        text = " ".join([*problems, *self._left_out, intro, *notes])
        self.words.configure(text=text, bootstyle="secondary")

    def _duration(self, columns: Sequence[str]) -> str:
        """About how long it takes to measure these."""
        of_model, of_real = SECONDS[self._size.get()]
        seconds = sum(of_real if column == REAL else of_model for column in columns)
        if seconds > PATIENCE_S:
            return f"{math.ceil(seconds / 60)} min"
        return f"{5 * math.ceil(seconds / 5)} s"


Stamp = tuple[int, ...]  # of a decoder's file and its record: when they changed, and their sizes


def _stamp(weights: Path) -> Stamp:
    """Raises OSError if there are no weights; a record need not be there."""
    found = weights.stat()
    beside = weights.with_suffix(".json")
    record = beside.stat() if beside.exists() else None
    of_record = () if record is None else (record.st_mtime_ns, record.st_size)
    return (found.st_mtime_ns, found.st_size, *of_record)


def _measured(job: Job, model: LoadedModel | None, settings: Settings) -> Report:
    """Measure in a process of its own. Raises ValueError if the weights' file is another one."""
    if model is None:
        return run_apart(job, real_figures, settings)
    report = run_apart(job, evaluate_weights, model.bundle.path, settings)
    if report.sha256 != model.bundle.sha256:
        raise ValueError(CHANGED.format(model.bundle.path))
    return report
