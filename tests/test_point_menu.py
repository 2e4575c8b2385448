"""Where a point for a purpose can come from: the menu of its sources, and its numbers as text."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from explorer.widgets import point_menu
from explorer.widgets.point_menu import (
    MAX_ENTRY_LENGTH,
    PointMenu,
    PointSources,
    RealDigits,
    short_vector,
    vector_rows,
)


class Sources:
    """The places that the test's field may take points from; the test moves them."""

    def __init__(self) -> None:
        self.current = (1.0, 2.0)
        self.clipboard: tuple[float, ...] | None = (5.0, 6.0)
        self.presets = [("0", (0.1, 0.2)), ("1", (1.1, 1.2))]
        self.means: list = [("0", (0.3, 0.4))]
        self.bookmarks: list = []
        self.real: RealDigits | str = RealDigits(
            count=10_000,
            labels=[4, 7],
            drawn=lambda label: (f"real {label} #12", (label, 0.5)),
            numbered=lambda number: (f"real 0 #{number}", (2.0, number)),
        )
        self.group: tuple | None = ("mean of 3 real 4s", (4.0, 4.0))

    def take_clipboard(self) -> tuple[float, ...]:
        if self.clipboard is None:
            raise ValueError("the clipboard holds no vector")
        return self.clipboard

    def all(self) -> PointSources:
        return PointSources(
            current=lambda: self.current,
            random=lambda: np.array([3.0, 4.0]),
            clipboard=self.take_clipboard,
            presets=lambda: self.presets,
            class_means=lambda: self.means,
            bookmarks=lambda: self.bookmarks,
            real=lambda: self.real,
            group=lambda: self.group,
        )


@pytest.fixture
def sources() -> Sources:
    return Sources()


@pytest.fixture
def told() -> list[str]:
    return []


class Chooser:
    """What owns the test's menu: it keeps what was chosen last."""

    def __init__(self, stage, sources: Sources, told: list[str]) -> None:
        self.z: tuple[float, ...] | None = None
        self.origin = ""
        self._told = told
        self.menu = PointMenu(stage.root, stage.theme, sources.all(), self.take, told.append)

    def take(self, z, origin: str) -> None:
        self.z, self.origin = tuple(z), origin
        self._told.append("change")


@pytest.fixture
def field(stage, sources, told) -> Iterator[Chooser]:
    chooser = Chooser(stage, sources, told)
    yield chooser
    chooser.menu.destroy()


def labels(menu) -> list[str]:
    last = menu.index("end")
    return [] if last is None else [menu.entrycget(index, "label") for index in range(last + 1)]


def open_menu(field: Chooser) -> None:
    """Open the menu as its button does."""
    field.menu.tk.call(field.menu.cget("postcommand"))


def choose(field: Chooser, *path: str) -> None:
    """Open the menu and take an entry, by its labels."""
    open_menu(field)
    menu = field.menu
    for label in path[:-1]:
        menu = menu.nametowidget(menu.entrycget(label, "menu"))
    menu.invoke(path[-1])


@pytest.mark.parametrize(
    ("path", "z", "origin"),
    [
        (["Current point"], (1.0, 2.0), "current point"),
        (["Random"], (3.0, 4.0), "random"),
        (["From the clipboard"], (5.0, 6.0), "clipboard"),
        (["Preset", "1"], (1.1, 1.2), "preset 1"),
        (["Mean of a class", "0"], (0.3, 0.4), "mean of 0"),
        (["Bookmark", "1 (seven)"], (7.0, 8.0), "1 (seven)"),
        (["Real digit", "A random 7"], (7.0, 0.5), "real 7 #12"),
        (["Mean of a group…"], (4.0, 4.0), "mean of 3 real 4s"),
    ],
)
def test_every_source_gives_its_point(field, sources, told, path, z, origin):
    sources.bookmarks = [("1 (seven)", (7.0, 8.0))]
    choose(field, *path)
    assert field.z == z
    assert field.origin == origin
    assert told == ["change"]


def test_the_current_point_is_taken_when_it_is_chosen(field, sources):
    sources.current = (2.0, 2.0)
    choose(field, "Current point")
    sources.current = (9.0, 9.0)
    assert field.z == (2.0, 2.0)


