"""One door to SQLite and to PostgreSQL.

SQLite: WAL, synchronous=FULL, and every writing transaction begins IMMEDIATE:
with SQLAlchemy's default two processes lose each other's updates silently.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, CursorResult, Engine, Executable, event
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from storage import sqlite
from storage.crypto import Vault

Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None

_RESTED = 5.0
"""Seconds after which an idle connection is asked whether it still lives."""

_READING = "xuntong_reading"


class UnitOfWork:
    """One transaction on one connection. What is not committed is rolled back."""

    def __init__(self, connection: AsyncConnection, vault: Vault) -> None:
        self.connection = connection
        self.vault = vault
        self.dialect = connection.dialect.name

    async def execute(
        self, statement: Executable, parameters: Parameters = None
    ) -> CursorResult[*tuple[Any, ...]]:
        """Run one statement; with a list of parameters, once for each of them."""
        return await self.connection.execute(statement, parameters)

    async def commit(self) -> None:
        """Make everything done so far last."""
        await self.connection.commit()


class Database:
    """The engine with its keys; opens transactions."""

    def __init__(self, url: str, vault: Vault, *, pool_size: int = 10) -> None:
        self.vault = vault
        self.engine = _create_engine(url, pool_size)
        self.dialect = self.engine.dialect.name
        # SQLite has one writer: queueing here is fairer than its busy handler.
        self._writer = asyncio.Lock() if self.dialect == "sqlite" else None

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[UnitOfWork]:
        """Open a writing transaction; it is rolled back unless ``commit`` is called."""
        async with AsyncExitStack() as stack:
            if self._writer is not None:
                await stack.enter_async_context(self._writer)
            connection = await stack.enter_async_context(self.engine.connect())
            yield UnitOfWork(connection, self.vault)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[UnitOfWork]:
        """Open a transaction that only reads; on SQLite it waits for no writer."""
        async with self.engine.connect() as connection:
            reader = await connection.execution_options(**{_READING: True})
            yield UnitOfWork(reader, self.vault)

    async def close(self) -> None:
        """Give all connections back."""
        await self.engine.dispose()


def _create_engine(url: str, pool_size: int) -> AsyncEngine:
    parsed = make_url(url)
    shared: dict[str, Any] = {
        "hide_parameters": True,
        "json_serializer": _to_json,
        "pool_size": pool_size,
        "max_overflow": 0,
    }
    if parsed.get_backend_name() == "sqlite":
        if parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        path = parsed.database or ":memory:"
        engine = create_async_engine(
            parsed,
            pool_timeout=30,
            async_creator=partial(sqlite.connect, path),
            **shared,
        )
        event.listen(engine.sync_engine, "connect", _set_up_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
        return engine
    engine = create_async_engine(
        parsed,
        pool_timeout=5,
        connect_args={"timeout": 5, "server_settings": {"jit": "off"}},
        **shared,
    )
    _ping_after_rest(engine.sync_engine)
    return engine


def _ping_after_rest(engine: Engine) -> None:
    """Ask a connection whether it lives before it is used, unless it just was.

    A ping before every use is one more round trip for every batch; a server
    that went away a moment ago is met by whoever tries again.
    """

    @event.listens_for(engine, "checkin")
    def note(_connection: object, record: ConnectionPoolEntry) -> None:
        record.info["rested_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def ask(
        connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: object
    ) -> None:
        rested = time.monotonic() - record.info.get("rested_since", 0.0)
        if rested > _RESTED and not _lives(engine, connection):
            raise DisconnectionError


def _lives(engine: Engine, connection: DBAPIConnection) -> bool:
    try:
        return engine.dialect.do_ping(connection)
    except engine.dialect.loaded_dbapi.Error:
        return False


def _to_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _set_up_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        # Deleted personal data are overwritten, not left in free pages.
        "secure_delete=ON",
        "temp_store=MEMORY",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    reading = connection.get_execution_options().get(_READING, False)
    connection.exec_driver_sql(
        sqlite.BEGIN_READING if reading else sqlite.BEGIN_WRITING
    )
