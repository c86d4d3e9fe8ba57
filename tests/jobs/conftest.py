"""Fixtures of the relay's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from bot import faults
from bot.jobs.relay import Pace, Relay
from bot.ports import Channel
from storage import people
from storage.database import Database
from tests.jobs.post import NOW, Clock, KilledError, MakeRelay, Platform


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def platform() -> Platform:
    return Platform()


@pytest.fixture
async def reached(database: Database) -> Database:
    """A database with twenty persons who follow the account."""
    async with database.transaction() as uow:
        newcomers = [people.Newcomer(f"o{n}", f"p{n}", f"a{n}") for n in range(20)]
        await people.create(
            uow, channel="official_account", newcomers=newcomers, now=NOW
        )
        await people.touch_inbound(uow, address_ids=["a0", "a1"], now=NOW)
        await uow.commit()
    return database


@pytest.fixture
def make(reached: Database, platform: Platform, clock: Clock) -> MakeRelay:
    def make(
        owner: str = "w1",
        *,
        at_once: int = 8,
        more: Sequence[Channel] = (),
        **options: Any,
    ) -> Relay:
        return Relay(
            reached,
            [platform, *more],
            clock=clock,
            owner=owner,
            pace=Pace(at_once, at_once, jitter=lambda: 1.0),
            **options,
        )

    return make


@pytest.fixture
def relay(make: MakeRelay) -> Relay:
    return make()


@pytest.fixture
def kill() -> Iterator[Callable[[str], None]]:
    """Die, as a process does, the first time a point is passed."""

    def install(point: str) -> None:
        def hook(name: str) -> None:
            if name == point:
                faults.install(None)
                raise KilledError

        faults.install(hook)

    yield install
    faults.install(None)
