"""Measures for how long the window does not answer while it works in the background.

A timer of one millisecond runs in the real window's event loop while the window does something that
takes long. The longest time between two of its ticks is how long a click would have waited. An idle
window stands beside it, in the same run.

    python -m benchmarks.stalls [--weights FILE] [--rounds N]
"""

from __future__ import annotations

import argparse
import itertools
import os
import platform
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from benchmarks.view_actions import view_actions
from explorer import theme
from explorer.map_dialog import SaveOptions
from explorer.map_layers import LAYERS
from explorer.movie import FORMATS, MovieOptions, unavailable
from explorer.userdata import FOLDER_VARIABLE
from explorer.window import MainWindow

if TYPE_CHECKING:
    from explorer.journey import Journey

ROOT = Path(__file__).resolve().parent.parent
TICK_MS = 1
GRACE_S = 0.25  # after the work is done: its results are still being drawn
TIMEOUT_S = 180.0
FILE_NUMBERS = itertools.count()

Condition = Callable[[], bool]


class Heartbeat:
    """Ticks in the window's event loop, and remembers the times between."""

    def __init__(self, window: MainWindow) -> None:
        self._root = window.root
        self._last = time.perf_counter()
        self.gaps: list[float] = []  # seconds
        self._tick()

    def _tick(self) -> None:
        now = time.perf_counter()
        self.gaps.append(now - self._last)
        self._last = now
        self._timer = self._root.after(TICK_MS, self._tick)

    def stop(self) -> None:
        """Tick no more."""
        self._root.after_cancel(self._timer)


def wait_for(window: MainWindow, condition: Condition) -> None:
    """Run the event loop until the condition holds, and a little longer."""
    deadline = time.monotonic() + TIMEOUT_S
    grace: list[float] = []

    def look() -> None:
        now = time.monotonic()
        if now > deadline:
            window.root.quit()
        elif not condition():
            grace.clear()
            window.root.after(10, look)
        else:
            grace.append(now)
            if now - grace[0] > GRACE_S:
                window.root.quit()
            else:
                window.root.after(10, look)

    # After the action: what was asked for by it is not "settled" before it has begun.
    window.root.after(10, look)
    window.root.mainloop()
    if time.monotonic() > deadline:
        raise SystemExit(f"not done within {TIMEOUT_S:.0f} s: nothing was measured")


def measured(
    window: MainWindow, beat: Heartbeat, action: Callable[[], None], done: Condition
) -> tuple[float, float]:
    """The longest gap and the whole time, in seconds, from within the event loop."""
    beat.gaps.clear()
    started = time.perf_counter()
    window.root.after(1, action)
    wait_for(window, done)
    return max(beat.gaps), time.perf_counter() - started - GRACE_S


def new_journey(window: MainWindow, rng: np.random.Generator, keys: int) -> Journey:
    """A journey between random points, of which no path is known yet."""
    journey = window.pages["morph"].journey
    for _ in range(keys - len(journey.keys)):
        journey = journey.added(journey.keys[-1])
    for index in range(keys):
        point = tuple(window.model.random_point(rng))
        journey = journey.replaced(index, z=point)
    return journey


def actions(
    window: MainWindow, folder: Path
) -> Iterator[tuple[str, Callable[[], None], Condition]]:
    """What is measured: its name, how it is asked for, when it is done."""
    rng = np.random.default_rng(0)

    def settled() -> bool:
        return window.settled

    yield "nothing, for a second", lambda: None, lasting(1.0)

    morph = window.pages["morph"]

    def travel(keys: int, steps: int) -> None:
        window.show_page("morph")
        settings = morph.settings() | {
            "journey": new_journey(window, rng, keys).to_settings(),
            "steps": steps,
        }
        morph.apply_settings(settings)

    yield "Morph: geodesic between two keys, 16 steps", lambda: travel(2, 16), settled
    yield "Morph: five geodesics, 200 steps", lambda: travel(6, 200), settled
    for kind in FORMATS:
        if kind not in unavailable():
            options = MovieOptions(format=kind, labels=True)
            yield f"Morph: export as {kind}", exporting(window, folder, options), settled

    arithmetic = window.pages["arithmetic"]

    def calculate() -> None:
        window.show_page("arithmetic")
        arithmetic.terms[0].choose(window.model.random_point(rng), "random")

    yield "Arithmetic: another term", calculate, settled

    directions = window.pages["directions"]
    yield (
        "Directions: first look, effects measured",
        lambda: (window.show_page("directions"), directions.show_table()),
        settled,
    )
    yield "Directions: 45 pairs of classes", directions.pairs_button.invoke, settled

    guide = window.pages["guide"]

    def guided(**settings: object) -> Callable[[], None]:
        def go() -> None:
            window.show_page("guide")
            window.state.set_z(window.model.random_point(rng))
            guide.apply_settings(guide.settings() | settings)
            guide.go()

        return go

    yield "Guide: this point to a 7", guided(mode="walk", target=["class", 7]), settled
    for space in ("latent", "pixels"):
        ask = guided(mode="change", target=["class", 3], change={"space": space})
        yield f"Guide: smallest change, {space}", ask, settled
    noise = guided(mode="noise", target=["class", 2], noise={"count": 12})
    yield "Guide: from noise", noise, settled
    yield "Guide: thicker", guided(mode="walk", target=["attribute", 1]), settled
    yield from map_actions(window, rng, folder)
    yield from draw_actions(window)
    yield from view_actions(window, rng, folder)


