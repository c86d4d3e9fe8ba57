"""Rows as files: Excel, CSV and JSON lines, safe to open whatever people wrote.

No text becomes a formula or a link (reliability T7): in Excel every text is
typed as text; in CSV, where nothing is typed, a text that a spreadsheet would
run gets an apostrophe in front. Characters that XML cannot hold are left out.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import msgspec
import xlsxwriter

Cell = str | int | float | None

_ILLEGAL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_FORMULA = ("=", "+", "-", "@", "\t", "\n", "＝", "＋", "－", "＠")
_EXCEL_LIMIT = 32_767
EXCEL_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
# The file says nothing of when it was made: the same rows are the same bytes.
CREATED = datetime(2000, 1, 1, tzinfo=UTC)


def write_rows(
    format: str,  # noqa: A002 -- the word everybody uses for it
    header: Sequence[str],
    rows: Sequence[Sequence[Cell]],
) -> bytes:
    """A file of ``rows`` (each as long as ``header``).

    ``format`` is ``xlsx``, ``csv`` (UTF-8 with a mark, so that Excel reads it)
    or ``jsonl`` (an object for each row, keyed by the header).

    Raises:
        KeyError: no such format.
    """
    return WRITERS[format](header, rows)


def clean(text: str) -> str:
    """A text without control characters (but tabs and line breaks)."""
    return _ILLEGAL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _xlsx(header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, EXCEL_OPTIONS)
    book.set_properties({"created": CREATED})
    sheet = book.add_worksheet()
    heading = book.add_format({"bold": True, "bottom": 1, "bg_color": "#E0ECE6"})
    body = book.add_format({"text_wrap": True, "valign": "top"})
    for column, width in enumerate(_widths(header, rows)):
        sheet.set_column(column, column, width)
    for number, row in enumerate((header, *rows)):
        _write_row(sheet, number, row, heading if number == 0 else body)
    sheet.freeze_panes(1, 0)
    book.close()
    return out.getvalue()


def _write_row(
    sheet: xlsxwriter.worksheet.Worksheet,
    number: int,
    row: Sequence[Cell],
    style: xlsxwriter.format.Format,
) -> None:
    for column, cell in enumerate(row):
        if isinstance(cell, str):
            sheet.write_string(number, column, _fitting(clean(cell)), style)
        elif cell is not None:
            sheet.write_number(number, column, cell, style)


def _fitting(text: str) -> str:
    """Excel holds no more than 32,767 UTF-16 units in a cell."""
    if len(text.encode("utf-16-le")) <= 2 * _EXCEL_LIMIT:
        return text
    kept = text.encode("utf-16-le")[: 2 * (_EXCEL_LIMIT - 1)]
    return kept.decode("utf-16-le", errors="ignore") + "…"


def _widths(header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> list[int]:
    """A width for each column, from its first rows, within what a screen shows."""
    sample = [header, *rows[:50]]
    return [
        min(40, 3 + max(_width(row[column]) for row in sample if column < len(row)))
        for column in range(len(header))
    ]


def _width(cell: Cell) -> int:
    text = "" if cell is None else str(cell)
    return sum(2 if ord(character) > 0x2E7F else 1 for character in text[:40])


def _csv(header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerows([_guarded(cell) for cell in row] for row in (header, *rows))
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _guarded(cell: Cell) -> Cell:
    if not isinstance(cell, str):
        return cell
    text = clean(cell)
    return "'" + text if text.lstrip(" \u3000\u00a0").startswith(_FORMULA) else text


def _jsonl(header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bytes:
    objects = (
        {name: _plain(cell) for name, cell in zip(header, row, strict=True)}
        for row in rows
    )
    return msgspec.json.Encoder().encode_lines(objects)


def _plain(cell: Cell) -> Cell:
    return clean(cell) if isinstance(cell, str) else cell


WRITERS: dict[str, Callable[[Sequence[str], Sequence[Sequence[Cell]]], bytes]] = {
    "xlsx": _xlsx,
    "csv": _csv,
    "jsonl": _jsonl,
}
