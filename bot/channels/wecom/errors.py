"""What WeCom may answer, and what we do about it.

One row per error code (``RULES``); a code that is not there is a failure that
somebody should look at.
"""

from __future__ import annotations

import enum
from datetime import timedelta

import msgspec

from bot.channels.transport import RefusedError
from bot.ports import Again, Blocked, Failed, Settlement
from notices.reach import APP


class Ending(enum.Enum):
    """What becomes of the message."""

    AGAIN = "to be tried later"
    BLOCKED = "it cannot go this way"
    FAILED = "it will not arrive"
    UNREACHABLE = "nothing arrives at this member"


class Remedy(enum.Enum):
    """What else is done."""

    NONE = "nothing"
    NEW_TOKEN = "one more try under a fresh token"  # noqa: S105 -- not a password
    UPLOAD_AGAIN = "upload the file again, one more try"
    SPLIT = "one more try in smaller pieces"
    STOP = "leave the platform alone for a while"


class Rule(msgspec.Struct, frozen=True):
    """What one error code means to us; ``alert``: an operator must act."""

    meaning: str
    ending: Ending
    remedy: Remedy = Remedy.NONE
    seconds: float = 0
    alert: bool = False


TOKEN_REFUSED = frozenset({40014, 42001})

STOP_FOR = timedelta(minutes=10)
"""How long the sender rests when only an operator can help."""

_STOPPED = STOP_FOR.total_seconds()
_MINUTE = 60
_AGAIN, _BLOCKED, _FAILED = Ending.AGAIN, Ending.BLOCKED, Ending.FAILED
_GONE = Ending.UNREACHABLE


def _stop(meaning: str) -> Rule:
    return Rule(meaning, _AGAIN, Remedy.STOP, seconds=_STOPPED, alert=True)


RULES: dict[int, Rule] = {
    -1: Rule("system busy", _AGAIN),
    40001: _stop("secret wrong"),
    40013: _stop("corp id wrong"),
    40056: _stop("agent id wrong"),
    40091: _stop("secret wrong"),
    41001: Rule("no token sent", _FAILED, alert=True),
    40014: Rule("token invalid", _AGAIN, Remedy.NEW_TOKEN, seconds=_MINUTE, alert=True),
    42001: Rule("token expired", _AGAIN, Remedy.NEW_TOKEN, seconds=_MINUTE, alert=True),
    60020: _stop("our address is not among the trusted ones"),
    48002: _stop("no right to this call"),
    301002: _stop("the app is not this secret's"),
    40003: Rule("userid of nobody", _GONE),
    46004: Rule("userid of nobody", _GONE),
    60111: Rule("userid of nobody", _GONE),
    81013: Rule("outside the app's visible range, or nobody", _GONE),
    82001: Rule("outside the app's visible range, or nobody", _GONE),
    50002: Rule("outside what the app may see", _BLOCKED, alert=True),
    60011: Rule("outside what the app may see", _BLOCKED, alert=True),
    40007: Rule("media gone", _FAILED, Remedy.UPLOAD_AGAIN),
    40008: Rule("kind of message unknown", _FAILED, alert=True),
    40058: Rule("parameter refused", _FAILED, alert=True),
    44004: Rule("empty text", _FAILED, alert=True),
    45002: Rule("too long", _FAILED, Remedy.SPLIT, alert=True),
    45009: Rule("too many calls", _AGAIN, seconds=_MINUTE, alert=True),
    45011: Rule("too fast", _AGAIN, seconds=_MINUTE),
    45033: Rule("too many calls at once", _AGAIN, seconds=5),
}

_UNKNOWN = Rule("unknown", _FAILED, alert=True)


def rule_for(code: int) -> Rule:
    """The row of a code."""
    return RULES.get(code, _UNKNOWN)


def settlement_of(error: RefusedError) -> Settlement:
    """What becomes of a message that the platform refused."""
    rule, code = rule_for(error.code), str(error.code)
    match rule.ending:
        case Ending.AGAIN:
            return Again(code, rule.meaning, rule.seconds)
        case Ending.BLOCKED:
            return Blocked(APP, code, rule.meaning)
        case _:
            gone = rule.ending is Ending.UNREACHABLE
            return Failed(code, _reason(rule, error), unreachable=gone)


def _reason(rule: Rule, error: RefusedError) -> str:
    # The platform's words name what is wrong; its hint and our address are no use.
    words = error.message.partition(", hint:")[0].partition(" hint:")[0]
    return f"{rule.meaning}: {words}"[:200]
