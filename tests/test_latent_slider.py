"""The slider of one latent dimension: mouse, wheel, keys, typing, and what it shows."""

from __future__ import annotations

import tkinter as tk

import pytest

from explorer.widgets.latent_slider import LatentSlider
from tests.interaction import SHIFT, click, double_click, drag, press, turn_wheel

WIDTH = 400
LOW, HIGH = -4.0, 4.0  # what the key list and the tooltip promise
STEP, BIG_STEP = 0.05, 0.5


class Person:
    """A slider's owner that takes over every value it is asked for, as the state does."""

    def __init__(self) -> None:
        self.events: list[object] = []
        self.slider: LatentSlider | None = None

    def change(self, value: float) -> None:
        self.events.append(value)
        self.slider.set(value)


@pytest.fixture
def person(stage) -> Person:
    person = Person()
    person.slider = LatentSlider(
        stage.frame,
        stage.theme,
        "z1",
        on_change=person.change,
        on_step=lambda step: person.change(person.slider.value + step),
        on_zero=lambda: person.change(0.0),
        on_press=lambda: person.events.append("press"),
        on_release=lambda: person.events.append("release"),
        on_error=lambda message: person.events.append(("error", message)),
        on_lock=lambda: person.events.append("lock"),
        on_attend=lambda: None,
    )
    stage.show(person.slider, WIDTH, 34)
    return person


@pytest.fixture
def slider(person) -> LatentSlider:
    return person.slider


def x_of(slider: LatentSlider, value: float) -> int:
    return round(slider.x_of(value))


def middle(slider: LatentSlider) -> int:
    return slider.winfo_height() // 2


def field_of(slider: LatentSlider) -> tuple[int, int]:
    left, top, right, bottom = slider.bbox("field")
    return (left + right) // 2, (top + bottom) // 2


def thumb(slider: LatentSlider) -> float:
    """The pixel in the middle of the drawn thumb."""
    left, _, right, _ = slider.coords(slider._thumb)
    return (left + right) / 2


def shown(slider: LatentSlider) -> str:
    return slider.itemcget(slider._text, "text")


def entry_of(slider: LatentSlider) -> tk.Entry:
    return next(child for child in slider.winfo_children() if child.winfo_class() == "TEntry")


def test_it_shows_a_value_that_it_is_set_to_and_tells_nobody(slider, person):
    slider.set(1.25)
    assert slider.value == 1.25
    assert shown(slider) == "1.25"
    assert thumb(slider) == pytest.approx(slider.x_of(1.25), abs=1)
    assert person.events == []


def test_pixels_and_values_agree(slider):
    for value in (LOW, -1.0, 0.0, 2.5, HIGH):
        assert slider.value_at(slider.x_of(value)) == pytest.approx(value)
    assert slider.value_at(-100) == LOW
    assert slider.value_at(10_000) == HIGH


def test_a_click_jumps_there_as_one_gesture(slider, person):
    x = x_of(slider, 2.0)
    click(slider, x, middle(slider))
    assert person.events == ["press", slider.value_at(x), "release"]
    assert slider.value == pytest.approx(2.0, abs=0.02)
    assert slider.focus_get() is slider or slider.focus_displayof() is slider


def test_a_drag_follows_the_pointer_as_one_gesture(slider, person):
    y = middle(slider)
    xs = [x_of(slider, value) for value in (-2.0, 0.0, 1.0, 3.0)]
    drag(slider, *((x, y) for x in xs))
    assert person.events == ["press", *(slider.value_at(x) for x in xs), "release"]
    assert slider.value == pytest.approx(3.0, abs=0.02)


def test_a_drag_beyond_the_ends_stays_within_the_range(slider):
    y = middle(slider)
    drag(slider, (x_of(slider, 0), y), (WIDTH + 500, y))
    assert slider.value == HIGH
    drag(slider, (x_of(slider, 1), y), (-500, y))
    assert slider.value == LOW


