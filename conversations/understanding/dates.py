"""Dates as people write them, seen from a given day.

An answer without its year, or a weekday that is over, has two readings: they
come back as candidates, the coming one first. Labels of candidates are ISO dates.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date, timedelta

from conversations.understanding.numbers import NUMERAL, parse_whole
from conversations.understanding.reading import Candidate, Read, bad, either, good
from conversations.understanding.text import clean, longest_first
from conversations.understanding.vocabulary import WORDS

_SAY = WORDS.dates
_LARGEST_SPAN = 4000
_Maker = Callable[[re.Match[str], date], list[date]]


def _any(words: Iterable[str]) -> str:
    return f"(?:{longest_first(words)})"


_WEEKDAYS = {
    character: int(characters[-1])
    for characters in _SAY.weekdays
    for character in characters
}
_YEAR = f"(?P<year>[0-9]{{4}}|[0-9]{{2}}|[{''.join(WORDS.ones)}]{{2,4}})"
_SOME_YEAR = f"(?:{_YEAR}{_SAY.year}|(?P<which>{_any(_SAY.years)})[的,]?)"
_MONTH = f"(?P<month>{NUMERAL})"
_DAY = f"(?P<day>{NUMERAL})"
_DAY_END = _any(_SAY.day)
_WEEK = f"(?P<week>{longest_first(_SAY.weeks)})?{_any(_SAY.week_words)}"
_SIGN = f"(?P<sign>{longest_first((*_SAY.after, *_SAY.before))})"


def _year(found: re.Match[str], today: date) -> int:
    which = found.groupdict().get("which")
    if which:
        return today.year + _SAY.years[which]
    number = parse_whole(found["year"]) or 0
    if number >= 100:
        return number
    return number + (2000 if number < 80 else 1900)


def _part(found: re.Match[str], name: str) -> int:
    number = parse_whole(found[name])
    if number is None:
        raise ValueError(name)
    return number


def _full(found: re.Match[str], today: date) -> list[date]:
    return [date(_year(found, today), _part(found, "month"), _part(found, "day"))]


def _compact(found: re.Match[str], _today: date) -> list[date]:
    digits = found[0]
    return [date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))]


def _day_of_year(found: re.Match[str], today: date) -> list[date]:
    """A month and a day: this year's; when that is over, next year's is likelier."""
    month, day = _part(found, "month"), _part(found, "day")
    possible = [year for year in (0, 1) if _exists(today.year + year, month, day)]
    if not possible:
        raise ValueError(found[0])
    days = [date(today.year + year, month, day) for year in possible]
    return _coming_first(days, today)


def _coming_first(days: list[date], today: date) -> list[date]:
    """Only the first when it is still to come; else the later, then the earlier."""
    return days[:1] if days[0] >= today else days[::-1]


def _exists(year: int, month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]


def _month_from(today: date, months: int) -> tuple[int, int]:
    place = today.year * 12 + today.month - 1 + months
    return place // 12, place % 12 + 1


def _day_of_some_month(found: re.Match[str], today: date) -> list[date]:
    year, month = _month_from(today, _SAY.months[found["which_month"]])
    return [date(year, month, _part(found, "day"))]


def _day_of_month(found: re.Match[str], today: date) -> list[date]:
    """A day alone: this month's; when that is over, next month's is likelier."""
    day = _part(found, "day")
    months = [_month_from(today, ahead) for ahead in (0, 1)]
    days = [date(*month, day) for month in months if _exists(*month, day)]
    if not days:
        raise ValueError(found[0])
    return _coming_first(days, today)


def _month_end(found: re.Match[str], today: date) -> list[date]:
    """The last day of a month: of the one named, else of this one."""
    groups = found.groupdict()
    if groups["which_month"]:
        year, month = _month_from(today, _SAY.months[groups["which_month"]])
    elif groups["month"]:
        month = _part(found, "month")
        year = today.year + (month < today.month)
    else:
        year, month = today.year, today.month
    if not 1 <= month <= 12:
        raise ValueError(found[0])
    return [date(year, month, calendar.monthrange(year, month)[1])]


def _named_day(found: re.Match[str], today: date) -> list[date]:
    return [today + timedelta(days=_SAY.today[found[0]])]


def _weekday(found: re.Match[str], today: date) -> list[date]:
    monday = today - timedelta(days=today.weekday())
    day = monday + timedelta(days=_WEEKDAYS[found["weekday"]] - 1)
    if found["week"]:
        return [day + timedelta(weeks=_SAY.weeks[found["week"]])]
    return _coming_first([day, day + timedelta(weeks=1)], today)


def _distance(found: re.Match[str], today: date) -> list[date]:
    """N days, weeks, months or years from today, either way."""
    number = _part(found, "number")
    if number > _LARGEST_SPAN:
        raise ValueError(found[0])
    if found["sign"] in _SAY.before:
        number = -number
    unit = _SAY.spans[found["unit"]]
    if unit in ("day", "week"):
        return [today + timedelta(days=number * (7 if unit == "week" else 1))]
    year, month = _month_from(today, number * (12 if unit == "year" else 1))
    return [date(year, month, min(today.day, calendar.monthrange(year, month)[1]))]


_SOME_MONTH = f"(?P<which_month>{_any(_SAY.months)})"
_SPAN = f"(?P<number>{NUMERAL})(?P<unit>{longest_first(_SAY.spans)})"
_NOT_DISTANCE = f"(?!{longest_first((*_SAY.after, *_SAY.before))})"
_FORMS: tuple[tuple[re.Pattern[str], _Maker], ...] = tuple(
    (re.compile(pattern), maker)
    for pattern, maker in (
        (f"{_SOME_YEAR}{_MONTH}{_SAY.month}{_DAY}{_DAY_END}?", _full),
        (r"(?<![0-9])(?:19|20)[0-9]{6}(?![0-9])", _compact),
        (
            r"(?<![0-9])(?P<year>[0-9]{4})[-/.](?P<month>[0-9]{1,2})[-/.](?P<day>[0-9]{1,2})(?![0-9])",
            _full,
        ),
        (
            f"(?:{_SOME_MONTH}|{_MONTH}?{_SAY.month}){_any(_SAY.month_end)}",
            _month_end,
        ),
        (f"{_SOME_MONTH}{_DAY}{_DAY_END}", _day_of_some_month),
        (f"{_MONTH}{_SAY.month}{_DAY}{_DAY_END}?", _day_of_year),
        (r"^(?P<month>[0-9]{1,2})[-/.](?P<day>[0-9]{1,2})$", _day_of_year),
        (f"{_SPAN}{_SIGN}", _distance),
        (f"{_WEEK}(?P<weekday>[{''.join(_WEEKDAYS)}])", _weekday),
        (longest_first(_SAY.today), _named_day),
        (f"(?<![{_SAY.month}0-9]){_DAY}{_DAY_END}{_NOT_DISTANCE}", _day_of_month),
    )
)
_INCOMPLETE = re.compile(
    f"{_SOME_YEAR}(?:{NUMERAL}{_SAY.month})?|{NUMERAL}{_SAY.month}"
    f"|{_any(_SAY.months)}|^[0-9]{{4}}[-/.][0-9]{{1,2}}$"
)
_SPACED = re.compile(r"(?<=[0-9])\s+(?=[0-9])")
_SPACE = re.compile(r"\s+")


def read_date(text: str, *, today: date) -> Read:
    """A day, as its ISO date; several readings come back as candidates."""
    said = unicodedata.normalize("NFKC", clean(text)).lower().strip(" ,.;")
    if not said:
        return bad("empty")
    said = _SPACE.sub("", _SPACED.sub("-", said))
    try:
        days = _days(said, today)
    except (ValueError, OverflowError):
        return bad("date_impossible")
    if not days:
        return _unreadable(said)
    if len(days) == 1:
        return good(days[0].isoformat())
    return either(*(Candidate(day.isoformat(), day.isoformat()) for day in days))


def _days(said: str, today: date) -> list[date]:
    """The readings by the first form that fits anywhere in the answer."""
    for pattern, maker in _FORMS:
        found = [day for match in pattern.finditer(said) for day in maker(match, today)]
        if found:
            return list(dict.fromkeys(found))
    return []


def _unreadable(said: str) -> Read:
    found = _INCOMPLETE.search(said)
    return bad("date_incomplete", found=found[0]) if found else bad("date_unreadable")


def read_coming_date(text: str, *, today: date) -> date | None:
    """The day in ``text``; of several possible ones, the first still to come.

    None when none can be read. A day that can only be past is told as it is.
    """
    read = read_date(text, today=today)
    said = [one.value for one in read.candidates] if read.problem else [read.value]
    days = [date.fromisoformat(one) for one in said if isinstance(one, str) and one]
    return min((day for day in days if day > today), default=days[0] if days else None)
