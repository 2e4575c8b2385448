"""The figures of whole models: the shipped one, copies, damaged ones; and the command line."""

from __future__ import annotations

import csv
import io
import json
import os
import pickle
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from vae import evaluate, measurement
from vae.data import bundled_digits
from vae.evaluate import FITTED_ENCODER, evaluate_bundle, evaluate_weights, main, real_figures
from vae.figure_tables import LEGEND, as_csv, as_json, as_markdown, as_text
from vae.figures import (
    GROUPS,
    HIGHER,
    LEARNED,
    LEARNED_SUFFIX,
    LOWER,
    NEITHER,
    PRIOR,
    QUICK,
    RECONSTRUCTION,
    Figure,
    Measured,
    Settings,
    definitions,
    filled,
)
from vae.files import sha256_of, write_json
from vae.measurement import Reference
from vae.metrics import MissingLibraryError
from vae.model import Decoder, ModelConfig
from vae.weights import (
    WeightsError,
    load_bundle,
    load_classifier,
    load_decoder,
    load_encoder,
    load_state_dict,
    read_record,
    save_state_dict,
)

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ROOT / "decoder_weights.pt"
FEW = Settings(
    n=500, neighbour_n=500, test_images=500, draws=2, bound_images=50, bound_samples=20, seed=7
)


@pytest.fixture(scope="module")
def reference():
    return Reference.load()


@pytest.fixture(scope="module")
def shipped(reference):
    return evaluate_weights(SHIPPED, FEW, reference=reference)


@pytest.fixture(scope="module")
def real(reference):
    return real_figures(FEW, reference=reference)


def with_other_decoder(folder: Path, change, dataset: str = "mnist") -> Path:
    """The shipped model in a folder of its own, its decoder's tensors changed in place."""
    state = load_state_dict(SHIPPED)
    change(state)
    shutil.copytree(ROOT / "assets", folder / "assets", ignore=shutil.ignore_patterns("*.png"))
    path = folder / "decoder_weights.pt"
    save_state_dict(state, path)
    record = read_record(SHIPPED.with_suffix(".json"))
    record["files"]["decoder_weights.pt"] = sha256_of(path)
    record["dataset"]["name"] = dataset
    write_json(path.with_suffix(".json"), record)
    return path


def values(report) -> dict[str, float | None]:
    return {figure.key: figure.value for figure in report.figures}


# What is measured


def test_the_losses_are_those_of_the_training_record(monkeypatch, reference):
    monkeypatch.setattr("vae.metrics.image_quality", lambda *_: (0.0, 0.0))  # not asked for here
    settings = Settings(n=100, neighbour_n=100, bound_images=2, bound_samples=1)
    report = evaluate_weights(SHIPPED, settings, reference=reference)
    final = read_record(SHIPPED.with_suffix(".json"))["final"]
    assert report["sse"].value == pytest.approx(final["test"]["sse"], rel=1e-5)
    assert report["kl"].value == pytest.approx(final["test"]["kl"], rel=1e-5)
    assert report["loss"].value == pytest.approx(final["test"]["total"], rel=1e-5)
    assert report["active"].value == final["active_dimensions"]


def test_everything_is_measured_of_the_shipped_model(shipped):
    assert [figure.key for figure in shipped.figures] == [f.key for f in definitions(FEW)]
    assert all(figure.value is not None and not figure.why_not for figure in shipped.figures)
    assert shipped.sha256 == sha256_of(SHIPPED)
    assert shipped["active"].note == "6 of 6"
    assert shipped["bound"].error > 0
    assert shipped.notes == ()


