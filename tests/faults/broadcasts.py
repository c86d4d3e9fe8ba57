"""Notices to many: published, their lists made, sent by processes that are killed."""

from __future__ import annotations

import asyncio
import random
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

import msgspec

from bot import faults
from bot.actions import notices as actions
from bot.settings import Settings
from notices.audience import Audience
from notices.lifecycle import Hand
from storage.notices import NoticeRow
from tests.actions.timeworld import Country
from tests.chaos.waiting import until
from tests.faults.delivering import TEMPLATE, follow
from tests.jobs.lives import Lives
from tests.platforms.official_account import OfficialAccountPlatform

AUTHOR = Hand("centre", covers=True)
OFFICIALS = {"centre", "province", "base"}


class Killed(BaseException):
    """A process ends here: nothing after this point is done by it."""


async def publish(
    country: Country,
    platform: OfficialAccountPlatform,
    who: Sequence[str],
    now: datetime,
) -> NoticeRow:
    """A notice to everybody, whose list is not made yet."""
    database = country.database
    await country.found()
    platform.admit(sorted(OFFICIALS), window=False)
    await follow(database, platform, who, now=now)
    async with database.transaction() as uow:
        row = await actions.draft_announcement(
            uow,
            actions.Announcement("开会通知", "各位老师：下周开会。", Audience()),
            scope=country.nation,
            author_id="centre",
            contact="010-12345678",
            now=now,
            new_id=country.ids,
        )
        assert isinstance(row, NoticeRow)
        outcome = await actions.publish(uow, row, AUTHOR, limit=10**6, now=now)
        assert isinstance(outcome, actions.Outcome)
        await uow.commit()
    return row


async def freeze(
    country: Country, now: datetime, draw: random.Random, *, batch: int
) -> int:
    """Make the list, dying again and again in the middle; how often."""
    died = 0

    def die(point: str) -> None:
        nonlocal died
        if point == "list_frozen" and draw.random() < 0.4:
            died += 1
            raise Killed

    faults.install(die)
    try:
        while True:
            try:
                await actions.continue_freezing(
                    country.database, now=now, new_id=country.ids, batch=batch
                )
            except Killed:
                await asyncio.sleep(0)
            else:
                return died
    finally:
        faults.install(None)


@asynccontextmanager
async def teller(settings: Settings) -> AsyncIterator[Lives]:
    """A process that delivers, and can be killed and begin anew."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.faults.teller"),
        msgspec.json.encode(settings).decode(),
        stdin=PIPE,
        stdout=PIPE,
    )
    try:
        yield Lives(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


async def kill(
    lives: Lives,
    platform: OfficialAccountPlatform,
    draw: random.Random,
    *,
    people: int,
    times: int,
) -> None:
    """Kill whoever sends, at any call, and let another begin."""
    step = people // (times + 1)
    for number in range(times):
        calls = step * number + draw.randint(1, step)

        async def called(calls: int = calls) -> bool:
            return platform.attempts[TEMPLATE] >= calls

        await until(called, every=0.002, within=600)
        lives.end(signal.SIGKILL)
        assert await lives.over() == -signal.SIGKILL
        await lives.begin()
