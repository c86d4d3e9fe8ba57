"""What was handed in, as files: whole applications, evaluations from five on."""

from __future__ import annotations

import csv
import io
import json
import sqlite3

import openpyxl
import pytest

from tests.cli.conftest import Ended, Operator


@pytest.fixture
def filled(migrated: Operator) -> tuple[Operator, dict[str, str]]:
    """A database with the sample data, and a class code for each step."""
    ended = migrated.types("demo-data")
    classes = {one["step"]: one["code"] for one in json.loads(ended.out)["classes"]}
    return migrated, classes


def exported(operator: Operator, form: str, code: str, *more: str) -> Ended:
    asked = ("export", "responses", "--form", form, "--class", code)
    return operator.types(*asked, *more)


def test_applications_come_out_in_every_format_and_are_written_down(
    filled: tuple[Operator, dict[str, str]],
) -> None:
    operator, classes = filled
    code = classes["training"]
    as_csv = exported(operator, "application", code, "--format", "csv")
    as_lines = exported(operator, "application", code, "--format", "jsonl")
    as_book = exported(operator, "application", code, "--output", "a.xlsx")
    assert [one.status for one in (as_csv, as_lines, as_book)] == [0, 0, 0]
    assert as_book.out == b""
    table = list(csv.reader(io.StringIO(as_csv.out.decode("utf-8-sig"))))
    assert len(table) == 1 + 8
    objects = [json.loads(line) for line in as_lines.out.splitlines()]
    assert [one["姓名"] for one in objects] == [row[0] for row in table[1:]]
    sheet = openpyxl.load_workbook(operator.folder / "a.xlsx").worksheets[0]
    assert [cell.value for cell in sheet[1]] == table[0]
    with sqlite3.connect(operator.folder / "x.db") as connection:
        query = "SELECT subject, detail FROM audit WHERE action = 'export' ORDER BY at"
        audited = connection.execute(query).fetchall()
    connection.close()
    assert audited == [
        (code, "application csv"),
        (code, "application jsonl"),
        (code, "application xlsx"),
    ]


def test_every_answer_is_in_a_line_whatever_the_level(
    filled: tuple[Operator, dict[str, str]],
) -> None:
    operator, classes = filled
    marks = [
        json.loads(line)["能力自评"]
        for step in ("training", "evaluation", "final_assessment")
        for line in exported(
            operator, "application", classes[step], "--format", "jsonl"
        ).out.splitlines()
    ]
    assert marks
    assert [one for one in marks if "：" not in one] == []


def test_evaluations_are_counts_and_name_nobody(
    filled: tuple[Operator, dict[str, str]],
) -> None:
    operator, classes = filled
    ended = exported(operator, "evaluation", classes["evaluation"], "--format", "csv")
    assert ended.status == 0
    table = list(csv.reader(io.StringIO(ended.out.decode("utf-8-sig"))))
    assert {len(row) for row in table} == {3}
    assert "demo-teacher" not in ended.out.decode()
    applied = exported(
        operator, "application", classes["evaluation"], "--format", "jsonl"
    )
    for line in applied.out.splitlines():
        said = json.loads(line)
        assert said["姓名"] not in ended.out.decode()


def test_fewer_than_five_evaluations_are_not_shown(
    filled: tuple[Operator, dict[str, str]],
) -> None:
    operator, classes = filled
    code = classes["training"]
    ended = exported(operator, "evaluation", code, "--output", "e.xlsx")
    assert (ended.status, ended.out, ended.complaints) == (
        1,
        b"",
        [f"xuntong: {code}: fewer than 5 evaluations are counted, nothing is shown"],
    )
    assert not (operator.folder / "e.xlsx").exists()


def test_what_is_not_there_is_one_line(
    filled: tuple[Operator, dict[str, str]],
) -> None:
    operator, classes = filled
    unknown = exported(operator, "application", "2020-XX-99", "--format", "csv")
    nowhere = exported(
        operator, "application", classes["training"], "--output", "no/such/a.xlsx"
    )
    assert (unknown.status, unknown.complaints) == (
        1,
        ["xuntong: there is no class 2020-XX-99"],
    )
    assert (nowhere.status, nowhere.complaints) == (
        1,
        ["xuntong: no/such/a.xlsx: No such file or directory"],
    )


def test_a_transcript_comes_out_in_every_format_and_is_written_down(
    filled: tuple[Operator, dict[str, str]],
) -> None:
    operator, classes = filled
    code = classes["transcript"]
    asked = ("export", "transcript", "--class", code, "--format")
    as_csv = operator.types(*asked, "csv")
    as_lines = operator.types(*asked, "jsonl")
    unknown = operator.types("export", "transcript", "--class", "2020-XX-99")
    table = list(csv.reader(io.StringIO(as_csv.out.decode("utf-8-sig"))))
    with sqlite3.connect(operator.folder / "x.db") as connection:
        query = "SELECT detail FROM audit WHERE action = 'export' ORDER BY at"
        audited = [row[0] for row in connection.execute(query)]
    connection.close()

    assert [one.status for one in (as_csv, as_lines, unknown)] == [0, 0, 1]
    assert table[0] == [
        "序号",
        "姓名",
        "性别",
        "身份证号码",
        "单位",
        "联系电话",
        "过程性考核",
        "终结性考核",
        "证书编号",
    ]
    assert [json.loads(line)["姓名"] for line in as_lines.out.splitlines()] == [
        row[1] for row in table[1:]
    ]
    assert len(table) > 1
    assert audited == ["transcript csv", "transcript jsonl"]


@pytest.mark.parametrize(
    ("form", "column"),
    [("backbone_feedback", "填表人"), ("institution_feedback", "考核骨干教师5")],
)
def test_the_forms_about_a_class_can_be_taken_out_too(
    filled: tuple[Operator, dict[str, str]], form: str, column: str
) -> None:
    operator, classes = filled
    ended = exported(operator, form, classes["training"], "--format", "csv")
    header = next(csv.reader(io.StringIO(ended.out.decode("utf-8-sig"))))

    assert ended.status == 0
    assert column in header
