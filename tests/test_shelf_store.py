"""The shelf's file: it survives a restart, and damage to it loses nothing."""

from __future__ import annotations

import errno
import json
import os
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer import kept_files
from explorer.kept_files import KeptError
from explorer.shelf_store import SHELF, ShelfKeeper, merged
from explorer.state import Bookmark, ExplorerState
from vae.documents import MAX_FILE_BYTES

SHA256 = "0123456789abcdef" * 4
OTHER = "fedcba9876543210" * 4
MARKS = (Bookmark("a seven", (1.0, -2.5, 3.0)), Bookmark("Müller ☺", (0.0, 0.0, 0.1)))

finite = st.floats(allow_nan=False, allow_infinity=False)


@given(marks=st.lists(st.builds(Bookmark, st.text(), st.tuples(finite, finite)), max_size=5))
def test_what_is_saved_comes_back(marks):
    SHELF.save(SHA256, marks)
    assert SHELF.load(SHA256, 2) == tuple(marks)


def test_nothing_was_kept_yet(user_folder):
    assert SHELF.load(SHA256, 3) == ()
    assert not user_folder.exists()  # looking leaves nothing behind


def test_the_file_is_plain_json_in_the_persons_folder(user_folder):
    SHELF.save(SHA256, MARKS)
    path = user_folder / "shelves" / "0123456789abcdef.json"
    assert json.loads(path.read_text("ascii")) == {
        "format": "latent-space-explorer/shelf",
        "version": 1,
        "weights": SHA256,
        "bookmarks": [
            {"name": "a seven", "z": [1.0, -2.5, 3.0]},
            {"name": "Müller ☺", "z": [0.0, 0.0, 0.1]},
        ],
    }
    assert os.listdir(path.parent) == [path.name]


def test_every_weights_has_a_shelf_of_its_own():
    SHELF.save(SHA256, MARKS)
    SHELF.save(OTHER, MARKS[:1])
    assert SHELF.load(SHA256, 3) == MARKS
    assert SHELF.load(OTHER, 3) == MARKS[:1]


def test_merging_keeps_the_order_and_drops_what_is_there_already():
    a, b, c = (Bookmark(name, (1.0,)) for name in "abc")
    moved = Bookmark("a", (2.0,))
    assert merged([b, a], [a, c, moved, b]) == (b, a, c, moved)
    assert merged([], [a]) == (a,)
    assert merged([a], []) == (a,)


# --- damage ---------------------------------------------------------------------------------------


def document(**changes) -> bytes:
    sound = {
        "format": "latent-space-explorer/shelf",
        "version": 1,
        "weights": SHA256,
        "bookmarks": [{"name": "a", "z": [1, 2, 3]}],
    }
    return json.dumps({**sound, **changes}).encode()


DAMAGE = {
    "empty": b"",
    "cut off": document()[:-9],
    "not JSON": b"hello",
    "binary": bytes(range(256)),
    "nested too deep": b"[" * 100_000,
    "a list": b"[]",
    "another format": document(format="latent-space-explorer/session"),
    "no version": document(version=None),
    "version 0": document(version=0),
    "a version that is a text": document(version="1"),
    "other weights": document(weights=OTHER),
    "no weights": document(weights=None),
    "no bookmarks": document(bookmarks=None),
    "an object of bookmarks": document(bookmarks={}),
    "a name that is none": document(bookmarks=[{"name": 3, "z": [1, 2, 3]}]),
    "half a character": document(bookmarks=[{"name": "\ud83d", "z": [1, 2, 3]}]),
    "a number that is none": document(bookmarks=[{"name": "a", "z": [1, "2", 3]}]),
    "too few numbers": document(bookmarks=[{"name": "a", "z": [1, 2]}]),
    "NaN": document(bookmarks=[{"name": "a", "z": [1, 2, float("nan")]}]),
    "infinity": document().replace(b"3]", b"1e999]"),
    "far too large": b" " * (MAX_FILE_BYTES + 1),
}


def refused() -> str:
    with pytest.raises(KeptError) as caught:
        SHELF.load(SHA256, 3)
    return str(caught.value)


