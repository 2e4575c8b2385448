"""Every page, and every view of it, with each of the models that come with the program."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.page_names import PAGES
from explorer.shipped import SHIPPED_WEIGHTS, shipped_models
from tests.shipped_parts import CRISP, stand_in

FEW = 1000  # real digits, where a page measures them
PATIENCE_S = 240  # a view may wait for child processes that measure
WALKS = 50  # random points from which the effects of directions are measured
SHIPPED = {each.path.parent.name: each.path for each in shipped_models()}
KINDS = {
    "gan": {"gan": True, "noise": 0.02},
    "crisp-vae": {"training": CRISP},
    "bare": {},  # without its record, and so without companions
}
# Of every kind that is not shipped.
STAND_INS = {name: kind for name, kind in KINDS.items() if name not in SHIPPED}


@pytest.fixture(scope="module")
def stand_ins(tmp_path_factory) -> dict[str, Path]:
    models = tmp_path_factory.mktemp("models")
    paths = {name: stand_in(models, name, **kind) for name, kind in STAND_INS.items()}
    paths["bare"].with_suffix(".json").unlink()
    return paths


@pytest.fixture(params=[*SHIPPED, *STAND_INS])
def path(request: pytest.FixtureRequest, stand_ins) -> Path:
    return {**SHIPPED, **stand_ins}[request.param]


@pytest.fixture
def settle(window, pump) -> Callable[[], None]:
    return lambda: pump(lambda: window.settled, PATIENCE_S, "the window settles")


@pytest.fixture(autouse=True)
def quickly(window, monkeypatch) -> Iterator[None]:
    """Less of what takes long and is the same for all models; nothing is left open."""
    monkeypatch.setattr("explorer.sample_sets.SIZE", 200)
    monkeypatch.setattr("explorer.direction_study.WALKS", WALKS)
    window.pages["statistics"].apply_settings({"sample": {"n": FEW}})
    yield
    window.pages["compare"].second.close()
    for page in window.pages.values():
        if hasattr(page, "book"):
            page.book.show(next(iter(page.book.buttons)))


def choices_of(page: Any) -> dict[str, Any]:
    """The buttons of a page's views or modes, by name."""
    if hasattr(page, "book"):
        return page.book.buttons
    return getattr(page, "view_buttons", None) or getattr(page, "mode_buttons", {})


def words_on_the_prior(window) -> list[str]:
    """What is said of it on the three pages that draw from it."""
    pictures = window.pages["compare"].book.view("pictures")
    return [
        window.pages["sample"].source_tips["prior"].cget("text"),
        window.pages["statistics"].book.view("prior").sentence_tip.cget("text"),
        *(tip.cget("text") for tip in pictures.panels["prior"].tips),
    ]


def test_every_page_and_view_shows_it(window, settle, path):
    if window.weights.current != path:
        window.open_weights(path)
        settle()
    second = window.pages["compare"].second
    second.open(SHIPPED_WEIGHTS)
    settle()
    assert window.model.bundle.path == path
    assert second.model.bundle.path == SHIPPED_WEIGHTS
    for name in PAGES:
        window.show_page(name)
        window.root.update()
        page = window.pages[name]
        for choice in ["", *choices_of(page)]:
            if choice:
                choices_of(page)[choice].invoke()
                window.root.update()
            settle()
            assert page.winfo_viewable()
            assert page.settled
            assert not window.status.is_error, (name, choice, window.status.message.cget("text"))
            if hasattr(page, "book"):
                assert page.book.view(page.book.front).winfo_viewable()
                assert not choice or page.book.front == choice
    z = np.asarray(window.state.z)
    np.testing.assert_array_equal(window.digit._pixels, window.model.decoder.decode_uint8(z))
    # Only of a GAN is it true that the images of the prior are what it learned from.
    said = ["learned from" in words for words in words_on_the_prior(window)]
    assert said == [window.model.is_gan] * len(said)
