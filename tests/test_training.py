"""The loop, its step, its optimisers, its evaluation and its checkpoints, on a few real digits."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
from torch.distributions import Laplace, Normal

from vae.augment import Deformation, deform
from vae.checkpoint import CheckpointError, load_checkpoint, save_checkpoint
from vae.data import DIGITS, Dataset, bundled_digits, to_model_range
from vae.evaluation import evaluate
from vae.losses import RECON_LOSSES, kl_divergence, squared_error
from vae.model import VAE, ModelConfig
from vae.run import TrainingDivergedError, snapshot_epochs
from vae.soap import Soap
from vae.step import Step, batch_losses, folded_forward, forward_before_tanh, make_optimizers
from vae.training import (
    GENTLE,
    LATER_SETTINGS,
    TrainConfig,
    Trainer,
    deformation_strength,
    learning_rate_at,
)

CPU = torch.device("cpu")


def few_digits(n_train: int = 300, n_test: int = 50) -> Dataset:
    images, labels = bundled_digits()
    images = images[: n_train + n_test, None]
    labels = labels[: n_train + n_test]
    return Dataset(
        "few", DIGITS, images[:n_train], labels[:n_train], images[n_train:], labels[n_train:]
    )


def trainer(device: torch.device = CPU, captured: bool = False, **settings) -> Trainer:
    # 300 digits make 4 whole batches of 64 and a short one of 44.
    config = TrainConfig(**({"epochs": 3, "batch_size": 64} | settings))
    return Trainer(config, few_digits(), device, captured)


def weights(model: Trainer) -> dict[str, torch.Tensor]:
    return {key: value.clone() for key, value in model.vae.state_dict().items()}


def assert_same(first: dict, second: dict) -> None:
    """Bit for bit."""
    assert first.keys() == second.keys()
    for key, value in first.items():
        assert torch.equal(value, second[key]), key


# The step


@pytest.mark.parametrize(
    "config",
    [
        ModelConfig(),
        ModelConfig(latent_dim=1),
        ModelConfig(latent_dim=3, image_shape=(3, 8, 12), channels=(4, 6)),
    ],
)
def test_the_folded_pass_equals_the_network_with_its_gradients(config):
    vae = VAE.from_config(config).double()
    x = torch.rand(5, *config.image_shape, dtype=torch.float64) * 2 - 1
    noise = torch.randn(5, config.latent_dim, dtype=torch.float64)
    gradients = []
    for folded in (False, True):
        x_hat, mu, logvar = folded_forward(vae, x, noise) if folded else vae(x, noise)
        x_hat = x_hat.tanh() if folded else x_hat
        loss = squared_error(x_hat, x).sum() + kl_divergence(mu, logvar).sum()
        gradients.append(torch.autograd.grad(loss, list(vae.parameters())))
        gradients[-1] += (x_hat.detach(), mu.detach(), logvar.detach())
    torch.testing.assert_close(*gradients)


def test_what_is_computed_on_a_gpu_is_the_network_before_its_tanh(monkeypatch):
    """The path that is not folded, taken here by images that pretend to lie elsewhere."""

    class Elsewhere(torch.Tensor):
        device = torch.device("meta")

    vae = VAE.from_config(ModelConfig(3))
    x = torch.rand(5, 1, 28, 28) * 2 - 1
    noise = torch.randn(5, 3)
    monkeypatch.setattr("vae.step.folded_forward", None)  # would fail if it were called
    before_tanh, mu, logvar = forward_before_tanh(vae, x.as_subclass(Elsewhere), noise)
    x_hat, plain_mu, plain_logvar = vae(x, noise)
    assert torch.equal(before_tanh.as_subclass(torch.Tensor).tanh(), x_hat)
    assert torch.equal(mu.as_subclass(torch.Tensor), plain_mu)
    assert torch.equal(logvar.as_subclass(torch.Tensor), plain_logvar)


def in_nats(name: str, x_hat: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """The reconstruction losses as torch's own distributions have them, up to constants."""
    if name == "sse":
        return -Normal(x_hat, 0.5**0.5).log_prob(x).sum()
    if name == "l1":
        return -Laplace(x_hat, 1.0).log_prob(x).sum()
    if name == "bce":
        return torch.nn.functional.binary_cross_entropy(
            (x_hat + 1) / 2, (x + 1) / 2, reduction="sum"
        )
    return -Normal(x_hat, (x_hat - x).square().mean().sqrt()).log_prob(x).sum()


