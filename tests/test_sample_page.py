"""The Sample page: seeds, sources, temperature, and what a click and a hover do."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from explorer.model import SHARE_SIZE, SURE, SampleRequest
from explorer.pages.sample import HINT, MAX_COUNT, MAX_SEED
from tests.interaction import click, press


@pytest.fixture
def page(window):
    return window.pages["sample"]


@pytest.fixture
def change(page, window, pump):
    """Applies settings and waits for the grid that they ask for."""

    def apply(**settings) -> np.ndarray:
        page.apply_settings(settings)
        pump(lambda: page.settled, what="the grid shows what is asked for")
        return page.points.copy()

    return apply


def enter(field, text: str) -> None:
    field.delete(0, "end")
    field.insert(0, text)
    press(field, "Return")


def cell(grid, index: int) -> tuple[int, int]:
    left, top, right, bottom = grid.box_of(index)
    return (left + right) // 2, (top + bottom) // 2


def test_the_grid_shows_the_decoded_points(page, window):
    assert page.points.shape == (page.request.count, window.model.latent_dim)
    np.testing.assert_array_equal(
        page.grid_view.pixels, window.model.decoder.decode_uint8(page.points)
    )


def test_the_same_seed_gives_the_same_grid(change):
    first = change(seed=5)
    other = change(seed=6)
    assert not np.allclose(first, other)
    np.testing.assert_array_equal(change(seed=5), first)


def test_the_learned_distribution_is_the_default(page):
    assert page.request.source == "learned"
    assert page._source.get() == "learned"


@pytest.mark.parametrize("source", ["prior", "uniform", "class", "learned"])
def test_every_source_draws_other_points_and_shows_its_options(page, change, window, pump, source):
    before = change(source="prior" if source != "prior" else "learned", seed=3)
    page.source_buttons[source].invoke()
    pump(lambda: page.settled)
    assert page.request.source == source
    assert not np.allclose(page.points, before)
    window.root.update()
    shown = {
        "span": page.span_field.winfo_ismapped(),
        "temperature": page.temperature_field.winfo_ismapped(),
        "class": page.class_box.winfo_ismapped(),
    }
    assert bool(shown["span"]) == (source == "uniform")
    assert bool(shown["temperature"]) == (source != "uniform")
    assert bool(shown["class"]) == (source == "class")


def test_more_samples_of_the_same_seed_begin_alike(page, change):
    few = change(source="prior", seed=1, count=4)
    many = change(count=16)
    assert len(few) == 4
    assert page.grid_view.count == len(many) == 16
    np.testing.assert_array_equal(many[:4], few)


def test_temperature_scales_the_spread(change):
    calm = change(source="prior", seed=1, count=200, temperature=0.5)
    wild = change(temperature=2.0)
    np.testing.assert_allclose(wild, 4 * calm, atol=1e-6)
    frozen = change(temperature=0)
    np.testing.assert_allclose(frozen, 0, atol=1e-6)


def test_uniform_stays_within_its_range(change):
    points = change(source="uniform", span=1.5, count=300, seed=0)
    assert np.abs(points).max() <= 1.5
    assert np.abs(points).max() > 1.3


def test_one_class_gives_that_class(page, change, window):
    for index in (1, 7):
        change(source="class", class_index=index, count=50, seed=0)
        answers = window.model.probabilities(page.grid_view.pixels)
        assert (answers.argmax(axis=1) == index).mean() > 0.5
        assert page.class_box.get() == window.model.class_names[index]


def test_a_class_is_chosen_from_the_list(page, change, pump):
    change(source="class")
    page.class_box.current(6)
    page.class_box.event_generate("<<ComboboxSelected>>")
    pump(lambda: page.settled)
    assert page.request.class_index == 6


def test_resample_draws_another_visible_seed(page, pump):
    seeds = {page.request.seed}
    for _ in range(3):
        page.resample_button.invoke()
        pump(lambda: page.settled)
        seeds.add(page.request.seed)
        assert page.seed_field.number == page.request.seed
        assert 0 <= page.request.seed <= MAX_SEED
    assert len(seeds) == 4


def test_a_typed_seed_is_taken_at_return(page, change, pump):
    wanted = change(seed=42)
    change(seed=1)
    enter(page.seed_field, "42")
    pump(lambda: page.settled)
    np.testing.assert_array_equal(page.points, wanted)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("seed", "-1"),
        ("seed", "1.5"),
        ("seed", "1e300"),
        ("count", "0"),
        ("count", "100000"),
        ("count", "many"),
        ("temperature", "2.1"),
        ("temperature", "inf"),
        ("temperature", "-0.1"),
    ],
)
def test_a_wrong_number_is_told_and_changes_nothing(page, window, name, text):
    before = page.request
    field = getattr(page, f"{name}_field")
    enter(field, text)
    assert page.request == before
    assert field.number == getattr(before, name)
    assert window.status.is_error
    assert window.status.message.cget("text")


def test_the_largest_grid_is_drawn_within_the_page(page, change, window):
    change(count=MAX_COUNT)
    window.root.update()
    left, top, right, bottom = page.grid_view.box_of(MAX_COUNT - 1)
    assert 0 <= left < right <= page.grid_view.winfo_width()
    assert 0 <= top < bottom <= page.grid_view.winfo_height()


def test_a_click_adopts_the_sample_as_one_entry(page, window):
    window.root.update()
    start = window.state.z
    click(page.grid_view, *cell(page.grid_view, 9))
    assert window.state.z == pytest.approx(tuple(page.points[9]), abs=1e-5)
    assert page.grid_view.marked == 9
    window.undo()
    assert window.state.z == start
    assert not window.state.can_undo


def test_the_keyboard_adopts_too(page, window):
    window.root.update()
    press(page.grid_view, "Right", times=2)
    press(page.grid_view, "Return")
    assert window.state.z == pytest.approx(tuple(page.points[2]), abs=1e-5)


def test_a_hover_shows_the_values_and_the_class(page, window):
    window.root.update()
    x, y = cell(page.grid_view, 4)
    page.grid_view.event_generate("<Motion>", x=x, y=y)
    window.root.update()
    text = page.info.cget("text")
    for value in page.points[4]:
        assert f"{value:.2f}" in text
    assert f"{np.linalg.norm(page.points[4]):.2f}" in text
    answers = window.model.probabilities(page.grid_view.pixels[4:5])[0]
    assert text.startswith(window.model.class_names[int(answers.argmax())])
    page.grid_view.event_generate("<Leave>")
    window.root.update()
    assert page.info.cget("text") == HINT


def test_a_new_grid_while_the_pointer_rests_is_described_anew_or_not_at_all(page, change, window):
    change(seed=1)
    window.root.update()
    x, y = cell(page.grid_view, 4)
    page.grid_view.event_generate("<Motion>", x=x, y=y)
    window.root.update()
    change(seed=2)
    text = page.info.cget("text")
    assert text == HINT or all(f"{value:.2f}" in text for value in page.points[4])


def test_shares_are_measured_for_every_source_and_are_true(page, window, pump):
    pump(lambda: window.settled)
    model = window.model
    for source in model.sources():
        assert page.share_labels[source].cget("text").endswith("recognised")
    request = SampleRequest("prior", seed=0, count=SHARE_SIZE)
    answers = model.probabilities(model.decoder.decode_uint8(model.draw(request)))
    share = (answers.max(axis=1) > SURE).mean()
    assert page.share_labels["prior"].cget("text") == f"{share:.0%} recognised"


def test_shares_are_measured_when_somebody_looks(page, change, window, pump):
    window.show_page("morph")
    pump(lambda: window.settled)
    before = {source: label.cget("text") for source, label in page.share_labels.items()}
    change(temperature=0.2)
    pump(lambda: window.settled)
    assert {source: label.cget("text") for source, label in page.share_labels.items()} == before
    window.show_page("sample")
    pump(lambda: page.share_labels["learned"].cget("text") != before["learned"])
    pump(lambda: window.settled)
    assert page.share_labels["prior"].cget("text") != before["prior"]


def test_shares_follow_the_temperature_and_not_the_seed(page, change, window, pump, monkeypatch):
    surveys = []
    measure = page._measure_share

    def count(model, request, sources):
        if len(sources) == len(model.sources()):  # the first one of a survey
            surveys.append(request)
        measure(model, request, sources)

    monkeypatch.setattr(page, "_measure_share", count)
    change(seed=11)
    change(count=9)
    assert surveys == []
    change(temperature=0.3)
    assert len(surveys) == 1
    pump(lambda: window.settled)
    texts = {label.cget("text") for label in page.share_labels.values()}
    assert all(text.endswith("recognised") for text in texts)


def test_a_burst_of_changes_ends_with_the_newest_grid(page, change):
    expected = change(seed=99)
    change(seed=0)
    for seed in range(20, 30):
        page.apply_settings({"seed": seed})
    np.testing.assert_array_equal(change(seed=99), expected)


@pytest.mark.parametrize(
    "settings",
    [
        {"seed": -1},
        {"seed": "x"},
        {"seed": True},
        {"count": 0},
        {"count": 100_000},
        {"temperature": 99},
        {"temperature": None},
        {"span": 0},
        {"class_index": 10},
        {"class_index": -1},
        {"source": "nowhere"},
        {"source": ["learned"]},
        {"unknown": 1},
        {},
    ],
)
def test_settings_that_do_not_fit_are_left_as_they_are(page, settings):
    before = page.request
    page.apply_settings(settings)
    assert page.request == before


def test_settings_round_trip(page, change):
    change(source="class", class_index=4, seed=12, count=30, temperature=0.7)
    settings = page.settings()
    change(source="prior", seed=0, count=9)
    page.apply_settings(settings)
    assert page.settings() == settings


def test_there_and_back_again_shows_what_is_asked_for(page, window, pump):
    pump(lambda: window.settled)
    for temperature in ("0.5", "1"):
        page.temperature_field.set(temperature)
        page.temperature_field.commit()
    pump(lambda: window.settled)
    assert page.settled
    np.testing.assert_array_equal(page.points, window.model.draw(page.request))
    share = window.model.sure_share(dataclasses.replace(page.request, source="prior", seed=0))
    assert page.share_labels["prior"].cget("text") == f"{share:.0%} recognised"


def test_nothing_of_the_old_model_stays(page, window, pump):
    page.resample()
    page.set_model(window.model)
    assert len(page.points) == 0
    assert page.grid_view.count == 0
    pump(lambda: window.settled)
    np.testing.assert_array_equal(page.points, window.model.draw(page.request))