def test_a_clipboard_without_a_vector_is_told_and_changes_nothing(field, sources, told):
    choose(field, "Random")
    told.clear()
    sources.clipboard = None
    choose(field, "From the clipboard")
    assert told == ["the clipboard holds no vector"]
    assert field.z == (3.0, 4.0)


@pytest.mark.parametrize(("text", "number"), [("0", 0), (" 1234 ", 1234), ("9999", 9999)])
def test_a_real_digit_is_asked_for_by_its_number(field, monkeypatch, told, text, number):
    monkeypatch.setattr(point_menu, "ask_text", lambda *question: text)
    choose(field, "Real digit number…")
    assert (field.z, field.origin) == ((2.0, float(number)), f"real 0 #{number}")
    assert told == ["change"]


@pytest.mark.parametrize("text", ["", "seven", "-1", "10000", "1.5", "1e300", "nan"])
def test_a_number_of_no_real_digit_is_told_and_changes_nothing(field, monkeypatch, told, text):
    choose(field, "Random")
    told.clear()
    monkeypatch.setattr(point_menu, "ask_text", lambda *question: text)
    choose(field, "Real digit number…")
    assert len(told) == 1
    assert "The number of a real digit" in told[0]
    assert field.z == (3.0, 4.0)


def test_a_cancelled_question_changes_nothing(field, sources, monkeypatch, told):
    monkeypatch.setattr(point_menu, "ask_text", lambda *question: None)
    sources.group = None
    choose(field, "Real digit number…")
    choose(field, "Mean of a group…")
    assert (field.z, told) == (None, [])


def test_without_real_digits_the_menu_says_why(field, sources):
    sources.real = "These weights came without an encoder."
    open_menu(field)
    entries = [label for label in labels(field.menu) if label.startswith("Real digit")]
    assert entries == ["Real digit: These weights came without an encoder."]
    assert field.menu.entrycget(entries[0], "state") == "disabled"


def test_what_is_not_there_can_not_be_chosen(field, sources):
    sources.presets = []
    open_menu(field)
    for label in ("Preset", "Bookmark"):
        assert field.menu.type(label) == "command"
        assert field.menu.entrycget(label, "state") == "disabled"
    assert field.menu.type("Mean of a class") == "cascade"


def test_the_menu_follows_what_there_is(field, sources):
    open_menu(field)
    before = labels(field.menu)
    sources.bookmarks = [("a", (0.0, 0.0))]
    for _ in range(3):
        open_menu(field)
    assert labels(field.menu) == before
    assert field.menu.type("Bookmark") == "cascade"
    assert len(field.menu.winfo_children()) == 4  # old submenus are not kept


def test_the_menu_is_not_as_wide_as_the_longest_name(field, sources):
    """It would leave the screen, and 100,000 pixels are more than a window can have."""
    sources.bookmarks = [("a\nb", (1.0, 1.0)), ("word " * 2000, (7.0, 8.0))]
    open_menu(field)
    submenu = field.menu.nametowidget(field.menu.entrycget("Bookmark", "menu"))
    short, long = labels(submenu)
    assert short == "a b"
    assert long.startswith("word word")
    assert len(long) == MAX_ENTRY_LENGTH
    submenu.invoke(1)
    assert field.z == (7.0, 8.0)


@pytest.mark.parametrize("dimensions", [1, 2, 3, 6, 8, 16, 64])
def test_the_numbers_fit_a_few_lines(dimensions):
    lines = vector_rows(np.arange(dimensions) / 4).split("\n")
    assert len(lines) <= 2
    assert all(len(line) < 40 for line in lines)
    if dimensions <= 8:
        numbers = [float(number) for line in lines for number in line.split()]
        assert numbers == pytest.approx(np.arange(dimensions) / 4)
    else:
        assert lines[-1].endswith("…")


def test_a_short_vector_says_how_much_it_leaves_out():
    assert short_vector([1, -2.5]) == " 1.00 -2.50"
    assert short_vector(range(64), most=2) == " 0.00  1.00  … (64)"


def test_the_colours_follow_the_theme(field, stage):
    stage.theme.set_mode("dark")
    open_menu(field)
    assert str(field.menu.entrycget(0, "background")) == stage.theme.palette.background
