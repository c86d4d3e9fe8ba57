"""The centre's calls for the plans of a half year, and who has followed them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import msgspec
from sqlalchemy import func, select, update

from storage.database import UnitOfWork
from storage.organisations import below
from storage.plans import AGREED
from storage.statements import Upsert
from storage.tables.people import scopes
from storage.tables.plans import calls, items, submissions


class CallRow(msgspec.Struct, frozen=True):
    """The centre's call for a half year (``2027-1``): due when, published when."""

    period: str
    due_on: date
    called_at: datetime
    created_by: str | None = None
    notice_id: str | None = None
    published_at: datetime | None = None


class Reported(msgspec.Struct, frozen=True):
    """Where an institution stands with a half year.

    ``state`` is of its newest plan, empty when it handed none in; ``count`` is
    how many items it planned that were not dropped or replaced.
    """

    institution_id: str
    institution: str
    province: str
    path: str
    state: str
    number: int
    count: int


_house = scopes.alias("house")
_above = scopes.alias("above")
_OWN_CALL = tuple(calls.c[name] for name in CallRow.__struct_fields__)
_PUT = Upsert(
    calls,
    ["period"],
    lambda new: {
        "due_on": new.due_on,
        "called_at": new.called_at,
        "created_by": new.created_by,
    },
)
_NOTE_NOTICE = Upsert(calls, ["period"], lambda new: {"notice_id": new.notice_id})


async def put(uow: UnitOfWork, row: CallRow) -> None:
    """Note a call; one that is there gets the new date."""
    await uow.execute(_PUT[uow.dialect], msgspec.structs.asdict(row))


async def get(uow: UnitOfWork, *, period: str, lock: bool = False) -> CallRow | None:
    """The call for a half year."""
    query = select(*_OWN_CALL).where(calls.c.period == period)
    row = (await uow.execute(query.with_for_update() if lock else query)).first()
    return CallRow(*row) if row else None


async def everything(uow: UnitOfWork) -> tuple[CallRow, ...]:
    """Every call, the newest half year first."""
    query = select(*_OWN_CALL).order_by(calls.c.period.desc())
    return tuple(CallRow(*row) for row in await uow.execute(query))


async def of_notice(uow: UnitOfWork, *, notice_id: str) -> CallRow | None:
    """The call whose national information a notice holds."""
    query = select(*_OWN_CALL).where(calls.c.notice_id == notice_id)
    row = (await uow.execute(query)).first()
    return CallRow(*row) if row else None


async def note_notice(
    uow: UnitOfWork, *, period: str, notice_id: str, due_on: date, now: datetime
) -> None:
    """Note which notice holds the national information of a half year.

    A half year that was never called for is noted with the date assumed.
    """
    row = CallRow(period, due_on, now, notice_id=notice_id)
    await uow.execute(_NOTE_NOTICE[uow.dialect], msgspec.structs.asdict(row))


async def publish(uow: UnitOfWork, *, period: str, now: datetime) -> int:
    """Note that a half year is published, with what was approved; how many items."""
    await uow.execute(
        update(calls)
        .where(calls.c.period == period, calls.c.published_at.is_(None))
        .values(published_at=now)
    )
    done = await uow.execute(
        update(items)
        .where(items.c.period == period, items.c.state == "approved")
        .values(state="published")
    )
    return int(done.rowcount)


async def reported(
    uow: UnitOfWork, *, paths: Sequence[str], period: str
) -> tuple[Reported, ...]:
    """Where every institution in or below ``paths`` stands with a half year."""
    newest = (
        select(func.max(submissions.c.number))
        .where(
            submissions.c.institution_id == _house.c.id,
            submissions.c.period == period,
            submissions.c.kind == "plan",
            submissions.c.state != "withdrawn",
        )
        .correlate(_house)
        .scalar_subquery()
    )
    counted = (
        select(func.count())
        .select_from(items)
        .where(
            items.c.institution_id == _house.c.id,
            items.c.period == period,
            items.c.state.in_(["waiting", *AGREED]),
        )
        .correlate(_house)
        .scalar_subquery()
    )
    query = (
        select(
            _house.c.id,
            _house.c.name,
            _above.c.name,
            _house.c.path,
            func.coalesce(submissions.c.state, ""),
            func.coalesce(submissions.c.number, 0),
            counted,
        )
        .select_from(_house)
        .join(_above, _above.c.id == _house.c.parent_id)
        .outerjoin(submissions, submissions.c.number == newest)
        .where(_house.c.kind == "institution", below(_house.c.path, paths))
        .order_by(_above.c.name, _house.c.name)
    )
    return tuple(Reported(*row) for row in await uow.execute(query))
