"""The stable numbers people type: unique over all that is reviewed, never reused."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import insert, select

from storage.database import UnitOfWork
from storage.tables.classes import numbers


class Numbered(msgspec.Struct, frozen=True):
    """What a number stands for: ``application``, ``opening``, ``plan_item`` and so on."""

    number: int
    kind: str
    subject_id: str


async def take(uow: UnitOfWork, *, kind: str, subject_id: str) -> int:
    """The next number, for this thing and for ever."""
    row = {"kind": kind, "subject_id": subject_id}
    made = await uow.execute(insert(numbers).returning(numbers.c.number), row)
    return int(made.scalar_one())


async def take_many(
    uow: UnitOfWork, *, kind: str, subject_ids: Sequence[str]
) -> dict[str, int]:
    """The next number for each of some things, in their order, by thing."""
    if not subject_ids:
        return {}
    into = insert(numbers).returning(
        numbers.c.subject_id, numbers.c.number, sort_by_parameter_order=True
    )
    rows = [{"kind": kind, "subject_id": one} for one in subject_ids]
    return {subject: int(number) for subject, number in await uow.execute(into, rows)}


async def find(uow: UnitOfWork, *, number: int) -> Numbered | None:
    """What a number stands for."""
    query = select(numbers.c.number, numbers.c.kind, numbers.c.subject_id).where(
        numbers.c.number == number
    )
    row = (await uow.execute(query)).first()
    return Numbered(*row) if row else None
