"""The nearest images by pixels, against every distance worked out on its own."""

from __future__ import annotations

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vae.data import bundled_digits, to_model_range
from vae.image_neighbours import BATCH, PixelNeighbours


@pytest.fixture(scope="module")
def digits() -> np.ndarray:
    return bundled_digits()[0][:, None]


def test_a_digit_is_its_own_nearest_and_the_others_are_those_of_a_full_sort(digits):
    neighbours = PixelNeighbours(digits)
    for index in (0, 4321, 9999):
        indices, distances = neighbours.nearest(digits[index], 8)
        x = to_model_range(digits).astype(np.float64)
        expected = np.linalg.norm((x - x[index]).reshape(len(x), -1), axis=1)
        assert indices[0] == index
        assert distances[0] == 0.0
        np.testing.assert_allclose(distances, np.sort(expected)[:8], rtol=1e-5)
        np.testing.assert_allclose(expected[indices], distances, rtol=1e-5)


@given(
    images=hnp.arrays(np.uint8, st.tuples(st.integers(0, 12), st.just(3), st.just(2), st.just(4))),
    count=st.integers(0, 20),
    seed=st.integers(0, 99),
)
@settings(max_examples=60)
def test_any_images_are_sorted_by_their_distance(images, count, seed):
    image = np.random.default_rng(seed).integers(0, 256, (3, 2, 4), np.uint8)
    indices, distances = PixelNeighbours(images).nearest(image, count)
    squares = ((images.astype(int) - image.astype(int)) ** 2).sum(axis=(1, 2, 3))
    assert len(indices) == len(distances) == min(count, len(images))
    assert list(indices) == sorted(range(len(images)), key=lambda i: (squares[i], i))[:count]
    np.testing.assert_allclose(distances, np.sqrt(squares[indices]) / 127.5, rtol=1e-6)


def test_the_last_batch_may_be_a_part(digits):
    few = digits[: 2 * BATCH + 1]
    assert PixelNeighbours(few).nearest(few[-1], 1)[0].tolist() == [2 * BATCH]


def test_what_is_no_image_is_named(digits):
    with pytest.raises(ValueError, match=r"uint8 of shape \(N, C, H, W\)"):
        PixelNeighbours(digits[0])
    with pytest.raises(ValueError, match="uint8"):
        PixelNeighbours(digits.astype(float))
    with pytest.raises(ValueError, match=r"\(1, 28, 28\), uint8, got uint8 of shape \(28, 28\)"):
        PixelNeighbours(digits).nearest(digits[0, 0])


def test_the_nearest_of_each_are_those_of_one_at_a_time(digits):
    neighbours = PixelNeighbours(digits[:4321])  # no multiple of a batch
    shares = []
    indices, distances = neighbours.nearest_of_each(digits[5000:5040], shares.append)
    for image, index, distance in zip(digits[5000:5040], indices, distances, strict=True):
        expected, least = neighbours.nearest(image, 1)
        assert (index, distance) == (expected[0], pytest.approx(least[0], rel=1e-12))
    assert shares == sorted(shares)
    assert 0 <= shares[0] < shares[-1] < 1


@given(
    images=hnp.arrays(np.uint8, st.tuples(st.integers(1, 12), st.just(3), st.just(2), st.just(4))),
    wanted=hnp.arrays(np.uint8, st.tuples(st.integers(0, 5), st.just(3), st.just(2), st.just(4))),
)
@settings(max_examples=60)
def test_no_image_is_nearer_than_the_one_that_was_found(images, wanted):
    indices, distances = PixelNeighbours(images).nearest_of_each(wanted)
    assert indices.shape == distances.shape == (len(wanted),)
    every = np.square(wanted[:, None].astype(int) - images[None].astype(int)).sum(axis=(2, 3, 4))
    found = every[np.arange(len(wanted)), indices]
    np.testing.assert_allclose(distances, np.sqrt(found) / 127.5, rtol=1e-12)
    np.testing.assert_allclose(distances, np.sqrt(every.min(axis=1)) / 127.5, rtol=1e-4)


def test_what_can_have_no_nearest_image_is_named(digits):
    with pytest.raises(ValueError, match=r"\(M, 1, 28, 28\), uint8, got uint8 of shape \(28, 28\)"):
        PixelNeighbours(digits).nearest_of_each(digits[0, 0])
    with pytest.raises(ValueError, match="no images to look among"):
        PixelNeighbours(digits[:0]).nearest_of_each(digits[:1])
