"""A small country for the actions that people take by command."""

from __future__ import annotations

import pytest

from storage.database import Database
from tests.commands.world import World, make_world


@pytest.fixture
async def world(database: Database) -> World:
    return await make_world(database)
