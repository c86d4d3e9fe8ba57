"""kill -9 at named points and random instants, while scripted people talk.

No answer is lost, none stored twice, no push lost, hardly any repeated.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from tests.chaos.ledger import check
from tests.chaos.lives import POINTS
from tests.chaos.play import Scale, stage

LONG = Scale(
    steps=2000,
    kills=60,
    at_each_point=2,
    points=POINTS,
    dies_announcing=("list_frozen", "after_send_before_settle"),
    lease_seconds=4.0,
    followers=300,
    at_once=12,
)
SHORT = Scale(
    steps=200,
    kills=6,
    at_each_point=1,
    points=(
        *("batch_written", "after_batch_commit", "alone_written"),
        *("after_send_before_settle", "job_kept"),
    ),
    dies_announcing=(),
    lease_seconds=1.0,
    followers=20,
    at_once=8,
)


def _seed() -> int:
    return int(os.environ.get("CHAOS_SEED") or random.SystemRandom().getrandbits(32))


async def _play(database_url: str, folder: Path, scale: Scale) -> None:
    async with stage(database_url, folder, scale, _seed()) as play:
        try:
            await play.run()
            await check(play)
        finally:
            print(play.summary())  # noqa: T201 -- what a chaos run is for


async def test_nothing_is_lost_or_doubled_by_a_few_kills(
    empty_database_url: str, tmp_path: Path
) -> None:
    await _play(empty_database_url, tmp_path, SHORT)


@pytest.mark.chaos
@pytest.mark.timeout(1800)
async def test_nothing_is_lost_or_doubled_by_many_kills(
    empty_database_url: str, tmp_path: Path
) -> None:
    await _play(empty_database_url, tmp_path, LONG)
