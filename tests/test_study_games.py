"""The studies of GANs: what is trained, and a report that says no more than the runs do."""

from __future__ import annotations

import math
import re
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks import studies
from benchmarks.crispness import table
from benchmarks.study_crispness import crispness_in_short, crispness_section
from benchmarks.study_game_pictures import N_SHOWN, draw_course
from benchmarks.study_games import games_section, sweep_section, worst_run
from benchmarks.study_plan import (
    BESIDE,
    CHOSEN,
    CONFIGURATIONS,
    GAMES,
    GANS,
    SEEDS,
    SWEEP,
    SWEEP_EPOCHS,
    SWEEP_RUNS,
)
from benchmarks.study_report import as_markdown
from benchmarks.study_results import Results, ResultsError, measure
from benchmarks.study_words import RESULTS
from tests.study_parts import TINY, command, few_digits, in_threads, made_up
from vae.gan_training import GanConfig
from vae.history import load_history
from vae.weights import load_bundle

__all__ = ["few_digits", "in_threads"]


@pytest.fixture(autouse=True)
def as_many_threads_afterwards():
    """Studies use one thread of torch, for the whole process."""
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


# The plan


def test_the_losses_differ_in_nothing_else():
    """On half of the data; and the whole of it only in that."""
    configs = {c.name: asdict(c.train_config(0, 1)) for c, _ in GAMES.members}
    half = configs["gan-half"]
    assert half["fraction"] == 0.5
    differing = {
        name: {key: value for key, value in config.items() if value != half[key]}
        for name, config in configs.items()
    }
    assert differing == {
        "gan": {"fraction": 1.0},
        "gan-half": {},
        "gan-half-non-saturating": {"gan_loss": "non-saturating"},
        "gan-half-minimax": {"gan_loss": "minimax"},
    }
    assert all(c.seeds == SEEDS for c, _ in GAMES.members)


def test_the_program_has_the_settings_that_the_sweep_ends_at():
    chosen = SWEEP.members[0][0].train_config(0, 1)
    assert chosen == GanConfig(epochs=1, seed=0)
    assert {key: getattr(chosen, key) for key in CHOSEN} == CHOSEN
    for configuration, label in SWEEP.members[1:]:
        config = configuration.train_config(0, 1)
        differing = [key for key in CHOSEN if getattr(config, key) != CHOSEN[key]]
        assert len(differing) == 1, label
        assert replace(config, **{key: CHOSEN[key] for key in differing}) == chosen


def test_the_vaes_beside_the_gans_saw_the_same_images_in_as_many_steps():
    for (vae, _), gan in zip(BESIDE, ("gan", "gan-half"), strict=True):
        theirs = vae.train_config(0, vae.series.epochs)
        ours = CONFIGURATIONS[gan].train_config(0, GANS.epochs)
        for key in ("epochs", "batch_size", "fraction", "latent_dim", "width"):
            assert getattr(theirs, key) == getattr(ours, key), key


# The report


@pytest.mark.parametrize("seed", range(5))
def test_gans_are_held_against_vaes_by_what_their_runs_do(seed):
    results = made_up(seed)
    text = "\n".join(games_section(results))
    for gan, vae in (("gan", "base"), ("gan-half", "fraction-0.5")):
        label = GAMES.label(gan)
        sentence = re.search(rf"\*\*{label}, against the VAE.*", text, re.IGNORECASE).group()
        for key, name in (("frechet", "Fréchet distance"), ("recall", "recall")):
            ours, theirs = ([run.figures[key] for run in results.of(which)] for which in (gan, vae))
            (way,) = re.findall(rf"(above|below|not apart from) it in [^;]*{name}", sentence)
            if way == "above":
                assert min(ours) > max(theirs)
            elif way == "below":
                assert max(ours) < min(theirs)
            else:
                assert min(ours) <= max(theirs)
                assert max(ours) >= min(theirs)


@pytest.mark.parametrize("seed", range(5))
def test_classes_are_counted_run_by_run(seed):
    results = made_up(seed)
    text = "\n".join(games_section(results))
    (sentence,) = re.findall(r"\*\*Classes covered\*\*.*", text)
    for configuration, label in GAMES.members:
        counts = [run.figures["classes"] for run in results.of(configuration.name)]
        whole = counts.count(10.0)
        expected = f"{label} in every run" if whole == 3 else f"{label} in {whole} of 3 (covered"
        assert expected in sentence


