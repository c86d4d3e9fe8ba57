"""The words for codes, read once from ``wording.toml``."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import msgspec

from notices.audience import Audience
from notices.render import TextRefused, render


class _Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    reasons: dict[str, str]
    fields: dict[str, str]
    roles: dict[str, str]
    outcomes: dict[str, str]
    template: dict[str, str]


_WORDS = msgspec.toml.decode(
    Path(__file__).with_name("wording.toml").read_bytes(), type=_Words
)

FIELDS = _WORDS.fields
"""The fields a manager's text may use, and the name of the value of each."""

TEMPLATE_CANCELLED = _WORDS.template["cancelled"]


def reason(code: str, detail: str = "") -> str:
    """Why something about a notice is not done, as one sentence."""
    return _WORDS.reasons[code].format(detail=detail)


def refusal(refused: TextRefused) -> str:
    """Why a manager's text is not let through, as one sentence."""
    return reason(refused.code, refused.detail)


def template_date(day: date) -> str:
    """A date as a field of a template message takes it."""
    return _WORDS.template["date"].format(day=day)


def template_several(count: int) -> str:
    """Several things that are due, in a field of a template message."""
    return _WORDS.template["several"].format(count=count)


def outcome(code: str) -> str:
    """Why a message did not arrive, in words."""
    other = _WORDS.outcomes["other"].format(code=code)
    return _WORDS.outcomes.get(code, other)


def describe(audience: Audience, *, provinces: dict[str, str]) -> str:
    """Who is meant, in words; ``provinces`` are the names by scope id."""
    return render(
        "audience",
        roles=[_WORDS.roles[role] for role in audience.roles],
        provinces=[provinces.get(one, one) for one in audience.provinces],
        levels=audience.levels,
        majors=audience.majors,
    )
