"""Directions: found as they should be, honest about what they do, held apart, kept safely."""

import csv
import json

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from explorer.model import SampleRequest
from vae import directions
from vae.attributes import NAMES, measure
from vae.decoding import FoldedDecoder
from vae.directions import (
    Direction,
    DirectionsError,
    Effects,
    NewerDirectionsError,
    activation_directions,
    attribute_directions,
    class_directions,
    difference_direction,
    does_what_it_says,
    effect_table,
    load_directions,
    map_directions,
    measure_effects,
    metric_directions,
    orthogonal_to,
    save_directions,
)
from vae.geometry import pullback_metric

SHA = "0123456789abcdef" * 4


@pytest.fixture(scope="module")
def real(model):
    """The attributes of the bundled digits."""
    return measure(model.encoded.images)


@pytest.fixture(scope="module")
def named(model, real):
    """The direction of each attribute, by name."""
    return {d.name: d for d in attribute_directions(model.encoded.mu, real)}


@pytest.fixture(scope="module")
def points(model):
    return model.draw(SampleRequest("learned", seed=0, count=directions.WALKS))


@pytest.fixture(scope="module")
def effects(model, real, named, points):
    """What each attribute's direction does, by name."""
    measured = measure_effects(list(named.values()), model.decoder, points, real)
    return dict(zip(named, measured, strict=True))


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


def test_directions_do_what_they_say_and_the_one_that_does_not_is_marked(named, effects):
    said = {name: does_what_it_says(named[name], effects[name]) for name in named}
    # A loop opens and closes at once: more ink and width, and only then perhaps a larger hole.
    assert said == dict.fromkeys(NAMES, True) | {"loop": False}
    for name in named:
        assert effects[name].mean[NAMES.index(name)] > 0
    slant = effects["slant"]
    assert slant.mean[NAMES.index("slant")] > 10  # degrees per unit
    assert slant.agreement[NAMES.index("slant")] > 0.98


def test_held_back_images_change_nothing_about_the_gradient(model, real, named):
    half = slice(None, None, 2)
    for direction in attribute_directions(model.encoded.mu[half], real[half]):
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


def test_noise_has_no_held_out_r2():
    rng = np.random.default_rng(0)
    z, noise = rng.standard_normal((500, 6)), rng.standard_normal((500, len(NAMES)))
    for direction in attribute_directions(z, noise):
        assert -0.1 < direction.r2 < 0.03


def test_dead_dimensions_are_not_moved(model, real):
    rng = np.random.default_rng(0)
    dead = 0.003 * rng.standard_normal((len(real), 4))
    for direction in attribute_directions(np.hstack([model.encoded.mu, dead]), real):
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


# --- effects ------------------------------------------------------------------------------------


def some_effects(mean, spread=0.1, scale=1.0, count=100):
    mean = np.resize(np.asarray(mean, float), len(NAMES))
    ones = np.ones(len(NAMES))
    return Effects(NAMES, count, mean, spread * ones, ones, scale * ones, np.diag(spread**2 * ones))


def thickness():
    return Direction("thickness", "attribute", np.array([1.0, 0.0]), attribute="thickness")


@pytest.mark.parametrize(
    ("mean", "spread", "verdict"),
    [
        ([0, 1, 0, 0, 0, 0], 0.1, True),
        ([0.9, 1, -0.9, 0, 0, 0], 0.1, True),
        ([0, -1, 0, 0, 0, 0], 0.1, False),  # the wrong way
        ([0, 0.3, 0, 0, 0, 0], 1.0, False),  # 3 errors from 0
        ([0, 1, -1.1, 0, 0, 0], 0.1, False),  # slants more
        ([0.995, 1, 0, 0, 0, 0], 0.1, False),  # not clearly more than ink
        ([0, np.nan, 0, 0, 0, 0], 0.1, False),
    ],
)
def test_the_verdict(mean, spread, verdict):
    assert does_what_it_says(thickness(), some_effects(mean, spread)) is verdict


def test_no_verdict_without_a_claim():
    assert does_what_it_says(a_direction(), some_effects([1])) is None


def test_the_error_of_a_lead_is_that_of_paired_walks():
    rng = np.random.default_rng(0)
    common = rng.standard_normal(300)
    changes = np.tile(0.5 * common[:, None], len(NAMES)) + 0.01 * rng.standard_normal((300, 6))
    changes[:, 1] += 0.9
    changes[:, 0] = -changes[:, 0] - 0.8
    changes[:, 2:] = changes[:, 1:2] - 0.5  # always half a unit behind, with no error at all
    effects = directions._effects(changes, np.ones(6))
    lead, errors = effects.lead("thickness")
    difference = changes[:, 1] + changes[:, 0]  # the sizes, of which ink falls
    assert lead == pytest.approx(difference.mean())
    by_hand = difference.mean() / (difference.std(ddof=1) / np.sqrt(300))
    assert errors == pytest.approx(by_hand)


