"""Who of a class was reached, how, and who was not."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import func, or_, select

from storage.database import UnitOfWork
from storage.tables.classes import deadlines, reminded
from storage.tables.messages import outbox

# A notice goes to a whole province: it is counted, not listed.
_TOLD_ONE_BY_ONE = ("reminder", "result")
_NOT_ARRIVED = ("held", "failed", "unknown")
# Messages decided together are numbered by microseconds, to keep their order.
_TOGETHER = timedelta(seconds=1)


class Told(msgspec.Struct, frozen=True):
    """How the newest message of a kind to a person stands.

    ``state`` and ``error_code`` are the outbox's, ``way`` how it goes or went.
    """

    person_id: str
    purpose: str
    channel: str
    state: str
    way: str
    error_code: str
    at: datetime


class Missed(msgspec.Struct, frozen=True):
    """How many people of a class were not reached."""

    class_id: str
    people: int


async def told(uow: UnitOfWork, *, class_id: str, since: datetime) -> tuple[Told, ...]:
    """The newest message of each kind to each person about a class, oldest first.

    A reminder may be of several classes: then it is about each of them.
    """
    reminders = await _reminded(uow, class_id, since)
    query = (
        select(
            outbox.c.class_id,
            outbox.c.person_id,
            outbox.c.purpose,
            outbox.c.channel,
            outbox.c.state,
            outbox.c.way,
            outbox.c.error_code,
            outbox.c.created_at,
        )
        .where(
            or_(
                outbox.c.class_id == class_id,
                outbox.c.person_id.in_({person for person, _ in reminders}),
            ),
            outbox.c.person_id.is_not(None),
            outbox.c.purpose.in_(_TOLD_ONE_BY_ONE),
            outbox.c.state != "cancelled",
            outbox.c.created_at >= since,
        )
        .order_by(outbox.c.created_at, outbox.c.id)
    )
    found = ((class_, Told(*row)) for class_, *row in await uow.execute(query))
    newest = {
        (one.person_id, one.purpose): one
        for class_, one in found
        if class_ == class_id or _is_among(one, reminders)
    }
    return tuple(newest.values())


async def _reminded(
    uow: UnitOfWork, class_id: str, since: datetime
) -> frozenset[tuple[str, datetime]]:
    """Who was reminded of a class's dates, and when."""
    query = (
        select(reminded.c.person_id, reminded.c.at)
        .join(deadlines, deadlines.c.id == reminded.c.deadline_id)
        .where(deadlines.c.class_id == class_id, reminded.c.at >= since)
        .distinct()
    )
    return frozenset((person, at) for person, at in await uow.execute(query))


def _is_among(one: Told, reminders: Iterable[tuple[str, datetime]]) -> bool:
    return one.purpose == "reminder" and any(
        person == one.person_id and at <= one.at < at + _TOGETHER
        for person, at in reminders
    )


async def missed(uow: UnitOfWork, *, since: datetime) -> tuple[Missed, ...]:
    """Classes with deadlines that did not get through to somebody since a moment."""
    query = (
        select(outbox.c.class_id, func.count(outbox.c.person_id.distinct()))
        .where(
            outbox.c.class_id.is_not(None),
            outbox.c.purpose == "reminder",
            outbox.c.state.in_(_NOT_ARRIVED),
            outbox.c.error_code != "expired",
            outbox.c.settled_at >= since,
        )
        .group_by(outbox.c.class_id)
        .order_by(outbox.c.class_id)
    )
    return tuple(Missed(*row) for row in await uow.execute(query))


def is_missed(one: Told) -> bool:
    """True iff somebody had better telephone."""
    return one.state in _NOT_ARRIVED
