"""Pictures of digits of every kind, and files that are none."""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from explorer.export import export_digit
from explorer.image_import import MAX_PIXELS, ImageImportError, ImportedDigit, import_digit
from tests.photographs import Scene, photograph
from vae.centring import centre_as_mnist
from vae.data import bundled_digits

SIDE = 28


@pytest.fixture(scope="module")
def digits() -> np.ndarray:
    return bundled_digits()[0]


@pytest.fixture(scope="module")
def digit(digits) -> np.ndarray:
    return digits[15]  # a five


@pytest.fixture(scope="module")
def written(digit) -> np.ndarray:
    """The digit as a scan of 300 x 240, dark on light: (rows, columns) uint8."""
    large = np.asarray(Image.fromarray(digit).resize((224, 224), Image.Resampling.BICUBIC))
    scan = np.zeros((300, 240), np.uint8)
    scan[40:264, 8:232] = large
    return 255 - scan


def assert_shows(imported: ImportedDigit, digit: np.ndarray, apart: float = 14.0) -> None:
    """Centred, it is the digit, but for so many levels in the mean; a blank image is 35 apart."""
    centred = centre_as_mnist(imported.ink).astype(float)
    # Resampling may move it by a pixel.
    difference = min(
        np.abs(np.roll(centred, (down, right), (0, 1)) - digit).mean()
        for down in (-1, 0, 1)
        for right in (-1, 0, 1)
    )
    assert difference < apart


def refused(path: Path) -> str:
    with pytest.raises(ImageImportError) as error:
        import_digit(path, SIDE)
    message = str(error.value)
    assert path.name in message
    return message


# --- what is opened -------------------------------------------------------------------------------


@pytest.mark.parametrize("index", [0, 4530, 9302])
def test_a_digit_of_the_model_s_size_comes_through_pixel_by_pixel(tmp_path, digits, index):
    path = tmp_path / "digit.png"
    Image.fromarray(digits[index]).save(path)
    imported = import_digit(path, SIDE)
    np.testing.assert_array_equal(imported.ink, digits[index])
    assert imported.is_centred
    assert imported.notes == ()


@pytest.mark.parametrize("scale", [1, 3, 10])
def test_a_digit_that_the_program_has_exported_opens_as_itself(tmp_path, digits, scale):
    path = tmp_path / "digit.png"
    for index in range(20):
        export_digit(digits[index][None], path, scale=scale)
        np.testing.assert_array_equal(import_digit(path, SIDE).ink, digits[index])


def test_a_digit_in_colour_channels_that_are_alike_comes_through_too(tmp_path, digit):
    path = tmp_path / "digit.bmp"
    Image.fromarray(digit).convert("RGB").save(path)
    np.testing.assert_array_equal(import_digit(path, SIDE).ink, digit)


def test_exact_pixels_that_are_not_placed_as_mnist_s_are_to_be_centred(tmp_path):
    drawn = np.zeros((SIDE, SIDE), np.uint8)
    drawn[2:12, 3:5] = 255
    path = tmp_path / "one.png"
    Image.fromarray(drawn).save(path)
    imported = import_digit(path, SIDE)
    np.testing.assert_array_equal(imported.ink, drawn)
    assert not imported.is_centred


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("five.png", {}),
        ("five.jpg", {"quality": 75}),
        ("five.webp", {"lossless": True}),
        ("five.bmp", {}),
        ("five.gif", {}),
        ("five.tiff", {}),
        ("five.tif", {"compression": "tiff_lzw"}),
    ],
)
def test_every_format_shows_the_digit(tmp_path, written, digit, name, options):
    path = tmp_path / name
    Image.fromarray(written).save(path, **options)
    imported = import_digit(path, SIDE)
    assert_shows(imported, digit)
    assert imported.ink.dtype == np.uint8
    assert imported.ink.shape[0] == imported.ink.shape[1]
    assert "Dark on light: inverted." in imported.notes


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "CMYK", "YCbCr", "I", "F"])
def test_every_kind_of_pixel_shows_the_digit(tmp_path, written, digit, mode):
    path = tmp_path / "five.tiff"
    image = Image.fromarray(written)
    image = image.convert("RGB").convert(mode) if mode in ("CMYK", "YCbCr") else image.convert(mode)
    image.save(path)
    with Image.open(path) as saved:
        assert saved.mode == mode
    assert_shows(import_digit(path, SIDE), digit, apart=18.0)


