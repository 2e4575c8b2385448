"""Real digits by number and by class, and drawings of a session that lie on one of them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from explorer.drawing import Drawing, Stroke
from explorer.drawn import Origin
from explorer.kept_drawing import document_of, restored
from explorer.real_digits import COUNT, SIDE, RealDigits

LINE = Stroke(((4.0, 4.0), (10.0, 12.0)))
NAMED = Origin("photo.png")


@pytest.fixture
def digits(model) -> RealDigits:
    return RealDigits(model)


def test_they_are_the_same_from_their_file(model, digits):
    of_file = RealDigits(dataclasses.replace(model, encoded=None))
    assert digits.at_hand
    assert not of_file.at_hand
    for a, b in zip(of_file.read(), digits.read(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert of_file.at_hand
    assert digits.read()[0].shape == (COUNT, 1, SIDE, SIDE)


def test_a_digit_by_its_number(model, digits):
    image, origin = digits.take(123)
    np.testing.assert_array_equal(image, model.encoded.images[123, 0])
    assert origin == Origin("real digit 123", int(model.encoded.labels[123]), 123)
    assert digits.take(COUNT - 1) is not None
    for index in (-1, COUNT):
        assert digits.take(index) is None


def test_digits_of_a_class_or_of_all(model, digits):
    assert (model.encoded.labels[digits.of_class(3)] == 3).all()
    assert sum(len(digits.of_class(label)) for label in range(10)) == COUNT
    np.testing.assert_array_equal(digits.of_class(None), np.arange(COUNT))


def test_a_session_brings_a_drawing_back_with_its_origin(digits):
    digit, origin = digits.take(7)
    photo = np.full((56, 56), 9, np.uint8)
    for drawing, real, expected in (
        (Drawing(SIDE, digit, True).with_stroke(LINE), 7, origin),
        (Drawing(SIDE, photo).with_stroke(LINE), None, NAMED),
        (Drawing(SIDE).with_stroke(LINE), None, Origin()),
    ):
        again, found = restored(document_of(drawing, real), SIDE, digits, NAMED)
        assert found == expected
        np.testing.assert_array_equal(again.fine(), drawing.fine())


def test_a_real_digit_that_is_not_there_or_does_not_fit_is_left_out(digits):
    kept = document_of(Drawing(SIDE).with_stroke(LINE), COUNT)
    drawing, origin = restored(kept, SIDE, digits, NAMED)
    assert (drawing.base, origin, len(drawing.strokes)) == (None, Origin(), 1)
    drawing, origin = restored(document_of(Drawing(32), 7), 32, digits, NAMED)
    assert (drawing.base, origin) == (None, Origin())
