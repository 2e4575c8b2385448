"""What is wrong is told, nothing is lost, and the old model stays live."""

from __future__ import annotations

import base64
import getpass
import json
import math
import os
import pickle
import platform
import re
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from explorer.drawing import KINDS, Drawing, Stroke
from explorer.kept_drawing import document_of
from explorer.map_dialog import SaveOptions
from explorer.movie import MovieOptions
from explorer.session import VERSION
from tests.foreign import foreign_state
from tests.interaction import press
from vae.files import sha256_of
from vae.model import VAE, ModelConfig


def message(window) -> str:
    return window.status.message.cget("text")


@pytest.fixture
def unchanged(window, settle):
    """Fails if the test has changed the model, the point, its history, or a page."""
    window.state.set_z([1, 2, 3, -1, -2, -3])
    window.bookmark()
    settle()

    def everything() -> tuple:
        state = window.state
        return (
            window.model.bundle.sha256,
            (state.z, state.locks, state.bookmarks, state.can_undo, state.can_redo),
            {name: page.settings() for name, page in window.pages.items()},
            window.root.title(),
        )

    before = everything()
    yield
    settle()
    assert everything() == before
    np.testing.assert_array_equal(
        window.digit._pixels, window.model.decoder.decode_uint8(np.asarray(window.state.z))
    )
    press(window.sliders.sliders[0], "Right")  # the old model still answers
    settle()
    np.testing.assert_array_equal(
        window.digit._pixels, window.model.decoder.decode_uint8(np.asarray(window.state.z))
    )


# --- weights --------------------------------------------------------------------------------------


class Bomb:
    """Pickles to code that makes a folder when it is loaded carelessly."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self):
        return os.mkdir, (str(self.target),)


def truncated(share: float):
    def make(path: Path, good: Path) -> None:
        data = good.read_bytes()
        path.write_bytes(data[: int(share * len(data))])

    return make


def saved(value):
    return lambda path, good: torch.save(value() if callable(value) else value, path)


def not_finite() -> dict:
    state = foreign_state()
    state["deconv_stack.2.bias"][0] = math.nan
    return state


BAD_WEIGHTS = {
    "missing": lambda path, good: None,
    "folder": lambda path, good: path.mkdir(),
    "empty": lambda path, good: path.touch(),
    "first byte": lambda path, good: path.write_bytes(good.read_bytes()[:1]),
    **{f"truncated at {share:.0%}": truncated(share) for share in (0.01, 0.3, 0.6, 0.9, 0.999)},
    "random bytes": lambda path, good: path.write_bytes(np.random.default_rng(1).bytes(9000)),
    "text": lambda path, good: path.write_text("no weights"),
    "pickle with code": lambda path, good: path.write_bytes(
        pickle.dumps(Bomb(path.parent / "exploded"), protocol=2)
    ),
    "torch file with code": lambda path, good: torch.save(
        {**foreign_state(), "linear.bias": Bomb(path.parent / "exploded")}, path
    ),
    "whole VAE": saved(lambda: VAE.from_config(ModelConfig(6, (1, 28, 28))).state_dict()),
    "checkpoint": saved({"epoch": 3, "state": {"a": torch.zeros(2)}}),
    "wrong shapes": saved(lambda: {**foreign_state(), "linear.bias": torch.zeros(99)}),
    "NaN": saved(not_finite),
}


@pytest.mark.parametrize("kind", BAD_WEIGHTS)
def test_bad_weights_are_told_and_the_old_model_stays(
    window, unchanged, dialogs, settle, tmp_path, weights_path, kind
):
    path = tmp_path / "bad.pt"
    BAD_WEIGHTS[kind](path, weights_path)
    dialogs.path = path
    window.menus.file.invoke("Open weights…")
    settle()
    assert str(path) in dialogs.errors.pop()
    assert window.status.is_error
    assert "bad.pt" in message(window)
    assert not (tmp_path / "exploded").exists()


def record(**changes) -> bytes:
    """A record as train.py writes it, in outline, with changes."""
    content = {
        "format": "latent-space-explorer/decoder",
        "format_version": 1,
        "model": {"latent_dim": 2},
        "dataset": {"name": "mnist", "train_images": 60_000},
        "training": {"epochs": 1},
        "epochs": [],
        "final": {"test": {"sse": 1.0, "kl": 1.0, "total": 2.0}},
        "files": {"decoder_weights.pt": "0" * 64},
    }
    return json.dumps({**content, **changes}).encode()


@pytest.mark.parametrize(
    ("content", "word"),
    [(b"{", "JSON"), (b"\xff\xfe", "JSON"), (b"[1]", "record"), (record(), "other weights")],
)
def test_a_bad_record_is_told_and_ignored(window, settle, tmp_path, content, word):
    path = tmp_path / "mine.pt"
    torch.save(foreign_state(latent=2, side=32), path)
    path.with_suffix(".json").write_bytes(content)
    window.open_weights(path)
    settle()
    assert window.model.record is None
    assert "record is ignored" in message(window)
    assert word in " ".join(window.model.bundle.notes)
    window.show_about()


@pytest.mark.parametrize(
    "changes",
    [
        {"model": {}, "dataset": {}, "training": {}, "final": {}},
        {"dataset": {"name": ["a"], "train_images": None, "classes": 3}},
        {"training": {"epochs": [1], "seed": {}, "torch_version": 2}},
        {"final": {"test": None}},
        {"final": {"test": {"sse": "1", "kl": [], "total": {}}}},
        {"final": {"test": {"total": 90}}},
    ],
)
def test_odd_values_in_a_record_break_nothing(window, settle, tmp_path, changes):
    path = tmp_path / "mine.pt"
    torch.save(foreign_state(latent=2, side=32), path)
    changes = {**changes, "files": {"mine.pt": sha256_of(path)}}
    path.with_suffix(".json").write_bytes(record(**changes))
    window.open_weights(path)
    settle()
    assert window.model.latent_dim == 2
    assert window.pages["sample"].grid_view.count > 0
    window.show_about()


# --- sessions -------------------------------------------------------------------------------------


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


def fill_the_sheet(page, settle) -> None:
    """A picture below strokes of every kind, and marks of unknown pixels."""
    pixels = np.zeros((28, 28), np.uint8)
    pixels[4:24, 12:15] = 200
    sheet = Drawing(28, pixels, False).with_unknown(np.tri(28, dtype=bool))
    for kind in KINDS:
        sheet = sheet.with_stroke(Stroke(((3.0, 4.0), (20.0, 9.5)), 1.5, 0.5, kind))
    page.apply_settings(page.settings() | {"drawing": document_of(sheet, None), "source": "mine"})
    settle()
    assert page.drawing.strokes == sheet.strokes


@pytest.mark.parametrize(
    "name", ["sample", "morph", "arithmetic", "directions", "guide", "sweep", "map", "draw"]
)
def test_no_value_in_the_settings_of_a_page_breaks_it(
    window, session_file, pump, settle, tmp_path, name
):
    window.show_page(name)
    # What all directions do is measured in seconds, or in many beside other work.
    pump(lambda: window.settled, timeout_s=120)
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


def png_of_size(width: int, height: int) -> str:
    """A PNG with no more than its header, in base64."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + checksum

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    data = chunk(b"IDAT", zlib.compress(b""))
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + header + data).decode()


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


