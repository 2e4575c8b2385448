"""The person's own directions: changed in memory, kept on disk, imported without a loss."""

from __future__ import annotations

import errno
import json
import os
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer import direction_store, kept_files
from explorer.direction_store import (
    OWN_DIRECTIONS,
    DirectionStore,
    NameTakenError,
    free_name,
    joined,
)
from explorer.kept_files import KeptError
from vae.direction_files import load_directions, save_directions
from vae.directions import MAX_NAME, Direction

SHA, OTHER = "0123456789abcdef" * 4, "fedcba9876543210" * 4


def a_direction(name, angle=0.0):
    return Direction(name, "classes", np.array([np.cos(angle), np.sin(angle)]), length=2.0)


def opened(sha256=SHA):
    store = DirectionStore()
    store.open(sha256, 2)
    return store


def names(directions):
    return [direction.name for direction in directions]


def facts(directions):
    """Names and vectors, which can be compared."""
    return [(direction.name, *direction.vector) for direction in directions]


def kept(sha256=SHA):
    """What a next start finds."""
    return facts(opened(sha256).directions)


@pytest.fixture
def store():
    """Open, with two directions that are saved."""
    store = opened()
    store.add(a_direction("a", 0.1))
    store.add(a_direction("b", 0.2))
    store.save()
    return store


# --- the list -----------------------------------------------------------------------------------


def test_nothing_is_kept_yet(user_folder):
    store = opened()
    assert store.directions == ()
    assert not store.unsaved
    store.save()
    assert not user_folder.exists()


def test_what_is_saved_is_there_at_the_next_start(store):
    assert kept() == facts(store.directions)
    assert names(store.directions) == ["a", "b"]
    assert kept(OTHER) == []


def test_a_change_is_unsaved_until_it_is_saved(store):
    store.remove("a")
    assert store.unsaved
    assert len(kept()) == 2
    store.save()
    assert not store.unsaved
    assert kept() == [("b", np.cos(0.2), np.sin(0.2))]


def test_a_name_that_is_taken_is_asked_about(store):
    before = store.directions
    with pytest.raises(NameTakenError, match=r"called “a” already"):
        store.add(a_direction("a", 1.0))
    with pytest.raises(NameTakenError, match=r"called “a” already"):
        store.rename("b", "a")
    assert store.directions == before
    assert not store.unsaved


def test_putting_replaces_in_place(store):
    store.put(a_direction("a", 1.0))
    assert facts(store.directions)[0] == ("a", np.cos(1.0), np.sin(1.0))
    store.put(a_direction("c", 1.5))
    assert names(store.directions) == ["a", "b", "c"]


def test_renaming_changes_the_name_and_nothing_else(store):
    store.rename("a", "thicker")
    assert facts(store.directions)[0] == ("thicker", np.cos(0.1), np.sin(0.1))
    store.rename("thicker", "thicker")
    with pytest.raises(ValueError, match="1 to 200 characters"):
        store.rename("b", "  ")
    with pytest.raises(KeyError):
        store.rename("a", "c")
    with pytest.raises(KeyError):
        store.remove("a")
    assert names(store.directions) == ["thicker", "b"]


def test_a_direction_of_another_space_is_refused(store):
    with pytest.raises(ValueError, match="“c” is not of the open weights, which have 2"):
        store.add(Direction("c", "classes", np.array([0.0, 0.0, 1.0])))
    assert names(store.directions) == ["a", "b"]


def test_without_weights_nothing_can_be_kept(tmp_path):
    store = DirectionStore()
    assert store.directions == ()
    assert not store.unsaved
    store.save()
    for change in (
        lambda: store.add(a_direction("a")),
        lambda: store.remove("a"),
        lambda: store.import_from(tmp_path / "d.json"),
        lambda: store.export_to(tmp_path / "d.json"),
    ):
        with pytest.raises(KeptError, match="open weights first"):
            change()


# --- other weights ------------------------------------------------------------------------------


