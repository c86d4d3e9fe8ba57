"""One process's dealings with the platform beside messages, for tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from bot.channels.official_account.client import OfficialAccountClient
from bot.channels.official_account.tokens import official_account_tokens
from bot.channels.switchboard import Switchboard
from bot.channels.transport import Transport
from bot.clock import Clock
from storage import people
from storage.database import Database
from storage.people import Newcomer
from tests.platforms.messages import openid_of
from tests.platforms.official_account import OfficialAccountPlatform


@dataclass
class Office:
    """A platform, and a process that talks with it."""

    platform: OfficialAccountPlatform
    database: Database
    clock: Clock
    client: OfficialAccountClient
    switches: Switchboard

    async def follower(self, name: str, *grants: tuple[str, str]) -> str:
        """Somebody who follows and holds (role, scope) grants; the person's id."""
        self.platform.follower(name)
        async with self.database.transaction() as uow:
            newcomer = Newcomer(openid_of(name), name, f"a-{name}")
            await people.create(
                uow,
                channel="official_account",
                newcomers=[newcomer],
                now=self.clock.now(),
            )
            for number, (role, scope) in enumerate(grants):
                await people.add_grant(
                    uow,
                    grant_id=f"g-{name}-{number}",
                    person_id=name,
                    role=role,
                    scope_id=scope,
                    granted_by=None,
                    now=self.clock.now(),
                )
            await uow.commit()
        return name


@asynccontextmanager
async def office(database: Database, clock: Clock) -> AsyncIterator[Office]:
    """A platform of its own with the database."""
    async with (
        OfficialAccountPlatform(clock) as platform,
        aiohttp.ClientSession() as http,
    ):
        settings = platform.settings()
        transport = Transport(http, settings.api_base_url)
        tokens = official_account_tokens(settings, transport, database, clock)
        client = OfficialAccountClient(settings, tokens, transport)
        switches = Switchboard(database, clock, "official_account")
        yield Office(platform, database, clock, client, switches)
