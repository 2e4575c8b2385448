"""The steps from an open model, or from real digits, to the values of all figures.

What a step needs and is not there, a library or a companion of the model, becomes the reason why
its figures were not measured.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vae.data import bundled_digits, bundled_train_digits, to_model_range
from vae.decoding import FoldedDecoder
from vae.figures import (
    LEARNED_SUFFIX,
    N_REFERENCE,
    RECONSTRUCTION,
    Measured,
    Settings,
    definitions,
)

if TYPE_CHECKING:
    from vae.classifier import Classifier
    from vae.metrics import Judged
    from vae.weights import ModelBundle

Progress = Callable[[float], None]

# Streams of random numbers, so that no figure depends on which others were measured.
PRIOR_STREAM, LEARNED_STREAM, BOUND_STREAM = range(3)
# Parts of the work by their seconds on one core with 10,000 samples, for the progress.
SAMPLES_SECONDS, NEIGHBOURS_SECONDS = 1.6, 1.5
DRAW_SECONDS, QUALITY_SECONDS, BOUND_SECONDS = 0.6, 3.5, 7.0
REFERENCE_SECONDS = 1.3


def unheard(fraction: float) -> None:
    """A progress that nobody asked for."""


@dataclass(frozen=True, eq=False)
class Reference:
    """The real digits that everything is held against, judged once for any number of models.

    images: (10000, 28, 28) uint8, the test digits. judged: what the bundled classifier says of
    them. classifier: that one, whichever model is measured, so that figures compare.
    """

    images: np.ndarray
    judged: Judged
    classifier: Classifier

    @classmethod
    def load(cls, progress: Progress = unheard) -> Reference:
        """Open and judge the bundled test digits; 2 s. Raises DataError or WeightsError."""
        from vae.metrics import judge
        from vae.weights import BUNDLED_ASSETS, load_classifier

        classifier = load_classifier(BUNDLED_ASSETS / "classifier_weights.pt")
        images, _ = bundled_digits()
        return cls(images, judge(classifier, images[:, None], progress), classifier)


def measure_model(
    bundle: ModelBundle, settings: Settings, progress: Progress, reference: Reference | None
) -> dict[str, Measured]:
    """All figures of a model of digits, by their keys."""
    share = settings.n / N_REFERENCE
    neighbours = NEIGHBOURS_SECONDS * (settings.neighbour_n / 5_000) ** 2
    steps = _steps(
        progress,
        reference=0.0 if reference else REFERENCE_SECONDS,
        prior=SAMPLES_SECONDS * share + neighbours,
        learned=SAMPLES_SECONDS * share + neighbours if bundle.density else 0.0,
        **(_seconds_of_test_digits(settings) if bundle.encoder else {}),
    )
    reference = reference or Reference.load(steps["reference"])
    decoder = FoldedDecoder.from_state_dict(bundle.decoder)

    z = np.random.default_rng([settings.seed, PRIOR_STREAM]).standard_normal(
        (settings.n, decoder.latent_dim)
    )
    measured = _measure_samples(decoder, z, reference, settings, steps["prior"])
    if bundle.density is None:
        reason = "no distribution of encoded digits belongs to these weights"
        learned = {key: Measured(why_not=reason) for key in measured}
    else:
        rng = np.random.default_rng([settings.seed, LEARNED_STREAM])
        z = bundle.density.mixture.sample(settings.n, rng)
        learned = _measure_samples(decoder, z, reference, settings, steps["learned"])
    measured |= {key + LEARNED_SUFFIX: value for key, value in learned.items()}

    if bundle.encoder is None:
        measured |= _no_reconstructions("no encoder belongs to these weights")
    else:
        measured |= _measure_test_digits(bundle, decoder, reference, settings, steps)
    progress(1.0)
    return measured


def measure_real(
    settings: Settings, progress: Progress, reference: Reference | None
) -> dict[str, Measured]:
    """All figures of the bundled training digits in the place of samples, by their keys."""
    from vae.metrics import evenly_spaced, judge

    steps = _steps(
        progress,
        reference=0.0 if reference else REFERENCE_SECONDS,
        judged=REFERENCE_SECONDS,
        figures=NEIGHBOURS_SECONDS,
    )
    reference = reference or Reference.load(steps["reference"])
    images, _ = bundled_train_digits()
    images = images[evenly_spaced(len(images), min(settings.n, len(images)))]
    judged = judge(reference.classifier, images[:, None], steps["judged"])
    steps["figures"](0.0)
    found = _figures_of_samples(judged, reference, settings)
    progress(1.0)
    learned = {key + LEARNED_SUFFIX: value for key, value in found.items()}
    return found | learned | _no_reconstructions("real digits are not reconstructed by a model")


def _no_reconstructions(reason: str) -> dict[str, Measured]:
    keys = [figure.key for figure in definitions() if figure.group == RECONSTRUCTION]
    return dict.fromkeys(keys, Measured(why_not=reason))


def _measure_samples(
    decoder: FoldedDecoder,
    z: np.ndarray,
    reference: Reference,
    settings: Settings,
    progress: Progress,
) -> dict[str, Measured]:
    from vae.metrics import judge

    progress(0.0)
    judged = judge(reference.classifier, decoder.decode_uint8(z), lambda f: progress(0.5 * f))
    progress(0.5)
    return _figures_of_samples(judged, reference, settings)


def _figures_of_samples(
    judged: Judged, reference: Reference, settings: Settings
) -> dict[str, Measured]:
    from vae.metrics import MissingLibraryError, frechet_distance, manifold

    entropy = judged.class_entropy
    figures = {
        "class_entropy": Measured(
            entropy,
            note=f"as {np.exp(entropy):.2f} of {judged.probabilities.shape[1]} classes",
        ),
        "confidence": Measured(judged.confidence),
    }
    try:
        distance = frechet_distance(reference.judged.features, judged.features)
        figures["frechet"] = Measured(distance)
        found = manifold(
            reference.judged.spread(settings.neighbour_n),
            judged.spread(settings.neighbour_n),
            settings.k,
        )
        for key in ("precision", "recall", "density", "coverage"):
            figures[key] = Measured(getattr(found, key))
    except MissingLibraryError as error:
        for key in ("frechet", "precision", "recall", "density", "coverage"):
            figures.setdefault(key, Measured(why_not=str(error)))
    return figures


def _measure_test_digits(
    bundle: ModelBundle,
    decoder: FoldedDecoder,
    reference: Reference,
    settings: Settings,
    steps: Mapping[str, Progress],
) -> dict[str, Measured]:
    import torch

    from vae.evaluation import encode, evaluate
    from vae.metrics import MissingLibraryError, evenly_spaced, image_quality, importance_weighted
    from vae.model import VAE, Decoder

    network = Decoder(bundle.config)
    network.load_state_dict({key: torch.from_numpy(a) for key, a in bundle.decoder.items()})
    vae = VAE(bundle.encoder, network.eval())
    chosen = evenly_spaced(len(reference.images), settings.test_images)
    x = to_model_range(reference.images[chosen])
    means, logvars = encode(vae, torch.from_numpy(x))
    if not (means.isfinite().all() and logvars.exp().isfinite().all()):
        return _no_reconstructions("what the encoder answers is not finite: it is damaged")
    mu, logvar = means.double().numpy(), logvars.double().numpy()

    found = evaluate(vae, torch.from_numpy(x), settings.draws, steps["losses"])
    active, of = found.active_dimensions, bundle.config.latent_dim
    measured = {
        "sse": Measured(found.losses.sse),
        "kl": Measured(found.losses.kl),
        "loss": Measured(found.losses.total),
        "active": Measured(float(active), note=f"{active} of {of}"),
    }

    try:
        psnr, ssim = image_quality(decoder.decode(mu), x, steps["quality"])
        measured |= {"psnr": Measured(psnr), "ssim": Measured(ssim)}
    except MissingLibraryError as error:
        measured |= {key: Measured(why_not=str(error)) for key in ("psnr", "ssim")}

    some = evenly_spaced(len(x), settings.bound_images)
    rng = np.random.default_rng([settings.seed, BOUND_STREAM])
    bound, loss = importance_weighted(
        decoder.decode, x[some], mu[some], logvar[some], settings.bound_samples, rng, steps["bound"]
    )
    gap = loss - bound  # never below 0, and of far less variance than either
    measured["bound"] = Measured(
        found.losses.total - float(gap.mean()),
        error=float(gap.std(ddof=1) / np.sqrt(len(gap))),
        note=f"{gap.mean():.2f} nats below the test loss",
    )
    return measured


def _seconds_of_test_digits(settings: Settings) -> dict[str, float]:
    images = settings.test_images / N_REFERENCE
    pairs = settings.bound_images * settings.bound_samples / 500_000
    return {
        "losses": DRAW_SECONDS * settings.draws * images,
        "quality": QUALITY_SECONDS * images,
        "bound": BOUND_SECONDS * pairs,
    }


def _steps(progress: Progress, **seconds: float) -> dict[str, Progress]:
    """For every part of a task, a progress of its own: shares of the whole by its seconds."""
    total = sum(seconds.values())
    steps, done = {}, 0.0
    for name, part in seconds.items():
        steps[name] = lambda f, start=done, part=part: progress((start + f * part) / total)
        done += part
    return steps
