"""SQLite's writing transactions: on the loop's thread, waiting for locks beside it."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from storage.crypto import Vault
from storage.database import Database, UnitOfWork
from storage.sqlite import DirectConnection
from storage.tables.people import persons

NOW = datetime(2026, 3, 1, 1, tzinfo=UTC)


@pytest.fixture
async def house(tmp_path: Path, vault: Vault) -> AsyncIterator[Database]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/house.db", vault)
    async with database.engine.begin() as connection:
        await connection.run_sync(persons.metadata.create_all)
    yield database
    await database.close()


async def _add(database: Database, person_id: str) -> None:
    async with database.transaction() as uow:
        await uow.execute(insert(persons), {"id": person_id, "created_at": NOW})
        await uow.commit()


async def _ids(database: Database) -> list[str]:
    async with database.reading() as uow:
        found = await uow.execute(select(persons.c.id).order_by(persons.c.id))
        return list(found.scalars())


async def test_the_loop_goes_on_while_another_process_holds_the_lock(
    house: Database, tmp_path: Path
) -> None:
    other = sqlite3.connect(tmp_path / "house.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waiting = asyncio.create_task(_add(house, "p1"))
    turns = 0
    while turns < 50:
        await asyncio.sleep(0.001)
        turns += 1

    assert not waiting.done()
    other.execute("COMMIT")
    other.close()
    await waiting
    assert await _ids(house) == ["p1"]


async def test_a_failed_transaction_leaves_a_connection_that_works(
    house: Database,
) -> None:
    await _add(house, "p1")
    with pytest.raises(Exception, match="UNIQUE"):
        await _add(house, "p1")
    await _add(house, "p2")

    assert await _ids(house) == ["p1", "p2"]


async def test_a_reader_sees_one_state_while_a_writer_writes(house: Database) -> None:
    await _add(house, "p1")
    async with house.reading() as uow:
        before = (await uow.execute(select(persons.c.id))).scalars().all()
        await _add(house, "p2")
        after = (await uow.execute(select(persons.c.id))).scalars().all()

    assert [before, after] == [["p1"], ["p1"]]


async def test_writing_uses_the_callers_thread_and_reading_does_not(
    house: Database,
) -> None:
    seen: dict[str, int] = {}

    async def note(kind: str, opened: AbstractAsyncContextManager[UnitOfWork]) -> None:
        async with opened as uow:
            raw = await uow.connection.get_raw_connection()
            driver = raw.driver_connection
            assert isinstance(driver, DirectConnection)
            driver._conn.create_function(
                "here", 0, lambda: seen.__setitem__(kind, threading.get_ident())
            )
            await uow.connection.exec_driver_sql("SELECT here()")

    await note("writing", house.transaction())
    await note("reading", house.reading())

    assert seen["writing"] == threading.get_ident() != seen["reading"]
