"""Measures the window: events of its sliders, a frame of a morph, and the time to start.

A slider event is a real motion event on a track, everything that follows from it, and a round trip
to the X server, so that what was drawn has arrived there. It is measured with filmstrips, gauges
and the influence of the slider in colour, and without them. Beside it stands the plainest Tk app
for the same job, in the same run: ttk.Scale, the unfolded torch decoder, and a new PhotoImage an
event.

    python -m benchmarks.window [--weights FILE] [--events N] [--starts N]
"""

from __future__ import annotations

import argparse
import itertools
import math
import platform
import statistics
import subprocess
import sys
import time
import tkinter as tk
from collections.abc import Callable, Sequence
from pathlib import Path
from tkinter import ttk

import numpy as np
import torch
from PIL import Image, ImageTk

from explorer.theme import create_root
from explorer.widgets.drawing_canvas import DrawingCanvas
from explorer.widgets.latent_slider import LatentSlider
from explorer.window import MainWindow
from vae.weights import load_decoder

ROOT = Path(__file__).resolve().parent.parent
WARM_UP = 50  # events before the clock: caches, fonts, first layouts
SETTLE_S = 60.0
STROKES = 40  # whose completions are waited for
PRESS_TIMES = itertools.count(10_000, 10_000)  # ms: two presses close in time are a double click

# Run in fresh interpreters. The clock is the wall's, so that it counts from before the process.
IMPORT_TORCH = "import torch, time; print(time.time())"
START = """
import sys, time
from pathlib import Path
from explorer.theme import create_root
from explorer.window import MainWindow
root = create_root("start")
window = MainWindow(root, Path(sys.argv[1]), alone=True)
def look(condition, then):
    # Not a loop of update(): that would keep the worker, which imports torch, from running.
    if condition():
        root.winfo_pointerxy()
        print(time.time())
        then()
    else:
        root.after(5, look, condition, then)
look(root.winfo_viewable, lambda: look(lambda: window.digit.showing, root.quit))
root.mainloop()
window.close()
"""


def round_trip(root: tk.Misc) -> None:
    """Let Tk work until it has nothing left to do, and the X server has done it."""
    root.update()
    root.winfo_pointerxy()


def durations_of(action: Callable[[int], None], count: int) -> list[float]:
    """Durations of `action(i)`, in seconds, after a warm-up."""
    durations = []
    for index in range(WARM_UP + count):
        started = time.perf_counter()
        action(index)
        durations.append(time.perf_counter() - started)
    return durations[WARM_UP:]


def report(name: str, seconds: Sequence[float], plain: Sequence[float] | None = None) -> None:
    """Print median and 95th percentile, and how many times the plain app takes."""
    cuts = statistics.quantiles(seconds, n=20)
    line = f"{name:44s} median {1000 * cuts[9]:6.2f} ms   p95 {1000 * cuts[18]:6.2f} ms"
    if plain is not None:
        line += f"   plain app / this: {statistics.median(plain) / cuts[9]:.1f}"
    print(line)


def positions(count: int) -> list[float]:
    """Places on a track, 0 to 1, that a hand would drag through."""
    return [0.5 + 0.45 * math.sin(index / 7) for index in range(WARM_UP + count)]


def settle(window: MainWindow) -> None:
    """Let the window load and draw everything."""
    deadline = time.monotonic() + SETTLE_S
    while not window.settled:
        window.root.update()
        if time.monotonic() > deadline:
            raise SystemExit(f"the window did not settle within {SETTLE_S:.0f} s")
    round_trip(window.root)


def switch(window: MainWindow, on: bool) -> None:
    """Everything of the left side that can be switched."""
    window.set_filmstrips(on)
    window.set_gauges(on)
    window.set_influence(on)
    settle(window)


def slider_events(window: MainWindow, count: int) -> list[float]:
    """Drag the first slider of the left side."""
    return dragged(window, window.sliders.sliders[0], count)


def semantic_events(window: MainWindow, count: int) -> list[float]:
    """Drag the first slider of the Directions page."""
    window.show_page("directions")
    settle(window)
    return dragged(window, window.pages["directions"].bank.sliders[0], count)


