"""Guidance with the shipped weights: gradients, climbs, detours, smallest changes."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer.model import SampleRequest
from vae.guidance import (
    Judge,
    Rule,
    climb,
    guide_to,
    map_radius,
    walk_many,
)
from vae.smallest_change import SPACES, smallest_change

SHORT = Rule(steps=20)


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


def test_probabilities_are_those_of_the_window(model, judge, points):
    shown = model.probabilities(model.decoder.decode_uint8(points))
    found = np.stack([np.exp(judge.target(k).value(points)) for k in range(10)], axis=1)
    np.testing.assert_allclose(found, shown, atol=1e-5)
    np.testing.assert_allclose(found.sum(axis=1), 1.0, atol=1e-5)


def unrounded(judge, read):
    """The same number of images that were never rounded, in double precision."""
    decoder = copy.deepcopy(judge.decoder).double()
    classifier = copy.deepcopy(judge.classifier).double()

    def value(z):
        with torch.no_grad():
            return read(classifier(decoder(torch.tensor(z)))).numpy()

    return value


def log_probability(logits):
    return logits.log_softmax(dim=1)[:, 7]


def margin(logits):
    return logits[:, 7] - logits[:, [0, 1, 2, 3, 4, 5, 6, 8, 9]].amax(dim=1)


def sure_margin(logits):
    p = logits.softmax(dim=1)[:, 7]
    return torch.minimum(margin(logits), torch.log(p / (1 - p)) - np.log(0.9 / 0.1))


@pytest.mark.parametrize("read", [log_probability, margin, sure_margin])
def test_the_gradient_is_that_of_finite_differences(judge, points, read):
    objective = {
        log_probability: judge.target(7),
        margin: judge.margin(7),
        sure_margin: judge.margin(7, 0.9),
    }[read]
    values, gradients = objective.gradient(points)
    np.testing.assert_allclose(values, objective.value(points), atol=1e-4)
    smooth = unrounded(judge, read)
    np.testing.assert_allclose(values, smooth(points), atol=0.1)  # rounding is all they differ by
    step = 1e-6
    differences = np.stack(
        [
            (smooth(points + step * axis) - smooth(points - step * axis)) / (2 * step)
            for axis in np.eye(judge.latent_dim)
        ],
        axis=1,
    )
    np.testing.assert_allclose(gradients, differences, rtol=1e-3, atol=1e-3)


def test_a_climb_begins_at_the_point_and_ends_at_the_target(judge, points, targets):
    rises = []
    for start, target in zip(points, targets, strict=True):
        objective = judge.target(target)
        course = list(climb(objective, start, Rule()))
        path, probabilities = np.array([z for z, _ in course]), [p for _, p in course]
        np.testing.assert_array_equal(path[0], start)
        np.testing.assert_allclose(probabilities, np.exp(objective.value(path)), atol=1e-4)
        assert np.linalg.norm(np.diff(path, axis=0), axis=1).max() <= Rule().longest + 1e-9
        assert len(course) <= Rule().steps + 1
        assert max(probabilities[:-1]) < 0.95
        rises.append(probabilities[-1] - probabilities[0])
    assert min(rises) > 0
    assert np.median(rises) > 0.9


def test_a_strong_prior_keeps_a_climb_nearer_to_the_middle(judge, points, targets):
    ends = []
    for weight in (0.0, 3.0):
        rule = replace(SHORT, prior_weight=weight, probability=1.0)
        courses = [
            list(climb(judge.target(target), start, rule))
            for start, target in zip(points, targets, strict=True)
        ]
        ends.append(np.mean([np.linalg.norm(course[-1][0]) for course in courses]))
    assert ends[1] < ends[0] - 0.3


def test_locked_dimensions_stay(judge, points, targets):
    for start, target in zip(points[:4], targets, strict=False):
        guided = guide_to(judge.target(target), start, SHORT, {0, 3})
        np.testing.assert_array_equal(guided.path[:, [0, 3]] - start[[0, 3]], 0.0)
        change = smallest_change(judge, start, target, locked={0, 3})
        if change.found:
            np.testing.assert_array_equal((change.after - start)[[0, 3]], 0.0)
            assert not {0, 3} & set(change.moved)


def test_with_everything_locked_nothing_moves_and_it_is_said(judge, points, targets):
    every = set(range(judge.latent_dim))
    guided = guide_to(judge.target(targets[0]), points[0], SHORT, every)
    assert not guided.reached
    assert "not reached" in guided.note
    np.testing.assert_array_equal(guided.path - points[0], 0.0)
    assert not smallest_change(judge, points[0], targets[0], locked=every).found


def test_guidance_arrives_where_one_climb_does_not(judge, model):
    """The figures of 200 pairs are printed by benchmarks/guidance.py."""
    starts = model.draw(SampleRequest("prior", seed=8, count=30))
    own = model.probabilities(model.decoder.decode_uint8(starts)).argmax(axis=1)
    arrived, detours = 0, 0
    for start, label in zip(starts, own, strict=True):
        guided = guide_to(judge.target(int(label + 4) % 10), start, Rule())
        np.testing.assert_array_equal(guided.path[0], start)
        assert len(guided.path) == len(guided.probabilities)
        assert np.linalg.norm(np.diff(guided.path, axis=0), axis=1).max() <= 0.2 + 1e-9
        bound = max(map_radius(6), np.linalg.norm(start)) + 1e-9
        assert np.linalg.norm(guided.path, axis=1).max() <= bound
        assert guided.reached == (guided.probabilities[-1] >= 0.95)
        assert (guided.detour > 0) <= ("straight to a point" in guided.note or not guided.reached)
        arrived += guided.reached
        detours += guided.detour > 0
    assert arrived >= 28
    assert detours >= 3


def test_equal_seeds_give_equal_ways(judge, points, targets):
    rule = replace(SHORT, steps=4)  # too few for one climb, so that others are drawn
    ways = [guide_to(judge.target(targets[0]), points[0], rule, seed=s) for s in (1, 1)]
    np.testing.assert_array_equal(ways[0].path, ways[1].path)
    found = [smallest_change(judge, points[1], targets[1], seed=s) for s in (1, 1)]
    np.testing.assert_array_equal(found[0].after, found[1].after)


def test_progress_may_end_it(judge, points, targets):
    class Enough(Exception):
        pass

    def progress(fraction):
        assert 0 <= fraction <= 1
        if fraction > 0.1:
            raise Enough

    rule = replace(SHORT, probability=1.0)
    with pytest.raises(Enough):
        guide_to(judge.target(targets[0]), points[0], rule, progress=progress)
    with pytest.raises(Enough):
        walk_many(judge.target(targets[0]), points, rule, progress=progress)
    with pytest.raises(Enough):
        smallest_change(judge, points[0], targets[0], progress=progress)


def test_many_points_are_walked_at_once(judge, points):
    ways = walk_many(judge.target(7), points, Rule())
    np.testing.assert_array_equal([way.path[0] for way in ways], points)
    assert sum(way.reached for way in ways) >= 7


@pytest.mark.parametrize("space", SPACES)
def test_the_smallest_change_lies_on_the_boundary(model, judge, points, targets, space):
    rng = np.random.default_rng(0)
    for start, target in zip(points[:3], targets, strict=False):
        change = smallest_change(judge, start, target, space=space)
        assert change.found
        margin = judge.margin(target)
        assert margin.value(change.after[None])[0] > -1e-4
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


def test_a_probability_asks_for_more_and_the_boundary_comes_before(judge, points, targets):
    start, target = points[0], targets[0]
    near = smallest_change(judge, start, target)
    sure = smallest_change(judge, start, target, probability=0.9)
    assert np.exp(judge.target(target).value(sure.after[None])[0]) > 0.9 - 1e-4
    assert sure.distance > near.distance
    between = np.linalg.norm(sure.boundary - start) / sure.distance
    assert 0 < between < 1
    assert abs(judge.margin(target).value(sure.boundary[None])[0]) < 0.05


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


def test_a_model_without_a_classifier_is_refused(model):
    with pytest.raises(ValueError, match="without a classifier"):
        Judge(replace(model.bundle, classifier=None))


def test_what_does_not_fit_is_refused(judge, points):
    with pytest.raises(ValueError, match="10 classes"):
        judge.target(10)
    with pytest.raises(ValueError, match="no dimension 6"):
        next(climb(judge.target(0), points[0], SHORT, {6}))
    with pytest.raises(ValueError, match="finite point"):
        guide_to(judge.target(0), [np.nan] * 6, SHORT)
    with pytest.raises(ValueError, match="unknown space"):
        smallest_change(judge, points[0], 0, space="sound")
    with pytest.raises(ValueError, match="6 numbers"):
        smallest_change(judge, points[0][:5], 0)
    with pytest.raises(ValueError, match="probability"):
        smallest_change(judge, points[0], 0, probability=1.0)
    for wrong in ({"rate": 0}, {"prior_weight": -1}, {"probability": 0}, {"radius": 0}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            Rule(**wrong)
