"""征集, 汇总: the centre calls, publishes, and the list is kept true (规程第七条)."""

from __future__ import annotations

import asyncio
import io
from datetime import UTC, date, datetime

import openpyxl
import pytest

from bot.actions import national
from bot.actions.deadlines import schedule_years
from bot.actions.reminders import fire_due
from bot.pages.published import Published
from storage import notices, organisations, plan_calls, plans
from storage.notices import NoticeRow
from tests.actions.plansworld import PERIOD, Planning
from tests.commands.world import World, text_of

CALL = "征集 2026年下半年 6月1日"


@pytest.fixture
async def story(world: World) -> Planning:
    return await Planning.begin(world)


async def schedule(world: World) -> None:
    await schedule_years(
        world.database,
        now=world.now,
        programmes=world.house.programmes,
        new_id=world.house.new_id,
    )


async def call(story: Planning, words: str = CALL) -> str:
    asked = await story.world.say(story.centre, words)
    return text_of(
        await story.world.say(story.centre, asked.replies[0].choices[0].send)
    )


async def notice(world: World, number: str) -> NoticeRow:
    async with world.database.reading() as uow:
        found = await notices.by_number(uow, number=int(number))
    assert found is not None
    return found


# ---- 征集 ----


async def test_a_call_sets_the_date_and_tells_bases_and_provinces(
    story: Planning,
) -> None:
    await schedule(story.world)
    asked = await story.world.say(story.centre, CALL)
    said = await call(story)
    again = await story.world.say(story.centre, f"{CALL} 确认")

    assert "6 月 1 日（周一）前报送" in text_of(asked)
    assert "会告诉 2 家培训机构和 2 个省" in text_of(asked)
    assert "4 位会收到" in said
    assert set((await story.steps()).values()) == {
        ("open", date(2026, 6, 1)),
        ("open", date(2026, 12, 15)),
    }
    for person in (story.base, story.other_base, story.province, story.other_province):
        assert len(await story.world.pushed(person)) == 1
    assert "征集已经发过" in text_of(again)


async def test_another_date_is_told_to_those_who_have_not_reported(
    story: Planning,
) -> None:
    await schedule(story.world)
    await call(story)
    await story.agreed()
    await call(story, "征集 6月8日")

    steps = await story.steps()
    assert steps["base0:2026-1"] == ("done", date(2026, 6, 1))
    assert steps["base1:2026-1"] == ("open", date(2026, 6, 8))
    assert "6 月 8 日" not in "\n".join(await story.world.pushed(story.base))
    assert "6 月 8 日" in "\n".join(await story.world.pushed(story.other_base))


async def test_an_institution_that_comes_later_has_the_date_called_for(
    story: Planning,
) -> None:
    """The year's dates are written by a tick, also for who is new."""
    world = story.world
    await call(story)
    async with world.database.transaction() as uow:
        await organisations.create_institution(
            uow, id="late", province=world.places["江南省"], name="新院", kind="基地"
        )
        await uow.commit()
    await schedule(world)

    assert (await story.steps())["late:2026-1"] == ("open", date(2026, 6, 1))


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("征集 2026年下半年 2026年2月1日", "不在今天之后"),
        ("征集 2026年下半年 2027年3月1日", "太晚"),
        ("征集 2026年下半年 那一天", "没有读懂"),
    ],
)
async def test_a_call_with_a_wrong_date_is_refused(
    story: Planning, words: str, why: str
) -> None:
    assert why in text_of(await story.world.say(story.centre, words))