# --- pictures of digits ---------------------------------------------------------------------------


def picture(mode: str, size: tuple[int, int], colour, **options):
    return lambda path: Image.new(mode, size, colour).save(path, **options)


def ruled_sheet(path: Path) -> None:
    sheet = np.full((600, 450), 235, np.uint8)
    sheet[30::30] = 150
    Image.fromarray(sheet).save(path)


def cut_short(path: Path) -> None:
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (90, 90), np.uint8)).save(path)
    path.write_bytes(path.read_bytes()[:2000])


BAD_PICTURES = {
    "missing": (lambda path: None, "is not there"),
    "folder": (lambda path: path.mkdir(), "is a folder"),
    "empty": (lambda path: path.touch(), "0 bytes"),
    "pipe": (lambda path: os.mkfifo(path), "device or a pipe"),
    "device": (lambda path: path.symlink_to("/dev/zero"), "device or a pipe"),
    "text": (lambda path: path.write_text("Ceci n'est pas une image.\n"), "is text"),
    "weights": (lambda path: torch.save(foreign_state(), path), "no picture"),
    "no pixels": (
        lambda path: path.write_bytes(base64.b64decode(png_of_size(0, 28))),
        "cannot be read|no picture|nothing to see",
    ),
    "100 million pixels": (
        lambda path: path.write_bytes(base64.b64decode(png_of_size(10_000, 10_000))),
        "10,000 x 10,000 pixels",
    ),
    "cut short": (cut_short, "damaged"),
    "transparent": (picture("RGBA", (90, 90), (9, 9, 9, 0)), "transparent"),
    "transparent palette": (picture("P", (90, 90), 0, transparency=0), "transparent"),
    "transparent grey": (picture("LA", (90, 90), (255, 0)), "transparent"),
    "16 bits of one level": (picture("I;16", (90, 90), 40_000), "equally bright"),
    "one bit": (picture("1", (90, 90), 1), "equally bright"),
    "blank ruled sheet": (ruled_sheet, "only lines"),
}


