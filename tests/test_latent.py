"""Sampling, interpolation, arithmetic, and vectors as text."""

import itertools
import json

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from vae import latent


def vectors(dimensions, bound=1e3):
    return hnp.arrays(np.float64, dimensions, elements=st.floats(-bound, bound))


pairs = st.integers(1, 16).flatmap(lambda d: st.tuples(vectors(d), vectors(d)))


def angle_between(a, b):
    return np.arccos(np.clip(a @ b / np.linalg.norm(a) / np.linalg.norm(b), -1, 1))


# --- interpolation ------------------------------------------------------------------------------


@given(pairs, st.sampled_from(latent.METHODS), st.integers(2, 40))
def test_a_path_starts_and_ends_exactly_and_is_finite(pair, method, steps):
    a, b = pair
    path = latent.interpolate(a, b, steps, method)
    assert path.shape == (steps, len(a))
    assert np.isfinite(path).all()
    np.testing.assert_array_equal(path[0], a)
    np.testing.assert_array_equal(path[-1], b)


@given(pairs, st.floats(0, 1))
def test_a_spherical_path_stays_between_the_lengths_of_its_ends(pair, t):
    a, b = pair
    assume(len(a) > 1 and np.linalg.norm(a) > 1e-100 and np.linalg.norm(b) > 1e-100)
    lengths = sorted([np.linalg.norm(a), np.linalg.norm(b)])
    length = np.linalg.norm(latent.slerp(a, b, t))
    assert lengths[0] * (1 - 1e-7) <= length <= lengths[1] * (1 + 1e-7)


@given(pairs, st.floats(0, 1))
def test_slerp_of_equal_lengths_is_the_published_formula(pair, t):
    a, b = pair
    assume(np.linalg.norm(a) > 1e-3 and np.linalg.norm(b) > 1e-3)
    a, b = a / np.linalg.norm(a), b / np.linalg.norm(b)
    omega = angle_between(a, b)
    assume(1e-3 < omega < np.pi - 1e-3)
    published = (np.sin((1 - t) * omega) * a + np.sin(t * omega) * b) / np.sin(omega)
    np.testing.assert_allclose(latent.slerp(a, b, t), published, atol=1e-9)


def test_slerp_turns_at_a_constant_rate():
    a, b = np.array([2.0, 0.0, 0.0]), np.array([-1.0, 1.0, 1.0])
    path = latent.slerp(a, b, np.linspace(0, 1, 6))
    turns = [angle_between(p, q) for p, q in itertools.pairwise(path)]
    np.testing.assert_allclose(turns, angle_between(a, b) / 5)


@pytest.mark.parametrize("a", [[1.0, 0.0], [0.0, -3.0], [1.0, 1.0, 1.0, 1.0, 1.0, 1.0]])
@pytest.mark.parametrize("scale", [1.0, 2.5])
@pytest.mark.parametrize("wobble", [0.0, 1e-12])
def test_slerp_between_opposite_vectors_is_half_a_circle(a, scale, wobble):
    a = np.array(a)
    b = -scale * a
    b[0] += wobble
    path = latent.slerp(a, b, np.linspace(0, 1, 5))
    length = np.linalg.norm(a) * np.linspace(1, scale, 5)
    np.testing.assert_allclose(np.linalg.norm(path, axis=1), length)
    assert angle_between(path[2], a) == pytest.approx(np.pi / 2, abs=1e-6)
    assert angle_between(path[1], a) == pytest.approx(np.pi / 4, abs=1e-6)


def test_slerp_from_zero_between_parallels_and_on_a_line_is_straight():
    for a, b in (
        ([0.0, 0.0], [1.0, 2.0]),
        ([1.0, 2.0], [0.0, 0.0]),
        ([0.0, 0.0], [0.0, 0.0]),
        ([1.0, 2.0], [3.0, 6.0]),
        ([1.0], [-3.0]),
    ):
        t = np.linspace(0, 1, 7)
        np.testing.assert_allclose(latent.slerp(a, b, t), latent.lerp(a, b, t), atol=1e-12)


