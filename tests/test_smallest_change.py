"""The smallest change: on the boundary of what is shown, as near as can be found, honestly said."""

import numpy as np
import pytest

from explorer.model import SampleRequest
from tests.judges import other_judge
from vae.guidance import Judge
from vae.smallest_change import ROUNDS, SPACES, smallest_change


@pytest.fixture(scope="module")
def judge(model):
    return Judge(model.bundle)


@pytest.fixture(scope="module")
def points(model):
    return model.draw(SampleRequest("learned", seed=5, count=8))


@pytest.fixture(scope="module")
def targets(model, points):
    own = model.probabilities(model.decoder.decode_uint8(points)).argmax(axis=1)
    return [int(k) for k in (own + np.arange(1, 9)) % 10]


@pytest.mark.parametrize("space", SPACES)
def test_the_smallest_change_lies_on_the_boundary(model, judge, points, targets, space):
    rng = np.random.default_rng(0)
    for start, target in zip(points[:3], targets, strict=False):
        change = smallest_change(judge, start, target, space=space)
        assert change.found
        margin = judge.margin(target)
        assert margin.value(change.after[None])[0] >= 0
        # The picture that is shown is taken for the target.
        assert model.probabilities(change.frames[2:])[0].argmax() == target
        np.testing.assert_array_equal(change.boundary, change.after)
        np.testing.assert_array_equal(
            change.frames, model.decoder.decode_uint8(np.array([start, change.after, change.after]))
        )
        if space == "latent":
            np.testing.assert_allclose(change.distance, np.linalg.norm(change.after - start))
        else:
            images = model.decoder.decode(np.array([start, change.after]))
            np.testing.assert_allclose(
                change.distance, np.linalg.norm(images[1] - images[0]), rtol=1e-4
            )
        shift = np.abs(change.after - start)
        assert list(shift[list(change.moved)]) == sorted(shift, reverse=True)
        # A step back towards the start, and it is not the target any more.
        assert margin.value((start + 0.98 * (change.after - start))[None])[0] < 0
        # Nothing nearer by a tenth is found by chance.
        directions = rng.standard_normal((2000, judge.latent_dim))
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        reach = np.linalg.norm(change.after - start)
        others = start + directions * reach * rng.random((2000, 1)) ** (1 / judge.latent_dim)
        others = others[margin.value(others) >= 0]
        if space == "latent":
            lengths = np.linalg.norm(others - start, axis=1)
        else:
            away = model.decoder.decode(others) - model.decoder.decode(start)
            lengths = np.sqrt((away**2).sum(axis=(1, 2, 3)))
        assert (lengths > 0.9 * change.distance).all()


def test_in_two_dimensions_no_point_of_a_grid_is_nearer(model, judge, points):
    """Of 4,000 points over the whole disc, all judged; for every class that some are taken for."""
    start, radius, free = points[0], 3.0, (3, 4)
    axis = np.linspace(-radius, radius, 73)
    shifts = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    shifts = shifts[np.linalg.norm(shifts, axis=1) <= radius]
    grid = np.tile(start, (len(shifts), 1))
    grid[:, free] += shifts
    labels = model.probabilities(model.decoder.decode_uint8(grid)).argmax(axis=1)
    change = model.decoder.decode(grid) - model.decoder.decode(start)
    lengths = {
        "latent": np.linalg.norm(shifts, axis=1),
        "pixels": np.linalg.norm(change.reshape(len(change), -1), axis=1),
    }
    locked = set(range(judge.latent_dim)) - set(free)
    targets = [k for k in range(10) if k != judge.likeliest(start) and (labels == k).sum() > 10]
    assert len(targets) >= 2
    for target in targets:
        for space in SPACES:
            found = smallest_change(judge, start, target, space=space, radius=radius, locked=locked)
            assert found.distance <= 1.01 * lengths[space][labels == target].min()


def test_a_probability_asks_for_more_and_the_boundary_comes_before(judge, points, targets):
    start, target = points[0], targets[0]
    near = smallest_change(judge, start, target)
    sure = smallest_change(judge, start, target, probability=0.9)
    assert np.exp(judge.target(target).value(sure.after[None])[0]) >= 0.9 - 1e-6
    assert sure.distance > near.distance
    between = np.linalg.norm(sure.boundary - start) / sure.distance
    assert 0 < between < 1
    assert 0 <= judge.margin(target).value(sure.boundary[None])[0] < 0.2


def test_an_impossible_radius_is_said(judge, points, targets):
    change = smallest_change(judge, points[0], targets[0], radius=0.01)
    assert not change.found
    assert change.after is None
    assert change.boundary is None
    assert change.distance == np.inf
    assert change.frames.shape == (1, 1, 28, 28)
    assert "0.01" in change.note


def test_a_point_that_is_the_target_needs_no_change(model, judge):
    change = smallest_change(judge, model.class_means[3], 3)
    assert change.found
    assert change.distance == 0.0
    assert change.moved == ()
    assert "already" in change.note


def test_locked_dimensions_stay(judge, points, targets):
    for start, target in zip(points[:4], targets, strict=False):
        change = smallest_change(judge, start, target, locked={0, 3})
        if change.found:
            np.testing.assert_array_equal((change.after - start)[[0, 3]], 0.0)
            assert not {0, 3} & set(change.moved)
    nothing_free = smallest_change(judge, points[0], targets[0], locked=set(range(6)))
    assert not nothing_free.found
    assert "every dimension is locked" in nothing_free.note


def test_equal_seeds_find_equal_points(judge, points, targets):
    found = [smallest_change(judge, points[1], targets[1], seed=s) for s in (1, 1)]
    np.testing.assert_array_equal(found[0].after, found[1].after)


@pytest.mark.parametrize("space", SPACES)
def test_progress_rises_often_and_may_end_it(judge, points, targets, space):
    class Enough(Exception):
        pass

    shares = []
    smallest_change(judge, points[0], targets[0], space=space, progress=shares.append)
    assert shares == sorted(shares)
    assert shares[0] >= 0
    assert shares[-1] <= 1
    # Never more between two reports than 64 images judged, or one step of eight points.
    assert np.diff(shares).max() <= 1 / ROUNDS / 12

    def progress(fraction):
        if fraction > 0.1:
            raise Enough

    with pytest.raises(Enough):
        smallest_change(judge, points[0], targets[0], space=space, progress=progress)


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("latent", [1, 2, 16])
def test_other_models(space, latent):
    judge = other_judge(2, latent=latent, image_channels=3)
    start = np.random.default_rng(0).standard_normal(latent)
    other = 1 - judge.likeliest(start)
    change = smallest_change(judge, start, other, space=space)
    assert change.frames.shape[1:] == (3, 28, 28)
    if change.found:
        assert judge.likeliest(change.after) == other
        assert np.linalg.norm(change.after - start) <= change.radius + 1e-9
    else:
        assert "within 4 of here" in change.note
    assert smallest_change(judge, start, 1 - other, space=space).distance == 0


def test_what_does_not_fit_is_refused(judge, points):
    with pytest.raises(ValueError, match="unknown space"):
        smallest_change(judge, points[0], 0, space="sound")
    with pytest.raises(ValueError, match="6 numbers"):
        smallest_change(judge, points[0][:5], 0)
    with pytest.raises(ValueError, match="finite point"):
        smallest_change(judge, [np.nan] * 6, 0)
    with pytest.raises(ValueError, match="10 classes"):
        smallest_change(judge, points[0], 10)
    for wrong in ({"probability": 1.0}, {"radius": 0.0}, {"radius": np.inf}, {"radius": np.nan}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            smallest_change(judge, points[0], 0, **wrong)
