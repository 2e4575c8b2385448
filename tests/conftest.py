"""What every test may rely on: a screen, and that no error passes unseen."""

from __future__ import annotations

import contextlib
import gc
import inspect
import logging
import time
import tkinter as tk
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import numpy as np
import pytest

from explorer.userdata import FOLDER_VARIABLE
from explorer.worker import Worker
from tools.display import DisplayError, virtual_display

if TYPE_CHECKING:
    from explorer.model import LoadedModel
    from explorer.theme import Theme
    from explorer.window import MainWindow
    from tests.draw_parts import Desk
    from vae.directions import Direction

ROOT = Path(__file__).resolve().parent.parent

POLL_INTERVAL_S = 0.002  # between two looks at a condition; leaves the processor to the worker
# Only a failing test waits this long. Beside a training and other tests, what takes a second when
# the machine is idle has taken ten.
PUMP_TIMEOUT_S = 120.0

# A deadline per example would fail the tests of whoever's machine is busy with something else.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")


@pytest.fixture(scope="session", autouse=True)
def nobodys_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nothing of the person who runs the tests is touched, by fixtures of any scope."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FOLDER_VARIABLE, str(tmp_path_factory.mktemp("nobody")))
        yield


@pytest.fixture(autouse=True)
def user_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A per-user folder of the test's own, not there at its start; apart from its `tmp_path`."""
    folder = tmp_path_factory.mktemp("person") / "user data"
    monkeypatch.setenv(FOLDER_VARIABLE, str(folder))
    return folder


@pytest.fixture(scope="session", autouse=True)
def display() -> Iterator[str]:
    """A private screen for the whole run. A run without one is ended, never quietly shortened."""
    try:
        with virtual_display() as name:
            yield name
    except DisplayError as error:
        pytest.exit(f"the tests need a screen.\n{error}", returncode=2)


class Interpreters:
    """Every Tk interpreter that has been made in this run, and what went wrong in them."""

    def __init__(self) -> None:
        self.roots: list[tk.Tk] = []
        self.errors: list[str] = []

    def add(self, root: tk.Tk) -> None:
        self.roots.append(root)
        # An error in a Tcl script (for example a timer that outlived its widget) reaches no Python
        # code; Tk would open a dialog for it and wait there.
        command = root.register(lambda message, _options: self.errors.append(f"Tcl: {message}"))
        root.tk.call("interp", "bgerror", "", command)

    def record(self, kind: type[BaseException], error: BaseException, trace: object) -> None:
        self.errors.append("".join(traceback.format_exception(kind, error, trace)))

    def alive(self) -> list[tk.Tk]:
        self.roots = [root for root in self.roots if exists(root)]
        return list(self.roots)

    def windows(self) -> list[tk.Misc]:
        """The main windows and their Toplevels, the youngest last."""
        return [
            window
            for root in self.alive()
            for window in (root, *(child for child in descendants(root) if is_window(child)))
        ]


def exists(widget: tk.Misc) -> bool:
    """Whether the widget and the interpreter it lives in are both still there."""
    try:
        return bool(widget.winfo_exists())
    except tk.TclError:
        return False


def descendants(widget: tk.Misc) -> Iterator[tk.Misc]:
    for child in widget.winfo_children():
        yield child
        yield from descendants(child)


def is_window(widget: tk.Misc) -> bool:
    return isinstance(widget, tk.Toplevel)


@pytest.fixture(scope="session")
def interpreters(display: str) -> Iterator[Interpreters]:
    """The watch on Tk, set before the first window of the session is made."""
    watched = Interpreters()
    make = tk.Tk.__init__

    def make_and_watch(root: tk.Tk, *args: object, **options: object) -> None:
        make(root, *args, **options)
        watched.add(root)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tk.Tk, "__init__", make_and_watch)
        patch.setattr(tk.Tk, "report_callback_exception", lambda _, *error: watched.record(*error))
        yield watched
        for root in watched.alive():  # while their screen is still there
            root.destroy()


@pytest.fixture(autouse=True)
def callback_errors(interpreters: Interpreters) -> Iterator[list[str]]:
    """Fails the test when code that Tk called raised: Tk itself would print that and go on.

    A test that provokes such an error looks at the list and clears it.
    """
    interpreters.errors.clear()
    yield interpreters.errors
    assert not interpreters.errors, "raised in Tk's event loop:\n" + "\n".join(interpreters.errors)


