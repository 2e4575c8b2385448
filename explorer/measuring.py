"""Statistics of the sample, asked of the worker when somebody looks, and dropped when outdated."""

from __future__ import annotations

import itertools
import tkinter as tk
from collections.abc import Callable
from typing import Any

from explorer.context import Context
from explorer.statistics_sample import Posteriors, Sample
from explorer.worker import Job

NUMBERS = itertools.count(1)
CANCELLED = "The measurement was cancelled. “Measure again” below starts another one."


class Measuring:
    """Keeps one kind of statistics at hand for a view, of the digits that are chosen now.

    kind: the statistics' class; version: of its mathematics. compute(job, posteriors): the
    statistics; runs in the worker and holds no widget. apart: it waits for a child process
    (`explorer.apart`), and nothing else has to wait for it. show(statistics, posteriors): there are
    others. missing(text): there are none, and why. waiting(): they are being computed. None of
    these is called while the view can't be seen.
    """

    def __init__(
        self,
        view: tk.Misc,
        context: Context,
        sample: Sample,
        *,
        kind: type,
        version: int,
        label: str,
        compute: Callable[[Job, Posteriors], Any],
        show: Callable[[Any, Posteriors], None],
        missing: Callable[[str], None],
        waiting: Callable[[], None] = lambda: None,
        apart: bool = False,
    ) -> None:
        self._view = view
        self._context = context
        self._sample = sample
        self._kind = kind
        self._version = version
        self._label = label
        self._compute = compute
        self._show = show
        self._missing = missing
        self._waiting = waiting
        self._apart = apart
        self._asked: Posteriors | None = None  # the newest that were asked for, or are shown
        self._pending = False
        self._job_kind = f"statistics {next(NUMBERS)}"  # of its own: another view's is no newer one
        leave = sample.subscribe(self._refresh)
        view.bind("<Map>", lambda event: self._refresh(), add="+")
        view.bind("<Destroy>", lambda event: leave() if event.widget is view else None, add="+")

    @property
    def settled(self) -> bool:
        """Whether nothing is being computed that the view waits for."""
        if not self._view.winfo_manager():
            return True  # another view is in front; one that is coming has yet to ask
        return not self._pending and self._asked is self._sample.posteriors

    def _refresh(self) -> None:
        if not self._view.winfo_ismapped():
            return
        posteriors = self._sample.posteriors
        if posteriors is None:
            self._asked, self._pending = None, False
            self._context.worker.cancel(self._job_kind)
            self._missing(self._sample.missing)
        elif posteriors is not self._asked:
            self._ask(posteriors)

    def _ask(self, posteriors: Posteriors) -> None:
        self._asked, self._pending = posteriors, True
        kept, kind, compute = self._sample.kept, self._kind, self._compute
        key = posteriors.key(self._version)
        known = kept.at_hand(kind, key)
        if known is not None:
            self._context.worker.cancel(self._job_kind)
            self._pending = False
            self._show(known, posteriors)
            return

        def done(statistics: Any) -> None:
            if self._asked is posteriors:
                self._pending = False
                self._show(statistics, posteriors)

        def failed(error: Exception) -> None:
            if self._asked is posteriors:
                self._pending = False
                self._missing(f"{self._label} failed: {error}")

        def otherwise() -> None:
            if self._asked is posteriors and self._pending:
                self._pending = False
                self._missing(CANCELLED)

        self._waiting()
        self._context.run_job(
            self._job_kind,
            self._label,
            lambda job: kept.get(kind, key, lambda: compute(job, posteriors)),
            done,
            failed=failed,
            otherwise=otherwise,
            quiet=True,
            apart=self._apart,
        )
