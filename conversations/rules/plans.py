"""What a base may plan for a half year (规程第四、七、十一条).

A form about a planned class has in its context what a form about a class to
open has (see ``openings``), ``period``, the half year it is planned for (empty
when any will do), and ``provinces``, the names that may be recruited from, as
written by ``names_said``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date

from conversations.model import Refusal
from conversations.rules import openings
from conversations.rules.half_years import first_day, last_day
from conversations.rules.texts import refusal

ASKED = ("level", "major", "opens_on", "headcount", "recruits", "provinces")
"""The fields of a planned class, in the order in which they are looked at."""

ALL, OWN, NAMED = "all", "own", "named"
"""Whom a planned class recruits: everybody, its own province, named provinces."""

_BETWEEN = ";"
_PARTS = re.compile(r"[\W_]+")


def names_said(names: Iterable[str]) -> str:
    """Names as one text of a draft's context."""
    return _BETWEEN.join(names)


def provinces_named(
    text: str, names: Iterable[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Of the provinces in a text: those that are there, by full name; those not.

    A name may be cut short while it begins only one name (江南 for 江南省).
    """
    known = tuple(names)
    found: dict[str, None] = {}
    unknown: dict[str, None] = {}
    for part in _PARTS.split(text):
        fitting = [one for one in known if part and one.startswith(part)]
        exact = [one for one in fitting if one == part]
        if len(exact or fitting) == 1:
            found[(exact or fitting)[0]] = None
        elif part:
            unknown[part] = None
    return tuple(found), tuple(unknown)


def check_answer(
    field: str, value: str, context: Mapping[str, str], *, level: str, today: date
) -> Refusal | None:
    """Why a class cannot be planned so, told by one answer alone."""
    refused = openings.check_answer(field, value, context, level=level, today=today)
    if refused is not None:
        return refused
    if field == "opens_on":
        return _check_half_year(date.fromisoformat(value), context.get("period", ""))
    if field == "provinces":
        return _check_provinces(value, context.get("provinces", ""))
    return None


def _check_half_year(opens_on: date, period: str) -> Refusal | None:
    if not period or first_day(period) <= opens_on <= last_day(period):
        return None
    first, last = first_day(period), last_day(period)
    return refusal("outside_half_year", first=first, last=last)


def _check_provinces(text: str, names: str) -> Refusal | None:
    known = names.split(_BETWEEN) if names else []
    found, unknown = provinces_named(text, known)
    if unknown or not found:
        said = unknown[0] if unknown else text
        return refusal("province_unknown", said=said[:20])
    return None


def check_item(
    said: Mapping[str, str], context: Mapping[str, str], *, today: date
) -> tuple[Refusal, ...]:
    """Every reason why a whole planned class cannot stand; none when it can."""
    found = (
        check_answer(
            field, said[field], context, level=said.get("level", ""), today=today
        )
        for field in ASKED
        if said.get(field)
    )
    return tuple(one for one in found if one is not None)
