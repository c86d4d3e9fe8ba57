"""F12: after any downtime everything is decided at the first look, and nothing stale is said."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest

from notices.calendar import Hours, send_window
from storage.database import Database
from tests.actions.timeworld import at
from tests.faults.lifetimes import (
    DOWNTIMES,
    marks_said,
    settle_country,
    stale,
    undecided,
)

# A moment at which several reminders fall due: 9 o'clock of a mark's day.
DUE = at(date(2026, 5, 14), 9)


@pytest.mark.parametrize("down", DOWNTIMES, ids=str)
@pytest.mark.parametrize("before", [timedelta(seconds=1), timedelta(hours=3)], ids=str)
async def test_f12_downtime(
    database: Database, down: timedelta, before: timedelta
) -> None:
    country = await settle_country(database, classes=6)
    stopped = DUE - before
    await country.tick(stopped)
    earlier = await marks_said(database)
    messages = len(await country.sent())
    # At night nobody is reminded: what waited then goes in the morning.
    back = send_window(stopped + down, Hours()) if down > before else stopped + down
    # The fault has fired: there was something to miss.
    missed = await undecided(database, max(back, DUE))
    assert missed > 0

    await country.tick(back)

    assert await undecided(database, back) == 0
    assert await stale(database) == []
    said = await marks_said(database) - earlier
    things = Counter((person, about) for person, about, _, _ in said)
    assert max(things.values(), default=1) == 1
    new = [one.person for one in (await country.sent())[messages:]]
    assert len(new) == len(set(new))
    if back >= DUE:
        assert said


async def test_f12_downtime_over_everything(database: Database) -> None:
    """Down for half a year: what is over is said to be over, once, and no more."""
    country = await settle_country(database)
    back = at(date(2026, 12, 1), 10)
    assert await undecided(database, back) > 50

    await country.tick(back)

    assert await undecided(database, back) == 0
    assert {mark for *_, mark in await marks_said(database)} == {"overdue"}
    assert await stale(database) == []
    people = Counter(one.person for one in await country.sent())
    assert set(people.values()) == {1}
