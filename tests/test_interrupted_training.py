"""A training that is interrupted twice: the second time costs nothing that the first has saved."""

from __future__ import annotations

import os
import signal

import pytest

import train
from tests.test_train_cli import KEPT, files_in
from tests.test_train_progress import TIMEOUT_S, child
from vae.checkpoint import load_checkpoint
from vae.interruptions import Interruptions
from vae.run_files import CHECKPOINT

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")

__all__ = ["child"]

# What is patched says so and goes on when it is told to, by a byte on standard input.
HOLD = """
import os
from vae.progress_lines import write_event
def held(function, name):
    def wait(*arguments):
        write_event(sys.stdout, name)
        os.read(0, 1)
        return function(*arguments)
    return wait
"""
HELD_WRITE = HOLD + "from vae import checkpoint\n"
HELD_WRITE += "checkpoint.save_checkpoint = held(checkpoint.save_checkpoint, 'writing')"
HELD_END = HOLD + "train._Live.keep = held(train._Live.keep, 'keeping')"


@pytest.mark.parametrize("first", ["SIGINT", "SIGTERM"])
def test_further_interruptions_wait_until_the_checkpoint_is_written(child, tmp_path, first):
    running = child(patch=HELD_WRITE)
    running.until("epoch")
    running.process.send_signal(getattr(signal, first))
    running.until("writing")
    for name in ("SIGINT", "SIGTERM", first):
        running.process.send_signal(getattr(signal, name))
    running.process.stdin.write("\n")
    running.process.stdin.flush()
    stopped = running.until("stopped")
    assert running.process.wait(TIMEOUT_S) == train.INTERRUPTED
    assert running.process.stderr.read() == ""
    assert stopped["checkpoint"] == str(tmp_path / CHECKPOINT)
    assert files_in(tmp_path) == {CHECKPOINT, *KEPT}
    saved = load_checkpoint(tmp_path / CHECKPOINT)
    assert len(saved["trainer"]["records"]) == stopped["epochs"] >= 1


@pytest.mark.parametrize("further", ["SIGINT", "SIGTERM"])
def test_after_that_a_further_one_ends_it(child, tmp_path, further):
    running = child(patch=HELD_END)
    running.until("epoch")
    running.process.send_signal(signal.SIGTERM)
    stopped = running.until("stopped")
    running.until("keeping")
    running.process.send_signal(getattr(signal, further))  # and it is never told to go on
    assert running.process.wait(TIMEOUT_S) == train.INTERRUPTED
    assert running.process.stdout.read() == ""  # it is not taken back that there is a checkpoint
    assert running.process.stderr.read() == ""
    assert files_in(tmp_path) == {CHECKPOINT}
    saved = load_checkpoint(tmp_path / CHECKPOINT)
    assert len(saved["trainer"]["records"]) == stopped["epochs"] >= 1


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_which_interruptions_are_answered(name):
    number = getattr(signal, name)
    before = signal.getsignal(number)
    with Interruptions() as interruptions:
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
        with pytest.raises(KeyboardInterrupt):  # nobody has said that the first has arrived
            signal.raise_signal(number)
        interruptions.ignored = True
        signal.raise_signal(number)
        with interruptions.cutting_short():
            signal.raise_signal(number)
            pytest.fail("it was to end here")
        signal.raise_signal(number)
        with interruptions.cutting_short():
            pass
        signal.raise_signal(number)
    assert signal.getsignal(number) == before


def test_ctrl_c_is_not_for_a_program_in_the_background_of_a_script():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with Interruptions():
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
