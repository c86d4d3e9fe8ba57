"""Who of a class was reached, how, and who was not."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import func, select

from storage.database import UnitOfWork
from storage.tables.messages import outbox

# A notice goes to a whole province: it is counted, not listed.
_TOLD_ONE_BY_ONE = ("reminder", "result")
_NOT_ARRIVED = ("held", "failed", "unknown")


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
    """The newest message of each kind to each person about a class, oldest first."""
    query = (
        select(
            outbox.c.person_id,
            outbox.c.purpose,
            outbox.c.channel,
            outbox.c.state,
            outbox.c.way,
            outbox.c.error_code,
            outbox.c.created_at,
        )
        .where(
            outbox.c.class_id == class_id,
            outbox.c.person_id.is_not(None),
            outbox.c.purpose.in_(_TOLD_ONE_BY_ONE),
            outbox.c.state != "cancelled",
            outbox.c.created_at >= since,
        )
        .order_by(outbox.c.created_at, outbox.c.id)
    )
    newest = {
        (row.person_id, row.purpose): Told(*row) for row in await uow.execute(query)
    }
    return tuple(newest.values())


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
