"""What the platform may answer the bot, and what we do about it.

The codes of this connection are gathered from the platform's pages and from
reports of those who run bots.
"""

from __future__ import annotations

from bot.channels import refusals
from bot.channels.refusals import UNKNOWN, Ending, Rule
from bot.channels.transport import RefusedError
from bot.ports import Settlement
from notices.reach import BOT

NOT_SUBSCRIBED = 846609
"""The platform forgot that this connection is the bot's: connect anew."""

MEDIA_GONE = 40007
"""A file that the platform held is gone: upload it again."""


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


def rule_for(code: int) -> Rule:
    """The row of a code."""
    return RULES.get(code, UNKNOWN)


def settlement_of(error: RefusedError) -> Settlement:
    """What becomes of a message that the platform refused."""
    return refusals.settle(error, rule_for(error.code), way=BOT)


def reason(error: RefusedError) -> str:
    """Our word for a refusal, and the platform's."""
    return refusals.reason(error, rule_for(error.code))