async def test_bases_and_then_their_province_are_reminded_until_they_have_done(
    story: Planning,
) -> None:
    world = story.world
    await schedule(world)
    await story.add()
    number = await story.hand_in()
    # Three days before 06-15: the one base owes its plan, the other's waits.
    world.now = datetime(2026, 6, 12, 2, tzinfo=UTC)
    await fire_due(
        world.database,
        now=world.now,
        programmes=world.house.programmes,
        new_id=world.house.new_id,
    )
    base = "\n".join(await world.pushed(story.base))
    other = "\n".join(await world.pushed(story.other_base))
    province = "\n".join(await world.pushed(story.province))

    assert "提醒" not in base
    assert "现在报送请回“报送”" in other
    assert f"审核 {number} 通过" in province.partition("提醒")[2]


# ---- 汇总 ----


async def test_the_centre_sees_who_reported_and_who_did_not(story: Planning) -> None:
    await story.agreed("2026-09-07", "2026-10-12")
    said = text_of(await story.world.say(story.centre, "汇总"))

    assert "2 家培训机构，审核通过 1，待审核 0，退回 0，没报 1；共 2 项 60 人" in said
    assert "二级：机械类 2 个班 60 人" in said
    assert "江北省没报：江北机电技师学院" in said


async def test_nothing_agreed_is_not_published(story: Planning) -> None:
    said = await story.world.say(story.centre, "汇总 发布")

    assert "还没有省里审核通过的计划" in text_of(said)


async def test_publishing_is_a_notice_to_all_with_tables_and_a_file(
    story: Planning,
) -> None:
    world = story.world
    await schedule(world)
    await story.agreed("2026-09-07", "2026-10-12")
    await story.add(story.other_base, level="三级")
    waiting = await story.hand_in(story.other_base)
    drafted = await world.say(story.centre, "汇总 发布")
    await world.say(story.other_province, f"审核 {waiting} 通过")
    number = await story.publish()
    row = await notice(world, number)
    await story.work_off()
    pages = Published(world.database)
    shown = await pages.notice(row.slug)
    listed = await pages.file(row.slug)
    assert shown is not None
    assert listed is not None
    book = openpyxl.load_workbook(io.BytesIO(listed.content))

    assert "1 家还在审" in text_of(drafted)
    assert row.state == "published"
    assert "共 3 个班、90 人" in row.body
    assert [table.title for table in shown.tables] == [
        "二级 · 机械类（2 个班，60 人）",
        "三级 · 机械类（1 个班，30 人）",
    ]
    assert shown.tables[0].rows[0] == (
        "江南省",
        "江南机电技师学院",
        "2026.9.7–9.15",
        "全国",
        "30",
        "",
    )
    assert shown.file == listed.name
    assert book.sheetnames == ["合计", "二级", "三级"]
    assert [
        str(row[4])[:10] for row in book["二级"].iter_rows(min_row=2, values_only=True)
    ] == ["2026-09-07", "2026-10-12"]
    assert len(await story.items("published")) == 3


async def test_once_published_nobody_is_awaited_and_calls_are_over(
    story: Planning,
) -> None:
    world = story.world
    await schedule(world)
    await story.agreed()
    await story.publish()
    steps = await story.steps()
    report = await world.say(story.other_base, "报送 2026年下半年 加")
    called = await world.say(story.centre, CALL)
    again = await world.say(story.centre, "汇总 2026年下半年 发布")
    following = await world.say(story.other_base, "报送 加")

    assert steps["base1:2026-1"][0] == "done"
    assert "已经发布" in text_of(report)
    assert "不能再征集" in text_of(called)
    assert "已经发布过了" in text_of(again)
    assert following.open is not None
    assert following.open.context["period"] == "2027-1"