def map_actions(
    window: MainWindow, rng: np.random.Generator, folder: Path
) -> Iterator[tuple[str, Callable[[], None], Condition]]:
    """What is measured of the Map page."""
    page = window.pages["map"]

    def settled() -> bool:
        return window.settled

    def shown(kind: str, layers: Sequence[str], tiles: int = 20) -> Callable[[], None]:
        def show() -> None:
            window.show_page("map")
            asked = {"plane": {"kind": kind}, "map": {"layers": list(layers), "tiles": tiles}}
            page.apply_settings(page.settings() | asked)

        return show

    def wander() -> None:
        """Leave the plane in twenty steps, as a slider does that is dragged."""
        for index in range(20):
            z = window.model.random_point(rng)
            window.root.after(20 * index, window.state.set_z, z)

    def save() -> None:
        theme.ask_save_path = lambda *_: folder / "map.png"
        page.saving.save(SaveOptions(width=4000, layers=frozenset(LAYERS)))

    yield "Map: first look, tiles and classes", shown("classes", ("tiles", "classes")), settled
    yield "Map: another plane, all layers", shown("principal", LAYERS, 40), settled
    yield "Map: twenty steps off the plane, all layers", wander, settled
    yield "Map: saved 4000 pixels wide, all layers", save, settled


def draw_actions(window: MainWindow) -> Iterator[tuple[str, Callable[[], None], Condition]]:
    """What is measured of the Draw page."""
    page = window.pages["draw"]

    def settled() -> bool:
        return window.settled

    def taken(index: int, view: str) -> Callable[[], None]:
        def take() -> None:
            window.show_page("draw")
            page.view_buttons[view].invoke()
            page.take_real(index)

        return take

    yield "Draw: a real digit", taken(0, "reconstruction"), settled
    yield "Draw: nearest real digits", taken(1, "neighbours"), settled
    page.views["completions"].apply_settings({"unknown": "undrawn"})
    yield "Draw: first completions, 20,000 samples", taken(2, "completions"), settled
    yield "Draw: completions of another digit", taken(3, "completions"), settled

    def refine() -> None:
        page.view_buttons["refine"].invoke()
        page.views["refine"].refine()

    yield "Draw: refined", refine, settled


def exporting(window: MainWindow, folder: Path, options: MovieOptions) -> Callable[[], None]:
    """Export the journey that is shown, to a file of its own, without asking a person."""

    def export() -> None:
        number = next(FILE_NUMBERS)
        theme.ask_save_path = lambda *_: folder / options.kind.file_name(f"morph{number}")
        window.pages["morph"].export(options)

    return export


def lasting(seconds: float) -> Condition:
    """A condition that holds so many seconds after it was first asked."""
    began: list[float] = []

    def over() -> bool:
        began.append(time.monotonic())
        return began[-1] - began[0] >= seconds

    return over


def report(name: str, pairs: Sequence[tuple[float, float]]) -> None:
    """Print the longest gap of all rounds, and the median of the whole times."""
    longest = max(gap for gap, _ in pairs)
    whole = float(np.median([seconds for _, seconds in pairs]))
    print(f"{name:48s} longest wait {1000 * longest:6.1f} ms   in all {whole:6.2f} s", flush=True)


def one_round(weights: Path) -> list[tuple[str, tuple[float, float]]]:
    """Play every action in a window of its own: some of the work is done once and then known.

    What it keeps for a person goes into an empty folder, so that nothing is known from before.
    """
    with tempfile.TemporaryDirectory() as person:
        os.environ[FOLDER_VARIABLE] = person
        return _played(weights)


def _played(weights: Path) -> list[tuple[str, tuple[float, float]]]:
    window = MainWindow(theme.create_root("stalls"), weights, alone=True)
    beat = Heartbeat(window)
    wait_for(window, lambda: window.settled)
    with tempfile.TemporaryDirectory() as folder:
        found = [
            (name, measured(window, beat, action, done))
            for name, action, done in actions(window, Path(folder))
        ]
    beat.stop()
    window.close()
    return found


def main() -> None:
    """Play every action in a real window, several times, and print what was seen."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stalls", description=__doc__)
    parser.add_argument("--weights", type=Path, default=ROOT / "decoder_weights.pt")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print(f"{platform.machine()}, Python {platform.python_version()}, torch {torch.__version__}")
    seen: dict[str, list[tuple[float, float]]] = {}
    for _ in range(options.rounds):
        for name, pair in one_round(options.weights):
            seen.setdefault(name, []).append(pair)
    for name, pairs in seen.items():
        report(name, pairs)


if __name__ == "__main__":
    main()
