"""The rules of the house: who imports whom, what is loaded when, what may be committed.

The rules are those of CONTRIBUTING.md; they are read from the source with `ast`, so that a
forbidden import is found even where no test happens to run it.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = ("vae", "explorer", "gui", "train")
SLOW = ("torch", "torchvision", "sklearn", "scipy", "matplotlib")  # each 0.2 s or more to import


@dataclass(frozen=True)
class Import:
    """One import of one module, at one place."""

    importer: str  # dotted name, such as "explorer.pages.morph"
    target: str  # dotted name; for `from package import name`, the name is included
    line: int
    at_import: bool  # happens when the importer is imported, not when a function of it is called

    def __str__(self) -> str:
        return f"{self.importer}, line {self.line}: imports {self.target}"


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def program_files() -> dict[str, Path]:
    """The modules of the program by dotted name: vae/, explorer/, gui.py and train.py."""
    paths = [*ROOT.glob("*.py"), *ROOT.glob("vae/**/*.py"), *ROOT.glob("explorer/**/*.py")]
    return {module_name(path): path for path in sorted(paths)}


def python_files() -> list[Path]:
    folders = ("vae", "explorer", "tests", "benchmarks", "tools")
    return [*ROOT.glob("*.py"), *(p for folder in folders for p in ROOT.glob(f"{folder}/**/*.py"))]


def runs_for_type_checkers_only(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def walk(node: ast.AST, at_import: bool = True) -> Iterator[tuple[ast.AST, bool]]:
    """Every statement below node that is ever executed, and whether importing executes it."""
    for child in ast.iter_child_nodes(node):
        if runs_for_type_checkers_only(child):
            continue
        inside_function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        yield child, at_import
        yield from walk(child, at_import and not inside_function)


@cache
def imports() -> tuple[Import, ...]:
    found = []
    for name, path in program_files().items():
        package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        for node, at_import in walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                targets = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                base = node.module or ""
                if node.level:
                    parts = package.split(".")
                    parents = parts[: len(parts) - node.level + 1]
                    base = ".".join([*parents, base]).strip(".")
                targets = [f"{base}.{alias.name}" for alias in node.names]
            else:
                continue
            found += [Import(name, target, node.lineno, at_import) for target in targets]
    return tuple(found)


def inside(module: str, *packages: str) -> bool:
    return any(module == package or module.startswith(package + ".") for package in packages)


def resolved(target: str) -> str:
    """The module of the program that a target means: the target itself, or what it is a name in."""
    while target not in program_files() and "." in target:
        target = target.rpartition(".")[0]
    return target


def offending(importers: tuple[str, ...], forbidden: tuple[str, ...]) -> list[str]:
    return [
        str(i) for i in imports() if inside(i.importer, *importers) and inside(i.target, *forbidden)
    ]


@pytest.mark.parametrize(
    ("importer", "forbidden"),
    [
        ("vae", ("tkinter", "ttkbootstrap", "explorer", "gui", "train", "tqdm")),
        ("train", ("tkinter", "ttkbootstrap", "explorer", "gui")),
        ("explorer", ("gui", "train")),
        ("explorer.widgets", ("explorer.views", "explorer.pages", "explorer.window")),
        ("explorer.views", ("explorer.pages", "explorer.window")),
        ("explorer.pages", ("explorer.window",)),
    ],
)
def test_imports_point_downwards(importer, forbidden):
    assert offending((importer,), forbidden) == []


def test_the_state_is_plain_python():
    strangers = [
        str(i)
        for i in imports()
        if i.importer == "explorer.state"
        and i.target.partition(".")[0] not in sys.stdlib_module_names
    ]
    assert strangers == []
    assert offending(("explorer.state",), ("tkinter",)) == []


def test_only_the_window_knows_the_pages():
    importers = {i.importer for i in imports() if inside(i.target, "explorer.pages")}
    strangers = {name for name in importers if not inside(name, "explorer.pages")}
    assert strangers <= {"explorer.window"}


def test_only_gui_imports_the_window():
    importers = {i.importer for i in imports() if inside(i.target, "explorer.window")}
    assert importers <= {"gui"}


def test_pages_do_not_import_one_another():
    between_pages = [
        str(i)
        for i in imports()
        if inside(i.importer, "explorer.pages")
        and inside(i.target, "explorer.pages")
        and program_files()[i.importer].name != "__init__.py"
        and resolved(i.target) != i.importer
    ]
    assert between_pages == []


@pytest.mark.parametrize(
    ("library", "place"), [("ttkbootstrap", "explorer.theme"), ("torchvision", "vae.data")]
)
def test_a_library_is_known_in_one_place(library, place):
    importers = {i.importer for i in imports() if inside(i.target, library)}
    assert importers <= {place}


def test_modules_do_not_import_in_circles():
    graph: dict[str, set[str]] = {name: set() for name in program_files()}
    for i in imports():
        target = resolved(i.target)
        if i.at_import and target in graph and target != i.importer:
            graph[i.importer].add(target)
    while leaves := {name for name, targets in graph.items() if not targets & graph.keys()}:
        for name in leaves:
            del graph[name]
    assert graph == {}, "these import one another, or what does"


def test_the_window_is_written_without_slow_imports():
    early = [
        str(i)
        for i in imports()
        if i.at_import and inside(i.importer, "explorer", "gui") and inside(i.target, *SLOW)
    ]
    assert early == []


def test_importing_the_window_loads_and_starts_nothing():
    modules = [name for name in program_files() if inside(name, "explorer", "gui")]
    program = (
        "import importlib, sys, threading, tkinter\n"
        f"for name in {modules}: importlib.import_module(name)\n"
        f"print(*(name for name in {SLOW} if name in sys.modules))\n"
        "if tkinter._default_root: print('a window')\n"
        "if threading.active_count() > 1: print('a thread')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.stdout.split(), done.stderr) == ([], "")


def test_every_module_says_what_it_owns():
    silent = [
        str(path.relative_to(ROOT))
        for path in python_files()
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []


def committed_texts() -> Iterator[tuple[Path, str]]:
    """The text files under version control; in a copy without git, those in the known places."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode == 0:
        paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    else:
        paths = [*python_files(), *ROOT.glob("*.md"), *ROOT.glob("*.txt"), *ROOT.glob("*.toml")]
    for path in paths:
        try:
            yield path, path.read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue  # a binary file, or one deleted and not yet committed


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        # Written in pieces, so that this file does not find itself.
        ("a note to oneself", r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b"),
        ("a path of one machine", r"(?<![\w.$~}/-])/(ho" r"me|Use" r"rs|ro" r"ot|wo" r"rk)/\w"),
    ],
)
def test_nothing_is_committed_that_means_nothing_to_others(what, pattern):
    lines = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path, text in committed_texts()
        for number, line in enumerate(text.splitlines(), start=1)
        if re.search(pattern, line)
    ]
    assert lines == [], what


@pytest.mark.parametrize(
    "document",
    ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/figures.md", "docs/studies.md"],
)
def test_links_to_files_of_the_repository_exist(document):
    path = ROOT / document
    text = path.read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#\s]+)", text) + re.findall(r'(?:src|href)="([^"#]+)"', text)
    local = [target for target in targets if "://" not in target]
    missing = [target for target in local if not (path.parent / target).exists()]
    assert missing == []
