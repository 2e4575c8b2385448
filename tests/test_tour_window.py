"""The tour over the real window, which stays usable, and at its smallest and largest."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Iterator

import pytest

from explorer.state import ExplorerState
from explorer.theme import Theme, create_root
from explorer.tour import CARDS, WIDTH, Tour
from explorer.window import MIN_SIZE, SIZE, MainWindow
from tests.interaction import drag, press


def anchors(window: MainWindow) -> dict[str, tk.Misc]:
    return {
        "digit": window.digit,
        "gauges": window.point.gauges,
        "sliders": window.sliders,
        "pages": window.notebook,
        "shelf": window.shelf,
    }


def box_of(widget: tk.Misc) -> tuple[int, int, int, int]:
    left, top = widget.winfo_rootx(), widget.winfo_rooty()
    return left, top, left + widget.winfo_width(), top + widget.winfo_height()


# ---- in a window of its own: before the real one, as the theme library knows one root at a time -


@pytest.fixture(params=[1.0, 2.0])
def alone(request, interpreters) -> Iterator[tuple[tk.Tk, Tour]]:
    """A tour over an empty window, at 96 and at 192 dpi."""
    root = create_root("Alone", scaling=request.param)
    root.geometry("1024x640")
    root.deiconify()
    root.update()
    theme = Theme(root)
    names = {name: root for card in CARDS for name in card.anchors}
    tour = Tour(root, theme, ExplorerState(6), names, on_end=lambda: None)
    tour.start()
    root.update()
    assert tour.card.winfo_width() == theme.px(WIDTH) == round(WIDTH * request.param)
    yield root, tour
    if root.children:
        root.destroy()


def test_all_of_a_card_is_seen(alone):
    root, tour = alone
    for _ in CARDS:
        root.update()
        width, height = tour.card.winfo_width(), tour.card.winfo_height()
        for child in tour.card.winfo_children():
            assert 0 <= child.winfo_x() <= width - child.winfo_reqwidth()
            assert 0 <= child.winfo_y() <= height - child.winfo_reqheight()
        tour.next()


def test_closing_the_window_during_it_raises_nothing(alone):
    root, tour = alone
    root.geometry("800x600")
    root.event_generate("<Configure>")  # so that a placement is due
    root.destroy()
    assert tour.card is None


# ---- in the real window --------------------------------------------------------------------------


@pytest.fixture
def tour(window) -> Iterator[Tour]:
    tour = Tour(window.root, window.theme, window.state, anchors(window), on_end=lambda: None)
    tour.start()
    window.root.update()
    yield tour
    tour.end()
    window.root.update()


def test_the_window_stays_usable_behind_every_card(window, tour, pump):
    for index in range(len(CARDS)):
        assert tour.index == index
        pump(lambda: window.settled)
        slider, z = window.sliders.sliders[0], window.state.z
        middle, y = slider.winfo_width() // 2, slider.winfo_height() // 2
        drag(slider, (middle, y), (middle + 20, y))
        assert window.state.z != z
        z = window.state.z
        press(tour.next_button, "r")
        assert window.state.z != z
        press(tour.next_button, "b")
        assert len(window.state.bookmarks) == index + 1
        press(tour.next_button, "Right")
    assert tour.index is None


def test_the_escape_that_skips_it_is_not_the_windows(window, tour):
    window.sliders.sliders[1].focus_force()
    tour.end()
    tour.start()
    press(tour.next_button, "Escape")
    assert str(window.root.tk.call("focus")) == str(window.sliders.sliders[1])


@pytest.mark.parametrize("size", [MIN_SIZE, SIZE])
def test_every_card_is_in_the_window_and_beside_its_subject(window, tour, size, pump):
    before = window.root.winfo_width(), window.root.winfo_height()
    window.root.geometry("{}x{}".format(*size))
    pump(lambda: (window.root.winfo_width(), window.root.winfo_height()) == size)
    window.root.update()
    for card in CARDS:
        window.root.update()
        left, top, right, bottom = box_of(tour.card)
        room = box_of(window.root)
        assert room[0] <= left < right <= room[2]
        assert room[1] <= top < bottom <= room[3]
        subject = box_of(anchors(window)[card.anchors[0]])
        beside = right <= subject[0] or subject[2] <= left
        assert beside or bottom <= subject[1] or subject[3] <= top
        tour.next()
    window.root.geometry("{}x{}".format(*before))
    pump(lambda: (window.root.winfo_width(), window.root.winfo_height()) == before)
