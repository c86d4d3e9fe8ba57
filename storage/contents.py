"""Whether anything is kept at all, and whether the keys open it."""

from __future__ import annotations

from sqlalchemy import select

from storage.crypto import SealError
from storage.database import UnitOfWork
from storage.tables.classes import classes, numbers, submissions
from storage.tables.messages import conversations
from storage.tables.people import addresses, invitations, persons, scopes

_KEPT = (scopes, persons, invitations, classes, numbers, submissions, conversations)


async def is_empty(uow: UnitOfWork) -> bool:
    """True iff there is no person, place, class, invitation, form or notice."""
    for table in _KEPT:
        if (await uow.execute(select(table).limit(1))).first() is not None:
            return False
    return True


async def opens(uow: UnitOfWork) -> bool:
    """True iff the configured keys open what is kept; also when nothing is."""
    query = select(addresses.c.id, addresses.c.address_sealed).limit(1)
    row = (await uow.execute(query)).first()
    if row is None:
        return True
    try:
        uow.vault.open(
            row.address_sealed, table="addresses", column="address_sealed", row=row.id
        )
    except SealError:
        return False
    return True
