"""The classifier: shapes, training, and the shipped weights on real digits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from vae.classifier import Classifier, accuracy, probabilities, train_classifier
from vae.data import bundled_digits, to_model_range
from vae.weights import load_classifier

SHIPPED = Path(__file__).resolve().parent.parent / "assets" / "classifier_weights.pt"


def test_probabilities_are_those_of_the_network_in_chunks_of_any_size():
    classifier = Classifier()
    images = bundled_digits()[0][:1203, None]  # two whole chunks and a short one
    found = probabilities(classifier, images)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found.sum(1), 1, atol=1e-5)
    with torch.no_grad():
        expected = torch.softmax(classifier(torch.from_numpy(to_model_range(images))), dim=1)
    np.testing.assert_allclose(found, expected.numpy(), atol=1e-5)
    assert probabilities(classifier, images[:0]).shape == (0, 10)


@pytest.mark.parametrize("shape", [(28, 28), (3, 28, 28), (2, 1, 32, 32)])
def test_images_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError, match=r"\(1, 28, 28\)"):
        probabilities(Classifier(), np.zeros(shape, np.uint8))


@pytest.mark.parametrize(("shape", "n_classes"), [((1, 28, 28), 10), ((3, 32, 32), 4)])
def test_a_state_dict_alone_tells_the_sizes(shape, n_classes):
    classifier = Classifier(shape, n_classes)
    again = Classifier.from_state_dict(classifier.state_dict())
    assert (again.image_shape, again.n_classes) == (shape, n_classes)
    assert not again.training
    images = np.random.default_rng(0).integers(0, 256, (3, *shape), dtype=np.uint8)
    np.testing.assert_array_equal(probabilities(again, images), probabilities(classifier, images))


@pytest.mark.parametrize(
    ("shape", "n_classes"), [((1, 27, 28), 10), ((0, 28, 28), 10), ((1, 28, 28), 1)]
)
def test_sizes_that_do_not_fit_are_refused(shape, n_classes):
    with pytest.raises(ValueError, match="multiples of 4"):
        Classifier(shape, n_classes)


def test_training_learns_digits_and_is_repeatable():
    images, labels = bundled_digits()
    x = torch.from_numpy(to_model_range(images[:2000]))
    y = torch.from_numpy(labels[:2000])
    found = []
    for _ in range(2):
        torch.manual_seed(0)
        classifier = Classifier()
        generator = torch.Generator().manual_seed(0)
        assert list(train_classifier(classifier, x, y, generator, epochs=3)) == [1, 2, 3]
        found.append(probabilities(classifier, images[2000:3000, None]))
    np.testing.assert_array_equal(*found)
    # One in ten is chance.
    assert accuracy(classifier, images[2000:3000, None], labels[2000:3000]) > 0.7


def test_the_shipped_classifier_reads_99_of_100_test_digits():
    images, labels = bundled_digits()
    assert accuracy(load_classifier(SHIPPED), images[:, None], labels) >= 0.99
    assert SHIPPED.stat().st_size < 500_000
