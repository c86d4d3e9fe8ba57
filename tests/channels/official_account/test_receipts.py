"""What the platform tells of its own accord is written down, once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.channels.official_account.events import (
    Consents,
    MassEnd,
    PublishEnd,
    Receipt,
    Told,
)
from bot.channels.official_account.parsing import Callback
from bot.channels.official_account.receipts import Receipts
from storage import outbox, people, subscriptions
from storage.database import Database
from storage.outbox import OutboxRow
from storage.tables.messages import outbox as rows
from tests.platforms.clock import StandingClock


async def send_one(database: Database, clock: StandingClock) -> None:
    """A template message that the platform took under the id 7."""
    now = clock.now()
    async with database.transaction() as uow:
        newcomer = people.Newcomer("o1", "p1", "a1")
        await people.create(
            uow, channel="official_account", newcomers=[newcomer], now=now
        )
        row = OutboxRow(
            id="r1",
            dedupe_key="k",
            person_id="p1",
            address_id="a1",
            channel="official_account",
            purpose="notice",
            urgency=3,
            body=b"{}",
            not_before=now,
            notice_id="n1",
        )
        await outbox.enqueue(uow, [row], now=now)
        await outbox.claim(
            uow,
            channel="official_account",
            owner="w",
            limit=1,
            now=now,
            lease_seconds=120,
        )
        await outbox.settle(
            uow,
            outbox_id="r1",
            owner="w",
            state="sent",
            now=now,
            platform_message_id="7",
        )
        await uow.execute(rows.update().values(way="template"))
        await uow.commit()


async def ended(database: Database) -> list[tuple[str, str]]:
    async with database.reading() as uow:
        counted = await outbox.counts_by_outcome(uow, notice_id="n1")
    return [(one.state, one.error_code) for one in counted]


def callback(*told: Told, sender: str = "o1", key: str = "oa:1") -> Callback:
    return Callback(sender, "gh", "event", key, told=told)


@pytest.mark.parametrize(
    ("receipt", "expected"),
    [
        (Receipt("7", delivered=True), [("delivered", "")]),
        (Receipt("7", delivered=False, reason="user block"), [("failed", "platform")]),
        (Receipt("8", delivered=True), [("sent", "")]),
    ],
)
async def test_a_receipt_settles_its_row_and_no_other(
    database: Database,
    clock: StandingClock,
    receipt: Receipt,
    expected: list[tuple[str, str]],
) -> None:
    await send_one(database, clock)
    await Receipts(database, clock, look_after=(0, 0))(callback(receipt))
    assert await ended(database) == expected


async def test_what_the_platform_failed_to_do_goes_another_way_once(
    database: Database, clock: StandingClock
) -> None:
    await send_one(database, clock)
    told = callback(Receipt("7", delivered=False, reason="system failed"))
    for _ in range(3):
        await Receipts(database, clock, look_after=(0,))(told)
    async with database.reading() as uow:
        query = select(rows.c.state, rows.c.refused, rows.c.error)
        found = (await uow.execute(query)).one()
    assert tuple(found) == ("waiting", "template", "system failed")


async def test_a_receipt_that_comes_first_finds_its_row(
    database: Database, clock: StandingClock
) -> None:
    class Early(Receipts):
        """Told of the end before the sending was settled."""

        looks = 0

        async def _reconcile(self, receipt: Receipt) -> bool:
            self.looks += 1
            if self.looks == 2:
                await send_one(database, clock)
            return await super()._reconcile(receipt)

    early = Early(database, clock, look_after=(0, 0))
    await early(callback(Receipt("7", delivered=True)))
    assert await ended(database) == [("delivered", "")]


# Consents


async def meet(database: Database, clock: StandingClock) -> None:
    async with database.transaction() as uow:
        newcomer = people.Newcomer("o1", "p1", "a1")
        await people.create(
            uow, channel="official_account", newcomers=[newcomer], now=clock.now()
        )
        await uow.commit()


async def left(database: Database) -> dict[str, int]:
    async with database.reading() as uow:
        return await subscriptions.granted(uow, address_id="a1")


async def test_an_event_that_comes_three_times_at_once_counts_once(
    database: Database, clock: StandingClock
) -> None:
    await meet(database, clock)
    told = callback(Consents(granted=("T1", "T2")))
    processes = [Receipts(database, clock) for _ in range(3)]
    await asyncio.gather(*(each(told) for each in processes))
    assert await left(database) == {"T1": 1, "T2": 1}


async def test_consents_add_up_until_they_are_withdrawn(
    database: Database, clock: StandingClock
) -> None:
    await meet(database, clock)
    take = Receipts(database, clock)
    await take(callback(Consents(granted=("T1", "T1x")), key="oa:1"))
    await take(callback(Consents(granted=("T1",)), key="oa:2"))
    assert await left(database) == {"T1": 2, "T1x": 1}
    await take(callback(Consents(withdrawn=("T1",)), key="oa:3"))
    assert await left(database) == {"T1x": 1}


async def test_a_consent_of_somebody_unknown_is_nobodys(
    database: Database, clock: StandingClock
) -> None:
    await Receipts(database, clock)(callback(Consents(granted=("T1",)), sender="o9"))
    await meet(database, clock)
    assert await left(database) == {}


async def test_people_are_asked_once_a_week_while_a_consent_is_missing(
    database: Database, clock: StandingClock
) -> None:
    await meet(database, clock)

    async def asks() -> bool:
        since = clock.now() - timedelta(days=7)
        async with database.transaction() as uow:
            turn = await subscriptions.take_turn(
                uow,
                address_id="a1",
                template_ids=["T1", "T2"],
                since=since,
                now=clock.now(),
            )
            await uow.commit()
        return turn

    told = Receipts(database, clock)
    assert [await asks(), await asks()] == [True, False]
    clock.move(days=7)
    await told(callback(Consents(granted=("T1",))))
    assert await asks()
    clock.move(days=7)
    await told(callback(Consents(granted=("T2",)), key="oa:2"))
    assert not await asks()
    assert await left(database) == {"T1": 1, "T2": 1}


async def test_ends_of_articles_go_to_those_who_published(
    database: Database, clock: StandingClock
) -> None:
    heard: list[PublishEnd | MassEnd] = []

    async def hear(told: PublishEnd | MassEnd) -> None:
        heard.append(told)

    ends = (PublishEnd("1", 0), MassEnd("2", "sendsuccess"))
    await Receipts(database, clock, articles=hear)(callback(*ends))
    assert heard == list(ends)
