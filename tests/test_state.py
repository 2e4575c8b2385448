"""The explored point: what changes it, who is told, and what undo brings back."""

from __future__ import annotations

import math

import hypothesis.strategies as st
import pytest
from hypothesis import given

from explorer.state import HISTORY_LENGTH, Bookmark, ExplorerState

FINITE = st.floats(-1e6, 1e6)


@pytest.fixture
def state() -> ExplorerState:
    return ExplorerState(3)


def everything(state: ExplorerState) -> tuple:
    return state.z, state.locks, state.bookmarks


def test_it_starts_at_the_origin_with_nothing_to_undo(state):
    assert state.z == (0.0, 0.0, 0.0)
    assert (state.latent_dim, state.locks, state.bookmarks) == (3, frozenset(), ())
    assert not state.can_undo
    assert not state.can_redo
    assert not state.undo()
    assert not state.redo()


def test_a_change_tells_every_subscriber_once(state):
    seen = []
    state.subscribe(lambda state: seen.append(("first", state.z)))
    state.subscribe(lambda state: seen.append(("second", state.z)))
    state.set_z([1, 2, 3])
    assert seen == [("first", (1.0, 2.0, 3.0)), ("second", (1.0, 2.0, 3.0))]


def test_a_change_that_changes_nothing_tells_nobody_and_is_no_entry(state):
    state.set_z([1, 2, 3])
    seen = []
    state.subscribe(seen.append)
    state.set_z([1, 2, 3])
    state.set_value(0, 1.0)
    state.set_value(0, 1.0 + 1e-9)  # below what is kept
    state.set_lock(1, False)
    state.set_bookmarks([])
    assert seen == []
    state.undo()
    assert not state.can_undo


def test_an_unsubscribed_callback_is_not_called_again(state):
    seen = []
    unsubscribe = state.subscribe(seen.append)
    unsubscribe()
    unsubscribe()  # twice is harmless
    state.set_value(0, 1.0)
    assert seen == []


def test_a_subscriber_may_unsubscribe_while_it_is_told(state):
    seen = []

    def once(state: ExplorerState) -> None:
        seen.append("once")
        unsubscribe()

    unsubscribe = state.subscribe(once)
    state.subscribe(lambda state: seen.append("always"))
    state.set_value(0, 1.0)
    state.set_value(0, 2.0)
    assert seen == ["once", "always", "always"]


def test_a_lock_holds_against_everything_but_its_own_slider(state):
    state.set_z([1, 2, 3])
    state.set_lock(1, True)
    state.set_z([9, 9, 9])
    assert state.z == (9.0, 2.0, 9.0)
    state.set_value(1, 5.0)
    assert state.z == (9.0, 5.0, 9.0)
    state.set_lock(1, False)
    state.set_z([0, 0, 0])
    assert state.z == (0.0, 0.0, 0.0)


def test_a_gesture_is_one_entry(state):
    state.begin()
    for step in range(1, 50):
        state.set_value(0, step / 10)
    state.end()
    assert state.undo()
    assert state.z == (0.0, 0.0, 0.0)
    assert not state.can_undo
    assert state.redo()
    assert state.z == (4.9, 0.0, 0.0)


def test_a_gesture_that_comes_back_is_no_entry(state):
    state.begin()
    state.set_value(0, 1.0)
    state.set_value(0, 0.0)
    state.end()
    assert not state.can_undo


def test_a_gesture_is_ended_by_its_number_only(state):
    first = state.begin()
    state.set_value(0, 1.0)
    second = state.begin()
    assert second != first
    state.set_value(0, 2.0)
    state.end(first)  # too late: the second is open now
    state.set_value(0, 3.0)
    assert state.open_gesture == second
    state.end(second)
    assert state.open_gesture is None
    state.undo()
    assert state.z[0] == 1.0


def test_a_reopened_entry_goes_on_as_one(state):
    state.set_value(0, 1.0)
    state.set_value(0, 2.0)
    state.reopen()
    state.set_value(0, 3.0)
    state.end()
    state.undo()
    assert state.z[0] == 1.0


def test_undo_within_a_gesture_takes_back_the_gesture(state):
    state.set_value(1, 1.0)
    state.begin()
    state.set_value(0, 1.0)
    assert state.can_undo
    assert state.undo()
    assert state.z == (0.0, 1.0, 0.0)
    state.end()  # the release of the mouse that comes afterwards
    state.undo()
    assert state.z == (0.0, 0.0, 0.0)


def test_a_new_gesture_ends_the_one_that_is_open(state):
    state.begin()
    state.set_value(0, 1.0)
    state.begin()
    state.set_value(0, 2.0)
    state.end()
    state.undo()
    assert state.z[0] == 1.0
    state.undo()
    assert state.z[0] == 0.0


def test_the_end_of_a_gesture_tells_that_there_is_something_to_undo(state):
    state.begin()
    state.set_value(0, 1.0)
    told = []
    state.subscribe(lambda state: told.append(state.can_undo))
    state.end()
    assert told == [True]


