"""The Classes view: the digits of each cell, where they lead, and the comparison with pixels."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from explorer.kept_statistics import KeptStatistics
from explorer.statistics_sample import Sample
from explorer.views.classes import MOST_DIGITS, ClassesView
from explorer.worker import Cancelled
from tests.draw_parts import settle
from tests.interaction import click, press
from vae.clusters import PixelAccuracy, clusters, pixel_accuracy


@pytest.fixture(scope="module")
def kept_folder(tmp_path_factory) -> Path:
    """What one test has measured is known to the next."""
    return tmp_path_factory.mktemp("statistics")


@pytest.fixture
def sample(model, kept_folder) -> Sample:
    chosen = Sample(KeptStatistics(kept_folder))
    chosen.choose(n=1000, seed=4)
    chosen.set_encoded(model)
    return chosen


@pytest.fixture
def view(stage, desk, sample) -> ClassesView:
    view = ClassesView(stage.frame, desk.context, sample)
    stage.show(view, 610, 430)
    return view


@pytest.fixture
def shown(view, desk, pump) -> ClassesView:
    settle(pump, view, desk)
    view.update()
    return view


def choose(view: ClassesView, row: int, column: int) -> None:
    left, top, right, bottom = view.grid_.box_of(row * 10 + column)
    click(view.grid_, (left + right) // 2, (top + bottom) // 2)


def click_digit(view: ClassesView, index: int, button: int = 1) -> None:
    left, top, right, bottom = view.digits.box_of(index)
    click(view.digits, (left + right) // 2, (top + bottom) // 2, button=button)


def test_the_figures_are_those_of_the_chosen_digits(shown, sample):
    posteriors = sample.posteriors
    expected = clusters(posteriors.mu, posteriors.labels, 10)
    np.testing.assert_array_equal(shown.grid_.counts, expected.confusion)
    for texts, right, silhouette in zip(
        shown.grid_.figures, expected.class_accuracies, expected.class_silhouettes, strict=True
    ):
        assert texts == (f"{100 * right:.1f}", f"{silhouette:.2f}")
    assert f"{100 * expected.accuracy:.1f} of 100 images" in shown.sentence.text
    assert f"Mean silhouette {expected.silhouette:.2f}" in shown.sentence.text


def test_the_worst_pair_is_shown_first_and_the_arrows_lead_to_the_next(shown):
    pairs = shown.clusters.pairs()
    assert shown.grid_.chosen == pairs[0][:2]
    assert str(shown.steps[-1]["state"]) == "disabled"
    for pair in pairs[1:]:
        shown.steps[1].invoke()
        assert shown.grid_.chosen == pair[:2]
        assert len(shown.members) == pair[2]
    assert str(shown.steps[1]["state"]) == "disabled"
    shown.steps[-1].invoke()
    assert shown.grid_.chosen == pairs[-2][:2]


def test_a_cell_shows_its_digits_and_their_images(shown, model, sample):
    true, taken_for, count = shown.clusters.pairs()[2]
    choose(shown, true, taken_for)
    assert len(shown.members) == count == shown.digits.count
    assert (model.encoded.labels[shown.members] == true).all()
    np.testing.assert_array_equal(shown.digits.pixels, model.encoded.images[shown.members])
    assert set(shown.members) <= set(sample.posteriors.indices)
    assert shown.heading.cget("text") == f"{true}, taken for {taken_for}"
    assert f"{count} of " in shown.count.cget("text")


def test_a_cell_of_many_digits_shows_the_first_and_says_so(shown):
    choose(shown, 1, 1)
    assert shown.digits.count == MOST_DIGITS
    assert f"; here {MOST_DIGITS}" in shown.count.cget("text")
    assert shown.heading.cget("text") == "1, taken for itself"


def test_an_empty_cell_says_so_and_the_arrow_leads_back_to_the_worst(shown):
    row, column = map(int, np.argwhere(shown.clusters.confusion == 0)[0])
    choose(shown, row, column)
    assert shown.digits.count == 0
    assert len(shown.members) == 0
    shown.steps[1].invoke()
    assert shown.grid_.chosen == shown.clusters.pairs()[0][:2]


def test_a_digit_becomes_the_current_point_and_shows_what_it_is_taken_for(shown, desk, model):
    click_digit(shown, 1)
    number = shown.members[1]
    np.testing.assert_allclose(desk.adopted[-1], model.encoded.mu[number])
    digit, neighbour = shown.pair.tiles
    true, taken_for = shown.grid_.chosen
    assert digit.title == f"#{number}, {true}"
    np.testing.assert_array_equal(digit.pixels, model.encoded.images[number])
    other = int(neighbour.title[1:].split(",")[0])
    assert model.encoded.labels[other] == taken_for
    away = np.linalg.norm(model.encoded.mu[other] - model.encoded.mu[number])
    assert neighbour.caption == f"{away:.2f} away"
    assert shown.digits.marked == 1


def test_its_neighbour_becomes_the_current_point_too(shown, desk, model):
    click_digit(shown, 0)
    press(shown.pair, "Right")
    press(shown.pair, "Return")
    other = int(shown.pair.tiles[1].title[1:].split(",")[0])
    np.testing.assert_allclose(desk.adopted[-1], model.encoded.mu[other])


def test_the_keys_do_what_the_mouse_does(shown, desk, model):
    press(shown.grid_, "Left")
    press(shown.grid_, "Return")
    row, column = shown.clusters.pairs()[0][:2]
    assert shown.grid_.chosen == (row, column - 1)
    choose(shown, 1, 1)
    press(shown.digits, "Right")
    press(shown.digits, "Return")
    np.testing.assert_allclose(desk.adopted[-1], model.encoded.mu[shown.members[1]])


def test_a_digit_can_be_drawn(shown, desk):
    assert str(shown.draw["state"]) == "disabled"
    click_digit(shown, 0)
    shown.draw.invoke()
    assert desk.opened == [shown.members[0]]


def test_the_menu_of_a_digit_adopts_draws_and_shelves(shown, desk, model, monkeypatch):
    monkeypatch.setattr(shown.menu, "tk_popup", lambda x, y: None)
    click_digit(shown, 1, button=3)
    number = shown.members[1]
    assert not desk.adopted
    for entry in range(3):
        shown.menu.invoke(entry)
    np.testing.assert_allclose(desk.adopted[0], model.encoded.mu[number])
    assert desk.opened == [number]
    ((points, names),) = desk.shelved
    np.testing.assert_allclose(points[0], model.encoded.mu[number])
    assert names == [f"real {model.encoded.labels[number]} #{number}"]


def test_pixels_are_compared_when_asked_for_and_the_answer_is_kept(
    stage, desk, model, pump, tmp_path
):
    def opened() -> tuple[ClassesView, Sample]:
        """As in the next window."""
        sample = Sample(KeptStatistics(tmp_path))
        sample.choose(n=1000, seed=4)
        sample.set_encoded(model)
        view = ClassesView(stage.frame, desk.context, sample)
        stage.show(view, 610, 430)
        settle(pump, view, desk)
        return view, sample

    view, sample = opened()
    assert "pixels" not in view.sentence.text
    view.pixels.invoke()
    assert not view.settled
    assert str(view.pixels["state"]) == "disabled"
    settle(pump, view, desk)
    posteriors = sample.posteriors
    expected = pixel_accuracy(model.encoded.images[posteriors.indices], posteriors.labels)
    text = f"With all 784 pixels in place of 6 latent numbers it is {100 * expected.accuracy:.1f}."
    assert text in view.sentence.text
    assert str(view.pixels["state"]) == "disabled"
    assert text in opened()[0].sentence.text


def test_a_comparison_that_is_cancelled_can_be_asked_for_again(shown, desk, pump, monkeypatch):
    def never(*arguments: object) -> None:
        raise Cancelled

    monkeypatch.setattr("explorer.views.classes.run_apart", never)
    shown.pixels.invoke()
    settle(pump, shown, desk)
    assert "pixels" not in shown.sentence.text
    assert str(shown.pixels["state"]) == "normal"


def test_without_an_encoder_it_says_why_and_recovers(shown, sample, model, desk, pump):
    sample.set_encoded(replace(model, bundle=replace(model.bundle, encoder=None), encoded=None))
    settle(pump, shown, desk)
    assert "without an encoder" in shown.note.cget("text")
    assert not shown.grid_.winfo_ismapped()
    assert shown.members.size == 0
    sample.set_encoded(model)
    settle(pump, shown, desk)
    shown.update()
    assert shown.grid_.winfo_ismapped()
    assert not shown.note.winfo_ismapped()


def test_other_digits_are_measured_anew(shown, sample, desk, pump):
    before = shown.clusters
    sample.choose(seed=5)
    settle(pump, shown, desk)
    assert shown.clusters is not before
    sample.choose(seed=4)
    assert shown.clusters is before  # at hand, at once


def test_nothing_is_measured_before_somebody_looks(stage, desk, sample):
    view = ClassesView(stage.frame, desk.context, sample)
    stage.root.update()
    assert not desk.worker.busy
    assert view.settled
    assert view.clusters is None


def test_the_cell_returns_with_a_session(stage, desk, sample, shown, pump):
    choose(shown, 3, 5)
    kept = shown.settings()
    other = ClassesView(stage.frame, desk.context, sample)
    other.apply_settings(kept)
    stage.show(other, 610, 430)
    settle(pump, other, desk)
    assert other.grid_.chosen == (3, 5)
    for odd in (None, [1], [1, 2, 3], ["1", 2], [True, 2], [99, 0], [-1, 0], {"a": 1}):
        other.apply_settings({"cell": odd})
    other.apply_settings({})
    assert other.grid_.chosen == (3, 5)


def test_a_cell_that_is_not_there_gives_way_to_the_worst(view, desk, pump):
    view.apply_settings({"cell": [40, 41]})
    settle(pump, view, desk)
    assert view.grid_.chosen == view.clusters.pairs()[0][:2]


def test_classes_with_names_are_called_by_them(stage, desk, model, pump):
    names = tuple(f"thing {i}" for i in range(10))
    sample = Sample()
    sample.choose(n=1000)
    sample.set_encoded(replace(model, bundle=replace(model.bundle, class_names=names)))
    view = ClassesView(stage.frame, desk.context, sample)
    stage.show(view, 610, 430)
    settle(pump, view, desk)
    true, taken_for, _ = view.clusters.pairs()[0]
    assert view.heading.cget("text") == f"thing {true}, taken for thing {taken_for}"
    assert f"thing {true} taken for thing {taken_for}" in view.sentence.text


def test_other_digits_chosen_while_pixels_are_compared_can_be_compared_after_it(
    shown, sample, desk, pump, monkeypatch
):
    gate = threading.Event()

    def slow(job, function, *arguments):
        if function is pixel_accuracy:
            gate.wait(10)
            return PixelAccuracy(1000, 10, 0.5)
        return function(*arguments)

    monkeypatch.setattr("explorer.views.classes.run_apart", slow)
    for seed in (7, 8):  # the figures of 7 are at hand when it is chosen again
        sample.choose(seed=seed)
        settle(pump, shown, desk)
    shown.pixels.invoke()
    sample.choose(seed=7)
    assert str(shown.pixels["state"]) == "disabled"
    gate.set()
    settle(pump, shown, desk)
    assert not any("running already" in words for words in desk.told)
    assert "pixels" not in shown.sentence.text
    assert str(shown.pixels["state"]) == "normal"
    sample.choose(seed=8)
    settle(pump, shown, desk)
    assert "it is 50.0." in shown.sentence.text
