"""A training in a process of its own: started, followed by what it says, stopped; no toolkit.

`train.py` is started at a lower priority, so that the window stays live, and in a group of its own,
so that Ctrl-C in the terminal of the window is the window's alone. It tells how far it is in lines
of JSON (`vae.progress_lines`). It is stopped by ending its standard input, which also happens when
the window crashes: so it never outlives the window, on any system, and always has the time to write
its checkpoint.
"""

from __future__ import annotations

import contextlib
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vae.folder_lock import FolderInUseError, alone_in
from vae.progress_lines import read_event
from vae.recorded import RecordedCoverage, recorded_coverage
from vae.run_files import CHECKPOINT, DECODER, LATEST, clear_half_files

PROGRAM = Path(__file__).resolve().parent.parent / "train.py"
NICENESS = 10  # of the child: with a tenth of the window's weight it gets what the window leaves
LAST_LINES = 12  # of what the child said, kept for when it fails
# Long enough to finish a step and write a checkpoint; the window is gone from the screen by then.
CLOSE_TIMEOUT_S = 10.0
INTERRUPTED = 130  # exit status of train.py, see there

# What a run is. Each of the last four is an end.
RUNNING, FINISHED, STOPPED, FAILED, KILLED = "running", "finished", "stopped", "failed", "killed"


@dataclass(frozen=True)
class TrainingSettings:
    """What is to be trained; `train.py --help` tells the meaning of each.

    out: the folder of the results. family: "vae" or "gan"; what only the other one has is kept, but
    is no part of the command line. data_dir: where data sets are, or are downloaded to.
    """

    out: Path
    family: str = "vae"
    dataset: str = "sample"
    data_dir: Path = PROGRAM.parent / "data"
    latent_dim: int = 6
    width: int = 1
    epochs: int = 20
    learning_rate: float = 4e-3
    seed: int = 1
    fraction: float = 1.0
    recon_loss: str = "sse"
    beta: float = 1.0
    perceptual: float = 0.0
    adversarial: float = 0.0
    gan_loss: str = "relativistic"
    penalty: float = 1.0

    def arguments(self) -> list[str]:
        """Of the command line."""
        values = {
            "model": self.family,
            "dataset": self.dataset,
            "data-dir": self.data_dir,
            "latent-dim": self.latent_dim,
            "width": self.width,
            "epochs": self.epochs,
            "lr": self.learning_rate,
            "seed": self.seed,
            "fraction": self.fraction,
            "out": self.out,
        }
        if self.family == "gan":
            values |= {"gan-loss": self.gan_loss, "penalty": self.penalty}
        else:
            values |= {
                "recon-loss": self.recon_loss,
                "beta": self.beta,
                "perceptual": self.perceptual,
                "adversarial": self.adversarial,
            }
        # One word each: a folder's name may begin with a dash.
        return [f"--{name}={value}" for name, value in values.items()]

    @property
    def checkpoint(self) -> Path:
        """Where an interrupted training can be continued from."""
        return self.out / CHECKPOINT


@dataclass
class RunState:
    """How far a training is, as the last lines tell.

    what: RUNNING, or how it has ended. stopping: it was asked to stop. stage: see
    `vae.progress_lines`, with the share of it that is done. epochs: planned; epoch: the one that is
    under way, and epoch_share of it; done_before: epochs of an earlier run that is continued.
    has_trained: whether the stage "training" was reached. curve_epochs: those that were told of.
    train_losses, test_losses: of a VAE, totals per image. generator_losses, discriminator_losses,
    coverages: of a GAN. n_classes: of the data; None if it is not told. snapshots: how many were
    written.
    message: what the person should know; after a failure, why. result: the decoder of a finished
    training; figures: what `finished` says of it. checkpoint: of one that can be continued.
    """

    what: str = RUNNING
    stopping: bool = False
    stage: str = "importing"
    stage_share: float = 0.0
    epochs: int = 0
    epoch: int = 0
    epoch_share: float = 0.0
    done_before: int = 0
    images_per_second: float | None = None
    has_trained: bool = False
    n_classes: int | None = None
    curve_epochs: list[int] = field(default_factory=list)
    train_losses: list[float] = field(default_factory=list)
    test_losses: list[float] = field(default_factory=list)
    generator_losses: list[float] = field(default_factory=list)
    discriminator_losses: list[float] = field(default_factory=list)
    coverages: list[RecordedCoverage | None] = field(default_factory=list)
    snapshots: int = 0
    message: str = ""
    result: Path | None = None
    figures: dict[str, Any] = field(default_factory=dict)
    checkpoint: Path | None = None

    @property
    def ended(self) -> bool:
        """Whether the process is gone."""
        return self.what != RUNNING

    @property
    def share(self) -> float:
        """Of the planned epochs, 0 to 1."""
        if not self.epochs:
            return 0.0
        finished = max(self.epoch - 1, 0) + self.epoch_share
        return min(1.0, finished / self.epochs)


