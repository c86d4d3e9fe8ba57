"""The days at the head of what somebody wrote; a bare 3号 is a person."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.understanding.classdays import Days, read_days
from conversations.understanding.leaves import Length, read_length

OPENS = date(2026, 6, 20)
TODAY = date(2026, 6, 23)


def june(day: int) -> date:
    return date(2026, 6, day)


@pytest.mark.parametrize(
    ("text", "first", "last", "rest"),
    [
        ("昨天 全勤", 22, 22, "全勤"),
        ("今天全勤，张三请假2", 23, 23, "全勤，张三请假2"),
        ("6月21日全勤", 21, 21, "全勤"),
        ("６月２１日：全勤", 21, 21, "全勤"),
        ("六月二十一日 全勤", 21, 21, "全勤"),
        ("2026-06-21 全勤", 21, 21, "全勤"),
        ("6-21 全勤", 21, 21, "全勤"),
        ("第3天 全勤", 22, 22, "全勤"),
        ("6月21日-6月23日 家里有事", 21, 23, "家里有事"),
        ("6月21日到23日 家里有事", 21, 23, "家里有事"),
        ("2026-06-21~2026-06-22 2课时", 21, 22, "2课时"),
        ("今天到明天 看病", 23, 24, "看病"),
        ("6月19日 全勤", 19, 19, "全勤"),
    ],
)
def test_days_are_read(text: str, first: int, last: int, rest: str) -> None:
    found = read_days(text, today=TODAY, opens_on=OPENS)

    assert found is not None
    assert (found.first, found.last) == (june(first), june(last))
    assert found.rest.replace("，", ",") == rest.replace("，", ",")


@pytest.mark.parametrize(
    "text", ["全勤", "3号请假2", "张三请假2", "", "6月31日 全勤", "6月23日-6月21日 事"]
)
def test_other_words_are_no_day(text: str) -> None:
    assert read_days(text, today=TODAY, opens_on=OPENS) is None


@given(st.text(st.characters(exclude_categories=[]), max_size=30))
def test_any_text_has_a_day_or_none(text: str) -> None:
    found = read_days(text, today=TODAY, opens_on=OPENS)
    assert found is None or found.first <= found.last


@pytest.mark.parametrize(
    ("text", "hours", "reason"),
    [
        ("2课时 家里有事", 2, "家里有事"),
        ("家里有事，2节课", 2, "家里有事"),
        ("两个课时 看病", 2, "看病"),
        ("2 看病", 2, "看病"),
        ("上午 看病", 4, "看病"),
        ("全天", 8, ""),
        ("半天，孩子发烧", 4, "孩子发烧"),
        ("家里有事", None, "家里有事"),
        ("", None, ""),
    ],
)
def test_how_long_and_why(text: str, hours: int | None, reason: str) -> None:
    assert read_length(text) == Length(hours, reason)


@given(st.text(st.characters(exclude_categories=[]), max_size=30))
def test_any_text_has_a_length_or_none(text: str) -> None:
    found = read_length(text)
    assert found.hours is None or found.hours >= 0


def test_a_day_alone_leaves_nothing() -> None:
    assert read_days("6月21日", today=TODAY, opens_on=OPENS) == Days(
        june(21), june(21), ""
    )
