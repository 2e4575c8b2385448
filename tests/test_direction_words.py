"""What is said of a direction, and what is said when it does not do what it is called."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.direction_words import amount, effect_sentence, fault, from_to, row_text
from explorer.semantic import Course
from vae.attributes import NAMES
from vae.directions import Direction
from vae.effects import Effects, does_what_it_says

DIM = 6
THICKNESS = Direction(
    "thickness",
    "attribute",
    np.eye(DIM)[0],
    attribute="thickness",
    r2=0.297,
    r2_partial=0.288,
    gradient=np.ones(DIM),
)
SEFA = Direction("SeFa 1", "unsupervised", np.eye(DIM)[1], share=0.304)
PAIR = Direction("3 to 8", "classes", np.eye(DIM)[2], length=1.94)


def effects(error=0.001, **relative) -> Effects:
    """Effects in standard deviations of digits; an attribute's unit is half of one."""
    mean = np.array([relative.get(name, 0.0) for name in NAMES]) * 0.5
    spread = np.full(len(NAMES), error * np.sqrt(500))
    return Effects(NAMES, 500, mean, spread, mean > 0, np.full(len(NAMES), 0.5), np.diag(spread**2))


def course(direction, **changes) -> Course:
    return Course(("set", direction.name), direction, direction.vector, **changes)


def test_an_attribute_is_noted_by_its_r2_and_explained_by_its_effect():
    text = row_text(course(THICKNESS), effects(thickness=0.9, ink=0.7, slant=0.01), "")
    assert (text.name, text.note, text.warned) == ("thickness", "R² 0.30", False)
    assert "+0.45 px" in text.tooltip
    assert "ink +0.70" in text.tooltip
    assert "slant" not in text.tooltip


def test_a_larger_side_effect_is_a_fault_and_named():
    wrong = effects(thickness=0.3, ink=0.75)
    assert does_what_it_says(THICKNESS, wrong) is False
    text = row_text(course(THICKNESS), wrong, "")
    assert text.warned
    assert text.name == "thickness !"
    assert "does not do what it says" in text.tooltip
    assert "ink more: +0.75" in text.tooltip


@pytest.mark.parametrize("size", [0.0, -0.5])
def test_an_attribute_that_does_not_rise_is_a_fault(size):
    assert "no rise" in fault(THICKNESS, effects(thickness=size))


def test_an_effect_within_its_error_is_no_rise():
    assert "no rise" in fault(THICKNESS, effects(error=0.1, thickness=0.5))


def test_a_side_effect_as_large_is_not_called_larger():
    wrong = effects(error=0.02, thickness=0.51, ink=0.5)
    assert does_what_it_says(THICKNESS, wrong) is False
    assert "ink as much" in fault(THICKNESS, wrong)


def test_a_direction_without_an_attribute_has_no_fault():
    assert fault(SEFA, effects(ink=0.9)) == ""


def test_what_was_found_without_labels_is_noted_by_its_share_and_what_it_does_most():
    assert row_text(course(SEFA), None, "wait").note == "30%"
    assert row_text(course(SEFA), effects(slant=-0.5, ink=0.3), "").note == "30% · slant −"
    assert row_text(course(SEFA), effects(slant=-0.1), "").note == "30%"
    assert "next to nothing" in effect_sentence(SEFA, effects(slant=-0.1))


def test_what_is_kept_of_an_attribute_is_noted_by_what_it_does():
    kept = Direction("thicker", "attribute", np.eye(DIM)[0], attribute="thickness")
    assert row_text(course(kept), effects(thickness=0.9), "").note == "+0.45 px"
    assert row_text(course(kept), None, "wait").note == ""


def test_two_groups_are_noted_by_their_distance():
    assert row_text(course(PAIR), effects(thickness=0.4), "").note == "1.9 sd · thick +"


def test_until_it_is_measured_the_explanation_says_so():
    assert "being measured" in row_text(course(THICKNESS), None, "It is being measured.").tooltip


def test_a_direction_that_is_still_looked_for_has_a_name():
    text = row_text(Course(("attributes", "ink"), None, np.zeros(DIM)), None, "Soon.")
    assert (text.name, text.note, text.tooltip) == ("ink", "…", "Soon.")


def test_held_what_is_left_and_nothing_left_are_told():
    assert row_text(course(THICKNESS, held=True), None, "").note == "held"
    assert "linear prediction" in row_text(course(THICKNESS, held=True), None, "").tooltip
    assert row_text(course(THICKNESS, left=0.62), None, "").note == "62% left"
    nothing = row_text(course(THICKNESS, left=0.0, problem="Nothing is left."), None, "")
    assert nothing.note == "nothing left"
    assert "Hold fewer" in nothing.tooltip


def test_amounts_have_units_and_a_true_minus():
    assert amount("slant", 12.84) == "+12.8°"
    assert amount("thickness", -0.456) == "−0.46 px"
    assert from_to("ink", 13.21, 18.93) == "13.2 → 18.9 %"
    assert from_to("slant", float("nan"), 3.0) == "– → 3.0°"
