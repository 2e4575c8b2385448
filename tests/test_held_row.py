"""The line that names what is held: what there is room for, and letting go of it."""

from __future__ import annotations

import pytest

from explorer.widgets.held_row import HeldRow

NAMES = ["thickness", "slant", "the way from one group of points to another one"]


@pytest.fixture
def released() -> list[bool]:
    return []


@pytest.fixture
def row(stage, released) -> HeldRow:
    row = HeldRow(stage.frame, stage.theme, on_release=lambda: released.append(True))
    stage.show(row, 580, 30)
    return row


def test_directions_and_dimensions_are_named_and_let_go(row, stage, released):
    row.show(NAMES[:2], ["z3"])
    stage.root.update()
    assert row.label.cget("text").endswith("thickness, slant, z3")
    assert row.release_button.winfo_ismapped()
    row.release_button.invoke()
    assert released == [True]


def test_a_locked_dimension_is_let_go_elsewhere(row, stage):
    row.show([], ["z3"])
    stage.root.update()
    assert row.label.cget("text").endswith("walked: z3")
    assert not row.release_button.winfo_ismapped()


def test_a_long_line_is_cut_to_the_room_and_grows_with_it(row, stage):
    row.show(NAMES, [])
    for width in (300, 420, 900):
        stage.show(row, width, 30)
        stage.root.update()
        label, button = row.label, row.release_button
        assert label.winfo_reqwidth() <= width
        assert row._font.measure(label.cget("text")) <= label.winfo_width()
        assert button.winfo_x() + button.winfo_width() <= width
    assert label.cget("text").endswith(NAMES[-1])
