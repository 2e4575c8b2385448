"""Train the variational autoencoder and everything the application loads beside it.

python train.py                     MNIST, 200 epochs
python train.py --dataset sample    the bundled digits, no network needed
python train.py --help              all options
"""

from __future__ import annotations

import argparse
import contextlib
import math
import os
import shlex
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vae.command_line import whole_number
from vae.data import DATASET_NAMES, DataError, load_dataset, to_model_range
from vae.progress_lines import write_event

if TYPE_CHECKING:  # torch takes seconds to import, and --help and wrong options must not wait
    import torch

    from vae.classifier import Classifier
    from vae.data import Dataset
    from vae.live_folder import LiveFolder
    from vae.training import EpochRecord, Trainer

ROOT = Path(__file__).resolve().parent
CHECKPOINT_INTERVAL_S = 60  # what a power cut may cost
LINE_INTERVAL_S = 5  # between two lines of progress where there is no terminal to redraw a bar in
EVENT_INTERVAL_S = 0.25  # between two lines of JSON within an epoch
# After the program that started this one is gone: a step, a checkpoint, and then it is enough.
ORPHAN_GRACE_S = 20.0

SHIPPED_SEED = 1  # of those tried, the one with the lowest training loss; the record lists them
FAILED, INTERRUPTED = 1, 130  # exit statuses, beside argparse's 2; 130 is the shell's for Ctrl-C


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    parser = _parser()
    options = parser.parse_args(arguments)
    json = options.progress == "json"
    report = _JsonReport(options.stop_with_stdin) if json else _TextReport()
    with _terminated_as_interrupted():
        try:
            if options.stop_with_stdin:
                _watch_stdin()
            return _train(parser, options, arguments, report)
        except KeyboardInterrupt:
            report.stopped(0, None, "")
            return INTERRUPTED


def _train(
    parser: argparse.ArgumentParser,
    options: argparse.Namespace,
    arguments: list[str],
    report: _TextReport,
) -> int:
    report.stage("importing")
    from vae.checkpoint import CheckpointError, load_checkpoint
    from vae.live_folder import LiveFolder
    from vae.outputs import OutputError, check_output_folder
    from vae.run import TrainingDivergedError
    from vae.run_files import CHECKPOINT, clear_half_files
    from vae.training import TrainConfig, Trainer

    # Everything that can be wrong is found here, before anything is trained.
    checkpoint = options.out / CHECKPOINT
    try:
        device = _choose_device(options.device)
        optimizer = options.optimizer
        if optimizer == "auto":
            # SOAP's eigenbases cannot be refreshed inside a CUDA graph, and without graphs a GPU
            # spends its time on launching kernels.
            optimizer = "soap" if device.type == "cpu" else "adam"
        config = TrainConfig(
            epochs=options.epochs,
            batch_size=options.batch_size,
            learning_rate=options.lr,
            optimizer=optimizer,
            seed=options.seed,
            latent_dim=options.latent_dim,
            fraction=options.fraction,
            recon_loss=options.recon_loss,
            beta=options.beta,
        )
        check_output_folder(options.out)
        saved = load_checkpoint(checkpoint) if options.resume else None
        report.stage("data")
        dataset = load_dataset(options.dataset, options.data_dir)
        captured = device.type == "cuda" and optimizer == "adam"
        trainer = Trainer(config, dataset, device, captured)
        if saved is not None:
            _restore(trainer, saved, checkpoint, dataset)
    except (CheckpointError, DataError, OutputError, ValueError) as error:
        report.refused(str(error))
        parser.error(str(error))

    report.plan(trainer, dataset, options.out)
    if options.dry_run:
        report.message("Dry run: everything needed is there; nothing was trained.")
        return 0
    if not options.resume and checkpoint.exists():
        report.message(f"{checkpoint} of an interrupted training will be replaced by this one's.")
    clear_half_files(options.out)

    again = [argument for argument in arguments if argument != "--resume"]
    to_continue = (
        f"What was reached is in {checkpoint}. Continue with:\n"
        f"    {shlex.join(['python', 'train.py', *again, '--resume'])}"
    )
    live = _Live(LiveFolder(trainer, dataset, options.out), report)
    live.remove()  # of another training
    trainer.on_step = lambda images: (report.step(trainer, images), live.refresh(trainer))
    state, saved_at = trainer.state(), time.monotonic()
    try:
        report.stage("training")
        for record in trainer.run():
            state = trainer.state()  # first: an epoch that was told of is not lost
            report.epoch(trainer, record)
            live.refresh(trainer, at_once=record.epoch == config.epochs)
            if time.monotonic() - saved_at > CHECKPOINT_INTERVAL_S:
                _save(state, dataset, checkpoint)
                saved_at = time.monotonic()
        report.close()
        _save(state, dataset, checkpoint)  # what follows takes minutes, and may meet a full disk
        _finish(trainer, dataset, options.out, report)
    except KeyboardInterrupt:
        report.close()
        if not state["records"]:
            raise
        _save(state, dataset, checkpoint)
        live.keep(trainer, state)
        report.stopped(len(state["records"]), checkpoint, to_continue)
        return INTERRUPTED
    except TrainingDivergedError as error:
        report.close()
        report.failed(f"{error}.\nThe weights of before were left as they were.")
        return FAILED
    except OSError as error:
        report.close()
        kept = checkpoint if checkpoint.exists() else None
        report.failed(
            f"the results cannot be written: {error}." + (f"\n{to_continue}" if kept else ""), kept
        )
        return FAILED
    finally:
        live.remove()
    checkpoint.unlink(missing_ok=True)
    return 0


