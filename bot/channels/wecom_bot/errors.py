"""What the platform may answer the bot, and what we do about it.

One row per error code (``RULES``). Codes of this connection are gathered from
the platform's pages and from reports of those who run bots; a code that is not
there is a failure that somebody should look at.
"""

from __future__ import annotations

import enum

import msgspec

from bot.channels.transport import RefusedError
from bot.ports import Again, Blocked, Failed, Settlement
from notices.reach import BOT

NOT_SUBSCRIBED = 846609
"""The platform forgot that this connection is the bot's: connect anew."""

MEDIA_GONE = 40007
"""A file that the platform held is gone: upload it again."""


class Ending(enum.Enum):
    """What becomes of the message."""

    AGAIN = "to be tried later"
    BLOCKED = "it cannot go this way"
    FAILED = "it will not arrive"


class Rule(msgspec.Struct, frozen=True):
    """What one error code means to us; ``alert``: an operator must act."""

    meaning: str
    ending: Ending
    seconds: float = 0
    alert: bool = False


_AGAIN, _BLOCKED, _FAILED = Ending.AGAIN, Ending.BLOCKED, Ending.FAILED

RULES: dict[int, Rule] = {
    -1: Rule("system busy", _AGAIN),
    6000: Rule("two changes at once", _AGAIN),
    40007: Rule("media gone", _AGAIN),
    40008: Rule("kind of message unknown", _FAILED, alert=True),
    40058: Rule("parameter refused", _FAILED, alert=True),
    40201: Rule("content refused", _FAILED, alert=True),
    44004: Rule("empty text", _FAILED, alert=True),
    45002: Rule("too long", _FAILED, alert=True),
    45009: Rule("too many messages", _AGAIN, seconds=60),
    45033: Rule("too many calls at once", _AGAIN, seconds=5),
    93006: Rule("never wrote to the bot", _BLOCKED),
    93019: Rule("bot id wrong", _AGAIN, seconds=300, alert=True),
    846605: Rule("the message answered is not known", _FAILED),
    846608: Rule("too late to answer that message", _FAILED),
    846609: Rule("not subscribed", _AGAIN, seconds=5),
    853000: Rule("secret wrong", _AGAIN, seconds=300, alert=True),
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
            return Blocked(BOT, code, rule.meaning)
        case Ending.FAILED:
            return Failed(code, reason(error))


def reason(error: RefusedError) -> str:
    """Our word for a refusal, and the platform's; its trace id is no use."""
    words = error.message.partition("hint:")[0].rstrip(" ,")
    return f"{rule_for(error.code).meaning}: {words}"[:200]
