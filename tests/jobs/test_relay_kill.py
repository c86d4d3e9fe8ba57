"""A relay that is killed again and again loses nothing, and repeats what was in flight.

The law: between two lives every message that the platform answered and the
journal noted is settled as it ended; only calls that were in flight at the kill
are made again, never more than go at once, each under the same client message
id. Nothing waits for a lease.
"""

from __future__ import annotations

import random
import signal
from collections import Counter
from pathlib import Path

import pytest

from storage.database import Database
from tests.jobs.lives import Lives, ShowsOnce
from tests.jobs.post import outcomes, put, row

PEOPLE, KILLS, AT_ONCE = 20, 5, 4
EACH = 20
"""Notices to each person."""


@pytest.mark.parametrize("seed", [20261122])
async def test_kills_lose_nothing_and_repeat_at_most_what_was_in_flight(
    reached: Database, database_url: str, tmp_path: Path, seed: int
) -> None:
    messages = PEOPLE * EACH
    await put(
        reached,
        [
            row(f"{n}", to=n % PEOPLE, urgency=3, purpose="notice")
            for n in range(messages)
        ],
    )
    chance = random.Random(seed)
    async with (
        ShowsOnce().open() as platform,
        Lives.of(
            database_url,
            tmp_path / "journal",
            platform,
            at_once=AT_ONCE,
            notices_at_once=AT_ONCE,
        ) as lives,
    ):
        for _ in range(KILLS):
            await lives.begin()
            await platform.until(
                platform.calls.total() + chance.randint(1, messages // (2 * KILLS))
            )
            lives.end(signal.SIGKILL)
            assert await lives.over() == -signal.SIGKILL
        await lives.begin()
        assert await lives.over() == 0
    assert await outcomes(reached) == {"delivered": messages}
    assert platform.shown == Counter({f"o{n}": EACH for n in range(PEOPLE)})
    assert messages <= platform.calls.total() <= messages + KILLS * AT_ONCE
    assert not any((tmp_path / "journal").iterdir())
