"""Pictures on a board: laid out as large as they can be, chosen, and renewed in place."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import ImageTk

from explorer.widgets.picture_board import PictureBoard, Tile
from tests.interaction import click, press

SIZES = [(600, 120), (330, 240), (900, 400), (200, 500)]


@pytest.fixture
def chosen() -> list[int]:
    return []


@pytest.fixture
def menus() -> list[int]:
    return []


@pytest.fixture
def board(stage, chosen, menus) -> PictureBoard:
    widget = PictureBoard(
        stage.frame,
        stage.theme,
        on_choose=chosen.append,
        on_menu=lambda index, event: menus.append((index, event.x_root, event.y_root)),
    )
    stage.show(widget, 600, 150)
    return widget


def tile(level: int = 200, shape=(1, 28, 28), **more) -> Tile:
    return Tile(np.full(shape, level, np.uint8), **more)


def middle(board, index: int) -> tuple[int, int]:
    left, top, right, bottom = board.box_of(index)
    return (left + right) // 2, (top + bottom) // 2


def colour(board, index: int) -> tuple[int, ...]:
    picture = ImageTk.getimage(board._items[index].photo).convert("RGB")
    return picture.getpixel((picture.width // 2, picture.height // 2))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 32, 32), (1, 8, 20)])
@pytest.mark.parametrize("count", [1, 4, 5, 6])
def test_everything_fits(board, stage, size, shape, count):
    more = {"title": "Title", "caption": "a line\nanother one", "share": 0.5, "link": "→"}
    board.show([tile(shape=shape, **more) for _ in range(count)])
    stage.show(board, *size)
    for items in board._items:
        for item in (items.picture, items.title, items.caption, items.link, items.bar):
            left, top, right, bottom = board.bbox(item)
            assert left >= 0
            assert top >= 0
            assert right <= size[0] + 1
            assert bottom <= size[1] + 1
    boxes = [board.box_of(index) for index in range(count)]
    for i, a in enumerate(boxes):
        for b in boxes[i + 1 :]:
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


def test_rows_are_full_where_that_costs_little(board, stage):
    board.show([tile() for _ in range(6)])
    for size in SIZES:
        stage.show(board, *size)
        assert 6 % board.columns == 0


def test_rows_are_of_about_the_same_length(board, stage):
    board.show([tile(title="Title", caption="two\nlines", link="→") for _ in range(5)])
    stage.show(board, 330, 220)
    assert board.columns == 3


def test_a_click_and_return_choose_only_what_can_be_chosen(board, stage, chosen):
    board.show([tile(choosable=False), tile(), tile(choosable=False), tile()])
    stage.root.update()
    for index in range(4):
        click(board, *middle(board, index))
    assert chosen == [1, 3]
    press(board, "Left")
    press(board, "Return")
    press(board, "Left")  # the first can't be chosen
    press(board, "space")
    assert chosen == [1, 3, 1, 1]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("count", [2, 3, 6])
def test_a_fixed_number_of_columns_stays_whatever_the_room(stage, size, count):
    fixed = PictureBoard(stage.frame, stage.theme, on_choose=lambda index: None, columns=3)
    stage.show(fixed, *size)
    fixed.show([tile() for _ in range(count)])
    stage.root.update()
    assert fixed.columns == min(3, count)


def test_the_arrows_walk_by_rows_and_columns(board, stage, chosen):
    board.show([tile() for _ in range(4)])
    stage.show(board, 300, 340)
    assert board.columns == 2
    press(board, "Down")
    press(board, "Right")
    press(board, "Return")
    press(board, "Up")
    press(board, "Return")
    press(board, "Up")  # there is no row above
    press(board, "Return")
    assert chosen == [3, 1, 1]


def test_nothing_to_choose_takes_no_focus(board, stage):
    board.show([tile(choosable=False)])
    assert not int(board.cget("takefocus"))
    board.show([tile()])
    assert int(board.cget("takefocus"))


def test_the_menu_opens_at_the_tile(board, stage, menus):
    board.show([tile(), tile()])
    stage.root.update()
    click(board, *middle(board, 1), button=3)
    press(board, "Shift-F10")
    (clicked, *_), (pressed, x, y) = menus
    assert clicked == pressed == 1
    left, _, _, bottom = board.box_of(1)
    assert (x, y) == (board.winfo_rootx() + left, board.winfo_rooty() + bottom)


def test_tiles_of_the_same_outline_are_renewed_in_place(board, stage):
    board.show([tile(50, caption="a", share=0.25), tile(60, caption="b", share=1.0)])
    stage.root.update()
    photos = [items.photo for items in board._items]
    board.show([tile(90, caption="c", share=0.5), tile(60, caption="b", share=1.0)])
    assert [items.photo for items in board._items] == photos
    assert colour(board, 0) == (90, 90, 90)
    assert board.itemcget(board._items[0].caption, "text") == "c"
    left, _, right, _ = board.coords(board._items[0].bar)
    assert right - left == pytest.approx(board._box[0] / 2, abs=1)


def test_another_outline_lays_out_anew(board, stage):
    board.show([tile(50)])
    stage.root.update()
    before = board.box_of(0)
    board.show([tile(50, title="A title")])
    stage.root.update()
    assert board.box_of(0) != before


def test_a_change_is_red_where_ink_comes_and_blue_where_it_goes(board, stage):
    board.show([tile(change=np.full((28, 28), 2.0)), tile(change=np.full((28, 28), -2.0))])
    stage.root.update()
    (red, _, blue), (red_gone, _, blue_gone) = colour(board, 0), colour(board, 1)
    assert red > blue + 50
    assert blue_gone > red_gone + 50


def test_a_colour_picture_stays_colour(board, stage):
    pixels = np.zeros((3, 28, 28), np.uint8)
    pixels[1] = 180
    board.show([Tile(pixels)])
    stage.root.update()
    assert colour(board, 0) == (0, 180, 0)


def test_a_note_stands_in_place_of_tiles(board, stage, chosen):
    board.show([tile()])
    board.show_note("Nothing is drawn.")
    stage.root.update()
    assert board.note == "Nothing is drawn."
    click(board)
    assert not board._items
    board.show([tile()])
    assert board.note == ""
    assert chosen == []


def test_a_marked_tile_has_a_dot_and_an_empty_one_a_frame(board, stage):
    board.show([tile(caption="7", marked=True), Tile(None, caption="8"), tile(caption="9")])
    stage.root.update()
    captions = [board.itemcget(items.caption, "text") for items in board._items]
    assert captions == ["● 7", "8", "9"]
    fills = [board.itemcget(items.caption, "fill") for items in board._items]
    palette = stage.theme.palette
    assert fills == [palette.accent, palette.muted, palette.muted]
    frames = [board.itemcget(items.frame, "state") for items in board._items]
    assert frames == ["hidden", "normal", "hidden"]
    board.show([tile(caption="7"), Tile(None, caption="8"), tile(caption="9", marked=True)])
    captions = [board.itemcget(items.caption, "text") for items in board._items]
    assert captions == ["7", "8", "● 9"]


def test_another_theme_paints_anew(board, stage):
    board.show([tile(share=0.5)])
    stage.root.update()
    stage.theme.set_mode("dark")
    stage.root.update()
    assert board.itemcget(board._items[0].bar, "fill") == stage.theme.palette.accent
    assert board.cget("background") == stage.theme.palette.background
