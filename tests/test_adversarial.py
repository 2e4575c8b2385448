"""The discriminator, the losses of the game and its penalties, against what they are on paper."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from vae.adversarial import (
    GAN_LOSSES,
    PENALISED,
    Discriminator,
    discriminator_loss,
    generator_loss,
    squared_gradient_norms,
)
from vae.crisper_step import GAME, PEAK_RATE, make_opponent
from vae.data import bundled_digits, to_model_range
from vae.opponent import Game, Opponent
from vae.run import copied

CPU = torch.device("cpu")
LOGITS = st.lists(
    st.tuples(st.floats(-30, 30, width=32), st.floats(-30, 30, width=32)), min_size=1, max_size=6
)


def two(pairs: list[tuple[float, float]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits of real and of generated images, (N,) each."""
    return tuple(torch.tensor(pairs, dtype=torch.float64).T)


def digits(n: int = 40) -> torch.Tensor:
    images, _ = bundled_digits()
    return torch.from_numpy(to_model_range(images[:n, None]))


def noise_images(n: int = 40) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.rand((n, 1, 28, 28), generator=generator) * 2 - 1


def discriminator(channels: tuple[int, int] = (6, 8)) -> Discriminator:
    torch.manual_seed(0)
    return Discriminator((1, 28, 28), channels)


def opponent_in(game: Game, fused: bool = False) -> Opponent:
    return Opponent(discriminator(), game, CPU, fused)


# The losses


def softplus(value: float) -> float:
    return max(value, 0.0) + math.log1p(math.exp(-abs(value)))


PAPER = {
    "relativistic": (lambda real, fake: softplus(fake - real), lambda r, f: softplus(r - f)),
    "non-saturating": (lambda r, f: softplus(-r) + softplus(f), lambda r, f: softplus(-f)),
    "minimax": (lambda r, f: softplus(-r) + softplus(f), lambda r, f: -softplus(f)),
}


@pytest.mark.parametrize("name", GAN_LOSSES)
@given(pairs=LOGITS)
def test_the_losses_are_the_means_of_their_formulae(name, pairs):
    real, generated = two(pairs)
    of_discriminator, of_generator = PAPER[name]
    expected = np.mean([of_discriminator(*pair) for pair in pairs])
    assert discriminator_loss(name, real, generated).item() == pytest.approx(expected, abs=1e-8)
    expected = np.mean([of_generator(*pair) for pair in pairs])
    assert generator_loss(name, real, generated).item() == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("name", ["non-saturating", "minimax"])
def test_the_discriminators_loss_is_the_cross_entropy_of_its_probabilities(name):
    real, generated = torch.tensor([2.0, -1.0]), torch.tensor([0.5, -3.0])
    entropy = torch.nn.functional.binary_cross_entropy_with_logits
    expected = entropy(real, torch.ones(2)) + entropy(generated, torch.zeros(2))
    torch.testing.assert_close(discriminator_loss(name, real, generated), expected)


@pytest.mark.parametrize("name", GAN_LOSSES)
@given(pairs=LOGITS)
def test_the_players_pull_the_generated_logit_in_opposite_directions(name, pairs):
    real, generated = (logits.requires_grad_() for logits in two(pairs))
    (down,) = torch.autograd.grad(discriminator_loss(name, real, generated), generated)
    (up,) = torch.autograd.grad(generator_loss(name, real, generated), generated)
    # A step goes against the gradient: the discriminator's lowers D(G(z)), the other's lifts it.
    assert (down >= 0).all()
    assert (up <= 0).all()
    (on_real,) = torch.autograd.grad(discriminator_loss(name, real, generated), real)
    assert (on_real <= 0).all()


def test_where_the_discriminator_is_sure_minimax_has_no_gradient_and_the_others_have():
    """The lesson that the original loss is kept for (Goodfellow et al. 2014, section 3)."""
    real, generated = torch.tensor([20.0]), torch.tensor([-20.0], requires_grad=True)
    slopes = {
        name: torch.autograd.grad(generator_loss(name, real, generated), generated)[0].item()
        for name in GAN_LOSSES
    }
    assert abs(slopes["minimax"]) < 1e-8
    assert slopes["non-saturating"] == pytest.approx(-1, abs=1e-6)
    assert slopes["relativistic"] == pytest.approx(-1, abs=1e-6)


@given(pairs=LOGITS, shift=st.floats(-10, 10))
def test_the_pairing_loss_sees_differences_only_and_is_one_game_for_both(pairs, shift):
    real, generated = two(pairs)
    moved = discriminator_loss("relativistic", real + shift, generated + shift)
    torch.testing.assert_close(discriminator_loss("relativistic", real, generated), moved)
    exchanged = generator_loss("relativistic", generated, real)
    torch.testing.assert_close(discriminator_loss("relativistic", real, generated), exchanged)


