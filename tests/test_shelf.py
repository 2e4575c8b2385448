"""The shelf in the window: what can be done with a bookmark, and that it is there at next start."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer import kept_files
from explorer.model import open_model
from explorer.session import Session, save_session
from explorer.shelf_store import SHELF
from explorer.state import Bookmark
from explorer.widgets.card_strip import CARD_WIDTH, GAP
from explorer.widgets.point_menu import PointMenu
from tests.conftest import descendants
from tests.foreign import foreign_state
from tests.interaction import click, drag, press
from vae.files import sha256_of

STEP = CARD_WIDTH + GAP


@pytest.fixture
def settle(window, pump):
    def settle() -> None:
        pump(lambda: window.settled)
        window.root.update()

    return settle


@pytest.fixture
def fill(window, model, settle):
    """Puts that many bookmarks on the shelf: prior samples named after their places."""

    def fill(count: int) -> tuple[Bookmark, ...]:
        points = np.random.default_rng(0).normal(size=(count, model.latent_dim))
        marks = [Bookmark(f"m{i}", tuple(z.round(4).tolist())) for i, z in enumerate(points)]
        window.state.set_bookmarks(marks)
        settle()
        return window.state.bookmarks

    return fill


@pytest.fixture
def open_menu(window, monkeypatch):
    """Opens the menu of a card with the right button; it is filled, and not put on the screen."""
    opened = []
    monkeypatch.setattr(window.shelf.menu, "tk_popup", lambda x, y: opened.append((x, y)))

    def open_menu(index: int):
        click(window.shelf.strip, *middle(window, index), button=3)
        assert opened
        return window.shelf.menu

    return open_menu


def middle(window, index: int) -> tuple[int, int]:
    left, top, right, bottom = window.shelf.strip.box_of(index)
    return (left + right) // 2, (top + bottom) // 2


def names(window) -> list[str]:
    return [mark.name for mark in window.state.bookmarks]


def texts(strip) -> list[str]:
    items = [item for item in strip.find_all() if strip.type(item) == "text"]
    return [strip.itemcget(item, "text") for item in items]


def labels(menu) -> list[str]:
    last = menu.index("end")
    return [] if last is None else [menu.entrycget(index, "label") for index in range(last + 1)]


# --- what is shown --------------------------------------------------------------------------------


def test_an_empty_shelf_says_how_to_fill_it(window, settle):
    settle()
    assert texts(window.shelf.strip) == ["B keeps the current point here."]
    height = window.shelf.winfo_height()
    press(window.root, "b")
    settle()
    assert window.shelf.winfo_height() == height
    window.undo()
    settle()
    assert texts(window.shelf.strip) == ["B keeps the current point here."]


def test_a_card_shows_the_image_its_name_and_its_class(window, model, fill):
    marks = fill(3)
    answers = model.probabilities(model.decoder.decode_uint8(np.array([m.z for m in marks])))
    for mark, card, answer in zip(marks, window.shelf.cards([0, 1, 2]), answers, strict=True):
        np.testing.assert_array_equal(card.pixels, model.decoder.decode_uint8(np.array(mark.z)))
        assert card.name == mark.name
        assert card.note == f"{answer.argmax()} · {100 * answer.max():.0f} %"
        assert card.note in texts(window.shelf.strip)


def test_without_a_classifier_there_is_no_class(window, fill, monkeypatch):
    monkeypatch.setattr(type(window.model), "probabilities", lambda self, images: None)
    fill(2)
    assert [card.note for card in window.shelf.cards([0, 1])] == ["", ""]
    window.shelf.refresh()  # what was seen without a classifier is no answer for later tests


def test_the_button_bookmarks_for_those_who_have_only_a_mouse(window, settle):
    click(window.shelf.add_button)
    settle()
    assert [mark.z for mark in window.state.bookmarks] == [window.state.z]
    assert window.shelf.strip.count == 1


def test_the_full_name_is_in_the_tooltip(window, fill):
    fill(2)
    window.shelf.rename(1, "a slanted seven from Monday")
    window.root.update()
    x, y = middle(window, 1)
    window.shelf.strip.event_generate("<Motion>", x=x, y=y)
    assert "a slanted seven from Monday" in window.shelf._tooltip.cget("text")
    window.shelf.rename(1, "it was Tuesday")
    assert "Tuesday" in window.shelf._tooltip.cget("text")
    window.shelf.delete(1)
    assert "Tuesday" not in window.shelf._tooltip.cget("text")


def test_a_new_bookmark_is_always_in_view(window, fill, settle):
    fill(40)
    strip = window.shelf.strip
    assert strip.box_of(0)[0] == 0  # those of the start begin at the start
    window.bookmark()
    settle()
    assert strip.box_of(40)[2] == strip.winfo_width()
    strip.see(0)
    window.shelf.delete(40)
    window.undo()
    settle()
    assert 40 in strip.visible


def test_half_a_character_is_made_whole(window, fill, dialogs, settle):
    """Tk's field holds a smiley as two halves, and a backspace takes one."""
    fill(1)
    for typed, name in (("a \ud83d", "a \ufffd"), ("\ud83d\ude00", "\U0001f600")):
        dialogs.text = typed
        window.shelf.ask_name(0)
        settle()
        assert names(window) == [name]