def test_other_weights_bring_their_list_and_the_old_one_is_saved_first(store):
    store.add(a_direction("c"))
    assert store.open(OTHER, 2) == ()
    store.add(a_direction("theirs"))
    assert names(opened(SHA).directions) == ["a", "b", "c"]
    assert names(store.open(SHA, 2)) == ["a", "b", "c"]
    assert names(store.open(OTHER, 2)) == ["theirs"]


def full(*_args) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_loses_nothing(store, monkeypatch):
    store.add(a_direction("c"))
    with monkeypatch.context() as patch:
        patch.setattr(kept_files, "write_document", full)
        with pytest.raises(KeptError, match="cannot be written: No space left"):
            store.save()
    assert store.unsaved
    assert len(store.directions) == 3
    assert len(kept()) == 2
    store.save()
    assert len(kept()) == 3


def test_a_full_disk_is_told_when_other_weights_come(store, monkeypatch):
    store.add(a_direction("c"))
    monkeypatch.setattr(kept_files, "write_document", full)
    with pytest.raises(KeptError, match="No space left"):
        store.open(OTHER, 2)
    assert store.directions == ()
    store.add(a_direction("of the others"))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"damage",
        b'{"format": "latent-space-explorer/shelf", "version": 1}',
        json.dumps(
            {
                "format": "latent-space-explorer/directions",
                "version": 1,
                "weights": SHA,
                "directions": [{"name": "a", "kind": "classes", "vector": [1.0, 0.0, 0.0]}],
            }
        ).encode(),
    ],
    ids=["empty", "no JSON", "another list", "another space"],
)
def test_a_damaged_list_is_put_aside_and_the_next_one_kept(content):
    path = OWN_DIRECTIONS.path(SHA)
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    store = DirectionStore()
    with pytest.raises(KeptError, match="list of your directions starts empty") as caught:
        store.open(SHA, 2)
    aside = path.with_name(path.name + ".damaged")
    assert str(aside) in str(caught.value)
    assert aside.read_bytes() == content
    store.add(a_direction("a"))
    store.save()
    assert names(opened().directions) == ["a"]


def test_the_list_of_a_newer_program_is_never_written_over():
    path = OWN_DIRECTIONS.path(SHA)
    path.parent.mkdir(parents=True)
    newer = b'{"format": "latent-space-explorer/directions", "version": 2}'
    path.write_bytes(newer)
    store = DirectionStore()
    with pytest.raises(KeptError, match="directions that you make now are not kept") as caught:
        store.open(SHA, 2)
    assert caught.value.in_the_way
    store.add(a_direction("a"))
    assert names(store.directions) == ["a"]
    assert not store.unsaved
    store.save()
    assert path.read_bytes() == newer
    assert os.listdir(path.parent) == [path.name]


# --- two windows, two threads -------------------------------------------------------------------


def test_what_another_window_has_added_stays(store):
    other = opened()
    other.add(a_direction("theirs", 0.3))
    other.save()
    store.add(a_direction("mine", 0.4))
    store.save()
    assert names(opened().directions) == ["a", "b", "mine", "theirs"]
    store.remove("mine")
    store.save()
    assert names(opened().directions) == ["a", "b", "theirs"]
    assert names(store.directions) == ["a", "b"]


def test_the_same_name_in_two_windows_is_two_directions(store):
    other = opened()
    other.add(a_direction("c", 0.3))
    other.save()
    store.add(a_direction("c", 0.4))
    store.save()
    for _ in range(2):  # each window writes again, and nothing more is added
        for window, name in ((other, "x"), (store, "y")):
            window.add(a_direction(name, 0.5))
            window.save()
            window.remove(name)
            window.save()
    found = opened().directions
    assert sorted(names(found)) == ["a", "b", "c", "c (2)"]
    assert {tuple(d.vector) for d in found[2:]} == {
        tuple(a_direction("c", angle).vector) for angle in (0.3, 0.4)
    }


def test_a_change_during_a_save_is_saved_by_the_next(store, monkeypatch):
    write = kept_files.write_document
    begun, go_on = threading.Event(), threading.Event()

    def slowly(*content) -> None:
        begun.set()
        assert go_on.wait(20)
        write(*content)

    monkeypatch.setattr(kept_files, "write_document", slowly)
    store.add(a_direction("c"))
    running = threading.Thread(target=store.save)
    running.start()
    assert begun.wait(20)
    store.add(a_direction("d"))
    go_on.set()
    running.join()
    assert store.unsaved
    assert names(opened().directions) == ["a", "b", "c"]
    store.save()
    assert not store.unsaved
    assert names(opened().directions) == ["a", "b", "c", "d"]


