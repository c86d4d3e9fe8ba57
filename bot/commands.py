"""The commands, as ``commands.toml`` says them: who may give which, and how.

The file is read once. A definition that does not hold together stops the start.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import msgspec
from rapidfuzz import fuzz, process

from conversations.errors import DefinitionError
from conversations.forms.source import read_definition

FILE = Path(__file__).with_name("commands.toml")
ANYONE = "anyone"
ROLES = (
    "centre_manager",
    "province_manager",
    "base_staff",
    "class_manager",
    "backbone_teacher",
    "teacher",
)

_NEARLY = 50
_CODE = re.compile(r"\d{4}-[A-Z]{2}-\d{2,3}")
_BRACKETS = re.compile(r"[“”\"'《》【】\[\]]")
_BEFORE_NUMBER = re.compile(r"^\s*(?:第|no\.?|#)\s*(?=\d)", re.IGNORECASE)
_GLUED = re.compile(
    r"^\s*(\d{4}-[A-Za-z]{2}-\d{2,3}|\d+)(?:\s*号|(?=[^\d\s-]))", re.IGNORECASE
)
_TO_CODE = re.compile(r"^\W*\d{4}-[A-Za-z]{2}-\d{2,3}[^\w\s]*")
_BETWEEN = re.compile(r"[\s,;:、。]+")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—−－", "-"))


class Command(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One command; see the head of ``commands.toml`` for what the fields mean."""

    name: str
    part: str
    who: tuple[str, ...]
    scope: str
    help: str
    usage: str
    aliases: tuple[str, ...] = ()
    help_for: dict[str, str] = {}
    uses: dict[str, tuple[str, ...]] = {}
    manages: bool = False
    own: bool = False

    def roles(self, use: str = "") -> tuple[str, ...]:
        """The roles that may give it, or make this use of it."""
        return self.uses[use] if use else self.who

    def open_to(self, roles: Iterable[str]) -> bool:
        """True iff somebody with these roles may give it somewhere."""
        return ANYONE in self.who or not set(roles).isdisjoint(self.who)

    def help_of(self, roles: Iterable[str]) -> str:
        """The one-line help for somebody with these roles, the highest first."""
        ordered = (role for role in ROLES if role in set(roles))
        texts = (self.help_for[role] for role in ordered if role in self.help_for)
        return next(texts, self.help)


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    key: str
    title: str


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    part: tuple[_Part, ...]
    command: tuple[Command, ...]


@cache
def load(path: Path = FILE) -> tuple[Command, ...]:
    """All commands, in the file's order.

    Raises:
        DefinitionError: the file does not hold together; says where and why.
    """
    file = read_definition(path, _File)[0]
    _check(file, path, path.read_text(encoding="utf-8"))
    return file.command


def _check(file: _File, path: Path, text: str) -> None:
    words: set[str] = set()
    parts = {part.key for part in file.part}
    for command in file.command:
        line = text[: text.index(f'name = "{command.name}"')].count("\n") + 1
        named = (command.name, *command.aliases)
        twice = [word for word in named if word in words]
        if twice:
            raise DefinitionError(path.name, line, f"{twice[0]} is said twice")
        words.update(named)
        if command.part not in parts:
            raise DefinitionError(path.name, line, f"no such part: {command.part}")
        unknown = _roles_named(command) - {ANYONE, *ROLES}
        if unknown:
            raise DefinitionError(path.name, line, f"no such role: {min(unknown)}")


def _roles_named(command: Command) -> set[str]:
    return {
        *command.who,
        *command.help_for,
        *(role for roles in command.uses.values() for role in roles),
    }


@cache
def by_word() -> dict[str, Command]:
    """Commands by name and by alias."""
    return {
        word: command for command in load() for word in (command.name, *command.aliases)
    }


@cache
def allowed(roles: frozenset[str]) -> tuple[Command, ...]:
    """What somebody with these roles may give, their role's own commands first."""
    known = {command.name: command for command in by_word().values()}
    mine = [command for command in known.values() if command.open_to(roles)]
    return tuple(sorted(mine, key=lambda command: ANYONE in command.who))


@cache
def parted(roles: frozenset[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The names of what somebody with these roles may give, under their titles."""
    names: dict[str, list[str]] = {}
    for command in allowed(roles):
        names.setdefault(command.part, []).append(command.name)
    titles = read_definition(FILE, _File)[0].part
    return tuple(
        (one.title, tuple(names[one.key])) for one in titles if one.key in names
    )


def guess(said: str, roles: frozenset[str]) -> Command | None:
    """The command that was nearly said, among those the person may give."""
    words = {
        word: command
        for command in allowed(roles)
        for word in (command.name, *command.aliases)
    }
    found = process.extractOne(said, list(words), scorer=fuzz.ratio)
    return words[found[0]] if found and found[1] >= _NEARLY else None


class Arguments(msgspec.Struct, frozen=True):
    """The words after a command, brought into the form in which they compare.

    ``raw`` is the text as it came, for what must not be touched.
    """

    words: tuple[str, ...] = ()
    raw: str = ""

    @property
    def first(self) -> str:
        """The first word, or nothing."""
        return self.words[0] if self.words else ""

    @property
    def number(self) -> int | None:
        """The first word as the number of a thing; None when it is none."""
        return int(self.first) if re.fullmatch(r"[0-9]{1,9}", self.first) else None

    @property
    def code(self) -> str:
        """The first word as a class code, or nothing."""
        found = _CODE.fullmatch(self.first.upper())
        return found.group() if found else ""

    @property
    def second(self) -> str:
        """The second word, or nothing."""
        return self.words[1] if len(self.words) > 1 else ""

    @property
    def is_code(self) -> bool:
        """Whether the first word looks like a class code, known or not."""
        return bool(_CODE.fullmatch(self.first.upper()))

    @property
    def tail(self) -> str:
        """What stands after the class code, as it was written; all without one."""
        if not self.is_code:
            return self.raw
        plain = unicodedata.normalize("NFKC", self.raw).translate(_DASHES)
        return _TO_CODE.sub("", plain, count=1).strip()

    def after(self, count: int) -> str:
        """What follows the first ``count`` words, as one text."""
        return " ".join(self.words[count:])


def parse(args: str) -> Arguments:
    """Split what follows a command: full-width forms, dashes and brackets made plain.

    A number or a class code glued to the next word (“12通过”) is cut off it.
    ``raw`` is kept as it came.
    """
    plain = unicodedata.normalize("NFKC", args).translate(_DASHES)
    plain = _BRACKETS.sub(" ", plain)
    plain = _BEFORE_NUMBER.sub("", plain)
    plain = _GLUED.sub(r"\1 ", plain)
    words = tuple(word for word in _BETWEEN.split(plain) if word)
    return Arguments(words=words, raw=args.strip())
