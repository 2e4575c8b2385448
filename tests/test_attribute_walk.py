"""Attribute walks: what they say is measured, nearer at every step, and the class is kept."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.model import SampleRequest
from tests.judges import other_judge
from vae.attribute_walk import FARTHEST, TOLERANCE, WORDS, change_attribute
from vae.attributes import NAMES, measure
from vae.guidance import Judge, map_radius


@pytest.fixture(scope="module")
def judge(model):
    return Judge(model.bundle)


@pytest.fixture(scope="module")
def points(model):
    return model.draw(SampleRequest("learned", seed=5, count=10))


@pytest.mark.parametrize(
    ("name", "change"),
    [("thickness", 0.2), ("thickness", -0.2), ("ink", 0.2), ("width", -0.2), ("slant", -10.0)],
)
def test_most_points_get_what_was_asked_for_and_keep_their_class(
    model, judge, points, name, change
):
    """The figures of 200 points are printed by benchmarks/guidance.py."""
    reached = 0
    for start in points:
        relative = name != "slant"
        walk = change_attribute(model.decoder, start, name, change, relative=relative, judge=judge)
        before, after = measure(model.decoder.decode_uint8(walk.path[[0, -1]]))[
            :, NAMES.index(name)
        ]
        done = after / before - 1 if relative else after - before
        assert walk.reached == (abs(done - change) <= TOLERANCE * abs(change) + 1e-9)
        reached += walk.reached
        # Not one frame is taken for something else.
        answers = model.probabilities(model.decoder.decode_uint8(walk.path))
        assert set(answers.argmax(axis=1)) == {walk.class_index} == {judge.likeliest(start)}
    assert reached >= 9


@settings(max_examples=25)
@given(
    start=st.lists(st.floats(-3, 3), min_size=6, max_size=6),
    name=st.sampled_from(NAMES),
    change=st.sampled_from([-0.5, -0.1, 0.1, 0.5]),
    locked=st.sets(st.integers(0, 5), max_size=6),
    held=st.booleans(),
)
def test_what_is_said_of_a_walk_is_true_of_it(model, judge, start, name, change, locked, held):
    walk = change_attribute(
        model.decoder,
        start,
        name,
        10 * change if name == "slant" else change,
        relative=name != "slant",
        judge=judge if held else None,
        locked=locked,
    )
    np.testing.assert_array_equal(walk.path[0], start)
    images = model.decoder.decode_uint8(walk.path)
    np.testing.assert_allclose(walk.measured, measure(images), atol=1e-4)
    np.testing.assert_array_equal(walk.values, walk.measured[:, NAMES.index(name)])
    still = sorted(locked)
    np.testing.assert_array_equal(
        walk.path[:, still], np.tile(walk.path[0, still], (len(walk.path), 1))
    )
    bound = max(map_radius(6), np.linalg.norm(start))
    assert np.linalg.norm(walk.path, axis=1).max() <= bound + 1e-9
    assert np.linalg.norm(np.diff(walk.path, axis=0), axis=1).max(initial=0) <= FARTHEST + 1e-9
    if math.isnan(walk.target):
        assert not walk.reached
        assert len(walk.path) == 1
    else:
        gaps = np.abs(walk.target - walk.values)
        assert (np.diff(gaps) < 0).all()
    assert walk.note
    assert walk.note.startswith(("Only", "Nothing", "There is no", "The image")) != walk.reached


def test_what_cannot_be_is_said(model, judge, points):
    """The digits it has learned from fill a box of 20 pixels, and none is twice as tall."""
    walk = change_attribute(model.decoder, model.class_means[3], "height", 1.0, judge=judge)
    assert not walk.reached
    assert "taller" in walk.note
    loop = NAMES.index("loop")
    none = next(z for z in points if measure(model.decoder.decode_uint8(z[None]))[0, loop] == 0)
    walk = change_attribute(model.decoder, none, "loop", 0.2)
    assert walk.note == "There is no loop here to take a share of."
    assert len(walk.path) == 1
    every = change_attribute(model.decoder, none, "ink", 0.2, locked=set(range(6)))
    assert every.note == "Nothing changed: every dimension is locked."


def test_equal_seeds_give_equal_walks(model, points):
    walks = [change_attribute(model.decoder, points[0], "height", 0.3, seed=3) for _ in range(2)]
    np.testing.assert_array_equal(walks[0].path, walks[1].path)


def test_progress_rises_and_may_end_it(model, points):
    class Enough(Exception):
        pass

    shares = []
    change_attribute(model.decoder, points[0], "thickness", 0.4, progress=shares.append)
    assert shares == sorted(shares)
    assert len(shares) > 3

    def progress(fraction):
        raise Enough

    with pytest.raises(Enough):
        change_attribute(model.decoder, points[0], "thickness", 0.4, progress=progress)


@pytest.mark.parametrize("latent", [1, 2, 16])
def test_other_models(latent):
    judge = other_judge(3, latent=latent, image_channels=3)
    start = np.random.default_rng(0).standard_normal(latent)
    walk = change_attribute(judge.folded, start, "ink", 0.05, judge=judge)
    assert walk.path.shape == (len(walk.values), latent)
    assert judge.likeliest(walk.path[-1]) == walk.class_index


def test_every_attribute_has_its_words():
    assert set(WORDS) == set(NAMES)


def test_what_does_not_fit_is_refused(model, points):
    def ask(name="thickness", change=0.2, start=points[0], **others):
        change_attribute(model.decoder, start, name, change, **others)

    with pytest.raises(ValueError, match="no attribute 'colour'"):
        ask("colour")
    with pytest.raises(ValueError, match="degrees"):
        ask("slant")
    with pytest.raises(ValueError, match="above -1"):
        ask(change=-1)
    with pytest.raises(ValueError, match="finite"):
        ask(change=math.nan)
    with pytest.raises(ValueError, match="finite point"):
        ask(start=[math.nan] * 6)
    with pytest.raises(ValueError, match="no dimension 6"):
        ask(locked={6})
