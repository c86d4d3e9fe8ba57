"""What people should have been reminded of, reckoned here by the rule itself.

7, 3, 1 and 0 days before a date, at nine; a mark on a day off moves to the working day
before, the last never moves; once more on the first working day after. Nobody is
reminded of what is done, nor before it is theirs to do.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta

from notices.calendar import is_working_day
from tests.journeys.life.phones import Heard

_LINE = re.compile(r"“(?P<about>[^”]+)”的(?P<what>\w+?)(?: |改了|应在|今天|明天)")

Said = Counter[tuple[date, str]]
"""How often something was reminded of on a day, by the day and what it is."""


def reminded(heard: Iterable[Heard]) -> Said:
    """The reminders among what somebody heard; one that names several counts as several."""
    return Counter(
        (one.day, line["what"])
        for one in heard
        if "【提醒】" in one.text
        for line in _LINE.finditer(one.text)
    )


def due(what: str, on: date, *, since: date, done: date, overdue: bool = True) -> Said:
    """The reminders of something due, which is somebody's from one day until another.

    Both count from the afternoon: a mark of the day ``since`` was over, one of the
    day ``done`` was still said.
    """
    marks = {_working_until(on - timedelta(days=days)) for days in (7, 3, 1)} | {on}
    if overdue:
        marks.add(_working_after(on))
    return Counter({(day, what): 1 for day in marks if since < day <= done})


def _working_until(day: date) -> date:
    while not is_working_day(day):
        day -= timedelta(days=1)
    return day


def _working_after(day: date) -> date:
    day += timedelta(days=1)
    while not is_working_day(day):
        day += timedelta(days=1)
    return day
