"""Processes that deliver to the strict platform, and what became of each message.

The platform is reached over HTTP. Time is the tests' clock, shared with the
platform, unless a test gives another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from aiohttp import web
from sqlalchemy import func, select

from bot import assembly
from bot.actions.inbound import Reception
from bot.channels.official_account.client import OfficialAccountClient
from bot.channels.official_account.tokens import official_account_tokens
from bot.channels.transport import TIMEOUT, Transport
from bot.clock import Clock
from bot.core import Core, make_core
from bot.door import InboundDoor
from bot.jobs.journal import Journal
from bot.jobs.relay import Pace, Relay
from bot.metrics import Metrics
from bot.ports import PlannedChannel, Push
from bot.settings import Settings
from bot.spool import Spool
from conversations.model import Reply
from storage import outbox, people, windows
from storage.database import Database
from storage.outbox import OutboxRow
from storage.tables.messages import outbox as table
from storage.windows import Opened
from tests.conftest import SECRET
from tests.platforms.clock import StandingClock
from tests.platforms.messages import openid_of
from tests.platforms.official_account import OfficialAccountPlatform
from tests.platforms.standing import Limits

CUSTOM, TEMPLATE = "message/custom/send", "message/template/send"
TEMPLATES = {
    "notice": "T-NOTICE?title=thing1&date=time3",
    "deadline": "T-DEADLINE?title=thing1&date=time3",
}
FIELDS = {"title": "数控加工二级班", "date": "2026年6月20日"}
UNSETTLED = ("waiting", "leased")

_MOST = 1000
_number = count()


def settings_for(
    database_url: str, platform: OfficialAccountPlatform, folder: Path, **account: Any
) -> Settings:
    """What a process is set to that sends through the platform, by day and night."""
    for name in ("T-NOTICE", "T-DEADLINE"):
        platform.add_template(name, "thing1", "time3")
    given = {"templates": TEMPLATES, "articles": False, **account}
    return Settings(
        database_url=database_url,
        secret_keys=(SECRET,),
        public_url="http://127.0.0.1:1",
        official_account=platform.settings(**given),
        spool_dir=str(folder / "spool"),
        quiet_hours="none",
    )


@dataclass(frozen=True)
class Scene:
    """A database, the platform, one clock for it and for us, and our settings."""

    database: Database
    platform: OfficialAccountPlatform
    clock: StandingClock
    settings: Settings

    @property
    def now(self) -> datetime:
        return self.clock.at


@asynccontextmanager
async def scene(
    database: Database,
    database_url: str,
    folder: Path,
    *,
    limits: Limits | None = None,
    **account: Any,
) -> AsyncIterator[Scene]:
    """What the tests of delivery begin with; ``account`` are settings of it."""
    clock = StandingClock()
    async with OfficialAccountPlatform(clock, limits=limits) as platform:
        settings = settings_for(database_url, platform, folder, **account)
        yield Scene(database, platform, clock, settings)


@dataclass(frozen=True)
class Sender:
    """One process that sends: connections, tokens, switches and books of its own."""

    core: Core
    relay: Relay
    metrics: Metrics
    journal: Journal


@asynccontextmanager
async def sender(
    settings: Settings,
    clock: Clock | None = None,
    *,
    owner: str = "sender",
    patience: aiohttp.ClientTimeout = TIMEOUT,
    pace: Pace | None = None,
) -> AsyncIterator[Sender]:
    """A process that sends, from its start to its end.

    It does nothing until its relay is told to. ``patience`` is that with
    the Official Account's platform.
    """
    core = make_core(settings, clock)
    metrics = Metrics()
    async with aiohttp.ClientSession() as http:
        account = settings.official_account
        transport = Transport(http, account.api_base_url, timeout=patience)
        tokens = official_account_tokens(account, transport, core.database, core.clock)
        client = OfficialAccountClient(account, tokens, transport)
        channels: list[PlannedChannel] = [
            assembly.official_account_channel(core, client)
        ]
        if settings.wecom.corp_id:
            app = assembly.wecom_client(core, http)
            channels.append(assembly.wecom_channel(core, app))
        journal = Journal(Path(settings.spool_dir) / "journal", owner)
        relay = Relay(
            core.database,
            channels,
            clock=core.clock,
            owner=owner,
            metrics=metrics,
            planner=assembly.reach_planner(core, channels, metrics),
            journal=journal,
            pace=pace,
        )
        try:
            yield Sender(core, relay, metrics, journal)
        finally:
            journal.close()
            await core.database.close()


@asynccontextmanager
async def door(
    settings: Settings, clock: Clock, platform: OfficialAccountPlatform
) -> AsyncIterator[None]:
    """A process that takes the platform's callbacks in."""
    core = make_core(settings, clock)
    spool = Spool(Path(settings.spool_dir), core.vault)
    spool.prepare()
    reception = Reception(core.database, core.house, core.clock, lambda _writes: None)
    drainers = 1 if core.database.dialect == "sqlite" else 2
    inbound = InboundDoor(reception, spool, Metrics(), drainers=drainers)
    app = web.Application()
    app.add_routes(assembly.official_account_callbacks(core, inbound.receive))
    runner = web.AppRunner(app, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    url = f"http://{host}:{port}/wechat"
    platform.callbacks.urls.append(url)
    try:
        yield
    finally:
        platform.callbacks.urls.remove(url)
        await platform.told()
        await runner.cleanup()
        await inbound.close()
        await core.database.close()


# Who there is, and what they are to be told


def names(letter: str, number: int) -> list[str]:
    """Names of which no one begins another: openids are filled up with zeros."""
    return [f"{letter}{n:06d}" for n in range(number)]


async def follow(
    database: Database,
    platform: OfficialAccountPlatform,
    who: Sequence[str],
    *,
    now: datetime,
    window: bool = False,
) -> None:
    """People ``p-NAME`` at ``a-NAME`` who follow the account.

    With ``window`` they have just written, as the platform and we both know.
    """
    until = now + timedelta(seconds=platform.limits.window_seconds)
    for start in range(0, len(who), _MOST):
        some = who[start : start + _MOST]
        platform.admit([openid_of(name) for name in some], window=window)
        newcomers = [
            people.Newcomer(openid_of(name), f"p-{name}", f"a-{name}") for name in some
        ]
        async with database.transaction() as uow:
            await people.create(
                uow, channel="official_account", newcomers=newcomers, now=now
            )
            if window:
                ids = tuple(f"a-{name}" for name in some)
                opened = Opened("window", ids, until, 5)
                await windows.begin(uow, [opened], now=now)
            await uow.commit()


def word(
    to: str, *, kind: str = "", now: datetime, text: str = "好", **fields: Any
) -> OutboxRow:
    """Something to be said to a person, with a template's fields if it is of a kind."""
    number = next(_number)
    push = Push(
        reply=Reply(text=text),
        template=kind,
        fields=FIELDS if kind else {},
    )
    plain = OutboxRow(
        id=f"r{number:07d}",
        dedupe_key=f"k{number}",
        person_id=f"p-{to}",
        address_id=f"a-{to}",
        channel="official_account",
        purpose="notice",
        urgency=3,
        body=msgspec.json.encode(push),
        not_before=now,
    )
    return msgspec.structs.replace(plain, **fields)


async def say(database: Database, rows: Sequence[OutboxRow], *, now: datetime) -> None:
    """Decide to say things."""
    for start in range(0, len(rows), _MOST):
        async with database.transaction() as uow:
            await outbox.enqueue(uow, rows[start : start + _MOST], now=now)
            await uow.commit()


# What became of it


class Fate(msgspec.Struct, frozen=True):
    """How a message stands in our books."""

    id: str
    address_id: str
    state: str
    way: str
    error_code: str
    error: str
    attempts: int
    urgency: int
    not_before: datetime


async def fates(database: Database) -> list[Fate]:
    """Every message, in the order of the ids."""
    columns = [table.c[name] for name in Fate.__struct_fields__]
    async with database.reading() as uow:
        rows = await uow.execute(select(*columns).order_by(table.c.id))
        return [Fate(*row) for row in rows]


def by_state(found: Iterable[Fate]) -> Counter[str]:
    return Counter(one.state for one in found)


async def unsettled(database: Database) -> int:
    """How many messages have no end yet."""
    query = select(func.count()).where(table.c.state.in_(UNSETTLED))
    async with database.reading() as uow:
        return int((await uow.execute(query)).scalar_one())


async def work_off(
    sender: Sender, clock: StandingClock, *, step: float, until: timedelta
) -> None:
    """Send all that there is, moving the clock on by ``step`` seconds while some waits."""
    ends = clock.at + until
    await sender.relay.drain()
    while clock.at < ends and await unsettled(sender.core.database):
        clock.move(seconds=step)
        await sender.relay.drain()


def shown(platform: OfficialAccountPlatform, call: str = "") -> Counter[str]:
    """How many messages each openid was shown."""
    return Counter(
        entry.to
        for entry in platform.ledger
        if not entry.repeat and (not call or entry.call == call)
    )