def dragged(window: MainWindow, slider: LatentSlider, count: int) -> list[float]:
    """Drag one slider, which has the focus and the pointer over it."""
    slider.focus_force()
    slider.event_generate("<Enter>", x=5, y=5)
    settle(window)
    left, top, width, height = slider.track_box
    middle = top + height // 2
    places = positions(count)
    slider.event_generate("<ButtonPress-1>", x=left + width // 2, y=middle, time=next(PRESS_TIMES))
    start = window.state.z

    def move(index: int) -> None:
        x = left + int(places[index] * width)
        slider.event_generate("<B1-Motion>", x=x, y=middle)
        round_trip(window.root)

    durations = durations_of(move, count)
    if window.state.z == start:
        raise SystemExit("the slider was not dragged: nothing was measured")
    slider.event_generate("<ButtonRelease-1>", x=left + width // 2, y=middle)
    slider.event_generate("<Leave>", x=5, y=5)
    window.root.focus_force()
    return durations


def strength_events(window: MainWindow, count: int) -> list[float]:
    """Drag the strength of the first term on the Arithmetic page."""
    window.show_page("arithmetic")
    settle(window)
    page = window.pages["arithmetic"]
    slider = page.terms[0].slider
    places = positions(count)
    before = page.result.copy()

    def move(index: int) -> None:
        slider.event_generate("<B1-Motion>", x=int(places[index] * slider.winfo_width()), y=5)
        round_trip(window.root)

    durations = durations_of(move, count)
    if np.array_equal(page.result, before):
        raise SystemExit("the strength was not dragged: nothing was measured")
    return durations


def repainted_events(window: MainWindow, count: int) -> list[float]:
    """Move along all dimensions, with every filmstrip in view repainted at every event."""
    places = positions(count)
    latent_dim = window.state.latent_dim

    def move(index: int) -> None:
        window.state.set_z([6 * places[index] - 3] * latent_dim)
        window.root.update_idletasks()
        for _ in window.sliders.paint_strips():
            pass
        round_trip(window.root)

    return durations_of(move, count)


def morph_frames(window: MainWindow, count: int) -> list[float]:
    """Move along the path of the Morph page: the digit, six sliders, the bar and the mark."""
    window.show_page("morph")
    settle(window)
    bar = window.pages["morph"].scrub
    places = positions(count)

    def move(index: int) -> None:
        bar.event_generate("<B1-Motion>", x=int(places[index] * bar.winfo_width()), y=5)
        round_trip(window.root)

    return durations_of(move, count)


def map_events(window: MainWindow, count: int) -> list[float]:
    """Drag the point over the Map page, tiles and classes upon it: digit and sliders follow."""
    window.show_page("map")
    settle(window)
    view = window.pages["map"].map_view
    places = positions(count)
    middle = view.winfo_width() // 2, view.winfo_height() // 2
    view.event_generate("<ButtonPress-1>", x=middle[0], y=middle[1], time=next(PRESS_TIMES))
    start = window.state.z

    def move(index: int) -> None:
        x = int((0.2 + 0.6 * places[index]) * view.winfo_width())
        view.event_generate("<B1-Motion>", x=x, y=middle[1])
        round_trip(window.root)

    durations = durations_of(move, count)
    if window.state.z == start:
        raise SystemExit("the point was not dragged: nothing was measured")
    view.event_generate("<ButtonRelease-1>", x=middle[0], y=middle[1])
    return durations


def zero(canvas: DrawingCanvas, places: int, turn: float = 0.0) -> list[tuple[int, int]]:
    """Places on the sheet along a zero, which is begun `turn` radians from its top."""
    angles = turn + np.linspace(0.0, 2 * np.pi, places, endpoint=False)
    spots = np.stack([0.5 + 0.25 * np.sin(angles), 0.5 - 0.35 * np.cos(angles)], axis=1)
    return np.rint(spots * (canvas.winfo_width(), canvas.winfo_height())).astype(int).tolist()


def stroke_events(window: MainWindow, count: int) -> list[float]:
    """Draw on the Draw page: ink, the centred image, the encoder, the digit and all sliders."""
    window.show_page("draw")
    settle(window)
    canvas = window.pages["draw"].canvas
    spots = zero(canvas, 60)
    measured: list[float] = []

    def move(index: int) -> None:
        x, y = spots[index % len(spots)]
        canvas.event_generate("<B1-Motion>", x=x, y=y)
        round_trip(window.root)

    while len(measured) < count:  # a zero after the other: a stroke has an end
        canvas.clear()
        x, y = spots[0]
        canvas.event_generate("<ButtonPress-1>", x=x, y=y, time=next(PRESS_TIMES))
        settle(window)
        start = window.state.z
        measured += durations_of(move, len(spots))
        if window.state.z == start:
            raise SystemExit("the stroke did not move the point: nothing was measured")
        canvas.event_generate("<ButtonRelease-1>", x=x, y=y)
        settle(window)
    return measured[:count]


def completion_waits(window: MainWindow, count: int) -> list[float]:
    """From the end of a stroke, a third of a zero, to its completions on the screen."""
    window.show_page("draw")
    page = window.pages["draw"]
    page.view_buttons["completions"].invoke()
    settle(window)
    canvas, view = page.canvas, page.views["completions"]

    def draw(index: int) -> float:
        if index % 2 == 0:
            canvas.clear()
        settle(window)
        spots = zero(canvas, 36, turn=index)[:12]
        x, y = spots[0]
        canvas.event_generate("<ButtonPress-1>", x=x, y=y, time=next(PRESS_TIMES))
        for x, y in spots:
            canvas.event_generate("<B1-Motion>", x=x, y=y)
            window.root.update()
        before = view.completions
        started = time.perf_counter()
        canvas.event_generate("<ButtonRelease-1>", x=x, y=y)
        while view.completions is before or view.completions is None:
            if time.perf_counter() - started > SETTLE_S:
                raise SystemExit("no completions came: nothing was measured")
            window.root.tk.dooneevent(0)
        round_trip(window.root)
        return time.perf_counter() - started

    return [draw(index) for index in range(4 + count)][4:]


def plain_app(weights: Path, side: int, count: int) -> tuple[list[float], list[float]]:
    """The plainest app: durations of slider events, and of frames that set all its sliders."""
    decoder = load_decoder(weights)
    latent_dim = decoder.config.latent_dim
    root = tk.Tk()
    picture = ttk.Label(root)
    picture.pack()
    values = [tk.DoubleVar(root) for _ in range(latent_dim)]

    def show(_value: str) -> None:
        z = torch.tensor([[value.get() for value in values]])
        with torch.no_grad():
            pixels = (decoder(z)[0, 0].numpy() + 1) * 127.5
        image = Image.fromarray(pixels.astype(np.uint8)).resize((side, side))
        picture.photo = ImageTk.PhotoImage(image, master=root)
        picture.configure(image=picture.photo)

    scales = [ttk.Scale(root, from_=-4, to=4, variable=v, command=show) for v in values]
    for scale in scales:
        scale.pack(fill="x")
    round_trip(root)
    places = positions(count)

    def move_one(index: int) -> None:
        scales[0].set(8 * places[index] - 4)
        round_trip(root)

    def move_all(index: int) -> None:
        for scale in scales:
            scale.set(8 * places[index] - 4)
        round_trip(root)

    result = durations_of(move_one, count), durations_of(move_all, count)
    root.destroy()
    return result


def starts(weights: Path, count: int) -> None:
    """Start the program several times in fresh processes."""

    def seconds(script: str, *arguments: str) -> list[float]:
        started = time.time()
        done = subprocess.run(
            [sys.executable, "-c", script, *arguments],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        )
        return [float(line) - started for line in done.stdout.split()]

    rounds = [(seconds(IMPORT_TORCH), seconds(START, str(weights))) for _ in range(count)]
    torch_s = statistics.median(imported for (imported,), _ in rounds)
    window_s = statistics.median(shown for _, (shown, _) in rounds)
    digit_s = statistics.median(live for _, (_, live) in rounds)
    print(f"{'process start to window on screen':44s} median {window_s:6.2f} s    ({count} starts)")
    print(
        f"{'process start to first live digit':44s} median {digit_s:6.2f} s    "
        f"a bare `import torch` takes {torch_s:.2f} s; the difference is {digit_s - torch_s:.2f} s"
    )


def main() -> None:
    """Measure and print everything."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", type=Path, default=ROOT / "decoder_weights.pt")
    parser.add_argument("--events", type=int, default=1000)
    parser.add_argument("--starts", type=int, default=5)
    options = parser.parse_args()

    root = create_root("benchmark")
    window = MainWindow(root, options.weights, alone=True)
    settle(window)
    side = window.digit.winfo_width()
    print(
        f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, "
        f"Tk {root.tk.call('info', 'patchlevel')}, torch {torch.__version__}; "
        f"digit in {side} x {window.digit.winfo_height()} pixels, {options.events} events"
    )
    events = slider_events(window, options.events)
    repainted = repainted_events(window, options.events)
    window.set_local_axes(True)
    along_axes = slider_events(window, options.events)
    window.set_local_axes(False)
    frames = morph_frames(window, options.events)
    semantic = semantic_events(window, options.events)
    strength = strength_events(window, options.events)
    window.show_page("sweep")
    beside_sweep = slider_events(window, options.events)
    window.show_page("map")
    beside_map = slider_events(window, options.events)
    over_map = map_events(window, options.events)
    strokes = stroke_events(window, options.events)
    completed = completion_waits(window, STROKES)
    window.show_page("sample")
    switch(window, on=False)
    bare = slider_events(window, options.events)
    window.close()
    plain_events, plain_frames = plain_app(options.weights, side, options.events)
    report("slider event, everything on", events, plain_events)
    report("  the same, everything off", bare, plain_events)
    report("  the same, on, along a local axis", along_axes, plain_events)
    report("  the same, on, Sweep page in view", beside_sweep, plain_events)
    report("  the same, on, Map page in view", beside_map, plain_events)
    report("point dragged over the map, everything on", over_map, plain_frames)
    report("stroke on the Draw page, everything on", strokes, plain_frames)
    report("from a stroke's end to its completions", completed)
    report("slider of a direction, everything on", semantic, plain_events)
    report("strength of a term, everything on", strength, plain_events)
    report("six dimensions and six filmstrips an event", repainted, plain_events)
    report("frame of a morph, everything on", frames, plain_frames)
    report("plain app, slider event", plain_events)
    report("plain app, frame that sets all sliders", plain_frames)
    starts(options.weights, options.starts)


if __name__ == "__main__":
    main()
