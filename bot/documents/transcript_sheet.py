"""The transcript as an Excel sheet in the official layout."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import xlsxwriter

from bot.documents.tables import CREATED, EXCEL_OPTIONS, clean

_WIDTHS = (6, 11, 6, 22, 30, 15, 11, 11, 20)
_FIRST_MARK, _LAST_MARK = 6, 7
_HEAD_ROWS = 7


def write(data: Mapping[str, Any]) -> bytes:
    """The sheet of what ``transcript`` lays out; every cell is a text.

    A4 across, one page wide, the head of the table on every page.
    """
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, EXCEL_OPTIONS)
    book.set_properties({"created": CREATED, "title": data["title"]})
    sheet = book.add_worksheet(data["title"])
    for column, width in enumerate(_WIDTHS):
        sheet.set_column(column, column, width)
    _write_top(book, sheet, data)
    _write_columns(book, sheet, data["columns"], data["marks"])
    cell = book.add_format(_cell() | {"text_wrap": True, "align": "center"})
    for number, row in enumerate(data["rows"], start=_HEAD_ROWS):
        for column, text in enumerate(row):
            sheet.write_string(number, column, clean(text), cell)
    _set_page(sheet)
    book.close()
    return out.getvalue()


def _cell() -> dict[str, Any]:
    return {"border": 1, "valign": "vcenter", "font_size": 11}


def _write_top(
    book: xlsxwriter.Workbook,
    sheet: xlsxwriter.worksheet.Worksheet,
    data: Mapping[str, Any],
) -> None:
    last = len(_WIDTHS) - 1
    sheet.write_string(0, 0, data["annex"], book.add_format({"font_size": 14}))
    title = book.add_format(
        {"font_size": 18, "bold": True, "align": "center", "valign": "vcenter"}
    )
    sheet.merge_range(1, 0, 1, last, "", title)
    sheet.write_string(1, 0, data["title"], title)
    sheet.set_row(1, 32)
    line = book.add_format(_cell() | {"text_wrap": True})
    for number, name in enumerate(("head", "institution", "staff"), start=2):
        sheet.merge_range(number, 0, number, last, "", line)
        text = "".join(run["text"] for run in data[name])
        sheet.write_string(number, 0, clean(text), line)
        sheet.set_row(number, 24)


def _write_columns(
    book: xlsxwriter.Workbook,
    sheet: xlsxwriter.worksheet.Worksheet,
    columns: Sequence[str],
    marks: str,
) -> None:
    """The two rows of the table's head: both marks stand below one word."""
    heading = book.add_format(_cell() | {"align": "center", "bold": True})
    top, bottom = _HEAD_ROWS - 2, _HEAD_ROWS - 1
    sheet.merge_range(top, _FIRST_MARK, top, _LAST_MARK, marks, heading)
    for column, label in enumerate(columns):
        if _FIRST_MARK <= column <= _LAST_MARK:
            sheet.write_string(bottom, column, label, heading)
        else:
            sheet.merge_range(top, column, bottom, column, label, heading)


def _set_page(sheet: xlsxwriter.worksheet.Worksheet) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(_HEAD_ROWS - 2, _HEAD_ROWS - 1)
    sheet.freeze_panes(_HEAD_ROWS, 0)
