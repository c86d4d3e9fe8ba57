"""Which errors say nothing about the work that met them."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from storage.crypto import Vault
from storage.database import Database
from storage.errors import ConflictError, StorageError, is_transient
from storage.sqlite import DirectConnection
from storage.tables.people import throttles
from tests.postgres import PostgresServer
from tests.storage.samples import NOW


@pytest.mark.postgresql
@pytest.mark.parametrize(
    "state", ["08006", "40001", "40P01", "55P03", "57P01", "53300"]
)
async def test_postgresql_says_that_doing_it_again_may_help(
    postgres: PostgresServer, vault: Vault, state: str
) -> None:
    database = Database(postgres.url("template_xuntong"), vault)
    raising = f"DO $$ BEGIN RAISE SQLSTATE '{state}'; END $$"
    with pytest.raises(DBAPIError) as met:
        async with database.transaction() as uow:
            await uow.execute(text(raising))
    await database.close()

    assert is_transient(met.value) is True


async def test_an_error_of_the_work_itself_is_not_transient(
    database: Database,
) -> None:
    row = {"subject": "s", "window_start": NOW, "count": 0}
    with pytest.raises(IntegrityError) as twice:
        async with database.transaction() as uow:
            await uow.execute(insert(throttles), [row, row])
    with pytest.raises(DBAPIError) as wrong:
        async with database.transaction() as uow:
            await uow.execute(text("SELECT nothing FROM nowhere"))

    assert is_transient(twice.value) is False
    assert is_transient(wrong.value) is False


@pytest.mark.parametrize("kind", ["postgresql"])
async def test_a_lost_connection_is_transient(
    database: Database, postgres: PostgresServer
) -> None:
    async with database.transaction() as uow:
        me = (await uow.execute(text("SELECT pg_backend_pid()"))).scalar_one()
        postgres.execute(f"SELECT pg_terminate_backend({me})")
        with pytest.raises(DBAPIError) as lost:
            await uow.execute(text("SELECT 1"))
    async with database.transaction() as uow:
        again = (await uow.execute(text("SELECT 1"))).scalar_one()

    assert is_transient(lost.value) is True
    assert again == 1


async def test_a_locked_sqlite_is_transient(tmp_path: Path, vault: Vault) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/busy.db"
    one, two = Database(url, vault), Database(url, vault)
    async with one.transaction() as uow:
        await uow.execute(text("SELECT 1"))
        async with two.engine.connect() as connection:
            raw = await connection.get_raw_connection()
            driver = raw.driver_connection
            assert isinstance(driver, DirectConnection)
            driver.busy_milliseconds = 0
            with pytest.raises(DBAPIError) as locked:
                await connection.execute(text("SELECT 1"))
    await one.close()
    await two.close()

    assert is_transient(locked.value) is True


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ConflictError("first"), True),
        (ConnectionRefusedError(), True),
        (TimeoutError(), True),
        (StorageError("other"), False),
        (ValueError("the work's own"), False),
    ],
)
def test_other_errors(error: Exception, expected: bool) -> None:
    assert is_transient(error) is expected
