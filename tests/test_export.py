"""Exported pictures: exact levels, texts where they belong, and nothing half written."""

import contextlib
import errno
import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image

from explorer import export
from explorer.export import (
    ExportCancelled,
    ExportError,
    copy_as_python,
    export_digit,
    export_sheet,
)
from explorer.sheet import Sheet
from tests.test_decoding import random_state
from vae.decoding import FoldedDecoder


def noise(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def enlarged(image, scale):
    """(C, H, W) -> (H * scale, W * scale, C), every pixel a square."""
    return image.transpose(1, 2, 0).repeat(scale, axis=0).repeat(scale, axis=1)


def read(path, channels):
    """The picture in a file, (H, W, C)."""
    with Image.open(path) as image:
        picture = np.asarray(image.convert("L" if channels == 1 else "RGB"))
    return picture.reshape(*picture.shape[:2], channels)


# --- still pictures -----------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 32, 32), (1, 8, 20)])
@pytest.mark.parametrize("scale", [1, 7])
def test_a_digit_has_exactly_the_levels_of_the_image(tmp_path, shape, scale):
    image = noise(*shape)
    export_digit(image, tmp_path / "digit.png", scale)
    picture = read(tmp_path / "digit.png", shape[0])
    np.testing.assert_array_equal(picture, enlarged(image, scale))


def test_a_smooth_digit_is_as_large_but_not_made_of_squares(tmp_path):
    image = noise(1, 28, 28)
    export_digit(image, tmp_path / "digit.png", 4, smooth=True)
    picture = read(tmp_path / "digit.png", 1)
    assert picture.shape == (112, 112, 1)
    assert (picture != enlarged(image, 4)).mean() > 0.5


# --- sheets -------------------------------------------------------------------------------------


TABLE = Sheet(
    6,
    columns=3,
    row_names=("z1", "z2"),
    row_notes=("2.14 nats", "dead"),
    greyed=frozenset({1}),
    header=("-3", "0", "3"),
)


def places(picture, pixels, scale):
    """Where each of the enlarged images is in a picture, as (top, left); it must be there once."""
    found = []
    for image in pixels:
        block = enlarged(image, scale)
        windows = np.lib.stride_tricks.sliding_window_view(picture, block.shape)[:, :, 0]
        # Comparing one pixel first leaves few places to look at.
        candidates = np.argwhere(windows[:, :, 0, 0, 0] == block[0, 0, 0])
        hits = [(y, x) for y, x in candidates if (windows[y, x] == block).all()]
        assert len(hits) == 1
        found.append((int(hits[0][0]), int(hits[0][1])))
    return found


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("scale", [2, 5])
def test_a_sheet_holds_every_image_exactly_in_rows_and_columns(tmp_path, channels, scale):
    pixels = noise(6, channels, 16, 12)
    export_sheet(pixels, TABLE, tmp_path / "sheet.png", scale, title="weights.pt", marked=(1, 5))
    picture = read(tmp_path / "sheet.png", channels)
    tops, lefts = zip(*places(picture, pixels, scale), strict=True)
    assert lefts[:3] == lefts[3:]
    assert len(set(tops[:3])) == len(set(tops[3:])) == 1
    assert lefts[0] < lefts[1] < lefts[2]
    assert tops[0] + 16 * scale < tops[3]
    assert picture[:4].min() == picture[-1].min() == 255  # white all round
    assert picture[:, 0].min() == picture[:, -1].min() == 255


def ink(picture):
    """Share of the pixels that are not white."""
    return float((picture < 255).mean())


def test_a_sheet_shows_each_of_its_texts_where_it_belongs(tmp_path):
    pixels = np.full((6, 1, 16, 16), 9, np.uint8)
    pixels[:, 0, 0, 0] = np.arange(6)  # else they could not be told apart
    path, scale = tmp_path / "sheet.png", 4

    def made(sheet, **options):
        export_sheet(pixels, sheet, path, scale, **options)
        return read(path, 1)

    bare = made(Sheet(6, columns=3))
    top, left = places(bare, pixels, scale)[0]
    assert ink(bare[:top]) == ink(bare[:, :left]) == 0

    titled = made(Sheet(6, columns=3), title="weights.pt")
    assert ink(titled[: places(titled, pixels, scale)[0][0]]) > 0

    table = made(TABLE)
    (top, left), *_, (last, _) = places(table, pixels, scale)
    for column in range(3):
        x = places(table, pixels, scale)[column][1]
        assert ink(table[:top, x : x + 64]) > 0  # header
    for row_top in (top, last):
        assert ink(table[row_top : row_top + 64, :left]) > 0  # names and notes
    assert (table[top : top + 64, : left - 4] < 60).any()
    assert not (table[last : last + 64, : left - 4] < 80).any()  # a dead one in grey

    captioned = made(Sheet(6, columns=3, captions=("1.5\n3 (99%)",) * 6))
    for y, x in places(captioned, pixels, scale):
        assert ink(captioned[y + 64 : y + 80, x : x + 64]) > 0


def test_a_marked_image_has_a_frame_and_the_others_have_none(tmp_path):
    pixels = noise(6, 1, 16, 16)
    export_sheet(pixels, Sheet(6, columns=3), tmp_path / "a.png", 4, marked=(4,))
    picture = read(tmp_path / "a.png", 1)
    for index, (y, x) in enumerate(places(picture, pixels, 4)):
        around = picture[y - 3 : y + 67, x - 3 : x + 67].copy()
        around[3:67, 3:67] = 255
        assert (around.min() == 0) == (index == 4)


def test_a_sheet_without_columns_wraps_and_a_long_title_too(tmp_path):
    pixels = noise(9, 1, 8, 8)
    export_sheet(pixels, Sheet(9), tmp_path / "a.png", 2, title="a long title " * 12)
    picture = read(tmp_path / "a.png", 1)
    tops = [top for top, _ in places(picture, pixels, 2)]
    assert len(set(tops)) == 2
    assert tops.count(tops[0]) == 5
    assert picture.shape[1] < 400


def test_wide_texts_make_room_for_themselves(tmp_path):
    pixels = noise(2, 1, 4, 4)
    sheet = Sheet(2, columns=2, header=("a long heading", "another one"))
    export_sheet(pixels, sheet, tmp_path / "a.png", 1)
    picture = read(tmp_path / "a.png", 1)
    (_, first), (_, second) = places(picture, pixels, 1)
    assert second - first > 60


def test_a_sheet_reports_progress_and_can_be_cancelled(tmp_path):
    told = []
    pixels = noise(6, 1, 8, 8)
    export_sheet(pixels, TABLE, tmp_path / "a.png", 2, progress=told.append)
    assert told == sorted(told)
    assert told[0] == 0
    with pytest.raises(ExportCancelled):
        export_sheet(pixels, TABLE, tmp_path / "b.png", 2, cancelled=lambda: True)
    assert os.listdir(tmp_path) == ["a.png"]


# --- what cannot be done ------------------------------------------------------------------------


WRITERS = {
    "digit": lambda path: export_digit(noise(1, 8, 8), path, 2),
    "sheet": lambda path: export_sheet(noise(3, 1, 8, 8), Sheet(3), path, 2),
}
every_writer = pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)


