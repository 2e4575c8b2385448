"""Draws shapes whose attributes are known, and prints how wrong they are measured.

    python -m benchmarks.attributes [--shapes N] [--seed N]

A third of the numbers that make a shape are whole, halves, or at an end of their range, and a
third of the angles are level, upright or diagonal: the grid is most often wrong there. Errors are
in the attribute's unit; the last column is the largest one in standard deviations among the
bundled digits.
"""

from __future__ import annotations

import argparse

import numpy as np

from tests.shapes import FAMILIES, Family
from vae.attributes import FINENESS, NAMES, measure
from vae.data import bundled_digits


def main() -> None:
    """Draw, measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shapes", type=int, default=2000, help="of each family")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()

    digits, _ = bundled_digits()
    real = measure(digits[:, None])
    print(f"{options.shapes} shapes of each family, seed {options.seed}, FINENESS {FINENESS}")
    heads = ("largest", "99.9 %", "mean size", "mean", "largest/sd")
    print(f"{'family':18s}{'attribute':>10s}" + "".join(f"{head:>12s}" for head in heads))
    for number, family in enumerate(FAMILIES):
        rng = np.random.default_rng([options.seed, number])
        numbers = [drawn_numbers(family, rng) for _ in range(options.shapes)]
        measured = measure(np.concatenate([family.draw(*each) for each in numbers]))
        for name in family.known(*numbers[0]):
            column = NAMES.index(name)
            known = np.array([family.known(*each)[name] for each in numbers])
            errors = measured[:, column] - known
            sizes = np.abs(errors)
            figures = (sizes.max(), np.quantile(sizes, 0.999), sizes.mean(), errors.mean())
            cells = "".join(f"{figure:12.3f}" for figure in figures)
            share = sizes.max() / real[:, column].std()
            worst = ", ".join(f"{value:.2f}" for value in numbers[sizes.argmax()])
            print(f"{family.name:18s}{name:>10s}{cells}{share:12.2f}   at ({worst})")


def drawn_numbers(family: Family, rng: np.random.Generator) -> list[float]:
    """Numbers of one shape, within the family's ranges."""
    numbers = []
    for low, high in family.ranges:
        value = rng.uniform(low, high)
        if rng.random() < 1 / 3:
            grid = 45.0 if high >= 45 else rng.choice([0.5, 1.0])
            near = grid * round(value / grid)
            value = float(np.clip(rng.choice([near, low, high]), low, high))
        numbers.append(value)
    return numbers


if __name__ == "__main__":
    main()
