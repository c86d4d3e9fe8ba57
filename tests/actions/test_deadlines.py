"""Dates set, moved, done, cancelled, with their reminders (domain 2)."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from bot.actions import deadlines as actions
from storage import deadlines
from storage.database import Database
from storage.tables.classes import deadlines as deadline_table
from storage.tables.classes import reminders as reminder_table
from tests.actions.timeworld import (
    BOOK,
    GONGXUE,
    Country,
    D,
    Ids,
    at,
)

SCHEME_DUE = date(2026, 5, 21)  # D-30, a Thursday
NAME = "“数控加工二级班（6 月 20 日开班）”的"


@pytest.fixture
async def country(database: Database) -> Country:
    country = Country(database)
    await country.found()
    return country


async def test_a_date_and_its_reminders_are_written_together(country: Country) -> None:
    row = await country.class_()
    async with country.database.reading() as uow:
        found = await uow.execute(
            select(reminder_table.c.mark, reminder_table.c.fire_at)
            .join(deadline_table, deadline_table.c.id == reminder_table.c.deadline_id)
            .where(
                deadline_table.c.subject == row.code, deadline_table.c.step == "scheme"
            )
            .order_by(reminder_table.c.fire_at)
        )
        written = [tuple(one) for one in found]
        first = await deadlines.next_fire_at(uow)

    assert written == [
        ("before-7", at(date(2026, 5, 14))),
        ("before-3", at(date(2026, 5, 18))),
        ("before-1", at(date(2026, 5, 20))),
        ("due", at(SCHEME_DUE)),
        ("overdue", at(date(2026, 5, 22))),
    ]
    # D-40 is 05-11; seven days before lies in the holidays of May.
    assert first == at(date(2026, 4, 30))


async def test_nothing_is_written_when_the_date_is_rolled_back(
    country: Country,
) -> None:
    row = await country.class_()
    async with country.database.transaction() as uow:
        await deadlines.cancel_class(uow, class_id=row.id)
    async with country.database.reading() as uow:
        states = {one.state for one in await deadlines.of_class(uow, class_id=row.id)}

    assert states == {"open"}


async def test_a_moved_date_is_told_once_to_those_who_were_reminded(
    country: Country,
) -> None:
    row = await country.class_()
    await country.only(row, "scheme")
    await country.tick(at(date(2026, 5, 14)))
    await country.person("late", role="base_staff", scope="b1")
    moved = await country.move(row, D + timedelta(days=10), now=at(date(2026, 5, 15)))
    for hour in (9, 12, 20):
        await country.tick(at(date(2026, 5, 15), hour))
    await country.tick(at(date(2026, 5, 18)))

    assert moved.opens_on == date(2026, 6, 30)
    news = await country.texts("base")
    assert news[1:] == [
        (
            "【提醒】“数控加工二级班（6 月 30 日开班）”的培训方案改了日期，"
            "由 5 月 21 日改为 5 月 31 日（周日）截止报备，还有 16 天。"
            "现在填写请回“方案 2026-NC-01”；"
            "已在别处报过，请回“办结 2026-NC-01 方案”。"
        )
    ]
    assert await country.texts("late") == []


async def test_a_moved_date_is_reminded_anew_at_its_own_marks(country: Country) -> None:
    row = await country.class_()
    await country.only(row, "scheme")
    await country.tick(at(date(2026, 5, 14)))
    await country.move(row, D + timedelta(days=10), now=at(date(2026, 5, 15)))
    day = date(2026, 5, 15)
    while day < date(2026, 6, 3):
        await country.tick(at(day, 10))
        day += timedelta(days=1)

    # 05-31 is a Sunday: its marks lie on Fridays and a Thursday; then Monday.
    texts = await country.texts("base")
    assert ["改了日期" in text for text in texts] == [False, True] + [False] * 5
    assert ["截止报备，还有 9 天" in text for text in texts[2:3]] == [True]
    assert ["今天（5 月 31 日，周日）" in text for text in texts[5:6]] == [True]
    assert ["应在 5 月 31 日" in text for text in texts[6:]] == [True]


async def test_a_date_that_comes_back_is_news_to_those_who_heard_of_another(
    country: Country,
) -> None:
    row = await country.class_()
    await country.only(row, "scheme")
    await country.tick(at(date(2026, 5, 14)))
    moved = await country.move(
        row, D + timedelta(days=10), now=at(date(2026, 5, 14), 10)
    )
    await country.tick(at(date(2026, 5, 14), 10))
    await country.move(moved, D, now=at(date(2026, 5, 14), 11))
    await country.tick(at(date(2026, 5, 14), 11))
    await country.tick(at(date(2026, 5, 14), 12))

    assert ["改为 5 月" in text for text in await country.texts("base")] == [
        False,
        True,
        True,
    ]


async def test_a_date_that_came_back_before_anybody_was_told_is_no_news(
    country: Country,
) -> None:
    row = await country.class_()
    await country.only(row, "scheme")
    await country.tick(at(date(2026, 5, 14)))
    moved = await country.move(
        row, D + timedelta(days=10), now=at(date(2026, 5, 14), 22)
    )
    await country.move(moved, D, now=at(date(2026, 5, 14), 23))
    await country.tick(at(date(2026, 5, 15), 8))

    assert len(await country.texts("base")) == 1


async def test_what_is_done_does_not_move(country: Country) -> None:
    row = await country.class_()
    await country.done(row, "opening")
    await country.move(row, D + timedelta(days=10), now=at(date(2026, 4, 1)))
    async with country.database.reading() as uow:
        due = {
            one.step: one.due_on
            for one in await deadlines.of_class(uow, class_id=row.id)
        }

    assert due["opening"] == date(2026, 5, 11)
    assert due["staffing"] == date(2026, 5, 26)


async def test_a_cancelled_class_is_silent_and_says_so_once(country: Country) -> None:
    row = await country.class_()
    await country.tick(at(date(2026, 4, 30)))
    await country.person("applicant")
    await country.apply(row, "applicant", "admitted")
    async with country.database.transaction() as uow:
        told = await actions.cancel_class(
            uow,
            row,
            sending=GONGXUE.sending,
            reason="报名人数不足",
            now=at(date(2026, 5, 1), 22),
            new_id=country.ids,
        )
        await uow.commit()
    later = [await country.tick(at(D + timedelta(days=day))) for day in range(-40, 20)]

    assert told == 2
    assert sum((one.messages for one in later), start=0) == 0
    assert await country.texts("applicant") == [
        (
            "【取消】“数控加工二级班（6 月 20 日开班）”不再举办。\n"
            "原因：报名人数不足\n"
            "这个班的提醒就此停止，您不用再做什么。"
        )
    ]
    assert {one.not_before for one in await country.sent("applicant")} == {
        at(date(2026, 5, 2), 8)
    }


async def test_a_year_of_an_institution_is_reminded(country: Country) -> None:
    written = await asyncio.gather(
        *(
            actions.schedule_years(
                country.database,
                now=at(date(2026, 7, 1)),
                programmes=BOOK,
                new_id=Ids(prefix),
            )
            for prefix in ("one", "two")
        )
    )
    await country.tick(at(date(2026, 12, 3)))

    assert await country.texts("base") == [
        (
            "【提醒】“江南师资中心”的工作总结 12 月 10 日（周四）截止提交，还有 7 天。"
            "数字已算好，现在写请回“总结”；"
            "已在别处交过，请回“办结 2026 总结”。"
        )
    ]
    # 06-15 has passed: 12-10 and 12-15 remain.
    assert sorted(written) == [0, 2]
