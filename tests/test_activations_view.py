"""The maps on the sheet are those of the point, in colours that tell sign and size, and live."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.model import LoadedModel, open_model
from explorer.views.activations import ActivationsView
from explorer.widgets.activation_sheet import LEVELS, ZERO, colour_scale, levels
from explorer.widgets.digit_view import rgb
from tests.conftest import Stage
from tests.foreign import foreign_state
from tests.interaction import press
from vae.activations import LAYERS, LayeredDecoder
from vae.weights import save_state_dict


@pytest.fixture
def view(desk, stage: Stage, model: LoadedModel, pump) -> ActivationsView:
    view = ActivationsView(stage.frame, desk.context)
    desk.state.set_z(model.presets[3])
    stage.show(view, 604, 440)
    view.set_model(model)
    settle(pump, view)
    return view


def settle(pump, view: ActivationsView) -> None:
    pump(lambda: view.settled, what="the maps are shown")


def pixels(view: ActivationsView) -> np.ndarray:
    """The sheet's picture as Tk has it, (height, width, 3)."""
    photo = view.sheet.photo
    data = view.tk.call(str(photo), "data", "-format", "ppm")
    data = data if isinstance(data, bytes) else data.encode("latin-1")
    return np.frombuffer(data[-photo.width() * photo.height() * 3 :], np.uint8).reshape(
        photo.height(), photo.width(), 3
    )


