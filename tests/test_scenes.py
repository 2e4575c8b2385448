"""The scenes of the README's pictures still show what they are named after."""

from __future__ import annotations

import numpy as np
import pytest

from tools.scenes import BOOKMARKS, ROOT, SCENES
from tools.screenshots import all_pictures, shown_in_readme


@pytest.fixture
def play(window, settle):
    """Play a scene in the real window, and tidy up after it."""

    def play(name: str) -> None:
        SCENES[name](window)
        settle()

    yield play
    for slider in window.sliders.sliders:
        slider.event_generate("<Leave>", x=1, y=1)
    window.digit.event_generate("<Leave>", x=1, y=1)
    window.pages["sweep"].enlarge(None)
    window.tour.end()


def test_influence(window, play):
    play("influence")
    assert window.digit.shown_influence is not None
    assert len(window.state.bookmarks) == len(BOOKMARKS)


def test_pixel(window, play):
    play("pixel")
    assert window.digit.probe is not None
    arrows = [slider.itemcget(slider._arrow, "state") for slider in window.sliders.sliders]
    assert "normal" in arrows


def test_axes(window, play):
    play("axes")
    assert window.sliders.local
    assert window.sliders.sliders[-1].locked


def test_dimension(window, play):
    play("dimension")
    assert window.pages["sweep"].request.dimension == 3


def test_tour(window, play):
    play("tour")
    assert window.tour.card.winfo_viewable()


def test_keyframes(window, play):
    play("keyframes")
    page = window.pages["morph"]
    assert len(page.journey.keys) == len(BOOKMARKS)
    assert page.journey.is_loop
    assert page.study("geodesic") is not None
    assert 0.3 < page.scrub.position < 0.5
    np.testing.assert_allclose(window.state.z, page.point_at(page.scrub.position), atol=1e-6)


def test_thickness(window, play):
    play("thickness")
    page = window.pages["directions"]
    assert page.held == (("attributes", "slant"),)
    distance = np.linalg.norm(np.array(window.state.z) - window.model.presets[4])
    assert distance == pytest.approx(1.0, abs=1e-4)
    page.release_all()


def test_effects(window, play):
    play("effects")
    tree = window.pages["directions"].table.tree
    assert tree.winfo_ismapped()
    assert tree.bbox(tree.get_children()[0])  # the first row is in view
    window.pages["directions"].show_sliders()


def test_seven(window, play):
    play("seven")
    assert window.pages["guide"].walk_view.walk.reached
    pixels = window.model.decoder.decode_uint8(np.array([window.state.z]))
    assert window.model.probabilities(pixels).argmax() == 7


def test_change(window, play):
    play("change")
    assert window.pages["guide"].change_panel.found.change.found


def test_atlas(window, play):
    play("atlas")
    page = window.pages["map"]
    assert page.fields.tiles is not None
    assert page.fields.classes is not None
    assert page.choice.kind == "classes"


def test_typical_map(window, play):
    play("typical_map")
    assert window.pages["map"].fields.rarity is not None
    assert window.pages["map"].fields.dots is not None


def test_magnified_map(window, play):
    play("magnified_map")
    assert window.pages["map"].fields.magnification is not None
    assert window.pages["map"].choice.kind == "points"


def test_quantiles(window, play):
    play("quantiles")
    assert window.pages["map"].map_view.viewport.spacing == "quantile"


def test_drawn(window, play):
    play("drawn")
    assert len(window.pages["draw"].drawing.strokes) == 2
    pixels = window.model.decoder.decode_uint8(np.array([window.state.z]))
    assert window.model.probabilities(pixels).argmax() == 7


def test_completions(window, play):
    play("completions")
    assert window.pages["draw"].drawn.unknown.mean() == 0.5
    assert window.pages["draw"].views["completions"].completions is not None


def test_refined(window, play):
    play("refined")
    assert window.pages["draw"].views["refine"].refinement is not None


def test_edited(window, play):
    play("edited")
    drawn = window.pages["draw"].drawn
    moved = np.array(window.state.z) - drawn.posterior.mu
    np.testing.assert_allclose(moved, np.eye(6)[1] * 0.8, atol=1e-5)


def test_noise(window, play):
    play("noise")
    assert all(walk is not None for walk in window.pages["guide"].noise_view.walks)


def test_prior_match(window, play):
    play("prior_match")
    assert window.pages["statistics"].book.views["prior"].plot.rendering is not None


def test_confused(window, play):
    play("confused")
    assert window.pages["statistics"].book.views["classes"].winfo_ismapped()


def test_generated(window, play):
    play("generated")
    assert window.pages["compare"].book.views["pictures"].winfo_ismapped()


def test_formed(window, play):
    play("formed")
    view = window.pages["model"].book.views["history"]
    assert 0 < view.history.epochs[view.index] < 20


def test_layers(window, play):
    play("layers")
    assert window.pages["model"].book.views["activations"].winfo_ismapped()


def test_every_picture_of_the_readme_can_be_taken():
    shown = shown_in_readme()
    assert len(shown) > 5
    assert set(shown) <= set(all_pictures())
    kept = {path.stem for path in (ROOT / "assets" / "screenshots").glob("*.png")}
    assert kept == set(shown)  # none is missing, and none is kept for nobody