@pytest.fixture
def path(user_folder) -> Path:
    """Where the shelf is, with nothing there yet."""
    path = SHELF.path(SHA256)
    path.parent.mkdir(parents=True)
    return path


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_is_put_aside_and_the_person_told_where(path, damage):
    path.write_bytes(DAMAGE[damage])
    aside = path.with_name(path.name + ".damaged")
    assert str(aside) in refused()
    assert aside.read_bytes() == DAMAGE[damage]
    assert SHELF.load(SHA256, 3) == ()
    SHELF.save(SHA256, MARKS)
    assert SHELF.load(SHA256, 3) == MARKS
    assert aside.read_bytes() == DAMAGE[damage]


def test_damage_upon_damage_loses_nothing(path):
    for content in (b"first", b"second", b"third"):
        path.write_bytes(content)
        refused()
    kept = {file.name.removeprefix(path.name): file.read_bytes() for file in path.parent.iterdir()}
    assert kept == {".damaged": b"first", ".damaged-2": b"second", ".damaged-3": b"third"}


def test_a_folder_in_its_place_is_put_aside_with_what_is_in_it(path):
    path.mkdir()
    (path / "notes").write_text("mine")
    assert "folder" in refused()
    assert (path.with_name(path.name + ".damaged") / "notes").read_text() == "mine"
    assert SHELF.load(SHA256, 3) == ()


def test_a_link_that_leads_nowhere_is_put_aside(path, tmp_path):
    try:
        path.symlink_to(tmp_path / "nowhere")
    except OSError:
        pytest.skip("this system lets nobody make links")
    assert "does not exist" in refused()
    assert os.path.lexists(path.with_name(path.name + ".damaged"))


