"""What is encoded of a drawing, and what is said about it, without a window."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from explorer.drawing import Drawing, Stroke
from explorer.drawn import Origin, drawn_of, is_centred
from explorer.drawn_words import ALL_UNKNOWN, EMPTY, words_about
from vae.centring import centre_as_mnist
from vae.data import to_model_range

SIDE = 28
LINE = Stroke(((4.0, 4.0), (10.0, 12.0)))


def marks(part: slice) -> np.ndarray:
    unknown = np.zeros((SIDE, SIDE), bool)
    unknown[part] = True
    return unknown


def encoded(drawing, model, *, centre=True, origin=None):
    return drawn_of(drawing, model, origin or Origin(), centre=centre, version=1)


def words(drawing, drawn, *, centre=True, notes=(), locks=()) -> str:
    return words_about(drawing, drawn, centre=centre, notes=notes, locks=locks)


@pytest.mark.parametrize("centre", [True, False])
def test_the_answer_is_the_encoders_own(model, centre):
    drawing = Drawing(SIDE).with_stroke(LINE)
    drawn = encoded(drawing, model, centre=centre)
    expected = centre_as_mnist(drawing.fine(), SIDE) if centre else drawing.ink()
    np.testing.assert_array_equal(drawn.image[0], expected)
    with torch.inference_mode():
        mu, logvar = model.bundle.encoder(torch.from_numpy(to_model_range(expected[None, None])))
    np.testing.assert_allclose(drawn.posterior.mu, mu[0].numpy(), atol=1e-4)
    np.testing.assert_allclose(drawn.posterior.std, np.exp(logvar[0].numpy() / 2), atol=1e-4)


def test_one_of_mnists_digits_is_not_centred_again(model):
    image = model.encoded.images[7, 0]
    drawn = encoded(Drawing(SIDE, image, True), model)
    np.testing.assert_array_equal(drawn.image[0], image)
    np.testing.assert_allclose(drawn.posterior.mu, model.encoded.mu[7], atol=1e-4)


def test_only_what_is_there_as_a_whole_is_centred():
    drawing = Drawing(SIDE).with_stroke(LINE)  # in rows 2 to 13
    assert is_centred(drawing, True)
    assert not is_centred(drawing, False)
    assert not is_centred(drawing.with_unknown(marks(np.s_[20:])), True)
    assert not is_centred(drawing.with_unknown(marks(np.s_[13:])), True)  # touches its end
    assert is_centred(drawing.with_unknown(marks(np.s_[8:])), True)
    assert not is_centred(Drawing(SIDE, drawing.ink(), True), True)


def test_marks_move_with_the_ink(model):
    cross = Drawing(SIDE)
    for points in (((3.0, 9.0), (13.0, 9.0)), ((8.0, 4.0), (8.0, 14.0))):
        cross = cross.with_stroke(Stroke(points))
    whole = encoded(cross, model).image[0]
    drawn = encoded(cross.with_unknown(marks(np.s_[9:])), model)  # below the cross's middle
    rows = drawn.unknown.all(axis=1)
    assert np.array_equal(drawn.unknown, np.repeat(rows[:, None], SIDE, axis=1))
    assert rows.argmax() == pytest.approx(14, abs=1)
    assert rows[rows.argmax() :].all()
    np.testing.assert_array_equal(drawn.image[0], np.where(drawn.unknown, 0, whole))


def test_nothing_known_is_nothing_encoded(model):
    assert encoded(Drawing(SIDE), model) is None
    drawing = Drawing(SIDE).with_stroke(LINE)
    assert encoded(drawing.with_unknown(marks(np.s_[:])), model) is None
    assert encoded(drawing.with_unknown(marks(np.s_[:8])), model) is not None


def test_a_digit_that_is_drawn_on_has_no_label_and_one_that_is_marked_has(model):
    origin = Origin("real digit 7", 9, 7)
    digit = Drawing(SIDE, model.encoded.images[7, 0], True)
    marked = digit.with_stroke(dataclasses.replace(LINE, kind="unknown"))
    for drawing, label in ((digit, 9), (marked, 9), (digit.with_stroke(LINE), None)):
        drawn = encoded(drawing, model, origin=origin)
        assert (drawn.label, drawn.source) == (label, "real digit 7")


def test_it_is_said_why_nothing_is_encoded():
    drawing = Drawing(SIDE)
    assert words(drawing, None) == EMPTY
    assert words(drawing.with_stroke(LINE), None) == ALL_UNKNOWN


def test_it_is_said_what_was_done_to_the_drawing(model):
    drawing = Drawing(SIDE).with_stroke(LINE)
    partly = drawing.with_unknown(marks(np.s_[20:]))
    hidden = drawing.with_unknown(marks(np.s_[8:]))
    digit = Drawing(SIDE, model.encoded.images[7, 0], True)
    for case, centre, told in (
        (drawing, True, "20 × 20"),
        (drawing, False, "as drawn"),
        (partly, True, "Not centred"),
        (hidden, True, "what is hidden is counted, too"),
        (digit, True, "encoded as it is"),
        (digit.with_unknown(marks(np.s_[20:])), True, "background to the encoder"),
    ):
        assert told in words(case, encoded(case, model, centre=centre), centre=centre)


def test_what_was_opened_and_what_is_locked_is_said_first(model):
    drawing = Drawing(SIDE).with_stroke(LINE)
    drawn = encoded(drawing, model)
    told = words(drawing, drawn, notes=("Inverted.", "Thin."), locks={4, 1})
    assert told.startswith("Locked, and not moved: z2, z5. Inverted. Thin. Scaled")
    unencoded = dataclasses.replace(drawn, posterior=None, trouble="Not encoded: no number.")
    assert words(drawing, unencoded, locks={4}).startswith("Not encoded: no number. Scaled")
