"""The loaded model as the window uses it: decoding, classes, and places to draw points from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vae import latent
from vae.decoding import FoldedDecoder
from vae.recorded import is_gan

if TYPE_CHECKING:
    from vae.statistics import EncodedImages
    from vae.weights import ModelBundle

SOURCES = ("learned", "prior", "uniform", "class")
SURE = 0.9  # the classifier is called sure of an image above this probability
SURVEY_SIZE = 4000  # prior samples among which presets and class means are looked for
SURVEY_BATCH = 250
SHARE_SIZE = 1000  # samples for a share: standard error at most 1.6 percentage points
# A class that has no mixture is looked for among this many prior samples at most.
REJECTION_BATCH, REJECTION_ROUNDS = 500, 40
MAX_NATS = 1e6  # a record that claims more of one dimension is damaged


@dataclass(frozen=True)
class SampleRequest:
    """What to draw. Equal requests give equal points.

    source: one of SOURCES: the Gaussian mixture fitted to encoded real digits, the prior N(0, I),
        uniform in [-span, span], or one class.
    temperature: 0 to 2, scales the spread of the distribution (not of `uniform`, which has a span).
    class_index: which class, for the source `class`.
    """

    source: str = "learned"
    seed: int = 0
    count: int = 64
    temperature: float = 1.0
    span: float = 3.0
    class_index: int = 0


@dataclass(frozen=True)
class LoadedModel:
    """A decoder with everything that is known about it.

    presets, class_means: (classes, latent_dim), prior standard deviations; None before `survey`,
    and where no classifier judges the decoder's images.
    encoded: the real images as the encoder sees them; None before `learn_statistics`, and where
    there is no encoder or no bundled data for it.
    """

    bundle: ModelBundle
    decoder: FoldedDecoder
    presets: np.ndarray | None
    class_means: np.ndarray | None
    encoded: EncodedImages | None = None

    @property
    def latent_dim(self) -> int:
        """Number of latent dimensions."""
        return self.decoder.latent_dim

    @property
    def use(self) -> np.ndarray | None:
        """How much each dimension carries: KL in nats over real images, (latent_dim,), or None.

        Measured where the encoder is there, else as the training record says.
        """
        if self.encoded is not None:
            return self.encoded.kl
        recorded = (self.record or {}).get("final", {}).get("kl_per_dimension")
        if not isinstance(recorded, list) or len(recorded) != self.latent_dim:
            return None
        # A record is a text file that anybody may have edited. bool is an int to Python.
        if not all(type(nats) in (int, float) and abs(nats) < MAX_NATS for nats in recorded):
            return None
        return np.maximum(np.array(recorded, np.float64), 0.0)  # rounding may bring 0 below 0

    @property
    def without_statistics(self) -> str:
        """Why there are no encoded images, in one sentence for the person; empty if there are.

        Short: beside the digit there is room for two lines of it in the smallest window.
        """
        if self.encoded is not None:
            return ""
        if self.bundle.encoder is None:
            return "These weights came without an encoder."
        if not self.bundle.shows_digits:
            return "Only digits are at hand, which are not drawn here."
        return "The real digits have not been encoded."

    @property
    def class_names(self) -> tuple[str, ...]:
        """What the classifier's answers are called; empty without a classifier."""
        return self.bundle.class_names

    @property
    def record(self) -> Mapping[str, Any] | None:
        """The training record, if there is one."""
        return self.bundle.record

    @property
    def is_gan(self) -> bool:
        """Whether the decoder is a GAN's generator, by its record."""
        return is_gan(self.record)

    def sources(self) -> tuple[str, ...]:
        """The sources that this model offers."""
        has = {
            "learned": self.bundle.density is not None,
            "prior": True,
            "uniform": True,
            "class": self.bundle.classifier is not None,
        }
        return tuple(source for source in SOURCES if has[source])

    @property
    def default_source(self) -> str:
        """Where a random point comes from: what was learned, if it was stored."""
        return self.sources()[0]

    def random_point(self, rng: np.random.Generator, source: str | None = None) -> np.ndarray:
        """One point (latent_dim,) from the learned distribution or the prior."""
        request = SampleRequest(source or self.default_source, count=1)
        return self._draw(request, rng, lambda: None)[0]

    def real_point(self, number: int) -> tuple[str, np.ndarray]:
        """A bundled real image as a point: its name, and its posterior's mean, (latent_dim,).

        number: as its data set counts, from 0. Only where there are encoded images.
        """
        return f"real {self.encoded.labels[number]} #{number}", self.encoded.mu[number]

    def random_real_point(self, label: int, rng: np.random.Generator) -> tuple[str, np.ndarray]:
        """One of the real images of a class, see `real_point`."""
        return self.real_point(int(rng.choice(np.flatnonzero(self.encoded.labels == label))))

    def draw(self, request: SampleRequest, check: Callable[[], None] = lambda: None) -> np.ndarray:
        """Draw the points of a request: (count, latent_dim), prior standard deviations.

        check: called now and then in a long search; it may raise to end it.

        Raises:
            ValueError: the model does not offer this source.
        """
        if request.source not in self.sources():
            raise ValueError(f"this model has no source {request.source!r}")
        return self._draw(request, np.random.default_rng(request.seed), check)

    def probabilities(self, images: np.ndarray) -> np.ndarray | None:
        """The classifier's answers. images: (N, C, H, W) uint8 -> (N, classes), or None."""
        if self.bundle.classifier is None:
            return None
        from vae.classifier import probabilities

        return probabilities(self.bundle.classifier, images)

    def sure_share(
        self, request: SampleRequest, check: Callable[[], None] = lambda: None
    ) -> float | None:
        """The share of SHARE_SIZE samples of this kind that the classifier is sure of.

        Sure means p > SURE for some class, or for the class that was asked for. check: see `draw`.
        """
        points = self.draw(replace(request, count=SHARE_SIZE), check)
        answers = self.probabilities(self.decoder.decode_uint8(points))
        if answers is None:
            return None
        best = answers[:, request.class_index] if request.source == "class" else answers.max(axis=1)
        return float((best > SURE).mean())

    def _draw(
        self, request: SampleRequest, rng: np.random.Generator, check: Callable[[], None]
    ) -> np.ndarray:
        count, dim, density = request.count, self.latent_dim, self.bundle.density
        if request.source == "uniform":
            return latent.sample_uniform(count, dim, rng, -request.span, request.span)
        if request.source == "prior":
            return latent.sample_prior(count, dim, rng, request.temperature)
        if request.source == "learned":
            return density.mixture.sample(count, rng, request.temperature)
        if density is not None:
            mixture = density.class_mixtures[request.class_index]
            return mixture.sample(count, rng, request.temperature)
        return self._prior_of_class(request, rng, check)

    def _prior_of_class(
        self, request: SampleRequest, rng: np.random.Generator, check: Callable[[], None]
    ) -> np.ndarray:
        """Prior samples that the classifier takes for a class; the likeliest ones if too few."""
        kept: list[np.ndarray] = []
        answers: list[np.ndarray] = []
        found = 0
        for _ in range(REJECTION_ROUNDS):
            check()
            z = latent.sample_prior(REJECTION_BATCH, self.latent_dim, rng, request.temperature)
            kept.append(z)
            answers.append(self.probabilities(self.decoder.decode_uint8(z)))
            found += int((answers[-1].argmax(axis=1) == request.class_index).sum())
            if found >= request.count:
                break
        z, probabilities = np.concatenate(kept), np.concatenate(answers)
        if found >= request.count:
            # In the order drawn, so that the choice among them stays a fair sample.
            taken = np.flatnonzero(probabilities.argmax(axis=1) == request.class_index)
        else:
            taken = np.argsort(-probabilities[:, request.class_index], kind="stable")
        return z[taken[: request.count]]