@torch.inference_mode()
def test_the_figures_of_samples_are_those_of_a_computation_from_the_files(shipped):
    """With the decoder's own network, Heusel's formula by eigenvalues, and distances in full."""
    z = np.random.default_rng([FEW.seed, 0]).standard_normal((FEW.n, 6))
    x = load_decoder(SHIPPED)(torch.from_numpy(z).float())
    pixels = torch.cat((x, torch.from_numpy(bundled_digits()[0])[:, None] / 127.5 - 1))
    pixels = ((pixels + 1) * 127.5).round() / 127.5 - 1
    classifier = load_classifier(ROOT / "assets/classifier_weights.pt")
    maps = torch.cat([classifier.conv_stack(part) for part in pixels.split(1_000)])
    features = maps.flatten(2).mean(2).double()
    fake, real = features[: FEW.n], features[FEW.n :]

    product = torch.cov(real.T) @ torch.cov(fake.T)
    roots = torch.linalg.eigvals(product).sqrt().real.sum()
    distance = (real.mean(0) - fake.mean(0)).square().sum()
    distance += real.var(0).sum() + fake.var(0).sum() - 2 * roots
    assert shipped["frechet"].value == pytest.approx(float(distance), rel=2e-3)

    some = real[:: len(real) // FEW.neighbour_n]
    reach, reach_of_fake = (
        torch.cdist(points, points).sort(dim=1).values[:, FEW.k, None] for points in (some, fake)
    )
    apart = torch.cdist(some, fake)
    expected = {
        "precision": (apart < reach).any(0).double().mean(),
        "recall": (apart < reach_of_fake.T).any(1).double().mean(),
        "density": (apart < reach).double().sum() / FEW.n / FEW.k,
        "coverage": (apart < reach).any(1).double().mean(),
    }
    for key, value in expected.items():
        # A pixel that is rounded to the other side moves one of the 500 samples at most.
        assert shipped[key].value == pytest.approx(float(value), abs=0.0021)

    p = classifier.linear(maps[: FEW.n].flatten(1)).softmax(1)
    shares = torch.bincount(p.argmax(1), minlength=10) / FEW.n
    entropy = torch.distributions.Categorical(shares).entropy()
    assert shipped["class_entropy"].value == pytest.approx(float(entropy), abs=0.01)
    assert shipped["confidence"].value == pytest.approx(float(p.max(1).values.mean()), abs=1e-4)


@torch.inference_mode()
def test_the_bound_is_that_of_a_computation_from_the_files(shipped):
    """With torch's distributions, on the same 50 digits; other draws, and ten times as many."""
    encoder, decoder = load_encoder(ROOT / "assets/encoder_weights.pt"), load_decoder(SHIPPED)
    digits = torch.from_numpy(bundled_digits()[0])[::20][:: 500 // FEW.bound_images, None]
    x = digits / 127.5 - 1
    assert len(x) == FEW.bound_images
    mu, logvar = encoder(x)
    posterior = torch.distributions.Normal(mu, (logvar / 2).exp())
    prior = torch.distributions.Normal(0.0, 1.0)
    generator = torch.Generator().manual_seed(0)
    gaps = []
    for _ in range(10):
        noise = torch.randn((FEW.bound_samples, *mu.shape), generator=generator)
        z = posterior.mean + posterior.stddev * noise
        sse = (decoder(z.flatten(0, 1)).view(len(z), *x.shape) - x).square().sum((2, 3, 4))
        log_w = prior.log_prob(z).sum(2) - posterior.log_prob(z).sum(2) - sse
        bound = -log_w.logsumexp(0) + np.log(len(z))
        gaps.append(float((-log_w.mean(0) - bound).mean()))
    gap = shipped["loss"].value - shipped["bound"].value
    spread = np.std(gaps, ddof=1)
    assert gap == pytest.approx(np.mean(gaps), abs=5 * spread)
    assert spread < 0.1 * gap


def test_the_bound_is_tighter_than_the_loss(shipped):
    assert shipped["bound"].value < shipped["loss"].value
    assert shipped["loss"].value == pytest.approx(shipped["sse"].value + shipped["kl"].value)


def test_the_same_seed_gives_the_same_figures_and_another_seed_others(shipped, reference):
    assert evaluate_weights(SHIPPED, FEW, reference=reference) == shipped
    other = values(evaluate_weights(SHIPPED, replace(FEW, seed=8), reference=reference))
    drawn = {figure.key for figure in shipped.figures if figure.group != RECONSTRUCTION} | {"bound"}
    # A share of 500 may come out the same by chance.
    assert sum(other[key] != values(shipped)[key] for key in drawn) > len(drawn) / 2
    assert all(other[key] == values(shipped)[key] for key in values(shipped).keys() - drawn)


def test_two_equal_models_compare_equal(shipped, reference, tmp_path):
    copy = with_other_decoder(tmp_path, lambda state: None)
    assert evaluate_weights(copy, FEW, reference=reference).figures == shipped.figures


def noise(state):
    generator = torch.Generator().manual_seed(0)
    for tensor in state.values():
        tensor += 0.2 * tensor.std(correction=0) * torch.randn(tensor.shape, generator=generator)


def shuffled_features(state):
    order = torch.randperm(1568, generator=torch.Generator().manual_seed(0))
    state["linear.weight"], state["linear.bias"] = (
        state["linear.weight"][order],
        state["linear.bias"][order],
    )


@pytest.mark.parametrize("damage", [noise, shuffled_features])
def test_a_damaged_decoder_is_worse_by_every_figure(damage, shipped, reference, tmp_path):
    damaged = evaluate_weights(with_other_decoder(tmp_path, damage), FEW, reference=reference)
    directed = [figure for figure in shipped.figures if figure.better != NEITHER]
    assert len(directed) == len(shipped.figures) - 2  # KL and active dimensions
    assert [figure.key for figure in directed if not figure.beats(damaged[figure.key])] == []


def halve(state):
    state["linear.weight"] *= 0.5


def test_drawing_only_what_is_typical_is_seen_by_recall_and_not_by_precision(
    shipped, reference, tmp_path
):
    narrow = evaluate_weights(with_other_decoder(tmp_path, halve), FEW, reference=reference)
    assert narrow["precision"].value >= shipped["precision"].value
    for key in ("recall", "coverage", "class_entropy", "frechet"):
        assert shipped[key].beats(narrow[key])


def test_real_digits_are_near_the_ideal(real, shipped):
    for suffix in ("", LEARNED_SUFFIX):
        assert real["frechet" + suffix].value < 0.05 * shipped["frechet" + suffix].value + 0.02
        for key in ("precision", "recall", "coverage"):
            assert real[key + suffix].value > 0.9
        assert real["density" + suffix].value == pytest.approx(1, abs=0.1)
        assert real["class_entropy" + suffix].value == pytest.approx(np.log(10), abs=0.02)
        assert real["confidence" + suffix].value > 0.98
    assert real.is_real
    assert {f.why_not for f in real.figures if f.group == RECONSTRUCTION} == {
        "real digits are not reconstructed by a model"
    }


def test_what_is_missing_is_said(tmp_path, reference, shipped):
    alone = tmp_path / "alone.pt"
    shutil.copyfile(SHIPPED, alone)
    report = evaluate_weights(alone, FEW, reference=reference)
    for figure in report.figures:
        if figure.group == PRIOR:
            assert figure == shipped[figure.key]
        else:
            assert figure.value is None
            assert ("encoder" in figure.why_not) == (figure.group == RECONSTRUCTION)
            assert ("distribution" in figure.why_not) == (figure.group == LEARNED)
    assert "no training record" in report.notes[0]


def test_other_images_than_digits_are_not_measured(tmp_path):
    path = tmp_path / "colour.pt"
    save_state_dict(Decoder(ModelConfig(3, (3, 32, 32))).state_dict(), path)
    report = evaluate_weights(path, FEW)
    assert {figure.value for figure in report.figures} == {None}
    assert all("28x28" in figure.why_not for figure in report.figures)


@pytest.mark.parametrize(("dataset", "note"), [("sample", "flatters"), ("emnist-digits", "MNIST")])
def test_what_it_was_trained_on_is_noted(dataset, note, tmp_path, reference):
    path = with_other_decoder(tmp_path, lambda state: None, dataset)
    assert note in evaluate_weights(path, FEW, reference=reference).notes[0]


def test_a_library_that_is_missing_leaves_the_rest(monkeypatch, reference):
    def refuse(*_arguments):
        raise MissingLibraryError("torchmetrics cannot be imported")

    for name in ("frechet_distance", "manifold", "image_quality"):
        monkeypatch.setattr(f"vae.metrics.{name}", refuse)
    report = evaluate_weights(SHIPPED, FEW, reference=reference)
    missing = {figure.key for figure in report.figures if figure.value is None}
    of_samples = {"frechet", "precision", "recall", "density", "coverage"}
    assert missing == of_samples | {k + LEARNED_SUFFIX for k in of_samples} | {"psnr", "ssim"}
    assert {report[key].why_not for key in missing} == {"torchmetrics cannot be imported"}


def test_figures_that_are_no_numbers_are_not_reported():
    measured = {figure.key: Measured(1.0) for figure in definitions()}
    measured["psnr"] = Measured(float("inf"), error=1.0)
    (figure,) = [f for f in filled(Settings(), measured) if f.key == "psnr"]
    assert (figure.value, figure.error) == (None, None)
    assert "inf" in figure.why_not


def test_an_encoder_whose_answers_overflow_is_said_to_be_damaged(reference):
    bundle = load_bundle(SHIPPED)
    for parameter in bundle.encoder.parameters():
        parameter.data *= 10
    report = evaluate_bundle(replace(bundle, density=None), FEW, reference=reference)
    for figure in report.figures:
        assert ("encoder" in figure.why_not) == (figure.group == RECONSTRUCTION)


def test_progress_only_grows_and_can_end_the_work(reference):
    for measure in (
        lambda progress: evaluate_weights(SHIPPED, FEW, progress, reference),
        lambda progress: real_figures(FEW, progress),
    ):
        told: list[float] = []
        measure(told.append)
        assert told == sorted(told)
        assert told[-1] == 1.0
        assert told[0] >= 0.0
        assert len(told) >= 4

    class Ended(Exception):
        pass

    def end(fraction: float) -> None:
        if fraction > 0.3:
            raise Ended

    with pytest.raises(Ended):
        evaluate_weights(SHIPPED, FEW, end, reference)


def test_the_reference_is_judged_once_for_many_models(monkeypatch, reference):
    monkeypatch.setattr(
        measurement, "bundled_digits", lambda: pytest.fail("the test digits were judged again")
    )
    evaluate_weights(SHIPPED, FEW, reference=reference)
    real_figures(FEW, reference=reference)


def test_reports_travel_between_processes(shipped):
    assert pickle.loads(pickle.dumps(shipped)) == shipped


def test_the_names_of_the_window_need_nothing_heavy():
    code = (
        "import sys, vae.evaluate; "
        "print({'torch', 'sklearn', 'scipy', 'torchmetrics', 'prdc'} & set(sys.modules))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert shown.stdout.strip() == "set()"


# What the figures are


def test_every_figure_is_defined():
    figures = definitions()
    assert len({figure.key for figure in figures}) == len(figures)
    assert [group for group in GROUPS if any(f.group == group for f in figures)] == list(GROUPS)
    assert {figure.better for figure in figures} == {LOWER, HIGHER, NEITHER}
    for figure in figures:
        assert figure.definition.endswith(".")
        assert figure.value is None


def test_definitions_say_how_much_was_measured():
    text = {figure.key: figure.definition for figure in definitions(QUICK)}
    assert "2,000 samples" in text["frechet"]
    assert "1,000" in text["recall"]
    assert "100 importance samples" in text["bound"]
    assert "and one draw of z" in text["sse"]
    assert "than its 5th nearest neighbour" in text["precision"]
    assert "97 %" in text["coverage"]  # Naeem et al. 2020: 1 - 1 / 2^k


@pytest.mark.parametrize(
    ("better", "left", "right", "wins"),
    [
        (LOWER, 1.0, 2.0, True),
        (HIGHER, 1.0, 2.0, False),
        (HIGHER, 2.0, 2.0, None),
        (NEITHER, 1.0, 2.0, None),
        (LOWER, None, 2.0, None),
    ],
)
def test_which_of_two_values_is_better(better, left, right, wins):
    figure = Figure("key", "name", PRIOR, "What it is.", better=better, value=left)
    assert figure.beats(replace(figure, value=right)) is wins


@pytest.mark.parametrize(
    "wrong", [{"n": 99}, {"n": 1_000}, {"k": 0}, {"bound_images": 1}, {"draws": 0}, {"seed": -1}]
)
def test_settings_that_are_impossible_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Settings(**wrong)


def test_fewer_samples_leave_fewer_for_the_neighbours():
    assert Settings().with_samples(300) == Settings(n=300, neighbour_n=300)
    assert Settings().with_samples(20_000) == Settings(n=20_000)


# The table


def test_the_table_has_a_row_a_figure_and_a_column_a_report(shipped, real):
    long = replace(shipped, path="runs/2026-11-21-a-long-one/decoder_weights.pt", notes=("Odd.",))
    text = as_text([shipped, long, real])
    assert f"[2]  {long.path}" in text
    assert "[2]: Odd." in text
    lines = text.splitlines()
    (heading,) = [line for line in lines if line.startswith(PRIOR)]
    assert heading.split()[-4:] == ["[1]", "[2]", "real", "digits"]
    rows = [line for line in lines if line.startswith("  ")]
    assert len(rows) == len(shipped.figures)
    assert len({len(line) for line in rows}) == 1  # the last column is aligned to the right
    (row,) = [line for line in rows if "SSE" in line]
    assert row.split()[-3:] == [shipped["sse"].text, shipped["sse"].text, "(1)"]
    assert "(1) real digits are not reconstructed by a model" in text
    assert max(len(line) for line in lines) <= 100
    assert "Heusel" not in text
    defined = " ".join(as_text([shipped], with_definitions=True).split())
    for figure in shipped.figures:
        assert f"{figure.name}: {figure.definition}" in defined


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (("decoder_weights.pt",), ("decoder_weights.pt",)),
        (("/a/one.pt", "/b/two.pt"), ("one.pt", "two.pt")),
        (
            ("decoder_weights.pt", "assets/models/gan/decoder_weights.pt", "/x/vae/other.pt"),
            ("decoder_weights", "gan", "vae"),
        ),
        (("/a/x/d.pt", "/b/x/d.pt"), ("[1]", "[2]")),
        (("d.pt", "a-folder-with-a-very-long-name/d.pt"), ("[1]", "[2]")),
    ],
)
def test_a_column_is_called_as_short_as_tells_it_apart(shipped, real, paths, names):
    reports = [replace(shipped, path=path) for path in paths]
    lines = as_text([*reports, real]).splitlines()
    (heading,) = [line for line in lines if line.startswith(PRIOR)]
    assert heading.removeprefix(PRIOR).split() == [*names, "real", "digits"]
    for path, name in zip(paths, names, strict=True):
        assert name == path or any(
            line.split(maxsplit=1) == [name, path] for line in lines if line.startswith(name)
        )


def test_the_shipped_models_and_real_digits_fit_on_a_line(shipped, real):
    paths = (f"assets/models/{name}/decoder_weights.pt" for name in ("crisp-vae", "gan"))
    reports = [shipped, *(replace(shipped, path=path) for path in paths), real]
    for names in (None, ["A, VAE", "Crisp VAE", "B, GAN", "Real digits"]):
        text = as_text(reports, names)
        assert max(map(len, text.splitlines())) <= 100
        assert "crisp vae" in text.lower().replace("-", " ")


def test_markdown_is_a_table_with_the_best_model_in_bold(shipped, real):
    figures = tuple(
        replace(f, value={"frechet": 0.001, "kl": 1.0}.get(f.key, f.value)) for f in shipped.figures
    )
    other = replace(shipped, path="runs/gan|2/decoder_weights.pt", figures=figures, notes=("Odd.",))
    text = as_markdown([shipped, other, real])
    table, *below = text.strip().split("\n\n")
    rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in table.splitlines()]
    assert {len(row) for row in rows} == {4}
    cells = {}
    for name, *values_ in rows:
        cells.setdefault(name.strip(), [cell.strip() for cell in values_])  # of prior samples
    assert cells[""] == [SHIPPED.parent.name, "gan\\|2", "real digits"]
    assert cells["Fréchet distance ↓"] == [
        shipped["frechet"].text,
        "**0.001**",
        real["frechet"].text,
    ]
    assert cells["KL divergence, nats"][:2] == [shipped["kl"].text, "1.00"]  # neither is better
    assert cells["Precision ↑"][:2] == [shipped["precision"].text] * 2  # both are as good
    assert cells["Squared error (SSE), nats ↓"][2] == "(1)"
    assert LEGEND in below[0]
    assert below[1] == "(1) real digits are not reconstructed by a model"
    assert any(line == "gan|2: Odd." for line in below)
    named = as_markdown([shipped, real], ["VAE", "Digits"])
    assert named.startswith("|  | VAE | Digits |\n| --- | ---: | ---: |\n")


