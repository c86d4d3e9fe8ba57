"""A country in an empty database, and what is needed to run the service on it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from bot.core import Core, make_core
from bot.settings import Settings
from tests.chaos.world import SECRET, Country, build, environment
from tests.door.conftest import class_code, house, open_post, post, world
from tests.faults.callback import Platform

__all__ = ["class_code", "house", "open_post", "post", "stage", "world"]


@dataclass(frozen=True)
class Stage:
    """A migrated database with a class to apply to, and a platform."""

    database_url: str
    folder: Path
    country: Country
    core: Core
    platform: Platform

    def settings(self, database_url: str = "") -> dict[str, str]:
        """The environment of a process of the service."""
        return environment(
            database_url or self.database_url,
            api_url="http://127.0.0.1:9/",
            port=0,
            folder=self.folder,
        )

    @property
    def spooled(self) -> list[Path]:
        """The messages on disk."""
        # Folders go while they are looked through: each is a process's own.
        return [
            Path(folder) / name
            for folder, _, names in os.walk(self.folder / "spool")
            for name in names
            if name.endswith(".msg")
        ]


@pytest.fixture
async def stage(empty_database_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(empty_database_url, tmp_path) as made:
        yield made


@asynccontextmanager
async def staged(database_url: str, folder: Path) -> AsyncIterator[Stage]:
    """A stage on an empty database."""
    country = await build(database_url, followers=0)
    core = make_core(Settings(database_url=database_url, secret_keys=(SECRET,)))
    connector = aiohttp.TCPConnector(limit=0, force_close=True)
    async with aiohttp.ClientSession(connector=connector) as session:
        yield Stage(database_url, folder, country, core, Platform("", session))
    await core.database.close()
