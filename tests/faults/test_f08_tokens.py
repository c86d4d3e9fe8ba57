"""F8: a token that is taken from us is fetched once, by one of us, and nothing fails."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from storage.database import Database
from tests.faults.delivering import (
    CUSTOM,
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
)
from tests.faults.seeds import seed, tell

PROCESSES = 2
_MINUTE = timedelta(minutes=1)


async def test_f08_tokens(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    async with scene(database, database_url, tmp_path) as set_up:
        await lose(set_up, people=600, times=10, every=40)


@pytest.mark.chaos
@pytest.mark.timeout(1800)
async def test_f08_tokens_for_long(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    async with scene(database, database_url, tmp_path) as set_up:
        set_up.platform.faults.chance.seed(used := seed())
        set_up.platform.faults.latency = (0.001, 0.05)
        fetches = await lose(set_up, people=12_000, times=100, every=100)
    tell("F8", used, invalidated=100, fetches=fetches)


async def lose(set_up: Scene, *, people: int, times: int, every: int) -> int:
    """Send under load while all tokens become worthless, again and again; the fetches."""
    database, platform = set_up.database, set_up.platform
    everybody = names("f", people)
    await follow(database, platform, everybody, now=set_up.now, window=True)
    rows = [word(to, now=set_up.now) for to in everybody]
    await say(database, rows, now=set_up.now)
    platform.faults.invalidate_tokens(times, every=every)
    async with AsyncExitStack() as stack:
        processes = [
            await stack.enter_async_context(
                sender(set_up.settings, set_up.clock, owner=f"process {number}")
            )
            for number in range(PROCESSES)
        ]
        await send_all(set_up, processes, minutes=3 * times)

    assert platform.faults.fired["token:invalidated"] == times
    assert platform.refused[f"{CUSTOM}:40001"] > times
    assert platform.tokens.fetches <= times + 2
    assert by_state(await fates(database)) == Counter(delivered=people)
    assert set(shown(platform, CUSTOM).values()) == {1}
    return platform.tokens.fetches


async def send_all(set_up: Scene, processes: Sequence[Sender], *, minutes: int) -> None:
    """Send beside one another; who rests for a minute goes on after it."""
    for _ in range(minutes):
        await asyncio.gather(*(process.relay.drain() for process in processes))
        if not await unsettled(set_up.database):
            return
        set_up.clock.at += _MINUTE


async def test_f08_a_token_that_is_refused_for_good(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    """The sender rests, says so once, and asks for a token once a minute at most."""
    async with scene(database, database_url, tmp_path) as set_up:
        database, platform, clock = set_up.database, set_up.platform, set_up.clock
        everybody = names("f", 30)
        await follow(database, platform, everybody, now=clock.at, window=True)
        rows = [word(to, now=clock.at) for to in everybody]
        await say(database, rows, now=clock.at)
        platform.tokens.refuse_all = True
        async with sender(set_up.settings, clock) as process:
            with capture_logs() as logged:
                for _ in range(120):
                    await process.relay.drain()
                    clock.move(seconds=5)
            tries = sum(one.attempts for one in await fates(database))
            refused = platform.attempts[CUSTOM]
            fetches = platform.tokens.fetches
            platform.tokens.refuse_all = False
            await send_all(set_up, [process], minutes=20)

        assert platform.refused[f"{CUSTOM}:40001"] == refused > 0
        assert refused <= 2 * tries
        assert fetches <= 10 + 1
        # It rests: of itself each message would have been tried nine times.
        assert refused <= 6 * len(everybody)
        alarms = [one for one in logged if one["log_level"] == "error"]
        assert [one["event"] for one in alarms] == ["wechat_switched_off"]
        assert by_state(await fates(database)) == Counter(delivered=30)
        assert set(shown(platform, CUSTOM).values()) == {1}