@pytest.mark.skipif(os.name != "posix", reason="pipes and devices are those of POSIX")
@pytest.mark.parametrize("kind", BAD_PICTURES)
def test_a_bad_picture_is_told_and_the_sheet_stays(
    window, pump, settle, dialogs, tmp_path, request, kind
):
    make, words = BAD_PICTURES[kind]
    page = window.pages["draw"]
    window.show_page("draw")
    fill_the_sheet(page, settle)
    drawing = page.drawing
    history = page.canvas.can_undo, page.canvas.can_redo
    request.getfixturevalue("unchanged")
    dialogs.path = tmp_path / "bad.png"
    make(dialogs.path)
    page.sources.open_button.invoke()
    settle()
    told = dialogs.errors.pop()
    assert re.search(words, told)
    assert "bad.png" in told
    assert window.status.is_error
    assert page.drawing is drawing
    assert (page.canvas.can_undo, page.canvas.can_redo) == history


def test_a_picture_whose_name_is_no_text_is_opened_and_kept(window, settle, dialogs, tmp_path):
    page = window.pages["draw"]
    window.show_page("draw")
    pixels = np.zeros((28, 28), np.uint8)
    pixels[4:24, 12:15] = 255
    dialogs.path = tmp_path / "a\udce9\n{b}.png"
    Image.fromarray(pixels).save(dialogs.path)
    page.sources.open_button.invoke()
    settle()
    np.testing.assert_array_equal(page.drawing.base, pixels)
    window.files.save_session(tmp_path / "a.json")
    window.files.open_session(tmp_path / "a.json")
    settle()
    np.testing.assert_array_equal(page.drawing.base, pixels)


# --- the clipboard and typed values ---------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "hello",
        "[1, 2, 3]",
        "[1, 2, 3, 4, 5, 6, 7]",
        "[1, 2, 3, 4, 5, inf]",
        "[NaN, 2, 3, 4, 5, 6]",
        "[1e300, 2, 3, 4, 5, 6]",
        '["a", 2, 3, 4, 5, 6]',
        "[[1, 2, 3], [4, 5, 6]]",
        '{"z": [1, 2, 3, 4, 5, 6]}',
        "__import__('os').mkdir('x')",
        "☺" * 10,
        "1 " * 500_000,
    ],
    ids=lambda text: text[:24],
)
def test_a_clipboard_without_a_vector_is_told_and_changes_nothing(window, unchanged, text):
    window.root.clipboard_clear()
    window.root.clipboard_append(text)
    press(window.root, "Control-v")
    assert window.status.is_error
    assert "clipboard" in message(window)
    assert len(message(window)) < 200


def test_an_empty_clipboard_is_told(window, unchanged):
    window.root.clipboard_clear()
    window.clipboard.paste_vector()
    assert window.status.is_error


@pytest.mark.parametrize("text", ["", "x", "inf", "-inf", "nan", "1e300", "1,5", "--1", "1e"])
def test_a_wrong_value_is_told_and_changes_nothing(window, unchanged, text):
    slider = window.sliders.sliders[1]
    slider.edit()
    entry = slider.winfo_children()[0]
    entry.delete(0, "end")
    entry.insert(0, text)
    press(entry, "Return")
    assert window.status.is_error
    assert slider.value == window.state.z[1]


@pytest.mark.parametrize("text", ["0", "1", "100000", "-1", "1e300", "inf", "x", ""])
def test_wrong_numbers_of_steps_and_samples_are_told(window, unchanged, text):
    fields = {"morph": window.pages["morph"].steps_field}
    if text != "1":  # one sample is a grid, one step is no path
        fields["sample"] = window.pages["sample"].count_field
    for page, field in fields.items():
        window.show_page(page)
        window.notify("")
        field.delete(0, "end")
        field.insert(0, text)
        press(field, "Return")
        assert window.status.is_error


# --- files that can't be written ------------------------------------------------------------------


@pytest.fixture(params=["no folder", "a folder", "under a file"])
def unwritable(request, tmp_path):
    """Gives a path with a suffix that can't be written, and looks afterwards that nothing was."""

    def path(suffix: str) -> Path:
        if request.param == "no folder":
            return tmp_path / "none" / f"a{suffix}"
        if request.param == "a folder":
            (tmp_path / f"a{suffix}").mkdir()
            return tmp_path / f"a{suffix}"
        (tmp_path / "file").touch()
        return tmp_path / "file" / f"a{suffix}"

    yield path
    rest = [item for item in tmp_path.rglob("*") if item.is_file() and item.name != "file"]
    assert rest == []