def refusal(write, path):
    with pytest.raises(ExportError) as caught:
        write(path)
    text = str(caught.value)
    assert str(path) in text
    return text


@every_writer
def test_a_path_that_cannot_be_written_is_named_with_the_reason(tmp_path, write):
    assert "there is no folder" in refusal(write, tmp_path / "nowhere" / "a.png")
    folder = tmp_path / "folder.png"
    folder.mkdir()
    assert "is a folder" in refusal(write, folder)
    (tmp_path / "file").touch()
    assert "cannot be written" in refusal(write, tmp_path / "file" / "a.png")
    assert "cannot be written" in refusal(write, tmp_path / ("a" * 300 + ".png"))


@every_writer
@pytest.mark.parametrize("name", ["a.bmp", "a.txt", "a", "a.png.zip", ".png"])
def test_an_unknown_suffix_is_refused_with_the_known_ones(tmp_path, write, name):
    assert "must end in .png," in refusal(write, tmp_path / name)
    assert os.listdir(tmp_path) == []


@every_writer
@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "the disk is full"),
        (PermissionError(errno.EACCES, "Permission denied"), "no permission"),
        (OSError(errno.EIO, "Input/output error"), "Input/output error"),
        (MemoryError(), "not enough memory"),
    ],
)
def test_a_failure_while_writing_keeps_the_earlier_file(
    tmp_path, monkeypatch, write, error, reason
):
    path = tmp_path / "a.png"
    path.write_bytes(b"an earlier export")

    def fail(_descriptor):
        raise error

    monkeypatch.setattr(os, "fsync", fail)
    assert reason in refusal(write, path)
    assert path.read_bytes() == b"an earlier export"
    assert os.listdir(tmp_path) == ["a.png"]


