"""What is wrong is told, nothing is lost, and the old model stays live."""

from __future__ import annotations

import base64
import json
import math
import os
import pickle
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tests.bad_input_parts import fill_the_sheet, message, png_of_size, unchanged
from tests.foreign import foreign_state
from tests.interaction import press
from vae.files import sha256_of
from vae.model import VAE, ModelConfig

__all__ = ["unchanged"]

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
