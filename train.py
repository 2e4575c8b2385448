"""Train the variational autoencoder and everything the application loads beside it.

python train.py                     MNIST, 200 epochs
python train.py --dataset sample    the bundled digits, no network needed
python train.py --help              all options
"""

from __future__ import annotations

import argparse
import math
import shlex
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vae.data import DATASET_NAMES, DataError, load_dataset, to_model_range

if TYPE_CHECKING:  # torch takes seconds to import, and --help and wrong options must not wait
    import torch

    from vae.classifier import Classifier
    from vae.data import Dataset
    from vae.training import EpochRecord, Trainer

ROOT = Path(__file__).resolve().parent
CHECKPOINT_INTERVAL_S = 60  # what a power cut may cost
LINE_INTERVAL_S = 5  # between two lines of progress where there is no terminal to redraw a bar in

SHIPPED_SEED = 1  # of those tried, the one with the lowest training loss; the record lists them
FAILED, INTERRUPTED = 1, 130  # exit statuses, beside argparse's 2; 130 is the shell's for Ctrl-C


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        return _train(parser, options, arguments)
    except KeyboardInterrupt:
        print("\nInterrupted before an epoch was finished; nothing was changed.")
        return INTERRUPTED


def _train(
    parser: argparse.ArgumentParser, options: argparse.Namespace, arguments: list[str]
) -> int:
    from vae.checkpoint import CheckpointError, load_checkpoint
    from vae.outputs import CHECKPOINT, OutputError, check_output_folder
    from vae.training import TrainConfig, Trainer, TrainingDivergedError

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
        dataset = load_dataset(options.dataset, options.data_dir)
        captured = device.type == "cuda" and optimizer == "adam"
        trainer = Trainer(config, dataset, device, captured)
        if saved is not None:
            _restore(trainer, saved, checkpoint, dataset)
    except (CheckpointError, DataError, OutputError, ValueError) as error:
        parser.error(str(error))

    _print_plan(trainer, dataset, options.out)
    if options.dry_run:
        print("Dry run: everything needed is there; nothing was trained.")
        return 0
    if not options.resume and checkpoint.exists():
        print(f"{checkpoint} of an interrupted training will be replaced by this one's.")

    again = [argument for argument in arguments if argument != "--resume"]
    to_continue = (
        f"What was reached is in {checkpoint}. Continue with:\n"
        f"    {shlex.join(['python', 'train.py', *again, '--resume'])}"
    )
    progress = _Progress(trainer)
    state = trainer.state()
    try:
        for _ in _with_checkpoints(trainer, dataset, checkpoint, progress):
            state = trainer.state()
        progress.close()
        _save(state, dataset, checkpoint)  # what follows takes minutes, and may meet a full disk
        _finish(trainer, dataset, options.out)
    except KeyboardInterrupt:
        progress.close()
        if not state["records"]:
            raise
        _save(state, dataset, checkpoint)
        print(f"\nInterrupted after {len(state['records'])} finished epochs. {to_continue}")
        return INTERRUPTED
    except TrainingDivergedError as error:
        progress.close()
        print(f"train.py: {error}.\nThe weights of before were left as they were.", file=sys.stderr)
        return FAILED
    except OSError as error:
        progress.close()
        print(f"train.py: the results cannot be written: {error}.\n{to_continue}", file=sys.stderr)
        return FAILED
    checkpoint.unlink(missing_ok=True)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description="Train the autoencoder and what the application loads beside it.",
        epilog="Ctrl-C saves what has been reached and prints the command to continue.",
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
        type=_whole_number(1, 100_000),
        default=200,
        metavar="N",
        help="passes over the training images (default: %(default)s)",
    )
    add(
        "--batch-size",
        type=_whole_number(1, 1_000_000),
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
        type=_whole_number(0, 2**31 - 1),
        default=SHIPPED_SEED,
        metavar="N",
        help="same seed, same weights on the same CPU (default: %(default)s, as shipped)",
    )
    add(
        "--latent-dim",
        type=_whole_number(1, 64),
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
    return parser


def _whole_number(low: int, high: int) -> Any:
    def parse(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = low - 1
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(
                f"must be a whole number from {low} to {high}, not {text!r}"
            )
        return value

    return parse


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


def _with_checkpoints(
    trainer: Trainer, dataset: Dataset, checkpoint: Path, progress: _Progress
) -> Iterator[EpochRecord]:
    """The run, shown, and saved now and then."""
    saved_at = time.monotonic()
    for record in trainer.run():
        progress.show(record)
        if time.monotonic() - saved_at > CHECKPOINT_INTERVAL_S:
            _save(trainer.state(), dataset, checkpoint)
            saved_at = time.monotonic()
        yield record


def _finish(trainer: Trainer, dataset: Dataset, out: Path) -> None:
    """Train the companions, write everything, and say what has come of it."""
    from vae.outputs import RECORD, Results, fit_density, write_results

    print("Training the classifier ...", flush=True)
    classifier, settings = _train_classifier(trainer, dataset)
    print("Fitting the distribution of the encoded images ...", flush=True)
    density = fit_density(trainer)
    record = write_results(Results(trainer, dataset, classifier, density), settings, out)

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


def _train_classifier(trainer: Trainer, dataset: Dataset) -> tuple[Classifier, dict[str, Any]]:
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
    for _ in tqdm(done, total=epochs, unit="epoch", disable=not sys.stderr.isatty()):
        pass
    return classifier.eval(), {"classifier_epochs": epochs}


def _print_plan(trainer: Trainer, dataset: Dataset, out: Path) -> None:
    from vae.losses import RECON_LOSSES

    config = trainer.config
    shape = "x".join(map(str, dataset.image_shape))
    parameters = sum(p.numel() for p in trainer.vae.parameters())
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


class _Progress:
    """A bar on a terminal, a line now and then elsewhere."""

    def __init__(self, trainer: Trainer) -> None:
        from tqdm import tqdm

        self._trainer = trainer
        self._terminal = sys.stderr.isatty()
        self._started, self._done_before = time.monotonic(), len(trainer.records)
        self._shown_at = -math.inf
        self._bar = tqdm(
            total=trainer.config.epochs,
            initial=len(trainer.records),
            unit="epoch",
            dynamic_ncols=True,
            disable=not self._terminal,
        )

    def show(self, record: EpochRecord) -> None:
        rate = self._trainer.n_images / record.seconds
        losses = f"loss {record.train.total:.2f}, test {record.test.total:.2f}"
        self._bar.set_postfix_str(f"{losses}, {rate:,.0f} images/s", refresh=False)
        self._bar.update()
        epochs, now = self._trainer.config.epochs, time.monotonic()
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

    def close(self) -> None:
        self._bar.close()


if __name__ == "__main__":
    sys.exit(main())
