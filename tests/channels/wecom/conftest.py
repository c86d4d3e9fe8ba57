"""The channel against a platform on this machine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest

from bot.channels.switchboard import Switchboard
from bot.channels.transport import Transport
from bot.channels.wecom.client import WeComClient, account, wecom_tokens
from bot.channels.wecom.media import Uploads
from bot.channels.wecom.sender import WeComChannel
from bot.links import Links
from bot.ports import MediaGoneError, StoredFile
from bot.settings import WeCom
from storage.crypto import Vault
from storage.database import Database
from tests.platforms.clock import StandingClock
from tests.platforms.wecom import WeComPlatform

PNG = b"\x89PNG\r\n\x1a\n and more"


class Process:
    """The channel as one process of the service has it; ``files`` are our own."""

    def __init__(
        self,
        settings: WeCom,
        http: aiohttp.ClientSession,
        database: Database,
        clock: StandingClock,
        patience: float,
    ) -> None:
        self.files = {"f1": StoredFile("f1", "form.png", "image/png", PNG)}
        transport = Transport(
            http, settings.api_base_url, timeout=aiohttp.ClientTimeout(total=patience)
        )
        self.client = WeComClient(
            settings, wecom_tokens(settings, transport, database, clock), transport
        )
        self.channel = WeComChannel(
            settings,
            self.client,
            Uploads(account(settings), self.client, self.load, database, clock),
            Switchboard(database, clock, "wecom"),
            links=Links(Vault(["a secret for tests only"]), "https://x.cn"),
            clock=clock,
        )

    async def load(self, file_id: str) -> StoredFile:
        if file_id not in self.files:
            raise MediaGoneError(file_id)
        return self.files[file_id]


StartProcess = Callable[..., Process]


@pytest.fixture
def clock() -> StandingClock:
    clock = StandingClock()
    clock.move(minutes=7)
    return clock


@pytest.fixture
async def wecom(clock: StandingClock) -> AsyncIterator[WeComPlatform]:
    async with WeComPlatform(clock, callback_urls=["http://nobody"]) as platform:
        platform.member("LinXiaomei")
        yield platform


@pytest.fixture
def start_process(
    wecom: WeComPlatform,
    http: aiohttp.ClientSession,
    database: Database,
    clock: StandingClock,
) -> StartProcess:
    """Another process of the service, on the same database."""

    def start(*, patience: float = 10, **settings: str) -> Process:
        return Process(wecom.settings(**settings), http, database, clock, patience)

    return start


@pytest.fixture
def process(start_process: StartProcess) -> Process:
    return start_process()
