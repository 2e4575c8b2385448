"""A file that changes is opened anew when it is whole, and never before; trouble is told once."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from explorer.model import LoadedModel
from explorer.weights_watch import PATIENCE, POLL_MS, WeightsWatch, look, stamp_of
from tests.foreign import foreign_state
from vae.files import sha256_of
from vae.weights import save_state_dict

ROOT = Path(__file__).resolve().parent.parent


class Clock:
    """Stands for the widget's timers: `tick` does what is due."""

    def __init__(self) -> None:
        self.waiting: dict[str, Callable[[], None]] = {}
        self.intervals: list[int] = []

    def after(self, pause_ms: int, function: Callable[[], None]) -> str:
        name = f"timer {len(self.intervals)}"
        self.intervals.append(pause_ms)
        self.waiting[name] = function
        return name

    def after_cancel(self, name: str) -> None:
        del self.waiting[name]

    def tick(self) -> None:
        due, self.waiting = self.waiting, {}
        for function in due.values():
            function()


class Watched:
    """A watch of a file, whose jobs are done at once."""

    def __init__(self, path: Path) -> None:
        self.clock = Clock()
        self.told: list[str] = []
        self.models: list[LoadedModel] = []
        self.jobs = 0
        self.watch = WeightsWatch(
            self.clock,
            self._run,
            on_change=self._changed,
            notify=lambda message, is_error: self.told.append(message),
            cancel=lambda kind: None,
        )
        self.path = path
        self.watch.watch(path, sha256_of(path) if path.exists() else "0" * 64)
        self.clock.tick()

    def _run(self, kind, label, function, done, *, failed, otherwise, quiet) -> None:
        self.jobs += 1

        class Job:
            def progress(self, share: float) -> None:
                pass

        done(function(Job()))

    def _changed(self, model: LoadedModel) -> None:
        self.models.append(model)
        self.watch.watch(self.path, model.bundle.sha256)

    def ticks(self, count: int) -> None:
        for _ in range(count):
            self.clock.tick()


def write(path: Path, seed: int, **sizes: int) -> str:
    """Other weights in the file's place, by the same rename that a training uses."""
    save_state_dict(foreign_state(seed, **sizes), path)
    return sha256_of(path)


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    """A copy of the shipped model with its record and its companions."""
    folder = tmp_path / "run"
    (folder / "assets").mkdir(parents=True)
    for name in (
        "decoder_weights.pt",
        "decoder_weights.json",
        "assets/encoder_weights.pt",
        "assets/latent_density.npz",
    ):
        shutil.copy(ROOT / name, folder / name)
    return folder / "decoder_weights.pt"


def describe(path: Path, **files: str) -> None:
    """Have the record name these fingerprints."""
    record = json.loads(path.with_suffix(".json").read_text())
    record["files"] |= files
    path.with_suffix(".json").write_text(json.dumps(record))


# --- the file alone -------------------------------------------------------------------------------


def test_weights_without_a_record_are_taken_when_they_have_stayed_for_a_look(tmp_path):
    path = tmp_path / "a.pt"
    write(path, 0)
    watched = Watched(path)
    assert watched.clock.intervals[0] == POLL_MS
    watched.ticks(3)
    assert watched.models == []
    new = write(path, 1)
    watched.clock.tick()
    assert watched.models == []
    watched.clock.tick()
    assert [model.bundle.sha256 for model in watched.models] == [new]
    jobs = watched.jobs
    watched.ticks(5)
    assert watched.jobs <= jobs + 1  # nothing is read again that has not changed
    assert watched.told == []


def test_the_same_weights_written_again_are_no_news(tmp_path):
    path = tmp_path / "a.pt"
    write(path, 0)
    watched = Watched(path)
    os.utime(path, (1, 1))
    watched.ticks(3)
    assert watched.models == []


