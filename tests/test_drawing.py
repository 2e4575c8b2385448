"""The laws of the sheet: what strokes add up to, and how they are taken back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.drawing import FINENESS, Drawing, Pen, Stroke
from vae.data import bundled_digits

SIDE = 12

# Multiples of 1/8 are exact, so that the same stroke elsewhere has exactly the same raster.
coordinates = st.integers(-8, 8 * (SIDE + 1)).map(lambda eighths: eighths / 8)
points = st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=5).map(tuple)
brushes = st.tuples(st.sampled_from((0.5, 1.25, 3.0)), st.sampled_from((0.0, 0.3, 1.0)))


@st.composite
def strokes(draw: st.DrawFn, kinds: tuple[str, ...] = ("ink", "erase", "unknown", "known")):
    radius, softness = draw(brushes)
    return Stroke(draw(points), radius, softness, draw(st.sampled_from(kinds)))


@pytest.fixture(scope="module")
def digit() -> np.ndarray:
    return bundled_digits()[0][7]


def drawn(*added: Stroke, side: int = SIDE) -> Drawing:
    drawing = Drawing(side)
    for stroke in added:
        drawing = drawing.with_stroke(stroke)
    return drawing


def assert_same(one: Drawing, other: Drawing) -> None:
    np.testing.assert_array_equal(one.fine(), other.fine())
    np.testing.assert_array_equal(one.ink(), other.ink())
    np.testing.assert_array_equal(one.unknown(), other.unknown())


def test_an_empty_sheet_has_no_ink_and_nothing_unknown():
    drawing = Drawing(28)
    assert drawing.is_empty
    assert drawing.ink().shape == (28, 28)
    assert drawing.fine().shape == (28 * FINENESS, 28 * FINENESS)
    assert not drawing.unknown().any()
    assert not drawing.ink().any()


def test_a_dot_is_as_large_and_as_bright_as_its_brush():
    ink = drawn(Stroke(((6.0, 6.0),), radius=2.0, softness=0.0)).ink()
    assert ink.sum() / 255 == pytest.approx(np.pi * 2.0**2, rel=0.02)
    assert (ink[5:7, 5:7] == 255).all()
    assert ink[6, 9] == 0


@pytest.mark.parametrize("softness", [0.0, 0.3, 1.0])
def test_a_straight_stroke_has_twice_the_radius_as_its_width(softness):
    ink = drawn(Stroke(((2.0, 6.0), (10.0, 6.0)), radius=1.5, softness=softness)).ink()
    assert ink[:, 6].sum() / 255 == pytest.approx(3.0, rel=0.02)


def test_a_soft_edge_fades_steadily():
    fine = drawn(Stroke(((6.0, 6.0),), radius=2.0, softness=1.0)).fine()
    middle = fine[fine.shape[0] // 2, fine.shape[1] // 2 :].astype(int)
    assert (np.diff(middle) <= 0).all()
    assert len(set(middle.tolist())) > 20


def test_a_fast_movement_leaves_no_gap():
    fine = drawn(Stroke(((0.5, 0.5), (11.5, 9.0)), radius=0.5, softness=0.0)).fine()
    along = np.linspace(0, 1, 200)
    x, y = (0.5 + 11.0 * along) * FINENESS, (0.5 + 8.5 * along) * FINENESS
    assert (fine[y.astype(int), x.astype(int)] == 255).all()


@given(st.lists(strokes(("ink",)), min_size=2, max_size=4), st.randoms())
def test_the_order_in_which_ink_comes_does_not_matter(added, random):
    shuffled = list(added)
    random.shuffle(shuffled)
    assert_same(drawn(*added), drawn(*shuffled))


@given(st.lists(strokes(("ink", "erase")), max_size=3), st.lists(strokes(("unknown",)), max_size=3))
def test_masks_and_ink_leave_one_another_alone(ink, masks):
    np.testing.assert_array_equal(drawn(*ink, *masks).fine(), drawn(*ink).fine())
    np.testing.assert_array_equal(drawn(*ink, *masks).unknown(), drawn(*masks).unknown())


@given(st.lists(strokes(), min_size=1, max_size=4))
def test_a_drawing_is_what_its_strokes_say(added):
    one_by_one = drawn(*added)
    at_once = Drawing(SIDE, strokes=tuple(added))
    assert_same(at_once, one_by_one)


@given(strokes(("ink",)))
def test_the_eraser_takes_all_of_the_same_stroke_away(stroke):
    erased = drawn(stroke, Stroke(stroke.points, stroke.radius, stroke.softness, "erase"))
    assert erased.is_empty


@given(strokes(("unknown",)))
def test_a_known_stroke_takes_all_of_the_same_unknown_one_away(stroke):
    again = drawn(stroke, Stroke(stroke.points, stroke.radius, stroke.softness, "known"))
    assert not again.unknown().any()


@given(strokes(), st.integers(0, 4), st.integers(0, 4))
def test_a_stroke_elsewhere_is_the_same_stroke(stroke, right, down):
    moved = Stroke(
        tuple((x + right, y + down) for x, y in stroke.points),
        stroke.radius,
        stroke.softness,
        stroke.kind,
    )
    here, there = drawn(stroke), drawn(moved)
    np.testing.assert_array_equal(
        here.ink()[: SIDE - down, : SIDE - right], there.ink()[down:, right:]
    )
    np.testing.assert_array_equal(
        here.unknown()[: SIDE - down, : SIDE - right], there.unknown()[down:, right:]
    )


@given(st.tuples(coordinates, coordinates).filter(lambda p: min(p) >= 0 and max(p) < SIDE))
def test_the_smallest_mask_brush_marks_the_pixel_that_it_touches(point):
    unknown = drawn(Stroke((point,), 0.5, 0.0, "unknown")).unknown()
    assert unknown[int(point[1]), int(point[0])]


@settings(max_examples=25)
@given(strokes(), st.integers(1, 5))
def test_a_stroke_that_grows_is_always_the_stroke_so_far(stroke, n_points):
    path = (stroke.points * n_points)[: n_points + 1]
    pen = Pen(Drawing(SIDE), path[0], stroke.radius, stroke.softness, stroke.kind)
    for i in range(1, len(path)):
        pen.extend([path[i]])
        so_far = Stroke(path[: i + 1], stroke.radius, stroke.softness, stroke.kind)
        assert pen.drawing().strokes == (so_far,)
        assert_same(pen.drawing(), drawn(so_far))


def test_a_drawing_is_never_changed():
    first = drawn(Stroke(((3.0, 3.0),)))
    kept = first.fine().copy()
    first.with_stroke(Stroke(((9.0, 9.0),)))
    first.with_stroke(Stroke(((3.0, 3.0),), kind="erase"))
    first.with_unknown(np.ones((SIDE, SIDE), bool))
    np.testing.assert_array_equal(first.fine(), kept)
    assert not first.unknown().any()
    with pytest.raises(ValueError, match="read-only"):
        first.fine()[0, 0] = 1


def test_a_real_digit_below_the_strokes_keeps_every_pixel(digit):
    drawing = Drawing(28, digit, base_is_centred=True)
    np.testing.assert_array_equal(drawing.ink(), digit)
    marked = drawing.with_stroke(Stroke(((2.0, 2.0),), radius=0.5))
    assert marked.base_is_centred
    np.testing.assert_array_equal(marked.ink()[8:], digit[8:])
    assert marked.ink()[1:3, 1:3].any()


def test_the_eraser_takes_the_base_away_too(digit):
    drawing = Drawing(28, digit).with_stroke(
        Stroke(((0.0, 14.0), (28.0, 14.0)), 30.0, 0.0, "erase")
    )
    assert drawing.is_empty


@pytest.mark.parametrize("size", [1, 14, 56, 300, 1000])
def test_an_image_of_any_size_lies_below_the_strokes(size):
    base = np.zeros((size, size), np.uint8)
    base[size // 2 :] = 255
    ink = Drawing(28, base).ink()
    assert ink.mean() == pytest.approx(base.mean(), abs=1.0)
    assert (ink[20:] == 255).all()


@pytest.mark.parametrize("side", [1, 5, 32, 64, 400])
def test_sheets_of_other_sizes(side):
    stroke = Stroke(((side / 4, side / 2), (side * 3 / 4, side / 2)), 0.75, 0.2)
    drawing = drawn(stroke, Stroke(((0.5, 0.5),), 0.5, 0.0, "unknown"), side=side)
    assert drawing.ink().shape == drawing.unknown().shape == (side, side)
    assert drawing.fine().shape[0] % side == 0
    assert not drawing.is_empty
    assert drawing.unknown()[0, 0]


def test_everything_that_is_not_drawn_can_be_marked_unknown():
    drawing = drawn(Stroke(((3.0, 6.0), (9.0, 6.0)), 1.0))
    marked = drawing.with_unknown(drawing.ink() == 0)
    np.testing.assert_array_equal(marked.unknown(), marked.ink() == 0)
    np.testing.assert_array_equal(marked.fine(), drawing.fine())
    known = marked.with_stroke(Stroke(((1.0, 1.0),), 0.5, 0.0, "known"))
    assert not known.unknown()[0, 0]
    assert_same(Drawing(SIDE, strokes=known.strokes, unknown_below=known.unknown_below), known)


def test_pixels_that_are_marked_anew_forget_the_strokes_that_marked_others():
    marked = drawn(Stroke(((3.0, 3.0),), kind="unknown"), Stroke(((8.0, 8.0),)))
    again = marked.with_unknown(np.zeros((SIDE, SIDE), bool))
    assert [stroke.kind for stroke in again.strokes] == ["ink"]
    assert not again.unknown().any()


def test_a_cleared_sheet_is_empty(digit):
    drawing = Drawing(28, digit, True).with_stroke(Stroke(((3.0, 3.0),), kind="unknown"))
    cleared = drawing.cleared()
    assert cleared.is_empty
    assert not cleared.unknown().any()
    assert (cleared.base, cleared.base_is_centred, cleared.strokes) == (None, False, ())


def test_ink_beyond_the_border_is_not_there():
    assert drawn(Stroke(((-50.0, 5.0), (-40.0, 1e9)))).is_empty
    across = drawn(Stroke(((-50.0, 6.0), (50.0, 6.0)), 1.0, 0.0)).ink()
    assert (across[5:7] == 255).all()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"points": ()}, "needs a point"),
        ({"points": ((float("nan"), 1.0),)}, "only finite"),
        ({"kind": "chalk"}, "not 'chalk'"),
        ({"radius": 0.0}, "positive radius"),
        ({"radius": float("inf")}, "positive radius"),
        ({"softness": 1.5}, "softness of 0 to 1"),
    ],
)
def test_what_is_no_stroke_is_refused_in_words(values, words):
    with pytest.raises(ValueError, match=words):
        Stroke(**{"points": ((1.0, 1.0),), **values})


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"side": 0}, "positive side"),
        ({"base": np.zeros((28, 20), np.uint8)}, "square of uint8"),
        ({"base": np.zeros((28, 28))}, "square of uint8"),
        ({"unknown_below": np.zeros((9, 9), bool)}, "unknown pixels"),
    ],
)
def test_what_is_no_sheet_is_refused_in_words(values, words):
    with pytest.raises(ValueError, match=words):
        Drawing(**{"side": 28, **values})