def test_a_file_that_may_not_be_read_is_put_aside(path, monkeypatch):
    path.write_bytes(document())

    def deny(*_args, **_options):
        raise PermissionError(errno.EACCES, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(type(path), "open", deny)  # the tests may run as root, who may read all
        assert "Permission denied" in refused()
    assert path.with_name(path.name + ".damaged").read_bytes() == document()


def test_a_newer_version_is_left_alone(path):
    newer = document(version=2, bookmarks="of another form")
    path.write_bytes(newer)
    with pytest.raises(KeptError, match="newer version") as caught:
        SHELF.load(SHA256, 3)
    assert caught.value.in_the_way
    assert path.read_bytes() == newer
    assert os.listdir(path.parent) == [path.name]


def test_damage_that_cannot_be_put_aside_is_in_the_way(path, monkeypatch):
    path.write_bytes(b"damage")

    def deny(*_args):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(type(path), "rename", deny)
    with pytest.raises(KeptError, match="not kept") as caught:
        SHELF.load(SHA256, 3)
    assert caught.value.in_the_way
    assert path.read_bytes() == b"damage"


def full(*_args) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_leaves_the_earlier_file(monkeypatch):
    SHELF.save(SHA256, MARKS)
    monkeypatch.setattr(kept_files, "write_document", full)
    with pytest.raises(KeptError, match="No space left") as caught:
        SHELF.save(SHA256, ())
    assert str(SHELF.path(SHA256)) in str(caught.value)
    assert SHELF.load(SHA256, 3) == MARKS


def test_a_file_where_the_folder_should_be_is_told(user_folder):
    user_folder.write_text("in the way")
    assert SHELF.load(SHA256, 3) == ()
    with pytest.raises(KeptError, match="cannot be written"):
        SHELF.save(SHA256, MARKS)
    assert user_folder.read_text() == "in the way"


# --- the keeper -----------------------------------------------------------------------------------


class SlowWorker:
    """A worker that works when the test says so; of each kind the newest wins, as with the real."""

    def __init__(self) -> None:
        self.jobs: dict[str, tuple] = {}

    def submit(self, kind, function, done, failed) -> None:
        self.jobs[kind] = function, done, failed

    def cancel(self, kind) -> None:
        self.jobs.pop(kind, None)

    def work(self) -> None:
        while self.jobs:
            function, done, failed = self.jobs.pop(next(iter(self.jobs)))
            try:
                result = function(None)
            except Exception as error:
                failed(error)
            else:
                done(result)


class Program:
    """What the window has of it: a state, a worker, a keeper, and a place for messages."""

    def __init__(self, sha256: str = SHA256, latent_dim: int = 3) -> None:
        self.state = ExplorerState(latent_dim)
        self.worker = SlowWorker()
        self.told: list[str] = []
        self.keeper = ShelfKeeper(
            self.state, self.worker, lambda title, message: self.told.append(f"{title}: {message}")
        )
        self.open(sha256, latent_dim)

    def open(self, sha256: str, latent_dim: int = 3) -> None:
        kept = self.keeper.open(sha256, latent_dim)
        self.state.reset_model(latent_dim, bookmarks=kept)


def test_the_shelf_survives_a_restart_without_anything_to_undo():
    program = Program()
    program.state.set_bookmarks(MARKS)
    program.worker.work()
    again = Program()
    assert again.state.bookmarks == MARKS
    assert not again.state.can_undo
    assert again.worker.jobs == {}  # nothing has changed, so nothing is written


def test_what_is_written_is_only_what_was_last():
    program = Program()
    program.state.set_bookmarks(MARKS)
    program.state.set_bookmarks(MARKS[:1])
    assert len(program.worker.jobs) == 1
    program.worker.work()
    assert SHELF.load(SHA256, 3) == MARKS[:1]


def test_an_undone_deletion_is_saved_too():
    program = Program()
    program.state.set_bookmarks(MARKS)
    program.worker.work()
    program.state.set_bookmarks(())
    program.worker.work()
    assert SHELF.load(SHA256, 3) == ()
    program.state.undo()
    program.worker.work()
    assert SHELF.load(SHA256, 3) == MARKS


def test_moving_the_point_writes_nothing():
    program = Program()
    program.state.set_z([1, 2, 3])
    program.state.set_lock(0, True)
    assert program.worker.jobs == {}


def test_a_change_that_is_still_pending_is_written_at_the_end(monkeypatch):
    program = Program()
    program.state.set_bookmarks(MARKS)
    assert program.keeper.flush() is None
    assert SHELF.load(SHA256, 3) == MARKS
    monkeypatch.setattr(kept_files, "write_document", full)
    assert program.keeper.flush() is None  # there is nothing more to write
    program.worker.work()
    assert program.told == []


def test_an_older_change_never_replaces_a_newer_one():
    program = Program()
    program.state.set_bookmarks(MARKS[:1])
    (older, _, _) = program.worker.jobs["shelf"]
    program.state.set_bookmarks(MARKS)
    program.keeper.flush()
    older(None)  # it was running already, and comes last
    assert SHELF.load(SHA256, 3) == MARKS


def test_the_end_waits_for_a_write_that_is_running(monkeypatch):
    program = Program()
    begun, go_on = threading.Event(), threading.Event()
    write = kept_files.write_document

    def slowly(*content) -> None:
        begun.set()
        assert go_on.wait(20)
        write(*content)

    monkeypatch.setattr(kept_files, "write_document", slowly)
    program.state.set_bookmarks(MARKS[:1])
    running = threading.Thread(target=program.worker.work)
    running.start()
    assert begun.wait(20)
    program.state.set_bookmarks(MARKS)
    ending = threading.Thread(target=program.keeper.flush)
    ending.start()
    go_on.set()
    running.join()
    ending.join()
    assert SHELF.load(SHA256, 3) == MARKS


def test_a_full_disk_is_told_once_and_tried_again_at_the_next_change(monkeypatch):
    program = Program()
    with monkeypatch.context() as patch:
        patch.setattr(kept_files, "write_document", full)
        for count in (1, 2, 0):
            program.state.set_bookmarks(MARKS[:count])
            program.worker.work()
        assert program.keeper.flush() is None  # told already
    (message,) = program.told
    assert "No space left" in message
    program.state.set_bookmarks(MARKS)
    program.worker.work()
    assert SHELF.load(SHA256, 3) == MARKS
    with monkeypatch.context() as patch:
        patch.setattr(kept_files, "write_document", full)
        program.state.set_bookmarks(())
        program.worker.work()
    assert len(program.told) == 2  # it had worked meanwhile
    assert program.keeper.flush() is None
    assert SHELF.load(SHA256, 3) == ()


def test_a_full_disk_at_the_end_is_told(monkeypatch):
    program = Program()
    program.state.set_bookmarks(MARKS)
    monkeypatch.setattr(kept_files, "write_document", full)
    assert "No space left" in program.keeper.flush()


def test_other_weights_bring_their_shelf_and_the_old_one_is_written_first():
    SHELF.save(OTHER, [Bookmark("flat", (1.0, 2.0))])
    program = Program()
    program.state.set_bookmarks(MARKS)
    program.open(OTHER, 2)
    assert program.state.bookmarks == (Bookmark("flat", (1.0, 2.0)),)
    assert SHELF.load(SHA256, 3) == MARKS
    program.worker.work()
    program.open(SHA256)
    assert program.state.bookmarks == MARKS
    assert SHELF.load(OTHER, 2) == (Bookmark("flat", (1.0, 2.0)),)


def test_a_shelf_that_cannot_be_written_before_other_weights_come_is_told(monkeypatch):
    program = Program()
    program.state.set_bookmarks(MARKS)
    with monkeypatch.context() as patch:
        patch.setattr(kept_files, "write_document", full)
        program.open(OTHER)
    assert "No space left" in program.told[0]
    program.worker.work()
    assert program.state.bookmarks == ()
    assert SHELF.load(OTHER, 3) == ()


def test_a_damaged_shelf_stops_nothing(path):
    path.write_bytes(b"damage")
    program = Program()
    assert program.state.bookmarks == ()
    assert ".damaged" in program.told[0]
    program.state.set_bookmarks(MARKS)
    program.worker.work()
    assert SHELF.load(SHA256, 3) == MARKS


def test_a_newer_shelf_is_never_written_over(path):
    newer = document(version=2)
    path.write_bytes(newer)
    program = Program()
    assert "newer version" in program.told[0]
    program.state.set_bookmarks(MARKS)
    program.worker.work()
    assert program.keeper.flush() is None
    assert path.read_bytes() == newer
    program.open(OTHER)
    program.state.set_bookmarks(MARKS)
    program.worker.work()
    assert SHELF.load(OTHER, 3) == MARKS


# --- two programs at once -------------------------------------------------------------------------

HERE, THERE = Bookmark("here", (1.0, 1.0, 1.0)), Bookmark("there", (2.0, 2.0, 2.0))


@pytest.fixture
def two() -> tuple[Program, Program]:
    """Two windows with the same weights and the same shelf."""
    SHELF.save(SHA256, MARKS)
    return Program(), Program()


def keep(program: Program, *marks: Bookmark) -> None:
    program.state.set_bookmarks(marks)
    program.worker.work()


def test_what_the_other_program_has_added_stays(two):
    first, second = two
    keep(first, *MARKS, HERE)
    keep(second, *MARKS, THERE)
    assert SHELF.load(SHA256, 3) == (*MARKS, THERE, HERE)
    keep(first, *MARKS)  # takes back its own
    assert SHELF.load(SHA256, 3) == (*MARKS, THERE)
    assert second.state.bookmarks == (*MARKS, THERE)


def test_what_one_program_deletes_is_gone_and_what_the_other_has_is_not(two):
    first, second = two
    keep(first)
    assert SHELF.load(SHA256, 3) == ()
    keep(second, *MARKS, THERE)
    assert SHELF.load(SHA256, 3) == (*MARKS, THERE)


def test_damage_that_came_meanwhile_is_put_aside(path):
    program = Program()
    path.write_bytes(b"damage")
    keep(program, HERE)
    assert SHELF.load(SHA256, 3) == (HERE,)
    assert path.with_name(path.name + ".damaged").read_bytes() == b"damage"


def test_a_newer_program_that_has_written_meanwhile_is_left_its_file(path):
    program = Program()
    newer = document(version=2)
    path.write_bytes(newer)
    keep(program, HERE)
    assert path.read_bytes() == newer
    assert "newer version" in program.told[0]
