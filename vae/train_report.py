"""What a training tells while it runs: to a person in lines and a bar, to a program in JSON."""

from __future__ import annotations

import math
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vae.progress_lines import write_event

if TYPE_CHECKING:  # torch takes seconds to import, and --help and wrong options must not wait
    from vae.coverage import Coverage
    from vae.data import Dataset
    from vae.run import Record, Run

LINE_INTERVAL_S = 5  # between two lines of progress where there is no terminal to redraw a bar in
EVENT_INTERVAL_S = 0.25  # between two lines of JSON within an epoch


class TextReport:
    """Tells a person: lines, a bar on a terminal, a line now and then elsewhere.

    make_bar: makes a progress bar of tqdm's arguments; vae knows none of its own.
    """

    def __init__(self, make_bar: Callable[..., Any]) -> None:
        self._make_bar = make_bar
        self._terminal = sys.stderr.isatty()
        self._started, self._done_before = 0.0, 0
        self._shown_at = -math.inf
        self._bar = None

    def stage(self, name: str, share: float = 0.0) -> None:
        """A part of the work has begun, or is done to a share."""
        texts = {
            "classifier": "Training the classifier ...",
            "encoder": "Fitting an encoder to the generator ...",
            "density": "Fitting the distribution of the encoded images ...",
        }
        if name in texts and share == 0.0:
            print(texts[name], flush=True)

    def plan(self, trainer: Run, dataset: Dataset, out: Path) -> None:
        """What is about to be trained."""
        _print_plan(trainer, dataset, out)
        self._started, self._done_before = time.monotonic(), len(trainer.records)
        self._bar = self._make_bar(
            total=trainer.config.epochs,
            initial=len(trainer.records),
            unit="epoch",
            dynamic_ncols=True,
            disable=not self._terminal,
        )

    def step(self, trainer: Run, images: int) -> None:
        """So many images of the epoch are done."""

    def snapshot(self, epochs: int) -> None:
        """runs/latest has been rewritten, with so many finished epochs."""

    def epoch(self, trainer: Run, record: Record) -> None:
        """An epoch has ended."""
        rate = trainer.n_images / record.seconds
        losses = _of_epoch(trainer, record)
        self._bar.set_postfix_str(f"{losses}, {rate:,.0f} images/s", refresh=False)
        self._bar.update()
        epochs, now = trainer.config.epochs, time.monotonic()
        is_due = now - self._shown_at > LINE_INTERVAL_S or record.epoch == epochs
        if self._terminal or not is_due:
            return
        self._shown_at = now
        per_epoch = (now - self._started) / (record.epoch - self._done_before)
        minutes, seconds = divmod(round(per_epoch * (epochs - record.epoch)), 60)
        print(
            f"epoch {record.epoch}/{epochs}: {losses}, {rate:,.0f} images/s, "
            f"{minutes}:{seconds:02d} remaining",
            flush=True,
        )

    def message(self, text: str) -> None:
        """Something that a person should know."""
        print(text, flush=True)

    def refused(self, text: str) -> None:
        """Nothing can be trained; argparse says why."""

    def finished(self, record: dict[str, Any], out: Path) -> None:
        """Everything is written."""
        from vae.coverage import Coverage
        from vae.run_files import RECORD

        final = record["final"]
        for split in ("test", "train"):
            losses = final[split]
            print(
                f"{split:>5}: {losses['total']:.2f} per image (squared error {losses['sse']:.2f}, "
                f"KL {losses['kl']:.2f}; mean over {losses['draws']} draws of z)"
            )
        used = ", ".join(f"{kl:.2f}" for kl in final["kl_per_dimension"])
        print(f"KL per dimension: {used}; {final['active_dimensions']} active")
        if "coverage" in final:
            coverage = Coverage.from_dict(final["coverage"])
            print(f"Samples: {_coverage(coverage, len(record['dataset']['classes']))}")
        if "classifier_accuracy" in final:
            print(f"Classifier: {final['classifier_accuracy']:.2%} of the test images")
        print(f"Written: {out / RECORD} and the files it lists")

    def stopped(self, epochs: int, checkpoint: Path | None, to_continue: str) -> None:
        """The person has stopped it, after so many finished epochs."""
        if checkpoint is None:
            print("\nInterrupted before an epoch was finished; nothing was changed.")
        else:
            print(f"\nInterrupted after {epochs} finished epochs. {to_continue}")

    def failed(self, text: str, checkpoint: Path | None = None) -> None:
        """It can't go on."""
        print(f"train.py: {text}", file=sys.stderr)

    def close(self) -> None:
        """The training is over; what follows has no bar."""
        self._bar.close()


