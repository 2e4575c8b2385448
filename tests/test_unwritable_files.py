"""Files that cannot be written, on every page that saves one: told, and nothing lost."""

from __future__ import annotations

import getpass
import os
import platform
import re
from pathlib import Path

import pytest
from PIL import Image

from explorer.map_dialog import SaveOptions
from explorer.movie import MovieOptions
from tests.bad_input_parts import fill_the_sheet, unchanged
from tests.interaction import press

__all__ = ["unchanged"]


@pytest.fixture(params=["no folder", "a folder", "under a file"])
def unwritable(request, tmp_path):
    """Gives a path with a suffix that can't be written, and looks afterwards that nothing was."""

    def path(suffix: str) -> Path:
        if request.param == "no folder":
            return tmp_path / "none" / f"a{suffix}"
        if request.param == "a folder":
            (tmp_path / f"a{suffix}").mkdir()
            return tmp_path / f"a{suffix}"
        (tmp_path / "file").touch()
        return tmp_path / "file" / f"a{suffix}"

    yield path
    rest = [item for item in tmp_path.rglob("*") if item.is_file() and item.name != "file"]
    assert rest == []


def test_a_session_that_cant_be_saved_is_told(window, unchanged, dialogs, unwritable):
    dialogs.path = unwritable(".json")
    press(window.root, "Control-s")
    assert str(dialogs.path) in dialogs.errors.pop()
    assert window.status.is_error


def test_a_digit_that_cant_be_exported_is_told(window, unchanged, dialogs, unwritable, settle):
    dialogs.path = unwritable(".png")
    window.files.ask_export()
    window.files.export_dialog.save_button.invoke()
    settle()
    assert str(dialogs.path) in dialogs.errors.pop()


@pytest.mark.parametrize(("kind", "suffix"), [("gif", ".gif"), ("strip", ".png")])
def test_a_morph_that_cant_be_exported_is_told(
    window, unchanged, dialogs, unwritable, settle, kind, suffix
):
    dialogs.path = unwritable(suffix)
    window.pages["morph"].export(MovieOptions(kind))
    settle()
    assert str(dialogs.path) in dialogs.errors.pop()
    assert window.status.cancel_button.winfo_manager() == ""


def save_the_map(window, settle) -> None:
    window.show_page("map")
    window.root.update()
    settle()
    window.pages["map"].saving.save(SaveOptions(400))


def save_the_drawing(window, settle) -> None:
    fill_the_sheet(window.pages["draw"], settle)
    window.pages["draw"].sources.save_button.invoke()


def save_the_edit(window, settle) -> None:
    page = window.pages["draw"]
    window.show_page("draw")
    window.root.update()
    fill_the_sheet(page, settle)
    page.view_buttons["edit"].invoke()
    window.root.update()
    settle()
    page.views["edit"].save_button.invoke()


SAVES = [save_the_map, save_the_drawing, save_the_edit]


@pytest.mark.parametrize("save", SAVES)
def test_a_picture_that_cant_be_saved_is_told(window, dialogs, unwritable, settle, save):
    dialogs.path = unwritable(".png")
    save(window, settle)
    settle()
    assert str(dialogs.path) in dialogs.errors.pop()
    assert window.status.cancel_button.winfo_manager() == ""


@pytest.mark.parametrize("save", SAVES)
def test_a_disk_that_is_full_leaves_the_earlier_picture(
    window, dialogs, tmp_path, settle, monkeypatch, save
):
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    dialogs.path = tmp_path / "a.png"
    dialogs.path.write_bytes(b"earlier")
    monkeypatch.setattr(os, "fsync", full)
    save(window, settle)
    settle()
    assert "full" in dialogs.errors.pop()
    assert dialogs.path.read_bytes() == b"earlier"
    assert list(tmp_path.iterdir()) == [dialogs.path]


@pytest.mark.parametrize("save", SAVES)
def test_a_saved_picture_tells_nothing_of_the_machine(window, dialogs, tmp_path, settle, save):
    dialogs.path = tmp_path / "a.png"
    save(window, settle)
    settle()
    with Image.open(dialogs.path) as image:
        image.load()
        texts = " ".join(f"{key} {value}" for key, value in image.info.items())
    private = (tmp_path, window.model.bundle.path, Path.home(), Path.cwd())
    content = dialogs.path.read_bytes()
    for path in private:
        assert str(path) not in texts
        assert os.fsencode(path) not in content
    for name in (platform.node(), getpass.getuser()):
        assert not re.search(rf"\b{re.escape(name)}\b", texts)


@pytest.mark.parametrize("suffix", ["", ".txt", ".jpg"])
def test_an_export_with_another_suffix_is_told(
    window, unchanged, dialogs, tmp_path, settle, suffix
):
    dialogs.path = tmp_path / f"picture{suffix}"
    window.files.export_digit(dialogs.path, 2, False)
    window.pages["morph"].export(MovieOptions("gif"))
    settle()
    assert len(dialogs.errors) == 2
    dialogs.errors.clear()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is full")
def test_a_full_disk_is_told(window, unchanged, dialogs, tmp_path, settle):
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", full)
        window.files.export_digit(tmp_path / "a.png", 2, False)
        settle()
        window.files.save_session(tmp_path / "a.json")
    assert len(dialogs.errors) == 2
    assert "full" in dialogs.errors[0]
    dialogs.errors.clear()
    assert list(tmp_path.iterdir()) == []
