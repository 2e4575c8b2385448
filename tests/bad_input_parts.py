"""What tests of bad input look at: the message, and that nothing else has changed."""

from __future__ import annotations

import base64
import struct
import zlib

import numpy as np
import pytest

from explorer.drawing import KINDS, Drawing, Stroke
from explorer.kept_drawing import document_of
from tests.interaction import press


def message(window) -> str:
    return window.status.message.cget("text")


@pytest.fixture
def unchanged(window, settle):
    """Fails if the test has changed the model, the point, its history, or a page."""
    window.state.set_z([1, 2, 3, -1, -2, -3])
    window.bookmark()
    settle()

    def everything() -> tuple:
        state = window.state
        return (
            window.model.bundle.sha256,
            (state.z, state.locks, state.bookmarks, state.can_undo, state.can_redo),
            {name: page.settings() for name, page in window.pages.items()},
            window.root.title(),
        )

    before = everything()
    yield
    settle()
    assert everything() == before
    np.testing.assert_array_equal(
        window.digit._pixels, window.model.decoder.decode_uint8(np.asarray(window.state.z))
    )
    press(window.sliders.sliders[0], "Right")  # the old model still answers
    settle()
    np.testing.assert_array_equal(
        window.digit._pixels, window.model.decoder.decode_uint8(np.asarray(window.state.z))
    )


def fill_the_sheet(page, settle) -> None:
    """A picture below strokes of every kind, and marks of unknown pixels."""
    pixels = np.zeros((28, 28), np.uint8)
    pixels[4:24, 12:15] = 200
    sheet = Drawing(28, pixels, False).with_unknown(np.tri(28, dtype=bool))
    for kind in KINDS:
        sheet = sheet.with_stroke(Stroke(((3.0, 4.0), (20.0, 9.5)), 1.5, 0.5, kind))
    page.apply_settings(page.settings() | {"drawing": document_of(sheet, None), "source": "mine"})
    settle()
    assert page.drawing.strokes == sheet.strokes


def png_of_size(width: int, height: int) -> str:
    """A PNG with no more than its header, in base64."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + checksum

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    data = chunk(b"IDAT", zlib.compress(b""))
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + header + data).decode()
