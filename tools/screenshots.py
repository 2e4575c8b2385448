"""Takes the pictures of the window in assets/screenshots/: every page, light and dark.

Each picture is of the real program, started as a person starts it, on a private screen.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

from gui import PAGES
from tools.display import DisplayError, virtual_display

ROOT = Path(__file__).resolve().parent.parent
THEMES = ("light", "dark")
TIMEOUT_S = 120  # a picture takes about three seconds


def size(text: str) -> tuple[int, int]:
    """Read "1280x800"."""
    match = re.fullmatch(r"(\d+)x(\d+)", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a size like 1280x800")
    return int(match[1]), int(match[2])


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.screenshots", description=__doc__)
    parser.add_argument("--pages", nargs="+", default=PAGES, metavar="NAME")
    parser.add_argument("--themes", nargs="+", default=THEMES, choices=THEMES)
    parser.add_argument(
        "--screen", type=size, default=(1400, 1000), metavar="WxH", help="size of the screen"
    )
    parser.add_argument("--dpi", type=int, default=96, help="192 is a screen of double density")
    parser.add_argument("--out", type=Path, default=ROOT / "assets" / "screenshots", metavar="DIR")
    return parser.parse_args()


def take(page: str, theme: str, picture: Path) -> None:
    """Start the program on one page, and let it write the picture of its window."""
    subprocess.run(
        [
            *(sys.executable, ROOT / "gui.py", "--screenshot", picture.resolve()),
            *("--page", page, "--theme", theme),
        ],
        cwd=ROOT,
        check=True,
        timeout=TIMEOUT_S,
    )
    print(picture)


def main() -> int:
    """Take them all; the exit status says whether every one succeeded."""
    options = arguments()
    options.out.mkdir(parents=True, exist_ok=True)
    try:
        with virtual_display(*options.screen, options.dpi):
            for page in options.pages:
                for theme in options.themes:
                    take(page, theme, options.out / f"{page.lower()}-{theme}.png")
    except (DisplayError, subprocess.SubprocessError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
