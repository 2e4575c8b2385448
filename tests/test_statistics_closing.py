"""A window that is closed while the Statistics page measures."""

from __future__ import annotations

import subprocess

from explorer.theme import create_root
from explorer.window import MainWindow


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
    pump(lambda: window.settled)
    window.show_page("statistics")
    pump(lambda: window.settled)
    page = window.pages["statistics"]
    known = len(children)
    page.book.show("prior")
    pump(lambda: len(children) > known, what="the comparison has begun")
    assert not page.settled
    window.close()
    assert all(child.poll() is not None for child in children)
