"""Plans as Excel files: the template that a base fills, read again, and the list.

All three block: call them through ``asyncio.to_thread``.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec
import openpyxl
import xlsxwriter
from openpyxl.utils.datetime import from_excel

from bot.documents.tables import CREATED, EXCEL_OPTIONS, clean
from bot.spreadsheets import NO_WORKBOOK, Line, plain

Cell = str | int | date
Rows = Sequence[Sequence[Cell]]

_HEADER_ROW = 2
_HEADER_WITHIN = 20
_MOST_BYTES = 50_000_000
_MOST_ROWS = 5_000
# Whole numbers that Excel would show as a day of 2009 to 2064.
_SERIALS = range(40_000, 60_000)
_DATE_FORMAT = "yyyy-mm-dd"


class Template(msgspec.Struct, frozen=True):
    """What a template says: columns by key, with what may be chosen in them."""

    title: str
    institution: str
    columns: Mapping[str, str]
    choices: Mapping[str, Sequence[str]]
    first: date
    last: date
    most_people: int
    most_rows: int
    help: Sequence[str]
    rows: Sequence[Mapping[str, Cell]] = ()


class Filled(msgspec.Struct, frozen=True):
    """A template as it came back; ``above`` are the texts over the column names."""

    above: tuple[str, ...]
    lines: tuple[Line, ...]


class Part(msgspec.Struct, frozen=True):
    """One sheet of a list."""

    name: str
    header: Sequence[str]
    rows: Rows


class UnreadableError(Exception):
    """A file that is no filled template; ``why`` is a code."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


# ---- the template ----


def write_template(template: Template) -> bytes:
    """The sheet to fill, with what is noted already, and a sheet that explains."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, EXCEL_OPTIONS)
    book.set_properties({"created": CREATED})
    bold = book.add_format({"bold": True, "font_size": 14})
    heading = book.add_format({"bold": True, "bottom": 1, "bg_color": "#E0ECE6"})
    day = book.add_format({"num_format": _DATE_FORMAT, "align": "left"})
    sheet = book.add_worksheet()
    sheet.write_string(0, 0, template.title, bold)
    sheet.write_string(1, 0, clean(template.institution))
    for column, (key, name) in enumerate(template.columns.items()):
        sheet.write_string(_HEADER_ROW, column, name, heading)
        sheet.set_column(column, column, 18, day if key == "opens_on" else None)
        _validate(sheet, template, key, column)
    for number, row in enumerate(template.rows, _HEADER_ROW + 1):
        for column, key in enumerate(template.columns):
            _write(sheet, number, column, row[key], day)
    sheet.freeze_panes(_HEADER_ROW + 1, 0)
    beside = book.add_worksheet()
    beside.set_column(0, 0, 100)
    for number, text in enumerate(template.help):
        beside.write_string(number, 0, clean(text))
    book.close()
    return out.getvalue()


def _validate(sheet: Any, template: Template, key: str, column: int) -> None:
    rule: dict[str, object] = {}
    if key in template.choices:
        rule = {"validate": "list", "source": list(template.choices[key])}
    if key == "headcount":
        rule = {
            "validate": "integer",
            "criteria": "between",
            "minimum": 1,
            "maximum": template.most_people,
        }
    if key == "opens_on":
        rule = {
            "validate": "date",
            "criteria": "between",
            "minimum": template.first,
            "maximum": template.last,
        }
    if rule:
        first = _HEADER_ROW + 1
        last = first + template.most_rows - 1
        sheet.data_validation(first, column, last, column, rule)


def _write(sheet: Any, row: int, column: int, cell: Cell, day: Any) -> None:
    if isinstance(cell, date):
        sheet.write_datetime(row, column, cell, day)
    elif isinstance(cell, int):
        sheet.write_number(row, column, cell)
    else:
        sheet.write_string(row, column, clean(cell))


# ---- read again ----


def read_template(content: bytes, columns: Mapping[str, str]) -> Filled:
    """The rows of a filled template, as texts by column key, blank ones left out.

    Raises:
        UnreadableError: ``no_workbook``, ``too_big``, ``no_header`` or ``empty``.
    """
    above: list[str] = []
    lines: list[Line] = []
    places: dict[str, int] = {}
    for number, row in enumerate(_rows(content), 1):
        if places:
            cells = {key: _cell(row, key, place) for key, place in places.items()}
            if any(cells.values()):
                lines.append(Line(number, cells))
            continue
        texts = [_text(cell) for cell in row]
        if all(name in texts for name in columns.values()):
            places = {key: texts.index(name) for key, name in columns.items()}
        elif number >= _HEADER_WITHIN:
            break
        else:
            above += [text for text in texts if text]
    if not places:
        raise UnreadableError("no_header")
    if not lines:
        raise UnreadableError("empty")
    return Filled(tuple(above), tuple(lines))


def _rows(content: bytes) -> Iterator[tuple[Any, ...]]:
    """The rows of the first sheet, as many as a plan could ever have."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(one.file_size for one in packed.infolist()) > _MOST_BYTES:
                raise UnreadableError("too_big")
        book = openpyxl.load_workbook(
            io.BytesIO(content), read_only=True, data_only=True
        )
        try:
            rows = book.worksheets[0].iter_rows(max_row=_MOST_ROWS, values_only=True)
            yield from rows
        finally:
            book.close()
    except NO_WORKBOOK:
        raise UnreadableError("no_workbook") from None


def _cell(row: tuple[Any, ...], key: str, place: int) -> str:
    cell = row[place] if place < len(row) else None
    if key == "opens_on" and isinstance(cell, int | float) and int(cell) in _SERIALS:
        cell = from_excel(int(cell))
    return _text(cell)


def _text(cell: object) -> str:
    """A cell as people read it: no ``.0`` after whole numbers, no time of day."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return plain(str(cell))


# ---- the list ----


def write_list(parts: Sequence[Part]) -> bytes:
    """A workbook of some sheets."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, EXCEL_OPTIONS)
    book.set_properties({"created": CREATED})
    heading = book.add_format({"bold": True, "bottom": 1, "bg_color": "#E0ECE6"})
    day = book.add_format({"num_format": _DATE_FORMAT, "align": "left"})
    for part in parts:
        sheet = book.add_worksheet(part.name)
        for column, name in enumerate(part.header):
            sheet.write_string(0, column, name, heading)
            sheet.set_column(column, column, _width(part, column))
        for number, row in enumerate(part.rows, 1):
            for column, cell in enumerate(row):
                _write(sheet, number, column, cell, day)
        sheet.freeze_panes(1, 0)
    book.close()
    return out.getvalue()


def _width(part: Part, column: int) -> int:
    cells = [part.header[column], *(str(row[column]) for row in part.rows[:50])]
    longest = max(
        sum(2 if ord(character) > 0x2E7F else 1 for character in cell[:40])
        for cell in cells
    )
    return min(40, 3 + longest)
