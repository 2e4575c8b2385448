"""The second model: opened, replaced, swapped and kept beside the window's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from explorer.model import learn_statistics, open_model, survey
from explorer.second_model import SecondModel, short_names
from tests.second_models import renamed_copy, renamed_point


@pytest.fixture(scope="module")
def renamed(weights_path, tmp_path_factory) -> Path:
    """The shipped model with other names for its dimensions."""
    return renamed_copy(weights_path, tmp_path_factory.mktemp("second") / "renamed")


@pytest.fixture
def opened() -> list[Path]:
    """The weights that the window was asked to open."""
    return []


@pytest.fixture
def second(desk, dialogs, model, opened) -> SecondModel:
    context = replace(desk.context, open_weights=opened.append, open_path=lambda *_: dialogs.path)
    second = SecondModel(context)
    second.set_first(model)
    return second


@pytest.fixture
def rest(desk, second, pump) -> Callable[[], None]:
    """Wait until nothing is being opened any more."""
    return lambda: pump(lambda: not second.busy and not desk.worker.busy, what="all is opened")


def test_nothing_is_open_at_first(second):
    assert (second.model, second.encoded, second.path, second.busy) == (None, None, None, False)
    assert second.settings() == {"path": None}


def test_it_is_opened_surveyed_and_encoded_as_the_windows_own(second, renamed, rest, model):
    told = []
    second.subscribe(lambda: told.append((second.path, second.encoded is not None)))
    second.open(renamed)
    assert second.busy
    rest()
    assert told == [(renamed, False), (renamed, True)]
    assert second.model.presets.shape == model.presets.shape
    points = [renamed_point(mu) for mu in model.encoded.mu[:20]]
    assert second.encoded.mu[:20] == pytest.approx(np.array(points), abs=1e-5)
    expected = model.decoder.decode(model.encoded.mu[:20])
    assert second.model.decoder.decode(np.array(points)) == pytest.approx(expected, abs=1e-5)


def test_the_same_file_as_the_first_is_an_equal_model(second, weights_path, rest, model):
    second.open(weights_path)
    rest()
    assert second.model is not model
    assert second.model.bundle.sha256 == model.bundle.sha256
    assert np.array_equal(second.encoded.mu, model.encoded.mu)


def test_the_dialog_opens_what_is_chosen_and_cancel_changes_nothing(second, dialogs, renamed, rest):
    second.ask()
    assert not second.busy
    dialogs.path = renamed
    second.ask()
    rest()
    assert second.path == renamed


@pytest.mark.parametrize("content", [None, b"", b"not weights"])
def test_a_bad_file_is_told_in_words_and_the_former_model_stays(
    second, dialogs, renamed, rest, desk, tmp_path, content
):
    second.open(renamed)
    rest()
    former = second.model
    bad = tmp_path / "bad.pt"
    if content is not None:
        bad.write_bytes(content)
    second.open(bad)
    rest()
    assert second.model is former
    (error,) = dialogs.errors
    dialogs.errors.clear()
    assert str(bad) in error
    assert "Second model not opened" in desk.told[-1]


def test_of_two_that_are_asked_for_the_last_is_opened(second, renamed, weights_path, rest):
    second.open(weights_path)
    second.open(renamed)
    rest()
    assert second.path == renamed


def test_closing_also_stops_what_is_being_opened(second, renamed, weights_path, rest):
    second.open(renamed)
    rest()
    told = []
    second.subscribe(lambda: told.append(second.path))
    second.open(weights_path)
    second.close()
    rest()
    assert second.model is None
    assert told == [None]


def test_nobody_is_told_after_unsubscribing(second, renamed, rest):
    told = []
    unsubscribe = second.subscribe(lambda: told.append(second.path))
    unsubscribe()
    unsubscribe()
    second.open(renamed)
    rest()
    assert told == []


def test_it_stays_when_the_window_opens_other_weights(second, renamed, weights_path, rest):
    second.open(renamed)
    rest()
    kept = second.model
    second.set_first(open_model(weights_path))
    assert second.model is kept


def test_swapping_gives_each_the_place_of_the_other(second, renamed, rest, model, opened):
    second.swap()
    assert opened == []  # there is no second model yet
    second.open(renamed)
    rest()
    second.swap()
    rest()
    assert opened == [renamed]
    assert second.path == renamed  # until the window has opened it
    other = survey(open_model(renamed))
    second.set_first(other)
    assert second.model is model
    assert second.first is other
    rest()
    assert second.encoded is model.encoded


def test_a_swap_keeps_what_is_learned_of_the_first_meanwhile(second, renamed, weights_path, rest):
    first = open_model(weights_path)
    second.set_first(first)
    second.open(renamed)
    rest()
    second.swap()
    rest()
    encoded = learn_statistics(first)
    second.set_first(encoded)
    second.set_first(open_model(renamed))
    assert second.model is encoded


def test_a_swap_is_off_when_other_weights_come_or_another_second_is_asked_for(
    second, renamed, weights_path, rest, model, tmp_path
):
    second.open(renamed)
    rest()
    second.swap()
    rest()
    second.set_first(open_model(weights_path))
    second.set_first(open_model(renamed))
    assert second.path == renamed
    second.set_first(model)
    second.swap()
    rest()
    second.open(weights_path)
    rest()
    second.set_first(open_model(renamed))
    assert second.path == weights_path


def test_two_equal_files_are_not_swapped(second, weights_path, rest, opened, desk):
    second.open(weights_path)
    rest()
    second.swap()
    rest()
    assert opened == []
    assert desk.told[-1] == "Both are the same weights."


@pytest.mark.parametrize("gone", [True, False])
def test_a_file_that_has_changed_since_is_not_swapped(
    second, weights_path, rest, opened, desk, tmp_path, gone
):
    path = renamed_copy(weights_path, tmp_path / "changing")
    second.open(path)
    rest()
    if gone:
        path.unlink()
    else:
        path.write_bytes(weights_path.read_bytes())
    second.swap()
    rest()
    assert opened == []
    assert str(path) in desk.told[-1]


def test_the_path_goes_through_a_session(second, renamed, rest, desk, model):
    second.open(renamed)
    rest()
    kept = second.settings()
    assert kept == {"path": str(renamed)}
    before = second.model
    second.apply_settings(kept)
    assert not second.busy
    assert second.model is before
    second.apply_settings({"path": None})
    assert second.model is None
    second.apply_settings(kept)
    rest()
    assert second.path == renamed


def test_a_file_of_a_session_that_is_gone_is_said_without_a_dialog(
    second, dialogs, renamed, rest, desk, tmp_path
):
    second.open(renamed)
    rest()
    second.apply_settings({"path": str(tmp_path / "gone.pt")})
    rest()
    assert dialogs.errors == []
    assert str(tmp_path / "gone.pt") in desk.told[-1]
    assert second.path == renamed


@pytest.mark.parametrize(
    "bad", [{}, {"path": 3}, {"path": ["a"]}, {"path": ""}, {"path": "\ud800"}]
)
def test_settings_that_mean_nothing_change_nothing(second, renamed, rest, bad):
    second.open(renamed)
    rest()
    second.apply_settings(bad)
    assert not second.busy
    assert second.path == renamed


@pytest.mark.parametrize(
    ("first", "other", "names"),
    [
        ("/a/decoder.pt", "/a/other.pt", ("decoder.pt", "other.pt")),
        ("/a/one/d.pt", "/a/two/d.pt", ("one", "two")),
        ("/a/one/x/d.pt", "/a/two/x/d.pt", ("one", "two")),
        ("/a/d.pt", "/a/b/d.pt", ("a", "b")),
        ("/a/d.pt", "/a/d.pt", ("d.pt", "d.pt")),
        ("/d.pt", "/b/d.pt", ("/", "b")),
    ],
)
def test_names_are_as_short_as_tells_them_apart(first, other, names):
    assert short_names(Path(first), Path(other)) == names