@contextlib.contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """A request to terminate is answered as Ctrl-C is; on Windows so is Ctrl-Break."""

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    found = [getattr(signal, name) for name in ("SIGTERM", "SIGBREAK") if hasattr(signal, name)]
    before = {number: signal.signal(number, interrupt) for number in found}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _watch_stdin() -> None:
    """Interrupt the training when standard input ends: whoever started it is gone, or says stop."""

    def watch() -> None:
        # Not by sys.stdin: a thread that waits in there can't be left behind at the end.
        with contextlib.suppress(OSError):
            while os.read(0, 1024):
                pass
        if hasattr(signal, "pthread_kill"):  # which also wakes the main thread from a wait
            signal.pthread_kill(threading.main_thread().ident, signal.SIGTERM)
        else:
            signal.raise_signal(signal.SIGTERM)
        time.sleep(ORPHAN_GRACE_S)
        os._exit(INTERRUPTED)

    threading.Thread(target=watch, name="stdin", daemon=True).start()


class _Live:
    """The folder that shows a training while it runs; trouble with it never ends the training."""

    def __init__(self, folder: LiveFolder, report: _TextReport) -> None:
        self._folder = folder
        self._report = report
        self._works = True
        self._kept = False

    def refresh(self, trainer: Trainer, at_once: bool = False) -> None:
        """Rewrite it, if it is time to."""
        if not self._works:
            return
        try:
            written = at_once or self._folder.write_if_due()
            if at_once:
                self._folder.write()
        except OSError as error:
            self._works = False
            self._report.message(f"{self._folder.path} is no longer kept up to date: {error}")
            return
        if written:
            self._report.snapshot(len(trainer.records))

    def keep(self, trainer: Trainer, state: dict[str, Any]) -> None:
        """Leave it there, as the model of a checkpoint with this state."""
        del trainer.records[len(state["records"]) :]
        with contextlib.suppress(OSError):
            self._folder.write(state)
            self._kept = True

    def remove(self) -> None:
        """Take it away, unless it is to be kept."""
        if not self._kept:
            self._folder.remove()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description="Train the autoencoder and what the application loads beside it.",
        epilog="Ctrl-C saves what has been reached and prints the command to continue. While it "
        "runs, python gui.py --weights OUT/runs/latest/decoder_weights.pt shows how far it is.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--dataset", choices=DATASET_NAMES, default="mnist", help="default: %(default)s")
    add(
        "--data-dir",
        type=Path,
        default=ROOT / "data",
        metavar="DIR",
        help="torchvision root: MNIST is read from DIR/MNIST/raw, or downloaded (default: data)",
    )
    add(
        "--epochs",
        type=whole_number(1, 100_000),
        default=200,
        metavar="N",
        help="passes over the training images (default: %(default)s)",
    )
    add(
        "--batch-size",
        type=whole_number(1, 1_000_000),
        default=128,
        metavar="N",
        help="images per step (default: %(default)s)",
    )
    add(
        "--lr",
        type=_positive_number,
        default=4e-3,
        metavar="X",
        help="peak learning rate (default: %(default)s)",
    )
    add(
        "--seed",
        type=whole_number(0, 2**31 - 1),
        default=SHIPPED_SEED,
        metavar="N",
        help="same seed, same weights on the same CPU (default: %(default)s, as shipped)",
    )
    add(
        "--latent-dim",
        type=whole_number(1, 64),
        default=6,
        metavar="N",
        help="latent dimensions, 1 to 64 (default: %(default)s)",
    )
    add(
        "--fraction",
        type=_share,
        default=1.0,
        metavar="X",
        help="share of the training images that the autoencoder learns from, above 0 and at most "
        "1; an epoch keeps the steps of a pass over all of them (default: %(default)s)",
    )
    add(
        "--recon-loss",
        choices=("sse", "bce", "l1", "sse-learned-variance"),
        default="sse",
        help="what is minimised beside the KL divergence: squared error, binary cross-entropy, "
        "absolute error, squared error with learned variance (default: %(default)s)",
    )
    add(
        "--beta",
        type=_positive_number,
        default=1.0,
        metavar="X",
        help="weight of the KL divergence, as in a beta-VAE (default: %(default)s)",
    )
    add(
        "--optimizer",
        choices=("auto", "soap", "adam"),
        default="auto",
        help="auto: SOAP on a CPU, Adam on a GPU (default: %(default)s)",
    )
    add(
        "--device",
        choices=("auto", "cpu", "cuda", "mps"),
        default="auto",
        help="auto: CUDA, then MPS, then the CPU (default: %(default)s)",
    )
    add(
        "--out",
        type=Path,
        default=ROOT,
        metavar="DIR",
        help="where decoder_weights.pt and assets/ are written (default: beside train.py)",
    )
    add("--resume", action="store_true", help="continue an interrupted training in --out")
    add("--dry-run", action="store_true", help="check everything, train nothing")
    add(
        "--progress",
        choices=("text", "json"),
        default="text",
        help="json: for another program, a JSON object a line, see vae/progress_lines.py "
        "(default: %(default)s)",
    )
    add(
        "--stop-with-stdin",
        action="store_true",
        help="stop as with Ctrl-C when standard input ends, for a program that starts this one",
    )
    return parser


