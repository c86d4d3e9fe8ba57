"""Counters that slow down guessing and flooding."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import bindparam, case, select

from storage.database import UnitOfWork
from storage.statements import Upsert
from storage.tables.people import lookups, throttles
from storage.tables.types import Instant

HOUR = timedelta(hours=1)

_over = throttles.c.window_start <= bindparam("floor", type_=Instant)
_HIT = Upsert(
    throttles,
    ["subject"],
    lambda new: {
        "count": case((_over, 1), else_=throttles.c.count + 1),
        "window_start": case((_over, new.window_start), else_=throttles.c.window_start),
    },
    returning=("count",),
)


async def hit(
    uow: UnitOfWork, *, subject: str, now: datetime, window: timedelta = HOUR
) -> int:
    """Count one more in the window that began with the first hit; how many now.

    Atomic. ``subject`` names what is counted and for whom, by an id or a keyed
    digest; it never holds an address or a name.
    """
    row = {"subject": subject, "window_start": now, "count": 1, "floor": now - window}
    counted = await uow.execute(_HIT[uow.dialect], row)
    return int(counted.scalar_one())


async def of_address(uow: UnitOfWork, what: str, *, address_id: str) -> str:
    """The subject that counts ``what`` for an address, whoever it belongs to.

    It holds the address's keyed digest: erased and begun again, it is the same.
    """
    query = (
        select(lookups.c.digest)
        .where(lookups.c.kind == "address", lookups.c.owner_id == address_id)
        .order_by(lookups.c.key_id)
        .limit(1)
    )
    digest = (await uow.execute(query)).scalar_one_or_none()
    return f"{what}:{digest.hex() if digest else address_id}"


async def count(
    uow: UnitOfWork, *, subject: str, now: datetime, window: timedelta = HOUR
) -> int:
    """How many hits the running window has."""
    query = select(throttles.c.count).where(
        throttles.c.subject == subject, throttles.c.window_start > now - window
    )
    return int((await uow.execute(query)).scalar_one_or_none() or 0)
