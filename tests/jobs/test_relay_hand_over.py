"""What a dead process had in hand: the next on this machine goes on where it was."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.jobs.journal import Journal
from bot.jobs.relay import Relay
from bot.ports import Again, Doubt, Failed, Outgoing, Sent, Settlement
from storage.database import Database
from storage.tables.messages import outbox as table
from tests.jobs.post import Clock, KilledError, MakeRelay, Platform, say, states
from tests.jobs.test_relay_planner import Planner


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "journal"


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def put_in_the_way(folder: Path) -> None:
    folder.write_bytes(b"a file where the folder should be")


async def die(
    make: MakeRelay, folder: Path, owner: str = "w1", **options: object
) -> None:
    """A process that is killed at the point that was set; its lock goes with it."""
    journal = Journal(folder, owner)
    with pytest.raises(KilledError):
        await make(owner, journal=journal, **options).drain()
    journal.close()


def heir(make: MakeRelay, folder: Path, **options: object) -> Relay:
    return make("w2", journal=Journal(folder, "w2"), **options)


async def test_what_had_ended_is_settled_as_it_ended_and_not_sent_again(
    reached: Database,
    make: MakeRelay,
    platform: Platform,
    folder: Path,
    kill: Callable[[str], None],
) -> None:
    platform.answers = [Failed("43004", "does not follow", unreachable=True)]
    await say(reached, "a")
    kill("after_send_before_settle")
    await die(make, folder)
    relay = heir(make, folder)
    await relay.take_over()
    await relay.drain()
    assert len(platform.sent) == 1
    assert await states(reached) == {"a": ("failed", "43004")}
    assert left_in(folder) == []


async def test_what_had_begun_goes_again_at_once_under_the_same_id(
    reached: Database,
    make: MakeRelay,
    platform: Platform,
    folder: Path,
    kill: Callable[[str], None],
) -> None:
    await say(reached, "a")
    kill("after_send_before_journal")
    await die(make, folder)
    relay = heir(make, folder)
    await relay.take_over()
    assert await states(reached) == {"a": ("waiting", "interrupted")}
    await relay.drain()
    assert [one.attempts for one in platform.sent] == [1, 2]
    assert len({one.client_message_id for one in platform.sent}) == 1
    assert await states(reached) == {"a": ("delivered", "")}


async def test_what_had_not_begun_is_given_back_at_once(
    reached: Database,
    make: MakeRelay,
    platform: Platform,
    folder: Path,
    kill: Callable[[str], None],
) -> None:
    for person in range(3):
        await say(reached, f"m{person}", to=person)
    kill("after_send_before_journal")
    await die(make, folder, at_once=1)
    begun = len(platform.sent)
    relay = heir(make, folder)
    await relay.take_over()
    await relay.drain()
    assert begun == 1
    assert [one.attempts for one in platform.sent] == [1, 2, 1, 1]
    assert {state for state, _ in (await states(reached)).values()} == {"delivered"}


async def test_an_earlier_attempt_is_not_taken_for_the_last(
    reached: Database,
    make: MakeRelay,
    platform: Platform,
    clock: Clock,
    folder: Path,
    kill: Callable[[str], None],
) -> None:
    """The file still says how the first attempt ended; the second never began."""
    platform.answers = [Again("-1", "busy", 0)]
    await say(reached, "a")
    journal = Journal(folder, "w1")
    journal.begin("somebody else's", 1)  # keeps the file
    first = make("w1", journal=journal)
    await first.drain()
    clock.move(10)
    kill("after_claim")
    with pytest.raises(KilledError):
        await first.drain()
    journal.close()
    relay = heir(make, folder)
    await relay.take_over()
    assert await states(reached) == {"a": ("waiting", "-1")}
    await relay.drain()
    assert [one.attempts for one in platform.sent] == [1, 2]
    assert await states(reached) == {"a": ("delivered", "")}


async def test_who_plans_hears_how_it_ended(
    reached: Database,
    make: MakeRelay,
    platform: Platform,
    folder: Path,
    kill: Callable[[str], None],
) -> None:
    await say(reached, "ended")
    kill("after_send_before_settle")
    await die(make, folder, planner=Planner())
    await say(reached, "begun", to=1)
    kill("after_send_before_journal")
    await die(make, folder, "w3", planner=Planner())
    planner = Planner()
    await heir(make, folder, planner=planner).take_over()
    assert sorted((way, repr(said)) for _, way, said in planner.learnt) == [
        ("custom", repr(Doubt("interrupted"))),
        ("custom", repr(Sent("m1"))),
    ]


async def test_what_somebody_else_has_by_now_is_let_alone(
    reached: Database,
    make: MakeRelay,
    platform: Platform,
    clock: Clock,
    folder: Path,
    kill: Callable[[str], None],
) -> None:
    await say(reached, "a")
    kill("after_send_before_settle")
    await die(make, folder)
    clock.move(121)
    platform.answers = [Failed("1", "no")]
    await make("other").drain()
    await heir(make, folder).take_over()
    assert await states(reached) == {"a": ("failed", "1")}
    assert left_in(folder) == []


async def test_rows_that_are_gone_do_no_harm(
    reached: Database, make: MakeRelay, folder: Path
) -> None:
    journal = Journal(folder, "w1")
    journal.begin("never heard of", 1)
    journal.close()
    await heir(make, folder).take_over()
    assert left_in(folder) == []


async def test_one_who_runs_takes_over_by_himself(
    reached: Database,
    make: MakeRelay,
    platform: Platform,
    folder: Path,
    kill: Callable[[str], None],
) -> None:
    await say(reached, "a")
    kill("after_send_before_journal")
    await die(make, folder)
    relay = heir(make, folder)
    work = asyncio.ensure_future(relay.run())
    await platform.until(2)
    await relay.stop()
    await work
    assert await states(reached) == {"a": ("delivered", "")}


# Without a journal, or without a disk for it


class Witness(Platform):
    """Sees at each call how the others stand."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self._database = database
        self.unsettled: list[int] = []

    async def send(self, message: Outgoing) -> Settlement:
        found = (await states(self._database)).values()
        open_ = sum(state == "leased" for state, _ in found)
        self.unsettled.append(open_ - (len(found) - len(self.sent)))
        return await super().send(message)


