"""Neighbours, silhouettes and confusions, against scikit-learn's and loops."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, silhouette_samples, silhouette_score
from sklearn.model_selection import LeaveOneOut, cross_val_predict
from sklearn.neighbors import KNeighborsClassifier

from vae.clusters import Clusters, clusters, in_words, pixel_accuracy, silhouettes_of


@pytest.fixture(scope="module")
def some(model) -> tuple[np.ndarray, np.ndarray]:
    """400 real digits as the shipped encoder sees them."""
    return model.encoded.mu[:400], model.encoded.labels[:400]


@pytest.fixture(scope="module")
def found(some) -> Clusters:
    return clusters(*some)


def blobs(per_class: int = 30, apart: float = 8.0, classes: int = 3) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(classes), per_class)
    return apart * np.eye(classes)[labels] + rng.standard_normal((len(labels), classes)), labels


def test_the_votes_are_those_of_scikit_learn_leaving_one_out(some, found):
    mu, labels = some
    expected = cross_val_predict(KNeighborsClassifier(10), mu, labels, cv=LeaveOneOut())
    np.testing.assert_array_equal(found.predicted, expected)
    assert found.accuracy == (expected == labels).mean()
    np.testing.assert_array_equal(found.confusion, confusion_matrix(labels, expected))


def test_the_neighbours_are_those_of_loops(some, found):
    mu, labels = some
    for i in range(0, 400, 7):
        distances = np.linalg.norm(mu - mu[i], axis=1)
        distances[i] = np.inf
        order = np.argsort(distances)[:10]
        votes = np.bincount(labels[order], minlength=10)
        assert found.predicted[i] == votes.argmax()
        assert found.votes[i] == votes.max()
        nearest = next(j for j in order if labels[j] == votes.argmax())
        assert found.neighbours[i] == nearest
        assert found.distances[i] == pytest.approx(distances[nearest])


def test_the_silhouettes_are_those_of_the_definition(some, found):
    mu, labels = some
    between = np.linalg.norm(mu[:, None] - mu, axis=2)
    for i in range(0, 400, 13):
        own = labels == labels[i]
        inside = between[i, own].sum() / (own.sum() - 1)
        others = [between[i, labels == c].mean() for c in range(10) if c != labels[i]]
        outside = min(others)
        assert found.silhouettes[i] == pytest.approx((outside - inside) / max(inside, outside))
    assert found.silhouette == pytest.approx(silhouette_score(mu, labels))
    for label in range(10):
        own = found.silhouettes[labels == label]
        assert found.class_silhouettes[label] == pytest.approx(own.mean())


def test_the_shares_of_the_classes_are_on_the_diagonal(found):
    rows = found.confusion.sum(axis=1)
    np.testing.assert_allclose(found.class_accuracies, np.diag(found.confusion) / rows)
    assert found.confusion.sum() == found.n == 400


def test_the_confused_pairs_come_most_often_first(found):
    pairs = found.pairs()
    assert [count for _, _, count in pairs] == sorted((c for *_, c in pairs), reverse=True)
    assert sum(count for *_, count in pairs) == (found.predicted != found.labels).sum()
    for true, taken_for, count in pairs:
        assert true != taken_for
        assert found.confusion[true, taken_for] == count


def test_the_images_of_a_cell_are_the_surest_mistakes_first(found):
    for true, taken_for, count in found.pairs()[:5]:
        indices = found.confused(true, taken_for)
        assert len(indices) == count
        assert (found.labels[indices] == true).all()
        assert (found.predicted[indices] == taken_for).all()
        assert (found.labels[found.neighbours[indices]] == taken_for).all()
        order = list(zip(-found.votes[indices], found.distances[indices], strict=True))
        assert order == sorted(order)


def test_classes_far_apart_are_never_confused():
    found = clusters(*blobs())
    assert found.accuracy == 1.0
    assert found.pairs() == []
    assert (found.class_silhouettes > 0.5).all()


def test_labels_by_chance_are_told_by_chance():
    mu, labels = blobs(per_class=300, apart=0.0)
    found = clusters(mu, labels)
    assert found.accuracy == pytest.approx(1 / 3, abs=0.06)
    assert abs(found.silhouette) < 0.02


def test_copies_of_a_point_are_neighbours_of_each_other():
    mu = np.repeat(np.arange(4.0)[:, None], 5, axis=0)
    labels = np.repeat([0, 1, 0, 1], 5)
    found = clusters(mu, labels, k=4)
    assert found.accuracy == 1.0
    assert (found.distances == 0.0).all()
    assert (found.neighbours != np.arange(20)).all()


def test_a_class_without_images_is_left_empty():
    mu, labels = blobs()
    found = clusters(mu, labels, n_classes=5)
    assert found.confusion.shape == (5, 5)
    assert np.isnan(found.class_accuracies[3:]).all()
    assert np.isnan(found.class_silhouettes[3:]).all()


def test_one_class_has_neighbours_and_no_silhouette():
    found = clusters(np.random.default_rng(0).standard_normal((20, 2)), np.zeros(20, int))
    assert found.accuracy == 1.0
    assert np.isnan(found.silhouettes).all()
    assert "nothing to tell apart" in in_words(found)


def test_fewer_images_than_neighbours_are_all_asked():
    found = clusters([[0.0], [1.0], [5.0]], [0, 0, 1])
    assert found.k == 2
    assert found.predicted.tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("mu", "labels", "message"),
    [
        (np.zeros((1, 2)), [0], "two images"),
        (np.zeros((3, 2)), [0, 1], "shapes"),
        (np.zeros(3), [0, 1, 0], "shapes"),
        (np.full((3, 2), np.inf), [0, 1, 0], "finite"),
    ],
)
def test_what_cannot_be_measured_is_named(mu, labels, message):
    with pytest.raises(ValueError, match=message):
        clusters(mu, labels)


def test_neighbours_in_pixels_are_those_of_loops(model, monkeypatch):
    monkeypatch.setattr("vae.clusters.QUERY_BATCH", 100)
    images, labels = model.encoded.images[:250], model.encoded.labels[:250]
    told: list[float] = []
    found = pixel_accuracy(images, labels, progress=told.append)
    right = 0
    for i, image in enumerate(images):
        squares = ((images.astype(float) - image) ** 2).sum(axis=(1, 2, 3))
        squares[i] = np.inf
        right += np.bincount(labels[np.argsort(squares)[:10]]).argmax() == labels[i]
    assert found.accuracy == right / 250
    assert (found.n, found.k) == (250, 10)
    assert told == pytest.approx([0.0, 0.4, 0.8, 1.0])


def test_an_image_with_many_copies_is_still_not_asked_about_itself():
    images = np.zeros((30, 1, 4, 4), np.uint8)
    images[20:] = 200
    labels = np.r_[np.zeros(10, int), np.ones(20, int)]
    # Ten or nine of the twenty black ones are of each class; the white ones are of one.
    assert pixel_accuracy(images, labels, k=19).accuracy >= 10 / 30
    with pytest.raises(ValueError, match="do not fit"):
        pixel_accuracy(images, labels[:5])


def test_the_sentence_names_the_share_and_the_pair(found):
    true, taken_for, count = found.pairs()[0]
    text = in_words(found, [f"class {i}" for i in range(10)])
    assert f"{100 * found.accuracy:.1f} of 100" in text
    assert f"class {true} taken for class {taken_for}, {count} of" in text
    perfect = replace(found, predicted=found.labels, confusion=np.diag(np.bincount(found.labels)))
    assert "confused" not in in_words(perfect)
    assert "never saw a label" in text
    assert "label" not in in_words(found, unlabelled=False)


def test_it_tells_how_far_it_is_and_can_be_ended(some):
    told: list[float] = []
    clusters(*some, progress=told.append)
    assert told == sorted(told)
    assert told[0] == 0.0
    assert told[-1] == 1.0

    def end(fraction: float) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        clusters(*some, progress=end)


@pytest.mark.parametrize("seed", range(5))
def test_silhouettes_of_small_classes_and_copies_against_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    mu = rng.integers(0, 3, (40, 2)).astype(float)
    labels = rng.choice([0, 2, 5], 40)
    labels[0] = 7  # alone in its class
    np.testing.assert_allclose(silhouettes_of(mu, labels), silhouette_samples(mu, labels))


def test_what_is_said_of_the_shipped_model_is_so(model):
    """All 10,000 digits, in as many pieces as it takes."""
    found = clusters(model.encoded.mu, model.encoded.labels)
    assert found.accuracy == pytest.approx(0.9396)
    assert found.silhouette == pytest.approx(0.1913, abs=1e-4)  # as scikit-learn says, in 4 s
    assert found.pairs()[0][:2] == (3, 8)
