"""Every fault that the service must live through has a test named after it."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path

from tests.house import tree

FAULTS = range(1, 21)
NAME = re.compile(r"test_f(\d\d)_[a-z0-9_]+\.py")


def files() -> dict[int, list[Path]]:
    """The files of each fault, by its number."""
    found: defaultdict[int, list[Path]] = defaultdict(list)
    for path in sorted((tree.ROOT / "tests" / "faults").glob("test_*.py")):
        match = NAME.fullmatch(path.name)
        assert match, f"{path.name} says not which fault it is about"
        found[int(match[1])].append(path)
    return found


def is_long(marks: list[ast.expr]) -> bool:
    """Whether marks keep a test out of the usual run."""
    return any("mark.chaos" in ast.unparse(mark) for mark in marks)


def usual_tests(path: Path) -> list[str]:
    """The tests of a file that every run has."""
    body = tree.parsed(path).body
    of_all = [
        one.value
        for one in body
        if isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) == "pytestmark"
    ]
    if is_long(of_all):
        return []
    return [
        one.name
        for one in body
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)
        and one.name.startswith("test_")
        and not is_long(one.decorator_list)
    ]


def test_every_fault_has_a_file() -> None:
    assert sorted(files()) == list(FAULTS)


def test_every_fault_is_proven_in_every_run() -> None:
    unproven = {
        number
        for number, paths in files().items()
        if not any(usual_tests(path) for path in paths)
    }
    assert unproven == set()


def test_the_first_line_of_a_file_names_its_fault() -> None:
    silent = {
        path.name
        for number, paths in files().items()
        for path in paths
        if not (ast.get_docstring(tree.parsed(path)) or "").startswith(f"F{number}")
    }
    assert silent == set()
