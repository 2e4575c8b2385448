"""Sums of latent vectors: their steps and results against plain arithmetic, and how they read."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.expression import (
    MOST_TERMS,
    TEMPLATES,
    Expression,
    scale_meaning,
    scaled_text,
)
from vae.latent import MAX_MAGNITUDE

COORDINATES = st.floats(-100, 100)
STRENGTHS = st.floats(-2, 2)
ANALOGY = TEMPLATES["analogy"]


@st.composite
def expressions(draw, names=tuple(TEMPLATES)) -> Expression:
    template = TEMPLATES[draw(st.sampled_from(names))]
    count = draw(st.integers(template.least, MOST_TERMS))
    dimensions = draw(st.integers(1, 16))
    row = st.lists(COORDINATES, min_size=dimensions, max_size=dimensions)
    vectors = draw(st.lists(row, min_size=count, max_size=count))
    strengths = draw(st.lists(STRENGTHS, min_size=count, max_size=count))
    return Expression(template, np.array(vectors), np.array(strengths))


def by_hand(expression: Expression) -> list[list[float]]:
    """The steps in plain Python, from left to right."""
    steps, total = [], [0.0] * expression.vectors.shape[1]
    for index, (vector, strength) in enumerate(
        zip(expression.vectors.tolist(), expression.strengths.tolist(), strict=True)
    ):
        factor = -strength if index in expression.template.minus else strength
        total = [have + factor * value for have, value in zip(total, vector, strict=True)]
        share = index + 1 if expression.template.averaged else 1
        steps.append([value / share for value in total])
    return steps


@given(expressions())
def test_every_step_is_plain_arithmetic_to_the_last_digit(expression):
    np.testing.assert_array_equal(expression.steps(), by_hand(expression))
    np.testing.assert_array_equal(expression.result, by_hand(expression)[-1])


@given(expressions())
def test_the_result_is_the_weighted_sum(expression):
    signs = [expression.template.sign(index) for index in range(expression.count)]
    share = expression.count if expression.template.averaged else 1
    expected = np.multiply(signs, expression.strengths) @ expression.vectors / share
    np.testing.assert_allclose(expression.result, expected, rtol=1e-12, atol=1e-10)


@given(expressions())
def test_a_scale_of_0_is_the_base_and_of_1_the_result(expression):
    np.testing.assert_array_equal(expression.at(0.0), expression.base)
    np.testing.assert_array_equal(expression.at(1.0), expression.result)


@given(expressions(), st.lists(st.floats(-1, 3), min_size=1, max_size=8))
def test_the_scale_moves_on_the_straight_line_through_base_and_result(expression, scales):
    points = expression.at(scales)
    change = expression.result - expression.base
    expected = expression.base + np.outer(scales, change)
    np.testing.assert_allclose(points, expected, rtol=1e-10, atol=1e-9)
    np.testing.assert_array_equal(points, [expression.at(scale) for scale in scales])


@given(expressions(names=("analogy",)), st.floats(-1, 3))
def test_an_analogy_scales_all_before_its_last_term(expression, scale):
    products = expression.products
    expected = products[-1] + scale * products[:-1].sum(axis=0)
    np.testing.assert_allclose(expression.at(scale), expected, rtol=1e-10, atol=1e-9)


@given(expressions(names=("difference",)), st.floats(-1, 3))
def test_a_difference_is_scaled_as_a_whole(expression, scale):
    np.testing.assert_array_equal(expression.at(scale), scale * expression.result)


def test_an_average_of_two_leads_to_the_second_at_2():
    a, b = np.array([1.0, 2.0]), np.array([5.0, -2.0])
    average = Expression(TEMPLATES["average"], np.stack([a, b]), np.ones(2))
    np.testing.assert_array_equal(average.at([0, 1, 2]), [a, (a + b) / 2, b])


def test_results_stay_in_the_range_of_latent_numbers():
    far = np.full((2, 3), MAX_MAGNITUDE)
    total = Expression(TEMPLATES["sum"], far, np.full(2, 2.0))
    assert (np.abs(total.steps()) <= MAX_MAGNITUDE).all()
    assert (np.abs(total.at([-1, 0, 3])) <= MAX_MAGNITUDE).all()


@pytest.mark.parametrize(
    ("vectors", "strengths"),
    [
        (np.zeros((2, 4)), np.ones(2)),  # an analogy has three
        (np.zeros((7, 4)), np.ones(7)),
        (np.zeros((3, 4)), np.ones(2)),
        (np.zeros(3), np.ones(3)),
    ],
)
def test_what_does_not_fit_is_refused(vectors, strengths):
    with pytest.raises(ValueError, match=r"terms|strength"):
        Expression(ANALOGY, vectors, strengths)


@pytest.mark.parametrize(
    ("template", "strengths", "captions"),
    [
        ("analogy", [1, 1, 1], ["A", "A − B", "A − B + C"]),
        ("analogy", [0.5, -2, 0], ["0.5 A", "0.5 A + 2 B", "0.5 A + 2 B + 0 C"]),
        ("analogy", [-1, 0, -1, 1], ["−A", "−A − 0 B", "−A − 0 B − C", "−A − 0 B − C + D"]),
        ("average", [1, 1, 2], ["A", "(A + B) / 2", "(A + B + 2 C) / 3"]),
        ("difference", [1, 1.25, 1], ["A", "A − 1.25 B", "A − 1.25 B − C"]),
        ("sum", [1, -1], ["A", "A − B"]),
    ],
)
def test_every_step_says_what_it_is(template, strengths, captions):
    vectors = np.zeros((len(strengths), 2))
    expression = Expression(TEMPLATES[template], vectors, np.array(strengths))
    assert [expression.caption(step) for step in range(len(strengths))] == captions


@pytest.mark.parametrize(
    ("template", "strengths", "scale", "caption"),
    [
        ("analogy", [1, 1, 1], 1.0, "A − B + C"),
        ("analogy", [1, 1, 1], 1.5, "C + 1.5 (A − B)"),
        ("analogy", [1, 0.5, 2], -1.0, "2 C − 1 (A − 0.5 B)"),
        ("average", [1, 1], 2.0, "A + 2 (average − A)"),
        ("difference", [1, 1], -0.5, "−0.5 (A − B)"),
        ("sum", [1, 1], 0.0, "A + 0 B"),
        ("sum", [1, 0.5], 2.0, "A + 2 (0.5 B)"),
        ("sum", [1, 1, -1], 2.0, "A + 2 (B − C)"),
    ],
)
def test_the_result_at_a_scale_says_what_it_is(template, strengths, scale, caption):
    vectors = np.zeros((len(strengths), 2))
    expression = Expression(TEMPLATES[template], vectors, np.array(strengths))
    assert expression.caption_at(scale) == caption


def test_it_is_written_with_other_names_too():
    expression = Expression(ANALOGY, np.zeros((3, 2)), np.array([1, 1, 0.5]))
    assert expression.written(["8", "6", "mine"]) == "8 − 6 + 0.5 × mine"


@pytest.mark.parametrize(
    ("template", "strengths", "text"),
    [
        ("analogy", [1, 1, 1], "C + t (A − B)"),
        ("analogy", [1, 0.5, 2], "2 C + t (A − 0.5 B)"),
        ("analogy", [1] * 5, "E + t (A − B + C + D)"),
        ("average", [1] * 3, "A + t (average − A)"),
        ("average", [1.5, 1], "1.5 A + t (average − 1.5 A)"),
        ("difference", [1] * 3, "t (A − B − C)"),
        ("sum", [1, 1], "A + t B"),
        ("sum", [1, 1, 1], "A + t (B + C)"),
    ],
)
def test_what_the_scale_does_is_written(template, strengths, text):
    assert scaled_text(TEMPLATES[template], strengths) == text
    meaning = scale_meaning(TEMPLATES[template], strengths)
    assert meaning.startswith("t ")
    assert meaning.endswith(".")


def test_the_meaning_names_the_term_that_stays():
    assert "what C gets" in scale_meaning(ANALOGY, [1] * 3)
    assert "what D gets" in scale_meaning(ANALOGY, [1] * 4)
    assert "to B (2)" in scale_meaning(TEMPLATES["average"], [1, 1])
    assert "B" not in scale_meaning(TEMPLATES["average"], [1] * 3)


def test_an_average_with_strengths_does_not_lead_to_its_second_term():
    template = TEMPLATES["average"]
    a, b = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    for strengths in ([1.0, 1.0], [1.0, 1.5], [0.5, 1.0]):
        end = Expression(template, np.array([a, b]), np.array(strengths)).at(2.0)
        leads_to_b = "to B (2)" in scale_meaning(template, strengths)
        assert leads_to_b == (strengths == [1.0, 1.0])
        assert np.allclose(end, b) or not leads_to_b
