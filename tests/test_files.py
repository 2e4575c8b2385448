"""Writing files whole or not at all."""

from __future__ import annotations

import hashlib
import json
import math
import os
import stat
from pathlib import Path

import pytest

from vae.files import atomic_folder, atomic_path, atomic_write, sha256_of, write_json


def write(path, data: bytes) -> None:
    with atomic_write(path) as file:
        file.write(data)


def write_and_fail(path, error: BaseException) -> None:
    with atomic_write(path) as file:
        file.write(b"half")
        raise error


def test_a_file_is_written_and_nothing_beside_it(tmp_path):
    path = tmp_path / "a.bin"
    write(path, b"content")
    assert path.read_bytes() == b"content"
    assert os.listdir(tmp_path) == ["a.bin"]


def test_the_old_file_is_there_until_the_new_one_is_complete(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    with atomic_write(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("error", [RuntimeError(), KeyboardInterrupt(), OSError(28, "full")])
def test_a_failure_leaves_the_old_file_and_no_rest(tmp_path, error):
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    with pytest.raises(type(error)):
        write_and_fail(path, error)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.bin"]


def test_a_missing_folder_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        write(tmp_path / "none" / "a.bin", b"")


def test_a_target_that_is_a_folder_is_an_os_error_and_leaves_no_rest(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="folder"):
        write(tmp_path / "folder", b"")
    assert os.listdir(tmp_path) == ["folder"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no permission bits")
def test_permissions_are_those_of_a_plain_file(tmp_path):
    old = tmp_path / "old"
    old.write_bytes(b"")
    old.chmod(0o640)
    write(old, b"new")
    assert stat.S_IMODE(old.stat().st_mode) == 0o640
    plain, new = tmp_path / "plain", tmp_path / "new"
    plain.write_bytes(b"")
    write(new, b"")
    assert stat.S_IMODE(new.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)


def test_a_path_is_for_another_program_to_write(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    with atomic_path(path) as name:
        name.write_bytes(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["a.bin"]


def fill_and_fail(path, error: BaseException) -> None:
    with atomic_folder(path) as folder:
        (folder / "half").write_bytes(b"half")
        raise error


def test_a_folder_is_there_only_when_it_is_complete(tmp_path):
    path = tmp_path / "frames"
    with atomic_folder(path) as folder:
        for name in ("1", "2"):
            (folder / name).write_text(name)
        assert not path.exists()
    assert sorted(os.listdir(path)) == ["1", "2"]
    assert os.listdir(tmp_path) == ["frames"]
    (tmp_path / "plain").mkdir()
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE((tmp_path / "plain").stat().st_mode)


@pytest.mark.parametrize("error", [RuntimeError(), KeyboardInterrupt(), OSError(28, "full")])
def test_a_folder_that_fails_leaves_nothing(tmp_path, error):
    with pytest.raises(type(error)):
        fill_and_fail(tmp_path / "frames", error)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("kind", ["file", "empty folder", "dead link"])
def test_a_folder_never_takes_the_place_of_what_is_there(tmp_path, kind):
    path = tmp_path / "frames"
    if kind == "file":
        path.write_bytes(b"old")
    elif kind == "empty folder":
        path.mkdir()
    else:
        path.symlink_to("nowhere")
    with pytest.raises(FileExistsError), atomic_folder(path):
        pass
    assert os.listdir(tmp_path) == ["frames"]


def test_json_reads_back(tmp_path):
    value = {"list": [1, 2.5, None, True], "text": "Zürich"}
    write_json(tmp_path / "a.json", value)
    assert json.loads((tmp_path / "a.json").read_text()) == value


@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_json_without_standard_numbers_is_refused_and_changes_nothing(tmp_path, number):
    path = tmp_path / "a.json"
    write_json(path, 1)
    with pytest.raises(ValueError, match="JSON"):
        write_json(path, [number])
    assert json.loads(path.read_text()) == 1
    assert os.listdir(tmp_path) == ["a.json"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no named pipes")
def test_what_may_have_no_end_has_no_fingerprint(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero"), tmp_path):
        with pytest.raises(OSError, match="regular file"):
            sha256_of(path)


@pytest.mark.parametrize("size", [0, 1, 1 << 20, (1 << 20) + 1])
def test_the_fingerprint_is_that_of_the_bytes(tmp_path, size):
    data = bytes(range(256)) * (size // 256 + 1)
    path = tmp_path / "a.bin"
    path.write_bytes(data[:size])
    assert sha256_of(path) == hashlib.sha256(data[:size]).hexdigest()
