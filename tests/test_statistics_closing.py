"""A window that is closed while the Statistics page measures."""

from __future__ import annotations

import subprocess

from explorer.theme import create_root
from explorer.window import MainWindow

OPENING_S = 120.0  # on a busy machine; it returns as soon as the window is there


def test_closing_while_measuring_leaves_no_process_and_no_error(
    weights_path, interpreters, pump, monkeypatch
):
    children = []
    make = subprocess.Popen.__init__

    def watched(self, *arguments, **options):
        make(self, *arguments, **options)
        children.append(self)

    monkeypatch.setattr(subprocess.Popen, "__init__", watched)
    window = MainWindow(create_root("Tests", scaling=1.0), weights_path)
    pump(lambda: window.settled, OPENING_S)
    window.show_page("statistics")
    pump(lambda: "dimensions" in window.pages["statistics"].book.views)
    pump(lambda: window.settled, OPENING_S)
    page = window.pages["statistics"]
    known = len(children)
    page.book.show("prior")
    pump(lambda: len(children) > known, what="the comparison has begun")
    assert not page.settled
    window.close()
    assert all(child.poll() is not None for child in children)
