"""The player: it moves a position along a path in time, once, in a loop, or there and back."""

from __future__ import annotations

from collections.abc import Callable

from explorer.glide import Glide


class Player:
    """Plays a path by the window's glide, which any other action on the point stops.

    on_position(position): where it is now, 0 to 1. on_change(): it has begun or stopped.
    """

    def __init__(
        self,
        glide: Glide,
        *,
        on_position: Callable[[float], None],
        on_change: Callable[[], None],
    ) -> None:
        self._glide = glide
        self._on_position = on_position
        self._on_change = on_change
        self._playing = False

    @property
    def playing(self) -> bool:
        """Whether it moves."""
        return self._playing

    def play(self, start: float, seconds: float, repeat: str) -> None:
        """Begin at a position. seconds: of one way; repeat: one of `explorer.movie.REPEATS`."""

        def step(elapsed: float) -> bool:
            position, more = position_after(start + elapsed / seconds, repeat)
            self._on_position(position)
            return more

        self._playing = True
        self._on_change()
        self._glide.play(step, stopped=self._stopped)

    def stop(self) -> None:
        """Stay where it is; nothing if it does not move."""
        if self._playing:
            self._glide.stop()

    def _stopped(self) -> None:
        self._playing = False
        self._on_change()


def position_after(travelled: float, repeat: str) -> tuple[float, bool]:
    """Where a player is after so many path lengths, and whether it goes on."""
    if repeat == "loop":
        return travelled % 1.0, True
    if repeat == "ping-pong":
        phase = travelled % 2.0
        return (phase if phase <= 1 else 2.0 - phase), True
    return min(1.0, travelled), travelled < 1.0
