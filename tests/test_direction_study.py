"""Finding and measuring directions in small jobs: their order, and what becomes of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.direction_study import CHUNK, SET_NAMES, DirectionStudy
from explorer.worker import Cancelled
from vae.attributes import NAMES
from vae.directions import Direction, class_directions, map_directions
from vae.effects import does_what_it_says


class Desk:
    """Stands for the worker and the window: a job runs when the test says so."""

    def __init__(self) -> None:
        self.waiting = None
        self.done = 0
        self.changes = 0

    def run_job(self, kind, label, function, done, *, failed, otherwise, quiet):
        assert self.waiting is None, "a job was asked for while another one runs"
        assert quiet
        self.waiting = function, done, failed, otherwise

    def cancel(self, kind) -> None:
        if self.waiting is not None:
            (*_, otherwise), self.waiting = self.waiting, None
            otherwise()

    def progress(self, fraction: float) -> None:
        assert 0.0 <= fraction <= 1.0

    def changed(self) -> None:
        self.changes += 1

    def step(self, error: Exception | None = None) -> None:
        """Run the job that waits, or have it fail."""
        (function, done, failed, otherwise), self.waiting = self.waiting, None
        try:
            if error is not None:
                raise error
            result = function(self)
        except Cancelled:
            otherwise()
        except ValueError as problem:
            failed(problem)
            otherwise()
        else:
            done(result)
        self.done += 1

    def until(self, condition) -> None:
        while not condition():
            assert self.waiting is not None, "nothing is left to do"
            self.step()


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def study(desk) -> DirectionStudy:
    return DirectionStudy(desk.run_job, desk, desk.changed)


@pytest.fixture(scope="module")
def studied(model):
    """A study of the shipped model with all but the class pairs measured."""
    desk = Desk()
    study = DirectionStudy(desk.run_job, desk, desk.changed)
    study.open(model)
    study.set_encoded(model)
    study.go()
    desk.until(lambda: study.idle)
    return study


def one(name: str, dim: int) -> Direction:
    return Direction(name, "classes", np.eye(dim)[0], length=1.0)


def test_nothing_is_done_before_somebody_looks(study, desk, model):
    study.open(model)
    study.set_encoded(model)
    assert desk.waiting is None
    assert study.idle
    study.go()
    assert desk.waiting is not None
    assert not study.idle


def test_what_needs_no_images_is_there_first(study, desk, model):
    study.open(model)
    study.go()
    assert "classes" in study.sets
    desk.until(lambda: "sefa" in study.sets)
    assert desk.done == 1
    desk.until(lambda: "metric" in study.sets)
    assert desk.done == 3  # the samples before it
    assert study.real_share == 0.0
    expected = map_directions(model.decoder)
    for direction, other in zip(study.sets["sefa"], expected, strict=True):
        np.testing.assert_array_equal(direction.vector, other.vector)


def test_the_set_in_view_is_found_before_what_takes_longer(study, desk, model):
    study.open(model)
    study.set_encoded(model)
    study.want("ganspace", ())
    study.go()
    desk.until(lambda: "ganspace" in study.sets)
    assert study.real_share == 0.0


def test_digits_are_measured_in_chunks_so_that_other_jobs_come_between(study, desk, model):
    study.open(model)
    study.set_encoded(model)
    study.go()
    desk.until(lambda: study.real_share > 0)
    assert study.real_share == pytest.approx(CHUNK / len(model.encoded.labels))
    assert "attributes" not in study.sets


def test_in_the_end_all_is_found_and_measured(studied, model):
    assert set(studied.sets) == set(SET_NAMES) - {"mine"}
    assert studied.missing == {}
    for name, directions in studied.sets.items():
        for direction in directions:
            assert (studied.effects_of(direction) is None) == (name == "classes")
            assert not studied.waits(name, direction)
    assert [direction.name for direction in studied.sets["attributes"]] == list(NAMES)


def test_the_table_tells_what_was_measured_and_blames_nothing_else(studied):
    attributes, pairs = studied.sets["attributes"], studied.sets["classes"]
    table = studied.table([*attributes, pairs[0], replace(attributes[0], vector=pairs[0].vector)])
    for index, direction in enumerate(attributes):
        effects = studied.effects_of(direction)
        assert table.verdicts[index] is does_what_it_says(direction, effects)
        own = effects.names.index(direction.name)
        assert table.column("effect")[index] == effects.mean[own]
    assert table.verdicts[-2:] == (None, None)  # not measured is not wrong
    assert np.isnan(table.column("effect")[-2:]).all()


def test_another_model_is_studied_from_the_start_but_the_digits_stay_measured(study, desk, model):
    study.open(model)
    study.set_encoded(model)
    study.go()
    desk.until(lambda: study.real_share > 0)
    share = study.real_share
    study.open(model)
    assert study.sets.keys() == {"classes"}
    assert study.real_share == share
    desk.step()  # what was under way for the model before was dropped
    assert not study.idle


def test_when_nobody_looks_any_more_the_work_stops(study, desk, model):
    study.open(model)
    study.go()
    study.pause()
    desk.step()
    assert desk.waiting is None
    assert study.idle
    study.go()
    assert desk.waiting is not None


def test_what_the_person_cancels_stops_until_the_page_is_seen_again(study, desk, model):
    study.open(model)
    study.go()
    desk.step(Cancelled())
    assert desk.waiting is None
    assert study.idle
    study.go()
    desk.until(lambda: "sefa" in study.sets)


def test_what_is_in_view_is_measured_first(studied, model, desk):
    study = DirectionStudy(desk.run_job, desk, desk.changed)
    study._real, study._real_total = studied._real, studied._real_total
    study.open(model)
    study.set_encoded(model)
    study.go()
    mine = one("mine", model.latent_dim)
    study.want("mine", [mine])
    desk.until(lambda: study._effects)
    assert study.effects_of(mine) is not None
    assert study.effects_of(study.sets["attributes"][0]) is None


def test_pairs_are_measured_when_they_are_asked_for(studied, model, desk):
    study = DirectionStudy(desk.run_job, desk, desk.changed)
    study._real, study._real_total = studied._real, studied._real_total
    study.open(model)
    study.set_encoded(model)
    study._effects = dict(studied._effects)
    study.go()
    desk.until(lambda: study.idle)
    study.want_pairs()
    desk.step()
    assert study.effects_of(study.sets["classes"][0]) is not None
    assert study.waits("classes", study.sets["classes"][1])


def test_a_set_that_cannot_be_found_says_why_and_the_others_are_found(
    study, desk, model, monkeypatch
):
    study.open(model)
    study.go()
    desk.step(ValueError("no singular values"))
    assert "no singular values" in study.missing["sefa"]
    desk.until(lambda: "metric" in study.sets)


def test_where_digits_cannot_be_measured_it_is_said_and_nothing_is_tried_again(study, desk, model):
    study.open(model)
    study.set_encoded(model)
    study.go()
    desk.until(lambda: "metric" in study.sets)
    desk.step(ValueError("the digits are gone"))
    assert "the digits are gone" in study.missing["attributes"]
    assert "the digits are gone" in study.unmeasurable
    desk.until(lambda: study.idle)
    assert "ganspace" in study.sets


def test_a_direction_that_cannot_be_measured_is_left_out(study, desk, model, studied):
    study._real, study._real_total = studied._real, studied._real_total
    study.open(model)
    study.go()
    mine = one("mine", model.latent_dim)
    study.want("mine", [mine])
    desk.until(lambda: "ganspace" in study.sets)
    desk.step(ValueError("what"))
    assert study.effects_of(mine) is None
    assert not study.waits("mine", mine)
    desk.step()
    assert study._effects


def test_a_model_that_draws_no_digits_is_not_measured(study, desk, model):
    other = replace(
        model, bundle=replace(model.bundle, shows_digits=False), encoded=None, class_means=None
    )
    study.open(other)
    study.set_encoded(other)
    study.go()
    desk.until(lambda: study.idle)
    assert set(study.sets) == {"sefa", "metric", "ganspace"}
    assert "classifier" in study.missing["classes"]
    assert "encoded digits" in study.missing["attributes"]
    assert "handwriting" in study.unmeasurable
    assert study.real_share == 0.0


def test_two_classes_at_one_place_leave_the_page_alone(study, desk, model):
    means = np.array(model.class_means)
    means[4] = means[3]
    study.open(replace(model, class_means=means))
    assert "same mean" in study.missing["classes"]
    with pytest.raises(ValueError, match="same mean"):
        class_directions(means, model.class_names)
