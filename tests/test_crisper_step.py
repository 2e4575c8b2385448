"""Training with a feature loss and an opponent: what each network learns from, on a few digits."""

from __future__ import annotations

import itertools
import math

import pytest
import torch

from tests.test_training import assert_same, few_digits, trainer, weights
from vae.augment import deform
from vae.checkpoint import load_checkpoint, save_checkpoint
from vae.classifier import Classifier
from vae.crisper_step import PEAK_RATE, CrisperStep
from vae.data import Dataset
from vae.losses import kl_divergence, squared_error
from vae.run import TrainingDivergedError
from vae.step import Step, folded_forward
from vae.training import EpochRecord, TrainConfig, Trainer
from vae.weights import BUNDLED_ASSETS, load_classifier

CPU = torch.device("cpu")
BOTH = {"perceptual": 30.0, "adversarial": 5.0}
TERMS = [{"perceptual": 30.0}, {"adversarial": 5.0}, BOTH]


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return load_classifier(BUNDLED_ASSETS / "classifier_weights.pt")


@pytest.fixture
def crisper(classifier):
    def make(dataset: Dataset | None = None, **settings) -> Trainer:
        config = TrainConfig(**({"epochs": 3, "batch_size": 64} | settings))
        return Trainer(config, dataset or few_digits(), CPU, False, classifier)

    return make


def gradients(network: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: parameter.grad.clone() for name, parameter in network.named_parameters()}


def first_gradients(model: Trainer) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
    """Those of encoder and decoder at a first step on fixed images and noise."""
    generator = torch.Generator().manual_seed(0)
    noise, prior = torch.randn(2, 20, 6, generator=generator)
    extra = (prior,) if model.config.adversarial else ()
    model._step(0.0, torch.arange(20), noise, None, *extra)
    return gradients(model.vae.encoder), gradients(model.vae.decoder)


# What is minimised


def test_without_terms_the_step_is_the_plain_one(crisper):
    model = crisper()
    assert type(model._step) is Step
    list(model.run())
    plain = trainer()
    list(plain.run())
    assert_same(weights(model), weights(plain))
    assert torch.equal(model.generator.get_state(), plain.generator.get_state())
    assert "extras" not in model.records[0].as_dict()
    assert model.records[0].as_dict()["train"].keys() == {"sse", "kl", "total"}
    assert "opponent" not in model.state()


def test_a_perceptual_term_draws_the_plain_runs_random_numbers(crisper):
    model, plain = crisper(perceptual=30.0), trainer()
    list(model.run())
    list(plain.run())
    assert torch.equal(model.generator.get_state(), plain.generator.get_state())


def test_the_perceptual_step_minimises_the_sum_of_its_terms(crisper):
    model = crisper(perceptual=30.0, beta=2.0)
    x = model.train_images[:20]
    noise, _ = torch.randn(2, 20, 6, generator=torch.Generator().manual_seed(0))
    before_tanh, mu, logvar = folded_forward(model.vae, x, noise)
    x_hat = before_tanh.tanh()
    features = model._step.features(x_hat, x).sum()
    loss = squared_error(x_hat, x).sum() + 2 * kl_divergence(mu, logvar).sum() + 30 * features
    expected = torch.autograd.grad(loss / 20, list(model.vae.parameters()))

    first_gradients(model)
    torch.testing.assert_close(
        [parameter.grad for parameter in model.vae.parameters()], list(expected)
    )
    assert model._step.extra_means() == {"features": pytest.approx(features.item() / 20)}


def test_the_encoder_hears_nothing_of_the_game_and_the_decoder_does(crisper):
    """Larsen et al. 2016, algorithm 1."""
    plain_encoder, plain_decoder = first_gradients(crisper())
    encoder, decoder = first_gradients(crisper(adversarial=5.0))
    assert_same(encoder, plain_encoder)
    assert all(not torch.equal(value, plain_decoder[name]) for name, value in decoder.items())


