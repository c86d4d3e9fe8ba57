"""Files of rows: whatever was written is read back, and nothing of it runs."""

from __future__ import annotations

import csv
import io
import json

import openpyxl
import openpyxl.cell
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.documents.tables import clean, write_rows

HEADER = ("姓名", "单位")
HOSTILE = (
    "=1+1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://evil.example","点我")',
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(1)",
    " =1",
    "\u3000=1",
    "{=1}",
    "http://example.com/",
    "mailto:a@example.com",
    "00012345678901234567",
    "1e9",
    '","=1',
    "a\x00b\x07c\x1b[31m",
    "\ud800 alone",
    "\ufffe\uffff",
    "两行\n文字",
    "𠮷野家 👨‍👩‍👧 \u202e",
    "_x0041_",
    "x" * 40_000,
)
TEXTS = st.one_of(st.text(max_size=60), st.sampled_from(HOSTILE[:-1]))
ROWS = st.lists(st.tuples(TEXTS, TEXTS), max_size=5)


ExcelCell = openpyxl.cell.Cell | openpyxl.cell.MergedCell


def read_excel(content: bytes) -> list[tuple[ExcelCell, ...]]:
    return list(openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].iter_rows())


def read_csv(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@given(ROWS)
@settings(max_examples=60, deadline=None)
def test_excel_gives_back_every_text_and_holds_no_formula(
    rows: list[tuple[str, str]],
) -> None:
    read = read_excel(write_rows("xlsx", HEADER, rows))

    assert [[unescaped(str(cell.value or "")) for cell in row] for row in read[1:]] == [
        [clean(text) for text in row] for row in rows
    ]
    assert {cell.data_type for row in read for cell in row} <= {"s", "n"}
    assert all(cell.hyperlink is None for row in read for cell in row)


def unescaped(text: str) -> str:
    # How Excel's format keeps a literal "_x0041_"; openpyxl leaves it so.
    return text.replace("_x005F_", "_")


@given(ROWS)
def test_csv_gives_back_every_text_with_at_most_an_apostrophe(
    rows: list[tuple[str, str]],
) -> None:
    read = read_csv(write_rows("csv", HEADER, rows))

    assert read[0] == list(HEADER)
    for was, now in zip(rows, read[1:], strict=True):
        for before, after in zip(was, now, strict=True):
            assert after in (clean(before), "'" + clean(before))
            assert after.strip()[:1] not in tuple("=+-@＝＋－＠")


@given(ROWS)
def test_json_lines_give_back_every_text(rows: list[tuple[str, str]]) -> None:
    lines = write_rows("jsonl", HEADER, rows).decode().split("\n")

    assert [json.loads(line) for line in lines if line] == [
        dict(zip(HEADER, map(clean, row), strict=True)) for row in rows
    ]


def test_a_text_too_long_for_a_cell_is_cut_with_a_sign() -> None:
    (_, row) = read_excel(write_rows("xlsx", ("a",), [("字" * 40_000,)]))
    value = str(row[0].value)

    assert (len(value), value[-1]) == (32_767, "…")


def test_numbers_stay_numbers_and_nothing_stays_empty() -> None:
    (_, row) = read_excel(write_rows("xlsx", ("a", "b", "c"), [(3, 84.5, None)]))

    assert [cell.value for cell in row] == [3, 84.5, None]
    assert write_rows("csv", ("a", "b"), [(3, None)]).endswith(b'"3",""\r\n')
    assert write_rows("jsonl", ("a", "b"), [(3, None)]) == b'{"a":3,"b":null}\n'


@pytest.mark.parametrize("form", ["xlsx", "csv", "jsonl"])
def test_the_same_rows_are_the_same_bytes(form: str) -> None:
    rows = [(text, "x") for text in HOSTILE]

    assert write_rows(form, HEADER, rows) == write_rows(form, HEADER, rows)


def test_no_rows_are_a_file_with_a_header() -> None:
    assert read_csv(write_rows("csv", HEADER, [])) == [list(HEADER)]
    assert len(read_excel(write_rows("xlsx", HEADER, []))) == 1
