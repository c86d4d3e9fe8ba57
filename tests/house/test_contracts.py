"""Promises that are made in one place and relied on in another."""

from __future__ import annotations

import ast
import inspect
import tomllib
from collections.abc import Iterator
from pathlib import Path

from bot import errors
from bot.actions.dispatch import HANDLERS, SUBMITTERS
from bot.commands import load
from conversations.forms.book import digest, load_book
from storage.privacy import REGISTER, unregistered
from storage.tables import metadata
from tests.house import tree

DEFINITIONS = tree.ROOT / "conversations" / "forms" / "definitions"


def test_released_forms_are_as_they_were_released() -> None:
    locked = tomllib.loads(tree.read(DEFINITIONS / "released.toml"))
    now = {name: digest(DEFINITIONS / name) for name in locked}
    assert now == locked


def test_every_form_version_is_released() -> None:
    locked = tomllib.loads(tree.read(DEFINITIONS / "released.toml"))
    versions = {f"{form.form}/{form.version}.toml" for form in load_book().forms()}
    assert versions == set(locked)


def test_every_command_has_a_handler_and_every_handler_a_command() -> None:
    assert set(HANDLERS) == {command.name for command in load()}


def test_every_form_can_be_handed_in() -> None:
    assert set(SUBMITTERS) == {form.form for form in load_book().forms()}


def test_everything_kept_about_persons_is_in_the_register() -> None:
    assert unregistered() == set()
    assert set(REGISTER) - set(metadata.tables) == set()


def test_the_register_is_told_of_in_the_privacy_document() -> None:
    assert "storage/privacy/register.py" in tree.read("docs/privacy.md")


def test_every_error_for_operators_builds_its_own_sentence() -> None:
    silent = [
        one.__name__
        for one in _operator_errors()
        if "__init__" not in vars(one) or not _says_one_line(one)
    ]
    assert silent == []


def test_the_tree_of_errors_names_each_of_them() -> None:
    drawn = errors.__doc__ or ""
    missing = [one.__name__ for one in _operator_errors() if one.__name__ not in drawn]
    assert missing == []


def _operator_errors() -> Iterator[type[errors.XuntongError]]:
    for _, one in inspect.getmembers(errors, inspect.isclass):
        if issubclass(one, errors.XuntongError) and one is not errors.XuntongError:
            yield one


def _says_one_line(kind: type[errors.XuntongError]) -> bool:
    """Whether the error, made of any values of its types, is one line of words."""
    values = {"str": "thing", "int": 2}
    signature = inspect.signature(kind)
    given = [
        values[str(one.annotation).partition(" | ")[0].strip("'")]
        for one in signature.parameters.values()
    ]
    said = str(kind(*given))
    return bool(said.strip()) and "\n" not in said


def test_nobody_raises_a_bare_operator_error() -> None:
    bare = {
        f"{tree.name(path)}:{node.lineno}"
        for path in tree.sources()
        for node in ast.walk(tree.parsed(path))
        if isinstance(node, ast.Raise) and _is_bare(node)
    }
    assert bare == set()


def _is_bare(node: ast.Raise) -> bool:
    raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    return isinstance(raised, ast.Name) and raised.id in {"XuntongError", "Exception"}


def test_every_package_says_what_it_is() -> None:
    silent = [
        tree.name(path)
        for path in tree.sources()
        if path.name == "__init__.py"
        and tree.read(path).strip()
        and not ast.get_docstring(tree.parsed(path))
    ]
    assert silent == []


def test_everything_the_packages_read_is_packaged() -> None:
    pyproject = tomllib.loads(tree.read("pyproject.toml"))
    patterns = pyproject["tool"]["setuptools"]["package-data"]["*"]
    left_out = [
        tree.name(path)
        for top in tree.PACKAGES
        for path in _data(tree.ROOT / top)
        if not any(path.match(pattern) for pattern in patterns)
    ]
    assert left_out == []


def _data(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix not in {".py", ".pyc"}:
            yield path
