"""The colours of a map: of its ground, its classes and its heat, in both themes."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

RGB = tuple[int, int, int]

# As in explorer.theme, which a painter without a window cannot ask.
GROUND: dict[bool, RGB] = {False: (0xFC, 0xFC, 0xFD), True: (0x1C, 0x1F, 0x24)}  # by: dark
INK: dict[bool, RGB] = {False: (0x1F, 0x23, 0x29), True: (0xE6, 0xE8, 0xEB)}
OUTLINE: dict[bool, RGB] = {False: (255, 255, 255), True: (0x12, 0x14, 0x18)}  # around marks
STRONG: dict[bool, RGB] = {False: (0, 0, 0), True: (255, 255, 255)}
SHADES: dict[bool, RGB] = {False: (0x35, 0x74, 0xF0), True: (0x4C, 0x86, 0xF5)}  # of typicality
MUTED: dict[bool, RGB] = {False: (0x6A, 0x6D, 0x71), True: (0xA1, 0xA4, 0xA7)}

# Petroff 2021, "Accessible Color Sequences for Data Visualization", the sequence of ten: apart for
# the colour-blind, in grey and for the taste of many; Matplotlib's `petroff10`.
PETROFF = (
    *("#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6"),
    *("#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd"),
)
# With more classes than ten colours they return lighter, then darker: mixed by this share with
# white and with black. From the 31st on, the names alone tell classes apart.
VARIATION = 0.45

HEAT = "viridis"  # perceptually uniform, and so for the colour-blind
HEAT_LEVELS = 256

# A region's opacity where its class is certain, and where there is hardly a best one. Over tiles
# the class's colour is mixed with black, so that white ink stays the brightest.
OPACITY = {False: (0.10, 0.74), True: (0.08, 0.80)}  # by: dark
OPACITY_OVER_TILES = (0.06, 0.62)
UNSURE, SURE = 0.25, 0.98  # the probabilities of the best class that these belong to
CONFIDENCE_LEVELS = 128


@lru_cache(maxsize=8)
def class_colours(count: int) -> tuple[RGB, ...]:
    """Red, green, blue of each class, 0 to 255."""
    base = [tuple(bytes.fromhex(colour[1:])) for colour in PETROFF]
    rounds = [base, [mixed(c, (255,) * 3, VARIATION) for c in base]]
    rounds.append([mixed(c, (0, 0, 0), VARIATION) for c in base])
    return tuple(rounds[i // len(base) % len(rounds)][i % len(base)] for i in range(count))


def mixed(colour: RGB, other: RGB, share: float) -> RGB:
    """A colour with a share of another."""
    return tuple(round(a + (b - a) * share) for a, b in zip(colour, other, strict=True))


def as_hex(colour: RGB) -> str:
    """#rrggbb"""
    return "#" + "".join(f"{channel:02x}" for channel in colour)


@lru_cache(maxsize=8)
def region_colours(count: int, dark: bool, over_tiles: bool) -> np.ndarray:
    """What a region is painted with: (count * CONFIDENCE_LEVELS,) uint32, pixels in RGBX.

    By the class, and within it by the probability of the class from 0 to 1.
    """
    ground = (0, 0, 0) if over_tiles else GROUND[dark]
    low, high = OPACITY_OVER_TILES if over_tiles else OPACITY[dark]
    probability = np.linspace(0.0, 1.0, CONFIDENCE_LEVELS)
    certainty = np.clip((probability - UNSURE) / (SURE - UNSURE), 0.0, 1.0)
    opacity = (low + (high - low) * certainty)[:, None]
    colours = np.array(class_colours(count), np.float64).reshape(count, 1, 3)
    return pixels(np.array(ground) * (1 - opacity) + colours * opacity)


@lru_cache(maxsize=2)
def heat_colours(over_tiles: bool) -> np.ndarray:
    """(HEAT_LEVELS,) uint32, pixels in RGBX; over tiles mixed with black, as regions are.

    Imports Matplotlib the first time.
    """
    import matplotlib

    colours = matplotlib.colormaps[HEAT](np.linspace(0, 1, HEAT_LEVELS))[:, :3] * 255
    return pixels(colours * (OPACITY_OVER_TILES[1] if over_tiles else 1.0))


def heat_samples(count: int) -> tuple[RGB, ...]:
    """Colours of the heat map in even steps, from the lowest to the highest."""
    levels = np.linspace(0, HEAT_LEVELS - 1, count).round().astype(int)
    values = heat_colours(over_tiles=False)[levels].view(np.uint8).reshape(-1, 4)
    return tuple(tuple(int(channel) for channel in value[:3]) for value in values)


def pixels(colours: np.ndarray) -> np.ndarray:
    """(..., 3), 0 to 255 -> (N,) uint32 whose bytes are red, green, blue and one to spare."""
    values = np.full((colours.size // 3, 4), 255, np.uint8)
    values[:, :3] = np.round(colours).reshape(-1, 3)
    return values.view(np.uint32)[:, 0]
