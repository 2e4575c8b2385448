"""The bank of directions on its own: rows, heights, filmstrips, and what can't be moved."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.direction_words import RowText
from explorer.glide import Glide
from explorer.semantic import Course, SemanticWalk, courses
from explorer.state import ExplorerState
from explorer.widgets.direction_bank import MOST_WITHOUT_SCROLLING, DirectionBank
from explorer.widgets.latent_slider import HEIGHT
from tests.interaction import click, drag, press, turn_wheel
from vae.directions import Direction

DIM = 8


class Bench:
    """A bank with its walk and state, and what it has told."""

    def __init__(self, stage, model) -> None:
        self.stage = stage
        self.state = ExplorerState(DIM)
        self.walk = SemanticWalk(DIM)
        self.told, self.holds, self.menus = [], [], []
        self.bank = DirectionBank(
            stage.frame,
            stage.theme,
            self.state,
            Glide(stage.root, self.state),
            self.walk,
            decode=lambda z: model.decoder.decode_uint8(z[:, : model.latent_dim]),
            on_hold=self.holds.append,
            on_menu=lambda *where: self.menus.append(where),
            on_notice=lambda message, is_error: self.told.append(message),
        )
        stage.show(self.bank, 586, 330)

    def show(self, count, held=(), locks=()):
        """Show so many directions, along the axes, of which some are held."""
        found = {
            ("set", f"d{i}"): Direction(f"d{i}", "unsupervised", np.eye(DIM)[i], share=0.1)
            for i in range(count)
        }
        holds = {("set", f"d{i}"): found["set", f"d{i}"] for i in held}
        self.walk.set_courses(courses(found, holds, locks, DIM))
        self.bank.show_courses()
        self.bank.describe([RowText(f"d{i}", "10%", "what it does") for i in range(count)])
        self.stage.root.update()
        return self.bank.sliders


@pytest.fixture
def bench(stage, model) -> Bench:
    return Bench(stage, model)


def slide(slider, start, end):
    _, top, _, height = slider.track_box
    y = top + height // 2
    drag(slider, (round(slider.x_of(start)), y), (round(slider.x_of(end)), y))


def name(slider):
    return slider.itemcget(slider._name, "text")


def test_few_rows_share_the_height_and_their_pictures_grow(bench):
    sliders = bench.show(4)
    heights = {slider.winfo_height() for slider in sliders}
    assert len(heights) == 1
    assert heights.pop() > bench.stage.theme.px(HEIGHT)
    assert sliders[-1].winfo_y() + sliders[-1].winfo_height() <= bench.bank.winfo_height()
    tall = sliders[0].track_box[3]
    bench.show(6)
    assert bench.bank.sliders[0].track_box[3] < tall


def test_many_rows_scroll_and_the_keyboard_brings_them_into_view(bench, pump):
    sliders = bench.show(DIM)
    assert len(sliders) > MOST_WITHOUT_SCROLLING
    assert not bench.bank._in_view(sliders[-1])
    sliders[-1].focus_force()
    pump(lambda: bench.bank._in_view(sliders[-1]))
    pump(lambda: bench.bank.settled)
    assert sliders[-1] in bench.bank._filmstrips.photos


def test_every_row_in_view_has_its_pictures(bench, pump):
    sliders = bench.show(4)
    pump(lambda: bench.bank.settled and len(bench.bank._filmstrips.photos) == 4)
    for slider in sliders:
        photo = bench.bank._filmstrips.photos[slider]
        assert (photo.width(), photo.height()) == slider.track_box[2:]


def test_a_drag_moves_the_state_and_the_thumb(bench):
    sliders = bench.show(3)
    slide(sliders[1], 0.0, 2.0)
    assert bench.state.z[1] == pytest.approx(2.0, abs=0.05)
    assert sliders[1].value == bench.walk.values[1]
    bench.state.undo()
    assert bench.state.z == (0.0,) * DIM


def test_the_wheel_and_the_keys_step(bench):
    sliders = bench.show(2)
    turn_wheel(sliders[0], 2)
    press(sliders[1], "Shift-Left")
    assert bench.state.z[:2] == (0.1, -0.5)


def test_a_held_row_says_that_it_is_held(bench):
    sliders = bench.show(3, held=[1])
    assert sliders[1].locked
    slide(sliders[1], 0.0, 2.0)
    turn_wheel(sliders[1], 1)
    assert bench.state.z == (0.0,) * DIM
    assert set(bench.told) == {"d1 is held. Its lock, or L, lets it move."}
    assert not bench.state.can_undo


def test_a_row_without_anything_left_takes_no_part(bench):
    sliders = bench.show(2, locks=[0])
    slide(sliders[0], 0.0, 2.0)
    assert bench.state.z == (0.0,) * DIM
    assert str(sliders[0].cget("takefocus")) == "0"
    slide(sliders[1], 0.0, 2.0)
    assert bench.state.z[1] != 0.0


def test_a_row_that_is_still_looked_for_can_be_read_but_not_moved(bench):
    bench.walk.set_courses([Course(("set", "ink"), None, np.zeros(DIM))])
    bench.bank.show_courses()
    bench.bank.describe([RowText("ink", "…", "Soon.")])
    bench.stage.root.update()
    (slider,) = bench.bank.sliders
    assert slider.itemcget(slider._name, "fill") == bench.stage.theme.palette.foreground
    slide(slider, 0.0, 2.0)
    assert bench.state.z == (0.0,) * DIM
    assert "still being looked for" in bench.told[-1]


def test_the_lock_and_l_ask_to_hold(bench):
    sliders = bench.show(2)
    left, top, right, bottom = sliders[1].coords(sliders[1]._lock_area)
    click(sliders[1], round((left + right) / 2), round((top + bottom) / 2))
    press(sliders[0], "l")
    press(sliders[0], "L")
    assert bench.holds == [1, 0, 0]


def test_the_menu_is_asked_for_by_mouse_and_keyboard(bench):
    sliders = bench.show(2)
    click(sliders[1], button=3)
    press(sliders[0], "Shift-F10")
    assert [menu[0] for menu in bench.menus] == [1, 0]


def test_a_wrong_typed_value_is_told(bench):
    sliders = bench.show(1)
    sliders[0].edit()
    sliders[0]._entry.delete(0, "end")
    sliders[0]._entry.insert(0, "nonsense")
    press(sliders[0]._entry, "Return")
    assert "nonsense" in bench.told[-1]
    assert bench.state.z == (0.0,) * DIM


def test_a_message_takes_the_place_of_rows_and_goes_with_them(bench):
    bench.show(3)
    bench.walk.set_courses(())
    bench.bank.show_message("Nothing here.")
    bench.stage.root.update()
    assert bench.bank.sliders == []
    assert bench.bank._message.winfo_ismapped()
    bench.show(2)
    assert not bench.bank._message.winfo_ismapped()


def test_a_long_name_is_cut_to_its_room(bench):
    (slider,) = bench.show(1)
    long = "a direction with a name that nobody would ever read to its end"
    bench.bank.describe([RowText(long, "", "")])
    assert name(slider).endswith("…")
    assert slider.bbox(slider._name)[2] <= slider.track_box[0]


def test_the_attended_row_is_the_one_pointed_at_else_the_one_with_the_focus(bench):
    sliders = bench.show(3)
    assert bench.bank.attended is None
    sliders[2].focus_force()
    bench.stage.root.update()
    assert bench.bank.attended == 2
    sliders[0].event_generate("<Enter>")
    assert bench.bank.attended == 0


def test_both_themes_are_drawn(bench):
    bench.show(3, held=[0])
    bench.stage.theme.set_mode("dark")
    bench.stage.root.update()
    for slider in bench.bank.sliders:
        assert slider.cget("background") == bench.stage.theme.palette.background
