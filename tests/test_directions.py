"""Directions: found as they should be, and held apart."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from explorer.model import SampleRequest
from vae import directions
from vae.attributes import NAMES
from vae.decoding import FoldedDecoder
from vae.directions import (
    Direction,
    activation_directions,
    attribute_directions,
    class_directions,
    difference_direction,
    map_directions,
    metric_directions,
    orthogonal_to,
)
from vae.geometry import pullback_metric


@pytest.fixture(scope="module")
def points(model):
    return model.draw(SampleRequest("learned", seed=0, count=500))


def unit(rng, d=6):
    vector = rng.standard_normal(d)
    return vector / np.linalg.norm(vector)


def a_direction(name="a", vector=(0.6, 0.8), **known):
    return Direction(name, known.pop("kind", "classes"), np.array(vector), **known)


# --- attributes ---------------------------------------------------------------------------------


def test_every_attribute_of_the_digits_has_a_direction(model, named):
    assert tuple(named) == NAMES
    for name, direction in named.items():
        assert direction.kind == "attribute"
        assert direction.attribute == name
        assert direction.vector.shape == (model.latent_dim,)
        assert np.linalg.norm(direction.vector) == pytest.approx(1, abs=1e-12)


def test_held_out_figures_are_as_the_readme_says(named):
    """Measured: ink 0.70, thickness 0.30, slant 0.87, width 0.65, height 0.17, loop 0.37."""
    expected = {"ink": 0.70, "thickness": 0.30, "slant": 0.87}
    expected |= {"width": 0.65, "height": 0.17, "loop": 0.37}
    for name, direction in named.items():
        assert direction.r2 == pytest.approx(expected[name], abs=0.03)
        assert direction.r2_partial < direction.r2 + 0.01


def test_held_back_images_change_nothing_about_the_gradient(model, real_attributes, named):
    half = slice(None, None, 2)
    for direction in attribute_directions(model.encoded.mu[half], real_attributes[half]):
        # Half of the images give the same direction, to within a few degrees.
        assert direction.vector @ named[direction.name].vector > 0.97


def linear_world(seed, noise=0.0, n=400, d=5):
    """Points, and attributes that are linear in them: as many as there are names."""
    rng = np.random.default_rng(seed)
    z = rng.standard_normal((n, d))
    slopes = rng.standard_normal((len(NAMES), d))
    measured = 7 + z @ slopes.T + noise * rng.standard_normal((n, len(NAMES)))
    return z, slopes, measured


few = settings(max_examples=10)  # each fits dozens of regressions


@few
@given(st.integers(0, 2**32 - 1))
def test_the_gradient_of_a_linear_attribute_is_its_slope(seed):
    z, slopes, measured = linear_world(seed)
    for direction, slope in zip(attribute_directions(z, measured), slopes, strict=True):
        assert direction.r2 > 0.999
        np.testing.assert_allclose(direction.gradient, slope, atol=0.05 * np.linalg.norm(slope))


@few
@given(st.integers(0, 2**32 - 1))
def test_partialling_out_undoes_a_confounder(seed):
    """Two attributes that share a cause: what is left of the first is its own part."""
    rng = np.random.default_rng(seed)
    z = rng.standard_normal((2000, 3))
    second = z[:, 1]
    first = z[:, 0] + 2 * second
    alone = attribute_directions(z, first[:, None], ["first"])[0]
    partial = attribute_directions(z, np.column_stack([first, second]), ["first", "second"])[0]
    assert abs(alone.vector[0]) < 0.6
    assert partial.vector[0] > 0.99
    np.testing.assert_allclose(partial.gradient, alone.gradient)


@few
@given(st.integers(0, 2**32 - 1), st.floats(0, 3))
def test_partialling_out_is_the_gradient_less_the_share_of_the_others(seed, noise):
    """Against another road to the same: scikit-learn's ridge, and the inverse of the covariance.

    A coefficient of the regression of an attribute on the others is minus an element of the inverse
    covariance of all, over its diagonal (the partial regression of Frisch & Waugh).
    """
    from sklearn.linear_model import Ridge

    z, _, measured = linear_world(seed, noise=0.5 + noise)
    gradients = Ridge(alpha=directions.RIDGE * len(z)).fit(z, measured).coef_  # (A, d)
    found = {direction.name: direction for direction in attribute_directions(z, measured)}
    parts = [index for index, name in enumerate(NAMES) if name != "ink"]
    inverse = np.linalg.inv(np.cov(measured[:, parts], rowvar=False))
    for index, name in enumerate(NAMES):
        expected = gradients[index]
        np.testing.assert_allclose(found[name].gradient, expected, rtol=1e-7, atol=1e-9)
        if name != "ink":
            row = inverse[parts.index(index)]
            expected = (row / row[parts.index(index)]) @ gradients[parts]
        expected = expected / np.linalg.norm(expected)
        np.testing.assert_allclose(found[name].vector, expected, atol=1e-6)


def test_the_held_out_r2_is_that_of_cross_validation(model, real_attributes, named):
    """With scikit-learn's ridge, folds and score; other folds give nearly the same."""
    from sklearn.linear_model import Ridge
    from sklearn.model_selection import KFold, cross_val_predict

    ridge = Ridge(alpha=directions.RIDGE * len(real_attributes) * 4 / 5)
    for target, direction in zip(real_attributes.T, named.values(), strict=True):
        predicted = cross_val_predict(
            ridge, model.encoded.mu, target, cv=KFold(5, shuffle=True, random_state=1)
        )
        r2 = 1 - ((target - predicted) ** 2).mean() / target.var()
        assert direction.r2 == pytest.approx(r2, abs=0.003)


