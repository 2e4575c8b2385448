"""All figures of a decoder file, measured: `python -m vae.evaluate WEIGHTS [WEIGHTS ...]`.

A column for each file, and one for real digits: training digits in the place of samples. What a
file lacks an encoder or a fitted distribution for is left out, and said. A file that is no decoder
is named on stderr and left out, the others are measured all the same, and the exit status is 2.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from vae.command_line import whole_number
from vae.decoding import FoldedDecoder
from vae.figure_tables import as_csv, as_json, as_markdown, as_text
from vae.figures import (
    N_REFERENCE,
    QUICK,
    SAMPLES_LIMITS,
    SEED_LIMITS,
    Measured,
    Report,
    Settings,
    definitions,
    filled,
)
from vae.measurement import Progress, Reference, measure_model, measure_real, unheard
from vae.recorded import is_gan

if TYPE_CHECKING:
    from vae.weights import ModelBundle

FAILED, UNUSABLE, INTERRUPTED = 1, 2, 130  # exit statuses; 130 is the shell's for Ctrl-C
BAR_WIDTH = 30  # characters
FITTED_ENCODER = (
    "A GAN is trained without an encoder. One was fitted to it afterwards, and its reconstructions "
    "and losses are those of both."
)


def evaluate_weights(
    path: str | os.PathLike[str],
    settings: Settings | None = None,
    progress: Progress = unheard,
    reference: Reference | None = None,
) -> Report:
    """Measure a decoder file with what lies beside it; 25 s on one core, deterministic.

    progress: told the share that is done, several times a second but for imports and two steps of
    1.5 s; it may raise to end this. reference: to be handed on where several models are measured,
    which saves 1.3 s each. Takes 1.2 GB of memory, most of it for the k-NN figures.

    Raises WeightsError if the file is no decoder, DataError if the bundled digits are damaged.
    """
    return evaluate_bundle(_opened(path), settings, progress, reference)


def evaluate_bundle(
    bundle: ModelBundle,
    settings: Settings | None = None,
    progress: Progress = unheard,
    reference: Reference | None = None,
) -> Report:
    """Measure an open decoder with its companions; see `evaluate_weights`.

    Raises ValueError if its weights are too large to compute with.
    """
    settings = settings or Settings()
    if bundle.shows_digits:
        measured = measure_model(bundle, settings, progress, reference)
    else:
        reason = "its images are no handwritten digits of 28x28 pixels, and the real ones here are"
        measured = {figure.key: Measured(why_not=reason) for figure in definitions(settings)}
    return Report(
        str(bundle.path), bundle.sha256, filled(settings, measured), settings, tuple(_notes(bundle))
    )


def real_figures(
    settings: Settings | None = None,
    progress: Progress = unheard,
    reference: Reference | None = None,
) -> Report:
    """What real digits get: bundled training digits in the place of samples; 5 s on one core.

    The bundled classifier was trained on these digits, so that its features of them differ a
    little from those of the test digits; that is in the figures. At most 10,000 are there.
    """
    settings = settings or Settings()
    measured = measure_real(settings, progress, reference)
    notes = ()
    if settings.n > N_REFERENCE:
        notes = (f"{N_REFERENCE:,} training digits stand for {settings.n:,} samples.",)
    return Report("", "", filled(settings, measured), settings, notes)


def _opened(path: str | os.PathLike[str]) -> ModelBundle:
    """The file with its companions, once it is known to decode. Raises WeightsError."""
    from vae.weights import WeightsError, load_bundle

    bundle = load_bundle(path)
    try:
        FoldedDecoder.from_state_dict(bundle.decoder)
    except ValueError as error:
        raise WeightsError(f"{path}: {error}") from error
    return bundle


def _notes(bundle: ModelBundle) -> Iterator[str]:
    if not bundle.shows_digits:
        return
    if bundle.record is None:
        yield "It has no training record, and is taken for a decoder of MNIST digits."
        return
    name = bundle.record["dataset"].get("name")
    if name == "sample":
        yield "Trained on 9,000 of the test digits that it is measured on, which flatters it."
    elif name != "mnist":
        yield f"Trained on {name}, and measured on MNIST."
    if is_gan(bundle.record) and bundle.encoder is not None:
        yield FITTED_ENCODER


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status.

    0: everything was measured; 2: a file is no decoder, or an option is wrong; 1: the bundled
    digits or classifier are damaged, or the table cannot be written; 130: Ctrl-C.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    settings = replace(QUICK if options.quick else Settings(), seed=options.seed)
    if options.samples is not None:
        settings = settings.with_samples(options.samples)
    status = FAILED
    try:
        status, reports = _measure_all(options.weights, settings)
        if reports:
            _write(reports, options)
    except KeyboardInterrupt:
        _say("\nInterrupted; nothing was written.")
        return INTERRUPTED
    except BrokenPipeError:
        _let_go()  # the reader, head or less, has seen enough
    except OSError as error:
        _let_go()
        _say(f"vae.evaluate: the figures cannot be written: {error.strerror or error}")
        return FAILED
    except ValueError as error:  # DataError and WeightsError of what is bundled
        _say(f"vae.evaluate: {error}")
        return FAILED
    return status


def _let_go() -> None:
    """Python flushes both streams at its end, and what could not be written still can't be."""
    for stream in filter(None, (sys.stdout, sys.stderr)):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _say(line: str, end: str = "\n") -> None:
    """Print on stderr, if there is one: print itself would take stdout where it was closed."""
    if sys.stderr is not None:
        print(line, end=end, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m vae.evaluate",
        description="Measure decoders: samples, reconstructions and likelihood, against real "
        "digits. Half a minute for each file on one core, ten seconds with --quick.",
        epilog="A file that is no decoder is named and left out; the exit status is then 2.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("weights", nargs="+", metavar="WEIGHTS", help="decoder_weights.pt of a training")
    add(
        "--format",
        choices=("text", "markdown", "json", "csv"),
        default="text",
        help="default: %(default)s",
    )
    add(
        "--samples",
        type=whole_number(*SAMPLES_LIMITS),
        metavar="N",
        help=f"samples of each distribution (default: {Settings().n}, with --quick {QUICK.n})",
    )
    add(
        "--seed",
        type=whole_number(*SEED_LIMITS),
        default=0,
        metavar="N",
        help="of everything that is drawn (default: %(default)s)",
    )
    add("--quick", action="store_true", help="fewer of everything: figures for a first look")
    add("--definitions", action="store_true", help="with text: say what each figure is")
    return parser


def _measure_all(paths: Sequence[str], settings: Settings) -> tuple[int, list[Report]]:
    """The exit status so far, and the reports of the files that could be opened, then of reality.

    Every file is opened before any is measured, so that a wrong name is told at once.
    """
    from vae.weights import WeightsError

    status, bundles = 0, []
    for path in paths:
        try:
            bundles.append(_opened(path))
        except WeightsError as error:
            _say(f"vae.evaluate: {error}")
            status = UNUSABLE
    if not bundles:
        return status, []
    with _Bar() as bar:
        reference = Reference.load(bar.named("test digits"))
        reports = [
            evaluate_bundle(bundle, settings, bar.named(str(bundle.path)), reference)
            for bundle in bundles
        ]
        reports.append(real_figures(settings, bar.named("training digits"), reference))
    return status, reports


def _write(reports: Sequence[Report], options: argparse.Namespace) -> None:
    if options.format == "text":
        text = as_text(reports, with_definitions=options.definitions)
    else:
        text = {"json": as_json, "csv": as_csv, "markdown": as_markdown}[options.format](reports)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")  # of Fréchet, wherever the output goes
    print(text, end="", flush=True)


class _Bar:
    """Progress on stderr: one line that is written over on a terminal, a line a file elsewhere."""

    def __init__(self) -> None:
        self._terminal = sys.stderr is not None and sys.stderr.isatty()
        self._shown = ""

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *error: object) -> None:
        self._show("")

    def named(self, name: str) -> Progress:
        """The progress of one part."""
        if not self._terminal:
            _say(f"measuring {name} ...")
            return unheard

        def show(fraction: float) -> None:
            done = round(BAR_WIDTH * fraction)
            self._show(f"{'#' * done:.<{BAR_WIDTH}} {fraction:4.0%}  {name}")

        return show

    def _show(self, line: str) -> None:
        if self._terminal and line != self._shown:
            _say(f"\r{line.ljust(len(self._shown))}" + ("" if line else "\r"), end="")
            self._shown = line


if __name__ == "__main__":
    sys.exit(main())
