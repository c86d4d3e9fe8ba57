"""The relay loses nothing, repeats little, and says how each message ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from bot import faults
from bot.jobs.relay import Pace, Relay
from bot.ports import (
    Again,
    Doubt,
    Failed,
    Held,
    Outgoing,
    Push,
    Sent,
    Settlement,
)
from conversations.model import Option, Reply
from storage import conversations, outbox, people
from storage.conversations import ConversationRow
from storage.database import Database
from storage.outbox import OutboxRow
from storage.tables.messages import outbox as table
from storage.tables.people import addresses

NOW = datetime(2026, 5, 18, 1, tzinfo=UTC)
_number = count()


class Clock:
    """Both times, moved by the test."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    def real(self) -> datetime:
        return self.at

    def move(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class Platform:
    """A channel that notes what it is given and answers as told."""

    name = "official_account"

    def __init__(self) -> None:
        self.sent: list[Outgoing] = []
        self.answers: list[Settlement | Exception] = []
        self.reach: tuple[str, ...] | None = None
        self.gate: asyncio.Event | None = None
        self.news = asyncio.Event()
        self.under_way = 0
        self.most_under_way = 0

    def connected(self) -> tuple[str, ...] | None:
        return self.reach

    async def send(self, message: Outgoing) -> Settlement:
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        self.sent.append(message)
        self.news.set()
        try:
            await (self.gate.wait() if self.gate else asyncio.sleep(0))
        finally:
            self.under_way -= 1
        answer = self.answers.pop(0) if self.answers else Sent("m1")
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def until(self, count: int) -> None:
        """Wait until so many messages were given to it."""
        while len(self.sent) < count:
            self.news.clear()
            await self.news.wait()

    @property
    def texts(self) -> list[str]:
        return [one.push.reply.text for one in self.sent]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def platform() -> Platform:
    return Platform()


@pytest.fixture
async def reached(database: Database) -> Database:
    """A database with twenty persons who follow the account."""
    async with database.transaction() as uow:
        newcomers = [people.Newcomer(f"o{n}", f"p{n}", f"a{n}") for n in range(20)]
        await people.create(
            uow, channel="official_account", newcomers=newcomers, now=NOW
        )
        await people.touch_inbound(uow, address_ids=["a0", "a1"], now=NOW)
        await uow.commit()
    return database


MakeRelay = Callable[..., Relay]


@pytest.fixture
def make(reached: Database, platform: Platform, clock: Clock) -> MakeRelay:
    def make(owner: str = "w1", at_once: int = 8, **options: Any) -> Relay:
        return Relay(
            reached,
            [platform],
            clock=clock,
            owner=owner,
            pace=Pace(at_once, at_once, jitter=lambda: 1.0),
            **options,
        )

    return make


@pytest.fixture
def relay(make: MakeRelay) -> Relay:
    return make()


@pytest.fixture
def kill() -> Iterator[Callable[[str], None]]:
    """Die, as a process does, the first time a point is passed."""

    def install(point: str) -> None:
        def hook(name: str) -> None:
            if name == point:
                faults.install(None)
                raise KilledError

        faults.install(hook)

    yield install
    faults.install(None)


class KilledError(BaseException):
    """The end of a process: nothing in it may catch this."""


async def say(database: Database, *texts: str, to: int = 0, **fields: Any) -> None:
    rows = [
        msgspec.structs.replace(
            OutboxRow(
                id=f"r{next(_number):06d}",
                dedupe_key=text,
                person_id=f"p{to}",
                address_id=f"a{to}",
                channel="official_account",
                purpose="reminder",
                urgency=1,
                body=msgspec.json.encode(Push(reply=Reply(text=text))),
                not_before=NOW,
            ),
            **fields,
        )
        for text in texts
    ]
    async with database.transaction() as uow:
        await outbox.enqueue(uow, rows, now=NOW)
        await uow.commit()


async def states(database: Database) -> dict[str, tuple[str, str]]:
    """State and code of every row, by its dedupe key."""
    query = select(table.c.dedupe_key, table.c.state, table.c.error_code)
    async with database.reading() as uow:
        return {key: (state, code) for key, state, code in await uow.execute(query)}


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
