"""The plot in the window: drawn by the worker, shown by Tk's thread, picked from and saved."""

from __future__ import annotations

import gc
import threading

import numpy as np
import pytest
from PIL import Image

from explorer.widgets.plot import Plot, look_of
from tests.interaction import click, press

SIZE = 400, 300


class Notes:
    """Takes note of what was drawn, picked and pointed at."""

    def __init__(self) -> None:
        self.threads: list[threading.Thread] = []
        self.looks: list = []
        self.picked: list[tuple] = []
        self.hovered: list = []


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture
def plot(stage, desk, notes) -> Plot:
    widget = Plot(
        stage.frame,
        desk.context,
        name="line",
        tip="A line.",
        on_pick=lambda *place: notes.picked.append(place),
        on_hover=notes.hovered.append,
    )
    stage.show(widget, *SIZE)
    return widget


def two_axes(notes: Notes):
    def draw(figure, look):
        notes.threads.append(threading.current_thread())
        notes.looks.append(look)
        left, right = figure.subplots(1, 2)
        left.plot([0, 10], [0, 1])
        left.set(xlim=(0, 10), ylim=(0, 1))
        right.set(xlim=(1, 1000), ylim=(-1, 1), xscale="log")

    return draw


def shown(plot: Plot, pump) -> Plot:
    pump(lambda: plot.settled, what="the plot is drawn")
    assert plot.rendering is not None
    return plot


def on_screen(plot: Plot) -> np.ndarray:
    """The pixels that Tk has, (H, W, 3)."""
    photo = plot.canvas._tkphoto
    data = [[photo.get(x, y) for x in range(0, photo.width(), 7)] for y in (1, 150)]
    return np.array(data)


def test_the_worker_draws_at_the_size_of_the_widget_and_tk_has_its_pixels(plot, notes, pump):
    plot.show(two_axes(notes))
    assert not plot.settled
    shown(plot, pump)
    assert [thread.name for thread in notes.threads] == ["worker"]
    pixels = np.asarray(plot.canvas.buffer_rgba())
    assert pixels.shape == (SIZE[1], SIZE[0], 4)
    assert (on_screen(plot) == pixels[(1, 150), ::7, :3]).all()
    assert notes.looks[0].dpi == 96


def test_it_is_the_canvas_of_matplotlib_and_never_draws_on_tks_thread(plot, notes, pump):
    from matplotlib.backends.backend_tkagg import FigureCanvasTkAgg

    plot.show(two_axes(notes))
    shown(plot, pump)
    assert isinstance(plot.canvas, FigureCanvasTkAgg)
    plot.canvas.draw()
    plot.canvas.draw_idle()
    plot.update()
    assert len(notes.threads) == 1


def test_showing_a_plot_leaves_the_keyboard_where_it_was(stage, plot, notes, pump):
    stage.frame.focus_force()
    stage.root.update()
    plot.show(two_axes(notes))
    shown(plot, pump)
    assert str(stage.root.tk.call("focus")) == str(stage.frame)


