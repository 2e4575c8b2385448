"""Brings the real window into a state worth a picture, and takes it.

python -m tools.scenes NAME light|dark FILE.png
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from explorer.journey import Journey, Key
from explorer.screenshot import save_screenshot
from explorer.shipped import MODELS
from explorer.theme import create_root
from explorer.widgets.drawing_canvas import DrawingCanvas
from explorer.window import MainWindow

ROOT = Path(__file__).resolve().parent.parent
SETTLE_S = 300.0  # the figures of four models take a minute
BOOKMARKS = (3, 8, 5, 6)  # presets that stand on the shelf
SEVEN = ((0.3, 0.27), (0.5, 0.25), (0.72, 0.26), (0.62, 0.45), (0.52, 0.62), (0.46, 0.8))
EARLY = 5  # of the training's snapshots
BAR = ((0.42, 0.52), (0.55, 0.5), (0.68, 0.5))


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


def keyframes(window: MainWindow) -> None:
    """A closed journey through four keys on the Morph page, its geodesic scrubbed."""
    fill_shelf(window)
    window.show_page("morph")
    page = window.pages["morph"]
    keys = [Key(mark.z, mark.name) for mark in window.state.bookmarks]
    page.apply_settings(
        page.settings()
        | {"journey": Journey(tuple(keys), closed=True).to_settings(), "path": "geodesic"}
    )
    settle(window)
    page.scrub.event_generate("<ButtonPress-1>", x=page.scrub.winfo_width() * 2 // 5, y=5)
    page.scrub.event_generate("<ButtonRelease-1>", x=page.scrub.winfo_width() * 2 // 5, y=5)


def thickness(window: MainWindow) -> None:
    """Thicker strokes on the Directions page, with the slant held."""
    fill_shelf(window)
    window.show_page("directions")
    window.state.set_z(window.model.presets[4])
    settle(window)
    page = window.pages["directions"]
    page.toggle_hold(("attributes", "slant"))
    keys = [course.key for course in page.walk.courses]
    slider = page.bank.sliders[keys.index(("attributes", "thickness"))]
    slider.focus_force()
    slider.event_generate("<Shift-Right>")
    slider.event_generate("<Shift-Right>")


def effects(window: MainWindow) -> None:
    """What every direction does, as a table."""
    fill_shelf(window)
    window.show_page("directions")
    window.pages["directions"].show_table()


def seven(window: MainWindow) -> None:
    """A 3 that was walked to a 7."""
    guided(window, 3, mode="walk", target=["class", 7])


def change(window: MainWindow) -> None:
    """The smallest change that makes a 4 a 9."""
    guided(window, 4, mode="change", target=["class", 9])


def noise(window: MainWindow) -> None:
    """Random points that were walked to an 8."""
    guided(window, 5, mode="noise", target=["class", 8])


def guided(window: MainWindow, start: int, **settings: object) -> None:
    """Go on the Guide page, from a preset."""
    fill_shelf(window)
    window.show_page("guide")
    window.state.set_z(window.model.presets[start])
    page = window.pages["guide"]
    page.apply_settings(page.settings() | settings)
    page.go_button.invoke()


def atlas(window: MainWindow) -> None:
    """The map of the classes, the point dragged on it."""
    fill_shelf(window)
    window.show_page("map")
    window.state.set_z(window.model.presets[9])


def typical_map(window: MainWindow) -> None:
    """Where it is typical, with the real digits as points, in a principal plane."""
    on_the_map(window, "principal", "classes", "typicality", "digits")


def magnified_map(window: MainWindow) -> None:
    """How fast the image changes, under the digits of a plane through three points."""
    on_the_map(window, "points", "tiles", "magnification")


def quantiles(window: MainWindow) -> None:
    """The whole prior in equally probable steps, as the papers show it."""
    on_the_map(window, "axes", "tiles", spacing="quantile")


def on_the_map(window: MainWindow, kind: str, *layers: str, spacing: str = "even") -> None:
    """Show a plane of a kind, with these layers."""
    fill_shelf(window)
    window.show_page("map")
    page = window.pages["map"]
    settings = page.settings()
    plane = {"kind": kind}
    view = settings["view"] | {"spacing": spacing}
    page.apply_settings(
        settings | {"plane": plane, "map": {"layers": list(layers), "tiles": 20}, "view": view}
    )
    page.fit()


def drawn(window: MainWindow) -> None:
    """A 7 drawn by hand, encoded."""
    fill_shelf(window)
    window.show_page("draw")
    settle(window)
    canvas = window.pages["draw"].canvas
    pen(window, canvas, SEVEN)
    pen(window, canvas, BAR)


def completions(window: MainWindow) -> None:
    """A real digit with its lower half hidden, and five ways it may go on."""
    on_the_sheet(window, 12, "completions")
    settle(window)
    window.pages["draw"].views["completions"].hide_menu.invoke("Lower half")


def refined(window: MainWindow) -> None:
    """A real digit before and after refinement."""
    on_the_sheet(window, 8, "refine")
    settle(window)
    window.pages["draw"].views["refine"].refine()


def edited(window: MainWindow) -> None:
    """A real digit that was made wider, in its own handwriting."""
    on_the_sheet(window, 4, "edit")
    settle(window)
    z = list(window.state.z)
    z[1] += 0.8
    window.state.set_z(z)


def on_the_sheet(window: MainWindow, index: int, view: str) -> None:
    """Take a real digit to the Draw page."""
    fill_shelf(window)
    window.show_page("draw")
    page = window.pages["draw"]
    page.view_buttons[view].invoke()
    page.take_real(index)


def pen(window: MainWindow, canvas: DrawingCanvas, stroke: Sequence[tuple[float, float]]) -> None:
    """Draw through places, in shares of the sheet."""
    width, height = canvas.winfo_width(), canvas.winfo_height()
    places = [(int(x * width), int(y * height)) for x, y in stroke]
    (x, y), *rest = places
    canvas.event_generate("<ButtonPress-1>", x=x, y=y)
    for x, y in rest:
        canvas.event_generate("<B1-Motion>", x=x, y=y)
        window.root.update()
    canvas.event_generate("<ButtonRelease-1>", x=x, y=y)


def look_at(window: MainWindow, page: str, view: str) -> None:
    """Bring one of a page's views to the front."""
    fill_shelf(window)
    window.show_page(page)
    window.pages[page].book.buttons[view].invoke()
    settle(window)


