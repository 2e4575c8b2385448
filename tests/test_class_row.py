"""The row of classes: bars that follow the probabilities, and presets that are chosen."""

from __future__ import annotations

import itertools
import string

import numpy as np
import pytest

from explorer.widgets.class_row import HEIGHT, NO_CLASSIFIER, ClassRow
from tests.interaction import click, press

SIZE = (374, HEIGHT)  # of the row in the smallest window
DIGITS = tuple(string.digits)
FASHION = (
    *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
    *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
)
CHARACTERS = tuple(string.digits + string.ascii_letters)  # 62, as EMNIST has


@pytest.fixture
def chosen() -> list[int]:
    return []


@pytest.fixture
def row(stage, chosen) -> ClassRow:
    row = ClassRow(stage.frame, stage.theme, on_choose=chosen.append)
    stage.show(row, *SIZE)
    return row


def presets(count: int, channels: int = 1, height: int = 28, width: int = 28) -> np.ndarray:
    levels = np.linspace(20, 250, count).astype(np.uint8)
    shape = (count, channels, height, width)
    return np.broadcast_to(levels[:, None, None, None], shape).copy()


def open_classes(row: ClassRow, names=DIGITS, pixels: np.ndarray | None = None) -> None:
    row.set_presets(presets(len(names)) if pixels is None else pixels, names)
    row.update()


def shares(count: int, **others: float) -> np.ndarray:
    """Probabilities that are 0 except for the named classes: _3=0.6."""
    values = np.zeros(count)
    for name, value in others.items():
        values[int(name.removeprefix("_"))] = value
    return values


def bar_height(row: ClassRow, index: int) -> float:
    _, top, _, bottom = row.coords(row._bars[index])
    return bottom - top


def texts(row: ClassRow, option: str = "text") -> list[str]:
    return [row.itemcget(item, option) for item in row._name_items]


def visible_names(row: ClassRow) -> list[str]:
    """What can be read below the columns, from left to right."""
    items = [*row._name_items, row._full_name]
    shown = [item for item in items if row.itemcget(item, "state") != "hidden"]
    shown = [item for item in shown if row.itemcget(item, "text")]
    return [row.itemcget(item, "text") for item in sorted(shown, key=lambda i: row.coords(i)[0])]


def text_boxes(row: ClassRow) -> list[tuple[int, int, int, int]]:
    """Where the names and the figure stand, those that can be seen."""
    items = [*row._name_items, row._full_name, row._figure]
    return [row.bbox(i) for i in items if row.bbox(i) and row.itemcget(i, "state") != "hidden"]


def test_bars_are_as_high_as_the_probabilities(row):
    open_classes(row)
    row.show(shares(10, _3=1.0))
    full = bar_height(row, 3)
    row.show(shares(10, _3=0.5, _8=0.25, _9=0.25))
    assert bar_height(row, 3) == pytest.approx(0.5 * full, abs=1)
    assert bar_height(row, 8) == bar_height(row, 9) == pytest.approx(0.25 * full, abs=1)
    assert bar_height(row, 0) == 0
    assert row.probabilities == tuple(shares(10, _3=0.5, _8=0.25, _9=0.25))


def test_the_winner_is_emphasised_and_no_other(row, stage):
    open_classes(row)
    palette = stage.theme.palette
    for winner in (3, 8):
        row.show(shares(10, **{f"_{winner}": 0.98, "_1": 0.02}))
        assert row.winner == winner
        fills = [row.itemcget(bar, "fill") for bar in row._bars]
        assert [index for index, fill in enumerate(fills) if fill == palette.accent] == [winner]
        fonts = texts(row, "font")
        assert [i for i, used in enumerate(fonts) if used == str(row._bold_font)] == [winner]
        assert row.itemcget(row._figure, "text") == "98%"
        left, _, right, _ = row.box_of(winner)
        assert left <= row.coords(row._figure)[0] <= right


