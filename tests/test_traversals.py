"""Traversals of two models in pairs: the rows, their strips, and what a click means."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from explorer.aligned_sweep import ORDERS, STEPS, aligned_rows, sheet_of, values
from explorer.model import learn_statistics, open_model
from explorer.views.traversals import TraversalsView
from explorer.widgets.pair_view import NO_SECOND
from tests.foreign import foreign_state
from tests.interaction import click, press, turn_wheel
from tests.pair_parts import Pair, pair_of
from tests.second_models import ORDER, SIGNS, renamed_copy
from vae.alignment import align

Z = (0.3, -1.1, 0.5, 0.9, -0.4, 1.2)
KEPT = (0, 2, 3, 5)


@pytest.fixture(scope="module")
def renamed(weights_path, tmp_path_factory) -> Path:
    """The shipped model with other names for its dimensions."""
    return renamed_copy(weights_path, tmp_path_factory.mktemp("second") / "renamed")


@pytest.fixture(scope="module")
def smaller(weights_path, tmp_path_factory) -> Path:
    """Four of the shipped model's dimensions."""
    folder = tmp_path_factory.mktemp("second") / "smaller"
    return renamed_copy(weights_path, folder, KEPT, (1.0, 1.0, -1.0, 1.0), "smaller.pt")


@pytest.fixture(scope="module")
def other(renamed):
    return learn_statistics(open_model(renamed))


@pytest.fixture(scope="module")
def small(smaller):
    return learn_statistics(open_model(smaller))


@pytest.fixture
def pair(desk, pump, model, dialogs) -> Pair:
    pair = pair_of(TraversalsView, desk, pump, model)
    desk.state.set_z(Z)
    return pair


def middle(strips, index: int, model: int = 0) -> tuple[int, int]:
    left, top, right, bottom = strips.box_of(index, model)
    return (left + right) // 2, (top + bottom) // 2


# ---- the rows ------------------------------------------------------------------------------------


@pytest.mark.parametrize("z", [Z, None])
def test_a_renamed_model_makes_the_very_same_strips(model, other, z):
    alignment = align(model.encoded.mu, other.encoded.mu)
    rows = aligned_rows(model, other, alignment, z, "index")
    assert [row.a for row in rows] == list(range(6))
    for row in rows:
        assert ORDER[row.b] == row.a
        sign = SIGNS[row.b]
        assert row.r == pytest.approx(sign)
        assert row.name == f"z{row.a + 1} → {'−' if sign < 0 else ''}z{row.b + 1}"
        assert row.note == ("r +1.00" if sign > 0 else "r −1.00")
        assert row.points_a[:, row.a] == pytest.approx(values())
        # B's own number runs the other way where r is negative.
        assert row.points_b[:, row.b] == pytest.approx(sign * values(), abs=1e-4)
        images = [m.decoder.decode(p) for m, p in ((model, row.points_a), (other, row.points_b))]
        assert images[0] == pytest.approx(images[1], abs=1e-3)
        expected = 0.0 if z is None else z[row.a]
        assert abs(values()[row.here] - expected) <= 0.5


def test_rows_come_in_the_order_that_is_asked_for(model, small):
    alignment = align(model.encoded.mu, small.encoded.mu)
    rows = {order: aligned_rows(model, small, alignment, Z, order) for order in ORDERS}
    assert [row.a for row in rows["index"]] == list(range(6))
    used = [model.use[row.a] for row in rows["use"]]
    assert used == sorted(used, reverse=True)
    matched = [abs(row.r) for row in rows["match"]]
    assert matched == sorted(matched, reverse=True)


def test_dimensions_without_a_partner_stand_alone(model, small):
    alignment = align(model.encoded.mu, small.encoded.mu)
    rows = aligned_rows(model, small, alignment, Z, "index")
    alone = [row for row in rows if row.b is None]
    assert [row.a for row in alone] == [1, 4]
    assert {(row.name, row.note, row.points_b) for row in alone} == {
        ("z2", "A alone", None),
        ("z5", "A alone", None),
    }
    back = aligned_rows(small, model, align(small.encoded.mu, model.encoded.mu), (0.0,) * 4, "use")
    assert [(row.a, row.b, row.note, row.here) for row in back[4:]] == [
        (None, 1, "B alone", None),
        (None, 4, "B alone", None),
    ]
    assert back[4].points_b[:, 1] == pytest.approx(values())


