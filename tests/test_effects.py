"""Effects: what a direction does is measured on images, and the verdict is honest."""

import csv

import numpy as np
import pytest

from explorer.model import SampleRequest
from vae import effects as effects_module
from vae.attributes import NAMES, measure
from vae.directions import Direction, orthogonal_to
from vae.effects import WALKS, Effects, does_what_it_says, effect_table, measure_effects


@pytest.fixture(scope="module")
def points(model):
    return model.draw(SampleRequest("learned", seed=0, count=WALKS))


@pytest.fixture(scope="module")
def effects(model, real_attributes, named, points):
    """What each attribute's direction does, by name."""
    return {
        name: measure_effects(direction, model.decoder, points, real_attributes)
        for name, direction in named.items()
    }


def a_direction(name="a", vector=(0.6, 0.8), **known):
    return Direction(name, known.pop("kind", "classes"), np.array(vector), **known)


def test_directions_do_what_they_say_and_the_one_that_does_not_is_marked(named, effects):
    said = {name: does_what_it_says(named[name], effects[name]) for name in named}
    # A loop opens and closes at once: more ink and width, and only then perhaps a larger hole.
    assert said == dict.fromkeys(NAMES, True) | {"loop": False}
    for name in named:
        assert effects[name].mean[NAMES.index(name)] > 0
    slant = effects["slant"]
    assert slant.mean[NAMES.index("slant")] > 10  # degrees per unit
    assert slant.agreement[NAMES.index("slant")] > 0.98


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
    effects = effects_module._effects(changes, np.ones(6))
    lead, errors = effects.lead("thickness")
    difference = changes[:, 1] + changes[:, 0]  # the sizes, of which ink falls
    assert lead == pytest.approx(difference.mean())
    by_hand = difference.mean() / (difference.std(ddof=1) / np.sqrt(300))
    assert errors == pytest.approx(by_hand)


def test_walking_backwards_is_the_opposite(model, real_attributes, named, points):
    there = named["slant"]
    back = Direction("back", "attribute", -there.vector, attribute="slant")
    first, second = (
        measure_effects(direction, model.decoder, points[:60], real_attributes)
        for direction in (there, back)
    )
    np.testing.assert_allclose(first.mean, -second.mean)
    assert does_what_it_says(back, second) is False


def test_the_same_walk_is_measured_on_the_images(model, real_attributes, named, points):
    direction, few = named["width"], points[:40]
    effect = measure_effects(direction, model.decoder, few, real_attributes)
    ends = [measure(model.decoder.decode_uint8(few + s * direction.vector)) for s in (-0.5, 0.5)]
    np.testing.assert_allclose(effect.mean, (ends[1] - ends[0]).mean(axis=0))
    np.testing.assert_allclose(effect.scale, real_attributes.std(axis=0))
    assert effect.count == 40


def test_what_cannot_be_measured_has_no_effect(model, real_attributes, named):
    class Dark:
        latent_dim = model.latent_dim

        def decode_uint8(self, z):
            return np.zeros((len(z), 1, 28, 28), np.uint8)

    effect = measure_effects(named["slant"], Dark(), np.zeros((5, 6)), real_attributes)
    assert effect.count == 0
    assert does_what_it_says(named["slant"], effect) is False


def test_effects_tell_their_progress_and_can_be_ended(model, real_attributes, named, points):
    told = []
    measure_effects(named["ink"], model.decoder, points[:150], real_attributes, told.append)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1)

    def stop(share):
        if share > 0.3:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        measure_effects(named["slant"], model.decoder, points, real_attributes, stop)


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


def test_what_is_not_measured_yet_is_not_wrong(named, effects):
    found = [named["slant"], named["loop"]]
    table = effect_table(found, [effects["slant"], None])
    assert table.verdicts == (True, None)
    assert table.column("R2")[1] == named["loop"].r2
    assert np.isnan(table.values[1, 4:]).all()
    np.testing.assert_array_equal(
        table.values[0], effect_table(found[:1], [effects["slant"]]).values[0]
    )


def test_an_empty_table():
    assert effect_table([], []).csv().count("\n") == 1


def test_taller_with_the_slant_held(model, real_attributes, named, points):
    """On the images, too, and not only in the regression."""
    step = orthogonal_to(named["height"], [named["slant"]])
    assert abs(step @ named["slant"].gradient) < 1e-9
    held = Direction("held", "attribute", step, attribute="height")
    before, after = (
        measure_effects(direction, model.decoder, points, real_attributes)
        for direction in (named["height"], held)
    )
    slant = NAMES.index("slant")
    assert abs(after.relative[slant]) < 0.5 * abs(before.relative[slant])
