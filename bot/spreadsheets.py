"""The spreadsheets that ``xuntong import`` takes: every wrong row with its reason.

``organisations``: 省份, 名称, 类型 (师资研修中心 or 教师培训基地), 专业大类,
培训级别 (one or several), 地址, 联系方式 (may be empty). A row for each major
that an institution is approved for.

``roster``: 姓名, 证书编号, 专业大类, 培训级别 (each one or several), 省份, 院校.
A row for each backbone teacher.

The first row holds the column names, in any order; other columns are ignored.
"""

from __future__ import annotations

import re
import unicodedata
import zipfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from bot.errors import SheetError
from conversations.rules.levels import INSTITUTION_KINDS, LEVELS, MAJORS, may_run

MOST_ROWS = 20_000
_OPTIONAL = frozenset({"address", "contact"})
# What openpyxl raises for files that are something else, or broken.
NO_WORKBOOK = (
    InvalidFileException,
    zipfile.BadZipFile,
    SyntaxError,
    LookupError,
    TypeError,
    ValueError,
)


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The Chinese words of the operator's commands; columns are headers by key."""

    nation: str
    separators: str
    organisations: dict[str, str]
    roster: dict[str, str]


class Line(msgspec.Struct, frozen=True):
    """A row of a sheet, numbered as the spreadsheet shows it; texts by column key."""

    number: int
    cells: dict[str, str]


class BadLine(msgspec.Struct, frozen=True):
    """A row that cannot be taken, and why."""

    number: int
    why: str


class Organisation(msgspec.Struct, frozen=True):
    """An institution as the sheet has it, with its approved (major, level) pairs."""

    province: str
    name: str
    kind: str
    address: str
    contact: str
    approved: tuple[tuple[str, str], ...]
    line: int


class Listed(msgspec.Struct, frozen=True):
    """A backbone teacher as the sheet has them."""

    name: str
    certificate: str
    majors: tuple[str, ...]
    levels: tuple[str, ...]
    province: str
    school: str
    line: int


@cache
def words() -> Words:
    """The packaged words."""
    text = (files("bot") / "administration.toml").read_bytes()
    return msgspec.toml.decode(text, type=Words)


# ---- reading ----


def read_lines(path: Path, columns: Mapping[str, str]) -> list[Line]:
    """The rows of the first sheet that are not empty.

    Raises:
        SheetError: the file cannot be read, is no workbook, or lacks a column.
    """
    rows = _rows(path)
    header = [_text(cell) for cell in next(rows, ())]
    missing = [name for name in columns.values() if name not in header]
    if missing:
        raise SheetError(path.name, f"has no column {', '.join(missing)} in row 1")
    places = {key: header.index(name) for key, name in columns.items()}
    lines: list[Line] = []
    for number, row in enumerate(rows, 2):
        cells = {key: _text(_cell(row, place)) for key, place in places.items()}
        if any(cells.values()):
            lines.append(Line(number, cells))
        if number > MOST_ROWS:
            raise SheetError(path.name, f"has more than {MOST_ROWS} rows")
    if not lines:
        raise SheetError(path.name, "has no rows below the column names")
    return lines


def _rows(path: Path) -> Iterator[tuple[Any, ...]]:
    """The rows of the first sheet as they are read.

    Raises:
        SheetError: the file cannot be read, or is no workbook.
    """
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        try:
            yield from book.worksheets[0].iter_rows(values_only=True)
        finally:
            book.close()
    except OSError as error:
        raise SheetError(path.name, f"cannot be read: {error.strerror}") from None
    except NO_WORKBOOK:
        raise SheetError(path.name, "is not an Excel workbook (.xlsx)") from None


def _cell(row: tuple[Any, ...], place: int) -> object:
    return row[place] if place < len(row) else None


def _text(cell: object) -> str:
    """A cell as people read it: no ``.0`` after whole numbers, no odd blanks."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return plain(str(cell))


def plain(text: str) -> str:
    """A text with its full-width forms and odd blanks made plain."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


