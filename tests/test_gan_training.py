"""The training of a GAN: its steps, its records, its resumption and what it refuses."""

from __future__ import annotations

import copy
import io
import math
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch

from vae.adversarial import GAN_LOSSES, discriminator_loss, generator_loss
from vae.classifier import Classifier
from vae.data import DIGITS, Dataset, bundled_digits
from vae.gan_training import GanConfig, GanTrainer, learning_rate_at
from vae.judge import judge_of
from vae.model import Decoder, Encoder, ModelConfig
from vae.run import TrainingDivergedError, snapshot_epochs
from vae.training import TrainConfig, Trainer

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    images, labels = bundled_digits()
    images = images[:, None]
    return Dataset("sample", DIGITS, images[:320], labels[:320], images[320:400], labels[320:400])


@pytest.fixture(scope="module")
def classifier(dataset) -> Classifier:
    return judge_of(dataset, None).classifier


@pytest.fixture
def trainer(dataset, classifier):
    def make(**settings) -> GanTrainer:
        settings = {"epochs": 2, "batch_size": 64, "encoder_epochs": 1} | settings
        return GanTrainer(GanConfig(**settings), dataset, CPU, classifier)

    return make


def weights(trainer: GanTrainer) -> dict[str, torch.Tensor]:
    state = trainer.state()
    networks = {name: state[name] for name in ("generator_network", "average")}
    networks["discriminator"] = state["opponent"]["discriminator"]
    return {f"{name}.{key}": value for name, own in networks.items() for key, value in own.items()}


def assert_same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> None:
    assert first.keys() == second.keys()
    for key, value in first.items():
        assert torch.equal(value, second[key]), key


def test_the_generator_is_the_decoders_very_architecture(trainer):
    state = trainer().decoder.state_dict()
    expected = Decoder(ModelConfig()).state_dict()
    assert {key: value.shape for key, value in state.items()} == {
        key: value.shape for key, value in expected.items()
    }
    wide = trainer(width=2).decoder.state_dict()
    assert wide["deconv_stack.0.weight"].shape == (64, 32, 4, 4)


@pytest.mark.parametrize("gan_loss", GAN_LOSSES)
def test_every_epoch_is_recorded(trainer, gan_loss):
    running = trainer(gan_loss=gan_loss)
    records = list(running.run())
    assert [record.epoch for record in records] == [1, 2]
    for record in records:
        row = record.as_dict()
        assert set(row) == {"epoch", "train", "coverage", "seconds"}
        assert set(row["train"]) == {"discriminator", "generator", "r1", "r2"}
        assert all(math.isfinite(row["train"][name]) for name in ("discriminator", "generator"))
        penalised = {"relativistic": 2, "non-saturating": 1, "minimax": 0}[gan_loss]
        norms = [row["train"]["r1"], row["train"]["r2"]]
        assert all(norm > 0 for norm in norms[:penalised])
        assert norms[penalised:] == [None] * (2 - penalised)
        assert 1 <= row["coverage"]["classes"] <= 10
        assert 0 <= row["coverage"]["entropy"] <= math.log(10)
    assert [epoch for epoch, _ in running.history] == sorted(snapshot_epochs(2))


@pytest.mark.parametrize("gan_loss", GAN_LOSSES)
def test_a_restored_training_goes_on_bit_for_bit(trainer, gan_loss):
    whole = trainer(epochs=3, gan_loss=gan_loss)
    list(whole.run())

    stopped = trainer(epochs=3, gan_loss=gan_loss)
    next(stopped.run())
    file = io.BytesIO()
    torch.save(stopped.state(), file)
    file.seek(0)

    resumed = trainer(epochs=3, gan_loss=gan_loss)
    resumed.restore(torch.load(file, weights_only=True))
    list(resumed.run())
    assert_same(weights(resumed), weights(whole))
    without_time = [
        [replace(record, seconds=0.0) for record in run.records] for run in (resumed, whole)
    ]
    assert without_time[0] == without_time[1]
    for (epoch, ours), (theirs_epoch, theirs) in zip(resumed.history, whole.history, strict=True):
        assert epoch == theirs_epoch
        for key, value in ours.items():
            np.testing.assert_array_equal(value, theirs[key])