def test_the_picture_has_a_strip_of_a_above_that_of_b(model, small):
    alignment = align(model.encoded.mu, small.encoded.mu)
    rows = aligned_rows(model, small, alignment, Z, "index")
    sheet, pixels, marked = sheet_of(model, small, rows, ("one", "two"))
    assert sheet.count == len(pixels) == 10 * STEPS
    assert sheet.row_names[:3] == ("A z1", "B z1", "A z2")
    assert sheet.row_names[3:7] == ("A z3", "B z2", "A z4", "B −z3")
    assert sheet.row_notes[:2] == ("one", "r +1.00")
    assert len(marked) == 10
    assert np.array_equal(pixels[:STEPS], model.decoder.decode_uint8(rows[0].points_a))
    assert np.array_equal(pixels[STEPS : 2 * STEPS], small.decoder.decode_uint8(rows[0].points_b))


# ---- the view ------------------------------------------------------------------------------------


def test_without_a_second_model_it_says_how_to_have_one(pair):
    assert pair.view.strips.note == NO_SECOND
    assert pair.view.save_button.instate(["disabled"])
    pair.view.save()  # and nothing happens


def test_strips_of_both_are_shown_and_follow_the_point(pair, renamed, model):
    second = pair.open(renamed)
    for z in (Z, (0.0,) * 6):
        pair.desk.state.set_z(z)
        pair.settle()
        alignment = align(model.encoded.mu, second.encoded.mu)
        rows = aligned_rows(model, second, alignment, z, "use")
        shown = pair.view.strips.rows
        assert [strip.name for strip in shown] == [row.name for row in rows]
        for strip, row in zip(shown, rows, strict=True):
            assert np.array_equal(strip.a, model.decoder.decode_uint8(row.points_a))
            assert np.array_equal(strip.b, second.decoder.decode_uint8(row.points_b))
            assert strip.here == row.here
    assert pair.view.sentence.text.startswith("The same axes")


def test_around_the_mean_they_stay_where_they_are(pair, renamed):
    pair.open(renamed)
    pair.view.buttons["mean"].invoke()
    pair.settle()
    before = pair.view.rows
    pair.desk.state.set_z((2.0,) * 6)
    pair.settle()
    assert pair.view.rows is before
    pair.view.buttons["point"].invoke()
    pair.settle()
    assert pair.view.rows[0].points_a[0][1] == 2.0


@pytest.mark.parametrize("order", ORDERS)
def test_the_order_is_chosen(pair, smaller, model, order):
    second = pair.open(smaller)
    pair.view.buttons[order].invoke()
    pair.settle()
    alignment = align(model.encoded.mu, second.encoded.mu)
    expected = [row.name for row in aligned_rows(model, second, alignment, Z, order)]
    assert [strip.name for strip in pair.view.strips.rows] == expected


@pytest.mark.parametrize("side", [0, 1])
def test_a_click_on_either_image_goes_to_the_point_of_a(pair, renamed, side):
    pair.open(renamed)
    strips = pair.view.strips
    index = 2 * STEPS + 5
    click(strips, *middle(strips, index, side))
    assert pair.desk.adopted[-1] == pytest.approx(pair.view.rows[2].points_a[5])


def test_the_keyboard_walks_and_goes(pair, renamed):
    pair.open(renamed)
    strips = pair.view.strips
    press(strips, "Down")
    press(strips, "Right", times=2)
    assert strips.cursor == STEPS + 2
    row = pair.view.rows[1]
    press(strips, "Return")
    assert pair.desk.adopted[-1] == pytest.approx(row.points_a[2])


def test_rows_of_b_alone_are_seen_and_passed_over(pair, smaller, small, desk, model, stage):
    desk.state.reset_model(4)
    pair.second.set_first(small)
    pair.view.set_model(small)
    pair.open(model.bundle.path)
    strips = pair.view.strips
    assert [strip.a is None for strip in strips.rows] == [False] * 4 + [True] * 2
    press(strips, "Down", times=9)
    assert strips.cursor == 3 * STEPS
    strips.focus_force()
    before = len(desk.adopted)
    click(strips, *middle(strips, 4 * STEPS, 1))
    assert len(desk.adopted) == before


