"""Session files: what is saved comes back, and what is damaged is refused in words."""

import json
import os
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.session import (
    FORMAT,
    VERSION,
    Session,
    SessionError,
    load_session,
    save_session,
)
from explorer.state import Bookmark
from vae.documents import MAX_FILE_BYTES

SHA256 = "0123456789abcdef" * 4

SESSION = Session(
    z=(0.5, -1.25, 3.0),
    locks=frozenset({2, 0}),
    bookmarks=(Bookmark("a seven", (1.0, 2.0, 3.0)), Bookmark("", (0.0, 0.0, -0.1))),
    pages={"sample": {"seed": 7, "source": "prior"}, "morph": {}},
    weights_sha256=SHA256,
    weights_name="decoder_weights.pt",
)

finite = st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | finite | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=8,
)


@st.composite
def sessions(draw):
    latent_dim = draw(st.integers(1, 64))
    point = st.tuples(*[finite] * latent_dim)
    return Session(
        z=draw(point),
        locks=draw(st.frozensets(st.integers(0, latent_dim - 1))),
        bookmarks=tuple(draw(st.lists(st.builds(Bookmark, st.text(), point), max_size=3))),
        pages=draw(st.dictionaries(st.text(), st.dictionaries(st.text(), json_values), max_size=3)),
        weights_sha256=draw(st.text("0123456789abcdef", min_size=64, max_size=64)),
        weights_name=draw(st.text()),
    )


@given(session=sessions())
def test_what_is_saved_comes_back(session, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "round trip.json"
    save_session(session, path)
    assert load_session(path) == session


def test_the_file_is_plain_json_that_names_its_format(tmp_path):
    path = tmp_path / "session.json"
    save_session(SESSION, path)
    document = json.loads(path.read_text("ascii"))
    assert document["format"] == FORMAT == "latent-space-explorer/session"
    assert document["version"] == VERSION == 1
    assert document["z"] == [0.5, -1.25, 3.0]
    assert document["weights"] == {"name": "decoder_weights.pt", "sha256": SHA256}


@pytest.fixture
def saved(tmp_path):
    """A sound session file and its document, to be damaged."""
    path = tmp_path / "session.json"
    save_session(SESSION, path)
    return path, json.loads(path.read_bytes())


def refusal(path):
    """The text with which a file is refused; it always names the file."""
    with pytest.raises(SessionError) as caught:
        load_session(path)
    text = str(caught.value)
    assert str(path) in text
    return text


def test_what_is_not_a_readable_file_is_refused(tmp_path):
    assert "does not exist" in refusal(tmp_path / "nowhere" / "session.json")
    assert "is a folder" in refusal(tmp_path)
    empty = tmp_path / "empty.json"
    empty.touch()
    assert "is empty" in refusal(empty)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path):
    pipe = tmp_path / "pipe.json"
    os.mkfifo(pipe)
    assert "not a regular file" in refusal(pipe)


def test_a_file_that_cannot_be_read_is_refused_with_the_reason(saved, monkeypatch):
    path, _ = saved

    def deny(*_args, **_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "open", deny)  # the tests may run as root, who may read all
    assert "cannot be read: Permission denied" in refusal(path)


def test_an_absurdly_large_file_is_refused_unread(tmp_path):
    path = tmp_path / "large.json"
    with path.open("wb") as file:
        file.truncate(50 * MAX_FILE_BYTES)
    assert "far too large" in refusal(path)


@pytest.mark.parametrize(
    "content",
    [
        b"hello",
        b"\x80\x04\x95 a pickle",
        bytes(range(256)),
        b"\0" * 100,
        b"[" * 100_000,
        b'{"version": ' + b"9" * 5000 + b"}",
        b'{"z": [NaN]}',
        b'{"z": [-Infinity]}',
        b'{"z": [1e999]}',
        b'{"pages": {"sample": {"temperature": 1e999}}}',
    ],
)
def test_what_is_not_json_is_refused(tmp_path, content):
    path = tmp_path / "session.json"
    path.write_bytes(content)
    assert "is not JSON" in refusal(path)


def test_every_way_of_being_cut_off_is_refused(saved):
    path, _ = saved
    content = path.read_bytes().rstrip()
    for length in range(1, len(content), 7):
        path.write_bytes(content[:length])
        assert "is not JSON" in refusal(path)


@pytest.mark.parametrize("document", [[], 3, None, "session", {}, {"format": "other"}])
def test_other_json_is_not_a_session(tmp_path, document):
    path = tmp_path / "other.json"
    path.write_text(json.dumps(document))
    assert "not a session of the Latent Space Explorer" in refusal(path)


def test_a_newer_version_asks_for_an_update(saved):
    path, document = saved
    path.write_text(json.dumps({**document, "version": VERSION + 1, "z": "unknown form"}))
    text = refusal(path)
    assert "newer version" in text
    assert "Update" in text


