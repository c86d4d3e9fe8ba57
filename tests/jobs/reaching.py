"""A strict platform, people who follow it, and what they are to be told."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import msgspec
from sqlalchemy import select, update

from bot.jobs.reach import ReachPlanner
from bot.ports import (
    Blocked,
    Outgoing,
    Push,
    Route,
    Sent,
    Settlement,
)
from conversations.model import Reply
from notices.reach import Terms
from storage import outbox, people, subscriptions, windows
from storage.database import Database
from storage.outbox import Claimed, OutboxRow
from storage.tables.messages import outbox as rows_table
from storage.tables.people import addresses
from storage.windows import Opened

# 10:15 on a Monday in China.
NOW = datetime(2026, 5, 18, 2, 15, tzinfo=UTC)
DAY = timedelta(days=1)
_number = count()

ACCOUNT = Terms(
    channel="official_account",
    ways=("custom", "template", "subscribe"),
    templates={"deadline": "T"},
    subscriptions={"result": "S"},
    quotas={"custom": 1000, "template": 1000, "subscribe": 1000},
    reserve=10,
    window_sends=5,
)
WECOM = Terms(channel="wecom", ways=("app",), per_minute=30, per_hour=1000)


class Clock:
    """Both times, moved by the test."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    def real(self) -> datetime:
        return self.at


class Platform:
    """A platform that keeps its own books, as strictly as the real ones do.

    What breaks a rule is refused with the platform's code, and noted.
    """

    def __init__(self, terms: Terms) -> None:
        self.name = terms.channel
        self.offered = terms
        self.sent: list[tuple[str, str]] = []
        self.refused: list[str] = []
        self.free: Counter[str] = Counter()
        self.consents: Counter[str] = Counter()
        self.answers: list[Settlement] = []

    def connected(self) -> tuple[str, ...] | None:
        return None

    async def terms(self) -> Terms:
        return self.offered

    def pieces(self, push: Push) -> int:
        return len(push.reply.text.split("|"))

    async def send(self, message: Outgoing) -> Settlement:
        await asyncio.sleep(0)
        if self.answers:
            return self.answers.pop(0)
        broken = self._broken(message)
        if broken:
            self.refused.append(broken)
            return Blocked(message.way, broken, "refused")
        self.sent.append((message.address, message.way))
        return Sent(f"m{len(self.sent)}")

    def _broken(self, message: Outgoing) -> str:
        if message.way == "custom":
            self.free[message.address] -= self.pieces(message.push)
            return "45047" if self.free[message.address] < 0 else ""
        if message.way == "subscribe":
            self.consents[message.address] -= 1
            return "43101" if self.consents[message.address] < 0 else ""
        if message.way == "template":
            return "" if message.push.template == "deadline" else "40037"
        return ""


async def open_windows(
    database: Database, platform: Platform, *numbers: int, sends: int = 5
) -> None:
    ids = tuple(f"a{n}" for n in numbers)
    async with database.transaction() as uow:
        opened = Opened("window", ids, NOW + 2 * DAY, sends)
        await windows.begin(uow, [opened], now=NOW)
        await uow.commit()
    platform.free.update({f"o{n}": sends for n in numbers})


async def agree(database: Database, platform: Platform, *numbers: int) -> None:
    async with database.transaction() as uow:
        for n in numbers:
            await subscriptions.grant(
                uow, address_id=f"a{n}", template_ids=["S"], now=NOW
            )
        await uow.commit()
    platform.consents.update({f"o{n}": 1 for n in numbers})


async def bind(database: Database, *numbers: int) -> None:
    """These persons are members w0, w1, … of WeCom as well."""
    async with database.transaction() as uow:
        newcomers = [people.Newcomer(f"w{n}", f"q{n}", f"b{n}") for n in numbers]
        await people.create(uow, channel="wecom", newcomers=newcomers, now=NOW)
        for n in numbers:
            await uow.execute(
                update(addresses)
                .where(addresses.c.id == f"b{n}")
                .values(person_id=f"p{n}", last_inbound_at=NOW)
            )
        await uow.commit()


def row(to: int, **fields: Any) -> OutboxRow:
    number = next(_number)
    kind = fields.pop("kind", "")
    push = Push(reply=Reply(text=fields.pop("text", "好")), template=kind)
    plain = OutboxRow(
        id=f"r{number:06d}",
        dedupe_key=f"k{number}",
        person_id=f"p{to}",
        address_id=f"a{to}",
        channel="official_account",
        purpose="result",
        urgency=2,
        body=msgspec.json.encode(push),
        not_before=NOW,
    )
    return msgspec.structs.replace(plain, **fields)


async def say(database: Database, *rows: OutboxRow) -> None:
    async with database.transaction() as uow:
        await outbox.enqueue(uow, rows, now=NOW)
        await uow.commit()


def planner(*platforms: Platform, **options: Any) -> ReachPlanner:
    options.setdefault("hours", None)
    return ReachPlanner(platforms, jitter=lambda: 0.0, **options)


async def plan(
    database: Database,
    chooses: ReachPlanner,
    *,
    channel: str = "official_account",
    now: datetime = NOW,
) -> tuple[list[Claimed], list[Route]]:
    """Claim what is due and plan it, as the relay does; what does not go waits on."""
    async with database.transaction() as uow:
        rows = await outbox.due(uow, channel=channel, limit=100, now=now)
        routes = await chooses.plan(uow, rows, now=now)
        await uow.commit()
    return list(rows), list(routes)


async def withdraw_all(database: Database) -> None:
    """Nothing waits any more."""
    async with database.transaction() as uow:
        await uow.execute(update(rows_table).values(state="cancelled"))
        await uow.commit()


async def learn(
    database: Database, chooses: ReachPlanner, *told: tuple[Claimed, str, Settlement]
) -> None:
    async with database.transaction() as uow:
        await chooses.learn(uow, told, now=NOW)
        await uow.commit()


async def left(database: Database, number: int) -> tuple[int, int]:
    """Window and brief sends of an address."""
    query = select(addresses.c.window_sends, addresses.c.brief_sends)
    async with database.reading() as uow:
        found = await uow.execute(query.where(addresses.c.id == f"a{number}"))
        window, brief = found.one()
    return window, brief


async def states(database: Database) -> Counter[tuple[str, str]]:
    query = select(rows_table.c.state, rows_table.c.way)
    async with database.reading() as uow:
        return Counter((state, way) for state, way in await uow.execute(query))
