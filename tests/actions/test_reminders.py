"""Reminders: who is told what, when, and only once (domain 2)."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta

import pytest
from sqlalchemy import event, select

from bot.actions import deadlines as actions
from bot.actions.reminders import Fired
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

    offer = "已在别处报过，请回“办结 2026-NC-01 方案”。"
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
            "报送后请回“办结 2026-NC-01 机构反馈”。\n"
            f"· {NAME}成绩单 7 月 5 日（周日）截止报送，还有 3 天。"
            "报送后请回“办结 2026-NC-01 成绩单”。\n"
            f"· {NAME}过程监督材料 7 月 5 日（周日）截止报备，还有 3 天。"
            "报备后请回“办结 2026-NC-01 归档”。"
        )
    ]


async def test_after_downtime_the_latest_missed_mark_is_said_once(
    country: Country,
) -> None:
    row = await country.class_()
    await country.only(row, "scheme")
    fired = await country.tick(at(date(2026, 5, 19), 15))

    assert fired == Fired(deadlines=1, messages=1, skipped=1)
    assert [text[-40:] for text in await country.texts("base")] == [
        "截止报备，还有 2 天。已在别处报过，请回“办结 2026-NC-01 方案”。"[-40:]
    ]


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
            "提交后请回“办结 2026 总结”。"
        )
    ]
    # 06-15 has passed: 12-10 and 12-15 remain.
    assert sorted(written) == [0, 2]


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
