"""The program itself: its command line, its first seconds, its end, and its exit status."""

from __future__ import annotations

import gc
import os
import pickle
import shutil
import subprocess
import sys
import threading
import tkinter as tk
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import explorer.opening
import explorer.window
import gui
from explorer import session
from explorer.movie import MovieOptions
from explorer.preferences import load_preferences
from explorer.window import MainWindow
from tests.conftest import ROOT, exists
from tests.foreign import foreign_state
from tests.interaction import press

TIMEOUT_S = 120


class Program:
    """Runs the real main(); only the main loop is replaced, by one that follows a script."""

    def __init__(self, patch: pytest.MonkeyPatch, pump: Callable[..., None]) -> None:
        self.windows: list[MainWindow] = []
        self._script: Callable[[MainWindow], None] | None = None
        self._pump = pump
        program = self

        class RecordedWindow(MainWindow):
            def __init__(self, *arguments: object, **options: object) -> None:
                super().__init__(*arguments, **options)
                program.windows.append(self)

        patch.setattr(explorer.window, "MainWindow", RecordedWindow)
        patch.setattr(tk.Misc, "mainloop", lambda root, n=0: self._mainloop(root))

    def _mainloop(self, root: tk.Tk) -> None:
        if self._script is not None:
            self._script(self.windows[-1])
            self.windows[-1].close()
        self._pump(lambda: not exists(root), what="the window closes by itself")

    def run(self, *arguments: object, script: Callable[[MainWindow], None] | None = None) -> int:
        """The exit status. script: what the person does; without it the program must end itself."""
        self._script = script
        return gui.main([str(argument) for argument in arguments])

    def settle(self, window: MainWindow) -> None:
        """Wait until the window has loaded and drawn everything."""
        self._pump(lambda: window.settled, what="the window settles")


@pytest.fixture
def program(monkeypatch, pump) -> Program:
    return Program(monkeypatch, pump)


# --- in this process ------------------------------------------------------------------------------


def test_it_opens_the_shipped_weights_and_ends_with_status_0(program, weights_path, capsys):
    seen = []

    def use(window: MainWindow) -> None:
        program.settle(window)
        press(window.root, "8")
        program.settle(window)
        seen.append((window.model.bundle.path, window.state.z, tuple(window.model.presets[8])))

    assert program.run(script=use) == 0
    ((path, z, preset),) = seen
    assert path == weights_path
    assert z == pytest.approx(preset, abs=1e-5)
    assert capsys.readouterr() == ("", "")


def test_the_process_is_arranged_for_its_window_until_that_closes(program):
    """A collection that walks through PyTorch's objects would hold the window up by 0.1 s."""
    frozen, before = [], sys.getswitchinterval()

    def look(window: MainWindow) -> None:
        program.settle(window)
        frozen.append(gc.get_freeze_count())
        assert sys.getswitchinterval() < before

    assert program.run(script=look) == 0
    assert frozen[0] > 100_000
    assert gc.get_freeze_count() < frozen[0] // 100
    assert sys.getswitchinterval() == before


def test_page_theme_and_scaling_are_taken(program):
    seen = []

    def look(window: MainWindow) -> None:
        program.settle(window)
        page = window.notebook.index("current")
        seen.append((page, window.theme.mode, window.theme.px(100)))

    assert program.run("--page", "Morph", "--theme", "dark", "--scaling", 1.5, script=look) == 0
    assert seen == [(1, "dark", 150)]


def test_weights_and_session_are_taken(program, tmp_path):
    weights = tmp_path / "mine.pt"
    torch.save(foreign_state(latent=2, side=32), weights)
    saved = tmp_path / "session.json"

    def save(window: MainWindow) -> None:
        program.settle(window)
        window.state.set_z([1.5, -0.5])
        window.bookmark()
        window.files.save_session(saved)

    assert program.run("--weights", weights, script=save) == 0
    seen = []

    def look(window: MainWindow) -> None:
        program.settle(window)
        seen.append((window.state.z, len(window.state.bookmarks)))

    assert program.run("--weights", weights, "--session", saved, script=look) == 0
    assert seen == [((1.5, -0.5), 1)]


def test_the_tour_is_shown_at_the_first_start_only(program, weights_path):
    shown = []

    def look(window: MainWindow) -> None:
        program.settle(window)
        shown.append(window.tour.card is not None)
        if shown == [True]:
            press(window.sliders.sliders[0], "Right")  # it waits for nobody
            assert window.state.can_undo

    for _ in range(2):
        assert program.run(script=look) == 0
    assert shown == [True, False]


