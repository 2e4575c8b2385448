"""Sweeps without a window: what a request means for a model, and the texts around the images."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from explorer.sheet import Sheet
from explorer.sweep import Sweeper, SweepRequest
from vae.statistics import EncodedImages

Z = np.array([0.5, -1.0, 2.0, 0.0, 1.0, -2.0])


@pytest.fixture
def sweeper(model) -> Sweeper:
    return Sweeper(model)


def bare(model):
    """The same decoder without encoder, classifier and record."""
    bundle = dataclasses.replace(
        model.bundle, encoder=None, classifier=None, class_names=(), record=None
    )
    return dataclasses.replace(model, bundle=bundle, encoded=None)


def test_what_a_model_does_not_know_is_not_offered(sweeper, model):
    request = SweepRequest(range="quantiles", order="use", steps=5)
    assert sweeper.offered(request) == request
    expected = SweepRequest(steps=5)
    assert Sweeper(bare(model)).offered(request) == expected
    assert Sweeper(bare(model)).sweep(request, Z, ()).request == expected


def test_quantiles_are_worked_out_once(sweeper, monkeypatch):
    asked = []
    quantiles = EncodedImages.quantiles
    monkeypatch.setattr(
        EncodedImages, "quantiles", lambda self, q: asked.append(len(q)) or quantiles(self, q)
    )
    request = SweepRequest(range="quantiles")
    first = sweeper.sweep(request, Z, ())
    again = sweeper.sweep(request, -Z, ())  # for every movement of the point
    assert asked == [11]
    np.testing.assert_array_equal(first.values, again.values)
    sweeper.sweep(dataclasses.replace(request, quantile=10), Z, ())
    sweeper.sweep(dataclasses.replace(request, dimension=1), Z, ())
    assert asked == [11, 11, 21]


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (
            SweepRequest(span=2.5),
            "one dimension in each row from -2.5 to 2.5 standard deviations, the others held at "
            "z = (0.5, -1, 2, 0, 1, -2)",
        ),
        (
            SweepRequest(dimension=3, around="zero"),
            "z4 from -3 to 3 standard deviations, the others held at z = (0, -1, 0, 0, 0, 0)",
        ),
        (
            SweepRequest(range="quantiles", quantile=5, around="zero"),
            "one dimension in each row from 5% to 95% of the encoded images, the others held at "
            "z = (0, -1, 0, 0, 0, 0)",
        ),
    ],
)
def test_the_title_of_a_saved_picture_says_what_it_shows(sweeper, model, request_, words):
    title = sweeper.title(sweeper.sweep(request_, Z, {1}))
    assert title == f"{model.bundle.path.name}: {words}"


def test_verdicts_can_come_in_parts(sweeper, model):
    sweep = sweeper.sweep(SweepRequest(dimension=2, large_steps=9), Z, ())
    pixels = model.decoder.decode_uint8(sweep.points)
    whole = sweeper.with_verdicts(sweep.sheet, pixels, 0)
    parts = sweep.sheet
    for start in (0, 4, 8):
        parts = sweeper.with_verdicts(parts, pixels[start : start + 4], start)
    assert parts == whole
    assert parts.caption_lines == sweep.sheet.caption_lines  # room was left for them
    plain = Sheet(9)
    assert sweeper.with_verdicts(plain, pixels, 0) is plain


def test_a_locked_row_says_so_in_every_range(sweeper):
    for range_ in ("deviations", "quantiles"):
        sweep = sweeper.sweep(SweepRequest(range=range_), Z, {1, 4})
        locked = [note == "locked" for note in sweep.sheet.row_notes]
        assert locked == [False, True, False, False, True, False]
