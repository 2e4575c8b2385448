"""The loaded model: what its dimensions are worth, and the real digits in its space."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from explorer.model import LoadedModel, learn_statistics, open_model, survey
from tests.foreign import foreign_state
from tests.gan_parts import gan_copy
from vae import data
from vae.statistics import TYPICAL, typicality
from vae.weights import save_state_dict

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def model(model: LoadedModel) -> LoadedModel:
    """The shipped model, of which nothing has been learned yet."""
    return replace(model, encoded=None)


@pytest.fixture(scope="module")
def learned(model: LoadedModel) -> LoadedModel:
    return learn_statistics(model)


@pytest.fixture
def foreign(tmp_path) -> LoadedModel:
    save_state_dict(foreign_state(latent=2), tmp_path / "decoder.pt")
    return open_model(tmp_path / "decoder.pt")


def with_record(model: LoadedModel, **sections: dict) -> LoadedModel:
    """The model with sections of its training record changed."""
    record = {**model.record, **{k: {**model.record[k], **v} for k, v in sections.items()}}
    return replace(model, bundle=replace(model.bundle, record=record))


def test_the_bundled_digits_are_learned(learned, model):
    images, labels = data.bundled_digits()
    np.testing.assert_array_equal(learned.encoded.images, images[:, None])
    np.testing.assert_array_equal(learned.encoded.labels, labels)
    assert learned.without_statistics == ""
    assert learned.presets is model.presets
    assert learned.bundle is model.bundle
    assert typicality(learned.presets[3], learned.encoded).word == TYPICAL


def test_a_real_digit_is_a_point_with_a_name(learned):
    name, z = learned.real_point(1234)
    assert name == f"real {learned.encoded.labels[1234]} #1234"
    np.testing.assert_array_equal(z, learned.encoded.mu[1234])


@pytest.mark.parametrize("label", [0, 7])
def test_random_real_digits_are_of_the_class_that_was_asked_for(learned, label):
    rng = np.random.default_rng(0)
    names = {learned.random_real_point(label, rng)[0] for _ in range(20)}
    assert len(names) > 15
    for name in names:
        number = int(name.removeprefix(f"real {label} #"))
        assert learned.encoded.labels[number] == label


def test_learning_reports_progress_and_can_be_ended(model):
    told: list[float] = []
    learn_statistics(model, told.append)
    assert told[0] == 0
    assert told == sorted(told)
    assert told[-1] > 0.9

    class Cancelled(Exception):
        pass

    def cancel(fraction: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        learn_statistics(model, cancel)


def test_the_use_is_measured_and_before_that_what_the_record_says(learned, model):
    assert model.encoded is None
    np.testing.assert_array_equal(model.use, model.record["final"]["kl_per_dimension"])
    assert learned.use is learned.encoded.kl
    np.testing.assert_allclose(learned.use, model.use, rtol=1e-4)


@pytest.mark.parametrize(
    "claimed",
    [
        None,
        "2.1",
        {"0": 2.1},
        [],
        [2.0] * 5,
        [2.0] * 7,
        [2.0] * 5 + ["2.0"],
        [2.0] * 5 + [None],
        [2.0] * 5 + [True],
        [2.0] * 5 + [[2.0]],
        [2.0] * 5 + [float("nan")],
        [2.0] * 5 + [float("inf")],
        [2.0] * 5 + [10**400],
    ],
)
def test_a_record_with_a_damaged_use_tells_none(model, claimed):
    assert with_record(model, final={"kl_per_dimension": claimed}).use is None


def test_a_dead_dimension_in_the_record_may_be_rounded_below_zero(model):
    recorded = [2, 0.5, -1e-9, 0, 1.5, 3]
    use = with_record(model, final={"kl_per_dimension": recorded}).use
    assert use.tolist() == [2, 0.5, 0, 0, 1.5, 3]


def test_a_record_without_figures_tells_no_use(model):
    record = {**model.record, "final": {}}
    assert replace(model, bundle=replace(model.bundle, record=record)).use is None


def test_without_an_encoder_nothing_is_learned(foreign):
    assert learn_statistics(foreign) is foreign
    assert foreign.use is None
    assert "encoder" in foreign.without_statistics
    assert typicality(np.zeros(2), foreign.encoded).distance is None


def test_real_digits_are_not_shown_to_a_model_of_other_things(model, tmp_path):
    """Trained on Fashion-MNIST: images of the same size, and nonsense to encode digits with."""
    source = model.bundle.path
    copy = tmp_path / source.name
    copy.write_bytes(source.read_bytes())
    (tmp_path / "assets").mkdir()
    for name in ("encoder_weights.pt", "classifier_weights.pt", "latent_density.npz"):
        (tmp_path / "assets" / name).write_bytes((source.parent / "assets" / name).read_bytes())
    record = json.loads(source.with_suffix(".json").read_text())
    record["dataset"]["name"] = "fashion-mnist"
    copy.with_suffix(".json").write_text(json.dumps(record))

    fashion = open_model(copy)
    assert fashion.bundle.encoder is not None
    assert not fashion.bundle.shows_digits
    assert learn_statistics(fashion) is fashion
    assert "digits" in fashion.without_statistics
    np.testing.assert_array_equal(fashion.use, model.use)


def test_which_weights_show_digits(model, foreign, tmp_path):
    assert model.bundle.shows_digits
    assert foreign.bundle.shows_digits  # of the same size and without a record: most likely
    save_state_dict(foreign_state(side=32), tmp_path / "larger.pt")
    assert not open_model(tmp_path / "larger.pt").bundle.shows_digits


def test_without_a_classifier_nothing_is_called_by_its_class(model, tmp_path):
    """A density knows its classes by their numbers only, which are nothing to choose by."""
    path = gan_copy(model.bundle.path, tmp_path)
    record = json.loads(path.with_suffix(".json").read_text())
    record["dataset"]["name"] = "photographs"  # which the bundled classifier does not judge
    path.with_suffix(".json").write_text(json.dumps(record))
    opened = survey(open_model(path))
    assert opened.bundle.density is not None
    assert opened.class_names == ()
    assert (opened.class_means, opened.presets) == (None, None)
    assert opened.sources() == ("learned", "prior", "uniform")


def test_missing_digits_are_told(model, monkeypatch):
    def missing() -> None:
        raise data.DataError("assets/digits.npz is missing.")

    monkeypatch.setattr(data, "bundled_digits", missing)
    with pytest.raises(data.DataError):
        learn_statistics(model)
    assert "not been encoded" in model.without_statistics


@pytest.mark.parametrize("with_encoder", [True, False])
def test_after_learning_nothing_is_left_to_import(weights_path, with_encoder):
    """The first point of all is judged on Tk's thread, which must not wait for an import."""
    program = (
        "import sys, numpy as np\n"
        "from dataclasses import replace\n"
        "from pathlib import Path\n"
        "from explorer.model import learn_statistics, open_model\n"
        "from vae.statistics import typicality\n"
        f"model = open_model(Path({str(weights_path)!r}))\n"
        f"if not {with_encoder}:\n"
        "    model = replace(model, bundle=replace(model.bundle, encoder=None))\n"
        "model = learn_statistics(model)\n"
        "before = set(sys.modules)\n"
        "typicality(np.ones(6), model.encoded)\n"
        "if model.encoded: model.encoded.nearest(np.ones(6)), model.encoded.quantiles([0.1])\n"
        "print(*(set(sys.modules) - before))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.stdout.split(), done.stderr) == ([], "")
