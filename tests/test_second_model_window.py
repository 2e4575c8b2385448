"""The second model in the real window: opened by its button, swapped, kept in a session."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from explorer.session import load_session
from tests.interaction import press
from tests.second_models import renamed_copy, renamed_point


@pytest.fixture(scope="module")
def renamed(weights_path, tmp_path_factory) -> Path:
    """The shipped model with other names for its dimensions."""
    return renamed_copy(weights_path, tmp_path_factory.mktemp("second") / "renamed")


@pytest.fixture(scope="module")
def smaller(weights_path, tmp_path_factory) -> Path:
    """Two of the shipped model's dimensions."""
    folder = tmp_path_factory.mktemp("second") / "smaller"
    return renamed_copy(weights_path, folder, (5, 4), (1.0, 1.0), "smaller.pt")


@pytest.fixture
def page(window, dialogs, settle, renamed):
    """The Compare page with a second model, opened as a person does, at the view of both."""
    window.show_page("compare")
    page = window.pages["compare"]
    dialogs.path = renamed
    page.second_row.open_button.invoke()
    page.book.show("two_models")
    page.book.view("two_models").apply_settings({"mode": "same"})
    settle()
    assert page.second.path == renamed
    return page


def images(page) -> list[np.ndarray]:
    return [tile.pixels for tile in page.book.view("two_models").board.tiles[:2]]


def test_both_follow_a_key_on_a_slider(page, window, settle):
    slider = window.sliders.sliders[0]
    before = images(page)
    press(slider, "Shift-Right", times=3)
    settle()
    z = window.state.z
    a, b = images(page)
    assert np.array_equal(a, window.model.decoder.decode_uint8(z))
    assert np.array_equal(b, page.second.model.decoder.decode_uint8(z))
    assert not np.array_equal(a, before[0])
    assert not np.array_equal(b, before[1])


def test_swapping_shows_each_in_the_place_of_the_other(page, window, settle, model, renamed):
    first = window.model
    page.second_row.swap_button.invoke()
    settle()
    assert window.model.bundle.path == renamed
    assert page.second.model is first
    assert page.second.first is window.model
    assert page.second.encoded is not None
    window.state.set_z(renamed_point(model.encoded.mu[3]))
    page.book.view("two_models").mode_buttons["matched"].invoke()
    settle()
    a, b = images(page)
    assert np.abs(a.astype(int) - b).max() <= 1
    page.second_row.swap_button.invoke()
    settle()
    assert window.model.bundle.sha256 == model.bundle.sha256
    assert page.second.path == renamed


def test_it_stays_when_the_window_opens_weights_of_another_size(
    page, window, settle, smaller, renamed
):
    for view in ("two_models", "traversals", "losses"):
        page.book.show(view)
        settle()
    window.open_weights(smaller)
    settle()
    assert page.second.path == renamed
    assert len(page.book.view("traversals").rows) in (0, 6)  # not yet, as it is not looked at
    page.book.show("traversals")
    settle()
    assert [row.a for row in page.book.view("traversals").rows[2:]] == [None] * 4
    page.book.show("two_models")
    settle()
    view = page.book.view("two_models")
    assert view.mode == "matched"  # what the same z means in both, there is nothing to be said of
    view.mode_buttons["same"].invoke()
    settle()
    assert "A has 2 latent dimensions, B has 6" in view.board.note


def test_a_session_brings_it_back_and_says_when_its_file_is_gone(
    page, window, settle, dialogs, tmp_path, weights_path
):
    own = renamed_copy(weights_path, tmp_path / "own")
    page.second.open(own)
    page.book.view("two_models").mode_buttons["linear"].invoke()
    settle()
    file = tmp_path / "session.json"
    window.files.save_session(file)
    page.second.close()
    page.book.view("two_models").mode_buttons["same"].invoke()
    window.files.open_session(file)
    settle()
    assert page.second.path == own
    assert page.book.view("two_models").mode == "linear"
    assert load_session(file).pages["compare"]["second"] == {"path": str(own)}
    page.second.close()
    own.unlink()
    window.files.open_session(file)
    settle()
    assert page.second.model is None
    assert str(own) in str(window.status.message.cget("text"))
    assert dialogs.errors == []