def open_model(path: Path) -> LoadedModel:
    """Open weights; takes about as long as importing torch. `survey` completes the model.

    Raises:
        vae.weights.WeightsError: the weights can't be used.
    """
    import torch

    from vae.weights import WeightsError, load_bundle

    # The classifier is small: a second thread gains nothing, and beside other load costs much.
    torch.set_num_threads(1)
    bundle = load_bundle(path)
    # Without a classifier there are no names for classes.
    named = bundle.density is not None and bundle.classifier is not None
    means = bundle.density.class_means if named else None
    try:
        decoder = FoldedDecoder.from_state_dict(bundle.decoder)
    except ValueError as error:
        raise WeightsError(f"{path}: {error}") from error
    return LoadedModel(bundle, decoder, None, means)


def survey(
    model: LoadedModel, progress: Callable[[float], None] = lambda fraction: None
) -> LoadedModel:
    """The model with its presets and class means, found among prior samples; about a second.

    progress: told the share that is done; it may raise to end the survey.
    """
    if model.bundle.classifier is None:
        return model
    rng = np.random.default_rng(0)
    z = latent.sample_prior(SURVEY_SIZE, model.latent_dim, rng)
    answers = []
    for start in range(0, SURVEY_SIZE, SURVEY_BATCH):
        progress(start / SURVEY_SIZE)
        images = model.decoder.decode_uint8(z[start : start + SURVEY_BATCH])
        answers.append(model.probabilities(images))
    probabilities = np.concatenate(answers)
    means = model.class_means
    if means is None:
        means = latent.class_means_by_classifier(z, probabilities)
    return replace(model, presets=latent.class_presets(z, probabilities), class_means=means)


def learn_statistics(
    model: LoadedModel, progress: Callable[[float], None] = lambda fraction: None
) -> LoadedModel:
    """The model with the bundled real digits as its encoder sees them; under half a second.

    For the worker, and for every model: without an encoder, or for other images than digits, the
    model stays as it is, but typicality is quick afterwards.

    progress: told the share that is done; it may raise to end this.

    Raises:
        vae.data.DataError: the bundled digits can't be read.
    """
    from vae.data import bundled_digits
    from vae.statistics import encode_images, prepare

    progress(0.0)
    prepare()
    if model.bundle.encoder is None or not model.bundle.shows_digits:
        return model
    images, labels = bundled_digits()
    encoded = encode_images(model.bundle.encoder, images[:, None], labels, progress)
    return replace(model, encoded=encoded)
