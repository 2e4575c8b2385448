"""Attributes of handwriting: right on drawn shapes, sensible on real digits, safe on odd images."""

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.shapes import FAMILIES, SIZE, ring, sheared_bar
from vae import attributes
from vae.attributes import ATTRIBUTES, NAMES, measure
from vae.data import bundled_digits


def value(image, name):
    return measure(image)[0, NAMES.index(name)]


# --- drawn shapes -------------------------------------------------------------------------------


# In the attribute's unit: the largest errors of `python -m benchmarks.attributes` among 14,000 and
# more shapes of each family, rounded up. What they are beside the spread of real digits stands
# with the attributes.
TOLERANCES = {
    "bar at any angle": {"thickness": 0.7, "loop": 0},
    "arc": {"thickness": 0.35, "loop": 0},
    "ring": {"thickness": 0.5, "loop": 5},
    "sheared bar": {"slant": 1.3, "width": 0.85, "height": 0.85, "loop": 0},
    "upright bar": {"ink": 0.5, "slant": 1e-6, "width": 0.3, "height": 0.3, "loop": 0},
}
each_family = pytest.mark.parametrize("family", FAMILIES, ids=[family.name for family in FAMILIES])


@each_family
# The same shapes in every run: the tolerances were measured, not proved of all shapes.
@settings(max_examples=60, derandomize=True)
@given(data=st.data())
def test_a_drawn_shape_is_measured_as_it_was_drawn(family, data):
    numbers = data.draw(st.tuples(*(st.floats(low, high) for low, high in family.ranges)))
    row = measure(family.draw(*numbers))[0]
    known = family.known(*numbers)
    measured = {name: row[NAMES.index(name)] for name in known}
    tolerances = TOLERANCES[family.name]
    assert known.keys() == tolerances.keys()
    for name, tolerance in tolerances.items():
        assert measured[name] == pytest.approx(known[name], abs=tolerance)


@each_family
def test_errors_are_small_beside_the_spread_of_real_digits(family, real_attributes):
    """On average; measured: 0.25 standard deviations in thickness of straight bars, else less."""
    rng = np.random.default_rng(0)
    shapes = [[rng.uniform(*ends) for ends in family.ranges] for _ in range(60)]
    measured = measure(np.concatenate([family.draw(*numbers) for numbers in shapes]))
    for name in TOLERANCES[family.name]:
        known = [family.known(*numbers)[name] for numbers in shapes]
        column = NAMES.index(name)
        mean_error = np.abs(measured[:, column] - known).mean()
        assert mean_error < 0.3 * real_attributes[:, column].std()


def test_leaning_right_is_positive():
    assert value(sheared_bar(3, 18, 30), "slant") > 25
    assert value(sheared_bar(3, 18, -30), "slant") < -25