def test_of_a_gan_it_is_said_that_its_encoder_was_fitted(reference):
    bundle = load_bundle(SHIPPED)
    gan = replace(bundle, record={**bundle.record, "family": "gan"})
    assert evaluate_bundle(gan, FEW, reference=reference).notes == (FITTED_ENCODER,)
    alone = replace(gan, encoder=None)
    assert evaluate_bundle(alone, FEW, reference=reference).notes == ()


def test_json_holds_everything(shipped, real):
    whole = json.loads(as_json([shipped, real]))
    assert whole["settings"]["n"] == FEW.n
    assert whole["versions"]["torchmetrics"]
    model, digits = whole["reports"]
    assert model["sha256"] == sha256_of(SHIPPED)
    assert not model["real"]
    assert digits["real"]
    assert {key: found["value"] for key, found in model["figures"].items()} == values(shipped)
    assert digits["figures"]["sse"]["why_not"]
    assert whole["definitions"]["frechet"]["better"] == "lower"
    assert whole["definitions"].keys() == model["figures"].keys()


def test_csv_holds_full_precision_and_nothing_where_nothing_was_measured(shipped, real):
    rows = list(csv.DictReader(io.StringIO(as_csv([shipped, real]))))
    assert [row["key"] for row in rows] == [figure.key for figure in shipped.figures]
    for row, figure, of_real in zip(rows, shipped.figures, real.figures, strict=True):
        assert float(row[str(SHIPPED)]) == figure.value
        assert row["real digits"] == ("" if of_real.value is None else repr(of_real.value))