def test_noise_has_no_held_out_r2():
    rng = np.random.default_rng(0)
    z, noise = rng.standard_normal((500, 6)), rng.standard_normal((500, len(NAMES)))
    for direction in attribute_directions(z, noise):
        assert -0.1 < direction.r2 < 0.03


def test_dead_dimensions_are_not_moved(model, real_attributes):
    rng = np.random.default_rng(0)
    dead = 0.003 * rng.standard_normal((len(real_attributes), 4))
    for direction in attribute_directions(np.hstack([model.encoded.mu, dead]), real_attributes):
        assert np.abs(direction.vector[-4:]).max() < 0.05


def test_constant_attributes_and_unmeasured_images_are_left_out():
    z, _, measured = linear_world(0)
    measured[:, NAMES.index("loop")] = 0.0
    measured[3, 0] = np.nan
    found = attribute_directions(z, measured)
    assert [direction.name for direction in found] == [name for name in NAMES if name != "loop"]


def test_too_few_images_are_refused():
    z, _, measured = linear_world(0, n=60)
    measured[:20] = np.nan
    with pytest.raises(ValueError, match="40 images can be measured"):
        attribute_directions(z, measured)
    with pytest.raises(ValueError, match="got shapes"):
        attribute_directions(z[:10], measured)


# --- without labels, and between groups ---------------------------------------------------------


def test_shares_descend_and_add_up(model, points):
    d = model.latent_dim
    for found in (map_directions(model.decoder), metric_directions(model.decoder, points)):
        shares = [direction.share for direction in found]
        assert shares == sorted(shares, reverse=True)
        assert sum(shares) == pytest.approx(1)
        vectors = np.array([direction.vector for direction in found])
        np.testing.assert_allclose(vectors @ vectors.T, np.eye(d), atol=1e-9)
    found = activation_directions(model.decoder, points)
    shares = [direction.share for direction in found]
    assert len(shares) == d
    assert shares == sorted(shares, reverse=True)
    # ReLU makes more of d dimensions: measured, 87 % are in the first d components.
    assert 0.7 < sum(shares) < 1


def test_sefa_is_the_decomposition_of_the_folded_map(model):
    """Against the network itself: at the origin and one unit away, before its ReLU."""
    import torch

    state = {key: torch.from_numpy(value) for key, value in model.bundle.decoder.items()}

    def first(z):
        hidden = z @ state["linear.weight"].T
        planes = state["deconv_stack.0.weight"].shape[0]
        side = round((hidden.shape[1] / planes) ** 0.5)
        maps = hidden.reshape(len(z), planes, side, side)
        return torch.nn.functional.conv_transpose2d(
            maps, state["deconv_stack.0.weight"], stride=2, padding=1
        ).flatten(1)

    m = first(torch.eye(model.latent_dim)).double().numpy().T
    _, sizes, vectors = np.linalg.svd(m, full_matrices=False)
    found = map_directions(model.decoder)
    np.testing.assert_allclose(
        [direction.share for direction in found], sizes**2 / (sizes**2).sum(), rtol=1e-4
    )
    cosines = np.sum(np.array([direction.vector for direction in found]) * vectors, axis=1)
    np.testing.assert_allclose(np.abs(cosines), 1, atol=1e-4)