def test_linear_is_even_and_goes_through_the_middle():
    path = latent.interpolate([0.0, 4.0], [2.0, 0.0], 3)
    np.testing.assert_array_equal(path, [[0.0, 4.0], [1.0, 2.0], [2.0, 0.0]])


@pytest.mark.parametrize("curve", [latent.lerp, latent.slerp])
def test_t_is_a_number_or_an_array(curve):
    a, b = np.array([1.0, 0.0, 2.0]), np.array([0.0, 3.0, 1.0])
    assert curve(a, b, 0.25).shape == (3,)
    many = curve(a, b, np.array([0.0, 0.25, 1.0]))
    assert many.shape == (3, 3)
    np.testing.assert_allclose(many[1], curve(a, b, 0.25))


@pytest.mark.parametrize("steps", [1, 0, -3])
def test_too_few_steps_are_refused(steps):
    with pytest.raises(ValueError, match=f"at least 2 steps, got {steps}"):
        latent.interpolate([0.0], [1.0], steps)


def test_unknown_methods_and_unequal_vectors_are_refused():
    with pytest.raises(ValueError, match="'cubic': expected linear or spherical"):
        latent.interpolate([0.0], [1.0], 5, "cubic")
    for curve in (latent.lerp, latent.slerp):
        with pytest.raises(ValueError, match="two vectors"):
            curve([0.0, 1.0], [1.0], 0.5)


# --- sampling -----------------------------------------------------------------------------------


def test_prior_samples_are_normal_and_scale_with_the_temperature():
    z = latent.sample_prior(4000, 6, np.random.default_rng(0))
    assert z.shape == (4000, 6)
    assert stats.kstest(z.ravel(), "norm").pvalue > 0.01
    warmer = latent.sample_prior(4000, 6, np.random.default_rng(0), temperature=1.5)
    np.testing.assert_allclose(warmer, 1.5 * z)
    assert not latent.sample_prior(3, 6, np.random.default_rng(0), temperature=0.0).any()


def test_uniform_samples_fill_their_range():
    z = latent.sample_uniform(4000, 3, np.random.default_rng(0), -1.0, 3.0)
    assert z.shape == (4000, 3)
    assert stats.kstest(z.ravel(), "uniform", args=(-1.0, 4.0)).pvalue > 0.01


@pytest.mark.parametrize(
    "draw",
    [
        lambda rng: latent.sample_prior(5, 6, rng),
        lambda rng: latent.sample_uniform(5, 6, rng, -2.0, 2.0),
    ],
)
def test_a_seed_fixes_the_samples(draw):
    first, again = draw(np.random.default_rng(7)), draw(np.random.default_rng(7))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, draw(np.random.default_rng(8)))


def test_senseless_sampling_is_refused():
    rng = np.random.default_rng(0)
    for temperature in (-0.1, np.nan, np.inf):
        with pytest.raises(ValueError, match="temperature"):
            latent.sample_prior(1, 2, rng, temperature)
    for low, high in ((1.0, 0.0), (np.nan, 1.0), (0.0, np.inf)):
        with pytest.raises(ValueError, match="range"):
            latent.sample_uniform(1, 2, rng, low, high)
    with pytest.raises(ValueError, match="negative"):
        latent.sample_prior(-1, 2, rng)


@given(st.integers(1, 64))
def test_the_typical_radius_is_the_peak_of_the_chi_density(latent_dim):
    peak = latent.typical_radius(latent_dim)
    density = stats.chi(latent_dim).pdf
    assert density(peak) >= density(peak + 1e-3)
    assert peak == 0.0 or density(peak) >= density(peak - 1e-3)


