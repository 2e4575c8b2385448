"""The player: where it is after a while, and what it tells."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.movie import REPEATS
from explorer.player import Player, position_after


@given(st.floats(0, 1e6), st.sampled_from(list(REPEATS)))
def test_it_stays_on_the_path_and_only_once_has_an_end(travelled, repeat):
    position, more = position_after(travelled, repeat)
    assert 0.0 <= position <= 1.0
    assert more == (repeat != "once" or travelled < 1.0)


@pytest.mark.parametrize(
    ("repeat", "positions"),
    [
        ("once", [0.25, 1.0, 1.0, 1.0]),
        ("loop", [0.25, 0.25, 0.75, 0.25]),
        ("ping-pong", [0.25, 0.75, 0.25, 0.25]),
    ],
)
def test_it_ends_goes_round_or_comes_back(repeat, positions):
    reached = [position_after(travelled, repeat)[0] for travelled in (0.25, 1.25, 1.75, 2.25)]
    assert reached == pytest.approx(positions)


class Stepped:
    """A glide whose time the test turns."""

    def __init__(self) -> None:
        self.stopped = lambda: None

    def play(self, step, stopped) -> None:
        self.step, self.stopped = step, stopped

    def stop(self) -> None:
        self.stopped()


def test_it_goes_on_from_where_it_was_and_tells_when_it_stops():
    glide, positions, states = Stepped(), [], []
    player = Player(
        glide, on_position=positions.append, on_change=lambda: states.append(player.playing)
    )
    player.stop()  # it does not move: another's glide is left alone
    assert states == []
    player.play(0.5, 4.0, "once")
    assert glide.step(1.0)
    assert not glide.step(2.0)
    assert positions == [0.75, 1.0]
    player.stop()
    assert states == [True, False]