@pytest.mark.parametrize("name", RECON_LOSSES)
@pytest.mark.parametrize("beta", [1.0, 0.25, 4.0])
def test_the_step_minimises_what_its_name_says_and_reports_sse_and_kl(name, beta):
    vae = VAE.from_config(ModelConfig(3)).double()
    x = torch.from_numpy(to_model_range(few_digits().train_images[:7])).double()
    noise = torch.randn(7, 3, dtype=torch.float64)
    loss, sse, kl = batch_losses(vae, x, noise, name, beta)
    x_hat, mu, logvar = vae(x, noise)
    exact_kl = kl_divergence(mu, logvar).sum()
    expected = in_nats(name, x_hat, x) + beta * exact_kl
    torch.testing.assert_close(
        torch.autograd.grad(loss, list(vae.parameters())),
        torch.autograd.grad(expected, list(vae.parameters())),
    )
    torch.testing.assert_close(sse, squared_error(x_hat, x).sum().detach())
    torch.testing.assert_close(kl, exact_kl.detach())
    assert not sse.requires_grad
    assert not kl.requires_grad


@pytest.mark.parametrize("optimizer", ["soap", "adam"])
def test_the_default_run_takes_the_plain_steps_bit_for_bit(optimizer):
    """The shipped model's loss, written out: no switch for other losses may touch it."""
    switched = trainer(optimizer=optimizer)
    list(switched.run())

    plain = trainer(optimizer=optimizer)
    step = plain._step

    def run(indices, noise, draws):
        x = step.images[indices]
        if draws is not None:
            x = deform(x, step.deformation, draws)
        x = x.contiguous(memory_format=torch.channels_last)
        before_tanh, mu, logvar = folded_forward(plain.vae, x, noise)
        x_hat = torch.tanh(before_tanh)
        sse, kl = squared_error(x_hat, x).sum(), kl_divergence(mu, logvar).sum()
        for optimizer in step.optimizers:
            optimizer.zero_grad(set_to_none=True)
        ((sse + kl) / len(x)).backward()
        for optimizer in step.optimizers:
            optimizer.step()
        step.sums[0] += sse.detach()
        step.sums[1] += kl.detach()
        step.sums[2] += len(x)

    step.run = run
    list(plain.run())
    assert_same(weights(switched), weights(plain))
    assert [(r.train, r.test) for r in switched.records] == [
        (r.train, r.test) for r in plain.records
    ]


def test_the_default_is_everything_squared_and_once():
    config = TrainConfig()
    assert (config.fraction, config.recon_loss, config.beta) == (1.0, "sse", 1.0)
    assert (config.width, config.perceptual, config.adversarial) == (1, 0.0, 0.0)
    assert {name: getattr(config, name) for name in LATER_SETTINGS} == LATER_SETTINGS


def test_beta_trades_the_kl_divergence_for_the_error():
    low, high = (list(trainer(epochs=10, beta=beta).run())[-1] for beta in (0.1, 10.0))
    assert low.test.sse < high.test.sse
    assert low.test.kl > high.test.kl


def test_a_step_of_adam_is_that_of_the_plain_loss():
    torch.manual_seed(0)
    ours, plain = (VAE.from_config(ModelConfig()) for _ in range(2))
    plain.load_state_dict(ours.state_dict())
    images = torch.from_numpy(to_model_range(few_digits().train_images))
    noise = torch.randn(3, 20, 6)

    step = Step(ours, make_optimizers(ours, "adam", 1e-3), images, GENTLE, captured=False)
    optimizer = torch.optim.Adam(plain.parameters(), lr=2e-3)
    total = 0.0
    for i in range(3):
        indices = torch.arange(20) * 3 + i
        step(2e-3, indices, noise[i], None)
        x_hat, mu, logvar = plain(images[indices], noise[i])
        loss = squared_error(x_hat, images[indices]).mean() + kl_divergence(mu, logvar).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * 20

    for a, b in zip(ours.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-4)
    sse, kl, n = step.sums.tolist()
    assert n == 60
    assert sse + kl == pytest.approx(total, rel=1e-5)