def test_moving_the_pointer_without_a_press_changes_nothing(slider, person):
    slider.event_generate("<B1-Motion>", x=x_of(slider, 2), y=middle(slider))
    slider.event_generate("<ButtonRelease-1>", x=x_of(slider, 2), y=middle(slider))
    assert person.events == []


def test_a_double_click_is_zero_and_leaves_no_drag_open(slider, person):
    slider.set(3.0)
    double_click(slider, x_of(slider, -2.0), middle(slider))
    assert slider.value == 0.0
    assert person.events == ["press", pytest.approx(-2.0, abs=0.02), "release", 0.0]
    slider.event_generate("<B1-Motion>", x=x_of(slider, 2.0), y=middle(slider))
    slider.update()
    assert slider.value == 0.0


@pytest.mark.parametrize(
    ("key", "step"),
    [
        ("Right", STEP),
        ("Up", STEP),
        ("Left", -STEP),
        ("Down", -STEP),
        ("Shift-Right", BIG_STEP),
        ("Shift-Up", BIG_STEP),
        ("Shift-Left", -BIG_STEP),
        ("Shift-Down", -BIG_STEP),
    ],
)
def test_arrow_keys_step(slider, person, key, step):
    slider.set(1.0)
    press(slider, key)
    assert person.events == [pytest.approx(1.0 + step)]
    press(slider, key)
    assert slider.value == pytest.approx(1.0 + 2 * step)


def test_the_wheel_steps_up_and_down(slider):
    turn_wheel(slider, 2)
    assert slider.value == pytest.approx(2 * STEP)
    turn_wheel(slider, -3)
    assert slider.value == pytest.approx(-STEP)


@pytest.mark.skipif("sys.platform in ('win32', 'darwin')", reason="X11's wheel is a button")
def test_the_wheel_with_shift_takes_big_steps(slider):
    slider.event_generate("<ButtonPress>", button=4, x=200, y=10, state=SHIFT)
    slider.update()
    assert slider.value == pytest.approx(BIG_STEP)


def test_a_value_is_typed_after_return(slider, person):
    slider.set(1.0)
    press(slider, "Return")
    entry = entry_of(slider)
    assert entry.get() == "1"
    assert entry.selection_present()  # typing replaces it
    entry.delete(0, "end")
    entry.insert(0, " -2.125 ")
    press(entry, "Return")
    assert person.events == ["press", -2.125, "release"]
    assert slider.value == -2.125
    assert not slider.winfo_children()


def test_a_click_on_the_number_opens_it_for_typing(slider, person):
    click(slider, *field_of(slider))
    entry_of(slider)
    assert person.events == []


def test_a_double_click_on_the_number_does_not_reset_it(slider, person):
    slider.set(1.5)
    double_click(slider, *field_of(slider))
    assert slider.value == 1.5


def test_escape_leaves_the_value_as_it_was(slider, person):
    slider.set(1.0)
    slider.edit()
    entry = entry_of(slider)
    entry.delete(0, "end")
    entry.insert(0, "3")
    press(entry, "Escape")
    assert person.events == []
    assert slider.value == 1.0
    assert not slider.winfo_children()


def test_leaving_the_field_takes_the_value(slider, person, stage):
    other = tk.Entry(stage.frame)
    other.place(x=0, y=100)
    slider.edit()
    entry = entry_of(slider)
    stage.root.focus_force()
    entry.focus_force()
    stage.root.update()
    entry.delete(0, "end")
    entry.insert(0, "2")
    other.focus_force()
    stage.root.update()
    assert person.events == ["press", 2.0, "release"]
    assert not slider.winfo_children()


@pytest.mark.parametrize("value", [-1.234567, 0.0, 100.0, -999_999.999999, 0.000001])
def test_opening_the_field_and_leaving_it_keeps_the_exact_value(slider, value):
    slider.set(value)
    slider.edit()
    press(entry_of(slider), "Return")
    assert slider.value == value


