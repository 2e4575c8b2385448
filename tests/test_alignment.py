"""Matching the dimensions of two models: what is only renamed is found, what is turned is said."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ortho_group

from tests.foreign import foreign_state
from tests.second_models import ORDER, SIGNS
from vae.alignment import ACTIVE_VARIANCE, UNMATCHED, align, carried_errors, verdict
from vae.decoding import FoldedDecoder

N = 400


def means(d: int, seed: int = 0) -> np.ndarray:
    """Posterior means with a spread and an offset of their own in every dimension, (N, d)."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((N, d)) * rng.uniform(0.5, 1.5, d) + rng.normal(0.0, 0.3, d)


@st.composite
def renamings(draw: st.DrawFn) -> tuple[int, np.ndarray, np.ndarray, np.ndarray]:
    """A number of dimensions, and another order, sign and scale for each."""
    d = draw(st.integers(1, 12))
    order = np.array(draw(st.permutations(range(d))))
    sign = np.array(draw(st.lists(st.sampled_from((-1.0, 1.0)), min_size=d, max_size=d)))
    scale = np.array(draw(st.lists(st.floats(0.5, 2.0), min_size=d, max_size=d)))
    return d, order, sign, scale


def test_the_shipped_model_against_itself_is_the_identity(model):
    mu = model.encoded.mu
    alignment = align(mu, mu)
    d = model.latent_dim
    assert alignment.partner.tolist() == list(range(d))
    assert alignment.r == pytest.approx(np.ones(d), abs=1e-12)
    assert alignment.slopes == pytest.approx(np.ones(d))
    assert alignment.explained == pytest.approx(np.ones(d))
    assert alignment.carry(mu[:50]) == pytest.approx(mu[:50])
    assert alignment.carry_linearly(mu[:50]) == pytest.approx(mu[:50])
    assert verdict(alignment).startswith("The same axes")


@given(renamings())
def test_another_order_sign_and_scale_are_found_exactly(renaming):
    d, order, sign, scale = renaming
    a = means(d)
    b = a[:, order] * sign * scale  # dimension k of B is dimension order[k] of A
    alignment = align(a, b)
    assert alignment.partner[order].tolist() == list(range(d))
    assert np.abs(alignment.r) == pytest.approx(np.ones(d))
    assert alignment.slopes[order] == pytest.approx(sign * scale)
    assert alignment.carry(a) == pytest.approx(b)
    assert alignment.carry_linearly(a) == pytest.approx(b)
    assert alignment.carry(a[7]) == pytest.approx(b[7])


def test_the_correlations_are_those_of_numpy():
    a, b = means(4), means(3, seed=1) + means(4)[:, :3]
    expected = np.corrcoef(a.T, b.T)[:4, 4:]
    assert align(a, b).correlation == pytest.approx(expected)


def test_the_matching_is_the_best_of_all_and_not_the_greedy_one():
    # The largest |r| is that of a's first and b's first; taking it leaves too little for the rest.
    rng = np.random.default_rng(3)
    shared, other, noise = (rng.standard_normal(N) for _ in range(3))
    a = np.stack([shared, shared + 0.4 * other], axis=1)
    b = np.stack([shared + 0.1 * noise, other + 1.6 * noise - shared], axis=1)
    alignment = align(a, b)
    absolute = np.abs(alignment.correlation)
    sums = {order: absolute[range(2), order].sum() for order in permutations(range(2))}
    assert tuple(alignment.partner) == max(sums, key=sums.get)
    assert absolute.argmax() == 0
    assert alignment.partner[0] == 1
    for seed in range(5):
        alignment = align(means(5, seed) @ rng.standard_normal((5, 5)), means(5, seed))
        absolute = np.abs(alignment.correlation)
        best = max(absolute[range(5), order].sum() for order in permutations(range(5)))
        assert np.abs(alignment.r).sum() == pytest.approx(best)


def test_a_turned_space_has_low_r_is_said_to_be_turned_and_is_carried_over_linearly(model):
    mu = model.encoded.mu
    turn = ortho_group.rvs(model.latent_dim, random_state=0)
    alignment = align(mu, mu @ turn)
    assert alignment.mean_r < 0.9
    assert alignment.mean_explained == pytest.approx(1.0)
    assert "along other axes" in verdict(alignment)
    assert alignment.carry_linearly(mu[:50]) == pytest.approx(mu[:50] @ turn)
    assert np.abs(alignment.carry(mu[:50]) - mu[:50] @ turn).max() > 0.5


def test_models_that_have_nothing_in_common_are_said_to_match_in_part_at_most():
    alignment = align(means(6), means(6, seed=1))
    assert alignment.mean_r < 0.2
    assert alignment.mean_explained < 0.1
    assert verdict(alignment).startswith("The axes match in part")


