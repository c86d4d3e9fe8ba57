"""What persons answered to consent questions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import insert, select

from storage.database import UnitOfWork
from storage.tables.people import consents


class ConsentRow(msgspec.Struct, frozen=True):
    """A person's yes or no to one version of a consent text (PIPL 13, 17, 29)."""

    id: str
    person_id: str
    kind: str
    version: str
    text_digest: str
    given: bool
    at: datetime


_INSERT = insert(consents)


async def add(uow: UnitOfWork, rows: Sequence[ConsentRow]) -> None:
    """Keep what persons answered to consent questions."""
    if rows:
        await uow.execute(
            _INSERT, [msgspec.to_builtins(r) | {"at": r.at} for r in rows]
        )


async def of_person(uow: UnitOfWork, *, person_id: str) -> tuple[ConsentRow, ...]:
    """Every consent answer of a person, oldest first."""
    query = (
        select(consents)
        .where(consents.c.person_id == person_id)
        .order_by(consents.c.at, consents.c.id)
    )
    return tuple(ConsentRow(*row) for row in await uow.execute(query))