def test_a_run_that_lost_classes_on_the_way_is_named():
    results = made_up()
    names = [configuration.name for configuration, _ in GAMES.members]
    whole = [{"coverage": {"classes": 10, "frechet": 0.1}, "train": {"discriminator": 0.5}}] * 2
    runs = tuple(replace(r, epochs=whole) if r.name in names else r for r in results.runs)
    text = "\n".join(games_section(replace(results, runs=runs)))
    assert "Each of 12 runs covers all ten classes after every epoch" in text
    narrow = [*whole, whole[0] | {"coverage": {"classes": 4, "frechet": 3.0}}, *whole]
    runs = tuple(
        replace(r, epochs=narrow) if (r.name, r.seed) == ("gan-half-minimax", 1) else r
        for r in runs
    )
    text = "\n".join(games_section(replace(results, runs=runs)))
    assert "lacking after an epoch in seed 1 of minimax, a half (4 at worst)." in text


def test_the_course_of_a_loss_is_that_of_its_runs():
    results = made_up()
    text = "\n".join(games_section(results))
    for configuration, label in GAMES.members:
        runs = results.of(configuration.name)
        cells = re.findall(rf"^\| {label} \| (.*) \|$", text, re.MULTILINE)[-1].split(" | ")
        first, last, fewest, loss, undecided = (float(cell.split(" ")[0]) for cell in cells)
        courses = [[epoch["coverage"] for epoch in run.epochs] for run in runs]
        assert first == pytest.approx(np.mean([c[0]["frechet"] for c in courses]), abs=1e-3)
        assert last == pytest.approx(np.mean([c[-1]["frechet"] for c in courses]), abs=1e-3)
        assert fewest == min(figures["classes"] for course in courses for figures in course)
        losses = [run.epochs[-1]["train"]["discriminator"] for run in runs]
        assert loss == pytest.approx(np.mean(losses), abs=1e-3)
        pairs = configuration.train_config(0, 1).gan_loss == "relativistic"
        assert undecided == pytest.approx(math.log(2 if pairs else 4), abs=1e-3)


@pytest.mark.parametrize("seed", range(5))
def test_settings_are_above_or_below_the_chosen_ones_by_all_of_their_runs(seed):
    results = made_up(seed)
    text = "\n".join(sweep_section(results))
    (sentence,) = re.findall(r"\*\*Fréchet distance of prior samples\*\*.*", text)
    chosen = [run.figures["frechet"] for run in results.of("sweep")]
    for configuration, label in SWEEP.members[1:]:
        runs = [run.figures["frechet"] for run in results.of(configuration.name)]
        (side,) = re.findall(rf"(below|above|neither): [^;]*{label} \(", sentence)
        if max(runs) < min(chosen):
            assert side == "below"
        elif min(runs) > max(chosen):
            assert side == "above"
        else:
            assert side == "neither"


@pytest.mark.parametrize(("lower_by", "expected"), [(1.0, "none is"), (3.0, "penalty 0.1")])
def test_another_setting_is_named_where_it_is_better_by_more_than_seeds_differ(lower_by, expected):
    levels = {configuration.name: 50.0 for configuration, _ in SWEEP.members}
    levels["sweep-penalty-0.1"] = 20.0 - lower_by
    results = made_up()
    runs = tuple(
        replace(run, figures=run.figures | {"frechet": levels[run.name]})
        if run.name in levels and run.name != "sweep"
        else replace(run, figures=run.figures | {"frechet": 19.0 + run.seed})
        for run in results.runs
    )
    text = "\n".join(sweep_section(replace(results, runs=runs)))
    (sentence,) = re.findall(r"\*\*Choice\*\*.*", text)
    assert "differ among themselves, 2.000" in sentence
    assert ("penalty 0.1" in sentence) == (lower_by > 2)
    assert expected in sentence


def test_the_run_that_is_shown_by_epoch_has_the_fewest_classes_of_all():
    results = made_up()
    worst = worst_run(results)
    names = [configuration.name for configuration, _ in GAMES.members]
    shares = [run.figures["effective"] for name in names for run in results.of(name)]
    assert worst.figures["effective"] == min(shares)
    assert f"{min(shares):.2f}, is seed {worst.seed}" in "\n".join(games_section(results))


def test_without_gans_the_report_has_what_there_is():
    whole = made_up()
    vaes = tuple(run for run in whole.runs if CONFIGURATIONS[run.name].series.family == "vae")
    only = replace(whole, runs=vaes, training={"vae": whole.training["vae"]})
    text = as_markdown(only)
    assert "no of 3 seeds of gan" in text
    assert "games-samples" not in text
    assert "| VAE, all images |" in text
    assert worst_run(only) is None
    gans = tuple(run for run in whole.runs if run not in vaes)
    text = as_markdown(replace(whole, runs=gans, training={"gan": whole.training["gan"]}))
    assert "games-samples" in text
    assert "| VAE, all images | – |" in text


# A crisper VAE