def test_soap_minimises_a_badly_scaled_problem_faster_than_adam():
    generator = torch.Generator().manual_seed(0)
    scales = torch.logspace(0, -2, 12)
    mix = torch.linalg.qr(torch.randn(12, 12, generator=generator))[0]
    target = torch.randn(8, 12, generator=generator)

    def error_after(steps, make):
        matrix = torch.zeros(8, 12, requires_grad=True)
        optimizer = make([matrix])
        for i in range(steps):
            for group in optimizer.param_groups:
                group["lr"] = 0.03 * (1 - i / steps)
            loss = (((matrix - target) @ mix) * scales).square().sum()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return loss.item()

    adam = error_after(300, lambda p: torch.optim.Adam(p, lr=0.03))
    assert error_after(300, lambda p: Soap(p, lr=0.03)) < 0.5 * adam


def test_soaps_bases_stay_orthogonal_and_long_sides_have_none():
    parameters = [torch.randn(5, 7, requires_grad=True), torch.randn(600, 3, requires_grad=True)]
    soap = Soap(parameters, lr=0.01)
    for _ in range(25):
        for parameter in parameters:
            parameter.grad = torch.randn_like(parameter)
        soap.step()
    short, long = (soap.state[parameter] for parameter in parameters)
    for basis in (short["left_basis"], short["right_basis"], long["right_basis"]):
        torch.testing.assert_close(basis.T @ basis, torch.eye(len(basis)), atol=1e-5, rtol=0)
    assert "left_basis" not in long


# Deformations


def test_no_deformation_changes_nothing():
    x = torch.from_numpy(to_model_range(few_digits().train_images[:5]))
    draws = torch.rand(6, 5) * 2 - 1
    torch.testing.assert_close(deform(x, Deformation(), draws), x, atol=1e-4, rtol=0)
    torch.testing.assert_close(
        deform(x, Deformation(9, 0.1, 0.1, 2), draws * 0), x, atol=1e-4, rtol=0
    )


def test_a_shift_moves_the_image_and_brings_in_background():
    x = torch.from_numpy(to_model_range(few_digits().train_images[:1]))
    draws = torch.tensor([0, 0, 0, 0, 1.0, 0])[:, None]
    moved = deform(x, Deformation(shift=3), draws)
    torch.testing.assert_close(moved[..., :-3], x[..., 3:], atol=1e-4, rtol=0)
    torch.testing.assert_close(moved[..., -3:], torch.full((1, 1, 28, 3), -1.0))


def test_a_quarter_turn_turns_the_image():
    x = torch.from_numpy(to_model_range(few_digits().train_images[:1]))
    draws = torch.tensor([1.0, 0, 0, 0, 0, 0])[:, None]
    turned = deform(x, Deformation(rotation=90), draws)
    torch.testing.assert_close(turned, x.rot90(1, (2, 3)), atol=1e-3, rtol=0)


def test_the_deformation_fades_out_before_the_end():
    config = TrainConfig(deformation_until=0.5, undeformed_from=0.7)
    strengths = [deformation_strength(config, p) for p in (0, 0.5, 0.6, 0.7, 1)]
    assert strengths == pytest.approx([1, 1, 0.5, 0, 0])
    assert deformation_strength(TrainConfig(deformation=Deformation()), 0.0) == 0


# The loop


def test_training_learns_and_yields_one_finite_record_per_epoch():
    model = trainer(epochs=8)
    before = evaluate(model.vae, model.test_images, draws=2).losses.total
    records = list(model.run())
    assert [record.epoch for record in records] == list(range(1, 9))
    assert records == model.records
    totals = [record.train.total for record in records]
    assert totals[-1] < 0.6 * totals[0]
    assert records[-1].test.total < 0.6 * before
    assert all(record.test.total == record.test.sse + record.test.kl for record in records)


