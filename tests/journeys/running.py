"""The real service in this process, on a database and a port of its own."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from bot.app import Demo, Service
from bot.clock import MovableClock
from bot.core import Core, make_core
from bot.ids import new_id
from bot.settings import Settings
from storage import demo_clock, migrate, organisations
from storage.database import UnitOfWork
from tests.platforms.official_account import OfficialAccountPlatform

SECRET = "a secret for journeys only"
PROVINCE, BASE = "江南省", "江南机电教师培训基地"


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def plain_settings(database_url: str, folder: Path) -> Settings:
    """What every service here is set to; channels are added to it."""
    port = free_port()
    return Settings(
        database_url=database_url,
        port=port,
        public_url=f"http://127.0.0.1:{port}",
        secret_keys=(SECRET,),
        spool_dir=str(folder / "spool"),
        operator_contact="部指导中心 0990-5550000",
        # The machine's clock may stand in the night.
        quiet_hours="none",
    )


@asynccontextmanager
async def serving(
    settings: Settings, clock: MovableClock | None = None
) -> AsyncIterator[Core]:
    """The service, from its start to its clean stop.

    A clock makes it a demo, which goes on from where its clock was.
    """
    core = make_core(settings, clock)
    if clock is not None:
        async with core.database.reading() as uow:
            clock.ahead = max(clock.ahead, await demo_clock.ahead(uow))
    demo = None if clock is None else Demo(persons=(), clock=clock)
    service = Service(core, "all", demo)
    try:
        await service.start()
        yield core
    finally:
        await service.stop()


@asynccontextmanager
async def serving_followers(
    database_url: str, folder: Path
) -> AsyncIterator[tuple[OfficialAccountPlatform, Core]]:
    """An Official Account's platform, and the service behind it, in an empty database."""
    plain = plain_settings(database_url, folder)
    await settle(plain)
    async with OfficialAccountPlatform() as platform:
        platform.callbacks.urls.append(f"{plain.public_url}/wechat")
        account = platform.settings()
        settings = msgspec.structs.replace(plain, official_account=account)
        async with serving(settings) as core:
            yield platform, core


async def settle(settings: Settings) -> None:
    """Migrate an empty database; a nation with one province and one base in it."""
    core = make_core(settings)
    try:
        await migrate.upgrade(core.database)
        async with core.database.transaction() as uow:
            await _places(uow)
            await uow.commit()
    finally:
        await core.database.close()


async def _places(uow: UnitOfWork) -> None:
    nation = await organisations.create_scope(
        uow, id=new_id(), kind="nation", name="部指导中心"
    )
    province = await organisations.create_scope(
        uow, id=new_id(), kind="province", name=PROVINCE, parent=nation
    )
    await organisations.create_institution(
        uow,
        id=new_id(),
        province=province,
        name=BASE,
        kind="教师培训基地",
        approved=[("机械类", "二级")],
    )
