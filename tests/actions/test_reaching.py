"""触达: nobody counts as told who was not, and the base knows whom to phone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.actions.reaching import tell_bases
from storage import deadlines, outbox, reminders
from storage.classes import ClassRow
from storage.outbox import OutboxRow
from storage.reminders import Told
from storage.tables.messages import outbox as rows
from tests.commands.world import Person, World, id_number


async def told(
    world: World,
    row: ClassRow,
    person: Person,
    *,
    state: str,
    way: str = "",
    code: str = "",
    purpose: str = "reminder",
    channel: str = "official_account",
    key: str = "",
) -> None:
    """A message about a class that ended in a state."""
    id_ = f"{person.id}{key}{purpose}"
    message = OutboxRow(
        id=id_,
        dedupe_key=id_,
        person_id=person.id,
        address_id=person.address_id,
        channel=channel,
        purpose=purpose,
        urgency=1,
        body=b"{}",
        not_before=world.now,
        class_id=row.id,
    )
    async with world.database.transaction() as uow:
        await outbox.enqueue(uow, [message], now=world.now)
        await uow.execute(
            update(rows)
            .where(rows.c.id == id_)
            .values(state=state, way=way, error_code=code, settled_at=world.now)
        )
        await uow.commit()


async def said(world: World, person: Person, text: str) -> tuple[str, list[str]]:
    outcome = await world.say(person, text)
    reply = outcome.replies[0]
    return reply.text, [option.send for option in reply.choices]


@pytest.fixture
async def base(world: World) -> Person:
    return await world.person("基地", ("base_staff", "江南"))


async def test_ways_are_counted_and_who_was_missed_is_named(
    world: World, base: Person
) -> None:
    row = await world.new_class()
    people = [await world.person(f"老师{n}") for n in range(5)]
    await told(world, row, people[0], state="delivered", way="custom")
    await told(world, row, people[1], state="delivered", way="template")
    await told(world, row, people[2], state="sent", way="template")
    applied = await world.apply(people[3], row)
    await told(world, row, people[3], state="held", code="45015")
    await told(world, row, people[4], state="waiting")

    # The second is the base's own: it was told of the application.
    text, choices = await said(world, base, f"触达 {row.code}")

    for way in (
        "公众号消息 1 条",
        "模板消息 1 条",
        "模板消息（等平台回执） 1 条",
        "正在发 2 条",
    ):
        assert way in text
    assert "李敏 138******00：超过 48 小时没发消息" in text
    assert id_number(1) not in text
    assert choices == [f"查看 {applied.number} 全部 打电话通知"]
    full, _ = await said(world, base, choices[0])
    assert "13800138000" in full


async def test_the_newest_message_counts(world: World, base: Person) -> None:
    row = await world.new_class()
    teacher = await world.person("老师")
    await told(world, row, teacher, state="held", code="window", key="a")
    world.later(hours=1)
    await told(world, row, teacher, state="delivered", way="custom", key="b")

    text, choices = await said(world, base, f"触达 {row.code}")

    assert "公众号消息 1 条" in text
    assert "没有漏下的人" in text
    assert choices == []


async def test_one_reminder_of_two_classes_is_about_each(
    world: World, base: Person
) -> None:
    first, second, third = [await world.new_class() for _ in range(3)]
    person = await world.person("班主任")
    async with world.database.transaction() as uow:
        (deadline, *_) = await deadlines.of_class(uow, class_id=second.id)
        told_of = Told(person.id, deadline.id, deadline.due_on, "3", world.now)
        await reminders.tell(uow, [told_of])
        await uow.commit()
    await told(world, first, person, state="delivered", way="custom")

    texts = [
        (await said(world, base, f"触达 {row.code}"))[0]
        for row in (first, second, third)
    ]

    counted = ["公众号消息 1 条" in text for text in texts]
    assert counted == [True, True, False]


async def test_a_province_sees_who_but_no_way_to_the_numbers(world: World) -> None:
    row = await world.new_class()
    province = await world.person("省级", ("province_manager", "江南省"))
    teacher = await world.person("老师")
    await world.apply(teacher, row)
    await told(world, row, teacher, state="failed", code="43004")

    text, choices = await said(world, province, f"触达 {row.code}")

    assert "取消关注了" in text
    assert "13800138000" not in text
    assert choices == []


async def test_other_bases_learn_nothing(world: World) -> None:
    row = await world.new_class()
    foreign = await world.person("别的基地", ("base_staff", "江北"))

    there = (await world.say(foreign, f"触达 {row.code}")).replies[0].text
    nowhere = (await world.say(foreign, "触达 2026-JX-99")).replies[0].text

    assert row.title not in there
    assert there.replace(f"“{row.code}”", "“”") == nowhere.replace("“2026-JX-99”", "“”")


async def test_nothing_sent_is_said_so(world: World, base: Person) -> None:
    row = await world.new_class()

    assert "还没有给谁发过" in (await said(world, base, f"触达 {row.code}"))[0]


async def test_a_long_list_is_cut_and_says_so(world: World, base: Person) -> None:
    row = await world.new_class()
    for number in range(12):
        teacher = await world.person(f"老师{number}")
        await told(world, row, teacher, state="unknown")

    text, _ = await said(world, base, f"触达 {row.code}")

    assert text.count("不确定有没有收到") == 10
    assert "还有 2 位" in text


# ---- the base is told ----


async def told_bases(world: World) -> int:
    async with world.database.transaction() as uow:
        count = await tell_bases(uow, world.house, now=world.now)
        await uow.commit()
    return count


async def test_a_base_is_told_once_a_day_whom_to_phone(
    world: World, base: Person
) -> None:
    row = await world.new_class()
    teacher = await world.person("老师")
    await told(world, row, teacher, state="held", code="window")

    assert [await told_bases(world), await told_bases(world)] == [1, 0]

    pushed = await world.pushed(base)
    assert len(pushed) == 1
    assert f"触达 {row.code}" in pushed[0]
    assert "有 1 位" in pushed[0]


async def test_what_is_only_expired_or_old_bothers_nobody(
    world: World, base: Person
) -> None:
    row = await world.new_class()
    await told(world, row, base, state="failed", code="expired")
    assert await told_bases(world) == 0

    teacher = await world.person("老师")
    await told(world, row, teacher, state="failed", code="43004")
    world.now += timedelta(days=2)
    assert await told_bases(world) == 0
