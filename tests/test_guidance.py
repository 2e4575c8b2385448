"""Guidance: the rule, climbs, detours, many points at once; with the shipped weights and others."""

import copy
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.model import SampleRequest
from tests.judges import other_judge
from vae.guidance import (
    STRAIGHT_STEP,
    Judge,
    Rule,
    climb,
    guide_to,
    map_radius,
    walk_many,
)

SHORT = Rule(steps=20)
PLAIN = Rule(0.05, 0.1, steps=12, longest=math.inf, radius=math.inf, probability=1.0)


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


def test_the_rule_is_the_one_that_is_written(judge, points, targets):
    """Against torch alone: decoder, classifier, log-softmax, autograd, and the rule."""
    for start, target in zip(points, targets, strict=True):
        expected = start
        for found, _ in climb(judge.target(target), start, PLAIN):
            np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
            x = torch.tensor(found, dtype=torch.float32).requires_grad_()
            logits = judge.classifier(judge.decoder(x[None]))[0]
            logits.log_softmax(dim=0)[target].backward()
            expected = found + PLAIN.rate * (x.grad.numpy() - PLAIN.prior_weight * found)


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


def test_with_everything_locked_nothing_moves_and_it_is_said(judge, points, targets):
    every = set(range(judge.latent_dim))
    guided = guide_to(judge.target(targets[0]), points[0], SHORT, every)
    assert not guided.reached
    assert "not reached" in guided.note
    np.testing.assert_array_equal(guided.path - points[0], 0.0)


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


@settings(max_examples=25)
@given(
    start=st.lists(st.floats(-3, 3), min_size=6, max_size=6),
    target=st.integers(0, 9),
    locked=st.sets(st.integers(0, 5), max_size=6),
    rate=st.floats(0.01, 1.0),
    weight=st.floats(0.0, 3.0),
    longest=st.sampled_from([0.05, 0.2, math.inf]),
    probability=st.sampled_from([0.5, 0.95]),
    steps=st.integers(1, 20),
)
def test_what_is_said_of_a_way_is_true_of_it(
    judge, start, target, locked, rate, weight, longest, probability, steps
):
    objective = judge.target(target)
    rule = Rule(rate, weight, steps, probability, longest)
    guided = guide_to(objective, start, rule, locked)
    path, course = guided.path, guided.probabilities
    np.testing.assert_array_equal(path[0], start)
    assert len(path) == len(course) <= guided.detour + steps + 1
    # Of another batch than the one it was walked in.
    np.testing.assert_allclose(course, np.exp(objective.value(path)), atol=1e-4)
    assert guided.reached == (course[-1] >= probability)
    assert (course[:-1] < probability).all()
    held = sorted(locked)
    np.testing.assert_array_equal(path[:, held], np.tile(path[0, held], (len(path), 1)))
    lengths = np.linalg.norm(np.diff(path, axis=0), axis=1)
    assert lengths.max(initial=0.0) <= longest + 1e-9
    assert lengths[: guided.detour].max(initial=0.0) <= STRAIGHT_STEP + 1e-9
    bound = max(map_radius(6), np.linalg.norm(start))
    assert np.linalg.norm(path, axis=1).max() <= bound + 1e-9


def test_a_way_of_plain_steps_begins_at_its_start_also_on_a_detour(judge, model):
    rule = replace(PLAIN, steps=2, probability=0.95)
    starts = model.draw(SampleRequest("prior", seed=8, count=20))
    ways = walk_many(judge.target(8), starts, rule)
    assert any(way.detour for way in ways)
    for start, way in zip(starts, ways, strict=True):
        np.testing.assert_array_equal(way.path[0], start)


def test_what_is_reached_already_is_said(model, judge):
    guided = guide_to(judge.target(3), model.class_means[3], Rule())
    assert guided.reached
    assert len(guided.path) == 1
    assert "already" in guided.note


@pytest.mark.parametrize("sizes", [{"latent": 1}, {"latent": 2}, {"latent": 16}])
@pytest.mark.parametrize("classes", [2, 3])
def test_other_models(sizes, classes):
    judge = other_judge(classes, image_channels=3, **sizes)
    starts = np.random.default_rng(0).standard_normal((3, sizes["latent"]))
    for way in walk_many(judge.target(classes - 1), starts, replace(SHORT, probability=0.999)):
        assert way.path.shape == (len(way.probabilities), sizes["latent"])
        assert way.reached == (way.probabilities[-1] >= 0.999)


def test_a_classifier_that_gives_no_number_is_an_error():
    judge = other_judge(2)
    with torch.no_grad():
        judge.classifier.linear.weight.fill_(math.inf)
    with pytest.raises(ValueError, match="damaged"):
        guide_to(judge.target(0), np.ones(6), SHORT)


def test_equal_seeds_give_equal_ways(judge, points, targets):
    rule = replace(SHORT, steps=4)  # too few for one climb, so that others are drawn
    ways = [guide_to(judge.target(targets[0]), points[0], rule, seed=s) for s in (1, 1)]
    np.testing.assert_array_equal(ways[0].path, ways[1].path)


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


def test_many_points_walk_as_each_would_alone(judge, points):
    objective = judge.target(7)
    ways = walk_many(objective, points, Rule(), seed=4)
    np.testing.assert_array_equal([way.path[0] for way in ways], points)
    assert sum(way.reached for way in ways) >= 7
    direct = 0
    for number, (point, way) in enumerate(zip(points, ways, strict=True)):
        alone = guide_to(objective, point, Rule(), seed=4 + number)
        assert alone.reached == way.reached
        if way.detour == 0:
            direct += 1
            assert len(alone.path) == len(way.path)
            np.testing.assert_allclose(alone.path, way.path, atol=1e-3)
    assert direct >= 3
    assert walk_many(objective, np.empty((0, 6)), Rule()) == ()


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
    with pytest.raises(ValueError, match="beyond"):
        guide_to(judge.target(0), [1e7] * 6, SHORT)
    with pytest.raises(ValueError, match="shape"):
        walk_many(judge.target(0), points[0], SHORT)
    for wrong in (
        {"rate": 0},
        {"rate": math.inf},
        {"prior_weight": -1},
        {"prior_weight": math.inf},
        {"steps": 0},
        {"steps": 2.5},
        {"longest": 0},
        {"probability": 0},
        {"probability": 1.1},
        {"radius": 0},
        {"radius": math.nan},
    ):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            Rule(**wrong)