def test_half_a_file_keeps_the_model_and_is_told_once(tmp_path):
    path = tmp_path / "a.pt"
    write(path, 0)
    watched = Watched(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    watched.ticks(PATIENCE + 3)
    path.write_bytes(whole[: len(whole) // 3])
    watched.ticks(PATIENCE + 3)
    assert watched.models == []
    assert len(watched.told) == 1
    assert "a.pt" in watched.told[0]
    new = write(path, 1)
    watched.ticks(3)
    assert [model.bundle.sha256 for model in watched.models] == [new]
    assert len(watched.told) == 1


def test_half_a_file_that_is_soon_whole_is_not_told_at_all(tmp_path):
    path = tmp_path / "a.pt"
    write(path, 0)
    watched = Watched(path)
    write(tmp_path / "b.pt", 1)
    whole = (tmp_path / "b.pt").read_bytes()
    for size in (100, len(whole) // 2, len(whole) - 1, len(whole)):
        path.write_bytes(whole[:size])
        watched.clock.tick()
    watched.ticks(2)
    assert len(watched.models) == 1
    assert watched.told == []


def test_a_file_that_is_gone_is_told_once_and_opened_when_it_comes_back(tmp_path):
    path = tmp_path / "a.pt"
    write(path, 0)
    watched = Watched(path)
    path.unlink()
    watched.ticks(4)
    assert len(watched.told) == 1
    assert "gone" in watched.told[0]
    new = write(path, 1)
    watched.ticks(3)
    assert [model.bundle.sha256 for model in watched.models] == [new]


def test_weights_of_other_sizes_are_news_too(tmp_path):
    path = tmp_path / "a.pt"
    write(path, 0)
    watched = Watched(path)
    write(path, 0, latent=3, side=32)
    watched.ticks(3)
    assert watched.models[0].latent_dim == 3


# --- the file and its record ----------------------------------------------------------------------


def test_a_record_that_names_the_weights_proves_them_whole(trained):
    watched = Watched(trained)
    describe(trained, **{"decoder_weights.pt": write(trained, 1)})
    watched.clock.tick()
    assert len(watched.models) == 1
    assert watched.models[0].record is not None
    assert watched.models[0].bundle.encoder is not None


@pytest.mark.parametrize("first", ["weights", "record"])
def test_what_is_written_in_two_steps_is_taken_after_the_second(trained, tmp_path, first):
    watched = Watched(trained)
    new = write(tmp_path / "new.pt", 1)
    steps = {
        "weights": lambda: shutil.copy(tmp_path / "new.pt", trained),
        "record": lambda: describe(trained, **{"decoder_weights.pt": new}),
    }
    steps.pop(first)()
    watched.ticks(2)
    assert watched.models == []
    for step in steps.values():
        step()
    watched.clock.tick()
    assert [model.bundle.sha256 for model in watched.models] == [new]
    assert watched.models[0].record is not None


def test_a_record_that_stays_another_models_is_left_out_in_the_end(trained):
    watched = Watched(trained)
    new = write(trained, 1)
    watched.ticks(PATIENCE)
    assert watched.models == []
    watched.ticks(2)
    assert [model.bundle.sha256 for model in watched.models] == [new]
    assert watched.models[0].record is None


def test_a_record_that_is_half_written_is_waited_for(trained):
    watched = Watched(trained)
    describe(trained, **{"decoder_weights.pt": write(trained, 1)})
    record = trained.with_suffix(".json")
    text = record.read_text()
    record.write_text(text[:100])
    watched.ticks(2)
    assert watched.models == []
    record.write_text(text)
    watched.clock.tick()
    assert watched.models[0].record is not None


def test_an_encoder_that_is_still_to_be_written_is_waited_for(trained):
    watched = Watched(trained)
    encoder = trained.parent / "assets" / "encoder_weights.pt"
    whole = encoder.read_bytes()
    encoder.write_bytes(whole[:-1])
    describe(trained, **{"decoder_weights.pt": write(trained, 1)})
    watched.ticks(2)
    assert watched.models == []
    encoder.write_bytes(whole)
    watched.clock.tick()
    assert watched.models[0].bundle.encoder is not None


def test_only_the_record_has_changed(trained):
    """More epochs are nothing to see at the point: the weights are what counts."""
    watched = Watched(trained)
    describe(trained, note="another")
    watched.ticks(3)
    assert watched.models == []
    assert watched.told == []


# --- the switch -----------------------------------------------------------------------------------


def test_switched_off_nothing_is_looked_at_and_switched_on_it_is_caught_up(tmp_path):
    path = tmp_path / "a.pt"
    write(path, 0)
    watched = Watched(path)
    watched.watch.set_enabled(False)
    assert watched.clock.waiting == {}
    write(path, 1)
    watched.watch.check()
    assert watched.models == []
    watched.watch.set_enabled(True)
    watched.ticks(3)
    assert len(watched.models) == 1


def test_stopped_it_waits_for_nothing(tmp_path):
    path = tmp_path / "a.pt"
    write(path, 0)
    watched = Watched(path)
    watched.watch.stop()
    assert watched.clock.waiting == {}


def test_a_look_at_what_is_gone_asks_for_another(tmp_path):
    assert not look(tmp_path / "none.pt", "0" * 64, 9).done
    assert stamp_of(tmp_path / "none.pt") == (None, None)


def test_the_new_weights_are_those_of_the_file(trained):
    state = foreign_state(3)
    save_state_dict(state, trained)
    found = look(trained, "0" * 64, PATIENCE).model
    np.testing.assert_array_equal(found.bundle.decoder["linear.bias"], state["linear.bias"].numpy())
