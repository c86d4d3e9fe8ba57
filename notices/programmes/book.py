"""Reads programme files once, at the start, and refuses what does not hold."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from conversations.errors import DefinitionError
from conversations.forms.source import read_definition
from notices.programmes.check import faults
from notices.programmes.schema import Programme

DEFINITIONS = Path(__file__).parent / "definitions"


class ProgrammeBook(msgspec.Struct, frozen=True):
    """All programmes, by id."""

    programmes: dict[str, Programme]

    def __getitem__(self, key: str) -> Programme:
        """The programme of this id; raises KeyError when there is none."""
        return self.programmes[key]

    def __iter__(self) -> Iterator[Programme]:
        """The programmes, by id."""
        return iter(self.programmes[key] for key in sorted(self.programmes))


def load_programmes(folder: Path = DEFINITIONS) -> ProgrammeBook:
    """Read every programme of a folder.

    Raises:
        DefinitionError: a file does not hold together; says where and why.
    """
    read = (read_programme(path) for path in sorted(folder.glob("*.toml")))
    return ProgrammeBook({programme.id: programme for programme in read})


def read_programme(path: Path) -> Programme:
    """Read one programme, named as its file.

    Raises:
        DefinitionError: it does not hold together; says where and why.
    """
    programme, lines = read_definition(path, Programme)
    if programme.id != path.stem:
        reason = f"id is {programme.id!r} in a file named {path.stem!r}"
        raise DefinitionError(path.name, lines.of("id"), reason)
    for where, reason in faults(programme):
        raise DefinitionError(path.name, lines.of(*where), reason)
    return programme
