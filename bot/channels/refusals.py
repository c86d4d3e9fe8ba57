"""What the error codes of a platform mean for the message they answer.

Each platform has a table of its own, one ``Rule`` per code, in its ``errors``.
"""

from __future__ import annotations

import enum
import re
from datetime import timedelta

import msgspec

from bot.channels.transport import RefusedError
from bot.ports import Again, Blocked, Failed, Sent, Settlement

STOP_FOR = timedelta(minutes=10)
"""How long a sender rests when only an operator can help."""

_LONGEST = 200
# Behind what is wrong, the platforms tell an id to complain by, and our address.
_FOR_COMPLAINTS = re.compile(r"[ ,]*\b(?:hint|rid):")


class Ending(enum.Enum):
    """What becomes of the message."""

    DONE = "the platform has it"
    AGAIN = "to be tried later"
    BLOCKED = "it cannot go this way"
    FAILED = "it will not arrive"
    UNREACHABLE = "nothing arrives at this address"


class Remedy(enum.Enum):
    """What else is done."""

    NONE = "nothing"
    NEW_TOKEN = "one more try under a fresh token"  # noqa: S105 -- not a password
    UPLOAD_AGAIN = "upload the file again, one more try"
    SPLIT = "one more try in smaller pieces"
    PLAIN_MENU = "send the choices as text from now on"
    TEMPLATE_OFF = "never use this template again"
    CALL_OFF = "leave this kind of call alone for a day"
    PARK = "leave this kind of call alone until the quota is new"
    REST = "leave this kind of call alone for a minute"
    STOP = "leave the platform alone for a while"


class Rule(msgspec.Struct, frozen=True):
    """What one error code means to us; ``alert``: an operator must act."""

    meaning: str
    ending: Ending
    remedy: Remedy = Remedy.NONE
    seconds: float = 0
    alert: bool = False


UNKNOWN = Rule("unknown", Ending.FAILED, alert=True)
"""Of a code that is in no table: somebody should look at it."""


def settle(
    error: RefusedError, rule: Rule, *, way: str, again_in: float | None = None
) -> Settlement:
    """What becomes of a message that a platform refused in a way.

    What is to be tried again is so after ``again_in`` seconds, else the rule's.
    """
    code = str(error.code)
    match rule.ending:
        case Ending.DONE:
            return Sent()
        case Ending.AGAIN:
            seconds = rule.seconds if again_in is None else again_in
            return Again(code, rule.meaning, seconds)
        case Ending.BLOCKED:
            return Blocked(way, code, reason(error, rule))
        case Ending.FAILED | Ending.UNREACHABLE:
            gone = rule.ending is Ending.UNREACHABLE
            return Failed(code, reason(error, rule), unreachable=gone)


def reason(error: RefusedError, rule: Rule) -> str:
    """Our word for a refusal, and the platform's, which names what is wrong."""
    words = _FOR_COMPLAINTS.split(error.message, maxsplit=1)[0]
    return f"{rule.meaning}: {words}"[:_LONGEST]