def test_a_session_that_cant_be_saved_is_told(window, unchanged, dialogs, unwritable):
    dialogs.path = unwritable(".json")
    press(window.root, "Control-s")
    assert str(dialogs.path) in dialogs.errors.pop()
    assert window.status.is_error


def test_a_digit_that_cant_be_exported_is_told(window, unchanged, dialogs, unwritable, settle):
    dialogs.path = unwritable(".png")
    window.files.ask_export()
    window.files.export_dialog.save_button.invoke()
    settle()
    assert str(dialogs.path) in dialogs.errors.pop()


@pytest.mark.parametrize(("kind", "suffix"), [("gif", ".gif"), ("strip", ".png")])
def test_a_morph_that_cant_be_exported_is_told(
    window, unchanged, dialogs, unwritable, settle, kind, suffix
):
    dialogs.path = unwritable(suffix)
    window.pages["morph"].export(MovieOptions(kind))
    settle()
    assert str(dialogs.path) in dialogs.errors.pop()
    assert window.status.cancel_button.winfo_manager() == ""


def save_the_map(window, settle) -> None:
    window.show_page("map")
    window.root.update()
    settle()
    window.pages["map"].saving.save(SaveOptions(400))


def save_the_drawing(window, settle) -> None:
    fill_the_sheet(window.pages["draw"], settle)
    window.pages["draw"].sources.save_button.invoke()


def save_the_edit(window, settle) -> None:
    page = window.pages["draw"]
    window.show_page("draw")
    window.root.update()
    fill_the_sheet(page, settle)
    page.view_buttons["edit"].invoke()
    window.root.update()
    settle()
    page.views["edit"].save_button.invoke()


SAVES = [save_the_map, save_the_drawing, save_the_edit]


@pytest.mark.parametrize("save", SAVES)
def test_a_picture_that_cant_be_saved_is_told(window, dialogs, unwritable, settle, save):
    dialogs.path = unwritable(".png")
    save(window, settle)
    settle()
    assert str(dialogs.path) in dialogs.errors.pop()
    assert window.status.cancel_button.winfo_manager() == ""


@pytest.mark.parametrize("save", SAVES)
def test_a_disk_that_is_full_leaves_the_earlier_picture(
    window, dialogs, tmp_path, settle, monkeypatch, save
):
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    dialogs.path = tmp_path / "a.png"
    dialogs.path.write_bytes(b"earlier")
    monkeypatch.setattr(os, "fsync", full)
    save(window, settle)
    settle()
    assert "full" in dialogs.errors.pop()
    assert dialogs.path.read_bytes() == b"earlier"
    assert list(tmp_path.iterdir()) == [dialogs.path]


@pytest.mark.parametrize("save", SAVES)
def test_a_saved_picture_tells_nothing_of_the_machine(window, dialogs, tmp_path, settle, save):
    dialogs.path = tmp_path / "a.png"
    save(window, settle)
    settle()
    with Image.open(dialogs.path) as image:
        image.load()
        texts = " ".join(f"{key} {value}" for key, value in image.info.items())
    private = (tmp_path, window.model.bundle.path, Path.home(), Path.cwd())
    content = dialogs.path.read_bytes()
    for path in private:
        assert str(path) not in texts
        assert os.fsencode(path) not in content
    for name in (platform.node(), getpass.getuser()):
        assert not re.search(rf"\b{re.escape(name)}\b", texts)


@pytest.mark.parametrize("suffix", ["", ".txt", ".jpg"])
def test_an_export_with_another_suffix_is_told(
    window, unchanged, dialogs, tmp_path, settle, suffix
):
    dialogs.path = tmp_path / f"picture{suffix}"
    window.files.export_digit(dialogs.path, 2, False)
    window.pages["morph"].export(MovieOptions("gif"))
    settle()
    assert len(dialogs.errors) == 2
    dialogs.errors.clear()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is full")
def test_a_full_disk_is_told(window, unchanged, dialogs, tmp_path, settle):
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", full)
        window.files.export_digit(tmp_path / "a.png", 2, False)
        settle()
        window.files.save_session(tmp_path / "a.json")
    assert len(dialogs.errors) == 2
    assert "full" in dialogs.errors[0]
    dialogs.errors.clear()
    assert list(tmp_path.iterdir()) == []