def made_up_crispness(**distances: float) -> dict:
    samples = {"classes": 9.5, "confidence": 0.9, "sharpness": 0.75}
    return {
        "steps": 300,
        "batch_size": 128,
        "peak_learning_rate": 1e-3,
        "samples": 2_000,
        "test_images": 2_000,
        "second_classifier_accuracy": 0.99,
        "runs": [
            {"name": name.replace("_", " "), "sse": 70.0, "kl": 10.0, "total": 80.0}
            | {
                which: samples | {"frechet": dict.fromkeys(("bundled", "second", "pixels"), value)}
                for which in ("prior", "learned")
            }
            for name, value in distances.items()
        ],
    }


def test_a_crisper_vae_is_held_against_the_plain_one():
    figures = made_up_crispness(plain=0.4, adversarial_30=0.3, perceptual_100=0.5)
    text = "\n".join(crispness_section(figures))
    assert table(figures) in text
    assert "**Adversarial 30**, against the plain VAE: the Fréchet distance of prior" in text
    assert "0.400 → 0.300 (-25%)" in text
    assert "0.400 → 0.500 (+25%)" in text
    assert "SSE + KL 80.00 → 80.00 (+0%)" in text
    (short,) = crispness_in_short(figures)
    assert "Lowest Fréchet distance with adversarial 30" in short
    (short,) = crispness_in_short(made_up_crispness(plain=0.4, perceptual_100=0.5))
    assert "No term lowers" in short
    assert list(crispness_in_short(made_up_crispness(plain=0.4))) == []
    assert list(crispness_section(None)) == []
    assert text in as_markdown(made_up(), figures).replace("\n\n", "\n")


# From the training to the report


def test_a_tiny_study_of_gans_from_training_to_report(few_digits, in_threads, tmp_path, capsys):
    runs, docs = tmp_path / "runs", tmp_path / "docs"
    names = ("gan-half", "gan-half-minimax", "sweep-batch_size-256")
    assert studies.main(command(runs, *names)) == 0
    shown = capsys.readouterr().out
    assert re.search(r"gan-half-0: Fréchet distance [\d.]+, \d+ classes", shown)
    bundle = load_bundle(runs / "gan-half-minimax-0" / "decoder_weights.pt")
    assert bundle.encoder is None
    assert bundle.record["family"] == "gan"
    assert bundle.record["training"]["gan_loss"] == "minimax"
    assert bundle.record["training"]["images"] == 250  # a half
    assert bundle.record["training"]["processor_seconds"] > 0
    assert load_history(bundle).epochs.tolist() == [0, 1]

    studies.report(runs, docs, TINY)
    results = Results.load(docs / RESULTS)
    assert [run.name for run in results.runs] == list(names)
    for run in results.runs:
        figures = run.figures
        assert figures["loss"] is None  # nothing encodes
        assert figures["effective"] == pytest.approx(math.exp(figures["class_entropy"]))
        assert 0 <= figures["classes"] <= 10
        assert [set(epoch) for epoch in run.epochs] == [{"train", "coverage"}]
    assert results.training["gan"]["learning_rate"] == CHOSEN["learning_rate"]
    assert "batch_size" not in results.training["gan-sweep"]  # what it varies
    text = (docs / "studies.md").read_text(encoding="utf-8")
    assert text == as_markdown(results)
    for picture in re.findall(r"!\[[^]]*\]\(([^)]+)\)", text):
        assert (docs / picture).read_bytes().startswith(b"\x89PNG")

    record = runs / "gan-half-0" / "decoder_weights.json"
    record.write_text(record.read_text().replace('"penalty": 1.0', '"penalty": 2.0'))
    (docs / RESULTS).unlink()
    with pytest.raises(ResultsError, match="gan-half-minimax-0 was trained with other settings"):
        measure(runs, docs / RESULTS, TINY)


def test_a_course_shows_a_row_for_each_epoch(tmp_path, monkeypatch):
    shown = {}
    monkeypatch.setattr(
        "benchmarks.study_game_pictures.export_sheet",
        lambda pixels, sheet, path, scale: shown.update(pixels=pixels, sheet=sheet),
    )
    weights = Path(__file__).resolve().parent.parent / "decoder_weights.pt"
    history = load_history(load_bundle(weights))
    draw_course(weights, tmp_path / "course.png")
    assert len(shown["pixels"]) == N_SHOWN * len(history)
    assert shown["sheet"].row_names == tuple(f"epoch {epoch}" for epoch in history.epochs)
    rows = shown["pixels"].reshape(len(history), N_SHOWN, -1).astype(float)
    # The first network is untrained: the same grey from every point.
    assert rows[0].std(axis=0).mean() < rows[-1].std(axis=0).mean()


def test_the_sweep_is_shorter_than_the_study():
    assert SWEEP_EPOCHS == SWEEP_RUNS.epochs < GANS.epochs
