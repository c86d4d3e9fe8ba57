"""Fixtures that every folder of tests may use."""

from __future__ import annotations

import io
import logging
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import structlog
from sqlalchemy import create_mock_engine

from bot import log
from storage.crypto import Vault
from storage.database import Database
from storage.tables import metadata
from tests.emptied import EmptiedDatabase
from tests.postgres import PostgresServer

SECRET = "a secret for tests only"


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--update-goldens`` writes down what the dialogue says today.

    ``--update-screenshots`` does so with how the web chat looks, for the documentation.
    """
    parser.addoption("--update-goldens", action="store_true")
    parser.addoption("--update-screenshots", action="store_true")


def schema_script(dialect: str) -> str:
    """All tables as one SQL script, for a template that every test copies."""
    statements: list[str] = []

    def note(statement: Any, *_args: object, **_kwargs: object) -> None:
        statements.append(f"{statement.compile(dialect=engine.dialect)};")

    engine = create_mock_engine(f"{dialect}://", note)
    metadata.create_all(engine, checkfirst=False)
    return "\n".join(statements)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One PostgreSQL server for the session, with a schema to copy from."""
    with PostgresServer() as server:
        server.execute("CREATE DATABASE template_xuntong")
        server.execute(schema_script("postgresql"), "template_xuntong")
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with all tables to copy from."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    connection = sqlite3.connect(path)
    # As `migrate` leaves it. Two that open a database not yet in WAL at once
    # both want to change it, and SQLite lets one fail without waiting.
    connection.execute("PRAGMA journal_mode=WAL")
    connection.executescript(schema_script("sqlite"))
    connection.close()
    return path


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """What the service writes to its log, as an operator has it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    log.configure(stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def vault() -> Vault:
    return Vault([SECRET])


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
)
def kind(request: pytest.FixtureRequest) -> str:
    """Which database: a test that asks for one runs on each."""
    return str(request.param)


@pytest.fixture
def empty_database_url(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[str]:
    """An address of a database of each kind without any table."""
    if kind == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path}/empty.db"
        return
    yield from _postgres_copy(request.getfixturevalue("postgres"), "template0")


@pytest.fixture
def database_url(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[str]:
    """An address of a database of each kind with all tables, empty."""
    if kind == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "test.db")
        yield f"sqlite+aiosqlite:///{tmp_path}/test.db"
        return
    emptied: EmptiedDatabase = request.getfixturevalue("emptied")
    yield emptied.url()


@pytest.fixture(scope="session")
def emptied(postgres: PostgresServer) -> Iterator[EmptiedDatabase]:
    """The database that tests of this process take in turn."""
    with EmptiedDatabase(postgres) as database:
        yield database


def _postgres_copy(server: PostgresServer, template: str) -> Iterator[str]:
    name = f"t_{uuid4().hex}"
    server.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield server.url(name)
    server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def database(database_url: str, vault: Vault) -> AsyncIterator[Database]:
    """A database of each kind with all tables, empty."""
    database = Database(database_url, vault)
    yield database
    await database.close()
