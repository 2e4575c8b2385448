"""The tour: its cards, where they stand, its keys, and the window that stays usable behind it."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from explorer.state import ExplorerState
from explorer.theme import Theme
from explorer.tour import CARDS, MARGIN, WIDTH, Tour, beside, numbers_make
from tests.interaction import click, press

# Where the parts of the window are, in pixels of a stage of 900 x 700: (x, y, width, height).
PARTS = {
    "digit": (10, 10, 200, 200),
    "gauges": (220, 10, 100, 200),
    "sliders": (10, 260, 310, 300),
    "pages": (330, 0, 570, 620),
    "shelf": (0, 620, 900, 80),
}


@dataclass
class Scene:
    """A tour over a stage with a frame for each part of the window."""

    tour: Tour
    root: tk.Tk
    theme: Theme
    state: ExplorerState
    parts: dict[str, tk.Frame]
    ended: list[bool]

    @property
    def title(self) -> str:
        return self.tour.card.winfo_children()[0].cget("text")

    @property
    def focus(self) -> str:
        return str(self.root.tk.call("focus"))

    @property
    def placed(self) -> set[tk.Misc]:
        """What lies over the content of the window."""
        return set(self.root.place_slaves())

    def outlined(self, part: str) -> bool:
        """Whether four thin frames lie around a part, as far as the window reaches."""
        left, top, right, bottom = box_of(self.parts[part])
        sides = (
            (left, top, right, top),
            (left, bottom, right, bottom),
            (left, top, left, bottom),
            (right, top, right, bottom),
        )
        lines = [box_of(edge) for edge in self.placed - {self.tour.card}]
        return all(any(near(line, side) for line in lines) for side in sides)


def near(a: tuple[int, ...], b: tuple[int, ...], pixels: int = 6) -> bool:
    return all(abs(one - other) <= pixels for one, other in zip(a, b, strict=True))


def box_of(widget: tk.Misc) -> tuple[int, int, int, int]:
    root = widget.winfo_toplevel()
    left, top = widget.winfo_rootx() - root.winfo_rootx(), widget.winfo_rooty() - root.winfo_rooty()
    return left, top, left + widget.winfo_width(), top + widget.winfo_height()


def overlap(a: tuple[int, int, int, int], b: tuple[int, int, int, int]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


@pytest.fixture
def scene(stage) -> Iterator[Scene]:
    parts = {name: tk.Frame(stage.frame, takefocus=True) for name in PARTS}
    for name, (x, y, width, height) in PARTS.items():
        parts[name].place(x=x, y=y, width=width, height=height)
    stage.root.focus_force()
    stage.root.update()
    state = ExplorerState(6)
    ended: list[bool] = []
    tour = Tour(stage.root, stage.theme, state, parts, on_end=lambda: ended.append(True))
    yield Scene(tour, stage.root, stage.theme, state, parts, ended)
    tour.end()
    stage.root.update()


def show(scene: Scene, index: int) -> None:
    scene.tour.start()
    for _ in range(index):
        scene.tour.next()
    scene.root.update()


# ---- the cards -----------------------------------------------------------------------------------


def test_it_shows_nothing_before_it_is_started(scene):
    assert scene.tour.card is None
    assert scene.tour.index is None
    assert scene.placed == set()
    scene.tour.end()
    assert scene.ended == []


def test_four_cards_one_after_the_other(scene):
    titles = []
    scene.tour.start()
    while scene.tour.index is not None:
        scene.root.update()
        titles.append(scene.title)
        assert f"{len(titles)} of 4" in texts(scene)
        last = len(titles) == 4
        assert scene.tour.next_button.cget("text") == ("Done" if last else "Next")
        assert scene.tour.back_button.instate(["disabled"]) == (len(titles) == 1)
        assert scene.tour.skip_button.instate(["disabled"]) == last
        scene.tour.next_button.invoke()
    assert len(set(titles)) == len(titles) == len(CARDS) == 4
    assert scene.ended == [True]
    assert scene.placed == set()


def test_back_shows_the_card_before(scene):
    show(scene, 2)
    scene.tour.back_button.invoke()
    assert scene.tour.index == 1
    scene.tour.back()
    scene.tour.back()
    assert scene.tour.index == 0


def test_skip_ends_it(scene):
    show(scene, 1)
    scene.tour.skip_button.invoke()
    assert scene.tour.card is None
    assert scene.ended == [True]
    assert scene.placed == set()


def test_a_second_start_begins_anew_with_one_card(scene):
    show(scene, 2)
    card = scene.tour.card
    scene.tour.start()
    scene.root.update()
    assert scene.tour.card is card
    assert scene.tour.index == 0
    assert scene.ended == []
    scene.tour.end()
    show(scene, 0)
    assert scene.tour.index == 0
    scene.tour.end()
    assert scene.ended == [True, True]


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (1, "One number makes"),
        (2, "Two numbers make"),
        (6, "Six numbers make"),
        (64, "64 numbers make"),
    ],
)
def test_the_first_card_counts_the_dimensions_of_the_model(scene, count, words):
    assert numbers_make(count) == words
    scene.state.reset_model(count)
    show(scene, 0)
    assert scene.title == f"{words} this digit"


def texts(scene: Scene) -> list[str]:
    return [child.cget("text") for child in scene.tour.card.winfo_children()]


# ---- where they stand ----------------------------------------------------------------------------


@pytest.mark.parametrize("index", range(len(CARDS)))
def test_a_card_stands_beside_its_subject_and_outlines_it(scene, index):
    show(scene, index)
    anchors = CARDS[index].anchors
    assert not overlap(box_of(scene.tour.card), box_of(scene.parts[anchors[0]]))
    assert {part for part in PARTS if scene.outlined(part)} == set(anchors)
    assert len(scene.placed) == 1 + 4 * len(anchors)


@pytest.mark.parametrize("size", [(900, 700), (500, 400), (1200, 800)])
def test_a_card_stays_inside_the_window_when_that_is_resized(scene, size, pump):
    before = scene.root.geometry()
    show(scene, 3)
    scene.root.geometry("{}x{}".format(*size))
    room = scene.root
    pump(lambda: (room.winfo_width(), room.winfo_height()) == size)
    for index in range(len(CARDS)):
        show(scene, index)
        left, top, right, bottom = box_of(scene.tour.card)
        assert left >= MARGIN
        assert top >= MARGIN
        assert right <= size[0] - MARGIN
        assert bottom <= size[1] - MARGIN
        assert right - left == WIDTH
    scene.root.geometry(before.partition("+")[0])
    pump(lambda: room.winfo_width() == 900)


def test_it_follows_what_it_points_at(scene, pump):
    show(scene, 0)
    before = box_of(scene.tour.card)
    scene.parts["sliders"].place(x=40, y=120)
    pump(lambda: box_of(scene.tour.card) != before)
    pump(lambda: scene.outlined("sliders"))
    assert not overlap(box_of(scene.tour.card), box_of(scene.parts["sliders"]))


def test_what_is_not_on_the_screen_is_not_outlined(scene):
    scene.parts["gauges"].place_forget()
    scene.root.update()
    show(scene, 1)
    assert scene.placed == {scene.tour.card}
    left, top, right, bottom = box_of(scene.tour.card)
    assert abs((left + right) / 2 - 450) <= 1
    assert abs((top + bottom) / 2 - 350) <= 1


@pytest.mark.parametrize(
    ("box", "corner"),
    [
        ((0, 0, 100, 100), (110, 5)),  # right, and not above the margin
        ((0, 480, 100, 500), (110, 395)),  # right, and not below the margin
        ((300, 200, 500, 300), (190, 200)),  # left: there is no room on the right
        ((0, 300, 500, 500), (200, 190)),  # above: it is as wide as the room
        ((0, 0, 500, 100), (200, 110)),  # below
        ((0, 0, 500, 500), (200, 200)),  # over it: it fills the room
    ],
)
def test_right_then_left_then_above_then_below_then_over(box, corner):
    assert beside(box, size=(100, 100), room=(500, 500), gap=10, margin=5) == corner


# ---- keys and focus ------------------------------------------------------------------------------


def test_keys_turn_the_cards(scene):
    scene.tour.start()
    assert scene.focus == str(scene.tour.next_button)
    press(scene.tour.next_button, "Right")
    assert scene.tour.index == 1
    press(scene.tour.next_button, "Right")
    press(scene.tour.back_button, "Left")
    assert scene.tour.index == 1
    press(scene.tour.next_button, "Return")
    assert scene.tour.index == 2
    press(scene.tour.back_button, "Return")
    assert scene.tour.index == 1
    press(scene.tour.back_button, "Left")
    press(scene.tour.back_button, "Left")
    assert scene.tour.index == 0


def test_escape_skips(scene):
    show(scene, 1)
    press(scene.tour.next_button, "Escape")
    assert scene.tour.card is None
    assert scene.ended == [True]


def test_right_on_the_last_card_ends_it(scene):
    show(scene, 3)
    press(scene.tour.next_button, "Right")
    assert scene.ended == [True]


def test_tab_reaches_every_button(scene):
    show(scene, 1)
    visited = []
    widget = scene.tour.skip_button
    for _ in range(3):
        visited.append(widget)
        widget = widget.tk_focusNext()
    assert visited == [scene.tour.skip_button, scene.tour.back_button, scene.tour.next_button]
    assert not str(widget).startswith(str(scene.tour.card))  # and leaves the card again


def test_the_keyboard_goes_on_when_its_button_is_of_no_more_use(scene):
    show(scene, 1)
    scene.tour.back_button.focus_force()
    scene.tour.back_button.invoke()
    scene.root.update()
    assert scene.focus == str(scene.tour.next_button)
    scene.tour.next()
    scene.tour.next()
    scene.tour.skip_button.focus_force()
    scene.tour.next()
    scene.root.update()
    assert scene.focus == str(scene.tour.next_button)


def test_the_keyboard_returns_where_it_was(scene):
    scene.parts["digit"].focus_force()
    scene.root.update()
    show(scene, 0)
    scene.tour.start()  # asked for again in between
    scene.tour.end()
    scene.root.update()
    assert scene.focus == str(scene.parts["digit"])


def test_the_keyboard_goes_to_the_window_if_where_it_was_is_gone(scene):
    here = tk.Frame(scene.parts["digit"])
    here.place(x=0, y=0, width=10, height=10)
    here.focus_force()
    scene.root.update()
    show(scene, 0)
    here.destroy()
    scene.tour.end()
    scene.root.update()
    assert scene.focus == str(scene.root)


def test_the_keyboard_stays_where_the_person_has_taken_it(scene):
    show(scene, 0)
    scene.parts["sliders"].focus_force()
    scene.root.update()
    scene.tour.next()
    scene.tour.end()
    scene.root.update()
    assert scene.focus == str(scene.parts["sliders"])


def test_a_click_on_the_card_gives_it_the_keyboard(scene):
    show(scene, 0)
    scene.parts["sliders"].focus_force()
    click(scene.tour.card.winfo_children()[1])
    assert scene.focus == str(scene.tour.next_button)


# ---- the window around it ------------------------------------------------------------------------


def test_the_colours_follow_the_theme(scene):
    show(scene, 0)
    for mode in ("dark", "light"):
        scene.theme.set_mode(mode)
        scene.root.update()
        palette = scene.theme.palette
        title, text, count, *_ = scene.tour.card.winfo_children()
        assert {w.cget("background") for w in (scene.tour.card, title, text, count)} == {
            palette.surface
        }
        assert [w.cget("foreground") for w in (title, text, count)] == [
            palette.foreground,
            palette.foreground,
            palette.muted,
        ]
        edges = scene.placed - {scene.tour.card}
        assert {edge.cget("background") for edge in edges} == {palette.accent}
