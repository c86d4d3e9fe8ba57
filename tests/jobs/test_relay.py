"""The relay loses nothing, repeats little, and says how each message ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import select

from bot.jobs.relay import Relay
from bot.ports import (
    Again,
    Doubt,
    Failed,
    Held,
    Push,
    Sent,
    Settlement,
)
from conversations.model import Option, Reply
from storage import conversations, outbox, people
from storage.conversations import ConversationRow
from storage.database import Database
from storage.tables.people import addresses
from tests.jobs.post import NOW, Clock, KilledError, MakeRelay, Platform, say, states

# Claim, send, settle


async def test_what_is_due_is_sent_once_and_delivered(
    reached: Database, relay: Relay, platform: Platform
) -> None:
    await say(reached, "你好")
    assert await relay.run_once("official_account") == 1
    assert await relay.run_once("official_account") == 0
    (sent,) = platform.sent
    assert (sent.address, sent.person_id, sent.attempts) == ("o0", "p0", 1)
    assert sent.client_message_id == outbox.client_message_id("你好")
    assert sent.last_inbound_at == NOW
    assert await states(reached) == {"你好": ("delivered", "")}


async def test_what_the_platform_will_tell_about_later_is_sent(
    reached: Database, relay: Relay, platform: Platform
) -> None:
    platform.answers = [Sent("m7", final=False)]
    await say(reached, "a")
    await relay.drain()
    assert await states(reached) == {"a": ("sent", "")}
    async with reached.transaction() as uow:
        assert await outbox.reconcile(
            uow, platform_message_id="m7", delivered=True, now=NOW
        )
        await uow.commit()
    assert await states(reached) == {"a": ("delivered", "")}


async def test_what_is_not_due_waits(
    reached: Database, relay: Relay, platform: Platform, clock: Clock
) -> None:
    await say(reached, "later", not_before=NOW + timedelta(hours=1))
    await relay.drain()
    assert platform.sent == []
    clock.move(3600)
    await relay.drain()
    assert platform.texts == ["later"]


async def test_what_came_too_late_is_never_sent(
    reached: Database, relay: Relay, platform: Platform, clock: Clock
) -> None:
    await say(reached, "stale", expires_at=NOW + timedelta(hours=1))
    clock.move(3600)
    await relay.drain()
    assert platform.sent == []
    assert await states(reached) == {"stale": ("failed", "expired")}


async def test_one_persons_messages_go_in_their_order(
    reached: Database, relay: Relay, platform: Platform
) -> None:
    await say(reached, "1", "2", "3")
    await relay.drain()
    assert platform.texts == ["1", "2", "3"]


async def test_sends_are_side_by_side_up_to_a_bound(
    reached: Database, make: MakeRelay, platform: Platform
) -> None:
    for person in range(12):
        await say(reached, f"m{person}", to=person)
    await make(at_once=4).drain()
    assert len(platform.sent) == 12
    assert platform.most_under_way == 4


async def test_no_transaction_is_open_while_the_platform_thinks(
    reached: Database, relay: Relay, platform: Platform
) -> None:
    platform.gate = asyncio.Event()
    await say(reached, "slow")
    work = asyncio.ensure_future(relay.run_once("official_account"))
    await platform.until(1)
    # SQLite has one writer: this would wait for a transaction held open.
    await say(reached, "meanwhile", to=1)
    platform.gate.set()
    await work
    assert (await states(reached))["slow"] == ("delivered", "")


async def test_two_workers_share_the_work(
    reached: Database, make: MakeRelay, platform: Platform
) -> None:
    for person in range(12):
        await say(reached, f"m{person}", to=person)
    await asyncio.gather(make("w1").drain(), make("w2").drain())
    assert sorted(platform.texts) == sorted(f"m{n}" for n in range(12))


async def test_only_who_is_connected_here_is_written_to(
    reached: Database, relay: Relay, platform: Platform
) -> None:
    await say(reached, "here", to=0)
    await say(reached, "elsewhere", to=1)
    platform.reach = ("a0",)
    await relay.drain()
    assert platform.texts == ["here"]


# How it ended


async def test_a_failure_is_final_and_marks_the_address(
    reached: Database, relay: Relay, platform: Platform
) -> None:
    platform.answers = [Failed("43004", "does not follow", unreachable=True)]
    await say(reached, "a")
    await relay.drain()
    assert await states(reached) == {"a": ("failed", "43004")}
    async with reached.reading() as uow:
        query = select(addresses.c.reachable).where(addresses.c.id == "a0")
        assert (await uow.execute(query)).scalar_one() is False


async def test_what_is_held_goes_when_the_person_writes(
    reached: Database, relay: Relay, platform: Platform
) -> None:
    platform.answers = [Held("45047", "quota of the window used up")]
    await say(reached, "a")
    await relay.drain()
    assert await states(reached) == {"a": ("held", "45047")}
    async with reached.transaction() as uow:
        await people.touch_inbound(uow, address_ids=["a0"], now=NOW)
        await outbox.release_held(uow, person_ids=["p0"], now=NOW)
        await uow.commit()
    await relay.drain()
    assert await states(reached) == {"a": ("delivered", "")}


async def test_what_failed_for_now_goes_later_under_the_same_id(
    reached: Database, relay: Relay, platform: Platform, clock: Clock
) -> None:
    platform.answers = [Again("-1", "system busy", 0), ConnectionError("broken")]
    await say(reached, "a")
    for _ in range(3):
        await relay.drain()
        clock.move(700)
    assert await states(reached) == {"a": ("delivered", "")}
    assert len({one.client_message_id for one in platform.sent}) == 1
    assert [one.attempts for one in platform.sent] == [1, 2, 3]


async def test_a_row_that_cannot_be_read_stops_no_other(
    reached: Database, relay: Relay, platform: Platform
) -> None:
    await say(reached, "broken", to=0, body=b"not a push")
    await say(reached, "whole", to=1)
    await relay.drain()
    assert platform.texts == ["whole"]
    assert (await states(reached))["whole"] == ("delivered", "")
    assert (await states(reached))["broken"] == ("waiting", "internal")


async def test_a_doubtful_repetition_that_comes_too_late_is_not_made(
    reached: Database, relay: Relay, platform: Platform, clock: Clock
) -> None:
    platform.answers = [Doubt("timeout", repeatable=True)]
    await say(reached, "a")
    await relay.drain()
    clock.move(20 + 61)
    await relay.drain()
    assert len(platform.sent) == 1
    assert await states(reached) == {"a": ("unknown", "doubt")}


# A process dies


async def test_a_death_before_sending_loses_nothing(
    reached: Database,
    make: MakeRelay,
    platform: Platform,
    clock: Clock,
    kill: Callable[[str], None],
) -> None:
    await say(reached, "a")
    kill("after_claim")
    with pytest.raises(KilledError):
        await make("w1").drain()
    assert platform.sent == []
    await make("w2").drain()
    assert platform.sent == []
    clock.move(121)
    await make("w2").drain()
    assert platform.texts == ["a"]


async def test_a_death_between_sending_and_settling_repeats_under_the_same_id(
    reached: Database,
    make: MakeRelay,
    platform: Platform,
    clock: Clock,
    kill: Callable[[str], None],
) -> None:
    await say(reached, "a")
    kill("after_send_before_settle")
    with pytest.raises(KilledError):
        await make("w1").drain()
    await make("w2").drain()
    assert len(platform.sent) == 1
    clock.move(121)
    await make("w2").drain()
    assert len(platform.sent) == 2
    assert len({one.client_message_id for one in platform.sent}) == 1
    assert await states(reached) == {"a": ("delivered", "")}


async def test_who_lost_the_lease_settles_nothing(
    reached: Database, make: MakeRelay, platform: Platform, clock: Clock
) -> None:
    platform.gate = asyncio.Event()
    platform.answers = [Failed("1", "too late"), Sent("m2")]
    await say(reached, "a")
    slow = asyncio.ensure_future(make("slow").drain())
    await platform.until(1)
    clock.move(121)
    other = make("other")
    second = asyncio.ensure_future(other.drain())
    await platform.until(2)
    # The first to come back no longer owns the row.
    platform.gate.set()
    await asyncio.gather(slow, second)
    assert await states(reached) == {"a": ("delivered", "")}


# Running


@pytest.fixture
async def running(relay: Relay) -> AsyncIterator[Relay]:
    work = asyncio.ensure_future(relay.run())
    yield relay
    await relay.stop()
    await work


async def test_waking_it_sends_at_once(
    reached: Database, running: Relay, platform: Platform
) -> None:
    await say(reached, "now")
    running.wake()
    await platform.until(1)
    assert platform.texts == ["now"]


async def test_stopping_finishes_what_is_sent_and_gives_back_the_rest(
    reached: Database, make: MakeRelay, platform: Platform
) -> None:
    platform.gate = asyncio.Event()
    for person in range(3):
        await say(reached, f"m{person}", to=person)
    relay = make(at_once=1)
    work = asyncio.ensure_future(relay.run())
    await platform.until(1)
    stop = asyncio.ensure_future(relay.stop())
    await asyncio.sleep(0)
    platform.gate.set()
    await asyncio.gather(work, stop)
    found = sorted(state for state, _ in (await states(reached)).values())
    assert found == ["delivered", "waiting", "waiting"]
    assert len(platform.sent) == 1


# Choices


OPTIONS = (Option("参加", "参加 1"), Option("不参加", "不参加 1"))
NUMBERED = msgspec.json.encode(Push(reply=Reply(text="参加吗？", choices=OPTIONS)))


@pytest.mark.parametrize(
    ("purpose", "answer", "expected"),
    [
        ("reminder", Sent("m"), OPTIONS),
        # What the dialogue itself asked it knows already.
        ("reply", Sent("m"), None),
        ("reminder", Held("45047", "r"), None),
    ],
)
async def test_choices_that_reached_a_person_can_be_answered_by_number(
    reached: Database,
    relay: Relay,
    platform: Platform,
    purpose: str,
    answer: Settlement,
    expected: tuple[Option, ...] | None,
) -> None:
    async with reached.transaction() as uow:
        row = ConversationRow(person_id="p0", revision=1, state=b"{}")
        await conversations.insert_new(uow, [row], now=NOW)
        await uow.commit()
    platform.answers = [answer]
    await say(reached, "a", body=NUMBERED, purpose=purpose)
    await relay.drain()
    async with reached.transaction() as uow:
        loaded = await conversations.load(uow, person_ids=["p0"])
    push = loaded.rows["p0"].push
    found = msgspec.json.decode(push, type=tuple[Option, ...]) if push else None
    assert found == expected
