"""What the tests of the relay share: two times, a platform, and what is to be said."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import msgspec
from sqlalchemy import func, select

from bot.jobs.relay import Relay
from bot.ports import Outgoing, Push, Sent, Settlement
from conversations.model import Reply
from storage import outbox
from storage.database import Database
from storage.outbox import OutboxRow
from storage.tables.messages import outbox as table

NOW = datetime(2026, 5, 18, 1, tzinfo=UTC)
_number = count()

MakeRelay = Callable[..., Relay]


class Clock:
    """Both times, moved by the test."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    def real(self) -> datetime:
        return self.at

    def move(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class Platform:
    """A channel that notes what it is given and answers as told."""

    name = "official_account"

    def __init__(self) -> None:
        self.sent: list[Outgoing] = []
        self.answers: list[Settlement | Exception] = []
        self.reach: tuple[str, ...] | None = None
        self.gate: asyncio.Event | None = None
        self.news = asyncio.Event()
        self.under_way = 0
        self.most_under_way = 0

    def connected(self) -> tuple[str, ...] | None:
        return self.reach

    async def send(self, message: Outgoing) -> Settlement:
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        self.sent.append(message)
        self.news.set()
        try:
            await (self.gate.wait() if self.gate else asyncio.sleep(0))
        finally:
            self.under_way -= 1
        answer = self.answers.pop(0) if self.answers else Sent("m1")
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def until(self, count: int) -> None:
        """Wait until so many messages were given to it."""
        while len(self.sent) < count:
            self.news.clear()
            await self.news.wait()

    @property
    def texts(self) -> list[str]:
        return [one.push.reply.text for one in self.sent]


class KilledError(BaseException):
    """The end of a process: nothing in it may catch this."""


def row(text: str, *, to: int = 0, **fields: Any) -> OutboxRow:
    """Something to be said to person ``to``; its text is its dedupe key."""
    plain = OutboxRow(
        id=f"r{next(_number):06d}",
        dedupe_key=text,
        person_id=f"p{to}",
        address_id=f"a{to}",
        channel="official_account",
        purpose="reminder",
        urgency=1,
        body=msgspec.json.encode(Push(reply=Reply(text=text))),
        not_before=NOW,
    )
    return msgspec.structs.replace(plain, **fields)


async def put(database: Database, rows: Sequence[OutboxRow]) -> None:
    """Put rows in the outbox."""
    async with database.transaction() as uow:
        await outbox.enqueue(uow, rows, now=NOW)
        await uow.commit()


async def say(database: Database, *texts: str, to: int = 0, **fields: Any) -> None:
    """Put texts for person ``to`` in the outbox."""
    await put(database, [row(text, to=to, **fields) for text in texts])


async def states(database: Database) -> dict[str, tuple[str, str]]:
    """State and code of every row, by its dedupe key."""
    query = select(table.c.dedupe_key, table.c.state, table.c.error_code)
    async with database.reading() as uow:
        return {key: (state, code) for key, state, code in await uow.execute(query)}


async def outcomes(database: Database) -> dict[str, int]:
    """How many rows are in each state."""
    query = select(table.c.state, func.count()).group_by(table.c.state)
    async with database.reading() as uow:
        return {str(state): int(rows) for state, rows in await uow.execute(query)}
