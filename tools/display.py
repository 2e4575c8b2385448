"""A private screen (Xvfb) for tests, benchmarks and pictures, which leaves the person's own alone.

As a command, `python -m tools.display COMMAND [ARGUMENT ...]` runs another one on such a screen.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from typing import IO

START_TIMEOUT_S = 30.0  # Xvfb takes 0.2 s; a machine busy with training, several

XVFB_MISSING = """\
Xvfb, the virtual screen, is not installed. Install it:
    Debian, Ubuntu    apt-get install xvfb
    Fedora            dnf install xorg-x11-server-Xvfb
    Arch              pacman -S xorg-server-xvfb
    openSUSE          zypper install xorg-x11-server-Xvfb
or set LSE_TEST_DISPLAY=keep to use the screen you are looking at."""


class DisplayError(RuntimeError):
    """No screen can be provided; the message says what to install or to set."""


@contextlib.contextmanager
def virtual_display(width: int = 1400, height: int = 1000, dpi: int = 96) -> Iterator[str]:
    """Start a private X server, set DISPLAY to it, and yield its name, such as ":1".

    Windows and macOS draw without X, and LSE_TEST_DISPLAY=keep asks for the screen at hand: then
    nothing is started. width and height are in pixels.

    Raises DisplayError when the server is not installed or does not start.
    """
    if sys.platform in ("win32", "darwin") or os.environ.get("LSE_TEST_DISPLAY") == "keep":
        yield os.environ.get("DISPLAY", "")
        return
    if shutil.which("Xvfb") is None:
        raise DisplayError(XVFB_MISSING)

    # The server chooses a free number itself and writes it to a pipe once it accepts connections.
    read_end, write_end = os.pipe()
    complaints = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed below, with the server
    # A run that is killed cannot stop its server; the kernel does, where util-linux is at hand.
    dying_along = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
    server = subprocess.Popen(
        [
            *dying_along,
            *("Xvfb", "-displayfd", str(write_end), "-nolisten", "tcp"),
            *("-screen", "0", f"{width}x{height}x24", "-dpi", str(dpi)),
            "-noreset",  # without it the server restarts whenever its last window closes
        ],
        pass_fds=[write_end],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=complaints,
    )
    os.close(write_end)
    previous = os.environ.get("DISPLAY")
    try:
        name = f":{_display_number(read_end, complaints)}"
        os.environ["DISPLAY"] = name
        yield name
    finally:
        if previous is None:
            os.environ.pop("DISPLAY", None)
        else:
            os.environ["DISPLAY"] = previous
        os.close(read_end)
        server.terminate()
        server.wait()
        complaints.close()


def _display_number(pipe: int, complaints: IO[str]) -> int:
    ready, _, _ = select.select([pipe], [], [], START_TIMEOUT_S)
    number = os.read(pipe, 64).strip() if ready else b""  # empty: the server has ended
    if not number:
        complaints.seek(0)
        raise DisplayError(f"Xvfb did not start: {complaints.read().strip() or 'it said nothing'}")
    return int(number)


def main(command: list[str]) -> int:
    """Run the command on a private screen and return its exit status."""
    if not command:
        print("usage: python -m tools.display COMMAND [ARGUMENT ...]", file=sys.stderr)
        return 2
    try:
        with virtual_display():
            return subprocess.call(command)
    except (DisplayError, OSError) as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