# --- files --------------------------------------------------------------------------------------


def test_what_is_exported_can_be_imported(store, tmp_path):
    path = tmp_path / "d.json"
    store.export_to(path)
    store.remove("a")
    assert names(store.import_from(path)) == ["a"]
    assert names(store.directions) == ["b", "a"]
    assert store.unsaved
    assert store.import_from(path) == ()


def test_a_part_can_be_exported(store, tmp_path):
    store.export_to(tmp_path / "d.json", store.directions[1:])
    assert names(load_directions(tmp_path / "d.json", SHA, 2)) == ["b"]


def test_an_imported_name_that_is_taken_is_numbered(store, tmp_path):
    path = tmp_path / "d.json"
    save_directions(path, [a_direction("a", 1.0), a_direction("a (2)", 1.1)], SHA)
    assert names(store.import_from(path)) == ["a (2)", "a (3)"]
    assert facts(store.directions)[2:] == [
        ("a (2)", np.cos(1.0), np.sin(1.0)),
        ("a (3)", np.cos(1.1), np.sin(1.1)),
    ]
    assert store.import_from(path) == ()


def test_the_file_of_another_model_is_refused_with_both_fingerprints(store, tmp_path):
    save_directions(tmp_path / "d.json", [a_direction("theirs")], OTHER)
    with pytest.raises(KeptError, match=r"d\.json belongs to other weights") as caught:
        store.import_from(tmp_path / "d.json")
    assert SHA[:12] in str(caught.value)
    assert OTHER[:12] in str(caught.value)
    assert names(store.directions) == ["a", "b"]
    assert not store.unsaved


def test_weights_that_change_during_an_import_get_nothing_of_it(store, tmp_path, monkeypatch):
    store.export_to(tmp_path / "d.json")

    def load(*arguments):
        store.open(OTHER, 2)
        return load_directions(*arguments)

    monkeypatch.setattr(direction_store, "load_directions", load)
    with pytest.raises(KeptError, match="Other weights were opened meanwhile"):
        store.import_from(tmp_path / "d.json")
    assert store.directions == ()


def test_a_file_that_is_none_is_refused(store, tmp_path):
    with pytest.raises(KeptError, match="does not exist"):
        store.import_from(tmp_path / "d.json")


def test_a_folder_that_is_none_is_told(store, tmp_path):
    with pytest.raises(KeptError, match="cannot be written: No such file"):
        store.export_to(tmp_path / "none" / "d.json")


# --- names --------------------------------------------------------------------------------------

few_names = st.sampled_from(["a", "b", "(2)", " (2)", "a (2)", "a (3)", "a (2) (2)", "3 to 8"])

lists = st.lists(
    st.builds(a_direction, few_names, st.integers(0, 3)), max_size=6, unique_by=lambda d: d.name
)


@given(lists, lists)
def test_joining_loses_nothing_and_keeps_names_apart(first, second):
    together = joined(first, second)
    assert together[: len(first)] == tuple(first)
    assert len(set(names(together))) == len(together)
    vectors = {tuple(direction.vector) for direction in together}
    assert {tuple(direction.vector) for direction in second} <= vectors
    assert joined(together, second) == together


@given(few_names, st.sets(few_names))
def test_a_free_name_is_free_and_the_name_itself_where_it_can_be(name, taken):
    free = free_name(name, taken)
    assert free not in taken
    assert name in taken or free == name


def test_a_name_is_numbered_anew_not_again():
    assert free_name("a (2)", {"a", "a (2)"}) == "a (3)"
    assert free_name("3 to 8", {"3 to 8"}) == "3 to 8 (2)"


def test_a_long_name_is_cut_for_its_number():
    name = "n" * MAX_NAME
    assert free_name(name, {name}) == "n" * (MAX_NAME - 4) + " (2)"
