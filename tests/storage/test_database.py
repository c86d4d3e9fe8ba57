"""Transactions: rolled back unless committed, and no update is ever lost."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from sqlalchemy import insert, select, update

from storage.database import Database
from storage.tables.people import persons, throttles

NOW = datetime(2026, 3, 1, 1, tzinfo=UTC)


async def test_what_is_not_committed_is_rolled_back(database: Database) -> None:
    async with database.transaction() as uow:
        await uow.execute(insert(persons), {"id": "p1", "created_at": NOW})
    async with database.reading() as uow:
        kept = (await uow.execute(select(persons.c.id))).all()

    assert kept == []


async def test_instants_come_back_as_they_went_in(database: Database) -> None:
    async with database.transaction() as uow:
        await uow.execute(insert(persons), {"id": "p1", "created_at": NOW})
        await uow.commit()
    async with database.reading() as uow:
        kept = (await uow.execute(select(persons.c.id, persons.c.created_at))).all()

    assert [tuple(row) for row in kept] == [("p1", NOW)]


async def test_read_modify_write_loses_nothing(database: Database) -> None:
    async with database.transaction() as uow:
        await uow.execute(
            insert(throttles), {"subject": "s", "window_start": NOW, "count": 0}
        )
        await uow.commit()

    async def add_one() -> None:
        async with database.transaction() as uow:
            query = select(throttles.c.count).with_for_update()
            seen = (await uow.execute(query)).scalar_one()
            await asyncio.sleep(0)
            await uow.execute(update(throttles).values(count=seen + 1))
            await uow.commit()

    await asyncio.gather(*(add_one() for _ in range(40)))
    async with database.reading() as uow:
        total = (await uow.execute(select(throttles.c.count))).scalar_one()

    assert total == 40
