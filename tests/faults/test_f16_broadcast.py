"""F16: a notice broken off anywhere, while its list is made or while it is sent.

Gone on with, it reaches exactly those it is for, each once. Stopped, it stops.
"""

from __future__ import annotations

import asyncio
import random
import signal
import sys
from asyncio.subprocess import PIPE
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from bot import faults
from bot.actions import notices as actions
from bot.clock import SystemClock
from bot.jobs.lanes import NOTICES_AT_ONCE
from bot.jobs.relay import Pace
from bot.settings import Settings
from notices.audience import Audience
from notices.lifecycle import Hand
from storage import notices
from storage.database import Database
from storage.notices import NoticeRow
from tests.actions.timeworld import Country
from tests.chaos.waiting import until
from tests.faults.delivering import (
    TEMPLATE,
    Scene,
    by_state,
    fates,
    follow,
    names,
    scene,
    sender,
    settings_for,
    shown,
    unsettled,
)
from tests.faults.seeds import seed, tell
from tests.jobs.lives import Lives
from tests.platforms.messages import openid_of
from tests.platforms.official_account import OfficialAccountPlatform

AUTHOR = Hand("centre", covers=True)
OFFICIALS = {"centre", "province", "base"}
ATTEMPTS_AT_ONCE = 8


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


async def test_f16_broadcast(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    await run(database, database_url, tmp_path, seed_=16, people=600, kills=5)


@pytest.mark.chaos
@pytest.mark.timeout(1800)
async def test_f16_broadcast_for_long(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    used = seed()
    figures = await run(
        database, database_url, tmp_path, seed_=used, people=10_000, kills=20
    )
    tell("F16", used, **figures)


async def run(
    database: Database,
    url: str,
    folder: Path,
    *,
    seed_: int,
    people: int,
    kills: int,
) -> Counter[str]:
    """Make the list and send it at the same time, both dying all the while."""
    draw, now = random.Random(seed_), SystemClock().now()
    country, everybody = Country(database), names("f", people)
    async with OfficialAccountPlatform() as platform:
        settings = settings_for(url, platform, folder)
        await publish(country, platform, everybody, now)
        async with teller(settings) as lives:
            await lives.begin()
            died, _ = await asyncio.gather(
                freeze(country, now, draw, batch=max(20, people // 40)),
                kill(lives, platform, draw, people=people, times=kills),
            )
            await until(lambda: _all_settled(database), every=0.2, within=900)
            lives.end(signal.SIGTERM)
            assert await lives.over() == 0

        audience = {openid_of(name) for name in everybody} | OFFICIALS
        assert died > 0
        assert shown(platform, TEMPLATE) == dict.fromkeys(audience, 1)
        assert by_state(await fates(database)) == Counter(sent=len(audience))
        # Only what was under way when it was killed is asked for again.
        repeated = sum(entry.repeat for entry in platform.ledger)
        assert repeated <= kills * NOTICES_AT_ONCE
        assert platform.attempts[TEMPLATE] == len(audience) + repeated
        return Counter(list_died=died, killed=kills, asked_again=repeated)


async def _all_settled(database: Database) -> bool:
    return await unsettled(database) == 0


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

        await until(called, every=0.002)
        lives.end(signal.SIGKILL)
        assert await lives.over() == -signal.SIGKILL
        await lives.begin()


async def test_f16_a_stop_stops_within_the_calls_in_flight(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    async with scene(database, database_url, tmp_path) as set_up:
        await stop_midway(set_up, people=400)


async def stop_midway(set_up: Scene, *, people: int) -> None:
    database, platform, now = set_up.database, set_up.platform, set_up.now
    country = Country(database)
    row = await publish(country, platform, names("f", people), now)
    await freeze(country, now, random.Random(1), batch=100)
    platform.faults.latency = (0.005, 0.02)
    pace = Pace(ATTEMPTS_AT_ONCE, ATTEMPTS_AT_ONCE)

    async def midway() -> bool:
        return platform.attempts[TEMPLATE] >= people // 3

    async with sender(set_up.settings, set_up.clock, pace=pace) as process:
        sending = asyncio.ensure_future(process.relay.run())
        await until(midway, every=0.002)
        async with database.transaction() as uow:
            locked = await notices.by_number(uow, number=row.number, lock=True)
            assert locked is not None
            outcome = await actions.stop(uow, locked, AUTHOR, now=now)
            assert isinstance(outcome, actions.Outcome)
            await uow.commit()
        calls = platform.attempts[TEMPLATE]
        await until(lambda: _all_settled(database))
        await process.relay.stop()
        await sending

    # Those that were under way, and as many as began on what was known before.
    after = platform.attempts[TEMPLATE] - calls
    assert after <= 2 * ATTEMPTS_AT_ONCE
    states = by_state(await fates(database))
    assert states["cancelled"] > people // 3
    assert states["sent"] == platform.attempts[TEMPLATE]
    assert states["sent"] + states["cancelled"] == people + len(OFFICIALS)
    assert set(shown(platform).values()) == {1}
