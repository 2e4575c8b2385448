"""The sets of the Compare page: what is in them, what is told of them, what a model has none of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.copying_words import percent, words_about_all, words_about_limits, words_about_one
from explorer.model import SampleRequest
from explorer.sample_sets import (
    ENCODING,
    LEARNED,
    MNIST,
    NO_DENSITY,
    NO_ENCODER,
    NO_REAL,
    NOT_ENCODED,
    OF_REAL,
    PRIOR,
    REAL,
    RECONSTRUCTIONS,
    SETS,
    SIZE,
    SPLITS,
    SampleSet,
    Training,
    draw_set,
    missing,
    read_training,
    smooth_reference,
    split_of,
    with_neighbours,
)
from vae.copying import SUSPICIOUS, Untrained
from vae.data import bundled_digits, bundled_train_digits


@pytest.fixture(scope="module")
def sets(model) -> dict[str, SampleSet]:
    return {name: draw_set(model, name, 5) for name in SETS}


@pytest.fixture(scope="module")
def training() -> Training:
    return read_training(MNIST, lambda fraction: None)


@pytest.fixture(scope="module")
def smooth(model, training) -> Untrained:
    return smooth_reference(model, training, lambda fraction: None)


def trained_on(model, name: str | None):
    """The model as if it had been trained on another data set; None takes its record away."""
    record = None
    if name is not None:
        record = {**model.record, "dataset": {**model.record["dataset"], "name": name}}
    return replace(model, bundle=replace(model.bundle, record=record))


def without(model, *parts: str):
    bundle = replace(model.bundle, **dict.fromkeys(parts))
    return replace(model, bundle=bundle, encoded=None if "encoder" in parts else model.encoded)


def test_reconstructions_are_of_the_same_digits(model, sets):
    real, decoded = sets[REAL], sets[RECONSTRUCTIONS]
    images, labels = bundled_digits()
    np.testing.assert_array_equal(real.numbers, decoded.numbers)
    np.testing.assert_array_equal(real.images[:, 0], images[real.numbers])
    np.testing.assert_array_equal(real.labels, labels[real.numbers])
    np.testing.assert_array_equal(real.z, model.encoded.mu[real.numbers])
    np.testing.assert_array_equal(decoded.images, model.decoder.decode_uint8(real.z))
    assert len(set(real.numbers)) == len(real.images) == SIZE


def test_samples_are_those_of_their_distribution_and_seed(model, sets):
    for name in (PRIOR, LEARNED):
        z = model.draw(SampleRequest(name, seed=5, count=SIZE))
        np.testing.assert_array_equal(sets[name].z, z)
        np.testing.assert_array_equal(sets[name].images, model.decoder.decode_uint8(z))
        assert not np.array_equal(draw_set(model, name, 6).z, z)


def test_figures_of_a_set_are_the_classifiers(model, sets):
    for name, drawn in sets.items():
        answers = model.probabilities(drawn.images)
        assert drawn.confidence == pytest.approx(answers.max(axis=1).mean())
        expected = [(answers.argmax(axis=1) == k).mean() for k in range(10)]
        np.testing.assert_allclose(drawn.shares(10), expected)
        labelled = drawn.label_shares(10)
        assert (labelled is not None) == (name in OF_REAL)
        if labelled is not None:
            np.testing.assert_allclose(labelled, [(drawn.labels == k).mean() for k in range(10)])
    # What the page is for: real digits are told apart best, prior samples worst.
    assert sets[REAL].confidence > sets[LEARNED].confidence > sets[PRIOR].confidence


def test_pictures_of_a_class_go_by_label_where_there_is_one(sets):
    for name, drawn in sets.items():
        by = drawn.labels if name in OF_REAL else drawn.answers.argmax(axis=1)
        np.testing.assert_array_equal(drawn.of_class(7), np.flatnonzero(by == 7))
        np.testing.assert_array_equal(drawn.of_class(None), np.arange(SIZE))


def test_what_a_model_has_none_of_is_said(model):
    assert {missing(model, name, False) for name in SETS} == {""}
    assert missing(without(model, "density"), LEARNED, False) == NO_DENSITY
    assert missing(without(model, "encoder"), RECONSTRUCTIONS, False) == NO_ENCODER
    assert missing(without(model, "encoder"), REAL, False) == ""
    arriving = replace(model, encoded=None)
    assert missing(arriving, REAL, True) == missing(arriving, RECONSTRUCTIONS, True) == ENCODING
    assert missing(arriving, RECONSTRUCTIONS, False) == NOT_ENCODED
    assert missing(arriving, REAL, False) == ""  # they are shown all the same
    foreign = replace(model, bundle=replace(model.bundle, shows_digits=False))
    assert missing(foreign, REAL, False) == missing(foreign, RECONSTRUCTIONS, False) == NO_REAL
    assert missing(foreign, PRIOR, False) == ""


def test_without_companions_there_are_pictures_without_figures(model):
    bare = without(model, "encoder", "classifier", "density")
    real, prior = draw_set(bare, REAL, 5), draw_set(bare, PRIOR, 5)
    assert real.z is None
    assert real.answers is prior.answers is None
    assert prior.confidence is prior.classes is prior.shares(10) is None
    assert real.label_shares(10).sum() == pytest.approx(1.0)
    np.testing.assert_array_equal(prior.of_class(3), np.arange(SIZE))


def test_digits_that_were_trained_on_are_never_called_unseen(model):
    assert split_of(model) is MNIST
    assert split_of(trained_on(model, None)) is MNIST
    assert split_of(trained_on(model, "emnist-digits")) is None
    sample = trained_on(model, "sample")
    split = split_of(sample)
    assert split is SPLITS["sample"]
    assert draw_set(sample, REAL, 5).numbers.min() >= 9000
    training = read_training(split, lambda fraction: None)
    images, _ = bundled_digits()
    np.testing.assert_array_equal(training.images[:, 0], images[:9000])
    assert len(training.unseen.distances) == 1000
    assert training.unseen.distances.min() > 0


def test_the_reference_is_every_fourth_test_digit(training, smooth, model):
    images, labels = bundled_digits()
    training_images, _ = bundled_train_digits()
    np.testing.assert_array_equal(training.images[:, 0], training_images)
    np.testing.assert_array_equal(training.unseen.labels, labels[::4])
    for place in (0, 1234, 2499):
        _, least = training.neighbours.nearest(images[4 * place][None], 1)
        assert training.unseen.distances[place] == pytest.approx(least[0])
    decoded = model.decoder.decode_uint8(model.encoded.mu[4 * 1234][None])
    assert smooth.distances[1234] == pytest.approx(training.neighbours.nearest(decoded[0], 1)[1][0])
    assert smooth_reference(without(model, "encoder"), training, lambda fraction: None) is None


def test_every_picture_gets_its_nearest_training_digit(sets, training):
    shares = []
    found = with_neighbours(sets[LEARNED], training, shares.append)
    assert sets[LEARNED].distances is None
    for place in (0, 17, 999):
        indices, distances = training.neighbours.nearest(found.images[place], 1)
        assert found.nearest[place] == indices[0]
        assert found.distances[place] == pytest.approx(distances[0])
    assert shares == sorted(shares)


def test_the_shipped_model_shows_no_sign_of_copies(sets, training, smooth, model):
    found = with_neighbours(sets[LEARNED], training, lambda fraction: None)
    text = words_about_all(found, training, smooth)
    assert text.endswith("no sign of copies.")
    assert percent(training.unseen.pairs_nearer(found.distances)) in text
    assert percent(smooth.pairs_nearer(found.distances)) in text
    alone = words_about_all(found, training, None)
    assert alone.endswith("smooth pictures are nearer to everything.")


def test_a_model_that_repeats_its_training_digits_is_found_out(sets, training, smooth):
    copies = replace(sets[LEARNED], images=training.images[:SIZE])
    found = with_neighbours(copies, training, lambda fraction: None)
    assert words_about_all(found, training, smooth).endswith("there may be copies.")
    names = tuple("0123456789")
    text = words_about_one(found, 0, names, training, smooth)
    assert text.startswith("0.00 from the nearest of 10,000 (of 60,000) training digits.")
    assert text.endswith("suspicious. Compare the two.")


def test_the_words_about_a_picture_place_it_among_its_class(sets, training, smooth):
    names = tuple("0123456789")
    for name in SETS:
        found = with_neighbours(sets[name], training, lambda fraction: None)
        place, label = 3, int(found.classes[3])
        distance = found.distances[place]
        text = words_about_one(found, place, names, training, smooth)
        assert text.startswith(f"{distance:.2f} from")
        assert (
            f"{percent(training.unseen.share_nearer(distance, label))} of real test {label}s"
            in (text)
        )
        judged = smooth.share_nearer(distance, label)
        assert f"{percent(judged)} of their reconstructions" in text
        assert ("never trained on" in text) == (name == REAL)
        assert ("copy" in text) == (name in (PRIOR, LEARNED) and judged >= SUSPICIOUS)


def test_what_the_comparison_cannot_see_is_said(training):
    assert "50,000 training digits are not bundled" in words_about_limits(training, True)
    assert "training on MNIST is assumed" in words_about_limits(training, False)
    whole = replace(training, split=SPLITS["sample"])
    assert "not bundled" not in words_about_limits(whole, True)


def test_no_share_is_rounded_to_all_or_nothing():
    shares = (0, 0.001, 0.02, 0.996, 1.0)
    assert [percent(share) for share in shares] == ["0%", "under 1%", "2%", "over 99%", "100%"]
