"""The lens on the digit: which pixel is meant, editing by mouse and keys, and the menu."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.widgets.digit_lens import FULL_RANGE_DRAG, DigitLens
from tests.interaction import CONTROL, click, press

ALT = 0x8
DRAGGING = 0x100  # the left button is down
SIDE = 284  # of which the picture takes 280, ten pixels for one of the image


class Person:
    def __init__(self) -> None:
        self.probes: list[tuple[int, int] | None] = []
        self.edits: list[object] = []
        self.menus: list[tuple[int, int]] = []


@pytest.fixture
def person() -> Person:
    return Person()


@pytest.fixture
def lens(stage, person) -> DigitLens:
    lens = DigitLens(
        stage.frame,
        stage.theme,
        on_probe=person.probes.append,
        on_edit_start=lambda: person.edits.append("start"),
        on_edit=lambda pixel, target: person.edits.append((pixel, target)),
        on_edit_end=lambda: person.edits.append("end"),
        on_menu=lambda x, y: person.menus.append((x, y)),
    )
    stage.show(lens, SIDE, SIDE)
    lens.show(np.full((1, 28, 28), 127, np.uint8))
    lens.update()
    return lens


def middle(lens: DigitLens, pixel: tuple[int, int]) -> tuple[int, int]:
    left, top, right, bottom = lens.box_of(pixel)
    return int(left + right) // 2, int(top + bottom) // 2


def probe_box(lens: DigitLens) -> tuple[float, ...] | None:
    item = lens._probe_marks[-1]
    return None if lens.itemcget(item, "state") == "hidden" else tuple(lens.coords(item))


@pytest.mark.parametrize("pixel", [(0, 0), (0, 27), (27, 0), (13, 5), (27, 27)])
def test_the_pixel_under_the_pointer_is_told_and_marked(lens, person, pixel):
    x, y = middle(lens, pixel)
    lens.event_generate("<Motion>", x=x, y=y)
    assert person.probes == [pixel]
    assert lens.probe == pixel
    assert probe_box(lens) == pytest.approx(lens.box_of(pixel))
    lens.event_generate("<Motion>", x=x + 1, y=y)  # the same pixel
    lens.event_generate("<Leave>", x=x, y=y)
    assert person.probes == [pixel, None]
    assert probe_box(lens) is None


def test_beside_the_picture_there_is_no_pixel(lens, person, stage):
    stage.show(lens, 2 * SIDE, SIDE)
    lens.event_generate("<Motion>", x=4, y=SIDE // 2)
    assert lens.probe is None
    assert not person.probes


@pytest.mark.parametrize("key", [ALT, CONTROL])
def test_a_drag_with_alt_asks_for_a_brightness_in_proportion_to_the_way(lens, person, key):
    x, y = middle(lens, (14, 14))
    way = FULL_RANGE_DRAG // 4  # a quarter of the range from -1 to 1
    lens.event_generate("<ButtonPress-1>", x=x, y=y, state=key)
    lens.event_generate("<B1-Motion>", x=x, y=y - way, state=key | DRAGGING)
    lens.event_generate(
        "<B1-Motion>", x=x + 60, y=y + 1000, state=key | DRAGGING
    )  # the pixel stays the same
    lens.event_generate("<ButtonRelease-1>", x=x, y=y)
    start, first, last, end = person.edits
    assert (start, end) == ("start", "end")
    assert first[0] == last[0] == (14, 14)
    assert first[1] == pytest.approx(127 / 127.5 - 1 + 2 * way / FULL_RANGE_DRAG)
    assert last[1] == -1.0


def test_a_drag_without_alt_only_points(lens, person):
    x, y = middle(lens, (3, 3))
    lens.event_generate("<ButtonPress-1>", x=x, y=y)
    x, y = middle(lens, (4, 3))
    lens.event_generate("<B1-Motion>", x=x, y=y)
    lens.event_generate("<ButtonRelease-1>", x=x, y=y)
    assert not person.edits
    assert person.probes == [(3, 3), (4, 3)]


def test_the_keyboard_walks_over_the_pixels_and_edits_one(lens, person, pump):
    press(lens, "Right")  # into the middle first
    assert lens.probe == (14, 14)
    press(lens, "Left")
    press(lens, "Up", times=2)
    assert lens.probe == (12, 13)
    press(lens, "plus")
    press(lens, "minus")
    lighter = (12, 13), pytest.approx(127 / 127.5 - 1 + 0.1)
    darker = (12, 13), pytest.approx(127 / 127.5 - 1 - 0.1)
    assert person.edits == ["start", lighter, darker]  # in quick succession: one edit
    press(lens, "Left")
    assert person.edits[-1] == "end"  # of that pixel
    press(lens, "plus")
    assert person.edits[-2] == "start"
    pump(lambda: person.edits[-1] == "end")  # after a pause
    press(lens, "Left", times=40)
    assert lens.probe == (12, 0)


def test_focus_is_visible_and_the_cursor_goes_with_it(lens, stage):
    press(lens, "Right")
    assert lens.itemcget(lens._ring, "state") == "normal"
    assert probe_box(lens) is not None
    stage.root.focus_force()
    stage.root.update()
    assert lens.itemcget(lens._ring, "state") == "hidden"
    assert probe_box(lens) is None


def test_the_menu_is_asked_for_by_mouse_and_by_key(lens, person):
    click(lens, 30, 40, button=3)
    press(lens, "Menu")
    press(lens, "Shift-F10")
    assert person.menus[0] == (lens.winfo_rootx() + 30, lens.winfo_rooty() + 40)
    assert len(person.menus) == 3


def test_an_image_of_another_size_takes_the_cursor_away(lens, person):
    press(lens, "Right")
    lens.show(np.zeros((3, 32, 40), np.uint8))
    assert lens.probe is None
    lens.event_generate("<Motion>", x=SIDE // 2, y=SIDE // 2)
    assert lens.probe == (16, 20)
    lens.show_message("gone")
    assert lens.probe is None
    press(lens, "Right")
    assert lens.probe is None


def test_an_image_of_another_size_ends_an_edit(lens, person):
    x, y = middle(lens, (27, 27))
    for gone in (lambda: lens.show(np.zeros((1, 16, 16), np.uint8)), lambda: lens.show_message("")):
        lens.show(np.full((1, 28, 28), 127, np.uint8))
        person.edits.clear()
        lens.event_generate("<ButtonPress-1>", x=x, y=y, state=ALT)
        gone()
        assert lens.cget("cursor") == ""
        lens.event_generate("<B1-Motion>", x=x, y=y - 9, state=ALT | DRAGGING)
        lens.event_generate("<ButtonRelease-1>", x=x, y=y - 9)
        assert person.edits == ["start", "end"]
