"""SQLite connections that do not change threads for every statement.

aiosqlite gives each call to a thread of the connection and waits for it, four
times a statement. A writing transaction holds the only write lock, finds its
pages in memory and waits for nobody but the disk, a fraction of a millisecond
for many messages at once: it is run where it is asked for. What may be long
keeps to the thread: waiting for another process to give the lock away, and
transactions that only read.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any, TypeVar, cast

import aiosqlite

_Result = TypeVar("_Result")

BEGIN_WRITING = "BEGIN IMMEDIATE"
BEGIN_READING = "BEGIN"
_BUSY_MILLISECONDS = 30_000


class DirectConnection(aiosqlite.Connection):
    """An aiosqlite connection whose writing transactions run on the loop's thread.

    ``busy_milliseconds`` is how long another's lock is waited for.
    """

    busy_milliseconds = _BUSY_MILLISECONDS
    _writing = False

    async def _execute(
        self, fn: Callable[..., _Result], *args: Any, **kwargs: Any
    ) -> _Result:
        if args and args[0] == BEGIN_WRITING:
            return await self._begin_writing(fn, *args)
        if self._writing:
            try:
                return fn(*args, **kwargs)
            finally:
                self._writing = self._conn.in_transaction
                if not self._writing:
                    self._wait_for_locks(self.busy_milliseconds)
        return await self._on_thread(fn, *args, **kwargs)

    async def _begin_writing(
        self, begin: Callable[..., _Result], *args: Any
    ) -> _Result:
        """Take the write lock: at once, or by waiting for it on the thread."""
        self._wait_for_locks(0)
        try:
            result = begin(*args)
        except sqlite3.OperationalError:
            self._wait_for_locks(self.busy_milliseconds)
            result = await self._on_thread(begin, *args)
        self._writing = True
        return result

    def _wait_for_locks(self, milliseconds: int) -> None:
        self._conn.execute(f"PRAGMA busy_timeout={milliseconds}")

    async def _on_thread(
        self, fn: Callable[..., _Result], *args: Any, **kwargs: Any
    ) -> _Result:
        result: _Result = await super()._execute(  # type: ignore[no-untyped-call]  # aiosqlite's own
            fn, *args, **kwargs
        )
        return result


async def connect(path: str) -> DirectConnection:
    """Open a database file; the driver begins no transactions of its own."""

    def open_file() -> sqlite3.Connection:
        return sqlite3.connect(
            path,
            timeout=_BUSY_MILLISECONDS / 1000,
            isolation_level=None,
            check_same_thread=False,
        )

    connection = DirectConnection(open_file, iter_chunk_size=64)
    # A process that ends does not wait for its connections.
    connection._thread.daemon = True  # noqa: SLF001 -- as SQLAlchemy does to its own
    return cast("DirectConnection", await connection)
