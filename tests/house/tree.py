"""The repository as the house tests read it."""

from __future__ import annotations

import ast
import io
import os
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("bot", "conversations", "notices", "storage")
GENERATED = ROOT / "storage" / "migrations" / "versions"
HAN = re.compile("[\u4e00-\u9fff]")

Function = ast.FunctionDef | ast.AsyncFunctionDef

_NOT_OURS = {"var", "build", "dist", "__pycache__", "node_modules"}
_TEXTS = {
    *("", ".py", ".md", ".toml", ".txt", ".j2", ".css", ".js", ".html", ".typ"),
    *(".svg", ".mako", ".sh", ".yml", ".yaml", ".conf", ".service", ".example"),
}


@cache
def texts() -> tuple[Path, ...]:
    """Every text file of the repository that a person wrote."""
    found: list[Path] = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [
            name
            for name in folders
            if name not in _NOT_OURS
            and not name.endswith(".egg-info")
            and (not name.startswith(".") or name == ".ci")
        ]
        # In a work tree beside the repository, `.git` is a file.
        found.extend(Path(folder) / name for name in names if name != ".git")
    return tuple(sorted(path for path in found if path.suffix in _TEXTS))


def sources(*tops: str) -> Iterator[Path]:
    """The Python files under some folders, those of the packages by default."""
    for top in tops or PACKAGES:
        yield from sorted((ROOT / top).rglob("*.py"))


def name(path: Path) -> str:
    """Where a file lies in the repository."""
    return path.relative_to(ROOT).as_posix()


def read(path: Path | str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(read(path), filename=name(path))


def functions(path: Path) -> Iterator[Function]:
    for node in ast.walk(parsed(path)):
        if isinstance(node, Function):
            yield node


def length(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def literals(path: Path) -> Iterator[tuple[int, str]]:
    """Every text in a file with its line; docstrings and comments are none."""
    tree = parsed(path)
    said_alone = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)
    }
    for node in ast.walk(tree):
        if id(node) in said_alone or not isinstance(node, ast.Constant):
            continue
        if isinstance(node.value, str):
            yield node.lineno, node.value


def comments(path: Path) -> Iterator[tuple[int, str]]:
    """Every comment of a file with its line."""
    for token in tokenize.generate_tokens(io.StringIO(read(path)).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
