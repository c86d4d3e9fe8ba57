"""Whether anything is kept at all."""

from __future__ import annotations

from sqlalchemy import select

from storage.database import UnitOfWork
from storage.tables.classes import classes, numbers, submissions
from storage.tables.messages import conversations
from storage.tables.people import invitations, persons, scopes

_KEPT = (scopes, persons, invitations, classes, numbers, submissions, conversations)


async def is_empty(uow: UnitOfWork) -> bool:
    """True iff there is no person, place, class, invitation, form or notice."""
    for table in _KEPT:
        if (await uow.execute(select(table).limit(1))).first() is not None:
            return False
    return True
