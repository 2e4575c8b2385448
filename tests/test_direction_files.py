"""Files of directions: kept safely, read with suspicion."""

import json
from dataclasses import fields

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from vae.direction_files import DIRECTIONS, load_directions, save_directions
from vae.directions import Direction, map_directions
from vae.documents import DocumentError, NewerDocumentError, OtherWeightsError

SHA = "0123456789abcdef" * 4


def a_direction(name="a", vector=(0.6, 0.8), **known):
    return Direction(name, known.pop("kind", "classes"), np.array(vector), **known)


def same(before, after):
    """Whether two directions are equal to the last bit."""
    for field in fields(Direction):
        mine, theirs = getattr(before, field.name), getattr(after, field.name)
        if isinstance(mine, np.ndarray) or isinstance(theirs, np.ndarray):
            np.testing.assert_array_equal(mine, theirs, strict=True)
        else:
            assert mine == theirs


def test_directions_come_back_as_they_were(tmp_path, named, model):
    path = tmp_path / "directions.json"
    kept = [*named.values(), *map_directions(model.decoder), a_direction("é, ∂", np.eye(6)[2])]
    save_directions(path, kept, model.bundle.sha256)
    back = load_directions(path, model.bundle.sha256, model.latent_dim)
    assert len(back) == len(kept)
    for before, after in zip(kept, back, strict=True):
        same(before, after)


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200)
numbers = st.floats(allow_nan=False, allow_infinity=False)


@given(
    st.integers(1, 64).flatmap(
        lambda d: st.tuples(
            hnp.arrays(float, d, elements=st.floats(-1, 1)), hnp.arrays(float, d, elements=numbers)
        )
    ),
    texts.filter(str.strip),
    st.none() | texts,
    numbers,
)
def test_any_direction_comes_back_to_the_last_bit(tmp_path_factory, arrays, name, attribute, r2):
    vector, gradient = arrays
    length = np.linalg.norm(vector)
    assume(length > 1e-100)
    before = Direction(
        name, "attribute", vector / length, attribute=attribute, r2=r2, gradient=gradient
    )
    path = tmp_path_factory.getbasetemp() / "any.json"
    save_directions(path, [before], SHA)
    same(before, load_directions(path, SHA, len(vector))[0])


def test_no_directions_are_a_file_as_well(tmp_path):
    save_directions(tmp_path / "d.json", [], SHA)
    assert load_directions(tmp_path / "d.json", SHA, 2) == ()


def test_what_cannot_be_saved_leaves_the_file_alone(tmp_path):
    path = tmp_path / "d.json"
    save_directions(path, [a_direction()], SHA)
    content = path.read_bytes()
    with pytest.raises(ValueError, match="two directions have the name 'b'"):
        save_directions(path, [a_direction("b"), a_direction("b")], SHA)
    with pytest.raises(ValueError, match="not 64 hex digits"):
        save_directions(path, [], "abc")
    assert path.read_bytes() == content
    assert [other.name for other in tmp_path.iterdir()] == ["d.json"]


def test_directions_of_other_weights_are_refused(tmp_path):
    save_directions(tmp_path / "d.json", [a_direction()], SHA)
    with pytest.raises(OtherWeightsError, match=r"d\.json belongs to other weights") as caught:
        load_directions(tmp_path / "d.json", SHA[::-1], 2)
    assert "0123456789ab" in str(caught.value)
    assert "fedcba987654" in str(caught.value)


def document(**changes):
    entry = {"name": "a", "kind": "classes", "vector": [0.6, 0.8]}
    entry |= changes.pop("entry", {})
    whole = {"format": DIRECTIONS.format, "version": 1, "weights": SHA, "directions": [entry]}
    return whole | changes


def test_a_newer_file_is_refused_as_such(tmp_path):
    path = tmp_path / "d.json"
    path.write_text(json.dumps(document(version=2)))
    with pytest.raises(NewerDocumentError, match=r"newer version .* reads up to 1"):
        load_directions(path, SHA, 2)


def test_the_least_that_a_file_must_hold(tmp_path):
    path = tmp_path / "d.json"
    path.write_text(json.dumps(document(entry={"comment": "of a later program"})))
    assert load_directions(path, SHA, 2)[0].name == "a"


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (document(version=True), "its version is true"),
        (document(version=0), "its version is 0"),
        (document(format="latent-space-explorer/shelf"), "not a file of directions"),
        ([], "not a file of directions"),
        (document(weights=None), "the SHA-256 of the weights is missing"),
        (document(weights="A" * 64), "not 64 hex digits"),
        (document(directions={}), "directions is an object where a list"),
        (document(directions=[1]), "direction 1 is 1 where an object"),
        (document(entry={"name": 1}), "the name of direction 1 is 1 where a text"),
        (document(entry={"name": ""}), "1 to 200"),
        (document(entry={"name": "\ud800"}), "half a character"),
        (document(entry={"kind": "own"}), "no kind"),
        (document(entry={"attribute": 3}), "the attribute of direction 1 is 3"),
        (document(entry={"vector": [1.0]}), "vector of direction 1 has 1 numbers, but z has 2"),
        (document(entry={"vector": None}), "the vector of direction 1 is missing"),
        (document(entry={"vector": [True, 0]}), "holds true"),
        (document(entry={"vector": ["1", 0]}), 'holds "1" where a number'),
        (document(entry={"vector": [0.5, 0.5]}), "has length 0.707"),
        (document(entry={"vector": [10**400, 0]}), "not finite"),
        (document(entry={"vector": [1e308, 1e308]}), "has length"),
        (document(entry={"vector": [float("nan"), 0]}), "not a finite number"),
        (document(entry={"r2": float("inf")}), "not a finite number"),
        (document(entry={"share": "much"}), "the share of direction 1 holds"),
        (document(entry={"gradient": [1.0]}), "the gradient of direction 1 has 1 numbers"),
        (document(directions=document()["directions"] * 2), "two directions have the name 'a'"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path, content, fault):
    path = tmp_path / "d.json"
    path.write_text(json.dumps(content))
    with pytest.raises(DocumentError, match=fault) as caught:
        load_directions(path, SHA, 2)
    assert "d.json" in str(caught.value)


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_politely(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("bytes") / "d.json"
    path.write_bytes(content)
    with pytest.raises(DocumentError):
        load_directions(path, SHA, 2)
