"""A training as a child process: followed, stopped, continued, killed; and what is then left."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from explorer.training_run import (
    FAILED,
    FINISHED,
    KILLED,
    NICENESS,
    STOPPED,
    TrainingRun,
    TrainingSettings,
)
from tests.training_parts import (
    FEW_DIGITS,
    ROOT,
    WAITS,
    ended,
    epoch,
    gone,
    plan,
    saying,
    stage,
    step,
)
from vae.folder_lock import alone_in
from vae.run_files import CHECKPOINT, DECODER, FILES, LATEST, RECORD, STAGING
from vae.weights import load_bundle

TIMEOUT_S = 300.0  # only a failing test waits this long


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.005)


def files_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder that is not there yet, whose name could be mistaken for an option."""
    return tmp_path / "--my results"


@pytest.fixture
def train() -> Iterator[Callable[..., TrainingRun]]:
    runs = []

    def start(out: Path, epochs: int = 5000, command=FEW_DIGITS, **options) -> TrainingRun:
        settings = TrainingSettings(out=out, epochs=epochs, latent_dim=3)
        runs.append(TrainingRun(settings, command=command, **options))
        return runs[-1]

    yield start
    for run in runs:
        run.kill()
        until(ended(run))


def epochs_done(run: TrainingRun, count: int) -> Callable[[], bool]:
    def done() -> bool:
        run.poll()
        assert not run.state.ended, run.state.message
        return len(run.state.curve_epochs) >= count

    return done


# ---- real trainings ------------------------------------------------------------------------------


def test_a_training_from_its_start_to_its_result(train, out):
    run = train(out, epochs=1)
    stages = []

    def over() -> bool:
        if run.poll():
            stages.append(run.state.stage)
        return run.state.ended

    until(over)
    state = run.state
    assert (state.what, state.message) == (FINISHED, "")
    assert state.result == out / DECODER
    assert (state.epochs, state.epoch, state.share) == (1, 1, 1.0)
    assert state.curve_epochs == [1]
    bundle = load_bundle(state.result)
    assert bundle.notes == ()
    assert bundle.config.latent_dim == 3
    assert state.test_losses == [bundle.record["epochs"][0]["test"]["total"]]
    assert state.figures["test"] == bundle.record["final"]["test"]
    assert files_in(out) == {*FILES, RECORD}
    assert state.checkpoint is None
    assert gone(run.pid)


def test_it_is_stopped_and_continued(train, out):
    run = train(out)
    until(epochs_done(run, 2))
    run.stop()
    assert run.state.stopping
    until(ended(run))
    assert run.state.what == STOPPED
    assert run.state.checkpoint == out / CHECKPOINT
    assert gone(run.pid)
    reached = run.state.curve_epochs[-1]
    kept = {CHECKPOINT, *(f"{LATEST}/{name}" for name in FILES[:2]), f"{LATEST}/{RECORD}"}
    assert files_in(out) == kept
    bundle = load_bundle(out / LATEST / DECODER)
    assert bundle.encoder is not None

    again = train(out, resume=True)
    until(epochs_done(again, 1))
    assert again.state.done_before == len(bundle.record["epochs"]) >= reached
    assert again.state.curve_epochs[0] == again.state.done_before + 1
    again.stop()
    until(ended(again))


def test_other_settings_do_not_continue_it_and_it_is_said(train, out):
    run = train(out)
    until(epochs_done(run, 1))
    run.close()
    other = train(out, epochs=7, resume=True)
    until(ended(other))
    assert other.state.what == FAILED
    assert "other settings: epochs 5000 (now 7)" in other.state.message
    assert other.state.checkpoint == out / CHECKPOINT  # which is still there


@pytest.mark.parametrize("when", ["at once", "in the training"])
def test_a_kill_leaves_no_process_and_no_half_file(train, out, when):
    run = train(out)
    if when != "at once":
        until(epochs_done(run, 1))
    run.stop()
    run.kill()
    until(ended(run))
    assert gone(run.pid)
    if run.state.what == KILLED and run.state.checkpoint is None:
        assert not out.exists()  # not even empty folders
    else:  # it was quicker
        assert not [name for name in files_in(out) if name.endswith(".tmp")]


def test_killed_from_outside(train, out):
    run = train(out)
    until(epochs_done(run, 1))
    os.kill(run.pid, signal.SIGKILL)
    until(ended(run))
    assert run.state.what == FAILED
    assert "ended from outside (SIGKILL)" in run.state.message
    assert "memory" in run.state.message
    assert not out.exists()


