"""The bot's connection against a platform on this machine."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import aiohttp
import pytest

from bot.channels.wecom_bot.connection import Connection, Pulse
from bot.channels.wecom_bot.frames import Happened, Said
from bot.channels.wecom_bot.keeper import Keeper, Pace
from bot.clock import SystemClock
from bot.metrics import Metrics
from bot.settings import WeCom
from storage.database import Database
from tests.platforms.wecom_bot import BOT_ID, SECRET, WeComBotPlatform

FAST = Pace(
    lease=0.6,
    look=0.02,
    soon=0.02,
    late=0.1,
    long=0.1,
    longest=0.2,
    pulse=Pulse(beat=0.05, patience=0.3),
)


@pytest.fixture
async def platform() -> AsyncIterator[WeComBotPlatform]:
    async with WeComBotPlatform() as platform:
        yield platform


def settings_for(platform: WeComBotPlatform) -> WeCom:
    return WeCom(bot_id=BOT_ID, bot_secret=SECRET, bot_url=platform.url)


class Running:
    """A keeper as one process has it; ``taken`` is what it was brought."""

    def __init__(
        self,
        platform: WeComBotPlatform,
        http: aiohttp.ClientSession,
        database: Database,
        pace: Pace,
    ) -> None:
        self.metrics = Metrics()
        self.taken: list[Said | Happened] = []
        numbers = itertools.count(1)
        self.keeper = Keeper(
            settings_for(platform),
            http,
            database,
            SystemClock(),
            take=self._take,
            new_id=lambda: str(next(numbers)),
            metrics=self.metrics,
            pace=pace,
        )
        self._task = asyncio.create_task(self.keeper.run())

    def _take(self, frame: Said | Happened, _connection: Connection) -> None:
        self.taken.append(frame)

    @property
    def holds(self) -> bool:
        return self.keeper.connection is not None

    def metric(self, name: str, **labels: str) -> float:
        value = self.metrics.registry.get_sample_value(name, labels)
        return 0.0 if value is None else value

    async def stop(self) -> None:
        """As a process ends that is told to."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


Start = Callable[..., Running]


@pytest.fixture
async def start(
    platform: WeComBotPlatform, http: aiohttp.ClientSession, database: Database
) -> AsyncIterator[Start]:
    """Another process of the service, on the same database."""
    async with AsyncExitStack() as stack:

        def start_one(pace: Pace = FAST) -> Running:
            running = Running(platform, http, database, pace)
            stack.push_async_callback(running.stop)
            return running

        yield start_one


async def until(true: Callable[[], object]) -> None:
    """Wait for something that nobody tells of."""
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110 -- the keeper tells nobody
            await asyncio.sleep(0.005)
