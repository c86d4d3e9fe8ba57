"""What may be opened by whom and when (规程第四、八、十一条).

A form about a class to open has in its context ``institution_kind``;
``approved``, the approved (major, level) pairs as written by ``pairs_said``; and
``ahead_days``, how long before the opening day a class is to be applied for. Of a
class on the plan also ``plan_`` with each of ``WATCHED``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta

from conversations.model import Refusal
from conversations.rules.levels import levels_of, training_days
from conversations.rules.texts import refusal

WATCHED = ("level", "major", "opens_on", "headcount")
"""The fields that the plan fixes: another answer is a change of the plan."""

_PAIRS, _WITHIN = ";", ","


def pairs_said(pairs: Iterable[tuple[str, str]]) -> str:
    """Pairs of major and level as one text of a draft's context."""
    return _PAIRS.join(sorted(_WITHIN.join(pair) for pair in pairs))


def pairs_of(said: str) -> tuple[tuple[str, str], ...]:
    """The pairs of major and level in a text that ``pairs_said`` made."""
    found = (pair.partition(_WITHIN) for pair in said.split(_PAIRS) if pair)
    return tuple((major, level) for major, _, level in found)


def check_answer(
    field: str, value: str, context: Mapping[str, str], *, level: str, today: date
) -> Refusal | None:
    """Why an institution cannot open such a class, told by one answer alone.

    The level by the kind of institution (第四条) and what it is approved for,
    the major by what it is approved for at ``level``, the day by the calendar.
    """
    if field == "level":
        return _check_level(value, context)
    if field == "major" and level:
        return _check_major(value, level, context)
    if field == "opens_on" and date.fromisoformat(value) <= today:
        return refusal("opens_too_soon")
    return None


def _check_level(level: str, context: Mapping[str, str]) -> Refusal | None:
    kind = context.get("institution_kind", "")
    runs = levels_of(kind)
    if kind and level not in runs:
        return refusal("level_of_kind", kind=kind, runs=_listed(runs), level=level)
    pairs = pairs_of(context.get("approved", ""))
    if kind and level not in {one for _, one in pairs}:
        open_to = [one for one in runs if one in {at for _, at in pairs}]
        if not open_to:
            return refusal("nothing_approved")
        return refusal("level_not_approved", level=level, runs=_listed(open_to))
    return None


def _check_major(major: str, level: str, context: Mapping[str, str]) -> Refusal | None:
    if not context.get("institution_kind", ""):
        return None
    majors = [one for one, at in pairs_of(context.get("approved", "")) if at == level]
    if major in majors:
        return None
    return refusal("major_not_approved", major=major, level=level, may=_listed(majors))


def _listed(names: Iterable[str]) -> str:
    return "、".join(names)


def check_opening(
    said: Mapping[str, str], context: Mapping[str, str], *, today: date
) -> Refusal | None:
    """The same of a whole application, as it is handed in."""
    found = (
        check_answer(
            field,
            said.get(field, ""),
            context,
            level=said.get("level", ""),
            today=today,
        )
        for field in WATCHED
        if said.get(field)
    )
    return next((one for one in found if one is not None), None)


def changed(said: Mapping[str, str], context: Mapping[str, str]) -> tuple[str, ...]:
    """The fields in which an application differs from the plan; none off the plan."""
    return tuple(
        field
        for field in WATCHED
        if context.get(f"plan_{field}", "")
        and said.get(field, "") != context[f"plan_{field}"]
    )


def remarks(
    field: str, said: Mapping[str, str], context: Mapping[str, str], today: date
) -> Iterator[tuple[str, dict[str, str]]]:
    """What follows from an answer: the last day, short notice, a change of the plan."""
    opens_on, level = said.get("opens_on", ""), said.get("level", "")
    if field in ("opens_on", "level") and opens_on and level:
        days = training_days(level)
        last = date.fromisoformat(opens_on) + timedelta(days=days - 1)
        yield "lasts", {"level": level, "days": str(days), "last": last.isoformat()}
    if field == "opens_on":
        left = (date.fromisoformat(opens_on) - today).days
        ahead = int(context.get("ahead_days") or 0)
        if left < ahead:
            yield "short_notice", {"left": str(left), "ahead": str(ahead)}
    if field in changed(said, context):
        yield "off_the_plan", {"field": field, "planned": context[f"plan_{field}"]}
