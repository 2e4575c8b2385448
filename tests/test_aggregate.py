"""The aggregate posterior: summed up, and compared with the prior, against other computations."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from vae import aggregate, data, mmd
from vae.aggregate import (
    CLOSE,
    FAR,
    ROUGH,
    choose,
    compare_to_prior,
    count_peaks,
    prior_match,
    summarise,
)
from vae.losses import kl_per_dimension
from vae.mmd import BANDWIDTHS, equivalent_shift, mmd2_of_chance, mmd2_to_prior
from vae.planes import ACTIVE_VARIANCE
from vae.statistics import EncodedImages, encode_images
from vae.weights import load_encoder


def normal(count: int, dim: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((count, dim))


def compared(points: np.ndarray) -> aggregate.PriorMatch:
    return compare_to_prior(points, np.random.default_rng(1))


@pytest.fixture(scope="module")
def encoded(weights_path) -> EncodedImages:
    """The bundled digits as the shipped encoder sees them."""
    images, labels = data.bundled_digits()
    encoder = load_encoder(weights_path.parent / "assets" / "encoder_weights.pt")
    return encode_images(encoder, images[:, None], labels)


@pytest.fixture(scope="module")
def shipped(encoded) -> aggregate.PriorMatch:
    return prior_match(encoded.mu, encoded.std, seed=3)


# --- which images -------------------------------------------------------------------------------


def test_a_smaller_choice_lies_within_a_larger_one():
    small, large = choose(500, 40, seed=2), choose(500, 90, seed=2)
    assert len(small) == 40
    assert set(small) < set(large)
    assert (np.diff(small) > 0).all()
    assert (choose(500, 40, seed=2) == small).all()
    assert (choose(500, 40, seed=3) != small).any()


def test_more_images_than_there_are_means_all_of_them():
    assert (choose(30, 1000, seed=0) == np.arange(30)).all()


# --- the summary --------------------------------------------------------------------------------


def test_the_summary_of_the_shipped_model_agrees_with_other_computations(encoded):
    mu, std, labels = encoded.mu, encoded.std, encoded.labels
    found = summarise(mu, std, labels)
    assert found.n == 10_000
    for i, column in enumerate(mu.T):
        told = stats.describe(column, ddof=0)
        np.testing.assert_allclose(found.mean[i], told.mean, atol=1e-12)
        np.testing.assert_allclose(found.activity[i], told.variance)
        assert (found.minimum[i], found.maximum[i]) == told.minmax
        np.testing.assert_allclose(
            found.quartiles[:, i], stats.mstats.mquantiles(column, [0.25, 0.5, 0.75], 1, 1)
        )
        box = stats.iqr(column)
        inside = column[
            (column >= found.quartiles[0, i] - 1.5 * box)
            & (column <= found.quartiles[2, i] + 1.5 * box)
        ]
        assert tuple(found.whiskers[:, i]) == (inside.min(), inside.max())
    np.testing.assert_allclose(found.std**2, found.activity)
    np.testing.assert_allclose(found.correlation, np.corrcoef(mu.T), atol=1e-12)
    logvar = torch.from_numpy(2.0 * np.log(std))
    kl = kl_per_dimension(torch.from_numpy(mu), logvar).mean(0).numpy()
    np.testing.assert_allclose(found.kl, kl)
    np.testing.assert_allclose(found.kl, encoded.kl)
    # The law of total variance: draws from the posteriors vary by both parts together.
    z = mu + std * normal(*mu.shape, seed=5)
    np.testing.assert_allclose(found.activity / found.explained, z.var(axis=0), rtol=0.03)
    for label in range(10):
        of_it = mu[labels == label]
        assert found.class_counts[label] == len(of_it)
        np.testing.assert_allclose(found.class_means[label], np.mean(of_it, axis=0))
        np.testing.assert_allclose(found.class_stds[label], np.std(of_it, axis=0))


def test_the_shipped_record_says_the_same_of_every_dimension(encoded, weights_path):
    record = json.loads(weights_path.with_suffix(".json").read_text())
    found = summarise(encoded.mu, encoded.std, encoded.labels)
    np.testing.assert_allclose(found.kl, record["final"]["kl_per_dimension"], rtol=1e-3)
    assert found.active.all()
    assert (found.activity > ACTIVE_VARIANCE).all()
    assert (found.explained > 0.9).all()


def test_a_dead_dimension_is_told_from_one_in_use():
    mu = normal(500, 3) * [0.95, 0.001, 0.0]
    std = np.broadcast_to([0.3, 1.0, 1.0], mu.shape)
    found = summarise(mu, std, np.zeros(500, int))
    assert found.active.tolist() == [True, False, False]
    np.testing.assert_allclose(found.explained, [0.91, 0.0, 0.0], atol=0.01)
    assert found.correlation[2].tolist() == [0.0, 0.0, 1.0]  # a constant goes with nothing


def test_a_class_without_images_has_no_place():
    found = summarise(normal(6, 2), np.ones((6, 2)), [0, 0, 2, 2, 2, 0], n_classes=4)
    assert found.class_counts.tolist() == [3, 0, 3, 0]
    assert np.isnan(found.class_means[[1, 3]]).all()
    assert np.isfinite(found.class_means[[0, 2]]).all()


@pytest.mark.parametrize(
    ("mu", "std", "labels", "message"),
    [
        (np.zeros((0, 2)), np.ones((0, 2)), [], "one shape"),
        (np.zeros((3, 2)), np.ones((3, 1)), [0, 0, 0], "one shape"),
        (np.zeros(3), np.ones(3), [0, 0, 0], "one shape"),
        (np.full((3, 2), np.nan), np.ones((3, 2)), [0, 0, 0], "finite"),
        (np.zeros((3, 2)), np.zeros((3, 2)), [0, 0, 0], "above 0"),
        (np.zeros((3, 2)), np.ones((3, 2)), [0, 0], "as many labels"),
        (np.zeros((3, 2)), np.ones((3, 2)), [0, 0, 5], "0 to 1"),
        (np.zeros((3, 2)), np.ones((3, 2)), [0, -1, 1], "0 to 1"),
    ],
)
def test_bad_posteriors_are_named(mu, std, labels, message):
    with pytest.raises(ValueError, match=message):
        summarise(mu, std, np.array(labels, int), n_classes=2)


# --- maximum mean discrepancy -------------------------------------------------------------------


def kernel(a: np.ndarray, b: np.ndarray) -> float:
    """The kernel as its docstring has it, for one pair."""
    square = float(((a - b) ** 2).sum())
    return float(np.mean([np.exp(-square / (2.0 * len(a) * width)) for width in BANDWIDTHS]))


def mmd2_of_two_samples(x: np.ndarray, y: np.ndarray) -> float:
    """Gretton et al. 2012, equation 3, by loops."""
    among_x = np.mean([kernel(a, b) for i, a in enumerate(x) for j, b in enumerate(x) if i != j])
    among_y = np.mean([kernel(a, b) for i, a in enumerate(y) for j, b in enumerate(y) if i != j])
    across = np.mean([kernel(a, b) for a in x for b in y])
    return among_x + among_y - 2.0 * across


def test_the_discrepancy_is_that_of_the_loops_with_the_prior_in_closed_form():
    x = 0.6 * normal(40, 3) + 0.4
    among = np.mean([kernel(a, b) for i, a in enumerate(x) for j, b in enumerate(x) if i != j])
    # The prior's expectations by Gauss-Hermite quadrature, dimension by dimension.
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    weights = weights / weights.sum()
    to_prior, of_prior = [], []
    for width in BANDWIDTHS:
        s2 = 3 * width
        mean = (weights * np.exp(-((x[..., None] - nodes) ** 2) / (2 * s2))).sum(axis=-1)
        to_prior.append(mean.prod(axis=1).mean())
        pair = np.exp(-((nodes[:, None] - nodes) ** 2) / (2 * s2))
        of_prior.append((weights @ pair @ weights) ** 3)
    expected = among - 2.0 * np.mean(to_prior) + np.mean(of_prior)
    np.testing.assert_allclose(mmd2_to_prior(x), expected, rtol=1e-10)


def test_prior_samples_in_the_place_of_the_prior_give_the_same_on_average():
    x = 0.6 * normal(40, 2) + 0.4
    found = [mmd2_of_two_samples(x, normal(40, 2, seed)) for seed in range(1, 40)]
    error = np.std(found) / np.sqrt(len(found))
    assert abs(np.mean(found) - mmd2_to_prior(x)) < 4.0 * error


@pytest.mark.parametrize("rows", [7, 64, 1000])
def test_the_pieces_do_not_show(rows, monkeypatch):
    x = normal(333, 4) * 0.8
    whole = mmd2_to_prior(x)
    monkeypatch.setattr(mmd, "ROWS", rows)
    monkeypatch.setattr(mmd, "COLUMNS", 2 * rows)
    np.testing.assert_allclose(mmd2_to_prior(x), whole, rtol=1e-10)


def test_on_prior_samples_the_discrepancy_is_0_on_average():
    found = np.array([mmd2_to_prior(normal(100, 3, seed)) for seed in range(200)])
    assert abs(found.mean()) < 4.0 * found.std() / np.sqrt(len(found))
    assert (found < 0.0).any()


@pytest.mark.parametrize("n", [200, 1000])
def test_what_chance_does_is_scaled_to_the_size_of_the_sample(n, monkeypatch):
    monkeypatch.setattr(mmd, "NULL_SIZE", 100)
    scaled = mmd2_of_chance(n, 3, np.random.default_rng(0))
    true = np.array([mmd2_to_prior(normal(n, 3, seed)) for seed in range(300)])
    np.testing.assert_allclose(scaled.std(), true.std(), rtol=0.25)
    np.testing.assert_allclose(np.quantile(scaled, 0.95), np.quantile(true, 0.95), rtol=0.3)


@given(st.floats(0.02, 8.0), st.integers(1, 16))
@settings(max_examples=40)
def test_the_equivalent_shift_of_a_shifted_prior_is_its_shift(shift, dim):
    s2 = dim * np.array(BANDWIDTHS)
    # |a - b|^2 of two prior samples, one shifted: noncentral chi-squared, times 2.
    same = ((s2 / (s2 + 2)) ** (dim / 2)).mean()
    apart = ((s2 / (s2 + 2)) ** (dim / 2) * np.exp(-(shift**2) / (2 * (s2 + 2)))).mean()
    np.testing.assert_allclose(equivalent_shift(2 * (same - apart), dim), shift, rtol=1e-5)


def test_the_equivalent_shift_is_measured_on_samples():
    points = normal(8000, 6) + np.eye(6)[2] * 0.7
    np.testing.assert_allclose(equivalent_shift(mmd2_to_prior(points), 6), 0.7, rtol=0.05)


def test_a_discrepancy_beyond_every_shift_is_infinite_and_none_is_0():
    assert equivalent_shift(1.9, 6) == np.inf
    assert equivalent_shift(0.0, 6) == equivalent_shift(-1e-5, 6) == 0.0


# --- the comparison -----------------------------------------------------------------------------


def test_the_shipped_model_against_scipy(encoded, shipped):
    rng = np.random.default_rng(3)
    z = encoded.mu + encoded.std * rng.standard_normal(encoded.mu.shape)
    for i in range(6):
        told = stats.ks_1samp(z[:, i], stats.norm.cdf)
        np.testing.assert_allclose(shipped.ks[i], told.statistic)
        np.testing.assert_allclose(shipped.ks_p[i], told.pvalue)
        # The definition: the largest gap between two distribution functions.
        x = np.sort(z[:, i])
        steps = np.arange(len(x) + 1) / len(x)
        below = stats.norm.cdf(x)
        gap = max((steps[1:] - below).max(), (below - steps[:-1]).max())
        np.testing.assert_allclose(shipped.ks[i], gap)
    squares = (z**2).sum(axis=1)
    told = stats.kstest(squares, stats.chi2(6).cdf)
    np.testing.assert_allclose([shipped.radius_ks, shipped.radius_p], [told.statistic, told.pvalue])
    assert shipped.outside == np.mean(stats.chi2.cdf(squares, 6) > 0.975)
    assert shipped.inside == np.mean(stats.chi2.cdf(squares, 6) < 0.025)
    expected, drawn = shipped.radius_quantiles
    assert drawn[0] == squares.min()
    assert drawn[-1] == squares.max()
    middle = len(drawn) // 2
    np.testing.assert_allclose(drawn[middle], np.median(squares), rtol=0.01)
    np.testing.assert_allclose(expected[middle], stats.chi2.median(6), rtol=0.01)
    np.testing.assert_allclose(shipped.correlation, np.corrcoef(z.T), atol=1e-12)
    np.testing.assert_allclose(shipped.radius, np.median(np.sqrt(squares)))


def test_what_is_said_of_the_shipped_model_is_so(shipped):
    assert shipped.word == ROUGH
    assert (shipped.ks < aggregate.GAP_CLOSE).all()
    assert (shipped.ks_p < 0.001).all()  # significant, and yet too small to be seen
    assert shipped.mmd2 > shipped.mmd2_chance
    assert shipped.shape_shift > aggregate.SHIFT_CLOSE
    assert "crowd some places" in shipped.sentence


@pytest.mark.parametrize("dim", [1, 2, 6, 16])
@pytest.mark.parametrize("n", [2, 100, 4000])
def test_prior_samples_match(dim, n):
    for seed in range(4):
        found = compared(normal(n, dim, seed))
        assert found.word == CLOSE, found.sentence
        assert "encoded images lie as samples of the prior do" in found.sentence
        assert found.sentence.startswith("As far as") == (found.gap_chance > aggregate.GAP_CLOSE)


def test_chance_says_differently_about_as_rarely_as_it_may():
    words = [compared(normal(300, 2, seed)).word for seed in range(100)]
    assert words.count(CLOSE) >= 97  # one in 150 is expected to be another


def sentence_cases() -> dict[str, tuple[np.ndarray, list[str], list[str]]]:
    """Points, words that must be said of them, and words that must not."""
    prior = normal(4000, 4)
    rng = np.random.default_rng(9)
    two = prior.copy()
    two[:, 2] = rng.choice([-0.9, 0.9], 4000) + 0.43 * prior[:, 2]
    groups = normal(8, 4, seed=4)
    groups = (groups - groups.mean(axis=0)) / groups.std(axis=0)
    correlated = prior.copy()
    correlated[:, 3] = 0.8 * prior[:, 0] + 0.6 * prior[:, 3]
    narrow = prior * [1.0, 0.6, 1.0, 1.0]
    holes = prior.copy()  # each axis and each pair of them is the prior's, all together are not
    holes[:, 0] = np.abs(prior[:, 0]) * np.sign(prior[:, 1] * prior[:, 2] * prior[:, 3])
    holes = np.concatenate([holes[:, :1], prior[:, 1:]], axis=1)
    shell = prior / np.linalg.norm(prior, axis=1, keepdims=True) * 1.85
    return {
        "shrunken": (0.8 * prior, ["nearer to the origin"], ["farther", "peaks", "crowd"]),
        "swollen": (1.25 * prior, ["farther from the origin"], ["nearer", "peaks", "crowd"]),
        "shifted": (prior + 0.4 * np.eye(4)[1], ["along z2", "above"], ["peaks", "correlated"]),
        "shifted down": (prior - 0.4 * np.eye(4)[2], ["along z3", "below"], ["peaks", "crowd"]),
        "two peaks": (two, ["along z3 they have 2 peaks"], ["centre", "correlated"]),
        "groups": (
            groups[rng.integers(8, size=4000)] * 0.95 + 0.3 * prior,
            ["crowd some places and leave others empty"],
            ["above", "below"],
        ),
        "correlated": (correlated, ["z1 and z4 are correlated (+0.8"], ["peaks", "centre"]),
        "narrow": (narrow, ["along z2 they are spread less", "0.6"], ["peaks", "crowd", "z1"]),
        "a shell": (shell, ["from the origin differ less"], ["peaks", "correlated"]),
    }


@pytest.mark.parametrize("case", sentence_cases().values(), ids=sentence_cases())
def test_the_sentence_names_what_is_wrong_and_nothing_else(case):
    points, said, unsaid = case
    found = compared(points)
    assert found.word in (ROUGH, FAR)
    for words in said:
        assert words in found.sentence
    for words in unsaid:
        assert words not in found.sentence
    assert found.sentence.endswith(".")


@pytest.mark.parametrize("dim", [2, 6, 16, 64])
@pytest.mark.parametrize(("scale", "said"), [(0.96, "nearer to"), (1.045, "farther from")])
def test_in_many_dimensions_a_few_percent_are_far(dim, scale, said):
    """|z| has about the same spread in any number of dimensions, and a median that grows."""
    found = compared(scale * normal(4000, dim))
    moved = abs(scale - 1.0) * np.sqrt(stats.chi2.median(dim))
    if moved < aggregate.RADIUS_CLOSE:
        assert "the origin (" not in found.sentence
    else:
        assert f"they lie {said} the origin" in found.sentence
        assert "differ" not in found.sentence
    chi = stats.chi(dim)
    assert 0.6 < chi.std() < 0.71


def test_the_further_off_the_stronger_the_word():
    prior = normal(4000, 4)
    assert compared(prior + 0.05).word == CLOSE
    assert compared(prior + 0.17).word == ROUGH
    assert compared(prior + 0.6).word == FAR


def test_one_draw_for_each_image_and_not_its_mean():
    mu = 0.6 * normal(4000, 2, seed=8)
    std = np.full(mu.shape, 0.8)  # variances 0.36 + 0.64: exactly the prior
    assert prior_match(mu, std).word == CLOSE
    assert compared(mu).word == FAR


def test_dead_dimensions_match_by_themselves():
    assert prior_match(np.zeros((3000, 4)), np.ones((3000, 4))).word == CLOSE


def test_points_all_alike_are_told_without_a_fault():
    found = compared(np.zeros((50, 3)))
    assert found.word == FAR
    assert np.isfinite(found.mmd2)
    assert found.peaks.tolist() == [1, 1, 1]


def test_the_same_seed_gives_the_same_figures(encoded):
    mu, std = encoded.mu[:400], encoded.std[:400]
    first, again, other = (prior_match(mu, std, seed) for seed in (1, 1, 2))
    assert all(np.array_equal(vars(first)[name], vars(again)[name]) for name in vars(first))
    assert (first.ks != other.ks).any()


def test_it_tells_how_far_it_is_and_can_be_ended():
    told: list[float] = []
    prior_match(normal(1500, 3), np.full((1500, 3), 0.1), progress=told.append)
    assert told == sorted(told)
    assert 0.0 <= told[0] <= told[-1] <= 1.0
    assert len(told) > 50

    def end(fraction: float) -> None:
        if fraction > 0.3:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        prior_match(normal(1500, 3), np.full((1500, 3), 0.1), progress=end)


@pytest.mark.parametrize("n", [0, 1])
def test_one_image_is_too_few(n):
    with pytest.raises(ValueError, match="images"):
        prior_match(np.zeros((n, 2)), np.ones((n, 2)))


# --- peaks --------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [100, 1000, 10_000])
def test_one_bell_has_one_peak_and_two_have_two(n):
    rng = np.random.default_rng(0)
    for seed in range(10):
        assert count_peaks(normal(n, 1, seed)[:, 0]) == 1
    centres = rng.choice([-2.0, 2.0], n)
    assert count_peaks(centres + 0.5 * rng.standard_normal(n)) == 2
    assert count_peaks(1e3 + 1e-3 * (centres + 0.5 * rng.standard_normal(n))) == 2
    assert count_peaks(rng.choice([-3.0, 0.0, 3.0], n) + 0.5 * rng.standard_normal(n)) == 3


def test_a_constant_has_one_peak():
    assert count_peaks(np.full(10, 2.5)) == 1
