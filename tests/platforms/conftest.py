"""The stand-in, called without our client."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.platforms.api import AccountApi
from tests.platforms.clock import StandingClock
from tests.platforms.official_account import OfficialAccountPlatform
from tests.platforms.people import Follower


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
async def platform(clock: StandingClock) -> AsyncIterator[OfficialAccountPlatform]:
    async with OfficialAccountPlatform(clock) as platform:
        yield platform


@pytest.fixture
async def api(platform: OfficialAccountPlatform) -> AsyncIterator[AccountApi]:
    async with aiohttp.ClientSession() as http:
        api = AccountApi(platform, http)
        await api.fetch_token()
        yield api


@pytest.fixture
def teacher(platform: OfficialAccountPlatform) -> Follower:
    return platform.follower("teacher")
