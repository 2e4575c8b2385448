"""Open the Latent Space Explorer: arguments, the window, the main loop."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from explorer.page_names import PAGES

DEFAULT_WEIGHTS = Path(__file__).resolve().parent / "decoder_weights.pt"
SETTLE_INTERVAL_MS = 50  # how often --screenshot looks whether everything is drawn


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="gui.py", description="Explore the latent space of a generative model by hand."
    )
    parser.add_argument("--weights", type=Path, metavar="FILE", help="decoder weights to open")
    parser.add_argument("--session", type=Path, metavar="FILE", help="saved session to open")
    parser.add_argument(
        "--page", type=str.lower, choices=PAGES, default=PAGES[0], help="page to show first"
    )
    parser.add_argument("--theme", choices=("light", "dark"), default="light", help="look")
    parser.add_argument(
        "--scaling", type=_scaling, metavar="X", help="size of everything; 1 is 96 dpi, 2 is twice"
    )
    parser.add_argument(
        "--screenshot", type=Path, metavar="FILE.png", help="save a picture of the window and exit"
    )
    return parser.parse_args(argv)


def _scaling(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.5 <= value <= 4.0:
        raise argparse.ArgumentTypeError(f"must be a number from 0.5 to 4, not {text!r}")
    return value


def main(argv: list[str] | None = None) -> int:
    """Run the program; returns the exit status."""
    arguments = parse_arguments(argv)
    try:
        import tkinter as tk
    except ImportError:
        return _fail(
            "this Python has no tkinter. On Debian and Ubuntu: apt install python3-tk; on Fedora: "
            "dnf install python3-tkinter; with Homebrew: brew install python-tk."
        )
    try:
        from explorer.session import SessionError, load_session
        from explorer.theme import create_root
        from explorer.window import MainWindow
    except ModuleNotFoundError as error:
        return _fail(
            f"the package {error.name} is missing. Use `make run`, or install the requirements: "
            "python -m pip install -r requirements.txt"
        )
    try:
        session = None if arguments.session is None else load_session(arguments.session)
    except SessionError as error:
        return _fail(str(error))
    try:
        root = create_root("Latent Space Explorer", arguments.theme, arguments.scaling)
    except tk.TclError as error:
        return _fail(
            f"no window can be opened here ({error}). Start it in a graphical session, or on a "
            "virtual screen: xvfb-run -a python gui.py --screenshot window.png"
        )
    failures: list[str] = []

    def stop(message: str) -> None:
        failures.append(message)
        window.close()

    # Weights that were named on the command line are a matter for the command line.
    named = arguments.weights is not None or arguments.screenshot is not None
    window = MainWindow(
        root,
        arguments.weights or DEFAULT_WEIGHTS,
        page=arguments.page,
        session_to_open=session,
        on_load_failed=stop if named else None,
        welcome=arguments.screenshot is None,
        alone=True,
    )
    if arguments.screenshot is not None:
        _photograph_when_settled(window, arguments.screenshot, stop)
    root.mainloop()
    return _fail(failures[0]) if failures else 0


def _photograph_when_settled(window, path: Path, failed) -> None:
    from explorer.screenshot import ScreenshotError, save_screenshot

    def look() -> None:
        if not window.settled:
            window.root.after(SETTLE_INTERVAL_MS, look)
            return
        try:
            save_screenshot(window.root, path)
        except ScreenshotError as error:
            failed(str(error))
        else:
            window.close()

    window.root.after(SETTLE_INTERVAL_MS, look)


def _fail(message: str) -> int:
    print(f"gui.py: error: {message}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