def cell(view: ActivationsView, key: tuple[str, int]) -> np.ndarray:
    """What the sheet shows of a map, one colour for each of its values."""
    left, top, right, bottom = view.sheet._boxes[view.sheet.keys.index(key)]
    picture = pixels(view)[top:bottom, left:right]
    rows, columns = view.shown.maps(key[0])[key[1]].shape
    side = len(picture)
    down = [(2 * row + 1) * side // (2 * rows) for row in range(rows)]
    across = [(2 * column + 1) * side // (2 * columns) for column in range(columns)]
    return picture[np.ix_(down, across)]


def expected(view: ActivationsView, key: tuple[str, int]) -> np.ndarray:
    """The same from the numbers, by interpolation between the three colours of the scale."""
    palette = view._context.theme.palette
    layer, index = key
    values = view.shown.maps(layer)[index] / view._layers.scales[layer]
    ends = [rgb(palette.decrease), rgb(palette.surface), rgb(palette.increase)]
    return np.stack(
        [np.interp(values, [-1, 0, 1], [end[channel] for end in ends]) for channel in range(3)],
        axis=-1,
    )


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_every_map_is_on_the_sheet_in_its_colours(view, pump, mode):
    view._context.theme.set_mode(mode)
    settle(pump, view)
    view.update()
    assert len(view.sheet.keys) == 32 + 16 + 16
    for key in view.sheet.keys:
        # A level is one 127th of the scale.
        np.testing.assert_allclose(cell(view, key), expected(view, key), atol=3.0)


def test_the_maps_follow_the_point(view, desk, pump, model):
    before = cell(view, ("hidden", 3))
    z = np.asarray(model.presets[8])
    desk.state.set_z(z)
    settle(pump, view)
    direct = LayeredDecoder(model.bundle.decoder, model.decoder).activations(desk.state.z)
    for layer in LAYERS:
        np.testing.assert_array_equal(view.shown.maps(layer), direct.maps(layer))
    assert (cell(view, ("hidden", 3)) != before).any()
    np.testing.assert_array_equal(
        view.adds._pixels, np.rint((direct.image + 1) * 127.5).astype(np.uint8)
    )


def test_a_burst_of_changes_is_painted_once(view, desk, pump, monkeypatch):
    painted = []
    paint = view.sheet.paint
    monkeypatch.setattr(view.sheet, "paint", lambda values: (painted.append(1), paint(values)))
    for step in range(50):
        desk.state.set_value(0, step / 25)
    settle(pump, view)
    assert len(painted) == 1


def test_one_picture_is_pasted_into_and_never_replaced(view, desk, pump):
    photo = view.sheet.photo
    desk.state.set_value(1, 1.5)
    settle(pump, view)
    assert view.sheet.photo is photo


def test_nothing_is_computed_while_nobody_looks(view, desk, stage, pump, monkeypatch):
    view.place_forget()
    stage.root.update()
    monkeypatch.setattr(view._layers, "activations", lambda z: pytest.fail("computed unseen"))
    desk.state.set_value(0, 2.0)
    assert view.settled
    stage.root.update()
    monkeypatch.undo()
    stage.show(view, 604, 440)
    settle(pump, view)
    direct = view._layers.activations(np.asarray(desk.state.z))
    np.testing.assert_array_equal(view.shown.hidden, direct.hidden)


def test_the_chosen_map_is_large_with_what_it_adds(view, model):
    view.sheet.choose(("hidden", 4))
    view.update()
    shown, layers = view.shown, view._layers
    without = layers.without(shown, "hidden", 4)
    np.testing.assert_allclose(view.adds.shown_influence, (shown.image - without)[0])
    np.testing.assert_array_equal(
        view.without._pixels, np.rint((without + 1) * 127.5).astype(np.uint8)
    )
    large = view.large._pixels.transpose(1, 2, 0)
    np.testing.assert_allclose(large, expected(view, ("hidden", 4)), atol=3.0)
    assert view.captions[0].cget("text") == "map 5 of 16"
    assert f"{np.abs(shown.image - without).max():.2g} at most" in view.text.text


def test_at_first_the_map_is_chosen_that_matters_most(view):
    layer, index = view.sheet.chosen
    assert layer == "hidden"
    changes = [
        np.abs(view.shown.image - view._layers.without(view.shown, "hidden", k)).sum()
        for k in range(16)
    ]
    assert index == int(np.argmax(changes))


def test_a_click_chooses_a_map(view):
    for key in (("linear", 0), ("linear", 31), ("before", 7), ("hidden", 15)):
        left, top, right, bottom = view.sheet._boxes[view.sheet.keys.index(key)]
        x, y = (left + right) // 2, (top + bottom) // 2
        view.sheet.event_generate("<Button-1>", x=x, y=y)
        view.update()
        assert view.sheet.chosen == key


def test_the_arrow_keys_walk_over_the_sheet(view):
    sheet = view.sheet
    press(sheet, "Home")
    assert sheet.chosen == ("linear", 0)
    press(sheet, "Left")
    assert sheet.chosen == ("linear", 0)
    press(sheet, "Right")
    assert sheet.chosen == ("linear", 1)
    seen = []
    for _ in range(4):
        press(sheet, "Down")
        seen.append(sheet.chosen)
    assert seen == [("linear", 17), ("before", 1), ("hidden", 1), ("hidden", 1)]
    press(sheet, "Up")
    assert sheet.chosen == ("before", 1)
    press(sheet, "End")
    assert sheet.chosen == ("hidden", 15)


def test_before_and_after_relu_a_map_adds_the_same(view):
    view.sheet.choose(("before", 6))
    one = view.without._pixels
    view.sheet.choose(("hidden", 6))
    np.testing.assert_array_equal(view.without._pixels, one)


def test_a_map_that_is_off_is_said_to_add_nothing(view, desk, pump, model):
    state = {key: value.copy() for key, value in model.bundle.decoder.items()}
    state["deconv_stack.0.bias"][2] = -1e4
    dead = replace(model.bundle, decoder=state, sha256="0" * 64)
    decoder = type(model.decoder).from_state_dict(state)
    view.set_model(replace(model, bundle=dead, decoder=decoder))
    settle(pump, view)
    view.sheet.choose(("hidden", 2))
    assert "off at this point" in view.text.text
    view.sheet.choose(("before", 2))
    assert "the same" in view.text.text


@pytest.mark.parametrize(
    "sizes",
    [
        {"latent": 1, "side": 8, "wide": 1, "narrow": 1},
        {"latent": 2, "side": 32, "image_channels": 3},
        {"latent": 16, "wide": 256, "narrow": 128},
    ],
)
def test_models_of_other_sizes(view, desk, pump, tmp_path, sizes):
    save_state_dict(foreign_state(**sizes), tmp_path / "other.pt")
    other = open_model(tmp_path / "other.pt")
    desk.state.reset_model(other.latent_dim)
    view.set_model(other)
    settle(pump, view)
    assert view.shown.image.shape == other.decoder.image_shape
    known = {layer: len(view.shown.maps(layer)) for layer in LAYERS}
    assert view.sheet.keys[0] == ("linear", 0)
    assert len(view.sheet.keys) <= sum(known.values())
    assert view.sheet.chosen is not None
    for key in view.sheet.keys[:: max(1, len(view.sheet.keys) // 7)]:
        view.sheet.choose(key)
        left, top, right, bottom = view.sheet._boxes[view.sheet.keys.index(key)]
        assert 0 <= left < right <= view.sheet.winfo_width()
        assert 0 <= top < bottom <= view.sheet.winfo_height()
    press(view.sheet, "Down")
    view.update()


def test_a_session_keeps_the_chosen_map(view, desk, pump, model):
    view.sheet.choose(("linear", 12))
    kept = view.settings()
    view.sheet.choose(("hidden", 0))
    view.apply_settings(kept)
    assert view.sheet.chosen == ("linear", 12)
    for bad in (
        {},
        {"layer": "none", "map": 1},
        {"layer": "hidden", "map": 99},
        {"layer": "hidden", "map": "1"},
        {"layer": [], "map": 1},
        {"layer": "hidden", "map": -1},
    ):
        view.apply_settings(bad)
        assert view.sheet.chosen == ("linear", 12)


def test_the_levels_of_the_colours():
    found = levels(np.array([-9.0, -2.0, 0.0, 1.0, 2.0, 9.0], np.float32), 2.0)
    assert found.tolist() == [1, 1, ZERO, ZERO + 64, LEVELS - 1, LEVELS - 1]


def test_the_scale_of_colours_goes_from_blue_over_the_card_to_red(stage):
    palette = stage.theme.palette
    scale = colour_scale(palette).view(np.uint8).reshape(-1, 4)[:, :3]
    assert tuple(scale[1]) == rgb(palette.decrease)
    assert tuple(scale[ZERO]) == rgb(palette.surface)
    assert tuple(scale[-1]) == rgb(palette.increase)