def prior_match(window: MainWindow) -> None:
    """How the encoded digits fill the space, beside what the prior says."""
    look_at(window, "statistics", "prior")


def confused(window: MainWindow) -> None:
    """Which digits are taken for which, in latent space."""
    look_at(window, "statistics", "classes")


def generated(window: MainWindow) -> None:
    """Real digits, samples and reconstructions beside one another."""
    look_at(window, "compare", "pictures")


def formed(window: MainWindow) -> None:
    """The space as it was early in the training."""
    look_at(window, "model", "history")
    window.pages["model"].book.views["history"].go_to(EARLY)


def layers(window: MainWindow) -> None:
    """What every layer of the decoder makes of the current point."""
    look_at(window, "model", "activations")


def covered(window: MainWindow) -> None:
    """The course of a GAN's training: the classes that it covers, and the game's losses."""
    window.open_weights(MODELS / "gan" / "decoder_weights.pt")
    settle(window)
    look_at(window, "model", "curves")


def ranked(window: MainWindow) -> None:
    """The figures of all models that come with the program."""
    look_at(window, "compare", "figures")
    window.pages["compare"].book.views["figures"].measure_button.invoke()


def tour(window: MainWindow) -> None:
    """What is seen at the first start."""
    window.show_tour()


SCENES: dict[str, Callable[[MainWindow], None]] = {
    scene.__name__: scene
    for scene in (
        *(influence, pixel, axes, dimension, tour),
        *(keyframes, thickness, effects, seven, change, noise),
        *(atlas, typical_map, magnified_map, quantiles),
        *(drawn, completions, refined, edited),
        *(prior_match, confused, generated, formed, layers),
        *(covered, ranked),
    )
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