def test_what_does_not_fit_is_scrolled_to_by_key_and_by_wheel(pair, renamed, stage):
    pair.open(renamed)
    stage.show(pair.view, 500, 220)
    strips = pair.view.strips
    pair.settle()
    seen = len(strips.in_view)
    assert seen < 6
    press(strips, "Down", times=5)
    assert strips.in_view[-1] == 5
    bottom = strips.box_of(strips.cursor)[3]
    assert bottom <= strips.winfo_height()
    turn_wheel(strips, 9)
    assert strips.in_view[0] == 0
    turn_wheel(strips, -1)
    assert strips.in_view[0] == 1


def test_the_cursor_is_at_home_among_fewer_rows(pair, renamed, small, smaller, desk):
    pair.open(renamed)
    strips = pair.view.strips
    press(strips, "Down", times=5)
    press(strips, "Right", times=6)
    assert strips.cursor == 6 * STEPS - 1
    desk.state.reset_model(4)
    pair.view.set_model(small)
    pair.open(smaller)
    press(strips, "Right")
    assert strips.cursor == 1


@pytest.mark.parametrize("size", [(600, 420), (790, 560), (300, 200), (900, 300)])
def test_all_that_is_in_view_lies_in_the_room(pair, smaller, stage, size):
    pair.open(smaller)
    stage.show(pair.view, *size)
    pair.settle()
    strips = pair.view.strips
    for row in strips.in_view:
        for model in (0, 1):
            left, top, _, _ = strips.box_of(row * STEPS, model)
            _, _, right, bottom = strips.box_of(row * STEPS + STEPS - 1, model)
            assert left >= 0
            assert top >= 0
            assert right <= strips.winfo_width() + 2
            if len(strips.in_view) > 1:
                assert bottom <= strips.winfo_height() + 2


def test_the_picture_is_saved(pair, renamed, desk, tmp_path):
    pair.open(renamed)
    desk.path = tmp_path / "pairs.png"
    pair.view.save_button.invoke()
    pair.settle()
    with Image.open(desk.path) as picture:
        assert picture.width > STEPS * 28 * 3
        assert picture.height > 12 * 28 * 3
    assert desk.told[-1] == f"Saved {desk.path}"


@pytest.mark.parametrize("sizes", [{}, {"side": 32}, {"latent": 1}])
def test_without_an_encoder_it_says_what_is_missing(pair, tmp_path, sizes):
    torch.save(foreign_state(**sizes), tmp_path / "foreign.pt")
    pair.open(tmp_path / "foreign.pt")
    assert "B: These weights came without an encoder." in pair.view.strips.note


def test_what_nobody_sees_is_not_decoded(pair, renamed, stage):
    pair.open(renamed)
    before = pair.view.rows
    pair.view.place_forget()
    stage.root.update()
    pair.desk.state.set_z((2.0,) * 6)
    stage.root.update()
    assert pair.view.rows is before
    stage.show(pair.view, 600, 420)
    pair.pump(lambda: pair.view.settled and pair.view.rows is not before)
    assert 2.0 in pair.view.rows[0].points_a[0]


def test_themes_closing_and_destroying_do_no_harm(pair, renamed, stage):
    pair.open(renamed)
    stage.theme.set_mode("dark")
    pair.settle()
    pair.desk.state.set_z((2.0,) * 6)
    pair.second.close()
    pair.settle()
    assert pair.view.strips.note == NO_SECOND
    pair.open(renamed)
    pair.desk.state.set_z((1.0,) * 6)
    pair.view.destroy()
    stage.root.update()


def test_settings_are_kept_and_bad_ones_ignored(pair):
    pair.view.apply_settings({"around": "mean", "order": "match"})
    kept = {"around": "mean", "order": "match"}
    assert pair.view.settings() == kept
    for bad in ({}, {"around": "nowhere", "order": 4}, {"around": ["mean"]}):
        pair.view.apply_settings(bad)
        assert pair.view.settings() == kept
