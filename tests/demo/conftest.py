"""A database of each kind, filled once with the sample data, to be looked at."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.core import Core, make_core
from bot.demo_data import Filled, fill
from bot.settings import Settings
from tests.conftest import SECRET

NOW = datetime(2026, 3, 18, 2, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Demo:
    """A filled database, and what filling it gave back."""

    url: str
    filled: Filled


def settings(url: str) -> Settings:
    return Settings(database_url=url, secret_keys=(SECRET,))


async def fill_at(url: str, now: datetime) -> Filled:
    core = make_core(settings(url), SystemClock())
    try:
        return await fill(core, now)
    finally:
        await core.database.close()


@pytest.fixture(
    scope="module",
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)],
)
def demo(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Demo]:
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("demo") / "demo.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        url = f"sqlite+aiosqlite:///{path}"
        yield Demo(url, asyncio.run(fill_at(url, NOW)))
        return
    server = request.getfixturevalue("postgres")
    server.execute("CREATE DATABASE demo_filled TEMPLATE template_xuntong")
    url = server.url("demo_filled")
    yield Demo(url, asyncio.run(fill_at(url, NOW)))
    server.execute("DROP DATABASE demo_filled WITH (FORCE)")


@pytest.fixture
async def core(demo: Demo) -> AsyncIterator[Core]:
    core = make_core(settings(demo.url))
    yield core
    await core.database.close()


@pytest.fixture
def copy_of_template(sqlite_template: Path, tmp_path: Path) -> str:
    shutil.copy(sqlite_template, tmp_path / "fresh.db")
    return f"sqlite+aiosqlite:///{tmp_path}/fresh.db"
