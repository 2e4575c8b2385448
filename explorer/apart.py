"""Work in a process of its own, for what would hold the window up even from the worker's thread.

Importing scikit-learn or torchmetrics keeps Python's lock for a fifth of a second and more, and so
do single long calls into compiled code. A child costs a tenth of a second and its own imports, and
it can be stopped at any moment.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import struct
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from explorer.worker import Job

ROOT = Path(__file__).resolve().parent.parent
HEARTBEAT_S = 0.05  # how soon a job that is no longer wanted is noticed
LENGTH = struct.Struct("<Q")


class ApartError(RuntimeError):
    """The child ended without an answer; the text holds what it last said."""


def run_apart(job: Job, function: Callable[..., Any], *arguments: Any) -> Any:
    """`function(*arguments, progress=...)` in a child process; to be called within a job.

    function: of a module, so that it is found by its name; progress(fraction) is handed on to the
    job. Arguments and the answer are pickled: arrays, dataclasses, paths and strings, no networks.

    Raises what the function raises, `explorer.worker.Cancelled` (and ends the child) when the job
    is no longer wanted, and ApartError if the child dies.
    """
    name = (function.__module__, function.__qualname__)
    task = pickle.dumps((*name, arguments), pickle.HIGHEST_PROTOCOL)
    child = subprocess.Popen(
        # Imported, so that what is pickled here and there has the same names.
        [sys.executable, "-c", f"from {__name__} import serve; serve()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **_environment()},
    )
    # Read beside, so that a talkative library can't fill the pipe and wait for ever.
    said: list[bytes] = []
    listener = threading.Thread(target=lambda: said.append(child.stderr.read()), daemon=True)
    listener.start()
    try:
        with contextlib.suppress(OSError):  # it died early; what it said is read below
            _send(child.stdin, task)
        while True:
            message = _receive(child.stdout)
            if message is None:
                child.wait()
                listener.join()
                last = b"".join(said).decode(errors="replace").strip().splitlines()[-3:]
                raise ApartError(
                    f"{'.'.join(name)} ended without an answer (exit status {child.returncode})"
                    + (": " + " / ".join(last) if last else "")
                )
            kind, value = pickle.loads(message)
            if kind == "progress":
                job.progress(value)
            elif kind == "error":
                raise value
            else:
                return value
    finally:
        child.kill()
        child.wait()
        listener.join()
        for stream in (child.stdin, child.stdout, child.stderr):
            with contextlib.suppress(OSError):  # bytes still to be written to a child that is gone
                stream.close()


def _environment() -> dict[str, str]:
    """One thread, as one of the processors is the window's; and where this package is found."""
    path = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        "PYTHONPATH": os.pathsep.join(path),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }


def _send(stream: BinaryIO, message: bytes) -> None:
    stream.write(LENGTH.pack(len(message)) + message)
    stream.flush()


def _receive(stream: BinaryIO) -> bytes | None:
    """The next message; None when the other side is gone."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    message = stream.read(length)
    return message if len(message) == length else None


class _Answers:
    """The child's side: sends what comes of the task, and a heartbeat meanwhile."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._share = 0.0
        self._ended = threading.Event()

    def progress(self, fraction: float) -> None:
        self._share = fraction

    def beat(self) -> None:
        """Until the answer is there; a window that is gone leaves nothing to do."""
        while not self._ended.wait(HEARTBEAT_S):
            try:
                self._tell("progress", self._share)
            except OSError:
                os._exit(1)

    def end(self, kind: str, value: Any) -> None:
        self._ended.set()
        self._tell(kind, value)

    def _tell(self, kind: str, value: Any) -> None:
        message = pickle.dumps((kind, value), pickle.HIGHEST_PROTOCOL)
        with self._lock:
            _send(self._stream, message)


def serve() -> None:
    """What the child does: read a task, do it, answer."""
    from importlib import import_module

    # What libraries print must not mix with the answers.
    answers = _Answers(os.fdopen(os.dup(1), "wb"))
    os.dup2(2, 1)
    task = _receive(sys.stdin.buffer)
    if task is None:
        return
    threading.Thread(target=answers.beat, daemon=True).start()
    try:
        module, name, arguments = pickle.loads(task)
        value = getattr(import_module(module), name)(*arguments, progress=answers.progress)
        kind = "done"
    except Exception as error:
        traceback.print_exc()
        kind, value = "error", error
        try:
            pickle.loads(pickle.dumps(error))
        except Exception:  # an exception with arguments of its own can often not be pickled
            value = ApartError(f"{type(error).__name__}: {error}")
    answers.end(kind, value)
