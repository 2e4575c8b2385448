"""The target: classes as buttons or as a list, and attributes."""

from __future__ import annotations

import pytest

from explorer.widgets.target_row import ATTRIBUTE, CLASS, Target, TargetRow
from tests.interaction import click, press

DIGITS = tuple("0123456789")
CLOTHES = ("T-shirt", "Trouser", "Pullover")
ATTRIBUTES = ("ink", "slant")


@pytest.fixture
def chosen() -> list[Target]:
    return []


@pytest.fixture
def row(stage, chosen) -> TargetRow:
    widget = TargetRow(stage.frame, stage.theme, on_choose=chosen.append)
    stage.show(widget, 603, 44)
    return widget


def test_digits_are_buttons(row, stage, chosen):
    row.set_names(DIGITS, ATTRIBUTES)
    row.show(Target(CLASS, 7))
    stage.root.update()
    assert row.chips.winfo_manager() == "pack"
    assert row.class_box.winfo_manager() == ""
    assert row.chips.chosen == 7
    left, top, right, bottom = row.chips.box_of(4)
    click(row.chips, (left + right) // 2, (top + bottom) // 2)
    press(row.chips, "Right", times=2)
    press(row.chips, "Return")
    assert chosen == [Target(CLASS, 4), Target(CLASS, 6)]
    for child in row.winfo_children():
        if child.winfo_ismapped():
            assert child.winfo_width() >= child.winfo_reqwidth()
            assert child.winfo_x() + child.winfo_width() <= 603


@pytest.mark.parametrize("names", [CLOTHES, tuple("abcdefghijklmnopqrstuvwxyz")])
def test_long_names_and_many_classes_are_a_list(row, stage, chosen, names):
    row.set_names(names, ())
    row.show(Target(CLASS, 1))
    stage.root.update()
    assert row.class_box.winfo_manager() == "pack"
    assert row.chips.winfo_manager() == ""
    assert row.class_box.get() == names[1]
    row.class_box.current(2)
    row.class_box.event_generate("<<ComboboxSelected>>")
    stage.root.update()
    assert chosen == [Target(CLASS, 2)]
    assert row.attribute_box.instate(["disabled"])


def test_an_attribute_takes_the_place_of_the_class(row, stage, chosen):
    row.set_names(DIGITS, ATTRIBUTES)
    row.show(Target(CLASS, 2))
    row.attribute_box.current(1)
    row.attribute_box.event_generate("<<ComboboxSelected>>")
    stage.root.update()
    assert chosen == [Target(ATTRIBUTE, 1)]
    row.show(chosen[0])
    assert row.chips.chosen is None
    assert row.attribute_box.get() == "slant"
    row.show(Target(CLASS, 2))
    assert row.attribute_box.get() == ""


def test_without_classes_it_says_so(row, stage):
    row.set_names((), ATTRIBUTES)
    stage.root.update()
    assert row.no_classes.winfo_ismapped()
    row.set_names(DIGITS, ())
    stage.root.update()
    assert not row.no_classes.winfo_ismapped()


def test_the_chosen_one_is_told_apart_in_both_themes(row, stage):
    row.set_names(DIGITS, ())
    row.show(Target(CLASS, 3))
    for mode in ("light", "dark"):
        stage.theme.set_mode(mode)
        fills = [row.chips.itemcget(box, "fill") for box, _ in row.chips._items]
        assert fills == [stage.theme.palette.accent if i == 3 else "" for i in range(10)]
