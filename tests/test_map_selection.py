"""Real digits taken together: counted by label, their mean decoded, some of them shown."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.map_selection import MOST_EXAMPLES, select


def test_labels_are_counted_and_the_mean_is_decoded(model):
    indices = np.arange(100, 400)
    found = select(indices, model.encoded, model.decoder)
    labels = model.encoded.labels[indices]
    assert found.size == 300
    assert found.names == tuple("0123456789")
    assert found.counts == tuple(np.bincount(labels, minlength=10).tolist())
    assert found.commonest == np.bincount(labels).argmax()
    assert found.mean == pytest.approx(model.encoded.mu[indices].mean(axis=0), abs=1e-6)
    assert (found.mean_image == model.decoder.decode_uint8(found.mean)).all()


def test_examples_are_spread_over_the_selection(model):
    indices = np.flatnonzero(model.encoded.labels == 7)
    found = select(indices, model.encoded, model.decoder)
    assert len(found.examples) == MOST_EXAMPLES
    assert (np.diff(found.examples) > 0).all()
    assert found.examples[[0, -1]].tolist() == [indices[0], indices[-1]]
    assert (model.encoded.labels[found.examples] == 7).all()
    assert (found.example_images == model.encoded.images[found.examples]).all()


@pytest.mark.parametrize(
    ("indices", "words"),
    [
        (lambda labels: np.flatnonzero(labels == 3)[:1], "1 digit, a 3"),
        (lambda labels: np.flatnonzero(labels == 1), "1,135 digits, all of them 1"),
        (
            lambda labels: np.r_[np.flatnonzero(labels == 4)[:3], np.flatnonzero(labels == 9)[:1]],
            "4 digits, 75% of them 4",
        ),
    ],
)
def test_what_they_are_in_words(model, indices, words):
    assert select(indices(model.encoded.labels), model.encoded, model.decoder).words == words


def test_the_same_digit_twice_is_one(model):
    assert select(np.array([5, 5, 2]), model.encoded, model.decoder).indices.tolist() == [2, 5]


def test_no_digit_is_no_selection(model):
    with pytest.raises(ValueError, match="no real digit"):
        select(np.zeros(0, int), model.encoded, model.decoder)
