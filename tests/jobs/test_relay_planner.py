"""Somebody chooses the ways: the relay takes each where it is told, and tells how it went."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from bot.ports import Again, Blocked, Failed, Go, Held, Move, Route, Sent, Settlement
from storage import outbox, people
from storage.database import Database, UnitOfWork
from storage.outbox import Claimed
from storage.tables.messages import outbox as table
from tests.jobs.post import NOW, Clock, MakeRelay, Platform, say, states

LADDER = ("custom", "template")


class Planner:
    """The next way that was not refused; else held. Notes what it is told."""

    def __init__(self) -> None:
        self.routes: dict[str, Route] = {}
        self.learnt: list[tuple[str, str, Settlement]] = []

    async def plan(
        self, _uow: UnitOfWork, rows: Sequence[Claimed], *, now: datetime
    ) -> Sequence[Route]:
        assert now.tzinfo is not None
        return [
            self.routes.pop(row.address_id)
            if row.address_id in self.routes
            else _next(row)
            for row in rows
        ]

    async def learn(
        self,
        _uow: UnitOfWork,
        settled: Sequence[tuple[Claimed, str, Settlement]],
        *,
        now: datetime,
    ) -> None:
        assert now.tzinfo is not None
        self.learnt += [(row.id, way, outcome) for row, way, outcome in settled]


def _next(row: Claimed) -> Route:
    left = [way for way in LADDER if way not in row.refused]
    return Go(left[0]) if left else Held("no_way", "every way was refused")


async def row_of(database: Database, key: str) -> tuple[str, str, str, str, int]:
    """State, code, way, refused ways and attempts."""
    query = select(
        table.c.state,
        table.c.error_code,
        table.c.way,
        table.c.refused,
        table.c.attempts,
    ).where(table.c.dedupe_key == key)
    async with database.reading() as uow:
        state, code, way, refused, attempts = (await uow.execute(query)).one()
    return state, code, way, refused, attempts


async def test_a_message_goes_in_the_way_that_was_chosen(
    reached: Database, make: MakeRelay, platform: Platform
) -> None:
    planner = Planner()
    planner.routes["a1"] = Go("template")
    await say(reached, "near")
    await say(reached, "far", to=1)
    await make(planner=planner).drain()
    assert {one.push.reply.text: one.way for one in platform.sent} == {
        "near": "custom",
        "far": "template",
    }
    assert await row_of(reached, "far") == ("delivered", "", "template", "", 1)
    assert {way for _, way, _ in planner.learnt} == {"custom", "template"}
    assert {outcome for _, _, outcome in planner.learnt} == {Sent("m1")}


async def test_a_blocked_way_gives_way_to_the_next_at_once(
    reached: Database, make: MakeRelay, platform: Platform
) -> None:
    planner = Planner()
    blocked = Blocked("custom", "45015", "window closed")
    platform.answers = [blocked, Sent("m2", final=False)]
    await say(reached, "a")
    await make(planner=planner).drain()
    assert [one.way for one in platform.sent] == ["custom", "template"]
    assert len({one.client_message_id for one in platform.sent}) == 1
    assert await row_of(reached, "a") == ("sent", "", "template", "custom", 2)
    assert [(way, said) for _, way, said in planner.learnt] == [
        ("custom", blocked),
        ("template", Sent("m2", final=False)),
    ]


async def test_what_every_way_refused_waits_for_the_person_and_may_then_try_all(
    reached: Database, make: MakeRelay, platform: Platform
) -> None:
    relay = make(planner=Planner())
    platform.answers = [
        Blocked("custom", "45015", "r"),
        Blocked("template", "43101", "r"),
    ]
    await say(reached, "a")
    await relay.drain()
    assert await row_of(reached, "a") == ("held", "no_way", "", "custom,template", 2)
    async with reached.transaction() as uow:
        await outbox.release_held(uow, person_ids=["p0"], now=NOW)
        await uow.commit()
    await relay.drain()
    assert [one.way for one in platform.sent] == ["custom", "template", "custom"]
    assert await row_of(reached, "a") == ("delivered", "", "custom", "", 3)


async def test_who_is_nowhere_is_looked_for_once(
    reached: Database, make: MakeRelay, platform: Platform
) -> None:
    platform.answers = [Failed("43004", "left", unreachable=True)] * 3
    await say(reached, "a")
    await make(planner=Planner()).drain()
    assert len(platform.sent) == 2
    assert await states(reached) == {"a": ("failed", "43004")}


async def test_a_planner_that_insists_on_a_refused_way_does_not_go_round_for_ever(
    reached: Database, make: MakeRelay, platform: Platform
) -> None:
    class Stubborn(Planner):
        async def plan(
            self, _uow: UnitOfWork, rows: Sequence[Claimed], *, now: datetime
        ) -> Sequence[Route]:
            return [Go("custom") for _ in rows]

    platform.answers = [Blocked("custom", "45015", "r")] * 5
    await say(reached, "a")
    await make(planner=Stubborn()).drain()
    assert len(platform.sent) == 2
    assert await states(reached) == {"a": ("held", "45015")}


async def test_what_is_to_wait_waits_exactly_as_long_and_was_not_tried(
    reached: Database, make: MakeRelay, platform: Platform, clock: Clock
) -> None:
    planner = Planner()
    planner.routes["a0"] = Again("quota", "until 00:05", 3600)
    relay = make(planner=planner)
    await say(reached, "a")
    await relay.drain()
    assert await row_of(reached, "a") == ("waiting", "quota", "", "", 0)
    async with reached.reading() as uow:
        due = (await uow.execute(select(table.c.not_before))).scalar_one()
    assert due == NOW + timedelta(seconds=3600)
    assert (platform.sent, planner.learnt) == ([], [])
    clock.move(3599)
    await relay.drain()
    assert platform.sent == []
    clock.move(1)
    await relay.drain()
    assert [(one.way, one.attempts) for one in platform.sent] == [("custom", 1)]


async def test_what_is_held_or_hopeless_is_settled_without_a_call(
    reached: Database, make: MakeRelay, platform: Platform
) -> None:
    planner = Planner()
    planner.routes |= {"a0": Held("window", "closed"), "a1": Failed("gone", "no way")}
    await say(reached, "held")
    await say(reached, "hopeless", to=1)
    await make(planner=planner).drain()
    assert platform.sent == []
    assert await states(reached) == {
        "held": ("held", "window"),
        "hopeless": ("failed", "gone"),
    }


async def test_what_cannot_arrive_here_goes_to_another_address_of_the_person(
    reached: Database, make: MakeRelay, platform: Platform
) -> None:
    async with reached.transaction() as uow:
        await people.create(
            uow,
            channel="wecom",
            newcomers=[people.Newcomer("zhang.san", "p90", "a90")],
            now=NOW,
        )
        await uow.commit()
    other = Platform()
    other.name = "wecom"
    planner = Planner()
    planner.routes["a0"] = Move("a90", "wecom")
    await say(reached, "a")
    await make(planner=planner, more=[other]).drain()
    assert platform.sent == []
    (sent,) = other.sent
    assert (sent.address, sent.attempts) == ("zhang.san", 1)
    assert sent.client_message_id == outbox.client_message_id("a")
    assert await states(reached) == {"a": ("delivered", "")}


async def test_what_was_reserved_comes_back_when_it_did_not_go(
    reached: Database, make: MakeRelay, platform: Platform
) -> None:
    """A row given back at a stop used nothing of its way, and the planner hears it."""
    planner = Planner()
    relay = make(planner=planner)
    await say(reached, "a")
    await relay.stop()
    await relay.run_once("official_account")
    assert platform.sent == []
    assert [(way, said) for _, way, said in planner.learnt] == [
        ("custom", Again("not_made", "", 0))
    ]
    assert await row_of(reached, "a") == ("waiting", "", "custom", "", 0)
