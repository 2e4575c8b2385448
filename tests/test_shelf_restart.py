"""The shelf from one start of the program to the next."""

from __future__ import annotations

import pytest

from explorer import kept_files
from explorer.page_names import PAGES
from explorer.session import Session
from explorer.shelf_store import SHELF
from explorer.state import Bookmark
from explorer.theme import create_root
from explorer.widgets import shelf
from explorer.window import MainWindow
from tests.interaction import click


@pytest.fixture
def start(weights_path, pump, dialogs):
    """Starts the program as the next day would; closes it at the end."""
    opened = []

    def start(**options) -> MainWindow:
        window = MainWindow(create_root("Next day", scaling=1.0), weights_path, **options)
        opened.append(window)
        pump(lambda: window.settled)
        window.root.update()
        return window

    yield start
    for window in opened:
        window.close()


def test_the_shelf_survives_a_restart(start):
    first = start()
    first.bookmark()
    first.shelf.rename(0, "kept")
    marks = first.state.bookmarks
    first.close()  # at once, with the change still on its way
    again = start()
    assert again.state.bookmarks == marks
    assert again.shelf.strip.captions == ("kept",)
    assert not again.state.can_undo
    again.shelf.delete(0)
    again.close()
    assert start().state.bookmarks == ()


def test_the_window_may_be_closed_while_a_name_is_asked_for(start, monkeypatch):
    window = start()
    window.bookmark()
    marks = window.state.bookmarks
    monkeypatch.setattr(shelf, "ask_text", lambda *question: window.close())
    window.shelf.ask_name(0)
    assert start().state.bookmarks == marks


def test_a_damaged_file_does_not_stop_the_start(start, model, dialogs):
    path = SHELF.path(model.bundle.sha256)
    path.parent.mkdir(parents=True)
    path.write_bytes(b'{"format": "latent-space-explorer/shelf", "ver')
    window = start()
    aside = path.with_name(path.name + ".damaged")
    assert str(aside) in dialogs.errors.pop()
    assert window.state.bookmarks == ()
    window.bookmark()
    window.close()
    assert len(SHELF.load(model.bundle.sha256, model.latent_dim)) == 1
    assert aside.exists()


def test_a_full_disk_at_the_end_is_told_before_the_window_goes(start, dialogs, monkeypatch):
    window = start()
    # Nothing is written before the end.
    monkeypatch.setattr(window.worker, "submit", lambda *args: None)
    window.bookmark()

    def full(*_args) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(kept_files, "write_document", full)
    window.close()
    assert "No space left" in dialogs.errors.pop()


def test_a_session_at_the_start_adds_to_the_shelf(start, model):
    kept, theirs = (Bookmark(name, (1.0,) * model.latent_dim) for name in ("kept", "theirs"))
    SHELF.save(model.bundle.sha256, [kept])
    session = Session(
        z=kept.z,
        locks=frozenset(),
        bookmarks=(theirs,),
        pages={},
        weights_sha256=model.bundle.sha256,
        weights_name=model.bundle.path.name,
    )
    window = start(session_to_open=session)
    assert window.state.bookmarks == (theirs, kept)
    window.close()
    assert SHELF.load(model.bundle.sha256, model.latent_dim) == (theirs, kept)


def test_before_there_is_a_model_nothing_can_be_kept_or_sent(weights_path, dialogs, monkeypatch):
    window = MainWindow(create_root("Early", scaling=1.0), weights_path)
    monkeypatch.setattr(window.worker, "submit", lambda *args, **options: None)  # it never comes
    pages = [window.notebook.page(name) for name in PAGES]
    assert all(page.slots() == {} for page in pages if hasattr(page, "slots"))
    click(window.shelf.add_button)
    assert window.model is None
    assert window.state.bookmarks == ()
    window.close()
