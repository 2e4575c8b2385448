"""The sheet under a mouse, a pen and the keyboard."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.drawing import MAX_RADIUS, Drawing, Stroke
from explorer.widgets.drawing_canvas import (
    FAR_KEY_STEP,
    KEY_STEP,
    MAX_HISTORY,
    DrawingCanvas,
    hatching,
)
from tests.interaction import click, drag, press, turn_wheel
from vae.data import bundled_digits

SIDE = 286  # of which the sheet takes 280, ten pixels for one of the model
BUTTON_1, BUTTON_3 = 0x100, 0x400  # the bits of an event that say that the button is down


class Person:
    """Keeps what the sheet has told."""

    def __init__(self) -> None:
        self.changes: list[Drawing] = []
        self.ends: list[Drawing] = []
        self.brushes: list[tuple[float, float]] = []


@pytest.fixture
def person() -> Person:
    return Person()


@pytest.fixture
def sheet(stage, person) -> DrawingCanvas:
    sheet = DrawingCanvas(
        stage.frame,
        stage.theme,
        side=28,
        on_change=person.changes.append,
        on_stroke_end=person.ends.append,
        on_brush=lambda *brush: person.brushes.append(brush),
    )
    stage.show(sheet, SIDE, SIDE)
    return sheet


@pytest.fixture(scope="module")
def digit() -> np.ndarray:
    return bundled_digits()[0][4]


def at(sheet: DrawingCanvas, x: float, y: float) -> tuple[int, int]:
    """The widget's pixel at a place of the model."""
    across, down = sheet.pixel_of((x, y))
    return round(across), round(down)


def draw(sheet: DrawingCanvas, *places: tuple[float, float]) -> None:
    drag(sheet, *(at(sheet, *place) for place in places))


def pixels(sheet: DrawingCanvas) -> np.ndarray:
    """What is on the screen of the sheet itself, (280, 280, 3)."""
    from PIL import ImageTk

    sheet.update()
    photo = sheet._photos[sheet._shown_mode]
    return np.asarray(ImageTk.getimage(photo).convert("RGB"))


def outline(sheet: DrawingCanvas) -> tuple[float, float, float] | None:
    """Middle and radius of the brush's outline in pixels of the model, if it is seen."""
    item = sheet._brush_marks[-1]
    if sheet.itemcget(item, "state") == "hidden":
        return None
    left, top, right, bottom = sheet.coords(item)
    x, y = sheet.place_of((left + right) / 2, (top + bottom) / 2)
    return x, y, (right - left) / 20


def test_a_click_makes_a_dot(sheet, person):
    click(sheet, *at(sheet, 14, 9))
    (stroke,) = sheet.drawing.strokes
    assert stroke.points == ((14.0, 9.0),)
    assert stroke.kind == "ink"
    assert person.ends == [sheet.drawing]
    ink = sheet.drawing.ink()
    assert ink[8:10, 13:15].min() > 200
    assert not ink[20:].any()


def test_a_drag_is_one_stroke_through_every_place(sheet, person):
    draw(sheet, (4, 4), (20, 6), (9, 25))
    (stroke,) = sheet.drawing.strokes
    assert stroke.points == ((4.0, 4.0), (20.0, 6.0), (9.0, 25.0))
    assert len(person.changes) == 3  # one an event
    assert len(person.ends) == 1


def test_what_is_told_while_drawing_is_the_drawing_so_far(sheet, person):
    draw(sheet, (4, 4), (20, 6), (9, 25))
    counts = [len(drawing.strokes[0].points) for drawing in person.changes]
    assert counts == [1, 2, 3]
    covered = [int(np.count_nonzero(drawing.ink())) for drawing in person.changes]
    assert covered == sorted(set(covered))
    np.testing.assert_array_equal(person.ends[0].fine(), person.changes[-1].fine())


def test_a_fast_movement_leaves_no_gap_on_the_screen(sheet):
    draw(sheet, (2, 14), (26, 14))
    row = pixels(sheet)[140, 20:260, 0]
    assert (row == 255).all()


