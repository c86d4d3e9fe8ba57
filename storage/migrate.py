"""Brings a database to a schema, and writes the file of a new schema change.

``python -m storage.migrate "what changes"`` compares the tables with the newest
schema and writes a file under ``storage/migrations/versions``.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.crypto import Vault
from storage.database import Database
from storage.errors import SchemaMismatchError

_MIGRATIONS = Path(__file__).parent / "migrations"
# Any number: two processes that migrate at once wait for each other on it.
_LOCK = 7_301_946


def _config(connection: Connection | None = None) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    return config


def newest() -> str:
    """The schema this program needs."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise RuntimeError("no migration is packaged")
    return head


async def current(database: Database) -> str | None:
    """The schema the database is at; None when it has none."""
    async with database.engine.connect() as connection:
        return await connection.run_sync(_revision)


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


async def require_current(database: Database) -> None:
    """Make sure the database is at the newest schema.

    Raises:
        SchemaMismatchError: it is not.
    """
    found, needed = await current(database), newest()
    if found != needed:
        raise SchemaMismatchError(found, needed)


async def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the database up to a schema, in one transaction.

    Any number of processes may do so at once; within a process, one at a time,
    because Alembic keeps its context in a module.
    """
    await _run(database, command.upgrade, revision)


async def downgrade(database: Database, revision: str = "base") -> None:
    """Take the database back to a schema, in one transaction."""
    await _run(database, command.downgrade, revision)


async def _run(
    database: Database, change: Callable[[Config, str], Any], revision: str
) -> None:
    def work(connection: Connection) -> None:
        change(_config(connection), revision)

    async with (
        _unhurried(database) as connection,
        _without_foreign_keys(connection),
    ):
        # The transaction begins here, and on SQLite takes the write lock: Alembic
        # keeps to a transaction that it finds, and would commit each step of its own.
        lock = f"SELECT pg_advisory_xact_lock({_LOCK})"
        one_at_a_time = lock if database.dialect == "postgresql" else "SELECT 1"
        await connection.execute(text(one_at_a_time))
        await connection.run_sync(work)
        await connection.commit()


@asynccontextmanager
async def _unhurried(database: Database) -> AsyncIterator[AsyncConnection]:
    """A connection on which a statement may take as long as it needs."""
    if database.dialect == "sqlite":
        async with database.engine.connect() as connection:
            yield connection
        return
    patient = Database(
        database.engine.url.render_as_string(hide_password=False),
        database.vault,
        pool_size=1,
        statement_seconds=None,
    )
    try:
        async with patient.engine.connect() as connection:
            yield connection
    finally:
        await patient.close()


@asynccontextmanager
async def _without_foreign_keys(connection: AsyncConnection) -> AsyncIterator[None]:
    """On SQLite, where a table is changed by copying it, let references dangle."""
    if connection.dialect.name != "sqlite":
        yield
        return
    raw = await connection.get_raw_connection()
    driver: Any = raw.driver_connection
    await driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        await driver.rollback()
        await driver.execute("PRAGMA foreign_keys=ON")


async def _write(message: str) -> str:
    """Write the change from the newest schema to the tables; the file's path."""

    def work(connection: Connection) -> str:
        config = _config(connection)
        count = len(list(ScriptDirectory.from_config(config).walk_revisions()))
        config.attributes["as_batch"] = count > 0
        script = command.revision(
            config, message, autogenerate=True, rev_id=f"{count + 1:04d}"
        )
        if script is None or isinstance(script, list):
            raise RuntimeError("expected one new revision")
        return script.path

    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite+aiosqlite:///{folder}/new.db", Vault(["none"]))
        if list(ScriptDirectory.from_config(_config()).walk_revisions()):
            await upgrade(database)
        async with database.engine.connect() as connection:
            path = await connection.run_sync(work)
        await database.close()
    return path


def main() -> None:
    """Write the file of a schema change named on the command line."""
    if len(sys.argv) != 2:
        sys.exit('usage: python -m storage.migrate "what changes"')
    sys.stdout.write(asyncio.run(_write(sys.argv[1])) + "\n")


if __name__ == "__main__":
    main()
