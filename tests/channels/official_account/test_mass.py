"""A notice goes to many at once where that is exact, and to nobody twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from sqlalchemy import select

from bot.channels.official_account.events import MassEnd
from notices.audience import Audience
from storage import notices, organisations
from storage.database import Database
from storage.tables.messages import quotas
from tests.channels.official_account.press import BASES, EVERYBODY, Press
from tests.channels.official_account.publishing import office
from tests.platforms.clock import StandingClock


@pytest.fixture
async def press(database: Database, clock: StandingClock) -> AsyncIterator[Press]:
    async with database.transaction() as uow:
        nation = await organisations.create_scope(
            uow, id="n", kind="nation", name="部指导中心"
        )
        await uow.commit()
    async with office(database, clock) as one:
        yield Press(one, nation)


async def test_who_gets_the_mass_message_is_pushed_nothing(press: Press) -> None:
    for name in ("甲", "乙"):
        await press.office.follower(name)
    notice_id = await press.publish()
    found = await press.until_settled(notice_id)
    await press.freeze()

    assert found.state == "massed"
    assert len(press.masses()) == 2
    assert await press.list_of(notice_id) == {
        "甲": ("sent", "mass"),
        "乙": ("sent", "mass"),
    }


async def test_who_is_not_tagged_yet_gets_a_push(press: Press) -> None:
    await press.office.follower("早来的", ("base_staff", "n"))
    await press.tag()
    await press.office.follower("晚来的", ("base_staff", "n"))
    await press.office.follower("老师")
    notice_id = await press.publish(audience=BASES)
    await press.until_settled(notice_id)
    await press.freeze()

    assert len(press.masses()) == 1
    assert await press.list_of(notice_id) == {
        "早来的": ("sent", "mass"),
        "晚来的": ("waiting", ""),
    }


@pytest.mark.parametrize(
    "audience",
    [
        Audience(roles=("teacher",)),
        Audience(roles=("base_staff", "class_manager")),
        Audience(roles=("base_staff",), provinces=("p",)),
        Audience(levels=("一级",)),
    ],
)
async def test_what_no_tag_means_exactly_is_pushed(
    press: Press, audience: Audience
) -> None:
    await press.office.follower("基地", ("base_staff", "n"))
    await press.tag()
    found = await press.until_settled(await press.publish(audience=audience))

    assert (found.state, press.masses()) == ("finished", [])


@pytest.mark.parametrize(
    "fault", ["reset_after", "reset", "http500", "garbage", -1, 45066]
)
async def test_whatever_goes_wrong_it_is_sent_to_many_once(
    press: Press, fault: str | int
) -> None:
    await press.office.follower("甲")
    press.platform.faults.next("message/mass/sendall", fault)
    found = await press.until_settled(await press.publish())

    assert press.platform.faults.fired.total() == 1
    assert (found.state, len(press.masses())) == ("massed", 1)
    assert found.mass_message_id == str(
        press.platform.publishing._masses[found.notice_id]
    )


async def test_while_nobody_knows_whether_it_was_sent_nobody_is_pushed(
    press: Press,
) -> None:
    await press.office.follower("甲")
    press.platform.faults.rate("reset_after", 1.0, call="message/mass/sendall")
    notice_id = await press.publish()
    for _ in range(9):
        await press.desk().work()
        press.clock.move(minutes=2)  # type: ignore[attr-defined]  # the tests' clock
    pushed = await press.freeze()
    press.platform.faults.rate("reset_after", 0, call="message/mass/sendall")
    found = await press.until_settled(notice_id)

    assert (pushed, found.state, len(press.masses())) == (0, "massed", 1)


async def test_nobody_gets_more_than_so_many_a_month(press: Press) -> None:
    await press.office.follower("基地", ("base_staff", "n"))
    await press.office.follower("老师")
    await press.tag()
    targets: Sequence[Audience] = [BASES, EVERYBODY, BASES, EVERYBODY, EVERYBODY]
    states = [
        (await press.until_settled(await press.publish(f"通知{n}", one), 2)).state
        for n, one in enumerate(targets)
    ]
    press.clock.move(days=20)  # type: ignore[attr-defined]  # the tests' clock
    next_month = await press.until_settled(await press.publish("下月"), 2)

    assert states == ["massed", "massed", "finished", "finished", "finished"]
    assert next_month.state == "massed"


async def test_processes_at_once_do_not_count_on_the_same(press: Press) -> None:
    await press.office.follower("甲")
    notice_ids = [await press.publish(f"通知{n}") for n in range(4)]
    for _ in range(4):
        await asyncio.gather(*(press.desk(2).work() for _ in range(4)))
        press.clock.move(seconds=11)  # type: ignore[attr-defined]  # the tests' clock
    states = [(await press.article(one)).state for one in notice_ids]

    assert sorted(states) == ["finished", "finished", "massed", "massed"]


async def test_what_the_platform_refuses_does_not_count(press: Press) -> None:
    await press.office.follower("甲")
    press.platform.faults.next("message/mass/sendall", 45028)
    refused = await press.until_settled(await press.publish())
    async with press.database.reading() as uow:
        used = (await uow.execute(select(quotas.c.used))).scalars().all()

    assert (refused.state, set(used)) == ("finished", {0})


async def test_an_account_that_may_send_no_mass_is_asked_once(press: Press) -> None:
    await press.office.follower("甲")
    press.platform.denied.add("message/mass/sendall")
    first = await press.until_settled(await press.publish())
    second = await press.until_settled(await press.publish())
    pushed = await press.freeze()

    assert (first.state, second.state, pushed) == ("finished", "finished", 2)
    assert press.platform.attempts["message/mass/sendall"] == 1


async def test_a_mass_message_that_failed_leaves_the_pushes_to_go(
    press: Press,
) -> None:
    await press.office.follower("甲")
    notice_id = await press.publish()
    found = await press.until_settled(notice_id)
    await press.freeze()
    for _ in range(2):
        await press.events(MassEnd(found.mass_message_id, "send fail", total=1))
    after = await press.article(notice_id)

    assert (after.state, after.error) == ("finished", "send fail")
    assert await press.list_of(notice_id) == {"甲": ("waiting", "")}


async def test_what_the_platform_counted_is_shown(press: Press) -> None:
    notice_id = await press.publish()
    found = await press.until_settled(notice_id)
    await press.events(
        MassEnd(found.mass_message_id, "sendsuccess", total=9, sent=7, failed=2)
    )
    after = await press.article(notice_id)

    assert (after.state, after.mass_sent, after.mass_failed) == ("massed", 7, 2)


async def test_a_notice_stopped_meanwhile_goes_to_nobody(press: Press) -> None:
    await press.office.follower("甲")
    notice_id = await press.publish()
    await press.desk().work()
    async with press.database.transaction() as uow:
        await notices.take_on(
            uow, notice_id=notice_id, before="published", after="stopped"
        )
        await uow.commit()
    found = await press.until_settled(notice_id)

    assert (found.state, press.masses()) == ("finished", [])