def test_a_stroke_that_leaves_the_sheet_goes_on(sheet, person):
    draw(sheet, (14, 14), (60, 14), (60, 20), (14, 20))
    (stroke,) = person.ends[0].strokes
    assert stroke.points[1] == (60.0, 14.0)
    assert sheet.drawing.ink()[20, 27] > 200  # on its way back


def test_a_release_that_went_elsewhere_ends_the_stroke(sheet, person):
    sheet.event_generate("<ButtonPress-1>", x=50, y=50)
    sheet.event_generate("<Motion>", x=150, y=50, state=BUTTON_1)
    sheet.event_generate("<Motion>", x=150, y=250)
    sheet.update()
    assert not sheet.is_drawing
    assert len(person.ends) == 1
    assert not sheet.drawing.ink()[12:].any()


def test_a_sheet_that_goes_out_of_sight_keeps_the_stroke(sheet, person):
    sheet.event_generate("<ButtonPress-1>", x=50, y=50)
    sheet.place_forget()
    sheet.update()
    assert len(person.ends) == 1
    assert len(sheet.drawing.strokes) == 1


def test_the_right_button_erases(sheet):
    draw(sheet, (4, 14), (24, 14))
    x, y = at(sheet, 14, 14)
    click(sheet, x, y, button=3)
    assert [stroke.kind for stroke in sheet.drawing.strokes] == ["ink", "erase"]
    assert sheet.drawing.ink()[14, 14] == 0
    assert sheet.drawing.ink()[14, 6] > 0


@pytest.mark.parametrize(
    ("tool", "opposite"),
    [("ink", "erase"), ("erase", "ink"), ("unknown", "known"), ("known", "unknown")],
)
def test_every_tool_has_its_opposite_on_the_right_button(sheet, tool, opposite):
    sheet.set_tool(tool)
    click(sheet, *at(sheet, 5, 5))
    click(sheet, *at(sheet, 20, 20), button=3)
    assert [stroke.kind for stroke in sheet.drawing.strokes] == [tool, opposite]


def test_a_second_button_does_not_disturb_a_stroke(sheet, person):
    sheet.event_generate("<ButtonPress-1>", x=50, y=50)
    sheet.event_generate("<ButtonPress-3>", x=50, y=50, state=BUTTON_1)
    sheet.event_generate("<ButtonRelease-3>", x=50, y=50, state=BUTTON_1 | BUTTON_3)
    sheet.event_generate("<Motion>", x=150, y=50, state=BUTTON_1)
    sheet.event_generate("<ButtonRelease-1>", x=150, y=50, state=BUTTON_1)
    sheet.update()
    (stroke,) = person.ends[0].strokes
    assert stroke.kind == "ink"
    assert len(stroke.points) == 2


def test_the_brush_is_that_of_the_next_stroke(sheet):
    sheet.set_brush(3.0, 0.0)
    click(sheet, *at(sheet, 14, 14))
    (stroke,) = sheet.drawing.strokes
    assert (stroke.radius, stroke.softness) == (3.0, 0.0)


def test_the_outline_of_the_brush_follows_the_pointer(sheet):
    sheet.set_brush(2.0, 0.3)
    sheet.event_generate("<Motion>", x=103, y=53)
    assert outline(sheet) == pytest.approx((10.0, 5.0, 2.0))
    sheet.event_generate("<Leave>")
    assert outline(sheet) is None


def test_the_wheel_and_the_brackets_change_the_brush(sheet, person):
    turn_wheel(sheet, 2)
    assert sheet.brush == (1.75, 0.3)
    press(sheet, "bracketleft")
    assert sheet.brush == (1.5, 0.3)
    assert person.brushes == [(1.5, 0.3), (1.75, 0.3), (1.5, 0.3)]
    sheet.set_brush(MAX_RADIUS - 0.1, 0.3)
    turn_wheel(sheet, 2)
    assert person.brushes[3:] == [(MAX_RADIUS, 0.3)]  # and told once
    press(sheet, "bracketright")
    assert len(person.brushes) == 4


