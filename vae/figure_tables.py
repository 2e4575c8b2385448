"""Reports of figures beside one another, as text, Markdown, JSON or CSV: a column for each."""

from __future__ import annotations

import csv
import importlib.metadata
import io
import json
import platform
import textwrap
from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path

from vae.figures import HIGHER, LEARNED_SUFFIX, LOWER, NEITHER, Figure, Report

FORMAT = "latent-space-explorer/figures"
FORMAT_VERSION = 1
LIBRARIES = ("numpy", "scipy", "scikit-learn", "torch", "torchmetrics", "prdc")  # what measures

REAL = "real digits"
MAX_HEADING = 20  # characters; longer ones get a number and are listed above the table
WIDTH = 100
SIGNS = {LOWER: "↓", HIGHER: "↑", NEITHER: " "}
LEGEND = "↓ lower is better, ↑ higher is better"


def as_text(
    reports: Sequence[Report],
    names: Sequence[str] | None = None,
    *,
    with_definitions: bool = False,
) -> str:
    """A table with a heading for each group, reasons for what is missing, and notes below.

    reports: at least one, all with the same settings. names: what they are called; by default as
    much of their paths as tells them apart. Four columns fit into WIDTH characters.
    """
    headings = _headings(reports) if names is None else list(names)
    lines = [*textwrap.wrap(f"{reports[0].settings.description}; {LEGEND}", WIDTH), ""]
    listed = [
        (heading, report.path)
        for heading, report in zip(headings, reports, strict=True)
        if not report.is_real and heading != report.path
    ]
    if listed:
        width = max(len(heading) for heading, _ in listed)
        lines += [*(f"{heading.ljust(width)}  {path}" for heading, path in listed), ""]

    reasons: list[str] = []
    columns = [[_cell(figure, reasons) for figure in report.figures] for report in reports]
    titles = [f"{_title(figure)} {SIGNS[figure.better]}" for figure in reports[0].figures]
    title_width = max(map(len, titles))
    widths = [
        max(len(heading), *map(len, column))
        for heading, column in zip(headings, columns, strict=True)
    ]
    first = True
    for group, rows in groupby(range(len(titles)), lambda row: reports[0].figures[row].group):
        head = headings if first else [""] * len(headings)
        left = group.ljust(2 + title_width)
        cells = [text.rjust(width) for text, width in zip(head, widths, strict=True)]
        lines += ([] if first else [""]) + ["  ".join([left, *cells]).rstrip()]
        for row in rows:
            cells = [column[row].rjust(w) for column, w in zip(columns, widths, strict=True)]
            lines.append("  ".join([f"  {titles[row].ljust(title_width)}", *cells]).rstrip())
        first = False

    below = _below(reasons, headings, reports)
    if below:
        lines += ["", *(line for text in below for line in textwrap.wrap(text, WIDTH))]
    if with_definitions:
        lines += ["", *_definitions(reports[0])]
    return "\n".join(lines) + "\n"


def as_markdown(reports: Sequence[Report], names: Sequence[str] | None = None) -> str:
    """A table for a README, the best model of each row in bold; reasons and notes below.

    reports, names: see `as_text`.
    """
    headings = _headings(reports) if names is None else list(names)
    reasons: list[str] = []
    lines = [_row(["", *headings]), _row(["---", *("---:" for _ in reports)])]
    for group, rows in groupby(
        zip(*(report.figures for report in reports), strict=True), lambda row: row[0].group
    ):
        lines.append(_row([f"**{group}**", *("" for _ in reports)]))
        for row in rows:
            best = best_of([f for f, r in zip(row, reports, strict=True) if not r.is_real])
            cells = (_cell(figure, reasons) for figure in row)
            marked = (
                f"**{cell}**" if any(figure is each for each in best) else cell
                for figure, cell in zip(row, cells, strict=True)
            )
            lines.append(_row([f"{_title(row[0])} {SIGNS[row[0].better]}".rstrip(), *marked]))
    below = [f"{reports[0].settings.description}; {LEGEND}.", *_below(reasons, headings, reports)]
    return "\n".join([*lines, "", "\n\n".join(below)]) + "\n"


def best_of(figures: Sequence[Figure]) -> list[Figure]:
    """Those with the best value of the same figure of several models; none if all are as good.

    What reads the same is as good.
    """
    known = [figure for figure in figures if figure.value is not None]
    best = [
        figure
        for figure in known
        if not any(other.beats(figure) and other.text != figure.text for other in known)
    ]
    return best if len(best) < len(known) else []


def as_json(reports: Sequence[Report]) -> str:
    """Everything there is, with settings and versions; values in full precision."""
    whole = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "settings": asdict(reports[0].settings),
        "versions": _versions(),
        "definitions": {
            figure.key: {
                "name": figure.name,
                "group": figure.group,
                "unit": figure.unit,
                "better": figure.better,
                "definition": figure.definition,
            }
            for figure in reports[0].figures
        },
        "reports": [report.as_dict() for report in reports],
    }
    return json.dumps(whole, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def as_csv(reports: Sequence[Report]) -> str:
    """A row for each figure, values in full precision, empty where nothing was measured."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    columns = [REAL if report.is_real else report.path for report in reports]
    writer.writerow(["key", "group", "name", "unit", "better", *columns])
    for row in zip(*(report.figures for report in reports), strict=True):
        first = row[0]
        values = ["" if figure.value is None else repr(figure.value) for figure in row]
        writer.writerow([first.key, first.group, first.name, first.unit, first.better, *values])
    return file.getvalue()


def _headings(reports: Sequence[Report]) -> list[str]:
    """What stands above each column: a file's name; of files of the same name, their folders'.

    Numbers where these are too long, or tell nothing apart.
    """
    paths = [Path(report.path) for report in reports if not report.is_real]
    names = [path.name for path in paths]
    if len(set(names)) < len(names):
        # A training calls its decoder as all others do. In the current folder it has no other name.
        names = [path.parent.name or path.stem for path in paths]
    if len(set(names)) < len(names) or any(len(name) > MAX_HEADING for name in names):
        names = [f"[{number}]" for number in range(1, len(names) + 1)]
    given = iter(names)
    return [REAL if report.is_real else next(given) for report in reports]


def _below(reasons: Sequence[str], headings: Sequence[str], reports: Sequence[Report]) -> list[str]:
    """What stands below a table: why figures are missing, and what has to be known of models."""
    below = [f"({number}) {reason}" for number, reason in enumerate(reasons, start=1)]
    for heading, report in zip(headings, reports, strict=True):
        below += [f"{heading}: {note}" for note in report.notes]
    return below


def _row(cells: Sequence[str]) -> str:
    """A line of a Markdown table; a stroke in a text would begin another cell."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _title(figure: Figure) -> str:
    return f"{figure.name}, {figure.unit}" if figure.unit else figure.name


def _cell(figure: Figure, reasons: list[str]) -> str:
    """The value with its error, or the number of the reason why there is none."""
    if figure.value is None:
        if figure.why_not not in reasons:
            reasons.append(figure.why_not)
        return f"({reasons.index(figure.why_not) + 1})"
    error = "" if figure.error is None else f" ± {figure.error:.{figure.digits}f}"
    return figure.text + error


def _definitions(report: Report) -> list[str]:
    lines = []
    for figure in report.figures:
        if not figure.key.endswith(LEARNED_SUFFIX):  # the same as of the prior's samples
            lines += textwrap.wrap(
                f"{figure.name}: {figure.definition}", WIDTH, subsequent_indent="    "
            )
    return lines


def _versions() -> dict[str, str]:
    versions = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = ""
    return versions