# ---- what rows mean ----


def read_organisations(
    lines: Iterable[Line],
) -> tuple[list[Organisation], list[BadLine]]:
    """The institutions of a sheet by name, and the rows that are wrong."""
    merged: dict[str, Organisation] = {}
    bad: list[BadLine] = []
    for line in lines:
        faults = list(_organisation_faults(line, merged.get(line.cells["name"])))
        bad += [BadLine(line.number, why) for why in faults]
        if not faults:
            _merge(merged, line)
    return list(merged.values()), bad


def _organisation_faults(line: Line, before: Organisation | None) -> Iterator[str]:
    cells = line.cells
    yield from _empty(line, words().organisations)
    kind, levels = cells["kind"], _several(cells["levels"])
    if kind and kind not in INSTITUTION_KINDS:
        yield f"there is no kind {kind}: {' or '.join(INSTITUTION_KINDS)}"
    yield from _unknown("major", _several(cells["major"]), MAJORS)
    yield from _unknown("level", levels, LEVELS)
    for level in levels:
        if kind in INSTITUTION_KINDS and level in LEVELS and not may_run(kind, level):
            yield f"a {kind} may not run {level}"
    for key in ("province", "kind", "address", "contact"):
        if before is not None and cells[key] != getattr(before, key):
            header = words().organisations[key]
            yield f"{header} differs from row {before.line} of the same institution"


def _merge(merged: dict[str, Organisation], line: Line) -> None:
    cells = line.cells
    before = merged.get(cells["name"])
    pairs = (
        (major, level)
        for major in _several(cells["major"])
        for level in _several(cells["levels"])
    )
    approved = dict.fromkeys((*(before.approved if before else ()), *pairs))
    merged[cells["name"]] = Organisation(
        province=cells["province"],
        name=cells["name"],
        kind=cells["kind"],
        address=cells["address"],
        contact=cells["contact"],
        approved=tuple(approved),
        line=before.line if before else line.number,
    )


def read_roster(
    lines: Iterable[Line], *, provinces: Collection[str]
) -> tuple[list[Listed], list[BadLine]]:
    """The backbone teachers of a sheet, and the rows that are wrong."""
    listed: dict[str, Listed] = {}
    bad: list[BadLine] = []
    for line in lines:
        cells = line.cells
        faults = list(_roster_faults(line, provinces))
        before = listed.get(cells["certificate"])
        if before is not None:
            faults.append(f"the certificate is that of row {before.line}")
        bad += [BadLine(line.number, why) for why in faults]
        if not faults:
            listed[cells["certificate"]] = _listed(line)
    return list(listed.values()), bad


def _roster_faults(line: Line, provinces: Collection[str]) -> Iterator[str]:
    cells = line.cells
    yield from _empty(line, words().roster)
    yield from _unknown("major", _several(cells["majors"]), MAJORS)
    yield from _unknown("level", _several(cells["levels"]), LEVELS)
    province = cells["province"]
    if province and province not in provinces:
        yield f"there is no province {province}: import the organisations first"


def _listed(line: Line) -> Listed:
    cells = line.cells
    return Listed(
        name=cells["name"],
        certificate=cells["certificate"],
        majors=_several(cells["majors"]),
        levels=_several(cells["levels"]),
        province=cells["province"],
        school=cells["school"],
        line=line.number,
    )


def _empty(line: Line, columns: Mapping[str, str]) -> Iterator[str]:
    for key, name in columns.items():
        if key not in _OPTIONAL and not line.cells[key]:
            yield f"{name} is empty"


def _unknown(what: str, said: Iterable[str], known: Collection[str]) -> Iterator[str]:
    for one in said:
        if one not in known:
            yield f"there is no {what} {one}"


def _several(cell: str) -> tuple[str, ...]:
    """A list in a cell, each once."""
    parts = re.split(f"[{re.escape(words().separators)}]+", cell)
    return tuple(dict.fromkeys(part for part in parts if part))