class ErrorList(logging.Handler):
    """Collects the records of level ERROR and above."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture(autouse=True)
def logged_errors() -> Iterator[list[logging.LogRecord]]:
    """Fails the test when an error was logged; a test that provokes one clears the list."""
    handler = ErrorList()
    logging.getLogger().addHandler(handler)
    yield handler.records
    logging.getLogger().removeHandler(handler)
    describe = logging.Formatter().format  # with the traceback
    assert not handler.records, "logged:\n" + "\n".join(map(describe, handler.records))


@pytest.fixture(autouse=True)
def no_stray_windows(callback_errors: list[str], interpreters: Interpreters) -> Iterator[None]:
    """Closes the windows that a test has opened, so that the next one starts as the first did.

    Windows of fixtures with a wider scope than one test are there before, and stay.
    """
    before = interpreters.windows()
    yield
    after = interpreters.windows()
    for window in reversed(after):
        if window in before or not exists(window):
            continue
        if isinstance(window, tk.Toplevel) and window.overrideredirect():
            # A tooltip: its owner must take it away, else it moves a window that is gone.
            window.master.event_generate("<Leave>")
        if exists(window):
            window.destroy()
    if len(interpreters.alive()) < len([window for window in after if isinstance(window, tk.Tk)]):
        # Tk objects of a closed window must be collected here: on another thread that would abort
        # the process, and the window's worker may run one of the next tests.
        gc.collect()


@pytest.fixture(autouse=True)
def jobs_without_widgets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fails the job whose function holds a widget: collected on the worker's thread, it would abort
    the process, and only now and then.
    """
    submit = Worker.submit

    def checked(worker: Worker, kind: str, function: Callable, *callbacks: object, **more: object):
        seen, left = set(), [function]
        while left:
            held = left.pop()
            assert not isinstance(held, tk.Misc | tk.Variable | tk.Image), (
                f"the job {kind!r} holds {type(held).__name__} {held}"
            )
            if id(held) not in seen and inspect.isroutine(held):
                seen.add(id(held))
                left += [cell.cell_contents for cell in getattr(held, "__closure__", None) or ()]
                left.append(getattr(held, "__self__", None))
        return submit(worker, kind, function, *callbacks, **more)

    monkeypatch.setattr(Worker, "submit", checked)


@pytest.fixture
def root() -> Iterator[tk.Tk]:
    """A main window of plain Tk, for a widget on its own."""
    window = tk.Tk()
    yield window
    with contextlib.suppress(tk.TclError):  # the test may have closed it
        window.destroy()


@pytest.fixture
def pump(interpreters: Interpreters) -> Callable[..., None]:
    """`pump(condition)` lets Tk work until the condition holds, and fails if it never does.

    It returns as soon as the condition holds, and fails as soon as a callback raises. `what` names
    the condition in the message; without it the message quotes its source.
    """

    def until(
        condition: Callable[[], object],
        timeout_s: float = PUMP_TIMEOUT_S,
        what: str | None = None,
    ) -> None:
        deadline = time.monotonic() + timeout_s
        while not condition():
            if interpreters.errors:
                pytest.fail(f"an error came before: {what or quoted(condition)}")
            if time.monotonic() > deadline:
                pytest.fail(f"not within {timeout_s:g} s: {what or quoted(condition)}")
            for window in interpreters.alive():
                with contextlib.suppress(tk.TclError):  # what it did was to close itself
                    window.update()
            time.sleep(POLL_INTERVAL_S)

    return until


def quoted(condition: Callable[[], object]) -> str:
    try:
        return inspect.getsource(condition).strip()
    except (OSError, TypeError):
        return repr(condition)


@pytest.fixture(scope="session")
def weights_path() -> Path:
    """The shipped decoder."""
    return ROOT / "decoder_weights.pt"


# --- widgets and the composed window --------------------------------------------------------------


@dataclass(frozen=True)
class Stage:
    """A themed window for a widget on its own. `frame` is empty at the start of every test."""

    root: tk.Tk
    theme: Theme
    frame: tk.Frame

    def show(self, widget: tk.Misc, width: int = 0, height: int = 0) -> None:
        """Lay a widget out at a size, or at the one it asks for."""
        size = {"width": width, "height": height} if width else {}
        widget.place(x=0, y=0, **size)
        self.root.update()


@pytest.fixture(scope="module")
def themed_root(interpreters: Interpreters) -> Iterator[tuple[tk.Tk, Theme]]:
    from explorer.theme import Theme, create_root

    root = create_root("Stage", scaling=1.0)
    root.geometry("900x700")
    root.deiconify()
    yield root, Theme(root)
    root.destroy()


@pytest.fixture
def stage(themed_root: tuple[tk.Tk, Theme]) -> Iterator[Stage]:
    """A window with the program's look, to put a widget in."""
    root, theme = themed_root
    frame = tk.Frame(root)
    frame.pack(fill="both", expand=True)
    root.update()
    yield Stage(root, theme, frame)
    frame.destroy()
    theme.set_mode("light")


