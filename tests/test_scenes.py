"""The scenes of the README's pictures still show what they are named after."""

from __future__ import annotations

import pytest

from tools.scenes import BOOKMARKS, SCENES


@pytest.fixture
def play(window, settle):
    """Play a scene in the real window, and tidy up after it."""

    def play(name: str) -> None:
        SCENES[name](window)
        settle()

    yield play
    for slider in window.sliders.sliders:
        slider.event_generate("<Leave>", x=1, y=1)
    window.digit.event_generate("<Leave>", x=1, y=1)
    window.pages["sweep"].enlarge(None)
    window.tour.end()


def test_influence(window, play):
    play("influence")
    assert window.digit.shown_influence is not None
    assert len(window.state.bookmarks) == len(BOOKMARKS)


def test_pixel(window, play):
    play("pixel")
    assert window.digit.probe is not None
    arrows = [slider.itemcget(slider._arrow, "state") for slider in window.sliders.sliders]
    assert "normal" in arrows


def test_axes(window, play):
    play("axes")
    assert window.sliders.local
    assert window.sliders.sliders[-1].locked


def test_dimension(window, play):
    play("dimension")
    assert window.pages["sweep"].request.dimension == 3


def test_tour(window, play):
    play("tour")
    assert window.tour.card.winfo_viewable()
