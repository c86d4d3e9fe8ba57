"""One PostgreSQL database for many tests, emptied between them."""

from __future__ import annotations

import asyncio
import threading
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import asyncpg

from tests.postgres import PostgresServer

# Empties every table, and says what the schema and the database's settings are.
_RESET = """
CREATE FUNCTION pg_temp.reset() RETURNS text LANGUAGE plpgsql AS $$
DECLARE one record;
BEGIN
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid();
    SET LOCAL session_replication_role = replica;
    FOR one IN SELECT quote_ident(tablename) AS name FROM pg_tables
        WHERE schemaname = 'public' LOOP
        EXECUTE 'DELETE FROM ' || one.name;
    END LOOP;
    PERFORM setval(oid, 1, false) FROM pg_class WHERE relkind = 'S';
    RETURN md5(concat(
        (SELECT string_agg(concat(attrelid::regclass, attname, atttypid, attnotnull), ','
            ORDER BY attrelid::regclass::text, attname) FROM pg_attribute
            WHERE attrelid IN (SELECT oid FROM pg_class
                WHERE relnamespace = 'public'::regnamespace) AND attnum > 0),
        (SELECT string_agg(tgname, ',' ORDER BY tgname) FROM pg_trigger
            WHERE NOT tgisinternal),
        (SELECT string_agg(proname, ',' ORDER BY proname) FROM pg_proc
            WHERE pronamespace = 'public'::regnamespace),
        (SELECT string_agg(setconfig::text, ',') FROM pg_db_role_setting
            WHERE setdatabase = (SELECT oid FROM pg_database
                WHERE datname = current_database()))));
END $$;
"""


class EmptiedDatabase:
    """One database of a server for one test after the other, emptied between them.

    Copying a template costs a hundred times as much. A test that changes the
    schema, or what the database is set to, leaves it behind, and gets the next a new one.
    """

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self._name = ""
        self._as_made = ""
        self._connection: Any = None
        # A loop of its own: that of a test ends with the test.
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._run(self._disconnect())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def url(self) -> str:
        """The address of the database, empty."""
        if not self._name or self._run(self._reset()) != self._as_made:
            self._make()
        return self._server.url(self._name)

    def _run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _reset(self) -> str:
        try:
            if self._connection is None:
                await self._connect()
            return str(await self._connection.fetchval("SELECT pg_temp.reset()"))
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            return "it cannot be emptied"

    async def _connect(self) -> None:
        address = self._server.url(self._name).replace("+asyncpg", "")
        self._connection = await asyncpg.connect(address)
        await self._connection.execute(_RESET)

    async def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    def _make(self) -> None:
        self._run(self._disconnect())
        if self._name:
            self._server.execute(f"DROP DATABASE {self._name} WITH (FORCE)")
        self._name = f"t_{uuid4().hex}"
        self._server.execute(f"CREATE DATABASE {self._name} TEMPLATE template_xuntong")
        self._as_made = self._run(self._reset())
