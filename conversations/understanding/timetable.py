"""课程安排 as people write it: a line a day, its halves marked or not.

``第1天 上午 标准解读；下午 任务分析``, ``6月20日：…``, ``2. …`` and ``第3-4天 …`` are
all heads of a day; without any head, as many lines as days are the days in their
order. Nothing that was written is lost: what stands before the first day is kept
apart, and what follows a day belongs to it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date

import msgspec

from conversations.understanding.text import clean

_DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")}
_NUMBER = r"(?:\d{1,2}|[一二三四五六七八九十]{1,3})"
_DAY = r"(?:(?P<year>20\d\d)[年./-])?(?P<month>\d{1,2})[月./-](?P<date>\d{1,2})[日号]?"
_UNTIL = r"\s*(?:-|—|–|~|至|到|、|和)+\s*"
_HEADS = (
    re.compile(
        rf"第?\s*(?P<first>{_NUMBER})\s*(?:天{_UNTIL}第?|{_UNTIL}第?)\s*"
        rf"(?P<last>{_NUMBER})\s*天"
    ),
    re.compile(rf"第\s*(?P<first>{_NUMBER})\s*天"),
    re.compile(r"(?:D|day)\s*(?P<first>\d{1,2})(?!\d)", re.IGNORECASE),
    re.compile(_DAY),
    re.compile(r"(?P<first>\d{1,2})\s*[.、)）:：](?!\d)"),
)
_START = re.compile(r"(?:^|[\n；;。])\s*")
_AFTER_HEAD = re.compile(
    r"\s*(?:[(（]?\s*(?:周|星期)[一二三四五六日天]\s*[)）]?)?[\s:：,，、]*"
)
_HALF = re.compile(r"(上午|下午|晚上|晚间|全天)[\s:：,，、]*")
_PARTS = {
    "上午": "morning",
    "下午": "afternoon",
    "晚上": "evening",
    "晚间": "evening",
    "全天": "whole",
}
_EDGES = " \t\n\r,，;；。、"


class DayPlan(msgspec.Struct, frozen=True):
    """What one day holds; ``whole`` is what was said of no half of it."""

    day: int
    morning: str = ""
    afternoon: str = ""
    evening: str = ""
    whole: str = ""

    @property
    def empty(self) -> bool:
        """Whether nothing is planned."""
        return not (self.morning or self.afternoon or self.evening or self.whole)


class Timetable(msgspec.Struct, frozen=True):
    """The days of a class, each there: those without a plan are ``missing``.

    ``beyond`` names days that the class does not have, by their number;
    ``preface`` is what was written before the first day.
    """

    days: tuple[DayPlan, ...]
    missing: tuple[int, ...]
    beyond: tuple[int, ...]
    preface: str


def read_timetable(text: str, *, days: int, opens_on: date) -> Timetable:
    """The plan of a class of ``days`` days that opens on a day; never raises.

    A day written twice holds both texts.
    """
    written = clean(unicodedata.normalize("NFC", text))
    preface, found = _split(written, opens_on)
    lines = [line for line in written.splitlines() if line.strip()]
    if not found and len(lines) == days:
        preface, found = "", [((day, day), line) for day, line in enumerate(lines, 1)]
    said: dict[int, list[str]] = {}
    for (first, last), body in found:
        for day in range(first, last + 1):
            said.setdefault(day, []).append(body)
    plans = tuple(_plan(day, "；".join(said.get(day, ()))) for day in _all(days))
    return Timetable(
        days=plans,
        missing=tuple(one.day for one in plans if one.empty),
        beyond=tuple(sorted(day for day in said if not 1 <= day <= days)),
        preface=preface.strip(_EDGES),
    )


def _all(days: int) -> range:
    return range(1, days + 1)


Span = tuple[int, int]


def _split(text: str, opens_on: date) -> tuple[str, list[tuple[Span, str]]]:
    heads = list(_heads(text, opens_on))
    if not heads:
        return text, []
    ends = [start for start, _, _ in heads[1:]] + [len(text)]
    found = [
        (span, text[after:end])
        for (_, after, span), end in zip(heads, ends, strict=True)
    ]
    return text[: heads[0][0]], found


def _heads(text: str, opens_on: date) -> Iterator[tuple[int, int, Span]]:
    """Where each day begins, where its plan begins, and which days they are."""
    at = 0
    for start in _START.finditer(text):
        if start.start() < at:
            continue
        for head in _HEADS:
            match = head.match(text, start.end())
            span = _span(match, opens_on) if match else None
            if match and span:
                after = _AFTER_HEAD.match(text, match.end())
                at = after.end() if after else match.end()
                yield start.start(), at, span
                break


def _span(match: re.Match[str], opens_on: date) -> Span | None:
    said = match.groupdict()
    if said.get("month"):
        return _dated(said, opens_on)
    first = _number(said["first"])
    last = _number(said["last"]) if said.get("last") else first
    return (first, last) if 0 < first <= last <= first + 31 else None


def _dated(said: dict[str, str | None], opens_on: date) -> Span | None:
    year = int(said["year"] or opens_on.year)
    try:
        when = date(year, int(said["month"] or 0), int(said["date"] or 0))
    except ValueError:
        return None
    if not said["year"] and (when - opens_on).days < -180:
        when = (
            when.replace(year=year + 1) if (when.month, when.day) != (2, 29) else when
        )
    day = (when - opens_on).days + 1
    return day, day


def _number(said: str) -> int:
    if said.isdecimal():
        return int(said)
    tens, ten, ones = said.rpartition("十")
    if not ten:
        return _DIGITS[said] if len(said) == 1 else 0
    if len(tens) > 1 or len(ones) > 1 or "十" in tens:
        return 0
    return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0)


def _plan(day: int, said: str) -> DayPlan:
    pieces: dict[str, list[str]] = {}
    at, part = 0, "whole"
    for half in _HALF.finditer(said):
        pieces.setdefault(part, []).append(said[at : half.start()])
        at, part = half.end(), _PARTS[half[1]]
    pieces.setdefault(part, []).append(said[at:])
    joined = {
        name: "；".join(text for one in texts if (text := one.strip(_EDGES)))
        for name, texts in pieces.items()
    }
    return DayPlan(day=day, **joined)