def test_light_on_dark_is_not_inverted(tmp_path, written, digit):
    path = tmp_path / "slate.png"
    Image.fromarray(written // 2 + 40).save(path)
    dark = import_digit(path, SIDE)
    Image.fromarray((255 - written) // 2 + 40).save(path)
    light = import_digit(path, SIDE)
    assert_shows(dark, digit)
    assert_shows(light, digit)
    assert "Dark on light: inverted." in dark.notes
    assert "Dark on light: inverted." not in light.notes


@pytest.mark.parametrize("bits", [16, 12, 10])
def test_sixteen_bits_are_not_clipped(tmp_path, written, digit, bits):
    path = tmp_path / "five.png"
    values = np.rint(written / 255.0 * (2**bits - 1)).astype(np.uint16)
    Image.fromarray(values).save(path)
    with Image.open(path) as saved:
        assert saved.mode == "I;16"
    assert_shows(import_digit(path, SIDE), digit)


def test_floats_with_values_that_are_none_are_taken_for_what_they_are(tmp_path, written, digit):
    path = tmp_path / "five.tiff"
    values = written / np.float32(255.0) * 7.0 - 3.0
    values[:3, :3] = np.nan
    Image.fromarray(values.astype(np.float32)).save(path)
    assert_shows(import_digit(path, SIDE), digit)


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (40, 90, 200)])
def test_ink_that_is_in_the_transparency_alone_is_found(tmp_path, written, digit, colour):
    path = tmp_path / "five.png"
    pixels = np.empty((*written.shape, 4), np.uint8)
    pixels[..., :3] = colour
    pixels[..., 3] = 255 - written
    Image.fromarray(pixels, "RGBA").save(path)
    imported = import_digit(path, SIDE)
    assert_shows(imported, digit)
    assert "The ink is what is not transparent." in imported.notes


def test_a_scan_with_a_transparent_margin_is_found(tmp_path, written, digit):
    path = tmp_path / "five.png"
    pixels = np.stack([written, written, written, np.full_like(written, 255)], axis=-1)
    pixels[:20] = (0, 0, 0, 0)
    pixels[:, -10:] = (0, 0, 0, 0)
    Image.fromarray(pixels, "RGBA").save(path)
    imported = import_digit(path, SIDE)
    assert_shows(imported, digit)
    assert "What is transparent was taken for paper." in imported.notes


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_paper_whose_white_is_transparent_is_still_dark_ink_on_light(
    tmp_path, written, digit, mode
):
    path = tmp_path / "five.png"
    white = 255 if mode == "L" else (255, 255, 255)
    Image.fromarray(written).convert(mode).save(path, transparency=white)
    imported = import_digit(path, SIDE)
    assert_shows(imported, digit)
    assert "Dark on light: inverted." in imported.notes


@pytest.mark.parametrize("opacity", [1, 128, 254])
def test_a_picture_that_is_equally_transparent_everywhere_is_as_one_that_is_not(
    tmp_path, written, digit, opacity
):
    path = tmp_path / "five.png"
    image = Image.fromarray(written).convert("RGB")
    image.putalpha(opacity)
    image.save(path)
    imported = import_digit(path, SIDE)
    assert_shows(imported, digit)
    assert imported.notes == ("Dark on light: inverted.",)


def test_a_palette_with_a_transparent_colour_is_found(tmp_path, written, digit):
    path = tmp_path / "five.gif"
    image = Image.fromarray(np.where(written > 127, 0, 1).astype(np.uint8), "P")
    image.putpalette([255, 255, 255, 20, 20, 20])
    image.save(path, transparency=0)
    assert_shows(import_digit(path, SIDE), digit, apart=18.0)