async def test_an_amendment_stands_on_the_page_and_in_the_file(
    story: Planning,
) -> None:
    world = story.world
    one, two = await story.agreed("2026-09-07", "2026-10-12")
    number = await story.publish()
    row = await notice(world, number)
    await story.work_off()
    opened = await world.say(story.base, f"调整 {one.number}")
    asked = await story.fill(story.base, opened, opens_on="2026-11-02")
    review = int(text_of(asked).partition("编号 ")[2].partition("：")[0])
    await world.say(story.province, f"审核 {review} 通过")
    await world.say(story.base, f"计划 {two.number} 不办 场地维修")
    await story.work_off()
    pages = Published(world.database)
    shown = await pages.notice(row.slug)
    listed = await pages.file(row.slug)
    assert shown is not None
    assert listed is not None
    book = openpyxl.load_workbook(io.BytesIO(listed.content))

    assert [(line[2], line[5]) for line in shown.tables[0].rows] == [
        ("2026.10.12–10.20", "不办"),
        ("2026.11.2–11.10", "调整"),
    ]
    assert shown.tables[0].title == "二级 · 机械类（1 个班，30 人）"
    assert [
        line[10] for line in book["二级"].iter_rows(min_row=2, values_only=True)
    ] == [
        "不办",
        "调整",
    ]


async def test_a_withdrawn_notice_has_no_page_and_can_be_drafted_again(
    story: Planning,
) -> None:
    world = story.world
    await story.agreed()
    number = await story.publish()
    row = await notice(world, number)
    await story.work_off()
    await world.say(story.centre, f"撤回通知 {number}")
    pages = Published(world.database)
    gone = (await pages.notice(row.slug), await pages.file(row.slug))
    second = await story.publish()

    assert gone == (None, None)
    assert second != number


async def test_the_centre_gets_the_list_as_a_file_of_its_own(story: Planning) -> None:
    await story.agreed()
    said = await story.world.say(story.centre, "汇总 2026年下半年 表格")
    (made,) = await story.work_off()

    assert "正在做" in text_of(said)
    assert made.info.person_id == story.centre.id
    assert made.info.name == "2026年下半年全国技工院校工学一体化教师培训信息.xlsx"


async def test_a_draft_is_brought_up_to_date(story: Planning) -> None:
    world = story.world
    await story.agreed()
    first = await world.say(story.centre, "汇总 2026年下半年 发布")
    again = await world.say(story.centre, "汇总 2026年下半年 发布")
    async with world.database.reading() as uow:
        found = await plan_calls.get(uow, period=PERIOD)

    assert first.replies[-1].choices == again.replies[-1].choices
    assert found is not None
    assert found.published_at is None


async def test_a_class_that_moved_stands_with_its_new_date(story: Planning) -> None:
    world = story.world
    (one,) = await story.agreed()
    number = await story.publish()
    row = await notice(world, number)
    await story.work_off()
    made = await world.new_class(state="planned", opens_on=date(2026, 9, 21))
    async with world.database.transaction() as uow:
        await plans.link(uow, item_id=one.id, class_id=made.id)
        await uow.commit()
    moved = await Published(world.database).notice(row.slug)
    await world.say(story.base, f"取消班级 {made.code} 确认")
    cancelled = await Published(world.database).notice(row.slug)
    (listed,) = [
        file for file in await story.work_off() if file.info.purpose == national.FILE
    ]
    book = openpyxl.load_workbook(io.BytesIO(listed.content))
    cells = list(book["二级"].iter_rows(min_row=2, values_only=True))

    assert moved is not None
    assert cancelled is not None
    assert (moved.tables[0].rows[0][2], moved.tables[0].rows[0][5]) == (
        "2026.9.21–9.29",
        "改期",
    )
    assert cancelled.tables[0].rows[0][5] == "班次已取消"
    assert cells[0][10] == "班次已取消"


async def test_what_is_agreed_to_while_it_is_published_is_not_lost(
    story: Planning,
) -> None:
    world = story.world
    await story.agreed()
    await story.add(story.other_base)
    number = await story.hand_in(story.other_base)
    drafted = await world.say(story.centre, "汇总 2026年下半年 发布")
    await asyncio.gather(
        world.say(story.centre, drafted.replies[-1].choices[0].send),
        world.say(story.other_province, f"审核 {number} 通过"),
    )

    assert [one.state for one in await story.items()] == ["published", "published"]
