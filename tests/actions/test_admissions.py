"""Places: never more than there are, never held in vain, passed on in order."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from bot.actions.admissions import finish_recruiting, release_unstamped, take_stamp
from storage import deadlines
from storage.classes import ClassRow
from storage.database import Database
from storage.tables.messages import outbox
from tests.commands.world import Person, World, text_of


@pytest.fixture
async def base(world: World) -> Person:
    return await world.person("基地", ("base_staff", "江南"))


async def applicants(
    world: World, row: ClassRow, count: int
) -> list[tuple[Person, int]]:
    """So many teachers who applied, with their numbers."""
    found = []
    for serial in range(1, count + 1):
        person = await world.person(f"教师{serial}")
        application = await world.apply(person, row, serial=serial)
        found.append((person, application.number))
    return found


async def state_of(world: World, number: int) -> str:
    return (await world.application(number)).state


async def stamp(world: World, number: int, file_id: str = "file-1") -> bool:
    application = await world.application(number)
    async with world.database.transaction() as uow:
        taken = await take_stamp(
            uow,
            world.house,
            application_id=application.id,
            file_id=file_id,
            now=world.now,
        )
        await uow.commit()
    return taken


async def release(world: World) -> int:
    async with world.database.transaction() as uow:
        released = await release_unstamped(uow, world.house, now=world.now)
        await uow.commit()
    return released


async def test_two_who_race_for_the_last_place_never_both_get_it(
    world: World, base: Person, database_url: str
) -> None:
    row = await world.new_class(capacity=1)
    (_, first), (_, second) = await applicants(world, row, 2)
    other = Database(database_url, world.database.vault)
    colleague = await world.person("同事", ("base_staff", "江南"))

    said = await asyncio.gather(
        world.say(base, f"审核 {first} 通过"),
        world.say(colleague, f"审核 {second} 通过", database=other),
    )
    await other.close()
    states = sorted([await state_of(world, first), await state_of(world, second)])

    assert states == ["awaiting_stamp", "submitted"]
    assert sum("规程第十一条" in text_of(one) for one in said) == 1
    assert (await world.class_row(row)).places_taken == 1


async def test_one_application_approved_twice_at_once_takes_one_place(
    world: World, base: Person, database_url: str
) -> None:
    row = await world.new_class(capacity=2)
    ((_, number),) = await applicants(world, row, 1)
    other = Database(database_url, world.database.vault)

    await asyncio.gather(
        world.say(base, f"审核 {number} 通过"),
        world.say(base, f"审核 {number} 通过", database=other),
    )
    await other.close()

    assert (await world.class_row(row)).places_taken == 1


async def test_without_the_stamp_a_place_waits_and_the_stamp_admits(
    world: World, base: Person
) -> None:
    row = await world.new_class()
    ((person, number),) = await applicants(world, row, 1)
    await world.say(base, f"审核 {number} 通过")

    before = await state_of(world, number)
    world.later(minutes=1)
    taken = await stamp(world, number)

    assert (before, taken, await state_of(world, number)) == (
        "awaiting_stamp",
        True,
        "admitted",
    )
    assert [text.split("，")[0] for text in await world.pushed(person)] == [
        "“数控加工二级班”（2026-JX-01）审核通过",
        "单位意见收到了",
    ]


async def test_with_the_stamp_in_hand_approval_admits_at_once(
    world: World, base: Person
) -> None:
    row = await world.new_class()
    ((_, number),) = await applicants(world, row, 1)
    await stamp(world, number)
    await world.say(base, f"审核 {number} 通过")

    assert await state_of(world, number) == "admitted"


async def test_withdrawing_passes_the_place_to_the_first_in_line(
    world: World, base: Person
) -> None:
    row = await world.new_class(capacity=1)
    (holder, first), (waiting, second), (_, third) = await applicants(world, row, 3)
    await world.say(base, f"审核 {first} 通过")
    await world.say(base, f"审核 {second} 候补")
    world.later(hours=1)
    await world.say(base, f"审核 {third} 候补")

    await world.say(holder, f"撤回申请 {first} 确认")

    assert [await state_of(world, number) for number in (first, second, third)] == [
        "withdrawn",
        "awaiting_stamp",
        "waitlisted",
    ]
    assert (await world.class_row(row)).places_taken == 1
    assert (await world.pushed(waiting))[-1].startswith("轮到您了：")


async def test_withdrawing_asks_first_and_changes_nothing_until_confirmed(
    world: World, base: Person
) -> None:
    row = await world.new_class()
    ((person, number),) = await applicants(world, row, 1)
    await world.say(base, f"审核 {number} 通过")

    asked = await world.say(person, "撤回申请")

    assert [one.send for one in asked.replies[0].choices] == [
        f"撤回申请 {number} 确认",
        "我的报名",
    ]
    assert await state_of(world, number) == "awaiting_stamp"


async def test_a_refusal_tells_the_applicant_why_and_what_else(
    world: World, base: Person
) -> None:
    row = await world.new_class()
    ((person, number),) = await applicants(world, row, 1)

    without = await world.say(base, f"审核 {number} 不通过")
    await world.say(base, f"审核 {number} 不通过 专业不符")

    assert "要写理由" in text_of(without)
    assert await world.pushed(person) == [
        "“数控加工二级班”（2026-JX-01）的申请没有通过。理由：专业不符。回“报名”看别的班。"
    ]


async def test_the_place_of_a_missing_stamp_goes_to_the_next_in_line(
    world: World, base: Person
) -> None:
    row = await world.new_class(capacity=1, opens_on=date(2026, 3, 20))
    (late, first), (stamped, second) = await applicants(world, row, 2)
    await world.say(base, f"审核 {first} 通过")
    await world.say(base, f"审核 {second} 候补")
    await stamp(world, second)

    world.later(days=15)  # 17 March: D-3, the last day
    on_the_day = await release(world)
    world.later(days=1)
    after = await release(world)
    again = await release(world)

    assert (on_the_day, after, again) == (0, 1, 0)
    assert await state_of(world, first) == "refused"
    assert await state_of(world, second) == "admitted"
    assert (await world.class_row(row)).places_taken == 1
    assert "没有等到盖章的单位意见" in (await world.pushed(late))[-1]
    assert "录取您了" in (await world.pushed(stamped))[-1]


async def test_a_stamp_that_comes_too_late_changes_nothing(
    world: World, base: Person
) -> None:
    row = await world.new_class(capacity=1, opens_on=date(2026, 3, 20))
    ((_, number),) = await applicants(world, row, 1)
    await world.say(base, f"审核 {number} 通过")
    world.later(days=16)
    await release(world)

    assert await stamp(world, number) is False
    assert await state_of(world, number) == "refused"


async def test_places_are_never_counted_wrong_whatever_is_decided(
    world: World, base: Person
) -> None:
    row = await world.new_class(capacity=2)
    people = await applicants(world, row, 4)
    for verb in ("通过", "通过", "候补", "不通过 理由", "通过"):
        for _, number in people:
            await world.say(base, f"审核 {number} {verb}")
    await world.say(people[0][0], f"撤回申请 {people[0][1]} 确认")

    held = [(await world.application(number)).holds_place for _, number in people]

    assert (await world.class_row(row)).places_taken == sum(held)


async def test_who_loses_a_place_at_midnight_is_told_in_the_morning(
    world: World, base: Person
) -> None:
    row = await world.new_class(capacity=1)
    (leaving, first), (moving_up, second) = await applicants(world, row, 2)
    await world.say(base, f"审核 {first} 通过")
    await world.say(base, f"审核 {second} 候补")
    midnight = datetime(2026, 6, 17, 16, 5, tzinfo=UTC)
    world.now = midnight
    await stamp(world, second)
    await release(world)
    query = (
        select(outbox.c.not_before)
        .where(
            outbox.c.person_id.in_([leaving.id, moving_up.id]),
            outbox.c.dedupe_key.startswith("application:"),
            outbox.c.created_at >= midnight,
        )
        .order_by(outbox.c.id)
    )
    async with world.database.reading() as uow:
        told = list((await uow.execute(query)).scalars())

    assert told == [datetime(2026, 6, 18, 0, tzinfo=UTC)] * 2


async def test_a_stamp_that_comes_late_takes_the_place_that_waited_for_one(
    world: World, base: Person
) -> None:
    row = await world.new_class(capacity=1)
    (_, first), (person, second) = await applicants(world, row, 2)
    await world.say(base, f"审核 {first} 通过")
    await world.say(base, f"审核 {second} 候补")
    world.now = datetime(2026, 6, 18, 2, tzinfo=UTC)  # D-2: no stamp came in time
    await release(world)
    before = await state_of(world, second)
    await stamp(world, second, "file-2")

    assert (before, await state_of(world, second)) == ("waitlisted", "admitted")
    assert (await world.class_row(row)).places_taken == 1
    assert "轮到您了" in (await world.pushed(person))[-1]


async def test_recruiting_is_done_when_it_closed_and_all_are_decided(
    world: World, base: Person
) -> None:
    row = await world.new_class()
    quiet = await world.new_class(title="没有人报名的班")
    planned = await world.new_class(state="planned", title="没有招生的班")
    ((_, first), (_, second)) = await applicants(world, row, 2)
    await world.say(base, f"审核 {first} 通过")
    states = []
    for day in (13, 14):  # the last day to apply, and the day after
        world.now = datetime(2026, 6, day, 2, tzinfo=UTC)
        states.append(await recruiting_states(world, row, quiet, planned))
    await world.say(base, f"审核 {second} 候补")
    states.append(await recruiting_states(world, row, quiet, planned))

    assert states == [
        ("open", "open", "open"),
        ("open", "done", "open"),
        ("done", "done", "open"),
    ]


async def recruiting_states(world: World, *rows: ClassRow) -> tuple[str, ...]:
    async with world.database.transaction() as uow:
        await finish_recruiting(uow, now=world.now)
        again = await finish_recruiting(uow, now=world.now)
        found = [
            await deadlines.find(uow, subject=row.code, step="recruiting")
            for row in rows
        ]
        await uow.commit()
    assert again == 0
    return tuple(one.state for one in found if one)


async def test_the_base_sees_the_stamped_page_when_it_gives_its_reason(
    world: World, base: Person
) -> None:
    ((_, number),) = await applicants(world, await world.new_class(), 1)
    await stamp(world, number)
    masked = text_of(await world.say(base, f"查看 {number}"))
    full = text_of(await world.say(base, f"查看 {number} 全部 核对"))

    assert "盖章的单位意见" not in masked
    assert "盖章的单位意见（一天内有效）" in full