# The command line


@pytest.fixture
def quickly(monkeypatch):
    monkeypatch.setattr(evaluate, "QUICK", replace(FEW, seed=0))


def test_the_command_line_measures_what_it_can_and_names_what_it_cannot(quickly, capsys, tmp_path):
    no_decoder = tmp_path / "notes.pt"
    no_decoder.write_text("not weights")
    arguments = ["--quick", "--seed", "7", "--format", "json"]
    assert main([str(no_decoder), str(SHIPPED), str(tmp_path / "gone.pt"), *arguments]) == 2
    out, err = capsys.readouterr()
    model, digits = json.loads(out)["reports"]
    assert model["path"] == str(SHIPPED)
    assert digits["real"]
    assert json.loads(out)["settings"]["seed"] == 7
    complaints = [line for line in err.splitlines() if line.startswith("vae.evaluate: ")]
    assert [name in line for name, line in zip(("notes.pt", "gone.pt"), complaints, strict=True)]
    assert "\r" not in err  # that is for a terminal


def test_a_decoder_too_large_to_compute_with_does_not_keep_the_others(quickly, capsys, tmp_path):
    def blow_up(state):
        for tensor in state.values():
            tensor *= 1e18

    diverged = with_other_decoder(tmp_path, blow_up)
    assert main([str(diverged), str(SHIPPED), "--quick", "--format", "json"]) == 2
    out, err = capsys.readouterr()
    assert [report["path"] for report in json.loads(out)["reports"]] == [str(SHIPPED), ""]
    assert f"vae.evaluate: {diverged}: the weights are so large" in err
    with pytest.raises(WeightsError, match="so large"):
        evaluate_weights(diverged, FEW)