@pytest.mark.parametrize("text", ["", "abc", "inf", "-inf", "nan", "1e300", "1,5", "1 2", "0x10"])
def test_what_is_no_number_is_told_and_not_taken(slider, person, text):
    slider.set(1.0)
    slider.edit()
    entry = entry_of(slider)
    entry.delete(0, "end")
    entry.insert(0, text)
    press(entry, "Return")
    ((kind, message),) = person.events
    assert kind == "error"
    assert message
    assert slider.value == 1.0


@pytest.mark.parametrize(("value", "end"), [(5.5, HIGH), (-1e6, LOW)])
def test_a_value_outside_waits_at_the_end_with_a_mark(slider, value, end):
    slider.set(value)
    assert slider.value == value
    assert thumb(slider) == pytest.approx(slider.x_of(end), abs=1)
    assert slider.itemcget(slider._beyond, "state") == "normal"
    slider.set(end)
    assert slider.itemcget(slider._beyond, "state") == "hidden"


def test_a_step_from_outside_goes_on_from_the_value_itself(slider):
    slider.set(6.0)
    press(slider, "Left")
    assert slider.value == pytest.approx(6.0 - STEP)


@pytest.mark.parametrize("value", [1e6, -999_999.0, -1e6, -4.0, 999.99])
def test_the_number_always_fits_its_field(slider, value):
    slider.set(value)
    slider.update()
    left, _, right, _ = slider.bbox(slider._text)
    field_left, _, field_right, _ = slider.coords(slider._field)
    assert field_left <= left
    assert right <= field_right


def test_focus_is_visible(slider, stage):
    slider.focus_force()
    stage.root.update()
    assert slider.itemcget(slider._ring, "state") == "normal"
    stage.root.focus_force()
    stage.root.update()
    assert slider.itemcget(slider._ring, "state") == "hidden"


def test_a_disabled_slider_does_nothing_and_looks_it(slider, person):
    enabled = slider.itemcget(slider._thumb, "fill")
    slider.set_enabled(False)
    assert slider.itemcget(slider._thumb, "fill") != enabled
    click(slider, x_of(slider, 2), middle(slider))
    double_click(slider, x_of(slider, 2), middle(slider))
    press(slider, "Right")
    turn_wheel(slider, 1)
    press(slider, "Return")
    assert person.events == []
    assert not slider.winfo_children()
    slider.set_enabled(True)
    assert slider.itemcget(slider._thumb, "fill") == enabled
    press(slider, "Right")
    assert slider.value == pytest.approx(STEP)


def test_the_thumb_follows_the_width(slider, stage):
    slider.set(2.0)
    stage.show(slider, 700, 34)
    assert thumb(slider) == pytest.approx(slider.x_of(2.0), abs=1)
    left, top, width, height = slider.track_box
    assert (left > 0, width > 400, top + height < 34) == (True, True, True)


def test_a_strip_is_painted_into_the_track(slider):
    left, top, width, height = slider.track_box
    picture = tk.PhotoImage(master=slider, width=width, height=height)
    slider.set_strip(picture)
    assert slider.bbox(slider._strip) == (left, top, left + width, top + height)
    slider.set_strip(None)
    assert slider.itemcget(slider._strip, "state") == "hidden"


def test_the_colours_follow_the_theme(slider, stage):
    light = slider.cget("background"), slider.itemcget(slider._text, "fill")
    stage.theme.set_mode("dark")
    dark = slider.cget("background"), slider.itemcget(slider._text, "fill")
    assert dark[0] == stage.theme.palette.background != light[0]
    assert dark[1] != light[1]


def lock_of(slider: LatentSlider) -> tuple[int, int]:
    left, top, right, bottom = slider.coords(slider._lock_area)
    return int(left + right) // 2, int(top + bottom) // 2


def test_a_click_on_the_lock_asks_for_it_and_moves_nothing(slider, person):
    click(slider, *lock_of(slider))
    assert person.events == ["lock"]
    double_click(slider, *lock_of(slider))
    assert person.events == ["lock"] * 3


