"""What projection gains over the encoder, whether its starts agree, and how long it takes.

    python -m benchmarks.projection [--weights FILE] [--digits N] [--gaps N] [--seed N]

Objectives are SSE + |z|^2 / 2 in nats, see `vae.projection`. The amortisation gap in ELBOs, as in
Cremer et al. 2018, is printed beside: the ELBO of the encoder's Gaussian against that of the best
Gaussian found for the image by Adam on its mean and log-variance, both with the same noise. Digits
are drawn among the bundled ones. Shares do not depend on the machine; times are of one thread, in
processor time.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from scipy.stats import spearmanr
from threadpoolctl import threadpool_limits

from explorer.model import LoadedModel, learn_statistics, open_model
from vae.data import to_model_range
from vae.losses import kl_divergence, squared_error
from vae.model import Decoder
from vae.projection import SAME, SEARCHED, STARTS, Projection, objective, project, starts_for

SHIPPED_WEIGHTS = Path(__file__).resolve().parent.parent / "decoder_weights.pt"
LONG, MANY = 1000, 32  # steps and starts of the search that the others are compared with
NOISE, GAP_STEPS, GAP_RATE = 64, 300, 0.02  # of the ELBO's optimum: samples of it, and Adam's
CHECKED = 2000  # fresh samples for the ELBOs that are compared


def main() -> None:
    """Read the arguments and print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--weights", type=Path, default=SHIPPED_WEIGHTS)
    parser.add_argument("--digits", type=int, default=200)
    parser.add_argument("--gaps", type=int, default=40, help="digits for the gap in ELBOs")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    model = learn_statistics(open_model(options.weights))
    if model.encoded is None:
        raise SystemExit(model.without_statistics)
    rng = np.random.default_rng(options.seed)
    chosen = rng.choice(len(model.encoded.images), options.digits, replace=False)
    print(f"{options.weights.name}, {options.digits} digits, seed {options.seed}; one thread")
    with threadpool_limits(limits=1):
        torch.set_num_threads(1)
        report_projections(model, chosen, rng)
        report_gap(model, chosen[: options.gaps], options.seed)


