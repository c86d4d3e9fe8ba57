"""The numbers teachers have in their class, each given once and kept."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import insert, select

from storage.database import UnitOfWork
from storage.tables.training import seats


async def of_class(uow: UnitOfWork, *, class_id: str) -> dict[str, int]:
    """The numbers of a class, by person id."""
    query = select(seats.c.person_id, seats.c.number).where(
        seats.c.class_id == class_id
    )
    found = (await uow.execute(query)).all()
    return {row.person_id: row.number for row in found}


async def give(uow: UnitOfWork, *, class_id: str, numbers: Mapping[str, int]) -> None:
    """Write numbers down, by person id; the caller holds the class's lock."""
    if numbers:
        await uow.execute(
            insert(seats),
            [
                {"class_id": class_id, "person_id": person_id, "number": number}
                for person_id, number in numbers.items()
            ],
        )
