"""Bad input to the pages Statistics, Compare and Model: told or left out, and nothing is lost."""

from __future__ import annotations

import json
import os
import signal
from importlib import import_module
from pathlib import Path

import pytest
import torch

from tests.conftest import descendants
from tests.foreign import foreign_state
from tests.test_bad_sessions import odd_versions
from tests.training_parts import children

PAGES = ("statistics", "compare", "model")


def views_of(name: str) -> tuple[str, ...]:
    return tuple(import_module(f"explorer.pages.{name}").TITLES)


def visit(window, pump, page: str, view: str) -> None:
    """Show a view, and wait for what it shows by itself."""
    window.show_page(page)
    window.pages[page].book.buttons[view].invoke()
    window.root.update()
    # The neighbours of 10,000 digits, the likelihood of a first grid: seconds each.
    pump(lambda: window.settled, timeout_s=120, what=f"{page} / {view}")


# --- sessions -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "view"), [(p, v) for p in PAGES for v in views_of(p)])
def test_no_value_in_the_settings_of_a_view_breaks_it(window, pump, settle, tmp_path, name, view):
    visit(window, pump, name, view)
    page = window.pages[name]
    window.files.save_session(tmp_path / "session.json")
    good = json.loads((tmp_path / "session.json").read_text())["pages"][name]
    for odd in odd_versions(good["views"].get(view, {})):
        page.apply_settings({**good, "views": {**good["views"], view: odd}})
        window.root.update()
    pump(lambda: window.settled, timeout_s=120)
    window.files.save_session(tmp_path / "after.json")  # what it has become can be kept
    window.files.open_session(tmp_path / "after.json")
    assert window.status.message.cget("text") == "Opened the session."
    page.apply_settings(good)
    pump(lambda: window.settled, timeout_s=120)
    assert json.loads(json.dumps(page.settings())) == good


@pytest.mark.parametrize("name", PAGES)
def test_no_value_in_the_settings_of_a_page_breaks_it(window, pump, settle, tmp_path, name):
    window.show_page(name)
    window.root.update()
    pump(lambda: window.settled, timeout_s=120)
    page = window.pages[name]
    good = json.loads(json.dumps(page.settings()))
    outer = {key: value for key, value in good.items() if key != "views"}
    for odd in odd_versions(outer):
        if isinstance(odd, dict):
            page.apply_settings(odd)
            window.root.update()
    for odd in odd_versions({"views": {"unknown": {}}}):
        if isinstance(odd, dict):
            page.apply_settings(odd)
    pump(lambda: window.settled, timeout_s=120)
    window.files.save_session(tmp_path / "after.json")
    window.files.open_session(tmp_path / "after.json")
    assert window.status.message.cget("text") == "Opened the session."
    page.apply_settings(good)
    pump(lambda: window.settled, timeout_s=120)
    assert json.loads(json.dumps(page.settings())) == good


# --- files that can't be written ------------------------------------------------------------------


def save_a_table(window, pump) -> str:
    visit(window, pump, "statistics", "dimensions")
    window.pages["statistics"].book.views["dimensions"].save_table()
    return ".csv"


def save_a_plot(window, pump) -> str:
    visit(window, pump, "statistics", "prior")
    window.pages["statistics"].book.views["prior"].plot_save()
    return ".png"


def save_the_training(window, pump) -> str:
    visit(window, pump, "model", "history")
    window.pages["model"].book.views["history"].export()
    return ".gif"


SAVES = {
    ".csv": save_a_table,
    ".png": save_a_plot,
    ".gif": save_the_training,
}


@pytest.fixture(params=SAVES)
def saving(request, window, dialogs, pump, tmp_path):
    """`saving()` saves to `dialogs.path`, and waits until that has succeeded or not."""
    dialogs.path = tmp_path / f"a{request.param}"

    def save() -> None:
        SAVES[request.param](window, pump)
        pump(lambda: window.settled and not window.status.cancel_button.winfo_manager())

    return save


def test_a_disk_that_is_full_leaves_the_earlier_file(saving, dialogs, tmp_path, monkeypatch):
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    dialogs.path.write_bytes(b"earlier")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        saving()
    assert "full" in dialogs.errors.pop()
    assert dialogs.path.read_bytes() == b"earlier"
    assert list(tmp_path.iterdir()) == [dialogs.path]