@pytest.mark.parametrize("name", ["five.gif", "five.webp", "five.png", "five.tiff"])
def test_the_first_of_several_frames_is_taken_and_said(tmp_path, written, digit, name):
    path = tmp_path / name
    frames = [Image.fromarray(written), *(Image.new("L", (240, 300), level) for level in (9, 200))]
    frames[0].save(path, save_all=True, append_images=frames[1:])
    imported = import_digit(path, SIDE)
    assert_shows(imported, digit)
    assert imported.notes[0].startswith("The first of 3 ")


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photograph_is_turned_as_its_camera_noted(tmp_path, written, digit, orientation):
    # What a camera does to what is upright, so that undoing it gives that back.
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    image = Image.fromarray(written)
    if orientation in undo:
        image = image.transpose(undo[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "five.jpg"
    image.save(path, exif=exif)
    imported = import_digit(path, SIDE)
    assert_shows(imported, digit)
    assert ("Turned upright as its camera noted." in imported.notes) == (orientation != 1)


def test_a_large_photograph_is_opened_and_a_small_one_too(tmp_path, digit):
    scene = Scene(light=0.3, shadow=0.2)
    for number, size in enumerate([(2400, 3200), (180, 240)]):
        path = tmp_path / f"{number}.jpg"
        photograph(digit, np.random.default_rng(number), scene, size).save(path, quality=92)
        assert_shows(import_digit(path, SIDE), digit, apart=20.0)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "CMYK", "I;16", "F"])
def test_a_picture_that_is_reduced_first_shows_the_digit_too(tmp_path, digit, mode):
    """Of every kind of pixel: what is much larger than needed is reduced before it is looked at."""
    large = Image.fromarray(digit).resize((3600, 3600), Image.Resampling.BICUBIC)
    levels = 255 - np.asarray(large)
    if mode == "I;16":
        image = Image.fromarray(levels.astype(np.uint16) * 257)
    else:
        image = Image.fromarray(levels)
        image = image.convert("RGB").convert(mode) if mode == "CMYK" else image.convert(mode)
    path = tmp_path / "five.tiff"
    image.save(path)
    assert_shows(import_digit(path, SIDE), digit, apart=18.0)


def test_a_damaged_note_of_the_camera_costs_nobody_the_picture(tmp_path, written, digit):
    path = tmp_path / "five.jpg"
    Image.fromarray(written).save(path, exif=b"Exif\0\0II*\0\xff\xff\xff\xff garbage")
    assert_shows(import_digit(path, SIDE), digit)


@pytest.mark.parametrize("side", [8, 32, 64])
def test_models_with_other_images(tmp_path, written, side):
    path = tmp_path / "five.png"
    Image.fromarray(written).save(path)
    imported = import_digit(path, side)
    assert imported.ink.shape[0] % side == 0
    assert centre_as_mnist(imported.ink, side).shape == (side, side)


# --- what is refused ------------------------------------------------------------------------------


def test_a_file_that_is_not_there(tmp_path):
    assert "is not there" in refused(tmp_path / "none.png")


def test_a_folder(tmp_path):
    path = tmp_path / "pictures.png"
    path.mkdir()
    assert "is a folder" in refused(path)


def test_an_empty_file(tmp_path):
    path = tmp_path / "five.png"
    path.write_bytes(b"")
    assert "0 bytes" in refused(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_pipe_or_a_device_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "zero.png").symlink_to("/dev/zero")
    for name in ("pipe.png", "zero.png"):
        assert "device or a pipe" in refused(tmp_path / name)


def test_what_the_system_says_comes_in_its_words_alone(tmp_path):
    path = tmp_path / "loop.png"
    path.symlink_to(path)
    message = refused(path)
    assert "Errno" not in message
    assert str(tmp_path) not in message


def test_text_with_the_name_of_a_picture(tmp_path):
    path = tmp_path / "five.png"
    path.write_text("Fünf is a number.\n" * 100, encoding="utf-8")
    message = refused(path)
    assert "is text" in message
    assert "PNG, JPEG" in message


def test_bytes_that_are_nothing(tmp_path):
    path = tmp_path / "five.png"
    path.write_bytes(bytes(range(256)) * 8)
    assert "no picture that can be read" in refused(path)


