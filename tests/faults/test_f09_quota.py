"""F9: a day's quota is used up to the last call, deadlines first, and never overrun."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.jobs.lanes import AT_ONCE, NOTICES_AT_ONCE
from storage.database import Database
from storage.outbox import OutboxRow
from tests.faults.delivering import (
    CUSTOM,
    TEMPLATE,
    Fate,
    Scene,
    Sender,
    by_state,
    fates,
    follow,
    names,
    say,
    scene,
    sender,
    shown,
    unsettled,
    word,
    work_off,
)
from tests.platforms.standing import Limits

# 00:05 of the next day in China; the tests' clock begins at noon.
NEW_QUOTA = timedelta(hours=12, minutes=5)
DEADLINE, NOTICE = 1, 3


async def test_f09_quota(database: Database, database_url: str, tmp_path: Path) -> None:
    await run(database, database_url, tmp_path, quota=100)


@pytest.mark.chaos
@pytest.mark.timeout(1800)
async def test_f09_quota_for_long(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    await run(database, database_url, tmp_path, quota=1000)


async def run(
    database: Database, database_url: str, folder: Path, *, quota: int
) -> None:
    """Half as many again as the day allows, in two lots; a part of each are deadlines."""
    limits = Limits(template_a_day=quota)
    async with scene(
        database, database_url, folder, limits=limits, template_quota=quota
    ) as set_up:
        await day(set_up, quota)


async def day(set_up: Scene, quota: int) -> None:
    database, platform, clock = set_up.database, set_up.platform, set_up.clock
    tenth = quota // 10
    await follow(database, platform, everybody(quota), now=clock.at)
    midnight = clock.at + NEW_QUOTA
    async with sender(set_up.settings, clock) as process:
        # Notices that are first in line, and deadlines after them.
        await say(database, lot(quota, "a", tenth, 11 * tenth, clock.at), now=clock.at)
        await process.relay.drain()
        found = await fates(database)
        assert sent(found) == Counter({DEADLINE: tenth, NOTICE: 8 * tenth})

        # All that is left is kept for those.
        clock.move(hours=2)
        await say(database, lot(quota, "b", 2 * tenth, tenth, clock.at), now=clock.at)
        await process.relay.drain()
        found = await fates(database)
        assert sent(found) == Counter({DEADLINE: 2 * tenth, NOTICE: 8 * tenth})
        assert platform.attempts[TEMPLATE] == quota

        parked = [one for one in found if one.state == "waiting"]
        assert len(parked) == quota // 2
        assert {one.error_code for one in parked} == {"quota"}
        until = [one.not_before - midnight for one in parked]
        assert timedelta(0) <= min(until) <= max(until) <= timedelta(minutes=1)
        while clock.at < midnight - timedelta(minutes=10):
            clock.move(minutes=30)
            await process.relay.drain()
        assert platform.attempts[TEMPLATE] == quota

        # The next day they go.
        clock.at = midnight + timedelta(minutes=1)
        await process.relay.drain()

    assert platform.refused[f"{TEMPLATE}:45009"] == 0
    assert by_state(await fates(database)) == Counter(sent=3 * quota // 2)
    assert set(shown(platform, TEMPLATE).values()) == {1}


def everybody(quota: int) -> list[str]:
    return [*names("a", 6 * quota // 5), *names("b", 3 * quota // 10)]


def lot(
    quota: int, letter: str, deadlines: int, notices: int, now: datetime
) -> list[OutboxRow]:
    """Notices, and then deadlines, each to somebody else."""
    who = names(letter, notices + deadlines)
    return [
        *(word(to, kind="notice", now=now) for to in who[:notices]),
        *(
            word(to, kind="deadline", purpose="reminder", urgency=DEADLINE, now=now)
            for to in who[notices:]
        ),
    ]


def sent(found: list[Fate]) -> Counter[int]:
    return Counter(one.urgency for one in found if one.state == "sent")


async def test_f09_a_platform_that_allows_less_than_we_think(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    """The first 45009 parks that kind of call, and no other."""
    limits = Limits(template_a_day=60)
    async with (
        scene(
            database, database_url, tmp_path, limits=limits, template_quota=1000
        ) as set_up,
        sender(set_up.settings, set_up.clock) as process,
    ):
        await be_parked(set_up, process)


async def be_parked(set_up: Scene, process: Sender) -> None:
    database, platform, clock = set_up.database, set_up.platform, set_up.clock
    writers, others = names("w", 50), names("t", 200)
    await follow(database, platform, writers, now=clock.at, window=True)
    await follow(database, platform, others, now=clock.at)
    began = clock.at
    rows = [word(to, kind="notice", now=began) for to in others]
    await say(database, rows, now=began)
    await process.relay.drain()

    # The fault has fired, for those that were under way.
    refused = platform.refused[f"{TEMPLATE}:45009"]
    assert 1 <= refused <= NOTICES_AT_ONCE + 2 * AT_ONCE
    calls = platform.attempts[TEMPLATE]
    assert calls == 60 + refused

    # What may be said freely is said meanwhile.
    await say(database, [word(to, now=began) for to in writers], now=began)
    for _ in range(20):
        await process.relay.drain()
        clock.move(minutes=30)
    assert platform.attempts[TEMPLATE] == calls
    assert len(platform.sent(CUSTOM)) == 50
    assert by_state(await fates(database)) == Counter(
        sent=60, delivered=50, waiting=140
    )

    # Parked, not lost: by the platform's quota they go on the next days.
    for number in (1, 2, 3):
        clock.at = began + NEW_QUOTA + timedelta(days=number - 1, minutes=1)
        await work_off(process, clock, step=60, until=timedelta(hours=1))
    assert await unsettled(database) == 0
    assert set(shown(platform).values()) == {1}
