"""What a newcomer types: the commands exist, and the requirements are complete and bounded."""

from __future__ import annotations

import ast
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
OURS = {"benchmarks", "explorer", "gui", "tests", "tools", "train", "vae"}
# Where it differs from the module.
DISTRIBUTION = {
    "PIL": "pillow",
    "imageio_ffmpeg": "imageio-ffmpeg",
    "sklearn": "scikit-learn",
}
OPTIONAL = {"imageio-ffmpeg", "tkinterdnd2"}  # the program works without; 68 MB, and 1 MB


def requirements(name: str) -> list[Requirement]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    specifications = (line.partition("#")[0].strip() for line in lines)
    return [Requirement(text) for text in specifications if text]


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", ".ci/run"])
def test_every_make_command_that_is_written_down_exists(document):
    text = (ROOT / document).read_text(encoding="utf-8")
    commands = set(re.findall(r"(?:^|`|\s{2,})make ([a-z]+)", text, flags=re.MULTILINE))
    assert commands, f"{document} names no make command"
    assert commands <= make_targets()


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not needed to run the program")
def test_make_alone_lists_every_command():
    shown = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"^make ([a-z]+)", shown, flags=re.MULTILINE)) == make_targets()


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_requirements_have_a_lower_bound(name):
    unbounded = [
        str(r) for r in requirements(name) if not any(s.operator == ">=" for s in r.specifier)
    ]
    assert unbounded == []


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_what_is_installed_here_meets_the_requirements(name):
    unmet = [
        f"{r}, but here is {importlib.metadata.version(r.name)}"
        for r in requirements(name)
        if not r.specifier.contains(importlib.metadata.version(r.name), prereleases=True)
    ]
    assert unmet == []


@pytest.mark.parametrize(
    ("folders", "files"),
    [
        (["vae", "explorer"], ["requirements.txt"]),
        (["tests", "tools", "benchmarks"], ["requirements.txt", "requirements-dev.txt"]),
    ],
)
def test_everything_imported_is_required(folders, files):
    """What another package happens to bring along today may be gone with its next version."""
    paths = [path for folder in folders for path in ROOT.glob(f"{folder}/**/*.py")]
    imported = set()
    for path in [*paths, *ROOT.glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                imported.add(node.module.partition(".")[0])
    foreign = imported - OURS - sys.stdlib_module_names
    required = {r.name for name in files for r in requirements(name)}
    assert {DISTRIBUTION.get(module, module) for module in foreign} <= required | OPTIONAL


def test_what_is_optional_is_there_for_the_tests():
    assert {r.name for r in requirements("requirements-dev.txt")} >= OPTIONAL
    assert not {r.name for r in requirements("requirements.txt")} & OPTIONAL


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no executable bit")
def test_the_check_before_a_change_is_executable():
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")
def test_setup_refuses_an_unsuitable_python(tmp_path):
    """In a folder of its own, since the one at hand has its .venv already."""
    tools = tmp_path / "tools"
    tools.mkdir()
    script = tools / "setup.sh"
    script.write_text((ROOT / "tools" / "setup.sh").read_text())
    done = subprocess.run(
        ["sh", str(script), "run"],
        env={**os.environ, "PYTHON": "/bin/false"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "PYTHON=/bin/false will not do" in done.stderr
    assert "tkinter" in done.stderr
    assert not (tmp_path / ".venv").exists()
