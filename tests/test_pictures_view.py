"""The pictures of the Compare page: what the grids show, what is told of one, what one can do."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest

from explorer.model import learn_statistics, open_model, survey
from explorer.sample_sets import (
    LEARNED,
    NO_DENSITY,
    NO_ENCODER,
    NO_REAL,
    PRIOR,
    REAL,
    RECONSTRUCTIONS,
    SETS,
    draw_set,
    read_training,
    smooth_reference,
)
from explorer.second_model import SecondModel
from explorer.views.pictures import (
    COUNTS,
    HINT,
    NO_DIGITS,
    NO_POINT,
    OF_SECOND,
    STOPPED,
    PicturesView,
)
from tests.foreign import foreign_state
from tests.interaction import click, press
from tests.second_models import renamed_copy
from vae.posterior import encode_image
from vae.weights import save_state_dict

ROOM = 600, 440  # of the view in the smallest window, pixels


@dataclass
class Shown:
    """A view on the stage, and what is around it."""

    view: PicturesView
    second: SecondModel
    desk: object
    pump: Callable[..., None]

    def settle(self) -> None:
        self.pump(
            lambda: self.view.settled and not self.second.busy and not self.desk.worker.busy,
            what="the pictures are there",
        )
        self.view.update()

    def grid(self, name: str):
        return self.view.panels[name].grid_view

    def click(self, name: str, index: int, button: int = 1) -> None:
        left, top, right, bottom = self.grid(name).box_of(index)
        click(self.grid(name), (left + right) // 2, (top + bottom) // 2, button=button)

    @property
    def sentence(self) -> str:
        return self.view.sentence.text

    def entries(self) -> dict[str, Callable[[], None]]:
        """The commands of the menu that is open, by their text."""
        menu = self.view.menu
        count = menu.index("end") + 1
        return {menu.entrycget(i, "label"): lambda i=i: menu.invoke(i) for i in range(count)}


@pytest.fixture(scope="module")
def measured() -> dict:
    """What was measured once in this module, and is the same for every view."""
    return {}


@pytest.fixture
def empty(stage, desk, pump, measured, monkeypatch) -> Shown:
    """The view before there is a model; its sets are smaller, and its references measured once."""

    def read_once(split, progress):
        if split not in measured:
            measured[split] = read_training(split, progress)
        return measured[split]

    def measure_once(model, training, progress):
        key = id(model.encoded), training.split
        if key not in measured:
            # Kept with what its name is made of, so that no other gets that name.
            measured[key] = smooth_reference(model, training, progress), model.encoded
        return measured[key][0]

    monkeypatch.setattr("explorer.views.pictures.read_training", read_once)
    monkeypatch.setattr("explorer.views.pictures.smooth_reference", measure_once)
    monkeypatch.setattr("explorer.sample_sets.SIZE", 300)
    monkeypatch.setattr("tkinter.Menu.tk_popup", lambda *arguments: None)
    second = SecondModel(desk.context)
    view = PicturesView(stage.frame, desk.context, second)
    stage.show(view, *ROOM)
    return Shown(view, second, desk, pump)


@pytest.fixture
def shown(empty, model) -> Shown:
    empty.view.set_model(model)
    empty.settle()
    return empty


def foreign(folder, **sizes: int):
    """A model without companions, as the window opens it."""
    path = folder / "foreign.pt"
    save_state_dict(foreign_state(**sizes), path)
    return learn_statistics(survey(open_model(path)))


def without(model, *parts: str):
    bundle = replace(model.bundle, **dict.fromkeys(parts))
    return replace(model, bundle=bundle, encoded=None if "encoder" in parts else model.encoded)


def test_four_grids_show_the_beginning_of_their_sets_at_one_size(shown, model):
    boxes = set()
    for name in SETS:
        expected = draw_set(model, name, 0).images[: COUNTS[1]]
        np.testing.assert_array_equal(shown.grid(name).pixels, expected)
        left, top, right, bottom = shown.grid(name).box_of(0)
        boxes.add((right - left, bottom - top))
        last = shown.grid(name).box_of(COUNTS[1] - 1)
        assert last[2] <= shown.grid(name).winfo_width()
        assert last[3] <= shown.grid(name).winfo_height()
    assert len(boxes) == 1


def test_bars_count_the_classes_of_the_whole_set(shown, model):
    real = draw_set(model, REAL, 0)
    for name in SETS:
        bars = shown.view.panels[name].bars
        np.testing.assert_allclose(bars.shares, draw_set(model, name, 0).shares(10))
        np.testing.assert_allclose(bars.lines, real.label_shares(10))
    confidence = draw_set(model, PRIOR, 0).confidence
    note = shown.view.panels[PRIOR].note.cget("text")
    assert note == f"mean confidence {confidence:.1%}"


def test_new_draws_all_four_anew_and_a_typed_seed_brings_them_back(shown):
    before = {name: shown.grid(name).pixels for name in SETS}
    shown.view.new_button.invoke()
    shown.settle()
    for name in SETS:
        assert not np.array_equal(shown.grid(name).pixels, before[name])
    assert shown.view.seed_field.number == shown.view.settings()["seed"] != 0
    shown.view.apply_settings({"seed": 0})
    shown.settle()
    for name in SETS:
        np.testing.assert_array_equal(shown.grid(name).pixels, before[name])


def test_the_number_is_chosen_without_drawing_anew(shown):
    before = shown.view.sets
    shown.view.count_box.set("60")
    shown.view.count_box.event_generate("<<ComboboxSelected>>")
    shown.settle()
    assert {shown.grid(name).count for name in SETS} == {60}
    assert all(shown.view.sets[name] is before[name] for name in SETS)


def test_a_bar_chooses_its_class_in_all_grids_and_again_lets_go_of_it(shown):
    bars = shown.view.panels[PRIOR].bars
    press(bars, "Right", times=2)
    press(bars, "Return")
    assert shown.view.class_box.get() == "2"
    for name, drawn in shown.view.sets.items():
        expected = drawn.images[drawn.of_class(2)[: COUNTS[1]]]
        np.testing.assert_array_equal(shown.grid(name).pixels, expected)
    press(bars, "Return")
    assert shown.view.class_box.get() == "all"
    assert shown.grid(REAL).count == COUNTS[1]


def test_a_picture_that_is_pointed_at_stands_beside_its_nearest_training_digit(shown):
    view, grid = shown.view, shown.grid(LEARNED)
    assert view.pair.note == HINT
    assert view.plot.mark is None
    left, top, *_ = grid.box_of(5)
    grid.event_generate("<Motion>", x=left + 3, y=top + 3)
    drawn = view.sets[LEARNED]
    own, other = view.pair.tiles
    np.testing.assert_array_equal(own.pixels, drawn.images[5])
    (training,) = view._training.values()
    np.testing.assert_array_equal(other.pixels, training.images[drawn.nearest[5]])
    assert view.plot.mark == drawn.distances[5]
    assert shown.sentence.startswith(f"{drawn.distances[5]:.2f} from the nearest of 10,000")
    grid.event_generate("<Leave>")
    assert view.pair.note == HINT
    assert view.plot.mark is None
    assert "pairs" in shown.sentence


def test_the_curves_are_the_distances_of_the_set_that_is_looked_at(shown):
    view = shown.view
    names = [curve.name for curve in view.plot.curves]
    assert names == ["real test digits", "their reconstructions", "learned samples"]
    assert view.plot.curves[2].distances is view.sets[LEARNED].distances
    shown.click(PRIOR, 3)
    assert view.plot.curves[2].distances is view.sets[PRIOR].distances
    assert view.plot.find_withtag("drawn")


@pytest.mark.parametrize("name", SETS)
def test_a_click_adopts_the_point_of_the_picture(shown, name):
    shown.click(name, 7)
    (z,) = shown.desk.adopted
    np.testing.assert_array_equal(z, shown.view.sets[name].z[7])
    assert shown.grid(name).marked == 7
    assert {shown.grid(other).marked for other in SETS if other != name} == {None}


def test_the_keyboard_adopts_too(shown):
    grid = shown.grid(RECONSTRUCTIONS)
    press(grid, "Right", times=2)
    press(grid, "Return")
    np.testing.assert_array_equal(shown.desk.adopted[-1], shown.view.sets[RECONSTRUCTIONS].z[2])


def test_escape_lets_go_of_the_chosen_picture(shown):
    shown.click(LEARNED, 1)
    shown.grid(LEARNED).event_generate("<Leave>")
    shown.desk.stage.root.focus_force()
    shown.view.update()
    assert len(shown.view.pair.tiles) == 2  # it stays when the pointer leaves
    shown.view.back()
    assert shown.view.pair.note == HINT
    assert shown.grid(LEARNED).marked is None


def test_the_training_digit_leads_to_its_mean(shown, model):
    shown.click(LEARNED, 4)
    shown.view.update()
    press(shown.view.pair, "Right")
    press(shown.view.pair, "Return")
    (training,) = shown.view._training.values()
    image = training.images[shown.view.sets[LEARNED].nearest[4]]
    expected = encode_image(model.bundle.encoder, model.decoder, image).mu
    np.testing.assert_allclose(shown.desk.adopted[-1], expected)


def test_the_menu_shelves_morphs_and_draws(shown):
    shown.click(REAL, 2, button=3)
    drawn = shown.view.sets[REAL]
    entries = shown.entries()
    called = f"real {drawn.labels[2]} #{drawn.numbers[2]}"
    assert list(entries) == ["Go here", "To the shelf", "Morph to it", f"Draw page: {called}"]
    entries["Go here"]()
    np.testing.assert_array_equal(shown.desk.adopted[-1], drawn.z[2])
    entries["To the shelf"]()
    ((points, names),) = shown.desk.shelved
    np.testing.assert_array_equal(points, drawn.z[2:3])
    assert names == [called]
    entries[f"Draw page: {called}"]()
    assert shown.desk.opened == [drawn.numbers[2]]


def test_the_menu_of_a_sample_opens_by_key_and_does_not_draw(shown):
    grid = shown.grid(PRIOR)
    press(grid, "Right")
    press(grid, "Shift-F10")
    assert list(shown.entries()) == ["Go here", "To the shelf", "Morph to it"]
    assert shown.grid(PRIOR).marked == 1


def test_the_menu_of_the_training_digit(shown, model):
    shown.click(LEARNED, 0)
    shown.view.update()
    press(shown.view.pair, "Right")
    press(shown.view.pair, "Shift-F10")
    entries = shown.entries()
    entries["Its mean to the shelf"]()
    ((points, names),) = shown.desk.shelved
    assert names[0].startswith("training ")
    assert np.shape(points) == (1, model.latent_dim)


def test_without_companions_the_grids_say_what_is_missing(empty, model):
    empty.view.set_model(without(model, "encoder", "density"))
    empty.view.set_encoded(without(model, "encoder", "density"))
    empty.settle()
    panels = empty.view.panels
    assert panels[RECONSTRUCTIONS].message == NO_ENCODER
    assert panels[LEARNED].message == NO_DENSITY
    assert empty.grid(REAL).count == empty.grid(PRIOR).count == COUNTS[1]
    assert [curve.name for curve in empty.view.plot.curves] == ["real test digits", "prior samples"]
    assert "smooth pictures" in empty.sentence
    empty.click(REAL, 0)  # it has no point
    assert empty.desk.adopted == []
    assert empty.desk.told[-1] == NO_POINT
    empty.click(REAL, 0, button=3)
    assert [label.split(":")[0] for label in empty.entries()] == ["Draw page"]


def test_without_a_classifier_only_labels_are_counted(empty, model):
    bare = without(model, "classifier")
    bare = replace(bare, bundle=replace(bare.bundle, class_names=()))
    empty.view.set_model(bare)
    empty.settle()
    panels = empty.view.panels
    real = empty.view.sets[REAL]
    np.testing.assert_allclose(panels[REAL].bars.shares, real.label_shares(10))
    assert len(panels[PRIOR].bars.shares) == 0
    assert panels[PRIOR].bars.text == "no classifier"
    assert panels[PRIOR].note.cget("text") == ""
    empty.click(PRIOR, 3)
    assert "real test digits are nearer" in empty.sentence  # not of its class, which nobody knows


@pytest.mark.parametrize(
    "sizes", [{"latent": 3, "side": 32, "image_channels": 3}, {"latent": 1, "side": 20}]
)
def test_other_images_than_digits_are_shown_and_not_compared(empty, tmp_path, sizes):
    other = foreign(tmp_path, **sizes)
    empty.desk.state.reset_model(other.latent_dim)
    empty.view.set_model(other)
    empty.settle()
    assert empty.view.panels[REAL].message == NO_REAL
    assert empty.grid(PRIOR).pixels.shape[1:] == other.decoder.image_shape
    assert empty.view.pair.note == NO_DIGITS
    assert empty.view.plot.curves == ()
    assert str(empty.view.class_box.cget("state")) == "disabled"
    empty.click(PRIOR, 1)
    assert len(empty.desk.adopted) == 1


def test_sixteen_dimensions_without_a_record(empty, tmp_path):
    other = foreign(tmp_path, latent=16)
    empty.desk.state.reset_model(other.latent_dim)
    empty.view.set_model(other)
    empty.settle()
    assert empty.grid(REAL).count == empty.grid(PRIOR).count == COUNTS[1]
    empty.click(PRIOR, 2)
    assert "real test" in empty.sentence
    assert empty.desk.adopted[-1].shape == (16,)


def test_a_second_model_shows_its_own_pictures_and_moves_nothing(
    shown, model, weights_path, tmp_path
):
    view = shown.view
    assert not view.model_buttons["second"].winfo_ismapped()
    shown.second.open(renamed_copy(weights_path, tmp_path / "second", (2, 0, 4), (1.0, -1.0, 1.0)))
    shown.settle()
    own, before = shown.grid(PRIOR).pixels, view.sets[PRIOR]
    view.model_buttons["second"].invoke()
    shown.settle()
    other = shown.second.model
    np.testing.assert_array_equal(
        shown.grid(PRIOR).pixels, draw_set(other, PRIOR, 0).images[: COUNTS[1]]
    )
    assert not np.array_equal(shown.grid(PRIOR).pixels, own)
    shown.click(RECONSTRUCTIONS, 0)
    assert shown.desk.adopted == []
    assert shown.desk.told[-1] == OF_SECOND
    shown.click(RECONSTRUCTIONS, 0, button=3)
    assert "Go here" not in shown.entries()
    shown.click(REAL, 0)  # a real digit has a place in the window's model, too
    number = view.sets[REAL].numbers[0]
    np.testing.assert_array_equal(shown.desk.adopted[-1], model.encoded.mu[number])
    shown.second.close()
    shown.settle()
    np.testing.assert_array_equal(shown.grid(PRIOR).pixels, own)
    assert view.sets[PRIOR] is before  # nothing was drawn again
    assert not view.model_buttons["second"].winfo_ismapped()


def test_samples_stay_when_the_digits_have_been_encoded(empty, model):
    empty.view.set_model(replace(model, encoded=None))
    empty.settle()
    assert empty.view.panels[REAL].message == empty.view.panels[RECONSTRUCTIONS].message != ""
    before = empty.view.sets[LEARNED]
    empty.view.set_encoded(model)
    empty.settle()
    assert empty.view.sets[LEARNED] is before
    assert empty.grid(RECONSTRUCTIONS).count == COUNTS[1]
    assert [curve.name for curve in empty.view.plot.curves][1] == "their reconstructions"


def test_nothing_is_drawn_while_nobody_looks(empty, model):
    empty.view.place_forget()
    empty.view.update()
    empty.view.set_model(model)
    assert not empty.desk.worker.busy
    assert empty.view.settled
    empty.desk.stage.show(empty.view, *ROOM)
    empty.settle()
    assert empty.grid(LEARNED).count == COUNTS[1]


def test_nothing_of_the_former_model_arrives_late(empty, model, tmp_path):
    other = foreign(tmp_path, latent=3, side=32, image_channels=3)
    empty.view.set_model(model)  # its first set is on its way
    empty.view.set_model(other)
    empty.settle()
    assert set(empty.view.sets) == {PRIOR}
    assert empty.grid(PRIOR).pixels.shape[1:] == (3, 32, 32)


def test_a_stopped_search_says_so_and_new_goes_on(empty, model):
    busy = threading.Event()
    empty.desk.worker.submit("before", lambda job: busy.wait(), lambda _: None, lambda _: None)
    empty.view.set_model(model)
    empty.desk.worker.stop("pictures")
    busy.set()
    empty.pump(lambda: not empty.desk.worker.busy)
    assert empty.view.settled
    assert STOPPED in [panel.message for panel in empty.view.panels.values()]
    empty.view.new_button.invoke()
    empty.settle()
    assert empty.grid(RECONSTRUCTIONS).count == COUNTS[1]


def test_settings_make_the_round_and_bad_ones_are_left_out(shown):
    shown.view.apply_settings({"seed": 77, "count": 60, "model": "second"})
    shown.settle()
    kept = shown.view.settings()
    assert kept == {"seed": 77, "count": 60, "model": "second"}
    for bad in (
        {"seed": -1},
        {"seed": True},
        {"seed": "x"},
        {"count": 61},
        {"count": [12]},
        {"model": "third"},
        {"model": None},
        {"other": 1},
        {},
    ):
        shown.view.apply_settings(bad)
        assert shown.view.settings() == kept
    np.testing.assert_array_equal(shown.grid(PRIOR).pixels, shown.view.sets[PRIOR].images[:60])


def test_themes_and_sizes_change_without_harm(shown):
    shown.click(LEARNED, 0)
    shown.desk.stage.theme.set_mode("dark")
    for size in ((600, 440), (300, 200), (880, 620)):
        shown.desk.stage.show(shown.view, *size)
        shown.view.update()
    assert shown.view.plot.find_withtag("drawn")
    assert len({shown.grid(name).box_of(0)[2:] for name in SETS}) == 1
