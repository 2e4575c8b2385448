"""The sliders together: use, order, bands, locks, filmstrips, arrows, and the local axes."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import ImageTk

from explorer.glide import Glide
from explorer.state import ExplorerState
from explorer.widgets.filmstrip import STOPS, stops, strip_image
from explorer.widgets.latent_panel import MOST_WITHOUT_SCROLLING, LatentPanel
from tests.foreign import foreign_state
from tests.interaction import click, drag, press
from vae.decoding import FoldedDecoder

WIDTH = 460


class Setting:
    """A panel over a state and a decoder, redrawn by hand."""

    def __init__(self, stage, decoder: FoldedDecoder, z) -> None:
        self.stage, self.decoder = stage, decoder
        self.state = ExplorerState(decoder.latent_dim)
        self.state.set_z(z)
        self.state.reset_model(decoder.latent_dim, keep_point=True)
        self.glide = Glide(stage.root, self.state)
        self.errors: list[str] = []
        self.decoded: list[np.ndarray] = []
        self.jacobians_at: list[tuple[float, ...]] = []
        self.panel = LatentPanel(
            stage.frame,
            stage.theme,
            self.state,
            self.glide,
            decode=self.decode,
            jacobian=self.jacobian,
            on_error=self.errors.append,
            on_attend=lambda: None,
        )
        self.panel.set_enabled(True)
        rows = min(decoder.latent_dim, MOST_WITHOUT_SCROLLING)
        stage.show(self.panel, WIDTH, 38 * rows)
        self.panel.refresh()

    def decode(self, z: np.ndarray) -> np.ndarray:
        self.decoded.append(z)
        return self.decoder.decode_uint8(z)

    def jacobian(self) -> np.ndarray:
        self.jacobians_at.append(self.state.z)
        return self.decoder.jacobian(np.asarray(self.state.z))

    def strip(self, index: int) -> np.ndarray:
        photo = self.panel._filmstrips.photos[self.panel.sliders[index]]
        return np.asarray(ImageTk.getimage(photo).convert("L"))

    def expected_strip(self, index: int) -> np.ndarray:
        """Pictures along a slider from the current point, worked out apart from the panel."""
        slider, z = self.panel.sliders[index], np.asarray(self.state.z)
        direction = self.panel.directions[index]
        points = z + np.outer(stops(slider) - direction @ z, direction)
        _, _, width, height = slider.track_box
        return np.asarray(strip_image(self.decoder.decode_uint8(points), width, height))

    def values(self) -> np.ndarray:
        return np.array([slider.value for slider in self.panel.sliders])


@pytest.fixture
def setting(stage, model) -> Setting:
    return Setting(stage, model.decoder, model.presets[3])


def rows_from_top(panel: LatentPanel) -> list[int]:
    panel.update()
    return sorted(range(len(panel.sliders)), key=lambda i: panel.sliders[i].winfo_y())


# --- use, order, bands ------------------------------------------------------------------------


def texts(setting: Setting, item: str) -> list[str]:
    return [slider.itemcget(getattr(slider, item), "text") for slider in setting.panel.sliders]


def test_the_use_of_each_dimension_stands_beside_it(setting, model):
    assert texts(setting, "_use") == [""] * 6
    setting.panel.set_statistics(model.use, model.encoded)
    assert texts(setting, "_use") == [f"{nats:.2f} nats" for nats in model.encoded.kl]
    assert texts(setting, "_name") == [f"z{i}" for i in range(1, 7)]


def test_a_dead_dimension_is_greyed_and_said_to_be_dead(setting, stage):
    setting.panel.set_statistics(np.array([2.0, 0.01, 1.0, 0.3, 0.2, 0.099]), None)
    assert texts(setting, "_use")[1] == texts(setting, "_use")[5] == "dead"
    colours = [slider.itemcget(slider._name, "fill") for slider in setting.panel.sliders]
    palette = stage.theme.palette
    assert [colour == palette.muted for colour in colours] == [i in (1, 5) for i in range(6)]


def test_the_bands_are_those_of_the_encoded_digits(setting, model):
    setting.panel.set_statistics(model.use, model.encoded)
    for index, slider in enumerate(setting.panel.sliders):
        mean, spread = model.encoded.mu[:, index].mean(), model.encoded.mu[:, index].std()
        left, _, right, _ = slider.coords(slider._narrow_band)
        assert left == pytest.approx(slider.x_of(mean - spread))
        assert right == pytest.approx(slider.x_of(mean + spread))
    setting.panel.set_statistics(model.use, None)
    assert setting.panel.sliders[0].itemcget(slider._narrow_band, "state") == "hidden"


def test_dimensions_are_ordered_by_index_or_by_use(setting, model):
    panel = setting.panel
    panel.set_statistics(model.use, model.encoded)
    assert rows_from_top(panel) == list(range(6))
    panel.set_order("use")
    by_use = sorted(range(6), key=lambda i: -model.encoded.kl[i])
    assert rows_from_top(panel) == by_use == list(panel.shown_order)
    # The keyboard goes from top to bottom, too.
    focus = panel.sliders[by_use[0]]
    for index in by_use[1:]:
        focus = focus.tk_focusNext()
        assert focus is panel.sliders[index]
    drag(panel.sliders[2], *[(int(panel.sliders[2].x_of(v)), 15) for v in (0.0, 1.0)])
    assert setting.state.z[2] == pytest.approx(1.0, abs=0.05)
    panel.set_order("index")
    assert rows_from_top(panel) == list(range(6))


def test_without_any_figures_the_order_stays_that_of_the_index(setting):
    setting.panel.set_order("use")
    assert rows_from_top(setting.panel) == list(range(6))


# --- what an encoder answered -------------------------------------------------------------------

MEAN, STD = np.linspace(-2.0, 2.0, 6), np.linspace(0.05, 1.0, 6)


def error_bars(panel: LatentPanel) -> list[tuple[float, float] | None]:
    """The middles of every error bar's caps in pixels; None where none is shown."""
    shown = []
    for slider in panel.sliders:
        xs = slider.coords(slider._bar)[::2]
        hidden = slider.itemcget(slider._bar, "state") == "hidden"
        shown.append(None if hidden else ((xs[0] + xs[1]) / 2, (xs[4] + xs[5]) / 2))
    return shown


