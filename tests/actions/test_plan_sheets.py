"""A plan by Excel: the template, and every wrong row with its reason."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime

import openpyxl
import pytest

from bot.actions import uploads
from bot.documents.plan_sheets import UnreadableError, read_template
from bot.jobs.tasks.plan_sheets import EXCEL
from bot.pages.uploads import UploadRequest
from bot.pages.wording import UPLOADS
from bot.uploads import sniff
from bot.wording.plan_sheets import COLUMNS
from tests.actions.plansworld import HEADER, Planning, sheet
from tests.commands.world import World, text_of

GOOD = ("二级", "机械类", datetime(2026, 9, 7), 30, "全国")  # noqa: DTZ001 -- Excel has no zones
OTHER = ("3级", "机械", "2026年10月12日", "25", "江南省、江北")


@pytest.fixture
async def story(world: World) -> Planning:
    return await Planning.begin(world)


async def test_a_filled_sheet_becomes_the_plan(story: Planning) -> None:
    said = await story.send_sheet(story.base, sheet(GOOD, OTHER))
    found = await story.items("draft")

    assert "表里 2 项都对" in said
    assert "1. 交上去" in said
    assert [
        (one.level, one.opens_on, one.headcount, one.recruits_from) for one in found
    ] == [
        ("二级", date(2026, 9, 7), 30, []),
        ("三级", date(2026, 10, 12), 25, ["province0", "province1"]),
    ]


async def test_the_same_sheet_again_leaves_the_same_plan(story: Planning) -> None:
    await story.add()
    await story.send_sheet(story.base, sheet(GOOD, OTHER))
    said = await story.send_sheet(story.base, sheet(GOOD, OTHER))

    assert "换下原来记的 2 项" in said
    assert len(await story.items("draft")) == 2


async def test_every_wrong_row_is_named_and_nothing_is_changed(
    story: Planning,
) -> None:
    await story.add()
    rows = (
        GOOD,
        ("一级", "机械类", "2026-09-07", 30, "全国"),
        ("二级", "信息类", "2026-09-07", 30, "全国"),
        ("二级", "机械类", "2027-01-04", 30, "全国"),
        ("二级", "机械类", "下周的某天", 31, "全国"),
        ("二级", "机械类", "2026-09-07", "", "天边省"),
        GOOD,
        (None, None, None, None, None),
        ("特级", "机械类", "2026-02-30", 30, "全国"),
    )
    said = await story.send_sheet(story.base, sheet(*rows))
    lines = said.split("\n")

    assert lines[0] == "表里有 7 行不对，什么都没改："
    assert [line.partition("：")[0] for line in lines[1:-1]] == [
        f"第 {number} 行" for number in (3, 4, 5, 6, 7, 8, 10)
    ]
    for reason in (
        "不开一级班（规程第四条）",
        "还没有获批信息类二级培训",
        "2026 年 7 月 1 日到 12 月 31 日之间",
        "培训人数：这里要 1 到 30 之间的数",
        "培训人数没有填",
        "没有找到叫“天边省”的省",
        "和第 2 行一模一样",
        "日历上没有这一天",
    ):
        assert reason in said
    assert [one.headcount for one in await story.items("draft")] == [30]
    assert len(await story.items()) == 1


async def test_the_template_comes_filled_and_is_taken_as_it_came(
    story: Planning,
) -> None:
    await story.add(recruits="named", provinces="江北省")
    said = await story.world.say(story.base, "报送 模板")
    (made,) = await story.work_off()
    book = openpyxl.load_workbook(io.BytesIO(made.content))
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    validated = {
        str(one.sqref) for one in book.worksheets[0].data_validations.dataValidation
    }
    taken = await story.send_sheet(story.base, made.content)

    assert "/u/" in text_of(said)
    assert made.info.name == (
        "2026年下半年工学一体化教师培训信息报送表（江南机电技师学院）.xlsx"
    )
    assert rows[1][0] == "培训机构：江南机电技师学院"
    assert rows[2][:5] == HEADER
    assert rows[3][:2] == ("二级", "机械类")
    assert rows[3][3:5] == (30, "江北省")
    assert {one[0] for one in validated} == {"A", "B", "C", "D"}
    assert "表里 1 项都对" in taken


async def test_a_sheet_of_another_institution_or_half_year_is_refused(
    story: Planning,
) -> None:
    world = story.world
    await story.add()
    await world.say(story.base, "报送 模板")
    (made,) = await story.work_off()
    foreign = await story.send_sheet(story.other_base, made.content)
    other = await story.send_sheet(
        story.base, sheet(GOOD, above=["2027 年上半年工学一体化教师培训信息报送表"])
    )

    assert "这张表写的是江南机电技师学院" in foreign
    assert "这张表是 2027 年上半年的" in other
    assert len(await story.items()) == 1


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"%PDF-1.7", "不是 Excel 表"),
        (b"", "不是 Excel 表"),
        (sheet(), "一项都没有"),
        (sheet(("二级",), header=("级别",)), "没找到表头"),
    ],
)
async def test_what_is_no_filled_template_is_said_so(
    story: Planning, content: bytes, why: str
) -> None:
    said = await story.send_sheet(story.base, content)

    assert why in said
    assert "什么都没改" in said


def test_a_bomb_is_not_opened() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b"0" * 60_000_000)
    with pytest.raises(UnreadableError, match="too_big"):
        read_template(out.getvalue(), COLUMNS)


def test_a_day_is_read_also_where_excel_lost_its_format() -> None:
    filled = read_template(sheet(("二级", "机械类", 46272, 30.0, "全国")), COLUMNS)

    assert filled.lines[0].cells["opens_on"] == "2026-09-07"
    assert filled.lines[0].cells["headcount"] == "30"


async def test_a_plan_that_lies_with_the_province_is_not_replaced(
    story: Planning,
) -> None:
    await story.add()
    await story.hand_in()
    said = await story.send_sheet(story.base, sheet(GOOD))
    (one,) = await story.items()

    assert said == ""
    assert one.state == "waiting"


async def test_whoever_lost_the_role_meanwhile_changes_nothing(
    story: Planning,
) -> None:
    world = story.world
    stranger = await world.person("stranger")
    stranger.grants = story.base.grants
    said = await story.send_sheet(stranger, sheet(GOOD))

    assert "没有报送的身份" in said
    assert await story.items() == []


async def test_more_rows_than_a_plan_may_have_are_refused(story: Planning) -> None:
    house = story.world.house
    object.__setattr__(house, "limits", house.limits.__class__(plan_items=1))
    said = await story.send_sheet(story.base, sheet(GOOD, OTHER))

    assert "超过 1 项" in said
    assert await story.items() == []


async def test_the_link_takes_the_sheet_too(story: Planning) -> None:
    """For channels by which no file can be sent."""
    world = story.world
    said = text_of(await world.say(story.base, "报送 模板"))
    await story.work_off()
    address = said.rpartition("/u/")[2].strip()
    secret = world.house.links.read_upload(address)
    assert secret is not None

    class Clock:
        def now(self) -> datetime:
            return world.now

        real = now

    taken = await uploads.hand_in(
        world.database,
        token=secret,
        name="plan.xlsx",
        media_type=EXCEL,
        content=sheet(GOOD),
        clock=Clock(),
        new_id=world.house.new_id,
    )
    await story.work_off()

    assert taken
    assert len(await story.items("draft")) == 1


def test_the_upload_page_takes_a_sheet_for_a_plan_and_nothing_else() -> None:
    asked = UploadRequest(*UPLOADS["plan_sheet"])

    assert sniff(sheet(GOOD)) in asked.accepts
    assert sniff(b"%PDF-1.7") not in asked.accepts
    assert sniff(sheet(GOOD)) not in UploadRequest(*UPLOADS["stamp"]).accepts