@pytest.mark.parametrize("version", [None, "1", 1.0, True, 0, -1])
def test_a_version_that_is_not_one_is_damage(saved, version):
    path, document = saved
    path.write_text(json.dumps({**document, "version": version}))
    assert "is damaged: its version" in refusal(path)


@pytest.mark.parametrize(
    "key", ["z", "locks", "bookmarks", "pages", "weights", "format", "version"]
)
def test_a_missing_part_is_damage(saved, key):
    path, document = saved
    del document[key]
    path.write_text(json.dumps(document))
    assert refusal(path)


MARK = {"name": "a", "z": [1.0, 2.0, 3.0]}


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("z", "0 0 0", "z is"),
        ("z", {"0": 1.0}, "z is an object"),
        ("z", [], "z has no numbers"),
        ("z", [1.0, "2", 3.0], 'z holds "2" where a number'),
        ("z", [1.0, True, 3.0], "z holds true"),
        ("z", [1.0, None, 3.0], "z holds null where a number"),
        ("z", [1.0, [2.0], 3.0], "z holds a list"),
        ("z", [1.0, 10**400, 3.0], "not finite"),
        ("locks", 1, "locks is 1"),
        ("locks", [3], "locks names 3, not one of the 3 dimensions"),
        ("locks", [-1], "locks names -1"),
        ("locks", [1.0], "locks names 1.0"),
        ("locks", [False], "locks names false"),
        ("locks", [[0]], "locks names a list"),
        ("bookmarks", {}, "bookmarks is an object"),
        ("bookmarks", [MARK, [1, 2, 3]], "bookmark 2 is a list"),
        ("bookmarks", [{"z": [1, 2, 3]}], "the name of bookmark 1 is missing"),
        ("bookmarks", [{"name": 5, "z": [1, 2, 3]}], "the name of bookmark 1 is 5"),
        ("bookmarks", [{"name": "\ud83d", "z": [1, 2, 3]}], "the name of bookmark 1 holds half"),
        ("bookmarks", [MARK, {"name": "b"}], "z of bookmark 2 is missing"),
        ("bookmarks", [{"name": "b", "z": [1, 2]}], "bookmark 1 has 2 numbers, but z has 3"),
        ("bookmarks", [{"name": "b", "z": [1, 2, "x" * 99]}], r'holds "x{27}\.\.\. where'),
        ("pages", [], "pages is a list"),
        ("pages", {"sample": 5}, 'the settings of page "sample" is 5'),
        ("weights", "decoder.pt", "weights is"),
        ("weights", {"name": "decoder.pt"}, "the SHA-256 of the weights is missing"),
        ("weights", {"name": "d.pt", "sha256": "abc"}, "not 64 hex digits"),
        ("weights", {"name": 1, "sha256": SHA256}, "the name of the weights is 1"),
    ],
)
def test_damage_is_named(saved, key, value, message):
    path, document = saved
    path.write_text(json.dumps({**document, key: value}))
    with pytest.raises(SessionError, match=message):
        load_session(path)
    assert "is damaged" in refusal(path)


@given(value=json_values, key=st.sampled_from(["z", "locks", "bookmarks", "pages", "weights"]))
def test_no_value_in_any_place_escapes_as_another_error(value, key, tmp_path_factory):
    folder = tmp_path_factory.getbasetemp()
    save_session(SESSION, folder / "sound.json")
    document = json.loads((folder / "sound.json").read_bytes())
    path = folder / "replaced.json"
    path.write_text(json.dumps({**document, key: value}))
    try:
        session = load_session(path)
    except SessionError:
        return
    assert isinstance(session, Session)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_file_that_an_editor_saved_anew_is_still_read(saved, encoding):
    path, document = saved
    path.write_text(json.dumps(document, ensure_ascii=False), encoding)
    assert load_session(path) == SESSION


@pytest.mark.parametrize(
    "session",
    [
        replace(SESSION, z=(float("nan"), 0.0, 0.0)),
        replace(SESSION, z=()),
        replace(SESSION, locks=frozenset({3})),
        replace(SESSION, bookmarks=(Bookmark("short", (1.0,)),)),
        replace(SESSION, pages={"sample": {"temperature": float("inf")}}),
        replace(SESSION, pages={"sample": {"source": object()}}),
        replace(SESSION, weights_sha256=""),
    ],
)
def test_what_could_not_be_opened_is_not_saved(saved, session):
    path, document = saved
    with pytest.raises(SessionError, match="cannot be saved"):
        save_session(session, path)
    assert json.loads(path.read_bytes()) == document
    assert os.listdir(path.parent) == [path.name]


def test_saving_where_nothing_can_be_written_says_so(tmp_path):
    with pytest.raises(SessionError, match=r"missing.*cannot be saved: No such file"):
        save_session(SESSION, tmp_path / "missing" / "session.json")
    with pytest.raises(SessionError, match="cannot be saved"):
        save_session(SESSION, tmp_path)
    assert os.listdir(tmp_path) == []