def test_the_games_share_of_the_gradient_grows_with_its_weight(crisper):
    _, plain = first_gradients(crisper())
    shares = []
    for weight in (5.0, 10.0):
        _, decoder = first_gradients(crisper(adversarial=weight))
        shares.append({name: value - plain[name] for name, value in decoder.items()})
    for name, share in shares[0].items():
        torch.testing.assert_close(2 * share, shares[1][name], rtol=1e-3, atol=1e-4)


def test_the_opponent_meets_reconstructions_and_draws_of_the_prior(crisper, monkeypatch):
    model = crisper(adversarial=5.0)
    met = []
    learn = model._opponent.learn
    monkeypatch.setattr(
        model._opponent,
        "learn",
        lambda real, drawn, rate: (met.append((real, drawn)), learn(real, drawn, rate))[1],
    )
    noise, prior = torch.randn(2, 20, 6, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        reconstructions, _, _ = model.vae(model.train_images[:20], noise)
        samples = model.vae.decoder(prior)
    first_gradients(model)
    ((real, drawn),) = met
    assert torch.equal(real, model.train_images[:20])
    expected = torch.cat((reconstructions[:10], samples[10:]))
    torch.testing.assert_close(drawn.detach(), expected)


def test_the_opponents_rate_follows_the_schedule(crisper, monkeypatch):
    model = crisper(adversarial=5.0, learning_rate=2e-3)
    rates = []
    learn = model._opponent.learn
    monkeypatch.setattr(
        model._opponent,
        "learn",
        lambda real, drawn, rate: (rates.append(rate), learn(real, drawn, rate))[1],
    )
    list(model.run())
    shares = [rate / PEAK_RATE for rate in rates]
    assert len(shares) == 15
    assert shares[0] == pytest.approx(0.04)
    assert max(shares) == pytest.approx(1.0, abs=0.05)
    assert shares[-1] < 0.05


# The loop


@pytest.mark.parametrize("terms", TERMS)
def test_what_is_recorded_names_the_terms_and_keeps_the_losses(crisper, terms):
    model = crisper(epochs=2, **terms)
    for record in model.run():
        train = record.as_dict()["train"]
        expected = {"sse", "kl", "total"}
        expected |= {"features"} if "perceptual" in terms else set()
        expected |= {"generator", "discriminator"} if "adversarial" in terms else set()
        assert train.keys() == expected
        assert all(map(math.isfinite, train.values()))
        assert train["total"] == train["sse"] + train["kl"]
        assert record.as_dict()["test"].keys() == {"sse", "kl", "total"}


def test_the_perceptual_term_brings_the_features_nearer(crisper):
    def distance(model: Trainer) -> float:
        list(model.run())
        x = model.test_images
        noise = torch.randn(len(x), 6, generator=torch.Generator().manual_seed(0))
        with torch.no_grad():
            return judge.features(model.vae(x, noise)[0], x).mean().item()

    strong = crisper(epochs=12, perceptual=300.0)
    judge = strong._step
    assert distance(strong) < 0.95 * distance(crisper(epochs=12))


@pytest.mark.parametrize("terms", TERMS)
@pytest.mark.parametrize("finished", [1, 2])
def test_a_resumed_run_is_bit_for_bit_the_uninterrupted_one(tmp_path, crisper, terms, finished):
    # 5 steps an epoch, and a penalty every 4: the resumed run has to know where it was.
    whole = crisper(epochs=3, **terms)
    list(whole.run())

    interrupted = crisper(epochs=3, **terms)
    list(itertools.islice(interrupted.run(), finished))
    save_checkpoint(interrupted.state(), tmp_path / "checkpoint.pt")

    resumed = crisper(epochs=3, **terms)
    resumed.restore(load_checkpoint(tmp_path / "checkpoint.pt"))
    assert len(list(resumed.run())) == 3 - finished
    assert_same(weights(resumed), weights(whole))
    kept = [(r.epoch, r.train, r.test, r.extras) for r in whole.records]
    assert [(r.epoch, r.train, r.test, r.extras) for r in resumed.records] == kept
    assert torch.equal(resumed.generator.get_state(), whole.generator.get_state())
    if "adversarial" in terms:
        ours, theirs = (model.state()["opponent"] for model in (resumed, whole))
        assert_same(ours["discriminator"], theirs["discriminator"])
        assert ours["steps"] == theirs["steps"] == 15


def test_a_state_of_a_plain_run_is_refused_by_the_terms_names(crisper):
    state = trainer().state()
    with pytest.raises(ValueError, match=r"perceptual 0\.0 \(now 30\.0\).*adversarial 0\.0"):
        crisper(**BOTH).restore(state)


def test_a_record_of_before_the_terms_has_no_extras():
    model = trainer(epochs=2)
    next(model.run())
    state = model.state()
    del state["records"][0]["extras"]
    resumed = trainer(epochs=2)
    resumed.restore(state)
    assert resumed.records == model.records
    assert isinstance(resumed.records[0], EpochRecord)


def test_the_same_seed_gives_the_same_weights(crisper):
    first, second = (crisper(epochs=1, **BOTH) for _ in range(2))
    torch.manual_seed(0)
    before = torch.get_rng_state()
    list(first.run())
    list(second.run())
    assert_same(weights(first), weights(second))
    assert torch.equal(torch.get_rng_state(), before)


def test_deformed_images_are_what_the_opponent_holds_for_real(crisper, monkeypatch):
    """Else it would tell reconstructions from real images by their lean."""
    model = crisper(adversarial=5.0)
    met = []
    gradient = model._opponent.gradient
    monkeypatch.setattr(
        model._opponent,
        "gradient",
        lambda real, drawn: (met.append(real), gradient(real, drawn))[1],
    )
    draws = torch.rand(6, 20, generator=torch.Generator().manual_seed(0)) * 2 - 1
    noise = torch.zeros(20, 6)
    model._step(0.0, torch.arange(20), noise, draws, noise)
    expected = deform(model.train_images[:20], model.config.deformation, draws)
    assert torch.equal(met[0], expected)


# What can be wrong


def test_a_perceptual_term_needs_a_classifier_of_the_same_images(crisper):
    config = TrainConfig(epochs=1, perceptual=1.0)
    with pytest.raises(ValueError, match="needs a trained classifier of the data set"):
        Trainer(config, few_digits(), CPU, False)
    digits = few_digits()
    small = Dataset(
        "small",
        digits.classes,
        digits.train_images[:, :, :8, :12],
        digits.train_labels,
        digits.test_images[:, :, :8, :12],
        digits.test_labels,
    )
    with pytest.raises(ValueError, match="classifier of 1x28x28 images, and these are 1x8x12"):
        crisper(small, perceptual=1.0)
    assert isinstance(crisper(small, adversarial=1.0)._step, CrisperStep)  # needs no classifier


def test_a_step_with_terms_is_never_captured(classifier):
    """Half of it is not an optimiser's step of the VAE."""
    config = TrainConfig(epochs=1, optimizer="adam", **BOTH)
    assert not Trainer(config, few_digits(), CPU, True, classifier)._step.captured
    plain = TrainConfig(epochs=1, optimizer="adam")
    assert Trainer(plain, few_digits(), CPU, True)._step.captured


@pytest.mark.parametrize("terms", TERMS)
def test_a_loss_that_is_not_finite_names_the_terms_that_may_be_to_blame(crisper, terms):
    model = crisper(learning_rate=1e6, optimizer="adam", **terms)
    words = " and ".join(f"--{name} {weight:g}" for name, weight in terms.items())
    with pytest.raises(TrainingDivergedError, match=f"epoch 1.*--lr 100000.*{words}$"):
        list(model.run())
    assert model.records == []


def test_an_opponent_that_is_not_finite_stops_the_run_too(crisper):
    model = crisper(adversarial=5.0)
    run = model.run()
    next(run)
    with torch.no_grad():
        model._opponent.discriminator.linear.bias.fill_(math.nan)
    with pytest.raises(TrainingDivergedError, match=r"epoch 2.*--adversarial 5"):
        next(run)
    assert len(model.records) == 1