def test_the_tour_comes_again_when_it_is_asked_for(program, user_folder):
    def ask(window: MainWindow) -> None:
        program.settle(window)
        window.tour.end()
        assert window.tour.card is None
        window.menus.help.invoke("Tour")
        window.root.update()
        assert window.tour.card is not None

    assert program.run(script=ask) == 0
    assert load_preferences().tour_seen


def test_a_tour_that_cant_be_remembered_says_so(program, user_folder):
    user_folder.parent.mkdir(parents=True, exist_ok=True)
    user_folder.write_text("in the way")

    def skip(window: MainWindow) -> None:
        program.settle(window)
        window.tour.end()
        assert "come again" in window.status.message.cget("text")

    assert program.run(script=skip) == 0


def test_the_pages_work_without_presets_when_the_search_for_them_fails(program, monkeypatch):
    def fail(model, progress):
        raise RuntimeError("out of luck")

    monkeypatch.setattr(explorer.opening, "survey", fail)

    def use(window: MainWindow) -> None:
        program.settle(window)
        assert window.model.presets is None
        assert len(window.pages["sample"].points)
        press(window.root, "5")
        press(window.root, "r")
        program.settle(window)

    assert program.run(script=use) == 0


def bad_weights(kind: str, folder: Path, good: Path) -> Path:
    path = folder / "bad.pt"
    data = good.read_bytes()
    if kind == "folder":
        path.mkdir()
    elif kind == "empty":
        path.touch()
    elif kind == "truncated":
        path.write_bytes(data[: len(data) // 2])
    elif kind == "random":
        path.write_bytes(np.random.default_rng(0).bytes(5000))
    elif kind == "pickle":
        path.write_bytes(pickle.dumps(object(), protocol=2))
    elif kind == "NaN":
        state = foreign_state()
        state["linear.bias"][0] = float("nan")
        torch.save(state, path)
    return path


@pytest.mark.parametrize(
    "kind", ["missing", "folder", "empty", "truncated", "random", "pickle", "NaN"]
)
def test_bad_weights_on_the_command_line_end_it_with_status_2(
    program, tmp_path, weights_path, capsys, kind
):
    path = bad_weights(kind, tmp_path, weights_path)
    assert program.run("--weights", path) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert str(path) in err
    assert "Traceback" not in err
    assert len(err.strip().splitlines()) == 1


@pytest.mark.parametrize("content", [None, b"", b"{", b"[]", b'{"format": "other"}'])
def test_a_bad_session_on_the_command_line_ends_it_before_a_window_opens(
    program, tmp_path, capsys, content
):
    path = tmp_path / "session.json"
    if content is not None:
        path.write_bytes(content)
    assert program.run("--session", path) == 2
    assert str(path) in capsys.readouterr().err
    assert program.windows == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["--page", "nowhere"],
        ["--theme", "blue"],
        ["--scaling", "0"],
        ["--scaling", "inf"],
        ["--scaling", "nan"],
        ["--scaling", "big"],
        ["--weights"],
        ["--unknown"],
        ["surplus"],
    ],
)
def test_a_wrong_command_line_is_status_2(capsys, arguments):
    with pytest.raises(SystemExit) as ended:
        gui.parse_arguments(arguments)
    assert ended.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_missing_default_weights_leave_a_window_that_can_open_others(
    program, monkeypatch, tmp_path, dialogs, weights_path
):
    monkeypatch.setattr(gui, "DEFAULT_WEIGHTS", tmp_path / "none.pt")
    seen = []

    def use(window: MainWindow) -> None:
        program._pump(lambda: dialogs.errors)
        assert "train.py" in dialogs.errors.pop()
        for key in ("r", "3", "b", "Home", "Control-c", "Control-v", "Control-e", "Control-s"):
            press(window.root, key)
        press(window.sliders.sliders[0], "Right")
        for page in window.pages.values():
            window.show_page(page.name)
            window.root.update()
        window.pages["sample"].resample_button.invoke()
        window.pages["morph"].play_button.invoke()
        window.pages["morph"].export(MovieOptions("gif"))
        window.pages["arithmetic"].use_button.invoke()
        for button in window.point.buttons.values():
            button.invoke()
        window.open_weights(weights_path)
        program.settle(window)
        seen.append(window.model.bundle.path)

    assert program.run(script=use) == 0
    assert seen == [weights_path]


def test_a_screenshot_that_cant_be_written_is_status_2(program, tmp_path, capsys):
    assert program.run("--screenshot", tmp_path / "none" / "a.png") == 2
    assert "a.png" in capsys.readouterr().err
    (tmp_path / "folder.png").mkdir()
    assert program.run("--screenshot", tmp_path / "folder.png") == 2


