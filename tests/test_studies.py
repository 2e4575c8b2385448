"""The studies: what is trained, how it is put together, and a report that is its results' own."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks import studies
from benchmarks.study_crispness import load_crispness
from benchmarks.study_plan import BETA, CONFIGURATIONS, DATA, EPOCHS, LATENT, SEEDS, STUDIES, VAES
from benchmarks.study_report import as_markdown
from benchmarks.study_results import SETTINGS, Results, ResultsError, Spread, measure
from benchmarks.study_words import CRISPNESS, RESULTS, against_reference, course_of, measured, told
from tests.study_parts import TINY, command, few_digits, in_threads, made_up
from vae.run import TrainingDivergedError
from vae.training import TrainConfig
from vae.weights import load_bundle

__all__ = ["few_digits", "in_threads"]

DOCS = Path(__file__).resolve().parent.parent / "docs"
VAE_NAMES = [name for name, c in CONFIGURATIONS.items() if c.series is VAES]


@pytest.fixture(autouse=True)
def as_many_threads_afterwards():
    """Studies use one thread of torch, for the whole process."""
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


# The plan


def test_every_configuration_is_the_base_but_for_one_setting():
    base = asdict(CONFIGURATIONS["base"].train_config(0, EPOCHS))
    assert base == asdict(TrainConfig(epochs=EPOCHS, seed=0))
    for name in VAE_NAMES:
        configuration = CONFIGURATIONS[name]
        settings = asdict(configuration.train_config(0, EPOCHS))
        differing = [key for key in base if settings[key] != base[key]]
        assert len(differing) == (name != "base"), name


def test_the_studies_are_those_that_were_asked_for():
    values = {
        key: sorted(getattr(c.train_config(0, 1), key) for c, _ in study.members)
        for study, key in ((DATA, "fraction"), (LATENT, "latent_dim"), (BETA, "beta"))
    }
    assert values == {
        "fraction": [0.1, 0.25, 0.5, 1.0],
        "latent_dim": [2, 4, 6, 8, 16],
        "beta": [0.5, 1.0, 2.0, 4.0],
    }
    losses = {c.train_config(0, 1).recon_loss for c, _ in STUDIES[1].members}
    assert losses == {"sse", "bce", "l1", "sse-learned-variance"}
    assert len(VAE_NAMES) == 14
    assert len(SEEDS) == 3


def test_runs_are_trained_seed_by_seed_and_finished_ones_are_left_alone(tmp_path):
    todo = [(c.name, seed) for c, seed in studies.open_runs(tmp_path)]
    planned = [(n, seed) for seed in SEEDS for n, c in CONFIGURATIONS.items() if seed in c.seeds]
    assert todo == planned
    finished = CONFIGURATIONS["beta-2"].folder(0, tmp_path)
    finished.mkdir()
    assert ("beta-2", 0) in [(c.name, seed) for c, seed in studies.open_runs(tmp_path)]
    (finished / "decoder_weights.json").write_text("{}")
    todo.remove(("beta-2", 0))
    assert [(c.name, seed) for c, seed in studies.open_runs(tmp_path)] == todo


# Over the seeds


def test_a_spread_is_that_of_the_statistics_books():
    spread = Spread((1.0, 2.0, 4.0))
    assert spread.mean == pytest.approx(7 / 3)
    assert spread.deviation == pytest.approx(np.std([1, 2, 4], ddof=1))
    assert told(spread, 2) == "2.33 ± 1.53"
    assert told(Spread((3.0,)), 2) == "3.00"
    assert told(Spread((6.0, 6.0, 6.0)), 0) == "6"
    assert told(Spread((6.0, 6.0, 7.0)), 0) == "6.3 ± 0.6"
    assert told(None, 2) == "–"


def test_two_configurations_are_apart_when_every_run_is():
    low, high, between = Spread((1.0, 2.0)), Spread((2.1, 3.0)), Spread((1.9, 2.05))
    assert low.is_apart_from(high)
    assert high.is_apart_from(low)
    assert not low.is_apart_from(between)
    assert not Spread((1.0,)).is_apart_from(high)  # one run tells no spread


@pytest.mark.parametrize("seed", range(5))
def test_sentences_say_what_the_runs_do(seed):
    """Every member is named once, on the side where all of its runs lie."""
    results = made_up(seed)
    for study in STUDIES:
        for key in ("loss", "frechet", "recall"):
            members = measured(study, results, key)
            sentence = against_reference(study, members, key)
            base = [run.figures[key] for run in results.of("base")]
            for configuration, label in study.members:
                if configuration.name == "base":
                    continue
                (group,) = re.findall(rf"(\w[\w ]*): [^;]*\b{re.escape(label)} \(", sentence)[-1:]
                runs = [run.figures[key] for run in results.of(configuration.name)]
                if group.endswith("above it"):
                    assert min(runs) > max(base)
                elif group.endswith("below it"):
                    assert max(runs) < min(base)
                else:
                    assert group.endswith("not apart from it")
                    assert min(runs) <= max(base)
                    assert max(runs) >= min(base)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([(1, 2), (3, 4), (5, 6)], "It rises at every step from a to c, and no two neighbours"),
        ([(5, 6), (3, 4), (1, 2)], "It falls at every step from a to c, and no two neighbours"),
        ([(1, 2), (1.5, 2.5), (5, 6)], "In the mean it rises at every step from a to c, but the"),
        ([(1, 2), (5, 6), (3, 4)], "lowest with a and highest with b"),
        ([(1, 5), (2, 6), (1, 4)], ""),
    ],
)
def test_a_course_is_called_rising_only_where_it_rises(values, expected):
    members = [(label, Spread(v)) for label, v in zip("abc", values, strict=True)]
    sentence = course_of(members, "loss")
    assert expected in sentence
    assert bool(expected) == bool(sentence)
    assert ("runs of a and b overlap" in sentence) == (values[1] == (1.5, 2.5))


def test_every_figure_of_the_sentences_stands_in_a_table():
    text = as_markdown(made_up())
    cells = {
        cell.strip() for line in text.splitlines() if line[:1] == "|" for cell in line.split("|")
    }
    in_sentences = re.findall(
        r"\d+\.\d+ ± \d+\.\d+",
        "\n".join(line for line in text.splitlines() if not line.startswith("|")),
    )
    assert len(in_sentences) > 50
    assert set(in_sentences) - cells <= {"0.1000 ± 0.0000"}  # the learned variance has no column


@pytest.mark.parametrize("seeds", [(0, 1), (0, 1, 2)])
def test_chance_is_told_as_often_as_it_happens(seeds):
    """Against runs of two configurations that do not differ."""
    text = as_markdown(made_up(seeds=seeds))
    told_chance = float(re.search(r"are apart in (\d+)%", text).group(1)) / 100
    values = np.random.default_rng(0).normal(size=(20_000, 2, len(seeds)))
    apart = (values[:, 0].max(1) < values[:, 1].min(1)) | (
        values[:, 0].min(1) > values[:, 1].max(1)
    )
    assert told_chance == pytest.approx(apart.mean(), abs=0.01)
    assert "by chance" not in as_markdown(made_up(seeds=(0,)))


def test_a_report_of_unfinished_studies_says_so():
    whole = made_up()
    assert "Unfinished" not in as_markdown(whole)
    some = replace(whole, runs=tuple(r for r in whole.runs if r.seed == 0 or r.name == "base"))
    text = as_markdown(some)
    assert "**Unfinished.** So far there are one of 3 seeds of fraction-0.5" in text
    assert "above it:" not in text  # a single run is not apart from anything
    few = replace(whole, runs=tuple(r for r in whole.runs if r.name in ("base", "beta-4")))
    text = as_markdown(few)
    assert "no of 3 seeds of fraction-0.5" in text
    assert "nan" not in text
    one = replace(whole, runs=whole.runs[-1:])  # not even the base
    assert "| beta 4 |" in as_markdown(one)


# The files


def test_results_are_read_back_as_they_were_written(tmp_path):
    results = made_up()
    results.save(tmp_path / "new" / "results.json")
    assert Results.load(tmp_path / "new" / "results.json") == results
    assert Results.load(tmp_path / "none.json") == Results()


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": "x", "version": 1}'])
def test_results_that_are_none_are_refused(tmp_path, content):
    path = tmp_path / "results.json"
    path.write_text(content)
    with pytest.raises(ResultsError, match=r"results\.json"):
        Results.load(path)


def test_the_committed_report_is_what_its_results_give():
    results = Results.load(DOCS / RESULTS)
    crispness = load_crispness(DOCS / CRISPNESS)
    assert (DOCS / "studies.md").read_text(encoding="utf-8") == as_markdown(results, crispness)
    assert results.measurement == asdict(SETTINGS)
    assert results.training["vae"]["epochs"] == EPOCHS
    assert results.training["vae"]["dataset"] == {
        "name": "mnist",
        "train_images": 60_000,
        "test_images": 10_000,
    }


def test_the_pictures_of_the_committed_report_are_there():
    text = (DOCS / "studies.md").read_text(encoding="utf-8")
    pictures = re.findall(r"!\[[^]]*\]\(([^)]+)\)", text)
    assert len(set(pictures)) >= len(STUDIES) + 2
    for picture in pictures:
        content = (DOCS / picture).read_bytes()
        assert content.startswith(b"\x89PNG")
        assert len(content) < 300_000


# From the training to the report


def test_a_tiny_study_from_training_to_report(tmp_path, capsys):
    """Through a real worker process, on the bundled digits."""
    runs, docs = tmp_path / "runs", tmp_path / "docs"
    assert studies.main(command(runs, "base", "latent-2")) == 0
    shown = capsys.readouterr().out
    assert "2 runs to train" in shown
    assert "2/2 latent-2-0: test" in shown
    bundle = load_bundle(runs / "latent-2-0" / "decoder_weights.pt")
    assert bundle.config.latent_dim == 2
    assert bundle.encoder is not None
    assert bundle.density is not None
    assert bundle.classifier is not None  # the shipped one
    assert bundle.record["training"]["study"] == "latent-2"
    assert bundle.record["training"]["threads"] == 1

    assert studies.main(command(runs, "base", "latent-2")) == 0
    assert "0 runs" in capsys.readouterr().out

    studies.report(runs, docs, TINY)
    assert "2 runs in" in capsys.readouterr().out
    results = Results.load(docs / RESULTS)
    assert [(run.name, run.seed) for run in results.runs] == [("base", 0), ("latent-2", 0)]
    for run in results.runs:
        assert all(np.isfinite(value) for value in run.figures.values())
        assert run.figures["loss"] == pytest.approx(run.figures["sse"] + run.figures["kl"])
    base, two = results.runs
    assert two.figures["sse"] > base.figures["sse"]
    assert results.training["vae"]["dataset"]["name"] == "sample"
    text = (docs / "studies.md").read_text(encoding="utf-8")
    assert text == as_markdown(results)
    for picture in re.findall(r"!\[[^]]*\]\(([^)]+)\)", text):
        assert (docs / picture).read_bytes().startswith(b"\x89PNG")

    before = (docs / RESULTS).read_bytes()
    studies.report(runs, docs, TINY)  # nothing new: nothing is measured
    assert "measured" not in capsys.readouterr().out
    assert (docs / RESULTS).read_bytes() == before
    with pytest.raises(ResultsError, match="other settings"):
        measure(runs, docs / RESULTS, replace(TINY, seed=1))


def test_a_run_that_fails_does_not_keep_the_others(
    few_digits, in_threads, tmp_path, capsys, monkeypatch
):
    original = studies.train_run

    def fails_once(configuration, *rest):
        if configuration.name == "base":
            raise TrainingDivergedError("the loss is not finite in epoch 1")
        return original(configuration, *rest)

    monkeypatch.setattr(studies, "train_run", fails_once)
    assert studies.main(command(tmp_path, "base", "beta-4")) == 1
    shown = capsys.readouterr().out
    assert "base-0 failed: the loss is not finite" in shown
    assert [c.name for c, _ in studies.open_runs(tmp_path, ["base", "beta-4"], [0])] == ["base"]


def test_a_run_of_other_settings_is_refused(few_digits, in_threads, tmp_path):
    assert studies.main(command(tmp_path, "base", "beta-4")) == 0
    record = tmp_path / "beta-4-0" / "decoder_weights.json"
    content = json.loads(record.read_text())
    content["training"]["epochs"] = 7
    record.write_text(json.dumps(content))
    with pytest.raises(ResultsError, match=r"beta-4-0 was trained with other settings"):
        measure(tmp_path, tmp_path / "results.json", TINY)


def test_no_runs_and_no_data_are_said_in_words(tmp_path, capsys):
    arguments = ["--runs", str(tmp_path), "--docs", str(tmp_path / "docs")]
    assert studies.main(["report", *arguments]) == 1
    assert "no finished runs" in capsys.readouterr().err