def _positive_number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise argparse.ArgumentTypeError(f"must be a positive number, not {text!r}")
    return value


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError(f"must be a number above 0 and at most 1, not {text!r}")
    return value


def _choose_device(name: str) -> torch.device:
    """The device of that name; auto is the fastest there is. Raises ValueError."""
    import torch

    available = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if name == "auto":
        name = next(name for name, there in available.items() if there)
    if not available[name]:
        raise ValueError(f"--device {name}: torch finds no such device here; try --device auto")
    return torch.device(name)


def _restore(trainer: Trainer, saved: dict, checkpoint: Path, dataset: Dataset) -> None:
    """Bring the trainer to where a checkpoint's run was. Raises CheckpointError."""
    from vae.checkpoint import CheckpointError

    try:
        if saved["dataset"] != dataset.fingerprint():
            raise ValueError("it was made with other images")
        trainer.restore(saved["trainer"])
    except ValueError as error:
        raise CheckpointError(
            f"cannot continue from {checkpoint}: {error}. Give the options of the interrupted "
            "run, or start without --resume"
        ) from error
    except (KeyError, TypeError, RuntimeError) as error:
        raise CheckpointError(
            f"{checkpoint} is no checkpoint of this program ({error}); start without --resume"
        ) from error


def _save(state: dict, dataset: Dataset, checkpoint: Path) -> None:
    from vae.checkpoint import save_checkpoint

    save_checkpoint({"trainer": state, "dataset": dataset.fingerprint()}, checkpoint)


def _finish(trainer: Trainer, dataset: Dataset, out: Path, report: _TextReport) -> None:
    """Train the companions, write everything, and say what has come of it."""
    from vae.outputs import Results, fit_density, write_results

    report.stage("classifier")
    classifier, settings = _train_classifier(trainer, dataset, report)
    report.stage("density")
    density = fit_density(trainer)
    report.stage("results")
    record = write_results(Results(trainer, dataset, classifier, density), settings, out)
    report.finished(record, out)


def _train_classifier(
    trainer: Trainer, dataset: Dataset, report: _TextReport
) -> tuple[Classifier, dict[str, Any]]:
    import torch
    from tqdm import tqdm

    from vae.classifier import TRAINING_EPOCHS, Classifier, train_classifier

    seed = trainer.config.seed
    # A short trial of the autoencoder is to be short as a whole.
    epochs = min(TRAINING_EPOCHS, trainer.config.epochs)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        classifier = Classifier(dataset.image_shape, len(dataset.classes))
    classifier.to(trainer.device)
    images, labels = trainer.train_images, torch.from_numpy(dataset.train_labels)
    if len(images) < len(labels):
        # The classifier judges what the autoencoder makes, so it has learned from all images.
        images = torch.from_numpy(to_model_range(dataset.train_images)).to(trainer.device)
    labels = labels.to(trainer.device)
    generator = torch.Generator().manual_seed(seed)
    done = train_classifier(classifier, images, labels, generator, epochs)
    for epoch in tqdm(done, total=epochs, unit="epoch", disable=not sys.stderr.isatty()):
        report.stage("classifier", epoch / epochs)
    return classifier.eval(), {"classifier_epochs": epochs}