def test_undo_restores_locks_and_bookmarks_too(state):
    state.set_z([1, 1, 1])
    state.set_lock(2, True)
    mark = state.add_bookmark("one")
    assert state.bookmarks == (mark,) == (Bookmark("one", (1.0, 1.0, 1.0)),)
    state.undo()
    assert (state.locks, state.bookmarks) == (frozenset({2}), ())
    state.undo()
    assert (state.locks, state.z) == (frozenset(), (1.0, 1.0, 1.0))
    state.redo()
    state.redo()
    assert (state.locks, state.bookmarks) == (frozenset({2}), (mark,))


def test_a_new_change_forgets_what_was_undone(state):
    state.set_value(0, 1.0)
    state.undo()
    state.set_value(1, 1.0)
    assert not state.can_redo
    assert not state.redo()


def test_the_history_is_bounded(state):
    for step in range(1, HISTORY_LENGTH + 50):
        state.set_value(0, float(step))
    undone = 0
    while state.undo():
        undone += 1
    assert undone == HISTORY_LENGTH
    assert state.z[0] == 49.0  # what came before has been forgotten


@pytest.mark.parametrize("bad", [[1, 2], [1, 2, 3, 4], [1, 2, math.nan], [1, math.inf, 3], []])
def test_what_is_no_point_is_refused_and_changes_nothing(state, bad):
    state.set_z([1, 2, 3])
    before = everything(state)
    with pytest.raises(ValueError, match=r"finite|dimensions"):
        state.set_z(bad)
    with pytest.raises(ValueError, match=r"finite|dimensions"):
        state.set_bookmarks([Bookmark("bad", tuple(bad))])
    with pytest.raises(ValueError, match=r"finite|dimensions"):
        state.restore(bad, (), ())
    assert everything(state) == before


def test_a_value_that_is_not_finite_is_refused(state):
    with pytest.raises(ValueError, match="finite"):
        state.set_value(0, math.nan)
    assert state.z == (0.0, 0.0, 0.0)
    assert not state.can_undo


@pytest.mark.parametrize("index", [-1, 3])
def test_a_dimension_that_does_not_exist_cant_be_locked_or_moved(state, index):
    with pytest.raises(ValueError, match="dimension"):
        state.set_lock(index, True)
    with pytest.raises(ValueError, match="locked"):
        state.restore([0, 0, 0], [index], [])
    assert state.locks == frozenset()


def test_minus_zero_is_zero(state):
    state.set_z([-0.0, -1e-9, 0.0])
    assert [math.copysign(1, value) for value in state.z] == [1, 1, 1]


def test_a_restored_session_is_one_entry(state):
    state.set_z([1, 2, 3])
    before = everything(state)
    marks = [Bookmark("a", (1.0, 0.0, 0.0)), Bookmark("b", (0.0, 1.0, 0.0))]
    state.restore([4, 5, 6], [0, 2], marks)
    assert everything(state) == ((4.0, 5.0, 6.0), frozenset({0, 2}), tuple(marks))
    state.undo()
    assert everything(state) == before


def test_another_model_starts_anew(state):
    state.set_z([1, 2, 3])
    state.add_bookmark("old")
    told = []
    state.subscribe(told.append)
    state.reset_model(5)
    assert everything(state) == ((0.0,) * 5, frozenset(), ())
    assert not state.can_undo
    assert told == [state]


def test_another_model_of_the_same_size_can_keep_the_point(state):
    state.set_z([1, 2, 3])
    state.add_bookmark("old")
    state.reset_model(3, keep_point=True)
    assert (state.z, state.bookmarks, state.can_undo) == ((1.0, 2.0, 3.0), (), False)
    state.reset_model(2, keep_point=True)
    assert state.z == (0.0, 0.0)


@pytest.mark.parametrize("keep_point", [False, True])
def test_a_model_brings_what_was_kept_for_it(keep_point):
    state = ExplorerState(3)
    state.set_z([1, 2, 3])
    told = []
    state.subscribe(lambda state: told.append(state.bookmarks))
    kept = [Bookmark("kept", (0.5, 0.0, 0.0))]
    state.reset_model(3, keep_point, bookmarks=kept)
    assert told == [tuple(kept)]  # at once: nobody sees the shelf empty in between
    assert state.z == ((1.0, 2.0, 3.0) if keep_point else (0.0, 0.0, 0.0))
    assert not state.can_undo


CHANGES = st.one_of(
    st.tuples(st.just("set_z"), st.tuples(FINITE, FINITE, FINITE)),
    st.tuples(st.just("set_value"), st.tuples(st.integers(0, 2), FINITE)),
    st.tuples(st.just("set_lock"), st.tuples(st.integers(0, 2), st.booleans())),
    st.tuples(st.just("add_bookmark"), st.text(max_size=3)),
    st.tuples(st.just("begin"), st.none()),
    st.tuples(st.just("end"), st.none()),
)


@given(st.lists(CHANGES, max_size=30))
def test_undoing_all_and_redoing_all_ends_where_it_began(changes):
    state = ExplorerState(3)
    for name, arguments in changes:
        match name:
            case "set_z" | "add_bookmark":
                getattr(state, name)(arguments)
            case "set_value" | "set_lock":
                getattr(state, name)(*arguments)
            case _:
                getattr(state, name)()
    end = everything(state)
    while state.undo():
        pass
    assert everything(state) == ((0.0, 0.0, 0.0), frozenset(), ())
    while state.redo():
        pass
    assert everything(state) == end
