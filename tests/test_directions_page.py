"""The Directions page in the real window: sets, holds, the base, the table, and one's own."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
import torch

from explorer import own_directions, theme
from explorer.widgets.group_picker import Group
from tests.foreign import foreign_state
from tests.interaction import click, double_click, drag, press
from vae.attributes import NAMES, measure
from vae.direction_files import load_directions, save_directions
from vae.directions import Direction

SETS = ("attributes", "ganspace", "sefa", "metric", "classes", "mine")


@pytest.fixture
def page(window, pump):
    """The page in front, all found and measured, at the start of a walk of attributes."""
    page = window.pages["directions"]
    for direction in page.store.directions:
        page.store.remove(direction.name)
    page.study.set_own(())
    window.show_page("directions")
    page.apply_settings({"set": "attributes", "view": "sliders", "held": [], "from": 3, "to": None})
    pump(
        lambda: page.winfo_viewable() and window.settled and page.settled,
        60.0,
        what="everything is measured",
    )
    return page


@pytest.fixture
def answer(monkeypatch):
    """Names what is asked for."""

    def named(text):
        monkeypatch.setattr(theme, "ask_text", lambda parent, title, prompt, initial: text)

    return named


def row(page, name):
    """The slider of a direction and its place in the bank."""
    index = [course.name for course in page.walk.courses].index(name)
    return index, page.bank.sliders[index]


def note(slider):
    return slider.itemcget(slider._use, "text")


def slide(page, name, value):
    """Drag a slider from where it is to a value."""
    # Between two presses at one place, which Tk would take for a double click.
    page.event_generate("<ButtonPress-2>")
    page.event_generate("<ButtonRelease-2>")
    _, slider = row(page, name)
    _, top, _, height = slider.track_box
    y = top + height // 2
    drag(slider, (round(slider.x_of(slider.value)), y), (round(slider.x_of(value)), y))
    return slider.value


# ---- sets ----------------------------------------------------------------------------------------


def test_every_attribute_has_a_slider_and_its_r2(page):
    assert [course.name for course in page.walk.courses] == list(NAMES)
    for course, slider in zip(page.walk.courses, page.bank.sliders, strict=True):
        assert note(slider) == f"R² {course.direction.r2:.2f}"
        assert slider in page.bank._filmstrips.photos


def test_a_direction_that_does_not_do_what_it_says_is_marked_with_the_reason(page):
    marked = []
    for course, slider, text in zip(
        page.walk.courses, page.bank.sliders, page.bank._texts, strict=True
    ):
        effects = page.study.effects_of(course.direction)
        own = effects.names.index(course.name)
        sides = np.delete(np.abs(effects.relative), own)
        shown = slider.itemcget(slider._name, "text")
        if shown.endswith("!"):
            marked.append(course.name)
            assert sides.max() >= 0.9 * abs(effects.relative[own])
            assert "does not do what it says" in text.tooltip
            assert effects.names[np.argsort(-np.abs(effects.relative))[0]] in text.tooltip
        else:
            assert sides.max() < abs(effects.relative[own])
    assert marked == ["loop"]  # with the shipped weights: it changes ink more


@pytest.mark.parametrize("name", ["ganspace", "sefa", "metric"])
def test_what_was_found_without_labels_shows_its_share(page, window, settle, name):
    page.set_buttons[name].invoke()
    settle()
    assert len(page.walk.courses) == window.model.latent_dim
    for course, slider in zip(page.walk.courses, page.bank.sliders, strict=True):
        assert note(slider).startswith(f"{course.direction.share:.0%}")


def test_between_classes_from_and_to_are_chosen(page, window, settle):
    page.choose_set("classes")
    names = [course.name for course in page.walk.courses]
    assert names == [f"3 to {other}" for other in "012456789"]
    means = window.model.class_means
    np.testing.assert_allclose(
        page.walk.courses[0].vector, (means[0] - means[3]) / np.linalg.norm(means[0] - means[3])
    )
    page.class_pair.from_box.set("8")
    page.class_pair.from_box.event_generate("<<ComboboxSelected>>")
    page.class_pair.to_box.set("3")
    page.class_pair.to_box.event_generate("<<ComboboxSelected>>")
    assert [course.name for course in page.walk.courses] == ["8 to 3"]
    page.class_pair.from_box.set("3")  # to itself there is no direction
    page.class_pair.from_box.event_generate("<<ComboboxSelected>>")
    assert len(page.walk.courses) == 9
    settle()


def test_without_directions_of_ones_own_the_page_says_how_to_make_one(page):
    page.choose_set("mine")
    assert page.bank.sliders == []
    assert "Keep" in page.bank._message.cget("text")
    page.update()
    message = page.bank._message
    place = message.winfo_rootx() + 5, message.winfo_rooty() + 5
    assert message.winfo_containing(*place) is message  # nothing lies over it


def test_another_set_makes_the_point_the_base(page, window):
    slide(page, "slant", 2.0)
    here = window.state.z
    page.set_buttons["sefa"].invoke()
    assert window.state.z == here
    assert tuple(page.walk.base) == here
    assert not page.walk.values.any()


# ---- walking -------------------------------------------------------------------------------------


def test_a_drag_walks_along_the_direction_as_one_undo_entry(page, window):
    start = np.array(window.state.z)
    index, slider = row(page, "slant")
    value = slide(page, "slant", 2.0)
    course = page.walk.courses[index]
    np.testing.assert_allclose(window.state.z, start + value * course.vector, atol=1e-6)
    assert value == pytest.approx(2.0, abs=0.05)
    window.undo()
    np.testing.assert_array_equal(window.state.z, start)
    assert slider.value == 0.0
    assert not window.state.can_undo
    window.redo()
    assert slider.value == value  # where this bank has put the point, its sliders come back
    np.testing.assert_array_equal(page.walk.base, start)


def test_the_decoded_digit_changes_as_the_slider_says(page, window):
    before = measure(window.model.decoder.decode_uint8(np.asarray([window.state.z])))[0]
    slide(page, "slant", 1.5)
    after = measure(window.model.decoder.decode_uint8(np.asarray([window.state.z])))[0]
    own = NAMES.index("slant")
    assert after[own] > before[own] + 10  # degrees


def test_what_has_become_of_each_attribute_stands_below_its_name(page, settle):
    slide(page, "slant", 1.5)
    settle()
    base, now = measure(page._model.decoder.decode_uint8(np.stack([page.walk.base, page.walk.z])))
    for name, slider in zip(NAMES, page.bank.sliders, strict=True):
        index = NAMES.index(name)
        assert note(slider).startswith(f"{base[index]:.1f} → {now[index]:.1f}")
    page.back_to_base()
    settle()
    assert note(page.bank.sliders[0]).startswith("R²")


def test_the_keyboard_moves_a_slider_as_it_moves_a_latent_one(page, window):
    _, slider = row(page, "thickness")
    press(slider, "Right", times=3)
    press(slider, "Shift-Right")
    assert slider.value == pytest.approx(0.65)
    window.undo()
    assert slider.value == 0.0


def test_a_double_click_takes_a_slider_back_as_one_entry(page, window):
    slide(page, "slant", 2.0)
    _, slider = row(page, "slant")
    _, top, _, height = slider.track_box
    double_click(slider, round(slider.x_of(-1.0)), top + height // 2)
    assert slider.value == 0.0
    window.undo()
    assert slider.value == pytest.approx(2.0, abs=0.05)


def test_a_typed_value_may_lie_beyond_the_track(page, window):
    _, slider = row(page, "slant")
    start = np.array(window.state.z)
    slider.edit()
    slider._entry.delete(0, "end")
    slider._entry.insert(0, "6.5")
    press(slider._entry, "Return")
    assert slider.value == 6.5
    moved = np.linalg.norm(np.array(window.state.z) - start)
    assert moved == pytest.approx(6.5, abs=1e-5)


def test_whatever_else_moves_the_point_moves_the_base(page, window, settle):
    slide(page, "slant", 2.0)
    window.state.set_value(0, 1.0)
    np.testing.assert_array_equal(page.walk.base, window.state.z)
    assert all(slider.value == 0.0 for slider in page.bank.sliders)
    window.undo()
    assert row(page, "slant")[1].value == pytest.approx(2.0, abs=0.05)
    settle()


def test_what_happens_while_another_page_is_in_front_is_shown_afterwards(page, window, settle):
    slide(page, "slant", 2.0)
    window.show_page("sample")
    settle()
    window.randomise()
    window.show_page("directions")
    settle()
    assert all(slider.value == 0.0 for slider in page.bank.sliders)
    np.testing.assert_array_equal(page.walk.base, window.state.z)


def test_a_glide_ends_with_the_sliders_at_zero(page, window, settle):
    slide(page, "slant", 2.0)
    window.go_to_preset(7)
    settle()
    np.testing.assert_array_equal(page.walk.base, window.state.z)
    assert not page.walk.values.any()


# ---- the base ------------------------------------------------------------------------------------


def test_hold_here_walks_on_from_the_point(page, window, settle):
    slide(page, "slant", 2.0)
    settle()
    here = window.state.z
    page.base_row.here_button.invoke()
    assert window.state.z == here
    assert tuple(page.walk.base) == here
    assert row(page, "slant")[1].value == 0.0
    settle()
    assert page.base_row.here_button.instate(["disabled"])


def test_back_to_base_is_one_undo_entry(page, window, settle):
    start = window.state.z
    slide(page, "slant", 2.0)
    slide(page, "width", -1.0)
    settle()
    page.base_row.back_button.invoke()
    settle()
    assert window.state.z == start
    assert not page.walk.values.any()
    window.undo()
    assert row(page, "slant")[1].value == pytest.approx(2.0, abs=0.05)
    assert row(page, "width")[1].value == pytest.approx(-1.0, abs=0.05)


@pytest.mark.parametrize("name", ["sefa", "classes"])  # as many directions, and more
def test_another_set_chosen_on_the_way_back_to_the_base_stays_there(page, window, settle, name):
    page.choose_set("ganspace")
    slide(page, "GANSpace 1", 2.0)
    settle()
    page.base_row.back_button.invoke()
    window.root.update()
    assert window.glide.active
    page.choose_set(name)
    here = window.state.z
    settle()
    assert window.state.z == here
    assert tuple(page.walk.base) == here
    assert not page.walk.values.any()


def test_the_base_is_shown_with_its_distance(page, window, settle):
    slide(page, "slant", 2.0)
    settle()
    distance = np.linalg.norm(np.array(window.state.z) - page.walk.base)
    assert page.base_row.label.cget("text").startswith(f"{distance:.2f} ")
    assert page.base_row.view.showing


def test_a_point_of_the_shelf_gets_the_same_change(page, window):
    slide(page, "slant", 2.0)
    change = np.array(window.state.z) - page.walk.base
    other = window.model.presets[7]
    page.slots()["base"](other, "seven")
    np.testing.assert_allclose(window.state.z, other + change, atol=1e-5)
    assert row(page, "slant")[1].value == pytest.approx(2.0, abs=0.05)
    window.undo()
    assert row(page, "slant")[1].value == pytest.approx(2.0, abs=0.05)


# ---- holding -------------------------------------------------------------------------------------


def lock_of(slider):
    left, top, right, bottom = slider.coords(slider._lock_area)
    return round((left + right) / 2), round((top + bottom) / 2)


def test_a_held_attribute_keeps_its_predicted_value(page, window):
    index, slider = row(page, "slant")
    gradient = page.walk.courses[index].direction.gradient
    click(slider, *lock_of(slider))
    assert page.held == (("attributes", "slant"),)
    assert slider.locked
    before = np.array(window.state.z) @ gradient
    slide(page, "thickness", 2.0)
    slide(page, "width", -1.5)
    assert np.array(window.state.z) @ gradient == pytest.approx(before, abs=1e-4)
    assert "slant" in page.held_row.label.cget("text")


def test_a_held_row_does_not_move(page, window):
    _, slider = row(page, "slant")
    press(slider, "l")
    here = window.state.z
    slide(page, "slant", 2.0)
    press(slider, "Right")
    assert window.state.z == here
    assert slider.value == 0.0
    assert not window.state.can_undo
    assert "held" in window.status.message.cget("text")
    press(slider, "l")
    slide(page, "slant", 2.0)
    assert window.state.z != here


def test_the_row_under_the_pointer_is_held(page):
    for slider in page.bank.sliders:  # where another test has left the pointer
        slider.event_generate("<Leave>")
    page.winfo_toplevel().focus_force()
    page.update()
    assert not page.toggle_lock()
    _, slider = row(page, "width")
    slider.event_generate("<Enter>")
    assert page.toggle_lock()
    assert page.held == (("attributes", "width"),)
    slider.event_generate("<Leave>")


def test_holding_makes_the_point_the_base(page, window):
    slide(page, "width", 1.0)
    page.toggle_hold(("attributes", "slant"))
    np.testing.assert_array_equal(page.walk.base, window.state.z)
    assert row(page, "width")[1].value == 0.0


def test_a_hold_lasts_in_another_set_and_can_be_released_there(page):
    page.toggle_hold(("attributes", "slant"))
    gradient = page.study.sets["attributes"][NAMES.index("slant")].gradient
    page.choose_set("sefa")
    for course in page.walk.courses:
        assert course.vector @ gradient == pytest.approx(0.0, abs=1e-9)
    page.held_row.release_button.invoke()
    assert page.held == ()
    assert page.walk.courses[0].left == 1.0


def test_a_locked_dimension_stays_whatever_is_walked(page, window):
    window.state.set_lock(2, True)
    here = window.state.z
    for name in ("slant", "thickness", "width"):
        slide(page, name, 1.5)
    assert window.state.z[2] == here[2]
    np.testing.assert_allclose(
        window.state.z, page.walk.base + page.walk.values @ page.walk.matrix, atol=1e-6
    )
    assert "z3" in page.held_row.label.cget("text")
    window.state.set_lock(2, False)
    assert page.walk.courses[0].left == 1.0


def test_a_direction_of_which_nothing_is_left_is_disabled(page, window):
    for index in range(window.model.latent_dim):
        window.state.set_lock(index, True)
    for slider in page.bank.sliders:
        assert note(slider) == "nothing left"
        assert str(slider.cget("takefocus")) == "0"
    here = window.state.z
    slide(page, "slant", 2.0)
    assert window.state.z == here


def test_what_is_walked_while_others_are_held_is_measured_anew(page, settle):
    page.toggle_hold(("attributes", "ink"))
    settle()
    index, slider = row(page, "thickness")
    walked = page.walk.courses[index].as_walked
    effects = page.study.effects_of(walked)
    assert effects is not None
    assert effects is not page.study.effects_of(page.walk.courses[index].direction)
    # Thicker strokes with the same ink are hardly to be had.
    own = NAMES.index("thickness")
    assert effects.mean[own] < page.study.effects_of(page.walk.courses[index].direction).mean[own]
    assert note(slider).endswith("left")


# ---- the table -----------------------------------------------------------------------------------


def test_the_table_lists_every_direction_with_what_was_measured(page, window, settle):
    page.base_row.table_button.invoke()
    settle()
    rows = {row.key: row for row in page.table.rows}
    dim = window.model.latent_dim
    assert len(rows) == len(NAMES) + 3 * dim + 45
    for direction in page.study.sets["attributes"]:
        shown = rows["attributes", direction.name]
        effects = page.study.effects_of(direction)
        own = NAMES.index(direction.name)
        assert shown.r2 == direction.r2
        assert shown.effect == effects.mean[own]
        assert shown.own == effects.relative[own]
        np.testing.assert_array_equal(shown.sides, effects.relative)
        assert shown.verdict is (direction.name != "loop")
    assert all(np.isfinite(rows["sefa", f"SeFa {n + 1}"].sides).all() for n in range(dim))
    assert not any(row.waiting for row in rows.values())


def test_an_activated_row_is_shown_as_a_slider(page, settle):
    page.show_table()
    page.table.select(("sefa", "SeFa 2"))
    press(page.table.tree, "Return")
    assert page.shown_set == "sefa"
    assert not page.table.winfo_ismapped()
    assert page.bank.attended == 1
    settle()
    page.show_table()
    page.table.select(("classes", "5 to 8"))
    press(page.table.tree, "Return")
    assert page.walk.courses[page.bank.attended].name == "5 to 8"


def test_escape_leads_from_the_table_to_the_sliders(page):
    page.show_table()
    press(page.table.tree, "Escape")
    page.update()
    assert page.bank.winfo_ismapped()
    page.show_table()
    page.back()
    page.update()
    assert page.bank.winfo_ismapped()


def test_the_table_is_saved_as_csv(page, dialogs, tmp_path, settle):
    dialogs.path = tmp_path / "directions.csv"
    page.save_button.invoke()
    settle()
    rows = list(csv.DictReader(io.StringIO(dialogs.path.read_text(encoding="utf-8"))))
    names = [row["direction"] for row in rows]
    assert names[: len(NAMES)] == list(NAMES)
    for direction, saved in zip(page.study.sets["attributes"], rows, strict=False):
        assert float(saved["R2"]) == pytest.approx(direction.r2, rel=1e-5)
        assert saved["does what it says"] == ("no" if direction.name == "loop" else "yes")


def test_a_table_that_cannot_be_saved_is_told(page, dialogs, tmp_path, settle):
    dialogs.path = tmp_path / "no such folder" / "directions.csv"
    page.save_button.invoke()
    settle()
    assert "no such folder" in dialogs.errors.pop()


def test_the_table_is_copied_with_tabs(page, window):
    page.copy_button.invoke()
    lines = window.root.clipboard_get().splitlines()
    assert lines[0].split("\t")[:3] == ["direction", "kind", "R2"]
    assert lines[1].startswith("ink\tattribute\t")


# ---- directions of one's own ---------------------------------------------------------------------


def test_a_slider_is_kept_as_it_is_walked(page, answer, settle, model, user_folder):
    page.toggle_hold(("attributes", "slant"))
    answer("thicker, same slant")
    index, _ = row(page, "thickness")
    walked = page.walk.courses[index].vector
    page.keep_row(index)
    (kept,) = page.store.directions
    np.testing.assert_allclose(kept.vector, walked)
    assert kept.name == "thicker, same slant"
    assert kept.attribute == "thickness"
    settle()
    assert any("directions" in str(path) for path in user_folder.rglob("*.json"))
    page.choose_set("mine")
    assert [course.name for course in page.walk.courses] == ["thicker, same slant"]
    settle()


def test_the_change_from_the_base_is_kept_whatever_made_it(page, window, answer):
    slide(page, "slant", 2.0)
    slide(page, "width", 1.0)
    change = np.array(window.state.z) - page.walk.base
    answer("mine")
    page.own.keep_change()
    (kept,) = page.store.directions
    np.testing.assert_allclose(kept.vector, change / np.linalg.norm(change), atol=1e-6)
    assert kept.length == pytest.approx(np.linalg.norm(change))


def test_at_the_base_there_is_no_change_to_keep(page, window):
    page.own.keep_change()
    assert page.store.directions == ()
    assert "at the base" in window.status.message.cget("text")


def test_the_direction_between_two_groups_is_kept(page, window, answer, monkeypatch):
    means = window.model.class_means
    groups = iter([Group("threes", (tuple(means[3]),)), Group("eights", (tuple(means[8]),))])
    monkeypatch.setattr(own_directions, "ask_group", lambda *args, **options: next(groups))
    answer("round")
    page.own.keep_between_groups()
    (kept,) = page.store.directions
    difference = means[8] - means[3]
    np.testing.assert_allclose(kept.vector, difference / np.linalg.norm(difference))


def test_a_cancelled_group_or_name_keeps_nothing(page, answer, monkeypatch):
    monkeypatch.setattr(own_directions, "ask_group", lambda *args, **options: None)
    page.own.keep_between_groups()
    answer(None)
    page.keep_row(0)
    assert page.store.directions == ()


def test_a_taken_name_is_replaced_only_if_the_person_says_so(page, answer, dialogs):
    answer("same")
    page.keep_row(0)
    page.keep_row(1)
    assert "same" in dialogs.questions.pop()
    np.testing.assert_allclose(page.store.directions[0].vector, page.walk.courses[0].vector)
    dialogs.proceed = True
    page.keep_row(1)
    (kept,) = page.store.directions
    np.testing.assert_allclose(kept.vector, page.walk.courses[1].vector)


def test_a_held_direction_that_is_replaced_is_held_as_it_is_now(page, answer, dialogs):
    answer("same")
    page.keep_row(0)
    page.choose_set("mine")
    page.toggle_hold(("mine", "same"))
    page.choose_set("sefa")
    dialogs.proceed = True
    page.keep_row(2)  # orthogonal to what is held
    replaced = page.store.directions[0].vector
    assert len(page.store.directions) == 1
    for course in page.walk.courses:
        assert course.problem or course.vector @ replaced == pytest.approx(0.0, abs=1e-9)


def test_ones_own_are_renamed_and_deleted(page, answer, dialogs):
    answer("first")
    page.keep_row(0)
    page.choose_set("mine")
    page.toggle_hold(("mine", "first"))
    answer("second")
    page.own.rename("first")
    assert [course.name for course in page.walk.courses] == ["second"]
    assert page.held == (("mine", "second"),)
    page.own.delete("second")
    assert len(page.store.directions) == 1  # the person was not sure
    dialogs.proceed = True
    page.own.delete("second")
    assert page.store.directions == ()
    assert page.held == ()
    assert page.bank.sliders == []


def test_ones_own_are_saved_to_a_file_and_loaded_again(page, answer, dialogs, tmp_path, model):
    answer("mine")
    page.keep_row(0)
    dialogs.path = tmp_path / "kept.json"
    page.own.save()
    (saved,) = load_directions(dialogs.path, model.bundle.sha256, model.latent_dim)
    np.testing.assert_array_equal(saved.vector, page.store.directions[0].vector)
    page.store.remove("mine")
    page.own.load()
    assert [direction.name for direction in page.store.directions] == ["mine"]
    assert page.shown_set == "mine"


def test_directions_of_another_model_are_refused_by_name(page, dialogs, tmp_path, model):
    stranger = Direction("stranger", "classes", np.eye(model.latent_dim)[0], length=1.0)
    dialogs.path = tmp_path / "other.json"
    save_directions(dialogs.path, [stranger], "0" * 64)
    page.own.load()
    message = dialogs.errors.pop()
    assert "other.json" in message
    assert "other weights" in message
    assert page.store.directions == ()


def test_every_entry_of_the_menu_is_there(page, answer):
    answer("mine")
    page.keep_row(0)
    menu = page.base_row.keep_menu
    page.own.fill_menu(menu)
    labels = [
        menu.entrycget(index, "label")
        for index in range(menu.index("end") + 1)
        if menu.type(index) != "separator"
    ]
    assert labels == [
        "A slider",
        "The change from the base…",
        "From a group to another…",
        "Rename",
        "Delete",
        "Load from a file…",
        "Save mine to a file…",
    ]


# ---- sessions ------------------------------------------------------------------------------------


def test_a_session_brings_set_holds_base_and_sliders_back(page, window, settle):
    page.toggle_hold(("attributes", "slant"))
    slide(page, "thickness", 1.5)
    settle()
    saved, z = page.settings(), window.state.z
    page.release_all()
    page.choose_set("sefa")
    window.randomise()
    window.state.set_z(z)
    page.apply_settings(saved)
    assert page.shown_set == "attributes"
    assert page.held == (("attributes", "slant"),)
    assert page.walk.values.tolist() == saved["values"]
    assert page.walk.base.tolist() == saved["base"]
    settle()


def test_a_session_holds_a_pair_of_classes_whichever_way_round(page):
    page.apply_settings({"set": "classes", "from": 8, "to": 3})
    page.toggle_hold(("classes", "8 to 3"))
    page.choose_set("attributes")
    saved = page.settings()
    page.release_all()
    page.apply_settings(saved)
    assert page.held == (("classes", "8 to 3"),)
    assert saved["held"] == [["classes", "8 to 3"]]  # what was handed over is left alone


@pytest.mark.parametrize(
    "settings",
    [
        {"set": "nonsense"},
        {"set": 3, "view": None, "held": "slant"},
        {"held": [["attributes"], [[], {}], 5, ["attributes", "no such"], None]},
        {"base": [float("nan")] * 6, "values": [0.0] * 6},
        {"base": ["a"], "values": None},
        {"from": 99, "to": "x"},
        {"from": True, "to": 3},
        {"from": 3, "to": 3},
    ],
)
def test_a_damaged_session_changes_nothing_that_matters(page, window, settings):
    z = window.state.z
    page.apply_settings(settings)
    assert page.shown_set == "attributes"
    assert page.held == ()
    assert window.state.z == z
    assert not page.walk.values.any()
    assert page.settings()["from"] == 3


# ---- what takes longer, and other models ---------------------------------------------------------


def test_class_pairs_are_measured_when_asked(page, window, pump):
    page.show_table()

    def pair():
        return next(row for row in page.table.rows if row.key == ("classes", "0 to 1"))

    assert np.isnan(pair().sides[0])
    assert not pair().waiting
    page.pairs_button.invoke()
    window.root.update()
    assert pair().waiting
    assert page.pairs_button.instate(["disabled"])
    pump(lambda: np.isfinite(pair().sides).all())
    window.show_page("sample")  # where nobody looks, nothing is measured
    pump(lambda: window.settled)
    assert page.study.waits("classes", page.study.sets["classes"][-1])


def test_kept_directions_that_cannot_be_read_are_told_and_put_aside(
    page, window, answer, settle, dialogs, user_folder
):
    answer("mine")
    page.keep_row(0)
    settle()
    (kept,) = user_folder.rglob("directions/*.json")
    kept.write_text("no list of directions", encoding="utf-8")
    window.show_page("sample")
    page.set_model(window.model)
    page.set_encoded(window.model)
    window.root.update()
    assert str(kept) in dialogs.errors.pop()
    assert page.store.directions == ()
    assert any("no list of directions" in path.read_text() for path in kept.parent.iterdir())


# ---- other models --------------------------------------------------------------------------------


@pytest.fixture
def open_foreign(window, tmp_path, pump):
    """Opens somebody else's decoder in the window and waits until its directions are found."""

    def opened(**sizes):
        page, path = window.pages["directions"], tmp_path / "foreign.pt"
        torch.save(foreign_state(**sizes), path)
        window.open_weights(path)
        pump(lambda: window.model.bundle.path == path and page.study.model is window.model)
        pump(lambda: len(page.study.sets) + len(page.study.missing) == len(SETS), 60.0)
        return window.model

    window.show_page("directions")
    yield opened
    window.show_page("sample")  # where the next model is not studied


@pytest.mark.parametrize("latent_dim", [1, 16])
def test_a_decoder_alone_offers_what_needs_no_encoder(open_foreign, window, latent_dim):
    page = window.pages["directions"]
    window.state.set_lock(0, True)
    model = open_foreign(latent=latent_dim)
    page.choose_set("attributes")
    assert page.bank.sliders == []
    assert "encoder" in page.bank._message.cget("text")
    page.choose_set("sefa")
    window.root.update()
    assert 1 <= len(page.walk.courses) <= latent_dim
    start = np.array(window.state.z)
    press(page.bank.sliders[0], "Shift-Right")
    np.testing.assert_allclose(window.state.z, start + 0.5 * page.walk.courses[0].vector, atol=1e-6)
    assert model.latent_dim == len(page.walk.base)
