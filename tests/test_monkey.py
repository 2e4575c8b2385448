"""A monkey at the window: whatever is pressed, clicked and dragged, all parts agree afterwards."""

from __future__ import annotations

import random
import tkinter as tk
from functools import partial

import numpy as np
import pytest

from explorer.training_run import TrainingRun
from explorer.views import figures, train
from tests.conftest import descendants
from tests.interaction import CONTROL, SHIFT
from tests.second_models import renamed_copy
from tests.training_parts import WAITS, epoch, plan, saying, stage
from vae.posterior import encode_image

ALT = 0x8
DRAGGING = 0x100  # the left button is down
ROUNDS, EVENTS = 4, 60  # what was done between two looks at the window
KEYS = (
    *("Tab", "Shift-Tab", "Left", "Right", "Up", "Shift-Down", "Prior", "End", "Return", "Escape"),
    *("Control-z", "Control-y", "Control-c", "Control-v", "Control-Tab", "Home", "Delete"),
    *("plus", "minus", "r", "b", "t", "l", "f", "g", "i", "a", "o", "1", "7", "x"),
    *("space", "BackSpace", "bracketright", "Control-Left", "Control-0", "Control-Shift-Z"),
)
QUIET_MENUS = ("edit", "view")  # none of their entries opens a dialog
USED = ("TButton", "TRadiobutton", "TCheckbutton", "TCombobox", "TSpinbox", "TEntry")
TYPED = ("1000", "2500", "7", "0", "-1", "1e9", "nan", "x", "", "~nobody/x", "0.5", "/" + 300 * "a")
# Opened, they wait for an answer.
MODAL_CLASSES = ("TMenubutton", "TCombobox")


class Monkey:
    """Acts at random: the same for a seed, but for what the clock decides."""

    def __init__(self, window, seed: int, presses_buttons: int = 0) -> None:
        self._window = window
        self._weights = 9, 7, 2, 2, presses_buttons
        self._random = random.Random(seed)
        self.done: list[tuple] = []

    def act(self) -> None:
        """Do one thing."""
        deeds = self._press, self._drag, self._choose, self._wait, self._use
        self._random.choices(deeds, weights=self._weights)[0]()

    def _press(self) -> None:
        root, key = self._window.root, self._random.choice(KEYS)
        focus = str(root.tk.call("focus")) or "."
        self.done.append((key, focus))
        if root.tk.call("winfo", "class", focus) in MODAL_CLASSES:
            root.focus_force()
            focus = "."
        root.tk.call("focus", "-force", focus)
        root.tk.call("event", "generate", focus, f"<{key}>" if len(key) > 1 else f"<Key-{key}>")

    def _drag(self) -> None:
        """Press a button of the mouse, or turn its wheel, anywhere; move on now and then."""
        choice = self._random.choice
        widget = choice([w for w in descendants(self._window.root) if _can_be_clicked(w)])
        width, height = widget.winfo_width(), widget.winfo_height()
        x, y = self._random.randrange(width), self._random.randrange(height)
        button, state = choice((1, 1, 1, 4, 5)), choice((0, 0, SHIFT, CONTROL, ALT))
        self.done.append((str(widget), button, state, x, y))
        events = ["<Enter>", "<Motion>", f"<ButtonPress-{button}>"]
        if button == 1:
            events += ["<B1-Motion>"] * self._random.randrange(4)
        for event in [*events, f"<ButtonRelease-{button}>", "<Leave>"]:
            held = DRAGGING if event in ("<B1-Motion>", "<ButtonRelease-1>") else 0
            if held:
                x, y = (place + self._random.randrange(-60, 61) for place in (x, y))
                self._window.root.update()
            if not widget.winfo_exists():
                return
            options = {} if event in ("<Enter>", "<Leave>") else {"state": state | held}
            widget.event_generate(event, x=x, y=y, **options)

    def _choose(self) -> None:
        menu = getattr(self._window.menus, self._random.choice(QUIET_MENUS))
        index = self._random.randrange(menu.index("end") + 1)
        self.done.append((menu.type(index), index))
        menu.invoke(index)

    def _wait(self) -> None:
        self._window.root.update()

    def _use(self) -> None:
        """Press a button of the page, choose in a box, or type into a field."""
        choice, page = self._random.choice, self._window.pages[self._window.notebook.front]
        widgets = [w for w in descendants(page) if w.winfo_class() in USED and w.winfo_viewable()]
        if not widgets:  # the page is not on the screen yet
            return
        widget = choice(widgets)
        self.done.append(("use", str(widget)))
        match widget.winfo_class():
            case "TCombobox":
                if widget.instate(["!disabled"]):
                    widget.current(self._random.randrange(len(widget.cget("values"))))
                    widget.event_generate("<<ComboboxSelected>>")
            case "TSpinbox" | "TEntry":
                widget.focus_force()
                widget.delete(0, "end")
                widget.insert(0, choice(TYPED))
                widget.event_generate(choice(("<Return>", "<Escape>", "<Tab>", "<Up>")))
            case _:
                widget.invoke()