def test_the_lock_is_seen(slider, stage):
    palette = stage.theme.palette
    assert slider.itemcget(slider._lock_body, "fill") == palette.background
    open_shackle = slider.coords(slider._shackle)
    slider.set_lock(True)
    assert slider.locked
    assert slider.itemcget(slider._lock_body, "fill") == palette.accent
    assert slider.coords(slider._shackle) != open_shackle
    slider.set_lock(False)
    assert slider.coords(slider._shackle) == open_shackle


def test_a_slider_that_cant_be_locked_shows_no_lock_and_takes_no_click_there(slider, person):
    where = lock_of(slider)
    slider.set_lock(False, lockable=False)
    assert slider.itemcget("lock", "state") == "hidden"
    click(slider, *where)
    double_click(slider, *where)
    assert person.events == []


def test_a_click_beside_the_track_takes_the_focus_and_moves_nothing(slider, person):
    for x in (slider.bbox(slider._name)[0] + 2, slider.track_box[0] - 10):
        slider.master.focus_force()
        slider.update()
        click(slider, x, middle(slider))
        double_click(slider, x, middle(slider))
        assert str(slider.tk.call("focus")) == str(slider)
    assert person.events == []


def test_the_ends_of_the_track_are_reached_from_just_beyond_them(slider):
    left, _, width, _ = slider.track_box
    click(slider, left + width + 2, middle(slider))
    assert slider.value == HIGH
    click(slider, left - 2, middle(slider))
    assert slider.value == LOW


def test_a_drag_that_is_let_go_moves_no_more_and_is_not_released(slider, person):
    y = middle(slider)
    slider.event_generate("<ButtonPress-1>", x=x_of(slider, 1.0), y=y)
    slider.let_go()
    slider.event_generate("<B1-Motion>", x=x_of(slider, 2.0), y=y)
    slider.event_generate("<ButtonRelease-1>", x=x_of(slider, 2.0), y=y)
    assert person.events == ["press", pytest.approx(1.0, abs=0.02)]


def test_its_name_and_its_use(slider, stage):
    slider.set_name("z4", "2.33 nats")
    slider.update()
    assert slider.itemcget(slider._name, "text") == "z4"
    _, _, right, _ = slider.bbox(slider._use)
    assert right <= slider.track_box[0]
    slider.set_name("z4", "dead", dead=True)
    assert slider.itemcget(slider._name, "fill") == stage.theme.palette.muted
    assert slider.itemcget(slider._use, "fill") == stage.theme.palette.muted
    stage.theme.set_mode("dark")
    assert slider.itemcget(slider._name, "fill") == stage.theme.palette.muted


def test_the_band_lies_where_the_data_do_below_the_track(slider):
    slider.set_band((0.5, 0.8))
    left, top, right, bottom = slider.coords(slider._narrow_band)
    assert (left, right) == pytest.approx((slider.x_of(-0.3), slider.x_of(1.3)))
    _, track_top, _, track_height = slider.track_box
    assert track_top + track_height < top < bottom <= slider.winfo_height()
    left, _, right, _ = slider.coords(slider._wide_band)
    assert (left, right) == pytest.approx((slider.x_of(-1.1), slider.x_of(2.1)))
    slider.set_band(None)
    assert slider.itemcget(slider._narrow_band, "state") == "hidden"


def test_an_arrow_points_to_where_something_grows(slider):
    slider.set(1.0)
    slider.set_arrow(-1.0)
    start, _, end, _ = slider.coords(slider._arrow)
    assert start == pytest.approx(slider.x_of(1.0))
    assert end < start
    slider.set_arrow(0.5)
    start, _, end, _ = slider.coords(slider._arrow)
    assert end > start
    slider.set(2.0)  # it goes with the thumb
    assert slider.coords(slider._arrow)[0] == pytest.approx(slider.x_of(2.0))
    slider.set_arrow(0.0)
    assert slider.itemcget(slider._arrow, "state") == "hidden"


