"""Files of directions: kept safely, read with suspicion."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae import direction_files
from vae.direction_files import (
    DirectionsError,
    NewerDirectionsError,
    load_directions,
    save_directions,
)
from vae.directions import Direction, map_directions

SHA = "0123456789abcdef" * 4


def a_direction(name="a", vector=(0.6, 0.8), **known):
    return Direction(name, known.pop("kind", "classes"), np.array(vector), **known)


def test_directions_come_back_as_they_were(tmp_path, named, model):
    path = tmp_path / "directions.json"
    kept = [*named.values(), *map_directions(model.decoder), a_direction("é, ∂", np.eye(6)[2])]
    save_directions(path, kept, model.bundle.sha256)
    back = load_directions(path, model.bundle.sha256, model.latent_dim)
    assert len(back) == len(kept)
    for before, after in zip(kept, back, strict=True):
        np.testing.assert_allclose(after.vector, before.vector, rtol=1e-15)
        for name in ("name", "kind", "attribute", "r2", "r2_partial", "share", "length"):
            assert getattr(after, name) == getattr(before, name)
        assert (after.gradient is None) == (before.gradient is None)
        if after.gradient is not None:
            np.testing.assert_array_equal(after.gradient, before.gradient)


def test_no_directions_are_a_file_as_well(tmp_path):
    save_directions(tmp_path / "d.json", [], SHA)
    assert load_directions(tmp_path / "d.json", SHA, 2) == ()


def test_what_cannot_be_saved_leaves_the_file_alone(tmp_path):
    path = tmp_path / "d.json"
    save_directions(path, [a_direction()], SHA)
    content = path.read_bytes()
    with pytest.raises(ValueError, match="two directions have the name 'b'"):
        save_directions(path, [a_direction("b"), a_direction("b")], SHA)
    with pytest.raises(ValueError, match="64 hexadecimal"):
        save_directions(path, [], "abc")
    with pytest.raises(ValueError, match="JSON"):
        save_directions(path, [a_direction(r2=float("nan"))], SHA)
    assert path.read_bytes() == content
    assert [other.name for other in tmp_path.iterdir()] == ["d.json"]


def test_directions_of_other_weights_are_refused(tmp_path):
    save_directions(tmp_path / "d.json", [a_direction()], SHA)
    with pytest.raises(DirectionsError, match=r"d\.json belongs to other weights \(SHA-256 0123"):
        load_directions(tmp_path / "d.json", SHA[::-1], 2)


def document(**changes):
    entry = {"name": "a", "kind": "classes", "vector": [0.6, 0.8]}
    entry |= changes.pop("entry", {})
    whole = {"format": direction_files.FORMAT, "version": 1, "weights": SHA, "directions": [entry]}
    return whole | changes


def test_a_newer_file_is_refused_as_such(tmp_path):
    path = tmp_path / "d.json"
    path.write_text(json.dumps(document(version=2)))
    with pytest.raises(NewerDirectionsError, match=r"newer version .* reads up to 1"):
        load_directions(path, SHA, 2)


def test_the_least_that_a_file_must_hold(tmp_path):
    path = tmp_path / "d.json"
    path.write_text(json.dumps(document(entry={"comment": "of a later program"})))
    assert load_directions(path, SHA, 2)[0].name == "a"


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (document(version=True), "its version is True"),
        (document(version=0), "its version is 0"),
        (document(format="latent-space-explorer/shelf"), "no file of directions"),
        ([], "no file of directions"),
        (document(weights=None), "None, not 64 hexadecimal"),
        (document(weights="A" * 64), "not 64 hexadecimal"),
        (document(directions={}), "are no list"),
        (document(directions=[1]), "direction 1 is no object"),
        (document(entry={"name": 1}), "name of direction 1 is no text"),
        (document(entry={"name": ""}), "1 to 200"),
        (document(entry={"name": "\ud800"}), "half a character"),
        (document(entry={"kind": "own"}), "no kind"),
        (document(entry={"attribute": 3}), "attribute of direction 1"),
        (document(entry={"vector": [1.0]}), "no list of 2 numbers"),
        (document(entry={"vector": None}), "no list of 2 numbers"),
        (document(entry={"vector": [True, 0]}), "holds True"),
        (document(entry={"vector": ["1", 0]}), "holds '1'"),
        (document(entry={"vector": [0.5, 0.5]}), "has length 0.707"),
        (document(entry={"vector": [10**400, 0]}), "where a number was expected"),
        (document(entry={"vector": [float("nan"), 0]}), "not a finite number"),
        (document(entry={"r2": float("inf")}), "not a finite number"),
        (document(entry={"share": "much"}), "share of direction 1"),
        (document(entry={"gradient": [1.0]}), "gradient of direction 1"),
        (document(directions=document()["directions"] * 2), "two directions have the name 'a'"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path, content, fault):
    path = tmp_path / "d.json"
    path.write_text(json.dumps(content))
    with pytest.raises(DirectionsError, match=fault) as caught:
        load_directions(path, SHA, 2)
    assert "d.json" in str(caught.value)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"a": 1e999}'], ids=str
)
def test_what_is_no_json_is_refused(tmp_path, content):
    path = tmp_path / "d.json"
    path.write_bytes(content)
    with pytest.raises(DirectionsError, match="is not JSON, or was cut off"):
        load_directions(path, SHA, 2)


def test_what_is_no_file_is_refused(tmp_path, monkeypatch):
    with pytest.raises(DirectionsError, match="cannot be read"):
        load_directions(tmp_path / "none.json", SHA, 2)
    with pytest.raises(DirectionsError, match="not a regular file"):
        load_directions(tmp_path, SHA, 2)
    save_directions(tmp_path / "d.json", [a_direction()], SHA)
    monkeypatch.setattr(direction_files, "MAX_FILE_BYTES", 10)
    with pytest.raises(DirectionsError, match="far too large"):
        load_directions(tmp_path / "d.json", SHA, 2)


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_politely(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("bytes") / "d.json"
    path.write_bytes(content)
    with pytest.raises(DirectionsError):
        load_directions(path, SHA, 2)
