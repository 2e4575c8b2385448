"""The package for dropped files itself; what becomes of a drop is tested in test_reload.py."""

from __future__ import annotations

from explorer.file_drop import enable_drop


def test_the_package_takes_the_window_as_a_target(root, monkeypatch):
    # It has the same Tcl commands on every platform; only this one is at hand for tests.
    monkeypatch.setattr("explorer.file_drop.PLATFORMS", ("x11",))
    assert enable_drop(root, lambda path: None)
    assert root.tk.call("package", "provide", "tkdnd")
    assert root.tk.call("bind", ".", "<<Drop:DND_Files>>")