@pytest.mark.parametrize("name", ["a\0b", "\x1b[0m", "⁧right to left", "☺" * 5000])
def test_any_name_that_a_file_can_hold_is_shown(window, fill, settle, name):
    fill(1)
    window.shelf.rename(0, name)
    settle()
    assert names(window) == [name[:120]]  # nobody reads on
    x, y = middle(window, 0)
    window.shelf.strip.event_generate("<Motion>", x=x, y=y)
    window.shelf.strip.event_generate("<Leave>")


def test_two_hundred_bookmarks_slow_nothing_down(window, fill, settle, monkeypatch):
    decoded, drawn = [], []
    shelf = window.shelf
    decode, paint = shelf._decode, shelf.strip._paint
    monkeypatch.setattr(shelf, "_decode", lambda z: decoded.append(len(z)) or decode(z))
    fill(200)
    assert sum(decoded) == len(shelf.strip.visible) < 20
    assert len(shelf.strip.find_all()) < 100
    before = len(decoded)
    shelf.strip._pending = None
    monkeypatch.setattr(shelf.strip, "_paint", lambda: drawn.append(1) or paint())
    for value in np.linspace(-2, 2, 20):
        window.state.set_value(0, float(value))
        window.root.update()
    assert drawn == []  # a drag of a slider does not even repaint it
    window.bookmark()
    window.root.update()
    press(shelf.strip, "Home")
    settle()
    assert drawn
    assert sum(decoded[before:]) <= len(shelf.strip.visible)


def test_both_themes(window, fill):
    fill(2)
    for _ in range(2):
        window.toggle_theme()
        window.root.update()
        palette, strip = window.theme.palette, window.shelf.strip
        assert strip["background"] == palette.background
        fills = {strip.itemcget(i, "fill") for i in strip.find_all() if strip.type(i) == "text"}
        assert fills == {palette.foreground, palette.muted}


# --- what can be done -----------------------------------------------------------------------------


def test_a_click_glides_there_as_one_undo_entry(window, fill, settle):
    marks = fill(3)
    before = window.state.z
    click(window.shelf.strip, *middle(window, 2))
    assert window.glide.active
    settle()
    assert window.state.z == marks[2].z
    window.undo()
    assert window.state.z == before
    assert window.state.bookmarks == marks


def test_a_card_is_dragged_elsewhere_as_one_undo_entry(window, fill, settle):
    before = fill(4)
    x, y = middle(window, 0)
    drag(window.shelf.strip, (x, y), (x + 20, y), (x + STEP, y), (2 * STEP + 90, y))
    settle()
    assert names(window) == ["m1", "m2", "m0", "m3"]
    assert window.shelf.strip.captions == ("m1", "m2", "m0", "m3")
    window.undo()
    assert window.state.bookmarks == before
    assert window.shelf.strip.captions == ("m0", "m1", "m2", "m3")
    window.redo()
    assert names(window) == ["m1", "m2", "m0", "m3"]


def test_everything_by_keys(window, fill, settle, dialogs):
    marks = fill(4)
    strip = window.shelf.strip
    press(strip, "Right", times=2)
    press(strip, "Return")
    settle()
    assert window.state.z == marks[2].z
    press(strip, "Shift-Left")
    assert names(window) == ["m0", "m2", "m1", "m3"]
    press(strip, "Shift-Right", times=2)
    assert names(window) == ["m0", "m1", "m3", "m2"]
    dialogs.text = " two "
    press(strip, "F2")
    assert names(window) == ["m0", "m1", "m3", "two"]
    press(strip, "Delete")
    press(strip, "Delete")
    assert names(window) == ["m0", "m1"]
    assert strip.cursor == 1
    for _ in range(6):
        press(strip, "Control-z")
    assert window.state.bookmarks == marks
    press(strip, "Delete", times=9)
    assert names(window) == []
    press(strip, "F2")
    press(strip, "b")
    assert len(names(window)) == 1


