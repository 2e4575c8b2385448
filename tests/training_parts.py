"""Trainings for tests: of few digits, in real processes; and processes that only say so."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent

# train.py itself, on 300 digits in place of 10,000.
FEW_DIGITS = (
    sys.executable,
    "-c",
    f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
    "from vae import data\n"
    "images, labels = data.bundled_digits()\n"
    "data.bundled_digits = lambda: (images[:300], labels[:300])\n"
    "data.SAMPLE_TRAIN_IMAGES = 256\n"
    "import torch; torch.set_num_threads(1)\n"
    "import train; sys.exit(train.main([*sys.argv[1:], '--optimizer', 'adam']))",
)

LOSSES = {"sse": 60.0, "kl": 20.0, "total": 80.0}


def saying(*events: dict[str, Any] | str, status: int = 0, then: str = "") -> tuple[str, ...]:
    """A program that says these lines and ends; a text is said as it is.

    then: Python that runs after that, for example to wait until it is stopped.
    """
    lines = [event if isinstance(event, str) else json.dumps(event) for event in events]
    return (
        sys.executable,
        "-c",
        f"import sys\nfor line in {lines!r}: print(line, flush=True)\n{then}\nsys.exit({status})",
    )


WAITS = "sys.stdin.read()"


def plan(epochs: int = 4, done: int = 0) -> dict[str, Any]:
    return {"event": "plan", "epochs": epochs, "done": done, "classes": 10}


def stage(name: str, share: float = 0.0) -> dict[str, Any]:
    return {"event": "stage", "name": name, "share": share}


def step(epoch: int, share: float, rate: float | None = 1000.0) -> dict[str, Any]:
    return {"event": "step", "epoch": epoch, "share": share, "images_per_second": rate}


def epoch(number: int) -> dict[str, Any]:
    return {
        "event": "epoch",
        "epoch": number,
        "train": LOSSES,
        "test": LOSSES,
        "seconds": 1.0,
        "images_per_second": 2000.0,
    }


def gan_epoch(number: int, classes: int) -> dict[str, Any]:
    """An epoch of a GAN in which so many classes were covered, each as often as the others."""
    return {
        "event": "epoch",
        "epoch": number,
        "train": {"discriminator": 0.6, "generator": 0.8, "r1": 0.1, "r2": None},
        "coverage": {
            "classes": classes,
            "entropy": math.log(classes),
            "precision": 0.5,
            "recall": 0.25,
            "frechet": 0.5,
        },
        "seconds": 1.0,
        "images_per_second": 2000.0,
    }


def children() -> list[int]:
    """The processes that this one has started and that live."""
    found: list[int] = []
    for task in Path("/proc/self/task").iterdir():
        found += map(int, (task / "children").read_text().split())
    return found


def gone(pid: int) -> bool:
    """Whether a process has ended; one that nobody has asked for its status counts as ended."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return False


def ended(run: Any) -> Callable[[], bool]:
    """A condition: all that the run has said is taken in, and it is over."""

    def over() -> bool:
        run.poll()
        return run.state.ended

    return over
