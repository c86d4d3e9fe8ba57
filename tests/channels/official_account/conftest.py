"""The channel against a platform API on this machine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import aiohttp
import pytest

from bot.channels.official_account.client import OfficialAccountClient
from bot.channels.official_account.media import Pictures
from bot.channels.official_account.sender import OfficialAccountChannel
from bot.channels.official_account.tokens import official_account_tokens
from bot.channels.switchboard import Switchboard
from bot.channels.transport import Transport
from bot.links import Links
from bot.ports import StoredFile
from bot.settings import OfficialAccount
from storage.crypto import Vault
from storage.database import Database
from tests.channels.official_account.fake_api import FakeApi
from tests.platforms.clock import StandingClock

PNG = b"\x89PNG\r\n\x1a\n and more"


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock(datetime(2026, 5, 18, 1, 0, tzinfo=UTC))


@pytest.fixture
async def api() -> AsyncIterator[FakeApi]:
    api = FakeApi()
    await api.server.start_server()
    yield api
    api.released.set()
    await api.server.close()


class Process:
    """The channel as one process of the service has it."""

    def __init__(
        self,
        settings: OfficialAccount,
        http: aiohttp.ClientSession,
        database: Database,
        clock: StandingClock,
        patience: float,
    ) -> None:
        self.loads = 0
        timeout = aiohttp.ClientTimeout(total=patience)
        transport = Transport(http, settings.api_base_url, timeout=timeout)
        self.tokens = official_account_tokens(settings, transport, database, clock)
        self.client = OfficialAccountClient(settings, self.tokens, transport)
        self.switches = Switchboard(database, clock, "official_account")
        self.pictures = Pictures(self.client, self.load, clock, database)
        self.channel = OfficialAccountChannel(
            settings,
            self.client,
            self.pictures,
            self.switches,
            links=Links(Vault(["a secret for tests only"]), "https://x.cn"),
            clock=clock,
            database=database,
        )

    async def load(self, file_id: str) -> StoredFile:
        self.loads += 1
        return StoredFile(file_id, "表.png", "image/png", PNG)


StartProcess = Callable[..., Process]


@pytest.fixture
def start_process(
    api: FakeApi, http: aiohttp.ClientSession, database: Database, clock: StandingClock
) -> StartProcess:
    """Another process of the service, on the same database."""

    def start(
        *,
        secret: str = "secret",
        patience: float = 10,
        subscriptions: dict[str, str] | None = None,
        **templates: str,
    ) -> Process:
        settings = OfficialAccount(
            app_id="wx1",
            app_secret=secret,
            token="t",
            api_base_url=api.url,
            templates=templates,
            subscriptions=subscriptions or {"deadline": "SUB1"},
        )
        return Process(settings, http, database, clock, patience)

    return start


@pytest.fixture
def process(start_process: StartProcess) -> Process:
    return start_process(deadline="TPL1", result="TPL2?title=thing4&date=date5")