def test_the_figure_stands_in_a_high_bar_and_above_a_low_one(row, stage):
    open_classes(row)
    row.show(shares(10, _3=1.0))
    figure, bar = row.bbox(row._figure), row.coords(row._bars[3])
    assert bar[1] - 1 <= figure[1]
    assert figure[3] <= bar[3] + 1
    row.show(np.full(10, 0.1))
    figure, bar = row.bbox(row._figure), row.coords(row._bars[0])
    assert figure[3] <= bar[1] + 1
    assert row.itemcget(row._figure, "fill") == stage.theme.palette.foreground


def test_unknown_probabilities_leave_the_bars_empty(row):
    open_classes(row)
    row.show(shares(10, _3=1.0))
    row.show(None)
    assert row.probabilities is None
    assert row.winner is None
    assert bar_height(row, 3) == 0
    assert row.itemcget(row._figure, "text") == ""


def test_a_frame_moves_what_changed_and_makes_nothing_new(row):
    open_classes(row)
    row.show(shares(10, _3=0.9, _8=0.1))
    items = row.find_all()
    moved = []
    coords = row.coords
    row.coords = lambda item, *to: moved.append(item) or coords(item, *to)
    row.show(shares(10, _3=0.6, _8=0.4))
    assert row.find_all() == items
    assert set(moved) == {row._bars[3], row._bars[8], row._figure}


def test_presets_that_arrive_later_keep_the_probabilities_of_the_same_classes(row):
    row.set_presets(None, DIGITS)
    row.show(shares(10, _3=0.9, _8=0.1))
    row.update()
    assert row.pixels is None
    assert visible_names(row) == list(DIGITS)
    high = bar_height(row, 3)
    open_classes(row)
    assert row.winner == 3
    assert 0 < bar_height(row, 3) < high
    open_classes(row, FASHION)
    assert row.probabilities is None
    assert row.winner is None


def test_without_a_classifier_a_message_fills_the_same_room(row, chosen):
    open_classes(row)
    row.show(shares(10, _3=1.0))
    row.set_presets(None, ())
    row.update()
    assert row.itemcget(row._note, "text") == NO_CLASSIFIER
    assert row.count == 0
    assert row.itemcget(row._figure, "text") == ""
    assert row.winfo_reqheight() == row._theme.px(HEIGHT)
    left, top, right, bottom = row.bbox(row._note)
    assert left >= 0 <= top
    assert right <= SIZE[0]
    assert bottom <= SIZE[1]
    click(row)
    press(row, "Right")
    press(row, "Return")
    assert chosen == []
    open_classes(row)
    assert row.itemcget(row._note, "text") == ""


