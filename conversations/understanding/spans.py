"""Stretches of days as people write them: 6月1日到6月5日, 6月1日-5日, 6月1日."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import msgspec

from conversations.understanding.dates import read_date
from conversations.understanding.text import clean

_WORDS = re.compile(r"(?:一直)?[到至]|~|～|——|—|–")
_DASH = re.compile(r"-")
_DAY_ALONE = re.compile(r"\s*[0-9]{1,2}\s*[日号]?\s*")
_LONGEST = 180
"""Days; nobody is taken for longer, so that such words mean something else."""

_MONTH = re.compile(r"^(.*月)")


class Span(msgspec.Struct, frozen=True):
    """Days from ``first`` to ``last``, both of them in it."""

    first: date
    last: date


def read_span(text: str, *, today: date) -> Span | None:
    """The days in ``text``; None when they cannot be read, or end before they begin.

    Never raises on any text. Of days without a year, those to come are meant.
    """
    said = clean(text)
    for before, after in _halves(said):
        first = _day(before, today)
        last = _day(_with_month(before, after), first or today)
        if first is None or last is None:
            continue
        if 0 <= (last - first).days < _LONGEST:
            return Span(first, last)
    # What has two ends and gives no stretch is not the one day it begins with.
    only = None if _WORDS.search(said) else _day(said, today)
    return Span(only, only) if only is not None else None


def _halves(said: str) -> Iterator[tuple[str, str]]:
    """Where ``said`` may be cut in two: at a word for it, or at one of its dashes."""
    for pattern in (_WORDS, _DASH):
        for cut in pattern.finditer(said):
            yield said[: cut.start()], said[cut.end() :]


def _with_month(before: str, after: str) -> str:
    """“5日” after “6月1日” is a day of that month."""
    found = _MONTH.match(before)
    if found and _DAY_ALONE.fullmatch(after):
        return f"{found[1]}{after.strip()}"
    return after


def _day(said: str, today: date) -> date | None:
    """The day, the coming one where two are possible."""
    if not said.strip():
        return None
    read = read_date(said, today=today)
    value = read.value
    if read.problem:
        value = read.candidates[0].value if read.candidates else ""
    if not isinstance(value, str) or not value:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None