def test_a_gap_opens_the_loop():
    image = ring(4, 6.5)
    assert value(image, "loop") > 40
    image[:, :, SIZE // 2, SIZE // 2 :] = 0
    image[:, :, SIZE // 2 + 1, SIZE // 2 :] = 0
    assert value(image, "loop") == 0


def test_two_loops_add_up():
    left, right = ring(2.5, 4.5, -7), ring(2.5, 4.5, 7)
    both = np.maximum(left, right)
    assert value(both, "loop") == value(left, "loop") + value(right, "loop")


@pytest.mark.parametrize("name", ["thickness", "slant", "width", "height", "loop"])
def test_half_the_light_is_the_same_shape(name):
    image = ring(4, 7) | sheared_bar(3, 18, 20)
    assert value(image // 2, name) == pytest.approx(value(image, name), abs=0.5)


# --- real digits --------------------------------------------------------------------------------


def test_the_attributes_of_real_digits():
    images, labels = bundled_digits()
    measured = measure(images[:2000, None])
    assert np.isfinite(measured).all()
    labels = labels[:2000]
    by_class = {
        name: np.array([measured[labels == label, column].mean() for label in range(10)])
        for column, name in enumerate(NAMES)
    }
    assert by_class["loop"].argmax() == 0
    assert set(by_class["loop"].argsort()[-4:]) == {0, 6, 8, 9}
    assert by_class["width"].argmin() == 1
    assert by_class["ink"].argmin() == 1
    assert 2 < measured[:, NAMES.index("thickness")].mean() < 3.5
    # Digits of MNIST are scaled to 20 pixels before they are placed.
    assert measured[:, NAMES.index("height")].mean() == pytest.approx(20, abs=1)


def test_mirrored_digits_lean_the_other_way():
    images = bundled_digits()[0][:200, None]
    column = NAMES.index("slant")
    there, back = measure(images)[:, column], measure(images[..., ::-1])[:, column]
    np.testing.assert_allclose(there, -back, atol=1e-3)


def test_an_image_is_measured_alike_in_any_company(monkeypatch):
    images = bundled_digits()[0][:130, None]
    together = measure(images)
    monkeypatch.setattr(attributes, "BATCH", 7)
    np.testing.assert_allclose(measure(images), together, rtol=1e-5)
    np.testing.assert_allclose(measure(images[::-1])[::-1], together, rtol=1e-5)


def test_channels_are_averaged():
    images = bundled_digits()[0][:20, None]
    np.testing.assert_allclose(measure(np.repeat(images, 3, axis=1)), measure(images), rtol=1e-4)


# --- odd images ---------------------------------------------------------------------------------


@pytest.mark.parametrize("level", [0, 1, attributes.MIN_BRIGHTNESS - 1])
def test_what_is_too_dark_has_ink_but_no_shape(level):
    row = measure(np.full((1, 1, SIZE, SIZE), level, np.uint8))[0]
    assert row[0] == pytest.approx(level / 2.55)
    assert np.isnan(row[1:]).all()


def test_a_white_image_is_one_block():
    row = dict(zip(NAMES, measure(np.full((1, 1, 20, 28), 255, np.uint8))[0], strict=True))
    assert row["ink"] == pytest.approx(100)
    assert row["slant"] == pytest.approx(0, abs=1e-6)
    assert (row["width"], row["height"], row["loop"]) == (28, 20, 0)


def test_a_single_row_has_no_slant():
    image = np.zeros((1, 1, SIZE, SIZE), np.uint8)
    image[0, 0, 10, 5:20] = 255
    row = dict(zip(NAMES, measure(image)[0], strict=True))
    assert np.isnan(row["slant"])
    assert row["width"] == pytest.approx(15, abs=0.5)


@given(
    hnp.arrays(np.uint8, st.tuples(st.integers(0, 4), st.just(1), st.integers(1, 9), st.just(8)))
)
def test_any_image_can_be_measured(images):
    measured = measure(images)
    assert measured.shape == (len(images), len(ATTRIBUTES))
    assert measured.dtype == np.float64
    bright = images.max(axis=(1, 2, 3), initial=0) >= attributes.MIN_BRIGHTNESS
    shapes = np.delete(measured, NAMES.index("slant"), axis=1)
    assert (np.isfinite(shapes).all(axis=1) == bright).all()
    assert (shapes[bright] >= 0).all()


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((2, 28, 28), np.uint8),
        np.zeros((2, 1, 28, 28), np.float32),
        np.zeros((2, 1, 0, 28), np.uint8),
    ],
    ids=["three axes", "floats", "no rows"],
)
def test_what_is_no_batch_of_images_is_refused(images):
    with pytest.raises(ValueError, match="uint8 of shape"):
        measure(images)


def test_progress_ascends_and_may_end_it():
    images = np.zeros((350, 1, SIZE, SIZE), np.uint8)
    told = []
    measure(images, told.append)
    assert told[0] == 0
    assert told[-1] == 1
    assert told == sorted(told)

    def stop(share):
        if share > 0.2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        measure(images, stop)
