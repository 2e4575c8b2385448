"""Which images a share of a data set keeps."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vae.data import bundled_digits
from vae.subset import nested_subset

fractions = st.floats(1e-9, 1.0)
some_labels = st.lists(st.integers(0, 4), min_size=1, max_size=200).map(np.array)


@given(some_labels, fractions, fractions, st.integers(1, 50))
def test_the_smaller_share_lies_within_the_larger(labels, a, b, at_least):
    small, large = (nested_subset(labels, fraction, at_least) for fraction in sorted((a, b)))
    assert set(small) <= set(large)
    assert len(small) <= len(large)


@given(some_labels, fractions, st.integers(1, 50))
def test_there_is_an_image_of_every_class_and_at_least_what_is_asked_for(labels, fraction, n):
    kept = nested_subset(labels, fraction, n)
    assert set(labels[kept]) == set(labels)
    assert len(kept) >= min(n, len(labels))
    assert len(kept) == len(set(kept))
    assert (np.diff(kept) > 0).all()
    wanted = max(round(fraction * len(labels)), n, len(set(labels)))
    assert len(kept) == min(wanted, len(labels))


@given(some_labels, fractions)
def test_every_class_keeps_its_share(labels, fraction):
    kept = labels[nested_subset(labels, fraction, 1)]
    for label in set(labels):
        wanted = (labels == label).sum() * len(kept) / len(labels)
        # One for being guaranteed to be there, one for rounding, one for the others' guarantee.
        assert abs((kept == label).sum() - wanted) <= 1 + len(set(labels))


@given(some_labels)
def test_the_whole_is_the_data_set_in_its_own_order(labels):
    assert nested_subset(labels, 1.0, 1).tolist() == list(range(len(labels)))


def test_a_tenth_of_the_digits_has_their_classes_within_one_image():
    _, labels = bundled_digits()
    kept = nested_subset(labels, 0.1, 128)
    assert len(kept) == 1000
    shares = np.bincount(labels) / 10
    assert np.abs(np.bincount(labels[kept]) - shares).max() <= 1
    # And not simply the first tenth.
    assert kept.max() > 9900
    assert np.array_equal(kept, nested_subset(labels, 0.1, 128))
