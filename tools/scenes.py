"""Brings the real window into a state worth a picture, and takes it.

python -m tools.scenes NAME light|dark FILE.png
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

from explorer.screenshot import save_screenshot
from explorer.theme import create_root
from explorer.window import MainWindow

ROOT = Path(__file__).resolve().parent.parent
SETTLE_S = 60.0
BOOKMARKS = (3, 8, 5, 6)  # presets that stand on the shelf


def settle(window: MainWindow) -> None:
    """Let the window load and draw everything."""
    deadline = time.monotonic() + SETTLE_S
    while not window.settled:
        window.root.update()
        if time.monotonic() > deadline:
            raise SystemExit(f"the window did not settle within {SETTLE_S:.0f} s")
    window.root.update()


def fill_shelf(window: MainWindow) -> None:
    """A few bookmarks; the last one is the current point."""
    for preset in BOOKMARKS:
        window.state.set_z(window.model.presets[preset])
        window.bookmark()
    window.notify("")


def influence(window: MainWindow) -> None:
    """The pointer rests on a slider."""
    fill_shelf(window)
    window.state.set_z(window.model.presets[2])
    window.sliders.sliders[4].event_generate("<Enter>", x=9, y=9)


def pixel(window: MainWindow) -> None:
    """The pointer rests on a pixel of the digit, beside the Sweep page."""
    fill_shelf(window)
    window.show_page("sweep")
    window.state.set_z(window.model.presets[9])
    settle(window)
    left, top, right, bottom = window.digit.box_of((16, 13))
    window.digit.event_generate("<Motion>", x=int(left + right) // 2, y=int(top + bottom) // 2)


def axes(window: MainWindow) -> None:
    """Local axes with one dimension locked."""
    fill_shelf(window)
    window.show_page("sweep")
    window.state.set_z(window.model.presets[5])
    window.state.set_lock(0, True)
    window.set_local_axes(True)
    window.sliders.sliders[0].event_generate("<Enter>", x=9, y=9)


def dimension(window: MainWindow) -> None:
    """One dimension large on the Sweep page."""
    fill_shelf(window)
    window.show_page("sweep")
    window.state.set_z(window.model.presets[4])
    settle(window)
    window.pages["sweep"].enlarge(3)


def tour(window: MainWindow) -> None:
    """What is seen at the first start."""
    window.show_tour()


SCENES: dict[str, Callable[[MainWindow], None]] = {
    scene.__name__: scene for scene in (influence, pixel, axes, dimension, tour)
}


def main() -> None:
    """Open the window, play one scene, save the picture."""
    parser = argparse.ArgumentParser(prog="python -m tools.scenes", description=__doc__)
    parser.add_argument("scene", choices=SCENES)
    parser.add_argument("theme", choices=("light", "dark"))
    parser.add_argument("picture", type=Path)
    options = parser.parse_args()
    window = MainWindow(
        create_root("Latent Space Explorer", options.theme), ROOT / "decoder_weights.pt"
    )
    settle(window)
    SCENES[options.scene](window)
    settle(window)
    save_screenshot(window.root, options.picture)
    window.close()


if __name__ == "__main__":
    main()