def expected_bars(panel: LatentPanel) -> list:
    return [
        pytest.approx((slider.x_of(mean - std), slider.x_of(mean + std)), abs=0.5)
        for slider, mean, std in zip(panel.sliders, MEAN, STD, strict=True)
    ]


def test_the_error_bars_are_what_the_encoder_answered(setting):
    panel = setting.panel
    assert error_bars(panel) == [None] * 6
    panel.set_posterior(MEAN, STD)
    assert error_bars(panel) == expected_bars(panel)
    panel.set_posterior(None, None)
    assert error_bars(panel) == [None] * 6


def test_the_error_bars_go_with_their_dimensions_in_every_order(setting, model):
    panel = setting.panel
    panel.set_posterior(MEAN, STD)
    panel.set_statistics(model.use, model.encoded)
    panel.set_order("use")
    panel.update()
    assert error_bars(panel) == expected_bars(panel)


def test_local_axes_show_no_error_bars_and_dimensions_show_them_again(setting):
    panel = setting.panel
    setting.state.set_lock(2, True)
    panel.set_posterior(MEAN, STD)
    panel.set_local(True)
    assert error_bars(panel) == [None] * 6
    panel.set_posterior(MEAN, STD)  # while they are not shown
    assert error_bars(panel) == [None] * 6
    panel.set_local(False)
    assert error_bars(panel) == expected_bars(panel)


def test_another_model_takes_the_error_bars_away(setting):
    panel = setting.panel
    panel.set_posterior(MEAN, STD)
    panel.rebuild()
    assert error_bars(panel) == [None] * 6
    panel.set_posterior(MEAN[:3], STD[:3])  # of a model with fewer dimensions
    assert error_bars(panel) == [None] * 6