def report_projections(model: LoadedModel, chosen: np.ndarray, rng: np.random.Generator) -> None:
    """Print what each choice of starts led to, and how often that is the best that is known."""
    ways = {
        "the encoder's mean alone": (True, 1),
        f"it and {STARTS - 1} around it": (True, STARTS),
        f"best 1 of {SEARCHED:,} prior samples": (False, 1),
        f"best {STARTS} of {SEARCHED:,} prior samples": (False, STARTS),
    }
    found: dict[str, list[Projection]] = {name: [] for name in ways}
    times: dict[str, list[float]] = {name: [] for name in ways}
    best, encoder = [], []
    for index in chosen:
        image, mu = model.encoded.images[index], model.encoded.mu[index]
        encoder.append(float(objective(model.decoder, mu, image)[0][0]))
        for name, (encoded, count) in ways.items():
            began = time.thread_time()
            starts = starts_for(model.decoder, image, mu if encoded else None, rng, count)
            found[name].append(project(model.decoder, image, starts))
            times[name].append(time.thread_time() - began)
        starts = np.concatenate(
            [starts_for(model.decoder, image, m, rng, MANY // 2) for m in (mu, None)]
        )
        long = project(model.decoder, image, starts, steps=LONG).objective
        best.append(min(long, *(ends[-1].objective for ends in found.values())))
    best, encoder = np.array(best), np.array(encoder)
    gap = encoder - best
    print(f"\nSSE + |z|^2 / 2 at the encoder's mean: {encoder.mean():.2f} nats on average")
    print(
        f"best known ({MANY} starts, {LONG} steps): {best.mean():.2f}; gap: mean {gap.mean():.2f}, "
        f"median {np.median(gap):.2f}, 95 % {np.percentile(gap, 95):.2f}, smallest {gap.min():.2f}"
    )
    print(
        f"{'starts':34s}{'mean':>7s}{'gain':>6s}{'within ' + str(SAME):>12s}{'within 0.5':>12s}"
        f"{'worst':>7s}{'ends agree':>12s}{'converged':>11s}{'ms':>6s}{'95 %':>6s}"
    )
    for name, ends in found.items():
        reached = np.array([end.objective for end in ends])
        missed = reached - best
        agreeing = [end.agreeing / len(end.starts) for end in ends]
        print(
            f"{name:34s}{reached.mean():7.2f}{(encoder - reached).mean():6.2f}"
            f"{(missed <= SAME).mean():12.1%}{(missed <= 0.5).mean():12.1%}{missed.max():7.2f}"
            f"{np.mean(agreeing):12.1%}{np.mean([end.converged for end in ends]):11.1%}"
            f"{1e3 * np.median(times[name]):6.0f}{1e3 * np.percentile(times[name], 95):6.0f}"
        )
    ends = found[f"it and {STARTS - 1} around it"]
    gains = np.array([end.gain for end in ends])
    print(
        f"from the encoder, {STARTS} starts: lower than its mean by more than {SAME} nats in "
        f"{(gains > SAME).mean():.1%}, never higher ({(gains < 0).sum()} of {len(gains)})"
    )
    apart = [
        np.linalg.norm(end.ends - end.z, axis=1)[end.end_objectives > end.objective + SAME]
        for end in ends
    ]
    other = np.array([values.size > 0 for values in apart])
    print(
        f"  all starts end as well as each other in {1 - other.mean():.1%}; other ends are "
        f"{np.median(np.concatenate(apart)):.2f} away (median, prior standard deviations)"
    )
    moved = [
        np.linalg.norm(end.z - model.encoded.mu[i]) for i, end in zip(chosen, ends, strict=True)
    ]
    sse = [
        float(objective(model.decoder, model.encoded.mu[i], model.encoded.images[i])[1][0])
        for i in chosen
    ]
    print(
        f"  moved by {np.median(moved):.2f} (median); SSE {np.mean(sse):.2f} -> "
        f"{np.mean([end.sse for end in ends]):.2f}"
    )


def report_gap(model: LoadedModel, chosen: np.ndarray, seed: int) -> None:
    """Print ELBOs of the encoder's Gaussians and of the best ones found, one image each."""
    network = Decoder(model.bundle.config).requires_grad_(False).eval()
    network.load_state_dict(
        {key: torch.tensor(array) for key, array in model.bundle.decoder.items()}
    )
    generator = torch.Generator().manual_seed(seed)
    shape = (len(chosen), model.latent_dim)
    x = torch.from_numpy(to_model_range(model.encoded.images[chosen]))
    mu = torch.tensor(model.encoded.mu[chosen], dtype=torch.float32)
    logvar = torch.tensor(2.0 * np.log(model.encoded.std[chosen]), dtype=torch.float32)

    def loss(mu: torch.Tensor, logvar: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        """Negative ELBOs (N,), over noise (n, N, d)."""
        z = (mu + torch.exp(0.5 * logvar) * noise).flatten(0, 1)
        sse = squared_error(network(z), x.repeat(len(noise), 1, 1, 1))
        return sse.view(len(noise), -1).mean(0) + kl_divergence(mu, logvar)

    def checked(mu: torch.Tensor, logvar: torch.Tensor) -> np.ndarray:
        fresh = torch.Generator().manual_seed(seed + 1)
        with torch.inference_mode():
            chunks = [
                loss(mu, logvar, torch.randn(50, *shape, generator=fresh))
                for _ in range(CHECKED // 50)
            ]
        return torch.stack(chunks).mean(0).numpy()

    before = checked(mu, logvar)
    mu, logvar = mu.clone().requires_grad_(), logvar.clone().requires_grad_()
    optimizer = torch.optim.Adam([mu, logvar], lr=GAP_RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, GAP_STEPS)
    for _ in range(GAP_STEPS):
        # Antithetic: with every draw its mirror image.
        half = torch.randn(NOISE // 2, *shape, generator=generator)
        value = loss(mu, logvar, torch.cat([half, -half])).sum()
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        schedule.step()
    after = checked(mu.detach(), logvar.detach())
    gap = before - after
    error = gap.std() / np.sqrt(len(gap))
    print(
        f"\nnegative ELBO of {len(chosen)} of them: the encoder's {before.mean():.2f}, the best "
        f"Gaussian's {after.mean():.2f}; amortisation gap {gap.mean():.2f} +- {error:.2f} nats, "
        f"median {np.median(gap):.2f}, above 0 in {(gap > 0).mean():.0%}"
    )
    points, means = model.encoded.mu[chosen], mu.detach().double().numpy()
    images = model.encoded.images[chosen]
    at_encoder, at_mean, at_mode = (
        np.array(
            [float(objective(model.decoder, z, x)[0][0]) for z, x in zip(at, images, strict=True)]
        )
        for at in (
            points,
            means,
            [project(model.decoder, x, z[None]).z for x, z in zip(images, means, strict=True)],
        )
    )
    rank = spearmanr(gap, at_encoder - at_mode).statistic
    print(
        f"  the same in SSE + |z|^2 / 2: {(at_encoder - at_mode).mean():.2f} (median "
        f"{np.median(at_encoder - at_mode):.2f}), rank correlation {rank:.2f}; the best Gaussian's "
        f"mean is {(at_mean - at_mode).mean():.2f} above the mode"
    )


if __name__ == "__main__":
    main()