def test_metric_directions_are_eigenvectors_of_the_mean_metric(model, points):
    mean = np.mean([pullback_metric(model.decoder.jacobian(z)) for z in points[:50]], axis=0)
    for direction in metric_directions(model.decoder, points[:50]):
        expected = direction.share * np.trace(mean) * direction.vector
        np.testing.assert_allclose(mean @ direction.vector, expected, rtol=1e-6, atol=1e-6)


def test_ganspace_of_a_decoder_without_bends_is_its_map(model, points):
    """Where ReLU bends nothing, activations are linear in z; then the regression is exact."""

    state = dict(model.bundle.decoder)
    state["deconv_stack.0.bias"] = state["deconv_stack.0.bias"] + 1e4  # no activation is negative
    straight = FoldedDecoder.from_state_dict(state)
    rng = np.random.default_rng(0)
    z = rng.standard_normal((400, model.latent_dim))
    z -= z.mean(axis=0)
    z = z @ np.linalg.inv(np.linalg.cholesky(np.cov(z, rowvar=False))).T  # exactly white
    found = activation_directions(straight, z)
    assert sum(direction.share for direction in found) == pytest.approx(1, abs=1e-3)
    for direction, expected in zip(found, map_directions(model.decoder), strict=True):
        assert direction.share == pytest.approx(expected.share, rel=0.01)
        assert direction.vector @ expected.vector > 0.98


def test_the_largest_component_is_positive(model, points):
    found = [*map_directions(model.decoder), *activation_directions(model.decoder, points)]
    for direction in found:
        assert direction.vector[np.abs(direction.vector).argmax()] > 0


def test_class_directions_lead_from_one_mean_to_the_other(model):
    means = model.class_means
    found = {d.name: d for d in class_directions(means, model.class_names)}
    assert len(found) == 45
    there = found["3 to 8"]
    np.testing.assert_allclose(means[3] + there.length * there.vector, means[8], atol=1e-6)


def test_a_direction_between_groups_is_between_their_means(model):
    mu, labels = model.encoded.mu, model.encoded.labels
    found = difference_direction("x", mu[labels == 3], mu[labels == 8])
    expected = mu[labels == 8].mean(axis=0) - mu[labels == 3].mean(axis=0)
    np.testing.assert_allclose(found.vector * found.length, expected)


@pytest.mark.parametrize(
    ("start", "end", "fault"),
    [
        ([1.0, 2.0], [1.0, 2.0], "same mean"),
        ([1.0], [1.0, 2.0], "number of dimensions"),
        (np.empty((0, 2)), [1.0, 2.0], "at least one"),
        ([np.nan, 0.0], [1.0, 2.0], "finite"),
    ],
)
def test_groups_without_a_direction_are_refused(start, end, fault):
    with pytest.raises(ValueError, match=fault):
        difference_direction("x", start, end)


def test_points_of_another_model_are_refused(model):
    for find in (metric_directions, activation_directions):
        with pytest.raises(ValueError, match="at least 2 points of 6"):
            find(model.decoder, np.zeros((5, 7)))


# --- holding others -----------------------------------------------------------------------------