def test_tab_reaches_the_shelf_unless_it_is_empty(window, fill, settle):
    window.shelf.add_button.focus_force()
    window.root.update()
    assert window.shelf.add_button.tk_focusNext() is not window.shelf.strip
    fill(1)
    assert window.shelf.add_button.tk_focusNext() is window.shelf.strip


def test_the_menu_offers_all_of_it(window, fill, open_menu, settle, dialogs):
    marks = fill(3)
    menu = open_menu(1)
    assert labels(menu) == ["Go there", "Rename…", "Send to", "Move left", "Move right", "Delete"]
    menu.invoke("Go there")
    settle()
    assert window.state.z == marks[1].z
    menu.invoke("Move left")
    assert names(window) == ["m1", "m0", "m2"]
    open_menu(0).invoke("Move right")
    assert names(window) == ["m0", "m1", "m2"]
    dialogs.text = "mine"
    open_menu(1).invoke("Rename…")
    assert names(window) == ["m0", "mine", "m2"]
    open_menu(1).invoke("Delete")
    assert names(window) == ["m0", "m2"]


def test_moving_beyond_the_ends_is_not_offered(window, fill, open_menu):
    fill(2)
    assert open_menu(0).entrycget("Move left", "state") == "disabled"
    assert open_menu(0).entrycget("Move right", "state") == "normal"
    assert open_menu(1).entrycget("Move left", "state") == "normal"
    assert open_menu(1).entrycget("Move right", "state") == "disabled"


@pytest.mark.parametrize("key", ["Menu", "Shift-F10"])
def test_the_menu_by_key(window, fill, open_menu, key):
    fill(2)
    press(window.shelf.strip, "Right")
    press(window.shelf.strip, key)
    window.shelf.menu.invoke("Delete")
    assert names(window) == ["m0"]


def key(page, index: int):
    return page.journey.keys[index].z, page.journey.keys[index].name


def term(page, index: int):
    return page.terms[index].z, page.terms[index].origin


SLOTS = {
    "Morph: start": ("morph", lambda page: key(page, 0)),
    "Morph: end": ("morph", lambda page: key(page, -1)),
    "Morph: new key": ("morph", lambda page: key(page, -1)),
    "Arithmetic: A": ("arithmetic", lambda page: term(page, 0)),
    "Arithmetic: B": ("arithmetic", lambda page: term(page, 1)),
    "Arithmetic: C": ("arithmetic", lambda page: term(page, 2)),
}


@pytest.mark.parametrize("slot", SLOTS)
def test_a_bookmark_is_sent_to_a_page_which_comes_to_the_front(window, fill, open_menu, slot):
    marks = fill(2)
    name, point_and_name = SLOTS[slot]
    open_menu(1)
    window.shelf.send_menu.invoke(slot)
    window.root.update()
    page = window.pages[name]
    assert point_and_name(page) == (marks[1].z, "m1")
    assert window.notebook.front == page.name
    assert slot in window.status.message["text"]
    assert "m1" in window.status.message["text"]


def test_the_slots_of_every_page_are_offered(window, fill, open_menu):
    fill(1)
    open_menu(0)
    offered = labels(window.shelf.send_menu)
    assert set(SLOTS) <= set(offered)
    pages = [page for page in window.pages.values() if hasattr(page, "slots")]
    assert len(offered) == sum(len(page.slots()) for page in pages)


def test_every_chooser_of_a_point_offers_the_bookmarks(window, fill):
    fill(2)
    choosers = [menu for menu in descendants(window.root) if isinstance(menu, PointMenu)]
    assert len(choosers) >= len(SLOTS)
    for menu in choosers:
        menu.tk.call(menu.cget("postcommand"))
        bookmarks = menu.nametowidget(menu.entrycget("Bookmark", "menu"))
        assert labels(bookmarks) == ["m0", "m1"]


def test_a_menu_left_open_over_other_weights_does_nothing(window, fill, open_menu, dialogs):
    marks = fill(2)
    menu = open_menu(1)
    window.shelf.refresh()
    for entry in ("Go there", "Rename…", "Move left", "Delete"):
        menu.invoke(entry)
    window.shelf.send_menu.invoke("Morph: start")
    assert window.state.bookmarks == marks
    assert dialogs.questions == []


