"""How far a class is on a day, and whose turn it is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import get_args

import pytest

from bot.wording import board
from notices.programmes import load_programmes
from notices.programmes.schema import Who
from notices.progress import Dated, StepStanding, progress, whose_turn
from notices.reminders import Facts
from notices.timeline import ClassDates, plan_class

GONGXUE = load_programmes()["gongxue"]
DUE = date(2026, 5, 21)
AT = datetime(2026, 5, 20, 2, tzinfo=UTC)


def scheme(state: str = "open") -> Dated:
    done = state == "done"
    return Dated("scheme", DUE, state, AT if done else None, "p1" if done else None)


def on(today: date, row: Dated, **facts: Facts) -> StepStanding:
    (standing,) = progress(GONGXUE, [row], facts, today=today).steps
    return standing


@pytest.mark.parametrize(
    ("days", "state"),
    [
        pytest.param(-8, "ahead", id="before the first mark"),
        pytest.param(-7, "soon", id="on the first mark, 7 days before"),
        pytest.param(0, "soon", id="on the day"),
        pytest.param(1, "late", id="the day after"),
    ],
)
def test_an_open_step_is_late_from_the_day_after_its_date(
    days: int, state: str
) -> None:
    standing = on(DUE + timedelta(days=days), scheme())

    assert (standing.state, standing.left, standing.turn) == (
        state,
        -days,
        "institution",
    )


@pytest.mark.parametrize("state", ["done", "cancelled"])
def test_what_is_over_is_nobodys_turn_and_never_late(state: str) -> None:
    standing = on(DUE + timedelta(days=30), scheme(state))

    assert (standing.state, standing.turn) == (state, "")


def test_what_was_done_says_when_and_by_whom() -> None:
    standing = on(DUE, scheme("done"))

    assert (standing.done_at, standing.done_by) == (AT, "p1")


@pytest.mark.parametrize("key", ["plan", "opening", "scheme"])
def test_what_waits_for_review_is_the_provinces_turn(key: str) -> None:
    step = GONGXUE.step(key)

    assert whose_turn(step, Facts()) == "institution"
    assert whose_turn(step, Facts(review_number=12)) == "province"


def test_once_all_are_asked_it_is_theirs_to_answer() -> None:
    assert whose_turn(GONGXUE.step("staffing"), Facts()) == "institution"
    assert whose_turn(GONGXUE.step("staffing"), Facts(all_asked=True)) == "backbone"
    assert whose_turn(GONGXUE.step("scheme"), Facts(all_asked=True)) == "institution"


def test_every_step_is_somebodys_turn_who_has_a_name_and_a_short_one() -> None:
    turns = {step.key: whose_turn(step, Facts()) for step in GONGXUE.steps}
    shorts = [step.short for step in GONGXUE.steps]

    assert turns == {step.key: step.acts for step in GONGXUE.steps}
    assert [len(one) for one in shorts] == [2] * len(shorts)
    assert len(set(shorts)) == len(shorts)


def whole(today: date) -> tuple[list[str], str]:
    """What is late of a class with only its opening done, and what comes next."""
    dates = ClassDates(date(2026, 6, 20), date(2026, 6, 28), date(2026, 6, 13))
    rows = [
        Dated(one.step, one.due_on, "done" if one.step == "opening" else "open")
        for one in plan_class(GONGXUE, dates)
    ]
    seen = progress(GONGXUE, rows, {}, today=today)
    return [one.key for one in seen.late], seen.next.key if seen.next else ""


def test_next_is_the_open_step_with_the_earliest_date() -> None:
    assert whole(date(2026, 5, 1)) == ([], "staffing")
    assert whole(date(2026, 5, 25)) == (["staffing", "scheme"], "staffing")


def test_a_class_with_all_done_has_nothing_next() -> None:
    seen = progress(GONGXUE, [scheme("done")], {}, today=DUE)

    assert (seen.next, seen.done, seen.late, seen.soon) == (None, 1, (), ())


def test_steps_keep_the_programmes_order_and_unknown_ones_are_left_out() -> None:
    rows = [scheme(), Dated("opening", DUE, "open"), Dated("gone", DUE, "open")]
    seen = progress(GONGXUE, rows, {}, today=DUE)

    assert [one.key for one in seen.steps] == ["opening", "scheme"]


def test_whoever_may_have_to_act_has_a_name_on_the_board() -> None:
    assert set(get_args(Who)) - set(board.TURNS) == set()