def test_every_image_counts_once_an_epoch_the_short_last_batch_included(monkeypatch):
    model = trainer(epochs=2)
    seen = []
    run = model._step.run
    monkeypatch.setattr(
        model._step, "run", lambda indices, *rest: (seen.append(indices), run(indices, *rest))
    )
    list(model.run())
    assert [len(indices) for indices in seen] == [64, 64, 64, 64, 44] * 2
    first, second = torch.cat(seen[:5]), torch.cat(seen[5:])
    assert sorted(first.tolist()) == sorted(second.tolist()) == list(range(300))
    assert first.tolist() != second.tolist()  # a fresh order in every epoch
    assert model._step.sums[2] == 300


@pytest.mark.parametrize(("fraction", "kept"), [(0.5, 150), (0.3, 90), (0.01, 64), (1.0, 300)])
def test_a_fraction_takes_as_many_steps_on_fewer_images(monkeypatch, fraction, kept):
    model = trainer(epochs=2, fraction=fraction)
    seen = []
    run = model._step.run
    monkeypatch.setattr(
        model._step, "run", lambda indices, *rest: (seen.append(indices), run(indices, *rest))
    )
    records = list(model.run())
    assert [len(indices) for indices in seen] == [64, 64, 64, 64, 44] * 2
    assert len(model.train_images) == kept == len(model.train_labels)
    for epoch in (seen[:5], seen[5:]):
        times = np.bincount(torch.cat(epoch), minlength=kept)
        assert times.min() >= 300 // kept
        assert times.max() <= -(-300 // kept)
    assert model.n_images == 300 == model._step.sums[2]
    assert len(records) == 2


def test_a_fraction_is_the_same_choice_for_every_seed_with_every_class_in_it():
    first, second = (trainer(seed=seed, fraction=0.25) for seed in (1, 2))
    assert torch.equal(first.train_images, second.train_images)
    assert set(first.train_labels) == set(range(10))
    dataset = few_digits()
    whole = {
        image.tobytes(): label
        for image, label in zip(
            to_model_range(dataset.train_images), dataset.train_labels, strict=True
        )
    }
    for image, label in zip(first.train_images, first.train_labels, strict=True):
        assert whole[image.numpy().tobytes()] == label
    assert torch.equal(first.test_images, trainer().test_images)


def test_the_loop_prints_nothing(capsys):
    list(trainer(epochs=1).run())
    assert capsys.readouterr() == ("", "")


def test_the_same_seed_gives_the_same_weights_and_another_seed_others():
    runs = [trainer(seed=seed) for seed in (4, 4, 5)]
    for model in runs:
        list(model.run())
    assert_same(weights(runs[0]), weights(runs[1]))
    assert not torch.equal(*(model.vae.decoder.linear.weight for model in runs[1:]))


def test_training_leaves_torchs_global_generator_alone():
    torch.manual_seed(0)
    before = torch.get_rng_state()
    list(trainer(epochs=1).run())
    assert torch.equal(torch.get_rng_state(), before)


def test_the_latent_size_and_the_image_shape_are_the_datas():
    dataset = few_digits(100, 20)
    wide = Dataset(
        "wide",
        DIGITS,
        np.repeat(dataset.train_images[:, :, :8, :12], 3, axis=1),
        dataset.train_labels,
        np.repeat(dataset.test_images[:, :, :8, :12], 3, axis=1),
        dataset.test_labels,
    )
    model = Trainer(TrainConfig(epochs=1, latent_dim=2), wide, CPU, captured=False)
    list(model.run())
    assert model.vae.config == ModelConfig(2, (3, 8, 12))


def test_a_loss_that_is_not_finite_stops_with_the_epoch_and_the_cause():
    model = trainer(learning_rate=1e6, optimizer="adam")
    with pytest.raises(TrainingDivergedError, match=r"epoch 1.*learning\s+rate.*--lr 100000"):
        list(model.run())
    assert model.records == []


# Resuming


def test_gradients_that_are_not_finite_from_the_first_step_on_are_named():
    """SOAP looks for the eigenbasis of the first gradients."""
    with pytest.raises(TrainingDivergedError, match=r"epoch 1.*learning\s+rate"):
        list(trainer(epochs=1, optimizer="soap", beta=1e38).run())


@pytest.mark.parametrize(
    "settings",
    [
        {"optimizer": "soap"},
        {"optimizer": "adam"},
        {"recon_loss": "bce"},
        {"recon_loss": "l1", "optimizer": "adam"},
        {"recon_loss": "sse-learned-variance"},
        {"beta": 4.0},
        {"fraction": 0.3},
    ],
)
@pytest.mark.parametrize("finished", [1, 2])
def test_a_resumed_run_is_bit_for_bit_the_uninterrupted_one(tmp_path, settings, finished):
    whole = trainer(epochs=4, **settings)
    list(whole.run())

    interrupted = trainer(epochs=4, **settings)
    run = interrupted.run()
    list(itertools.islice(run, finished))
    save_checkpoint(interrupted.state(), tmp_path / "checkpoint.pt")

    resumed = trainer(epochs=4, **settings)
    resumed.restore(load_checkpoint(tmp_path / "checkpoint.pt"))
    assert len(list(resumed.run())) == 4 - finished
    assert_same(weights(resumed), weights(whole))
    strip = [(r.epoch, r.train, r.test) for r in whole.records]
    assert [(r.epoch, r.train, r.test) for r in resumed.records] == strip
    assert torch.equal(resumed.generator.get_state(), whole.generator.get_state())
    for (epoch, ours), (theirs_epoch, theirs) in zip(resumed.history, whole.history, strict=True):
        assert epoch == theirs_epoch
        assert all(np.array_equal(ours[key], theirs[key]) for key in theirs)


def test_a_state_is_a_copy_that_further_training_does_not_touch():
    model = trainer()
    run = model.run()
    next(run)
    state = model.state()
    kept = {key: value.clone() for key, value in state["vae"].items()}
    next(run)
    assert_same(state["vae"], kept)
    assert not torch.equal(model.vae.decoder.linear.weight, kept["decoder.linear.weight"])
    assert len(state["records"]) == 1


def test_a_state_of_other_settings_is_refused_by_name():
    state = trainer(seed=1, learning_rate=1e-3).state()
    with pytest.raises(ValueError, match=r"learning_rate 0\.001 .*seed 1 \(now 0\)"):
        trainer().restore(state)


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"fraction": 0.5}, r"fraction 1\.0 \(now 0\.5\)"),
        ({"recon_loss": "l1"}, r"recon_loss sse \(now l1\)"),
        ({"beta": 2.0}, r"beta 1\.0 \(now 2\.0\)"),
    ],
)
def test_a_state_of_before_the_switches_is_one_of_their_defaults(settings, word):
    before = trainer(epochs=2)
    run = before.run()
    next(run)
    state = before.state()
    for name in LATER_SETTINGS:
        del state["config"][name]
    resumed = trainer(epochs=2)
    resumed.restore(state)
    next(run)
    list(resumed.run())
    assert_same(weights(resumed), weights(before))
    with pytest.raises(ValueError, match=word):
        trainer(epochs=2, **settings).restore(state)


