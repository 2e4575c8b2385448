"""Kept statistics: read again where they belong, computed where they do not or cannot be read."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from explorer import kept_statistics
from explorer.kept_statistics import FOLDER, IN_MEMORY, MAX_FILES, KeptStatistics, Key
from vae.aggregate import LatentSummary, PriorMatch, prior_match, summarise

KEY = Key("ab" * 32, n=200, seed=3, version=1)


@dataclass(frozen=True, eq=False)
class Figures:
    values: np.ndarray
    count: int
    share: float
    sure: bool
    word: str


@dataclass(frozen=True, eq=False)
class Others:
    values: np.ndarray


class Counter:
    """Computes figures, and counts how often."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self) -> Figures:
        self.calls += 1
        values = np.array([[1.5, np.nan], [np.inf, -0.0]])
        return Figures(values, self.calls, float("inf"), True, "näher als 0,1")


@pytest.fixture
def compute() -> Counter:
    return Counter()


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def same(first: object, second: object) -> bool:
    """Whether two statistics agree in every bit."""
    pairs = zip(vars(first).values(), vars(second).values(), strict=True)
    return type(first) is type(second) and all(
        type(a) is type(b) and np.array_equal(a, b, equal_nan=np.asarray(a).dtype.kind == "f")
        for a, b in pairs
    )


def test_what_was_computed_once_is_read_in_the_next_window(compute, user_folder):
    first = KeptStatistics().get(Figures, KEY, compute)
    second = KeptStatistics().get(Figures, KEY, compute)
    assert compute.calls == 1
    assert same(first, second)
    assert second.word == "näher als 0,1"
    assert len(files(user_folder / FOLDER)) == 1


def test_in_one_window_it_is_at_hand_at_once(compute, tmp_path):
    kept = KeptStatistics(tmp_path / "kept")
    assert kept.at_hand(Figures, KEY) is None
    found = kept.get(Figures, KEY, compute)
    for path in files(tmp_path / "kept"):
        path.unlink()
    assert kept.get(Figures, KEY, compute) is found is kept.at_hand(Figures, KEY)


def test_what_was_not_computed_is_not_found_and_not_computed_either(compute, tmp_path):
    assert KeptStatistics(tmp_path).find(Figures, KEY) is None
    KeptStatistics(tmp_path).get(Figures, KEY, compute)
    kept = KeptStatistics(tmp_path)
    found = kept.find(Figures, KEY)
    assert found.count == 1
    assert kept.at_hand(Figures, KEY) is found
    assert kept.find(Others, KEY) is None


@pytest.mark.parametrize("other", [{"sha256": "cd" * 32}, {"n": 201}, {"seed": 4}, {"version": 2}])
def test_what_belongs_to_something_else_is_computed(compute, tmp_path, other):
    kept = KeptStatistics(tmp_path)
    kept.get(Figures, KEY, compute)
    assert kept.get(Figures, replace(KEY, **other), compute).count == 2
    assert kept.get(Figures, KEY, compute).count == 1


def test_two_kinds_of_one_key_do_not_meet(compute, tmp_path):
    kept = KeptStatistics(tmp_path)
    kept.get(Figures, KEY, compute)
    others = kept.get(Others, KEY, lambda: Others(np.zeros(3)))
    assert type(others) is Others
    assert len(files(tmp_path)) == 2


def test_the_real_statistics_survive(tmp_path):
    rng = np.random.default_rng(0)
    mu, std = rng.standard_normal((200, 3)), np.full((200, 3), 0.2)
    for kind, result in (
        (LatentSummary, summarise(mu, std, np.arange(200) % 2, 3)),  # one class has no images
        (PriorMatch, prior_match(mu, std)),
    ):
        KeptStatistics(tmp_path).get(kind, KEY, lambda result=result: result)
        read = KeptStatistics(tmp_path).get(kind, KEY, lambda: pytest.fail("computed again"))
        assert same(read, result)