@pytest.mark.parametrize("where", ["no folder", "a folder"])
def test_a_place_that_cant_be_written_to_is_told(saving, dialogs, tmp_path, where):
    if where == "a folder":
        dialogs.path.mkdir()
    else:
        dialogs.path = tmp_path / "none" / dialogs.path.name
    saving()
    assert str(dialogs.path) in dialogs.errors.pop()
    assert [item for item in tmp_path.rglob("*") if item.is_file()] == []


# --- what is gone, and still has the keyboard -----------------------------------------------------


def test_keys_and_buttons_of_figures_that_are_gone_do_nothing(window, settle, pump, tmp_path):
    for view in views_of("statistics"):
        visit(window, pump, "statistics", view)
    path = tmp_path / "other.pt"
    torch.save(foreign_state(latent=2, side=32), path)  # without an encoder, so without figures
    window.open_weights(path)
    pump(lambda: window.model.bundle.path == path and window.settled)
    for name in views_of("statistics"):
        visit(window, pump, "statistics", name)
        view = window.pages["statistics"].book.views[name]
        for widget in descendants(view):
            if widget.winfo_class() in ("TButton", "TRadiobutton", "TCheckbutton"):
                widget.invoke()
            for key in ("<Right>", "<Return>", "<space>", "<Shift-F10>", "<Escape>"):
                if key == "<Shift-F10>" and not widget.bind(key):
                    continue  # Tk itself opens the menu bar then, for which other weights wait
                widget.focus_force()
                widget.event_generate(key)
        settle()
    assert window.state.latent_dim == 2


def test_a_comparison_of_other_weights_leaves_the_button(window, pump):
    visit(window, pump, "statistics", "classes")
    view = window.pages["statistics"].book.views["classes"]
    view.pixels.invoke()
    posteriors = view._posteriors
    window.pages["statistics"].sample.choose(n=1000)
    pump(lambda: window.settled and view._posteriors is not posteriors, timeout_s=120)
    assert view.clusters.n == 1000
    assert str(view.pixels["state"]) == "normal"
    window.pages["statistics"].sample.choose(n=10_000)


# --- in the middle of a measurement ---------------------------------------------------------------


# Only Linux tells which processes are one's own.
needs_proc = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc")


@pytest.fixture
def measuring(window, pump):
    """The figures are being measured, in a process of their own: its number."""
    visit(window, pump, "compare", "figures")
    view = window.pages["compare"].book.views["figures"]
    assert view.reports == {}
    before = set(children())
    view.measure_button.invoke()
    pump(lambda: set(children()) - before, what="a process measures")
    (child,) = set(children()) - before
    yield child
    window.worker.cancel("figures")
    pump(lambda: window.settled and child not in children(), what="the measurement is over")


@needs_proc
def test_a_measurement_that_is_killed_is_told(window, pump, monkeypatch, measuring):
    """The next column is measured all the same; the one that failed can be asked for again."""
    view = window.pages["compare"].book.views["figures"]
    told = []
    notify = window.status.notify
    monkeypatch.setattr(window.status, "notify", lambda *said: (told.append(said), notify(*said)))
    before = set(children())
    os.kill(measuring, signal.SIGKILL)
    pump(lambda: set(children()) - before, what="the next column is measured")
    ((message, is_error),) = [said for said in told if said[0].startswith("Not measured")]
    assert is_error
    assert "ended without an answer" in message
    assert view.reports == {}
    (child,) = set(children()) - before
    window.status.cancel_button.invoke()
    pump(lambda: window.settled and child not in children(), what="the rest is cancelled")
    assert str(view.measure_button["state"]) == "normal"


@needs_proc
def test_a_measurement_of_weights_that_are_closed_is_ended(window, pump, tmp_path, measuring):
    path = tmp_path / "other.pt"
    torch.save(foreign_state(latent=2), path)
    window.toggle_theme()
    window.turn_page(1)
    window.turn_page(-1)
    window.open_weights(path)
    pump(lambda: window.model.bundle.path == path and measuring not in children())
    pump(lambda: window.settled, what="the other weights are shown")
    view = window.pages["compare"].book.views["figures"]
    assert view.reports == {}
    assert str(view.measure_button["state"]) == "normal"
    assert window.status.cancel_button.winfo_manager() == ""