@pytest.mark.parametrize("content", [None, b"", b"random bytes", "other", "code"])
def test_checkpoints_that_cannot_be_used_are_refused(tmp_path, content):
    path = tmp_path / "checkpoint.pt"
    executed = tmp_path / "executed"

    class Code:
        def __reduce__(self):
            return (type(executed).touch, (executed,))

    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content == "other":
        torch.save({"format": "something else"}, path)
    elif content == "code":
        torch.save({"state": Code()}, path)
    with pytest.raises(CheckpointError, match=r"checkpoint\.pt"):
        load_checkpoint(path)
    assert not executed.exists()


# Schedules, history, evaluation


def test_the_learning_rate_rises_to_its_peak_and_falls_to_zero():
    config = TrainConfig(learning_rate=2.0, warm_up=0.25)
    rates = [learning_rate_at(config, p) for p in (0, 0.125, 0.25, 0.625, 1)]
    assert rates == pytest.approx([0.08, 1.04, 2, 1, 0])


@pytest.mark.parametrize("epochs", [1, 2, 10, 24, 50, 200, 1000])
def test_history_is_denser_early_and_has_both_ends(epochs):
    chosen = sorted(snapshot_epochs(epochs))
    assert chosen[0] == 0
    assert chosen[-1] == epochs
    assert len(chosen) == min(24, epochs + 1)
    if epochs >= 50:
        gaps = np.diff(chosen)
        assert gaps[:8].mean() < gaps[-8:].mean() / 2