def _can_be_clicked(widget: tk.Misc) -> bool:
    if widget.winfo_class() in (*MODAL_CLASSES, "Menu") or not widget.winfo_viewable():
        return False
    return str(widget.winfo_toplevel()) == "."


def assert_all_agree(window) -> None:
    """State, sliders, digit, gauges, buttons, shelf and sweep show the same point."""
    state, point, sliders = window.state, window.point, window.sliders
    z = np.asarray(state.z)
    directions = sliders.directions
    np.testing.assert_allclose(directions @ directions.T, np.eye(len(z)), atol=1e-9)
    values = [slider.value for slider in sliders.sliders]
    # Along local axes to four decimals, along dimensions exactly.
    exact = np.round(directions @ z, 4) if sliders.local else z
    np.testing.assert_allclose(values, exact, atol=1e-9)
    if not sliders.local:
        locked = {i for i, slider in enumerate(sliders.sliders) if slider.locked}
        assert locked == state.locks
    pixels = window.model.decoder.decode_uint8(z)
    np.testing.assert_array_equal(window.digit._pixels, pixels)
    assert window.menus.local.get() == sliders.local
    assert bool(sliders._filmstrips.photos) == window.menus.filmstrips.get()
    if window.menus.gauges.get():
        answers = window.model.probabilities(pixels[None])[0]
        np.testing.assert_allclose(point.classes.probabilities, answers)
        _, distances = window.model.encoded.nearest(z)
        np.testing.assert_allclose(point.nearest.distances, distances)
    for name, possible in (("Undo", state.can_undo), ("Redo", state.can_redo)):
        assert point.buttons[name].instate(["!disabled"]) == possible
    assert window.shelf.strip.captions == tuple(mark.name for mark in state.bookmarks)
    page = window.pages["sweep"]
    if page.winfo_ismapped() and page.request.around == "current":
        np.testing.assert_allclose(page.sweep.base, z)


def assert_the_pages_agree(window) -> None:
    """What the pages compute with is what they show, and where the point is."""
    decode, z = window.model.decoder.decode_uint8, window.state.z
    morph, arithmetic, directions, guide = (
        window.pages[name] for name in ("morph", "arithmetic", "directions", "guide")
    )
    journey = morph.journey
    assert morph.key_editor.journey == journey
    assert morph.key_editor.strip.captions == tuple(key.name for key in journey.keys)
    if len(morph.frames):
        assert len(morph.frames) == morph.film.count == morph.steps_field.number
        ends = journey.points[[0, 0 if journey.is_loop else -1]]
        np.testing.assert_allclose(morph.frames[[0, -1]], ends, atol=1e-6)

    vectors = np.array([term.z for term in arithmetic.terms])
    np.testing.assert_array_equal(arithmetic.expression.vectors, vectors)
    result = arithmetic.expression.at(arithmetic.scale)
    np.testing.assert_array_equal(arithmetic.result, result)
    np.testing.assert_array_equal(arithmetic.picture._pixels, decode(result))

    walk = directions.walk
    assert walk.z == z
    np.testing.assert_allclose(walk.base + walk.values @ walk.matrix, z, atol=1e-5)
    if directions.winfo_ismapped() and directions.bank.sliders:
        values = [slider.value for slider in directions.bank.sliders]
        np.testing.assert_allclose(values, walk.values, atol=1e-9)

    assert_the_map_agrees(window)
    assert_the_sheet_agrees(window)
    assert guide.stop_button.instate(["disabled"])
    if guide.mode == "noise":
        assert guide.noise_view.starts.shape == (guide.noise_options.request.count, len(z))


def assert_the_map_agrees(window) -> None:
    """The map, if anybody looks, is the slice through the point, and marks its place."""
    page, z = window.pages["map"], np.asarray(window.state.z)
    if not page.winfo_ismapped() or page.slice is None:
        return
    np.testing.assert_allclose(page.slice.points(page.slice.coordinates(z)), z, atol=2e-5)
    np.testing.assert_allclose(page.slice.axes, page.chosen.plane.axes)
    assert page.fields.viewport == page.map_view.viewport
    selected = page.selection_panel.selection is not None
    assert selected == bool(page.selection_panel.winfo_ismapped())
    assert selected == (page.map_view.selection is not None)


