"""Newer weights in the window: the person stays in place; files that are opened again; drops."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from explorer.file_drop import dropped_paths, enable_drop, weights_among
from explorer.model import open_model
from explorer.page_names import PAGES
from explorer.preferences import load_preferences
from explorer.shelf_store import SHELF
from explorer.shipped import SHIPPED_WEIGHTS
from explorer.widgets.group_picker import GroupDialog
from tests.foreign import foreign_state
from vae.files import sha256_of
from vae.weights import save_state_dict


@pytest.fixture
def trained(tmp_path, window, settle) -> Path:
    """Weights that are open in the window, and that a test trains further."""
    path = tmp_path / "latest" / "decoder_weights.pt"
    path.parent.mkdir()
    save_state_dict(foreign_state(0), path)
    window.open_weights(path)
    settle()
    return path


@pytest.fixture
def train(window, trained, settle) -> Callable[..., str]:
    """`train(seed)` writes other weights, and has the window find them; gives their SHA-256."""

    def train(seed: int, wait: bool = True, **sizes: int) -> str:
        save_state_dict(foreign_state(seed, **sizes), trained)
        for _ in range(2):
            window._opening.watch.check()
            if wait:
                settle()
        return sha256_of(trained)

    return train


def message(window) -> str:
    return window.status.message.cget("text")


def test_the_person_stays_in_place(window, train, settle):
    state, page = window.state, window.pages["sample"]
    window.show_page("map")
    state.set_z([1.0, -1.0, 0.5, 0.0, 2.0, -2.0])
    state.set_value(0, 1.5)
    state.set_lock(2, True)
    window.bookmark()
    page.apply_settings({"seed": 91, "count": 16, "source": "uniform"})
    settle()
    z, locks, marks, settings = state.z, state.locks, state.bookmarks, page.settings()
    slider = window.sliders.sliders[1]
    slider.focus_force()
    window.root.update()
    new = train(1)
    assert window.model.bundle.sha256 == new
    assert (state.z, state.locks, state.bookmarks) == (z, locks, marks)
    assert page.settings() == settings
    assert window.notebook.front == "map"
    assert window.sliders.sliders[1] is slider
    assert str(window.root.tk.call("focus")) == str(slider)
    assert "Reloaded decoder_weights.pt" in message(window)
    np.testing.assert_array_equal(
        window.digit._pixels, window.model.decoder.decode_uint8(np.asarray(z))
    )
    for _ in range(3):  # the bookmark, the lock, the slider
        window.undo()
    assert state.z == (1.0, -1.0, 0.5, 0.0, 2.0, -2.0)
    for page in window.pages.values():
        known = getattr(page, "_model", window.model)
        assert known.bundle.sha256 == new, page.name


def test_the_filmstrips_and_local_axes_are_those_of_the_new_weights(window, train, settle):
    window.set_local_axes(True)
    settle()
    before = window.sliders.directions.copy()
    photos = dict(window.sliders._filmstrips.photos)
    train(1)
    assert window.sliders.local
    assert not np.allclose(np.abs(window.sliders.directions), np.abs(before))
    assert window.sliders._filmstrips.photos == photos  # painted over, never taken away


def test_what_is_dragged_is_not_interrupted(window, train, pump, settle):
    before = window.model
    gesture = window.state.begin()
    train(1, wait=False)
    pump(lambda: window._opening._arriving is not None, what="the new weights are read")
    for _ in range(5):
        window.root.update()
        window.state.set_value(0, window.state.z[0] + 0.1)
    assert window.model is before
    assert not window.settled
    window.state.end(gesture)
    settle()
    assert window.model is not before


def test_weights_that_were_asked_for_come_before_newer_ones(window, train, pump, settle, tmp_path):
    save_state_dict(foreign_state(7, latent=2), tmp_path / "asked.pt")
    dialog = GroupDialog(window.root, window.theme, title="", model=window.model, bookmarks=())
    window.open_weights(tmp_path / "asked.pt")
    pump(lambda: window._opening._arriving is not None, what="the weights are read")
    train(1, wait=False)
    pump(lambda: not window.worker.busy)
    dialog.window.destroy()
    settle()
    assert window.model.bundle.path == tmp_path / "asked.pt"


def test_weights_of_other_sizes_begin_anew(window, train):
    window.state.set_value(0, 1.0)
    train(0, latent=3, side=32)
    assert window.state.latent_dim == 3
    assert not window.state.can_undo
    assert "sizes" in message(window)


def test_the_shelf_comes_along_and_is_kept_for_the_last_weights_only(window, train, user_folder):
    window.bookmark()
    marks = window.state.bookmarks
    shas = [train(seed) for seed in (1, 2, 3)]
    assert window.state.bookmarks == marks
    assert [SHELF.load(sha, 6) for sha in shas] == [()] * 3
    assert window.shelf_keeper.flush() is None
    assert [SHELF.load(sha, 6) for sha in shas] == [(), (), marks]
    window.bookmark()
    train(4)
    assert len(SHELF.load(shas[-1], 6)) == 2  # what was changed with these weights is theirs


def test_switched_off_the_file_may_change(window, trained, train, settle):
    window.weights.set_reload(False)
    settle()
    before = window.model
    train(1)
    assert window.model is before
    assert not load_preferences().reload
    window.weights.set_reload(True)
    for _ in range(2):
        window._opening.watch.check()
        settle()
    assert window.model.bundle.sha256 == sha256_of(trained)
    assert load_preferences().reload


def test_half_a_file_leaves_the_model_and_is_told_in_the_status_bar(window, trained, settle):
    before = window.model
    trained.write_bytes(trained.read_bytes()[:1000])
    for _ in range(8):
        window._opening.watch.check()
        settle()
    assert window.model is before
    assert window.status.is_error
    assert "decoder_weights.pt" in message(window)


# --- files that are opened again ------------------------------------------------------------------


def entries(menu) -> list[str]:
    menu.fill()
    return [
        menu.entrycget(index, "label")
        for index in range(menu.index("end") + 1)
        if menu.type(index) == "command"
    ]


def test_what_was_opened_is_in_the_menu_and_opens_again(window, trained, settle, tmp_path):
    save_state_dict(foreign_state(5, latent=2), tmp_path / "two.pt")
    window.open_weights(tmp_path / "two.pt")
    settle()
    assert window.weights.recent[:2] == (tmp_path / "two.pt", trained)
    assert load_preferences().recent[:2] == (str(tmp_path / "two.pt"), str(trained))
    labels = entries(window.menus.recent)
    assert labels[0].startswith("two.pt")
    assert "latest" in labels[1]
    window.menus.recent.invoke(1)
    settle()
    assert window.model.bundle.path == trained
    assert window.weights.recent[:2] == (trained, tmp_path / "two.pt")
    window.menus.models.fill()
    window.menus.models.invoke(0)
    settle()
    assert window.model.bundle.path == SHIPPED_WEIGHTS
    assert SHIPPED_WEIGHTS not in window.weights.recent


def test_what_is_gone_is_grey_and_off_the_list_when_asked_for(window, trained, settle):
    window.weights.open_shipped(SHIPPED_WEIGHTS)
    settle()
    trained.unlink()
    entries(window.menus.recent)
    assert window.menus.recent.entrycget(0, "state") == "disabled"
    before = window.model
    window.weights.open_recent(trained)
    settle()
    assert window.model is before
    assert trained not in window.weights.recent
    assert str(trained) not in load_preferences().recent
    assert window.status.is_error


def test_the_list_can_be_cleared(window, trained, settle):
    entries(window.menus.recent)
    window.menus.recent.invoke("Clear this list")
    settle()
    assert window.weights.recent == load_preferences().recent == ()
    assert entries(window.menus.recent) == ["Nothing yet"]


def test_the_model_page_names_the_file_and_offers_the_same(window, trained, settle, dialogs):
    window.show_page("model")
    window.root.update()
    bar = window.pages["model"].weights_bar
    assert bar._name == "latest/decoder_weights.pt"
    bar.reload_box.invoke()
    assert not window.weights.reload
    bar.reload_box.invoke()
    assert window.weights.reload
    bar.open_button.invoke()
    assert dialogs.questions == ["Open weights"]
    bar.shipped.fill()
    assert not bar.shipped.marked or bar.shipped.marked == str(trained)
    bar.shipped.invoke(0)
    settle()
    assert bar.label.cget("text") == "Shipped: VAE"
    bar.shipped.fill()
    assert bar.shipped.marked == str(SHIPPED_WEIGHTS)
    assert entries(bar.recent)[0].startswith("decoder_weights.pt")


# --- drops ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "names"),
    [
        ("/a/b.pt", ["/a/b.pt"]),
        ("{/a folder/b.pt} /c.png", ["/a folder/b.pt", "/c.png"]),
        ("C:/models/x/a.pt", ["C:/models/x/a.pt"]),
        ("{/a/\u00fcber \u2603.PT}", ["/a/\u00fcber \u2603.PT"]),
        ("/a/br{ace.pt", ["/a/br{ace.pt"]),
        ("{not closed", ["{not closed"]),
        ("", []),
        ("{}", []),
    ],
)
def test_a_drop_is_a_list_of_paths(window, data, names):
    assert dropped_paths(window.root, data) == [Path(name) for name in names]


def test_of_a_drop_the_first_weights_count():
    paths = [Path("a.png"), Path("b.PT"), Path("c.pt")]
    assert weights_among(paths) == Path("b.PT")
    assert weights_among(paths[:1]) is None
    assert weights_among([]) is None


def test_on_linux_nothing_can_be_dropped(window):
    assert not enable_drop(window.root, lambda path: None)


def test_where_the_package_is_a_dropped_file_is_opened(window, monkeypatch, tmp_path):
    """The package is played: it registers a target and puts the list in the place of %D."""
    root, dropped = window.root, []
    package = types.ModuleType("tkinterdnd2")
    package.TkinterDnD = types.SimpleNamespace(
        _require=lambda root: root.tk.eval(
            "namespace eval tkdnd {proc drop_target {args} {set ::dropped_on $args}}"
        )
    )
    monkeypatch.setitem(sys.modules, "tkinterdnd2", package)
    monkeypatch.setattr("explorer.file_drop.PLATFORMS", ("x11",))
    assert enable_drop(root, dropped.append)
    assert root.tk.eval("set ::dropped_on") == "register . DND_Files"
    script = root.tk.call("bind", ".", "<<Drop:DND_Files>>")
    for data in ("{{/a b/c.pt} /d.txt}", "/d.txt"):
        assert root.tk.eval(script.replace("%D", data)) == "copy"
    assert dropped == [Path("/a b/c.pt"), None]
    window._dropped(None)
    assert window.status.is_error


def test_without_the_package_nothing_happens(window, monkeypatch):
    monkeypatch.setitem(sys.modules, "tkinterdnd2", None)
    monkeypatch.setattr("explorer.file_drop.PLATFORMS", ("x11",))
    assert not enable_drop(window.root, lambda path: None)


def test_pages_are_told_one_after_the_other_and_of_the_newest_model_only(
    window, trained, settle, tmp_path, monkeypatch
):
    window.show_page("map")
    settle()
    told = []
    for name, page in window.pages.items():
        known = page.set_model
        monkeypatch.setattr(
            page, "set_model", lambda model, n=name, f=known: (told.append((n, model)), f(model))
        )
    models = []
    for seed in (4, 5):
        save_state_dict(foreign_state(seed), tmp_path / f"{seed}.pt")
        models.append(open_model(tmp_path / f"{seed}.pt"))
    older, newer = models
    window._opening._replace(older)
    assert told == [("map", older)]
    assert not window.settled
    window._opening._replace(newer)
    settle()
    assert told[1:] == [(n, newer) for n in ["map", *(n for n in PAGES if n != "map")]]
    assert window.model.bundle.path == newer.bundle.path
