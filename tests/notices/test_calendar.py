"""Working days and quiet hours: domain 2, the clauses named in the ids."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from notices.calendar import (
    CHINA,
    Hours,
    civil,
    instant,
    is_open,
    is_tentative,
    is_working_day,
    send_window,
    working_day_after,
    working_day_until,
)

HOURS = Hours(time(8), time(21))


@pytest.mark.parametrize(
    ("day", "works"),
    [
        pytest.param(date(2026, 2, 14), True, id="2026-working-saturday-before-spring"),
        pytest.param(date(2026, 2, 16), False, id="2026-new-years-eve"),
        pytest.param(date(2026, 2, 23), False, id="2026-monday-given-free"),
        pytest.param(date(2026, 2, 28), True, id="2026-working-saturday-after-spring"),
        pytest.param(date(2026, 9, 20), True, id="2026-working-sunday"),
        pytest.param(
            date(2026, 10, 10), True, id="2026-working-saturday-after-october"
        ),
        pytest.param(date(2026, 10, 11), False, id="2026-plain-sunday"),
        pytest.param(date(2024, 2, 29), True, id="leap-day"),
        pytest.param(date(2028, 2, 29), True, id="leap-day-of-an-unknown-year"),
        pytest.param(date(2027, 10, 1), False, id="unknown-year-statutory-day"),
        pytest.param(date(2027, 10, 9), False, id="unknown-year-plain-saturday"),
        pytest.param(date(2027, 10, 11), True, id="unknown-year-plain-monday"),
    ],
)
def test_offices_work_on_working_days_and_on_moved_ones(day: date, works: bool) -> None:
    assert is_working_day(day) == works


@pytest.mark.parametrize(
    ("year", "tentative"), [(2025, False), (2026, False), (2027, True)]
)
def test_a_year_is_tentative_until_its_moved_days_are_published(
    year: int, tentative: bool
) -> None:
    assert is_tentative(year) == tentative


@pytest.mark.parametrize(
    ("day", "until", "after"),
    [
        pytest.param(
            date(2026, 2, 22),
            date(2026, 2, 14),
            date(2026, 2, 24),
            id="spring-festival",
        ),
        pytest.param(
            date(2026, 10, 10),
            date(2026, 10, 10),
            date(2026, 10, 12),
            id="moved-saturday",
        ),
        pytest.param(
            date(2027, 1, 1),
            date(2026, 12, 31),
            date(2027, 1, 4),
            id="into-an-unknown-year",
        ),
    ],
)
def test_the_working_days_around_a_day(day: date, until: date, after: date) -> None:
    assert (working_day_until(day), working_day_after(day)) == (until, after)


def _china(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=CHINA)  # type: ignore[arg-type,misc]  # year to second


@pytest.mark.parametrize(
    ("moment", "allowed"),
    [
        pytest.param(
            _china(2026, 5, 9, 7, 59, 59), _china(2026, 5, 9, 8), id="a-second-early"
        ),
        pytest.param(_china(2026, 5, 9, 8), _china(2026, 5, 9, 8), id="at-opening"),
        pytest.param(
            _china(2026, 5, 9, 20, 59, 59), _china(2026, 5, 9, 20, 59, 59), id="last"
        ),
        pytest.param(_china(2026, 5, 9, 21), _china(2026, 5, 10, 8), id="at-closing"),
        pytest.param(
            _china(2026, 12, 31, 23, 59), _china(2027, 1, 1, 8), id="year-end"
        ),
        pytest.param(
            _china(2028, 2, 28, 22), _china(2028, 2, 29, 8), id="into-a-leap-day"
        ),
    ],
)
def test_messages_go_out_only_from_eight_to_nine(
    moment: datetime, allowed: datetime
) -> None:
    assert send_window(moment.astimezone(UTC), HOURS) == allowed
    assert is_open(moment, HOURS) == (moment == allowed)


def test_every_minute_of_a_day_moves_to_an_open_moment_within_eleven_hours() -> None:
    start = _china(2026, 5, 9)
    for minute in range(24 * 60):
        moment = start + timedelta(minutes=minute)
        allowed = send_window(moment, HOURS)
        assert is_open(allowed, HOURS)
        assert timedelta(0) <= allowed - moment <= timedelta(hours=11)


def test_civil_dates_turn_at_midnight_in_china() -> None:
    before = datetime(2026, 5, 8, 15, 59, 59, tzinfo=UTC)
    at = datetime(2026, 5, 8, 16, tzinfo=UTC)
    assert (civil(before), civil(at)) == (date(2026, 5, 8), date(2026, 5, 9))
    assert instant(date(2026, 5, 9), time(0)) == at
