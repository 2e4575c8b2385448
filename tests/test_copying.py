"""Whether samples are copies: against counting every pair, SciPy, and copies that were planted."""

from __future__ import annotations

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae.copying import EVEN, SUSPICIOUS, Untrained
from vae.data import bundled_digits, bundled_train_digits
from vae.image_neighbours import PixelNeighbours

LENGTHS = hnp.arrays(np.float64, st.integers(1, 30), elements=st.integers(0, 9).map(float))


@given(distances=LENGTHS, samples=LENGTHS)
def test_pairs_are_counted_with_ties_as_halves(distances, samples):
    untrained = Untrained(distances, np.zeros(len(distances), int))
    pairs = [(a < b) + 0.5 * (a == b) for a in samples for b in distances]
    assert untrained.pairs_nearer(samples) == pytest.approx(np.mean(pairs))
    assert untrained.pairs_nearer(distances) == pytest.approx(0.5)


def test_the_share_of_pairs_is_the_statistic_of_mann_and_whitney():
    from scipy.stats import mannwhitneyu

    rng = np.random.default_rng(0)
    distances, samples = rng.gamma(9.0, 1.0, 500), rng.gamma(8.0, 1.0, 300)
    untrained = Untrained(distances, np.zeros(500, int))
    expected = mannwhitneyu(distances, samples).statistic / (500 * 300)
    assert untrained.pairs_nearer(samples) == pytest.approx(expected)


def test_a_distance_is_placed_among_its_class_or_among_all_where_there_is_none():
    untrained = Untrained(np.array([1.0, 2.0, 3.0, 10.0, 20.0]), np.array([1, 1, 1, 8, 8]))
    assert untrained.share_nearer(2.5, 1) == pytest.approx(2 / 3)
    assert untrained.share_nearer(2.5, 8) == 0.0
    assert untrained.share_nearer(2.5) == pytest.approx(2 / 5)
    assert untrained.share_nearer(2.5, 7) == pytest.approx(2 / 5)
    assert np.isnan(Untrained(np.zeros(0), np.zeros(0, int)).share_nearer(1.0))
    assert np.isnan(untrained.pairs_nearer(np.zeros(0)))
    with pytest.raises(ValueError, match="do not fit"):
        Untrained(np.zeros(3), np.zeros(2, int))


def test_copies_are_found_out_and_digits_that_were_never_trained_on_are_not():
    images, labels = bundled_digits()
    training = bundled_train_digits()[0][:, None]
    neighbours = PixelNeighbours(training)

    def distances(of: np.ndarray) -> np.ndarray:
        return neighbours.nearest_of_each(of)[1]

    untrained = Untrained(distances(images[:1000, None]), labels[:1000])
    assert untrained.pairs_nearer(distances(images[1000:1600, None])) == pytest.approx(
        0.5, abs=0.05
    )
    noise = np.random.default_rng(0).integers(0, 12, (200, 1, 28, 28), np.uint8)
    copies = np.maximum(training[:200], noise)
    assert untrained.pairs_nearer(distances(copies)) > 0.95 > EVEN
    for distance, label in zip(distances(copies), bundled_train_digits()[1], strict=False):
        if label != 1:  # another 1 is nearly as near
            assert untrained.share_nearer(distance, int(label)) <= SUSPICIOUS