def test_a_screenshot_of_bad_weights_is_status_2_and_no_picture(program, tmp_path, capsys):
    picture = tmp_path / "a.png"
    assert program.run("--weights", tmp_path / "none.pt", "--screenshot", picture) == 2
    assert "none.pt" in capsys.readouterr().err
    assert not picture.exists()


# --- closing --------------------------------------------------------------------------------------


def workers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "worker"]


def test_closing_while_the_model_loads(program):
    before = len(workers())
    assert program.run(script=lambda window: window.root.update()) == 0
    assert len(workers()) == before


def test_closing_during_an_export_leaves_nothing(program, tmp_path, dialogs):
    def use(window: MainWindow) -> None:
        program.settle(window)
        page = window.pages["morph"]
        page.apply_settings({"seconds": 4.0})
        dialogs.path = tmp_path / "morph.gif"
        page.export(MovieOptions("gif", scale=12, fps=50))
        program._pump(lambda: window.status._progress["value"] > 0)

    before = len(workers())
    assert program.run(script=use) == 0
    assert list(tmp_path.iterdir()) == []
    assert len(workers()) == before


def test_closing_during_a_movement_a_drag_and_an_open_value_field(program):
    def use(window: MainWindow) -> None:
        program.settle(window)
        slider = window.sliders.sliders[0]
        slider.event_generate("<ButtonPress-1>", x=150, y=17)
        slider.event_generate("<B1-Motion>", x=160, y=17)
        window.sliders.sliders[1].edit()
        window.go_to_preset(2)
        window.close()

    assert program.run(script=use) == 0


def test_a_redraw_that_waits_goes_with_the_window(program, root, capfd):
    def use(window: MainWindow) -> None:
        program.settle(window)
        window.reset()

    assert program.run(script=use) == 0
    root.update()  # the idle work of all windows of the process
    assert "invalid command name" not in capfd.readouterr().err


def test_the_close_button_and_ctrl_q_close(program):
    def by_key(window: MainWindow) -> None:
        program.settle(window)
        window.root.focus_force()
        window.root.update()
        window.root.event_generate("<Control-q>")
        assert not exists(window.root)

    def by_button(window: MainWindow) -> None:
        window.root.tk.eval(window.root.protocol("WM_DELETE_WINDOW"))
        assert not exists(window.root)

    assert program.run(script=by_key) == 0
    assert program.run(script=by_button) == 0


# --- weights opened while others are being opened -------------------------------------------------


def test_other_weights_that_fail_while_the_first_are_surveyed_leave_working_pages(
    program, tmp_path, dialogs
):
    def use(window: MainWindow) -> None:
        program._pump(lambda: window.model is not None)
        window.open_weights(tmp_path / "none.pt")
        program._pump(lambda: dialogs.errors)
        assert "none.pt" in dialogs.errors.pop()
        program.settle(window)
        assert window.model.presets is not None
        assert window.point.classes.count == 10
        assert window.pages["sample"].grid_view.count == window.pages["sample"].request.count
        assert window.pages["morph"].film.count > 0

    assert program.run(script=use) == 0


def test_of_two_weights_opened_at_once_the_last_wins(program, tmp_path, weights_path):
    torch.save(foreign_state(latent=2, side=32), tmp_path / "a.pt")
    torch.save(foreign_state(latent=3, side=32), tmp_path / "b.pt")

    def use(window: MainWindow) -> None:
        program._pump(lambda: window.worker.busy, what="the first weights are being opened")
        window.open_weights(tmp_path / "a.pt")
        window.open_weights(tmp_path / "b.pt")
        program.settle(window)
        assert window.model.latent_dim == 3 == len(window.sliders.sliders)

    assert program.run(script=use) == 0


# --- in a process of its own ----------------------------------------------------------------------


def start(*arguments: object, **options: object) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        **options,
    )


def test_help_imports_nothing_heavy():
    result = start("-X", "importtime", "gui.py", "--help")
    assert result.returncode == 0
    for option in ("--weights", "--session", "--page", "--theme", "--scaling", "--screenshot"):
        assert option in result.stdout
    imported = {line.rpartition("|")[2].strip() for line in result.stderr.splitlines()}
    assert "argparse" in imported
    assert not imported & {"torch", "numpy", "tkinter", "PIL", "ttkbootstrap", "vae"}
    ours = {name for name in imported if name.partition(".")[0] == "explorer"}
    assert ours == {"explorer", "explorer.page_names"}


@pytest.mark.parametrize("module", ["tkinter", "ttkbootstrap", "numpy", "PIL"])
def test_a_missing_package_is_named(module):
    code = f"import sys; sys.modules[{module!r}] = None; import gui; sys.exit(gui.main([]))"
    result = start("-c", code)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
    assert module in result.stderr
    assert "install" in result.stderr