@given(st.integers(1, 64), st.floats(0.0, 12.0))
def test_the_radius_weight_is_the_chi_density_over_its_peak(latent_dim, radius):
    z = np.zeros((1, latent_dim))
    z[0, 0] = -radius
    density = stats.chi(latent_dim).pdf
    expected = density(radius) / density(latent.typical_radius(latent_dim))
    weight = np.exp(latent._log_radius_weight(z))
    np.testing.assert_allclose(weight, [expected], rtol=1e-7, atol=1e-200)


def test_no_dimensions_are_no_latent_space():
    with pytest.raises(ValueError, match="at least 1 dimension"):
        latent.typical_radius(0)


# --- classes and arithmetic ---------------------------------------------------------------------


def test_a_preset_is_sure_of_its_class_and_typical():
    z = np.array([[0.0, 0.0, 0.0], [1.4, 0.0, 0.0], [0.0, 1.4, 0.0], [0.0, 0.0, 6.0]])
    probabilities = np.array(
        [
            [0.99, 0.01],  # sure, but at the origin, where no sample lies
            [0.90, 0.10],
            [0.30, 0.70],
            [0.00, 1.00],  # sure, but far out
        ]
    )
    np.testing.assert_array_equal(latent.class_presets(z, probabilities), z[[1, 2]])


def test_presets_exist_for_classes_that_no_sample_shows():
    z = np.array([[30.0, 0.0], [0.0, 1.0], [90.0, 90.0]])
    probabilities = np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]])
    np.testing.assert_array_equal(latent.class_presets(z, probabilities), z[[1, 1]])
    # Every weight underflows here: the least far is still the best.
    far = latent.class_presets(100.0 + z, np.ones((3, 1)))
    np.testing.assert_array_equal(far, [[100.0, 101.0]])


def test_class_means_use_the_samples_of_the_class():
    z = np.array([[1.0, 0.0], [3.0, 0.0], [0.0, 8.0], [0.0, 4.0]])
    probabilities = np.array([[0.9, 0.1, 0.0], [0.6, 0.1, 0.0], [0.2, 0.3, 0.0], [0.1, 0.1, 0.0]])
    means = latent.class_means_by_classifier(z, probabilities)
    np.testing.assert_allclose(means[0], [2.0, 0.0])
    np.testing.assert_allclose(means[1], (0.1 * z[0] + 0.1 * z[1] + 0.3 * z[2] + 0.1 * z[3]) / 0.6)
    np.testing.assert_allclose(means[2], z.mean(axis=0))  # nothing known of it


@pytest.mark.parametrize("choose", [latent.class_presets, latent.class_means_by_classifier])
def test_classes_need_samples_and_their_probabilities(choose):
    for z, probabilities in (
        (np.zeros((0, 2)), np.zeros((0, 10))),
        (np.zeros((3, 2)), np.zeros((4, 10))),
        (np.zeros((3, 2)), np.zeros(3)),
    ):
        with pytest.raises(ValueError, match="expected"):
            choose(z, probabilities)


# --- text ---------------------------------------------------------------------------------------


@given(st.integers(1, 64).flatmap(lambda d: vectors(d, bound=latent.MAX_MAGNITUDE)))
def test_a_vector_comes_back_from_its_text(z):
    text = latent.format_vector(z)
    assert len(json.loads(text)) == len(z)
    back = latent.parse_vector(text, len(z))
    np.testing.assert_allclose(back, z, rtol=0, atol=5.1e-7)
    assert latent.parse_vector(latent.format_vector(back), len(z)) == back


@given(st.integers(1, 64).flatmap(vectors))
def test_a_vector_comes_back_from_what_numpy_prints(z):
    with np.printoptions(threshold=1000, precision=8):
        for text in (str(z), repr(z), repr(z.astype(np.float32)), " ".join(map(str, z))):
            np.testing.assert_allclose(latent.parse_vector(text, len(z)), z, rtol=1e-6, atol=1e-5)


