"""F11: wherever the machine stands and whatever day it is, the dates are China's."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

ZONES = ("UTC", "America/New_York", "Asia/Shanghai", "Pacific/Apia")

# New Year, a leap day, the hour that America skips, a century without a leap day,
# and one in the years in which China had summer time.
PRINTED = """
import time
from datetime import UTC, date, datetime, timedelta
from bot.clock import civil, moment_of
from conversations.understanding.dates import read_date
from notices.calendar import Hours, instant, is_working_day, send_window
from notices.programmes import load_programmes
from notices.reach import new_quotas
from notices.reminders import marks_for
from notices.timeline import ClassDates, plan_class

programme = load_programmes()["gongxue"]
for now in (
    datetime(2027, 12, 31, 15, 59, 59, tzinfo=UTC),
    datetime(2027, 12, 31, 16, 0, 0, tzinfo=UTC),
    datetime(2028, 2, 28, 16, 0, 0, tzinfo=UTC),
    datetime(2028, 3, 12, 7, 0, 0, tzinfo=UTC),
    datetime(2100, 2, 28, 12, 0, 0, tzinfo=UTC),
    datetime(1988, 6, 1, 15, 30, 0, tzinfo=UTC),
):
    today = civil(now)
    print(today, moment_of(now), send_window(now, Hours()), new_quotas(now))
    print([read_date(said, today=today) for said in ("明天", "下周五", "2月29日", "月底")])
    opens_on = today + timedelta(days=60)
    dates = ClassDates(opens_on, opens_on + timedelta(days=8), opens_on - timedelta(days=7))
    if today.year < 2000:
        continue
    for one in plan_class(programme, dates):
        print(one, marks_for(one, programme.sending, now=now))
print(time.tzname, file=__import__("sys").stderr)
"""


def printed(zone: str) -> tuple[str, str]:
    """What the rules of time say on a machine in ``zone``, and what it calls that."""
    done = subprocess.run(
        [sys.executable, "-c", PRINTED],
        env={**os.environ, "TZ": zone},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr.strip()


def test_f11_time_zones() -> None:
    said = {zone: printed(zone) for zone in ZONES}

    # The fault has fired: the machines do stand in different places.
    assert len({name for _, name in said.values()}) == len(ZONES)
    assert len({text for text, _ in said.values()}) == 1
    assert "2028-02-29" in said["UTC"][0]


@pytest.mark.chaos
@pytest.mark.parametrize("zone", ZONES)
def test_f11_the_rules_of_time_hold_in_every_zone(zone: str) -> None:
    """All tests of time, as they are, on a machine that stands there."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
            *("tests/notices", "tests/conversations", "tests/actions"),
            *("tests/goldens", "tests/jobs"),
        ],
        env={**os.environ, "TZ": zone},
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
