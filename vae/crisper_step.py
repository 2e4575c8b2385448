"""A step that minimises more than the ELBO: a feature loss, a game with a discriminator, or both.

Per image: reconstruction + beta KL + perceptual * features + adversarial * generator's loss.

The game is that of VAE-GAN (Larsen et al. 2016, "Autoencoding beyond pixels using a learned
similarity metric", arXiv:1512.09300): the discriminator tells real images from reconstructions and
from draws of the prior, and the decoder learns to be taken for real in both. It is played for the
relativistic pairing loss with R1 and R2 (Huang et al. 2024, arXiv:2501.05441), which needs no
balancing of the two learners.
"""

from __future__ import annotations

import torch

from vae.adversarial import PENALISED, Discriminator
from vae.augment import Deformation
from vae.model import VAE, reparameterise
from vae.opponent import Game, Opponent
from vae.perceptual import FeatureLoss
from vae.step import Step, forward_before_tanh, generate, losses_of

LOSS = "relativistic"
GAME = Game(LOSS, PENALISED[LOSS], penalty=1.0, penalty_every=4)
CHANNELS = (16, 32)  # no more than the plain decoder's: what it tells has to be within reach
PEAK_RATE = 5e-3  # of the discriminator's Adam, on the schedule of the VAE's own rate


def make_opponent(image_shape: tuple[int, int, int], seed: int, device: torch.device) -> Opponent:
    """The discriminator beside a VAE; seed: of its first weights."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        discriminator = Discriminator(image_shape, CHANNELS)
    return Opponent(discriminator, GAME, device, fused=False)


class CrisperStep(Step):
    """A `Step` with additional terms, always eager.

    The terms reach the networks as in Larsen et al. 2016 (arXiv:1512.09300, section 2.3 and
    algorithm 1): the encoder minimises the reconstruction, the features and the KL divergence, the
    decoder the reconstruction, the features and the generator's loss. How real an image looks is no
    concern of the encoder's, which could only answer by avoiding what is hard to draw.

    vae, optimizers, images, deformation, recon_loss, beta: as for `Step`.
    features, perceptual: the feature loss and its weight; None for none.
    opponent, adversarial: the discriminator and the weight of the generator's loss; None for none.
        One half of a batch's images stand against their reconstructions, the other half against
        draws of the prior.
    peak_rate: the learning rate whose share the discriminator's rate follows.
    """

    def __init__(
        self,
        vae: VAE,
        optimizers: list[torch.optim.Optimizer],
        images: torch.Tensor,
        deformation: Deformation,
        recon_loss: str,
        beta: float,
        features: FeatureLoss | None,
        perceptual: float,
        opponent: Opponent | None,
        adversarial: float,
        peak_rate: float,
    ) -> None:
        super().__init__(vae, optimizers, images, deformation, False, recon_loss, beta)
        self.features = features
        self.perceptual = perceptual
        self.opponent = opponent
        self.adversarial = adversarial
        self.peak_rate = peak_rate
        names = ("features",) if features is not None else ()
        names += ("generator", "discriminator") if opponent is not None else ()
        self._extra_sums = {name: torch.zeros_like(self.sums[0]) for name in names}

    def __call__(
        self,
        learning_rate: float,
        indices: torch.Tensor,
        noise: torch.Tensor,
        draws: torch.Tensor | None,
        prior: torch.Tensor | None = None,
    ) -> None:
        """As `Step`; prior: (B, latent_dim) draws of N(0, I), needed where there is an opponent."""
        self.set_rate(learning_rate)
        x = self.batch(indices, draws)
        before_tanh, mu, logvar = forward_before_tanh(self.vae, x, noise)
        loss, sse, kl = losses_of(before_tanh, mu, logvar, x, self.recon_loss, self.beta)
        for optimizer in self.optimizers:
            optimizer.zero_grad(set_to_none=True)

        if self.features is not None:
            distance = self.features(torch.tanh(before_tanh), x).sum()
            loss = loss + self.perceptual * distance
            self._extra_sums["features"] += distance.detach()
        (loss / len(x)).backward()

        if self.opponent is not None:
            half = len(x) // 2
            z = torch.cat((reparameterise(mu, logvar, noise)[:half].detach(), prior[half:]))
            drawn = generate(self.vae.decoder, z)
            rate = PEAK_RATE * (learning_rate / self.peak_rate)
            learned = self.opponent.learn(x, drawn, rate)
            generator, gradient = self.opponent.gradient(x, drawn)
            drawn.backward(self.adversarial * gradient)
            self._extra_sums["generator"] += generator * len(x)
            self._extra_sums["discriminator"] += learned.loss * len(x)

        for optimizer in self.optimizers:
            optimizer.step()
        self.add(sse, kl, len(x))

    def reset_sums(self) -> None:
        """Start a new epoch's account."""
        super().reset_sums()
        for total in self._extra_sums.values():
            total.zero_()

    def extra_means(self) -> dict[str, float]:
        """Of each additional term, before its weight, the mean over the account's images."""
        images = self.sums[2].item()
        return {name: total.item() / images for name, total in self._extra_sums.items()}
