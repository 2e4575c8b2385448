"""Which plane is chosen: its place and its names, what a model offers, and the session file."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from explorer.model import LoadedModel
from explorer.plane_choice import (
    AXES,
    CLASSES,
    KINDS,
    NO_PLANE,
    POINTS,
    PRINCIPAL,
    WHOLE_SPACE,
    PlaneChoice,
    PlanePoint,
    find_plane,
    first_choice,
    is_quick,
    obstacle,
    offered,
)
from tests.foreign import foreign_state
from vae.decoding import FoldedDecoder
from vae.planes import discriminant_plane, plane_through, principal_plane
from vae.weights import load_bundle

numbers = arrays(np.float64, 6, elements=st.floats(-4, 4))


@pytest.fixture
def bare(tmp_path):
    """A model of any number of dimensions with nothing but its decoder."""

    def make(latent: int) -> LoadedModel:
        import torch

        path = tmp_path / f"bare{latent}.pt"
        torch.save(foreign_state(latent=latent), path)
        bundle = load_bundle(path)
        return LoadedModel(bundle, FoldedDecoder.from_state_dict(bundle.decoder), None, None)

    return make


def three(model: LoadedModel) -> PlaneChoice:
    return replace(first_choice(model), kind=POINTS)


# --- what a model offers --------------------------------------------------------------------------


def test_first_the_two_most_used_dimensions_and_means_of_classes(model):
    choice = first_choice(model)
    order = np.argsort(-model.use)
    assert choice.axes == tuple(order[:2])
    assert [point.name for point in choice.points] == ["mean of 0", "mean of 1", "mean of 7"]
    np.testing.assert_allclose(choice.points[2].z, model.class_means[7])


def test_the_shipped_model_has_every_plane(model):
    for kind in KINDS:
        assert obstacle(kind, model) == ""
        found = find_plane(replace(first_choice(model), kind=kind), model)
        assert found.plane.axes.shape == (2, 6)
        assert found.name


def test_without_an_encoder_two_dimensions_and_three_points_are_left(bare):
    model = bare(5)
    choice = first_choice(model)
    assert choice.axes == (0, 1)  # how much it uses which is not known
    assert [obstacle(kind, model) for kind in (AXES, POINTS)] == ["", ""]
    for kind in (PRINCIPAL, CLASSES):
        assert "without an encoder" in obstacle(kind, model)
        assert offered(replace(choice, kind=kind), model).kind == AXES
        with pytest.raises(ValueError, match="without an encoder"):
            find_plane(replace(choice, kind=kind), model)
    find_plane(replace(choice, kind=POINTS), model)  # random ones, and not on one line


def test_two_dimensions_are_simply_the_space(bare):
    model = bare(2)
    assert obstacle(AXES, model) == ""
    assert {obstacle(kind, model) for kind in KINDS} == {"", WHOLE_SPACE}
    found = find_plane(offered(first_choice(model), model), model)
    np.testing.assert_array_equal(found.plane.axes, np.eye(2))
    assert found.off_words([0.3, -2.0]) == "The map is the whole space."


def test_one_dimension_has_no_plane(bare):
    model = bare(1)
    assert {obstacle(kind, model) for kind in KINDS} == {NO_PLANE}
    with pytest.raises(ValueError, match="one dimension"):
        find_plane(offered(first_choice(model), model), model)


# --- the planes -----------------------------------------------------------------------------------


def test_the_planes_are_those_of_the_mathematics(model):
    choice = first_choice(model)
    principal, shares = principal_plane(model.encoded.mu)
    found = find_plane(replace(choice, kind=PRINCIPAL), model)
    np.testing.assert_allclose(found.plane.axes, principal.axes)
    assert found.axis_names[0] == f"PC 1 ({100 * shares[0]:.0f} %)"
    found = find_plane(replace(choice, kind=CLASSES), model)
    np.testing.assert_allclose(
        found.plane.axes, discriminant_plane(model.encoded.mu, model.encoded.labels).axes
    )
    assert found.axis_names == ("LD 1", "LD 2")
    a, b, c = (point.z for point in choice.points)
    found = find_plane(three(model), model)
    np.testing.assert_allclose(found.plane.axes, plane_through(a, b, c).axes)
    assert found.axis_names == ("A to B", "towards C")
    found = find_plane(replace(choice, kind=AXES, axes=(4, 1)), model)
    assert found.axis_names == ("z5", "z2")
    np.testing.assert_array_equal(found.plane.axes, np.eye(6)[[4, 1]])


def test_only_planes_of_many_points_take_time():
    assert [kind for kind in KINDS if is_quick(PlaneChoice(kind))] == [AXES, POINTS]


def test_the_three_points_are_marked_and_lie_on_it(model):
    found = find_plane(three(model), model)
    assert [letter for letter, _ in found.marks] == ["A", "B", "C"]
    for _, z in found.marks:
        assert found.distance(z) < 1e-9
        np.testing.assert_allclose(found.onto(z), z, atol=1e-9)
    a, b, c = (found.plane.coordinates(z) for _, z in found.marks)
    assert b[0] > a[0]
    assert b[1] == pytest.approx(a[1])
    assert c[1] > a[1]


def test_points_that_are_missing_or_on_one_line_are_told(model):
    choice = replace(three(model), points=(None, PlanePoint("b", (1.0,) * 6), None))
    with pytest.raises(ValueError, match="Choose a point for A and C"):
        find_plane(choice, model)
    for i, name in enumerate("abc"):
        choice = choice.with_point(i, name, [float(i)] * 6)
    with pytest.raises(ValueError, match="on one line"):
        find_plane(choice, model)


@pytest.mark.parametrize("kind", KINDS)
def test_swapping_turns_the_plane_over_and_back(model, kind):
    choice = replace(first_choice(model), kind=kind)
    found, turned = find_plane(choice, model), find_plane(choice.turned(), model)
    np.testing.assert_allclose(turned.plane.axes, found.plane.axes[::-1])
    assert turned.axis_names == found.axis_names[::-1]
    assert choice.turned().turned() == choice


@given(z=numbers)
def test_onto_is_the_nearest_point_of_the_plane(model, z):
    found = find_plane(three(model), model)
    there = found.onto(z)
    assert found.distance(there) < 1e-9
    assert np.linalg.norm(z - there) == pytest.approx(found.distance(z), abs=1e-9)
    np.testing.assert_allclose(
        found.plane.coordinates(there), found.plane.coordinates(z), atol=1e-9
    )


def test_what_the_map_does_not_show_is_said_in_words_and_numbers(model):
    z = [0.5, -1.0, 2.0, 0.25, 1.0, -2.0]
    axes = find_plane(replace(first_choice(model), kind=AXES, axes=(4, 1)), model)
    assert axes.off_words(z) == "Held: z1 0.50 · z3 2.00 · z4 0.25 · z6 -2.00"
    assert axes.distance(z) == 0
    found = find_plane(three(model), model)
    words, off = found.off_words(z).split(": ")
    assert words == f"{found.distance(z):.2f} off the plane"
    names, parts = zip(*(part.split() for part in off.split(" · ")), strict=True)
    assert names == ("z1", "z2", "z3", "z4", "z5", "z6")
    parts = np.array(list(map(float, parts)))
    np.testing.assert_allclose(parts, z - found.onto(z), atol=0.005)
    assert found.off_words(found.onto(z)) == "On the plane of A, B and C."


# --- choosing -------------------------------------------------------------------------------------


def test_the_two_dimensions_never_become_the_same():
    choice = PlaneChoice(AXES, axes=(2, 5))
    assert choice.with_axis(0, 5).axes == (5, 2)
    assert choice.with_axis(1, 2).axes == (5, 2)
    assert choice.with_axis(1, 0).axes == (2, 0)


def test_a_point_makes_it_a_plane_of_points():
    choice = PlaneChoice(PRINCIPAL).with_point(1, "x" * 500, np.arange(6))
    assert choice.kind == POINTS
    assert choice.points[1].z == (0.0, 1.0, 2.0, 3.0, 4.0, 5.0)
    assert len(choice.points[1].name) < 500


@given(
    kind=st.sampled_from(KINDS),
    axes=st.lists(st.integers(0, 5), min_size=2, max_size=2, unique=True),
    z=numbers,
    swapped=st.booleans(),
)
def test_a_session_brings_the_choice_back(kind, axes, z, swapped):
    point = PlanePoint("one", tuple(map(float, z)))
    choice = PlaneChoice(kind, tuple(axes), (None, point, point), swapped)
    stored = json.loads(json.dumps(choice.settings()))
    assert PlaneChoice().with_settings(stored, 6) == choice


@pytest.mark.parametrize(
    "bad",
    [
        {"kind": "sphere"},
        {"kind": ["axes"]},
        {"axes": [1, 1]},
        {"axes": [0, 6]},
        {"axes": [-1, 2]},
        {"axes": [True, 2]},
        {"axes": "z1"},
        {"points": [1, 2, 3]},
        {"points": [{"name": "a", "z": [1.0, 2.0]}, None, None]},
        {"points": [{"name": "a", "z": [1.0] * 5 + [float("nan")]}, None, None]},
        {"points": [{"name": 3, "z": [1.0] * 6}, None, None]},
        {"points": None},
        {"swapped": 1},
        {},
    ],
)
def test_bad_settings_leave_the_choice_as_it_is(model, bad):
    choice = first_choice(model)
    assert choice.with_settings(bad, 6) == choice
