"""The schema's history leads to the tables, and back, on both databases."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from storage import migrate
from storage.crypto import Vault
from storage.database import Database
from storage.errors import SchemaMismatchError
from storage.tables import metadata

ROOT = Path(__file__).parents[2]


@pytest.fixture
async def empty(empty_database_url: str, vault: Vault) -> AsyncIterator[Database]:
    database = Database(empty_database_url, vault)
    yield database
    await database.close()


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, metadata))


def _tables(connection: Connection) -> list[str]:
    return sorted({*inspect(connection).get_table_names()} - {"alembic_version"})


async def test_migrated_schema_is_the_tables(empty: Database) -> None:
    await migrate.upgrade(empty)
    async with empty.engine.connect() as connection:
        differences = await connection.run_sync(_differences)

    assert differences == []


async def test_up_down_up(empty: Database) -> None:
    await migrate.upgrade(empty)
    async with empty.engine.connect() as connection:
        first = await connection.run_sync(_tables)
    await migrate.downgrade(empty)
    async with empty.engine.connect() as connection:
        between = await connection.run_sync(_tables)
    await migrate.upgrade(empty)
    async with empty.engine.connect() as connection:
        second = await connection.run_sync(_tables)

    assert between == []
    assert second == first == sorted(metadata.tables)


async def test_an_old_database_is_refused_until_migrated(empty: Database) -> None:
    with pytest.raises(SchemaMismatchError) as refused:
        await migrate.require_current(empty)
    await migrate.upgrade(empty)
    await migrate.require_current(empty)

    assert (refused.value.found, refused.value.newest) == (None, migrate.newest())
    assert await migrate.current(empty) == migrate.newest()


MIGRATE = """
import asyncio, sys
from storage import migrate
from storage.crypto import Vault
from storage.database import Database

async def main():
    database = Database(sys.argv[1], Vault(["any"]))
    await migrate.upgrade(database)
    await database.close()

asyncio.run(main())
"""


async def test_of_two_processes_that_migrate_at_once_the_second_finds_it_done(
    empty: Database, empty_database_url: str
) -> None:
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", MIGRATE, empty_database_url, cwd=ROOT
        )
        for _ in range(2)
    ]
    ended = await asyncio.gather(*(process.wait() for process in processes))

    assert ended == [0, 0]
    assert await migrate.current(empty) == migrate.newest()


async def test_references_are_held_after_migrating(empty: Database) -> None:
    await migrate.upgrade(empty)
    async with empty.engine.connect() as connection:
        if empty.dialect == "sqlite":
            held = (await connection.execute(text("PRAGMA foreign_keys"))).scalar()
            assert held == 1


_DEFINITIONS = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE '%alembic%'",
    "postgresql": "SELECT indexname, indexdef FROM pg_indexes "
    "WHERE schemaname = 'public' AND tablename <> 'alembic_version' "
    "UNION SELECT relname, array_to_string(reloptions, ',') FROM pg_class "
    "WHERE relkind = 'r' AND reloptions IS NOT NULL",
}


async def _definitions(database: Database) -> dict[str, list[str]]:
    """What the database itself says of its tables and indexes, in any order."""
    async with database.engine.connect() as connection:
        found = await connection.execute(text(_DEFINITIONS[database.dialect]))
        return {
            name: sorted((said or "").replace(",", " ").split()) for name, said in found
        }


async def test_conditions_and_options_are_migrated_too(
    empty: Database, database: Database
) -> None:
    await migrate.upgrade(empty)

    assert await _definitions(empty) == await _definitions(database)
