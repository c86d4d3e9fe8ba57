"""When people are reminded: domain 2, with the days off of 2026."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from notices.calendar import CHINA, instant
from notices.programmes import load_programmes
from notices.programmes.schema import Sending, Tell
from notices.reminders import (
    DueReminder,
    Facts,
    PlannedReminder,
    choose,
    dedupe_key,
    marks_for,
    moved_reminder,
    still_wanted,
)
from notices.timeline import PlannedDeadline

SENDING = load_programmes()["gongxue"].sending
LONG_BEFORE = datetime(2026, 1, 1, tzinfo=UTC)
NINE = time(9)


def _at(day: date, at: time = NINE) -> datetime:
    return instant(day, at)


def _planned(
    due_on: date, *, now: datetime = LONG_BEFORE, starts_on: date | None = None
) -> list[tuple[str, datetime]]:
    deadline = PlannedDeadline("scheme", due_on, starts_on)
    return [(one.mark, one.fire_at) for one in marks_for(deadline, SENDING, now=now)]


@pytest.mark.parametrize(
    ("due_on", "expected"),
    [
        pytest.param(
            date(2026, 5, 21),
            {
                "before-7": date(2026, 5, 14),
                "before-3": date(2026, 5, 18),
                "before-1": date(2026, 5, 20),
                "due": date(2026, 5, 21),
                "overdue": date(2026, 5, 22),
            },
            id="domain-2-plain-week",
        ),
        pytest.param(
            date(2026, 10, 11),
            {
                "before-7": date(2026, 9, 30),
                "before-3": date(2026, 10, 8),
                "before-1": date(2026, 10, 10),
                "due": date(2026, 10, 11),
                "overdue": date(2026, 10, 12),
            },
            id="domain-2-the-last-mark-never-moves-and-a-moved-saturday-works",
        ),
        pytest.param(
            date(2026, 2, 15),
            {
                "before-7": date(2026, 2, 6),
                "before-3": date(2026, 2, 12),
                "before-1": date(2026, 2, 14),
                "due": date(2026, 2, 15),
                "overdue": date(2026, 2, 24),
            },
            id="domain-2-overdue-waits-for-the-end-of-spring-festival",
        ),
        pytest.param(
            date(2026, 5, 25),
            {
                "before-7": date(2026, 5, 18),
                "before-1": date(2026, 5, 22),
                "due": date(2026, 5, 25),
                "overdue": date(2026, 5, 26),
            },
            id="domain-2-two-marks-on-one-day-are-the-later",
        ),
        pytest.param(
            date(2026, 2, 21),
            {
                "before-1": date(2026, 2, 14),
                "due": date(2026, 2, 21),
                "overdue": date(2026, 2, 24),
            },
            id="domain-2-three-marks-on-one-day-are-the-latest",
        ),
        pytest.param(
            date(2028, 3, 1),
            {
                "before-7": date(2028, 2, 23),
                "before-3": date(2028, 2, 25),
                "before-1": date(2028, 2, 29),
                "due": date(2028, 3, 1),
                "overdue": date(2028, 3, 2),
            },
            id="leap-day-of-a-year-not-yet-published",
        ),
    ],
)
def test_marks_fall_on_working_days(due_on: date, expected: dict[str, date]) -> None:
    assert dict(_planned(due_on)) == {mark: _at(day) for mark, day in expected.items()}


DUE = date(2026, 5, 21)


@pytest.mark.parametrize(
    ("now", "marks"),
    [
        pytest.param(
            _at(date(2026, 5, 18)), ["before-3", "before-1", "due", "overdue"], id="at"
        ),
        pytest.param(
            _at(date(2026, 5, 18)) + timedelta(seconds=1),
            ["before-1", "due", "overdue"],
            id="a-second-after",
        ),
    ],
)
def test_marks_over_when_the_date_is_set_are_left_out(
    now: datetime, marks: list[str]
) -> None:
    assert [mark for mark, _ in _planned(DUE, now=now)] == marks


def test_a_date_set_on_its_own_day_is_said_at_once() -> None:
    now = _at(DUE, time(15, 30))
    assert _planned(DUE, now=now) == [("due", now), ("overdue", _at(date(2026, 5, 22)))]


def test_a_date_set_on_its_own_night_is_said_when_overdue() -> None:
    now = _at(DUE, time(21))
    assert _planned(DUE, now=now) == [("overdue", _at(date(2026, 5, 22)))]


@pytest.mark.parametrize(
    ("now", "said"),
    [
        pytest.param(
            _at(date(2026, 6, 5), time(8)), date(2026, 6, 5), id="this-morning"
        ),
        pytest.param(
            _at(date(2026, 6, 5), time(10)), date(2026, 6, 8), id="over-a-weekend"
        ),
        pytest.param(
            _at(date(2026, 6, 6), time(7)), date(2026, 6, 8), id="on-a-saturday"
        ),
    ],
)
def test_a_date_set_in_the_past_is_overdue_the_next_working_morning(
    now: datetime, said: date
) -> None:
    assert _planned(DUE, now=now) == [("overdue", _at(said))]


def test_nobody_is_reminded_before_the_step_begins() -> None:
    due_on, last_day = date(2026, 7, 4), date(2026, 6, 29)
    assert [mark for mark, _ in _planned(due_on, starts_on=last_day)] == [
        "before-3",
        "before-1",
        "due",
        "overdue",
    ]


def test_marks_and_hours_come_from_the_programme() -> None:
    sending = Sending(marks=(10,), at=time(14), opens=time(13), closes=time(18))
    planned = marks_for(PlannedDeadline("x", DUE), sending, now=LONG_BEFORE)
    assert planned == (
        PlannedReminder("before-10", _at(date(2026, 5, 11), time(14))),
        PlannedReminder("overdue", _at(date(2026, 5, 22), time(14))),
    )


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (_at(DUE, time(12)), _at(DUE, time(12))),
        (_at(DUE, time(22)), _at(date(2026, 5, 22), time(8))),
    ],
)
def test_a_moved_date_is_told_as_soon_as_hours_allow(
    now: datetime, told: datetime
) -> None:
    assert moved_reminder(SENDING, now=now) == PlannedReminder("moved", told)


def _due(mark: str, day: date, due_on: date = DUE) -> DueReminder:
    return DueReminder(id=mark, mark=mark, due_on=due_on, fire_at=_at(day))


SEVEN = _due("before-7", date(2026, 5, 14))
THREE = _due("before-3", date(2026, 5, 18))
ON_THE_DAY = _due("due", DUE)
OVERDUE = _due("overdue", date(2026, 5, 22))
MOVED = _due("moved", date(2026, 5, 13))


@pytest.mark.parametrize(
    ("due", "today", "fire", "skip"),
    [
        pytest.param([SEVEN], SEVEN.fire_at, ["before-7"], {}, id="in-time"),
        pytest.param(
            [SEVEN, THREE],
            datetime(2026, 5, 19, tzinfo=CHINA),
            ["before-3"],
            {"before-7": "overtaken"},
            id="domain-2-after-downtime-the-latest",
        ),
        pytest.param(
            [THREE, SEVEN, ON_THE_DAY, OVERDUE],
            datetime(2026, 6, 1, tzinfo=CHINA),
            ["overdue"],
            {"before-3": "stale", "before-7": "stale", "due": "stale"},
            id="domain-2-after-the-date-only-overdue",
        ),
        pytest.param(
            [ON_THE_DAY],
            datetime(2026, 5, 22, tzinfo=CHINA),
            [],
            {"due": "stale"},
            id="reliability-F12-a-passed-date-is-stale",
        ),
        pytest.param(
            [MOVED, SEVEN],
            datetime(2026, 5, 14, 9, tzinfo=CHINA),
            ["moved", "before-7"],
            {},
            id="a-moved-date-is-told-beside-a-mark",
        ),
    ],
)
def test_what_is_said_of_what_fell_due(
    due: list[DueReminder], today: datetime, fire: list[str], skip: dict[str, str]
) -> None:
    chosen = choose(due, state="open", today=today.astimezone(CHINA).date())
    assert [one.mark for one in chosen.fire] == fire
    assert {one.mark: why for one, why in chosen.skip} == skip


@pytest.mark.parametrize("state", ["done", "cancelled"])
def test_nothing_is_said_of_what_is_done_or_cancelled(state: str) -> None:
    chosen = choose([SEVEN, MOVED], state=state, today=date(2026, 5, 14))
    assert chosen.fire == ()
    assert [why for _, why in chosen.skip] == [state, state]


@pytest.mark.parametrize(
    ("when", "facts", "wanted"),
    [
        ("", Facts(), True),
        ("applications_waiting", Facts(), False),
        ("applications_waiting", Facts(applications_waiting=1), True),
        ("review_waiting", Facts(), False),
        ("review_waiting", Facts(review_number=12), True),
        ("no_review_waiting", Facts(), True),
        ("no_review_waiting", Facts(review_number=12), False),
    ],
)
def test_the_facts_are_looked_at_again(when: str, facts: Facts, wanted: bool) -> None:
    tell = Tell(who="institution", wording="scheme", when=when)  # type: ignore[arg-type]  # one of `When`
    assert still_wanted(tell, "due", facts) == wanted


def test_nobody_hears_that_it_is_late_when_nothing_can_be_done() -> None:
    tell = Tell(who="drafts", wording="application", overdue=False)
    assert still_wanted(tell, "due", Facts())
    assert not still_wanted(tell, "overdue", Facts())


def test_the_same_things_to_the_same_person_are_one_message() -> None:
    one, other = ("d1", DUE, "due"), ("d2", DUE, "before-3")
    assert dedupe_key("p", [one, other]) == dedupe_key("p", [other, one])
    keys = {
        dedupe_key("p", [one]),
        dedupe_key("q", [one]),
        dedupe_key("p", [other]),
        dedupe_key("p", [("d1", date(2026, 5, 22), "due")]),
        dedupe_key("p", [one, other]),
    }
    assert len(keys) == 5
