"""Figures of generators that were measured before, looked up by the weights and what is with them.

A report is kept as text beside the other statistics, see `explorer.kept_statistics`, and read again
only where the figures, their definitions and all that they were measured with are the same.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import astuple, dataclass, replace

from explorer.kept_statistics import KeptStatistics, Key
from explorer.model import LoadedModel
from vae.figures import Figure, Report, Settings, definitions

VERSION = 1  # of how reports are measured and written here; raised when older ones are wrong


class NotKept(Exception):
    """Nothing was kept."""


@dataclass(frozen=True)
class KeptReport:
    """A report as text."""

    text: str


def fingerprint(model: LoadedModel | None) -> str:
    """What a report belongs to: the decoder, its companions' presence; `real` for real digits.

    A decoder may be measured before its encoder is put beside it, and again afterwards.
    """
    if model is None:
        return "real"
    bundle = model.bundle
    has = (bundle.encoder is not None, bundle.density is not None, bundle.record is not None)
    return f"{bundle.sha256} {''.join(str(int(each)) for each in has)}"


class KeptFigures:
    """Reports in memory and on the disk. Every method may be called on any thread."""

    def __init__(self, kept: KeptStatistics | None = None) -> None:
        self._kept = KeptStatistics() if kept is None else kept
        self._memory: dict[Key, Report] = {}  # of a session; a report takes some kilobytes

    def at_hand(self, model: LoadedModel | None, settings: Settings) -> Report | None:
        """What is in memory; None stands for real digits. For Tk's thread."""
        return _of_path(self._memory.get(_key(model, settings)), model)

    def look_up(self, model: LoadedModel | None, settings: Settings) -> Report | None:
        """What is in memory or on the disk; None if neither has it."""
        key = _key(model, settings)
        if key in self._memory:
            return self.at_hand(model, settings)

        def compute() -> KeptReport:
            raise NotKept

        try:
            report = _read(self._kept.get(KeptReport, key, compute).text, model, settings)
        except NotKept:
            return None
        if report is not None:
            self._memory[key] = report
        return report

    def get(
        self, model: LoadedModel | None, settings: Settings, measure: Callable[[], Report]
    ) -> Report:
        """What is kept; else what measure() gives, which is then kept."""
        found = self.look_up(model, settings)
        if found is not None:
            return found
        key, report = _key(model, settings), measure()
        self._kept.get(KeptReport, key, lambda: KeptReport(json.dumps(report.as_dict())))
        self._memory[key] = report
        return report


def _key(model: LoadedModel | None, settings: Settings) -> Key:
    # What a figure is called and means is part of what it is.
    meant = json.dumps([astuple(settings), [astuple(each) for each in definitions(settings)]])
    digest = hashlib.sha256(meant.encode()).hexdigest()
    return Key(f"{fingerprint(model)} {digest}", settings.n, settings.seed, VERSION)


def _read(text: str, model: LoadedModel | None, settings: Settings) -> Report | None:
    """The report in a text; None if it is none of these figures."""
    try:
        kept = json.loads(text)
        figures = tuple(_filled(each, kept["figures"][each.key]) for each in definitions(settings))
        notes = tuple(map(str, kept["notes"]))
    except (ValueError, TypeError, KeyError):
        return None
    sha256 = "" if model is None else model.bundle.sha256
    return _of_path(Report("", sha256, figures, settings, notes), model)


def _of_path(report: Report | None, model: LoadedModel | None) -> Report | None:
    """The report with the file that these weights are in now."""
    if report is None or model is None:
        return report
    return replace(report, path=str(model.bundle.path))


def _filled(figure: Figure, kept: dict) -> Figure:
    """A figure with what was kept of it. Raises ValueError, TypeError or KeyError."""
    for name in ("value", "error"):
        if kept[name] is not None and not math.isfinite(kept[name]):
            raise ValueError(f"{figure.key}: {name} is {kept[name]}")
    return replace(
        figure,
        value=kept["value"],
        error=kept["error"],
        note=str(kept["note"]),
        why_not=str(kept["why_not"]),
    )