class JsonReport(TextReport):
    """Tells a program, by the lines of `vae.progress_lines`, and only by these on stdout."""

    def __init__(self, make_bar: Callable[..., Any], stops_with_stdin: bool) -> None:
        super().__init__(make_bar)
        self._stops_with_stdin = stops_with_stdin
        self._told_at = -math.inf
        self._began: float | None = None  # when the first step of the epoch was done,
        self._images = 0  # which is of so many images
        self._unheard = False  # the reader is gone

    def _write(self, event: str, **values: Any) -> None:
        """Write a line. Raises KeyboardInterrupt, once, when the reader is gone."""
        if self._unheard:
            return
        try:
            write_event(sys.stdout, event, **values)
        except OSError:
            self._unheard = True
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left to flush
            # A program that holds standard input is gone by now, too: the end of that interrupts,
            # and a second interruption would meet the first one's checkpoint.
            if not self._stops_with_stdin:
                raise KeyboardInterrupt from None

    def stage(self, name: str, share: float = 0.0) -> None:
        """See `TextReport`."""
        self._write("stage", name=name, share=share)

    def plan(self, trainer: Run, dataset: Dataset, out: Path) -> None:
        """See `TextReport`."""
        self._write(
            "plan",
            family=trainer.family,
            dataset=dataset.name,
            train_images=len(dataset.train_images),
            test_images=len(dataset.test_images),
            classes=len(dataset.classes),
            latent_dim=trainer.config.latent_dim,
            parameters=trainer.n_parameters,
            epochs=trainer.config.epochs,
            done=len(trainer.records),
            device=str(trainer.device),
            out=str(out),
        )

    def step(self, trainer: Run, images: int) -> None:
        """See `TextReport`."""
        now = time.monotonic()
        if self._began is None:  # the pause before it was a test, and is not counted
            self._began, self._images = now, images
        if now - self._told_at < EVENT_INTERVAL_S:
            return
        self._told_at = now
        seconds = now - self._began
        rate = (images - self._images) / seconds if seconds > 0 else None
        self._write(
            "step",
            epoch=len(trainer.records) + 1,
            share=images / trainer.n_images,
            images_per_second=rate,
        )

    def snapshot(self, epochs: int) -> None:
        """See `TextReport`."""
        self._write("snapshot", epoch=epochs)

    def epoch(self, trainer: Run, record: Record) -> None:
        """See `TextReport`."""
        self._began = None
        self._write(
            "epoch",
            **record.as_dict(),
            images_per_second=trainer.n_images / record.seconds,
        )

    def message(self, text: str) -> None:
        """See `TextReport`."""
        self._write("message", text=text)

    def refused(self, text: str) -> None:
        """See `TextReport`."""
        self.failed(text)

    def finished(self, record: dict[str, Any], out: Path) -> None:
        """See `TextReport`."""
        from vae.run_files import DECODER

        final = record["final"]
        self._write(
            "finished",
            test=final["test"],
            train=final["train"],
            classifier_accuracy=final.get("classifier_accuracy"),
            active_dimensions=final["active_dimensions"],
            decoder=str(out / DECODER),
        )

    def stopped(self, epochs: int, checkpoint: Path | None, to_continue: str) -> None:
        """See `TextReport`."""
        kept = None if checkpoint is None else str(checkpoint)
        self._write("stopped", epochs=epochs, checkpoint=kept)

    def failed(self, text: str, checkpoint: Path | None = None) -> None:
        """See `TextReport`."""
        kept = None if checkpoint is None else str(checkpoint)
        self._write("failed", message=text, checkpoint=kept)

    def close(self) -> None:
        """See `TextReport`."""


def _of_epoch(trainer: Run, record: Record) -> str:
    if trainer.family == "gan":
        game = f"generator {record.train.generator:.2f}, discriminator"
        covered = _coverage(record.coverage, trainer.n_classes)
        return f"{game} {record.train.discriminator:.2f}, {covered}"
    return f"loss {record.train.total:.2f}, test {record.test.total:.2f}"


def _coverage(coverage: Coverage, n_classes: int) -> str:
    return (
        f"{coverage.classes} of {n_classes} classes, as {coverage.effective_classes:.1f} even "
        f"ones, recall {coverage.recall:.2f}, Fréchet distance {coverage.frechet:.3f}"
    )


def _print_plan(trainer: Run, dataset: Dataset, out: Path) -> None:
    config = trainer.config
    shape = "x".join(map(str, dataset.image_shape))
    done = f", {len(trainer.records)} of them done" if trainer.records else ""
    kept = ""
    if len(trainer.train_images) < trainer.n_images:
        kept = (
            f"the model learns from {len(trainer.train_images):,} of the training images, "
            f"in as many steps as from all\n"
        )
    print(
        f"{dataset.name}: {len(dataset.train_images):,} training and "
        f"{len(dataset.test_images):,} test images of {shape}\n{kept}"
        f"{config.latent_dim} latent dimensions, {trainer.n_parameters:,} parameters\n"
        f"{_objective(trainer)}\n"
        f"{config.epochs} epochs{done}, batches of {config.batch_size}, {_optimizer(config)}, peak "
        f"learning rate {config.learning_rate:g}, seed {config.seed}, on {trainer.device}\n"
        f"results in {out}",
        flush=True,
    )


def _objective(trainer: Run) -> str:
    from vae.adversarial import GAN_LOSSES
    from vae.losses import RECON_LOSSES

    config = trainer.config
    if trainer.family == "gan":
        return f"GAN: {GAN_LOSSES[config.gan_loss]}"
    weight = "" if config.beta == 1 else f"{config.beta:g} x "
    terms = [RECON_LOSSES[config.recon_loss], f"{weight}KL divergence"]
    terms += [f"{config.perceptual:g} x feature loss"] if config.perceptual else []
    terms += [f"{config.adversarial:g} x adversarial loss"] if config.adversarial else []
    return f"minimised: {' + '.join(terms)}"


def _optimizer(config: Any) -> str:
    return getattr(config, "optimizer", "adam")
