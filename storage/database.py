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

import msgspec
from sqlalchemy import Connection, CursorResult, Engine, Executable, event
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from storage import sqlite
from storage.crypto import Vault
from storage.errors import SlowError, StuckError, cannot_write

Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None

_RESTED = 5.0
"""Seconds after which an idle connection is asked whether it still lives."""

_READING = "xuntong_reading"

# A server that has gone without a word is noticed within 25 seconds, and drops
# the locks of one of us that has.
_SERVER_SETTINGS = {
    "jit": "off",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "idle_in_transaction_session_timeout": "60s",
}
_STATEMENT_SECONDS = 120.0
"""No statement takes longer, except a migration's; and no answer is waited for."""


class Patience(msgspec.Struct, frozen=True):
    """How many seconds a transaction waits: for an answer of the database, for itself.

    ``work`` is what may pass between two questions to the database: a
    transaction that neither asks nor ends for so long stands still.
    """

    database: float
    work: float


class _Watch:
    """Ends a transaction that stands still, or whose database does.

    Looks a few times within what it may take, so that a statement costs no timer.
    """

    def __init__(self, patience: Patience, deadline: asyncio.Timeout) -> None:
        self._patience = patience
        self._deadline = deadline
        self._loop = asyncio.get_running_loop()
        self._every = min(patience.database, patience.work) / 4
        self.ended = False
        self.asking = True
        self._until = self._loop.time() + patience.database
        self._timer = self._loop.call_later(self._every, self._look)

    def asked(self) -> None:
        """The database was asked something."""
        self._until = self._loop.time() + self._patience.database
        self.asking = self.asking or not self.ended

    def answered(self) -> None:
        """It answered, or broke off."""
        self._until = self._loop.time() + self._patience.work
        self.asking = self.ended and self.asking

    def close(self) -> None:
        """Look no more."""
        self._timer.cancel()

    def _look(self) -> None:
        now = self._loop.time()
        if now < self._until:
            self._timer = self._loop.call_later(self._every, self._look)
        else:
            self.ended = True
            self._deadline.reschedule(now)


class UnitOfWork:
    """One transaction on one connection. What is not committed is rolled back."""

    def __init__(
        self, connection: AsyncConnection, vault: Vault, watch: _Watch | None = None
    ) -> None:
        self.connection = connection
        self.vault = vault
        self.dialect = connection.dialect.name
        self._watch = watch

    async def execute(
        self, statement: Executable, parameters: Parameters = None
    ) -> CursorResult[*tuple[Any, ...]]:
        """Run one statement; with a list of parameters, once for each of them."""
        if self._watch is None:
            return await self.connection.execute(statement, parameters)
        self._watch.asked()
        try:
            return await self.connection.execute(statement, parameters)
        finally:
            self._watch.answered()

    async def commit(self) -> None:
        """Make everything done so far last."""
        if self._watch is not None:
            self._watch.asked()
        await self.connection.commit()


class Database:
    """The engine with its keys; opens transactions.

    ``statement_seconds`` is how long one statement may take; None for as long
    as it needs.
    """

    def __init__(
        self,
        url: str,
        vault: Vault,
        *,
        pool_size: int = 10,
        statement_seconds: float | None = _STATEMENT_SECONDS,
    ) -> None:
        self.vault = vault
        self.engine = _create_engine(url, pool_size, statement_seconds)
        self.dialect = self.engine.dialect.name
        path = self.engine.url.database if self.dialect == "sqlite" else None
        self.folder = None if path in (None, ":memory:") else Path(str(path)).parent
        """Where SQLite writes; None where that is another machine's affair."""
        # SQLite has one writer: queueing here is fairer than its busy handler.
        self._writer = asyncio.Lock() if self.dialect == "sqlite" else None

    @asynccontextmanager
    async def transaction(
        self, patience: Patience | None = None
    ) -> AsyncIterator[UnitOfWork]:
        """Open a writing transaction; it is rolled back unless ``commit`` is called.

        Raises:
            SlowError: the database did not answer within ``patience``.
            StuckError: what was done in the transaction stood still for so long.
        """
        async with AsyncExitStack() as stack:
            if self._writer is not None:
                await stack.enter_async_context(self._writer)
            watch = None
            if patience is not None:
                watch = await stack.enter_async_context(_watched(patience))
            connection = await stack.enter_async_context(self.engine.connect())
            if watch is not None:
                watch.answered()
            yield UnitOfWork(connection, self.vault, watch)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[UnitOfWork]:
        """Open a transaction that only reads; on SQLite it waits for no writer."""
        async with self.engine.connect() as connection:
            reader = await connection.execution_options(**{_READING: True})
            yield UnitOfWork(reader, self.vault)

    @asynccontextmanager
    async def glancing(self) -> AsyncIterator[UnitOfWork]:
        """Read without a transaction, for one quick question in one round trip."""
        if self.dialect == "sqlite":
            async with self.reading() as uow:
                yield uow
            return
        async with self.engine.connect() as connection:
            free = await connection.execution_options(isolation_level="AUTOCOMMIT")
            yield UnitOfWork(free, self.vault)

    async def close(self) -> None:
        """Give all connections back."""
        await self.engine.dispose()


@asynccontextmanager
async def _watched(patience: Patience) -> AsyncIterator[_Watch]:
    """Let what is done within end when it, or the database, stands still."""
    deadline = asyncio.timeout(None)
    watch = _Watch(patience, deadline)
    try:
        async with deadline:
            yield watch
    except TimeoutError as error:
        if not watch.ended:
            raise
        kind = SlowError if watch.asking else StuckError
        raise kind("a transaction stood still") from error
    finally:
        watch.close()


def _create_engine(
    url: str, pool_size: int, statement_seconds: float | None
) -> AsyncEngine:
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
        pool_timeout=2,
        connect_args={
            "timeout": 3,
            "command_timeout": statement_seconds,
            "server_settings": _SERVER_SETTINGS,
        },
        **shared,
    )
    _ping_after_rest(engine.sync_engine)
    event.listen(engine.sync_engine, "handle_error", _leave_a_standby)
    return engine


def _leave_a_standby(context: ExceptionContext) -> None:
    """Connect anew after a server would not write: another may be in its place."""
    error = context.sqlalchemy_exception
    if error is not None and cannot_write(error) == "read_only":
        context.is_disconnect = True


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
