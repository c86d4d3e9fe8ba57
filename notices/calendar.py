"""Civil time in China: working days, and the hours in which messages may go out.

``chinese_calendar`` and ``holidays`` are tables inside their packages: they read
no file, clock or network. The government publishes the days that are moved
(调休) a year at a time; until it has, a year is made of weekends and statutory
holidays and is called tentative.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import chinese_calendar
import holidays
import msgspec

CHINA = ZoneInfo("Asia/Shanghai")

_DAY = timedelta(days=1)
_SATURDAY = 5


class Hours(msgspec.Struct, frozen=True):
    """From when until before when messages may go out, as times in China."""

    opens: time = time(8)
    closes: time = time(21)


def civil(moment: datetime) -> date:
    """The date in China at a moment."""
    return moment.astimezone(CHINA).date()


def sending_hours(quiet: str) -> Hours | None:
    """The hours that ``quiet`` ones (``21:00-08:00``) leave; None for ``none``.

    Raises:
        ValueError: they are no times of a day, or do not go through the night.
    """
    if quiet == "none":
        return None
    closes, dash, opens = quiet.partition("-")
    hours = Hours(time.fromisoformat(opens), time.fromisoformat(closes))
    if not dash or hours.opens >= hours.closes:
        raise ValueError(quiet)
    return hours


def instant(day: date, at: time) -> datetime:
    """The moment, in UTC, at which it is ``at`` o'clock on ``day`` in China."""
    return datetime.combine(day, at, CHINA).astimezone(UTC)


def is_tentative(year: int) -> bool:
    """True iff the moved days of ``year`` are not known."""
    try:
        chinese_calendar.is_workday(date(year, 1, 1))
    except NotImplementedError:
        return True
    return False


def is_working_day(day: date) -> bool:
    """True iff offices in China work on ``day``, moved days included."""
    if is_tentative(day.year):
        return day.weekday() < _SATURDAY and day not in _statutory(day.year)
    return bool(chinese_calendar.is_workday(day))


@lru_cache(maxsize=16)
def _statutory(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("CN", years=year))


def working_day_until(day: date) -> date:
    """``day`` itself when it is a working day, else the last one before it."""
    while not is_working_day(day):
        day -= _DAY
    return day


def working_day_after(day: date) -> date:
    """The first working day after ``day``."""
    day += _DAY
    while not is_working_day(day):
        day += _DAY
    return day


def is_open(moment: datetime, hours: Hours) -> bool:
    """True iff messages may go out at ``moment``: from opening to before closing."""
    return hours.opens <= moment.astimezone(CHINA).time() < hours.closes


def send_window(moment: datetime, hours: Hours) -> datetime:
    """``moment`` when messages may go out then, else the next opening."""
    if is_open(moment, hours):
        return moment
    local = moment.astimezone(CHINA)
    day = local.date() if local.time() < hours.opens else local.date() + _DAY
    return instant(day, hours.opens)
