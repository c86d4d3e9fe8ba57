"""What becomes of a message after each answer that a platform may give."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from bot.jobs.endings import (
    DOUBT_TOO_LATE,
    DOUBT_WAITS,
    INTERRUPTED,
    NOT_MADE,
    STOPPED,
    Decision,
    Ending,
    Outcome,
    Retry,
    decide,
)
from bot.ports import Again, Blocked, Doubt, Failed, Held, Sent
from storage.outbox import Claimed

NOW = datetime(2026, 5, 18, 1, tzinfo=UTC)


def claimed(
    attempts: int = 1,
    error_code: str = "",
    created_at: datetime = NOW,
    id_: str = "r",
) -> Claimed:
    return Claimed(
        id=id_,
        person_id="p0",
        address_id="a0",
        address="o0",
        last_inbound_at=NOW,
        purpose="reminder",
        body=b"{}",
        client_message_id="c",
        attempts=attempts,
        created_at=created_at,
        notice_id=None,
        not_before=NOW,
        error_code=error_code,
    )


LONG_AGO = NOW - timedelta(hours=49)


@pytest.mark.parametrize(
    ("settlement", "row", "expected"),
    [
        (Sent("m"), claimed(), Ending("delivered", platform_message_id="m")),
        (
            Sent("m", final=False),
            claimed(),
            Ending("sent", platform_message_id="m"),
        ),
        (Failed("1", "r"), claimed(), Ending("failed", "1", "r")),
        (
            Failed("1", "r", unreachable=True),
            claimed(),
            Ending("failed", "1", "r", unreachable=True),
        ),
        (Held("1", "r"), claimed(), Ending("held", "1", "r")),
        # Twice as long each time, at most ten minutes, after what was asked for.
        (Again("1", "r", 0), claimed(1), Retry(NOW + timedelta(seconds=2), "1", "r")),
        (Again("1", "r", 60), claimed(3), Retry(NOW + timedelta(seconds=68), "1", "r")),
        (Again("1", "r", 0), claimed(99), Retry(NOW + timedelta(minutes=10), "1", "r")),
        # After two days and many tries it is given up.
        (Again("1", "r", 0), claimed(10, "", LONG_AGO), Ending("failed", "1", "r")),
        (
            Again("1", "r", 0),
            claimed(9, "", LONG_AGO),
            Retry(NOW + timedelta(seconds=512), "1", "r"),
        ),
        # In doubt: once more at most, where the platform would show it twice.
        (Doubt("t"), claimed(), Retry(NOW + timedelta(seconds=20), "doubt:1:0", "t")),
        (Doubt("t"), claimed(2, "doubt:1:0"), Ending("unknown", "doubt", "t")),
        # Where it shows it once: while it is sure to know the message.
        (
            Doubt("t", repeatable=True),
            claimed(2, "doubt:1:1"),
            Retry(NOW + timedelta(seconds=60), "doubt:2:1", "t"),
        ),
        (
            Doubt("t", repeatable=True),
            claimed(4, "doubt:3:1"),
            Ending("unknown", "doubt", "t"),
        ),
        # What may have arrived is counted as that, whatever comes after it.
        (
            Again("1", "r", 0),
            claimed(2, "doubt:1:0"),
            Retry(NOW + timedelta(seconds=4), "doubt:1:0", "r"),
        ),
        (
            Again("1", "r", 0),
            claimed(10, "doubt:1:0", LONG_AGO),
            Ending("unknown", "1", "r"),
        ),
        (INTERRUPTED, claimed(2, "doubt:1:0"), Retry(NOW, "doubt:1:0", "")),
        # Nobody is there to choose another way.
        (Blocked("custom", "45015", "r"), claimed(), Ending("held", "45015", "r")),
        # Nothing was sent, or nobody knows whether it was.
        (NOT_MADE, claimed(), NOT_MADE),
        (STOPPED, claimed(), Ending("cancelled")),
        (INTERRUPTED, claimed(), Retry(NOW, "interrupted", "")),
    ],
)
def test_each_settlement_has_its_ending(
    settlement: Outcome, row: Claimed, expected: Decision
) -> None:
    assert decide(settlement, row, now=NOW, jitter=1.0) == expected


def test_a_blocked_way_is_left_for_another_at_once() -> None:
    found = decide(
        Blocked("custom", "45015", "r"),
        claimed(3),
        now=NOW,
        jitter=1.0,
        other_ways=True,
    )
    assert found == Retry(NOW, "45015", "r", refused="custom")


def test_a_way_that_is_blocked_again_ends_it() -> None:
    row = msgspec.structs.replace(claimed(), refused=("custom",))
    blocked = Blocked("custom", "45015", "r")
    found = decide(blocked, row, now=NOW, jitter=1.0, other_ways=True)
    assert found == Ending("held", "45015", "r")


def test_repetitions_in_doubt_fit_into_eight_minutes() -> None:
    waits = sum(DOUBT_WAITS)
    late = DOUBT_TOO_LATE.total_seconds() * len(DOUBT_WAITS)
    longest_call = 10 * len(DOUBT_WAITS)
    assert waits + late + longest_call <= 8 * 60
