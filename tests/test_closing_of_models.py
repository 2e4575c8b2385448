"""The window is closed in the middle of what Statistics, Compare and Model do: nothing is left."""

from __future__ import annotations

import contextlib
import os
import threading
from collections import Counter
from functools import partial
from pathlib import Path

import pytest

from explorer.theme import create_root
from explorer.training_run import TrainingRun
from explorer.views import train
from explorer.window import MainWindow
from tests.second_models import renamed_copy
from tests.training_parts import WAITS, children, epoch, plan, saying, stage

FONTS = (".ttf", ".otf", ".ttc")
OPENING_S = 120.0  # on a busy machine; it returns as soon as the window is there


def open_files() -> Counter[str]:
    """What this process has open, such as a path or `pipe:[1234]`, and how often; but for fonts.

    Matplotlib keeps the fonts of each thread that has drawn open, the last 64 of all; whether the
    thread of a window has drawn before it is closed is a matter of time.
    """
    folder, found = Path("/proc/self/fd"), []
    for number in os.listdir(folder):
        with contextlib.suppress(FileNotFoundError):  # that of the listing itself
            found.append(os.readlink(folder / number))
    return Counter(name for name in found if not name.endswith(FONTS))


def show(window, page: str, view: str):
    window.show_page(page)
    window.root.update()
    window.pages[page].book.buttons[view].invoke()
    window.root.update()
    return window.pages[page].book.views[view]


def look_at(page: str, view: str):
    """Whatever the view computes when it is first seen."""

    def begin(window, pump, tmp_path) -> None:
        show(window, page, view)

    begin.__name__ = f"look_at_{view}"
    return begin


def measure_the_figures(window, pump, tmp_path) -> None:
    view, before = show(window, "compare", "figures"), set(children())
    view.measure()
    pump(lambda: set(children()) - before, what="the figures are measured in a child process")


def compare_with_pixels(window, pump, tmp_path) -> None:
    view = show(window, "statistics", "classes")
    pump(lambda: view.settled, timeout_s=60, what="the classes are shown")
    before = set(children())
    view.pixels.invoke()
    pump(lambda: set(children()) - before, what="the pixels are compared in a child process")


def open_a_second_model(window, pump, tmp_path) -> None:
    show(window, "compare", "two_models")
    other = renamed_copy(window.model.bundle.path, tmp_path / "models")
    window.pages["compare"].second.open(other)


def swap_the_models(window, pump, tmp_path) -> None:
    open_a_second_model(window, pump, tmp_path)
    pump(lambda: not window.pages["compare"].second.busy, timeout_s=60, what="it is opened")
    window.pages["compare"].second.swap()


def export_the_history(window, pump, tmp_path) -> None:
    view = show(window, "model", "history")
    pump(lambda: view.settled, what="the snapshots are shown")
    view.export_button.invoke()


def play_the_history(window, pump, tmp_path) -> None:
    view = show(window, "model", "history")
    pump(lambda: view.settled, what="the snapshots are shown")
    view.play_button.invoke()


def begin_to_train(window, pump, tmp_path) -> None:
    show(window, "model", "train").start_button.invoke()


def be_in_the_middle_of_a_training(window, pump, tmp_path) -> None:
    view = show(window, "model", "train")
    view.start_button.invoke()
    pump(lambda: view.run.state.curve_epochs, what="an epoch is done")


BEGUN = [
    measure_the_figures,
    compare_with_pixels,
    open_a_second_model,
    swap_the_models,
    export_the_history,
    play_the_history,
    begin_to_train,
    be_in_the_middle_of_a_training,
    look_at("statistics", "prior"),
    look_at("statistics", "smoothness"),
    look_at("compare", "pictures"),
]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="only Linux tells its processes")
@pytest.mark.parametrize("begun", BEGUN)
def test_the_window_is_closed(
    weights_path, dialogs, pump, tmp_path, user_folder, monkeypatch, begun
):
    program = saying(plan(), stage("training"), epoch(1), then=WAITS)
    monkeypatch.setattr(train, "TrainingRun", partial(TrainingRun, command=program))
    dialogs.path, dialogs.proceed = tmp_path / "film.gif", True
    dialogs.path.write_bytes(b"earlier")
    processes, threads = set(children()), set(threading.enumerate())
    window = MainWindow(create_root("Closed", scaling=1.0), weights_path)
    pump(lambda: window.settled, OPENING_S, what="the window is open")
    files = open_files()
    begun(window, pump, tmp_path)
    window.close()
    assert set(children()) <= processes
    assert set(threading.enumerate()) <= threads
    opened = open_files() - files
    assert not opened, f"still open: {dict(opened)}"
    assert dialogs.path.read_bytes() == b"earlier"
    assert not list(tmp_path.rglob("*.tmp"))
    assert not list(user_folder.rglob("*.tmp"))
