"""The platform's last word on a template message reaches its row."""

from __future__ import annotations

import pytest

from bot.channels.official_account.parsing import Receipt
from bot.channels.official_account.receipts import Receipts
from storage import outbox, people
from storage.database import Database
from storage.outbox import OutboxRow
from tests.channels.official_account.conftest import Clock


async def send_one(database: Database, clock: Clock) -> None:
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
        await uow.commit()


async def ended(database: Database) -> list[tuple[str, str]]:
    async with database.reading() as uow:
        counted = await outbox.counts_by_outcome(uow, notice_id="n1")
    return [(one.state, one.error_code) for one in counted]


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
    clock: Clock,
    receipt: Receipt,
    expected: list[tuple[str, str]],
) -> None:
    await send_one(database, clock)
    await Receipts(database, clock, pause=0)(receipt)
    assert await ended(database) == expected


async def test_a_receipt_that_comes_first_finds_its_row(
    database: Database, clock: Clock
) -> None:
    class Early(Receipts):
        """Told of the end before the sending was settled."""

        looks = 0

        async def _reconcile(self, receipt: Receipt) -> bool:
            self.looks += 1
            if self.looks == 2:
                await send_one(database, clock)
            return await super()._reconcile(receipt)

    await Early(database, clock, pause=0)(Receipt("7", delivered=True))
    assert await ended(database) == [("delivered", "")]
