"""The figures of a generator: of this model, of the second, and what real digits would get."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping
from typing import Any

from explorer.apart import run_apart
from explorer.asking import Asking
from explorer.context import Context
from explorer.export import check_suffix, writing
from explorer.kept_figures import KeptFigures, fingerprint
from explorer.model import LoadedModel
from explorer.second_model import SecondModel
from explorer.theme import Button, Frame, Label, Radiobutton, add_tooltip, font
from explorer.widgets.score_table import REAL, SECOND, THIS, ScoreTable
from explorer.worker import Job
from vae.evaluate import evaluate_weights, real_figures
from vae.figure_tables import as_csv, as_json, as_text
from vae.figures import QUICK, Report, Settings, definitions

LOOK_UP, MEASURE, SAVE = "kept figures", "figures", "export"  # kinds of jobs
SIZES: dict[str, Settings] = {"quick": QUICK, "full": Settings()}
SIZE_TEXTS = {
    # Seconds of one model on one core.
    "quick": (
        "Quick, 10 s",
        "About 10 s a model. Good for a look; its figures compare among themselves.",
    ),
    "full": ("Full, 30 s", "About 30 s a model. The figures to quote."),
}
COLUMNS = (THIS, SECOND, REAL)
HEADINGS = {THIS: "A, this model", SECOND: "B, the second", REAL: "Real digits"}
REAL_TIP = "training digits in the place of samples, against the test digits"
WORDS_HEIGHT = 82  # pixels at 96 dpi: five lines of a definition
FILES = [("CSV table", "*.csv"), ("JSON", "*.json"), ("Text", "*.txt")]
WRITERS: dict[str, Callable[[list[Report]], str]] = {
    ".csv": as_csv,
    ".json": as_json,
    ".txt": as_text,
}
TO_MEASURE = (
    "Measure computes what is missing, in a process of its own, and keeps it for the next time. "
    "Choose a row for what a figure means."
)
MEASURED = (
    "✓ marks the better one of two models; ↓ lower is better, ↑ higher is better. Real digits: "
    f"{REAL_TIP}. Choose a row for what a figure means."
)
CHANGED = "{} has changed since it was opened: open it again to measure it."


class FiguresView(Frame):
    """A table of figures that are measured when they are asked for, and kept."""

    def __init__(self, parent: tk.Misc, context: Context, second: SecondModel) -> None:
        super().__init__(parent)
        self._context = context
        self._second = second
        self._jobs = Asking(context)
        self._kept = KeptFigures()
        self._first: LoadedModel | None = None
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
        self.bind("<Map>", lambda event: event.widget is self and self._renew())
        unsubscribe = second.subscribe(self._renew)
        self.bind("<Destroy>", lambda event: event.widget is self and unsubscribe(), add="+")
        self._renew()

    # ---- what every view offers ----------------------------------------------------------------

    def set_model(self, model: LoadedModel) -> None:
        """Show another model's figures, as far as they are known."""
        if self._first is None or model.bundle is not self._first.bundle:
            self._jobs.drop()
            self._measuring = None
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
        known = self.reports
        wanted = self._wanted()
        column = next((each for each in wanted if each not in known), None)
        if column is None or MEASURE in self._jobs:
            return
        model, settings, kept = wanted[column], self._settings, self._kept

        def compute(job: Job) -> Report:
            return kept.get(model, settings, lambda: _measured(job, model, settings))

        def done(report: Report) -> None:
            self._measuring = None
            self._renew()
            self.measure()

        def stopped() -> None:
            self._measuring = None
            self._renew()

        self._measuring = column
        name = "real digits" if model is None else model.bundle.path.name
        self._jobs.ask(
            MEASURE,
            f"Measuring {name}",
            compute,
            done,
            otherwise=stopped,
            quiet=False,
            apart=True,
        )
        self._renew()

    def copy(self) -> None:
        """Put the table on the clipboard as text."""
        root = self._context.root
        root.clipboard_clear()
        root.clipboard_append(as_text(self._listed()))
        self._context.notify("Copied the figures.", False)

    def _copy_by_key(self) -> str:
        if self.reports:
            self.copy()
        return "break"  # in the table, the key is not for the current point

    def save(self) -> None:
        """Ask for a file and save the table as it is now."""
        reports = self._listed()
        if not reports:
            self._context.notify("There are no figures to save yet.", True)
            return
        path = self._context.save_path("Save the figures", FILES, "figures.csv")
        if path is None:
            return

        def save(job: Job) -> None:
            text = WRITERS[check_suffix(path, tuple(WRITERS))](reports)
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
            "Measures the columns that are empty, one after the other; the status bar shows how "
            "far it is and can stop it. What is measured is kept for these weights.",
        )
        add_tooltip(self.copy_button, "Copies the table as text; Ctrl+C in the table does so, too.")
        add_tooltip(self.save_button, "Saves the table as CSV, JSON or text.")

    # ---- what is wanted, and what there is -----------------------------------------------------

    @property
    def _settings(self) -> Settings:
        return SIZES[self._size.get()]

    def _wanted(self) -> dict[str, LoadedModel | None]:
        """The columns and their models; None stands for real digits."""
        if self._first is None:
            return {}
        second = self._second.model
        return {THIS: self._first, **({SECOND: second} if second else {}), REAL: None}

    def _listed(self) -> list[Report]:
        reports = self.reports
        return [reports[column] for column in COLUMNS if column in reports]

    def _renew(self) -> None:
        """Show what is known; look for the rest on the disk, if somebody looks at the page."""
        wanted, known, settings = self._wanted(), self.reports, self._settings
        self.table.show(
            definitions(settings),
            {
                column: {each.key: each for each in known[column].figures}
                if column in known
                else {}
                for column in COLUMNS
                if column != SECOND or column in wanted
            },
            HEADINGS,
            waiting=self._measuring,
        )
        missing = [column for column in wanted if column not in known]
        self.measure_button.configure(
            state="normal" if missing and self._measuring is None else "disabled"
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
        known = self.reports
        notes = [f"{HEADINGS[column]}: {note}" for column in known for note in known[column].notes]
        complete = len(known) == len(self._wanted())
        text = " ".join([MEASURED if complete else TO_MEASURE, *notes])
        self.words.configure(text=text, bootstyle="secondary")


def _measured(job: Job, model: LoadedModel | None, settings: Settings) -> Report:
    """Measure in a process of its own. Raises ValueError if the weights' file is another one."""
    if model is None:
        return run_apart(job, real_figures, settings)
    report = run_apart(job, evaluate_weights, model.bundle.path, settings)
    if report.sha256 != model.bundle.sha256:
        raise ValueError(CHANGED.format(model.bundle.path))
    return report