def test_undo_and_redo_go_back_and_forth_exactly(sheet, person):
    draw(sheet, (4, 4), (20, 6))
    one = sheet.drawing
    draw(sheet, (4, 24), (20, 20))
    two = sheet.drawing
    sheet.undo_stroke()
    assert sheet.drawing is one
    sheet.undo_stroke()
    assert sheet.drawing.is_empty
    assert not sheet.can_undo
    sheet.undo_stroke()  # nothing to undo
    sheet.redo_stroke()
    sheet.redo_stroke()
    assert sheet.drawing is two
    assert not sheet.can_redo
    assert person.ends[-4:] == [one, person.ends[-3], one, two]


def test_a_new_stroke_forgets_what_was_undone(sheet):
    click(sheet, 50, 50)
    sheet.undo_stroke()
    click(sheet, 80, 80)
    assert not sheet.can_redo


def test_a_cleared_sheet_comes_back(sheet, person, digit):
    sheet.set_drawing(Drawing(28, digit, base_is_centred=True))
    sheet.clear()
    assert sheet.drawing.is_empty
    assert person.ends == [sheet.drawing]
    sheet.undo_stroke()
    np.testing.assert_array_equal(sheet.drawing.ink(), digit)


def test_clearing_an_empty_sheet_changes_nothing(sheet, person):
    sheet.clear()
    assert not person.ends
    assert not sheet.can_undo


def test_another_sheet_costs_nobody_a_drawing(sheet, person, digit):
    draw(sheet, (4, 4), (20, 6))
    mine = sheet.drawing
    sheet.set_drawing(Drawing(28, digit))
    assert len(person.ends) == 1  # untold
    sheet.undo_stroke()
    assert sheet.drawing is mine


def test_the_sheet_that_is_shown_already_is_nothing_to_undo(sheet):
    click(sheet, 50, 50)
    sheet.set_drawing(sheet.drawing)
    sheet.undo_stroke()
    assert sheet.drawing.is_empty


def test_a_sheet_of_another_size_starts_anew(sheet):
    click(sheet, 50, 50)
    sheet.set_drawing(Drawing(64))
    assert not sheet.can_undo
    assert sheet.drawing.ink().shape == (64, 64)
    click(sheet, *at(sheet, 60.0, 60.0))
    x, y = sheet.drawing.strokes[0].points[0]
    assert (x, y) == pytest.approx((60.0, 60.0), abs=0.2)


def test_the_history_is_bounded(sheet):
    for _ in range(MAX_HISTORY + 20):
        sheet.set_drawing(Drawing(28))
    steps = 0
    while sheet.can_undo:
        sheet.undo_stroke()
        steps += 1
    assert steps == MAX_HISTORY


# --- keys -----------------------------------------------------------------------------------------


def test_the_keys_draw(sheet, person):
    press(sheet, "Right")  # from the middle of the sheet
    press(sheet, "space")
    assert sheet.is_drawing
    press(sheet, "Shift-Right", times=2)
    press(sheet, "Down")
    press(sheet, "space")
    (stroke,) = person.ends[0].strokes
    assert stroke.points == ((14.5, 14.0), (17.5, 14.0), (20.5, 14.0), (20.5, 14.5))
    assert not sheet.is_drawing


# Tk makes a digit of the pad as a person does without Num Lock: with Shift, which is faster.
@pytest.mark.parametrize(
    ("up_left", "down_right", "step"),
    [("KP_Home", "KP_Next", KEY_STEP), ("KP_7", "KP_3", FAR_KEY_STEP)],
)
def test_the_number_pad_goes_aslant(sheet, up_left, down_right, step):
    press(sheet, "space")
    press(sheet, up_left)
    press(sheet, down_right, times=2)
    press(sheet, "space")
    assert sheet.drawing.strokes[0].points == (
        (14, 14),
        (14 - step, 14 - step),
        (14, 14),
        (14 + step, 14 + step),
    )


