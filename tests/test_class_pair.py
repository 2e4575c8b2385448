"""The two lists that choose a pair of classes: never the same one twice."""

from __future__ import annotations

import pytest

from explorer.widgets.class_pair import EVERY_OTHER, START, ClassPair

NAMES = tuple("0123456789")


@pytest.fixture
def told() -> list[bool]:
    return []


@pytest.fixture
def pair(stage, told) -> ClassPair:
    pair = ClassPair(stage.frame, stage.theme, on_change=lambda: told.append(True))
    stage.show(pair, 400, 40)
    pair.set_names(NAMES)
    return pair


def pick(box, text: str) -> None:
    box.set(text)
    box.event_generate("<<ComboboxSelected>>")


def test_it_begins_with_one_class_to_every_other(pair, told):
    assert (pair.from_box.get(), pair.to_box.get()) == (NAMES[START], EVERY_OTHER)
    assert pair.start == START
    assert pair.ends == tuple(i for i in range(10) if i != START)
    assert told == []


def test_a_choice_is_told_and_leaves_no_class_to_itself(pair, told):
    pick(pair.to_box, "8")
    assert (pair.start, pair.ends) == (3, (8,))
    assert "3" not in pair.to_box.cget("values")
    pick(pair.from_box, "8")
    assert pair.start == 8
    assert pair.ends == tuple(i for i in range(10) if i != 8)
    assert len(told) == 2


@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_model_with_few_classes_is_left_in_peace(pair, count):
    pair.set_names(NAMES[:count])
    assert pair.ends == tuple(range(count - 1)) if count else pair.ends == ()


def test_settings_come_back(pair):
    pair.choose(5, 2)
    saved = pair.settings()
    pair.choose(1, None)
    pair.apply_settings(saved)
    assert (pair.start, pair.ends) == (5, (2,))


@pytest.mark.parametrize(
    "settings", [{}, {"from": 10}, {"from": True, "to": False}, {"from": "3", "to": []}]
)
def test_settings_that_do_not_fit_are_left_as_they_are(pair, settings):
    pair.choose(5, 2)
    pair.apply_settings(settings)
    assert (pair.start, pair.ends) == (5, (2,))
