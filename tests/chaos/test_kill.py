"""kill -9 of the one process of a small installation, at named points and anywhere.

No answer is lost, none stored twice, no push lost, hardly any repeated. How
many processes bear it is in ``tests/faults/test_f03_kill.py``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.ledger import play_through
from tests.chaos.lives import POINTS
from tests.chaos.play import Scale

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


@pytest.mark.chaos
@pytest.mark.timeout(1800)
async def test_nothing_is_lost_or_doubled_by_many_kills(
    empty_database_url: str, tmp_path: Path
) -> None:
    await play_through(empty_database_url, tmp_path, LONG)
