"""Notices go by the hundred; nobody who is answered waits behind them, and a stop stops."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.jobs.journal import Journal
from bot.ports import Outgoing, Sent, Settlement
from notices.audience import Audience
from storage import notices, numbers, organisations, outbox, people
from storage.database import Database
from storage.notices import NoticeRow
from storage.outbox import OutboxRow
from tests.jobs.post import NOW, Clock, MakeRelay, Platform, put, row, say, states

OTHERS = 20
"""Persons to whom the notice does not go."""

CROWD = 300
AT_ONCE = 8


@pytest.fixture
async def crowd(reached: Database) -> Database:
    """A published notice that waits to go to three hundred people."""
    persons = range(OTHERS, OTHERS + CROWD)
    async with reached.transaction() as uow:
        newcomers = [people.Newcomer(f"o{n}", f"p{n}", f"a{n}") for n in persons]
        await people.create(
            uow, channel="official_account", newcomers=newcomers, now=NOW
        )
        scope = await organisations.create_scope(
            uow, id="nation", kind="nation", name="部指导中心"
        )
        number = await numbers.take(uow, kind="notice", subject_id="n1")
        await notices.add(uow, _notice(scope.id, number))
        await uow.commit()
    await put(reached, [_to(person, "n1") for person in persons])
    return reached


def _notice(scope_id: str, number: int) -> NoticeRow:
    return NoticeRow(
        id="n1",
        number=number,
        slug="n1",
        kind="announcement",
        title="开班",
        body="……",
        class_id=None,
        scope_id=scope_id,
        audience=Audience(),
        state="published",
        author_id="p0",
        approved_by=None,
        created_at=NOW,
        published_at=NOW,
        audience_cursor=None,
        audience_state="frozen",
        audience_size=CROWD,
    )


def _to(person: int, notice: str) -> OutboxRow:
    text = f"{notice} {person}"
    return row(text, to=person, urgency=3, purpose="notice", notice_id=notice)


class Slow(Platform):
    """Holds back the answers to notices until it is let go on; all else at once."""

    def __init__(self) -> None:
        super().__init__()
        self.let = asyncio.Event()

    async def send(self, message: Outgoing) -> Settlement:
        self.sent.append(message)
        self.news.set()
        await (self.let.wait() if message.purpose == "notice" else asyncio.sleep(0))
        return Sent("m")


@pytest.fixture
def platform() -> Slow:
    return Slow()


async def test_replies_and_dates_pass_all_notices_in_hand(
    crowd: Database, make: MakeRelay, platform: Slow
) -> None:
    relay = make(at_once=AT_ONCE)
    work = asyncio.ensure_future(relay.run())
    await platform.until(AT_ONCE)
    # Every call for notices is taken, and hundreds wait behind them, claimed.
    await say(crowd, "reply", to=0, purpose="reply", urgency=0)
    await say(crowd, "date", to=1, purpose="reminder", urgency=1)
    relay.wake()
    await platform.until(AT_ONCE + 2)
    assert sorted(platform.texts[AT_ONCE:]) == ["date", "reply"]
    platform.let.set()
    await relay.stop()
    await work


async def test_without_being_woken_it_looks_for_replies_all_the_same(
    crowd: Database, make: MakeRelay, platform: Slow
) -> None:
    """The reply was written by another process."""
    relay = make(at_once=AT_ONCE)
    work = asyncio.ensure_future(relay.run())
    await platform.until(AT_ONCE)
    await say(crowd, "reply", to=0, purpose="reply", urgency=0)
    await platform.until(AT_ONCE + 1)
    assert platform.texts[-1] == "reply"
    platform.let.set()
    await relay.stop()
    await work


async def test_what_is_next_for_a_person_goes_when_the_notice_is_settled(
    crowd: Database, make: MakeRelay, platform: Slow
) -> None:
    relay = make(at_once=AT_ONCE)
    work = asyncio.ensure_future(relay.run())
    await platform.until(AT_ONCE)
    busy = platform.sent[0].person_id.removeprefix("p")
    await say(crowd, "next", to=int(busy), purpose="reply", urgency=0)
    platform.let.set()
    await platform.until(CROWD + 1)
    assert sorted(platform.texts).count("next") == 1
    await relay.stop()
    await work


@pytest.mark.parametrize("after", [0, 1, 37, 200])
async def test_after_a_notice_is_stopped_at_most_twice_as_many_calls_begin_as_go_at_once(
    crowd: Database, make: MakeRelay, platform: Slow, tmp_path: Path, after: int
) -> None:
    platform.let.set()
    relay = make(at_once=AT_ONCE, journal=Journal(tmp_path, "w1"))
    work = asyncio.ensure_future(relay.run())
    await platform.until(after)
    async with crowd.transaction() as uow:
        await notices.take_on(uow, notice_id="n1", before="published", after="stopped")
        await outbox.cancel_notice(uow, notice_id="n1", now=NOW)
        await uow.commit()
    begun = len(platform.sent)
    await relay.drain()
    assert len(platform.sent) - begun <= 2 * AT_ONCE
    found = [state for state, _ in (await states(crowd)).values()]
    assert found.count("delivered") == len(platform.sent)
    assert found.count("cancelled") == CROWD - len(platform.sent)
    await relay.stop()
    await work


async def test_a_stop_leaves_other_notices_alone(
    crowd: Database, make: MakeRelay, platform: Slow
) -> None:
    platform.let.set()
    await put(crowd, [_to(person, "n2") for person in range(OTHERS)])
    async with crowd.transaction() as uow:
        await notices.take_on(uow, notice_id="n1", before="published", after="stopped")
        await uow.commit()
    await make(at_once=AT_ONCE).drain()
    assert sorted(platform.texts) == sorted(f"n2 {n}" for n in range(OTHERS))


async def test_a_stop_of_the_process_gives_back_all_that_did_not_begin(
    crowd: Database, make: MakeRelay, platform: Slow, tmp_path: Path
) -> None:
    relay = make(at_once=AT_ONCE, journal=Journal(tmp_path, "w1"))
    work = asyncio.ensure_future(relay.run())
    await platform.until(AT_ONCE)
    stop = asyncio.ensure_future(relay.stop())
    await asyncio.sleep(0)
    platform.let.set()
    await asyncio.gather(work, stop)
    found = [state for state, _ in (await states(crowd)).values()]
    assert len(platform.sent) == AT_ONCE
    assert found.count("delivered") == AT_ONCE
    assert found.count("waiting") == CROWD - AT_ONCE
    assert list(tmp_path.glob("*.journal")) == []  # noqa: ASYNC240 -- a test's own folder


async def test_leases_are_long_enough_for_what_is_claimed_and_found_when_they_are_not(
    crowd: Database, make: MakeRelay, platform: Slow, clock: Clock
) -> None:
    """The platform hangs for longer than the lease: nobody is told twice for it."""
    slow = make("slow", at_once=AT_ONCE)
    work = asyncio.ensure_future(slow.run_once("official_account"))
    await platform.until(AT_ONCE)
    hung = set(platform.texts)
    clock.move(121)
    platform.let.set()
    await asyncio.gather(work, make("other").drain())
    twice = {text for text in platform.texts if platform.texts.count(text) > 1}
    assert twice <= hung
    assert set(platform.texts) == {f"n1 {n}" for n in range(OTHERS, OTHERS + CROWD)}
