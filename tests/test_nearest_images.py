"""The list of the nearest real images: laid out, kept up to date, and chosen from."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import ImageTk

from explorer.widgets.nearest_images import MAX_THUMBNAIL, WIDTH, NearestImages
from tests.interaction import click, press

LOWEST = 149  # pixels that the smallest window leaves
TALL = 260


@pytest.fixture
def chosen() -> list[int]:
    return []


@pytest.fixture
def nearest(stage, chosen) -> NearestImages:
    nearest = NearestImages(stage.frame, stage.theme, on_choose=chosen.append)
    stage.show(nearest, WIDTH, LOWEST)
    return nearest


def pictures(count: int = 5, channels: int = 1, height: int = 28, width: int = 28, first: int = 50):
    levels = (first + 20 * np.arange(count)).astype(np.uint8)
    shape = (count, channels, height, width)
    return np.broadcast_to(levels[:, None, None, None], shape).copy()


def show(nearest: NearestImages, pixels=None, labels=tuple("33858"), distances=None) -> None:
    distances = 0.4 + 0.1 * np.arange(len(labels)) if distances is None else distances
    nearest.show(pictures(len(labels)) if pixels is None else pixels, labels, distances)
    nearest.update()


def written(nearest: NearestImages, items: list[int]) -> list[str]:
    return [nearest.itemcget(item, "text") for item in items]


def level(nearest: NearestImages, row: int) -> int:
    picture = ImageTk.getimage(nearest._photos[row]).convert("L")
    return picture.getpixel((picture.width // 2, picture.height // 2))


def middle(nearest: NearestImages, row: int) -> tuple[int, int]:
    left, top, right, bottom = nearest.box_of(row)
    return (left + right) // 2, (top + bottom) // 2


def test_every_row_has_its_image_its_label_and_its_distance(nearest):
    show(nearest)
    assert nearest.count == nearest.visible == 5
    assert [level(nearest, row) for row in range(5)] == [50, 70, 90, 110, 130]
    assert written(nearest, nearest._label_items) == list("33858")
    assert written(nearest, nearest._distance_items) == ["0.40", "0.50", "0.60", "0.70", "0.80"]
    assert nearest.labels == tuple("33858")
    assert nearest.distances == pytest.approx((0.4, 0.5, 0.6, 0.7, 0.8))


@pytest.mark.parametrize(("height", "rows"), [(LOWEST, 5), (TALL, 5), (100, 3), (60, 1), (30, 0)])
def test_as_many_rows_as_fit_are_shown_the_nearest_of_all(nearest, stage, height, rows):
    stage.show(nearest, WIDTH, height)
    show(nearest)
    assert nearest.visible == rows
    assert [level(nearest, row) for row in range(rows)] == [50, 70, 90, 110, 130][:rows]
    for row in range(rows):
        left, top, right, bottom = nearest.box_of(row)
        assert left >= 0 <= top
        assert right <= WIDTH
        assert bottom <= height
        assert nearest.index_at(*middle(nearest, row)) == row
    assert nearest.index_at(9, 2) is None
    assert nearest.index_at(9, height + 5) is None


def test_thumbnails_grow_with_the_room_up_to_a_bound(nearest, stage):
    show(nearest)
    small = nearest._photos[0].width()
    stage.show(nearest, WIDTH, TALL)
    assert small < nearest._photos[0].width() <= stage.theme.px(MAX_THUMBNAIL)
    stage.show(nearest, WIDTH, 600)
    assert nearest._photos[0].width() == stage.theme.px(MAX_THUMBNAIL)


@pytest.mark.parametrize("height", [LOWEST, TALL])
def test_long_labels_and_large_distances_fit(nearest, stage, height):
    stage.show(nearest, WIDTH, height)
    labels = ("T-shirt/top", "Pullover", "Ankle boot", "Bag", "Sneaker")
    show(nearest, labels=labels, distances=(0.4, 1.25, 17.0, 123.4, 9e12))
    for row in range(5):
        label = nearest.bbox(nearest._label_items[row])
        distance = nearest.bbox(nearest._distance_items[row])
        picture = nearest.bbox(nearest._thumbnail_items[row])
        assert picture[2] < min(label[0], distance[0])
        assert label[2] <= distance[0] or label[3] <= distance[1] + 2
        assert label[2] <= WIDTH
        assert distance[2] <= WIDTH
    shown = written(nearest, nearest._label_items)
    assert shown[3] == "Bag"
    if height == TALL:
        assert "Pullover" in shown


def test_equal_images_are_not_painted_again(nearest):
    show(nearest)
    painted = []
    nearest._paint = lambda: painted.append(True)
    show(nearest, distances=np.full(5, 0.12))
    assert painted == []
    assert written(nearest, nearest._distance_items) == ["0.12"] * 5
    show(nearest, pictures(first=60))
    assert painted == [True]


def test_other_images_are_painted_into_the_same_pictures(nearest):
    show(nearest)
    photos, items = list(nearest._photos), nearest.find_all()
    show(nearest, pictures(first=60), tuple("77777"))
    assert nearest._photos == photos
    assert nearest.find_all() == items
    assert [level(nearest, row) for row in range(5)] == [60, 80, 100, 120, 140]
    assert written(nearest, nearest._label_items) == list("77777")


@pytest.mark.parametrize("shape", [(3, 32, 32), (1, 28, 56), (1, 56, 28)])
def test_colour_and_oblong_images(nearest, shape):
    show(nearest)
    show(nearest, pictures(5, *shape))
    photo = nearest._photos[0]
    assert photo.width() / photo.height() == pytest.approx(shape[2] / shape[1], rel=0.1)
    assert level(nearest, 1) == 70


def test_fewer_images_than_five(nearest):
    show(nearest, labels=tuple("12"))
    assert nearest.visible == 2


def test_a_message_replaces_the_images_and_goes_when_there_are_some(nearest, chosen):
    nearest.show_message("Encoding the real digits")
    nearest.update()
    assert nearest.message == "Encoding the real digits"
    show(nearest)
    assert nearest.message == ""
    nearest.show_message("No encoder belongs to these weights.")
    nearest.update()
    assert nearest.count == nearest.visible == 0
    assert nearest.message == "No encoder belongs to these weights."
    assert nearest.bbox(nearest._note)[2] <= WIDTH
    assert nearest._thumbnail_items == []
    click(nearest)
    press(nearest, "Down")
    press(nearest, "Return")
    assert chosen == []


def test_a_click_chooses_a_row(nearest, chosen):
    show(nearest)
    click(nearest, *middle(nearest, 3))
    assert chosen == [3]
    assert nearest.cursor == 3
    click(nearest, 20, 4)  # the heading
    assert chosen == [3]


def test_the_keyboard_walks_and_chooses(nearest, chosen):
    show(nearest)
    press(nearest, "Down", times=2)
    assert nearest.cursor == 2
    assert nearest.itemcget(nearest._ring, "state") == "normal"
    assert nearest.coords(nearest._ring)[1] == pytest.approx(nearest.box_of(2)[1], abs=2)
    for key in ("Return", "space", "KP_Enter"):
        press(nearest, key)
    assert chosen == [2, 2, 2]
    press(nearest, "Up", times=9)
    assert nearest.cursor == 0
    press(nearest, "Down", times=9)
    assert nearest.cursor == 4
    nearest.event_generate("<FocusOut>")
    assert nearest.itemcget(nearest._ring, "state") == "hidden"


def test_the_cursor_stays_on_a_row_that_is_shown(nearest, stage, chosen):
    show(nearest)
    press(nearest, "Down", times=4)
    stage.show(nearest, WIDTH, 100)
    press(nearest, "Return")
    assert chosen == [2]


def test_hovering_is_seen(nearest):
    show(nearest)
    x, y = middle(nearest, 1)
    nearest.event_generate("<Motion>", x=x, y=y)
    assert nearest.itemcget(nearest._hover, "state") == "normal"
    assert nearest.coords(nearest._hover)[1] == pytest.approx(nearest.box_of(1)[1], abs=2)
    nearest.event_generate("<Leave>")
    assert nearest.itemcget(nearest._hover, "state") == "hidden"


def test_it_takes_the_focus_only_while_there_is_something_to_choose(nearest):
    assert str(nearest.cget("takefocus")) == "0"
    show(nearest)
    assert str(nearest.cget("takefocus")) == "1"
    nearest.show_message("gone")
    nearest.update()
    assert str(nearest.cget("takefocus")) == "0"


def test_the_colours_follow_the_theme(nearest, stage):
    show(nearest)
    stage.theme.set_mode("dark")
    stage.root.update()
    palette = stage.theme.palette
    assert nearest.cget("background") == palette.background
    assert nearest.itemcget(nearest._label_items[0], "fill") == palette.foreground
    assert nearest.itemcget(nearest._distance_items[0], "fill") == palette.muted


def test_what_does_not_belong_together_is_refused(nearest):
    with pytest.raises(ValueError, match="5 images, 4 labels and 5 distances"):
        nearest.show(pictures(5), tuple("1234"), np.zeros(5))