def test_the_pen_of_the_keys_stays_on_the_sheet(sheet):
    press(sheet, "Shift-Left", times=20)
    press(sheet, "Shift-Up", times=20)
    assert sheet.pen_place == (0.0, 0.0)
    press(sheet, "Shift-Right", times=20)
    assert sheet.pen_place == (28.0, 0.0)


def test_the_keys_go_on_where_the_mouse_was(sheet):
    draw(sheet, (4, 4), (20, 6))
    press(sheet, "Down")
    assert sheet.pen_place == (20.0, 6.5)


def test_a_mouse_that_is_touched_does_not_move_the_pen_of_the_keys(sheet):
    press(sheet, "space")
    sheet.event_generate("<Motion>", x=10, y=10)
    press(sheet, "Right")
    press(sheet, "space")
    assert sheet.drawing.strokes[0].points == ((14, 14), (14.5, 14))


def test_leaving_by_tab_keeps_the_stroke(sheet, stage, person):
    import tkinter as tk

    other = tk.Entry(stage.frame)
    other.place(x=400, y=400)
    press(sheet, "space")
    press(sheet, "Right")
    other.focus_force()
    stage.root.update()
    assert len(person.ends) == 1
    assert len(sheet.drawing.strokes[0].points) == 2


@pytest.mark.parametrize("key", ["Control-z", "BackSpace"])
def test_undo_keys_take_a_stroke_back_and_leave_the_window_alone(sheet, stage, key):
    windows: list[str] = []
    binding = stage.root.bind("<Key>", lambda event: windows.append(event.keysym))
    click(sheet, 50, 50)
    click(sheet, 90, 90)
    press(sheet, key)
    assert len(sheet.drawing.strokes) == 1
    press(sheet, key, times=2)
    assert sheet.drawing.is_empty
    press(sheet, "Control-y")
    press(sheet, "Control-Shift-Z")
    assert len(sheet.drawing.strokes) == 2
    press(sheet, "Delete")
    assert sheet.drawing.is_empty
    stage.root.unbind("<Key>", binding)
    assert not windows


def test_the_window_gets_the_keys_that_the_sheet_does_not_use(sheet, stage):
    windows: list[str] = []
    binding = stage.root.bind("<Key>", lambda event: windows.append(event.keysym))
    press(sheet, "t")
    press(sheet, "Escape")
    stage.root.unbind("<Key>", binding)
    assert windows == ["t", "Escape"]


def test_escape_gives_up_the_stroke_that_is_being_drawn(sheet, person):
    click(sheet, 50, 50)
    kept = sheet.drawing
    press(sheet, "space")
    press(sheet, "Right", times=3)
    press(sheet, "Escape")
    assert sheet.drawing is kept
    assert person.ends[-1] is kept
    sheet.undo_stroke()
    assert sheet.drawing.is_empty


def test_undo_within_a_stroke_gives_it_up(sheet):
    sheet.event_generate("<ButtonPress-1>", x=50, y=50)
    press(sheet, "Control-z")
    sheet.event_generate("<Motion>", x=150, y=50, state=BUTTON_1)
    sheet.event_generate("<ButtonRelease-1>", x=150, y=50, state=BUTTON_1)
    sheet.update()
    assert sheet.drawing.is_empty
    assert not sheet.can_undo


def test_the_focus_is_seen(sheet, stage):
    import tkinter as tk

    other = tk.Entry(stage.frame)
    other.place(x=400, y=400)
    sheet.focus_force()
    stage.root.update()
    assert sheet.itemcget(sheet._ring, "state") == "normal"
    assert outline(sheet)[:2] == pytest.approx((14.0, 14.0))
    other.focus_force()
    stage.root.update()
    assert sheet.itemcget(sheet._ring, "state") == "hidden"


# --- what is seen ---------------------------------------------------------------------------------


