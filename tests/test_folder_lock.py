"""Of two trainings in one folder the second is refused; one that is killed leaves no lock."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from vae import folder_lock
from vae.folder_lock import FolderInUseError, alone_in
from vae.run_files import LOCK

ROOT = Path(__file__).resolve().parent.parent

HOLDER = (
    "import pathlib, sys\n"
    "from vae.folder_lock import alone_in\n"
    "with alone_in(pathlib.Path(sys.argv[1])):\n"
    "    print('held', flush=True)\n"
    "    sys.stdin.read()"
)


@contextlib.contextmanager
def held_by_another_process(folder: Path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


def files_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_the_second_is_refused_and_told_what_to_do(tmp_path):
    with held_by_another_process(tmp_path):
        before = files_in(tmp_path)
        with pytest.raises(FolderInUseError) as refused, alone_in(tmp_path):
            pytest.fail("both have it")
        assert str(tmp_path) in str(refused.value)
        assert "stop it" in str(refused.value)
        assert "choose another folder" in str(refused.value)
        assert files_in(tmp_path) == before == {LOCK}


def test_it_is_refused_within_a_process_too(tmp_path):
    with alone_in(tmp_path):
        with pytest.raises(FolderInUseError), alone_in(tmp_path):
            pytest.fail("both have it")
        with pytest.raises(FolderInUseError), alone_in(tmp_path):  # the refusal has freed nothing
            pytest.fail("both have it")
    with alone_in(tmp_path):
        pass


def test_nothing_is_left_of_one_that_has_ended(tmp_path):
    with pytest.raises(ZeroDivisionError), alone_in(tmp_path):
        raise ZeroDivisionError
    assert files_in(tmp_path) == set()
    with alone_in(tmp_path):
        assert files_in(tmp_path) == {LOCK}
    assert files_in(tmp_path) == set()


def test_one_that_was_killed_is_in_nobodys_way(tmp_path):
    with held_by_another_process(tmp_path) as process:
        process.kill()
        process.wait()
        assert files_in(tmp_path) == {LOCK}  # nobody was there to remove it
        with alone_in(tmp_path):
            pass
    assert files_in(tmp_path) == set()


def test_folders_do_not_mind_one_another(tmp_path):
    with alone_in(tmp_path / "a"), alone_in(tmp_path / "b"):
        assert files_in(tmp_path) == {f"a/{LOCK}", f"b/{LOCK}"}


@pytest.mark.skipif(os.name == "nt", reason="there a file that is open can't be removed")
def test_a_lock_on_a_file_that_was_removed_meanwhile_is_no_lock(tmp_path, monkeypatch):
    """Its holder ends between our opening and our locking of it, and a third one comes."""
    lock, third = folder_lock._lock, contextlib.ExitStack()
    first = contextlib.ExitStack()
    first.enter_context(alone_in(tmp_path))

    def late(descriptor: int) -> None:
        monkeypatch.setattr(folder_lock, "_lock", lock)
        first.close()
        third.enter_context(alone_in(tmp_path))
        lock(descriptor)

    monkeypatch.setattr(folder_lock, "_lock", late)
    with third, pytest.raises(FolderInUseError), alone_in(tmp_path):
        pytest.fail("both have it")


def test_of_many_at_once_one_has_it_at_any_time(tmp_path):
    """Taken and given back in turn, the file is removed and made again all the time."""
    inside, most, taken = 0, 0, 0
    counting, start = threading.Lock(), threading.Barrier(4)

    def work() -> None:
        nonlocal inside, most, taken
        start.wait()
        mine = 0
        while mine < 50:
            with contextlib.suppress(FolderInUseError), alone_in(tmp_path):
                mine += 1
                with counting:
                    inside, taken = inside + 1, taken + 1
                    most = max(most, inside)
                with counting:
                    inside -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (most, taken, inside) == (1, 200, 0)
    assert files_in(tmp_path) == set()


def test_a_folder_that_cannot_be_written_to_is_left_to_whoever_writes(tmp_path):
    (tmp_path / "file").write_text("in the way")
    ran = False
    with alone_in(tmp_path / "file"):
        ran = True
    assert ran
    assert files_in(tmp_path) == {"file"}


def test_a_file_system_without_locks_does_not_prevent_training(tmp_path, monkeypatch):
    def unknown(descriptor: int) -> None:
        raise OSError(folder_lock.errno.ENOLCK, "No locks available")

    monkeypatch.setattr(folder_lock, "_lock", unknown)
    ran = False
    with alone_in(tmp_path):
        ran = True
    assert ran


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="only Linux tells its files")
def test_no_file_stays_open(tmp_path):
    def is_open() -> bool:
        links = (os.path.join("/proc/self/fd", name) for name in os.listdir("/proc/self/fd"))
        return any(
            os.readlink(link).startswith(str(tmp_path)) for link in links if os.path.exists(link)
        )

    with alone_in(tmp_path):
        assert is_open()
        with contextlib.suppress(FolderInUseError), alone_in(tmp_path):
            pytest.fail("both have it")
    assert not is_open()