def assert_the_sheet_agrees(window) -> None:
    """What is encoded is what is on the sheet, and the views show that drawing."""
    page = window.pages["draw"]
    assert page.canvas.drawing is page.drawing
    drawn = page.drawn
    known = np.where(page.drawing.unknown(), 0, page.drawing.ink())
    assert (drawn is None) == (not known.any())
    for view in page.views.values():
        assert view.drawn is drawn
    if drawn is None:
        return
    np.testing.assert_array_equal(drawn.raw, page.drawing.ink())
    np.testing.assert_array_equal(drawn.unknown, page.drawing.unknown())
    bundle = window.model.bundle
    answer = encode_image(bundle.encoder, window.model.decoder, drawn.image)
    np.testing.assert_allclose(drawn.posterior.mu, answer.mu, atol=1e-6)


@pytest.mark.parametrize(
    ("page", "seed"),
    [
        ("sample", 1),
        ("sample", 2),
        ("morph", 3),
        ("arithmetic", 4),
        ("directions", 5),
        ("guide", 6),
        ("map", 11),
        ("map", 15),
        ("draw", 12),
        ("draw", 16),
    ],
)
def test_whatever_is_done_all_parts_agree(window, pump, dialogs, page, seed):
    monkey = Monkey(window, seed)
    for _ in range(ROUNDS):
        window.show_page(page)
        for _ in range(EVENTS):
            monkey.act()
        # What all directions do is measured in seconds, or in many beside other work.
        pump(
            lambda: window.settled and window.pages["sweep"].settled,
            timeout_s=120,
            what="all is drawn",
        )
        assert_all_agree(window)
        assert_the_pages_agree(window)
    reached = window.state.z, window.state.locks, window.state.bookmarks
    undone = 0
    while window.state.undo():
        undone += 1
    assert window.state.locks == frozenset()
    assert window.state.bookmarks == ()
    for _ in range(undone):
        assert window.state.redo()
    assert (window.state.z, window.state.locks, window.state.bookmarks) == reached


@pytest.fixture
def measured_pages(window, pump, tmp_path, weights_path, monkeypatch):
    """A second model beside the first, and trainings that only wait until they are stopped."""
    second = window.pages["compare"].second
    second.open(renamed_copy(weights_path, tmp_path / "second"))
    pump(lambda: second.encoded is not None, timeout_s=60, what="the second model is encoded")
    program = saying(plan(), stage("training"), epoch(1), then=WAITS, status=1)
    monkeypatch.setattr(train, "TrainingRun", partial(TrainingRun, command=program))
    # In full, each model takes half a minute; two are enough.
    monkeypatch.setattr(figures, "shipped_models", lambda: ())
    yield window
    for view in window.pages["model"].book.views.values():
        if getattr(view, "running", False):
            view.run.close()
            pump(lambda view=view: not view.running, what="the training is over")
    second.close()
    pump(lambda: window.settled, timeout_s=120, what="all is drawn")


@pytest.mark.parametrize(
    ("page", "seed"),
    [
        ("statistics", 21),
        ("statistics", 22),
        ("compare", 23),
        ("compare", 24),
        ("model", 25),
        ("model", 26),
    ],
)
def test_whatever_is_done_what_is_measured_is_of_the_open_models(measured_pages, pump, page, seed):
    window = measured_pages
    monkey = Monkey(window, seed, presses_buttons=9)
    for _ in range(ROUNDS):
        window.show_page(page)
        for _ in range(EVENTS):
            monkey.act()
        film = window.pages["model"].book.views.get("history")
        if film is not None:
            film.stop()  # it may have been started, and in a loop it has no end
        pump(lambda: window.settled, timeout_s=240, what="all is drawn")
        assert_all_agree(window)
        assert_the_measured_pages_agree(window)


def assert_the_measured_pages_agree(window) -> None:
    """The views show the models that are open, the chosen digits, and the point."""
    model, second = window.model, window.pages["compare"].second
    assert second.first.bundle is model.bundle
    sample = window.pages["statistics"].sample
    views = window.pages["statistics"].book.views
    assert window.pages["statistics"].digits.number == sample.n
    assert sample.posteriors.sha256 == model.bundle.sha256
    if "dimensions" in views and views["dimensions"].winfo_ismapped():
        mean = sample.posteriors.mu.mean(axis=0)
        np.testing.assert_allclose(views["dimensions"].summary.mean, mean, atol=1e-5)
    if "classes" in views and views["classes"].winfo_ismapped():
        assert views["classes"].clusters.n == sample.n

    z = np.asarray(window.state.z)
    views = window.pages["compare"].book.views
    two = views.get("two_models")
    if two is not None and two.winfo_ismapped() and second.model is not None and two.mode == "same":
        for levels, shown in zip(two._levels, (model, second.model), strict=True):
            np.testing.assert_array_equal(levels, shown.decoder.decode_uint8(z))
    views = window.pages["model"].book.views
    activations = views.get("activations")
    if activations is not None and activations.winfo_ismapped():
        np.testing.assert_allclose(activations.shown.image, model.decoder.decode(z), atol=1e-5)