def test_a_checkpoint_of_another_device_goes_on_as_well(trainer):
    """There the weights lie in memory otherwise, and with them the optimisers' moments."""
    whole = trainer()
    run = whole.run()
    next(run)
    state = whole.state()
    next(run)
    for laid_out in (state, laid_out_plainly(state)):
        resumed = trainer()
        resumed.restore(laid_out)
        next(resumed.run())
        assert_same(weights(resumed), weights(whole))


def laid_out_plainly(value):
    if isinstance(value, torch.Tensor):
        return value.contiguous()
    if isinstance(value, dict):
        return {key: laid_out_plainly(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(laid_out_plainly, value))
    return value


def test_the_fitted_encoder_is_the_same_every_time(trainer):
    first, second = trainer(epochs=1), trainer(epochs=1)
    shares = []
    for running, told in ((first, shares.append), (second, lambda share: None)):
        list(running.run())
        assert running.encoder is None
        with pytest.raises(RuntimeError, match="no encoder"):
            running.vae  # noqa: B018
        running.fit_encoder(told)
    assert shares == [0.5, 1.0]
    assert_same(first.encoder.state_dict(), second.encoder.state_dict())
    assert first.vae.decoder is first.average


def test_an_encoder_of_no_use_is_an_error(trainer, monkeypatch):
    def unlucky(*_):
        encoder = Encoder(running.model_config)
        torch.nn.init.constant_(encoder.fc_logvar.bias, 1e4)  # finite weights, an infinite loss
        return encoder

    running = trainer(epochs=1)
    monkeypatch.setattr("vae.gan_training.fit_encoder", unlucky)
    with pytest.raises(TrainingDivergedError, match="encoder that was fitted to it is not finite"):
        running.fit_encoder()


def test_the_seed_decides(trainer):
    first, same, other = trainer(seed=3, epochs=1), trainer(seed=3, epochs=1), trainer(epochs=1)
    for running in (first, same, other):
        list(running.run())
    assert_same(weights(first), weights(same))
    assert not torch.equal(
        weights(first)["average.linear.weight"], weights(other)["average.linear.weight"]
    )


def test_each_player_moves_only_its_own_weights(trainer, monkeypatch):
    """The discriminator's loss leaves the generator alone, and the other way round."""
    running = trainer(penalty_every=1)
    before = weights(running)
    of_generator, of_discriminator = running._optimizer, running._opponent._optimizer
    moved = []
    for name, optimizer in (("discriminator", of_discriminator), ("generator", of_generator)):
        original = optimizer.step

        def step(name=name, original=original):
            had = weights(running)
            original()
            now = weights(running)
            moved.append((name, {key for key in now if not torch.equal(now[key], had[key])}))

        monkeypatch.setattr(optimizer, "step", step)
    x = running.train_images[:64]
    noise = torch.randn(2, 64, 6, generator=torch.Generator().manual_seed(0))
    running._step(x, *noise, rate=5e-3)
    (first, of_first), (second, of_second) = moved
    assert (first, second) == ("discriminator", "generator")
    assert {key.split(".")[0] for key in of_first} == {"discriminator"}
    assert {key.split(".")[0] for key in of_second} == {"generator_network"}
    assert len(of_first) + len(of_second) > 0.9 * sum("average" not in key for key in before)


def test_the_step_is_the_gradient_of_the_stated_objective(trainer):
    """Loss plus gamma / 2 of both penalties, each `penalty_every` times as strong."""
    running = trainer(penalty=2.0, penalty_every=4)
    gradients = {}
    optimizers = {"generator": running._optimizer, "discriminator": running._opponent._optimizer}
    for name, optimizer in optimizers.items():
        optimizer.step = lambda name=name, optimizer=optimizer: gradients.update(
            {name: [p.grad.clone() for p in optimizer.param_groups[0]["params"]]}
        )
    x = running.train_images[:32]
    noise = torch.randn(2, 32, 6, generator=torch.Generator().manual_seed(1))
    learned, told = running._step(x, *noise, rate=5e-3)

    network, critic = running.generator_network, running.discriminator
    fake = network(noise[0]).detach().requires_grad_()
    real = x.clone().requires_grad_()
    of_real, of_fake = critic(real), critic(fake)
    (slope,) = torch.autograd.grad(of_real.sum(), real, create_graph=True)
    (fake_slope,) = torch.autograd.grad(of_fake.sum(), fake, create_graph=True)
    r1, r2 = (s.square().sum((1, 2, 3)).mean() for s in (slope, fake_slope))
    loss = torch.log1p(torch.exp(of_fake - of_real)).mean()
    expected = torch.autograd.grad(loss + 4 * (2.0 / 2) * (r1 + r2), list(critic.parameters()))
    for ours, theirs in zip(gradients["discriminator"], expected, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-5)
    played = torch.log1p(torch.exp(critic(x) - critic(network(noise[1])))).mean()
    expected = torch.autograd.grad(played, list(network.parameters()))
    for ours, theirs in zip(gradients["generator"], expected, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-6)
    figures = torch.stack([learned.loss, told, *learned.norms])
    expected = torch.stack([loss, played, r1, r2]).detach()
    torch.testing.assert_close(figures, expected, rtol=1e-4, atol=1e-6)


def test_a_step_is_adams_of_that_gradient(trainer):
    """Weight by weight: a fused optimiser would pair them with others' gradients in silence."""
    running = trainer(penalty=2.0, penalty_every=1)
    network, critic = (
        copy.deepcopy(player).to(memory_format=torch.contiguous_format)
        for player in (running.generator_network, running.discriminator)
    )
    generator = torch.Generator().manual_seed(2)
    optimizers = [
        torch.optim.Adam(player.parameters(), lr=running.config.learning_rate, betas=(0.0, 0.99))
        for player in (network, critic)
    ]
    for _ in range(2):
        x, noise = running.train_images[:64], torch.randn(2, 64, 6, generator=generator)
        fake, real = network(noise[0]).detach().requires_grad_(), x.clone().requires_grad_()
        of_real, of_fake = critic(real), critic(fake)
        (slope,) = torch.autograd.grad(of_real.sum(), real, create_graph=True)
        (fake_slope,) = torch.autograd.grad(of_fake.sum(), fake, create_graph=True)
        norms = [s.square().sum((1, 2, 3)).mean() for s in (slope, fake_slope)]
        loss = torch.log1p(torch.exp(of_fake - of_real)).mean() + sum(norms)
        optimizers[1].zero_grad()
        loss.backward()
        optimizers[1].step()
        optimizers[0].zero_grad()
        torch.log1p(torch.exp(critic(x) - critic(network(noise[1])))).mean().backward()
        optimizers[0].step()
        running._step(x, *noise, rate=running.config.learning_rate)
    for ours, theirs in ((running.generator_network, network), (running.discriminator, critic)):
        for (name, weight), other in zip(ours.named_parameters(), theirs.parameters(), strict=True):
            if ours is running.discriminator and name == "linear.bias":
                continue  # in pairs it falls out of the loss: its gradient is rounding alone
            # Without momentum, rounding may turn the step of a weight that has hardly a gradient.
            apart = (weight - other).abs() > 0.1 * running.config.learning_rate
            assert apart.float().mean() < 0.02, name


def test_the_average_follows_the_generator(trainer):
    running = trainer(epochs=1)
    list(running.run())
    network, average = running.generator_network.state_dict(), running.average.state_dict()
    assert not torch.equal(network["linear.weight"], average["linear.weight"])
    # What is kept, remembered and shown is the average.
    assert running.decoder is running.average
    key = "deconv_stack.2.bias"
    np.testing.assert_array_equal(
        running.history[-1][1][key], average[key].numpy().astype(np.float16)
    )
    torch.testing.assert_close(running.live_weights(running.state())["decoder"][key], average[key])


def test_a_short_average_is_the_generator_itself(trainer):
    running = trainer(epochs=1, average_images=1)
    list(running.run())
    for key, value in running.generator_network.state_dict().items():
        torch.testing.assert_close(running.average.state_dict()[key], value)


def test_the_rate_rises_and_falls_to_nothing():
    config = GanConfig(learning_rate=0.01, warm_up_steps=10)
    rates = [learning_rate_at(config, step, 1000) for step in range(1001)]
    assert rates[0] == pytest.approx(0.001, rel=1e-3)
    assert max(rates) == pytest.approx(0.01, rel=1e-2)
    assert rates.index(max(rates)) == 9
    assert rates[-1] == pytest.approx(0.0, abs=1e-12)
    assert learning_rate_at(replace(config, warm_up_steps=0), 0, 1000) == 0.01


def test_too_high_a_rate_is_named(trainer):
    with pytest.raises(TrainingDivergedError, match=r"epoch 1.*learning rate, 1e\+30.*--lr 1e\+29"):
        list(trainer(learning_rate=1e30, warm_up_steps=0).run())


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"gan_loss": "wasserstein"}, "gan_loss must be one of relativistic, non-saturating, mini"),
        ({"penalty": -1.0}, "penalty must be 0 or a positive number, not -1"),
        ({"penalty": math.nan}, "penalty must be 0 or a positive number"),
        ({"penalty_every": 0}, "penalty_every must be at least 1"),
        ({"encoder_epochs": 0}, "encoder_epochs must be at least 1"),
        ({"average_images": 0}, "average_images must be at least 1"),
        ({"warm_up_steps": -1}, "warm_up_steps must not be negative"),
        ({"width": 0}, "width must be at least 1"),
        ({"learning_rate": math.inf}, "learning_rate must be a positive number"),
        ({"fraction": 1.5}, "fraction must lie above 0"),
    ],
)
def test_settings_that_are_not_possible_are_named(settings, named):
    with pytest.raises(ValueError, match=named):
        GanConfig(**settings)