def test_the_tooltip_says_what_the_encoder_answered(setting):
    def texts() -> list[str]:
        return [tooltip.text for tooltip in setting.panel._tooltips]

    setting.panel.set_posterior(MEAN, STD)
    assert "2.00 ± 1.00" in texts()[5]
    setting.panel.set_local(True)
    assert not any("±" in text for text in texts())
    setting.panel.set_local(False)
    setting.panel.set_posterior(None, None)
    assert not any("±" in text for text in texts())


# --- locks --------------------------------------------------------------------------------------


def click_lock(setting: Setting, index: int) -> None:
    slider = setting.panel.sliders[index]
    left, top, right, bottom = slider.coords(slider._lock_area)
    click(slider, int(left + right) // 2, int(top + bottom) // 2)
    setting.panel.refresh()


def test_a_click_locks_a_dimension_and_another_frees_it(setting):
    click_lock(setting, 4)
    assert setting.state.locks == {4}
    assert [slider.locked for slider in setting.panel.sliders] == [i == 4 for i in range(6)]
    click_lock(setting, 4)
    assert not setting.state.locks
    assert not setting.panel.sliders[4].locked


def test_a_locked_dimension_still_follows_its_own_slider(setting):
    setting.state.set_lock(1, True)
    press(setting.panel.sliders[1], "Shift-Right")
    before = setting.state.z
    assert before[1] != 0
    setting.state.set_z([0.0] * 6)
    assert setting.state.z == (0, before[1], 0, 0, 0, 0)


def test_the_lock_key_acts_on_the_slider_under_the_pointer(setting):
    setting.panel.sliders[3].event_generate("<Enter>", x=5, y=5)
    assert setting.panel.attended == 3
    setting.panel.toggle_lock()
    assert setting.state.locks == {3}
    setting.panel.sliders[3].event_generate("<Leave>", x=5, y=5)
    assert setting.panel.attended is None
    setting.panel.toggle_lock()
    assert setting.state.locks == {3}


def test_the_lock_command_knows_the_focus_before_its_event_has_come(setting, stage):
    # A menu gives the focus back immediately before it does what was chosen.
    stage.root.focus_force()
    stage.root.update()
    setting.panel.sliders[2].focus_set()
    assert setting.panel.toggle_lock()
    assert setting.state.locks == {2}


# --- gestures -----------------------------------------------------------------------------------


def drag_to(slider, *values: float) -> None:
    """Press at the first value and move on, and leave the button down."""
    first, *rest = (int(slider.x_of(value)) for value in values)
    y = slider.winfo_height() // 2
    slider.event_generate("<ButtonPress-1>", x=first, y=y)
    for x in rest:
        slider.event_generate("<B1-Motion>", x=x, y=y)


def let_off(slider) -> None:
    slider.event_generate("<ButtonRelease-1>", x=5, y=5)


def test_the_end_of_a_drag_leaves_a_glide_alone_that_a_key_has_begun(setting, model):
    before = setting.state.z
    drag_to(setting.panel.sliders[0], 1.0, 2.0)
    dragged = setting.state.z
    setting.glide.stop()
    setting.glide.to(model.presets[7])
    let_off(setting.panel.sliders[0])
    for share in (0.3, 0.6):  # two frames of the glide
        setting.state.set_z(share * np.asarray(model.presets[7]))
    setting.glide.stop()
    setting.state.undo()
    assert setting.state.z == dragged
    setting.state.undo()
    assert setting.state.z == before


def test_a_drag_ends_when_the_sliders_come_to_stand_for_something_else(setting):
    slider = setting.panel.sliders[0]
    drag_to(slider, 1.0, 2.0)
    at = setting.state.z
    setting.panel.set_local(True)
    slider.event_generate("<B1-Motion>", x=int(slider.x_of(-3.0)), y=15)
    let_off(slider)
    assert setting.state.z == at
    assert setting.state.open_gesture is None


def test_steps_before_and_after_a_switch_are_two_entries(setting):
    slider, before = setting.panel.sliders[0], setting.state.z
    press(slider, "Right")
    between = setting.state.z
    setting.panel.set_local(True)
    press(slider, "Right")
    assert setting.state.z != between
    setting.state.undo()
    assert setting.state.z == between
    setting.state.undo()
    assert setting.state.z == before


def test_a_glide_goes_on_through_a_switch(setting, model):
    setting.glide.to(model.presets[7])
    setting.panel.set_local(True)
    assert setting.glide.active
    assert setting.state.open_gesture is not None
    setting.glide.stop()


# --- filmstrips ---------------------------------------------------------------------------------


def test_all_strips_are_painted_with_one_decode(setting, pump):
    pump(lambda: setting.panel.settled)
    assert [len(z) for z in setting.decoded] == [6 * STOPS]
    for index in range(6):
        np.testing.assert_array_equal(setting.strip(index), setting.expected_strip(index))


def test_a_burst_of_changes_is_one_refresh_and_the_newest_point_wins(setting, pump, model):
    pump(lambda: setting.panel.settled)
    setting.decoded.clear()
    for preset in model.presets:
        setting.state.set_z(preset)
        setting.panel.refresh()
    assert not setting.decoded  # none of them waited for it
    pump(lambda: setting.panel.settled)
    assert len(setting.decoded) == 1
    np.testing.assert_array_equal(setting.strip(0), setting.expected_strip(0))


def test_the_strip_of_a_slider_that_moves_stays_and_the_others_follow(setting, pump):
    pump(lambda: setting.panel.settled)
    setting.decoded.clear()
    press(setting.panel.sliders[2], "Shift-Right")
    setting.panel.refresh()
    pump(lambda: setting.panel.settled)
    assert [len(z) for z in setting.decoded] == [5 * STOPS]
    for index in range(6):
        np.testing.assert_array_equal(setting.strip(index), setting.expected_strip(index))


def test_filmstrips_can_be_switched_off(setting, pump):
    pump(lambda: setting.panel.settled)
    setting.panel.set_filmstrips(False)
    slider = setting.panel.sliders[0]
    assert slider.itemcget(slider._strip, "state") == "hidden"
    setting.decoded.clear()
    setting.state.set_z([0.0] * 6)
    setting.panel.refresh()
    pump(lambda: setting.panel.settled)
    assert not setting.decoded
    setting.panel.set_filmstrips(True)
    pump(lambda: setting.panel.settled)
    np.testing.assert_array_equal(setting.strip(0), setting.expected_strip(0))


def test_filmstrips_that_are_switched_off_halfway_stay_away(setting, pump):
    panel = setting.panel
    panel._strips.request()
    pump(lambda: panel._filmstrips.photos)
    assert len(panel._filmstrips.photos) < 6
    panel.set_filmstrips(False)
    pump(lambda: panel.settled)
    assert not panel._filmstrips.photos
    assert {slider.itemcget(slider._strip, "state") for slider in panel.sliders} == {"hidden"}


def test_strips_follow_the_width_of_the_window(setting, pump, stage):
    pump(lambda: setting.panel.settled)
    stage.show(setting.panel, 700, 38 * 6)
    pump(lambda: setting.panel.settled)
    _, _, width, height = setting.panel.sliders[0].track_box
    assert setting.strip(0).shape == (height, width)
    np.testing.assert_array_equal(setting.strip(5), setting.expected_strip(5))


def test_with_many_dimensions_only_the_strips_in_view_are_painted(stage, pump):
    decoder = FoldedDecoder.from_state_dict(
        {key: value.numpy() for key, value in foreign_state(latent=40).items()}
    )
    setting = Setting(stage, decoder, np.linspace(-1, 1, 40))
    pump(lambda: setting.panel.settled)
    painted = sum(len(z) for z in setting.decoded) // STOPS
    assert MOST_WITHOUT_SCROLLING <= painted <= MOST_WITHOUT_SCROLLING + 2
    last = setting.panel.sliders[-1]
    assert last not in setting.panel._filmstrips.photos
    last.focus_force()  # scrolls it into view
    pump(lambda: last in setting.panel._filmstrips.photos)
    np.testing.assert_array_equal(setting.strip(39), setting.expected_strip(39))


def test_the_strip_of_a_locked_dimension_is_dim(setting, pump):
    pump(lambda: setting.panel.settled)
    bright = setting.strip(2).astype(int)
    setting.state.set_lock(2, True)
    setting.panel.refresh()
    pump(lambda: setting.panel.settled)
    assert bright.max() > 200
    np.testing.assert_allclose(setting.strip(2), bright * 0.4, atol=1)
    setting.state.set_lock(2, False)
    setting.panel.refresh()
    pump(lambda: setting.panel.settled)
    np.testing.assert_array_equal(setting.strip(2), bright)


# --- local axes ---------------------------------------------------------------------------------


@pytest.fixture
def local(setting) -> Setting:
    setting.panel.set_local(True)
    return setting


def test_local_axes_are_orthonormal_and_the_most_visible_comes_first(local):
    directions = local.panel.directions
    np.testing.assert_allclose(directions @ directions.T, np.eye(6), atol=1e-9)
    jacobian = local.decoder.jacobian(np.asarray(local.state.z)).reshape(6, -1)
    seen = np.linalg.norm(directions @ jacobian, axis=1)
    assert (np.diff(seen) <= 1e-6).all()
    assert seen[0] == pytest.approx(np.linalg.svd(jacobian, compute_uv=False)[0], rel=1e-4)
    assert texts(local, "_name") == [f"axis {i}" for i in range(1, 7)]
    assert texts(local, "_use") == [f"Δ {strength:.1f}" for strength in seen]


def test_the_sliders_show_the_coordinates_along_the_axes(local):
    exact = local.panel.directions @ np.asarray(local.state.z)
    np.testing.assert_allclose(local.values(), exact, atol=0.5e-4)  # to four decimals


def test_switching_there_and_back_keeps_the_point(setting):
    before = setting.state.z
    setting.panel.set_local(True)
    setting.panel.set_local(False)
    assert setting.state.z == before
    assert tuple(setting.values()) == before
    assert not setting.state.can_undo
    assert texts(setting, "_name") == [f"z{i}" for i in range(1, 7)]


def test_a_drag_moves_straight_along_its_axis_and_back_again(local):
    start, axis = np.asarray(local.state.z), local.panel.directions[1].copy()
    slider = local.panel.sliders[1]
    y = slider.winfo_height() // 2
    at = slider.value
    slider.event_generate("<ButtonPress-1>", x=int(slider.x_of(at)), y=y)
    for offset in (0.3, 0.9, 1.5):
        slider.event_generate("<B1-Motion>", x=int(slider.x_of(at + offset)), y=y)
        local.panel.refresh()
        moved = np.asarray(local.state.z) - start
        assert abs(moved @ axis) == pytest.approx(np.linalg.norm(moved), rel=1e-4)
        np.testing.assert_allclose(local.panel.directions[1], axis)
    slider.event_generate("<B1-Motion>", x=int(slider.x_of(at)), y=y)
    np.testing.assert_allclose(local.state.z, start, atol=0.05)
    slider.event_generate("<B1-Motion>", x=int(slider.x_of(at + 1.5)), y=y)
    slider.event_generate("<ButtonRelease-1>", x=int(slider.x_of(at + 1.5)), y=y)
    local.panel.refresh()
    assert not np.allclose(local.panel.directions[1], axis)  # those of the new point
    local.state.undo()
    np.testing.assert_array_equal(local.state.z, start)


def test_axes_keep_their_order_and_sign_as_the_point_moves(local, model):
    start, end = np.array(model.presets[3]), np.array(model.presets[8])
    before = local.panel.directions
    for t in np.linspace(0, 1, 200)[1:]:
        local.state.set_z((1 - t) * start + t * end)
        local.panel.refresh()
        after = local.panel.directions
        np.testing.assert_allclose(after @ after.T, np.eye(6), atol=1e-9)
        cosines = after @ before.T
        assert (np.diag(cosines) > 0).all()
        before = after


def test_a_locked_dimension_is_left_alone_by_the_axes(local):
    local.state.set_lock(2, True)
    local.panel.refresh()
    directions = local.panel.directions
    np.testing.assert_array_equal(directions[5], np.eye(6)[2])
    assert texts(local, "_name")[5] == "z3"
    assert [slider.locked for slider in local.panel.sliders] == [False] * 5 + [True]
    before = local.state.z[2]
    for index in range(5):
        press(local.panel.sliders[index], "Shift-Right")
        local.panel.refresh()
    assert local.state.z[2] == before
    press(local.panel.sliders[5], "Shift-Right")  # its own slider
    assert local.state.z[2] == pytest.approx(before + 0.5)
    local.panel.refresh()
    click_lock(local, 5)
    assert not local.state.locks
    assert texts(local, "_name")[5] == "axis 6"


def test_the_strips_lead_along_the_axes(local, pump):
    pump(lambda: local.panel.settled)
    for index in range(6):
        np.testing.assert_array_equal(local.strip(index), local.expected_strip(index))


def test_the_bands_are_turned_with_the_axes(local, model):
    local.panel.set_statistics(model.use, model.encoded)
    along = model.encoded.mu @ local.panel.directions.T
    for index, slider in enumerate(local.panel.sliders):
        left, _, right, _ = slider.coords(slider._narrow_band)
        mean, spread = along[:, index].mean(), along[:, index].std()
        assert left == pytest.approx(slider.x_of(mean - spread), abs=0.01)
        assert right == pytest.approx(slider.x_of(mean + spread), abs=0.01)


def test_a_slider_along_an_axis_moves_alone(local, pump):
    pump(lambda: local.panel.settled)
    local.decoded.clear()
    before = local.values()
    press(local.panel.sliders[0], "Right", times=3)
    local.panel.refresh()
    assert local.values()[0] == pytest.approx(before[0] + 0.15, abs=1e-3)
    assert tuple(local.values()[1:]) == tuple(before[1:])
    pump(lambda: local.panel.settled)
    assert [len(z) for z in local.decoded] == [5 * STOPS]


def test_steps_along_an_axis_are_one_undo_entry(local):
    before = local.state.z
    axis = local.panel.directions[0].copy()
    press(local.panel.sliders[0], "Right", times=4)
    np.testing.assert_allclose(np.asarray(local.state.z) - before, 0.2 * axis, atol=1e-5)
    local.state.undo()
    assert local.state.z == before


def test_an_axis_that_stands_for_no_dimension_is_not_locked(local):
    local.panel.sliders[0].event_generate("<Enter>", x=5, y=5)
    assert not local.panel.toggle_lock()
    assert not local.state.locks
    local.panel.sliders[0].event_generate("<Leave>", x=5, y=5)


def test_axes_are_worked_out_once_for_a_point(local):
    assert local.jacobians_at == [local.state.z]
    local.state.set_value(0, 1.0)
    for _ in range(3):
        local.panel.refresh()
    assert local.jacobians_at[1:] == [local.state.z]


# --- arrows -------------------------------------------------------------------------------------


def test_arrows_are_in_proportion_to_the_gradient(setting):
    gradient = np.array([0.5, -1.0, 0.0, 0.25, -0.125, 0.01])
    setting.panel.set_arrows(gradient)
    shares = [slider._arrow_share for slider in setting.panel.sliders]
    assert shares == pytest.approx([0.5, -1.0, 0.0, 0.25, -0.125, 0.0])
    setting.panel.set_arrows(None)
    assert not any(slider._arrow_share for slider in setting.panel.sliders)
    setting.panel.set_arrows(np.zeros(6))
    assert not any(slider._arrow_share for slider in setting.panel.sliders)


def test_arrows_of_local_axes_are_those_of_the_turned_gradient(local):
    gradient = np.array([0.5, -1.0, 0.3, 0.25, -0.125, 0.4])
    local.panel.set_arrows(gradient)
    along = local.panel.directions @ gradient
    along /= np.abs(along).max()
    for slider, share in zip(local.panel.sliders, along, strict=True):
        assert slider._arrow_share == pytest.approx(share if abs(share) >= 0.06 else 0.0)


def test_another_model_brings_plain_sliders(local, model):
    local.panel.set_statistics(model.use, model.encoded)
    local.state.reset_model(2)
    local.panel.rebuild()
    assert not local.panel.local
    assert not local.panel._filmstrips.photos
    assert texts(local, "_name") == ["z1", "z2"]
    assert texts(local, "_use") == [""] * 2
    press(local.panel.sliders[1], "Shift-Right")
    assert local.state.z == (0.0, 0.5)
