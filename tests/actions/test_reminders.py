"""Reminders: who is told what, when, and only once (domain 2)."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta

import pytest
from sqlalchemy import event, select

from bot.actions.reminders import Fired, fire_batch
from storage import deadlines, numbers, reviews
from storage.database import Database
from storage.tables.classes import deadlines as deadline_table
from storage.tables.classes import reminders as reminder_table
from storage.tables.evaluations import completions
from tests.actions.timeworld import (
    BOOK,
    CLOSES,
    GONGXUE,
    Country,
    D,
    E,
    at,
)

SCHEME_DUE = date(2026, 5, 21)  # D-30, a Thursday
NAME = "“数控加工二级班（6 月 20 日开班）”的"


@pytest.fixture
async def country(database: Database) -> Country:
    country = Country(database)
    await country.found()
    return country


async def test_a_step_is_reminded_at_each_mark_and_then_overdue_to_the_level_above(
    country: Country,
) -> None:
    row = await country.class_()
    await country.only(row, "scheme")
    day = date(2026, 5, 10)
    while day < date(2026, 6, 10):
        for hour in (7, 9, 12, 20, 23):
            await country.tick(at(day, hour))
        day += timedelta(days=1)

    offer = "现在填写请回“方案 2026-NC-01”；已在别处报过，请回“办结 2026-NC-01 方案”。"
    assert await country.texts("base") == [
        f"【提醒】{NAME}培训方案 5 月 21 日（周四）截止报备，还有 7 天。{offer}",
        f"【提醒】{NAME}培训方案 5 月 21 日（周四）截止报备，还有 3 天。{offer}",
        f"【提醒】{NAME}培训方案明天（5 月 21 日，周四）截止报备。{offer}",
        f"【提醒】{NAME}培训方案今天（5 月 21 日，周四）截止报备。{offer}",
        f"【提醒】{NAME}培训方案应在 5 月 21 日（周四）前报备，现在还没有办结。{offer}",
    ]
    assert await country.texts("province") == [
        (
            f"【提醒】{NAME}培训方案应在 5 月 21 日（周四）前报备，"
            "江南师资中心还没有办结，请您过问。"
        )
    ]
    assert await country.texts("centre") == []


async def test_a_step_that_is_done_is_not_reminded(country: Country) -> None:
    row = await country.class_()
    await country.only(row, "scheme")
    await country.tick(at(date(2026, 5, 14)))
    await country.done(row, "scheme")
    after = [await country.tick(at(date(2026, 5, 18 + day))) for day in range(6)]

    assert len(await country.texts("base")) == 1
    assert after == [Fired()] * 6


async def test_a_step_done_behind_a_planned_reminder_is_passed_over(
    country: Country,
) -> None:
    row = await country.class_()
    await country.only(row, "scheme")
    async with country.database.transaction() as uow:
        await uow.execute(deadline_table.update().values(state="done"))
        await uow.commit()
    fired = await country.tick(at(date(2026, 5, 18)))
    async with country.database.reading() as uow:
        found = await uow.execute(
            select(reminder_table.c.mark, reminder_table.c.reason)
            .where(reminder_table.c.state == "skipped")
            .order_by(reminder_table.c.fire_at)
        )
        skipped = [tuple(one) for one in found]

    assert fired == Fired(deadlines=1, skipped=2)
    assert skipped == [("before-7", "done"), ("before-3", "done")]
    assert await country.sent() == []


async def test_a_tick_done_again_says_nothing_more(country: Country) -> None:
    row = await country.class_()
    await country.only(row, "scheme")
    first = await country.tick(at(SCHEME_DUE - timedelta(days=7)))
    again = await country.tick(at(SCHEME_DUE - timedelta(days=7), 10))

    assert first == Fired(deadlines=1, messages=1)
    assert again == Fired()


async def test_what_falls_due_together_is_one_message(country: Country) -> None:
    """E+7 is the date of four steps of the institution."""
    row = await country.class_()
    keys = {step.key for step in GONGXUE.class_steps}
    left = {"institution_feedback", "transcript", "archive", "certificates"}
    await country.done(row, *sorted(keys - left))
    await country.tick(at(E + timedelta(days=4)))

    assert await country.texts("base") == [
        (
            "【提醒】您有 3 件事：\n"
            f"· {NAME}机构反馈表 7 月 5 日（周日）截止报送，还有 3 天。"
            "现在填写请回“反馈 2026-NC-01”；"
            "已在别处报过，请回“办结 2026-NC-01 机构反馈”。\n"
            f"· {NAME}成绩单 7 月 5 日（周日）截止报送，还有 3 天。"
            "核对并报送请回“成绩单 2026-NC-01”；"
            "已在别处报过，请回“办结 2026-NC-01 成绩单”。\n"
            f"· {NAME}过程监督材料 7 月 5 日（周日）截止报备，还有 3 天。"
            "现在归档请回“归档 2026-NC-01”；"
            "已在别处报备过，请回“办结 2026-NC-01 归档”。"
        )
    ]


async def test_a_planner_that_dies_before_its_commit_leaves_nothing_behind(
    country: Country,
) -> None:
    row = await country.class_()
    await country.only(row, "scheme")
    moment = at(date(2026, 5, 14))
    async with country.database.transaction() as uow:
        lost = await fire_batch(
            uow, now=moment, programmes=BOOK, new_id=country.ids, batch=500
        )
    assert await country.sent() == []
    fired = await country.tick(moment)

    assert (lost, len(await country.texts("base"))) == (fired, 1)


async def test_after_downtime_the_latest_missed_mark_is_said_once(
    country: Country,
) -> None:
    row = await country.class_()
    await country.only(row, "scheme")
    fired = await country.tick(at(date(2026, 5, 19), 15))

    assert fired == Fired(deadlines=1, messages=1, skipped=1)
    (text,) = await country.texts("base")
    assert "截止报备，还有 2 天。" in text


async def test_after_downtime_over_the_date_only_overdue_is_said(
    country: Country,
) -> None:
    row = await country.class_()
    await country.only(row, "scheme")
    await country.tick(at(date(2026, 6, 1)))

    texts = await country.texts("base")
    assert [("应在 5 月 21 日" in text) for text in texts] == [True]


async def test_downtime_that_ends_at_night_waits_for_the_morning(
    country: Country,
) -> None:
    row = await country.class_()
    await country.only(row, "scheme")
    night = await country.tick(at(date(2026, 5, 18), 21))
    async with country.database.reading() as uow:
        next_at = await deadlines.next_fire_at(uow)
    morning = await country.tick(at(date(2026, 5, 19), 8))

    assert (night.messages, next_at) == (0, at(date(2026, 5, 19), 8))
    assert morning.messages == 1
    assert [one.not_before for one in await country.sent("base")] == [
        at(date(2026, 5, 19), 8)
    ]


async def test_what_is_done_during_the_night_is_not_said_in_the_morning(
    country: Country,
) -> None:
    row = await country.class_()
    await country.only(row, "scheme")
    await country.tick(at(date(2026, 5, 18), 22))
    await country.done(row, "scheme")
    await country.tick(at(date(2026, 5, 19), 8))

    assert await country.texts("base") == []


async def test_two_planners_at_once_never_double(country: Country) -> None:
    rows = [await country.class_(f"2026-NC-{number:02d}") for number in range(1, 9)]
    await country.person("teacher")
    for row in rows:
        await country.only(row, "recruiting")
        await country.draft(row, "teacher")
    moment = at(date(2026, 6, 12), 10)
    fired = await asyncio.gather(*(country.tick(moment, batch=2) for _ in range(4)))

    texts = await country.texts("teacher")
    lines = [text.count("参训申请表") for text in texts]
    assert sum(lines) == len(rows)
    assert sum(one.deadlines for one in fired) == len(rows)
    assert sum(one.messages for one in fired) == len(texts)


async def test_teachers_are_reminded_of_what_they_left_unfinished(
    country: Country,
) -> None:
    row = await country.class_()
    await country.only(row, "recruiting")
    for name in ("writing", "handed-in", "elsewhere"):
        await country.person(name)
    await country.draft(row, "writing")
    await country.draft(row, "handed-in")
    await country.apply(row, "handed-in", "submitted")
    day = CLOSES - timedelta(days=8)
    while day < CLOSES + timedelta(days=5):
        await country.tick(at(day))
        day += timedelta(days=1)

    assert len(await country.texts("writing")) == 4
    assert await country.texts("handed-in") == []
    assert await country.texts("elsewhere") == []
    # One application waits: the institution hears of it, and when it is late
    # the province too. The date itself brings nothing to the teacher.
    base = await country.texts("base")
    assert [("还有 1 份申请等您审核" in text) for text in base] == [True] * 5
    assert len(await country.texts("province")) == 1


async def test_admitted_teachers_are_reminded_until_they_have_evaluated(
    country: Country,
) -> None:
    row = await country.class_()
    await country.only(row, "evaluation")
    for name, state in (
        ("slow", "admitted"),
        ("quick", "admitted"),
        ("out", "refused"),
    ):
        await country.person(name)
        await country.apply(row, name, state)
    async with country.database.transaction() as uow:
        done = {
            "class_id": row.id,
            "form": "evaluation",
            "person_id": "quick",
            "done_on": E,
        }
        await uow.execute(completions.insert(), done)
        await uow.commit()
    day = E - timedelta(days=3)
    while day < E + timedelta(days=12):
        await country.tick(at(day))
        day += timedelta(days=1)

    assert [text[-14:] for text in await country.texts("slow")] == [
        "填写请回“评估 2026-NC-01”。"[-14:]
    ] * 4
    assert (await country.texts("quick"), await country.texts("out")) == ([], [])
    assert [
        "还有 1 位老师没有填写" in text for text in await country.texts("base")
    ] == [True]


async def test_lecturers_and_class_managers_are_reminded_of_their_own(
    country: Country,
) -> None:
    row = await country.class_()
    keys = {step.key for step in GONGXUE.class_steps}
    left = {"training", "process_assessment", "final_assessment"}
    await country.done(row, *sorted(keys - left))
    for name in ("lecturer", "assessor", "manager"):
        await country.person(name)
        await country.staff(row, name, name)
    await country.person("teacher")
    await country.apply(row, "teacher", "admitted")
    await country.tick(at(E - timedelta(days=3)))

    first = [
        (await country.texts(name))[0] for name in ("lecturer", "assessor", "manager")
    ]
    assert [text.partition("的")[2][:8] for text in first] == [
        "过程性考核评分 "[:8],
        "终结性考核评分 "[:8],
        "培训考勤 6 月 "[:8],
    ]


async def test_what_waits_for_the_province_is_the_province_s(country: Country) -> None:
    row = await country.class_()
    await country.only(row, "scheme")
    async with country.database.transaction() as uow:
        number = await numbers.take(uow, kind="scheme", subject_id="r1")
        await reviews.add(
            uow, id="r1", number=number, kind="scheme", class_id=row.id, now=at(D)
        )
        await uow.commit()
    await country.tick(at(date(2026, 5, 18)))
    await country.tick(at(date(2026, 5, 22)))

    assert await country.texts("base") == []
    assert await country.texts("province") == [
        (
            f"【提醒】{NAME}培训方案 5 月 21 日（周四）截止审核，还有 3 天。"
            f"通过请回“审核 {number} 通过”，不通过请回“审核 {number} 不通过 理由”。"
        ),
        (
            f"【提醒】{NAME}培训方案应在 5 月 21 日（周四）前审核，现在还没有办结。"
            f"通过请回“审核 {number} 通过”，不通过请回“审核 {number} 不通过 理由”。"
        ),
    ]
    assert len(await country.texts("centre")) == 1


async def test_who_cannot_be_reached_is_counted_and_hurts_nobody(
    country: Country,
) -> None:
    row = await country.class_()
    await country.only(row, "scheme")
    await country.person("gone", role="base_staff", scope="b1", reachable=False)
    fired = await country.tick(at(date(2026, 5, 14)))

    assert fired == Fired(deadlines=1, messages=1, unreachable=1)
    assert len(await country.texts("base")) == 1
    # Seen not to arrive, where it is sent from; not as told.
    assert len(await country.texts("gone")) == 1


async def test_a_step_that_left_the_programme_stops_nobody(country: Country) -> None:
    row = await country.class_()
    await country.only(row, "scheme")
    async with country.database.transaction() as uow:
        await uow.execute(
            deadline_table.update()
            .where(deadline_table.c.step == "opening")
            .values(step="forgotten", state="open")
        )
        await uow.commit()
    await country.tick(at(date(2026, 5, 14)))

    assert len(await country.texts("base")) == 1


async def test_queries_do_not_grow_with_the_number_of_deadlines(
    country: Country,
) -> None:
    counts: list[int] = []
    for number in (1, 3, 9):
        for index in range(number):
            row = await country.class_(f"2026-N{number}-{index:02d}")
            await country.only(row, "scheme")
        seen: list[str] = []
        engine = country.database.engine.sync_engine

        def note(
            _c: object, _cursor: object, sql: str, *_: object, seen: list[str] = seen
        ) -> None:
            seen.append(sql)

        event.listen(engine, "before_cursor_execute", note)
        await country.tick(at(SCHEME_DUE - timedelta(days=7)))
        event.remove(engine, "before_cursor_execute", note)
        counts.append(len(seen))

    assert counts == [counts[0]] * 3
