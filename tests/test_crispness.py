"""The benchmark of the feature loss and the discriminator: its measures and its table."""

from __future__ import annotations

import json

import numpy as np
import pytest

from benchmarks.crispness import HEADINGS, RESULTS, SHIPPED, TERMS, sharpness, table


def row(name: str, **values) -> dict:
    distances = {"bundled": 0.5, "second": 0.25, "pixels": 2.0}
    samples = {"frechet": distances, "classes": 9.5, "confidence": 0.9, "sharpness": 0.75}
    return {
        "name": name,
        "sse": 70.0,
        "kl": 15.0,
        "total": 85.0,
        "prior": samples,
        "learned": samples,
    } | values


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_sharpness_counts_edges_by_their_height():
    image = np.zeros((1, 1, 28, 28), dtype=np.uint8)
    assert sharpness(image) == 0
    image[..., 14:] = 255  # one edge from top to bottom; the last row has no neighbour below
    assert sharpness(image) == pytest.approx(27)
    assert sharpness(image // 5) == pytest.approx(27 / 5)
    image[..., 14:, :] = 0
    corner = np.hypot(1, 1) - 1 - 1  # both edges meet in one pixel
    assert sharpness(image) == pytest.approx(14 + 14 + corner, abs=1.5)


def test_a_blurred_image_is_less_sharp_than_a_crisp_one_of_the_same_ink():
    crisp = np.zeros((1, 1, 28, 28), dtype=np.uint8)
    crisp[..., 10:18, 10:12] = 240
    soft = np.zeros_like(crisp)
    soft[..., 10:18, 8:14] = 80
    assert int(crisp.sum()) == int(soft.sum())
    assert sharpness(soft) < sharpness(crisp)


def test_the_table_has_a_row_a_name_with_means_over_the_seeds():
    first = row("plain", sse=70.0, ms_per_step=20.0)
    second = row("plain", sse=72.0, ms_per_step=40.0)
    lines = table({"runs": [first, second, row(SHIPPED)]}).splitlines()
    assert cells(lines[0]) == list(HEADINGS)
    assert [cells(line)[:3] for line in lines[2:]] == [
        [SHIPPED, "1", "70.00"],
        ["plain", "2", "71.00"],
    ]
    assert cells(lines[2])[-1] == "–"  # nothing was trained
    assert cells(lines[3])[5:] == [
        "0.500", "0.250", "2.000", "0.500", "0.250", "2.000", "75%", "9.50", "30",
    ]  # fmt: skip


def test_what_is_published_holds_equal_steps_and_what_is_said_of_it():
    results = json.loads(RESULTS.read_text())
    rows = {run["name"]: run for run in results["runs"]}
    assert set(rows) <= {SHIPPED, *TERMS}
    assert {run["steps"] for name, run in rows.items() if name != SHIPPED} == {results["steps"]}
    plain, crisp = rows["plain"], rows["adversarial 100"]
    for features in ("bundled", "second", "pixels"):  # in features that it never saw, too
        assert crisp["prior"]["frechet"][features] < 0.8 * plain["prior"]["frechet"][features]
    assert crisp["prior"]["sharpness"] > plain["prior"]["sharpness"]
    assert crisp["total"] > plain["total"]  # which is the price