def damages() -> dict[str, object]:
    def cut(data: bytes) -> bytes:
        return data[: len(data) // 2]

    def flipped(data: bytes) -> bytes:
        middle = data.index(b"field_values") + 120  # in the compressed numbers
        return data[:middle] + bytes([data[middle] ^ 0xFF]) + data[middle + 1 :]

    return {"cut": cut, "flipped": flipped, "empty": lambda _: b"", "text": lambda _: b"hello"}


@pytest.mark.parametrize("damage", damages().values(), ids=damages())
def test_a_damaged_file_is_computed_again_and_replaced(compute, tmp_path, damage):
    KeptStatistics(tmp_path).get(Figures, KEY, compute)
    (path,) = files(tmp_path)
    path.write_bytes(damage(path.read_bytes()))
    assert KeptStatistics(tmp_path).get(Figures, KEY, compute).count == 2
    assert KeptStatistics(tmp_path).get(Figures, KEY, compute).count == 2


def rewrite(path: Path, **changes: object) -> None:
    with np.load(path) as archive:
        arrays = {name: archive[name] for name in archive.files}
    arrays |= {name: np.array(value) for name, value in changes.items()}
    np.savez(path, **{name: array for name, array in arrays.items() if array.shape != (0, 0)})


@pytest.mark.parametrize(
    "changes",
    [
        {"format": "another program"},
        {"kind": "Others"},
        {"sha256": "cd" * 32},
        {"version": [1, 1]},
        {"version": "1"},
        {"field_count": "many"},
        {"field_count": [1, 2]},
        {"field_more": 1.0},
        {"field_word": np.zeros((0, 0))},  # taken out
    ],
)
def test_a_foreign_file_of_that_name_is_computed_again(compute, tmp_path, changes):
    KeptStatistics(tmp_path).get(Figures, KEY, compute)
    (path,) = files(tmp_path)
    rewrite(path, **changes)
    assert KeptStatistics(tmp_path).get(Figures, KEY, compute).count == 2


def test_code_in_a_file_is_never_run(compute, tmp_path):
    class Bomb:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "exploded"),)

    KeptStatistics(tmp_path).get(Figures, KEY, compute)
    (path,) = files(tmp_path)
    with np.load(path) as archive:
        arrays = {name: archive[name] for name in archive.files}
    np.savez(path, **arrays | {"field_values": np.array([Bomb()], dtype=object)})
    assert KeptStatistics(tmp_path).get(Figures, KEY, compute).count == 2
    assert not (tmp_path / "exploded").exists()


def test_a_full_disk_is_no_reason_not_to_answer(compute, tmp_path, monkeypatch):
    def full(*_args: object, **_arrays: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(kept_statistics.np, "savez_compressed", full)
    kept = KeptStatistics(tmp_path)
    assert kept.get(Figures, KEY, compute) is kept.get(Figures, KEY, compute)
    assert files(tmp_path) == []  # not a half file either


def test_a_file_where_the_folder_should_be_is_left_alone(compute, tmp_path):
    (tmp_path / "taken").write_text("mine")
    assert KeptStatistics(tmp_path / "taken").get(Figures, KEY, compute).count == 1
    assert (tmp_path / "taken").read_text() == "mine"


def test_the_files_that_nobody_looked_at_go_first(compute, tmp_path):
    kept = KeptStatistics(tmp_path)
    keys = [replace(KEY, seed=seed) for seed in range(MAX_FILES)]
    for age, key in enumerate(keys):
        kept.get(Figures, key, compute)
        newest = max(files(tmp_path), key=lambda path: path.stat().st_mtime_ns)
        os.utime(newest, (1000 + age, 1000 + age))
    KeptStatistics(tmp_path).get(Figures, keys[0], compute)  # looked at now
    kept.get(Figures, replace(KEY, seed=MAX_FILES), compute)
    assert len(files(tmp_path)) == MAX_FILES
    counted = compute.calls
    KeptStatistics(tmp_path).get(Figures, keys[0], compute)
    assert compute.calls == counted
    KeptStatistics(tmp_path).get(Figures, keys[1], compute)
    assert compute.calls == counted + 1


def test_memory_is_bounded_too(compute, tmp_path):
    kept = KeptStatistics(tmp_path)
    for seed in range(IN_MEMORY + 1):
        kept.get(Figures, replace(KEY, seed=seed), compute)
    at_hand = [kept.at_hand(Figures, replace(KEY, seed=s)) for s in range(IN_MEMORY + 1)]
    assert at_hand[0] is None
    assert all(at_hand[1:])


def test_an_error_is_passed_on_and_nothing_is_kept(tmp_path):
    def fail() -> Figures:
        raise ValueError("no images")

    kept = KeptStatistics(tmp_path)
    with pytest.raises(ValueError, match="no images"):
        kept.get(Figures, KEY, fail)
    assert files(tmp_path) == []
    assert kept.at_hand(Figures, KEY) is None


def test_what_cannot_be_read_again_is_an_error_of_the_programmer(tmp_path):
    with pytest.raises(TypeError, match=r"Others\.values"):
        KeptStatistics(tmp_path).get(Others, KEY, lambda: Others([object()]))
