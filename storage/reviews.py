"""Openings, changes of planned classes and schemes that a province reviews."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import insert, select, update

from storage.database import UnitOfWork
from storage.organisations import below
from storage.tables.classes import classes, reviews
from storage.tables.people import scopes


class ReviewRow(msgspec.Struct, frozen=True):
    """One thing to review.

    ``state`` is ``waiting``, ``approved``, ``refused`` or ``withdrawn`` (with its
    class).
    ``proposal`` is what is asked for, by key. While it waits, ``decided_by`` is
    who agreed and still owes the stamped page.
    """

    id: str
    number: int
    kind: str
    class_id: str
    state: str
    reason: str
    submitted_at: datetime
    decided_at: datetime | None = None
    proposal: dict[str, str] = {}
    decided_by: str | None = None


_COLUMNS = tuple(reviews.c[name] for name in ReviewRow.__struct_fields__)


async def add(
    uow: UnitOfWork,
    *,
    id: str,  # noqa: A002 -- the column's name
    number: int,
    kind: str,
    class_id: str,
    now: datetime,
    proposal: dict[str, str] | None = None,
) -> ReviewRow:
    """Hand something in for review."""
    row = ReviewRow(
        id=id,
        number=number,
        kind=kind,
        class_id=class_id,
        state="waiting",
        reason="",
        submitted_at=now,
        proposal=proposal or {},
    )
    await uow.execute(insert(reviews), msgspec.structs.asdict(row))
    return row


async def get(uow: UnitOfWork, *, review_id: str) -> ReviewRow | None:
    """A review by its id."""
    query = select(*_COLUMNS).where(reviews.c.id == review_id)
    row = (await uow.execute(query)).first()
    return ReviewRow(*row) if row else None


async def agree(uow: UnitOfWork, *, review_id: str, by: str) -> bool:
    """Note who agrees and owes the stamped page; False when it is decided."""
    done = await uow.execute(
        update(reviews)
        .where(reviews.c.id == review_id, reviews.c.state == "waiting")
        .values(decided_by=by)
    )
    return bool(done.rowcount == 1)


async def owing_scan(uow: UnitOfWork, *, person_id: str) -> tuple[ReviewRow, ...]:
    """What a person agreed to and owes the stamped page of, the newest first."""
    query = (
        select(*_COLUMNS)
        .where(reviews.c.state == "waiting", reviews.c.decided_by == person_id)
        .order_by(reviews.c.number.desc())
    )
    return tuple(ReviewRow(*row) for row in await uow.execute(query))


async def latest(uow: UnitOfWork, *, class_id: str, kind: str) -> ReviewRow | None:
    """The last review of one kind that a class had."""
    query = (
        select(*_COLUMNS)
        .where(reviews.c.class_id == class_id, reviews.c.kind == kind)
        .order_by(reviews.c.number.desc())
        .limit(1)
    )
    row = (await uow.execute(query)).first()
    return ReviewRow(*row) if row else None


async def waiting_below(
    uow: UnitOfWork, *, paths: Sequence[str]
) -> tuple[ReviewRow, ...]:
    """What waits for a decision in or below ``paths``, oldest first."""
    query = (
        select(*_COLUMNS)
        .join(classes, classes.c.id == reviews.c.class_id)
        .join(scopes, scopes.c.id == classes.c.scope_id)
        .where(reviews.c.state == "waiting", below(scopes.c.path, paths))
        .order_by(reviews.c.number)
    )
    return tuple(ReviewRow(*row) for row in await uow.execute(query))


async def decide(
    uow: UnitOfWork,
    *,
    review_id: str,
    state: str,
    reason: str,
    decided_by: str,
    now: datetime,
) -> bool:
    """Approve or refuse; False when somebody decided before."""
    done = await uow.execute(
        update(reviews)
        .where(reviews.c.id == review_id, reviews.c.state == "waiting")
        .values(state=state, reason=reason, decided_by=decided_by, decided_at=now)
    )
    return bool(done.rowcount == 1)


async def withdraw(uow: UnitOfWork, *, class_id: str, now: datetime) -> None:
    """Take back what waits of a class that is not held."""
    await uow.execute(
        update(reviews)
        .where(reviews.c.class_id == class_id, reviews.c.state == "waiting")
        .values(state="withdrawn", decided_at=now)
    )
