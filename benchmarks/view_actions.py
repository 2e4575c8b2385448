"""What `benchmarks.stalls` asks of the pages Statistics, Compare and Model."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from explorer import theme
from explorer.window import MainWindow

Action = tuple[str, Callable[[], None], Callable[[], bool]]
PAGES = ("statistics", "compare", "model")
MOVES, MOVE_MS = 20, 20  # of the point, as by a slider that is dragged


def view_actions(window: MainWindow, rng: np.random.Generator, folder: Path) -> Iterator[Action]:
    """The first look at every view, and the point that moves while it is in front.

    A second model, a copy of the first, is opened before the Compare page is looked at.
    """

    def settled() -> bool:
        return window.settled

    def look(page: str, view: str) -> Callable[[], None]:
        def show() -> None:
            window.show_page(page)
            window.pages[page].book.buttons[view].invoke()

        return show

    def move() -> None:
        for index in range(MOVES):
            z = window.model.random_point(rng)
            window.root.after(MOVE_MS * index, window.state.set_z, z)

    parts = {"figures": figures, "history": history, "train": train}
    for name in PAGES:
        page = window.pages[name]
        if name == "compare":
            path = copied(window.model.bundle.path, folder / "copy")
            yield "Compare: a second model", partial(page.second.open, path), settled
        for view, button in page.book.buttons.items():
            title = f"{page.title}: {button.cget('text')}"
            yield f"{title}, first look", look(name, view), settled
            yield f"{title}, the point moves", move, settled
            if view in parts:
                yield from parts[view](window, page.book.views[view], folder)


def figures(window: MainWindow, view: Any, folder: Path) -> Iterator[Action]:
    """What is measured in processes of their own."""
    yield "Compare: figures of two models, quick", view.measure, lambda: window.settled


def history(window: MainWindow, view: Any, folder: Path) -> Iterator[Action]:
    """The training as a film."""

    def play() -> None:
        view.go_to(0)
        view.apply_settings(view.settings() | {"loop": False})
        view.toggle()

    yield "Model: History played", play, lambda: not view.playing and window.settled

    def export() -> None:
        theme.ask_save_path = lambda *_: folder / "history.gif"
        view.export()

    yield "Model: History exported", export, lambda: window.settled


def train(window: MainWindow, view: Any, folder: Path) -> Iterator[Action]:
    """A training of one epoch, to the model that opens by itself."""
    out = folder / "trained"

    def start() -> None:
        view.form.show(replace(view.form.settings, epochs=1, fraction=0.1, out=out))
        view.start_button.invoke()

    def opened() -> bool:
        return window.model.bundle.path.is_relative_to(out) and window.settled

    yield "Model: one epoch trained, and its model opened", start, opened


def copied(weights: Path, folder: Path) -> Path:
    """A copy of a model with its record and companions; the path of its weights."""
    (folder / "assets").mkdir(parents=True)
    for companion in ("encoder_weights.pt", "classifier_weights.pt", "latent_density.npz"):
        shutil.copy(weights.parent / "assets" / companion, folder / "assets")
    shutil.copy(weights.with_suffix(".json"), folder)
    return Path(shutil.copy(weights, folder))