def test_a_telephone_s_own_format_is_told_what_to_do(tmp_path):
    path = tmp_path / "IMG_0001.HEIC"
    path.write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100))
    assert "Save or share it as JPEG" in refused(path)


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    path = tmp_path / "five.png"
    path.write_bytes(b"secret")
    if os.geteuid():
        path.chmod(0)
    else:  # nothing is forbidden to root

        def forbidden(*arguments: object, **options: object) -> None:
            raise PermissionError(13, "Permission denied", str(path))

        monkeypatch.setattr(Image, "open", forbidden)
    message = refused(path)
    assert "permission denied" in message
    assert "Change its permissions" in message


def header_only_png(path: Path, width: int, height: int) -> None:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content))
            + kind
            + content
            + struct.pack(">I", zlib.crc32(kind + content))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b""))
    )


@pytest.mark.parametrize("size", [(10_000, 10_000), (60_000, 60_000), (2**31 - 1, 2**31 - 1)])
def test_a_huge_picture_is_refused_by_its_header(tmp_path, size):
    path = tmp_path / "poster.png"
    header_only_png(path, *size)
    message = refused(path)
    assert "too large" in message
    assert f"{MAX_PIXELS:,}" in message


def test_a_picture_of_a_hundred_million_real_pixels_is_refused(tmp_path):
    path = tmp_path / "poster.bmp"
    Image.new("1", (10_000, 10_000)).save(path)
    assert "10,000 x 10,000 pixels" in refused(path)


@pytest.mark.parametrize("size", [(0, 0), (0, 28), (28, 0)])
def test_a_picture_without_pixels(tmp_path, size):
    path = tmp_path / "nothing.png"
    header_only_png(path, *size)
    refused(path)


def test_a_picture_without_pixels_that_a_decoder_lets_pass(tmp_path):
    path = tmp_path / "nothing.gif"
    path.write_bytes(b"GIF89a" + struct.pack("<HHBBB", 0, 0, 0, 0, 0) + b";")
    refused(path)


@pytest.mark.parametrize("name", ["five.png", "five.jpg", "five.bmp", "five.tiff", "five.webp"])
def test_a_picture_that_is_cut_short(tmp_path, written, name):
    path = tmp_path / name
    Image.fromarray(written).save(path)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    message = refused(path)
    assert "damaged" in message or "cannot be read" in message


@pytest.mark.parametrize("level", [0, 128, 255])
@pytest.mark.parametrize("size", [(28, 28), (300, 200)])
def test_a_picture_of_one_level_shows_nothing(tmp_path, size, level):
    path = tmp_path / "paper.png"
    Image.new("L", size, level).save(path)
    assert "shows no digit" in refused(path)


def test_a_picture_that_is_wholly_transparent(tmp_path):
    path = tmp_path / "glass.png"
    Image.new("RGBA", (200, 200), (10, 20, 30, 0)).save(path)
    assert "transparent" in refused(path)


def test_paper_with_nothing_on_it(tmp_path, digit):
    path = tmp_path / "paper.jpg"
    blank = np.zeros_like(digit)
    for seed in range(5):
        scene = Scene(light=0.5, shadow=0.0, noise=6.0)
        photograph(blank, np.random.default_rng(seed), scene).save(path, quality=85)
        assert "shows no digit" in refused(path)


def test_floats_that_are_no_numbers(tmp_path):
    path = tmp_path / "none.tiff"
    Image.fromarray(np.full((40, 40), np.nan, np.float32)).save(path)
    assert "none of its values is a number" in refused(path)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(["png", "jpg", "gif", "bmp", "tiff", "webp"]),
    place=st.floats(0, 1),
    value=st.integers(0, 255),
    cut=st.floats(0.3, 1),
)
def test_damage_of_any_kind_gives_a_digit_or_a_message(tmp_path, digit, name, place, value, cut):
    path = tmp_path / f"damaged.{name}"
    Image.fromarray(digit).resize((64, 64)).save(path)
    content = bytearray(path.read_bytes())
    content[int(place * (len(content) - 1))] = value
    path.write_bytes(content[: max(1, int(cut * len(content)))])
    try:
        imported = import_digit(path, SIDE)
    except ImageImportError as error:
        told = str(error)
    else:
        told = path.name if imported.ink.any() and imported.ink.dtype == np.uint8 else ""
    assert path.name in told