def test_without_a_decoder_nothing_is_measured(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(Reference, "load", lambda *_: pytest.fail("the digits were judged"))
    assert main([str(tmp_path / "gone.pt")]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "gone.pt does not exist" in err


@pytest.mark.parametrize(
    "arguments",
    [["--samples", "3"], ["--samples", "many"], ["--seed", "-1"], ["--format", "xml"], ["--sam=9"]],
)
def test_wrong_options_are_answered_with_the_right_ones(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        main([str(SHIPPED), *arguments])
    assert ended.value.code == 2
    assert "usage: python -m vae.evaluate" in capsys.readouterr().err


def test_digits_that_are_damaged_are_named(monkeypatch, capsys):
    def damaged(_progress):
        raise WeightsError("assets/classifier_weights.pt is damaged")

    monkeypatch.setattr(Reference, "load", damaged)
    assert main([str(SHIPPED), "--quick"]) == 1
    assert "classifier_weights.pt is damaged" in capsys.readouterr().err


def test_a_terminal_sees_one_line_that_grows_and_is_gone_at_the_end(quickly, monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert main([str(SHIPPED), "--quick", "--samples", "100"]) == 0
    out, err = capsys.readouterr()
    assert "100 samples" in out
    assert "\n" not in err
    shares = [int(share) for share in re.findall(rf"(\d+)%  {re.escape(str(SHIPPED))}", err)]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0, 100)
    assert err.rsplit("\r", 2)[1].isspace()


def start(*arguments: str, stdout=subprocess.PIPE) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "vae.evaluate", str(SHIPPED), "--quick", *arguments],
        cwd=ROOT,
        stdout=stdout,
        stderr=subprocess.PIPE,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        text=True,
    )


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_control_c_ends_it_without_a_traceback():
    with start() as process:
        while "measuring" not in (line := process.stderr.readline()):
            assert line, "it ended before it began"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
    assert process.returncode == 130
    assert out == ""
    assert "Interrupted" in err
    assert "Traceback" not in err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows reports a closed pipe differently")
def test_a_reader_that_goes_away_is_no_error():
    with start("--samples", "100", "--format", "json") as process:
        process.stdout.close()
        err = process.stderr.read()
    assert process.returncode == 0
    assert "Traceback" not in err
    assert "BrokenPipe" not in err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows reports a closed pipe differently")
def test_a_reader_of_the_progress_that_goes_away_ends_it_without_a_traceback():
    with start() as process:
        process.stderr.close()
        out = process.stdout.read()
    assert process.returncode == 1
    assert out == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a full disk that Linux keeps ready")
def test_a_full_disk_is_named():
    with open("/dev/full", "w") as full, start("--samples", "100", stdout=full) as process:
        err = process.stderr.read()
    assert process.returncode == 1
    assert "vae.evaluate: the figures cannot be written: No space left" in err
    assert "Traceback" not in err
    assert "Exception ignored" not in err
