"""The bars of a whole that is shared among classes."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.widgets.class_shares import ClassShares

DIGITS = tuple("0123456789")


@pytest.fixture
def shares(stage) -> ClassShares:
    widget = ClassShares(stage.frame, stage.theme, heading="becomes a", width=130, height=60)
    stage.show(widget, 130, 110)
    return widget


def heights(widget) -> list[float]:
    boxes = [widget.coords(item) for item in widget.find_withtag("bar")]
    return [bottom - top for _, top, _, bottom in boxes]


def test_bars_are_as_high_as_the_shares(shares):
    values = np.array([0.5, 0.25, 0.0, 0.0, 0.125, 0.0, 0.0, 0.0, 0.125, 0.0])
    shares.show(values, DIGITS)
    drawn = np.array(heights(shares))
    assert drawn[values == 0].tolist() == [0] * 6
    assert drawn / drawn[0] == pytest.approx(values / values[0], abs=0.03)
    (figure,) = shares.find_withtag("figure")
    assert shares.itemcget(figure, "text") == "50%"


@pytest.mark.parametrize(
    ("names", "size"),
    [
        (DIGITS, (130, 110)),
        (DIGITS, (320, 66)),
        (("left", "right"), (130, 110)),
        (tuple(f"class {n}" for n in range(26)), (130, 110)),
    ],
)
@pytest.mark.parametrize("best", [0, -1])
def test_everything_fits(shares, stage, names, size, best):
    stage.show(shares, *size)
    values = np.zeros(len(names))
    values[best] = 1.0
    shares.show(values, names)
    for item in shares.find_all():
        left, top, right, bottom = shares.bbox(item)
        assert left >= -1
        assert top >= 0
        assert right <= size[0] + 1
        assert bottom <= size[1] + 1


def test_none_leave_it_empty_and_a_wrong_number_is_an_error(shares):
    shares.show([1.0], ["a"])
    shares.show((), ())
    assert not shares.find_all()
    with pytest.raises(ValueError, match="2 shares do not fit 1 names"):
        shares.show([0.5, 0.5], ["a"])


def test_another_theme_draws_anew(shares, stage):
    shares.show([0.9, 0.1], ["a", "b"])
    stage.theme.set_mode("dark")
    fills = [shares.itemcget(item, "fill") for item in shares.find_withtag("bar")]
    assert fills == [stage.theme.palette.accent, stage.theme.palette.muted]
