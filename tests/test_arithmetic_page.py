"""The Arithmetic page: sums of latent vectors, step by step, and the change taken further."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer import context
from explorer.expression import MOST_TERMS, NAMES, TEMPLATES
from explorer.model import open_model, survey
from explorer.pages.arithmetic import FRAMES, HIGH_SCALE, LOW_SCALE
from explorer.widgets import group_picker
from explorer.widgets.term_row import MAX_STRENGTH
from tests.foreign import foreign_state
from tests.interaction import click, drag, press
from vae.classifier import Classifier
from vae.statistics import typicality

A, B, C = [1, 2, 3, 4, 5, 6], [6, 5, 4, 3, 2, 1], [0.5, 0, 0, -0.5, 0, 1]


@pytest.fixture
def page(window):
    window.show_page("arithmetic")
    page = window.pages["arithmetic"]
    for field, point in zip(page.terms, (A, B, C), strict=True):
        field.choose(point, "test")
    window.root.update()
    return page


@pytest.fixture
def resize(window, pump):
    """`resize(width, height)` gives the window a size, and waits until it has it."""

    def to(width: int, height: int) -> None:
        window.root.geometry(f"{width}x{height}")
        pump(lambda: (window.root.winfo_width(), window.root.winfo_height()) == (width, height))
        window.root.update()
        pump(lambda: window.settled)

    before = window.root.winfo_width(), window.root.winfo_height()
    yield to
    to(*before)


def enter(field, text: str) -> None:
    field.delete(0, "end")
    field.insert(0, text)
    press(field, "Return")


EXPECTED = {
    "analogy": np.subtract(A, B) + C,
    "average": np.add(A, B) / 2,
    "difference": np.subtract(A, B),
    "sum": np.add(A, B),
}


@pytest.mark.parametrize("operation", EXPECTED)
def test_each_operation_gives_its_result(page, window, operation):
    page.operation_buttons[operation].invoke()
    np.testing.assert_array_equal(page.result, EXPECTED[operation])
    window.root.update()
    np.testing.assert_array_equal(
        page.picture._pixels, window.model.decoder.decode_uint8(page.result)
    )
    shown = [row.winfo_ismapped() for row in page._rows[:3]]
    assert shown == [1, 1, 1 if operation == "analogy" else 0]


@pytest.mark.parametrize(
    ("operation", "signs"),
    [("analogy", ["", "−", "+"]), ("difference", ["", "−"]), ("sum", ["", "+"])],
)
def test_each_row_says_what_is_done_with_its_term(page, operation, signs):
    page.operation_buttons[operation].invoke()
    assert [row._sign.cget("text") for row in page.terms] == signs


def test_every_step_is_shown_with_what_it_is(page, window, settle):
    enter(page.strengths[1], "0.5")
    settle()
    model = window.model
    sums = np.cumsum([A, -0.5 * np.array(B), C], axis=0)
    pixels = model.decoder.decode_uint8(sums)
    for row, expected, caption in zip(
        page.terms, pixels, ["A", "A − 0.5 B", "A − 0.5 B + C"], strict=True
    ):
        np.testing.assert_array_equal(row.step.pixels, expected)
        assert caption.endswith(row.step.caption.removeprefix("…"))
    answers = model.probabilities(pixels)
    for row, answer in zip(page.terms, answers, strict=True):
        name = model.class_names[answer.argmax()]
        assert row.step.verdict == f"{name} ({answer.max():.0%})"


def by_hand(operation: str, points: list, strengths: list) -> list[list[float]]:
    """The steps in plain Python."""
    steps, total = [], [0.0] * len(points[0])
    for index, (point, strength) in enumerate(zip(points, strengths, strict=True)):
        factor = -strength if index in TEMPLATES[operation].minus else strength
        total = [have + factor * value for have, value in zip(total, point, strict=True)]
        share = index + 1 if operation == "average" else 1
        steps.append([value / share for value in total])
    return steps


@settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.data())
def test_any_sum_is_plain_arithmetic_to_the_last_digit(page, window, data):
    operation = data.draw(st.sampled_from(sorted(TEMPLATES)))
    count = data.draw(st.integers(TEMPLATES[operation].least, MOST_TERMS))
    dimensions = window.model.latent_dim
    point = st.lists(st.floats(-6, 6), min_size=dimensions, max_size=dimensions)
    points = data.draw(st.lists(point, min_size=count, max_size=count))
    strengths = data.draw(st.lists(st.floats(-2, 2), min_size=count, max_size=count))
    page.operation_buttons[operation].invoke()
    while page.count < count:
        page.add_button.invoke()
    while page.count > count:
        page.terms[-1].remove_button.invoke()
    for row, z, strength in zip(page.terms, points, strengths, strict=True):
        row.set_strength(strength)
        row.choose(z, "test")
    expected = by_hand(operation, points, strengths)
    np.testing.assert_array_equal(page.expression.steps(), expected)
    np.testing.assert_array_equal(page.result, expected[-1])
    assert page.result.shape == (dimensions,)


def test_terms_are_added_and_removed(page, window):
    page.set_model(window.model)  # forgets the terms that other tests have added
    page.set_encoded(window.model)
    for field, point in zip(page.terms, (A, B, C), strict=True):
        field.choose(point, "test")
    page.operation_buttons["sum"].invoke()
    page.remove_term(0)
    assert page.count == 2, "a sum has two terms at least"
    while page.add_button.instate(["!disabled"]):
        page.add_button.invoke()
    window.root.update()
    assert page.count == MOST_TERMS
    assert all(row.winfo_ismapped() for row in page.terms)
    assert all(row.remove_button.winfo_ismapped() for row in page.terms)
    assert [row.origin for row in page.terms[3:]] == ["current point"] * 3
    assert page.terms[3].z == window.state.z
    np.testing.assert_allclose(page.result, np.sum([A, B, C, *[window.state.z] * 3], axis=0))
    page.terms[1].remove_button.invoke()
    assert page.count == MOST_TERMS - 1
    np.testing.assert_allclose(page.result, np.sum([A, C, *[window.state.z] * 3], axis=0))
    page.add_button.invoke()
    assert page.terms[-1].z == tuple(B), "the one that was removed comes back"


def test_an_analogy_keeps_its_three_terms(page, window):
    window.root.update()
    assert not any(row.remove_button.winfo_ismapped() for row in page.terms)
    page.add_button.invoke()
    window.root.update()
    assert all(row.remove_button.winfo_ismapped() for row in page.terms)


def test_each_kind_of_sum_keeps_its_number_of_terms(page):
    page.operation_buttons["sum"].invoke()
    page.add_button.invoke()
    page.add_button.invoke()
    page.operation_buttons["difference"].invoke()
    assert page.count == 2
    page.operation_buttons["sum"].invoke()
    assert page.count == 4


def test_a_drag_of_a_strength_calculates_at_once(page, window):
    slider = page.terms[0].slider
    drag(slider, (round(slider.x_of(1.0)), 8), (round(slider.x_of(-1.5)), 8))
    assert page.strengths[0].number == pytest.approx(-1.5, abs=0.05)
    expected = page.strengths[0].number * np.array(A) - B + C
    np.testing.assert_allclose(page.result, expected)
    np.testing.assert_array_equal(
        page.picture._pixels, window.model.decoder.decode_uint8(page.result)
    )


# ---- how far the change is taken --------------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "at_0", "at_2"),
    [
        ("analogy", C, 2 * np.subtract(A, B) + C),
        ("difference", np.zeros(6), 2 * np.subtract(A, B)),
        ("sum", A, np.add(A, np.multiply(2, B))),
        ("average", A, B),
    ],
)
def test_the_scale_goes_from_the_base_through_the_sum_and_beyond(page, operation, at_0, at_2):
    page.operation_buttons[operation].invoke()
    plain = page.result
    enter(page.scale_field, "0")
    np.testing.assert_array_equal(page.result, at_0)
    enter(page.scale_field, "2")
    np.testing.assert_allclose(page.result, at_2)
    enter(page.scale_field, "1")
    np.testing.assert_array_equal(page.result, plain)


def test_the_slider_scales_too_and_the_steps_stay(page, window):
    window.root.update()
    before = [row.step.pixels.copy() for row in page.terms]
    slider = page.scale_slider
    click(slider, round(slider.x_of(2.5)), slider.winfo_height() // 2)
    assert page.scale == pytest.approx(2.5, abs=0.05)
    assert page.scale_field.number == page.scale
    np.testing.assert_allclose(page.result, np.add(page.scale * np.subtract(A, B), C))
    for row, pixels in zip(page.terms, before, strict=True):
        np.testing.assert_array_equal(row.step.pixels, pixels)
    assert page.formula.cget("text") == f"C + {page.scale:g} (A − B)"


def test_the_page_says_what_is_scaled(page, settle):
    assert page.scaled.cget("text") == "C + t (A − B)"
    page.operation_buttons["average"].invoke()
    assert page.scaled.cget("text") == "A + t (average − A)"
    assert "B (2)" in page.meaning.cget("text")
    page.terms[1].set_strength(1.5)
    page._changed()
    settle()
    assert "B (2)" not in page.meaning.cget("text")
    page.operation_buttons["analogy"].invoke()
    assert page.scaled.cget("text") == "C + t (A − 1.5 B)"
    for row in page.terms:
        row.set_strength(-1.25)
    page.add_term()
    page.add_term()
    page.add_term()
    assert page.scaled.cget("text") in (
        "F + t (A − B + C + D + E)",  # too long with the strengths
        "F + t (−1.25 A + 1.25 B − 1.25 C + D + E)",
    )
    settle()
    assert page.meaning.winfo_width() >= page.meaning.winfo_reqwidth()


def test_the_film_shows_the_result_over_the_scale(page, window, settle):
    settle()
    scales = np.linspace(LOW_SCALE, HIGH_SCALE, FRAMES)
    points = np.outer(scales, np.subtract(A, B)) + C
    np.testing.assert_array_equal(page.lane.pixels, window.model.decoder.decode_uint8(points))
    assert scales[page.lane.marked] == 1.0
    np.testing.assert_allclose(page.lane.study.points[0], points[0])
    np.testing.assert_allclose(page.lane.study.points[-1], points[-1])


def test_the_film_follows_the_terms(page, window, settle):
    settle()
    page.terms[2].choose([0.0] * 6, "zero")
    settle()
    first = np.subtract(B, A)
    expected = window.model.decoder.decode_uint8(first.astype(float))
    np.testing.assert_array_equal(page.lane.pixels[0], expected)
    np.testing.assert_allclose(page.lane.study.points[0], first)


def test_the_change_is_studied_when_somebody_looks(page, window, pump):
    pump(lambda: window.settled)
    before = page.lane.study.points
    window.show_page("sample")
    pump(lambda: window.settled)
    page.terms[0].choose(B, "test")
    pump(lambda: window.settled)
    assert page.lane.study is None or page.lane.study.points is before
    window.show_page("arithmetic")
    pump(lambda: page.lane.study is not None and page.lane.study.points is not before)
    np.testing.assert_allclose(page.lane.study.points[0], page._over_scale(2)[0])


def test_a_click_on_a_picture_takes_its_scale(page, settle):
    settle()
    left, top, right, bottom = page.lane.box_of(FRAMES - 1)
    click(page.lane, (left + right) // 2, (top + bottom) // 2)
    assert page.scale == HIGH_SCALE
    settle()
    assert page.lane.marked == FRAMES - 1
    assert page.lane.position == 1.0
    press(page.lane, "Home")
    press(page.lane, "Return")
    assert page.scale == LOW_SCALE


def test_the_slider_stands_over_the_film(page, settle):
    settle()
    shift = page.lane.winfo_rootx() - page.scale_slider.winfo_rootx()
    for frame, scale in ((0, LOW_SCALE), (FRAMES // 2, 1.0), (FRAMES - 1, HIGH_SCALE)):
        left, _, right, _ = page.lane.box_of(frame)
        assert page.scale_slider.x_of(scale) == pytest.approx((left + right) / 2 + shift, abs=2)


@pytest.mark.parametrize("text", ["x", "4", "-1.5", "nan"])
def test_a_wrong_scale_is_told_and_changes_nothing(page, window, text):
    before = page.result.copy()
    enter(page.scale_field, text)
    np.testing.assert_array_equal(page.result, before)
    assert window.status.is_error


# ---- the result ------------------------------------------------------------------------------


def test_the_result_has_the_word_of_the_gauges(page, window, settle):
    for z in (window.model.presets[3], [9.0] * 6):
        page.terms[0].choose(z, "there")
        enter(page.strengths[1], "0")
        enter(page.strengths[2], "0")
        settle()
        word = typicality(page.result, window.model.encoded).word
        assert page.typicality.cget("text") == word
        window.adopt(page.result, False)
        settle()
        assert window.point.typicality.typicality.word == word
    colour = str(page.typicality.cget("foreground"))
    assert colour == window.theme.palette.warning


def test_the_result_goes_to_the_shelf_under_a_name_of_its_terms(page, window):
    here = window.state.z
    for term, origin in zip(page.terms, ("mean of 8", "preset 6", "mine"), strict=True):
        term.choose(term.z, origin)
    page.keep_button.invoke()
    page.keep_button.invoke()
    enter(page.scale_field, "1.5")
    page.keep_button.invoke()
    names = [mark.name for mark in window.state.bookmarks]
    assert names == ["8 − 6 + mine", "8 − 6 + mine (2)", "8 − 6 + mine, t = 1.5"]
    enter(page.strengths[1], "0.5")
    page.keep_button.invoke()
    assert window.state.bookmarks[-1].name == "8 − 0.5 × 6 + mine, t = 1.5"
    plain = np.subtract(A, B) + C
    np.testing.assert_allclose(window.state.bookmarks[0].z, plain, atol=1e-6)
    np.testing.assert_allclose(window.state.bookmarks[-1].z, page.result, atol=1e-6)
    assert window.state.z == here


def test_long_names_make_a_name_that_is_still_its_own(page, window):
    for term in page.terms:
        term.choose(term.z, "long " * 40)
    for _ in range(3):
        page.keep_button.invoke()
    assert len({mark.name for mark in window.state.bookmarks}) == 3


def test_the_picture_makes_room_for_lines_that_come_later(page, window, resize):
    resize(1024, 668)
    before = page.picture.winfo_height()
    page.vector.configure(text="a line\n" * 4)
    window.root.update()
    assert page.picture.winfo_height() < before
    button = page.use_button
    column = page._result_column
    bottom = button.winfo_rooty() + button.winfo_height()
    assert bottom <= column.winfo_rooty() + column.winfo_height()


def test_long_names_move_nothing(page, window):
    window.root.update()
    before = page.picture.winfo_rootx(), page.picture.winfo_width()
    for term in page.terms:
        term.choose(term.z, "a very long name of a bookmark " * 4)
    for field in page.strengths:
        enter(field, "-0.123456")
    window.root.update()
    assert (page.picture.winfo_rootx(), page.picture.winfo_width()) == before


@pytest.mark.parametrize("count", [3, 4, 5, 6])
@pytest.mark.parametrize("size", [(1024, 668), (1280, 768)], ids=str)
def test_nothing_is_clipped(page, window, resize, settle, size, count):
    resize(*size)
    while page.count < count:
        page.add_button.invoke()
    window.root.update()
    settle()
    bottom = page.winfo_rooty() + page.winfo_height()
    right = page.winfo_rootx() + page.winfo_width()
    rows_end = page._terms.winfo_rooty() + page._terms.winfo_height()
    for row in page.terms:
        assert row.winfo_rooty() + row.winfo_height() <= rows_end
        assert row.slider.winfo_height() >= row.slider.winfo_reqheight()
        assert row.slider.winfo_width() > 50
        last = row.remove_button if count > 3 else row.step
        assert last.winfo_rootx() + last.winfo_width() <= page.picture.winfo_rootx()
    for widget in (page.use_button, page.keep_button, page.lane, page.scale_field):
        assert widget.winfo_rooty() + widget.winfo_height() <= bottom
        assert widget.winfo_rootx() + widget.winfo_width() <= right
        assert widget.winfo_width() >= min(widget.winfo_reqwidth(), 60)
    for label in (page.scaled, page.meaning, page.formula, page.verdict):
        assert label.winfo_width() >= label.winfo_reqwidth()


def test_strengths_scale_their_terms(page):
    page.operation_buttons["sum"].invoke()
    enter(page.strengths[0], "0.5")
    enter(page.strengths[1], "-2")
    np.testing.assert_allclose(page.result, 0.5 * np.array(A) - 2 * np.array(B))
    enter(page.strengths[1], "0")
    np.testing.assert_allclose(page.result, 0.5 * np.array(A))


def test_stepping_a_strength_calculates_at_once(page):
    page.operation_buttons["difference"].invoke()
    press(page.strengths[0], "Up")
    np.testing.assert_allclose(page.result, 1.1 * np.array(A) - B)


@pytest.mark.parametrize("text", ["x", "inf", "1e300", str(MAX_STRENGTH + 1), "-5"])
def test_a_wrong_strength_is_told_and_changes_nothing(page, window, text):
    before = page.result.copy()
    enter(page.strengths[0], text)
    np.testing.assert_array_equal(page.result, before)
    assert page.strengths[0].number == 1.0
    assert window.status.is_error


def test_use_result_glides_there_as_one_entry(page, window, pump):
    start = window.state.z
    page.use_button.invoke()
    pump(lambda: window.settled)
    assert window.state.z == pytest.approx(tuple(page.result), abs=1e-5)
    window.undo()
    assert window.state.z == start
    assert not window.state.can_undo


def test_using_a_result_leaves_locked_dimensions(page, window, pump):
    window.state.set_lock(2, True)
    before = window.state.z[2]
    page.use_button.invoke()
    pump(lambda: window.settled)
    assert window.state.z[2] == before
    assert window.state.z[0] == pytest.approx(page.result[0], abs=1e-5)
    window.state.set_lock(2, False)


def test_terms_start_as_class_means(window):
    page = window.pages["arithmetic"]
    for field in page.terms:
        name = field.origin.removeprefix("mean of ")
        index = window.model.class_names.index(name)
        assert field.z == pytest.approx(tuple(window.model.class_means[index]), abs=1e-6)


def test_every_kind_of_term_can_be_chosen(page, window):
    window.reset()
    window.bookmark()
    name = window.state.bookmarks[0].name
    window.clipboard.copy_vector()
    field = page.terms[0]
    for path in (
        ["Current point"],
        ["Random"],
        ["From the clipboard"],
        ["Preset", "4"],
        ["Mean of a class", "4"],
        ["Real digit", "A random 7"],
        ["Bookmark", name],
    ):
        window.root.tk.call(field.menu.cget("postcommand"))
        menu = field.menu
        if len(path) == 2:
            menu = menu.nametowidget(menu.entrycget(path[0], "menu"))
        menu.invoke(path[-1])
        np.testing.assert_allclose(page.result, np.array(field.z) - B + C, atol=1e-6)
    assert field.z == window.state.bookmarks[0].z


def test_the_mean_of_a_group_can_be_a_term(page, window, monkeypatch):
    def all_shown(parent, theme, **options):
        dialog = group_picker.GroupDialog(parent, theme, **options)
        dialog.source_buttons[3].invoke()
        dialog.commands["All shown"].invoke()
        dialog.accept_button.invoke()
        return dialog.group

    monkeypatch.setattr(context, "ask_group", all_shown)
    field = page.terms[0]
    window.root.tk.call(field.menu.cget("postcommand"))
    field.menu.invoke("Mean of a group…")
    assert field.origin == "mean of 50 real 3s"
    assert abs(np.array(field.z) - window.model.class_means[3]).max() < 0.6
    np.testing.assert_allclose(page.result, np.array(field.z) - B + C)


def test_the_verdict_is_the_classifiers(page, window, settle):
    page.terms[0].choose(window.model.presets[4], "preset 4")
    enter(page.strengths[1], "0")
    enter(page.strengths[2], "0")
    settle()
    assert "4" in page.verdict.cget("text")


def test_a_new_model_does_not_judge_the_images_of_the_one_before(page, window, settle, tmp_path):
    settle()
    torch.save(foreign_state(image_channels=3), tmp_path / "other.pt")
    other = survey(open_model(tmp_path / "other.pt"))
    torch.manual_seed(0)
    classifier = Classifier((3, 28, 28), 2)
    bundle = dataclasses.replace(other.bundle, classifier=classifier, class_names=("a", "b"))
    page.set_model(dataclasses.replace(other, bundle=bundle))
    list(page._show_verdicts())  # a timer may come before Tk is idle
    settle()
    assert page.verdict.cget("text")[0] in "ab"
    page.set_model(window.model)
    page.set_encoded(window.model)
    settle()


def test_the_vector_of_the_result_is_shown(page):
    page.operation_buttons["difference"].invoke()
    page.update()
    assert page.vector.cget("text").split() == ["-5.00", "-3.00", "-1.00", "1.00", "3.00", "5.00"]


def test_the_picture_is_square_and_within_the_page(page, window):
    window.root.update()
    left, top, right, bottom = page.picture.bbox(page.picture._item)
    assert abs((right - left) - (bottom - top)) <= 1
    assert right - left > 100
    button_bottom = page.use_button.winfo_rooty() + page.use_button.winfo_height()
    assert button_bottom <= page.winfo_rooty() + page.winfo_height()


def test_settings_round_trip(page, window):
    page.operation_buttons["average"].invoke()
    page.add_button.invoke()
    page.add_button.invoke()
    page.terms[3].choose([0.5] * 6, "fourth")
    enter(page.strengths[0], "0.5")
    enter(page.scale_field, "2.5")
    settings = json.loads(json.dumps(page.settings()))
    result = page.result.copy()
    page.terms[1].remove_button.invoke()
    page.operation_buttons["sum"].invoke()
    page.terms[0].choose(C, "other")
    enter(page.strengths[0], "2")
    enter(page.scale_field, "0")
    page.apply_settings(settings)
    assert page.settings() == settings
    np.testing.assert_allclose(page.result, result)


def test_a_session_of_an_earlier_version_gives_the_same_result(page):
    page.operation_buttons["sum"].invoke()
    page.add_button.invoke()
    page.apply_settings(
        {
            "operation": "sum",
            "terms": [A, B, C],
            "origins": ["a", "b", "c"],
            "strengths": [3.5, -2.0, 1.0],
        }
    )
    np.testing.assert_array_equal(page.result, 3.5 * np.array(A) + -2.0 * np.array(B))
    assert [term.origin for term in page.terms] == ["a", "b"]


def test_a_term_that_does_not_fit_leaves_the_others(page):
    settings = page.settings()
    settings["terms"] = [A, "x", B, [1.0], C]
    settings["origins"] = [1, "b", "c", "d", "e"]
    settings["strengths"] = [0.5, True, float("nan"), 1, 1]
    page.apply_settings(settings)
    assert [term.z for term in page.terms] == [tuple(A), tuple(B), tuple(B)]
    assert [term.origin for term in page.terms] == ["session", "test", "c"]
    assert [field.number for field in page.strengths] == [0.5, 1.0, 1.0]


@pytest.mark.parametrize(
    "settings",
    [
        {"operation": "division"},
        {"operation": ["sum"]},
        {"terms": [[1], [2], [3]], "origins": ["a"] * 3, "strengths": [1] * 3},
        {"terms": [A, B], "origins": ["a", "b"], "strengths": [1, 1]},
        {"terms": "x", "origins": None, "strengths": 3},
        {"counts": {"analogy": 2, "sum": 99, "average": "x", "difference": None}},
        {"counts": [3]},
        {"scale": "2"},
        {"scale": float("inf")},
        {},
    ],
)
def test_settings_that_do_not_fit_are_left_as_they_are(page, settings):
    before = page.settings()
    page.apply_settings(settings)
    assert page.settings() == before


def test_a_point_far_outside_is_no_error(page, window):
    page.terms[0].choose([1e6] * 6, "far")
    enter(page.strengths[0], "4")
    enter(page.scale_field, "3")
    page.use_button.invoke()
    assert np.isfinite(page.result).all()
    window.glide.stop()


def test_its_slots_are_its_terms(page):
    page.operation_buttons["analogy"].invoke()
    page.add_button.invoke()
    assert list(page.slots()) == list(NAMES[:4])
    page.terms[3].remove_button.invoke()
    assert list(page.slots()) == ["A", "B", "C"]
    for z, (name, send) in zip(
        ([1.0] * 6, [2.0] * 6, [4.0] * 6), page.slots().items(), strict=True
    ):
        send(z, f"sent to {name}")
    assert [term.origin for term in page.terms] == ["sent to A", "sent to B", "sent to C"]
    np.testing.assert_allclose(page.result, [3.0] * 6)
