"""Spreadsheets: every wrong row is named and nothing is changed; twice is once."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.cli.conftest import Operator, Sheet

ORGANISATIONS = ("省份", "名称", "类型", "专业大类", "培训级别", "地址", "联系方式")
ROSTER = ("姓名", "证书编号", "专业大类", "培训级别", "省份", "院校")
BASE = (
    "江南省",
    "东湖基地",
    "教师培训基地",
    "机械类",
    "二级、三级",
    "东湖路 1 号",
    5550101,
)
CENTRE = ("江南省", "研修中心", "师资研修中心", "服务类", "一级", "", "")


def kept(folder: Path, query: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(folder / "x.db") as connection:
        found = connection.execute(query).fetchall()
    connection.close()
    return found


def approved(folder: Path) -> list[tuple[object, ...]]:
    return kept(
        folder,
        "SELECT s.name, a.major, a.level FROM approvals a"
        " JOIN scopes s ON s.id = a.institution_id ORDER BY 1, 2, 3",
    )


def test_organisations_are_added_with_their_provinces(
    migrated: Operator, sheet: Sheet
) -> None:
    more = (*BASE[:3], "信息类", "三级", *BASE[5:])
    name = sheet(ORGANISATIONS, BASE, CENTRE, more)
    ended = migrated.types("import", "organisations", name)
    assert (ended.status, ended.lines, ended.err) == (
        0,
        ["2 added, 0 brought up to date."],
        "",
    )
    assert kept(migrated.folder, "SELECT kind, name FROM scopes ORDER BY path") != []
    assert approved(migrated.folder) == [
        ("东湖基地", "信息类", "三级"),
        ("东湖基地", "机械类", "三级"),
        ("东湖基地", "机械类", "二级"),
        ("研修中心", "服务类", "一级"),
    ]
    audited = kept(migrated.folder, "SELECT action, subject, actor_id FROM audit")
    assert audited == [("import", "organisations", None)]


def test_a_second_import_updates_by_name(migrated: Operator, sheet: Sheet) -> None:
    name = sheet(ORGANISATIONS, BASE, CENTRE)
    assert migrated.types("import", "organisations", name).status == 0
    before = kept(migrated.folder, "SELECT * FROM scopes ORDER BY id")
    moved = (*BASE[:3], "机械类", "三级", "新址 9 号", "5550999")
    ended = migrated.types("import", "organisations", sheet(ORGANISATIONS, moved))
    assert ended.lines == ["0 added, 1 brought up to date."]
    assert kept(migrated.folder, "SELECT * FROM scopes ORDER BY id") == before
    assert approved(migrated.folder) == [
        ("东湖基地", "机械类", "三级"),
        ("研修中心", "服务类", "一级"),
    ]
    facts = kept(
        migrated.folder,
        "SELECT address, contact FROM institutions WHERE address <> ''",
    )
    assert facts == [("新址 9 号", "5550999")]


def test_each_bad_row_is_named_and_nothing_is_changed(
    migrated: Operator, sheet: Sheet
) -> None:
    name = sheet(
        ORGANISATIONS,
        BASE,
        ("", "无省基地", "教师培训基地", "机械类", "二级"),
        ("江南省", "怪基地", "夜校", "天文类", "四级"),
        ("江南省", "越级基地", "教师培训基地", "机械类", "一级"),
        (*BASE[:3], "信息类", "三级", "别处", BASE[6]),
    )
    ended = migrated.types("import", "organisations", name)
    assert (ended.status, ended.out) == (1, b"")
    assert ended.complaints == [
        "list.xlsx row 3: 省份 is empty",
        "list.xlsx row 4: there is no kind 夜校: 师资研修中心 or 教师培训基地",
        "list.xlsx row 4: there is no major 天文类",
        "list.xlsx row 4: there is no level 四级",
        "list.xlsx row 5: a 教师培训基地 may not run 一级",
        "list.xlsx row 6: 地址 differs from row 2 of the same institution",
        "xuntong: list.xlsx: 4 rows are wrong, nothing was changed",
    ]
    assert kept(migrated.folder, "SELECT * FROM scopes") == []


def test_an_institution_does_not_change_its_province(
    migrated: Operator, sheet: Sheet
) -> None:
    first = migrated.types("import", "organisations", sheet(ORGANISATIONS, BASE))
    assert first.status == 0
    moved = ("河东省", *BASE[1:])
    ended = migrated.types("import", "organisations", sheet(ORGANISATIONS, moved))
    assert (ended.status, ended.complaints) == (
        1,
        [
            "list.xlsx row 2: the institution lies in another province",
            "xuntong: list.xlsx: 1 row is wrong, nothing was changed",
        ],
    )


def test_the_roster_is_known_by_certificate(migrated: Operator, sheet: Sheet) -> None:
    assert (
        migrated.types("import", "organisations", sheet(ORGANISATIONS, BASE)).status
        == 0
    )
    entry = (
        "程守义",
        20240001,
        "机械类、信息类",
        "二级 三级",
        "江南省",
        "东湖技师学院",
    )
    added = migrated.types("import", "roster", sheet(ROSTER, entry))
    changed = (*entry[:5], "江南技师学院")
    updated = migrated.types("import", "roster", sheet(ROSTER, changed))
    assert added.lines == ["1 added, 0 brought up to date."]
    assert updated.lines == ["0 added, 1 brought up to date."]
    query = "SELECT name, certificate, majors, levels, school FROM roster"
    assert kept(migrated.folder, query) == [
        ("程守义", "20240001", "机械类、信息类", "二级、三级", "江南技师学院")
    ]


def test_the_roster_wants_known_provinces_and_each_certificate_once(
    migrated: Operator, sheet: Sheet
) -> None:
    assert (
        migrated.types("import", "organisations", sheet(ORGANISATIONS, BASE)).status
        == 0
    )
    entry = ("程守义", "GG-1", "机械类", "二级", "江南省", "东湖技师学院")
    stranger = ("白雪松", "GG-2", "机械类", "二级", "海外省", "某学院")
    ended = migrated.types("import", "roster", sheet(ROSTER, entry, stranger, entry))
    assert ended.complaints == [
        "list.xlsx row 3: there is no province 海外省: import the organisations first",
        "list.xlsx row 4: the certificate is that of row 2",
        "xuntong: list.xlsx: 2 rows are wrong, nothing was changed",
    ]
    assert kept(migrated.folder, "SELECT * FROM roster") == []


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param(b"not a workbook", "is not an Excel workbook (.xlsx)", id="text"),
        pytest.param(
            b"PK\x05\x06" + bytes(18), "is not an Excel workbook (.xlsx)", id="zip"
        ),
        pytest.param(None, "cannot be read: No such file or directory", id="missing"),
    ],
)
def test_what_is_no_workbook_is_one_line(
    migrated: Operator, tmp_path: Path, content: bytes | None, why: str
) -> None:
    if content is not None:
        (tmp_path / "odd.xlsx").write_bytes(content)
    ended = migrated.types("import", "roster", "odd.xlsx")
    assert (ended.status, ended.complaints) == (1, [f"xuntong: odd.xlsx: {why}"])


def test_missing_columns_and_empty_sheets_are_named(
    migrated: Operator, sheet: Sheet
) -> None:
    lacking = migrated.types("import", "roster", sheet(ROSTER[:4]))
    empty = migrated.types("import", "roster", sheet(ROSTER))
    assert lacking.complaints == [
        "xuntong: list.xlsx: has no column 省份, 院校 in row 1"
    ]
    assert empty.complaints == [
        "xuntong: list.xlsx: has no rows below the column names"
    ]