def test_walking_backwards_is_the_opposite(model, real, named, points):
    there = named["slant"]
    back = Direction("back", "attribute", -there.vector, attribute="slant")
    first, second = measure_effects([there, back], model.decoder, points[:60], real)
    np.testing.assert_allclose(first.mean, -second.mean)
    assert does_what_it_says(back, second) is False


def test_the_same_walk_is_measured_on_the_images(model, real, named, points):
    direction, few = named["width"], points[:40]
    effect = measure_effects([direction], model.decoder, few, real)[0]
    ends = [measure(model.decoder.decode_uint8(few + s * direction.vector)) for s in (-0.5, 0.5)]
    np.testing.assert_allclose(effect.mean, (ends[1] - ends[0]).mean(axis=0))
    np.testing.assert_allclose(effect.scale, real.std(axis=0))
    assert effect.count == 40


def test_what_cannot_be_measured_has_no_effect(model, real, named):
    class Dark:
        latent_dim = model.latent_dim

        def decode_uint8(self, z):
            return np.zeros((len(z), 1, 28, 28), np.uint8)

    effect = measure_effects([named["slant"]], Dark(), np.zeros((5, 6)), real)[0]
    assert effect.count == 0
    assert does_what_it_says(named["slant"], effect) is False


def test_effects_tell_their_progress_and_can_be_ended(model, real, named, points):
    told = []
    measure_effects(list(named.values())[:2], model.decoder, points[:150], real, told.append)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1)

    def stop(share):
        if share > 0.3:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        measure_effects([named["slant"]], model.decoder, points, real, stop)


def test_the_table_and_its_csv(named, effects):
    found = [*named.values(), a_direction('a, "b"', np.eye(6)[0], length=2.5)]
    table = effect_table(found, [*effects.values(), effects["slant"]])
    assert table.values.shape == (7, len(table.columns))
    assert table.column("R2")[0] == named["ink"].r2
    assert np.isnan(table.column("R2")[6])
    assert table.column("length")[6] == 2.5
    slant = NAMES.index("slant")
    np.testing.assert_array_equal(table.column("effect")[slant], effects["slant"].mean[slant])
    np.testing.assert_array_equal(
        table.column("slant (sd)")[slant], effects["slant"].relative[slant]
    )

    rows = list(csv.reader(table.csv().splitlines()))
    assert rows[0] == ["direction", "kind", *table.columns, "does what it says"]
    assert [row[0] for row in rows[1:]] == [direction.name for direction in found]
    assert {row[0]: row[-1] for row in rows[1:]} == (
        dict.fromkeys(NAMES, "yes") | {"loop": "no", 'a, "b"': ""}
    )
    for row, values in zip(rows[1:], table.values, strict=True):
        numbers = [float(cell) if cell else np.nan for cell in row[2:-1]]
        np.testing.assert_allclose(numbers, values, rtol=1e-5)


def test_an_empty_table():
    assert effect_table([], []).csv().count("\n") == 1


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


def test_taller_with_the_slant_held(model, real, named, points):
    """On the images, too, and not only in the regression."""
    step = orthogonal_to(named["height"], [named["slant"]])
    assert abs(step @ named["slant"].gradient) < 1e-9
    held = Direction("held", "attribute", step, attribute="height")
    before, after = measure_effects([named["height"], held], model.decoder, points, real)
    slant = NAMES.index("slant")
    assert abs(after.relative[slant]) < 0.5 * abs(before.relative[slant])


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
        ({"kind": "other"}, "no kind of direction"),
        ({"gradient": np.ones(3)}, "has 3 numbers, its vector 2"),
    ],
)
def test_what_is_no_direction_is_refused(known, fault):
    with pytest.raises(ValueError, match=fault):
        a_direction(**known)


# --- kept in a file -----------------------------------------------------------------------------


def test_directions_come_back_as_they_were(tmp_path, named, model):
    path = tmp_path / "directions.json"
    kept = [*named.values(), *map_directions(model.decoder), a_direction("é, ∂", np.eye(6)[2])]
    save_directions(path, kept, model.bundle.sha256)
    back = load_directions(path, model.bundle.sha256, model.latent_dim)
    assert len(back) == len(kept)
    for before, after in zip(kept, back, strict=True):
        np.testing.assert_allclose(after.vector, before.vector, rtol=1e-15)
        for name in ("name", "kind", "attribute", "r2", "r2_partial", "share", "length"):
            assert getattr(after, name) == getattr(before, name)
        assert (after.gradient is None) == (before.gradient is None)
        if after.gradient is not None:
            np.testing.assert_array_equal(after.gradient, before.gradient)


