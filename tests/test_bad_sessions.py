"""Session files that are damaged, of other models or of another program: told, and nothing lost."""

from __future__ import annotations

import base64
import json
import math
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.session import VERSION
from tests.bad_input_parts import fill_the_sheet, message, png_of_size, unchanged
from tests.foreign import foreign_state
from tests.interaction import press

__all__ = ["unchanged"]


@pytest.fixture
def session_file(window, tmp_path):
    """Writes a session of the shipped weights, with changes to its document, and gives its path."""

    def write(**changes) -> Path:
        path = tmp_path / "session.json"
        window.files.save_session(path)
        document = json.loads(path.read_text())
        document.update(changes)
        path.write_text(json.dumps(document))
        return path

    return write


BAD_SESSIONS = {
    "newer": {"version": VERSION + 1},
    "no version": {"version": None},
    "another format": {"format": "something"},
    "no point": {"z": []},
    "text for a number": {"z": ["a"] * 6},
    "too few numbers": {"z": [1.0, 2.0]},
    "lock of no dimension": {"locks": [6]},
    "short bookmark": {"bookmarks": [{"name": "a", "z": [1.0]}]},
    "pages of another kind": {"pages": []},
    "no weights": {"weights": None},
}


@pytest.mark.parametrize("kind", BAD_SESSIONS)
def test_a_bad_session_is_told_and_changes_nothing(window, unchanged, dialogs, session_file, kind):
    path = session_file(**BAD_SESSIONS[kind])
    window.files.open_session(path)
    assert "not opened" in dialogs.errors.pop()
    assert window.status.is_error


@pytest.mark.parametrize("content", [b"", b"{", b"null", b"\x00\x01", b"[" * 99_999])
def test_what_is_no_session_is_told_and_changes_nothing(
    window, unchanged, dialogs, tmp_path, content
):
    path = tmp_path / "session.json"
    path.write_bytes(content)
    dialogs.path = path
    press(window.root, "Control-o")
    assert str(path) in dialogs.errors.pop()


def test_a_session_that_is_not_there_or_a_folder(window, unchanged, dialogs, tmp_path):
    window.files.open_session(tmp_path / "none.json")
    window.files.open_session(tmp_path)
    assert "folder" in dialogs.errors.pop()
    assert "none.json" in dialogs.errors.pop()


def test_a_session_of_another_size_names_the_weights_to_open(
    window, unchanged, dialogs, session_file
):
    other = {"name": "two.pt", "sha256": "0" * 64}
    window.files.open_session(session_file(z=[1.0, 2.0], locks=[], bookmarks=[], weights=other))
    assert "two.pt" in dialogs.errors.pop()
    assert dialogs.questions == []


OTHER = {"name": "other.pt", "sha256": "0" * 64}


def test_a_session_of_other_weights_asks_and_a_no_changes_nothing(
    window, unchanged, dialogs, session_file
):
    window.files.open_session(session_file(weights=OTHER, z=[9.0] * 6))
    (question,) = dialogs.questions
    assert "other.pt" in question


def test_a_session_of_other_weights_opens_after_a_yes(window, dialogs, session_file, settle):
    dialogs.proceed = True
    window.files.open_session(session_file(weights=OTHER, z=[2.0] * 6))
    settle()
    assert window.state.z == (2.0,) * 6


@pytest.mark.parametrize("number", [1e300, -1e12])
def test_a_session_with_a_monstrous_number_breaks_nothing(
    window, dialogs, session_file, settle, number
):
    window.files.open_session(session_file(z=[number] + [0.0] * 5))
    settle()
    dialogs.errors.clear()  # refused or taken: either way the window lives on
    window.reset()
    settle()
    assert window.state.z == (0.0,) * 6


@pytest.mark.parametrize(
    "settings",
    [
        {"sample": {"seed": [], "count": {}, "source": None, "temperature": "hot"}},
        {"morph": {"steps": "many", "path": ["a"], "start": None, "repeat": 3, "seconds": []}},
        {"arithmetic": {"operation": {}, "terms": [[], [], []], "origins": {}, "strengths": 1}},
        {"unknown page": {"a": 1}},
        {},
    ],
)
def test_odd_page_settings_are_left_out(window, unchanged, session_file, settle, settings):
    window.files.open_session(session_file(pages=settings))
    settle()
    assert message(window) == "Opened the session."


ODD_VALUES = (None, True, -1, 1e300, 10**400, "", "\ud800", [], [True], [[10**400]], {"a": {}})


def odd_versions(settings):
    """The settings of a page with one value in them, at any depth, replaced by an odd one."""
    yield from ODD_VALUES
    if isinstance(settings, dict):
        places = list(settings)
    elif isinstance(settings, list):
        places = list(range(len(settings)))[:2]
    else:
        return
    for place in places:
        for odd in odd_versions(settings[place]):
            changed = settings.copy()
            changed[place] = odd
            yield changed


