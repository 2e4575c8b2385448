"""One term of a sum: its point, its strength in two controls, and the step that it makes."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.widgets.point_menu import PointSources
from explorer.widgets.term_row import MAX_STRENGTH, TermRow
from tests.interaction import drag, press

WIDTH = 400
SOURCES = PointSources(
    current=lambda: (1.0, 2.0),
    random=lambda: (3.0, 4.0),
    clipboard=lambda: (5.0, 6.0),
    presets=list,
    class_means=lambda: [("8", (0.5, 0.5))],
    bookmarks=list,
    real=lambda: "There are none.",
    group=lambda: None,
)


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def row(stage, told) -> TermRow:
    row = TermRow(
        stage.frame,
        stage.theme,
        title="B",
        sources=SOURCES,
        decode=lambda z: np.full((1, 28, 28), int(20 * abs(z[0])), np.uint8),
        on_change=lambda: told.append("change"),
        on_remove=lambda: told.append("remove"),
        on_error=told.append,
    )
    row.set_size(60, False)
    stage.show(row, WIDTH, 70)
    return row


def take(row: TermRow, *path: str) -> None:
    row.tk.call(row.menu.cget("postcommand"))
    menu = row.menu
    for label in path[:-1]:
        menu = menu.nametowidget(menu.entrycget(label, "menu"))
    menu.invoke(path[-1])


def test_a_point_is_chosen_by_its_menu(row, told):
    assert row.button.instate(["disabled"])
    row.set_point((0.0, 0.0), "start")
    assert row.button.instate(["!disabled"])
    take(row, "Mean of a class", "8")
    assert (row.z, row.origin) == ((0.5, 0.5), "mean of 8")
    assert told == ["change"]
    assert row._picture.pixels[0, 0, 0] == 10
    assert row.button.cget("text") == "B: mean of 8"


def test_a_point_that_is_set_tells_nobody(row, told):
    row.set_point((2.0, 1.0), "session")
    assert (row.z, row.origin, told) == ((2.0, 1.0), "session", [])


def test_slider_and_number_are_one_strength(row, told):
    press(row.slider, "Shift-Right")
    assert (row.strength.number, row.slider.number) == (1.5, 1.5)
    press(row.strength, "Up")
    assert (row.strength.number, row.slider.number) == (1.6, 1.6)
    row.set_strength(-0.25)
    assert (row.strength.number, row.slider.number) == (-0.25, -0.25)
    assert told == ["change", "change"]


def test_a_drag_is_told_at_every_place(row, told):
    drag(row.slider, (10, 8), (20, 8), (30, 8))
    assert len(told) >= 2
    assert row.strength.number == row.slider.number < 0


def test_more_can_be_typed_than_dragged(row):
    row.set_strength(MAX_STRENGTH + 1)
    assert row.strength.number == MAX_STRENGTH
    press(row.slider, "End")
    assert row.strength.number == 2.0


def test_a_long_name_is_cut_to_the_button_and_widens_nothing(row, stage):
    row.set_point((1.0, 1.0), "x")
    row.update()
    before = row.button.winfo_width(), row.step.winfo_x()
    row.set_point((1.0, 1.0), "a bookmark with quite a long name " * 3)
    row.update()
    assert (row.button.winfo_width(), row.step.winfo_x()) == before
    assert row.button.cget("text").endswith("…")
    assert row._button_font.measure(row.button.cget("text")) < row.button.winfo_width()


def test_where_there_is_little_room_the_class_is_kept_of_its_mean(row, stage):
    row.set_point((1.0, 1.0), "mean of 8")
    row.set_size(60, True)
    stage.show(row, WIDTH - 20, 70)
    assert row.button.cget("text") == "B: 8"
    row.set_size(40, True)
    stage.root.update()
    for origin, text in (("current point", "B: current"), ("real 2 #892", "B: 2 #892")):
        row.set_point((1.0, 1.0), origin)
        assert row.button.cget("text") == text
    assert row.button.winfo_y() == pytest.approx(row.strength.winfo_y(), abs=4)


def test_what_is_cut_is_whole_in_the_tooltip(row):
    row.set_point((1.0, -2.5), "name " * 20)
    assert "name " * 20 in row._tooltip.cget("text")
    assert "-2.50" in row._tooltip.cget("text")


def test_the_end_of_a_long_caption_is_kept(row):
    row.step.set_caption("A − B")
    assert row.step.caption == "A − B"
    row.step.set_caption("A − 0.55 B + 1.25 C − D")
    assert row.step.caption == "… − D"
    assert row.step.bbox("caption")[2] <= row.step.winfo_reqwidth()
    row.step.set_caption("(A + 1.65 B) / 2")
    assert row.step.caption == "+1.65B)/2"
    assert row.step.bbox("caption")[2] <= row.step.winfo_reqwidth()


def test_a_step_shows_its_image_and_verdict(row):
    pixels = np.full((1, 28, 28), 90, np.uint8)
    row.step.show(pixels)
    row.step.set_verdict("7 (50%)")
    assert row.step.verdict == "7 (50%)"
    np.testing.assert_array_equal(row.step.pixels, pixels)
    assert row.step._photo.width() == 60


def test_a_colour_image_is_shown_in_colour(row):
    row.step.show(np.zeros((3, 32, 32), np.uint8))
    row.step.show(np.zeros((1, 28, 28), np.uint8))
    row.step.show(np.full((3, 32, 32), 200, np.uint8))
    assert row.step._photo._PhotoImage__mode == "RGB"


def test_it_can_be_removed_where_it_may(row, told):
    row.set_removable(True)
    row.update()
    row.remove_button.invoke()
    assert told == ["remove"]
    narrow = row.most_side(WIDTH, False)
    row.set_removable(False)
    row.update()
    assert not row.remove_button.winfo_ismapped()
    assert row.most_side(WIDTH, False) > narrow


def test_the_colours_follow_the_theme(row, stage):
    stage.theme.set_mode("dark")
    assert row.step.itemcget("verdict", "fill") == stage.theme.palette.foreground
    assert row.step.cget("background") == stage.theme.palette.background