class _TextReport:
    """Tells a person: lines, a bar on a terminal, a line now and then elsewhere."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._started, self._done_before = 0.0, 0
        self._shown_at = -math.inf
        self._bar = None

    def stage(self, name: str, share: float = 0.0) -> None:
        """A part of the work has begun, or is done to a share."""
        texts = {
            "classifier": "Training the classifier ...",
            "density": "Fitting the distribution of the encoded images ...",
        }
        if name in texts and share == 0.0:
            print(texts[name], flush=True)

    def plan(self, trainer: Trainer, dataset: Dataset, out: Path) -> None:
        """What is about to be trained."""
        from tqdm import tqdm

        _print_plan(trainer, dataset, out)
        self._started, self._done_before = time.monotonic(), len(trainer.records)
        self._bar = tqdm(
            total=trainer.config.epochs,
            initial=len(trainer.records),
            unit="epoch",
            dynamic_ncols=True,
            disable=not self._terminal,
        )

    def step(self, trainer: Trainer, images: int) -> None:
        """So many images of the epoch are done."""

    def snapshot(self, epochs: int) -> None:
        """runs/latest has been rewritten, with so many finished epochs."""

    def epoch(self, trainer: Trainer, record: EpochRecord) -> None:
        """An epoch has ended."""
        rate = trainer.n_images / record.seconds
        losses = f"loss {record.train.total:.2f}, test {record.test.total:.2f}"
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


class _JsonReport(_TextReport):
    """Tells a program, by the lines of `vae.progress_lines`, and only by these on stdout."""

    def __init__(self, stops_with_stdin: bool) -> None:
        super().__init__()
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
        """See `_TextReport`, like the others here."""
        self._write("stage", name=name, share=share)

    def plan(self, trainer: Trainer, dataset: Dataset, out: Path) -> None:
        self._write(
            "plan",
            dataset=dataset.name,
            train_images=len(dataset.train_images),
            test_images=len(dataset.test_images),
            latent_dim=trainer.config.latent_dim,
            parameters=trainer.n_parameters,
            epochs=trainer.config.epochs,
            done=len(trainer.records),
            device=str(trainer.device),
            out=str(out),
        )

    def step(self, trainer: Trainer, images: int) -> None:
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
        self._write("snapshot", epoch=epochs)

    def epoch(self, trainer: Trainer, record: EpochRecord) -> None:
        self._began = None
        self._write(
            "epoch",
            epoch=record.epoch,
            train=record.train.as_dict(),
            test=record.test.as_dict(),
            seconds=record.seconds,
            images_per_second=trainer.n_images / record.seconds,
        )

    def message(self, text: str) -> None:
        self._write("message", text=text)

    def refused(self, text: str) -> None:
        self.failed(text)

    def finished(self, record: dict[str, Any], out: Path) -> None:
        from vae.run_files import DECODER

        final = record["final"]
        self._write(
            "finished",
            test=final["test"],
            train=final["train"],
            classifier_accuracy=final["classifier_accuracy"],
            active_dimensions=final["active_dimensions"],
            decoder=str(out / DECODER),
        )

    def stopped(self, epochs: int, checkpoint: Path | None, to_continue: str) -> None:
        kept = None if checkpoint is None else str(checkpoint)
        self._write("stopped", epochs=epochs, checkpoint=kept)

    def failed(self, text: str, checkpoint: Path | None = None) -> None:
        kept = None if checkpoint is None else str(checkpoint)
        self._write("failed", message=text, checkpoint=kept)

    def close(self) -> None:
        pass


def _print_plan(trainer: Trainer, dataset: Dataset, out: Path) -> None:
    from vae.losses import RECON_LOSSES

    config = trainer.config
    shape = "x".join(map(str, dataset.image_shape))
    parameters = trainer.n_parameters
    done = f", {len(trainer.records)} of them done" if trainer.records else ""
    kept = ""
    if len(trainer.train_images) < trainer.n_images:
        kept = (
            f"the autoencoder learns from {len(trainer.train_images):,} of the training images, "
            f"in as many steps as from all\n"
        )
    weight = "" if config.beta == 1 else f"{config.beta:g} x "
    print(
        f"{dataset.name}: {len(dataset.train_images):,} training and "
        f"{len(dataset.test_images):,} test images of {shape}\n{kept}"
        f"{config.latent_dim} latent dimensions, {parameters:,} parameters\n"
        f"minimised: {RECON_LOSSES[config.recon_loss]} + {weight}KL divergence\n"
        f"{config.epochs} epochs{done}, batches of {config.batch_size}, {config.optimizer}, peak "
        f"learning rate {config.learning_rate:g}, seed {config.seed}, on {trainer.device}\n"
        f"results in {out}",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
