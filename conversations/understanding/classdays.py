"""The day of a class, or its days, at the head of what somebody wrote.

``昨天 …`` · ``6月21日全勤`` · ``第3天 …`` · ``6月21日-6月23日 …`` · ``6-21``.
A bare 3号 is somebody's number, never a day.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta

import msgspec

from conversations.understanding.dates import read_date
from conversations.understanding.numbers import NUMERAL, parse_whole
from conversations.understanding.text import clean, longest_first
from conversations.understanding.vocabulary import WORDS

_SAY = WORDS.dates
_DAY_END = f"(?:{longest_first(_SAY.day)})?"
_ONE = (
    f"第(?P<place{{0}}>{NUMERAL})天"
    f"|(?P<word{{0}}>{longest_first(_SAY.today)})"
    f"|(?P<full{{0}}>[0-9]{{{{4}}}}[-/.][0-9]{{{{1,2}}}}[-/.][0-9]{{{{1,2}}}}(?![0-9])"
    f"|(?:[0-9]{{{{4}}}}{_SAY.year})?{NUMERAL}{_SAY.month}{NUMERAL}{_DAY_END}"
    f"|[0-9]{{{{1,2}}}}[-/][0-9]{{{{1,2}}}}(?![0-9]))"
)
_TO = f"\\s*(?:{longest_first((*WORDS.marks.to, '~'))})\\s*"
_HEAD = re.compile(
    f"\\s*(?:{_ONE.format(1)})"
    f"(?:{_TO}(?:{_ONE.format(2)}|(?P<alone>{NUMERAL})(?:{longest_first(_SAY.day)})))?"
    f"[\\s,:，：]*"
)


class Days(msgspec.Struct, frozen=True):
    """The first and the last day that were named, and what follows them."""

    first: date
    last: date
    rest: str


def read_days(text: str, *, today: date, opens_on: date) -> Days | None:
    """The days at the head of a text; None when none are named there.

    A day without its year is the one nearest to the opening day.
    """
    said = unicodedata.normalize("NFKC", clean(text))
    found = _HEAD.match(said)
    if found is None:
        return None
    first = _day(found, "1", today, opens_on)
    if first is None:
        return None
    last: date | None = first
    if found["alone"]:
        last = _same_month(first, parse_whole(found["alone"]))
    elif found["place2"] or found["word2"] or found["full2"]:
        last = _day(found, "2", today, opens_on)
    if last is None or last < first:
        return None
    return Days(first, last, said[found.end() :])


def _day(found: re.Match[str], which: str, today: date, opens_on: date) -> date | None:
    place, word, full = (found[f"{name}{which}"] for name in ("place", "word", "full"))
    if place:
        count = parse_whole(place) or 0
        return opens_on + timedelta(days=count - 1) if 0 < count < 100 else None
    if word:
        return today + timedelta(days=_SAY.today[word])
    read = read_date(full, today=opens_on)
    values = [read.value] if read.ok else [one.value for one in read.candidates]
    days = [date.fromisoformat(one) for one in values if isinstance(one, str)]
    return min(days, key=lambda day: abs(day - opens_on), default=None)


def _same_month(first: date, day: int | None) -> date | None:
    try:
        return first.replace(day=day or 0)
    except ValueError:
        return None
