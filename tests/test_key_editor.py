"""The editor of a journey's keys: what each control does to it, and what is shown of it."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.journey import MAX_KEYS, Journey, Key
from explorer.widgets.card_strip import CARD_HEIGHT, PICTURE
from explorer.widgets.key_editor import CARD_WIDTH, SEGMENT_WIDTH, KeyEditor, seconds_text
from explorer.widgets.point_menu import PointSources, RealDigits
from tests.conftest import descendants
from tests.interaction import click, drag, press

STEP = CARD_WIDTH + SEGMENT_WIDTH
WIDTH = 610  # of a page in the smallest window


class Owner:
    """Who owns the editor in these tests: its sources, and what it was told."""

    def __init__(self) -> None:
        self.bookmarks: list = [("a seven", (0.7, 0.7)), ("a slanted one", (0.1, 0.1))]
        self.drawn = 0
        self.decoded: list[int] = []
        self.changes: list[Journey] = []
        self.errors: list[str] = []
        self.went: list[int] = []
        self.notices: list[str] = []

    def random(self):
        self.drawn += 1
        return np.array([0.01 * self.drawn, 2.0])

    def clipboard(self):
        return (5.0, 6.0)

    def decode(self, z):
        self.decoded.append(len(z))
        return np.repeat(
            (40 * np.abs(z[:, :1])).astype(np.uint8)[:, :, None, None], 28, axis=2
        ).repeat(28, axis=3)

    @property
    def sources(self) -> PointSources:
        return PointSources(
            current=lambda: (1.0, 2.0),
            random=self.random,
            clipboard=lambda: self.clipboard(),
            presets=lambda: [("3", (0.3, 0.4))],
            class_means=list,
            bookmarks=lambda: self.bookmarks,
            real=lambda: RealDigits(10, [4], lambda label: ("real 4", (4.0, 4.0)), None),
            group=lambda: ("3 points", (3.0, 3.0)),
        )


@pytest.fixture
def owner() -> Owner:
    return Owner()


@pytest.fixture
def bare(stage, owner) -> KeyEditor:
    """An editor that has not been shown a journey."""
    editor = KeyEditor(
        stage.frame,
        stage.theme,
        sources=owner.sources,
        decode=owner.decode,
        on_change=owner.changes.append,
        on_error=owner.errors.append,
        on_go=owner.went.append,
        on_notice=owner.notices.append,
    )
    stage.show(editor, WIDTH, editor.winfo_reqheight())
    return editor


def journey_of(count: int, **values) -> Journey:
    keys = [Key((float(i), -1.0), f"key {i + 1}", 2.0) for i in range(count)]
    return Journey(tuple(keys), **values)


@pytest.fixture
def editor(bare) -> KeyEditor:
    """An editor of three keys, the first of which is chosen."""
    bare.set_journey(journey_of(3))
    bare.update()
    return bare


def names(editor: KeyEditor) -> list[str]:
    return [key.name for key in editor.journey.keys]


def texts(editor: KeyEditor) -> list[str]:
    strip = editor.strip
    return [strip.itemcget(i, "text") for i in strip.find_all() if strip.type(i) == "text"]


def labels(menu) -> list[str]:
    return [
        menu.entrycget(index, "label")
        for index in range(menu.index("end") + 1)
        if menu.type(index) != "separator"
    ]


def choose(menu, *path: str) -> None:
    """Open a menu as its button does, and take an entry, by its labels."""
    menu.tk.call(menu.cget("postcommand"))
    for label in path[:-1]:
        menu = menu.nametowidget(menu.entrycget(label, "menu"))
    menu.invoke(path[-1])
    menu.update()


def middle(editor: KeyEditor, index: int) -> tuple[int, int]:
    left, top, right, bottom = editor.strip.box_of(index)
    return (left + right) // 2, (top + bottom) // 2


def enabled(widget) -> bool:
    return str(widget.cget("state")) != "disabled"


def type_seconds(editor: KeyEditor, text: str) -> None:
    editor.seconds_field.delete(0, "end")
    editor.seconds_field.insert(0, text)


@pytest.fixture
def key_menu(editor, monkeypatch):
    """Opens the menu of a key with the right button; it is filled, and not put on the screen."""
    monkeypatch.setattr(editor.key_menu, "tk_popup", lambda x, y: None)

    def open_menu(index: int):
        click(editor.strip, *middle(editor, index), button=3)
        return editor.key_menu

    return open_menu


# --- what is shown --------------------------------------------------------------------------------


def test_before_a_journey_nothing_can_be_done_and_it_says_so(bare, owner):
    assert bare.journey is None
    assert "appear when a model is open" in texts(bare)[0]
    for widget in (
        *(bare.add_button, bare.remove_button, bare.point_button, bare.seconds_field),
        *(bare.ease_box, bare.closed_box, bare.smooth_box, bare.reverse_button),
    ):
        assert not enabled(widget)
    for key in ("Delete", "Insert", "Return", "Right", "Shift-Right", "Menu"):
        press(bare.strip, key)
    click(bare.strip)
    bare.put_back()
    assert (owner.changes, owner.errors, owner.went, owner.decoded) == ([], [], [], [])


def test_a_journey_that_is_shown_tells_nobody(editor, owner):
    assert editor.journey == journey_of(3)
    assert editor.chosen == 0
    assert [text for text in texts(editor) if text.startswith("key")] == ["key 1", "key 2", "key 3"]
    assert texts(editor).count("2 s") == 2
    assert owner.decoded == [3]  # all cards in one go
    assert owner.changes == []
    assert editor.point_button.cget("text") == "1: key 1"
    assert editor.seconds_field.number == 2.0


def test_it_is_low_enough_for_a_page_in_a_small_window(editor):
    assert editor.winfo_reqheight() <= 110
    assert editor.winfo_reqwidth() <= WIDTH


@pytest.mark.parametrize("count", [1, 2, 3, MAX_KEYS])
def test_nothing_is_cut_off_in_the_narrowest_page(stage, bare, count):
    bare.set_journey(journey_of(count, closed=True).replaced(0, name="a very long name of a key"))
    bare.remove(0)
    bare.update()
    for widget in descendants(bare):
        if widget.winfo_viewable() and widget is not bare.strip:
            assert widget.winfo_width() >= widget.winfo_reqwidth(), widget
            assert widget.winfo_rootx() + widget.winfo_width() <= bare.winfo_rootx() + WIDTH


def test_the_time_after_the_last_key_is_shown_only_in_a_loop(editor):
    editor.closed_box.invoke()
    editor.update()
    assert texts(editor).count("2 s") == 3
    editor.set_journey(editor.journey.with_closed(False))
    editor.update()
    assert texts(editor).count("2 s") == 2
    assert not editor._closed.get()


def test_in_a_loop_one_can_scroll_to_the_time_after_the_last_card(editor):
    def furthest_right() -> int:
        editor.strip._page(9)
        return editor.strip.winfo_width() - editor.strip.box_of(editor.strip.count - 1)[2]

    editor.set_journey(journey_of(12))
    assert furthest_right() == 0
    editor.set_journey(journey_of(12, closed=True))
    assert furthest_right() == SEGMENT_WIDTH


def test_the_time_of_the_chosen_key_is_in_view(editor):
    strip = editor.strip
    editor.set_journey(journey_of(12))
    for index in range(11):
        strip.set_cursor(index)
        assert strip.box_of(index)[0] >= 0
        assert strip.box_of(index)[2] + SEGMENT_WIDTH <= strip.winfo_width()
    strip.set_cursor(11)
    assert strip.box_of(11)[2] == strip.winfo_width()
    editor.closed_box.invoke()  # there is a time behind the last one now
    assert strip.box_of(11)[2] + SEGMENT_WIDTH == strip.winfo_width()


def test_an_arrow_that_eases_is_bent(editor):
    def corners() -> list[int]:
        strip = editor.strip
        return [len(strip.coords(i)) // 2 for i in strip.find_all() if strip.type(i) == "line"]

    assert corners() == [2, 2]
    editor.strip.set_cursor(1)
    editor.ease_box.invoke()
    editor.update()
    assert corners() == [2, 4]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(2.0, "2 s"), (2 / 3, "0.67 s"), (0.1, "0.1 s"), (33.333, "33.3 s"), (60.0, "60 s")],
)
def test_a_time_is_short(seconds, text):
    assert seconds_text(seconds) == text


@pytest.mark.parametrize(
    ("name", "first", "rest"),
    [
        ("key 1", "key 1", ""),
        ("mean of 7", "mean of", "7"),
        ("current point", "current", "point"),
        ("Donaudampfschiff", "Donaudampfschiff", ""),
        ("", "", ""),
        ("one\nor  two words of it", "one or", "two words of it"),
    ],
)
def test_a_name_is_cut_between_words(editor, name, first, rest):
    assert editor.strip.two_lines(name) == (first, rest)


@pytest.mark.parametrize("name", ["x" * 10**6, "a slanted seven from Monday", "two\nlines", ""])
def test_no_name_pushes_the_row_apart(editor, name):
    width = editor.point_button.winfo_reqwidth()
    editor.set_journey(editor.journey.replaced(0, name=name))
    editor.update()
    assert editor.point_button.winfo_reqwidth() == width
    assert "\n" not in editor.point_button.cget("text")


def test_the_tooltip_of_a_card_names_it_in_full(editor):
    editor.set_journey(editor.journey.replaced(1, name="a slanted seven from Monday"))
    x, y = middle(editor, 1)
    editor.strip.event_generate("<Motion>", x=x, y=y)
    assert "a slanted seven from Monday" in editor._tooltip.cget("text")
    assert " 1.00 -1.00" in editor._tooltip.cget("text")
    editor.strip.event_generate("<Leave>")
    assert "a slanted seven" not in editor._tooltip.cget("text")


def test_another_model_is_decoded_anew(editor, owner):
    editor.set_journey(journey_of(3))
    editor.update()
    assert owner.decoded == [3, 3]


def test_an_edit_decodes_only_what_is_new(editor, owner):
    owner.decoded.clear()
    editor.move(0, 2)
    editor.closed_box.invoke()
    editor.update()
    assert owner.decoded == []
    editor.choose_point(1, (3.0, 3.0), "new")
    editor.update()
    assert owner.decoded == [1]


def test_points_of_sixteen_numbers_and_colour_images(stage, owner):
    editor = KeyEditor(
        stage.frame,
        stage.theme,
        sources=owner.sources,
        decode=lambda z: np.zeros((len(z), 3, 32, 24), np.uint8),
        on_change=owner.changes.append,
        on_error=owner.errors.append,
    )
    stage.show(editor, WIDTH, 100)
    editor.set_journey(Journey(tuple(Key((float(i),) * 16, "wide") for i in range(3))))
    editor.update()
    (picture, *_) = [i for i in editor.strip.find_all() if editor.strip.type(i) == "image"]
    left, top, right, bottom = editor.strip.bbox(picture)
    assert right - left <= PICTURE
    assert bottom - top <= PICTURE <= CARD_HEIGHT
    click(editor.strip, *middle(editor, 1))  # nobody listens where it goes
    assert editor.chosen == 1


def test_lengths_follow_the_scaling(stage, owner, monkeypatch):
    monkeypatch.setattr(stage.theme, "_factor", 2.0)
    editor = KeyEditor(
        stage.frame,
        stage.theme,
        sources=owner.sources,
        decode=owner.decode,
        on_change=owner.changes.append,
        on_error=owner.errors.append,
    )
    stage.show(editor, 2 * WIDTH, 200)
    editor.set_journey(journey_of(3))
    editor.update()
    left, top, right, bottom = editor.strip.box_of(1)
    assert (left, right - left, bottom - top) == (2 * STEP, 2 * CARD_WIDTH, 2 * CARD_HEIGHT)


def test_the_colours_follow_the_theme(stage, editor):
    def fills() -> set[str]:
        strip = editor.strip
        shown = (i for i in strip.find_all() if strip.type(i) in ("rectangle", "text", "line"))
        return {strip.itemcget(item, "fill") for item in shown}

    stage.theme.set_mode("dark")
    editor.update()
    palette = stage.theme.palette
    assert fills() == {palette.surface, palette.foreground, palette.muted, palette.accent}


def test_tab_walks_from_left_to_right(editor):
    editor.set_journey(journey_of(4))
    editor.remove(0)
    editor.update()
    stops, widget = [], editor.strip
    while widget not in stops:
        stops.append(widget)
        widget = widget.tk_focusNext()
    assert stops == [
        *(editor.strip, editor.add_button, editor.remove_button, editor.put_back_button),
        *(editor.point_button, editor.seconds_field, editor.ease_box),
        *(editor.closed_box, editor.smooth_box, editor.reverse_button),
    ]


# --- choosing a key -------------------------------------------------------------------------------


def test_a_click_chooses_a_key_and_goes_there(editor, owner):
    click(editor.strip, *middle(editor, 1))
    assert (editor.chosen, owner.went) == (1, [1])
    assert editor.point_button.cget("text") == "2: key 2"
    assert owner.changes == []


def test_the_arrow_keys_choose_and_return_goes_there(editor, owner):
    press(editor.strip, "Right", times=2)
    assert (editor.chosen, owner.went) == (2, [])
    assert editor.point_button.cget("text") == "3: key 3"
    press(editor.strip, "Return")
    assert owner.went == [2]


def test_no_way_leaves_the_last_key_of_an_open_journey(editor):
    press(editor.strip, "End")
    assert not enabled(editor.seconds_field)
    assert not enabled(editor.ease_box)
    assert editor._next_label.cget("text") == "s (last)"
    editor.closed_box.invoke()
    assert enabled(editor.seconds_field)
    assert enabled(editor.ease_box)
    assert editor._next_label.cget("text") == "s to 1"


def test_a_click_on_a_time_is_there_to_type_another(editor, owner):
    x, y = middle(editor, 1)
    click(editor.strip, x + STEP // 2, y)
    assert editor.chosen == 1
    assert str(editor.tk.call("focus")) == str(editor.seconds_field)
    assert editor.seconds_field.selection_get() == "2"
    assert owner.went == []


def test_a_click_behind_the_last_card_is_no_time(editor):
    x, _ = middle(editor, 2)
    assert editor.strip.segment_at(x + STEP // 2) is None
    editor.closed_box.invoke()
    assert editor.strip.segment_at(x + STEP // 2) == 2


# --- the chosen key -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "z", "name"),
    [
        (["Current point"], (1.0, 2.0), "current point"),
        (["Random"], (0.01, 2.0), "random"),
        (["From the clipboard"], (5.0, 6.0), "clipboard"),
        (["Preset", "3"], (0.3, 0.4), "preset 3"),
        (["Bookmark", "a seven"], (0.7, 0.7), "a seven"),
        (["Real digit", "A random 4"], (4.0, 4.0), "real 4"),
        (["Mean of a group…"], (3.0, 3.0), "3 points"),
    ],
)
def test_its_point_comes_from_every_source(editor, owner, path, z, name):
    editor.strip.set_cursor(1)
    choose(editor.point_menu, *path)
    assert editor.journey.keys[1] == Key(z, name, 2.0)
    assert names(editor) == ["key 1", name, "key 3"]
    assert owner.changes == [editor.journey]


def test_a_point_that_is_sent_there_counts_as_chosen(editor, owner):
    editor.choose_point(2, [9, 8], "sent")
    assert editor.journey.keys[2].z == (9.0, 8.0)
    assert owner.changes == [editor.journey]
    assert editor.chosen == 2


def test_a_point_of_another_model_is_refused_in_words(editor, owner):
    editor.choose_point(0, (1.0, 2.0, 3.0), "late")
    editor.add_points([("fits", (1.0, 2.0)), ("late", (1.0, 2.0, 3.0))])
    assert owner.errors == ["This point has 3 numbers, the keys have 2."] * 2
    assert owner.changes == []


def test_its_seconds_are_typed(editor, owner):
    press(editor.strip, "Right")
    type_seconds(editor, "0.75")
    press(editor.seconds_field, "Return")
    assert [key.seconds for key in editor.journey.keys] == [2.0, 0.75, 2.0]
    assert owner.changes == [editor.journey]
    editor.update()
    assert "0.75 s" in texts(editor)


@pytest.mark.parametrize("text", ["0", "61", "soon"])
def test_seconds_that_can_not_be_used_are_told_and_not_taken(editor, owner, text):
    type_seconds(editor, text)
    press(editor.seconds_field, "Return")
    assert len(owner.errors) == 1
    assert "Seconds" in owner.errors[0]
    assert owner.changes == []


def test_what_is_typed_goes_to_the_key_that_was_chosen_then(editor, owner):
    type_seconds(editor, "5")
    click(editor.strip, *middle(editor, 1))
    assert [key.seconds for key in editor.journey.keys] == [5.0, 2.0, 2.0]
    assert editor.chosen == 1
    assert editor.seconds_field.get() == "2"
    assert owner.went == [1]


@pytest.mark.parametrize(
    "act",
    [
        lambda editor: editor.closed_box.invoke(),
        lambda editor: editor.smooth_box.invoke(),
        lambda editor: editor.ease_box.invoke(),
        lambda editor: editor.move(2, 1),
        lambda editor: editor.add_points([("new", (0.0, 0.0))]),
        lambda editor: editor.remove(2),
        lambda editor: editor.choose_point(1, (0.0, 0.0), "new"),
    ],
)
def test_no_other_edit_throws_away_what_is_typed(editor, act):
    type_seconds(editor, "5")
    before = editor.journey
    act(editor)
    assert editor.journey.keys[0].seconds == 5.0
    assert editor.journey != before.replaced(0, seconds=5.0)


def test_a_rounded_time_that_is_only_looked_at_stays_exact(editor, owner):
    editor.set_journey(journey_of(4).with_total_seconds(2.0))
    press(editor.seconds_field, "Return")
    assert editor.seconds_field.get() == "0.67"
    assert editor.journey.total_seconds == pytest.approx(2.0, abs=1e-9)
    assert owner.changes == []


def test_its_way_eases(editor, owner):
    editor.ease_box.invoke()
    assert [key.easing for key in editor.journey.keys] == ["smoothstep", "none", "none"]
    editor.ease_box.invoke()
    assert editor.journey == journey_of(3)
    assert len(owner.changes) == 2


# --- the whole journey ----------------------------------------------------------------------------


def test_the_loop_is_closed_and_opened(editor, owner):
    editor.closed_box.invoke()
    assert editor.journey.closed
    editor.closed_box.invoke()
    assert not editor.journey.closed
    assert len(owner.changes) == 2


def test_smooth_needs_three_keys(editor):
    editor.smooth_box.invoke()
    assert editor.journey.is_smooth
    editor.remove(0)
    assert not enabled(editor.smooth_box)
    editor.put_back()
    assert enabled(editor.smooth_box)
    editor.smooth_box.invoke()
    assert editor.journey.corners == "piecewise"


def test_the_journey_is_turned_round(editor, owner):
    editor.strip.set_cursor(0)
    editor.reverse_button.invoke()
    assert names(editor) == ["key 3", "key 2", "key 1"]
    assert editor.chosen == 2  # the same key
    assert owner.changes == [editor.journey]


# --- other keys, another order --------------------------------------------------------------------


def test_a_new_key_stands_at_the_end_and_is_chosen(editor, owner):
    choose(editor.add_menu, "Preset", "3")
    assert names(editor) == ["key 1", "key 2", "key 3", "preset 3"]
    assert editor.chosen == 3
    assert owner.changes == [editor.journey]


def test_a_new_key_takes_time_and_easing_from_the_one_before(editor):
    editor.set_journey(journey_of(3).replaced(2, seconds=7, easing="smoothstep"))
    choose(editor.add_menu, "Random")
    assert editor.journey.keys[3].seconds == 7.0
    assert editor.journey.keys[3].easing == "smoothstep"


def test_the_whole_shelf_is_added(editor, owner):
    choose(editor.add_menu, "Every bookmark on the shelf")
    assert names(editor)[3:] == ["a seven", "a slanted one"]
    assert owner.changes == [editor.journey]  # once


def test_an_empty_shelf_can_not_be_added(editor, owner):
    owner.bookmarks = []
    editor.tk.call(editor.add_menu.cget("postcommand"))
    assert editor.add_menu.entrycget("Every bookmark on the shelf", "state") == "disabled"


def test_five_samples_are_added(editor, owner):
    choose(editor.add_menu, "5 random samples")
    assert len({key.z for key in editor.journey.keys[3:]}) == 5
    assert len(owner.changes) == 1


def test_the_menus_follow_what_there_is(editor):
    for menu in (editor.add_menu, editor.point_menu):
        menu.tk.call(menu.cget("postcommand"))
    before = labels(editor.add_menu), labels(editor.point_menu)
    for menu in (editor.add_menu, editor.point_menu) * 2:
        menu.tk.call(menu.cget("postcommand"))
    assert (labels(editor.add_menu), labels(editor.point_menu)) == before
    assert before[0][: len(before[1])] == before[1]  # the same sources, and two entries more


def test_what_does_not_fit_is_told_and_the_rest_is_added(editor, owner):
    editor.set_journey(journey_of(MAX_KEYS - 1))
    choose(editor.add_menu, "Every bookmark on the shelf")
    assert names(editor)[-1] == "a seven"
    assert owner.errors == [
        "A journey has at most 200 keys: 1 of 2 were added. Remove one to make room."
    ]
    choose(editor.add_menu, "Random")
    assert "none was added" in owner.errors[1]
    assert len(owner.changes) == 1


def test_a_clipboard_without_a_point_is_told(editor, owner):
    def refuse():
        raise ValueError("the clipboard holds no vector")

    owner.clipboard = refuse
    for menu in (editor.add_menu, editor.point_menu):
        choose(menu, "From the clipboard")
    assert owner.errors == ["the clipboard holds no vector"] * 2
    assert owner.changes == []


def test_the_insert_key_opens_the_menu_of_new_keys(editor, monkeypatch):
    opened = []
    monkeypatch.setattr(editor.add_menu, "tk_popup", lambda x, y: opened.append((x, y)))
    press(editor.strip, "Insert")
    assert len(opened) == 1


def test_a_card_is_dragged_to_another_place(editor, owner):
    x, y = middle(editor, 0)
    drag(editor.strip, (x, y), (x + 10, y), (x + 2 * STEP + 20, y))
    assert names(editor) == ["key 2", "key 3", "key 1"]
    assert editor.chosen == 2
    assert editor.point_button.cget("text") == "3: key 1"
    assert (owner.changes, owner.went) == ([editor.journey], [])


def test_shift_and_an_arrow_move_the_chosen_key(editor, owner):
    press(editor.strip, "Shift-Right")
    assert names(editor) == ["key 2", "key 1", "key 3"]
    assert editor.chosen == 1
    press(editor.strip, "Shift-Left", times=2)
    assert names(editor) == ["key 1", "key 2", "key 3"]
    assert len(owner.changes) == 2


def test_a_key_takes_its_time_along(editor):
    editor.set_journey(journey_of(3).replaced(0, seconds=9))
    editor.move(0, 1)
    assert [key.seconds for key in editor.journey.keys] == [2.0, 9.0, 2.0]
    assert editor.seconds_field.number == 9.0


# --- removing, and putting back -------------------------------------------------------------------


@pytest.mark.parametrize("how", ["button", "key", "menu"])
def test_the_chosen_key_is_removed_and_put_back(editor, owner, key_menu, how):
    before = editor.journey
    assert not editor.put_back_button.winfo_manager()
    editor.strip.set_cursor(1)
    {
        "button": editor.remove_button.invoke,
        "key": lambda: press(editor.strip, "Delete"),
        "menu": lambda: key_menu(1).invoke("Remove"),
    }[how]()
    assert names(editor) == ["key 1", "key 3"]
    assert editor.put_back_button.winfo_manager()
    assert editor.put_back_button.cget("text") == "↶ 2"
    assert "2, key 2" in editor._put_back_tooltip.cget("text")
    assert owner.notices == ["Removed key 2, key 2. The button ↶ puts it back."]
    editor.put_back_button.invoke()
    assert editor.journey == before
    assert editor.chosen == 1
    assert not editor.put_back_button.winfo_manager()
    assert len(owner.changes) == 2


def test_the_last_one_removed_comes_back_first(editor):
    editor.set_journey(journey_of(5))
    for _ in range(3):
        editor.remove(1)
    assert names(editor) == ["key 1", "key 5"]
    for _ in range(3):
        editor.put_back()
    assert editor.journey == journey_of(5)


def test_two_keys_remain(editor, owner):
    editor.remove(0)
    owner.changes.clear()
    editor.remove(0)
    assert owner.changes == []
    assert len(owner.errors) == 1
    assert "needs 2 keys" in owner.errors[0]
    assert names(editor) == ["key 2", "key 3"]


def test_what_was_removed_survives_other_edits_and_other_times(editor):
    editor.remove(1)
    editor.move(0, 1)
    editor.set_journey(editor.journey.with_total_seconds(10.0))
    editor.put_back()
    assert names(editor) == ["key 3", "key 2", "key 1"]


def test_what_was_removed_from_another_journey_is_not_offered(editor):
    editor.remove(1)
    editor.set_journey(journey_of(2))
    assert not editor.put_back_button.winfo_manager()
    editor.put_back()
    assert editor.journey == journey_of(2)


def test_nothing_is_put_back_into_a_full_journey(editor, owner):
    editor.set_journey(journey_of(MAX_KEYS))
    editor.remove(0)
    editor.add_points([("new", (0.0, 0.0))])
    editor.put_back()
    assert "at most 200" in owner.errors[0]
    editor.remove(MAX_KEYS - 1)
    editor.put_back()
    editor.remove(MAX_KEYS - 1)
    assert len(editor.journey.keys) == MAX_KEYS - 1  # nothing was lost on the way


# --- the menu of a key ----------------------------------------------------------------------------


def test_the_menu_is_about_the_key_that_was_pointed_at(editor, owner, key_menu):
    menu = key_menu(2)
    assert editor.chosen == 2
    assert labels(menu) == [
        *("Go there", "Add a key after it", "Move left", "Move right", "Remove")
    ]
    assert menu.entrycget("Move right", "state") == "disabled"
    menu.invoke("Go there")
    assert owner.went == [2]
    menu.invoke("Move left")
    assert names(editor) == ["key 1", "key 3", "key 2"]


def test_a_key_is_added_between_two_others(editor, key_menu):
    key_menu(0)
    choose(editor.insert_menu, "Current point")
    assert names(editor) == ["key 1", "current point", "key 2", "key 3"]
    assert editor.chosen == 1


def test_the_menu_key_opens_it_too(editor, monkeypatch):
    opened = []
    monkeypatch.setattr(editor.key_menu, "tk_popup", lambda x, y: opened.append((x, y)))
    press(editor.strip, "Menu")
    assert len(opened) == 1
    assert labels(editor.key_menu)
