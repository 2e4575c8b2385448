"""What a sweep is: every dimension varied in turn around a point, or one alone, and its texts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from explorer.model import LoadedModel
from explorer.sheet import Sheet
from vae.statistics import ACTIVE_NATS
from vae.traversal import nearest_columns, traverse

MIN_STEPS, MAX_STEPS = 3, 21
MIN_SPAN, MAX_SPAN = 0.5, 10.0  # prior standard deviations
MIN_QUANTILE, MAX_QUANTILE = 0.1, 45.0  # percent; both ends lie apart
LONGEST_BESIDE = 2  # characters of a class name that leave room for its probability


@dataclass(frozen=True)
class SweepRequest:
    """What is to be shown.

    steps, large_steps: values of a dimension in the sheet of all, and of one that is shown large.
    around: `current` or `zero`, where the other dimensions are held. range: `deviations`, from
    -span to span, or `quantiles` of the encoded images, from `quantile` percent to 100 - quantile.
    order: of the rows, by `index` or by `use`. dimension: the one that is shown large, or None.
    """

    steps: int = 11
    large_steps: int = MAX_STEPS
    around: str = "current"
    range: str = "deviations"
    span: float = 3.0
    quantile: float = 1.0
    order: str = "index"
    dimension: int | None = None

    @property
    def steps_name(self) -> str:
        """The field that tells the number of values in a row."""
        return "steps" if self.dimension is None else "large_steps"

    @property
    def row_steps(self) -> int:
        """The number of values in a row."""
        return getattr(self, self.steps_name)


@dataclass(frozen=True)
class Sweep:
    """A sweep worked out.

    request: what it shows. dimensions: (R,), of the rows. values: (R, S), what they are set to, and
    headings: S texts for them that all rows share. points: (R * S, latent_dim). base:
    (latent_dim,), where the others are held. marked: the images nearest to the current point; True
    where it lies beyond the row's end. sheet: the texts around the images.
    """

    request: SweepRequest
    dimensions: np.ndarray
    values: np.ndarray
    headings: tuple[str, ...]
    points: np.ndarray
    base: np.ndarray
    marked: dict[int, bool]
    sheet: Sheet


class Sweeper:
    """Works out the sweeps of one model."""

    def __init__(self, model: LoadedModel) -> None:
        self.model = model
        self._key: tuple | None = None  # what the values below are for
        self._headings: tuple[str, ...] = ()
        self._values = np.zeros((model.latent_dim, 0))

    def offered(self, request: SweepRequest) -> SweepRequest:
        """A request as far as the model can meet it: quantiles want encoded images."""
        if self.model.encoded is None:
            request = replace(request, range="deviations")
        if self.model.use is None:
            request = replace(request, order="index")
        return request

    def sweep(self, request: SweepRequest, z: ArrayLike, locks: Collection[int]) -> Sweep:
        """Work out what of a request is offered. z: (latent_dim,); locks: dimensions that stay."""
        request, model, z = self.offered(request), self.model, np.asarray(z)
        locked = np.isin(np.arange(model.latent_dim), list(locks))
        base = z if request.around == "current" else np.where(locked, z, 0.0)
        dimensions = self._rows(request)
        headings, values = self._values_of(request)
        values = values[dimensions]
        columns, beyond = nearest_columns(z, dimensions, values)
        starts = np.arange(len(dimensions)) * request.row_steps
        return Sweep(
            request=request,
            dimensions=dimensions,
            values=values,
            headings=headings,
            points=traverse(base, dimensions, values).reshape(-1, model.latent_dim),
            base=base,
            marked=dict(zip((starts + columns).tolist(), beyond.tolist(), strict=True)),
            sheet=self._sheet(request, dimensions, values, headings, locked),
        )

    def with_verdicts(self, sheet: Sheet, pixels: np.ndarray, start: int) -> Sheet:
        """A sheet with what the classifier says in the captions, if there are any of both.

        pixels: (N, C, H, W) uint8, the images from the place `start` on.
        """
        answers = self.model.probabilities(pixels) if sheet.captions else None
        if answers is None:
            return sheet
        captions = list(sheet.captions)
        for index, answer in enumerate(answers, start=start):
            value = captions[index].partition("\n")[0]
            best = answer.argmax()
            name = self.model.class_names[best]
            captions[index] = f"{value}\n{name}{self._separator}{answer[best]:.0%}"
        return replace(sheet, captions=tuple(captions))

    def description(self, sweep: Sweep, index: int) -> str:
        """The value that an image is of, and what the classifier sees there."""
        row, column = divmod(index, sweep.values.shape[1])
        text = f"{name_of(sweep.dimensions[row])} = {sweep.values[row, column]:.2f}"
        if sweep.request.range == "quantiles":
            text += f" ({sweep.headings[column]} of the images are below)"
        pixels = self.model.decoder.decode_uint8(sweep.points[index : index + 1])
        answers = self.model.probabilities(pixels)
        if answers is None:
            return text
        best = answers[0].argmax()
        return f"{text}     {self.model.class_names[best]} ({answers[0][best]:.0%})"

    def title(self, sweep: Sweep) -> str:
        """What a saved picture shows, in a sentence."""
        first, last = sweep.headings[0], sweep.headings[-1]
        one = sweep.request.dimension is not None
        varied = name_of(sweep.dimensions[0]) if one else "one dimension in each row"
        unit = (
            "of the encoded images" if sweep.request.range == "quantiles" else "standard deviations"
        )
        held = ", ".join(map(_short, sweep.base))
        name = self.model.bundle.path.name
        return f"{name}: {varied} from {first} to {last} {unit}, the others held at z = ({held})"

    @property
    def _separator(self) -> str:
        """Between a class and its probability: long names take a line of their own."""
        longest = max(map(len, self.model.class_names), default=0)
        return " " if longest <= LONGEST_BESIDE else "\n"

    def _rows(self, request: SweepRequest) -> np.ndarray:
        if request.dimension is not None:
            return np.array([request.dimension])
        if request.order == "use":
            return np.argsort(-self.model.use, kind="stable")
        return np.arange(self.model.latent_dim)

    def _values_of(self, request: SweepRequest) -> tuple[tuple[str, ...], np.ndarray]:
        """What stands above the columns, and the values (latent_dim, S) of all dimensions."""
        steps = request.row_steps
        key = request.range, steps, request.span, request.quantile
        if key != self._key:  # quantiles of 10,000 images take longer than all the rest
            if request.range == "quantiles":
                shares = np.linspace(request.quantile, 100 - request.quantile, steps) / 100
                self._headings = tuple(f"{100 * share:.3g}%" for share in shares)
                self._values = self.model.encoded.quantiles(shares).T
            else:
                even = np.linspace(-request.span, request.span, steps)
                self._headings = tuple(map(_short, even))
                self._values = np.tile(even, (self.model.latent_dim, 1))
            self._key = key
        return self._headings, self._values

    def _sheet(
        self,
        request: SweepRequest,
        dimensions: np.ndarray,
        values: np.ndarray,
        headings: tuple[str, ...],
        locked: np.ndarray,
    ) -> Sheet:
        """The texts: a caption below every image of one dimension, else names and a header."""
        if request.dimension is not None:
            room = "\n" + self._separator if self.model.class_names else ""  # for a verdict
            return Sheet(values.size, captions=tuple(_short(value) + room for value in values[0]))
        use = self.model.use
        in_quantiles = request.range == "quantiles"
        notes = tuple(
            self._note(dimension, locked[dimension], row if in_quantiles else None)
            for dimension, row in zip(dimensions, values, strict=True)
        )
        dead = () if use is None else np.flatnonzero(use[dimensions] < ACTIVE_NATS).tolist()
        return Sheet(
            values.size,
            columns=values.shape[1],
            row_names=tuple(map(name_of, dimensions)),
            row_notes=notes if any(notes) else (),
            greyed=frozenset(dead),
            header=headings,
        )

    def _note(self, dimension: int, locked: bool, own_values: np.ndarray | None) -> str:
        """What stands below the name of a row: from where to where, if the header does not say."""
        use = self.model.use
        if locked:
            return "locked"
        if use is not None and use[dimension] < ACTIVE_NATS:
            return "dead"
        if own_values is not None:
            return f"{own_values[0]:.1f}…{own_values[-1]:.1f}"
        return "" if use is None else f"{use[dimension]:.2f} nats"


def name_of(dimension: int) -> str:
    """What the person reads of a dimension: z1 is the first."""
    return f"z{dimension + 1}"


def _short(value: float) -> str:
    """Two decimals at most."""
    text = f"{value + 0.0:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
