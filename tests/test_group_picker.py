"""Choosing a group of points: what is offered, what is marked, the mean and its name."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.state import MAX_NAME_LENGTH, Bookmark
from explorer.widgets import group_picker
from explorer.widgets.group_picker import (
    SHELF,
    SHOWN,
    Group,
    GroupDialog,
    Member,
    ask_group,
    proposed_name,
)
from tests.interaction import click, press


@pytest.fixture
def marks(model) -> list[Bookmark]:
    return [Bookmark(f"mark {index}", tuple(model.presets[index])) for index in range(5)]


@pytest.fixture
def open_dialog(stage, model, marks):
    def opened(**changes) -> GroupDialog:
        options = {"title": "A group", "model": model, "bookmarks": marks, **changes}
        dialog = GroupDialog(stage.root, stage.theme, **options)
        dialog.window.update()
        return dialog

    return opened


@pytest.fixture
def dialog(open_dialog) -> GroupDialog:
    return open_dialog()


def middle(dialog: GroupDialog, index: int) -> tuple[int, int]:
    dialog.window.update()
    left, top, right, bottom = dialog.grid.box_of(index)
    return (left + right) // 2, (top + bottom) // 2


def points(dialog: GroupDialog, model, marks) -> np.ndarray:
    return np.array(
        [
            marks[member.number].z if member.label == SHELF else model.encoded.mu[member.number]
            for member in dialog.chosen
        ]
    )


def test_real_digits_of_a_class_are_offered(dialog, model):
    dialog.source_buttons[3].invoke()
    numbers = [member.number for member in dialog.offered]
    assert len(set(numbers)) == SHOWN
    assert (model.encoded.labels[numbers] == 3).all()
    np.testing.assert_array_equal(dialog.grid.pixels, model.encoded.images[numbers])


def test_other_ones_are_others_of_the_same_class(dialog, model):
    dialog.source_buttons[8].invoke()
    before = dialog.offered
    dialog.commands["Other ones"].invoke()
    assert len(set(dialog.offered) - set(before)) > SHOWN / 2
    assert {member.label for member in dialog.offered} == {8}


def test_a_click_chooses_and_a_second_one_leaves_out(dialog):
    for index in (2, 5, 7):
        click(dialog.grid, *middle(dialog, index))
    assert dialog.chosen == tuple(dialog.offered[index] for index in (2, 5, 7))
    assert dialog.grid.chosen == {2, 5, 7}
    click(dialog.grid, *middle(dialog, 5))
    assert dialog.grid.chosen == {2, 7}


def test_the_keyboard_chooses_too(dialog):
    press(dialog.grid, "space")
    press(dialog.grid, "Right", times=2)
    press(dialog.grid, "space")
    assert dialog.grid.chosen == {0, 2}
    press(dialog.grid, "space")
    assert dialog.grid.chosen == {0}


def test_every_chosen_picture_is_marked_and_no_other(dialog):
    dialog.commands["All shown"].invoke()
    assert len(dialog.grid.find_withtag("chosen")) == 2 * SHOWN  # an outline and a dot each
    dialog.commands["None"].invoke()
    assert dialog.grid.find_withtag("chosen") == ()
    assert dialog.chosen == ()


def test_what_was_chosen_elsewhere_stays_chosen(dialog):
    dialog.commands["All shown"].invoke()
    zeros = dialog.chosen
    dialog.source_buttons[SHELF].invoke()
    assert dialog.grid.chosen == frozenset()
    click(dialog.grid, *middle(dialog, 1))
    assert dialog.chosen == (*zeros, Member(SHELF, 1))
    assert dialog.count.cget("text") == f"{SHOWN + 1} chosen: {SHOWN} real 0s, 1 bookmark"
    dialog.source_buttons[SHELF].invoke()
    assert dialog.grid.chosen == {1}


def test_the_mean_is_shown_live(dialog, model, marks):
    dialog.source_buttons[6].invoke()
    assert not dialog.picture.showing
    for index in range(4):
        click(dialog.grid, *middle(dialog, index))
        mean = points(dialog, model, marks).mean(axis=0)
        np.testing.assert_array_equal(dialog.picture._pixels, model.decoder.decode_uint8(mean))
    assert "6" in dialog.verdict.cget("text")
    dialog.commands["None"].invoke()
    assert not dialog.picture.showing
    assert dialog.verdict.cget("text") == ""


def test_the_group_is_what_was_chosen(dialog, model, marks):
    dialog.source_buttons[3].invoke()
    for index in range(12):
        click(dialog.grid, *middle(dialog, index))
    expected = points(dialog, model, marks)
    dialog.accept_button.invoke()
    assert dialog.group.name == "mean of 12 real 3s"
    np.testing.assert_array_equal(dialog.group.points, expected)
    np.testing.assert_array_equal(dialog.group.centroid, expected.mean(axis=0))
    assert not dialog.window.winfo_exists()


def test_nothing_chosen_is_no_group(dialog):
    assert dialog.accept_button.instate(["disabled"])
    press(dialog.name_field, "Return")
    assert dialog.window.winfo_exists()
    assert dialog.group is None


def test_a_name_of_ones_own_stays(dialog):
    click(dialog.grid, *middle(dialog, 0))
    dialog.name_field.delete(0, "end")
    dialog.name_field.insert(0, "  round\tzeros " + "x" * 200)
    click(dialog.grid, *middle(dialog, 1))
    press(dialog.name_field, "Return")
    assert dialog.group.name.startswith("round zeros x")
    assert len(dialog.group.name) == MAX_NAME_LENGTH


def test_an_emptied_name_becomes_the_proposed_one(dialog):
    dialog.commands["All shown"].invoke()
    dialog.name_field.delete(0, "end")
    press(dialog.name_field, "Return")
    assert dialog.group.name == f"mean of {SHOWN} real 0s"


def test_escape_cancels(dialog):
    dialog.commands["All shown"].invoke()
    press(dialog.grid, "Escape")
    assert dialog.group is None
    assert not dialog.window.winfo_exists()


def test_return_on_a_button_does_what_the_button_says(dialog):
    press(dialog.commands["All shown"], "Return")
    assert len(dialog.chosen) == SHOWN
    assert dialog.window.winfo_exists()


def test_asking_waits_for_the_answer(stage, model, marks, monkeypatch):
    opened: list[GroupDialog] = []

    def remembered(*arguments, **options) -> GroupDialog:
        opened.append(GroupDialog(*arguments, **options))
        return opened[-1]

    def asked(answer) -> Group | None:
        stage.root.after(1, answer)
        return ask_group(stage.root, stage.theme, title="A", model=model, bookmarks=marks)

    def accept() -> None:
        opened[-1].commands["All shown"].invoke()
        opened[-1].accept_button.invoke()

    monkeypatch.setattr(group_picker, "GroupDialog", remembered)
    assert len(asked(accept).points) == SHOWN
    assert asked(lambda: opened[-1].window.destroy()) is None


def test_without_real_digits_there_is_the_shelf_and_the_reason(open_dialog, model, marks):
    bare = replace(model, encoded=None, bundle=replace(model.bundle, encoder=None))
    dialog = open_dialog(model=bare)
    assert list(dialog.source_buttons) == [SHELF]
    assert len(dialog.offered) == len(marks)
    texts = [child.cget("text") for child in dialog._sources_row.winfo_children()]
    assert bare.without_statistics in texts
    dialog.commands["All shown"].invoke()
    assert dialog.name_field.get() == "mean of 5 bookmarks"


def test_an_empty_shelf_says_how_to_fill_it(open_dialog):
    dialog = open_dialog(bookmarks=[])
    dialog.source_buttons[SHELF].invoke()
    assert "shelf is empty" in dialog.grid.itemcget(dialog.grid._note, "text")
    assert dialog.commands["All shown"].instate(["disabled"])
    assert dialog.commands["Other ones"].instate(["disabled"])


def test_without_a_classifier_there_is_no_verdict(open_dialog, model):
    dialog = open_dialog(model=replace(model, bundle=replace(model.bundle, classifier=None)))
    dialog.commands["All shown"].invoke()
    assert dialog.verdict.cget("text") == ""
    assert dialog.picture.showing


def test_the_colours_follow_the_theme(dialog, stage):
    dialog.commands["All shown"].invoke()
    stage.theme.set_mode("dark")
    item = dialog.grid.find_withtag("chosen")[0]
    assert dialog.grid.itemcget(item, "outline") == stage.theme.palette.accent


@pytest.mark.parametrize(
    ("members", "name"),
    [
        ([], ""),
        ([Member(SHELF, 2)], "mark 2"),
        ([Member(4, 17)], "real 4 #17"),
        ([Member(4, 17), Member(4, 18)], "mean of 2 real 4s"),
        ([Member(4, 17), Member(5, 18)], "mean of 2 real digits"),
        ([Member(SHELF, 0), Member(SHELF, 1)], "mean of 2 bookmarks"),
        ([Member(SHELF, 0), Member(5, 18), Member(5, 19)], "mean of 3 points"),
    ],
)
def test_the_proposed_name_says_what_is_in_it(members, name):
    marks = [Bookmark(f"mark {index}", (0.0,)) for index in range(3)]
    assert proposed_name(members, marks) == name


NUMBERS = st.floats(-1e6, 1e6)


@given(st.integers(1, 5).flatmap(lambda d: st.lists(st.tuples(*[NUMBERS] * d), min_size=1)))
def test_the_centroid_is_the_mean(points):
    np.testing.assert_array_equal(Group("g", tuple(points)).centroid, np.mean(points, axis=0))