@pytest.mark.parametrize("names", [("a", "b"), DIGITS, FASHION, CHARACTERS[:47], CHARACTERS])
@pytest.mark.parametrize("width", [200, 374, 504])
def test_any_number_of_classes_fits(row, stage, chosen, names, width):
    stage.show(row, width, HEIGHT)
    open_classes(row, names)
    winner = len(names) - 1
    row.show(shares(len(names), **{f"_{winner}": 0.97, "_0": 0.03}))
    row.update()
    for index in range(len(names)):
        left, _, right, _ = row.box_of(index)
        assert 0 <= left < right <= width
        assert row.index_at((left + right) / 2) == index
    for left, top, right, bottom in text_boxes(row):
        assert left >= -1
        assert right <= width + 1
        assert top >= -1
        assert bottom <= HEIGHT + 1
    assert bar_height(row, winner) > 15
    assert names[winner] in visible_names(row)
    left, top, right, bottom = row.box_of(winner)
    click(row, (left + right) // 2, (top + bottom) // 2)
    assert chosen == [winner]


def test_names_do_not_run_into_each_other(row, stage):
    stage.show(row, 504, HEIGHT)
    open_classes(row, FASHION)
    for winner in range(10):
        row.show(shares(10, **{f"_{winner}": 1.0}))
        assert FASHION[winner] in visible_names(row)
        boxes = sorted(box for box in text_boxes(row) if box[1] > HEIGHT // 2)
        assert all(a[2] <= b[0] + 2 for a, b in itertools.pairwise(boxes))
    assert "T-s" in visible_names(row)[0]  # cut, as the others are


def test_where_no_name_has_room_only_the_winners_is_written(row, stage):
    stage.show(row, 200, HEIGHT)
    open_classes(row, CHARACTERS)
    row.show(shares(62, _7=1.0))
    assert visible_names(row) == ["7"]


def test_a_layout_that_waits_goes_with_the_row(row, stage):
    row.set_presets(None, DIGITS)
    row.destroy()
    stage.root.update()  # else an error in Tk's event loop


def test_the_name_under_the_pointer_is_written_whole(row):
    open_classes(row, FASHION)
    row.show(shares(10, _2=1.0))
    left, top, right, bottom = row.box_of(9)
    row.event_generate("<Motion>", x=(left + right) // 2, y=(top + bottom) // 2)
    assert "Ankle boot" in visible_names(row)
    assert row.coords(row._hover)[0] == pytest.approx(left, abs=2)
    assert row.itemcget(row._hover, "state") == "normal"
    row.event_generate("<Leave>")
    assert "Ankle boot" not in visible_names(row)
    assert "Pullover" in visible_names(row)
    assert row.itemcget(row._hover, "state") == "hidden"


def test_thumbnails_shrink_and_vanish_where_they_show_nothing(row):
    open_classes(row)
    assert row._photos[0].width() > 25
    wide = row._photos[0].width()
    open_classes(row, CHARACTERS[:26])
    assert 8 <= row._photos[0].width() < wide
    open_classes(row, CHARACTERS)
    assert row._photos == []


@pytest.mark.parametrize("shape", [(3, 32, 32), (1, 28, 56), (1, 56, 28)])
def test_colour_and_oblong_images(row, shape):
    open_classes(row, DIGITS, presets(10, *shape))
    photo = row._photos[0]
    assert photo.width() / photo.height() == pytest.approx(shape[2] / shape[1], rel=0.1)
    assert photo.width() < row.box_of(0)[2] - row.box_of(0)[0]


def test_the_keyboard_walks_and_chooses(row, chosen):
    open_classes(row)
    row.show(shares(10, _3=1.0))
    press(row, "Right")
    assert row.cursor == 4  # it starts at the winner
    ring = row.coords(row._ring)
    assert row.itemcget(row._ring, "state") == "normal"
    press(row, "Left", times=2)
    assert row.coords(row._ring)[0] < ring[0]
    for key in ("Return", "space", "KP_Enter"):
        press(row, key)
    assert chosen == [2, 2, 2]
    press(row, "Left", times=12)
    assert row.cursor == 0
    press(row, "Right", times=12)
    assert row.cursor == 9
    row.event_generate("<FocusOut>")
    assert row.itemcget(row._ring, "state") == "hidden"


def test_it_takes_the_focus_only_while_there_is_something_to_choose(row):
    assert str(row.cget("takefocus")) == "0"
    open_classes(row)
    assert str(row.cget("takefocus")) == "1"
    row.set_presets(None, ())
    assert str(row.cget("takefocus")) == "0"


def test_the_colours_follow_the_theme(row, stage):
    open_classes(row)
    row.show(shares(10, _3=1.0))
    stage.theme.set_mode("dark")
    stage.root.update()
    palette = stage.theme.palette
    assert row.cget("background") == palette.background
    assert row.itemcget(row._bars[3], "fill") == palette.accent
    assert row.itemcget(row._bars[4], "fill") == palette.muted
    assert row.itemcget(row._name_items[3], "fill") == palette.foreground


def test_what_does_not_fit_is_refused(row):
    open_classes(row)
    with pytest.raises(ValueError, match="3 probabilities do not fit 10 classes"):
        row.show([0.2, 0.3, 0.5])
    with pytest.raises(ValueError, match="4 presets do not fit 10 names"):
        row.set_presets(presets(4), DIGITS)
