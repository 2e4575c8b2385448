"""The curves of distances: where they lie, and where the mark is."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.widgets.distance_plot import DASHED, FILLED, SOLID, Curve, DistancePlot


@pytest.fixture
def plot(stage) -> DistancePlot:
    plot = DistancePlot(stage.frame, stage.theme)
    stage.show(plot, 400, 80)
    return plot


def curves(rng: np.random.Generator) -> list[Curve]:
    return [
        Curve("real", rng.normal(10.0, 1.5, 3000), FILLED),
        Curve("smooth", rng.normal(8.0, 1.0, 2000), DASHED),
        Curve("samples", rng.normal(4.0, 0.5, 1000), SOLID),
    ]


def test_every_curve_has_its_top_where_its_distances_are(plot):
    shown = curves(np.random.default_rng(0))
    plot.show(shown)
    plot.update()
    last = max(np.percentile(curve.distances, 99.9) for curve in shown) * 1.06
    lines = [item for item in plot.find_withtag("drawn") if plot.type(item) == "line"]
    long = [np.reshape(plot.coords(item), (-1, 2)) for item in lines if len(plot.coords(item)) > 8]
    long += [
        np.reshape(plot.coords(item), (-1, 2))
        for item in plot.find_withtag("drawn")
        if plot.type(item) == "polygon"
    ]
    tops = sorted(points[points[:, 1].argmin(), 0] / 400 * last for points in long)
    assert tops == pytest.approx([4.0, 8.0, 10.0], abs=0.6)


def test_the_mark_is_at_its_distance_and_stays_within(plot):
    plot.show([Curve("real", np.linspace(0.0, 10.0, 1001), FILLED)])
    plot.update()
    for distance, place in ((5.3, 200), (1e6, 395), (0.0, 5)):
        plot.set_mark(distance)
        assert plot.mark == distance
        assert plot.coords(plot._line)[0] == pytest.approx(place, abs=2)
    plot.set_mark(None)
    assert plot.itemcget(plot._line, "state") == "hidden"


def test_equal_distances_no_curves_and_themes_are_no_harm(plot, stage):
    plot.show([Curve("same", np.zeros(5), SOLID)])
    plot.set_mark(0.0)
    plot.update()
    stage.theme.set_mode("dark")
    plot.update()
    assert plot.find_withtag("drawn")
    plot.show(())
    plot.update()
    assert not plot.find_withtag("drawn")
    assert plot.itemcget(plot._line, "state") == "hidden"


def test_it_goes_while_it_is_to_be_drawn(plot):
    plot.show(curves(np.random.default_rng(0)))
    plot.destroy()
