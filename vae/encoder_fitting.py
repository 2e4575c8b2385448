"""An encoder for a generator that was trained without one, so that real images can be looked up.

In two parts. First it learns to invert the generator: from generated images, whose points are
known, to a Gaussian around the point (the sleep phase of Hinton et al. 1995, "The wake-sleep
algorithm for unsupervised neural networks"). That knows no real image, so then it learns on real
ones what a VAE's encoder does, SSE + KL with the generator held fixed, with as many generated
images beside them, so that what it knew is not lost.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch

from vae.losses import kl_divergence, squared_error
from vae.model import Decoder, Encoder, reparameterise
from vae.step import generate

BATCH = 128
LEARNING_RATE = 2e-3
# Posteriors narrower than this, in prior standard deviations, would make single points of z as
# heavy as all others together.
SMALLEST_LOGVAR = -10.0


def fit_encoder(
    generator: Decoder,
    images: torch.Tensor,
    epochs: int,
    n_images: int,
    seed: int,
    progress: Callable[[float], None] = lambda share: None,
) -> Encoder:
    """Fit an encoder of the generator's sizes, from nothing; the generator is left as it is.

    images: (N, C, H, W) in [-1, 1] on the generator's device. epochs: passes of each part, of
    `n_images` images each. seed: of everything random. progress: told the share that is done after
    every pass; it may raise to end this. A pass of 60,000 images takes about 12 s on one core.
    """
    device = images.device
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        encoder = Encoder(generator.config)
    encoder.to(device)
    if device.type == "cpu":
        encoder.to(memory_format=torch.channels_last)
    random = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(
        encoder.parameters(), lr=LEARNING_RATE, fused=device.type in ("cpu", "cuda")
    )
    steps = math.ceil(n_images / BATCH)
    total, done = 2 * epochs * steps, 0
    for epoch in range(2 * epochs):
        order = torch.randint(len(images), (steps, BATCH), generator=random).to(device)
        noise = torch.randn(2, steps, BATCH, generator.config.latent_dim, generator=random)
        points, draws = noise.to(device)
        for step in range(steps):
            for group in optimizer.param_groups:
                group["lr"] = LEARNING_RATE * (0.5 + 0.5 * math.cos(math.pi * done / total))
            loss = inversion_loss(encoder, generator, points[step])
            if epoch >= epochs:
                x = images[order[step]]
                loss = loss + reconstruction_loss(encoder, generator, x, draws[step])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            done += 1
        progress((epoch + 1) / (2 * epochs))
    return encoder.eval()


def inversion_loss(encoder: Encoder, generator: Decoder, z: torch.Tensor) -> torch.Tensor:
    """-log q(z | G(z)) of points (N, latent_dim), without its constant: a mean, in nats."""
    with torch.no_grad():
        x = generate(generator, z)
    mu, logvar = encoder(x)
    logvar = logvar.clamp_min(SMALLEST_LOGVAR)
    return 0.5 * ((z - mu).square() * torch.exp(-logvar) + logvar).sum(1).mean()


def reconstruction_loss(
    encoder: Encoder, generator: Decoder, x: torch.Tensor, noise: torch.Tensor
) -> torch.Tensor:
    """The VAE's loss of real images (N, C, H, W), SSE + KL: a mean, in nats; see `vae.losses`."""
    mu, logvar = encoder(x)
    x_hat = generate(generator, reparameterise(mu, logvar, noise))
    return (squared_error(x_hat, x) + kl_divergence(mu, logvar)).mean()
