"""The notebook: tabs at once, pages when there is time, and never a page twice."""

from __future__ import annotations

import tkinter.font as tkfont
from importlib import import_module
from pathlib import Path
from tkinter.ttk import Style as ttk_style

import pytest

from explorer import pages
from explorer.page_book import PageBook
from explorer.page_names import PAGES


@pytest.fixture
def book(window):
    """A second notebook of the window's pages, the Guide page in front."""
    turned = []

    def told():
        turned.append(made.front)

    made = PageBook(window.panes, window._context, PAGES, "guide", told)
    made.turned = turned
    yield made
    made.destroy()


def test_every_page_has_its_file_and_its_class():
    files = {path.stem for path in Path(pages.__file__).parent.glob("*.py")} - {"__init__"}
    assert files == set(PAGES)
    for name in PAGES:
        page = getattr(import_module(f"explorer.pages.{name}"), f"{name.capitalize()}Page")
        assert (page.name, page.title) == (name, name.capitalize())


def test_only_the_page_in_front_is_built(book):
    assert list(book.pages) == ["guide"]
    assert [book.tab(index, "text") for index in range(book.index("end"))] == [
        name.capitalize() for name in PAGES
    ]
    assert not book.complete


def test_a_page_that_is_turned_to_is_built_and_told(book, pump):
    book.show("sweep")
    pump(lambda: book.turned[-1:] == ["sweep"])
    assert list(book.pages) == ["guide", "sweep"]
    book.turn(1)
    after = PAGES[PAGES.index("sweep") + 1]
    pump(lambda: book.turned[-1:] == [after])
    assert list(book.pages) == ["guide", "sweep", after]


def test_after_the_last_page_comes_the_first(book, pump):
    book.show(PAGES[-1])
    book.turn(1)
    pump(lambda: book.turned[-1:] == [PAGES[0]])
    book.turn(-1)
    pump(lambda: book.turned[-1:] == [PAGES[-1]])


def test_the_rest_comes_one_by_one_and_nothing_twice(book, pump):
    guide = book.page("guide")
    counts = set()
    build = book.page
    book.page = lambda name: (counts.add(len(book.pages)), build(name))[1]
    book.build_rest()
    assert list(book.pages) == ["guide"]  # their modules come first, in the worker
    pump(lambda: book.complete)
    assert counts == set(range(1, len(PAGES)))
    assert list(book.pages) == list(PAGES)
    assert book.page("guide") is guide
    before = book.pages
    book.build_rest()
    pump(lambda: not book._context.worker.busy)
    assert book.pages == before


def test_a_notebook_that_is_closed_builds_no_more(book, window, pump):
    book.build_rest()
    book.destroy()
    window.root.after(50, lambda: window.root.setvar("waited", "yes"))
    window.root.setvar("waited", "no")
    pump(lambda: window.root.getvar("waited") == "yes" and not window.worker.busy)
    assert len(book.pages) == 1


@pytest.mark.parametrize("width", [1024, 1280, 1600])
def test_no_tab_is_cut_however_narrow_the_window(window, pump, width):
    window.root.geometry(f"{width}x700")
    pump(lambda: window.root.winfo_width() == width)
    window.root.update()
    book = window.notebook
    last = book.index("end") - 1

    def tab_at(x):
        found = book.tk.call(book, "identify", "tab", x, 15)
        return None if found == "" else int(found)

    edges = [x for x in range(book.winfo_width()) if tab_at(x) == last]
    assert edges, "the last tab is not in the window"
    # Tk makes all tabs narrower when they have not room enough; the words are then cut.
    assert edges[-1] < book.winfo_width() - 2
    words = tkfont.Font(book, font=ttk_style(book).lookup("Pages.TNotebook.Tab", "font"))
    assert edges[-1] - edges[0] > words.measure(PAGES[-1].capitalize())
    if width == 1280:
        assert words.actual("size") == 10
