"""A discriminator in training: what it learns from, and what it tells a generator.

A GAN's generator plays against one (vae.gan_training), and so may a VAE's decoder
(vae.crisper_step).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from vae.adversarial import (
    Discriminator,
    discriminator_loss,
    generator_loss,
    squared_gradient_norms,
)
from vae.run import load_optimizers

# Of both players' Adam. Momentum would carry a player past the point that the other has moved away
# from.
BETAS = (0.0, 0.99)


@dataclass(frozen=True)
class Game:
    """What is played for.

    loss: a name of vae.adversarial.GAN_LOSSES. penalised: which images' gradients are penalised,
        "real", "generated".
    penalty: gamma, the weight of the squared gradient norms: gamma / 2 times each is added to the
        discriminator's loss.
    penalty_every: steps from one penalty to the next, each that many times as strong, which on
        average is the same; second derivatives are what costs most (lazy regularisation; Karras et
        al. 2020, arXiv:1912.04958, section 3.1).
    """

    loss: str
    penalised: tuple[str, ...]
    penalty: float
    penalty_every: int


@dataclass(frozen=True)
class Learned:
    """What one step was about. loss: of the discriminator without penalties, a scalar. norms: the
    mean squared gradient norms on real and on generated images, (2,); None where none is penalised.
    """

    loss: torch.Tensor
    norms: torch.Tensor | None


class Opponent:
    """The discriminator with its optimiser.

    discriminator: is moved to the device. fused: whether Adam is one kernel: faster, but rounded
    otherwise, so that a training keeps to what it began with.
    """

    def __init__(
        self, discriminator: Discriminator, game: Game, device: torch.device, fused: bool
    ) -> None:
        self.discriminator = discriminator.to(device)
        if device.type == "cpu":
            discriminator.to(memory_format=torch.channels_last)
        self.game = game
        # Every step has a rate of its own.
        self._optimizer = torch.optim.Adam(discriminator.parameters(), betas=BETAS, fused=fused)
        self._steps = 0

    def learn(self, real: torch.Tensor, generated: torch.Tensor, rate: float) -> Learned:
        """One step of the discriminator.

        real, generated: (N, C, H, W), to be told apart, in pairs where the loss is of pairs. rate:
        the learning rate.
        """
        game = self.game
        is_penalised = bool(game.penalised) and self._steps % game.penalty_every == 0
        both = torch.cat((real.detach(), generated.detach())).requires_grad_(is_penalised)
        logits = self.discriminator(both)
        loss = total = discriminator_loss(game.loss, *logits.chunk(2))
        norms = None
        if is_penalised:
            norms = torch.stack(
                [part.mean() for part in squared_gradient_norms(logits, both).chunk(2)]
            )
            of_kind = zip(("real", "generated"), norms, strict=True)
            penalised = sum(norm for kind, norm in of_kind if kind in game.penalised)
            total = loss + game.penalty / 2 * game.penalty_every * penalised
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        descend(self._optimizer, total)
        self._steps += 1
        return Learned(loss.detach(), None if norms is None else norms.detach())

    def gradient(
        self, real: torch.Tensor, generated: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The generator's loss, a scalar mean, and its gradient with respect to `generated`.

        Images as in `learn`. The weights of the discriminator get no gradients.
        """
        with torch.no_grad():
            on_real = self.discriminator(real)
        generated = generated.detach().requires_grad_()
        loss = generator_loss(self.game.loss, on_real, self.discriminator(generated))
        (gradient,) = torch.autograd.grad(loss, generated)
        return loss.detach(), gradient

    def state_dict(self) -> dict[str, Any]:
        """All that training changes."""
        return {
            "discriminator": self.discriminator.state_dict(),
            "optimizer": self._optimizer.state_dict()["state"],
            "steps": self._steps,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a `state_dict`. Raises KeyError or RuntimeError if it is none of these."""
        self.discriminator.load_state_dict(state["discriminator"])
        load_optimizers([self._optimizer], [state["optimizer"]])
        self._steps = state["steps"]


def descend(
    optimizer: torch.optim.Optimizer, output: torch.Tensor, gradient: torch.Tensor | None = None
) -> None:
    """A step against the gradient of an output, of the optimiser's own weights alone.

    gradient: that of what is minimised with respect to the output; None where the output, a scalar,
    is what is minimised.
    """
    optimizer.zero_grad(set_to_none=True)
    weights = [weight for group in optimizer.param_groups for weight in group["params"]]
    # Not autograd.grad: its results may be laid out in memory otherwise than the weights, which a
    # fused optimiser takes no notice of.
    output.backward(gradient, inputs=weights)
    optimizer.step()