def test_a_folder_that_was_there_stays(train, out):
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    run = train(out)
    until(epochs_done(run, 1))
    run.kill()
    until(ended(run))
    assert {path.name for path in out.iterdir()} == {"mine.txt"}


@pytest.mark.parametrize("program", ["train.py", "one that dies"])
def test_a_folder_that_another_training_uses_is_left_as_it_is(train, out, program):
    files = [CHECKPOINT, f"{LATEST}/{DECODER}", f"{STAGING}/{RECORD}", DECODER]
    half = f"runs/.{Path(CHECKPOINT).name}.abc.tmp"
    with alone_in(out):
        for name in (*files, half):
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            (out / name).write_text("the other's")
        before = files_in(out)
        run = train(out, command=FEW_DIGITS if program == "train.py" else saying(status=1))
        until(ended(run))
        assert run.state.what == FAILED
        assert run.state.checkpoint is None  # of this one, which has begun nothing
        if program == "train.py":
            assert run.state.message.startswith("Another training is running in ")
            assert str(out) in run.state.message
        assert files_in(out) == before
    with alone_in(out):
        assert {(out / name).read_text() for name in (*files, half)} == {"the other's"}


def test_a_folder_that_cannot_be_written_to(train, tmp_path):
    (tmp_path / "file").write_text("in the way")
    run = train(tmp_path / "file" / "results")
    until(ended(run))
    assert run.state.what == FAILED
    assert "cannot be written to" in run.state.message
    assert files_in(tmp_path) == {"file"}


def test_close_waits_until_the_process_is_gone(train, out):
    run = train(out)
    until(epochs_done(run, 1))
    run.close()
    assert run.state.ended
    assert gone(run.pid)
    assert (out / CHECKPOINT).exists()
    run.close()


