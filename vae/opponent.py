"""A discriminator in training beside a VAE: what it learns from, and what it tells the decoder.

VAE-GAN (Larsen et al. 2016, "Autoencoding beyond pixels using a learned similarity metric",
arXiv:1512.09300): the discriminator tells real images from reconstructions and from draws of the
prior, and the decoder learns to be taken for real in both. Its loss and its penalties are those of
`vae.adversarial`, by default the relativistic pairing loss with R1 and R2 (Huang et al. 2024,
arXiv:2501.05441), which needs no balancing of the two learners.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from vae.adversarial import (
    Discriminator,
    discriminator_loss,
    generator_loss,
    squared_gradient_norms,
)
from vae.run import load_optimizers

LOSS = "relativistic"
CHANNELS = (16, 32)  # no more than the plain decoder's: what it tells has to be within reach
PEAK_RATE = 5e-3  # of Adam, on the schedule of the VAE's own rate
BETAS = (0.0, 0.99)  # no momentum: what the discriminator has to tell apart moves under it
PENALTY = 1.0  # gamma, of R1 and of R2
# Every fourth step with four times the weight is the same on average (Karras et al. 2020,
# arXiv:1912.04958, section 3.1), and second derivatives are what costs most.
PENALTY_EVERY = 4


class Opponent:
    """The discriminator with its optimiser.

    image_shape: (channels, height, width). seed: of its first weights; torch's global generator
    is left as it was.
    """

    def __init__(self, image_shape: tuple[int, int, int], seed: int, device: torch.device) -> None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.discriminator = Discriminator(image_shape, CHANNELS)
        self.discriminator.to(device)
        if device.type == "cpu":
            self.discriminator.to(memory_format=torch.channels_last)
        self._optimizer = torch.optim.Adam(
            self.discriminator.parameters(), lr=PEAK_RATE, betas=BETAS
        )
        self._steps = 0

    def learn(self, real: torch.Tensor, generated: torch.Tensor, schedule: float) -> torch.Tensor:
        """One step of the discriminator; returns its loss without penalties, a scalar.

        real, generated: (N, C, H, W), to be told apart in pairs. schedule: the factor on the peak
        rate.
        """
        penalised = self._steps % PENALTY_EVERY == 0
        both = torch.cat((real.detach(), generated.detach())).requires_grad_(penalised)
        logits = self.discriminator(both)
        game = discriminator_loss(LOSS, *logits.chunk(2))
        loss = game
        if penalised:
            r1, r2 = squared_gradient_norms(logits, both).chunk(2)
            loss = game + PENALTY / 2 * PENALTY_EVERY * (r1.mean() + r2.mean())
        for group in self._optimizer.param_groups:
            group["lr"] = PEAK_RATE * schedule
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self._optimizer.step()
        self._steps += 1
        return game.detach()

    def gradient(
        self, real: torch.Tensor, generated: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The generator's loss, a scalar mean, and its gradient with respect to `generated`.

        Images as in `learn`. The weights of the discriminator get no gradients.
        """
        with torch.no_grad():
            on_real = self.discriminator(real)
        generated = generated.detach().requires_grad_()
        loss = generator_loss(LOSS, on_real, self.discriminator(generated))
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
