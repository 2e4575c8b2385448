"""What is remembered from one start to the next, and that a damaged file is no obstacle."""

from __future__ import annotations

import json
import os

import pytest

from explorer.preferences import (
    Preferences,
    load_preferences,
    preferences_path,
    save_preferences,
)
from explorer.weights_files import WeightsFiles


def test_a_first_start_has_seen_nothing(user_folder):
    assert load_preferences() == Preferences(tour_seen=False)
    assert not user_folder.exists()


def test_what_was_saved_is_there_at_the_next_start(user_folder):
    save_preferences(Preferences(tour_seen=True))
    assert load_preferences() == Preferences(tour_seen=True)
    assert [path.name for path in user_folder.iterdir()] == ["preferences.json"]
    save_preferences(Preferences(tour_seen=False))
    assert load_preferences() == Preferences(tour_seen=False)


def test_the_file_can_be_read_by_a_person():
    save_preferences(Preferences(tour_seen=True, recent=("/models/a.pt",), reload=False))
    document = json.loads(preferences_path().read_text())
    assert document == {
        "format": "latent-space-explorer/preferences",
        "version": 1,
        "tour_seen": True,
        "recent": ["/models/a.pt"],
        "reload": False,
    }


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe\x00",
        b"[true]",
        b"null",
        b"[" * 100_000,
        b'{"tour_seen": true}',
        b'{"format": "latent-space-explorer/preferences", "version": 1}',
        b'{"format": "latent-space-explorer/preferences", "version": 1, "tour_seen": "yes"}',
        b'{"format": "latent-space-explorer/preferences", "version": 1, "tour_seen": 1}',
        b'{"format": "latent-space-explorer/preferences", "version": 2, "tour_seen": true}',
    ],
)
def test_a_damaged_file_means_a_first_start_and_is_replaced(user_folder, content):
    user_folder.mkdir()
    preferences_path().write_bytes(content)
    assert load_preferences() == Preferences()
    save_preferences(Preferences(tour_seen=True))
    assert load_preferences() == Preferences(tour_seen=True)


def test_what_a_newer_version_adds_does_no_harm(user_folder):
    save_preferences(Preferences(tour_seen=True))
    document = json.loads(preferences_path().read_text())
    preferences_path().write_text(json.dumps({**document, "sound": "off"}))
    assert load_preferences() == Preferences(tour_seen=True)


def test_a_folder_in_the_files_place_is_an_error_only_when_saving(user_folder):
    preferences_path().mkdir(parents=True)
    assert load_preferences() == Preferences()
    with pytest.raises((IsADirectoryError, PermissionError)):
        save_preferences(Preferences(tour_seen=True))
    assert os.listdir(user_folder) == ["preferences.json"]


def test_a_file_in_the_folders_place_is_an_error_only_when_saving(user_folder):
    user_folder.write_text("not a folder")
    assert load_preferences() == Preferences()
    with pytest.raises((FileExistsError, NotADirectoryError)):
        save_preferences(Preferences(tour_seen=True))


class AtOnce:
    """A worker that does what it is given while one waits."""

    def submit(self, kind, function, done, failed) -> None:
        try:
            done(function(None))
        except OSError as error:
            failed(error)


def test_a_list_that_cant_be_saved_is_told_under_its_own_name(user_folder):
    user_folder.write_text("a file where the folder should be")
    told = []
    files = WeightsFiles(
        AtOnce(), open_=lambda path: None, ask=lambda: None, notify=lambda *what: told.append(what)
    )
    files.set_reload(False)
    ((message, is_error),) = told
    assert is_error
    assert str(user_folder / "preferences.json") in message
    assert ".tmp" not in message


def test_a_kept_name_that_no_file_can_have_goes_off_the_list(user_folder):
    longest = "/" + 3000 * "a"
    save_preferences(Preferences(recent=(longest,)))
    told = []
    files = WeightsFiles(
        AtOnce(), open_=told.append, ask=lambda: None, notify=lambda *what: told.append(what)
    )
    files.open_recent(files.recent[0])
    assert files.recent == ()
    assert "not there" in told[-1][0]