class TrainingRun:
    """A training that has been started.

    settings: what to train. resume: go on from the checkpoint in the output folder. command: what
    is started, before its arguments. clock: seconds.

    `state` changes in `poll`, which is to be called now and then; all else may be called at any
    time, from one thread.

    Raises OSError: the process can't be started.
    """

    def __init__(
        self,
        settings: TrainingSettings,
        *,
        resume: bool = False,
        command: Sequence[str] = (sys.executable, "-u", str(PROGRAM)),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings
        self.state = RunState()
        self._clock = clock
        self._began: tuple[float, float] | None = None  # time, and epochs done, at the first step
        self._said: deque[str] = deque(maxlen=LAST_LINES)
        self._queue: queue.SimpleQueue = queue.SimpleQueue()
        self._killed = False
        self._checkpoint: Path | None = None  # that was left, once the process is gone
        self._last_event: dict[str, Any] = {}
        self._folder_is_new = not os.path.exists(settings.out)
        arguments = [*settings.arguments(), "--progress=json", "--stop-with-stdin"]
        self._process = subprocess.Popen(
            [*command, *arguments, *(["--resume"] if resume else [])],
            cwd=PROGRAM.parent,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            env={**os.environ, "PYTHONUTF8": "1"},
            **_apart(),
        )
        _lower_priority(self._process.pid)
        self._readers = [
            threading.Thread(target=read, args=(stream, self._queue), daemon=True)
            for read, stream in (
                (_read_events, self._process.stdout),
                (_read, self._process.stderr),
            )
        ]
        for reader in self._readers:
            reader.start()
        self._waiter = threading.Thread(target=self._wait, name="training", daemon=True)
        self._waiter.start()

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    @property
    def last_lines(self) -> str:
        """What the process said last, outside its lines of progress."""
        return "\n".join(self._said)

    @property
    def remaining_s(self) -> float | None:
        """Seconds until the last epoch is done, at the pace so far; None before that is known."""
        if self._began is None or self.state.stage != "training":
            return None
        began, before = self._began
        done = self.state.share * self.state.epochs
        if done <= before:
            return None
        return (self._clock() - began) / (done - before) * (self.state.epochs - done)

    def poll(self) -> bool:
        """Take in what the process has said; whether the state may have changed."""
        changed = False
        while True:
            try:
                kind, value = self._queue.get_nowait()
            except queue.Empty:
                return changed
            changed = True
            if kind == "event":
                self._take(value)
            elif kind == "said":
                self._said.append(value)
            else:
                self._end(value)

    def stop(self) -> None:
        """Ask the process to stop; it writes its checkpoint, and is gone after a moment."""
        self.state.stopping = True
        with contextlib.suppress(OSError):
            self._process.stdin.close()

    def kill(self) -> None:
        """End the process at once; what it left half-written is removed."""
        self._killed = True
        self.stop()
        self._process.kill()

    def close(self) -> None:
        """Stop, and wait until the process is gone; it is killed if that takes too long."""
        self.stop()
        self._waiter.join(CLOSE_TIMEOUT_S)
        if self._waiter.is_alive():
            self.kill()
            self._waiter.join()
        self.poll()

    def _take(self, event: dict[str, Any]) -> None:
        state, self._last_event = self.state, event
        match event:
            case {"event": "stage", "name": name, "share": share}:
                if name != state.stage:
                    state.message = ""
                state.stage, state.stage_share = name, share
                state.has_trained |= name == "training"
            case {"event": "plan", "epochs": epochs, "done": done}:
                state.n_classes = event.get("classes")
                state.epochs, state.done_before, state.epoch = epochs, done, done
                state.epoch_share = 1.0 if done else 0.0
            case {"event": "step", "epoch": epoch, "share": share, "images_per_second": rate}:
                state.epoch, state.epoch_share = epoch, share
                state.images_per_second = rate or state.images_per_second
            case {"event": "epoch", "epoch": epoch, "train": train}:
                state.epoch, state.epoch_share = epoch, 1.0
                state.images_per_second = event["images_per_second"]
                state.curve_epochs.append(epoch)
                if self.settings.family == "gan":
                    state.generator_losses.append(train["generator"])
                    state.discriminator_losses.append(train["discriminator"])
                    state.coverages.append(recorded_coverage(event.get("coverage")))
                else:
                    state.train_losses.append(train["total"])
                    state.test_losses.append(event["test"]["total"])
            case {"event": "snapshot"}:
                state.snapshots += 1
            case {"event": "message", "text": text}:
                state.message = text
        if self._began is None and event["event"] in ("step", "epoch"):
            self._began = self._clock(), state.share * state.epochs

    def _end(self, status: int) -> None:
        """The process is gone: say how it ended."""
        state, last = self.state, self._last_event
        state.message = ""
        if self._killed:
            state.what = KILLED
        elif status == 0 and last.get("event") == "finished":
            state.what, state.result, state.figures = FINISHED, self.settings.out / DECODER, last
        elif last.get("event") == "stopped":
            state.what = STOPPED
        else:
            state.what, state.message = FAILED, self._why(status)
        state.checkpoint = self._checkpoint

    def _why(self, status: int) -> str:
        """Why the process ended without a result, in words."""
        if self._last_event.get("event") == "failed":
            message = str(self._last_event["message"])
            return message[:1].upper() + message[1:]
        if status < 0:
            name = signal.Signals(-status).name if -status in set(signal.Signals) else -status
            why = f"The training was ended from outside ({name})."
            if name == "SIGKILL":
                why += " The system does that when the memory is full."
        else:
            why = f"The training ended unexpectedly (exit status {status})."
        return f"{why}\n{self.last_lines}".strip()

    def _wait(self) -> None:
        """On a thread: until the process is gone, and all that it said is read."""
        status = self._process.wait()
        for reader in self._readers:
            reader.join()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            with contextlib.suppress(OSError):
                stream.close()
        with contextlib.suppress(FolderInUseError):  # it is another training's, with all in it
            self._clear_up(status)
        self._queue.put(("ended", status))

    def _clear_up(self, status: int) -> None:
        """Leave only what can be gone on from, or is finished. Raises FolderInUseError."""
        out = self.settings.out
        if not os.path.isdir(out):
            return
        with alone_in(out):
            if status not in (0, INTERRUPTED):
                clear_half_files(out)
            # Path.exists would raise where the folder may not be looked into.
            if os.path.exists(self.settings.checkpoint):
                self._checkpoint = self.settings.checkpoint
            else:
                shutil.rmtree(out / LATEST, ignore_errors=True)
        self._remove_empty_folders()

    def _remove_empty_folders(self) -> None:
        """Leave nothing of a training of which nothing was kept."""
        out = self.settings.out
        for folder in (out / "runs", out / "assets", *([out] if self._folder_is_new else [])):
            with contextlib.suppress(OSError):  # it is not empty, or was never made
                folder.rmdir()


def _read_events(stream: Any, outbox: queue.SimpleQueue) -> None:
    for line in stream:
        event = read_event(line)
        outbox.put(("said", line.rstrip()) if event is None else ("event", event))


def _read(stream: Any, outbox: queue.SimpleQueue) -> None:
    # A bar of progress ends its lines by \r, which counts as a line's end here.
    for line in stream:
        if line.strip():
            outbox.put(("said", line.rstrip()))


def _apart() -> dict[str, Any]:
    """How a process is started in a group of its own and, on Windows, at a lower priority."""
    if os.name != "nt":
        return {"start_new_session": True}
    flags = ("CREATE_NEW_PROCESS_GROUP", "BELOW_NORMAL_PRIORITY_CLASS", "CREATE_NO_WINDOW")
    return {"creationflags": sum(getattr(subprocess, flag) for flag in flags)}


def _lower_priority(pid: int) -> None:
    """Before it has threads, which inherit it; Windows is told at the start."""
    if hasattr(os, "setpriority"):
        with contextlib.suppress(OSError):  # a process that is already gone
            os.setpriority(os.PRIO_PROCESS, pid, NICENESS)
