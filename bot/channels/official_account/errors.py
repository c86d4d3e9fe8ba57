"""What the platform may answer, and what we do about it."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.channels.refusals import STOP_FOR, UNKNOWN, Ending, Remedy, Rule, settle
from bot.channels.transport import RefusedError
from bot.ports import Settlement
from notices.reach import new_quotas

TOKEN_REFUSED = frozenset({40001, 40014, 42001})

_MINUTE = 60
_AGAIN, _BLOCKED, _FAILED = Ending.AGAIN, Ending.BLOCKED, Ending.FAILED
_GONE = Ending.UNREACHABLE

RULES: dict[int, Rule] = {
    -1: Rule("system busy", _AGAIN),
    40001: Rule("token refused", _AGAIN, Remedy.NEW_TOKEN, seconds=_MINUTE, alert=True),
    40014: Rule("token invalid", _AGAIN, Remedy.NEW_TOKEN, seconds=_MINUTE, alert=True),
    42001: Rule("token expired", _AGAIN, Remedy.NEW_TOKEN, seconds=_MINUTE, alert=True),
    40003: Rule("openid of nobody who follows", _GONE),
    40007: Rule("media gone", _FAILED, Remedy.UPLOAD_AGAIN),
    40013: Rule("app id wrong", _AGAIN, Remedy.STOP, alert=True),
    40125: Rule("app secret wrong", _AGAIN, Remedy.STOP, alert=True),
    40164: Rule("our address is not on the list", _AGAIN, Remedy.STOP, alert=True),
    40037: Rule("template gone", _BLOCKED, Remedy.TEMPLATE_OFF, alert=True),
    40200: Rule("no menus for this account", _FAILED, Remedy.PLAIN_MENU),
    41001: Rule("no token sent", _FAILED, alert=True),
    43004: Rule("does not follow", _GONE),
    50005: Rule("does not follow", _GONE),
    43019: Rule("on the black list", _GONE),
    43101: Rule("consent refused or used up", _BLOCKED),
    44004: Rule("empty text", _FAILED, alert=True),
    45002: Rule("too long", _FAILED, Remedy.SPLIT, alert=True),
    45008: Rule("too many articles", _FAILED, alert=True),
    45009: Rule("quota of the day used up", _AGAIN, Remedy.PARK, alert=True),
    45011: Rule("too fast", _AGAIN, Remedy.REST, seconds=_MINUTE),
    45015: Rule("window closed", _BLOCKED),
    45047: Rule("quota of the window used up", _BLOCKED),
    45065: Rule("sent before", Ending.DONE),
    45066: Rule("repeated too soon", _AGAIN, seconds=_MINUTE),
    45067: Rule("client id too long", _FAILED, alert=True),
    47001: Rule("not JSON", _FAILED, alert=True),
    # Our values are checked before: it is the setting that names the wrong fields.
    47003: Rule(
        "template field refused",
        _BLOCKED,
        Remedy.TEMPLATE_OFF,
        seconds=86400,
        alert=True,
    ),
    48001: Rule("call not allowed", _BLOCKED, Remedy.CALL_OFF, alert=True),
    48002: Rule("messages switched off", _GONE),
    48004: Rule("call banned", _AGAIN, Remedy.STOP, alert=True),
    50002: Rule("account limited", _AGAIN, Remedy.STOP, alert=True),
    48006: Rule("no more quota resets", _FAILED, alert=True),
    48008: Rule(
        "no right to this kind of message", _BLOCKED, Remedy.CALL_OFF, alert=True
    ),
}


def rule_for(code: int) -> Rule:
    """The row of a code."""
    return RULES.get(code, UNKNOWN)


def settlement_of(error: RefusedError, *, way: str) -> Settlement:
    """What becomes of a message that the platform refused in a way.

    What is switched off by the refusal is to be planned anew at once: another
    way may be open, and the planner knows until when this one is not.
    """
    rule = rule_for(error.code)
    planned_anew = rule.remedy is not Remedy.NONE
    return settle(error, rule, way=way, again_in=0 if planned_anew else None)


def off_until(rule: Rule, *, now: datetime) -> datetime | None:
    """Until when what the rule switches off stays off; None for good."""
    match rule.remedy:
        case Remedy.PARK:
            return new_quotas(now)
        case Remedy.STOP:
            return now + STOP_FOR
        case Remedy.CALL_OFF:
            return now + timedelta(days=1)
        case Remedy.NEW_TOKEN | Remedy.REST:
            return now + timedelta(seconds=rule.seconds)
        case Remedy.TEMPLATE_OFF if rule.seconds:
            return now + timedelta(seconds=rule.seconds)
        case _:
            return None
