"""What WeCom may answer, and what we do about it."""

from __future__ import annotations

from bot.channels.refusals import STOP_FOR, UNKNOWN, Ending, Remedy, Rule, settle
from bot.channels.transport import RefusedError
from bot.ports import Settlement
from notices.reach import APP

TOKEN_REFUSED = frozenset({40014, 42001})

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


def rule_for(code: int) -> Rule:
    """The row of a code."""
    return RULES.get(code, UNKNOWN)


def settlement_of(error: RefusedError) -> Settlement:
    """What becomes of a message that the platform refused."""
    return settle(error, rule_for(error.code), way=APP)
