"""A digit is scaled and moved exactly as MNIST's were."""

from __future__ import annotations

import hypothesis.extra.numpy as arrays
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae.centring import centre_as_mnist, centre_of_mass, centre_with_places
from vae.data import bundled_digits

SHORTER = {4530, 9300, 9302}  # the three digits of MNIST's that fill 19 pixels, not 20


@pytest.fixture(scope="module")
def digits() -> np.ndarray:
    return bundled_digits()[0]


def bar(height: int, width: int, shape: tuple[int, int], top: int, left: int) -> np.ndarray:
    image = np.zeros(shape, np.uint8)
    image[top : top + height, left : left + width] = 255
    return image


def extent(image: np.ndarray, faint: int = 0) -> tuple[int, int]:
    """Rows and columns of the bounding box."""
    rows = np.flatnonzero(image.max(axis=1) > faint)
    columns = np.flatnonzero(image.max(axis=0) > faint)
    return int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1


def test_real_digits_are_left_exactly_as_they_are(digits):
    changed = {i for i, digit in enumerate(digits) if (centre_as_mnist(digit) != digit).any()}
    assert changed == SHORTER


def test_the_centre_of_mass_of_every_real_digit_is_in_the_middle_pixel(digits):
    centres = np.array([centre_of_mass(digit) for digit in digits])
    assert centres.min() >= 13.5
    assert centres.max() < 14.5


def test_a_real_digit_elsewhere_on_a_larger_sheet_comes_back_exactly(digits):
    for digit in digits[:50]:
        sheet = np.zeros((90, 70), np.uint8)
        sheet[55:83, 3:31] = digit
        np.testing.assert_array_equal(centre_as_mnist(sheet), digit)


def test_it_is_known_where_every_pixel_was(digits):
    kept, shifted = np.arange(28), np.array([[55], [3]])
    for digit in digits[:50]:
        np.testing.assert_array_equal(centre_with_places(digit)[1], [kept, kept])
        sheet = np.zeros((90, 70), np.uint8)
        sheet[55:83, 3:31] = digit
        np.testing.assert_array_equal(centre_with_places(sheet)[1], kept + shifted)


@pytest.mark.parametrize("size", [(7, 3), (11, 16), (60, 20), (80, 90)])
def test_bright_pixels_come_from_bright_places(size):
    image = bar(*size, (120, 130), 17, 31)
    field, places = centre_with_places(image)
    rows, columns = np.clip(places[0], 0, 119), np.clip(places[1], 0, 129)
    came_from = image[np.ix_(rows, columns)]
    for axis in (0, 1):
        np.testing.assert_array_equal(came_from.any(axis), field.max(axis) >= 128)


def test_a_fine_picture_of_a_digit_gives_nearly_the_digit(digits):
    apart = [
        np.abs(centre_as_mnist(np.kron(digit, np.ones((10, 10), np.uint8))) - digit.astype(float))
        for digit in digits[:200]
    ]
    # Half as bright as the brightest is the edge of what is fine, so that the faintest pixels at
    # the border of a digit do not count for its size.
    assert np.median([difference.max() for difference in apart]) <= 1
    assert np.mean(apart) < 0.5


def test_a_stroke_of_one_is_scaled_to_the_full_height_and_stays_a_stroke():
    one = centre_as_mnist(bar(10, 2, (28, 28), 1, 20))
    height, width = extent(one, 127)
    assert (height, width) == (20, 4)
    assert centre_of_mass(one) == pytest.approx((13.5, 13.5))


def test_a_level_line_is_as_long_as_the_box_and_as_thin_as_before():
    level = centre_as_mnist(bar(10, 200, (280, 280), 30, 30))
    assert extent(level, 127) == (1, 20)
    assert level.max() == 255


@pytest.mark.parametrize("pixels", [1, 30, 280])
def test_a_dot_stays_a_dot(pixels):
    dot = centre_as_mnist(bar(pixels, pixels, (280, 280), 0, 0))
    assert max(extent(dot, 127)) <= 8
    assert dot.max() > 200


def test_ink_is_not_cut_off_where_the_centre_of_mass_is_at_an_end():
    image = np.zeros((300, 300), np.uint8)
    image[0:200, 0:6] = 255  # a long thin stem
    image[180:200, 0:190] = 255  # on a heavy foot
    image[140:200, 150:190] = 255
    centred = centre_as_mnist(image)
    assert extent(centred, 127) == (20, 19)
    assert centred.sum() == pytest.approx(image.sum() / 100, rel=0.01)


@pytest.mark.parametrize("side", [8, 28, 32, 64])
def test_other_fields_have_the_same_proportions(side):
    centred = centre_as_mnist(bar(100, 30, (280, 280), 90, 20), side)
    assert centred.shape == (side, side)
    assert extent(centred, 127)[0] == round(20 / 28 * side)


@given(
    image=arrays.arrays(
        np.uint8,
        arrays.array_shapes(min_dims=2, max_dims=2, max_side=60),
        elements=st.integers(0, 255),
    ),
    side=st.integers(1, 40),
)
def test_whatever_has_ink_has_a_place(image, side):
    if not image.any():
        with pytest.raises(ValueError, match="empty"):
            centre_as_mnist(image, side)
        return
    centred = centre_as_mnist(image, side)
    assert (centred.shape, centred.dtype) == ((side, side), np.uint8)


@given(
    rows=st.integers(0, 30), columns=st.integers(0, 30), number=st.integers(0, 99), data=st.data()
)
def test_where_it_was_drawn_does_not_matter(rows, columns, number, data):
    height, width = data.draw(st.integers(1, 20)), data.draw(st.integers(1, 20))
    random = np.random.default_rng(number)
    ink = random.integers(0, 256, (height, width), np.uint8)
    ink[0, 0] = 255
    sheet = np.zeros((60, 60), np.uint8)
    sheet[rows : rows + height, columns : columns + width] = ink
    np.testing.assert_array_equal(centre_as_mnist(sheet), centre_as_mnist(ink))


@given(st.integers(0, 9999), st.integers(29, 60))
def test_the_centre_of_mass_comes_into_the_middle(number, size):
    ink = np.random.default_rng(number).integers(0, 256, (size, size // 2), np.uint8)
    once = centre_as_mnist(np.kron(ink, np.ones((3, 3), np.uint8)))
    row, column = centre_of_mass(once)
    assert 13.49 <= row <= 14.51  # but for the rounding of grey levels
    assert 13.49 <= column <= 14.51


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((28, 28), np.float32),
        np.zeros((1, 28, 28), np.uint8),
        np.zeros((0, 28), np.uint8),
    ],
)
def test_what_is_no_picture_is_refused_in_words(image):
    with pytest.raises(ValueError, match="must be uint8 of shape"):
        centre_as_mnist(image)


def test_an_empty_picture_is_refused_in_words():
    with pytest.raises(ValueError, match="there is no ink"):
        centre_as_mnist(np.zeros((28, 28), np.uint8))