def test_no_directions_are_a_file_as_well(tmp_path):
    save_directions(tmp_path / "d.json", [], SHA)
    assert load_directions(tmp_path / "d.json", SHA, 2) == ()


def test_what_cannot_be_saved_leaves_the_file_alone(tmp_path):
    path = tmp_path / "d.json"
    save_directions(path, [a_direction()], SHA)
    content = path.read_bytes()
    with pytest.raises(ValueError, match="two directions have the name 'b'"):
        save_directions(path, [a_direction("b"), a_direction("b")], SHA)
    with pytest.raises(ValueError, match="64 hexadecimal"):
        save_directions(path, [], "abc")
    with pytest.raises(ValueError, match="JSON"):
        save_directions(path, [a_direction(r2=float("nan"))], SHA)
    assert path.read_bytes() == content
    assert [other.name for other in tmp_path.iterdir()] == ["d.json"]


def test_directions_of_other_weights_are_refused(tmp_path):
    save_directions(tmp_path / "d.json", [a_direction()], SHA)
    with pytest.raises(DirectionsError, match=r"d\.json belongs to other weights \(SHA-256 0123"):
        load_directions(tmp_path / "d.json", SHA[::-1], 2)


def document(**changes):
    entry = {"name": "a", "kind": "classes", "vector": [0.6, 0.8]}
    entry |= changes.pop("entry", {})
    whole = {"format": directions.FORMAT, "version": 1, "weights": SHA, "directions": [entry]}
    return whole | changes


def test_a_newer_file_is_refused_as_such(tmp_path):
    path = tmp_path / "d.json"
    path.write_text(json.dumps(document(version=2)))
    with pytest.raises(NewerDirectionsError, match=r"newer version .* reads up to 1"):
        load_directions(path, SHA, 2)


def test_the_least_that_a_file_must_hold(tmp_path):
    path = tmp_path / "d.json"
    path.write_text(json.dumps(document(entry={"comment": "of a later program"})))
    assert load_directions(path, SHA, 2)[0].name == "a"


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (document(version=True), "its version is True"),
        (document(version=0), "its version is 0"),
        (document(format="latent-space-explorer/shelf"), "no file of directions"),
        ([], "no file of directions"),
        (document(weights=None), "None, not 64 hexadecimal"),
        (document(weights="A" * 64), "not 64 hexadecimal"),
        (document(directions={}), "are no list"),
        (document(directions=[1]), "direction 1 is no object"),
        (document(entry={"name": 1}), "name of direction 1 is no text"),
        (document(entry={"name": ""}), "1 to 200"),
        (document(entry={"name": "\ud800"}), "half a character"),
        (document(entry={"kind": "own"}), "no kind"),
        (document(entry={"attribute": 3}), "attribute of direction 1"),
        (document(entry={"vector": [1.0]}), "no list of 2 numbers"),
        (document(entry={"vector": None}), "no list of 2 numbers"),
        (document(entry={"vector": [True, 0]}), "holds True"),
        (document(entry={"vector": ["1", 0]}), "holds '1'"),
        (document(entry={"vector": [0.5, 0.5]}), "has length 0.707"),
        (document(entry={"vector": [10**400, 0]}), "where a number was expected"),
        (document(entry={"vector": [float("nan"), 0]}), "not a finite number"),
        (document(entry={"r2": float("inf")}), "not a finite number"),
        (document(entry={"share": "much"}), "share of direction 1"),
        (document(entry={"gradient": [1.0]}), "gradient of direction 1"),
        (document(directions=document()["directions"] * 2), "two directions have the name 'a'"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path, content, fault):
    path = tmp_path / "d.json"
    path.write_text(json.dumps(content))
    with pytest.raises(DirectionsError, match=fault) as caught:
        load_directions(path, SHA, 2)
    assert "d.json" in str(caught.value)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"a": 1e999}'], ids=str
)
def test_what_is_no_json_is_refused(tmp_path, content):
    path = tmp_path / "d.json"
    path.write_bytes(content)
    with pytest.raises(DirectionsError, match="is not JSON, or was cut off"):
        load_directions(path, SHA, 2)


def test_what_is_no_file_is_refused(tmp_path, monkeypatch):
    with pytest.raises(DirectionsError, match="cannot be read"):
        load_directions(tmp_path / "none.json", SHA, 2)
    with pytest.raises(DirectionsError, match="not a regular file"):
        load_directions(tmp_path, SHA, 2)
    save_directions(tmp_path / "d.json", [a_direction()], SHA)
    monkeypatch.setattr(directions, "MAX_FILE_BYTES", 10)
    with pytest.raises(DirectionsError, match="far too large"):
        load_directions(tmp_path / "d.json", SHA, 2)


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_politely(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("bytes") / "d.json"
    path.write_bytes(content)
    with pytest.raises(DirectionsError):
        load_directions(path, SHA, 2)
