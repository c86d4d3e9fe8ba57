"""规程第十二条 as arithmetic: who is barred, what points come to, who may sit the final."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.rules import scoring
from conversations.rules.attendance import Missed, bar, leave_left, total
from conversations.rules.scoring import Course, Verdict


@pytest.mark.parametrize(
    ("missed", "barred"),
    [
        pytest.param(Missed(), False, id="art-12-there"),
        pytest.param(Missed(leave=4), False, id="art-12-four-hours"),
        pytest.param(Missed(leave=5), True, id="art-12-more-than-four"),
        pytest.param(Missed(absent=1), True, id="art-12-unexcused"),
        pytest.param(Missed(late=9, early=9), False, id="art-12-late-is-noted"),
    ],
)
def test_who_is_barred(missed: Missed, barred: bool) -> None:
    assert (bar(missed) is not None) == barred


def test_unexcused_absence_is_the_first_reason() -> None:
    found = bar(Missed(leave=9, absent=2))

    assert found is not None
    assert found.reason.startswith("无故旷课 2 课时")
    assert found.clause == "规程第十二条"


def test_what_is_missed_adds_up() -> None:
    missed = total([("leave", 2), ("late", 1), ("leave", 1)])

    assert missed == Missed(leave=3, late=1)
    assert (leave_left(missed), leave_left(Missed(leave=9))) == (1, 0)


@pytest.mark.parametrize(
    ("points", "mean", "passed"),
    [
        ((850, 850), "85.0", True),
        ((825, 830), "82.8", True),
        ((800, 801, 801), "80.1", True),
        ((599, 600), "60.0", True),
        ((599, 599), "59.9", False),
        ((0, 0, 0), "0.0", False),
        ((1000, 1000, 1000), "100.0", True),
    ],
)
def test_the_mean_has_one_decimal_half_up(
    points: tuple[int, ...], mean: str, passed: bool
) -> None:
    found = scoring.mean(points)

    assert scoring.shown_mean(found) == mean
    assert scoring.passes(found) == passed


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=5))
def test_a_mean_lies_between_and_is_nearest(points: list[int]) -> None:
    found = scoring.mean(points)

    assert min(points) <= found <= max(points)
    assert -len(points) <= 2 * (sum(points) - found * len(points)) < len(points)


@pytest.mark.parametrize(
    ("given", "seated", "counted"),
    [
        pytest.param({1: 80}, {1, 2}, (), id="one-of-two"),
        pytest.param({1: 80, 2: 70}, {1, 2}, (80, 70), id="both"),
        pytest.param({1: 80, 2: 70}, {1}, (80, 70), id="a-place-is-empty"),
        pytest.param({1: 80}, {1}, (), id="only-one-sits"),
        pytest.param({1: 80, 2: 70}, {1, 2, 3}, (), id="a-third-was-added"),
        pytest.param({1: 80, 2: 70, 3: 60}, {1, 2, 3}, (80, 70, 60), id="all-three"),
    ],
)
def test_nothing_counts_until_all_are_in(
    given: dict[int, int], seated: set[int], counted: tuple[int, ...]
) -> None:
    assert scoring.counted(given, seated=seated, panel=2) == counted


COURSES = [
    (Course(), None, False, False, 1),
    (Course((600,)), 600, True, False, 0),
    (Course((599,)), 599, False, False, 2),
    (Course((599,), over=True), 599, False, True, 2),
    (Course((599, 650)), 650, True, False, 0),
    (Course((500, 599)), 599, False, True, 0),
    (Course((650, 500)), 650, True, False, 0),
]


@pytest.mark.parametrize(("course", "result", "passed", "failed", "attempt"), COURSES)
def test_two_attempts_and_no_third(
    course: Course, result: int | None, passed: bool, failed: bool, attempt: int
) -> None:
    assert (course.result, course.passed, course.failed, course.attempt) == (
        result,
        passed,
        failed,
        attempt,
    )


def test_only_who_passed_the_first_may_sit_the_final() -> None:
    reasons = {
        course: (scoring.may_sit_final(course, None))
        for course in (Course(), Course((599,)), Course((599, 599)), Course((600,)))
    }

    assert [one.reason[:5] if one else "" for one in reasons.values()] == [
        "过程性考核",
        "过程性考核",
        "过程性考核",
        "",
    ]
    assert scoring.may_sit_final(Course((900,)), bar(Missed(absent=1))) is not None


def test_both_together() -> None:
    passed, failed = Course((800,)), Course((500, 500))
    barred = bar(Missed(leave=5))

    assert scoring.verdict(passed, passed, None) == Verdict(passed=True, complete=True)
    for process, final, why, complete in (
        (passed, failed, None, True),
        (failed, Course(), None, True),
        (passed, Course((500,)), None, False),
        (passed, Course(), None, False),
        (Course(), Course(), None, False),
        (passed, passed, barred, True),
    ):
        found = scoring.verdict(process, final, why)
        assert (found.passed, found.complete) == (False, complete)
        assert found.why is not None
