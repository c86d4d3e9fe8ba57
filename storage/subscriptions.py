"""How many subscribe notifications people agreed to get, by address and template."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update

from storage.database import UnitOfWork
from storage.statements import Upsert
from storage.tables.people import subscriptions

_KEY = ["address_id", "template_id"]
_GRANT = Upsert(
    subscriptions,
    _KEY,
    lambda new: {
        "granted": subscriptions.c.granted + 1,
        "updated_at": new.updated_at,
    },
)
_ASKED = Upsert(subscriptions, _KEY, lambda new: {"asked_at": new.asked_at})


async def grant(
    uow: UnitOfWork, *, address_id: str, template_ids: Sequence[str], now: datetime
) -> None:
    """Count one more consent to each template."""
    for template_id in sorted(template_ids):
        row = {
            "address_id": address_id,
            "template_id": template_id,
            "granted": 1,
            "updated_at": now,
        }
        await uow.execute(_GRANT[uow.dialect], row)


async def withdraw(
    uow: UnitOfWork, *, address_id: str, template_ids: Sequence[str], now: datetime
) -> None:
    """Note that no consent to these templates is left."""
    if not template_ids:
        return
    await uow.execute(
        update(subscriptions)
        .where(
            subscriptions.c.address_id == address_id,
            subscriptions.c.template_id.in_(template_ids),
        )
        .values(granted=0, updated_at=now)
    )


async def granted(uow: UnitOfWork, *, address_id: str) -> dict[str, int]:
    """How many consents are left, by template id; none are left out."""
    query = select(subscriptions.c.template_id, subscriptions.c.granted).where(
        subscriptions.c.address_id == address_id, subscriptions.c.granted > 0
    )
    return {row.template_id: row.granted for row in await uow.execute(query)}


async def take_turn(
    uow: UnitOfWork,
    *,
    address_id: str,
    template_ids: Sequence[str],
    since: datetime,
    now: datetime,
) -> bool:
    """Note that the person is asked for consents now.

    False, and nothing is noted, when they were asked after ``since`` or have a
    consent to each template left.
    """
    query = select(
        subscriptions.c.template_id, subscriptions.c.granted, subscriptions.c.asked_at
    ).where(
        subscriptions.c.address_id == address_id,
        subscriptions.c.template_id.in_(template_ids),
    )
    rows = (await uow.execute(query)).all()
    if any(row.asked_at is not None and row.asked_at > since for row in rows):
        return False
    left = {row.template_id for row in rows if row.granted > 0}
    if left.issuperset(template_ids):
        return False
    for template_id in sorted(template_ids):
        row = {
            "address_id": address_id,
            "template_id": template_id,
            "granted": 0,
            "asked_at": now,
            "updated_at": now,
        }
        await uow.execute(_ASKED[uow.dialect], row)
    return True