def test_a_classifier_of_other_images_is_refused(dataset):
    with pytest.raises(ValueError, match=r"\(3, 32, 32\), and those of sample have \(1, 28, 28\)"):
        GanTrainer(GanConfig(epochs=1), dataset, CPU, Classifier((3, 32, 32), 4))


def test_a_checkpoint_of_another_kind_is_refused(trainer, dataset):
    vae = Trainer(TrainConfig(epochs=1), dataset, CPU, captured=False)
    with pytest.raises(ValueError, match="it is of a VAE, and this is a GAN"):
        trainer().restore(vae.state())
    with pytest.raises(ValueError, match="it is of a GAN, and this is a VAE"):
        vae.restore(trainer().state())
    with pytest.raises(ValueError, match="gan_loss minimax \\(now relativistic\\)"):
        trainer().restore(trainer(gan_loss="minimax").state())


def test_no_weight_of_a_penalty_is_no_penalty(trainer):
    config = GanConfig(penalty=0.0)
    assert config.penalised == ()
    (record,) = trainer(epochs=1, penalty=0.0).run()
    assert (record.train.r1, record.train.r2) == (None, None)


def test_a_game_that_has_learned_shows_digits(dataset, classifier):
    """A few hundred steps on real digits, and the samples are no longer all the same."""
    running = GanTrainer(GanConfig(epochs=25, batch_size=32), dataset, CPU, classifier)
    records = list(running.run())
    first, last = records[0].coverage, records[-1].coverage
    assert last.frechet < 0.8 * first.frechet
    assert last.effective_classes > 3


def test_the_settings_are_plain_values_for_a_record():
    assert asdict(GanConfig())["discriminator_channels"] == (16, 32)
    assert GanConfig(discriminator_channels=[8, 16]).discriminator_channels == (8, 16)


def test_losses_of_an_undecided_discriminator():
    """Where it can't tell, the relativistic game stands at log 2 for both."""
    logits = torch.zeros(5)
    assert float(discriminator_loss("relativistic", logits, logits)) == pytest.approx(math.log(2))
    assert float(generator_loss("relativistic", logits, logits)) == pytest.approx(math.log(2))
    assert float(discriminator_loss("minimax", logits, logits)) == pytest.approx(2 * math.log(2))
