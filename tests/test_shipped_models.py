"""The models that come with the program: found, described, marked in menus, opened, compared."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer import shipped
from explorer.shipped import (
    SHIPPED_WEIGHTS,
    WEIGHTS,
    ShippedModel,
    family_of,
    is_shipped,
    known_as,
    shipped_models,
    short_name,
    words_of,
)
from explorer.views.figures import SECOND, THIS
from explorer.widgets.score_table import REAL
from explorer.widgets.shipped_menu import NONE, ShippedMenu
from tests.foreign import foreign_state
from tests.interaction import press
from tests.shipped_parts import CRISP, stand_in, write_record
from vae.weights import save_state_dict

PATIENCE_S = 240  # the pages work out what they show of one model after the other
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture
def models(tmp_path, monkeypatch) -> Path:
    """The folder of the models beside the plain VAE: a GAN, and a crisper VAE."""
    folder = tmp_path / "models"
    monkeypatch.setattr(shipped, "MODELS", folder)
    stand_in(folder, "gan", gan=True)
    stand_in(folder, "crisp-vae", training=CRISP)
    return folder


# --- what there is --------------------------------------------------------------------------------


def test_the_plain_vae_comes_first_then_the_others_by_their_names(models):
    assert [(each.path, each.name) for each in shipped_models()] == [
        (SHIPPED_WEIGHTS, "VAE"),
        (models / "crisp-vae" / WEIGHTS, "Crisp VAE"),
        (models / "gan" / WEIGHTS, "GAN"),
    ]


def test_each_says_in_a_line_what_it_is(models):
    vae, crisp, gan = shipped_models()
    assert (vae.family, vae.about) == ("vae", "VAE, 200 epochs")
    assert crisp.about == "VAE, width 2, perceptual 0.5, adversarial 0.25, 200 epochs"
    assert (gan.family, gan.about) == ("gan", "GAN, relativistic, 3 epochs")
    assert [each.label for each in (vae, crisp, gan)] == [
        "VAE  (200 epochs)",
        "Crisp VAE  (width 2, perceptual 0.5, adversarial 0.25, 200 epochs)",
        "GAN  (relativistic, 3 epochs)",
    ]


def test_a_name_that_does_not_tell_the_family_has_it_beside():
    model = ShippedModel(Path("x"), "Sharp", "gan", "GAN, minimax, 1 epoch")
    assert model.label == "Sharp  (GAN, minimax, 1 epoch)"
    assert ShippedModel(Path("x"), "GAN", "gan", "GAN").label == "GAN"


def test_what_really_is_shipped_is_described_by_its_record():
    for each in shipped_models():
        record = json.loads(each.path.with_suffix(".json").read_text())
        assert each.family == record.get("family", "vae")
        assert f"{record['training']['epochs']:,} epoch" in each.about


def test_without_other_models_there_is_the_plain_vae(models):
    shutil.rmtree(models)
    assert [each.name for each in shipped_models()] == ["VAE"]
    models.write_text("no folder")
    assert [each.name for each in shipped_models()] == ["VAE"]


def test_folders_without_weights_are_no_models(models):
    (models / "notes").mkdir()
    (models / "folder" / WEIGHTS).mkdir(parents=True)
    (models / "a file").write_text("")
    assert [each.name for each in shipped_models()] == ["VAE", "Crisp VAE", "GAN"]


@pytest.mark.parametrize(
    "record",
    [
        None,
        "",
        "no JSON",
        "[" * 100_000,
        "[]",
        "3",
        "{}",
        '{"files": []}',
        '{"files": {"decoder_weights.pt": "another"}}',
        '{"files": {"decoder_weights.pt": 3}, "training": {"epochs": 3}}',
    ],
)
def test_a_model_with_a_bad_record_is_there_without_words(models, record):
    if record is None:
        (models / "gan" / WEIGHTS).with_suffix(".json").unlink()
    else:
        write_record(models / "gan", record)
    gan = shipped_models()[-1]
    assert (gan.name, gan.family, gan.about, gan.label) == ("GAN", "", "", "GAN")


def test_a_record_that_is_far_too_large_is_not_read(models, monkeypatch):
    monkeypatch.setattr(shipped, "MAX_BYTES", 1000)
    assert {each.about for each in shipped_models()} == {""}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no named pipes")
def test_what_is_no_file_is_not_waited_for(models):
    record = (models / "gan" / WEIGHTS).with_suffix(".json")
    record.unlink()
    os.mkfifo(record)
    (models / "pipe").mkdir()
    os.mkfifo(models / "pipe" / WEIGHTS)
    (models / "circle").symlink_to(models / "circle")
    (models / "round").mkdir()
    (models / "round" / WEIGHTS).symlink_to(models / "round" / WEIGHTS)
    assert [each.label for each in shipped_models()][2:] == ["GAN"]


@pytest.mark.skipif(os.geteuid() == 0 if hasattr(os, "geteuid") else True, reason="root reads all")
def test_a_record_that_cant_be_read_is_none(models):
    (models / "gan" / WEIGHTS).with_suffix(".json").chmod(0)
    assert shipped_models()[-1].about == ""


@pytest.mark.parametrize(
    ("training", "words"),
    [
        ({}, "VAE"),
        ({"epochs": 1}, "VAE, 1 epoch"),
        ({"epochs": 12_000, "width": 1}, "VAE, 12,000 epochs"),
        ({"width": True, "perceptual": "much", "epochs": None}, "VAE"),
        ({"perceptual": 0.0, "adversarial": float("nan")}, "VAE"),
        ({"gan_loss": "minimax", "epochs": 5}, "VAE, 5 epochs"),  # it says nothing of a VAE
        (None, "VAE"),
        ([1], "VAE"),
    ],
)
def test_only_what_a_record_really_says_is_told(training, words):
    assert words_of({"training": training}) == words


@given(family=JSON, training=JSON)
def test_whatever_a_record_holds_a_line_comes_of_it(family, training):
    record = {"family": family, "training": training}
    words = words_of(record)
    assert len(words) < 300
    words.encode()  # no half characters, which Tk can't show
    assert family_of(record) in ("", family)


def test_names(models):
    assert known_as(SHIPPED_WEIGHTS) == short_name(SHIPPED_WEIGHTS) == "VAE"
    assert known_as(models / "crisp-vae" / WEIGHTS) == "Crisp VAE"
    assert known_as(models / "tall_gan-2" / WEIGHTS) == "Tall GAN 2"
    assert known_as(Path("/runs/fashion/decoder_weights.pt")) == "fashion/decoder_weights.pt"
    assert short_name(Path("/runs/fashion/decoder_weights.pt")) == "fashion"
    assert short_name(Path("/runs/fashion/other.pt")) == "other.pt"
    assert not is_shipped(models / "gan" / "other.pt")
    assert not is_shipped(models / "gan" / "deeper" / WEIGHTS)


# --- the menu -------------------------------------------------------------------------------------


def rows(menu: ShippedMenu) -> list[tuple[str, str]]:
    """The label and the state of every entry, as the menu opens."""
    menu.fill()
    return [
        (menu.entrycget(index, "label"), menu.entrycget(index, "state"))
        for index in range(menu.index("end") + 1)
    ]


@pytest.fixture
def settle(window, pump) -> Callable[[], None]:
    return lambda: pump(lambda: window.settled, PATIENCE_S, "the window settles")


@pytest.fixture
def at(window, settle, models) -> Callable[[str], Path]:
    """`at(name)` is the path of a model, by its folder's name; the window shows the VAE again."""
    assert window.weights.current == SHIPPED_WEIGHTS
    return lambda name: models / name / WEIGHTS