def test_a_training_does_not_outlive_a_window_that_crashes(out):
    """The process that started it ends without a word, as in a crash."""
    crashing = (
        "import os, pathlib, sys, time\n"
        "from explorer.training_run import TrainingRun, TrainingSettings\n"
        "from tests.training_parts import FEW_DIGITS\n"
        "settings = TrainingSettings(out=pathlib.Path(sys.argv[1]), epochs=5000)\n"
        "run = TrainingRun(settings, command=FEW_DIGITS)\n"
        "while not run.state.curve_epochs: run.poll(); time.sleep(0.01)\n"
        "print(run.pid, flush=True)\n"
        "os._exit(9)"
    )
    done = subprocess.run(
        [sys.executable, "-c", crashing, str(out)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        timeout=TIMEOUT_S,
    )
    assert done.returncode == 9
    pid = int(done.stdout)
    try:
        until(lambda: gone(pid))
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    assert (out / CHECKPOINT).exists()
    assert not [name for name in files_in(out) if name.endswith(".tmp")]


def test_it_has_a_lower_priority_and_a_group_of_its_own(train, out):
    run = train(out)
    until(epochs_done(run, 1))
    assert os.getpriority(os.PRIO_PROCESS, run.pid) >= NICENESS
    assert os.getpgid(run.pid) == run.pid != os.getpgid(0)


# ---- what it makes of what is said -------------------------------------------------------------


def test_how_far_it_is_and_how_long_it_takes(train, out):
    now = 0.0
    said = [
        stage("importing"),
        stage("data"),
        plan(epochs=10),
        stage("training"),
        step(1, 0.5),
        epoch(1),
        step(2, 0.5, None),
        {"event": "snapshot", "epoch": 1},
    ]
    run = train(out, command=saying(*said, then=WAITS), clock=lambda: now)
    until(lambda: run.poll() and run.state.snapshots)
    state = run.state
    assert (state.stage, state.epochs, state.epoch, state.epoch_share) == ("training", 10, 2, 0.5)
    assert state.share == pytest.approx(0.15)
    assert state.images_per_second == 2000.0  # a step that does not know it leaves it
    assert (state.curve_epochs, state.test_losses, state.train_losses) == ([1], [80.0], [80.0])
    # One epoch, from half of the first to half of the second, in six seconds; 8.5 are left.
    now = 6.0
    assert run.remaining_s == pytest.approx(6.0 * 8.5)


def test_a_continued_training_is_timed_from_where_it_began(train, out):
    now = 0.0
    said = [plan(epochs=10, done=6), stage("training"), step(7, 0.25), step(7, 0.75)]
    run = train(out, command=saying(*said, then=WAITS), clock=lambda: now)
    until(lambda: run.poll() and run.state.epoch_share == 0.75)
    assert run.state.share == pytest.approx(0.675)
    now = 1.0
    assert run.remaining_s == pytest.approx(3.25 / 0.5)


def test_lines_that_are_not_ours_are_told_when_it_fails(train, out):
    said = ["Traceback:", "MemoryError: out of memory"]
    run = train(out, command=saying(stage("importing"), *said, status=1))
    until(ended(run))
    assert run.state.what == FAILED
    assert "unexpectedly (exit status 1)" in run.state.message
    assert run.state.message.endswith("MemoryError: out of memory")


def test_what_is_said_on_stderr_is_kept_line_by_line(train, out):
    """A bar of progress, say of a download, ends its lines in a way of its own."""
    talk = "sys.stderr.write('fetching\\r 10%\\r 20%\\n'); sys.stderr.flush(); sys.stdin.read()"
    run = train(out, command=saying(stage("data"), then=talk))
    until(lambda: run.poll() and run.last_lines.endswith("20%"))
    assert run.last_lines == "fetching\n 10%\n 20%"
    run.stop()
    until(ended(run))
    assert run.state.what == FAILED  # it ended, and has not said that it was stopped


def test_a_failure_that_is_explained(train, out):
    said = [stage("data"), {"event": "failed", "message": "No network.", "checkpoint": None}]
    run = train(out, command=saying(*said, status=2))
    until(ended(run))
    assert (run.state.what, run.state.message) == (FAILED, "No network.")


def test_a_message_is_for_its_stage(train, out):
    said = [stage("training"), {"event": "message", "text": "Mind this."}]
    run = train(out, command=saying(*said, then=WAITS))
    until(lambda: run.poll() and run.state.message == "Mind this.")
    more = train(out, command=saying(*said, stage("classifier", 0.5), then=WAITS))
    until(lambda: more.poll() and more.state.stage == "classifier")
    assert (more.state.message, more.state.stage_share) == ("", 0.5)


def test_a_success_that_was_not_told_is_a_failure(train, out):
    run = train(out, command=saying(plan()))
    until(ended(run))
    assert run.state.what == FAILED


def test_a_program_that_is_not_there(out):
    with pytest.raises(OSError, match="no such program"):
        TrainingRun(TrainingSettings(out=out), command=(str(out / "no such program"),))


def test_train_py_takes_every_argument(out):
    """The names of the options and their values, as train.py parses them."""
    from vae.train_options import make_parser

    settings = TrainingSettings(
        out=out,
        dataset="kmnist",
        data_dir=out / "data",
        latent_dim=2,
        beta=0.5,
        epochs=7,
        learning_rate=1e-5,
        seed=0,
        fraction=0.05,
        recon_loss="sse-learned-variance",
    )
    options = make_parser().parse_args(
        [*settings.arguments(), "--progress=json", "--stop-with-stdin"]
    )
    assert options.out == out
    assert options.data_dir == out / "data"
    assert options.lr == 1e-5
    for name in ("dataset", "latent_dim", "beta", "epochs", "seed", "fraction", "recon_loss"):
        assert getattr(options, name) == getattr(settings, name)


@pytest.mark.parametrize("family", ["vae", "gan"])
def test_the_defaults_are_those_of_the_program(out, family):
    """What the window asks for by default is what the program takes when nothing is said."""
    import torch

    from vae.train_options import configured, make_parser

    ours = TrainingSettings(out=out, family=family)
    bare = make_parser().parse_args(["--model", family])
    assert ours.data_dir == bare.data_dir
    device = torch.device("cpu")
    asked = make_parser().parse_args(ours.arguments())
    assert asked.model == family
    wanted, usual = configured(asked, device), configured(bare, device)
    for name in ("latent_dim", "width", "seed", "fraction"):
        assert getattr(wanted, name) == getattr(usual, name), name
    # The form gives each family its own rate; see `tests/test_train_view.py`.
    own = ("beta", "recon_loss", "perceptual", "adversarial", "learning_rate")
    own = ("gan_loss", "penalty") if family == "gan" else own
    for name in own:
        assert getattr(wanted, name) == getattr(usual, name), name
