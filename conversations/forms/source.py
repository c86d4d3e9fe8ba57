"""TOML with its line numbers: so that a wrong definition is told by file and line.

``tomllib`` forgets where things stood. ``Lines`` walks the text once more, after
``tomllib`` has found it sound, and notes the line of every table, key and
element by its path, like ``("fields", 3, "privacy", "purpose")``.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TypeVar

import msgspec

from conversations.errors import DefinitionError

T = TypeVar("T")
Where = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(r"[ \t]*(?:\"([^\"\n]*)\"|'([^'\n]*)'|([A-Za-z0-9_-]+))[ \t]*")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'',
    re.DOTALL,
)
_BARE = re.compile(r"[^,\]}\n#]+")
_TOML_LINE = re.compile(r"\(at line (\d+)")
_STEP = re.compile(r"\.([^.\[]+)|\[(\d+)\]")
_UNKNOWN = re.compile(r"unknown field `([^`]+)`")


class Lines:
    """Where everything in one TOML text stands."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._known: dict[Where, int] = {(): 1}
        self._counts: dict[Where, int] = {}
        self._walk()

    def of(self, *path: str | int) -> int:
        """The line of ``path``, or of the nearest thing around it that stands."""
        while path not in self._known:
            path = path[:-1]
        return self._known[path]

    def _walk(self) -> None:
        table: Where = ()
        while self._skip():
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)

    def _skip(self) -> bool:
        """Step over blanks and comments; false at the end."""
        found = _BLANK.match(self._text, self._at)
        self._at = found.end() if found else self._at
        return self._at < len(self._text)

    def _note(self, path: Where) -> None:
        line = self._text.count("\n", 0, self._at) + 1
        self._known.setdefault(path, line)

    def _header(self) -> Where:
        many = self._text.startswith("[[", self._at)
        start = self._at
        self._at += 2 if many else 1
        path = self._resolve(self._keys())
        after = self._at + (2 if many else 1)
        self._at = start
        if many:
            number = self._counts.get(path, 0)
            self._counts[path] = number + 1
            path = (*path, number)
        self._note(path)
        self._at = after
        return path

    def _resolve(self, keys: Where) -> Where:
        """A header's keys with the numbers of the tables it stands in."""
        path: Where = ()
        for key in keys[:-1]:
            path = (*path, key)
            if path in self._counts:
                path = (*path, self._counts[path] - 1)
        return (*path, *keys[-1:])

    def _keys(self) -> Where:
        keys: list[str] = []
        while found := _KEY.match(self._text, self._at):
            keys.append(next(part for part in found.groups() if part is not None))
            self._at = found.end()
            if not self._text.startswith(".", self._at):
                break
            self._at += 1
        return tuple(keys)

    def _pair(self, table: Where) -> None:
        self._note((*table, *self._peek()))
        path = (*table, *self._keys())
        self._at += 1  # the equals sign
        self._value(path)

    def _peek(self) -> Where:
        start = self._at
        keys = self._keys()
        self._at = start
        return keys

    def _value(self, path: Where) -> None:
        self._skip()
        opening = self._text[self._at]
        if opening == "[":
            self._elements(path)
        elif opening == "{":
            self._inline(path)
        else:
            pattern = _STRING if opening in "\"'" else _BARE
            found = pattern.match(self._text, self._at)
            self._at = found.end() if found else len(self._text)

    def _elements(self, path: Where) -> None:
        self._at += 1
        number = 0
        while self._skip() and self._text[self._at] != "]":
            self._note((*path, number))
            self._value((*path, number))
            number += 1
            self._skip()
            self._at += self._text.startswith(",", self._at)
        self._at += 1

    def _inline(self, path: Where) -> None:
        self._at += 1
        while self._skip() and self._text[self._at] != "}":
            self._pair(path)
            self._skip()
            self._at += self._text.startswith(",", self._at)
        self._at += 1


def read_definition(path: Path, shape: type[T], *, name: str = "") -> tuple[T, Lines]:
    """The definition in the file at ``path`` as a ``shape``, and its lines.

    ``name`` is what errors call the file.

    Raises:
        DefinitionError: it is not TOML, or not of that shape.
    """
    return parse_definition(path.read_bytes(), shape, name=name or path.name)


def parse_definition(data: bytes, shape: type[T], *, name: str) -> tuple[T, Lines]:
    """As ``read_definition``, of a text in memory.

    Raises:
        DefinitionError: it is not UTF-8, not TOML, or not of that shape.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DefinitionError(name, line, "not UTF-8") from None
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _syntax(name, text, str(error)) from None
    lines = Lines(text)
    try:
        return msgspec.convert(raw, shape), lines
    except msgspec.ValidationError as error:
        raise _shape(name, lines, str(error)) from None


def _syntax(name: str, text: str, message: str) -> DefinitionError:
    found = _TOML_LINE.search(message)
    line = int(found[1]) if found else text.rstrip("\n").count("\n") + 1
    reason = re.sub(r" \(at .*\)$", "", message)
    return DefinitionError(name, line, f"not TOML: {reason}")


def _shape(name: str, lines: Lines, message: str) -> DefinitionError:
    reason, _, where = message.partition(" - at ")
    path: Where = tuple(
        int(number) if number else key
        for key, number in _STEP.findall(where.strip("`"))
    )
    unknown = _UNKNOWN.search(reason)
    if unknown:
        path = (*path, unknown[1])
    return DefinitionError(name, lines.of(*path), reason)
