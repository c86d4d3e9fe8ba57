"""SQLite connections that do not change threads for every statement.

aiosqlite gives each call to a thread of the connection and waits for it, four
times a statement. A writing transaction holds the only write lock, its
statements find the pages in memory and wait for nobody: they are run where
they are asked for. What may wait keeps to the thread: taking the lock,
committing (which waits for the disk), and transactions that only read, which
may be long.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any, TypeVar, cast

import aiosqlite

_Result = TypeVar("_Result")

BEGIN_WRITING = "BEGIN IMMEDIATE"
BEGIN_READING = "BEGIN"


class DirectConnection(aiosqlite.Connection):
    """An aiosqlite connection whose writing transactions run on the loop's thread."""

    _writing = False

    async def _execute(
        self, fn: Callable[..., _Result], *args: Any, **kwargs: Any
    ) -> _Result:
        if self._writing and not self._may_wait(fn):
            return fn(*args, **kwargs)
        result: _Result = await super()._execute(  # type: ignore[no-untyped-call]  # aiosqlite's own
            fn, *args, **kwargs
        )
        if args and args[0] == BEGIN_WRITING:
            self._writing = True
        return result

    def _may_wait(self, fn: Callable[..., Any]) -> bool:
        return fn in (self._conn.commit, self._conn.rollback, self._conn.close)

    async def commit(self) -> None:
        """Commit, on the thread; after that the connection writes no more."""
        try:
            await super().commit()
        finally:
            self._writing = self._conn.in_transaction and self._writing

    async def rollback(self) -> None:
        """Roll back, on the thread."""
        try:
            await super().rollback()
        finally:
            self._writing = False


async def connect(path: str) -> DirectConnection:
    """Open a database file; the driver begins no transactions of its own."""

    def open_file() -> sqlite3.Connection:
        return sqlite3.connect(
            path, timeout=30, isolation_level=None, check_same_thread=False
        )

    connection = DirectConnection(open_file, iter_chunk_size=64)
    # A process that ends does not wait for its connections.
    connection._thread.daemon = True  # noqa: SLF001 -- as SQLAlchemy does to its own
    return cast("DirectConnection", await connection)
