"""One's own data: named, gathered, deleted; and numbers over scopes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime

import msgspec
from sqlalchemy import select

from bot.actions import classes
from bot.actions.inbound import Answered, Reception
from bot.actions.writes import Writes
from bot.clock import MovableClock
from bot.ids import new_id
from bot.ports import Encoded, Envelope
from conversations.model import Inbound, Reply
from storage import applications, people
from storage.tables import metadata
from storage.tables.messages import jobs
from tests.actions.test_admissions import stamp
from tests.commands.world import Person, World, text_of


def remembered(replies: Sequence[Reply], _now: datetime) -> Encoded:
    return Encoded(msgspec.json.encode(replies))


def unheeded(_writes: Writes) -> None:
    """Nobody sends or works in these tests."""


async def written(
    world: World,
    person: Person,
    text: str,
    *,
    on_commit: Callable[[Writes], None] = unheeded,
) -> Answered:
    """The person writes, through the inbound door."""
    clock = MovableClock()
    clock.move_to(world.now)
    reception = Reception(world.database, world.house, clock, on_commit)
    inbound = Inbound(id=new_id(), kind="text", text=text)
    envelope = Envelope("webchat", person.name, new_id(), inbound, remembered)
    return await reception.receive_alone(envelope)


async def tables_about(world: World, person: Person) -> set[str]:
    """The tables in which the person's id stands."""
    async with world.database.reading() as uow:
        return {
            table.name
            for table in metadata.sorted_tables
            for row in await uow.execute(select(table))
            if person.id in tuple(row)
        }


async def test_deleting_asks_first_then_leaves_nobody(world: World) -> None:
    row = await world.new_class()
    person = await world.person("教师")
    await world.apply(person, row)
    asked = await world.say(person, "删除我的信息")
    done = await world.say(person, asked.replies[0].choices[0].send)
    async with world.database.reading() as uow:
        exists = await people.exists(uow, person_id=person.id)
        left = await applications.of_person(uow, person_id=person.id)

    assert done.drop == ("*",)
    assert (exists, left) == (False, ())


async def test_the_place_of_somebody_who_leaves_goes_to_the_next(world: World) -> None:
    row = await world.new_class(capacity=1)
    base = await world.person("基地", ("base_staff", "江南"))
    leaving, waiting = await world.person("甲"), await world.person("乙")
    first = await world.apply(leaving, row, serial=1)
    second = await world.apply(waiting, row, serial=2)
    await stamp(world, first.number)
    await world.say(base, f"审核 {first.number} 通过")
    await world.say(base, f"审核 {second.number} 候补")
    await world.say(leaving, "删除我的信息 确认")

    assert (await world.application(second.number)).state == "awaiting_stamp"
    assert (await world.class_row(row)).places_taken == 1


async def test_whom_duty_keeps_leaves_no_dialogue_behind(world: World) -> None:
    row = await world.new_class(opens_on=date(2026, 3, 20))
    other = await world.new_class(title="数控维修二级班")
    base = await world.person("基地", ("base_staff", "江南"))
    person = await world.person("教师")
    application = await world.apply(person, row)
    await stamp(world, application.number)
    await world.say(base, f"审核 {application.number} 通过")
    world.later(days=20)
    async with world.database.transaction() as uow:
        await classes.advance(uow, today=date(2026, 3, 22))
        await uow.commit()
    await written(world, person, f"报名 {other.code}")
    await written(world, person, "退出")
    told = await written(world, person, "删除我的信息 确认")

    assert f"{row.code} 的录取记录" in told.replies[0].text
    assert await tables_about(world, person) == {
        "persons",
        "applications",
        "submissions",
    }


async def test_what_duty_keeps_is_named(world: World) -> None:
    base = await world.person("基地", ("base_staff", "江南"))
    await world.say(base, "班级")
    asked = await world.say(base, "删除我的信息")

    assert "操作日志里不带姓名的记录" in text_of(asked)


async def test_slow_answers_are_jobs_of_the_person(world: World) -> None:
    row = await world.new_class()
    base = await world.person("基地", ("base_staff", "江南"))
    for text in (f"统计 {row.code}", "统计", f"导出 {row.code}", "导出我的信息"):
        await world.say(base, text)
    async with world.database.reading() as uow:
        query = select(jobs.c.kind, jobs.c.address_id).order_by(jobs.c.kind)
        queued = [tuple(one) for one in await uow.execute(query)]

    assert queued == [
        (kind, base.address_id) for kind in ("chart", "chart", "export", "export_mine")
    ]


async def test_numbers_are_of_ones_own_scopes(world: World) -> None:
    await world.new_class("江南")
    await world.new_class("江北")
    province = await world.person("省", ("province_manager", "江南省"))
    centre = await world.person("中心", ("centre_manager", "全国"))

    assert "共 1 个班" in text_of(await world.say(province, "统计"))
    assert "按省：江北省 1 个班、录取 0 人；江南省 1 个班、录取 0 人" in text_of(
        await world.say(centre, "统计")
    )