def test_with_fewer_dimensions_some_are_left_alone_and_others_stay_at_their_mean():
    a = means(5)
    b = np.stack([-a[:, 3], a[:, 1]], axis=1)
    alignment = align(a, b)
    assert alignment.partner.tolist() == [UNMATCHED, 1, UNMATCHED, 0, UNMATCHED]
    assert alignment.matched.tolist() == [1, 3]
    assert alignment.r == pytest.approx([0.0, 1.0, 0.0, -1.0, 0.0])
    assert "3 of A's dimensions are left alone" in verdict(alignment)
    back = align(b, a)
    assert back.partner.tolist() == [3, 1]
    # All of the smaller one's axes are found again, and yet the models are not the same.
    assert verdict(back).startswith("The matched axes are the same but for order")
    assert verdict(back).endswith("3 of B's dimensions are left alone.")
    assert verdict(align(a[:, :3], a[:, :2])).endswith("1 of A's dimensions is left alone.")
    carried = back.carry(b[:9])
    assert carried[:, [3, 1]] == pytest.approx(a[:9, [3, 1]])
    assert carried[:, [0, 2, 4]] == pytest.approx(np.tile(a[:, [0, 2, 4]].mean(axis=0), (9, 1)))


def test_an_inactive_dimension_is_matched_to_nothing_however_well_its_noise_correlates():
    a = means(3)
    a[:, 1] = 0.05 * a[:, 0]  # perfectly correlated, but far below the variance of an active one
    assert a[:, 1].var() < ACTIVE_VARIANCE
    alignment = align(a, a)
    assert alignment.partner.tolist() == [0, UNMATCHED, 2]
    assert alignment.active_a.tolist() == [True, False, True]
    # A prior sample may lie far out in it; what is carried must not.
    far = np.array([0.0, 4.0, 0.0])
    for carried in (alignment.carry(far), alignment.carry_linearly(far)):
        assert carried[1] == pytest.approx(a[:, 1].mean(), abs=1e-9)


def test_constant_dimensions_leave_nothing_to_match():
    alignment = align(np.ones((10, 2)), means(3)[:10])
    assert alignment.matched.size == 0
    assert (alignment.mean_r, alignment.mean_explained) == (0.0, 0.0)
    assert alignment.carry([5.0, 5.0]) == pytest.approx(alignment.mean_b)
    assert alignment.carry_linearly([5.0, 5.0]) == pytest.approx(alignment.mean_b)
    assert verdict(alignment).startswith("No dimension")


@pytest.mark.parametrize(
    ("a", "b", "what"),
    [
        (np.zeros((5, 2)), np.zeros((6, 2)), "same images"),
        (np.zeros(5), np.zeros((5, 2)), "same images"),
        (np.zeros((1, 2)), np.zeros((1, 2)), "same images"),
        (np.full((5, 2), np.nan), np.zeros((5, 2)), "finite"),
    ],
)
def test_what_does_not_fit_is_refused(a, b, what):
    with pytest.raises(ValueError, match=what):
        align(a, b)


def test_points_of_another_size_are_refused():
    alignment = align(means(3), means(3))
    for points in (0.0, np.zeros(2), np.zeros((4, 2))):
        with pytest.raises(ValueError, match="3 dimensions"):
            alignment.carry(points)
        with pytest.raises(ValueError, match="3 dimensions"):
            alignment.carry_linearly(points)


def renamed_decoder(model) -> FoldedDecoder:
    """The shipped decoder with the dimensions of `tests.second_models`."""
    weights = dict(model.bundle.decoder)
    weights["linear.weight"] = weights["linear.weight"][:, list(ORDER)] * np.array(SIGNS)
    return FoldedDecoder.from_state_dict(weights)


def test_errors_between_a_model_and_a_renamed_one_are_those_of_the_same_z_alone(model):
    mu = model.encoded.mu
    renamed, decoder = mu[:, list(ORDER)] * np.array(SIGNS), renamed_decoder(model)
    alignment = align(mu, renamed)
    shares = []
    errors = carried_errors(
        alignment, model.decoder, decoder, mu[:100], renamed[:100], shares.append
    )
    difference = model.decoder.decode(mu[:100]) - decoder.decode(mu[:100])
    assert errors.n == 100
    assert errors.same == pytest.approx((difference**2).sum() / 100, rel=1e-5)
    assert errors.same > 100
    for error in (errors.matched, errors.linear, errors.encoded):
        assert error == pytest.approx(0.0, abs=1e-4)
    assert shares == sorted(shares)


def test_errors_of_different_sizes_are_told_as_far_as_they_mean_something(model):
    mu = model.encoded.mu
    weights = dict(model.bundle.decoder)
    weights["linear.weight"] = weights["linear.weight"][:, :4]
    smaller = FoldedDecoder.from_state_dict(weights)
    alignment = align(mu, mu[:, :4])
    errors = carried_errors(alignment, model.decoder, smaller, mu[:20], mu[:20, :4])
    assert errors.same is None
    assert errors.matched == pytest.approx(errors.encoded, rel=1e-3)
    coloured = FoldedDecoder.from_state_dict(foreign_state(image_channels=3, latent=4))
    errors = carried_errors(alignment, model.decoder, coloured, mu[:20], mu[:20, :4])
    assert (errors.same, errors.matched, errors.linear, errors.encoded) == (None,) * 4
