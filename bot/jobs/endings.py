"""What becomes of an outbox row after what was done about it."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from bot.ports import Again, Blocked, Doubt, Failed, Held, Sent, Settlement
from storage.deliveries import Verdict
from storage.outbox import Claimed

GIVE_UP_AFTER = timedelta(hours=48)
GIVE_UP_ATTEMPTS = 10
"""A row without a time of its own is given up after this long and this often."""

LONGEST_WAIT = 600.0

# Waits before the first, second, … repetition of a message that is in doubt,
# all within the ten minutes in which a platform knows its client message id.
DOUBT_WAITS = (20.0, 60.0, 120.0)
DOUBT_TOO_LATE = timedelta(seconds=60)
_DOUBT = "doubt"
_LEFT = "left"


class Retry(msgspec.Struct, frozen=True):
    """The row waits again; never again in the way ``refused``.

    ``unreachable``: nothing arrives at its address any more.
    """

    not_before: datetime
    code: str
    reason: str
    refused: str = ""
    unreachable: bool = False


class Ending(msgspec.Struct, frozen=True):
    """The row is settled, in one of ``storage.outbox.OUTCOMES``."""

    state: str
    code: str = ""
    reason: str = ""
    platform_message_id: str = ""
    unreachable: bool = False


class NotMade(msgspec.Struct, frozen=True):
    """The row was claimed and nothing was sent: it waits as if never claimed."""


class Stopped(msgspec.Struct, frozen=True):
    """The row was claimed, and its notice stopped before it went."""


class Interrupted(msgspec.Struct, frozen=True):
    """Who was sending the row died: it goes again, under the same client message id."""


NOT_MADE = NotMade()
STOPPED = Stopped()
INTERRUPTED = Interrupted()

Outcome = Settlement | NotMade | Stopped | Interrupted
Decision = Retry | Ending | NotMade

NO_CALL = Again("not_made", "", 0)
"""What who plans the ways is told of an attempt that ended before any call."""


def decide(
    outcome: Outcome,
    row: Claimed,
    *,
    now: datetime,
    jitter: float,
    other_ways: bool = False,
) -> Decision:
    """What becomes of a row after an attempt. ``jitter`` is between 0 and 1.

    ``other_ways``: somebody chooses the ways, so that one that is blocked is not
    the end of it.
    """
    match outcome:
        case Sent(platform_message_id, final):
            state = "delivered" if final else "sent"
            return Ending(state, platform_message_id=platform_message_id)
        case Failed(code, reason, True) if (
            other_ways and row.person_id and not left_with(row)
        ):
            # Who left here may be met elsewhere.
            return Retry(now, f"{_LEFT}:{code}", reason, unreachable=True)
        case Failed(code, reason, unreachable):
            return Ending("failed", code, reason, unreachable=unreachable)
        case Blocked(way, code, reason) if (
            other_ways and way and way not in row.refused
        ):
            return Retry(now, code, reason, refused=way)
        case Held(code, reason) | Blocked(_, code, reason):
            return Ending("held", code, reason)
        case Again(code, reason, seconds):
            wait = seconds + jitter * min(LONGEST_WAIT, 2.0 ** min(row.attempts, 16))
            return _again(row, now, wait, code, reason)
        case Doubt(reason, repeatable):
            return _doubt(row, now, reason, repeatable=repeatable)
        case _:
            return _not_sent(outcome, row)


def _not_sent(outcome: NotMade | Stopped | Interrupted, row: Claimed) -> Decision:
    match outcome:
        case NotMade():
            return outcome
        case Stopped():
            return Ending("cancelled")
        case Interrupted():
            return Retry(row.not_before, _still(row, "interrupted"), "")


def _again(
    row: Claimed, now: datetime, wait: float, code: str, reason: str
) -> Retry | Ending:
    old = now - row.created_at > GIVE_UP_AFTER
    if old and row.attempts >= GIVE_UP_ATTEMPTS:
        state = "unknown" if doubts_before(row) else "failed"
        return Ending(state, code, reason)
    return Retry(now + timedelta(seconds=wait), _still(row, code), reason)


def _still(row: Claimed, code: str) -> str:
    """What may have arrived once stays known as that, whatever came after it."""
    return row.error_code if doubts_before(row) else code


def _doubt(
    row: Claimed, now: datetime, reason: str, *, repeatable: bool
) -> Retry | Ending:
    """Repeat what the platform would show once; else once, and leave it unknown."""
    doubts = doubts_before(row)
    repetitions = len(DOUBT_WAITS) if repeatable else 1
    if doubts >= repetitions:
        return Ending("unknown", _DOUBT, reason)
    wait = timedelta(seconds=DOUBT_WAITS[doubts])
    return Retry(now + wait, f"{_DOUBT}:{doubts + 1}:{int(repeatable)}", reason)


def doubts_before(row: Claimed) -> int:
    """How many attempts before this one ended in doubt."""
    code, _, rest = row.error_code.partition(":")
    return int(rest.partition(":")[0]) if code == _DOUBT and rest else 0


def left_with(row: Claimed) -> str:
    """The platform's code by which the attempt before this one found nobody, or nothing."""
    code, _, found = row.error_code.partition(":")
    return found if code == _LEFT else ""


def repetition_too_late(row: Claimed, *, now: datetime) -> bool:
    """True iff the platform may no longer know the message it would see again."""
    repeatable = row.error_code.startswith(f"{_DOUBT}:") and row.error_code[-1] == "1"
    return repeatable and now > row.not_before + DOUBT_TOO_LATE


def verdict(row: Claimed, decision: Decision) -> Verdict:
    """The decision as it is written."""
    match decision:
        case Ending():
            return Verdict(
                row.id,
                row.attempts,
                decision.state,
                error_code=decision.code,
                error=decision.reason,
                platform_message_id=decision.platform_message_id,
                refused=row.refused,
            )
        case Retry():
            refused = (*row.refused, decision.refused) if decision.refused else None
            return Verdict(
                row.id,
                row.attempts,
                "waiting",
                error_code=decision.code,
                error=decision.reason,
                not_before=decision.not_before,
                refused=refused or row.refused,
            )
        case NotMade():
            return Verdict(
                row.id,
                row.attempts,
                "waiting",
                error_code=row.error_code,
                refused=row.refused,
                tried=False,
            )


def learnt(outcome: Outcome) -> Settlement:
    """What who plans the ways is told: nothing was used, or nobody knows."""
    match outcome:
        case NotMade() | Stopped():
            return NO_CALL
        case Interrupted():
            return Doubt("interrupted")
        case _:
            return outcome


def label(decision: Decision) -> str:
    """The decision in one word, for the metrics."""
    match decision:
        case Ending():
            return decision.state
        case Retry():
            return "again"
        case NotMade():
            return "given_back"