def test_the_screen_shows_the_ink(sheet):
    click(sheet, *at(sheet, 14, 9))
    shown = pixels(sheet)
    assert shown.shape == (280, 280, 3)
    assert (shown[90, 140] == 255).all()
    assert not shown[200].any()


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_what_is_unknown_is_hatched_over_ink_and_ground_in_every_theme(sheet, stage, mode):
    stage.theme.set_mode(mode)
    draw(sheet, (0, 14), (28, 14))
    sheet.set_tool("unknown")
    sheet.set_brush(4.0, 0.0)
    before = pixels(sheet).astype(int)
    click(sheet, *at(sheet, 14, 14))
    shown = pixels(sheet).astype(int)
    unknown = np.kron(sheet.drawing.unknown(), np.ones((10, 10), bool))
    np.testing.assert_array_equal(shown[~unknown], before[~unknown])
    for place in (before[..., 0] == 255, before[..., 0] == 0):
        marked, bare = shown[place & unknown], before[place & unknown]
        assert np.abs(marked - bare).max(axis=1).min() > 40  # every pixel is told from a known one
        assert len(np.unique(marked, axis=0)) >= 2  # stripes, not a grey of ink's own


def test_marks_go_with_the_pixels_and_the_ink_below_comes_back(sheet):
    draw(sheet, (0, 14), (28, 14))
    before = pixels(sheet)
    sheet.set_tool("unknown")
    click(sheet, *at(sheet, 14, 14))
    sheet.undo_stroke()
    np.testing.assert_array_equal(pixels(sheet), before)


def test_the_empty_sheet_says_what_it_is_for(sheet):
    assert sheet.itemcget(sheet._note, "text") == "Draw a digit here"
    click(sheet, 50, 50)
    assert sheet.itemcget(sheet._note, "text") == ""
    sheet.undo_stroke()
    sheet.update()
    assert sheet.itemcget(sheet._note, "text") == "Draw a digit here"


def test_a_sheet_that_is_not_enabled_takes_nothing(sheet, person):
    sheet.set_enabled(False, "The model is being loaded.")
    draw(sheet, (4, 4), (20, 6))
    for key in ("space", "Delete", "Control-z", "bracketright"):
        press(sheet, key)
    assert sheet.drawing.is_empty
    assert (person.changes, person.ends, person.brushes) == ([], [], [])
    assert sheet.itemcget(sheet._note, "text") == "The model is being loaded."
    sheet.set_enabled(True)
    click(sheet, 50, 50)
    assert len(person.ends) == 1


def test_a_sheet_that_is_not_square_on_the_screen_is_in_the_middle(sheet, stage):
    stage.show(sheet, 406, SIDE)
    draw(sheet, (0, 0), (28, 28))
    assert sheet.drawing.strokes[0].points == ((0.0, 0.0), (28.0, 28.0))
    assert sheet.pixel_of((0, 0)) == (63, 3)


def test_a_tool_that_is_not_one_is_refused(sheet):
    with pytest.raises(ValueError, match="not 'chalk'"):
        sheet.set_tool("chalk")


def test_the_stripes_have_a_period():
    colours, opacity = hatching(60, 9, (53, 116, 240))
    stripes = np.asarray(opacity)
    np.testing.assert_array_equal(stripes[:, 9:], stripes[:, :-9])
    assert len(np.unique(stripes)) == 2
    assert {tuple(c) for c in np.asarray(colours).reshape(-1, 3)} == {
        (53, 116, 240),
        (112, 112, 112),
    }


def test_a_stroke_that_was_saved_is_shown_as_it_was_drawn(sheet):
    draw(sheet, (4, 4), (20, 6), (9, 25))
    shown = pixels(sheet)
    again = tuple(Stroke(s.points, s.radius, s.softness, s.kind) for s in sheet.drawing.strokes)
    sheet.set_drawing(Drawing(28, strokes=again))
    np.testing.assert_array_equal(pixels(sheet), shown)