@pytest.mark.parametrize(
    "text",
    [
        "[0.1, -2, 0.3]",
        "[ 0.1 -2.  3e-1]",
        "0.1,-2,.3",
        "0.1; -2; 0.3",
        "0.1\n-2\n+0.3\n",
        "(0.1, -2.0, 0.3)",
        "  [[0.1, -2, 0.3]]  ",
        "0.1 \N{MINUS SIGN}2 0.3",
        "np.array([0.1, -2, 0.3])",
        "array([ 0.1, -2. ,  0.3], dtype=float32)",
        "tensor([ 0.1000, -2.0000,  0.3000])",
    ],
)
def test_forms_of_a_vector(text):
    assert latent.parse_vector(text, 3) == (0.1, -2.0, 0.3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "got no number"),
        (" [] ", "got no number"),
        ("hello world", "'hello' is not a number"),
        ("1 2 three", "'three' is not a number"),
        ("[1, 2", "got 2 numbers, this model has 3 dimensions"),
        ("1 2 3 4 5", "got 5 numbers, this model has 3 dimensions"),
        ("7", "got 1 number, this model has 3 dimensions"),
        ("[[1, 2, 3], [4, 5, 6]]", "'3]' is not a number"),
        ("1 nan 3", "'nan' is not a finite number"),
        ("[1, -Infinity, 3]", "'-Infinity' is not a finite number"),
        ("1 2 1e7", "'1e7' is too large"),
        ("1 2 -1e300", "'-1e300' is too large"),
        ("1 2 1e999", "'1e999' is too large"),
        ("1 2 0x10", "'0x10' is not a number"),
        ("1 2 1_000", "'1_000' is not a number"),
        ("1 2 \N{ARABIC-INDIC DIGIT THREE}", "is not a number"),
        ("x" * 500, r"'x{20}\.\.\.' is not a number"),
        ("1 " * 100_000, "200,000 characters is not"),
    ],
)
def test_what_is_not_a_vector_is_refused_in_words(text, message):
    with pytest.raises(ValueError, match=message):
        latent.parse_vector(text, 3)


def test_the_only_dimension_is_spoken_of_as_one():
    with pytest.raises(ValueError, match=r"got 2 numbers, this model has 1 dimension$"):
        latent.parse_vector("1 2", 1)


@given(st.text(max_size=60), st.integers(1, 8))
def test_any_text_is_a_vector_or_refused(text, latent_dim):
    try:
        numbers = latent.parse_vector(text, latent_dim)
    except ValueError:
        return
    assert len(numbers) == latent_dim
    assert all(abs(number) <= latent.MAX_MAGNITUDE for number in numbers)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1.5", 1.5),
        ("  -2 \n", -2.0),
        ("\N{MINUS SIGN}0.25", -0.25),
        ("+.5", 0.5),
        ("3.", 3.0),
        ("1E-3", 0.001),
    ],
)
def test_numbers_as_people_type_them(text, number):
    assert latent.parse_number(text) == number


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "got nothing"),
        ("two", "'two' is not a number"),
        ("1,5", r"'1,5' is not a number \(use a point for decimals\)"),
        ("1 2", "'1 2' is not a number"),
        ("inf", "not a finite number"),
        ("NaN", "not a finite number"),
        ("1e300", "too large"),
        ("-1000001", "too large"),
    ],
)
def test_what_is_not_a_number_is_refused_in_words(text, message):
    with pytest.raises(ValueError, match=message):
        latent.parse_number(text)


def test_a_written_vector_has_no_negative_zero_and_must_be_finite():
    assert latent.format_vector([-1e-9, 0.1 + 0.2, -2]) == "[0.0, 0.3, -2.0]"
    with pytest.raises(ValueError, match="finite"):
        latent.format_vector([1.0, np.nan])
    with pytest.raises(ValueError, match="one vector"):
        latent.format_vector([[1.0]])