def test_the_file_menu_lists_all_marks_the_open_one_and_opens_another(window, settle, at):
    menu = window.menus.models
    assert [label for label, _ in rows(menu)] == [each.label for each in shipped_models()]
    assert {state for _, state in rows(menu)} == {"normal"}
    assert menu.marked == str(SHIPPED_WEIGHTS)
    menu.invoke(2)
    settle()
    assert window.model.bundle.path == at("gan")
    rows(menu)
    assert menu.marked == str(at("gan"))
    assert window.root.title() == "Latent Space Explorer: GAN"
    assert window.status.model.cget("text").startswith("GAN: 3 epochs on mnist")
    assert at("gan") not in window.weights.recent


def test_the_point_stays_and_its_locks_with_it_but_not_what_came_before(window, settle, at):
    window.state.set_z([1.0, -1.0, 0.5, 0.0, 2.0, -2.0])
    window.state.set_lock(2, True)
    window.bookmark()
    z, locks = window.state.z, window.state.locks
    window.weights.open_shipped(at("gan"))
    settle()
    assert (window.state.z, window.state.locks) == (z, locks)
    assert window.state.bookmarks == ()  # they are the other model's
    assert not window.state.can_undo
    assert "same z" in window.status.message.cget("text")
    assert (window.digit._pixels == window.model.decoder.decode_uint8(z)).all()
    window.weights.open_shipped(SHIPPED_WEIGHTS)
    settle()
    assert (window.state.z, window.state.locks) == (z, locks)
    assert len(window.state.bookmarks) == 1
    window.state.set_bookmarks(())


def test_from_another_latent_size_the_point_begins_anew(window, settle, at, tmp_path):
    save_state_dict(foreign_state(latent=2), tmp_path / "two.pt")
    window.open_weights(tmp_path / "two.pt")
    settle()
    rows(window.menus.models)
    assert window.menus.models.marked == str(tmp_path / "two.pt")  # no entry has this value
    window.weights.open_shipped(at("crisp-vae"))
    settle()
    assert window.state.z == pytest.approx(tuple(window.model.class_means[3]), abs=1e-5)


