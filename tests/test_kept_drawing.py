"""A drawing in a session file: what comes back, and that nothing damaged does."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.drawing import KINDS, Drawing, Stroke
from explorer.kept_drawing import MAX_BASE_LENGTH, MAX_POINTS, document_of, drawing_of, is_blank

SIDE = 28
DIGITS = np.random.default_rng(0).integers(0, 256, (5, SIDE, SIDE), np.uint8)

coordinates = st.floats(-5.0, 33.0).map(lambda value: round(value, 2))
strokes = st.builds(
    Stroke,
    points=st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=4).map(tuple),
    radius=st.floats(0.5, 4.0),
    softness=st.floats(0.0, 1.0),
    kind=st.sampled_from(KINDS),
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


def digit(index: int) -> np.ndarray | None:
    return DIGITS[index] if 0 <= index < len(DIGITS) else None


def through_json(document):
    return json.loads(json.dumps(document, allow_nan=False))


@settings(max_examples=40)
@given(st.lists(strokes, max_size=4))
def test_strokes_come_back_exactly(drawn):
    drawing = Drawing(SIDE, strokes=tuple(drawn))
    again, real = drawing_of(through_json(document_of(drawing, None)), SIDE, digit)
    assert again.strokes == drawing.strokes
    np.testing.assert_array_equal(again.ink(), drawing.ink())
    np.testing.assert_array_equal(again.unknown(), drawing.unknown())
    assert real is None


@pytest.mark.parametrize("side", [28, 56, 224])
@pytest.mark.parametrize("centred", [True, False])
def test_an_image_below_comes_back_exactly(side, centred):
    base = np.random.default_rng(1).integers(0, 256, (side, side), np.uint8)
    unknown = np.random.default_rng(2).random((SIDE, SIDE)) < 0.3
    drawing = Drawing(SIDE, base, centred, unknown_below=unknown)
    again, real = drawing_of(through_json(document_of(drawing, None)), SIDE, digit)
    np.testing.assert_array_equal(again.base, base)
    np.testing.assert_array_equal(again.unknown(), unknown)
    assert again.base_is_centred == centred
    assert real is None


def test_a_real_digit_comes_back_by_its_number():
    document = document_of(Drawing(SIDE, DIGITS[3], True), 3)
    assert document["base"] == {"real": 3}
    again, real = drawing_of(through_json(document), SIDE, digit)
    assert real == 3
    assert again.base_is_centred
    np.testing.assert_array_equal(again.ink(), DIGITS[3])


def test_a_drawing_of_another_size_is_scaled_without_what_cannot_be():
    drawing = Drawing(SIDE, DIGITS[0], True, (Stroke(((7.0, 14.0),), 2.0),))
    again, real = drawing_of(document_of(drawing, 0), 56, digit)
    assert again.side == 56
    assert again.base is None
    assert real is None
    assert again.strokes == (Stroke(((14.0, 28.0),), 4.0),)


def test_a_photograph_serves_sheets_of_every_size():
    photo = np.random.default_rng(3).integers(0, 256, (224, 224), np.uint8)
    again, _ = drawing_of(document_of(Drawing(SIDE, photo), None), 56, digit)
    np.testing.assert_array_equal(again.base, photo)
    assert not again.base_is_centred


def test_a_photograph_of_any_size_can_be_kept():
    photo = np.random.default_rng(3).integers(0, 256, (1024, 1024), np.uint8)
    document = through_json(document_of(Drawing(128, photo), None))
    assert len(document["base"]["png"]) <= MAX_BASE_LENGTH
    again, _ = drawing_of(document, 128, digit)
    assert abs(again.ink().mean() - photo.mean()) < 2


def test_damaged_strokes_are_left_out_and_sound_ones_kept():
    sound = document_of(Drawing(SIDE, strokes=(Stroke(((1.0, 2.0), (3.0, 4.0))),)), None)
    (stroke,) = sound["strokes"]
    damaged = [
        {**stroke, "kind": "chisel"},
        {**stroke, "radius": 0},
        {**stroke, "radius": "1"},
        {**stroke, "softness": 1.5},
        {**stroke, "points": [1.0, 2.0, 3.0]},
        {**stroke, "points": []},
        {**stroke, "points": [1.0, True]},
        {**stroke, "points": [1e9, 0.0]},
        {**stroke, "points": [0.0] * (2 * MAX_POINTS + 2)},
        None,
        [stroke],
    ]
    sound["strokes"] = [*damaged, stroke, *damaged]
    again, _ = drawing_of(sound, SIDE, digit)
    assert len(again.strokes) == 1


@pytest.mark.parametrize(
    "base",
    [
        {"png": "no base64!"},
        {"png": "AAAA"},
        {"png": 5},
        {"png": "A" * 10_000_000},
        {"real": 99},
        {"real": -1},
        {"real": True},
        {"real": "3"},
        [],
        "digit",
    ],
)
def test_a_damaged_base_is_left_out(base):
    again, real = drawing_of({"side": SIDE, "base": base, "strokes": []}, SIDE, digit)
    assert again.base is None
    assert real is None


def test_a_truncated_png_is_left_out():
    document = document_of(Drawing(SIDE, DIGITS[0]), None)
    for end in (8, 40, 200, 400):
        cut = {
            **document,
            "base": {"png": document["base"]["png"][:end], "centred": True},
        }
        assert drawing_of(cut, SIDE, digit)[0].base is None


@given(json_values)
def test_whatever_is_read_gives_a_drawing(document):
    drawing, real = drawing_of(document, SIDE, digit)
    assert drawing.side == SIDE
    assert real is None
    keys = ("side", "base", "unknown", "strokes")
    drawing, _ = drawing_of(dict.fromkeys(keys, document), SIDE, digit)
    assert drawing.side == SIDE


def test_what_is_blank():
    assert is_blank(document_of(Drawing(SIDE), None))
    assert is_blank(None)
    assert not is_blank(document_of(Drawing(SIDE, DIGITS[0]), 0))
    assert not is_blank(document_of(Drawing(SIDE, strokes=(Stroke(((1.0, 1.0),)),)), None))
