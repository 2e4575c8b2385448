"""Bad input to the pages Statistics, Compare and Model: told or left out, and nothing is lost."""

from __future__ import annotations

import json

import pytest

from tests.test_bad_input import odd_versions

PAGES = ("statistics", "compare", "model")


def views_of(name: str) -> tuple[str, ...]:
    from importlib import import_module

    return tuple(import_module(f"explorer.pages.{name}").TITLES)


def visit(window, pump, page: str, view: str) -> None:
    """Show a view, and wait for what it shows by itself."""
    window.show_page(page)
    window.pages[page].book.buttons[view].invoke()
    window.root.update()
    # The neighbours of 10,000 digits, the likelihood of a first grid: seconds each.
    pump(lambda: window.settled, timeout_s=120, what=f"{page} / {view}")


# --- sessions -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "view"), [(p, v) for p in PAGES for v in views_of(p)])
def test_no_value_in_the_settings_of_a_view_breaks_it(window, pump, settle, tmp_path, name, view):
    visit(window, pump, name, view)
    page = window.pages[name]
    window.files.save_session(tmp_path / "session.json")
    good = json.loads((tmp_path / "session.json").read_text())["pages"][name]
    for odd in odd_versions(good["views"].get(view, {})):
        page.apply_settings({**good, "views": {**good["views"], view: odd}})
        window.root.update()
    pump(lambda: window.settled, timeout_s=120)
    window.files.save_session(tmp_path / "after.json")  # what it has become can be kept
    window.files.open_session(tmp_path / "after.json")
    assert window.status.message.cget("text") == "Opened the session."
    page.apply_settings(good)
    pump(lambda: window.settled, timeout_s=120)
    assert json.loads(json.dumps(page.settings())) == good


@pytest.mark.parametrize("name", PAGES)
def test_no_value_in_the_settings_of_a_page_breaks_it(window, pump, settle, tmp_path, name):
    window.show_page(name)
    window.root.update()
    pump(lambda: window.settled, timeout_s=120)
    page = window.pages[name]
    good = json.loads(json.dumps(page.settings()))
    outer = {key: value for key, value in good.items() if key != "views"}
    for odd in odd_versions(outer):
        if isinstance(odd, dict):
            page.apply_settings(odd)
            window.root.update()
    for odd in odd_versions({"views": {"unknown": {}}}):
        if isinstance(odd, dict):
            page.apply_settings(odd)
    pump(lambda: window.settled, timeout_s=120)
    window.files.save_session(tmp_path / "after.json")
    window.files.open_session(tmp_path / "after.json")
    assert window.status.message.cget("text") == "Opened the session."
    page.apply_settings(good)
    pump(lambda: window.settled, timeout_s=120)
    assert json.loads(json.dumps(page.settings())) == good
