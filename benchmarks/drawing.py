"""Draws and photographs digits, and prints how many are still classified right, and how fast.

    python -m benchmarks.drawing [--photographs N] [--seed N]

Handwriting: digits of `tests.stroke_font` are drawn, centred as MNIST is, encoded, decoded, and the
decoded image is classified. Photographs: real digits are rendered on paper (`tests.photographs`) in
every ink, on every paper, small and large, with a thin pen or their own, in random light; saved as
JPEG, opened, centred and classified. Times are medians.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from explorer.drawing import MAX_RADIUS, Pen
from explorer.image_import import ImageImportError, import_digit
from tests.photographs import INKS, PAPERS, Scene, photograph
from tests.stroke_font import GLYPHS, RADII, SLANTS, written
from vae.centring import centre_as_mnist
from vae.data import bundled_digits
from vae.decoding import FoldedDecoder

if TYPE_CHECKING:
    from vae.classifier import Classifier
    from vae.weights import ModelBundle

HEIGHTS = (0.25, 0.6)  # of a photographed digit, in the shorter side of the picture
THIN = (0.0, 1.0)
ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Photographed:
    """Of count digits: how many the classifier takes for what they are before and after they were
    photographed, how many photographs were refused, and the share that is right by scene.
    """

    count: int
    originals: int
    right: int
    refused: int
    seconds: float
    by_scene: dict[tuple[str, object], float]


def main() -> None:
    """Draw, photograph, measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--photographs", type=int, default=720)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()

    import torch

    from vae.weights import load_bundle

    torch.set_num_threads(1)
    bundle = load_bundle(ROOT / "decoder_weights.pt")
    drawn, decoded = handwriting(bundle, FoldedDecoder.from_state_dict(bundle.decoder))
    print_handwriting(drawn, decoded)
    print_times()
    if options.photographs:
        print_photographs(photographs(bundle.classifier, options.photographs, options.seed))


def handwriting(bundle: ModelBundle, decoder: FoldedDecoder) -> tuple[np.ndarray, np.ndarray]:
    """Which drawn digits are classified right, (10, slants, widths): as drawn, and decoded."""
    from vae.classifier import probabilities
    from vae.posterior import encode_image

    shape = len(GLYPHS), len(SLANTS), len(RADII)
    drawn, decoded = np.zeros(shape, bool), np.zeros(shape, bool)
    for place in np.ndindex(shape):
        digit = place[0]
        sheet = written(digit, SLANTS[place[1]], RADII[place[2]])
        image = centre_as_mnist(sheet.fine())[None]
        reconstruction = encode_image(bundle.encoder, decoder, image).reconstruction
        classes = probabilities(bundle.classifier, np.stack([image, reconstruction])).argmax(axis=1)
        drawn[place], decoded[place] = classes == digit
    return drawn, decoded


def photographs(classifier: Classifier, count: int, seed: int) -> Photographed:
    """Photograph random real digits, open them, and classify."""
    from vae.classifier import probabilities

    digits, labels = bundled_digits()
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(len(digits))[:count]
    scenes = list(itertools.product(INKS, PAPERS, THIN, HEIGHTS))
    seen = np.zeros((count, *digits.shape[1:]), np.uint8)
    refused, seconds = 0, []
    tried: list[tuple[tuple[str, object], ...]] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "photograph.jpg"
        for number, index in enumerate(chosen):
            ink, paper, thin, height = scenes[number % len(scenes)]
            light, shadow, noise = rng.uniform((0.0, 0.0, 2.0), (0.6, 0.5, 8.0))
            scene = Scene(height, ink, paper, light, shadow, noise, thin)
            photograph(digits[index], rng, scene).save(path, quality=85)
            tried.append((("ink", ink), ("paper", paper), ("thinned", thin), ("height", height)))
            start = time.perf_counter()
            try:
                seen[number] = centre_as_mnist(import_digit(path, digits.shape[1]).ink)
            except ImageImportError:
                refused += 1
            seconds.append(time.perf_counter() - start)
    right = probabilities(classifier, seen[:, None]).argmax(axis=1) == labels[chosen]
    before = probabilities(classifier, digits[chosen, None]).argmax(axis=1) == labels[chosen]
    shares = {
        kind: float(np.mean([right[i] for i in range(count) if kind in tried[i]]))
        for kind in sorted({kind for kinds in tried for kind in kinds}, key=str)
    }
    return Photographed(
        count, int(before.sum()), int(right.sum()), refused, statistics.median(seconds), shares
    )


def print_handwriting(drawn: np.ndarray, decoded: np.ndarray) -> None:
    """Per digit, per width of the brush and in all."""
    _, slants, widths = decoded.shape
    cases = slants * widths
    print(f"drawn digits, {slants} slants and {widths} widths of the brush")
    print(f"{'digit':>10s}{'drawn':>12s}{'decoded':>12s}")
    for digit in GLYPHS:
        print(f"{digit:10d}{drawn[digit].sum():6d} of {cases}{decoded[digit].sum():6d} of {cases}")
    for width, radius in enumerate(RADII):
        a, b = drawn[:, :, width], decoded[:, :, width]
        print(f"radius {radius:3g}{a.sum():6d} of {a.size}{b.sum():6d} of {b.size}")
    print(f"{'all':>10s}{drawn.sum():6d} of {drawn.size}{decoded.sum():6d} of {decoded.size}")


def print_photographs(figures: Photographed) -> None:
    """In all, and by scene."""
    print(
        f"\n{figures.count} photographs: {figures.right} right ({figures.originals} of the digits"
    )
    print(f"themselves), {figures.refused} refused; {figures.seconds * 1e3:.0f} ms to open one")
    for (name, value), share in figures.by_scene.items():
        print(f"{name:>10s} {value!s:8s}{share:8.1%}")


def print_times() -> None:
    """Of what happens at every movement of the pen."""
    sheet = written(8, 8.0, 1.3)
    short, fast = ((14.0, 14.0), (14.4, 14.3)), ((2.0, 2.0), (26.0, 26.0))

    def extended(path: tuple, radius: float, softness: float) -> Callable[[], object]:
        pen = Pen(sheet, path[0], radius, softness, "ink")
        return lambda: (pen.extend(path), pen.drawing())

    print("\nmilliseconds")
    for name, work in (
        ("the pen moves by half a pixel", extended(short, 1.3, 0.3)),
        ("across the sheet and back", extended(fast, 1.3, 0.3)),
        ("with the widest, softest brush", extended(fast, MAX_RADIUS, 1.0)),
        ("ink on 28 x 28 pixels", sheet.ink),
        ("centred as MNIST is", lambda: centre_as_mnist(sheet.fine())),
    ):
        print(f"{name:>32s}{median_ms(work):8.2f}")


def median_ms(work: Callable[[], object], times: int = 50) -> float:
    """Of one call."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return 1e3 * statistics.median(taken)


if __name__ == "__main__":
    main()
