"""The row of cards: what is in view, where a drag lands, and that a long row costs no more."""

from __future__ import annotations

import tkinter as tk

import numpy as np
import pytest

from explorer.widgets import card_strip
from explorer.widgets.card_strip import CARD_WIDTH, END_WIDTH, GAP, Card, CardStrip
from tests.interaction import SHIFT, click, drag, press, turn_wheel

STEP = CARD_WIDTH + GAP
WIDTH = 600  # four cards and the greater part of a fifth


class Owner:
    """Who owns the strip in these tests: the names of the cards, and what was told of them."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.asked: list[int] = []
        self.told: list[tuple] = []
        self.note = "7 · 98 %"

    def cards(self, indices):
        self.asked += indices
        grey = np.full((1, 28, 28), 200, np.uint8)
        return [Card(self.names[index], self.note, grey) for index in indices]

    def move(self, index: int, to: int) -> None:
        self.told.append(("move", index, to))
        self.names.insert(to, self.names.pop(index))
        self.strip.set_names(self.names, "")

    def show(self, count: int) -> None:
        self.names = [f"card {number}" for number in range(count)]
        self.strip.set_names(self.names, "Nothing here.")
        self.strip.update()


@pytest.fixture
def owner(stage) -> Owner:
    owner = Owner()
    owner.strip = CardStrip(
        stage.frame,
        stage.theme,
        cards=owner.cards,
        on_activate=lambda index: owner.told.append(("go", index)),
        on_move=owner.move,
        on_menu=lambda index, x, y: owner.told.append(("menu", index)),
        on_hover=lambda index: owner.told.append(("hover", index)),
    )
    stage.show(owner.strip, WIDTH, 56)
    return owner


@pytest.fixture
def strip(owner) -> CardStrip:
    owner.show(10)
    owner.told.clear()
    return owner.strip


def middle(strip: CardStrip, index: int) -> tuple[int, int]:
    left, top, right, bottom = strip.box_of(index)
    return (left + right) // 2, (top + bottom) // 2


def texts(strip: CardStrip) -> list[str]:
    items = [item for item in strip.find_all() if strip.type(item) == "text"]
    return [strip.itemcget(item, "text") for item in items]


def lines(strip: CardStrip, color: str) -> list[list[float]]:
    items = [item for item in strip.find_all() if strip.type(item) == "line"]
    return [strip.coords(item) for item in items if strip.itemcget(item, "fill") == color]


def outlined(strip: CardStrip, color: str) -> list[list[float]]:
    items = [item for item in strip.find_all() if strip.type(item) == "rectangle"]
    return [strip.coords(item) for item in items if strip.itemcget(item, "outline") == color]


def asked_for(owner) -> list[tuple]:
    return [what for what in owner.told if what[0] != "hover"]


# --- what is shown --------------------------------------------------------------------------------


def test_without_cards_there_is_a_hint_and_nothing_to_stop_at(owner):
    owner.show(0)
    assert texts(owner.strip) == ["Nothing here."]
    assert not int(owner.strip["takefocus"])
    for key in ("Left", "Return", "Shift-Right", "Menu", "End"):
        press(owner.strip, key)
    click(owner.strip)
    assert asked_for(owner) == []
    owner.show(1)
    assert texts(owner.strip) == ["card 0", "7 · 98 %"]
    assert int(owner.strip["takefocus"])


def test_a_card_without_a_note_shows_its_name_alone_in_the_middle(owner):
    owner.note = ""
    owner.show(1)
    (name,) = [item for item in owner.strip.find_all() if owner.strip.type(item) == "text"][:1]
    assert owner.strip.coords(name)[1] == middle(owner.strip, 0)[1]


@pytest.mark.parametrize(
    "name", ["a slanted seven from Monday", "WWWWWWWWWWWWWWWWW", "two\nlines\tof it", "x" * 10**6]
)
def test_a_long_name_is_cut_to_the_card(owner, name):
    owner.show(2)
    owner.names = [name, name]
    owner.strip.set_names(owner.names, "")
    owner.strip.update()
    shown = texts(owner.strip)[0]
    assert shown.endswith("…")
    assert "\n" not in shown
    item = next(item for item in owner.strip.find_all() if owner.strip.type(item) == "text")
    assert owner.strip.bbox(item)[2] <= owner.strip.box_of(0)[2]


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 32, 32), (1, 10, 40), (3, 64, 8)])
def test_pictures_of_any_shape_stay_within_the_card(owner, monkeypatch, shape):
    monkeypatch.setattr(
        owner, "cards", lambda indices: [Card("a", "b", np.zeros(shape, np.uint8))] * len(indices)
    )
    owner.strip._cards = owner.cards
    owner.show(1)
    (picture,) = [item for item in owner.strip.find_all() if owner.strip.type(item) == "image"]
    left, top, right, bottom = owner.strip.bbox(picture)
    box = owner.strip.box_of(0)
    assert box[0] <= left < right <= box[2]
    assert box[1] <= top < bottom <= box[3]


def test_only_cards_in_view_are_asked_for(owner):
    owner.show(200)
    assert owner.asked == [0, 1, 2, 3, 4]
    owner.strip.see(100)
    owner.strip.update()
    assert set(owner.asked) < set(range(5)) | set(range(94, 106))
    few = len(owner.strip.find_all())
    owner.strip.see(199)
    owner.strip.update()
    assert len(owner.strip.find_all()) <= few
    assert owner.strip.more == (True, False)
    before = len(owner.asked)
    owner.strip.see(100)
    owner.strip.update()
    assert len(owner.asked) - before < 6  # what was seen once is kept


def test_both_themes(stage, strip):
    background = strip["background"]
    name = next(item for item in strip.find_all() if strip.type(item) == "text")
    colour = strip.itemcget(name, "fill")
    stage.theme.set_mode("dark")
    strip.update()
    assert strip["background"] == stage.theme.palette.background != background
    name = next(item for item in strip.find_all() if strip.type(item) == "text")
    assert strip.itemcget(name, "fill") == stage.theme.palette.foreground != colour


# --- scrolling ------------------------------------------------------------------------------------


def test_arrows_at_the_ends_show_only_where_there_is_more(owner, stage):
    owner.show(4)
    assert owner.strip.more == (False, False)
    assert lines(owner.strip, stage.theme.palette.muted) == []
    owner.show(10)
    assert owner.strip.more == (False, True)
    assert len(lines(owner.strip, stage.theme.palette.muted)) == 1
    click(owner.strip, WIDTH - 5, 28)
    assert owner.strip.more == (True, True)
    assert owner.strip.box_of(3)[0] == 0  # a page is what is in view, less one card
    assert asked_for(owner) == []
    for _ in range(3):
        click(owner.strip, WIDTH - 5, 28)
    assert owner.strip.more == (True, False)
    assert owner.strip.box_of(9)[2] == WIDTH
    for _ in range(6):
        click(owner.strip, 5, 28)
    assert owner.strip.box_of(0)[0] == 0


def test_the_wheel_scrolls_and_stops_at_the_ends(strip):
    turn_wheel(strip, -1)
    assert strip.box_of(1)[0] == 0
    turn_wheel(strip, -50)
    assert strip.box_of(9)[2] == WIDTH
    turn_wheel(strip, 2)
    assert strip.box_of(9)[2] == WIDTH + 2 * STEP
    turn_wheel(strip, 50)
    assert strip.box_of(0)[0] == 0


def test_shift_and_the_wheel_scroll_too(strip):
    if strip.tk.call("tk", "windowingsystem") == "x11":
        strip.event_generate("<ButtonPress>", button=5, state=SHIFT, x=9, y=9)
    else:
        strip.event_generate("<MouseWheel>", delta=-120, state=SHIFT, x=9, y=9)
    assert strip.box_of(1)[0] == 0


def test_a_card_is_shown_clear_of_the_arrows(strip):
    for index in (*range(10), *reversed(range(10))):
        strip.see(index)
        left, _, right, _ = strip.box_of(index)
        more = strip.more
        assert left >= (END_WIDTH if more[0] else 0)
        assert right <= WIDTH - (END_WIDTH if more[1] else 0)
        assert strip.index_at(*middle(strip, index)) == index


def test_a_wider_window_leaves_no_gap_at_the_end(stage, strip):
    strip.see(9)
    stage.show(strip, WIDTH + 150, 56)
    assert strip.box_of(9)[2] == WIDTH + 150
    stage.show(strip, 40, 56)  # narrower than a card
    strip.see(5)
    stage.show(strip, 3000, 56)
    assert strip.box_of(0)[0] == 0
    assert strip.more == (False, False)


# --- keys and clicks ------------------------------------------------------------------------------


def test_the_keys_walk_and_scroll_the_cursor_into_view(strip, owner):
    press(strip, "Right", times=7)
    assert strip.cursor == 7
    assert strip.box_of(7)[2] <= WIDTH
    press(strip, "Left")
    press(strip, "Return")
    press(strip, "space")
    press(strip, "KP_Enter")
    assert asked_for(owner) == [("go", 6)] * 3
    press(strip, "End")
    press(strip, "Right", times=3)
    assert strip.cursor == 9
    press(strip, "Home")
    press(strip, "Left")
    assert strip.cursor == 0
    assert strip.box_of(0)[0] == 0


def test_the_focus_is_seen_and_only_while_it_is_there(stage, strip):
    accent = stage.theme.palette.accent
    assert outlined(strip, accent) == []
    press(strip, "Right")
    (ring,) = outlined(strip, accent)
    left, top, right, bottom = strip.box_of(1)
    assert left <= ring[0] < ring[2] <= right
    assert top <= ring[1] < ring[3] <= bottom
    stage.root.focus_force()
    stage.root.update()
    assert outlined(strip, accent) == []


def test_shift_and_the_arrows_move_the_card_and_the_cursor_goes_along(strip, owner):
    press(strip, "Shift-Left")
    assert asked_for(owner) == []
    press(strip, "Shift-Right", times=2)
    assert asked_for(owner) == [("move", 0, 1), ("move", 1, 2)]
    assert strip.captions[:3] == ("card 1", "card 2", "card 0")
    assert strip.cursor == 2
    press(strip, "End")
    press(strip, "Shift-Right")
    assert len(asked_for(owner)) == 2


def test_clicks_hit_the_card_under_the_pointer(strip, owner):
    click(strip, *middle(strip, 2))
    assert asked_for(owner) == [("go", 2)]
    assert strip.cursor == 2
    assert str(strip.tk.call("focus")) == str(strip)
    click(strip, CARD_WIDTH + GAP // 2, 28)  # between two cards
    assert asked_for(owner) == [("go", 2)]


def test_the_menu_by_button_and_by_key(strip, owner):
    click(strip, *middle(strip, 1), button=3)
    press(strip, "Right")
    press(strip, "Menu")
    press(strip, "Shift-F10")
    click(strip, CARD_WIDTH + GAP // 2, 28, button=3)
    assert asked_for(owner) == [("menu", 1), ("menu", 2), ("menu", 2)]


def test_the_pointer_is_followed(strip, owner):
    for index in (0, 1):
        x, y = middle(strip, index)
        strip.event_generate("<Motion>", x=x, y=y)
        strip.event_generate("<Motion>", x=x + 1, y=y)
    strip.event_generate("<Leave>")
    strip.event_generate("<Enter>", x=x, y=y)
    assert owner.told == [("hover", 0), ("hover", 1), ("hover", None), ("hover", 1)]


@pytest.mark.parametrize("x", [CARD_WIDTH + GAP // 2, WIDTH - 5])
def test_a_click_beside_the_cards_ends_typing_elsewhere(stage, strip, x):
    entry = tk.Entry(stage.frame)
    entry.focus_force()
    stage.root.update()
    click(strip, x, 28)
    assert str(strip.tk.call("focus")) == str(stage.root)


# --- dragging -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("index", "at", "to"),
    [
        (0, 2.0, 1),  # before the card at 2, which is the place after card 1
        (0, 4.0, 3),
        (3, 1.0, 1),
        (3, 0.0, 0),
        (3, -1.0, 0),
        (1, 1.4, None),
        (1, 2.0, None),  # on either side of itself
        (1, 1.0, None),
    ],
)
def test_a_card_lands_where_it_is_let_go(strip, owner, index, at, to):
    x, y = middle(strip, index)
    drag(strip, (x, y), (x + 10, y), (round(at * STEP - GAP / 2), y))
    assert asked_for(owner) == ([] if to is None else [("move", index, to)])
    assert not strip.dragging
    if to is not None:
        assert strip.captions[to] == f"card {index}"
        assert strip.cursor == to


def test_a_trembling_hand_clicks(strip, owner):
    x, y = middle(strip, 1)
    drag(strip, (x, y), (x + 5, y - 5), (x - 6, y + 6))
    assert asked_for(owner) == [("go", 1)]


def test_a_drag_shows_the_card_in_the_hand_and_where_it_would_land(stage, strip):
    x, y = middle(strip, 0)
    strip.event_generate("<ButtonPress-1>", x=x, y=y)
    strip.event_generate("<B1-Motion>", x=x + 2 * STEP + 10, y=y)
    strip.update()
    assert strip.dragging
    accent = stage.theme.palette.accent
    (line,) = lines(strip, accent)
    assert line[0] == line[2] == pytest.approx(3 * STEP - GAP / 2, abs=1)
    (card,) = outlined(strip, stage.theme.palette.muted)
    assert card[0] == pytest.approx(2 * STEP + 10, abs=2)
    strip.event_generate("<B1-Motion>", x=x + 8, y=y)
    strip.update()
    assert lines(strip, accent) == []  # it would stay where it is
    strip.event_generate("<ButtonRelease-1>", x=x, y=y)


def test_escape_puts_the_card_back(strip, owner):
    x, y = middle(strip, 0)
    strip.event_generate("<ButtonPress-1>", x=x, y=y)
    strip.event_generate("<B1-Motion>", x=x + 2 * STEP, y=y)
    press(strip, "Escape")
    assert not strip.dragging
    strip.event_generate("<B1-Motion>", x=x + 3 * STEP, y=y)
    strip.event_generate("<ButtonRelease-1>", x=x + 3 * STEP, y=y)
    assert asked_for(owner) == []


@pytest.mark.parametrize("off", [-200, 300])
def test_a_card_that_is_dragged_off_the_strip_stays_in_its_place(stage, strip, owner, off):
    x, y = middle(strip, 0)
    strip.event_generate("<ButtonPress-1>", x=x, y=y)
    strip.event_generate("<B1-Motion>", x=x + 2 * STEP, y=y + off)
    strip.update()
    assert strip.dragging
    assert lines(strip, stage.theme.palette.accent) == []
    strip.event_generate("<ButtonRelease-1>", x=x + 2 * STEP, y=y + off)
    assert asked_for(owner) == []
    drag(strip, (x, y), (x + 2 * STEP, y + 40))  # a hand trembles
    assert [what for what, *_ in asked_for(owner)] == ["move"]


def test_other_cards_end_a_drag(strip, owner):
    x, y = middle(strip, 5 - 1)
    strip.event_generate("<ButtonPress-1>", x=x, y=y)
    strip.event_generate("<B1-Motion>", x=x - STEP, y=y)
    owner.show(2)
    assert not strip.dragging
    strip.event_generate("<B1-Motion>", x=x - 2 * STEP, y=y)
    strip.event_generate("<ButtonRelease-1>", x=x - 2 * STEP, y=y)
    assert asked_for(owner) == []


@pytest.mark.parametrize(("start", "x", "end"), [(0, WIDTH - 3, 9), (9, -20, 0)])
def test_a_drag_at_an_end_scrolls_to_where_nothing_is_left(strip, owner, pump, start, x, end):
    strip.see(start)
    strip.update()
    at, y = middle(strip, start)
    strip.event_generate("<ButtonPress-1>", x=at, y=y)
    strip.event_generate("<B1-Motion>", x=x, y=y)
    pump(lambda: not strip.more[end == 9])
    assert strip.dragging
    # The timer stops by itself.
    pump(lambda: strip._scrolling is None)
    strip.event_generate("<B1-Motion>", x=WIDTH if end else 0, y=y)
    strip.event_generate("<ButtonRelease-1>", x=WIDTH if end else 0, y=y)
    assert asked_for(owner) == [("move", start, end)]


def test_a_drag_that_ends_while_it_scrolls_leaves_no_timer(strip):
    x, y = middle(strip, 0)
    strip.event_generate("<ButtonPress-1>", x=x, y=y)
    strip.event_generate("<B1-Motion>", x=WIDTH - 3, y=y)
    assert strip._scrolling is not None
    press(strip, "Escape")
    assert strip._scrolling is None


def test_lengths_follow_the_scaling(stage, owner, monkeypatch):
    monkeypatch.setattr(stage.theme, "_factor", 2.0)
    twice = CardStrip(
        stage.frame,
        stage.theme,
        cards=owner.cards,
        on_activate=print,
        on_move=print,
        on_menu=print,
        on_hover=lambda index: None,
    )
    owner.strip = twice
    stage.show(twice, 1200, 112)
    owner.show(10)
    left, top, right, bottom = twice.box_of(1)
    assert (left, right - left) == (2 * STEP, 2 * CARD_WIDTH)
    assert bottom - top == 2 * card_strip.CARD_HEIGHT
    assert int(twice["height"]) == 2 * card_strip.HEIGHT
    assert len(twice.visible) == 5