@contextlib.contextmanager
def full_disk(_path):
    """Stands for `atomic_write` where there is no room."""
    with open("/dev/full", "wb", buffering=0) as file:
        yield file


needs_full_device = pytest.mark.skipif(
    not os.path.exists("/dev/full"), reason="this system has no full device"
)


@needs_full_device
@every_writer
def test_a_full_disk_in_the_middle_of_the_picture(tmp_path, monkeypatch, write):
    monkeypatch.setattr(export, "atomic_write", full_disk)
    assert "the disk is full" in refusal(write, tmp_path / "a.png")


def test_senseless_requests_are_refused_before_anything_is_written(tmp_path):
    png = tmp_path / "a.png"
    frames = noise(3, 1, 8, 8)
    for request, message in (
        (lambda: export_digit(frames[0], png, -1), "scale must be 1 or more"),
        (lambda: export_digit(frames[0], png, 10**6), "8,000,000 x 8,000,000 pixels"),
        (lambda: export_sheet(frames[:0], Sheet(0), png, 2), "cannot show 0"),
        (lambda: export_sheet(frames, Sheet(4), png, 2), "a sheet of 4 images cannot show 3"),
        (lambda: export_sheet(frames, Sheet(3), png, 0), "scale must be 1 or more"),
        (lambda: export_sheet(frames, Sheet(3), png, -1), "scale must be 1 or more"),
        (lambda: export_sheet(frames, Sheet(3, columns=1), png, 900), "more than 16,383"),
        (lambda: export_sheet(frames, Sheet(3), png, 10**6), "8,000,000 x 8,000,000 pixels"),
    ):
        with pytest.raises(ExportError, match=message):
            request()
    assert os.listdir(tmp_path) == []


# --- the copied program -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("channels", "latent_dim", "rows"), [(1, 6, 7), (3, 17, 8)], ids=["grey", "colour"]
)
def test_the_copied_program_makes_the_image_that_is_shown(tmp_path, channels, latent_dim, rows):
    state = random_state(20, latent_dim, channels=channels, rows=rows, columns=rows)
    weights = tmp_path / 'it\'s a "decoder".pt'
    torch.save({key: torch.from_numpy(value) for key, value in state.items()}, weights)
    z = np.random.default_rng(20).standard_normal(latent_dim)
    program = tmp_path / "program.py"
    program.write_text(copy_as_python(z, weights), "utf-8")

    done = subprocess.run(
        [sys.executable, "-I", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert f"({4 * rows}, {4 * rows}, {channels})" in done.stdout
    made = read(tmp_path / "image.png", channels)
    shown = FoldedDecoder.from_state_dict(state).decode_uint8(z).transpose(1, 2, 0)
    # A value halfway between two levels may be rounded to either.
    assert np.abs(made.astype(int) - shown).max() <= 1
    assert (made == shown).mean() > 0.99


def test_the_copied_program_is_tidy():
    program = copy_as_python([0.5, -1.0], "weights.pt")
    compile(program, "program", "exec")
    assert f"WEIGHTS = {os.path.abspath('weights.pt')!r}" in program
    assert "weights_only=True" in program
    assert "explorer" not in program
    assert max(map(len, program.splitlines())) <= 100