@given(st.integers(0, 2**32 - 1), st.integers(2, 64), st.data())
def test_a_held_regression_is_unchanged(seed, d, data):
    rng = np.random.default_rng(seed)
    count = data.draw(st.integers(1, d - 1))
    gradients = rng.standard_normal((count, d)) * 10.0 ** rng.uniform(-5, 5, (count, 1))
    others = [
        Direction(str(i), "attribute", unit(rng, d), gradient=g) for i, g in enumerate(gradients)
    ]
    wanted = Direction("wanted", "classes", unit(rng, d))
    basis = np.linalg.svd(gradients / np.linalg.norm(gradients, axis=1, keepdims=True))[2][:count]
    left = wanted.vector - basis.T @ (basis @ wanted.vector)
    assume(np.linalg.norm(left) > 2 * directions.MIN_LEFT)

    step = orthogonal_to(wanted, others)

    assert np.linalg.norm(step) == pytest.approx(1, abs=1e-12)
    np.testing.assert_allclose(step, left / np.linalg.norm(left), atol=1e-6)
    z = rng.standard_normal(d)
    for gradient in gradients:  # however far one walks
        change = gradient @ (z + 3 * step) - gradient @ z
        assert abs(change) <= 1e-9 * np.linalg.norm(gradient)


def test_no_attribute_moves_one_that_is_held(model, real_attributes, named):
    """As scikit-learn predicts the attributes of real digits, before and after a step of 2."""
    from sklearn.linear_model import Ridge

    mu = model.encoded.mu[:500]
    ridge = Ridge(alpha=directions.RIDGE * len(real_attributes))
    fitted = ridge.fit(model.encoded.mu, real_attributes)
    before = fitted.predict(mu)
    for wanted in named.values():
        for name, held in named.items():
            if held is not wanted:
                step = orthogonal_to(wanted, [held])
                change = fitted.predict(mu + 2 * step) - before
                column = NAMES.index(name)
                assert np.abs(change[:, column]).max() < 1e-9 * real_attributes[:, column].std()
                # What is left of the wanted one still raises it.
                assert (change[:, NAMES.index(wanted.name)] > 0).all()


def test_holding_what_is_orthogonal_already_changes_nothing():
    step = orthogonal_to([1.0, 0, 0], [[0, 2.0, 0], [0, 0, 0], [0, 1e-300, 0]])
    np.testing.assert_allclose(step, [1, 0, 0])
    np.testing.assert_allclose(orthogonal_to([3.0, 4.0], []), [0.6, 0.8])


@pytest.mark.parametrize(
    ("direction", "others"),
    [
        ([1.0, 0.0], [[1.0, 0.001]]),
        ([1.0, 0.0], [[1.0, 1.0], [1.0, -1.0]]),
        ([1.0, 0.0], [[1.0, 1.0], [1.0, 1.0 + 1e-7]]),
        ([0.0, 0.0], []),
    ],
)
def test_when_nothing_is_left_it_is_refused(direction, others):
    with pytest.raises(ValueError, match="nothing is left of the direction"):
        orthogonal_to(direction, others)


@pytest.mark.parametrize("other", [[1.0], [np.nan, 1.0], [[1.0, 2.0]]])
def test_what_cannot_be_held_is_refused(other):
    with pytest.raises(ValueError, match="to be held"):
        orthogonal_to([1.0, 0.0], [other])


# --- one direction ------------------------------------------------------------------------------


def test_a_direction_is_of_length_1_and_cannot_be_changed():
    vector = np.array([0.6, 0.8 + 1e-9])
    direction = a_direction(vector=vector)
    vector[:] = 0
    assert np.linalg.norm(direction.vector) == pytest.approx(1, abs=1e-15)
    with pytest.raises(ValueError, match="read-only"):
        direction.vector[0] = 3


@pytest.mark.parametrize(
    ("known", "fault"),
    [
        ({"vector": (1.0, 1.0)}, "length 1.41421, expected 1"),
        ({"vector": (np.nan, 1.0)}, "finite"),
        ({"vector": ()}, "finite"),
        ({"name": " "}, "1 to 200 characters"),
        ({"name": "n" * 201}, "1 to 200 characters"),
        ({"name": "\ud83d"}, "half a character"),
        ({"attribute": "\ud83d"}, "half a character"),
        ({"r2": float("nan")}, "not finite"),
        ({"length": float("inf")}, "not finite"),
        ({"kind": "other"}, "no kind of direction"),
        ({"gradient": np.ones(3)}, "has 3 numbers, its vector 2"),
    ],
)
def test_what_is_no_direction_is_refused(known, fault):
    with pytest.raises(ValueError, match=fault):
        a_direction(**known)