def test_another_size_and_another_theme_are_drawn_anew(stage, plot, notes, pump):
    plot.show(two_axes(notes))
    shown(plot, pump)
    stage.show(plot, 500, 200)
    shown(plot, pump)
    assert (plot.rendering.width, plot.rendering.height) == (500, 200)
    assert np.asarray(plot.canvas.buffer_rgba()).shape == (200, 500, 4)
    stage.theme.set_mode("dark")
    shown(plot, pump)
    assert [look.dark for look in notes.looks] == [False, False, True]
    ground = plot.winfo_rgb(stage.theme.palette.background)
    assert (on_screen(plot)[0, 0] == np.array(ground) // 257).all()


def test_nothing_is_drawn_while_nobody_can_see_it(stage, plot, notes, pump):
    plot.place_forget()
    stage.root.update()
    plot.show(two_axes(notes))
    stage.root.update()
    assert plot.settled
    assert notes.looks == []
    stage.show(plot, *SIZE)
    shown(plot, pump)
    assert len(notes.looks) == 1
    plot.place_forget()
    stage.root.update()
    stage.show(plot, *SIZE)
    shown(plot, pump)
    assert len(notes.looks) == 1  # as it was before


def test_the_newest_plot_is_shown(plot, notes, pump, stage):
    gate = threading.Event()

    def slow(figure, look):
        gate.wait(5)
        figure.subplots().set_title("old")

    plot.show(slow)
    pump(lambda: plot._asked is not None)
    plot.show(lambda figure, look: figure.subplots().set_title("new"))
    stage.root.update()
    gate.set()
    shown(plot, pump)
    assert "new" in plot.rendering.words
    assert "old" not in plot.rendering.words


def test_a_message_takes_the_place_of_a_plot_also_of_one_on_its_way(plot, notes, pump, desk):
    plot.show(two_axes(notes))
    shown(plot, pump)
    plot.show(two_axes(notes))
    plot.message("No encoder.")
    pump(lambda: not desk.worker.busy)
    assert plot.settled
    assert plot.text == "No encoder."
    assert plot.rendering is None
    assert not plot.canvas.get_tk_widget().winfo_ismapped()
    plot.show(two_axes(notes))
    shown(plot, pump)
    assert plot.text == ""


def test_what_cannot_be_drawn_is_told_in_its_place(plot, pump):
    def broken(figure, look):
        raise ValueError("no data")

    plot.show(broken)
    pump(lambda: plot.settled)
    assert plot.text == "This plot could not be drawn: no data"
    assert plot.rendering is None


def test_a_click_picks_the_data_under_it(plot, notes, pump):
    plot.show(two_axes(notes))
    shown(plot, pump)
    for axes, point in ((0, (2.5, 0.75)), (1, (100.0, 0.5))):
        x, y = plot.pixels_of(axes, np.array(point))[0]
        click(plot.canvas.get_tk_widget(), round(x), round(y))
        *picked, where = notes.picked.pop()
        assert where == axes
        assert picked == pytest.approx(point, rel=0.05)
        assert notes.hovered[-1][2] == axes
    click(plot.canvas.get_tk_widget(), 1, 1)  # outside of all axes
    assert notes.picked == []
    assert notes.hovered[-1] is None


def test_the_arrow_keys_move_a_cross_and_return_picks_at_it(plot, notes, pump):
    plot.show(two_axes(notes))
    shown(plot, pump)
    widget = plot.canvas.get_tk_widget()
    press(widget, "Return")
    assert notes.picked.pop() == pytest.approx((5, 0.5, 0), abs=0.1)
    press(widget, "Right", times=3)
    press(widget, "Shift-Up", times=2)
    press(widget, "Return")
    x, y, axes = notes.picked.pop()
    middle, place = plot.pixels_of(0, np.array([[5, 0.5], [x, y]]))
    assert axes == 0
    assert place - middle == pytest.approx((30, -2), abs=1)
    assert notes.hovered[-1] == pytest.approx((x, y, 0))


def test_marks_lie_at_their_data_and_vanish_outside(plot, notes, pump):
    plot.set_marks([(0, 5, 0.5), (1, 10, 0), (0, 50, 0.5)])
    plot.show(two_axes(notes))
    shown(plot, pump)
    widget = plot.canvas.get_tk_widget()

    def centre(ring):
        left, top, right, bottom = widget.coords(ring)
        return (left + right) / 2, (top + bottom) / 2

    first, second, third = (inner for _, inner in plot._rings)
    assert centre(first) == pytest.approx(plot.pixels_of(0, np.array([5, 0.5]))[0])
    assert centre(second) == pytest.approx(plot.pixels_of(1, np.array([10, 0]))[0])
    assert widget.itemcget(third, "state") == "hidden"
    plot.set_marks([(0, 1, 0.25)])
    assert centre(first) == pytest.approx(plot.pixels_of(0, np.array([1, 0.25]))[0])
    assert widget.itemcget(second, "state") == "hidden"
    assert len(notes.looks) == 1  # none of it was drawn anew


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_a_saved_plot_opens_and_is_the_same_each_time(plot, notes, pump, desk, tmp_path, suffix):
    plot.show(two_axes(notes))
    shown(plot, pump)
    files = []
    for name in "ab":
        desk.path = tmp_path / f"{name}{suffix}"
        plot.save()
        pump(lambda: not desk.worker.busy)
        assert desk.told.pop() == f"Saved {desk.path}"
        files.append(desk.path.read_bytes())
    assert files[0] == files[1]
    if suffix == ".png":
        with Image.open(desk.path) as picture:
            width, height = picture.size
        assert (width, height) == pytest.approx((400 * 300 / 96, 300 * 300 / 96), abs=1)
    elif suffix == ".svg":
        import xml.etree.ElementTree as ElementTree

        assert ElementTree.fromstring(files[0]).tag.endswith("svg")
    else:
        assert files[0].startswith(b"%PDF-")
        assert files[0].rstrip().endswith(b"%%EOF")


def test_a_marked_point_is_in_the_file(plot, notes, pump, desk, tmp_path):
    plot.show(two_axes(notes))
    shown(plot, pump)
    pictures = []
    for marks in ([], [(0, 5, 0.5)]):
        plot.set_marks(marks)
        desk.path = tmp_path / "plot.png"
        plot.save()
        pump(lambda: not desk.worker.busy)
        with Image.open(desk.path) as picture:
            pictures.append(np.asarray(picture.convert("RGB"), int))
    rows, columns = np.nonzero(np.abs(pictures[1] - pictures[0]).sum(axis=2))
    x, y = plot.pixels_of(0, np.array([5, 0.5]))[0] * 300 / 96
    assert (columns.mean(), rows.mean()) == pytest.approx((x, y), abs=8)
    assert np.ptp(columns) < 80


def test_what_cannot_be_saved_is_told_and_leaves_no_file(plot, notes, pump, desk, tmp_path):
    plot.save()
    assert desk.told.pop() == "There is no plot to save yet."
    plot.show(two_axes(notes))
    shown(plot, pump)
    for path, reason in (
        (tmp_path / "plot.txt", "its name must end in"),
        (tmp_path / "nowhere" / "plot.png", "there is no folder"),
    ):
        desk.path = path
        plot.save()
        pump(lambda: not desk.worker.busy)
        assert reason in desk.told.pop()
    assert list(tmp_path.iterdir()) == []


def test_matplotlibs_own_settings_stay_as_they_are(plot, notes, pump):
    from matplotlib import rcParams

    def settings():  # to ask for the backend would choose one
        return {name: rcParams[name] for name in rcParams if name != "backend"}

    before = settings()
    plot.show(two_axes(notes))
    shown(plot, pump)
    assert settings() == before


def test_a_plot_that_goes_while_it_is_drawn_leaves_nothing(plot, notes, pump, desk, stage):
    plot.show(two_axes(notes))
    pump(lambda: plot._asked is not None)
    plot.destroy()
    pump(lambda: not desk.worker.busy)
    stage.root.update()


def test_a_drawn_plot_that_goes_takes_its_picture_along(plot, notes, pump, stage):
    plot.show(two_axes(notes))
    shown(plot, pump)
    name = str(plot.canvas._tkphoto)
    assert name in stage.root.image_names()
    plot.destroy()
    assert name not in stage.root.image_names()


def test_a_drawn_figure_leaves_next_to_nothing_to_the_collector(plot, pump, desk):
    def many(figure, look):
        for axes in figure.subplots(3, 3).flat:
            axes.plot([0, 1])

    plot.show(many)
    shown(plot, pump)
    pump(lambda: not desk.worker.busy)
    gc.collect()
    gc.disable()
    try:
        before = len(gc.get_objects())
        plot.show(lambda figure, look: many(figure, look))
        shown(plot, pump)
        assert len(gc.get_objects()) - before < 5_000  # of 30,000
    finally:
        gc.enable()


def test_the_look_is_that_of_the_theme(stage):
    from matplotlib import color_sequences
    from matplotlib.colors import to_hex

    look = look_of(stage.theme)
    assert look.foreground == stage.theme.palette.foreground
    assert look.scale == 1.0
    assert look.class_colours(10) == [to_hex(c) for c in color_sequences["petroff10"]]
    assert min(look.text, look.small, look.title) >= 8