# --- what is kept --------------------------------------------------------------------------------


def test_a_full_disk_is_told_once_and_the_program_goes_on(
    window, settle, model, dialogs, monkeypatch
):
    def full(*_args) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(kept_files, "write_document", full)
        for _ in range(3):
            window.bookmark()
            settle()
        assert "No space left" in dialogs.errors.pop()
        assert dialogs.errors == []
    assert window.shelf.strip.count == 3
    window.bookmark()
    settle()
    assert SHELF.load(model.bundle.sha256, model.latent_dim) == window.state.bookmarks


@pytest.fixture(scope="module")
def other_weights(tmp_path_factory):
    """Weights of two dimensions, made elsewhere."""
    path = tmp_path_factory.mktemp("elsewhere") / "other.pt"
    torch.save(foreign_state(latent=2), path)
    return path


def test_other_weights_may_come_while_a_card_is_explained(window, fill, pump, other_weights):
    fill(1)
    x, y = middle(window, 0)
    window.shelf.strip.event_generate("<Enter>", x=x, y=y)
    window.shelf.strip.event_generate("<Motion>", x=x, y=y)
    pump(lambda: window.shelf._tooltip.toplevel is not None, what="the tooltip is shown")
    window.state.set_value(0, 1.0)  # a redraw is asked for, and must not come halfway
    window.begin(open_model(other_weights))
    pump(lambda: window.settled)
    assert "m0" not in window.shelf._tooltip.text
    window.shelf.strip.event_generate("<Leave>")


def test_every_weights_has_a_shelf_of_its_own(window, fill, settle, other_weights, weights_path):
    marks = fill(2)
    window.open_weights(other_weights)
    settle()
    assert window.state.bookmarks == ()
    assert texts(window.shelf.strip) == ["B keeps the current point here."]
    window.bookmark()
    there = window.state.bookmarks
    settle()
    (card,) = window.shelf.cards([0])
    np.testing.assert_array_equal(card.pixels, window.model.decoder.decode_uint8(there[0].z))
    window.open_weights(weights_path)
    settle()
    assert window.state.bookmarks == marks
    assert window.shelf.strip.captions == ("m0", "m1")
    assert not window.state.can_undo
    window.open_weights(other_weights)
    settle()
    assert window.state.bookmarks == there


def test_the_same_point_looks_different_with_other_weights(
    window, settle, tmp_path, weights_path, model
):
    path = tmp_path / "other.pt"
    torch.save(foreign_state(latent=model.latent_dim), path)
    for weights in (weights_path, path):
        mark = Bookmark("zero", (0.0,) * model.latent_dim)
        SHELF.save(sha256_of(weights), [mark])
        window.open_weights(weights)
        settle()
        (card,) = window.shelf.cards([0])
        np.testing.assert_array_equal(card.pixels, window.model.decoder.decode_uint8(mark.z))


def session_of(window, *marks: Bookmark) -> Session:
    return Session(
        z=(0.5,) * window.state.latent_dim,
        locks=frozenset(),
        bookmarks=marks,
        pages={},
        weights_sha256=window.model.bundle.sha256,
        weights_name="decoder_weights.pt",
    )


def test_a_session_adds_its_bookmarks_and_takes_none_away(window, fill, settle, tmp_path, model):
    marks = fill(3)
    theirs = Bookmark("theirs", marks[0].z)
    same_name = Bookmark("m2", (1.0,) * model.latent_dim)
    path = tmp_path / "session.json"
    save_session(session_of(window, theirs, marks[1], same_name), path)
    window.files.open_session(path)
    settle()
    both = (theirs, marks[1], same_name, marks[0], marks[2])
    assert window.state.bookmarks == both
    assert SHELF.load(model.bundle.sha256, model.latent_dim) == both
    window.undo()
    settle()
    assert window.state.bookmarks == marks
    assert SHELF.load(model.bundle.sha256, model.latent_dim) == marks


def test_what_was_deleted_is_named_with_the_way_back(window, fill, settle):
    fill(2)
    gone = window.state.bookmarks[1].name
    window.shelf.delete(1)
    assert window.status.message.cget("text") == f"Deleted {gone}. Ctrl+Z brings it back."
    window.undo()
    assert window.state.bookmarks[1].name == gone
