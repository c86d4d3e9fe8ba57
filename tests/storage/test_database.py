"""Transactions: rolled back unless committed, and no update is ever lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError

from storage.crypto import Vault
from storage.database import Database
from storage.errors import is_transient
from storage.tables.people import persons, throttles
from tests.postgres import PostgresServer

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


@pytest.fixture
async def server_of(
    postgres: PostgresServer, vault: Vault
) -> AsyncIterator[tuple[Database, Callable[[], Awaitable[int]]]]:
    """A database, and which server process its connection has."""
    database = Database(postgres.url(), vault)

    async def backend() -> int:
        async with database.reading() as uow:
            row = await uow.execute(text("SELECT pg_backend_pid()"))
            return int(row.scalar_one())

    yield database, backend
    await database.close()


@pytest.mark.postgresql
async def test_a_connection_that_died_at_rest_is_replaced_unseen(
    postgres: PostgresServer,
    server_of: tuple[Database, Callable[[], Awaitable[int]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("storage.database._RESTED", 0.0)
    _, backend = server_of
    died = await backend()
    postgres.execute(f"SELECT pg_terminate_backend({died}, 5000)")

    assert await backend() != died


@pytest.mark.postgresql
async def test_a_connection_that_died_in_use_fails_once_as_an_outage_does(
    postgres: PostgresServer,
    server_of: tuple[Database, Callable[[], Awaitable[int]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("storage.database._RESTED", 1000.0)
    _, backend = server_of
    died = await backend()
    postgres.execute(f"SELECT pg_terminate_backend({died}, 5000)")
    with pytest.raises(DBAPIError) as met:
        await backend()

    assert is_transient(met.value)
    assert await backend() != died
