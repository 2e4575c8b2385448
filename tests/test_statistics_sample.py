"""The choice of digits that the Statistics page measures: how many, which, and who is told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.kept_statistics import KeptStatistics
from explorer.statistics_sample import LAST_SEED, LEAST, MOST, Sample


@pytest.fixture
def sample(tmp_path) -> Sample:
    return Sample(KeptStatistics(tmp_path))


def test_it_tells_what_is_missing_until_the_digits_are_encoded(sample, model):
    told = []
    sample.subscribe(lambda: told.append(sample.missing))
    assert sample.missing == "The model is being opened."
    sample.set_model(model)
    sample.set_encoded(model)
    assert told == ["The real digits are being encoded.", ""]
    assert len(sample.posteriors.mu) == MOST


def test_without_an_encoder_it_says_why_there_is_nothing(sample, model):
    blind = replace(model, bundle=replace(model.bundle, encoder=None), encoded=None)
    sample.set_model(blind)
    sample.set_encoded(blind)
    assert sample.posteriors is None
    assert sample.missing.startswith("These weights came without an encoder.")


def test_the_chosen_digits_are_those_of_the_data_set(sample, model):
    sample.set_encoded(model)
    sample.choose(n=1234, seed=5)
    chosen = sample.posteriors
    assert len(chosen.indices) == len(set(chosen.indices.tolist())) == 1234
    assert (chosen.mu == model.encoded.mu[chosen.indices]).all()
    assert (chosen.std == model.encoded.std[chosen.indices]).all()
    assert (chosen.labels == model.encoded.labels[chosen.indices]).all()
    assert chosen.class_names == model.class_names
    key = chosen.key(3)
    assert (key.sha256, key.n, key.seed, key.version) == (model.bundle.sha256, 1234, 5, 3)


def test_a_seed_is_a_choice_and_a_smaller_one_lies_within_a_larger(sample, model):
    sample.set_encoded(model)

    def indices(n, seed):
        sample.choose(n=n, seed=seed)
        return sample.posteriors.indices

    assert np.array_equal(indices(2000, 0), indices(2000, 0))
    assert not np.array_equal(indices(2000, 0), indices(2000, 1))
    assert set(indices(1000, 4)) < set(indices(3000, 4))


def test_subscribers_are_told_of_changes_only_until_they_leave(sample, model):
    told = []
    leave = sample.subscribe(lambda: told.append(sample.n))
    sample.set_encoded(model)
    sample.choose(n=MOST, seed=0)  # as it is
    sample.choose(n=2000)
    leave()
    sample.choose(n=3000)
    assert told == [MOST, 2000]


@pytest.mark.parametrize("wrong", [{"n": LEAST - 1}, {"n": MOST + 1}, {"seed": -1}])
def test_a_choice_out_of_bounds_is_refused_and_changes_nothing(sample, wrong):
    with pytest.raises(ValueError, match="must be from"):
        sample.choose(**wrong)
    assert (sample.n, sample.seed) == (MOST, 0)


def test_settings_return_and_bad_ones_are_left_out_one_by_one(sample):
    sample.choose(n=2000, seed=7)
    kept = sample.settings()
    sample.choose(n=MOST, seed=0)
    sample.apply_settings(kept)
    assert sample.settings() == kept
    for odd in (None, True, "5", 2.5, -1, LAST_SEED + 1, []):
        sample.apply_settings({"digits": odd, "seed": 9})
        assert (sample.n, sample.seed) == (2000, 9)
        sample.apply_settings({"digits": 2000, "seed": odd})
        assert (sample.n, sample.seed) == (2000, 9)
