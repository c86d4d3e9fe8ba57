"""The life of some classes under a clock that jumps, and what must be true of it.

What was said is compared with a run of the same moments by one planner that
nothing happens to.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from sqlalchemy import select

from storage.database import Database
from storage.tables.classes import deadlines, reminded, reminders
from storage.tables.messages import outbox
from tests.actions.timeworld import Country, at

FIRST, LAST = at(date(2026, 4, 20), 9), at(date(2026, 7, 20), 12)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
JUMPS = (HOUR, -HOUR, DAY, -DAY)
DOWNTIMES = (
    timedelta(seconds=1),
    timedelta(minutes=1),
    timedelta(hours=6),
    timedelta(days=3),
)

Mark = tuple[str, str, date, str]
"""Who was told of which deadline, of which date, at which mark."""


async def settle_country(database: Database, classes: int = 4) -> Country:
    """Some classes with people in every part, opening a few days apart."""
    country = Country(database)
    await country.found()
    for person in ("teacher", "lecturer", "assessor", "manager"):
        await country.person(person)
    for number in range(1, classes + 1):
        opens_on = date(2026, 6, 1) + timedelta(days=4 * number)
        row = await country.class_(f"2026-NC-{number:02d}", opens_on=opens_on)
        await country.draft(row, "teacher")
        await country.staff(row, "lecturer", "lecturer")
        await country.staff(row, "assessor", "assessor")
        await country.staff(row, "manager", "manager")
    return country


def moments(seed: int, *, jumps: int) -> Iterator[tuple[datetime, str]]:
    """Moments at which somebody looks, and what happened to the clock before each."""
    draw = random.Random(seed)
    steps = ["step"] * (3 * jumps) + ["jump", "down"] * (jumps // 2)
    draw.shuffle(steps)
    now = FIRST
    stride = (LAST - FIRST) / len(steps)
    for kind in steps:
        if kind == "jump":
            by = draw.choice(JUMPS)
            now += by
            yield now, f"jump {'back' if by < timedelta(0) else 'ahead'}"
        elif kind == "down":
            now += draw.choice(DOWNTIMES)
            yield now, "down"
        else:
            now += stride * draw.uniform(0.5, 1.5)
            yield now, "step"
    yield max(now, LAST) + DAY, "step"


async def marks_said(database: Database) -> set[Mark]:
    """Everything that was said, by person."""
    query = select(
        reminded.c.person_id,
        deadlines.c.subject + "/" + deadlines.c.step,
        reminded.c.due_on,
        reminded.c.mark,
    ).join(deadlines, deadlines.c.id == reminded.c.deadline_id)
    async with database.reading() as uow:
        rows = [tuple(row) for row in await uow.execute(query)]
    assert len(set(rows)) == len(rows)
    return set(rows)


async def undecided(database: Database, now: datetime) -> int:
    """How many reminders are still to be looked at though their time has come."""
    query = select(reminders.c.id).where(
        reminders.c.state.in_(["planned", "leased"]), reminders.c.fire_at <= now
    )
    async with database.reading() as uow:
        return len((await uow.execute(query)).all())


async def stale(database: Database) -> list[Mark]:
    """What was said of a date when it was over already, other than that it is."""
    query = (
        select(
            reminded.c.person_id,
            deadlines.c.subject,
            reminded.c.due_on,
            reminded.c.mark,
            reminded.c.at,
        )
        .join(deadlines, deadlines.c.id == reminded.c.deadline_id)
        .where(reminded.c.mark.not_in(["overdue", "moved"]))
    )
    async with database.reading() as uow:
        rows = (await uow.execute(query)).all()
    return [tuple(row[:4]) for row in rows if row.at >= at(row.due_on, 0) + DAY]


async def queued(database: Database) -> int:
    """How many messages lie in the outbox."""
    async with database.reading() as uow:
        return len((await uow.execute(select(outbox.c.id))).all())