def test_history_holds_the_decoder_of_its_epochs():
    model = trainer(epochs=2)
    for record in model.run():
        epoch, snapshot = model.history[-1]
        assert epoch == record.epoch
        for key, value in model.vae.decoder.state_dict().items():
            np.testing.assert_array_equal(snapshot[key], value.numpy().astype(np.float16))
    assert [epoch for epoch, _ in model.history] == [0, 1, 2]


def test_evaluation_is_the_mean_loss_over_images_and_draws():
    model = trainer(latent_dim=3)
    images = model.train_images
    found = evaluate(model.vae, images, draws=3)
    assert found == evaluate(model.vae, images, draws=3)
    mu, logvar = model.vae.encoder(images)
    assert found.losses.kl == pytest.approx(kl_divergence(mu, logvar).mean().item(), rel=1e-5)
    assert sum(found.kl_per_dimension) == pytest.approx(found.losses.kl)
    assert found.losses.total == pytest.approx(np.mean(found.draws))
    assert len(set(found.draws)) == 3
    # Other noise gives another figure, but hardly, over 300 images.
    x_hat, _, _ = model.vae(images, torch.randn(300, 3))
    assert found.losses.sse == pytest.approx(squared_error(x_hat, images).mean().item(), rel=0.02)


def test_a_dimension_that_carries_nothing_is_not_active():
    model = trainer()
    with torch.no_grad():
        for head in (model.vae.encoder.fc_mu, model.vae.encoder.fc_logvar):
            head.weight[0] = 0
            head.bias[0] = 0
        model.vae.encoder.fc_mu.bias[1:] = 1.0
    found = evaluate(model.vae, model.test_images, draws=1)
    assert found.active_dimensions == 5
    assert found.kl_per_dimension[0] == 0


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"epochs": 0}, "epochs"),
        ({"batch_size": 0}, "batch_size"),
        ({"learning_rate": math.nan}, "learning_rate"),
        ({"learning_rate": 0.0}, "learning_rate"),
        ({"warm_up": 1.0}, "warm_up"),
        ({"optimizer": "sgd"}, "optimizer"),
        ({"undeformed_from": 0.1}, "undeformed_from"),
        ({"fraction": 0.0}, "fraction"),
        ({"fraction": -0.5}, "fraction"),
        ({"fraction": 1.5}, "fraction"),
        ({"fraction": math.nan}, "fraction"),
        ({"recon_loss": "l3"}, "recon_loss must be one of sse, bce, l1, sse-learned-variance"),
        ({"beta": 0.0}, "beta"),
        ({"beta": -1.0}, "beta"),
        ({"beta": math.inf}, "beta"),
        ({"beta": math.nan}, "beta"),
        ({"width": 0}, "width"),
        ({"perceptual": -1.0}, "perceptual must be 0 or a positive number"),
        ({"perceptual": math.nan}, "perceptual"),
        ({"adversarial": -0.5}, "adversarial"),
        ({"adversarial": math.inf}, "adversarial"),
    ],
)
def test_settings_that_mean_nothing_are_named(settings, word):
    with pytest.raises(ValueError, match=word):
        TrainConfig(**settings)


# On a GPU


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("finished", [0, 2])
@pytest.mark.parametrize("recon_loss", RECON_LOSSES)
def test_a_captured_run_takes_the_steps_of_an_eager_one(finished, recon_loss):
    """Across both batch sizes, with and without deformation, from the start and after a resume."""
    cuda = torch.device("cuda")
    settings = {"epochs": 6, "optimizer": "adam", "recon_loss": recon_loss, "beta": 2.0}
    eager, captured = (trainer(cuda, graphs, **settings) for graphs in (False, True))
    if finished:
        before = trainer(cuda, **settings)
        list(itertools.islice(before.run(), finished))
        eager.restore(before.state())
        captured.restore(before.state())
    for ours, theirs in zip(captured.run(), eager.run(), strict=True):
        assert ours.train.total == pytest.approx(theirs.train.total, rel=1e-3)
        assert ours.test.total == pytest.approx(theirs.test.total, rel=1e-3)
    assert len(captured._step._graphs) == 4
    assert captured._step.sums[2] == 300