@pytest.mark.parametrize("has_disk", [True, False])
async def test_nothing_is_sent_on_that_is_neither_settled_nor_in_the_journal(
    reached: Database, make: MakeRelay, folder: Path, has_disk: bool
) -> None:
    """Whoever has no journal settles each before the next: a death repeats no more."""
    if not has_disk:
        put_in_the_way(folder)
    witness = Witness(reached)
    witness.name = "other"
    for person in range(12):
        await say(
            reached,
            f"m{person}",
            to=person,
            channel="other",
            urgency=3,
            purpose="notice",
        )
    relay = make(journal=Journal(folder, "w1"), more=[witness], at_once=1)
    await relay.run_once("other")
    assert len(witness.sent) == 12
    assert (max(witness.unsettled) > 0) is has_disk


# Leases


async def test_who_was_away_for_longer_than_the_lease_sends_nothing_of_it(
    reached: Database, make: MakeRelay, platform: Platform, clock: Clock
) -> None:
    """As after SIGSTOP: the rows in hand may be somebody else's by now."""
    platform.gate = asyncio.Event()
    await say(reached, "first")
    await say(reached, "second", to=1)
    slow = asyncio.ensure_future(make("slow", at_once=1).run_once("official_account"))
    await platform.until(1)
    clock.move(121)
    other = asyncio.ensure_future(make("other").run_once("official_account"))
    await platform.until(3)
    platform.gate.set()
    await asyncio.gather(slow, other)
    assert sorted(platform.texts) == ["first", "first", "second"]
    assert set((await states(reached)).values()) == {("delivered", "")}


async def test_an_attempt_that_was_lost_is_not_settled_by_the_same_process(
    reached: Database, make: MakeRelay, platform: Platform, clock: Clock
) -> None:
    """It claimed its own row again meanwhile; the late answer is of the attempt before."""
    platform.gate = asyncio.Event()
    platform.answers = [Failed("1", "late"), Sent("m2")]
    await say(reached, "a")
    late = asyncio.ensure_future(make("same").run_once("official_account"))
    await platform.until(1)
    clock.move(121)
    again = asyncio.ensure_future(make("same").run_once("official_account"))
    await platform.until(2)
    platform.gate.set()
    await asyncio.gather(late, again)
    assert await states(reached) == {"a": ("delivered", "")}


async def test_what_expired_in_hand_is_not_sent(
    reached: Database, make: MakeRelay, platform: Platform, clock: Clock
) -> None:
    platform.gate = asyncio.Event()
    await say(reached, "first")
    soon = clock.now() + timedelta(seconds=5)
    await say(reached, "second", to=1, expires_at=soon)
    relay = make(at_once=1)
    work = asyncio.ensure_future(relay.drain())
    await platform.until(1)
    clock.move(61)
    platform.gate.set()
    await work
    assert platform.texts == ["first"]
    await relay.drain()
    assert (await states(reached))["second"] == ("failed", "expired")


async def test_what_does_not_open_stops_no_other(
    reached: Database, make: MakeRelay, platform: Platform
) -> None:
    await say(reached, "tampered")
    await say(reached, "whole", to=1)
    async with reached.transaction() as uow:
        await uow.execute(
            update(table)
            .where(table.c.dedupe_key == "tampered")
            .values(body_sealed=b"\x01tampered with")
        )
        await uow.commit()
    await make().drain()
    assert platform.texts == ["whole"]
    assert (await states(reached))["tampered"] == ("waiting", "internal")
