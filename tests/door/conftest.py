"""A class to apply to, and doors into its database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, MutableMapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.actions.context import House
from bot.clock import SystemClock, civil
from storage.crypto import Vault
from storage.database import Database
from tests.commands.world import World, make_world
from tests.door.post import Post

OpenPost = Callable[..., Post]


@pytest.fixture(autouse=True)
def said() -> Iterator[list[MutableMapping[str, Any]]]:
    """What is logged; a traceback drawn for each fault would take seconds."""
    with capture_logs() as lines:
        yield lines


@pytest.fixture
async def world(database: Database) -> World:
    world = await make_world(database)
    world.now = SystemClock().now()
    return world


@pytest.fixture
def house(world: World) -> House:
    return world.house


@pytest.fixture
async def class_code(world: World) -> str:
    opens_on = civil(world.now) + timedelta(days=90)
    return (await world.new_class(opens_on=opens_on)).code


@pytest.fixture
def post(database: Database, house: House, tmp_path: Path) -> Post:
    return Post(database, house, tmp_path / "spool")


@pytest.fixture
async def open_post(
    house: House, database_url: str, vault: Vault, tmp_path: Path
) -> AsyncIterator[OpenPost]:
    """More processes on the same data: each with connections of its own."""
    opened: list[Database] = []

    def open_one(*, url: str = database_url, patience: float = 60) -> Post:
        opened.append(Database(url, vault))
        folder = tmp_path / f"spool{len(opened)}"
        return Post(opened[-1], house, folder, patience)

    yield open_one
    for database in opened:
        await database.close()
