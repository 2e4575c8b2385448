"""Reports of figures beside one another, as text, JSON or CSV: a column for each."""

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

from vae.figures import LEARNED_SUFFIX, NEITHER, Figure, Report

FORMAT = "latent-space-explorer/figures"
FORMAT_VERSION = 1
LIBRARIES = ("numpy", "scipy", "scikit-learn", "torch", "torchmetrics", "prdc")  # what measures

REAL = "real digits"
MAX_HEADING = 24  # characters; longer paths get a number and are listed above the table
WIDTH = 100
SIGNS = {"lower": "lower is better", "higher": "higher is better", NEITHER: ""}


def as_text(reports: Sequence[Report], *, with_definitions: bool = False) -> str:
    """A table with a heading for each group, reasons for what is missing, and notes below.

    reports: at least one, all with the same settings.
    """
    headings = _headings(reports)
    lines = [*textwrap.wrap(reports[0].settings.description, WIDTH), ""]
    listed = [
        f"{heading} {report.path}"
        for heading, report in zip(headings, reports, strict=True)
        if heading not in (REAL, report.path)
    ]
    lines += [*listed, ""] if listed else []

    reasons: list[str] = []
    columns = [[_cell(figure, reasons) for figure in report.figures] for report in reports]
    names = [_title(figure) for figure in reports[0].figures]
    signs = [SIGNS[figure.better] for figure in reports[0].figures]
    name_width, sign_width = max(map(len, names)), max(map(len, signs))
    widths = [
        max(len(heading), *map(len, column))
        for heading, column in zip(headings, columns, strict=True)
    ]
    first = True
    for group, rows in groupby(range(len(names)), lambda row: reports[0].figures[row].group):
        head = headings if first else [""] * len(headings)
        left = group.ljust(2 + name_width + 2 + sign_width)
        cells = [text.rjust(width) for text, width in zip(head, widths, strict=True)]
        lines += ([] if first else [""]) + ["  ".join([left, *cells]).rstrip()]
        for row in rows:
            cells = [column[row].rjust(w) for column, w in zip(columns, widths, strict=True)]
            left = f"  {names[row].ljust(name_width)}  {signs[row].ljust(sign_width)}"
            lines.append("  ".join([left, *cells]).rstrip())
        first = False

    below = [f"({number}) {reason}" for number, reason in enumerate(reasons, start=1)]
    for heading, report in zip(headings, reports, strict=True):
        below += [f"{heading}: {note}" for note in report.notes]
    if below:
        lines += ["", *(line for text in below for line in textwrap.wrap(text, WIDTH))]
    if with_definitions:
        lines += ["", *_definitions(reports[0])]
    return "\n".join(lines) + "\n"


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
    """What stands above each column: the path, or a number where a path is too long."""
    paths = [report.path for report in reports if not report.is_real]
    short = all(len(path) <= MAX_HEADING for path in paths)
    headings, number = [], 0
    for report in reports:
        number += not report.is_real
        headings.append(REAL if report.is_real else report.path if short else f"[{number}]")
    return headings


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
