"""Train a model and everything the application loads beside it.

python train.py                     a variational autoencoder on MNIST, 200 epochs
python train.py --model gan         a generative adversarial network, 60 epochs
python train.py --dataset sample    the bundled digits, no network needed
python train.py --help              all options
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shlex
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vae.data import DataError, load_dataset
from vae.folder_lock import FolderInUseError, alone_in
from vae.interruptions import Interruptions
from vae.train_options import FOLDERS, configured, make_parser
from vae.train_report import JsonReport, TextReport

if TYPE_CHECKING:  # torch takes seconds to import, and --help and wrong options must not wait
    import torch
    from tqdm import tqdm

    from vae.data import Dataset
    from vae.gan_training import GanConfig
    from vae.judge import Judge
    from vae.live_folder import LiveFolder
    from vae.run import Run
    from vae.training import TrainConfig

CHECKPOINT_INTERVAL_S = 60  # what a power cut may cost
# After the program that started this one is gone: a step, a checkpoint, and then it is enough.
ORPHAN_GRACE_S = 20.0

FAILED, INTERRUPTED = 1, 130  # exit statuses, beside argparse's 2; 130 is the shell's for Ctrl-C


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    parser = make_parser()
    options = parser.parse_args(arguments)
    json = options.progress == "json"
    report = JsonReport(_bar, options.stop_with_stdin) if json else TextReport(_bar)
    with Interruptions() as interruptions:
        try:
            if options.stop_with_stdin:
                _watch_stdin()
            with alone_in(options.out or FOLDERS[options.model]):
                return _train(parser, options, arguments, report, interruptions)
        except FolderInUseError as error:
            report.refused(str(error))
            parser.error(str(error))
        except KeyboardInterrupt:
            interruptions.ignored = True
            report.stopped(0, None, "")
            return INTERRUPTED


def _train(
    parser: argparse.ArgumentParser,
    options: argparse.Namespace,
    arguments: list[str],
    report: TextReport,
    interruptions: Interruptions,
) -> int:
    report.stage("importing")
    from vae.checkpoint import CheckpointError, load_checkpoint
    from vae.live_folder import LiveFolder
    from vae.outputs import OutputError, check_output_folder, check_space
    from vae.run import TrainingDivergedError
    from vae.run_files import CHECKPOINT, clear_half_files

    # Everything that can be wrong is found here, before anything is trained.
    out = options.out or FOLDERS[options.model]
    checkpoint = out / CHECKPOINT
    try:
        device = _choose_device(options.device)
        config = configured(options, device)
        check_output_folder(out)
        saved = load_checkpoint(checkpoint) if options.resume else {}
        report.stage("data")
        dataset = load_dataset(options.dataset, options.data_dir)
        judge = _judge(config, dataset, saved)
        trainer = _trainer(config, dataset, device, judge)
        check_space(out, trainer)
        if saved:
            _restore(trainer, saved, checkpoint, dataset)
    except (CheckpointError, DataError, OutputError, ValueError) as error:
        report.refused(str(error))
        parser.error(str(error))

    report.plan(trainer, dataset, out)
    if options.dry_run:
        report.message("Dry run: everything needed is there; nothing was trained.")
        return 0
    if not options.resume and checkpoint.exists():
        report.message(f"{checkpoint} of an interrupted training will be replaced by this one's.")
    clear_half_files(out)

    again = [argument for argument in arguments if argument != "--resume"]
    to_continue = (
        f"What was reached is in {checkpoint}. Continue with:\n"
        f"    {shlex.join(['python', 'train.py', *again, '--resume'])}"
    )
    live = None
    state = trainer.state()
    try:
        if judge is not None and not judge.is_trained:
            report.stage("classifier")
            judge.train(dataset, config.epochs, config.seed, _shares(report, "classifier"))
            trainer = _trainer(config, dataset, device, judge)
            state = trainer.state()
        live = _Live(LiveFolder(trainer, dataset, out), report)
        live.remove()  # of another training
        trainer.on_step = lambda images: (report.step(trainer, images), live.refresh(trainer))
        saved_at = time.monotonic()
        report.stage("training")
        for record in trainer.run():
            state = trainer.state()  # first: an epoch that was told of is not lost
            report.epoch(trainer, record)
            live.refresh(trainer, at_once=record.epoch == config.epochs)
            if time.monotonic() - saved_at > CHECKPOINT_INTERVAL_S:
                _save(state, dataset, judge, checkpoint)
                saved_at = time.monotonic()
        report.close()
        # What follows takes minutes, and may meet a full disk.
        _save(state, dataset, judge, checkpoint)
        _finish(trainer, dataset, judge, out, report)
    except KeyboardInterrupt:
        interruptions.ignored = True  # until what was reached is safe
        report.close()
        if not state["records"]:
            raise
        try:
            _save(state, dataset, judge, checkpoint)
        except OSError as error:
            return _unwritten(error, checkpoint, to_continue, report)
        with interruptions.cutting_short():
            report.stopped(len(state["records"]), checkpoint, to_continue)
            live.keep(trainer, state)
        return INTERRUPTED
    except TrainingDivergedError as error:
        report.close()
        report.failed(f"{error}.\nThe weights of before were left as they were.")
        return FAILED
    except OSError as error:
        report.close()
        return _unwritten(error, checkpoint, to_continue, report)
    finally:
        if live is not None:
            live.remove()
    checkpoint.unlink(missing_ok=True)
    return 0


def _unwritten(error: OSError, checkpoint: Path, to_continue: str, report: TextReport) -> int:
    """Say that something cannot be written, and what is left; returns the exit status."""
    kept = checkpoint if checkpoint.exists() else None
    report.failed(
        f"the results cannot be written: {error}." + (f"\n{to_continue}" if kept else ""), kept
    )
    return FAILED


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

    def __init__(self, folder: LiveFolder, report: TextReport) -> None:
        self._folder = folder
        self._report = report
        self._works = True
        self._kept = False

    def refresh(self, trainer: Run, at_once: bool = False) -> None:
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

    def keep(self, trainer: Run, state: dict[str, Any]) -> None:
        """Leave it there, as the model of a checkpoint with this state."""
        del trainer.records[len(state["records"]) :]
        with contextlib.suppress(OSError):
            self._folder.write(state)
            self._kept = True

    def remove(self) -> None:
        """Take it away, unless it is to be kept."""
        if not self._kept:
            self._folder.remove()


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


def _judge(
    config: TrainConfig | GanConfig, dataset: Dataset, saved: dict[str, Any]
) -> Judge | None:
    """The classifier that there is before the training, if it has one. Raises ValueError."""
    from vae.gan_training import GanConfig

    if not isinstance(config, GanConfig) and config.perceptual == config.adversarial == 0:
        return None  # the plain VAE makes the classifier that the others share
    from vae.checkpoint import CheckpointError
    from vae.judge import judge_of

    try:
        return judge_of(dataset, saved.get("classifier"))
    except (KeyError, IndexError, TypeError, RuntimeError) as error:
        raise CheckpointError(
            f"the checkpoint holds no classifier of this program ({error}); start without --resume"
        ) from error


def _trainer(
    config: TrainConfig | GanConfig, dataset: Dataset, device: torch.device, judge: Judge | None
) -> Run:
    """Raises ValueError."""
    from vae.gan_training import GanConfig, GanTrainer
    from vae.training import Trainer

    if isinstance(config, GanConfig):
        return GanTrainer(config, dataset, device, judge.classifier)
    # What plays or compares in addition is not captured; how fast that is was not measured.
    captured = (
        device.type == "cuda"
        and config.optimizer == "adam"
        and config.perceptual == config.adversarial == 0
    )
    classifier = None if judge is None else judge.classifier
    return Trainer(config, dataset, device, captured, classifier)


def _restore(trainer: Run, saved: dict[str, Any], checkpoint: Path, dataset: Dataset) -> None:
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


def _save(state: dict[str, Any], dataset: Dataset, judge: Judge | None, checkpoint: Path) -> None:
    from vae.checkpoint import save_checkpoint

    content = {"trainer": state, "dataset": dataset.fingerprint()}
    if judge is not None and not judge.is_bundled:
        content["classifier"] = judge.state()
    save_checkpoint(content, checkpoint)


def _finish(
    trainer: Run, dataset: Dataset, judge: Judge | None, out: Path, report: TextReport
) -> None:
    """Train the companions, write everything, and say what has come of it."""
    from vae.judge import classifier_epochs, train_on
    from vae.outputs import Results, fit_density, write_results

    config = trainer.config
    if trainer.family == "gan":
        report.stage("encoder")
        trainer.fit_encoder(_shares(report, "encoder"))
    if judge is None:
        report.stage("classifier")
        shares = _shares(report, "classifier")
        classifier = train_on(dataset, config.epochs, config.seed, trainer.device, shares)
        settings = {"classifier_epochs": classifier_epochs(config.epochs)}
    else:
        # The bundled one is there wherever the program is.
        classifier = None if judge.is_bundled else judge.classifier
        settings = judge.settings
    report.stage("density")
    density = fit_density(trainer)
    report.stage("results")
    record = write_results(Results(trainer, dataset, classifier, density), settings, out)
    report.finished(record, out)


def _bar(**settings: Any) -> tqdm:
    """A progress bar."""
    from tqdm import tqdm

    return tqdm(**settings)


def _shares(report: TextReport, stage: str) -> Callable[[float], None]:
    """The progress of a stage, which is told, and shown by a bar on a terminal."""
    bar = _bar(total=1.0, bar_format="{percentage:3.0f}%|{bar}|", disable=not sys.stderr.isatty())

    def told(share: float) -> None:
        bar.update(share - bar.n)
        if share >= 1:
            bar.close()
        report.stage(stage, share)

    return told


if __name__ == "__main__":
    sys.exit(main())
