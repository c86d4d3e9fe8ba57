"""The service with both platforms around it, in one process and on one clock."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import aiohttp
import msgspec

from bot.app import Demo, Service
from bot.clock import CHINA, MovableClock
from bot.core import Core, make_core
from bot.demo_data import fill, load_sample, sample_persons
from bot.settings import Settings
from storage import demo_clock, migrate, platform_tags
from storage.contents import is_empty
from tests.platforms.official_account import OfficialAccountPlatform
from tests.platforms.wecom import WeComPlatform

_SECRET = "a secret for playing only"
_KINDS = ("deadline", "result", "notice")
_FIELDS = ("thing1", "thing2", "time3")


@dataclass(frozen=True)
class Stage:
    """What the terminal talks to. ``folder`` holds the data and what was received."""

    account: OfficialAccountPlatform
    wecom: WeComPlatform
    clock: MovableClock
    folder: Path
    url: str

    async def wait(self, time: timedelta) -> None:
        """Let time pass; all that falls due meanwhile is done and sent."""
        target = (self.clock.now() + time).astimezone(CHINA).isoformat()
        async with (
            aiohttp.ClientSession() as http,
            http.post(f"{self.url}/demo/clock", json={"now": target}) as response,
        ):
            response.raise_for_status()
        await self.account.told()

    def sample(self) -> dict[str, list[dict[str, str]]]:
        """What ``demo-data`` would have printed."""
        path = self.folder / "demo-data.json"
        return msgspec.json.decode(
            path.read_bytes(), type=dict[str, list[dict[str, str]]]
        )


@asynccontextmanager
async def set_up(folder: Path) -> AsyncIterator[Stage]:
    """Everything running, until the end of the block."""
    clock = MovableClock()
    async with OfficialAccountPlatform(clock) as account, WeComPlatform(clock) as wecom:
        settings = _settings(folder, account, wecom)
        core = make_core(settings, clock)
        await _prepare(core, clock, folder)
        account.callbacks.urls.append(f"{settings.public_url}/wechat")
        wecom.callbacks.urls.append(f"{settings.public_url}/wecom")
        service = Service(core, "all", Demo(persons=sample_persons(), clock=clock))
        try:
            await service.start()
            yield Stage(account, wecom, clock, folder, settings.public_url)
        finally:
            await service.stop()


def _settings(
    folder: Path, account: OfficialAccountPlatform, wecom: WeComPlatform
) -> Settings:
    templates = {kind: f"TEMPLATE_{kind.upper()}" for kind in _KINDS}
    subscriptions = {kind: f"SUBSCRIBE_{kind.upper()}" for kind in _KINDS}
    for template_id in (*templates.values(), *subscriptions.values()):
        account.add_template(template_id, *_FIELDS)
    port = _free_port()
    return Settings(
        database_url=f"sqlite+aiosqlite:///{folder}/xuntong.db",
        port=port,
        public_url=f"http://127.0.0.1:{port}",
        secret_keys=(_SECRET,),
        spool_dir=str(folder / "spool"),
        operator_contact=load_sample().centre.contact,
        official_account=account.settings(
            templates=templates, subscriptions=subscriptions
        ),
        wecom=wecom.settings(),
    )


def _free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


async def _prepare(core: Core, clock: MovableClock, folder: Path) -> None:
    """Migrate, go on from where the clock was, and fill what is empty."""
    await migrate.upgrade(core.database)
    await _forget_platforms(core)
    async with core.database.reading() as uow:
        clock.ahead = await demo_clock.ahead(uow)
        empty = await is_empty(uow)
    if empty:
        filled = await fill(core, clock.now())
        (folder / "demo-data.json").write_bytes(msgspec.json.encode(filled))


async def _forget_platforms(core: Core) -> None:
    """The stand-ins begin anew each time: they have none of our tags and menus."""
    channel = "official_account"
    account = f"{channel}:{core.settings.official_account.app_id}"
    async with core.database.transaction() as uow:
        await platform_tags.forget(uow, account=account, channel=channel)
        await uow.commit()
