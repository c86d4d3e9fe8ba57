"""F3: kill -9 between commit and reply, commit and send, send and mark; and anywhere.

Two web and two worker processes on one database, each killed in its turn while
scripted people talk. 0 answers lost, 0 doubled; 0 pushes lost, at most one
repeated call for each kill; what lies there in the end is what was said.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.ledger import play_through
from tests.chaos.lives import POINTS
from tests.chaos.play import Scale

_ROLES = ("web", "web", "worker", "worker")

LONG = Scale(
    steps=10_000,
    kills=200,
    at_each_point=5,
    points=POINTS,
    dies_announcing=("list_frozen", "after_send_before_settle"),
    lease_seconds=4.0,
    followers=300,
    at_once=16,
    roles=_ROLES,
    calm=4.0,
)
SHORT = Scale(
    steps=60,
    kills=4,
    at_each_point=1,
    points=(
        *("after_batch_commit", "alone_written"),
        *("after_claim", "after_send_before_settle"),
    ),
    dies_announcing=(),
    lease_seconds=1.0,
    followers=5,
    at_once=3,
    roles=_ROLES,
)


async def test_killed_between_commit_and_reply_and_around_each_send(
    empty_database_url: str, tmp_path: Path
) -> None:
    await play_through(empty_database_url, tmp_path, SHORT)


@pytest.mark.chaos
@pytest.mark.timeout(3600)
async def test_two_hundred_kills_during_ten_thousand_steps(
    empty_database_url: str, tmp_path: Path
) -> None:
    await play_through(empty_database_url, tmp_path, LONG)
