"""The dates of a class: domain 2, one row for each step of the programme."""

from __future__ import annotations

from datetime import date

import pytest

from notices.programmes import load_programmes
from notices.timeline import (
    ClassDates,
    Move,
    PlannedDeadline,
    Standing,
    current_step,
    move,
    plan_class,
    plan_year,
)

GONGXUE = load_programmes()["gongxue"]
D, E, CLOSES = date(2026, 6, 20), date(2026, 6, 28), date(2026, 6, 13)
DATES = ClassDates(D, E, CLOSES)


def test_a_class_has_every_dated_step_in_order() -> None:
    planned = [(one.step, one.due_on) for one in plan_class(GONGXUE, DATES)]

    assert planned == [
        ("opening", date(2026, 5, 11)),  # D-40, 规程第八条
        ("staffing", date(2026, 5, 16)),  # D-35
        ("scheme", date(2026, 5, 21)),  # D-30, 规程第九条
        ("recruiting", CLOSES),
        ("needs", date(2026, 6, 19)),
        ("training", E),
        ("process_assessment", E),
        ("final_assessment", E),
        ("evaluation", date(2026, 7, 5)),
        ("certificates", date(2026, 7, 5)),
        ("backbone_feedback", date(2026, 7, 5)),  # E+7, 规程第十三条
        ("institution_feedback", date(2026, 7, 5)),
        ("transcript", date(2026, 7, 5)),
        ("archive", date(2026, 7, 5)),
    ]


@pytest.mark.parametrize(
    ("opens_on", "scheme_due"),
    [
        pytest.param(date(2028, 3, 30), date(2028, 2, 29), id="onto-a-leap-day"),
        pytest.param(date(2026, 3, 30), date(2026, 2, 28), id="over-a-short-february"),
        pytest.param(date(2027, 1, 15), date(2026, 12, 16), id="over-new-year"),
    ],
)
def test_thirty_days_before_the_opening_day(opens_on: date, scheme_due: date) -> None:
    planned = plan_class(GONGXUE, ClassDates(opens_on, opens_on, opens_on))
    assert {one.step: one.due_on for one in planned}["scheme"] == scheme_due


def test_a_year_of_an_institution() -> None:
    planned = [
        (one.period, one.deadline.step, one.deadline.starts_on, one.deadline.due_on)
        for one in plan_year(GONGXUE, 2026)
    ]

    assert planned == [
        ("2026-1", "plan", None, date(2026, 6, 15)),
        ("2026", "annual_summary", date(2026, 12, 1), date(2026, 12, 10)),
        ("2026-2", "plan", None, date(2026, 12, 15)),
    ]


def test_what_is_open_moves_and_what_is_done_stays() -> None:
    before, after = date(2026, 5, 11), date(2026, 5, 18)
    standing = [
        Standing("a", "opening", before, "done"),
        Standing("b", "staffing", before, "open"),
        Standing("c", "scheme", after, "open"),
        Standing("d", "needs", before, "cancelled"),
        Standing("e", "forgotten", before, "open"),
    ]
    steps = ("opening", "staffing", "scheme", "needs")
    planned = [PlannedDeadline(step, after) for step in steps]

    assert move(standing, planned) == (
        Move("b", before, PlannedDeadline("staffing", after)),
    )


def test_the_current_step_is_the_first_that_is_not_done() -> None:
    everything = frozenset(step.key for step in GONGXUE.class_steps)
    assert current_step(GONGXUE, frozenset()) == "opening"
    assert current_step(GONGXUE, frozenset({"opening", "scheme"})) == "staffing"
    assert current_step(GONGXUE, everything) == "closed"
