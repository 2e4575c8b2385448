"""What a page is handed: the state, and the services of the window around it."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from explorer.glide import Glide
from explorer.model import LoadedModel
from explorer.state import ExplorerState
from explorer.theme import Theme
from explorer.weights_files import WeightsFiles
from explorer.widgets.group_picker import ask_group
from explorer.widgets.point_menu import NamedPoint, PointSources, RealDigits
from explorer.worker import Job, Worker


class RunJob(Protocol):
    """Runs a job with progress and a cancel button in the status bar."""

    def __call__(
        self,
        kind: str,
        label: str,
        function: Callable[[Job], Any],
        done: Callable[[Any], None],
        *,
        failed: Callable[[Exception], None] | None = None,
        otherwise: Callable[[], None] = lambda: None,
        quiet: bool = False,
        apart: bool = False,
    ) -> None:
        """Run function(job) in the background, and done(result) after it.

        kind: of a loud kind, say exports, only one runs at a time; of a quiet one the newest wins.
        label: what the person reads while it runs. failed: instead of telling the person.
        otherwise: called, too, when there is no result, as the job failed or was cancelled.
        quiet: a job that nobody asked for; its progress is shown only if it takes long.
        apart: it only waits for a child process (`explorer.apart`); other jobs need not wait.
        """


@dataclass(frozen=True)
class Context:
    """The services of the window.

    notify(message, is_error): a line in the status bar.
    adopt(z, glide): move the current point, as one undo entry.
    clipboard(): the vector on the clipboard; ValueError says why it is none.
    save_path(title, file types, initial name): ask where to save. open_path(title, file types):
    ask which file to open. Both give None if the person cancels.
    rng: draws random points.
    shelve(points, names): bookmark points, as one undo entry.
    travel(points, name): make a journey through points (K, latent_dim), K at least 2, on the Morph
    page, and go there. draw_real(index): take a bundled real digit to the Draw page.
    show_posterior(mean, std): mark on the sliders what an encoder answered, (latent_dim,) each;
    (None, None) takes the marks away.
    open_weights(path): the window opens other weights; the old model stays unless they are sound.
    weights: those opened before, the shipped ones, and whether they are reloaded.
    guard_close(question): question() is asked when the window is about to close; False keeps it.
    on_close(callback): called when the window does close, before its widgets are gone.
    """

    root: tk.Tk
    theme: Theme
    state: ExplorerState
    glide: Glide
    worker: Worker
    rng: np.random.Generator
    notify: Callable[[str, bool], None]
    adopt: Callable[[Any, bool], None]
    clipboard: Callable[[], tuple[float, ...]]
    save_path: Callable[[str, list[tuple[str, str]], str], Path | None]
    open_path: Callable[[str, list[tuple[str, str]]], Path | None]
    run_job: RunJob
    shelve: Callable[[Sequence[Sequence[float]], Sequence[str]], None]
    travel: Callable[[np.ndarray, str], None]
    draw_real: Callable[[int], None]
    show_posterior: Callable[[np.ndarray | None, np.ndarray | None], None]
    open_weights: Callable[[Path], None]
    weights: WeightsFiles
    guard_close: Callable[[Callable[[], bool]], None]
    on_close: Callable[[Callable[[], None]], None]


def point_sources(context: Context, model: Callable[[], LoadedModel]) -> PointSources:
    """The sources of a point that every chooser offers."""

    def named(points: np.ndarray | None) -> list[tuple[str, np.ndarray]]:
        return [] if points is None else list(zip(model().class_names, points, strict=True))

    def real() -> RealDigits | str:
        known = model()
        if known.encoded is None:
            return known.without_statistics
        return RealDigits(
            count=len(known.encoded.labels),
            labels=np.unique(known.encoded.labels).tolist(),
            drawn=lambda label: known.random_real_point(label, context.rng),
            numbered=known.real_point,
        )

    def group() -> NamedPoint | None:
        chosen = ask_group(
            context.root,
            context.theme,
            title="Mean of a group",
            model=model(),
            bookmarks=context.state.bookmarks,
        )
        return None if chosen is None else (chosen.name, chosen.centroid)

    return PointSources(
        current=lambda: context.state.z,
        random=lambda: model().random_point(context.rng),
        clipboard=context.clipboard,
        presets=lambda: named(model().presets),
        class_means=lambda: named(model().class_means),
        bookmarks=lambda: [(mark.name, mark.z) for mark in context.state.bookmarks],
        real=real,
        group=group,
    )
