"""How a training is interrupted: by Ctrl-C or a request to terminate, once and then not at once."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator


class Interruptions:
    """Within the block a request to terminate is answered as Ctrl-C is, by KeyboardInterrupt; on
    Windows so is Ctrl-Break. To be used on the main thread, as signals are answered there.

    ignored: whether further ones are. Whoever has caught the first sets it, by an assignment: a
    call, even to a method of this class, is where the next one may come through. People press
    Ctrl-C twice, and systems that shut down repeat themselves.
    """

    def __init__(self) -> None:
        self.ignored = False
        self._before: dict[int, object] = {}

    def __enter__(self) -> Interruptions:
        for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
            number = getattr(signal, name, None)
            # Ctrl-C is not meant for a program that was started in the background of a script.
            if number is None or (name == "SIGINT" and signal.getsignal(number) == signal.SIG_IGN):
                continue
            self._before[number] = signal.signal(number, self._interrupt)
        return self

    def __exit__(self, *_: object) -> None:
        self.ignored = False
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @contextlib.contextmanager
    def cutting_short(self) -> Iterator[None]:
        """A block that a further one may end, without an error: nothing in it is needed."""
        with contextlib.suppress(KeyboardInterrupt):
            self.ignored = False
            try:
                yield
            finally:
                self.ignored = True

    def _interrupt(self, number: int, frame: object) -> None:
        if not self.ignored:
            raise KeyboardInterrupt
