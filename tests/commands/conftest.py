"""A world for every test of commands."""

from __future__ import annotations

import pytest

from storage.database import Database
from tests.commands.country import Country, found
from tests.commands.world import World, make_world


@pytest.fixture
async def world(database: Database) -> World:
    return await make_world(database)


@pytest.fixture
async def country(world: World) -> Country:
    return await found(world)