@pytest.mark.parametrize(
    "name", ["sample", "morph", "arithmetic", "directions", "guide", "sweep", "map", "draw"]
)
def test_no_value_in_the_settings_of_a_page_breaks_it(
    window, session_file, settle, tmp_path, monkeypatch, name
):
    monkeypatch.setattr("explorer.direction_study.WALKS", 20)  # else measured for seconds
    window.show_page(name)
    settle()
    page = window.pages[name]
    if name == "draw":
        fill_the_sheet(page, settle)
    good = json.loads(session_file().read_text())["pages"]
    for odd in odd_versions(good[name]):
        if isinstance(odd, dict):
            page.apply_settings(odd)
            window.root.update()
    settle()
    window.files.save_session(tmp_path / "after.json")  # what it has become can be kept
    window.files.open_session(tmp_path / "after.json")
    assert message(window) == "Opened the session."
    page.apply_settings(good[name])
    settle()
    assert json.loads(json.dumps(page.settings())) == good[name]


BOMB = base64.b64encode(zlib.compress(bytes(30_000_000))).decode()
DEEP: dict = {}
for _ in range(200):
    DEEP = {"base": [DEEP]}


@pytest.mark.parametrize(
    "damage",
    [
        {"base": {"png": BOMB}},
        {"base": {"png": "A" * 10_000_000}},
        {"base": {"png": png_of_size(60_000, 60_000)}},
        {"base": {"png": png_of_size(512, 512)}},
        {"base": {"png": png_of_size(0, 0)}},
        {"base": {"png": "no base64 ☺"}},
        {"base": {"real": 10**30}},
        {"base": {"real": -1}},
        {"base": DEEP},
    ],
    ids=["bomb", "long", "huge", "no pixels", "empty", "no base64", "no such digit", "-1", "deep"],
)
def test_a_damaged_picture_below_the_strokes_is_left_out_and_they_stay(
    window, session_file, settle, damage
):
    page = window.pages["draw"]
    window.show_page("draw")
    fill_the_sheet(page, settle)
    strokes, unknown = page.drawing.strokes, page.drawing.unknown()
    kept = page.settings()
    changed = kept | {"drawing": kept["drawing"] | damage}
    window.files.open_session(session_file(pages={"draw": changed}))
    settle()
    assert message(window) == "Opened the session."
    assert page.drawing.base is None
    assert page.drawing.strokes == strokes
    np.testing.assert_array_equal(page.drawing.unknown(), unknown)


@pytest.mark.parametrize(
    "mask", [BOMB, "AAAA", "", "☺", 5, ["A"], base64.b64encode(bytes(4096 // 8)).decode(), DEEP]
)
def test_a_damaged_mask_is_left_out_and_the_rest_stays(window, session_file, settle, mask):
    page = window.pages["draw"]
    window.show_page("draw")
    fill_the_sheet(page, settle)
    strokes, base = page.drawing.strokes, page.drawing.base
    kept = page.settings()
    changed = kept | {"drawing": kept["drawing"] | {"unknown": mask}}
    window.files.open_session(session_file(pages={"draw": changed}))
    settle()
    assert page.drawing.unknown_below is None
    assert page.drawing.strokes == strokes
    np.testing.assert_array_equal(page.drawing.base, base)


def test_damaged_strokes_are_left_out_one_by_one(window, settle):
    page = window.pages["draw"]
    window.show_page("draw")
    fill_the_sheet(page, settle)
    kept = page.settings()
    good = kept["drawing"]["strokes"]
    bad = [
        good[0] | change
        for change in (
            {"points": []},
            {"points": [1.0]},
            {"points": [math.nan, 1.0]},
            {"points": [1e300, 1.0]},
            {"points": ["a", "b"]},
            {"points": DEEP},
            {"points": [1] * 200_001},
            {"radius": 0},
            {"radius": -1},
            {"radius": math.inf},
            {"radius": 10**400},
            {"softness": 2},
            {"softness": None},
            {"kind": "paint"},
            {"kind": ["ink"]},
        )
    ]
    mixed = [*bad[:8], good[0], *bad[8:], *good[1:], None, 3, DEEP]
    page.canvas.clear()
    page.apply_settings(kept | {"drawing": kept["drawing"] | {"strokes": mixed}})
    settle()
    assert page.settings()["drawing"]["strokes"] == good


@pytest.mark.parametrize("name", ["map", "draw"])
@pytest.mark.parametrize("sizes", [{"latent": 1}, {"latent": 2}, {"latent": 16, "side": 32}])
def test_settings_of_another_model_are_taken_as_far_as_they_mean_something(
    window, settle, pump, tmp_path, name, sizes
):
    page = window.pages[name]
    window.show_page(name)
    settle()
    if name == "draw":
        fill_the_sheet(page, settle)
    else:
        page.slots()["point A"](window.state.z, "here")
        page.apply_settings(page.settings() | {"tool": "path"})
    kept = json.loads(json.dumps(page.settings()))
    path = tmp_path / "other.pt"
    torch.save(foreign_state(**sizes), path)
    window.open_weights(path)
    pump(lambda: window.model.bundle.path == path and window.settled)
    page.apply_settings(kept)
    settle()
    window.files.save_session(tmp_path / "a.json")
    window.files.open_session(tmp_path / "a.json")
    settle()
    assert message(window) == "Opened the session."
    if name == "map":
        assert page.settings()["tool"] == kept["tool"]
    else:
        assert len(page.drawing.strokes) == len(kept["drawing"]["strokes"])
