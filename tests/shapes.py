"""Drawn shapes whose attributes of handwriting are known: bars, rings and arcs of light on dark."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

SIZE = 28
FINE = 10  # a drawn pixel's brightness is the share of its FINE x FINE points inside the shape


def drawn(inside: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> np.ndarray:
    """An image (1, 1, SIZE, SIZE) uint8 of a shape, with edges as bright as they are covered.

    inside: which points (x, y) belong to it, in pixels from the middle, y upwards.
    """
    places = (np.arange(SIZE * FINE) + 0.5) / FINE - SIZE / 2
    y, x = np.meshgrid(places, places, indexing="ij")
    points = inside(x, -y).reshape(SIZE, FINE, SIZE, FINE)
    return np.rint(255 * points.mean(axis=(1, 3))).astype(np.uint8)[None, None]


def sheared_bar(
    width: float, height: float, degrees: float, x0: float = 0.0, y0: float = 0.0
) -> np.ndarray:
    """A parallelogram with level ends that leans to the right."""
    shear = np.tan(np.radians(degrees))
    return drawn(
        lambda x, y: (
            (np.abs(y - y0) <= height / 2) & (np.abs(x - x0 - shear * (y - y0)) <= width / 2)
        )
    )


def turned_bar(thickness: float, length: float, degrees: float) -> np.ndarray:
    """A rectangle, upright at 0 degrees."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return drawn(
        lambda x, y: (
            (np.abs(c * x - s * y) <= thickness / 2) & (np.abs(s * x + c * y) <= length / 2)
        )
    )


def ring(inner: float, outer: float, x0: float = 0.0) -> np.ndarray:
    """What is between two radii."""
    return drawn(lambda x, y: (inner <= np.hypot(x - x0, y)) & (np.hypot(x - x0, y) <= outer))


def arc(
    radius: float, thickness: float, degrees: float, turn: float, x0: float, y0: float
) -> np.ndarray:
    """A curved stroke: a part of a ring, `degrees` long, from the angle `turn` on."""

    def inside(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        angle = np.degrees(np.arctan2(y - y0, x - x0)) - turn
        return (np.abs(np.hypot(x - x0, y - y0) - radius) <= thickness / 2) & (
            angle % 360 <= degrees
        )

    return drawn(inside)


def stroke(thickness: float, length: float) -> float:
    """What `vae.attributes` calls the thickness of a stroke, whose ends are near, too."""
    return thickness - thickness**2 / (3 * length)


@dataclass(frozen=True)
class Family:
    """Shapes that differ in a few numbers.

    ranges: of the numbers. draw(*numbers): the image. known(*numbers): attributes by name.
    """

    name: str
    ranges: tuple[tuple[float, float], ...]
    draw: Callable[..., np.ndarray]
    known: Callable[..., dict[str, float]]


FAMILIES = (
    Family(
        "bar at any angle",
        ((1.5, 6), (12, 22), (-90, 90)),
        turned_bar,
        lambda thickness, length, degrees: {"thickness": stroke(thickness, length), "loop": 0.0},
    ),
    Family(
        "arc",
        ((4, 9), (1.5, 4), (90, 270), (0, 360), (-1, 1), (-1, 1)),
        arc,
        lambda radius, thickness, degrees, *_: {
            "thickness": stroke(thickness, np.radians(degrees) * radius),
            "loop": 0.0,
        },
    ),
    Family(
        "ring",
        ((2.5, 6), (1.5, 6), (-0.5, 0.5)),
        lambda inner, thickness, x0: ring(inner, inner + thickness, x0),
        lambda inner, thickness, x0: {"thickness": thickness, "loop": np.pi * inner**2},
    ),
    Family(
        "sheared bar",
        ((1.5, 6), (10, 20), (-45, 45), (-1, 1), (-2, 2)),
        sheared_bar,
        lambda width, height, degrees, x0, y0: {
            "slant": degrees,
            "width": width,
            "height": height,
            "loop": 0.0,
        },
    ),
    Family(
        "upright bar",
        ((2, 16), (4, 20)),
        lambda width, height: sheared_bar(width, height, 0.0),
        lambda width, height: {
            "ink": 100.0 * width * height / SIZE**2,
            "slant": 0.0,
            "width": width,
            "height": height,
            "loop": 0.0,
        },
    ),
)
