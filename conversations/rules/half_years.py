"""The half years for which training is planned (规程第七条): ``2027-1``, ``2027-2``."""

from __future__ import annotations

import re
from datetime import date, timedelta

_PERIOD = re.compile(r"20[0-9]{2}-[12]")
_JULY = 7


def is_half_year(text: str) -> bool:
    """True iff ``text`` is the name of a half year."""
    return bool(_PERIOD.fullmatch(text))


def half_year_of(day: date) -> str:
    """The half year in which a day lies."""
    return f"{day.year}-{1 if day.month < _JULY else 2}"


def first_day(period: str) -> date:
    """The first day of a half year."""
    year, _, half = period.partition("-")
    return date(int(year), 1 if half == "1" else _JULY, 1)


def last_day(period: str) -> date:
    """The last day of a half year."""
    return first_day(following(period)) - timedelta(days=1)


def following(period: str) -> str:
    """The half year after a half year."""
    year, _, half = period.partition("-")
    return f"{year}-2" if half == "1" else f"{int(year) + 1}-1"
