"""The Arithmetic page: sums of latent vectors, their strengths, and the use of the result."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.pages.arithmetic import MAX_STRENGTH
from tests.interaction import press

A, B, C = [1, 2, 3, 4, 5, 6], [6, 5, 4, 3, 2, 1], [0.5, 0, 0, -0.5, 0, 1]


@pytest.fixture
def page(window):
    window.show_page("arithmetic")
    page = window.pages["arithmetic"]
    for field, point in zip(page.terms, (A, B, C), strict=True):
        field.choose(point, "test")
    window.root.update()
    return page


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
    np.testing.assert_allclose(page.result, EXPECTED[operation])
    np.testing.assert_array_equal(
        page.picture._pixels, window.model.decoder.decode_uint8(page.result)
    )
    window.root.update()
    shown = [row.winfo_ismapped() for row in page._rows]
    assert shown == [1, 1, 1 if operation == "analogy" else 0]


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
        ["Bookmark", name],
    ):
        window.root.tk.call(field.menu.cget("postcommand"))
        menu = field.menu
        if len(path) == 2:
            menu = menu.nametowidget(menu.entrycget(path[0], "menu"))
        menu.invoke(path[-1])
        np.testing.assert_allclose(page.result, np.array(field.z) - B + C, atol=1e-6)
    assert field.z == window.state.bookmarks[0].z


def test_the_verdict_is_the_classifiers(page, window):
    page.terms[0].choose(window.model.presets[4], "preset 4")
    enter(page.strengths[1], "0")
    enter(page.strengths[2], "0")
    assert "4" in page.verdict.cget("text")


def test_the_vector_of_the_result_is_shown(page):
    page.operation_buttons["difference"].invoke()
    assert page.vector.cget("text").split() == ["-5.00", "-3.00", "-1.00", "1.00", "3.00", "5.00"]


def test_the_picture_is_square_and_within_the_page(page, window):
    window.root.update()
    left, top, right, bottom = page.picture.bbox(page.picture._item)
    assert abs((right - left) - (bottom - top)) <= 1
    assert right - left > 100
    button_bottom = page.use_button.winfo_rooty() + page.use_button.winfo_height()
    assert button_bottom <= page.winfo_rooty() + page.winfo_height()


def test_settings_round_trip(page):
    page.operation_buttons["average"].invoke()
    enter(page.strengths[0], "0.5")
    settings = page.settings()
    result = page.result.copy()
    page.operation_buttons["sum"].invoke()
    page.terms[0].choose(C, "other")
    enter(page.strengths[0], "2")
    page.apply_settings(settings)
    assert page.settings() == settings
    np.testing.assert_allclose(page.result, result)


@pytest.mark.parametrize(
    "settings",
    [
        {"operation": "division"},
        {"operation": ["sum"]},
        {"terms": [[1], [2], [3]], "origins": ["a"] * 3, "strengths": [1] * 3},
        {"terms": [A, B], "origins": ["a", "b"], "strengths": [1, 1]},
        {"terms": "x", "origins": None, "strengths": 3},
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
    page.use_button.invoke()
    assert np.isfinite(page.result).all()
    window.glide.stop()


def test_its_slots_are_its_terms(page):
    page.operation_buttons["analogy"].invoke()
    assert list(page.slots()) == ["A", "B", "C"]
    for z, (name, send) in zip(
        ([1.0] * 6, [2.0] * 6, [4.0] * 6), page.slots().items(), strict=True
    ):
        send(z, f"sent to {name}")
    assert [term.origin for term in page.terms] == ["sent to A", "sent to B", "sent to C"]
    np.testing.assert_allclose(page.result, [3.0] * 6)
