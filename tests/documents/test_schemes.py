"""培训方案 as PDF: everything that was said stands in it, and where it belongs."""

from __future__ import annotations

import io
import re
from datetime import UTC, date, datetime

import pytest
from pypdf import PdfReader

from bot.documents.schemes import (
    Added,
    Day,
    SchemePaper,
    Staff,
    render_scheme,
    scheme_document,
)
from bot.jobs.tasks.scheme_file import scheme_file
from storage import classes
from storage.database import Database
from storage.jobs import ClaimedJob
from tests.actions.schemes import (
    addition_draft,
    file_scheme,
    lecturers,
    scheme_draft,
)
from tests.commands.world import World, make_world
from tests.jobs.bench import Clock

HOSTILE = '#panic("x") *粗* $a$ <tag> \\ @ref'


def text_of(pdf: bytes) -> str:
    pages = PdfReader(io.BytesIO(pdf)).pages
    return re.sub(r"\s", "", "".join(page.extract_text() for page in pages))


def paper(**changed: object) -> SchemePaper:
    values = {
        "class_title": "数控加工二级班",
        "code": "2026-JX-01",
        "institution": "江南机电技师学院",
        "level": "二级",
        "major": "机械类",
        "dates": "6 月 20 日（周六）至 6 月 28 日（周日），共 9 天",
        "venue": "",
        "capacity": 30,
        "lecturers": (Staff("周明", "学习任务分析"), Staff("吴静", "")),
        "assessors": ("郑强", "王芳", "冯丽"),
        "goals": "目标一\n目标二",
        "preface": "总学时 72",
        "days": (
            Day(1, "6 月 20 日（周六）", "开班", "标准解读", "", ""),
            Day(2, "6 月 21 日（周日）", "", "", "", HOSTILE),
        ),
        "process_plan": "过程安排",
        "final_mode": "说课",
        "final_plan": "终结安排",
        "materials": "资料",
        "equipment": "设备",
        "logistics": "后勤",
        "check_in_on": "开班前一天",
        "check_in": "14:00，一楼大厅",
        "bring": "身份证",
        "contact": "0510-81234567",
        "added": dict.fromkeys(
            (
                *("course", "goals", "schedule", "assessment"),
                *("materials", "equipment", "logistics"),
            ),
            (),
        ),
        "standing": "正在省里审核（编号 3）",
        **changed,
    }
    return SchemePaper(**values)  # type: ignore[arg-type]  # the values above, with some changed


def test_all_six_parts_stand_in_their_order() -> None:
    text = text_of(render_scheme(paper()))
    heads = ["培训目标", "课程安排", "考核安排", "培训资料", "场地设备", "后勤服务"]
    places = [
        text.index(f"{number}、{head}")
        for number, head in zip("一二三四五六", heads, strict=True)
    ]

    assert places == sorted(places)
    assert "授课骨干教师周明（学习任务分析）、吴静" in text
    assert "培训地点待定" in text
    assert "终结性考核（说课）：终结安排" in text
    assert "报到：开班前一天，14:00，一楼大厅。请带：身份证。" in text


def test_what_people_wrote_is_printed_literally() -> None:
    assert re.sub(r"\s", "", HOSTILE) in text_of(render_scheme(paper()))


def test_an_evening_has_its_column_only_when_there_is_one() -> None:
    evening = Day(1, "6 月 20 日（周六）", "开班", "", "小组讨论", "")

    assert "晚上" not in text_of(render_scheme(paper()))
    assert "上午下午晚上" in text_of(render_scheme(paper(days=(evening,))))


def test_long_plans_run_over_pages_and_lose_nothing() -> None:
    said = "这一天的安排说得很细，每一步都写出来。" * 30
    days = tuple(
        Day(number, f"第 {number} 日", said, said, "", "") for number in range(1, 10)
    )
    made = render_scheme(paper(days=days))

    assert len(PdfReader(io.BytesIO(made)).pages) > 3
    assert text_of(made).count("细") == 9 * 2 * 30


def test_additions_stand_under_their_section_with_name_and_day() -> None:
    base = paper()
    added = {**base.added, "materials": (Added("吴静补充（5 月 3 日）", "带样例"),)}
    text = text_of(render_scheme(paper(added=added)))

    assert (
        text.index("四、培训资料")
        < text.index("吴静补充（5月3日）带样例")
        < text.index("五、场地设备")
    )


def test_the_same_scheme_is_the_same_bytes() -> None:
    assert render_scheme(paper()) == render_scheme(paper())


@pytest.fixture
async def world(database: Database) -> World:
    return await make_world(database)


async def test_the_document_of_a_class_that_moved_has_its_new_days(
    world: World,
) -> None:
    base = await world.person("基地", ("base_staff", "江南"))
    province = await world.person("省", ("province_manager", "江南省"))
    row = await world.new_class(state="planned")
    book = world.house.book
    nothing = await scheme_document(world.database, book, row.id)
    (ming,) = await lecturers(world, row, "周明")
    await world.submit(base, scheme_draft(row, "周明"))
    await world.submit(ming, addition_draft(row, "周明", "先分组"))
    await file_scheme(world, base, province, row)
    async with world.database.transaction() as uow:
        await classes.set_dates(
            uow,
            class_id=row.id,
            opens_on=date(2026, 6, 27),
            ends_on=date(2026, 7, 5),
            apply_until=date(2026, 6, 20),
        )
        await uow.commit()
    world.now = datetime(2026, 6, 25, 2, tzinfo=UTC)
    await world.submit(
        ming, addition_draft(row, "周明", "多练一天", section="assessment")
    )
    made = await scheme_document(world.database, book, row.id)

    assert nothing is None
    assert made is not None
    assert (made.name, made.media_type) == (
        "数控加工二级班培训方案.pdf",
        "application/pdf",
    )
    text = text_of(made.content)
    assert "第1天6月27日（周六）开班、标准解读学习任务分析" in text
    assert "第9天7月5日（周日）终结性考核" in text
    assert "省里审核通过，已报备（编号1），2026年3月2日（周一）" in text
    assert "周明补充（3月2日）先分组" in text
    assert "周明在报备后补充（6月25日）多练一天" in text


async def test_the_file_is_pushed_to_who_asked_and_nothing_where_nothing_is(
    world: World,
) -> None:
    base = await world.person("基地", ("base_staff", "江南"))
    row = await world.new_class(state="planned")
    task = scheme_file(world.database, world.house.book, Clock())
    job = ClaimedJob(
        "j1", "scheme_file", base.id, base.address_id, {"class": row.id}, 1, world.now
    )
    nothing = await task(job)
    await world.submit(base, scheme_draft(row))
    made = await task(job)

    assert (nothing.files, nothing.replies) == ((), ())
    assert [(one.purpose, one.person_id) for one in made.files] == [("scheme", base.id)]
    assert [one.kind for one in made.replies] == ["file"]