def test_logits_that_nobody_could_tell_apart_cost_log_two():
    even = torch.zeros(5)
    assert discriminator_loss("relativistic", even, even).item() == pytest.approx(math.log(2))
    assert discriminator_loss("minimax", even, even).item() == pytest.approx(2 * math.log(2))


def test_what_is_penalised_belongs_to_a_loss_that_exists():
    assert PENALISED.keys() == GAN_LOSSES.keys()
    assert all(set(kinds) <= {"real", "generated"} for kinds in PENALISED.values())


# The discriminator and its penalty


def test_one_images_logit_is_its_own():
    network, images = discriminator(), digits(6)
    together = network(images)
    alone = torch.cat([network(image[None]) for image in images])
    assert together.shape == (6,)
    torch.testing.assert_close(together, alone)
    colour = Discriminator((3, 32, 32), (4, 5))
    assert colour(torch.zeros(2, 3, 32, 32)).shape == (2,)


def test_the_gradient_norms_are_those_of_finite_differences():
    network = discriminator().double()
    images = noise_images(3).double().requires_grad_()
    norms = squared_gradient_norms(network(images), images)
    step = 1e-6
    basis = torch.eye(784, dtype=torch.float64).view(-1, 1, 28, 28) * step
    for image, norm in zip(images.detach(), norms, strict=True):
        with torch.no_grad():
            slopes = (network(image + basis) - network(image - basis)) / (2 * step)
        assert slopes.square().sum().item() == pytest.approx(norm.item(), rel=1e-5)


def test_the_penalty_reaches_the_weights_by_its_own_derivative():
    network = discriminator((2, 3)).double()
    images = noise_images(4).double().requires_grad_()

    def penalty() -> torch.Tensor:
        return squared_gradient_norms(network(images), images).mean()

    weight = network.conv_stack[2].weight
    (slope,) = torch.autograd.grad(penalty(), weight)
    step = 1e-6
    for place in [(0, 0, 0, 0), (2, 1, 3, 2), (1, 0, 1, 1)]:
        found = []
        for sign in (1, -1):
            with torch.no_grad():
                weight[place] += sign * step
            found.append(penalty().item())
            with torch.no_grad():
                weight[place] -= sign * step
        expected = (found[0] - found[1]) / (2 * step)
        assert slope[place].item() == pytest.approx(expected, rel=1e-4, abs=1e-9)


def test_the_gradient_norm_of_a_linear_function_is_its_weights():
    images = digits(5).requires_grad_()
    weights = torch.linspace(-1, 1, 784).view(1, 28, 28)
    logits = (images * weights).flatten(1).sum(1)
    expected = weights.square().sum().expand(5)
    torch.testing.assert_close(squared_gradient_norms(logits, images), expected)


# The discriminator in training


def test_the_opponent_learns_to_tell_noise_from_digits():
    opponent = make_opponent((1, 28, 28), 0, CPU)
    real, generated = digits(), noise_images()
    losses = [opponent.learn(real, generated, 1e-3).loss.item() for _ in range(60)]
    assert losses[0] == pytest.approx(math.log(2), abs=0.1)
    assert losses[-1] < 0.5 * losses[0]
    with torch.no_grad():
        on_real, on_generated = map(opponent.discriminator, (real, generated))
    assert (on_real > on_generated).all()


def test_the_opponents_gradient_makes_images_look_more_real_and_leaves_it_alone():
    opponent = make_opponent((1, 28, 28), 0, CPU)
    real, generated = digits(), noise_images()
    for _ in range(20):
        opponent.learn(real, generated, 1e-3)
    before = {key: value.clone() for key, value in opponent.discriminator.state_dict().items()}
    loss, gradient = opponent.gradient(real, generated)
    with torch.no_grad():
        on_real, on_generated = map(opponent.discriminator, (real, generated))
    torch.testing.assert_close(loss, generator_loss("relativistic", on_real, on_generated))
    better, _ = opponent.gradient(real, generated - 10 * gradient)
    assert better < loss
    state = opponent.discriminator.state_dict()
    assert all(torch.equal(value, before[key]) for key, value in state.items())


@pytest.mark.parametrize("every", [1, 4])
def test_every_so_many_steps_are_penalised(every):
    opponent = opponent_in(Game("relativistic", ("real", "generated"), 1.0, every))
    real, generated = digits(8), noise_images(8)
    steps = [opponent.learn(real, generated, PEAK_RATE).norms is not None for _ in range(9)]
    assert [step for step, penalised in enumerate(steps) if penalised] == list(range(0, 9, every))


