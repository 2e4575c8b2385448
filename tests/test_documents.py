"""Reading the program's JSON files: what is sound comes back, what is not is refused in words."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae import documents
from vae.documents import (
    DocumentError,
    Kind,
    NewerDocumentError,
    OtherWeightsError,
    number_of,
    read_document,
    sha256_of_weights,
    shown,
    text_of,
    vector_of,
    write_document,
)

SHA, OTHER = "0123456789abcdef" * 4, "fedcba9876543210" * 4
NOTES = Kind("latent-space-explorer/notes", 3, "file of notes", hint="Choose another.")


def notes_of(document):
    return text_of(document.get("notes"), "notes")


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_written_is_read(tmp_path_factory, notes):
    path = tmp_path_factory.getbasetemp() / "notes.json"
    write_document(path, NOTES, {"notes": notes}, SHA)
    assert read_document(path, NOTES, notes_of, SHA) == notes
    assert read_document(path, NOTES, notes_of) == notes


def refusal(path, content, sha256=None):
    path.write_text(json.dumps(content))
    with pytest.raises(DocumentError) as caught:
        read_document(path, NOTES, notes_of, sha256)
    assert str(caught.value).startswith(str(path))
    return caught.value


SOUND = {"format": NOTES.format, "version": 3, "weights": SHA, "notes": "x"}


def test_each_fault_is_an_error_of_its_own(tmp_path):
    path = tmp_path / "notes.json"
    assert "not a file of notes" in str(refusal(path, {**SOUND, "format": "other"}))
    assert "Choose another." in str(refusal(path, {**SOUND, "format": "other"}))
    newer = refusal(path, {**SOUND, "version": 4, "notes": 3})
    assert isinstance(newer, NewerDocumentError)
    assert "(file of notes format 4, this one reads up to 3)" in str(newer)
    other = refusal(path, SOUND, OTHER)
    assert isinstance(other, OtherWeightsError)
    assert SHA[:12] in str(other)
    assert OTHER[:12] in str(other)
    assert "is damaged: the SHA-256 of the weights is missing" in str(
        refusal(path, {**SOUND, "weights": None}, SHA)
    )
    assert "is damaged: notes is 3 where a text was expected." in str(
        refusal(path, {**SOUND, "notes": 3})
    )


def test_older_versions_are_read(tmp_path):
    path = tmp_path / "notes.json"
    path.write_text(json.dumps({**SOUND, "version": 1}))
    assert read_document(path, NOTES, notes_of) == "x"


def test_what_cannot_be_read_again_is_not_written(tmp_path):
    path = tmp_path / "notes.json"
    for content, sha256 in (({"notes": float("nan")}, SHA), ({"notes": ""}, "abc")):
        with pytest.raises(ValueError, match=r"JSON|not 64 hex digits"):
            write_document(path, NOTES, content, sha256)
    assert not path.exists()


def test_a_file_that_is_far_too_large_is_not_taken_in(tmp_path, monkeypatch):
    path = tmp_path / "notes.json"
    write_document(path, NOTES, {"notes": "x"})
    monkeypatch.setattr(documents, "MAX_FILE_BYTES", 2**4)
    with pytest.raises(DocumentError, match="far too large for a file of notes"):
        read_document(path, NOTES, notes_of)


finite = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(finite | st.integers(-(10**6), 10**6)))
def test_numbers_are_floats(values):
    vector = vector_of(values, "z")
    assert vector == tuple(values)
    assert all(type(value) is float for value in vector)


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (True, "true where a number"),
        ("1", '"1"'),
        (None, "null"),
        ([1.0], "a list"),
        (10**400, "a number that is not finite"),
        (float("inf"), "a number that is not finite"),
    ],
    ids=["true", "text", "null", "list", "huge", "infinity"],
)
def test_what_is_no_number_is_refused(value, fault):
    with pytest.raises(ValueError, match=f"^z holds {fault}"):
        number_of(value, "z")


@pytest.mark.parametrize("value", [None, 3, "", SHA.upper(), SHA[1:], SHA + "\n"])
def test_what_is_no_fingerprint_is_refused(value):
    with pytest.raises(ValueError, match="the SHA-256 of the weights"):
        sha256_of_weights(value)


@given(st.recursive(st.none() | st.booleans() | finite | st.text(), st.lists))
def test_a_value_is_shown_on_one_short_line(value):
    text = shown(value)
    assert len(text) <= 32
    assert "\n" not in text
