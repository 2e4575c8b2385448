"""Mode coverage: classes, their entropy, precision and recall of known sets of images."""

from __future__ import annotations

import math

import numpy as np
import pytest

from vae.coverage import Coverage, CoverageMeter, covered_classes
from vae.data import bundled_digits, bundled_train_digits
from vae.metrics import Judged, judge
from vae.weights import BUNDLED_ASSETS, load_classifier


@pytest.fixture(scope="module")
def classifier():
    return load_classifier(BUNDLED_ASSETS / "classifier_weights.pt")


@pytest.fixture(scope="module")
def meter(classifier) -> CoverageMeter:
    images, _ = bundled_digits()
    return CoverageMeter(classifier, images[:1000, None])


def test_real_digits_cover_everything(meter):
    images, _ = bundled_train_digits()
    found = meter.measure(images[:1000, None])
    assert found.classes == 10
    assert found.effective_classes > 9.8
    assert found.precision > 0.85
    assert found.recall > 0.85
    assert found.frechet < 0.07  # 1,000 images a side; of 10,000 it is 0.002


def test_one_class_is_a_collapse(meter):
    images, labels = bundled_train_digits()
    found = meter.measure(images[labels == 3][:500, None])
    assert found.classes == 1
    assert found.effective_classes < 1.3
    assert found.recall < 0.3
    assert found.precision > 0.8  # they are real digits
    assert found.frechet > 0.5


def test_one_image_again_and_again_reaches_nothing(meter):
    images, _ = bundled_train_digits()
    found = meter.measure(np.repeat(images[:1, None], 500, axis=0))
    assert (found.classes, found.entropy) == (1, 0.0)
    assert found.recall == 0.0


def test_a_class_counts_from_a_tenth_of_an_even_share(classifier):
    images, _ = bundled_train_digits()
    judged = judge(classifier, images[:, None])
    few = np.flatnonzero(judged.classes == 1)[:5]
    many = np.flatnonzero(judged.classes == 0)[:496]
    for ones, expected in ((few, 2), (few[:4], 1)):
        chosen = np.concatenate([many[: 500 - len(ones)], ones])
        some = Judged(judged.features[chosen], judged.probabilities[chosen])
        assert covered_classes(some) == expected


def test_it_goes_into_a_record_and_back():
    coverage = Coverage(10, math.log(9.5), 0.9, 0.4, 0.1)
    assert coverage.effective_classes == pytest.approx(9.5)
    assert Coverage.from_dict(coverage.as_dict() | {"more": 1}) == coverage
    with pytest.raises(KeyError, match="recall"):
        Coverage.from_dict({"classes": 1, "entropy": 0.0, "precision": 0.5})
