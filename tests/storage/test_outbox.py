"""The outbox: said once, in order, by one worker at a time, and accounted for."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import msgspec
import pytest

from storage import deliveries, outbox, people
from storage.database import Database
from storage.deliveries import Verdict
from storage.outbox import Claimed, Counted, Depth, OutboxRow

NOW = datetime(2026, 3, 1, 1, tzinfo=UTC)
LEASE = 120.0
_number = count()


@pytest.fixture
async def reached(database: Database) -> Database:
    """A database with persons a, b and c on the web chat."""
    async with database.transaction() as uow:
        newcomers = [people.Newcomer(n, f"p-{n}", f"a-{n}") for n in "abc"]
        await people.create(uow, channel="webchat", newcomers=newcomers, now=NOW)
        await uow.commit()
    return database


def row(to: str, said: str, **fields: Any) -> OutboxRow:
    number = next(_number)
    plain = OutboxRow(
        id=f"o{number:06d}",
        dedupe_key=said,
        person_id=f"p-{to}",
        address_id=f"a-{to}",
        channel="webchat",
        purpose="reply",
        urgency=0,
        body=said.encode(),
        not_before=NOW,
    )
    return msgspec.structs.replace(plain, **fields)


async def say(database: Database, *rows: OutboxRow) -> int:
    async with database.transaction() as uow:
        new = await outbox.enqueue(uow, rows, now=NOW)
        await uow.commit()
    return len(new)


async def claim(
    database: Database,
    owner: str = "w1",
    *,
    now: datetime = NOW,
    limit: int = 100,
    addresses: list[str] | None = None,
) -> tuple[Claimed, ...]:
    async with database.transaction() as uow:
        claimed = await outbox.claim(
            uow,
            channel="webchat",
            owner=owner,
            limit=limit,
            now=now,
            lease_seconds=LEASE,
            addresses=addresses,
        )
        await uow.commit()
    return claimed


def said(claimed: tuple[Claimed, ...]) -> list[str]:
    return [one.body.decode() for one in claimed]


async def settle(
    database: Database,
    one: Claimed,
    state: str = "sent",
    owner: str = "w1",
    **more: str,
) -> bool:
    async with database.transaction() as uow:
        done = await outbox.settle(
            uow, outbox_id=one.id, owner=owner, state=state, now=NOW, **more
        )
        await uow.commit()
    return done


async def test_what_was_decided_once_is_said_once(reached: Database) -> None:
    first = await say(reached, row("a", "hello"), row("a", "hello"), row("b", "hi"))
    second = await say(reached, row("a", "hello"), row("c", "new"))

    assert (first, second) == (2, 1)
    assert sorted(said(await claim(reached))) == ["hello", "hi", "new"]


async def test_a_claimed_row_says_all_that_sending_needs(reached: Database) -> None:
    await say(reached, row("a", "hello", notice_id="n1"))
    (one,) = await claim(reached)

    assert (one.address, one.body, one.attempts, one.notice_id) == (
        "a",
        b"hello",
        1,
        "n1",
    )
    assert one.client_message_id == outbox.client_message_id("hello")
    assert len(one.client_message_id) == 32


async def test_a_leased_row_is_nobody_elses_until_the_lease_runs_out(
    reached: Database,
) -> None:
    await say(reached, row("a", "hello"))
    (first,) = await claim(reached, "w1")
    during = await claim(reached, "w2", now=NOW + timedelta(seconds=LEASE))
    after = await claim(reached, "w2", now=NOW + timedelta(seconds=LEASE + 1))
    late = await settle(reached, first, owner="w1")
    done = await settle(reached, after[0], owner="w2")

    assert said(during) == []
    assert [(one.id, one.attempts) for one in after] == [(first.id, 2)]
    assert after[0].client_message_id == first.client_message_id
    assert (late, done) == (False, True)


async def test_urgent_rows_leave_first(reached: Database) -> None:
    await say(
        reached,
        row("a", "notice", urgency=3, purpose="notice"),
        row("b", "deadline", urgency=1, purpose="reminder"),
        row("c", "reply", urgency=0),
    )

    assert said(await claim(reached, limit=2)) == ["reply", "deadline"]


async def test_rows_of_one_address_leave_one_after_the_other_in_order(
    reached: Database,
) -> None:
    await say(reached, row("a", "1"), row("b", "x"), row("a", "2"), row("a", "3"))
    heard = []
    for _ in range(3):
        claimed = await claim(reached)
        heard += [one.body.decode() for one in claimed if one.address == "a"]
        for one in claimed:
            await settle(reached, one)

    assert heard == ["1", "2", "3"]


async def test_a_row_that_is_tried_again_keeps_its_place(reached: Database) -> None:
    await say(reached, row("a", "1"), row("a", "2"))
    (one,) = await claim(reached)
    async with reached.transaction() as uow:
        later = NOW + timedelta(seconds=30)
        again = Verdict(one.id, 1, "waiting", error_code="-1", not_before=later)
        done = await deliveries.conclude(uow, [again], owner="w1", now=NOW)
        await uow.commit()
    meanwhile = await claim(reached, now=NOW + timedelta(seconds=29))
    then = await claim(reached, now=later)

    assert done == {one.id}
    assert said(meanwhile) == []
    assert said(then) == ["1"]


async def test_nothing_leaves_too_early_or_too_late(reached: Database) -> None:
    soon = NOW + timedelta(hours=1)
    await say(
        reached,
        row("a", "early", not_before=soon),
        row("b", "late", expires_at=NOW),
        row("c", "now", expires_at=soon),
    )
    claimed = await claim(reached)
    async with reached.transaction() as uow:
        expired = await outbox.expire(uow, now=NOW)
        await uow.commit()

    assert said(claimed) == ["now"]
    assert expired == 1
    assert said(await claim(reached, now=soon)) == ["early"]


async def test_a_worker_may_ask_only_for_addresses_it_reaches(
    reached: Database,
) -> None:
    await say(reached, row("a", "1"), row("b", "2"))

    assert said(await claim(reached, addresses=[])) == []
    assert said(await claim(reached, addresses=["a-b"])) == ["2"]


async def test_many_workers_claim_each_row_once(reached: Database) -> None:
    async with reached.transaction() as uow:
        newcomers = [people.Newcomer(f"n{n}", f"pn{n}", f"an{n}") for n in range(60)]
        await people.create(uow, channel="webchat", newcomers=newcomers, now=NOW)
        rows = [
            row("a", f"to {n}", address_id=f"an{n}", person_id=f"pn{n}")
            for n in range(60)
        ]
        await outbox.enqueue(uow, rows, now=NOW)
        await uow.commit()
    batches = await asyncio.gather(
        *(claim(reached, f"w{n}", limit=7) for n in range(12))
    )
    claimed = [one.id for batch in batches for one in batch]

    assert len(claimed) == len(set(claimed))
    rest = await claim(reached, "last")
    assert len(claimed) + len(rest) == 60


async def test_what_is_held_waits_for_the_person_to_write(reached: Database) -> None:
    await say(reached, row("a", "1"), row("b", "2"))
    for one in await claim(reached):
        await settle(reached, one, "held", error_code="45015")
    waiting = await claim(reached)
    async with reached.transaction() as uow:
        released = await outbox.release_held(uow, person_ids=["p-a"], now=NOW)
        await uow.commit()

    assert waiting == ()
    assert released == 1
    assert said(await claim(reached)) == ["1"]


async def test_a_stopped_worker_gives_back_what_it_did_not_try(
    reached: Database,
) -> None:
    await say(reached, row("a", "1"), row("b", "2"))
    await claim(reached, "w1", limit=1)
    async with reached.transaction() as uow:
        returned = await deliveries.give_back(uow, owner="w1")
        await uow.commit()
    again = await claim(reached, "w2")

    assert returned == 1
    assert [one.attempts for one in again] == [1, 1]


async def test_a_notice_is_counted_by_outcome_and_can_be_stopped(
    reached: Database,
) -> None:
    rows = [row(to, f"n {to}", notice_id="n1") for to in "abc"]
    await say(reached, *rows, row("a", "other"))
    claimed = {one.address: one for one in await claim(reached)}
    await settle(reached, claimed["b"], "failed", error_code="43004", error="gone")
    async with reached.transaction() as uow:
        before = await outbox.counts_by_outcome(uow, notice_id="n1")
        again = Verdict(claimed["c"].id, 1, "waiting", not_before=NOW)
        await deliveries.conclude(uow, [again], owner="w1", now=NOW)
        stopped = await outbox.cancel_notice(uow, notice_id="n1", now=NOW)
        after = await outbox.counts_by_outcome(uow, notice_id="n1")

    assert before == (Counted("failed", "43004", 1), Counted("waiting", "", 2))
    assert stopped == 1
    assert after == (
        Counted("cancelled", "", 1),
        Counted("failed", "43004", 1),
        Counted("waiting", "", 1),
    )


async def test_the_platform_has_the_last_word(reached: Database) -> None:
    await say(reached, *(row(to, to, notice_id="n1") for to in "ab"))
    for one in await claim(reached):
        await settle(reached, one, "sent", platform_message_id=f"m-{one.address}")
    async with reached.transaction() as uow:
        known = [
            await outbox.reconcile(
                uow, platform_message_id=one, delivered=ok, now=NOW, reason=why
            )
            for one, ok, why in [
                ("m-a", True, ""),
                ("m-b", False, "user block"),
                ("m-c", True, ""),
                ("m-b", True, ""),
            ]
        ]
        counted = await outbox.counts_by_outcome(uow, notice_id="n1")

    assert known == [True, True, False, False]
    assert counted == (Counted("delivered", "", 1), Counted("failed", "platform", 1))


async def test_depth_and_age_tell_what_is_due(reached: Database) -> None:
    old = NOW - timedelta(minutes=5)
    await say(
        reached,
        row("a", "1", not_before=old),
        row("b", "2"),
        row("c", "3", not_before=NOW + timedelta(seconds=1)),
    )
    async with reached.reading() as uow:
        depth = await outbox.depth_and_age(uow, now=NOW)

    assert depth == (Depth("webchat", 2, old),)


async def test_a_blind_draft_leaves_nothing_to_send_or_to_read(
    reached: Database,
) -> None:
    await say(
        reached,
        row("a", "sent", draft_id="d1"),
        row("b", "waiting", draft_id="d1"),
        row("c", "other"),
    )
    (one,) = await claim(reached, limit=1)
    async with reached.transaction() as uow:
        await outbox.wipe_draft(uow, draft_id="d1", now=NOW)
        await uow.commit()

    assert await settle(reached, one) is False
    assert said(await claim(reached)) == ["other"]


async def test_texts_are_forgotten_after_their_time(reached: Database) -> None:
    await say(reached, row("a", "1"), row("b", "2"))
    for one in await claim(reached, limit=1):
        await settle(reached, one)
    async with reached.transaction() as uow:
        gone = [
            await outbox.forget_bodies(uow, older_than=NOW + step)
            for step in (timedelta(0), timedelta(seconds=1), timedelta(seconds=1))
        ]

    assert gone == [0, 1, 0]
