"""The map: the picture follows the plane, the point the hand; paths and outlines are drawn."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from explorer.viewport import QUANTILE, Viewport
from explorer.widgets.map_canvas import alike, stretched
from explorer.widgets.map_tools import HINTS
from explorer.widgets.map_view import CROSS_STEP, MOST_NOTCHES, PAN_STEP, ZOOM_STEP, MapView
from tests.interaction import CONTROL, SHIFT, click, double_click, drag, press, turn_wheel

WIDTH, HEIGHT = 500, 400


class Person:
    """What a map asks for, in its order; the point goes where it is sent."""

    def __init__(self) -> None:
        self.asked: list[object] = []
        self.moves: list[tuple[float, float]] = []
        self.viewports: list[Viewport] = []
        self.hovers: list[tuple[float | None, float | None]] = []
        self.paths: list[np.ndarray] = []
        self.outlines: list[np.ndarray] = []
        self.menus: list[tuple[float, float, int, int]] = []
        self.view: MapView | None = None

    def move(self, u: float, v: float) -> None:
        self.asked.append("move")
        self.moves.append((u, v))
        self.view.set_point(u, v)

    def step(self, du: float, dv: float) -> None:
        self.asked.append((du, dv))

    def select(self, outline: np.ndarray) -> None:
        self.outlines.append(outline)
        self.view.set_selection(outline)


@pytest.fixture
def person() -> Person:
    return Person()


@pytest.fixture
def view(stage, person) -> MapView:
    view = MapView(
        stage.frame,
        stage.theme,
        on_press=lambda: person.asked.append("press"),
        on_move=person.move,
        on_release=lambda: person.asked.append("release"),
        on_step=person.step,
        on_viewport=person.viewports.append,
        on_fit=lambda: person.asked.append("fit"),
        on_hover=lambda u, v: person.hovers.append((u, v)),
        on_path=person.paths.append,
        on_select=person.select,
        on_menu=lambda *where: person.menus.append(where),
    )
    person.view = view
    view.set_axis_names("z1", "z2")
    stage.show(view, WIDTH, HEIGHT)
    view.set_viewport(Viewport.fitted(view.picture_size))
    view.show_picture(checked(view.picture_size), view.viewport)
    view.set_point(0.5, -0.5)
    view.update()
    person.viewports.clear()
    return view


def checked(size: tuple[int, int], cell: int = 8) -> Image.Image:
    """A picture on which every shift is seen."""
    x, y = np.meshgrid(*map(np.arange, size))
    pixels = np.stack([x % 256, y % 256, 255 * ((x // cell + y // cell) % 2)], axis=2)
    return Image.fromarray(pixels.astype(np.uint8))


def at(view: MapView, u: float, v: float) -> tuple[int, int]:
    """The pixel nearest to a place."""
    x, y = view.pixel_of(u, v)
    return round(x), round(y)


def shown(view: MapView, item: int) -> bool:
    return view.itemcget(item, "state") in ("normal", "")


def ring(view: MapView) -> tuple[float, ...] | None:
    return tuple(view.coords(view._ring)) if shown(view, view._ring) else None


def texts(view: MapView, tag: str) -> list[str]:
    return [view.itemcget(i, "text") for i in view.find_withtag(tag) if view.type(i) == "text"]


# ---- the point -----------------------------------------------------------------------------------


def test_a_press_sends_the_point_there_and_a_drag_takes_it_along(view, person):
    places = [(-1.0, 2.0), (0.0, 0.0), (2.5, -1.5)]
    drag(view, *(at(view, *place) for place in places))
    assert person.asked == ["press", "move", "move", "move", "release"]  # one for each motion
    pixel = view.viewport.unit
    assert np.abs(np.array(person.moves) - places).max() <= pixel
    assert ring(view) == pytest.approx(at(view, *places[-1]), abs=1)


@pytest.mark.parametrize("spacing", ["even", "quantile"])
def test_what_a_press_asks_for_is_the_place_under_the_pointer(view, person, spacing):
    view.set_viewport(Viewport.fitted(view.picture_size, spacing))
    x, y = view.picture_box[0] + 97, view.picture_box[1] + 143
    click(view, x, y)
    assert view.pixel_of(*person.moves[-1]) == pytest.approx((x, y), abs=1e-6)
    assert ring(view) == pytest.approx((x, y), abs=1e-3)


def test_a_drag_beyond_the_edge_keeps_the_point_on_the_map(view, person):
    drag(view, at(view, 0, 0), (WIDTH + 300, -200))
    left, top, right, bottom = view.picture_box
    x, y = ring(view)
    assert left <= x <= right
    assert top <= y <= bottom
    assert y == top
    assert x == right - 1


def test_beside_the_picture_a_press_asks_for_nothing(view, person):
    click(view, 2, 2)
    click(view, WIDTH // 2, HEIGHT - 2)
    assert person.asked == []


def test_a_marker_that_moves_is_the_same_item_moved(view, monkeypatch):
    view.set_point(0.0, 0.0)
    calls = []
    for name in ("coords", "itemconfigure", "create_image", "delete"):
        monkeypatch.setattr(view, name, lambda *a, name=name, **k: calls.append(name))
    view.set_point(0.3, 0.2)
    assert calls == ["coords"]


def test_a_point_outside_the_view_has_an_arrow_at_the_edge(view):
    left, top, right, bottom = view.picture_box
    for place, side in (
        ((30.0, 0.0), lambda box: box[2] > right - 20),
        ((-30.0, 0.0), lambda box: box[0] < left + 20),
        ((0.0, 30.0), lambda box: box[1] < top + 20),
        ((0.0, -30.0), lambda box: box[3] > bottom - 20),
    ):
        view.set_point(*place)
        assert ring(view) is None
        assert shown(view, view._arrow)
        box = view.bbox(view._arrow)
        assert side(box)
        assert left - 4 <= box[0] <= box[2] <= right + 4
        assert top - 4 <= box[1] <= box[3] <= bottom + 4
    view.set_point(1.0, 1.0)
    assert not shown(view, view._arrow)
    assert ring(view) is not None
    view.set_point(None, None)
    assert ring(view) is None
    assert view.point is None


@pytest.mark.parametrize(
    ("key", "step"),
    [
        ("Left", (-0.05, 0.0)),
        ("Right", (0.05, 0.0)),
        ("Up", (0.0, 0.05)),
        ("Down", (0.0, -0.05)),
        ("Shift-Left", (-0.5, 0.0)),
        ("Shift-Up", (0.0, 0.5)),
    ],
)
def test_arrow_keys_move_the_point(view, person, key, step):
    press(view, key)
    assert person.asked == [step]


# ---- the plane -----------------------------------------------------------------------------------


def test_the_wheel_holds_the_place_under_the_pointer(view, person):
    x, y = WIDTH // 2, HEIGHT // 2  # where the wheel is turned
    before, width = view.plane_at(x, y), view.viewport.width
    turn_wheel(view, 1)
    assert len(person.viewports) == 1
    assert view.viewport.width == pytest.approx(person.viewports[0].width)
    assert view.plane_at(x, y) == pytest.approx(before)
    assert view.viewport.width < width


def test_a_burst_of_the_wheel_is_one_bounded_change(view, person):
    width = view.viewport.width
    turn_wheel(view, 40)
    assert len(person.viewports) == 1
    assert view.viewport.width == pytest.approx(width / ZOOM_STEP**MOST_NOTCHES)
    turn_wheel(view, -2)
    assert len(person.viewports) == 2
    assert view.viewport.width == pytest.approx(width / ZOOM_STEP ** (MOST_NOTCHES - 2))


def test_the_wheel_with_shift_goes_sideways(view, person):
    x, y = WIDTH // 2, HEIGHT // 2
    view.event_generate("<ButtonPress>", button=5, x=x, y=y, state=SHIFT)
    view.update()
    (viewport,) = person.viewports
    assert viewport.width == pytest.approx(6 * view.picture_size[0] / view.picture_size[1])
    assert viewport.centre[0] == pytest.approx(PAN_STEP * 6)
    assert viewport.centre[1] == 0.0


@pytest.mark.parametrize(("button", "state"), [(1, SHIFT), (2, 0), (3, 0)])
def test_the_plane_follows_the_hand(view, person, button, state):
    x, y = at(view, 0.0, 0.0)
    before = view.plane_at(x, y)
    view.event_generate(f"<ButtonPress-{button}>", x=x, y=y, state=state)
    for dx, dy in ((10, 4), (60, -25), (57, -30)):
        view.event_generate("<Motion>", x=x + dx, y=y + dy, state=state | 0x80 << button)
        assert view.plane_at(x + dx, y + dy) == pytest.approx(before)
        # The picture is moved, not painted anew.
        left, top = view.picture_box[:2]
        assert view.coords(view._item) == [left + dx, top + dy]
    view.event_generate(f"<ButtonRelease-{button}>", x=x + 57, y=y - 30, state=state)
    assert len(person.viewports) == 3
    assert person.asked == []  # the point stays
    assert person.menus == []
    assert view.cget("cursor") == "crosshair"


def test_a_zoom_in_the_middle_of_a_pan_goes_on_from_there(view):
    x, y = at(view, 1.0, 1.0)
    view.event_generate("<ButtonPress-2>", x=x, y=y)
    view.event_generate("<Motion>", x=x + 30, y=y)
    view.event_generate("<ButtonPress>", button=4, x=x + 30, y=y)
    view.update()
    held = view.plane_at(x + 30, y)
    view.event_generate("<Motion>", x=x + 50, y=y + 9)
    assert view.plane_at(x + 50, y + 9) == pytest.approx(held)
    view.event_generate("<ButtonRelease-2>", x=x + 50, y=y + 9)


def test_keys_zoom_at_the_point_pan_and_fit(view, person):
    before = view.pixel_of(0.5, -0.5)
    press(view, "plus")
    press(view, "minus", times=2)
    press(view, "plus")
    assert len(person.viewports) == 4
    assert view.pixel_of(0.5, -0.5) == pytest.approx(before)
    assert view.viewport.width == pytest.approx(person.viewports[1].width)
    press(view, "Control-Right")
    assert view.viewport.centre[0] > 0.0  # what lies to the right is seen
    press(view, "Control-Up")
    assert view.viewport.centre[1] > 0.0
    press(view, "Control-Key-0")
    assert person.asked == ["fit"]


def test_a_stretched_picture_fills_in_until_the_new_one_comes(view):
    size = view.picture_size
    half = Image.new("RGB", size, "#ff0000")
    half.paste("#0000ff", (size[0] // 2, 0, *size))
    view.show_picture(half, view.viewport)
    for _ in range(3):
        press(view, "minus")
    stretch = np.asarray(photo_pixels(view))
    middle = stretch[size[1] // 2]
    left, right = view.viewport.pixel_of(np.array([-2.0, 2.0]), np.zeros(2))[0].astype(int)
    assert middle[left].tolist() == [255, 0, 0]
    assert middle[right].tolist() == [0, 0, 255]
    edge = view.winfo_rgb(view._theme.palette.surface)
    assert middle[2].tolist() == [channel // 256 for channel in edge]
    fresh = Image.new("RGB", size, "#00ff00")
    view.show_picture(fresh, view.viewport)
    assert (np.asarray(photo_pixels(view)) == (0, 255, 0)).all()
    assert view.coords(view._item) == list(view.picture_box[:2])


def photo_pixels(view: MapView) -> Image.Image:
    from PIL import ImageTk

    return ImageTk.getimage(view._photo).convert("RGB")


@settings(max_examples=40)
@given(
    centre=st.tuples(st.floats(-2, 2), st.floats(-2, 2)),
    factor=st.floats(0.3, 8.0),
)
def test_stretching_puts_each_place_where_it_belongs(centre, factor):
    shown_ = Viewport.fitted((240, 160))
    x, y = np.meshgrid(np.arange(240), np.arange(160))
    picture = Image.fromarray(np.stack([x, y, 0 * x], axis=2).astype(np.uint8))
    wanted = Viewport(centre, shown_.width / factor, (120, 200))
    result = np.asarray(stretched(picture, shown_, wanted, (0, 0, 255))).astype(int)
    u, v = np.meshgrid(wanted.columns(120), wanted.rows(200))
    x, y = shown_.pixel_of(u.ravel(), v.ravel())
    inside = (x > 1) & (x < 239) & (y > 1) & (y < 159)
    pixels = result.reshape(-1, 3)
    assert np.abs(pixels[inside, 0] - np.floor(x[inside])).max(initial=0) <= 1
    assert np.abs(pixels[inside, 1] - np.floor(y[inside])).max(initial=0) <= 1
    outside = (x < -1) | (x > 241) | (y < -1) | (y > 161)
    assert (pixels[outside] == (0, 0, 255)).all()


def test_a_picture_of_the_other_scale_is_stretched_column_by_column():
    even = Viewport.fitted((240, 160))
    quantile = Viewport.fitted((300, 200), QUANTILE)
    picture = checked((240, 160))
    result = np.asarray(stretched(picture, even, quantile, (1, 2, 3)))
    assert result.shape == (200, 300, 3)
    x, y = even.pixel_of(*quantile.plane_at(180.0, 60.0))
    red, green, _ = result[60, 180].astype(int)
    assert abs(red - x) <= 2
    assert abs(green - y) <= 2


def test_a_resized_widget_tells_of_its_new_pixels(view, person, stage):
    stage.show(view, 300, 400)
    (viewport,) = person.viewports
    assert viewport.size == view.picture_size
    assert view.viewport == viewport
    assert viewport.shorter == pytest.approx(6.0)
    assert view.settled


def test_a_coarse_picture_is_enlarged(view):
    view.show_picture(Image.new("RGB", (20, 16), "#123456"), view.viewport)
    assert photo_pixels(view).size == view.picture_size


def test_alike_are_viewports_that_differ_by_a_shift():
    view = Viewport.fitted((100, 80))
    assert alike(view, view.panned(3, 4))
    assert not alike(view, view.zoomed(1.1, 0, 0))
    assert not alike(view, view.resized((100, 79)))
    assert not alike(view, Viewport(view.centre, 1.0, view.size, QUANTILE))


# ---- axes, pins, the card, messages --------------------------------------------------------------


def test_the_axes_have_round_numbers_at_their_places(view):
    assert {"−2", "−1", "0", "1", "2"} <= set(texts(view, "tick"))
    view.set_viewport(Viewport.fitted(view.picture_size, QUANTILE))
    numbers = texts(view, "tick")
    assert {"−2", "−1", "0", "1", "2"} <= set(numbers)
    bottom = view.picture_box[3]
    for item in view.find_withtag("tick"):
        if view.type(item) == "text" and view.itemcget(item, "anchor") == "n":
            value = float(view.itemcget(item, "text").replace("−", "-"))
            x, y = view.coords(item)
            assert x == pytest.approx(view.pixel_of(value, 0.0)[0], abs=0.1)
            assert y > bottom


def test_pins_stand_at_their_places_while_these_are_seen(view):
    view.set_marks([("A", -1.0, 1.0), ("B", 2.0, -2.0), ("C", 30.0, 0.0)])
    assert texts(view, "mark") == ["A", "B"]
    pins = [view.coords(i) for i in view.find_withtag("mark") if view.type(i) == "image"]
    assert pins[0] == pytest.approx(view.pixel_of(-1.0, 1.0))
    view.set_viewport(Viewport((30.0, 0.0), 4.0, view.picture_size))
    assert texts(view, "mark") == ["C"]
    view.set_marks([])
    assert texts(view, "mark") == []


def test_pins_of_places_beside_the_map_are_faded(view):
    view.set_marks([("A", -1.0, 1.0)])
    solid = next(view.itemcget(i, "image") for i in view.find_withtag("mark"))
    view.set_marks([("A", -1.0, 1.0)], faded=True)
    faded = next(view.itemcget(i, "image") for i in view.find_withtag("mark"))
    x = view.tk.call("image", "width", solid) // 2
    assert view.tk.call("image", "width", faded) == view.tk.call("image", "width", solid)
    assert faded != solid
    assert not view.tk.call(solid, "transparency", "get", x, 2)
    view.set_marks([("A", -1.0, 1.0)])
    assert next(view.itemcget(i, "image") for i in view.find_withtag("mark")) == solid


def test_the_card_is_beside_the_pointer_and_on_the_map(view):
    digit = np.full((1, 28, 28), 200, np.uint8)
    left, top, right, bottom = view.picture_box
    for x, y in (
        (left + 3, top + 3),
        (right - 3, top + 3),
        (left + 3, bottom - 3),
        (right - 3, bottom - 3),
        ((left + right) // 2, (top + bottom) // 2),
        ((left + right) // 2, top + 2),
        ((left + right) // 2, bottom - 2),
    ):
        view.event_generate("<Motion>", x=x, y=y)
        view.show_thumbnail(digit, "7, number 1234", *view.plane_at(x - 1, y + 1))
        box = view._card.box
        assert left <= box[0] < box[2] <= right
        assert top <= box[1] < box[3] <= bottom
        assert not (box[0] <= x <= box[2] and box[1] <= y <= box[3])
        assert view._card.caption == "7, number 1234"
    view.show_thumbnail(np.zeros((3, 32, 32), np.uint8), "a colour image", 0.0, 0.0)
    assert view._card.caption == "a colour image"
    view.show_thumbnail(None)
    assert view._card.caption == ""


def test_who_looks_at_a_digit_is_not_told_about_the_map(view, stage, pump):
    def rest() -> None:
        view.event_generate("<Leave>")
        view.event_generate("<Enter>", x=200, y=150)
        view.event_generate("<Motion>", x=201, y=150)

    view.tooltip.configure(delay=1)
    rest()
    pump(lambda: view.tooltip.toplevel is not None)
    view.show_thumbnail(np.zeros((1, 28, 28), np.uint8), "0", 0.0, 0.0)
    assert view.tooltip.toplevel is None
    rest()
    view.show_thumbnail(np.zeros((1, 28, 28), np.uint8), "0", 0.0, 0.0)
    waited = []
    stage.root.after(30, lambda: waited.append(True))
    pump(lambda: waited)
    assert view.tooltip.toplevel is None


def test_the_pointer_is_told_until_it_has_gone(view, person):
    x, y = at(view, 1.0, 1.0)
    view.event_generate("<Motion>", x=x, y=y)
    assert person.hovers[-1] == pytest.approx(view.plane_at(x, y))
    view.event_generate("<Motion>", x=3, y=3)  # beside the picture
    view.event_generate("<Motion>", x=4, y=3)
    assert person.hovers[1:] == [(None, None)]
    view.event_generate("<Motion>", x=x, y=y)
    view.event_generate("<Leave>", x=x, y=y)
    assert person.hovers[-1] == (None, None)


def test_keys_that_move_the_point_tell_where_it_is_as_the_pointer_would(view, person, stage):
    view._on_step = lambda du, dv: view.set_point(view.point[0] + du, view.point[1] + dv)
    view.event_generate("<Motion>", x=100, y=100)
    press(view, "Right")
    assert person.hovers[-1] == pytest.approx((0.55, -0.5))
    view.event_generate("<Motion>", x=100, y=100)  # the pointer rests, the keys go on
    press(view, "Up")
    assert person.hovers[-1] == pytest.approx((0.55, -0.45))
    press(view, "Shift-Right", times=9)  # beyond the edge
    assert person.hovers[-1] == (None, None)
    press(view, "Shift-Left", times=9)
    stage.root.focus_force()
    stage.root.update()
    assert person.hovers[-1] == (None, None)
    told = len(person.hovers)
    view.set_point(0.0, 0.0)
    assert len(person.hovers) == told


def test_while_the_point_is_dragged_nothing_is_hovered(view, person):
    drag(view, at(view, 0, 0), at(view, 1, 1), at(view, 1, 0))
    assert all(place[0] is None or place == person.hovers[0] for place in person.hovers)


def test_a_message_stands_instead_of_the_map(view, person):
    view.show_message("There is no plane.")
    assert view.message == "There is no plane."
    assert ring(view) is None
    assert texts(view, "tick") == []
    assert not shown(view, view._item)
    click(view, WIDTH // 2, HEIGHT // 2)
    turn_wheel(view, 1)
    for key in ("Left", "plus", "Control-Left", "Menu", "space", "Return"):
        press(view, key)
    assert person.asked == []
    assert person.viewports == []
    view.show_picture(checked(view.picture_size), view.viewport)
    assert view.message == ""
    assert ring(view) is not None
    assert texts(view, "tick")


def test_without_a_viewport_everything_is_harmless(view, person, stage):
    view.set_viewport(None)
    view.set_point(1.0, 1.0)
    view.set_path(np.array([(0, 0), (1, 1)]))
    view.set_selection(np.array([(0, 0), (1, 1), (1, 0)]))
    view.set_marks([("A", 0, 0)])
    view.show_thumbnail(np.zeros((1, 28, 28), np.uint8), "0", 0, 0)
    stage.show(view, 300, 200)
    click(view)
    press(view, "Right")
    view.set_tool("path")
    press(view, "space")
    assert person.asked == []
    assert ring(view) is None
    view.set_viewport(Viewport.fitted(view.picture_size))
    assert ring(view) is not None


def test_a_widget_that_is_too_small_draws_nothing(view, stage):
    stage.show(view, 30, 20)
    stage.show(view, WIDTH, HEIGHT)
    assert view.viewport.size == view.picture_size
    assert ring(view) is not None


def test_it_takes_over_the_colours_of_both_themes(view, stage):
    for mode in ("dark", "light"):
        stage.theme.set_mode(mode)
        stage.root.update()
        assert view.cget("background") == stage.theme.palette.background
        assert view.itemcget(view._focus_ring, "outline") == stage.theme.palette.accent


def test_the_menu_is_asked_for_by_mouse_and_by_key(view, person):
    x, y = at(view, 1.0, -1.0)
    click(view, x, y, button=3)
    u, v, screen_x, screen_y = person.menus[0]
    assert (u, v) == pytest.approx(view.plane_at(x, y))
    assert (screen_x, screen_y) == (view.winfo_rootx() + x, view.winfo_rooty() + y)
    for key in ("Menu", "Shift-F10"):
        press(view, key)
        u, v, *_ = person.menus.pop()
        assert (u, v) == pytest.approx((0.5, -0.5), abs=view.viewport.unit)


def test_the_focus_is_seen(view, stage):
    press(view, "Right")
    assert shown(view, view._focus_ring)
    stage.root.focus_force()
    stage.root.update()
    assert not shown(view, view._focus_ring)


def test_the_cross_goes_with_the_focus(view, person, stage):
    view.set_tool("lasso")
    press(view, "Right", times=2)
    assert shown(view, view._cross_item)
    stage.root.focus_force()
    stage.root.update()
    assert not shown(view, view._cross_item)
    assert person.hovers[-1] == (None, None)


def test_nothing_is_drawn_after_the_end(view, stage):
    view._schedule()
    pending = view._pending
    assert pending in stage.root.tk.splitlist(stage.root.tk.call("after", "info"))
    view.destroy()
    assert pending not in stage.root.tk.splitlist(stage.root.tk.call("after", "info"))


# ---- drawing by hand -----------------------------------------------------------------------------


def test_a_stroke_is_a_path_of_few_keys(view, person):
    view.set_tool("path")
    corners = [(-2.0, -1.0), (0.0, 1.0), (2.0, -1.0)]
    line = [p for a, b in itertools.pairwise(corners) for p in np.linspace(a, b, 40)]
    drag(view, *(at(view, *p) for p in line))
    (path,) = person.paths
    assert np.abs(path - corners).max() < 0.15
    assert person.asked == []  # the point stays
    assert not view.drawing


def test_the_line_grows_with_the_hand_and_is_the_one_that_is_drawn_anew(view):
    view.set_tool("lasso")
    x, y = at(view, 0.0, 0.0)
    view.event_generate("<ButtonPress-1>", x=x, y=y)
    for i in range(1, 60):
        view.event_generate("<B1-Motion>", x=x + 2 * i, y=y + (i * i) // 30)
    grown = view._draft_line.pixels
    view._place_draft()
    assert grown == pytest.approx(view._draft_line.pixels, abs=0.1)
    assert len(grown) == 60 - 1  # the first is within a click's slack
    view.event_generate("<ButtonRelease-1>", x=x + 118, y=y + 116)


def test_clicks_are_corners_and_a_double_click_ends(view, person):
    view.set_tool("path")
    corners = [(-2.0, 0.0), (-1.0, 1.0), (0.0, 0.0), (1.0, 0.0), (2.0, 0.0)]
    for corner in corners[:-1]:
        click(view, *at(view, *corner))
        assert view.drawing
    double_click(view, *at(view, *corners[-1]))
    (path,) = person.paths
    assert path == pytest.approx(np.array(corners), abs=view.viewport.unit)  # each as it was set
    assert not view.drawing


def test_an_outline_is_lassoed(view, person):
    view.set_tool("lasso")
    angle = np.linspace(0.0, 2 * np.pi, 80)
    drag(view, *(at(view, *p) for p in 1.5 * np.stack([np.cos(angle), np.sin(angle)], axis=1)))
    (outline,) = person.outlines
    assert len(outline) > 8
    assert np.hypot(*outline.T) == pytest.approx(1.5, abs=0.1)
    assert view.selection is not None
    dashed = view._selection_line.pixels
    assert len(dashed) == len(outline) + 1  # closed


def test_a_box_is_dragged_or_has_two_corners_clicked(view, person):
    view.set_tool("box")
    drag(view, at(view, -1, -1), at(view, 0, 0), at(view, 2, 1))
    click(view, *at(view, -1, -1))
    click(view, *at(view, 2, 1))
    for outline in person.outlines:
        assert outline.min(axis=0) == pytest.approx([-1, -1], abs=0.03)
        assert outline.max(axis=0) == pytest.approx([2, 1], abs=0.03)
        assert outline.shape == (4, 2)
    assert len(person.outlines) == 2


@pytest.mark.parametrize("tool", ["path", "lasso", "box"])
def test_what_is_too_small_is_not_taken_for_a_drawing(view, person, tool):
    view.set_tool(tool)
    double_click(view, *at(view, 0, 0))
    assert person.paths == []
    assert person.outlines == []
    assert not view.drawing


@pytest.mark.parametrize("tool", ["path", "lasso"])
def test_the_keyboard_draws_with_a_cross(view, person, tool):
    view.set_tool(tool)
    press(view, "Right")  # it comes to the point first
    assert shown(view, view._cross_item)
    assert person.hovers[-1] == pytest.approx((0.5, -0.5))
    press(view, "space")
    press(view, "Shift-Right")
    press(view, "space")
    press(view, "Right", times=3)  # a corner that is taken back
    press(view, "space")
    press(view, "BackSpace")
    press(view, "Shift-Up")
    press(view, "Return")  # the line is drawn to there
    assert not view.drawing
    (drawn,) = person.paths if tool == "path" else person.outlines
    u = 40 * view.viewport.unit
    more = 3 * CROSS_STEP * view.viewport.unit
    expected = [(0.5, -0.5), (0.5 + u, -0.5), (0.5 + u + more, -0.5 + u)]
    assert drawn == pytest.approx(np.array(expected))
    assert person.asked == []


def test_the_keyboard_draws_a_box(view, person):
    view.set_tool("box")
    press(view, "space")
    press(view, "Shift-Left")
    press(view, "Shift-Down")
    press(view, "space")
    (outline,) = person.outlines
    u = 40 * view.viewport.unit
    assert outline.min(axis=0) == pytest.approx([0.5 - u, -0.5 - u])
    assert outline.max(axis=0) == pytest.approx([0.5, -0.5])


def test_escape_gives_up_the_drawing_and_only_that(view, person, stage):
    escaped = []
    stage.root.bind("<Escape>", lambda event: escaped.append(True))
    view.set_path(np.array([(0.0, 0.0), (1.0, 1.0)]))
    view.set_tool("path")
    click(view, *at(view, -1, -1))
    assert view._path_line.pixels is None  # not two at once
    press(view, "Escape")
    assert not view.drawing
    assert person.paths == []
    assert escaped == []
    assert view._path_line.pixels is not None
    assert not view.give_up_drawing()
    press(view, "Escape")
    assert escaped == [True]
    stage.root.unbind("<Escape>")


def test_taking_back_the_only_corner_ends_the_drawing(view, person):
    view.set_tool("path")
    press(view, "space")
    press(view, "BackSpace")
    assert not view.drawing
    press(view, "Return")
    assert person.paths == []


def test_another_tool_or_another_map_gives_up_the_drawing(view, person):
    for change in (
        lambda: view.set_tool("lasso"),
        lambda: view.show_message("gone"),
        lambda: view.set_viewport(None),
        lambda: view.give_up_drawing(),
    ):
        view.set_viewport(Viewport.fitted(view.picture_size))
        view.show_message("")
        view.set_tool("path")
        click(view, *at(view, -1, -1))
        assert view.drawing
        change()
        assert not view.drawing
        assert view._draft_line.pixels is None


def test_a_map_that_goes_ends_the_drag_of_the_point(view, person):
    view.event_generate("<ButtonPress-1>", x=200, y=200)
    view.show_message("gone")
    view.event_generate("<B1-Motion>", x=220, y=200)
    view.event_generate("<ButtonRelease-1>", x=220, y=200)
    assert person.asked == ["press", "move", "release"]


def test_a_drawing_stays_where_it_is_on_the_plane(view, person):
    view.set_tool("path")
    for corner in ((-1.0, 0.0), (1.0, 1.0)):
        click(view, *at(view, *corner))
    turn_wheel(view, 2)
    view.event_generate("<Leave>")
    drawn = view._draft_line.pixels
    expected = [view.pixel_of(*corner) for corner in ((-1.0, 0.0), (1.0, 1.0))]
    assert drawn == pytest.approx(np.array(expected), abs=2 * ZOOM_STEP**2)
    press(view, "Return")
    assert person.paths[0] == pytest.approx(np.array([(-1.0, 0.0), (1.0, 1.0)]), abs=0.03)


def test_what_is_straight_in_the_plane_is_curved_where_the_scale_is_not_even(view):
    view.set_viewport(Viewport.fitted(view.picture_size, QUANTILE))
    keys = np.array([(-2.0, -1.0), (2.0, 0.5)])
    view.set_path(keys)
    middle = view.pixel_of(*keys.mean(axis=0))
    drawn = view._path_line.pixels
    assert np.hypot(*(drawn - middle).T).min() < 0.5
    assert len(drawn) > 10


def test_a_tool_says_how_it_is_used_until_it_is(view, person):
    assert not shown(view, view._hint)
    view.set_tool("box")
    assert view.itemcget(view._hint, "text") == HINTS["box"]
    assert shown(view, view._hint)
    left, _, right, _ = view.picture_box
    box = view.bbox(view._hint_box)
    assert left <= box[0] <= box[2] <= right
    click(view, *at(view, 0, 0))
    assert not shown(view, view._hint)
    click(view, *at(view, 0, 0))  # nothing has come of it
    assert shown(view, view._hint)
    drag(view, at(view, 0, 0), at(view, 1, 1))
    assert len(person.outlines) == 1
    assert not shown(view, view._hint)
    view.set_tool("lasso")
    assert shown(view, view._hint)
    with pytest.raises(ValueError, match="one of move, path, lasso, box"):
        view.set_tool("scissors")


def test_in_a_tool_the_keys_of_the_window_still_work(view, stage):
    keys = []
    stage.root.bind("<Key>", lambda event: keys.append(event.keysym))
    press(view, "space")  # the tool that moves the point has no use for it
    press(view, "r")
    view.event_generate("<Key>", keysym="z", state=CONTROL)
    assert keys == ["space", "r", "z"]
    stage.root.unbind("<Key>")


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                ["press", "move", "release", "wheel", "double", "key", "tool", "shift"]
            ),
            st.integers(0, WIDTH - 1),
            st.integers(0, HEIGHT - 1),
            st.sampled_from(
                ["Left", "Shift-Up", "space", "Return", "BackSpace", "Escape", "plus", "Menu"]
            ),
            st.sampled_from(["move", "path", "lasso", "box"]),
        ),
        max_size=25,
    )
)
def test_whatever_is_done_a_press_is_released_and_what_is_drawn_is_sound(
    view, person, callback_errors, actions
):
    person.asked.clear(), person.paths.clear(), person.outlines.clear()
    for action, x, y, key, tool in actions:
        if action in ("press", "shift"):
            view.event_generate(
                "<ButtonPress-1>", x=x, y=y, state=SHIFT if action == "shift" else 0
            )
        elif action == "move":
            view.event_generate("<Motion>", x=x, y=y)
        elif action == "release":
            view.event_generate("<ButtonRelease-1>", x=x, y=y)
        elif action == "double":
            double_click(view, x, y)
        elif action == "wheel":
            view.event_generate("<ButtonPress>", button=4 + x % 2, x=x, y=y)
        elif action == "key":
            press(view, key)
        else:
            view.set_tool(tool)
        view.update()
    view.event_generate("<ButtonRelease-1>", x=5, y=5)
    view.set_tool("path")
    view.set_tool("move")
    assert person.asked.count("press") == person.asked.count("release")
    assert not callback_errors
    for path in person.paths:
        assert len(path) >= 2
        assert np.isfinite(path).all()
    for outline in person.outlines:
        assert len(outline) >= 3
        assert np.isfinite(outline).all()
    assert not view.drawing
