"""A sheet in colour: strokes and pictures, what a session keeps of it, and pictures in files."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from explorer.completing import MARKED, UNDRAWN, known_pixels, made_up
from explorer.completing import given as given_tile
from explorer.drawing import Drawing, Stroke
from explorer.drawn import DrawnDigit, is_centred
from explorer.export import export_digit
from explorer.image_import import ImageImportError, import_picture
from explorer.images import luminance, signed_change
from explorer.kept_drawing import document_of, drawing_of
from explorer.widgets.digit_view import with_influence
from tests.coloured_shapes import coloured_shapes

SIDE = 32
RED, BLUE = (230, 40, 40), (50, 90, 230)

places = st.tuples(st.floats(0.0, SIDE), st.floats(0.0, SIDE))
paths = st.lists(places, min_size=1, max_size=4).map(tuple)


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    """(3, 32, 32) uint8."""
    return coloured_shapes(0, 2).test_images[1]


def no_digit(index: int) -> None:
    return None


def through_json(document):
    return json.loads(json.dumps(document, allow_nan=False))


# ---- strokes ---------------------------------------------------------------------------------


@settings(max_examples=30)
@given(paths, st.floats(0.5, 4.0), st.floats(0.0, 1.0))
def test_one_white_stroke_is_in_every_channel_as_on_a_grey_sheet(path, radius, softness):
    stroke = Stroke(path, radius, softness)
    grey = Drawing(SIDE).with_stroke(stroke).ink()
    colour = Drawing(SIDE, in_colour=True).with_stroke(stroke).ink()
    assert colour.shape == (3, SIDE, SIDE)
    for channel in colour:
        np.testing.assert_array_equal(channel, grey)


def test_a_stroke_covers_what_is_below_it_with_its_colour():
    across, down = ((4.0, 16.0), (28.0, 16.0)), ((16.0, 4.0), (16.0, 28.0))
    sheet = Drawing(SIDE, in_colour=True).with_stroke(Stroke(across, 2.0, 0.0, colour=RED))
    sheet = sheet.with_stroke(Stroke(down, 2.0, 0.0, colour=BLUE))
    ink = sheet.ink()
    assert tuple(ink[:, 16, 6]) == RED
    assert tuple(ink[:, 6, 16]) == BLUE
    assert tuple(ink[:, 16, 16]) == BLUE
    assert tuple(ink[:, 2, 2]) == (0, 0, 0)
    erased = sheet.with_stroke(Stroke(down, 3.0, 0.0, "erase")).ink()
    assert tuple(erased[:, 16, 16]) == (0, 0, 0)
    assert tuple(erased[:, 16, 6]) == RED


def test_a_picture_below_the_strokes_keeps_every_pixel(picture):
    sheet = Drawing(SIDE, picture, in_colour=True)
    np.testing.assert_array_equal(sheet.ink(), picture)
    assert sheet.is_picture
    assert not is_centred(sheet, wanted=True)
    assert sheet.cleared().in_colour
    assert sheet.cleared().is_empty


def test_a_grey_picture_on_a_sheet_in_colour_is_in_every_channel(picture):
    sheet = Drawing(SIDE, picture[0], in_colour=True)
    np.testing.assert_array_equal(sheet.ink(), picture[[0, 0, 0]])
    assert not sheet.is_picture


def test_a_grey_sheet_refuses_a_picture_in_colour(picture):
    with pytest.raises(ValueError, match="square"):
        Drawing(SIDE, picture)
    with pytest.raises(ValueError, match="three levels"):
        Stroke(((1.0, 1.0),), colour=(0, 0, 256))


# ---- sessions --------------------------------------------------------------------------------


def test_a_session_keeps_colours(picture):
    stroke = Stroke(((3.0, 4.0), (20.0, 25.0)), colour=RED)
    sheet = Drawing(SIDE, picture, in_colour=True).with_stroke(stroke)
    again, real = drawing_of(through_json(document_of(sheet, None)), SIDE, no_digit, True)
    assert real is None
    assert again.strokes == sheet.strokes
    np.testing.assert_array_equal(again.base, picture)
    np.testing.assert_array_equal(again.ink(), sheet.ink())


def test_on_a_grey_sheet_a_kept_picture_is_grey(picture):
    kept = through_json(document_of(Drawing(SIDE, picture, in_colour=True), None))
    again, _ = drawing_of(kept, SIDE, no_digit)
    assert again.base.shape == (SIDE, SIDE)
    np.testing.assert_allclose(again.base, luminance(picture)[0], atol=1)


@pytest.mark.parametrize("colour", [None, "red", [1, 2], [0, 0, 300], [0, 0, True], [0.5, 0, 0]])
def test_a_damaged_colour_is_white(colour):
    kept = document_of(Drawing(SIDE).with_stroke(Stroke(((3.0, 4.0),), colour=RED)), None)
    kept["strokes"][0]["colour"] = colour
    again, _ = drawing_of(through_json(kept), SIDE, no_digit, True)
    assert again.strokes[0].colour == (255, 255, 255)


# ---- what is unknown, and what has changed -----------------------------------------------------


def drawn_picture(image: np.ndarray, unknown: np.ndarray) -> DrawnDigit:
    return DrawnDigit(image, image, unknown, None, "photo.png", None, None, 1, is_picture=True)


def test_all_of_a_picture_is_known_however_dark(picture):
    unknown = np.zeros((SIDE, SIDE), bool)
    unknown[:16] = True
    for kind in (MARKED, UNDRAWN):
        np.testing.assert_array_equal(
            known_pixels(drawn_picture(picture // 4, unknown), kind), ~unknown
        )


def test_what_is_made_up_keeps_its_colours(picture):
    known = np.zeros((SIDE, SIDE), bool)
    known[16:] = True
    np.testing.assert_array_equal(made_up(picture, known, BLUE), picture)
    tile = given_tile(picture, known, BLUE)
    np.testing.assert_array_equal(tile[:, 16:], picture[:, 16:])
    assert len(np.unique(tile[:, :16].reshape(3, -1), axis=1).T) == 1


def test_red_that_turns_green_is_a_change_and_its_sign_is_of_the_brightness():
    change = np.zeros((3, 1, 3))
    change[:, 0, 0] = 1.0, -1.0, 0.5
    change[:, 0, 1] = -0.5, -0.5, -0.5
    signed = signed_change(change)
    np.testing.assert_allclose(signed, [[np.sqrt(0.75), -0.5, 0.0]])
    np.testing.assert_array_equal(signed_change(change[:1]), change[0])


def test_influence_lies_over_a_picture_without_colours(picture):
    still = with_influence(picture, np.zeros((SIDE, SIDE)), RED, BLUE)
    assert still.shape == (3, SIDE, SIDE)
    assert np.ptp(still, axis=0).max() == 0
    image = Image.fromarray(np.ascontiguousarray(picture.transpose(1, 2, 0)), "RGB")
    np.testing.assert_allclose(still[0].astype(int), np.asarray(image.convert("L")), atol=1)
    grows = with_influence(picture, np.ones((SIDE, SIDE)), RED, BLUE)
    assert (grows[0].astype(int) > grows[2]).all()


# ---- files -----------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [1, 7, 16])
def test_a_picture_that_the_program_saved_comes_back_pixel_by_pixel(picture, tmp_path, scale):
    path = tmp_path / "saved.png"
    export_digit(picture, path, scale, False)
    with Image.open(path) as saved:
        assert saved.mode == "RGB"
        assert saved.size == (SIDE * scale, SIDE * scale)
    found = import_picture(path, SIDE)
    np.testing.assert_array_equal(found.pixels, picture)
    assert found.notes == ()


def test_a_photograph_is_cut_to_its_middle_and_reduced(tmp_path):
    scene = np.zeros((90, 200, 3), np.uint8)
    scene[:, 55:145] = BLUE
    scene[:, :40] = RED
    path = tmp_path / "scene.png"
    Image.fromarray(scene).save(path)
    found = import_picture(path, SIDE)
    assert found.pixels.shape == (3, SIDE, SIDE)
    assert tuple(found.pixels[:, 16, 16]) == BLUE
    assert not (found.pixels[0] > 100).any()  # the red part is beyond the square
    assert found.notes == ("The square in its middle.", "Reduced to 32 × 32 pixels.")
    Image.fromarray(scene[:20, 60:80]).save(path)
    assert import_picture(path, SIDE).notes == ("Enlarged to 32 × 32 pixels.",)


def test_what_is_transparent_is_black(tmp_path):
    pixels = np.zeros((SIDE, SIDE, 4), np.uint8)
    pixels[:] = (*RED, 255)
    pixels[:8, :, 3] = 0
    path = tmp_path / "cut out.png"
    Image.fromarray(pixels, "RGBA").save(path)
    found = import_picture(path, SIDE)
    assert tuple(found.pixels[:, 20, 5]) == RED
    assert not found.pixels[:, :8].any()
    assert found.notes == ("What is transparent was taken for black.",)
    pixels[..., 3] = 0
    Image.fromarray(pixels, "RGBA").save(path)
    with pytest.raises(ImageImportError, match="transparent"):
        import_picture(path, SIDE)


def test_pictures_of_other_kinds(tmp_path, picture):
    image = Image.fromarray(np.ascontiguousarray(picture.transpose(1, 2, 0)), "RGB")
    image.quantize(64).save(tmp_path / "palette.gif")
    found = import_picture(tmp_path / "palette.gif", SIDE).pixels
    assert np.abs(found.astype(int) - picture).mean() < 12
    deep = (luminance(picture)[0].astype(np.uint16) << 8) + 255
    Image.fromarray(deep).save(tmp_path / "deep.png")
    grey = import_picture(tmp_path / "deep.png", SIDE).pixels
    np.testing.assert_allclose(grey, luminance(picture)[[0, 0, 0]], atol=1)
    lab = ImageCms.profileToProfile(
        image, ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
    )
    lab.save(tmp_path / "lab.tiff")
    found = import_picture(tmp_path / "lab.tiff", SIDE).pixels
    assert np.abs(found.astype(int) - picture).mean() < 6


def test_files_that_are_no_pictures_are_told_as_for_digits(tmp_path):
    path = tmp_path / "note.png"
    path.write_text("no picture")
    with pytest.raises(ImageImportError, match=r"note\.png is text"):
        import_picture(path, SIDE)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(40))
    with pytest.raises(ImageImportError, match=r"note\.png"):
        import_picture(path, SIDE)
    with pytest.raises(ImageImportError, match="not there"):
        import_picture(tmp_path / "none.png", SIDE)
