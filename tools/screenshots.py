"""Takes the pictures of the window in assets/screenshots/, those that the README shows.

Each picture is of the real program on a private screen, with an empty folder for what it keeps of
a person. Pages are shown as they are after the start; what scenes show is told in tools/scenes.py.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from explorer.page_names import PAGES
from explorer.userdata import FOLDER_VARIABLE
from tools.display import DisplayError, virtual_display
from tools.scenes import SCENES

ROOT = Path(__file__).resolve().parent.parent
THEMES = ("light", "dark")
TIMEOUT_S = 120  # a picture takes about three seconds


def size(text: str) -> tuple[int, int]:
    """Read "1280x800"."""
    match = re.fullmatch(r"(\d+)x(\d+)", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a size like 1280x800")
    return int(match[1]), int(match[2])


def shown_in_readme() -> list[str]:
    """The names of the pictures that the README shows, such as `atlas-light`."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return re.findall(r"\(assets/screenshots/(\w+-(?:light|dark))\.png\)", text)


def all_pictures() -> list[str]:
    """The names of the pictures of every page and scene in both themes."""
    return [f"{what}-{theme}" for what in (*PAGES, *SCENES) for theme in THEMES]


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.screenshots", description=__doc__)
    parser.add_argument(
        "pictures", nargs="*", metavar="NAME", help="such as atlas-light; else those of the README"
    )
    parser.add_argument("--all", action="store_true", help="every page and scene in both themes")
    parser.add_argument(
        "--screen", type=size, default=(1400, 1000), metavar="WxH", help="size of the screen"
    )
    parser.add_argument("--dpi", type=int, default=96, help="192 is a screen of double density")
    parser.add_argument("--out", type=Path, default=ROOT / "assets" / "screenshots", metavar="DIR")
    options = parser.parse_args()
    if options.all:
        options.pictures = all_pictures()
    unknown = sorted(set(options.pictures) - set(all_pictures()))
    if unknown:
        parser.error(f"there is no picture {', '.join(unknown)}: see tools/scenes.py")
    return options


def of_page(page: str, theme: str, picture: Path) -> list[str | Path]:
    """The command that takes the picture of a page."""
    program = sys.executable, ROOT / "gui.py", "--screenshot", picture
    return [*program, "--page", page, "--theme", theme]


def of_scene(scene: str, theme: str, picture: Path) -> list[str | Path]:
    """The command that takes the picture of a scene."""
    return [sys.executable, "-m", "tools.scenes", scene, theme, picture]


def take(command: list[str | Path], picture: Path) -> None:
    """Run the program that writes a picture."""
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {FOLDER_VARIABLE: folder}
        subprocess.run(command, cwd=ROOT, check=True, timeout=TIMEOUT_S, env=environment)
    print(picture)


def main() -> int:
    """Take them all; the exit status says whether every one succeeded."""
    options = arguments()
    options.out.mkdir(parents=True, exist_ok=True)
    out = options.out.resolve()
    try:
        with virtual_display(*options.screen, options.dpi):
            for name in options.pictures or shown_in_readme():
                what, theme = name.rsplit("-", 1)
                picture = out / f"{name}.png"
                command = of_page if what in PAGES else of_scene
                take(command(what, theme, picture), picture)
    except (DisplayError, subprocess.SubprocessError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
