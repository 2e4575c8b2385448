"""What one page asks of another, by way of the window: neither knows the other."""

from __future__ import annotations

import numpy as np
import pytest

from vae.latent import sample_prior


@pytest.fixture
def points(model):
    return sample_prior(5, model.latent_dim, np.random.default_rng(1))


def test_points_go_to_the_shelf_as_one_undo_entry(window, points):
    before = window.state.bookmarks
    window._context.shelve(points, [f"p{n}" for n in range(5)])
    added = window.state.bookmarks[len(before) :]
    assert [mark.name for mark in added] == ["p0", "p1", "p2", "p3", "p4"]
    np.testing.assert_allclose([mark.z for mark in added], points, atol=1e-6)
    assert "5 points" in window.status.message["text"]
    window.undo()
    assert window.state.bookmarks == before


def test_one_point_on_the_shelf_is_told_by_its_name(window, points):
    window._context.shelve(points[:1], ["the mean"])
    assert "the mean" in window.status.message["text"]


def test_a_path_becomes_a_smooth_journey_on_the_morph_page(window, settle, points):
    window.show_page("sample")
    window._context.travel(points, "map")
    settle()
    page = window.pages["morph"]
    assert window.notebook.front == "morph"
    np.testing.assert_allclose([key.z for key in page.journey.keys], points, atol=1e-6)
    assert [key.name for key in page.journey.keys] == [f"map {n}" for n in range(1, 6)]
    assert page.journey.is_smooth
    assert page.paths.chosen == "linear"  # the spline
    assert page.key_editor.journey == page.journey
    assert len(page.frames) == page.steps_field.number
    np.testing.assert_allclose(page.frames[[0, -1]], points[[0, -1]], atol=1e-6)


def test_a_path_takes_as_long_as_the_journey_before(window, settle, points):
    page = window.pages["morph"]
    page.apply_settings({"journey": page.journey.with_total_seconds(7.5).to_settings()})
    window._context.travel(points, "map")
    settle()
    assert page.journey.total_seconds == pytest.approx(7.5)


def test_a_path_of_two_points_is_a_straight_line(window, settle, points):
    window._context.travel(points[:2], "map")
    settle()
    journey = window.pages["morph"].journey
    assert journey.corners == "piecewise"
    assert len(journey.keys) == 2


def test_a_path_of_very_many_points_takes_what_its_segments_need_at_least(window, settle, model):
    many = sample_prior(200, model.latent_dim, np.random.default_rng(2))
    page = window.pages["morph"]
    before = page.settings()
    window._context.travel(many, "map")
    journey = page.journey
    page.apply_settings(before)  # the geodesics of 199 segments take their time
    settle()
    assert len(journey.keys) == 200
    assert journey.total_seconds == pytest.approx(journey.total_bounds[0])