def test_one_that_is_open_is_not_opened_again(window, settle, at):
    window.state.set_value(0, 1.25)
    before = window.model
    rows(window.menus.models)
    window.menus.models.invoke(0)
    settle()
    assert window.model is before
    assert window.state.can_undo
    assert window.status.message.cget("text") == "VAE is open already."


def test_one_that_cant_be_opened_leaves_the_mark_where_it_was(window, settle, at, dialogs):
    at("gan").write_bytes(b"no weights")
    menu = window.menus.models
    rows(menu)
    menu.invoke(2)
    settle()
    assert str(at("gan")) in dialogs.errors.pop()
    assert window.status.is_error
    assert window.status.message.cget("text") == "Not opened: GAN"
    assert window.weights.current == SHIPPED_WEIGHTS
    rows(menu)
    assert menu.marked == str(SHIPPED_WEIGHTS)


def test_where_nothing_is_shipped_the_menu_says_so(window, models, monkeypatch):
    shutil.rmtree(models)
    monkeypatch.setattr(shipped, "SHIPPED_WEIGHTS", models / WEIGHTS)
    assert rows(window.menus.models) == [(NONE, "disabled")]


def test_a_session_says_which_model_it_was_made_with(window, settle, models, dialogs, tmp_path):
    """All of them are files of the same name."""
    window.open_weights(models / "gan" / WEIGHTS)
    settle()
    window.files.save_session(tmp_path / "gan.json")
    window.open_weights(SHIPPED_WEIGHTS)
    settle()
    window.files.open_session(tmp_path / "gan.json")
    assert "made with other weights: GAN." in dialogs.questions.pop()
    document = json.loads((tmp_path / "gan.json").read_text())
    document |= {"z": [1.0], "locks": [], "bookmarks": []}
    (tmp_path / "one.json").write_text(json.dumps(document))
    window.files.open_session(tmp_path / "one.json")
    told = dialogs.errors.pop()
    assert "GAN, which has 1 latent dimension; VAE has 6." in told
    assert "File ▸ Models" in told


def test_the_model_page_names_it_and_offers_the_others(window, settle, at):
    window.show_page("model")
    settle()
    bar = window.pages["model"].weights_bar
    assert bar._name == "Shipped: VAE"
    assert rows(bar.shipped) == rows(window.menus.models)
    bar.shipped.invoke(1)
    settle()
    assert bar._name == "Shipped: Crisp VAE"
    rows(bar.shipped)
    assert bar.shipped.marked == str(at("crisp-vae"))


# --- the second model -----------------------------------------------------------------------------


@pytest.fixture
def compare(window, settle, at, monkeypatch):
    monkeypatch.setattr("explorer.sample_sets.SIZE", 200)
    window.show_page("compare")
    window.root.update()
    page = window.pages["compare"]
    settle()
    yield page
    page.second.close()
    page.book.show("pictures")


def test_the_second_model_is_chosen_from_the_list(compare, settle, at):
    row, second = compare.second_row, compare.second
    assert [state for _, state in rows(row.shipped)] == ["disabled", "normal", "normal"]
    assert row.shipped.marked == ""
    row.shipped.invoke(2)
    settle()
    assert second.model.bundle.path == at("gan")
    assert row.name_label.cget("text") == "GAN"
    rows(row.shipped)
    assert row.shipped.marked == str(at("gan"))
    row.shipped.invoke(1)
    settle()
    assert row.name_label.cget("text") == "Crisp VAE"
    row.swap_button.invoke()
    settle()
    assert row.name_label.cget("text") == "VAE"
    assert [state for _, state in rows(row.shipped)] == ["normal", "disabled", "normal"]


def test_the_list_of_second_models_is_used_by_key(compare, window, settle, at):
    row = compare.second_row
    press(row.shipped_button, "space")
    assert row.shipped.winfo_viewable()
    for key in ("Down", "Down", "Return"):  # the first is grey, and passed over
        row.shipped.event_generate(f"<{key}>")
        window.root.update()
    settle()
    assert not row.shipped.winfo_viewable()
    assert compare.second.path == at("gan")


def test_all_shipped_models_have_figures_beside_one_another(compare, settle, at):
    press(compare.book.buttons["pictures"], "Right")
    settle()
    table = compare.book.view("figures").table
    assert table.shown_columns == (THIS, str(at("crisp-vae")), str(at("gan")), REAL)
    compare.second.open(at("gan"))
    settle()
    assert table.shown_columns == (THIS, SECOND, str(at("crisp-vae")), REAL)
