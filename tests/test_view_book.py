"""The views of a page: built when they are looked at, and told what they have missed."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from explorer.theme import Frame
from explorer.widgets.view_book import ViewBook


def make_view(name: str) -> type:
    class View(Frame):
        def __init__(self, parent, word):
            super().__init__(parent)
            self.calls = [word]
            self.settled = True

        def set_model(self, model):
            self.calls.append(("model", model))

        def set_encoded(self, model):
            self.calls.append(("encoded", model))

        def settings(self):
            return {"name": name}

        def apply_settings(self, settings):
            self.calls.append(("settings", dict(settings)))

        def back(self):
            self.calls.append("back")

    return View


@pytest.fixture
def book(stage, monkeypatch):
    for name, view in (("first_one", "FirstOneView"), ("second", "SecondView")):
        module = ModuleType(f"explorer.views.{name}")
        setattr(module, view, make_view(name))
        monkeypatch.setitem(sys.modules, module.__name__, module)
    made = ViewBook(
        stage.frame,
        stage.theme,
        {"first_one": "First", "second": "Second"},
        {"first_one": "The first.", "second": "The second."},
        "handed",
    )
    made.pack(fill="both", expand=True)
    return made


@pytest.fixture
def shown(book, stage):
    stage.root.update()
    return book


def test_nothing_is_built_before_the_book_is_seen(book, stage):
    assert book.views == {}
    stage.root.update()
    assert list(book.views) == ["first_one"]
    assert book.views["first_one"].calls == ["handed"]


def test_a_button_brings_its_view_to_the_front(shown, stage):
    shown.buttons["second"].invoke()
    stage.root.update()
    assert shown.front == "second"
    assert shown.views["second"].winfo_ismapped()
    assert not shown.views["first_one"].winfo_ismapped()


def test_a_view_that_comes_later_is_told_the_same(shown):
    shown.set_model("m")
    shown.set_encoded("m with digits")
    shown.show("second")
    assert shown.views["first_one"].calls == [
        "handed",
        ("model", "m"),
        ("encoded", "m with digits"),
    ]
    assert shown.views["second"].calls == [
        "handed",
        ("model", "m with digits"),
        ("encoded", "m with digits"),
    ]


def test_another_model_has_no_encoded_digits_yet(shown):
    shown.set_model("old")
    shown.set_encoded("old with digits")
    shown.set_model("new")
    shown.show("second")
    assert shown.views["second"].calls == ["handed", ("model", "new")]


def test_settings_wait_for_their_view_and_are_not_lost(shown):
    kept = {"view": "first_one", "views": {"second": {"a": 1}, "unknown": {}, "first_one": 3}}
    shown.apply_settings(kept)
    assert shown.settings()["views"] == {"first_one": {"name": "first_one"}, "second": {"a": 1}}
    shown.show("second")
    assert ("settings", {"a": 1}) in shown.views["second"].calls
    assert shown.settings() == {
        "view": "second",
        "views": {"first_one": {"name": "first_one"}, "second": {"name": "second"}},
    }


@pytest.mark.parametrize("bad", [{}, {"view": 3}, {"view": "unknown"}, {"views": []}])
def test_settings_that_fit_nothing_change_nothing(shown, bad):
    shown.apply_settings(bad)
    assert shown.front == "first_one"


def test_the_book_is_settled_when_its_front_is(shown):
    assert shown.settled
    shown.views["first_one"].settled = False
    assert not shown.settled


def test_escape_goes_to_the_view_in_front(shown):
    shown.back()
    assert shown.views["first_one"].calls[-1] == "back"


@pytest.mark.parametrize("size", [1, 80])
def test_a_view_that_comes_back_is_seen_however_little_room_it_asks_for(shown, stage, size):
    shown.view("first_one").configure(width=1, height=80)
    shown.view("second").configure(width=size, height=40)
    for name in ("second", "first_one", "second", "first_one"):
        shown.buttons[name].invoke()
        stage.root.update()
        seen = {name for name, view in shown.views.items() if view.winfo_ismapped()}
        assert seen == {name}