@dataclass
class Dialogs:
    """Stands for the person in front of the dialogs that wait.

    errors: what was told; a test that provokes an error takes it out of the list. questions: what
    was asked. proceed, path, text: the answers; no path and no text is Cancel.
    """

    errors: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    proceed: bool = False
    path: Path | None = None
    text: str | None = None

    def install(self, patch: pytest.MonkeyPatch) -> None:
        from explorer import theme
        from explorer.widgets import shelf

        def show_error(parent: tk.Misc, title: str, message: str) -> None:
            self.errors.append(f"{title}: {message}")

        def ask_choice(parent: tk.Misc, title: str, message: str, proceed: str) -> bool:
            self.questions.append(f"{title}: {message} {proceed}")
            return self.proceed

        def ask_path(parent: tk.Misc, title: str, *details: object) -> Path | None:
            self.questions.append(title)
            return self.path

        def ask_text(parent: tk.Misc, title: str, prompt: str, initial: str) -> str | None:
            self.questions.append(f"{title}: {prompt} {initial}")
            return self.text

        patch.setattr(theme, "show_error", show_error)
        patch.setattr(theme, "ask_choice", ask_choice)
        patch.setattr(theme, "ask_open_path", ask_path)
        patch.setattr(theme, "ask_save_path", ask_path)
        patch.setattr(theme, "ask_folder", ask_path)
        patch.setattr(shelf, "ask_text", ask_text)


@pytest.fixture
def dialogs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Dialogs]:
    """Answers in place of the dialogs that wait; fails the test when an error was told unseen."""
    answers = Dialogs()
    answers.install(monkeypatch)
    yield answers
    assert not answers.errors, "told in a dialog:\n" + "\n".join(answers.errors)


@pytest.fixture(scope="session")
def model(weights_path: Path) -> LoadedModel:
    """The shipped decoder and its companions."""
    from explorer.model import learn_statistics, open_model, survey

    return learn_statistics(survey(open_model(weights_path)))


@pytest.fixture
def desk(stage: Stage, model: LoadedModel, pump: Callable[..., None]) -> Iterator[Desk]:
    """The services of a window, for a view that is tested alone."""
    from explorer.state import ExplorerState
    from tests.draw_parts import Desk

    desk = Desk(stage, ExplorerState(model.latent_dim))
    yield desk
    desk.close(pump)


@pytest.fixture(scope="session")
def real_attributes(model: LoadedModel) -> np.ndarray:
    """The attributes of the bundled digits, as `vae.attributes.measure` gives them."""
    from vae.attributes import measure

    return measure(model.encoded.images)


@pytest.fixture(scope="session")
def named(model: LoadedModel, real_attributes: np.ndarray) -> dict[str, Direction]:
    """The direction of each attribute, by the attribute's name."""
    from vae.directions import attribute_directions

    return {d.name: d for d in attribute_directions(model.encoded.mu, real_attributes)}


@pytest.fixture(scope="module")
def open_window(weights_path: Path, interpreters: Interpreters) -> Iterator[MainWindow]:
    """The real window with the shipped weights; opened once, because that takes two seconds."""
    from explorer.theme import create_root
    from explorer.window import MainWindow

    interpreters.errors.clear()
    # A scaling that another test has set stays with the connection to the screen.
    window = MainWindow(create_root("Tests", scaling=1.0), weights_path)
    deadline = time.monotonic() + PUMP_TIMEOUT_S
    while not (window.settled or interpreters.errors or time.monotonic() > deadline):
        window.root.update()
        time.sleep(POLL_INTERVAL_S)
    assert not interpreters.errors, "raised while it opened:\n" + "\n".join(interpreters.errors)
    assert window.settled, "the window did not settle"
    window.start_settings = {name: page.settings() for name, page in window.pages.items()}
    yield window
    window.close()


@pytest.fixture
def window(
    open_window: MainWindow,
    dialogs: Dialogs,
    model: LoadedModel,
    pump: Callable[..., None],
) -> MainWindow:
    """The real window as it is right after its start: settled, at a preset, nothing to undo."""
    window = open_window
    window.glide.stop()
    if window.model.bundle.sha256 != model.bundle.sha256:
        window.open_weights(model.bundle.path)
        pump(lambda: window.settled)
    window.state.reset_model(model.latent_dim)
    window.state.set_z(model.presets[3])
    window.state.reset_model(model.latent_dim, keep_point=True)
    for name, page in window.pages.items():
        page.apply_settings(window.start_settings[name])
    if window.theme.mode == "dark":
        window.toggle_theme()
    window.set_filmstrips(True)
    window.set_gauges(True)
    window.set_influence(True)
    window.set_order("index")
    window.set_local_axes(False)
    window.show_page("sample")
    window.notify("")
    window.root.focus_force()
    pump(lambda: window.settled)
    return window


@pytest.fixture
def settle(window: MainWindow, pump: Callable[..., None]) -> Callable[[], None]:
    """`settle()` waits until everything that was asked for is drawn."""
    return lambda: pump(lambda: window.settled, what="the window settles")
