"""The studies of the VAE in short: a few sentences for each question."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.study_plan import BETA, CONFIGURATIONS, DATA, LATENT, RECONSTRUCTION, Study
from benchmarks.study_results import Results
from benchmarks.study_words import (
    NAMES,
    active_told,
    best_by,
    digits_of,
    listed,
    measured,
    told,
)


def in_short(study: Study, results: Results) -> Iterator[str]:
    """A study's answer in a few sentences, as far as there are runs."""
    sentences = {
        DATA.key: _short_of_data,
        RECONSTRUCTION.key: _short_of_reconstruction,
        LATENT.key: _short_of_latent,
        BETA.key: _short_of_beta,
    }[study.key](results)
    text = " ".join(sentences)
    if text:
        yield f"**{study.title}.** {text}"


def _short_of_data(results: Results) -> Iterator[str]:
    members = measured(DATA, results, "loss")
    base_label = DATA.label(DATA.reference)
    if base_label not in dict(members) or len(members) < 2:
        return
    base = dict(members).pop(base_label)
    costs, close = [], []
    for label, spread in members:
        if label == base_label:
            continue
        if not spread.is_apart_from(base):
            close.append(label)
            continue
        difference = spread.mean - base.mean
        size = f"{abs(difference):.2f} nats of test loss ({abs(difference) / base.mean:.1%})"
        costs.append(f"{label} of the images {'costs' if difference > 0 else 'gains'} {size}")
    parts = [*costs]
    if close:
        parts.append(f"the test loss with {listed(close)} is not apart from that with {base_label}")
    yield f"At equal steps, {listed(parts)}."
    gaps = []
    for configuration, label in (DATA.members[0], DATA.members[-1]):
        test, train = (results.spread(configuration.name, key) for key in ("loss", "train_loss"))
        if test is not None and train is not None:
            gap = test.mean - train.mean
            gaps.append(f"{abs(gap):.2f} nats {'above' if gap > 0 else 'below'} it with {label}")
    yield (f"Measured against the loss of the images trained on, the test loss is {listed(gaps)}.")
    for key in ("frechet", "frechet_learned"):
        yield from _moved(DATA, results, key)


def _moved(study: Study, results: Results, key: str) -> Iterator[str]:
    """Whether a figure is changed at all by what the study varies."""
    members = measured(study, results, key)
    base_label = study.label(study.reference)
    base = dict(members).get(base_label)
    others = [(label, spread) for label, spread in members if label != base_label]
    if base is None or not others:
        return
    apart = [f"{label} ({told(s, digits_of(key))})" for label, s in others if s.is_apart_from(base)]
    name = NAMES[key]
    if apart:
        told_base = f"{told(base, digits_of(key))} with {base_label}"
        yield f"The {name}, {told_base}, differs with {listed(apart)}."
    else:
        yield f"The {name} is with none of them apart from that with {base_label}."


def _short_of_reconstruction(results: Results) -> Iterator[str]:
    yield from best_by(
        RECONSTRUCTION, results, ("sse", "frechet", "frechet_learned", "precision", "recall")
    )
    variance = results.spread("sse-learned-variance", "pixel_variance")
    if variance is not None:
        yield (
            f"The learned variance of a pixel came to {told(variance, 4)}, where the squared error "
            f"takes 0.5 for granted: it weighs the KL divergence as beta = 2 × variance = "
            f"{2 * variance.mean:.2f} does."
        )


def _short_of_latent(results: Results) -> Iterator[str]:
    yield from best_by(
        LATENT, results, ("loss", "frechet", "frechet_learned", "precision", "recall")
    )
    yield f"Active dimensions: {active_told(LATENT, results)}."


def _short_of_beta(results: Results) -> Iterator[str]:
    sse, kl = (measured(BETA, results, key) for key in ("sse", "kl"))
    if len(sse) > 1 and len(kl) > 1:
        yield (
            f"From {sse[0][0]} to {sse[-1][0]} the squared error goes from "
            f"{told(sse[0][1], 2)} to {told(sse[-1][1], 2)} and the KL divergence from "
            f"{told(kl[0][1], 2)} to {told(kl[-1][1], 2)}."
        )
    yield from best_by(BETA, results, ("loss", "frechet", "frechet_learned", "precision", "recall"))
    yield f"Active dimensions: {active_told(BETA, results)}."


def two_sources(results: Results) -> Iterator[str]:
    """In which configurations the learned distribution is closer to real digits than the prior."""
    closer, others = [], []
    for name in CONFIGURATIONS:
        prior, learned = (results.spread(name, key) for key in ("frechet", "frechet_learned"))
        if prior is None or learned is None:
            continue
        pairs = zip(learned.values, prior.values, strict=True)
        (closer if all(a < b for a, b in pairs) else others).append(name)
    if closer:
        exception = f", but not in every run of {listed(others)}" if others else ""
        yield (
            f"**Prior or learned distribution.** In every run of {len(closer)} of "
            f"{len(closer) + len(others)} configurations, samples of the learned distribution have "
            f"a lower Fréchet distance than samples of the prior{exception}."
        )
