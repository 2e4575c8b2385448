"""A picture on the clipboard: another program gets exactly the bytes that were copied."""

from __future__ import annotations

import io
import subprocess
import sys
import tkinter as tk
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from explorer import images
from explorer.image_clipboard import ClipboardUnavailable, copy_image
from tests.conftest import PUMP_TIMEOUT_S

# Another process, which has to ask the X server; a second window of this one would get the text of
# the first one directly.
READER = """
import sys, tkinter
root = tkinter.Tk()
try:
    text = root.clipboard_get(type=sys.argv[1])
except tkinter.TclError as error:
    sys.exit(f"nothing: {error}")
sys.stdout.buffer.write(text.encode("utf-8" if sys.argv[1] == "UTF8_STRING" else "latin-1"))
"""


@pytest.fixture
def paste(pump: Callable[..., None]) -> Callable[[str], bytes | None]:
    """`paste(target)` is what another program gets; None if that is not offered."""

    def read(target: str) -> bytes | None:
        command = [sys.executable, "-c", READER, target]
        with ThreadPoolExecutor() as threads:
            # On a thread, since the program gets nothing while Tk does not answer it here.
            running = threads.submit(
                subprocess.run, command, capture_output=True, timeout=PUMP_TIMEOUT_S, check=False
            )
            pump(running.done, what="the other program has read the clipboard")
        other = running.result()
        if other.returncode != 0:
            assert other.stderr.startswith(b"nothing:"), other.stderr
            return None
        return other.stdout

    return read


def png(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, format="PNG")
    return file.getvalue()


@pytest.fixture
def grey(model) -> bytes:
    """A digit in its own 28 x 28 pixels."""
    return png(images.to_pil(model.decoder.decode_uint8(model.presets[3])))


@pytest.fixture
def colour() -> bytes:
    """So large that it is sent in pieces."""
    noise = np.random.default_rng(0).integers(0, 256, (3, 32, 32), np.uint8)
    content = png(images.scaled(noise, 512, 512, smooth=True))
    assert len(content) > 200_000
    return content


def test_another_program_gets_the_bytes(root, paste, grey, colour):
    for content in (grey, colour):
        assert 0 in content  # where a string would end
        assert max(content) > 0x7F
        copy_image(root, content)
        assert paste("image/png") == content


def test_every_byte_arrives_as_it_is(root, paste):
    content = bytes(range(256)) * 40  # beyond the 4,000 bytes that Tk sends at once
    copy_image(root, content)
    assert paste("image/png") == content


def test_a_picture_takes_the_place_of_a_text(root, paste, grey):
    root.clipboard_clear()
    root.clipboard_append("[1, 2, 3]")
    copy_image(root, grey)
    assert paste("UTF8_STRING") is None
    with pytest.raises(tk.TclError):
        root.clipboard_get()


def test_a_text_takes_the_place_of_a_picture(root, paste, grey):
    copy_image(root, grey)
    root.clipboard_clear()
    root.clipboard_append("déjà vu")
    assert paste("UTF8_STRING") == "déjà vu".encode()
    assert root.clipboard_get() == "déjà vu"
    assert paste("image/png") is None


def test_a_picture_takes_the_place_of_a_picture(root, paste, grey, colour):
    copy_image(root, colour)
    copy_image(root, grey)
    assert paste("image/png") == grey


def test_where_tk_copies_no_pictures_it_says_what_to_do(root, grey):
    root.clipboard_clear()
    root.clipboard_append("kept")
    root.tk.eval("rename tk tk_of_x11; proc tk {args} { return win32 }")
    with pytest.raises(ClipboardUnavailable, match=r"Ctrl\+E"):
        copy_image(root, grey)
    root.tk.eval("rename tk {}; rename tk_of_x11 tk")
    assert root.clipboard_get() == "kept"


def test_a_failure_of_tk_says_what_to_do(root, grey):
    root.tk.eval("rename clipboard {}; proc clipboard {args} { error {no selection} }")
    with pytest.raises(ClipboardUnavailable, match=r"no selection.*Ctrl\+E"):
        copy_image(root, grey)