@pytest.mark.skipif("sys.platform in ('win32', 'darwin')", reason="there is always a screen")
@pytest.mark.parametrize("screen", [None, ":987"])
def test_no_display_is_status_2_and_tells_what_to_do(screen):
    environment = {key: value for key, value in os.environ.items() if key != "DISPLAY"}
    if screen is not None:
        environment["DISPLAY"] = screen
    result = start("gui.py", env=environment)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
    assert "xvfb-run" in result.stderr


def test_a_screenshot_shows_the_whole_window(tmp_path, weights_path):
    pictures = []
    for page, theme in (("sample", "light"), ("arithmetic", "dark")):
        path = tmp_path / f"{page}.png"
        result = start(
            *("gui.py", "--weights", weights_path, "--page", page, "--theme", theme),
            *("--screenshot", path),
        )
        assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
        with Image.open(path) as image:
            assert image.format == "PNG"
            pictures.append(np.asarray(image.convert("L")))
    light, dark = pictures
    for picture in pictures:
        assert picture.shape == (800, 1280)
        assert picture[:, 100:400].std() > 20  # the digit on the left
        assert picture[200:700, 600:1200].std() > 10  # the page on the right
    assert np.median(light) > 200
    assert np.median(dark) < 60


FIRST_SECONDS = """
import sys
from pathlib import Path
from explorer.theme import create_root
from explorer.window import MainWindow

window = MainWindow(create_root("Test"), Path(sys.argv[1]))
assert "torch" not in sys.modules
assert window.root.winfo_ismapped()
window.root.update_idletasks()
assert "Loading" in window.digit.itemcget(window.digit._text, "text")
assert "torch" not in sys.modules
while not window.settled:
    window.root.update()
assert "torch" in sys.modules
assert "torchvision" not in sys.modules
assert "matplotlib" not in sys.modules
window.close()
"""


def test_the_window_is_there_before_torch_and_says_that_it_loads(weights_path):
    result = start("-c", FIRST_SECONDS, weights_path)
    assert (result.returncode, result.stderr) == (0, "")


def test_two_programs_at_once_do_not_disturb_each_other(tmp_path, weights_path):
    running = [
        subprocess.Popen(
            [sys.executable, "gui.py", "--weights", weights_path, "--screenshot", path],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
        )
        for path in (tmp_path / "a.png", tmp_path / "b.png")
    ]
    ends = [(process.communicate(timeout=TIMEOUT_S)[1], process.returncode) for process in running]
    assert ends == [("", 0), ("", 0)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "b.png"]


PASTE = """
import json, sys
from pathlib import Path
from explorer.theme import create_root
from explorer.window import MainWindow

window = MainWindow(create_root("Other"), Path(sys.argv[1]))
while not window.settled:
    window.root.update()
print(json.dumps(window.clipboard.clipboard_vector()))
window.close()
"""


def test_a_vector_copied_in_one_program_is_pasted_in_another(program, weights_path, pump):
    def use(window: MainWindow) -> None:
        program.settle(window)
        window.state.set_z([1, 2, 3, -1, -2, -3.5])
        window.clipboard.copy_vector()
        other = subprocess.Popen(
            [sys.executable, "-c", PASTE, weights_path], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        pump(lambda: other.poll() is not None, timeout_s=TIMEOUT_S)
        assert other.communicate()[0].strip() == "[1.0, 2.0, 3.0, -1.0, -2.0, -3.5]"

    assert program.run(script=use) == 0


def test_two_windows_that_save_the_same_session_leave_a_whole_one(program, tmp_path, weights_path):
    path = tmp_path / "session.json"

    def use(window: MainWindow) -> None:
        program.settle(window)
        threads = [
            threading.Thread(
                target=session.save_session,
                args=(
                    session.Session(
                        z=(float(number),) * 6,
                        locks=frozenset(),
                        bookmarks=(),
                        pages={},
                        weights_sha256=window.model.bundle.sha256,
                        weights_name="a.pt",
                    ),
                    path,
                ),
            )
            for number in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(set(session.load_session(path).z)) == 1
        assert [item.name for item in tmp_path.iterdir()] == ["session.json"]

    assert program.run(script=use) == 0


def test_it_runs_from_another_folder_and_with_a_relative_path(tmp_path, weights_path):
    shutil.copy(weights_path, tmp_path / "mine.pt")
    result = subprocess.run(
        [sys.executable, ROOT / "gui.py", "--weights", "mine.pt", "--screenshot", "a.png"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert (tmp_path / "a.png").exists()
