"""F16: a notice broken off anywhere, while its list is made or while it is sent.

Gone on with, it reaches exactly those it is for, each once. Stopped, it stops.
"""

from __future__ import annotations

import asyncio
import random
import signal
from collections import Counter
from pathlib import Path

import pytest

from bot.actions import notices as actions
from bot.clock import SystemClock
from bot.jobs.lanes import NOTICES_AT_ONCE
from bot.jobs.relay import Pace
from storage import notices
from storage.database import Database
from tests.actions.timeworld import Country
from tests.chaos.waiting import until
from tests.faults.broadcasts import (
    AUTHOR,
    OFFICIALS,
    freeze,
    kill,
    publish,
    teller,
)
from tests.faults.delivering import (
    TEMPLATE,
    Scene,
    by_state,
    fates,
    names,
    scene,
    sender,
    settings_for,
    shown,
    unsettled,
)
from tests.faults.seeds import seed, tell
from tests.platforms.messages import openid_of
from tests.platforms.official_account import OfficialAccountPlatform

ATTEMPTS_AT_ONCE = 8


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