def test_what_nobody_penalises_has_no_norms():
    opponent = opponent_in(Game("minimax", (), 1.0, 1))
    assert opponent.learn(digits(8), noise_images(8), PEAK_RATE).norms is None


@pytest.mark.parametrize("penalised", [("real",), ("generated",), ("real", "generated")])
@pytest.mark.parametrize("name", GAN_LOSSES)
@pytest.mark.parametrize("fused", [False, True])
def test_a_step_is_adams_on_the_loss_with_its_penalties(name, penalised, fused):
    game = Game(name, penalised, penalty=0.6, penalty_every=3)
    opponent = opponent_in(game, fused)
    plain = discriminator()
    optimizer = torch.optim.Adam(plain.parameters(), betas=(0.0, 0.99))
    real, generated = digits(12), noise_images(12)
    for step, rate in enumerate((1e-3, 2e-3)):
        images = torch.cat((real, generated)).requires_grad_()
        logits = plain(images)
        (slopes,) = torch.autograd.grad(logits.sum(), images, create_graph=True)
        norms = slopes.square().sum((1, 2, 3)).view(2, 12).mean(1)
        loss = discriminator_loss(name, logits[:12], logits[12:])
        learned = opponent.learn(real, generated, rate)
        torch.testing.assert_close(learned.loss, loss.detach(), rtol=1e-4, atol=1e-6)
        if step == 0:
            torch.testing.assert_close(learned.norms, norms.detach(), rtol=1e-4, atol=1e-6)
            share = [kind in penalised for kind in ("real", "generated")]
            loss = loss + 3 * 0.6 / 2 * norms[torch.tensor(share)].sum()
        else:
            assert learned.norms is None
        optimizer.param_groups[0]["lr"] = rate
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    for (key, ours), theirs in zip(
        opponent.discriminator.named_parameters(), plain.parameters(), strict=True
    ):
        if name == "relativistic" and key == "linear.bias":
            continue  # in pairs it falls out of the loss: its gradient is rounding alone
        # Without momentum, rounding may turn the step of a weight that has hardly a gradient.
        assert ((ours - theirs).abs() > 1e-4).float().mean() < 0.02, key


def test_the_opponent_beside_a_vae_plays_in_pairs_with_both_penalties():
    opponent = make_opponent((1, 28, 28), 3, CPU)
    assert opponent.game == GAME
    assert (GAME.loss, GAME.penalised) == ("relativistic", ("real", "generated"))
    plain = make_opponent((1, 28, 28), 3, CPU).discriminator
    real, generated = digits(12), noise_images(12)
    opponent.learn(real, generated, 0.5 * PEAK_RATE)

    images = torch.cat((real, generated)).requires_grad_()
    logits = plain(images)
    (slopes,) = torch.autograd.grad(logits.sum(), images, create_graph=True)
    norms = slopes.square().sum((1, 2, 3))
    loss = torch.nn.functional.softplus(logits[12:] - logits[:12]).mean()
    loss = loss + 4 * 0.5 * (norms[:12].mean() + norms[12:].mean())
    optimizer = torch.optim.Adam(plain.parameters(), lr=0.5 * PEAK_RATE, betas=(0.0, 0.99))
    loss.backward()
    optimizer.step()
    for ours, theirs in zip(opponent.discriminator.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)


def test_a_restored_opponent_goes_on_bit_for_bit():
    real, generated = digits(8), noise_images(8)
    whole = make_opponent((1, 28, 28), 0, CPU)
    for _ in range(3):
        whole.learn(real, generated, PEAK_RATE)
    other = make_opponent((1, 28, 28), 1, CPU)
    other.load_state_dict(copied(whole.state_dict()))
    for _ in range(3):  # a penalised step among them
        ours, theirs = (each.learn(real, generated, 3e-3).loss for each in (whole, other))
        assert torch.equal(ours, theirs)
    for ours, theirs in zip(
        whole.discriminator.parameters(), other.discriminator.parameters(), strict=True
    ):
        assert torch.equal(ours, theirs)


def test_an_opponent_leaves_torchs_global_generator_alone():
    torch.manual_seed(0)
    before = torch.get_rng_state()
    first, same, another = (make_opponent((1, 28, 28), seed, CPU) for seed in (4, 4, 5))
    first.learn(digits(8), noise_images(8), PEAK_RATE)
    assert torch.equal(torch.get_rng_state(), before)
    weights = [each.discriminator.linear.weight for each in (same, another)]
    assert not torch.equal(*weights)