def test_it_tells_of_the_pointer_and_the_focus(stage):
    told: list[tuple[bool, bool]] = []
    slider = LatentSlider(
        stage.frame,
        stage.theme,
        "z1",
        on_change=lambda value: None,
        on_step=lambda step: None,
        on_zero=lambda: None,
        on_press=lambda: None,
        on_release=lambda: None,
        on_error=lambda message: None,
        on_lock=lambda: None,
        on_attend=lambda: told.append((slider.hovered, slider._focused)),
    )
    stage.show(slider, WIDTH, 38)
    slider.event_generate("<Enter>", x=5, y=5)
    slider.event_generate("<Leave>", x=5, y=5)
    slider.focus_force()
    slider.update()
    stage.root.focus_force()
    stage.root.update()
    assert told == [(True, False), (False, False), (False, True), (False, False)]


# --- the error bar ------------------------------------------------------------------------------


def caps(slider: LatentSlider) -> tuple[float, float]:
    """The pixels in the middle of the two caps."""
    xs = slider.coords(slider._bar)[::2]
    return (xs[0] + xs[1]) / 2, (xs[4] + xs[5]) / 2


@pytest.mark.parametrize(("mean", "std"), [(0.5, 0.12), (-2.0, 0.01), (0.0, 1.0)])
def test_an_error_bar_reaches_one_deviation_to_either_side(slider, mean, std):
    slider.set_posterior((mean, std))
    assert slider.itemcget(slider._bar, "state") == "normal"
    expected = slider.x_of(mean - std), slider.x_of(mean + std)
    assert caps(slider) == pytest.approx(expected, abs=0.5)


def test_an_error_bar_stays_on_the_track(slider):
    slider.set_posterior((3.9, 0.5))
    assert caps(slider) == pytest.approx((slider.x_of(3.4), slider.x_of(HIGH)), abs=0.5)


def test_an_error_bar_stays_where_it_is_while_the_thumb_moves(slider):
    slider.set_posterior((1.0, 0.2))
    before = caps(slider)
    slider.set(-3.0)
    assert caps(slider) == before


def test_an_error_bar_is_taken_away(slider):
    assert slider.itemcget(slider._bar, "state") == "hidden"
    slider.set_posterior((1.0, 0.2))
    slider.set_posterior(None)
    assert slider.itemcget(slider._bar, "state") == "hidden"


def test_how_far_an_error_bar_reaches_is_written_below_the_name(slider, stage):
    def below() -> tuple[str, str]:
        return slider.itemcget(slider._use, "text"), slider.itemcget(slider._use, "fill")

    slider.set_name("z1", "2.82 nats")
    slider.set_posterior((1.0, 0.123))
    slider.set_name("z1", "2.90 nats")
    assert below() == ("± 0.12", stage.theme.palette.accent)
    slider.set_posterior(None)
    assert below() == ("2.90 nats", stage.theme.palette.muted)


def test_a_name_makes_room_for_how_far_the_error_bar_reaches(slider):
    slider.set_name("z1", "")
    alone = slider.coords(slider._name)
    slider.set_posterior((1.0, 0.123))
    assert slider.coords(slider._name)[1] < alone[1]
    assert slider.bbox(slider._name)[3] <= slider.bbox(slider._use)[1] + 3
    slider.set_posterior(None)
    assert slider.coords(slider._name) == alone


def test_an_error_bar_follows_the_width(slider, stage):
    slider.set_posterior((1.0, 0.2))
    stage.show(slider, 700, 34)
    assert caps(slider) == pytest.approx((slider.x_of(0.8), slider.x_of(1.2)), abs=0.5)


def test_an_error_bar_is_seen_over_dark_and_bright_images_in_both_themes(slider, stage):
    slider.set_posterior((1.0, 0.2))
    for mode in ("light", "dark"):
        stage.theme.set_mode(mode)
        brightness = [
            sum(slider.winfo_rgb(slider.itemcget(slider._bar, colour))) / 3 / 65535
            for colour in ("fill", "outline")
        ]
        assert brightness[0] > 0.85
        assert brightness[1] < 0.15
    order = slider.find_all()
    assert order.index(slider._thumb) < order.index(slider._bar)
